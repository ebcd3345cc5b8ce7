//! Bazel: builds that fail on a loss, are retried, or rewind (R1-R10, A1-A5, A7).

use std::collections::{BTreeMap, BTreeSet};

use rewindow::model::{CacheKind, Status, Verb};
use rewindow::rewind::{
    AcOnReplay, Build, CachePolicy, Executor, FetchTime, OnLoss, RemembersLost,
};

use super::world::World;
use super::{Client, Report};

/// What is known only while a build runs.
pub struct Running<'a> {
    pub client: &'a mut Client,
    pub world: &'a World,
    pub build: &'a Build,
    pub report: Report,
    /// Blobs this build has uploaded (R5).
    put: BTreeSet<String>,
    /// Files fetched as inputs, to be deleted at the end where the engine does so (R7).
    temporary: BTreeSet<String>,
    /// Outputs that count as remote although they were just made (R6).
    stay_remote: BTreeSet<String>,
    /// Actions that run again because of a loss.
    pub replayed: BTreeSet<usize>,
    /// How often (consumer, path, digest) was lost (A4).
    losses: BTreeMap<(Option<usize>, String, String), u32>,
}

/// A whole build with its retries (R1).
pub fn build(client: &mut Client, world: &World, build: &Build, rank: &[usize]) -> Report {
    let mut sum = Report::default();
    loop {
        client.forget_invalid(world, build);
        let report = attempt(client, world, build, rank);
        client.fetch_failed = !report.success;
        let retry = !report.success && !report.output_lost && sum.attempts < client.engine.retries;
        sum.add(report);
        if !retry {
            return sum;
        }
    }
}

fn attempt(client: &mut Client, world: &World, build: &Build, rank: &[usize]) -> Report {
    let mut run = Running::new(client, world, build);
    run.actions(world.need(build), rank);
    run.finish()
}

impl<'a> Running<'a> {
    pub fn new(client: &'a mut Client, world: &'a World, build: &'a Build) -> Self {
        Self {
            client,
            world,
            build,
            report: Report { attempts: 1, ..Report::default() },
            put: BTreeSet::new(),
            temporary: BTreeSet::new(),
            stay_remote: BTreeSet::new(),
            replayed: BTreeSet::new(),
            losses: BTreeMap::new(),
        }
    }

    /// Does `left`, the lowest rank of those that are ready first, until all is done or failed.
    fn actions(&mut self, mut left: BTreeSet<usize>, rank: &[usize]) {
        loop {
            let behind_failure = self.lost_cause();
            let ready: Vec<usize> = left
                .iter()
                .copied()
                .filter(|&a| self.world.producers(a).iter().all(|p| !left.contains(p)))
                .filter(|a| !behind_failure.contains(a))
                .collect();
            // What is valid takes no time, so nothing goes before it.
            let first = |&a: &usize| (!self.is_valid(a), rank[a]);
            let Some(action) = ready.iter().copied().min_by_key(first) else {
                return;
            };
            if self.is_valid(action) {
                let stop = self.fetch_newly_wanted(action, &mut left);
                if stop {
                    return;
                }
                continue;
            }
            let lost = self.look_at(action);
            if lost.is_empty() {
                left.remove(&action);
            } else if let Some(dirty) = self.rewind(Some(action), &lost) {
                // The action stays among those left, and waits for the dirtied ones.
                left.extend(dirty);
            } else {
                left.remove(&action);
                self.report.failed.insert(action);
                if !self.build.keep_going {
                    self.report.stopped = true;
                    return;
                }
            }
        }
    }

    /// The actions that failed, and all behind them.
    fn lost_cause(&self) -> BTreeSet<usize> {
        let mut lost_cause = self.report.failed.clone();
        loop {
            let before = lost_cause.len();
            let n = self.world.actions.len();
            let behind = (0..n).filter(|&a| !self.world.producers(a).is_disjoint(&lost_cause));
            lost_cause.extend(behind.collect::<Vec<_>>());
            if lost_cause.len() == before {
                return lost_cause;
            }
        }
    }

    /// R9: it succeeded before, with the key that it still has.
    pub fn is_valid(&self, action: usize) -> bool {
        self.client.done.get(&action) == Some(&self.world.actions[action].key)
    }

    /// R1-R5: hit, executed, or what inputs are lost, as path and digest.
    pub fn look_at(&mut self, action: usize) -> Vec<(String, String)> {
        let spec = self.world.actions[action].clone();
        self.client.done.remove(&action);
        for output in &spec.outputs {
            for file in self.world.files(output) {
                self.client.disk.remove(&file);
            }
        }
        let wanted = self.world.wanted(action, self.build, self.client.engine.top_level_fetch);
        let fell_through = match self.ask_cache(action, &wanted) {
            Some(true) => {
                self.take_from_cache(action, &wanted);
                return Vec::new();
            }
            Some(false) => true,
            None => false,
        };
        let lost = match self.client.engine.executor {
            Executor::Local => self.fetch_inputs(action),
            Executor::Remote => self.find_inputs(action),
        };
        if !lost.is_empty() {
            return lost;
        }
        self.execute(action);
        if fell_through && self.client.engine.rerun_outputs_stay_remote {
            let unwanted = spec.outputs.iter().filter(|o| !wanted.contains(*o));
            let files = unwanted.flat_map(|o| self.world.files(o));
            self.stay_remote.extend(files.collect::<Vec<_>>());
        }
        Vec::new()
    }

    /// R1-R3: `None` if there is no usable entry, else whether all that is wanted of it was there.
    fn ask_cache(&mut self, action: usize, wanted: &BTreeSet<String>) -> Option<bool> {
        let spec = self.world.actions[action].clone();
        let bypass = self.client.engine.ac_on_replay == AcOnReplay::Bypasses;
        if !self.build.accept_cached || (bypass && self.replayed.contains(&action)) {
            return None;
        }
        let mut served = self.client.ac.contains(&spec.key);
        if self.client.policy == CachePolicy::Verified && !self.client.broken.contains(&spec.key) {
            let there = |b: &String| self.client.cas.contains(b) || self.world.empty.contains(b);
            served = served && self.world.closure(action).iter().all(there);
        }
        self.note(Verb::Get, CacheKind::Ac, &spec.key, served);
        if !served || self.client.broken.contains(&spec.key) {
            return None;
        }
        let refused = !self.world.closure(action).is_disjoint(&self.client.known_lost);
        if self.client.engine.remembers_lost != RemembersLost::No && refused {
            return None;
        }
        if self.client.engine.fetch_time == FetchTime::AtEnd {
            // Materialization is deferred (K5).
            return Some(true);
        }
        let mut blobs: Vec<String> = Vec::new();
        for output in &spec.outputs {
            if self.world.tree_files.contains_key(output) {
                blobs.push(self.world.content[output].clone());
            }
            if wanted.contains(output) {
                let files = self.world.files(output);
                blobs.extend(files.iter().map(|file| self.world.content[file].clone()));
            }
        }
        blobs.retain(|blob| !self.world.empty.contains(blob));
        let std = spec.stdout.iter().chain(&spec.stderr);
        let empty_too = self.client.engine.requests_empty_std;
        blobs.extend(std.filter(|b| empty_too || !self.world.empty.contains(*b)).cloned());
        let answers: Vec<bool> = blobs.iter().map(|blob| self.get(blob)).collect();
        Some(answers.iter().all(|&found| found))
    }

    fn take_from_cache(&mut self, action: usize, wanted: &BTreeSet<String>) {
        let spec = self.world.actions[action].clone();
        for output in &spec.outputs {
            for file in self.world.files(output) {
                let fetched = self.client.engine.fetch_time == FetchTime::WithHit;
                if fetched && wanted.contains(output) {
                    self.write(&file);
                } else {
                    self.client.remote.insert(file);
                }
            }
        }
        self.client.done.insert(action, spec.key);
    }

    /// R4: fetches what is remote only; returns what is lost.
    pub fn fetch_inputs(&mut self, action: usize) -> Vec<(String, String)> {
        let mut lost = Vec::new();
        for input in self.world.actions[action].inputs.clone() {
            for file in self.world.files(&input) {
                if self.world.producer.contains_key(&file) && !self.is_at_hand(&file) {
                    let blob = self.world.content[&file].clone();
                    if self.world.empty.contains(&blob) || self.get(&blob) {
                        self.stay_remote.remove(&file);
                        self.client.disk.insert(file.clone(), blob);
                        self.temporary.insert(file);
                    } else {
                        lost.push((file, blob));
                    }
                }
            }
        }
        lost
    }

    /// K2: asks which inputs the worker will not find; returns all that are lost.
    fn find_inputs(&mut self, action: usize) -> Vec<(String, String)> {
        let mut lost = Vec::new();
        for input in self.world.actions[action].inputs.clone() {
            for file in self.world.files(&input) {
                if !self.world.producer.contains_key(&file) || self.is_at_hand(&file) {
                    continue;
                }
                let blob = self.world.content[&file].clone();
                if !self.world.empty.contains(&blob) {
                    let found = self.client.cas.contains(&blob);
                    self.note(Verb::Find, CacheKind::Cas, &blob, found);
                    if !found {
                        lost.push((file, blob));
                    }
                }
            }
        }
        lost
    }

    fn is_at_hand(&self, file: &str) -> bool {
        self.client.disk.get(file) == self.world.content.get(file)
            && !self.stay_remote.contains(file)
    }

    /// R5.
    pub fn execute(&mut self, action: usize) {
        let spec = self.world.actions[action].clone();
        *self.report.executed.entry(action).or_default() += 1;
        let mut blobs: Vec<String> = vec![spec.key.clone()];
        blobs.extend(spec.command.iter().chain(&spec.stdout).chain(&spec.stderr).cloned());
        for output in &spec.outputs {
            for file in self.world.files(output) {
                match self.client.engine.executor {
                    Executor::Local => self.write(&file),
                    Executor::Remote => {
                        self.client.remote.insert(file.clone());
                    }
                }
                blobs.push(self.world.content[&file].clone());
            }
            blobs.push(self.world.content[output].clone());
        }
        if self.build.upload {
            for blob in blobs {
                let skipped = self.world.empty.contains(&blob) && !self.client.engine.uploads_empty;
                if !skipped && self.put.insert(blob.clone()) {
                    self.note(Verb::Put, CacheKind::Cas, &blob, true);
                    self.client.known_lost.remove(&blob);
                    self.client.cas.insert(blob);
                }
            }
            self.note(Verb::Put, CacheKind::Ac, &spec.key, true);
            self.client.ac.insert(spec.key.clone());
            self.client.broken.remove(&spec.key);
        }
        self.client.done.insert(action, spec.key);
    }

    /// A1-A4: the actions to do again, or `None` if the loss is final.
    fn rewind(
        &mut self,
        consumer: Option<usize>,
        lost: &[(String, String)],
    ) -> Option<BTreeSet<usize>> {
        let mut too_often = false;
        for (path, blob) in lost {
            let loss = (consumer, path.clone(), blob.clone());
            self.report.lost.insert(loss.clone());
            let n = self.losses.entry(loss).or_default();
            *n += 1;
            if let OnLoss::Rewind { losses_max } = self.client.engine.on_loss {
                too_often |= *n > losses_max;
            }
        }
        let rewinds = matches!(self.client.engine.on_loss, OnLoss::Rewind { .. });
        let error_before = !self.build.keep_going && !self.report.failed.is_empty();
        if !rewinds || too_often || error_before {
            return None;
        }
        self.report.rewinds += 1;
        let dirty: BTreeSet<usize> =
            lost.iter().map(|(path, _)| self.world.producer[path]).collect();
        for &producer in &dirty {
            *self.report.dirtied.entry(producer).or_default() += 1;
            self.client.done.remove(&producer);
        }
        self.replayed.extend(&dirty);
        Some(dirty)
    }

    /// R9, N4: requested files of an action that is not looked at come straight from the CAS. True
    /// if the build stops for want of one.
    fn fetch_newly_wanted(&mut self, action: usize, left: &mut BTreeSet<usize>) -> bool {
        let late = self.client.engine.fetches_newly_wanted;
        let lost = if late { self.fetch_wanted(action) } else { Vec::new() };
        if !lost.is_empty() {
            if let Some(dirty) = self.rewind(None, &lost) {
                left.extend(dirty);
                return false;
            }
            self.report.output_lost = true;
        }
        left.remove(&action);
        self.report.stopped |= self.report.output_lost && !self.build.keep_going;
        self.report.stopped
    }

    /// Fetches what the mode wants of a valid action and is not on disk; returns what is lost.
    pub fn fetch_wanted(&mut self, action: usize) -> Vec<(String, String)> {
        let mut lost = Vec::new();
        let wanted = self.world.wanted(action, self.build, self.client.engine.top_level_fetch);
        for file in wanted.iter().flat_map(|output| self.world.files(output)) {
            let blob = self.world.content[&file].clone();
            if self.client.disk.get(&file) == Some(&blob) {
                continue;
            }
            if self.world.empty.contains(&blob) || self.get(&blob) {
                self.client.disk.insert(file, blob);
            } else {
                lost.push((file, blob));
            }
        }
        lost
    }

    /// Ends the build: verdict, and what is deleted from disk (R6, R7, N11, N12).
    pub fn finish(mut self) -> Report {
        if !self.client.engine.keeps_fetched_inputs {
            for file in &self.temporary {
                self.client.disk.remove(file);
            }
        }
        self.client.mode = Some(self.build.download);
        self.report.success = self.report.failed.is_empty() && !self.report.output_lost;
        self.report.exit_code = match (self.report.success, self.report.failed.is_empty()) {
            (true, _) => 0,
            (false, false) => self.client.engine.exit_on_lost_input,
            (false, true) => self.client.engine.exit_on_lost_output,
        };
        self.report.local = self.client.disk.keys().cloned().collect();
        self.report
    }

    /// Reads a blob; remembers it if it is gone.
    pub fn get(&mut self, blob: &str) -> bool {
        let found = self.client.cas.contains(blob);
        self.note(Verb::Get, CacheKind::Cas, blob, found);
        if !found {
            self.client.known_lost.insert(blob.to_owned());
        }
        found
    }

    pub fn note(&mut self, verb: Verb, kind: CacheKind, blob: &str, found: bool) {
        let status = if found { Status::Ok } else { Status::NotFound };
        *self.report.requests.entry((verb, kind, blob.to_owned(), status)).or_default() += 1;
    }

    fn write(&mut self, file: &str) {
        self.client.remote.remove(file);
        self.stay_remote.remove(file);
        self.temporary.remove(file);
        self.client.disk.insert(file.to_owned(), self.world.content[file].clone());
    }
}
