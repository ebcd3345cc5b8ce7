//! Any bytes as `Format::BlobsZip`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rewindow::import::Format;

fuzz_target!(|bytes: &[u8]| rewindow_fuzz::read_as(Format::BlobsZip, bytes));
