//! Properties of the planner, against the naive interpreter and on its own.

// A test that cannot be set up is a broken test: panicking says where.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod naive;

use std::cell::RefCell;

use naive::compare::{describe, differences};
use naive::generate::{RandomFault, RandomScenario, RandomWhat, RandomWhen, all_engines, scenario};
use naive::make::Made;
use naive::overrides::index_of;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use rewindow::rewind::{Engine, OnLoss, Parameter, Values, parameters, plan};

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
    for_random_scenarios("planner and interpreter agree", |_, made| {
        let trace = plan(&made.graph, &made.cache, &made.scenario);
        differences(&made.graph, &made.cache, &made.scenario, &trace)
    });
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

/// Section 7 of the semantics, whole: what x when x how often x tier x report, for every engine.
#[test]
fn every_fault_is_as_the_interpreter_says() {
    use RandomWhat::{AtLeast, Everything, Share, These, UnusedFor};
    use RandomWhen::{AfterAction, AtStep, AtTime, BeforeBuild};
    let these = || These(vec![(false, 0), (true, 1)]);
    let n_whats = 9;
    let what = |n: usize| match n {
        0 => these(),
        1..=3 => Everything(n as u8 - 1),
        4 | 5 => Share(n == 4, 50),
        6 => AtLeast(5),
        _ => UnusedFor(n == 7, 2),
    };
    let whens = [BeforeBuild(0), BeforeBuild(1), AfterAction(0), AtStep(6), AtTime(3)];
    let mut n_scenarios = 0;
    for engine in 0..all_engines().len() {
        for number in 0..n_whats * whens.len() * 3 * 4 {
            let flags = number % 4;
            let fault = RandomFault {
                what: what(number / 4 % n_whats),
                when: whens[number / 4 / n_whats % whens.len()],
                how_often: [0, 2, 3][number / 4 / n_whats / whens.len()],
                disk: flags % 2 == 1,
                untyped: flags / 2 == 1,
            };
            let random = fault_on_diamond(engine, number, fault);
            let made = random.make();
            let trace = plan(&made.graph, &made.cache, &made.scenario);
            let found = differences(&made.graph, &made.cache, &made.scenario, &trace);
            let text = || describe(&made.graph, &made.cache, &made.scenario);
            assert!(found.is_empty(), "{}\n{}", found.join("\n  "), text());
            n_scenarios += 1;
        }
    }
    println!("every fault on every engine: {n_scenarios} scenarios");
}

/// Four actions in a diamond, built twice, with a fault.
fn fault_on_diamond(engine: usize, number: usize, fault: RandomFault) -> RandomScenario {
    let mut random = RandomScenario::of_chosen(engine, 4, number % 3);
    for (action, inputs) in [(1, vec![0]), (2, vec![0]), (3, vec![1, 2])] {
        random.actions[action].inputs = inputs;
        random.actions[action].duration = action as u8;
    }
    random.actions[3].in_ac = number.is_multiple_of(2);
    random.disk = fault.disk.then_some(u64::MAX);
    random.executor = (number % 3) as u8;
    random.builds[0].keep_going = number.is_multiple_of(5);
    random.builds[0].jobs = 1 + number as u32 % 2;
    random.builds.push(random.builds[0].clone());
    random.builds[1].clean = number.is_multiple_of(4);
    random.faults.push(fault);
    random
}

/// No parameter is idle: with another value some scenario goes another way.
#[test]
fn every_value_of_every_parameter_matters() {
    let values = |parameter: &Parameter| match &parameter.values {
        Values::OnOff => vec!["the other".to_owned()],
        Values::Words(words) => words.iter().map(|word| word.name.to_owned()).collect(),
        Values::Number { .. } | Values::Cap { .. } => ["1", "2", "17"].map(str::to_owned).to_vec(),
    };
    let mut left: Vec<(&str, String)> = Vec::new();
    for parameter in parameters() {
        left.extend(values(&parameter).into_iter().map(|value| (parameter.name, value)));
    }
    // One is what a build does that does not say, one is printed and no part of a plan.
    left.retain(|(name, _)| !matches!(*name, "download_default" | "retry_message"));
    // Two equal trees, both read, and the second lost, are rarer than this: a row of P40 has them.
    left.retain(|(name, _)| *name != "rewinds_shared_trees");
    let n_values = left.len();
    let left = RefCell::new(left);
    for_random_scenarios("every value of every parameter matters", |random, made| {
        // A long list is not looked through for every large scenario.
        if random.actions.len() > 12 && left.borrow().len() > 20 {
            return Vec::new();
        }
        let trace = plan(&made.graph, &made.cache, &made.scenario);
        let mut left = left.borrow_mut();
        let mut matters = Vec::new();
        for (parameter, value) in left.iter() {
            let mut other = made.scenario.clone();
            let own = other.engine.get(parameter).unwrap_or_default();
            let value = match (value.as_str(), own.as_str()) {
                ("the other", "on") => "off",
                ("the other", _) => "on",
                (value, _) => value,
            };
            if value != own
                && other.engine.set(parameter, value).is_ok()
                && plan(&made.graph, &made.cache, &other) != trace
            {
                matters.extend([(*parameter, value.to_owned()), (*parameter, own)]);
                matters.push((*parameter, "the other".to_owned()));
            }
        }
        left.retain(|one| !matters.contains(one));
        Vec::new()
    });
    let left = left.into_inner();
    assert!(left.is_empty(), "of {n_values} these change no plan: {left:?}");
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
