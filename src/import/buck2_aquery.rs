//! Reads `buck2 aquery --output-format json`: names of actions and their attributes. It has no
//! edges and no artifacts; `--output-format dot` has the edges (see `graph_dot`).

use std::fmt;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::buck2_event_log::Read;
use super::buck2_names;
use super::card::Place;
use super::named_facts::NamedBuilder;
use super::notes::{Meter, Notes, Stop};
use crate::model::ActionKind;

/// Reads one object of actions by name.
pub(super) fn read(bytes: &[u8], notes: &mut Notes, meter: &mut Meter) -> Result<Read, Stop> {
    let mut query = Query::default();
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let read = json.deserialize_map(ByName(&mut query)).and_then(|()| json.end());
    if let Err(error) = read {
        let n = query.named.actions.len();
        let place = Place::Line(error.line() as u64);
        let what = || format!("The object is damaged after {n} actions: {error}.");
        notes.add("json", place, what, "What came before is used.");
    }
    meter.report(1.0)?;
    if query.named.actions.is_empty() {
        let what = "It names no action.".to_owned();
        let remedy = "Query the actions of what was built: buck2 aquery 'deps(//…)'.";
        return Err(Stop::Unusable(Box::new(notes.warning(Place::Whole, what, remedy))));
    }
    let counts = vec![("actions", query.named.actions.len() as u64), ("targets", query.n_targets)];
    Ok((query.named.finish(false), counts))
}

#[derive(Default)]
struct Query {
    named: NamedBuilder,
    n_targets: u64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Attributes {
    kind: Option<String>,
    category: Option<String>,
    identifier: Option<String>,
}

struct ByName<'a>(&'a mut Query);

impl<'de> DeserializeSeed<'de> for ByName<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ByName<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of actions by name")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(name) = map.next_key::<String>()? {
            let Some((holder, index)) = buck2_names::of_query(&name) else {
                // A target whose analysis the query went through.
                map.next_value::<IgnoredAny>()?;
                self.0.n_targets += 1;
                continue;
            };
            let attributes: Attributes = map.next_value()?;
            let named = &mut self.0.named;
            let action = named.action(&format!("{holder}_{index}"));
            let texts = &mut named.texts;
            let action = &mut named.actions[action];
            action.owner = texts.intern(holder);
            action.category = texts.intern(&attributes.category.unwrap_or_default());
            action.identifier = texts.intern(&attributes.identifier.unwrap_or_default());
            action.kind = attributes.kind.as_deref().and_then(kind);
        }
        Ok(())
    }
}

/// How an action of a kind comes by its outputs (`ActionKind` in `data.proto`).
pub(super) fn kind(name: &str) -> Option<ActionKind> {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "run" => Some(ActionKind::Spawn),
        "copy"
        | "download_file"
        | "downloadfile"
        | "symlinked_dir"
        | "symlinkeddir"
        | "write"
        | "write_macros_to_file"
        | "writemacrostofile"
        | "cas_artifact"
        | "casartifact" => Some(ActionKind::Internal),
        _ => None,
    }
}
