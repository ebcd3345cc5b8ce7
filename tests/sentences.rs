//! How the events of faults, tiers, workers and fresh content read.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

#[path = "support/gist.rs"]
mod gist;

use gist::{gist, minimal};
use rewindow::model::{
    ActionId, ArtifactId, BlobId, CacheKind, Graph, Id, Request, Status, Tier, Verb,
};
use rewindow::report::{Names, Story, request_rows};
use rewindow::rewind::{Causes, Event, FailReason, Moment, Trace, plan};
use rewindow::scenario::{Play, ScenarioText};

const A: ActionId = ActionId(0);
const C: ActionId = ActionId(2);

fn a_txt(graph: &Graph) -> BlobId {
    graph.blob(ArtifactId(0)).unwrap()
}

fn told(make: impl Fn(&Graph) -> Vec<Event>) -> Vec<String> {
    let (graph, cache) = gist();
    let scenario = minimal(&graph, &cache, "bazel-9.3", "//:c", &[]);
    let trace = Trace { events: make(&graph), builds: Vec::new() };
    let names = Names::new(&graph, &cache, &[]);
    let names = names.with_fresh(&graph, &trace).unwrap_or(names);
    let story = Story { graph: &graph, names: &names, scenario: &scenario, trace: &trace };
    // Nothing stumbles over ids that no export knows.
    let causes = Causes::new(&graph, &trace);
    for position in 0..trace.events.len() {
        causes.chain(&graph, &trace, position);
    }
    assert_eq!(
        request_rows(&graph, &names, &trace, 0..trace.events.len()).count(),
        trace.requests().count()
    );
    Moment::after(&graph, &cache, &trace, usize::MAX);
    (0..trace.events.len()).map(|position| story.sentence(position).to_string()).collect()
}

fn asked(verb: Verb, tier: Tier, kind: CacheKind, blob: BlobId, status: Status) -> Event {
    Event::Asked(Request { verb, tier, kind, blob, status, owner: Some(A) })
}

#[test]
fn a_tier_is_told_where_it_is_the_disk() {
    use {CacheKind::*, Status::*, Tier::*, Verb::*};
    let sentences = told(|graph| {
        let (blob, key) = (a_txt(graph), graph.digests(A).key.unwrap());
        vec![
            Event::Evicted { kind: Cas, blob, tier: Disk },
            Event::Evicted { kind: Ac, blob: key, tier: Disk },
            Event::Evicted { kind: Ac, blob: key, tier: Remote },
            asked(Get, Disk, Ac, key, NotFound),
            asked(Get, Disk, Cas, blob, Ok),
            asked(Put, Disk, Cas, blob, Ok),
            asked(Put, Disk, Ac, key, Ok),
            asked(Get, Remote, Cas, blob, Error),
            asked(Get, Remote, Ac, key, Error),
            asked(Find, Remote, Cas, blob, NotFound),
        ]
    });
    assert_eq!(
        sentences,
        [
            "a.txt is evicted from the disk cache.",
            "The AC entry of //:a is evicted from the disk cache.",
            "The AC entry of //:a is evicted.",
            "//:a asks the disk cache for its AC entry: not found.",
            "//:a asks the disk cache for its output a.txt: found.",
            "//:a stores its output a.txt in the disk cache.",
            "//:a stores its AC entry in the disk cache.",
            "//:a asks the CAS for its output a.txt: the answer is an error that does not say that \
             it is gone.",
            "//:a asks the action cache: the answer is an error.",
            "//:a asks whether the CAS holds its output a.txt: it does not.",
        ]
    );
}

#[test]
fn workers_clocks_and_early_cut_off() {
    let sentences = told(|_| {
        vec![
            Event::Clock { ms: 1500 },
            Event::LossReported { consumer: C },
            Event::Outdated { action: C, producer: A },
            Event::UploadCancelled { action: A },
            Event::Failed { action: C, reason: FailReason::IoError },
            Event::Failed { action: C, reason: FailReason::NoEnd },
        ]
    });
    assert_eq!(
        sentences,
        [
            "The clock comes to 1.5 s.",
            "The worker of //:c reports that inputs are lost, without saying which.",
            "//:c must run again: what it reads of //:a has changed.",
            "Bazel gives up the uploads of //:a that have not ended.",
            "//:c fails: an error that does not name what is gone.",
            "//:c fails: what it needs is lost again and again, without end.",
        ]
    );
}

#[test]
fn fresh_content_is_named_by_number_and_artifact() {
    use {CacheKind::*, Status::*, Tier::*, Verb::*};
    let sentences = told(|graph| {
        let fresh = |n: usize| BlobId::at(graph.blobs().len() + n - 1);
        vec![
            asked(Get, Remote, Ac, fresh(1), NotFound),
            Event::Executed { action: A, again: false },
            asked(Put, Remote, Cas, fresh(2), Ok),
            asked(Put, Remote, Ac, fresh(1), Ok),
            Event::Evicted { kind: Cas, blob: fresh(2), tier: Remote },
            Event::Evicted { kind: Ac, blob: fresh(1), tier: Remote },
            Event::Evicted { kind: Cas, blob: fresh(9), tier: Remote },
            Event::LostInput { consumer: C, input: ArtifactId(0), blob: fresh(2) },
        ]
    });
    let wanted = [
        "//:a asks the action cache: no entry.",
        "//:a executes.",
        "//:a uploads fresh content 2 of its output a.txt.",
        "//:a stores its AC entry.",
        "fresh content 2 of a.txt is evicted from the CAS.",
        "The AC entry of //:a is evicted.",
        "fresh content 9 is evicted from the CAS.",
    ];
    assert_eq!(sentences[..7], wanted);
    assert!(sentences[7].starts_with("//:c finds its input a.txt lost"));
}

/// Buck2 follows the binding to the action behind it, and so does the story; without that, what
/// runs again is the binding.
#[test]
fn a_lost_output_of_a_redirect_names_who_really_runs_again() {
    let story_of = |name: &str| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/static/scenarios/");
        let text = std::fs::read(folder.to_owned() + name).unwrap();
        let text = ScenarioText::parse(name, &text).unwrap();
        let Play { graph, cache, scenario } = text.compile(name, None).unwrap();
        let trace = plan(&graph, &cache, &scenario);
        let names = Names::new(&graph, &cache, &[]);
        let story = Story { graph: &graph, names: &names, scenario: &scenario, trace: &trace };
        let all = 0..trace.events.len();
        all.map(|position| story.sentence(position).to_string()).collect::<Vec<_>>()
    };
    let real = story_of("buck2-dynamic-output-dirties-the-real-producer.toml");
    let lost = "//app:bin finds its input bound.txt lost; its producer //dyn:write must run again.";
    assert!(real.iter().any(|sentence| sentence == lost), "{real:#?}");
    assert!(!real.iter().any(|sentence| sentence.contains("//dyn:bind must run")), "{real:#?}");
    let bound = story_of("buck2-dynamic-output-without-canonical-keys.toml");
    let lost = lost.replace("//dyn:write", "//dyn:bind");
    assert!(bound.contains(&lost), "{bound:#?}");
}
