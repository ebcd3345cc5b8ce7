//! Reads action graphs: `aquery --output=proto`, `streamed_proto` and `jsonproto`.
//!
//! Newer Bazel writes the fields of the one container as they come, so artifacts, sets and actions
//! may refer to what follows; they are joined at the end. Ids are numbers, 0 for none; the texts of
//! older versions (v1) are numbers too, moved up by one since they begin at 0.

use std::collections::HashMap;

use prost::{DecodeError, Message};

use super::card::{CountKind, Place};
use super::log_facts::{AqueryFacts, ArtifactSet, QueriedAction, QueriedArtifact};
use super::notes::{Meter, Notes, Stop};
use super::wire::aquery as wire;
use super::wire::delimited::{Delimited, Fields};
use crate::model::{Texts, TextsBuilder};

/// Fragments that a path may have: more are taken for a cycle.
const FRAGMENTS_MAX: usize = 4096;

/// The facts and the counts of an action graph.
pub(super) type Read = (AqueryFacts, Vec<(CountKind, u64)>);

/// Reads one `ActionGraphContainer`.
pub(super) fn read_proto(bytes: &[u8], notes: &mut Notes, meter: &mut Meter) -> Result<Read, Stop> {
    let mut graph = RawGraph::default();
    container(bytes, 0, &mut graph, notes, Some(meter))?;
    graph.join(notes)
}

/// Reads `ActionGraphContainer`s after their lengths.
pub(super) fn read_streamed(
    bytes: &[u8],
    notes: &mut Notes,
    meter: &mut Meter,
) -> Result<Read, Stop> {
    let mut graph = RawGraph::default();
    for (offset, message) in Delimited::new(bytes) {
        meter.at(offset, bytes.len())?;
        match message {
            Ok(message) => container(message, offset, &mut graph, notes, None)?,
            Err(what) => {
                let place = Place::Offset(offset as u64);
                notes.add("tail", place, || what, "What came before is used.");
            }
        }
    }
    graph.join(notes)
}

fn container(
    bytes: &[u8],
    base: usize,
    graph: &mut RawGraph,
    notes: &mut Notes,
    mut meter: Option<&mut Meter>,
) -> Result<(), Stop> {
    let mut fields = Fields::new(bytes);
    for field in fields.by_ref() {
        if let Some(meter) = meter.as_deref_mut() {
            meter.at(field.offset, bytes.len())?;
        }
        let Some(element) = field.bytes else { continue };
        if let Err(error) = graph.add_wire(field.number, element) {
            let place = Place::Offset((base + field.offset) as u64);
            let what = || format!("An element cannot be decoded: {error}.");
            notes.add("element", place, what, "It is left out.");
        }
    }
    if let Some((offset, what)) = fields.damage {
        let place = Place::Offset((base + offset) as u64);
        notes.add("tail", place, || what, "What came before is used.");
    }
    Ok(())
}

/// The path of an artifact before it is joined.
pub(super) enum RawPath {
    /// Id of the last fragment (v2).
    Fragment(u32),
    /// The whole path (v1).
    Whole(String),
}

pub(super) struct RawAction {
    pub target: u32,
    pub mnemonic: String,
    pub has_arguments: bool,
    pub input_sets: Vec<u32>,
    pub outputs: Vec<u32>,
    pub discovers_inputs: bool,
    pub primary_output: u32,
}

/// Elements as they come, by id.
#[derive(Default)]
pub(super) struct RawGraph {
    pub artifacts: Vec<(u32, RawPath, bool)>,
    pub fragments: HashMap<u32, (String, u32)>,
    pub targets: HashMap<u32, String>,
    /// Id, direct artifacts, other sets.
    pub sets: Vec<(u32, Vec<u32>, Vec<u32>)>,
    pub actions: Vec<RawAction>,
}

/// The number of a v1 id, moved up by one; 0 for none.
pub(super) fn id_of_text(text: &str) -> u32 {
    text.parse::<u32>().ok().and_then(|id| id.checked_add(1)).unwrap_or(0)
}

fn ids_of_texts(texts: &[String]) -> Vec<u32> {
    texts.iter().map(|text| id_of_text(text)).collect()
}

impl RawGraph {
    /// Adds the element `bytes`, field `number` of the container.
    fn add_wire(&mut self, number: u64, bytes: &[u8]) -> Result<(), DecodeError> {
        // In v1 the first field of each element is a text, in v2 a number.
        let is_v1 = Fields::new(bytes).find(|f| f.number == 1).is_some_and(|f| f.bytes.is_some());
        if is_v1 { self.add_v1(number, bytes) } else { self.add_v2(number, bytes) }
    }

    fn add_v2(&mut self, number: u64, bytes: &[u8]) -> Result<(), DecodeError> {
        match number {
            1 => {
                let a = wire::ArtifactV2::decode(bytes)?;
                self.artifacts.push((
                    a.id,
                    RawPath::Fragment(a.path_fragment_id),
                    a.is_tree_artifact,
                ));
            }
            2 => {
                let a = wire::ActionV2::decode(bytes)?;
                self.actions.push(RawAction {
                    target: a.target_id,
                    mnemonic: a.mnemonic,
                    has_arguments: !a.arguments.is_empty(),
                    input_sets: a.input_dep_set_ids,
                    outputs: a.output_ids,
                    discovers_inputs: a.discovers_inputs,
                    primary_output: a.primary_output_id,
                });
            }
            3 => {
                let t = wire::TargetV2::decode(bytes)?;
                self.targets.insert(t.id, t.label);
            }
            4 => {
                let s = wire::DepSetV2::decode(bytes)?;
                self.sets.push((s.id, s.direct_artifact_ids, s.transitive_dep_set_ids));
            }
            8 => {
                let f = wire::PathFragment::decode(bytes)?;
                self.fragments.insert(f.id, (f.label, f.parent_id));
            }
            _ => {}
        }
        Ok(())
    }

    fn add_v1(&mut self, number: u64, bytes: &[u8]) -> Result<(), DecodeError> {
        match number {
            1 => {
                let a = wire::ArtifactV1::decode(bytes)?;
                let path = RawPath::Whole(a.exec_path);
                self.artifacts.push((id_of_text(&a.id), path, a.is_tree_artifact));
            }
            2 => {
                let a = wire::ActionV1::decode(bytes)?;
                self.actions.push(RawAction {
                    target: id_of_text(&a.target_id),
                    mnemonic: a.mnemonic,
                    has_arguments: !a.arguments.is_empty(),
                    input_sets: ids_of_texts(&a.input_dep_set_ids),
                    outputs: ids_of_texts(&a.output_ids),
                    discovers_inputs: a.discovers_inputs,
                    primary_output: 0,
                });
            }
            3 => {
                let t = wire::TargetV1::decode(bytes)?;
                self.targets.insert(id_of_text(&t.id), t.label);
            }
            4 => {
                let s = wire::DepSetV1::decode(bytes)?;
                let direct = ids_of_texts(&s.direct_artifact_ids);
                self.sets.push((
                    id_of_text(&s.id),
                    direct,
                    ids_of_texts(&s.transitive_dep_set_ids),
                ));
            }
            _ => {}
        }
        Ok(())
    }

    /// Joins paths, sets and actions by id; an error if there is no action.
    pub fn join(self, notes: &mut Notes) -> Result<Read, Stop> {
        if self.actions.is_empty() {
            let what = "It holds no action.".to_owned();
            let remedy = "Query the targets that were built: bazel aquery 'deps(//…)'.";
            return Err(Stop::Unusable(Box::new(notes.warning(Place::Whole, what, remedy))));
        }
        let counts = vec![
            ("actions", self.actions.len() as u64),
            ("artifacts", self.artifacts.len() as u64),
            ("targets", self.targets.len() as u64),
            ("dep_sets", self.sets.len() as u64),
        ];
        let mut texts = TextsBuilder::default();
        let artifacts = self
            .artifacts
            .iter()
            .map(|(_, path, is_tree)| {
                let path = match path {
                    RawPath::Whole(path) => path.clone(),
                    RawPath::Fragment(id) => self.path(*id, notes),
                };
                QueriedArtifact { path: texts.intern(&path), is_tree: *is_tree }
            })
            .collect();
        let by_artifact = index(self.artifacts.iter().map(|a| a.0));
        let by_set = index(self.sets.iter().map(|s| s.0));
        let sets = self.sets.iter().map(|(_, direct, transitive)| ArtifactSet {
            direct: known(direct, &by_artifact, "An artifact", notes),
            transitive: known(transitive, &by_set, "A set", notes),
        });
        let sets = sets.collect();
        let mut actions = Vec::with_capacity(self.actions.len());
        for action in &self.actions {
            let mut outputs = known(&action.outputs, &by_artifact, "An output", notes);
            let primary = by_artifact.get(&action.primary_output);
            if let Some(at) = outputs.iter().position(|o| Some(o) == primary) {
                outputs.swap(0, at);
            }
            let label = self.targets.get(&action.target).map(|l| texts.intern(l));
            actions.push(QueriedAction {
                label: label.unwrap_or(Texts::EMPTY),
                mnemonic: texts.intern(&action.mnemonic),
                input_sets: known(&action.input_sets, &by_set, "A set", notes),
                outputs,
                has_arguments: action.has_arguments,
                discovers_inputs: action.discovers_inputs,
            });
        }
        Ok((AqueryFacts { texts: texts.finish(), artifacts, sets, actions }, counts))
    }

    /// Labels from the root down to the fragment `id`.
    fn path(&self, id: u32, notes: &mut Notes) -> String {
        let (mut labels, mut at) = (Vec::new(), id);
        while at != 0 {
            let Some((label, parent)) = self.fragments.get(&at) else {
                let what = || format!("The path fragment {at} is not in the file.");
                notes.add("fragment", Place::Whole, what, "The path starts below it.");
                break;
            };
            if labels.len() == FRAGMENTS_MAX {
                let what = || format!("The path of fragment {id} has no end.");
                notes.add("endless", Place::Whole, what, "Its last part alone is used.");
                labels.truncate(1);
                break;
            }
            labels.push(label.as_str());
            at = *parent;
        }
        labels.reverse();
        labels.join("/")
    }
}

fn index(ids: impl Iterator<Item = u32>) -> HashMap<u32, u32> {
    ids.enumerate().map(|(i, id)| (id, i as u32)).collect()
}

fn known(
    ids: &[u32],
    by_id: &HashMap<u32, u32>,
    what: &'static str,
    notes: &mut Notes,
) -> Vec<u32> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        match by_id.get(id) {
            Some(&i) => found.push(i),
            None => {
                let say = || format!("{what} with the id {id} is referred to but not there.");
                notes.add(what, Place::Whole, say, "The reference is left out.");
            }
        }
    }
    found
}
