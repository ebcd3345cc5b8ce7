//! Files and directories to one incident.

use std::fs;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use rewindow::import::{self, Import, ImportError, InputFile, Progress};

use super::failure::Failure;
use super::print::Ticker;

/// Below this, reading takes no time worth reporting.
const LARGE_BYTES: u64 = 8_000_000;

/// All bytes of `paths`, directories walked in order of name.
pub fn read_files(paths: &[PathBuf]) -> Result<Vec<InputFile>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            files.push(read_stdin()?);
        } else if fs::metadata(path).map_err(|e| unreadable(path, e))?.is_dir() {
            let found = files_below(path)?;
            if found.is_empty() {
                return Err(Failure::EmptyDirectory { path: path.clone() });
            }
            for path in found {
                files.push(read_file(&path)?);
            }
        } else {
            files.push(read_file(path)?);
        }
    }
    Ok(files)
}

/// What all files together tell.
pub fn import(files: &[InputFile]) -> Result<Import, ImportError> {
    let mut ticker = Ticker::new();
    import::read(files, &mut |progress: Progress| {
        if progress.total_bytes >= LARGE_BYTES {
            let name = files.get(progress.file).map_or("", |f| f.name.as_str());
            let (done, total) = (progress.done_bytes / 1_000_000, progress.total_bytes / 1_000_000);
            ticker.show(&format!("reading {name}: {done} of {total} MB"));
        }
        ControlFlow::Continue(())
    })
}

/// The incident that `paths` tell of, for a plan: all of them can be used, and there is something
/// to build.
pub fn incident(paths: &[PathBuf]) -> Result<Import, Failure> {
    let import = import(&read_files(paths)?)?;
    if let Some(error) = import.files.iter().find_map(|card| card.error.as_ref()) {
        return Err(Failure::UnusableFile(error.to_string()));
    }
    if import.graph.n_actions() == 0 {
        return Err(Failure::NoActions);
    }
    Ok(import)
}

fn read_stdin() -> Result<InputFile, Failure> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().read_to_end(&mut bytes);
    read.map_err(|error| unreadable(Path::new("stdin"), error))?;
    Ok(InputFile { name: "stdin".to_owned(), bytes })
}

fn read_file(path: &Path) -> Result<InputFile, Failure> {
    let bytes = fs::read(path).map_err(|error| unreadable(path, error))?;
    Ok(InputFile { name: path.display().to_string(), bytes })
}

/// Paths of the files below `directory`, by name. Symbolic links to directories are left out: they
/// may lead in a circle.
pub fn files_below(directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut open = vec![directory.to_owned()];
    let mut found = Vec::new();
    while let Some(directory) = open.pop() {
        let entries = fs::read_dir(&directory).map_err(|error| unreadable(&directory, error))?;
        for entry in entries {
            let path = entry.map_err(|error| unreadable(&directory, error))?.path();
            let of_link = fs::symlink_metadata(&path).map_err(|error| unreadable(&path, error))?;
            if of_link.is_dir() {
                open.push(path);
            } else if fs::metadata(&path).is_ok_and(|target| target.is_file()) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// What is told of a path that cannot be read.
pub fn unreadable(path: &Path, error: std::io::Error) -> Failure {
    Failure::Read { path: path.to_owned(), error }
}
