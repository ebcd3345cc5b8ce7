//! Search: labels, paths, beginnings of digests.

use yew::prelude::*;

use crate::app::msg::Msg;
use crate::app::search::search;
use crate::app::state::State;
use crate::web::dom;

use super::Send;

pub fn view(state: &State, send: &Send) -> Html {
    let found = search(&state.incident.graph, &state.query);
    let oninput = send.reform(|event: InputEvent| Msg::Search(dom::value_of(&event)));
    let first = found.first().map(|f| f.selection);
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
                if found.is_empty() && !state.query.trim().is_empty() {
                    <li class="quiet">{ "Nothing of this name is loaded." }</li>
                }
            </ul>
        </>
    }
}
