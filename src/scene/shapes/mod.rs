//! Layout, moment and viewport to shapes.

mod brush;
mod canvas;
mod cause;
mod edges;
mod groups;
mod look;
mod marks;
mod raster;
mod shades;

pub use groups::{group_name, thousands};
pub(super) use look::{Form, Held, Look, Sign, blob};
pub use raster::PixelMap;

use crate::model::{ActionId, BlobId, CacheKind, Graph};
use crate::rewind::{Event, Moment};

use super::counts::GroupCounts;
use super::filter::Filter;
use super::geometry::{Point, Rect};
use super::grouping::Grouping;
use super::layout::Layout;
use super::mark::{Mark, Selection};
use super::palette::{Color, Palette, Theme};
use super::shape::{Scene, Style};
use super::tints::Tints;
use super::viewport::Viewport;
use super::walk;
use marks::Painter;

/// All that a picture of the graph depends on.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// What there is.
    pub graph: &'a Graph,
    /// Where it lies; of the same graph.
    pub layout: &'a Layout,
    /// What state it is in.
    pub moment: &'a Moment,
    /// The event that led to the moment: its edges move. `None` at the start.
    pub event: Option<&'a Event>,
    /// How far that motion is, 0 to 1; 1 when it is over, and always under
    /// `prefers-reduced-motion`.
    pub motion: f32,
    /// What is selected on the page.
    pub selection: Selection,
    /// What is under the pointer.
    pub hover: Option<Mark>,
    /// Whether a blob or AC entry was in the cache once and is gone from it at this moment.
    pub evicted: &'a dyn Fn(CacheKind, BlobId) -> bool,
    /// The states of all actions at the moment, where somebody keeps them.
    pub tints: Option<&'a Tints>,
    /// The groups, where the layout shows any.
    pub grouping: Option<&'a Grouping>,
    /// What is in the closed ones.
    pub counts: Option<&'a GroupCounts>,
    /// A way through the graph to show, such as the critical path; may be empty.
    pub path: &'a [ActionId],
    /// Which actions are to be seen; `None`: all.
    pub filter: Option<&'a Filter>,
    /// Through what window.
    pub viewport: Viewport,
    /// On which ground.
    pub theme: Theme,
}

/// The picture, culled to the viewport.
pub fn shapes(view: &View) -> Scene {
    let mut scene = ground(view, &mut PixelMap::default());
    draw_over(&mut scene, view);
    scene
}

/// The lower layer of the picture: what there is and what state it is in. `map` keeps what it
/// painted for the next time.
pub fn ground(view: &View, map: &mut PixelMap) -> Scene {
    let palette = Palette::of(view.theme);
    let mut scene = empty(view, palette.ground);
    if raster::is_better(view) {
        scene.raster = Some(map.draw(view));
        Painter { view, palette }.lanes(&mut scene);
    } else {
        let painter = Painter { view, palette };
        painter.frames(&mut scene);
        edges::draw_all(&mut scene, view, palette);
        draw_marks(&mut scene, &painter);
    }
    scene
}

/// The upper layer, on no ground: what happens at the moment, and what is pointed at.
pub fn over(view: &View) -> Scene {
    let mut scene = empty(view, Color::NONE);
    draw_over(&mut scene, view);
    scene
}

fn empty(view: &View, ground: Color) -> Scene {
    let Viewport { width, height, pixel_ratio, .. } = view.viewport;
    Scene::new(width, height, pixel_ratio, ground)
}

fn draw_over(scene: &mut Scene, view: &View) {
    let palette = Palette::of(view.theme);
    let is_map = raster::is_better(view);
    let cause = cause::of(view, palette);
    let losses = cause::losses(view, palette);
    edges::draw_path(scene, view, palette);
    edges::draw_pointed_at(scene, view, palette);
    edges::draw_losses(scene, view, &losses);
    edges::draw_moment(scene, view, &cause.links);
    let painter = Painter { view, palette };
    painter.names_over_map(scene);
    for &(mark, color) in &cause.marks {
        halo(scene, &painter, mark, color, is_map);
    }
    if !is_map {
        let mut lit: Vec<(Mark, Point)> = (cause.marks.iter())
            .filter_map(|&(mark, _)| edges::standing(view, whole(mark)))
            .filter_map(|mark| Some((mark, view.layout.centre(mark)?)))
            .collect();
        lit.sort_unstable_by_key(|m| m.0);
        lit.dedup_by_key(|m| m.0);
        if let Selection::Action(action) | Selection::AcEntry(action) = view.selection {
            let beside = walk::satellites(view.graph, view.layout, action);
            lit.extend(beside.into_iter().map(|(artifact, at)| (Mark::Artifact(artifact), at)));
        }
        // Once more, above their light and the edges that end at them.
        draw_these(scene, &painter, &lit);
    }
    draw_pointed_at(scene, &painter, is_map);
}

/// The mark that `mark` is part of.
fn whole(mark: Mark) -> Mark {
    match mark {
        Mark::AcEntry(action) => Mark::Action(action),
        mark => mark,
    }
}

/// All marks in sight, in the order of their ids so that equal views give equal scenes.
fn draw_marks(scene: &mut Scene, painter: &Painter) {
    let view = painter.view;
    let seen = view.viewport.world();
    let mut marks: Vec<(Mark, Point)> = view.layout.near(seen).collect();
    marks.retain(|&(mark, at)| match mark {
        // What is pinned to an action, or runs around an artifact, is within 8 world units.
        Mark::Action(_) | Mark::AcEntry(_) | Mark::Group(_) => {
            let (width, height) = (view.layout.action_width(), Layout::GROUP_HEIGHT);
            seen.overlaps(&Rect::around(at, width, height).grown(8.0))
        }
        Mark::Artifact(_) => {
            let room = 2.0 * (Layout::NAME_ROOM + 16.0);
            seen.overlaps(&Rect::around(at, room, 64.0))
        }
    });
    marks.retain(|&(mark, _)| painter.stands_forth(mark).is_some());
    marks.sort_unstable_by_key(|m| m.0);
    draw_these(scene, painter, &marks);
}

fn draw_these(scene: &mut Scene, painter: &Painter, marks: &[(Mark, Point)]) {
    let view = painter.view;
    // In layers, so that a painter finds equal shapes in a row. Names come first: a circle may
    // stand on the end of a name, never the other way round.
    for &(mark, centre) in marks {
        if let Mark::Artifact(artifact) = mark
            && view.layout.centre(mark).is_some()
        {
            painter.name(scene, artifact, centre);
        }
    }
    let mut forms = Vec::with_capacity(marks.len());
    for &(mark, centre) in marks {
        match mark {
            Mark::Action(action) => forms.push(painter.action(action, centre)),
            Mark::Artifact(artifact) => forms.push(painter.artifact(scene, artifact, centre)),
            Mark::Group(group) => painter.group(scene, group, centre),
            Mark::AcEntry(_) => {}
        }
    }
    look::draw_all(scene, painter.palette, &mut forms);
    let mut entries = Vec::new();
    for &(mark, centre) in marks {
        if let Mark::Action(action) = mark {
            painter.action_label(scene, action, centre);
            entries.extend(painter.ac_entry(action));
        }
    }
    for entry in &entries {
        // Its own ground, so that it stands clear of the action that it is pinned to.
        look::push(scene, entry.rect.grown(1.5), 2.0, Style::filled(painter.palette.ground));
    }
    look::draw_all(scene, painter.palette, &mut entries);
}

/// A light under what the moment is about; a ring around it where it is too small to see.
fn halo(scene: &mut Scene, painter: &Painter, mark: Mark, color: Color, is_map: bool) {
    let Some((rect, radius)) = outline(painter, mark) else {
        return;
    };
    if is_map {
        let ring = Rect::around(rect.centre(), raster::FINDER_SIZE, raster::FINDER_SIZE);
        look::push(scene, ring, raster::FINDER_SIZE / 2.0, Style::line(color, 2.0));
    } else {
        edges::halo(scene, rect, radius, color);
    }
}

/// Rings around what is selected and what is under the pointer, and the whole label of the latter.
fn draw_pointed_at(scene: &mut Scene, painter: &Painter, is_map: bool) {
    let (view, palette) = (painter.view, painter.palette);
    for mark in selected(view) {
        let Some((rect, radius)) = outline(painter, mark) else { continue };
        if !scene_rect(scene).overlaps(&rect.grown(4.0)) {
            continue;
        }
        let by = if is_map { raster::FINDER_SIZE / 2.0 } else { 5.0 };
        look::push(scene, rect.grown(by), radius + by, Style::line(palette.text, 2.0));
    }
    let Some(mark) = view.hover else { return };
    let Some((rect, radius)) = outline(painter, mark) else { return };
    if selected(view).all(|s| s != mark) {
        look::push(scene, rect.grown(2.5), radius + 2.5, Style::line(palette.quiet, 1.0));
    }
    painter.whole_label(scene, mark, rect);
}

/// Marks that show as selected.
fn selected<'a>(view: &'a View) -> Box<dyn Iterator<Item = Mark> + 'a> {
    match view.selection {
        Selection::None => Box::new(std::iter::empty()),
        Selection::Group(group) => Box::new(std::iter::once(Mark::Group(group))),
        Selection::Action(action) => Box::new(std::iter::once(Mark::Action(action))),
        Selection::Artifact(artifact) => Box::new(std::iter::once(Mark::Artifact(artifact))),
        Selection::AcEntry(action) => Box::new(std::iter::once(Mark::AcEntry(action))),
        Selection::Blob(blob) => {
            let artifacts = view.graph.artifacts_of_blob(blob).map(Mark::Artifact);
            Box::new(artifacts.chain(view.graph.action_of_key(blob).map(Mark::AcEntry)))
        }
    }
}

/// What `mark` covers in CSS pixels and how round it is; also for an artifact that shows only
/// beside the selected action, and, where it does not show at all, its producer.
fn outline(painter: &Painter, mark: Mark) -> Option<(Rect, f32)> {
    let view = painter.view;
    let unit = view.viewport.scale;
    let side = 2.0 * Layout::ARTIFACT_RADIUS;
    if let Some(rect) = view.layout.rect(mark) {
        let rect = painter.on_screen(rect.centre(), rect.width, rect.height);
        let radius = match mark {
            Mark::Action(_) => (6.0 * unit).min(8.0),
            Mark::Artifact(_) => rect.width / 2.0,
            Mark::AcEntry(_) => 1.0,
            Mark::Group(_) => (8.0 * unit).min(10.0),
        };
        return Some((rect, radius));
    }
    if let (Mark::Artifact(artifact), Selection::Action(action) | Selection::AcEntry(action)) =
        (mark, view.selection)
    {
        let beside = walk::satellites(view.graph, view.layout, action);
        if let Some(found) = beside.iter().find(|s| s.0 == artifact) {
            let rect = painter.on_screen(found.1, side, side);
            return Some((rect, rect.width / 2.0));
        }
    }
    outline(painter, edges::standing(view, mark)?)
}

fn scene_rect(scene: &Scene) -> Rect {
    Rect { x: 0.0, y: 0.0, width: scene.width, height: scene.height }
}
