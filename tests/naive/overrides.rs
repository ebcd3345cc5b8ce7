//! Engines with other values of their parameters than any real one has.

use rewindow::rewind::{
    AcOnReplay, DoneConsumers, Engine, Executor, FetchTime, ForgetsLost, OnLoss, OnUntyped,
    RemembersLost, TopLevelFetch, Validity, engines,
};

/// Gives a parameter, picked by number, a value, picked by number.
pub fn set(engine: &mut Engine, parameter: u8, value: u8) {
    let n = usize::from(value);
    let on = n % 2 == 1;
    match parameter % 35 {
        0 => engine.on_loss = on_loss(n),
        1 => engine.executor = [Executor::Local, Executor::Remote][n % 2],
        2 => engine.fetch_time = fetch_time(n),
        3 => engine.gathers_losses = on,
        4 => engine.on_untyped = [OnUntyped::Fail, OnUntyped::RewindAllInputs][n % 2],
        5 => engine.rewinds_several = on,
        6 => engine.rewinds_local_inputs = on,
        7 => engine.rewinds_outputs = on,
        8 => {
            let all = [AcOnReplay::Asks, AcOnReplay::AsksOnce, AcOnReplay::Bypasses];
            engine.ac_on_replay = all[n % 3];
        }
        9 => {
            let all = [RemembersLost::No, RemembersLost::FromNextAttempt, RemembersLost::AtOnce];
            engine.remembers_lost = all[n % 3];
        }
        10 => engine.forgets_on_replay_loss = on,
        11 => {
            let all =
                [DoneConsumers::StayDone, DoneConsumers::RunIfChanged, DoneConsumers::RunAgain];
            engine.done_consumers = all[n % 3];
        }
        12 => engine.coarse_lock = on,
        13 => engine.canonical_keys = on,
        14 => engine.clears_queue = on,
        15 => engine.retries = u32::from(value % 4),
        16 => engine.uploads_local_results = on,
        17 => engine.checks_disk_ac = on,
        18 => engine.requests_empty_std = on,
        19 => engine.uploads_empty = on,
        20 => {
            let all = [TopLevelFetch::WholeAction, TopLevelFetch::RequestedFiles];
            engine.top_level_fetch = all[n % 2];
        }
        21 => engine.rerun_outputs_stay_remote = on,
        22 => engine.keeps_fetched_inputs = on,
        23 => engine.validity = [Validity::OnDisk, Validity::RemoteMetadata][n % 2],
        24 => engine.remembers_needs_retries = on,
        25 => engine.retries_lost_outputs = on,
        26 => engine.checks_disk_ac_on_replay = on,
        27 => engine.exit_on_lost_output = value % 3,
        28 => engine.exit_on_retries_spent = 77,
        29 => engine.rewinds_shared_trees = on,
        30 => engine.trusts_digests_hours = u32::from(value % 3),
        31 => engine.exit_on_remote_io_error = 78,
        32 => engine.exit_on_output_io_error = value % 3,
        33 => engine.forgets_lost = [ForgetsLost::OnRefusal, ForgetsLost::OnUpload][n % 2],
        _ => engine.fetches_newly_wanted = on,
    }
}

fn fetch_time(n: usize) -> FetchTime {
    [FetchTime::WithHit, FetchTime::TopLevelAtEnd, FetchTime::AtEnd][n % 3]
}

fn on_loss(n: usize) -> OnLoss {
    match n % 8 {
        0 => OnLoss::Fail,
        n @ 1..=3 => OnLoss::Rewind { losses_max: [0, 1, 2][n - 1] },
        4 => OnLoss::Rewind { losses_max: 20 },
        n @ 5..=6 => OnLoss::RewindCommand { passes_max: [0, 2][n - 5] },
        _ => OnLoss::RewindCommand { passes_max: 20 },
    }
}

/// The engines of the product, and what else its parameters can say.
pub fn all_engines() -> Vec<Engine> {
    let rewinding = Engine::find("bazel-9.3").unwrap();
    let mut all = engines().to_vec();
    all.push(Engine { id: "era I", remembers_lost: RemembersLost::No, ..rewinding });
    all.push(Engine { id: "bypassing", ac_on_replay: AcOnReplay::Bypasses, ..rewinding });
    all.push(Engine { id: "retrying", retries: 2, ..Engine::find("bazel-7.7").unwrap() });
    all
}

/// Which engine it is, as an index of [`all_engines`].
pub fn index_of(id: &str) -> usize {
    all_engines().iter().position(|e| e.id == id).unwrap()
}
