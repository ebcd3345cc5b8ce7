//! The gallery: all golden scenarios, each with what a newcomer wants to know before opening it.
//!
//! The files are part of the program (`build.rs`). What a scenario comes to is computed here, by
//! playing it, not taken from what its file expects.

use crate::model::{Cache, Graph};
use crate::rewind::{BuildOutcome, Engine, OnLoss, Scenario, Tool, Trace, plan};
use crate::scenario::{ScenarioError, ScenarioText};

use super::example;

/// Name and text of each file, by name.
const FILES: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/gallery.rs"));

/// What a scenario is about, in the order to read them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Group {
    /// Bazel that gives up at a lost input.
    Stuck,
    /// Bazel that runs the whole build again.
    Restart,
    /// Bazel that rewinds.
    Rewinding,
    /// Buck2.
    Buck2,
    /// How caches keep and forget.
    Caches,
    /// What goes wrong, when and how often.
    Faults,
}

impl Group {
    /// All groups in order.
    pub const ALL: [Self; 6] =
        [Self::Stuck, Self::Restart, Self::Rewinding, Self::Buck2, Self::Caches, Self::Faults];

    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Stuck => "The stuck loop",
            Self::Restart => "Restart",
            Self::Rewinding => "Rewinding in Bazel",
            Self::Buck2 => "Rewinding in Buck2",
            Self::Caches => "Caches",
            Self::Faults => "Faults",
        }
    }

    /// What its scenarios have in common.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Stuck => {
                "Bazel before retries, or with none: a lost input fails its action, and with it \
                 the build."
            }
            Self::Restart => "Bazel with retries: what failed on a lost blob is built again.",
            Self::Rewinding => {
                "Bazel 8.7 and later: producers of what was lost run again inside the build."
            }
            Self::Buck2 => {
                "Buck2 gathers the losses of a pass, and computes the command again; before \
                 #1349 it mostly told its user to."
            }
            Self::Caches => {
                "The same losses on servers that check, keep, touch or forget in other ways, and \
                 with a cache on the client's disk."
            }
            Self::Faults => "Blobs that go in the middle of a build, again and again, or unnamed.",
        }
    }

    /// Where `text` belongs. The first of its rules says what it is about; where that is left
    /// open, what goes wrong in it and who builds do.
    fn of(text: &ScenarioText, scenario: &Scenario) -> Self {
        let rule = text.rules.iter().flatten().next().map_or("", |rule| rule.text.as_str());
        let number = rule.get(1..).and_then(|digits| digits.parse::<u32>().ok()).unwrap_or(0);
        match (rule.get(..1).unwrap_or(""), number) {
            ("W", _) | ("P", 25..=29) => Self::Caches,
            ("P", 30..=34) => Self::Faults,
            ("K", _) => Self::Buck2,
            ("R", 1..) if scenario.engine.tool == Tool::Bazel => Self::Restart,
            ("B" | "", _) if !scenario.faults.is_empty() => Self::Faults,
            _ => Self::of_engine(&scenario.engine),
        }
    }

    fn of_engine(engine: &Engine) -> Self {
        match (engine.tool, engine.on_loss) {
            (Tool::Buck2, _) => Self::Buck2,
            (Tool::Bazel, OnLoss::Fail) if engine.retries > 0 => Self::Restart,
            (Tool::Bazel, OnLoss::Fail) => Self::Stuck,
            (Tool::Bazel, _) => Self::Rewinding,
        }
    }
}

/// What the builds of a scenario come to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// Whether the last build succeeds.
    pub success: bool,
    /// In a few words, such as "fails, exit 36".
    pub text: String,
}

impl Verdict {
    /// The verdict on `trace`.
    pub fn of(trace: &Trace) -> Self {
        let Some(last) = trace.builds.last() else {
            return Self { success: true, text: "nothing is built".to_owned() };
        };
        let failed_before = trace.builds.iter().rev().skip(1).any(|build| !build.success);
        let tried_hard = |build: &BuildOutcome| build.rewinds > 0 || build.attempts > 1;
        let text = match (last.success, failed_before) {
            (true, true) => "fails, then succeeds".to_owned(),
            (true, false) if trace.builds.iter().any(tried_hard) => "recovers".to_owned(),
            (true, false) => "succeeds".to_owned(),
            (false, _) => format!("fails, exit {}", last.exit_code),
        };
        Self { success: last.success, text }
    }
}

/// A line of the gallery.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// Its file, without `.toml`.
    pub name: &'static str,
    /// Its headline.
    pub title: String,
    /// What it shows.
    pub about: String,
    /// Numbers of the rules that it shows.
    pub rules: Vec<String>,
    /// Who builds.
    pub engine: Engine,
    /// What it is about.
    pub group: Group,
    /// What it comes to.
    pub verdict: Verdict,
    /// How many builds it has.
    pub n_builds: usize,
}

impl Entry {
    fn read(name: &'static str) -> Result<Self, ScenarioError> {
        let text = text_of(name)?;
        let play = text.compile(&file_of(name), exports_of(&text))?;
        let verdict = Verdict::of(&plan(&play.graph, &play.cache, &play.scenario));
        let plain = |word: &Option<crate::scenario::Word>| {
            word.as_ref().map(|word| word.text.trim().to_owned())
        };
        Ok(Self {
            name,
            title: plain(&text.title).unwrap_or_else(|| name.to_owned()),
            about: plain(&text.about).unwrap_or_default(),
            rules: text.rules.iter().flatten().map(|rule| rule.text.clone()).collect(),
            engine: play.scenario.engine,
            group: Group::of(&text, &play.scenario),
            verdict,
            n_builds: play.scenario.builds.len(),
        })
    }

    /// Whether all words of `query` are in what the gallery shows of it.
    pub fn fits(&self, query: &str) -> bool {
        let Self { name, title, about, verdict, engine, .. } = self;
        let rules = self.rules.join(" ");
        let shown = format!("{name} {title} {about} {} {} {rules}", verdict.text, engine.name);
        let shown = shown.to_lowercase();
        query.to_lowercase().split_whitespace().all(|word| shown.contains(word))
    }
}

/// The gallery, by group and name. A file that cannot be read is left out; `tests/app/gallery.rs`
/// holds that there is none.
pub fn entries() -> Vec<Entry> {
    let entries = FILES.iter().filter_map(|(name, _)| Entry::read(name).ok());
    let mut entries: Vec<Entry> = entries.collect();
    // Who reads of the stuck loop wants to see it first.
    let is_aside = |entry: &Entry| entry.group == Group::Stuck && entry.verdict.success;
    entries.sort_by_key(|entry| (entry.group, is_aside(entry)));
    entries
}

/// Names of all files, ascending.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}

/// The text of the file called `name`, without `.toml`.
pub fn source(name: &str) -> Option<(&'static str, &'static str)> {
    FILES.iter().find(|(known, _)| *known == name).copied()
}

/// What errors and downloads call the file of an entry.
pub fn file_of(name: &str) -> String {
    format!("{name}.toml")
}

/// What the file called `name` says.
pub fn text_of(name: &str) -> Result<ScenarioText, ScenarioError> {
    let source = source(name).map_or("", |(_, text)| text);
    ScenarioText::parse(&file_of(name), source.as_bytes())
}

/// Exports that are part of the program, if `text` refers to them and no others.
pub fn exports_of(text: &ScenarioText) -> Option<(Graph, Cache)> {
    let files = text.files.as_deref()?;
    let is_held = |path: &str| {
        let name = path.strip_prefix(example::FOLDER);
        name.is_some_and(|name| example::names().any(|held| held == name))
    };
    if files.len() != example::names().count() || !files.iter().all(|file| is_held(&file.text)) {
        return None;
    }
    let import = example::gist();
    Some((import.graph, import.cache))
}
