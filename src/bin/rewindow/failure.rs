//! Why the command could not do what was asked.

use std::path::PathBuf;

use rewindow::import::ImportError;
use rewindow::rewind::{SelectorError, SetError, TargetError};
use rewindow::scenario::ScenarioError;

/// Exit status of a plan that ends in success, and of anything else that works.
pub const SUCCESS: u8 = 0;
/// Exit status of a plan that ends in failure, and of an expectation that does not hold.
pub const PLAN_FAILS: u8 = 1;
/// Exit status for input or flags that cannot be used.
pub const BAD_INPUT: u8 = 2;

/// Bad input; the status is always [`BAD_INPUT`].
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A file or directory cannot be read.
    #[error(
        "{}: cannot be read: {error}. Check the name and your permission to read it",
        path.display()
    )]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A directory without a file in it.
    #[error(
        "{}: no file in this directory: expected an export of a build or a cache",
        path.display()
    )]
    EmptyDirectory {
        /// Which.
        path: PathBuf,
    },
    /// Nothing of the files can be used.
    #[error("{0}")]
    Import(#[from] ImportError),
    /// Some files can be used, others cannot: a plan on half the input would mislead.
    #[error(
        "{0}\nrewindow: no plan is made on the rest: mend or leave out the file; `rewindow \
         inspect` shows what each file is"
    )]
    UnusableFile(String),
    /// No file told of any action.
    #[error(
        "the files tell of no action, so there is nothing to build: expected an execution log or \
         an aquery export among them; add one"
    )]
    NoActions,
    /// No file told of a request.
    #[error(
        "the files tell of no request to a cache: expected the cache's access log, or a log of \
         gRPC calls (--remote_grpc_log), among them; add one"
    )]
    NothingObserved,
    /// A parameter that cannot be set so.
    #[error("--set: {0}. `rewindow engines` lists all parameters")]
    Set(#[from] SetError),
    /// A target that is none.
    #[error("--target: {0}")]
    Target(#[from] TargetError),
    /// `--why` of what is not there.
    #[error("--why: {0}")]
    Why(TargetError),
    /// Settings of one side that cannot be.
    #[error("{flag} {text}: {what}")]
    Side {
        /// `--left` or `--right`.
        flag: &'static str,
        /// The setting, or all of them.
        text: String,
        /// What is wrong and what is expected.
        what: String,
    },
    /// Files that cannot be compared.
    #[error(
        "{n_files} files with a scenario among them: expected two scenario files (.toml), one \
         scenario file for both sides, or exports only"
    )]
    ComparedFiles {
        /// How many.
        n_files: usize,
    },
    /// A flag that is for exports.
    #[error(
        "{flag}: a scenario file says that itself: change the file, or put the setting into --left \
         or --right"
    )]
    FlagOfExports {
        /// Which.
        flag: &'static str,
    },
    /// Two scenarios about different builds.
    #[error(
        "{left} and {right} are not about the same graph: {what}. Traces are compared event by \
         event, so actions and artifacts have to be the same, in the same order"
    )]
    OtherGraph {
        /// One file.
        left: String,
        /// The other.
        right: String,
        /// Where they differ first.
        what: String,
    },
    /// A selector that is none or selects nothing.
    #[error("{place}: {error}")]
    Selector {
        /// `--evict`, or file and line.
        place: String,
        /// Why.
        error: SelectorError,
    },
    /// A file of selectors in JSON of another shape.
    #[error(
        "{place}: {what}: expected one selector a line, or JSON {{\"evicted_cas\": [HASH, …], \
         \"evicted_ac\": [HASH, …]}}"
    )]
    SelectorFile {
        /// File.
        place: String,
        /// What was found.
        what: String,
    },
    /// A scenario file that is none.
    #[error("{0}")]
    Scenario(#[from] ScenarioError),
    /// A directory without a scenario in it.
    #[error("{}: no .toml file in this directory: expected scenarios; name a file", path.display())]
    NoScenarios {
        /// Which.
        path: PathBuf,
    },
    /// A value of `--set` without a name.
    #[error("--set {0}: expected NAME=VALUE; rewindow engines lists the parameters")]
    Setting(String),
    /// The output cannot be written.
    #[error("cannot write the output: {0}")]
    Write(std::io::Error),
}
