//! What logs prove, against recorded runs and against plans: nothing false, and nothing left out
//! that the recordings show.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../oracle/case.rs"]
#[allow(dead_code)]
mod case;
mod command;
mod divergence;
mod incidents;
mod logs;
#[path = "../support/nginx.rs"]
mod nginx;
mod recorded;
mod sound;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use case::Case;
use rewindow::import::{self, Import, InputFile};
use rewindow::model::{Deed, Graph, Observed, ObservedDeed, Request, Verb};
use rewindow::rewind::Trace;

/// A file of `tests/samples`, as it is.
fn sample(name: &str) -> InputFile {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(name);
    file(name, std::fs::read(path).expect(name))
}

fn file(name: &str, bytes: impl Into<Vec<u8>>) -> InputFile {
    InputFile { name: name.to_owned(), bytes: bytes.into() }
}

/// Its text, unpacked.
fn text(name: &str) -> String {
    let bytes = sample(name).bytes;
    let mut text = String::new();
    match name.ends_with(".gz") {
        true => {
            let mut unpacked = flate2::read::MultiGzDecoder::new(&bytes[..]);
            std::io::Read::read_to_string(&mut unpacked, &mut text).unwrap();
        }
        false => text = String::from_utf8(bytes).unwrap(),
    }
    text
}

fn read(files: &[InputFile]) -> Import {
    let import = import::read(files, &mut |_| ControlFlow::Continue(())).unwrap();
    for card in &import.files {
        assert!(card.error.is_none(), "{:?}", card.error);
    }
    import
}

fn samples(names: &[&str]) -> Import {
    read(&names.iter().map(|name| sample(name)).collect::<Vec<_>>())
}

/// The recorded cases of `tests/oracles` and of the folders in `REWINDOW_ORACLES`.
fn cases() -> Vec<Case> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles");
    let more = std::env::var("REWINDOW_ORACLES").unwrap_or_default();
    let more = more.split(':').filter(|f| !f.is_empty()).map(PathBuf::from);
    let folders = [own.join("bazel"), own.join("bazel7")].into_iter().chain(more);
    let mut paths: Vec<PathBuf> = folders
        .flat_map(|folder| std::fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    paths.sort();
    let read = |path: &PathBuf| Case::read(&std::fs::read_to_string(path).unwrap()).unwrap();
    paths.iter().map(read).collect()
}

/// A log of `requests`, as a cache server writes it: nobody says who asked.
fn log_of(requests: impl Iterator<Item = Request>) -> Observed {
    let deed = |request: Request| {
        let Request { verb, kind, blob, status, .. } = request;
        let deed = Deed::Asked { verb, kind, blob, status };
        ObservedDeed { at_ms: None, deed, owner: None, invocation: None }
    };
    Observed { deeds: requests.map(deed).collect(), ..Observed::default() }
}

/// Requests with their number, as `GET cas HASH 200`.
fn counted(graph: &Graph, trace: &Trace) -> BTreeMap<String, i32> {
    let mut counts = BTreeMap::new();
    for request in trace.requests() {
        let verb = match request.verb {
            Verb::Get => "GET",
            Verb::Put => "PUT",
            Verb::Find => "FIND",
        };
        let kind = format!("{:?}", request.kind).to_lowercase();
        let hash = graph.blobs().digest(request.blob).hex();
        *counts.entry(format!("{verb} {kind} {hash} {}", request.status.code())).or_default() += 1;
    }
    counts
}
