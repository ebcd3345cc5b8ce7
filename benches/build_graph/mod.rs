//! Build-like graphs for the benches: layered packages of generated sources, interfaces, compiles,
//! archives, links and tests. Seeded; ids are a topological order; 2.5 inputs an action.
//!
//! The same graphs as those of `benches/peers/`, so that figures can be compared.

use std::collections::HashSet;

use rewindow::model::{
    ActionDigests, ActionKind, ActionSpec, ArtifactKind, Cache, Digest, DigestFunction, Graph,
    GraphBuilder,
};

/// splitmix32.
struct Rng(u32);

impl Rng {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9);
        let mut t = self.0 ^ (self.0 >> 16);
        t = t.wrapping_mul(0x21f0_aaad);
        t ^= t >> 15;
        t = t.wrapping_mul(0x735a_2d97);
        f64::from(t ^ (t >> 15)) / 4_294_967_296.0
    }

    fn between(&mut self, low: usize, high: usize) -> usize {
        low + (self.next() * (high - low + 1) as f64) as usize
    }
}

struct Package {
    interface: usize,
    archive: usize,
    deps: Vec<usize>,
}

/// Actions as (mnemonic, package) and edges from producer to consumer.
pub struct BuildGraph {
    actions: Vec<(&'static str, usize)>,
    edges: Vec<(usize, usize)>,
    seen: HashSet<(usize, usize)>,
    packages: Vec<Package>,
    by_level: Vec<Vec<usize>>,
    rng: Rng,
}

impl BuildGraph {
    /// A graph of `n` actions.
    pub fn new(n: usize, seed: u32) -> Self {
        let n_levels = 3.max((3.0 + 2.6 * (n as f64).log10()).round() as usize);
        let mut made = Self {
            actions: Vec::new(),
            edges: Vec::new(),
            seen: HashSet::new(),
            packages: Vec::new(),
            by_level: vec![Vec::new(); n_levels],
            rng: Rng(seed.wrapping_mul(7919).wrapping_add(n as u32)),
        };
        let target = n_levels.max((n as f64 / 11.0).round() as usize);
        while made.actions.len() < n {
            let done = (made.packages.len() as f64 / target as f64).min(0.999);
            let level = (n_levels - 1).min((done.powf(1.15) * n_levels as f64) as usize);
            made.add_package(n, level, n_levels);
        }
        made.actions.truncate(n);
        made.edges.retain(|&(from, to)| from < n && to < n);
        made.top_up(n * 5 / 2);
        made
    }

    fn action(&mut self, mnemonic: &'static str) -> usize {
        self.actions.push((mnemonic, self.packages.len()));
        self.actions.len() - 1
    }

    fn edge(&mut self, from: usize, to: usize) {
        if from < to && self.seen.insert((from, to)) {
            self.edges.push((from, to));
        }
    }

    fn pick_dep(&mut self, level: usize) -> Option<usize> {
        let back = (self.rng.next().powf(2.2) * level as f64) as usize;
        let mut from = (level - 1).saturating_sub(back);
        while from > 0 && self.by_level[from].is_empty() {
            from -= 1;
        }
        let n = self.by_level[from].len();
        (n > 0).then(|| self.by_level[from][(self.rng.next().powf(1.8) * n as f64) as usize])
    }

    fn add_package(&mut self, n: usize, level: usize, n_levels: usize) {
        let mut deps: Vec<usize> = Vec::new();
        if level > 0 {
            for _ in 0..self.rng.between(1, 4) {
                if let Some(dep) = self.pick_dep(level).filter(|d| !deps.contains(d)) {
                    deps.push(dep);
                }
            }
        }
        let generated = self.add_generated();
        let interface = self.action("Interface");
        for &from in &generated {
            self.edge(from, interface);
        }
        for &dep in &deps {
            self.edge(self.packages[dep].interface, interface);
        }
        let objects = self.add_compiles(n, interface, &generated, &deps);
        let archive = self.action("CppArchive");
        for object in objects {
            self.edge(object, archive);
        }
        let is_binary = level + 2 >= n_levels || self.rng.next() < 0.12;
        if is_binary && self.actions.len() < n {
            self.add_binary(n, archive, &deps);
        }
        self.by_level[level].push(self.packages.len());
        self.packages.push(Package { interface, archive, deps });
    }

    fn add_generated(&mut self) -> Vec<usize> {
        let mut generated: Vec<usize> = Vec::new();
        if self.rng.next() < 0.3 {
            for _ in 0..self.rng.between(1, 3) {
                let action = self.action("Genrule");
                if let Some(&before) = generated.last()
                    && self.rng.next() < 0.6
                {
                    self.edge(before, action);
                }
                generated.push(action);
            }
        }
        generated
    }

    fn add_compiles(
        &mut self,
        n: usize,
        interface: usize,
        generated: &[usize],
        deps: &[usize],
    ) -> Vec<usize> {
        let n_sources = 60.min(1 + (-(1.0 - self.rng.next()).ln() * 6.0) as usize);
        let mut objects = Vec::new();
        for _ in 0..n_sources {
            if self.actions.len() >= n {
                break;
            }
            let compile = self.action("CppCompile");
            objects.push(compile);
            self.edge(interface, compile);
            if !generated.is_empty() && self.rng.next() < 0.35 {
                let from = generated[self.rng.between(0, generated.len() - 1)];
                self.edge(from, compile);
            }
            if !deps.is_empty() && self.rng.next() < 0.35 {
                let dep = deps[self.rng.between(0, deps.len() - 1)];
                self.edge(self.packages[dep].interface, compile);
            }
        }
        objects
    }

    fn add_binary(&mut self, n: usize, archive: usize, deps: &[usize]) {
        let link = self.action("CppLink");
        self.edge(archive, link);
        let (mut open, mut seen) = (deps.to_vec(), HashSet::new());
        let mut left = 6 + self.rng.between(0, 18);
        let mut next = 0;
        while next < open.len() && left > 0 {
            let dep = open[next];
            next += 1;
            if seen.insert(dep) {
                self.edge(self.packages[dep].archive, link);
                left -= 1;
                open.extend_from_slice(&self.packages[dep].deps.clone());
            }
        }
        for _ in 0..self.rng.between(0, 3) {
            if self.actions.len() < n {
                let test = self.action("TestRunner");
                self.edge(link, test);
            }
        }
    }

    /// Compiles get more interfaces as inputs until there are `n_edges`.
    fn top_up(&mut self, n_edges: usize) {
        let has_deps = |&i: &usize| {
            let (mnemonic, package) = self.actions[i];
            mnemonic == "CppCompile" && !self.packages[package].deps.is_empty()
        };
        let compiles: Vec<usize> = (0..self.actions.len()).filter(has_deps).collect();
        let mut tries = n_edges * 20;
        while self.edges.len() < n_edges && !compiles.is_empty() && tries > 0 {
            tries -= 1;
            let compile = compiles[self.rng.between(0, compiles.len() - 1)];
            let mut dep = self.actions[compile].1;
            for _ in 0..=self.rng.between(0, 2) {
                let deps = &self.packages[dep].deps;
                if deps.is_empty() {
                    break;
                }
                let n = deps.len();
                let pick = self.rng.between(0, n - 1);
                dep = self.packages[dep].deps[pick];
            }
            self.edge(self.packages[dep].interface, compile);
        }
    }

    /// From producers to consumers.
    #[allow(dead_code, reason = "for the peers of the layout only")]
    pub fn edges(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.edges.iter().map(|&(from, to)| (from as u32, to as u32))
    }

    /// The graph as a model, and a cache that holds all of it.
    pub fn into_model(self) -> (Graph, Cache) {
        let mut builder = GraphBuilder::default();
        let n = self.actions.len();
        let mut inputs = vec![Vec::new(); n];
        for &(from, to) in &self.edges {
            inputs[to].push(from);
        }
        let outputs: Vec<_> = (0..n)
            .map(|i| {
                let path = format!("bazel-out/bin/{}/o{i}", folder(self.actions[i].1));
                let artifact = builder.artifact(&path, ArtifactKind::Derived);
                let blob = builder.intern_blob(digest(1, i), Some(1000 + i as u64));
                builder.set_blob(artifact, blob);
                artifact
            })
            .collect();
        for (i, &(mnemonic, package)) in self.actions.iter().enumerate() {
            let key = builder.intern_blob(digest(2, i), Some(140));
            builder.action(ActionSpec {
                label: format!("//{}:t{package}", folder(package)),
                mnemonic: mnemonic.to_owned(),
                kind: ActionKind::Spawn,
                inputs: inputs[i].iter().map(|&from| outputs[from]).collect(),
                outputs: vec![outputs[i]],
                digests: ActionDigests { key: Some(key), ..ActionDigests::default() },
                duration_ms: None,
            });
        }
        let (graph, defects) = builder.finish();
        assert!(defects.is_empty(), "ids are a topological order");
        let mut cache = Cache::default();
        for action in graph.action_ids() {
            cache.ac.extend(graph.digests(action).key);
            cache.cas.extend(graph.outputs(action).iter().filter_map(|&o| graph.blob(o)));
        }
        (graph, cache)
    }
}

/// Where a package lies: few in a folder, as people keep them.
fn folder(package: usize) -> String {
    const AREAS: [&str; 8] =
        ["base", "net", "ui", "media", "storage", "tools", "third_party", "app"];
    let area = AREAS[package / 3 % AREAS.len()];
    format!("{area}/d{}/s{}/p{package}", package / 600, package / 24 % 25)
}

fn digest(salt: u8, i: usize) -> Digest {
    let mut bytes = [salt; 32];
    // Spread like a real digest, so that sorting and searching meet random order.
    let mixed = (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bytes[..8].copy_from_slice(&mixed.to_be_bytes());
    bytes[8..16].copy_from_slice(&(i as u64).to_le_bytes());
    Digest::new(DigestFunction::Sha256, &bytes).expect("32 bytes")
}
