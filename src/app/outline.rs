//! What is derived from a trace as its events come in: marks of the track, steps that the story
//! tells, requests. So that no view has to go through millions of events at one go.

use std::collections::HashMap;

use crate::model::{BlobId, CacheKind, Status, Tier};
use crate::report::{FreshRoles, Importance, importance};
use crate::rewind::{Event, Trace, WordsError};

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

/// What the events so far come to.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Outline {
    /// How many events there are so far.
    n_events: usize,
    /// Marks, ascending.
    pub marks: Vec<Mark>,
    /// Steps at which a request shows, ascending.
    pub requests: Vec<u32>,
    /// Steps that the story tells, ascending; the details between them are left out.
    pub told: Vec<u32>,
    /// What is evicted, and the step at which it first is.
    pub evicted: HashMap<(CacheKind, BlobId), u32>,
    /// The step before the first loss, if there is one.
    pub interesting: Option<usize>,
}

impl Outline {
    /// Takes the next events.
    pub fn take(&mut self, events: &[Event]) {
        for event in events {
            if self.interesting.is_none() && is_loss(event) {
                self.interesting = Some(self.n_events);
            }
            self.n_events += 1;
            let step = self.n_events;
            self.marks.extend(mark_of(event).map(|kind| Mark { step, kind }));
            if importance(event) > Importance::Detail {
                self.told.push(step as u32);
            }
            match *event {
                Event::Asked(r) if r.tier == Tier::Remote => self.requests.push(step as u32),
                Event::Evicted { kind, blob, .. } => {
                    self.evicted.entry((kind, blob)).or_insert(step as u32);
                }
                _ => {}
            }
        }
    }
}

/// A trace and its outline.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Told {
    /// The trace.
    pub trace: Trace,
    /// What is derived from it.
    pub outline: Outline,
    /// What it tells of fresh content, if that is known already.
    pub fresh: Option<FreshRoles>,
}

impl Outline {
    /// Gives back what room is left over, once all events are taken.
    pub fn shrink(&mut self) {
        self.requests.shrink_to_fit();
        self.told.shrink_to_fit();
    }
}

impl Told {
    /// Takes a piece of the trace.
    ///
    /// # Errors
    /// It is none.
    pub fn take(&mut self, piece: &[u8]) -> Result<(), WordsError> {
        let events = self.trace.take_piece(piece)?;
        self.outline.take(events);
        Ok(())
    }
}

impl From<Trace> for Told {
    fn from(trace: Trace) -> Self {
        let mut outline = Outline::default();
        outline.take(&trace.events);
        Self { trace, outline, fresh: None }
    }
}

/// Whether something is noticed to be gone.
fn is_loss(event: &Event) -> bool {
    match event {
        Event::Asked(r) => r.status == Status::NotFound && r.kind == CacheKind::Cas,
        Event::LostInput { .. } | Event::LostOutput { .. } => true,
        _ => false,
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
