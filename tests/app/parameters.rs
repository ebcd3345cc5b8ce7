//! The sheet of an engine's parameters, and where overrides go.

use rewindow::app::fragment::from_fragment;
use rewindow::app::msg::{Effect, Msg};
use rewindow::app::state::Sheet;
use rewindow::rewind::{engines, parameters};

use crate::page::Page;

fn with(engine: &str) -> Page {
    let mut page = Page::open();
    page.say(Msg::Engine(engine.to_owned()));
    page
}

#[test]
fn the_picker_lists_every_engine_under_its_tool() {
    let html = Page::open().html();
    let bazel = html.find("label=\"Bazel\"").unwrap();
    let buck2 = html.find("label=\"Buck2\"").unwrap();
    for engine in engines() {
        let at = html.find(&format!("value=\"{}\"", engine.id)).unwrap();
        assert!(at > bazel && (at > buck2) == engine.id.starts_with("buck2"), "{}", engine.id);
        assert!(html.contains(engine.name), "{}", engine.name);
    }
}

#[test]
fn the_sheet_shows_each_parameter_with_value_meaning_and_source() {
    let mut page = with("bazel-9.3");
    page.say(Msg::Sheet(Some(Sheet::Engine)));
    let html = page.html();
    for parameter in parameters() {
        assert!(html.contains(&format!("id=\"set-{}\"", parameter.name)), "{}", parameter.name);
        let words = parameter.meaning.split(['`', '\'']).next().unwrap();
        assert!(html.contains(words), "{words}");
    }
    assert!(html.contains("ActionRewindStrategy.MAX_REPEATED_LOST_INPUTS"));
    assert!(!html.contains("Modified:"));
}

#[test]
fn an_override_changes_the_plan_and_is_shown_and_taken_back() {
    let mut page = with("bazel-9.3");
    assert!(page.ends_well());
    page.say(Msg::Parameter("on_loss", "fail".to_owned()));
    page.say(Msg::Parameter("retries", "0".to_owned()));
    assert!(!page.ends_well());
    page.say(Msg::Sheet(Some(Sheet::Engine)));
    let html = page.html();
    assert!(html.contains("parameters: modified") && html.contains("Modified:"));
    assert!(html.contains("Bazel 9.3 (on_loss=fail, retries=0)"), "in the story header");
    // A value that is none changes nothing.
    let before = page.state.choice.clone();
    page.say(Msg::Parameter("retries", "many".to_owned()));
    assert_eq!(page.state.choice, before);
    page.say(Msg::ResetParameters);
    assert!(page.ends_well());
    assert!(!page.html().contains("modified"));
}

#[test]
fn a_link_keeps_overrides() {
    let mut page = with("bazel-9.3");
    for (name, value) in [("cap", "3"), ("ac_on_replay", "bypasses"), ("retries", "0")] {
        page.say(Msg::Parameter(name, value.to_owned()));
    }
    let link = page.effects.iter().rev().find_map(|effect| match effect {
        Effect::Fragment(text) => Some(text.clone()),
        _ => None,
    });
    let choice = from_fragment(&link.unwrap(), &page.state.incident.graph).unwrap();
    assert_eq!(choice.engine, page.state.choice.engine);
    assert_eq!(choice.engine.overrides().len(), 3);
}
