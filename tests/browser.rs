//! The built site in a real Chromium: what a person meets, end to end.
//!
//! `cargo xtask test` builds the site first. Each case opens a fresh browser profile on `dist/`
//! served by a plain static host; a console error or a breach of the content security policy fails
//! it. `REWINDOW_BROWSER=skip` leaves all of it out and says so.
#![cfg(not(target_arch = "wasm32"))]
// Clippy takes only `#[test]` functions for tests; their helpers may fail a test by panicking too.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../benches/build_graph/mod.rs"]
mod build_graph;
#[path = "browser/determinism.rs"]
mod determinism;
#[path = "browser/gallery.rs"]
mod gallery;
#[path = "browser/generated.rs"]
mod generated;
#[path = "browser/graph.rs"]
mod graph;
#[path = "browser/harness/mod.rs"]
mod harness;
#[path = "browser/incident.rs"]
mod incident;
#[path = "browser/large.rs"]
mod large;
#[path = "browser/observed.rs"]
mod observed;
#[path = "support/plans.rs"]
mod plans;
#[path = "browser/site.rs"]
mod site;
#[path = "browser/tasks.rs"]
mod tasks;
#[path = "browser/words.rs"]
mod words;
