//! Finds the id of a key that is kept elsewhere, so that no key is there twice.

use std::cell::OnceCell;
use std::hash::{BuildHasher, Hash};

use hashbrown::{DefaultHashBuilder, HashTable};

/// Ids by the hash of their keys. Half of each hash is kept beside its id: a table that grows need
/// not look at the keys, which are all over the memory.
#[derive(Clone, Debug)]
pub(super) struct IdTable<I> {
    /// None while it rests.
    table: OnceCell<HashTable<(u32, I)>>,
    hasher: DefaultHashBuilder,
}

impl<I> Default for IdTable<I> {
    fn default() -> Self {
        Self { table: OnceCell::from(HashTable::new()), hasher: DefaultHashBuilder::default() }
    }
}

impl<I: Copy> IdTable<I> {
    /// The id of `key`; `new`, which is kept from now on, if none of those known `is` it. `all` are
    /// the keys that are known, in the order of their ids, to come back to work with.
    pub fn find_or_insert<K: Hash, T: Iterator<Item = (I, K)>>(
        &mut self,
        key: K,
        new: I,
        is: impl Fn(I) -> bool,
        all: impl FnOnce() -> T,
    ) -> I {
        let half = self.half(&key);
        self.awake(all);
        let Some(table) = self.table.get_mut() else { unreachable!("it was woken") };
        if let Some(&(_, id)) = table.find(whole(half), |known| known.0 == half && is(known.1)) {
            return id;
        }
        table.insert_unique(whole(half), (half, new), |known| whole(known.0));
        new
    }

    /// The id of `key`, if one of those known `is` it.
    pub fn find<K: Hash, T: Iterator<Item = (I, K)>>(
        &self,
        key: K,
        is: impl Fn(I) -> bool,
        all: impl FnOnce() -> T,
    ) -> Option<I> {
        let half = self.half(&key);
        let found = self.awake(all).find(whole(half), |known| known.0 == half && is(known.1));
        found.map(|known| known.1)
    }

    /// Gives back the memory. The next that is looked for makes the table anew.
    pub fn rest(&mut self) {
        self.table = OnceCell::new();
    }

    fn awake<K: Hash, T: Iterator<Item = (I, K)>>(
        &self,
        all: impl FnOnce() -> T,
    ) -> &HashTable<(u32, I)> {
        self.table.get_or_init(|| {
            let all = all();
            let mut table = HashTable::with_capacity(all.size_hint().0);
            for (id, key) in all {
                let half = self.half(&key);
                table.insert_unique(whole(half), (half, id), |known| whole(known.0));
            }
            table
        })
    }

    fn half(&self, key: &impl Hash) -> u32 {
        (self.hasher.hash_one(key) >> 32) as u32
    }
}

/// A hash made of half of one: a table looks at both ends of it.
fn whole(half: u32) -> u64 {
    u64::from(half) << 32 | u64::from(half)
}
