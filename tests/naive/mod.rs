//! A slow and plain interpreter of the semantics: the independent check of the planner.
//!
//! It is written from the rules and the recorded runs alone, as one simulation over plain maps,
//! with nothing of the planner's. Rule numbers are those of the semantics; P numbers are in
//! `docs/planner.md`, N numbers in `docs/semantics-notes.md`.

// Each test target uses a part of this module.
#![allow(dead_code)]

pub mod act;
pub mod between;
pub mod caches;
pub mod compare;
pub mod content;
pub mod faults;
pub mod generate;
pub mod inputs;
pub mod loss;
pub mod make;
pub mod make_cache;
pub mod oracle;
pub mod overrides;
pub mod recorded;
pub mod schedule;
pub mod sim;
pub mod sound;
pub mod world;

use rewindow::model::{Cache, Graph};
use rewindow::rewind::Scenario;

use sim::{Outcome, Sim};

/// What is removed from the cache before a build.
pub type Evict = Vec<(rewindow::model::CacheKind, String)>;

/// Every build of `scenario`, and all that is known afterwards.
pub fn interpret<'a>(
    graph: &'a Graph,
    cache: &Cache,
    scenario: &'a Scenario,
) -> (Vec<Outcome>, Sim<'a>) {
    let mut sim = Sim::new(graph, cache, scenario);
    let outcomes = (0..scenario.builds.len()).map(|i| sim.build(i)).collect();
    (outcomes, sim)
}
