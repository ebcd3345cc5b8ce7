//! Interned labels, paths and mnemonics: each distinct text is kept once.

use std::collections::HashMap;

use super::ids::{Id, TextId};

/// Interned texts in one arena. Text 0 is always the empty text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Texts {
    arena: String,
    ends: Vec<u32>,
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

/// Collects texts, giving equal texts the same id.
#[derive(Debug)]
pub struct TextsBuilder {
    texts: Texts,
    ids: HashMap<Box<str>, TextId>,
}

impl Default for TextsBuilder {
    fn default() -> Self {
        Self {
            texts: Texts { arena: String::new(), ends: vec![0] },
            ids: HashMap::from([("".into(), Texts::EMPTY)]),
        }
    }
}

impl TextsBuilder {
    /// The id of `text`, new or known. Panics past 4 GiB of text.
    pub fn intern(&mut self, text: &str) -> TextId {
        if let Some(&id) = self.ids.get(text) {
            return id;
        }
        let id = TextId::at(self.texts.ends.len());
        self.texts.arena.push_str(text);
        assert!(self.texts.arena.len() < u32::MAX as usize, "more than 4 GiB of labels and paths");
        self.texts.ends.push(self.texts.arena.len() as u32);
        self.ids.insert(text.into(), id);
        id
    }

    /// The id of `text` if it was interned before.
    pub fn find(&self, text: &str) -> Option<TextId> {
        self.ids.get(text).copied()
    }

    /// The text behind `id`.
    pub fn get(&self, id: TextId) -> &str {
        self.texts.get(id)
    }

    /// The frozen texts.
    pub fn finish(self) -> Texts {
        self.texts
    }
}
