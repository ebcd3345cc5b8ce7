//! The colours of a map of pixels: one a severity, in shades that tell neighbouring groups apart.

use crate::rewind::ActionState;

use super::super::grouping::GroupId;
use super::super::layout::Tier;
use super::super::palette::{Color, Palette};
use super::View;
use super::canvas::EDGE;
use super::raster::{BY_SEVERITY, DIMMED, FRAME, N_SEVERITIES, severities};

/// Shades of a severity: neighbouring groups have different ones, so that they are told apart. What
/// is on the canvas is a severity times this, and a shade.
pub(super) const N_SHADES: u8 = 3;
/// How far each shade of what is calm is towards the ground, in 256ths.
const SHADES: [u32; N_SHADES as usize] = [0, 44, 84];

/// The colour of each shade of each severity.
pub(super) fn colors(palette: &Palette) -> [[u8; 4]; N_SEVERITIES * N_SHADES as usize] {
    let whole = whole_colors(palette);
    std::array::from_fn(|i| {
        let (severity, shade) = (i / N_SHADES as usize, i % N_SHADES as usize);
        let part = SHADES[shade];
        let ground = palette.ground.bytes();
        let mix = |a: u8, b: u8| ((u32::from(a) * (256 - part) + u32::from(b) * part) >> 8) as u8;
        [0, 1, 2, 3].map(|k| mix(whole[severity][k], ground[k]))
    })
}

fn whole_colors(palette: &Palette) -> [[u8; 4]; N_SEVERITIES] {
    let mut colors = [palette.ground.bytes(); N_SEVERITIES];
    colors[EDGE as usize] = between(palette.ground, palette.hairline).bytes();
    colors[DIMMED as usize] = between(palette.ground, palette.hairline).bytes();
    for state in BY_SEVERITY {
        colors[usize::from(severities()[state as usize])] = color(state, palette).bytes();
    }
    colors[FRAME as usize] = palette.ground.bytes();
    colors
}

/// Half way from one colour to the other: pixels have no other way to be faint.
fn between(a: Color, b: Color) -> Color {
    let (a, b) = (a.bytes(), b.bytes());
    Color(u32::from_be_bytes([0, 1, 2, 3].map(|i| a[i].midpoint(b[i]))))
}

/// What is not reached stands back, and what went well a little, so that the rest is seen among a
/// million.
fn color(state: ActionState, palette: &Palette) -> Color {
    let calm = |color| between(color, between(color, palette.ground));
    match state {
        ActionState::NotReached | ActionState::Skipped => palette.source,
        ActionState::CacheHit | ActionState::Executed => calm(palette.state(state)),
        state => palette.state(state),
    }
}

/// By action the shade of its group: another than that of the group before. Those in a group that
/// has a frame share its shade. Empty where there are no groups.
pub(super) fn shades(view: &View) -> Vec<u8> {
    let Some(grouping) = view.grouping else { return Vec::new() };
    let by_group = shades_of_groups(view);
    if by_group.is_empty() {
        return by_group;
    }
    // Once, for it is asked wherever an action is painted.
    view.graph.action_ids().map(|action| by_group[grouping.home(action).index()]).collect()
}

fn shades_of_groups(view: &View) -> Vec<u8> {
    let Some(grouping) = view.grouping.filter(|_| view.layout.tier() == Tier::Overview) else {
        return Vec::new();
    };
    let n = grouping.n_groups();
    let mut framed = vec![false; n];
    view.layout.frames().iter().for_each(|frame| framed[frame.group.index()] = true);
    framed[GroupId::ROOT.index()] = false;
    // Parents come first, so what is around a group is known: a million actions have very many.
    let mut inside = framed.clone();
    let mut shades = vec![0; n];
    let mut next = 0;
    for i in 1..n {
        let parent = grouping.parent(GroupId(i as u32)).unwrap_or(GroupId::ROOT).index();
        inside[i] |= inside[parent];
        if inside[parent] && !framed[i] {
            shades[i] = shades[parent];
        } else {
            shades[i] = next;
            next = (next + 1) % N_SHADES;
        }
    }
    shades
}
