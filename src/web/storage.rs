//! What this browser remembers of a person's choices, and what the address bar says.

use gloo::storage::{LocalStorage, Storage};
use gloo::timers::callback::Timeout;
use wasm_bindgen::JsValue;

const PREFIX: &str = "rewindow.";
/// How long the address waits for another.
const SOON_MS: u32 = 250;

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

/// The page's address with `fragment` in place of its own.
pub fn address_with(fragment: &str) -> String {
    let href = gloo::utils::window().location().href().unwrap_or_default();
    format!("{}#{fragment}", href.split('#').next().unwrap_or_default())
}

/// The fragment in the address bar, as the page keeps it.
#[derive(Default)]
pub struct Address {
    waiting: Option<Timeout>,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Address").field("is_waiting", &self.waiting.is_some()).finish()
    }
}

impl Address {
    /// Puts `text` into the address at once.
    pub fn put(&mut self, text: &str) {
        self.waiting = None;
        set_fragment(text);
    }

    /// Puts `text` into the address unless another comes within the blink of an eye: browsers
    /// refuse to do it many times a second.
    pub fn put_soon(&mut self, text: String) {
        self.waiting = Some(Timeout::new(SOON_MS, move || set_fragment(&text)));
    }
}

/// Puts `text` into the address as its fragment, without a step in the history.
fn set_fragment(text: &str) {
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
