//! The player: buttons, the track with its marks, and the step in words.

use std::collections::BTreeSet;

use yew::prelude::*;

use crate::app::msg::Msg;
use crate::app::outline::MarkKind;
use crate::app::state::{Mode, State};
use crate::web::dom;

use super::Send;
use super::icon::Icon;
use super::top_bar::tool;

/// Places on the track that can hold a mark of each kind.
pub(super) const PLACES: usize = 400;

pub fn view(state: &State, send: &Send) -> Html {
    let player = &state.player;
    let (shape, name) =
        if player.playing { (Icon::Pause, "Pause (space)") } else { (Icon::Play, "Play (space)") };
    let speed = send.reform(|_| Msg::NextSpeed);
    html! {
        <div class="transport">
            <div class="buttons" role="group" aria-label="Play">
                { tool(Icon::PreviousMark, "Previous mark ([)", Msg::PreviousMark, send) }
                { tool(Icon::StepBack, "Step back (←)", Msg::StepBack, send) }
                <span class="main-button">{ tool(shape, name, Msg::TogglePlay, send) }</span>
                { tool(Icon::Step, "Step (→)", Msg::Step, send) }
                { tool(Icon::NextMark, "Next mark (])", Msg::NextMark, send) }
            </div>
            <button class="speed" title="Steps a second" onclick={speed}
                aria-label={format!("Speed: {} steps a second", player.speed)}>
                { format!("{}×", player.speed) }
            </button>
            if let (Some(tracks), Mode::Explore) = (&state.tracks, state.mode) {
                { super::tracks::view(state, tracks, send) }
            } else {
                { track(state, send) }
            }
            <output class="counter">{ counter(state) }</output>
        </div>
    }
}

/// `step 41 of 96 · attempt 1 · rewind 2`
fn counter(state: &State) -> String {
    let player = &state.player;
    let step = player.step - player.first;
    let mut text = format!("step {step} of {}", player.last - player.first);
    if state.moment.attempt > 0 {
        text += &format!(" · attempt {}", state.moment.attempt);
    }
    if state.moment.rewinds > 0 {
        text += &format!(" · rewind {}", state.moment.rewinds);
    }
    text
}

fn track(state: &State, send: &Send) -> Html {
    let player = &state.player;
    let (first, last) = (player.first, player.last);
    let span = last - first;
    // Marks that would lie on one another are drawn once.
    let places: BTreeSet<(usize, MarkKind)> =
        state.marks().map(|mark| ((mark.step - first) * PLACES / span.max(1), mark.kind)).collect();
    let marks = if state.is_asking() { BTreeSet::new() } else { places };
    html! {
        <div class="track">
            <svg class="marks" aria-hidden="true">
                { for marks.into_iter().map(|(place, kind)| mark(place, kind)) }
            </svg>
            { scrubber(state, send) }
        </div>
    }
}

/// The slider of the trace that is shown.
pub(super) fn scrubber(state: &State, send: &Send) -> Html {
    let player = &state.player;
    let first = player.first;
    let oninput = send.reform(move |event: InputEvent| {
        let value: usize = dom::value_of(&event).parse().unwrap_or(0);
        Msg::Seek(first + value)
    });
    let (span, step) = (player.last - first, player.step - first);
    html! {
        <input type="range" id="scrub" min="0" max={span.to_string()} value={step.to_string()}
            aria-label="Step" aria-valuetext={counter(state)} {oninput} />
    }
}

/// A mark in the form of its kind: forms differ, not only colours.
pub(super) fn mark(place: usize, kind: MarkKind) -> Html {
    let path = match kind {
        MarkKind::Start => "M-1 -5h2v10h-2z",
        MarkKind::Loss => "M-4 -4L4 4M-4 4L4 -4",
        MarkKind::Rewind => "M4 -5v10L-4 0z",
        MarkKind::Restart => "M0 -5a5 5 0 1 0 5 5",
        MarkKind::Failure => "M0 -5L5 4H-5z",
        MarkKind::Halt => "M-4 -4h8v8h-8z",
        MarkKind::Success => "M-5 0l3.5 4L5 -4",
    };
    let x = format!("{}%", place as f32 * 100.0 / PLACES as f32);
    html! {
        <svg {x} y="50%" overflow="visible" class={classes!("mark", kind.name())}>
            <path d={path}><title>{ kind.name() }</title></path>
        </svg>
    }
}
