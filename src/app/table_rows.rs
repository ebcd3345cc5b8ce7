//! What the table of actions lists: actions in some order, or groups with what is in them.

use std::collections::BTreeSet;

use crate::model::{ActionId, Graph, Id};
use crate::rewind::ActionState;
use crate::scene::{Filter, GroupId, Grouping, Tints};

use super::sorting::Sorting;

/// A column to sort by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Column {
    /// The label.
    Action,
    /// The mnemonic.
    Mnemonic,
    /// The path of the first output.
    Output,
    /// How many inputs.
    Inputs,
    /// How many outputs.
    Outputs,
    /// How long it takes.
    Duration,
    /// The state.
    State,
}

/// A line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Row {
    /// A group, this deep.
    Group(GroupId, u32),
    /// An action, this deep.
    Action(ActionId, u32),
}

/// All actions that `filter` lets through, sorted by `column`; equals by id. Of a large graph it
/// takes a while: [`Sorting`] does the same in slices.
pub fn sorted(
    graph: &Graph,
    tints: &Tints,
    filter: Option<&Filter>,
    (column, descending): (Column, bool),
) -> Vec<Row> {
    let mut sorting = Sorting::new(column, descending);
    loop {
        if let Some(rows) = sorting.go_on(graph, tints, filter) {
            return rows;
        }
    }
}

/// The groups of `grouping` with what is in those of `open`; groups in which `filter` lets nothing
/// through are left out.
pub fn tree(grouping: &Grouping, filter: Option<&Filter>, open: &BTreeSet<GroupId>) -> Vec<Row> {
    let shows = |a: &ActionId| filter.is_none_or(|f| f.shows(*a));
    let has_any = |g: GroupId| grouping.actions(g).iter().any(shows);
    let mut rows = Vec::new();
    let mut todo: Vec<Row> = members(grouping, GroupId::ROOT, 0);
    while let Some(row) = todo.pop() {
        match row {
            Row::Group(group, depth) if has_any(group) => {
                rows.push(row);
                if open.contains(&group) {
                    todo.extend(members(grouping, group, depth + 1));
                }
            }
            Row::Action(action, _) if shows(&action) => rows.push(row),
            Row::Group(..) | Row::Action(..) => {}
        }
    }
    rows
}

/// What is directly in a group, the first last.
fn members(grouping: &Grouping, group: GroupId, depth: u32) -> Vec<Row> {
    let inner = grouping.children(group).map(|g| Row::Group(g, depth));
    let own = grouping.own_actions(group).iter().map(|&a| Row::Action(a, depth));
    let mut rows: Vec<Row> = inner.chain(own).collect();
    rows.reverse();
    rows
}

/// The worst state in a group and how many actions it holds.
pub fn worst(grouping: &Grouping, tints: &Tints, group: GroupId) -> ActionState {
    const WORST_FIRST: [ActionState; 9] = [
        ActionState::Failed,
        ActionState::LostInput,
        ActionState::Dirty,
        ActionState::Running,
        ActionState::Reexecuted,
        ActionState::Executed,
        ActionState::CacheHit,
        ActionState::Skipped,
        ActionState::NotReached,
    ];
    let mut seen = [false; ActionState::ALL.len()];
    for action in grouping.actions(group) {
        seen[usize::from(tints.states()[action.index()])] = true;
    }
    let found = WORST_FIRST.into_iter().find(|&state| seen[state as usize]);
    found.unwrap_or_default()
}
