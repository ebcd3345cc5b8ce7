//! What the views show.

use std::rc::Rc;

use rewindow::app::msg::Msg;
use rewindow::app::state::{Mode, Sheet, Tab};
use rewindow::scene::Selection;

use super::page::Page;

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
        Sheet::Gallery,
        Sheet::Rules,
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
