//! Reads `aquery --output=jsonproto` element by element, so that what precedes a damaged place
//! stays.

use std::fmt;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::aquery::{RawAction, RawGraph, RawPath, Read, id_of_text};
use super::card::Place;
use super::notes::{Meter, Notes, Stop};

/// Reads one or more containers (`streamed_jsonproto` has one a line).
pub(super) fn read(bytes: &[u8], notes: &mut Notes, meter: &mut Meter) -> Result<Read, Stop> {
    let mut graph = RawGraph::default();
    let mut at = 0;
    loop {
        at += bytes[at..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        if at >= bytes.len() {
            break;
        }
        meter.at(at, bytes.len())?;
        let mut json = serde_json::Deserializer::from_slice(&bytes[at..]);
        let n_before = graph.actions.len();
        match (Container { graph: &mut graph }).deserialize(&mut json) {
            Ok(()) => {
                // The offset of a fresh stream is where the container ended.
                at += json.into_iter::<IgnoredAny>().byte_offset();
            }
            Err(error) => {
                let n = graph.actions.len() - n_before;
                let place = Place::Offset(at as u64);
                let what = || format!("The graph is damaged after {n} actions: {error}.");
                notes.add("json", place, what, "What came before is used.");
                break;
            }
        }
    }
    meter.report(1.0)?;
    graph.join(notes)
}

/// An id: a number, or in v1 a text.
#[derive(Clone, Copy, Default)]
struct Id(u32);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Id;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id")
            }
            fn visit_u64<E: Error>(self, id: u64) -> Result<Id, E> {
                u32::try_from(id).map(Id).map_err(E::custom)
            }
            fn visit_str<E: Error>(self, id: &str) -> Result<Id, E> {
                Ok(Id(id_of_text(id)))
            }
        }
        from.deserialize_any(Either)
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Artifact {
    id: Id,
    path_fragment_id: Id,
    exec_path: Option<String>,
    is_tree_artifact: bool,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Action {
    target_id: Id,
    mnemonic: String,
    arguments: Option<IgnoredAny>,
    input_dep_set_ids: Vec<Id>,
    output_ids: Vec<Id>,
    discovers_inputs: bool,
    primary_output_id: Id,
}

/// Targets and path fragments: both have a label.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Labelled {
    id: Id,
    label: String,
    parent_id: Id,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct DepSet {
    id: Id,
    transitive_dep_set_ids: Vec<Id>,
    direct_artifact_ids: Vec<Id>,
}

fn plain(ids: Vec<Id>) -> Vec<u32> {
    ids.into_iter().map(|id| id.0).collect()
}

/// Reads a container into `graph`.
struct Container<'a> {
    graph: &'a mut RawGraph,
}

impl<'de> DeserializeSeed<'de> for Container<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Container<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an ActionGraphContainer")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        let graph = self.graph;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "artifacts" => each(&mut map, |a: Artifact| {
                    let path = match a.exec_path {
                        Some(path) => RawPath::Whole(path),
                        None => RawPath::Fragment(a.path_fragment_id.0),
                    };
                    graph.artifacts.push((a.id.0, path, a.is_tree_artifact));
                })?,
                "actions" => each(&mut map, |a: Action| {
                    graph.actions.push(RawAction {
                        target: a.target_id.0,
                        mnemonic: a.mnemonic,
                        has_arguments: a.arguments.is_some(),
                        input_sets: plain(a.input_dep_set_ids),
                        outputs: plain(a.output_ids),
                        discovers_inputs: a.discovers_inputs,
                        primary_output: a.primary_output_id.0,
                    });
                })?,
                "targets" => each(&mut map, |t: Labelled| {
                    graph.targets.insert(t.id.0, t.label);
                })?,
                "depSetOfFiles" => each(&mut map, |s: DepSet| {
                    let direct = plain(s.direct_artifact_ids);
                    graph.sets.push((s.id.0, direct, plain(s.transitive_dep_set_ids)));
                })?,
                "pathFragments" => each(&mut map, |f: Labelled| {
                    graph.fragments.insert(f.id.0, (f.label, f.parent_id.0));
                })?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// Hands each element of the next value, a list, to `keep`.
fn each<'de, M: MapAccess<'de>, T: Deserialize<'de>>(
    map: &mut M,
    keep: impl FnMut(T),
) -> Result<(), M::Error> {
    struct Elements<T, F>(F, std::marker::PhantomData<T>);
    impl<'de, T: Deserialize<'de>, F: FnMut(T)> Visitor<'de> for Elements<T, F> {
        type Value = ();
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }
        fn visit_seq<S: SeqAccess<'de>>(mut self, mut list: S) -> Result<(), S::Error> {
            while let Some(element) = list.next_element()? {
                (self.0)(element);
            }
            Ok(())
        }
    }
    impl<'de, T: Deserialize<'de>, F: FnMut(T)> DeserializeSeed<'de> for Elements<T, F> {
        type Value = ();
        fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
            from.deserialize_seq(self)
        }
    }
    map.next_value_seed(Elements(keep, std::marker::PhantomData))
}
