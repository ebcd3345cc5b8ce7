//! Cuts a log into builds and attempts (O2).

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::model::{ActionId, BlobId, CacheKind, Deed, Observed, ObservedDeed, Status, Verb};

use super::roles::Roles;

/// The deeds of one attempt at one build.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stretch {
    /// Which build, from 0.
    pub build: u32,
    /// Which attempt at it, from 1.
    pub attempt: u32,
    /// Positions of its deeds.
    pub deeds: Range<usize>,
}

/// Actions beyond this that read a lost blob are not looked at one by one.
const READERS_MAX: usize = 1 << 16;

/// The attempts in order; they cover all deeds.
pub fn split(roles: &Roles, observed: &Observed) -> Vec<Stretch> {
    let deeds = &observed.deeds;
    if deeds.is_empty() {
        return Vec::new();
    }
    let starts = if deeds.iter().any(|deed| deed.invocation.is_some()) {
        by_invocation(observed)
    } else {
        by_repetition(roles, observed)
    };
    let ends = starts.iter().skip(1).map(|start| start.0).chain([deeds.len()]);
    let (mut build, mut attempt) = (0, 0);
    let mut stretches = Vec::with_capacity(starts.len());
    for (&(start, is_attempt), end) in starts.iter().zip(ends) {
        (build, attempt) = match (is_attempt, attempt) {
            (_, 0) => (0, 1),
            (true, attempt) => (build, attempt + 1),
            (false, _) => (build + 1, 1),
        };
        stretches.push(Stretch { build, attempt, deeds: start..end });
    }
    stretches
}

/// Where a stretch starts, and whether it is another attempt at the build before.
type Start = (usize, bool);

/// Each invocation that the log names is one.
fn by_invocation(observed: &Observed) -> Vec<Start> {
    let mut seen = HashSet::new();
    let mut starts = vec![(0, false)];
    let (mut has_lost, mut exit_code) = (false, None);
    for (at, deed) in observed.deeds.iter().enumerate() {
        if let Some(invocation) = deed.invocation
            && seen.insert(invocation)
        {
            if seen.len() > 1 {
                starts.push((at, has_lost && exit_code != Some(0)));
                has_lost = false;
            }
            let told = observed.invocations.get(invocation as usize);
            exit_code = told.and_then(|invocation| invocation.exit_code);
        }
        has_lost |= is_loss(deed);
    }
    starts
}

/// An action asks for its entry once an attempt, unless it is rewound.
fn by_repetition(roles: &Roles, observed: &Observed) -> Vec<Start> {
    let executing = executing(&observed.deeds);
    let restarts_only = observed.n_retries > 0 && observed.n_rewinds == 0;
    let mut asked: HashSet<ActionId> = HashSet::new();
    let mut involved: HashSet<ActionId> = HashSet::new();
    let (mut has_lost, mut run) = (false, None);
    let mut starts = vec![(0, false)];
    for (at, deed) in observed.deeds.iter().enumerate() {
        if is_loss(deed)
            && let Some(blob) = blob_of(deed)
        {
            has_lost = true;
            involved.extend(roles.makers(blob));
            involved.extend(roles.readers(blob, READERS_MAX));
        }
        let Deed::Asked { verb: Verb::Get, kind: CacheKind::Ac, blob, .. } = deed.deed else {
            continue;
        };
        let Some(action) = roles.graph.action_of_key(blob) else { continue };
        if asked.insert(action) {
            run = None;
            continue;
        }
        // The first look-up of an unbroken run of repeated ones.
        let first = *run.get_or_insert(at);
        // Nothing else asks again; and who is rewound executes, unless its entry is believed.
        let may_rewind = has_lost && !restarts_only && involved.contains(&action);
        if may_rewind && (observed.n_rewinds > 0 || executing.contains(&at)) {
            continue;
        }
        starts.push((first, has_lost));
        asked.clear();
        involved.clear();
        (has_lost, run) = (false, None);
        for deed in &observed.deeds[first..=at] {
            if let Deed::Asked { verb: Verb::Get, kind: CacheKind::Ac, blob, .. } = deed.deed {
                asked.extend(roles.graph.action_of_key(blob));
            }
        }
    }
    starts
}

/// Positions of look-ups after which the same action executes before it asks again.
fn executing(deeds: &[ObservedDeed]) -> HashSet<usize> {
    let mut executing = HashSet::new();
    let mut is_next: HashMap<BlobId, bool> = HashMap::new();
    for (at, deed) in deeds.iter().enumerate().rev() {
        match deed.deed {
            Deed::Asked { verb: Verb::Get, kind: CacheKind::Ac, blob, .. } => {
                let executes = is_next.insert(blob, false) == Some(true);
                executing.extend(executes.then_some(at));
            }
            Deed::Asked { verb: Verb::Put, kind: CacheKind::Ac, blob: key, .. }
            | Deed::Executed { key, .. } => {
                is_next.insert(key, true);
            }
            _ => {}
        }
    }
    executing
}

/// Whether somebody misses a blob: reads it in vain, or cannot execute without it.
fn is_loss(deed: &ObservedDeed) -> bool {
    matches!(
        deed.deed,
        Deed::Asked { verb: Verb::Get, kind: CacheKind::Cas, status: Status::NotFound, .. }
            | Deed::Lacked { .. }
    )
}

fn blob_of(deed: &ObservedDeed) -> Option<BlobId> {
    match deed.deed {
        Deed::Asked { blob, .. } | Deed::Lacked { blob } => Some(blob),
        Deed::Executed { .. } => None,
    }
}
