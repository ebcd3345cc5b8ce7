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

/// What reading may take beyond the incident that it leaves, at any size.
const ROOM: usize = 64 * MIB;

/// The same for a log of `SMALL_MIB`, so that what grows with the log shows before it is too much.
const SMALL_ROOM: usize = 16 * MIB;
const SMALL_MIB: u64 = 64;

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
    // docs/benches.md has what was measured of larger ones: try `REWINDOW_MEMORY_MIB=1024`.
    let mib = std::env::var("REWINDOW_MEMORY_MIB").ok().and_then(|text| text.parse().ok());
    let mib: u64 = mib.unwrap_or(SMALL_MIB);
    let room = if mib <= SMALL_MIB { SMALL_ROOM } else { ROOM };
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
            peak <= model + room,
            "{layout:?}: {:.0} MiB more than the incident",
            shown(peak - model)
        );
    }
}
