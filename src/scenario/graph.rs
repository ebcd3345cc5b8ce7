//! The graph that a scenario file spells out.

use std::collections::HashMap;

use crate::model::{
    ActionDigests, ActionId, ActionKind, ActionSpec, ArtifactId, ArtifactKind, Graph, GraphBuilder,
    GraphDefect, Id,
};

use super::action::{ActionLine, ActionText};
use super::choices::Content;
use super::contents::{self, Contents};
use super::error::{Place, Problem, Word};
use super::text::{ArtifactText, ScenarioText};

/// A larger graph is refused: exports are the form for it.
pub const ACTIONS_MAX: usize = 100_000;

/// What an action is called if the file does not say.
pub const MNEMONIC: &str = "Genrule";

/// Builds the graph of `text.actions`. It knows the contents that `beside` names later as well.
pub(super) fn build(
    text: &ScenarioText,
    actions: &[ActionLine],
    beside: Option<&ScenarioText>,
) -> Result<Graph, Problem> {
    if actions.len() > ACTIONS_MAX {
        let problem = format!("{} actions: a scenario has at most {ACTIONS_MAX}", actions.len());
        let remedy = "Leave the graph to exports and name them under files";
        return Err(Problem::new(actions[ACTIONS_MAX].0.place, problem, remedy));
    }
    let mut maker = Maker::default();
    maker.add_artifacts(text, actions)?;
    maker.add_contents()?;
    for line in actions {
        maker.add_action(&line.0)?;
    }
    maker.add_later_contents(&[Some(text), beside])?;
    maker.finish(actions)
}

#[derive(Default)]
struct Maker<'a> {
    builder: GraphBuilder,
    contents: Contents,
    /// The action that writes an artifact.
    producers: HashMap<ArtifactId, &'a ActionText>,
    /// What the file says of an artifact besides.
    told: HashMap<ArtifactId, &'a ArtifactText>,
}

impl<'a> Maker<'a> {
    fn add_artifacts(
        &mut self,
        text: &'a ScenarioText,
        actions: &'a [ActionLine],
    ) -> Result<(), Problem> {
        for ActionLine(action) in actions {
            for path in action.inputs.iter().flatten() {
                self.artifact(path)?;
            }
            for path in action.outputs.iter().flatten() {
                let artifact = self.artifact(path)?;
                self.builder.set_kind(artifact, ArtifactKind::Derived);
                if let Some(first) = self.producers.insert(artifact, action) {
                    return Err(two_producers(path, first));
                }
            }
        }
        self.add_trees(text, actions)?;
        for (path, told) in &text.artifacts.0 {
            let Some(artifact) = self.builder.find_artifact(&path.text) else {
                let known = (0..self.builder.n_artifacts()).map(ArtifactId::at);
                let known = known.map(|artifact| self.builder.path(artifact));
                let what = ("no action reads or writes", path.text.as_str());
                return Err(Problem::unknown(path.place, what, known));
            };
            self.told.insert(artifact, told);
            if told.in_memory == Some(true) {
                self.builder.set_in_memory(artifact);
            }
            if told.unknown_generated == Some(true) {
                if self.producers.contains_key(&artifact) {
                    let problem = format!("'{}' has a producer, so that is known", path.text);
                    return Err(Problem::new(told.place, problem, "Leave unknown_generated out"));
                }
                self.builder.set_kind(artifact, ArtifactKind::UnknownGenerated);
            }
        }
        Ok(())
    }

    fn add_trees(
        &mut self,
        text: &'a ScenarioText,
        actions: &'a [ActionLine],
    ) -> Result<(), Problem> {
        let told = text.artifacts.0.iter();
        let told = told.filter_map(|(path, told)| Some((path.text.as_str(), told.files.as_ref()?)));
        let mut trees: HashMap<&str, &Vec<Word>> = told.collect();
        let mut tree_of: HashMap<ArtifactId, &str> = HashMap::new();
        for ActionLine(action) in actions {
            for path in action.outputs.iter().flatten() {
                let of_template = (action.kind == Some(ActionKind::Template))
                    .then_some(action.inputs.as_ref())
                    .flatten();
                let Some(files) = trees.remove(path.text.as_str()).or(of_template) else {
                    continue;
                };
                let tree = self.artifact(path)?;
                let mut ids = Vec::new();
                for file in files {
                    let id = self.artifact(file)?;
                    if let Some(other) = tree_of.insert(id, &path.text) {
                        let problem = format!("'{}' is in the tree '{other}' already", file.text);
                        return Err(Problem::new(file.place, problem, "List it once"));
                    }
                    ids.push(id);
                }
                self.builder.set_tree_files(tree, ids);
            }
        }
        for (path, told) in &text.artifacts.0 {
            let artifact = self.builder.find_artifact(&path.text);
            let outer = artifact.and_then(|artifact| tree_of.get(&artifact));
            if told.files.is_some() && trees.contains_key(path.text.as_str()) {
                let problem = format!("no action writes the tree '{}'", path.text);
                return Err(Problem::new(path.place, problem, "Make it an output of an action"));
            }
            if let (Some(_), Some(outer)) = (&told.files, outer) {
                let problem = format!("'{}' is a tree in the tree '{outer}'", path.text);
                return Err(Problem::new(path.place, problem, "List its files there"));
            }
        }
        Ok(())
    }

    fn artifact(&mut self, path: &Word) -> Result<ArtifactId, Problem> {
        if path.text.is_empty() {
            let problem = "an empty path: expected the path of an artifact";
            return Err(Problem::new(path.place, problem, "Give it a name"));
        }
        Ok(self.builder.artifact(&path.text, ArtifactKind::Source))
    }

    /// What the artifacts contain; a symlink, like a redirect, what its first input does.
    fn add_contents(&mut self) -> Result<(), Problem> {
        let mut roots: Vec<Option<ArtifactId>> = vec![None; self.builder.n_artifacts()];
        for artifact in (0..roots.len()).map(ArtifactId::at) {
            let source = self.root(artifact, &mut roots);
            let told = self.told.get(&source);
            let content = told.and_then(|told| told.content.as_ref()).unwrap_or(&Content::Own);
            let place = told.map_or(Place::default(), |told| told.place);
            let own = self.builder.path(source).to_owned();
            let blob = self.contents.intern(&mut self.builder.blobs, content, &own, place)?;
            if let Some(blob) = blob {
                self.builder.set_blob(artifact, blob);
            }
        }
        Ok(())
    }

    /// Whose content `artifact` has, by way of all symlinks. Each is looked at once.
    fn root(&self, artifact: ArtifactId, roots: &mut [Option<ArtifactId>]) -> ArtifactId {
        let (mut at, mut way) = (artifact, Vec::new());
        while roots[at.index()].is_none() {
            // Where symlinks lead in a circle this ends the walk; the builder refuses them later.
            roots[at.index()] = Some(at);
            let tells = self.told.get(&at).is_some_and(|told| told.content.is_some());
            let Some(next) = self.behind(at).filter(|_| !tells) else { break };
            way.push(at);
            at = next;
        }
        let root = roots[at.index()].unwrap_or(at);
        for link in way {
            roots[link.index()] = Some(root);
        }
        root
    }

    /// What a symlink or redirect leads to.
    fn behind(&self, artifact: ArtifactId) -> Option<ArtifactId> {
        let action = self.producers.get(&artifact)?;
        let leads = matches!(action.kind, Some(ActionKind::Symlink | ActionKind::Redirect));
        let first = action.inputs.as_ref()?.first().filter(|_| leads)?;
        self.builder.find_artifact(&first.text)
    }

    fn add_action(&mut self, action: &ActionText) -> Result<ActionId, Problem> {
        let kind = action.kind.unwrap_or(ActionKind::Spawn);
        let usual = if kind == ActionKind::Spawn { Content::Own } else { Content::Absent };
        let outputs = action.outputs.as_deref().unwrap_or_default();
        let mut digest = |content: &Option<Content>, usual: &Content, what: &str| {
            let content = content.as_ref().unwrap_or(usual);
            let own = own_name(what, &action.label.text, outputs);
            self.contents.intern(&mut self.builder.blobs, content, &own, action.place)
        };
        let digests = ActionDigests {
            key: digest(&action.key, &usual, "Action")?,
            command: digest(&action.command, &usual, "Command")?,
            stdout: digest(&action.stdout, &Content::Absent, "stdout")?,
            stderr: digest(&action.stderr, &Content::Absent, "stderr")?,
        };
        let ids = |maker: &mut Self, paths: &Option<Vec<Word>>| -> Result<Vec<_>, Problem> {
            paths.iter().flatten().map(|path| maker.artifact(path)).collect()
        };
        let spec = ActionSpec {
            label: action.label.text.clone(),
            mnemonic: action.mnemonic.as_ref().map_or(MNEMONIC, |m| &m.text).to_owned(),
            kind,
            inputs: ids(self, &action.inputs)?,
            outputs: ids(self, &action.outputs)?,
            digests,
            duration_ms: action.duration_ms,
        };
        Ok(self.builder.action(spec))
    }

    /// What edits and AC entries name: a finished graph learns no more digests. In the order of the
    /// digests, so that the order of tables in a file does not matter.
    fn add_later_contents(&mut self, texts: &[Option<&ScenarioText>]) -> Result<(), Problem> {
        let texts = || texts.iter().copied().flatten();
        let mut later: Vec<(&Content, Place)> = Vec::new();
        for revision in texts().flat_map(|text| text.revision.iter().flatten()) {
            let of_actions = revision.action.iter().flatten();
            let of_actions = of_actions.flat_map(|a| [&a.key, &a.command, &a.stdout, &a.stderr]);
            let contents = revision.artifacts.0.iter().map(|(_, content)| content);
            let all = contents.chain(of_actions.flatten());
            later.extend(all.map(|content| (content, revision.place)));
        }
        let caches = texts().filter_map(|text| text.cache.as_ref());
        for entry in caches.flat_map(|cache| cache.entry.iter().flatten()) {
            let outputs = entry.outputs.0.iter().map(|(_, content)| content);
            let all = outputs.chain(&entry.stdout).chain(&entry.stderr);
            later.extend(all.map(|content| (content, entry.place)));
        }
        let mut sorted = Vec::new();
        for (content, place) in later {
            if let Some(digest) = contents::own_digest(content)? {
                sorted.push((digest, content, place));
            }
        }
        sorted.sort_by_key(|(digest, ..)| *digest);
        for (_, content, place) in sorted {
            self.contents.intern(&mut self.builder.blobs, content, "", place)?;
        }
        Ok(())
    }

    fn finish(mut self, actions: &[ActionLine]) -> Result<Graph, Problem> {
        self.contents.finish(&mut self.builder.blobs);
        let mut keys = HashMap::new();
        for id in (0..actions.len()).map(ActionId::at) {
            let Some(key) = self.builder.get_action(id).digests.key else { continue };
            if keys.insert(key, id).is_some() {
                let label = &actions[id.index()].0.label;
                let problem = format!("'{}' has the AC key of another action", label.text);
                let remedy = "Give it an output of its own, or a key";
                return Err(Problem::new(label.place, problem, remedy));
            }
        }
        let (graph, defects) = self.builder.finish();
        match defects.first() {
            None => Ok(graph),
            Some(GraphDefect::TwoProducers { path, kept, dropped }) => {
                let problem = format!("'{path}' is written by '{kept}' and by '{dropped}'");
                Err(Problem::new(Place::default(), problem, "An artifact has one producer"))
            }
            Some(GraphDefect::Cycle { label, paths }) => {
                let line = actions.iter().find(|line| line.0.label.text == *label);
                let place = line.map_or(Place::default(), |line| line.0.place);
                let paths = paths.join(", ");
                let problem = format!("'{label}' reads {paths}, which is made of what it writes");
                Err(Problem::new(place, problem, "Break the circle: a build graph has none"))
            }
        }
    }
}

/// What the content of a message or stream of an action is called unless the file says otherwise.
pub(super) fn own_name(what: &str, label: &str, outputs: &[Word]) -> String {
    let outputs: String = outputs.iter().map(|path| format!(" {}", path.text)).collect();
    format!("{what} of {label}{outputs}")
}

fn two_producers(path: &Word, first: &ActionText) -> Problem {
    let problem = format!("'{}' is an output of '{}' already", path.text, first.label.text);
    let line = first.place.line;
    Problem::new(path.place, problem, format!("An artifact has one producer: see line {line}"))
}
