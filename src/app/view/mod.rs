//! What a person sees: functions from the state to HTML. Only lists remember anything: how far they
//! are scrolled and by what a table is sorted.

mod engine_sheet;
mod files;
mod filter;
mod gallery;
mod graph;
mod graph_tools;
mod icon;
mod inspect_blob;
mod inspect_group;
mod inspector;
mod lesson;
mod log;
mod opened;
mod player;
mod scenario;
mod search;
mod sheets;
mod table;
mod table_order;
mod text;
mod told;
mod top_bar;
mod tracks;
mod virtual_list;

use yew::prelude::*;

use super::msg::Msg;
use super::panes::Pane;
use super::state::{Mode, State};

pub use graph::{Canvases, MINIMAP};

/// How a view says what happened.
pub type Send = Callback<Msg>;

/// The whole page.
pub fn page(state: &State, canvases: &Canvases, send: &Send) -> Html {
    let (learning, asking) = (state.mode == Mode::Learn, state.is_asking());
    let has_tracks = !learning && state.tracks.is_some();
    html! {
        <div class={classes!("page", learning.then_some("learning"), asking.then_some("asking"))}>
            { top_bar::view(state, send) }
            if !learning {
                <div>{ opened::headline(state, send) }</div>
                { scenario::view(state, send) }
            }
            <main class="stage">
                if learning { { lesson::view(state, send) } }
                { graph::view(state, canvases, send) }
                { splitter(canvases, Pane::Inspector, send) }
                <aside class="inspector" aria-label="Inspector">
                    { inspector::view(state, send) }
                </aside>
            </main>
            { splitter(canvases, Pane::Story, send) }
            <section class={classes!("player", has_tracks.then_some("double"))}
                aria-label="Player">
                { player::view(state, send) }
                if has_tracks { { tracks::parting(state, send) } }
                { log::view(state, send) }
            </section>
            { sheets::view(state, send) }
            { files::drop_hint(state) }
            <div class="sr-only" role="status" aria-live="polite">{ announcement(state) }</div>
        </div>
    }
}

/// What a screen reader hears of a step. While playing fast it stays silent.
fn announcement(state: &State) -> String {
    if state.player.playing && state.player.speed > 1 || state.is_asking() {
        return String::new();
    }
    match state.player.step.checked_sub(1) {
        Some(position) if position < state.timeline.trace.events.len() => {
            state.story().sentence(position).to_string()
        }
        _ => String::new(),
    }
}

/// The border between two panes, dragged by pointer or moved by arrow keys.
fn splitter(canvases: &Canvases, pane: Pane, send: &Send) -> Html {
    let (class, vertical, name) = match pane {
        Pane::Inspector => ("splitter vertical", true, "Width of the inspector"),
        Pane::Story => ("splitter horizontal", false, "Height of the story"),
    };
    let along = move |x: i32, y: i32| f64::from(if vertical { x } else { y });
    let onpointerdown = {
        let drag = canvases.splitter.clone();
        Callback::from(move |event: PointerEvent| {
            crate::web::dom::capture_target(&event);
            drag.set(Some(along(event.client_x(), event.client_y())));
        })
    };
    let onpointermove = {
        let (drag, send) = (canvases.splitter.clone(), send.clone());
        Callback::from(move |event: PointerEvent| {
            let now = along(event.client_x(), event.client_y());
            if let Some(before) = drag.get() {
                drag.set(Some(now));
                send.emit(Msg::ResizePane(pane, before - now));
            }
        })
    };
    let onpointerup = {
        let drag = canvases.splitter.clone();
        Callback::from(move |_: PointerEvent| drag.set(None))
    };
    let onkeydown = {
        let send = send.clone();
        Callback::from(move |event: KeyboardEvent| {
            let by = match (event.key().as_str(), vertical) {
                ("ArrowLeft", true) | ("ArrowUp", false) => 16.0,
                ("ArrowRight", true) | ("ArrowDown", false) => -16.0,
                _ => return,
            };
            event.stop_propagation();
            event.prevent_default();
            send.emit(Msg::ResizePane(pane, by));
        })
    };
    html! {
        <div {class} role="separator" tabindex="0" aria-label={name}
            aria-orientation={if vertical { "vertical" } else { "horizontal" }}
            {onpointerdown} {onpointermove} {onpointerup} {onkeydown} />
    }
}
