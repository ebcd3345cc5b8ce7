//! Which outputs a target is built for.

use crate::model::{ActionId, ActionKind, ArtifactId, Graph};

/// Whether `output` is among what building the target of `action` is for: no command of the same
/// target reads it, and it is not the tool's own business (`.d`). Symlinks and lists that the tool
/// makes of it do not count: a library is built for itself, whoever links to it (`filesToBuild` of
/// `cc_library` is the `.a` and the `.so`, as recorded in build event streams of 4.2.3 and 7.7.1).
fn is_top_level(graph: &Graph, action: ActionId, output: ArtifactId) -> bool {
    let label = graph.label_id(action);
    let is_own = |&consumer: &ActionId| {
        graph.label_id(consumer) == label && graph.action_kind(consumer) == ActionKind::Spawn
    };
    !graph.consumers(output).iter().any(is_own) && !graph.is_in_memory(output)
}

/// The top-level outputs of `actions`, in their order. What the build tool writes itself counts
/// only where there is nothing else.
pub fn top_level_outputs(graph: &Graph, actions: &[ActionId]) -> Vec<ArtifactId> {
    let of = |wanted: fn(ActionKind) -> bool| -> Vec<ArtifactId> {
        let wanted = actions.iter().copied().filter(|&a| wanted(graph.action_kind(a)));
        let tops = |action: ActionId| {
            let outputs = graph.outputs(action).iter().copied();
            outputs.filter(move |&output| is_top_level(graph, action, output))
        };
        wanted.flat_map(tops).collect()
    };
    let commands = of(|kind| kind == ActionKind::Spawn);
    if commands.is_empty() { of(|_| true) } else { commands }
}
