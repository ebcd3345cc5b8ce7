//! The scenario file on show: what it is about, what is expected of it, and what can be done with
//! it.

use yew::prelude::*;

use crate::app::gallery;
use crate::app::msg::Msg;
use crate::app::opened::{Opened, Origin};
use crate::app::state::{Sheet, State};
use crate::report::rule;
use crate::scenario::Check;

use super::Send;
use super::icon::{Icon, icon};

/// At the top of the inspector, while nothing is selected.
pub fn view(state: &State, send: &Send) -> Html {
    let Some(opened) = &state.opened else { return html! {} };
    let about = opened.own.about.as_ref().map(|about| about.text.trim().to_owned());
    html! {
        <article class="about" aria-label="Scenario">
            <h2>{ opened.title() }</h2>
            if let Some(about) = about { <p>{ about }</p> }
            { tags(opened, send) }
            { contrast(opened, send) }
            { expectations(state, opened, send) }
            { take_along(state, opened, send) }
        </article>
    }
}

/// The title in a line above the graph, where the inspector has no column.
pub fn headline(state: &State, send: &Send) -> Html {
    let Some(opened) = &state.opened else { return html! {} };
    let inspect = send.reform(|_| Msg::Sheet(Some(Sheet::Inspector)));
    let clear = send.reform(|_| Msg::Select(crate::scene::Selection::None));
    let onclick = Callback::from(move |event: MouseEvent| {
        clear.emit(event.clone());
        inspect.emit(event);
    });
    html! {
        <button class="headline narrow-only" title="What this scenario is about" {onclick}>
            <strong>{ opened.title() }</strong>
            <span class="quiet">{ "about" }</span>
        </button>
    }
}

/// Says in the scenario bar that the scenario is not its file's any more.
pub fn modified(state: &State, send: &Send) -> Html {
    let is_modified = state.opened.as_ref().is_some_and(|opened| opened.is_modified());
    if !is_modified {
        return html! {};
    }
    let reset = send.reform(|_| Msg::ResetScenario);
    html! {
        <span class="modified-scenario">
            { "modified" }
            <button id="reset-scenario" onclick={reset}
                title="Everything as the scenario's file has it">{ "Reset" }</button>
        </span>
    }
}

/// Numbers of rules, each with its sentence on hover and focus.
pub fn rule_tag(number: &str) -> Html {
    let meaning = rule(number).map(|(_, meaning)| meaning);
    html! {
        <span class="term rule" tabindex="0">
            { number }
            if let Some(meaning) = meaning { <span class="tip" role="tooltip">{ meaning }</span> }
        </span>
    }
}

fn tags(opened: &Opened, send: &Send) -> Html {
    let rules = opened.own.rules.as_deref().unwrap_or_default();
    if rules.is_empty() {
        return html! {};
    }
    let all = send.reform(|_| Msg::Sheet(Some(Sheet::Rules)));
    html! {
        <p class="tags">
            <span class="quiet">{ "Shows" }</span>
            { for rules.iter().map(|rule| rule_tag(&rule.text)) }
            <button class="bare" onclick={all}>{ "all rules" }</button>
        </p>
    }
}

fn contrast(opened: &Opened, send: &Send) -> Html {
    let name = opened.own.contrast.as_ref().map(|name| name.text.clone());
    let Some(name) = name.filter(|name| gallery::source(name).is_some()) else {
        return html! {};
    };
    let title = gallery::text_of(&name).ok().and_then(|text| text.title);
    let title = title.map_or_else(|| name.clone(), |title| title.text.trim().to_owned());
    html! { <p>{ "Compare with " }{ entry_link(&name, html! { { title } }, "link", send) }</p> }
}

/// A link to an entry of the gallery that works as any link does, but without a page load.
pub fn entry_link(name: &str, text: Html, class: &'static str, send: &Send) -> Html {
    let (name, send) = (name.to_owned(), send.clone());
    let href = format!("#scenario={name}");
    let onclick = Callback::from(move |event: MouseEvent| {
        if !event.ctrl_key() && !event.meta_key() && !event.shift_key() {
            event.prevent_default();
            send.emit(Msg::OpenEntry(name.clone()));
        }
    });
    html! { <a {class} {href} {onclick}>{ text }</a> }
}

fn expectations(state: &State, opened: &Opened, send: &Send) -> Html {
    let checks = &state.checks;
    if checks.is_empty() {
        return html! {};
    }
    let n_held = checks.iter().filter(|check| check.holds).count();
    let all = n_held == checks.len();
    let summary = match (all, checks.len()) {
        (true, 1) => "The expectation holds".to_owned(),
        (true, n) => format!("All {n} expectations hold"),
        (false, n) => format!("{} of {n} expectations do not hold", n - n_held),
    };
    let n_builds = opened.play.scenario.builds.len();
    let reset = send.reform(|_| Msg::ResetScenario);
    html! {
        <>
            <details class="expectations" open={!all && !opened.is_modified()}>
                <summary class={if all { "held" } else { "not-held" }}>
                    { icon(if all { Icon::Check } else { Icon::Close }) }{ summary }
                </summary>
                <ul>{ for checks.iter().map(|check| check_view(check, n_builds)) }</ul>
            </details>
            if opened.is_modified() {
                <p class="quiet">
                    { "They are about the scenario as its file has it; you changed it. " }
                    <button class="link" onclick={reset}>{ "Reset" }</button>
                </p>
            }
        </>
    }
}

fn check_view(check: &Check, n_builds: usize) -> Html {
    let name = check.key.replace('_', " ");
    let build = if n_builds > 1 { format!("build {}, ", check.build) } else { String::new() };
    let class = if check.holds { "held" } else { "not-held" };
    html! {
        <li {class}>
            { icon(if check.holds { Icon::Check } else { Icon::Close }) }
            <div>
                <span>{ format!("{build}{name}") }</span>
                <code>{ &check.expected }</code>
                if check.holds { <span class="sr-only">{ "holds" }</span> }
                else { <span class="found">{ "found " }<code>{ &check.found }</code></span> }
            </div>
        </li>
    }
}

/// Save, link, and the file itself.
fn take_along(state: &State, opened: &Opened, send: &Send) -> Html {
    let save = send.reform(|_| Msg::SaveScenario);
    let link = send.reform(|_| Msg::CopyLink);
    let can_link = opened.link().is_some();
    let copied = if state.is_link_copied { "Link copied" } else { "Copy link" };
    let why_not = match opened.origin {
        _ if can_link => None,
        _ if opened.own.files.is_some() => {
            Some("A link cannot hold the exports that it is about. Save it to a file.")
        }
        _ => Some("It is too long for a link. Save it to a file."),
    };
    html! {
        <>
            <div class="take-along">
                <button id="save-scenario" onclick={save}>{ "Save as file" }</button>
                <button id="copy-link" disabled={!can_link} onclick={link}>
                    <span role="status">{ copied }</span>
                </button>
            </div>
            if let Some(why_not) = why_not { <p class="quiet">{ why_not }</p> }
            <details class="file-text">
                <summary>{ file_name(opened) }</summary>
                <pre tabindex="0">{ opened.toml() }</pre>
            </details>
        </>
    }
}

fn file_name(opened: &Opened) -> String {
    match (&opened.origin, opened.is_modified()) {
        (Origin::Link, _) => "The file in the link".to_owned(),
        (origin, false) => origin.file(),
        (origin, true) => format!("{}, modified", origin.file()),
    }
}
