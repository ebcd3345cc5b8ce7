//! A comparison of two traces in words and as JSON.

use serde_json::{Value, json};

use crate::model::Graph;
use crate::rewind::{
    self, ActionCounts, Behind, Comparison, Difference, Engine, Parameter, Scenario, Trace,
};

use super::costs::cost_rows;
use super::engine_table::engine_name;
use super::json::{action_json, cost_json};
use super::names::Names;
use super::story::Story;

/// Two scenarios, what they come to, and what things are called in either.
#[derive(Clone, Debug)]
pub struct Versus<'a> {
    graph: &'a Graph,
    left: Side<'a>,
    right: Side<'a>,
    comparison: &'a Comparison,
}

#[derive(Clone, Debug)]
struct Side<'a> {
    scenario: &'a Scenario,
    trace: &'a Trace,
    names: Names,
}

impl<'a> Versus<'a> {
    /// `comparison` is that of `left` and `right` on `graph`.
    pub fn new(
        graph: &'a Graph,
        left: rewind::Side<'a>,
        right: rewind::Side<'a>,
        comparison: &'a Comparison,
    ) -> Self {
        let side = |side: rewind::Side<'a>, trace| {
            let names = Names::new(graph, side.cache, &side.scenario.revisions);
            let names = names.with_fresh(graph, trace).unwrap_or(names);
            Side { scenario: side.scenario, trace, names }
        };
        let (left, right) = (side(left, &comparison.left), side(right, &comparison.right));
        Self { graph, left, right, comparison }
    }

    /// `left` and `right`, whether it succeeds, and how it ends.
    pub fn outcomes(&self) -> [(&'static str, bool, String); 2] {
        [("left", &self.left), ("right", &self.right)].map(|(name, side)| {
            let outcome = side.trace.outcome();
            let success = outcome.is_some_and(|o| o.success);
            let verdict = if success { "succeeds" } else { "fails" };
            let exit_code = outcome.map_or(0, |o| o.exit_code);
            let engine = engine_name(&side.scenario.engine);
            let text = format!("{engine} {verdict}, exit code {exit_code}.");
            (name, success, text)
        })
    }

    /// Where the traces part, and what either does there.
    pub fn parting(&self) -> Vec<String> {
        let Some(parting) = self.comparison.parting else {
            return vec!["The two do the same, event by event.".to_owned()];
        };
        let same = match parting.position {
            0 => "The first event differs already.".to_owned(),
            1 => "The first event is the same.".to_owned(),
            n => format!("The first {n} events are the same."),
        };
        let told = |name: &str, side: &Side| {
            format!("{:<5}  {}  {}", name, parting.position + 1, self.sentence(side))
        };
        vec![same, told("left", &self.left), told("right", &self.right)]
    }

    /// Which parameter or setting is behind it, a line each, with where its value was seen.
    pub fn behind(&self) -> Vec<String> {
        let line = |&i: &usize| self.difference_lines(&self.comparison.differences[i]);
        let told = |first: &str, all: &[usize]| {
            let rest = all.iter().flat_map(line);
            [first.to_owned()].into_iter().chain(rest).collect()
        };
        match &self.comparison.behind {
            Behind::Nothing => vec!["Nothing: they do not part.".to_owned()],
            Behind::Unknown => vec!["Nothing that is known to differ explains it.".to_owned()],
            Behind::GivenUp => {
                let most = "It was not found out: the graph is too large to try all that differs.";
                let all: Vec<usize> = (0..self.comparison.differences.len()).collect();
                told(&format!("{most} These do:"), &all)
            }
            Behind::Each(one) if one.len() == 1 => {
                told("Changed alone, it makes the left go on as the right does:", one)
            }
            Behind::Each(all) => {
                told("Each of these, changed alone, makes the left go on as the right does:", all)
            }
            Behind::Together(all) => told(
                "No single one: only together do these make the left go on as the right does:",
                all,
            ),
        }
    }

    /// What is counted, on the left, on the right.
    pub fn costs(&self) -> Vec<(&'static str, String, String)> {
        let rows = |cost| cost_rows(cost);
        let (left, right) = (rows(&self.comparison.left_cost), rows(&self.comparison.right_cost));
        let mut names: Vec<&'static str> = left.iter().map(|row| row.0).collect();
        names.extend(
            right.iter().map(|row| row.0).filter(|name| !left.iter().any(|row| row.0 == *name)),
        );
        let value = |rows: &[(&'static str, String)], name: &str| {
            let found = rows.iter().find(|row| row.0 == name);
            found.map_or("0".to_owned(), |row| row.1.clone())
        };
        let both = names.into_iter().map(|name| (name, value(&left, name), value(&right, name)));
        both.collect()
    }

    /// The actions that fare differently, a line each.
    pub fn actions(&self) -> Vec<String> {
        let line = |contrast: &crate::rewind::ActionContrast| {
            let name = self.left.names.action(self.graph, contrast.action);
            format!("{name}: left {}; right {}", fate(&contrast.left), fate(&contrast.right))
        };
        self.comparison.actions.iter().map(line).collect()
    }

    /// `{left, right, parting, behind, differences, actions}`; `left` and `right` have `engine`,
    /// `success`, `exit_code`, `message`, `cost`; `behind` has `each`, `together`, `given_up`.
    pub fn json(&self) -> Value {
        let comparison = self.comparison;
        let side = |side: &Side, cost| {
            let outcome = side.trace.outcome();
            json!({
                "engine": engine_name(&side.scenario.engine),
                "success": outcome.is_some_and(|o| o.success),
                "exit_code": outcome.map(|o| o.exit_code),
                "message": outcome.map_or("", |o| o.message.as_str()),
                "cost": cost_json(self.graph, cost),
            })
        };
        let parting = comparison.parting.map(|parting| {
            json!({
                "step": parting.position + 1,
                "left": parting.left.map(|_| self.sentence(&self.left)),
                "right": parting.right.map(|_| self.sentence(&self.right)),
            })
        });
        let differences = &comparison.differences;
        let names =
            |all: &[usize]| -> Vec<_> { all.iter().map(|&i| differences[i].name).collect() };
        let mut behind = match &comparison.behind {
            Behind::Nothing | Behind::Unknown | Behind::GivenUp => {
                json!({"each": [], "together": []})
            }
            Behind::Each(all) => json!({"each": names(all), "together": []}),
            Behind::Together(all) => json!({"each": [], "together": names(all)}),
        };
        behind["given_up"] = Value::from(comparison.behind == Behind::GivenUp);
        let actions = comparison.actions.iter().map(|contrast| {
            let mut value = action_json(self.graph, contrast.action);
            value["left"] = counts_json(&contrast.left);
            value["right"] = counts_json(&contrast.right);
            value
        });
        json!({
            "left": side(&self.left, &comparison.left_cost),
            "right": side(&self.right, &comparison.right_cost),
            "parting": parting,
            "behind": behind,
            "differences": differences.iter().map(|d| self.difference_json(d)).collect::<Vec<_>>(),
            "actions": actions.collect::<Vec<_>>(),
        })
    }

    /// What `side` does at the parting.
    fn sentence(&self, side: &Side) -> String {
        let position = self.comparison.parting.map_or(0, |parting| parting.position);
        if position >= side.trace.events.len() {
            return "It has ended.".to_owned();
        }
        let Side { scenario, trace, names } = side;
        Story { graph: self.graph, names, scenario, trace }.sentence(position).to_string()
    }

    fn difference_lines(&self, difference: &Difference) -> Vec<String> {
        let Difference { name, left, right, .. } = difference;
        let mut lines = vec![format!("{name}: {left} on the left, {right} on the right")];
        let Some(parameter) = self.parameter(difference) else { return lines };
        lines.push(format!("  {}", parameter.meaning));
        for (side, engine) in self.engines() {
            let words = parameter.in_words(engine);
            let seen_in = engine.source(parameter.name).unwrap_or("no source is known");
            lines.push(format!("  {side:<5}  {words} ({}: {seen_in})", engine.name));
        }
        lines
    }

    fn difference_json(&self, difference: &Difference) -> Value {
        let Difference { name, left, right, .. } = difference;
        let mut value = json!({"name": name, "left": left, "right": right});
        if let Some(parameter) = self.parameter(difference) {
            value["meaning"] = Value::from(parameter.meaning);
            for (side, engine) in self.engines() {
                value[format!("{side}_seen_in")] = Value::from(engine.source(parameter.name));
            }
        }
        value
    }

    fn parameter(&self, difference: &Difference) -> Option<Parameter> {
        Parameter::find(difference.name).filter(|_| difference.of_engine)
    }

    fn engines(&self) -> [(&'static str, &'a Engine); 2] {
        [("left", &self.left.scenario.engine), ("right", &self.right.scenario.engine)]
    }
}

/// What happened to an action, in words.
fn fate(counts: &ActionCounts) -> String {
    let ActionCounts { n_executed, n_hit, n_dirtied, n_lost, n_failed, n_skipped } = *counts;
    let all = [
        (n_executed, "executed"),
        (n_hit, "cache hit"),
        (n_dirtied, "to run again"),
        (n_lost, "lost an input"),
        (n_failed, "failed"),
        (n_skipped, "skipped"),
    ];
    let told = all.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| match n {
        1 => what.to_owned(),
        n => format!("{what} {n} times"),
    });
    let told: Vec<String> = told.collect();
    if told.is_empty() { "nothing".to_owned() } else { told.join(", ") }
}

fn counts_json(counts: &ActionCounts) -> Value {
    let ActionCounts { n_executed, n_hit, n_dirtied, n_lost, n_failed, n_skipped } = *counts;
    json!({
        "executed": n_executed,
        "hit": n_hit,
        "dirtied": n_dirtied,
        "lost": n_lost,
        "failed": n_failed,
        "skipped": n_skipped,
    })
}
