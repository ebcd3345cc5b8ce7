//! The only door to the browser: canvas, files, worker, clock, storage, address, panics.

mod blob_reader;
pub mod canvas;
pub mod clock;
pub mod dom;
pub mod files;
mod kept;
pub mod listen;
pub mod panic;
pub mod protocol;
mod shaders;
pub mod storage;
pub mod surface;
pub mod webgl;
pub mod worker;
