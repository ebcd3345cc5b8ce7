//! Where plan and log part: order never matters, every request does.

use proptest::prelude::*;
use rewindow::model::{CacheKind, Request, Status, Verb};
use rewindow::report::{Names, Story};
use rewindow::rewind::{
    Build, DownloadMode, Engine, Scenario, Targets, Trace, divergence, evictions, observe, plan,
};

use super::{log_of, samples};

const FILES: [&str; 3] = [
    "gist-bazel1.1.0/cold.exec.json",
    "gist-bazel1.1.0/aquery.pb",
    "gist-bazel1.1.0/httpcache.tar.xz",
];

struct Planned {
    graph: rewindow::model::Graph,
    cache: rewindow::model::Cache,
    scenario: Scenario,
    trace: Trace,
}

/// The gist's incident, planned: its log is what the tests change.
fn gist(engine: &str) -> Planned {
    let import = samples(&FILES);
    let graph = import.graph;
    let a = graph.action_ids().find(|&a| graph.path(graph.outputs(a)[0]).ends_with("a.txt"));
    let c = graph.action_ids().find(|&a| graph.path(graph.outputs(a)[0]).ends_with("c.txt"));
    let mut cache = import.cache;
    cache.cas.remove(graph.blob(graph.outputs(a.unwrap())[0]).unwrap());
    cache.ac.remove(graph.key(c.unwrap()).unwrap());
    let build = Build::clean(Targets::All, DownloadMode::Minimal);
    let scenario = Scenario::new(Engine::find(engine).unwrap(), vec![build]);
    let trace = plan(&graph, &cache, &scenario);
    Planned { graph, cache, scenario, trace }
}

impl Planned {
    fn parting(&self, log: Vec<Request>) -> Option<(bool, Request, usize, [String; 2])> {
        let seen = observe(&self.graph, &self.cache, &log_of(log.into_iter()));
        let found = divergence(&self.graph, &self.trace, &seen)?;
        let names = Names::new(&self.graph, &self.cache, &[]);
        let (graph, names) = (&self.graph, &names);
        let story = Story { graph, names, scenario: &self.scenario, trace: &self.trace };
        let side = if found.is_observed { &seen } else { &self.trace };
        let rewindow::rewind::Event::Asked(request) = side.events[found.odd.position] else {
            panic!("no request there");
        };
        assert_eq!(request, found.odd.request);
        let request = Request { owner: None, ..request };
        let told = story.divergence(&found).map(|sentence| sentence.to_string());
        Some((found.is_observed, request, found.odd.occurrence, told))
    }
}

#[test]
fn a_request_too_many_is_found_and_told() {
    let gist = gist("bazel-1.1");
    let mut log: Vec<Request> = gist.trace.requests().collect();
    let is_cas = |r: &Request| r.kind == CacheKind::Cas;
    let vain = |r: &Request| is_cas(r) && r.verb == Verb::Get && r.status == Status::NotFound;
    let lost = *log.iter().rev().find(|r| vain(r)).unwrap();
    log.push(lost);
    let (is_observed, request, occurrence, told) = gist.parting(log).unwrap();
    assert!(is_observed);
    assert_eq!((request.blob, occurrence), (lost.blob, 2));
    assert_eq!(told[0], "The log has a second GET of a.txt, answered 404.");
    assert_eq!(told[1], "The plan does not ask for it so often.");
}

#[test]
fn another_answer_is_told_as_one() {
    let gist = gist("bazel-1.1");
    let mut log: Vec<Request> = gist.trace.requests().collect();
    let at = log.iter().position(|r| r.verb == Verb::Get && r.status == Status::Ok).unwrap();
    log[at].status = Status::NotFound;
    let (is_observed, _, _, told) = gist.parting(log).unwrap();
    assert!(is_observed);
    assert!(told[0].starts_with("The log has a GET of the AC entry of "), "{told:?}");
    assert!(told[0].ends_with(", answered 404."), "{told:?}");
    assert_eq!(told[1], "The plan has it answered 200 instead.");
}

#[test]
fn a_rewinding_plan_goes_on_where_the_log_of_a_failing_build_ends() {
    let (fails, rewinds) = (gist("bazel-4.2"), gist("bazel-9.3"));
    let log: Vec<Request> = fails.trace.requests().collect();
    let n_before = log.len();
    let (is_observed, _, occurrence, told) = rewinds.parting(log).unwrap();
    // 4.2 ends with a.txt, not found; 9.3 asks on for the entry of a.txt's producer.
    assert_eq!((is_observed, occurrence), (false, 2));
    let asks = "The plan has a second GET of the AC entry of //:a, answered 200.";
    assert_eq!(told, [asks, "The log does not ask for it so often."]);
    let is_again = |r: &Request| r.kind == CacheKind::Ac && r.verb == Verb::Get;
    assert!(rewinds.trace.requests().nth(n_before).is_some_and(|r| is_again(&r)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn reordered_requests_do_not_part(seed in any::<[u8; 32]>(), engine in 0..3_usize) {
        let gist = gist(["bazel-1.1", "bazel-7.7", "bazel-9.3"][engine]);
        let mut log: Vec<Request> = gist.trace.requests().collect();
        for (i, by) in seed.iter().enumerate() {
            let (a, b) = (i % log.len(), usize::from(*by) % log.len());
            log.swap(a, b);
        }
        prop_assert_eq!(gist.parting(log), None);
    }

    #[test]
    fn a_request_left_out_is_found(at in any::<prop::sample::Index>(), engine in 0..3_usize) {
        let gist = gist(["bazel-1.1", "bazel-7.7", "bazel-9.3"][engine]);
        let mut log: Vec<Request> = gist.trace.requests().collect();
        let left_out = log.remove(at.index(log.len()));
        let (is_observed, request, ..) = gist.parting(log).unwrap();
        prop_assert!(!is_observed);
        prop_assert_eq!(request, Request { owner: None, ..left_out });
    }
}

#[test]
fn what_a_log_found_gone_is_what_to_evict() {
    let gist = gist("bazel-1.1");
    let whole = samples(&FILES);
    let log = log_of(gist.trace.requests());
    let mut evict = evictions(&whole.graph, &whole.cache, &log);
    evict.retain(|eviction| !gist.cache.contains(eviction.kind, eviction.blob));
    assert_eq!(evict.len(), 2, "a.txt and the AC entry of c");
}
