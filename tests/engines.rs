//! The engines and the registry of their parameters.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::collections::BTreeSet;

use rewindow::rewind::{Engine, Parameter, SetError, Tool, Values, engines, parameters};

/// Every value that a parameter can have, or some of very many.
fn values(parameter: &Parameter) -> Vec<String> {
    match parameter.values {
        Values::OnOff => ["on", "off"].map(str::to_owned).to_vec(),
        Values::Number { max } | Values::Cap { max } => {
            [0, 1, 7, max].map(|n| n.to_string()).to_vec()
        }
        Values::Words(words) => words.iter().map(|w| w.name.to_owned()).collect(),
    }
}

fn engine(id: &str) -> Engine {
    Engine::find(id).unwrap()
}

#[test]
fn the_engines_of_the_issue_are_there_oldest_first() {
    let ids: Vec<_> = engines().iter().map(|e| e.id).collect();
    let expected = [
        "bazel-1.1",
        "bazel-2.1",
        "bazel-4.2",
        "bazel-5",
        "bazel-6.0",
        "bazel-6.2",
        "bazel-7.7",
        "bazel-8.0",
        "bazel-8.7",
        "bazel-8.7-rewind",
        "bazel-8.8-rewind",
        "bazel-9.1",
        "bazel-9.1-rewind",
        "bazel-9.3",
        "bazel-next",
        "buck2-before-1349",
        "buck2-1349",
    ];
    assert_eq!(ids, expected);
    let names: BTreeSet<_> = engines().iter().map(|e| e.name).collect();
    assert_eq!(names.len(), engines().len(), "two engines have one name");
    for engine in engines() {
        assert!(engine.summary.ends_with('.') || engine.summary.ends_with(')'), "{}", engine.id);
        assert_eq!(engine.tool == Tool::Buck2, engine.id.starts_with("buck2"));
    }
}

/// The defaults that the issue and the semantics (R1, A4, A5, A9, K7) name.
#[test]
fn the_engines_differ_where_the_rules_say() {
    let table = [
        ("bazel-1.1", "all", "fail", "0", "no"),
        ("bazel-5", "all", "fail", "0", "no"),
        ("bazel-6.2", "all", "fail", "0", "no"),
        ("bazel-7.7", "toplevel", "fail", "0", "at-once"),
        ("bazel-8.0", "toplevel", "fail", "5", "at-once"),
        ("bazel-8.7", "toplevel", "fail", "5", "at-once"),
        ("bazel-8.7-rewind", "toplevel", "rewind", "5", "no"),
        ("bazel-8.8-rewind", "toplevel", "rewind", "5", "at-once"),
        ("bazel-9.1-rewind", "toplevel", "rewind", "5", "no"),
        ("bazel-9.3", "toplevel", "rewind", "5", "at-once"),
        ("bazel-next", "toplevel", "rewind", "5", "no"),
        ("buck2-before-1349", "toplevel", "fail", "0", "no"),
        ("buck2-1349", "toplevel", "rewind-command", "0", "no"),
    ];
    for (id, mode, on_loss, retries, remembers) in table {
        let engine = engine(id);
        let get = |name| engine.get(name).unwrap();
        let found = (get("mode"), get("on_loss"), get("retries"), get("remembers_lost_digests"));
        let expected = [mode, on_loss, retries, remembers].map(str::to_owned);
        assert_eq!([found.0, found.1, found.2, found.3], expected, "{id}");
        let cap = if on_loss == "fail" { "none" } else { "20" };
        assert_eq!(get("cap"), cap, "{id}");
    }
}

#[test]
fn every_parameter_is_described_and_named_once() {
    let all = parameters();
    let names: Vec<_> = all.iter().flat_map(|p| p.aliases.iter().chain([&p.name])).collect();
    let distinct: BTreeSet<_> = names.iter().collect();
    assert_eq!(distinct.len(), names.len(), "a name stands for two parameters");
    for parameter in all {
        let Parameter { name, meaning, rules, .. } = parameter;
        assert!(meaning.ends_with('.') && meaning.len() > 20, "{name}: {meaning}");
        let is_rule = |rule: &str| {
            let (letter, number) = rule.split_at(1);
            "WBRAKP".contains(letter) && number.trim_end_matches('a').parse::<u8>().is_ok()
        };
        assert!(rules.split(", ").all(is_rule), "{name}: {rules}");
    }
}

#[test]
fn every_value_of_every_parameter_can_be_set_and_read_on_every_engine() {
    for engine in engines() {
        for parameter in parameters() {
            let name = parameter.name;
            let own = engine.get(name).unwrap();
            let mut same = *engine;
            same.set(name, &own).unwrap_or_else(|e| panic!("{}: {e}", engine.id));
            assert_eq!(same, *engine, "{}: {name}={own}", engine.id);
            if name == "cap" && own == "none" {
                continue;
            }
            for value in values(&parameter) {
                let mut changed = *engine;
                changed.set(name, &value).unwrap_or_else(|e| panic!("{}: {e}", engine.id));
                assert_eq!(changed.get(name).as_ref(), Some(&value), "{}: {name}", engine.id);
                for other in parameters().iter().filter(|p| p.name != name && p.name != "cap") {
                    assert_eq!(changed.get(other.name), engine.get(other.name), "{name}");
                }
                for alias in parameter.aliases {
                    let mut by_alias = *engine;
                    by_alias.set(alias, &value).unwrap();
                    assert_eq!(by_alias, changed, "{alias}={value}");
                }
            }
        }
    }
}

/// From any engine to any other of the same base text: overrides are the whole difference.
#[test]
fn overrides_are_what_was_set_and_give_the_engine_again() {
    for from in engines() {
        for to in engines() {
            let mut changed = *from;
            for (name, value) in to.differences(from) {
                changed.set(name, &value).unwrap();
            }
            for parameter in parameters() {
                assert_eq!(changed.get(parameter.name), to.get(parameter.name), "{}", to.id);
            }
            let mut again = Engine::find(changed.id).unwrap();
            for (name, value) in changed.overrides() {
                again.set(name, &value).unwrap();
            }
            assert_eq!(again, changed, "{} as {}", from.id, to.id);
            assert_eq!(changed.overrides().is_empty(), from.id == to.id);
        }
    }
}

#[test]
fn words_of_the_issue_are_understood() {
    let mut engine = engine("bazel-9.3");
    let pairs = [
        ("retries=2", "retries", "2"),
        ("CAP=3", "cap", "3"),
        ("ac-on-replay=off", "ac_on_replay", "bypasses"),
        ("remembers-lost-digests=no", "remembers_lost", "no"),
        ("remembers_lost=from_next_attempt", "remembers_lost", "from-next-attempt"),
        ("batch=false", "gathers_losses", "off"),
        ("default_mode=Minimal", "download_default", "minimal"),
        ("coarse_lock=true", "coarse_lock", "on"),
        ("early_cut_off=on", "done_consumers", "run-if-changed"),
        ("on_loss=rewind-command", "on_loss", "rewind-command"),
    ];
    for (pair, name, value) in pairs {
        engine.set_pair(pair).unwrap();
        assert_eq!(engine.get(name).unwrap(), value, "{pair}");
    }
    // What is done about a loss changed; how often stayed.
    assert_eq!(engine.get("cap").unwrap(), "3");
}

#[test]
fn what_cannot_be_set_says_what_can() {
    let mut engine = engine("bazel-7.7");
    let before = engine;
    let mut error = |pair| engine.set_pair(pair).unwrap_err();
    assert!(matches!(error("retrys=2"), SetError::Unknown { .. }));
    assert!(error("retrys=2").to_string().contains("did you mean retries"));
    assert!(error("remember_lost=no").to_string().contains("remembers_lost"));
    assert!(error("zzz=1").to_string() == "there is no parameter `zzz`");
    assert!(error("retries=-1").to_string().contains("a number from 0 to 100"));
    assert!(error("retries=99999999999").to_string().contains("a number from 0 to 100"));
    assert!(error("exit_on_io_error=256").to_string().contains("0 to 255"));
    assert!(error("on_loss=maybe").to_string().contains("fail | rewind | rewind-command"));
    assert!(error("coarse_lock=maybe").to_string().contains("on or off"));
    assert!(error("cap=3").to_string().contains("set on_loss=rewind"));
    assert!(error("cap").to_string().contains("NAME=VALUE"));
    assert!(error("").to_string().contains("NAME=VALUE"));
    assert_eq!(engine, before, "an error changed something");
}

#[test]
fn every_parameter_of_every_engine_has_a_source() {
    let all = parameters();
    for engine in engines() {
        let own: Vec<_> = engine.sources.iter().map(|s| s.parameter).collect();
        let distinct: BTreeSet<_> = own.iter().collect();
        assert_eq!(distinct.len(), own.len(), "{}: two sources for one parameter", engine.id);
        for source in engine.sources {
            let id = engine.id;
            assert!(all.iter().any(|p| p.name == source.parameter), "{id}: {}", source.parameter);
            assert!(source.seen_in.len() > 1, "{id}: {}", source.parameter);
        }
        match engine.base() {
            Some(base) => {
                let position = |id| engines().iter().position(|e| e.id == id);
                assert!(position(base.id) < position(engine.id), "{} is older", engine.id);
                for (name, _) in engine.differences(&base) {
                    assert!(own.contains(&name), "{}: no source for {name}", engine.id);
                }
            }
            None => assert_eq!(own.len(), all.len(), "{}: a source is missing", engine.id),
        }
        assert!(all.iter().all(|p| engine.source(p.name).is_some()), "{}", engine.id);
    }
}
