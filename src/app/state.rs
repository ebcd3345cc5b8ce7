//! The state of the page: what was loaded plus what was chosen. Everything on screen is a function
//! of it; `update` (in `update.rs`) is the only way to change it.

use std::cell::RefCell;
use std::rc::Rc;

use crate::import::{Format, Progress, Warning};
use crate::model::{BlobId, Cache, CacheKind};
use crate::report::{Names, Story};
use crate::rewind::{Event, Eviction, Moment, Scenario, Seeker};
use crate::scenario::Check;
use crate::scene::{Direction, Filter, Layout, Mark, Selection, Theme, Tints, Viewport};

use super::choice::{Choice, TargetChoice};
use super::filter::{FilterChoice, Filtering};
use super::gallery::{Entry, Group};
use super::gist_lesson::GIST_LESSON;
use super::incident::{Incident, lay_out};
use super::lesson::{Place, What};
use super::looks::Looking;
use super::msg::{Effect, start_cache};
use super::observed::Tracks;
use super::opened::Opened;
use super::panes::Panes;
use super::player::{Player, Timeline};
use super::search::Search;

/// What the page is for at the moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Poke at the incident.
    Explore,
    /// Follow the lesson.
    Learn,
}

/// What is shown under the player.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tab {
    /// A sentence per step.
    Story,
    /// The request log.
    Requests,
}

/// Something that opens over the page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sheet {
    /// The list of keys.
    Keys,
    /// Open files; cards of what is loaded.
    Files,
    /// All golden scenarios.
    Gallery,
    /// The rules that scenarios cite.
    Rules,
    /// The engine's parameters.
    Engine,
    /// Which targets.
    Targets,
    /// Evict by selector.
    Evict,
    /// Search.
    Search,
    /// The table of actions.
    Table,
    /// The inspector, where it has no column.
    Inspector,
}

/// Light or dark.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ThemeChoice {
    /// As `prefers-color-scheme` says.
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl ThemeChoice {
    /// Its name, for storage and class names.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The choice of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::System, Self::Light, Self::Dark].into_iter().find(|t| t.name() == name)
    }
}

/// A file that was dropped, picked or pasted. The browser holds its bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Picked {
    /// Number under which the browser side holds it.
    pub id: u32,
    /// Name or relative path.
    pub name: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// The format chosen for it, if not guessed.
    pub format: Option<Format>,
}

/// An import under way.
#[derive(Clone, PartialEq, Debug)]
pub struct Loading {
    /// Number of the job.
    pub job: u32,
    /// What is read: what was loaded before and what is new.
    pub files: Vec<Picked>,
    /// How far it is.
    pub progress: Option<Progress>,
}

/// Where the lesson is.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Learn {
    /// Which step.
    pub place: Place,
    /// Which answer was chosen at it.
    pub answer: Option<usize>,
    /// Steps that were answered, in this visit.
    pub done: Vec<Place>,
}

/// All of it.
#[derive(Clone, Debug)]
pub struct State {
    /// What is loaded.
    pub incident: Rc<Incident>,
    /// The files it was read from.
    pub files: Vec<Picked>,
    /// What is being loaded.
    pub loading: Option<Loading>,
    /// Why the last import or selector came to nothing.
    pub problem: Option<Warning>,

    /// The scenario file on show, if it is one.
    pub opened: Option<Rc<Opened>>,
    /// What came of its expectations, once it is planned.
    pub checks: Rc<Vec<Check>>,
    /// The gallery, once it has been opened.
    pub gallery: Option<Rc<Vec<Entry>>>,
    /// The group of the gallery that is shown; `None`: all.
    pub group: Option<Group>,
    /// Whether the link to what is shown has just been copied.
    pub is_link_copied: bool,

    /// Explore or Learn.
    pub mode: Mode,
    /// What the scenario bar says.
    pub choice: Choice,
    /// Where the lesson is.
    pub learn: Learn,

    /// The last number given to a job.
    pub last_job: u32,
    /// The plan under way.
    pub pending: Option<Pending>,
    /// The trace shown.
    pub timeline: Rc<Timeline>,
    /// The cache that it starts from.
    pub cache: Rc<Cache>,
    /// What is planned and what happened, where a log tells of it.
    pub tracks: Option<Tracks>,
    /// Where it is played.
    pub player: Player,
    /// The world at that step; while a long trace is new, at the last step that can be told.
    pub moment: Rc<Moment>,
    /// Finds the world at a step of the trace shown. Clones of the state, which drawings keep,
    /// share it and never ask it.
    pub seeker: Rc<RefCell<Seeker>>,
    /// How all actions look at that moment; shared in the same way.
    pub tints: Rc<RefCell<Tints>>,
    /// Counts the traces shown.
    pub n_traces: u64,
    /// How far the motion of the last step is, 0 to 1.
    pub motion: f32,

    /// Where the marks lie; `None` while the worker lays them out.
    pub layout: Option<Rc<Layout>>,
    /// Which view of the graph that is.
    pub looking: Looking,
    /// The window on it.
    pub viewport: Viewport,
    /// Whether the window shows the whole graph, and goes on to when its size changes.
    pub fitted: bool,
    /// What is selected.
    pub selection: Selection,
    /// Which actions are to be seen; `None`: all.
    pub filter: Option<Rc<Filter>>,
    /// What the filter panel says.
    pub filter_choice: FilterChoice,
    /// The filter that is being made.
    pub filtering: Option<Filtering>,
    /// Counts the filters.
    pub n_filters: u64,
    /// What is under the pointer.
    pub hover: Option<Mark>,

    /// What is open over the page.
    pub sheet: Option<Sheet>,
    /// What is searched for.
    pub query: String,
    /// What was found.
    pub search: Search,
    /// What is under the player.
    pub tab: Tab,
    /// Light or dark, as chosen.
    pub theme: ThemeChoice,
    /// Whether the system is dark.
    pub system_dark: bool,
    /// Whether motion is unwelcome.
    pub still: bool,
    /// Sizes of panes.
    pub panes: Panes,
    /// Something is dragged over the page.
    pub drag_over: bool,
}

/// A plan under way.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Number of the job.
    pub job: u32,
    /// What is planned.
    pub scenario: Scenario,
    /// On what.
    pub cache: Rc<Cache>,
    /// Where the player goes then.
    pub on_plan: OnPlan,
}

/// Where the player goes when a plan arrives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OnPlan {
    /// To the step before the first loss.
    Interesting,
    /// Where it was, or as near as can be.
    Stay,
    /// To this step.
    At(usize),
    /// To the beginning of the lesson's step, and play it if it is answered.
    Lesson,
}

impl State {
    /// The page as it opens: the gist's incident, a.txt and the AC entry of //:c evicted, paused
    /// before Bazel 1.1 finds out. With it, what to ask for first.
    pub fn open() -> (Self, Vec<Effect>) {
        let incident = Incident::gist();
        let cache = Rc::clone(&incident.cache);
        let layout = Some(Rc::new(lay_out(&incident.graph, Direction::Right)));
        let mut state = Self {
            choice: opening_choice(&incident),
            moment: Rc::new(Moment::of(&incident.graph, Rc::clone(&cache))),
            seeker: Rc::new(RefCell::new(Seeker::new(&incident.graph, Rc::clone(&cache)))),
            tints: Rc::default(),
            n_traces: 0,
            incident: Rc::new(incident),
            files: Vec::new(),
            loading: None,
            problem: None,
            opened: None,
            checks: Rc::default(),
            gallery: None,
            group: None,
            is_link_copied: false,
            mode: Mode::Explore,
            learn: Learn::default(),
            last_job: 0,
            pending: None,
            timeline: Rc::new(Timeline::empty()),
            cache,
            tracks: None,
            player: Player::default(),
            motion: 1.0,
            layout,
            looking: Looking::default(),
            viewport: Viewport::new(800.0, 480.0, 1.0),
            fitted: true,
            selection: Selection::None,
            filter: None,
            filter_choice: FilterChoice::default(),
            filtering: None,
            n_filters: 0,
            search: Search::default(),
            hover: None,
            sheet: None,
            query: String::new(),
            tab: Tab::Story,
            theme: ThemeChoice::System,
            system_dark: false,
            still: false,
            panes: Panes::default(),
            drag_over: false,
        };
        let effects = state.plan(OnPlan::Interesting);
        (state, effects)
    }

    /// Light or dark, as it shows.
    pub fn theme_shown(&self) -> Theme {
        match self.theme {
            ThemeChoice::Dark => Theme::Dark,
            ThemeChoice::System if self.system_dark => Theme::Dark,
            ThemeChoice::System | ThemeChoice::Light => Theme::Light,
        }
    }

    /// The event that the current step shows.
    pub fn event(&self) -> Option<&Event> {
        self.timeline.event(self.player.step)
    }

    /// Whether a blob or AC entry was in the cache once and is gone at this moment, or is named by
    /// an entry that was loaded and was gone from the start.
    pub fn is_gone(&self, kind: CacheKind, blob: BlobId) -> bool {
        let evicted = self.timeline.evicted.get(&(kind, blob));
        let once = self.cache.contains(kind, blob)
            || evicted.is_some_and(|&step| step as usize <= self.moment.step)
            || kind == CacheKind::Cas && self.incident.dangling_blobs.contains(&blob)
            || self.opened.as_ref().is_some_and(|o| o.lacks.contains(&Eviction { kind, blob }));
        once && !self.moment.has_blob(kind, blob)
    }

    /// Whether checkpoints of the trace are still being made: time has to pass.
    pub fn is_indexing(&self) -> bool {
        self.seeker.borrow().n_indexed() < self.timeline.trace.events.len()
    }

    /// Who tells the trace that is shown.
    pub fn story(&self) -> Story<'_> {
        Story {
            graph: &self.incident.graph,
            names: self.names(),
            scenario: &self.timeline.scenario,
            trace: &self.timeline.trace,
        }
    }

    /// What things are called.
    pub fn names(&self) -> &Names {
        self.timeline.names.as_ref().unwrap_or(&self.incident.names)
    }

    /// The marks of the track within what the player shows.
    pub fn marks(&self) -> impl Iterator<Item = &super::outline::Mark> {
        let shown = self.player.first + 1..=self.player.last;
        self.timeline.marks.iter().filter(move |m| shown.contains(&m.step))
    }

    /// Whether a lesson's question waits for its answer, so that the trace stays hidden.
    pub fn is_asking(&self) -> bool {
        self.mode == Mode::Learn && self.learn.answer.is_none()
    }

    /// Begins to plan what is chosen; a plan under way is forgotten.
    pub(super) fn plan(&mut self, on_plan: OnPlan) -> Vec<Effect> {
        if self.mode == Mode::Explore && self.opened.is_some() {
            return self.play_opened(on_plan);
        }
        let graph = &self.incident.graph;
        let (scenario, empty_cache) = match self.mode {
            Mode::Explore => (Some(self.choice.scenario(graph)), false),
            Mode::Learn => (GIST_LESSON.at(self.learn.place).0.scenario(graph), true),
        };
        let Some(scenario) = scenario else {
            return Vec::new();
        };
        self.last_job += 1;
        let (job, incident) = (self.last_job, self.incident.number);
        let cache = start_cache(&self.incident.cache, empty_cache);
        self.pending = Some(Pending { job, scenario: scenario.clone(), cache, on_plan });
        let scenario = Box::new(scenario);
        vec![Effect::Plan { job, incident, scenario, empty_cache }]
    }
}

/// The incident as the gist tells it: //:c is to be built, its AC entry and a.txt are gone.
pub fn opening_choice(incident: &Incident) -> Choice {
    let evictions = [What::Output("//:a"), What::Entry("//:c")];
    Choice {
        targets: TargetChoice::of(["//:c"]),
        evictions: evictions.iter().filter_map(|what| what.resolve(&incident.graph)).collect(),
        ..Choice::start()
    }
}
