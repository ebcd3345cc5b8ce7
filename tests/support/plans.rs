//! Scenarios whose plans are made on both sides of a wire, and the digests of their traces.

use rewindow::app::gallery;
use rewindow::rewind::plan;
use rewindow::scenario::ScenarioText;
use sha2::{Digest, Sha256};

/// Names and texts: every golden scenario, and larger ones that use what a plan could differ by.
pub fn scenarios() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/static/scenarios");
    let found = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let golden = found.filter(|path| path.extension().is_some_and(|e| e == "toml")).map(|path| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, std::fs::read_to_string(&path).unwrap())
    });
    let mut all: Vec<(String, String)> = golden.collect();
    all.sort();
    assert!(all.len() > 100, "{} golden scenarios", all.len());
    let large = [("bazel-7.7", 1), ("bazel-8.0", 2), ("bazel-9.3", 3), ("buck2-1349", 4)];
    all.extend(large.map(|(engine, seed)| (format!("large, {engine}"), large_of(engine, seed))));
    all
}

/// The SHA-256, in hexadecimal, of the trace of a scenario as the worker sends it to the page:
/// every event, and how each build ends.
pub fn digest(name: &str, text: &str) -> String {
    let text = ScenarioText::parse(name, text.as_bytes()).unwrap();
    let play = text.compile(name, gallery::exports_of(&text)).unwrap();
    let trace = plan(&play.graph, &play.cache, &play.scenario);
    assert!(trace.builds.len() == play.scenario.builds.len() && !trace.events.is_empty(), "{name}");
    hex(&Sha256::digest(trace.to_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A thousand actions on eight slots: shares lost by seed, blobs lost again, nondeterminism, a
/// cache that ages and overflows, one on disk, and a second build after an edit.
fn large_of(engine: &str, seed: u64) -> String {
    let mut text = format!("rewindow = 1\nengine = \"{engine}\"\nseed = {seed}\nactions = [\n");
    for i in 0..1000 {
        let inputs: Vec<String> = match i {
            0..50 => vec![format!("src/{i}")],
            _ => (1..=3).map(|k| format!("out/{}", (i * k * 7 + k) % i)).collect(),
        };
        let sometimes = if i % 97 == 5 { ", nondeterministic = true" } else { "" };
        let (inputs, ms) = (inputs.join("\", \""), 10 + i * 37 % 400);
        text += &format!(
            "  {{ label = \"//p{}:a{i}\", inputs = [\"{inputs}\"], outputs = [\"out/{i}\"], \
             duration_ms = {ms}{sometimes} }},\n",
            i / 100
        );
    }
    text += "]\n\n[cache]\nlifetime = \"touches-blobs\"\ncas_bytes = 2_900_000\n\n[disk_cache]\n";
    for fault in [
        "share = { percent = 4 }\nhow_often = { first_uploads = 1 }",
        "share = { percent = 3, of = \"ac\" }",
        "share = { percent = 2 }\nwhen = { at_ms = 900 }\nreport = \"untyped\"",
        "unused_for = { ms = 5000 }\nwhen = { before_build = 2 }",
    ] {
        text += &format!("\n[[fault]]\n{fault}\n");
    }
    text += "\n[[build]]\njobs = 8\nkeep_going = true\ndownload = \"toplevel\"\n";
    text + "\n[[build]]\njobs = 8\nkeep_going = true\nasync_upload = true\nedit = [\"src/3\"]\n"
}
