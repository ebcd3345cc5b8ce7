//! Interned labels, paths and mnemonics: each distinct text is kept once.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::ids::{Id, TextId};

/// Interned texts in one arena. Text 0 is always the empty text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Texts {
    pub(super) arena: String,
    pub(super) ends: Vec<u32>,
}

impl Texts {
    /// The empty text.
    pub const EMPTY: TextId = TextId(0);

    /// The text behind `id`.
    pub fn get(&self, id: TextId) -> &str {
        let i = id.index();
        let start = if i == 0 { 0 } else { self.ends[i - 1] as usize };
        &self.arena[start..self.ends[i] as usize]
    }

    /// How many distinct texts there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Never true: the empty text is always there.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The arena and the end offset of each text, for writing them out.
    pub fn parts(&self) -> (&str, &[u32]) {
        (&self.arena, &self.ends)
    }

    /// Texts from [`parts`](Self::parts); `None` if the offsets do not cut `arena` into texts.
    pub fn from_parts(arena: String, ends: Vec<u32>) -> Option<Self> {
        let rising = ends.windows(2).all(|w| w[0] <= w[1]);
        let cuts = ends.iter().all(|&end| arena.is_char_boundary(end as usize));
        let whole =
            ends.first() == Some(&0) && ends.last() == u32::try_from(arena.len()).ok().as_ref();
        (rising && cuts && whole).then_some(Self { arena, ends })
    }
}

/// Collects texts, giving equal texts the same id. Each text is kept once: the table of known ones
/// has ids only.
#[derive(Clone, Debug)]
pub struct TextsBuilder {
    texts: Texts,
    ids: HashTable<TextId>,
    hasher: DefaultHashBuilder,
}

impl Default for TextsBuilder {
    fn default() -> Self {
        let texts = Texts { arena: String::new(), ends: Vec::new() };
        let mut builder = Self { texts, ids: HashTable::new(), hasher: <_>::default() };
        builder.intern("");
        builder
    }
}

/// Equal texts with equal ids.
impl PartialEq for TextsBuilder {
    fn eq(&self, other: &Self) -> bool {
        self.texts == other.texts
    }
}

impl Eq for TextsBuilder {}

impl TextsBuilder {
    /// The id of `text`, new or known. Panics past 4 GiB of text.
    pub fn intern(&mut self, text: &str) -> TextId {
        let Self { texts, ids, hasher } = self;
        let hash = hasher.hash_one(text);
        if let Some(&id) = ids.find(hash, |&id| texts.get(id) == text) {
            return id;
        }
        let id = TextId::at(texts.ends.len());
        texts.arena.push_str(text);
        assert!(texts.arena.len() < u32::MAX as usize, "more than 4 GiB of labels and paths");
        texts.ends.push(texts.arena.len() as u32);
        ids.insert_unique(hash, id, |&id| hasher.hash_one(texts.get(id)));
        id
    }

    /// The id of `text` if it was interned before.
    pub fn find(&self, text: &str) -> Option<TextId> {
        let hash = self.hasher.hash_one(text);
        self.ids.find(hash, |&id| self.texts.get(id) == text).copied()
    }

    /// The text behind `id`.
    pub fn get(&self, id: TextId) -> &str {
        self.texts.get(id)
    }

    /// How many distinct texts there are.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Never true: the empty text is always there.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The frozen texts.
    pub fn finish(self) -> Texts {
        drop(self.ids);
        let mut texts = self.texts;
        texts.arena.shrink_to_fit();
        texts.ends.shrink_to_fit();
        texts
    }
}
