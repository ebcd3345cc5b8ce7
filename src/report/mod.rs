//! Model and trace to text for people and machines: the story, the request log, JSON.
//!
//! Everything here is a pure function of graph, scenario and trace; nothing is remembered.

mod engine_table;
mod file_card;
mod glossary;
mod json;
mod names;
mod requests;
mod sentences;
mod story;
mod words;

pub use engine_table::{engines_markdown, parameters};
pub use file_card::{count_name, count_text, file_lines};
pub use glossary::Term;
pub use json::{engines_json, inspect_json, plan_json};
pub use names::{Names, Role, short_path};
pub use requests::{RequestRow, request_log, request_row, request_rows};
pub use story::{Importance, Line, Story};
pub use words::{Mention, Part, Sentence};
