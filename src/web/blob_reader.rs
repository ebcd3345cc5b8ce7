//! Reads a file bit by bit, in a worker: a large one never lies in memory as a whole.

use std::io::{self, Read};

use js_sys::{Function, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, DomException, FileReaderSync};

/// Bytes asked of the browser at once.
const STEP_BYTES: usize = 1 << 20;

/// A blob, and how far it is read.
pub(super) struct BlobReader {
    blob: Blob,
    reader: FileReaderSync,
    size: f64,
    /// Where in the blob what comes after `held` begins.
    next: f64,
    held: Vec<u8>,
    at: usize,
}

impl BlobReader {
    /// Fails where there is no worker.
    pub fn new(blob: Blob) -> Result<Self, String> {
        let reader = FileReaderSync::new().map_err(|fault| told(&fault))?;
        Ok(Self { size: blob.size(), blob, reader, next: 0.0, held: Vec::new(), at: 0 })
    }

    fn fill(&mut self) -> Result<(), JsValue> {
        let end = (self.next + STEP_BYTES as f64).min(self.size);
        let slice = self.blob.slice_with_f64_and_f64(self.next, end)?;
        let buffer = self.reader.read_as_array_buffer(&slice)?;
        self.held = taken(&buffer);
        (self.next, self.at) = (end, 0);
        Ok(())
    }
}

impl Read for BlobReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.at == self.held.len() && self.next < self.size {
            self.fill().map_err(|fault| io::Error::other(told(&fault)))?;
        }
        let n = (&self.held[self.at..]).read(buf)?;
        self.at += n;
        Ok(n)
    }
}

/// The bytes of `buffer`, which is empty from now on: until it is collected, a browser would have
/// them twice.
pub(super) fn taken(buffer: &JsValue) -> Vec<u8> {
    let bytes = Uint8Array::new(buffer).to_vec();
    // Older browsers have no such function, and wait.
    let transfer = Reflect::get(buffer, &JsValue::from_str("transfer"));
    if let Ok(Ok(transfer)) = transfer.map(|found| found.dyn_into::<Function>()) {
        let _ = transfer.call1(buffer, &JsValue::from(0));
    }
    bytes
}

/// What a browser's fault says.
pub(super) fn told(fault: &JsValue) -> String {
    let told = fault.dyn_ref::<DomException>().map(DomException::message);
    let told = told.or_else(|| Some(fault.dyn_ref::<js_sys::Error>()?.message().into()));
    told.map_or_else(|| format!("{fault:?}"), |told| told.trim_end_matches('.').to_owned())
}
