//! How files become the incident on show, and how plans arrive.

use std::cell::RefCell;
use std::rc::Rc;

use crate::import::Import;
use crate::model::Cache;
use crate::rewind::{Seeker, Trace};
use crate::scene::{Layout, Selection};

use super::choice::Choice;
use super::incident::{Incident, lay_out};
use super::msg::{Effect, Msg};
use super::opened::Opened;
use super::player::Timeline;
use super::state::{Loading, Mode, OnPlan, Pending, Picked, Sheet, State, opening_choice};

impl State {
    pub(super) fn load(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Picked(new) => {
                let has_exports = |o: &Rc<Opened>| o.own.files.is_some();
                let is_apart = self.opened.as_ref().is_some_and(|o| !has_exports(o));
                let is_new = self.incident.is_example() || is_apart;
                let kept = if is_new { &[][..] } else { &self.files[..] };
                let files = kept.iter().cloned().chain(new).collect();
                return self.import(files);
            }
            Msg::ChooseFormat(id, format) => {
                let mut files = self.files.clone();
                files.iter_mut().filter(|f| f.id == id).for_each(|f| f.format = format);
                return self.import(files);
            }
            Msg::RemoveFile(id) => {
                let files: Vec<_> = self.files.iter().filter(|f| f.id != id).cloned().collect();
                return if files.is_empty() { self.open_example() } else { self.import(files) };
            }
            Msg::OpenExample => return self.open_example(),
            Msg::Cancel => {
                (self.loading, self.pending, self.looking.job) = (None, None, None);
                return vec![Effect::CancelWorker];
            }
            Msg::Progress(job, progress) => {
                let loading = self.loading.as_mut().filter(|l| l.job == job);
                if let Some(loading) = loading {
                    loading.progress = Some(progress);
                }
            }
            Msg::Imported(job, import, layout) => return self.imported(job, *import, layout),
            Msg::ImportFailed(job, problem) => {
                let mine = self.loading.take_if(|l| l.job == job);
                if mine.is_some() {
                    self.problem = Some(problem);
                    self.sheet = Some(Sheet::Files);
                }
            }
            Msg::Planned(job, trace) => {
                if let Some(pending) = self.pending.take_if(|p| p.job == job) {
                    self.planned(pending, trace);
                }
            }
            Msg::LaidOut(incident, Some(layout)) if self.incident.number == incident => {
                self.layout = Some(Rc::from(layout));
                self.fit();
            }
            _ => {}
        }
        Vec::new()
    }

    /// Begins to read `files`; what is loaded stays until they are read.
    fn import(&mut self, files: Vec<Picked>) -> Vec<Effect> {
        self.last_job += 1;
        let job = self.last_job;
        self.problem = None;
        self.sheet = Some(Sheet::Files);
        let cancel = self.loading.take().map(|_| Effect::CancelWorker);
        self.loading = Some(Loading { job, files: files.clone(), progress: None });
        cancel.into_iter().chain([Effect::Import { job, incident: job, files }]).collect()
    }

    fn imported(&mut self, job: u32, import: Import, layout: Option<Box<Layout>>) -> Vec<Effect> {
        let Some(loading) = self.loading.take_if(|l| l.job == job) else {
            return Vec::new();
        };
        let name = match &loading.files[..] {
            [only] => only.name.clone(),
            files => format!("{} files", files.len()),
        };
        let useless = import.graph.n_actions() == 0 && !import.has_cache;
        self.files = loading.files;
        let before = Rc::clone(&self.incident);
        let was_scenario = self.opened.take().is_some();
        self.show(Incident::of(job, name, import), layout.map(|l| Rc::from(*l)));
        if before.is_example() || was_scenario {
            self.choice = Choice { engine: self.incident.likely_engine(), ..Choice::start() };
        } else {
            self.choice.translate(&before.graph, &self.incident.graph);
        }
        if before.observed.is_none() {
            let found = self.incident.found_gone();
            self.choice.evict(found);
        }
        self.sheet = useless.then_some(Sheet::Files).or(self.sheet);
        let mut effects = self.plan(OnPlan::Interesting);
        effects.push(Effect::Fragment(String::new()));
        effects
    }

    fn open_example(&mut self) -> Vec<Effect> {
        let incident = Incident::gist();
        let layout = Rc::new(lay_out(&incident.graph, self.direction()));
        self.files.clear();
        self.opened = None;
        self.choice = opening_choice(&incident);
        self.show(incident, Some(layout));
        self.sheet = None;
        let mut effects = self.plan(OnPlan::Interesting);
        effects.extend(self.fragment());
        effects
    }

    pub(super) fn show(&mut self, incident: Incident, layout: Option<Rc<Layout>>) {
        self.mode = Mode::Explore;
        (self.selection, self.hover) = (Selection::None, None);
        self.layout = layout;
        self.forget_finding();
        self.forget_looks();
        self.incident = Rc::new(incident);
        self.tracks = None;
        self.set_timeline(Rc::new(Timeline::empty()), Rc::clone(&self.incident.cache));
        self.fit();
    }

    /// Shows another trace, from its beginning.
    pub(super) fn set_timeline(&mut self, timeline: Rc<Timeline>, cache: Rc<Cache>) {
        let last = timeline.trace.events.len();
        self.timeline = timeline;
        let seeker = Seeker::new(&self.incident.graph, Rc::clone(&cache));
        self.moment = Rc::new(seeker.now().clone());
        self.seeker = Rc::new(RefCell::new(seeker));
        self.cache = cache;
        self.n_traces += 1;
        self.index_on();
        self.player.set_range(0, last);
        self.player.playing = false;
    }

    fn planned(&mut self, pending: Pending, trace: Trace) {
        let Pending { scenario, cache, on_plan, .. } = pending;
        let (anchor, step) = (self.event().copied(), self.player.step);
        let was_playing = self.player.playing;
        let (graph, names) = (&self.incident.graph, &self.incident.names);
        let timeline = Rc::new(Timeline::of(graph, names, scenario, trace));
        if !self.take_plan(Rc::clone(&timeline), &cache) {
            return;
        }
        self.set_timeline(timeline, cache);
        self.check_expectations();
        match on_plan {
            OnPlan::At(step) => self.player.seek(step),
            OnPlan::Interesting => self.player.seek(self.timeline.interesting_step()),
            OnPlan::Stay => {
                self.player.seek(self.timeline.nearest(anchor.as_ref(), step));
                self.player.playing = was_playing && self.player.step < self.player.last;
            }
            OnPlan::Lesson => self.enter_step(),
        }
    }
}
