//! The scenario bar: who builds what in which mode, on which cache, less what is evicted.

use yew::prelude::*;

use crate::app::choice::{JOBS, eviction_name};
use crate::app::msg::Msg;
use crate::app::state::{Sheet, State};
use crate::report::tool_name;
use crate::rewind::{CachePolicy, DownloadMode, Eviction, Tool, engines};
use crate::web::dom;

use super::Send;
use super::icon::{Icon, icon};

/// Chips shown one by one; more are counted, so that the bar stays one line.
const CHIPS_MAX: usize = 4;
/// Chips shown beside the count of the others.
const CHIPS_OF_MANY: usize = 1;

pub fn view(state: &State, send: &Send) -> Html {
    let choice = &state.choice;
    let targets = send.reform(|_| Msg::Sheet(Some(Sheet::Targets)));
    let engine = send.reform(|_| Msg::Sheet(Some(Sheet::Engine)));
    let is_modified = !choice.engine.overrides().is_empty();
    let keep_going = send.reform(|event: Event| Msg::KeepGoing(dom::is_checked(&event)));
    html! {
        <section class="scenario-bar" aria-label="Scenario">
            <label>{ "Build" }
                <button class="field" onclick={targets}>{ targets_summary(state) }</button>
            </label>
            <label>{ "with" } { engine_picker(state, send) }</label>
            <button class="bare details" aria-label="Parameters of the engine"
                title={choice.engine.summary} onclick={engine}>
                { if is_modified { "parameters: modified" } else { "parameters" } }
            </button>
            <label>{ "download" } { download_picker(state, send) }</label>
            <label>{ "cache" } { policy_picker(state, send) }</label>
            <label>{ "jobs" } { jobs_picker(state, send) }</label>
            <label class="tick" title="Go on with what does not depend on a failed action">
                <input type="checkbox" checked={choice.keep_going} onchange={keep_going} />
                { "keep going" }
            </label>
            { evictions(state, send) }
            { super::opened::modified(state, send) }
            if state.pending.is_some() {
                <span class="quiet" role="status">{ "planning …" }</span>
            }
        </section>
    }
}

fn targets_summary(state: &State) -> String {
    match &state.opened {
        Some(opened) if opened.mixed().targets => "by build".to_owned(),
        _ => state.choice.targets.summary(),
    }
}

fn engine_picker(state: &State, send: &Send) -> Html {
    let onchange = send.reform(|event: Event| Msg::Engine(dom::value_of(&event)));
    let of_tool = |tool: Tool| {
        let options = engines().iter().filter(move |engine| engine.tool == tool);
        html! {
            <optgroup label={tool_name(tool)}>
                { for options.map(|engine| html! {
                    <option value={engine.id} title={engine.summary}
                        selected={engine.id == state.choice.engine.id}>
                        { engine.name }
                    </option>
                }) }
            </optgroup>
        }
    };
    html! {
        <select id="engine" title={state.choice.engine.summary} {onchange}>
            { of_tool(Tool::Bazel) }
            { of_tool(Tool::Buck2) }
        </select>
    }
}

fn download_picker(state: &State, send: &Send) -> Html {
    let onchange = send.reform(|event: Event| {
        let mode = DownloadMode::from_name(&dom::value_of(&event));
        Msg::Download(mode.unwrap_or(DownloadMode::Minimal))
    });
    let is_mixed = state.opened.as_ref().is_some_and(|opened| opened.mixed().download);
    html! {
        <select id="download" {onchange}>
            { as_in_file(is_mixed) }
            { for DownloadMode::ALL.into_iter().map(|mode| html! {
                <option value={mode.name()}
                    selected={!is_mixed && mode == state.choice.download}>
                    { mode.name() }
                </option>
            }) }
        </select>
    }
}

fn policy_picker(state: &State, send: &Send) -> Html {
    let onchange = send.reform(|event: Event| {
        let verified = dom::value_of(&event) == "verified";
        Msg::Policy(if verified { CachePolicy::Verified } else { CachePolicy::Unverified })
    });
    let option = |policy: CachePolicy, name: &'static str, title: &'static str| {
        let selected = state.choice.policy == policy;
        html! { <option value={name} {selected} {title}>{ name }</option> }
    };
    html! {
        <select id="policy" {onchange}>
            { option(CachePolicy::Unverified, "unverified", "Serves an AC entry blindly") }
            { option(CachePolicy::Verified, "verified",
                "Serves an AC entry only if all it refers to is present") }
        </select>
    }
}

fn jobs_picker(state: &State, send: &Send) -> Html {
    let onchange =
        send.reform(|event: Event| Msg::Jobs(dom::value_of(&event).parse().unwrap_or(1)));
    let is_mixed = state.opened.as_ref().is_some_and(|opened| opened.mixed().jobs);
    let chosen = state.choice.jobs;
    let other = Some(chosen).filter(|jobs| !JOBS.contains(jobs));
    html! {
        <select id="jobs" {onchange}>
            { as_in_file(is_mixed) }
            { for JOBS.into_iter().chain(other).map(|jobs| html! {
                <option value={jobs.to_string()} selected={!is_mixed && jobs == chosen}>
                    { jobs }
                </option>
            }) }
        </select>
    }
}

/// What a field shows whose value differs from build to build.
fn as_in_file(is_mixed: bool) -> Html {
    if !is_mixed {
        return html! {};
    }
    html! { <option value="" selected={true} disabled={true}>{ "by build" }</option> }
}

fn evictions(state: &State, send: &Send) -> Html {
    let all = &state.choice.evictions;
    let n_chips = if all.len() > CHIPS_MAX { CHIPS_OF_MANY } else { all.len() };
    let more = all.len() - n_chips;
    let add = send.reform(|_| Msg::Sheet(Some(Sheet::Evict)));
    let clear = send.reform(|_| Msg::ClearEvictions);
    html! {
        <div class="evictions" role="group" aria-label="Evicted">
            <span class="name">{ "evicted" }</span>
            { for all.iter().take(n_chips).map(|&eviction| chip(state, eviction, send)) }
            if more > 0 { <span class="quiet">{ format!("and {more} more") }</span> }
            if all.is_empty() { <span class="quiet">{ "nothing" }</span> }
            <button class="tool small" aria-label="Evict by name" title="Evict by name"
                onclick={add}>{ icon(Icon::Plus) }</button>
            if all.len() > 1 {
                <button class="bare" onclick={clear}>{ "clear" }</button>
            }
        </div>
    }
}

fn chip(state: &State, eviction: Eviction, send: &Send) -> Html {
    let graph = &state.incident.graph;
    let name = eviction_name(graph, eviction);
    let remove = format!("Put {name} back");
    let hex = graph.blobs().digest(eviction.blob).hex();
    let onclick = send.reform(move |_| Msg::ToggleEvict(eviction));
    html! {
        <span class="chip" title={hex}>
            <span>{ name }</span>
            <button aria-label={remove.clone()} title={remove} {onclick}>
                { icon(Icon::Close) }
            </button>
        </span>
    }
}
