//! Random scenarios: small graphs, caches with holes, engines, sequences of builds.

use proptest::prelude::*;
use rewindow::model::{
    ActionDigests, ActionKind, ActionSpec, ArtifactId, ArtifactKind, BlobId, Cache, CacheKind,
    Digest, DigestFunction, Graph, GraphBuilder, Id, Revision,
};
use rewindow::rewind::{
    AcOnReplay, Build, CachePolicy, DownloadMode, Engine, Eviction, RemembersLost, Scenario,
    Server, Targets, Tool, engines,
};

use super::compare::{Determined, actions};

/// What a blob is: the numbers are drawn, the meaning is here.
#[derive(Clone, Copy, Debug)]
pub enum Content {
    Own,
    Shared(u8),
    Empty,
}

#[derive(Clone, Debug)]
pub struct RandomAction {
    /// Picks among the outputs of earlier actions.
    pub inputs: Vec<u16>,
    pub outputs: Vec<Content>,
    pub std: [Option<Content>; 2],
    pub in_ac: bool,
    pub broken: bool,
}

#[derive(Clone, Debug)]
pub struct RandomBuild {
    /// Picks among all outputs; none: all actions.
    pub targets: Vec<u16>,
    pub mode: usize,
    pub clean: bool,
    pub restart: bool,
    pub keep_going: bool,
    pub accept_cached: bool,
    pub upload: bool,
    pub edit: Option<u16>,
    /// Picks among AC keys and blobs.
    pub evict: Vec<(bool, u16)>,
    pub order: Vec<usize>,
}

#[derive(Clone, Debug)]
pub struct RandomScenario {
    pub engine: usize,
    pub verified: bool,
    pub jobs: u32,
    pub actions: Vec<RandomAction>,
    pub builds: Vec<RandomBuild>,
}

/// Everything that a plan needs.
pub struct Made {
    pub graph: Graph,
    pub cache: Cache,
    pub scenario: Scenario,
    pub determined: Determined,
}

/// The engines of the product, and what else its parameters can say.
pub fn all_engines() -> Vec<Engine> {
    let rewinding = Engine::find("bazel-9.3").unwrap();
    let mut all = engines().to_vec();
    all.push(Engine { id: "era I", remembers_lost: RemembersLost::No, ..rewinding });
    all.push(Engine { id: "bypassing", ac_on_replay: AcOnReplay::Bypasses, ..rewinding });
    all.push(Engine { id: "retrying", retries: 2, ..Engine::find("bazel-7.7").unwrap() });
    all
}

fn content() -> impl Strategy<Value = Content> {
    prop_oneof![
        8 => Just(Content::Own),
        2 => (0..2u8).prop_map(Content::Shared),
        1 => Just(Content::Empty),
    ]
}

fn action() -> impl Strategy<Value = RandomAction> {
    let std = || prop_oneof![3 => Just(None), 2 => content().prop_map(Some)];
    (
        prop::collection::vec(any::<u16>(), 0..4),
        prop::collection::vec(content(), 1..4),
        [std(), std()],
        prop::bool::weighted(0.7),
        prop::bool::weighted(0.03),
    )
        .prop_map(|(inputs, outputs, std, in_ac, broken)| RandomAction {
            inputs,
            outputs,
            std,
            in_ac,
            broken,
        })
}

fn build(n_actions: usize) -> impl Strategy<Value = RandomBuild> {
    let flags = (
        prop::bool::weighted(0.4),
        prop::bool::weighted(0.15),
        any::<bool>(),
        prop::bool::weighted(0.95),
        prop::bool::weighted(0.95),
    );
    let picks = (
        prop::collection::vec(any::<u16>(), 0..4),
        0..3usize,
        prop::option::weighted(0.1, any::<u16>()),
        prop::collection::vec((prop::bool::weighted(0.25), any::<u16>()), 0..6),
        Just((0..n_actions).collect::<Vec<_>>()).prop_shuffle(),
    );
    (flags, picks).prop_map(|(flags, (targets, mode, edit, evict, order))| {
        let (clean, restart, keep_going, accept_cached, upload) = flags;
        RandomBuild {
            targets,
            mode,
            clean,
            restart,
            keep_going,
            accept_cached,
            upload,
            edit,
            evict,
            order,
        }
    })
}

/// Scenarios of up to `n_actions` actions.
pub fn scenario(n_actions: usize) -> impl Strategy<Value = RandomScenario> {
    let sizes = prop_oneof![3 => 1..6usize, 1 => 6..=n_actions];
    sizes.prop_flat_map(|n| {
        (
            0..all_engines().len(),
            prop::bool::weighted(0.2),
            prop_oneof![4 => Just(1u32), 1 => 2..6u32],
            prop::collection::vec(action(), n),
            prop::collection::vec(build(n), 1..4),
        )
            .prop_map(|(engine, verified, jobs, actions, builds)| RandomScenario {
                engine,
                verified,
                jobs,
                actions,
                builds,
            })
    })
}

impl RandomScenario {
    /// One clean build of `n` actions of one output each by an engine of [`all_engines`], with
    /// everything in the cache.
    pub fn of_chosen(engine: usize, n: usize, mode: usize) -> Self {
        let action = RandomAction {
            inputs: Vec::new(),
            outputs: vec![Content::Own],
            std: [None; 2],
            in_ac: true,
            broken: false,
        };
        let build = RandomBuild {
            targets: Vec::new(),
            mode,
            clean: true,
            restart: false,
            keep_going: false,
            accept_cached: true,
            upload: true,
            edit: None,
            evict: Vec::new(),
            order: (0..n).collect(),
        };
        let actions = vec![action; n];
        Self { engine, verified: false, jobs: 1, actions, builds: vec![build] }
    }

    /// Evicts the output of `action` first, in a scenario made by [`Self::of_chosen`].
    pub fn evict_output(&mut self, action: usize) {
        // Each action brings three blobs: its output, its key, its command.
        self.builds[0].evict.push((false, 3 * action as u16));
    }

    /// The graph, cache and scenario that the numbers stand for.
    pub fn make(&self) -> Made {
        let engine = all_engines()[self.engine];
        let mut maker = Maker { buck2: engine.tool == Tool::Buck2, ..Maker::default() };
        let digests: Vec<ActionDigests> =
            self.actions.iter().enumerate().map(|(i, action)| maker.action(i, action)).collect();
        let outputs = maker.outputs.clone();
        let picked = |pick: u16| outputs[usize::from(pick) % outputs.len()].1;
        let edits = self.builds.iter().filter_map(|b| b.edit).enumerate();
        let revisions: Vec<Revision> =
            edits.map(|(n, pick)| maker.revision(n, pick, &self.actions, &digests)).collect();
        let cache = maker.cache(&self.actions, &digests);
        let blobs: Vec<BlobId> = cache.cas.iter().collect();
        let keys: Vec<BlobId> = digests.iter().filter_map(|d| d.key).collect();
        let eviction = |&(ac, pick): &(bool, u16)| match ac {
            true => Eviction { kind: CacheKind::Ac, blob: keys[usize::from(pick) % keys.len()] },
            false => {
                Eviction { kind: CacheKind::Cas, blob: blobs[usize::from(pick) % blobs.len()] }
            }
        };
        let mut n_edits = 0;
        let buck2 = engine.tool == Tool::Buck2;
        let builds = self.builds.iter().enumerate().map(|(i, b)| {
            n_edits += usize::from(b.edit.is_some());
            let targets = match b.targets.is_empty() {
                true => Targets::All,
                false => Targets::Artifacts(b.targets.iter().map(|&p| picked(p)).collect()),
            };
            // What a switch of mode does in Buck2 is not in the rules.
            let mode = DownloadMode::ALL[if buck2 { self.builds[0].mode } else { b.mode }];
            Build {
                clean: b.clean || i == 0,
                restart: b.restart,
                keep_going: b.keep_going,
                jobs: self.jobs,
                accept_cached: b.accept_cached,
                // Workers upload whatever a client says.
                upload: b.upload || buck2,
                edit: b.edit.map(|_| n_edits - 1),
                evict: b.evict.iter().map(eviction).collect(),
                order: actions(&b.order),
                ..Build::clean(targets, mode)
            }
        });
        let builds = builds.collect();
        let cache_policy =
            if self.verified { CachePolicy::Verified } else { CachePolicy::Unverified };
        let server = Server { policy: cache_policy, ..Server::default() };
        let scenario = Scenario { server, revisions, ..Scenario::new(engine, builds) };
        let (graph, defects) = maker.builder.finish();
        assert!(defects.is_empty(), "{defects:?}");
        let determined = match (self.jobs, self.shares_content()) {
            (1, false) => Determined::All,
            (1, true) => Determined::AllUnlessLost,
            _ => Determined::Outcome,
        };
        Made { graph, cache, scenario, determined }
    }

    /// Whether several files or streams may have one content.
    pub fn shares_content(&self) -> bool {
        let contents =
            self.actions.iter().flat_map(|a| a.outputs.iter().chain(a.std.iter().flatten()));
        contents.clone().any(|c| matches!(c, Content::Shared(_)))
    }
}

#[derive(Default)]
struct Maker {
    builder: GraphBuilder,
    n_blobs: u64,
    buck2: bool,
    /// Which action writes which artifact.
    outputs: Vec<(usize, ArtifactId)>,
}

impl Maker {
    fn fresh(&mut self) -> BlobId {
        self.n_blobs += 1;
        self.blob(self.n_blobs + 1000, 10)
    }

    fn blob(&mut self, number: u64, size: u64) -> BlobId {
        let mut bytes = [0x11; 32];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        // The short form shows the lower half first.
        bytes.rotate_left(4);
        let digest = Digest::new(DigestFunction::Sha256, &bytes).unwrap();
        self.builder.intern_blob(digest, Some(size))
    }

    fn content(&mut self, content: Content) -> BlobId {
        match content {
            Content::Own => self.fresh(),
            Content::Shared(i) => self.blob(1 + u64::from(i), 10),
            Content::Empty => self.blob(0, 0),
        }
    }

    fn action(&mut self, i: usize, action: &RandomAction) -> ActionDigests {
        let mut inputs = vec![self.builder.artifact(&format!("s{i}"), ArtifactKind::Source)];
        if !self.outputs.is_empty() {
            let n = self.outputs.len();
            inputs.extend(action.inputs.iter().map(|&p| self.outputs[usize::from(p) % n].1));
        }
        let mut outputs = Vec::new();
        for (j, &content) in action.outputs.iter().enumerate() {
            let output = self.builder.artifact(&format!("a{i}.{j}"), ArtifactKind::Derived);
            let blob = self.content(content);
            self.builder.set_blob(output, blob);
            self.outputs.push((i, output));
            outputs.push(output);
        }
        // The rules don't say whether Buck2 reads the streams of a cache hit.
        let std = if self.buck2 { [None; 2] } else { action.std };
        let [stdout, stderr] = std.map(|std| std.map(|content| self.content(content)));
        let (key, command) = (Some(self.fresh()), Some(self.fresh()));
        let digests = ActionDigests { key, command, stdout, stderr };
        self.builder.action(ActionSpec {
            label: format!("//:{i}"),
            mnemonic: "Genrule".into(),
            kind: ActionKind::Spawn,
            inputs,
            outputs,
            digests,
            duration_ms: None,
        });
        digests
    }

    /// An edit of the source of one action: what is behind it gets new keys and contents.
    fn revision(
        &mut self,
        n: usize,
        pick: u16,
        random: &[RandomAction],
        digests: &[ActionDigests],
    ) -> Revision {
        let mut revision = Revision::default();
        let edited = usize::from(pick) % random.len();
        let mut changed: Vec<ArtifactId> = Vec::new();
        for (i, action) in random.iter().enumerate().skip(edited) {
            let spec = self.builder.get_action(Id::at(i)).clone();
            if i != edited && !spec.inputs.iter().any(|input| changed.contains(input)) {
                continue;
            }
            for (&output, content) in spec.outputs.iter().zip(&action.outputs) {
                if matches!(content, Content::Own) {
                    let blob = self.fresh();
                    revision.artifacts.push((output, blob));
                    changed.push(output);
                }
            }
            let key = Some(self.fresh());
            revision.actions.push((Id::at(i), ActionDigests { key, ..digests[i] }));
        }
        let source = self.builder.artifact(&format!("s{edited}"), ArtifactKind::Source);
        let blob = self.blob(500 + n as u64, 10);
        revision.artifacts.push((source, blob));
        revision
    }

    /// Everything in it but the AC entries that are not.
    fn cache(&self, random: &[RandomAction], digests: &[ActionDigests]) -> Cache {
        let mut cache = Cache::default();
        for &(_, output) in &self.outputs {
            cache.insert(CacheKind::Cas, self.builder.blob(output).unwrap());
        }
        for (action, digests) in random.iter().zip(digests) {
            let named = [digests.key, digests.command, digests.stdout, digests.stderr];
            for blob in named.into_iter().flatten() {
                cache.insert(CacheKind::Cas, blob);
            }
            if action.in_ac {
                cache.insert(CacheKind::Ac, digests.key.unwrap());
            }
            if action.broken && action.in_ac {
                let entry = rewindow::model::AcEntry { broken: true, ..Default::default() };
                cache.entries.push((digests.key.unwrap(), entry));
            }
        }
        cache.entries.sort_by_key(|e| e.0);
        cache
    }
}
