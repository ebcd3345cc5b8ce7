//! What was observed, and where a plan parts from it: in words and as JSON.

use serde_json::{Value, json};

use crate::model::{ActionId, ActionKind, CacheKind, Graph, LossTeller, Observed, Verb};
use crate::rewind::{self, Cost, Divergence, Event, Odd, Trace};

use super::glossary::Term;
use super::json::{action_json, cost_json, label_or_output, lost_json, requests_json};
use super::requests::{kind_name, verb_name};
use super::story::Story;
use super::words::Sentence;

impl Story<'_> {
    /// What plan and log say where they part: first the side that has a request which the other has
    /// not. Told of either trace.
    pub fn divergence(&self, divergence: &Divergence) -> [Sentence; 2] {
        let (one, other) = match divergence.is_observed {
            true => ("The log has ", "The plan "),
            false => ("The plan has ", "The log "),
        };
        let Odd { request, occurrence, .. } = divergence.odd;
        let what = format!("{} {} of ", ordinal(occurrence), verb_name(request.verb));
        let subject = Sentence::new(one).text(what);
        let subject = match (request.kind, self.graph.action_of_key(request.blob)) {
            (CacheKind::Ac, Some(action)) => {
                let entry = subject.text("the ").term("AC entry", Term::AcEntry).text(" of ");
                self.action(entry, action)
            }
            _ => self.content(subject, request.blob, None),
        };
        let answered = format!(", answered {}", request.status.code());
        let answered = if request.verb == Verb::Put { String::new() } else { answered };
        let other = match divergence.instead {
            Some(instead) => {
                format!("{other}has it answered {} instead.", instead.request.status.code())
            }
            None if occurrence > 1 => format!("{other}does not ask for it so often."),
            None => format!("{other}does not ask for it."),
        };
        [subject.text(answered + "."), Sentence::new(other)]
    }

    /// How many requests are without partner, on either side, beyond the first.
    pub fn divergence_extent(&self, divergence: &Divergence) -> String {
        let Divergence { n_predicted, n_observed, .. } = divergence;
        let of = |n: &usize| if *n == 1 { "1 request".to_owned() } else { format!("{n} requests") };
        format!("Only the plan has {}, only the log {}.", of(n_predicted), of(n_observed))
    }
}

/// `a`, `a second`, `a third`, `a 4th`.
fn ordinal(n: usize) -> String {
    match n {
        0 | 1 => "a".to_owned(),
        2 => "a second".to_owned(),
        3 => "a third".to_owned(),
        n => {
            let ending = match (n % 10, n % 100) {
                (_, 11..=13) => "th",
                (1, _) => "st",
                (2, _) => "nd",
                (3, _) => "rd",
                _ => "th",
            };
            format!("a {n}{ending}")
        }
    }
}

/// What files tell of builds that happened, in a line: requests, losses, retries, end.
pub fn observed_text(observed: &Observed) -> String {
    let counted = |n: usize, one: &str, many: &str| match n {
        0 => None,
        1 => Some(format!("1 {one}")),
        n => Some(format!("{n} {many}")),
    };
    let mut blobs: Vec<_> = observed.losses.iter().map(|l| (l.blob, l.artifact)).collect();
    blobs.sort_unstable();
    blobs.dedup();
    let told = [
        counted(observed.n_requests(), "request", "requests"),
        counted(observed.invocations.len(), "invocation", "invocations"),
        counted(blobs.len(), "blob lost", "blobs lost"),
        counted(observed.failed.len(), "action failed on a loss", "actions failed on losses"),
        counted(observed.n_retries as usize, "retry", "retries"),
        counted(observed.n_rewinds as usize, "round of rewinding", "rounds of rewinding"),
        observed.exit_code.map(|code| format!("exit code {code}")),
    ];
    told.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// `{requests, invocations: [{id, started_ms, exit_code}], lost: [{digest, path, consumer,
/// teller}], failed, retries, rewinds, exit_code, success}`; what no file tells is null.
pub fn observed_json(graph: &Graph, observed: &Observed) -> Value {
    let invocations = observed.invocations.iter().map(|invocation| {
        json!({
            "id": invocation.id,
            "started_ms": invocation.started_ms,
            "exit_code": invocation.exit_code,
        })
    });
    let lost = observed.losses.iter().map(|loss| {
        json!({
            "digest": loss.blob.map(|blob| graph.blobs().digest(blob).hex()),
            "path": loss.artifact.map(|artifact| graph.path(artifact)),
            "consumer": loss.consumer.map(|consumer| label_or_output(graph, consumer)),
            "teller": match loss.teller {
                LossTeller::Console => "console",
                LossTeller::Requests => "requests",
            },
        })
    });
    let failed = observed.failed.iter().map(|&action| action_json(graph, action));
    json!({
        "requests": observed.n_requests(),
        "invocations": invocations.collect::<Vec<_>>(),
        "lost": lost.collect::<Vec<_>>(),
        "failed": failed.collect::<Vec<_>>(),
        "retries": observed.n_retries,
        "rewinds": observed.n_rewinds,
        "exit_code": observed.exit_code,
        "success": observed.success,
    })
}

/// The trace of what happened: `{outcome, builds, attempts, hits, executed, rewound, failed, lost,
/// cost, requests}`; `outcome` is null if no file tells it.
pub fn observe_json(graph: &Graph, trace: &Trace) -> Value {
    let spawns = |actions: Vec<ActionId>| -> Vec<Value> {
        let is_spawn = |a: &ActionId| graph.action_kind(*a) == ActionKind::Spawn;
        actions.into_iter().filter(is_spawn).map(|a| action_json(graph, a)).collect()
    };
    let hits = trace.events.iter().filter_map(|event| match event {
        Event::CacheHit { action } => Some(*action),
        _ => None,
    });
    let is_first = |event: &&Event| matches!(event, Event::BuildStarted { attempt: 1, .. });
    let outcome = trace.outcome().map(|outcome| {
        let known = Some(outcome.exit_code).filter(|&code| code != Event::EXIT_CODE_UNKNOWN);
        json!({"success": outcome.success, "exit_code": known})
    });
    let cost = Cost::of(graph, trace);
    json!({
        "outcome": outcome,
        "builds": trace.events.iter().filter(is_first).count(),
        "attempts": cost.counts.n_attempts,
        "hits": spawns(hits.collect()),
        "executed": spawns(rewind::executed(trace)),
        "rewound": spawns(rewind::rewound(trace)),
        "failed": spawns(rewind::failed(trace)),
        "lost": lost_json(graph, trace),
        "cost": cost_json(graph, &cost),
        "requests": requests_json(graph, trace),
    })
}

/// Where plan and log part: `{side, request: {verb, kind, digest, status, occurrence}, instead,
/// sentences, predicted_step, observed_step, only_predicted, only_observed}`; null if they do not.
pub fn divergence_json(story: &Story, divergence: Option<&Divergence>) -> Value {
    let Some(found) = divergence else { return Value::Null };
    let odd = |odd: &Odd| {
        json!({
            "verb": verb_name(odd.request.verb),
            "kind": kind_name(odd.request.kind),
            "digest": story.graph.blobs().digest(odd.request.blob).hex(),
            "status": odd.request.status.code(),
            "occurrence": odd.occurrence,
        })
    };
    json!({
        "side": if found.is_observed { "observed" } else { "predicted" },
        "request": odd(&found.odd),
        "instead": found.instead.as_ref().map(odd),
        "sentences": story.divergence(found).map(|sentence| sentence.to_string()),
        "predicted_step": found.predicted_step,
        "observed_step": found.observed_step,
        "only_predicted": found.n_predicted,
        "only_observed": found.n_observed,
    })
}
