//! What this browser remembers of a person's choices, and what the address bar says.

use gloo::storage::{LocalStorage, Storage};
use wasm_bindgen::JsValue;

const PREFIX: &str = "rewindow.";

/// Remembers `value` under `name`, where the browser allows it.
pub fn remember(name: &str, value: &str) {
    // Private windows and full disks refuse: then it is not remembered.
    let _ = LocalStorage::set(format!("{PREFIX}{name}"), value);
}

/// What was remembered under `name`.
pub fn recall(name: &str) -> Option<String> {
    LocalStorage::get(format!("{PREFIX}{name}")).ok()
}

/// The fragment of the address, decoded, without its `#`.
pub fn fragment() -> String {
    let hash = gloo::utils::window().location().hash().unwrap_or_default();
    let text = hash.trim_start_matches('#');
    js_sys::decode_uri(text).map(String::from).unwrap_or_else(|_| text.to_owned())
}

/// Puts `text` into the address as its fragment, without a step in the history.
pub fn set_fragment(text: &str) {
    let window = gloo::utils::window();
    let path = window.location().pathname().unwrap_or_default();
    let search = window.location().search().unwrap_or_default();
    let hash = if text.is_empty() { String::new() } else { format!("#{text}") };
    let url = format!("{path}{search}{hash}");
    // Refused for pages opened as files: then the address stays as it is.
    if let Ok(history) = window.history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&url));
    }
}
