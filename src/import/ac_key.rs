//! Rebuilds the digests of `Command` and `Action` from a logged spawn.
//!
//! An execution log before 7.0 does not tell the AC key of a spawn, but everything that goes into
//! it (`RemoteExecutionService.buildRemoteAction` and its forerunner in `RemoteSpawnRunner`): the
//! `Command`, and the input root as a Merkle tree of `Directory` messages. Versions differ in a few
//! fields, so a spawn is encoded in every known way and the merge takes the one that a cache
//! knows.

use std::cmp::Ordering;
use std::collections::HashMap;

use prost::Message;
use sha2::{Digest as _, Sha256};

use super::log_facts::{MessageDigest, RebuiltAction};
use super::wire::command::{Action, Command, Pair, Platform};
use super::wire::reapi::{Digest, DirectoryNode, Duration, FileNode};
use super::wire::spawn::CacheSalt;

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

/// Path, SHA-256 and size of an input.
pub(super) type Input<'a> = (&'a str, crate::model::Digest, i64);

/// What goes into the AC key of a spawn.
pub(super) struct SpawnParts<'a> {
    /// Arguments, environment, platform and outputs, in any order.
    pub command: Command,
    /// Every input; equal paths count once.
    pub inputs: Vec<Input<'a>>,
    pub timeout_ms: i64,
    pub remotable: bool,
}

impl SpawnParts<'_> {
    fn sort(&mut self) {
        let command = &mut self.command;
        sort_pairs(&mut command.environment_variables, |a, b| a.name.cmp(&b.name));
        if let Some(platform) = &mut command.platform {
            let whole = |a: &Pair, b: &Pair| (&a.name, &a.value).cmp(&(&b.name, &b.value));
            sort_pairs(&mut platform.properties, whole);
        }
        command.output_files.sort();
        command.output_files.dedup();
        command.output_directories.sort();
    }

    /// Whether it is told where the spawn may run.
    pub fn has_platform(&self) -> bool {
        self.command.platform.as_ref().is_some_and(|platform| !platform.properties.is_empty())
    }
}

/// One sort for both orders: each of its own takes kilobytes of a page.
#[inline(never)]
fn sort_pairs(pairs: &mut [Pair], compare: fn(&Pair, &Pair) -> Ordering) {
    pairs.sort_by(compare);
}

/// Digests of `parts` in each of [`ENCODINGS`].
pub(super) fn rebuild(mut parts: SpawnParts, known: &mut Directories) -> Box<[RebuiltAction]> {
    let input_root = input_root(&parts.inputs, known);
    parts.sort();
    ENCODINGS.iter().map(|encoding| encode(encoding, &mut parts, input_root)).collect()
}

/// The one of [`ENCODINGS`] in which `parts` have that key, and the `Command` in it. The one that
/// the last key was proved by comes `first`.
pub(super) fn prove(
    mut parts: SpawnParts,
    key: crate::model::Digest,
    first: Option<usize>,
    known: &mut Directories,
) -> Option<(usize, MessageDigest)> {
    let input_root = input_root(&parts.inputs, known);
    parts.sort();
    first.into_iter().chain(0..ENCODINGS.len()).find_map(|i| {
        let action = encode(&ENCODINGS[i], &mut parts, input_root);
        (action.key.digest() == key).then_some((i, action.command))
    })
}

/// Digest of the `Command` of `parts` in one of [`ENCODINGS`]; inputs do not matter.
pub(super) fn rebuild_command(mut parts: SpawnParts, encoding: usize) -> MessageDigest {
    parts.sort();
    command(&ENCODINGS[encoding], &mut parts)
}

/// Digest of the `Command` of `parts`, which keep what of it is as `encoding` has it.
fn command(encoding: &Encoding, parts: &mut SpawnParts) -> MessageDigest {
    if !parts.has_platform() {
        parts.command.platform = encoding.writes_empty_platform.then(Platform::default);
    }
    let command = &mut parts.command;
    command.output_paths.clear();
    if encoding.output_paths {
        let (files, directories) = (&command.output_files, &command.output_directories);
        command.output_paths.extend(files.iter().chain(directories).cloned());
        command.output_paths.sort();
    }
    digest_of(command)
}

fn encode(encoding: &Encoding, parts: &mut SpawnParts, input_root: MessageDigest) -> RebuiltAction {
    let command = command(encoding, parts);
    let salt = CacheSalt { may_be_executed_remotely: parts.remotable };
    let timeout = Duration {
        seconds: parts.timeout_ms / 1000,
        nanos: (parts.timeout_ms % 1000) as i32 * 1_000_000,
    };
    // Lent, and given back: a platform is as long as a command may be.
    let platform = &mut parts.command.platform;
    let action = Action {
        command_digest: Some(wire(command)),
        input_root_digest: Some(wire(input_root)),
        timeout: (parts.timeout_ms > 0).then_some(timeout),
        salt: if encoding.salt { salt.encode_to_vec() } else { Vec::new() },
        platform: if encoding.action_platform { platform.take() } else { None },
    };
    let key = digest_of(&action);
    if encoding.action_platform {
        *platform = action.platform;
    }
    RebuiltAction { command, key }
}

fn digest_of(message: &impl Message) -> MessageDigest {
    let bytes = message.encode_to_vec();
    MessageDigest { hash: Sha256::digest(&bytes).into(), size_bytes: bytes.len() as u32 }
}

fn wire(digest: MessageDigest) -> Digest {
    let size_bytes = i64::from(digest.size_bytes);
    Digest { hash: digest.digest().hex(), size_bytes }
}

/// A `Directory` that is being written: its files and its directories, encoded.
#[derive(Default)]
struct Open {
    files: Vec<u8>,
    directories: Vec<u8>,
}

/// Digests of `Directory` messages: spawns read the same directories again and again, and a table
/// of messages is asked in a fraction of the time that a SHA-256 takes in a page.
#[derive(Default)]
pub(super) struct Directories {
    known: HashMap<Vec<u8>, MessageDigest>,
    n_bytes: usize,
}

/// Bytes of messages that are kept.
const KNOWN_BYTES_MAX: usize = 4 << 20;

impl Directories {
    fn digest(&mut self, directory: Open) -> MessageDigest {
        let Open { files: mut bytes, directories } = directory;
        bytes.extend_from_slice(&directories);
        if let Some(&digest) = self.known.get(&bytes) {
            return digest;
        }
        let size_bytes = bytes.len() as u32;
        let digest = MessageDigest { hash: Sha256::digest(&bytes).into(), size_bytes };
        if self.n_bytes + bytes.len() <= KNOWN_BYTES_MAX {
            self.n_bytes += bytes.len();
            self.known.insert(bytes, digest);
        }
        digest
    }
}

/// Digest of the root `Directory` over `inputs`. Every file is executable in it: Bazel does not
/// track permissions (`MerkleTree.buildProto`).
fn input_root(inputs: &[Input], known: &mut Directories) -> MessageDigest {
    let mut order: Vec<&Input> = inputs.iter().collect();
    order.sort_unstable_by(|a, b| by_components(a.0, b.0));
    order.dedup_by(|a, b| a.0 == b.0);
    // The open directories from the root down, with their names. Not recursive: paths come from
    // outside and may be as deep as they like.
    let mut open = vec![Open::default()];
    let mut names: Vec<&str> = Vec::new();
    // Filled anew for each file.
    let mut node = FileNode { is_executable: true, ..FileNode::default() };
    for (path, digest, size_bytes) in order {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut shared = 0;
        let components = directory.split('/').filter(|c| !c.is_empty());
        for component in components {
            if shared < names.len() && names[shared] != component {
                close(&mut open, &mut names, shared, known);
            }
            if shared == names.len() {
                names.push(component);
                open.push(Open::default());
            }
            shared += 1;
        }
        close(&mut open, &mut names, shared, known);
        node.name.clear();
        node.name.push_str(name);
        let named = node.digest.get_or_insert_default();
        named.hash.clear();
        digest.push_hex(&mut named.hash);
        named.size_bytes = *size_bytes;
        if let Some(directory) = open.last_mut() {
            prost::encoding::message::encode(1, &node, &mut directory.files);
        }
    }
    close(&mut open, &mut names, 0, known);
    known.digest(open.swap_remove(0))
}

/// Closes directories until `depth` of them are left below the root.
fn close(open: &mut Vec<Open>, names: &mut Vec<&str>, depth: usize, known: &mut Directories) {
    while names.len() > depth {
        let (Some(name), Some(directory)) = (names.pop(), open.pop()) else { return };
        let digest = Some(wire(known.digest(directory)));
        if let Some(parent) = open.last_mut() {
            let node = DirectoryNode { name: name.to_owned(), digest };
            prost::encoding::message::encode(2, &node, &mut parent.directories);
        }
    }
}

/// Orders paths as a walk over directories does: `a/b` before `a-b`. Not inlined into the dozens of
/// comparisons that a sort has.
#[inline(never)]
fn by_components(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let words = a.chunks_exact(8).zip(b.chunks_exact(8)).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[words * 8..], &b[words * 8..]);
    let rank = |byte: &u8| (*byte != b'/', *byte);
    a.iter().map(rank).cmp(b.iter().map(rank))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::DigestFunction;

    fn root(inputs: &[Input]) -> MessageDigest {
        let mut known = Directories::default();
        let first = input_root(inputs, &mut known);
        // What is known of directories changes nothing.
        assert_eq!(first, input_root(inputs, &mut known));
        first
    }

    #[test]
    fn a_tree_does_not_depend_on_the_order_of_its_inputs() {
        let digest = |byte| crate::model::Digest::new(DigestFunction::Sha256, &[byte; 32]).unwrap();
        let inputs = [("a/b", 0, 1), ("a-b", 1, 1), ("a/c/d", 2, 2), ("z", 3, 3)];
        let inputs = inputs.map(|(path, byte, size)| (path, digest(byte), size));
        let forward = root(&inputs);
        let backward = root(&inputs.iter().rev().copied().collect::<Vec<_>>());
        assert_eq!(forward, backward);
        assert_eq!(forward, root(&[inputs, inputs].concat()));
        assert_ne!(forward, root(&inputs[1..]));
    }

    #[test]
    fn paths_are_in_the_order_of_a_walk() {
        let all =
            ["", "a", "a/b", "a/b/c", "a/bc", "a-b", "a-b/c", "ab", "aaaaaaaa/b", "aaaaaaaa-b"];
        for a in all {
            for b in all {
                let by_parts = a.split('/').cmp(b.split('/'));
                assert_eq!(by_components(a, b), by_parts, "{a} {b}");
            }
        }
    }

    #[test]
    fn a_path_of_a_million_parts_needs_no_recursion() {
        let path = "a/".repeat(100_000) + "b";
        let digest = crate::model::Digest::new(DigestFunction::Sha256, &[0; 32]).unwrap();
        assert_ne!(root(&[(&path, digest, 1)]), root(&[]));
    }
}
