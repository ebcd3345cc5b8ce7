//! Opening files: what is loaded, a card per file, progress, and where to drop.

use std::collections::HashSet;

use yew::prelude::*;

use crate::app::incident::Incident;
use crate::app::msg::Msg;
use crate::app::state::{Loading, Picked, State};
use crate::app::wire::{FORMATS, format_of};
use crate::import::{FileCard, Warning};
use crate::report::{count_text, observed_text, short_path, size_text};
use crate::scene::Selection;
use crate::web::dom;

use super::Send;
use super::text::{digest, link};

/// Losses shown at once.
const LOSSES_MAX: usize = 20;
/// Warnings of a file shown at once.
const WARNINGS_MAX: usize = 20;

/// Says where a drag may end: anywhere.
pub fn drop_hint(state: &State) -> Html {
    if !state.drag_over {
        return html! {};
    }
    html! {
        <div class="drop-hint" aria-hidden="true">
            <p>{ "Drop files or folders anywhere." }</p>
            <p>{ "What you drop never leaves this tab." }</p>
        </div>
    }
}

pub fn view(state: &State, send: &Send) -> Html {
    let incident = &state.incident;
    html! {
        <>
            <p>
                { "Drop an execution log, the output of aquery, a listing of the cache or its \
                   blobs anywhere on the page. Several files merge into one incident. Or drop a \
                   scenario file, together with the exports that it refers to, if any." }
            </p>
            <p><strong>{ "What you drop never leaves this tab." }</strong></p>
            { ways_in() }
            if let Some(problem) = &state.problem { { warning_view(problem, "error") } }
            if let Some(loading) = &state.loading { { progress(loading, send) } }
            if let Some(opened) = &state.opened {
                <h3>{ "On show" }</h3>
                <ul class="cards"><li class="card">
                    <div class="card-head">
                        <strong class="file-name">{ opened.title() }</strong>
                    </div>
                    <p>{ format!("Scenario file {}", opened.origin.file()) }</p>
                </li></ul>
            }
            { losses(state, send) }
            if !incident.cards.is_empty() {
                <h3>{ if incident.is_example() { "Loaded: the example" } else { "Loaded" } }</h3>
            }
            <ul class="cards">
                { for incident.cards.iter().map(|card| {
                    // Blobs picked one by one share a card, so places do not tell.
                    let picked = state.files.iter().find(|f| f.name == card.name);
                    file_card(card, picked, send)
                }) }
            </ul>
            { for incident.warnings.iter().take(WARNINGS_MAX).map(|w| warning_view(w, "warning")) }
            { unknown(incident) }
            if !incident.is_example() {
                <button onclick={send.reform(|_| Msg::OpenExample)}>
                    { "Back to the example" }
                </button>
            }
        </>
    }
}

/// What logs and messages call lost, and a way to play it.
fn losses(state: &State, send: &Send) -> Html {
    let Some(observed) = state.incident.observed.as_ref() else { return html! {} };
    let graph = &state.incident.graph;
    let gone = state.incident.found_gone();
    let is_evicted = gone.iter().all(|&eviction| state.choice.evicts(eviction));
    let mut seen = HashSet::new();
    let lost = observed.losses.iter().filter(|loss| seen.insert((loss.blob, loss.artifact)));
    let lost: Vec<_> = lost.collect();
    let more = lost.len().saturating_sub(LOSSES_MAX);
    html! {
        <section class="losses">
            <h3>{ "Observed" }</h3>
            <p class="quiet">{ observed_text(observed) }</p>
            <ul class="artifacts">
                { for lost.iter().take(LOSSES_MAX).map(|loss| html! {
                    <li>
                        if let Some(artifact) = loss.artifact {
                            { link(short_path(graph.path(artifact)),
                                Selection::Artifact(artifact), send) }
                        } else if let Some(blob) = loss.blob {
                            { link("blob", Selection::Blob(blob), send) }
                        }
                        <span class="lost">{ "lost" }</span>
                        if let Some(blob) = loss.blob { { digest(graph, blob, send) } }
                    </li>
                }) }
                if more > 0 { <li class="quiet">{ format!("and {more} more") }</li> }
            </ul>
            if !gone.is_empty() && is_evicted {
                <p class="quiet">
                    { "What was found gone is evicted in the scenario, to play what happened." }
                </p>
            } else if !gone.is_empty() {
                <button onclick={send.reform(|_| Msg::EvictObserved)}>
                    { "Evict what was found gone" }
                </button>
            }
        </section>
    }
}

/// What no loaded file tells, and which file would.
fn unknown(incident: &Incident) -> Html {
    if incident.unknown.is_empty() || incident.cards.is_empty() {
        return html! {};
    }
    html! {
        <>
            <h3>{ "Still unknown" }</h3>
            <ul class="cards" id="unknown">
                { for incident.unknown.iter().map(|unknown| html! {
                    <li class="card">
                        <p>{ &unknown.what }</p>
                        <p class="quiet">{ format!("Settled by: {}", unknown.settled_by) }</p>
                    </li>
                }) }
            </ul>
        </>
    }
}

/// Fields that hold files and text; `root` listens to them, since it holds the files.
fn ways_in() -> Html {
    html! {
        <div class="ways-in">
            <label class="button primary">{ "Pick files" }
                <input type="file" id="pick-files" multiple={true} class="sr-only" />
            </label>
            <label class="button">{ "Pick a folder" }
                <input type="file" id="pick-folder" webkitdirectory={true} class="sr-only" />
            </label>
            <details>
                <summary>{ "Paste text" }</summary>
                <textarea id="paste-text" rows="5" spellcheck="false"
                    aria-label="Text of a listing or log"
                    placeholder="A listing of the cache, or what a build printed of its losses" />
                <button id="paste-open">{ "Open the text" }</button>
            </details>
        </div>
    }
}

fn progress(loading: &Loading, send: &Send) -> Html {
    let total: u64 = loading.files.iter().map(|f| f.size_bytes).sum();
    let done = loading.progress.map_or(0, |p| p.done_bytes);
    let total = loading.progress.map_or(total, |p| p.total_bytes).max(1);
    let file = loading.progress.and_then(|p| loading.files.get(p.file));
    let name = file.map(|f| f.name.clone()).unwrap_or_default();
    let text = format!("{} of {}", size_text(done.min(total)), size_text(total));
    html! {
        <div class="progress" role="status">
            <p>{ format!("Reading {name}") }</p>
            <progress max={total.to_string()} value={done.to_string()} aria-label="Bytes read" />
            <p class="quiet">{ text }</p>
            <button onclick={send.reform(|_| Msg::Cancel)}>{ "Cancel" }</button>
        </div>
    }
}

fn file_card(card: &FileCard, picked: Option<&Picked>, send: &Send) -> Html {
    let unwrapped = match &card.wrappers[..] {
        [] => String::new(),
        wrappers => format!(" ({})", wrappers.join(", ")),
    };
    let counts = card.counts.iter().map(|&(kind, n)| count_text(kind, n)).collect::<Vec<_>>();
    let more = card.warnings.len().saturating_sub(WARNINGS_MAX);
    html! {
        <li class="card">
            <div class="card-head">
                <strong class="file-name">{ &card.name }</strong>
                <span class="quiet">{ size_text(card.size_bytes) }</span>
            </div>
            <p>{ format!("{}{unwrapped}", capital(card.format.title())) }</p>
            if !counts.is_empty() { <p class="quiet">{ counts.join(" · ") }</p> }
            { for card.told.iter().map(|told| html! { <p class="quiet">{ told }</p> }) }
            if let Some(first) = card.first_error() {
                <p class="quiet">{ format!("First error: {}", first.place) }</p>
            }
            if let Some(error) = &card.error { { warning_view(error, "error") } }
            { for card.warnings.iter().take(WARNINGS_MAX).map(|w| warning_view(w, "warning")) }
            if more > 0 { <p class="quiet">{ format!("and {more} more warnings") }</p> }
            if let Some(picked) = picked { { corrections(picked, send) } }
        </li>
    }
}

/// Another format, or out with it.
fn corrections(picked: &Picked, send: &Send) -> Html {
    let id = picked.id;
    let onchange =
        send.reform(move |event: Event| Msg::ChooseFormat(id, format_of(&dom::value_of(&event))));
    let remove = send.reform(move |_| Msg::RemoveFile(id));
    html! {
        <div class="corrections">
            <label>{ "Read as" }
                <select {onchange}>
                    <option value="" selected={picked.format.is_none()}>
                        { "what it looks like" }
                    </option>
                    { for FORMATS.into_iter().map(|format| html! {
                        <option value={format.name()} selected={picked.format == Some(format)}>
                            { format.title() }
                        </option>
                    }) }
                </select>
            </label>
            <button class="bare" onclick={remove}>{ "remove" }</button>
        </div>
    }
}

pub(super) fn warning_view(warning: &Warning, class: &'static str) -> Html {
    let place = match warning.file.as_str() {
        // About something typed, not about a file.
        "" => warning.remedy.clone(),
        file => format!("{file}, {}. {}", warning.place, warning.remedy),
    };
    html! {
        <div class={classes!("warning", class)} role={(class == "error").then_some("alert")}>
            <p>{ capital(&warning.what) }</p>
            <p class="quiet">
                { place }
                if warning.count > 1 { { format!(" ({} places alike)", warning.count) } }
            </p>
        </div>
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
