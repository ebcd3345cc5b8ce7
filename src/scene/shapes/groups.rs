//! Groups: closed ones as cards with a bar of their states, open ones as frames around what is in
//! them.

use crate::model::Graph;
use crate::rewind::ActionState;

use super::super::counts::StateCounts;
use super::super::geometry::{Point, Rect};
use super::super::grouping::{GroupId, GroupKind, Grouping};
use super::super::label;
use super::super::layout::{Frame, Layout, Tier};
use super::super::shape::{Align, Dash, Font, Scene, Style};
use super::look;
use super::marks::{Painter, push_text};
use super::raster::BY_SEVERITY;

/// Radius of a card's corners, in world units.
pub(super) const CORNER: f32 = 8.0;
/// Scales from which a card has its name, and how much is in it.
pub(super) const NAME_SCALE: f32 = 0.25;
const COUNT_SCALE: f32 = 0.65;
/// Least size of a frame that has its name over a map of pixels, and most of such names.
const NAMED_MIN: (f32, f32) = (96.0, 44.0);
const NAMED_MAX: usize = 48;

impl Painter<'_> {
    /// The card of a closed group.
    pub fn group(&self, scene: &mut Scene, group: GroupId, centre: Point) {
        let (view, palette) = (self.view, self.palette);
        let unit = view.viewport.scale;
        let rect = self.on_screen(centre, view.layout.action_width(), Layout::GROUP_HEIGHT);
        let none = (&StateCounts::default(), 0);
        let (counts, n_shown) = view.counts.and_then(|c| c.of(view.layout, group)).unwrap_or(none);
        let is_back = view.filter.is_some() && n_shown == 0;
        if is_back && view.filter.is_some_and(|f| f.hides()) {
            return;
        }
        let worst = BY_SEVERITY.into_iter().rev().find(|&state| counts[state as usize] > 0);
        let alarming = worst.filter(|&state| {
            use ActionState::{Dirty, Failed, LostInput, Reexecuted, Running};
            matches!(state, Failed | LostInput | Dirty | Running | Reexecuted)
        });
        let outline = match alarming {
            _ if is_back => palette.hairline,
            Some(state) => palette.state(state),
            None => palette.not_reached,
        };
        let line = (1.5 * unit).clamp(1.0, 2.0);
        let radius = (CORNER * unit).min(10.0);
        let style = |fill| Style { fill, stroke: outline, width: line, dash: Dash::Solid };
        // A second card behind: there is more inside.
        let by = (4.0 * unit).clamp(1.5, 5.0);
        let behind = Rect { x: rect.x + by, y: rect.y - by, ..rect };
        look::push(scene, behind, radius, style(palette.ground));
        look::push(scene, rect.grown(-line / 2.0), radius, style(palette.ground));
        self.state_bar(scene, rect, counts, is_back);
        if unit < NAME_SCALE {
            return;
        }
        let text = if is_back { palette.not_reached } else { palette.text };
        let size = (12.0 * unit).clamp(9.0, 16.0);
        let inset = 10.0 * unit;
        let room = rect.width - 2.0 * inset;
        let name = view.grouping.map(|g| inner_name(g, view.graph, group)).unwrap_or_default();
        let name = label::shortened(&name, Font::Strong, size, room);
        let with_count = unit >= COUNT_SCALE;
        let base = rect.y + if with_count { 19.0 * unit } else { rect.height * 0.42 + size * 0.36 };
        let at = Point::new(rect.x + inset, base);
        push_text(scene, at, name, Font::Strong, size, Align::Start, room, text);
        if with_count {
            let told = self.told(group, counts, n_shown, alarming);
            let small = (size - 1.0).max(9.0);
            let told = label::shortened(&told, Font::Text, small, room);
            let at = Point::new(at.x, rect.y + 34.0 * unit);
            let quiet = if is_back { palette.not_reached } else { palette.quiet };
            push_text(scene, at, told, Font::Text, small, Align::Start, room, quiet);
        }
    }

    /// How much is in a group, and the worst of it.
    fn told(
        &self,
        group: GroupId,
        counts: &StateCounts,
        n_shown: u32,
        alarming: Option<ActionState>,
    ) -> String {
        let n = self.view.grouping.map_or(0, |g| g.n_actions(group));
        let all = match self.view.filter {
            Some(_) => format!("{} of {}", thousands(n_shown as usize), thousands(n)),
            None => format!("{} action{}", thousands(n), if n == 1 { "" } else { "s" }),
        };
        let word = match alarming {
            Some(ActionState::Failed) => "failed",
            Some(ActionState::LostInput) => "lost",
            Some(ActionState::Dirty) => "dirty",
            Some(ActionState::Running) => "running",
            Some(ActionState::Reexecuted) => "run again",
            _ => return all,
        };
        let n = alarming.map_or(0, |state| counts[state as usize]);
        format!("{} {word} · {all}", thousands(n as usize))
    }

    /// How the states of a group share out, the worst first.
    fn state_bar(&self, scene: &mut Scene, rect: Rect, counts: &StateCounts, is_back: bool) {
        const LEAST: f32 = 3.0;
        let unit = self.view.viewport.scale;
        let n_all: u32 = counts.iter().sum();
        if n_all == 0 {
            return;
        }
        let (inset, height) = (10.0 * unit, (6.0 * unit).max(3.0));
        let y = rect.bottom() - 12.0 * unit;
        let room = Rect { x: rect.x + inset, y, width: rect.width - 2.0 * inset, height };
        let present: Vec<(ActionState, u32)> = (BY_SEVERITY.into_iter().rev())
            .map(|state| (state, counts[state as usize]))
            .filter(|&(_, n)| n > 0)
            .collect();
        // However few there are of a state, it is seen.
        let share = (room.width - LEAST * present.len() as f32).max(0.0) / n_all as f32;
        let mut x = room.x;
        for (state, n) in present {
            let width = LEAST + n as f32 * share;
            let color = match state {
                _ if is_back => self.palette.hairline,
                ActionState::NotReached | ActionState::Skipped => self.palette.source,
                state => self.palette.state(state),
            };
            look::push(scene, Rect { x, width, ..room }, 0.0, Style::filled(color));
            x += width;
        }
    }

    /// Frames of open groups with their names, the outer below the inner.
    pub fn frames(&self, scene: &mut Scene) {
        let (view, palette) = (self.view, self.palette);
        let seen = view.viewport.world();
        let unit = view.viewport.scale;
        let radius = (CORNER * unit).min(10.0);
        let in_sight = view.layout.frames().iter().filter(|f| f.rect.overlaps(&seen));
        for Frame { group, rect } in in_sight {
            if *group == GroupId::ROOT {
                continue;
            }
            let rect = self.on_screen(rect.centre(), rect.width, rect.height);
            let fill = palette.text.with_alpha(0.025);
            let style = Style { fill, ..Style::line(palette.hairline, 1.0) };
            look::push(scene, rect, radius, style);
            let size = (12.0 * unit).clamp(9.0, 14.0);
            let room = rect.width - 16.0 * unit;
            if unit >= NAME_SCALE && room > 24.0 {
                let name = view.grouping.map(|g| inner_name(g, view.graph, *group));
                let name = label::shortened(&name.unwrap_or_default(), Font::Strong, size, room);
                let at = Point::new(rect.x + 10.0 * unit, rect.y + 18.0 * unit);
                push_text(scene, at, name, Font::Strong, size, Align::Start, room, palette.quiet);
            }
        }
    }

    /// Lines around the lanes of an overview.
    pub fn lanes(&self, scene: &mut Scene) {
        // On whole pixels: crisp, and the same when the picture is moved by some of them.
        let ratio = self.view.viewport.pixel_ratio.max(0.1);
        let snapped = |at: f32| ((at * ratio).floor() + 0.5) / ratio;
        for Frame { rect, .. } in self.view.layout.lanes() {
            let rect = self.on_screen(rect.centre(), rect.width, rect.height);
            let corner = |x, y| Point::new(snapped(x), snapped(y));
            let rect = Rect::spanning(corner(rect.x, rect.y), corner(rect.right(), rect.bottom()));
            look::push(scene, rect, 3.0, Style::line(self.palette.hairline, 1.0));
        }
    }

    /// Names of lanes over a map of pixels, and of the largest frames in them.
    pub fn names_over_map(&self, scene: &mut Scene) {
        let (view, layout) = (self.view, self.view.layout);
        let Some(grouping) = view.grouping.filter(|_| layout.tier() == Tier::Overview) else {
            return;
        };
        let seen = view.viewport.world();
        let unit = view.viewport.scale;
        let large = |f: &&Frame| {
            f.rect.width * unit >= NAMED_MIN.0
                && f.rect.height * unit >= NAMED_MIN.1
                && f.rect.overlaps(&seen)
        };
        let mut taken: Vec<Rect> = Vec::new();
        for Frame { group, rect } in layout.lanes() {
            let n = grouping.n_actions(*group);
            let name = match *group {
                GroupId::ROOT if layout.lanes().len() > 1 => "other packages".to_owned(),
                group => {
                    format!("{} · {}", group_name(grouping, view.graph, group), thousands(n))
                }
            };
            self.name_over_map(scene, name, *rect, &mut taken);
        }
        for Frame { group, rect } in layout.frames()[layout.lanes().len()..].iter().filter(large) {
            if taken.len() >= NAMED_MAX {
                break;
            }
            let name = group_name(grouping, view.graph, *group);
            self.name_over_map(scene, name, *rect, &mut taken);
        }
    }

    /// A plate with a name in the upper left corner of what shows of `rect` (world).
    fn name_over_map(&self, scene: &mut Scene, name: String, rect: Rect, taken: &mut Vec<Rect>) {
        const SIZE: f32 = 11.0;
        const HEIGHT: f32 = 16.0;
        let rect = self.on_screen(rect.centre(), rect.width, rect.height);
        let left = rect.x.max(0.0) + 4.0;
        let low = rect.bottom().min(scene.height);
        // In the middle of what is hardly higher.
        let top = (rect.y.max(0.0) + 4.0).min((rect.y.max(0.0) + low - HEIGHT) / 2.0);
        let room = rect.right().min(scene.width) - left - 12.0;
        if room < 48.0 || top + HEIGHT > low + 2.0 || top < -HEIGHT {
            return;
        }
        let name = label::shortened(&name, Font::Strong, SIZE, room);
        let width = label::width(&name, Font::Strong, SIZE).min(room) + 8.0;
        let plate = Rect { x: left, y: top, width, height: HEIGHT };
        if name.is_empty() || taken.iter().any(|t| t.overlaps(&plate)) {
            return;
        }
        taken.push(plate);
        look::push(scene, plate, 3.0, Style::filled(self.palette.ground.with_alpha(0.9)));
        let at = Point::new(plate.x + 4.0, plate.y + 12.0);
        push_text(scene, at, name, Font::Strong, SIZE, Align::Start, room, self.palette.text);
    }
}

/// What a group is called on its card.
pub fn group_name(grouping: &Grouping, graph: &Graph, group: GroupId) -> String {
    let name = grouping.name(graph, group);
    match (grouping.kind(group), grouping.part(group)) {
        (GroupKind::Part, Some((i, n))) => match (span(grouping, graph, group), name) {
            (Some(span), "") => span,
            (Some(span), name) => format!("{name}: {span}"),
            (None, name) => format!("{} ({i} of {n})", named(name)),
        },
        _ => named(name).to_owned(),
    }
}

fn named(name: &str) -> &str {
    if name.is_empty() { "all" } else { name }
}

/// The first and the last of a part; `None` where they are called alike.
fn span(grouping: &Grouping, graph: &Graph, part: GroupId) -> Option<String> {
    let around = grouping.name(graph, part);
    let inside = |whole: &str| {
        let rest = whole.strip_prefix(around).filter(|_| !around.is_empty());
        let rest = rest.map(|rest| rest.trim_start_matches('/')).unwrap_or_default();
        if rest.is_empty() { whole.to_owned() } else { rest.to_owned() }
    };
    let child = |group: GroupId, last: bool| {
        let mut children = grouping.children(group);
        if last { children.last() } else { children.next() }
    };
    let [first, last] = [false, true].map(|last| {
        // Parts of parts go on to what is in them.
        let mut group = part;
        while grouping.kind(group) == GroupKind::Part {
            let Some(next) = child(group, last) else {
                let own = grouping.own_actions(group);
                let action = if last { own.last() } else { own.first() };
                return action.map(|&action| inside(label::of_action(graph, action)));
            };
            group = next;
        }
        Some(inside(grouping.name(graph, group)))
    });
    let (first, last) = (first?, last?);
    (first != last).then(|| format!("{first} … {last}"))
}

/// What a group is called inside the frame of the one around it, which says the rest.
fn inner_name(grouping: &Grouping, graph: &Graph, group: GroupId) -> String {
    let whole = group_name(grouping, graph, group);
    let around = grouping.parent(group).filter(|&g| g != GroupId::ROOT);
    let says = |g: &GroupId| matches!(grouping.kind(*g), GroupKind::Package | GroupKind::Part);
    let start = around.filter(says).map_or("", |g| grouping.name(graph, g));
    let rest = whole.strip_prefix(start).filter(|_| !start.is_empty()).unwrap_or(&whole);
    let rest = rest.strip_prefix(": ").unwrap_or(rest);
    let rest = rest.strip_prefix('/').filter(|r| !r.starts_with('/')).unwrap_or(rest);
    if rest.is_empty() { whole } else { rest.to_owned() }
}

/// A number with thin gaps between thousands.
pub fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) && digits.len() > 4 {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}
