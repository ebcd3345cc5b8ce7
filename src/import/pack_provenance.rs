//! The part of a packed incident that says which file told what.

use super::wire::pack as wire;
use crate::model::{ArtifactId, BlobId, Conflict, FileId, Graph, Id, Provenance, ProvenanceParts};

/// `provenance` and `conflicts` as a message.
pub(super) fn pack(provenance: &Provenance, conflicts: &[Conflict]) -> wire::Provenance {
    let parts = provenance.to_parts();
    let short = |words: &Vec<u16>| words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let long = |words: &Vec<u32>| words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let conflict = |conflict: &Conflict| wire::Conflict {
        artifact: conflict.artifact.0,
        others: conflict
            .others
            .iter()
            .map(|&(blob, files)| wire::Claim { blob: blob.0, files: files.into() })
            .collect(),
    };
    wire::Provenance {
        sets: parts.sets.iter().map(short).collect(),
        columns: parts.columns.iter().map(short).collect(),
        places: parts.places.iter().map(long).collect(),
        conflicts: conflicts.iter().map(conflict).collect(),
    }
}

/// What [`pack`] packed. `None` if it speaks of what is not there; an older pack has none at all.
pub(super) fn unpack(
    packed: Option<wire::Provenance>,
    graph: &Graph,
    n_files: usize,
) -> Option<(Provenance, Vec<Conflict>)> {
    let Some(packed) = packed else { return Some((Provenance::default(), Vec::new())) };
    let short = |bytes: &Vec<u8>| {
        let (words, rest) = bytes.as_chunks::<2>();
        rest.is_empty().then(|| words.iter().map(|&word| FileId::from_le_bytes(word)).collect())
    };
    let long = |bytes: &Vec<u8>| {
        let (words, rest) = bytes.as_chunks::<4>();
        rest.is_empty().then(|| words.iter().map(|&word| u32::from_le_bytes(word)).collect())
    };
    let n_sets = packed.sets.len() + 1;
    let parts = ProvenanceParts {
        sets: packed.sets.iter().map(short).collect::<Option<_>>()?,
        columns: packed.columns.iter().map(short).collect::<Option<_>>()?,
        places: packed.places.iter().map(long).collect::<Option<_>>()?,
    };
    let provenance = Provenance::from_parts(parts, n_files)?;
    let (n_artifacts, n_blobs) = (graph.n_artifacts(), graph.blobs().len());
    let claim = |claim: wire::Claim| {
        let files = u16::try_from(claim.files).ok().filter(|&set| usize::from(set) < n_sets)?;
        ((claim.blob as usize) < n_blobs).then_some((BlobId(claim.blob), files))
    };
    let conflict = |packed: wire::Conflict| {
        let artifact = packed.artifact as usize;
        (artifact < n_artifacts).then_some(())?;
        let others = packed.others.into_iter().map(claim).collect::<Option<_>>()?;
        Some(Conflict { artifact: ArtifactId::at(artifact), others })
    };
    let conflicts = packed.conflicts.into_iter().map(conflict).collect::<Option<_>>()?;
    Some((provenance, conflicts))
}
