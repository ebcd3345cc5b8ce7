//! What `rewindow run --json` writes.
//!
//! Keys and nesting are a contract: scripts read them.

use serde_json::json;

use crate::rewind::{BuildOutcome, Trace};
use crate::scenario::{Check, Play};

use super::json::{Json, plan_json};

/// A scenario that was played: `{file, title, holds, checks, builds, plan}`.
pub fn scenario_json(
    (file, title): (&str, &str),
    play: &Play,
    trace: &Trace,
    checks: &[Check],
) -> Json {
    let builds: Vec<Json> = trace.builds.iter().map(build_json).collect();
    json!({
        "file": file,
        "title": title,
        "holds": checks.iter().all(|check| check.holds),
        "checks": checks.iter().map(check_json).collect::<Vec<_>>(),
        "builds": builds,
        "plan": plan_json(&play.graph, &play.scenario, trace),
    })
}

/// Several: `{scenarios}`.
pub fn scenarios_json(scenarios: Vec<Json>) -> Json {
    json!({ "scenarios": scenarios })
}

fn check_json(check: &Check) -> Json {
    json!({
        "build": check.build,
        "key": check.key,
        "line": check.place.line,
        "holds": check.holds,
        "expected": check.expected,
        "found": check.found,
    })
}

fn build_json(build: &BuildOutcome) -> Json {
    json!({
        "success": build.success,
        "exit_code": build.exit_code,
        "attempts": build.attempts,
        "rewinds": build.rewinds,
        "message": build.message,
    })
}
