//! A group of actions in the inspector: what it is, what state its actions are in, what is in it.

use yew::prelude::*;

use crate::app::choice::action_name;
use crate::app::msg::Msg;
use crate::app::state::State;
use crate::model::Id;
use crate::rewind::ActionState;
use crate::scene::{GroupId, GroupKind, Selection, group_name, thousands};

use super::Send;
use super::inspector::{LINES_MAX, state_name};
use super::text::link;

pub fn view(state: &State, group: GroupId, send: &Send) -> Html {
    let Some(grouping) = &state.looking.grouping else { return html! {} };
    let graph = &state.incident.graph;
    let kind = match grouping.kind(group) {
        GroupKind::Root => "the whole graph",
        GroupKind::Package => "a package",
        GroupKind::Target => "a target",
        GroupKind::Mnemonic => "actions of one mnemonic",
        GroupKind::Part => "a part of a large group",
    };
    let actions = grouping.actions(group);
    let tints = state.tints.borrow();
    let mut counts = [0_usize; ActionState::ALL.len()];
    actions.iter().for_each(|a| counts[usize::from(tints.states()[a.index()])] += 1);
    let states = ActionState::ALL.into_iter().filter(|&s| counts[s as usize] > 0).map(|s| {
        let n = thousands(counts[s as usize]);
        html! { <li>{ format!("{n} {}", state_name(s).to_lowercase()) }</li> }
    });
    let is_open = state.looking.open.contains(&group);
    let toggle = send
        .reform(move |_: MouseEvent| if is_open { Msg::Fold(group) } else { Msg::Unfold(group) });
    let inner: Vec<GroupId> = grouping.children(group).collect();
    let inner = inner.into_iter().take(LINES_MAX).map(|child| {
        let onclick = send.reform(move |_: MouseEvent| Msg::Select(Selection::Group(child)));
        let n = thousands(grouping.n_actions(child));
        html! {
            <li><button class="link" {onclick}>{ group_name(grouping, graph, child) }</button>
                <span class="quiet">{ format!(" {n}") }</span></li>
        }
    });
    let own = grouping.own_actions(group).iter().take(LINES_MAX);
    let own = own.map(|&action| {
        html! { <li>{ link(&action_name(graph, action), Selection::Action(action), send) }</li> }
    });
    html! {
        <>
            <h2 class="name">{ group_name(grouping, graph, group) }</h2>
            <p class="quiet">{ format!("{kind}, {} actions", thousands(actions.len())) }</p>
            <p><button onclick={toggle}>{ if is_open { "Close (Enter)" } else { "Open (Enter)" } }
            </button></p>
            <h3>{ "States" }</h3>
            <ul class="counts">{ for states }</ul>
            <h3>{ "In it" }</h3>
            <ul>{ for inner }{ for own }</ul>
        </>
    }
}
