//! What really happened, as a trace: what a log tells, and what that proves.
//!
//! The rules O1 to O13 of `docs/observed.md`. A log of requests says what was asked and answered,
//! not what the build tool did between; that an action was a hit, executed or lost an input is told
//! only where the requests leave nothing else.

mod before;
mod divergence;
mod positions;
mod roles;
mod split;
mod tell;
mod tell_actions;
mod tell_blobs;
mod tell_losses;

use crate::model::{Cache, Graph, Observed};

use super::trace::Trace;

pub use before::{cache_before, evictions};
pub use divergence::{Divergence, Odd, divergence};

/// The trace of what `observed` tells, on a cache that held `cache` at first
/// ([`cache_before`] says what it must have held).
///
/// It has one [`BuildOutcome`](super::BuildOutcome) per build if the end of every build is told,
/// and none otherwise; files on disk afterwards are not told.
pub fn observe(graph: &Graph, cache: &Cache, observed: &Observed) -> Trace {
    tell::tell(&roles::Roles::of(graph, cache, observed), cache, observed)
}
