//! The inspector: what the selection is, why it is so, and what happened to it.

use yew::prelude::*;

use crate::app::choice::{action_name, evict_entry, file_name};
use crate::app::msg::Msg;
use crate::app::state::{Mode, State};
use crate::model::{ActionId, ActionKind, ArtifactId, BlobId, CacheKind, Graph};
use crate::report::short_path;
use crate::rewind::{ActionState, ArtifactState, Eviction, Moment};
use crate::scene::{Selection, Tints};

use super::Send;
use super::inspect_blob;
use super::inspect_group;
use super::opened;
use super::text::{digest, link, sentence};
use super::told;

/// Lines of a list before it is cut.
pub(super) const LINES_MAX: usize = 60;

pub fn view(state: &State, send: &Send) -> Html {
    match state.selection {
        Selection::None => html! { <>{ opened::view(state, send) }{ nothing(state) }</> },
        Selection::Group(group) => inspect_group::view(state, group, send),
        Selection::Action(action) => action_view(state, action, send),
        Selection::AcEntry(action) => entry_view(state, action, send),
        Selection::Artifact(artifact) => inspect_blob::artifact(state, artifact, send),
        Selection::Blob(blob) => inspect_blob::blob(state, blob, send),
    }
}

fn nothing(state: &State) -> Html {
    let graph = &state.incident.graph;
    let counts = format!("{} actions, {} artifacts", graph.n_actions(), graph.n_artifacts());
    let cache = &state.moment.cache;
    let (ac, cas) = (cache.n(CacheKind::Ac), cache.n(CacheKind::Cas));
    html! {
        <>
            <h2>{ "This moment" }</h2>
            <dl>
                <dt>{ "Graph" }</dt>
                <dd>{ counts }</dd>
                <dt>{ "Cache" }</dt>
                <dd>{ format!("{ac} AC entries, {cas} blobs") }</dd>
                if state.tracks.as_ref().is_some_and(|tracks| tracks.is_observed) {
                    <dt>{ "Observed" }</dt>
                    <dd>{ "What the log of requests tells, and what that proves." }</dd>
                } else {
                    <dt>{ "Engine" }</dt>
                    <dd>{ state.timeline.scenario.engine.summary }</dd>
                }
                <dt>{ "Commands" }</dt>
                <dd>{ spawn_states(&state.tints.borrow()) }</dd>
            </dl>
            <p class="quiet">
                { "Click an action, a blob (circle) or an AC entry (square) to see what it is. \
                   Shift-click a blob or an AC entry to evict it." }
            </p>
        </>
    }
}

/// How many of the actions that run commands are in which state.
fn spawn_states(tints: &Tints) -> Html {
    let line = |state: ActionState| {
        let n = tints.n_spawns(state);
        html! { <li>{ format!("{n} {}", state_name(state).to_lowercase()) }</li> }
    };
    let some = ActionState::ALL.into_iter().filter(|&state| tints.n_spawns(state) > 0);
    html! { <ul class="counts" id="spawn-states">{ for some.map(line) }</ul> }
}

fn action_view(state: &State, action: ActionId, send: &Send) -> Html {
    let graph = &state.incident.graph;
    let kind = match graph.action_kind(action) {
        ActionKind::Spawn => "runs a command",
        ActionKind::Internal => "done by the build tool itself",
        ActionKind::Symlink => "a symlink",
        ActionKind::Template => "an action template",
        ActionKind::Redirect => "a dynamic output, bound to another action's",
    };
    html! {
        <>
            <h2 class="name">{ action_name(graph, action) }</h2>
            <p class="quiet">{ format!("{}, {kind}", graph.mnemonic(action)) }</p>
            <p class="state">{ state_of(graph, &state.moment, action) }</p>
            { why_view(state, action, send) }
            <h3>{ "Inputs" }</h3>
            { artifacts(state, graph.inputs(action), send) }
            <h3>{ "Outputs" }</h3>
            { artifacts(state, graph.outputs(action), send) }
            <h3>{ "AC entry" }</h3>
            { entry_body(state, action, send) }
            { told::of_action(state, action) }
            { history(state, action, send) }
        </>
    }
}

fn entry_view(state: &State, action: ActionId, send: &Send) -> Html {
    let graph = &state.incident.graph;
    let name = action_name(graph, action);
    html! {
        <>
            <h2>{ "AC entry of " }{ link(&name, Selection::Action(action), send) }</h2>
            { entry_body(state, action, send) }
            if let Some(eviction) = evict_entry(graph, action) {
                { evict_button(state, eviction, send) }
            }
            { told::of_entry(state, action) }
            { history(state, action, send) }
        </>
    }
}

/// What the AC entry says, and whether it is there.
fn entry_body(state: &State, action: ActionId, send: &Send) -> Html {
    let graph = &state.incident.graph;
    let Some(key) = graph.digests(action).key else {
        return html! { <p class="quiet">{ "No loaded file tells its AC key." }</p> };
    };
    let present = state.moment.has_blob(CacheKind::Ac, key);
    let lost = if present { state.moment.cache.lost_of_entry(graph, key) } else { Vec::new() };
    let presence = match (present, lost.is_empty()) {
        (false, _) => "not in the cache",
        (true, true) => "in the cache",
        (true, false) => "in the cache, and dangling",
    };
    let entry = state.moment.cache.entry(key);
    html! {
        <dl>
            <dt>{ "Key" }</dt><dd>{ digest(graph, key, send) }</dd>
            <dt>{ "Now" }</dt>
            <dd class={classes!((!lost.is_empty()).then_some("lost"))}>{ presence }</dd>
            if let Some(entry) = entry {
                <dt>{ "Exit code" }</dt><dd>{ entry.exit_code }</dd>
                { for entry.outputs.iter().take(LINES_MAX).map(|output| {
                    let path = graph.texts().get(output.path);
                    html! { <>
                        <dt title={path.to_owned()}>{ file_name(path) }</dt>
                        <dd>{ named_blob(state, output.blob, send) }</dd>
                    </> }
                }) }
                { std_row(state, "stdout", entry.stdout, entry.stdout_inline_bytes, send) }
                { std_row(state, "stderr", entry.stderr, entry.stderr_inline_bytes, send) }
            } else {
                <dt>{ "Names" }</dt>
                <dd class="quiet">{ "its body was not loaded; taken to be as the graph says" }</dd>
            }
        </dl>
    }
}

fn std_row(
    state: &State,
    name: &'static str,
    blob: Option<BlobId>,
    inline_bytes: u32,
    send: &Send,
) -> Html {
    let value = match blob {
        Some(blob) => named_blob(state, blob, send),
        None if inline_bytes > 0 => html! { { format!("{inline_bytes} B, inlined") } },
        None => html! { <span class="quiet">{ "none" }</span> },
    };
    html! { <><dt>{ name }</dt><dd>{ value }</dd></> }
}

/// A digest with its presence.
pub(super) fn named_blob(state: &State, blob: BlobId, send: &Send) -> Html {
    let graph = &state.incident.graph;
    let here = state.moment.has_blob(CacheKind::Cas, blob) || graph.blobs().is_size_0(blob);
    html! {
        <>
            { digest(graph, blob, send) }
            if !here { <span class="lost">{ "gone" }</span> }
        </>
    }
}

fn why_view(state: &State, action: ActionId, send: &Send) -> Html {
    let chain = state.timeline.why(&state.incident.graph, action, state.player.step);
    if chain.is_empty() || state.is_asking() {
        return html! {};
    }
    html! {
        <>
            <h3>{ "Why?" }</h3>
            <ol class="why">
                { for chain.into_iter().take(LINES_MAX).map(|at| event_line(state, at, send)) }
            </ol>
        </>
    }
}

/// A sentence of the story that leads to its step.
pub(super) fn event_line(state: &State, position: usize, send: &Send) -> Html {
    let onclick = send.reform(move |_: MouseEvent| Msg::Seek(position + 1));
    let number = (position + 1).saturating_sub(state.player.first).to_string();
    html! {
        <li>
            <button class="step-number" aria-label={format!("Go to step {number}")} {onclick}>
                { number }
            </button>
            <span>{ sentence(&state.story().sentence(position), send) }</span>
        </li>
    }
}

/// What the trace says of `action`, up to now.
fn history(state: &State, action: ActionId, send: &Send) -> Html {
    let shown = state.player.first..state.player.step;
    let told = state.timeline.told.iter().map(|&step| step as usize - 1);
    let told = told.filter(|at| shown.contains(at));
    let mine = told.filter(|&at| {
        super::inspect_blob::subject(&state.timeline.trace.events[at]) == Some(action)
    });
    let mine: Vec<usize> = mine.collect();
    if mine.is_empty() || state.is_asking() {
        return html! {};
    }
    html! {
        <>
            <h3>{ "History" }</h3>
            <ol class="why">
                { for mine.into_iter().take(LINES_MAX).map(|at| event_line(state, at, send)) }
            </ol>
        </>
    }
}

pub(super) fn artifacts(state: &State, artifacts: &[ArtifactId], send: &Send) -> Html {
    let graph = &state.incident.graph;
    let more = artifacts.len().saturating_sub(LINES_MAX);
    let rows = artifacts.iter().take(LINES_MAX).map(|&artifact| {
        let path = graph.path(artifact);
        let lost = state.moment.artifact(artifact) == ArtifactState::Lost;
        html! {
            <li title={path.to_owned()} class={classes!(lost.then_some("lost"))}>
                { link(short_path(path), Selection::Artifact(artifact), send) }
                if let Some(blob) = graph.blob(artifact) { { digest(graph, blob, send) } }
            </li>
        }
    });
    html! {
        <ul class="artifacts">
            { for rows }
            if more > 0 { <li class="quiet">{ format!("and {more} more") }</li> }
            if artifacts.is_empty() { <li class="quiet">{ "none" }</li> }
        </ul>
    }
}

/// Evicts, or puts back; in a lesson the experiment is fixed.
pub(super) fn evict_button(state: &State, eviction: Eviction, send: &Send) -> Html {
    if state.mode == Mode::Learn {
        return html! {};
    }
    let evicted = state.choice.evicts(eviction);
    let onclick = send.reform(move |_| Msg::ToggleEvict(eviction));
    html! {
        <button class={if evicted { "evict" } else { "evict primary" }} {onclick}>
            { if evicted { "Put it back (e)" } else { "Evict (e)" } }
        </button>
    }
}

/// What a state is called on screen.
/// The state of `action` in words.
pub(super) fn state_of(graph: &Graph, moment: &Moment, action: ActionId) -> &'static str {
    match (graph.action_kind(action), moment.action(action)) {
        (ActionKind::Spawn, state) => state_name(state),
        (_, ActionState::Executed) => "Done by the tool",
        (_, state) => state_name(state),
    }
}

pub(super) fn state_name(state: ActionState) -> &'static str {
    match state {
        ActionState::NotReached => "Not reached yet",
        ActionState::CacheHit => "Cache hit",
        ActionState::Running => "Executing",
        ActionState::Executed => "Executed",
        ActionState::LostInput => "Has lost an input",
        ActionState::Dirty => "Dirty: must run again",
        ActionState::Reexecuted => "Executed again",
        ActionState::Failed => "Failed",
        ActionState::Skipped => "Skipped",
    }
}
