//! What is wrong with a scenario file, and where.

use std::fmt;

use crate::rewind::{did_you_mean, nearest};

/// Where something stands in a scenario file. All places are equal: two files that say the same
/// are equal, however they are laid out.
#[derive(Clone, Copy, Default, Debug)]
pub struct Place {
    /// From 1; 0 for what stands in no file.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
}

impl PartialEq for Place {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Place {}

/// A name or sentence of a scenario file.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Word {
    /// As written.
    pub text: String,
    /// Where.
    pub place: Place,
}

impl From<&str> for Word {
    fn from(text: &str) -> Self {
        Self { text: text.to_owned(), place: Place::default() }
    }
}

impl From<String> for Word {
    fn from(text: String) -> Self {
        Self { text, place: Place::default() }
    }
}

/// Why a scenario file cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{}: {problem}. {remedy}", Where(file, *place))]
pub struct ScenarioError {
    /// Name of the file.
    pub file: String,
    /// Where in it.
    pub place: Place,
    /// What was found and what was expected, with near candidates.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
}

/// An error before it is known in which file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Problem {
    pub place: Place,
    pub problem: String,
    pub remedy: String,
}

impl Problem {
    pub fn new(place: Place, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { place, problem: problem.into(), remedy: remedy.into() }
    }

    /// `found` is none of `known`.
    pub fn unknown<'a>(
        place: Place,
        (what, found): (&str, &str),
        known: impl Iterator<Item = &'a str>,
    ) -> Self {
        let all: Vec<&str> = known.collect();
        let near = nearest(found, all.iter().copied());
        let mut expected = all[..all.len().min(N_LISTED)].join(", ");
        if all.len() > N_LISTED {
            expected += ", …";
        }
        let problem = match all.len() {
            0 => format!("{what} '{found}': there is none here"),
            1 => format!("{what} '{found}': expected {expected}"),
            _ => format!("{what} '{found}': expected one of {expected}"),
        };
        Self::new(place, problem + &did_you_mean(&near), "Correct it or leave it out")
    }

    pub fn in_file(self, file: &str) -> ScenarioError {
        let Self { place, problem, remedy } = self;
        ScenarioError { file: file.to_owned(), place, problem, remedy }
    }
}

/// More candidates than this are not listed.
const N_LISTED: usize = 40;

struct Where<'a>(&'a str, Place);

impl fmt::Display for Where<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1.line {
            0 => f.write_str(self.0),
            line => write!(f, "{}:{line}:{}", self.0, self.1.column),
        }
    }
}
