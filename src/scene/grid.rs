//! Finds the marks in a part of the world without looking at all of them.

/// Marks by cell.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Grid {}
