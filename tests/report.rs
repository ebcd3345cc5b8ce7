//! Words of the report: the story, the request log and the why-chain of the gist's incident.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

#[path = "support/gist.rs"]
mod gist;

use gist::{gist, minimal};
use rewindow::model::{ActionId, ArtifactId, Cache, Graph};
use rewindow::report::{
    Line, Mention, Names, Story, engines_markdown, plan_json, request_log, request_rows,
};
use rewindow::rewind::{Scenario, Trace, plan, why};

/// The gist's incident: a.txt is evicted and //:c has no AC entry; //:c is built in mode minimal.
struct Incident {
    graph: Graph,
    names: Names,
    scenario: Scenario,
    trace: Trace,
}

impl Incident {
    fn of(engine: &str, evict: &[&str]) -> Self {
        let (graph, cache) = gist();
        let scenario = minimal(&graph, &cache, engine, "//:c", evict);
        let trace = plan(&graph, &cache, &scenario);
        let names = Names::new(&graph, &cache, &[]);
        Self { graph, names, scenario, trace }
    }

    fn story(&self) -> Story<'_> {
        let Self { graph, names, scenario, trace } = self;
        Story { graph, names, scenario, trace }
    }

    /// A line per step of the story, indented as the goldens below are.
    fn text(&self) -> String {
        let story = self.story();
        let lines = story.lines(0..self.trace.events.len(), 100);
        lines.iter().map(|line| format!("\n        {}", story.line(line))).collect()
    }

    /// Why `action` is what it is at the end, as sentences.
    fn why(&self, action: ActionId) -> Vec<String> {
        let story = self.story();
        let chain = why(&self.graph, &self.trace, action, self.trace.events.len());
        chain.into_iter().map(|position| story.sentence(position).to_string()).collect()
    }
}

const EVICT: [&str; 2] = ["path:a.txt", "ac://:c"];
const C: ActionId = ActionId(2);

#[test]
fn bazel_1_1_fails_on_a_lost_input() {
    let incident = Incident::of("bazel-1.1", &EVICT);
    assert_eq!(
        incident.text(),
        "
        Bazel removes its outputs and what it remembers.
        a.txt is evicted from the CAS.
        The AC entry of //:c is evicted.
        Bazel starts to build c.txt in download mode minimal.
        //:a asks the action cache: there is an entry.
        //:a is a cache hit. Bazel does not check that a.txt still exists.
        //:b asks the action cache: there is an entry.
        //:b is a cache hit. Bazel does not check that b.txt still exists.
        //:c asks the action cache: no entry.
        //:c has to execute.
        //:c asks the CAS for its input a.txt: not found.
        //:c finds its input a.txt lost.
        //:c fails: its inputs are lost and Bazel 1.1 does not rewind.
        The build fails with exit code 1."
    );
    assert_eq!(
        incident.why(C),
        [
            "//:c fails: its inputs are lost and Bazel 1.1 does not rewind.",
            "//:c finds its input a.txt lost.",
            "a.txt is evicted from the CAS.",
        ]
    );
}

/// As recorded in step 7 of the gist's experiment with Bazel 1.1.0.
#[test]
fn the_request_log_reads_like_the_recorded_one() {
    let incident = Incident::of("bazel-1.1", &EVICT);
    let Incident { graph, names, trace, .. } = &incident;
    assert_eq!(
        request_log(request_rows(graph, names, trace, 0..trace.events.len())),
        "\
GET 200 /ac/7d5544fcf373  Action(//:a)
GET 200 /cas/e3b0c44298f  (empty)
GET 200 /cas/e3b0c44298f  (empty)
GET 200 /ac/5aa5da6d7da7  Action(//:b)
GET 200 /cas/e3b0c44298f  (empty)
GET 200 /cas/e3b0c44298f  (empty)
GET 404 /ac/e26d0bdf8459  Action(//:c)
GET 404 /cas/87428fc5228  a.txt
GET 200 /cas/911169ddaaf  b.txt
"
    );
}

#[test]
fn bazel_9_3_rewinds() {
    let incident = Incident::of("bazel-9.3", &EVICT);
    let text = incident.text();
    let (_, after) = text.split_once("a.txt: not found.").unwrap();
    assert_eq!(
        after,
        "
        //:c finds its input a.txt lost; its producer //:a must run again.
        Bazel rewinds for //:c: round 1.
        //:a becomes dirty: //:c lost what it had produced.
        //:c waits for the producers of its lost inputs, then runs again.
        //:a asks the action cache: there is an entry.
        Bazel refuses the AC entry of //:a: it names its output a.txt, known to be lost, so the \
         action has to execute.
        //:a executes, and its outputs are there again.
        //:c asks the action cache: no entry.
        //:c has to execute.
        //:c executes.
        The build succeeds."
    );
    assert_eq!(
        incident.why(ActionId(0)),
        [
            "//:a executes, and its outputs are there again.",
            "Bazel refuses the AC entry of //:a: it names its output a.txt, known to be lost, so \
             the action has to execute.",
            "//:a becomes dirty: //:c lost what it had produced.",
            "//:c finds its input a.txt lost; its producer //:a must run again.",
            "a.txt is evicted from the CAS.",
        ]
    );
}

#[test]
fn buck2_computes_the_command_again() {
    let incident = Incident::of("buck2-1349", &EVICT);
    let text = incident.text();
    assert!(text.contains(
        "Buck2 rewinds: it gathers the losses of this pass and computes the command again, round 1."
    ));
    assert!(text.contains("//:a does not ask the cache: it has to execute."));
}

#[test]
fn a_sentence_knows_what_it_speaks_of() {
    let incident = Incident::of("bazel-9.3", &EVICT);
    let story = incident.story();
    let all: Vec<_> = (0..incident.trace.events.len()).map(|p| story.sentence(p)).collect();
    let loss = all.iter().find(|s| s.to_string().contains("a.txt lost;")).unwrap();
    let mentions: Vec<_> = loss.parts.iter().filter_map(|part| part.mention).collect();
    assert_eq!(mentions[0], Mention::Action(C));
    assert_eq!(mentions[1], Mention::Artifact(ArtifactId(0)));
    assert_eq!(mentions[3], Mention::Action(ActionId(0)));
    for sentence in all {
        let text = sentence.to_string();
        assert!(text.ends_with('.') && !text.contains("  "), "{text}");
    }
}

#[test]
fn long_runs_are_told_as_one() {
    let incident = Incident::of("bazel-1.1", &EVICT);
    let story = incident.story();
    let lines = story.lines(0..incident.trace.events.len(), 1);
    let folded: Vec<_> = lines.iter().filter(|line| matches!(line, Line::Folded(_))).collect();
    assert_eq!(story.line(folded[0]).to_string(), "2 blobs and AC entries are evicted.");
    let steps = story.line(folded[1]).to_string();
    assert_eq!(steps, "2 cache hits, 1 cache miss, 9 reads of the cache.");
}

#[test]
fn the_json_of_a_plan_has_the_keys_that_scripts_read() {
    let incident = Incident::of("bazel-9.3", &EVICT);
    let json = plan_json(&incident.graph, &incident.scenario, &incident.trace);
    let action = |name: &str| {
        let output = format!("bazel-out/k8-fastbuild/bin/{name}.txt");
        serde_json::json!({"label": format!("//:{name}"), "mnemonic": "Genrule", "output": output})
    };
    assert_eq!(json["engine"], "bazel-9.3");
    let outcome = serde_json::json!({"success": true, "exit_code": 0, "message": ""});
    assert_eq!(json["outcome"], outcome);
    assert_eq!(json["attempts"], 1);
    assert_eq!(json["executed"], serde_json::json!([action("a"), action("c")]));
    assert_eq!(json["rewound"], serde_json::json!([action("a")]));
    assert_eq!(json["failed"], serde_json::json!([]));
    let lost = serde_json::json!([{
        "consumer": "//:c",
        "path": "bazel-out/k8-fastbuild/bin/a.txt",
        "digest": "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7",
    }]);
    assert_eq!(json["lost"], lost);
    let first = serde_json::json!({
        "verb": "GET",
        "kind": "ac",
        "digest": "7d5544fcf37335a5659548c710ca58ff3bed749bfbe2b888101b71adf6b00f1c",
        "status": 200,
        "owner": "//:a",
    });
    assert_eq!(json["requests"][0], first);
    assert_eq!(json["requests"].as_array().unwrap().len(), incident.trace.requests().count());
}

#[test]
fn actions_of_one_label_are_told_apart() {
    use rewindow::model::{ActionKind, ActionSpec, ArtifactKind, GraphBuilder};
    let mut builder = GraphBuilder::default();
    for (label, output) in [("//:c", "x.o"), ("//:c", "y.o"), ("", "z.o"), ("//:d", "d.o")] {
        let output = builder.artifact(output, ArtifactKind::Derived);
        builder.action(ActionSpec {
            label: label.to_owned(),
            mnemonic: "CppCompile".to_owned(),
            kind: ActionKind::Spawn,
            inputs: vec![],
            outputs: vec![output],
            digests: Default::default(),
            duration_ms: None,
        });
    }
    let (graph, _) = builder.finish();
    let names = Names::new(&graph, &Cache::default(), &[]);
    let all: Vec<_> = graph.action_ids().map(|a| names.action(&graph, a)).collect();
    assert_eq!(all, ["//:c (CppCompile x.o)", "//:c (CppCompile y.o)", "CppCompile z.o", "//:d"]);
}

#[test]
fn the_page_about_engines_is_what_the_engines_are() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/engines.md");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(page, engines_markdown()).unwrap();
    }
    let text = std::fs::read_to_string(page).unwrap();
    assert_eq!(text, engines_markdown(), "UPDATE_EXPECT=1 cargo test --test report rewrites it");
}
