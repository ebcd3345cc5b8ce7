//! Model and trace to text for people and machines: the story, the request log, JSON.
//!
//! Everything here is a pure function of graph, scenario and trace; nothing is remembered.

mod counts;
mod engine_table;
mod glossary;
mod json;
mod names;
mod requests;
mod rules;
mod sentences;
mod story;
mod words;

pub use counts::{count_name, count_text, size_text};
pub use engine_table::{ParameterRow, engine_name, engines_markdown, parameter_rows, tool_name};
pub use glossary::Term;
pub use json::{FileFacts, engines_json, inspect_json, plan_json};
pub use names::{Names, Role, short_path};
pub use requests::{RequestRow, request_log, request_row, request_rows};
pub use rules::{RULES, Rule, rule, rules_markdown};
pub use story::{Importance, Line, Story};
pub use words::{Mention, Part, Sentence};
