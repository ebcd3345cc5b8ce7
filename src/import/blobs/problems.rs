//! What is wrong with blobs, summed: one warning a kind of problem, with its first place.

use crate::import::card::{Place, Warning};

/// A kind of problem.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Problem {
    /// An entry whose name no cache gives.
    NoBlob,
    /// The content is another than the name says.
    Corrupt,
    /// The digest function is not at hand.
    Unchecked,
    /// bazel-remote's header or compression is broken.
    BadCasblob,
    /// The body of an AC entry is no ActionResult.
    BrokenResult,
    /// A blob that an AC entry, an Action or a Tree refers to is not what it should be.
    BrokenMessage,
    /// Too large to be decoded.
    TooLarge,
    /// An entry of an archive cannot be unpacked.
    BrokenEntry,
    /// The archive ends early or is damaged.
    BrokenArchive,
}

/// All problems of a file.
pub struct Problems {
    file: String,
    found: Vec<(Problem, Warning)>,
}

impl Problems {
    /// None yet.
    pub fn new(file: &str) -> Self {
        Self { file: file.to_owned(), found: Vec::new() }
    }

    /// Notes a problem at `entry`; `detail` is said of the first only.
    pub fn add(&mut self, problem: Problem, entry: &str, detail: &str) {
        self.add_at(problem, Place::Entry(shortened(entry)), detail);
    }

    /// Notes a problem at any place.
    pub fn add_at(&mut self, problem: Problem, place: Place, detail: &str) {
        if let Some((_, warning)) = self.found.iter_mut().find(|(kind, _)| *kind == problem) {
            warning.count += 1;
            return;
        }
        let (what, remedy) = words(problem, detail);
        let file = self.file.clone();
        let remedy = remedy.to_owned();
        self.found.push((problem, Warning { file, place, what, remedy, count: 1 }));
    }

    /// One warning a kind.
    pub fn into_warnings(self) -> Vec<Warning> {
        self.found.into_iter().map(|(_, warning)| warning).collect()
    }
}

/// A path as shown in a warning: its end says more than its start.
fn shortened(path: &str) -> String {
    const SHOWN: usize = 200;
    let clean: Vec<char> = path.chars().filter(|c| !c.is_control()).collect();
    let skipped = clean.len().saturating_sub(SHOWN);
    let end: String = clean[skipped..].iter().collect();
    if skipped > 0 { format!("…{end}") } else { end }
}

fn words(problem: Problem, detail: &str) -> (String, &'static str) {
    match problem {
        Problem::NoBlob => (
            format!("{detail}; expected a path such as cas/HH/HASH or ac/HASH."),
            "It is left out.",
        ),
        Problem::Corrupt => (
            "The content is another than its name says: digest mismatch.".to_owned(),
            "The blob counts as absent, since a client treats a corrupt blob as lost.",
        ),
        Problem::Unchecked => (
            format!("The content could not be checked against its name: {detail}."),
            "The blob counts as present.",
        ),
        Problem::BadCasblob => (
            format!("Expected a blob as bazel-remote compresses it, but {detail}."),
            "The blob counts as absent.",
        ),
        Problem::BrokenResult => (
            format!("Expected an ActionResult, but {detail}."),
            "The AC entry counts as broken: a client treats it as a miss.",
        ),
        Problem::BrokenMessage => {
            (detail.to_owned(), "The blob counts as present, but nothing is read from it.")
        }
        Problem::TooLarge => (
            format!("{detail} is larger than this reads."),
            "The blob counts as present, but nothing is read from it.",
        ),
        Problem::BrokenEntry => (
            format!("The entry cannot be unpacked: {detail}."),
            "It is left out and counts as absent.",
        ),
        Problem::BrokenArchive => (
            format!("The archive breaks off or is damaged here: {detail}."),
            "What came before is used. Blobs after it count as absent: pack the cache again.",
        ),
    }
}
