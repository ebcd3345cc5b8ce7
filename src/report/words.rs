//! Sentences whose parts know what they speak of, so that a page can link them.

use std::fmt;

use crate::model::{ActionId, ArtifactId, BlobId};

use super::glossary::Term;

/// What a part of a sentence speaks of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mention {
    /// An action, by name.
    Action(ActionId),
    /// An artifact, by name.
    Artifact(ArtifactId),
    /// A blob that is no artifact's content.
    Blob(BlobId),
    /// A word of the glossary.
    Term(Term),
}

/// A run of text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// The text, spaces included.
    pub text: String,
    /// What it speaks of, if anything.
    pub mention: Option<Mention>,
}

/// A sentence or two, with final full stop.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sentence {
    /// The runs in order; joined they are the sentence.
    pub parts: Vec<Part>,
}

impl Sentence {
    /// A sentence that begins with plain text.
    pub fn new(text: impl Into<String>) -> Self {
        Self::default().text(text)
    }

    /// Goes on with plain text.
    pub fn text(self, text: impl Into<String>) -> Self {
        self.part(text, None)
    }

    /// Goes on with a word of the glossary, as `text`.
    pub fn term(self, text: &str, term: Term) -> Self {
        self.part(text, Some(Mention::Term(term)))
    }

    /// Goes on with `text`, which speaks of `mention`.
    pub fn mention(self, text: impl Into<String>, mention: Mention) -> Self {
        self.part(text, Some(mention))
    }

    fn part(mut self, text: impl Into<String>, mention: Option<Mention>) -> Self {
        let text = text.into();
        match self.parts.last_mut() {
            Some(last) if mention.is_none() && last.mention.is_none() => last.text.push_str(&text),
            _ => self.parts.push(Part { text, mention }),
        }
        self
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| f.write_str(&part.text))
    }
}
