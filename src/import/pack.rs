//! Packs a whole import into bytes and reads it back: how the worker hands it to the page, and a
//! file to send to a colleague.

use prost::Message;

use super::Import;
use super::card::{FileCard, Format, Place, Warning};
use super::exec_log_compact::ENTRY_KINDS;
use super::wire::pack as wire;
use super::{pack_observed, pack_provenance};
use crate::model::{
    AcEntry, AcOutput, BlobId, Cache, CacheInPieces, Graph, GraphInPieces, GraphParts, Id, IdSet,
    PartsError, PieceError, TextId,
};

/// What a packed incident begins with.
pub(super) const MAGIC: &[u8] = b"REWINDOW\x01";

/// Why bytes are no packed incident.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum UnpackError {
    /// They begin otherwise.
    #[error("it does not begin as a packed incident does")]
    Magic,
    /// Damaged on the way.
    #[error("it is damaged: {0}")]
    Wire(String),
    /// A column is no column of numbers, or there are too few or too many.
    #[error("its columns are damaged")]
    Columns,
    /// The graph does not hold together.
    #[error(transparent)]
    Graph(#[from] PartsError),
    /// A piece of a graph on its way between threads.
    #[error(transparent)]
    Piece(#[from] PieceError),
    /// The cache speaks of blobs or texts that are not there.
    #[error("its cache names what is not in its graph")]
    Cache,
    /// What was observed speaks of what is not there.
    #[error("what it observed names what is not in its graph")]
    Observed,
    /// It says who told what of things that are not there.
    #[error("it names files, artifacts or blobs that it does not hold")]
    Provenance,
}

/// All of `import` as bytes.
pub fn pack(import: &Import) -> Vec<u8> {
    let mut parts = import.graph.to_parts();
    let columns = columns(&mut parts).into_iter().map(|column| bytes_of(column)).collect();
    let graph = wire::Graph {
        text_arena: parts.text_arena,
        blob_functions: parts.blob_functions,
        blob_bytes: parts.blob_bytes,
        blob_sizes: parts.blob_sizes,
        action_kinds: parts.action_kinds,
        artifact_kinds: parts.artifact_kinds,
        columns,
    };
    let incident =
        wire::Incident { graph: Some(graph), ..pack_rest(import, Some(pack_cache(&import.cache))) };
    let mut bytes = MAGIC.to_vec();
    // A vector grows as needed, so that encoding cannot fail.
    let _ = incident.encode(&mut bytes);
    bytes
}

/// [`pack`], compressed with zstd: what a reader sees through.
pub fn pack_compressed(import: &Import) -> Vec<u8> {
    let packed = pack(import);
    ruzstd::encoding::compress_to_vec(&packed[..], ruzstd::encoding::CompressionLevel::Fastest)
}

/// Tells `import` in pieces of about `n_bytes`, the derived columns of its graph included, to
/// another thread of the same program. The first piece is all but graph and cache.
pub fn each_piece(import: &Import, n_bytes: usize, tell: &mut dyn FnMut(Vec<u8>)) {
    tell(pack_rest(import, None).encode_to_vec());
    import.graph.each_piece(n_bytes, tell);
    import.cache.each_piece(n_bytes, tell);
}

/// All but the graph, with `cache`.
fn pack_rest(import: &Import, cache: Option<wire::Cache>) -> wire::Incident {
    wire::Incident {
        graph: None,
        cache,
        has_cache: import.has_cache,
        files: import.files.iter().map(pack_card).collect(),
        warnings: import.warnings.iter().map(pack_warning).collect(),
        observed: import.observed.as_ref().map(pack_observed::pack),
        provenance: Some(pack_provenance::pack(&import.provenance, &import.conflicts)),
    }
}

/// Takes the pieces of an import.
#[derive(Default, Debug)]
pub struct ImportInPieces {
    rest: Option<wire::Incident>,
    graph: GraphInPieces,
    cache: CacheInPieces,
}

impl ImportInPieces {
    /// Takes the next piece.
    pub fn take(&mut self, piece: &[u8]) -> Result<(), UnpackError> {
        if self.rest.is_some() {
            let mine = CacheInPieces::is_mine(piece);
            let taken = if mine { self.cache.take(piece) } else { self.graph.take(piece) };
            return Ok(taken?);
        }
        let rest = wire::Incident::decode(piece);
        self.rest = Some(rest.map_err(|error| UnpackError::Wire(error.to_string()))?);
        Ok(())
    }

    /// The import, once all pieces are there.
    pub fn finish(self) -> Result<Import, UnpackError> {
        let incident = self.rest.ok_or(UnpackError::Columns)?;
        let graph = self.graph.finish()?;
        unpack_rest(incident, graph, self.cache.finish())
    }
}

/// The import that [`pack`] packed.
pub fn unpack(bytes: &[u8]) -> Result<Import, UnpackError> {
    let message = bytes.strip_prefix(MAGIC).ok_or(UnpackError::Magic)?;
    let incident =
        wire::Incident::decode(message).map_err(|error| UnpackError::Wire(error.to_string()))?;
    let packed = incident.graph.unwrap_or_default();
    let mut parts = GraphParts {
        text_arena: packed.text_arena,
        blob_functions: packed.blob_functions,
        blob_bytes: packed.blob_bytes,
        blob_sizes: packed.blob_sizes,
        action_kinds: packed.action_kinds,
        artifact_kinds: packed.artifact_kinds,
        ..GraphParts::default()
    };
    let slots = columns(&mut parts);
    if slots.len() != packed.columns.len() {
        return Err(UnpackError::Columns);
    }
    // Each column goes as it is read: twice all of them would be much.
    for (slot, bytes) in slots.into_iter().zip(packed.columns) {
        *slot = words_of(&bytes).ok_or(UnpackError::Columns)?;
    }
    let packed = incident.cache.unwrap_or_default();
    let rest = wire::Incident { graph: None, cache: None, ..incident };
    let graph = Graph::from_parts(parts)?;
    let cache = unpack_cache(&packed, &graph).ok_or(UnpackError::Cache)?;
    unpack_rest(rest, graph, cache)
}

fn unpack_rest(
    incident: wire::Incident,
    graph: Graph,
    cache: Cache,
) -> Result<Import, UnpackError> {
    let observed = match incident.observed {
        Some(packed) => Some(pack_observed::unpack(packed, &graph).ok_or(UnpackError::Observed)?),
        None => None,
    };
    let n_files = incident.files.len();
    let (provenance, conflicts) = pack_provenance::unpack(incident.provenance, &graph, n_files)
        .ok_or(UnpackError::Provenance)?;
    Ok(Import {
        cache,
        provenance,
        conflicts,
        has_cache: incident.has_cache,
        observed,
        files: incident.files.into_iter().map(unpack_card).collect(),
        warnings: incident.warnings.into_iter().map(unpack_warning).collect(),
        graph,
    })
}

/// The columns of 32-bit numbers in their order in a pack.
fn columns(parts: &mut GraphParts) -> [&mut Vec<u32>; 19] {
    [
        &mut parts.text_ends,
        &mut parts.labels,
        &mut parts.mnemonics,
        &mut parts.keys,
        &mut parts.commands,
        &mut parts.stdouts,
        &mut parts.stderrs,
        &mut parts.durations_ms,
        &mut parts.input_ends,
        &mut parts.inputs,
        &mut parts.output_ends,
        &mut parts.outputs,
        &mut parts.paths,
        &mut parts.artifact_blobs,
        &mut parts.in_memory,
        &mut parts.trees,
        &mut parts.tree_ends,
        &mut parts.tree_files,
        &mut parts.topological,
    ]
}

pub(super) fn bytes_of(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

pub(super) fn words_of(bytes: &[u8]) -> Option<Vec<u32>> {
    let (words, rest) = bytes.as_chunks::<4>();
    rest.is_empty().then(|| words.iter().map(|&word| u32::from_le_bytes(word)).collect())
}

fn pack_cache(cache: &Cache) -> wire::Cache {
    let set = |set: &IdSet<BlobId>| set.iter().flat_map(|blob| blob.0.to_le_bytes()).collect();
    let entries = cache.entries.iter().map(|(key, entry)| wire::Entry {
        key: key.0,
        outputs: entry
            .outputs
            .iter()
            .map(|o| wire::Output { path: o.path.0, blob: o.blob.0, is_tree: o.is_tree })
            .collect(),
        tree_files: entry.tree_files.iter().map(|blob| blob.0).collect(),
        stdout: entry.stdout.map(|blob| blob.0),
        stderr: entry.stderr.map(|blob| blob.0),
        stdout_inline_bytes: entry.stdout_inline_bytes,
        stderr_inline_bytes: entry.stderr_inline_bytes,
        exit_code: entry.exit_code,
        broken: entry.broken,
    });
    wire::Cache { ac: set(&cache.ac), cas: set(&cache.cas), entries: entries.collect() }
}

/// `None` if it names a blob or text that `graph` lacks, or its entries are out of order.
fn unpack_cache(packed: &wire::Cache, graph: &Graph) -> Option<Cache> {
    let (n_blobs, n_texts) = (graph.blobs().len(), graph.texts().len());
    let blob = |id: u32| ((id as usize) < n_blobs).then_some(BlobId(id));
    let optional = |id: Option<u32>| match id {
        Some(id) => blob(id).map(Some),
        None => Some(None),
    };
    let set = |bytes| words_of(bytes)?.into_iter().map(blob).collect::<Option<IdSet<BlobId>>>();
    let mut entries = Vec::with_capacity(packed.entries.len());
    for entry in &packed.entries {
        let outputs = entry.outputs.iter().map(|output| {
            let path = ((output.path as usize) < n_texts).then(|| TextId::at(output.path as usize));
            Some(AcOutput { path: path?, blob: blob(output.blob)?, is_tree: output.is_tree })
        });
        let body = AcEntry {
            outputs: outputs.collect::<Option<_>>()?,
            tree_files: entry.tree_files.iter().map(|&id| blob(id)).collect::<Option<_>>()?,
            stdout: optional(entry.stdout)?,
            stderr: optional(entry.stderr)?,
            stdout_inline_bytes: entry.stdout_inline_bytes,
            stderr_inline_bytes: entry.stderr_inline_bytes,
            exit_code: entry.exit_code,
            broken: entry.broken,
        };
        entries.push((blob(entry.key)?, body));
    }
    let rising = entries.windows(2).all(|w| w[0].0 < w[1].0);
    let (ac, cas) = (set(&packed.ac)?, set(&packed.cas)?);
    rising.then_some(Cache { ac, cas, entries })
}

fn pack_card(card: &FileCard) -> wire::Card {
    let count = |&(kind, n): &(&str, u64)| wire::Count { kind: kind.to_owned(), n };
    wire::Card {
        name: card.name.clone(),
        format: card.format.name().to_owned(),
        wrappers: card.wrappers.iter().map(|&w| w.to_owned()).collect(),
        size_bytes: card.size_bytes,
        counts: card.counts.iter().map(count).collect(),
        told: card.told.clone(),
        warnings: card.warnings.iter().map(pack_warning).collect(),
        error: card.error.as_ref().map(pack_warning),
    }
}

fn unpack_card(card: wire::Card) -> FileCard {
    let known = |name: &str| NAMES.iter().chain(&ENTRY_KINDS).copied().find(|&known| known == name);
    let count = |count: &wire::Count| known(&count.kind).map(|kind| (kind, count.n));
    FileCard {
        name: card.name,
        format: Format::from_name(&card.format),
        wrappers: card.wrappers.iter().filter_map(|w| known(w)).collect(),
        size_bytes: card.size_bytes,
        counts: card.counts.iter().filter_map(count).collect(),
        told: card.told,
        warnings: card.warnings.into_iter().map(unpack_warning).collect(),
        error: card.error.map(unpack_warning),
    }
}

/// Wrappers and counts that cards may name beside the kinds of entry; others in a pack are of a
/// later version.
const NAMES: [&str; 49] = [
    "gzip",
    "xz",
    "zstd",
    "spawns",
    "listed_outputs",
    "distinct_inputs",
    "labels",
    "actions",
    "artifacts",
    "targets",
    "dep_sets",
    "ac",
    "cas",
    "files",
    "ignored",
    "exports",
    "requests",
    "not_found",
    "lost",
    "lost_paths",
    "unnamed",
    "failed_actions",
    "retries",
    "rewinds",
    "exit_code",
    "blobs",
    "edges",
    "events",
    "attempts",
    "named_sets",
    "outputs",
    "top_level_outputs",
    "reported_actions",
    "entries",
    "results",
    "executed",
    "rewind_plans",
    "owners",
    "commands",
    "cache_hits",
    "failed",
    "uploads",
    "materialized",
    "not_materialized",
    "command_succeeded",
    "graph_nodes",
    "graph_edges",
    "nodes",
    "tests",
];

fn pack_warning(warning: &Warning) -> wire::Warning {
    let mut packed = wire::Warning {
        file: warning.file.clone(),
        what: warning.what.clone(),
        remedy: warning.remedy.clone(),
        count: warning.count,
        ..wire::Warning::default()
    };
    match &warning.place {
        Place::Whole => {}
        Place::Line(line) => packed.line = Some(*line),
        Place::Column(line, column) => {
            (packed.line, packed.column) = (Some(*line), Some(*column));
        }
        Place::Offset(offset) => packed.offset = Some(*offset),
        Place::Entry(entry) => packed.entry = Some(entry.clone()),
    }
    packed
}

fn unpack_warning(packed: wire::Warning) -> Warning {
    let place = match (packed.line, packed.offset, packed.entry) {
        (Some(line), _, _) => {
            packed.column.map_or(Place::Line(line), |column| Place::Column(line, column))
        }
        (_, Some(offset), _) => Place::Offset(offset),
        (_, _, Some(entry)) => Place::Entry(entry),
        _ => Place::Whole,
    };
    Warning {
        file: packed.file,
        place,
        what: packed.what,
        remedy: packed.remedy,
        count: packed.count.max(1),
    }
}
