//! Brings the picture to the screen: the ground, what lies over it, and the minimap, each painted
//! only when what it shows has changed.

use crate::scene::{
    Color, Geometry, Layout, PixelMap, Scene, View, ground, minimap, over, shapes, with_legend,
};
use crate::web::dom;
use crate::web::surface::Surface;
use crate::web::webgl::Accelerated;

use super::looks::{Focused, Look};
use super::state::State;
use super::view::{Canvases, MINIMAP};

/// Layouts of more marks are painted in one frame and their minimap in the next.
const MAPPED_AT_ONCE_MAX: usize = 200_000;

/// The canvases of the page and what is on them.
#[derive(Debug, Default)]
pub struct Drawing {
    ground: Surface,
    over: Surface,
    minimap: Surface,
    map: PixelMap,
    small_map: PixelMap,
    /// What the ground shows.
    shown: Option<Ground>,
    /// Whether the minimap waits for the next frame.
    is_behind: bool,
    /// What paints the ground but its texts, where hardware does.
    accelerated: Option<Accelerated>,
    is_chosen: bool,
}

/// All that the ground depends on.
#[derive(Clone, Copy, PartialEq)]
struct Ground {
    layout: *const Layout,
    is_moving: bool,
    viewport: crate::scene::Viewport,
    theme: crate::scene::Theme,
    trace: u64,
    step: usize,
    filter: u64,
}

impl std::fmt::Debug for Ground {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ground").field("step", &self.step).finish_non_exhaustive()
    }
}

impl Drawing {
    /// Whether something is left to paint in the next frame.
    pub fn is_behind(&self) -> bool {
        self.is_behind
    }

    /// Paints what has changed.
    pub fn paint(&mut self, state: &State, canvases: &Canvases) {
        self.ground.attach(canvases.ground.get());
        self.over.attach(canvases.graph.get());
        self.minimap.attach(canvases.minimap.get());
        self.choose_renderer(canvases);
        let Some(layout) = &state.layout else { return };
        let looking = &state.looking;
        let between = looking.leaving.as_ref().map(|(before, t)| {
            // Eased out: fast at first.
            let t = 1.0 - (1.0 - t).powi(3);
            layout.coming_from(before, looking.grouping.as_deref(), t)
        });
        let layout: &Layout = between.as_ref().unwrap_or(layout);
        with_view(state, layout, &mut |view| self.paint_view(state, view, between.is_some()));
    }

    fn paint_view(&mut self, state: &State, view: &View, is_moving: bool) {
        let now = Ground {
            layout: &raw const *view.layout,
            is_moving,
            viewport: view.viewport,
            theme: view.theme,
            trace: state.n_traces,
            step: state.moment.step,
            filter: view.filter.map_or(0, |f| f.version()),
        };
        if now.is_moving {
            self.map = PixelMap::default();
        }
        let same = |before: Ground| Ground { viewport: now.viewport, step: now.step, ..before };
        let is_other = self.shown.map(same) != Some(now);
        let is_new = self.shown != Some(now);
        if self.shown != Some(now) || now.is_moving {
            let scene = ground(view, &mut self.map);
            match &mut self.accelerated {
                Some(accelerated) => {
                    accelerated.paint(&scene);
                    self.ground.show(&texts_of(scene), view.viewport);
                }
                None => self.ground.show(&scene, view.viewport),
            }
            self.shown = Some(now);
        }
        self.over.show(&over(view), view.viewport);
        // Two maps of a large graph in one frame would hold the page up.
        let is_anew = is_other || view.tints.is_some_and(|tints| tints.changed().is_none());
        let is_much = is_new && is_anew && view.layout.n_marks() > MAPPED_AT_ONCE_MAX;
        self.is_behind = is_much && !self.is_behind;
        if self.is_behind {
            return;
        }
        if self.minimap.is_visible() {
            let scene = minimap(view, MINIMAP.0, MINIMAP.1, &mut self.small_map);
            self.minimap.show(&scene, view.viewport);
        }
    }

    /// Settles once what paints: WebGL where there is hardware for it, or what the address asks
    /// for with `?renderer=webgl` or `?renderer=canvas`.
    fn choose_renderer(&mut self, canvases: &Canvases) {
        if std::mem::replace(&mut self.is_chosen, true) {
            return;
        }
        let wanted = dom::query_value("renderer");
        let canvas = dom::canvas_at(canvases.accelerated.get());
        self.accelerated = match wanted.as_deref() {
            Some("canvas") => None,
            wanted => canvas.and_then(|c| Accelerated::new(c, wanted == Some("webgl"))),
        };
        let name = if self.accelerated.is_some() { "webgl" } else { "canvas" };
        dom::set_root_attribute("data-renderer", Some(name));
    }
}

/// The texts of `scene`, on no ground.
fn texts_of(mut scene: Scene) -> Scene {
    scene.shapes.retain(|shape| matches!(shape.geometry, Geometry::Text { .. }));
    Scene { ground: Color::NONE, raster: None, ..scene }
}

/// The picture as it shows, with its legend.
pub fn exported(state: &State) -> Option<Scene> {
    let layout = state.layout.as_deref()?;
    let mut scene = None;
    with_view(state, layout, &mut |view| scene = Some(with_legend(&shapes(view), view.theme)));
    scene
}

/// Looks at `layout`, which is that of `state` or on its way there.
fn with_view(state: &State, layout: &Layout, look: &mut dyn FnMut(&View)) {
    let looking = &state.looking;
    let target = state.layout.as_deref().unwrap_or(layout);
    let gone = |kind, blob| state.is_gone(kind, blob);
    let tints = state.tints.borrow();
    let mut counts = looking.counts.borrow_mut();
    if let Some(grouping) = &looking.grouping
        && !layout.groups().is_empty()
    {
        // Of the layout that stays, which has the same groups.
        counts.refresh(target, grouping, &tints, state.filter.as_deref());
    }
    let critical = looking.with_critical_path || looking.look == Look::Focus(Focused::CriticalPath);
    let path = match critical {
        true => &state.timeline.cost(&state.incident.graph).critical_path.actions[..],
        false => &[],
    };
    let view = View {
        grouping: looking.grouping.as_deref(),
        counts: Some(&counts),
        path,
        graph: &state.incident.graph,
        layout,
        moment: &state.moment,
        event: state.event(),
        motion: if state.still { 1.0 } else { state.motion },
        selection: state.selection,
        hover: state.hover,
        evicted: &gone,
        tints: Some(&tints),
        filter: state.filter.as_deref(),
        viewport: state.viewport,
        theme: state.theme_shown(),
    };
    look(&view);
}
