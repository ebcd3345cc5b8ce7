//! Properties of the planner, against the naive interpreter and on its own.

mod naive;

use naive::compare::{Determined, describe, differences};
use naive::generate::{Made, RandomScenario, scenario};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use rewindow::rewind::plan;

/// How many random scenarios a property is tried on; `PROPTEST_CASES` overrides it.
const N_SCENARIOS: u32 = 4000;

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
    let result = TestRunner::new_with_rng(config, rng).run(&scenario(16), |random| {
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
    for_random_scenarios("planner and interpreter agree", |random, made| {
        if made.determined == Determined::Outcome && random.shares_content() {
            return Vec::new();
        }
        if is_known_difference(random) {
            return Vec::new();
        }
        let trace = plan(&made.graph, &made.cache, &made.scenario);
        differences(&made.graph, &made.cache, &made.scenario, &trace, made.determined)
    });
}

/// What the planner is known to do otherwise, kept apart so that all else is compared.
fn is_known_difference(random: &RandomScenario) -> bool {
    // A verified cache judges entries that a build wrote by the entry or graph as loaded.
    let overwrites = random.builds.iter().any(|build| build.edit.is_some())
        || random.actions.iter().any(|action| action.broken && action.in_ac);
    random.verified && overwrites
}
