//! Text that knows what it speaks of: sentences with links, digests, terms with explanations.

use yew::prelude::*;

use crate::app::glossary::{Piece, explain};
use crate::app::msg::Msg;
use crate::model::{BlobId, Graph};
use crate::report::{Mention, Sentence, Term, size_text};
use crate::scene::Selection;

use super::Send;
use super::icon::{Icon, icon};

/// A sentence whose actions and artifacts select what they name, and whose terms explain
/// themselves.
pub fn sentence(sentence: &Sentence, send: &Send) -> Html {
    sentence.parts.iter().map(|part| part_of(&part.text, part.mention, send)).collect()
}

fn part_of(text: &str, mention: Option<Mention>, send: &Send) -> Html {
    let selection = match mention {
        None => return html! { { text } },
        Some(Mention::Term(of)) => return term(text, of),
        Some(Mention::Action(action)) => Selection::Action(action),
        Some(Mention::Artifact(artifact)) => Selection::Artifact(artifact),
        Some(Mention::Blob(blob)) => Selection::Blob(blob),
    };
    link(text, selection, send)
}

/// A name that selects what it names.
pub fn link(text: &str, selection: Selection, send: &Send) -> Html {
    let onclick = send.reform(move |event: MouseEvent| {
        event.stop_propagation();
        Msg::Show(selection)
    });
    html! { <button class="link" {onclick}>{ text }</button> }
}

/// A word with its explanation on hover and focus.
pub fn term(text: &str, of: Term) -> Html {
    html! {
        <span class="term" tabindex="0">
            { text }
            <span class="tip" role="tooltip">{ of.meaning() }</span>
        </span>
    }
}

/// `text` with the first use of each term explained.
pub fn explained(text: &str, seen: &mut Vec<Term>) -> Html {
    let pieces = explain(text, seen).into_iter().map(|piece| match piece {
        Piece::Plain(text) => html! { { text } },
        Piece::Term(text, of) => term(text, of),
    });
    pieces.collect()
}

/// The first digits of a digest, whole on hover, with a button that copies it.
pub fn digest(graph: &Graph, blob: BlobId, send: &Send) -> Html {
    let blob = graph.blobs().get(blob);
    let hex = blob.digest.hex();
    let size = blob.size_bytes.map(size_text);
    let onclick = send.reform({
        let hex = hex.clone();
        move |_| Msg::Copy(hex.clone())
    });
    html! {
        <span class="digest">
            <code title={hex}>{ blob.digest.short() }</code>
            <button class="bare" aria-label="Copy the digest" title="Copy the digest" {onclick}>
                { icon(Icon::Copy) }
            </button>
            if let Some(size) = size { <span class="quiet">{ size }</span> }
        </span>
    }
}
