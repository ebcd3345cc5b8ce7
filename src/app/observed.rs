//! What really happened beside what is planned: two traces, of which one is shown.

use std::rc::Rc;

use crate::model::{BlobId, Cache, Graph};
use crate::rewind::{Divergence, Eviction, Scenario, cache_before, divergence, engines, evictions};

use super::incident::Incident;
use super::msg::Msg;
use super::outline::Told;
use super::player::Timeline;
use super::state::State;

/// One of the two traces, with the cache that it starts from.
#[derive(Clone, Debug)]
pub struct Track {
    /// The trace and what is derived from it.
    pub timeline: Rc<Timeline>,
    /// What the cache holds before it.
    pub cache: Rc<Cache>,
    /// The step at which it was left.
    pub step: usize,
}

/// Both traces.
#[derive(Clone, Debug)]
pub struct Tracks {
    /// What is planned; an empty trace until a plan is there.
    pub predicted: Track,
    /// What a log tells.
    pub observed: Track,
    /// Whether the observed one is shown.
    pub is_observed: bool,
    /// Where they part.
    pub parting: Option<Divergence>,
}

impl Tracks {
    /// Whether there is a plan to compare with.
    pub fn is_planned(&self) -> bool {
        !self.predicted.timeline.trace.events.is_empty()
    }

    /// The track that is shown, or the other.
    pub fn track(&self, observed: bool) -> &Track {
        if observed { &self.observed } else { &self.predicted }
    }

    /// Where `step` of one track lies, 0 to 1. That which is shown is true to scale; the other is
    /// stretched on either side of the parting, so that the two partings lie below each other.
    pub fn place(&self, observed: bool, step: usize) -> f32 {
        let share = |step: usize, of: usize| step.min(of) as f32 / of.max(1) as f32;
        let n = |observed: bool| self.track(observed).timeline.trace.events.len();
        let own = n(observed);
        let Some(parting) = self.parting.filter(|_| observed != self.is_observed) else {
            return share(step, own);
        };
        let steps = [parting.predicted_step, parting.observed_step];
        let (mine, shown) = (steps[usize::from(observed)], steps[usize::from(!observed)]);
        let knee = share(shown, n(!observed));
        if step <= mine {
            return share(step, mine) * knee;
        }
        knee + share(step - mine, own - mine) * (1.0 - knee)
    }

    /// The step of one track at which the two part.
    pub fn parting_step(&self, observed: bool) -> Option<usize> {
        let parting = self.parting?;
        Some(if observed { parting.observed_step } else { parting.predicted_step })
    }

    fn compare(&mut self, graph: &Graph) {
        let (plan, log) = (&self.predicted.timeline.trace, &self.observed.timeline.trace);
        self.parting = divergence(graph, plan, log).filter(|_| !plan.events.is_empty());
    }
}

impl Incident {
    /// What logs and messages found gone although the cache as loaded holds it.
    pub fn found_gone(&self) -> Vec<Eviction> {
        let observed = self.observed.as_ref();
        observed.map(|o| evictions(&self.graph, &self.cache, o)).unwrap_or_default()
    }

    /// What is reported of the loss of `blob`, as a sentence.
    pub fn report_of(&self, blob: BlobId) -> Option<&'static str> {
        use crate::model::LossTeller;
        let loss = self.observed.as_ref()?.loss_of(blob)?;
        Some(match loss.teller {
            LossTeller::Console => "The build tool printed that it is lost.",
            LossTeller::Requests => "The log of requests shows it lost.",
        })
    }
}

impl State {
    /// What concerns the observed trace.
    pub(super) fn observe(&mut self, msg: Msg) {
        match msg {
            Msg::ShowObserved(observed) => self.show_track(observed),
            Msg::SwitchTrack => {
                let is_observed = self.tracks.as_ref().is_some_and(|tracks| tracks.is_observed);
                self.show_track(!is_observed);
            }
            Msg::ShowParting => {
                let tracks = self.tracks.as_ref();
                let step = tracks.and_then(|tracks| tracks.parting_step(tracks.is_observed));
                if let Some(step) = step {
                    self.player.seek(step);
                    self.player.playing = false;
                }
            }
            _ => {}
        }
    }

    /// Evicts what logs and messages found gone.
    pub(super) fn evict_observed(&mut self) {
        let found = self.incident.found_gone();
        self.choice.evict(found);
        self.sheet = None;
    }

    /// Takes what happened beside what is planned.
    pub(super) fn observed(&mut self, told: Told) {
        let Some(observed) = self.incident.observed.clone() else { return };
        let (graph, names) = (&self.incident.graph, &self.incident.names);
        // Who it was that built, a log of requests does not say: the story tells no version.
        let scenario = Scenario::new(engines()[0], Vec::new());
        let timeline = Rc::new(Timeline::of(graph, names, scenario, told));
        let cache = Rc::new(cache_before(&self.incident.cache, &observed));
        let step = timeline.interesting_step();
        let (shown, step_shown) = (Rc::clone(&self.timeline), self.player.step);
        let predicted = Track { timeline: shown, cache: Rc::clone(&self.cache), step: step_shown };
        let observed = Track { timeline, cache, step };
        let mut tracks = Tracks { predicted, observed, is_observed: false, parting: None };
        tracks.compare(graph);
        self.tracks = Some(tracks);
    }

    /// A plan has come: it is shown, unless the observed trace is.
    pub(super) fn take_plan(&mut self, timeline: Rc<Timeline>, cache: &Rc<Cache>) -> bool {
        let Some(tracks) = &mut self.tracks else { return true };
        tracks.predicted.timeline = timeline;
        tracks.predicted.cache = Rc::clone(cache);
        tracks.compare(&self.incident.graph);
        !tracks.is_observed
    }

    fn show_track(&mut self, observed: bool) {
        let Some(tracks) = self.tracks.as_mut().filter(|t| t.is_observed != observed) else {
            return;
        };
        let step = self.player.step;
        if tracks.is_observed {
            tracks.observed.step = step;
        } else {
            tracks.predicted.step = step;
        }
        tracks.is_observed = observed;
        let next = tracks.track(observed).clone();
        self.set_timeline(next.timeline, next.cache);
        self.player.seek(next.step);
    }
}
