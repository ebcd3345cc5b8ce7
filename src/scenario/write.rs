//! A scenario file as text, laid out as a person would: a line for each action, a table for each
//! build.

use std::fmt::Write;

use toml_writer::ToTomlKey;

use super::expect_text::ExpectText;
use super::parse::VERSION;
use super::text::ScenarioText;
use super::value::{Keyed, Value};

/// Fields of a table, each as TOML on one line.
type Written = Vec<(&'static str, String)>;

impl ScenarioText {
    /// The file. Reading it gives an equal one, places apart.
    pub fn to_toml(&self) -> String {
        let mut text = format!("rewindow = {VERSION}\n");
        let in_tables = ["rewindow", "actions", "artifacts", "execution", "cache", "disk_cache"];
        let lists = [
            ("revision", self.revision.as_ref().is_some_and(|list| !list.is_empty())),
            ("fault", self.fault.as_ref().is_some_and(|list| !list.is_empty())),
            ("build", self.build.as_ref().is_some_and(|list| !list.is_empty())),
            ("expect", true),
        ];
        for (key, value) in self.written() {
            let is_table = lists.iter().any(|(name, is_table)| *name == key && *is_table);
            if !in_tables.contains(&key) && !is_table {
                line(&mut text, key, &value);
            }
        }
        if let Some(actions) = &self.actions {
            text += "actions = [\n";
            for action in actions.iter().filter_map(Value::write) {
                let _ = writeln!(text, "  {action},");
            }
            text += "]\n";
        }
        keyed(&mut text, "artifacts", &self.artifacts);
        if let Some(execution) = &self.execution {
            table(&mut text, "[execution]", execution.written(), "");
        }
        if let Some(cache) = &self.cache {
            let entries = cache.entry.as_deref().unwrap_or_default();
            table(&mut text, "[cache]", cache.written(), nested("entry", entries.is_empty()));
            for entry in entries {
                table(&mut text, "[[cache.entry]]", entry.written(), "");
            }
        }
        if let Some(disk_cache) = &self.disk_cache {
            table(&mut text, "[disk_cache]", disk_cache.written(), "");
        }
        for revision in self.revision.iter().flatten() {
            table(&mut text, "[[revision]]", revision.written(), "");
        }
        for fault in self.fault.iter().flatten() {
            table(&mut text, "[[fault]]", fault.written(), "");
        }
        for build in self.build.iter().flatten() {
            table(&mut text, "[[build]]", build.written(), "");
        }
        if let Some(expect) = &self.expect {
            text += &expect.to_toml();
        }
        text
    }
}

impl ExpectText {
    /// The part of the file from `[expect]` on.
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        let builds = self.build.as_deref().unwrap_or_default();
        table(&mut text, "[expect]", self.written(), nested("build", builds.is_empty()));
        for build in builds {
            table(&mut text, "[[expect.build]]", build.written(), "");
        }
        text
    }
}

/// The key that follows as tables of their own, unless it is an empty list.
fn nested(key: &'static str, is_empty: bool) -> &'static str {
    if is_empty { "" } else { key }
}

fn table(text: &mut String, head: &str, fields: Written, left_out: &str) {
    let _ = writeln!(text, "\n{head}");
    for (key, value) in fields {
        if key != left_out {
            line(text, key, &value);
        }
    }
}

fn keyed<T: Value>(text: &mut String, head: &str, entries: &Keyed<T>) {
    if !entries.0.is_empty() {
        let _ = writeln!(text, "\n[{head}]");
    }
    for (key, value) in &entries.0 {
        if let Some(value) = value.write() {
            line(text, &key.text.to_toml_key(), &value);
        }
    }
}

fn line(text: &mut String, key: &str, value: &str) {
    // Writing to a `String` cannot fail.
    let _ = writeln!(text, "{key} = {value}");
}
