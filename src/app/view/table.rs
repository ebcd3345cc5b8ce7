//! The actions as a table: the graph for those who cannot use the picture.

use std::rc::Rc;

use yew::prelude::*;

use crate::app::choice::{action_name, file_name};
use crate::app::msg::Msg;
use crate::model::{ActionId, Graph, Id};
use crate::rewind::Moment;
use crate::scene::Selection;

use super::Send;
use super::inspector::state_of;
use super::virtual_list::VirtualList;

/// Height of a line; `app.css` has the same.
const ROW_PX: u32 = 28;

/// What the table shows.
#[derive(Properties)]
pub struct Props {
    /// The actions.
    pub graph: Rc<Graph>,
    /// Their states.
    pub moment: Rc<Moment>,
    /// Says what was picked.
    pub send: Send,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.graph, &other.graph) && Rc::ptr_eq(&self.moment, &other.moment)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Action,
    Mnemonic,
    Output,
    Inputs,
    Outputs,
    State,
}

const COLUMNS: [(Column, &str); 6] = [
    (Column::Action, "Action"),
    (Column::Mnemonic, "Mnemonic"),
    (Column::Output, "First output"),
    (Column::Inputs, "Inputs"),
    (Column::Outputs, "Outputs"),
    (Column::State, "State"),
];

/// The table.
#[component]
pub fn ActionTable(props: &Props) -> Html {
    let sort = use_state_eq(|| (Column::Action, false));
    let (column, descending) = *sort;
    let order = {
        let (graph, moment) = (Rc::clone(&props.graph), Rc::clone(&props.moment));
        use_memo((column, descending, moment.step, Rc::as_ptr(&graph) as usize), move |_| {
            sorted(&graph, &moment, column, descending)
        })
    };
    let head = COLUMNS.into_iter().map(|(of, name)| {
        let sort = sort.clone();
        let current = of == column;
        let onclick = Callback::from(move |_: MouseEvent| sort.set((of, current && !descending)));
        let direction = match (current, descending) {
            (false, _) => "none",
            (true, false) => "ascending",
            (true, true) => "descending",
        };
        html! {
            <span role="columnheader" aria-sort={direction}>
                <button class="bare" {onclick}>{ name }</button>
            </span>
        }
    });
    let row = {
        let (graph, moment) = (Rc::clone(&props.graph), Rc::clone(&props.moment));
        let (order, send) = (Rc::clone(&order), props.send.clone());
        Callback::from(move |i: usize| row_view(&graph, &moment, order[i], &send))
    };
    html! {
        <div class="action-table" role="table" aria-label="Actions">
            <div class="table-head" role="row">{ for head }</div>
            <VirtualList label="Actions" role="rowgroup" n_rows={order.len()} row_px={ROW_PX}
                current={None::<usize>} {row} />
        </div>
    }
}

fn sorted(graph: &Graph, moment: &Moment, column: Column, descending: bool) -> Vec<ActionId> {
    let mut order: Vec<ActionId> = graph.action_ids().collect();
    match column {
        Column::Action => order.sort_by_cached_key(|&a| action_name(graph, a)),
        Column::Mnemonic => order.sort_by_key(|&a| graph.mnemonic(a)),
        Column::Output => order.sort_by_key(|&a| first_output(graph, a)),
        Column::Inputs => order.sort_by_key(|&a| graph.inputs(a).len()),
        Column::Outputs => order.sort_by_key(|&a| graph.outputs(a).len()),
        Column::State => order.sort_by_key(|&a| (moment.action(a), a.index())),
    }
    if descending {
        order.reverse();
    }
    order
}

fn row_view(graph: &Graph, moment: &Moment, action: ActionId, send: &Send) -> Html {
    let send = send.clone();
    let onclick = Callback::from(move |_: MouseEvent| {
        send.emit(Msg::Show(Selection::Action(action)));
        send.emit(Msg::Sheet(None));
    });
    html! {
        <div class="row" role="row">
            <span role="cell">
                <button class="link" {onclick}>{ action_name(graph, action) }</button>
            </span>
            <span role="cell">{ graph.mnemonic(action) }</span>
            <span role="cell" class="output">{ first_output(graph, action) }</span>
            <span role="cell" class="number">{ graph.inputs(action).len() }</span>
            <span role="cell" class="number">{ graph.outputs(action).len() }</span>
            <span role="cell" class="state">{ state_of(graph, moment, action) }</span>
        </div>
    }
}

/// The name of the first declared output: it tells actions of one target apart.
fn first_output(graph: &Graph, action: ActionId) -> &str {
    graph.outputs(action).first().map_or("", |&output| file_name(graph.path(output)))
}
