//! Names for what to build: labels, label patterns and output paths.

use std::collections::HashSet;

use crate::model::{ActionId, ArtifactId, Graph, TextId};

use super::near::{did_you_mean, nearest};
use super::scenario::Targets;
use super::top_level::top_level_outputs;

/// A label or a pattern over labels, as on Bazel's and Buck2's command lines.
///
/// `//pkg:name`, `//pkg` (its default target), `//pkg:all`, `//pkg:*`, `//pkg/...`, `//...`, each
/// with `@repo` or a Buck2 cell before it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LabelPattern {
    repo: String,
    package: String,
    what: Names,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Names {
    One(String),
    All,
    AllBelow,
}

/// Why a target names nothing to build.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TargetError {
    /// No action has such a label, and no artifact such a path.
    #[error(
        "no target '{text}': expected a label of the loaded build (//pkg:name, //pkg/..., \
         @repo//...) or the path of an output{}", did_you_mean(.near)
    )]
    Unknown {
        /// As given.
        text: String,
        /// Labels and paths like it.
        near: Vec<String>,
    },
    /// The path is that of a source.
    #[error("'{text}' is a source: expected a label or the path of an output; nothing builds it")]
    Source {
        /// As given.
        text: String,
    },
    /// The actions have labels, but declare no output.
    #[error("target '{text}' declares no outputs: name a target or an output that depends on it")]
    NoOutputs {
        /// As given.
        text: String,
    },
}

impl LabelPattern {
    /// Reads a label or pattern; `None` if `text` is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let (repo, package, name) = split(text)?;
        let (repo, owned) = (repo.to_owned(), package.to_owned());
        let (package, what) = match name {
            Some("all" | "*" | "all-targets") => (owned, Names::All),
            Some(name) => (owned, Names::One(name.to_owned())),
            None if package == "..." => (String::new(), Names::AllBelow),
            None => match package.strip_suffix("/...") {
                Some(above) => (above.to_owned(), Names::AllBelow),
                None => (owned, Names::One(tail(package).to_owned())),
            },
        };
        Some(Self { repo, package, what })
    }

    /// Whether `label` is meant. The main repository may be written `//`, `@//` or `@@//`.
    pub fn matches(&self, label: &str) -> bool {
        let Some((repo, package, name)) = split(label) else {
            return false;
        };
        let name = name.unwrap_or_else(|| tail(package));
        repo == self.repo
            && match &self.what {
                Names::One(wanted) => package == self.package && name == wanted,
                Names::All => package == self.package,
                Names::AllBelow => {
                    let below = package.strip_prefix(self.package.as_str());
                    self.package.is_empty()
                        || below.is_some_and(|b| b.is_empty() || b.starts_with('/'))
                }
            }
    }

    /// The actions of the labels meant, ascending.
    pub fn actions(&self, graph: &Graph) -> Vec<ActionId> {
        // A label is often shared by many actions, so each is matched once.
        let (mut yes, mut no) = (HashSet::<TextId>::new(), HashSet::<TextId>::new());
        let mut is_meant = |id: TextId| {
            if yes.contains(&id) || no.contains(&id) {
                return yes.contains(&id);
            }
            let meant = self.matches(graph.texts().get(id));
            if meant {
                yes.insert(id)
            } else {
                no.insert(id)
            };
            meant
        };
        graph.action_ids().filter(|&action| is_meant(graph.label_id(action))).collect()
    }
}

impl Targets {
    /// What `names` (labels, patterns, output paths) ask for: all actions if there is none. Of a
    /// label these are the outputs that no command of the same label reads
    /// ([`top_level_outputs`]).
    pub fn parse(graph: &Graph, names: &[String]) -> Result<Self, TargetError> {
        if names.is_empty() {
            return Ok(Self::All);
        }
        let mut artifacts = Vec::new();
        for name in names {
            artifacts.extend(outputs_of(graph, name)?);
        }
        artifacts.sort_unstable();
        artifacts.dedup();
        Ok(Self::Artifacts(artifacts))
    }
}

/// The top-level outputs that `name` asks for.
fn outputs_of(graph: &Graph, name: &str) -> Result<Vec<ArtifactId>, TargetError> {
    let actions = LabelPattern::parse(name).map_or_else(Vec::new, |p| p.actions(graph));
    if !actions.is_empty() {
        let outputs = top_level_outputs(graph, &actions);
        let text = name.to_owned();
        return if outputs.is_empty() { Err(TargetError::NoOutputs { text }) } else { Ok(outputs) };
    }
    let path = name.strip_prefix("./").unwrap_or(name);
    match graph.artifact_ids().find(|&a| graph.path(a) == path) {
        Some(artifact) if graph.producer(artifact).is_some() => Ok(vec![artifact]),
        Some(_) => Err(TargetError::Source { text: name.to_owned() }),
        None => Err(unknown(graph, name)),
    }
}

fn unknown(graph: &Graph, name: &str) -> TargetError {
    let labels = distinct_labels(graph).into_iter().map(|id| graph.texts().get(id));
    let produced = graph.artifact_ids().filter(|&a| graph.producer(a).is_some());
    let near = nearest(name, labels.chain(produced.map(|a| graph.path(a))));
    TargetError::Unknown { text: name.to_owned(), near }
}

/// Every label once, in order of first action.
pub(super) fn distinct_labels(graph: &Graph) -> Vec<TextId> {
    let mut seen = HashSet::new();
    let labels = graph.action_ids().map(|a| graph.label_id(a));
    labels.filter(|&label| seen.insert(label)).collect()
}

/// Repository or cell, package, and the name after the colon if there is one.
fn split(label: &str) -> Option<(&str, &str, Option<&str>)> {
    // Buck2 writes the configuration after the label: `root//a:b (cfg:linux#hash)`.
    let label = label.split(" (").next().unwrap_or(label);
    let (repo, rest) = label.split_once("//")?;
    let is_repo = |c: char| c.is_alphanumeric() || "@_.~+-".contains(c);
    if !repo.chars().all(is_repo) {
        return None;
    }
    let repo = repo.trim_start_matches('@');
    let (package, name) =
        rest.split_once(':').map_or((rest, None), |(package, name)| (package, Some(name)));
    (!package.is_empty() || name.is_some()).then_some((repo, package, name))
}

fn tail(package: &str) -> &str {
    package.rsplit('/').next().unwrap_or(package)
}
