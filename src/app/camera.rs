//! The window on the graph and what is pointed at in it: panning, zooming, following edges.

use std::rc::Rc;

use crate::scene::{
    Direction, Layout, Mark, Point, Rect, Selection, Viewport, Way, hit, step_along,
};

use super::incident::lay_out;
use super::msg::Msg;
use super::state::State;
use super::update::TURNED_MAX;

/// Height of the bar over the graph, CSS pixels.
const BAR: f32 = 40.0;
/// Height of what lies at the lower edge of a narrow graph, CSS pixels.
const FOOT: f32 = 44.0;

impl State {
    pub(super) fn mark_at(&self, at: Point) -> Option<Mark> {
        let layout = self.layout.as_ref()?;
        hit(&self.incident.graph, layout, self.selection, &self.viewport, at)
    }

    pub(super) fn look(&mut self, msg: Msg) {
        match msg {
            Msg::Select(selection) => self.selection = selection,
            Msg::Click { at, .. } => {
                self.selection = self.mark_at(at).map(Selection::from).unwrap_or_default();
            }
            Msg::Show(selection) => {
                self.selection = selection;
                self.reveal(None);
            }
            Msg::PointAt(at) => self.hover = at.and_then(|at| self.mark_at(at)),
            Msg::Pan(dx, dy) => self.moved(self.viewport.pan(dx, dy)),
            Msg::Zoom(at, factor) => self.moved(self.viewport.zoom_at(at, factor)),
            Msg::Fit => self.fit(),
            Msg::CentreOn(point) => self.moved(self.viewport.centred_on(point)),
            Msg::Reveal(way) => self.reveal(Some(way)),
            Msg::Walk(way) => self.walk(way),
            Msg::Resized(width, height, ratio) => {
                self.viewport = self.viewport.resized(width, height, ratio);
                self.turn();
                if self.fitted && width > 1.0 {
                    self.fit();
                }
            }
            _ => {}
        }
    }

    /// Where edges point in the room that there is.
    pub(super) fn direction(&self) -> Direction {
        // Labels need width: what is little wider than tall counts as tall.
        let tall = self.viewport.height * 1.25 > self.viewport.width;
        if tall { Direction::Down } else { Direction::Right }
    }

    /// Lays a small graph out anew when the room turns from wide to tall or back.
    fn turn(&mut self) {
        let small = self.incident.graph.n_actions() <= TURNED_MAX;
        let turned = self.layout.as_ref().is_some_and(|l| l.direction() != self.direction());
        if small && turned {
            self.layout = Some(Rc::new(lay_out(&self.incident.graph, self.direction())));
        }
    }

    /// Shows the whole layout, clear of the bar above it.
    pub(super) fn fit(&mut self) {
        if let Some(layout) = &self.layout {
            self.viewport = self.fitted_to(layout.bounds());
            self.fitted = true;
        }
    }

    /// Whether views and filters are of use: of a few actions all is seen at once.
    pub fn is_worth_tools(&self) -> bool {
        self.incident.graph.n_actions() >= 20
    }

    /// Width over height of what a fit fills.
    pub(super) fn room_aspect(&self) -> f32 {
        let unit = Rect { x: 0.0, y: 0.0, width: 1e4, height: 1e4 };
        let wide = self.fitted_to(Rect { height: 1.0, ..unit }).scale;
        let high = self.fitted_to(Rect { width: 1.0, ..unit }).scale;
        wide / high.max(1e-6)
    }

    /// Whether all of the layout is in the window.
    pub fn shows_all(&self) -> bool {
        let seen = self.viewport.world().grown(1.0 / self.viewport.scale);
        self.layout.as_ref().is_none_or(|layout| {
            let all = layout.bounds();
            seen.contains(Point::new(all.x, all.y))
                && seen.contains(Point::new(all.right(), all.bottom()))
        })
    }

    /// The window that shows all of `bounds`.
    pub(super) fn fitted_to(&self, bounds: Rect) -> Viewport {
        let Viewport { width, height, .. } = self.viewport;
        // In a window as small as that, the bar lies on the picture.
        let rows = if width < 560.0 && self.is_worth_tools() { 2.0 } else { 1.0 };
        let bar = if height > 3.0 * BAR * rows { BAR * rows } else { 0.0 };
        // There what lies at the lower edge covers all of its width, too.
        let foot = if rows > 1.0 && bar > 0.0 { FOOT } else { 0.0 };
        let below = Viewport { height: height - bar - foot, ..self.viewport }.fit(bounds);
        Viewport { width, height, y: below.y - bar / below.scale, ..below }
    }

    /// What stands for the selection in `layout`: an action in a closed group is where that is.
    fn standing(&self, layout: &Layout) -> Option<Mark> {
        let shown = |mark: &Mark| layout.rect(*mark).is_some();
        let within = || Some(layout.mark_at(layout.index_of(self.selected_action()?)?));
        self.selected_mark().filter(shown).or_else(within)
    }

    fn walk(&mut self, way: Way) {
        let Some(layout) = self.layout.clone() else { return };
        let selected = self.standing(&layout);
        let Some(from) = selected.or_else(|| layout.marks().next()) else { return };
        let to = match selected {
            Some(_) => step_along(&self.incident.graph, &layout, from, way),
            None => Some(from),
        };
        if let Some(to) = to {
            self.selection = to.into();
            self.reveal(None);
        }
    }

    /// Moves the window so that the selection shows.
    pub(super) fn reveal_selected(&mut self) {
        self.reveal(None);
    }

    /// Moves the window so that the selection shows; with a way, its inputs or outputs too.
    fn reveal(&mut self, way: Option<Way>) {
        let Some(layout) = self.layout.clone() else { return };
        let Some(mark) = self.selected_mark() else { return };
        let place = self.standing(&layout).and_then(|standing| layout.rect(standing));
        let Some(place) = place else { return };
        let Some(way) = way else {
            let revealing = self.viewport.revealing(place);
            if revealing != self.viewport {
                self.moved(revealing);
            }
            return;
        };
        let around = self.neighbours(mark, way).into_iter().filter_map(|m| layout.rect(m));
        let bounds = around.fold(place, |all, rect| Rect::union(&all, &rect));
        self.moved(self.fitted_to(bounds));
    }

    fn moved(&mut self, viewport: Viewport) {
        self.viewport = viewport;
        self.fitted = false;
    }
}
