//! The page without a browser: how its state changes, and what its views show.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "../../benches/build_graph/mod.rs"]
mod build_graph;
mod files;
mod gallery;
mod lesson;
mod looking;
mod observed;
mod page;
mod parameters;
mod scenario_file;
mod state;
mod told;
mod views;
