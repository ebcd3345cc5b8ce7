//! A long row of small values that clones at once: clones share whatever stays equal.
//!
//! The values lie bit-packed in pages of 1 KiB under a tree two levels high. Changing one value
//! copies its page, if another clone still reads it, and the way there; nothing else. So a moment
//! of a million actions can be kept, handed to a view or reset at the cost of what differs.

use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;

/// A value of few bits. The default is all zeros.
pub trait Cell: Copy + Eq + Default {
    /// How many bits it takes: a divisor of 64.
    const BITS: usize;
    /// The value as bits.
    fn to_bits(self) -> u64;
    /// The value of the bits that [`to_bits`](Self::to_bits) gave.
    fn from_bits(bits: u64) -> Self;
}

impl Cell for bool {
    const BITS: usize = 1;

    fn to_bits(self) -> u64 {
        u64::from(self)
    }

    fn from_bits(bits: u64) -> Self {
        bits != 0
    }
}

const LEAF_WORDS: usize = 128;
const FAN_OUT: usize = 64;
const BRANCH_WORDS: usize = LEAF_WORDS * FAN_OUT;

type Leaf = [u64; LEAF_WORDS];
type Branch = [Rc<Leaf>; FAN_OUT];

/// A row of values. What was never set, also beyond the end, is the default.
#[derive(Clone)]
pub struct Cells<T> {
    branches: Rc<Vec<Rc<Branch>>>,
    of: PhantomData<T>,
}

impl<T> fmt::Debug for Cells<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cells").field("n_branches", &self.branches.len()).finish_non_exhaustive()
    }
}

/// Rows of the same values are equal, whatever room they have.
impl<T: Cell> PartialEq for Cells<T> {
    fn eq(&self, other: &Self) -> bool {
        let n = self.branches.len().max(other.branches.len());
        let zero = empty_branch();
        (0..n).all(|i| {
            let (a, b) = (self.branches.get(i), other.branches.get(i));
            let (a, b) = (a.unwrap_or(&zero), b.unwrap_or(&zero));
            Rc::ptr_eq(a, b) || a.iter().zip(b.iter()).all(|(a, b)| Rc::ptr_eq(a, b) || a == b)
        })
    }
}

impl<T: Cell> Cells<T> {
    const PER_WORD: usize = 64 / T::BITS;
    const MASK: u64 = u64::MAX >> (64 - T::BITS);
    /// The lowest bit of each value of a word.
    const LOWEST: u64 = u64::MAX / Self::MASK;

    /// A row with room for `n` values, all default.
    pub fn new(n: usize) -> Self {
        let n_branches = n.div_ceil(Self::PER_WORD).div_ceil(BRANCH_WORDS);
        Self { branches: Rc::new(vec![empty_branch(); n_branches]), of: PhantomData }
    }

    /// The row whose bits are `words`, each holding its values from the lowest bit on.
    pub fn from_words(words: &[u64]) -> Self {
        let zero = Rc::new([0; LEAF_WORDS]);
        let leaf = |words: &[u64]| {
            if words.iter().all(|&word| word == 0) {
                return Rc::clone(&zero);
            }
            let mut leaf = [0; LEAF_WORDS];
            leaf[..words.len()].copy_from_slice(words);
            Rc::new(leaf)
        };
        let branches = words.chunks(BRANCH_WORDS).map(|words| {
            let mut branch: Branch = std::array::from_fn(|_| Rc::clone(&zero));
            for (slot, words) in branch.iter_mut().zip(words.chunks(LEAF_WORDS)) {
                *slot = leaf(words);
            }
            Rc::new(branch)
        });
        Self { branches: Rc::new(branches.collect()), of: PhantomData }
    }

    /// The bits of all values, as [`from_words`](Self::from_words) takes them.
    pub fn to_words(&self) -> Vec<u64> {
        let leaves = self.branches.iter().flat_map(|branch| branch.iter());
        leaves.flat_map(|leaf| leaf.iter().copied()).collect()
    }

    /// The value at `index`.
    pub fn get(&self, index: usize) -> T {
        let word = index / Self::PER_WORD;
        let branch = self.branches.get(word / BRANCH_WORDS);
        branch.map_or_else(T::default, |branch| {
            let word = branch[word / LEAF_WORDS % FAN_OUT][word % LEAF_WORDS];
            T::from_bits(word >> shift::<T>(index) & Self::MASK)
        })
    }

    /// Puts `value` at `index`, beyond the end too. Returns what was there.
    pub fn set(&mut self, index: usize, value: T) -> T {
        let before = self.get(index);
        if before == value {
            return before;
        }
        let word = index / Self::PER_WORD;
        let branches = Rc::make_mut(&mut self.branches);
        if word / BRANCH_WORDS >= branches.len() {
            branches.resize(word / BRANCH_WORDS + 1, empty_branch());
        }
        let branch = Rc::make_mut(&mut branches[word / BRANCH_WORDS]);
        let leaf = Rc::make_mut(&mut branch[word / LEAF_WORDS % FAN_OUT]);
        let word = &mut leaf[word % LEAF_WORDS];
        let shift = shift::<T>(index);
        *word = *word & !(Self::MASK << shift) | value.to_bits() << shift;
        before
    }

    /// Sets all back to the default.
    pub fn clear(&mut self) {
        let zero = empty_branch();
        self.branches = Rc::new(vec![zero; self.branches.len()]);
    }

    /// Puts `to` wherever `from`, which is not the default, is. Returns whether it was anywhere.
    pub fn replace(&mut self, from: T, to: T) -> bool {
        let found: Vec<usize> = self.positions([from]).collect();
        for &index in &found {
            self.set(index, to);
        }
        !found.is_empty()
    }

    /// Ascending indices of the values that are one of `wanted`, none of which is the default.
    /// Pages that hold none cost next to nothing.
    pub fn positions<const N: usize>(&self, wanted: [T; N]) -> impl Iterator<Item = usize> + '_ {
        assert!(!wanted.contains(&T::default()), "the default goes on beyond the end");
        let has_any = move |word: u64| wanted.iter().any(|&value| has::<T>(word, value));
        let words = self.leaves().enumerate().flat_map(move |(i, leaf)| {
            leaf.iter().enumerate().map(move |(j, &word)| (i * LEAF_WORDS + j, word))
        });
        words.filter(move |&(_, word)| word != 0 && has_any(word)).flat_map(move |(at, word)| {
            let values = (0..Self::PER_WORD).filter(move |slot| {
                let bits = word >> (slot * T::BITS) & Self::MASK;
                wanted.contains(&T::from_bits(bits))
            });
            values.map(move |slot| at * Self::PER_WORD + slot)
        })
    }

    /// Ascending indices at which the two rows differ. What they share costs next to nothing.
    pub fn differing(&self, other: &Self) -> Vec<usize> {
        let mut found = Vec::new();
        if Rc::ptr_eq(&self.branches, &other.branches) {
            return found;
        }
        let zero = empty_branch();
        for i in 0..self.branches.len().max(other.branches.len()) {
            let [a, b] = [self, other].map(|row| row.branches.get(i).unwrap_or(&zero));
            if Rc::ptr_eq(a, b) {
                continue;
            }
            for (j, (a, b)) in a.iter().zip(b.iter()).enumerate() {
                if !Rc::ptr_eq(a, b) {
                    let first = (i * BRANCH_WORDS + j * LEAF_WORDS) * Self::PER_WORD;
                    Self::differing_in(a, b, first, &mut found);
                }
            }
        }
        found
    }

    fn differing_in(a: &Leaf, b: &Leaf, first: usize, found: &mut Vec<usize>) {
        for (i, (a, b)) in a.iter().zip(b).enumerate() {
            let mut apart = a ^ b;
            while apart != 0 {
                let slot = apart.trailing_zeros() as usize / T::BITS;
                found.push(first + i * Self::PER_WORD + slot);
                apart &= !(Self::MASK << (slot * T::BITS));
            }
        }
    }

    /// How many values are not the default.
    pub fn n_set(&self) -> usize {
        let n_of = |mut word: u64| {
            for by in (0..T::BITS.ilog2()).rev() {
                word |= word >> (1 << by);
            }
            (word & Self::LOWEST).count_ones() as usize
        };
        self.leaves().flat_map(|leaf| leaf.iter()).map(|&word| n_of(word)).sum()
    }

    /// Bytes of the pages that `self` does not share with `other`.
    pub fn own_bytes(&self, other: &Self) -> usize {
        if Rc::ptr_eq(&self.branches, &other.branches) {
            return 0;
        }
        let (mut bytes, mut last) = (self.branches.len() * size_of::<usize>(), None);
        for (i, branch) in self.branches.iter().enumerate() {
            let theirs = other.branches.get(i);
            if theirs.is_some_and(|theirs| Rc::ptr_eq(branch, theirs)) {
                continue;
            }
            bytes += size_of::<Branch>();
            for (j, leaf) in branch.iter().enumerate() {
                let shared = theirs.is_some_and(|theirs| Rc::ptr_eq(leaf, &theirs[j]));
                // After a reset, one empty page stands for all.
                if !shared && last.replace(Rc::as_ptr(leaf)) != Some(Rc::as_ptr(leaf)) {
                    bytes += size_of::<Leaf>() + 2 * size_of::<usize>();
                }
            }
        }
        bytes
    }

    fn leaves(&self) -> impl Iterator<Item = &Leaf> {
        self.branches.iter().flat_map(|branch| branch.iter()).map(Rc::as_ref)
    }
}

/// Whether one of the values of `word` is `value`.
fn has<T: Cell>(word: u64, value: T) -> bool {
    // A value that is equal becomes zero, and only a zero borrows from its highest bit first.
    let zeroed = word ^ (Cells::<T>::LOWEST * value.to_bits());
    let highest = Cells::<T>::LOWEST << (T::BITS - 1);
    zeroed.wrapping_sub(Cells::<T>::LOWEST) & !zeroed & highest != 0
}

fn shift<T: Cell>(index: usize) -> usize {
    index % Cells::<T>::PER_WORD * T::BITS
}

fn empty_branch() -> Rc<Branch> {
    let leaf = Rc::new([0; LEAF_WORDS]);
    Rc::new(std::array::from_fn(|_| Rc::clone(&leaf)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const N: usize = 600_000;

    #[test]
    fn values_are_kept_apart_and_clones_too() {
        let mut row = Cells::<bool>::new(N);
        let set = [0, 1, 63, 64, 8191, 8192, 524_287, 524_288, N - 1, 2 * N];
        for index in set {
            assert!(!row.set(index, true));
        }
        let before = row.clone();
        assert!(row.set(8192, false) && !row.get(8192) && before.get(8192));
        assert!(row.positions([true]).eq(set.into_iter().filter(|&i| i != 8192)));
        assert_eq!((row.n_set(), before.n_set()), (set.len() - 1, set.len()));
        assert!(row != before && !before.set_again(&mut row));
        row.clear();
        assert_eq!(row, Cells::new(1));
    }

    impl Cells<bool> {
        /// Sets in `other` what is set here; whether they differ then.
        fn set_again(&self, other: &mut Self) -> bool {
            self.positions([true]).for_each(|index| {
                other.set(index, true);
            });
            self != other
        }
    }

    #[test]
    fn words_become_bits() {
        let mut words = vec![0; 20_000];
        (words[0], words[19_999]) = (0b101, 1 << 63);
        let row = Cells::<bool>::from_words(&words);
        assert!(row.positions([true]).eq([0, 2, 20_000 * 64 - 1]));
    }

    #[test]
    fn a_clone_costs_the_pages_that_differ() {
        let mut row = Cells::<bool>::new(N);
        (0..N).for_each(|index| {
            row.set(index, true);
        });
        let whole = row.own_bytes(&Cells::new(N));
        assert!((N / 8..N / 7).contains(&whole), "{whole}");
        let before = row.clone();
        assert_eq!(row.own_bytes(&before), 0);
        assert!(row.differing(&before).is_empty());
        row.set(N / 2, false);
        row.set(2 * N, true);
        row.set(7, false);
        assert_eq!(row.differing(&before), [7, N / 2, 2 * N]);
        row.set(7, true);
        assert_eq!(before.differing(&row), [N / 2, 2 * N]);
        // Three pages of 1 kB, the empty one on both sides of the last, and the branches above.
        let own = row.own_bytes(&before);
        assert!(own < 7000, "{own}");
    }
}
