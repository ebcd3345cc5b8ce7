//! The inputs of an action that is to execute: fetched to this machine, or asked for on behalf of a
//! worker (B3, R4; P7 to P9).

use std::collections::HashSet;

use crate::model::{ActionId, ArtifactId, ArtifactKind, BlobId, Graph, Id, Tier};

use crate::rewind::engine::Executor;

use super::asking::Answer;
use super::attempt::Attempt;
use super::contents::{files_of, origin};
use super::loss::Lost;

const MS_PER_HOUR: u64 = 3_600_000;

/// What became of the inputs of an action that is to execute.
#[derive(Default)]
pub struct Inputs {
    /// Gone, and said to be.
    pub lost: Vec<Lost>,
    /// Gone, but that is not said: a worker will find out (P9).
    pub unsaid: Vec<Lost>,
    /// One could not be read, and the error does not say that it is gone (B6).
    pub failed: bool,
}

impl Inputs {
    /// `file` is also read as part of `owner`: if it is lost, that is rewound as well.
    fn read_again(&mut self, owner: ArtifactId, file: ArtifactId) {
        for all in [&mut self.lost, &mut self.unsaid] {
            if let Some(&lost) = all.iter().find(|lost| lost.file == file) {
                all.push(Lost { owner, again: true, ..lost });
            }
        }
    }
}

/// Which files of an action were brought: one that is read directly and in a tree comes once.
struct Seen(Option<HashSet<ArtifactId>>);

impl Seen {
    fn of(graph: &Graph, action: ActionId) -> Self {
        let is_tree = |&input: &ArtifactId| graph.artifact_kind(input) == ArtifactKind::Tree;
        let repeats = graph.inputs(action).iter().any(is_tree);
        Self(repeats.then(HashSet::new))
    }

    fn again(&mut self, file: ArtifactId) -> bool {
        self.0.as_mut().is_some_and(|seen| !seen.insert(file))
    }
}

impl Attempt<'_, '_> {
    /// Brings the derived inputs to where `action` executes (R4, P7, P8).
    pub fn bring_inputs(&mut self, action: ActionId) -> Inputs {
        let graph = self.planner.graph;
        let executor = self.planner.scenario.executor(action);
        let gathers = self.planner.engine.gathers_losses;
        let mut inputs = Inputs::default();
        let mut seen = Seen::of(graph, action);
        for input in graph.inputs(action) {
            for &file in files_of(graph, input) {
                if seen.again(file) {
                    inputs.read_again(*input, file);
                    continue;
                }
                let source = origin(graph, file);
                if graph.producer(source).is_none()
                    || (executor == Executor::Local && self.is_local(source))
                {
                    continue;
                }
                let blob = self.planner.world.contents.blob(graph, source);
                let Some(blob) = blob else { continue };
                let lost = Lost { owner: *input, file, blob, again: false };
                match executor {
                    Executor::Local => match self.fetch_input(action, source, blob) {
                        Answer::Found => {}
                        Answer::Gone => inputs.lost.push(lost),
                        Answer::Failed => inputs.failed = true,
                    },
                    Executor::Remote if self.is_size_0(blob) => {}
                    Executor::Remote => self.check_input(action, source, lost, &mut inputs),
                }
                if !gathers && !inputs.lost.is_empty() {
                    return inputs;
                }
            }
        }
        inputs
    }

    /// Fetches one remote input to this machine; the empty file is just created.
    fn fetch_input(&mut self, action: ActionId, input: ArtifactId, blob: BlobId) -> Answer {
        if !self.is_size_0(blob) {
            let answer = self.planner.read(Some(action), blob);
            if answer != Answer::Found {
                return answer;
            }
        }
        self.materialize(input, Some(action));
        self.stays_remote.remove(input);
        if !self.planner.engine.keeps_fetched_inputs {
            self.temporary.insert(input);
        }
        Answer::Found
    }

    /// Asks for the input `lost`, which is what `source` contains, and notes among `inputs` what a
    /// worker will miss.
    fn check_input(
        &mut self,
        action: ActionId,
        source: ArtifactId,
        lost: Lost,
        inputs: &mut Inputs,
    ) {
        let is_astray = !self.planner.engine.rewinds_shared_trees && self.is_astray(lost.owner);
        if self.find_input(action, source, lost.blob) {
            if self.planner.world.store.pretends(lost.blob) {
                inputs.unsaid.push(lost);
            }
        } else if self.is_recent(source) {
            // The answer is taken to be wrong, and the worker will say so if it is not (P39).
            inputs.unsaid.push(lost);
        } else {
            inputs.lost.push(lost);
            inputs.failed |= is_astray;
        }
    }

    /// Whether `input` is a tree that another tree of equal content was looked at before: what is
    /// lost in it is then reported under the paths of that one (P40).
    fn is_astray(&mut self, input: ArtifactId) -> bool {
        let graph = self.planner.graph;
        let tree = origin(graph, input);
        if graph.artifact_kind(tree) != ArtifactKind::Tree {
            return false;
        }
        let content = self.planner.world.contents.blob(graph, tree);
        content.is_some_and(|blob| *self.subtrees.entry(blob).or_insert(tree) != tree)
    }

    /// Whether what an action wrote is so young that the cache is not believed to lack it (P39).
    fn is_recent(&self, output: ArtifactId) -> bool {
        let planner = &*self.planner;
        let trusted_ms = u64::from(planner.engine.trusts_digests_hours) * MS_PER_HOUR;
        let producer = planner.graph.producer(output);
        let made_at = producer.and_then(|p| planner.world.made_at.get(p.index()));
        made_at.is_some_and(|made_at| planner.now - made_at < trusted_ms)
    }

    /// Asks whether a worker will find one input; what is on disk is uploaded. False if it is lost.
    fn find_input(&mut self, action: ActionId, input: ArtifactId, blob: BlobId) -> bool {
        let is_local = self.planner.world.disk.contains(input);
        if self.planner.find(Some(action), blob) == Answer::Found {
            return true;
        }
        if is_local && self.planner.uploaded_to(Tier::Remote).insert(blob) {
            self.planner.put_blob(Some(action), blob);
        }
        is_local
    }
}
