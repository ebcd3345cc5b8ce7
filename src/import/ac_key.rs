//! Rebuilds the digests of `Command` and `Action` from a logged spawn.
//!
//! An execution log before 7.0 does not tell the AC key of a spawn, but everything that goes into
//! it (`RemoteExecutionService.buildRemoteAction` and its forerunner in `RemoteSpawnRunner`): the
//! `Command`, and the input root as a Merkle tree of `Directory` messages. Versions differ in a few
//! fields, so a spawn is encoded in every known way and the merge takes the one that a cache
//! knows.

use std::cmp::Ordering;

use prost::Message;
use sha2::{Digest as _, Sha256};

use super::log_facts::{MessageDigest, RebuiltAction};
use super::wire::reapi::{
    Action, Command, Digest, Directory, DirectoryNode, Duration, FileNode, NameAndValue, Platform,
};
use super::wire::spawn::{CacheSalt, Pair};

/// A way of encoding that some versions of Bazel have in common.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Encoding {
    /// The versions, for people.
    pub versions: &'static str,
    /// An empty platform is written rather than left out.
    writes_empty_platform: bool,
    /// `Action.platform` repeats the platform.
    action_platform: bool,
    /// `Command.output_paths` repeats the outputs.
    output_paths: bool,
    /// `Action.salt` tells whether the action may run remotely.
    salt: bool,
}

/// The known encodings; the likeliest for a log without AC keys first.
pub(super) const ENCODINGS: [Encoding; 5] = [
    encoding("Bazel 4 to 6", true, true, false, false),
    encoding("Bazel 1 to 3", true, false, false, false),
    encoding("Bazel 7", true, true, true, true),
    encoding("Bazel 5 and 6 without a platform", false, true, false, false),
    encoding("Bazel 7 without a platform", false, true, true, true),
];

const fn encoding(
    versions: &'static str,
    writes_empty_platform: bool,
    action_platform: bool,
    output_paths: bool,
    salt: bool,
) -> Encoding {
    Encoding { versions, writes_empty_platform, action_platform, output_paths, salt }
}

/// What goes into the AC key of a spawn.
pub(super) struct SpawnParts<'a> {
    pub arguments: Vec<String>,
    /// In any order.
    pub environment: Vec<Pair>,
    pub platform: Vec<Pair>,
    /// Path, lower-case SHA-256 and size of every input; equal paths count once.
    pub inputs: Vec<(&'a str, &'a str, i64)>,
    pub output_files: Vec<String>,
    pub output_directories: Vec<String>,
    pub timeout_ms: i64,
    pub remotable: bool,
}

impl SpawnParts<'_> {
    fn sort(&mut self) {
        self.environment.sort_by(|a, b| a.name.cmp(&b.name));
        self.platform.sort_by(|a, b| (&a.name, &a.value).cmp(&(&b.name, &b.value)));
        self.output_files.sort();
        self.output_files.dedup();
        self.output_directories.sort();
    }
}

/// Digests of `parts` in each of [`ENCODINGS`].
pub(super) fn rebuild(mut parts: SpawnParts) -> Box<[RebuiltAction]> {
    let input_root = input_root(std::mem::take(&mut parts.inputs));
    parts.sort();
    ENCODINGS.iter().map(|encoding| encode(encoding, &parts, input_root)).collect()
}

/// The one of [`ENCODINGS`] in which `parts` have that key, and the `Command` in it. The one that
/// the last key was proved by comes `first`.
pub(super) fn prove(
    mut parts: SpawnParts,
    key: crate::model::Digest,
    first: Option<usize>,
) -> Option<(usize, MessageDigest)> {
    let input_root = input_root(std::mem::take(&mut parts.inputs));
    parts.sort();
    first.into_iter().chain(0..ENCODINGS.len()).find_map(|i| {
        let action = encode(&ENCODINGS[i], &parts, input_root);
        (action.key.digest() == key).then_some((i, action.command))
    })
}

/// Digest of the `Command` of `parts` in one of [`ENCODINGS`]; inputs do not matter.
pub(super) fn rebuild_command(mut parts: SpawnParts, encoding: usize) -> MessageDigest {
    parts.sort();
    let platform = platform(&ENCODINGS[encoding], &parts);
    command(&ENCODINGS[encoding], &parts, platform.as_ref())
}

fn platform(encoding: &Encoding, parts: &SpawnParts) -> Option<Platform> {
    (encoding.writes_empty_platform || !parts.platform.is_empty())
        .then(|| Platform { properties: plain(&parts.platform) })
}

fn command(encoding: &Encoding, parts: &SpawnParts, platform: Option<&Platform>) -> MessageDigest {
    let mut output_paths = Vec::new();
    if encoding.output_paths {
        output_paths.extend(parts.output_files.iter().cloned());
        output_paths.extend(parts.output_directories.iter().cloned());
        output_paths.sort();
    }
    digest_of(&Command {
        arguments: parts.arguments.clone(),
        environment_variables: plain(&parts.environment),
        output_files: parts.output_files.clone(),
        output_directories: parts.output_directories.clone(),
        platform: platform.cloned(),
        output_paths,
        ..Command::default()
    })
}

fn encode(encoding: &Encoding, parts: &SpawnParts, input_root: MessageDigest) -> RebuiltAction {
    let platform = platform(encoding, parts);
    let command = command(encoding, parts, platform.as_ref());
    let salt = CacheSalt { may_be_executed_remotely: parts.remotable };
    let timeout = Duration {
        seconds: parts.timeout_ms / 1000,
        nanos: (parts.timeout_ms % 1000) as i32 * 1_000_000,
    };
    let key = digest_of(&Action {
        command_digest: Some(wire(command)),
        input_root_digest: Some(wire(input_root)),
        timeout: (parts.timeout_ms > 0).then_some(timeout),
        salt: if encoding.salt { salt.encode_to_vec() } else { Vec::new() },
        platform: platform.filter(|_| encoding.action_platform),
        // One that is not to be cached has no key.
        do_not_cache: false,
    });
    RebuiltAction { command, key }
}

fn plain(pairs: &[Pair]) -> Vec<NameAndValue> {
    let plain = |p: &Pair| NameAndValue { name: p.name.clone(), value: p.value.clone() };
    pairs.iter().map(plain).collect()
}

fn digest_of(message: &impl Message) -> MessageDigest {
    let bytes = message.encode_to_vec();
    MessageDigest { hash: Sha256::digest(&bytes).into(), size_bytes: bytes.len() as u32 }
}

fn wire(digest: MessageDigest) -> Digest {
    let size_bytes = i64::from(digest.size_bytes);
    Digest { hash: digest.digest().hex(), size_bytes }
}

/// Digest of the root `Directory` over `inputs`. Every file is executable in it: Bazel does not
/// track permissions (`MerkleTree.buildProto`).
fn input_root(mut inputs: Vec<(&str, &str, i64)>) -> MessageDigest {
    inputs.sort_unstable_by(|a, b| by_components(a.0, b.0));
    inputs.dedup_by(|a, b| a.0 == b.0);
    // The open directories from the root down, with their paths' lengths. Not recursive: paths
    // come from outside and may be as deep as they like.
    let mut open = vec![Directory::default()];
    let mut names: Vec<&str> = Vec::new();
    for (path, hash, size_bytes) in inputs {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut shared = 0;
        let components = directory.split('/').filter(|c| !c.is_empty());
        for component in components {
            if shared < names.len() && names[shared] != component {
                close(&mut open, &mut names, shared);
            }
            if shared == names.len() {
                names.push(component);
                open.push(Directory::default());
            }
            shared += 1;
        }
        close(&mut open, &mut names, shared);
        let digest = Digest { hash: hash.to_owned(), size_bytes };
        let file = FileNode {
            name: name.to_owned(),
            digest: Some(digest),
            is_executable: true,
            node_properties: None,
        };
        if let Some(directory) = open.last_mut() {
            directory.files.push(file);
        }
    }
    close(&mut open, &mut names, 0);
    digest_of(&open[0])
}

/// Closes directories until `depth` of them are left below the root.
fn close(open: &mut Vec<Directory>, names: &mut Vec<&str>, depth: usize) {
    while names.len() > depth {
        let (Some(name), Some(directory)) = (names.pop(), open.pop()) else { return };
        let digest = Some(wire(digest_of(&directory)));
        if let Some(parent) = open.last_mut() {
            parent.directories.push(DirectoryNode { name: name.to_owned(), digest });
        }
    }
}

/// Orders paths as a walk over directories does: `a/b` before `a-b`.
fn by_components(a: &str, b: &str) -> Ordering {
    a.split('/').cmp(b.split('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_does_not_depend_on_the_order_of_its_inputs() {
        let inputs = [("a/b", "0", 1), ("a-b", "1", 1), ("a/c/d", "2", 2), ("z", "3", 3)];
        let forward = input_root(inputs.to_vec());
        let backward = input_root(inputs.iter().rev().copied().collect());
        let doubled = input_root(inputs.iter().chain(&inputs).copied().collect());
        assert_eq!(forward, backward);
        assert_eq!(forward, doubled);
        assert_ne!(forward, input_root(inputs[1..].to_vec()));
    }

    #[test]
    fn a_path_of_a_million_parts_needs_no_recursion() {
        let path = "a/".repeat(100_000) + "b";
        let root = input_root(vec![(&path, "0", 1)]);
        assert_ne!(root, input_root(Vec::new()));
    }
}
