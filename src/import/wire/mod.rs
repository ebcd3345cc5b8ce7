//! Wire types: hand-written `prost` messages with only the fields that are read or written here.

pub(super) mod aquery;
pub(super) mod delimited;
pub(super) mod pack;
pub(super) mod rebuilt;
pub(super) mod spawn;
