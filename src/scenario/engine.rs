//! Parameters of the engine that a scenario overrides.

use crate::rewind::{AcOnReplay, Engine, OnLoss, RemembersLost};

use super::error::{Problem, Word};

const NAMES: [&str; 4] = ["retries", "cap", "ac_on_replay", "remembers_lost"];

/// Sets the parameter `name`.
pub(super) fn set(engine: &mut Engine, name: &Word, value: &str) -> Result<(), Problem> {
    let wrong = |expected: &str| {
        let problem = format!("{} is '{value}': expected {expected}", name.text);
        Problem::new(name.place, problem, "Correct it; rewindow engines lists all")
    };
    let number = || value.parse::<u32>().map_err(|_| wrong("a whole number"));
    match name.text.as_str() {
        "retries" => engine.retries = number()?,
        "cap" => match &mut engine.on_loss {
            OnLoss::Rewind { losses_max: cap } | OnLoss::RewindCommand { passes_max: cap } => {
                *cap = number()?;
            }
            OnLoss::Fail => return Err(wrong("an engine that rewinds")),
        },
        "ac_on_replay" => {
            engine.ac_on_replay = match value {
                "asks" => AcOnReplay::Asks,
                "asks-once" => AcOnReplay::AsksOnce,
                "bypasses" => AcOnReplay::Bypasses,
                _ => return Err(wrong("asks, asks-once or bypasses")),
            }
        }
        "remembers_lost" => {
            engine.remembers_lost = match value {
                "no" => RemembersLost::No,
                "from-next-attempt" => RemembersLost::FromNextAttempt,
                "at-once" => RemembersLost::AtOnce,
                _ => return Err(wrong("no, from-next-attempt or at-once")),
            }
        }
        found => {
            let what = ("no parameter", found);
            return Err(Problem::unknown(name.place, what, NAMES.into_iter()));
        }
    }
    Ok(())
}
