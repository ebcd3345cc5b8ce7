//! One action's way: memory, action cache, inputs, execution, upload (B1-B4; R1-R7 of the recorded
//! runs).

use crate::model::{
    ActionId, ActionKind, ArtifactId, ArtifactKind, BlobId, CacheKind, Id, Request, Status, Tier,
    Verb,
};

use crate::rewind::engine::{AcOnReplay, Executor, FetchTime, RemembersLost, TopLevelFetch};
use crate::rewind::scenario::DownloadMode;
use crate::rewind::server::CachePolicy;
use crate::rewind::trace::{Event, MissReason};

use super::attempt::Attempt;

impl Attempt<'_, '_> {
    /// Does whatever is to be done for `action`, whose producers are done.
    pub fn run_action(&mut self, action: ActionId) {
        if self.planner.world.valid.contains(action) {
            self.planner.push(Event::Reused { action });
            return self.finish_reused(action);
        }
        match self.planner.graph.action_kind(action) {
            ActionKind::Spawn => self.run_spawn(action),
            ActionKind::Internal => self.run_internal(action),
            ActionKind::Symlink | ActionKind::Template | ActionKind::Redirect => {
                self.planner.push(Event::Made { action });
                self.done(action);
            }
        }
    }

    /// The build tool writes the outputs itself, in every build.
    fn run_internal(&mut self, action: ActionId) {
        self.planner.push(Event::Made { action });
        self.put_on_disk(action);
        self.done(action);
    }

    fn run_spawn(&mut self, action: ActionId) {
        self.remove_from_disk(action);
        let reason = match self.look_up(action) {
            Ok(()) => {
                self.planner.push(Event::CacheHit { action });
                return self.done(action);
            }
            Err(reason) => reason,
        };
        self.planner.push(Event::CacheMiss { action, reason });
        let lost = self.fetch_inputs(action);
        if !lost.is_empty() {
            return self.lose_inputs(action, &lost);
        }
        self.planner.push(Event::Started { action });
        let again = self.was_done(action);
        self.planner.push(Event::Executed { action, again });
        self.take_outputs(action, reason);
        if self.build.upload {
            self.upload(action);
        }
        self.done(action);
    }

    /// Asks the action cache, and fetches what the mode wants of a hit (R1-R3).
    fn look_up(&mut self, action: ActionId) -> Result<(), MissReason> {
        let world = &self.planner.world;
        let key = world.digests(self.planner.graph, action).key;
        let replay = self.planner.engine.ac_on_replay;
        let bypasses = self.dirty.contains(action) && replay == AcOnReplay::Bypasses;
        let Some(key) = key.filter(|_| self.build.accept_cached && !bypasses) else {
            return Err(MissReason::NotAsked);
        };
        if !self.ask_action_cache(action, key) {
            return Err(MissReason::NoEntry);
        }
        let world = &mut self.planner.world;
        if world.entry(key).is_some_and(|entry| entry.broken) {
            return Err(MissReason::Broken);
        }
        world.believe(self.planner.graph, action, key);
        if self.planner.engine.remembers_lost != RemembersLost::No
            && let Some(blob) = self.lost_blob_of_result(action)
        {
            return Err(MissReason::NamesLost(blob));
        }
        self.fetch_wanted(action).map_err(MissReason::BlobLost)
    }

    fn ask_action_cache(&mut self, action: ActionId, key: BlobId) -> bool {
        let (graph, world) = (self.planner.graph, &self.planner.world);
        let is_complete = || world.lost_of_entry(graph, action, key).is_empty();
        let verified = self.planner.scenario.server.policy == CachePolicy::Verified;
        let found = world.cache.ac.contains(key) && (!verified || is_complete());
        self.ask(Verb::Get, CacheKind::Ac, key, found, Some(action));
        found
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
        let (mut gone, mut fetched) = (None, Vec::new());
        for &output in graph.outputs(action) {
            if graph.artifact_kind(output) == ArtifactKind::Tree
                && engine.fetch_time == FetchTime::WithHit
                && let Some(tree) = self.planner.world.blob(graph, output)
                && !self.fetch(Some(action), tree)
            {
                gone = gone.or(Some(tree));
            }
            if !self.is_wanted(action, output) {
                continue;
            }
            for file in self.files_of(output) {
                match self.planner.world.blob(graph, file).filter(|&b| !self.is_size_0(b)) {
                    Some(blob) if !self.fetch(Some(action), blob) => gone = gone.or(Some(blob)),
                    _ => fetched.push(file),
                }
            }
            fetched.push(output);
        }
        let digests = self.planner.world.digests(graph, action);
        for blob in [digests.stdout, digests.stderr].into_iter().flatten() {
            let asks = engine.requests_empty_std || !self.is_size_0(blob);
            let asks = asks && engine.fetch_time == FetchTime::WithHit;
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
            (DownloadMode::TopLevel, TopLevelFetch::WholeAction) => {
                self.needs.top_level_actions.contains(action)
            }
            (DownloadMode::TopLevel, TopLevelFetch::RequestedFiles) => {
                self.needs.top_level.contains(output)
            }
        };
        by_mode || graph.is_in_memory(output)
    }

    /// Brings the inputs that are remote only (R4). Returns those that are gone.
    fn fetch_inputs(&mut self, action: ActionId) -> Vec<(ArtifactId, BlobId)> {
        let graph = self.planner.graph;
        let mut lost = Vec::new();
        for &input in graph.inputs(action) {
            for file in self.files_of(input) {
                let origin = self.origin(file);
                if graph.producer(origin).is_none() || self.is_local(origin) {
                    continue;
                }
                let Some(blob) = self.planner.world.blob(graph, origin) else { continue };
                // The empty file needs no request: it is just created.
                if self.is_size_0(blob) {
                    self.keep_fetched(origin, action);
                } else if !self.bring(action, origin, blob) {
                    lost.push((file, blob));
                }
            }
        }
        lost
    }

    /// Makes one remote input available to where the action executes; false if it is gone.
    fn bring(&mut self, action: ActionId, input: ArtifactId, blob: BlobId) -> bool {
        match self.planner.engine.executor {
            Executor::Local => {
                let found = self.fetch(Some(action), blob);
                if found {
                    self.keep_fetched(input, action);
                }
                found
            }
            Executor::Remote => {
                let found = self.planner.world.cache.cas.contains(blob);
                self.ask(Verb::Find, CacheKind::Cas, blob, found, Some(action));
                found
            }
        }
    }

    /// `input` was fetched for `action`; unless the engine keeps such files it goes at the end
    /// (R7).
    fn keep_fetched(&mut self, input: ArtifactId, action: ActionId) {
        if self.planner.engine.executor == Executor::Remote {
            return;
        }
        self.materialize(input, Some(action));
        self.stays_remote.remove(input);
        if !self.planner.engine.keeps_fetched_inputs {
            self.temporary.insert(input);
        }
    }

    /// Whether executing actions find `artifact` on disk.
    fn is_local(&self, artifact: ArtifactId) -> bool {
        self.planner.world.disk.contains(artifact) && !self.stays_remote.contains(artifact)
    }

    /// The outputs of an executed action are on disk, or remote where the engine leaves them there.
    fn take_outputs(&mut self, action: ActionId, reason: MissReason) {
        let (graph, engine) = (self.planner.graph, self.planner.engine);
        self.planner.world.disbelieve(graph, action);
        if engine.executor == Executor::Remote {
            self.planner.push(Event::LeftRemote { action });
            return;
        }
        let fell_through = matches!(reason, MissReason::BlobLost(_));
        self.put_on_disk(action);
        if engine.rerun_outputs_stay_remote && fell_through {
            for &output in graph.outputs(action) {
                if !self.is_wanted(action, output) {
                    self.stays_remote.insert(output);
                }
            }
        }
    }

    /// Uploads what an execution yields, each blob once a build, then the AC entry (B4, R5).
    fn upload(&mut self, action: ActionId) {
        let graph = self.planner.graph;
        let digests = self.planner.world.digests(graph, action);
        let mut blobs = Vec::new();
        self.find_in_result(action, |blob| {
            blobs.push(blob);
            None::<()>
        });
        blobs.extend(digests.command.into_iter().chain(digests.key));
        for blob in blobs {
            let counts = self.planner.engine.uploads_empty || !self.is_size_0(blob);
            if counts && self.uploaded.insert(blob) {
                self.planner.world.cache.cas.insert(blob);
                self.planner.world.lost.remove(blob);
                self.ask(Verb::Put, CacheKind::Cas, blob, true, Some(action));
            }
        }
        if let Some(key) = digests.key {
            self.planner.world.cache.ac.insert(key);
            self.planner.world.rewrite(key);
            self.ask(Verb::Put, CacheKind::Ac, key, true, Some(action));
        }
    }

    /// The first answer of `pick` over every blob that the result of `action` names: files, trees
    /// and what is in them, standard output and error.
    fn find_in_result<T>(
        &self,
        action: ActionId,
        mut pick: impl FnMut(BlobId) -> Option<T>,
    ) -> Option<T> {
        let (graph, world) = (self.planner.graph, &self.planner.world);
        for &output in graph.outputs(action) {
            let files = graph.tree_files(output).iter().chain(std::iter::once(&output));
            for &artifact in files {
                if let Some(found) = world.blob(graph, artifact).and_then(&mut pick) {
                    return Some(found);
                }
            }
        }
        let digests = world.digests(graph, action);
        digests.stdout.into_iter().chain(digests.stderr).find_map(pick)
    }

    /// Reads `blob` from the CAS for `owner`; false if it is gone, which is remembered.
    pub fn fetch(&mut self, owner: Option<ActionId>, blob: BlobId) -> bool {
        let found = self.planner.world.cache.cas.contains(blob);
        self.ask(Verb::Get, CacheKind::Cas, blob, found, owner);
        if !found {
            self.planner.world.lost.insert(blob);
        }
        found
    }

    /// Notes a request and its answer.
    pub fn ask(
        &mut self,
        verb: Verb,
        kind: CacheKind,
        blob: BlobId,
        found: bool,
        owner: Option<ActionId>,
    ) {
        let status = if found { Status::Ok } else { Status::NotFound };
        let request = Request { verb, tier: Tier::Remote, kind, blob, status, owner };
        self.planner.push(Event::Asked(request));
    }

    /// `artifact` is on disk from now on.
    pub fn materialize(&mut self, artifact: ArtifactId, for_action: Option<ActionId>) {
        if self.planner.world.disk.insert(artifact) {
            self.planner.push(Event::Materialized { artifact, for_action });
        }
    }

    fn put_on_disk(&mut self, action: ActionId) {
        let graph = self.planner.graph;
        for &output in graph.outputs(action) {
            self.planner.world.disk.insert(output);
            self.planner.world.remote.remove(output);
            self.temporary.remove(output);
            for &file in graph.tree_files(output) {
                self.planner.world.disk.insert(file);
            }
        }
    }

    fn remove_from_disk(&mut self, action: ActionId) {
        let graph = self.planner.graph;
        for &output in graph.outputs(action) {
            self.planner.world.disk.remove(output);
            for &file in graph.tree_files(output) {
                self.planner.world.disk.remove(file);
            }
        }
    }

    /// The files behind `artifact`: those inside a tree, else itself.
    pub fn files_of(&self, artifact: ArtifactId) -> Vec<ArtifactId> {
        match self.planner.graph.artifact_kind(artifact) {
            ArtifactKind::Tree => self.planner.graph.tree_files(artifact).to_vec(),
            _ => vec![artifact],
        }
    }

    /// The artifact whose content `artifact` is: itself, or what it is a symlink to.
    pub fn origin(&self, artifact: ArtifactId) -> ArtifactId {
        let graph = self.planner.graph;
        let mut origin = artifact;
        // A symlink to a symlink is rare; a chain as long as the graph cannot be, it has no cycle.
        while let Some(producer) = graph.producer(origin)
            && graph.action_kind(producer) == ActionKind::Symlink
        {
            let at = graph.outputs(producer).iter().position(|&o| o == origin).unwrap_or(0);
            let inputs = graph.inputs(producer);
            let Some(&target) = inputs.get(at).or(inputs.first()) else { break };
            origin = target;
        }
        origin
    }

    /// Whether `blob` is the empty blob, which clients take to be always present (W3).
    pub fn is_size_0(&self, blob: BlobId) -> bool {
        debug_assert!(blob.index() < self.planner.graph.blobs().len());
        self.planner.graph.blobs().is_size_0(blob)
    }
}
