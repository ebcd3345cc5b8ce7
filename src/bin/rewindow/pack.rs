//! `rewindow pack`: one small file of a whole incident, for the page or for a colleague.

use std::fs;
use std::process::ExitCode;

use rewindow::import;

use super::args::PackArgs;
use super::failure::{Failure, SUCCESS};
use super::{load, print};

/// Packs what the files tell together.
pub fn run(args: &PackArgs) -> Result<ExitCode, Failure> {
    let import = load::import(&load::read_files(&args.files)?)?;
    if let Some(error) = import.files.iter().find_map(|card| card.error.as_ref()) {
        return Err(Failure::UnusableFile(error.to_string()));
    }
    let packed = import::pack_compressed(&import);
    let unwritable = |error| Failure::WriteFile { path: args.out.clone(), error };
    fs::write(&args.out, &packed).map_err(unwritable)?;
    let (n, out) = (packed.len(), args.out.display());
    let graph = &import.graph;
    let (n_actions, n_edges) = (graph.n_actions(), graph.n_edges());
    print::write(&format!("{out}: {n_actions} actions, {n_edges} inputs, {n} bytes\n"))?;
    Ok(SUCCESS.into())
}
