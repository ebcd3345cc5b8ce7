//! Finds actions, artifacts and blobs by what a person types, a slice of the texts at a time, so
//! that the page never waits for it.

use crate::model::{Graph, Id, IdSet, TextId, Texts};
use crate::scene::Selection;

use super::choice::{action_name, file_name};

/// Results shown at most.
pub const FOUND_MAX: usize = 50;
/// Digits from which a query is also taken for the beginning of a digest.
const DIGITS_MIN: usize = 4;
/// Bytes of text looked through at once: some 20 ms.
pub const SLICE_BYTES: usize = 24 << 20;

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

    /// Whether there are texts left to look through.
    pub fn is_under_way(&self) -> bool {
        !self.scan.is_done()
    }

    /// Looks through some more texts.
    pub fn go_on(&mut self, graph: &Graph) {
        let n_before = self.scan.hits.len();
        self.scan.go_on(graph.texts(), SLICE_BYTES);
        if self.scan.needle.is_empty() {
            return;
        }
        if self.scan.hits.len() != n_before || self.scan.is_done() {
            self.found = self.collect(graph);
        }
        if self.scan.is_done() {
            let n_actions =
                graph.action_ids().filter(|&a| self.scan.hits.contains(graph.label_id(a))).count();
            let paths = graph.artifact_ids().filter(|&a| self.scan.hits.contains(graph.path_id(a)));
            self.n_matches = Some((n_actions, paths.count()));
        }
    }

    fn collect(&self, graph: &Graph) -> Vec<Found> {
        let hits = &self.scan.hits;
        let actions = graph.action_ids().filter(|&a| hits.contains(graph.label_id(a)));
        let actions = actions.map(|action| Found {
            selection: Selection::Action(action),
            name: action_name(graph, action),
            what: graph.mnemonic(action).to_owned(),
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

/// Looks for a text in all texts of a graph, small and capital letters alike.
///
/// All texts lie in one arena: what is looked for is the rarest of the wanted bytes, and only
/// around it the rest is compared.
#[derive(Clone, Debug, Default)]
pub struct TextScan {
    needle: Vec<u8>,
    /// Position in the needle of the byte that is looked for.
    rare: usize,
    /// Byte of the arena that is looked at next.
    at: usize,
    n_bytes: usize,
    /// Texts found so far.
    pub hits: IdSet<TextId>,
}

impl TextScan {
    /// Looks for `wanted`; for an empty text nothing is found.
    pub fn new(texts: &Texts, wanted: &str) -> Self {
        let needle = wanted.to_lowercase().into_bytes();
        let rare = (0..needle.len()).min_by_key(|&i| commonness(needle[i])).unwrap_or(0);
        let n_bytes = if needle.is_empty() { 0 } else { texts.parts().0.len() };
        Self { needle, rare, at: 0, n_bytes, hits: IdSet::default() }
    }

    /// Whether all texts are looked through.
    pub fn is_done(&self) -> bool {
        self.at >= self.n_bytes
    }

    /// Looks through `n_bytes` more.
    pub fn go_on(&mut self, texts: &Texts, n_bytes: usize) {
        let (arena, ends) = texts.parts();
        let arena = arena.as_bytes();
        let stop = (self.at + n_bytes).min(self.n_bytes);
        let Some(&rare) = self.needle.get(self.rare) else { return };
        let other = rare.to_ascii_uppercase();
        while self.at < stop {
            let Some(found) = memchr::memchr2(rare, other, &arena[self.at..stop]) else {
                self.at = stop;
                return;
            };
            let found = self.at + found;
            self.at = found + 1;
            let Some(start) = found.checked_sub(self.rare) else { continue };
            let Some(there) = arena.get(start..start + self.needle.len()) else { continue };
            if !there.eq_ignore_ascii_case(&self.needle) {
                continue;
            }
            // The text that the match starts in; it must end in it as well.
            let text = ends.partition_point(|&end| end as usize <= start);
            let end = ends[text] as usize;
            if start + self.needle.len() <= end {
                self.hits.insert(TextId::at(text));
                self.at = self.at.max(end.min(stop));
            }
        }
    }
}

/// How often a byte occurs in labels and paths, roughly: later is more common.
fn commonness(byte: u8) -> usize {
    const RISING: &[u8] = b"qzjxkwvyhfgumdbplcsn0123456789triaoe_.-:/";
    RISING.iter().position(|&b| b == byte).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ArtifactKind, GraphBuilder};

    fn texts(paths: &[&str]) -> Texts {
        let mut builder = GraphBuilder::default();
        for path in paths {
            builder.artifact(path, ArtifactKind::Source);
        }
        builder.finish().0.texts().clone()
    }

    fn hits(texts: &Texts, wanted: &str, slice: usize) -> Vec<String> {
        let mut scan = TextScan::new(texts, wanted);
        while !scan.is_done() {
            scan.go_on(texts, slice);
        }
        scan.hits.iter().map(|id| texts.get(id).to_owned()).collect()
    }

    #[test]
    fn small_slices_find_what_one_finds() {
        let texts = texts(&["lib/Abc.cc", "abcabc", "x/y", "ABC", "aab", "c/ab", "c"]);
        for slice in [1, 2, 3, 5, 100] {
            assert_eq!(hits(&texts, "abc", slice), ["lib/Abc.cc", "abcabc", "ABC"], "{slice}");
            // No match goes from one text to the next.
            assert_eq!(hits(&texts, "bc/", slice), Vec::<String>::new(), "{slice}");
            assert_eq!(hits(&texts, "", slice), Vec::<String>::new());
        }
        assert_eq!(hits(&texts, "/Y", 4), ["x/y"]);
    }
}
