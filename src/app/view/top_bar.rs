//! The top bar: what is open, what the page is for, and what concerns the page as a whole.

use yew::prelude::*;

use crate::app::msg::Msg;
use crate::app::state::{Mode, Sheet, State, ThemeChoice};

use super::Send;
use super::icon::{Icon, icon};

pub fn view(state: &State, send: &Send) -> Html {
    let open = send.reform(|_| Msg::Sheet(Some(Sheet::Files)));
    let gallery = send.reform(|_| Msg::Sheet(Some(Sheet::Gallery)));
    html! {
        <header class="top-bar">
            <h1>{ "Rewindow" }</h1>
            <button class="incident" title="Open files; see what is loaded" onclick={open}>
                { icon(Icon::Open) }
                <span>{ &state.incident.name }</span>
            </button>
            <nav class="modes" aria-label="What to do">
                { mode(state, Mode::Explore, "Explore", send) }
                { mode(state, Mode::Learn, "Learn", send) }
                <button class="mode" aria-haspopup="dialog" title="Situations to open (g)"
                    onclick={gallery}>{ "Gallery" }</button>
            </nav>
            <div class="tools">
                { tool(Icon::Search, "Search (/)", Msg::Sheet(Some(Sheet::Search)), send) }
                { tool(Icon::Table, "Table of actions (t)", Msg::Sheet(Some(Sheet::Table)), send) }
                { theme(state, send) }
                { tool(Icon::Help, "Keys (?)", Msg::Sheet(Some(Sheet::Keys)), send) }
            </div>
        </header>
    }
}

fn mode(state: &State, mode: Mode, name: &str, send: &Send) -> Html {
    let current = state.mode == mode;
    let onclick = send.reform(move |_| Msg::Mode(mode));
    html! {
        <button class={classes!("mode", current.then_some("current"))}
            aria-current={current.then_some("page")} {onclick}>{ name }</button>
    }
}

/// A button with an icon only.
pub fn tool(shape: Icon, name: &'static str, msg: Msg, send: &Send) -> Html {
    let onclick = send.reform(move |_| msg.clone());
    html! {
        <button class="tool" aria-label={name} title={name} {onclick}>{ icon(shape) }</button>
    }
}

fn theme(state: &State, send: &Send) -> Html {
    let (next, name) = match state.theme {
        ThemeChoice::System => (ThemeChoice::Light, "Theme: as the system. Make it light"),
        ThemeChoice::Light => (ThemeChoice::Dark, "Theme: light. Make it dark"),
        ThemeChoice::Dark => (ThemeChoice::System, "Theme: dark. Follow the system"),
    };
    tool(Icon::Theme, name, Msg::Theme(next), send)
}
