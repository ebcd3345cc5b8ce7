//! Compares what was observed with what the planner says, step by step.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rewindow::model::{ActionId, Cache, Graph, Request, Verb};
use rewindow::rewind::{Event, LossMessage, Scenario, Trace, plan};

use crate::case::{Case, Line, Observed};

/// What is compared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Check {
    Verdict,
    ExitCode,
    LostDigests,
    Message,
    FailedActions,
    ExecutedActions,
    Requests,
    CacheAdded,
    LocalOutputs,
    Sequence,
    /// Not a check: the step could be compared at all.
    Comparable,
}

/// One check of one step that differs.
pub struct Difference {
    pub version: String,
    pub case: String,
    pub step: usize,
    pub clean: bool,
    pub check: Check,
    what: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} step {} {:?}: {}", self.case, self.step, self.check, self.what)
    }
}

/// How many checks agree, per kind of check, and how many steps agree whole.
#[derive(Default)]
pub struct Tally {
    checks: BTreeMap<Check, (usize, usize)>,
    /// By whether the step begins with clean: agreeing, all.
    steps: [(usize, usize); 2],
    /// Steps after a race whose outcome a plan cannot know.
    n_unknowable: usize,
}

impl Tally {
    /// Steps without clean: agreeing, all.
    pub fn steps_without_clean(&self) -> (usize, usize) {
        self.steps[0]
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [(dirty_right, dirty_all), (clean_right, clean_all)] = self.steps;
        write!(f, "{clean_right}/{clean_all} steps after clean, ")?;
        write!(f, "{dirty_right}/{dirty_all} without clean, {} unknowable", self.n_unknowable)?;
        for (check, (right, all)) in &self.checks {
            write!(f, "; {check:?} {right}/{all}")?;
        }
        Ok(())
    }
}

/// Every difference between `case` and its plan.
pub fn compare(case: &Case, tally: &mut Tally) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut start = 0;
    let mut cache = case.cache_before(0);
    while start < case.builds.len() {
        // A stretch of steps that one plan can follow: up to and including the first race.
        let race = (start..case.builds.len()).find(|&i| is_race(case, i));
        let end = race.map_or(case.builds.len(), |i| i + 1);
        compare_stretch(case, start..end, &cache, tally, &mut differences);
        start = end;
        while start < case.builds.len() && !case.builds[start].clean {
            tally.n_unknowable += 1;
            start += 1;
        }
        if start < case.builds.len() {
            cache = case.cache_before(start);
        }
    }
    differences
}

/// Whether the build stopped at its first failure while other things were under way: actions of
/// other jobs, or the fetches of other top-level outputs (exit 34). Which of them had begun is the
/// scheduler's affair.
fn is_race(case: &Case, step: usize) -> bool {
    let (build, observed) = (&case.builds[step], &case.observed[step]);
    let several = build.jobs > 1 || observed.exit_code == EXIT_LOST_OUTPUT;
    several && !build.keep_going && !observed.success
}

/// `RemoteExecution.Code` of a top-level output that could not be downloaded, 7.7.1.
const EXIT_LOST_OUTPUT: u8 = 34;

fn compare_stretch(
    case: &Case,
    steps: std::ops::Range<usize>,
    cache: &Cache,
    tally: &mut Tally,
    differences: &mut Vec<Difference>,
) {
    let mut builds = case.builds[steps.clone()].to_vec();
    if let Some(last) = builds.last_mut().filter(|_| is_race(case, steps.end - 1)) {
        last.keep_going = true;
    }
    let revisions = case.revisions.clone();
    let scenario = Scenario { revisions, ..Scenario::new(case.engine, builds) };
    let trace = plan(&case.graph, cache, &scenario);
    for (build, step) in steps.enumerate() {
        let observed = &case.observed[step];
        let predicted = Predicted::of(&case.graph, &trace, build, case.engine.message);
        let results = if is_race(case, step) {
            compare_subset(observed, &predicted)
        } else {
            compare_step(observed, &predicted, case.builds[step].jobs == 1)
        };
        let clean = case.builds[step].clean;
        let agrees = results.iter().all(|(_, difference)| difference.is_none());
        let steps = &mut tally.steps[usize::from(clean)];
        *steps = (steps.0 + usize::from(agrees), steps.1 + 1);
        for (check, difference) in results {
            let counts = tally.checks.entry(check).or_default();
            *counts = (counts.0 + usize::from(difference.is_none()), counts.1 + 1);
            differences.extend(difference.map(|what| Difference {
                version: case.version.clone(),
                case: case.name.clone(),
                step,
                clean,
                check,
                what,
            }));
        }
    }
}

/// What the plan says of one step, in the terms of the recording.
struct Predicted {
    success: bool,
    exit_code: u8,
    /// Per failed action the digests it lost; what failed without an action (a top-level output)
    /// under the empty name.
    lost: BTreeMap<String, BTreeSet<String>>,
    naming: LossMessage,
    message: String,
    /// Fetches of outputs whose action is not looked at: they run beside the actions, in any order.
    late: Vec<Line>,
    failed: BTreeSet<String>,
    executed: Vec<String>,
    requests: Vec<Line>,
    added: BTreeSet<(String, String)>,
    local: BTreeSet<String>,
}

impl Predicted {
    fn of(graph: &Graph, trace: &Trace, build: usize, naming: LossMessage) -> Self {
        let outcome = &trace.builds[build];
        let events = trace.events_of(build);
        let name = |action: &ActionId| graph.label(*action).trim_start_matches("//:").to_owned();
        let mut executed: Vec<String> = events
            .iter()
            .filter_map(
                |e| if let Event::Executed { action, .. } = e { Some(action) } else { None },
            )
            .map(name)
            .collect();
        executed.sort();
        let failed = events
            .iter()
            .filter_map(|e| if let Event::Failed { action, .. } = e { Some(action) } else { None });
        let (mut requests, mut late, mut reused) = (Vec::new(), Vec::new(), BTreeSet::new());
        for event in events {
            match event {
                Event::Reused { action } => {
                    reused.insert(Some(*action));
                }
                Event::Asked(request) => {
                    let line = line_of(graph, request);
                    if reused.contains(&request.owner) {
                        late.push(line.clone());
                    }
                    requests.push(line);
                }
                _ => {}
            }
        }
        let short = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
        Self {
            success: outcome.success,
            exit_code: outcome.exit_code,
            lost: lost_digests(graph, events, &name),
            naming,
            message: outcome.message.clone(),
            late,
            failed: failed.map(name).collect(),
            executed,
            added: requests
                .iter()
                .filter(|r| r.0 == "PUT")
                .map(|r| (r.1.clone(), r.2.clone()))
                .collect(),
            requests,
            local: outcome.local.iter().map(|&a| short(graph.path(a))).collect(),
        }
    }
}

fn line_of(graph: &Graph, request: &Request) -> Line {
    assert!(request.verb != Verb::Find, "no recorded run has one");
    let verb = if request.verb == Verb::Put { "PUT" } else { "GET" };
    let kind = format!("{:?}", request.kind).to_lowercase();
    (verb.to_owned(), kind, graph.blobs().digest(request.blob).hex(), request.status.code())
}

/// `lines` less one occurrence of each of `left_out`.
fn without(lines: &[Line], left_out: &[Line]) -> Vec<Line> {
    let mut left_out = left_out.to_vec();
    let mut kept = Vec::new();
    for line in lines {
        match left_out.iter().position(|l| l == line) {
            Some(i) => drop(left_out.swap_remove(i)),
            None => kept.push(line.clone()),
        }
    }
    kept
}

/// Digests that the build lost, by the action that noticed.
fn lost_digests(
    graph: &Graph,
    events: &[Event],
    name: &dyn Fn(&ActionId) -> String,
) -> BTreeMap<String, BTreeSet<String>> {
    let mut lost: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for event in events {
        let (who, blob) = match event {
            Event::LostInput { consumer, blob, .. } => (name(consumer), blob),
            Event::LostOutput { blob, .. } => (String::new(), blob),
            _ => continue,
        };
        lost.entry(who).or_default().insert(graph.blobs().digest(*blob).hex());
    }
    lost
}

/// Whether the tool can have named `observed`. 4.2.3 only counts when an action lost several; 1.1.0
/// and 2.1.0 name one of several, by the iteration order of a hash map over absolute paths.
fn differ_lost(observed: &BTreeSet<String>, predicted: &Predicted) -> Option<String> {
    let lost = &predicted.lost;
    let all = |some: &dyn Fn(&BTreeSet<String>) -> bool| -> BTreeSet<String> {
        lost.values().filter(|l| some(l)).flatten().cloned().collect()
    };
    let agrees = match predicted.naming {
        LossMessage::ExecFailed => *observed == all(&|l| l.len() == 1),
        LossMessage::UnexpectedIo => {
            let each_named = lost.values().all(|l| !l.is_disjoint(observed));
            observed.is_subset(&all(&|_| true)) && each_named
        }
        _ => *observed == all(&|_| true),
    };
    (!agrees).then(|| format!("{observed:?} observed, {lost:?} planned"))
}

/// Whether the tool prints every line planned. Places (`/…/BUILD.bazel:4:1: `) are left
/// out: no export tells them. Hashes too: `differ_lost` checks them.
fn differ_message(observed: &Observed, predicted: &Predicted) -> Option<String> {
    let plain = |line: &str| -> Option<String> {
        let text = line.strip_prefix("ERROR: ")?;
        let text = match text.split_once("/BUILD.bazel:") {
            Some((_, rest)) => rest.split_once(' ')?.1,
            None => text,
        };
        let words = text.split_inclusive(|c: char| !c.is_ascii_hexdigit());
        let hashless = words.map(|w| if w.len() >= 64 { "HASH" } else { w });
        Some(hashless.collect())
    };
    let of_actions = |line: &String| !line.contains("Build did NOT complete successfully");
    let lines = |all: &mut dyn Iterator<Item = Option<String>>| {
        all.flatten().filter(of_actions).collect::<BTreeSet<_>>()
    };
    let observed = lines(&mut observed.errors.iter().map(|l| plain(l)));
    let predicted = lines(&mut predicted.message.lines().map(plain));
    // Two steps without clean print again what failed in the step before: Skyframe replays the
    // stored errors of actions that it has not reached (4.2.3_h039, 7.7.1_h414).
    (!predicted.is_subset(&observed))
        .then(|| format!("{observed:?} observed, {predicted:?} planned"))
}

type Results = Vec<(Check, Option<String>)>;

fn compare_step(observed: &Observed, predicted: &Predicted, sequential: bool) -> Results {
    let set = |names: &[String]| names.iter().cloned().collect::<BTreeSet<_>>();
    let mut executed = observed.executed.clone();
    executed.sort();
    let mut results = vec![
        (Check::Verdict, differ(&observed.success, &predicted.success)),
        (Check::ExitCode, differ(&observed.exit_code, &predicted.exit_code)),
        (Check::LostDigests, differ_lost(&set(&observed.missing_hashes), predicted)),
        (Check::Message, differ_message(observed, predicted)),
        (Check::FailedActions, differ(&set(&observed.failed_actions), &predicted.failed)),
        (Check::ExecutedActions, differ(&executed, &predicted.executed)),
        (Check::Requests, differ_lines(&observed.requests, &predicted.requests)),
        (Check::CacheAdded, differ(&added(observed), &really_added(observed, predicted))),
        (Check::LocalOutputs, differ(&set(&observed.local_outputs), &predicted.local)),
    ];
    if sequential {
        let late = |lines: &[Line]| without(lines, &predicted.late);
        let (a, b) = (late(&observed.requests), late(&predicted.requests));
        let (a, b) = (in_groups(&a), in_groups(&b));
        let at = a.iter().zip(&b).position(|(x, y)| x != y).unwrap_or(a.len().min(b.len()));
        let what = || format!("line {at}: {:?} observed, {:?} planned", a.get(at), b.get(at));
        results.push((Check::Sequence, (a != b).then(what)));
    }
    results
}

/// After a race: whatever was observed must be among what is planned to happen.
fn compare_subset(observed: &Observed, predicted: &Predicted) -> Results {
    let within = |few: BTreeSet<String>, many: BTreeSet<String>| {
        (!few.is_subset(&many)).then(|| format!("{few:?} not within {many:?}"))
    };
    let set = |names: &[String]| names.iter().cloned().collect::<BTreeSet<_>>();
    let text = |lines: &[Line]| lines.iter().map(|l| format!("{l:?}")).collect::<BTreeSet<_>>();
    vec![
        (Check::Verdict, differ(&observed.success, &predicted.success)),
        (Check::ExitCode, differ(&observed.exit_code, &predicted.exit_code)),
        (
            Check::LostDigests,
            within(
                set(&observed.missing_hashes),
                predicted.lost.values().flatten().cloned().collect(),
            ),
        ),
        (Check::FailedActions, within(set(&observed.failed_actions), predicted.failed.clone())),
        (Check::ExecutedActions, within(set(&observed.executed), set(&predicted.executed))),
        (Check::Requests, within(text(&observed.requests), text(&predicted.requests))),
    ]
}

fn differ<T: PartialEq + fmt::Debug>(observed: &T, predicted: &T) -> Option<String> {
    (observed != predicted).then(|| format!("{observed:?} observed, {predicted:?} planned"))
}

fn differ_lines(observed: &[Line], predicted: &[Line]) -> Option<String> {
    let mut counts: BTreeMap<&Line, i32> = BTreeMap::new();
    for line in observed {
        *counts.entry(line).or_default() += 1;
    }
    for line in predicted {
        *counts.entry(line).or_default() -= 1;
    }
    counts.retain(|_, n| *n != 0);
    (!counts.is_empty()).then(|| format!("observed minus planned: {counts:?}"))
}

fn added(observed: &Observed) -> BTreeSet<(String, String)> {
    let of = |kind: &str, half: &BTreeSet<String>| {
        half.iter().map(|h| (kind.to_owned(), h.clone())).collect::<Vec<_>>()
    };
    of("ac", &observed.cache_added.ac)
        .into_iter()
        .chain(of("cas", &observed.cache_added.cas))
        .collect()
}

/// What the plan uploads and the recorded cache lacked.
fn really_added(observed: &Observed, predicted: &Predicted) -> BTreeSet<(String, String)> {
    let before = &observed.cache_before;
    let had = |(kind, hash): &&(String, String)| {
        if kind == "ac" { before.ac.contains(hash) } else { before.cas.contains(hash) }
    };
    predicted.added.iter().filter(|line| !had(line)).cloned().collect()
}

/// The sequence with each stretch of alike CAS requests sorted: their order is the client's affair.
fn in_groups(lines: &[Line]) -> Vec<Line> {
    let mut sorted = Vec::with_capacity(lines.len());
    let alike = |a: &Line, b: &Line| a.1 == "cas" && (&a.0, &a.1) == (&b.0, &b.1);
    for group in lines.chunk_by(alike) {
        let mut group = group.to_vec();
        group.sort();
        sorted.extend(group);
    }
    sorted
}
