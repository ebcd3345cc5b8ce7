//! Brings the actions of a large graph into an order a slice at a time, so that the page never
//! waits for it.
//!
//! A number is sorted by itself. A text first becomes a number, its place among all distinct texts
//! of its column: few are compared, for many actions share one.

use std::cmp::Ordering;
use std::ops::Range;

use crate::model::{ActionId, Graph, Id, IdSet, TextId, Texts};
use crate::scene::{Filter, Tints};

use super::table_rows::{Column, Row};

/// How many actions or numbers a slice goes through: a few milliseconds.
const SLICE: usize = 1 << 17;
/// The same of texts, which lie anywhere in memory.
const TEXT_SLICE: usize = 1 << 16;

/// An order in the making.
#[derive(Debug)]
pub struct Sorting {
    column: Column,
    descending: bool,
    phase: Phase,
    /// By text its place among those of the column; empty where it is sorted by a number.
    ranks: Vec<u32>,
}

#[derive(Debug)]
enum Phase {
    /// Finds the texts of the actions from this one on.
    Texts(usize, IdSet<TextId>, Vec<TextId>),
    SortTexts(MergeSort<TextId>),
    /// Gives the sorted texts from this one on their places.
    Ranks(usize, Vec<TextId>),
    /// Finds the keys of the actions from this one on: what they are sorted by, then their ids.
    Keys(usize, Vec<u64>),
    SortKeys(MergeSort<u64>),
    /// Makes lines of the keys from this one on.
    Rows(usize, Vec<u64>, Vec<Row>),
}

impl Sorting {
    /// Begins to sort all actions by `column`; equals by id.
    pub fn new(column: Column, descending: bool) -> Self {
        let phase = match text_of(column) {
            Some(_) => Phase::Texts(0, IdSet::default(), Vec::new()),
            None => Phase::Keys(0, Vec::new()),
        };
        Self { column, descending, phase, ranks: Vec::new() }
    }

    /// Does some more; the lines once they are in order. Graph, states and filter are to be the
    /// same in each call; the filter leaves out lines.
    pub fn go_on(
        &mut self,
        graph: &Graph,
        tints: &Tints,
        filter: Option<&Filter>,
    ) -> Option<Vec<Row>> {
        match &mut self.phase {
            Phase::Texts(from, seen, texts) => {
                let end = (*from + SLICE).min(graph.n_actions());
                if let Some(text) = text_of(self.column) {
                    let found = (*from..end).map(|i| text(graph, ActionId::at(i)));
                    texts.extend(found.filter(|&text| seen.insert(text)));
                }
                *from = end;
                if end == graph.n_actions() {
                    self.phase = Phase::SortTexts(MergeSort::new(std::mem::take(texts)));
                }
            }
            Phase::SortTexts(sort) => {
                let texts = graph.texts();
                if sort.go_on(TEXT_SLICE, &|a, b| compare(texts, *a, *b)) {
                    self.ranks = vec![0; texts.len()];
                    self.phase = Phase::Ranks(0, sort.take());
                }
            }
            Phase::Ranks(from, sorted) => {
                let end = (*from + SLICE).min(sorted.len());
                for (text, i) in sorted[*from..end].iter().zip(*from as u32..) {
                    self.ranks[text.index()] = i;
                }
                *from = end;
                if end == sorted.len() {
                    self.phase = Phase::Keys(0, Vec::new());
                }
            }
            Phase::Keys(from, keys) => {
                let end = (*from + SLICE).min(graph.n_actions());
                let actions = (*from..end).map(ActionId::at);
                let shown = actions.filter(|&a| filter.is_none_or(|filter| filter.shows(a)));
                let key = key_of(self.column, graph, tints, &self.ranks);
                keys.extend(shown.map(|a| u64::from(key(a)) << 32 | u64::from(a.0)));
                *from = end;
                if end == graph.n_actions() {
                    self.phase = Phase::SortKeys(MergeSort::new(std::mem::take(keys)));
                }
            }
            Phase::SortKeys(sort) => {
                if sort.go_on(SLICE, &u64::cmp) {
                    self.phase = Phase::Rows(0, sort.take(), Vec::new());
                }
            }
            Phase::Rows(from, keys, rows) => {
                let end = (*from + SLICE).min(keys.len());
                put_rows(rows, keys, *from..end, self.descending);
                *from = end;
                return (end == keys.len()).then(|| std::mem::take(rows));
            }
        }
        None
    }

    /// How much of it is done, of 1.
    pub fn share(&self, graph: &Graph) -> f32 {
        let n = graph.n_actions().max(1) as f32;
        let of = |at: usize| at as f32 / n;
        // Texts are most of the work, where there are any.
        let start = if text_of(self.column).is_some() { 0.8 } else { 0.0 };
        let rest = 1.0 - start;
        match &self.phase {
            Phase::Texts(at, ..) => 0.05 * of(*at),
            Phase::SortTexts(sort) => 0.05 + 0.7 * sort.share(),
            Phase::Ranks(at, _) => 0.75 + 0.05 * of(*at),
            Phase::Keys(at, _) => start + rest * 0.2 * of(*at),
            Phase::SortKeys(sort) => start + rest * (0.2 + 0.7 * sort.share()),
            Phase::Rows(at, ..) => start + rest * (0.9 + 0.1 * of(*at)),
        }
    }
}

/// Appends the lines of some of the sorted keys, counted from the end if they descend.
fn put_rows(rows: &mut Vec<Row>, keys: &[u64], some: Range<usize>, descending: bool) {
    rows.reserve_exact(keys.len() - rows.len());
    let place = |i: usize| if descending { keys.len() - 1 - i } else { i };
    // The lower half of a key is the action.
    rows.extend(some.map(|i| Row::Action(ActionId(keys[place(i)] as u32), 0)));
}

/// What text of an action `column` has, if it has texts.
fn text_of(column: Column) -> Option<fn(&Graph, ActionId) -> TextId> {
    match column {
        Column::Action => Some(Graph::label_id),
        Column::Mnemonic => Some(Graph::mnemonic_id),
        Column::Output => Some(|graph, action| {
            graph.outputs(action).first().map_or(Texts::EMPTY, |&output| graph.path_id(output))
        }),
        _ => None,
    }
}

/// What an action is sorted by.
fn key_of<'a>(
    column: Column,
    graph: &'a Graph,
    tints: &'a Tints,
    ranks: &'a [u32],
) -> Box<dyn Fn(ActionId) -> u32 + 'a> {
    match (column, text_of(column)) {
        (_, Some(text)) => Box::new(move |a| ranks[text(graph, a).index()]),
        (Column::Inputs, _) => Box::new(|a| graph.inputs(a).len() as u32),
        (Column::Outputs, _) => Box::new(|a| graph.outputs(a).len() as u32),
        (Column::Duration, _) => {
            Box::new(|a| graph.duration_ms(a).map_or(0, |ms| ms.saturating_add(1)))
        }
        _ => Box::new(|a| tints.state(a) as u32),
    }
}

fn compare(texts: &Texts, a: TextId, b: TextId) -> Ordering {
    texts.get(a).cmp(texts.get(b))
}

/// A stable sort that stops after so many items and goes on: runs of a few, merged by twos.
#[derive(Debug)]
struct MergeSort<T> {
    items: Vec<T>,
    merged: Vec<T>,
    /// Length of the runs that are merged; 0 while they are made.
    run: usize,
    /// Where the runs that are being merged go on.
    left: usize,
    right: usize,
    /// Items that were moved, over all rounds.
    n_moved: usize,
}

impl<T: Copy> MergeSort<T> {
    /// Length of the first runs.
    const RUN: usize = 1 << 12;

    fn new(items: Vec<T>) -> Self {
        Self { items, merged: Vec::new(), run: 0, left: 0, right: 0, n_moved: 0 }
    }

    /// Moves about `n` more items; whether all are in order.
    fn go_on(&mut self, n: usize, compare: &impl Fn(&T, &T) -> Ordering) -> bool {
        if self.run == 0 {
            return self.make_runs(n, compare);
        }
        let until = self.merged.len() + n;
        while self.run < self.items.len() && self.merged.len() < until {
            self.merge(until, compare);
            if self.merged.len() == self.items.len() {
                std::mem::swap(&mut self.items, &mut self.merged);
                self.merged.clear();
                self.run *= 2;
                (self.left, self.right) = (0, self.run);
                break;
            }
        }
        self.run >= self.items.len()
    }

    fn make_runs(&mut self, n: usize, compare: &impl Fn(&T, &T) -> Ordering) -> bool {
        // To sort a run takes some four times as long as to merge it.
        let end = (self.left + (n / 4).max(Self::RUN)).min(self.items.len());
        // All but the last slice end where a run does.
        let end = if end < self.items.len() { end / Self::RUN * Self::RUN } else { end };
        self.items[self.left..end].chunks_mut(Self::RUN).for_each(|run| run.sort_by(compare));
        self.n_moved += end - self.left;
        self.left = end;
        if end == self.items.len() {
            (self.run, self.left, self.right) = (Self::RUN, 0, Self::RUN);
            self.merged.reserve_exact(if self.run < end { end } else { 0 });
        }
        end == self.items.len() && self.run >= end
    }

    /// Merges two runs, or what is left of them, until there are `until` items.
    fn merge(&mut self, until: usize, compare: &impl Fn(&T, &T) -> Ordering) {
        let (n, before) = (self.items.len(), self.merged.len());
        // Where the pair began: all that is merged lies before what the runs have left.
        let start = before / (2 * self.run) * (2 * self.run);
        let (middle, end) = ((start + self.run).min(n), (start + 2 * self.run).min(n));
        while self.merged.len() < until && (self.left < middle || self.right < end) {
            let takes_left = self.right >= end
                || self.left < middle
                    && compare(&self.items[self.left], &self.items[self.right]).is_le();
            let from = if takes_left { &mut self.left } else { &mut self.right };
            self.merged.push(self.items[*from]);
            *from += 1;
        }
        self.n_moved += self.merged.len() - before;
        if self.left >= middle && self.right >= end {
            (self.left, self.right) = (end, (end + self.run).min(n));
        }
    }

    fn share(&self) -> f32 {
        let n_runs = self.items.len().div_ceil(Self::RUN).next_power_of_two();
        let n_rounds = 1 + n_runs.ilog2() as usize;
        self.n_moved as f32 / (n_rounds * self.items.len()).max(1) as f32
    }

    fn take(&mut self) -> Vec<T> {
        std::mem::take(&mut self.items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_of_any_size_give_the_same_stable_order() {
        for n in [0_u32, 1, 4_095, 4_096, 4_097, 8_192, 20_000, 40_961] {
            // By the lower half; the upper tells equals apart.
            let items: Vec<u64> = (0..n)
                .map(|i| u64::from(i) << 32 | u64::from(i.wrapping_mul(2_654_435_761) >> 24))
                .collect();
            let by_low = |a: &u64, b: &u64| (*a as u32).cmp(&(*b as u32));
            let mut expected = items.clone();
            expected.sort_by(by_low);
            for slice in [1_000, 4_096, 5_000, 1 << 20] {
                let mut sort = MergeSort::new(items.clone());
                let mut share = 0.0;
                while !sort.go_on(slice, &by_low) {
                    assert!(sort.share() >= share, "{n}, {slice}");
                    share = sort.share();
                }
                assert!(sort.share() <= 1.0, "{n}, {slice}: {}", sort.share());
                assert_eq!(sort.take(), expected, "{n}, {slice}");
            }
        }
    }
}
