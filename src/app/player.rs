//! The player: which step of the trace is shown, and how time moves it.

use std::cell::OnceCell;
use std::collections::HashMap;

use crate::model::{ActionId, BlobId, CacheKind, Graph};
use crate::report::Names;
use crate::rewind::{Causes, Cost, Event, Scenario, Trace, engines};

use super::outline::{Mark, Outline, Told};

/// Steps a second that the speed button goes through.
pub const SPEEDS: [u32; 6] = [1, 2, 4, 16, 64, 256];

/// Events of a new trace that the page goes through in a frame to make checkpoints: some 10 ms.
pub const INDEXED_EVENTS: usize = 1 << 15;

/// A planned trace with what the track, the request log and the story derive from it.
#[derive(Clone, PartialEq, Debug)]
pub struct Timeline {
    /// What was planned.
    pub scenario: Scenario,
    /// The trace.
    pub trace: Trace,
    /// Marks, ascending.
    pub marks: Vec<Mark>,
    /// Steps at which a request shows, ascending.
    pub requests: Vec<u32>,
    /// Steps that the story tells, ascending; the details between them are left out.
    pub told: Vec<u32>,
    /// What is evicted in the trace, and the step at which it first is.
    pub evicted: HashMap<(CacheKind, BlobId), u32>,
    /// The step before the first loss.
    interesting: usize,
    /// Names that know the fresh content of the trace, if there is any.
    pub names: Option<Names>,
    /// What explains it, made when it is asked first.
    causes: OnceCell<Causes>,
    /// What it costs, likewise.
    cost: OnceCell<Cost>,
}

impl Timeline {
    /// No trace yet.
    pub fn empty() -> Self {
        Self {
            scenario: Scenario::new(engines()[0], Vec::new()),
            trace: Trace::default(),
            marks: Vec::new(),
            requests: Vec::new(),
            told: Vec::new(),
            evicted: HashMap::new(),
            interesting: 0,
            names: None,
            causes: OnceCell::new(),
            cost: OnceCell::new(),
        }
    }

    /// What `told`, a trace or one that came in pieces, tells.
    pub fn of(graph: &Graph, names: &Names, scenario: Scenario, told: impl Into<Told>) -> Self {
        let Told { trace, outline, fresh } = told.into();
        let Outline { marks, requests, told, evicted, interesting, .. } = outline;
        let names = match fresh {
            Some(fresh) => names.with_fresh_roles(fresh),
            None => names.with_fresh(graph, &trace),
        };
        Self {
            marks,
            requests,
            told,
            evicted,
            interesting: interesting.unwrap_or(0),
            names,
            causes: OnceCell::new(),
            cost: OnceCell::new(),
            scenario,
            trace,
        }
    }

    /// What the whole trace costs. `graph` is that of the trace.
    pub fn cost(&self, graph: &Graph) -> &Cost {
        self.cost.get_or_init(|| Cost::of(graph, &self.trace))
    }

    /// Whether that has been asked before.
    pub fn is_costed(&self) -> bool {
        self.cost.get().is_some()
    }

    /// Positions of the events that explain the state of `action` after `step` events, latest
    /// first. `graph` is that of the trace.
    pub fn why(&self, graph: &Graph, action: ActionId, step: usize) -> Vec<usize> {
        let causes = self.causes.get_or_init(|| Causes::new(graph, &self.trace));
        causes.why(graph, &self.trace, action, step)
    }

    /// The step before the first loss: the moment at which a person may want to start watching.
    pub fn interesting_step(&self) -> usize {
        self.interesting
    }

    /// The event that step `step` shows, `None` before the first.
    pub fn event(&self, step: usize) -> Option<&Event> {
        self.trace.events.get(step.checked_sub(1)?)
    }

    /// The step nearest to `step` that shows `event`; `step` itself if none does.
    pub fn nearest(&self, event: Option<&Event>, step: usize) -> usize {
        let events = &self.trace.events;
        let shows = |step: &usize| events.get(step.wrapping_sub(1)) == event;
        let farthest = step.max(events.len());
        let mut near = (0..=farthest).flat_map(|d| [step.checked_sub(d), step.checked_add(d)]);
        if event.is_none() {
            return step;
        }
        near.find_map(|near| near.filter(shows)).unwrap_or(step)
    }

    /// The nearest step after `step` that rewinds, restarts or loses.
    pub fn next_mark(&self, step: usize) -> Option<usize> {
        self.marks.iter().map(|m| m.step).find(|&s| s > step)
    }

    /// The nearest such step before `step`.
    pub fn previous_mark(&self, step: usize) -> Option<usize> {
        self.marks.iter().rev().map(|m| m.step).find(|&s| s < step)
    }
}

/// Where the player is, within the part of a trace that is shown.
#[derive(Clone, PartialEq, Debug)]
pub struct Player {
    /// How many events have happened.
    pub step: usize,
    /// First step that can be shown.
    pub first: usize,
    /// Last step that can be shown.
    pub last: usize,
    /// Whether `Tick`s move it.
    pub playing: bool,
    /// Steps a second.
    pub speed: u32,
    /// Time not yet spent on a step, in milliseconds.
    pub rest_ms: f64,
}

impl Default for Player {
    fn default() -> Self {
        Self { step: 0, first: 0, last: 0, playing: false, speed: SPEEDS[1], rest_ms: 0.0 }
    }
}

impl Player {
    /// Lets `elapsed_ms` pass; at its end the player stops.
    pub fn tick(&mut self, elapsed_ms: f64) {
        if !self.playing {
            return;
        }
        // A tab in the background gets few ticks: time that nobody saw is not made up for.
        self.rest_ms += elapsed_ms.clamp(0.0, 1000.0);
        let step_ms = 1000.0 / f64::from(self.speed);
        let steps = (self.rest_ms / step_ms).floor();
        self.rest_ms -= steps * step_ms;
        self.seek(self.step + steps as usize);
        if self.step >= self.last {
            self.playing = false;
        }
    }

    /// Starts or stops; at the end it starts over.
    pub fn toggle(&mut self) {
        if !self.playing && self.step >= self.last {
            self.step = self.first;
        }
        self.playing = !self.playing && self.last > self.first;
        self.rest_ms = 0.0;
    }

    /// Moves to `step`, kept within what is shown.
    pub fn seek(&mut self, step: usize) {
        self.step = step.clamp(self.first, self.last);
    }

    /// Shows `first..=last` from now on.
    pub fn set_range(&mut self, first: usize, last: usize) {
        (self.first, self.last) = (first, last.max(first));
        self.seek(self.step);
        self.playing &= self.step < self.last;
    }
}
