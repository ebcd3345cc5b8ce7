//! Folders of samples with their manifests, in whatever shape somebody else wrote them.
//!
//! A manifest is `manifest.json`, in the folder or in folders below it: `{"samples": [ENTRY…]}`, a
//! bare list of entries, or an object of entries by name of the file. An entry is `{"file",
//! "format", COUNT: n, …}`; an object of counts is a group. Whatever else it has is a remark.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

/// A file of a sample folder and what is known of it.
pub struct Sample {
    pub path: PathBuf,
    pub name: String,
    /// Empty where the manifest does not say.
    pub format: String,
    pub counts: Vec<(String, u64)>,
}

/// How deep manifests are looked for below a folder.
const DEPTH_MAX: usize = 4;

/// Counts that readers make, of a file or of the graph and the cache that it makes alone.
const KNOWN: [&str; 46] = [
    "ac",
    "actions",
    "artifacts",
    "attempts",
    "cache_hits",
    "cas",
    "command_succeeded",
    "commands",
    "dangling",
    "dep_sets",
    "distinct_inputs",
    "edges",
    "entries",
    "events",
    "executed",
    "exit_code",
    "failed",
    "failed_actions",
    "files",
    "graph_edges",
    "graph_nodes",
    "ignored",
    "labels",
    "listed_outputs",
    "lost",
    "lost_paths",
    "materialized",
    "named_sets",
    "nodes",
    "not_found",
    "not_materialized",
    "outputs",
    "owners",
    "reported_actions",
    "requests",
    "results",
    "retries",
    "rewind_plans",
    "rewinds",
    "sources",
    "spawns",
    "targets",
    "tests",
    "top_level_outputs",
    "unnamed",
    "uploads",
];

/// Whether readers count what a manifest calls `kind`.
pub fn is_counted(kind: &str) -> bool {
    KNOWN.contains(&kind.split('.').next().unwrap_or_default())
}

/// The folder of this repository called `own`, and those in `REWINDOW_SAMPLES`.
pub fn folders(own: &str) -> Vec<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join(own);
    let more = std::env::var_os("REWINDOW_SAMPLES").unwrap_or_default();
    let more: Vec<PathBuf> =
        std::env::split_paths(&more).filter(|f| !f.as_os_str().is_empty()).collect();
    std::iter::once(own).chain(more).collect()
}

/// The samples of `folder`, or what is wrong with it.
pub fn samples(folder: &Path) -> Result<Vec<Sample>, String> {
    let mut manifests = Vec::new();
    find(folder, 0, &mut manifests)?;
    if manifests.is_empty() {
        return Err(format!("{}: no manifest.json in it or below it", folder.display()));
    }
    let mut found = Vec::new();
    for manifest in manifests {
        let at = |what: String| format!("{}: {what}", manifest.display());
        let text = std::fs::read(&manifest).map_err(|error| at(error.to_string()))?;
        // A mark of Windows, as before any other text.
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
        let value: Value = serde_json::from_slice(text).map_err(|error| at(error.to_string()))?;
        let inside = manifest.parent().unwrap_or(folder);
        for entry in entries(value).map_err(at)? {
            found.push(sample(entry, inside, folder).map_err(at)?);
        }
    }
    Ok(found)
}

/// Manifests in `folder` and below it, in the order of their paths.
fn find(folder: &Path, depth: usize, manifests: &mut Vec<PathBuf>) -> Result<(), String> {
    let listed = std::fs::read_dir(folder);
    let listed = listed.map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<PathBuf> = listed.map_while(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() && depth < DEPTH_MAX {
            find(&path, depth + 1, manifests)?;
        } else if path.file_name().is_some_and(|name| name == "manifest.json") {
            manifests.push(path);
        }
    }
    Ok(())
}

/// The entries of a manifest, each with its file.
fn entries(manifest: Value) -> Result<Vec<Map<String, Value>>, String> {
    let list = match manifest {
        Value::Array(list) => list,
        Value::Object(mut object) => {
            let known = ["samples", "files", "entries"].iter().find_map(|key| object.remove(*key));
            match known {
                Some(Value::Array(list)) => list,
                Some(Value::Object(by_name)) => by_file(by_name),
                Some(other) => return Err(format!("samples are no list but {other}")),
                None => by_file(object),
            }
        }
        other => return Err(format!("expected a list of samples, found {other}")),
    };
    let entries = list.into_iter().map(|entry| match entry {
        Value::Object(entry) => Ok(entry),
        other => Err(format!("expected a sample with its file, found {other}")),
    });
    entries.collect()
}

/// Entries under the names of their files; what else is there are remarks.
fn by_file(object: Map<String, Value>) -> Vec<Value> {
    let entry = |(name, value): (String, Value)| {
        let Value::Object(mut entry) = value else { return None };
        entry.entry("file").or_insert(Value::String(name));
        Some(Value::Object(entry))
    };
    object.into_iter().filter_map(entry).collect()
}

fn sample(entry: Map<String, Value>, inside: &Path, folder: &Path) -> Result<Sample, String> {
    let text = |keys: &[&str]| keys.iter().find_map(|key| entry.get(*key)?.as_str());
    let Some(name) = text(&["file", "path", "name"]) else {
        return Err(format!("a sample names no file: {}", Value::Object(entry)));
    };
    let path = [inside, folder].into_iter().map(|from| from.join(name)).find(|path| path.is_file());
    let Some(path) = path else { return Err(format!("{name} is not there")) };
    let format = text(&["format", "kind", "type"]).unwrap_or_default().to_owned();
    let mut counts = Vec::new();
    for (key, value) in &entry {
        match value {
            Value::Object(group) => {
                let prefix = if key == "counts" { String::new() } else { format!("{key}.") };
                for (kind, value) in group {
                    counts.extend(number(value).map(|n| (format!("{prefix}{kind}"), n)));
                }
            }
            value => counts.extend(number(value).map(|n| (key.clone(), n))),
        }
    }
    Ok(Sample { path, name: name.to_owned(), format, counts })
}

fn number(value: &Value) -> Option<u64> {
    let whole = |n: f64| (n.fract() == 0.0 && n >= 0.0).then_some(n as u64);
    value.as_u64().or_else(|| whole(value.as_f64()?))
}
