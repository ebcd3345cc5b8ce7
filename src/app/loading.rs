//! How files become the incident on show, and how plans arrive.

use std::cell::RefCell;
use std::rc::Rc;

use crate::import::{Place, Warning};
use crate::model::Cache;
use crate::report::size_text;
use crate::rewind::Seeker;
use crate::scene::{Layout, Selection};

use super::choice::Choice;
use super::incident::{Arrived, Incident, lay_out};
use super::msg::{Effect, Msg};
use super::opened::Opened;
use super::outline::Told;
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
            Msg::Imported(job, arrived, layout) => return self.imported(job, *arrived, layout),
            Msg::ImportFailed(job, problem) => self.import_failed(job, problem),
            Msg::WorkerStopped(job, text) => {
                let files = self.loading.as_ref().map(|l| l.files.clone()).unwrap_or_default();
                self.import_failed(job, stopped(&files, &text));
                // What else the worker was at has to be asked for again.
                self.looking.job = None;
                if self.pending.is_some() {
                    return self.plan(OnPlan::Stay);
                }
            }
            Msg::Planned(job, told) => {
                if let Some(pending) = self.pending.take_if(|p| p.job == job) {
                    self.planned(pending, *told);
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

    /// Says why nothing was read; what is loaded stays.
    fn import_failed(&mut self, job: u32, problem: Warning) {
        if self.loading.take_if(|l| l.job == job).is_some() {
            self.problem = Some(problem);
            self.sheet = Some(Sheet::Files);
        }
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

    fn imported(
        &mut self,
        job: u32,
        mut arrived: Arrived,
        layout: Option<Box<Layout>>,
    ) -> Vec<Effect> {
        let Some(loading) = self.loading.take_if(|l| l.job == job) else {
            return Vec::new();
        };
        let name = match &loading.files[..] {
            [only] => only.name.clone(),
            files => format!("{} files", files.len()),
        };
        let import = &arrived.import;
        let useless = import.graph.n_actions() == 0 && !import.has_cache;
        let observed = arrived.observed.take();
        self.files = loading.files;
        let before = Rc::clone(&self.incident);
        let was_scenario = self.opened.take().is_some();
        self.show(Incident::of(job, name, arrived), layout.map(|l| Rc::from(*l)));
        if let Some(told) = observed {
            self.observed(*told);
        }
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

    fn planned(&mut self, pending: Pending, told: Told) {
        let Pending { scenario, cache, on_plan, .. } = pending;
        let (anchor, step) = (self.event().copied(), self.player.step);
        let was_playing = self.player.playing;
        let (graph, names) = (&self.incident.graph, &self.incident.names);
        let timeline = Rc::new(Timeline::of(graph, names, scenario, told));
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

/// Why nothing came of `files` when the worker that read them stopped with `text`.
fn stopped(files: &[Picked], text: &str) -> Warning {
    let file = match files {
        [only] => only.name.clone(),
        files => format!("{} files", files.len()),
    };
    let n_bytes = files.iter().map(|file| file.size_bytes).sum();
    // What runs out of memory traps without a word of its own.
    let is_memory = ["unreachable", "capacity overflow", "memory", "allocat"];
    let (what, remedy) = if is_memory.iter().any(|word| text.contains(word)) {
        let size = size_text(n_bytes);
        let what = format!("Reading {size} took more memory than a tab has, 4 GiB.");
        (what, "`rewindow pack` reads it without a browser and writes a small file for this page.")
    } else {
        (format!("Reading it failed: {text}."), "What was loaded before is still there.")
    };
    Warning { file, place: Place::Whole, what, remedy: remedy.to_owned(), count: 1 }
}
