//! What the caches of a scenario hold at first.

use std::collections::{HashMap, HashSet};

use crate::model::{
    AcEntry, AcOutput, ActionId, ActionKind, ArtifactId, ArtifactKind, BlobId, Cache, CacheKind,
    Graph,
};

use super::choices::Selection;
use super::contents;
use super::error::{Problem, Word};
use super::names::Names;
use super::text::{CacheText, DiskCacheText, EntryText};

/// All that a build of `graph` leaves in an empty cache: AC entries, outputs, what their trees
/// hold, standard output and error, Action and Command messages (B4, W4).
pub(super) fn all_of(graph: &Graph) -> Cache {
    let mut cache = Cache::default();
    for action in graph.action_ids().filter(|&a| graph.action_kind(a) == ActionKind::Spawn) {
        let digests = graph.digests(action);
        cache.ac.extend(digests.key);
        let messages = [digests.key, digests.command, digests.stdout, digests.stderr];
        cache.cas.extend(messages.into_iter().flatten());
        for &output in graph.outputs(action) {
            let files = graph.tree_files(output).iter().copied();
            cache.cas.extend(files.chain([output]).filter_map(|artifact| graph.blob(artifact)));
        }
    }
    cache
}

/// The remote cache: `full`, or what of it the file says.
pub(super) fn remote(
    text: Option<&CacheText>,
    names: &Names<'_>,
    full: Cache,
) -> Result<Cache, Problem> {
    let Some(text) = text else { return Ok(full) };
    let halves = [(CacheKind::Ac, &text.ac), (CacheKind::Cas, &text.cas)];
    let mut cache = choose(halves, Selection::All, names, &full)?;
    take_out(text.minus.as_deref().unwrap_or_default(), names, &full, &mut cache)?;
    cache.entries = full.entries;
    let mut told = HashSet::new();
    for entry in text.entry.iter().flatten() {
        let (key, body) = body(entry, names)?;
        if !told.insert(key) {
            let problem = format!("'{}' has an entry already", entry.action.text);
            return Err(Problem::new(entry.place, problem, "Make one of them"));
        }
        match cache.entries.binary_search_by_key(&key, |e| e.0) {
            Ok(i) => cache.entries[i].1 = body,
            Err(i) => cache.entries.insert(i, (key, body)),
        }
    }
    Ok(cache)
}

/// The disk cache, if there is one: empty but for what the file says.
pub(super) fn disk(
    text: Option<&DiskCacheText>,
    names: &Names<'_>,
) -> Result<Option<Cache>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let full = all_of(names.graph);
    let halves = [(CacheKind::Ac, &text.ac), (CacheKind::Cas, &text.cas)];
    let mut cache = choose(halves, Selection::None, names, &full)?;
    take_out(text.minus.as_deref().unwrap_or_default(), names, &full, &mut cache)?;
    Ok(Some(cache))
}

fn choose(
    halves: [(CacheKind, &Option<Selection>); 2],
    usual: Selection,
    names: &Names<'_>,
    full: &Cache,
) -> Result<Cache, Problem> {
    let mut cache = Cache::default();
    for (kind, selection) in halves {
        match selection.as_ref().unwrap_or(&usual) {
            Selection::None => {}
            Selection::All if kind == CacheKind::Ac => cache.ac = full.ac.clone(),
            Selection::All => cache.cas = full.cas.clone(),
            Selection::These(words) => {
                for word in words {
                    let selected = names.select(std::slice::from_ref(word), full)?;
                    if selected.iter().any(|found| found.kind != kind) {
                        return Err(wrong_half(word, kind));
                    }
                    for found in selected {
                        cache.insert(kind, found.blob);
                    }
                }
            }
        }
    }
    Ok(cache)
}

fn wrong_half(word: &Word, kind: CacheKind) -> Problem {
    let (found, expected) = match kind {
        CacheKind::Ac => ("a blob", "AC entries, such as \"//:a\" or \"ac:HASH\""),
        CacheKind::Cas => ("an AC entry", "blobs, such as \"a.txt\" or \"cas:HASH\""),
    };
    let problem = format!("'{}' is {found}: expected {expected}", word.text);
    Problem::new(word.place, problem, "Move it to the other half")
}

fn take_out(
    words: &[Word],
    names: &Names<'_>,
    full: &Cache,
    cache: &mut Cache,
) -> Result<(), Problem> {
    for found in names.select(words, full)? {
        cache.evict(found.kind, found.blob);
    }
    Ok(())
}

/// What an AC entry of `action` names if it is as the graph says.
pub(super) fn entry_of(graph: &Graph, action: ActionId) -> AcEntry {
    entry_with(graph, action, |artifact| graph.blob(artifact))
}

fn entry_with(
    graph: &Graph,
    action: ActionId,
    content: impl Fn(ArtifactId) -> Option<BlobId>,
) -> AcEntry {
    let digests = graph.digests(action);
    let (stdout, stderr) = (digests.stdout, digests.stderr);
    let mut entry = AcEntry { stdout, stderr, ..AcEntry::default() };
    for &output in graph.outputs(action) {
        let files = graph.tree_files(output);
        entry.tree_files.extend(files.iter().filter_map(|&file| content(file)));
        let is_tree = graph.artifact_kind(output) == ArtifactKind::Tree;
        let named =
            content(output).map(|blob| AcOutput { path: graph.path_id(output), blob, is_tree });
        entry.outputs.extend(named);
    }
    entry
}

/// The key of an AC entry, and its body.
fn body(text: &EntryText, names: &Names<'_>) -> Result<(BlobId, AcEntry), Problem> {
    let (action, graph) = (names.action(&text.action)?, names.graph);
    let digests = graph.digests(action);
    let Some(key) = digests.key else {
        let problem = format!("'{}' has no AC key", text.action.text);
        return Err(Problem::new(text.place, problem, "Leave the entry out"));
    };
    let mut told: HashMap<ArtifactId, Option<BlobId>> = HashMap::new();
    for (path, given) in &text.outputs.0 {
        let artifact = names.artifact(path)?;
        if graph.producer(artifact) != Some(action) {
            let problem = format!("'{}' is no output of '{}'", path.text, text.action.text);
            return Err(Problem::new(path.place, problem, "Name an output of the action"));
        }
        let own = graph.blob(artifact);
        told.insert(artifact, contents::find(graph.blobs(), given, own, path.place)?);
    }
    let content = |given: &Option<_>, own: Option<BlobId>| match given {
        None => Ok(own),
        Some(given) => contents::find(graph.blobs(), given, own, text.place),
    };
    let named = |artifact| told.get(&artifact).copied().unwrap_or_else(|| graph.blob(artifact));
    let entry = AcEntry {
        broken: text.broken.unwrap_or(false),
        stdout: content(&text.stdout, digests.stdout)?,
        stderr: content(&text.stderr, digests.stderr)?,
        ..entry_with(graph, action, named)
    };
    Ok((key, entry))
}
