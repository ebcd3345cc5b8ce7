//! Finds the first use of each word that a newcomer may not know in the text of a lesson.

use crate::report::Term;

/// Words as they stand in lessons, with the term that each is of. A longer one comes before one
/// that is part of it.
const WORDS: &[(&str, Term)] = &[
    ("dangling AC entry", Term::DanglingAcEntry),
    ("dangles", Term::DanglingAcEntry),
    ("AC entry", Term::AcEntry),
    ("AC entries", Term::AcEntry),
    ("action cache (AC)", Term::ActionCache),
    ("AC hits", Term::CacheHit),
    ("is a hit", Term::CacheHit),
    ("CAS", Term::Cas),
    ("blobs", Term::Blob),
    ("blob", Term::Blob),
    ("digest", Term::Digest),
    ("lost input", Term::LostInput),
    ("input lost", Term::LostInput),
    ("Download mode", Term::DownloadMode),
    ("download mode", Term::DownloadMode),
    ("evicted", Term::Evict),
    ("evict", Term::Evict),
    ("rewinds", Term::Rewind),
    ("rewind", Term::Rewind),
    ("dirty", Term::Dirty),
    ("actions", Term::Action),
    ("execute", Term::Execute),
    ("executes", Term::Execute),
];

/// A piece of a text: plain, or a term at its first use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Piece<'a> {
    /// Text as it is.
    Plain(&'a str),
    /// A term as written, and its explanation.
    Term(&'a str, Term),
}

/// Cuts `text` at the first use of each term that is not in `seen` yet, and adds it there.
pub fn explain<'a>(text: &'a str, seen: &mut Vec<Term>) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((at, word, term)) = first_term(rest, seen) {
        seen.push(term);
        if at > 0 {
            pieces.push(Piece::Plain(&rest[..at]));
        }
        let end = at + word.len();
        pieces.push(Piece::Term(&rest[at..end], term));
        rest = &rest[end..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Plain(rest));
    }
    pieces
}

/// The earliest whole-word use of a term not yet seen; of two at one place the longer.
fn first_term(text: &str, seen: &[Term]) -> Option<(usize, &'static str, Term)> {
    let unseen = WORDS.iter().filter(|(_, term)| !seen.contains(term));
    let found = unseen.filter_map(|&(word, term)| Some((find_word(text, word)?, word, term)));
    found.min_by_key(|(at, ..)| *at)
}

fn find_word(text: &str, word: &str) -> Option<usize> {
    let is_inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "/:".contains(c));
    text.match_indices(word).map(|(at, _)| at).find(|&at| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !is_inside(before) && !after.is_some_and(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::{Piece, explain};
    use crate::report::Term;

    #[test]
    fn a_term_is_explained_at_its_first_use_only() {
        let mut seen = Vec::new();
        let pieces = explain("The CAS holds blobs; the CAS forgets a blob.", &mut seen);
        let terms: Vec<&str> = pieces
            .iter()
            .filter_map(|p| match p {
                Piece::Term(t, _) => Some(*t),
                Piece::Plain(_) => None,
            })
            .collect();
        assert_eq!(terms, ["CAS", "blobs"]);
        assert_eq!(explain("The CAS.", &mut seen), [Piece::Plain("The CAS.")]);
    }

    #[test]
    fn the_longer_term_wins() {
        let pieces = explain("an AC entry", &mut Vec::new());
        assert!(matches!(pieces[1], Piece::Term("AC entry", Term::AcEntry)), "{pieces:?}");
    }
}
