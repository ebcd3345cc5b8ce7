//! The scenario files that ship with the page.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use rewindow::import::{self, InputFile};
use rewindow::model::{Cache, Graph};
use rewindow::rewind::plan;
use rewindow::scenario::ScenarioText;

fn files() -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/static/scenarios");
    let found = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        found.filter(|path| path.extension().is_some_and(|e| e == "toml")).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

fn name(path: &std::path::Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

/// What the exports tell that a scenario names in place of actions.
fn exports(path: &Path, text: &ScenarioText) -> Option<(Graph, Cache)> {
    let read = |name: &str| {
        let bytes = std::fs::read(path.parent().unwrap().join(name)).unwrap();
        InputFile { name: name.to_owned(), bytes }
    };
    let files: Vec<_> = text.files.as_ref()?.iter().map(|file| read(&file.text)).collect();
    let import = import::read(&files, &mut |_| ControlFlow::Continue(())).unwrap();
    assert!(import.files.iter().all(|card| card.error.is_none()), "{}", path.display());
    Some((import.graph, import.cache))
}

#[test]
fn every_golden_scenario_holds() {
    let mut wrong = Vec::new();
    for path in files() {
        let name = name(&path);
        let text = match ScenarioText::parse(&name, &std::fs::read(&path).unwrap()) {
            Ok(text) => text,
            Err(error) => {
                wrong.push(error.to_string());
                continue;
            }
        };
        let exports = exports(&path, &text);
        let checks = text.compile(&name, exports).and_then(|play| {
            let trace = plan(&play.graph, &play.cache, &play.scenario);
            text.check(&name, &play, &trace)
        });
        match checks {
            Ok(checks) if checks.is_empty() => wrong.push(format!("{name} expects nothing")),
            Ok(checks) => wrong.extend(checks.iter().filter(|check| !check.holds).map(|check| {
                let (line, build, key) = (check.place.line, check.build, check.key);
                let (expected, found) = (&check.expected, &check.found);
                format!("{name}:{line}: build {build}, {key}: expected {expected}, found {found}")
            })),
            Err(error) => wrong.push(error.to_string()),
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_golden_scenario_can_be_shown_in_the_gallery() {
    let names: Vec<String> = files().iter().map(|path| name(path)).collect();
    for path in files() {
        let name = name(&path);
        let text = ScenarioText::parse(&name, &std::fs::read(&path).unwrap()).unwrap();
        let title = text.title.unwrap_or_else(|| panic!("{name} has no title"));
        assert!((10..=100).contains(&title.text.len()), "{name}: {}", title.text);
        let about = text.about.unwrap_or_else(|| panic!("{name} has no about"));
        assert!((80..=800).contains(&about.text.len()), "{name}: {} bytes", about.text.len());
        assert!(text.rules.is_some_and(|rules| !rules.is_empty()), "{name} has no rules");
        if let Some(contrast) = text.contrast {
            assert!(names.contains(&contrast.text), "{name}: no scenario {}", contrast.text);
        }
    }
}
