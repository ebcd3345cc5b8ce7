//! Under the player: the current step in large letters, and the story or the request log in full.

use yew::prelude::*;

use crate::app::msg::Msg;
use crate::app::state::{State, Tab};
use crate::model::Request;
use crate::report::{cost_rows, critical_path_text, engine_name, request_row, tool_name};
use crate::rewind::Event;

use super::Send;
use super::text::sentence;
use super::virtual_list::VirtualList;

/// Height of a line; `app.css` has the same.
const ROW_PX: u32 = 28;

pub fn view(state: &State, send: &Send) -> Html {
    if state.is_asking() {
        return html! {
            <div class="log"><p class="now" aria-hidden="true">
                { "Answer the question, and see what happens." }
            </p></div>
        };
    }
    html! {
        <div class="log">
            <p class="now">{ now(state, send) } { modified(state) }</p>
            { outcome(state) }
            <div class="tabs" role="tablist">
                { tab(state, Tab::Story, "Story", send) }
                { tab(state, Tab::Requests, "Requests", send) }
            </div>
            <div class="tab-panel" role="tabpanel">
                if state.tab == Tab::Story { { story(state, send) } }
                else { { requests(state, send) } }
            </div>
        </div>
    }
}

/// The current step in words.
fn now(state: &State, send: &Send) -> Html {
    let position = state.player.step.checked_sub(1);
    match position.filter(|&p| p < state.timeline.trace.events.len()) {
        Some(position) if state.player.step > state.player.first => {
            sentence(&state.story().sentence(position), send)
        }
        _ if state.player.last == 0 => html! { { "The plan is being made." } },
        _ => html! { { "Press play, or step." } },
    }
}

/// Who builds, if that is not quite an engine as it is.
fn modified(state: &State) -> Html {
    let engine = &state.timeline.scenario.engine;
    if engine.overrides().is_empty() {
        return html! {};
    }
    html! { <small class="quiet modified">{ engine_name(engine) }</small> }
}

/// When the build has ended: what it cost, and what the tool prints short of success.
fn outcome(state: &State) -> Html {
    let position = state.player.step.checked_sub(1);
    let event = position.and_then(|p| state.timeline.trace.events.get(p));
    let Some(&Event::BuildFinished { build, success, .. }) = event else {
        return html! {};
    };
    let outcome = state.timeline.trace.builds.get(build as usize);
    let message = outcome.map(|o| o.message.clone()).unwrap_or_default();
    let tool = tool_name(state.timeline.scenario.engine.tool);
    html! {
        <div class={classes!("outcome", (!success).then_some("fails"))}>
            if !success && !message.is_empty() {
                <span class="quiet">{ format!("{tool} prints") }</span>
                <pre tabindex="0">{ message }</pre>
            }
            if build as usize + 1 == state.timeline.trace.builds.len() && !state.is_costing() {
                { cost(state) }
            }
        </div>
    }
}

/// What the trace cost, over all its builds, in one line; what is 0 is left out.
fn cost(state: &State) -> Html {
    let graph = &state.incident.graph;
    let cost = state.timeline.cost(graph);
    let rows = cost_rows(cost).into_iter().filter(|(_, how_much)| !is_nothing(how_much));
    let told: Vec<String> = rows.map(|(what, how_much)| format!("{what} {how_much}")).collect();
    let path = critical_path_text(graph, state.names(), cost);
    html! { <p class="cost quiet" title={path}>{ told.join(" · ") }</p> }
}

fn is_nothing(how_much: &str) -> bool {
    ["0", "0 s", "0 B"].contains(&how_much) || how_much.starts_with("0 (0 ")
}

fn tab(state: &State, tab: Tab, name: &'static str, send: &Send) -> Html {
    let selected = state.tab == tab;
    let onclick = send.reform(move |_| Msg::Tab(tab));
    html! {
        <button role="tab" aria-selected={selected.to_string()}
            class={classes!("tab", selected.then_some("current"))} {onclick}>{ name }</button>
    }
}

/// The part of `steps` (ascending) that the player shows.
fn shown<'a>(state: &State, steps: &'a [u32]) -> &'a [u32] {
    let start = steps.partition_point(|&s| (s as usize) <= state.player.first);
    let end = steps.partition_point(|&s| (s as usize) <= state.player.last);
    &steps[start..end]
}

/// Index of the last of `steps` that has happened.
fn current(state: &State, steps: &[u32]) -> Option<usize> {
    steps.partition_point(|&s| (s as usize) <= state.player.step).checked_sub(1)
}

fn story(state: &State, send: &Send) -> Html {
    let steps = shown(state, &state.timeline.told);
    let row = {
        // The callback outlives this drawing, so it holds what it reads; the steps, which may be
        // millions, are not copied.
        let (state, send) = (state.clone(), send.clone());
        Callback::from(move |i: usize| {
            story_row(&state, shown(&state, &state.timeline.told)[i], &send)
        })
    };
    html! {
        <VirtualList label="Story" n_rows={steps.len()} row_px={ROW_PX}
            current={current(state, steps)} {row} />
    }
}

fn story_row(state: &State, step: u32, send: &Send) -> Html {
    let step = step as usize;
    let onclick = send.reform(move |_: MouseEvent| Msg::Seek(step));
    let number = (step - state.player.first).to_string();
    html! {
        <div class={row_class(state, step)} role="listitem" {onclick}>
            { step_button(number) }
            <span class="line">{ sentence(&state.story().sentence(step - 1), send) }</span>
        </div>
    }
}

fn requests(state: &State, send: &Send) -> Html {
    let steps = shown(state, &state.timeline.requests);
    let row = {
        let (state, send) = (state.clone(), send.clone());
        Callback::from(move |i: usize| {
            request_line(&state, shown(&state, &state.timeline.requests)[i], &send)
        })
    };
    html! {
        <VirtualList label="Request log" n_rows={steps.len()} row_px={ROW_PX}
            current={current(state, steps)} {row} />
    }
}

fn request_line(state: &State, step: u32, send: &Send) -> Html {
    let step = step as usize;
    let position = step - 1;
    let Some(&Event::Asked(request)) = state.timeline.trace.events.get(position) else {
        return html! {};
    };
    let row = request_row(&state.incident.graph, state.names(), position, request);
    let onclick = send.reform(move |_: MouseEvent| Msg::Seek(step));
    let path = format!("/{}/{}", row.kind, &row.digest[..row.digest.len().min(12)]);
    let lost = row.status == 404;
    html! {
        <div class={row_class(state, step)} role="listitem" {onclick}>
            { step_button((step - state.player.first).to_string()) }
            <code class="verb">{ row.verb }</code>
            <code class={if lost { "status lost" } else { "status" }}>{ row.status }</code>
            <code class="path" title={row.digest}>{ path }</code>
            <code class="what">{ row.what }</code>
            <span class="owner">{ owner(state, request) }</span>
        </div>
    }
}

/// The number of a line; its row hears the click.
fn step_button(number: String) -> Html {
    let name = format!("Go to step {number}");
    html! { <button class="step-number" aria-label={name}>{ number }</button> }
}

fn owner(state: &State, request: Request) -> String {
    match request.owner {
        Some(action) => state.names().action(&state.incident.graph, action),
        None => "the build".to_owned(),
    }
}

fn row_class(state: &State, step: usize) -> Classes {
    let when = match step.cmp(&state.player.step) {
        std::cmp::Ordering::Less => "past",
        std::cmp::Ordering::Equal => "current",
        std::cmp::Ordering::Greater => "future",
    };
    classes!("row", when)
}
