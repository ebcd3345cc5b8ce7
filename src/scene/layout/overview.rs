//! The overview: every action in its rank, ranks as columns, wide ranks wrapped into bands, very
//! long chains of ranks wrapped into lines like text. No dummies, no edges: 10⁶ actions in a second
//! or so.

use std::ops::ControlFlow;

use crate::model::{Graph, Id};

use super::super::geometry::Point;
use super::super::grouping::{Grouping, Open};
use super::placed::Marks;
use super::{Direction, Layout, LayoutOptions, Making, Tell, Tier};

/// Sweeps over all ranks.
const SWEEPS: usize = 3;
/// Actions between two reports of progress.
const REPORT_EVERY: usize = 1 << 16;

pub(super) fn lay_out(
    graph: &Graph,
    _cut: Option<(&Grouping, &Open)>,
    options: &LayoutOptions,
    tell: Tell,
) -> Option<Layout> {
    let marks = Marks { n_actions: graph.n_actions() as u32, ..Marks::default() };
    let mut layout = Layout::unplaced(graph, Tier::Overview, options.direction, marks);
    let (wide, high) = (layout.action_width + 16.0, Layout::ACTION_HEIGHT + 12.0);
    let is_right = options.direction == Direction::Right;
    let (along, across) = if is_right { (wide, high) } else { (high, wide) };
    let aspect = if is_right { options.aspect } else { 1.0 / options.aspect };
    let pitch = Pitch { along, across, rank: 56.0, line: 64.0 };
    layout.centres = place(graph, &pitch, aspect, &mut |share| tell(Making::Share(share)))?;
    if !is_right {
        layout.centres.iter_mut().for_each(|p| *p = Point::new(p.y, p.x));
    }
    Some(layout)
}

/// Distances between marks, along and across the ranks, and extra room between ranks and lines.
struct Pitch {
    along: f32,
    across: f32,
    rank: f32,
    line: f32,
}

/// Centres of all actions by id, `along` as x, `across` as y; `None` if broken off. `aspect` is
/// that of along over across.
fn place(
    graph: &Graph,
    pitch: &Pitch,
    aspect: f32,
    progress: &mut dyn FnMut(f32) -> ControlFlow<()>,
) -> Option<Vec<Point>> {
    let mut reporter = Reporter { progress, n_done: 0, n_all: graph.n_actions() * (SWEEPS + 2) };
    let (rank, n_ranks) = ranks(graph, &mut reporter)?;
    let mut ranks = vec![Vec::new(); n_ranks];
    for &action in graph.topological() {
        ranks[rank[action.index()] as usize].push(action.0);
    }
    order(graph, &mut ranks, &mut reporter)?;
    let sizes: Vec<usize> = ranks.iter().map(Vec::len).collect();
    let shape = Shape::nearest(&sizes, pitch, aspect);
    let mut centres = vec![Point::default(); graph.n_actions()];
    let line_height = shape.rows as f32 * pitch.across + pitch.line;
    let (mut line, mut x) = (0u32, 0.0);
    for rank in &ranks {
        let n_columns = rank.len().div_ceil(shape.rows);
        let width = n_columns as f32 * pitch.along + pitch.rank;
        if x > 0.0 && x + width - pitch.rank > shape.line_width {
            (line, x) = (line + 1, 0.0);
        }
        let rows = rank.len().div_ceil(n_columns.max(1)).max(1);
        let top = line as f32 * line_height + (shape.rows - rows) as f32 * pitch.across / 2.0;
        for (i, &action) in rank.iter().enumerate() {
            let (column, row) = ((i / rows) as f32, (i % rows) as f32);
            centres[action as usize] =
                Point::new(x + (column + 0.5) * pitch.along, top + (row + 0.5) * pitch.across);
        }
        x += width;
    }
    reporter.tick(graph.n_actions())?;
    Some(centres)
}

/// Tells progress every so many actions.
struct Reporter<'a> {
    progress: &'a mut dyn FnMut(f32) -> ControlFlow<()>,
    n_done: usize,
    n_all: usize,
}

impl Reporter<'_> {
    fn tick(&mut self, n: usize) -> Option<()> {
        let before = self.n_done / REPORT_EVERY;
        self.n_done += n;
        if self.n_done / REPORT_EVERY == before {
            return Some(());
        }
        let share = self.n_done as f32 / self.n_all as f32;
        (self.progress)(share.min(1.0)).is_continue().then_some(())
    }
}

/// The longest path to each action, and how many ranks that makes.
fn ranks(graph: &Graph, reporter: &mut Reporter) -> Option<(Vec<u32>, usize)> {
    let mut rank = vec![0u32; graph.n_actions()];
    let mut n_ranks = 0;
    for &action in graph.topological() {
        let producers = graph.inputs(action).iter().filter_map(|&i| graph.producer(i));
        let own = producers.map(|p| rank[p.index()] + 1).max().unwrap_or(0);
        rank[action.index()] = own;
        n_ranks = n_ranks.max(own as usize + 1);
        reporter.tick(1)?;
    }
    Some((rank, n_ranks))
}

/// Sorts each rank by the mean relative place of producers, then of consumers, in turn.
fn order(graph: &Graph, ranks: &mut [Vec<u32>], reporter: &mut Reporter) -> Option<()> {
    let mut place = vec![0f32; graph.n_actions()];
    ranks.iter().for_each(|rank| number(rank, &mut place));
    let mut keyed = Vec::new();
    let n = ranks.len();
    for sweep in 0..SWEEPS {
        for step in 0..n {
            let rank = &mut ranks[if sweep % 2 == 0 { step } else { n - 1 - step }];
            keyed.clear();
            for &action in rank.iter() {
                let id = crate::model::ActionId(action);
                let mut mean = Mean::default();
                if sweep % 2 == 0 {
                    for producer in graph.inputs(id).iter().filter_map(|&i| graph.producer(i)) {
                        mean.add(place[producer.index()]);
                    }
                } else {
                    for consumer in graph.outputs(id).iter().flat_map(|&o| graph.consumers(o)) {
                        mean.add(place[consumer.index()]);
                    }
                }
                let key = mean.get().unwrap_or(place[action as usize]);
                // Keys are 0 to 1, whose bits sort as they do.
                keyed.push(u64::from(key.to_bits()) << 32 | u64::from(action));
                reporter.tick(1)?;
            }
            keyed.sort_unstable();
            rank.clear();
            rank.extend(keyed.iter().map(|&k| k as u32));
            number(rank, &mut place);
        }
    }
    Some(())
}

#[derive(Default)]
struct Mean {
    sum: f32,
    n: u32,
}

impl Mean {
    fn add(&mut self, value: f32) {
        self.sum += value;
        self.n += 1;
    }

    fn get(&self) -> Option<f32> {
        (self.n > 0).then(|| (self.sum / self.n as f32).max(0.0))
    }
}

fn number(rank: &[u32], place: &mut [f32]) {
    for (i, &action) in rank.iter().enumerate() {
        place[action as usize] = (i as f32 + 0.5) / rank.len() as f32;
    }
}

/// How the ranks are folded.
struct Shape {
    /// Rows of a column, at most.
    rows: usize,
    /// Length of a line of ranks.
    line_width: f32,
}

impl Shape {
    /// The shape nearest to `aspect`: as many rows as make one line of ranks that wide, or, where
    /// ranks are many and small, several lines.
    fn nearest(sizes: &[usize], pitch: &Pitch, aspect: f32) -> Self {
        let rows_max = sizes.iter().copied().max().unwrap_or(1).max(1);
        let width = |rows: usize| -> f32 {
            let columns = |&n: &usize| n.div_ceil(rows) as f32 * pitch.along + pitch.rank;
            sizes.iter().map(columns).sum()
        };
        let (mut low, mut high) = (1, rows_max);
        while low < high {
            let rows = (low + high) / 2;
            if width(rows) > aspect * rows as f32 * pitch.across {
                low = rows + 1;
            } else {
                high = rows;
            }
        }
        let rows = low;
        let (length, height) = (width(rows), rows as f32 * pitch.across + pitch.line);
        if length <= 2.0 * aspect * height {
            return Self { rows, line_width: f32::INFINITY };
        }
        Self { rows, line_width: (length * height * aspect).sqrt() }
    }
}
