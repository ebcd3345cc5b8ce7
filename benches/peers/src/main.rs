//! The layout as a module of a page, and the graphs that it and its peers lay out there.

#[cfg(target_arch = "wasm32")]
#[path = "../../build_graph/mod.rs"]
mod build_graph;

fn main() {}

#[cfg(target_arch = "wasm32")]
mod page {
    use std::ops::ControlFlow;

    use rewindow::model::{ActionKind, ActionSpec, ArtifactKind, Graph, GraphBuilder};
    use rewindow::scene::{Layout, LayoutOptions, Mark, ShownArtifacts};
    use wasm_bindgen::prelude::wasm_bindgen;

    use crate::build_graph::BuildGraph;

    /// The edges of a build-like graph of `n` actions: producer, consumer, and so on.
    #[wasm_bindgen]
    pub fn edges(n: u32) -> Vec<u32> {
        BuildGraph::new(n as usize, 1).edges().flat_map(|(from, to)| [from, to]).collect()
    }

    /// A graph to lay out.
    #[wasm_bindgen]
    pub struct Ours {
        graph: Graph,
    }

    #[wasm_bindgen]
    impl Ours {
        /// The graph of `n` actions with those edges.
        #[wasm_bindgen(constructor)]
        pub fn new(n: u32, edges: &[u32]) -> Self {
            let mut builder = GraphBuilder::default();
            let mut inputs = vec![Vec::new(); n as usize];
            let name = |i: u32| format!("out/{i}");
            let outputs: Vec<_> =
                (0..n).map(|i| builder.artifact(&name(i), ArtifactKind::Derived)).collect();
            for pair in edges.chunks_exact(2) {
                inputs[pair[1] as usize].push(outputs[pair[0] as usize]);
            }
            for (inputs, output) in inputs.into_iter().zip(outputs) {
                builder.action(ActionSpec {
                    label: String::new(),
                    mnemonic: "Action".to_owned(),
                    kind: ActionKind::Spawn,
                    inputs,
                    outputs: vec![output],
                    digests: Default::default(),
                    duration_ms: None,
                });
            }
            Self { graph: builder.finish().0 }
        }

        /// Middles of all actions, x before y; in detail up to `detail_max` actions.
        pub fn lay_out(&self, detail_max: u32) -> Vec<f32> {
            let options = LayoutOptions {
                artifacts: ShownArtifacts::None,
                detail_max: detail_max as usize,
                ..LayoutOptions::default()
            };
            let never = &mut |_| ControlFlow::Continue(());
            let layout = Layout::layered(&self.graph, &options, never);
            let middle = |action| layout.as_ref().and_then(|l| l.centre(Mark::Action(action)));
            let middles = self.graph.action_ids().filter_map(middle);
            middles.flat_map(|at| [at.x, at.y]).collect()
        }
    }
}
