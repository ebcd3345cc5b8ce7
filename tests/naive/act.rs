//! One action: from the cache, executed, or made by the tool (R1-R6, P6-P12).

use std::collections::BTreeMap;

use rewindow::model::{ActionId, ActionKind, ArtifactId, BlobId, CacheKind, Status, Tier, Verb};
use rewindow::rewind::{
    AcOnReplay, DownloadMode, Event, Executor, FailReason, FetchTime, MissReason, OnUntyped,
    Protocol, RemembersLost,
};

use super::loss::LostFile;
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
        self.asks_for_dirty = self.looks_at_dirty;
        let ready = match self.scenario.executor(action) {
            Executor::Local => self.fetch_inputs(action),
            Executor::Remote => self.find_inputs(action),
        };
        self.asks_for_dirty = false;
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
        [by_mode, more].concat()
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
        let lost = entry.closure.iter().find(|blob| self.lost_digests.contains(blob));
        if let Some(&lost) = lost.filter(|_| self.engine.remembers_lost != RemembersLost::No) {
            return Answer::Miss(MissReason::NamesLost(lost));
        }
        if self.engine.fetch_time == FetchTime::AtEnd {
            // Materialization is deferred (K5).
            return Answer::Hit(entry);
        }
        let mut gone = None;
        for blob in self.blobs_of_hit(action, &entry) {
            if self.read(CacheKind::Cas, blob, Some(action)) != Status::Ok {
                gone = gone.or(Some(blob));
            }
        }
        gone.map_or(Answer::Hit(entry), |blob| Answer::Miss(MissReason::BlobLost(blob)))
    }

    /// R2: what is fetched of a hit.
    fn blobs_of_hit(&self, action: ActionId, entry: &Entry) -> Vec<BlobId> {
        let wanted = self.wanted_of_hit(action);
        let mut blobs = Vec::new();
        for output in &self.world.actions[&action].outputs {
            if self.world.trees.contains(output) {
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

    /// Derived files that an action reads, in order: as it names them, what they lead to, and the
    /// input that they belong to.
    pub fn input_files(&self, action: ActionId) -> Vec<(LostFile, ArtifactId)> {
        let mut all = Vec::new();
        for &owner in &self.world.actions[&action].inputs {
            let behind = self.world.resolve(owner);
            let is_tree = self.world.tree_files.contains_key(&behind);
            for file in self.world.files(behind) {
                let path = if is_tree { file } else { owner };
                let file = self.world.resolve(file);
                let blob = self.content(file);
                let known = all.iter().any(|(other, _): &(LostFile, _)| other.path == path);
                let derived = self.world.producer.contains_key(&file);
                if let Some(blob) = blob.filter(|_| derived && !known) {
                    all.push((LostFile { path, owner, blob }, file));
                }
            }
        }
        all
    }

    /// P7: whether all that was remote only is on disk now.
    fn fetch_inputs(&mut self, action: ActionId) -> bool {
        let (mut lost, mut error) = (Vec::new(), false);
        for (input, file) in self.input_files(action) {
            if self.is_on_disk(file) && !self.run.stay_remote.contains(&file) {
                continue;
            }
            let blob = input.blob;
            let status = match self.world.empty.contains(&blob) {
                true => Status::Ok,
                false => self.read(CacheKind::Cas, blob, Some(action)),
            };
            match status {
                Status::Ok => {
                    self.run.stay_remote.remove(&file);
                    self.run.temporary.insert(file);
                    // What was on disk all the same (R6) is there already.
                    if self.files.insert(file, Some(blob)) != Some(Some(blob)) {
                        self.note(Event::Materialized { artifact: file, for_action: Some(action) });
                    }
                }
                Status::NotFound => lost.push(input),
                Status::Error => error = true,
            }
            if !lost.is_empty() && !self.engine.gathers_losses {
                break;
            }
        }
        self.note_lost_inputs(action, &lost);
        if error {
            self.fail(action, FailReason::IoError);
        } else if !lost.is_empty() {
            let off = !self.engine.rewinds_local_inputs;
            self.lose_inputs(action, lost, off);
        } else {
            return true;
        }
        false
    }

    /// P8, P9: whether a worker will find all inputs.
    fn find_inputs(&mut self, action: ActionId) -> bool {
        let mut lost = Vec::new();
        let inputs = self.input_files(action);
        for (input, file) in &inputs {
            let blob = input.blob;
            if self.world.empty.contains(&blob) {
                continue;
            }
            let status = self.ask(Verb::Find, Tier::Remote, CacheKind::Cas, blob, Some(action));
            if status == Status::Ok {
                continue;
            }
            if self.is_on_disk(*file) {
                self.run.put.insert((Tier::Remote, blob));
                self.put(Tier::Remote, CacheKind::Cas, blob, None, Some(action));
            } else {
                lost.push(*input);
                if !self.engine.gathers_losses {
                    break;
                }
            }
        }
        self.note_lost_inputs(action, &lost);
        let is_untyped = |blob| self.remote.untyped.contains(&(CacheKind::Cas, blob));
        let not_empty = inputs.iter().filter(|i| !self.world.empty.contains(&i.0.blob));
        let untyped = not_empty.into_iter().any(|input| is_untyped(input.0.blob));
        if lost.is_empty() && untyped {
            self.note(Event::Started { action });
            self.note(Event::LossReported { consumer: action });
            if self.engine.on_untyped == OnUntyped::Fail {
                self.fail(action, FailReason::IoError);
                return false;
            }
            lost = inputs.into_iter().map(|(input, _)| input).collect();
        }
        if !lost.is_empty() {
            let off = lost.len() > 1 && !self.engine.rewinds_several;
            self.lose_inputs(action, lost, off);
            return false;
        }
        true
    }

    fn note_lost_inputs(&mut self, consumer: ActionId, lost: &[LostFile]) {
        for file in lost {
            self.note(Event::LostInput { consumer, input: file.path, blob: file.blob });
        }
    }

    /// P6, P8, P10.
    pub fn end_execution(&mut self, running: Running) {
        let Running { action, contents, key, .. } = running;
        let again = !self.run.was_done.insert(action);
        self.note(Event::Executed { action, again });
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

    /// Whether it is on disk, or what it leads to is, with the right content.
    pub fn is_on_disk(&self, file: ArtifactId) -> bool {
        let content = self.content(file);
        [file, self.world.resolve(file)].iter().any(|f| self.files.get(f) == Some(&content))
    }
}
