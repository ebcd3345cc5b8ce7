//! A graph, a cache and a scenario to the file that says them: for links and forks.

use crate::model::{
    ActionId, ActionKind, ArtifactId, ArtifactKind, BlobId, Cache, CacheKind, Graph, IdSet,
};
use crate::rewind::{Engine, Eviction, Execution, Executor, Scenario, Server, Timing};

use super::action::{ActionLine, ActionText};
use super::cache::{all_of, entry_of};
use super::choices::{Content, ContentText, Selection, Setting};
use super::compile::Play;
use super::contents::{EMPTY, SIZE_BYTES_DEFAULT, digest_of_name};
use super::error::Word;
use super::graph::{MNEMONIC, own_name};
use super::names::Names;
use super::text::{ArtifactText, CacheText, DiskCacheText, EntryText, ExecutionText, ScenarioText};
use super::value::Keyed;

impl ScenarioText {
    /// The file that says `play`, graph included. Of a play that a file with `actions` was compiled
    /// to, it compiles to the same; of one on exports, to one with the same names, digests and
    /// order of actions.
    pub fn describe(play: &Play) -> Self {
        let Play { graph, cache, scenario } = play;
        let names = Names::new(graph);
        let told = Describer { graph, cache, names: &names };
        let Scenario {
            engine, server, timing, disk_cache, revisions, faults, seed, builds, ..
        } = scenario;
        let upload_ms = Some(timing.upload_ms).filter(|ms| *ms != Timing::default().upload_ms);
        let execution = ExecutionText {
            default: scenario.execution.default,
            upload_ms,
            ..ExecutionText::default()
        };
        let actions = graph.action_ids().map(|action| {
            let executor = executor(&scenario.execution, action);
            ActionLine(told.action(action, executor, scenario.nondeterministic.contains(action)))
        });
        Self {
            rewindow: super::VERSION,
            engine: engine.id.into(),
            set: settings(engine),
            seed: Some(*seed).filter(|seed| *seed != 0),
            actions: Some(actions.collect()),
            artifacts: told.artifacts(),
            execution: Some(execution.clone()).filter(|e| *e != ExecutionText::default()),
            cache: Some(told.cache(server)).filter(|cache| *cache != CacheText::default()),
            disk_cache: disk_cache.as_ref().map(|disk| told.disk_cache(disk)),
            revision: list(revisions, |revision| told.revision(revision)),
            fault: list(faults, |fault| told.fault(fault)),
            build: Some(builds.iter().map(|build| told.build(build)).collect()),
            ..Self::default()
        }
    }
}

fn list<T, U>(items: &[T], each: impl Fn(&T) -> U) -> Option<Vec<U>> {
    (!items.is_empty()).then(|| items.iter().map(each).collect())
}

fn executor(execution: &Execution, action: ActionId) -> Option<Executor> {
    if execution.local_only.contains(action) {
        Some(Executor::Local)
    } else {
        execution.remote_only.contains(action).then_some(Executor::Remote)
    }
}

fn settings(engine: &Engine) -> Keyed<Setting> {
    let overrides = engine.overrides().into_iter();
    let mut settings: Vec<(Word, Setting)> =
        overrides.map(|(name, value)| (Word::from(name), Setting(value))).collect();
    settings.sort_by(|a, b| a.0.text.cmp(&b.0.text));
    Keyed(settings)
}

/// Says what there is in the words of a file.
pub(super) struct Describer<'a> {
    pub graph: &'a Graph,
    cache: &'a Cache,
    names: &'a Names<'a>,
}

impl Describer<'_> {
    pub fn path(&self, artifact: ArtifactId) -> Word {
        self.graph.path(artifact).into()
    }

    pub fn paths(&self, artifacts: &[ArtifactId]) -> Vec<Word> {
        artifacts.iter().map(|&artifact| self.path(artifact)).collect()
    }

    pub fn name(&self, action: ActionId) -> Word {
        self.names.action_name(action).into()
    }

    fn action(
        &self,
        action: ActionId,
        executor: Option<Executor>,
        is_nondeterministic: bool,
    ) -> ActionText {
        let graph = self.graph;
        let (kind, mnemonic) = (graph.action_kind(action), graph.mnemonic(action));
        let outputs = self.paths(graph.outputs(action));
        let (label, digests) = (graph.label(action), graph.digests(action));
        let own = |what| own_name(what, label, &outputs);
        let is_spawn = kind == ActionKind::Spawn;
        ActionText {
            inputs: Some(self.paths(graph.inputs(action))),
            mnemonic: (mnemonic != MNEMONIC).then(|| mnemonic.into()),
            kind: (!is_spawn).then_some(kind),
            duration_ms: graph.duration_ms(action),
            stdout: self.content(digests.stdout, &own("stdout"), false),
            stderr: self.content(digests.stderr, &own("stderr"), false),
            key: self.content(digests.key, &own("Action"), is_spawn),
            command: self.content(digests.command, &own("Command"), is_spawn),
            nondeterministic: is_nondeterministic.then_some(true),
            executor,
            label: label.into(),
            outputs: Some(outputs),
            ..ActionText::default()
        }
    }

    /// How a file says that something has the content `blob`; nothing if that is what it would
    /// have anyway: content of its own, or none.
    fn content(&self, blob: Option<BlobId>, own: &str, is_own_usual: bool) -> Option<Content> {
        let Some(blob) = blob else {
            return is_own_usual.then_some(Content::Absent);
        };
        let found = self.graph.blobs().get(blob);
        if found.digest == digest_of_name(EMPTY) && found.size_bytes == Some(0) {
            return Some(Content::Named(EMPTY.into()));
        }
        if found.digest != digest_of_name(own) {
            return Some(self.exact(blob));
        }
        match found.size_bytes {
            Some(SIZE_BYTES_DEFAULT) => (!is_own_usual).then_some(Content::Own),
            size_bytes => {
                Some(Content::Exact(ContentText { size_bytes, ..ContentText::default() }))
            }
        }
    }

    pub fn exact(&self, blob: BlobId) -> Content {
        let found = self.graph.blobs().get(blob);
        let (function, hex) = (found.digest.function().name(), found.digest.hex());
        let digest = Some(Word::from(format!("{function}:{hex}")));
        let size_bytes = found.size_bytes;
        Content::Exact(ContentText { digest, size_bytes, ..ContentText::default() })
    }

    fn artifacts(&self) -> Keyed<ArtifactText> {
        let graph = self.graph;
        let mut all: Vec<(Word, ArtifactText)> = Vec::new();
        for artifact in graph.artifact_ids() {
            let kind = graph.artifact_kind(artifact);
            let is_tree = kind == ArtifactKind::Tree;
            let leads = graph.producer(artifact).is_some_and(|action| {
                matches!(graph.action_kind(action), ActionKind::Symlink | ActionKind::Redirect)
            });
            let path = graph.path(artifact);
            let told = ArtifactText {
                // Where a link leads is always said: its content need not be what it leads to.
                content: match graph.blob(artifact) {
                    Some(blob) if leads => Some(self.exact(blob)),
                    blob => self.content(blob, path, true),
                },
                files: is_tree.then(|| self.paths(graph.tree_files(artifact))),
                unknown_generated: (kind == ArtifactKind::UnknownGenerated).then_some(true),
                in_memory: graph.is_in_memory(artifact).then_some(true),
                ..ArtifactText::default()
            };
            if told != ArtifactText::default() {
                all.push((path.into(), told));
            }
        }
        all.sort_by(|a, b| a.0.text.cmp(&b.0.text));
        Keyed(all)
    }

    fn cache(&self, server: &Server) -> CacheText {
        let full = all_of(self.graph);
        let usual = Server::default();
        let (ac, mut minus) = self.half(CacheKind::Ac, &self.cache.ac, &full.ac);
        let (cas, minus_cas) = self.half(CacheKind::Cas, &self.cache.cas, &full.cas);
        minus.extend(minus_cas);
        let entries: Vec<EntryText> =
            self.cache.entries.iter().filter_map(|(key, _)| self.entry(*key)).collect();
        CacheText {
            ac: Some(ac).filter(|ac| *ac != Selection::All),
            cas: Some(cas).filter(|cas| *cas != Selection::All),
            minus: Some(minus).filter(|minus| !minus.is_empty()),
            entry: Some(entries).filter(|entries| !entries.is_empty()),
            policy: Some(server.policy).filter(|policy| *policy != usual.policy),
            protocol: Some(server.protocol).filter(|protocol| *protocol != usual.protocol),
            lifetime: Some(server.lifetime).filter(|lifetime| *lifetime != usual.lifetime),
            cas_bytes: server.capacity.cas_bytes,
            ac_entries: server.capacity.ac_entries,
            ..CacheText::default()
        }
    }

    fn disk_cache(&self, disk: &Cache) -> DiskCacheText {
        let full = all_of(self.graph);
        let (ac, mut minus) = self.half(CacheKind::Ac, &disk.ac, &full.ac);
        let (cas, minus_cas) = self.half(CacheKind::Cas, &disk.cas, &full.cas);
        minus.extend(minus_cas);
        DiskCacheText {
            ac: Some(ac).filter(|ac| *ac != Selection::None),
            cas: Some(cas).filter(|cas| *cas != Selection::None),
            minus: Some(minus).filter(|minus| !minus.is_empty()),
            ..DiskCacheText::default()
        }
    }

    /// A half of a cache as what it holds, or as all less what it does not.
    fn half(
        &self,
        kind: CacheKind,
        held: &IdSet<BlobId>,
        full: &IdSet<BlobId>,
    ) -> (Selection, Vec<Word>) {
        let select = |blobs: Vec<BlobId>| -> Vec<Word> {
            blobs.into_iter().map(|blob| self.selector(Eviction { kind, blob })).collect()
        };
        let lacking: Vec<BlobId> = full.iter().filter(|&blob| !held.contains(blob)).collect();
        let has_more = held.iter().any(|blob| !full.contains(blob));
        if held.is_empty() && !full.is_empty() {
            return (Selection::None, Vec::new());
        }
        if has_more || lacking.len() > held.len() {
            return (Selection::These(select(held.iter().collect())), Vec::new());
        }
        (Selection::All, select(lacking))
    }

    /// The AC entry under `key`, unless it is as the graph says.
    fn entry(&self, key: BlobId) -> Option<EntryText> {
        let entry = self.cache.entry(key)?;
        let action = self.graph.action_of_key(key)?;
        let usual = entry_of(self.graph, action);
        let content = |blob: Option<BlobId>, usual: Option<BlobId>| match blob {
            _ if blob == usual => None,
            None => Some(Content::Absent),
            Some(blob) => Some(self.exact(blob)),
        };
        let files: Vec<(ArtifactId, Option<BlobId>)> = self.outputs_of(action, entry);
        let outputs = files.into_iter().filter_map(|(artifact, blob)| {
            Some((self.path(artifact), content(blob, self.graph.blob(artifact))?))
        });
        let mut outputs: Vec<(Word, Content)> = outputs.collect();
        outputs.sort_by(|a, b| a.0.text.cmp(&b.0.text));
        Some(EntryText {
            action: self.name(action),
            broken: entry.broken.then_some(true),
            outputs: Keyed(outputs),
            stdout: content(entry.stdout, usual.stdout),
            stderr: content(entry.stderr, usual.stderr),
            ..EntryText::default()
        })
    }

    /// What an entry names for each output of its action and for the files of its trees.
    fn outputs_of(
        &self,
        action: ActionId,
        entry: &crate::model::AcEntry,
    ) -> Vec<(ArtifactId, Option<BlobId>)> {
        let mut inside = entry.tree_files.iter();
        let mut all = Vec::new();
        for &output in self.graph.outputs(action) {
            for &file in self.graph.tree_files(output) {
                all.push((file, inside.next().copied()));
            }
            let path = self.graph.path_id(output);
            let named = entry.outputs.iter().find(|named| named.path == path);
            all.push((output, named.map(|named| named.blob)));
        }
        all
    }

    /// What selects it: a path or label if that tells it, else its digest.
    pub fn selector(&self, eviction: Eviction) -> Word {
        let Eviction { kind, blob } = eviction;
        let name = match kind {
            CacheKind::Ac => self.graph.action_of_key(blob).map(|action| {
                let name = self.names.action_name(action);
                if name.contains("//") { name } else { format!("ac:{name}") }
            }),
            CacheKind::Cas => self.names.path_of(blob).map(str::to_owned),
        };
        let half = if kind == CacheKind::Ac { "ac" } else { "cas" };
        let telling = name.map(Word::from).filter(|word| {
            let selected = self.names.select_exactly(&word.text);
            selected == Some(eviction)
        });
        telling.unwrap_or_else(|| {
            let blobs = self.graph.blobs();
            let (digest, hex) = (blobs.digest(blob), blobs.digest(blob).hex());
            let is_alone = blobs.find_prefix(&hex).nth(1).is_none();
            let function = digest.function().name();
            let text =
                if is_alone { format!("{half}:{hex}") } else { format!("{half}:{function}:{hex}") };
            text.into()
        })
    }
}
