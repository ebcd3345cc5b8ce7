//! What keys do.

use crate::scene::{Point, Way};

use super::msg::Msg;
use super::state::{Mode, Sheet, State};

/// A key press, and where it happened.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Key {
    /// Its name, as browsers have it.
    pub key: String,
    /// Control, Command or Alt was held: the browser's own business.
    pub modified: bool,
    /// In a field that takes text or has keys of its own.
    pub in_field: bool,
    /// On a button, which space presses.
    pub on_button: bool,
    /// On the graph.
    pub on_graph: bool,
}

/// The keys and what they do, for the list of keys.
pub const KEYS: &[(&str, &str)] = &[
    ("Space", "Play or pause"),
    ("← →", "One step back or on"),
    ("[ ]", "Previous or next mark: loss, rewind, failure, end"),
    ("Home End", "First or last step"),
    ("v", "With a log of requests: what is predicted, or what was observed"),
    ("d", "To the first divergence of the two"),
    ("e", "Evict what is selected, or put it back"),
    ("/", "Search labels, paths and digests"),
    ("f", "Fit the whole graph"),
    ("+ -", "Zoom"),
    ("i o", "Show the selection with its inputs, or with its outputs; once more for more of them"),
    ("Enter", "On the graph: open or close a group; look closely at an action"),
    ("Backspace", "On the graph: the view before"),
    ("← → ↑ ↓", "On the graph: follow edges, move along a column"),
    ("t", "Table of actions"),
    ("g", "Gallery of scenarios"),
    ("?", "This list"),
    ("Esc", "Close; clear the selection"),
];

/// What `key` does now, if anything.
pub fn msg_for(state: &State, key: &Key) -> Option<Msg> {
    if key.key == "Escape" {
        return Some(Msg::Escape);
    }
    if key.modified || key.in_field || state.sheet.is_some() {
        return None;
    }
    if key.on_graph {
        match key.key.as_str() {
            "Enter" => return Some(Msg::Enter),
            "Backspace" => return Some(Msg::Back),
            _ => {}
        }
        let way = match key.key.as_str() {
            "ArrowLeft" => Some(Way::Input),
            "ArrowRight" => Some(Way::Output),
            "ArrowUp" => Some(Way::Previous),
            "ArrowDown" => Some(Way::Next),
            _ => None,
        };
        if let Some(way) = way {
            return Some(Msg::Walk(way));
        }
    }
    let middle = Point::new(state.viewport.width / 2.0, state.viewport.height / 2.0);
    Some(match key.key.as_str() {
        " " if !key.on_button => Msg::TogglePlay,
        "ArrowRight" => Msg::Step,
        "ArrowLeft" => Msg::StepBack,
        "]" => Msg::NextMark,
        "[" => Msg::PreviousMark,
        "Home" => Msg::Seek(0),
        "End" => Msg::Seek(usize::MAX),
        "v" if state.tracks.is_some() => Msg::SwitchTrack,
        "d" if state.tracks.is_some() => Msg::ShowParting,
        "e" if state.mode == Mode::Explore => Msg::EvictSelected,
        "/" => Msg::Sheet(Some(Sheet::Search)),
        "f" => Msg::Fit,
        "+" | "=" => Msg::Zoom(middle, 1.25),
        "-" => Msg::Zoom(middle, 0.8),
        "i" => Msg::Reveal(Way::Input),
        "o" => Msg::Reveal(Way::Output),
        "t" => Msg::Sheet(Some(Sheet::Table)),
        "g" => Msg::Sheet(Some(Sheet::Gallery)),
        "?" => Msg::Sheet(Some(Sheet::Keys)),
        _ => return None,
    })
}
