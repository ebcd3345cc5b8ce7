//! Virtual time: what executes on how many slots, and what ends next (P1-P3).

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::model::{ActionId, BlobId};

use crate::rewind::timing::Timing;
use crate::rewind::trace::Event;

use super::Stopped;
use super::attempt::{Attempt, Phase};

/// What goes on while virtual time passes.
#[derive(Default)]
pub struct Schedule {
    /// Executions by the time at which they end, then by their start.
    running: BinaryHeap<Reverse<Execution>>,
    n_started: u64,
    /// Asynchronous uploads in the order in which they end.
    uploads: VecDeque<Upload>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Execution {
    ends: u64,
    serial: u64,
    action: ActionId,
    /// A hit that could not be fetched came before it (R6).
    fell_through: bool,
}

/// Uploads of one execution that are still to end.
pub struct Upload {
    pub ends: u64,
    pub action: ActionId,
    pub blobs: Vec<BlobId>,
    pub key: Option<BlobId>,
}

impl Schedule {
    /// Whether nothing executes.
    pub fn is_idle(&self) -> bool {
        self.running.is_empty()
    }

    /// An upload that ends later than all others before it.
    pub fn upload_later(&mut self, upload: Upload) {
        self.uploads.push_back(upload);
    }

    /// Gives up the uploads of `action`; whether there were any.
    pub fn cancel_uploads(&mut self, action: ActionId) -> bool {
        let n_before = self.uploads.len();
        if n_before > 0 {
            self.uploads.retain(|upload| upload.action != action);
        }
        self.uploads.len() < n_before
    }
}

impl Attempt<'_, '_> {
    /// Runs what is ready, and lets time pass, until nothing is left to start or to end.
    pub fn run_ready(&mut self) -> Result<(), Stopped> {
        let mut batch = Vec::new();
        while self.start_some(&mut batch) || self.end_next() {
            self.planner.report_progress()?;
        }
        Ok(())
    }

    /// Takes as many ready actions as there are free slots and starts them (P2); whether anything
    /// was taken.
    fn start_some(&mut self, batch: &mut Vec<ActionId>) -> bool {
        if !self.waiting_rewinds.is_empty() {
            return self.rewind_with_lock();
        }
        if self.is_stopped() {
            return false;
        }
        let n_free = (self.build.jobs.max(1) as usize).saturating_sub(self.schedule.running.len());
        batch.clear();
        while batch.len() < n_free
            && let Some(action) = self.next_ready()
        {
            batch.push(action);
        }
        for &action in batch.iter() {
            // One before it may have dirtied its producer: then it is offered again.
            if self.is_ready(action) {
                self.start(action);
            }
        }
        !batch.is_empty()
    }

    /// `action` executes from now on, for as long as it takes.
    pub fn execute(&mut self, action: ActionId, fell_through: bool) {
        self.planner.push(Event::Started { action });
        self.set_phase(action, Phase::Running);
        let ends = self.planner.now + Timing::duration_ms(self.planner.graph, action);
        let serial = self.schedule.n_started;
        self.schedule.n_started += 1;
        self.schedule.running.push(Reverse(Execution { ends, serial, action, fell_through }));
    }

    /// The clock goes to what ends next, which ends; false if nothing does (P3).
    fn end_next(&mut self) -> bool {
        let execution = self.schedule.running.peek().map(|next| next.0.ends);
        let upload = self.schedule.uploads.front().map(|next| next.ends);
        let Some(time) = execution.into_iter().chain(upload).min() else {
            return false;
        };
        if let Some(fault) = self.planner.faults.next_time().filter(|&fault| fault <= time) {
            self.planner.pass_time(fault);
            return true;
        }
        self.planner.pass_time(time);
        if execution == Some(time) {
            if let Some(Reverse(next)) = self.schedule.running.pop() {
                self.finish_execution(next.action, next.fell_through);
                self.release_held();
            }
        } else if let Some(upload) = self.schedule.uploads.pop_front() {
            self.finish_upload(upload);
        }
        true
    }
}
