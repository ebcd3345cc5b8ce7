//! The page without a browser: how its state changes, and what its views show.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::rc::Rc;

use rewindow::app::choice::TargetChoice;
use rewindow::app::fragment::{from_fragment, to_fragment};
use rewindow::app::gist_lesson::GIST_LESSON;
use rewindow::app::incident::lay_out;
use rewindow::app::keys::{Key, msg_for};
use rewindow::app::lesson::{Place, What};
use rewindow::app::msg::{Effect, Msg};
use rewindow::app::player::MarkKind;
use rewindow::app::state::{Mode, Picked, Sheet, State, Tab, ThemeChoice};
use rewindow::app::view::{Canvases, page};
use rewindow::app::wire::Jobs;
use rewindow::import::{InputFile, Place as At, Warning, read};
use rewindow::rewind::{ActionState, Event, Trace, plan};
use rewindow::scene::{Direction, Selection};
use yew::prelude::*;

/// A page whose worker answers at once.
struct Page {
    state: State,
    effects: Vec<Effect>,
}

impl Page {
    fn open() -> Self {
        let (state, effects) = State::open();
        let mut page = Self { state, effects: Vec::new() };
        page.carry_out(effects);
        page
    }

    fn say(&mut self, msg: Msg) {
        let effects = self.state.update(msg);
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Effect::Plan { job, scenario, empty_cache, .. } = &effect {
                let incident = &self.state.incident;
                let cache = rewindow::app::msg::start_cache(&incident.cache, *empty_cache);
                let trace = plan(&incident.graph, &cache, scenario);
                self.say(Msg::Planned(*job, trace));
            } else {
                self.effects.push(effect);
            }
        }
    }

    fn play_to_the_end(&mut self) {
        self.say(Msg::Seek(usize::MAX));
    }

    fn ends_well(&self) -> bool {
        self.state.timeline.trace.outcome().unwrap().success
    }

    fn html(&self) -> String {
        let state = Rc::new(self.state.clone());
        let renderer = yew::LocalServerRenderer::<Shown>::with_props(ShownProps { state });
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let local = tokio::task::LocalSet::new();
        local.block_on(&runtime, renderer.hydratable(false).render())
    }
}

#[derive(Properties)]
struct ShownProps {
    state: Rc<State>,
}

impl PartialEq for ShownProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.state, &other.state)
    }
}

#[component]
fn Shown(props: &ShownProps) -> Html {
    page(&props.state, &Canvases::default(), &Callback::noop())
}

fn key(name: &str) -> Key {
    Key { key: name.to_owned(), ..Key::default() }
}

fn picked(id: u32, name: &str) -> Picked {
    Picked { id, name: name.to_owned(), size_bytes: 10, format: None }
}

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
    state.update(Msg::Planned(late, Trace::default()));
    assert!(state.pending.is_some());
}

#[test]
fn what_fails_to_load_leaves_what_was_loaded() {
    let mut page = Page::open();
    page.say(Msg::Picked(vec![picked(0, "holiday.jpg")]));
    let Some(Effect::Import { job, .. }) = page.effects.last() else { panic!() };
    let job = *job;
    let warning = Warning {
        file: "holiday.jpg".to_owned(),
        place: At::Whole,
        what: "This is a picture.".to_owned(),
        remedy: "Drop an execution log.".to_owned(),
        count: 1,
    };
    page.say(Msg::ImportFailed(job, warning));
    assert!(page.state.incident.is_example());
    assert!(page.state.loading.is_none());
    let html = page.html();
    assert!(html.contains("This is a picture.") && html.contains("Drop an execution log."));
}

#[test]
fn cancelling_stops_the_worker_and_keeps_what_was_loaded() {
    let mut page = Page::open();
    page.say(Msg::Picked(vec![picked(0, "huge.json")]));
    assert!(page.html().contains("Cancel"));
    page.say(Msg::Cancel);
    assert!(matches!(page.effects.last(), Some(Effect::CancelWorker)));
    assert!(page.state.loading.is_none() && page.state.incident.is_example());
}

#[test]
fn what_was_dropped_is_shown_with_all_its_targets_and_more_files_merge() {
    let mut page = Page::open();
    page.say(Msg::Picked(vec![picked(0, "cold.exec.json")]));
    let Some(Effect::Import { job, .. }) = page.effects.last() else { panic!() };
    let job = *job;
    let bytes = include_bytes!("../static/samples/gist/cold.exec.json").to_vec();
    let file = InputFile { name: "cold.exec.json".to_owned(), bytes };
    let import = read(&[file], &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
    page.say(Msg::Imported(job, Box::new(import), None));
    assert_eq!(page.state.choice.targets, TargetChoice::All);
    assert!(page.state.choice.evictions.is_empty());
    assert_eq!(page.state.incident.name, "cold.exec.json");
    page.say(Msg::Picked(vec![picked(1, "aquery.pb")]));
    let Some(Effect::Import { files, .. }) = page.effects.last() else { panic!() };
    assert_eq!(files.len(), 2, "the second file joins the first");
}

#[test]
fn the_worker_reads_what_the_page_sends_and_the_page_reads_what_it_answers() {
    use rewindow::web::protocol::{Answer, FileOrder, Order};
    let bytes = include_bytes!("../static/samples/gist/cold.exec.json").to_vec();
    let files = vec![FileOrder { name: "log".to_owned(), format: None }];
    let mut said = Vec::new();
    let order = Order::Import { job: 1, incident: 1, files };
    Jobs::default().obey(order, vec![bytes], &mut |answer, buffers| said.push((answer, buffers)));
    let (answer, buffers) = said.last().unwrap();
    assert_eq!(*answer, Answer::Imported { job: 1 });
    let (import, layout) = rewindow::app::wire::imported(buffers).unwrap();
    assert_eq!(import.graph.n_actions(), 3);
    assert_eq!(layout.unwrap(), lay_out(&import.graph, Direction::Right));
}

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
fn the_views_show_the_story_the_requests_and_the_chips() {
    let mut page = Page::open();
    page.play_to_the_end();
    let html = page.html();
    assert!(html.contains("The build fails with exit code 1."));
    assert!(html.contains("does not exist remotely"), "the tool's own words");
    assert!(html.contains("a.txt") && html.contains("AC //:c"), "chips");
    page.say(Msg::Tab(Tab::Requests));
    let html = page.html();
    assert!(html.contains("/cas/87428fc52280") && html.contains("404"));
}

#[test]
fn the_inspector_decodes_the_entry_and_tells_why() {
    let mut page = Page::open();
    page.play_to_the_end();
    let graph = Rc::clone(&page.state.incident.graph);
    let action = |label: &str| graph.action_ids().find(|&a| graph.label(a) == label).unwrap();
    page.say(Msg::Select(Selection::Action(action("//:c"))));
    let html = page.html();
    assert!(html.contains("Why?") && html.contains("History"), "{html}");
    page.say(Msg::Select(Selection::AcEntry(action("//:a"))));
    let html = page.html();
    assert!(html.contains("dangling") && html.contains("7d5544fc"));
    let a_txt = graph.outputs(action("//:a"))[0];
    page.say(Msg::Select(Selection::Artifact(a_txt)));
    let html = page.html();
    assert!(html.contains("gone from the CAS") && html.contains("Put it back"));
}

#[test]
fn no_view_has_a_style_attribute() {
    // The content security policy would drop it.
    let mut page = Page::open();
    for sheet in [
        Sheet::Keys,
        Sheet::Files,
        Sheet::Engine,
        Sheet::Targets,
        Sheet::Evict,
        Sheet::Search,
        Sheet::Table,
    ] {
        page.say(Msg::Sheet(Some(sheet)));
        let html = page.html();
        assert!(html.contains("aria-modal"), "{sheet:?}");
        assert!(!html.contains(" style=\""), "{sheet:?}");
    }
    page.say(Msg::Sheet(None));
    page.say(Msg::Mode(Mode::Learn));
    assert!(!page.html().contains(" style=\""));
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
fn a_blob_is_shown_lost_only_once_it_is() {
    // The lesson begins with an empty cache: nothing is lost there that never was.
    let mut page = Page::open();
    page.say(Msg::Mode(Mode::Learn));
    let output = What::Output("//:a").resolve(&page.state.incident.graph).unwrap();
    assert!(!page.state.is_gone(output.kind, output.blob));
    page.say(Msg::Lesson(Place { part: 0, step: 7 }));
    assert!(page.state.is_gone(output.kind, output.blob));
}

#[test]
fn further_files_keep_the_scenario() {
    let mut page = Page::open();
    let bytes = include_bytes!("../static/samples/gist/cold.exec.json").to_vec();
    let file = InputFile { name: "cold.exec.json".to_owned(), bytes };
    let import = read(&[file], &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
    for id in 0..2 {
        page.say(Msg::Picked(vec![picked(id, "cold.exec.json")]));
        let Some(&Effect::Import { job, .. }) = page.effects.last() else { panic!() };
        page.say(Msg::Imported(job, Box::new(import.clone()), None));
        if id == 0 {
            page.say(Msg::Engine("bazel-9.3".to_owned()));
            page.say(Msg::EvictSelector("path:**/a.txt".to_owned()));
        }
    }
    assert_eq!(page.state.choice.engine.id, "bazel-9.3");
    assert_eq!(page.state.choice.evictions.len(), 1);
}
