//! How the state changes: one function from message to state and effects, without a browser.

use std::rc::Rc;

use crate::import::{Place, Warning};
use crate::rewind::{Engine, Eviction};
use crate::scene::Selection;

use super::choice::{Choice, evict_artifact, evict_entry};
use super::evict_list::evictions;
use super::gallery;
use super::msg::{Effect, Msg};
use super::panes::Pane;
use super::player::{INDEXED_EVENTS, Player, SPEEDS};
use super::state::{Mode, OnPlan, Sheet, State};

/// Milliseconds that the motion of a step takes: its cause first, its effect 80 ms after.
const MOTION_MS: f64 = 320.0;

/// The states of more actions are found in frames of their own, of so many in each: some 10 ms.
const TINTED_AT_ONCE_MAX: usize = 100_000;
const TINTED_A_FRAME: usize = 1 << 18;

/// Summing up more events takes a frame of its own.
const COSTED_AT_ONCE_MAX: usize = 500_000;

/// Events between two moments that show while checkpoints of a trace are being made.
const SHOWN_EVENTS: usize = 1 << 19;

/// Graphs of more actions stay as they lie: laying them out would hold the page up.
pub(super) const TURNED_MAX: usize = 100;

impl State {
    /// Lets `msg` happen.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        let before = self.player.step;
        let was_over = self.is_told();
        let selected = self.selected_action();
        let is_tick = matches!(msg, Msg::Tick(_));
        let mut effects = self.change(msg);
        self.note_other(selected);
        effects.extend(self.ensure_layout());
        self.follow(before, is_tick);
        if self.is_told() && !was_over {
            effects.push(Effect::Show("lesson-end"));
        }
        effects
    }

    fn change(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Tick(_)
            | Msg::TogglePlay
            | Msg::Step
            | Msg::StepBack
            | Msg::NextMark
            | Msg::PreviousMark
            | Msg::Seek(_)
            | Msg::NextSpeed => self.play(msg),
            Msg::Engine(_)
            | Msg::Parameter(..)
            | Msg::ResetParameters
            | Msg::Download(_)
            | Msg::Policy(_)
            | Msg::Jobs(_)
            | Msg::KeepGoing(_)
            | Msg::Targets(_)
            | Msg::ToggleEvict(_)
            | Msg::EvictSelected
            | Msg::Click { evict: true, .. }
            | Msg::EvictSelector(_)
            | Msg::EvictObserved
            | Msg::ClearEvictions
            | Msg::Scenario(_) => return self.choose(msg),
            Msg::Zoom(..) | Msg::Reveal(_) => return self.look_further(msg),
            Msg::Show(_) | Msg::Resized(..) => return self.look_further(msg),
            Msg::Select(_)
            | Msg::Click { .. }
            | Msg::PointAt(_)
            | Msg::Pan(..)
            | Msg::Fit
            | Msg::CentreOn(_)
            | Msg::Walk(_) => self.look(msg),
            Msg::Mode(_) | Msg::Lesson(_) | Msg::Answer(_) | Msg::Replay | Msg::ExploreThis => {
                return self.learn(msg);
            }
            Msg::Picked(_)
            | Msg::ChooseFormat(..)
            | Msg::RemoveFile(_)
            | Msg::OpenExample
            | Msg::Cancel
            | Msg::Progress(..)
            | Msg::Imported(..)
            | Msg::ImportFailed(..)
            | Msg::WorkerStopped(..)
            | Msg::Planned(..)
            | Msg::LaidOut(..) => return self.load(msg),
            Msg::OpenEntry(_)
            | Msg::OpenAddress(_)
            | Msg::Group(_)
            | Msg::ResetScenario
            | Msg::SaveScenario
            | Msg::CopyLink
            | Msg::ScenarioRead(..) => return self.scenario_file(msg),
            other if is_about_views(&other) => return self.look_as(other),
            other => return self.arrange(other),
        }
        Vec::new()
    }

    /// Brings the moment to the player's step, and starts the motion of a single step on.
    fn follow(&mut self, before: usize, is_tick: bool) {
        let (step, shown_before) = (self.player.step, self.moment.step);
        let (graph, trace) = (&self.incident.graph, &self.timeline.trace);
        let mut seeker = self.seeker.borrow_mut();
        let shown = step.min(seeker.n_indexed());
        // While checkpoints are being made, the way there is shown in large steps only.
        let is_far = shown < step && shown.abs_diff(self.moment.step) < SHOWN_EVENTS;
        let is_new = self.moment.step == 0 || self.moment.step > step;
        if self.moment.step != shown && (!is_far || is_new) {
            self.moment = Rc::new(seeker.seek(graph, trace, shown).clone());
        }
        drop(seeker);
        let was_tinting = self.is_tinting();
        self.tint(is_tick);
        let is_other = self.moment.step != shown_before || was_tinting;
        if is_other && !self.is_tinting() && self.filter_choice.state.is_some() {
            self.filter_anew();
        }
        if step != before {
            let quick = self.player.playing && self.player.speed > 4;
            let single = step == before + 1 && !self.still && !quick;
            self.motion = if single { 0.0 } else { 1.0 };
        }
    }

    /// Brings the states of all actions to the moment. Those of a large graph wait for a frame when
    /// the trace is new, so that its arrival is no longer a task than need be, and for the trace.
    fn tint(&mut self, is_tick: bool) {
        let gone = |kind, blob| self.is_gone(kind, blob);
        let mut tints = self.tints.borrow_mut();
        let graph = &self.incident.graph;
        let is_large = graph.n_actions() > TINTED_AT_ONCE_MAX;
        let is_new = tints.source() != Some(self.n_traces);
        let waits = self.timeline.trace.events.is_empty() || is_new && !is_tick;
        if is_large && waits {
            tints.blank(graph, self.n_traces);
        } else {
            let n = if is_large { TINTED_A_FRAME } else { usize::MAX };
            tints.refresh_on(graph, &self.moment, &gone, self.n_traces, n);
        }
    }

    /// Whether the states of all actions wait for the next frame.
    pub fn is_tinting(&self) -> bool {
        let tints = self.tints.borrow();
        let is_blank = tints.source() != Some(self.n_traces);
        tints.is_behind() || is_blank && !self.timeline.trace.events.is_empty()
    }

    /// Whether the end of a long trace shows and what it cost waits for the next frame.
    pub fn is_costing(&self) -> bool {
        let n_events = self.timeline.trace.events.len();
        let is_end = n_events > COSTED_AT_ONCE_MAX && self.moment.step == n_events;
        is_end && !self.timeline.is_costed()
    }

    /// Makes some more of the checkpoints of a new trace.
    pub(super) fn index_on(&mut self) {
        let mut seeker = self.seeker.borrow_mut();
        seeker.extend(&self.incident.graph, &self.timeline.trace, INDEXED_EVENTS);
    }

    fn play(&mut self, msg: Msg) {
        if matches!(msg, Msg::Tick(_)) {
            self.index_on();
            self.find_on();
            if self.is_costing() {
                self.timeline.cost(&self.incident.graph);
            }
        }
        if let Msg::Tick(ms) = msg {
            self.move_on(ms);
        }
        let player = &mut self.player;
        match msg {
            Msg::Tick(ms) => {
                self.motion = (self.motion + (ms / MOTION_MS) as f32).min(1.0);
                player.tick(ms);
            }
            Msg::TogglePlay if self.mode == Mode::Learn && self.learn.answer.is_none() => {}
            Msg::TogglePlay => player.toggle(),
            Msg::Step => seek(player, player.step + 1),
            Msg::StepBack => seek(player, player.step.saturating_sub(1)),
            Msg::NextMark => {
                seek(player, self.timeline.next_mark(player.step).unwrap_or(player.last));
            }
            Msg::PreviousMark => {
                seek(player, self.timeline.previous_mark(player.step).unwrap_or(player.first));
            }
            Msg::Seek(step) => seek(player, step),
            Msg::NextSpeed => {
                let at = SPEEDS.iter().position(|&s| s == player.speed).unwrap_or(0);
                player.speed = SPEEDS[(at + 1) % SPEEDS.len()];
            }
            _ => {}
        }
    }

    fn choose(&mut self, msg: Msg) -> Vec<Effect> {
        if self.mode == Mode::Learn {
            return Vec::new();
        }
        let (said, before) = (msg.clone(), self.choice.clone());
        let choice = &mut self.choice;
        match msg {
            Msg::Engine(id) => choice.engine = Engine::find(&id).unwrap_or(choice.engine),
            Msg::Parameter(name, value) => {
                // What a field does not take leaves the value; the field shows it again.
                if choice.engine.set(name, &value).is_err() {
                    return Vec::new();
                }
            }
            Msg::ResetParameters => {
                choice.engine = Engine::find(choice.engine.id).unwrap_or(choice.engine);
            }
            Msg::Download(download) => choice.download = download,
            Msg::Policy(policy) => choice.policy = policy,
            Msg::Jobs(jobs) => choice.jobs = jobs.max(1),
            Msg::KeepGoing(keep_going) => choice.keep_going = keep_going,
            Msg::Targets(targets) => choice.targets = targets,
            Msg::ToggleEvict(eviction) => toggle(choice, eviction),
            Msg::Click { at, .. } => {
                let Some(mark) = self.mark_at(at) else { return Vec::new() };
                self.selection = mark.into();
                return self.choose(Msg::EvictSelected);
            }
            Msg::EvictSelected => match self.eviction_of(self.selection) {
                Some(eviction) => toggle(&mut self.choice, eviction),
                None => return Vec::new(),
            },
            Msg::EvictSelector(text) => match self.select_evictions(&text) {
                Ok(found) => {
                    self.choice.evict(found);
                    (self.problem, self.sheet) = (None, None);
                }
                Err(problem) => {
                    self.problem = Some(problem);
                    return Vec::new();
                }
            },
            Msg::EvictObserved => self.evict_observed(),
            Msg::ClearEvictions => choice.evictions.clear(),
            Msg::Scenario(chosen) => *choice = *chosen,
            _ => return Vec::new(),
        }
        // Until the first plan is there, there is no step to stay near.
        let first = self.pending.as_ref().map(|p| p.on_plan) == Some(OnPlan::Interesting);
        let on_plan = if first { OnPlan::Interesting } else { OnPlan::Stay };
        if let Some(opened) = self.opened.clone() {
            return self.edit_scenario(&opened, &said, &before, on_plan);
        }
        let mut effects = self.plan(on_plan);
        effects.extend(self.fragment());
        effects
    }

    /// What evicting the selection removes.
    pub fn eviction_of(&self, selection: Selection) -> Option<Eviction> {
        let graph = &self.incident.graph;
        match selection {
            Selection::None | Selection::Group(_) => None,
            Selection::AcEntry(action) => evict_entry(graph, action),
            Selection::Action(action) => {
                graph.outputs(action).first().and_then(|&o| evict_artifact(graph, o))
            }
            Selection::Artifact(artifact) => {
                graph.producer(artifact).and_then(|_| evict_artifact(graph, artifact))
            }
            Selection::Blob(blob) => Some(Eviction { kind: crate::model::CacheKind::Cas, blob }),
        }
    }

    fn select_evictions(&self, text: &str) -> Result<Vec<Eviction>, Warning> {
        let found = evictions(&self.incident.graph, &self.incident.cache, text);
        found.map_err(|what| Warning {
            file: String::new(),
            place: Place::Whole,
            what,
            remedy: "Nothing was evicted.".to_owned(),
            count: 1,
        })
    }

    /// Opens, closes, remembers: what concerns the page rather than the incident.
    fn arrange(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Sheet(sheet) => {
                self.sheet = sheet;
                self.problem = None;
                match sheet {
                    Some(Sheet::Gallery) => {
                        self.query.clear();
                        self.gallery.get_or_insert_with(|| Rc::new(gallery::entries()));
                        return vec![Effect::Focus("gallery-field")];
                    }
                    Some(Sheet::Search) => {
                        self.search_anew();
                        return vec![Effect::Focus("search-field")];
                    }
                    Some(Sheet::Evict) => return vec![Effect::Focus("evict-field")],
                    Some(_) => return vec![Effect::Focus("sheet-close")],
                    None => {}
                }
            }
            Msg::Tab(tab) => self.tab = tab,
            Msg::Theme(theme) => {
                self.theme = theme;
                let name = theme.name().to_owned();
                return vec![Effect::ApplyTheme(theme), Effect::Remember("theme", name)];
            }
            Msg::System { dark, still } => (self.system_dark, self.still) = (dark, still),
            Msg::ResizePane(pane, by) => return self.resize(pane, by),
            Msg::Search(query) => {
                self.query = query;
                if self.sheet == Some(Sheet::Search) {
                    self.search_anew();
                }
            }
            Msg::Filter(choice) => self.filter_as(*choice),
            Msg::Escape => self.escape(),
            Msg::DragOver(over) => self.drag_over = over,
            Msg::Copy(text) => return vec![Effect::Copy(text)],
            other => self.observe(other),
        }
        Vec::new()
    }

    fn escape(&mut self) {
        if self.sheet.is_some() {
            self.sheet = None;
        } else if self.problem.is_some() {
            self.problem = None;
        } else {
            self.selection = Selection::None;
        }
    }

    fn resize(&mut self, pane: Pane, by: f64) -> Vec<Effect> {
        match pane {
            Pane::Inspector => self.panes.inspector += by,
            Pane::Story => self.panes.story += by,
        }
        self.panes = self.panes.kept();
        vec![Effect::Remember("panes", self.panes.to_text())]
    }
}

/// Moves by hand: what was playing stops.
fn seek(player: &mut Player, step: usize) {
    player.seek(step);
    player.playing = false;
}

fn toggle(choice: &mut Choice, eviction: Eviction) {
    if choice.evicts(eviction) {
        choice.evictions.retain(|e| *e != eviction);
    } else {
        choice.evictions.push(eviction);
    }
}

/// Whether `msg` asks for another view of the graph, or brings one.
fn is_about_views(msg: &Msg) -> bool {
    matches!(
        msg,
        Msg::Look(_)
            | Msg::Unfold(_)
            | Msg::Fold(_)
            | Msg::Enter
            | Msg::DoubleClick(_)
            | Msg::Back
            | Msg::Crumb(_)
            | Msg::CriticalPath(_)
            | Msg::Artifacts(_)
            | Msg::GroupBy(_)
            | Msg::SavePicture { .. }
            | Msg::Arranged(_)
    )
}
