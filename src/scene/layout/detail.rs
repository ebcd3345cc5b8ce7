//! The layout of every action, or of those in focus, with its edges.

use crate::model::Graph;

use super::super::focus::Focus;
use super::super::mark::Mark;
use super::engine::{self, Extent, Gaps, Wish};
use super::network::network;
use super::placed::{Edge, EdgeKind, Marks};
use super::{Direction, Layout, LayoutOptions, Making, Tell, Tier};

pub(super) fn lay_out(
    graph: &Graph,
    focus: Option<&Focus>,
    before: Option<&Layout>,
    options: &LayoutOptions,
    tell: Tell,
) -> Option<Layout> {
    let (marks, network) = network(graph, focus, options.artifacts);
    let tier = if focus.is_some() { Tier::Focus } else { Tier::Detail };
    let mut layout = Layout::unplaced(graph, tier, options.direction, marks);
    let extents = extents(&layout);
    let gaps = Gaps::of(options.direction, !layout.marks.artifacts.is_empty());
    let edge = |&(from, to): &(u32, u32)| Edge {
        from: layout.marks.at(from as usize),
        to: layout.marks.at(to as usize),
    };
    layout.edges = network.edges.iter().map(edge).collect();
    let n_links = focus.map_or(0, |f| f.links().len());
    if n_links > 0 {
        layout.kinds = vec![EdgeKind::Direct; layout.edges.len() - n_links];
        layout.kinds.resize(layout.edges.len(), EdgeKind::Hidden);
    }
    let seeds = before.and_then(|before| seeds(&layout.marks, before));
    let wish = Wish {
        extents: &extents,
        nominal: &extents,
        gaps: &gaps,
        options,
        seeds: seeds.as_deref(),
    };
    let mut hear = |step: engine::Step| match step {
        engine::Step::Share(share) => tell(Making::Share(share)),
        engine::Step::Picture(placed) => {
            let mut picture = layout.clone();
            picture.take(placed);
            if let Some(before) = before {
                super::anchor::hold(&mut picture, before);
            }
            picture.derive_indices();
            tell(Making::Picture(Box::new(picture)))
        }
    };
    let placed = engine::place(&network, &wish, &mut hear)?;
    layout.take(placed);
    Some(layout)
}

impl Layout {
    /// Takes over where everything lies, in the direction of this layout.
    pub(super) fn take(&mut self, mut placed: engine::Placed) {
        if self.direction == Direction::Down {
            placed.turn();
        }
        self.centres = placed.centres;
        self.bends = placed.bends;
        self.bend_ends = placed.bend_ends;
    }
}

/// Room that each mark takes.
fn extents(layout: &Layout) -> Vec<Extent> {
    let (half_width, half_height) = (layout.action_width / 2.0, Layout::ACTION_HEIGHT / 2.0);
    let radius = Layout::ARTIFACT_RADIUS;
    let (action, artifact) = match layout.direction {
        Direction::Right => (
            Extent { before: half_height, after: half_height, along: half_width },
            // The name lies below.
            Extent {
                before: radius,
                after: radius + Layout::NAME_HEIGHT,
                along: Layout::NAME_ROOM / 2.0,
            },
        ),
        Direction::Down => (
            Extent { before: half_width, after: half_width, along: half_height },
            // The name lies beside.
            Extent { before: radius, after: radius + 5.0 + Layout::NAME_ROOM, along: radius },
        ),
    };
    let mut extents = vec![action; layout.marks.n_shown_actions()];
    extents.resize(layout.marks.len(), artifact);
    extents
}

/// Where marks lay across the ranks in `before`, `NAN` for new ones; `None` if most are new.
fn seeds(marks: &Marks, before: &Layout) -> Option<Vec<f32>> {
    let across = |mark: Mark| {
        let at = before.centre(mark)?;
        Some(if before.direction == Direction::Right { at.y } else { at.x })
    };
    let seeds: Vec<f32> =
        (0..marks.len()).map(|i| across(marks.at(i)).unwrap_or(f32::NAN)).collect();
    let n_known = seeds.iter().filter(|seed| !seed.is_nan()).count();
    (before.tier != Tier::Overview && 2 * n_known > seeds.len()).then_some(seeds)
}
