//! Files come, fail and go; page and worker understand each other.

use rewindow::app::choice::TargetChoice;
use rewindow::app::incident::lay_out;
use rewindow::app::msg::{Effect, Msg};
use rewindow::app::wire::{Ear, Jobs};
use rewindow::import::{InputFile, Place as At, Warning, read};
use rewindow::scene::Direction;

use super::page::{Page, picked};

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
    let bytes = include_bytes!("../../static/samples/gist/cold.exec.json").to_vec();
    let file = InputFile { name: "cold.exec.json".to_owned(), bytes };
    let import = read(&[file], &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
    page.say(Msg::Imported(job, Box::new(import.into()), None));
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
    let bytes = include_bytes!("../../static/samples/gist/cold.exec.json").to_vec();
    let files = vec![FileOrder { name: "log".to_owned(), format: None }];
    let mut said = Vec::new();
    let order = Order::Import { job: 1, incident: 1, files };
    Jobs::default().obey(order, vec![bytes], &mut |answer, buffers| said.push((answer, buffers)));
    assert!(matches!(said.last().unwrap().0, Answer::Imported { job: 1, .. }));
    let mut ear = Ear::default();
    let heard: Vec<_> = said.into_iter().filter_map(|(a, buffers)| ear.hear(a, &buffers)).collect();
    let Some(Some(Msg::Imported(1, import, layout))) = heard.last() else { panic!("not imported") };
    let import = &import.import;
    assert_eq!(import.graph.n_actions(), 3);
    assert_eq!(**layout.as_ref().unwrap(), lay_out(&import.graph, Direction::Right));
}

#[test]
fn further_files_keep_the_scenario() {
    let mut page = Page::open();
    let bytes = include_bytes!("../../static/samples/gist/cold.exec.json").to_vec();
    let file = InputFile { name: "cold.exec.json".to_owned(), bytes };
    let import = read(&[file], &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
    for id in 0..2 {
        page.say(Msg::Picked(vec![picked(id, "cold.exec.json")]));
        let Some(&Effect::Import { job, .. }) = page.effects.last() else { panic!() };
        page.say(Msg::Imported(job, Box::new(import.clone().into()), None));
        if id == 0 {
            page.say(Msg::Engine("bazel-9.3".to_owned()));
            page.say(Msg::EvictSelector("path:**/a.txt".to_owned()));
        }
    }
    assert_eq!(page.state.choice.engine.id, "bazel-9.3");
    assert_eq!(page.state.choice.evictions.len(), 1);
}

#[test]
fn a_worker_that_runs_out_of_memory_says_what_to_do_and_leaves_what_is_loaded() {
    let mut page = Page::open();
    let before = page.state.incident.number;
    page.say(Msg::Picked(vec![picked(0, "huge.exec.compact")]));
    let Some(&Effect::Import { job, .. }) = page.effects.last() else { panic!() };
    page.say(Msg::WorkerStopped(job, "The worker stopped: RuntimeError: unreachable".to_owned()));
    let problem = page.state.problem.clone().unwrap();
    assert_eq!(problem.file, "huge.exec.compact");
    assert!(problem.what.contains("4 GiB"), "{}", problem.what);
    assert!(problem.remedy.contains("rewindow pack"), "{}", problem.remedy);
    assert!(page.state.loading.is_none());
    assert_eq!(page.state.incident.number, before);
    assert!(page.html().contains("rewindow pack"));
    // A fault that has words of its own is told in them, and is not taken for want of memory.
    page.say(Msg::Picked(vec![picked(1, "odd.bin")]));
    let Some(&Effect::Import { job, .. }) = page.effects.last() else { panic!() };
    page.say(Msg::WorkerStopped(job, "index out of bounds".to_owned()));
    let problem = page.state.problem.clone().unwrap();
    assert!(problem.what.contains("index out of bounds"), "{}", problem.what);
}
