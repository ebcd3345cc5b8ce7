//! Bazel from 8 on: restart by default, rewinding first as an option, then by default.

use crate::rewind::engine::{AcOnReplay, Engine, ForgetsLost, LossMessage, OnLoss, RemembersLost};

use super::bazel::BAZEL_7_7;
use super::{ON_TRANSIENT, seen};

pub(super) const BAZEL_8_0: Engine = Engine {
    id: "bazel-8.0",
    name: "Bazel 8.0",
    summary: "A build that lost blobs runs again as a whole, up to five times, and refuses AC \
              entries that name a lost digest (8.0 and 8.1).",
    base: Some("bazel-7.7"),
    retries: 5,
    retry_message: ON_TRANSIENT,
    sources: &[
        seen("retries", "R1; ExecutionOptions.remoteRetryOnTransientCacheError: 5 from 8.0"),
        seen("retry_message", "R1; seen in 8.7.0 and 9.2.0, for 8.0 inferred"),
    ],
    ..BAZEL_7_7
};

pub(super) const BAZEL_8_7: Engine = Engine {
    id: "bazel-8.7",
    name: "Bazel 8.7",
    summary: "Runs the build again as a whole, as Bazel 8.0, for lost top-level outputs too; with \
              retries set to 0 nothing is remembered and the exit code is 1 (8.2 to 8.9).",
    base: Some("bazel-8.0"),
    retries_lost_outputs: true,
    remembers_needs_retries: true,
    coarse_lock: true,
    exit_on_lost_input: 1,
    exit_on_lost_output: 1,
    message: LossMessage::LostDigests,
    sources: &[
        seen(
            "retries_lost_outputs",
            "FallbackToBuildRewindingException for outputs: seen in 9, for 8 inferred",
        ),
        seen(
            "remembers_needs_retries",
            "ActionRewindStrategy.checkRewindingEnabled posts LostInputsEvent only with retries; \
             third-party runs of 8.7.0",
        ),
        seen("coarse_lock", "RemoteRewoundActionSynchronizer: bazelbuild/bazel#25477 (#28971)"),
        seen("exit_on_lost_input", "R4; third-party runs of 8.7.0 with retries 0: exit 1"),
        seen("exit_on_retries_spent", "FallbackToBuildRewindingException: REMOTE_CACHE_EVICTED"),
        seen("exit_on_lost_output", "R4; seen in 9, for 8 inferred"),
        seen("message", "LostInputsExecException: bazelbuild/bazel#25396; runs of 8.7.0"),
    ],
    ..BAZEL_8_0
};

pub(super) const BAZEL_8_7_REWIND: Engine = Engine {
    id: "bazel-8.7-rewind",
    name: "Bazel 8.7, --rewind_lost_inputs",
    summary: "Producers of lost inputs run again inside the build, but a stale AC entry is \
              believed each time: on an unverified cache the 21st loss fails.",
    base: Some("bazel-8.7"),
    on_loss: OnLoss::Rewind { losses_max: 20 },
    remembers_lost: RemembersLost::No,
    remembers_needs_retries: false,
    sources: &[
        seen("on_loss", "A1 to A3; ActionRewindStrategy.prepareRewindPlan"),
        seen("cap", "A4; ActionRewindStrategy.MAX_REPEATED_LOST_INPUTS"),
        seen("remembers_lost", "A5, era I: bazelbuild/bazel#30266, #30065"),
        seen(
            "remembers_needs_retries",
            "no LostInputsEvent before a rewind: bazelbuild/bazel#30266",
        ),
        seen("ac_on_replay", "A5, era I: RemoteExecutionService.lookupCache"),
        seen("exit_on_lost_too_often", "A4; third-party runs of 8.7.0 and 9.2.0: exit 1"),
    ],
    ..BAZEL_8_7
};

pub(super) const BAZEL_8_8_REWIND: Engine = Engine {
    id: "bazel-8.8-rewind",
    name: "Bazel 8.8, --rewind_lost_inputs",
    summary: "As 8.7, but a lost digest is remembered and a stale AC entry refused; only what a \
              rewound action itself loses is not, so chains of losses still run to the 21st.",
    base: Some("bazel-8.7-rewind"),
    remembers_lost: RemembersLost::AtOnce,
    forgets_lost: ForgetsLost::OnUpload,
    forgets_on_replay_loss: true,
    sources: &[
        seen("remembers_lost", "A5, era II: bazelbuild/bazel#30266, picked to 8.8.0 by #30398"),
        seen(
            "forgets_lost",
            "inferred from bazelbuild/bazel#31251: a digest goes where outputs are uploaded",
        ),
        seen(
            "forgets_on_replay_loss",
            "A5: ProgressEventSuppressingEnvironment swallows LostInputsEvent, \
             bazelbuild/bazel#31098",
        ),
    ],
    ..BAZEL_8_7_REWIND
};

pub(super) const BAZEL_9_1: Engine = Engine {
    id: "bazel-9.1",
    name: "Bazel 9.1",
    summary: "Runs the build again as a whole, as Bazel 8.7; with retries set to 0 the message \
              advises --rewind_lost_inputs (9.1 and 9.2).",
    base: Some("bazel-8.7"),
    message: LossMessage::UnexpectedLostInputs,
    sources: &[
        seen("message", "A6; ActionRewindStrategy.checkRewindingEnabled, bazelbuild/bazel#27929"),
        seen("coarse_lock", "RemoteRewoundActionSynchronizer: bazelbuild/bazel#25477 (#28958)"),
        seen("exit_on_lost_output", "ActionRewindStrategy.checkRewindingEnabled: exit 1"),
    ],
    ..BAZEL_8_7
};

pub(super) const BAZEL_9_1_REWIND: Engine = Engine {
    id: "bazel-9.1-rewind",
    name: "Bazel 9.1, --rewind_lost_inputs",
    summary: "Rewinds as 8.7 does: a stale AC entry is believed each time, until the 21st loss \
              (9.1 and 9.2).",
    base: Some("bazel-8.7-rewind"),
    message: LossMessage::UnexpectedLostInputs,
    sources: &[
        seen("message", "ActionRewindStrategy, bazelbuild/bazel#27929; what is printed without it"),
        seen(
            "rewinds_shared_trees",
            "bazelbuild/bazel#30065, #30193: off in 9.1 with --experimental_output_paths=strip",
        ),
        seen("remembers_lost", "A5, era I: bazelbuild/bazel#30266; third-party runs of 9.2.0"),
    ],
    ..BAZEL_8_7_REWIND
};

pub(super) const BAZEL_9_3: Engine = Engine {
    id: "bazel-9.3",
    name: "Bazel 9.3",
    summary: "Producers of lost inputs run again inside the build; an AC entry that names a \
              lost digest is refused.",
    base: Some("bazel-8.8-rewind"),
    forgets_on_replay_loss: false,
    checks_disk_ac: false,
    message: LossMessage::UnexpectedLostInputs,
    sources: &[
        seen("on_loss", "A9: --rewind_lost_inputs is on by default, bazelbuild/bazel#30948"),
        seen("remembers_lost", "A5, era II: bazelbuild/bazel#30393"),
        seen("forgets_on_replay_loss", "A5: mended in 9.3.0, bazelbuild/bazel#31098 (#31119)"),
        seen("checks_disk_ac", "skipped where lost inputs are rewound: bazelbuild/bazel#30950"),
        seen("message", "ActionRewindStrategy.checkRewindingEnabled, bazelbuild/bazel#27929"),
    ],
    ..BAZEL_8_8_REWIND
};

pub(super) const BAZEL_NEXT: Engine = Engine {
    id: "bazel-next",
    name: "Bazel after 9.3",
    summary: "A rewound action may believe the AC once, and executes when it is rewound again; \
              over HTTP it executes at once. No lost digest is remembered.",
    base: Some("bazel-9.3"),
    ac_on_replay: AcOnReplay::AsksOnce,
    remembers_lost: RemembersLost::No,
    checks_disk_ac_on_replay: true,
    sources: &[
        seen(
            "ac_on_replay",
            "A5, era III: the rewinding tests of 10.0.0-pre, bazelbuild/bazel#31251",
        ),
        seen("remembers_lost", "A5, era III: rewinding tracks no lost digests"),
        seen(
            "checks_disk_ac_on_replay",
            "actionRewinding_lostInputWithStaleDiskCacheEntry_recovers, 10.0.0-pre",
        ),
    ],
    ..BAZEL_9_3
};
