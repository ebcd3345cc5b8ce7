//! Messages of other tools, as far as they are read.

/// The Remote Execution API, version 2.
pub mod reapi;
