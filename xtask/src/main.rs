//! `cargo xtask`: builds, serves, tests and times Rewindow.
//!
//! A workspace member of its own, so that its crates stay out of the product. Needs rustup and
//! nothing else: what a tool would have to be installed for is done by its library.

mod bench;
mod checks;
mod command;
mod page;
mod peers;
mod serve;
mod site;
mod toolchain;
mod wasm;
mod watch;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Builds, serves, tests and times Rewindow")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the site into dist/ and serve it on 127.0.0.1
    Serve {
        /// Port to listen on; if it is taken, the next free one is used
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// Build again whenever a source changes
        #[arg(long)]
        watch: bool,
    },
    /// Build the site into dist/
    Build,
    /// Set up what tests need, then run them all: format, clippy, host tests, browser tests
    Test {
        /// Leave out the site and the browser
        #[arg(long)]
        fast: bool,
    },
    /// Time the layout beside other engines in Chromium; needs Node and npm
    Peers {
        /// Passed on to benches/peers/run.mjs
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Time plans and seeks natively and in Chromium, and hold them to their limits
    Bench {
        /// Numbers of actions of the graphs
        #[arg(default_values_t = [10_000, 100_000, 1_000_000])]
        sizes: Vec<u32>,
        /// How often; the least time counts
        #[arg(long, default_value_t = 2)]
        passes: u32,
    },
}

fn main() -> ExitCode {
    match perform(Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(task: Task) -> Result<()> {
    let root = root();
    match task {
        Task::Serve { port, watch } => serve_site(&root, port, watch),
        Task::Build => site::build(&root).map(|built| println!("{built}")),
        Task::Test { fast } => checks::run(&root, fast),
        Task::Peers { arguments } => peers::run(&root, &arguments),
        Task::Bench { sizes, passes } => bench::run(&root, &sizes, passes),
    }
}

fn serve_site(root: &Path, port: u16, watch: bool) -> Result<()> {
    // Taken before the build, so that a second `serve` started meanwhile finds another port.
    let server = serve::listen(port)?;
    println!("{}", site::build(root)?);
    println!("Rewindow is at http://{}/ (Ctrl+C ends it)", server.server_addr());
    if watch {
        let root = root.to_owned();
        std::thread::spawn(move || watch::rebuild_on_change(&root));
    }
    serve::answer(&server, &root.join(site::DIST));
    Ok(())
}

/// The workspace's folder, wherever the command was called from.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}
