//! What a reader carries along: warnings, folded by kind, and how far it has come.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::card::{Place, Progress, Warning};

/// Collects the warnings of one file or merge. Warnings of one kind become one, with a count, so
/// that a million bad lines stay readable.
#[derive(Debug, Default)]
pub(super) struct Notes {
    file: String,
    by_kind: HashMap<&'static str, usize>,
    warnings: Vec<Warning>,
}

impl Notes {
    /// Warnings about `file`.
    pub fn new(file: &str) -> Self {
        Self { file: file.to_owned(), ..Self::default() }
    }

    /// Notes a defect. `kind` tells it from others; only the first of a kind is spelt out.
    pub fn add(
        &mut self,
        kind: &'static str,
        place: Place,
        what: impl FnOnce() -> String,
        remedy: &str,
    ) {
        if let Some(&known) = self.by_kind.get(kind) {
            self.warnings[known].count += 1;
            return;
        }
        self.by_kind.insert(kind, self.warnings.len());
        self.warnings.push(self.warning(place, what(), remedy));
    }

    /// A warning about this file that is not collected: the reason why nothing of it is used.
    pub fn warning(&self, place: Place, what: String, remedy: &str) -> Warning {
        Warning { file: self.file.clone(), place, what, remedy: remedy.to_owned(), count: 1 }
    }

    /// The warnings in the order of their first place.
    pub fn finish(self) -> Vec<Warning> {
        self.warnings
    }
}

/// Why a reader stops before the end.
#[derive(Debug)]
pub(super) enum Stop {
    /// The user cancelled.
    Cancelled,
    /// Nothing of the file can be used.
    Unusable(Box<Warning>),
}

/// Tells how far the import has come, and hears whether to go on.
pub(super) struct Meter<'a> {
    /// Called with each step of progress.
    pub progress: &'a mut dyn FnMut(Progress) -> ControlFlow<()>,
    /// Index of the file being read.
    pub file: usize,
    /// Bytes of the files before it, as given.
    pub before_bytes: u64,
    /// Bytes of this file, as given.
    pub file_bytes: u64,
    /// Bytes of all files, as given.
    pub total_bytes: u64,
    /// Work between two reports, in units of a reader.
    pub next: u64,
}

/// How much of a reader's input lies between two reports.
const STEP_BYTES: u64 = 1 << 20;

impl Meter<'_> {
    /// Reports that `done` of `all` units of this file's current pass are done, every megabyte.
    pub fn at(&mut self, done: usize, all: usize) -> Result<(), Stop> {
        self.after(done as u64, || done as f64 / all.max(1) as f64)
    }

    /// Reports that `share` of this file is done, every megabyte of `work`.
    pub fn after(&mut self, work: u64, share: impl FnOnce() -> f64) -> Result<(), Stop> {
        if work < self.next {
            return Ok(());
        }
        self.next = work + STEP_BYTES;
        self.report(share())
    }

    /// Starts a new pass over the file.
    pub fn rewind(&mut self) {
        self.next = 0;
    }

    /// Reports that `share` of this file is done.
    pub fn report(&mut self, share: f64) -> Result<(), Stop> {
        let here = (self.file_bytes as f64 * share.clamp(0.0, 1.0)) as u64;
        let done_bytes = self.before_bytes + here;
        let progress = Progress { file: self.file, done_bytes, total_bytes: self.total_bytes };
        match (self.progress)(progress) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Stop::Cancelled),
        }
    }
}
