//! Build tools as data: each version that matters is one constant of [`Engine`].
//!
//! The planner reads parameters, never names. Each parameter says which rule of the semantics it
//! carries; where its value was seen is in [`Engine::sources`]. The constants are in `engines/`.

use super::scenario::DownloadMode;

/// Whose engine it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Tool {
    /// bazel.build
    Bazel,
    /// buck2.build
    Buck2,
}

/// What is done when an action finds inputs lost (B3) or a top-level output cannot be fetched.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum OnLoss {
    /// The action fails, and with it the build (B5, B5a).
    Fail,
    /// The producers run again inside the build, then the action (A1-A4).
    Rewind {
        /// How often one (action, digest, path) may be lost before the build fails
        /// (`ActionRewindStrategy.MAX_REPEATED_LOST_INPUTS`).
        losses_max: u32,
    },
    /// The requests of all failed actions of a pass are merged, then the whole command is computed
    /// again (K2, K7).
    RewindCommand {
        /// How many passes may be added, whatever was lost (`MAX_REPEATED_ACTION_REWINDS`).
        passes_max: u32,
    },
}

/// Whether a rewound action looks into the action cache again (A5, K8).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AcOnReplay {
    /// Yes. Whether it believes an entry that names a lost digest is
    /// [`remembers_lost`](Engine::remembers_lost)'s affair (eras I and II).
    Asks,
    /// The first time it is rewound in a build, unless the cache speaks HTTP; from the second time
    /// on it executes (era III).
    AsksOnce,
    /// No lookup at all (K8).
    Bypasses,
}

/// From when on an AC entry that names a digest that could not be fetched is a miss (R3, R10, A5).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RemembersLost {
    /// Never: the entry is believed.
    No,
    /// From the next attempt or build on.
    FromNextAttempt,
    /// As soon as the digest is found lost.
    AtOnce,
}

/// Until when a digest that was lost is remembered (R10, N5).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ForgetsLost {
    /// Until an AC entry is refused for it: its action is expected to upload it.
    OnRefusal,
    /// Until it is uploaded.
    OnUpload,
}

/// What becomes of consumers that were done when their producer is rewound (A3, K9).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DoneConsumers {
    /// They stay done, whatever the producer yields.
    StayDone,
    /// They run again if the producer yields something else (early cut-off).
    RunIfChanged,
    /// They run again.
    RunAgain,
}

/// What a worker's report that inputs are gone, without saying which, leads to (K3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum OnUntyped {
    /// The action fails: a plain I/O failure (B6).
    Fail,
    /// The producers of all its inputs are rewound (K3).
    RewindAllInputs,
}

/// What `toplevel` fetches of a requested action (R2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TopLevelFetch {
    /// All its outputs as soon as one of them is requested.
    WholeAction,
    /// Only the requested ones.
    RequestedFiles,
}

/// Which finished actions a later build without `clean` does not look at again (R9).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Validity {
    /// All, but after a switch of mode or a restart only those with all outputs on disk.
    OnDisk,
    /// All, also after a restart; but a switch to or from `all` sends those whose outputs are not
    /// all on disk back to the action cache, and a failed build those with an output that a hit
    /// left in the cache.
    RemoteMetadata,
}

/// Where actions execute, and so how inputs that are not on disk come to them (B3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Executor {
    /// On this machine: inputs are fetched, outputs uploaded by the client.
    Local,
    /// On a worker: inputs are asked for with FindMissingBlobs, outputs are uploaded by the worker
    /// and stay remote.
    Remote,
}

/// When the outputs that the download mode selects are fetched.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FetchTime {
    /// With the cache hit: one that is gone turns the hit into a miss (B2).
    WithHit,
    /// `all` with the cache hit. `toplevel`: once the target is done, as in
    /// [`AtEnd`](Self::AtEnd) (Bazel 6, `ToplevelArtifactsDownloader`).
    TopLevelAtEnd,
    /// After all actions are done: one that is gone is a lost top-level output (K5).
    AtEnd,
}

/// How a lost input is reported.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LossMessage {
    /// `Couldn't build file …: … failed due to unexpected I/O exception: Failed to fetch file with
    /// hash '…' …`: the first lost input only.
    UnexpectedIo,
    /// `… failed: Exec failed due to IOException: Failed to fetch file with hash '…' …`, or just
    /// how many there are if several are lost.
    ExecFailed,
    /// `Failed to fetch blobs because they do not exist remotely.: Missing digest: HASH/SIZE`.
    MissingDigestOnly,
    /// `Failed to fetch blobs because they do not exist remotely.: Missing digest: HASH/SIZE for
    /// PATH`.
    MissingDigest,
    /// `lost inputs with digests: HASH/SIZE,HASH/SIZE` (`LostInputsExecException`).
    LostDigests,
    /// With retries `Lost inputs no longer available remotely: PATH (HASH/SIZE)`, else `Unexpected
    /// lost inputs (pass --rewind_lost_inputs to enable recovery): PATH` (A6).
    UnexpectedLostInputs,
    /// Buck2: `Your build requires … an artifact that has expired in the RE CAS …`, with the advice
    /// to restart the daemon (K1).
    ExpiredInReCas,
    /// Buck2: `Action execution requires artifact … but it is missing from remote CAS` for what an
    /// upload lacks; [`ExpiredInReCas`](Self::ExpiredInReCas) for what is materialized.
    MissingFromReCas,
}

/// Where a parameter's value was seen.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Source {
    /// Parameter name, as on the command line and on screen.
    pub parameter: &'static str,
    /// File, symbol, issue or recorded run.
    pub seen_in: &'static str,
}

/// A version range of a build tool, as parameters of the planner.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Engine {
    /// Stable id, such as `bazel-7.7`.
    pub id: &'static str,
    /// Name for people, such as `Bazel 7.7`.
    pub name: &'static str,
    /// One sentence on what it does about a lost blob.
    pub summary: &'static str,
    /// Whose it is.
    pub tool: Tool,
    /// Id of the engine that it is derived from: what has no source here has it there.
    pub base: Option<&'static str>,
    /// Download mode when none is asked for (A9).
    pub download_default: DownloadMode,
    /// What a loss leads to.
    pub on_loss: OnLoss,
    /// Where actions execute unless the scenario says otherwise.
    pub executor: Executor,
    /// When the outputs that the mode selects are fetched.
    pub fetch_time: FetchTime,
    /// All inputs are tried and all that are lost reported together (K2); off: the first only.
    pub gathers_losses: bool,
    /// An input of a worker's action that is found gone is left to the worker if its own action is
    /// younger than so many hours (K1, `should_error_for_missing_digest`); 0: never.
    pub trusts_digests_hours: u32,
    /// What a loss report without digests leads to.
    pub on_untyped: OnUntyped,
    /// Several inputs lost by one action are rewound for (K1: not before #1349).
    pub rewinds_several: bool,
    /// Inputs lost by a local action are rewound for (K4; K1: not before #1349).
    pub rewinds_local_inputs: bool,
    /// A file lost in a tree is rewound for although another tree, which was asked for before, has
    /// the same content; off: it is reported as if it were no input (#30065).
    pub rewinds_shared_trees: bool,
    /// Lost top-level outputs are rewound for (A1, K5; K1: not before #1349).
    pub rewinds_outputs: bool,
    /// Whether a rewound action looks into the action cache.
    pub ac_on_replay: AcOnReplay,
    /// Whether digests that could not be fetched are remembered.
    pub remembers_lost: RemembersLost,
    /// Until when they are.
    pub forgets_lost: ForgetsLost,
    /// With `retries` 0 nothing is remembered, whatever
    /// [`remembers_lost`](Self::remembers_lost) says (8.2 and later, rewinding off).
    pub remembers_needs_retries: bool,
    /// What a rewound action itself loses is not remembered (A5, 8.8).
    pub forgets_on_replay_loss: bool,
    /// What becomes of done consumers of a rewound producer.
    pub done_consumers: DoneConsumers,
    /// The first rewind of a build waits for actions in flight, later ones for readers of the
    /// outputs (A8).
    pub coarse_lock: bool,
    /// A rewind for an output bound by `dynamic_output` reaches the action that writes it (K6).
    pub canonical_keys: bool,
    /// A new pass forgets what was queued for materialization before (K7).
    pub clears_queue: bool,
    /// How often a build that lost blobs is run again as a whole (R1).
    pub retries: u32,
    /// A build that failed on a lost top-level output is run again as well (R1); off: only one that
    /// failed on a lost input.
    pub retries_lost_outputs: bool,
    /// Results of actions executed on this machine are uploaded (Buck2: only if a rule asks).
    pub uploads_local_results: bool,
    /// An AC entry of the disk cache is served only if the disk cache holds all it refers to.
    pub checks_disk_ac: bool,
    /// The same for a rewound action only, where it is not checked for others (era III).
    pub checks_disk_ac_on_replay: bool,
    /// Standard output and error of size 0 are requested like others (R2).
    pub requests_empty_std: bool,
    /// Blobs of size 0 are uploaded like others (R5).
    pub uploads_empty: bool,
    /// What `toplevel` fetches.
    pub top_level_fetch: TopLevelFetch,
    /// Outputs of an action that ran because its hit fell through count as remote where the mode
    /// does not want them: consumers fetch them again, and they are deleted at the end (R6).
    pub rerun_outputs_stay_remote: bool,
    /// Inputs fetched for local execution stay on disk after the build (R7).
    pub keeps_fetched_inputs: bool,
    /// What a build without `clean` looks at again.
    pub validity: Validity,
    /// Files that become wanted without their action being looked at are fetched straight from the
    /// CAS (R9).
    pub fetches_newly_wanted: bool,
    /// Exit code of a build that failed on a lost input (R8), with `retries` 0.
    pub exit_on_lost_input: u8,
    /// Exit code of a build that failed on a lost blob for which it may be run again, when no
    /// retry is left (R4); not with `retries` 0.
    pub exit_on_retries_spent: u8,
    /// Exit code of a build that failed on a top-level output that is gone (R9). 0: it is only
    /// warned of, and the build succeeds.
    pub exit_on_lost_output: u8,
    /// Exit code of a build that reached a cap (A4, K7).
    pub exit_on_lost_too_often: u8,
    /// Exit code of a build that failed on an error that names no lost blob (B6), or not only such,
    /// when inputs were brought to an action.
    pub exit_on_io_error: u8,
    /// Exit code of a build that failed on a worker's report in words only (B6, K3).
    pub exit_on_remote_io_error: u8,
    /// Exit code of a build that failed on such an error about a top-level output. 0: it is only
    /// warned of, and the build succeeds.
    pub exit_on_output_io_error: u8,
    /// How a lost input is reported.
    pub message: LossMessage,
    /// What is printed when the build runs again as a whole (R1); empty where it never does.
    pub retry_message: &'static str,
    /// Where the values were seen.
    pub sources: &'static [Source],
}

impl Engine {
    /// The engine with this id.
    pub fn find(id: &str) -> Option<Self> {
        super::engines::engines().iter().find(|e| e.id == id).copied()
    }

    /// The engine that it is derived from.
    pub fn base(&self) -> Option<Self> {
        self.base.and_then(Self::find)
    }

    /// Where the value of `parameter` was seen: here, or in the nearest engine that it is derived
    /// from.
    pub fn source(&self, parameter: &str) -> Option<&'static str> {
        let own = self.sources.iter().find(|s| s.parameter == parameter).map(|s| s.seen_in);
        own.or_else(|| self.base()?.source(parameter))
    }
}
