//! The interpreter against every recorded run: what makes it worth comparing with.

use std::collections::{BTreeMap, BTreeSet};

use rewindow::model::{CacheKind, Id, Status, Verb};
use serde_json::Value;

use super::oracle::{Case, Step, cases};
use super::world::World;
use super::{Asked, Client, Report};

/// Runs with several jobs in which real Bazel raced: what it did is one of several possibilities.
const RACES: [&str; 1] = ["2.1.0_119_partial_minimal"];

#[test]
fn agrees_with_the_recorded_runs() {
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut differences = Vec::new();
    let cases = cases();
    assert!(!cases.is_empty(), "no recorded cases in tests/oracles");
    for case in cases {
        let found = check(&case);
        let count = counts.entry(case.version.clone()).or_default();
        count.0 += usize::from(found.is_empty());
        count.1 += 1;
        if !RACES.contains(&case.name.as_str()) {
            differences.extend(found);
        }
    }
    for (version, (agree, all)) in &counts {
        println!("naive interpreter, Bazel {version}: {agree} of {all} recorded cases agree");
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn check(case: &Case) -> Vec<String> {
    let mut world = World::new(&case.graph);
    let mut client = Client::new(&case.graph, &case.cache, case.engine, Default::default());
    let mut differences = Vec::new();
    for (i, step) in case.steps.iter().enumerate() {
        if let Some(edit) = step.build.edit {
            world.edit(&case.graph, &case.revisions[edit]);
        }
        let rank = observed_rank(case, &world, &step.observed);
        let all_of_it = {
            let mut build = step.build.clone();
            build.keep_going = true;
            client.clone().build(&world, &build, &rank, &step.evict)
        };
        let before = (client.ac.clone(), client.cas.clone());
        let report = client.build(&world, &step.build, &rank, &step.evict);
        let mut compare = Compare { case, step, report: &report, all_of_it: &all_of_it };
        let found = compare.run(&client, &before);
        differences.extend(found.into_iter().map(|d| format!("{} step {i}: {d}", case.name)));
    }
    differences
}

/// Actions in the order in which the run asked for them; those it did not ask for come just before
/// the first of their consumers.
fn observed_rank(case: &Case, world: &World, observed: &Value) -> Vec<usize> {
    let by_key: BTreeMap<&str, usize> =
        world.actions.iter().enumerate().map(|(i, a)| (a.key.as_str(), i)).collect();
    let mut order = Vec::new();
    for request in observed["requests"].as_array().unwrap() {
        let asked = request[0] == "GET" && request[1] == "ac";
        if let Some(&action) = by_key.get(request[2].as_str().unwrap()).filter(|_| asked) {
            place(world, action, &mut order);
        }
    }
    for action in case.graph.topological() {
        place(world, action.index(), &mut order);
    }
    let mut rank = vec![0; order.len()];
    for (position, &action) in order.iter().enumerate() {
        rank[action] = position;
    }
    rank
}

fn place(world: &World, action: usize, order: &mut Vec<usize>) {
    if !order.contains(&action) {
        for producer in world.producers(action) {
            place(world, producer, order);
        }
        order.push(action);
    }
}

struct Compare<'a> {
    case: &'a Case,
    step: &'a Step,
    report: &'a Report,
    /// What keep_going would have done: more is not possible.
    all_of_it: &'a Report,
}

impl Compare<'_> {
    fn run(
        &mut self,
        client: &Client,
        before: &(BTreeSet<String>, BTreeSet<String>),
    ) -> Vec<String> {
        let mut found = Vec::new();
        let mut differ = |what: &str, got: String, expected: String| {
            if got != expected {
                found.push(format!("{what}: expected {expected}, got {got}"));
            }
        };
        let (report, observed) = (self.report, &self.step.observed);
        let show = |v: &dyn std::fmt::Debug| format!("{v:?}");
        differ("exit code", show(&report.exit_code), observed["exit_code"].to_string());
        differ("success", show(&report.success), observed["success"].to_string());
        let requests = self.observed_requests();
        let open = (report.stopped && self.step.build.jobs > 1)
            || (report.output_lost && !self.step.build.keep_going);
        if open {
            let more = requests.iter().find(|(r, n)| self.all_of_it.requests.get(r) < Some(n));
            differ("a request beyond all that could be made", show(&more), "None".into());
            return found;
        }
        let executed: BTreeSet<String> = report.executed.keys().map(|&a| self.rule(a)).collect();
        differ("executed", show(&executed), show(&texts(&observed["executed"])));
        let failed: BTreeSet<String> = report.failed.iter().map(|&a| self.rule(a)).collect();
        differ("failed", show(&failed), show(&texts(&observed["failed_actions"])));
        differ("requests", show(&report.requests), show(&requests));
        differ("local", show(&report.local), show(&texts(&observed["local_outputs"])));
        let lost: BTreeSet<String> = report.lost.iter().map(|l| l.2.clone()).collect();
        let named = texts(&observed["missing_hashes"]);
        // Up to 4.2.3 not all of several are named (N14).
        let enough = if self.case.version.starts_with('7') {
            named == lost
        } else {
            named.is_subset(&lost) && (named.len() == lost.len() || lost.len() > 1)
        };
        differ("lost digests named", show(&(enough, &lost)), show(&(true, &lost)));
        for (half, now, before) in [("ac", &client.ac, &before.0), ("cas", &client.cas, &before.1)]
        {
            let there = texts(&observed["cache_before"][half]);
            let evicted: BTreeSet<String> = self
                .step
                .evict
                .iter()
                .map(|e| e.1.clone())
                .filter(|b| !there.contains(b))
                .collect();
            let left: BTreeSet<String> = before.difference(&evicted).cloned().collect();
            differ(&format!("{half} before"), show(&left), show(&there));
            let added: BTreeSet<String> = now.difference(&left).cloned().collect();
            differ(half, show(&added), show(&texts(&observed["cache_added"][half])));
        }
        found
    }

    fn rule(&self, action: usize) -> String {
        self.case.rules[action].clone()
    }

    fn observed_requests(&self) -> BTreeMap<Asked, usize> {
        let mut requests = BTreeMap::new();
        for request in self.step.observed["requests"].as_array().unwrap() {
            let verb = if request[0] == "GET" { Verb::Get } else { Verb::Put };
            let kind = if request[1] == "ac" { CacheKind::Ac } else { CacheKind::Cas };
            let status = if request[3] == 404 { Status::NotFound } else { Status::Ok };
            let asked = (verb, kind, request[2].as_str().unwrap().to_owned(), status);
            *requests.entry(asked).or_default() += 1;
        }
        requests
    }
}

fn texts(value: &Value) -> BTreeSet<String> {
    value.as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect()
}
