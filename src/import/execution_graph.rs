//! Reads the execution graph log of Bazel (`--experimental_enable_execution_graph_log`): what ran,
//! how long, and what waited for what.
//!
//! It names neither paths nor digests. Alone it makes a graph of actions with stand-ins for what
//! they write; beside a log or an action graph, which know the paths, it adds durations.

use std::collections::HashMap;

use prost::Message;

use super::bazel_profile_facts::{ProfileFacts, ProfiledAction};
use super::card::{CountKind, Place};
use super::merge::spawns_nothing;
use super::named_facts::{NamedBuilder, NamedFacts};
use super::notes::{Meter, Notes, Stop};
use super::wire::delimited::{Delimited, Fields};
use super::wire::execution_graph::{Metrics, Node};
use crate::model::{ActionKind, TextsBuilder};

/// What an execution graph tells, in the two ways in which it is of use.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExecutionGraph {
    /// Actions and their edges, for want of anything better.
    pub named: NamedFacts,
    /// How long spawns took, for actions that another file tells.
    pub durations: ProfileFacts,
}

/// The facts and the counts of a log.
pub(super) type Read = (ExecutionGraph, Vec<(CountKind, u64)>);

/// Milliseconds since 1970 of the year 2001, before which nothing of this was written.
const START_MIN: i64 = 1_000_000_000_000;

/// Whether `bytes` begin with nodes. Others have no metrics after a mnemonic that is a word.
pub(super) fn looks_like(bytes: &[u8]) -> bool {
    Delimited::new(bytes).take(4).any(|(_, message)| message.is_ok_and(is_node))
}

fn is_node(message: &[u8]) -> bool {
    let known = Fields::new(message).all(|f| match f.number {
        1 | 3 | 4 | 5 | 7 | 8 | 10 | 11 => f.bytes.is_some(),
        2 | 9 => f.varint.is_some(),
        6 => true,
        _ => false,
    });
    let Some(node) = Node::decode(message).ok().filter(|_| known) else { return false };
    let is_word = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let has_mnemonic = !node.mnemonic.is_empty() && node.mnemonic.chars().all(is_word);
    let is_time = |metrics: Metrics| metrics.start_timestamp_millis > START_MIN;
    has_mnemonic && !node.description.is_empty() && node.metrics.is_some_and(is_time)
}

/// Reads nodes, each after its length.
pub(super) fn read(bytes: &[u8], notes: &mut Notes, meter: &mut Meter) -> Result<Read, Stop> {
    let mut reader = Reader::default();
    for (offset, message) in Delimited::new(bytes) {
        meter.at(offset, bytes.len())?;
        let place = Place::Offset(offset as u64);
        match message.map(Node::decode) {
            Ok(Ok(node)) => reader.add(node),
            Ok(Err(error)) => {
                let what = || format!("A node cannot be decoded: {error}.");
                notes.add("message", place, what, "It is left out.");
            }
            Err(what) => notes.add("tail", place, || what, "What came before is used."),
        }
    }
    meter.report(1.0)?;
    reader.finish(notes)
}

#[derive(Default)]
struct Reader {
    named: NamedBuilder,
    texts: TextsBuilder,
    spans: Vec<ProfiledAction>,
    /// Actions by index of their node; an attempt stands for the action of the first one.
    by_index: HashMap<i32, usize>,
    /// What each action waits for, as indices of nodes.
    waits: Vec<(usize, Vec<i32>)>,
    n_nodes: u64,
    n_executed: u64,
    n_hits: u64,
    n_retries: u64,
}

impl Reader {
    fn add(&mut self, node: Node) {
        self.n_nodes += 1;
        let is_hit = node.runner.ends_with("cache hit");
        let is_spawn = !node.runner.is_empty();
        self.n_hits += u64::from(is_hit);
        self.n_executed += u64::from(is_spawn && !is_hit);
        let first = node.retry_of.and_then(|first| self.by_index.get(&first)).copied();
        self.n_retries += u64::from(first.is_some());
        let action = first.unwrap_or_else(|| self.action(&node, is_spawn));
        let ms = node.metrics.and_then(|metrics| u32::try_from(metrics.process_millis).ok());
        let ms = ms.filter(|_| is_spawn && !is_hit);
        if ms.is_some() {
            // The last attempt counts.
            self.named.actions[action].duration_ms = ms;
        }
        self.span(&node, ms);
        // Without dependencies no node has an index: all would have 0.
        self.by_index.entry(node.index).or_insert(action);
        self.waits.push((action, node.dependent_index));
    }

    fn action(&mut self, node: &Node, is_spawn: bool) -> usize {
        let texts = &mut self.named.texts;
        let owner = texts.intern(&node.target_label);
        let category = texts.intern(&node.mnemonic);
        let identifier = texts.intern(description(&node.description));
        let at = self.named.nameless();
        let action = &mut self.named.actions[at];
        (action.owner, action.category, action.identifier) = (owner, category, identifier);
        let is_internal = !is_spawn && spawns_nothing(&node.mnemonic);
        action.kind = Some(if is_internal { ActionKind::Internal } else { ActionKind::Spawn });
        at
    }

    fn span(&mut self, node: &Node, executed_ms: Option<u32>) {
        let total = node.metrics.map_or(0, |metrics| metrics.duration_millis);
        let start = node.metrics.map_or(0, |metrics| metrics.start_timestamp_millis);
        self.spans.push(ProfiledAction {
            name: self.texts.intern(description(&node.description)),
            label: self.texts.intern(&node.target_label),
            mnemonic: self.texts.intern(&node.mnemonic),
            primary_output: self.texts.intern(""),
            start_us: start.saturating_mul(1000),
            total_us: u64::try_from(total).unwrap_or(0) * 1000,
            executed_us: executed_ms.map(|ms| u64::from(ms) * 1000),
        });
    }

    fn finish(mut self, notes: &mut Notes) -> Result<Read, Stop> {
        if self.n_nodes == 0 {
            let what = "Not one whole node could be read.".to_owned();
            let remedy = "Check that the log was copied whole.";
            return Err(Stop::Unusable(Box::new(notes.warning(Place::Whole, what, remedy))));
        }
        let n_edges = self.link(notes);
        if n_edges == 0 && self.n_nodes > 1 {
            let what = || "It tells no dependencies.".to_owned();
            let remedy = "Build with --experimental_execution_graph_log_dep_type=all to have them.";
            notes.add("no edges", Place::Whole, what, remedy);
        }
        let counts = vec![
            ("nodes", self.n_nodes),
            ("actions", self.named.actions.len() as u64),
            ("edges", n_edges),
            ("executed", self.n_executed),
            ("cache_hits", self.n_hits),
            ("retries", self.n_retries),
        ];
        let durations = ProfileFacts {
            texts: self.texts.finish(),
            invocation: String::new(),
            actions: self.spans,
            rewinds: Vec::new(),
        };
        Ok((ExecutionGraph { named: self.named.finish(true), durations }, counts))
    }

    /// Makes indices edges; how many there are.
    fn link(&mut self, notes: &mut Notes) -> u64 {
        let mut n_edges = 0;
        for (action, waits) in std::mem::take(&mut self.waits) {
            for index in waits {
                let Some(&other) = self.by_index.get(&index) else {
                    let what = || format!("A node waits for the node {index}, which is not there.");
                    notes.add("dangling index", Place::Whole, what, "The edge is left out.");
                    continue;
                };
                // Attempts of one action wait for what the first waited for.
                let known = &mut self.named.actions[action].depends_on;
                if other != action && known.last() != Some(&(other as u32)) {
                    known.push(other as u32);
                    n_edges += 1;
                }
            }
        }
        n_edges
    }
}

/// What is in the quotes of `action '…'`.
fn description(text: &str) -> &str {
    let inside = text.strip_prefix("action '").and_then(|rest| rest.strip_suffix('\''));
    inside.unwrap_or(text)
}
