//! One action's way: memory, action cache, inputs, execution (B1-B4; R1-R7 of the recorded runs).

use std::collections::HashSet;

use crate::model::{ActionId, ActionKind, ArtifactId, ArtifactKind, BlobId, Graph, Tier};

use crate::rewind::engine::{AcOnReplay, Executor, FetchTime, RemembersLost, TopLevelFetch};
use crate::rewind::scenario::DownloadMode;
use crate::rewind::server::Protocol;
use crate::rewind::trace::{Event, FailReason, MissReason};

use super::asking::{Answer, IfGone};
use super::attempt::Attempt;
use super::contents::{files_of, origin};
use super::loss::Lost;

/// What became of the inputs of an action that is to execute.
#[derive(Default)]
struct Inputs {
    /// Gone, and said to be.
    lost: Vec<Lost>,
    /// Gone, but that is not said: a worker will find out (P9).
    unsaid: Vec<Lost>,
    /// One could not be read, and the error does not say that it is gone (B6).
    failed: bool,
}

impl Inputs {
    /// `file` is also read as part of `owner`: if it is lost, that is rewound as well.
    fn read_again(&mut self, owner: ArtifactId, file: ArtifactId) {
        for all in [&mut self.lost, &mut self.unsaid] {
            if let Some(&lost) = all.iter().find(|lost| lost.file == file) {
                all.push(Lost { owner, again: true, ..lost });
            }
        }
    }
}

/// Which files of an action were brought: one that is read directly and in a tree comes once.
struct Seen(Option<HashSet<ArtifactId>>);

impl Seen {
    fn of(graph: &Graph, action: ActionId) -> Self {
        let is_tree = |&input: &ArtifactId| graph.artifact_kind(input) == ArtifactKind::Tree;
        let repeats = graph.inputs(action).iter().any(is_tree);
        Self(repeats.then(HashSet::new))
    }

    fn again(&mut self, file: ArtifactId) -> bool {
        self.0.as_mut().is_some_and(|seen| !seen.insert(file))
    }
}

impl<'a> Attempt<'_, 'a> {
    /// Does whatever is to be done for `action`, whose producers are done.
    pub fn start(&mut self, action: ActionId) {
        let kind = self.planner.graph.action_kind(action);
        if self.silent.remove(action) {
            return self.done(action);
        }
        if self.planner.world.valid.contains(action) {
            self.planner.push(Event::Reused { action });
            self.finish_reused(action);
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
        }
        self.planner.strike_after(action);
    }

    fn start_spawn(&mut self, action: ActionId) {
        self.remove_from_disk(action);
        let reason = match self.look_up(action) {
            Ok(changed) => {
                self.planner.push(Event::CacheHit { action });
                self.done_with(action, &changed);
                return self.planner.strike_after(action);
            }
            Err(reason) => reason,
        };
        self.planner.push(Event::CacheMiss { action, reason });
        let inputs = self.bring_inputs(action);
        if inputs.failed {
            let message = self.io_error_message(action);
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
        if self.planner.engine.remembers_lost != RemembersLost::No
            && let Some(blob) = self.lost_blob_of_result(action)
        {
            return Err(MissReason::NamesLost(blob));
        }
        self.fetch_wanted(action).map_err(MissReason::BlobLost)?;
        Ok(changed)
    }

    /// Whether `action`, if it was rewound, asks the action cache (A5, K8, P19).
    fn may_ask(&self, action: ActionId) -> bool {
        let n_dirtied = || self.n_dirtied.get(&action).copied().unwrap_or(0);
        match self.planner.engine.ac_on_replay {
            AcOnReplay::Asks => true,
            AcOnReplay::AsksOnce => {
                let is_http = self.planner.scenario.server.protocol == Protocol::Http;
                !self.dirty.contains(action) || (n_dirtied() == 1 && !is_http)
            }
            AcOnReplay::Bypasses => self.n_dirtied.is_empty() || n_dirtied() == 0,
        }
    }

    /// The first blob named by the result of `action` that is known to be lost.
    fn lost_blob_of_result(&self, action: ActionId) -> Option<BlobId> {
        if self.planner.world.lost.n() == 0 {
            return None;
        }
        let lost = |blob: BlobId| self.planner.world.lost.contains(blob).then_some(blob);
        self.find_in_result(action, lost)
    }

    /// Fetches the outputs that the mode wants of a hit, and what is always fetched: standard
    /// output and error, `Tree` messages, in-memory outputs. All are asked for; the error is the
    /// first that is gone (R2, R3).
    fn fetch_wanted(&mut self, action: ActionId) -> Result<(), BlobId> {
        let (graph, engine) = (self.planner.graph, self.planner.engine);
        let with_hit = engine.fetch_time != FetchTime::AtEnd;
        let (mut gone, mut fetched) = (None, Vec::new());
        for output in graph.outputs(action) {
            if graph.artifact_kind(*output) == ArtifactKind::Tree
                && with_hit
                && let Some(tree) = self.planner.world.contents.blob(graph, *output)
                && !self.fetch(Some(action), tree)
            {
                gone = gone.or(Some(tree));
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
                self.needs.top_level.contains(output)
            }
        };
        by_mode || graph.is_in_memory(output)
    }

    /// What the mode wants of `output`: all of it, or files of the tree that it is.
    pub fn wanted_parts(&self, action: ActionId, output: &'a ArtifactId) -> Vec<&'a ArtifactId> {
        if self.is_wanted(action, *output) {
            return vec![output];
        }
        let files = self.planner.graph.tree_files(*output).iter();
        files.filter(|&&file| self.is_wanted(action, file)).collect()
    }

    /// Brings the derived inputs to where `action` executes (R4, P7, P8).
    fn bring_inputs(&mut self, action: ActionId) -> Inputs {
        let graph = self.planner.graph;
        let executor = self.planner.scenario.executor(action);
        let gathers = self.planner.engine.gathers_losses;
        let forgets = self.planner.engine.forgets_on_replay_loss && self.dirty.contains(action);
        let if_gone = if forgets { IfGone::Forget } else { IfGone::Remember };
        let mut inputs = Inputs::default();
        let mut seen = Seen::of(graph, action);
        for input in graph.inputs(action) {
            for &file in files_of(graph, input) {
                if seen.again(file) {
                    inputs.read_again(*input, file);
                    continue;
                }
                let source = origin(graph, file);
                if graph.producer(source).is_none()
                    || (executor == Executor::Local && self.is_local(source))
                {
                    continue;
                }
                let blob = self.planner.world.contents.blob(graph, source);
                let Some(blob) = blob else { continue };
                let lost = Lost { owner: *input, file, blob, again: false };
                match executor {
                    Executor::Local => match self.fetch_input(action, source, blob, if_gone) {
                        Answer::Found => {}
                        Answer::Gone => inputs.lost.push(lost),
                        Answer::Failed => inputs.failed = true,
                    },
                    Executor::Remote if self.is_size_0(blob) => {}
                    Executor::Remote => {
                        if !self.find_input(action, source, blob, if_gone) {
                            inputs.lost.push(lost);
                        } else if self.planner.world.store.pretends(blob) {
                            inputs.unsaid.push(lost);
                        }
                    }
                }
                if !gathers && (inputs.failed || !inputs.lost.is_empty()) {
                    return inputs;
                }
            }
        }
        inputs
    }

    /// Fetches one remote input to this machine; the empty file is just created.
    fn fetch_input(
        &mut self,
        action: ActionId,
        input: ArtifactId,
        blob: BlobId,
        if_gone: IfGone,
    ) -> Answer {
        if !self.is_size_0(blob) {
            let answer = self.planner.read(Some(action), blob, if_gone);
            if answer != Answer::Found {
                return answer;
            }
        }
        self.materialize(input, Some(action));
        self.stays_remote.remove(input);
        if !self.planner.engine.keeps_fetched_inputs {
            self.temporary.insert(input);
        }
        Answer::Found
    }

    /// Asks whether a worker will find one input; what is on disk is uploaded. False if it is lost.
    fn find_input(
        &mut self,
        action: ActionId,
        input: ArtifactId,
        blob: BlobId,
        if_gone: IfGone,
    ) -> bool {
        let is_local = self.planner.world.disk.contains(input);
        // What can be uploaded is not lost.
        let if_gone = if is_local { IfGone::Forget } else { if_gone };
        if self.planner.find(Some(action), blob, if_gone) == Answer::Found {
            return true;
        }
        if is_local && self.planner.uploaded_to(Tier::Remote).insert(blob) {
            self.planner.put_blob(Some(action), blob);
        }
        is_local
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
        self.planner.read(owner, blob, IfGone::Remember) == Answer::Found
    }

    /// Whether `blob` is the empty blob, which clients take to be always present (W3).
    pub fn is_size_0(&self, blob: BlobId) -> bool {
        self.planner.graph.blobs().is_size_0(blob)
    }
}
