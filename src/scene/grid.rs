//! Finds the marks in a part of the world without looking at all of them.

use super::geometry::{Point, Rect};

/// How many marks a cell holds on average.
const MARKS_A_CELL: f32 = 16.0;

/// Indices of points by square cell, as compressed sparse rows.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Grid {
    origin: Point,
    side: f32,
    columns: usize,
    starts: Vec<u32>,
    all: Vec<u32>,
}

impl Grid {
    /// Sorts `points`, all within `bounds`, into cells.
    pub fn new(points: &[Point], bounds: Rect) -> Self {
        if points.is_empty() {
            return Self::default();
        }
        let area = bounds.width.max(1.0) * bounds.height.max(1.0);
        let ideal = (area * MARKS_A_CELL / points.len() as f32).sqrt();
        // A long thin world must not make more cells than marks.
        let longest = bounds.width.max(bounds.height);
        let side = ideal.max(longest * MARKS_A_CELL / points.len() as f32 / 4.0).max(1.0);
        let columns = (bounds.width / side) as usize + 1;
        let rows = (bounds.height / side) as usize + 1;
        let mut grid = Self {
            origin: Point::new(bounds.x, bounds.y),
            side,
            columns,
            starts: vec![0; columns * rows + 1],
            all: vec![0; points.len()],
        };
        let cells: Vec<u32> = points.iter().map(|&p| grid.cell(p, rows) as u32).collect();
        for &cell in &cells {
            grid.starts[cell as usize + 1] += 1;
        }
        for i in 1..grid.starts.len() {
            grid.starts[i] += grid.starts[i - 1];
        }
        let mut next = grid.starts.clone();
        for (i, &cell) in cells.iter().enumerate() {
            let slot = &mut next[cell as usize];
            grid.all[*slot as usize] = i as u32;
            *slot += 1;
        }
        grid
    }

    /// Indices of points in cells that `area` touches: all points in it and some around it.
    pub fn near(&self, area: Rect) -> impl Iterator<Item = u32> + '_ {
        self.rows_near(area).flatten().copied()
    }

    fn rows_near(&self, area: Rect) -> impl Iterator<Item = &[u32]> {
        let n_rows = self.starts.len().saturating_sub(1).checked_div(self.columns).unwrap_or(0);
        let along = |at: f32, origin: f32, n: usize| {
            (((at - origin) / self.side).max(0.0) as usize).min(n.saturating_sub(1))
        };
        let (first, last) = (
            along(area.x, self.origin.x, self.columns),
            along(area.right(), self.origin.x, self.columns),
        );
        let (top, bottom) =
            (along(area.y, self.origin.y, n_rows), along(area.bottom(), self.origin.y, n_rows));
        let rows = if n_rows == 0 { 0..0 } else { top..bottom + 1 };
        rows.map(move |row| {
            let row = row * self.columns;
            let (start, end) = (self.starts[row + first], self.starts[row + last + 1]);
            &self.all[start as usize..end as usize]
        })
    }

    /// How many [`near`](Self::near) yields.
    pub fn n_near(&self, area: Rect) -> usize {
        self.rows_near(area).map(|row| row.len()).sum()
    }

    /// Origin, side of a cell and columns, then the rows, as 32-bit words;
    /// [`from_words`](Self::from_words) reads them back.
    pub fn to_words(&self) -> ([u32; 4], &[u32], &[u32]) {
        let Self { origin, side, columns, starts, all } = self;
        let head = [origin.x.to_bits(), origin.y.to_bits(), side.to_bits(), *columns as u32];
        (head, starts, all)
    }

    /// The grid that [`to_words`](Self::to_words) told; `None` where it does not hold together.
    pub fn from_words(head: [u32; 4], starts: Vec<u32>, all: Vec<u32>) -> Option<Self> {
        let [x, y, side] = [head[0], head[1], head[2]].map(f32::from_bits);
        let (origin, columns) = (Point::new(x, y), head[3] as usize);
        let n = all.len() as u32;
        let is_empty = starts.is_empty() && all.is_empty() && columns == 0;
        let holds = starts.windows(2).all(|w| w[0] <= w[1])
            && (starts.first(), starts.last()) == (Some(&0), Some(&n))
            && (starts.len() - 1).checked_rem(columns) == Some(0)
            && all.iter().all(|&i| i < n)
            && side >= 1.0;
        (is_empty || holds).then_some(Self { origin, side, columns, starts, all })
    }

    fn cell(&self, point: Point, rows: usize) -> usize {
        let column = ((point.x - self.origin.x) / self.side).max(0.0) as usize;
        let row = ((point.y - self.origin.y) / self.side).max(0.0) as usize;
        row.min(rows - 1) * self.columns + column.min(self.columns - 1)
    }
}
