//! The overview of a graph whose groups are known: a lane for each of the largest groups, from
//! producers to consumers as the ranks go, so that a package is one place and depth is another.

use crate::model::{ActionId, Id};

use super::super::geometry::{Point, Rect};
use super::super::grouping::{GroupId, GroupKind, Grouping, Open};
use super::overview::{Pitch, Reporter};
use super::placed::Frame;

/// Groups are opened while they make no more lanes than this, and while one has most actions.
const CUT: usize = 6;
const SHARE_MAX: f32 = 0.5;
/// Lanes at most: where there are more groups, the smallest share one.
const LANES_MAX: usize = 12;
/// Room for the name before the marks of a lane, as a share of its length.
const HEAD: f32 = 0.13;
/// A lane is at least this share of the height of an even one, so that its name finds room.
const LEAST: f32 = 0.3;
/// Room between lanes, and between ranks, as shares of the whole height and length.
const LANE_GAP: f32 = 0.014;
const RANK_GAP: f32 = 0.004;

/// Actions of one group, or of all small ones.
struct Lane {
    group: GroupId,
    actions: Vec<ActionId>,
    /// By rank, how many.
    counts: Vec<u32>,
}

/// Where all lies.
pub(super) struct Lanes {
    pub centres: Vec<Point>,
    /// Around each lane.
    pub lanes: Vec<Frame>,
    /// In runs of at least `least` marks of a lane and rank that `shown` maps to the same group.
    pub runs: Vec<Frame>,
}

/// A lane's rows and where they begin.
struct Band {
    top: f32,
    rows: usize,
}

/// Places all actions, `rank` by action; `None` if `reporter` breaks it off. `shown` says, by
/// action, which group a run is of.
pub(super) fn place(
    grouping: &Grouping,
    rank: &[u32],
    n_ranks: usize,
    (pitch, aspect): (&Pitch, f32),
    (shown, least): (&[u32], usize),
    reporter: &mut Reporter,
) -> Option<Lanes> {
    let lanes = lanes(grouping, rank, n_ranks);
    reporter.tick(rank.len())?;
    let rows = rows(&lanes, n_ranks, pitch, aspect);
    let n_columns = n_columns(&lanes, &rows, n_ranks);
    let length: f32 = n_columns.iter().map(|&n| n as f32 * pitch.along).sum();
    let height: f32 = rows.iter().map(|&n| n as f32 * pitch.across).sum();
    let (rank_gap, lane_gap) =
        ((length * RANK_GAP).max(pitch.rank / 2.0), (height * LANE_GAP).max(pitch.line / 2.0));
    let mut starts = Vec::with_capacity(n_ranks);
    let mut x = 0.0;
    for &n in &n_columns {
        starts.push(x);
        x += n as f32 * pitch.along + rank_gap;
    }
    let length = x - rank_gap;
    let mut made = Lanes {
        centres: vec![Point::default(); rank.len()],
        lanes: Vec::with_capacity(lanes.len()),
        runs: Vec::new(),
    };
    let mut top = 0.0;
    for (lane, rows) in lanes.iter().zip(rows) {
        let band = Band { top, rows };
        let height = rows as f32 * pitch.across;
        let head = length * HEAD;
        let rect = Rect { x: -head, y: top, width: head + length, height };
        made.lanes.push(Frame { group: lane.group, rect: rect.grown(lane_gap * 0.3) });
        made.fill(lane, &band, &starts, rank, pitch, (shown, least));
        reporter.tick(lane.actions.len())?;
        top += height + lane_gap;
    }
    Some(made)
}

/// The largest groups, those nearest to the sources first.
fn lanes(grouping: &Grouping, rank: &[u32], n_ranks: usize) -> Vec<Lane> {
    let open = cut(grouping);
    let mut parts: Vec<(GroupId, Vec<ActionId>)> = Vec::new();
    for group in open.iter() {
        let closed = grouping.children(group).filter(|&g| !open.contains(g));
        let own = std::iter::once((group, grouping.own_actions(group)));
        for (group, actions) in own.chain(closed.map(|g| (g, grouping.actions(g)))) {
            // Parts of a crowd are no packages.
            let is_whole = |&g: &GroupId| grouping.kind(g) != GroupKind::Part;
            let whole = grouping.with_parents(group).find(is_whole).unwrap_or(GroupId::ROOT);
            match parts.iter_mut().find(|part| part.0 == whole) {
                Some(part) => part.1.extend_from_slice(actions),
                None => parts.push((whole, actions.to_vec())),
            }
        }
    }
    parts.retain(|part| !part.1.is_empty());
    parts.sort_by_key(|(group, actions)| (std::cmp::Reverse(actions.len()), *group));
    let n_own = if parts.len() > LANES_MAX { LANES_MAX - 1 } else { parts.len() };
    let mut rest: Vec<ActionId> = parts.drain(n_own..).flat_map(|part| part.1).collect();
    if !rest.is_empty() {
        // With what is directly in the root, if that has a lane.
        let root = parts.iter().position(|part| part.0 == GroupId::ROOT);
        rest.extend(root.map(|at| parts.remove(at).1).unwrap_or_default());
    }
    let mut lanes: Vec<Lane> = (parts.into_iter())
        .chain((!rest.is_empty()).then_some((GroupId::ROOT, rest)))
        .map(|(group, actions)| {
            let mut counts = vec![0; n_ranks];
            actions.iter().for_each(|a| counts[rank[a.index()] as usize] += 1);
            Lane { group, actions, counts }
        })
        .collect();
    let mean = |lane: &Lane| {
        let sum: u64 = (lane.counts.iter().zip(0..)).map(|(&n, rank)| u64::from(n) * rank).sum();
        // In thousandths of a rank, so that floats need no order.
        sum * 1_000 / lane.actions.len().max(1) as u64
    };
    lanes.sort_by_key(|lane| (lane.group == GroupId::ROOT, mean(lane), lane.group));
    lanes
}

/// The groups whose inside gets lanes.
fn cut(grouping: &Grouping) -> Open {
    let mut open = grouping.opened(CUT);
    let n_all = grouping.n_actions(GroupId::ROOT) as f32;
    loop {
        let closed = open.iter().flat_map(|g| grouping.children(g)).filter(|&g| !open.contains(g));
        let largest = closed.max_by_key(|&g| (grouping.n_actions(g), std::cmp::Reverse(g)));
        let is_package = |g: &GroupId| grouping.kind(*g) == GroupKind::Package;
        let has_most = |g: &GroupId| grouping.n_actions(*g) as f32 > n_all * SHARE_MAX;
        match largest.filter(is_package).filter(has_most) {
            Some(group) if grouping.children(group).next().is_some() => {
                open.unfold(grouping, group);
            }
            _ => return open,
        }
    }
}

/// Rows of each lane, so that the whole has the wished-for shape.
fn rows(lanes: &[Lane], n_ranks: usize, pitch: &Pitch, aspect: f32) -> Vec<usize> {
    let n_all: usize = lanes.iter().map(|lane| lane.actions.len()).sum();
    let shares = lanes.iter().map(|lane| {
        let own = lane.actions.len() as f32 / n_all.max(1) as f32;
        own.max(LEAST / lanes.len() as f32)
    });
    let shares: Vec<f32> = shares.collect();
    let of = |n: usize| -> Vec<usize> {
        // More than the fullest rank takes would stay empty.
        let most = lanes.iter().map(|lane| lane.counts.iter().max().map_or(1, |&n| n as usize));
        let rows = shares.iter().zip(most);
        rows.map(|(share, most)| ((n as f32 * share) as usize).clamp(1, most.max(1))).collect()
    };
    let (mut low, mut high) = (1, n_all.max(1));
    while low < high {
        let n = (low + high) / 2;
        let rows = of(n);
        let columns: usize = n_columns(lanes, &rows, n_ranks).iter().sum();
        let height: usize = rows.iter().sum();
        let shape = (columns as f32 * pitch.along) / (height as f32 * pitch.across);
        if shape > aspect { low = n + 1 } else { high = n }
    }
    of(low)
}

/// Columns that each rank takes.
fn n_columns(lanes: &[Lane], rows: &[usize], n_ranks: usize) -> Vec<usize> {
    let of = |rank: usize| {
        let each =
            lanes.iter().zip(rows).map(|(l, &rows)| (l.counts[rank] as usize).div_ceil(rows));
        each.max().unwrap_or(0).max(1)
    };
    (0..n_ranks).map(of).collect()
}

impl Lanes {
    fn fill(
        &mut self,
        lane: &Lane,
        band: &Band,
        starts: &[f32],
        rank: &[u32],
        pitch: &Pitch,
        (shown, least): (&[u32], usize),
    ) {
        let cell = |rank: usize, i: usize| {
            let (column, row) = (i / band.rows, i % band.rows);
            let x = starts[rank] + column as f32 * pitch.along;
            let y = band.top + row as f32 * pitch.across;
            Rect { x, y, width: pitch.along, height: pitch.across }
        };
        // Of each rank how many are placed, and where the run at hand began, of what group.
        let mut placed = vec![(0usize, 0usize, u32::MAX); lane.counts.len()];
        let mut end_run = |rank: usize, (end, start, group): (usize, usize, u32)| {
            if group == u32::MAX || end - start < least {
                return;
            }
            for (from, to) in parts(start, end, band.rows) {
                let rect = cell(rank, from).union(&cell(rank, to - 1)).grown(-1.0);
                self.runs.push(Frame { group: GroupId(group), rect });
            }
        };
        for &action in &lane.actions {
            let rank = rank[action.index()] as usize;
            let (n, _, group) = placed[rank];
            self.centres[action.index()] = cell(rank, n).centre();
            let own = shown[action.index()];
            if own != group {
                end_run(rank, placed[rank]);
                (placed[rank].1, placed[rank].2) = (n, own);
            }
            placed[rank].0 += 1;
        }
        placed.into_iter().enumerate().for_each(|(rank, run)| end_run(rank, run));
    }
}

/// A run of marks in columns of `rows`: the part of a first column, whole columns, the part of a
/// last one.
pub(super) fn parts(start: usize, end: usize, rows: usize) -> impl Iterator<Item = (usize, usize)> {
    let (first, last) = (start / rows, (end - 1) / rows);
    let cuts = [(first + 1).min(last), last].map(|column| (column * rows).clamp(start, end));
    let bounds = [(start, cuts[0]), (cuts[0], cuts[1]), (cuts[1], end)];
    bounds.into_iter().filter(|(from, to)| from < to)
}
