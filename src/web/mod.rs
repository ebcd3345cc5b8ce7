//! x
pub mod canvas;
