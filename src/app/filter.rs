//! Which actions a person wants to see: what the filter panel says, and the actions that it lets
//! through.

use std::rc::Rc;

use crate::model::{ActionId, Graph, IdSet, TextId};
use crate::rewind::{ActionState, LabelPattern};
use crate::scene::{Filter, Tints};

use super::search::SLICE_BYTES;
use super::text_scan::TextScan;

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

/// A filter in the making: texts are looked through a slice at a time.
#[derive(Clone, Debug)]
pub struct Filtering {
    choice: FilterChoice,
    scan: TextScan,
}

impl Filtering {
    /// Begins to find what `choice` lets through.
    pub fn new(graph: &Graph, choice: FilterChoice) -> Self {
        let scan = TextScan::new(graph.texts(), choice.text.trim());
        Self { choice, scan }
    }

    /// Goes on; the filter of that version once it is found.
    pub fn go_on(&mut self, graph: &Graph, tints: &Tints, version: u64) -> Option<Rc<Filter>> {
        self.scan.go_on(graph.texts(), SLICE_BYTES);
        self.scan.is_done().then(|| Rc::new(self.filter(graph, tints, version)))
    }

    fn filter(&self, graph: &Graph, tints: &Tints, version: u64) -> Filter {
        let choice = &self.choice;
        let has_text = !choice.text.trim().is_empty();
        let pattern = choice.read_pattern();
        let mut labels = Labels::default();
        let mnemonic = Some(choice.mnemonic.as_str()).filter(|m| !m.is_empty());
        let is_let_through = |&action: &ActionId| {
            let size = |&o| graph.blob(o).and_then(|blob| graph.blobs().size_bytes(blob));
            choice.state.is_none_or(|state| tints.state(action) == state)
                && mnemonic.is_none_or(|mnemonic| graph.mnemonic(action) == mnemonic)
                && graph.duration_ms(action).unwrap_or(0) >= choice.ms_min
                && (choice.bytes_min == 0
                    || graph.outputs(action).iter().filter_map(size).max().unwrap_or(0)
                        >= choice.bytes_min)
                && pattern.as_ref().is_none_or(|p| labels.matches(p, graph, action))
                && (!has_text || self.has_text(graph, action))
        };
        let shown: IdSet<ActionId> = graph.action_ids().filter(is_let_through).collect();
        Filter::new(shown, choice.hides, version)
    }

    fn has_text(&self, graph: &Graph, action: ActionId) -> bool {
        let hits = &self.scan.hits;
        hits.contains(graph.label_id(action))
            || graph.outputs(action).iter().any(|&o| hits.contains(graph.path_id(o)))
    }
}

/// What a pattern says of each label, asked once: many actions share one.
#[derive(Default)]
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
