//! Which actions a person wants to see: what the filter panel says, and the actions that it lets
//! through.

use std::rc::Rc;

use crate::model::{ActionId, Graph, Id, IdSet, TextId};
use crate::rewind::{ActionState, LabelPattern};
use crate::scene::{Filter, Tints};

use super::text_scan::TextScan;

/// What is looked through at once, in bytes of text and in actions: some 10 ms.
const SLICE_BYTES: usize = 16 << 20;
const SLICE_ACTIONS: usize = 1 << 18;

/// What the filter panel says. The default lets everything through.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FilterChoice {
    /// Part of a label or of the path of an output.
    pub text: String,
    /// A label pattern such as `//a/...`.
    pub pattern: String,
    /// A mnemonic; empty: any.
    pub mnemonic: String,
    /// A state; `None`: any.
    pub state: Option<ActionState>,
    /// Least size of the largest output in bytes; an output of unknown size counts as 0.
    pub bytes_min: u64,
    /// Least duration in milliseconds; an unknown one counts as 0.
    pub ms_min: u32,
    /// Hide the others, rather than dim them.
    pub hides: bool,
}

impl FilterChoice {
    /// Whether it lets everything through.
    pub fn is_any(&self) -> bool {
        *self == Self { hides: self.hides, ..Self::default() }
    }

    /// Whether the pattern, if there is one, reads.
    pub fn reads(&self) -> bool {
        self.pattern.trim().is_empty() || self.read_pattern().is_some()
    }

    fn read_pattern(&self) -> Option<LabelPattern> {
        LabelPattern::parse(self.pattern.trim())
    }
}

/// A filter in the making: texts are looked through a slice at a time, then actions.
#[derive(Clone, Debug)]
pub struct Filtering {
    choice: FilterChoice,
    scan: TextScan,
    pattern: Option<LabelPattern>,
    labels: Labels,
    /// How many actions were looked at, and which of them are let through.
    n_seen: usize,
    shown: IdSet<ActionId>,
}

impl Filtering {
    /// Begins to find what `choice` lets through.
    pub fn new(graph: &Graph, choice: FilterChoice) -> Self {
        let scan = TextScan::new(graph.texts(), choice.text.trim());
        let pattern = choice.read_pattern();
        let (labels, n_seen, shown) = Default::default();
        Self { choice, scan, pattern, labels, n_seen, shown }
    }

    /// Goes on; the filter of that version once it is found.
    pub fn go_on(&mut self, graph: &Graph, tints: &Tints, version: u64) -> Option<Rc<Filter>> {
        if !self.scan.is_done() {
            self.scan.go_on(graph.texts(), SLICE_BYTES);
            if !self.scan.is_done() || graph.n_actions() > SLICE_ACTIONS {
                return None;
            }
        }
        let end = (self.n_seen + SLICE_ACTIONS).min(graph.n_actions());
        for action in (self.n_seen..end).map(ActionId::at) {
            if self.lets_through(graph, tints, action) {
                self.shown.insert(action);
            }
        }
        self.n_seen = end;
        let shown = (end == graph.n_actions()).then(|| std::mem::take(&mut self.shown))?;
        Some(Rc::new(Filter::new(shown, self.choice.hides, version)))
    }

    fn lets_through(&mut self, graph: &Graph, tints: &Tints, action: ActionId) -> bool {
        let choice = &self.choice;
        let size = |&o| graph.blob(o).and_then(|blob| graph.blobs().size_bytes(blob));
        choice.state.is_none_or(|state| tints.state(action) == state)
            && (choice.mnemonic.is_empty() || graph.mnemonic(action) == choice.mnemonic)
            && graph.duration_ms(action).unwrap_or(0) >= choice.ms_min
            && (choice.bytes_min == 0
                || graph.outputs(action).iter().filter_map(size).max().unwrap_or(0)
                    >= choice.bytes_min)
            && (self.pattern.as_ref()).is_none_or(|p| self.labels.matches(p, graph, action))
            && (choice.text.trim().is_empty() || self.has_text(graph, action))
    }

    fn has_text(&self, graph: &Graph, action: ActionId) -> bool {
        let hits = &self.scan.hits;
        hits.contains(graph.label_id(action))
            || graph.outputs(action).iter().any(|&o| hits.contains(graph.path_id(o)))
    }
}

/// What a pattern says of each label, asked once: many actions share one.
#[derive(Clone, Debug, Default)]
struct Labels {
    asked: IdSet<TextId>,
    matching: IdSet<TextId>,
}

impl Labels {
    fn matches(&mut self, pattern: &LabelPattern, graph: &Graph, action: ActionId) -> bool {
        let label = graph.label_id(action);
        if self.asked.insert(label) && pattern.matches(graph.texts().get(label)) {
            self.matching.insert(label);
        }
        self.matching.contains(label)
    }
}
