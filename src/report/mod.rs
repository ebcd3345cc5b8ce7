//! Model and trace to text for people and machines: the story, the request log, JSON.
//!
//! Everything here is a pure function of graph, scenario and trace; nothing is remembered.

mod costs;
mod counts;
mod engine_table;
mod fresh;
mod glossary;
mod inspect;
mod json;
mod names;
mod names_bytes;
mod observed;
mod packed_role;
mod requests;
mod rules;
mod scenario_json;
mod sentences;
mod sentences_asked;
mod story;
mod versus;
mod words;

pub use costs::{cost_rows, critical_path_text, time_text};
pub use counts::{count_name, count_text, size_text};
pub use engine_table::{ParameterRow, engine_name, engines_markdown, parameter_rows, tool_name};
pub use fresh::FreshRoles;
pub use glossary::Term;
pub use inspect::{ConflictFacts, FileFacts, InspectFacts, UnknownFacts, inspect_json};
pub use json::{Explanation, Json, cost_json, engines_json, plan_json, why_json};
pub use names::{Names, Role, short_path};
pub use observed::{divergence_json, observe_json, observed_json, observed_text};
pub use requests::{RequestRow, request_log, request_row, request_rows};
pub use rules::{RULES, Rule, rule, rules_markdown};
pub use scenario_json::{scenario_json, scenarios_json};
pub use story::{Importance, Line, Story, importance};
pub use versus::Versus;
pub use words::{Mention, Part, Sentence};
