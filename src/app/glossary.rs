//! Words that a newcomer may not know, each explained in one or two sentences.

/// A term and its explanation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Term {
    /// The term as it appears in text, in lower case unless it is a name.
    pub term: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

const fn term(term: &'static str, meaning: &'static str) -> Term {
    Term { term, meaning }
}

/// All terms. A longer term comes before one that is part of it.
pub const GLOSSARY: &[Term] = &[
    term("dangling AC entry", "An AC entry that names a blob which the CAS no longer holds."),
    term("dangles", "The AC entry is still served, but a blob that it names is gone."),
    term("AC entry", "What the action cache knows of one action: the digests of its outputs."),
    term("AC hit", "The action cache has an entry for the action, so it need not execute."),
    term("AC", "Action cache: from the digest of an action to the digests of what it yielded."),
    term("CAS", "Content-addressable store: blobs, each named by the digest of its content."),
    term("blob", "Some content in the CAS, such as a file, named by its digest."),
    term("digest", "A fingerprint of content, such as SHA-256, that serves as its name."),
    term("lost input", "An input that a consumer wants and that the cache no longer holds."),
    term("stuck loop", "Each new build believes the same stale AC entry and fails again."),
    term("download mode", "Which outputs the build tool fetches: minimal, toplevel or all."),
    term("evicted", "Removed by the cache, to make room or because it was too old."),
    term("evict", "To remove something from a cache, to make room or because it is old."),
    term("rewound", "Its output was lost, so it runs again in the same build."),
    term("rewinds", "Runs the producers of lost inputs again inside the build."),
    term("rewind", "To run the producers of lost inputs again inside the build."),
    term("restart", "To run the whole build again from its beginning."),
    term("dirty", "No longer taken to be done: it has to run again."),
    term("consumer", "An action that reads an artifact."),
    term("producer", "The action that writes an artifact."),
    term("artifact", "Something an action reads or writes: a source or an output."),
    term("action", "One step of a build: a command with its inputs and outputs."),
];

/// A piece of a text: plain, or a term at its first use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Piece<'a> {
    /// Text as it is.
    Plain(&'a str),
    /// A term as written, and its explanation.
    Term(&'a str, &'static str),
}

/// Cuts `text` at the first use of each term that is not in `seen` yet, and adds it there.
pub fn explain<'a>(text: &'a str, seen: &mut Vec<&'static str>) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((at, term)) = first_term(rest, seen) {
        seen.push(term.term);
        if at > 0 {
            pieces.push(Piece::Plain(&rest[..at]));
        }
        let end = at + term.term.len();
        pieces.push(Piece::Term(&rest[at..end], term.meaning));
        rest = &rest[end..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Plain(rest));
    }
    pieces
}

/// The earliest whole-word use of a term not yet seen; of two at one place the longer.
fn first_term(text: &str, seen: &[&str]) -> Option<(usize, &'static Term)> {
    let unseen = GLOSSARY.iter().filter(|t| !seen.contains(&t.term));
    unseen.filter_map(|t| Some((find_word(text, t.term)?, t))).min_by_key(|(at, _)| *at)
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
        assert_eq!(terms, ["CAS", "blob"]);
        assert_eq!(explain("The CAS.", &mut seen), [Piece::Plain("The CAS.")]);
    }

    #[test]
    fn the_longer_term_wins() {
        let pieces = explain("an AC entry", &mut Vec::new());
        assert!(matches!(pieces[1], Piece::Term("AC entry", _)), "{pieces:?}");
    }
}
