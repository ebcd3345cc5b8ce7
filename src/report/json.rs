//! What the command line writes with `--json`.
//!
//! Keys and nesting are a contract: scripts read them.

use serde_json::{Map, Value, json};

use crate::model::{ActionId, ActionKind, Graph};
use crate::rewind::{self, Cost, Engine, Event, Parameter, Scenario, Trace, Values, engines};

use super::engine_table::{ParameterRow, parameter_rows, tool_name};
use super::requests::{kind_name, tier_name, verb_name};
use super::story::Story;

/// What is written with `--json`.
pub type Json = Value;

/// The outcome of a plan: `{engine, set, outcome, attempts, executed, rewound, failed, lost, cost,
/// requests}`.
///
/// `executed`, `rewound` and `failed` list each spawn once, in order; `digest` is all digits of the
/// digest; who is named by `consumer` or `owner` is named by label, or by first output where no
/// export tells labels.
pub fn plan_json(graph: &Graph, scenario: &Scenario, trace: &Trace) -> Value {
    let outcome = trace.outcome();
    let spawns = |actions: Vec<ActionId>| -> Vec<Value> {
        let is_spawn = |a: &ActionId| graph.action_kind(*a) == ActionKind::Spawn;
        actions.into_iter().filter(is_spawn).map(|a| action_json(graph, a)).collect()
    };
    json!({
        "engine": scenario.engine.id,
        "set": scenario.engine.overrides().into_iter().map(|(name, value)| {
            (name.to_owned(), Value::from(value))
        }).collect::<Map<String, Value>>(),
        "outcome": {
            "success": outcome.is_some_and(|o| o.success),
            "exit_code": outcome.map(|o| o.exit_code),
            "message": outcome.map_or("", |o| o.message.as_str()),
        },
        "attempts": outcome.map_or(0, |o| o.attempts),
        "executed": spawns(rewind::executed(trace)),
        "rewound": spawns(rewind::rewound(trace)),
        "failed": spawns(rewind::failed(trace)),
        "lost": lost_json(graph, trace),
        "cost": cost_json(graph, &Cost::of(graph, trace)),
        "requests": requests_json(graph, trace),
    })
}

/// What a trace cost: `{attempts, rewinds, executions, reexecutions, hits, requests: [{tier, kind,
/// verb, status, count}], bytes_down, bytes_up, unknown_size, virtual_ms, critical_path: {ms,
/// actions}}`; of requests those that are made.
pub fn cost_json(graph: &Graph, cost: &Cost) -> Value {
    let counts = &cost.counts;
    let made = counts.requests.all().filter(|count| count.n > 0);
    let requests = made.map(|count| {
        json!({
            "tier": tier_name(count.tier),
            "kind": kind_name(count.kind),
            "verb": verb_name(count.verb),
            "status": count.status.code(),
            "count": count.n,
        })
    });
    let path = &cost.critical_path;
    json!({
        "attempts": counts.n_attempts,
        "rewinds": counts.n_rewinds,
        "executions": counts.n_executions,
        "reexecutions": counts.n_reexecutions,
        "hits": counts.n_hits,
        "requests": requests.collect::<Vec<_>>(),
        "bytes_down": cost.bytes_down,
        "bytes_up": cost.bytes_up,
        "unknown_size": cost.n_unknown_size,
        "virtual_ms": cost.virtual_ms,
        "critical_path": {
            "ms": path.ms,
            "actions": path.actions.iter().map(|&a| action_json(graph, a)).collect::<Vec<_>>(),
        },
    })
}

/// Why an action is as it is at a step of a trace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Explanation {
    /// Which action.
    pub action: ActionId,
    /// After how many events.
    pub step: usize,
    /// Positions of the events that led there, latest first; empty if nothing happened to it.
    pub chain: Vec<usize>,
}

/// Explanations: `[{label, mnemonic, output, step, chain: [{step, sentence}]}]`; the steps of a
/// chain count from 1, as in the story.
pub fn why_json(story: &Story, explanations: &[Explanation]) -> Value {
    let link = |&position: &usize| {
        let sentence = story.sentence(position).to_string();
        json!({"step": position + 1, "sentence": sentence})
    };
    let one = |explanation: &Explanation| {
        let mut value = action_json(story.graph, explanation.action);
        value["step"] = Value::from(explanation.step);
        value["chain"] = explanation.chain.iter().map(link).collect();
        value
    };
    explanations.iter().map(one).collect()
}

/// All engines with every parameter: its value as `--set` takes it and in words, what it means,
/// which rules it carries, where the value was seen. Beside them, what each parameter can be.
pub fn engines_json() -> Value {
    let one = |engine: &Engine| {
        let rows = parameter_rows(engine).into_iter();
        let parameters: Map<String, Value> =
            rows.map(|row| (row.parameter.name.to_owned(), row_json(&row))).collect();
        let seen = |s: &rewind::Source| json!({"parameter": s.parameter, "seen_in": s.seen_in});
        json!({
            "id": engine.id,
            "name": engine.name,
            "tool": tool_name(engine.tool),
            "summary": engine.summary,
            "base": engine.base,
            "download_default": engine.download_default.name(),
            "parameters": parameters,
            "sources": engine.sources.iter().map(seen).collect::<Vec<_>>(),
        })
    };
    json!({
        "engines": engines().iter().map(one).collect::<Vec<_>>(),
        "parameters": rewind::parameters().iter().map(parameter_json).collect::<Vec<_>>(),
    })
}

fn row_json(row: &ParameterRow) -> Value {
    json!({
        "value": row.value,
        "in_words": row.in_words,
        "meaning": row.parameter.meaning,
        "rules": row.parameter.rules,
        "source": row.seen_in,
    })
}

fn parameter_json(parameter: &Parameter) -> Value {
    let values = match parameter.values {
        Values::Words(words) => words.iter().map(|w| w.name.to_owned()).collect(),
        Values::OnOff => vec!["on".to_owned(), "off".to_owned()],
        Values::Number { .. } | Values::Cap { .. } => vec![parameter.values.to_string()],
    };
    json!({
        "name": parameter.name,
        "aliases": parameter.aliases,
        "values": values,
        "meaning": parameter.meaning,
        "rules": parameter.rules,
    })
}

pub(super) fn action_json(graph: &Graph, action: ActionId) -> Value {
    json!({
        "label": graph.label(action),
        "mnemonic": graph.mnemonic(action),
        "output": graph.outputs(action).first().map(|&output| graph.path(output)),
    })
}

pub(super) fn lost_json(graph: &Graph, trace: &Trace) -> Vec<Value> {
    let lost = |event: &Event| {
        let (consumer, artifact, blob) = match *event {
            Event::LostInput { consumer, input, blob } => (Some(consumer), input, blob),
            Event::LostOutput { artifact, blob } => (None, artifact, blob),
            _ => return None,
        };
        Some(json!({
            "consumer": consumer.map(|c| label_or_output(graph, c)),
            "path": graph.path(artifact),
            "digest": graph.blobs().digest(blob).hex(),
        }))
    };
    trace.events.iter().filter_map(lost).collect()
}

pub(super) fn requests_json(graph: &Graph, trace: &Trace) -> Vec<Value> {
    let row = |request: crate::model::Request| {
        json!({
            "verb": verb_name(request.verb),
            "kind": kind_name(request.kind),
            "digest": graph.blobs().digest(request.blob).hex(),
            "status": request.status.code(),
            "owner": request.owner.map(|owner| label_or_output(graph, owner)),
        })
    };
    trace.requests().map(row).collect()
}

pub(super) fn label_or_output(graph: &Graph, action: ActionId) -> &str {
    let label = graph.label(action);
    if !label.is_empty() {
        return label;
    }
    graph.outputs(action).first().map_or(graph.mnemonic(action), |&output| graph.path(output))
}
