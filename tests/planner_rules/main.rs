//! What each rule of `docs/planner.md` says, as the trace of a tiny build must show it: at least
//! one row for each number P.
//!
//! A row is a scenario file and an excerpt of its trace, both written from the text of the rule.
//! In an excerpt each line is an event (see `told`), and each follows the one before it; `...`
//! stands for any number of events, and the lines with `!` after it say what none of those begins
//! with. Before the first line and after the last there may be anything. An `[expect]` in the
//! scenario is held too.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a broken set-up should say where")]

mod caches;
mod content;
mod ends;
mod execution;
mod faults;
mod lost;
mod replays;
mod rewinding;
mod time;
mod told;
mod uploads;

use std::collections::BTreeSet;

use rewindow::model::Graph;
use rewindow::rewind::{Event, Trace, plan};
use rewindow::scenario::{Play, ScenarioText};

/// One thing that a rule says.
pub struct Row {
    /// The number after the P.
    rule: u32,
    /// What it says, in short.
    says: &'static str,
    /// A scenario file without its first line.
    scenario: &'static str,
    /// An excerpt of the trace.
    sees: &'static str,
}

fn rows() -> Vec<&'static Row> {
    let all = [
        time::ROWS,
        execution::ROWS,
        uploads::ROWS,
        lost::ROWS,
        rewinding::ROWS,
        replays::ROWS,
        content::ROWS,
        caches::ROWS,
        faults::ROWS,
        ends::ROWS,
    ];
    all.into_iter().flatten().collect()
}

#[test]
fn every_rule_is_seen_in_a_trace() {
    let wrong: Vec<String> = rows().into_iter().filter_map(|row| row.check().err()).collect();
    assert!(wrong.is_empty(), "{} wrong:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn every_rule_of_the_page_has_a_row() {
    let page = include_str!("../../docs/planner.md");
    let numbers = page.lines().filter_map(|line| {
        let number = line.strip_prefix("- P")?.split_whitespace().next()?;
        Some(number.parse::<u32>().unwrap_or_else(|_| panic!("no number: {line}")))
    });
    let numbers: BTreeSet<u32> = numbers.collect();
    assert!(numbers.len() > 30, "{numbers:?}");
    let in_rows: BTreeSet<u32> = rows().iter().map(|row| row.rule).collect();
    assert_eq!(in_rows, numbers);
}

/// An excerpt that is not there is not found, nor one with an event where there must be none.
#[test]
fn rows_can_fail() {
    let row = Row {
        rule: 0,
        says: "",
        scenario: "engine = \"bazel-9.3\"\nactions = [\"//:a: src -> a.txt\"]\n",
        sees: "a hit",
    };
    assert_eq!(row.check(), Ok(()));
    for sees in [
        "a miss",
        "a hit\na hit",
        "build 1.1\n...\n! a hit\nend 1 success 0",
        "cleaned\na hit",
        "a hit\n...\n! end 1",
    ] {
        assert!(Row { sees, ..row }.check().is_err(), "{sees}");
    }
    let expects =
        "engine = \"bazel-9.3\"\nactions = [\"//:a: src -> a.txt\"]\n[expect]\nrewinds = 1\n";
    assert!(Row { scenario: expects, ..row }.check().is_err());
}

impl Row {
    fn check(&self) -> Result<(), String> {
        let Self { rule, says, scenario, sees } = self;
        let text = format!("rewindow = 1\n{scenario}");
        let text = ScenarioText::parse("row", text.as_bytes());
        let text = text.map_err(|error| format!("P{rule} ({says}): {error}"))?;
        let play = text.compile("row", None);
        let play = play.map_err(|error| format!("P{rule} ({says}): {error}"))?;
        let trace = plan(&play.graph, &play.cache, &play.scenario);
        let lines = told::lines(&play, &trace);
        let fault = |what: &str| {
            Err(format!("P{rule} ({says}): {what}\nThe trace is:\n  {}", lines.join("\n  ")))
        };
        if let Some(what) = excerpt_fault(sees, &lines) {
            return fault(&what);
        }
        if let Some(what) = clock_fault(&trace).or(bound_fault(&play, &trace)) {
            return fault(what);
        }
        let checks = text.check("row", &play, &trace).map_err(|error| error.to_string())?;
        if let Some(check) = checks.iter().find(|check| !check.holds) {
            let (key, expected, found) = (check.key, &check.expected, &check.found);
            return fault(&format!("{key}: expected {expected}, found {found}"));
        }
        Ok(())
    }
}

/// What of `excerpt` is not in `lines`.
fn excerpt_fault(excerpt: &str, lines: &[String]) -> Option<String> {
    let mut parts: Vec<(Vec<&str>, Vec<&str>)> = vec![Default::default()];
    for line in excerpt.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line == "..." {
            parts.push(Default::default());
        } else if let Some(absent) = line.strip_prefix("! ") {
            parts.last_mut()?.0.push(absent);
        } else {
            parts.last_mut()?.1.push(line);
        }
    }
    let mut from = 0;
    for (absent, part) in parts {
        let fits = |&at: &usize| part.iter().zip(&lines[at..]).all(|(want, line)| want == line);
        let Some(last) = (lines.len() + 1).checked_sub(part.len()) else {
            return Some(format!("the trace is shorter than {part:?}"));
        };
        let at = match part.is_empty() {
            true => Some(lines.len()),
            false => (from..last).find(fits),
        };
        let Some(at) = at else {
            return Some(format!("after {from} events there is no\n    {}", part.join("\n    ")));
        };
        for line in &lines[from..at] {
            let begins = |start: &&str| {
                line.strip_prefix(start)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
            };
            if absent.iter().any(begins) {
                return Some(format!("`{line}` should not be there"));
            }
        }
        from = at + part.len();
    }
    None
}

/// P1 of every trace: the clock moves forward, and no two of its events follow each other.
fn clock_fault(trace: &Trace) -> Option<&'static str> {
    let mut last = None;
    for pair in trace.events.windows(2) {
        if let [Event::Clock { .. }, Event::Clock { .. }] = pair {
            return Some("two clocks in a row");
        }
    }
    for event in &trace.events {
        if let Event::Clock { ms } = *event {
            if last.is_some_and(|last| last >= ms) {
                return Some("the clock does not move forward");
            }
            last = Some(ms);
        }
    }
    None
}

/// P36 of every trace: how many events and attempts there can be.
fn bound_fault(play: &Play, trace: &Trace) -> Option<&'static str> {
    let graph: &Graph = &play.graph;
    let n_outputs: usize = graph.action_ids().map(|action| graph.outputs(action).len()).sum();
    let n_losable = graph.n_edges() + n_outputs + 1;
    let bound = 4040 * n_losable * (graph.n_actions() + n_losable + graph.blobs().len());
    let retries = play.scenario.engine.retries;
    for build in &trace.builds {
        if build.attempts > retries + 1 {
            return Some("too many attempts");
        }
        if build.end_event - build.first_event > bound * build.attempts as usize {
            return Some("too many events");
        }
    }
    None
}
