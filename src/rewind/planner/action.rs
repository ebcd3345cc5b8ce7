//! One action's way: memory, action cache, inputs, execution (B1-B4; R1-R7 of the recorded runs).

use crate::model::{ActionId, ActionKind, ArtifactId, ArtifactKind, BlobId};

use crate::rewind::engine::{AcOnReplay, FetchTime, ForgetsLost, RemembersLost, TopLevelFetch};
use crate::rewind::scenario::DownloadMode;
use crate::rewind::server::Protocol;
use crate::rewind::trace::{Event, FailReason, MissReason};

use super::asking::Answer;
use super::attempt::Attempt;
use super::contents::files_of;
use super::loss::pairs;

impl<'a> Attempt<'_, 'a> {
    /// Does whatever is to be done for `action`, whose producers are done.
    pub fn start(&mut self, action: ActionId) {
        let kind = self.planner.graph.action_kind(action);
        if self.silent.remove(action) {
            return self.done(action);
        }
        if self.planner.world.valid.contains(action) {
            self.planner.push(Event::Reused { action });
            self.done(action);
            self.fetch_late(action);
        } else if kind == ActionKind::Spawn {
            return self.start_spawn(action);
        } else {
            // The build tool makes the outputs itself, in every build.
            self.planner.push(Event::Made { action });
            if kind == ActionKind::Internal {
                self.planner.world.contents.execute(self.planner.graph, action, false);
                self.put_on_disk(action);
            }
            self.done(action);
            if kind == ActionKind::Template {
                self.fetch_late(action);
            }
        }
        self.planner.strike_after(action);
    }

    fn start_spawn(&mut self, action: ActionId) {
        self.remove_from_disk(action);
        let reason = match self.look_up(action) {
            Ok(changed) => {
                self.planner.push(Event::CacheHit { action });
                self.note_made(action);
                self.done_with(action, &changed);
                return self.planner.strike_after(action);
            }
            Err(reason) => reason,
        };
        self.planner.push(Event::CacheMiss { action, reason });
        let inputs = self.bring_inputs(action);
        if inputs.failed {
            let message = self.io_error_message(action, &pairs(&inputs.lost));
            self.note_lost_inputs(action, &inputs.lost);
            self.fail(action, FailReason::IoError, message);
        } else if !inputs.lost.is_empty() {
            self.lose_inputs(action, inputs.lost);
        } else if !inputs.unsaid.is_empty() {
            self.report_loss(action);
        } else {
            self.execute(action, matches!(reason, MissReason::BlobLost(_)));
        }
    }

    /// Asks the action cache, and fetches what the mode wants of a hit (R1-R3). A hit tells which
    /// outputs have another content than before.
    fn look_up(&mut self, action: ActionId) -> Result<Vec<ArtifactId>, MissReason> {
        let graph = self.planner.graph;
        self.planner.world.contents.look_at(graph, action);
        let key = self.planner.world.contents.key(graph, action);
        let Some(key) = key.filter(|_| self.build.accept_cached && self.may_ask(action)) else {
            return Err(MissReason::NotAsked);
        };
        let is_replay = self.dirty.contains(action);
        if !self.planner.ask_action_cache(action, key, is_replay) {
            return Err(MissReason::NoEntry);
        }
        let world = &mut self.planner.world;
        let is_new = world.contents.is_rewritten(key);
        if !is_new && world.store.cache.entry(key).is_some_and(|entry| entry.broken) {
            return Err(MissReason::Broken);
        }
        let changed = world.contents.believe(graph, &world.store.cache, action, key);
        let checks = self.planner.engine.remembers_lost != RemembersLost::No
            && self.planner.world.lost.n() > 0;
        if checks {
            // What is in a tree is known when its `Tree` is read.
            self.fetch_trees(action).map_err(MissReason::BlobLost)?;
            if let Some(blob) = self.refuse(action) {
                return Err(MissReason::NamesLost(blob));
            }
        }
        self.fetch_wanted(action, checks).map_err(MissReason::BlobLost)?;
        Ok(changed)
    }

    /// Whether `action`, if it was rewound, asks the action cache (A5, K8, P19).
    fn may_ask(&self, action: ActionId) -> bool {
        match self.planner.engine.ac_on_replay {
            AcOnReplay::Asks => true,
            AcOnReplay::AsksOnce => {
                let is_http = self.planner.scenario.server.protocol == Protocol::Http;
                !self.dirty.contains(action) || !(is_http || self.dirtied_again.contains(action))
            }
            AcOnReplay::Bypasses => !self.dirtied.contains(action),
        }
    }

    /// The first file named by the result of `action` that is known to be lost. All such are
    /// forgotten with some engines, as the action is expected to upload them again (P18;
    /// `RemoteExecutionService.updateKnownMissingCasDigests`).
    fn refuse(&mut self, action: ActionId) -> Option<BlobId> {
        let graph = self.planner.graph;
        let forgets = self.planner.engine.forgets_lost == ForgetsLost::OnRefusal;
        let mut first = None;
        for output in graph.outputs(action) {
            for &file in files_of(graph, output) {
                let world = &mut self.planner.world;
                let blob = world.contents.blob(graph, file);
                if let Some(blob) = blob.filter(|&blob| world.lost.contains(blob)) {
                    first = first.or(Some(blob));
                    if forgets {
                        world.lost.remove(blob);
                    }
                }
            }
        }
        first
    }

    /// Fetches the `Tree` of each output that is one; the error is the first that is gone.
    fn fetch_trees(&mut self, action: ActionId) -> Result<(), BlobId> {
        let graph = self.planner.graph;
        let mut gone = None;
        for output in graph.outputs(action) {
            gone = gone.or(self.fetch_tree(action, *output).err());
        }
        gone.map_or(Ok(()), Err)
    }

    /// Fetches the `Tree` that `output` is, if it is one and hits fetch such.
    fn fetch_tree(&mut self, action: ActionId, output: ArtifactId) -> Result<(), BlobId> {
        let graph = self.planner.graph;
        if graph.artifact_kind(output) == ArtifactKind::Tree
            && self.planner.engine.fetch_time != FetchTime::AtEnd
            && let Some(tree) = self.planner.world.contents.blob(graph, output)
            && !self.fetch(Some(action), tree)
        {
            return Err(tree);
        }
        Ok(())
    }

    /// Fetches the outputs that the mode wants of a hit, and what is always fetched: standard
    /// output and error, in-memory outputs and `Tree` messages, unless those are there already. All
    /// are asked for; the error is the first that is gone (R2, R3).
    fn fetch_wanted(&mut self, action: ActionId, has_trees: bool) -> Result<(), BlobId> {
        let (graph, engine) = (self.planner.graph, self.planner.engine);
        let with_hit = engine.fetch_time != FetchTime::AtEnd;
        let (mut gone, mut fetched) = (None, Vec::new());
        for output in graph.outputs(action) {
            if !has_trees {
                gone = gone.or(self.fetch_tree(action, *output).err());
            }
            for part in self.wanted_parts(action, output) {
                for &file in files_of(graph, part) {
                    let blob = self.planner.world.contents.blob(graph, file);
                    match blob.filter(|&blob| !self.is_size_0(blob)) {
                        Some(blob) if !self.fetch(Some(action), blob) => gone = gone.or(Some(blob)),
                        _ => fetched.push(file),
                    }
                }
                fetched.push(*part);
            }
        }
        let std_outputs = match with_hit {
            true => self.planner.world.contents.std_outputs(graph, action),
            false => [None; 2],
        };
        for blob in std_outputs.into_iter().flatten() {
            let asks = engine.requests_empty_std || !self.is_size_0(blob);
            if asks && !self.fetch(Some(action), blob) {
                gone = gone.or(Some(blob));
            }
        }
        if let Some(blob) = gone {
            return Err(blob);
        }
        self.planner.world.remote.extend(graph.outputs(action).iter().copied());
        for artifact in fetched {
            self.planner.world.remote.remove(artifact);
            self.materialize(artifact, Some(action));
        }
        Ok(())
    }

    /// Whether the mode wants `output` with a hit of `action`.
    pub fn is_wanted(&self, action: ActionId, output: ArtifactId) -> bool {
        let (graph, engine) = (self.planner.graph, self.planner.engine);
        if engine.fetch_time == FetchTime::AtEnd {
            return false;
        }
        let by_mode = match (self.build.download, engine.top_level_fetch) {
            (DownloadMode::Minimal, _) => false,
            (DownloadMode::All, _) => true,
            (DownloadMode::TopLevel, _) if engine.fetch_time == FetchTime::TopLevelAtEnd => false,
            (DownloadMode::TopLevel, TopLevelFetch::WholeAction) => {
                self.needs.top_level_actions.contains(action)
            }
            (DownloadMode::TopLevel, TopLevelFetch::RequestedFiles) => {
                self.needs.top_level.contains(output) || self.needs.parts_of_trees.contains(output)
            }
        };
        by_mode || graph.is_in_memory(output)
    }

    /// What the mode wants of `output`: all of it, or files of the tree that it is.
    pub fn wanted_parts(&self, action: ActionId, output: &'a ArtifactId) -> Vec<&'a ArtifactId> {
        if self.is_wanted(action, *output) {
            return vec![output];
        }
        let files = self.planner.graph.tree_files(*output);
        // Said apart, as most outputs are neither.
        if files.is_empty() {
            return Vec::new();
        }
        files.iter().filter(|&&file| self.is_wanted(action, file)).collect()
    }

    /// Whether executing actions find `artifact` on disk.
    pub fn is_local(&self, artifact: ArtifactId) -> bool {
        self.planner.world.disk.contains(artifact) && !self.stays_remote.contains(artifact)
    }

    /// The first answer of `pick` over every blob that the result of `action` names: files, trees
    /// and what is in them, standard output and error.
    pub fn find_in_result<T>(
        &self,
        action: ActionId,
        mut pick: impl FnMut(BlobId) -> Option<T>,
    ) -> Option<T> {
        let (graph, contents) = (self.planner.graph, &self.planner.world.contents);
        for output in graph.outputs(action) {
            let files = graph.tree_files(*output).iter().chain(std::iter::once(output));
            for &artifact in files {
                if let Some(found) = contents.blob(graph, artifact).and_then(&mut pick) {
                    return Some(found);
                }
            }
        }
        contents.std_outputs(graph, action).into_iter().flatten().find_map(pick)
    }

    /// Reads `blob` from the CAS for `owner`; false if it cannot be had.
    pub fn fetch(&mut self, owner: Option<ActionId>, blob: BlobId) -> bool {
        self.planner.read(owner, blob) == Answer::Found
    }

    /// Whether `blob` is the empty blob, which clients take to be always present (W3).
    pub fn is_size_0(&self, blob: BlobId) -> bool {
        self.planner.graph.blobs().is_size_0(blob)
    }
}
