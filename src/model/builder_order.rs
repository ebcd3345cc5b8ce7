//! Puts the actions of a builder in an order where producers come first, and cuts cycles.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::ops::ControlFlow;

use super::builder::{GraphBuilder, GraphDefect, HEARD_ACTIONS};
use super::graph::{NONE, row};
use super::ids::{ActionId, ArtifactId, Id};

impl GraphBuilder {
    /// All actions, producers before consumers (Kahn, ties by id). Cuts cycles.
    pub(super) fn order(
        &mut self,
        producer: &[u32],
        defects: &mut Vec<GraphDefect>,
        hear: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Option<Vec<ActionId>> {
        let mut seen = vec![NONE; self.path.len()];
        for (i, spec) in self.actions.iter_mut().enumerate() {
            if i.is_multiple_of(HEARD_ACTIONS) {
                hear().continue_value()?;
            }
            spec.inputs
                .retain(|input| std::mem::replace(&mut seen[input.index()], i as u32) != i as u32);
        }
        loop {
            let order = self.kahn(producer, hear)?;
            if order.len() == self.actions.len() {
                return Some(order);
            }
            self.cut_cycles(producer, &order, defects);
        }
    }

    /// Actions in an order where producers come first, those on or behind a cycle left out.
    fn kahn(
        &self,
        producer: &[u32],
        hear: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Option<Vec<ActionId>> {
        let n = self.actions.len();
        let (mut waits, mut ends) = (vec![0u32; n], vec![0u32; n + 1]);
        let mut each_edge = |visit: &mut dyn FnMut(usize, usize)| {
            for (i, spec) in self.actions.iter().enumerate() {
                if i.is_multiple_of(HEARD_ACTIONS) {
                    hear().continue_value()?;
                }
                for input in &spec.inputs {
                    let from = producer[input.index()];
                    if from != NONE {
                        visit(from as usize, i);
                    }
                }
            }
            Some(())
        };
        each_edge(&mut |from, to| {
            waits[to] += 1;
            ends[from + 1] += 1;
        })?;
        for i in 0..n {
            ends[i + 1] += ends[i];
        }
        let mut successors = vec![0u32; ends[n] as usize];
        // The start of each row moves on to the start of the next.
        each_edge(&mut |from, to| {
            successors[ends[from] as usize] = to as u32;
            ends[from] += 1;
        })?;
        let mut order = Vec::with_capacity(n);
        let mut ready: BinaryHeap<Reverse<u32>> =
            (0..n as u32).filter(|&i| waits[i as usize] == 0).map(Reverse).collect();
        while let Some(Reverse(id)) = ready.pop() {
            order.push(ActionId(id));
            let from = id as usize;
            for &to in row(&ends, &successors, from) {
                waits[to as usize] -= 1;
                if waits[to as usize] == 0 {
                    ready.push(Reverse(to));
                }
            }
        }
        Some(order)
    }

    /// Takes away every input that closes a cycle on a depth-first walk from consumers to
    /// producers.
    ///
    /// Own code, as the page must survive a cycle of a million actions, or a million knotted
    /// together: `petgraph::algo::tarjan_scc` recurses, `greedy_feedback_arc_set` took 1.4 s for a
    /// cycle of 20 000.
    fn cut_cycles(&mut self, producer: &[u32], order: &[ActionId], defects: &mut Vec<GraphDefect>) {
        let (new, open, done) = (0u8, 1, 2);
        let mut state = vec![new; self.actions.len()];
        for action in order {
            state[action.index()] = done;
        }
        let mut cut: BTreeSet<(usize, ArtifactId)> = BTreeSet::new();
        for start in 0..self.actions.len() {
            // Actions being walked, each with the position of its next input.
            let mut walk = if state[start] == new { vec![(start, 0)] } else { Vec::new() };
            while let Some((action, next)) = walk.last_mut() {
                let at = *action;
                state[at] = open;
                let Some(&input) = self.actions[at].inputs.get(*next) else {
                    state[at] = done;
                    walk.pop();
                    continue;
                };
                *next += 1;
                let before = producer[input.index()] as usize;
                match state.get(before) {
                    Some(&s) if s == open => {
                        cut.insert((at, input));
                    }
                    Some(&s) if s == new => walk.push((before, 0)),
                    _ => {}
                }
            }
        }
        for consumer in cut.iter().map(|c| c.0).collect::<BTreeSet<usize>>() {
            let mut paths = Vec::new();
            self.actions[consumer].inputs.retain(|&input| {
                let is_cut = cut.contains(&(consumer, input));
                if is_cut {
                    paths.push(self.texts.get(self.path[input.index()]).to_owned());
                }
                !is_cut
            });
            let label = self.texts.get(self.actions[consumer].label).to_owned();
            defects.push(GraphDefect::Cycle { label, paths });
        }
    }
}
