//! What came of a build, in the words of a scenario file.

use std::collections::BTreeMap;

use crate::model::{ActionId, CacheKind, Request, Status, Tier, Verb};
use crate::rewind::{BuildOutcome, Event, Trace};

use super::choices::Texts;
use super::compile::Play;
use super::error::Word;
use super::expect_text::ExpectText;
use super::names::Names;
use super::value::Keyed;

impl ExpectText {
    /// What an `[expect]` would say of `trace`, the plan of `play`: of the last build, and of each
    /// if there are several.
    pub fn observed(play: &Play, trace: &Trace) -> Self {
        let names = Names::new(&play.graph);
        let of = |build| Found::new(&names, trace, build).observed();
        match trace.builds.len() {
            0 => Self::default(),
            1 => of(0),
            n => Self { build: Some((0..n).map(of).collect()), ..of(n - 1) },
        }
    }
}

/// What came of one build, in the words of a scenario file.
pub(super) struct Found<'a> {
    pub names: &'a Names<'a>,
    pub outcome: &'a BuildOutcome,
    pub events: &'a [Event],
    /// Events up to the end of the build.
    pub until: &'a [Event],
}

/// A text with how often it comes.
pub(super) type Counts = BTreeMap<String, u64>;

impl<'a> Found<'a> {
    pub fn new(names: &'a Names<'a>, trace: &'a Trace, build: usize) -> Self {
        let outcome = &trace.builds[build];
        let (events, until) = (trace.events_of(build), &trace.events[..outcome.end_event]);
        Self { names, outcome, events, until }
    }

    fn observed(&self) -> ExpectText {
        let outcome = self.outcome;
        let words = |texts: Vec<String>| Some(texts.into_iter().map(Word::from).collect());
        let some =
            |counts: Counts| words(written(&counts)).filter(|list: &Vec<_>| !list.is_empty());
        let message = outcome.message.lines().next().map(|line| Texts(vec![line.into()]));
        let requests = request_names().map(|(name, is_it)| (name, self.n_requests(is_it)));
        let mut requests: Vec<(Word, u64)> =
            requests.filter(|(_, n)| *n > 0).map(|(name, n)| (name.into(), n)).collect();
        requests.sort_by(|a, b| a.0.text.cmp(&b.0.text));
        ExpectText {
            success: Some(outcome.success),
            exit_code: Some(outcome.exit_code),
            attempts: Some(outcome.attempts),
            rewinds: Some(outcome.rewinds),
            halt: outcome.halt,
            message: message.filter(|_| !outcome.success),
            executed_order: words(self.executed()),
            dirtied: some(self.counts(dirtied)),
            outdated: some(self.counts(outdated)),
            failed: some(self.counts(failed)),
            skipped: some(self.counts(skipped)),
            hits: some(self.counts(hit)),
            lost: some(self.lost()),
            requests: Keyed(requests),
            clock_ms: Some(self.clock_ms()),
            ..ExpectText::default()
        }
    }

    /// The actions that `pick` finds in the events, with how often.
    pub fn counts(&self, pick: impl Fn(&Event) -> Option<ActionId>) -> Counts {
        let mut counts = Counts::new();
        for action in self.events.iter().filter_map(pick) {
            *counts.entry(self.names.action_name(action)).or_default() += 1;
        }
        counts
    }

    pub fn executed(&self) -> Vec<String> {
        let executed = self.events.iter().filter_map(executed);
        executed.map(|action| self.names.action_name(action)).collect()
    }

    /// `CONSUMER: PATH`, or `PATH` of a top-level output.
    pub fn lost(&self) -> Counts {
        let mut counts = Counts::new();
        for event in self.events {
            let text = match *event {
                Event::LostInput { consumer, input, .. } => {
                    self.names.lost_name(Some(consumer), input)
                }
                Event::LostOutput { artifact, .. } => self.names.lost_name(None, artifact),
                _ => continue,
            };
            *counts.entry(text).or_default() += 1;
        }
        counts
    }

    pub fn clock_ms(&self) -> u64 {
        let clock = |event: &Event| match event {
            Event::Clock { ms } => Some(*ms),
            _ => None,
        };
        self.until.iter().rev().find_map(clock).unwrap_or(0)
    }

    pub fn n_requests(&self, is_it: impl Fn(&Request) -> bool) -> u64 {
        let asked = |event: &&Event| matches!(event, Event::Asked(request) if is_it(request));
        self.events.iter().filter(asked).count() as u64
    }
}

pub(super) fn executed(event: &Event) -> Option<ActionId> {
    match event {
        Event::Executed { action, .. } => Some(*action),
        _ => None,
    }
}

pub(super) fn dirtied(event: &Event) -> Option<ActionId> {
    match event {
        Event::MarkedDirty { action, .. } => Some(*action),
        _ => None,
    }
}

pub(super) fn outdated(event: &Event) -> Option<ActionId> {
    match event {
        Event::Outdated { action, .. } => Some(*action),
        _ => None,
    }
}

pub(super) fn failed(event: &Event) -> Option<ActionId> {
    match event {
        Event::Failed { action, .. } => Some(*action),
        _ => None,
    }
}

pub(super) fn skipped(event: &Event) -> Option<ActionId> {
    match event {
        Event::Skipped { action } => Some(*action),
        _ => None,
    }
}

pub(super) fn hit(event: &Event) -> Option<ActionId> {
    match event {
        Event::CacheHit { action } => Some(*action),
        _ => None,
    }
}

/// Names for counts of requests: verb, half and, where it matters, status; those to the disk cache
/// with `disk_` before them.
pub(super) fn request_names() -> impl Iterator<Item = (String, impl Fn(&Request) -> bool)> {
    let verbs = [("get", Verb::Get), ("put", Verb::Put), ("find", Verb::Find)];
    let halves = [("ac", CacheKind::Ac), ("cas", CacheKind::Cas)];
    let statuses = [None, Some(Status::Ok), Some(Status::NotFound), Some(Status::Error)];
    let tiers = [("", Tier::Remote), ("disk_", Tier::Disk)];
    tiers.into_iter().flat_map(move |(prefix, tier)| {
        verbs.into_iter().flat_map(move |(verb, wanted_verb)| {
            halves.into_iter().flat_map(move |(half, kind)| {
                statuses.into_iter().map(move |status| {
                    let suffix = status.map_or(String::new(), |s| format!("_{}", s.code()));
                    let name = format!("{prefix}{verb}_{half}{suffix}");
                    (name, move |request: &Request| {
                        let is_status = status.is_none_or(|status| request.status == status);
                        let is_tier = request.tier == tier;
                        is_tier && is_status && request.verb == wanted_verb && request.kind == kind
                    })
                })
            })
        })
    })
}

/// `//:a x2`, the count left out where it is 1.
pub(super) fn written(counts: &Counts) -> Vec<String> {
    let text = |(name, n): (&String, &u64)| match n {
        1 => name.clone(),
        n => format!("{name} x{n}"),
    };
    counts.iter().map(text).collect()
}
