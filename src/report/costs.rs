//! Costs in words, for the outcome on the page and the command line.

use crate::model::Graph;
use crate::rewind::{Cost, Counts};

use super::counts::size_text;
use super::names::Names;

/// More actions of a critical path than this are not named.
const PATH_MAX: usize = 8;

/// What a trace cost: what is counted, and how much, in words. Of two traces the rows are the same.
pub fn cost_rows(cost: &Cost) -> Vec<(&'static str, String)> {
    let Counts { n_attempts, n_rewinds, n_executions, n_reexecutions, n_hits, requests } =
        cost.counts;
    let mut down = size_text(cost.bytes_down);
    if cost.n_unknown_size > 0 {
        down += &format!(" ({} up or down of unknown size)", cost.n_unknown_size);
    }
    let mut rows = vec![
        ("attempts", n_attempts.to_string()),
        ("rewinds", n_rewinds.to_string()),
        ("cache hits", n_hits.to_string()),
        ("executions", format!("{n_executions} ({n_reexecutions} of them again)")),
        ("reads", format!("{} ({} not found)", requests.n_reads(), requests.n_not_found())),
        ("writes", requests.n_writes().to_string()),
    ];
    if requests.n_disk() > 0 {
        rows.push(("disk cache requests", requests.n_disk().to_string()));
    }
    rows.extend([
        ("downloaded", down),
        ("uploaded", size_text(cost.bytes_up)),
        ("virtual time", time_text(cost.virtual_ms)),
        ("critical path", time_text(cost.critical_path.ms)),
    ]);
    rows
}

/// The actions of the critical path, first to last; the middle of a long one is counted only.
pub fn critical_path_text(graph: &Graph, names: &Names, cost: &Cost) -> String {
    let actions = &cost.critical_path.actions;
    let name = |&action| names.action(graph, action);
    if actions.len() <= PATH_MAX {
        return actions.iter().map(name).collect::<Vec<_>>().join(", ");
    }
    let half = PATH_MAX / 2;
    let (first, last) = (&actions[..half], &actions[actions.len() - half..]);
    let mut told: Vec<String> = first.iter().map(name).collect();
    told.push(format!("{} more", actions.len() - 2 * half));
    told.extend(last.iter().map(name));
    told.join(", ")
}

/// A duration in seconds, or minutes and seconds: `1.5 s`, `12 min 5 s`.
pub fn time_text(ms: u64) -> String {
    let (minutes, rest_ms) = (ms / 60_000, ms % 60_000);
    let seconds = rest_ms as f64 / 1000.0;
    if minutes == 0 { format!("{seconds} s") } else { format!("{minutes} min {seconds} s") }
}
