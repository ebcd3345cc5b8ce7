//! What a build is, at rest: a graph of actions over artifacts, the blobs they are made of, and a
//! cache.
//!
//! Everything is arrays indexed by `u32` ids, so that a million actions fit in a browser tab.

mod blobs;
mod builder;
mod builder_order;
mod cache;
mod digest;
mod graph;
mod handover;
mod handover_cache;
mod id_set;
mod ids;
mod observed;
mod parts;
mod provenance;
mod request;
mod revision;
mod room;
mod table;
mod texts;

pub use blobs::{Blob, Blobs, BlobsBuilder};
pub use builder::{ActionSpec, DraftAction, GraphBuilder, GraphDefect};
pub use cache::{AcEntry, AcOutput, Cache, CacheKind};
pub use digest::{Digest, DigestError, DigestFunction};
pub use graph::{ActionKind, ArtifactKind, Graph};
pub use handover::{GraphInPieces, PieceError};
pub use handover_cache::CacheInPieces;
pub use id_set::IdSet;
pub use ids::{ActionId, ArtifactId, BlobId, Id, TextId};
pub use observed::{Deed, Invocation, LossTeller, Observed, ObservedDeed, ObservedLoss};
pub use parts::{GraphParts, PartsError};
pub use provenance::{Conflict, Fact, FileId, FileSetId, PLACES_MAX, Provenance, ProvenanceParts};
pub use request::{Request, Status, Tier, Verb};
pub use revision::{ActionDigests, Revision};
pub use texts::{Texts, TextsBuilder};
