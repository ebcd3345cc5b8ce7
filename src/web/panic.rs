//! Where a panic goes: to the boot script's page about it, or from a worker to the page first.

use wasm_bindgen::JsValue;
use web_sys::{CustomEvent, CustomEventInit};

/// Shows panics of the page to the person, through the boot script.
pub fn show_panics() {
    std::panic::set_hook(Box::new(|info| report(&info.to_string())));
}

/// Shows `text` as the page's own panic.
pub fn report(text: &str) {
    web_sys::console::error_1(&JsValue::from_str(text));
    let init = CustomEventInit::new();
    init.set_detail(&JsValue::from_str(text));
    if let Ok(event) = CustomEvent::new_with_event_init_dict("rewindow-panic", &init) {
        // A panic hook must not fail, and there is nobody left to tell.
        let _ = web_sys::window().map(|window| window.dispatch_event(&event));
    }
}
