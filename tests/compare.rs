//! Two traces of one incident: where they part, and what is behind it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a broken set-up should say where")]

#[path = "../benches/build_graph/mod.rs"]
mod build_graph;
#[path = "support/faulty.rs"]
mod faulty;
#[path = "support/gist.rs"]
mod gist;
mod naive;

use std::ops::ControlFlow;

use naive::generate::{all_engines, scenario};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use rewindow::model::{ActionId, CacheKind, Tier};
use rewindow::report::Versus;
use rewindow::rewind::{
    Behind, Build, CachePolicy, Comparison, DownloadMode, Event, Fault, HowOften, RemembersLost,
    Report, SEARCH_MAX, Scenario, Side, Targets, What, When, compare, compare_with, engines,
};

const LOST: [&str; 2] = ["path:a.txt", "ac://:c"];

fn incident(engine: &str) -> Scenario {
    let (graph, cache) = gist::gist();
    gist::minimal(&graph, &cache, engine, "//:c", &LOST)
}

fn compared(left: &Scenario, right: &Scenario) -> Comparison {
    let (graph, cache) = gist::gist();
    compare(&graph, &cache, left, right)
}

fn behind(comparison: &Comparison) -> (bool, Vec<&'static str>) {
    let names = |all: &[usize]| all.iter().map(|&i| comparison.differences[i].name).collect();
    match &comparison.behind {
        Behind::Nothing | Behind::Unknown | Behind::GivenUp => (false, Vec::new()),
        Behind::Each(all) => (true, names(all)),
        Behind::Together(all) => (false, names(all)),
    }
}

#[test]
fn equal_scenarios_do_not_part() {
    let comparison = compared(&incident("bazel-9.3"), &incident("bazel-9.3"));
    assert_eq!(comparison.parting, None);
    assert_eq!(comparison.behind, Behind::Nothing);
    assert!(comparison.differences.is_empty() && comparison.actions.is_empty());
    assert_eq!(comparison.left_cost, comparison.right_cost);
}

#[test]
fn one_parameter_is_behind_the_parting() {
    let right = incident("bazel-9.3");
    let mut left = right.clone();
    left.engine.remembers_lost = RemembersLost::No;
    left.engine.exit_on_io_error = 77;
    let comparison = compared(&left, &right);
    let parting = comparison.parting.unwrap();
    // The stale entry is believed again, or refused.
    assert!(matches!(parting.left, Some(Event::CacheHit { .. })), "{parting:?}");
    assert!(matches!(parting.right, Some(Event::CacheMiss { .. })), "{parting:?}");
    assert_eq!(
        comparison.left.events[..parting.position],
        comparison.right.events[..parting.position]
    );
    assert_eq!(behind(&comparison), (true, vec!["remembers_lost"]));
    let names: Vec<_> = comparison.differences.iter().map(|d| d.name).collect();
    assert_eq!(names, ["remembers_lost", "exit_on_io_error"]);
}

#[test]
fn a_setting_of_the_build_is_behind_it() {
    let left = incident("bazel-9.3");
    let mut right = left.clone();
    right.builds[0].download = DownloadMode::All;
    right.builds[0].keep_going = true;
    assert_eq!(behind(&compared(&left, &right)), (true, vec!["download mode"]));
    let mut right = left.clone();
    right.server.policy = CachePolicy::Verified;
    assert_eq!(behind(&compared(&left, &right)), (true, vec!["cache policy"]));
    let mut right = left.clone();
    right.builds.push(right.builds[0].clone());
    assert_eq!(behind(&compared(&left, &right)), (true, vec!["number of builds"]));
    let parting = compared(&left, &right).parting.unwrap();
    assert_eq!((parting.left, parting.position), (None, compared(&left, &right).left.events.len()));
}

#[test]
fn rewinding_or_not_is_the_engines_affair() {
    let comparison = compared(&incident("bazel-4.2"), &incident("bazel-9.3"));
    let (each, names) = behind(&comparison);
    assert!(each, "{names:?}");
    assert!(!names.is_empty());
    let failed = comparison.actions.iter().find(|c| c.left.n_failed == 1).unwrap();
    assert_eq!((failed.left.n_executed, failed.right.n_executed), (0, 1));
}

/// A fault on a disk cache that is not there does nothing; a disk cache that is there, too: it is
/// asked only later.
#[test]
fn two_settings_can_be_needed_together() {
    let (_, cache) = gist::gist();
    let left = incident("bazel-9.3");
    let mut right = left.clone();
    right.disk_cache = Some(cache);
    right.builds[0].keep_going = true;
    right.faults.push(Fault {
        what: What::Everything(None),
        when: When::BeforeBuild(0),
        how_often: HowOften::Once,
        tier: Tier::Disk,
        report: Report::Typed,
    });
    let comparison = compared(&left, &right);
    assert_eq!(behind(&comparison), (false, vec!["disk cache", "faults"]));
    let parting = comparison.parting.unwrap();
    assert!(matches!(parting.right, Some(Event::Evicted { tier: Tier::Disk, .. })), "{parting:?}");
    let (graph, cache) = gist::gist();
    let [left, right] = [&left, &right].map(|scenario| Side { cache: &cache, scenario });
    let versus = Versus::new(&graph, left, right, &comparison);
    assert!(versus.behind()[0].starts_with("No single one: only together"));
    assert_eq!(versus.json()["behind"]["together"][1], "faults");
}

#[test]
fn words_tell_sides_parameter_and_source() {
    let (graph, cache) = gist::gist();
    let right = incident("bazel-9.3");
    let mut left = right.clone();
    left.engine.set_pair("remembers_lost=no").unwrap();
    let comparison = compared(&left, &right);
    let [left, right] = [&left, &right].map(|scenario| Side { cache: &cache, scenario });
    let versus = Versus::new(&graph, left, right, &comparison);
    let [(_, left_success, left_text), (_, right_success, right_text)] = versus.outcomes();
    assert!(!left_success && right_success);
    assert_eq!(left_text, "Bazel 9.3 (remembers_lost=no) fails, exit code 1.");
    assert_eq!(right_text, "Bazel 9.3 succeeds, exit code 0.");
    let parting = versus.parting();
    assert!(parting[1].contains("//:a is a cache hit."), "{parting:?}");
    assert!(parting[2].contains("refuses the AC entry of //:a"), "{parting:?}");
    let behind = versus.behind().join("\n");
    let wanted = [
        "Changed alone, it makes the left go on as the right does:",
        "remembers_lost: no on the left, at-once on the right",
        "Bazel 9.3: ",
    ];
    assert!(wanted.iter().all(|text| behind.contains(text)), "{behind}");
    let json = versus.json();
    assert_eq!(json["behind"]["each"][0], "remembers_lost");
    assert_eq!(json["right"]["cost"]["executions"], 2);
    assert_eq!(json["actions"].as_array().unwrap().len(), versus.actions().len());
    assert!(versus.costs().iter().any(|row| row.0 == "rewinds" && row.1 != row.2));
}

#[test]
fn a_comparison_can_be_stopped() {
    let (graph, cache) = gist::gist();
    let (left, right) = (incident("bazel-4.2"), incident("bazel-9.3"));
    let [left, right] = [&left, &right].map(|scenario| Side { cache: &cache, scenario });
    let mut n_asked = 0;
    let result = compare_with(&graph, left, right, usize::MAX, &mut |_| {
        n_asked += 1;
        ControlFlow::Break(())
    });
    // A plan this small may never ask; if it asks, it obeys.
    assert_eq!(result.is_err(), n_asked > 0);
}

/// Two caches of one scenario.
#[test]
fn what_the_cache_holds_can_be_behind_it() {
    let (graph, cache) = gist::gist();
    let scenario = gist::minimal(&graph, &cache, "bazel-9.3", "//:c", &[]);
    let mut smaller = cache.clone();
    smaller.evict(CacheKind::Ac, graph.key(ActionId(0)).unwrap());
    let sides = [&cache, &smaller].map(|cache| Side { cache, scenario: &scenario });
    let never = &mut |_| ControlFlow::Continue(());
    let comparison = compare_with(&graph, sides[0], sides[1], SEARCH_MAX, never).unwrap();
    assert_eq!(behind(&comparison), (true, vec!["content of the cache"]));
    let difference = &comparison.differences[0];
    assert!(difference.left.starts_with("AC entries: 3 (1 only here)"), "{difference:?}");
    assert!(difference.right.starts_with("AC entries: 2,"), "{difference:?}");
}

/// A hundred thousand actions under engines that differ in a lot: all differences are tried, each
/// up to the parting and no further, and no more is planned than was allowed.
#[test]
fn a_large_graph_is_compared_within_bounds() {
    let (graph, cache) = build_graph::BuildGraph::new(100_000, 7).into_model();
    let engine = |id: &str| *engines().iter().find(|engine| engine.id == id).unwrap();
    let scenario = |id: &str| {
        let mut build = Build::clean(Targets::All, DownloadMode::Minimal);
        build.keep_going = true;
        let mut scenario = Scenario::new(engine(id), vec![build]);
        scenario.faults.push(Fault {
            what: What::Share { kind: CacheKind::Cas, percent: 5 },
            when: When::AfterAction(graph.topological()[60_000]),
            how_often: HowOften::Always,
            tier: Tier::Remote,
            report: Report::Typed,
        });
        scenario.faults.push(Fault {
            what: What::Share { kind: CacheKind::Ac, percent: 20 },
            when: When::AfterAction(graph.topological()[60_000]),
            how_often: HowOften::Once,
            tier: Tier::Remote,
            report: Report::Typed,
        });
        scenario
    };
    let (left, right) = (scenario("bazel-8.0"), scenario("bazel-9.3"));
    let sides = [&left, &right].map(|scenario| Side { cache: &cache, scenario });
    let compared = |search_max: usize| {
        let mut n_planned = 0;
        let mut progress = |n_events: usize| {
            n_planned = n_planned.max(n_events);
            ControlFlow::Continue(())
        };
        let comparison =
            compare_with(&graph, sides[0], sides[1], search_max, &mut progress).unwrap();
        let n_both = comparison.left.events.len() + comparison.right.events.len();
        (comparison, n_planned.saturating_sub(n_both))
    };
    let (comparison, n_searched) = compared(SEARCH_MAX);
    let position = comparison.parting.unwrap().position;
    let n_differences = comparison.differences.len();
    println!("{n_differences} differences, parting at {position}, {n_searched} events to find out");
    assert!(position > 100_000 && n_differences > 4);
    assert!(!matches!(comparison.behind, Behind::GivenUp | Behind::Unknown));
    // Up to the parting, or as far as one call of `progress` is from the next.
    assert!(n_searched <= (2 * n_differences + 1) * (position + 10_000));
    let (none, n_searched) = compared(1000);
    assert_eq!((none.behind, n_searched), (Behind::GivenUp, 0));
    assert_eq!(none.parting, comparison.parting);
    let (some, n_searched) = compared(2 * (graph.n_actions() + position + 10_000));
    assert!(n_searched <= 2 * (position + 10_000), "{n_searched}");
    assert!(!matches!(some.behind, Behind::Together(_)), "{:?}", some.behind);
}

/// Whatever two scenarios differ in: a parting has something behind it, and that does what it says.
#[test]
fn every_parting_of_random_scenarios_has_something_behind_it() {
    let config = Config { cases: 400, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let scenarios = (scenario(12), 0..all_engines().len(), proptest::num::u64::ANY);
    let n_parted = std::cell::Cell::new([0; 3]);
    let run = TestRunner::new_with_rng(config, rng).run(&scenarios, |(random, engine, seed)| {
        let made = random.make();
        let mut right = made.scenario.clone();
        if seed % 3 != 0 {
            right.engine = all_engines()[engine];
        }
        if seed % 3 != 1 {
            faulty::vary(&made.graph, &made.cache, &mut right, seed);
        }
        let comparison = compare(&made.graph, &made.cache, &made.scenario, &right);
        let mut n = n_parted.get();
        let wrong = match &comparison.behind {
            Behind::Nothing => {
                n[0] += 1;
                comparison.left.events != comparison.right.events
            }
            Behind::Each(all) => {
                n[1] += 1;
                all.is_empty()
            }
            Behind::Together(all) => {
                n[2] += 1;
                all.len() < 2
            }
            Behind::Unknown | Behind::GivenUp => true,
        };
        n_parted.set(n);
        if wrong {
            return Err(TestCaseError::fail(format!("{:?}", behind(&comparison))));
        }
        Ok(())
    });
    let [none, each, together] = n_parted.get();
    println!("{none} do not part, {each} by single things, {together} by several together");
    run.unwrap();
    assert!(none > 0 && each > 0 && together > 0);
}
