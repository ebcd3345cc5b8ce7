//! A log of requests among the files: what happened is shown beside what is planned.

use std::path::Path;

use rewindow::app::keys::msg_for;
use rewindow::app::msg::Msg;
use rewindow::model::CacheKind;
use rewindow::rewind::Event;
use rewindow::scene::Selection;

use super::page::{Page, key};

const EXPORTS: [&str; 3] =
    ["absl/cold.exec.json.gz", "absl/aquery.pb.gz", "absl/httpcache.find.txt.gz"];

fn drop(names: &[&str]) -> Page {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    let files: Vec<(&str, Vec<u8>)> =
        names.iter().map(|name| (*name, std::fs::read(folder.join(name)).unwrap())).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, b)| (*name, &b[..])).collect();
    let mut page = Page::open();
    page.drop_files(&files);
    page.say(Msg::Escape);
    page
}

fn abseil() -> Page {
    let log = ["absl-evict-minimal-11/nginx-access.log", "absl-evict-minimal-11/bep.pb.gz"];
    drop(&[&EXPORTS[..], &log].concat())
}

fn press(page: &mut Page, name: &str) {
    let msg = msg_for(&page.state, &key(name)).unwrap();
    page.say(msg);
}

#[test]
fn what_was_found_gone_is_evicted_and_the_two_traces_are_switched() {
    let mut page = abseil();
    let evictions = &page.state.choice.evictions;
    let n = |kind| evictions.iter().filter(|e| e.kind == kind).count();
    assert_eq!((n(CacheKind::Ac), n(CacheKind::Cas)), (10, 14));
    let tracks = page.state.tracks.as_ref().unwrap();
    assert!(!tracks.is_observed && tracks.is_planned());
    let html = page.html();
    assert!(html.contains(">Predicted<") && html.contains(">Observed<"));
    let n_planned = page.state.timeline.trace.events.len();

    press(&mut page, "v");
    assert!(page.state.tracks.as_ref().unwrap().is_observed);
    assert_ne!(page.state.timeline.trace.events.len(), n_planned);
    page.play_to_the_end();
    assert_eq!(page.state.timeline.trace.outcome().unwrap().exit_code, 36);
    let html = page.html();
    assert!(html.contains("The build fails with exit code 36."));
    let last = page.state.player.step;
    press(&mut page, "v");
    assert_eq!(page.state.timeline.trace.events.len(), n_planned);
    press(&mut page, "v");
    assert_eq!(page.state.player.step, last, "each track is where it was left");
}

#[test]
fn the_right_engine_agrees_and_another_parts_where_a_key_and_a_mark_go() {
    let mut page = abseil();
    page.say(Msg::KeepGoing(true));
    page.say(Msg::Engine("bazel-4.2".to_owned()));
    assert_eq!(page.state.tracks.as_ref().unwrap().parting, None);
    assert!(page.html().contains("The log has each request of the plan, and no other."));

    page.say(Msg::Engine("bazel-9.3".to_owned()));
    let tracks = page.state.tracks.clone().unwrap();
    let parting = tracks.parting.unwrap();
    let html = page.html();
    assert!(html.contains("The plan has a second GET of the "), "the sentence");
    assert!(html.contains("first divergence"), "the mark");
    press(&mut page, "d");
    assert_eq!(page.state.player.step, parting.predicted_step);
    assert_eq!(page.state.event(), Some(&Event::Asked(parting.odd.request)));
    press(&mut page, "v");
    press(&mut page, "d");
    assert_eq!(page.state.player.step, parting.observed_step);
    // Both marks lie at one place, whichever track is shown, and the ends stay ends.
    for observed in [false, true] {
        page.say(Msg::ShowObserved(observed));
        let tracks = page.state.tracks.as_ref().unwrap();
        let plan = tracks.place(false, parting.predicted_step);
        let log = tracks.place(true, parting.observed_step);
        assert!((plan - log).abs() < 1e-4, "{plan} and {log}");
        for side in [false, true] {
            let n = tracks.track(side).timeline.trace.events.len();
            assert_eq!((tracks.place(side, 0), tracks.place(side, n)), (0.0, 1.0));
        }
    }
}

#[test]
fn a_plan_that_comes_while_the_log_is_shown_waits_behind_it() {
    let mut page = abseil();
    press(&mut page, "v");
    let shown = page.state.timeline.trace.clone();
    page.say(Msg::Engine("bazel-9.3".to_owned()));
    assert_eq!(page.state.timeline.trace, shown);
    assert!(page.state.tracks.as_ref().unwrap().parting.is_some());
    press(&mut page, "v");
    assert_eq!(page.state.timeline.scenario.engine.id, "bazel-9.3");
}

#[test]
fn console_text_is_listed_evicted_and_shown_with_its_blob() {
    let mut page = drop(&[&EXPORTS[..], &["absl-evict-minimal-11/stderr.txt"]].concat());
    assert!(page.state.tracks.is_none(), "no request is told");
    assert_eq!(page.state.choice.evictions.len(), 2);
    page.say(Msg::Sheet(Some(rewindow::app::state::Sheet::Files)));
    let html = page.html();
    assert!(html.contains("2 blobs lost, 2 actions failed on losses"));
    assert!(html.contains("absl/hash/_objs/hash/hash.pic.o"));
    page.say(Msg::ClearEvictions);
    page.say(Msg::Sheet(Some(rewindow::app::state::Sheet::Files)));
    assert!(page.html().contains("Evict what was found gone"));
    page.say(Msg::EvictObserved);
    assert_eq!(page.state.choice.evictions.len(), 2);
    let blob = page.state.choice.evictions[0].blob;
    page.say(Msg::Select(Selection::Blob(blob)));
    assert!(page.html().contains("The build tool printed that it is lost."));
}

#[test]
fn without_a_log_there_is_one_track_and_the_keys_do_nothing() {
    let page = drop(&EXPORTS);
    assert!(page.state.tracks.is_none() && page.state.choice.evictions.is_empty());
    assert!(!page.html().contains(">Observed<"));
    assert!(msg_for(&page.state, &key("v")).is_none());
    assert!(msg_for(&page.state, &key("d")).is_none());
}
