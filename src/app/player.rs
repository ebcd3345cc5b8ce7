//! The player: which step of the trace is shown, and how time moves it.

use std::cell::OnceCell;
use std::collections::HashMap;

use crate::model::{ActionId, BlobId, CacheKind, Graph, Status, Tier};
use crate::report::{Importance, Names, Story};
use crate::rewind::{Causes, Cost, Event, Scenario, Trace, engines};

/// Steps a second that the speed button goes through.
pub const SPEEDS: [u32; 6] = [1, 2, 4, 16, 64, 256];

/// Events of a new trace that the page goes through in a frame to make checkpoints: some 10 ms.
pub const INDEXED_EVENTS: usize = 1 << 16;

/// What a mark on the track stands for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum MarkKind {
    /// A build or a later attempt at it starts.
    Start,
    /// An input or a top-level output is found lost.
    Loss,
    /// A round of rewinding starts.
    Rewind,
    /// The whole build runs again.
    Restart,
    /// An action fails.
    Failure,
    /// The build ends in failure.
    Halt,
    /// The build ends in success.
    Success,
}

impl MarkKind {
    /// Its name, for tooltips and class names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Loss => "loss",
            Self::Rewind => "rewind",
            Self::Restart => "restart",
            Self::Failure => "failure",
            Self::Halt => "halt",
            Self::Success => "success",
        }
    }
}

/// A step worth finding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mark {
    /// The number of events that have happened once it shows.
    pub step: usize,
    /// What happens there.
    pub kind: MarkKind,
}

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
            names: None,
            causes: OnceCell::new(),
            cost: OnceCell::new(),
        }
    }

    /// Derives from `trace` what the views ask of it.
    pub fn of(graph: &Graph, names: &Names, scenario: Scenario, trace: Trace) -> Self {
        let fresh = names.with_fresh(graph, &trace);
        let names = fresh.as_ref().unwrap_or(names);
        let story = Story { graph, names, scenario: &scenario, trace: &trace };
        let (mut marks, mut requests, mut told) = (Vec::new(), Vec::new(), Vec::new());
        let mut evicted = HashMap::new();
        // One pass, for there may be millions.
        for (i, event) in trace.events.iter().enumerate() {
            let step = i as u32 + 1;
            marks.extend(mark_of(event).map(|kind| Mark { step: i + 1, kind }));
            if story.importance(i) > Importance::Detail {
                told.push(step);
            }
            match *event {
                Event::Asked(r) if r.tier == Tier::Remote => requests.push(step),
                Event::Evicted { kind, blob, .. } => {
                    evicted.entry((kind, blob)).or_insert(step);
                }
                _ => {}
            }
        }
        Self {
            marks,
            requests,
            told,
            evicted,
            names: fresh,
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

    /// Positions of the events that explain the state of `action` after `step` events, latest
    /// first. `graph` is that of the trace.
    pub fn why(&self, graph: &Graph, action: ActionId, step: usize) -> Vec<usize> {
        let causes = self.causes.get_or_init(|| Causes::new(graph, &self.trace));
        causes.why(graph, &self.trace, action, step)
    }

    /// The step before the first loss: the moment at which a person may want to start watching.
    pub fn interesting_step(&self) -> usize {
        let noticed = |event: &Event| match event {
            Event::Asked(r) => r.status == Status::NotFound && r.kind == CacheKind::Cas,
            Event::LostInput { .. } | Event::LostOutput { .. } => true,
            _ => false,
        };
        let events = &self.trace.events;
        events.iter().position(noticed).unwrap_or(0)
    }

    /// The event that step `step` shows, `None` before the first.
    pub fn event(&self, step: usize) -> Option<&Event> {
        self.trace.events.get(step.checked_sub(1)?)
    }

    /// The step nearest to `step` that shows `event`; `step` itself if none does.
    pub fn nearest(&self, event: Option<&Event>, step: usize) -> usize {
        let events = self.trace.events.iter().enumerate();
        let alike = events.filter(|(_, e)| Some(*e) == event).map(|(i, _)| i + 1);
        alike.min_by_key(|s| s.abs_diff(step)).unwrap_or(step)
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

fn mark_of(event: &Event) -> Option<MarkKind> {
    Some(match event {
        Event::BuildStarted { attempt, .. } if *attempt > 1 => MarkKind::Restart,
        Event::BuildStarted { .. } => MarkKind::Start,
        Event::LostInput { .. } | Event::LostOutput { .. } => MarkKind::Loss,
        Event::Rewound { .. } => MarkKind::Rewind,
        Event::Retrying { .. } => MarkKind::Restart,
        Event::Failed { .. } => MarkKind::Failure,
        Event::BuildFinished { success: true, .. } => MarkKind::Success,
        Event::BuildFinished { .. } => MarkKind::Halt,
        _ => return None,
    })
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
