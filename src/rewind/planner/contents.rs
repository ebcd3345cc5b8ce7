//! What every artifact contains: as the exports say, as an edit or an AC entry has it, or fresh.

use std::collections::HashMap;

use crate::model::{
    ActionDigests, ActionId, ArtifactId, ArtifactKind, BlobId, Cache, Graph, Id, IdSet, Revision,
};

/// Artifacts with what they contain.
type Named = Vec<(ArtifactId, BlobId)>;

/// What artifacts contain and AC entries name, where that is not what the graph says.
#[derive(Default)]
pub struct Contents {
    /// Digests that edits changed.
    edited_actions: HashMap<ActionId, ActionDigests>,
    edited_artifacts: HashMap<ArtifactId, BlobId>,
    /// Contents that differ from what the graph says after the edits.
    current: HashMap<ArtifactId, BlobId>,
    /// AC entries written since the cache was loaded: their decoded bodies count no more.
    rewritten: IdSet<BlobId>,
    /// What such an entry names, where that is not what the graph says.
    written: HashMap<BlobId, Named>,
    /// What was made up so far, so that the same inputs yield the same (P21).
    keys: HashMap<(ActionId, Vec<BlobId>), BlobId>,
    yields: HashMap<(ActionId, Vec<BlobId>), Named>,
    n_fresh: usize,
}

impl Contents {
    /// A new content or key that nothing else has.
    fn fresh(&mut self, graph: &Graph) -> BlobId {
        self.n_fresh += 1;
        BlobId::at(graph.blobs().len() + self.n_fresh - 1)
    }

    /// The digests of `action` as the sources are now. A key made up for changed inputs is looked
    /// up, not made: see [`look_at`](Self::look_at).
    pub fn digests(&self, graph: &Graph, action: ActionId) -> ActionDigests {
        let digests = match self.edited_actions.is_empty() {
            true => graph.digests(action),
            false => {
                let edited = self.edited_actions.get(&action).copied();
                edited.unwrap_or_else(|| graph.digests(action))
            }
        };
        if self.n_fresh == 0 || digests.key.is_none() {
            return digests;
        }
        let made_up = self.fresh_inputs(graph, action).and_then(|inputs| {
            let found = self.keys.get(&(action, inputs));
            found.copied()
        });
        ActionDigests { key: made_up.or(digests.key), ..digests }
    }

    /// Standard output and error of `action` as the sources are now.
    pub fn std_outputs(&self, graph: &Graph, action: ActionId) -> [Option<BlobId>; 2] {
        let edited = match self.edited_actions.is_empty() {
            true => None,
            false => self.edited_actions.get(&action),
        };
        edited.map_or_else(|| graph.std_outputs(action), |digests| [digests.stdout, digests.stderr])
    }

    /// The AC key of `action` as the sources are now.
    pub fn key(&self, graph: &Graph, action: ActionId) -> Option<BlobId> {
        match self.n_fresh == 0 && self.edited_actions.is_empty() {
            true => graph.key(action),
            false => self.digests(graph, action).key,
        }
    }

    /// `action` is about to be looked up: if its inputs changed, it gets a key of its own.
    pub fn look_at(&mut self, graph: &Graph, action: ActionId) {
        if self.n_fresh == 0 || graph.digests(action).key.is_none() {
            return;
        }
        if let Some(inputs) = self.fresh_inputs(graph, action)
            && !self.keys.contains_key(&(action, inputs.clone()))
        {
            let key = self.fresh(graph);
            self.keys.insert((action, inputs), key);
        }
    }

    /// What executing the producer of `artifact` yields as long as no input is fresh, or the
    /// content of a source.
    pub fn recorded(&self, graph: &Graph, artifact: ArtifactId) -> Option<BlobId> {
        if self.edited_artifacts.is_empty() {
            return graph.blob(artifact);
        }
        self.edited_artifacts.get(&artifact).copied().or_else(|| graph.blob(artifact))
    }

    /// The content that `artifact` is believed to have.
    pub fn blob(&self, graph: &Graph, artifact: ArtifactId) -> Option<BlobId> {
        if self.current.is_empty() {
            return self.recorded(graph, artifact);
        }
        self.current.get(&artifact).copied().or_else(|| self.recorded(graph, artifact))
    }

    /// New contents by revision. Returns the artifacts without a producer that changed.
    pub fn edit(&mut self, graph: &Graph, revision: &Revision) -> Vec<(ArtifactId, BlobId)> {
        self.edited_actions.extend(revision.actions.iter().copied());
        let mut sources = Vec::new();
        for &(artifact, blob) in &revision.artifacts {
            let before = self.edited_artifacts.insert(artifact, blob).or(graph.blob(artifact));
            if before != Some(blob) && graph.producer(artifact).is_none() {
                sources.push((artifact, blob));
            }
            self.current.remove(&artifact);
        }
        sources
    }

    /// Gives `source` fresh content, which is returned (P23).
    pub fn edit_source(&mut self, graph: &Graph, source: ArtifactId) -> BlobId {
        let blob = self.fresh(graph);
        self.current.insert(source, blob);
        blob
    }

    /// `action` executes: what it yields is what its outputs contain from now on. Returns the
    /// outputs, files of trees among them, whose content was another before (P21, P24).
    pub fn execute(
        &mut self,
        graph: &Graph,
        action: ActionId,
        is_nondeterministic: bool,
    ) -> Vec<ArtifactId> {
        let inputs = match self.n_fresh {
            0 => None,
            _ => self.fresh_inputs(graph, action),
        };
        let yields = match (is_nondeterministic, inputs) {
            (true, _) => self.make_up(graph, action),
            (false, None) => Vec::new(),
            (false, Some(inputs)) => match self.yields.get(&(action, inputs.clone())) {
                Some(known) => known.clone(),
                None => {
                    let made = self.make_up(graph, action);
                    self.yields.insert((action, inputs), made.clone());
                    made
                }
            },
        };
        self.take(graph, action, &yields)
    }

    /// The AC entry `key` was served for `action`: from now on its outputs have the contents that
    /// the entry names (P22). Returns those whose content was another before.
    pub fn believe(
        &mut self,
        graph: &Graph,
        cache: &Cache,
        action: ActionId,
        key: BlobId,
    ) -> Vec<ArtifactId> {
        if self.current.is_empty() && self.written.is_empty() && cache.entries.is_empty() {
            return Vec::new();
        }
        if let Some(written) = self.written.get(&key).cloned() {
            return self.take(graph, action, &written);
        }
        let mut named = Vec::new();
        if let Some(entry) = cache.entry(key).filter(|_| !self.rewritten.contains(key)) {
            for &output in graph.outputs(action) {
                let path = graph.path_id(output);
                let found = entry.outputs.iter().find(|o| o.path == path);
                named.extend(found.map(|o| (output, o.blob)));
            }
        }
        self.take(graph, action, &named)
    }

    /// The AC entry `key` is written for `action`, and names what its outputs contain now.
    pub fn write(&mut self, graph: &Graph, action: ActionId, key: BlobId) {
        self.rewritten.insert(key);
        if self.current.is_empty() && self.written.is_empty() {
            return;
        }
        let named: Vec<_> = outputs_and_files(graph, action)
            .filter_map(|a| Some((a, *self.current.get(&a)?)))
            .collect();
        if named.is_empty() {
            self.written.remove(&key);
        } else {
            self.written.insert(key, named);
        }
    }

    /// Whether the entry `key` was written since the cache was loaded.
    pub fn is_rewritten(&self, key: BlobId) -> bool {
        self.rewritten.contains(key)
    }

    /// Every blob that the entry `key` of `action` refers to: each output, then the files in it,
    /// then standard output and error; of a decoded entry in its own order (W2, P27).
    pub fn closure(
        &self,
        graph: &Graph,
        cache: &Cache,
        action: ActionId,
        key: BlobId,
    ) -> Vec<BlobId> {
        if let Some(entry) = cache.entry(key).filter(|_| !self.rewritten.contains(key)) {
            return entry.closure().collect();
        }
        let written = self.written.get(&key);
        let named = |a: ArtifactId| {
            let fresh = written.and_then(|w| w.iter().find(|n| n.0 == a));
            fresh.map(|n| n.1).or_else(|| self.recorded(graph, a))
        };
        let digests = self.digests(graph, action);
        let outputs = graph.outputs(action).iter();
        let artifacts =
            outputs.flat_map(|&o| std::iter::once(o).chain(graph.tree_files(o).iter().copied()));
        artifacts.filter_map(named).chain(digests.stdout).chain(digests.stderr).collect()
    }

    /// The contents of all inputs of `action`, if one of them is fresh.
    fn fresh_inputs(&self, graph: &Graph, action: ActionId) -> Option<Vec<BlobId>> {
        let mut contents = Vec::new();
        for &input in graph.inputs(action) {
            for &file in graph.tree_files(input) {
                contents.extend(self.blob(graph, origin(graph, file)));
            }
            contents.extend(self.blob(graph, origin(graph, input)));
        }
        contents.iter().any(|&blob| graph.blobs().is_fresh(blob)).then_some(contents)
    }

    /// Fresh content for every output of `action`, a tree's files before the tree (P21).
    fn make_up(&mut self, graph: &Graph, action: ActionId) -> Vec<(ArtifactId, BlobId)> {
        let artifacts: Vec<_> = outputs_and_files(graph, action).collect();
        artifacts.into_iter().map(|a| (a, self.fresh(graph))).collect()
    }

    /// The outputs of `action` contain `named`, and what is recorded where nothing is named.
    /// Returns those whose content was another before.
    fn take(
        &mut self,
        graph: &Graph,
        action: ActionId,
        named: &[(ArtifactId, BlobId)],
    ) -> Vec<ArtifactId> {
        if self.current.is_empty() && named.is_empty() {
            return Vec::new();
        }
        let mut changed = Vec::new();
        for artifact in outputs_and_files(graph, action) {
            let before = self.blob(graph, artifact);
            self.current.remove(&artifact);
            let recorded = self.recorded(graph, artifact);
            let named = named.iter().find(|n| n.0 == artifact).map(|n| n.1);
            let now = named.filter(|&blob| recorded != Some(blob));
            if let Some(blob) = now {
                self.current.insert(artifact, blob);
            }
            if now.or(recorded) != before {
                changed.push(artifact);
            }
        }
        changed
    }
}

/// What `action` writes: of each tree its files, then the tree.
fn outputs_and_files(graph: &Graph, action: ActionId) -> impl Iterator<Item = ArtifactId> + '_ {
    let outputs = graph.outputs(action).iter();
    outputs.flat_map(|&output| graph.tree_files(output).iter().copied().chain([output]))
}

/// The artifact whose content `artifact` is: itself, or what a symlink or a redirect leads to.
pub fn origin(graph: &Graph, artifact: ArtifactId) -> ArtifactId {
    let mut origin = artifact;
    // A symlink to a symlink is rare; a chain as long as the graph cannot be, it has no cycle.
    while let Some(target) = graph.link_target(origin) {
        origin = target;
    }
    origin
}

/// Who reads `artifact` or, if it is a tree, a file in it; files that expansion actions write are
/// theirs and not the tree's.
pub fn readers(graph: &Graph, artifact: ArtifactId) -> impl Iterator<Item = ActionId> + '_ {
    let files = graph.tree_files(artifact).iter();
    let own = files.filter(move |&&file| graph.producer(file) == graph.producer(artifact));
    let of_files = own.flat_map(|&file| graph.consumers(file));
    graph.consumers(artifact).iter().chain(of_files).copied()
}

/// The files behind `artifact`: those inside a tree, else itself. A tree whose files no export
/// tells of counts as holding none.
pub fn files_of<'a>(graph: &'a Graph, artifact: &'a ArtifactId) -> &'a [ArtifactId] {
    match graph.artifact_kind(*artifact) {
        ArtifactKind::Tree => graph.tree_files(*artifact),
        _ => std::slice::from_ref(artifact),
    }
}
