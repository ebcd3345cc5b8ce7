//! Reads action graphs as `aquery` prints them for people, which is what it does unless told
//! otherwise: a block an action, with its inputs and outputs by path.

use std::collections::HashMap;

use super::aquery::{RawAction, RawGraph, RawPath, Read};
use super::card::Place;
use super::notes::{Meter, Notes, Stop};

/// How much of a text is looked at: the first action may write a long command below it.
const HEAD_LINES: usize = 4000;

/// Whether `text` begins as such blocks do: with a line that names an action, and its mnemonic on
/// the next.
pub(super) fn looks_like(text: &[u8]) -> bool {
    let first = text.split(|&b| b == b'\n').next().unwrap_or_default();
    if first.starts_with(b"action '") {
        return true;
    }
    // Above it there may be what Bazel says on the console.
    let mut before: &[u8] = b"";
    text.split(|&b| b == b'\n').take(HEAD_LINES).any(|line| {
        let is_named = !before.is_empty() && !before.starts_with(b" ");
        before = line.trim_ascii_end();
        is_named && line.starts_with(MNEMONIC.as_bytes())
    })
}

const MNEMONIC: &str = "  Mnemonic: ";

/// Reads all blocks.
pub(super) fn read(bytes: &[u8], notes: &mut Notes, meter: &mut Meter) -> Result<Read, Stop> {
    let mut blocks = Blocks::default();
    let mut done = 0;
    for (i, line) in bytes.split_inclusive(|&b| b == b'\n').enumerate() {
        done += line.len();
        meter.at(done, bytes.len())?;
        let line = String::from_utf8_lossy(line);
        blocks.line(line.trim_end(), &Place::Line(i as u64 + 1), notes);
    }
    let (facts, mut counts) = blocks.graph.join(notes)?;
    // Sets are what the other formats share inputs by.
    counts.retain(|count| count.0 != "dep_sets");
    Ok((facts, counts))
}

#[derive(Default)]
struct Blocks {
    graph: RawGraph,
    /// Ids of artifacts by path, and of targets by label; from 1.
    artifacts: HashMap<String, u32>,
    targets: HashMap<String, u32>,
    /// Whether the command of the action at hand has begun, below which nothing is read: it may
    /// have any lines.
    is_command: bool,
}

impl Blocks {
    fn line(&mut self, line: &str, place: &Place, notes: &mut Notes) {
        if let Some(mnemonic) = line.strip_prefix(MNEMONIC) {
            self.is_command = false;
            self.graph.actions.push(RawAction {
                target: 0,
                mnemonic: mnemonic.to_owned(),
                has_arguments: false,
                input_sets: Vec::new(),
                outputs: Vec::new(),
                discovers_inputs: false,
                primary_output: 0,
            });
            return;
        }
        if self.is_command || self.graph.actions.is_empty() {
            return;
        }
        if let Some(label) = line.strip_prefix("  Target: ") {
            let id = self.target(label);
            self.last(|action| action.target = id);
        } else if let Some(list) = line.strip_prefix("  Inputs: [") {
            let set = self.graph.sets.len() as u32 + 1;
            let inputs = self.list(list, place, notes);
            self.graph.sets.push((set, inputs, Vec::new()));
            self.last(|action| action.input_sets.push(set));
        } else if let Some(list) = line.strip_prefix("  Outputs: [") {
            let outputs = self.list(list, place, notes);
            self.last(|action| action.outputs = outputs);
        } else if line.starts_with("  Command Line: (") {
            self.is_command = true;
            self.last(|action| action.has_arguments = true);
        }
    }

    fn last(&mut self, change: impl FnOnce(&mut RawAction)) {
        if let Some(action) = self.graph.actions.last_mut() {
            change(action);
        }
    }

    fn target(&mut self, label: &str) -> u32 {
        if let Some(&known) = self.targets.get(label) {
            return known;
        }
        let id = self.targets.len() as u32 + 1;
        self.targets.insert(label.to_owned(), id);
        self.graph.targets.insert(id, label.to_owned());
        id
    }

    /// The artifacts of a list `PATH, PATH]`.
    fn list(&mut self, list: &str, place: &Place, notes: &mut Notes) -> Vec<u32> {
        let whole = list.strip_suffix(']');
        if whole.is_none() {
            let what = || "A list of artifacts has no end.".to_owned();
            notes.add("list", place.clone(), what, "Its last path is left out.");
        }
        // A path that is cut off would be another.
        let paths = whole.unwrap_or_else(|| list.rsplit_once(", ").map_or("", |(head, _)| head));
        let paths = paths.split(", ").filter(|path| !path.is_empty());
        paths.map(|path| self.artifact(path)).collect()
    }

    fn artifact(&mut self, path: &str) -> u32 {
        if let Some(&known) = self.artifacts.get(path) {
            return known;
        }
        let id = self.artifacts.len() as u32 + 1;
        self.artifacts.insert(path.to_owned(), id);
        self.graph.artifacts.push((id, RawPath::Whole(path.to_owned()), false));
        id
    }
}
