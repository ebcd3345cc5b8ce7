//! What is written reads back equal: files, and plays.

use proptest::prelude::*;
use rewindow::rewind::plan;
use rewindow::scenario::{Play, ScenarioText};

use super::generate::{Dice, scenario};
use super::parse;

/// Compiles what can be compiled; a random file may ask for what is refused.
fn compiled(text: &ScenarioText) -> Option<Play> {
    text.compile("random.toml", None).ok()
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_file_that_is_written_reads_back_equal(seed: u64) {
        let text = scenario(&mut Dice(seed));
        let written = text.to_toml();
        let read = parse(&written).map_err(|e| TestCaseError::fail(format!("{e}\n{written}")))?;
        prop_assert_eq!(&read, &text, "{}", written);
    }

    #[test]
    fn a_play_that_is_described_compiles_to_the_same(seed: u64) {
        let Some(play) = compiled(&scenario(&mut Dice(seed))) else { return Ok(()) };
        let written = ScenarioText::describe(&play).to_toml();
        let again = parse(&written).and_then(|text| text.compile("again.toml", None));
        let again = again.map_err(|e| TestCaseError::fail(format!("{e}\n{written}")))?;
        prop_assert_eq!(&again.scenario, &play.scenario, "{}", written);
        prop_assert_eq!(&again.cache, &play.cache, "{}", written);
        prop_assert!(again.graph == play.graph, "{}", written);
    }

    #[test]
    fn bytes_of_any_sort_are_refused_or_read(bytes: Vec<u8>, seed: u64, at: usize, with: u8) {
        let _ = ScenarioText::parse("random", &bytes);
        let mut written = scenario(&mut Dice(seed)).to_toml().into_bytes();
        let at = at % written.len();
        written[at] = with;
        if let Ok(text) = ScenarioText::parse("mutated", &written) {
            let _ = text.compile("mutated", None);
        }
    }
}

#[test]
fn most_random_files_can_be_compiled() {
    let errors: Vec<String> = (0..300)
        .filter_map(|seed| scenario(&mut Dice(seed)).compile("x", None).err())
        .map(|error| error.to_string())
        .collect();
    assert!(errors.len() < 100, "{} of 300: {:#?}", errors.len(), &errors[..5]);
}

#[test]
fn what_is_observed_holds() {
    let mut n_builds = 0;
    for seed in 0..40 {
        let mut text = scenario(&mut Dice(seed));
        // Times and sizes that only test numbers make for plans that only test patience.
        (text.fault, text.execution) = (None, None);
        let Some(play) = compiled(&text) else { continue };
        let trace = plan(&play.graph, &play.cache, &play.scenario);
        text.expect = Some(rewindow::scenario::ExpectText::observed(&play, &trace));
        if trace.builds.is_empty() {
            continue;
        }
        let again = parse(&text.to_toml()).unwrap();
        for check in again.check("x", &play, &trace).unwrap() {
            assert!(check.holds, "seed {seed}: {check:?}\n{}", text.to_toml());
        }
        n_builds += trace.builds.len();
    }
    assert!(n_builds > 20, "{n_builds}");
}
