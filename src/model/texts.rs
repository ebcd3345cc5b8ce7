//! Interned labels, paths and mnemonics: each distinct text is kept once.

use super::ids::{Id, TextId};
use super::room;
use super::table::IdTable;

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

    fn ids(&self) -> impl Iterator<Item = TextId> + use<> {
        (0..self.len()).map(TextId::at)
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
    ids: IdTable<TextId>,
}

impl Default for TextsBuilder {
    fn default() -> Self {
        let texts = Texts { arena: String::new(), ends: Vec::new() };
        let mut builder = Self { texts, ids: IdTable::default() };
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
        let Self { texts, ids } = self;
        let new = TextId::at(texts.ends.len());
        let all = || texts.ids().map(|id| (id, texts.get(id)));
        let id = ids.find_or_insert(text, new, |id| texts.get(id) == text, all);
        if id == new {
            room::push_str(&mut texts.arena, text);
            assert!(texts.arena.len() < u32::MAX as usize, "more than 4 GiB of labels and paths");
            room::push(&mut texts.ends, texts.arena.len() as u32);
        }
        id
    }

    /// The id of `text` if it was interned before.
    pub fn find(&self, text: &str) -> Option<TextId> {
        let texts = &self.texts;
        let all = || texts.ids().map(|id| (id, texts.get(id)));
        self.ids.find(text, |id| texts.get(id) == text, all)
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

    /// Gives back the memory that finding texts takes, until the next is looked for.
    pub fn rest(&mut self) {
        self.ids.rest();
    }

    /// The frozen texts.
    pub fn finish(self) -> Texts {
        drop(self.ids);
        let mut texts = self.texts;
        room::trim_str(&mut texts.arena);
        room::trim(&mut texts.ends);
        texts
    }
}
