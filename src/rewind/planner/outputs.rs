//! What an execution leaves behind: files on disk, uploads, and consumers that see a change.

use crate::model::{ActionId, ActionKind, ArtifactId, BlobId, CacheKind, Id, Tier};

use crate::rewind::engine::{DoneConsumers, Executor, FetchTime};
use crate::rewind::trace::Event;

use super::attempt::{Attempt, Phase};
use super::rewinding::consumers_of;
use super::schedule::Upload;

impl Attempt<'_, '_> {
    /// `action` has executed (P6).
    pub fn finish_execution(&mut self, action: ActionId, fell_through: bool) {
        let graph = self.planner.graph;
        let again = self.was_done(action);
        self.planner.push(Event::Executed { action, again });
        let is_nondeterministic = self.planner.scenario.nondeterministic.contains(action);
        let changed = self.planner.world.contents.execute(graph, action, is_nondeterministic);
        self.note_made(action);
        let executor = self.planner.scenario.executor(action);
        match executor {
            Executor::Local => self.take_outputs(action, fell_through),
            Executor::Remote => {
                self.planner.push(Event::LeftRemote { action });
                self.planner.world.remote.extend(graph.outputs(action).iter().copied());
            }
        }
        self.upload(action, executor);
        self.done_with(action, &changed);
        self.planner.strike_after(action);
        if executor == Executor::Remote && self.planner.engine.fetch_time != FetchTime::AtEnd {
            self.fetch_from_worker(action);
        }
    }

    /// `action` is done, and `changed` of what it writes has another content than before (P24).
    pub fn done_with(&mut self, action: ActionId, changed: &[ArtifactId]) {
        let graph = self.planner.graph;
        // What is outdated hands the change on like what is rewound.
        let was_dirty = self.outdated.remove(action) | self.dirty.contains(action);
        self.done(action);
        if !changed.is_empty() {
            for consumer in consumers_of(graph, changed) {
                let is_link = graph.action_kind(consumer) != ActionKind::Spawn;
                if is_link || self.phase(consumer) != Phase::Done {
                    self.planner.world.outdate(graph, consumer);
                }
            }
        }
        let outdated = match self.planner.engine.done_consumers {
            _ if !was_dirty => return,
            DoneConsumers::StayDone => return,
            DoneConsumers::RunIfChanged => consumers_of(graph, changed),
            DoneConsumers::RunAgain => consumers_of(graph, graph.outputs(action)),
        };
        for consumer in outdated {
            // A redirect that waits in silence is made again after all.
            let is_silent = self.silent.remove(consumer);
            if is_silent || self.phase(consumer) == Phase::Done {
                self.planner.push(Event::Outdated { action: consumer, producer: action });
                self.outdated.insert(consumer);
            }
            if self.phase(consumer) == Phase::Done {
                self.undo(consumer);
            }
        }
    }

    /// The outputs of a local execution are on disk, or count as remote where the engine has it so.
    fn take_outputs(&mut self, action: ActionId, fell_through: bool) {
        self.put_on_disk(action);
        if self.planner.engine.rerun_outputs_stay_remote && fell_through {
            let graph = self.planner.graph;
            for &output in graph.outputs(action) {
                if !self.is_wanted(action, output) {
                    let files = graph.tree_files(output).iter().copied();
                    // A hit would have fetched files that are wanted by themselves.
                    let unwanted = files.filter(|&file| !self.is_wanted(action, file));
                    let unwanted: Vec<ArtifactId> = unwanted.chain([output]).collect();
                    self.stays_remote.extend(unwanted);
                }
            }
        }
    }

    /// Uploads what an execution yields, each blob once an attempt, then the AC entry (B4, R5,
    /// P10); to the remote cache later where the build is so asked (P11).
    fn upload(&mut self, action: ActionId, executor: Executor) {
        let uploads = self.build.upload && self.planner.engine.uploads_local_results;
        if executor == Executor::Local && !uploads {
            return;
        }
        let graph = self.planner.graph;
        let digests = self.planner.world.contents.digests(graph, action);
        let mut blobs = Vec::new();
        self.find_in_result(action, |blob| {
            blobs.push(blob);
            None::<()>
        });
        blobs.extend(digests.command.into_iter().chain(digests.key));
        if !self.planner.engine.uploads_empty {
            blobs.retain(|&blob| !self.is_size_0(blob));
        }
        if let Some(key) = digests.key {
            self.planner.world.contents.write(graph, action, key);
        }
        if executor == Executor::Local {
            self.write_to_disk_cache(action, &blobs, digests.key);
        }
        let mut upload = Upload { ends: self.planner.now, action, blobs, key: digests.key };
        if self.build.async_upload && executor == Executor::Local {
            upload.ends += self.planner.scenario.timing.upload_ms;
            self.schedule.upload_later(upload);
        } else {
            self.finish_upload(upload);
        }
    }

    /// The uploads of an execution happen.
    pub fn finish_upload(&mut self, upload: Upload) {
        for blob in upload.blobs {
            if self.planner.uploaded_to(Tier::Remote).insert(blob) {
                self.planner.put_blob(Some(upload.action), blob);
            }
        }
        if let Some(key) = upload.key {
            self.planner.put_entry(upload.action, key);
        }
    }

    fn write_to_disk_cache(&mut self, action: ActionId, blobs: &[BlobId], key: Option<BlobId>) {
        if self.planner.world.disk_cache.is_none() {
            return;
        }
        for &blob in blobs {
            if self.planner.uploaded_to(Tier::Disk).insert(blob) {
                self.planner.upload_to_disk_cache(action, CacheKind::Cas, blob);
            }
        }
        if let Some(key) = key {
            self.planner.upload_to_disk_cache(action, CacheKind::Ac, key);
        }
    }

    /// `action` has its outputs now, if somebody asks since when (P39).
    pub fn note_made(&mut self, action: ActionId) {
        if let Some(made_at) = self.planner.world.made_at.get_mut(action.index()) {
            *made_at = self.planner.now;
        }
    }

    /// `artifact` is on disk from now on.
    pub fn materialize(&mut self, artifact: ArtifactId, for_action: Option<ActionId>) {
        if self.planner.world.disk.insert(artifact) {
            self.planner.push(Event::Materialized { artifact, for_action });
        }
    }

    /// What `action` writes is on disk.
    pub fn put_on_disk(&mut self, action: ActionId) {
        let graph = self.planner.graph;
        for &output in graph.outputs(action) {
            self.planner.world.disk.insert(output);
            self.planner.world.remote.remove(output);
            self.temporary.remove(output);
            self.stays_remote.remove(output);
            for &file in graph.tree_files(output) {
                self.planner.world.disk.insert(file);
                self.temporary.remove(file);
                self.stays_remote.remove(file);
            }
        }
    }

    /// What `action` writes is removed from disk, as it is about to run.
    pub fn remove_from_disk(&mut self, action: ActionId) {
        let graph = self.planner.graph;
        debug_assert!(graph.action_kind(action) == ActionKind::Spawn);
        for &output in graph.outputs(action) {
            self.planner.world.disk.remove(output);
            for &file in graph.tree_files(output) {
                self.planner.world.disk.remove(file);
            }
        }
    }
}
