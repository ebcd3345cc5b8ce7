//! Build tools as data: each version that matters is one constant of [`Engine`].
//!
//! The planner reads parameters, never names. Each parameter says which rule of the semantics it
//! carries and where that rule was seen.

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
    /// Yes, and believes it, stale or not (era I).
    Believes,
    /// Yes, but an entry that names a digest known to be lost is a miss (eras II and III, retries).
    RefusesLost,
    /// No lookup at all.
    Bypasses,
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
    /// `Failed to fetch blobs because they do not exist remotely.: Missing digest: HASH/SIZE for
    /// PATH`.
    MissingDigest,
    /// Buck2's materializer: `Your build requires materializing an artifact that has expired in the
    /// RE CAS …`.
    ExpiredInReCas,
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
    /// Download mode when none is asked for (A9).
    pub download_default: DownloadMode,
    /// What a loss leads to.
    pub on_loss: OnLoss,
    /// Where actions execute.
    pub executor: Executor,
    /// When the outputs that the mode selects are fetched.
    pub fetch_time: FetchTime,
    /// Whether a rewound action looks into the action cache.
    pub ac_on_replay: AcOnReplay,
    /// How often a build that lost blobs is run again as a whole (R1).
    pub retries: u32,
    /// Lost digests are remembered until `clean` or restart, and AC entries that name one are
    /// misses (R3, R10).
    pub remembers_lost: bool,
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
    /// Exit code of a build that failed on a lost input (R8).
    pub exit_on_lost_input: u8,
    /// Exit code of a build that failed on a top-level output that is gone (R9).
    pub exit_on_lost_output: u8,
    /// How a lost input is reported.
    pub message: LossMessage,
    /// Where the values were seen.
    pub sources: &'static [Source],
}

const RUNS_OLD: &str = "recorded runs: oracles/bazel (RULES.md)";
const RUNS_7: &str = "recorded runs: oracles/bazel7 (RULES.md)";

const BAZEL_1_1: Engine = Engine {
    id: "bazel-1.1",
    name: "Bazel 1.1",
    summary: "An action whose input is lost fails, and with it the build; building again fails \
              again.",
    tool: Tool::Bazel,
    download_default: DownloadMode::All,
    on_loss: OnLoss::Fail,
    executor: Executor::Local,
    fetch_time: FetchTime::WithHit,
    ac_on_replay: AcOnReplay::Believes,
    retries: 0,
    remembers_lost: false,
    requests_empty_std: true,
    uploads_empty: true,
    top_level_fetch: TopLevelFetch::WholeAction,
    rerun_outputs_stay_remote: true,
    keeps_fetched_inputs: false,
    validity: Validity::OnDisk,
    fetches_newly_wanted: false,
    exit_on_lost_input: 1,
    exit_on_lost_output: 1,
    message: LossMessage::UnexpectedIo,
    sources: &[
        Source { parameter: "on_loss", seen_in: RUNS_OLD },
        Source { parameter: "requests_empty_std", seen_in: "W3; recorded runs of 1.1.0 and 2.1.0" },
        Source { parameter: "rerun_outputs_stay_remote", seen_in: "R6; recorded runs up to 4.2.3" },
        Source { parameter: "validity", seen_in: "R9; recorded runs up to 4.2.3" },
        Source { parameter: "exit_on_lost_input", seen_in: "R8; recorded runs of 1.1.0: exit 1" },
        Source { parameter: "message", seen_in: "RemoteActionInputFetcher.prefetchFiles, 1.1.0" },
    ],
};

const BAZEL_2_1: Engine = Engine {
    id: "bazel-2.1",
    name: "Bazel 2.1",
    exit_on_lost_input: 36,
    exit_on_lost_output: 36,
    sources: &[Source {
        parameter: "exit_on_lost_input",
        seen_in: "R8; recorded runs of 2.1.0: exit 36",
    }],
    ..BAZEL_1_1
};

const BAZEL_4_2: Engine = Engine {
    id: "bazel-4.2",
    name: "Bazel 4.2",
    requests_empty_std: false,
    uploads_empty: false,
    message: LossMessage::ExecFailed,
    sources: &[
        Source { parameter: "requests_empty_std", seen_in: "W3; recorded runs of 4.2.3" },
        Source { parameter: "message", seen_in: "B5; recorded runs of 4.2.3" },
        Source { parameter: "uploads_empty", seen_in: "R5; recorded runs of 4.2.3" },
    ],
    ..BAZEL_2_1
};

const BAZEL_7_7: Engine = Engine {
    id: "bazel-7.7",
    name: "Bazel 7.7",
    summary: "An action whose input is lost fails, but lost digests are remembered: a second \
              build without clean heals.",
    download_default: DownloadMode::TopLevel,
    ac_on_replay: AcOnReplay::RefusesLost,
    remembers_lost: true,
    top_level_fetch: TopLevelFetch::RequestedFiles,
    rerun_outputs_stay_remote: false,
    keeps_fetched_inputs: true,
    validity: Validity::RemoteMetadata,
    fetches_newly_wanted: true,
    exit_on_lost_input: 39,
    exit_on_lost_output: 34,
    message: LossMessage::MissingDigest,
    sources: &[
        Source {
            parameter: "remembers_lost",
            seen_in: "R10; recorded runs of 7.7.1; bazelbuild/bazel#18696",
        },
        Source { parameter: "top_level_fetch", seen_in: RUNS_7 },
        Source { parameter: "keeps_fetched_inputs", seen_in: "R7; recorded runs of 7.7.1" },
        Source { parameter: "validity", seen_in: "R9; recorded runs of 7.7.1" },
        Source { parameter: "exit_on_lost_input", seen_in: "B5a; recorded runs of 7.7.1: exit 39" },
        Source { parameter: "exit_on_lost_output", seen_in: "R9; recorded runs of 7.7.1: exit 34" },
        Source { parameter: "retries", seen_in: "R10: default 0 in 7.7.1" },
    ],
    ..BAZEL_4_2
};

const BAZEL_9_3: Engine = Engine {
    id: "bazel-9.3",
    name: "Bazel 9.3",
    summary: "Producers of lost inputs run again inside the build; an AC entry that names a \
              lost digest is refused.",
    on_loss: OnLoss::Rewind { losses_max: 20 },
    exit_on_lost_input: 1,
    exit_on_lost_output: 1,
    message: LossMessage::MissingDigest,
    sources: &[
        Source {
            parameter: "on_loss",
            seen_in: "ActionRewindStrategy.prepareRewindPlan; on by default: \
                      bazelbuild/bazel#30948",
        },
        Source {
            parameter: "losses_max",
            seen_in: "ActionRewindStrategy.MAX_REPEATED_LOST_INPUTS",
        },
        Source { parameter: "ac_on_replay", seen_in: "A5, era II: bazelbuild/bazel#30393, #31098" },
        Source { parameter: "exit_on_lost_input", seen_in: "A4: the 21st loss fails with exit 1" },
    ],
    ..BAZEL_7_7
};

const BUCK2_1349: Engine = Engine {
    id: "buck2-1349",
    name: "Buck2 with #1349",
    summary: "All losses of a pass are gathered, their producers dirtied, and the command is \
              computed again.",
    tool: Tool::Buck2,
    download_default: DownloadMode::TopLevel,
    on_loss: OnLoss::RewindCommand { passes_max: 20 },
    executor: Executor::Remote,
    fetch_time: FetchTime::AtEnd,
    ac_on_replay: AcOnReplay::Bypasses,
    retries: 0,
    remembers_lost: false,
    requests_empty_std: false,
    uploads_empty: false,
    top_level_fetch: TopLevelFetch::RequestedFiles,
    rerun_outputs_stay_remote: false,
    keeps_fetched_inputs: true,
    validity: Validity::RemoteMetadata,
    fetches_newly_wanted: true,
    exit_on_lost_input: 3,
    exit_on_lost_output: 3,
    message: LossMessage::ExpiredInReCas,
    sources: &[
        Source {
            parameter: "on_loss",
            seen_in: "K2, K7: facebook/buck2#1349, MAX_REPEATED_ACTION_REWINDS",
        },
        Source { parameter: "ac_on_replay", seen_in: "K8: facebook/buck2#1349" },
        Source {
            parameter: "message",
            seen_in: "app/buck2_execute_impl/src/materializers (materializer.rs)",
        },
    ],
};

/// All engines, oldest first, Bazel before Buck2.
pub fn engines() -> &'static [Engine] {
    &[BAZEL_1_1, BAZEL_2_1, BAZEL_4_2, BAZEL_7_7, BAZEL_9_3, BUCK2_1349]
}

impl Engine {
    /// The engine with this id.
    pub fn find(id: &str) -> Option<Self> {
        engines().iter().find(|e| e.id == id).copied()
    }
}
