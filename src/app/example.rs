//! The example that the page opens with: the gist's workspace as a real Bazel 1.1.0 exported it,
//! with the bodies of its cache. It is part of the program, so that opening it fetches nothing.

use std::ops::ControlFlow;

use crate::import::{Import, InputFile, read};

const FILES: [(&str, &[u8]); 3] = [
    ("cold.exec.json", include_bytes!("../../static/samples/gist/cold.exec.json")),
    ("aquery.pb", include_bytes!("../../static/samples/gist/aquery.pb")),
    ("httpcache.tar.xz", include_bytes!("../../static/samples/gist/httpcache.tar.xz")),
];

/// Where the files lie, seen from a scenario file of the gallery.
pub const FOLDER: &str = "../samples/gist/";

/// Names of the files.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}

/// The gist's workspace.
pub fn gist() -> Import {
    let file =
        |&(name, bytes): &(&str, &[u8])| InputFile { name: name.to_owned(), bytes: bytes.to_vec() };
    let files: Vec<InputFile> = FILES.iter().map(file).collect();
    let import = read(&files, &mut |_| ControlFlow::Continue(()));
    import.unwrap_or_else(|error| unreachable!("nothing breaks it off: {error}"))
}
