//! What a person sees and does: the state of the page, how it changes, and the views of it.

pub mod choice;
mod evict_list;
mod example;
pub mod fragment;
pub mod gallery;
pub mod gist_lesson;
pub mod glossary;
pub mod incident;
pub mod keys;
mod learning;
pub mod lesson;
pub mod link;
mod loading;
pub mod msg;
pub mod observed;
pub mod opened;
pub mod panes;
pub mod player;
pub mod root;
mod scenario_file;
pub mod search;
pub mod state;
mod update;
pub mod view;
pub mod wire;
mod wire_scenario;
