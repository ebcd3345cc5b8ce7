//! How the worker lays out the view of a graph that the page asks for.

use std::ops::ControlFlow;
use std::rc::Rc;

use crate::model::{ActionId, BlobId, Graph, Id};
use crate::scene::{
    Direction, Focus, GroupBy, GroupId, Grouping, Layout, LayoutOptions, Making, Open,
    ShownArtifacts, Subject,
};
use crate::web::protocol::{Answer, WireGroupBy, WireShape, WireSubject};

use super::levels::is_other_shape;
use super::msg::{Arranged, Msg};
use super::wire::{Jobs, PIECE_BYTES, Say};

/// Most marks of a view of groups that nobody has unfolded yet.
const MARKS_MAX: usize = 48;
/// The same in a window that is not wider than tall.
const NARROW_MARKS_MAX: usize = 24;
/// Most marks that groups around an action open to.
const MARKS_WITH_MAX: usize = 600;

/// What the worker knows of the graph on show.
#[derive(Debug, Default)]
pub struct Shown {
    graph: Option<(u32, Rc<Graph>)>,
    grouping: Option<(WireGroupBy, Rc<Grouping>)>,
    last: Option<Layout>,
    /// The last one of groups: they keep their places while something else is looked at.
    last_groups: Option<Layout>,
    /// Width over height of the room that they were made for.
    aspect: f32,
}

impl Shown {
    /// The page shows this graph from now on.
    pub fn set(&mut self, incident: u32, graph: Rc<Graph>) {
        *self = Self { graph: Some((incident, graph)), ..Self::default() };
    }

    /// Its groups; what lay by others lies no more.
    fn grouping_by(&mut self, graph: &Graph, by: WireGroupBy) -> Rc<Grouping> {
        if let Some((known, grouping)) = &self.grouping
            && *known == by
        {
            return Rc::clone(grouping);
        }
        let levels: &[GroupBy] = match by {
            WireGroupBy::Package => &[GroupBy::Package, GroupBy::Target, GroupBy::Mnemonic],
            WireGroupBy::Target => &[GroupBy::Target, GroupBy::Mnemonic],
            WireGroupBy::Mnemonic => &[GroupBy::Mnemonic, GroupBy::Package],
        };
        let grouping = Rc::new(Grouping::by(graph, levels));
        self.grouping = Some((by, Rc::clone(&grouping)));
        (self.last, self.last_groups) = (None, None);
        grouping
    }

    /// The graph that the page shows as that incident.
    pub fn get(&self, incident: u32) -> Option<Rc<Graph>> {
        self.graph.as_ref().filter(|g| g.0 == incident).map(|g| Rc::clone(&g.1))
    }
}

/// What the page asks for.
pub struct Wish {
    pub job: u32,
    pub incident: u32,
    pub subject: WireSubject,
    pub shape: WireShape,
}

impl Jobs {
    /// Lays out what is wished for and says so.
    pub(super) fn lay_out(&mut self, wish: Wish, say: Say) {
        let graph = match self.shown.get(wish.incident) {
            Some(graph) => graph,
            None => {
                let Some((graph, _)) = self.incident(wish.incident) else { return };
                self.shown.set(wish.incident, Rc::clone(&graph));
                graph
            }
        };
        let shown = &mut self.shown;
        let shape = wish.shape;
        let grouping = shown.grouping_by(&graph, shape.group_by);
        let open = open_groups(&grouping, &wish.subject, shape.down);
        let focus = focus(&graph, &wish.subject);
        let subject = match &wish.subject {
            WireSubject::All => Subject::All,
            WireSubject::Overview => Subject::Overview(&grouping, &open),
            WireSubject::Groups(_) | WireSubject::GroupsWith(_) => {
                Subject::Groups(&grouping, &open)
            }
            _ => Subject::Focus(&focus),
        };
        let options = LayoutOptions {
            direction: if shape.down { Direction::Down } else { Direction::Right },
            aspect: shape.aspect.clamp(0.3, 4.0),
            artifacts: if shape.with_artifacts {
                ShownArtifacts::All
            } else {
                ShownArtifacts::default()
            },
            ..LayoutOptions::default()
        };
        let never = &mut |_: Making| ControlFlow::Continue(());
        let is_groups = matches!(subject, Subject::Groups(..));
        if is_other_shape(shape.aspect, shown.aspect) {
            // In a room of another shape they could not keep their places.
            (shown.last, shown.last_groups) = (None, None);
        }
        shown.aspect = shape.aspect;
        let last_groups = shown.last_groups.as_ref().filter(|_| is_groups);
        let before = last_groups.or(shown.last.as_ref());
        let Some(layout) = Layout::of(&graph, subject, before, &options, never) else { return };
        if !shape.has_groups {
            tell_parts(grouping.to_bytes(), say);
            say(Answer::Grouped, Vec::new());
        }
        tell_parts(layout.to_bytes(), say);
        if is_groups {
            (shown.last, shown.last_groups) = (None, Some(layout));
        } else {
            shown.last = Some(layout);
        }
        let open = open.iter().map(|g| g.0).collect();
        let answer = Answer::Arranged { job: wish.job, open, n_left_out: focus.n_left_out() };
        say(answer, Vec::new());
    }
}

/// Tells `bytes` in parts that the page takes in a millisecond or two.
fn tell_parts(bytes: Vec<u8>, say: Say) {
    let n_bytes = bytes.len();
    bytes.chunks(PIECE_BYTES).for_each(|part| say(Answer::Part { n_bytes }, vec![part.to_vec()]));
}

fn open_groups(grouping: &Grouping, subject: &WireSubject, is_narrow: bool) -> Open {
    let marks_max = if is_narrow { NARROW_MARKS_MAX } else { MARKS_MAX };
    match subject {
        WireSubject::Groups(Some(open)) => Open::of(grouping, open.iter().copied().map(GroupId)),
        WireSubject::GroupsWith(action) => {
            let mut open = grouping.opened(marks_max);
            open.reveal(grouping, ActionId(*action));
            if open.n_marks(grouping) > MARKS_WITH_MAX {
                open = Open::of(grouping, []);
                open.reveal(grouping, ActionId(*action));
            }
            open
        }
        _ => grouping.opened(marks_max),
    }
}

fn focus(graph: &Graph, subject: &WireSubject) -> Focus {
    const MOST: usize = Focus::ACTIONS_MAX;
    let known = |id: &&u32| (**id as usize) < graph.n_actions();
    let ids = |ids: &[u32]| -> Vec<ActionId> {
        ids.iter().filter(known).map(|&id| ActionId(id)).collect()
    };
    match subject {
        WireSubject::Around(centres, up, down) => {
            Focus::around(graph, &ids(centres), *up, *down, MOST)
        }
        WireSubject::Between(from, to) => match ids(&[*from, *to])[..] {
            [from, to] => Focus::between(graph, from, to, MOST),
            _ => Focus::default(),
        },
        WireSubject::Actions(actions) => Focus::of(graph, ids(actions), MOST),
        WireSubject::Loss(blob) => Focus::loss(graph, BlobId::at(*blob as usize), MOST),
        _ => Focus::default(),
    }
}

/// What the page has heard of a view that comes in parts.
#[derive(Debug, Default)]
pub(super) struct ViewInParts {
    bytes: Vec<u8>,
    grouping: Option<Grouping>,
}

impl ViewInParts {
    /// Takes the next part of what has `n_bytes`; `None` if that is more than it has.
    pub fn take(&mut self, part: &[u8], n_bytes: usize) -> Option<()> {
        self.bytes.reserve_exact(n_bytes.checked_sub(self.bytes.len())?);
        self.bytes.extend_from_slice(part);
        (self.bytes.len() <= n_bytes).then_some(())
    }

    /// All parts of the groups are there.
    pub fn group(&mut self) -> Option<()> {
        let bytes = std::mem::take(&mut self.bytes);
        self.grouping = Some(Grouping::from_bytes(&bytes)?);
        Some(())
    }

    /// All parts of the layout are there: the message behind [`Answer::Arranged`].
    pub fn arrange(&mut self, job: u32, open: Vec<u32>, n_left_out: usize) -> Option<Msg> {
        let Self { bytes, grouping } = std::mem::take(self);
        let layout = Layout::from_bytes(&bytes)?;
        let open = open.into_iter().map(GroupId).collect();
        Some(Msg::Arranged(Box::new(Arranged { job, layout, grouping, open, n_left_out })))
    }
}
