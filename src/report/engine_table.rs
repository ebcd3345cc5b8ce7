//! The engines and their parameters as text, for `rewindow engines` and `docs/engines.md`.

use std::fmt::Write;

use crate::rewind::{
    AcOnReplay, Engine, LossMessage, LossScope, OnLoss, TopLevelFetch, Validity, engines,
};

/// Every parameter of `engine` in the order of the type: name and value in words.
pub fn parameters(engine: &Engine) -> Vec<(&'static str, String)> {
    let yes_no = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    vec![
        ("on_loss", on_loss(engine.on_loss)),
        ("loss_scope", loss_scope(engine.loss_scope).to_owned()),
        ("ac_on_replay", ac_on_replay(engine.ac_on_replay).to_owned()),
        ("retries", engine.retries.to_string()),
        ("remembers_lost", yes_no(engine.remembers_lost)),
        ("requests_empty_std", yes_no(engine.requests_empty_std)),
        ("uploads_empty", yes_no(engine.uploads_empty)),
        ("top_level_fetch", top_level_fetch(engine.top_level_fetch).to_owned()),
        ("rerun_outputs_stay_remote", yes_no(engine.rerun_outputs_stay_remote)),
        ("keeps_fetched_inputs", yes_no(engine.keeps_fetched_inputs)),
        ("validity", validity(engine.validity).to_owned()),
        ("fetches_newly_wanted", yes_no(engine.fetches_newly_wanted)),
        ("exit_on_lost_input", engine.exit_on_lost_input.to_string()),
        ("exit_on_lost_output", engine.exit_on_lost_output.to_string()),
        ("message", message(engine.message)),
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
        "\n## {} (`{}`)\n\n{}\n\nDownload mode by default: `{}`.\n\n| parameter | value |\n|---|---|\n",
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

fn on_loss(on_loss: OnLoss) -> String {
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

fn loss_scope(scope: LossScope) -> &'static str {
    match scope {
        LossScope::Batch => "all lost inputs of an action at once",
        LossScope::First => "the first lost input only",
    }
}

fn ac_on_replay(replay: AcOnReplay) -> &'static str {
    match replay {
        AcOnReplay::Believes => "the entry is believed, stale or not",
        AcOnReplay::RefusesLost => "an entry that names a lost digest is refused",
        AcOnReplay::Bypasses => "the action cache is not asked",
    }
}

fn top_level_fetch(fetch: TopLevelFetch) -> &'static str {
    match fetch {
        TopLevelFetch::WholeAction => "all outputs of a requested action",
        TopLevelFetch::RequestedFiles => "the requested outputs only",
    }
}

fn validity(validity: Validity) -> &'static str {
    match validity {
        Validity::OnDisk => "after a switch of mode or a restart: what is on disk",
        Validity::RemoteMetadata => {
            "all; a switch to or from `all`, a restart or a failed fetch asks again"
        }
    }
}

fn message(message: LossMessage) -> String {
    match message {
        LossMessage::FailedToFetch { flag } => {
            format!("Failed to fetch file with hash …, naming `{flag}`")
        }
        LossMessage::MissingDigest => "Missing digest: … for …".to_owned(),
        LossMessage::LostTooOften => "lost input too many times …".to_owned(),
        LossMessage::ExpiredInReCas => "… an artifact that has expired in the RE CAS …".to_owned(),
    }
}
