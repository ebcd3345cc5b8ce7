//! What a log is said to prove is true: of plans of all sorts only the requests are kept, and what
//! they prove is compared with what the plan did.

use std::collections::BTreeMap;

use rewindow::model::Observed;
use rewindow::rewind::{
    Build, DownloadMode, Engine, Event, Scenario, Trace, cache_before, divergence, observe, plan,
};

use super::{cases, counted, log_of};

const ENGINES: [&str; 6] =
    ["bazel-1.1", "bazel-4.2", "bazel-7.7", "bazel-9.1-rewind", "bazel-9.3", "buck2-1349"];

/// Facts of a trace that a log may prove, with their number.
fn facts(trace: &Trace) -> BTreeMap<String, i32> {
    let mut facts = BTreeMap::new();
    for event in &trace.events {
        let is_fact = matches!(
            event,
            Event::Executed { .. }
                | Event::CacheHit { .. }
                | Event::CacheMiss { .. }
                | Event::LostInput { .. }
                | Event::Failed { .. }
                | Event::MarkedDirty { .. }
                | Event::BuildStarted { .. }
        );
        let fact = match event {
            Event::BuildStarted { attempt, .. } => format!("attempt {attempt}"),
            Event::CacheMiss { action, .. } => format!("miss of {action:?}"),
            // Two inputs may have one content.
            Event::LostInput { consumer, blob, .. } => format!("{consumer:?} lost {blob:?}"),
            other => format!("{other:?}"),
        };
        if is_fact {
            *facts.entry(fact).or_default() += 1;
        }
    }
    facts
}

#[test]
fn what_requests_prove_is_what_the_plan_did() {
    let (mut n_traces, mut n_facts, mut n_true, mut n_rewinds) = (0, 0, 0, 0);
    let mut wrong = Vec::new();
    for case in cases().iter().filter(|case| case.revisions.is_empty()) {
        for id in ENGINES {
            for mode in [DownloadMode::Minimal, DownloadMode::All] {
                // Buck2 fetches at the end: which vain read is a hit's, and which the command's,
                // its requests do not say (docs/observed.md).
                if id.starts_with("buck2") && mode == DownloadMode::All {
                    continue;
                }
                let engine = Engine { retries: 2, ..Engine::find(id).unwrap() };
                // The last build with anything evicted, on the cache as it was recorded.
                let evicts = |build: &Build| !build.evict.is_empty();
                let Some(at) = case.builds.iter().rposition(evicts) else { continue };
                let cache = case.cache_before(at);
                let last = &case.builds[at];
                let build = Build {
                    keep_going: true,
                    jobs: last.jobs,
                    ..Build::clean(last.targets.clone(), mode)
                };
                let trace = plan(&case.graph, &cache, &Scenario::new(engine, vec![build]));
                // Whether a repeated look-up is a rewind or another attempt, requests alone do not
                // always say; the build tool prints it.
                let outcome = &trace.builds[0];
                let n_retries = outcome.attempts - 1;
                let rewinds = outcome.rewinds;
                let log = Observed { n_retries, n_rewinds: rewinds, ..log_of(trace.requests()) };
                let seen = observe(&case.graph, &cache_before(&cache, &log), &log);
                assert_eq!(counted(&case.graph, &seen), counted(&case.graph, &trace));
                assert_eq!(divergence(&case.graph, &trace, &seen), None, "{}", case.name);
                let (planned, proven) = (facts(&trace), facts(&seen));
                if std::env::var("REWINDOW_CASE").is_ok_and(|c| c == case.name) {
                    println!("{id} {} plan:", mode.name());
                    trace.events.iter().for_each(|e| println!("  {e:?}"));
                    println!("told:");
                    seen.events.iter().for_each(|e| println!("  {e:?}"));
                }
                for (fact, n) in &proven {
                    let n_planned = planned.get(fact).copied().unwrap_or(0);
                    n_facts += n;
                    n_true += n.min(&n_planned);
                    if n_planned < *n {
                        wrong.push(format!("{} {id} {}: {fact}", case.name, mode.name()));
                    }
                }
                n_traces += 1;
                n_rewinds += rewinds;
            }
        }
    }
    println!("{n_traces} traces, {n_true} of {n_facts} facts true, {n_rewinds} rewinds");
    for line in wrong.iter().take(60) {
        println!("WRONG {line}");
    }
    assert!(wrong.is_empty(), "{} of {n_facts} facts are wrong", wrong.len());
    assert!(n_facts > 10_000 && n_rewinds > 100, "{n_facts} facts, {n_rewinds} rewinds");
}
