//! The engines and their parameters as text, for `rewindow engines` and `docs/engines.md`.
//!
//! Everything comes from the registry of parameters: there is no list of them here.

use std::fmt::Write;

use crate::rewind::{Engine, Parameter, Tool, Values, engines, parameters};

/// A parameter of an engine, as it is shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParameterRow {
    /// Which parameter.
    pub parameter: Parameter,
    /// Its value, as it is set.
    pub value: String,
    /// Its value in words.
    pub in_words: String,
    /// Where the value was seen.
    pub seen_in: &'static str,
    /// Whether it is other than the engine's own.
    pub is_overridden: bool,
}

/// Every parameter of `engine`, in the order of the registry.
pub fn parameter_rows(engine: &Engine) -> Vec<ParameterRow> {
    let overrides = engine.overrides();
    let row = |parameter: Parameter| ParameterRow {
        value: parameter.value(engine),
        in_words: parameter.in_words(engine),
        seen_in: engine.source(parameter.name).unwrap_or_default(),
        is_overridden: overrides.iter().any(|o| o.0 == parameter.name),
        parameter,
    };
    parameters().into_iter().map(row).collect()
}

/// The name of `engine`, and what of it was overridden: `Bazel 8.0 (retries=2)`.
pub fn engine_name(engine: &Engine) -> String {
    let pairs = engine.overrides().into_iter().map(|(name, value)| format!("{name}={value}"));
    let pairs: Vec<String> = pairs.collect();
    match pairs.len() {
        0 => engine.name.to_owned(),
        _ => format!("{} ({})", engine.name, pairs.join(", ")),
    }
}

/// What people call a tool.
pub fn tool_name(tool: Tool) -> &'static str {
    match tool {
        Tool::Bazel => "Bazel",
        Tool::Buck2 => "Buck2",
    }
}

/// `docs/engines.md`: every parameter, and every engine with what it changes and where that was
/// seen.
pub fn engines_markdown() -> String {
    let mut text = "# Engines\n\nEach engine is a constant of `Engine` in `src/rewind/engines/`. \
                    This page is written by `rewindow engines --markdown`; a test holds the two \
                    equal.\n\nEvery parameter can be overridden: `rewindow plan … --set \
                    NAME=VALUE`, or the sheet of parameters on the page.\n\n"
        .to_owned();
    for engine in engines() {
        let _ = writeln!(text, "- [{}](#{}): {}", engine.name, anchor(engine), engine.summary);
    }
    text += "\n## Parameters\n\n| parameter | meaning | values | rules |\n|---|---|---|---|\n";
    for parameter in parameters() {
        text += &parameter_line(&parameter);
    }
    for engine in engines() {
        text += &one(engine);
    }
    text
}

fn parameter_line(parameter: &Parameter) -> String {
    let aliases: Vec<_> = parameter.aliases.iter().map(|alias| format!("`{alias}`")).collect();
    let also = match aliases.len() {
        0 => String::new(),
        _ => format!(" Also {}.", aliases.join(", ")),
    };
    let values = match parameter.values {
        Values::Words(words) => {
            let one = |word: &crate::rewind::Word| format!("`{}`: {}", word.name, word.meaning);
            words.iter().map(one).collect::<Vec<_>>().join("<br>")
        }
        other => other.to_string(),
    };
    let Parameter { name, meaning, rules, .. } = parameter;
    format!("| `{name}` | {meaning}{also} | {values} | {rules} |\n")
}

fn one(engine: &Engine) -> String {
    let mut text = String::new();
    // Writing to a `String` cannot fail.
    let _ = write!(text, "\n## {}\n\n`{}`: {}\n\n", engine.name, engine.id, engine.summary);
    let rows = parameter_rows(engine).into_iter();
    let rows: Vec<ParameterRow> = match engine.base() {
        None => rows.collect(),
        Some(base) => {
            let _ = writeln!(text, "As {} (`{}`), but for this:\n", base.name, base.id);
            let changed = engine.differences(&base);
            let has_own = |name| engine.sources.iter().any(|s| s.parameter == name);
            let is_new = |row: &ParameterRow| {
                changed.iter().any(|c| c.0 == row.parameter.name) || has_own(row.parameter.name)
            };
            rows.filter(is_new).collect()
        }
    };
    text += "| parameter | value | in words | seen in |\n|---|---|---|---|\n";
    for ParameterRow { parameter, value, in_words, seen_in, .. } in rows {
        let words = if in_words == value { String::new() } else { cell(&in_words) };
        let seen_in = cell(seen_in);
        let _ = writeln!(text, "| `{}` | `{value}` | {words} | {seen_in} |", parameter.name);
    }
    text
}

/// `text` in a table: a bar would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// How a heading is linked to.
fn anchor(engine: &Engine) -> String {
    let letters = engine.name.to_lowercase().replace(' ', "-");
    letters.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
}
