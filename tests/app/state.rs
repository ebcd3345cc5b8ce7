//! How the state changes.

use std::rc::Rc;

use rewindow::app::fragment::{from_fragment, to_fragment};
use rewindow::app::keys::{Key, msg_for};
use rewindow::app::lesson::What;
use rewindow::app::msg::{Effect, Msg};
use rewindow::app::outline::MarkKind;
use rewindow::app::state::{Sheet, State, ThemeChoice};
use rewindow::rewind::{ActionState, Event, Trace};
use rewindow::scene::{Direction, Selection};

use super::page::{Page, key};

#[test]
fn the_page_opens_paused_before_bazel_finds_out() {
    let page = Page::open();
    let State { player, timeline, .. } = &page.state;
    assert!(!player.playing);
    let loss = timeline.marks.iter().find(|m| m.kind == MarkKind::Loss).unwrap();
    assert!(player.step > 0 && player.step < loss.step, "{} {}", player.step, loss.step);
    assert!(!page.ends_well());
}

#[test]
fn the_rewinding_engine_recovers() {
    let mut page = Page::open();
    page.say(Msg::Engine("bazel-9.3".to_owned()));
    assert!(page.ends_well());
    page.play_to_the_end();
    assert_eq!(page.state.moment.rewinds, 1);
    assert!(page.html().contains("The build succeeds."));
}

#[test]
fn playing_takes_time_and_stops_at_the_end() {
    let mut page = Page::open();
    page.say(Msg::Seek(0));
    page.say(Msg::TogglePlay);
    page.say(Msg::Tick(1000.0 / f64::from(page.state.player.speed) - 1.0));
    assert_eq!(page.state.player.step, 0);
    page.say(Msg::Tick(2.0));
    assert_eq!(page.state.player.step, 1);
    for _ in 0..1000 {
        page.say(Msg::Tick(500.0));
    }
    assert_eq!(page.state.player.step, page.state.player.last);
    assert!(!page.state.player.playing);
}

#[test]
fn a_moment_reached_backwards_is_the_one_reached_forwards() {
    let mut page = Page::open();
    let last = page.state.player.last;
    let mut forwards = Vec::new();
    for step in 0..=last {
        page.say(Msg::Seek(step));
        forwards.push(Rc::clone(&page.state.moment));
    }
    for step in (0..=last).rev() {
        page.say(Msg::StepBack);
        page.say(Msg::Seek(step));
        assert_eq!(*page.state.moment, *forwards[step]);
    }
}

#[test]
fn putting_everything_back_makes_all_hits_and_keeps_the_place() {
    let mut page = Page::open();
    page.say(Msg::Seek(5));
    let event = *page.state.event().unwrap();
    page.say(Msg::ClearEvictions);
    assert!(page.ends_well());
    assert_eq!(page.state.event(), Some(&event), "the player stays at what it showed");
    let executes = |e: &Event| matches!(e, Event::Executed { .. });
    assert!(!page.state.timeline.trace.events.iter().any(executes));
}

#[test]
fn evicting_the_selection_and_again_puts_it_back() {
    let mut page = Page::open();
    page.say(Msg::ClearEvictions);
    let graph = Rc::clone(&page.state.incident.graph);
    let entry = graph.action_ids().find(|&a| graph.label(a) == "//:a").unwrap();
    page.say(Msg::Select(Selection::AcEntry(entry)));
    page.say(Msg::EvictSelected);
    assert_eq!(page.state.choice.evictions, [What::Entry("//:a").resolve(&graph).unwrap()]);
    page.play_to_the_end();
    assert_eq!(page.state.moment.action(entry), ActionState::Executed);
    page.say(Msg::EvictSelected);
    assert!(page.state.choice.evictions.is_empty());
}

#[test]
fn a_source_cannot_be_evicted() {
    let mut page = Page::open();
    let before = page.state.choice.evictions.clone();
    let graph = Rc::clone(&page.state.incident.graph);
    let source = graph.artifact_ids().find(|&a| graph.producer(a).is_none()).unwrap();
    page.say(Msg::Select(Selection::Artifact(source)));
    page.say(Msg::EvictSelected);
    assert_eq!(page.state.choice.evictions, before);
}

#[test]
fn a_selector_evicts_and_a_wrong_one_says_why() {
    let mut page = Page::open();
    page.say(Msg::ClearEvictions);
    page.say(Msg::Sheet(Some(Sheet::Evict)));
    page.say(Msg::EvictSelector("path:**/nothing.txt".to_owned()));
    assert!(page.state.problem.is_some());
    assert!(page.html().contains("nothing.txt"));
    page.say(Msg::EvictSelector("path:**/b.txt".to_owned()));
    assert_eq!(page.state.choice.evictions.len(), 1);
    assert!(page.state.problem.is_none());
}

#[test]
fn an_old_plan_that_arrives_late_is_dropped() {
    let (mut state, effects) = State::open();
    let Effect::Plan { job: late, .. } = effects[0] else { panic!("{effects:?}") };
    state.update(Msg::Engine("bazel-9.3".to_owned()));
    state.update(Msg::Planned(late, Box::default()));
    assert!(state.pending.is_some());
}

#[test]
fn keys_do_what_the_list_says() {
    let mut page = Page::open();
    let is = |state: &State, name: &str, expected: fn(&Msg) -> bool| {
        msg_for(state, &key(name)).is_some_and(|msg| expected(&msg))
    };
    assert!(is(&page.state, " ", |m| matches!(m, Msg::TogglePlay)));
    assert!(is(&page.state, "ArrowRight", |m| matches!(m, Msg::Step)));
    assert!(is(&page.state, "[", |m| matches!(m, Msg::PreviousMark)));
    assert!(is(&page.state, "?", |m| matches!(m, Msg::Sheet(Some(Sheet::Keys)))));
    let on_graph = Key { on_graph: true, ..key("ArrowRight") };
    assert!(matches!(msg_for(&page.state, &on_graph), Some(Msg::Walk(_))));
    let typing = Key { in_field: true, ..key("e") };
    assert!(msg_for(&page.state, &typing).is_none());
    let copying = Key { modified: true, ..key("f") };
    assert!(msg_for(&page.state, &copying).is_none());
    page.say(Msg::Sheet(Some(Sheet::Keys)));
    assert!(msg_for(&page.state, &key(" ")).is_none(), "a sheet is open");
    assert!(is(&page.state, "Escape", |m| matches!(m, Msg::Escape)));
}

#[test]
fn the_address_keeps_the_scenario_of_the_example() {
    let mut page = Page::open();
    page.say(Msg::Engine("buck2-1349".to_owned()));
    page.say(Msg::Jobs(8));
    let Some(Effect::Fragment(text)) = page.effects.last() else { panic!() };
    let graph = &page.state.incident.graph;
    assert_eq!(from_fragment(text, graph), Some(page.state.choice.clone()));
    assert_eq!(to_fragment(&page.state.choice, graph), *text);
    assert_eq!(from_fragment("nonsense&engine=none&evict=cas:xyz", graph), None);
}

#[test]
fn the_theme_is_remembered() {
    let mut page = Page::open();
    page.say(Msg::Theme(ThemeChoice::Dark));
    let stored = |e: &Effect| matches!(e, Effect::Remember("theme", value) if value == "dark");
    assert!(page.effects.iter().any(stored));
}

#[test]
fn a_tall_window_turns_a_small_graph_and_goes_on_to_show_all_of_it() {
    let mut page = Page::open();
    page.say(Msg::Resized(390.0, 600.0, 2.0));
    let state = &page.state;
    let layout = state.layout.as_ref().unwrap();
    assert_eq!(layout.direction(), Direction::Down);
    let (seen, all) = (state.viewport.world(), layout.bounds());
    assert!(seen.x <= all.x && seen.right() >= all.right(), "{seen:?} {all:?}");
    assert!(seen.y <= all.y && seen.bottom() >= all.bottom(), "{seen:?} {all:?}");
    page.say(Msg::Resized(1000.0, 500.0, 1.0));
    assert_eq!(page.state.layout.as_ref().unwrap().direction(), Direction::Right);
}

#[test]
fn a_long_trace_is_gone_through_frame_by_frame() {
    let mut page = Page::open();
    let action = page.state.incident.graph.action_ids().next().unwrap();
    // As the worker may answer it: one action that executes over and over.
    page.state.update(Msg::ClearEvictions);
    let job = page.state.pending.as_ref().unwrap().job;
    let executed = Event::Executed { action, again: true };
    let started = Event::Started { action };
    let events = [executed, started].into_iter().cycle().take(500_000).collect();
    page.state.update(Msg::Planned(job, Box::new(Trace { events, builds: Vec::new() }.into())));
    page.state.update(Msg::Seek(499_999));
    assert!(page.state.is_indexing(), "it does not hold the page up");
    assert_eq!(page.state.player.step, 499_999);
    let mut steps = vec![page.state.moment.step];
    while page.state.is_indexing() {
        assert!(steps.len() < 100, "it comes to an end");
        page.state.update(Msg::Tick(16.0));
        steps.push(page.state.moment.step);
    }
    assert!(steps.is_sorted() && steps.len() > 3, "the moment follows: {steps:?}");
    assert_eq!(page.state.moment.step, 499_999);
    assert_eq!(page.state.moment.action(action), ActionState::Reexecuted);
    page.state.update(Msg::StepBack);
    assert_eq!(page.state.moment.action(action), ActionState::Running);
}
