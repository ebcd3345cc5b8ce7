//! `rewindow`: the same readers, planner and words as the page, on the command line.

#[cfg(not(target_arch = "wasm32"))]
mod args;
#[cfg(not(target_arch = "wasm32"))]
mod compare;
#[cfg(not(target_arch = "wasm32"))]
mod evict;
#[cfg(not(target_arch = "wasm32"))]
mod failure;
#[cfg(not(target_arch = "wasm32"))]
mod inspect;
#[cfg(not(target_arch = "wasm32"))]
mod load;
#[cfg(not(target_arch = "wasm32"))]
mod observe;
#[cfg(not(target_arch = "wasm32"))]
mod plan;
#[cfg(not(target_arch = "wasm32"))]
mod print;
#[cfg(not(target_arch = "wasm32"))]
mod run;
#[cfg(not(target_arch = "wasm32"))]
mod sides;
#[cfg(not(target_arch = "wasm32"))]
mod why;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    use clap::Parser;

    let done = match args::Args::parse().command {
        args::Command::Inspect(args) => inspect::run(&args),
        args::Command::Plan(args) => plan::run(&args),
        args::Command::Observe(args) => observe::run(&args),
        args::Command::Compare(args) => compare::run(&args),
        args::Command::Run(args) => run::run(&args),
        args::Command::Engines(args) => inspect::engines(&args),
    };
    done.unwrap_or_else(|failure| {
        eprintln!("rewindow: {failure}");
        failure::BAD_INPUT.into()
    })
}

/// The page does not run this.
#[cfg(target_arch = "wasm32")]
fn main() {}
