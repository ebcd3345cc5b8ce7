//! What the event of the moment is about: the marks that it concerns and the edges that it moves
//! along, from the lost blob up to its producer, and from a producer down.

use crate::model::{ActionId, ArtifactId, Graph, Request};
use crate::rewind::{ActionState, ArtifactState, Event};

use super::super::layout::Layout;
use super::super::mark::Mark;
use super::super::palette::{Color, Palette};
use super::View;

/// Most edges that one event moves along.
const LINKS_MAX: usize = 400;

/// An edge to draw strongly.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Link {
    pub from: Mark,
    pub to: Mark,
    pub color: Color,
    /// Whether the motion runs against the edge.
    pub up: bool,
}

/// What to show of an event.
#[derive(Default)]
pub(super) struct Cause {
    pub links: Vec<Link>,
    pub marks: Vec<(Mark, Color)>,
}

/// What to show of the event of `view`.
pub(super) fn of(view: &View, palette: &Palette) -> Cause {
    let mut cause = Cause::default();
    let Some(event) = view.event else {
        return cause;
    };
    let (graph, layout) = (view.graph, view.layout);
    match *event {
        Event::LostInput { consumer, input, .. } => {
            cause.marks.push((Mark::Action(consumer), palette.lost));
            cause.mark_artifact(layout, input, palette.lost);
            // On the way from the blob to who noticed; without a circle the producer stands for it.
            cause.read(graph, layout, input, consumer, palette.lost, false);
        }
        Event::LostOutput { artifact, .. } => {
            cause.mark_artifact(layout, artifact, palette.lost);
        }
        Event::MarkedDirty { action, consumer } => {
            cause.marks.push((Mark::Action(action), palette.dirty));
            cause.lost_by(view, action, consumer, palette.dirty);
        }
        Event::CacheHit { action } | Event::Reused { action } => {
            cause.wrote(graph, layout, action, palette.cache_hit);
        }
        Event::Executed { action, again } => {
            let state = if again { ActionState::Reexecuted } else { ActionState::Executed };
            cause.wrote(graph, layout, action, palette.state(state));
        }
        Event::Started { action } => {
            cause.marks.push((Mark::Action(action), palette.executed));
            for &input in graph.inputs(action).iter().take(LINKS_MAX) {
                cause.read(graph, layout, input, action, palette.executed, false);
            }
        }
        Event::Materialized { artifact, for_action } => {
            cause.mark_artifact(layout, artifact, palette.cache_hit);
            if let Some(action) = for_action {
                cause.read(graph, layout, artifact, action, palette.cache_hit, false);
            }
        }
        Event::CacheMiss { action, .. } => cause.marks.push((Mark::Action(action), palette.text)),
        Event::Reset { action } => cause.marks.push((Mark::Action(action), palette.dirty)),
        Event::Failed { action, .. } => cause.marks.push((Mark::Action(action), palette.failed)),
        Event::Skipped { action } => cause.marks.push((Mark::Action(action), palette.skipped)),
        Event::Asked(request) => cause.asked(graph, request, palette.text),
        Event::Deleted { artifact } | Event::Edited { artifact, .. } => {
            cause.mark_artifact(layout, artifact, palette.text);
        }
        Event::Evicted { blob, .. } => {
            for artifact in graph.artifacts_of_blob(blob).take(LINKS_MAX) {
                cause.mark_artifact(layout, artifact, palette.lost);
            }
            let entry = graph.action_of_key(blob).map(Mark::AcEntry);
            cause.marks.extend(entry.map(|mark| (mark, palette.lost)));
        }
        _ => {}
    }
    cause
}

/// The edges of losses that are not made good yet: producer to lost blob to who waits for it.
pub(super) fn losses(view: &View, palette: &Palette) -> Vec<Link> {
    let mut cause = Cause::default();
    for i in view.moment.actions.positions([ActionState::LostInput, ActionState::Failed]) {
        if cause.links.len() > LINKS_MAX {
            break;
        }
        let consumer = ActionId(i as u32);
        for &input in view.graph.inputs(consumer) {
            if view.moment.artifact(input) == ArtifactState::Lost {
                cause.read(view.graph, view.layout, input, consumer, palette.lost, false);
                cause.written(view.graph, view.layout, input, palette.lost);
            }
        }
    }
    cause.links
}

impl Cause {
    /// Who asks: for its own AC entry the square, else the action.
    fn asked(&mut self, graph: &Graph, request: Request, color: Color) {
        let key = request.owner.filter(|&a| graph.digests(a).key == Some(request.blob));
        let mark = key.map(Mark::AcEntry).or(request.owner.map(Mark::Action));
        self.marks.extend(mark.map(|mark| (mark, color)));
    }

    fn mark_artifact(&mut self, layout: &Layout, artifact: ArtifactId, color: Color) {
        if layout.centre(Mark::Artifact(artifact)).is_some() {
            self.marks.push((Mark::Artifact(artifact), color));
        }
    }

    /// The edge on which `action` reads `input`.
    fn read(
        &mut self,
        graph: &Graph,
        layout: &Layout,
        input: ArtifactId,
        action: ActionId,
        color: Color,
        up: bool,
    ) {
        let circle = Some(Mark::Artifact(input)).filter(|&m| layout.centre(m).is_some());
        if let Some(from) = circle.or(graph.producer(input).map(Mark::Action)) {
            self.links.push(Link { from, to: Mark::Action(action), color, up });
        }
    }

    /// The edge on which `artifact` comes from its producer, against its direction.
    fn written(&mut self, graph: &Graph, layout: &Layout, artifact: ArtifactId, color: Color) {
        let to = Mark::Artifact(artifact);
        if let (Some(producer), Some(_)) = (graph.producer(artifact), layout.centre(to)) {
            self.links.push(Link { from: Mark::Action(producer), to, color, up: true });
        }
    }

    /// From what `consumer` lost up to its producer `action`.
    fn lost_by(&mut self, view: &View, action: ActionId, consumer: Option<ActionId>, color: Color) {
        let (graph, layout) = (view.graph, view.layout);
        let is_lost = |&a: &ArtifactId| view.moment.artifact(a) == ArtifactState::Lost;
        let n_before = self.links.len();
        for &output in graph.outputs(action).iter().filter(|o| is_lost(o)) {
            self.written(graph, layout, output, color);
        }
        if self.links.len() == n_before
            && let Some(consumer) = consumer
        {
            let (from, to) = (Mark::Action(action), Mark::Action(consumer));
            self.links.push(Link { from, to, color, up: true });
        }
    }

    /// The edges on which `action` hands on what it yields.
    fn wrote(&mut self, graph: &Graph, layout: &Layout, action: ActionId, color: Color) {
        let from = Mark::Action(action);
        self.marks.push((from, color));
        for &output in graph.outputs(action) {
            let to = Mark::Artifact(output);
            if layout.centre(to).is_some() {
                self.links.push(Link { from, to, color, up: false });
                continue;
            }
            for &consumer in graph.consumers(output) {
                if self.links.len() > LINKS_MAX {
                    return;
                }
                self.links.push(Link { from, to: Mark::Action(consumer), color, up: false });
            }
        }
    }
}
