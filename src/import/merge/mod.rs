//! Joins what several files tell into one graph and one cache: actions by the paths of their
//! outputs, artifacts by path, contents and AC entries by digest.
//!
//! The order matters: execution logs say best what an action reads; action graphs add actions that
//! spawn nothing; AC entries fill in contents that neither knows; a listing decides between the
//! ways in which AC keys can be rebuilt.

mod cache;
mod calls;
mod durations;
mod inputs;
mod keys;
mod logs;
mod losses;
mod named;
mod observed;
mod observed_names;
mod order;
mod producers;
mod queries;
mod reports;
mod requests;
mod results;
mod sources;
mod told;

pub(super) use inputs::is_workspace_status;
pub(super) use queries::spawns_nothing;

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use super::card::{Place, Warning};
use super::facts::Facts;
use super::functions;
use super::log_facts::{ExecLogFacts, LoggedSymlink, Rebuilt};
use super::notes::Notes;
use crate::model::{
    ActionId, ActionKind, ActionSpec, ArtifactId, ArtifactKind, BlobId, Cache, Conflict,
    DraftAction, FileId, Graph, GraphBuilder, GraphDefect, Id, IdSet, Observed, Provenance, TextId,
};

use producers::Producers;
use sources::Sources;
use told::Told;

/// What the files together are.
pub(super) struct Merged {
    pub graph: Graph,
    pub cache: Cache,
    pub has_cache: bool,
    pub observed: Option<Observed>,
    pub provenance: Provenance,
    pub conflicts: Vec<Conflict>,
    pub warnings: Vec<Warning>,
}

/// Merges the facts of `files`, each with the name of its file, unless `hear` breaks it off; `ids`
/// are their places among all files.
pub(super) fn merge(
    mut files: Vec<(String, Facts)>,
    ids: &[FileId],
    hear: &mut dyn FnMut() -> ControlFlow<()>,
) -> Option<Merged> {
    functions::agree(files.iter_mut().map(|(_, facts)| facts));
    // The largest of facts are taken over rather than copied.
    let logs = files.iter_mut().filter_map(|(_, facts)| match facts {
        Facts::ExecLog(log) => Some(std::mem::take(&mut **log)),
        _ => None,
    });
    let mut logs: Vec<ExecLogFacts> = logs.collect();
    let files: Vec<(&str, &Facts)> = files.iter().map(|(name, f)| (name.as_str(), f)).collect();
    let known = requests::listing(&files);
    let sources = Sources::of(&files, ids, known.as_ref());
    let mut merger = Merger::new(&sources);
    merger.add_logs(&mut logs, &sources, hear)?;
    drop(logs);
    merger.add_queries(&sources);
    merger.add_logged_symlinks(&sources);
    hear().continue_value()?;
    let named = merger.add_named(&sources);
    merger.choose_keys(&sources);
    merger.add_results(&sources);
    merger.link_named(&named, &sources);
    merger.add_reports(&sources);
    merger.add_owners(&sources);
    merger.add_profiles(&sources);
    hear().continue_value()?;
    merger.resolve_inputs();
    hear().continue_value()?;
    merger.trace_symlinks();
    merger.mark_in_memory();
    merger.add_lost_contents(&sources);
    let mut cache = merger.cache(&sources);
    merger.add_requests(&mut cache, &sources);
    merger.note_lost(&sources, &cache);
    merger.compare_losses(&cache, &sources);
    merger.intern_observed(&sources);
    hear().continue_value()?;
    merger.sort_actions(&sources);
    merger.finish(cache, &sources, hear)
}

/// What is known of an action beside its spec.
#[derive(Clone, Copy, Default)]
struct Side {
    /// The log and the spawn in it that it comes from.
    spawn: Option<(u32, u32)>,
    /// Whether that spawn ended well.
    succeeded: bool,
    /// Whether its result may be in a remote cache.
    cacheable: bool,
}

struct Merger {
    builder: GraphBuilder,
    notes: Notes,
    sides: Vec<Side>,
    by_output: Producers,
    /// Files of directories, in the order met.
    trees: HashMap<ArtifactId, Vec<ArtifactId>>,
    /// AC names that are not the action's digest, to the digest of the action.
    mangled: HashMap<BlobId, BlobId>,
    told: Told,
    /// Per log, what was rebuilt of its spawns, by their index.
    rebuilt: Vec<Vec<(u32, Rebuilt)>>,
    /// Per log, its symlinks, by texts of the graph.
    symlinks: Vec<Vec<LoggedSymlink>>,
    met: Met,
}

/// Which artifacts a spawn is known to read already.
#[derive(Default)]
struct Met {
    round: u32,
    /// Per artifact, the last spawn that read it.
    artifacts: Vec<u32>,
    list: Vec<ArtifactId>,
}

impl Met {
    fn start(&mut self, n_artifacts: usize) {
        self.round += 1;
        self.artifacts.resize(n_artifacts, 0);
        self.list.clear();
    }

    fn add(&mut self, artifact: ArtifactId) {
        let last = &mut self.artifacts[artifact.index()];
        if std::mem::replace(last, self.round) != self.round {
            self.list.push(artifact);
        }
    }
}

impl Merger {
    fn new(sources: &Sources) -> Self {
        let names: Vec<&str> = sources.all.iter().map(|file| file.0).collect();
        Self {
            builder: GraphBuilder::default(),
            notes: Notes::new(&names.join(" + ")),
            sides: Vec::new(),
            by_output: Producers::default(),
            trees: HashMap::new(),
            mangled: HashMap::new(),
            told: Told::default(),
            rebuilt: Vec::new(),
            symlinks: Vec::new(),
            met: Met::default(),
        }
    }

    /// The artifact at `path`.
    fn artifact(&mut self, path: &str) -> ArtifactId {
        let path = self.builder.texts.intern(path);
        self.artifact_of_text(path)
    }

    /// The artifact whose path is `path`, a text of the graph.
    fn artifact_of_text(&mut self, path: TextId) -> ArtifactId {
        let kind = match is_generated(self.builder.texts.get(path)) {
            true => ArtifactKind::UnknownGenerated,
            false => ArtifactKind::Source,
        };
        self.builder.artifact_of_text(path, kind)
    }

    /// Adds an action and claims its outputs that no other has claimed.
    /// `place` is its number in the file that tells.
    fn add_action(&mut self, spec: ActionSpec, side: Side, place: Option<usize>) -> ActionId {
        let action = self.builder.action(spec);
        self.note_action(action, side, place);
        action
    }

    /// The same of an action whose texts are the graph's.
    fn add_draft(&mut self, draft: DraftAction, side: Side, place: Option<usize>) {
        let action = self.builder.draft(draft);
        self.note_action(action, side, place);
    }

    fn note_action(&mut self, action: ActionId, side: Side, place: Option<usize>) {
        self.sides.push(side);
        self.tell_action(action, place);
        for &output in &self.builder.get_action(action).outputs {
            self.by_output.claim(output, action);
        }
    }

    fn path(&self, artifact: ArtifactId) -> String {
        self.builder.path(artifact).to_owned()
    }

    fn action_ids(&self) -> impl Iterator<Item = ActionId> + use<> {
        (0..self.sides.len()).map(ActionId::at)
    }

    /// Contents of symlinks are those of what they point to, and the other way round.
    fn trace_symlinks(&mut self) {
        let is_link = |m: &Self, a: &ActionId| m.builder.get_action(*a).kind == ActionKind::Symlink;
        let links: Vec<ActionId> = self.action_ids().filter(|a| is_link(self, a)).collect();
        let ends = |m: &Self, a: ActionId| {
            let spec = m.builder.get_action(a);
            Some((*spec.inputs.first()?, *spec.outputs.first()?))
        };
        for &link in &links {
            let Some((input, output)) = ends(self, link) else { continue };
            if let (None, Some(blob)) = (self.builder.blob(input), self.builder.blob(output)) {
                self.share_blob(output, input, blob);
            }
        }
        let mut walked = HashSet::new();
        for &link in &links {
            let (mut chain, mut at) = (Vec::new(), link);
            // From a link to what it points to, until a content is known or was looked for.
            while let Some((input, output)) = ends(self, at) {
                if self.builder.blob(output).is_some() || !walked.insert(at) {
                    break;
                }
                chain.push((input, output));
                let producer = self.by_output.get(input);
                let Some(next) = producer.filter(|a| is_link(self, a)) else { break };
                at = next;
            }
            for (input, output) in chain.into_iter().rev() {
                if let Some(blob) = self.builder.blob(input) {
                    self.share_blob(input, output, blob);
                }
            }
        }
    }

    /// Marks what Bazel reads from memory: `.d` files of C++ compilation
    /// (`--experimental_inmemory_dotd_files`) and `.jdeps` of Java compilation
    /// (`--experimental_inmemory_jdeps_files`), both on by default.
    fn mark_in_memory(&mut self) {
        for action in self.action_ids() {
            let spec = self.builder.get_action(action);
            let suffix = match self.builder.texts.get(spec.mnemonic) {
                "CppCompile" | "ObjcCompile" => ".d",
                "Javac" | "JavacTurbine" | "Turbine" | "JavaCompile" => ".jdeps",
                _ => continue,
            };
            if spec.kind != ActionKind::Spawn {
                continue;
            }
            for output in spec.outputs.clone() {
                if self.builder.path(output).ends_with(suffix) {
                    self.builder.set_in_memory(output);
                }
            }
        }
    }

    fn finish(
        mut self,
        cache: Cache,
        sources: &Sources,
        hear: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Option<Merged> {
        for (tree, files) in std::mem::take(&mut self.trees) {
            self.builder.set_tree_files(tree, files);
        }
        // What only the merge needs makes room for the graph.
        (self.sides, self.by_output, self.met) = Default::default();
        let conflicts = self.told.conflicts();
        self.note_conflicts(&conflicts);
        let (graph, defects) = self.builder.finish_with(hear)?;
        for defect in defects {
            note_defect(&mut self.notes, defect);
        }
        let has_cache = !sources.listings.is_empty();
        note_nameless(&mut self.notes, &graph, &cache);
        let observed = observed::observed(&graph, &self.mangled, sources, &mut self.notes);
        let provenance = self.told.provenance;
        let warnings = self.notes.finish();
        Some(Merged { graph, cache, has_cache, observed, provenance, conflicts, warnings })
    }
}

/// A listing tells that blobs are there, not what they are: without the bodies of AC entries nobody
/// knows the standard output and error of an action, and what follows when they are lost (R2).
fn note_nameless(notes: &mut Notes, graph: &Graph, cache: &Cache) {
    let undecoded = cache.ac.iter().any(|key| cache.entry(key).is_none());
    if !undecoded || graph.n_actions() == 0 {
        return;
    }
    let mut named = IdSet::with_capacity(graph.blobs().len());
    named.extend(cache.entries.iter().flat_map(|(_, entry)| entry.closure()));
    named.extend(graph.artifact_ids().filter_map(|artifact| graph.blob(artifact)));
    for action in graph.action_ids() {
        let digests = graph.digests(action);
        named.extend(digests.key.into_iter().chain(digests.command));
    }
    let is_nameless = |blob: &BlobId| !named.contains(*blob) && !graph.blobs().is_size_0(*blob);
    let n = cache.cas.iter().filter(is_nameless).count();
    if n > 0 {
        let what = || {
            format!(
                "{n} blobs of the cache are named by nothing that was loaded. Some may be standard \
                 output or error of actions: no log tells their digests, only the AC entries do."
            )
        };
        let remedy = "To plan what happens when such blobs are lost, load the AC entries too: a \
                      tar or the folder of the cache.";
        notes.add("nameless blobs", Place::Whole, what, remedy);
    }
}

fn note_defect(notes: &mut Notes, defect: GraphDefect) {
    match defect {
        GraphDefect::TwoProducers { path, kept, dropped } => {
            let what = || format!("Two actions write {path}: one of {kept}, one of {dropped}.");
            let remedy = "The first is taken for its producer.";
            notes.add("two producers", Place::Whole, what, remedy);
        }
        GraphDefect::Cycle { label, paths } => {
            let first = paths.first().map_or("", String::as_str).to_owned();
            let what =
                || format!("An action of {label} reads, indirectly, what it writes: {first}.");
            let remedy = "The inputs that close the cycle are left out.";
            notes.add("cycle", Place::Whole, what, remedy);
        }
    }
}

/// Whether `path` is under an output tree of Bazel, Blaze or Buck.
fn is_generated(path: &str) -> bool {
    ["bazel-out/", "blaze-out/", "buck-out/"].iter().any(|root| path.starts_with(root))
}
