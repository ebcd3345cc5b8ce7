//! Every example of `docs/scenarios.md` is a scenario, and what it expects holds.

use rewindow::rewind::plan;
use rewindow::scenario::{
    ActionText, ArtifactText, BuildText, CacheText, ExecutionText, ExpectText, FaultText,
    ScenarioText,
};

use super::{parse, whole};

const PAGE: &str = include_str!("../../docs/scenarios.md");

fn blocks() -> Vec<(usize, String)> {
    let (mut blocks, mut open) = (Vec::new(), None);
    for (number, line) in PAGE.lines().enumerate() {
        match (line, &mut open) {
            ("```toml", None) => open = Some((number + 1, String::new())),
            ("```", Some(_)) => blocks.extend(open.take()),
            (line, Some((_, text))) => *text += &format!("{line}\n"),
            _ => {}
        }
    }
    assert!(open.is_none(), "the last block ends");
    blocks
}

#[test]
fn every_documented_example_is_a_scenario_and_holds() {
    let blocks = blocks();
    assert!(blocks.len() >= 8, "{} examples", blocks.len());
    for (line, block) in blocks {
        let text = parse(&whole(&block)).unwrap_or_else(|e| panic!("line {line}: {e}"));
        let play = text.compile("x", None).unwrap_or_else(|e| panic!("line {line}: {e}"));
        let trace = plan(&play.graph, &play.cache, &play.scenario);
        for check in text.check("x", &play, &trace).unwrap() {
            assert!(check.holds, "line {line}: {check:?}");
        }
    }
}

#[test]
fn every_key_is_documented() {
    let keys = [
        ScenarioText::KEYS,
        ActionText::KEYS,
        ArtifactText::KEYS,
        ExecutionText::KEYS,
        CacheText::KEYS,
        FaultText::KEYS,
        BuildText::KEYS,
        ExpectText::KEYS,
    ];
    for key in keys.concat() {
        let forms = [format!("`{key}`"), format!("[{key}]"), format!(".{key}]")];
        let is_there = forms.iter().any(|form| PAGE.contains(form.as_str()));
        assert!(is_there, "docs/scenarios.md does not tell of {key}");
    }
}
