//! From one level of detail to the next: groups open and close, by keys, clicks and zooming.

use crate::scene::{GroupId, Mark, Point, Selection, Tier, Viewport};
use crate::web::protocol::WireSubject;

use super::looks::{Focused, Look};
use super::msg::Effect;
use super::state::State;

/// How much of the window a view of groups fills when the overview takes its place.
const SHRUNK: f32 = 0.3;
/// How much of the window's width a closed group takes when it opens, and of how wide a window.
const LARGE: f32 = 0.6;
const LARGE_MAX: f32 = 900.0;

/// Whether one room is so much wider or narrower than another (width over height of both) that it
/// wants another layout.
pub(super) fn is_other_shape(a: f32, b: f32) -> bool {
    const OTHER: f32 = 1.4;
    (a / b).ln().abs() > OTHER.ln()
}

impl State {
    /// Opens or closes a group in place.
    pub(super) fn fold(&mut self, group: GroupId, opens: bool) -> Vec<Effect> {
        let Some(grouping) = self.looking.grouping.clone() else { return Vec::new() };
        self.remember();
        if opens {
            self.looking.open.extend(grouping.with_parents(group));
        } else {
            self.looking.open.retain(|&g| g == GroupId::ROOT || !grouping.is_in(g, group));
            self.selection = Selection::Group(group);
        }
        self.looking.look = Look::Groups;
        self.looking.fits = false;
        let open = self.open_ids();
        self.ask(WireSubject::Groups(Some(open)))
    }

    /// Goes one level deeper where the selection is, or closes the group around it.
    pub(super) fn enter(&mut self) -> Vec<Effect> {
        let tier = self.layout.as_ref().map(|layout| layout.tier());
        match (self.selection, tier) {
            (Selection::Group(group), Some(Tier::Groups)) => {
                let opens = !self.looking.open.contains(&group);
                self.fold(group, opens)
            }
            (_, Some(Tier::Groups)) => match self.selected_action() {
                Some(action) => match self.looking.grouping.as_ref().map(|g| g.home(action)) {
                    Some(home) if home != GroupId::ROOT => self.fold(home, false),
                    _ => self.look_at(Look::Focus(Focused::Around(action, 2, 2))),
                },
                None => Vec::new(),
            },
            (_, Some(Tier::Overview)) => match self.selected_action() {
                Some(action) => {
                    self.remember();
                    self.looking.look = Look::Groups;
                    self.looking.fits = true;
                    self.ask(WireSubject::GroupsWith(action.0))
                }
                None => Vec::new(),
            },
            _ => match self.selected_action() {
                Some(action) => self.look_at(Look::Focus(Focused::Around(action, 2, 2))),
                None => Vec::new(),
            },
        }
    }

    /// A double click: on a mark as [`enter`](Self::enter), on the ground of an open group it
    /// closes that, elsewhere it shows all.
    pub(super) fn enter_at(&mut self, at: Point) -> Vec<Effect> {
        if let Some(mark) = self.mark_at(at) {
            self.selection = mark.into();
            // An action in an open group is looked at closely; its group has its own ground.
            let is_groups = self.layout.as_ref().is_some_and(|l| l.tier() == Tier::Groups);
            return match self.selected_action() {
                Some(action) if is_groups => {
                    self.look_at(Look::Focus(Focused::Around(action, 2, 2)))
                }
                _ => self.enter(),
            };
        }
        let world = self.viewport.to_world(at);
        let layout = self.layout.clone();
        let mut frames = layout.iter().flat_map(|layout| layout.frames());
        let innermost = frames.rfind(|f| f.rect.contains(world) && f.group != GroupId::ROOT);
        match (innermost.map(|f| f.group), &self.looking.look) {
            (Some(group), Look::Groups) => self.fold(group, false),
            (Some(group), Look::Overview) => self.fold(group, true),
            _ => {
                self.fit();
                Vec::new()
            }
        }
    }

    /// Opens a closed group that zooming in has made so large that its inside says more.
    pub(super) fn enter_large(&mut self, at: Point) -> Vec<Effect> {
        let group = match self.mark_at(at) {
            Some(Mark::Group(group)) if self.looking.job.is_none() => group,
            _ => return Vec::new(),
        };
        let card = self.layout.as_ref().and_then(|layout| layout.rect(Mark::Group(group)));
        let Viewport { width, scale, .. } = self.viewport;
        if card.is_none_or(|card| card.width * scale < width.min(LARGE_MAX) * LARGE) {
            return Vec::new();
        }
        self.selection = Selection::Group(group);
        self.fold(group, true)
    }

    /// Lays the view out anew where the room for it has got another shape since.
    pub(super) fn suit_room(&mut self) -> Vec<Effect> {
        let looking = &self.looking;
        let is_whole = matches!(looking.look, Look::Groups | Look::Overview) && self.fitted;
        let turned = is_other_shape(self.room_aspect(), looking.aspect);
        if looking.job.is_some() || looking.aspect <= 0.0 || !is_whole || !turned {
            return Vec::new();
        }
        let subject = match looking.look {
            Look::Overview => WireSubject::Overview,
            // What shows first depends on the room; what somebody opened does not.
            _ if looking.past.is_empty() => WireSubject::Groups(None),
            _ => WireSubject::Groups(Some(self.open_ids())),
        };
        self.looking.fits = true;
        self.ask(subject)
    }

    /// Whether zooming out has left so little of a view of groups that the overview says more.
    pub(super) fn leave_groups(&mut self) -> Vec<Effect> {
        let Some(layout) = &self.layout else { return Vec::new() };
        let fits = self.viewport.fit(layout.bounds()).scale;
        let is_groups = self.looking.look == Look::Groups && self.opens_grouped();
        if is_groups && self.looking.job.is_none() && self.viewport.scale < fits * SHRUNK {
            return self.look_at(Look::Overview);
        }
        Vec::new()
    }
}
