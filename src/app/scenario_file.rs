//! How a scenario file comes on show, is edited, saved and linked.

use std::rc::Rc;

use crate::import::{Import, Place, Warning};
use crate::report::Names;

use super::choice::Choice;
use super::incident::{Incident, dangling_blobs, lay_out};
use super::link::{LinkError, Linked, from_link, is_link, open_entry};
use super::msg::{Effect, Msg, ReadScenario};
use super::opened::{Opened, Origin};
use super::state::{OnPlan, Pending, Sheet, State};
use super::update::TURNED_MAX;
use super::wire_scenario::scenario_warning;

impl State {
    pub(super) fn scenario_file(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::OpenEntry(name) => match open_entry(&name) {
                Ok(opened) => self.open_linked(Linked { opened, step: None }),
                Err(error) => self.refuse(&error),
            },
            Msg::OpenAddress(fragment) if is_link(&fragment) => match from_link(&fragment) {
                Ok(linked) => self.open_linked(linked),
                Err(error) => self.refuse(&error),
            },
            Msg::OpenAddress(fragment) => {
                let chosen = super::fragment::from_fragment(&fragment, &self.incident.graph);
                match chosen.filter(|_| self.incident.is_example()) {
                    Some(choice) => self.update(Msg::Scenario(Box::new(choice))),
                    None => Vec::new(),
                }
            }
            Msg::Group(group) => {
                self.group = group;
                Vec::new()
            }
            Msg::ResetScenario => {
                let Some(opened) = self.opened.clone() else { return Vec::new() };
                self.show_edited(opened.edited(opened.own.clone()), OnPlan::Interesting)
            }
            Msg::SaveScenario => {
                let Some(opened) = &self.opened else { return Vec::new() };
                vec![Effect::Save(opened.origin.file(), opened.toml())]
            }
            Msg::CopyLink => {
                let Some(address) = self.address() else { return Vec::new() };
                self.is_link_copied = true;
                vec![Effect::CopyLink(address)]
            }
            Msg::ScenarioRead(job, read) => self.scenario_read(job, *read),
            _ => Vec::new(),
        }
    }

    fn scenario_read(&mut self, job: u32, read: ReadScenario) -> Vec<Effect> {
        let Some(loading) = self.loading.take_if(|loading| loading.job == job) else {
            return Vec::new();
        };
        let ReadScenario { file, text, exports, left_out, layout } = read;
        let tables = exports.as_ref().map(super::wire_scenario::parts);
        let tables = tables.or_else(|| super::gallery::exports_of(&text)).map(Rc::new);
        let opened = match Opened::new(Origin::File(file.clone()), text, tables) {
            Ok(opened) => opened,
            Err(error) => {
                self.problem = Some(scenario_warning(&error));
                return Vec::new();
            }
        };
        self.files = loading.files;
        let (mut cards, mut warnings) =
            exports.map(|import| (import.files, import.warnings)).unwrap_or_default();
        cards.retain(|card| card.name != file);
        if !left_out.is_empty() {
            warnings.push(Warning {
                file: file.clone(),
                place: Place::Whole,
                what: format!(
                    "Left out, as the scenario does not refer to it: {}.",
                    left_out.join(", ")
                ),
                remedy: "Name it under files if it belongs to it.".to_owned(),
                count: 1,
            });
        }
        let told = (cards, warnings);
        let sheet = (!told.1.is_empty()).then_some(Sheet::Files);
        let effects = self.put_on_show(opened, job, told, layout.map(Rc::new), OnPlan::Interesting);
        self.sheet = sheet;
        effects
    }

    fn open_linked(&mut self, Linked { opened, step }: Linked) -> Vec<Effect> {
        self.last_job += 1;
        let number = self.last_job;
        self.files.clear();
        self.loading = None;
        let on_plan = step.map_or(OnPlan::Interesting, OnPlan::At);
        self.put_on_show(opened, number, Default::default(), None, on_plan)
    }

    /// Says why a link or entry is not shown, beside what could be.
    fn refuse(&mut self, error: &LinkError) -> Vec<Effect> {
        let problem = match error {
            LinkError::Scenario(error) => scenario_warning(error),
            other => Warning {
                file: String::new(),
                place: Place::Whole,
                what: format!("{other}."),
                remedy: "Ask for the file itself, or open a scenario below.".to_owned(),
                count: 1,
            },
        };
        let effects = self.update(Msg::Sheet(Some(Sheet::Gallery)));
        self.problem = Some(problem);
        effects
    }

    /// Shows a scenario as what is loaded.
    fn put_on_show(
        &mut self,
        opened: Opened,
        number: u32,
        (cards, warnings): (Vec<crate::import::FileCard>, Vec<Warning>),
        layout: Option<Rc<crate::scene::Layout>>,
        on_plan: OnPlan,
    ) -> Vec<Effect> {
        let play = &opened.play;
        let (graph, cache) = (play.graph.clone(), play.cache.clone());
        let names = Rc::new(Names::new(&graph, &cache, &play.scenario.revisions));
        let import = Import { files: cards, warnings, ..Import::of(graph, cache) };
        let incident = Incident { names, ..Incident::of(number, opened.title(), import) };
        let small = incident.graph.n_actions() <= TURNED_MAX;
        let fits = layout.filter(|layout| !small || layout.direction() == self.direction());
        let layout = match fits {
            None if small => Some(Rc::new(lay_out(&incident.graph, self.direction()))),
            other => other,
        };
        self.choice = opened.choice();
        self.opened = Some(Rc::new(opened));
        self.checks = Rc::default();
        (self.sheet, self.problem) = (None, None);
        self.show(incident, layout);
        self.plan(on_plan)
    }

    /// Carries what the scenario bar was told over to the scenario's text.
    pub(super) fn edit_scenario(
        &mut self,
        opened: &Opened,
        said: &Msg,
        before: &Choice,
        on_plan: OnPlan,
    ) -> Vec<Effect> {
        let text = opened.edit(said, before, &self.choice, self.build_on_show());
        if text == opened.text {
            self.choice = opened.choice();
            return Vec::new();
        }
        self.show_edited(opened.edited(text), on_plan)
    }

    fn show_edited(
        &mut self,
        edited: Result<Opened, crate::scenario::ScenarioError>,
        on_plan: OnPlan,
    ) -> Vec<Effect> {
        match edited {
            Ok(opened) => {
                let cache = &opened.play.cache;
                self.incident = Rc::new(Incident {
                    dangling_blobs: dangling_blobs(&opened.play.graph, cache),
                    cache: Rc::new(cache.clone()),
                    ..(*self.incident).clone()
                });
                self.choice = opened.choice();
                self.opened = Some(Rc::new(opened));
                self.plan(on_plan)
            }
            Err(error) => {
                self.problem = Some(scenario_warning(&error));
                self.sheet = Some(Sheet::Files);
                self.choice = self.opened.as_ref().map_or_else(Choice::start, |o| o.choice());
                Vec::new()
            }
        }
    }

    /// Begins to plan the scenario on show.
    pub(super) fn play_opened(&mut self, on_plan: OnPlan) -> Vec<Effect> {
        let Some(opened) = self.opened.clone() else { return Vec::new() };
        self.last_job += 1;
        self.is_link_copied = false;
        let (job, incident) = (self.last_job, self.incident.number);
        let (scenario, cache) = (opened.play.scenario.clone(), Rc::clone(&self.incident.cache));
        self.pending = Some(Pending { job, scenario, cache, on_plan });
        let lay_out = self.layout.is_none();
        vec![Effect::Play { job, incident, text: opened.text.to_toml(), lay_out }]
    }

    /// Compares the trace with what the file expects.
    pub(super) fn check_expectations(&mut self) {
        let Some(opened) = &self.opened else { return };
        match opened.checks(&self.timeline.trace) {
            Ok(checks) => self.checks = Rc::new(checks),
            Err(error) => {
                self.checks = Rc::default();
                self.problem = Some(scenario_warning(&error));
                self.sheet = Some(Sheet::Files);
            }
        }
    }

    /// Index of the build that the player is in; of the first before it starts.
    pub fn build_on_show(&self) -> usize {
        let builds = &self.timeline.trace.builds;
        let at = builds.iter().position(|build| self.player.step <= build.end_event);
        at.unwrap_or(builds.len().saturating_sub(1))
    }

    /// The fragment that shows a scenario file as it is shown now, step included. `None` if there
    /// is none on show, or it cannot be linked to.
    pub fn address(&self) -> Option<String> {
        let link = self.opened.as_ref()?.link()?;
        let is_start = self.player.step == self.timeline.interesting_step();
        Some(if is_start { link.to_owned() } else { format!("{link}&step={}", self.player.step) })
    }
}
