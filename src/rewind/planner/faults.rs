//! Faults: when they strike, and what they take then and later (P30-P34).

use std::collections::HashMap;

use crate::model::{ActionId, BlobId, CacheKind, Tier};

use crate::rewind::fault::{Fault, HowOften, Report, What, When};
use crate::rewind::trace::Event;

use super::Planner;

/// Which faults are still to come, and which go on.
pub struct Faults {
    /// By time, those that come first last.
    at_time: Vec<(u64, usize)>,
    /// By step, those that come first last.
    at_step: Vec<(u64, usize)>,
    after: HashMap<ActionId, Vec<usize>>,
    /// Those that struck and take uploads too.
    going_on: Vec<usize>,
    /// How many uploads each took, by fault and blob.
    taken: HashMap<(usize, CacheKind, BlobId), u32>,
    striking: bool,
    /// When what the disk cache holds was last used, if a fault asks (P33).
    pub disk_uses: HashMap<(CacheKind, BlobId), u64>,
    pub asks_disk_age: bool,
}

impl Faults {
    /// None has struck yet.
    pub fn new(faults: &[Fault]) -> Self {
        let (mut at_time, mut at_step) = (Vec::new(), Vec::new());
        let mut after: HashMap<ActionId, Vec<usize>> = HashMap::new();
        for (i, fault) in faults.iter().enumerate() {
            match fault.when {
                When::BeforeBuild(_) => {}
                When::AfterAction(action) => after.entry(action).or_default().push(i),
                When::AtStep(step) => at_step.push((step as u64, i)),
                When::AtTime(ms) => at_time.push((ms, i)),
            }
        }
        // Two plain sorts are one in a page, and two with orders of their own are two.
        for faults in [&mut at_time, &mut at_step] {
            faults.sort_unstable();
            faults.reverse();
        }
        let (going_on, taken) = (Vec::new(), HashMap::new());
        let asks_age = |f: &Fault| matches!(f.what, What::UnusedFor { .. });
        let asks_disk_age = faults.iter().any(|f| f.tier == Tier::Disk && asks_age(f));
        let (disk_uses, striking) = (HashMap::new(), false);
        Self { at_time, at_step, after, going_on, taken, striking, disk_uses, asks_disk_age }
    }

    /// When the next fault with a time strikes.
    pub fn next_time(&self) -> Option<u64> {
        self.at_time.last().map(|next| next.0)
    }

    fn is_due(&self, n_events: usize) -> bool {
        !self.striking && self.at_step.last().is_some_and(|next| next.0 <= n_events as u64)
    }
}

impl Planner<'_> {
    /// Before anything is asked or noted: the clock is shown if it moved, and faults whose step has
    /// come strike.
    #[inline]
    pub fn settle(&mut self) {
        if self.now != self.now_shown || !self.faults.at_step.is_empty() {
            self.settle_anew();
        }
    }

    fn settle_anew(&mut self) {
        self.strike_steps();
        if self.now != self.now_shown {
            self.now_shown = self.now;
            self.append(Event::Clock { ms: self.now });
            self.strike_steps();
        }
    }

    fn strike_steps(&mut self) {
        while self.faults.is_due(self.trace.events.len()) {
            if let Some((_, fault)) = self.faults.at_step.pop() {
                self.strike(fault);
            }
        }
    }

    /// The clock goes to `ms`, and faults on the way strike.
    pub fn pass_time(&mut self, ms: u64) {
        while let Some(time) = self.faults.next_time().filter(|&time| time <= ms) {
            self.now = self.now.max(time);
            if let Some((_, fault)) = self.faults.at_time.pop() {
                self.strike(fault);
            }
        }
        self.now = self.now.max(ms);
    }

    /// Faults that wait for this build.
    pub fn strike_before_build(&mut self, build: u32) {
        for i in 0..self.scenario.faults.len() {
            if self.scenario.faults[i].when == When::BeforeBuild(build) {
                self.strike(i);
            }
        }
    }

    /// `action` has its outputs: faults that wait for it strike, the first time.
    #[inline]
    pub fn strike_after(&mut self, action: ActionId) {
        if !self.faults.after.is_empty() {
            self.strike_those_after(action);
        }
    }

    fn strike_those_after(&mut self, action: ActionId) {
        for fault in self.faults.after.remove(&action).unwrap_or_default() {
            self.strike(fault);
        }
    }

    /// A blob was uploaded: a fault that goes on may take it (P31).
    pub fn take_upload(&mut self, tier: Tier, kind: CacheKind, blob: BlobId) {
        for i in 0..self.faults.going_on.len() {
            let index = self.faults.going_on[i];
            let fault = &self.scenario.faults[index];
            if fault.tier != tier || !self.takes_upload(fault, kind, blob) {
                continue;
            }
            let report = fault.report;
            let taken = self.faults.taken.entry((index, kind, blob)).or_default();
            if let HowOften::FirstUploads(n) = fault.how_often
                && *taken >= n
            {
                continue;
            }
            *taken += 1;
            self.evict(tier, kind, blob, report);
            return;
        }
    }

    fn strike(&mut self, index: usize) {
        let scenario = self.scenario;
        let fault = &scenario.faults[index];
        let was_striking = std::mem::replace(&mut self.faults.striking, true);
        if fault.how_often != HowOften::Once {
            self.faults.going_on.push(index);
        }
        for (kind, blob) in self.victims(fault) {
            self.evict(fault.tier, kind, blob, fault.report);
        }
        self.faults.striking = was_striking;
    }

    /// What is there of what the fault takes, AC entries first (P30).
    fn victims(&self, fault: &Fault) -> Vec<(CacheKind, BlobId)> {
        if let What::These(these) = &fault.what {
            return these.iter().map(|e| (e.kind, e.blob)).collect();
        }
        let Some(cache) = self.cache_of(fault.tier) else { return Vec::new() };
        let ac = cache.ac.iter().map(|key| (CacheKind::Ac, key));
        let all = ac.chain(cache.cas.iter().map(|blob| (CacheKind::Cas, blob)));
        all.filter(|&(kind, blob)| self.takes(fault, kind, blob)).collect()
    }

    fn takes_upload(&self, fault: &Fault, kind: CacheKind, blob: BlobId) -> bool {
        match &fault.what {
            What::These(these) => these.iter().any(|e| (e.kind, e.blob) == (kind, blob)),
            What::UnusedFor { .. } => false,
            _ => self.takes(fault, kind, blob),
        }
    }

    fn takes(&self, fault: &Fault, kind: CacheKind, blob: BlobId) -> bool {
        match fault.what {
            What::These(_) => false,
            What::Everything(half) => half.is_none_or(|half| half == kind),
            What::Share { kind: half, percent } => {
                half == kind && share(self.digest_head(blob), self.scenario.seed) < percent.into()
            }
            What::AtLeast { bytes } => {
                let size = self.graph.blobs().size_bytes(blob);
                kind == CacheKind::Cas && size.is_some_and(|size| size >= bytes)
            }
            What::UnusedFor { kind: half, ms } => {
                let last = match fault.tier {
                    Tier::Remote => self.world.store.last_use(kind, blob).map(|used| used.0),
                    Tier::Disk => self.faults.disk_uses.get(&(kind, blob)).copied(),
                };
                let last = last.unwrap_or(0);
                half == kind && self.now - last >= ms
            }
        }
    }

    fn digest_head(&self, blob: BlobId) -> u64 {
        let digest = self.graph.blobs().digest(blob);
        let mut head = [0; 8];
        for (to, from) in head.iter_mut().zip(digest.bytes()) {
            *to = *from;
        }
        u64::from_be_bytes(head)
    }

    /// `blob` leaves a cache, with what the lifetime says (P29).
    pub fn evict(&mut self, tier: Tier, kind: CacheKind, blob: BlobId, report: Report) {
        self.strike_steps();
        let gone = match (tier, &mut self.world.disk_cache) {
            (Tier::Remote, _) => self.world.store.evict(self.graph, kind, blob, report),
            (Tier::Disk, Some(disk)) => {
                let was_there = disk.evict(kind, blob);
                self.faults.disk_uses.remove(&(kind, blob));
                was_there.then_some((kind, blob)).into_iter().collect()
            }
            (Tier::Disk, None) => Vec::new(),
        };
        for (kind, blob) in gone {
            if kind == CacheKind::Cas {
                self.uploaded_to(tier).remove(blob);
            }
            self.push(Event::Evicted { kind, blob, tier });
        }
    }
}

/// 0 to 99, from the first eight bytes of a digest and a seed (P32).
fn share(head: u64, seed: u64) -> u64 {
    mix(seed ^ head) % 100
}

/// The finaliser of splitmix64.
pub fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
