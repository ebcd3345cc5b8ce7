//! What reading takes of memory: at its peak no more than what it leaves, and a stated room.
//!
//! Counted are the bytes that the program asked for and has not given back, beyond the file as
//! dropped. A list that grows counts twice while it moves, as it does in a page. One test to a
//! process: the count is of all threads.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../benches/synthetic/mod.rs"]
mod synthetic;

use std::ops::ControlFlow;

use peak_alloc::PeakAlloc;
use rewindow::import::{self, Format, InputFile};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use synthetic::{Layout, Made, SyntheticLog};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const MIB: usize = 1 << 20;

/// What reading may take beyond the incident that it leaves.
const ROOM: usize = 64 * MIB;

/// A log of `n_bytes`, compressed, and what is in it.
fn log(layout: Layout, n_bytes: u64) -> (InputFile, Made) {
    let mut made = Made::default();
    let mut log = SyntheticLog::new(layout, n_bytes);
    let bytes = compress_to_vec(&mut log, CompressionLevel::Fastest);
    std::mem::swap(&mut made, &mut log.made);
    (InputFile { name: "synthetic".to_owned(), bytes }, made)
}

#[test]
fn the_peak_of_a_read_is_the_incident_and_a_little_more() {
    // Larger ones miss the limit, as docs/benches.md says: try `REWINDOW_MEMORY_MIB=96`.
    let mib = std::env::var("REWINDOW_MEMORY_MIB").ok().and_then(|text| text.parse().ok());
    let mib: u64 = mib.unwrap_or(64);
    for layout in [Layout::Before74, Layout::Since74] {
        let (file, made) = log(layout, mib << 20);
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let mut n_progress = 0;
        let import = import::read(std::slice::from_ref(&file), &mut |_| {
            n_progress += 1;
            ControlFlow::Continue(())
        });
        let import = import.expect("nobody cancels");
        let peak = MEMORY.peak_usage() - before;
        let model = MEMORY.current_usage() - before;
        let shown = |bytes: usize| bytes as f64 / MIB as f64;
        println!(
            "{layout:?}: {:.0} MiB, {} spawns, {} inputs; incident {:.0} MiB, peak {:.0} MiB",
            shown(made.n_bytes as usize),
            made.n_spawns,
            import.graph.n_edges(),
            shown(model),
            shown(peak)
        );
        let card = &import.files[0];
        assert_eq!(card.format, Format::BazelExecLogCompact, "{:?}", card.error);
        assert!(card.warnings.is_empty(), "{:?}", card.warnings);
        let count = |kind: &str| card.counts.iter().find(|c| c.0 == kind).map_or(0, |c| c.1);
        assert_eq!(count("spawns"), made.n_spawns);
        assert_eq!(count("entries.symlink_action"), made.n_symlinks);
        assert_eq!(count("entries.file"), made.n_entries[1]);
        assert_eq!(import.graph.n_actions() as u64, made.n_spawns + made.n_symlinks);
        assert!(n_progress as u64 > mib / 2, "{n_progress} reports");
        assert!(
            peak <= model + ROOM,
            "{layout:?}: {:.0} MiB more than the incident",
            shown(peak - model)
        );
    }
}
