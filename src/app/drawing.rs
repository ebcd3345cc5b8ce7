//! Brings the picture to the screen: the ground, what lies over it, and the minimap, each painted
//! only when what it shows has changed.

use crate::scene::{PixelMap, View, ground, minimap, over};
use crate::web::surface::Surface;

use super::state::State;
use super::view::{Canvases, MINIMAP};

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
}

/// All that the ground depends on.
#[derive(Clone, Copy, PartialEq)]
struct Ground {
    layout: *const crate::scene::Layout,
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
    /// Paints what has changed.
    pub fn paint(&mut self, state: &State, canvases: &Canvases) {
        self.ground.attach(canvases.ground.get());
        self.over.attach(canvases.graph.get());
        self.minimap.attach(canvases.minimap.get());
        let Some(layout) = &state.layout else { return };
        let gone = |kind, blob| state.is_gone(kind, blob);
        let tints = state.tints.borrow();
        let view = View {
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
        let now = Ground {
            layout: std::rc::Rc::as_ptr(layout),
            viewport: view.viewport,
            theme: view.theme,
            trace: state.n_traces,
            step: state.moment.step,
            filter: view.filter.map_or(0, |f| f.version()),
        };
        if self.shown != Some(now) {
            self.ground.show(&ground(&view, &mut self.map), view.viewport);
            self.shown = Some(now);
        }
        self.over.show(&over(&view), view.viewport);
        if self.minimap.is_visible() {
            let scene = minimap(&view, MINIMAP.0, MINIMAP.1, &mut self.small_map);
            self.minimap.show(&scene, view.viewport);
        }
    }
}
