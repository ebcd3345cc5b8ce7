//! Places the ranks of a small network in lines, like words of a text, so that a long chain of
//! ranks or a tall one takes the shape of the window; edges run in the gutters between the lines.
//! Along the ranks is x, across them y.

use super::super::geometry::Point;
use super::engine::Extent;
use super::rank::Ranked;

/// Room between ranks, for edges between neighbours and for those that come out of a gutter.
const RANK_GAP: f32 = 40.0;
/// Room between columns of one rank, and between the marks of a column.
const COLUMN_GAP: f32 = 20.0;
const MARK_GAP: f32 = 16.0;
/// Room between lines.
const LINE_GAP: f32 = 36.0;
/// Room around all, where the outermost edges run.
pub(super) const MARGIN: f32 = 18.0;
/// Widths of lines that are tried, up to that of one line.
const WIDTHS: usize = 32;
/// What every further line has to save of the size, or it is not worth the break.
const LINE_COST: f32 = 0.012;
/// Heights below this show at full size in most windows: it is not worth a break to save more.
const HEIGHT_MIN: f32 = 420.0;

/// How ranks are folded into lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Fold {
    /// Marks of a column, at most.
    rows: usize,
    /// The first rank of each line.
    starts: Vec<usize>,
}

/// Where a network lies and how edges pass.
#[derive(Default)]
pub(super) struct Lines {
    /// By vertex.
    pub centres: Vec<Point>,
    /// By vertex.
    cells: Vec<Cell>,
    /// By rank.
    ranks: Vec<Room>,
    /// The middle of the gutter above each line, and below the last.
    gutters: Vec<f32>,
}

/// Where a vertex is.
#[derive(Clone, Copy, Default)]
struct Cell {
    rank: usize,
    /// Its column.
    start: f32,
    end: f32,
    /// Between it and the next of its column.
    below: f32,
    /// Whether `below` passes between the marks of all columns before, and of all behind.
    is_open: [bool; 2],
}

/// Where a rank is.
#[derive(Clone, Copy, Default)]
struct Room {
    line: usize,
    start: f32,
    end: f32,
    /// Whether none of its line come before or behind it.
    is_first: bool,
    is_last: bool,
}

impl Fold {
    /// The fold that makes the picture largest in a window of that shape, ranks by their members.
    pub fn best(ranks: &[Vec<u32>], extents: &[Extent], aspect: f32) -> Self {
        let tallest = ranks.iter().map(Vec::len).max().unwrap_or(1).max(1);
        let mut best: Option<(f32, Self)> = None;
        for rows in 1..=tallest {
            let sizes: Vec<(f32, f32)> = ranks.iter().map(|r| size(r, extents, rows)).collect();
            let length: f32 = sizes.iter().map(|s| s.0 + RANK_GAP).sum();
            let widest = sizes.iter().map(|s| s.0).fold(0.0, f32::max);
            for part in 1..=WIDTHS {
                let width = (length * part as f32 / WIDTHS as f32).max(widest + 1.0);
                let (starts, (w, h)) = broken(&sizes, width);
                let cost =
                    (w / aspect).max(h).max(HEIGHT_MIN) * (1.0 + LINE_COST * starts.len() as f32);
                if best.as_ref().is_none_or(|b| cost < b.0) {
                    best = Some((cost, Self { rows, starts }));
                }
            }
        }
        best.map(|b| b.1).unwrap_or_default()
    }

    /// Whether it is one of so many ranks.
    pub fn suits(&self, n_ranks: usize) -> bool {
        self.rows > 0 && self.starts.last().is_some_and(|&last| last < n_ranks)
    }
}

/// The members of each rank in order; those without edges come in ranks of their own at the end.
pub(super) fn members(ranked: &Ranked) -> Vec<Vec<u32>> {
    let real = |layer: &Vec<u32>| layer.iter().copied().filter(|&v| !ranked.is_dummy(v)).collect();
    let mut ranks: Vec<Vec<u32>> = ranked.layers.iter().map(real).collect();
    ranks.retain(|rank| !rank.is_empty());
    if !ranked.isolated.is_empty() {
        ranks.push(ranked.isolated.clone());
    }
    ranks
}

/// Length and height of a rank.
fn size(rank: &[u32], extents: &[Extent], rows: usize) -> (f32, f32) {
    let (mut length, mut height) = (0.0, 0f32);
    for column in columns(rank, rows) {
        let own = column_size(column, extents);
        length += own.0 + COLUMN_GAP;
        height = height.max(own.1);
    }
    (length - COLUMN_GAP, height)
}

/// The columns of a rank, about equally long.
fn columns(rank: &[u32], rows: usize) -> std::slice::Chunks<'_, u32> {
    let n = rank.len().div_ceil(rows.max(1)).max(1);
    rank.chunks(rank.len().div_ceil(n).max(1))
}

fn column_size(column: &[u32], extents: &[Extent]) -> (f32, f32) {
    let all = column.iter().map(|&v| extents[v as usize]);
    let height: f32 = all.clone().map(|e| e.before + e.after + MARK_GAP).sum();
    (all.map(|e| 2.0 * e.along).fold(0.0, f32::max), height - MARK_GAP)
}

/// The upper edges of a column's marks with the room above them, and the lower edge of the last.
fn tops(column: &[u32], extents: &[Extent], top: f32) -> Vec<f32> {
    let mut y = top - MARK_GAP / 2.0;
    let mut tops = vec![y];
    for &vertex in column {
        let Extent { before, after, .. } = extents[vertex as usize];
        y += before + after + MARK_GAP;
        tops.push(y);
    }
    tops
}

/// Whether an edge at height `y` passes a column with those tops between its marks.
fn passes(tops: &[f32], y: f32) -> bool {
    // So near to the middle of a gap that the edge keeps off both marks.
    const NEAR: f32 = MARK_GAP / 2.0 - 2.0;
    let next = tops.partition_point(|&top| top < y - NEAR);
    next == tops.len() || next == 0 || tops[next] <= y + NEAR
}

/// Breaks ranks of those sizes into lines of at most `width` where that can be; the first rank of
/// each, and the size of all.
fn broken(sizes: &[(f32, f32)], width: f32) -> (Vec<usize>, (f32, f32)) {
    let (mut starts, mut x) = (vec![0], 0.0);
    let (mut all, mut height) = ((0f32, 0f32), 0f32);
    for (i, &(length, tall)) in sizes.iter().enumerate() {
        if x > 0.0 && x + length > width {
            starts.push(i);
            all.1 += height + LINE_GAP;
            (x, height) = (0.0, 0.0);
        }
        all.0 = all.0.max(x + length);
        (x, height) = (x + length + RANK_GAP, height.max(tall));
    }
    (starts, (all.0, all.1 + height))
}

impl Lines {
    /// Places `ranks` as `fold` says, the first line at the origin.
    pub fn new(ranks: &[Vec<u32>], extents: &[Extent], fold: &Fold) -> Self {
        let n = extents.len();
        let mut made = Self {
            centres: vec![Point::default(); n],
            cells: vec![Cell::default(); n],
            ranks: vec![Room::default(); ranks.len()],
            gutters: vec![-MARGIN / 2.0],
        };
        let mut top = 0.0;
        for (line, &first) in fold.starts.iter().enumerate() {
            let end = fold.starts.get(line + 1).map_or(ranks.len(), |&next| next);
            let sizes = ranks[first..end].iter().map(|r| size(r, extents, fold.rows).1);
            let height = sizes.fold(0.0, f32::max);
            let mut x = 0.0;
            for (rank, members) in ranks.iter().enumerate().take(end).skip(first) {
                let own = size(members, extents, fold.rows);
                let room = Room {
                    line,
                    start: x,
                    end: x + own.0,
                    is_first: rank == first,
                    is_last: rank + 1 == end,
                };
                made.ranks[rank] = room;
                made.fill(rank, members, extents, fold.rows, top + (height - own.1) / 2.0);
                x += own.0 + RANK_GAP;
            }
            top += height + LINE_GAP;
            made.gutters.push(top - LINE_GAP / 2.0);
        }
        if let Some(last) = made.gutters.last_mut() {
            *last += MARGIN / 2.0 - LINE_GAP / 2.0;
        }
        made
    }

    fn fill(&mut self, rank: usize, members: &[u32], extents: &[Extent], rows: usize, top: f32) {
        let mut start = self.ranks[rank].start;
        let tops: Vec<Vec<f32>> = columns(members, rows).map(|c| tops(c, extents, top)).collect();
        for (i, column) in columns(members, rows).enumerate() {
            let end = start + column_size(column, extents).0;
            let mut y = top;
            for &vertex in column {
                let Extent { before, after, .. } = extents[vertex as usize];
                self.centres[vertex as usize] = Point::new((start + end) / 2.0, y + before);
                let below = y + before + after + MARK_GAP / 2.0;
                let is_open = [&tops[..i], &tops[i + 1..]]
                    .map(|others| others.iter().all(|tops| passes(tops, below)));
                self.cells[vertex as usize] = Cell { rank, start, end, below, is_open };
                y += before + after + MARK_GAP;
            }
            start = end + COLUMN_GAP;
        }
    }

    /// Moves all of it.
    pub fn shift(&mut self, dx: f32, dy: f32) {
        self.centres.iter_mut().for_each(|p| *p = Point::new(p.x + dx, p.y + dy));
        for Cell { start, end, below, .. } in &mut self.cells {
            (*start, *end, *below) = (*start + dx, *end + dx, *below + dy);
        }
        for Room { start, end, .. } in &mut self.ranks {
            (*start, *end) = (*start + dx, *end + dx);
        }
        self.gutters.iter_mut().for_each(|y| *y += dy);
    }

    /// From `vertex`, left at height `y`, to the end of its rank; answers where that is.
    fn out(&self, vertex: u32, y: f32, track: f32, way: &mut Vec<Point>) -> Point {
        let cell = self.cells[vertex as usize];
        let room = self.ranks[cell.rank];
        push(way, Point::new(cell.end, y));
        if room.end - cell.end > 1.0 {
            let height = self.gap(cell, cell.is_open[1], y, track);
            push(way, Point::new(cell.end + COLUMN_GAP, height));
            push(way, Point::new(room.end, height));
        }
        *way.last().unwrap_or(&Point::default())
    }

    /// The same against the edges: from `vertex`, reached at height `y`, to the start of its rank.
    fn back(&self, vertex: u32, y: f32, track: f32, way: &mut Vec<Point>) -> Point {
        let cell = self.cells[vertex as usize];
        let room = self.ranks[cell.rank];
        push(way, Point::new(cell.start, y));
        if cell.start - room.start > 1.0 {
            let height = self.gap(cell, cell.is_open[0], y, track);
            push(way, Point::new(cell.start - COLUMN_GAP, height));
            push(way, Point::new(room.start, height));
        }
        *way.last().unwrap_or(&Point::default())
    }

    /// On from `vertex`, left at height `y`, to `border`, behind all; answers at which height.
    /// `track` (-1 to 1) parts edges that share a gutter.
    pub fn leave(&self, vertex: u32, y: f32, border: f32, track: f32, way: &mut Vec<Point>) -> f32 {
        let at = self.out(vertex, y, track, way);
        let room = self.ranks[self.cells[vertex as usize].rank];
        let height = if room.is_last { at.y } else { self.gutter(room.line, at.y, track) };
        if !room.is_last {
            push(way, Point::new(at.x + RANK_GAP, height));
        }
        push(way, Point::new(border, height));
        height
    }

    /// [`leave`](Self::leave) against the edges: from `vertex` to `border`, before all.
    pub fn enter(&self, vertex: u32, y: f32, border: f32, track: f32, way: &mut Vec<Point>) -> f32 {
        let at = self.back(vertex, y, track, way);
        let room = self.ranks[self.cells[vertex as usize].rank];
        let height = if room.is_first { at.y } else { self.gutter(room.line, at.y, track) };
        if !room.is_first {
            push(way, Point::new(at.x - RANK_GAP, height));
        }
        push(way, Point::new(border, height));
        height
    }

    /// The way from one vertex to another of a later rank, left and reached at those heights.
    pub fn between(&self, from: (u32, f32), to: (u32, f32), track: f32, way: &mut Vec<Point>) {
        let start = self.out(from.0, from.1, track, way);
        let mut end_way = Vec::new();
        let end = self.back(to.0, to.1, track, &mut end_way);
        let [a, b] = [from.0, to.0].map(|v| self.cells[v as usize].rank);
        let lines = [a, b].map(|rank| self.ranks[rank].line);
        let first = self.gutters[lines[0] + 1] + self.offset(lines[0] + 1, track);
        if lines[0] == lines[1] {
            if b > a + 1 {
                let gutter = self.gutter(lines[0], (start.y + end.y) / 2.0, track);
                push(way, Point::new(start.x + RANK_GAP, gutter));
                push(way, Point::new(end.x - RANK_GAP, gutter));
            }
        } else if lines[1] == lines[0] + 1 {
            if end.x > start.x + 2.0 * RANK_GAP {
                push(way, Point::new(start.x + RANK_GAP, first));
                push(way, Point::new(end.x - RANK_GAP, first));
            } else if end.x > start.x {
                push(way, Point::new((start.x + end.x) / 2.0, first));
            } else {
                push(way, Point::new(start.x, first));
                push(way, Point::new(end.x, first));
            }
        } else {
            // Down the left margin, past the lines between.
            let left = self.ranks.iter().map(|room| room.start).fold(f32::MAX, f32::min);
            let second = self.gutters[lines[1]] + self.offset(lines[1], track);
            push(way, Point::new(start.x, first));
            push(way, Point::new(left, first));
            if end.x - RANK_GAP > left {
                push(way, Point::new(left, second));
                push(way, Point::new(end.x - RANK_GAP, second));
            }
        }
        end_way.into_iter().rev().for_each(|at| push(way, at));
    }

    /// The height at which an edge passes the other columns of its rank: below its own mark, or in
    /// a gutter where marks of another size are in the way.
    fn gap(&self, cell: Cell, is_open: bool, y: f32, track: f32) -> f32 {
        if is_open { cell.below } else { self.gutter(self.ranks[cell.rank].line, y, track) }
    }

    /// The height of the gutter above or below `line`, whichever is nearer to `y`.
    fn gutter(&self, line: usize, y: f32, track: f32) -> f32 {
        let (above, below) = (self.gutters[line], self.gutters[line + 1]);
        let index = if y - above < below - y { line } else { line + 1 };
        self.gutters[index] + self.offset(index, track)
    }

    fn offset(&self, gutter: usize, track: f32) -> f32 {
        let is_outer = gutter == 0 || gutter + 1 == self.gutters.len();
        track * if is_outer { 6.0 } else { 11.0 }
    }
}

/// Adds a point unless it is there already.
fn push(way: &mut Vec<Point>, at: Point) {
    let is_same = |p: &Point| (p.x - at.x).abs() < 0.1 && (p.y - at.y).abs() < 0.1;
    if !way.last().is_some_and(is_same) {
        way.push(at);
    }
}
