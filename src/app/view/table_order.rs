//! Which lines a table has, in which order. Those of a large graph are put in order between two
//! frames, and until then the table has the lines that it had.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use yew::prelude::*;

use crate::app::sorting::Sorting;
use crate::app::table_rows::{Column, Row, sorted, tree};
use crate::model::Graph;
use crate::scene::{Filter, GroupId, Grouping, Tints};
use crate::web::clock::soon;

/// Actions of larger graphs are put in order in slices.
const SORTED_AT_ONCE_MAX: usize = 10_000;
/// How many steps of progress a table tells.
const TOLD_STEPS: f32 = 20.0;

/// What the order of lines depends on.
#[derive(Clone)]
pub struct Wanted {
    pub graph: Rc<Graph>,
    pub tints: Rc<RefCell<Tints>>,
    pub filter: Option<Rc<Filter>>,
    pub sort: (Column, bool),
    /// The version of the states that lines are sorted by, if they are.
    pub states: Option<u64>,
    /// The groups, if lines are a tree of them, and which are open.
    pub grouping: Option<Rc<Grouping>>,
    pub open: BTreeSet<GroupId>,
}

impl PartialEq for Wanted {
    fn eq(&self, other: &Self) -> bool {
        let version = |wanted: &Self| wanted.filter.as_ref().map(|f| f.version());
        Rc::ptr_eq(&self.graph, &other.graph)
            && version(self) == version(other)
            && (self.sort, self.states) == (other.sort, other.states)
            && self.grouping.is_some() == other.grouping.is_some()
            && self.open == other.open
    }
}

/// Lines in order.
pub struct Order {
    pub rows: Rc<Vec<Row>>,
    /// Counts the orders that a table has had.
    pub version: u32,
    /// How much is made, of 1, of the order that will take the place of this one.
    pub share: Option<f32>,
}

/// What is made so far.
#[derive(Default)]
struct Work {
    wanted: Option<Wanted>,
    rows: Rc<Vec<Row>>,
    version: u32,
    sorting: Option<Sorting>,
    /// Counts what was wanted: work on what is wanted no more ends.
    turn: u32,
}

/// The lines that are wanted, or those before them while they are made.
#[hook]
pub fn use_order(wanted: Wanted) -> Order {
    let work = use_mut_ref(Work::default);
    let redraw = use_force_update();
    let turn = {
        let mut work = work.borrow_mut();
        if work.wanted.as_ref() != Some(&wanted) {
            work.begin(wanted);
        }
        work.turn
    };
    {
        let work = Rc::clone(&work);
        use_effect_with(turn, move |&turn| {
            if work.borrow().sorting.is_some() {
                go_on_soon(Rc::clone(&work), turn, redraw);
            }
            // A table that is closed needs no lines.
            move || {
                let mut work = work.borrow_mut();
                if work.turn == turn {
                    work.sorting = None;
                }
            }
        });
    }
    let work = work.borrow();
    Order { rows: Rc::clone(&work.rows), version: work.version, share: work.share() }
}

impl Work {
    fn begin(&mut self, wanted: Wanted) {
        self.turn += 1;
        self.sorting = None;
        let is_of = |before: &Wanted| Rc::ptr_eq(&before.graph, &wanted.graph);
        let is_known = self.wanted.as_ref().is_some_and(is_of);
        let filter = wanted.filter.as_deref();
        if let Some(grouping) = &wanted.grouping {
            self.show(tree(grouping, filter, &wanted.open));
        } else if wanted.graph.n_actions() <= SORTED_AT_ONCE_MAX {
            let rows = sorted(&wanted.graph, &wanted.tints.borrow(), filter, wanted.sort);
            self.show(rows);
        } else {
            if !is_known {
                self.show(Vec::new());
            }
            self.sorting = Some(Sorting::new(wanted.sort.0, wanted.sort.1));
        }
        self.wanted = Some(wanted);
    }

    /// Does a slice; whether nothing is left to do.
    fn go_on(&mut self) -> bool {
        let (Some(wanted), Some(sorting)) = (&self.wanted, &mut self.sorting) else { return true };
        let filter = wanted.filter.as_deref();
        let Some(rows) = sorting.go_on(&wanted.graph, &wanted.tints.borrow(), filter) else {
            return false;
        };
        self.sorting = None;
        self.show(rows);
        true
    }

    fn show(&mut self, rows: Vec<Row>) {
        self.rows = Rc::new(rows);
        self.version += 1;
    }

    fn share(&self) -> Option<f32> {
        let sorting = self.sorting.as_ref()?;
        Some(sorting.share(&self.wanted.as_ref()?.graph))
    }

    fn told(&self) -> Option<u32> {
        self.share().map(|share| (share * TOLD_STEPS) as u32)
    }
}

/// Does a slice in a task of its own, and so on until all is done.
fn go_on_soon(work: Rc<RefCell<Work>>, turn: u32, redraw: UseForceUpdateHandle) {
    soon(move || {
        let (is_done, is_news) = {
            let mut work = work.borrow_mut();
            if work.turn != turn || work.sorting.is_none() {
                return;
            }
            let before = work.told();
            (work.go_on(), work.told() != before)
        };
        if is_news {
            redraw.force_update();
        }
        if !is_done {
            go_on_soon(work, turn, redraw);
        }
    });
}
