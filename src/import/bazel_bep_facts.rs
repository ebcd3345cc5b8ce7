//! What a stream of build events tells, with paths and digests kept once and sets as they are.

use super::log_facts::{ArtifactSet, LoggedFile};
use crate::model::{Blobs, TextId, Texts};

/// One invocation of the build tool. One stream has several if the tool tries a build again
/// (`--experimental_remote_cache_eviction_retries`) or appends to the file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Attempt {
    /// Id of the invocation; empty if its start is not in the stream.
    pub invocation: String,
    /// What was run, such as `build`.
    pub command: String,
    /// Version of the build tool, where told.
    pub version: String,
    /// Milliseconds since 1970.
    pub started_ms: Option<i64>,
    /// Milliseconds since 1970.
    pub finished_ms: Option<i64>,
    /// Exit code; `None` if the stream ends before.
    pub exit_code: Option<i32>,
    /// Name of the exit code, such as `REMOTE_CACHE_EVICTED`.
    pub exit_name: String,
    /// Why it failed, in the build tool's words.
    pub failure: String,
    /// Options about the cache, downloads and retries, as the build tool has them in effect; names
    /// and passwords are taken out of addresses.
    pub options: Vec<String>,
    /// How many actions came about in which way (`remote cache hit`, `linux-sandbox`).
    pub runners: Vec<(String, u64)>,
    /// Events that were announced and did not come.
    pub n_aborted: u64,
}

/// What a target wrote.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReportedTarget {
    /// The target.
    pub label: TextId,
    /// Whether all of it was built.
    pub succeeded: bool,
    /// Sets of its default outputs, indices into [`BepFacts::sets`].
    pub default_sets: Vec<u32>,
    /// Sets of all other output groups.
    pub other_sets: Vec<u32>,
    /// Index into [`BepFacts::attempts`].
    pub attempt: u32,
}

/// An action of which an event tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReportedAction {
    /// Path of its first output.
    pub primary_output: TextId,
    /// Its target; empty if it has none.
    pub label: TextId,
    /// Sort of action.
    pub mnemonic: TextId,
    /// Whether it ended well.
    pub succeeded: bool,
    /// Exit code.
    pub exit_code: i32,
    /// Why it failed, in the build tool's words.
    pub failure: TextId,
    /// Index into [`BepFacts::attempts`].
    pub attempt: u32,
}

/// What a stream of build events tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BepFacts {
    /// Paths, labels, mnemonics, failures.
    pub texts: Texts,
    /// Digests.
    pub blobs: Blobs,
    /// Each path with each content.
    pub files: Vec<LoggedFile>,
    /// Named sets of files.
    pub sets: Vec<ArtifactSet>,
    /// Targets in the order of the stream.
    pub targets: Vec<ReportedTarget>,
    /// Actions in the order of the stream.
    pub actions: Vec<ReportedAction>,
    /// Invocations in the order of the stream.
    pub attempts: Vec<Attempt>,
}

impl BepFacts {
    /// The files that were asked for: those of the default outputs of all targets, each once.
    pub fn top_level(&self) -> Vec<u32> {
        let mut sets = vec![false; self.sets.len()];
        let mut met = vec![false; self.files.len()];
        let mut files = Vec::new();
        let mut stack: Vec<u32> =
            self.targets.iter().rev().flat_map(|t| t.default_sets.iter().rev().copied()).collect();
        while let Some(set) = stack.pop() {
            if std::mem::replace(&mut sets[set as usize], true) {
                continue;
            }
            let set = &self.sets[set as usize];
            let new = |file: &&u32| !std::mem::replace(&mut met[**file as usize], true);
            files.extend(set.direct.iter().filter(new));
            stack.extend(set.transitive.iter().rev());
        }
        files
    }
}
