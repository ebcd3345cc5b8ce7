//! Small recorded runs: the requests alone tell what Bazel really executed.

use std::collections::BTreeSet;

use rewindow::model::{CacheKind, Request, Status, Tier, Verb};
use rewindow::rewind::{Event, Trace, cache_before, executed, failed, observe};

use super::case::{Case, Observed};
use super::{cases, log_of};

fn requests(case: &Case, step: &Observed) -> Vec<Request> {
    let request = |line: &(String, String, String, u16)| Request {
        verb: if line.0 == "PUT" { Verb::Put } else { Verb::Get },
        tier: Tier::Remote,
        kind: if line.1 == "ac" { CacheKind::Ac } else { CacheKind::Cas },
        blob: case.blob(&line.2),
        status: if line.3 == 404 { Status::NotFound } else { Status::Ok },
        owner: None,
    };
    step.requests.iter().map(request).collect()
}

fn names(case: &Case, actions: Vec<rewindow::model::ActionId>) -> BTreeSet<String> {
    let graph = &case.graph;
    actions.iter().map(|&a| graph.label(a).trim_start_matches("//:").to_owned()).collect()
}

#[test]
fn requests_tell_what_really_executed_and_failed() {
    let (mut n_steps, mut n_executed, mut n_failed, mut n_failed_told) = (0, 0, 0, 0);
    let mut wrong = Vec::new();
    for case in cases().iter().filter(|case| case.revisions.is_empty()) {
        for (i, step) in case.observed.iter().enumerate() {
            let observed = log_of(requests(case, step).into_iter());
            let cache = cache_before(&case.cache_before(i), &observed);
            let trace: Trace = observe(&case.graph, &cache, &observed);
            let plain = |r: Request| Request { owner: None, ..r };
            let told: Vec<Request> = trace.requests().map(plain).collect();
            assert_eq!(told, requests(case, step), "{} step {i}: the requests", case.name);
            let ran: BTreeSet<String> = step.executed.iter().cloned().collect();
            let told = names(case, executed(&trace));
            if told != ran {
                wrong.push(format!("{} step {i}: {told:?} told, {ran:?} ran", case.name));
            }
            let really: BTreeSet<String> = step.failed_actions.iter().cloned().collect();
            let failed = names(case, failed(&trace));
            if !failed.is_subset(&really) {
                wrong.push(format!(
                    "{} step {i}: {failed:?} told to fail, not {really:?}",
                    case.name
                ));
            }
            let starts = |e: &&Event| matches!(e, Event::BuildStarted { .. });
            let n_starts = trace.events.iter().filter(starts).count();
            let n_due = usize::from(!step.requests.is_empty());
            if n_starts != n_due {
                wrong.push(format!("{} step {i}: cut into {n_starts}", case.name));
            }
            if failed.len() < really.len() && std::env::var("REWINDOW_VERBOSE").is_ok() {
                println!("{} step {i}: {failed:?} of {really:?}", case.name);
            }
            n_steps += 1;
            n_executed += ran.len();
            n_failed += really.len();
            n_failed_told += failed.len();
        }
    }
    println!(
        "{n_steps} steps, {n_executed} executions, {n_failed_told} of {n_failed} failures told"
    );
    for line in &wrong {
        println!("WRONG {line}");
    }
    assert!(wrong.is_empty(), "{} of {n_steps} steps", wrong.len());
    assert!(n_steps > 500 && n_executed > 1000, "{n_steps} steps, {n_executed} executions");
    assert!(n_failed_told * 100 >= n_failed * 95, "{n_failed_told} of {n_failed} failures told");
}
