//! The words of the trade, each with what it means.

/// A word that the story links to its meaning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Term {
    /// A step of a build.
    Action,
    /// What actions read and write.
    Artifact,
    /// A name of content.
    Digest,
    /// A piece of content.
    Blob,
    /// The content-addressable store.
    Cas,
    /// The action cache.
    ActionCache,
    /// A stored result of an action.
    AcEntry,
    /// An entry that refers to something gone.
    DanglingAcEntry,
    /// What the request asks for.
    TopLevelOutput,
    /// Which outputs are fetched.
    DownloadMode,
    /// To bring to the disk.
    Materialize,
    /// To remove from a cache.
    Evict,
    /// A consumer finds it gone.
    LostInput,
    /// Producers run again inside the build.
    Rewind,
    /// The whole build runs again.
    Restart,
    /// Must run again.
    Dirty,
    /// To run for real.
    Execute,
    /// A result taken from the cache.
    CacheHit,
    /// Nothing usable in the cache.
    CacheMiss,
    /// The server verifies entries.
    VerifiedCache,
}

impl Term {
    /// All terms, in the order in which they build on one another.
    pub const ALL: [Self; 20] = [
        Self::Action,
        Self::Artifact,
        Self::Digest,
        Self::Blob,
        Self::Cas,
        Self::ActionCache,
        Self::AcEntry,
        Self::CacheHit,
        Self::CacheMiss,
        Self::Execute,
        Self::TopLevelOutput,
        Self::DownloadMode,
        Self::Materialize,
        Self::Evict,
        Self::DanglingAcEntry,
        Self::LostInput,
        Self::Rewind,
        Self::Dirty,
        Self::Restart,
        Self::VerifiedCache,
    ];

    /// The word itself.
    pub fn title(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Artifact => "artifact",
            Self::Digest => "digest",
            Self::Blob => "blob",
            Self::Cas => "CAS",
            Self::ActionCache => "action cache",
            Self::AcEntry => "AC entry",
            Self::CacheHit => "cache hit",
            Self::CacheMiss => "cache miss",
            Self::Execute => "execute",
            Self::TopLevelOutput => "top-level output",
            Self::DownloadMode => "download mode",
            Self::Materialize => "materialize",
            Self::Evict => "evict",
            Self::DanglingAcEntry => "dangling AC entry",
            Self::LostInput => "lost input",
            Self::Rewind => "rewind",
            Self::Dirty => "dirty",
            Self::Restart => "restart",
            Self::VerifiedCache => "verified cache",
        }
    }

    /// What it means, in a sentence or two.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Action => "A step of a build: it reads artifacts and writes artifacts.",
            Self::Artifact => {
                "Something an action reads or writes: a source, a derived file, or a tree, \
                 which is a directory whose files are known only once its producer is done."
            }
            Self::Digest => "The name of a content: what a function such as SHA-256 makes of it.",
            Self::Blob => {
                "A content in the CAS, named by its digest. Artifacts with the same content \
                 share one blob and lose it together."
            }
            Self::Cas => {
                "The content-addressable store: the half of a remote cache that keeps blobs."
            }
            Self::ActionCache => {
                "The half of a remote cache that keeps results of actions (AC), found by the \
                 digest of the action."
            }
            Self::AcEntry => {
                "A result in the action cache: it names the digests of the outputs, but does \
                 not hold their contents."
            }
            Self::CacheHit => "The result of an action is taken from the cache: nothing executes.",
            Self::CacheMiss => "The cache has no usable result of an action: it has to execute.",
            Self::Execute => "To run an action's command, rather than take its result.",
            Self::TopLevelOutput => "An output of a target that the build was asked for.",
            Self::DownloadMode => {
                "Which outputs of cache hits come to the disk: none (minimal), those asked \
                 for (toplevel), or all."
            }
            Self::Materialize => "To bring an artifact's content to the disk.",
            Self::Evict => "A cache removes a blob or an AC entry to make room.",
            Self::DanglingAcEntry => {
                "An AC entry that refers to a blob which the CAS no longer holds."
            }
            Self::LostInput => "An input that a consumer goes to read and finds gone from the CAS.",
            Self::Rewind => {
                "To make the producers of lost inputs run again inside the same build, then \
                 the consumer."
            }
            Self::Dirty => "Done before, but must run again.",
            Self::Restart => "To run the whole build again after it lost blobs.",
            Self::VerifiedCache => {
                "A cache that serves an AC entry only if every blob it refers to is present."
            }
        }
    }
}
