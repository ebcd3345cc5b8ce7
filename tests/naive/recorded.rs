//! The interpreter against every recorded run: what makes it worth comparing with.

use std::collections::{BTreeMap, BTreeSet};

use rewindow::model::{ActionId, ArtifactId, BlobId, CacheKind, Digest, Id, Status, Verb};
use rewindow::rewind::{Build, Eviction, Scenario};
use serde_json::Value;

use super::compare::Report;
use super::oracle::{Case, Step, cases};
use super::sim::{Outcome, Sim};
use super::world::{Spec, World};

/// A request with its answer, the blob by its digest.
type Named = (Verb, CacheKind, String, Status);

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
    // The order is that of the run, so the builds are planned one by one.
    let builds = case.steps.iter().map(|step| step.build.clone()).collect();
    let revisions = case.revisions.clone();
    let mut scenario = Scenario { revisions, ..Scenario::new(case.engine, builds) };
    for (i, step) in case.steps.iter().enumerate() {
        scenario.builds[i].order = observed_order(case, &scenario.builds[..=i], &step.observed);
        let blobs = case.graph.blobs();
        let known = step.evict.iter().filter_map(|(kind, hex)| {
            let blob = blobs.find(&Digest::from_hex(hex, None).unwrap())?;
            Some(Eviction { kind: *kind, blob })
        });
        scenario.builds[i].evict = known.collect();
    }
    let patient = Scenario {
        builds: scenario.builds.iter().cloned().map(|b| Build { keep_going: true, ..b }).collect(),
        ..scenario.clone()
    };
    let mut sim = Sim::new(&case.graph, &case.cache, &scenario);
    let mut differences = Vec::new();
    for (i, step) in case.steps.iter().enumerate() {
        let mut all_of_it = Sim { scenario: &patient, ..sim.clone() };
        let outcome = all_of_it.build(i);
        let all_of_it = Report::of_outcome(&all_of_it.events, &outcome);
        let before = (hex_of(case, sim.remote.ac.keys()), hex_of(case, sim.remote.cas.iter()));
        let outcome = sim.build(i);
        let report = Report::of_outcome(&sim.events, &outcome);
        let compare =
            Compare { case, step, outcome: &outcome, report: &report, all_of_it: &all_of_it };
        let found = compare.run(&sim, &before);
        differences.extend(found.into_iter().map(|d| format!("{} step {i}: {d}", case.name)));
    }
    differences
}

fn hex(case: &Case, blob: BlobId) -> String {
    case.graph.blobs().digest(blob).hex()
}

fn hex_of<'a>(case: &Case, blobs: impl Iterator<Item = &'a BlobId>) -> BTreeSet<String> {
    blobs.map(|&blob| hex(case, blob)).collect()
}

/// Actions in the order in which the run asked for them; those it did not ask for come just before
/// the first of their consumers.
fn observed_order(case: &Case, builds: &[Build], observed: &Value) -> Vec<ActionId> {
    let mut world = World::new(&case.graph);
    for edit in builds.iter().filter_map(|build| build.edit) {
        world.edit(&case.revisions[edit]);
    }
    let key = |(action, spec): (&ActionId, &Spec)| (hex(case, spec.digests.key.unwrap()), *action);
    let by_key: BTreeMap<String, ActionId> = world.actions.iter().map(key).collect();
    let mut order = Vec::new();
    for request in observed["requests"].as_array().unwrap() {
        let asked = request[0] == "GET" && request[1] == "ac";
        if let Some(&action) = by_key.get(request[2].as_str().unwrap()).filter(|_| asked) {
            place(&world, action, &mut order);
        }
    }
    for &action in case.graph.topological() {
        place(&world, action, &mut order);
    }
    order
}

fn place(world: &World, action: ActionId, order: &mut Vec<ActionId>) {
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
    outcome: &'a Outcome,
    report: &'a Report,
    /// What keep_going would have done: more is not possible.
    all_of_it: &'a Report,
}

impl Compare<'_> {
    fn run(&self, sim: &Sim<'_>, before: &(BTreeSet<String>, BTreeSet<String>)) -> Vec<String> {
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
        let all_requests = self.requests_of(self.all_of_it);
        let open = (self.outcome.stopped && self.step.build.jobs > 1)
            || (self.outcome.output_lost && !self.step.build.keep_going);
        if open {
            let more = requests.iter().find(|(r, n)| all_requests.get(r) < Some(n));
            differ("a request beyond all that could be made", show(&more), "None".into());
            return found;
        }
        let executed: BTreeSet<String> = report.executed.keys().map(|&a| self.rule(a)).collect();
        differ("executed", show(&executed), show(&texts(&observed["executed"])));
        let failed: BTreeSet<String> = report.failed.iter().map(|&a| self.rule(a)).collect();
        differ("failed", show(&failed), show(&texts(&observed["failed_actions"])));
        differ("requests", show(&self.requests_of(report)), show(&requests));
        let path = |a: &ArtifactId| self.case.graph.path(*a).to_owned();
        let local: BTreeSet<String> = report.local.iter().map(path).collect();
        differ("local", show(&local), show(&texts(&observed["local_outputs"])));
        let lost: BTreeSet<String> = report.lost.keys().map(|l| hex(self.case, l.2)).collect();
        let named = texts(&observed["missing_hashes"]);
        // Up to 4.2.3 not all of several are named (N14).
        let enough = if self.case.version.starts_with('7') {
            named == lost
        } else {
            named.is_subset(&lost) && (named.len() == lost.len() || lost.len() > 1)
        };
        differ("lost digests named", show(&(enough, &lost)), show(&(true, &lost)));
        let now =
            (hex_of(self.case, sim.remote.ac.keys()), hex_of(self.case, sim.remote.cas.iter()));
        for (half, now, before) in [("ac", &now.0, &before.0), ("cas", &now.1, &before.1)] {
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

    fn rule(&self, action: ActionId) -> String {
        self.case.rules[action.index()].clone()
    }

    fn requests_of(&self, report: &Report) -> BTreeMap<Named, usize> {
        let requests = report.requests.iter();
        requests.map(|(r, n)| ((r.1, r.2, hex(self.case, r.3), r.4), *n)).collect()
    }

    fn observed_requests(&self) -> BTreeMap<Named, usize> {
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
