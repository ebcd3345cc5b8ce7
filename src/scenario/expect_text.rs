//! What a scenario file says of how things end.

use crate::rewind::Halt;

use super::choices::Texts;
use super::error::{Place, Problem, Word};
use super::value::{Fields, Item, Keyed, Value, inline, record};

record! {
    /// What comes of a build. What is absent may be anything.
    ExpectText: "a table that describes how a build ends" {
        /// Whether everything asked for was built.
        success: Option<bool>,
        /// The tool's exit code.
        exit_code: Option<u8>,
        /// Runs of the whole build.
        attempts: Option<u32>,
        /// Rounds of rewinding.
        rewinds: Option<u32>,
        /// What ended it.
        halt: Option<Halt>,
        /// What the tool prints holds each of these.
        message: Option<Texts>,
        /// Executions, each action with how often.
        executed: Option<Vec<Word>>,
        /// Executions in order.
        executed_order: Option<Vec<Word>>,
        /// Actions dirtied by rewinding, with how often.
        dirtied: Option<Vec<Word>>,
        /// Actions outdated by a producer that yields something else, with how often.
        outdated: Option<Vec<Word>>,
        /// Actions that failed.
        failed: Option<Vec<Word>>,
        /// Actions that did not run.
        skipped: Option<Vec<Word>>,
        /// Actions whose result came from the cache, with how often.
        hits: Option<Vec<Word>>,
        /// What was lost: `CONSUMER: PATH`, or `PATH` of a top-level output.
        lost: Option<Vec<Word>>,
        /// Counts of requests, such as `get_ac` or `get_cas_404`.
        requests: Keyed<u64>,
        /// Virtual time at the end.
        clock_ms: Option<u64>,
        /// Derived artifacts on disk afterwards.
        local: Option<Vec<Word>>,
        /// What the remote cache holds afterwards.
        cached: Option<Vec<Word>>,
        /// What the remote cache lacks afterwards.
        not_cached: Option<Vec<Word>>,
        /// The same for each build, in order.
        build: Option<Vec<ExpectText>>,
    }
}
