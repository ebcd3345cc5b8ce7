//! Reads a file bit by bit, in a worker: a large one never lies in memory as a whole.

use std::io::{self, Read};

use js_sys::Uint8Array;
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
        let bytes = Uint8Array::new(&buffer);
        self.held.resize(bytes.length() as usize, 0);
        bytes.copy_to(&mut self.held);
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

/// What a browser's fault says.
pub(super) fn told(fault: &JsValue) -> String {
    let told = fault.dyn_ref::<DomException>().map(DomException::message);
    let told = told.or_else(|| Some(fault.dyn_ref::<js_sys::Error>()?.message().into()));
    told.map_or_else(|| format!("{fault:?}"), |told| told.trim_end_matches('.').to_owned())
}
