//! What a build needs: the actions behind its targets, and which outputs are top-level.

use std::borrow::Cow;

use crate::model::{ActionId, ActionKind, ArtifactId, Graph, IdSet};

use crate::rewind::scenario::{Build, DownloadMode, Targets};
use crate::rewind::top_level::top_level_outputs;

/// The actions of a build and its top-level outputs.
pub struct Needs<'a> {
    /// The actions to do, producers before consumers.
    pub actions: Cow<'a, [ActionId]>,
    /// Outputs that the user asked for.
    pub top_level: IdSet<ArtifactId>,
    /// Actions with such an output.
    pub top_level_actions: IdSet<ActionId>,
    /// Files in a top-level tree of a template: the mode wants them of the expansion actions, too,
    /// though nobody asked for them by themselves (P38).
    pub parts_of_trees: IdSet<ArtifactId>,
}

impl<'a> Needs<'a> {
    /// What `build` needs of `graph`. Which outputs are top-level is found out only where the build
    /// fetches or uploads such.
    pub fn of(graph: &'a Graph, build: &Build) -> Self {
        let asks_top_level = build.upload_final || build.download == DownloadMode::TopLevel;
        let top_level: IdSet<ArtifactId> = match &build.targets {
            Targets::All if asks_top_level => {
                let all: Vec<ActionId> = graph.action_ids().collect();
                top_level_outputs(graph, &all).into_iter().collect()
            }
            Targets::All => IdSet::default(),
            Targets::Artifacts(artifacts) => artifacts.iter().copied().collect(),
        };
        let top_level_actions: IdSet<ActionId> =
            top_level.iter().filter_map(|artifact| graph.producer(artifact)).collect();
        let parts_of_trees = match build.download {
            DownloadMode::TopLevel => parts_of_trees(graph, &top_level),
            _ => IdSet::default(),
        };
        let actions = match build.targets {
            Targets::All => Cow::Borrowed(graph.topological()),
            Targets::Artifacts(_) => {
                let needed = closure(graph, &top_level_actions);
                let all = graph.topological().iter().copied();
                all.filter(|&action| needed.contains(action)).collect()
            }
        };
        Self { actions, top_level, top_level_actions, parts_of_trees }
    }
}

fn parts_of_trees(graph: &Graph, top_level: &IdSet<ArtifactId>) -> IdSet<ArtifactId> {
    let mut parts = IdSet::default();
    for tree in top_level.iter() {
        let files = graph.tree_files(tree);
        let producer = if files.is_empty() { None } else { graph.producer(tree) };
        if producer.is_some_and(|p| graph.action_kind(p) == ActionKind::Template) {
            parts.extend(files.iter().copied().filter(|&file| !top_level.contains(file)));
        }
    }
    parts
}

fn closure(graph: &Graph, roots: &IdSet<ActionId>) -> IdSet<ActionId> {
    let mut needed = IdSet::with_capacity(graph.n_actions());
    let mut open: Vec<ActionId> = roots.iter().collect();
    for &action in &open {
        needed.insert(action);
    }
    while let Some(action) = open.pop() {
        for &input in graph.inputs(action) {
            if let Some(producer) = graph.producer(input)
                && needed.insert(producer)
            {
                open.push(producer);
            }
        }
    }
    needed
}
