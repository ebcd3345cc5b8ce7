//! What goes wrong with the caches, and when (P30-P34).

use std::collections::BTreeMap;

use rewindow::model::{ActionId, BlobId, CacheKind, Tier};
use rewindow::rewind::{Eviction, Fault, HowOften, What, When};

use super::sim::Sim;

/// What has become of a fault.
#[derive(Clone, Debug, Default)]
pub struct Struck {
    pub struck: bool,
    /// How many uploads of each it has taken.
    pub taken: BTreeMap<(CacheKind, BlobId), u32>,
}

/// Splitmix64's finaliser of `x` plus its increment (P32).
pub fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

impl Sim<'_> {
    /// Strikes every fault that has not struck and whose time has come by `is_due`, in order.
    pub fn strike(&mut self, is_due: impl Fn(&When) -> bool) {
        for i in 0..self.scenario.faults.len() {
            if !self.faults[i].struck && is_due(&self.scenario.faults[i].when) {
                self.faults[i].struck = true;
                self.struck.push(i);
                let outer = std::mem::replace(&mut self.strikes, true);
                self.strike_one(&self.scenario.faults[i]);
                self.strikes = outer;
            }
        }
    }

    /// Those that wait for the trace to have so many events.
    pub fn strike_steps(&mut self) {
        // What one fault takes goes in one.
        while !self.strikes {
            let n = self.events.len();
            let due = |when: &When| matches!(when, When::AtStep(step) if *step <= n);
            let faults = self.scenario.faults.iter().zip(&self.faults);
            if !faults.into_iter().any(|(fault, state)| !state.struck && due(&fault.when)) {
                return;
            }
            self.strike(due);
        }
    }

    pub fn strike_times(&mut self) {
        let clock = self.clock;
        self.strike(|when| matches!(when, When::AtTime(ms) if *ms <= clock));
    }

    pub fn strike_after(&mut self, action: ActionId) {
        self.strike(|when| *when == When::AfterAction(action));
    }

    fn strike_one(&mut self, fault: &Fault) {
        if fault.tier == Tier::Disk && self.disk.is_none() {
            return;
        }
        let taken: Vec<Eviction> = match &fault.what {
            What::These(these) => these.clone(),
            _ => {
                let mut all = Vec::new();
                for kind in [CacheKind::Ac, CacheKind::Cas] {
                    let held = self.store(fault.tier).all(kind);
                    all.extend(held.into_iter().map(|blob| Eviction { kind, blob }));
                }
                all.retain(|e| self.takes(fault, e.kind, e.blob, true));
                all
            }
        };
        for Eviction { kind, blob } in taken {
            self.evict(fault.tier, kind, blob, fault.report);
        }
    }

    /// Whether a fault takes it: `now`, when it strikes, or as a later upload.
    fn takes(&self, fault: &Fault, kind: CacheKind, blob: BlobId, now: bool) -> bool {
        match &fault.what {
            What::These(these) => these.contains(&Eviction { kind, blob }),
            What::Everything(half) => half.is_none_or(|half| half == kind),
            What::Share { kind: half, percent } => {
                let digest = self.graph.blobs().digest(blob);
                let head = digest.bytes()[..8].try_into().expect("eight bytes");
                let number = mix(self.scenario.seed ^ u64::from_be_bytes(head));
                *half == kind && number % 100 < u64::from(*percent)
            }
            What::AtLeast { bytes } => {
                let size = self.world.sizes.get(&blob);
                kind == CacheKind::Cas && size.is_some_and(|size| size >= bytes)
            }
            What::UnusedFor { kind: half, ms } => {
                let store = match fault.tier {
                    Tier::Remote => Some(&self.remote),
                    Tier::Disk => self.disk.as_ref(),
                };
                let used = store.and_then(|s| s.used.get(&(kind, blob))).map_or(0, |u| u.0);
                now && *half == kind && self.clock - used >= *ms
            }
        }
    }

    /// P31: what a fault that has struck does to an upload; of several the one that struck first.
    pub fn take_upload(&mut self, tier: Tier, kind: CacheKind, blob: BlobId) {
        for i in self.struck.clone() {
            let fault = &self.scenario.faults[i];
            let n = self.faults[i].taken.get(&(kind, blob)).copied().unwrap_or(0);
            let more = match fault.how_often {
                HowOften::Once => false,
                HowOften::FirstUploads(max) => n < max,
                HowOften::Always => true,
            };
            if fault.tier == tier && more && self.takes(fault, kind, blob, false) {
                self.faults[i].taken.insert((kind, blob), n + 1);
                self.evict(tier, kind, blob, fault.report);
                return;
            }
        }
    }
}
