//! Packs what was observed, and reads it back: every id is checked against the graph.

use super::pack::{bytes_of, words_of};
use super::wire::pack as wire;
use crate::model::{
    ActionId, ArtifactId, BlobId, CacheKind, Deed, Graph, Id, Invocation, LossTeller, Observed,
    ObservedDeed, ObservedLoss, Status, Verb,
};

const NONE: u32 = u32::MAX;
const VERBS: [Verb; 3] = [Verb::Get, Verb::Put, Verb::Find];
const KINDS: [CacheKind; 2] = [CacheKind::Ac, CacheKind::Cas];
const STATUSES: [Status; 3] = [Status::Ok, Status::NotFound, Status::Error];

/// What was observed, as it is packed.
pub(super) fn pack(observed: &Observed) -> wire::Observed {
    let deeds = &observed.deeds;
    let column =
        |of: &dyn Fn(&ObservedDeed) -> u32| bytes_of(&deeds.iter().map(of).collect::<Vec<u32>>());
    wire::Observed {
        deeds: deeds.iter().map(|deed| head(deed.deed)).collect(),
        blobs: column(&|deed| subject(deed.deed).0),
        owners: column(&|deed| deed.owner.map_or(NONE, |owner| owner.0)),
        invoked: column(&|deed| deed.invocation.unwrap_or(NONE)),
        times_ms: deeds.iter().map(|deed| deed.at_ms.unwrap_or(i64::MIN)).collect(),
        invocations: observed.invocations.iter().map(pack_invocation).collect(),
        losses: observed.losses.iter().map(pack_loss).collect(),
        failed: observed.failed.iter().map(|action| action.0).collect(),
        n_retries: observed.n_retries,
        n_rewinds: observed.n_rewinds,
        exit_code: observed.exit_code.map(u32::from),
        success: observed.success,
    }
}

/// `None` if columns differ in length or name what `graph` lacks.
pub(super) fn unpack(packed: wire::Observed, graph: &Graph) -> Option<Observed> {
    let (blobs, owners) = (words_of(&packed.blobs)?, words_of(&packed.owners)?);
    let (invoked, n) = (words_of(&packed.invoked)?, packed.deeds.len());
    if [blobs.len(), owners.len(), invoked.len(), packed.times_ms.len()] != [n; 4] {
        return None;
    }
    let ids = Ids { graph };
    let n_invocations = packed.invocations.len();
    let deed = |i: usize| {
        let invocation = Some(invoked[i]).filter(|&at| at != NONE);
        if invocation.is_some_and(|at| at as usize >= n_invocations) {
            return None;
        }
        Some(ObservedDeed {
            at_ms: Some(packed.times_ms[i]).filter(|&ms| ms != i64::MIN),
            deed: deed_of(packed.deeds[i], ids.blob(blobs[i])?)?,
            owner: ids.optional(Some(owners[i]).filter(|&id| id != NONE), Ids::action)?,
            invocation,
        })
    };
    Some(Observed {
        deeds: (0..n).map(deed).collect::<Option<_>>()?,
        invocations: packed.invocations.into_iter().map(unpack_invocation).collect(),
        losses: packed.losses.iter().map(|loss| ids.loss(loss)).collect::<Option<_>>()?,
        failed: packed.failed.iter().map(|&id| ids.action(id)).collect::<Option<_>>()?,
        n_retries: packed.n_retries,
        n_rewinds: packed.n_rewinds,
        exit_code: packed.exit_code.and_then(|code| u8::try_from(code).ok()),
        success: packed.success,
    })
}

/// Which of `all`, in two bits.
fn place<T: PartialEq>(all: &[T], one: &T) -> u8 {
    all.iter().position(|x| x == one).map_or(3, |at| at as u8)
}

fn head(deed: Deed) -> u8 {
    match deed {
        Deed::Asked { verb, kind, status, .. } => {
            place(&VERBS, &verb) << 2 | place(&KINDS, &kind) << 4 | place(&STATUSES, &status) << 6
        }
        Deed::Executed { status, .. } => 1 | place(&STATUSES, &status) << 6,
        Deed::Lacked { .. } => 2,
    }
}

fn subject(deed: Deed) -> BlobId {
    match deed {
        Deed::Asked { blob, .. } | Deed::Executed { key: blob, .. } | Deed::Lacked { blob } => blob,
    }
}

fn deed_of(head: u8, blob: BlobId) -> Option<Deed> {
    let bits = |at: u8| usize::from(head >> at & 3);
    Some(match bits(0) {
        0 => Deed::Asked {
            verb: *VERBS.get(bits(2))?,
            kind: *KINDS.get(bits(4))?,
            blob,
            status: *STATUSES.get(bits(6))?,
        },
        1 => Deed::Executed { key: blob, status: *STATUSES.get(bits(6))? },
        2 => Deed::Lacked { blob },
        _ => return None,
    })
}

fn pack_invocation(invocation: &Invocation) -> wire::Invocation {
    wire::Invocation {
        id: invocation.id.clone(),
        started_ms: invocation.started_ms,
        exit_code: invocation.exit_code.map(u32::from),
    }
}

fn unpack_invocation(packed: wire::Invocation) -> Invocation {
    Invocation {
        id: packed.id,
        started_ms: packed.started_ms,
        exit_code: packed.exit_code.and_then(|code| u8::try_from(code).ok()),
    }
}

fn pack_loss(loss: &ObservedLoss) -> wire::Loss {
    wire::Loss {
        blob: loss.blob.map(|id| id.0),
        artifact: loss.artifact.map(|id| id.0),
        consumer: loss.consumer.map(|id| id.0),
        by_console: loss.teller == LossTeller::Console,
    }
}

/// Ids of one graph; `None` for those that it lacks.
struct Ids<'a> {
    graph: &'a Graph,
}

impl Ids<'_> {
    fn blob(&self, id: u32) -> Option<BlobId> {
        ((id as usize) < self.graph.blobs().len()).then(|| BlobId::at(id as usize))
    }

    fn action(&self, id: u32) -> Option<ActionId> {
        ((id as usize) < self.graph.n_actions()).then(|| ActionId::at(id as usize))
    }

    fn artifact(&self, id: u32) -> Option<ArtifactId> {
        ((id as usize) < self.graph.n_artifacts()).then(|| ArtifactId::at(id as usize))
    }

    fn optional<T>(&self, id: Option<u32>, of: fn(&Self, u32) -> Option<T>) -> Option<Option<T>> {
        match id {
            Some(id) => of(self, id).map(Some),
            None => Some(None),
        }
    }

    fn loss(&self, packed: &wire::Loss) -> Option<ObservedLoss> {
        let (blob, artifact) = (packed.blob, packed.artifact);
        let teller = if packed.by_console { LossTeller::Console } else { LossTeller::Requests };
        Some(ObservedLoss {
            blob: self.optional(blob, Self::blob)?,
            artifact: self.optional(artifact, Self::artifact)?,
            consumer: self.optional(packed.consumer, Self::action)?,
            teller,
        })
    }
}
