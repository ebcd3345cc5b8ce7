//! Everything in which two scenarios can differ so that their traces differ, each by itself: the
//! parameters of the engine and the settings of the scenario and its builds.

use std::fmt::Debug;

use crate::model::{AcEntry, Cache, CacheKind, Id, IdSet, Tier};
use crate::rewind::engine::OnLoss;
use crate::rewind::fault::{Fault, HowOften, Report, What, When};
use crate::rewind::parameters::parameters;
use crate::rewind::scenario::{Build, Scenario, Targets};

use super::Side;

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

/// What the remote cache holds at first: no part of a scenario.
pub(super) const CACHE: &str = "content of the cache";

/// Every difference between the two, in a fixed order.
pub(super) fn differences(left: Side<'_>, right: Side<'_>) -> Vec<Difference> {
    let (caches, left, right) = ((left.cache, right.cache), left.scenario, right.scenario);
    let mut found = of_engine(left, right);
    if caches.0 != caches.1 {
        let (left, right) = (held(caches.0, caches.1), held(caches.1, caches.0));
        found.push(Difference { name: CACHE, of_engine: false, left, right });
    }
    for setting in scenario_settings() {
        if (setting.differs)(left, right) {
            let (name, text) = (setting.name, setting.text);
            let (left, right) = (text(left, right), text(right, left));
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
            let text = |scenario: &Scenario, other: &Scenario| {
                let beside =
                    |(i, build)| (setting.text)(build, other.builds.get(i).unwrap_or(build));
                let mut texts: Vec<String> =
                    scenario.builds.iter().enumerate().map(beside).collect();
                texts.dedup();
                texts.join(", then ")
            };
            let (left, right) = (text(left, right), text(right, left));
            found.push(Difference { name: setting.name, of_engine: false, left, right });
        }
    }
    found
}

/// Makes `scenario` what `from` is in `difference`, which is not [`CACHE`], and in nothing else.
/// False if it cannot be so by itself: its place is in another engine's rules.
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
    /// Of the first, beside the second.
    text: fn(&T, &T) -> String,
}

macro_rules! settings {
    ($($name:literal: $($field:ident).+, $text:expr;)*) => {
        vec![$(Setting {
            name: $name,
            differs: |a, b| a.$($field).+ != b.$($field).+,
            copy: |to, from| to.$($field).+ = from.$($field).+.clone(),
            text: |it, other| $text(&it.$($field).+, &other.$($field).+),
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
        "disk cache": disk_cache, disk;
        "nondeterministic actions": nondeterministic, how_many;
        "edits": revisions, length;
        "faults": faults, list;
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
fn words_of(value: &impl Debug) -> String {
    let mut words = String::new();
    for letter in format!("{value:?}").chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

fn in_words<T: Debug>(value: &T, _: &T) -> String {
    words_of(value)
}

fn or_none<T: Debug>(value: &Option<T>, _: &Option<T>) -> String {
    value.as_ref().map_or("none".to_owned(), words_of)
}

fn on_off(value: &bool, _: &bool) -> String {
    if *value { "on" } else { "off" }.to_owned()
}

/// How many, and how many of them the other side has not.
fn length<T: PartialEq>(values: &[T], others: &[T]) -> String {
    count(values.len(), values.iter().filter(|value| !others.contains(value)).count())
}

fn how_many<I: Id>(set: &IdSet<I>, other: &IdSet<I>) -> String {
    count(set.len(), set.iter().filter(|&id| !other.contains(id)).count())
}

fn count(n: usize, n_own: usize) -> String {
    match (n, n_own) {
        (0, _) => "none".to_owned(),
        (n, 0) => n.to_string(),
        (n, own) => format!("{n} ({own} only here)"),
    }
}

fn list(faults: &[Fault], _: &[Fault]) -> String {
    let texts: Vec<String> = faults.iter().map(fault).collect();
    if texts.is_empty() { "none".to_owned() } else { texts.join("; ") }
}

/// A fault as the keys of a scenario file would say it.
fn fault(fault: &Fault) -> String {
    let half = |kind: CacheKind| match kind {
        CacheKind::Ac => "AC",
        CacheKind::Cas => "CAS",
    };
    let what = match &fault.what {
        What::These(these) => format!("{} blobs or entries", these.len()),
        What::Everything(None) => "everything".to_owned(),
        What::Everything(Some(kind)) => format!("all of the {}", half(*kind)),
        What::Share { kind, percent } => format!("{percent} % of the {}", half(*kind)),
        What::AtLeast { bytes } => format!("blobs of at least {bytes} bytes"),
        What::UnusedFor { kind, ms } => {
            format!("what of the {} was unused for {ms} ms", half(*kind))
        }
    };
    let when = match fault.when {
        When::BeforeBuild(build) => format!("before build {}", build + 1),
        When::AfterAction(action) => format!("after action {}", action.0 + 1),
        When::AtStep(step) => format!("at step {step}"),
        When::AtTime(ms) => format!("at {ms} ms"),
    };
    let how_often = match fault.how_often {
        HowOften::Once => "once".to_owned(),
        HowOften::FirstUploads(n) => format!("and the first {n} uploads of each"),
        HowOften::Always => "and each later upload".to_owned(),
    };
    let tier = if fault.tier == Tier::Disk { ", on disk" } else { "" };
    let report = if fault.report == Report::Untyped { ", untyped" } else { "" };
    format!("{what} {when}, {how_often}{tier}{report}")
}

fn disk(cache: &Option<Cache>, other: &Option<Cache>) -> String {
    let empty = Cache::default();
    let other = other.as_ref().unwrap_or(&empty);
    cache.as_ref().map_or("none".to_owned(), |cache| held(cache, other))
}

/// What `cache` holds, and how much of it `other` does not, or has in another form.
fn held(cache: &Cache, other: &Cache) -> String {
    let entries = how_many(&cache.ac, &other.ac);
    let blobs = how_many(&cache.cas, &other.cas);
    let is_other = |&&(key, ref entry): &&(_, AcEntry)| other.entry(key) != Some(entry);
    let bodies = match cache.entries.iter().filter(is_other).count() {
        0 => String::new(),
        n => format!(", {n} bodies of entries only here"),
    };
    format!("AC entries: {entries}, blobs: {blobs}{bodies}")
}

fn targets(targets: &Targets, other: &Targets) -> String {
    match (targets, other) {
        (Targets::All, _) => "everything".to_owned(),
        (Targets::Artifacts(all), Targets::Artifacts(others)) => {
            format!("outputs: {}", length(all, others))
        }
        (Targets::Artifacts(all), Targets::All) => format!("outputs: {}", all.len()),
    }
}
