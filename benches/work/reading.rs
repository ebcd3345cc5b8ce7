//! The work that readers are timed at, and what is taken for bare.

use std::io::Read;
use std::ops::ControlFlow;

use rewindow::import::{self, Import, InputFile};
use ruzstd::decoding::StreamingDecoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use crate::synthetic::{Layout, SyntheticLog, decode_all};

/// Bytes of a compact log per spawn, about.
pub const BYTES_PER_SPAWN: usize = 1300;

/// A compact log of about `n_spawns`, compressed.
pub fn compact_log(n_spawns: usize, layout: Layout) -> InputFile {
    let log = SyntheticLog::new(layout, (n_spawns * BYTES_PER_SPAWN) as u64);
    let bytes = compress_to_vec(log, CompressionLevel::Fastest);
    InputFile { name: "synthetic.exec.compact".to_owned(), bytes }
}

/// Unpacks the log, decodes every entry and throws it away. Bytes and entries.
pub fn decode_bare(file: &InputFile) -> (usize, usize) {
    let mut unpacked = Vec::new();
    let mut decoder = StreamingDecoder::new(&file.bytes[..]).expect("the bench packed it");
    decoder.read_to_end(&mut unpacked).expect("the bench packed it");
    (unpacked.len(), decode_all(&unpacked))
}

/// Reads the log as the product does.
pub fn read_log(file: &InputFile) -> Import {
    let files = std::slice::from_ref(file);
    import::read(files, &mut |_| ControlFlow::Continue(())).expect("nobody cancels")
}

/// The longest time in milliseconds for which reading cannot be cancelled.
// Criterion times the average, not the longest.
#[allow(dead_code)]
pub fn longest_deaf_read(file: &InputFile, now: fn() -> f64) -> f64 {
    let (mut last, mut longest) = (now(), 0.0_f64);
    let mut hear = |time: f64| {
        longest = longest.max(time - last);
        last = time;
    };
    let files = std::slice::from_ref(file);
    let read = import::read(files, &mut |_| {
        hear(now());
        ControlFlow::Continue(())
    });
    hear(now());
    assert!(read.is_ok(), "nobody cancels");
    longest
}
