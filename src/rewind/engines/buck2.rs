//! Buck2, before and after facebook/buck2#1349.

use crate::rewind::engine::{
    AcOnReplay, DoneConsumers, Engine, Executor, FetchTime, LossMessage, OnLoss, OnUntyped,
    RemembersLost, Source, Tool, TopLevelFetch, Validity,
};
use crate::rewind::scenario::DownloadMode;

pub(super) const BUCK2_1349: Engine = Engine {
    id: "buck2-1349",
    name: "Buck2 with #1349",
    summary: "All losses of a pass are gathered, their producers dirtied, and the command is \
              computed again.",
    tool: Tool::Buck2,
    download_default: DownloadMode::TopLevel,
    on_loss: OnLoss::RewindCommand { passes_max: 20 },
    executor: Executor::Remote,
    fetch_time: FetchTime::AtEnd,
    gathers_losses: true,
    on_untyped: OnUntyped::RewindAllInputs,
    rewinds_several: true,
    rewinds_local_inputs: true,
    rewinds_outputs: true,
    ac_on_replay: AcOnReplay::Bypasses,
    retries: 0,
    remembers_lost: RemembersLost::No,
    forgets_on_replay_loss: false,
    done_consumers: DoneConsumers::RunIfChanged,
    coarse_lock: false,
    canonical_keys: true,
    clears_queue: true,
    uploads_local_results: false,
    checks_disk_ac: false,
    requests_empty_std: false,
    uploads_empty: false,
    top_level_fetch: TopLevelFetch::RequestedFiles,
    rerun_outputs_stay_remote: false,
    keeps_fetched_inputs: true,
    validity: Validity::RemoteMetadata,
    fetches_newly_wanted: true,
    exit_on_lost_input: 3,
    exit_on_lost_output: 3,
    exit_on_lost_too_often: 3,
    exit_on_io_error: 3,
    message: LossMessage::ExpiredInReCas,
    retry_message: "",
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
