//! What a build tool does about lost blobs: graph, cache, engine and scenario in, trace out.
//!
//! Engines are data ([`Engine`]); one planner interprets them ([`plan`]); its whole output is a
//! [`Trace`]; [`Moment`] is the state of the world after any event of it.

mod cost;
mod engine;
mod moment;
mod near;
mod planner;
mod scenario;
mod selector;
mod target;
mod top_level;
mod trace;
mod why;
mod words;

pub use cost::{Cost, executed, failed, rewound};
pub use engine::{
    AcOnReplay, Engine, Executor, FetchTime, LossMessage, OnLoss, Source, Tool, TopLevelFetch,
    Validity, engines,
};
pub use moment::{ActionState, ArtifactState, Moment};
pub use planner::{Stopped, plan, plan_with};
pub use scenario::{Build, CachePolicy, DownloadMode, Eviction, Scenario, Targets};
pub use selector::{Part, Selector, SelectorError};
pub use target::{LabelPattern, TargetError};
pub use top_level::top_level_outputs;
pub use trace::{BuildOutcome, Event, FailReason, Halt, MissReason, Trace};
pub use why::why;
pub use words::WordsError;
