//! One action: from the cache, executed, or made by the tool (R1-R6, P6-P12).

use std::collections::BTreeMap;

use rewindow::model::{ActionId, ActionKind, ArtifactId, BlobId, CacheKind, Status, Tier};
use rewindow::rewind::{
    AcOnReplay, DownloadMode, Event, Executor, FetchTime, ForgetsLost, MissReason, Protocol,
    RemembersLost, TopLevelFetch,
};

use super::sim::{Running, Sim, State, Upload};
use super::world::Entry;

/// What asking the action cache came to.
enum Answer {
    Hit(Entry),
    Miss(MissReason),
}

impl Sim<'_> {
    /// The tool makes the outputs itself.
    pub fn make(&mut self, action: ActionId) {
        if self.world.actions[&action].kind == ActionKind::Internal {
            let contents = self.contents(action);
            let content = self.yields(action, &contents);
            self.now.extend(content);
            for file in self.world.output_files(action) {
                self.files.insert(file, self.content(file));
            }
        }
        self.note(Event::Made { action });
        self.done(action);
        if self.world.actions[&action].kind == ActionKind::Template {
            // P38.
            self.fetch_newly_wanted(action);
        }
        self.strike_after(action);
    }

    fn done(&mut self, action: ActionId) {
        self.run.state.insert(action, State::Done);
        self.run.dirty.remove(&action);
        self.valid.insert(action, self.world.actions[&action].digests.key);
    }

    /// R1-R5: a hit, an execution, or lost inputs.
    pub fn look_at(&mut self, action: ActionId) {
        self.valid.remove(&action);
        for file in self.world.output_files(action) {
            self.files.remove(&file);
        }
        let contents = self.contents(action);
        let key = self.key(action, &contents);
        self.looks_at_dirty = self.run.dirty.contains(&action);
        let reason = match key {
            Some(key) if self.asks_cache(action) => match self.ask_cache(action, key) {
                Answer::Hit(entry) => return self.hit(action, &entry),
                Answer::Miss(reason) => reason,
            },
            _ => MissReason::NotAsked,
        };
        self.note(Event::CacheMiss { action, reason });
        let ready = match self.scenario.executor(action) {
            Executor::Local => self.fetch_inputs(action),
            Executor::Remote => self.find_inputs(action),
        };
        if ready {
            self.note(Event::Started { action });
            let end = self.clock + self.world.actions[&action].duration_ms;
            let fell_through = matches!(reason, MissReason::BlobLost(_));
            self.run.executing.push(Running { action, end, contents, key, fell_through });
            self.run.state.insert(action, State::Executing);
        }
    }

    /// P19.
    fn asks_cache(&self, action: ActionId) -> bool {
        let first = self.run.times_dirty.get(&action) == Some(&1)
            && self.scenario.server.protocol != Protocol::Http;
        let may = match self.engine.ac_on_replay {
            AcOnReplay::Asks => true,
            AcOnReplay::AsksOnce => first || !self.run.dirty.contains(&action),
            AcOnReplay::Bypasses => !self.rewound.contains(&action),
        };
        self.build.accept_cached && may
    }

    /// Outputs that a hit fetches: those of the mode, and what the tool keeps in memory.
    pub fn wanted_of_hit(&self, action: ActionId) -> Vec<ArtifactId> {
        let by_mode = if self.fetches_at_end() { Vec::new() } else { self.wanted(action) };
        let outputs = self.world.actions[&action].outputs.iter().copied();
        let deferred = self.engine.fetch_time == FetchTime::AtEnd;
        let in_memory = outputs.filter(|o| !deferred && self.world.in_memory.contains(o));
        let more = in_memory.filter(|o| !by_mode.contains(o)).collect();
        let parts = self.parts_of_trees(action);
        [by_mode, more, parts].concat()
    }

    /// P38: outputs that are in a requested tree of a template.
    fn parts_of_trees(&self, action: ActionId) -> Vec<ArtifactId> {
        let files_only = self.engine.top_level_fetch == TopLevelFetch::RequestedFiles;
        if self.build.download != DownloadMode::TopLevel || !files_only || self.fetches_at_end() {
            return Vec::new();
        }
        let outputs = self.world.actions[&action].outputs.iter().copied();
        let in_tree = |output: &ArtifactId| {
            self.run.top_level.iter().any(|tree| {
                let writer = self.world.producer.get(tree);
                writer.is_some_and(|w| self.world.actions[w].kind == ActionKind::Template)
                    && self.world.files(*tree).contains(output)
            })
        };
        outputs.filter(in_tree).collect()
    }

    /// Whether what the mode wants is fetched at the end (P17, P37).
    pub fn fetches_at_end(&self) -> bool {
        match self.engine.fetch_time {
            FetchTime::WithHit => false,
            FetchTime::TopLevelAtEnd => self.build.download == DownloadMode::TopLevel,
            FetchTime::AtEnd => true,
        }
    }

    pub fn wanted(&self, action: ActionId) -> Vec<ArtifactId> {
        let (mode, fetch) = (self.build.download, self.engine.top_level_fetch);
        self.world.wanted(action, mode, &self.run.top_level, fetch)
    }

    /// R1-R3.
    fn ask_cache(&mut self, action: ActionId, key: BlobId) -> Answer {
        let on_disk = self.disk.as_ref().and_then(|disk| disk.ac.get(&key));
        let entry = on_disk.or_else(|| self.remote.ac.get(&key)).cloned();
        let status = self.read(CacheKind::Ac, key, Some(action));
        let Some(entry) = entry.filter(|_| status == Status::Ok) else {
            return Answer::Miss(MissReason::NoEntry);
        };
        if entry.broken {
            return Answer::Miss(MissReason::Broken);
        }
        let deferred = self.engine.fetch_time == FetchTime::AtEnd;
        let checks =
            self.engine.remembers_lost != RemembersLost::No && !self.lost_digests.is_empty();
        let mut gone = None;
        if checks && !deferred {
            for tree in self.trees_of(action, &entry) {
                if self.read(CacheKind::Cas, tree, Some(action)) != Status::Ok {
                    gone = gone.or(Some(tree));
                }
            }
        }
        if let Some(blob) = gone {
            return Answer::Miss(MissReason::BlobLost(blob));
        }
        if checks && let Some(blob) = self.refuses(action, &entry) {
            return Answer::Miss(MissReason::NamesLost(blob));
        }
        if deferred {
            // Materialization is deferred (K5).
            return Answer::Hit(entry);
        }
        for blob in self.blobs_of_hit(action, &entry, !checks) {
            if self.read(CacheKind::Cas, blob, Some(action)) != Status::Ok {
                gone = gone.or(Some(blob));
            }
        }
        gone.map_or(Answer::Hit(entry), |blob| Answer::Miss(MissReason::BlobLost(blob)))
    }

    /// The `Tree` messages that an entry names.
    fn trees_of(&self, action: ActionId, entry: &Entry) -> Vec<BlobId> {
        let outputs = self.world.actions[&action].outputs.iter();
        let trees = outputs.filter(|output| self.world.trees.contains(output));
        trees.filter_map(|tree| entry.names.get(tree).copied()).collect()
    }

    /// P18, R10: the first file that an entry names and that is known to be lost. Then all that it
    /// names are known to be lost no more, if so.
    fn refuses(&mut self, action: ActionId, entry: &Entry) -> Option<BlobId> {
        let files = self.world.output_files(action).into_iter();
        let named = files.filter(|file| !self.world.trees.contains(file));
        let named: Vec<BlobId> = named.filter_map(|file| entry.names.get(&file).copied()).collect();
        let first = named.iter().find(|blob| self.lost_digests.contains(blob)).copied();
        if self.engine.forgets_lost == ForgetsLost::OnRefusal {
            self.lost_digests.retain(|blob| !named.contains(blob));
        }
        first
    }

    /// R2: what is fetched of a hit, its trees too or not.
    fn blobs_of_hit(&self, action: ActionId, entry: &Entry, trees: bool) -> Vec<BlobId> {
        let wanted = self.wanted_of_hit(action);
        let mut blobs = Vec::new();
        for output in &self.world.actions[&action].outputs {
            if trees && self.world.trees.contains(output) {
                blobs.extend(entry.names.get(output));
            }
            {
                let mut files = self.world.files(*output);
                files.retain(|file| !self.world.trees.contains(file));
                files.retain(|file| wanted.contains(output) || wanted.contains(file));
                blobs.extend(files.iter().filter_map(|file| entry.names.get(file)));
            }
        }
        blobs.retain(|blob| !self.world.empty.contains(blob));
        let std = entry.stdout.into_iter().chain(entry.stderr);
        let empty_too = self.engine.requests_empty_std;
        blobs.extend(std.filter(|blob| empty_too || !self.world.empty.contains(blob)));
        blobs
    }

    fn hit(&mut self, action: ActionId, entry: &Entry) {
        let wanted = self.wanted_of_hit(action);
        let said = |a: ArtifactId| entry.names.get(&a).or_else(|| self.world.said.get(&a));
        let outputs = self.world.actions[&action].outputs.clone();
        let all = outputs.iter().flat_map(|&o| [vec![o], self.world.files(o)].concat());
        let content: BTreeMap<ArtifactId, BlobId> =
            all.filter_map(|a| Some((a, *said(a)?))).collect();
        self.now_of(action, &content);
        for output in outputs {
            let files = self.world.files(output);
            for &file in &files {
                if wanted.contains(&output) || wanted.contains(&file) {
                    self.write(file);
                    self.note(Event::Materialized { artifact: file, for_action: Some(action) });
                } else {
                    self.remote_only.insert(file);
                }
            }
            if wanted.contains(&output) && !files.contains(&output) {
                // The tree itself, after its files.
                self.note(Event::Materialized { artifact: output, for_action: Some(action) });
            }
        }
        self.note(Event::CacheHit { action });
        self.made_at.insert(action, self.clock);
        self.run.was_done.insert(action);
        self.strike_after(action);
    }

    /// It is done, and its outputs are these.
    fn now_of(&mut self, action: ActionId, content: &BTreeMap<ArtifactId, BlobId>) {
        self.done(action);
        self.give(action, content);
    }

    fn write(&mut self, file: ArtifactId) {
        self.remote_only.remove(&file);
        self.run.stay_remote.remove(&file);
        self.run.temporary.remove(&file);
        self.files.insert(file, self.content(file));
    }

    /// P6, P8, P10.
    pub fn end_execution(&mut self, running: Running) {
        let Running { action, contents, key, .. } = running;
        let again = !self.run.was_done.insert(action);
        self.note(Event::Executed { action, again });
        self.made_at.insert(action, self.clock);
        let content = self.yields(action, &contents);
        self.now_of(action, &content);
        let is_local = self.scenario.executor(action) == Executor::Local;
        // R6 is about what a hit would have fetched.
        let wanted = self.wanted_of_hit(action);
        for output in self.world.actions[&action].outputs.clone() {
            for file in self.world.files(output) {
                if !is_local {
                    self.remote_only.insert(file);
                    continue;
                }
                self.write(file);
                let fell = running.fell_through && self.engine.rerun_outputs_stay_remote;
                if fell && !wanted.contains(&output) && !wanted.contains(&file) {
                    self.run.stay_remote.insert(file);
                }
            }
        }
        if !is_local {
            self.note(Event::LeftRemote { action });
        }
        let entry = self.world.entry(action, &content);
        let end = self.clock + self.scenario.timing.upload_ms;
        let blobs = self.blobs_to_upload(action, key, &content);
        let upload = Upload { action, end, blobs, key, entry };
        if !is_local || self.build.upload && self.engine.uploads_local_results {
            if is_local && self.disk.is_some() {
                self.upload_now(Tier::Disk, upload.clone());
            }
            match is_local && self.build.async_upload {
                true => self.run.uploads.push(upload),
                false => self.upload_now(Tier::Remote, upload),
            }
        }
        self.strike_after(action);
        if !is_local {
            self.fetch_of_worker(action);
        }
    }

    fn blobs_to_upload(
        &self,
        action: ActionId,
        key: Option<BlobId>,
        content: &BTreeMap<ArtifactId, BlobId>,
    ) -> Vec<BlobId> {
        let spec = &self.world.actions[&action];
        let mut blobs = Vec::new();
        for &output in &spec.outputs {
            let files = self.world.files(output);
            let tree = (!files.contains(&output)).then_some(output);
            blobs.extend(files.into_iter().chain(tree).filter_map(|a| content.get(&a).copied()));
        }
        let digests = spec.digests;
        blobs.extend([digests.stdout, digests.stderr, digests.command, key].into_iter().flatten());
        blobs.retain(|b| self.engine.uploads_empty || !self.world.empty.contains(b));
        blobs
    }

    /// P10, P12.
    pub fn upload_now(&mut self, tier: Tier, upload: Upload) {
        let owner = Some(upload.action);
        for blob in upload.blobs {
            if self.run.put.insert((tier, blob)) {
                self.put(tier, CacheKind::Cas, blob, None, owner);
            }
        }
        if let Some(key) = upload.key {
            self.put(tier, CacheKind::Ac, key, Some(upload.entry), owner);
        }
    }
}
