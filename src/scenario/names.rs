//! Labels, paths and selectors of a scenario file to what they mean in a graph.

use std::cell::Cell;
use std::collections::HashMap;

use crate::model::{
    ActionId, ArtifactId, BlobId, Cache, CacheKind, Digest, DigestFunction, Graph, Id, IdSet,
};
use crate::rewind::{Eviction, LabelPattern, Selector, SelectorError, Targets};

use super::error::{Problem, Word};

/// Patterns look at every action and artifact; together they may look at so many.
const LOOKS_MAX: u64 = 50_000_000;

/// Looks names up.
pub(super) struct Names<'a> {
    pub graph: &'a Graph,
    labels: HashMap<&'a str, Vec<ActionId>>,
    paths: HashMap<&'a str, ArtifactId>,
    /// The first artifact with a content.
    by_blob: HashMap<BlobId, ArtifactId>,
    looks: Cell<u64>,
}

impl<'a> Names<'a> {
    pub fn new(graph: &'a Graph) -> Self {
        let mut labels: HashMap<&str, Vec<ActionId>> = HashMap::new();
        for action in graph.action_ids() {
            labels.entry(graph.label(action)).or_default().push(action);
        }
        let paths = graph.artifact_ids().map(|a| (graph.path(a), a)).collect();
        let with_blob = graph.artifact_ids().rev().filter_map(|a| Some((graph.blob(a)?, a)));
        let by_blob = with_blob.collect();
        Self { graph, labels, paths, by_blob, looks: Cell::new(0) }
    }

    /// Whether one action alone has this label.
    pub fn is_label_of_one(&self, label: &str) -> bool {
        !label.is_empty() && self.labels.get(label).is_some_and(|actions| actions.len() == 1)
    }

    /// A name by which [`action`](Self::action) finds this action: its label, its first output, or
    /// its number.
    pub fn action_name(&self, action: ActionId) -> String {
        let label = self.graph.label(action);
        if self.is_label_of_one(label) {
            return label.to_owned();
        }
        let paths = self.graph.outputs(action).iter().map(|&output| self.graph.path(output));
        // A path that is also a label, or looks like a number, names something else.
        let mut telling =
            paths.filter(|path| !self.labels.contains_key(path) && self.numbered(path).is_none());
        telling.next().map_or_else(|| format!("#{}", action.0 + 1), str::to_owned)
    }

    /// The actions of a label or a pattern, or the producer of a path.
    pub fn actions(&self, word: &Word) -> Result<Vec<ActionId>, Problem> {
        if let Some(actions) = self.labels.get(word.text.as_str()) {
            return Ok(actions.clone());
        }
        if let Some(action) = self.numbered(&word.text) {
            return Ok(vec![action]);
        }
        if let Some(&artifact) = self.paths.get(word.text.as_str()) {
            let none = || {
                let problem = format!("no action writes '{}': expected an output", word.text);
                Problem::new(word.place, problem, "Name a label or an output")
            };
            return self.graph.producer(artifact).map(|action| vec![action]).ok_or_else(none);
        }
        self.look(word)?;
        let found = LabelPattern::parse(&word.text).map(|pattern| pattern.actions(self.graph));
        match found {
            Some(actions) if !actions.is_empty() => Ok(actions),
            _ => {
                let mut known: Vec<&str> = self.labels.keys().copied().collect();
                known.sort_unstable();
                let produced = self.graph.artifact_ids();
                let produced = produced.filter(|&a| self.graph.producer(a).is_some());
                let known = known.into_iter().chain(produced.map(|a| self.graph.path(a)));
                let what = ("no action has the label or output", word.text.as_str());
                Err(Problem::unknown(word.place, what, known))
            }
        }
    }

    /// The one action of a label, or the producer of a path.
    pub fn action(&self, word: &Word) -> Result<ActionId, Problem> {
        match *self.actions(word)?.as_slice() {
            [action] => Ok(action),
            ref several => {
                let outputs = several.iter().take(3).filter_map(|&action| {
                    self.graph.outputs(action).first().map(|&output| self.graph.path(output))
                });
                let problem = format!("'{}' names {} actions", word.text, several.len());
                let remedy: Vec<&str> = outputs.collect();
                let remedy = format!("Name one by an output, such as {}", remedy.join(" or "));
                Err(Problem::new(word.place, problem, remedy))
            }
        }
    }

    /// All actions that `words` name.
    pub fn action_set(&self, words: &[Word]) -> Result<IdSet<ActionId>, Problem> {
        let mut set = IdSet::default();
        for word in words {
            set.extend(self.actions(word)?);
        }
        Ok(set)
    }

    /// The actions that `words` name, in their order, each once.
    pub fn action_list(&self, words: &[Word]) -> Result<Vec<ActionId>, Problem> {
        let (mut seen, mut list) = (IdSet::<ActionId>::default(), Vec::new());
        for word in words {
            list.extend(self.actions(word)?.into_iter().filter(|&action| seen.insert(action)));
        }
        Ok(list)
    }

    /// The artifact at a path.
    pub fn artifact(&self, word: &Word) -> Result<ArtifactId, Problem> {
        self.paths.get(word.text.as_str()).copied().ok_or_else(|| {
            let known = self.graph.artifact_ids().map(|artifact| self.graph.path(artifact));
            Problem::unknown(word.place, ("no artifact has the path", &word.text), known)
        })
    }

    /// What `words` ask to be built.
    pub fn targets(&self, words: &[Word]) -> Result<Targets, Problem> {
        let mut artifacts = Vec::new();
        for word in words {
            let found = self.paths.get(word.text.as_str());
            match found.filter(|&&artifact| self.graph.producer(artifact).is_some()) {
                Some(&artifact) => artifacts.push(artifact),
                None => {
                    self.look(word)?;
                    let names = std::slice::from_ref(&word.text);
                    match Targets::parse(self.graph, names) {
                        Ok(Targets::Artifacts(found)) => artifacts.extend(found),
                        Ok(Targets::All) => {}
                        Err(error) => {
                            let problem = error.to_string();
                            return Err(Problem::new(word.place, problem, "Correct the target"));
                        }
                    }
                }
            }
        }
        artifacts.sort_unstable();
        artifacts.dedup();
        Ok(Targets::Artifacts(artifacts))
    }

    /// What `words` select, in their order, each once. Where a selector goes, a path alone means
    /// its content, and a label alone the AC entries of its actions.
    pub fn select(&self, words: &[Word], cache: &Cache) -> Result<Vec<Eviction>, Problem> {
        let (mut selected, mut seen) = (Vec::new(), [IdSet::default(), IdSet::default()]);
        for word in words {
            for eviction in self.select_one(word, cache)? {
                if seen[usize::from(eviction.kind == CacheKind::Ac)].insert(eviction.blob) {
                    selected.push(eviction);
                }
            }
        }
        Ok(selected)
    }

    /// What a path, a label that one action has, or a digest with its function selects: without a
    /// look at the whole graph.
    pub fn select_exactly(&self, text: &str) -> Option<Eviction> {
        if let Some(blob) = self.content(text.strip_prefix("path:").unwrap_or(text)) {
            return Some(Eviction { kind: CacheKind::Cas, blob });
        }
        let halves = [("cas:", CacheKind::Cas), ("ac:", CacheKind::Ac)];
        for (head, kind) in halves {
            let named = text.strip_prefix(head).and_then(|rest| rest.split_once(':'));
            let function = named.and_then(|(name, _)| DigestFunction::from_name(name));
            if let (Some((_, hex)), Some(function)) = (named, function)
                && let Ok(digest) = Digest::from_hex(hex, Some(function))
                && let Some(blob) = self.graph.blobs().find(&digest)
            {
                return Some(Eviction { kind, blob });
            }
        }
        let label = text.strip_prefix("ac:").or_else(|| text.contains("//").then_some(text))?;
        self.key(label).map(|blob| Eviction { kind: CacheKind::Ac, blob })
    }

    /// The path of an artifact with this content.
    pub fn path_of(&self, blob: BlobId) -> Option<&'a str> {
        self.by_blob.get(&blob).map(|&artifact| self.graph.path(artifact))
    }

    fn select_one(&self, word: &Word, cache: &Cache) -> Result<Vec<Eviction>, Problem> {
        let text = word.text.as_str();
        if let Some(eviction) = self.select_exactly(text) {
            return Ok(vec![eviction]);
        }
        let wrong = |error: SelectorError| {
            Problem::new(word.place, error.to_string(), "Correct the selector")
        };
        let selector = match Selector::parse(text) {
            Err(SelectorError::Form { .. }) if text.contains("//") => {
                Selector::parse(&format!("ac:{text}"))
            }
            Err(SelectorError::Form { .. }) => Selector::parse(&format!("path:{text}")),
            parsed => parsed,
        };
        if !matches!(selector, Ok(Selector::Digest { .. })) {
            self.look(word)?;
        }
        selector.and_then(|selector| selector.resolve(self.graph, cache)).map_err(wrong)
    }

    /// `#3` is the third action: for those that neither label nor output tells apart.
    fn numbered(&self, text: &str) -> Option<ActionId> {
        let number: usize = text.strip_prefix('#')?.parse().ok()?;
        let index = number.checked_sub(1)?;
        (index < self.graph.n_actions()).then(|| ActionId::at(index))
    }

    /// The AC key of the one action with exactly this label or output.
    fn key(&self, name: &str) -> Option<BlobId> {
        let labelled = self.labels.get(name).map(Vec::as_slice);
        let action = match labelled {
            Some(&[action]) => action,
            Some(_) => return None,
            None => self.graph.producer(*self.paths.get(name)?)?,
        };
        self.graph.digests(action).key
    }

    /// The content of the artifact with exactly this path.
    fn content(&self, path: &str) -> Option<BlobId> {
        self.graph.blob(*self.paths.get(path)?)
    }

    /// Counts a look at the whole graph.
    fn look(&self, word: &Word) -> Result<(), Problem> {
        let size = self.graph.n_actions() + self.graph.n_artifacts() + self.graph.blobs().len();
        self.looks.set(self.looks.get() + size as u64);
        if self.looks.get() > LOOKS_MAX {
            let problem = "too many patterns and selectors for so large a graph";
            return Err(Problem::new(word.place, problem, "Use fewer, wider ones"));
        }
        Ok(())
    }
}
