//! What it takes to go back: for each change to a moment, what was there before.

use crate::model::{ActionId, ArtifactId, BlobId, CacheKind};

use super::cells::Cells;
use super::moment::{ActionState, ArtifactState, Moment};

/// One change to a [`Moment`], as what it replaced.
#[derive(Debug)]
pub enum Undo {
    Action(ActionId, ActionState),
    Artifact(ArtifactId, ArtifactState),
    Blob(CacheKind, BlobId, bool),
    /// All of them at once: a row is kept at the cost of a pointer.
    Actions(Cells<ActionState>),
    Artifacts(Cells<ArtifactState>),
    Counters(Counters),
}

/// The plain numbers of a [`Moment`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Counters {
    pub build: u32,
    pub attempt: u32,
    pub rewinds: u32,
    pub n_requests: usize,
    pub ms: u64,
}

/// Takes note of changes.
pub trait Log {
    /// Notes the change that `undo` takes back.
    fn note(&mut self, undo: impl FnOnce() -> Undo);
}

/// Notes nothing: for going forwards only.
pub struct Unlogged;

impl Log for Unlogged {
    fn note(&mut self, _: impl FnOnce() -> Undo) {}
}

/// The changes of consecutive events.
#[derive(Default, Debug)]
pub struct History {
    undos: Vec<Undo>,
    /// Per event, how many changes there are up to its end.
    ends: Vec<u32>,
}

impl Log for History {
    fn note(&mut self, undo: impl FnOnce() -> Undo) {
        self.undos.push(undo());
    }
}

impl History {
    /// Of how many events there are changes.
    pub fn n_events(&self) -> usize {
        self.ends.len()
    }

    /// An event's changes have all been noted.
    pub fn end_event(&mut self) {
        self.ends.push(self.undos.len() as u32);
    }

    /// Takes the last event back, if there is one; whether there was.
    pub fn undo_event(&mut self, moment: &mut Moment) -> bool {
        if self.ends.pop().is_none() {
            return false;
        }
        let start = self.ends.last().map_or(0, |&end| end as usize);
        for undo in self.undos.drain(start..).rev() {
            moment.undo(undo);
        }
        moment.step -= 1;
        true
    }

    /// Forgets everything, keeping the room.
    pub fn clear(&mut self) {
        self.undos.clear();
        self.ends.clear();
    }
}
