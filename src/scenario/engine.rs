//! Parameters of the engine that a scenario overrides.

use crate::rewind::{Engine, SetError};

use super::error::{Problem, Word};

/// Sets the parameter `name`.
pub(super) fn set(engine: &mut Engine, name: &Word, value: &str) -> Result<(), Problem> {
    engine.set(&name.text, value).map_err(|error: SetError| {
        Problem::new(name.place, error.to_string(), "Correct it; rewindow engines lists all")
    })
}
