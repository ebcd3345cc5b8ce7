//! How the worker lays out the view of a graph that the page asks for.

use std::ops::ControlFlow;
use std::rc::Rc;

use crate::model::{ActionId, BlobId, Graph, Id};
use crate::scene::{
    Direction, Focus, GroupId, Grouping, Layout, LayoutOptions, Making, Open, Subject,
};
use crate::web::protocol::{Answer, WireSubject};

use super::msg::{Arranged, Msg};
use super::wire::{Jobs, Say};

/// Most marks of a view of groups that nobody has unfolded yet.
const MARKS_MAX: usize = 64;
/// Most marks that groups around an action open to.
const MARKS_WITH_MAX: usize = 600;

/// What the worker knows of the graph on show.
#[derive(Debug, Default)]
pub struct Shown {
    graph: Option<(u32, Rc<Graph>)>,
    grouping: Option<Rc<Grouping>>,
    last: Option<Layout>,
}

impl Shown {
    /// The page shows this graph from now on.
    pub fn set(&mut self, incident: u32, graph: Rc<Graph>) {
        *self = Self { graph: Some((incident, graph)), ..Self::default() };
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
    pub down: bool,
    pub aspect: f32,
    pub has_groups: bool,
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
        let grouping = shown.grouping.get_or_insert_with(|| Rc::new(Grouping::new(&graph)));
        let grouping = Rc::clone(grouping);
        let open = open_groups(&grouping, &wish.subject);
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
            direction: if wish.down { Direction::Down } else { Direction::Right },
            aspect: wish.aspect.clamp(0.3, 4.0),
            ..LayoutOptions::default()
        };
        let never = &mut |_: Making| ControlFlow::Continue(());
        let before = shown.last.as_ref();
        let Some(layout) = Layout::of(&graph, subject, before, &options, never) else { return };
        let groups = if wish.has_groups { Vec::new() } else { grouping.to_bytes() };
        let bytes = layout.to_bytes();
        shown.last = Some(layout);
        let open = open.iter().map(|g| g.0).collect();
        let answer = Answer::Arranged { job: wish.job, open, n_left_out: focus.n_left_out() };
        say(answer, vec![bytes, groups]);
    }
}

fn open_groups(grouping: &Grouping, subject: &WireSubject) -> Open {
    match subject {
        WireSubject::Groups(Some(open)) => Open::of(grouping, open.iter().copied().map(GroupId)),
        WireSubject::GroupsWith(action) => {
            let mut open = grouping.opened(MARKS_MAX);
            open.reveal(grouping, ActionId(*action));
            if open.n_marks(grouping) > MARKS_WITH_MAX {
                open = Open::of(grouping, []);
                open.reveal(grouping, ActionId(*action));
            }
            open
        }
        _ => grouping.opened(MARKS_MAX),
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

/// The message behind [`Answer::Arranged`].
pub(super) fn arranged(
    (job, open, n_left_out): (u32, Vec<u32>, usize),
    buffers: &[Vec<u8>],
) -> Option<Msg> {
    let layout = Layout::from_bytes(buffers.first()?)?;
    let groups = buffers.get(1).filter(|bytes| !bytes.is_empty());
    let grouping = groups.and_then(|bytes| Grouping::from_bytes(bytes));
    let open = open.into_iter().map(GroupId).collect();
    Some(Msg::Arranged(Box::new(Arranged { job, layout, grouping, open, n_left_out })))
}
