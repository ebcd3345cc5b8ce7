//! Wire types: hand-written `prost` messages with only the fields that are read or written here.

pub(super) mod aquery;
pub(super) mod bep;
pub(super) mod buck2;
pub(super) mod buck2_lines;
pub(super) mod command;
pub(super) mod command_check;
pub(super) mod delimited;
pub(super) mod execution_graph;
pub(super) mod grpc_log;
pub(super) mod pack;
/// The Remote Execution API, version 2.
pub mod reapi;
pub(super) mod spawn;
