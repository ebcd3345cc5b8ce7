//! Two traces of one graph and cache: where they part, and which parameter is behind it.
//!
//! A difference between the scenarios is behind the parting if the left scenario with that one
//! thing as on the right goes on, at the parting, as the right one does. If no single thing does
//! it, all differences together are taken and one after the other put back that is not needed;
//! what stays is needed together, and no part of it is enough.

mod settings;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::model::{ActionId, Cache, Graph};

use super::cost::Cost;
use super::planner::{Stopped, plan_start, plan_with};
use super::scenario::Scenario;
use super::trace::{Event, Trace};
pub use settings::Difference;

/// Two traces side by side.
#[derive(Clone, PartialEq, Debug)]
pub struct Comparison {
    /// What the left scenario does.
    pub left: Trace,
    /// What the right one does.
    pub right: Trace,
    /// Where they part; `None` if they are equal.
    pub parting: Option<Parting>,
    /// Everything in which the scenarios differ and that can change an event.
    pub differences: Vec<Difference>,
    /// What of it is behind the parting.
    pub behind: Behind,
    /// The actions that fare differently, ascending.
    pub actions: Vec<ActionContrast>,
    /// What the left trace costs.
    pub left_cost: Cost,
    /// What the right trace costs.
    pub right_cost: Cost,
}

/// The first position at which two traces differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parting {
    /// That many events are the same.
    pub position: usize,
    /// The event of the left trace there; `None` if it has ended.
    pub left: Option<Event>,
    /// The event of the right trace there.
    pub right: Option<Event>,
}

/// What is behind a parting: indices of [`Comparison::differences`], ascending.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Behind {
    /// There is no parting.
    Nothing,
    /// Each of these alone makes the left go on as the right does.
    Each(Vec<usize>),
    /// These do so only together.
    Together(Vec<usize>),
    /// Not even all of them do.
    Unknown,
    /// It was not found out within the planning that was allowed for it.
    GivenUp,
}

/// How often what happened to an action in either trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ActionContrast {
    /// Which action.
    pub action: ActionId,
    /// In the left trace.
    pub left: ActionCounts,
    /// In the right trace.
    pub right: ActionCounts,
}

/// How often what happened to an action.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ActionCounts {
    /// It executed.
    pub n_executed: u32,
    /// Its result came from the cache.
    pub n_hit: u32,
    /// It was to run again: dirtied, outdated or reset.
    pub n_dirtied: u32,
    /// It found an input lost, or a worker said so.
    pub n_lost: u32,
    /// It failed.
    pub n_failed: u32,
    /// It was skipped.
    pub n_skipped: u32,
}

/// A scenario, and what the remote cache holds when it begins.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// What the remote cache holds.
    pub cache: &'a Cache,
    /// What is played.
    pub scenario: &'a Scenario,
}

/// How much planning goes into finding out what is behind a parting, in events and looked-at
/// actions: some seconds, or sixty starts of a build of 100 000 actions.
pub const SEARCH_MAX: usize = 30_000_000;

/// Plays both scenarios and finds out where and why they part.
pub fn compare(graph: &Graph, cache: &Cache, left: &Scenario, right: &Scenario) -> Comparison {
    let never = &mut |_| ControlFlow::Continue(());
    let side = |scenario| Side { cache, scenario };
    match compare_with(graph, side(left), side(right), SEARCH_MAX, never) {
        Ok(comparison) => comparison,
        Err(Stopped) => unreachable!("nobody stops it"),
    }
}

/// [`compare`] of scenarios that may begin with other caches, calling `progress` now and then with
/// the number of events planned so far. It plans either side once, and after that, to find out what
/// is behind a parting, one start for each difference and then some; not more of that than
/// `search_max` (see [`SEARCH_MAX`]).
pub fn compare_with(
    graph: &Graph,
    left: Side<'_>,
    right: Side<'_>,
    search_max: usize,
    progress: &mut dyn FnMut(usize) -> ControlFlow<()>,
) -> Result<Comparison, Stopped> {
    let mut n_events = 0;
    let mut plan = |side: Side<'_>| {
        let trace = plan_with(graph, side.cache, side.scenario, &mut |n| progress(n_events + n))?;
        n_events += trace.events.len();
        Ok(trace)
    };
    let (left_trace, right_trace) = (plan(left)?, plan(right)?);
    let parting = parting(&left_trace, &right_trace);
    let differences = settings::differences(left, right);
    let mut search = Search { graph, left, right, search_max, n_spent: 0, n_events, progress };
    let behind = match parting {
        Some(parting) => search.behind(&right_trace.events, parting.position, &differences)?,
        None => Behind::Nothing,
    };
    Ok(Comparison {
        parting,
        differences,
        behind,
        actions: contrasts(&left_trace, &right_trace),
        left_cost: Cost::of(graph, &left_trace),
        right_cost: Cost::of(graph, &right_trace),
        left: left_trace,
        right: right_trace,
    })
}

/// The first position at which the events of two traces differ.
fn parting(left: &Trace, right: &Trace) -> Option<Parting> {
    let position = n_common(&left.events, &right.events);
    let (left, right) = (left.events.get(position), right.events.get(position));
    (left.is_some() || right.is_some()).then(|| Parting {
        position,
        left: left.copied(),
        right: right.copied(),
    })
}

fn n_common(left: &[Event], right: &[Event]) -> usize {
    left.iter().zip(right).take_while(|(l, r)| l == r).count()
}

/// Plans of the left scenario with some things as on the right.
struct Search<'a> {
    graph: &'a Graph,
    left: Side<'a>,
    right: Side<'a>,
    /// How much may be planned, and was.
    search_max: usize,
    n_spent: usize,
    /// Events of the plans that have ended.
    n_events: usize,
    progress: &'a mut dyn FnMut(usize) -> ControlFlow<()>,
}

/// Why a search ends early.
enum Ended {
    Stopped,
    GivenUp,
}

impl Search<'_> {
    fn behind(
        &mut self,
        right: &[Event],
        position: usize,
        differences: &[Difference],
    ) -> Result<Behind, Stopped> {
        let mut alone = Vec::new();
        let found = self.find(right, position, differences, &mut alone);
        match found {
            Ok(behind) => Ok(behind),
            // What was found holds, though there may be more.
            Err(Ended::GivenUp) if !alone.is_empty() => Ok(Behind::Each(alone)),
            Err(Ended::GivenUp) => Ok(Behind::GivenUp),
            Err(Ended::Stopped) => Err(Stopped),
        }
    }

    fn find(
        &mut self,
        right: &[Event],
        position: usize,
        differences: &[Difference],
        alone: &mut Vec<usize>,
    ) -> Result<Behind, Ended> {
        for (i, difference) in differences.iter().enumerate() {
            if self.goes_right(right, position, &[difference])? {
                alone.push(i);
            }
        }
        if !alone.is_empty() {
            return Ok(Behind::Each(std::mem::take(alone)));
        }
        let all: Vec<&Difference> = differences.iter().collect();
        if !self.goes_right(right, position, &all)? {
            return Ok(Behind::Unknown);
        }
        let mut needed: Vec<usize> = (0..differences.len()).collect();
        for i in 0..differences.len() {
            let without = || needed.iter().copied().filter(|&other| other != i);
            let others: Vec<&Difference> = without().map(|other| &differences[other]).collect();
            if self.goes_right(right, position, &others)? {
                needed = without().collect();
            }
        }
        Ok(Behind::Together(needed))
    }

    /// Whether the left scenario with `changes` as on the right goes on at `position` as the right
    /// one does.
    fn goes_right(
        &mut self,
        right: &[Event],
        position: usize,
        changes: &[&Difference],
    ) -> Result<bool, Ended> {
        // What it costs is about what the others cost: starting and going up to the parting.
        if self.n_spent + self.graph.n_actions() + position > self.search_max {
            return Err(Ended::GivenUp);
        }
        let (mut cache, mut scenario) = (self.left.cache, self.left.scenario.clone());
        for change in changes {
            if change.name == settings::CACHE {
                cache = self.right.cache;
            } else if !settings::apply(&mut scenario, change, self.right.scenario) {
                return Ok(false);
            }
        }
        let (before, progress) = (self.n_events, &mut *self.progress);
        let mut progress = |n| progress(before + n);
        let start = plan_start(self.graph, cache, &scenario, position + 1, &mut progress);
        let start = start.map_err(|Stopped| Ended::Stopped)?;
        self.n_events += start.len();
        self.n_spent += start.len() + self.graph.n_actions();
        let n_same = n_common(&start, right);
        Ok(n_same > position || n_same == start.len() && n_same == right.len())
    }
}

/// The actions that fare differently in the two traces.
fn contrasts(left: &Trace, right: &Trace) -> Vec<ActionContrast> {
    let mut all = BTreeMap::<ActionId, ActionContrast>::new();
    let mut add = |trace: &Trace, side: fn(&mut ActionContrast) -> &mut ActionCounts| {
        for event in &trace.events {
            if let Some((action, count)) = counted(event) {
                let none = ActionCounts::default();
                let empty = ActionContrast { action, left: none, right: none };
                *count(side(all.entry(action).or_insert(empty))) += 1;
            }
        }
    };
    add(left, |contrast| &mut contrast.left);
    add(right, |contrast| &mut contrast.right);
    all.into_values().filter(|contrast| contrast.left != contrast.right).collect()
}

/// One of the counts.
type Count = fn(&mut ActionCounts) -> &mut u32;

/// The action that an event is about, and what it counts as.
fn counted(event: &Event) -> Option<(ActionId, Count)> {
    match *event {
        Event::Executed { action, .. } => Some((action, |counts| &mut counts.n_executed)),
        Event::CacheHit { action } => Some((action, |counts| &mut counts.n_hit)),
        Event::MarkedDirty { action, .. }
        | Event::Outdated { action, .. }
        | Event::Reset { action } => Some((action, |counts| &mut counts.n_dirtied)),
        Event::LostInput { consumer: action, .. } | Event::LossReported { consumer: action } => {
            Some((action, |counts| &mut counts.n_lost))
        }
        Event::Failed { action, .. } => Some((action, |counts| &mut counts.n_failed)),
        Event::Skipped { action } => Some((action, |counts| &mut counts.n_skipped)),
        _ => None,
    }
}
