//! Everything in which two scenarios can differ so that their traces differ, each by itself: the
//! parameters of the engine and the settings of the scenario and its builds.

use std::fmt::Debug;

use crate::model::{Cache, Id, IdSet};
use crate::rewind::engine::OnLoss;
use crate::rewind::parameters::parameters;
use crate::rewind::scenario::{Build, Scenario, Targets};

/// Something in which two scenarios differ.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The engine's parameter, or the setting in words.
    pub name: &'static str,
    /// Whether it is a parameter of the engine.
    pub of_engine: bool,
    /// Its value on the left, as text.
    pub left: String,
    /// Its value on the right.
    pub right: String,
}

/// These change no event: what is printed, and a default that builds have taken already.
const WITHOUT_EVENTS: [&str; 3] = ["download_default", "message", "retry_message"];

/// Every difference between the two, in a fixed order.
pub(super) fn differences(left: &Scenario, right: &Scenario) -> Vec<Difference> {
    let mut found = of_engine(left, right);
    for setting in scenario_settings() {
        if (setting.differs)(left, right) {
            let (name, text) = (setting.name, setting.text);
            let (left, right) = (text(left), text(right));
            found.push(Difference { name, of_engine: false, left, right });
        }
    }
    if left.builds.len() != right.builds.len() {
        let text = |scenario: &Scenario| scenario.builds.len().to_string();
        let (left, right) = (text(left), text(right));
        found.push(Difference { name: BUILDS, of_engine: false, left, right });
    }
    for setting in build_settings() {
        if left.builds.iter().zip(&right.builds).any(|(l, r)| (setting.differs)(l, r)) {
            let text = |scenario: &Scenario| {
                let mut texts: Vec<String> = scenario.builds.iter().map(setting.text).collect();
                texts.dedup();
                texts.join(", then ")
            };
            let (left, right) = (text(left), text(right));
            found.push(Difference { name: setting.name, of_engine: false, left, right });
        }
    }
    found
}

/// Makes `scenario` what `from` is in `difference`, and in nothing else. False if it cannot be so
/// by itself: its place is in another engine's rules.
pub(super) fn apply(scenario: &mut Scenario, difference: &Difference, from: &Scenario) -> bool {
    let name = difference.name;
    if difference.of_engine {
        if name == "on_loss" {
            scenario.engine.on_loss = from.engine.on_loss;
            return true;
        }
        return from.engine.get(name).is_some_and(|v| scenario.engine.set(name, &v).is_ok());
    }
    if name == BUILDS {
        let n_common = scenario.builds.len().min(from.builds.len());
        scenario.builds.truncate(n_common);
        scenario.builds.extend(from.builds[n_common..].iter().cloned());
        return true;
    }
    for setting in scenario_settings().iter().filter(|setting| setting.name == name) {
        (setting.copy)(scenario, from);
    }
    for setting in build_settings().iter().filter(|setting| setting.name == name) {
        for (build, from) in scenario.builds.iter_mut().zip(&from.builds) {
            (setting.copy)(build, from);
        }
    }
    true
}

const BUILDS: &str = "number of builds";

fn of_engine(left: &Scenario, right: &Scenario) -> Vec<Difference> {
    let kind = |scenario: &Scenario| std::mem::discriminant::<OnLoss>(&scenario.engine.on_loss);
    let other_kind = kind(left) != kind(right);
    let counts = |name: &str| {
        // A cap is part of what a loss leads to, and means nothing apart from it.
        !(WITHOUT_EVENTS.contains(&name) || name == "cap" && other_kind)
    };
    let all = parameters().into_iter().filter(|parameter| counts(parameter.name));
    let valued = all.map(|parameter| Difference {
        name: parameter.name,
        of_engine: true,
        left: parameter.value(&left.engine),
        right: parameter.value(&right.engine),
    });
    valued.filter(|difference| difference.left != difference.right).collect()
}

/// A field of `T`: how to tell, compare and copy it.
struct Setting<T> {
    name: &'static str,
    differs: fn(&T, &T) -> bool,
    copy: fn(&mut T, &T),
    text: fn(&T) -> String,
}

macro_rules! settings {
    ($($name:literal: $($field:ident).+, $text:expr;)*) => {
        vec![$(Setting {
            name: $name,
            differs: |a, b| a.$($field).+ != b.$($field).+,
            copy: |to, from| to.$($field).+ = from.$($field).+.clone(),
            text: |it| $text(&it.$($field).+),
        }),*]
    };
}

fn scenario_settings() -> Vec<Setting<Scenario>> {
    settings! {
        "cache policy": server.policy, in_words;
        "protocol": server.protocol, in_words;
        "lifetime": server.lifetime, in_words;
        "capacity of the CAS in bytes": server.capacity.cas_bytes, or_none;
        "capacity of the AC in entries": server.capacity.ac_entries, or_none;
        "executor": execution.default, or_none;
        "actions that execute locally only": execution.local_only, how_many;
        "actions that execute remotely only": execution.remote_only, how_many;
        "upload time in ms": timing.upload_ms, in_words;
        "disk cache": disk_cache, cache;
        "nondeterministic actions": nondeterministic, how_many;
        "edits": revisions, length;
        "faults": faults, length;
        "seed": seed, in_words;
    }
}

fn build_settings() -> Vec<Setting<Build>> {
    settings! {
        "targets": targets, targets;
        "download mode": download, in_words;
        "clean": clean, on_off;
        "restart": restart, on_off;
        "keep going": keep_going, on_off;
        "jobs": jobs, in_words;
        "lookups in the action cache": accept_cached, on_off;
        "upload of local results": upload, on_off;
        "asynchronous upload": async_upload, on_off;
        "final upload": upload_final, on_off;
        "wait in ms": wait_ms, in_words;
        "edit": edit, or_none;
        "edited sources": edit_sources, length;
        "evictions": evict, length;
        "order of actions": order, length;
    }
}

/// `TouchesBlobs` as `touches blobs`.
fn in_words(value: &impl Debug) -> String {
    let mut words = String::new();
    for letter in format!("{value:?}").chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

fn or_none(value: &Option<impl Debug>) -> String {
    value.as_ref().map_or("none".to_owned(), in_words)
}

fn on_off(value: &bool) -> String {
    if *value { "on" } else { "off" }.to_owned()
}

fn length<T>(values: &[T]) -> String {
    match values.len() {
        0 => "none".to_owned(),
        n => n.to_string(),
    }
}

fn how_many(set: &IdSet<impl Id>) -> String {
    match set.len() {
        0 => "none".to_owned(),
        n => n.to_string(),
    }
}

fn cache(cache: &Option<Cache>) -> String {
    let held =
        |cache: &Cache| format!("{} AC entries and {} blobs", cache.ac.len(), cache.cas.len());
    cache.as_ref().map_or("none".to_owned(), held)
}

fn targets(targets: &Targets) -> String {
    match targets {
        Targets::All => "everything".to_owned(),
        Targets::Artifacts(all) => format!("{} outputs", all.len()),
    }
}
