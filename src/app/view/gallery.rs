//! The gallery: every golden scenario with title, paragraph, engine, rules and what it comes to.

use yew::prelude::*;

use crate::app::gallery::{Entry, Group};
use crate::app::msg::Msg;
use crate::app::state::State;
use crate::report::RULES;
use crate::web::dom;

use super::Send;
use super::files::warning_view;
use super::icon::{Icon, icon};
use super::opened::{entry_link, rule_tag};

pub fn view(state: &State, send: &Send) -> Html {
    let Some(all) = &state.gallery else { return html! {} };
    let shown: Vec<&Entry> = shown(state, all).collect();
    let first = shown.first().map(|entry| entry.name);
    let oninput = send.reform(|event: InputEvent| Msg::Search(dom::value_of(&event)));
    let onkeydown = {
        let send = send.clone();
        Callback::from(move |event: KeyboardEvent| {
            if let (Some(name), "Enter") = (first, event.key().as_str()) {
                send.emit(Msg::OpenEntry(name.to_owned()));
            }
        })
    };
    let count = match (shown.len(), all.len()) {
        (n, total) if n == total => format!("{total} scenarios"),
        (n, total) => format!("{n} of {total} scenarios"),
    };
    html! {
        <div class="gallery">
            if let Some(problem) = &state.problem { { warning_view(problem, "error") } }
            <p>
                { "Each is one situation, played by the engine that it names. Open one, step \
                   through it, then change the engine, the cache or what is evicted." }
            </p>
            <input id="gallery-field" class="wide" type="search" value={state.query.clone()}
                placeholder="Word, rule or engine" aria-label="Search the gallery"
                {oninput} {onkeydown} />
            { groups(state, all, send) }
            <p class="quiet" role="status">{ count }</p>
            { for Group::ALL.into_iter().map(|group| group_view(group, &shown, send)) }
        </div>
    }
}

/// The entries that the chosen group and what is searched for leave.
fn shown<'a>(state: &'a State, all: &'a [Entry]) -> impl Iterator<Item = &'a Entry> {
    let of_group = move |entry: &&Entry| state.group.is_none_or(|group| group == entry.group);
    all.iter().filter(of_group).filter(|entry| entry.fits(&state.query))
}

fn groups(state: &State, all: &[Entry], send: &Send) -> Html {
    let choice = |group: Option<Group>, name: &'static str, n: usize| {
        let is_chosen = state.group == group;
        let onclick = send.reform(move |_| Msg::Group(group));
        html! {
            <button class={classes!("group", is_chosen.then_some("current"))}
                aria-pressed={is_chosen.to_string()} {onclick}>
                { name }<span class="quiet">{ n }</span>
            </button>
        }
    };
    let of = |group: Group| all.iter().filter(|entry| entry.group == group).count();
    let there = Group::ALL.into_iter().filter(|group| of(*group) > 0);
    html! {
        <div class="groups" role="group" aria-label="Groups">
            { choice(None, "All", all.len()) }
            { for there.map(|group| choice(Some(group), group.title(), of(group))) }
        </div>
    }
}

fn group_view(group: Group, shown: &[&Entry], send: &Send) -> Html {
    let mut entries = shown.iter().filter(|entry| entry.group == group).peekable();
    if entries.peek().is_none() {
        return html! {};
    }
    html! {
        <section aria-label={group.title()}>
            <h3>{ group.title() }</h3>
            <p class="quiet">{ group.meaning() }</p>
            <ul class="cards">{ for entries.map(|entry| card(entry, send)) }</ul>
        </section>
    }
}

fn card(entry: &Entry, send: &Send) -> Html {
    let (class, sign) = if entry.verdict.success {
        ("verdict good", Icon::Check)
    } else {
        ("verdict bad", Icon::Close)
    };
    let builds =
        if entry.n_builds > 1 { format!("{} builds", entry.n_builds) } else { String::new() };
    let title = html! { { &entry.title } };
    html! {
        <li class="card" key={entry.name}>
            <div class="card-head">
                { entry_link(entry.name, title, "entry", send) }
                <span {class}>{ icon(sign) }{ &entry.verdict.text }</span>
            </div>
            <p>{ &entry.about }</p>
            <p class="tags quiet">
                <span>{ entry.engine.name }</span>
                if !builds.is_empty() { <span>{ builds }</span> }
                { for entry.rules.iter().map(|rule| rule_tag(rule)) }
            </p>
        </li>
    }
}

/// All rules.
pub fn rules() -> Html {
    html! {
        <dl class="rules">
            { for RULES.iter().map(|(number, meaning)| html! {
                <><dt>{ *number }</dt><dd>{ *meaning }</dd></>
            }) }
        </dl>
    }
}
