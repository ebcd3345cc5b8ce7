//! The filter panel: which actions stand forth in the graph and are listed in the table.

use std::collections::BTreeMap;

use yew::prelude::*;

use crate::app::filter::FilterChoice;
use crate::app::msg::Msg;
use crate::app::state::State;
use crate::model::Graph;
use crate::rewind::ActionState;
use crate::scene::thousands;
use crate::web::dom;

use super::Send;
use super::inspector::state_name;

/// Mnemonics listed at most, the most frequent first.
const MNEMONICS_MAX: usize = 60;

const SIZES: [(u64, &str); 5] = [
    (0, "any"),
    (1_000, "1 kB"),
    (1_000_000, "1 MB"),
    (10_000_000, "10 MB"),
    (100_000_000, "100 MB"),
];
const DURATIONS: [(u32, &str); 5] =
    [(0, "any"), (100, "0.1 s"), (1_000, "1 s"), (10_000, "10 s"), (60_000, "1 min")];

pub fn view(state: &State, send: &Send) -> Html {
    html! { <Filter choice={state.filter_choice.clone()} counted={counted(state)}
    graph={std::rc::Rc::clone(&state.incident.graph)} send={send.clone()} /> }
}

fn counted(state: &State) -> Option<String> {
    let filter = state.filter.as_ref()?;
    let n_all = state.incident.graph.n_actions();
    Some(format!("{} of {}", thousands(filter.n_shown()), thousands(n_all)))
}

#[derive(Properties)]
struct Props {
    choice: FilterChoice,
    counted: Option<String>,
    graph: std::rc::Rc<Graph>,
    send: Send,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        self.choice == other.choice
            && self.counted == other.counted
            && std::rc::Rc::ptr_eq(&self.graph, &other.graph)
    }
}

#[component]
fn Filter(props: &Props) -> Html {
    let is_open = use_state_eq(|| false);
    let toggle = {
        let is_open = is_open.clone();
        Callback::from(move |_: MouseEvent| is_open.set(!*is_open))
    };
    let name = match &props.counted {
        Some(counted) => format!("Filter: {counted}"),
        None => "Filter".to_owned(),
    };
    html! {
        <div class="filter">
            <button id="filter-toggle" class={props.counted.is_some().then_some("current")}
                aria-expanded={is_open.to_string()} onclick={toggle}>{ name }</button>
            if *is_open { <Fields choice={props.choice.clone()} counted={props.counted.clone()}
                graph={std::rc::Rc::clone(&props.graph)} send={props.send.clone()} /> }
        </div>
    }
}

#[component]
fn Fields(props: &Props) -> Html {
    let (choice, send) = (&props.choice, &props.send);
    let mnemonics = {
        let graph = std::rc::Rc::clone(&props.graph);
        use_memo(std::rc::Rc::as_ptr(&props.graph) as usize, move |_| mnemonics(&graph))
    };
    let change = |set: fn(&mut FilterChoice, String)| {
        let (choice, send) = (choice.clone(), send.clone());
        move |value: String| {
            let mut choice = choice.clone();
            set(&mut choice, value);
            send.emit(Msg::Filter(Box::new(choice)));
        }
    };
    let typed = |set| {
        let change = change(set);
        Callback::from(move |event: InputEvent| change(dom::value_of(&event)))
    };
    let chosen = |set| {
        let change = change(set);
        Callback::from(move |event: Event| change(dom::value_of(&event)))
    };
    let clear = send.reform(|_: MouseEvent| Msg::Filter(Box::default()));
    let hides = {
        let (choice, send) = (choice.clone(), send.clone());
        Callback::from(move |_: Event| {
            let choice = FilterChoice { hides: !choice.hides, ..choice.clone() };
            send.emit(Msg::Filter(Box::new(choice)));
        })
    };
    let states = ActionState::ALL.map(|state| (state_name(state), state_name(state)));
    let now = choice.state.map(state_name).unwrap_or_default();
    html! {
        <div class="filter-panel">
            <label>{ "Text" }<input id="filter-text" type="search" placeholder="label or output"
                value={choice.text.clone()} oninput={typed(|c, v| c.text = v)} /></label>
            <label>{ "Labels" }<input id="filter-pattern" type="search" placeholder="//pkg/..."
                aria-invalid={(!choice.reads()).to_string()} value={choice.pattern.clone()}
                oninput={typed(|c, v| c.pattern = v)} /></label>
            <label>{ "Mnemonic" }{ select("filter-mnemonic", &choice.mnemonic,
                mnemonics.iter().map(|m| (m.as_str(), m.as_str())),
                chosen(|c, v| c.mnemonic = v)) }</label>
            <label>{ "State" }{ select("filter-state", now, states,
                chosen(|c, v| c.state = ActionState::ALL.into_iter().find(|&s| state_name(s) == v)))
            }</label>
            <label>{ "Output from" }{ numbers("filter-size", choice.bytes_min,
                SIZES, chosen(|c, v| c.bytes_min = v.parse().unwrap_or(0))) }</label>
            <label>{ "Duration from" }{ numbers("filter-duration", u64::from(choice.ms_min),
                DURATIONS.map(|(ms, name)| (u64::from(ms), name)),
                chosen(|c, v| c.ms_min = v.parse().unwrap_or(0))) }</label>
            <label class="tick"><input type="checkbox" checked={choice.hides} onchange={hides} />
                { "Hide the others" }</label>
            <p class="quiet" role="status">
                { props.counted.clone().map_or_else(String::new, |c| format!("{c} actions")) }
                if !choice.reads() { { "This is no label pattern." } }
            </p>
            <button disabled={choice.is_any()} onclick={clear}>{ "Clear" }</button>
        </div>
    }
}

fn select<'a>(
    id: &'static str,
    now: &str,
    options: impl IntoIterator<Item = (&'a str, &'a str)>,
    onchange: Callback<Event>,
) -> Html {
    let options = options.into_iter().map(|(value, name)| {
        html! { <option value={value.to_owned()} selected={value == now}>{ name }</option> }
    });
    html! {
        <select {id} {onchange}>
            <option value="" selected={now.is_empty()}>{ "any" }</option>
            { for options }
        </select>
    }
}

fn numbers<const N: usize>(
    id: &'static str,
    now: u64,
    options: [(u64, &'static str); N],
    onchange: Callback<Event>,
) -> Html {
    let options = options.into_iter().map(|(value, name)| {
        html! { <option value={value.to_string()} selected={value == now}>{ name }</option> }
    });
    html! { <select {id} {onchange}>{ for options }</select> }
}

fn mnemonics(graph: &Graph) -> Vec<String> {
    let mut counts = BTreeMap::new();
    for action in graph.action_ids() {
        *counts.entry(graph.mnemonic_id(action)).or_insert(0_usize) += 1;
    }
    let mut all: Vec<_> = counts.into_iter().collect();
    all.sort_by_key(|&(_, n)| std::cmp::Reverse(n));
    let names = all.into_iter().take(MNEMONICS_MAX).map(|(id, _)| graph.texts().get(id).to_owned());
    names.filter(|name| !name.is_empty()).collect()
}
