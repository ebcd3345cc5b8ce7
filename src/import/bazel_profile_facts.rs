//! What a trace profile tells: how long actions took, and the rewinds that were planned.

use crate::model::{TextId, Texts};

/// One time that an action was processed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProfiledAction {
    /// Its progress message, such as `Executing genrule //:a`.
    pub name: TextId,
    /// Its target: as told (`--experimental_profile_include_target_label`), else the one that the
    /// message names; empty if none.
    pub label: TextId,
    /// Its sort (7.0 and later); empty if not told.
    pub mnemonic: TextId,
    /// Path of its first output (`--experimental_profile_include_primary_output`); empty if not
    /// told.
    pub primary_output: TextId,
    /// Begin in microseconds since the profile began.
    pub start_us: i64,
    /// All the time it took, in microseconds: look-ups, transfers, waiting.
    pub total_us: u64,
    /// How long commands ran within it, in microseconds; `None` if none did, as for cache hits.
    pub executed_us: Option<u64>,
}

/// A rewind that was planned (`ActionRewindStrategy.java`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PlannedRewind {
    /// How many inputs, or top-level outputs, were lost.
    pub n_lost: u64,
    /// Whether they were top-level outputs rather than inputs.
    pub of_outputs: bool,
    /// The action or target that lost them, in the build tool's words.
    pub whose: TextId,
    /// Begin in microseconds since the profile began.
    pub start_us: i64,
}

/// What a trace profile tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProfileFacts {
    /// Messages, labels, mnemonics, paths.
    pub texts: Texts,
    /// Id of the invocation; empty if not told.
    pub invocation: String,
    /// Actions in the order of their begin.
    pub actions: Vec<ProfiledAction>,
    /// Rewinds in the order of their begin.
    pub rewinds: Vec<PlannedRewind>,
}
