//! Names for what to evict: `cas:HASH`, `ac:HASH`, `path:GLOB`, `ac:LABEL`, `stdout:LABEL`, `all`.

use crate::model::{Cache, Graph};

use super::scenario::Eviction;

/// A parsed selector.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Selector {}

/// Why a selector is none, or selects nothing.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SelectorError {}

impl Selector {
    /// Reads one selector.
    pub fn parse(_text: &str) -> Result<Self, SelectorError> {
        todo!()
    }

    /// What it selects of `cache`, ascending, each once.
    pub fn resolve(&self, _graph: &Graph, _cache: &Cache) -> Result<Vec<Eviction>, SelectorError> {
        todo!()
    }
}
