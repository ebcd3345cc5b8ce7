//! What `rewindow inspect --json` writes.
//!
//! Keys and nesting are a contract: scripts read them.

use serde_json::{Map, Value, json};

use crate::model::{Cache, Graph};

/// What `rewindow inspect` tells of all files together.
#[derive(Clone, PartialEq, Debug)]
pub struct InspectFacts<'a> {
    /// The files as given.
    pub files: &'a [FileFacts<'a>],
    /// What they make.
    pub graph: &'a Graph,
    /// The cache.
    pub cache: &'a Cache,
    /// Whether any file tells what the cache holds.
    pub has_cache: bool,
    /// What their merge had to decide, a sentence each.
    pub warnings: &'a [String],
    /// Artifacts of which files tell several contents.
    pub conflicts: &'a [ConflictFacts<'a>],
    /// What is still unknown.
    pub unknown: &'a [UnknownFacts<'a>],
}

/// One file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileFacts<'a> {
    /// Its name as given.
    pub name: &'a str,
    /// Name of its format, such as `cache_listing`.
    pub format: &'a str,
    /// Its size in bytes as given.
    pub size_bytes: u64,
    /// Compression seen through, outermost first.
    pub wrappers: &'a [&'static str],
    /// What is in it; `entries.file` is the count `file` of the group `entries`.
    pub counts: &'a [(&'static str, u64)],
    /// Facts of the merged graph and cache that it tells, alone or with others, by kind.
    pub tells: Vec<(&'static str, u64)>,
    /// What it tells beyond the graph and the cache, a sentence each.
    pub told: &'a [String],
    /// What was wrong with it, a sentence each.
    pub warnings: Vec<String>,
    /// The first place where something is wrong, and what.
    pub first_error: Option<(String, &'a str)>,
    /// Why nothing of it could be used, if so.
    pub error: Option<String>,
}

/// An artifact with several contents.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConflictFacts<'a> {
    /// Its path.
    pub path: &'a str,
    /// Digest and the files that tell it: the one that counts first.
    pub contents: Vec<(String, String)>,
}

/// Something that no file tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnknownFacts<'a> {
    /// Its name.
    pub kind: &'a str,
    /// Of how many things it is not known.
    pub n: u64,
    /// What is not known.
    pub what: &'a str,
    /// Which file would settle it.
    pub settled_by: &'a str,
}

/// What the files are: `{files, graph, cache, warnings, conflicts, unknown}`; `warnings` are those
/// of their merge.
pub fn inspect_json(facts: &InspectFacts) -> Value {
    let (graph, cache) = (facts.graph, facts.cache);
    let conflict = |conflict: &ConflictFacts| {
        let contents = conflict.contents.iter();
        let contents: Vec<Value> = contents
            .map(|(digest, told_by)| json!({"digest": digest, "told_by": told_by}))
            .collect();
        json!({"path": conflict.path, "contents": contents})
    };
    let unknown = |unknown: &UnknownFacts| {
        json!({
            "kind": unknown.kind,
            "count": unknown.n,
            "what": unknown.what,
            "settled_by": unknown.settled_by,
        })
    };
    json!({
        "files": facts.files.iter().map(file_json).collect::<Vec<_>>(),
        "graph": {
            "actions": graph.n_actions(),
            "artifacts": graph.n_artifacts(),
            "edges": graph.n_edges(),
            "sources": graph.n_sources(),
        },
        "cache": {
            "ac": cache.ac.len(),
            "cas": cache.cas.len(),
            "dangling": cache.dangling(graph).len(),
        },
        "has_cache": facts.has_cache,
        "warnings": facts.warnings,
        "conflicts": facts.conflicts.iter().map(conflict).collect::<Vec<_>>(),
        "unknown": facts.unknown.iter().map(unknown).collect::<Vec<_>>(),
    })
}

fn file_json(file: &FileFacts) -> Value {
    let mut value = json!({
        "name": file.name,
        "format": file.format,
        "size_bytes": file.size_bytes,
        "counts": counts_json(file.counts),
        "tells": counts_json(&file.tells),
        "warnings": file.warnings,
    });
    if !file.wrappers.is_empty() {
        value["wrappers"] = Value::from(file.wrappers);
    }
    if !file.told.is_empty() {
        value["told"] = Value::from(file.told);
    }
    if let Some((place, what)) = &file.first_error {
        value["first_error"] = json!({"place": place, "what": what});
    }
    if let Some(error) = &file.error {
        value["error"] = Value::from(error.as_str());
    }
    value
}

/// `("entries.file", 2)` becomes `{"entries": {"file": 2}}`.
fn counts_json(all: &[(&'static str, u64)]) -> Value {
    let mut counts = Map::new();
    for &(name, n) in all {
        match name.split_once('.') {
            None => {
                counts.insert(name.to_owned(), Value::from(n));
            }
            Some((group, kind)) => {
                let slot = counts.entry(group).or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(inner) = slot {
                    inner.insert(kind.to_owned(), Value::from(n));
                }
            }
        }
    }
    Value::Object(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_with_a_group_are_nested() {
        let counts = counts_json(&[("spawns", 3), ("entries.file", 2), ("entries.spawn", 3)]);
        assert_eq!(counts, json!({"spawns": 3, "entries": {"file": 2, "spawn": 3}}));
    }
}
