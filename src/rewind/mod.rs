//! What a build tool does about lost blobs: graph, cache, engine and scenario in, trace out.
//!
//! Engines are data ([`Engine`]); one planner interprets them ([`plan`]); its whole output is a
//! [`Trace`]; [`Moment`] is the state of the world after any event of it, and [`Seeker`] finds it.

mod cells;
mod compare;
mod cost;
mod engine;
mod engines;
mod fault;
mod holdings;
mod moment;
mod near;
mod observed;
mod parameter_values;
mod parameters;
mod pieces;
mod planner;
mod scenario;
mod seek;
mod selector;
mod server;
mod target;
mod timing;
mod top_level;
mod trace;
mod undo;
mod why;
mod words;

pub use cells::{Cell, Cells};
pub use compare::{
    ActionContrast, ActionCounts, Behind, Comparison, Difference, Parting, SEARCH_MAX, Side,
    compare, compare_with,
};
pub use cost::{
    Cost, Counts, CriticalPath, RequestCount, RequestCounts, executed, failed, rewound,
};
pub use engine::{
    AcOnReplay, DoneConsumers, Engine, Executor, FetchTime, ForgetsLost, LossMessage, OnLoss,
    OnUntyped, RemembersLost, Source, Tool, TopLevelFetch, Validity,
};
pub use engines::engines;
pub use fault::{Fault, HowOften, Report, What, When};
pub use holdings::Holdings;
pub use moment::{ActionState, ArtifactState, Moment};
pub(crate) use near::{did_you_mean, nearest};
pub use observed::{Divergence, Odd, cache_before, divergence, evictions, observe};
pub use parameter_values::{Values, Word};
pub use parameters::{Parameter, SetError, parameters};
pub use planner::{Stopped, plan, plan_with};
pub use scenario::{Build, DownloadMode, Eviction, Execution, Scenario, Targets};
pub use seek::Seeker;
pub use selector::{Part, Selector, SelectorError};
pub use server::{CachePolicy, Capacity, Lifetime, Protocol, Server};
pub use target::{LabelPattern, TargetError};
pub use timing::{Timing, default_duration_ms};
pub use top_level::top_level_outputs;
pub use trace::{BuildOutcome, Event, FailReason, Halt, MissReason, Trace};
pub use why::{Causes, why};
pub use words::WordsError;
