//! Random scenarios: graphs, caches with holes, engines, faults, sequences of builds. The numbers
//! are drawn here; what they stand for is in `make.rs`.

use proptest::prelude::*;

pub use super::overrides::all_engines;

/// What a blob is.
#[derive(Clone, Copy, Debug)]
pub enum Content {
    Own,
    Shared(u8),
    Empty,
}

#[derive(Clone, Debug)]
pub struct RandomOutput {
    pub content: Content,
    /// It is a tree of these files.
    pub tree: Option<Vec<Content>>,
    pub in_memory: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Spawn,
    Internal,
    Symlink,
    Template,
    Redirect,
}

#[derive(Clone, Debug)]
pub struct RandomAction {
    pub kind: Kind,
    /// Picks among what earlier actions write.
    pub inputs: Vec<u16>,
    pub outputs: Vec<RandomOutput>,
    pub std: [Option<Content>; 2],
    pub in_ac: bool,
    pub broken: bool,
    /// The body of its entry is known: `Some(true)` if it names something else.
    pub decoded: Option<bool>,
    pub nondeterministic: bool,
    pub duration: u8,
    /// It executes here (`true`) or on a worker, whatever the others do.
    pub local: Option<bool>,
    /// It has the label of the action before it.
    pub same_label: bool,
}

#[derive(Clone, Debug)]
pub struct RandomBuild {
    /// Picks among all that actions write; none: all actions.
    pub targets: Vec<u16>,
    pub mode: usize,
    pub clean: bool,
    pub restart: bool,
    pub keep_going: bool,
    pub accept_cached: bool,
    pub upload: bool,
    pub async_upload: bool,
    pub upload_final: bool,
    pub jobs: u32,
    pub wait: u8,
    pub edit: Option<u16>,
    pub edit_sources: Vec<u16>,
    /// Picks among AC keys (`true`) and blobs.
    pub evict: Vec<(bool, u16)>,
    pub order: Vec<usize>,
}

#[derive(Clone, Debug)]
pub struct RandomFault {
    pub what: RandomWhat,
    pub when: RandomWhen,
    /// 0: once; 1, 2: so many uploads; 3: always.
    pub how_often: u8,
    pub disk: bool,
    pub untyped: bool,
}

#[derive(Clone, Debug)]
pub enum RandomWhat {
    These(Vec<(bool, u16)>),
    Everything(u8),
    Share(bool, u8),
    AtLeast(u8),
    UnusedFor(bool, u8),
}

#[derive(Clone, Copy, Debug)]
pub enum RandomWhen {
    BeforeBuild(u8),
    AfterAction(u16),
    AtStep(u8),
    AtTime(u8),
}

#[derive(Clone, Debug, Default)]
pub struct RandomServer {
    pub verified: bool,
    pub grpc: bool,
    pub lifetime: usize,
    pub cas_bytes: Option<u16>,
    pub ac_entries: Option<u8>,
}

#[derive(Clone, Debug)]
pub struct RandomScenario {
    /// An index of [`all_engines`].
    pub engine: usize,
    /// Parameters with other values.
    pub overrides: Vec<(u8, u8)>,
    pub server: RandomServer,
    pub executor: u8,
    pub upload_ms: u8,
    /// There is a disk cache; of what the remote cache may hold it holds what has this number.
    pub disk: Option<u64>,
    pub seed: u64,
    pub actions: Vec<RandomAction>,
    pub faults: Vec<RandomFault>,
    pub builds: Vec<RandomBuild>,
}

fn rarely() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.1)
}

fn content() -> impl Strategy<Value = Content> {
    prop_oneof![
        8 => Just(Content::Own),
        1 => (0..2u8).prop_map(Content::Shared),
        1 => Just(Content::Empty),
    ]
}

fn output() -> impl Strategy<Value = RandomOutput> {
    let tree = prop::option::weighted(0.1, prop::collection::vec(content(), 1..3));
    let parts = (content(), tree, prop::bool::weighted(0.05));
    parts.prop_map(|(content, tree, in_memory)| RandomOutput { content, tree, in_memory })
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        12 => Just(Kind::Spawn),
        1 => Just(Kind::Internal),
        1 => Just(Kind::Symlink),
        1 => Just(Kind::Template),
        1 => Just(Kind::Redirect),
    ]
}

fn action() -> impl Strategy<Value = RandomAction> {
    let std = || prop_oneof![4 => Just(None), 1 => content().prop_map(Some)];
    let parts = (
        kind(),
        prop::collection::vec(any::<u16>(), 0..4),
        prop::collection::vec(output(), 1..3),
        [std(), std()],
        0..6u8,
    );
    let flags = (
        prop::bool::weighted(0.7),
        prop::bool::weighted(0.03),
        prop::option::weighted(0.1, prop::bool::weighted(0.3)),
        prop::bool::weighted(0.07),
        prop::option::weighted(0.15, any::<bool>()),
        rarely(),
    );
    (parts, flags).prop_map(|((kind, inputs, outputs, std, duration), flags)| {
        let (in_ac, broken, decoded, nondeterministic, local, same_label) = flags;
        RandomAction {
            kind,
            inputs,
            outputs,
            std,
            in_ac,
            broken,
            decoded,
            nondeterministic,
            duration,
            local,
            same_label,
        }
    })
}

fn picks(n: usize) -> impl Strategy<Value = Vec<(bool, u16)>> {
    prop::collection::vec((prop::bool::weighted(0.25), any::<u16>()), 0..n)
}

fn build(n_actions: usize) -> impl Strategy<Value = RandomBuild> {
    let flags = (
        prop::bool::weighted(0.4),
        prop::bool::weighted(0.15),
        any::<bool>(),
        prop::bool::weighted(0.95),
        prop::bool::weighted(0.95),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.2),
    );
    let more = (
        prop::collection::vec(any::<u16>(), 0..4),
        0..3usize,
        prop_oneof![1 => Just(1u32), 1 => 2..9u32],
        prop_oneof![3 => Just(0u8), 1 => 1..4u8],
        prop::option::weighted(0.1, any::<u16>()),
        prop_oneof![8 => Just(Vec::new()), 1 => prop::collection::vec(any::<u16>(), 1..3)],
        picks(6),
        prop_oneof![
            1 => Just(Vec::new()),
            1 => Just((0..n_actions).collect::<Vec<_>>()).prop_shuffle(),
        ],
    );
    (flags, more).prop_map(|(flags, more)| {
        let (clean, restart, keep_going, accept_cached, upload, async_upload, upload_final) = flags;
        let (targets, mode, jobs, wait, edit, edit_sources, evict, order) = more;
        RandomBuild {
            targets,
            mode,
            clean,
            restart,
            keep_going,
            accept_cached,
            upload,
            async_upload,
            upload_final,
            jobs,
            wait,
            edit,
            edit_sources,
            evict,
            order,
        }
    })
}

fn fault() -> impl Strategy<Value = RandomFault> {
    let what = prop_oneof![
        3 => picks(5).prop_map(RandomWhat::These),
        1 => (0..3u8).prop_map(RandomWhat::Everything),
        1 => (any::<bool>(), 0..=100u8).prop_map(|(ac, n)| RandomWhat::Share(ac, n)),
        1 => (0..20u8).prop_map(RandomWhat::AtLeast),
        1 => (any::<bool>(), 0..6u8).prop_map(|(ac, n)| RandomWhat::UnusedFor(ac, n)),
    ];
    let when = prop_oneof![
        2 => (0..3u8).prop_map(RandomWhen::BeforeBuild),
        2 => any::<u16>().prop_map(RandomWhen::AfterAction),
        1 => (0..60u8).prop_map(RandomWhen::AtStep),
        2 => (0..30u8).prop_map(RandomWhen::AtTime),
    ];
    let how_often = prop_oneof![3 => Just(0u8), 1 => 1..4u8];
    let flags = (prop::bool::weighted(0.15), prop::bool::weighted(0.25));
    (what, when, how_often, flags).prop_map(|(what, when, how_often, (disk, untyped))| {
        RandomFault { what, when, how_often, disk, untyped }
    })
}

fn server() -> impl Strategy<Value = RandomServer> {
    let lifetime = prop_oneof![3 => Just(0usize), 1 => 1..4usize];
    let cas_bytes = prop::option::weighted(0.1, 20..300u16);
    let ac_entries = prop::option::weighted(0.05, 0..5u8);
    let parts = (prop::bool::weighted(0.2), any::<bool>(), lifetime, cas_bytes, ac_entries);
    parts.prop_map(|(verified, grpc, lifetime, cas_bytes, ac_entries)| RandomServer {
        verified,
        grpc,
        lifetime,
        cas_bytes,
        ac_entries,
    })
}

/// Scenarios of up to `n_actions` actions, small ones most often.
pub fn scenario(n_actions: usize) -> impl Strategy<Value = RandomScenario> {
    let sizes = prop_oneof![
        12 => 1..5usize,
        4 => 5..10usize,
        1 => 10..25usize,
        1 => 10..=n_actions,
    ];
    sizes.prop_flat_map(|n| {
        let overrides = prop_oneof![
            1 => Just(Vec::new()),
            1 => prop::collection::vec((any::<u8>(), any::<u8>()), 1..5),
        ];
        let who = (0..all_engines().len(), overrides, server());
        let how = (
            prop_oneof![2 => Just(0u8), 1 => 1..3u8],
            0..4u8,
            prop::option::weighted(0.2, any::<u64>()),
            prop_oneof![2 => Just(0u64), 1 => any::<u64>()],
        );
        let what = (
            prop::collection::vec(action(), n),
            prop_oneof![1 => Just(Vec::new()), 1 => prop::collection::vec(fault(), 1..4)],
            prop::collection::vec(build(n), 1..4),
        );
        (who, how, what).prop_map(|(who, how, what)| {
            let ((engine, overrides, server), (executor, upload_ms, disk, seed)) = (who, how);
            let (actions, faults, builds) = what;
            RandomScenario {
                engine,
                overrides,
                server,
                executor,
                upload_ms,
                disk,
                seed,
                actions,
                faults,
                builds,
            }
        })
    })
}

impl RandomScenario {
    /// One clean build of `n` actions of one output each by an engine of [`all_engines`], with
    /// everything in the cache.
    pub fn of_chosen(engine: usize, n: usize, mode: usize) -> Self {
        let output = RandomOutput { content: Content::Own, tree: None, in_memory: false };
        let action = RandomAction {
            kind: Kind::Spawn,
            inputs: Vec::new(),
            outputs: vec![output],
            std: [None; 2],
            in_ac: true,
            broken: false,
            decoded: None,
            nondeterministic: false,
            duration: 0,
            local: None,
            same_label: false,
        };
        let build = RandomBuild {
            targets: Vec::new(),
            mode,
            clean: true,
            restart: false,
            keep_going: false,
            accept_cached: true,
            upload: true,
            async_upload: false,
            upload_final: false,
            jobs: 1,
            wait: 0,
            edit: None,
            edit_sources: Vec::new(),
            evict: Vec::new(),
            order: (0..n).collect(),
        };
        Self {
            engine,
            overrides: Vec::new(),
            server: RandomServer::default(),
            executor: 0,
            upload_ms: 0,
            disk: None,
            seed: 0,
            actions: vec![action; n],
            faults: Vec::new(),
            builds: vec![build],
        }
    }

    /// Evicts the output of `action` first, in a scenario made by [`Self::of_chosen`].
    pub fn evict_output(&mut self, action: usize) {
        // Each action brings three blobs: its output, its key, its command.
        self.builds[0].evict.push((false, 3 * action as u16));
    }

    /// Without what the planner did not know at first: one job, no faults, no time, no trees.
    pub fn plain(mut self) -> Self {
        self.overrides.clear();
        self.server = RandomServer { verified: self.server.verified, ..RandomServer::default() };
        (self.executor, self.upload_ms, self.disk, self.seed) = (0, 0, None, 0);
        self.faults.clear();
        for action in &mut self.actions {
            action.kind = Kind::Spawn;
            (action.decoded, action.nondeterministic, action.local) = (None, false, None);
            for output in &mut action.outputs {
                (output.tree, output.in_memory) = (None, false);
            }
        }
        for build in &mut self.builds {
            (build.async_upload, build.upload_final) = (false, false);
            (build.jobs, build.wait) = (1, 0);
            build.edit_sources.clear();
        }
        self
    }
}
