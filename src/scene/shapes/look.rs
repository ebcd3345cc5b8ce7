//! States as colour and sign: the one place that draws them, for the graph, its small forms and
//! the legend alike.

use crate::model::ArtifactKind;
use crate::rewind::{ActionState, ArtifactState};

use super::super::geometry::{Point, Rect};
use super::super::palette::{Color, Palette};
use super::super::shape::{Dash, Geometry, Scene, Style};

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

/// Draws `look` in `rect` with corners of `radius`; its glyph, if it has one, around `glyph`.
/// `unit` is the size of one world unit: lines grow with the picture, within reason.
pub(in crate::scene) fn draw(
    scene: &mut Scene,
    rect: Rect,
    radius: f32,
    look: Look,
    palette: &Palette,
    glyph: Point,
    unit: f32,
) {
    let line = (1.5 * unit).clamp(1.0, 2.0);
    let (color, ground) = (look.color, palette.ground);
    let hollow = Style { fill: ground, stroke: color, width: line, dash: Dash::Solid };
    let inner = rect.grown(-line / 2.0);
    let inner_radius = (radius - line / 2.0).max(0.0);
    let size = (4.0 * unit).max(2.0).min(rect.width.min(rect.height) * 0.3);
    // Too small for signs inside: the outline alone has to tell.
    let is_tiny = rect.width.min(rect.height) < 7.0;
    match look.sign {
        Sign::Filled => push(scene, rect, radius, Style::filled(color)),
        Sign::Ticked => {
            push(scene, rect, radius, Style::filled(color));
            if !is_tiny {
                tick(scene, glyph, size, palette.on(color), line.max(1.2));
            }
        }
        Sign::Barred => {
            push(scene, rect, radius, Style::filled(color));
            let ends = [Point::new(glyph.x - size, glyph.y), Point::new(glyph.x + size, glyph.y)];
            scene.push(Geometry::Line(ends.into()), Style::line(palette.on(color), line * 1.6));
        }
        Sign::Hollow => push(scene, inner, inner_radius, hollow),
        Sign::Dotted => {
            push(scene, inner, inner_radius, Style { dash: Dash::Dotted, ..hollow });
        }
        Sign::Crossed => {
            let is_small = rect.width.min(rect.height) < 12.0;
            let dash = if is_small { Dash::Fine } else { Dash::Dashed };
            push(scene, inner, inner_radius, Style { dash, ..hollow });
            cross(scene, glyph, size * 0.9, color, line.max(1.4));
        }
        Sign::Cross => cross(scene, glyph, rect.width * 0.36, color, line.max(1.4)),
        Sign::Struck => {
            push(scene, inner, inner_radius, hollow);
            let (a, b) = (Point::new(rect.x, rect.bottom()), Point::new(rect.right(), rect.y));
            scene.push(Geometry::Line(vec![a, b]), Style::line(color, line));
        }
        Sign::Dot => {
            push(scene, inner, inner_radius, hollow);
            let dot = Rect::around(rect.centre(), rect.width * 0.4, rect.width * 0.4);
            push(scene, dot, dot.width / 2.0, Style::filled(color));
        }
        Sign::Half => {
            push(scene, inner, inner_radius, hollow);
            let width = (rect.width * 0.12).max(inner_radius * 2.0).min(rect.width / 2.0);
            push(scene, Rect { width, ..rect }, radius, Style::filled(color));
        }
        Sign::Hatched => {
            push(scene, inner, inner_radius, hollow);
            let spacing = (6.0 * unit).clamp(3.0, 8.0);
            let hatch = Geometry::Hatch { rect: inner, radius: inner_radius, spacing };
            scene.push(hatch, Style::line(color, (1.2 * unit).clamp(0.8, 1.5)));
        }
        Sign::Ringed => {
            push(scene, inner, inner_radius, hollow);
            let by = (line + 1.5 * unit.min(1.0)).min(rect.width * 0.28);
            let second = Style::line(color, line);
            push(scene, inner.grown(-by), (inner_radius - by).max(0.0), second);
        }
    }
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
