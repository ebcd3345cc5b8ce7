//! A page without a browser, whose worker answers at once.

use std::rc::Rc;

use rewindow::app::keys::Key;
use rewindow::app::msg::{Effect, Msg};
use rewindow::app::state::{Picked, State};
use rewindow::app::view::{Canvases, page};
use rewindow::app::wire::{Ear, Jobs};
use rewindow::rewind::plan;
use rewindow::web::protocol::{FileOrder, Order, WireShape};
use yew::prelude::*;

/// A page whose worker answers at once.
pub struct Page {
    pub state: State,
    pub effects: Vec<Effect>,
    jobs: Jobs,
    ear: Ear,
}

impl Page {
    pub fn open() -> Self {
        let (state, effects) = State::open();
        let mut page =
            Self { state, effects: Vec::new(), jobs: Jobs::default(), ear: Ear::default() };
        page.carry_out(effects);
        page
    }

    pub fn say(&mut self, msg: Msg) {
        let effects = self.state.update(msg);
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Effect::Plan { job, scenario, empty_cache, .. } = &effect {
                let incident = &self.state.incident;
                let cache = rewindow::app::msg::start_cache(&incident.cache, *empty_cache);
                let trace = plan(&incident.graph, &cache, scenario);
                self.say(Msg::Planned(*job, Box::new(trace.into())));
            } else if let Effect::Play { job, incident, text, lay_out } = &effect {
                let (job, incident, lay_out) = (*job, *incident, *lay_out);
                self.order(Order::Play { job, incident, text: text.clone(), lay_out }, Vec::new());
            } else if let Effect::LayOut { job, incident, subject, shape } = effect {
                let shape = WireShape { has_groups: false, ..shape };
                let order = Order::LayOut { job, incident, subject, shape };
                self.order(order, Vec::new());
            } else {
                self.effects.push(effect);
            }
        }
    }

    /// Gives an order to the worker and hears its answers.
    pub fn order(&mut self, order: Order, buffers: Vec<Vec<u8>>) {
        let mut said = Vec::new();
        self.jobs.obey(order, buffers, &mut |answer, buffers| said.push((answer, buffers)));
        for (answer, buffers) in said {
            if let Some(Some(msg)) = self.ear.hear(answer, &buffers) {
                self.say(msg);
            }
        }
    }

    /// Drops files of these names and contents.
    pub fn drop_files(&mut self, files: &[(&str, &[u8])]) {
        let picked = files.iter().enumerate().map(|(i, (name, _))| picked(i as u32, name));
        self.say(Msg::Picked(picked.collect()));
        let Some(Effect::Import { job, incident, files: asked }) = self.effects.last().cloned()
        else {
            panic!("no import")
        };
        let order = |file: &Picked| FileOrder { name: file.name.clone(), format: None };
        let orders: Vec<FileOrder> = asked.iter().map(order).collect();
        let bytes = files.iter().map(|(_, bytes)| bytes.to_vec()).collect();
        assert_eq!(orders.len(), files.len(), "what was dropped before stays out");
        self.order(Order::Import { job, incident, files: orders }, bytes);
    }

    pub fn play_to_the_end(&mut self) {
        self.say(Msg::Seek(usize::MAX));
    }

    pub fn ends_well(&self) -> bool {
        self.state.timeline.trace.outcome().unwrap().success
    }

    pub fn html(&self) -> String {
        let state = Rc::new(self.state.clone());
        let renderer = yew::LocalServerRenderer::<Shown>::with_props(ShownProps { state });
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let local = tokio::task::LocalSet::new();
        local.block_on(&runtime, renderer.hydratable(false).render())
    }
}

#[derive(Properties)]
struct ShownProps {
    state: Rc<State>,
}

impl PartialEq for ShownProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.state, &other.state)
    }
}

#[component]
fn Shown(props: &ShownProps) -> Html {
    page(&props.state, &Canvases::default(), &Callback::noop())
}

pub fn key(name: &str) -> Key {
    Key { key: name.to_owned(), ..Key::default() }
}

pub fn picked(id: u32, name: &str) -> Picked {
    Picked { id, name: name.to_owned(), size_bytes: 10, format: None }
}
