//! A set of ids as one bit each.

use std::marker::PhantomData;

use super::ids::Id;

/// A set of ids, one bit each. Grows on insertion; an id beyond its end is absent.
#[derive(Clone, Debug)]
pub struct IdSet<I> {
    pub(super) words: Vec<u64>,
    of: PhantomData<I>,
}

impl<I> Default for IdSet<I> {
    fn default() -> Self {
        Self { words: Vec::new(), of: PhantomData }
    }
}

/// Sets of the same ids are equal, whatever room they have.
impl<I> PartialEq for IdSet<I> {
    fn eq(&self, other: &Self) -> bool {
        let n = self.words.len().min(other.words.len());
        let rest = self.words[n..].iter().chain(&other.words[n..]);
        self.words[..n] == other.words[..n] && rest.into_iter().all(|&word| word == 0)
    }
}

impl<I> Eq for IdSet<I> {}

impl<I: Id> IdSet<I> {
    /// An empty set with room for ids below `n`.
    pub fn with_capacity(n: usize) -> Self {
        Self { words: vec![0; n.div_ceil(64)], of: PhantomData }
    }

    /// The set that [`words`](Self::words) gave.
    pub fn from_words(words: impl IntoIterator<Item = u64>) -> Self {
        Self { words: words.into_iter().collect(), of: PhantomData }
    }

    /// Whether `id` is in the set.
    pub fn contains(&self, id: I) -> bool {
        let (word, bit) = split(id);
        self.words.get(word).is_some_and(|w| w & bit != 0)
    }

    /// Adds `id`; true if it was absent.
    pub fn insert(&mut self, id: I) -> bool {
        let (word, bit) = split(id);
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        let was = self.words[word];
        self.words[word] = was | bit;
        was & bit == 0
    }

    /// Removes `id`; true if it was present.
    pub fn remove(&mut self, id: I) -> bool {
        let (word, bit) = split(id);
        let Some(slot) = self.words.get_mut(word) else {
            return false;
        };
        let was = *slot;
        *slot = was & !bit;
        was & bit != 0
    }

    /// Removes all, keeping the room.
    pub fn clear(&mut self) {
        self.words.fill(0);
    }

    /// The set as bits: id `i` is bit `i % 64` of word `i / 64`.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// How many ids are in the set.
    pub fn len(&self) -> usize {
        self.words.iter().map(|w| w.count_ones() as usize).sum()
    }

    /// Whether no id is in the set.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|w| *w == 0)
    }

    /// The ids in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = I> + '_ {
        self.words.iter().enumerate().flat_map(|(i, &word)| {
            let mut rest = word;
            std::iter::from_fn(move || {
                (rest != 0).then(|| {
                    let bit = rest.trailing_zeros() as usize;
                    rest &= rest - 1;
                    I::at(i * 64 + bit)
                })
            })
        })
    }
}

impl<I: Id> Extend<I> for IdSet<I> {
    fn extend<T: IntoIterator<Item = I>>(&mut self, ids: T) {
        for id in ids {
            self.insert(id);
        }
    }
}

impl<I: Id> FromIterator<I> for IdSet<I> {
    fn from_iter<T: IntoIterator<Item = I>>(ids: T) -> Self {
        let mut set = Self::default();
        set.extend(ids);
        set
    }
}

fn split<I: Id>(id: I) -> (usize, u64) {
    (id.index() / 64, 1 << (id.index() % 64))
}
