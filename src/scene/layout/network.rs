//! The graph as the layout sees it: vertices, edges and which neighbours each has.

use std::collections::BTreeSet;

use crate::model::{ArtifactId, ArtifactKind, Graph, Id};

use super::super::focus::Focus;
use super::super::mark::Mark;
use super::ShownArtifacts;
use super::placed::{Marks, NONE};

/// Most actions, and most artifacts that they read or write, of a graph whose artifacts are shown
/// unless a person says otherwise: about what is readable on one screen.
const SMALL_ACTIONS_MAX: usize = 60;
const SMALL_ARTIFACTS_MAX: usize = 160;

/// What is to be layered: edges between vertices that are numbers.
#[derive(Default)]
pub(super) struct Network {
    /// How many vertices there are.
    pub n: usize,
    /// Vertices whose edges hardly pull: artifacts that no action writes. Empty for none.
    pub is_source: Vec<bool>,
    /// Each once, the start of each before its end in `topological`.
    pub edges: Vec<(u32, u32)>,
    /// How many edges each stands for; empty where it is 1.
    pub weights: Vec<u32>,
    /// All vertices.
    pub topological: Vec<u32>,
}

impl Network {
    /// Whether `vertex` is an artifact that no action writes.
    pub fn is_source(&self, vertex: u32) -> bool {
        self.is_source.get(vertex as usize).is_some_and(|&is| is)
    }

    /// How many edges edge `i` stands for.
    pub fn weight(&self, i: usize) -> u32 {
        self.weights.get(i).copied().unwrap_or(1)
    }
}

/// The marks of some or all actions of `graph`, of the artifacts beside them, and the network of
/// both, vertices by index of the mark.
pub(super) fn network(
    graph: &Graph,
    focus: Option<&Focus>,
    shown: ShownArtifacts,
) -> (Marks, Network) {
    let marks = Marks {
        n_actions: graph.n_actions() as u32,
        actions: focus.map(|f| f.actions().to_vec()),
        artifacts: shown_artifacts(graph, focus, shown),
        groups: Vec::new(),
        stands_for: Vec::new(),
    };
    let is_source = |&a: &ArtifactId| graph.producer(a).is_none();
    let n_actions = marks.n_shown_actions();
    let mut network = Network { n: marks.len(), ..Network::default() };
    if marks.artifacts.is_empty() {
        network.connect_actions(graph, &marks);
    } else {
        network.is_source = vec![false; n_actions];
        network.is_source.extend(marks.artifacts.iter().map(is_source));
        network.connect_artifacts(graph, &marks);
    }
    for &(from, to) in focus.map_or(&[][..], Focus::links) {
        if let (Some(from), Some(to)) =
            (marks.index(Mark::Action(from)), marks.index(Mark::Action(to)))
        {
            network.edges.push((from as u32, to as u32));
        }
    }
    (marks, network)
}

impl Network {
    fn connect_actions(&mut self, graph: &Graph, marks: &Marks) {
        let mut seen = vec![NONE; self.n];
        for to in 0..self.n as u32 {
            let Mark::Action(consumer) = marks.at(to as usize) else { continue };
            for producer in graph.inputs(consumer).iter().filter_map(|&i| graph.producer(i)) {
                let Some(from) = marks.index(Mark::Action(producer)) else { continue };
                if std::mem::replace(&mut seen[from], to) != to {
                    self.edges.push((from as u32, to));
                }
            }
        }
        let shown = graph.topological().iter().filter_map(|&a| marks.index(Mark::Action(a)));
        self.topological = shown.map(|i| i as u32).collect();
    }

    fn connect_artifacts(&mut self, graph: &Graph, marks: &Marks) {
        let mut vertex_of = vec![NONE; graph.n_artifacts()];
        for (i, artifact) in marks.artifacts.iter().enumerate() {
            vertex_of[artifact.index()] = (marks.n_shown_actions() + i) as u32;
        }
        let mut placed = vec![false; graph.n_artifacts()];
        // On artifacts without circles.
        let mut direct: Vec<(u32, u32)> = Vec::new();
        for &action in graph.topological() {
            let Some(own) = marks.index(Mark::Action(action)) else { continue };
            let own = own as u32;
            for (reads, artifacts) in [(true, graph.inputs(action)), (false, graph.outputs(action))]
            {
                for &artifact in artifacts {
                    let vertex = vertex_of[artifact.index()];
                    if vertex == NONE {
                        let producer = graph.producer(artifact).filter(|_| reads);
                        let producer = producer.and_then(|p| marks.index(Mark::Action(p)));
                        direct.extend(producer.map(|from| (from as u32, own)));
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
                        let producer = marks.index(Mark::Action(producer));
                        self.edges.extend(producer.map(|from| (from as u32, vertex)));
                    }
                    self.edges.push(if reads { (vertex, own) } else { (own, vertex) });
                }
                if reads {
                    self.topological.push(own);
                }
            }
        }
        direct.sort_unstable();
        direct.dedup();
        self.edges.extend(direct);
    }
}

/// The artifacts with circles, ascending: of those that an action that shows reads or writes.
fn shown_artifacts(graph: &Graph, focus: Option<&Focus>, shown: ShownArtifacts) -> Vec<ArtifactId> {
    // What a focus is about shows unless nothing is to show.
    let own = || focus.map_or(&[][..], Focus::artifacts).to_vec();
    if shown == ShownArtifacts::None {
        return Vec::new();
    }
    if shown == ShownArtifacts::Auto && graph.n_actions() > SMALL_ACTIONS_MAX {
        return own();
    }
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
    let artifacts: Vec<ArtifactId> = match focus {
        None => graph.artifact_ids().filter(drawn).collect(),
        Some(focus) => {
            let used = focus.actions().iter().flat_map(|&action| {
                graph.inputs(action).iter().chain(graph.outputs(action)).copied()
            });
            used.filter(drawn).collect::<BTreeSet<_>>().into_iter().collect()
        }
    };
    if shown == ShownArtifacts::Auto && artifacts.len() > SMALL_ARTIFACTS_MAX {
        return own();
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

    /// How many there are in all rows.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn of(&self, vertex: u32) -> &[u32] {
        let i = vertex as usize;
        &self.all[self.starts[i] as usize..self.starts[i + 1] as usize]
    }
}
