//! Actions, artifacts and AC entries, with their labels.

use crate::model::{ActionId, ArtifactId, ArtifactKind, BlobId, CacheKind};
use crate::rewind::ArtifactState;

use super::super::geometry::{Point, Rect};
use super::super::label;
use super::super::layout::{Direction, Layout, Tier};
use super::super::mark::Mark;
use super::super::palette::{Color, Palette};
use super::super::shape::{Align, Dash, Font, Geometry, Scene, Style};
use super::View;
use super::look::{self, Form, Held, Look, Sign};

/// Radius of an action's corners, in world units.
const CORNER: f32 = 6.0;
/// Smallest text, CSS pixels.
const TEXT_MIN: f32 = 9.0;
/// Scales from which labels of actions, their second lines, names of artifacts and AC entries show.
const LABEL_SCALE: f32 = 0.4;
const MNEMONIC_SCALE: f32 = 0.8;
const NAME_SCALE: f32 = 0.55;
const AC_SCALE: f32 = 0.4;
/// Scale from which the blobs of artifacts show.
const DIGEST_SCALE: f32 = 0.75;

/// Draws marks of one view.
pub(super) struct Painter<'a> {
    pub view: &'a View<'a>,
    pub palette: &'a Palette,
}

impl Painter<'_> {
    /// Whether the filter lets `mark` stand forth; `None` where it hides it. An artifact goes with
    /// who writes it or reads it.
    pub fn stands_forth(&self, mark: Mark) -> Option<bool> {
        const READERS_MAX: usize = 64;
        let Some(filter) = self.view.filter else { return Some(true) };
        let graph = self.view.graph;
        let shown = match mark {
            Mark::Action(action) | Mark::AcEntry(action) => filter.shows(action),
            Mark::Group(_) => true,
            Mark::Artifact(artifact) => {
                let readers = graph.consumers(artifact).iter().copied().take(READERS_MAX);
                graph.producer(artifact).into_iter().chain(readers).any(|a| filter.shows(a))
            }
        };
        (shown || !filter.hides()).then_some(shown)
    }

    /// The look of what stands back.
    fn faded(&self, look: Look) -> Look {
        let sign = match look.sign {
            Sign::Filled | Sign::Ticked | Sign::Barred | Sign::Half => Sign::Hollow,
            sign => sign,
        };
        Look { sign, color: self.palette.hairline }
    }

    fn look_of(&self, action: ActionId) -> Look {
        let state = match self.view.tints {
            _ if self.view.layout.tier() == Tier::Detail => self.view.moment.action(action),
            Some(tints) => tints.state(action),
            None => self.view.moment.action(action),
        };
        let look = Look::of_action(state, self.palette);
        if self.stands_forth(Mark::Action(action)) == Some(true) { look } else { self.faded(look) }
    }

    pub fn action(&self, action: ActionId, centre: Point) -> Form {
        let view = self.view;
        let unit = view.viewport.scale;
        let rect = self.on_screen(centre, view.layout.action_width(), Layout::ACTION_HEIGHT);
        let look = self.look_of(action);
        let radius = (CORNER * unit).min(8.0);
        let glyph = if unit >= LABEL_SCALE {
            Point::new(rect.right() - 13.0 * unit, rect.centre().y)
        } else {
            rect.centre()
        };
        Form { rect, radius, look, glyph, unit }
    }

    /// The circle of an artifact; what lies behind and around it is drawn at once.
    pub fn artifact(&self, scene: &mut Scene, artifact: ArtifactId, centre: Point) -> Form {
        let (view, palette) = (self.view, self.palette);
        let unit = view.viewport.scale;
        let kind = view.graph.artifact_kind(artifact);
        let is_source = matches!(kind, ArtifactKind::Source | ArtifactKind::UnknownGenerated);
        let side = 2.0 * Layout::ARTIFACT_RADIUS - if is_source { 3.0 } else { 0.0 };
        let rect = self.on_screen(centre, side, side);
        let mut look = self.artifact_look(artifact);
        if self.stands_forth(Mark::Artifact(artifact)) != Some(true) {
            look = self.faded(look);
        }
        if kind == ArtifactKind::Tree {
            // A second sheet behind: there is more inside.
            let behind = self.on_screen(Point::new(centre.x + 3.0, centre.y - 3.0), side, side);
            look::push(scene, behind, behind.width / 2.0, Style::line(look.color, 1.0));
        }
        if self.is_evicted(artifact) && look.sign != Sign::Crossed && !is_source {
            // Still on disk, gone from the cache.
            let style = Style { dash: Dash::Dashed, ..Style::line(palette.lost, 1.5) };
            let ring = rect.grown(3.0);
            look::push(scene, ring, ring.width / 2.0, style);
        }
        Form { rect, radius: rect.width / 2.0, look, glyph: rect.centre(), unit }
    }

    /// The name of an artifact, below it or, where edges run down, beside it.
    pub fn name(&self, scene: &mut Scene, artifact: ArtifactId, centre: Point) {
        let view = self.view;
        let unit = view.viewport.scale;
        if unit < NAME_SCALE {
            return;
        }
        let size = (12.0 * unit).clamp(TEXT_MIN, 14.0);
        let room = Layout::NAME_ROOM * unit;
        let text =
            label::shortened(label::of_artifact(view.graph, artifact), Font::Text, size, room);
        let at = view.viewport.to_screen(centre);
        let radius = Layout::ARTIFACT_RADIUS * unit;
        let (at, align) = match view.layout.direction() {
            Direction::Right => (Point::new(at.x, at.y + radius + size + 1.0), Align::Middle),
            Direction::Down => {
                (Point::new(at.x + radius + 5.0 * unit, at.y + size * 0.36), Align::Start)
            }
        };
        let is_source = view.graph.artifact_kind(artifact) == ArtifactKind::Source;
        let color = if is_source { self.palette.quiet } else { self.palette.text };
        push_text(scene, at, text, Font::Text, size, align, room, color);
        let Some(blob) = view.graph.blob(artifact).filter(|_| unit >= DIGEST_SCALE) else { return };
        let is_lost = self.is_evicted(artifact);
        let at = Point::new(at.x, at.y + size + 3.0);
        self.blob(scene, blob, is_lost, at, align, (size - 2.0).max(TEXT_MIN));
    }

    /// The mark of a blob: its digest in a frame whose outline says whether the CAS holds it. Two
    /// artifacts with the same one share a blob.
    fn blob(
        &self,
        scene: &mut Scene,
        blob: BlobId,
        is_lost: bool,
        at: Point,
        align: Align,
        size: f32,
    ) {
        let digest = self.view.graph.blobs().digest(blob).short();
        let (pad, height) = (5.0, size + 6.0);
        let width = label::width(&digest, Font::Mono, size) + 2.0 * pad;
        let x = if align == Align::Middle { at.x - width / 2.0 } else { at.x };
        let rect = Rect { x, y: at.y - size - 1.0, width, height };
        let held = match self.view.moment.has_blob(CacheKind::Cas, blob) {
            true => Held::InCas,
            false if is_lost => Held::Lost,
            // Never there, as far as any listing tells.
            false => Held::NotListed,
        };
        look::blob(scene, rect, digest, size, held, self.palette);
    }

    /// A plate with all of a label, above its mark.
    pub fn whole_label(&self, scene: &mut Scene, mark: Mark, rect: Rect) {
        let (graph, palette) = (self.view.graph, self.palette);
        let text = match mark {
            Mark::Action(action) => label::of_action(graph, action).to_owned(),
            Mark::Artifact(artifact) => graph.path(artifact).to_owned(),
            Mark::AcEntry(action) => format!("AC entry of {}", label::of_action(graph, action)),
            Mark::Group(group) => {
                let Some(grouping) = self.view.grouping else { return };
                let n = grouping.n_actions(group);
                let name = super::group_name(grouping, graph, group);
                format!("{name} · {} actions", super::thousands(n))
            }
        };
        let size = 12.0;
        let room = (scene.width - 32.0).max(40.0);
        let text = label::shortened(&text, Font::Text, size, room);
        let (width, height) = (label::width(&text, Font::Text, size).min(room) + 16.0, 24.0);
        let x = (rect.centre().x - width / 2.0).clamp(4.0, (scene.width - width - 4.0).max(4.0));
        let above = rect.y - height - 8.0;
        let y = if above < 4.0 { rect.bottom() + 8.0 } else { above };
        let plate = Rect { x, y, width, height };
        let style = Style { stroke: palette.hairline, width: 1.0, ..Style::filled(palette.ground) };
        look::push(scene, plate, CORNER, style);
        let at = Point::new(plate.centre().x, plate.y + 16.0);
        push_text(scene, at, text, Font::Text, size, Align::Middle, room, palette.text);
    }

    /// The rectangle of that size in world units around `centre`, in CSS pixels.
    pub fn on_screen(&self, centre: Point, width: f32, height: f32) -> Rect {
        let unit = self.view.viewport.scale;
        Rect::around(self.view.viewport.to_screen(centre), width * unit, height * unit)
    }

    /// The label in an action and, where there is room, its mnemonic.
    pub fn action_label(&self, scene: &mut Scene, action: ActionId, centre: Point) {
        let graph = self.view.graph;
        let Form { rect, look, unit, .. } = self.action(action, centre);
        // Beside groups they are few, and have names at the same scale.
        let is_among_groups = self.view.layout.tier() == Tier::Groups;
        if unit < if is_among_groups { super::groups::NAME_SCALE } else { LABEL_SCALE } {
            return;
        }
        let size = (12.0 * unit).clamp(TEXT_MIN, 16.0);
        let (left, right) = (10.0 * unit, 22.0 * unit);
        let inset = if look.sign == Sign::Half { rect.width * 0.12 } else { 0.0 };
        let room = rect.width - left - right - inset;
        let label = label::of_action(graph, action);
        let text = label::shortened(label, Font::Strong, size, room);
        let mnemonic = graph.mnemonic(action);
        let with_mnemonic = unit >= MNEMONIC_SCALE && !mnemonic.is_empty() && mnemonic != label;
        let small = size - 2.0;
        let x = rect.x + left + inset;
        let middle = rect.centre().y;
        let base = if with_mnemonic { middle - 1.5 * unit } else { middle + size * 0.36 };
        let below = label::shortened(mnemonic, Font::Text, small, room);
        if look.needs_plate() {
            let first = label::width(&text, Font::Strong, size);
            let second = if with_mnemonic { label::width(&below, Font::Text, small) } else { 0.0 };
            let (x, width) = (x - 3.0, first.max(second).min(room) + 6.0);
            let plate = Rect { x, width, ..rect.grown(-3.0) };
            look::push(scene, plate, 3.0, Style::filled(self.palette.ground.with_alpha(0.86)));
        }
        let is_back = self.stands_forth(Mark::Action(action)) != Some(true);
        let color = if is_back { self.palette.not_reached } else { look.text(self.palette) };
        push_text(scene, Point::new(x, base), text, Font::Strong, size, Align::Start, room, color);
        if with_mnemonic {
            let at = Point::new(x, middle + small + 1.5 * unit);
            let color = if color == self.palette.text { self.palette.quiet } else { color };
            push_text(scene, at, below, Font::Text, small, Align::Start, room, color);
        }
    }

    /// The square of an AC entry, where it shows.
    pub fn ac_entry(&self, action: ActionId) -> Option<Form> {
        let (view, palette) = (self.view, self.palette);
        let unit = view.viewport.scale;
        let key = view.graph.digests(action).key.filter(|_| unit >= AC_SCALE)?;
        let centre = view.layout.centre(Mark::AcEntry(action))?;
        let look = |sign, color| Look { sign, color };
        let look = if view.moment.has_blob(CacheKind::Ac, key) {
            let dangles = !view.moment.cache.lost_of_entry(view.graph, key).is_empty();
            if dangles {
                look(Sign::Struck, palette.lost)
            } else {
                look(Sign::Filled, palette.not_reached)
            }
        } else if (view.evicted)(CacheKind::Ac, key) {
            look(Sign::Cross, palette.lost)
        } else {
            look(Sign::Hollow, palette.not_reached)
        };
        let rect = self.on_screen(centre, Layout::AC_SIDE, Layout::AC_SIDE);
        Some(Form { rect, radius: 1.0, look, glyph: rect.centre(), unit })
    }

    fn artifact_look(&self, artifact: ArtifactId) -> Look {
        let (graph, moment) = (self.view.graph, self.view.moment);
        Look::of_artifact(
            graph.artifact_kind(artifact),
            moment.artifact(artifact),
            graph.producer(artifact).map(|p| moment.action(p)),
            self.is_evicted(artifact),
            self.palette,
        )
    }

    fn is_evicted(&self, artifact: ArtifactId) -> bool {
        self.view.moment.artifact(artifact) == ArtifactState::Lost
            || (self.view.graph.blob(artifact))
                .is_some_and(|blob| (self.view.evicted)(CacheKind::Cas, blob))
    }
}

#[expect(clippy::too_many_arguments, reason = "a text has that many properties")]
pub(super) fn push_text(
    scene: &mut Scene,
    at: Point,
    text: String,
    font: Font,
    size: f32,
    align: Align,
    room: f32,
    color: Color,
) {
    if !text.is_empty() {
        let geometry = Geometry::Text { at, text, font, size, align, room };
        scene.push(geometry, Style::filled(color));
    }
}
