//! Where a plan and a log part.
//!
//! Requests of the two are paired, the first of a sort with the first of that sort, and so on: same
//! verb, half, blob and answer. Order is not compared, since that of actions that run at the same
//! time is nobody's to predict. The first request without a partner is where they part
//! (`docs/observed.md`).

use std::collections::{HashMap, HashSet};

use crate::model::{BlobId, CacheKind, Graph, Request, Status, Tier, Verb};
use crate::rewind::trace::{Event, Trace};

/// A request that has no partner on the other side.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Odd {
    /// Position of its event in its trace.
    pub position: usize,
    /// The request.
    pub request: Request,
    /// Which of its sort it is, from 1: the second of two alike is 2.
    pub occurrence: usize,
}

/// The first request that only one of plan and log has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Divergence {
    /// Whether it is the log that has it, rather than the plan.
    pub is_observed: bool,
    /// That request.
    pub odd: Odd,
    /// What the other side has for the same blob and the log or plan has not: another answer, say.
    pub instead: Option<Odd>,
    /// The step of the plan that shows it, or at which it would have been due.
    pub predicted_step: usize,
    /// The same of the log.
    pub observed_step: usize,
    /// Requests that only the plan has.
    pub n_predicted: usize,
    /// Requests that only the log has.
    pub n_observed: usize,
}

/// Where `predicted` and `observed` part; `None` if each request of one has its partner in the
/// other.
pub fn divergence(graph: &Graph, predicted: &Trace, observed: &Trace) -> Option<Divergence> {
    let has_questions = |trace: &Trace| trace.requests().any(|r| r.verb == Verb::Find);
    let by_offers = has_questions(predicted) || has_questions(observed);
    let list = |trace| {
        let all = requests(trace);
        if by_offers { offers(graph, all) } else { all }
    };
    let (plan, log) = (list(predicted), list(observed));
    let (odd_plan, odd_log) = (odd(&plan, &log), odd(&log, &plan));
    let is_observed = match (odd_plan.first(), odd_log.first()) {
        (None, None) => return None,
        (Some(_), None) => false,
        (None, Some(_)) => true,
        (Some(plan), Some(log)) => log.0 <= plan.0,
    };
    let (mine, others) = if is_observed { (&odd_log, &odd_plan) } else { (&odd_plan, &odd_log) };
    let (place, odd) = mine[0];
    let same_blob = |other: &&(usize, Odd)| {
        let (a, b) = (other.1.request, odd.request);
        (a.kind, a.blob, a.verb) == (b.kind, b.blob, b.verb)
    };
    let instead = others.iter().find(same_blob).map(|other| other.1);
    let (own, other) = if is_observed { (&log, &plan) } else { (&plan, &log) };
    let due = match instead {
        Some(instead) => instead.position + 1,
        None => step_of_partner(own, other, place),
    };
    let shown = odd.position + 1;
    let (predicted_step, observed_step) = if is_observed { (due, shown) } else { (shown, due) };
    Some(Divergence {
        is_observed,
        odd,
        instead,
        predicted_step,
        observed_step,
        n_predicted: odd_plan.len(),
        n_observed: odd_log.len(),
    })
}

/// What makes two requests partners.
type Sort = (Verb, CacheKind, BlobId, Status);

/// A request to be paired: its sort, the request itself and the position of its event.
#[derive(Clone, Copy)]
struct Listed {
    sort: Sort,
    request: Request,
    position: usize,
    attempt: usize,
}

fn requests(trace: &Trace) -> Vec<Listed> {
    let (mut list, mut attempt) = (Vec::new(), 0);
    for (position, event) in trace.events.iter().enumerate() {
        match *event {
            Event::BuildStarted { .. } => attempt += 1,
            Event::Asked(request) if request.tier == Tier::Remote => {
                let sort = (request.verb, request.kind, request.blob, request.status);
                list.push(Listed { sort, request, position, attempt });
            }
            _ => {}
        }
    }
    list
}

/// Where blobs are asked after before they are written, an upload is what it offers: whether the
/// blob was there already, was written, or was offered several times in an attempt is one. Blobs
/// of size 0 need not be stored.
fn offers(graph: &Graph, list: Vec<Listed>) -> Vec<Listed> {
    let is_of_cas = |listed: &Listed| listed.request.kind == CacheKind::Cas;
    let written: HashSet<BlobId> = list
        .iter()
        .filter(|listed| is_of_cas(listed) && listed.request.verb == Verb::Put)
        .map(|listed| listed.request.blob)
        .collect();
    let mut offered = HashSet::new();
    list.into_iter()
        .filter_map(|listed| {
            let Request { verb, blob, status, .. } = listed.request;
            let is_offer = match verb {
                Verb::Get => false,
                Verb::Put => true,
                Verb::Find => status == Status::Ok || written.contains(&blob),
            };
            if is_of_cas(&listed) && verb != Verb::Get && graph.blobs().is_size_0(blob) {
                return None;
            }
            if !is_of_cas(&listed) || !is_offer {
                return Some(listed);
            }
            let is_new = offered.insert((listed.attempt, blob));
            let sort = (Verb::Put, CacheKind::Cas, blob, Status::Ok);
            is_new.then_some(Listed { sort, ..listed })
        })
        .collect()
}

/// Those of `list` that have no partner in `other`, with their places in `list`.
fn odd(list: &[Listed], other: &[Listed]) -> Vec<(usize, Odd)> {
    let mut n_other: HashMap<Sort, usize> = HashMap::new();
    for listed in other {
        *n_other.entry(listed.sort).or_default() += 1;
    }
    let mut n_met: HashMap<Sort, usize> = HashMap::new();
    let mut odd = Vec::new();
    for (place, listed) in list.iter().enumerate() {
        let met = n_met.entry(listed.sort).or_default();
        *met += 1;
        if *met > n_other.get(&listed.sort).copied().unwrap_or(0) {
            let Listed { request, position, .. } = *listed;
            odd.push((place, Odd { position, request, occurrence: *met }));
        }
    }
    odd
}

/// The step of the other side that shows the partner of the last request before `place` that has
/// one; 0 if there is none.
fn step_of_partner(own: &[Listed], other: &[Listed], place: usize) -> usize {
    let mut partners: HashMap<Sort, Vec<usize>> = HashMap::new();
    for listed in other {
        partners.entry(listed.sort).or_default().push(listed.position);
    }
    let mut n_met: HashMap<Sort, usize> = HashMap::new();
    let mut step = 0;
    for listed in &own[..place] {
        let met = n_met.entry(listed.sort).or_default();
        if let Some(position) = partners.get(&listed.sort).and_then(|all| all.get(*met)) {
            step = position + 1;
        }
        *met += 1;
    }
    step
}
