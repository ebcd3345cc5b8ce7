//! The actions of a graph as a tree of groups: by package path, target and mnemonic.
//!
//! Built once per graph in linear time, with the edges between groups counted, so that a view of
//! any cut through the tree costs no pass over the graph. Groups are numbered in preorder, and
//! actions are sorted by group: what is inside a group, at any depth, is one range of each.

mod build;
mod bundles;
mod bytes;
mod open;
mod trie;

use std::ops::ControlFlow;

use crate::model::{ActionId, Graph, Id, TextId};

pub use open::Open;

/// A group of a [`Grouping`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct GroupId(pub u32);

impl GroupId {
    /// The group that holds all others.
    pub const ROOT: Self = Self(0);

    /// The position in arrays by group.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What actions are grouped by, from the outside in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GroupBy {
    /// A level for each part of the package's path (`//a`, `//a/b`); for an action without a label
    /// for each folder of its first output.
    Package,
    /// The label.
    Target,
    /// The mnemonic.
    Mnemonic,
}

/// What the members of a group have in common.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GroupKind {
    /// That they are of this graph.
    Root,
    /// The start of their package's path.
    Package,
    /// Their label.
    Target,
    /// Their mnemonic.
    Mnemonic,
    /// That they stand side by side in the export: a part of a group with too many members to show
    /// at once.
    Part,
}

/// A tree of groups over all actions of one graph. No group has a single member, and none has more
/// than [`MEMBERS_MAX`](Self::MEMBERS_MAX).
#[derive(Clone, PartialEq, Debug)]
pub struct Grouping {
    kinds: Vec<GroupKind>,
    /// `u32::MAX` for the root.
    parents: Vec<u32>,
    /// One past the last group inside.
    ends: Vec<u32>,
    /// What a name is cut from: a text of the graph, start and end in bytes.
    names: Vec<(TextId, u32, u32)>,
    /// Of each group the start of its range in `actions`; one more at the end.
    starts: Vec<u32>,
    /// All actions; those directly in a group come before those of the groups in it.
    actions: Vec<ActionId>,
    /// By action, the innermost group.
    homes: Vec<u32>,
    bundles: bundles::Bundles,
}

/// Edges of actions from one group to another, as one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bundle {
    /// The innermost group of the producers.
    pub from: GroupId,
    /// The innermost group of the consumers.
    pub to: GroupId,
    /// How many pairs of a producer and a consumer.
    pub weight: u32,
}

impl Grouping {
    /// Most groups and actions directly in one group.
    pub const MEMBERS_MAX: usize = 64;

    /// Groups `graph` by package, target, mnemonic.
    pub fn new(graph: &Graph) -> Self {
        Self::by(graph, &[GroupBy::Package, GroupBy::Target, GroupBy::Mnemonic])
    }

    /// Groups `graph` by `levels`, from the outside in.
    pub fn by(graph: &Graph, levels: &[GroupBy]) -> Self {
        let made = Self::told(graph, levels, &mut |_| ControlFlow::Continue(()));
        made.unwrap_or_else(|| unreachable!("nothing breaks it off"))
    }

    /// [`by`](Self::by), where `progress` hears of how far it is (0 to 1) at least every 50 ms or
    /// so of work and may break it off: then the answer is `None`.
    pub fn told(
        graph: &Graph,
        levels: &[GroupBy],
        progress: &mut dyn FnMut(f32) -> ControlFlow<()>,
    ) -> Option<Self> {
        build::grouping(graph, levels, progress)
    }

    /// How many groups there are, the root included.
    pub fn n_groups(&self) -> usize {
        self.kinds.len()
    }

    /// What the members of `group` have in common.
    pub fn kind(&self, group: GroupId) -> GroupKind {
        self.kinds[group.index()]
    }

    /// The group that `group` is directly in; `None` for the root.
    pub fn parent(&self, group: GroupId) -> Option<GroupId> {
        Some(self.parents[group.index()]).filter(|&p| p != u32::MAX).map(GroupId)
    }

    /// `group`, the one around it, and so on to the root.
    pub fn with_parents(&self, group: GroupId) -> impl Iterator<Item = GroupId> + '_ {
        std::iter::successors(Some(group), |&g| self.parent(g))
    }

    /// The groups directly in `group`.
    pub fn children(&self, group: GroupId) -> impl Iterator<Item = GroupId> + '_ {
        let end = self.ends[group.index()];
        let first = Some(group.0 + 1).filter(|&g| g < end).map(GroupId);
        std::iter::successors(first, move |g| {
            Some(self.ends[g.index()]).filter(|&next| next < end).map(GroupId)
        })
    }

    /// The actions directly in `group`.
    pub fn own_actions(&self, group: GroupId) -> &[ActionId] {
        let i = group.index();
        &self.actions[self.starts[i] as usize..self.starts[i + 1] as usize]
    }

    /// All actions in `group`, at any depth.
    pub fn actions(&self, group: GroupId) -> &[ActionId] {
        let i = group.index();
        let end = self.ends[i] as usize;
        &self.actions[self.starts[i] as usize..self.starts[end] as usize]
    }

    /// How many groups and actions are directly in `group`.
    pub fn n_members(&self, group: GroupId) -> usize {
        self.children(group).count() + self.own_actions(group).len()
    }

    /// How many actions are in `group`, at any depth.
    pub fn n_actions(&self, group: GroupId) -> usize {
        self.actions(group).len()
    }

    /// The innermost group of `action`.
    pub fn home(&self, action: ActionId) -> GroupId {
        GroupId(self.homes[action.index()])
    }

    /// Whether `inner` is `outer` or in it.
    pub fn is_in(&self, inner: GroupId, outer: GroupId) -> bool {
        outer <= inner && inner.0 < self.ends[outer.index()]
    }

    /// The positions of `group` and all groups in it.
    pub(super) fn range(&self, group: GroupId) -> std::ops::Range<usize> {
        group.index()..self.ends[group.index()] as usize
    }

    /// What `group` is called: the path of a package, a label, a mnemonic; for a part the name of
    /// what it is part of, empty for a root that has none.
    pub fn name<'a>(&self, graph: &'a Graph, group: GroupId) -> &'a str {
        let (text, start, end) = self.names[group.index()];
        graph.texts().get(text).get(start as usize..end as usize).unwrap_or_default()
    }

    /// For a part, which of how many it is, from 1.
    pub fn part(&self, group: GroupId) -> Option<(usize, usize)> {
        if self.kind(group) != GroupKind::Part {
            return None;
        }
        let parts = || self.children(self.parent(group).unwrap_or(GroupId::ROOT));
        let before = parts().filter(|&g| g < group && self.kind(g) == GroupKind::Part).count();
        Some((before + 1, parts().filter(|&g| self.kind(g) == GroupKind::Part).count()))
    }

    /// The edges between different innermost groups.
    pub fn bundles(&self) -> impl Iterator<Item = Bundle> + '_ {
        self.bundles.iter()
    }
}
