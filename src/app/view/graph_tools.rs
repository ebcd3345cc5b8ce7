//! What lies over the graph: which view of it shows, how to go to another, how much of it is
//! filtered, and how to take the picture along.

use yew::prelude::*;

use crate::app::choice::action_name;
use crate::app::looks::{Focused, Look};
use crate::app::msg::Msg;
use crate::app::state::State;
use crate::scene::{GroupId, Selection, Tier, group_name, thousands};

use crate::web::protocol::WireGroupBy;

use super::Send;
use super::filter;

/// What actions can be grouped by.
const GROUPINGS: [(WireGroupBy, &str, &str); 3] = [
    (WireGroupBy::Package, "package", "by package"),
    (WireGroupBy::Target, "target", "by target"),
    (WireGroupBy::Mnemonic, "mnemonic", "by mnemonic"),
];

/// The bar at the top of the graph.
pub fn bar(state: &State, send: &Send) -> Html {
    let can_go_back = !state.looking.past.is_empty();
    let back = send.reform(|_: MouseEvent| Msg::Back);
    html! {
        <div class="graph-bar">
            if can_go_back {
                <button class="back" onclick={back} title="The view before (Backspace)">
                    { "Back" }
                </button>
            }
            if state.is_worth_tools() {
                { tiers(state, send) }
                { group_by(state, send) }
                { focus_menu(state, send) }
                { filter::view(state, send) }
            }
            { picture_menu(send) }
            { crumbs(state, send) }
            { count(state) }
        </div>
    }
}

/// The views of the whole graph.
fn tiers(state: &State, send: &Send) -> Html {
    let current = &state.looking.look;
    let all = if state.is_large() { None } else { Some((Look::All, "Actions")) };
    let views = [Some((Look::Overview, "Overview")), Some((Look::Groups, "Groups")), all];
    let buttons = views.into_iter().flatten().map(|(look, name)| {
        let is_current = *current == look;
        let onclick = send.reform(move |_: MouseEvent| Msg::Look(look.clone()));
        html! {
            <button class={classes!("look", is_current.then_some("current"))}
                aria-pressed={is_current.to_string()} {onclick}>{ name }</button>
        }
    });
    html! { <div class="looks" role="group" aria-label="View">{ for buttons }</div> }
}

/// What groups are by, where some show.
fn group_by(state: &State, send: &Send) -> Html {
    let by = state.looking.group_by;
    if !matches!(state.looking.look, Look::Groups | Look::Overview) {
        return html! {};
    }
    let onchange = send.reform(|event: Event| {
        let value = crate::web::dom::value_of(&event);
        let found = GROUPINGS.into_iter().find(|g| g.1 == value);
        Msg::GroupBy(found.map(|g| g.0).unwrap_or_default())
    });
    let options = GROUPINGS.into_iter().map(|(each, value, name)| {
        html! { <option {value} selected={each == by}>{ name }</option> }
    });
    html! {
        <select id="group-by" class="look" aria-label="Group by" title="Group by" {onchange}>
            { for options }
        </select>
    }
}

fn focus_menu(state: &State, send: &Send) -> Html {
    let graph = &state.incident.graph;
    let selected = state.selected_action();
    let mut items: Vec<(String, Focused)> = Vec::new();
    if let Some(action) = selected {
        let name = action_name(graph, action);
        items.push((format!("Around {name}"), Focused::Around(action, 2, 2)));
        if let Some(other) = state.looking.other.filter(|&o| o != action) {
            let other_name = action_name(graph, other);
            let paths = Focused::Between(other, action);
            items.push((format!("Paths between {other_name} and {name}"), paths));
        }
    }
    let is_planned = !state.timeline.trace.events.is_empty();
    if is_planned {
        items.push(("What the plan runs, loses or fails".to_owned(), Focused::Plan));
        items.push(("The critical path".to_owned(), Focused::CriticalPath));
    }
    if let Some(blob) = state.lost_blob() {
        let digest = graph.blobs().digest(blob).short();
        items.push((format!("The loss of {digest}: producer, readers"), Focused::Loss(blob)));
    }
    let is_focus = matches!(state.looking.look, Look::Focus(_));
    let rows = items.into_iter().map(|(name, on)| {
        let onclick = send.reform(move |event: MouseEvent| {
            crate::web::dom::close_details(&event);
            Msg::Look(Look::Focus(on.clone()))
        });
        html! { <li><button class="bare" {onclick}>{ name }</button></li> }
    });
    let shown = state.looking.with_critical_path;
    let toggle = send.reform(move |_: Event| Msg::CriticalPath(!shown));
    let with_artifacts = state.looking.with_artifacts;
    let toggle_artifacts = send.reform(move |_: Event| Msg::Artifacts(!with_artifacts));
    html! {
        <details class={classes!("menu", is_focus.then_some("current"))} id="focus-menu">
            <summary>{ "Focus" }</summary>
            <ul>
                { for rows }
                if selected.is_none() {
                    <li class="quiet">{ "Select an action to look at what is around it." }</li>
                }
                <li><label class="tick">
                    <input type="checkbox" checked={shown} onchange={toggle} />
                    { "Show the critical path in every view" }
                </label></li>
                <li><label class="tick">
                    <input type="checkbox" id="with-artifacts" checked={with_artifacts}
                        onchange={toggle_artifacts} />
                    { "Show all artifacts and their blobs in a focus" }
                </label></li>
            </ul>
        </details>
    }
}

fn picture_menu(send: &Send) -> Html {
    let save = |png: bool, name: &'static str| {
        let onclick = send.reform(move |event: MouseEvent| {
            crate::web::dom::close_details(&event);
            Msg::SavePicture { png }
        });
        html! { <li><button class="bare" {onclick}>{ name }</button></li> }
    };
    html! {
        <details class="menu" id="picture-menu">
            <summary>{ "Picture" }</summary>
            <ul>
                { save(false, "Save as SVG, with the legend") }
                { save(true, "Save as PNG, with the legend") }
            </ul>
        </details>
    }
}

/// From the whole graph to where the selection is.
fn crumbs(state: &State, send: &Send) -> Html {
    let looking = &state.looking;
    let graph = &state.incident.graph;
    let root = send.reform(|_: MouseEvent| Msg::Crumb(GroupId::ROOT));
    let focus = match &looking.look {
        Look::Focus(on) => Some(match on {
            Focused::Around(action, up, down) => {
                format!("{}: {up} up, {down} down", action_name(graph, *action))
            }
            Focused::Between(from, to) => {
                format!("{} … {}", action_name(graph, *from), action_name(graph, *to))
            }
            Focused::Plan => "what the plan touches".to_owned(),
            Focused::Loss(blob) => format!("loss of {}", graph.blobs().digest(*blob).short()),
            Focused::CriticalPath => "critical path".to_owned(),
        }),
        _ => None,
    };
    let mut path = Vec::new();
    if let (Some(grouping), None) = (&looking.grouping, &focus) {
        let group = match state.selection {
            Selection::Group(group) => Some(group),
            _ => state.selected_action().map(|action| grouping.home(action)),
        };
        let around = group.into_iter().flat_map(|group| grouping.with_parents(group));
        path = around.filter(|&g| g != GroupId::ROOT).collect();
        path.reverse();
    }
    if path.is_empty() && focus.is_none() {
        return html! {};
    }
    let steps = path.into_iter().map(|group| {
        let name = looking.grouping.as_ref().map(|g| group_name(g, graph, group));
        let name = name.unwrap_or_default();
        let onclick = send.reform(move |_: MouseEvent| Msg::Crumb(group));
        html! { <li><button class="bare" title={name.clone()} {onclick}>{ name }</button></li> }
    });
    html! {
        <nav class="crumbs" aria-label="Where the view is"><ol>
            <li><button class="bare" onclick={root}>{ "All" }</button></li>
            { for steps }
            if let Some(focus) = focus { <li aria-current="page"><span>{ focus }</span></li> }
        </ol></nav>
    }
}

/// How much of the graph shows.
fn count(state: &State) -> Html {
    let n_all = state.incident.graph.n_actions();
    if n_all == 0 {
        return html! {};
    }
    let all = thousands(n_all);
    let plural = if n_all == 1 { "" } else { "s" };
    let told = match (&state.filter, &state.layout) {
        (Some(filter), _) => format!("{} of {all} action{plural}", thousands(filter.n_shown())),
        (None, Some(layout)) if layout.tier() == Tier::Focus => {
            let n = layout.actions().count();
            match state.looking.n_left_out {
                0 => format!("{} of {all} action{plural}", thousands(n)),
                left => {
                    format!("{} of {all} actions, {} more left out", thousands(n), thousands(left))
                }
            }
        }
        (None, Some(layout)) if layout.tier() == Tier::Groups => {
            format!("{all} actions in {} marks", thousands(layout.n_marks()))
        }
        _ => format!("{all} action{plural}"),
    };
    html! { <p class="count" role="status">{ told }</p> }
}
