//! Search: labels, paths, beginnings of digests.

use yew::prelude::*;

use crate::app::msg::Msg;
use crate::app::search::FOUND_MAX;
use crate::app::state::State;
use crate::web::dom;

use super::Send;

pub fn view(state: &State, send: &Send) -> Html {
    let found = &state.search.found;
    let oninput = send.reform(|event: InputEvent| Msg::Search(dom::value_of(&event)));
    let first = state.first_found();
    let onkeydown = {
        let send = send.clone();
        Callback::from(move |event: KeyboardEvent| {
            if let (Some(selection), "Enter") = (first, event.key().as_str()) {
                send.emit(Msg::Show(selection));
                send.emit(Msg::Sheet(None));
            }
        })
    };
    let rows = found.iter().map(|found| {
        let selection = found.selection;
        let send = send.clone();
        let onclick = Callback::from(move |_: MouseEvent| {
            send.emit(Msg::Show(selection));
            send.emit(Msg::Sheet(None));
        });
        html! {
            <li><button class="found" {onclick}>
                <span>{ &found.name }</span><span class="quiet">{ &found.what }</span>
            </button></li>
        }
    });
    html! {
        <>
            <input id="search-field" class="wide" type="search" value={state.query.clone()}
                placeholder="Label, path or digest" aria-label="Label, path or digest"
                {oninput} {onkeydown} />
            <ul class="results" aria-live="polite">
                { for rows }
                { more(state) }
                if found.is_empty() && !state.search.is_under_way()
                    && !state.query.trim().is_empty() {
                    <li class="quiet">{ "Nothing of this name is loaded." }</li>
                }
            </ul>
        </>
    }
}

/// How many there are, where not all of them are listed.
fn more(state: &State) -> Html {
    let Some((n_actions, n_artifacts)) = state.search.n_matches else { return html! {} };
    if n_actions + n_artifacts <= FOUND_MAX {
        return html! {};
    }
    let told = format!(
        "{n_actions} actions and {n_artifacts} artifacts match; these are the first {FOUND_MAX}."
    );
    html! { <li class="quiet">{ told }</li> }
}
