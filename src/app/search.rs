//! Finds actions, artifacts and blobs by what a person types.

use crate::model::{Graph, Id};
use crate::scene::Selection;

use super::choice::{action_name, file_name};

/// Results shown at most.
const FOUND_MAX: usize = 50;
/// Digits from which a query is also taken for the beginning of a digest.
const DIGITS_MIN: usize = 4;

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

/// What matches `query`: labels first, then paths, then digests.
pub fn search(graph: &Graph, query: &str) -> Vec<Found> {
    let query = query.trim().to_lowercase();
    if query.is_empty() {
        return Vec::new();
    }
    let holds = |text: &str| text.to_lowercase().contains(&query);
    let actions = graph.action_ids().filter(|&a| holds(graph.label(a)));
    let actions = actions.map(|action| Found {
        selection: Selection::Action(action),
        name: action_name(graph, action),
        what: graph.mnemonic(action).to_owned(),
    });
    let artifacts = graph.artifact_ids().filter(|&a| holds(graph.path(a)));
    let artifacts = artifacts.map(|artifact| Found {
        selection: Selection::Artifact(artifact),
        name: file_name(graph.path(artifact)).to_owned(),
        what: graph.path(artifact).to_owned(),
    });
    actions.chain(artifacts).chain(digests(graph, &query)).take(FOUND_MAX).collect()
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
