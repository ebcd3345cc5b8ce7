//! The planner's whole output and the player's whole input: a list of typed events.

use crate::model::{ActionId, ArtifactId, BlobId, CacheKind, Request, Tier};

/// Why an action is not served from the action cache although it asked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MissReason {
    /// No entry.
    NoEntry,
    /// There is an entry, but this blob, which the build wants of it, is gone (B2).
    BlobLost(BlobId),
    /// There is an entry, but it names this digest, known to be lost (R3, R10, A5).
    NamesLost(BlobId),
    /// The body is no ActionResult.
    Broken,
    /// It was not asked: a rewound action bypasses the cache (K8), or lookups are off.
    NotAsked,
}

/// Why an action failed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FailReason {
    /// Inputs are lost and the engine does not rewind, or may not any more.
    LostInputs,
    /// The same input was lost once more than the cap allows (A4).
    LostTooOften,
    /// An error that names no lost blob, or not only such: nothing to rewind for (B6).
    IoError,
    /// The same input was lost so often that there is no end to it: each time the content was
    /// another, so no cap counts it (A4).
    NoEnd,
}

/// What ended a build short of success.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Halt {
    /// Actions failed on lost inputs.
    LostInputs,
    /// A top-level output is gone (R9, A1).
    LostOutput,
    /// A cap was reached (A4: per input; K7: per command).
    LostTooOften,
    /// An error that names no lost blob (B6).
    IoError,
    /// The tool would go on for as long as blobs are lost; the planner stops.
    NoEnd,
}

/// One thing that happened. At most 24 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// Virtual time has come to `ms` milliseconds since the scenario began.
    Clock { ms: u64 },
    /// A blob or entry left the cache.
    Evicted { kind: CacheKind, blob: BlobId, tier: Tier },
    /// A source got new content.
    Edited { artifact: ArtifactId, blob: BlobId },
    /// The output tree and what the tool remembered were removed.
    Cleaned,
    /// The server forgot what it had in memory.
    ServerRestarted,
    /// An attempt (counted from 1) at build `build` (an index of `Scenario::builds`) starts.
    BuildStarted { build: u32, attempt: u32 },
    /// A request to the cache and its answer.
    Asked(Request),
    /// The action is as an earlier build left it: nothing is asked.
    Reused { action: ActionId },
    /// The action's result is taken from the cache.
    CacheHit { action: ActionId },
    /// The action has to execute.
    CacheMiss { action: ActionId, reason: MissReason },
    /// The artifact's content is now on disk; `for_action` wanted it, or the mode did.
    Materialized { artifact: ArtifactId, for_action: Option<ActionId> },
    /// A consumer found an input gone.
    LostInput { consumer: ActionId, input: ArtifactId, blob: BlobId },
    /// A worker reports that inputs of `consumer` are gone, without saying which (K3).
    LossReported { consumer: ActionId },
    /// The build found a top-level output gone.
    LostOutput { artifact: ArtifactId, blob: BlobId },
    /// A round of rewinding starts (Bazel: for `consumer`; Buck2: a new pass of the command),
    /// counted from 1.
    Rewound { consumer: Option<ActionId>, round: u32 },
    /// `action` must run again; `consumer` is who lost its output (`None`: the build itself).
    MarkedDirty { action: ActionId, consumer: Option<ActionId> },
    /// `action` must run again: `producer` has run again and yields something else (K9).
    Outdated { action: ActionId, producer: ActionId },
    /// Uploads of the action that had not ended are given up: it is to run again (A8).
    UploadCancelled { action: ActionId },
    /// The action that lost inputs is put back to wait for their producers.
    Reset { action: ActionId },
    /// The action starts to execute.
    Started { action: ActionId },
    /// The action has executed; `again` if it was done before in this build.
    Executed { action: ActionId, again: bool },
    /// The build tool makes the outputs itself (FileWrite, symlinks): no command, no cache.
    Made { action: ActionId },
    /// The outputs of the action that just executed stay in the cache: a worker ran it.
    LeftRemote { action: ActionId },
    /// The action failed.
    Failed { action: ActionId, reason: FailReason },
    /// The action will not run: something it depends on failed, or the build stopped first.
    Skipped { action: ActionId },
    /// The artifact's file is deleted from disk at the end of the build (R6, R7).
    Deleted { artifact: ArtifactId },
    /// The attempt failed on lost blobs and the whole build will run again (R1).
    Retrying { attempt: u32 },
    /// Build `build` ended.
    BuildFinished { build: u32, success: bool, exit_code: u8 },
}

impl Event {
    /// The exit code of a build that really failed, where no file tells it.
    pub const EXIT_CODE_UNKNOWN: u8 = u8::MAX;
}

/// How one build ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BuildOutcome {
    /// Position of its first event: evictions, edits and `clean` before it are included.
    pub first_event: usize,
    /// Position after its last event.
    pub end_event: usize,
    /// Whether everything asked for was built.
    pub success: bool,
    /// The tool's exit code.
    pub exit_code: u8,
    /// What the tool prints about the failure, one line per failed action; empty on success.
    pub message: String,
    /// Runs of the whole build, 1 without retries.
    pub attempts: u32,
    /// Rounds of rewinding over all attempts.
    pub rewinds: u32,
    /// What ended it, if it failed.
    pub halt: Option<Halt>,
    /// Artifacts on disk afterwards, ascending, sources left out.
    pub local: Vec<ArtifactId>,
}

/// Everything that happened, build by build.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Trace {
    /// All events in order.
    pub events: Vec<Event>,
    /// One per build of the scenario.
    pub builds: Vec<BuildOutcome>,
}

impl Trace {
    /// The requests to the remote cache among the events, in order: the log that it would write.
    pub fn requests(&self) -> impl Iterator<Item = Request> + '_ {
        self.events.iter().filter_map(|event| match event {
            Event::Asked(request) if request.tier == Tier::Remote => Some(*request),
            _ => None,
        })
    }

    /// The events of build `build`, an index of [`builds`](Self::builds).
    pub fn events_of(&self, build: usize) -> &[Event] {
        let outcome = &self.builds[build];
        &self.events[outcome.first_event..outcome.end_event]
    }

    /// The last build's outcome: that of the scenario. `None` if there was no build.
    pub fn outcome(&self) -> Option<&BuildOutcome> {
        self.builds.last()
    }
}

#[cfg(test)]
mod tests {
    use super::Event;

    #[test]
    fn an_event_takes_at_most_24_bytes() {
        assert!(size_of::<Event>() <= 24, "{}", size_of::<Event>());
    }
}
