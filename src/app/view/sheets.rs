//! What opens over the page: files, keys, engine, targets, eviction, search, the table.

use std::collections::BTreeSet;
use std::rc::Rc;

use yew::prelude::*;

use crate::app::choice::{TargetChoice, labels};
use crate::app::keys::KEYS;
use crate::app::msg::Msg;
use crate::app::state::{Sheet, State};
use crate::web::dom;

use super::icon::Icon;
use super::table::ActionTable;
use super::top_bar::tool;
use super::{Send, engine_sheet, files, filter, gallery, inspector, search};

/// Targets listed at most.
const TARGETS_MAX: usize = 500;

pub fn view(state: &State, send: &Send) -> Html {
    let Some(sheet) = state.sheet else { return html! {} };
    let (title, body) = match sheet {
        Sheet::Keys => ("Keys", keys()),
        Sheet::Files => ("Files", files::view(state, send)),
        Sheet::Gallery => ("Gallery", gallery::view(state, send)),
        Sheet::Rules => ("Rules", gallery::rules()),
        Sheet::Engine => (state.choice.engine.name, engine_sheet::view(state, send)),
        Sheet::Targets => ("Targets", targets(state, send)),
        Sheet::Evict => ("Evict", evict(state, send)),
        Sheet::Search => ("Search", search::view(state, send)),
        Sheet::Table => ("Actions", table(state, send)),
        Sheet::Inspector => ("Inspector", inspector::view(state, send)),
    };
    let close = send.reform(|_: MouseEvent| Msg::Sheet(None));
    let stay = Callback::from(|event: MouseEvent| event.stop_propagation());
    let wide = matches!(sheet, Sheet::Table | Sheet::Files | Sheet::Engine | Sheet::Gallery);
    html! {
        <div class="sheet-ground" onclick={close}>
            <section class={classes!("sheet", wide.then_some("wide"))} role="dialog"
                aria-modal="true" aria-label={title} onclick={stay}>
                <header>
                    <h2>{ title }</h2>
                    <span id="sheet-close" tabindex="-1">
                        { tool(Icon::Close, "Close (Esc)", Msg::Sheet(None), send) }
                    </span>
                </header>
                <div class="sheet-body">{ body }</div>
            </section>
        </div>
    }
}

fn keys() -> Html {
    html! {
        <dl class="keys">
            { for KEYS.iter().map(|(key, what)| html! {
                <>
                    <dt>{ for key.split(' ').map(|k| html! { <kbd>{ k }</kbd> }) }</dt>
                    <dd>{ *what }</dd>
                </>
            }) }
        </dl>
    }
}

fn targets(state: &State, send: &Send) -> Html {
    let all = labels(&state.incident.graph);
    let chosen = match &state.choice.targets {
        TargetChoice::All => BTreeSet::new(),
        TargetChoice::Labels(labels) => labels.clone(),
    };
    let query = state.query.to_lowercase();
    let shown = all.iter().filter(|label| label.to_lowercase().contains(&query));
    let rows = shown.take(TARGETS_MAX).map(|&label| {
        let checked = chosen.contains(label);
        let (label, chosen) = (label.to_owned(), chosen.clone());
        let onchange = send.reform({
            let label = label.clone();
            move |_: Event| {
                let mut chosen = chosen.clone();
                if !chosen.remove(&label) {
                    chosen.insert(label.clone());
                }
                Msg::Targets(TargetChoice::of(chosen.iter().map(String::as_str)))
            }
        });
        html! {
            <li><label class="tick">
                <input type="checkbox" {checked} {onchange} /><code>{ label }</code>
            </label></li>
        }
    });
    let everything = send.reform(|_| Msg::Targets(TargetChoice::All));
    let oninput = send.reform(|event: InputEvent| Msg::Search(dom::value_of(&event)));
    html! {
        <>
            <button disabled={chosen.is_empty()} onclick={everything}>{ "All targets" }</button>
            <input class="wide" type="search" placeholder="Filter" aria-label="Filter targets"
                value={state.query.clone()} {oninput} />
            <ul class="results">
                { for rows }
                if all.is_empty() {
                    <li class="quiet">
                        { "No loaded file names targets. The output of aquery does." }
                    </li>
                }
            </ul>
        </>
    }
}

fn evict(state: &State, send: &Send) -> Html {
    let evict = send.reform(|text: String| Msg::EvictSelector(text));
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() {
            event.prevent_default();
            evict.emit(dom::value_of(&event));
        }
    });
    const FORMS: [(&str, &str); 6] = [
        ("cas:87428fc5", "the blob whose digest starts so"),
        ("ac:e26d0bdf", "the AC entry whose key starts so"),
        ("path:**/a.txt", "the contents of the artifacts at such paths"),
        ("ac://:c", "the AC entries of a target"),
        ("stdout://:a", "the standard output of a target's actions"),
        ("cas:all", "every blob"),
    ];
    html! {
        <>
            <p>
                { "Shift-click what to evict in the graph, or name it here and press Enter. Many \
                   at once: paste a list, one a line." }
            </p>
            <textarea id="evict-field" class="wide mono" rows="3" spellcheck="false"
                placeholder="path:**/a.txt" aria-label="What to evict" {onkeydown} />
            if let Some(problem) = &state.problem { { files::warning_view(problem, "error") } }
            <dl class="forms">
                { for FORMS.into_iter().map(|(form, what)| html! {
                    <><dt><code>{ form }</code></dt><dd>{ what }</dd></>
                }) }
            </dl>
        </>
    }
}

fn table(state: &State, send: &Send) -> Html {
    html! {
        <>
            { filter::view(state, send) }
            <ActionTable graph={Rc::clone(&state.incident.graph)}
                moment={Rc::clone(&state.moment)} tints={Rc::clone(&state.tints)}
                states={state.tints.borrow().version()}
                filter={state.filter.clone()} grouping={state.looking.grouping.clone()}
                selection={state.selection} send={send.clone()} />
        </>
    }
}
