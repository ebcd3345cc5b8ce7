//! Small errands at the document: values, focus, sizes, the clipboard, the theme.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{
    Element, Event, HtmlElement, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement,
    ResizeObserver,
};

/// The value of the field that `event` came from.
pub fn value_of(event: &Event) -> String {
    let Some(target) = event.target() else { return String::new() };
    if let Some(input) = target.dyn_ref::<HtmlInputElement>() {
        return input.value();
    }
    if let Some(select) = target.dyn_ref::<HtmlSelectElement>() {
        return select.value();
    }
    target.dyn_ref::<HtmlTextAreaElement>().map(HtmlTextAreaElement::value).unwrap_or_default()
}

/// Whether the box that `event` came from is ticked.
pub fn is_checked(event: &Event) -> bool {
    let target = event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok());
    target.is_some_and(|input| input.checked())
}

/// Focuses the element with this id, once the page has been drawn.
pub fn focus(id: &'static str) {
    gloo::timers::callback::Timeout::new(0, move || {
        let element = gloo::utils::document().get_element_by_id(id);
        if let Some(element) = element.and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
            // Refused only for what cannot have the focus.
            let _ = element.focus();
        }
    })
    .forget();
}

/// Scrolls so that the element with this id is in sight, once the page has been drawn.
pub fn show(id: &'static str) {
    gloo::timers::callback::Timeout::new(0, move || {
        if let Some(element) = gloo::utils::document().get_element_by_id(id) {
            element.scroll_into_view_with_bool(false);
        }
    })
    .forget();
}

/// Puts `text` on the clipboard, where the browser allows it.
pub fn copy(text: &str) {
    let _ = gloo::utils::window().navigator().clipboard().write_text(text);
}

/// Sets an attribute of the root element, or removes it.
pub fn set_root_attribute(name: &str, value: Option<&str>) {
    let Some(root) = gloo::utils::document().document_element() else { return };
    // Only a malformed name is refused.
    let _ = match value {
        Some(value) => root.set_attribute(name, value),
        None => root.remove_attribute(name),
    };
}

/// Sets a custom property of the root element: the policy forbids style attributes, not this.
pub fn set_root_property(name: &str, value: &str) {
    let root = gloo::utils::document().document_element();
    if let Some(root) = root.and_then(|r| r.dyn_into::<HtmlElement>().ok()) {
        let _ = root.style().set_property(name, value);
    }
}

/// The value of `name` in the query of the address.
pub fn query_value(name: &str) -> Option<String> {
    let query = gloo::utils::window().location().search().ok()?;
    let pairs = query.trim_start_matches('?').split('&');
    let mut found = pairs.filter_map(|pair| pair.split_once('='));
    found.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

/// The canvas at `node`.
pub fn canvas_at(node: Option<web_sys::Node>) -> Option<web_sys::HtmlCanvasElement> {
    node.and_then(|n| n.dyn_into().ok())
}

/// Whether a media query holds now.
pub fn media(query: &str) -> bool {
    let found = gloo::utils::window().match_media(query).ok().flatten();
    found.is_some_and(|list| list.matches())
}

/// Calls back when a media query starts or stops to hold; for as long as the page lives.
pub fn on_media(query: &str, mut changed: impl FnMut() + 'static) {
    let Some(list) = gloo::utils::window().match_media(query).ok().flatten() else { return };
    let listener = gloo::events::EventListener::new(&list, "change", move |_| changed());
    listener.forget();
}

/// Tells the size of an element (width, height in CSS pixels, device pixels each) now and whenever
/// it changes, until dropped.
#[derive(Debug)]
pub struct SizeWatch {
    observer: ResizeObserver,
    _closure: Closure<dyn FnMut()>,
}

impl SizeWatch {
    /// Watches the element at `node`. `None` in a browser without `ResizeObserver`.
    pub fn new(
        node: Option<web_sys::Node>,
        changed: impl Fn(f32, f32, f32) + 'static,
    ) -> Option<Self> {
        let element: &Element = node.as_ref()?.dyn_ref()?;
        let watched = element.clone();
        let closure = Closure::<dyn FnMut()>::new(move || {
            let (width, height) = (watched.client_width(), watched.client_height());
            let ratio = gloo::utils::window().device_pixel_ratio();
            changed(width as f32, height as f32, ratio as f32);
        });
        let observer = ResizeObserver::new(closure.as_ref().unchecked_ref()).ok()?;
        observer.observe(element);
        Some(Self { observer, _closure: closure })
    }
}

impl Drop for SizeWatch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Whether `event` happened on an element that `selector` finds, not in one.
pub fn is_on(event: &Event, selector: &str) -> bool {
    let element = event.target().and_then(|t| t.dyn_into::<Element>().ok());
    element.is_some_and(|e| e.matches(selector) == Ok(true))
}

/// Closes the menu that the click of `event` was in.
pub fn close_details(event: &web_sys::MouseEvent) {
    let element = event.target().and_then(|t| t.dyn_into::<Element>().ok());
    if let Some(menu) = element.and_then(|e| e.closest("details").ok().flatten()) {
        let _ = menu.remove_attribute("open");
    }
}

/// Keeps events of `pointer_id` coming to `element` until it is released.
pub fn capture_pointer(element: &Element, pointer_id: i32) {
    // Refused if the pointer is up already: then there is nothing to keep.
    let _ = element.set_pointer_capture(pointer_id);
}

/// How far an element is scrolled, and how high it is, in CSS pixels.
pub fn scroll_place(node: &Option<web_sys::Node>) -> (f64, f64) {
    let element = node.as_ref().and_then(|n| n.dyn_ref::<Element>());
    element.map_or((0.0, 0.0), |e| (f64::from(e.scroll_top()), f64::from(e.client_height())))
}

/// Scrolls an element to so many CSS pixels from its top.
pub fn scroll_to(node: &Option<web_sys::Node>, top: f64) {
    if let Some(element) = node.as_ref().and_then(|n| n.dyn_ref::<Element>()) {
        element.set_scroll_top(top as i32);
    }
}

/// Keeps the pointer of `event` coming to the element that it hit until it is released.
pub fn capture_target(event: &web_sys::PointerEvent) {
    let element = event.target().and_then(|t| t.dyn_into::<Element>().ok());
    if let Some(element) = element {
        capture_pointer(&element, event.pointer_id());
    }
}
