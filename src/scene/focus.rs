//! Which actions a close view shows: neighbours, paths, what a plan touches, what a loss concerns.

use std::collections::{BTreeSet, VecDeque};

use crate::model::{ActionId, ArtifactId, BlobId, Graph, Id, IdSet};

/// Most hidden producers that a hidden action passes on: what is beyond is not linked.
const PASSED_ON_MAX: usize = 4;

/// Some actions of a graph, to be looked at closely.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Focus {
    actions: Vec<ActionId>,
    links: Vec<(ActionId, ActionId)>,
    artifacts: Vec<ArtifactId>,
    n_left_out: usize,
}

impl Focus {
    /// Most actions of a focus that lies well and is drawn in time.
    pub const ACTIONS_MAX: usize = 2_000;

    /// `centres` and what is within `up` edges towards producers or `down` edges towards consumers
    /// of them, the nearest first, at most `n_max`.
    pub fn around(graph: &Graph, centres: &[ActionId], up: u32, down: u32, n_max: usize) -> Self {
        let mut found = IdSet::with_capacity(graph.n_actions());
        let mut near: Vec<(u32, ActionId)> = Vec::new();
        for (hops, step) in [(up, producers as Step), (down, consumers as Step)] {
            walk(graph, centres, hops, step, &mut |far, action| {
                if found.insert(action) {
                    near.push((far, action));
                }
            });
        }
        near.sort_by_key(|n| n.0);
        Self::nearest(near.into_iter().map(|n| n.1), n_max)
    }

    /// All actions on paths between `from` and `to`, whichever comes first; of too many those on
    /// the shortest. Empty if no path leads from one to the other.
    pub fn between(graph: &Graph, from: ActionId, to: ActionId, n_max: usize) -> Self {
        for (from, to) in [(from, to), (to, from)] {
            let ahead = distances(graph, from, consumers);
            if ahead[to.index()] == u32::MAX {
                continue;
            }
            let behind = distances(graph, to, producers);
            let on_path = |a: &ActionId| ahead[a.index()].max(behind[a.index()]) < u32::MAX;
            let mut found: Vec<ActionId> = graph.action_ids().filter(on_path).collect();
            found.sort_by_key(|a| ahead[a.index()] + behind[a.index()]);
            return Self::nearest(found.into_iter(), n_max);
        }
        Self::default()
    }

    /// `actions`, such as all that a plan touches; those beyond `n_max` are left out. Two that are
    /// linked only through others, not shown, get a link.
    pub fn of(graph: &Graph, actions: impl IntoIterator<Item = ActionId>, n_max: usize) -> Self {
        let mut seen = IdSet::with_capacity(graph.n_actions());
        let distinct = actions.into_iter().filter(|&a| seen.insert(a));
        let mut focus = Self::nearest(distinct.collect::<Vec<_>>().into_iter(), n_max);
        focus.link_hidden(graph);
        focus
    }

    /// What the loss of `blob` concerns: who writes it, what that reads, and who reads it.
    pub fn loss(graph: &Graph, blob: BlobId, n_max: usize) -> Self {
        let artifacts: Vec<ArtifactId> = graph.artifacts_of_blob(blob).collect();
        let writers = artifacts.iter().filter_map(|&a| graph.producer(a));
        let readers = artifacts.iter().flat_map(|&a| graph.consumers(a)).copied();
        let before = writers.clone().flat_map(|writer| producers(graph, writer));
        let mut focus = Self::of(graph, writers.clone().chain(readers).chain(before), n_max);
        focus.artifacts = artifacts;
        focus.artifacts.sort_unstable();
        focus
    }

    /// The artifacts that it is about, ascending: they show even where others do not.
    pub fn artifacts(&self) -> &[ArtifactId] {
        &self.artifacts
    }

    /// The actions, ascending.
    pub fn actions(&self) -> &[ActionId] {
        &self.actions
    }

    /// Pairs of a producer and a consumer that only hidden actions link.
    pub fn links(&self) -> &[(ActionId, ActionId)] {
        &self.links
    }

    /// How many actions would belong here but for the limit.
    pub fn n_left_out(&self) -> usize {
        self.n_left_out
    }

    /// Whether `action` shows.
    pub fn contains(&self, action: ActionId) -> bool {
        self.actions.binary_search(&action).is_ok()
    }

    /// The first `n_max` of `actions`, all different.
    fn nearest(actions: impl ExactSizeIterator<Item = ActionId>, n_max: usize) -> Self {
        let n_left_out = actions.len().saturating_sub(n_max);
        let mut actions: Vec<ActionId> = actions.take(n_max).collect();
        actions.sort_unstable();
        Self { actions, links: Vec::new(), artifacts: Vec::new(), n_left_out }
    }

    fn link_hidden(&mut self, graph: &Graph) {
        let shown: IdSet<ActionId> = self.actions.iter().copied().collect();
        // By hidden action, the shown ones that it depends on through hidden ones.
        let mut passed_on: Vec<Vec<ActionId>> = vec![Vec::new(); graph.n_actions()];
        for &action in graph.topological() {
            let (mut direct, mut hidden) = (BTreeSet::new(), BTreeSet::new());
            for producer in producers(graph, action) {
                if shown.contains(producer) {
                    direct.insert(producer);
                } else {
                    hidden.extend(&passed_on[producer.index()]);
                }
            }
            if shown.contains(action) {
                self.links.extend(hidden.difference(&direct).map(|&from| (from, action)));
            } else {
                hidden.extend(direct);
                passed_on[action.index()] = hidden.into_iter().take(PASSED_ON_MAX).collect();
            }
        }
    }
}

/// The neighbours of an action in one direction, some more than once.
type Step = fn(&Graph, ActionId) -> Vec<ActionId>;

fn producers(graph: &Graph, action: ActionId) -> Vec<ActionId> {
    graph.inputs(action).iter().filter_map(|&input| graph.producer(input)).collect()
}

/// Who reads an output of `action`, or a file of a tree that it writes.
fn consumers(graph: &Graph, action: ActionId) -> Vec<ActionId> {
    let written = graph.outputs(action).iter().flat_map(|&output| {
        let inside = graph.tree_files(output).iter().copied();
        std::iter::once(output).chain(inside.filter(|&f| graph.producer(f) == Some(action)))
    });
    written.flat_map(|artifact| graph.consumers(artifact)).copied().collect()
}

/// Tells `found` of all actions within `hops` steps from `starts`, the nearest first.
fn walk(
    graph: &Graph,
    starts: &[ActionId],
    hops: u32,
    step: Step,
    found: &mut dyn FnMut(u32, ActionId),
) {
    let mut seen = IdSet::with_capacity(graph.n_actions());
    let mut todo = VecDeque::new();
    todo.extend(starts.iter().filter(|&&a| seen.insert(a)).map(|&a| (0, a)));
    while let Some((far, action)) = todo.pop_front() {
        found(far, action);
        if far < hops {
            let next = step(graph, action).into_iter().filter(|&a| seen.insert(a));
            todo.extend(next.map(|a| (far + 1, a)));
        }
    }
}

/// How many steps each action is from `start`; `u32::MAX` where none lead.
fn distances(graph: &Graph, start: ActionId, step: Step) -> Vec<u32> {
    let mut distances = vec![u32::MAX; graph.n_actions()];
    walk(graph, &[start], u32::MAX, step, &mut |far, action| distances[action.index()] = far);
    distances
}
