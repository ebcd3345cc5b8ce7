//! Decodes the messages among blobs, from AC entries on: what a blob is, only those tell that
//! refer to it.

use std::borrow::Cow;
use std::collections::HashMap;

use prost::Message;

use crate::import::facts::{ActionBody, BlobFacts, CommandBody, ContentDigest};
use crate::import::wire::reapi;
use crate::model::{Digest, DigestFunction};

use super::checksum::digest_of;
use super::problems::Problem;
use super::result::{content_digest, decode_result};
use super::store::Store;

/// Fills in the bodies of AC entries, Actions, Commands, Trees and input roots.
pub fn decode_all(store: &mut Store<'_>, facts: &mut BlobFacts) {
    let mut budget = Budget::default();
    let mut keys = Vec::new();
    for (key, bytes) in store.take_results() {
        match decode_result(key.function(), bytes) {
            Ok(result) => {
                for output in result.outputs.iter().filter(|output| output.is_tree) {
                    tree(store, facts, output.content.digest, &mut budget);
                }
                facts.results.insert(key, Some(result));
            }
            Err(detail) => {
                store.problems.add(Problem::BrokenResult, &format!("ac/{key}"), detail);
                facts.results.insert(key, None);
            }
        }
        keys.push(key);
    }
    // Trees are part of what an entry refers to, input roots only an aid: trees come first.
    for key in keys {
        action(store, facts, key, &mut budget);
    }
}

/// Bytes of directories that may still be listed. Directories are shared between trees, so that a
/// small export can describe more files than fit anywhere.
struct Budget {
    left_bytes: u64,
}

impl Default for Budget {
    fn default() -> Self {
        // About a million files.
        Self { left_bytes: 128 << 20 }
    }
}

/// Why the files of a directory are not listed.
enum Unlisted {
    /// A directory is not there or broken.
    Broken,
    /// The budget is used up, or directories are too deep.
    TooMuch,
}

const DEPTH_MAX: usize = 100;

fn action(store: &mut Store<'_>, facts: &mut BlobFacts, key: Digest, budget: &mut Budget) {
    if facts.actions.contains_key(&key) {
        return;
    }
    let Some(bytes) = store.content(key, "An Action") else {
        return;
    };
    let body = reapi::Action::decode(&bytes[..]).ok().and_then(|action| {
        let digest = |d: Option<reapi::Digest>| content_digest(key.function(), &d?);
        let command = digest(action.command_digest)?;
        Some(ActionBody { command, input_root: digest(action.input_root_digest)? })
    });
    let Some(body) = body else {
        let what = "An AC entry names this blob as its Action, but it is none.";
        return store.problems.add(Problem::BrokenMessage, &format!("cas/{key}"), what);
    };
    command(store, facts, body.command.digest);
    input_root(store, facts, body.input_root.digest, budget);
    facts.actions.insert(key, body);
}

fn command(store: &mut Store<'_>, facts: &mut BlobFacts, digest: Digest) {
    if facts.commands.contains_key(&digest) {
        return;
    }
    let Some(bytes) = store.content(digest, "A Command") else {
        return;
    };
    let Ok(command) = reapi::Command::decode(&bytes[..]) else {
        let what = "An Action names this blob as its Command, but it is none.";
        return store.problems.add(Problem::BrokenMessage, &format!("cas/{digest}"), what);
    };
    // `output_paths` stands in for both older fields, which clients may fill in beside it.
    let outputs = if command.output_paths.is_empty() {
        command.output_files.into_iter().chain(command.output_directories).collect()
    } else {
        command.output_paths
    };
    facts.commands.insert(digest, CommandBody { arguments: command.arguments, outputs });
}

/// Lists the files of an output directory, from its `Tree` or its `Directory`.
fn tree(store: &mut Store<'_>, facts: &mut BlobFacts, digest: Digest, budget: &mut Budget) {
    if facts.trees.contains_key(&digest) {
        return;
    }
    let Some(bytes) = store.content(digest, "A Tree") else {
        return;
    };
    let function = digest.function();
    let is_blake3 = store.is_blake3();
    let mut files = Files { function, budget, files: Vec::new() };
    let outcome =
        reapi::RawTree::decode(&bytes[..]).map_err(|_| Unlisted::Broken).and_then(|tree| {
            let child = |bytes: Vec<u8>| Some((digest_of(function, is_blake3, &bytes)?, bytes));
            let children: HashMap<Digest, Vec<u8>> =
                tree.children.into_iter().filter_map(child).collect();
            let find = &mut |digest| children.get(&digest).map(|bytes| Cow::Borrowed(&bytes[..]));
            files.list(&tree.root, "", 0, find)
        });
    let files = files.files;
    match outcome {
        Ok(()) => {
            facts.trees.insert(digest, files);
        }
        Err(Unlisted::Broken) => {
            let what =
                "An AC entry names this blob as a Tree, but it is none or lacks directories.";
            store.problems.add(Problem::BrokenMessage, &format!("cas/{digest}"), what);
        }
        Err(Unlisted::TooMuch) => too_much(store, digest),
    }
}

fn too_much(store: &mut Store<'_>, digest: Digest) {
    let detail = "A directory, with those read before it,";
    store.problems.add(Problem::TooLarge, &format!("cas/{digest}"), detail);
}

/// Lists the files below an input root whose directories are all there. Bazel stores them only
/// for remote execution.
fn input_root(store: &mut Store<'_>, facts: &mut BlobFacts, digest: Digest, budget: &mut Budget) {
    if facts.input_roots.contains_key(&digest) {
        return;
    }
    let Some(root) = store.content(digest, "A Directory") else {
        return;
    };
    let mut files = Files { function: digest.function(), budget, files: Vec::new() };
    let find = &mut |digest| store.content(digest, "A Directory");
    let outcome = files.list(&root, "", 0, find);
    let files = files.files;
    match outcome {
        Ok(()) => {
            facts.input_roots.insert(digest, files);
        }
        Err(Unlisted::Broken) => {}
        Err(Unlisted::TooMuch) => too_much(store, digest),
    }
}

/// Files found below a directory.
struct Files<'b> {
    function: DigestFunction,
    budget: &'b mut Budget,
    files: Vec<(String, ContentDigest)>,
}

impl Files<'_> {
    /// Lists what is in the `Directory` message `bytes`, which lies at `path`.
    fn list<'c>(
        &mut self,
        bytes: &[u8],
        path: &str,
        depth: usize,
        find: &mut dyn FnMut(Digest) -> Option<Cow<'c, [u8]>>,
    ) -> Result<(), Unlisted> {
        let left = self.budget.left_bytes.checked_sub(64 + bytes.len() as u64);
        self.budget.left_bytes = left.filter(|_| depth < DEPTH_MAX).ok_or(Unlisted::TooMuch)?;
        let directory = reapi::Directory::decode(bytes).map_err(|_| Unlisted::Broken)?;
        // Long paths are copied into each of their files.
        let n_entries = directory.files.len() + directory.directories.len();
        let left = self.budget.left_bytes.checked_sub(path.len() as u64 * n_entries as u64);
        self.budget.left_bytes = left.ok_or(Unlisted::TooMuch)?;
        let inside = |name: &str| {
            if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") }
        };
        let function = self.function;
        let content = |digest: Option<&reapi::Digest>| {
            digest.and_then(|d| content_digest(function, d)).ok_or(Unlisted::Broken)
        };
        for file in &directory.files {
            self.files.push((inside(&file.name), content(file.digest.as_ref())?));
        }
        for child in &directory.directories {
            let digest = content(child.digest.as_ref())?.digest;
            let bytes = find(digest).ok_or(Unlisted::Broken)?;
            self.list(&bytes, &inside(&child.name), depth + 1, find)?;
        }
        Ok(())
    }
}
