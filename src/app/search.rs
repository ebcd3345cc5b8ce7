//! Finds actions, artifacts and blobs by what a person types, a slice of the texts at a time, so
//! that the page never waits for it.

use crate::model::{Graph, Id};
use crate::scene::Selection;

use super::choice::{action_name, file_name};
use super::text_scan::TextScan;

/// Results shown at most.
pub const FOUND_MAX: usize = 50;
/// Digits from which a query is also taken for the beginning of a digest.
const DIGITS_MIN: usize = 4;
/// Bytes of text looked through at once: some 30 ms, and more than a million actions have.
pub const SLICE_BYTES: usize = 64 << 20;

/// In larger graphs, matches are counted in a frame of their own.
const COUNTED_AT_ONCE_MAX: usize = 100_000;

/// A result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// What to select.
    pub selection: Selection,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub what: String,
}

/// A search, as far as it is.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// What is searched for, as typed.
    pub query: String,
    scan: TextScan,
    /// What was found so far, labels first, then paths, then digests.
    pub found: Vec<Found>,
    /// How many actions and artifacts match; counted when all texts are looked through.
    pub n_matches: Option<(usize, usize)>,
}

impl Search {
    /// A search for `query`, with its first slice done.
    pub fn new(graph: &Graph, query: &str) -> Self {
        let mut search = Self {
            query: query.to_owned(),
            scan: TextScan::new(graph.texts(), query.trim()),
            ..Self::default()
        };
        search.go_on(graph);
        search
    }

    /// Whether there are texts left to look through, or matches to count.
    pub fn is_under_way(&self) -> bool {
        !self.scan.is_done() || !self.scan.is_empty() && self.n_matches.is_none()
    }

    /// Looks through some more texts.
    pub fn go_on(&mut self, graph: &Graph) {
        if self.scan.is_empty() {
            return;
        }
        if self.scan.is_done() {
            self.n_matches = Some(self.count(graph));
            return;
        }
        self.scan.go_on(graph.texts(), SLICE_BYTES);
        // The first results at once, once more when all are known; they are counted a frame later.
        if self.scan.is_done() || self.found.is_empty() && !self.scan.hits.is_empty() {
            self.found = self.collect(graph);
        }
        if self.scan.is_done() && graph.n_actions() <= COUNTED_AT_ONCE_MAX {
            self.n_matches = Some(self.count(graph));
        }
    }

    fn count(&self, graph: &Graph) -> (usize, usize) {
        let hits = &self.scan.hits;
        let actions = graph.action_ids().filter(|&a| hits.contains(graph.label_id(a)));
        let artifacts = graph.artifact_ids().filter(|&a| hits.contains(graph.path_id(a)));
        (actions.count(), artifacts.count())
    }

    fn collect(&self, graph: &Graph) -> Vec<Found> {
        let hits = &self.scan.hits;
        let actions = graph.action_ids().filter(|&a| hits.contains(graph.label_id(a)));
        let actions = actions.map(|action| Found {
            selection: Selection::Action(action),
            name: action_name(graph, action),
            // Many actions share a label: what they write tells them apart.
            what: match graph.outputs(action).first() {
                Some(&output) => {
                    format!("{} {}", graph.mnemonic(action), file_name(graph.path(output)))
                }
                None => graph.mnemonic(action).to_owned(),
            },
        });
        let artifacts = graph.artifact_ids().filter(|&a| hits.contains(graph.path_id(a)));
        let artifacts = artifacts.map(|artifact| Found {
            selection: Selection::Artifact(artifact),
            name: file_name(graph.path(artifact)).to_owned(),
            what: graph.path(artifact).to_owned(),
        });
        let query = self.query.trim().to_lowercase();
        actions.chain(artifacts).chain(digests(graph, &query)).take(FOUND_MAX).collect()
    }
}

/// What matches `query`, all texts looked through.
pub fn search(graph: &Graph, query: &str) -> Vec<Found> {
    let mut search = Search::new(graph, query);
    while search.is_under_way() {
        search.go_on(graph);
    }
    search.found
}

fn digests<'a>(graph: &'a Graph, query: &'a str) -> impl Iterator<Item = Found> + 'a {
    let is_prefix = query.len() >= DIGITS_MIN && query.chars().all(|c| c.is_ascii_hexdigit());
    let found = graph.blobs().find_prefix(query).take(if is_prefix { FOUND_MAX } else { 0 });
    found.map(|blob| {
        let digest = graph.blobs().digest(blob);
        let (selection, what) = match graph.action_of_key(blob) {
            Some(action) => {
                let name = action_name(graph, action);
                (Selection::AcEntry(action), format!("AC key of {name}"))
            }
            None => match graph.artifacts_of_blob(blob).next() {
                Some(artifact) => (Selection::Artifact(artifact), graph.path(artifact).to_owned()),
                None => (Selection::Blob(blob), format!("blob {}", blob.index())),
            },
        };
        Found { selection, name: digest.short(), what }
    })
}
