//! What no number of jobs can shorten: the executions that had to wait for one another.

use std::collections::HashMap;

use crate::model::{ActionId, Graph, Id};
use crate::rewind::timing::Timing;
use crate::rewind::trace::{Event, Trace};

/// The longest chain of executions within one attempt.
///
/// An execution waits for another if its action reads, directly or through actions that did not
/// execute (hits, symlinks), an output which that other had made last; and if the action was
/// dirtied, also for whatever the consumer that lost its output had waited for, since the loss is
/// found only then. The length of a chain is the sum of the durations
/// ([`Timing::duration_ms`]), and so at most the time that the attempt takes. Of several attempts
/// that with the longest chain counts, the first of equals.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CriticalPath {
    /// Its length in virtual milliseconds.
    pub ms: u64,
    /// Its actions in the order in which they execute; one that executes again may be there again.
    pub actions: Vec<ActionId>,
}

/// An execution at the end of the longest chain that leads to it.
struct Link {
    action: ActionId,
    ms: u64,
    /// The link before; none is the first.
    before: Option<u32>,
}

impl CriticalPath {
    pub(super) fn of(graph: &Graph, trace: &Trace) -> Self {
        let mut chains = Chains {
            graph,
            links: Vec::new(),
            done: Vec::new(),
            found: Vec::new(),
            running: HashMap::new(),
        };
        for event in &trace.events {
            chains.follow(event);
        }
        chains.longest()
    }
}

struct Chains<'a> {
    graph: &'a Graph,
    /// Every execution of the trace.
    links: Vec<Link>,
    /// Per action: the longest chain behind what it yielded last in this attempt. Empty while
    /// nothing has executed in it.
    done: Vec<Option<u32>>,
    /// Per action: the longest chain before the loss that it was dirtied for.
    found: Vec<Option<u32>>,
    /// What each action that executes now had waited for: its producers may run again meanwhile.
    running: HashMap<ActionId, Option<u32>>,
}

impl Chains<'_> {
    fn follow(&mut self, event: &Event) {
        match *event {
            Event::BuildStarted { .. } => {
                self.done.clear();
                self.found.clear();
                self.running.clear();
            }
            Event::Started { action } => {
                self.running.insert(action, self.waits_for(action));
            }
            Event::Executed { action, .. } => {
                let started = self.running.remove(&action);
                let before = started.unwrap_or_else(|| self.waits_for(action));
                let ms = self.length(before) + Timing::duration_ms(self.graph, action);
                self.set_done(action, Some(self.links.len() as u32));
                self.links.push(Link { action, ms, before });
            }
            // While nothing has executed there is nothing to wait for.
            _ if self.done.is_empty() => {}
            Event::CacheHit { action } | Event::Made { action } => {
                let before = self.waits_for(action);
                self.set_done(action, before);
            }
            Event::MarkedDirty { action, consumer } => {
                let before = match consumer {
                    Some(consumer) => self.waits_for(consumer),
                    // A top-level output is fetched when its producer is done, or later.
                    None => self.done[action.index()],
                };
                self.found[action.index()] = self.longer(self.found[action.index()], before);
            }
            Event::Outdated { action, producer } => {
                let before = self.done[producer.index()];
                self.found[action.index()] = self.longer(self.found[action.index()], before);
            }
            _ => {}
        }
    }

    /// The longest chain that had to end before `action` could be looked at.
    fn waits_for(&self, action: ActionId) -> Option<u32> {
        if self.done.is_empty() {
            return None;
        }
        let producers = self.graph.inputs(action).iter().filter_map(|&i| self.graph.producer(i));
        let chains = producers.map(|producer| self.done[producer.index()]);
        chains.fold(self.found[action.index()], |longest, chain| self.longer(longest, chain))
    }

    fn set_done(&mut self, action: ActionId, chain: Option<u32>) {
        if self.done.is_empty() {
            self.done.resize(self.graph.n_actions(), None);
            self.found.resize(self.graph.n_actions(), None);
        }
        self.done[action.index()] = chain;
    }

    fn longer(&self, a: Option<u32>, b: Option<u32>) -> Option<u32> {
        if self.length(b) > self.length(a) { b } else { a }
    }

    fn length(&self, link: Option<u32>) -> u64 {
        link.map_or(0, |link| self.links[link as usize].ms)
    }

    fn longest(&self) -> CriticalPath {
        let longest = self.links.iter().map(|link| link.ms).max();
        let end = longest.and_then(|ms| self.links.iter().position(|link| link.ms == ms));
        let mut path = CriticalPath { ms: longest.unwrap_or(0), actions: Vec::new() };
        let mut at = end.map(|end| end as u32);
        while let Some(link) = at.map(|at| &self.links[at as usize]) {
            path.actions.push(link.action);
            at = link.before;
        }
        path.actions.reverse();
        path
    }
}
