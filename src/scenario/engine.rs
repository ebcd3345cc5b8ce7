//! The engine of a scenario, with the parameters that the file gives other values.

use crate::rewind::{Engine, engines, parameters};

use super::choices::Setting;
use super::error::{Problem, Word};

/// The engine called `id`, with `settings`.
pub(super) fn engine(id: &Word, settings: &[(Word, Setting)]) -> Result<Engine, Problem> {
    let Some(mut engine) = Engine::find(&id.text) else {
        let known = engines().iter().map(|engine| engine.id);
        return Err(Problem::unknown(id.place, ("no engine", &id.text), known));
    };
    for (name, value) in in_order(settings) {
        engine.set(&name.text, &value.0).map_err(|error| {
            let remedy = "Correct it; rewindow engines lists all parameters";
            Problem::new(name.place, error.to_string(), remedy)
        })?;
    }
    Ok(engine)
}

/// In the order in which parameters are listed: a cap can be set only on an engine that rewinds,
/// and tables of a file have no order.
fn in_order(settings: &[(Word, Setting)]) -> Vec<&(Word, Setting)> {
    let all = parameters();
    let position = |name: &str| {
        let name = name.trim().to_ascii_lowercase().replace('-', "_");
        all.iter().position(|p| p.name == name || p.aliases.contains(&name.as_str()))
    };
    let mut sorted: Vec<_> = settings.iter().collect();
    sorted.sort_by_key(|(name, _)| position(&name.text).unwrap_or(usize::MAX));
    sorted
}
