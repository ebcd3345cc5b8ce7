//! What a build needs: the actions behind its targets, and which outputs are top-level.

use crate::model::{ActionId, ActionKind, ArtifactId, Graph, IdSet};

use crate::rewind::scenario::Targets;

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
            Targets::All => all_top_level(graph),
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

/// Outputs of spawns that no action of the same target reads: what `//...` would list as built.
fn all_top_level(graph: &Graph) -> IdSet<ArtifactId> {
    let mut top_level = IdSet::with_capacity(graph.n_artifacts());
    for action in graph.action_ids() {
        if graph.action_kind(action) == ActionKind::Internal {
            continue;
        }
        let label = graph.label_id(action);
        for &output in graph.outputs(action) {
            let own = |&consumer: &ActionId| graph.label_id(consumer) == label;
            // In-memory outputs (`.d`) are the tool's own business, never a target's.
            if !graph.consumers(output).iter().any(own) && !graph.is_in_memory(output) {
                top_level.insert(output);
            }
        }
    }
    top_level
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
