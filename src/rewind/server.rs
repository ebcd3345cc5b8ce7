//! The cache server: what it checks, how long it keeps what, how much it holds (W5, W6).

/// How the cache server answers for AC entries (W5).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum CachePolicy {
    /// Serves an AC entry blindly: HTTP caches, buckets, nginx.
    #[default]
    Unverified,
    /// Serves an AC entry only if all it refers to is present: bazel-remote's gRPC default,
    /// Buildbarn. It is also the first of the four proposals of the gist (W6 a).
    Verified,
}

/// What the cache speaks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Protocol {
    /// `http://`, as most unverified caches.
    #[default]
    Http,
    /// `grpc://`, the remote execution API.
    Grpc,
}

/// Which blobs of the CAS live as long as which AC entries (W6).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Lifetime {
    /// Both age on their own, by least recent use.
    #[default]
    Independent,
    /// Serving an AC entry also uses the blobs that it refers to (W6 b).
    TouchesBlobs,
    /// A blob that an AC entry refers to is never evicted (W6 c).
    KeepsBlobs,
    /// Evicting an AC entry, or a blob that it refers to, evicts them all (W6 d).
    EvictsTogether,
}

/// How much the cache holds. When an upload goes beyond it, what was used longest ago is evicted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Capacity {
    /// Bytes in the CAS; a blob of unknown size counts as 1. `None`: no limit.
    pub cas_bytes: Option<u64>,
    /// Entries in the AC. `None`: no limit.
    pub ac_entries: Option<u64>,
}

/// The remote cache server.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Server {
    /// Whether it checks AC entries.
    pub policy: CachePolicy,
    /// What it speaks.
    pub protocol: Protocol,
    /// What lives as long as what.
    pub lifetime: Lifetime,
    /// How much it holds.
    pub capacity: Capacity,
}
