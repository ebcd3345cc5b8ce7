//! Scenario files: one format for goldens, lessons, links and the command line.
//!
//! `text` is what a file says, `parse` and `write` lead from TOML to it and back; `compile` makes a
//! graph, a cache and a scenario of it and `describe` leads back; `check` compares a trace with
//! what the file expects.

mod action;
mod cache;
mod check;
mod choices;
mod compile;
mod contents;
mod describe;
mod describe_play;
mod engine;
mod error;
mod expect_text;
mod faults;
mod found;
mod graph;
mod names;
mod parse;
mod revision;
mod text;
mod value;
mod write;

pub use action::{ActionLine, ActionText};
pub use check::Check;
pub use choices::{Content, ContentText, Half, How, Selection, Setting, Strike, Texts};
pub use compile::{BUILDS_MAX, Play};
pub use contents::{EMPTY, SIZE_BYTES_DEFAULT, digest_of_name};
pub use error::{Place, ScenarioError, Word};
pub use expect_text::ExpectText;
pub use graph::{ACTIONS_MAX, MNEMONIC};
pub use parse::{TEXT_BYTES_MAX, VERSION};
pub use text::{
    ArtifactText, BuildText, CacheText, DiskCacheText, EntryText, ExecutionText, FaultText,
    RevisedText, RevisionText, ScenarioText, ShareText, UnusedText,
};
pub use value::Keyed;
