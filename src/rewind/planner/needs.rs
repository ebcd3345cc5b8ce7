//! What a build needs: the actions behind its targets, and which outputs are top-level.

use crate::model::{ActionId, ArtifactId, Graph, IdSet};

use crate::rewind::scenario::Targets;
use crate::rewind::top_level::top_level_outputs;

/// The actions of a build and its top-level outputs.
pub struct Needs {
    /// The actions to do, producers before consumers.
    pub actions: Vec<ActionId>,
    /// Outputs that the user asked for.
    pub top_level: IdSet<ArtifactId>,
    /// Actions with such an output.
    pub top_level_actions: IdSet<ActionId>,
}

impl Needs {
    /// What `targets` needs of `graph`.
    pub fn of(graph: &Graph, targets: &Targets) -> Self {
        let top_level: IdSet<ArtifactId> = match targets {
            Targets::All => {
                let all: Vec<ActionId> = graph.action_ids().collect();
                top_level_outputs(graph, &all).into_iter().collect()
            }
            Targets::Artifacts(artifacts) => artifacts.iter().copied().collect(),
        };
        let top_level_actions: IdSet<ActionId> =
            top_level.iter().filter_map(|artifact| graph.producer(artifact)).collect();
        let needed = match targets {
            Targets::All => graph.action_ids().collect(),
            Targets::Artifacts(_) => closure(graph, &top_level_actions),
        };
        let actions = graph.topological().iter().copied().filter(|&a| needed.contains(a)).collect();
        Self { actions, top_level, top_level_actions }
    }
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
