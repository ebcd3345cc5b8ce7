//! Bazel, from the first versions that build without the bytes to rewinding by default.

use crate::rewind::engine::{
    AcOnReplay, DoneConsumers, Engine, Executor, FetchTime, LossMessage, OnLoss, OnUntyped,
    RemembersLost, Source, Tool, TopLevelFetch, Validity,
};
use crate::rewind::scenario::DownloadMode;

const RUNS_OLD: &str = "recorded runs: oracles/bazel (RULES.md)";
const RUNS_7: &str = "recorded runs: oracles/bazel7 (RULES.md)";

pub(super) const BAZEL_1_1: Engine = Engine {
    id: "bazel-1.1",
    name: "Bazel 1.1",
    summary: "An action whose input is lost fails, and with it the build; building again fails \
              again.",
    tool: Tool::Bazel,
    download_default: DownloadMode::All,
    on_loss: OnLoss::Fail,
    executor: Executor::Local,
    fetch_time: FetchTime::WithHit,
    gathers_losses: true,
    on_untyped: OnUntyped::Fail,
    rewinds_several: true,
    rewinds_local_inputs: true,
    rewinds_outputs: true,
    ac_on_replay: AcOnReplay::Asks,
    retries: 0,
    remembers_lost: RemembersLost::No,
    forgets_on_replay_loss: false,
    done_consumers: DoneConsumers::StayDone,
    coarse_lock: false,
    canonical_keys: true,
    clears_queue: true,
    uploads_local_results: true,
    checks_disk_ac: false,
    requests_empty_std: true,
    uploads_empty: true,
    top_level_fetch: TopLevelFetch::WholeAction,
    rerun_outputs_stay_remote: true,
    keeps_fetched_inputs: false,
    validity: Validity::OnDisk,
    fetches_newly_wanted: false,
    exit_on_lost_input: 1,
    exit_on_lost_output: 1,
    exit_on_lost_too_often: 1,
    exit_on_io_error: 1,
    message: LossMessage::UnexpectedIo,
    retry_message: "",
    sources: &[
        Source { parameter: "on_loss", seen_in: RUNS_OLD },
        Source { parameter: "requests_empty_std", seen_in: "W3; recorded runs of 1.1.0 and 2.1.0" },
        Source { parameter: "rerun_outputs_stay_remote", seen_in: "R6; recorded runs up to 4.2.3" },
        Source { parameter: "validity", seen_in: "R9; recorded runs up to 4.2.3" },
        Source { parameter: "exit_on_lost_input", seen_in: "R8; recorded runs of 1.1.0: exit 1" },
        Source { parameter: "message", seen_in: "RemoteActionInputFetcher.prefetchFiles, 1.1.0" },
    ],
};

pub(super) const BAZEL_2_1: Engine = Engine {
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

pub(super) const BAZEL_4_2: Engine = Engine {
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

pub(super) const BAZEL_7_7: Engine = Engine {
    id: "bazel-7.7",
    name: "Bazel 7.7",
    summary: "An action whose input is lost fails, but lost digests are remembered: a second \
              build without clean heals.",
    download_default: DownloadMode::TopLevel,
    remembers_lost: RemembersLost::AtOnce,
    top_level_fetch: TopLevelFetch::RequestedFiles,
    rerun_outputs_stay_remote: false,
    keeps_fetched_inputs: true,
    validity: Validity::RemoteMetadata,
    fetches_newly_wanted: true,
    exit_on_lost_input: 39,
    exit_on_lost_output: 34,
    exit_on_io_error: 34,
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

pub(super) const BAZEL_9_3: Engine = Engine {
    id: "bazel-9.3",
    name: "Bazel 9.3",
    summary: "Producers of lost inputs run again inside the build; an AC entry that names a \
              lost digest is refused.",
    on_loss: OnLoss::Rewind { losses_max: 20 },
    exit_on_lost_input: 1,
    exit_on_lost_output: 1,
    exit_on_lost_too_often: 1,
    exit_on_io_error: 1,
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
