//! What is heard wherever it happens on the page: keys, drags, fields that hold files.

use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, Element, Event, HtmlTextAreaElement, KeyboardEvent};

use super::files::{Dropped, Found, pasted, picked};

/// Listens for as long as it is held.
#[derive(Debug)]
pub struct Listener(#[expect(dead_code, reason = "held for as long as it listens")] EventListener);

/// A key press, and where it happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyPress {
    /// Its name, as browsers have it.
    pub key: String,
    /// Whether Control, Command or Alt was held.
    pub modified: bool,
    /// Whether it happened in a field that takes text or has keys of its own.
    pub in_field: bool,
    /// Whether it happened on a button or link.
    pub on_button: bool,
    /// Id of the element that it happened on.
    pub on_id: String,
}

/// Keys that would scroll the page or open the browser's own search.
const TAKEN: [&str; 7] = [" ", "/", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home"];

/// Hears every key that is pressed.
pub fn on_key(heard: impl Fn(KeyPress) + 'static) -> Listener {
    let options = EventListenerOptions::enable_prevent_default();
    let window = gloo::utils::window();
    let listener = EventListener::new_with_options(&window, "keydown", options, move |event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
        let element = event.target().and_then(|t| t.dyn_into::<Element>().ok());
        let is = |selector| element.as_ref().is_some_and(|e| e.matches(selector) == Ok(true));
        let press = KeyPress {
            key: event.key(),
            modified: event.ctrl_key() || event.meta_key() || event.alt_key(),
            in_field: is("input, select, textarea, [contenteditable]"),
            on_button: is("button, a, summary, [role=button]"),
            on_id: element.as_ref().map(Element::id).unwrap_or_default(),
        };
        let on_page = is("body, canvas");
        if on_page && !press.modified && TAKEN.contains(&press.key.as_str()) {
            event.prevent_default();
        }
        heard(press);
    });
    Listener(listener)
}

/// Hears of drags: `over` whether one is over the page, `dropped` what it leaves.
pub fn on_drag(
    over: impl Fn(bool) + Clone + 'static,
    dropped: impl Fn(Dropped) + 'static,
) -> Vec<Listener> {
    let document = gloo::utils::document();
    let listen = |name: &'static str, act: Box<dyn Fn(&DragEvent)>| {
        let options = EventListenerOptions::enable_prevent_default();
        Listener(EventListener::new_with_options(&document, name, options, move |event| {
            if let Some(event) = event.dyn_ref::<DragEvent>() {
                act(event);
            }
        }))
    };
    let (begins, ends) = (over.clone(), over.clone());
    vec![
        listen(
            "dragover",
            Box::new(move |event| {
                event.prevent_default();
                begins(true);
            }),
        ),
        listen(
            "dragleave",
            Box::new(move |event| {
                // Leaving one element for another is no end.
                if event.related_target().is_none() {
                    ends(false);
                }
            }),
        ),
        listen(
            "drop",
            Box::new(move |event| {
                event.prevent_default();
                over(false);
                if let Some(transfer) = event.data_transfer() {
                    dropped(Dropped::of(&transfer));
                }
            }),
        ),
    ]
}

/// Hears of files picked in the fields `pick-files` and `pick-folder`, of the text in `paste-text`
/// when `paste-open` is pressed, and of text pasted where there is no field.
pub fn on_files(found: impl Fn(Vec<Found>) + Clone + 'static) -> Vec<Listener> {
    let document = gloo::utils::document();
    let id_of = |event: &Event| {
        let element = event.target().and_then(|t| t.dyn_into::<Element>().ok());
        element.map(|e| e.id()).unwrap_or_default()
    };
    let (changed, pressed) = (found.clone(), found);
    let capture = EventListenerOptions::run_in_capture_phase();
    vec![
        Listener(EventListener::new(&document, "change", move |event| {
            if matches!(id_of(event).as_str(), "pick-files" | "pick-folder") {
                changed(picked(event));
            }
        })),
        // On its way down, since a sheet lets no click of its own pass up.
        Listener(EventListener::new_with_options(&document, "click", capture, move |event| {
            if id_of(event) == "paste-open" {
                let area = gloo::utils::document().get_element_by_id("paste-text");
                let area = area.and_then(|a| a.dyn_into::<HtmlTextAreaElement>().ok());
                let text = area.map(|a| a.value()).unwrap_or_default();
                if !text.trim().is_empty() {
                    pressed(pasted(&text, "pasted text").into_iter().collect());
                }
            }
        })),
    ]
}

/// Hears that the address has another fragment, as after a click on a link or the back button.
pub fn on_address(changed: impl Fn() + 'static) -> Listener {
    let window = gloo::utils::window();
    Listener(EventListener::new(&window, "hashchange", move |_| changed()))
}

/// Runs `task` beside the page.
pub fn spawn(task: impl Future<Output = ()> + 'static) {
    wasm_bindgen_futures::spawn_local(task);
}
