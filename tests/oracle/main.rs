//! Does the planner agree with what real Bazel did? Replays recorded runs against it.
//!
//! The cases of `tests/oracles/` and of every folder in `REWINDOW_ORACLES` (colon separated, same
//! format). What a case holds is said in `docs/formats/oracles.md`.

// A recorded case that cannot be read is a broken test: panicking says which.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod case;
mod check;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use case::Case;
use check::{Check, Tally};

/// The one known race: two actions at `--jobs=4` upload the same blob, and who is first differs.
const KNOWN_RACES: [&str; 1] = ["2.1.0_119_partial_minimal"];

fn cases_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap_or_else(|e| panic!("cannot list {}: {e}", folder.display()));
    let mut paths: Vec<PathBuf> = entries
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
        .collect();
    paths.sort();
    paths
}

fn folders() -> Vec<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles");
    let more = std::env::var("REWINDOW_ORACLES").unwrap_or_default();
    let more = more.split(':').filter(|f| !f.is_empty()).map(PathBuf::from);
    [own.join("bazel"), own.join("bazel7")].into_iter().chain(more).collect()
}

#[test]
fn the_planner_does_what_real_bazel_did() {
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let (mut wrong, mut n_cases) = (Vec::new(), 0);
    for folder in folders() {
        for path in cases_in(&folder) {
            let text = std::fs::read_to_string(&path).unwrap();
            let case = Case::read(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            n_cases += 1;
            let tally = tallies.entry(case.version.clone()).or_default();
            for difference in check::compare(&case, tally) {
                if !KNOWN_RACES.contains(&case.name.as_str()) {
                    wrong.push(difference);
                }
            }
        }
    }
    println!("{n_cases} recorded cases");
    for (version, tally) in &tallies {
        println!("Bazel {version}: {tally}");
    }
    let without_clean = |d: &&check::Difference| d.version.starts_with("7.") && !d.clean;
    let (tolerated, wrong): (Vec<_>, Vec<_>) =
        wrong.iter().partition(|d| without_clean(d) && d.check != Check::Comparable);
    for difference in &tolerated {
        println!("differs (7.x, step without clean): {difference}");
    }
    for difference in &wrong {
        println!("WRONG: {difference}");
    }
    assert!(wrong.is_empty(), "{} steps differ from the recorded runs", wrong.len());
    for (version, tally) in tallies.iter().filter(|(v, _)| v.starts_with("7.")) {
        let (right, all) = tally.steps_without_clean();
        assert!(right * 100 >= all * 85, "{version}: {right} of {all} steps without clean agree");
    }
}
