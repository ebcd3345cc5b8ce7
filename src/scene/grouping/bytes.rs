//! A grouping as bytes, to hand it from the worker to the page: little-endian 32-bit words.

use crate::model::{ActionId, TextId};

use super::bundles::Bundles;
use super::{GroupKind, Grouping};

const KINDS: [GroupKind; 5] =
    [GroupKind::Root, GroupKind::Package, GroupKind::Target, GroupKind::Mnemonic, GroupKind::Part];

impl Grouping {
    /// The grouping as bytes; [`from_bytes`](Self::from_bytes) reads them back.
    pub fn to_bytes(&self) -> Vec<u8> {
        let (n, n_actions) = (self.kinds.len(), self.actions.len());
        let n_words = 3 + 8 * n + 1 + 2 * n_actions + 2 * self.bundles.froms.len();
        let mut bytes = Vec::with_capacity(4 * n_words);
        let mut push = |word: u32| bytes.extend_from_slice(&word.to_le_bytes());
        [n, n_actions, self.bundles.froms.len()].iter().for_each(|&n| push(n as u32));
        self.kinds.iter().for_each(|&kind| push(kind as u32));
        self.parents.iter().for_each(|&word| push(word));
        self.ends.iter().for_each(|&word| push(word));
        for &(text, start, end) in &self.names {
            [text.0, start, end].into_iter().for_each(&mut push);
        }
        self.starts.iter().for_each(|&word| push(word));
        self.actions.iter().for_each(|action| push(action.0));
        self.homes.iter().for_each(|&word| push(word));
        self.bundles.ends.iter().for_each(|&word| push(word));
        self.bundles.froms.iter().for_each(|&word| push(word));
        self.bundles.weights.iter().for_each(|&word| push(word));
        bytes
    }

    /// The grouping that [`to_bytes`](Self::to_bytes) wrote; `None` for other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut words = bytes.as_chunks::<4>().0.iter();
        let mut next = || words.next().map(|word| u32::from_le_bytes(*word));
        let (n, n_actions, n_bundles) = (next()?, next()?, next()?);
        let n_words = 4 + 8 * u64::from(n) + 2 * u64::from(n_actions) + 2 * u64::from(n_bundles);
        if bytes.len() as u64 != 4 * n_words || n == 0 {
            return None;
        }
        let (n, n_actions, n_bundles) = (n as usize, n_actions as usize, n_bundles as usize);
        // A piece of a slice: this way the loop is a copy.
        let mut take = |n: usize| -> Vec<u32> {
            let row = words.as_slice()[..n].iter().map(|word| u32::from_le_bytes(*word)).collect();
            words = words.as_slice()[n..].iter();
            row
        };
        let kinds = take(n).into_iter().map(|kind| KINDS.get(kind as usize).copied());
        let read = Self {
            kinds: kinds.collect::<Option<_>>()?,
            parents: take(n),
            ends: take(n),
            names: take(3 * n).chunks_exact(3).map(|w| (TextId(w[0]), w[1], w[2])).collect(),
            starts: take(n + 1),
            actions: take(n_actions).into_iter().map(ActionId).collect(),
            homes: take(n_actions),
            bundles: Bundles { ends: take(n), froms: take(n_bundles), weights: take(n_bundles) },
        };
        read.holds_together().then_some(read)
    }

    /// Whether every reference leads somewhere, so that no question about it can panic or spin.
    fn holds_together(&self) -> bool {
        let (n, n_actions) = (self.kinds.len() as u32, self.actions.len() as u32);
        let tree = (1..n as usize).all(|g| {
            let parent = self.parents[g];
            (parent as usize) < g
                && (g as u32) < self.ends[g]
                && self.ends[g] <= self.ends[parent as usize]
        });
        let rising = |ends: &[u32], last: u32| {
            ends.windows(2).all(|w| w[0] <= w[1]) && ends.last() == Some(&last)
        };
        tree && self.parents[0] == u32::MAX
            && self.ends[0] == n
            && rising(&self.starts, n_actions)
            && rising(&self.bundles.ends, self.bundles.froms.len() as u32)
            && self.homes.iter().all(|&group| group < n)
            && self.bundles.froms.iter().all(|&group| group < n)
            && self.actions.iter().all(|action| action.0 < n_actions)
    }
}
