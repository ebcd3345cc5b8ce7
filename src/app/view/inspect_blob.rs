//! The inspector for artifacts and blobs: who produces, who reads, which AC entries refer to it.

use yew::prelude::*;

use crate::app::choice::action_name;
use crate::app::state::State;
use crate::model::{ActionId, ArtifactId, ArtifactKind, BlobId, CacheKind, Graph};
use crate::report::short_path;
use crate::rewind::{ArtifactState, Event, Eviction};
use crate::scene::Selection;

use super::Send;
use super::inspector::{LINES_MAX, evict_button};
use super::text::{digest, link};
use super::told;

pub fn artifact(state: &State, artifact: ArtifactId, send: &Send) -> Html {
    let graph = &state.incident.graph;
    let kind = match graph.artifact_kind(artifact) {
        ArtifactKind::Source => "source",
        ArtifactKind::Derived => "derived artifact",
        ArtifactKind::Tree => "tree artifact",
        ArtifactKind::TreeFile => "file of a tree artifact",
        ArtifactKind::UnknownGenerated => {
            "generated, but no loaded file says by which action; an action graph of the same \
             targets (bazel aquery --output=proto) would"
        }
    };
    let now = match state.moment.artifact(artifact) {
        ArtifactState::NotReached => "not reached yet",
        ArtifactState::Remote => "known by digest; believed to be in the cache",
        ArtifactState::Local => "on disk",
        ArtifactState::Lost => "lost: somebody looked for it and it was gone",
    };
    let path = graph.path(artifact);
    let is_source = graph.artifact_kind(artifact) == ArtifactKind::Source;
    html! {
        <>
            <h2 class="name">{ short_path(path) }</h2>
            <p class="quiet path">{ path.to_owned() }</p>
            <dl>
                <dt>{ "What" }</dt><dd>{ kind }</dd>
                if !is_source { <dt>{ "Now" }</dt><dd>{ now }</dd> }
                if let Some(blob) = graph.blob(artifact) {
                    <dt>{ "Digest" }</dt><dd>{ digest(graph, blob, send) }</dd>
                    if !is_source { { presence(state, blob) } }
                }
                <dt>{ "Producer" }</dt>
                <dd>{ match graph.producer(artifact) {
                    Some(producer) => action_link(graph, producer, send),
                    None => html! { <span class="quiet">{ "none" }</span> },
                } }</dd>
            </dl>
            if let (Some(blob), false) = (graph.blob(artifact), is_source) {
                { evict_button(state, Eviction { kind: CacheKind::Cas, blob }, send) }
            }
            <h3>{ "Read by" }</h3>
            { actions(graph, graph.consumers(artifact).iter().copied(), send) }
            if let (Some(blob), false) = (graph.blob(artifact), is_source) {
                { referring(state, blob, send) }
                { same_content(graph, blob, artifact, send) }
            }
            { told::of_artifact(state, artifact, send) }
        </>
    }
}

pub fn blob(state: &State, blob: BlobId, send: &Send) -> Html {
    let graph = &state.incident.graph;
    let name = state.names().blob(graph, blob, None);
    html! {
        <>
            <h2 class="name">{ name }</h2>
            <dl>
                <dt>{ "Digest" }</dt><dd>{ digest(graph, blob, send) }</dd>
                { presence(state, blob) }
            </dl>
            { evict_button(state, Eviction { kind: CacheKind::Cas, blob }, send) }
            { referring(state, blob, send) }
            { told::of_blob(state, blob) }
        </>
    }
}

fn presence(state: &State, blob: BlobId) -> Html {
    let here = state.moment.has_blob(CacheKind::Cas, blob);
    let text = match (here, state.is_gone(CacheKind::Cas, blob)) {
        (true, _) => "in the CAS",
        (false, true) => "gone from the CAS",
        (false, false) => "not in the CAS",
    };
    html! {
        <>
            <dt>{ "Blob" }</dt><dd class={classes!((!here).then_some("lost"))}>{ text }</dd>
            if let Some(report) = state.incident.report_of(blob) {
                <dt>{ "Reported" }</dt><dd class="lost">{ report }</dd>
            }
        </>
    }
}

/// The AC entries present that name `blob`.
fn referring(state: &State, blob: BlobId, send: &Send) -> Html {
    let graph = &state.incident.graph;
    let names_it = |action: &ActionId| {
        let key = graph.digests(*action).key;
        key.is_some_and(|key| {
            state.moment.has_blob(CacheKind::Ac, key)
                && (state.moment.cache.lost_of_entry(graph, key).contains(&blob)
                    || entry_names(state, *action, key, blob))
        })
    };
    let found: Vec<ActionId> = graph.action_ids().filter(names_it).take(LINES_MAX).collect();
    let rows = found.iter().map(|&action| {
        let name = action_name(graph, action);
        html! { <li>{ link(&name, Selection::AcEntry(action), send) }</li> }
    });
    html! {
        <>
            <h3>{ "AC entries that refer to it" }</h3>
            <ul class="artifacts">
                { for rows }
                if found.is_empty() { <li class="quiet">{ "none" }</li> }
            </ul>
        </>
    }
}

fn entry_names(state: &State, action: ActionId, key: BlobId, blob: BlobId) -> bool {
    let graph = &state.incident.graph;
    match state.moment.cache.entry(key) {
        Some(entry) => {
            entry.outputs.iter().any(|o| o.blob == blob)
                || entry.tree_files.contains(&blob)
                || [entry.stdout, entry.stderr].contains(&Some(blob))
        }
        None => graph.outputs(action).iter().any(|&o| graph.blob(o) == Some(blob)),
    }
}

/// Other artifacts with the same content: they are lost together.
fn same_content(graph: &Graph, blob: BlobId, but: ArtifactId, send: &Send) -> Html {
    let others: Vec<ArtifactId> =
        graph.artifacts_of_blob(blob).filter(|&a| a != but).take(LINES_MAX).collect();
    if others.is_empty() {
        return html! {};
    }
    html! {
        <>
            <h3>{ "Same content" }</h3>
            <ul class="artifacts">
                { for others.into_iter().map(|other| html! {
                    <li>
                        { link(short_path(graph.path(other)), Selection::Artifact(other), send) }
                    </li>
                }) }
            </ul>
        </>
    }
}

fn actions(graph: &Graph, actions: impl Iterator<Item = ActionId>, send: &Send) -> Html {
    let actions: Vec<ActionId> = actions.collect();
    let more = actions.len().saturating_sub(LINES_MAX);
    html! {
        <ul class="artifacts">
            { for actions.iter().take(LINES_MAX).map(|&a| html! {
                <li>{ action_link(graph, a, send) }</li>
            }) }
            if more > 0 { <li class="quiet">{ format!("and {more} more") }</li> }
            if actions.is_empty() { <li class="quiet">{ "nobody" }</li> }
        </ul>
    }
}

fn action_link(graph: &Graph, action: ActionId, send: &Send) -> Html {
    link(&action_name(graph, action), Selection::Action(action), send)
}

/// The action that an event is about.
pub(super) fn subject(event: &Event) -> Option<ActionId> {
    match *event {
        Event::Asked(request) => request.owner,
        Event::Reused { action }
        | Event::CacheHit { action }
        | Event::CacheMiss { action, .. }
        | Event::LostInput { consumer: action, .. }
        | Event::MarkedDirty { action, .. }
        | Event::Reset { action }
        | Event::Started { action }
        | Event::Executed { action, .. }
        | Event::Made { action }
        | Event::LeftRemote { action }
        | Event::LossReported { consumer: action }
        | Event::Outdated { action, .. }
        | Event::UploadCancelled { action }
        | Event::Failed { action, .. }
        | Event::Skipped { action } => Some(action),
        Event::Materialized { for_action, .. } => for_action,
        Event::Rewound { consumer, .. } => consumer,
        Event::Clock { .. }
        | Event::Evicted { .. }
        | Event::Edited { .. }
        | Event::Cleaned
        | Event::ServerRestarted
        | Event::BuildStarted { .. }
        | Event::LostOutput { .. }
        | Event::Deleted { .. }
        | Event::Retrying { .. }
        | Event::BuildFinished { .. } => None,
    }
}
