//! Any bytes as what they look like: the guess, and gzip, zstd and xz around it.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| rewindow_fuzz::read(vec![("fuzzed".to_owned(), bytes.to_vec())]));
