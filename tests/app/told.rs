//! The inspector says who told what it shows; the files sheet says what nobody tells.

use std::ops::ControlFlow;
use std::rc::Rc;

use rewindow::app::msg::{Effect, Msg};
use rewindow::app::state::Sheet;
use rewindow::import::{InputFile, read};
use rewindow::scene::Selection;

use super::page::{Page, picked};

fn open(files: &[(&str, String)]) -> Page {
    let mut page = Page::open();
    page.say(Msg::Picked(vec![picked(0, files[0].0)]));
    let Some(&Effect::Import { job, .. }) = page.effects.last() else { panic!() };
    let files: Vec<InputFile> = files
        .iter()
        .map(|(name, text)| InputFile { name: (*name).to_owned(), bytes: text.clone().into() })
        .collect();
    let import = read(&files, &mut |_| ControlFlow::Continue(())).unwrap();
    page.say(Msg::Imported(job, Box::new(import.into()), None));
    page
}

const OUT: &str = "bazel-out/k8/bin/o";

fn spawn(digit: &str) -> String {
    format!(
        r#"{{"commandArgs":["x"],"mnemonic":"Genrule","targetLabel":"//:t",
        "inputs":[{{"path":"bazel-out/k8/bin/gen"}}],"listedOutputs":["{OUT}"],
        "actualOutputs":[{{"path":"{OUT}","digest":{{"hash":"{}","sizeBytes":"4"}}}}]}}"#,
        digit.repeat(64)
    )
}

#[test]
fn the_inspector_names_the_files_of_each_fact() {
    let mut page = Page::open();
    let graph = Rc::clone(&page.state.incident.graph);
    let action = graph.action_ids().find(|&a| graph.label(a) == "//:a").unwrap();
    page.say(Msg::Select(Selection::Action(action)));
    let html = page.html();
    assert!(html.contains("Told by") && html.contains("cold.exec.json (spawn 1), aquery.pb"));
    let a_txt = graph.outputs(action)[0];
    page.say(Msg::Select(Selection::Artifact(a_txt)));
    let html = page.html();
    assert!(html.contains("The content") && html.contains("In the CAS"), "{html}");
}

#[test]
fn both_contents_of_an_artifact_are_shown() {
    let mut page = open(&[("one.json", spawn("1")), ("two.json", spawn("2"))]);
    let graph = Rc::clone(&page.state.incident.graph);
    let out = graph.artifact_ids().find(|&a| graph.path(a) == OUT).unwrap();
    page.say(Msg::Select(Selection::Artifact(out)));
    let html = page.html();
    assert!(html.contains("Files tell other contents as well"), "{html}");
    assert!(html.contains("11111111") && html.contains("22222222"), "{html}");
    assert!(html.contains(" by one.json"), "{html}");
}

#[test]
fn the_files_sheet_lists_what_is_unknown_and_what_would_settle_it() {
    let mut page = open(&[("one.json", spawn("1"))]);
    page.say(Msg::Sheet(Some(Sheet::Files)));
    let html = page.html();
    assert!(html.contains("Still unknown"), "{html}");
    assert!(html.contains("bazel aquery --output=proto"), "unknown producer: {html}");
    assert!(html.contains("find ROOT -type f"), "no listing: {html}");
}
