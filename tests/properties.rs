//! Properties of the planner, against the naive interpreter and on its own.

// A test that cannot be set up is a broken test: panicking says where.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod naive;

use std::cell::Cell;

use naive::compare::{describe, differences};
use naive::generate::{RandomScenario, all_engines, scenario};
use naive::make::Made;
use naive::overrides::index_of;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use rewindow::model::ActionKind;
use rewindow::rewind::{Engine, FetchTime, OnLoss, Report, Scenario, plan};

/// How many random scenarios a property is tried on; `PROPTEST_CASES` overrides it.
const N_SCENARIOS: u32 = 14_000;

/// The largest graph.
const N_ACTIONS_MAX: usize = 60;

/// Tries `check` on random scenarios, the same in every run, and shows the smallest that fails.
fn for_random_scenarios(what: &str, check: impl Fn(&RandomScenario, &Made) -> Vec<String>) {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok());
    let config = Config {
        cases: cases.unwrap_or(N_SCENARIOS),
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Config::default()
    };
    let n_scenarios = config.cases;
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let result = TestRunner::new_with_rng(config, rng).run(&scenario(N_ACTIONS_MAX), |random| {
        let found = check(&random, &random.make());
        match found.is_empty() {
            true => Ok(()),
            false => Err(TestCaseError::fail(found.join("\n  "))),
        }
    });
    if let Err(TestError::Fail(reason, random)) = result {
        let made = random.make();
        let text = describe(&made.graph, &made.cache, &made.scenario);
        panic!("{what}:\n  {reason}\n{text}");
    }
    println!("{what}: {n_scenarios} random scenarios");
}

#[test]
fn the_planner_agrees_with_the_naive_interpreter() {
    let n_open = Cell::new(0);
    for_random_scenarios("planner and interpreter agree", |_, made| {
        if is_open(made) {
            n_open.set(n_open.get() + 1);
            return Vec::new();
        }
        let trace = plan(&made.graph, &made.cache, &made.scenario);
        differences(&made.graph, &made.cache, &made.scenario, &trace)
    });
    println!("not compared, as the rules leave them open: {}", n_open.get());
}

/// What the last section of `docs/planner.md` calls open.
fn is_open(made: &Made) -> bool {
    let Scenario { engine, faults, builds, .. } = &made.scenario;
    let is_template = |a| made.graph.action_kind(a) == ActionKind::Template;
    let fetches_late = builds.len() > 1 || engine.fetch_time != FetchTime::WithHit;
    let in_words = faults.iter().any(|fault| fault.report == Report::Untyped);
    (fetches_late && made.graph.action_ids().any(is_template))
        || (in_words && builds.iter().any(|build| build.keep_going))
}

#[test]
fn a_trace_is_sound_in_itself() {
    for_random_scenarios("traces are sound", |_, made| sound(made));
}

#[test]
fn all_small_graphs_rewind_as_the_interpreter_says() {
    let engines: Vec<Engine> =
        all_engines().into_iter().filter(|e| !matches!(e.on_loss, OnLoss::Fail)).collect();
    let mut n_scenarios = 0;
    for engine in engines {
        for n in 1..=4 {
            for random in small_scenarios(n, &engine) {
                n_scenarios += 1;
                let made = random.make();
                let trace = plan(&made.graph, &made.cache, &made.scenario);
                let found = differences(&made.graph, &made.cache, &made.scenario, &trace);
                assert!(
                    found.is_empty(),
                    "{}\n{}",
                    found.join("\n  "),
                    describe(&made.graph, &made.cache, &made.scenario)
                );
            }
        }
    }
    println!("all graphs of up to 4 actions: {n_scenarios} scenarios");
}

/// Every graph of `n` actions of one output each in which all lead to the last, with every subset
/// of AC entries and outputs, in every mode, for the last; up to 3 actions with and without
/// keep_going. A graph whose actions do not all lead to the target plans like a smaller one, and
/// with one job a failure leaves keep_going little to do.
fn small_scenarios(n: usize, engine: &Engine) -> impl Iterator<Item = RandomScenario> {
    let engine = index_of(engine.id);
    let n_edges = n * (n - 1) / 2;
    let n_bits = n_edges + n + n + usize::from(n < 4);
    (0..3usize << n_bits).filter_map(move |number| {
        let mut bits = number / 3;
        let mut bit = || {
            let set = bits & 1 == 1;
            bits >>= 1;
            set
        };
        let mut scenario = RandomScenario::of_chosen(engine, n, number % 3);
        for action in 0..n {
            for input in 0..action {
                if bit() {
                    scenario.actions[action].inputs.push(input as u16);
                }
            }
        }
        let is_read =
            |input: usize| scenario.actions.iter().any(|a| a.inputs.contains(&(input as u16)));
        if !(0..n - 1).all(is_read) {
            return None;
        }
        for action in 0..n {
            scenario.actions[action].in_ac = bit();
            if bit() {
                scenario.evict_output(action);
            }
        }
        scenario.builds[0].keep_going = n < 4 && bit();
        scenario.builds[0].targets.push(n as u16 - 1);
        Some(scenario)
    })
}

#[test]
fn long_chains_hit_the_caps_where_the_rules_say() {
    let chain = |id: &str, n: usize| {
        let mut scenario = RandomScenario::of_chosen(index_of(id), n, 1);
        scenario.builds[0].targets.push(n as u16 - 1);
        for action in 0..n {
            if action > 0 {
                scenario.actions[action].inputs.push(action as u16 - 1);
                scenario.evict_output(action - 1);
            }
            scenario.actions[action].in_ac = action + 1 < n;
        }
        let made = scenario.make();
        let trace = plan(&made.graph, &made.cache, &made.scenario);
        let found = differences(&made.graph, &made.cache, &made.scenario, &trace);
        assert!(found.is_empty(), "{id}, chain of {n}:\n{}", found.join("\n"));
        let outcome = trace.outcome().unwrap();
        (outcome.success, outcome.rewinds)
    };
    // One level of loss is found per pass: 20 passes may be added (K7), rounds have no limit (A4).
    assert_eq!(chain("buck2-1349", 21), (true, 20));
    assert_eq!(chain("buck2-1349", 22), (false, 20));
    assert_eq!(chain("bazel-9.3", 22), (true, 21));
    assert_eq!(chain("bazel-9.3", 60), (true, 59));
    // A stale entry is believed again and again: the 21st loss of one input ends it (A5, era I).
    assert_eq!(chain("era I", 2), (false, 20));
}

/// What must hold of any trace, whatever the rules.
fn sound(made: &Made) -> Vec<String> {
    let (graph, cache, scenario) = (&made.graph, &made.cache, &made.scenario);
    let trace = plan(graph, cache, scenario);
    let mut found = naive::sound::check(graph, cache, scenario, &trace);
    if plan(graph, cache, scenario) != trace {
        found.push("a second plan of the same scenario is another".into());
    }
    found
}
