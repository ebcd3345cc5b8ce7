//! What a loss leads to: failure, a rewind, another pass (P13-P17), and outputs fetched after the
//! fact (K5, R9, N4).

use std::collections::BTreeSet;

use rewindow::model::{ActionId, ActionKind, ArtifactId, BlobId, CacheKind, Status, Tier, Verb};
use rewindow::rewind::{Event, FailReason, Halt, OnLoss};

use super::sim::{Sim, State};

/// A file that was looked for and is gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LostFile {
    /// As its consumer names it.
    pub path: ArtifactId,
    /// The input (or output) that it is, or is in.
    pub owner: ArtifactId,
    pub blob: BlobId,
}

/// What one consumer, or the build itself, lost at once.
#[derive(Clone, Debug)]
pub struct Loss {
    pub consumer: Option<ActionId>,
    pub files: Vec<LostFile>,
}

impl Sim<'_> {
    fn halt(&mut self, halt: Halt, exit_code: u8) {
        if self.run.halt.is_none() {
            self.run.halt = Some(halt);
            self.run.exit_code = exit_code;
        }
        self.run.stop |= !self.build.keep_going || halt == Halt::NoEnd;
    }

    pub fn fail(&mut self, action: ActionId, reason: FailReason) {
        let exit_code = match reason {
            FailReason::LostInputs => self.engine.exit_on_lost_input,
            FailReason::LostTooOften | FailReason::NoEnd => self.engine.exit_on_lost_too_often,
            FailReason::IoError => self.engine.exit_on_io_error,
        };
        self.fail_with(action, reason, exit_code);
    }

    pub fn fail_with(&mut self, action: ActionId, reason: FailReason, exit_code: u8) {
        self.run.state.insert(action, State::Failed);
        self.note(Event::Failed { action, reason });
        let halt = match reason {
            FailReason::LostInputs => Halt::LostInputs,
            FailReason::LostTooOften => Halt::LostTooOften,
            FailReason::IoError => Halt::IoError,
            FailReason::NoEnd => Halt::NoEnd,
        };
        self.halt(halt, exit_code);
    }

    /// `consumer` found these inputs lost; `off` if the engine does not rewind for such a loss.
    pub fn lose_inputs(&mut self, consumer: ActionId, files: Vec<LostFile>, off: bool) {
        if off || self.engine.on_loss == OnLoss::Fail {
            return self.fail(consumer, FailReason::LostInputs);
        }
        self.run.state.insert(consumer, State::Lost);
        self.lose(Loss { consumer: Some(consumer), files });
    }

    /// The build itself found these outputs lost; `error` if one ended in an error (P9).
    fn lose_outputs(&mut self, files: Vec<LostFile>, error: bool) {
        for file in &files {
            self.note(Event::LostOutput { artifact: file.path, blob: file.blob });
        }
        if error {
            // B6: none of them is rewound for.
            if self.engine.exit_on_output_io_error != 0 {
                self.halt(Halt::IoError, self.engine.exit_on_output_io_error);
                self.run.output_lost = true;
            }
            return;
        }
        if files.is_empty() {
            return;
        }
        for file in &files {
            self.remember(file.blob);
        }
        if self.engine.on_loss == OnLoss::Fail || !self.engine.rewinds_outputs {
            self.fail_output();
        } else {
            self.lose(Loss { consumer: None, files });
        }
    }

    fn lose(&mut self, loss: Loss) {
        let waits = match self.engine.on_loss {
            OnLoss::RewindCommand { .. } => true,
            _ => self.engine.coarse_lock && self.rewinds == 0,
        };
        match waits {
            true => self.run.waiting.push(loss),
            false => self.rewind(loss),
        }
    }

    /// A lost output that is not rewound for.
    fn fail_output(&mut self) {
        // P35.
        if self.engine.exit_on_lost_output != 0 {
            self.halt(Halt::LostOutput, self.engine.exit_on_lost_output);
            self.run.output_lost = true;
        }
    }

    /// A loss that is not rewound for.
    fn give_up(&mut self, consumer: Option<ActionId>, reason: FailReason) {
        let too_often = self.engine.exit_on_lost_too_often;
        match (consumer, reason) {
            (Some(action), _) => self.fail(action, reason),
            (None, FailReason::LostInputs) => self.fail_output(),
            (None, FailReason::NoEnd) => self.halt(Halt::NoEnd, too_often),
            (None, _) => self.halt(Halt::LostTooOften, too_often),
        }
    }

    /// `OnLoss::Rewind`: P13, P15.
    pub fn rewind(&mut self, loss: Loss) {
        let OnLoss::Rewind { losses_max } = self.engine.on_loss else {
            unreachable!("only with OnLoss::Rewind");
        };
        let Loss { consumer, files } = loss;
        if self.run.halt.is_some() && self.run.stop {
            // A7.
            return self.give_up(consumer, FailReason::LostInputs);
        }
        let (mut too_often, mut no_end) = (false, false);
        for file in &files {
            let mut count = |blob| {
                let n = self.run.losses.entry((consumer, file.path, blob)).or_default();
                *n += 1;
                *n
            };
            too_often |= count(Some(file.blob)) > losses_max;
            no_end |= count(None) > losses_max.max(100);
        }
        if too_often {
            return self.give_up(consumer, FailReason::LostTooOften);
        }
        if no_end {
            return self.give_up(consumer, FailReason::NoEnd);
        }
        self.start_round(consumer);
        for file in &files {
            self.dirty_producers(consumer, *file);
        }
        self.reset(consumer);
    }

    /// P16: all that waited for nothing to execute, in order.
    pub fn rewind_waiting(&mut self) {
        let rewinds = matches!(self.engine.on_loss, OnLoss::Rewind { .. });
        if rewinds && self.run.executing.is_empty() {
            for loss in std::mem::take(&mut self.run.waiting) {
                self.rewind(loss);
            }
        }
    }

    fn start_round(&mut self, consumer: Option<ActionId>) {
        self.rewinds += 1;
        self.note(Event::Rewound { consumer, round: self.rewinds });
    }

    fn reset(&mut self, consumer: Option<ActionId>) {
        if let Some(action) = consumer {
            self.run.state.insert(action, State::Waiting);
            self.note(Event::Reset { action });
        }
    }

    /// P14.
    fn dirty_producers(&mut self, consumer: Option<ActionId>, lost: LostFile) {
        let mut seen = BTreeSet::new();
        let inputs = consumer.map(|c| self.world.actions[&c].inputs.clone()).unwrap_or_default();
        let has =
            |input: &ArtifactId| self.world.files(self.world.resolve(*input)).contains(&lost.path);
        let mut left: Vec<ArtifactId> = inputs.into_iter().filter(has).collect();
        // The first is taken last.
        left.push(lost.owner);
        while let Some(artifact) = left.pop() {
            let Some(&action) = self.world.producer.get(&artifact) else { continue };
            if self.run.state[&action] != State::Done || !seen.insert(action) {
                continue;
            }
            let spec = &self.world.actions[&action];
            let (kind, inputs) = (spec.kind, spec.inputs.clone());
            if kind == ActionKind::Redirect && self.engine.canonical_keys {
                left.extend(inputs);
                continue;
            }
            if !matches!(kind, ActionKind::Redirect | ActionKind::Spawn) {
                left.extend(inputs);
            }
            self.dirty(action, consumer);
        }
    }

    fn dirty(&mut self, action: ActionId, consumer: Option<ActionId>) {
        self.run.state.insert(action, State::Waiting);
        self.run.dirty.insert(action);
        *self.run.times_dirty.entry(action).or_default() += 1;
        self.rewound.insert(action);
        self.valid.remove(&action);
        self.may_ask_again(action);
        self.note(Event::MarkedDirty { action, consumer });
        let n_uploads = self.run.uploads.len();
        if self.engine.coarse_lock {
            self.run.uploads.retain(|upload| upload.action != action);
        }
        if self.run.uploads.len() < n_uploads {
            self.note(Event::UploadCancelled { action });
        }
    }

    /// What happens when nothing is ready or executes; says whether there is more to do (P17).
    pub fn end_pass(&mut self) -> bool {
        let before = self.rewinds;
        if self.fetches_at_end() && self.run.halt.is_none() {
            self.materialize();
            self.rewind_waiting();
        }
        let OnLoss::RewindCommand { passes_max } = self.engine.on_loss else {
            return self.rewinds > before;
        };
        let losses = std::mem::take(&mut self.run.waiting);
        if losses.is_empty() {
            return false;
        }
        let reason = match self.run.halt {
            Some(_) => Some(FailReason::LostInputs),
            None if self.run.passes == passes_max => Some(FailReason::LostTooOften),
            None => None,
        };
        if let Some(reason) = reason {
            for loss in losses {
                self.give_up(loss.consumer, reason);
            }
            return false;
        }
        self.run.passes += 1;
        self.start_round(None);
        for loss in &losses {
            for file in &loss.files {
                self.dirty_producers(loss.consumer, *file);
            }
        }
        for loss in losses {
            // P19.
            if let Some(consumer) = loss.consumer {
                self.rewound.insert(consumer);
                self.run.dirty.insert(consumer);
                *self.run.times_dirty.entry(consumer).or_default() += 1;
            }
            self.reset(loss.consumer);
        }
        true
    }

    /// K5: the outputs that the mode wants, then, if asked for, what the CAS lacks of the top-level
    /// outputs.
    fn materialize(&mut self) {
        let (mut lost, mut error, mut asked) = (Vec::new(), false, BTreeSet::new());
        let need = self.run.need.clone();
        // What a redirect leads to may have to run again (P14).
        let done = need.into_iter().filter(|&a| self.is_settled(a));
        let done: Vec<ActionId> = done.collect();
        for &action in &done {
            // What came as an input is there to stay if it is asked for (R7).
            for file in self.wanted(action).into_iter().flat_map(|a| self.world.files(a)) {
                self.run.temporary.remove(&file);
                self.run.temporary.remove(&self.world.resolve(file));
            }
            let wanted = self.wanted(action);
            for file in wanted.iter().flat_map(|&owner| self.world.files(owner)) {
                // R7 is not about what is asked for.
                self.run.temporary.remove(&self.world.resolve(file));
            }
            let mut files = self.not_on_disk(wanted);
            // A file that is wanted in two ways is asked for once.
            files.retain(|file| asked.insert(file.path));
            if !self.engine.clears_queue {
                files.retain(|file| !self.run.queued.contains(&file.path));
            }
            self.run.queued.extend(files.iter().map(|file| file.path));
            error |= self.fetch_outputs(None, files, &mut lost);
        }
        if self.build.upload_final {
            for output in self.run.top_level.clone() {
                if self.world.producer.get(&output).is_some_and(|p| done.contains(p)) {
                    self.upload_final(output, &mut lost);
                }
            }
        }
        self.lose_outputs(lost, error);
    }

    fn upload_final(&mut self, output: ArtifactId, lost: &mut Vec<LostFile>) {
        for path in self.world.files(output) {
            let known = self.content(path).filter(|blob| !self.world.empty.contains(blob));
            let Some(blob) = known else { continue };
            if self.ask(Verb::Find, Tier::Remote, CacheKind::Cas, blob, None) == Status::Ok {
                continue;
            }
            let file = LostFile { path, owner: output, blob };
            if self.is_on_disk(path) {
                self.run.put.insert((Tier::Remote, blob));
                self.put(Tier::Remote, CacheKind::Cas, blob, None, None);
            } else if !lost.iter().any(|other| other.path == path) {
                lost.push(file);
            }
        }
    }

    /// Files of outputs that are wanted and not on disk.
    fn not_on_disk(&self, wanted: Vec<ArtifactId>) -> Vec<LostFile> {
        let mut found: Vec<LostFile> = Vec::new();
        for owner in wanted {
            for path in self.world.files(owner) {
                let known = found.iter().any(|other| other.path == path);
                let blob = self.content(path).filter(|_| !known && !self.is_on_disk(path));
                found.extend(blob.map(|blob| LostFile { path, owner, blob }));
            }
        }
        found
    }

    /// Fetches outputs; says whether one ended in an error, and adds to what is lost.
    fn fetch_outputs(
        &mut self,
        owner: Option<ActionId>,
        files: Vec<LostFile>,
        lost: &mut Vec<LostFile>,
    ) -> bool {
        let mut error = false;
        for file in files {
            if owner.is_some() && !self.run.asked_late.insert(file.path) {
                continue;
            }
            let status = match self.world.empty.contains(&file.blob) {
                true => Status::Ok,
                false => self.read(CacheKind::Cas, file.blob, owner),
            };
            match status {
                Status::Ok => {
                    self.files.insert(file.path, Some(file.blob));
                    self.note(Event::Materialized { artifact: file.path, for_action: owner });
                }
                Status::NotFound => lost.push(file),
                Status::Error => error = true,
            }
        }
        error
    }

    /// What `action` writes may be asked for late once more (P8).
    pub fn may_ask_again(&mut self, action: ActionId) {
        for file in self.world.output_files(action) {
            self.run.asked_late.remove(&file);
        }
    }

    /// R9, N4: requested files of an action that is not looked at come straight from the CAS.
    pub fn fetch_newly_wanted(&mut self, action: ActionId) {
        let late = self.engine.fetches_newly_wanted && !self.fetches_at_end();
        if late {
            let mut wanted = self.wanted(action);
            // What the tool keeps in memory came with the hit.
            wanted.retain(|artifact| !self.world.in_memory.contains(artifact));
            let (mut lost, files) = (Vec::new(), self.not_on_disk(wanted));
            let error = self.fetch_outputs(Some(action), files, &mut lost);
            self.lose_outputs(lost, error);
        }
    }

    /// P8: what the mode wants of what a worker made.
    pub fn fetch_of_worker(&mut self, action: ActionId) {
        let (mut lost, files) = (Vec::new(), self.not_on_disk(self.wanted_of_hit(action)));
        let error = self.fetch_outputs(Some(action), files, &mut lost);
        self.lose_outputs(lost, error);
    }
}
