//! A page without a browser, whose worker answers at once.

use std::rc::Rc;

use rewindow::app::keys::Key;
use rewindow::app::msg::{Effect, Msg};
use rewindow::app::state::{Picked, State};
use rewindow::app::view::{Canvases, page};
use rewindow::rewind::plan;
use yew::prelude::*;

/// A page whose worker answers at once.
pub struct Page {
    pub state: State,
    pub effects: Vec<Effect>,
}

impl Page {
    pub fn open() -> Self {
        let (state, effects) = State::open();
        let mut page = Self { state, effects: Vec::new() };
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
                self.say(Msg::Planned(*job, trace));
            } else {
                self.effects.push(effect);
            }
        }
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
