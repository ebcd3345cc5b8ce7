//! What a log proves of the cache before its first request.

use std::collections::HashMap;

use crate::model::{BlobId, Cache, CacheKind, Deed, Graph, LossTeller, Observed, Status, Verb};

use crate::rewind::scenario::Eviction;

/// `cache`, and what the log shows to be there before anybody writes it (O4).
pub fn cache_before(cache: &Cache, observed: &Observed) -> Cache {
    let mut before = cache.clone();
    for (&(kind, blob), &was_there) in &first_proofs(observed) {
        if was_there {
            before.insert(kind, blob);
        }
    }
    before
}

/// What `cache` holds although it was gone when the log first asked for it, or although the build
/// tool printed that it was lost: what to evict to play what happened. Ascending (O4).
pub fn evictions(graph: &Graph, cache: &Cache, observed: &Observed) -> Vec<Eviction> {
    let proofs = first_proofs(observed);
    let gone = proofs.iter().filter(|(_, was_there)| !**was_there);
    let mut all: Vec<Eviction> = gone.map(|(&(kind, blob), _)| Eviction { kind, blob }).collect();
    for loss in observed.losses.iter().filter(|loss| loss.teller == LossTeller::Console) {
        let told = loss.blob.or_else(|| graph.blob(loss.artifact?));
        let is_open = |&blob: &BlobId| !proofs.contains_key(&(CacheKind::Cas, blob));
        all.extend(told.filter(is_open).map(|blob| Eviction { kind: CacheKind::Cas, blob }));
    }
    all.retain(|eviction| cache.contains(eviction.kind, eviction.blob));
    all.sort_unstable();
    all.dedup();
    all
}

/// Of each blob and entry whether it was there when the log first speaks of it. What is written
/// first says nothing of the time before.
fn first_proofs(observed: &Observed) -> HashMap<(CacheKind, BlobId), bool> {
    let mut first: HashMap<(CacheKind, BlobId), Option<bool>> = HashMap::new();
    for deed in &observed.deeds {
        let (name, proof) = match deed.deed {
            Deed::Asked { status: Status::Error, .. } | Deed::Executed { .. } => continue,
            Deed::Asked { verb: Verb::Put, kind, blob, .. } => ((kind, blob), None),
            Deed::Asked { kind, blob, status, .. } => ((kind, blob), Some(status == Status::Ok)),
            Deed::Lacked { blob } => ((CacheKind::Cas, blob), Some(false)),
        };
        first.entry(name).or_insert(proof);
    }
    first.into_iter().filter_map(|(name, proof)| Some((name, proof?))).collect()
}
