//! The shape of a lesson, and how its steps become scenarios.

use crate::model::{ActionId, Cache, CacheKind, Graph};
use crate::rewind::{Build, DownloadMode, Eviction, Scenario};

use super::choice::TargetChoice;
use super::gallery;

/// A lesson: parts in order, each with an engine and a cache that starts empty.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Lesson {
    /// Its name.
    pub title: &'static str,
    /// Its parts.
    pub parts: &'static [Part],
}

/// Steps whose builds follow one another on one cache.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Part {
    /// Id of the engine that builds.
    pub engine: &'static str,
    /// The scenario file of the gallery that holds its builds, without `.toml`.
    pub file: &'static str,
    /// Its steps.
    pub steps: &'static [LessonStep],
}

/// One experiment: what is done, what to predict, what to see.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LessonStep {
    /// A few words.
    pub title: &'static str,
    /// What a newcomer has to know beforehand, a paragraph each.
    pub narration: &'static [&'static str],
    /// The builds; the last one is played, those before it set the stage.
    pub builds: &'static [LessonBuild],
    /// What to predict before it plays.
    pub question: Question,
    /// What to take home afterwards.
    pub reveal: &'static str,
}

/// One invocation of the build tool.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LessonBuild {
    /// Label of the target.
    pub target: &'static str,
    /// What is fetched.
    pub download: DownloadMode,
    /// Whether `clean` runs first.
    pub clean: bool,
    /// What is removed from the cache first.
    pub evict: &'static [What],
}

/// Something to evict, by what it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    /// The AC entry of the action with this label.
    Entry(&'static str),
    /// The first output of the action with this label.
    Output(&'static str),
    /// The standard output of the action with this label.
    Stdout(&'static str),
}

/// A question with buttons.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Question {
    /// What is asked.
    pub ask: &'static str,
    /// What can be answered.
    pub answers: &'static [Answer],
}

/// A button and what it earns.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Answer {
    /// The button.
    pub text: &'static str,
    /// Whether it is what happens.
    pub right: bool,
    /// What is said when it is chosen.
    pub feedback: &'static str,
}

/// A step of a lesson by part and position in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Place {
    /// Index of the part.
    pub part: usize,
    /// Index of the step in it.
    pub step: usize,
}

impl Lesson {
    /// All steps in order.
    pub fn places(&self) -> Vec<Place> {
        let parts = self.parts.iter().enumerate();
        parts
            .flat_map(|(part, p)| (0..p.steps.len()).map(move |step| Place { part, step }))
            .collect()
    }

    /// The part and step at `place`.
    pub fn at(&self, place: Place) -> (&'static Part, &'static LessonStep) {
        let part = &self.parts[place.part];
        (part, &part.steps[place.step])
    }
}

impl Part {
    /// All builds of the part in one scenario, as its file has them. `None` if `graph` is not the
    /// one that the file is about.
    pub fn scenario(&self, graph: &Graph) -> Option<Scenario> {
        let text = gallery::text_of(self.file).ok()?;
        let exports = (graph.clone(), Cache::default());
        text.compile(self.file, Some(exports)).ok().map(|play| play.scenario)
    }

    /// Index in the scenario of the build that `step` plays.
    pub fn build_of(&self, step: usize) -> usize {
        self.steps[..=step].iter().map(|s| s.builds.len()).sum::<usize>() - 1
    }
}

impl LessonBuild {
    /// A clean build with nothing evicted.
    pub const fn clean(target: &'static str, download: DownloadMode) -> Self {
        Self { target, download, clean: true, evict: &[] }
    }

    /// The same with `evict` removed first.
    pub const fn evicting(self, evict: &'static [What]) -> Self {
        Self { evict, ..self }
    }

    /// The same without `clean`.
    pub const fn without_clean(self) -> Self {
        Self { clean: false, ..self }
    }

    /// The build in terms of `graph`.
    pub fn to_build(&self, graph: &Graph) -> Build {
        let targets = TargetChoice::of([self.target]).resolve(graph);
        let evict = self.evict.iter().filter_map(|what| what.resolve(graph)).collect();
        Build { clean: self.clean, evict, ..Build::clean(targets, self.download) }
    }

    /// What a person would type.
    pub fn command_lines(&self) -> Vec<String> {
        let clean = self.clean.then(|| "bazel clean".to_owned());
        let flag = match self.download {
            DownloadMode::Minimal => "--remote_download_minimal",
            DownloadMode::TopLevel => "--remote_download_toplevel",
            DownloadMode::All => "--remote_download_outputs=all",
        };
        let build = format!("bazel build {} {flag}", self.target);
        clean.into_iter().chain([build]).collect()
    }
}

impl What {
    /// What it is in `graph`, if it is there.
    pub fn resolve(self, graph: &Graph) -> Option<Eviction> {
        let action = |label: &str| -> Option<ActionId> {
            graph.action_ids().find(|&a| graph.label(a) == label)
        };
        Some(match self {
            Self::Entry(label) => {
                Eviction { kind: CacheKind::Ac, blob: graph.digests(action(label)?).key? }
            }
            Self::Output(label) => {
                let output = *graph.outputs(action(label)?).first()?;
                Eviction { kind: CacheKind::Cas, blob: graph.blob(output)? }
            }
            Self::Stdout(label) => {
                Eviction { kind: CacheKind::Cas, blob: graph.digests(action(label)?).stdout? }
            }
        })
    }

    /// What it is, for people.
    pub fn name(self) -> String {
        match self {
            Self::Entry(label) => format!("the AC entry of {label}"),
            Self::Output(label) => format!("the output of {label}"),
            Self::Stdout(label) => format!("the stdout blob of {label}"),
        }
    }
}
