//! What the files tell of builds that really happened, in terms of the finished graph.
//!
//! Logs of requests keep their own shapes until here; from here on a request is a request, whoever
//! logged it. Nothing is concluded: that is for `rewind::observe`.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::observed_names::Finder;
use super::{Merger, Sources};
use crate::import::bazel_grpc_facts::CallLog;
use crate::import::card::Place;
use crate::import::facts::Facts;
use crate::import::losses::LossFacts;
use crate::import::notes::Notes;
use crate::import::request_log::RequestLog;
use crate::model::{
    BlobId, CacheKind, Deed, Graph, Invocation, LossTeller, Observed, ObservedDeed, ObservedLoss,
    Status, Verb,
};

/// Of the distinct requests of the shorter of two logs, that many in a hundred are in the other if
/// both tell the same: a log may begin late or be cut.
const SAME_PERCENT: usize = 50;

impl Merger {
    /// Makes every digest that a log or a message names known to the graph.
    pub(super) fn intern_observed(&mut self, sources: &Sources) {
        for (_, facts) in &sources.all {
            match facts {
                Facts::Requests(log) => {
                    for request in &log.requests {
                        let is_whole = request.verb == Verb::Find;
                        let size = request.size_bytes.filter(|_| is_whole);
                        self.builder.intern_blob(request.digest, size);
                    }
                }
                Facts::Calls(log) => {
                    for id in log.blobs.ids() {
                        let blob = log.blobs.get(id);
                        self.builder.intern_blob(blob.digest, blob.size_bytes);
                    }
                }
                _ => {}
            }
        }
    }
}

/// What `sources` tell of builds that happened, if any: requests, losses, retries.
pub(super) fn observed(
    graph: &Graph,
    mangled: &HashMap<BlobId, BlobId>,
    sources: &Sources,
    notes: &mut Notes,
) -> Option<Observed> {
    let finder = Finder::new(graph, mangled);
    let mut observed = Observed { invocations: invocations(sources), ..Observed::default() };
    let mut logs: Vec<Log> = Vec::new();
    for &(name, facts) in &sources.all {
        match facts {
            Facts::Requests(log) if !log.is_by_hand => {
                logs.push(Log::of_requests(name, log, &finder))
            }
            Facts::Calls(log) => {
                logs.push(Log::of_calls(name, log, &finder, &mut observed.invocations));
            }
            Facts::Losses(losses) => add_losses(&mut observed, losses, &finder),
            Facts::Profile(profile) => {
                let n_rewinds = profile.rewinds.len() as u32;
                observed.n_rewinds = observed.n_rewinds.max(n_rewinds);
            }
            _ => {}
        }
    }
    observed.deeds = joined(logs, notes);
    add_lost_requests(&mut observed, &finder);
    let last = observed.invocations.iter().rev().find_map(|i| i.exit_code);
    observed.exit_code = observed.exit_code.or(last);
    observed.success = observed.success.or(observed.exit_code.map(|code| code == 0));
    let is_told = observed.has_trace() || !observed.losses.is_empty() || observed.n_retries > 0;
    is_told.then_some(observed)
}

/// Runs of the build tool that build events tell of.
fn invocations(sources: &Sources) -> Vec<Invocation> {
    let attempts = sources.reports.iter().flat_map(|report| &report.attempts);
    let mut all: Vec<Invocation> = Vec::new();
    for attempt in attempts {
        let known = all.iter_mut().find(|i| !i.id.is_empty() && i.id == attempt.invocation);
        let exit_code = attempt.exit_code.and_then(|code| u8::try_from(code).ok());
        match known {
            Some(known) => known.exit_code = exit_code.or(known.exit_code),
            None => all.push(Invocation {
                id: attempt.invocation.clone(),
                started_ms: attempt.started_ms,
                exit_code,
            }),
        }
    }
    all.sort_by_key(|invocation| invocation.started_ms);
    all
}

/// One log of requests.
struct Log<'a> {
    name: &'a str,
    deeds: Vec<ObservedDeed>,
    has_owners: bool,
    /// First and last time told.
    times: Option<(i64, i64)>,
}

impl<'a> Log<'a> {
    fn new(name: &'a str, deeds: Vec<ObservedDeed>) -> Self {
        let times = || deeds.iter().filter_map(|deed| deed.at_ms);
        Self {
            name,
            has_owners: deeds.iter().any(|deed| deed.owner.is_some()),
            times: times().min().zip(times().max()),
            deeds,
        }
    }

    fn of_requests(name: &'a str, log: &RequestLog, finder: &Finder) -> Self {
        let deed = |request: &crate::import::LoggedRequest| {
            let (verb, kind, status) = (request.verb, request.kind, request.status());
            let blob = finder.blob(&request.digest, kind)?;
            let owner = request.owner.as_deref().and_then(|label| finder.of_label(label));
            let deed = Deed::Asked { verb, kind, blob, status };
            Some(ObservedDeed { at_ms: request.time_ms, deed, owner, invocation: None })
        };
        Self::new(name, log.requests.iter().filter_map(deed).collect())
    }

    fn of_calls(
        name: &'a str,
        log: &CallLog,
        finder: &Finder,
        invocations: &mut Vec<Invocation>,
    ) -> Self {
        let mut invocation = |id: &str| -> Option<u32> {
            let at = invocations.iter().position(|invocation| invocation.id == id);
            let at = at.unwrap_or_else(|| {
                invocations.push(Invocation { id: id.to_owned(), ..Invocation::default() });
                invocations.len() - 1
            });
            (!id.is_empty()).then_some(at as u32)
        };
        let owners = log.owners.iter().map(|owner| {
            let key = owner.action.map(|action| log.blobs.digest(action));
            let action = key.and_then(|key| finder.of_key(&key));
            (action, invocation(log.texts.get(owner.invocation)))
        });
        let owners: Vec<_> = owners.collect();
        let owner = |index: Option<u32>| index.map_or((None, None), |i| owners[i as usize]);
        let blob = |id: BlobId, kind| finder.blob(&log.blobs.digest(id), kind);
        let mut deeds = Vec::with_capacity(log.requests.len());
        let mut executions = log.executions.iter().peekable();
        for n_before in 0..=log.requests.len() {
            while let Some(done) = executions.next_if(|e| e.n_before == n_before) {
                let (owner, invocation) = owner(done.owner);
                let (at_ms, status) = (done.at_ms, done.status);
                let mut add = |deed: Option<Deed>| {
                    deeds.extend(deed.map(|deed| ObservedDeed { at_ms, deed, owner, invocation }));
                };
                for &lacked in &done.lacked {
                    add(blob(lacked, CacheKind::Cas).map(|blob| Deed::Lacked { blob }));
                }
                let key = blob(done.key, CacheKind::Ac);
                add(key.map(|key| Deed::Executed { key, status }));
            }
            let Some(request) = log.requests.get(n_before) else { break };
            let (owner, invocation) = owner(request.owner);
            let (verb, kind, status) = (request.verb, request.kind, request.status);
            let Some(blob) = blob(request.blob, kind) else { continue };
            let deed = Deed::Asked { verb, kind, blob, status };
            deeds.push(ObservedDeed { at_ms: request.at_ms, deed, owner, invocation });
        }
        Self::new(name, deeds)
    }

    /// The distinct requests and answers. Servers and clients may name a question differently.
    fn requests(&self) -> HashSet<(bool, CacheKind, BlobId, Status)> {
        let request = |deed: &ObservedDeed| match deed.deed {
            Deed::Asked { verb, kind, blob, status } => {
                Some((verb == Verb::Put, kind, blob, status))
            }
            _ => None,
        };
        self.deeds.iter().filter_map(request).collect()
    }

    /// Whether both are logs of the same requests.
    fn tells_same(&self, other: &Self) -> bool {
        if let (Some(a), Some(b)) = (self.times, other.times)
            && (a.1 < b.0 - 1000 || b.1 < a.0 - 1000)
        {
            return false;
        }
        let (a, b) = (self.requests(), other.requests());
        let n_common = a.intersection(&b).count();
        n_common > 0 && n_common * 100 >= a.len().min(b.len()) * SAME_PERCENT
    }
}

/// The deeds of all logs in one order; of logs that tell the same, those of the one that knows who
/// asked.
fn joined(mut logs: Vec<Log>, notes: &mut Notes) -> Vec<ObservedDeed> {
    logs.sort_by_key(|log| (!log.has_owners, std::cmp::Reverse(log.deeds.len())));
    let mut kept: Vec<Log> = Vec::new();
    for log in logs {
        let Some(same) = kept.iter().find(|known| known.tells_same(&log)) else {
            kept.push(log);
            continue;
        };
        let what = || format!("{} and {} tell of the same requests.", same.name, log.name);
        let remedy = match same.has_owners {
            true => "The log that names who asked is played.",
            false => "The longer log is played.",
        };
        notes.add("same requests", Place::Whole, what, remedy);
    }
    kept.sort_by_key(|log| log.times);
    let overlap = kept.windows(2).any(|pair| match (pair[0].times, pair[1].times) {
        (Some(a), Some(b)) => b.0 < a.1,
        _ => false,
    });
    let mut deeds: Vec<ObservedDeed> = kept.into_iter().flat_map(|log| log.deeds).collect();
    if overlap && deeds.iter().all(|deed| deed.at_ms.is_some()) {
        deeds.sort_by_key(|deed| deed.at_ms);
    }
    deeds
}

/// What console text tells: losses, who failed, how the build ended.
fn add_losses(observed: &mut Observed, losses: &LossFacts, finder: &Finder) {
    for lost in &losses.lost {
        let blob = finder.blob(&lost.content.digest, CacheKind::Cas);
        let named = lost.path.as_ref().and_then(|path| finder.of_path(path));
        let artifact = named.or_else(|| finder.of_content(blob?));
        let consumer = lost.consumer.as_ref().and_then(|what| finder.of_message(what));
        let known = observed.losses.iter().any(|l| l.blob == blob && l.artifact == artifact);
        if !known && (blob.is_some() || artifact.is_some()) {
            let teller = LossTeller::Console;
            observed.losses.push(ObservedLoss { blob, artifact, consumer, teller });
        }
    }
    for path in &losses.lost_paths {
        let artifact = finder.of_path(path);
        if artifact.is_some() && !observed.losses.iter().any(|l| l.artifact == artifact) {
            let (teller, consumer) = (LossTeller::Console, None);
            let blob = artifact.and_then(|artifact| finder.graph.blob(artifact));
            observed.losses.push(ObservedLoss { blob, artifact, consumer, teller });
        }
    }
    for what in &losses.failed_actions {
        let failed = finder.of_message(what);
        observed.failed.extend(failed.filter(|action| !observed.failed.contains(action)));
    }
    let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    observed.n_retries += small(losses.n_retries);
    observed.n_rewinds = observed.n_rewinds.max(small(losses.n_rewinds));
    observed.exit_code = losses.exit_code.or(observed.exit_code);
    observed.success = losses.succeeded.or(observed.success);
}

/// Blobs that were read in vain, or that a worker lacked: each once.
fn add_lost_requests(observed: &mut Observed, finder: &Finder) {
    let mut lost = BTreeMap::new();
    let mut order = Vec::new();
    for deed in &observed.deeds {
        let blob = match deed.deed {
            Deed::Asked {
                verb: Verb::Get,
                kind: CacheKind::Cas,
                blob,
                status: Status::NotFound,
            }
            | Deed::Lacked { blob } => blob,
            _ => continue,
        };
        if finder.graph.blobs().is_size_0(blob) {
            continue;
        }
        let consumer = lost.entry(blob).or_insert_with(|| {
            order.push(blob);
            None
        });
        *consumer = consumer.or(deed.owner);
    }
    let teller = LossTeller::Requests;
    observed.losses.extend(order.into_iter().map(|blob| ObservedLoss {
        blob: Some(blob),
        artifact: finder.of_content(blob),
        consumer: lost.get(&blob).copied().flatten(),
        teller,
    }));
}
