//! The incident that a worker read, as blobs: they fill neither the page's memory nor a worker's.
//! From them the page takes it piece by piece, when the worker is gone or idle, and so does a
//! worker that takes the place of another.

use std::collections::VecDeque;

use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use super::blob_reader::{taken, told};

/// Incidents of more bytes are worth a fresh worker: the memory that reading took stays with the
/// one that read.
const FRESH_BYTES: f64 = 32e6;

/// How many pieces are fetched ahead of the one that is taken.
const AHEAD: usize = 4;

/// Incidents as the page keeps them for its workers.
#[derive(Default)]
pub(super) struct Kept {
    /// Number of the one that is loaded.
    pub incident: u32,
    /// It, packed or in pieces.
    pub pieces: Vec<Blob>,
    /// Pieces of one that is not whole yet.
    pub coming: Vec<Blob>,
    /// One that is whole, and not loaded yet.
    pub arrived: Vec<Blob>,
    /// Counts the workers that were stopped: what they had read is wanted no more.
    pub turn: u32,
}

impl Kept {
    /// Whether the worker of the loaded incident is worth ending.
    pub fn is_large(&self) -> bool {
        is_large(&self.pieces)
    }

    /// All pieces of an incident have come. Whether the worker that read it is worth ending.
    pub fn arrive(&mut self) -> bool {
        self.arrived = std::mem::take(&mut self.coming);
        is_large(&self.arrived)
    }

    /// The incident that has arrived is the one loaded.
    pub fn load(&mut self, incident: u32) {
        (self.pieces, self.incident) = (std::mem::take(&mut self.arrived), incident);
    }
}

fn is_large(pieces: &[Blob]) -> bool {
    pieces.iter().map(Blob::size).sum::<f64>() > FRESH_BYTES
}

/// Hands the bytes of each of `pieces` to `take`, one after the other, until it says that it wants
/// no more; whether it wanted all.
///
/// # Errors
/// The browser could not keep one of them, as it says.
pub(super) async fn each_of(
    pieces: Vec<Blob>,
    mut take: impl FnMut(Vec<u8>) -> bool,
) -> Result<bool, String> {
    let mut ahead = VecDeque::new();
    let mut pieces = pieces.into_iter();
    loop {
        let room = AHEAD.saturating_sub(ahead.len());
        ahead.extend(pieces.by_ref().take(room).map(|blob| JsFuture::from(blob.array_buffer())));
        let Some(next) = ahead.pop_front() else { return Ok(true) };
        let buffer = next.await.map_err(|fault| told(&fault))?;
        if !take(taken(&buffer)) {
            return Ok(false);
        }
    }
}
