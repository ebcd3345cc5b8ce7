//! The gallery: every golden scenario can be found, opened and played on the page.

use rewindow::app::gallery::{Group, entries, names};
use rewindow::app::link::open_entry;
use rewindow::app::msg::Msg;
use rewindow::app::state::{Sheet, Tab};
use rewindow::rewind::Event;

use super::page::Page;

#[test]
fn every_file_is_an_entry_with_a_title_and_a_paragraph() {
    let entries = entries();
    let mut found: Vec<&str> = entries.iter().map(|entry| entry.name).collect();
    found.sort_unstable();
    assert_eq!(found, names().collect::<Vec<_>>());
    assert!(!found.is_empty());
    for entry in &entries {
        assert!(!entry.title.is_empty() && !entry.about.is_empty(), "{}", entry.name);
        assert!(entry.fits(entry.name) && entry.fits(&entry.title), "{}", entry.name);
    }
    let groups: Vec<Group> = entries.iter().map(|entry| entry.group).collect();
    assert!(groups.is_sorted(), "{groups:?}");
}

#[test]
fn every_rule_and_contrast_of_the_gallery_exists() {
    let known: Vec<&str> = names().collect();
    for name in names() {
        let text = open_entry(name).unwrap().own;
        for rule in text.rules.iter().flatten() {
            assert!(rewindow::report::rule(&rule.text).is_some(), "{name}: rule {}", rule.text);
        }
        if let Some(contrast) = &text.contrast {
            assert!(known.contains(&contrast.text.as_str()), "{name}: {}", contrast.text);
        }
    }
}

#[test]
fn every_entry_opens_plays_and_holds() {
    for name in names() {
        let mut page = Page::open();
        page.say(Msg::OpenEntry(name.to_owned()));
        let opened = page.state.opened.clone().unwrap_or_else(|| panic!("{name} does not open"));
        assert!(!opened.is_modified(), "{name}");
        assert!(page.state.problem.is_none(), "{name}: {:?}", page.state.problem);
        let checks = page.state.checks.clone();
        assert!(!checks.is_empty() && checks.iter().all(|check| check.holds), "{name}: {checks:?}");
        assert!(!page.state.player.playing && page.state.layout.is_some(), "{name}");
        let builds = &page.state.timeline.trace.builds;
        assert_eq!(builds.len(), opened.play.scenario.builds.len(), "{name}");
        // Every step can be shown, in both tabs, whatever it is about.
        let last = page.state.player.last;
        for tab in [Tab::Story, Tab::Requests] {
            page.say(Msg::Tab(tab));
            for step in [0, last / 2, last] {
                page.say(Msg::Seek(step));
                assert!(page.html().contains(&escaped(&opened.title())), "{name}, step {step}");
            }
        }
    }
}

#[test]
fn the_gallery_is_searched_and_grouped() {
    let mut page = Page::open();
    page.say(Msg::Sheet(Some(Sheet::Gallery)));
    let all = page.state.gallery.clone().unwrap();
    let html = page.html();
    assert!(html.contains(&format!("{} scenarios", all.len())), "{html}");
    assert!(html.contains("#scenario=stuck-loop-bazel-1.1"));
    page.say(Msg::Search("stays STUCK 1.1".to_owned()));
    let html = page.html();
    assert!(html.contains("stuck-loop-bazel-1.1") && !html.contains("stuck-loop-buck2"), "{html}");
    page.say(Msg::Search(String::new()));
    page.say(Msg::Group(Some(Group::Buck2)));
    let html = page.html();
    assert!(html.contains("stuck-loop-buck2") && !html.contains("#scenario=stuck-loop-bazel"));
}

#[test]
fn the_gallery_says_what_comes_of_each() {
    let entries = entries();
    let verdict = |name: &str| {
        let entry = entries.iter().find(|entry| entry.name == name).unwrap();
        (entry.verdict.success, entry.verdict.text.clone(), entry.group)
    };
    let is = |text: &str| text.to_owned();
    assert_eq!(verdict("stuck-loop-bazel-1.1"), (false, is("fails, exit 1"), Group::Stuck));
    assert_eq!(verdict("stuck-loop-bazel-9.3"), (true, is("recovers"), Group::Rewinding));
    assert_eq!(verdict("stuck-loop-buck2"), (true, is("recovers"), Group::Buck2));
}

#[test]
fn an_entry_opens_paused_before_its_first_loss_and_can_be_compared() {
    let mut page = Page::open();
    page.say(Msg::OpenEntry("stuck-loop-bazel-1.1".to_owned()));
    assert_eq!(page.state.player.step, page.state.timeline.interesting_step());
    page.say(Msg::NextMark);
    let is_loss = |e: &Event| matches!(e, Event::LostInput { .. });
    assert!(page.state.timeline.trace.events[..page.state.player.step].iter().any(is_loss));
    let html = page.html();
    assert!(html.contains("Compare with") && html.contains("#scenario=stuck-loop-bazel-9.3"));
    assert!(html.contains("expectations hold"), "{html}");
}

#[test]
fn the_page_of_rules_is_that_of_the_program() {
    let page = include_str!("../../docs/rules.md");
    assert!(page == rewindow::report::rules_markdown(), "docs/rules.md is not up to date");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
