//! What every fuzz target does with its bytes: reads them as one format, and walks what came out.

use std::ops::ControlFlow;

use rewindow::import::{self, Format, Import, Importer, InputFile};
use rewindow::model::Graph;

/// Reads `bytes` as `format`, whatever they look like.
pub fn read_as(format: Format, bytes: &[u8]) {
    let file = InputFile { name: "fuzzed".to_owned(), bytes: bytes.to_vec() };
    let mut importer = Importer::default();
    let read = importer.add_as(&file, format, &mut |_| ControlFlow::Continue(()));
    assert!(read.is_ok(), "nobody cancels");
    check(&importer.import());
}

/// Reads `files` as what they look like, together.
pub fn read(files: Vec<(String, Vec<u8>)>) {
    let files = files.into_iter().map(|(name, bytes)| InputFile { name, bytes });
    let files: Vec<InputFile> = files.collect();
    let import = import::read(&files, &mut |_| ControlFlow::Continue(()));
    check(&import.expect("nobody cancels"));
}

/// What holds of every import, whatever it came from.
fn check(import: &Import) {
    for card in &import.files {
        let told = card.error.is_some() || !card.counts.is_empty();
        assert!(told, "nothing is said of {}", card.name);
        for warning in card.warnings.iter().chain(&card.error) {
            assert!(!warning.what.is_empty() && !warning.remedy.is_empty());
        }
    }
    walk(&import.graph);
    import.cache.dangling(&import.graph);
    let again = import::unpack(&import::pack(import)).expect("what was packed is a pack");
    assert!(again.graph == import.graph, "a pack is another graph");
}

fn walk(graph: &Graph) {
    assert_eq!(graph.topological().len(), graph.n_actions());
    for action in graph.action_ids() {
        assert!(graph.label(action).len() + graph.mnemonic(action).len() < usize::MAX);
        for &output in graph.outputs(action) {
            assert_eq!(graph.producer(output), Some(action));
        }
        for &input in graph.inputs(action) {
            assert!(graph.consumers(input).contains(&action));
        }
    }
}
