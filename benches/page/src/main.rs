//! The figures of `cargo xtask bench`, natively as a command and in a page as a module.
//!
//! As a command: `rewindow-figures N…`, for graphs of N actions. Prints a line per figure, as
//! `docs/benches.md` says.

// A bench that cannot be set up is a broken bench.
#![allow(clippy::expect_used)]

#[path = "../../build_graph/mod.rs"]
mod build_graph;
mod figures;
#[path = "../../work/reading.rs"]
mod reading;
#[path = "../../synthetic/mod.rs"]
mod synthetic;
#[path = "../../work/mod.rs"]
mod work;

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    for argument in std::env::args().skip(1) {
        match argument.parse() {
            Ok(n) => print!("{}", figures::of_size(n, native_now)),
            Err(_) => eprintln!("{argument} is no number of actions"),
        }
    }
}

/// Milliseconds since the first call.
#[cfg(not(target_arch = "wasm32"))]
fn native_now() -> f64 {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1000.0
}

#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(target_arch = "wasm32")]
mod page {
    use wasm_bindgen::prelude::wasm_bindgen;

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = performance, js_name = now)]
        fn page_now() -> f64;
    }

    /// The figures for a graph and a log of `n` actions.
    #[wasm_bindgen]
    pub fn figures(n: u32) -> String {
        crate::figures::of_size(n as usize, page_now)
    }
}
