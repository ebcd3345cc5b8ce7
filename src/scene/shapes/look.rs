//! States as colour and sign: the one place that draws them, for the graph, its small forms and
//! the legend alike.

use crate::model::ArtifactKind;
use crate::rewind::{ActionState, ArtifactState};

use super::super::geometry::{Point, Rect};
use super::super::palette::{Color, Palette};
use super::super::shape::{Align, Dash, Font, Geometry, Scene, Style};

/// What tells a state when its colour cannot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::scene) enum Sign {
    /// Outline only.
    Hollow,
    /// Filled.
    Filled,
    /// Filled, with a tick.
    Ticked,
    /// Filled on its left, hollow on its right.
    Half,
    /// A ring around a dot: known, not here.
    Dot,
    /// Dashed outline, with a cross.
    Crossed,
    /// A cross alone: for marks too small for an outline around it.
    Cross,
    /// Solid outline, with a stroke through.
    Struck,
    /// Diagonal lines.
    Hatched,
    /// Two outlines.
    Ringed,
    /// Filled, with a bar.
    Barred,
    /// Dotted outline.
    Dotted,
}

/// A sign and its colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::scene) struct Look {
    pub sign: Sign,
    pub color: Color,
}

impl Look {
    pub fn of_action(state: ActionState, palette: &Palette) -> Self {
        let sign = match state {
            ActionState::NotReached => Sign::Hollow,
            ActionState::CacheHit => Sign::Ticked,
            ActionState::Running => Sign::Half,
            ActionState::Executed => Sign::Filled,
            ActionState::LostInput => Sign::Crossed,
            ActionState::Dirty => Sign::Hatched,
            ActionState::Reexecuted => Sign::Ringed,
            ActionState::Failed => Sign::Barred,
            ActionState::Skipped => Sign::Dotted,
        };
        Self { sign, color: palette.state(state) }
    }

    /// An artifact: where its content is, and, if it is on disk, how its producer got it there.
    pub fn of_artifact(
        kind: ArtifactKind,
        state: ArtifactState,
        producer: Option<ActionState>,
        evicted: bool,
        palette: &Palette,
    ) -> Self {
        let look = |sign, color| Self { sign, color };
        let is_source = matches!(kind, ArtifactKind::Source | ArtifactKind::UnknownGenerated);
        match (state, producer) {
            (ArtifactState::Lost, _) => look(Sign::Crossed, palette.lost),
            _ if is_source => {
                let known = kind == ArtifactKind::Source;
                look(if known { Sign::Filled } else { Sign::Hollow }, palette.source)
            }
            (ArtifactState::Local, Some(ActionState::Reexecuted)) => {
                look(Sign::Ringed, palette.reexecuted)
            }
            (ArtifactState::Local, Some(ActionState::Executed)) => {
                look(Sign::Filled, palette.executed)
            }
            (ArtifactState::Local, _) => look(Sign::Filled, palette.cache_hit),
            _ if evicted => look(Sign::Crossed, palette.lost),
            (ArtifactState::Remote, _) => look(Sign::Dot, palette.cache_hit),
            _ => look(Sign::Hollow, palette.not_reached),
        }
    }

    /// The colour that text on it has.
    pub fn text(self, palette: &Palette) -> Color {
        match self.sign {
            Sign::Filled | Sign::Ticked | Sign::Barred => palette.on(self.color),
            Sign::Dotted => palette.quiet,
            _ => palette.text,
        }
    }

    /// Whether lines run where a text would lie.
    pub fn needs_plate(self) -> bool {
        matches!(self.sign, Sign::Hatched | Sign::Half)
    }
}

/// A mark to draw: `look` in `rect` with corners of `radius`, its glyph, if it has one, around
/// `glyph`. `unit` is the size of one world unit: lines grow with the picture, within reason.
///
/// Bodies and glyphs are drawn apart, so that a painter finds many equal bodies in a row.
#[derive(Clone, Copy, Debug)]
pub(in crate::scene) struct Form {
    pub rect: Rect,
    pub radius: f32,
    pub look: Look,
    pub glyph: Point,
    pub unit: f32,
}

impl Form {
    /// Draws the outline or the filled form.
    pub fn draw_body(&self, scene: &mut Scene, palette: &Palette) {
        let color = self.look.color;
        let dash = match self.look.sign {
            Sign::Cross => return,
            Sign::Filled | Sign::Ticked | Sign::Barred => {
                return push(scene, self.rect, self.radius, Style::filled(color));
            }
            Sign::Dotted => Dash::Dotted,
            Sign::Crossed if self.rect.width.min(self.rect.height) < 12.0 => Dash::Fine,
            Sign::Crossed => Dash::Dashed,
            _ => Dash::Solid,
        };
        let style = Style { fill: palette.ground, stroke: color, width: self.line(), dash };
        let (inner, radius) = self.inner();
        push(scene, inner, radius, style);
    }

    /// Draws what tells the state apart inside the body.
    pub fn draw_glyph(&self, scene: &mut Scene, palette: &Palette) {
        let Self { rect, radius, look, glyph, unit } = *self;
        let (line, color) = (self.line(), look.color);
        let (inner, inner_radius) = self.inner();
        let size = (4.0 * unit).max(2.0).min(rect.width.min(rect.height) * 0.3);
        match look.sign {
            Sign::Filled | Sign::Hollow | Sign::Dotted => {}
            Sign::Ticked => tick(scene, glyph, size, palette.on(color), line.max(1.2)),
            Sign::Barred => {
                let ends = [-size, size].map(|x| Point::new(glyph.x + x, glyph.y));
                scene.push(Geometry::Line(ends.into()), Style::line(palette.on(color), line * 1.6));
            }
            Sign::Crossed => cross(scene, glyph, size * 0.9, color, line.max(1.4)),
            Sign::Cross => cross(scene, glyph, rect.width * 0.36, color, line.max(1.4)),
            Sign::Struck => {
                let (a, b) = (Point::new(rect.x, rect.bottom()), Point::new(rect.right(), rect.y));
                scene.push(Geometry::Line(vec![a, b]), Style::line(color, line));
            }
            Sign::Dot => {
                let dot = Rect::around(rect.centre(), rect.width * 0.4, rect.width * 0.4);
                push(scene, dot, dot.width / 2.0, Style::filled(color));
            }
            Sign::Half => {
                let width = (rect.width * 0.12).max(inner_radius * 2.0).min(rect.width / 2.0);
                push(scene, Rect { width, ..rect }, radius, Style::filled(color));
            }
            Sign::Hatched => {
                let spacing = (6.0 * unit).clamp(3.0, 8.0);
                let hatch = Geometry::Hatch { rect: inner, radius: inner_radius, spacing };
                scene.push(hatch, Style::line(color, (1.2 * unit).clamp(0.8, 1.5)));
            }
            Sign::Ringed => {
                let by = (line + 1.5 * unit.min(1.0)).min(rect.width * 0.28);
                let style = Style::line(color, line);
                push(scene, inner.grown(-by), (inner_radius - by).max(0.0), style);
            }
        }
    }

    fn line(&self) -> f32 {
        (1.5 * self.unit).clamp(1.0, 2.0)
    }

    /// The middle of the outline: it lies within the form.
    fn inner(&self) -> (Rect, f32) {
        let line = self.line();
        (self.rect.grown(-line / 2.0), (self.radius - line / 2.0).max(0.0))
    }
}

/// Where a blob is, as far as its mark tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::scene) enum Held {
    /// The CAS holds it.
    InCas,
    /// It is gone.
    Lost,
    /// No listing has it, and nothing evicted it.
    NotListed,
}

/// Draws the mark of a blob: `digest` in a frame whose outline says where the blob is.
pub(in crate::scene) fn blob(
    scene: &mut Scene,
    rect: Rect,
    digest: String,
    size: f32,
    held: Held,
    palette: &Palette,
) {
    let (line, dash, color) = match held {
        Held::InCas => (Style::line(palette.hairline, 1.0), Dash::Solid, palette.quiet),
        Held::Lost => (Style::line(palette.lost, 1.5), Dash::Dashed, palette.lost),
        Held::NotListed => (Style::line(palette.not_reached, 1.0), Dash::Dotted, palette.quiet),
    };
    push(scene, rect, 4.0, Style { fill: palette.ground, dash, ..line });
    let geometry = Geometry::Text {
        at: Point::new(rect.centre().x, rect.bottom() - 4.0),
        text: digest,
        font: Font::Mono,
        size,
        align: Align::Middle,
        room: rect.width,
    };
    scene.push(geometry, Style::filled(color));
}

/// Draws `forms`, bodies of one look in a row, then what is inside them.
pub(in crate::scene) fn draw_all(scene: &mut Scene, palette: &Palette, forms: &mut [Form]) {
    forms.sort_by_key(|form| (form.look.sign as u8, form.look.color));
    forms.iter().for_each(|form| form.draw_body(scene, palette));
    forms.iter().for_each(|form| form.draw_glyph(scene, palette));
}

/// A rectangle, or a circle where it is as round as can be.
pub(in crate::scene) fn push(scene: &mut Scene, rect: Rect, radius: f32, style: Style) {
    let is_round = rect.width == rect.height && radius * 2.0 >= rect.width - 0.01;
    let geometry = if is_round {
        Geometry::Circle { centre: rect.centre(), radius: rect.width / 2.0 }
    } else {
        Geometry::Rect { rect, radius }
    };
    scene.push(geometry, style);
}

fn tick(scene: &mut Scene, at: Point, size: f32, color: Color, width: f32) {
    let points = [(-0.9, 0.05), (-0.25, 0.7), (0.9, -0.65)];
    let line = points.map(|(x, y)| Point::new(at.x + x * size, at.y + y * size));
    scene.push(Geometry::Line(line.into()), Style::line(color, width));
}

fn cross(scene: &mut Scene, at: Point, size: f32, color: Color, width: f32) {
    for turn in [-1.0, 1.0] {
        let a = Point::new(at.x - size, at.y - size * turn);
        let b = Point::new(at.x + size, at.y + size * turn);
        scene.push(Geometry::Line(vec![a, b]), Style::line(color, width));
    }
}
