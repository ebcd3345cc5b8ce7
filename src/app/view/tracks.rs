//! Two tracks one above the other: what is predicted and what was observed, and where they part.

use std::collections::BTreeSet;

use yew::prelude::*;

use crate::app::msg::Msg;
use crate::app::observed::Tracks;
use crate::app::outline::MarkKind;
use crate::app::state::State;

use super::Send;
use super::player::{PLACES, mark, scrubber};
use super::text::sentence;

/// Both tracks, each with its name, which shows it. Marks of the two lie below each other where
/// they mean the same: at the begin, at the parting, at the end.
pub fn view(state: &State, tracks: &Tracks, send: &Send) -> Html {
    html! {
        <div class="tracks" role="group" aria-label="What is shown">
            { row(state, tracks, false, send) }
            { row(state, tracks, true, send) }
        </div>
    }
}

fn row(state: &State, tracks: &Tracks, observed: bool, send: &Send) -> Html {
    let is_shown = tracks.is_observed == observed;
    let (name, title) = match observed {
        false => ("Predicted", "What the engine would do (v)"),
        true => ("Observed", "What the log of requests tells (v)"),
    };
    let onclick = send.reform(move |_: MouseEvent| Msg::ShowObserved(observed));
    let track = tracks.track(observed);
    let at = |step: usize| (tracks.place(observed, step) * PLACES as f32) as usize;
    let places: BTreeSet<(usize, MarkKind)> =
        track.timeline.marks.iter().map(|mark| (at(mark.step), mark.kind)).collect();
    let parting = tracks.parting_step(observed).map(at);
    let rest = (!is_shown && track.step > 0).then(|| at(track.step));
    html! {
        <div class={classes!("track-row", is_shown.then_some("current"))}>
            <button class="side" {title} aria-pressed={is_shown.to_string()} {onclick}>
                { name }
            </button>
            <div class="track">
                <svg class="marks">
                    if !is_shown { <line class="rail" x1="0" x2="100%" y1="50%" y2="50%" /> }
                    { for rest.map(rest_mark) }
                    { for places.into_iter().map(|(place, kind)| mark(place, kind)) }
                    { for parting.map(|place| parting_mark(place, observed, send)) }
                </svg>
                if is_shown { { scrubber(state, send) } }
            </div>
        </div>
    }
}

fn x_of(place: usize) -> String {
    format!("{}%", place as f32 * 100.0 / PLACES as f32)
}

/// Where the other track was left.
fn rest_mark(place: usize) -> Html {
    html! { <circle class="rest" cx={x_of(place)} cy="50%" r="3" /> }
}

/// A diamond; a click goes there.
fn parting_mark(place: usize, observed: bool, send: &Send) -> Html {
    let show = send.clone();
    let onclick = Callback::from(move |_: MouseEvent| {
        show.emit(Msg::ShowObserved(observed));
        show.emit(Msg::ShowParting);
    });
    html! {
        <svg x={x_of(place)} y="50%" overflow="visible" class="mark parting" {onclick}>
            <path d="M0 -7L5.5 0L0 7L-5.5 0z"><title>{ "first divergence" }</title></path>
        </svg>
    }
}

/// Where plan and log part, in words; a button goes there.
pub fn parting(state: &State, send: &Send) -> Html {
    let Some(tracks) = state.tracks.as_ref().filter(|tracks| tracks.is_planned()) else {
        return html! {};
    };
    let Some(parting) = &tracks.parting else {
        return html! {
            <p class="parting agrees">
                { "The log has each request of the plan, and no other." }
            </p>
        };
    };
    let [one, other] = state.story().divergence(parting);
    let extent = state.story().divergence_extent(parting);
    html! {
        <p class="parting" title={extent}>
            <button class="bare" title="To the first divergence (d)"
                onclick={send.reform(|_| Msg::ShowParting)}>{ "First divergence" }</button>
            <span>{ sentence(&one, send) } { " " } { sentence(&other, send) }</span>
        </p>
    }
}
