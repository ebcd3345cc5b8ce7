//! The actions as a table or as a tree of groups: the graph for those who cannot use the picture.
//! It lists what the filter lets through, and its current line is what is selected on the page.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use yew::prelude::*;

use crate::app::choice::{action_name, file_name};
use crate::app::msg::Msg;
use crate::app::table_rows::{Column, Row, worst};
use crate::model::{ActionId, Graph};
use crate::rewind::Moment;
use crate::scene::{Filter, GroupId, Grouping, Selection, Tints, group_name, thousands};

use super::Send;
use super::inspector::{state_name, state_of};
use super::table_order::{Order, Wanted, use_order};
use super::virtual_list::VirtualList;

/// Height of a line; `app.css` has the same.
const ROW_PX: u32 = 28;
/// Larger graphs are grouped by the worker only.
const GROUPED_HERE_MAX: usize = 5_000;

/// What the table shows.
#[derive(Properties)]
pub struct Props {
    /// The actions.
    pub graph: Rc<Graph>,
    /// Their states.
    pub moment: Rc<Moment>,
    /// The same, lost outputs included.
    pub tints: Rc<RefCell<Tints>>,
    /// Which version of them that is.
    pub states: u64,
    /// Which actions to list.
    pub filter: Option<Rc<Filter>>,
    /// The groups, if they are known.
    pub grouping: Option<Rc<Grouping>>,
    /// What is selected on the page.
    pub selection: Selection,
    /// Says what was picked.
    pub send: Send,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        let version = |p: &Self| p.filter.as_ref().map(|f| f.version());
        Rc::ptr_eq(&self.graph, &other.graph)
            && Rc::ptr_eq(&self.moment, &other.moment)
            && self.states == other.states
            && version(self) == version(other)
            && self.grouping.is_some() == other.grouping.is_some()
            && self.selection == other.selection
    }
}

const COLUMNS: [(Column, &str); 7] = [
    (Column::Action, "Action"),
    (Column::Mnemonic, "Mnemonic"),
    (Column::Output, "First output"),
    (Column::Inputs, "Inputs"),
    (Column::Outputs, "Outputs"),
    (Column::Duration, "Time"),
    (Column::State, "State"),
];

/// The table.
#[component]
pub fn ActionTable(props: &Props) -> Html {
    let sort = use_state_eq(|| (Column::Action, false));
    let is_tree = use_state_eq(|| false);
    let open = use_state_eq(BTreeSet::<GroupId>::new);
    let grouping = use_grouping(props, *is_tree);
    let tree = is_tree.then(|| grouping.clone()).flatten();
    let Order { rows, version, share } = use_order(wanted(props, *sort, tree, &open));
    let current = use_current(&rows, version, props.selection);
    let toggle = {
        let open = open.clone();
        Callback::from(move |group: GroupId| {
            let mut changed = (*open).clone();
            if !changed.remove(&group) {
                changed.insert(group);
            }
            open.set(changed);
        })
    };
    let onkeydown = keys(&rows, current, &open, &toggle, &props.send);
    let row = {
        let lines = Lines {
            graph: Rc::clone(&props.graph),
            moment: Rc::clone(&props.moment),
            tints: Rc::clone(&props.tints),
            grouping: grouping.clone(),
            open: (*open).clone(),
            current,
            rows: Rc::clone(&rows),
            toggle,
            send: props.send.clone(),
        };
        Callback::from(move |i: usize| lines.line(i))
    };
    let switch = {
        let is_tree = is_tree.clone();
        Callback::from(move |_: Event| is_tree.set(!*is_tree))
    };
    let told = match share {
        Some(share) => format!("Sorting, {:.0} %", share * 100.0),
        None => format!("{} lines", thousands(rows.len())),
    };
    html! {
        <div class="action-table" role={if *is_tree { "treegrid" } else { "table" }}
            aria-label="Actions" aria-busy={share.is_some().then_some("true")}
            aria-rowcount={(rows.len() + 1).to_string()} {onkeydown}>
            <div class="table-tools">
                <label class="tick"><input id="table-tree" type="checkbox" checked={*is_tree}
                    onchange={switch} />{ "By group" }</label>
                <span class="quiet" role="status">{ told }</span>
            </div>
            <div class="table-head" role="row">
                { for COLUMNS.into_iter().map(|c| head(c, &sort, *is_tree)) }
            </div>
            <VirtualList label="Actions" role="rowgroup" n_rows={rows.len()} row_px={ROW_PX}
                {current} {row} />
        </div>
    }
}

fn wanted(
    props: &Props,
    sort: (Column, bool),
    tree: Option<Rc<Grouping>>,
    open: &BTreeSet<GroupId>,
) -> Wanted {
    Wanted {
        graph: Rc::clone(&props.graph),
        tints: Rc::clone(&props.tints),
        filter: props.filter.clone(),
        sort,
        // The order follows the states only where it is by them.
        states: (sort.0 == Column::State).then_some(props.states),
        open: tree.as_ref().map(|_| open.clone()).unwrap_or_default(),
        grouping: tree,
    }
}

#[hook]
fn use_grouping(props: &Props, is_tree: bool) -> Option<Rc<Grouping>> {
    let graph = Rc::clone(&props.graph);
    let known = props.grouping.clone();
    let key = (is_tree, Rc::as_ptr(&graph) as usize, known.is_some());
    let made = use_memo(key, move |_| {
        let small = is_tree && graph.n_actions() <= GROUPED_HERE_MAX;
        known.or_else(|| small.then(|| Rc::new(Grouping::new(&graph))))
    });
    (*made).clone()
}

/// The line of what is selected; looked for when either changes.
#[hook]
fn use_current(rows: &Rc<Vec<Row>>, version: u32, selection: Selection) -> Option<usize> {
    let rows = Rc::clone(rows);
    *use_memo((version, selection), move |_| {
        rows.iter().position(|&row| is_selected(row, selection))
    })
}

fn head(
    (of, name): (Column, &'static str),
    sort: &UseStateHandle<(Column, bool)>,
    is_tree: bool,
) -> Html {
    let (column, descending) = **sort;
    let current = of == column && !is_tree;
    let sort = sort.clone();
    let onclick = Callback::from(move |_: MouseEvent| sort.set((of, current && !descending)));
    let direction = match (current, descending) {
        (false, _) => "none",
        (true, false) => "ascending",
        (true, true) => "descending",
    };
    html! {
        <span role="columnheader" aria-sort={direction}>
            <button class="bare" disabled={is_tree} {onclick}>{ name }</button>
        </span>
    }
}

/// Up and down go from line to line, right and left open and close, Enter shows the line in the
/// graph.
fn keys(
    rows: &Rc<Vec<Row>>,
    current: Option<usize>,
    open: &UseStateHandle<BTreeSet<GroupId>>,
    toggle: &Callback<GroupId>,
    send: &Send,
) -> Callback<KeyboardEvent> {
    let (rows, open, toggle) = (Rc::clone(rows), open.clone(), toggle.clone());
    let send = send.clone();
    Callback::from(move |event: KeyboardEvent| {
        let key = event.key();
        let last = rows.len().saturating_sub(1);
        let next = match (key.as_str(), current) {
            ("ArrowDown", None) | ("Home", _) => Some(0),
            ("ArrowDown", Some(i)) => Some((i + 1).min(last)),
            ("ArrowUp", Some(i)) => Some(i.saturating_sub(1)),
            ("PageDown", i) => Some((i.unwrap_or(0) + 20).min(last)),
            ("PageUp", i) => Some(i.unwrap_or(0).saturating_sub(20)),
            ("End", _) => Some(last),
            _ => None,
        };
        let here = current.and_then(|i| rows.get(i).copied());
        match (key.as_str(), here) {
            ("ArrowRight", Some(Row::Group(group, _))) if !open.contains(&group) => {
                toggle.emit(group);
            }
            ("ArrowLeft", Some(Row::Group(group, _))) if open.contains(&group) => {
                toggle.emit(group);
            }
            ("Enter", Some(row)) if crate::web::dom::is_on(&event, ".virtual-list") => {
                show(row, &send);
            }
            _ => match next.and_then(|i| rows.get(i).copied()) {
                Some(row) => send.emit(Msg::Select(selection(row))),
                None => return,
            },
        }
        event.prevent_default();
        event.stop_propagation();
    })
}

fn selection(row: Row) -> Selection {
    match row {
        Row::Group(group, _) => Selection::Group(group),
        Row::Action(action, _) => Selection::Action(action),
    }
}

fn is_selected(row: Row, selected: Selection) -> bool {
    match (row, selected) {
        (Row::Action(action, _), Selection::AcEntry(other)) => action == other,
        (row, selected) => selection(row) == selected,
    }
}

fn show(row: Row, send: &Send) {
    send.emit(match row {
        Row::Group(group, _) => Msg::Crumb(group),
        Row::Action(action, _) => Msg::Show(Selection::Action(action)),
    });
    send.emit(Msg::Sheet(None));
}

/// All that a line is drawn from.
struct Lines {
    graph: Rc<Graph>,
    moment: Rc<Moment>,
    tints: Rc<RefCell<Tints>>,
    grouping: Option<Rc<Grouping>>,
    open: BTreeSet<GroupId>,
    current: Option<usize>,
    rows: Rc<Vec<Row>>,
    toggle: Callback<GroupId>,
    send: Send,
}

impl Lines {
    fn line(&self, i: usize) -> Html {
        let is_current = (self.current == Some(i)).then_some("current");
        let (cells, level, expanded) = match self.rows[i] {
            Row::Action(action, depth) => (self.action(action, depth), depth, None),
            Row::Group(group, depth) => {
                (self.group(group, depth), depth, Some(self.open.contains(&group).to_string()))
            }
        };
        html! {
            <div class={classes!("row", is_current)} role="row"
                aria-rowindex={(i + 2).to_string()} aria-level={(level + 1).to_string()}
                aria-expanded={expanded} aria-selected={is_current.is_some().to_string()}>
                { cells }
            </div>
        }
    }

    fn action(&self, action: ActionId, depth: u32) -> Html {
        let graph = &self.graph;
        let send = self.send.clone();
        let onclick = Callback::from(move |_: MouseEvent| show(Row::Action(action, 0), &send));
        let ms = graph.duration_ms(action).map(|ms| format!("{ms} ms")).unwrap_or_default();
        html! {
            <>
                <span role="cell">
                    { indent(depth) }
                    <button class="link" {onclick}>{ action_name(graph, action) }</button>
                </span>
                <span role="cell">{ graph.mnemonic(action) }</span>
                <span role="cell" class="output">{ first_output(graph, action) }</span>
                <span role="cell" class="number">{ graph.inputs(action).len() }</span>
                <span role="cell" class="number">{ graph.outputs(action).len() }</span>
                <span role="cell" class="number">{ ms }</span>
                <span role="cell" class="state">{ state_of(graph, &self.moment, action) }</span>
            </>
        }
    }

    fn group(&self, group: GroupId, depth: u32) -> Html {
        let Some(grouping) = &self.grouping else { return html! {} };
        let name = group_name(grouping, &self.graph, group);
        let is_open = self.open.contains(&group);
        let toggle = self.toggle.clone();
        let onclick = Callback::from(move |_: MouseEvent| toggle.emit(group));
        let send = self.send.clone();
        let onshow = Callback::from(move |_: MouseEvent| show(Row::Group(group, 0), &send));
        let n = thousands(grouping.n_actions(group));
        let sign = if is_open { "▾" } else { "▸" };
        let label = format!("{} {name}", if is_open { "Close" } else { "Open" });
        html! {
            <>
                <span role="cell">
                    { indent(depth) }
                    <button class="bare sign" aria-label={label} {onclick}>{ sign }</button>
                    <button class="link" onclick={onshow}>{ name }</button>
                </span>
                <span role="cell" class="quiet">{ format!("{n} actions") }</span>
                <span role="cell" /><span role="cell" /><span role="cell" /><span role="cell" />
                <span role="cell" class="state">
                    { state_name(worst(grouping, &self.tints.borrow(), group)) }
                </span>
            </>
        }
    }
}

/// Room before a name, this many levels deep.
fn indent(depth: u32) -> Html {
    html! { <svg class="indent" width={(depth * 16).to_string()} height="1" aria-hidden="true" /> }
}

/// The name of the first declared output: it tells actions of one target apart.
fn first_output(graph: &Graph, action: ActionId) -> &str {
    graph.outputs(action).first().map_or("", |&output| file_name(graph.path(output)))
}
