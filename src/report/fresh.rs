//! What fresh content is to the build: no export tells, so the trace has to.
//!
//! Fresh digests are numbered as they are made: the outputs of one execution in a row, in their
//! order, a tree's files before the tree. So the first of them that is uploaded tells the others.

use std::collections::HashMap;

use crate::model::{ActionId, ArtifactId, BlobId, CacheKind, Graph, Id, Request, Verb};
use crate::rewind::{Event, Trace};

use super::names::Role;
use super::packed_role::PackedRole;

/// What fresh content is to the build, as far as a trace tells; in the order in which it is made.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct FreshRoles(pub(super) Vec<PackedRole>);

impl FreshRoles {
    /// What `trace` tells. A pass over it.
    pub fn of(graph: &Graph, trace: &Trace) -> Self {
        let mut learning = Learning { graph, roles: Self::default(), first: HashMap::new() };
        trace.events.iter().for_each(|event| learning.take(event));
        learning.roles
    }

    /// Whether nothing is told.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn get(&self, graph: &Graph, blob: BlobId) -> Role {
        let role = number(graph, blob).and_then(|number| self.0.get(number));
        role.map_or(Role::Unknown, |role| role.get())
    }

    /// Who is told first, stays.
    fn tell(&mut self, graph: &Graph, blob: BlobId, role: Role) {
        let Some(number) = number(graph, blob) else { return };
        if self.0.len() <= number {
            self.0.resize(number + 1, PackedRole::default());
        }
        if self.0[number] == PackedRole::default() {
            self.0[number] = PackedRole::of(role);
        }
    }
}

/// Which fresh content `blob` is, from 0.
fn number(graph: &Graph, blob: BlobId) -> Option<usize> {
    blob.index().checked_sub(graph.blobs().len())
}

struct Learning<'a> {
    graph: &'a Graph,
    roles: FreshRoles,
    /// Actions that have executed and not begun anew, with the first output that each uploaded
    /// since.
    first: HashMap<ActionId, Option<BlobId>>,
}

impl Learning<'_> {
    fn take(&mut self, event: &Event) {
        let is_fresh = |blob| self.graph.blobs().is_fresh(blob);
        match *event {
            Event::Asked(request) if is_fresh(request.blob) => self.asked(request),
            Event::Edited { artifact, blob }
            | Event::LostInput { input: artifact, blob, .. }
            | Event::LostOutput { artifact, blob }
                if is_fresh(blob) =>
            {
                self.roles.tell(self.graph, blob, Role::Content(artifact));
            }
            Event::Executed { action, .. } => {
                self.first.insert(action, None);
            }
            // What it uploads from here on is what it reads.
            Event::CacheMiss { action, .. } | Event::Started { action } => {
                self.first.remove(&action);
            }
            _ => {}
        }
    }

    fn asked(&mut self, request: Request) {
        let (Some(owner), blob) = (request.owner, request.blob) else { return };
        if request.kind == CacheKind::Ac {
            self.roles.tell(self.graph, blob, Role::Action(owner));
        } else if request.verb == Verb::Put && self.roles.get(self.graph, blob) == Role::Unknown {
            let Some(first) = self.first.get_mut(&owner) else { return };
            let first = *first.get_or_insert(blob);
            let Some(nth) = blob.index().checked_sub(first.index()) else { return };
            if let Some(artifact) = files(self.graph, owner).nth(nth) {
                self.roles.tell(self.graph, blob, Role::Content(artifact));
            }
        }
    }
}

/// The outputs of `action` in the order in which they get their content.
fn files(graph: &Graph, action: ActionId) -> impl Iterator<Item = ArtifactId> + '_ {
    let outputs = graph.outputs(action).iter();
    outputs
        .flat_map(|&output| graph.tree_files(output).iter().copied().chain(std::iter::once(output)))
}
