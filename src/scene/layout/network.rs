//! The graph as the layout sees it: vertices, edges and which neighbours each has.

use crate::model::{ActionId, ArtifactId, ArtifactKind, Graph, Id};

use super::super::mark::Mark;
use super::ShownArtifacts;

/// Most actions, and most artifacts that they read or write, of a graph whose artifacts are shown
/// unless a person says otherwise: about what is readable on one screen.
const SMALL_ACTIONS_MAX: usize = 60;
const SMALL_ARTIFACTS_MAX: usize = 160;

const NONE: u32 = u32::MAX;

/// Vertices `0..n_actions` are the actions by id; the shown artifacts follow, ascending.
pub(super) struct Network {
    pub n_actions: usize,
    pub artifacts: Vec<ArtifactId>,
    /// Of the artifacts, whether no action writes it.
    is_source: Vec<bool>,
    /// From producers to consumers, each once.
    pub edges: Vec<(u32, u32)>,
    /// All vertices, the start of each edge before its end.
    pub topological: Vec<u32>,
}

impl Network {
    pub fn new(graph: &Graph, shown: ShownArtifacts) -> Self {
        let artifacts = shown_artifacts(graph, shown);
        let mut network = Self {
            n_actions: graph.n_actions(),
            is_source: artifacts.iter().map(|&a| graph.producer(a).is_none()).collect(),
            artifacts,
            edges: Vec::new(),
            topological: Vec::new(),
        };
        if network.artifacts.is_empty() {
            network.connect_actions(graph);
        } else {
            network.connect_artifacts(graph);
        }
        network
    }

    pub fn n_vertices(&self) -> usize {
        self.n_actions + self.artifacts.len()
    }

    /// Whether `vertex` is an artifact that no action writes.
    pub fn is_source(&self, vertex: u32) -> bool {
        (vertex as usize).checked_sub(self.n_actions).is_some_and(|i| self.is_source[i])
    }

    pub fn mark(&self, vertex: u32) -> Mark {
        let vertex = vertex as usize;
        match vertex.checked_sub(self.n_actions) {
            None => Mark::Action(ActionId::at(vertex)),
            Some(i) => Mark::Artifact(self.artifacts[i]),
        }
    }

    fn connect_actions(&mut self, graph: &Graph) {
        let mut seen = vec![NONE; self.n_actions];
        for consumer in graph.action_ids() {
            for producer in graph.inputs(consumer).iter().filter_map(|&i| graph.producer(i)) {
                if std::mem::replace(&mut seen[producer.index()], consumer.0) != consumer.0 {
                    self.edges.push((producer.0, consumer.0));
                }
            }
        }
        self.topological = graph.topological().iter().map(|a| a.0).collect();
    }

    fn connect_artifacts(&mut self, graph: &Graph) {
        let mut vertex_of = vec![NONE; graph.n_artifacts()];
        for (i, artifact) in self.artifacts.iter().enumerate() {
            vertex_of[artifact.index()] = (self.n_actions + i) as u32;
        }
        let mut placed = vec![false; graph.n_artifacts()];
        for &action in graph.topological() {
            for (reads, artifacts) in [(true, graph.inputs(action)), (false, graph.outputs(action))]
            {
                for &artifact in artifacts {
                    let vertex = vertex_of[artifact.index()];
                    if vertex == NONE {
                        continue;
                    }
                    let first = !std::mem::replace(&mut placed[artifact.index()], true);
                    if first {
                        self.topological.push(vertex);
                    }
                    let is_tree_file = graph.artifact_kind(artifact) == ArtifactKind::TreeFile;
                    if let (true, true, true, Some(producer)) =
                        (reads, first, is_tree_file, graph.producer(artifact))
                    {
                        self.edges.push((producer.0, vertex));
                    }
                    self.edges.push(if reads { (vertex, action.0) } else { (action.0, vertex) });
                }
                if reads {
                    self.topological.push(action.0);
                }
            }
        }
    }
}

/// The artifacts with circles, ascending.
fn shown_artifacts(graph: &Graph, shown: ShownArtifacts) -> Vec<ArtifactId> {
    let wanted = |artifact: ArtifactId| match shown {
        ShownArtifacts::None => false,
        ShownArtifacts::Derived => graph.producer(artifact).is_some(),
        ShownArtifacts::Auto | ShownArtifacts::All => {
            graph.producer(artifact).is_some() || !graph.consumers(artifact).is_empty()
        }
    };
    // Files of trees nobody reads by name are not part of the picture: their tree is.
    let drawn = |&artifact: &ArtifactId| {
        wanted(artifact)
            && (graph.artifact_kind(artifact) != ArtifactKind::TreeFile
                || !graph.consumers(artifact).is_empty())
    };
    if shown == ShownArtifacts::Auto && graph.n_actions() > SMALL_ACTIONS_MAX {
        return Vec::new();
    }
    let artifacts: Vec<ArtifactId> = graph.artifact_ids().filter(drawn).collect();
    if shown == ShownArtifacts::Auto && artifacts.len() > SMALL_ARTIFACTS_MAX {
        return Vec::new();
    }
    artifacts
}

/// Neighbours of each vertex, as compressed sparse rows.
pub(super) struct Rows {
    starts: Vec<u32>,
    all: Vec<u32>,
}

impl Rows {
    /// For each vertex the other ends of those `edges` that leave it.
    pub fn new(n: usize, edges: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut starts = vec![0u32; n + 1];
        for (from, _) in edges.clone() {
            starts[from as usize + 1] += 1;
        }
        for i in 0..n {
            starts[i + 1] += starts[i];
        }
        let mut next = starts.clone();
        let mut all = vec![0; starts[n] as usize];
        for (from, to) in edges {
            let slot = &mut next[from as usize];
            all[*slot as usize] = to;
            *slot += 1;
        }
        Self { starts, all }
    }

    pub fn of(&self, vertex: u32) -> &[u32] {
        let i = vertex as usize;
        &self.all[self.starts[i] as usize..self.starts[i + 1] as usize]
    }
}
