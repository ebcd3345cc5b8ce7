//! The lesson asks, hears, plays.

use rewindow::app::gist_lesson::GIST_LESSON;
use rewindow::app::lesson::{Place, What};
use rewindow::app::msg::Msg;
use rewindow::app::state::Mode;
use rewindow::rewind::Event;

use super::page::Page;

#[test]
fn the_lesson_asks_first_and_plays_after_the_answer() {
    let mut page = Page::open();
    page.say(Msg::Mode(Mode::Learn));
    assert_eq!(page.state.player.step, page.state.player.first);
    let html = page.html();
    assert!(html.contains(GIST_LESSON.parts[0].steps[0].question.ask));
    assert!(html.contains("Answer the question"));
    page.say(Msg::TogglePlay);
    assert!(!page.state.player.playing, "no reveal before the prediction");
    page.say(Msg::Answer(0));
    assert!(page.state.player.playing);
    let html = page.html();
    assert!(html.contains(GIST_LESSON.parts[0].steps[0].question.answers[0].feedback));
}

#[test]
fn each_step_of_the_lesson_shows_its_own_build() {
    let mut page = Page::open();
    page.say(Msg::Mode(Mode::Learn));
    for place in GIST_LESSON.places() {
        page.say(Msg::Lesson(place));
        page.say(Msg::Answer(0));
        let (first, last) = (page.state.player.first, page.state.player.last);
        let events = &page.state.timeline.trace.events[first..last];
        let finished = |e: &&Event| matches!(e, Event::BuildFinished { .. });
        assert_eq!(events.iter().filter(finished).count(), 1, "{place:?}");
    }
}

#[test]
fn a_failing_step_can_be_tried_in_explore() {
    let mut page = Page::open();
    page.say(Msg::Mode(Mode::Learn));
    page.say(Msg::Lesson(Place { part: 0, step: 7 }));
    page.say(Msg::Answer(0));
    page.say(Msg::ExploreThis);
    assert_eq!(page.state.mode, Mode::Explore);
    assert!(
        page.state.choice.evicts(What::Output("//:a").resolve(&page.state.incident.graph).unwrap())
    );
}

#[test]
fn a_blob_is_shown_lost_only_once_it_is() {
    // The lesson begins with an empty cache: nothing is lost there that never was.
    let mut page = Page::open();
    page.say(Msg::Mode(Mode::Learn));
    let output = What::Output("//:a").resolve(&page.state.incident.graph).unwrap();
    assert!(!page.state.is_gone(output.kind, output.blob));
    page.say(Msg::Lesson(Place { part: 0, step: 7 }));
    assert!(page.state.is_gone(output.kind, output.blob));
}
