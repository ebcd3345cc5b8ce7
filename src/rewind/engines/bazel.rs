//! Bazel before rewinding: from the first versions that build without the bytes to the restart of
//! whole builds.

use crate::rewind::engine::{
    AcOnReplay, DoneConsumers, Engine, Executor, FetchTime, ForgetsLost, LossMessage, OnLoss,
    OnUntyped, RemembersLost, Source, Tool, TopLevelFetch, Validity,
};
use crate::rewind::scenario::DownloadMode;

use super::{ON_EVICTION, seen};

pub(super) const BAZEL_1_1: Engine = Engine {
    id: "bazel-1.1",
    name: "Bazel 1.1",
    summary: "An action whose input is lost fails, and with it the build; building again fails \
              again.",
    tool: Tool::Bazel,
    base: None,
    download_default: DownloadMode::All,
    on_loss: OnLoss::Fail,
    executor: Executor::Local,
    fetch_time: FetchTime::WithHit,
    gathers_losses: true,
    trusts_digests_hours: 0,
    on_untyped: OnUntyped::Fail,
    rewinds_several: true,
    rewinds_local_inputs: true,
    rewinds_shared_trees: true,
    rewinds_outputs: true,
    ac_on_replay: AcOnReplay::Asks,
    retries: 0,
    retries_lost_outputs: false,
    remembers_lost: RemembersLost::No,
    forgets_lost: ForgetsLost::OnRefusal,
    remembers_needs_retries: false,
    forgets_on_replay_loss: false,
    done_consumers: DoneConsumers::StayDone,
    coarse_lock: false,
    canonical_keys: true,
    clears_queue: true,
    uploads_local_results: true,
    checks_disk_ac: false,
    checks_disk_ac_on_replay: false,
    requests_empty_std: true,
    uploads_empty: true,
    top_level_fetch: TopLevelFetch::WholeAction,
    rerun_outputs_stay_remote: true,
    keeps_fetched_inputs: false,
    validity: Validity::OnDisk,
    fetches_newly_wanted: false,
    exit_on_lost_input: 1,
    exit_on_retries_spent: 1,
    exit_on_lost_output: 1,
    exit_on_lost_too_often: 1,
    exit_on_io_error: 1,
    exit_on_remote_io_error: 34,
    exit_on_output_io_error: 34,
    message: LossMessage::UnexpectedIo,
    retry_message: "",
    sources: SOURCES_1_1,
};

const RUNS_OLD: &str = "recorded runs of 1.1.0, 2.1.0 and 4.2.3";
const NOT_REWOUND: &str = "nothing is rewound before 8.0; the value is that of 8.7";
const NOT_RETRIED: &str = "nothing is run again before 6.2 (bazelbuild/bazel#18171)";
const NOT_BUCK2: &str = "Buck2 only: no part of Bazel's way";
const NOT_BUCK2_RULE: &str = "Buck2 only: Bazel takes the cache's word";

const SOURCES_1_1: &[Source] = &[
    seen("download_default", "--experimental_remote_outputs, default all (RemoteOptions)"),
    seen("on_loss", "B5; recorded runs of 1.1.0, 2.1.0 and 4.2.3: a lost input fails its action"),
    seen("cap", NOT_REWOUND),
    seen("executor", "the recorded runs have a cache and no executor"),
    seen("fetch_time", "R3; recorded runs: a wanted output that is gone makes the hit a miss"),
    seen("gathers_losses", "N14; recorded runs: all inputs are asked for, whatever is lost"),
    seen("trusts_digests_hours", NOT_BUCK2_RULE),
    seen("on_untyped", "A1: only a report whose violations are all MISSING is a loss"),
    seen("rewinds_several", NOT_REWOUND),
    seen("rewinds_local_inputs", NOT_REWOUND),
    seen("rewinds_shared_trees", "bazelbuild/bazel#30065: only path mapping sets it off"),
    seen("rewinds_outputs", NOT_REWOUND),
    seen("ac_on_replay", NOT_REWOUND),
    seen("retries", NOT_RETRIED),
    seen("retries_lost_outputs", NOT_RETRIED),
    seen("remembers_lost", "B5; recorded runs: the stale entry is believed after clean as before"),
    seen("forgets_lost", "nothing is remembered before 7.4"),
    seen("remembers_needs_retries", "nothing is remembered before 7.4"),
    seen("forgets_on_replay_loss", NOT_REWOUND),
    seen("done_consumers", NOT_REWOUND),
    seen("coarse_lock", "RemoteRewoundActionSynchronizer is of 8.7.0 and 9.1.0"),
    seen("canonical_keys", NOT_BUCK2),
    seen("clears_queue", NOT_BUCK2),
    seen("uploads_local_results", "B4; --remote_upload_local_results, on in the recorded runs"),
    seen("checks_disk_ac", "DiskAndRemoteCacheClient.downloadActionResult: no check before 6.0"),
    seen("checks_disk_ac_on_replay", NOT_REWOUND),
    seen("requests_empty_std", "W3; recorded runs of 1.1.0 and 2.1.0"),
    seen("uploads_empty", "R5; recorded runs of 1.1.0 and 2.1.0"),
    seen("top_level_fetch", "R2; RemoteExecutionService.shouldDownloadAllSpawnOutputs"),
    seen("rerun_outputs_stay_remote", "R6, N11; recorded runs up to 4.2.3"),
    seen("keeps_fetched_inputs", "R7; RemoteModule.deleteDownloadedInputs"),
    seen("validity", "R9, N16; recorded runs up to 4.2.3"),
    seen("fetches_newly_wanted", RUNS_OLD),
    seen("exit_on_lost_input", "R8; recorded runs of 1.1.0: exit 1"),
    seen("exit_on_retries_spent", NOT_RETRIED),
    seen("exit_on_lost_output", "inferred from exit_on_lost_input: the hit becomes a miss first"),
    seen("exit_on_lost_too_often", "A4: exit 1 in every version that rewinds"),
    seen("exit_on_io_error", "inferred from exit_on_lost_input: one code for all I/O errors"),
    seen("exit_on_remote_io_error", "inferred: (Exit 34) in a log of 0.29, grpc/grpc#20192"),
    seen("exit_on_output_io_error", "inferred: RemoteSpawnRunner, ExitCode.REMOTE_ERROR: 34"),
    seen("message", "recorded runs of 1.1.0; RemoteActionInputFetcher.prefetchFiles"),
    seen("retry_message", NOT_RETRIED),
];

pub(super) const BAZEL_2_1: Engine = Engine {
    id: "bazel-2.1",
    name: "Bazel 2.1",
    summary: "As Bazel 1.1, with an exit code of its own for the failure: 36.",
    base: Some("bazel-1.1"),
    exit_on_lost_input: 36,
    exit_on_retries_spent: 36,
    exit_on_lost_output: 36,
    exit_on_io_error: 36,
    sources: &[
        seen("exit_on_lost_input", "R8; recorded runs of 2.1.0: exit 36"),
        seen("exit_on_retries_spent", "as exit_on_lost_input: nothing is run again before 6.2"),
        seen("exit_on_lost_output", "inferred from exit_on_lost_input"),
        seen("exit_on_io_error", "recorded runs of 2.1.0: 36 stands for every I/O error"),
    ],
    ..BAZEL_1_1
};

pub(super) const BAZEL_4_2: Engine = Engine {
    id: "bazel-4.2",
    name: "Bazel 4.2",
    summary: "As Bazel 2.1, with another message; blobs of size 0 are neither requested nor \
              uploaded.",
    base: Some("bazel-2.1"),
    requests_empty_std: false,
    uploads_empty: false,
    message: LossMessage::ExecFailed,
    sources: &[
        seen(
            "exit_on_remote_io_error",
            "(Exit 34): Remote Execution Failure, a log in buildbuddy-io/buildbuddy#1451",
        ),
        seen("requests_empty_std", "W3; recorded runs of 4.2.3"),
        seen("uploads_empty", "R5; recorded runs of 4.2.3"),
        seen("message", "B5, N14; recorded runs of 4.2.3"),
    ],
    ..BAZEL_2_1
};

pub(super) const BAZEL_5: Engine = Engine {
    id: "bazel-5",
    name: "Bazel 5",
    summary: "As Bazel 4.2, but inputs that were fetched for an action stay on disk.",
    base: Some("bazel-4.2"),
    keeps_fetched_inputs: true,
    sources: &[seen(
        "keeps_fetched_inputs",
        "inferred: RemoteModule.deleteDownloadedInputs is gone (bazelbuild/bazel#12855)",
    )],
    ..BAZEL_4_2
};

pub(super) const BAZEL_6_0: Engine = Engine {
    id: "bazel-6.0",
    name: "Bazel 6.0",
    summary: "A lost input still fails the build; requested outputs are fetched in the background \
              after their action, and one that is gone is only warned of.",
    base: Some("bazel-5"),
    fetch_time: FetchTime::TopLevelAtEnd,
    top_level_fetch: TopLevelFetch::RequestedFiles,
    fetches_newly_wanted: true,
    exit_on_lost_output: 0,
    exit_on_output_io_error: 0,
    sources: &[
        seen("fetch_time", "ToplevelArtifactsDownloader: bazelbuild/bazel#16524"),
        seen("top_level_fetch", "ToplevelArtifactsDownloader: bazelbuild/bazel#16524"),
        seen("fetches_newly_wanted", "ToplevelArtifactsDownloader: bazelbuild/bazel#16524, #17417"),
        seen("exit_on_lost_output", "inferred: ToplevelArtifactsDownloader logs the failure only"),
        seen(
            "exit_on_output_io_error",
            "inferred: ToplevelArtifactsDownloader logs the failure only",
        ),
    ],
    ..BAZEL_5
};

pub(super) const BAZEL_6_2: Engine = Engine {
    id: "bazel-6.2",
    name: "Bazel 6.2",
    summary: "The flag --experimental_remote_cache_eviction_retries comes, at 0: a build can run \
              again as a whole, but a stale AC entry is believed again.",
    base: Some("bazel-6.0"),
    checks_disk_ac: true,
    validity: Validity::RemoteMetadata,
    exit_on_lost_input: 34,
    exit_on_retries_spent: 39,
    message: LossMessage::MissingDigestOnly,
    retry_message: ON_EVICTION,
    sources: &[
        seen("checks_disk_ac", "bazelbuild/bazel#17201: the disk half of a combined cache, 6.1.0"),
        seen(
            "validity",
            "bazelbuild/bazel#17747: all remote metadata is dropped after a loss; what a restart \
             does is inferred",
        ),
        seen("retries", "ExecutionOptions: default 0, since bazelbuild/bazel#18171"),
        seen(
            "exit_on_lost_input",
            "--incompatible_remote_use_new_exit_code_for_lost_inputs is off until 7.0: 34",
        ),
        seen(
            "exit_on_retries_spent",
            "useNewExitCodeForLostInputs || remoteRetryOnTransientCacheError > 0: 39",
        ),
        seen("message", "bazelbuild/bazel#17358 (6.1.0); a log of 6.2 in #17711"),
        seen("retry_message", "BlazeCommandDispatcher, 6.2 to 7"),
    ],
    ..BAZEL_6_0
};

pub(super) const BAZEL_7_7: Engine = Engine {
    id: "bazel-7.7",
    name: "Bazel 7.7",
    summary: "An action whose input is lost fails, but lost digests are remembered: a second \
              build without clean heals.",
    base: Some("bazel-6.2"),
    download_default: DownloadMode::TopLevel,
    fetch_time: FetchTime::WithHit,
    remembers_lost: RemembersLost::AtOnce,
    rerun_outputs_stay_remote: false,
    exit_on_lost_input: 39,
    exit_on_lost_output: 34,
    exit_on_output_io_error: 34,
    message: LossMessage::MissingDigest,
    sources: &[
        seen("download_default", "A9: toplevel since 7.0 (bazelbuild/continuous-integration#2436)"),
        seen("fetch_time", "RemoteOutputChecker.shouldDownloadOutput; recorded runs of 7.7.1"),
        seen("remembers_lost", "R10; recorded runs of 7.7.1; bazelbuild/bazel#18696 (7.4.0)"),
        seen("forgets_lost", "RemoteExecutionService.updateKnownMissingCasDigests: `remove`"),
        seen("rerun_outputs_stay_remote", "R6; recorded runs of 7.7.1"),
        seen("top_level_fetch", "R2; recorded runs of 7.7.1"),
        seen("keeps_fetched_inputs", "R7, N9; recorded runs of 7.7.1"),
        seen("validity", "R9, N1 to N4; recorded runs of 7.7.1"),
        seen("fetches_newly_wanted", "N4; recorded runs of 7.7.1"),
        seen("exit_on_lost_input", "B5a; recorded runs of 7.7.1: exit 39"),
        seen("exit_on_retries_spent", "R4; recorded runs of 7.7.1 with retries: exit 39"),
        seen("exit_on_lost_output", "R9, N8; recorded runs of 7.7.1: exit 34"),
        seen("exit_on_io_error", "AbstractSpawnStrategy: EXEC_IO_EXCEPTION, 36"),
        seen("exit_on_remote_io_error", "RemoteSpawnRunner.handleError: EXECUTION_FAILED, 34"),
        seen(
            "exit_on_output_io_error",
            "CompletionFunction, RemoteImportantOutputHandler: \
             TOPLEVEL_OUTPUTS_DOWNLOAD_FAILURE, 34",
        ),
        seen("message", "B5a; recorded runs of 7.7.1"),
    ],
    ..BAZEL_6_2
};
