//! What fresh content is to the build: no export tells, so the trace has to.
//!
//! Fresh digests are numbered as they are made: the outputs of one execution in a row, in their
//! order, a tree's files before the tree. So the first of them that is uploaded tells the others.

use std::collections::HashMap;

use crate::model::{ActionId, ArtifactId, BlobId, CacheKind, Graph, Id, Request, Verb};
use crate::rewind::{Event, Trace};

use super::names::Role;

/// The role of each fresh content that `trace` tells something about.
pub(super) fn fresh_roles(graph: &Graph, trace: &Trace) -> HashMap<BlobId, Role> {
    let mut learning = Learning { graph, roles: HashMap::new(), first: HashMap::new() };
    let is_fresh = |blob| graph.blobs().is_fresh(blob);
    for event in &trace.events {
        match *event {
            Event::Asked(request) if is_fresh(request.blob) => learning.asked(request),
            Event::Edited { artifact, blob }
            | Event::LostInput { input: artifact, blob, .. }
            | Event::LostOutput { artifact, blob }
                if is_fresh(blob) =>
            {
                learning.roles.entry(blob).or_insert(Role::Content(artifact));
            }
            Event::Executed { action, .. } => {
                learning.first.insert(action, None);
            }
            // What it uploads from here on is what it reads.
            Event::CacheMiss { action, .. } | Event::Started { action } => {
                learning.first.remove(&action);
            }
            _ => {}
        }
    }
    learning.roles
}

struct Learning<'a> {
    graph: &'a Graph,
    roles: HashMap<BlobId, Role>,
    /// Actions that have executed and not begun anew, with the first output that each uploaded
    /// since.
    first: HashMap<ActionId, Option<BlobId>>,
}

impl Learning<'_> {
    fn asked(&mut self, request: Request) {
        let (Some(owner), blob) = (request.owner, request.blob) else { return };
        if request.kind == CacheKind::Ac {
            self.roles.entry(blob).or_insert(Role::Action(owner));
        } else if request.verb == Verb::Put && !self.roles.contains_key(&blob) {
            let Some(first) = self.first.get_mut(&owner) else { return };
            let first = *first.get_or_insert(blob);
            let Some(nth) = blob.index().checked_sub(first.index()) else { return };
            if let Some(artifact) = files(self.graph, owner).nth(nth) {
                self.roles.insert(blob, Role::Content(artifact));
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
