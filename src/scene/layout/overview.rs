//! The overview: every action in its rank, ranks as columns, wide ranks wrapped into bands, very
//! long chains of ranks wrapped into lines like text. No dummies, no edges: 10⁶ actions in a second
//! or so. With a grouping at hand the largest groups get lanes, unless it is one long chain; else
//! ranks are sorted by where producers and consumers lie.

use std::ops::ControlFlow;

use crate::model::{ActionId, Graph, Id};

use super::super::geometry::{Point, Rect};
use super::super::grouping::{GroupId, Grouping, Open};
use super::placed::{Frame, Marks, NONE};
use super::{Direction, Layout, LayoutOptions, Making, Tell, Tier, lanes};

/// Sweeps over all ranks.
const SWEEPS: usize = 3;
/// With more ranks than this there are no lanes, which would be too long: chains lie like text.
const LANE_RANKS_MAX: usize = 160;
/// Runs of fewer actions have no frame.
const FRAMED_MIN: usize = 6;
/// Actions between two reports of progress.
const REPORT_EVERY: usize = 1 << 16;

pub(super) fn lay_out(
    graph: &Graph,
    cut: Option<(&Grouping, &Open)>,
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
    let n_passes = if cut.is_some() { 3 } else { SWEEPS + 2 };
    let hear = &mut |share| tell(Making::Share(share));
    let n_all = graph.n_actions() * n_passes;
    let mut reporter = Reporter { progress: hear, n_done: 0, n_all };
    let (rank, n_ranks) = ranks(graph, &mut reporter)?;
    if let Some((grouping, open)) = cut.filter(|_| n_ranks <= LANE_RANKS_MAX) {
        let shown = shown(graph.n_actions(), grouping, open);
        // Lanes lie below one another, in a tall window too: names need width.
        layout.direction = Direction::Right;
        let wish = (&Pitch { along: wide, across: high, ..pitch }, options.aspect);
        let runs = (&shown[..], FRAMED_MIN);
        let placed = lanes::place(grouping, &rank, n_ranks, wish, runs, &mut reporter)?;
        layout.centres = placed.centres;
        layout.n_lanes = placed.lanes.len() as u32;
        layout.frames = placed.lanes;
        layout.frames.extend(placed.runs);
        return Some(layout);
    }
    let mut ranks = Ranks::new(graph, &rank, n_ranks, cut.map(|c| c.0));
    if cut.is_none() {
        order(graph, &mut ranks, &mut reporter)?;
    }
    let fold = Fold::new(&ranks, &pitch, aspect);
    layout.centres = vec![Point::default(); graph.n_actions()];
    for (actions, slot) in ranks.rows().zip(&fold.slots) {
        for (i, &action) in actions.iter().enumerate() {
            layout.centres[action as usize] = slot.cell(i, &pitch).centre();
        }
        reporter.tick(actions.len())?;
    }
    if let Some((grouping, open)) = cut {
        layout.frames = frames(&ranks, &fold, &pitch, grouping, open);
        reporter.tick(graph.n_actions())?;
    }
    if !is_right {
        turn(&mut layout);
    }
    Some(layout)
}

/// Exchanges x and y.
fn turn(layout: &mut Layout) {
    layout.centres.iter_mut().for_each(|p| *p = Point::new(p.y, p.x));
    for Frame { rect, .. } in &mut layout.frames {
        *rect = Rect { x: rect.y, y: rect.x, width: rect.height, height: rect.width };
    }
}

/// By action, the closed group of the cut that it is in; `NONE` where that is an open one.
fn shown(n_actions: usize, grouping: &Grouping, open: &Open) -> Vec<u32> {
    let mut shown = vec![NONE; n_actions];
    let closed = open.iter().flat_map(|g| grouping.children(g)).filter(|&g| !open.contains(g));
    for group in closed {
        grouping.actions(group).iter().for_each(|action| shown[action.index()] = group.0);
    }
    shown
}

/// Distances between marks, along and across the ranks, and extra room between ranks and lines.
pub(super) struct Pitch {
    pub along: f32,
    pub across: f32,
    pub rank: f32,
    pub line: f32,
}

/// Actions by rank, as compressed sparse rows.
struct Ranks {
    starts: Vec<u32>,
    all: Vec<u32>,
}

impl Ranks {
    /// Sorts actions by rank, and in each by group, or else as they come topologically.
    fn new(graph: &Graph, rank: &[u32], n_ranks: usize, grouping: Option<&Grouping>) -> Self {
        let actions = match grouping {
            Some(grouping) => grouping.actions(GroupId::ROOT),
            None => graph.topological(),
        };
        let mut starts = vec![0u32; n_ranks + 1];
        rank.iter().for_each(|&rank| starts[rank as usize + 1] += 1);
        for i in 0..n_ranks {
            starts[i + 1] += starts[i];
        }
        let mut next = starts.clone();
        let mut all = vec![0; rank.len()];
        for action in actions {
            let slot = &mut next[rank[action.index()] as usize];
            all[*slot as usize] = action.0;
            *slot += 1;
        }
        Self { starts, all }
    }

    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    fn range(&self, rank: usize) -> std::ops::Range<usize> {
        self.starts[rank] as usize..self.starts[rank + 1] as usize
    }

    fn rows(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.len()).map(|rank| &self.all[self.range(rank)])
    }
}

/// Where a rank lies: `rows` marks a column.
struct Slot {
    left: f32,
    top: f32,
    rows: usize,
}

impl Slot {
    /// Room of the mark at position `i` of the rank.
    fn cell(&self, i: usize, pitch: &Pitch) -> Rect {
        let (column, row) = ((i / self.rows) as f32, (i % self.rows) as f32);
        Rect {
            x: self.left + column * pitch.along,
            y: self.top + row * pitch.across,
            width: pitch.along,
            height: pitch.across,
        }
    }
}

/// All ranks in columns, these in lines.
struct Fold {
    slots: Vec<Slot>,
}

impl Fold {
    fn new(ranks: &Ranks, pitch: &Pitch, aspect: f32) -> Self {
        let sizes: Vec<usize> = ranks.rows().map(<[_]>::len).collect();
        let shape = Shape::nearest(&sizes, pitch, aspect);
        let line_height = shape.rows as f32 * pitch.across + pitch.line;
        let (mut line, mut x) = (0u32, 0.0);
        let slots = sizes.iter().map(|&n| {
            let n_columns = n.div_ceil(shape.rows);
            let width = n_columns as f32 * pitch.along + pitch.rank;
            if x > 0.0 && x + width - pitch.rank > shape.line_width {
                (line, x) = (line + 1, 0.0);
            }
            let rows = n.div_ceil(n_columns.max(1)).max(1);
            let top = line as f32 * line_height + (shape.rows - rows) as f32 * pitch.across / 2.0;
            let left = x;
            x += width;
            Slot { left, top, rows }
        });
        Self { slots: slots.collect() }
    }
}

/// Rectangles around all runs of a rank that are of one group of the cut: the part of a first
/// column, whole columns, the part of a last one.
fn frames(
    ranks: &Ranks,
    fold: &Fold,
    pitch: &Pitch,
    grouping: &Grouping,
    open: &Open,
) -> Vec<Frame> {
    let shown = shown(ranks.all.len(), grouping, open);
    let mut frames = Vec::new();
    for (actions, slot) in ranks.rows().zip(&fold.slots) {
        let mut at = 0;
        let same = |a: &u32, b: &u32| shown[*a as usize] == shown[*b as usize];
        for run in actions.chunk_by(same) {
            let (start, end) = (at, at + run.len());
            at = end;
            let group = shown[run[0] as usize];
            if group == NONE || run.len() < FRAMED_MIN {
                continue;
            }
            for (from, to) in lanes::parts(start, end, slot.rows) {
                let corners = [from, to - 1].map(|i| slot.cell(i, pitch));
                let rect = corners[0].union(&corners[1]).grown(-1.0);
                frames.push(Frame { group: GroupId(group), rect });
            }
        }
    }
    frames
}

/// Tells progress every so many actions.
pub(super) struct Reporter<'a> {
    progress: &'a mut dyn FnMut(f32) -> ControlFlow<()>,
    n_done: usize,
    n_all: usize,
}

impl Reporter<'_> {
    pub fn tick(&mut self, n: usize) -> Option<()> {
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
fn order(graph: &Graph, ranks: &mut Ranks, reporter: &mut Reporter) -> Option<()> {
    let mut place = vec![0f32; graph.n_actions()];
    ranks.rows().for_each(|rank| number(rank, &mut place));
    let mut keyed = Vec::new();
    let n = ranks.len();
    for sweep in 0..SWEEPS {
        for step in 0..n {
            let range = ranks.range(if sweep % 2 == 0 { step } else { n - 1 - step });
            let rank = &mut ranks.all[range];
            keyed.clear();
            for &action in rank.iter() {
                let id = ActionId(action);
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
            rank.iter_mut().zip(&keyed).for_each(|(slot, &k)| *slot = k as u32);
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
