//! What the table of actions lists: actions in some order, or groups with what is in them.

use std::collections::BTreeSet;

use crate::model::{ActionId, Graph, Id, IdSet, TextId};
use crate::rewind::ActionState;
use crate::scene::{Filter, GroupId, Grouping, Tints};

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

/// All actions that `filter` lets through, sorted by `column`; equals by id.
pub fn sorted(
    graph: &Graph,
    tints: &Tints,
    filter: Option<&Filter>,
    (column, descending): (Column, bool),
) -> Vec<Row> {
    let text = |id: fn(&Graph, ActionId) -> TextId| ranks_of_texts(graph, id);
    let keys: Vec<u32> = match column {
        Column::Action => text(Graph::label_id),
        Column::Mnemonic => text(Graph::mnemonic_id),
        Column::Output => text(output_text),
        Column::Inputs => number(graph, |a| graph.inputs(a).len() as u32),
        Column::Outputs => number(graph, |a| graph.outputs(a).len() as u32),
        Column::Duration => number(graph, |a| graph.duration_ms(a).map_or(0, |ms| ms + 1)),
        Column::State => number(graph, |a| tints.state(a) as u32),
    };
    let shown = graph.action_ids().filter(|&a| filter.is_none_or(|f| f.shows(a)));
    let mut order = by_key(shown.collect(), &keys);
    if descending {
        order.reverse();
    }
    order.into_iter().map(|action| Row::Action(action, 0)).collect()
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

/// `actions` by ascending key, equals as they are. Keys that are not far apart are counted: for a
/// million actions that takes a tenth of the time.
fn by_key(mut actions: Vec<ActionId>, keys: &[u32]) -> Vec<ActionId> {
    let n_keys = keys.iter().max().map_or(0, |&most| most as usize + 1);
    if n_keys > 2 * keys.len() + 1000 {
        actions.sort_by_key(|a| keys[a.index()]);
        return actions;
    }
    let mut starts = vec![0_u32; n_keys + 1];
    actions.iter().for_each(|a| starts[keys[a.index()] as usize + 1] += 1);
    for i in 1..starts.len() {
        starts[i] += starts[i - 1];
    }
    let mut sorted = vec![ActionId(0); actions.len()];
    for action in actions {
        let slot = &mut starts[keys[action.index()] as usize];
        sorted[*slot as usize] = action;
        *slot += 1;
    }
    sorted
}

fn number(graph: &Graph, of: impl Fn(ActionId) -> u32) -> Vec<u32> {
    graph.action_ids().map(of).collect()
}

/// By action the place of a text of it among all such texts: few are compared, for many actions
/// share one.
fn ranks_of_texts(graph: &Graph, id: fn(&Graph, ActionId) -> TextId) -> Vec<u32> {
    let by_action: Vec<TextId> = graph.action_ids().map(|a| id(graph, a)).collect();
    let mut ids: Vec<TextId> = by_action.iter().copied().collect::<IdSet<_>>().iter().collect();
    ids.sort_by_key(|&text| graph.texts().get(text));
    let mut rank = vec![0_u32; graph.texts().len()];
    for (i, text) in ids.iter().enumerate() {
        rank[text.index()] = i as u32;
    }
    by_action.into_iter().map(|text| rank[text.index()]).collect()
}

fn output_text(graph: &Graph, action: ActionId) -> TextId {
    graph.outputs(action).first().map_or(crate::model::Texts::EMPTY, |&o| graph.path_id(o))
}
