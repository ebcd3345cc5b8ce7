//! How a person goes from one view of a graph to another: overview, groups, focus, and back.

use std::rc::Rc;

use crate::model::ActionId;
use crate::rewind::{Event, executed, rewound};
use crate::scene::{GroupId, Layout, LayoutOptions, Mark, Selection, Way};
use crate::web::protocol::{WireShape, WireSubject};

use super::closer::READABLE;
use super::looks::{ACTIONS_AT_ONCE_MAX, Focused, Look, Past};
use super::msg::{Arranged, Effect, Msg};
use super::state::State;

/// Milliseconds of the motion from one layout to the next.
const MOTION_MS: f64 = 240.0;
/// Layouts of more marks follow one another without motion.
const MOVING_MAX: usize = 4_000;
/// Views that can be gone back to.
const PAST_MAX: usize = 40;

impl State {
    pub(super) fn look_as(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Look(look) => return self.look_at(look),
            Msg::Unfold(group) => return self.fold(group, true),
            Msg::Fold(group) => return self.fold(group, false),
            Msg::Enter => return self.enter(),
            Msg::DoubleClick(at) => return self.enter_at(at),
            Msg::SavePicture { png } => {
                let suffix = if png { "png" } else { "svg" };
                return vec![Effect::SavePicture(format!("rewindow-graph.{suffix}"), png)];
            }
            Msg::Back => self.back(),
            Msg::Crumb(group) => return self.go_to_group(group),
            Msg::CriticalPath(shown) => self.looking.with_critical_path = shown,
            Msg::Artifacts(shown) => return self.show_artifacts(shown),
            Msg::GroupBy(by) => return self.group_by(by),
            Msg::Arranged(arranged) => {
                self.arranged(*arranged);
                return self.suit_room();
            }
            _ => {}
        }
        Vec::new()
    }

    /// Moves the window or the selection, and goes on to another view where that says more.
    pub(super) fn look_further(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Reveal(way) => {
                if let Some(effects) = self.reveal_more(way) {
                    return effects;
                }
                self.look(msg);
            }
            Msg::Zoom(at, factor) => {
                self.look(msg);
                return if factor > 1.0 { self.enter_large(at) } else { self.leave_groups() };
            }
            Msg::Resized(..) => {
                self.look(msg);
                return self.suit_room();
            }
            Msg::Show(_) => {
                self.look(msg);
                // A focus that lacks what is to be shown gives way to one on that.
                let lacks = |a| self.layout.as_ref().is_some_and(|l| l.index_of(a).is_none());
                if let Some(action) = self.selected_action().filter(|&action| lacks(action)) {
                    return self.look_at(Look::Focus(Focused::Around(action, 2, 2)));
                }
            }
            _ => self.look(msg),
        }
        Vec::new()
    }

    /// Graphs of more actions have no view of all of them with their edges.
    pub fn is_large(&self) -> bool {
        self.incident.graph.n_actions() > LayoutOptions::default().detail_max
    }

    pub(super) fn opens_grouped(&self) -> bool {
        self.incident.graph.n_actions() > ACTIONS_AT_ONCE_MAX
    }

    /// Asks for a view of a graph that opens as groups and has none.
    pub(super) fn ensure_layout(&mut self) -> Vec<Effect> {
        if self.layout.is_some() || self.looking.job.is_some() || !self.opens_grouped() {
            return Vec::new();
        }
        self.looking.look = Look::Groups;
        self.looking.fits = true;
        self.ask(WireSubject::Groups(None))
    }

    /// Forgets all views: another graph is on show.
    pub(super) fn forget_looks(&mut self) {
        self.looking = super::looks::Looking {
            with_critical_path: self.looking.with_critical_path,
            with_artifacts: self.looking.with_artifacts,
            group_by: self.looking.group_by,
            ..Default::default()
        };
    }

    /// Whether a moment or a layout is still on its way to what it shows in the end.
    pub fn is_moving(&self) -> bool {
        self.motion < 1.0 || self.looking.leaving.is_some()
    }

    /// Lets the motion between layouts go on.
    pub(super) fn move_on(&mut self, ms: f64) {
        if let Some((before, t)) = self.looking.leaving.take() {
            let t = t + (ms / MOTION_MS) as f32;
            self.looking.leaving = (t < 1.0).then_some((before, t));
        }
    }

    pub(super) fn ask(&mut self, subject: WireSubject) -> Vec<Effect> {
        self.last_job += 1;
        let job = self.last_job;
        self.looking.job = Some(job);
        self.looking.aspect = self.room_aspect();
        vec![Effect::LayOut {
            job,
            incident: self.incident.number,
            subject,
            shape: WireShape {
                down: self.direction() == crate::scene::Direction::Down,
                aspect: self.room_aspect(),
                with_artifacts: self.looking.with_artifacts,
                group_by: self.looking.group_by,
                has_groups: self.looking.grouping.is_some(),
            },
        }]
    }

    pub(super) fn remember(&mut self) {
        let Some(layout) = self.layout.clone() else { return };
        let looking = &mut self.looking;
        looking.past.push(Past {
            look: looking.look.clone(),
            open: looking.open.clone(),
            layout,
            viewport: self.viewport,
            n_left_out: looking.n_left_out,
        });
        let n = looking.past.len();
        looking.past.drain(..n.saturating_sub(PAST_MAX));
    }

    /// Shows another view.
    pub(super) fn look_at(&mut self, look: Look) -> Vec<Effect> {
        let subject = match &look {
            Look::All => WireSubject::All,
            Look::Overview => WireSubject::Overview,
            Look::Groups => {
                let known = self.looking.grouping.is_some() && !self.looking.open.is_empty();
                WireSubject::Groups(known.then(|| self.open_ids()))
            }
            Look::Focus(on) => match self.subject_of(on) {
                Some(subject) => subject,
                None => return Vec::new(),
            },
        };
        self.remember();
        self.looking.fits = true;
        self.looking.look = look;
        self.ask(subject)
    }

    fn subject_of(&self, on: &Focused) -> Option<WireSubject> {
        let graph = &self.incident.graph;
        let trace = &self.timeline.trace;
        Some(match *on {
            Focused::Around(action, up, down) => WireSubject::Around(vec![action.0], up, down),
            Focused::Between(from, to) => WireSubject::Between(from.0, to.0),
            Focused::Loss(blob) => WireSubject::Loss(blob.0),
            Focused::Plan => {
                let concerned = trace.events.iter().filter_map(|event| match *event {
                    Event::LostInput { consumer, .. } => Some(consumer),
                    Event::Failed { action, .. } => Some(action),
                    _ => None,
                });
                let all = concerned.chain(rewound(trace)).chain(executed(trace));
                let actions: Vec<u32> = all.map(|a| a.0).collect();
                (!actions.is_empty()).then_some(WireSubject::Actions(actions))?
            }
            Focused::CriticalPath => {
                let path = &self.timeline.cost(graph).critical_path.actions;
                let actions: Vec<u32> = path.iter().map(|a| a.0).collect();
                (!actions.is_empty()).then_some(WireSubject::Actions(actions))?
            }
        })
    }

    pub(super) fn open_ids(&self) -> Vec<u32> {
        self.looking.open.iter().map(|g| g.0).collect()
    }

    /// The view before this one.
    fn back(&mut self) {
        let Some(past) = self.looking.past.pop() else { return };
        let leaving = self.layout.replace(Rc::clone(&past.layout));
        (self.looking.look, self.looking.open) = (past.look, past.open);
        self.looking.n_left_out = past.n_left_out;
        self.looking.job = None;
        let same_size = past.viewport.resized(
            self.viewport.width,
            self.viewport.height,
            self.viewport.pixel_ratio,
        );
        self.viewport = same_size;
        self.fitted = false;
        self.start_motion(leaving);
    }

    /// Brings the frame or the card of a group into sight, or all for the root.
    fn go_to_group(&mut self, group: GroupId) -> Vec<Effect> {
        if group == GroupId::ROOT {
            if self.opens_grouped() && self.looking.look != Look::Groups {
                return self.look_at(Look::Groups);
            }
            self.fit();
            return Vec::new();
        }
        self.selection = Selection::Group(group);
        let Some(layout) = &self.layout else { return Vec::new() };
        let frame = layout.frames().iter().find(|f| f.group == group).map(|f| f.rect);
        match frame.or_else(|| layout.rect(Mark::Group(group))) {
            Some(rect) => {
                self.viewport = self.fitted_to(rect);
                self.fitted = false;
                Vec::new()
            }
            None => self.fold(group, true),
        }
    }

    fn arranged(&mut self, arranged: Arranged) {
        if self.looking.job != Some(arranged.job) {
            return;
        }
        let looking = &mut self.looking;
        looking.job = None;
        looking.n_left_out = arranged.n_left_out;
        if let Some(grouping) = arranged.grouping {
            looking.grouping = Some(Rc::new(grouping));
        }
        if looking.look == Look::Groups {
            looking.open = arranged.open.into_iter().collect();
        }
        let leaving = self.layout.replace(Rc::new(arranged.layout));
        if std::mem::take(&mut self.looking.fits) || leaving.is_none() {
            self.fit();
            self.look_closely();
        } else {
            self.reveal_group();
        }
        self.start_motion(leaving);
    }

    fn start_motion(&mut self, leaving: Option<Rc<Layout>>) {
        let n_marks = |layout: &Layout| layout.n_marks();
        let is_small = self.layout.as_ref().is_some_and(|l| n_marks(l) <= MOVING_MAX);
        let leaving = leaving.filter(|l| is_small && !self.still && n_marks(l) <= MOVING_MAX);
        self.looking.leaving = leaving.map(|layout| (layout, 0.0));
    }

    /// Moves the window so that a group that was just opened or closed shows whole, as far as it
    /// can; where all showed before and still can be read, all shows again.
    fn reveal_group(&mut self) {
        let Some(layout) = self.layout.clone() else { return };
        let all = self.fitted_to(layout.bounds());
        if self.fitted && all.scale >= READABLE.min(self.viewport.scale) {
            self.viewport = all;
            return;
        }
        let Selection::Group(group) = self.selection else { return };
        let frame = layout.frames().iter().find(|f| f.group == group).map(|f| f.rect);
        let Some(rect) = frame.or_else(|| layout.rect(Mark::Group(group))) else { return };
        let seen = self.viewport.world();
        if rect.width > seen.width || rect.height > seen.height {
            self.viewport = self.fitted_to(rect);
        } else {
            self.viewport = self.viewport.revealing(rect);
        }
        self.fitted = false;
    }

    /// `i` and `o`: in a focus one hop more; elsewhere a focus on the selection, where the window
    /// does not show what is around it.
    fn reveal_more(&mut self, way: Way) -> Option<Vec<Effect>> {
        let action = self.selected_action()?;
        let (more_up, more_down) = if way == Way::Input { (1, 0) } else { (0, 1) };
        let look = match &self.looking.look {
            Look::Focus(Focused::Around(centre, up, down)) => {
                Focused::Around(*centre, up + more_up, down + more_down)
            }
            Look::All if !self.is_large() => return None,
            _ => Focused::Around(action, more_up, more_down),
        };
        Some(self.look_at(Look::Focus(look)))
    }

    /// Notes which action was selected before another.
    pub(super) fn note_other(&mut self, before: Option<ActionId>) {
        let now = self.selected_action();
        if before.is_some() && now.is_some() && before != now {
            self.looking.other = before;
        }
    }
}
