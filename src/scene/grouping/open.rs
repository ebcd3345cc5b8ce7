//! Which groups are open: the cut through the tree that a view shows.

use std::collections::{BTreeSet, BinaryHeap};

use crate::model::ActionId;

use super::super::mark::Mark;
use super::{GroupId, Grouping};

/// The open groups, each with all groups around it; the root always is. What an open group has
/// directly in it shows, a closed group is one mark.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Open {
    groups: BTreeSet<GroupId>,
}

impl Default for Open {
    fn default() -> Self {
        Self { groups: BTreeSet::from([GroupId::ROOT]) }
    }
}

impl Open {
    /// Whether `group` is open.
    pub fn contains(&self, group: GroupId) -> bool {
        self.groups.contains(&group)
    }

    /// The open groups, ascending: every group comes after the one around it.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = GroupId> + '_ {
        self.groups.iter().copied()
    }

    /// The open groups that `bytes` list as ids (not the root), such as from a link; groups that
    /// `grouping` does not have are left out.
    pub fn of(grouping: &Grouping, groups: impl IntoIterator<Item = GroupId>) -> Self {
        let mut open = Self::default();
        for group in groups.into_iter().filter(|g| g.index() < grouping.n_groups()) {
            open.unfold(grouping, group);
        }
        open
    }

    /// Opens `group` and all around it.
    pub fn unfold(&mut self, grouping: &Grouping, group: GroupId) {
        self.groups.extend(grouping.with_parents(group));
    }

    /// Closes `group` and all in it; the root stays open.
    pub fn fold(&mut self, grouping: &Grouping, group: GroupId) {
        self.groups.retain(|&g| g == GroupId::ROOT || !grouping.is_in(g, group));
    }

    /// Opens all groups around `action`, so that it shows.
    pub fn reveal(&mut self, grouping: &Grouping, action: ActionId) {
        self.unfold(grouping, grouping.home(action));
    }

    /// How many marks show.
    pub fn n_marks(&self, grouping: &Grouping) -> usize {
        let members: usize = self.iter().map(|g| grouping.n_members(g)).sum();
        members + 1 - self.groups.len()
    }

    /// What stands for `action`: itself or the outermost closed group around it.
    pub fn shown(&self, grouping: &Grouping, action: ActionId) -> Mark {
        let around = grouping.with_parents(grouping.home(action));
        let closed = around.take_while(|&g| !self.contains(g)).last();
        closed.map_or(Mark::Action(action), Mark::Group)
    }
}

impl Grouping {
    /// Opens the groups with the most actions, as long as at most `marks_max` marks show. Groups
    /// of about the same size open together or not at all, so that none looks special for a few
    /// actions more; only where hardly anything would show, the largest opens alone.
    pub fn opened(&self, marks_max: usize) -> Open {
        let mut open = Open::default();
        let mut n_marks = self.n_members(GroupId::ROOT);
        let entry = |g: GroupId| (self.n_actions(g), std::cmp::Reverse(g));
        let mut closed: BinaryHeap<_> = self.children(GroupId::ROOT).map(entry).collect();
        while let Some(&(largest, _)) = closed.peek() {
            let mut peers = Vec::new();
            while closed.peek().is_some_and(|peer| peer.0 * 2 > largest) {
                peers.extend(closed.pop());
            }
            let more = |of: &[Peer]| of.iter().map(|p| self.n_members(p.1.0) - 1).sum::<usize>();
            if n_marks + more(&peers) > marks_max && n_marks * 4 <= marks_max {
                closed.extend(peers.drain(1..));
            }
            if n_marks + more(&peers) > marks_max {
                break;
            }
            n_marks += more(&peers);
            for (_, std::cmp::Reverse(group)) in peers {
                open.groups.insert(group);
                closed.extend(self.children(group).map(entry));
            }
        }
        open
    }
}

/// A group by its number of actions.
type Peer = (usize, std::cmp::Reverse<GroupId>);
