//! Faults, tiers, executors and servers at random on top of a scenario.

use rewindow::model::{ActionId, ArtifactKind, BlobId, Cache, CacheKind, Graph, Id, IdSet, Tier};
use rewindow::rewind::{
    CachePolicy, DoneConsumers, Eviction, Executor, Fault, HowOften, Lifetime, Report, Scenario,
    What, When,
};

/// A sequence of numbers that looks random (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % n as u64) as usize
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// Changes `scenario` in ways that `seed` stands for.
pub fn vary(graph: &Graph, cache: &Cache, scenario: &mut Scenario, seed: u64) {
    let mut numbers = Numbers(seed);
    let n = &mut numbers;
    let some = |n: &mut Numbers, in_: usize| -> IdSet<ActionId> {
        graph.action_ids().filter(|_| n.one_in(in_)).collect()
    };
    scenario.seed = n.below(3) as u64;
    scenario.nondeterministic = if n.one_in(3) { some(n, 4) } else { IdSet::default() };
    scenario.execution.default = n.of(&[None, Some(Executor::Local), Some(Executor::Remote)]);
    scenario.execution.local_only = if n.one_in(4) { some(n, 3) } else { IdSet::default() };
    scenario.disk_cache = match n.below(5) {
        0 => Some(Cache::default()),
        1 => Some(cache.clone()),
        _ => None,
    };
    scenario.server.policy = n.of(&[CachePolicy::Unverified, CachePolicy::Verified]);
    scenario.server.lifetime = n.of(&[
        Lifetime::Independent,
        Lifetime::TouchesBlobs,
        Lifetime::KeepsBlobs,
        Lifetime::EvictsTogether,
    ]);
    if n.one_in(5) {
        scenario.server.capacity.cas_bytes = Some(50 + n.below(200) as u64);
    }
    if n.one_in(3) {
        let all = [DoneConsumers::RunIfChanged, DoneConsumers::RunAgain];
        scenario.engine.done_consumers = n.of(&all);
    }
    let sources = graph.artifact_ids().filter(|&a| graph.artifact_kind(a) == ArtifactKind::Source);
    let sources: Vec<_> = sources.collect();
    for build in &mut scenario.builds {
        build.jobs = 1 + n.below(3) as u32;
        build.async_upload = n.one_in(3);
        build.upload = !n.one_in(8);
        build.upload_final = n.one_in(4);
        build.wait_ms = n.of(&[0, 0, 500]);
        if n.one_in(4) && !sources.is_empty() {
            build.edit_sources = vec![n.of(&sources)];
        }
    }
    for _ in 0..n.below(4) {
        let fault = fault(n, graph, scenario.builds.len());
        scenario.faults.push(fault);
    }
}

fn fault(n: &mut Numbers, graph: &Graph, n_builds: usize) -> Fault {
    let kind = n.of(&[CacheKind::Cas, CacheKind::Cas, CacheKind::Ac]);
    let what = match n.below(5) {
        0 => What::Everything(n.of(&[None, Some(kind)])),
        1 => What::Share { kind, percent: n.of(&[20, 60]) },
        2 => What::AtLeast { bytes: 5 },
        _ => {
            let blob = BlobId::at(n.below(graph.blobs().len()));
            What::These(vec![Eviction { kind, blob }])
        }
    };
    let when = match n.below(4) {
        0 => When::BeforeBuild(n.below(n_builds) as u32),
        1 => When::AfterAction(ActionId::at(n.below(graph.n_actions()))),
        2 => When::AtStep(n.below(40)),
        _ => When::AtTime(n.below(6) as u64 * 500),
    };
    Fault {
        what,
        when,
        how_often: n.of(&[HowOften::Once, HowOften::FirstUploads(1), HowOften::Always]),
        tier: n.of(&[Tier::Remote, Tier::Remote, Tier::Disk]),
        report: n.of(&[Report::Typed, Report::Untyped]),
    }
}
