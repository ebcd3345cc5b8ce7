//! How the lesson moves: ask, hear an answer, play, go on.

use crate::model::{ActionId, ArtifactId};
use crate::rewind::Engine;
use crate::scene::{Mark, Selection, Way};

use super::choice::{Choice, TargetChoice};
use super::gist_lesson::GIST_LESSON;
use super::lesson::Place;
use super::msg::{Effect, Msg};
use super::state::{Learn, Mode, OnPlan, State};

impl State {
    pub(super) fn learn(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Mode(mode) if mode == self.mode => Vec::new(),
            Msg::Mode(Mode::Explore) => {
                self.mode = Mode::Explore;
                self.plan(OnPlan::Interesting)
            }
            Msg::Mode(Mode::Learn) => {
                let mut effects = Vec::new();
                if !self.incident.is_example() {
                    effects.extend(self.update(Msg::OpenExample));
                }
                effects.extend(self.open_step(self.learn.place));
                effects
            }
            Msg::Lesson(place) => self.open_step(place),
            Msg::Answer(answer) => {
                self.learn.answer = Some(answer);
                let place = self.learn.place;
                if !self.learn.done.contains(&place) {
                    self.learn.done.push(place);
                }
                self.player.step = self.player.first;
                self.player.playing = self.pending.is_none();
                vec![Effect::Show("lesson-end")]
            }
            Msg::Replay => {
                self.player.step = self.player.first;
                self.player.playing = self.learn.answer.is_some();
                Vec::new()
            }
            Msg::ExploreThis => self.explore_this(),
            _ => Vec::new(),
        }
    }

    /// Opens the step at `place`; its part is planned as a whole, its last build is shown.
    fn open_step(&mut self, place: Place) -> Vec<Effect> {
        let same_part = self.mode == Mode::Learn && self.learn.place.part == place.part;
        self.mode = Mode::Learn;
        self.sheet = None;
        self.selection = Selection::None;
        self.learn = Learn { place, answer: None, done: std::mem::take(&mut self.learn.done) };
        if same_part && self.pending.is_none() {
            self.enter_step();
            return Vec::new();
        }
        self.plan(OnPlan::Lesson)
    }

    /// Shows the events of the step's build, before the first of them.
    pub(super) fn enter_step(&mut self) {
        let (part, _) = GIST_LESSON.at(self.learn.place);
        let build = part.build_of(self.learn.place.step);
        let Some(outcome) = self.timeline.trace.builds.get(build) else { return };
        let (first, last) = (outcome.first_event, outcome.end_event);
        self.player.set_range(first, last);
        self.player.step = first;
        self.player.playing = self.learn.answer.is_some();
    }

    /// The lesson's last build as a scenario of its own, on the cache as loaded.
    fn explore_this(&mut self) -> Vec<Effect> {
        let (part, step) = GIST_LESSON.at(self.learn.place);
        let graph = &self.incident.graph;
        let so_far = &part.steps[..=self.learn.place.step];
        let Some(build) = step.builds.last() else { return Vec::new() };
        let evicted = so_far.iter().flat_map(|s| s.builds).flat_map(|b| b.evict);
        let mut choice = Choice::start();
        choice.engine = Engine::find(part.engine).unwrap_or(choice.engine);
        choice.download = build.download;
        choice.targets = TargetChoice::of([build.target]);
        choice.evictions = evicted.filter_map(|what| what.resolve(graph)).collect();
        choice.evictions.dedup();
        self.choice = choice;
        self.mode = Mode::Explore;
        let mut effects = self.plan(OnPlan::Interesting);
        effects.extend(self.fragment());
        effects
    }

    /// Whether a step of the lesson has been played to its end.
    pub fn is_told(&self) -> bool {
        let over = self.player.step >= self.player.last && self.player.last > 0;
        self.mode == Mode::Learn && self.learn.answer.is_some() && over
    }

    /// What is selected, as a mark of the picture.
    pub fn selected_mark(&self) -> Option<Mark> {
        match self.selection {
            Selection::None => None,
            Selection::Action(action) => Some(Mark::Action(action)),
            Selection::Artifact(artifact) => Some(Mark::Artifact(artifact)),
            Selection::AcEntry(action) => Some(Mark::AcEntry(action)),
            Selection::Group(group) => Some(Mark::Group(group)),
            Selection::Blob(blob) => {
                self.incident.graph.artifacts_of_blob(blob).next().map(Mark::Artifact)
            }
        }
    }

    /// The action that the selection is about, if any.
    pub fn selected_action(&self) -> Option<ActionId> {
        match self.selection {
            Selection::Action(action) | Selection::AcEntry(action) => Some(action),
            Selection::Artifact(artifact) => self.incident.graph.producer(artifact),
            Selection::None | Selection::Blob(_) | Selection::Group(_) => None,
        }
    }

    /// The marks that `mark` reads from (`Way::Input`) or is read by.
    pub(super) fn neighbours(&self, mark: Mark, way: Way) -> Vec<Mark> {
        let graph = &self.incident.graph;
        let producers = |artifacts: &[ArtifactId]| -> Vec<Mark> {
            let makers = artifacts.iter().filter_map(|&a| graph.producer(a));
            artifacts.iter().copied().map(Mark::Artifact).chain(makers.map(Mark::Action)).collect()
        };
        let consumers = |artifacts: &[ArtifactId]| -> Vec<Mark> {
            let readers = artifacts.iter().flat_map(|&a| graph.consumers(a));
            let readers = readers.map(|&a: &ActionId| Mark::Action(a));
            artifacts.iter().copied().map(Mark::Artifact).chain(readers).collect()
        };
        match (mark, way) {
            (Mark::Action(action) | Mark::AcEntry(action), Way::Input) => {
                producers(graph.inputs(action))
            }
            (Mark::Action(action) | Mark::AcEntry(action), _) => consumers(graph.outputs(action)),
            (Mark::Artifact(artifact), Way::Input) => producers(&[artifact]),
            (Mark::Artifact(artifact), _) => consumers(&[artifact]),
            (Mark::Group(_), _) => Vec::new(),
        }
    }
}
