//! A layout as bytes, to hand it from the worker to the page: little-endian 32-bit words.

use crate::model::{ActionId, ArtifactId, Id};

use super::super::geometry::{Point, Rect};
use super::super::grid::Grid;
use super::super::mark::Mark;
use super::{Direction, Edge, Layout, Tier};

impl Layout {
    /// The layout as bytes; [`from_bytes`](Self::from_bytes) reads them back.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut words = vec![
            u32::from(self.tier == Tier::Overview),
            u32::from(self.direction == Direction::Down),
            self.action_width.to_bits(),
            self.n_actions as u32,
            self.artifacts.len() as u32,
            self.edges.len() as u32,
            self.bends.len() as u32,
        ];
        words.extend(self.artifacts.iter().map(|a| a.0));
        words.extend(self.centres.iter().flat_map(|&p| point_words(p)));
        words.extend(
            self.edges.iter().flat_map(|e| [mark_words(e.from), mark_words(e.to)]).flatten(),
        );
        words.extend(&self.bend_ends);
        words.extend(self.bends.iter().flat_map(|&p| point_words(p)));
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    /// The layout that [`to_bytes`](Self::to_bytes) wrote; `None` for other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut words = bytes.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        let head: Vec<u32> = words.by_ref().take(7).collect();
        let &[overview, down, width, n_actions, n_artifacts, n_edges, n_bends] = &head[..] else {
            return None;
        };
        let sizes = [n_actions, n_artifacts, n_edges, n_bends].map(u64::from);
        let [actions, artifacts, edges, bends] = sizes;
        let n_words = 7 + artifacts + 2 * (actions + artifacts) + 5 * edges + 2 * bends;
        if bytes.len() as u64 != n_words * 4 {
            return None;
        }
        let mut next = || words.next().unwrap_or_default();
        let artifacts = (0..n_artifacts).map(|_| ArtifactId(next())).collect();
        let centres = (0..n_actions + n_artifacts).map(|_| point([next(), next()])).collect();
        let edges = (0..n_edges)
            .map(|_| Some(Edge { from: mark([next(), next()])?, to: mark([next(), next()])? }));
        let edges = edges.collect::<Option<_>>()?;
        let bend_ends: Vec<u32> = (0..n_edges).map(|_| next()).collect();
        let bends = (0..n_bends).map(|_| point([next(), next()])).collect();
        let rising = bend_ends.windows(2).all(|w| w[0] <= w[1]);
        let fits = bend_ends.last().is_none_or(|&end| end == n_bends);
        let mut layout = Self {
            tier: if overview == 1 { Tier::Overview } else { Tier::Detail },
            direction: if down == 1 { Direction::Down } else { Direction::Right },
            bounds: Rect::default(),
            action_width: f32::from_bits(width),
            n_actions: n_actions as usize,
            artifacts,
            centres,
            edges,
            edges_by_ends: Vec::new(),
            bend_ends,
            bends,
            grid: Grid::default(),
        };
        layout.derive_indices();
        (rising && fits).then_some(layout)
    }
}

fn point_words(point: Point) -> [u32; 2] {
    [point.x.to_bits(), point.y.to_bits()]
}

fn point([x, y]: [u32; 2]) -> Point {
    Point::new(f32::from_bits(x), f32::from_bits(y))
}

fn mark_words(mark: Mark) -> [u32; 2] {
    match mark {
        Mark::Action(action) => [0, action.0],
        Mark::Artifact(artifact) => [1, artifact.0],
        Mark::AcEntry(action) => [2, action.0],
    }
}

fn mark([kind, id]: [u32; 2]) -> Option<Mark> {
    Some(match kind {
        0 => Mark::Action(ActionId::at(id as usize)),
        1 => Mark::Artifact(ArtifactId::at(id as usize)),
        2 => Mark::AcEntry(ActionId::at(id as usize)),
        _ => return None,
    })
}
