//! From mark to mark along the edges: for keys, and for the edges of what is pointed at.

use crate::model::{ActionId, ArtifactId, ArtifactKind, Graph};

use super::geometry::{Point, Rect};
use super::layout::{Direction, Edge, Layout, Tier};
use super::mark::Mark;

/// Which way to go from a mark.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// Against the edges: to what it reads, or who writes it.
    Input,
    /// Along the edges: to what it writes, or who reads it.
    Output,
    /// To the next below (to the right in a layout that points down) in its rank.
    Next,
    /// To the next above (to the left).
    Previous,
}

/// The mark one step from `from`; `None` where the picture ends. Of several inputs or outputs the
/// one nearest across, the first of equals.
pub fn step_along(graph: &Graph, layout: &Layout, from: Mark, way: Way) -> Option<Mark> {
    let start = layout.centre(from)?;
    let across = |at: Point| match layout.direction() {
        Direction::Right => at.y - start.y,
        Direction::Down => at.x - start.x,
    };
    let candidates = match way {
        Way::Input => inputs(graph, layout, from),
        Way::Output => outputs(graph, layout, from),
        Way::Next | Way::Previous => {
            let sign = if way == Way::Next { 1.0 } else { -1.0 };
            let ahead = rank_of(layout, from, sign);
            let found = layout.near(ahead).filter(|&(_, at)| across(at) * sign > 0.5);
            found.filter(|&(_, at)| ahead.contains(at)).map(|(mark, _)| mark).collect()
        }
    };
    let far = |mark: &Mark| layout.centre(*mark).map_or(f32::MAX, |at| across(at).abs());
    candidates.into_iter().min_by(|a, b| far(a).total_cmp(&far(b)).then(a.cmp(b)))
}

/// The marks that edges come from to reach `mark`, ascending.
pub(super) fn inputs(graph: &Graph, layout: &Layout, mark: Mark) -> Vec<Mark> {
    let writer = |artifact: ArtifactId| graph.producer(artifact).map(Mark::Action);
    if !shows_all(layout) {
        let into = |edge: &&Edge| edge.to == mark;
        return layout.edges().iter().filter(into).map(|edge| edge.from).collect();
    }
    let mut marks: Vec<Mark> = match mark {
        Mark::Action(action) | Mark::AcEntry(action) => {
            let seen = |&i: &ArtifactId| drawn(layout, i).or_else(|| writer(i));
            graph.inputs(action).iter().filter_map(seen).collect()
        }
        Mark::Artifact(artifact) => writer(artifact).into_iter().collect(),
        Mark::Group(_) => Vec::new(),
    };
    marks.sort_unstable();
    marks.dedup();
    marks
}

/// The marks that edges lead to from `mark`, ascending.
pub(super) fn outputs(graph: &Graph, layout: &Layout, mark: Mark) -> Vec<Mark> {
    let readers = |artifact: ArtifactId| graph.consumers(artifact).iter().copied();
    if !shows_all(layout) {
        let from = |edge: &&Edge| edge.from == mark;
        return layout.edges().iter().filter(from).map(|edge| edge.to).collect();
    }
    let mut marks: Vec<Mark> = match mark {
        Mark::Action(action) | Mark::AcEntry(action) => {
            let mut marks = Vec::new();
            for &output in graph.outputs(action) {
                let is_tree = graph.artifact_kind(output) == ArtifactKind::Tree;
                let inside: &[_] = if is_tree { graph.tree_files(output) } else { &[] };
                for artifact in std::iter::once(output).chain(inside.iter().copied()) {
                    match drawn(layout, artifact) {
                        Some(circle) => marks.push(circle),
                        None => marks.extend(readers(artifact).map(Mark::Action)),
                    }
                }
            }
            marks
        }
        Mark::Artifact(artifact) => readers(artifact).map(Mark::Action).collect(),
        Mark::Group(_) => Vec::new(),
    };
    marks.sort_unstable();
    marks.dedup();
    marks
}

/// The artifacts that the selected `action` shows beside it in a layout without circles for them,
/// and where: what it reads on the side where edges arrive, what it writes where they leave.
pub(super) fn satellites(
    graph: &Graph,
    layout: &Layout,
    action: ActionId,
) -> Vec<(ArtifactId, Point)> {
    const SIDE_MAX: usize = 24;
    const PITCH: f32 = 20.0;
    let mut found = Vec::new();
    let mark = Mark::Action(action);
    if !layout.artifacts().is_empty() || layout.edges().is_empty() {
        return found;
    }
    for (artifacts, side) in [(graph.inputs(action), -1.0), (graph.outputs(action), 1.0)] {
        let Some(port) = layout.port(mark, side) else {
            return found;
        };
        let n = artifacts.len().min(SIDE_MAX);
        for (i, &artifact) in artifacts.iter().take(n).enumerate() {
            let across = (i as f32 - (n as f32 - 1.0) / 2.0) * PITCH;
            let along = side * 24.0;
            found.push((
                artifact,
                match layout.direction() {
                    Direction::Right => Point::new(port.x + along, port.y + across),
                    Direction::Down => Point::new(port.x + across, port.y + along),
                },
            ));
        }
    }
    found
}

/// Whether every action has a mark of its own, so that the graph itself says who is beside whom.
fn shows_all(layout: &Layout) -> bool {
    matches!(layout.tier(), Tier::Detail | Tier::Overview)
}

fn drawn(layout: &Layout, artifact: ArtifactId) -> Option<Mark> {
    let mark = Mark::Artifact(artifact);
    layout.centre(mark).is_some().then_some(mark)
}

/// The part of the rank of `mark` that lies before (-1) or behind (1) it.
fn rank_of(layout: &Layout, mark: Mark, sign: f32) -> Rect {
    let (at, bounds) = (layout.centre(mark).unwrap_or_default(), layout.bounds());
    let half = 12.0;
    let (near, far) = (Point::new(at.x - half, at.y - half), Point::new(at.x + half, at.y + half));
    match (layout.direction(), sign > 0.0) {
        (Direction::Right, true) => Rect::spanning(near, Point::new(far.x, bounds.bottom())),
        (Direction::Right, false) => Rect::spanning(Point::new(near.x, bounds.y), far),
        (Direction::Down, true) => Rect::spanning(near, Point::new(bounds.right(), far.y)),
        (Direction::Down, false) => Rect::spanning(Point::new(bounds.x, near.y), far),
    }
}
