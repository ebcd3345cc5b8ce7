//! Edges as smooth curves: hairlines for all that show, stronger ones for what is pointed at and
//! for what the moment moves along.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::super::geometry::{Point, Rect};
use super::super::grouping::GroupId;
use super::super::layout::{Direction, Edge, EdgeKind, Layout, Tier};
use super::super::mark::{Mark, Selection};
use super::super::palette::{Color, Palette};
use super::super::shape::{Dash, Geometry, Scene, Style};
use super::super::walk;
use super::View;
use super::cause::Link;

/// How often edges cover a pixel of the picture, on average, before they are drawn lighter.
const CROWD: f32 = 0.4;
/// However many there are, they are seen.
const FAINTEST: f32 = 0.08;
/// Most edges drawn for one mark that is pointed at.
const NEIGHBOURS_MAX: usize = 400;
/// Bundles between groups that can be told apart.
const BUNDLES_MAX: usize = 100;
/// Points that are less than this apart along an edge are a turn of it, which reaches that far;
/// world units.
const TURN_MIN: f32 = 0.2;
const TURN: f32 = 12.0;
/// Most edges drawn of a way.
const LINKS_MAX: usize = 2_000;

/// All edges in sight.
pub(super) fn draw_all(scene: &mut Scene, view: &View, palette: &Palette) {
    let seen = view.viewport.world().grown(1.0);
    let layout = view.layout;
    let in_sight: Vec<usize> =
        (0..layout.edges().len()).filter(|&i| bounds(layout, i).overlaps(&seen)).collect();
    let in_sight = strongest(view, in_sight);
    let unit = view.viewport.scale;
    let thin = (unit * 1.8).clamp(0.4, 1.0);
    let strongest = if layout.tier() == Tier::Groups { 0.7 } else { 1.0 };
    // Many edges in little room would make one grey slab: they get lighter, so that what shows is
    // where they run, not that they are many.
    let alpha = (CROWD / crowd(view, &in_sight, thin)).clamp(FAINTEST, strongest);
    for i in in_sight {
        let points = layout.route(i).map(|p| view.viewport.to_screen(p));
        let curve = curve(points, layout.direction(), unit);
        let style = Style::line(palette.hairline.with_alpha(alpha), weight_width(layout, i) * thin);
        scene.push(Geometry::Curve(curve), Style { dash: dash(layout, i), ..style });
    }
}

/// How often edges cover a pixel of the picture, on average.
fn crowd(view: &View, in_sight: &[usize], thin: f32) -> f32 {
    let (layout, unit) = (view.layout, view.viewport.scale);
    let covered = |&i: &usize| {
        let rect = bounds(layout, i);
        rect.width.hypot(rect.height) * unit * weight_width(layout, i) * thin
    };
    let covered: f32 = in_sight.iter().map(covered).sum();
    let (all, seen) = (layout.bounds(), view.viewport.world());
    let wide = all.right().min(seen.right()) - all.x.max(seen.x);
    let high = all.bottom().min(seen.bottom()) - all.y.max(seen.y);
    covered / (wide.max(1.0) * high.max(1.0) * unit * unit)
}

/// Of very many bundles between groups, those that show: for each mark the strongest that arrives
/// from and leaves for the frame that it is in, and of each frame for another the strongest. The
/// others of a mark show when it is pointed at.
fn strongest(view: &View, in_sight: Vec<usize>) -> Vec<usize> {
    let layout = view.layout;
    let Some(grouping) = view.grouping.filter(|_| layout.tier() == Tier::Groups) else {
        return in_sight;
    };
    if in_sight.len() <= BUNDLES_MAX {
        return in_sight;
    }
    let around = |mark: Mark| match mark {
        Mark::Group(group) => grouping.parent(group).unwrap_or(GroupId::ROOT),
        Mark::Action(action) | Mark::AcEntry(action) => grouping.home(action),
        Mark::Artifact(_) => GroupId::ROOT,
    };
    // Of equals the first.
    let rank = |i: usize| (layout.edge_weight(i), Reverse(i));
    let mut best = BTreeMap::new();
    for &i in &in_sight {
        let Edge { from, to } = layout.edges()[i];
        let (outer, inner) = (around(from), around(to));
        let keys = if outer == inner {
            [(None, Some(to), None), (Some(from), None, None)]
        } else {
            [(None, None, Some((outer, inner))); 2]
        };
        for key in keys {
            let slot = best.entry(key).or_insert(i);
            if rank(i) > rank(*slot) {
                *slot = i;
            }
        }
    }
    let kept: BTreeSet<usize> = best.into_values().collect();
    kept.into_iter().collect()
}

/// How wide the bundle is that edge `i` stands for, CSS pixels: eight times the edges, one pixel
/// more.
fn weight_width(layout: &Layout, i: usize) -> f32 {
    let weight = layout.edge_weight(i).max(1);
    (1.0 + (weight as f32).log2() / 4.0).min(4.0)
}

fn dash(layout: &Layout, i: usize) -> Dash {
    match layout.edge_kind(i) {
        EdgeKind::Direct => Dash::Solid,
        EdgeKind::Hidden => Dash::Fine,
        EdgeKind::Back => Dash::Dashed,
    }
}

/// What stands for `mark` in the layout: itself, the group that it is in, or, for an artifact
/// without a circle, its producer.
pub(super) fn standing(view: &View, mark: Mark) -> Option<Mark> {
    let layout = view.layout;
    if layout.centre(mark).is_some() {
        return Some(mark);
    }
    let action = match mark {
        Mark::Action(action) | Mark::AcEntry(action) => action,
        Mark::Artifact(artifact) => view.graph.producer(artifact)?,
        Mark::Group(_) => return None,
    };
    layout.index_of(action).map(|i| layout.mark_at(i))
}

/// The edges of what is selected and of what is under the pointer.
pub(super) fn draw_pointed_at(scene: &mut Scene, view: &View, palette: &Palette) {
    let selected = match view.selection {
        Selection::Action(action) | Selection::AcEntry(action) => Some(Mark::Action(action)),
        Selection::Artifact(artifact) => Some(Mark::Artifact(artifact)),
        Selection::Group(group) => Some(Mark::Group(group)),
        Selection::Blob(_) | Selection::None => None,
    };
    let hover = view.hover.map(|mark| match mark {
        Mark::AcEntry(action) => Mark::Action(action),
        mark => mark,
    });
    for (mark, width) in [(hover.filter(|h| Some(*h) != selected), 1.0), (selected, 1.5)] {
        let Some(mark) = mark.and_then(|mark| standing(view, mark)) else { continue };
        let style = Style::line(palette.quiet, width);
        for from in walk::inputs(view.graph, view.layout, mark).into_iter().take(NEIGHBOURS_MAX) {
            draw_link(scene, view, (from, mark), style, None);
        }
        for to in walk::outputs(view.graph, view.layout, mark).into_iter().take(NEIGHBOURS_MAX) {
            draw_link(scene, view, (mark, to), style, None);
        }
    }
}

/// A way through the graph, each action to the next.
pub(super) fn draw_path(scene: &mut Scene, view: &View, palette: &Palette) {
    let style = Style::line(palette.text.with_alpha(0.75), 2.5);
    for pair in view.path.windows(2).take(LINKS_MAX) {
        draw_link(scene, view, (Mark::Action(pair[0]), Mark::Action(pair[1])), style, None);
    }
}

/// The glow of losses that are not made good yet.
pub(super) fn draw_losses(scene: &mut Scene, view: &View, links: &[Link]) {
    let wide = (9.0 * view.viewport.scale).clamp(3.0, 9.0);
    for (alpha, width) in [(0.16, wide), (0.9, 1.5)] {
        for link in links {
            let style = Style::line(link.color.with_alpha(alpha), width);
            draw_link(scene, view, (link.from, link.to), style, None);
        }
    }
}

/// The edges of the moment, as far as its motion is.
pub(super) fn draw_moment(scene: &mut Scene, view: &View, links: &[Link]) {
    for link in links {
        let style = Style::line(link.color, 2.0);
        draw_link(scene, view, (link.from, link.to), style, Some(link.up));
    }
}

/// One edge, whether or not the layout routes it. `motion` draws it as far as the view's motion is,
/// from its end where that is `true`.
fn draw_link(
    scene: &mut Scene,
    view: &View,
    (from, to): (Mark, Mark),
    style: Style,
    motion: Option<bool>,
) {
    let layout = view.layout;
    let (Some(from), Some(to)) = (standing(view, from), standing(view, to)) else { return };
    if from == to {
        return;
    }
    let direction = layout.direction();
    let to_screen = |p| view.viewport.to_screen(p);
    let mut points = if let Some(i) = layout.edge_between(from, to) {
        curve(layout.route(i).map(to_screen), direction, view.viewport.scale)
    } else {
        let (Some(start), Some(end)) = (layout.port(from, 1.0), layout.port(to, -1.0)) else {
            return;
        };
        curve([start, end].into_iter().map(to_screen), direction, view.viewport.scale)
    };
    if let Some(up) = motion
        && view.motion < 1.0
    {
        if up {
            points.reverse();
        }
        points = shortened(&points, view.motion.max(0.0));
    }
    let hull = points.iter().fold(None, |hull: Option<Rect>, &p| {
        let point = Rect { x: p.x, y: p.y, width: 0.0, height: 0.0 };
        Some(hull.map_or(point, |h| h.union(&point)))
    });
    let (width, height) = (scene.width, scene.height);
    let screen = Rect { x: 0.0, y: 0.0, width, height };
    if hull.is_some_and(|h| h.grown(4.0).overlaps(&screen)) {
        scene.push(Geometry::Curve(points), style);
    }
}

/// The box around a route, in world units.
pub(super) fn bounds(layout: &Layout, edge: usize) -> Rect {
    let (mut low, mut high) = (Point::new(f32::MAX, f32::MAX), Point::new(f32::MIN, f32::MIN));
    for at in layout.route(edge) {
        low = Point::new(low.x.min(at.x), low.y.min(at.y));
        high = Point::new(high.x.max(at.x), high.y.max(at.y));
    }
    Rect::spanning(low, high)
}

/// Cubic segments through `points`, level where they pass them. Where two lie one behind the other,
/// the curve turns round, `unit` being the size of a world unit.
pub(super) fn curve(
    points: impl Iterator<Item = Point>,
    direction: Direction,
    unit: f32,
) -> Vec<Point> {
    // As if all edges ran to the right.
    let turned = |p: Point| if direction == Direction::Right { p } else { Point::new(p.y, p.x) };
    let mut way: Vec<Point> = Vec::with_capacity(4);
    for at in points.map(turned) {
        if way.last().is_none_or(|p| (p.x - at.x).abs() + (p.y - at.y).abs() > 0.05) {
            way.push(at);
        }
    }
    let mut curve: Vec<Point> = way.first().map(|&p| turned(p)).into_iter().collect();
    for i in 1..way.len() {
        let (from, to) = (way[i - 1], way[i]);
        let mut x = [(from.x + to.x) / 2.0; 2];
        if (to.x - from.x).abs() < TURN_MIN * unit {
            let ahead = way.get(i + 1).map(|next| to.x - next.x);
            let behind = i.checked_sub(2).map(|before| from.x - way[before].x);
            let is_right = ahead.or(behind).unwrap_or(1.0) > 0.0;
            // Control points lie a third further out than the curve gets.
            let by = (TURN * unit).min((to.y - from.y).abs() / 2.0) * 4.0 / 3.0;
            x = [from.x, to.x].map(|x| if is_right { x + by } else { x - by });
        }
        let (a, b) = (Point::new(x[0], from.y), Point::new(x[1], to.y));
        curve.extend([a, b, to].map(turned));
    }
    curve
}

/// The first `share` of a curve, segments counted alike.
fn shortened(curve: &[Point], share: f32) -> Vec<Point> {
    let n_segments = (curve.len() - 1) / 3;
    let reached = share.min(1.0) * n_segments as f32;
    let whole = (reached as usize).min(n_segments);
    let mut part = curve[..=whole * 3].to_vec();
    let t = reached - whole as f32;
    if whole < n_segments && t > 0.0 {
        // De Casteljau's construction.
        let [a, b, c, d] = [0, 1, 2, 3].map(|i| curve[whole * 3 + i]);
        let (ab, bc, cd) = (a.towards(b, t), b.towards(c, t), c.towards(d, t));
        let (abc, bcd) = (ab.towards(bc, t), bc.towards(cd, t));
        part.extend([ab, abc, abc.towards(bcd, t)]);
    }
    part
}

/// A light under a mark that the moment is about.
pub(super) fn halo(scene: &mut Scene, rect: Rect, radius: f32, color: Color) {
    let style = Style::filled(color.with_alpha(0.22));
    super::look::push(scene, rect.grown(6.0), radius + 6.0, style);
}
