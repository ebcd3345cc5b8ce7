//! Edges between innermost groups, counted once per graph.

use std::ops::ControlFlow;

use crate::model::{ActionId, Graph, Id};

use super::{Bundle, GroupId, Grouping};

const NONE: u32 = u32::MAX;

/// Groups between two reports.
const REPORT_EVERY: usize = 1 << 12;

/// Rows by the group that edges lead to; each row lists groups that they come from, with weights.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Bundles {
    pub ends: Vec<u32>,
    pub froms: Vec<u32>,
    pub weights: Vec<u32>,
}

impl Bundles {
    /// `None` if `progress` breaks it off.
    pub fn new(
        graph: &Graph,
        grouping: &Grouping,
        progress: &mut dyn FnMut(f32) -> ControlFlow<()>,
    ) -> Option<Self> {
        let mut bundles = Self::default();
        // By group, where its bundle to the group at hand is.
        let mut slots = vec![NONE; grouping.n_groups()];
        let mut seen = vec![NONE; graph.n_actions()];
        for to in (0..grouping.n_groups() as u32).map(GroupId) {
            let start = bundles.froms.len();
            if to.index() % REPORT_EVERY == 0 {
                let share = to.index() as f32 / grouping.n_groups() as f32;
                progress(share).is_continue().then_some(())?;
            }
            for &consumer in grouping.own_actions(to) {
                for producer in producers(graph, consumer) {
                    let from = grouping.home(producer);
                    let is_new =
                        std::mem::replace(&mut seen[producer.index()], consumer.0) != consumer.0;
                    if from == to || !is_new {
                        continue;
                    }
                    let slot = &mut slots[from.index()];
                    if *slot == NONE || (*slot as usize) < start {
                        *slot = bundles.froms.len() as u32;
                        bundles.froms.push(from.0);
                        bundles.weights.push(0);
                    }
                    bundles.weights[*slot as usize] += 1;
                }
            }
            bundles.ends.push(bundles.froms.len() as u32);
        }
        Some(bundles)
    }

    pub fn iter(&self) -> impl Iterator<Item = Bundle> + '_ {
        let start = |to: usize| to.checked_sub(1).map_or(0, |before| self.ends[before]);
        (0..self.ends.len()).flat_map(move |to| {
            (start(to)..self.ends[to]).map(move |i| Bundle {
                from: GroupId(self.froms[i as usize]),
                to: GroupId(to as u32),
                weight: self.weights[i as usize],
            })
        })
    }
}

/// The producers of what `consumer` reads, some more than once.
fn producers(graph: &Graph, consumer: ActionId) -> impl Iterator<Item = ActionId> + '_ {
    graph.inputs(consumer).iter().filter_map(|&input| graph.producer(input))
}
