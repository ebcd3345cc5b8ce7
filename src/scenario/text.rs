//! What a scenario file says, as it says it: names are not looked up yet.
//!
//! `docs/scenarios.md` is the page for people; this is the same for the program. What is absent
//! from a file is `None` here, so that a file is written back as it was meant.

use crate::model::{CacheKind, Tier};
use crate::rewind::{CachePolicy, DownloadMode, Executor, Lifetime, Protocol, Report};

use super::action::ActionLine;
use super::choices::{Content, Half, How, Selection, Setting, Strike};
use super::error::{Place, Problem, Word};
use super::expect_text::ExpectText;
use super::value::{Fields, Item, Keyed, Value, inline, record};

record! {
    /// A scenario file.
    ScenarioText: "a scenario" {
        /// The version of the format.
        rewindow: u32,
        /// What it shows, as a headline.
        title: Option<Word>,
        /// What it shows, in a paragraph.
        about: Option<Word>,
        /// The numbers of the rules it shows.
        rules: Option<Vec<Word>>,
        /// Another scenario, by file name without `.toml`, to compare it with.
        contrast: Option<Word>,
        /// Id of the engine.
        engine: Word,
        /// Engine parameters that differ from the engine's own.
        set: Keyed<Setting>,
        /// For shares of blobs and the order of ready actions.
        seed: Option<u64>,
        /// Exports that the graph and the cache are read from.
        files: Option<Vec<Word>>,
        /// The graph.
        actions: Option<Vec<ActionLine>>,
        /// What artifacts are, where it does not follow from the actions.
        artifacts: Keyed<ArtifactText>,
        /// Where actions execute.
        execution: Option<ExecutionText>,
        /// The remote cache.
        cache: Option<CacheText>,
        /// The cache on the client's disk.
        disk_cache: Option<DiskCacheText>,
        /// Edits that builds refer to.
        revision: Option<Vec<RevisionText>>,
        /// What goes wrong with the caches.
        fault: Option<Vec<FaultText>>,
        /// The invocations.
        build: Option<Vec<BuildText>>,
        /// What comes of it.
        expect: Option<ExpectText>,
    }
}

record! {
    /// What an artifact is.
    ArtifactText: "a table with content, files, kind, in_memory" {
        /// What it contains.
        content: Option<Content>,
        /// The files in the tree.
        files: Option<Vec<Word>>,
        /// Its digest is not known.
        unknown_generated: Option<bool>,
        /// Bazel keeps it in memory.
        in_memory: Option<bool>,
    }
}

record! {
    /// Where and how actions execute.
    ExecutionText: "a table with default, local, remote, nondeterministic, upload_ms" {
        /// Where most do.
        default: Option<Executor>,
        /// These here all the same.
        local: Option<Vec<Word>>,
        /// These on a worker all the same.
        remote: Option<Vec<Word>>,
        /// These yield fresh content each time.
        nondeterministic: Option<Vec<Word>>,
        /// How long after an execution asynchronous uploads end.
        upload_ms: Option<u64>,
    }
}

record! {
    /// The remote cache.
    CacheText: "a table that describes the cache" {
        /// AC entries that it holds.
        ac: Option<Selection>,
        /// Blobs that it holds.
        cas: Option<Selection>,
        /// What it holds less.
        minus: Option<Vec<Word>>,
        /// AC entries that name something else than the graph says.
        entry: Option<Vec<EntryText>>,
        /// Whether it checks AC entries.
        policy: Option<CachePolicy>,
        /// What it speaks.
        protocol: Option<Protocol>,
        /// What lives as long as what.
        lifetime: Option<Lifetime>,
        /// How many bytes the CAS holds.
        cas_bytes: Option<u64>,
        /// How many entries the AC holds.
        ac_entries: Option<u64>,
    }
}

record! {
    /// An AC entry whose body is known.
    EntryText: "a table that describes an AC entry" {
        /// Whose.
        action: Word,
        /// Its body is no ActionResult.
        broken: Option<bool>,
        /// Content of outputs that differs from what the graph says.
        outputs: Keyed<Content>,
        /// Standard output.
        stdout: Option<Content>,
        /// Standard error.
        stderr: Option<Content>,
    }
}

record! {
    /// The cache on the client's disk.
    DiskCacheText: "a table with ac, cas, minus" {
        /// AC entries that it holds.
        ac: Option<Selection>,
        /// Blobs that it holds.
        cas: Option<Selection>,
        /// What it holds less.
        minus: Option<Vec<Word>>,
    }
}

record! {
    /// An edit: new digests from then on.
    RevisionText: "a table with artifacts, action" {
        /// New contents.
        artifacts: Keyed<Content>,
        /// New digests of actions.
        action: Option<Vec<RevisedText>>,
    }
}

record! {
    /// The digests of an action after an edit.
    RevisedText: "a table with action, key, command, stdout, stderr" {
        /// Which.
        action: Word,
        /// Its AC key.
        key: Option<Content>,
        /// Its Command message.
        command: Option<Content>,
        /// Standard output.
        stdout: Option<Content>,
        /// Standard error.
        stderr: Option<Content>,
    }
}

record! {
    /// A build.
    BuildText: "a table that describes a build" {
        /// Labels, patterns, output paths.
        targets: Option<Vec<Word>>,
        /// What is fetched.
        download: Option<DownloadMode>,
        /// After `clean`.
        clean: Option<bool>,
        /// After a restart of the server.
        restart: Option<bool>,
        /// Goes on after a failure.
        keep_going: Option<bool>,
        /// How many actions run at once.
        jobs: Option<u32>,
        /// AC entries are looked up.
        accept_cached: Option<bool>,
        /// Local results are uploaded.
        upload: Option<bool>,
        /// Uploads end later.
        async_upload: Option<bool>,
        /// Requested outputs are uploaded at the end.
        upload_final: Option<bool>,
        /// Virtual milliseconds before it.
        wait_ms: Option<u64>,
        /// Which revision comes first, counted from 1.
        revision: Option<u32>,
        /// Sources that get fresh content first.
        edit: Option<Vec<Word>>,
        /// What is evicted first.
        evict: Option<Vec<Word>>,
        /// Which of several ready actions goes first.
        order: Option<Vec<Word>>,
    }
}

record! {
    /// A fault.
    FaultText: "a table that describes a fault" {
        /// These entries and blobs.
        evict: Option<Vec<Word>>,
        /// All of a half, or of both.
        everything: Option<Half>,
        /// A share of a half.
        share: Option<ShareText>,
        /// Blobs of so many bytes and more.
        at_least_bytes: Option<u64>,
        /// What was not used for so long.
        unused_for: Option<UnusedText>,
        /// When it strikes.
        when: Option<Strike>,
        /// How often.
        how_often: Option<How>,
        /// In which cache.
        tier: Option<Tier>,
        /// What a client is told.
        report: Option<Report>,
    }
}

record! {
    /// A share of a half of the cache.
    ShareText: "a table with of, percent" {
        /// Which half.
        of: Option<CacheKind>,
        /// 0 to 100.
        percent: u8,
    }
}

record! {
    /// What was not used for a while.
    UnusedText: "a table with of, ms" {
        /// Which half.
        of: Option<CacheKind>,
        /// Virtual milliseconds.
        ms: u64,
    }
}
