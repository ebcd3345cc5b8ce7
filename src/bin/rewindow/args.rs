//! The flags, and what `--help` says of them.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand};

use rewindow::rewind::{CachePolicy, DownloadMode, Engine, engines};

const ABOUT: &str = "What a build tool does, step by step, when its remote cache has lost blobs";

const EXAMPLES: &str = "\
Examples:
  rewindow inspect exec.json.gz aquery.pb listing.txt
  rewindow plan exec.json listing.txt --target //:c --engine bazel-1.1 --download minimal \\
      --evict path:a.txt
  rewindow plan exec.json listing.txt --engine bazel-9.3 --evict @evicted.json --json
  rewindow run static/scenarios --quiet

Exit status:
  0  the command did its work; a plan ends in success; all expectations hold
  1  a plan ends in failure; an expectation does not hold
  2  bad input or flags";

const SELECTORS: &str = "\
SEL, what to evict:
  cas:HASH      a blob; the first 8 digits or more of its digest do; so does a bare HASH
  ac:HASH       an AC entry, likewise
  path:GLOB     the contents of the artifacts with such paths: '*' and '?' stay between slashes,
                '**' crosses them; a GLOB without a slash is matched against the last component
  ac:LABEL      the AC entries of a target's actions; patterns (//pkg/..., //pkg:all) and the path
                of an output do as well
  stdout:LABEL  the standard output of a target's actions; stderr:LABEL likewise
  all           every blob of the CAS (cas:all); ac:all is every AC entry
  observed      what logs of requests and messages among the files found gone
  @FILE         the selectors in FILE, one a line, '#' starts a comment; or JSON
                {\"evicted_cas\": [HASH, ...], \"evicted_ac\": [HASH, ...]}

Targets:
  //pkg:name, //pkg, //pkg:all, //pkg/..., //..., each with @repo or a Buck2 cell before it, or the
  path of an output. Of a label, its top-level outputs are those that none of its actions reads.";

const SIDES: &str = "\
SETTINGS, what is particular to one side, apart by spaces:
  engine=ID, download=MODE, jobs=N, keep-going=on|off, cache-policy=POLICY, seed=N, or a parameter
  of the engine, such as retries=5; `rewindow engines` lists them

Of scenario files, SETTINGS change what the file says, of each of its builds; the other flags are
for exports.

Examples:
  rewindow compare exec.json listing.txt --target //:c --evict path:a.txt \
      --left engine=bazel-9.2-rewind --right engine=bazel-9.3
  rewindow compare before.toml after.toml
  rewindow compare incident.toml --right retries=5";

const SCENARIOS: &str = "\
A scenario file says what is built, by which build tool, on which cache, what goes wrong, and what
is expected to come of it; docs/scenarios.md describes the format. --engine and --set play it
otherwise than it says; what it expects is compared all the same.";

/// The command line.
#[derive(Parser, Debug)]
#[command(name = "rewindow", version, about = ABOUT, after_help = EXAMPLES)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Say what each file is, what is in it, and what is wrong with it
    Inspect(InspectArgs),
    /// Play a clean build on the cache that the files describe, less what is evicted
    #[command(after_help = SELECTORS)]
    Plan(Box<PlanArgs>),
    /// Tell what really happened, as far as a log of requests among the files proves it
    Observe(ObserveArgs),
    /// Play two builds on the same files and say where they part, and which parameter is behind it
    #[command(after_help = SIDES)]
    Compare(Box<CompareArgs>),
    /// Play scenario files and say whether what they expect comes of them
    #[command(after_help = SCENARIOS)]
    Run(RunArgs),
    /// List the engines: build tools and versions, with their parameters
    Engines(EnginesArgs),
}

/// `rewindow inspect`.
#[derive(clap::Args, Debug)]
pub struct InspectArgs {
    /// Exports of a build and of a cache; a directory stands for all files in it, - for stdin
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Write JSON
    #[arg(long)]
    pub json: bool,
}

/// What `plan` and `compare` build, and on what.
#[derive(clap::Args, Debug)]
pub struct BuildArgs {
    /// What to build: labels, patterns or output paths [default: all actions]
    #[arg(long = "target", value_name = "L", num_args = 1..)]
    pub targets: Vec<String>,
    /// Which outputs of cache hits are fetched [default: as the engine does]
    #[arg(long, value_name = "MODE", value_parser = mode_parser())]
    pub download: Option<DownloadMode>,
    /// What is evicted before the build; see SEL at the end of `rewindow plan --help`
    #[arg(long, value_name = "SEL", num_args = 1..)]
    pub evict: Vec<String>,
    /// Go on with actions that do not depend on a failed one
    #[arg(long, short = 'k')]
    pub keep_going: bool,
    /// How many actions run at once [default: 1]
    #[arg(long, short = 'j', value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub jobs: Option<u32>,
    /// Whether the cache serves an AC entry only if all it refers to is present [default:
    /// unverified]
    #[arg(long, value_name = "POLICY", value_parser = policy_parser())]
    pub cache_policy: Option<CachePolicy>,
}

/// `rewindow plan`.
#[derive(clap::Args, Debug)]
pub struct PlanArgs {
    /// Exports of a build and of a cache; a directory stands for all files in it, - for stdin
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Which build tool
    #[arg(long, value_name = "ID", value_parser = engine_parser())]
    pub engine: Engine,
    /// Override a parameter of the engine, such as retries=2; see `rewindow engines`
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// What is built, and on what.
    #[command(flatten)]
    pub build: BuildArgs,
    /// Explain the state of an action, at the end or after so many steps: the chain of events back
    /// to the fault; a label or the path of an output
    #[arg(long, value_name = "LABEL[@STEP]", num_args = 1..)]
    pub why: Vec<String>,
    /// Say where the plan parts from what a log of requests among the files tells
    #[arg(long)]
    pub observed: bool,
    /// Write JSON
    #[arg(long)]
    pub json: bool,
    /// Tell every event and every request, however many there are
    #[arg(long, short, conflicts_with = "json")]
    pub verbose: bool,
}

/// `rewindow observe`.
#[derive(clap::Args, Debug)]
pub struct ObserveArgs {
    /// Exports of a build and a log of requests to its cache; a directory stands for all files in
    /// it, - for stdin
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Write JSON
    #[arg(long)]
    pub json: bool,
    /// Tell every event and every request, however many there are
    #[arg(long, short, conflicts_with = "json")]
    pub verbose: bool,
}

/// `rewindow compare`.
#[derive(clap::Args, Debug)]
pub struct CompareArgs {
    /// Exports of a build and of a cache; or two scenario files (.toml) about one graph, or one for
    /// both sides
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// What is particular to the left build; see SETTINGS below
    #[arg(long, value_name = "SETTINGS", default_value = "")]
    pub left: String,
    /// What is particular to the right build
    #[arg(long, value_name = "SETTINGS", default_value = "")]
    pub right: String,
    /// Which build tool, where SETTINGS name none
    #[arg(long, value_name = "ID", value_parser = engine_parser())]
    pub engine: Option<Engine>,
    /// What is built, and on what.
    #[command(flatten)]
    pub build: BuildArgs,
    /// Write JSON
    #[arg(long)]
    pub json: bool,
}

/// `rewindow run`.
#[derive(clap::Args, Debug)]
pub struct RunArgs {
    /// Scenario files; a directory stands for all .toml files in it, - for stdin
    #[arg(value_name = "SCENARIO", required = true)]
    pub scenarios: Vec<PathBuf>,
    /// Another build tool than the file says
    #[arg(long, value_name = "ID", value_parser = engine_parser())]
    pub engine: Option<Engine>,
    /// A parameter of the build tool, in place of what engine and file say
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// Write JSON
    #[arg(long)]
    pub json: bool,
    /// Write an [expect] block that says what comes of each scenario, to be read and put into it
    #[arg(long, conflicts_with_all = ["json", "quiet", "verbose"])]
    pub expect: bool,
    /// One line for each scenario, and one for each expectation that does not hold
    #[arg(long, short, conflicts_with_all = ["json", "verbose"])]
    pub quiet: bool,
    /// Tell every event and every request, however many there are
    #[arg(long, short, conflicts_with = "json")]
    pub verbose: bool,
}

/// `rewindow engines`.
#[derive(clap::Args, Debug)]
pub struct EnginesArgs {
    /// Write JSON
    #[arg(long)]
    pub json: bool,
    /// Write the Markdown of docs/engines.md
    #[arg(long, conflicts_with = "json")]
    pub markdown: bool,
}

fn engine_parser() -> impl TypedValueParser<Value = Engine> {
    let ids = engines().iter().map(|e| PossibleValue::new(e.id).help(e.name));
    PossibleValuesParser::new(ids).try_map(|id| Engine::find(&id).ok_or("no such engine"))
}

fn mode_parser() -> impl TypedValueParser<Value = DownloadMode> {
    PossibleValuesParser::new(DownloadMode::ALL.map(DownloadMode::name))
        .try_map(|name| DownloadMode::from_name(&name).ok_or("no such mode"))
}

fn policy_parser() -> impl TypedValueParser<Value = CachePolicy> {
    PossibleValuesParser::new(["unverified", "verified"]).map(|name| match name.as_str() {
        "verified" => CachePolicy::Verified,
        _ => CachePolicy::Unverified,
    })
}
