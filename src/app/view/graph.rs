//! The graph: a canvas that the root paints, with what lies over it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use yew::prelude::*;

use crate::app::msg::Msg;
use crate::app::state::{Sheet, State};
use crate::scene::{Layout, Point, legend, minimap_to_world, to_svg};
use crate::web::dom;

use super::icon::Icon;
use super::top_bar::tool;
use super::{Send, graph_tools};

/// Size of the minimap in CSS pixels.
pub const MINIMAP: (f32, f32) = (160.0, 100.0);
/// Width in CSS pixels from which the legend has room beside the graph.
const LEGEND_ROOM: f32 = 560.0;
/// Height of the graph below which the open legend would lie on it, in CSS pixels.
const LEGEND_HEIGHT: f32 = 480.0;
/// A pointer that moves less than this much clicks.
const CLICK_SLACK: f32 = 4.0;

/// Places to paint on, and what a pointer is at; kept from one drawing of the page to the next.
#[derive(Clone, Default, Debug)]
pub struct Canvases {
    /// The graph: what happens and is pointed at, and what pointers act on.
    pub graph: NodeRef,
    /// What lies under it: the marks and their states.
    pub ground: NodeRef,
    /// What lies under that where WebGL paints.
    pub accelerated: NodeRef,
    /// The minimap.
    pub minimap: NodeRef,
    /// Fingers and buttons that are down on the graph.
    pointers: Rc<RefCell<Pointers>>,
    /// Where a drag of a splitter was last.
    pub(super) splitter: Rc<Cell<Option<f64>>>,
}

#[derive(Default, Debug)]
struct Pointers {
    down: Vec<(i32, Point)>,
    moved: f32,
    /// Whether the last turns of the wheel moved the picture, and when the last one was.
    wheel: Option<(bool, f64)>,
}

impl Pointers {
    /// What a turn of the wheel does. A pinch on a trackpad comes as one with Control held. Two
    /// fingers that slide over a trackpad come as many small turns, often slanting, and move the
    /// picture; the coarse turns of a mouse's wheel scale it. What a gesture began as it stays.
    fn wheeled(&mut self, event: &WheelEvent) -> Msg {
        const PAUSE_MS: f64 = 250.0;
        const COARSE: f64 = 50.0;
        let (dx, dy) = (event.delta_x(), event.delta_y());
        let now = event.time_stamp();
        let is_pinch = event.ctrl_key() || event.meta_key();
        let is_fine = event.delta_mode() == 0 && (dx != 0.0 || dy.abs() < COARSE);
        let goes_on = self.wheel.filter(|&(_, last)| now - last < PAUSE_MS);
        let moves = !is_pinch && goes_on.map_or(is_fine, |(moves, _)| moves);
        self.wheel = Some((moves, now));
        if moves {
            return Msg::Pan(-dx as f32, -dy as f32);
        }
        // Fingers that pinch tell of less than a wheel does.
        let speed = if is_pinch && dy.abs() < COARSE { 0.01 } else { 0.0015 };
        let factor = (-dy * speed).exp() as f32;
        Msg::Zoom(place(event), factor.clamp(0.5, 2.0))
    }

    /// What a move of pointer `id` to `at` does: with one pointer down the picture follows it, with
    /// two it follows their middle and is scaled about that.
    fn moved(&mut self, id: i32, at: Point) -> Vec<Msg> {
        let Some(i) = self.down.iter().position(|p| p.0 == id) else { return Vec::new() };
        let before = std::mem::replace(&mut self.down[i].1, at);
        let (dx, dy) = (at.x - before.x, at.y - before.y);
        self.moved += dx.abs() + dy.abs();
        match self.down[..] {
            [_] if self.moved > CLICK_SLACK => vec![Msg::Pan(dx, dy)],
            [a, b] => {
                let other = if i == 0 { b.1 } else { a.1 };
                let factor = distance(other, at) / distance(other, before).max(1.0);
                let zoom = Msg::Zoom(other.towards(at, 0.5), factor);
                vec![Msg::Pan(dx / 2.0, dy / 2.0), zoom]
            }
            _ => Vec::new(),
        }
    }
}

fn distance(a: Point, b: Point) -> f32 {
    (a.x - b.x).hypot(a.y - b.y)
}

pub fn view(state: &State, canvases: &Canvases, send: &Send) -> Html {
    let graph = &state.incident.graph;
    let label = format!(
        "Build graph: {} actions, {} artifacts. Arrow keys follow edges; the table of actions says \
         the same in text.",
        graph.n_actions(),
        graph.n_artifacts()
    );
    html! {
        <section class="graph" aria-label="Graph"
            aria-busy={(state.layout.is_none() || state.looking.job.is_some()).to_string()}>
            { canvas(canvases, label, send) }
            { graph_tools::bar(state, send) }
            if state.layout.is_none() {
                <p class="over-graph" role="status">{ "The graph is being laid out …" }</p>
            }
            if graph.n_actions() == 0 {
                <p class="over-graph">
                    { "No actions are loaded. Add an execution log or the output of aquery." }
                </p>
            }
            { legend_view(state) }
            <div class="corner">
                <button class="narrow-only"
                    onclick={send.reform(|_| Msg::Sheet(Some(Sheet::Inspector)))}>
                    { "Inspect" }
                </button>
                <div class="zoom" role="group" aria-label="Zoom">
                    { tool(Icon::Plus, "Zoom in (+)", zoom(state, 1.25), send) }
                    { tool(Icon::Minus, "Zoom out (-)", zoom(state, 0.8), send) }
                    { tool(Icon::Fit, "Fit the whole graph (f)", Msg::Fit, send) }
                </div>
                { minimap_view(state, canvases, send) }
            </div>
        </section>
    }
}

fn zoom(state: &State, factor: f32) -> Msg {
    Msg::Zoom(Point::new(state.viewport.width / 2.0, state.viewport.height / 2.0), factor)
}

fn canvas(canvases: &Canvases, label: String, send: &Send) -> Html {
    let pointers = || Rc::clone(&canvases.pointers);
    let onpointerdown = {
        let pointers = pointers();
        Callback::from(move |event: PointerEvent| {
            dom::capture_target(&event);
            let mut pointers = pointers.borrow_mut();
            if pointers.down.is_empty() {
                pointers.moved = 0.0;
            }
            pointers.down.push((event.pointer_id(), place(&event)));
        })
    };
    let onpointermove = {
        let (pointers, send) = (pointers(), send.clone());
        Callback::from(move |event: PointerEvent| {
            let mut pointers = pointers.borrow_mut();
            if pointers.down.is_empty() {
                send.emit(Msg::PointAt(Some(place(&event))));
            }
            for msg in pointers.moved(event.pointer_id(), place(&event)) {
                send.emit(msg);
            }
        })
    };
    let onpointerup = {
        let (pointers, send) = (pointers(), send.clone());
        Callback::from(move |event: PointerEvent| {
            let mut pointers = pointers.borrow_mut();
            let was_one = pointers.down.len() == 1;
            pointers.down.retain(|p| p.0 != event.pointer_id());
            if was_one && pointers.moved <= CLICK_SLACK {
                let evict = event.shift_key() || event.alt_key();
                send.emit(Msg::Click { at: place(&event), evict });
            }
        })
    };
    let onpointercancel = {
        let pointers = pointers();
        Callback::from(move |_: PointerEvent| pointers.borrow_mut().down.clear())
    };
    let onpointerleave = send.reform(|_: PointerEvent| Msg::PointAt(None));
    let ondblclick = send.reform(|event: MouseEvent| Msg::DoubleClick(place(&event)));
    let onwheel = {
        let (pointers, send) = (pointers(), send.clone());
        Callback::from(move |event: WheelEvent| {
            event.prevent_default();
            send.emit(pointers.borrow_mut().wheeled(&event));
        })
    };
    html! {
        <>
        <canvas id="accelerated" ref={canvases.accelerated.clone()} aria-hidden="true" />
            <canvas id="ground" ref={canvases.ground.clone()} aria-hidden="true" />
        <canvas id="graph" ref={canvases.graph.clone()} tabindex="0" role="img" aria-label={label}
            {onpointerdown} {onpointermove} {onpointerup} {onpointercancel} {onpointerleave}
            {onwheel} {ondblclick} />
        </>
    }
}

/// Where an event happened on its element, in CSS pixels.
fn place(event: &MouseEvent) -> Point {
    Point::new(event.offset_x() as f32, event.offset_y() as f32)
}

fn legend_view(state: &State) -> Html {
    let entries = legend(state.theme_shown()).into_iter().map(|entry| {
        let picture = Html::from_html_unchecked(to_svg(&entry.picture).into());
        html! { <li title={entry.meaning}>{ picture }<span>{ entry.name }</span></li> }
    });
    // Where there are many marks or little room, it would lie on them.
    let many = state.layout.as_ref().is_some_and(|layout| is_worth_a_map(layout));
    let (width, height) = (state.viewport.width, state.viewport.height);
    let covers = many || state.is_worth_tools() || width < LEGEND_ROOM || height < LEGEND_HEIGHT;
    html! {
        <details class="legend" open={!covers}>
            <summary>{ "Legend" }</summary>
            <ul>{ for entries }</ul>
        </details>
    }
}

fn minimap_view(state: &State, canvases: &Canvases, send: &Send) -> Html {
    // Where all of it shows, a map of it would but cover some.
    let is_shown = |layout: &Rc<Layout>| is_worth_a_map(layout) && !state.shows_all();
    let layout = state.layout.clone().filter(is_shown);
    let onpointerdown = {
        let (send, layout) = (send.clone(), layout.clone());
        Callback::from(move |event: PointerEvent| {
            if let Some(layout) = &layout {
                let at = minimap_to_world(layout, MINIMAP.0, MINIMAP.1, place(&event));
                send.emit(Msg::CentreOn(at));
            }
        })
    };
    html! {
        <canvas class="minimap" ref={canvases.minimap.clone()} hidden={layout.is_none()}
            role="img" aria-label="Minimap" {onpointerdown} />
    }
}

/// A graph of a few marks is its own map.
fn is_worth_a_map(layout: &Layout) -> bool {
    layout.marks().nth(24).is_some()
}
