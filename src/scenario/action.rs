//! An action of an inline graph: `LABEL: INPUTS -> OUTPUTS`, or a table.

use toml_writer::ToTomlValue;

use crate::model::ActionKind;
use crate::rewind::Executor;

use super::choices::Content;
use super::error::{Place, Problem, Word};
use super::value::{Fields, Item, Value, inline, record};

record! {
    /// An action as a table.
    ActionText: "LABEL: INPUTS -> OUTPUTS, or a table that describes an action" {
        /// Its target.
        label: Word,
        /// Paths that it reads.
        inputs: Option<Vec<Word>>,
        /// Paths that it writes.
        outputs: Option<Vec<Word>>,
        /// Sort of action.
        mnemonic: Option<Word>,
        /// How it comes by its outputs.
        kind: Option<ActionKind>,
        /// How long it executes.
        duration_ms: Option<u32>,
        /// Standard output.
        stdout: Option<Content>,
        /// Standard error.
        stderr: Option<Content>,
        /// Its AC key.
        key: Option<Content>,
        /// Its Command message.
        command: Option<Content>,
        /// It yields fresh content each time.
        nondeterministic: Option<bool>,
        /// Where it executes.
        executor: Option<Executor>,
    }
}

/// An action in either form.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct ActionLine(pub ActionText);

impl Value for ActionLine {
    fn expected() -> String {
        ActionText::expected()
    }

    fn read(item: &Item<'_>) -> Result<Self, Problem> {
        match item.text() {
            Some(word) => from_line(item, &word).map(Self),
            None if item.value.get_ref().is_table() => {
                ActionText::read(&item.named("an action")).map(Self)
            }
            None => Err(item.named("an action").expected(&Self::expected())),
        }
    }

    fn write(&self) -> Option<String> {
        let ActionText { label, inputs, outputs, .. } = &self.0;
        let fields = self.0.written();
        let is_short = fields.iter().all(|f| matches!(f.0, "label" | "inputs" | "outputs"));
        let (Some(inputs), Some(outputs), true) = (inputs, outputs, is_short) else {
            return Some(inline(&fields));
        };
        let fits = |word: &Word| {
            let is_plain = |c: char| !c.is_whitespace();
            !word.text.is_empty() && word.text != "->" && word.text.chars().all(is_plain)
        };
        let is_label = label.text.trim() == label.text && !label.text.contains(": ");
        if !is_label || label.text.contains(['\n', '\r']) || !inputs.iter().chain(outputs).all(fits)
        {
            return Some(inline(&fields));
        }
        let join = |words: &[Word]| -> String {
            words.iter().map(|word| format!(" {}", word.text)).collect()
        };
        let text = format!("{}:{} ->{}", label.text, join(inputs), join(outputs));
        Some(text.to_toml_value())
    }
}

/// `LABEL: INPUTS -> OUTPUTS`. A label may hold colons, so it ends at the first one with a blank
/// after it.
fn from_line(item: &Item<'_>, line: &Word) -> Result<ActionText, Problem> {
    let place = line.place;
    let word = |text: &str| Word { text: text.to_owned(), place };
    let wrong = || item.named("an action").expected("LABEL: INPUTS -> OUTPUTS");
    let (label, rest) = line.text.split_once(": ").ok_or_else(wrong)?;
    let paths: Vec<&str> = rest.split_whitespace().collect();
    let arrow = paths.iter().position(|&path| path == "->").ok_or_else(wrong)?;
    let words = |paths: &[&str]| Some(paths.iter().map(|path| word(path)).collect());
    Ok(ActionText {
        label: word(label.trim()),
        inputs: words(&paths[..arrow]),
        outputs: words(&paths[arrow + 1..]),
        place,
        ..ActionText::default()
    })
}
