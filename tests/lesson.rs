//! The first lesson against what real Bazel did: the request log of each step equals the recorded
//! one (`oracles/gist/`), so that what the lesson says is what happens.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use rewindow::app::gist_lesson::GIST_LESSON;
use rewindow::app::incident::Incident;
use rewindow::app::lesson::{LessonBuild, What};
use rewindow::app::msg::start_cache;
use rewindow::model::{CacheKind, Graph, Request, Verb};
use rewindow::report::Names;
use rewindow::rewind::DownloadMode::{All, Minimal};
use rewindow::rewind::{Build, Engine, Event, Scenario, Trace, executed, plan};

/// What is recorded of a step.
struct Recorded {
    name: String,
    exit_code: u8,
    requests: Vec<String>,
}

fn recorded(text: &str) -> Vec<Recorded> {
    let json: serde_json::Value = serde_json::from_str(text).unwrap();
    let steps = json["steps"].as_array().unwrap().iter();
    steps
        .map(|step| Recorded {
            name: step["step"].as_str().unwrap().to_owned(),
            exit_code: step["exit_code"].as_u64().unwrap() as u8,
            requests: step["requests"]
                .as_array()
                .unwrap()
                .iter()
                .map(|line| line.as_str().unwrap().to_owned())
                .collect(),
        })
        .collect()
}

fn line(graph: &Graph, request: Request) -> String {
    let verb = if request.verb == Verb::Put { "PUT" } else { "GET" };
    let kind = if request.kind == CacheKind::Ac { "ac" } else { "cas" };
    format!("{verb} {} /{kind}/{}", request.status.code(), graph.blobs().digest(request.blob))
}

fn counted(lines: impl Iterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    lines.for_each(|line| *counts.entry(line).or_default() += 1);
    counts
}

/// The builds of the lesson's first part, and the experiments that the gist's author went on with.
fn builds(graph: &Graph) -> Vec<Build> {
    let lesson = GIST_LESSON.parts[0].steps.iter().flat_map(|step| step.builds);
    let further = [
        LessonBuild::clean("//:c", Minimal),
        LessonBuild::clean("//:c", Minimal).evicting(&[What::Output("//:a")]),
        LessonBuild::clean("//:c", Minimal).evicting(&[What::Entry("//:c")]),
    ];
    let mut builds: Vec<Build> =
        lesson.copied().chain(further).map(|build| build.to_build(graph)).collect();
    let keep_going = LessonBuild::clean("//:c", Minimal).to_build(graph);
    builds.push(Build { keep_going: true, ..keep_going });
    builds.push(LessonBuild::clean("//:c", All).to_build(graph));
    builds
}

fn trace_of(engine: &str, builds: Vec<Build>) -> (Incident, Trace) {
    let incident = Incident::gist();
    let scenario = Scenario::new(Engine::find(engine).unwrap(), builds);
    let trace = plan(&incident.graph, &start_cache(&incident.cache, true), &scenario);
    (incident, trace)
}

fn agrees(engine: &str, text: &str) {
    let recorded = recorded(text);
    let (incident, trace) = trace_of(engine, builds(&Incident::gist().graph));
    assert_eq!(recorded.len(), trace.builds.len());
    for (i, step) in recorded.iter().enumerate() {
        let predicted = trace.events_of(i).iter().filter_map(|event| match event {
            Event::Asked(request) => Some(line(&incident.graph, *request)),
            _ => None,
        });
        let predicted: Vec<String> = predicted.collect();
        assert_eq!(
            counted(predicted.iter().cloned()),
            counted(step.requests.iter().cloned()),
            "{engine}, {}: requests",
            step.name
        );
        // Reads and writes of one action come in any order among themselves; lookups do not.
        let lookups = |lines: &[String]| -> Vec<String> {
            lines.iter().filter(|l| l.contains("/ac/")).cloned().collect()
        };
        assert_eq!(lookups(&predicted), lookups(&step.requests), "{engine}, {}: order", step.name);
        assert_eq!(trace.builds[i].exit_code, step.exit_code, "{engine}, {}: exit", step.name);
    }
}

#[test]
fn each_step_asks_what_bazel_1_1_0_asked() {
    agrees("bazel-1.1", include_str!("oracles/gist/1.1.0/steps.json"));
}

#[test]
fn each_step_asks_what_bazel_2_1_0_asked() {
    agrees("bazel-2.1", include_str!("oracles/gist/2.1.0/steps.json"));
}

#[test]
fn the_rewinding_engine_recovers_by_running_only_the_lost_producer() {
    let graph = Incident::gist().graph;
    let part = &GIST_LESSON.parts[1];
    let scenario = part.scenario(&graph).unwrap();
    let (incident, trace) = trace_of(part.engine, scenario.builds);
    let names = Names::new(&incident.graph, &incident.cache, &[]);
    let last = Trace { events: trace.events_of(1).to_vec(), builds: Vec::new() };
    let ran = executed(&last).into_iter().map(|a| names.action(&incident.graph, a));
    assert_eq!(ran.collect::<Vec<_>>(), ["//:a", "//:c"]);
    assert!(trace.outcome().unwrap().success);
    assert_eq!(trace.outcome().unwrap().rewinds, 1);
}

#[test]
fn everything_evicted_in_the_lesson_is_in_the_example() {
    let graph = Incident::gist().graph;
    let steps = GIST_LESSON.parts.iter().flat_map(|part| part.steps);
    for what in steps.flat_map(|step| step.builds).flat_map(|build| build.evict) {
        assert!(what.resolve(&graph).is_some(), "{}", what.name());
    }
}

#[test]
fn each_question_has_one_right_answer() {
    for step in GIST_LESSON.parts.iter().flat_map(|part| part.steps) {
        let right = step.question.answers.iter().filter(|answer| answer.right).count();
        assert_eq!(right, 1, "{}", step.title);
    }
}

#[test]
fn the_scenario_files_of_the_lesson_hold_the_builds_of_its_steps() {
    let graph = Incident::gist().graph;
    for part in GIST_LESSON.parts {
        let scenario = part.scenario(&graph).unwrap();
        let told = part.steps.iter().flat_map(|step| step.builds);
        let told: Vec<Build> = told.map(|build| build.to_build(&graph)).collect();
        assert_eq!(scenario, Scenario::new(Engine::find(part.engine).unwrap(), told));
    }
}

#[test]
fn a_step_plays_its_own_build() {
    let part = &GIST_LESSON.parts[0];
    for (i, _) in part.steps.iter().enumerate() {
        assert_eq!(part.build_of(i), i);
    }
    assert_eq!(GIST_LESSON.parts[1].build_of(0), 1);
}
