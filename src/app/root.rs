//! The root of the page: holds the state, lets messages happen, carries out effects, and paints.

use std::cell::RefCell;
use std::rc::Rc;

use yew::prelude::*;

use crate::scene::{Layout, to_svg};
use crate::web::clock::{Frame, next_frame, soon};
use crate::web::files::{Dropped, Files, Found, save};
use crate::web::protocol::{FileOrder, Order};
use crate::web::worker::Worker;
use crate::web::{canvas, dom, listen, panic, storage};

use super::drawing::{Drawing, exported};
use super::keys::{Key, msg_for};
use super::msg::{Effect, Msg};
use super::opened::Opened;
use super::panes::Panes;
use super::state::{Picked, State, ThemeChoice};
use super::view::{Canvases, page};
use super::wire::{Ear, wire_scenario};

/// What reaches the root: messages for the state, and what only the browser's side understands.
#[derive(Debug)]
pub enum Input {
    /// Something happened.
    Msg(Msg),
    /// A frame of the screen, at this time in milliseconds.
    Frame(f64),
    /// A key.
    Key(Key),
    /// Files were found.
    Found(Vec<Found>),
    /// The worker said something, or stopped with this text.
    Heard(Box<Result<Msg, String>>),
}

/// The page.
pub struct Root {
    state: State,
    canvases: Canvases,
    drawing: Drawing,
    files: Files,
    worker: Worker,
    ear: Rc<RefCell<Ear>>,
    frame: Option<Frame>,
    last_frame_ms: Option<f64>,
    /// Whether the picture waits for the next frame.
    is_stale: bool,
    address: storage::Address,
    /// The step and the scenario file that the address says.
    addressed: Option<(usize, Rc<Opened>)>,
    panes: Panes,
    size_watch: Option<dom::SizeWatch>,
    _listeners: Vec<listen::Listener>,
}

impl std::fmt::Debug for Root {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Root").field("step", &self.state.player.step).finish_non_exhaustive()
    }
}

impl Component for Root {
    type Message = Input;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        let ear = Rc::new(RefCell::new(Ear::default()));
        let heard = ctx.link().callback(|heard| Input::Heard(Box::new(heard)));
        let worker = {
            let ear = Rc::clone(&ear);
            // What comes of a whole takes as long as decoding it: not both in one task.
            Worker::start(Rc::new(move |answer, buffers| {
                let Some(said) = ear.borrow_mut().hear_out(answer, &buffers) else { return };
                let heard = heard.clone();
                soon(move || heard.emit(said));
            }))
        };
        let (state, effects) = State::open();
        let mut root = Self {
            state,
            canvases: Canvases::default(),
            drawing: Drawing::default(),
            files: Files::default(),
            worker,
            ear,
            frame: None,
            last_frame_ms: None,
            is_stale: false,
            address: storage::Address::default(),
            addressed: None,
            panes: Panes::default(),
            size_watch: None,
            _listeners: listeners(ctx),
        };
        root.carry_out(effects);
        root.recall();
        root
    }

    fn update(&mut self, ctx: &Context<Self>, input: Input) -> bool {
        // What happens many times a second and changes nothing but the picture.
        let is_frame = matches!(input, Input::Frame(_));
        let is_light = is_frame
            || matches!(
                input,
                Input::Msg(Msg::Pan(..) | Msg::Zoom(..) | Msg::PointAt(_) | Msg::CentreOn(_))
            );
        let before = is_light.then(|| Outside::of(&self.state));
        match input {
            Input::Msg(msg) => self.happen(msg),
            Input::Frame(now_ms) => {
                let before = self.last_frame_ms.replace(now_ms).unwrap_or(now_ms);
                (self.frame, self.is_stale) = (None, false);
                self.happen(Msg::Tick(now_ms - before));
            }
            Input::Key(key) => match msg_for(&self.state, &key) {
                Some(msg) => self.happen(msg),
                None => return false,
            },
            Input::Found(found) if found.is_empty() => return false,
            Input::Found(found) => {
                let held = self.files.hold(found).into_iter();
                let picked = held.map(|f| Picked {
                    id: f.id,
                    name: f.name,
                    size_bytes: f.size_bytes,
                    format: None,
                });
                self.happen(Msg::Picked(picked.collect()));
            }
            Input::Heard(heard) => match *heard {
                Ok(msg) => {
                    self.note_loaded(&msg);
                    self.happen(msg);
                }
                Err(text) => self.worker_stopped(&text),
            },
        }
        self.keep_address();
        let is_outside = before.is_none_or(|before| before != Outside::of(&self.state));
        if is_frame && !is_outside {
            self.drawing.paint(&self.state, &self.canvases);
            self.is_stale |= self.drawing.is_behind();
        } else {
            self.is_stale |= !is_outside;
        }
        self.ask_for_frame(ctx);
        is_outside
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        page(&self.state, &self.canvases, &ctx.link().callback(Input::Msg))
    }

    fn rendered(&mut self, ctx: &Context<Self>, first_render: bool) {
        if first_render {
            let resized =
                ctx.link().callback(|(w, h, ratio)| Input::Msg(Msg::Resized(w, h, ratio)));
            let graph = self.canvases.graph.get();
            self.size_watch =
                dom::SizeWatch::new(graph, move |w, h, ratio| resized.emit((w, h, ratio)));
        }
        self.apply_panes();
        self.drawing.paint(&self.state, &self.canvases);
        self.is_stale = self.drawing.is_behind();
        self.ask_for_frame(ctx);
    }
}

/// What of the state the page shows beside the picture and can change while only that moves.
#[derive(PartialEq)]
struct Outside {
    step: usize,
    shown: usize,
    is_playing: bool,
    layout: Option<*const Layout>,
    is_pending: bool,
    is_laid_out: bool,
    n_found: usize,
    is_finding: bool,
    is_tinting: bool,
    is_costing: bool,
    filter: u64,
    shows_all: bool,
}

impl Outside {
    fn of(state: &State) -> Self {
        Self {
            step: state.player.step,
            shown: state.moment.step,
            is_playing: state.player.playing,
            layout: state.layout.as_ref().map(Rc::as_ptr),
            is_pending: state.pending.is_some(),
            is_laid_out: state.looking.job.is_none(),
            n_found: state.search.found.len(),
            is_finding: state.is_finding(),
            is_tinting: state.is_tinting(),
            is_costing: state.is_costing(),
            filter: state.n_filters,
            shows_all: state.shows_all(),
        }
    }
}

impl Root {
    fn happen(&mut self, msg: Msg) {
        let effects = self.state.update(msg);
        self.carry_out(effects);
    }

    /// Brings back what this browser remembers, and what the address says.
    fn recall(&mut self) {
        let dark = dom::media("(prefers-color-scheme: dark)");
        let still = dom::media("(prefers-reduced-motion: reduce)");
        self.happen(Msg::System { dark, still });
        if let Some(theme) = storage::recall("theme").and_then(|t| ThemeChoice::from_name(&t)) {
            self.happen(Msg::Theme(theme));
        }
        if let Some(panes) = storage::recall("panes").and_then(|text| Panes::from_text(&text)) {
            self.state.panes = panes;
        }
        self.happen(Msg::OpenAddress(storage::fragment()));
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Plan { job, incident, scenario, empty_cache } => {
                    let scenario = wire_scenario(&scenario);
                    let order = Order::Plan { job, incident, scenario, empty_cache };
                    self.worker.order(&order, Vec::new());
                }
                Effect::Play { job, incident, text, lay_out } => {
                    let order = Order::Play { job, incident, text, lay_out };
                    self.worker.order(&order, Vec::new());
                }
                Effect::LayOut { job, incident, subject, shape } => {
                    let order = Order::LayOut { job, incident, subject, shape };
                    self.worker.order(&order, Vec::new());
                }
                Effect::Import { job, incident, files } => self.import(job, incident, &files),
                Effect::CancelWorker => self.restart_worker(),
                Effect::Copy(text) => dom::copy(&text),
                Effect::Remember(name, value) => storage::remember(name, &value),
                Effect::ApplyTheme(ThemeChoice::System) => {
                    dom::set_root_attribute("data-theme", None);
                }
                Effect::ApplyTheme(theme) => {
                    dom::set_root_attribute("data-theme", Some(theme.name()));
                }
                Effect::Fragment(text) => self.address.put(&text),
                Effect::CopyLink(fragment) => dom::copy(&storage::address_with(&fragment)),
                Effect::SavePicture(name, png) => match exported(&self.state) {
                    Some(scene) if png => canvas::save_png(&scene, &name),
                    Some(scene) => save(&name, &to_svg(&scene)),
                    None => {}
                },
                Effect::Save(name, text) => save(&name, &text),
                Effect::Focus(id) => dom::focus(id),
                Effect::Show(id) => dom::show(id),
            }
        }
    }

    fn import(&self, job: u32, incident: u32, files: &[Picked]) {
        let (mut orders, mut handles) = (Vec::new(), Vec::new());
        for file in files {
            if let Some(handle) = self.files.get(file.id) {
                let format = file.format.map(|format| format.name().to_owned());
                orders.push(FileOrder { name: file.name.clone(), format });
                handles.push(handle.clone());
            }
        }
        self.worker.order(&Order::Import { job, incident, files: orders }, handles);
    }

    /// A fresh worker; what the other has told in part is forgotten.
    fn restart_worker(&mut self) {
        *self.ear.borrow_mut() = Ear::default();
        self.worker.restart();
    }

    /// If `msg` brings an incident that is waited for, a fresh worker is to know it.
    fn note_loaded(&mut self, msg: &Msg) {
        let job = match msg {
            Msg::Imported(job, ..) => *job,
            Msg::ScenarioRead(job, read) if read.exports.is_some() => *job,
            _ => return,
        };
        if self.state.loading.as_ref().is_some_and(|loading| loading.job == job) {
            self.worker.loaded(job);
        }
    }

    /// The worker is gone. While it read files, that is for want of memory or by a fault in one of
    /// them: what is loaded stays, and another takes its place.
    fn worker_stopped(&mut self, text: &str) {
        let Some(job) = self.state.loading.as_ref().map(|loading| loading.job) else {
            return panic::report(text);
        };
        self.restart_worker();
        self.happen(Msg::WorkerStopped(job, text.to_owned()));
    }

    /// Keeps a scenario file and its step in the address, once the player rests.
    fn keep_address(&mut self) {
        let state = &self.state;
        let Some(opened) = &state.opened else {
            self.addressed = None;
            return;
        };
        let step = state.player.step;
        let is_said = self
            .addressed
            .as_ref()
            .is_some_and(|said| said.0 == step && Rc::ptr_eq(&said.1, opened));
        if !is_said && !state.player.playing && state.pending.is_none() {
            self.address.put_soon(state.address().unwrap_or_default());
            self.addressed = Some((step, Rc::clone(opened)));
        }
    }

    /// Asks for the next frame while something moves or is in the making; one at a time.
    fn ask_for_frame(&mut self, ctx: &Context<Self>) {
        let state = &self.state;
        let moves = state.player.playing
            || state.is_moving()
            || state.is_indexing()
            || state.is_finding()
            || state.is_tinting()
            || state.is_costing();
        if !moves && !self.is_stale {
            (self.frame, self.last_frame_ms) = (None, None);
        } else if self.frame.is_none() {
            let link = ctx.link().clone();
            self.frame = Some(next_frame(move |now| link.send_message(Input::Frame(now))));
        }
    }

    fn apply_panes(&mut self) {
        let panes = self.state.panes;
        if panes != self.panes || self.last_frame_ms.is_none() {
            dom::set_root_property("--inspector", &format!("{}px", panes.inspector));
            dom::set_root_property("--story", &format!("{}px", panes.story));
            self.panes = panes;
        }
    }
}

/// What is heard wherever it happens on the page: keys, drops, fields that hold files.
fn listeners(ctx: &Context<Root>) -> Vec<listen::Listener> {
    let link = ctx.link();
    let mut listeners = vec![listen::on_key({
        let key = link.callback(Input::Key);
        move |event| {
            key.emit(Key {
                key: event.key,
                modified: event.modified,
                in_field: event.in_field,
                on_button: event.on_button,
                on_graph: event.on_id == "graph",
            });
        }
    })];
    let found = link.callback(Input::Found);
    let over = link.callback(|over| Input::Msg(Msg::DragOver(over)));
    let is_over = Rc::new(RefCell::new(false));
    listeners.extend(listen::on_drag(
        move |now| {
            // A drag over the page says so many times a second.
            if std::mem::replace(&mut *is_over.borrow_mut(), now) != now {
                over.emit(now);
            }
        },
        {
            let found = found.clone();
            move |dropped: Dropped| {
                let found = found.clone();
                listen::spawn(async move { found.emit(dropped.walk().await) });
            }
        },
    ));
    listeners.extend(listen::on_files(move |files| found.emit(files)));
    let address = link.callback(|fragment| Input::Msg(Msg::OpenAddress(fragment)));
    listeners.push(listen::on_address(move || address.emit(storage::fragment())));
    let system = link.callback(|(dark, still)| Input::Msg(Msg::System { dark, still }));
    for query in ["(prefers-color-scheme: dark)", "(prefers-reduced-motion: reduce)"] {
        let system = system.clone();
        dom::on_media(query, move || {
            let dark = dom::media("(prefers-color-scheme: dark)");
            let still = dom::media("(prefers-reduced-motion: reduce)");
            system.emit((dark, still));
        });
    }
    listeners
}
