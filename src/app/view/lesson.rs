//! The lesson: what a newcomer has to know, a question, and after the answer what happens.

use yew::prelude::*;

use crate::app::gist_lesson::GIST_LESSON;
use crate::app::lesson::{LessonStep, Part, Place};
use crate::app::msg::Msg;
use crate::app::state::State;
use crate::report::Term;
use crate::rewind::Engine;

use super::Send;
use super::icon::{Icon, icon};
use super::text::explained;

pub fn view(state: &State, send: &Send) -> Html {
    let place = state.learn.place;
    let places = GIST_LESSON.places();
    let at = places.iter().position(|&p| p == place).unwrap_or(0);
    let (part, step) = GIST_LESSON.at(place);
    let seen = &mut Vec::new();
    html! {
        <article class="lesson" aria-label="Lesson">
            <p class="quiet">{ GIST_LESSON.title }</p>
            { progress(state, &places, send) }
            <h2>{ format!("{}. {}", at + 1, step.title) }</h2>
            { for step.narration.iter().map(|text| html! { <p>{ explained(text, seen) }</p> }) }
            { what_is_done(part, step) }
            { question(state, step, seen, send) }
            { onward(state, step, &places, at, seen, send) }
        </article>
    }
}

fn progress(state: &State, places: &[Place], send: &Send) -> Html {
    let dots = places.iter().enumerate().map(|(i, &place)| {
        let current = place == state.learn.place;
        let done = state.learn.done.contains(&place);
        let name = format!("Step {}: {}", i + 1, GIST_LESSON.at(place).1.title);
        let class = classes!("dot", current.then_some("current"), done.then_some("done"));
        let onclick = send.reform(move |_| Msg::Lesson(place));
        html! {
            <li><button {class} aria-label={name.clone()} title={name}
                aria-current={current.then_some("step")}
                {onclick} /></li>
        }
    });
    html! { <ol class="dots">{ for dots }</ol> }
}

fn what_is_done(part: &Part, step: &LessonStep) -> Html {
    let engine = Engine::find(part.engine).map(|e| e.name).unwrap_or(part.engine);
    let Some((last, before)) = step.builds.split_last() else { return html! {} };
    let lines = before.iter().chain([last]).flat_map(|build| {
        let evicted = build.evict.iter().map(|what| format!("# the cache evicts {}", what.name()));
        evicted.chain(build.command_lines()).collect::<Vec<_>>()
    });
    html! {
        <div class="commands">
            <span class="quiet">{ engine }</span>
            <pre>{ lines.collect::<Vec<_>>().join("\n") }</pre>
        </div>
    }
}

fn question(state: &State, step: &LessonStep, seen: &mut Vec<Term>, send: &Send) -> Html {
    let chosen = state.learn.answer;
    let answers = step.question.answers.iter().enumerate().map(|(i, answer)| {
        let class = match chosen {
            None => "answer",
            Some(_) if answer.right => "answer right",
            Some(c) if c == i => "answer wrong",
            Some(_) => "answer other",
        };
        let onclick = send.reform(move |_| Msg::Answer(i));
        html! {
            <button {class} disabled={chosen.is_some()} {onclick}>
                <span>{ answer.text }</span>
                if chosen.is_some() && answer.right { { icon(Icon::Check) } }
                else if chosen == Some(i) { { icon(Icon::Close) } }
            </button>
        }
    });
    let feedback = chosen.and_then(|i| step.question.answers.get(i)).map(|a| a.feedback);
    html! {
        <section class="question" aria-label="Prediction">
            <h3>{ explained(step.question.ask, seen) }</h3>
            <div class="answers">{ for answers }</div>
            <p class="feedback" role="status">{ feedback.unwrap_or_default() }</p>
        </section>
    }
}

/// What to take home and where to go, once the question is answered.
fn onward(
    state: &State,
    step: &LessonStep,
    places: &[Place],
    at: usize,
    seen: &mut Vec<Term>,
    send: &Send,
) -> Html {
    if state.learn.answer.is_none() {
        return html! {};
    }
    let replay = send.reform(|_| Msg::Replay);
    let explore = send.reform(|_| Msg::ExploreThis);
    let next = places.get(at + 1).copied();
    html! {
        <>
            if state.is_told() { <p class="reveal">{ explained(step.reveal, seen) }</p> }
            <span id="lesson-end" />
            <div class="onward">
                if let Some(place) = next {
                    <button class="primary" onclick={send.reform(move |_| Msg::Lesson(place))}>
                        { "Next" }
                    </button>
                }
                <button onclick={replay}>{ "Play again" }</button>
                <button onclick={explore}>{ "Try it yourself" }</button>
            </div>
        </>
    }
}
