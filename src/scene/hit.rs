//! What lies under the pointer.

use crate::model::Graph;

use super::geometry::{Point, Rect};
use super::layout::{Layout, Tier};
use super::mark::{Mark, Selection};
use super::viewport::Viewport;
use super::walk;

/// How far beside a mark a click still counts, CSS pixels.
const REACH: f32 = 5.0;

/// The mark at `at` (CSS pixels), or the nearest within a little reach of it. An AC entry goes
/// before the action that it is pinned to. `selection` matters where only the selected action
/// shows its artifacts.
pub fn hit(
    graph: &Graph,
    layout: &Layout,
    selection: Selection,
    viewport: &Viewport,
    at: Point,
) -> Option<Mark> {
    let world = viewport.to_world(at);
    let reach = REACH / viewport.scale;
    let area = Rect::around(world, 2.0 * reach, 2.0 * reach);
    if let Selection::Action(action) | Selection::AcEntry(action) = selection {
        for (artifact, centre) in walk::satellites(graph, layout, action) {
            let side = 2.0 * Layout::ARTIFACT_RADIUS;
            if distance(Rect::around(centre, side, side), world) <= reach {
                return Some(Mark::Artifact(artifact));
            }
        }
    }
    // Pixels of an overview: the nearest of many, and nothing smaller than an action.
    let with_entries = layout.tier() != Tier::Overview || viewport.scale > 0.4;
    let mut best: Option<(f32, Mark)> = None;
    for (mark, _) in layout.near(area) {
        let entry = match mark {
            Mark::Action(action) if with_entries && graph.digests(action).key.is_some() => {
                Some(Mark::AcEntry(action))
            }
            _ => None,
        };
        for (mark, handicap) in entry.map(|e| (e, -reach)).into_iter().chain([(mark, 0.0)]) {
            let Some(rect) = layout.rect(mark) else { continue };
            let inside = if handicap < 0.0 { reach * 0.4 } else { reach };
            let far = distance(rect, world);
            let rank = (far + handicap, mark);
            if far <= inside && best.is_none_or(|b| rank.0 < b.0 || rank.0 == b.0 && mark < b.1) {
                best = Some(rank);
            }
        }
    }
    best.map(|b| b.1)
}

/// How far `point` is outside `rect`; 0 inside.
fn distance(rect: Rect, point: Point) -> f32 {
    let dx = (rect.x - point.x).max(point.x - rect.right()).max(0.0);
    let dy = (rect.y - point.y).max(point.y - rect.bottom()).max(0.0);
    dx.hypot(dy)
}
