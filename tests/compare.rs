//! Two traces of one incident: where they part, and what is behind it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a broken set-up should say where")]

#[path = "support/faulty.rs"]
mod faulty;
#[path = "support/gist.rs"]
mod gist;
mod naive;

use std::ops::ControlFlow;

use naive::generate::{all_engines, scenario};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use rewindow::model::Tier;
use rewindow::report::{Names, Versus};
use rewindow::rewind::{
    Behind, CachePolicy, Comparison, DownloadMode, Event, Fault, HowOften, RemembersLost, Report,
    Scenario, What, When, compare, compare_with,
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
        Behind::Nothing | Behind::Unknown => (false, Vec::new()),
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
    let names = Names::new(&graph, &cache, &[]);
    let versus = Versus::new(&graph, &names, &left, &right, &comparison);
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
    let names = Names::new(&graph, &cache, &[]);
    let versus = Versus::new(&graph, &names, &left, &right, &comparison);
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
    let mut n_asked = 0;
    let result = compare_with(&graph, &cache, &left, &right, &mut |_| {
        n_asked += 1;
        ControlFlow::Break(())
    });
    // A plan this small may never ask; if it asks, it obeys.
    assert_eq!(result.is_err(), n_asked > 0);
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
            Behind::Unknown => true,
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
