//! A role in four bytes, for there are as many as there are blobs.

use super::names::Role;
use crate::model::{ActionId, ArtifactId, Id};

/// Kind in the lowest bits, id above.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct PackedRole(u32);

const KIND_BITS: u32 = 3;

impl PackedRole {
    /// `role`, packed.
    pub fn of(role: Role) -> Self {
        let (kind, id) = match role {
            Role::Unknown => (0, 0),
            Role::Empty => (1, 0),
            Role::Content(artifact) => (2, artifact.0),
            Role::Action(action) => (3, action.0),
            Role::Command(action) => (4, action.0),
            Role::Stdout(action) => (5, action.0),
            Role::Stderr(action) => (6, action.0),
        };
        assert!(id >> (32 - KIND_BITS) == 0, "more than half a billion of a kind");
        Self((id << KIND_BITS) | kind)
    }

    /// The role.
    pub fn get(self) -> Role {
        let id = (self.0 >> KIND_BITS) as usize;
        let (action, artifact) = (ActionId::at(id), ArtifactId::at(id));
        match self.0 & ((1 << KIND_BITS) - 1) {
            1 => Role::Empty,
            2 => Role::Content(artifact),
            3 => Role::Action(action),
            4 => Role::Command(action),
            5 => Role::Stdout(action),
            6 => Role::Stderr(action),
            _ => Role::Unknown,
        }
    }

    /// As a number.
    pub fn to_word(self) -> u32 {
        self.0
    }

    /// The role of that number.
    pub fn from_word(word: u32) -> Self {
        Self(word)
    }
}
