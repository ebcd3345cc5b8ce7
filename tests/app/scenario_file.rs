//! A scenario file on the page: edited by the scenario bar, saved, linked, dropped, refused.

use rewindow::app::choice::TargetChoice;
use rewindow::app::link::{LINK_CHARS_MAX, from_link};
use rewindow::app::msg::{Effect, Msg};
use rewindow::app::opened::Origin;
use rewindow::app::state::{Mode, Sheet, State};
use rewindow::rewind::{CachePolicy, DownloadMode};
use rewindow::scenario::ScenarioText;
use rewindow::scene::Tier;

use super::page::Page;

const STUCK: &str = "stuck-loop-bazel-1.1";

const OWN: &str = r#"rewindow = 1
title = "My own"
engine = "bazel-9.3"
actions = ["//:a: src.txt -> a.txt", "//:c: a.txt -> c.txt"]

[[build]]
jobs = 3

[[build]]
jobs = 5
download = "all"
evict = ["a.txt"]

[expect]
success = true
"#;

fn open(name: &str) -> Page {
    let mut page = Page::open();
    page.say(Msg::OpenEntry(name.to_owned()));
    page
}

fn modified(page: &Page) -> bool {
    page.state.opened.as_ref().unwrap().is_modified()
}

#[test]
fn another_engine_plays_the_same_scenario_and_reset_brings_the_file_back() {
    let mut page = open(STUCK);
    page.say(Msg::Engine("bazel-9.3".to_owned()));
    assert!(modified(&page) && page.ends_well());
    assert_eq!(page.state.timeline.trace.builds.len(), 2, "all builds of the file");
    assert!(page.state.checks.iter().any(|check| !check.holds), "it is not as with 1.1");
    let html = page.html();
    assert!(html.contains("modified") && html.contains("Reset"), "{html}");
    page.say(Msg::ResetScenario);
    assert!(!modified(&page) && !page.ends_well());
    assert_eq!(page.state.choice.engine.id, "bazel-1.1");
    assert!(page.state.checks.iter().all(|check| check.holds));
}

#[test]
fn the_bar_edits_every_build_of_the_file() {
    let mut page = open(STUCK);
    page.say(Msg::Download(DownloadMode::All));
    page.say(Msg::Jobs(8));
    page.say(Msg::Policy(CachePolicy::Verified));
    page.say(Msg::KeepGoing(true));
    page.say(Msg::Targets(TargetChoice::of(["//:b"])));
    let scenario = page.state.timeline.scenario.clone();
    assert_eq!(scenario.builds.len(), 2);
    for build in &scenario.builds {
        assert_eq!((build.download, build.jobs), (DownloadMode::All, 8));
        assert!(build.keep_going);
    }
    assert_eq!(scenario.server.policy, CachePolicy::Verified);
    assert_eq!(page.state.choice.targets, TargetChoice::of(["//:b"]));
    assert!(page.ends_well());
}

#[test]
fn what_the_file_evicts_is_put_back_and_evicted_again() {
    let mut page = open(STUCK);
    let evictions = page.state.choice.evictions.clone();
    assert_eq!(evictions.len(), 2, "a.txt and the entry of //:c, from [cache] minus");
    assert!(page.state.is_gone(evictions[0].kind, evictions[0].blob));
    page.say(Msg::ToggleEvict(evictions[0]));
    assert_eq!(page.state.choice.evictions, [evictions[1]]);
    assert!(page.ends_well(), "a.txt is there again");
    assert!(!page.state.is_gone(evictions[0].kind, evictions[0].blob));
    page.say(Msg::Seek(0));
    page.say(Msg::ToggleEvict(evictions[0]));
    assert!(!page.ends_well());
    page.say(Msg::ClearEvictions);
    assert!(page.ends_well() && page.state.choice.evictions.is_empty());
}

#[test]
fn an_eviction_goes_before_the_build_on_show() {
    let mut page = Page::open();
    page.drop_files(&[("own.toml", OWN.as_bytes())]);
    page.say(Msg::ClearEvictions);
    page.say(Msg::Seek(usize::MAX));
    assert_eq!(page.state.build_on_show(), 1);
    page.say(Msg::EvictSelector("path:c.txt".to_owned()));
    let evict = |page: &Page| {
        let builds = &page.state.timeline.scenario.builds;
        builds.iter().map(|build| build.evict.len()).collect::<Vec<_>>()
    };
    assert_eq!(evict(&page), [0, 1]);
    page.say(Msg::Seek(0));
    page.say(Msg::EvictSelector("ac://:c".to_owned()));
    assert_eq!(evict(&page), [1, 1]);
}

#[test]
fn a_file_whose_builds_differ_says_so() {
    let mut page = Page::open();
    page.drop_files(&[("own.toml", OWN.as_bytes())]);
    let opened = page.state.opened.clone().unwrap();
    assert_eq!(opened.origin, Origin::File("own.toml".to_owned()));
    assert_eq!(page.state.incident.name, "My own");
    assert!(opened.mixed().jobs && opened.mixed().download && !opened.mixed().targets);
    assert!(page.html().contains("by build"));
    page.say(Msg::Jobs(5));
    let jobs: Vec<u32> = page.state.timeline.scenario.builds.iter().map(|b| b.jobs).collect();
    assert_eq!(jobs, [5, 5], "also where the last build had as many");
}

#[test]
fn what_is_saved_opens_as_the_same() {
    let mut page = open(STUCK);
    page.say(Msg::SaveScenario);
    let Some(Effect::Save(name, text)) = page.effects.last() else { panic!() };
    assert_eq!(name, "stuck-loop-bazel-1.1.toml");
    assert!(text.contains("actions = [\n"), "as its author wrote it");
    page.say(Msg::Engine("buck2-1349".to_owned()));
    page.say(Msg::EvictSelector("path:b.txt".to_owned()));
    page.say(Msg::SaveScenario);
    let Some(Effect::Save(name, text)) = page.effects.last().cloned() else { panic!() };
    let trace = page.state.timeline.trace.clone();
    page.drop_files(&[(&name, text.as_bytes())]);
    assert_eq!(page.state.timeline.trace, trace);
}

#[test]
fn a_link_opens_what_was_on_show() {
    let mut page = open(STUCK);
    assert_eq!(page.state.address().as_deref(), Some("scenario=stuck-loop-bazel-1.1"));
    page.say(Msg::Engine("bazel-9.3".to_owned()));
    page.say(Msg::Seek(7));
    let link = page.state.address().unwrap();
    assert_eq!(link, "scenario=stuck-loop-bazel-1.1&engine=bazel-9.3&step=7");
    reopens(&page.state);
    page.say(Msg::Jobs(4));
    page.say(Msg::Seek(3));
    assert!(page.state.address().unwrap().contains("&toml="));
    reopens(&page.state);
    page.drop_files(&[("own.toml", OWN.as_bytes())]);
    page.say(Msg::Seek(2));
    assert!(page.state.address().unwrap().starts_with("toml="));
    reopens(&page.state);
}

fn reopens(state: &State) {
    let mut other = Page::open();
    other.say(Msg::OpenAddress(format!("#{}", state.address().unwrap())));
    assert_eq!(other.state.opened.as_ref().unwrap().text, state.opened.as_ref().unwrap().text);
    assert_eq!(other.state.timeline.trace, state.timeline.trace);
    assert_eq!(other.state.player.step, state.player.step);
    assert_eq!(other.state.address(), state.address());
}

#[test]
fn hostile_links_are_refused_in_words() {
    let own = "scenario=stuck-loop-bazel-1.1";
    let page = open(STUCK);
    let mut whole = page.state.clone();
    whole.update(Msg::Jobs(4));
    let link = whole.opened.as_ref().unwrap().link().unwrap().to_owned();
    let cut = &link[..link.len() - 40];
    for (fragment, says) in [
        ("scenario=stuck-loop", "which the gallery does not have"),
        ("scenario=../../etc/passwd", "which the gallery does not have"),
        ("scenario=", "which the gallery does not have"),
        ("toml=", "damaged"),
        ("toml=%%%%", "no base64url"),
        ("toml=AAAA", "damaged"),
        (cut, "damaged"),
        (&format!("{own}&engine=bazel-0"), "the engine 'bazel-0'"),
        (&format!("{own}&engine=bazel-9.3&set=retries:many"), "retries:many"),
        (&format!("{own}&engine=bazel-9.3&set=x"), "asks for x"),
    ] {
        let mut page = Page::open();
        page.say(Msg::OpenAddress(fragment.to_owned()));
        assert!(page.state.opened.is_none() && page.state.incident.is_example(), "{fragment}");
        assert_eq!(page.state.sheet, Some(Sheet::Gallery));
        let problem = page.state.problem.clone().unwrap().what;
        assert!(problem.contains(says), "{fragment}: {problem}");
        assert!(page.html().contains("role=\"alert\""));
    }
    let far = from_link(&format!("{own}&step=99999999999999999999")).unwrap();
    assert_eq!(far.step, None);
    let mut page = Page::open();
    page.say(Msg::OpenAddress(format!("{own}&step=999999999")));
    assert_eq!(page.state.player.step, page.state.player.last);
}

#[test]
fn a_link_that_unpacks_to_too_much_is_refused() {
    use base64::Engine as _;
    use std::io::Write;
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![b' '; 64 << 20]).unwrap();
    let packed = base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(encoder.finish().unwrap());
    let error = from_link(&format!("toml={packed}")).unwrap_err();
    assert!(error.to_string().contains("a scenario has at most"), "{error}");
}

#[test]
fn what_does_not_fit_in_a_link_is_saved() {
    let mut actions = String::new();
    let mut mixed = 1u64;
    for i in 0..1500 {
        mixed = mixed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        actions += &format!("\"//p{mixed:x}:t{i}: -> out/{:x}/{i}\",\n", mixed.rotate_left(17));
    }
    let text = format!("rewindow = 1\nengine = \"bazel-9.3\"\nactions = [\n{actions}]\n");
    let mut page = Page::open();
    page.drop_files(&[("large.toml", text.as_bytes())]);
    assert!(text.len() > 4 * LINK_CHARS_MAX && page.state.opened.is_some());
    assert_eq!(page.state.address(), None);
    assert!(page.html().contains("too long for a link"));
    let layout = page.state.layout.clone().unwrap();
    assert_eq!(layout.tier(), Tier::Groups, "laid out by the worker");
    let mut actions = page.state.incident.graph.action_ids();
    assert!(actions.len() == 1500 && actions.all(|action| layout.index_of(action).is_some()));
}

#[test]
fn a_broken_file_says_where_and_what_was_loaded_stays() {
    let broken = OWN.replace("jobs = 5", "jbos = 5");
    for (name, text, place, says) in [
        ("own.toml", broken.as_str(), "line 10, column 1", "did you mean jobs?"),
        ("notes.toml", "[[build]\n", "line 1, column", "this is no TOML"),
        ("renamed.txt", "rewindow = 2\n", "line 1, column 12", "knows version 1"),
    ] {
        let mut page = Page::open();
        page.drop_files(&[(name, text.as_bytes())]);
        assert!(page.state.opened.is_none() && page.state.incident.is_example(), "{name}");
        let problem = page.state.problem.as_ref().unwrap().to_string();
        assert!(problem.contains(name) && problem.contains(says), "{problem}");
        assert!(problem.contains(place) && page.html().contains(place), "{problem}");
    }
}

const ON_EXPORTS: &str = r#"rewindow = 1
engine = "bazel-9.3"
files = ["exports/cold.exec.json", "aquery.pb"]

[[build]]
targets = ["//:c"]
download = "minimal"

[expect]
success = true
"#;

#[test]
fn exports_are_dropped_with_the_scenario_that_names_them() {
    let log = include_bytes!("../../static/samples/gist/cold.exec.json");
    let aquery = include_bytes!("../../static/samples/gist/aquery.pb");
    let mut page = Page::open();
    page.drop_files(&[("on.toml", ON_EXPORTS.as_bytes()), ("cold.exec.json", log)]);
    let html = page.html();
    assert!(page.state.opened.is_none() && html.contains("aquery.pb"));
    assert!(html.contains("line 3, column 36"), "{:?}", page.state.problem);
    let files: [(&str, &[u8]); 4] = [
        ("in/on.toml", ON_EXPORTS.as_bytes()),
        ("in/exports/cold.exec.json", log),
        ("in/aquery.pb", aquery),
        ("in/readme.md", b"nothing"),
    ];
    page.drop_files(&files);
    let opened = page.state.opened.clone().unwrap();
    assert_eq!(opened.play.graph.n_actions(), 3);
    assert!(page.ends_well() && page.state.address().is_none());
    let html = page.html();
    assert!(html.contains("Left out") && html.contains("readme.md"), "{html}");
    page.say(Msg::Engine("bazel-1.1".to_owned()));
    assert_eq!(page.state.timeline.scenario.engine.id, "bazel-1.1");
    page.say(Msg::Sheet(Some(Sheet::Inspector)));
    assert!(page.html().contains("cannot hold the exports"));
}

#[test]
fn the_lesson_and_exports_take_the_place_of_a_scenario() {
    let mut page = open(STUCK);
    page.say(Msg::Mode(Mode::Learn));
    assert!(page.state.opened.is_none() && page.state.incident.is_example());
    let mut page = open(STUCK);
    let log = include_bytes!("../../static/samples/gist/cold.exec.json");
    page.drop_files(&[("cold.exec.json", log)]);
    assert!(page.state.opened.is_none());
    assert!(page.state.choice.evictions.is_empty());
    page.say(Msg::OpenEntry(STUCK.to_owned()));
    assert!(page.state.opened.is_some());
    page.say(Msg::OpenExample);
    assert!(page.state.opened.is_none() && page.state.choice.evictions.len() == 2);
}

#[test]
fn a_text_written_by_the_page_is_the_format() {
    let mut page = open(STUCK);
    page.say(Msg::KeepGoing(true));
    let toml = page.state.opened.as_ref().unwrap().toml();
    let read = ScenarioText::parse("x", toml.as_bytes()).unwrap();
    assert_eq!(read, page.state.opened.as_ref().unwrap().text);
}
