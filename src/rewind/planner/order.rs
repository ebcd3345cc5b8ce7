//! The order in which the actions of a run go, each as soon as it can (P4).
//!
//! A cursor goes through them once. Behind it only what became ready late is remembered: what was
//! rewound, and consumers where the order is not topological.

use std::borrow::Cow;

use crate::model::{ActionId, ActionKind, Graph, Id, IdSet};

use crate::rewind::scenario::Build;

use super::faults::mix;

/// The needed actions by rank, and how far a run has come with them.
#[derive(Default)]
pub struct Order<'a> {
    by_rank: Cow<'a, [ActionId]>,
    /// Per action: its position in `by_rank`. Made when it is asked for, unless that is the number
    /// of the action anyway.
    rank: Vec<u32>,
    /// Everything before this position was looked at.
    cursor: usize,
    passed: Ranks,
}

impl<'a> Order<'a> {
    /// The order of `actions`, which are in topological order. Actions that ask nothing (`valid`,
    /// made by the tool) go as soon as they can, so that they never hold up one whose place is
    /// known; the others as `build` wishes, else as `seed` has it, else as they are.
    pub fn new(
        graph: &Graph,
        actions: &'a [ActionId],
        valid: &IdSet<ActionId>,
        build: &Build,
        seed: u64,
    ) -> Self {
        let asks = |&action: &ActionId| {
            graph.action_kind(action) == ActionKind::Spawn && !valid.contains(action)
        };
        let is_sorted = seed == 0 && build.order.is_empty();
        let all_ask = valid.is_empty() && graph.has_spawns_only();
        let by_rank = if is_sorted && (all_ask || actions.iter().all(asks)) {
            Cow::Borrowed(actions)
        } else {
            let mut by_rank = Vec::with_capacity(actions.len());
            by_rank.extend(actions.iter().copied().filter(|action| !asks(action)));
            let n_silent = by_rank.len();
            by_rank.extend(actions.iter().copied().filter(asks));
            if !is_sorted {
                sort(graph, &mut by_rank[n_silent..], build, seed);
            }
            Cow::Owned(by_rank)
        };
        Self { by_rank, ..Self::default() }
    }

    /// How many actions there are.
    pub fn n_actions(&self) -> usize {
        self.by_rank.len()
    }

    /// The next action that the cursor meets.
    #[inline]
    pub fn meet_next(&mut self) -> Option<ActionId> {
        let next = self.by_rank.get(self.cursor).copied();
        self.cursor += usize::from(next.is_some());
        next
    }

    /// The lowest of those that are offered again, which is then offered no more.
    #[inline]
    pub fn pop_passed(&mut self) -> Option<ActionId> {
        if self.passed.is_empty() {
            return None;
        }
        self.passed.pop().map(|rank| self.by_rank[rank as usize])
    }

    /// `action`, which the cursor has met, is offered again.
    pub fn offer_again(&mut self, action: ActionId) {
        let rank = self.rank_of(action);
        self.passed.insert(rank, self.by_rank.len());
    }

    fn rank_of(&mut self, action: ActionId) -> u32 {
        // Ids are a topological order in most graphs: no table is needed then.
        if self.by_rank.get(action.index()) == Some(&action) {
            return action.0;
        }
        if self.rank.is_empty() {
            let n = self.by_rank.iter().map(|action| action.index() + 1).max();
            self.rank = vec![0; n.unwrap_or(0)];
            for (rank, action) in self.by_rank.iter().enumerate() {
                self.rank[action.index()] = rank as u32;
            }
        }
        self.rank[action.index()]
    }
}

/// Sorts actions as the build wishes, else by seed, else as they are.
fn sort(graph: &Graph, asking: &mut [ActionId], build: &Build, seed: u64) {
    let mut wish = vec![u32::MAX; graph.n_actions()];
    for (position, &action) in build.order.iter().enumerate().rev() {
        wish[action.index()] = position as u32;
    }
    let mut shuffled = vec![0; graph.n_actions()];
    if seed != 0 {
        for (position, action) in graph.topological().iter().enumerate() {
            shuffled[action.index()] = mix(seed ^ position as u64);
        }
    }
    // Stable: without a seed, those without a wish keep the topological order.
    asking.sort_by_key(|&action| (wish[action.index()], shuffled[action.index()]));
}

/// A set of ranks of which the lowest is taken: a bit each, and a bit for each 64 of those.
#[derive(Default)]
struct Ranks {
    words: Vec<u64>,
    /// Which words are not 0.
    used: Vec<u64>,
    /// None of `used` before this one has a bit.
    first: usize,
    n: usize,
}

impl Ranks {
    fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// Adds `rank`, which is below `n_ranks`.
    fn insert(&mut self, rank: u32, n_ranks: usize) {
        if self.words.is_empty() {
            self.words = vec![0; n_ranks.div_ceil(64)];
            self.used = vec![0; self.words.len().div_ceil(64)];
        }
        let at = rank as usize / 64;
        let before = self.words[at];
        self.words[at] |= 1 << (rank % 64);
        self.used[at / 64] |= 1 << (at % 64);
        self.first = self.first.min(at / 64);
        self.n += usize::from(self.words[at] != before);
    }

    fn pop(&mut self) -> Option<u32> {
        self.first += self.used[self.first..].iter().position(|&word| word != 0)?;
        let used = &mut self.used[self.first];
        let at = self.first * 64 + used.trailing_zeros() as usize;
        let word = self.words[at];
        let rest = word & (word - 1);
        self.words[at] = rest;
        if rest == 0 {
            *used &= *used - 1;
        }
        self.n -= 1;
        Some(at as u32 * 64 + word.trailing_zeros())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_lowest_rank_comes_first_and_each_once() {
        let (mut ranks, mut known) = (Ranks::default(), BTreeSet::new());
        let n = 100_000;
        for i in 0..2000 {
            let rank = (mix(i) % n as u64) as u32;
            ranks.insert(rank, n);
            ranks.insert(rank, n);
            known.insert(rank);
            if i % 3 == 0 {
                assert_eq!(ranks.pop(), known.pop_first());
            }
        }
        while let Some(rank) = known.pop_first() {
            assert_eq!(ranks.pop(), Some(rank));
        }
        assert!(ranks.is_empty() && ranks.pop().is_none());
    }
}
