//! Any moment of a long trace in little time: checkpoints along the trace, and the way back.
//!
//! A checkpoint is a [`Moment`]; neighbours share the pages that are equal, so that a checkpoint
//! costs what changed since the one before. To seek is to take the last checkpoint before the step
//! and apply the events from there on. On the way, what each event replaces is noted, so that going
//! back by a step undoes one event.

use std::ops::ControlFlow;
use std::rc::Rc;

use crate::model::{Cache, Graph};

use super::moment::Moment;
use super::planner::Stopped;
use super::trace::Trace;
use super::undo::History;

/// Events from one checkpoint to the next, to begin with.
const SPACING: usize = 1 << 14;

/// What checkpoints may take. Once they take more, every second goes, and they lie twice as far
/// apart.
const BYTES_MAX: usize = 60_000_000;

/// A moment that moves along a trace.
///
/// It is told graph and trace in each call, and they must be the same ones each time.
#[derive(Debug)]
pub struct Seeker {
    /// By ascending step; the first is the start.
    checkpoints: Vec<Moment>,
    spacing: usize,
    /// How many events before the one sought are noted at least, so that they can be undone.
    n_noted: usize,
    bytes: usize,
    bytes_max: usize,
    /// Where the checkpoints end.
    ahead: Moment,
    now: Moment,
    /// How to go back from `now`; from its beginning, `earlier` goes on.
    recent: History,
    earlier: History,
}

impl Seeker {
    /// At the first step, with no checkpoints yet.
    pub fn new(graph: &Graph, cache: Rc<Cache>) -> Self {
        Self::with_limits(graph, cache, SPACING, BYTES_MAX)
    }

    /// [`new`](Self::new), with a checkpoint every `spacing` events until all take `bytes_max`.
    pub fn with_limits(graph: &Graph, cache: Rc<Cache>, spacing: usize, bytes_max: usize) -> Self {
        assert!(spacing > 0, "checkpoints lie apart");
        let now = Moment::of(graph, cache);
        Self {
            checkpoints: vec![now.clone()],
            spacing,
            n_noted: spacing,
            bytes: 0,
            bytes_max,
            ahead: now.clone(),
            now,
            recent: History::default(),
            earlier: History::default(),
        }
    }

    /// With all checkpoints of `trace`. Calls `progress` with the number of events that it has been
    /// through, every few milliseconds; it may stop the work.
    ///
    /// # Errors
    /// `progress` stopped it.
    pub fn index(
        graph: &Graph,
        cache: Rc<Cache>,
        trace: &Trace,
        progress: &mut dyn FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Self, Stopped> {
        let mut seeker = Self::new(graph, cache);
        while !seeker.extend(graph, trace, 1 << 16) {
            if progress(seeker.n_indexed()).is_break() {
                return Err(Stopped);
            }
        }
        Ok(seeker)
    }

    /// Makes the checkpoints of the next `n_events` events. Returns whether all are made.
    pub fn extend(&mut self, graph: &Graph, trace: &Trace, n_events: usize) -> bool {
        let start = self.ahead.step;
        let end = start.saturating_add(n_events).min(trace.events.len());
        for event in &trace.events[start..end] {
            self.ahead.apply(graph, event);
            if self.ahead.step.is_multiple_of(self.spacing) {
                self.add_checkpoint();
            }
        }
        end == trace.events.len()
    }

    /// Up to which step there are checkpoints: seeking there takes little time.
    pub fn n_indexed(&self) -> usize {
        self.ahead.step
    }

    /// Roughly the memory that the checkpoints take, in bytes.
    pub fn size_bytes(&self) -> usize {
        self.bytes
    }

    /// The moment that was last sought.
    pub fn now(&self) -> &Moment {
        &self.now
    }

    /// Goes to `step`, which is cut to the trace's length. Beyond [`n_indexed`](Self::n_indexed),
    /// checkpoints are made first.
    pub fn seek(&mut self, graph: &Graph, trace: &Trace, step: usize) -> &Moment {
        let step = step.min(trace.events.len());
        self.extend(graph, trace, step.saturating_sub(self.ahead.step));
        let first = self.now.step - self.recent.n_events() - self.earlier.n_events();
        let at = self.checkpoints.partition_point(|c| c.step <= step) - 1;
        let from = self.checkpoints[at].step;
        let is_behind = (first..=self.now.step).contains(&step);
        let is_ahead = (from..=step).contains(&self.now.step);
        if !is_behind && !is_ahead {
            self.now = self.checkpoints[at].clone();
            self.forget();
        }
        while self.now.step > step {
            let undone = self.recent.undo_event(&mut self.now);
            if !undone {
                // Only what is noted is undone: see `is_behind`.
                std::mem::swap(&mut self.recent, &mut self.earlier);
            }
        }
        if step - self.now.step > self.n_noted {
            self.forget();
            for event in &trace.events[self.now.step..step - self.n_noted] {
                self.now.apply(graph, event);
            }
        }
        while self.now.step < step {
            self.step_on(graph, trace);
        }
        &self.now
    }

    fn forget(&mut self) {
        self.recent.clear();
        self.earlier.clear();
    }

    fn step_on(&mut self, graph: &Graph, trace: &Trace) {
        if self.recent.n_events() >= self.n_noted {
            std::mem::swap(&mut self.recent, &mut self.earlier);
            self.recent.clear();
        }
        self.now.apply_logged(graph, &trace.events[self.now.step], &mut self.recent);
        self.recent.end_event();
    }

    fn add_checkpoint(&mut self) {
        let before = &self.checkpoints[self.checkpoints.len() - 1];
        self.bytes += self.ahead.own_bytes(before);
        self.checkpoints.push(self.ahead.clone());
        while self.bytes > self.bytes_max && self.checkpoints.len() > 2 {
            self.thin_out();
        }
    }

    fn thin_out(&mut self) {
        self.spacing *= 2;
        self.checkpoints.retain(|checkpoint| checkpoint.step.is_multiple_of(self.spacing));
        let pairs = self.checkpoints.windows(2);
        self.bytes = pairs.map(|pair| pair[1].own_bytes(&pair[0])).sum();
    }
}
