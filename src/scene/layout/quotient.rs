//! The marks of a cut through a grouping and the edges between them, level by level.

use crate::model::{ActionId, ArtifactId, Graph, Id};

use super::super::grouping::{GroupId, Grouping, Open};
use super::super::mark::Mark;
use super::acyclic::Weighted;
use super::placed::{Marks, NONE};

/// Up to this many marks, weights are summed in a table.
const TABLE_MAX: usize = 1024;

/// What a cut shows. Vertices are marks by index, then open groups by position.
pub(super) struct Quotient {
    pub marks: Marks,
    /// The open groups, the outer before the inner.
    pub opened: Vec<GroupId>,
    /// By vertex, the open group that it is directly in, as a position; that of the root is itself.
    pub around: Vec<u32>,
    /// Between marks.
    pub edges: Vec<Weighted>,
    depth: Vec<u32>,
}

impl Quotient {
    pub fn new(graph: &Graph, grouping: &Grouping, open: &Open) -> Self {
        let opened: Vec<GroupId> =
            open.iter().filter(|g| g.index() < grouping.n_groups()).collect();
        let mut actions: Vec<ActionId> =
            opened.iter().flat_map(|&g| grouping.own_actions(g)).copied().collect();
        actions.sort_unstable();
        let closed = |g: &GroupId| !open.contains(*g);
        let mut groups: Vec<GroupId> =
            opened.iter().flat_map(|&g| grouping.children(g)).filter(closed).collect();
        groups.sort_unstable();
        let marks = Marks {
            n_actions: graph.n_actions() as u32,
            actions: Some(actions),
            artifacts: Vec::new(),
            groups,
            stands_for: vec![NONE; graph.n_actions()],
        };
        let n = marks.len() + opened.len();
        let mut quotient =
            Self { marks, opened, around: vec![0; n], edges: Vec::new(), depth: vec![0; n] };
        quotient.nest(grouping);
        quotient.connect(graph, grouping);
        quotient
    }

    /// The two of one open group that `from` and `to` are or are in.
    pub fn siblings(&self, mut from: u32, mut to: u32) -> (u32, u32) {
        let n_marks = (self.around.len() - self.opened.len()) as u32;
        while self.around[from as usize] != self.around[to as usize] {
            if self.depth[from as usize] >= self.depth[to as usize] {
                from = n_marks + self.around[from as usize];
            } else {
                to = n_marks + self.around[to as usize];
            }
        }
        (from, to)
    }

    /// Fills in what each vertex is in, and what stands for each action.
    fn nest(&mut self, grouping: &Grouping) {
        let n_marks = self.marks.len();
        for (position, &group) in self.opened.iter().enumerate() {
            if let Some(parent) = grouping.parent(group) {
                let around = self.opened.partition_point(|&g| g < parent);
                self.around[n_marks + position] = around as u32;
                self.depth[n_marks + position] = self.depth[n_marks + around] + 1;
            }
        }
        for index in 0..n_marks {
            let home = match self.marks.at(index) {
                Mark::Group(group) => {
                    for action in grouping.actions(group) {
                        self.marks.stands_for[action.index()] = index as u32;
                    }
                    grouping.parent(group).unwrap_or(GroupId::ROOT)
                }
                Mark::Action(action) | Mark::AcEntry(action) => {
                    self.marks.stands_for[action.index()] = index as u32;
                    grouping.home(action)
                }
                Mark::Artifact(_) => GroupId::ROOT,
            };
            let around = self.opened.partition_point(|&g| g < home);
            self.around[index] = around as u32;
            self.depth[index] = self.depth[n_marks + around] + 1;
        }
    }

    fn connect(&mut self, graph: &Graph, grouping: &Grouping) {
        let n_actions = self.marks.n_shown_actions() as u32;
        let mut sums = Sums::new(self.marks.len());
        // By group, the closed group that it is or is in.
        let mut shown = vec![NONE; grouping.n_groups()];
        for (i, &group) in self.marks.groups.iter().enumerate() {
            grouping.range(group).for_each(|g| shown[g] = n_actions + i as u32);
        }
        for bundle in grouping.bundles() {
            let (from, to) = (shown[bundle.from.index()], shown[bundle.to.index()]);
            if from != to && from != NONE && to != NONE {
                sums.add(from, to, bundle.weight);
            }
        }
        // What the rows of bundles tell of an open group is about actions that show.
        let stands_for = &self.marks.stands_for;
        let mut seen = vec![NONE; graph.n_actions()];
        for own in 0..n_actions {
            let Mark::Action(action) = self.marks.at(own as usize) else { continue };
            for producer in graph.inputs(action).iter().filter_map(|&i| graph.producer(i)) {
                if std::mem::replace(&mut seen[producer.index()], own) != own {
                    sums.add(stands_for[producer.index()], own, 1);
                }
            }
        }
        seen.fill(NONE);
        for own in 0..n_actions {
            let Mark::Action(action) = self.marks.at(own as usize) else { continue };
            for consumer in written(graph, action).flat_map(|a| graph.consumers(a)) {
                let to = stands_for[consumer.index()];
                // Those that show were told of above.
                if to >= n_actions && std::mem::replace(&mut seen[consumer.index()], own) != own {
                    sums.add(own, to, 1);
                }
            }
        }
        self.edges = sums.finish();
    }
}

/// The outputs of `action` and files of trees among them that it writes.
fn written(graph: &Graph, action: ActionId) -> impl Iterator<Item = ArtifactId> + '_ {
    graph.outputs(action).iter().flat_map(move |&output| {
        let inside = graph.tree_files(output).iter().copied();
        std::iter::once(output).chain(inside.filter(move |&f| graph.producer(f) == Some(action)))
    })
}

/// Sums of weights by pair.
enum Sums {
    Table { n: usize, weights: Vec<u32> },
    List(Vec<Weighted>),
}

impl Sums {
    fn new(n: usize) -> Self {
        if n <= TABLE_MAX {
            Self::Table { n, weights: vec![0; n * n] }
        } else {
            Self::List(Vec::new())
        }
    }

    fn add(&mut self, from: u32, to: u32, weight: u32) {
        match self {
            Self::Table { n, weights } => weights[from as usize * *n + to as usize] += weight,
            Self::List(all) => all.push((from, to, weight)),
        }
    }

    fn finish(self) -> Vec<Weighted> {
        match self {
            Self::Table { n, weights } => {
                let found = weights.iter().enumerate().filter(|w| *w.1 > 0);
                found.map(|(i, &w)| ((i / n) as u32, (i % n) as u32, w)).collect()
            }
            Self::List(mut all) => {
                all.sort_unstable();
                all.dedup_by(|next, kept| {
                    let same = (next.0, next.1) == (kept.0, kept.1);
                    kept.2 += if same { next.2 } else { 0 };
                    same
                });
                all
            }
        }
    }
}
