//! The page without a browser: how its state changes, and what its views show.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod files;
mod gallery;
mod lesson;
mod observed;
mod page;
mod parameters;
mod scenario_file;
mod state;
mod told;
mod views;
