//! Which files told what the inspector shows.

use yew::prelude::*;

use crate::app::state::State;
use crate::import::{told_by, told_by_set};
use crate::model::{ActionId, ArtifactId, BlobId, Fact};
use crate::report::time_text;

use super::Send;
use super::text::digest;

/// Who told of an action, its key and its duration.
pub fn of_action(state: &State, action: ActionId) -> Html {
    let graph = &state.incident.graph;
    let duration = graph.duration_ms(action).map(|ms| time_text(u64::from(ms)));
    section(vec![
        row(state, "The action", Fact::Action(action)),
        row(state, "Its AC key", Fact::Key(action)),
        row(state, "Its AC entry", Fact::Entry(action)),
        duration.and_then(|time| row_of(state, format!("It took {time}"), Fact::Duration(action))),
    ])
}

/// Who told of an AC entry.
pub fn of_entry(state: &State, action: ActionId) -> Html {
    section(vec![
        row(state, "The key", Fact::Key(action)),
        row(state, "In the cache", Fact::Entry(action)),
    ])
}

/// Who told of an artifact and its content, and what they do not agree on.
pub fn of_artifact(state: &State, artifact: ArtifactId, send: &Send) -> Html {
    let blob = state.incident.graph.blob(artifact);
    let mut rows = vec![row(state, "The content", Fact::Content(artifact))];
    rows.extend(blob.map(|blob| of_content(state, blob)).into_iter().flatten());
    html! { <>{ conflict(state, artifact, send) }{ section(rows) }</> }
}

/// Who told of a blob.
pub fn of_blob(state: &State, blob: BlobId) -> Html {
    section(of_content(state, blob))
}

fn of_content(state: &State, blob: BlobId) -> Vec<Option<Html>> {
    vec![row(state, "Its size", Fact::Size(blob)), row(state, "In the CAS", Fact::Blob(blob))]
}

/// The other contents that files give an artifact.
fn conflict(state: &State, artifact: ArtifactId, send: &Send) -> Html {
    let incident = &state.incident;
    let found = incident.conflicts.binary_search_by_key(&artifact, |c| c.artifact);
    let Some(conflict) = found.ok().map(|at| &incident.conflicts[at]) else {
        return html! {};
    };
    let others = conflict.others.iter().map(|&(blob, files)| {
        let files = told_by_set(&incident.cards, &incident.provenance, files);
        html! { <li>{ digest(&incident.graph, blob, send) }{ format!(" by {files}") }</li> }
    });
    html! {
        <div class="warning">
            <p>{ "Files tell other contents as well:" }</p>
            <ul class="artifacts">{ for others }</ul>
            <p class="quiet">
                { "It was built again with another result, in another build or attempt, or its \
                   action is not deterministic. The digest above is used." }
            </p>
        </div>
    }
}

fn row(state: &State, what: &'static str, fact: Fact) -> Option<Html> {
    row_of(state, what.to_owned(), fact)
}

fn row_of(state: &State, what: String, fact: Fact) -> Option<Html> {
    let incident = &state.incident;
    let files = told_by(&incident.cards, &incident.provenance, fact);
    (!files.is_empty()).then(|| html! { <><dt>{ what }</dt><dd>{ files }</dd></> })
}

fn section(rows: Vec<Option<Html>>) -> Html {
    if rows.iter().all(Option::is_none) {
        return html! {};
    }
    html! { <><h3>{ "Told by" }</h3><dl class="told">{ for rows.into_iter().flatten() }</dl></> }
}
