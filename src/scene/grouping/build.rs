//! Puts a raw tree in order: groups of one dissolve, chains become one group, crowds are parted,
//! and all are numbered in preorder.

use std::ops::ControlFlow;

use crate::model::{ActionId, Graph, Id, TextId};

use super::bundles::Bundles;
use super::trie::{Raw, Trie, trie};
use super::{GroupBy, GroupKind, Grouping};

const NONE: u32 = u32::MAX;

pub(super) fn grouping(
    graph: &Graph,
    levels: &[GroupBy],
    progress: &mut dyn FnMut(f32) -> ControlFlow<()>,
) -> Option<Grouping> {
    let mut trie = trie(graph, levels, &mut |share| progress(0.6 * share))?;
    dissolve_and_merge(&mut trie);
    progress(0.65).is_continue().then_some(())?;
    let mut members = Members::of(&trie);
    members.part(&mut trie.groups);
    progress(0.7).is_continue().then_some(())?;
    let mut grouping = number(&trie.groups, &members, graph.n_actions());
    progress(0.75).is_continue().then_some(())?;
    let hear = &mut |share| progress(0.75 + 0.25 * share);
    grouping.bundles = Bundles::new(graph, &grouping, hear)?;
    Some(grouping)
}

/// Moves actions that are alone in a group out of it, and leaves out groups with nothing but one
/// other group inside. What is left out keeps its place and loses its members.
fn dissolve_and_merge(trie: &mut Trie) {
    let Trie { groups, homes } = trie;
    let n = groups.len();
    let mut totals = vec![0u32; n];
    homes.iter().for_each(|&home| totals[home as usize] += 1);
    for group in (1..n).rev() {
        totals[groups[group].parent as usize] += totals[group];
    }
    // Where an action alone in a group goes; parents come first.
    let mut kept: Vec<u32> = (0..n as u32).collect();
    let mut n_own = vec![0u32; n];
    let mut n_inner = vec![0u32; n];
    for group in 1..n {
        let parent = groups[group].parent as usize;
        if totals[group] < 2 {
            kept[group] = kept[parent];
        } else {
            n_inner[parent] += 1;
        }
    }
    for home in homes.iter_mut() {
        *home = kept[*home as usize];
        n_own[*home as usize] += 1;
    }
    let is_link = |group: usize| group > 0 && n_own[group] == 0 && n_inner[group] == 1;
    for group in 1..n {
        let parent = groups[group].parent as usize;
        if is_link(parent) {
            groups[group].parent = groups[parent].parent;
            if groups[group].kind == GroupKind::Mnemonic {
                // The label of a target says more than what all of it is made with.
                (groups[group].kind, groups[group].name) =
                    (groups[parent].kind, groups[parent].name);
            }
        }
    }
    if n_own[0] == 0 && n_inner[0] == 1 {
        // All are in one group: it is the root.
        let whole = (1..n).find(|&g| totals[g] > 1 && !is_link(g));
        if let Some(whole) = whole {
            groups[0].name = groups[whole].name;
            let into_root = |group: &mut u32| {
                if *group == whole as u32 {
                    *group = 0;
                }
            };
            groups[1..].iter_mut().for_each(|g| into_root(&mut g.parent));
            homes.iter_mut().for_each(into_root);
        }
    }
}

/// What is directly in each group, in the order of its first action: groups below [`ACTION`],
/// actions above.
struct Members {
    starts: Vec<u32>,
    all: Vec<u32>,
    /// Of groups that were parted, and of the parts, instead.
    parted: Vec<(u32, Vec<u32>)>,
}

const ACTION: u32 = 1 << 31;

impl Members {
    fn of(trie: &Trie) -> Self {
        let n = trie.groups.len();
        let mut starts = vec![0u32; n + 1];
        let mut order = Vec::with_capacity(trie.homes.len() + n);
        let mut is_listed = vec![false; n];
        is_listed[0] = true;
        for (action, &home) in trie.homes.iter().enumerate() {
            let mut group = home;
            while !std::mem::replace(&mut is_listed[group as usize], true) {
                let parent = trie.groups[group as usize].parent;
                order.push((parent, group));
                group = parent;
            }
            order.push((home, action as u32 | ACTION));
        }
        order.iter().for_each(|&(group, _)| starts[group as usize + 1] += 1);
        for i in 0..n {
            starts[i + 1] += starts[i];
        }
        let mut next = starts.clone();
        let mut all = vec![0; order.len()];
        for (group, member) in order {
            let slot = &mut next[group as usize];
            all[*slot as usize] = member;
            *slot += 1;
        }
        Self { starts, all, parted: Vec::new() }
    }

    /// Parts every group with too many members, in as many levels as it takes.
    fn part(&mut self, groups: &mut Vec<Raw>) {
        for group in 0..groups.len() as u32 {
            let mut members = self.in_group(group).to_vec();
            if members.len() <= Grouping::MEMBERS_MAX {
                continue;
            }
            let mut made = Vec::new();
            while members.len() > Grouping::MEMBERS_MAX {
                let n_parts = members.len().div_ceil(Grouping::MEMBERS_MAX);
                let mut parts = Vec::with_capacity(n_parts);
                for i in 0..n_parts {
                    let (from, to) =
                        (i * members.len() / n_parts, (i + 1) * members.len() / n_parts);
                    let id = groups.len() as u32;
                    let name = groups[group as usize].name;
                    groups.push(Raw { parent: group, kind: GroupKind::Part, name });
                    made.push((id, members[from..to].to_vec()));
                    parts.push(id);
                }
                members = parts;
            }
            self.parted.push((group, members));
            self.parted.extend(made);
        }
        self.parted.sort_unstable_by_key(|p| p.0);
    }

    fn in_group(&self, group: u32) -> &[u32] {
        if let Ok(i) = self.parted.binary_search_by_key(&group, |p| p.0) {
            return &self.parted[i].1;
        }
        let i = group as usize;
        match self.starts.get(i + 1) {
            Some(&end) => &self.all[self.starts[i] as usize..end as usize],
            None => &[],
        }
    }
}

/// Numbers groups in preorder and sorts actions by them.
fn number(groups: &[Raw], members: &Members, n_actions: usize) -> Grouping {
    let mut made = Grouping {
        kinds: Vec::new(),
        parents: Vec::new(),
        ends: Vec::new(),
        names: Vec::new(),
        starts: Vec::new(),
        actions: Vec::with_capacity(n_actions),
        homes: vec![0; n_actions],
        bundles: Bundles::default(),
    };
    let mut todo = vec![(0u32, NONE)];
    while let Some((group, parent)) = todo.pop() {
        let id = made.kinds.len() as u32;
        let Raw { kind, name, .. } = groups[group as usize];
        made.push(kind, name, parent);
        let inside = members.in_group(group);
        for &member in inside.iter().filter(|&&m| m & ACTION != 0) {
            let action = ActionId(member & !ACTION);
            made.homes[action.index()] = id;
            made.actions.push(action);
        }
        let inner = inside.iter().filter(|&&m| m & ACTION == 0);
        todo.extend(inner.rev().map(|&member| (member, id)));
    }
    made.starts.push(n_actions as u32);
    made.close();
    made
}

impl Grouping {
    fn push(&mut self, kind: GroupKind, name: (TextId, u32, u32), parent: u32) {
        self.starts.push(self.actions.len() as u32);
        self.kinds.push(kind);
        self.names.push(name);
        self.parents.push(parent);
        self.ends.push(self.kinds.len() as u32);
    }

    /// Fills in where each group ends.
    fn close(&mut self) {
        for group in (1..self.kinds.len()).rev() {
            let parent = self.parents[group] as usize;
            self.ends[parent] = self.ends[parent].max(self.ends[group]);
        }
    }
}
