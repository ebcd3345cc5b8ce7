//! The engines and their parameters as text, for `rewindow engines` and `docs/engines.md`.

use std::fmt::Write;

use crate::rewind::{
    AcOnReplay, Engine, Executor, FetchTime, LossMessage, OnLoss, TopLevelFetch, Validity, engines,
};

/// Every parameter of `engine` in the order of the type: name and value in words.
pub fn parameters(engine: &Engine) -> Vec<(&'static str, String)> {
    // Taken apart in full, so that a new parameter cannot be forgotten here.
    let Engine {
        id: _,
        name: _,
        summary: _,
        tool: _,
        download_default: _,
        sources: _,
        on_loss,
        executor,
        fetch_time,
        ac_on_replay,
        retries,
        remembers_lost,
        requests_empty_std,
        uploads_empty,
        top_level_fetch,
        rerun_outputs_stay_remote,
        keeps_fetched_inputs,
        validity,
        fetches_newly_wanted,
        exit_on_lost_input,
        exit_on_lost_output,
        message,
        gathers_losses,
        on_untyped,
        rewinds_several,
        rewinds_local_inputs,
        rewinds_outputs,
        forgets_on_replay_loss,
        done_consumers,
        coarse_lock,
        canonical_keys,
        clears_queue,
        uploads_local_results,
        checks_disk_ac,
        exit_on_lost_too_often,
        exit_on_io_error,
        retry_message,
    } = *engine;
    let yes_no = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    vec![
        ("on_loss", on_loss_text(on_loss)),
        ("executor", executor_text(executor).to_owned()),
        ("fetch_time", fetch_time_text(fetch_time).to_owned()),
        ("ac_on_replay", ac_on_replay_text(ac_on_replay).to_owned()),
        ("retries", retries.to_string()),
        ("remembers_lost", format!("{remembers_lost:?}")),
        ("gathers_losses", yes_no(gathers_losses)),
        ("on_untyped", format!("{on_untyped:?}")),
        ("rewinds_several", yes_no(rewinds_several)),
        ("rewinds_local_inputs", yes_no(rewinds_local_inputs)),
        ("rewinds_outputs", yes_no(rewinds_outputs)),
        ("forgets_on_replay_loss", yes_no(forgets_on_replay_loss)),
        ("done_consumers", format!("{done_consumers:?}")),
        ("coarse_lock", yes_no(coarse_lock)),
        ("canonical_keys", yes_no(canonical_keys)),
        ("clears_queue", yes_no(clears_queue)),
        ("uploads_local_results", yes_no(uploads_local_results)),
        ("checks_disk_ac", yes_no(checks_disk_ac)),
        ("exit_on_lost_too_often", exit_on_lost_too_often.to_string()),
        ("exit_on_io_error", exit_on_io_error.to_string()),
        ("retry_message", retry_message.to_owned()),
        ("requests_empty_std", yes_no(requests_empty_std)),
        ("uploads_empty", yes_no(uploads_empty)),
        ("top_level_fetch", top_level_fetch_text(top_level_fetch).to_owned()),
        ("rerun_outputs_stay_remote", yes_no(rerun_outputs_stay_remote)),
        ("keeps_fetched_inputs", yes_no(keeps_fetched_inputs)),
        ("validity", validity_text(validity).to_owned()),
        ("fetches_newly_wanted", yes_no(fetches_newly_wanted)),
        ("exit_on_lost_input", exit_on_lost_input.to_string()),
        ("exit_on_lost_output", exit_on_lost_output.to_string()),
        ("message", message_text(message).to_owned()),
    ]
}

/// `docs/engines.md`: every engine with its parameters and where they were seen.
pub fn engines_markdown() -> String {
    let mut text = "# Engines\n\nEach engine is a constant of `Engine` in `src/rewind/engine.rs`. \
                    This page is written by `rewindow engines --markdown`; a test holds the two \
                    equal.\n"
        .to_owned();
    for engine in engines() {
        text += &one(engine);
    }
    text
}

fn one(engine: &Engine) -> String {
    let mut text = String::new();
    // Writing to a `String` cannot fail.
    let _ = write!(
        text,
        "\n## {} (`{}`)\n\n{}\n\nDownload mode by default: `{}`.\n\n\
         | parameter | value |\n|---|---|\n",
        engine.name,
        engine.id,
        engine.summary,
        engine.download_default.name()
    );
    for (name, value) in parameters(engine) {
        let _ = writeln!(text, "| `{name}` | {value} |");
    }
    text += "\nSeen in:\n\n";
    for source in engine.sources {
        let _ = writeln!(text, "- `{}`: {}", source.parameter, source.seen_in);
    }
    text
}

fn on_loss_text(on_loss: OnLoss) -> String {
    match on_loss {
        OnLoss::Fail => "the action fails, and with it the build".to_owned(),
        OnLoss::Rewind { losses_max } => {
            format!("producers run again; one input may be lost {losses_max} times")
        }
        OnLoss::RewindCommand { passes_max } => {
            format!("the command is computed again, at most {passes_max} times")
        }
    }
}

fn executor_text(executor: Executor) -> &'static str {
    match executor {
        Executor::Local => "this machine: inputs are fetched",
        Executor::Remote => "a worker: inputs are asked for, not fetched",
    }
}

fn fetch_time_text(time: FetchTime) -> &'static str {
    match time {
        FetchTime::WithHit => "with the cache hit: what is gone turns the hit into a miss",
        FetchTime::AtEnd => "after all actions: what is gone is a lost top-level output",
    }
}

fn ac_on_replay_text(replay: AcOnReplay) -> &'static str {
    match replay {
        AcOnReplay::Asks => "the action cache is asked",
        AcOnReplay::AsksOnce => "the action cache is asked the first time, unless it speaks HTTP",
        AcOnReplay::Bypasses => "the action cache is not asked",
    }
}

fn top_level_fetch_text(fetch: TopLevelFetch) -> &'static str {
    match fetch {
        TopLevelFetch::WholeAction => "all outputs of a requested action",
        TopLevelFetch::RequestedFiles => "the requested outputs only",
    }
}

fn validity_text(validity: Validity) -> &'static str {
    match validity {
        Validity::OnDisk => "after a switch of mode or a restart: what is on disk",
        Validity::RemoteMetadata => {
            "all; a switch to or from `all`, a restart or a failed fetch asks again"
        }
    }
}

fn message_text(message: LossMessage) -> &'static str {
    match message {
        LossMessage::UnexpectedIo => {
            "unexpected I/O exception: Failed to fetch file with hash …, one at a time"
        }
        LossMessage::ExecFailed => "Exec failed due to IOException: …, or how many are lost",
        LossMessage::UnexpectedLostInputs => "Unexpected lost inputs …",
        LossMessage::MissingDigest => "Missing digest: HASH/SIZE for PATH",
        LossMessage::ExpiredInReCas => "… an artifact that has expired in the RE CAS …",
    }
}
