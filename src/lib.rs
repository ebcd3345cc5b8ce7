//! Rewindow: a window on action rewinding.
//!
//! The folders are the layers, in reading order. Each may use those above it as the table in
//! `ARCHITECTURE.md` says; `tests/tidy.rs` holds it.

/// What a build is: actions, artifacts, blobs, AC entries. Knows no bytes, browser, clock.
pub mod model;

/// Bytes to model: recognises, reads and merges what build tools and caches export.
pub mod import;

/// Model, engine and scenario to trace: what the build tool does, event by event.
pub mod rewind;

/// Scenario files: what is asked of a build tool, and what is expected to come of it.
pub mod scenario;

/// Model and moment to shapes in plain numbers.
pub mod scene;

/// Model and trace to text for people and machines: story, request log, JSON.
pub mod report;

/// The only door to the browser.
pub mod web;

/// What a person sees and does.
pub mod app;
