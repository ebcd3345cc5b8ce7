//! What the numbers of a random scenario stand for.

use rewindow::model::{
    ActionDigests, ActionId, ActionKind, ActionSpec, ArtifactId, ArtifactKind, BlobId, Cache,
    CacheKind, Digest, DigestFunction, Graph, GraphBuilder, Id, Revision, Tier,
};
use rewindow::rewind::{
    Build, CachePolicy, Capacity, DownloadMode, Engine, Eviction, Execution, Executor, Fault,
    HowOften, Lifetime, Protocol, Report, Scenario, Server, Targets, Timing, What, When,
};

use super::generate::{
    Content, Kind, RandomAction, RandomBuild, RandomFault, RandomScenario, RandomWhat, RandomWhen,
    all_engines,
};
use super::overrides::set;

/// Everything that a plan needs.
pub struct Made {
    pub graph: Graph,
    pub cache: Cache,
    pub scenario: Scenario,
}

/// Lengths of time that often come out equal.
const TIMES_MS: [u64; 6] = [100, 0, 50, 100, 250, 1000];

impl RandomScenario {
    /// The graph, cache and scenario that the numbers stand for.
    pub fn make(&self) -> Made {
        let mut maker = Maker::default();
        for (i, action) in self.actions.iter().enumerate() {
            maker.action(i, action);
        }
        let edits = self.builds.iter().filter_map(|b| b.edit).enumerate();
        let revisions: Vec<Revision> =
            edits.map(|(n, pick)| maker.revision(n, pick, &self.actions)).collect();
        let cache = maker.cache(&self.actions);
        let disk_cache = self.disk.map(|number| maker.share_of(&cache, number));
        let picker = maker.picker(&cache);
        let mut n_edits = 0;
        let builds = self.builds.iter().enumerate().map(|(i, build)| {
            n_edits += usize::from(build.edit.is_some());
            Build {
                clean: build.clean || i == 0,
                edit: build.edit.map(|_| n_edits - 1),
                ..picker.build(build)
            }
        });
        let builds = builds.collect();
        let faults = self.faults.iter().map(|fault| picker.fault(fault)).collect();
        let scenario = Scenario {
            server: self.server(),
            execution: self.execution(),
            timing: Timing { upload_ms: TIMES_MS[usize::from(self.upload_ms) % 6] },
            disk_cache,
            nondeterministic: self.ids(|a| a.nondeterministic && a.kind == Kind::Spawn).collect(),
            revisions,
            faults,
            seed: self.seed,
            ..Scenario::new(self.engine(), builds)
        };
        let (graph, defects) = maker.builder.finish();
        assert!(defects.is_empty(), "{defects:?}");
        Made { graph, cache, scenario }
    }

    fn engine(&self) -> Engine {
        let mut engine = all_engines()[self.engine];
        for &(parameter, value) in &self.overrides {
            set(&mut engine, parameter, value);
        }
        engine
    }

    fn server(&self) -> Server {
        let lifetimes = [
            Lifetime::Independent,
            Lifetime::TouchesBlobs,
            Lifetime::KeepsBlobs,
            Lifetime::EvictsTogether,
        ];
        let server = &self.server;
        Server {
            policy: if server.verified { CachePolicy::Verified } else { CachePolicy::Unverified },
            protocol: if server.grpc { Protocol::Grpc } else { Protocol::Http },
            lifetime: lifetimes[server.lifetime % 4],
            capacity: Capacity {
                cas_bytes: server.cas_bytes.map(u64::from),
                ac_entries: server.ac_entries.map(u64::from),
            },
        }
    }

    fn execution(&self) -> Execution {
        Execution {
            default: [None, Some(Executor::Local), Some(Executor::Remote)]
                [usize::from(self.executor) % 3],
            local_only: self.ids(|a| a.local == Some(true)).collect(),
            remote_only: self.ids(|a| a.local == Some(false)).collect(),
        }
    }

    fn ids(&self, is_in: impl Fn(&RandomAction) -> bool) -> impl Iterator<Item = ActionId> {
        let actions = self.actions.iter().enumerate();
        actions.filter(move |(_, action)| is_in(action)).map(|(i, _)| ActionId::at(i))
    }
}

/// What picks pick from.
pub struct Picker {
    pub outputs: Vec<ArtifactId>,
    pub sources: Vec<ArtifactId>,
    pub keys: Vec<BlobId>,
    pub blobs: Vec<BlobId>,
    pub n_actions: usize,
}

fn pick<T: Copy>(from: &[T], number: u16) -> T {
    from[usize::from(number) % from.len()]
}

impl Picker {
    fn evictions(&self, picks: &[(bool, u16)]) -> Vec<Eviction> {
        let eviction = |&(ac, number): &(bool, u16)| match ac && !self.keys.is_empty() {
            true => Eviction { kind: CacheKind::Ac, blob: pick(&self.keys, number) },
            false => Eviction { kind: CacheKind::Cas, blob: pick(&self.blobs, number) },
        };
        picks.iter().map(eviction).collect()
    }

    fn build(&self, build: &RandomBuild) -> Build {
        let targets = match build.targets.is_empty() {
            true => Targets::All,
            false => {
                Targets::Artifacts(build.targets.iter().map(|&n| pick(&self.outputs, n)).collect())
            }
        };
        Build {
            restart: build.restart,
            keep_going: build.keep_going,
            jobs: build.jobs,
            accept_cached: build.accept_cached,
            upload: build.upload,
            async_upload: build.async_upload,
            upload_final: build.upload_final,
            wait_ms: [0, 30, 1000, 90 * 60 * 1000][usize::from(build.wait) % 4],
            edit_sources: {
                let mut sources: Vec<ArtifactId> =
                    build.edit_sources.iter().map(|&n| pick(&self.sources, n)).collect();
                sources.dedup();
                sources
            },
            evict: self.evictions(&build.evict),
            order: build.order.iter().map(|&i| ActionId::at(i)).collect(),
            ..Build::clean(targets, DownloadMode::ALL[build.mode])
        }
    }

    fn fault(&self, fault: &RandomFault) -> Fault {
        let half = |ac: bool| if ac { CacheKind::Ac } else { CacheKind::Cas };
        let what = match &fault.what {
            RandomWhat::These(picks) => What::These(self.evictions(picks)),
            RandomWhat::Everything(n) => {
                What::Everything([None, Some(CacheKind::Ac), Some(CacheKind::Cas)][*n as usize % 3])
            }
            RandomWhat::Share(ac, percent) => What::Share { kind: half(*ac), percent: *percent },
            RandomWhat::AtLeast(bytes) => What::AtLeast { bytes: u64::from(*bytes) },
            RandomWhat::UnusedFor(ac, n) => {
                What::UnusedFor { kind: half(*ac), ms: TIMES_MS[usize::from(*n) % 6] }
            }
        };
        let when = match fault.when {
            RandomWhen::BeforeBuild(n) => When::BeforeBuild(u32::from(n)),
            RandomWhen::AfterAction(n) => {
                When::AfterAction(ActionId::at(usize::from(n) % self.n_actions))
            }
            RandomWhen::AtStep(n) => When::AtStep(usize::from(n)),
            RandomWhen::AtTime(n) => When::AtTime(50 * u64::from(n)),
        };
        let how_often = match fault.how_often {
            0 => HowOften::Once,
            n @ 1..=2 => HowOften::FirstUploads(u32::from(n)),
            _ => HowOften::Always,
        };
        Fault {
            what,
            when,
            how_often,
            tier: if fault.disk { Tier::Disk } else { Tier::Remote },
            report: if fault.untyped { Report::Untyped } else { Report::Typed },
        }
    }
}

/// Builds graph and caches.
#[derive(Default)]
pub struct Maker {
    pub builder: GraphBuilder,
    n_blobs: u64,
    /// What may be read or asked for: outputs and files of trees, each with the action that
    /// writes it and the tree that it is in.
    pub readable: Vec<(ArtifactId, usize, Option<ArtifactId>)>,
    pub sources: Vec<ArtifactId>,
    pub digests: Vec<ActionDigests>,
}

impl Maker {
    pub fn own(&mut self) -> BlobId {
        self.n_blobs += 1;
        self.blob(self.n_blobs + 1000, 10)
    }

    pub fn blob(&mut self, number: u64, size: u64) -> BlobId {
        let mut bytes = [0x11; 32];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        // The short form shows the lower half first.
        bytes.rotate_left(4);
        let digest = Digest::new(DigestFunction::Sha256, &bytes).unwrap();
        self.builder.intern_blob(digest, Some(size))
    }

    pub fn content(&mut self, content: Content) -> BlobId {
        match content {
            Content::Own => self.own(),
            Content::Shared(i) => self.blob(1 + u64::from(i), 10),
            Content::Empty => self.blob(0, 0),
        }
    }

    fn action(&mut self, i: usize, action: &RandomAction) {
        let source = self.builder.artifact(&format!("s{i}"), ArtifactKind::Source);
        self.sources.push(source);
        let output = self.builder.artifact(&format!("a{i}.0"), ArtifactKind::Derived);
        let picked = self.picked(action);
        let file = picked.iter().copied().find(|&(a, ..)| !self.is_tree(a));
        let parts = self.tree_parts(&picked);
        let (kind, inputs, outputs) = match (action.kind, file) {
            (Kind::Symlink | Kind::Redirect, Some((target, ..))) => {
                let blob = self.builder.blob(target).unwrap();
                self.builder.set_blob(output, blob);
                self.readable.push((output, i, None));
                let symlink = action.kind == Kind::Symlink;
                let kind = if symlink { ActionKind::Symlink } else { ActionKind::Redirect };
                (kind, vec![target], vec![output])
            }
            (Kind::Template, _) if !parts.is_empty() => {
                let blob = self.own();
                self.builder.set_blob(output, blob);
                self.builder.set_tree_files(output, parts.clone());
                for readable in &mut self.readable {
                    if parts.contains(&readable.0) {
                        readable.2 = Some(output);
                    }
                }
                self.readable.push((output, i, None));
                (ActionKind::Template, parts, vec![output])
            }
            (kind, _) => {
                let spawn = kind != Kind::Internal;
                let inputs = picked.into_iter().map(|(a, ..)| a);
                let inputs = std::iter::once(source).chain(inputs).collect();
                let kind = if spawn { ActionKind::Spawn } else { ActionKind::Internal };
                (kind, inputs, self.outputs(i, action))
            }
        };
        let mut digests = ActionDigests::default();
        if kind == ActionKind::Spawn {
            let [stdout, stderr] = action.std.map(|std| std.map(|content| self.content(content)));
            digests =
                ActionDigests { key: Some(self.own()), command: Some(self.own()), stdout, stderr };
        }
        self.digests.push(digests);
        let duration = TIMES_MS[usize::from(action.duration) % 6] as u32;
        self.builder.action(ActionSpec {
            label: format!("//:{}", i - usize::from(action.same_label && i > 0)),
            mnemonic: "Genrule".into(),
            kind,
            inputs,
            outputs,
            digests,
            duration_ms: (action.duration > 0).then_some(duration),
        });
    }

    pub fn is_tree(&self, artifact: ArtifactId) -> bool {
        self.builder.kind(artifact) == ArtifactKind::Tree
    }

    /// What an action reads.
    fn picked(&self, action: &RandomAction) -> Vec<(ArtifactId, usize, Option<ArtifactId>)> {
        let mut picked: Vec<(ArtifactId, usize, Option<ArtifactId>)> = Vec::new();
        for &number in &action.inputs {
            if self.readable.is_empty() {
                break;
            }
            let one = pick(&self.readable, number);
            if !picked.contains(&one) {
                picked.push(one);
            }
        }
        picked
    }

    /// Those that may become files of a template's tree: files of commands, in no tree.
    fn tree_parts(&self, picked: &[(ArtifactId, usize, Option<ArtifactId>)]) -> Vec<ArtifactId> {
        let may = |&&(artifact, writer, tree): &&(ArtifactId, usize, Option<ArtifactId>)| {
            let kind = self.builder.get_action(ActionId::at(writer)).kind;
            tree.is_none() && !self.is_tree(artifact) && kind == ActionKind::Spawn
        };
        picked.iter().filter(may).map(|p| p.0).collect()
    }

    fn outputs(&mut self, i: usize, action: &RandomAction) -> Vec<ArtifactId> {
        let mut outputs = Vec::new();
        for (j, random) in action.outputs.iter().enumerate() {
            let output = self.builder.artifact(&format!("a{i}.{j}"), ArtifactKind::Derived);
            outputs.push(output);
            self.readable.push((output, i, None));
            let blob = match (&random.tree, random.content) {
                // Two trees may be the same.
                (Some(files), _) if files.len() == 1 => self.blob(300 + i as u64 % 2, 10),
                (Some(_), _) => self.own(),
                (None, content) => self.content(content),
            };
            self.builder.set_blob(output, blob);
            if random.in_memory && random.tree.is_none() {
                self.builder.set_in_memory(output);
            }
            let Some(inside) = &random.tree else { continue };
            let mut files = Vec::new();
            for (k, &content) in inside.iter().enumerate() {
                let name = format!("a{i}.{j}/{k}");
                let file = self.builder.artifact(&name, ArtifactKind::TreeFile);
                let blob = self.content(content);
                self.builder.set_blob(file, blob);
                self.readable.push((file, i, Some(output)));
                files.push(file);
            }
            self.builder.set_tree_files(output, files);
        }
        outputs
    }
}
