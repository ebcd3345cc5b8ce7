//! A trace as bytes, to hand it from one thread to another without parsing.
//!
//! Events are four little-endian 32-bit words each: a head (tag and small fields, a byte each) and
//! up to three ids or counts. The two sides are always the same build of the same program, so the
//! form has no version; what does not decode is refused all the same.

use crate::model::{ActionId, ArtifactId, BlobId, CacheKind, Id, Request, Status, Tier, Verb};

use super::trace::{BuildOutcome, Event, FailReason, Halt, MissReason, Trace};

const NONE: u32 = u32::MAX;
pub(super) const WORDS_PER_EVENT: usize = 4;

/// Bytes that are no trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("no trace: byte {offset} of {n_bytes} does not fit")]
pub struct WordsError {
    /// Where reading stopped.
    pub offset: usize,
    /// How many bytes there are.
    pub n_bytes: usize,
}

impl Trace {
    /// The trace as bytes; [`from_bytes`](Self::from_bytes) reads them back.
    pub fn to_bytes(&self) -> Vec<u8> {
        let n_events = self.events.len();
        let mut out = Vec::with_capacity(16 + n_events * WORDS_PER_EVENT * 4);
        put(&mut out, len(n_events));
        for event in &self.events {
            for word in to_words(event) {
                put(&mut out, word);
            }
        }
        put_outcomes(&mut out, &self.builds);
        out
    }

    /// The trace that [`to_bytes`](Self::to_bytes) wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WordsError> {
        let mut reader = Reader { bytes, offset: 0 };
        reader.trace().ok_or(WordsError { offset: reader.offset, n_bytes: bytes.len() })
    }
}

/// Tag and three small fields in one word, and three ids or counts.
pub(super) fn to_words(event: &Event) -> [u32; WORDS_PER_EVENT] {
    match *event {
        Event::Evicted { kind, blob, tier } => {
            [head(0, [kind_code(kind), tier_code(tier), 0]), blob.0, 0, 0]
        }
        Event::Edited { artifact, blob } => [1, artifact.0, blob.0, 0],
        Event::Cleaned => [2, 0, 0, 0],
        Event::ServerRestarted => [3, 0, 0, 0],
        Event::BuildStarted { build, attempt } => [4, build, attempt, 0],
        Event::Asked(r) => {
            let small = [verb_code(r.verb), kind_code(r.kind), status_code(r.status)];
            [head(5, small), r.blob.0, opt(r.owner), u32::from(tier_code(r.tier))]
        }
        Event::Reused { action } => [6, action.0, 0, 0],
        Event::CacheHit { action } => [7, action.0, 0, 0],
        Event::CacheMiss { action, reason } => {
            let (code, blob) = miss_code(reason);
            [head(8, [code, 0, 0]), action.0, blob, 0]
        }
        Event::Materialized { artifact, for_action } => [9, artifact.0, opt(for_action), 0],
        Event::LostInput { consumer, input, blob } => [10, consumer.0, input.0, blob.0],
        Event::LostOutput { artifact, blob } => [11, artifact.0, blob.0, 0],
        Event::Rewound { consumer, round } => [12, opt(consumer), round, 0],
        Event::MarkedDirty { action, consumer } => [13, action.0, opt(consumer), 0],
        Event::Reset { action } => [14, action.0, 0, 0],
        Event::Started { action } => [15, action.0, 0, 0],
        Event::Executed { action, again } => [head(16, [again.into(), 0, 0]), action.0, 0, 0],
        Event::Failed { action, reason } => [head(17, [fail_code(reason), 0, 0]), action.0, 0, 0],
        Event::Skipped { action } => [18, action.0, 0, 0],
        Event::Deleted { artifact } => [19, artifact.0, 0, 0],
        Event::Retrying { attempt } => [20, attempt, 0, 0],
        Event::BuildFinished { build, success, exit_code } => {
            [head(21, [success.into(), exit_code, 0]), build, 0, 0]
        }
        Event::LeftRemote { action } => [22, action.0, 0, 0],
        Event::Made { action } => [23, action.0, 0, 0],
        Event::Clock { ms } => [24, ms as u32, (ms >> 32) as u32, 0],
        Event::LossReported { consumer } => [25, consumer.0, 0, 0],
        Event::Outdated { action, producer } => [26, action.0, producer.0, 0],
        Event::UploadCancelled { action } => [27, action.0, 0, 0],
    }
}

pub(super) fn from_words([first, a, b, c]: [u32; WORDS_PER_EVENT]) -> Option<Event> {
    let [tag, x, y, z] = first.to_le_bytes();
    let (action, artifact) = (ActionId(a), ArtifactId(a));
    Some(match tag {
        0 => Event::Evicted { kind: kind(x)?, blob: BlobId(a), tier: tier(y)? },
        1 => Event::Edited { artifact, blob: BlobId(b) },
        2 => Event::Cleaned,
        3 => Event::ServerRestarted,
        4 => Event::BuildStarted { build: a, attempt: b },
        5 => Event::Asked(Request {
            verb: *[Verb::Get, Verb::Put, Verb::Find].get(usize::from(x))?,
            kind: kind(y)?,
            blob: BlobId(a),
            status: *[Status::Ok, Status::NotFound, Status::Error].get(usize::from(z))?,
            tier: tier(u8::try_from(c).ok()?)?,
            owner: action_or_none(b),
        }),
        6 => Event::Reused { action },
        7 => Event::CacheHit { action },
        8 => Event::CacheMiss { action, reason: miss(x, BlobId(b))? },
        9 => Event::Materialized { artifact, for_action: action_or_none(b) },
        10 => Event::LostInput { consumer: action, input: ArtifactId(b), blob: BlobId(c) },
        11 => Event::LostOutput { artifact, blob: BlobId(b) },
        12 => Event::Rewound { consumer: action_or_none(a), round: b },
        13 => Event::MarkedDirty { action, consumer: action_or_none(b) },
        14 => Event::Reset { action },
        15 => Event::Started { action },
        16 => Event::Executed { action, again: flag(x)? },
        17 => Event::Failed { action, reason: *FAILS.get(usize::from(x))? },
        18 => Event::Skipped { action },
        19 => Event::Deleted { artifact },
        20 => Event::Retrying { attempt: a },
        21 => Event::BuildFinished { build: a, success: flag(x)?, exit_code: y },
        22 => Event::LeftRemote { action },
        23 => Event::Made { action },
        24 => Event::Clock { ms: u64::from(b) << 32 | u64::from(a) },
        25 => Event::LossReported { consumer: action },
        26 => Event::Outdated { action, producer: ActionId(b) },
        27 => Event::UploadCancelled { action },
        _ => return None,
    })
}

const FAILS: [FailReason; 4] =
    [FailReason::LostInputs, FailReason::LostTooOften, FailReason::IoError, FailReason::NoEnd];
const HALTS: [Option<Halt>; 6] = [
    None,
    Some(Halt::LostInputs),
    Some(Halt::LostOutput),
    Some(Halt::LostTooOften),
    Some(Halt::IoError),
    Some(Halt::NoEnd),
];

pub(super) fn put_outcomes(out: &mut Vec<u8>, builds: &[BuildOutcome]) {
    put(out, len(builds.len()));
    for build in builds {
        put_outcome(out, build);
    }
}

/// The outcomes of a trace of `n_events` events, all that `bytes` hold.
pub(super) fn read_outcomes(bytes: &[u8], n_events: usize) -> Option<Vec<BuildOutcome>> {
    let mut reader = Reader { bytes, offset: 0 };
    let builds = reader.outcomes(n_events)?;
    (reader.offset == bytes.len()).then_some(builds)
}

fn put_outcome(out: &mut Vec<u8>, build: &BuildOutcome) {
    let halt = HALTS.iter().position(|&h| h == build.halt).unwrap_or(0);
    put(out, len(build.first_event));
    put(out, len(build.end_event));
    put(out, u32::from_le_bytes([build.success.into(), build.exit_code, halt as u8, 0]));
    put(out, build.attempts);
    put(out, build.rewinds);
    put(out, len(build.message.len()));
    out.extend_from_slice(build.message.as_bytes());
    put(out, len(build.local.len()));
    for artifact in &build.local {
        put(out, artifact.0);
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl Reader<'_> {
    fn trace(&mut self) -> Option<Trace> {
        let n_events = self.count(WORDS_PER_EVENT * 4)?;
        let mut events = Vec::with_capacity(n_events);
        for _ in 0..n_events {
            let words = [self.word()?, self.word()?, self.word()?, self.word()?];
            events.push(from_words(words)?);
        }
        let builds = self.outcomes(n_events)?;
        (self.offset == self.bytes.len()).then_some(Trace { events, builds })
    }

    fn outcomes(&mut self, n_events: usize) -> Option<Vec<BuildOutcome>> {
        let n_builds = self.count(1)?;
        (0..n_builds).map(|_| self.outcome(n_events)).collect()
    }

    fn outcome(&mut self, n_events: usize) -> Option<BuildOutcome> {
        let (first_event, end_event) = (self.word()? as usize, self.word()? as usize);
        let [success, exit_code, halt, _] = self.word()?.to_le_bytes();
        let (attempts, rewinds) = (self.word()?, self.word()?);
        let n_message = self.count(1)?;
        let message = self.take(n_message)?.to_vec();
        let n_local = self.count(4)?;
        let local = (0..n_local).map(|_| self.word().map(ArtifactId)).collect::<Option<_>>()?;
        (first_event <= end_event && end_event <= n_events).then_some(BuildOutcome {
            first_event,
            end_event,
            success: flag(success)?,
            exit_code,
            message: String::from_utf8(message).ok()?,
            attempts,
            rewinds,
            halt: *HALTS.get(usize::from(halt))?,
            local,
        })
    }

    /// A number of things of `n_bytes` each that the rest has room for.
    fn count(&mut self, n_bytes: usize) -> Option<usize> {
        let n = self.word()? as usize;
        (n.checked_mul(n_bytes)? <= self.bytes.len() - self.offset).then_some(n)
    }

    fn word(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_le_bytes)
    }

    fn take(&mut self, n: usize) -> Option<&[u8]> {
        let taken = self.bytes.get(self.offset..self.offset.checked_add(n)?)?;
        self.offset += n;
        Some(taken)
    }
}

pub(super) fn put(out: &mut Vec<u8>, word: u32) {
    out.extend_from_slice(&word.to_le_bytes());
}

pub(super) fn len(n: usize) -> u32 {
    assert!(n < NONE as usize, "more than u32::MAX events");
    n as u32
}

fn head(tag: u8, [x, y, z]: [u8; 3]) -> u32 {
    u32::from_le_bytes([tag, x, y, z])
}

fn opt(action: Option<ActionId>) -> u32 {
    action.map_or(NONE, |a| a.0)
}

fn action_or_none(word: u32) -> Option<ActionId> {
    (word != NONE).then(|| ActionId::at(word as usize))
}

fn flag(code: u8) -> Option<bool> {
    [false, true].get(usize::from(code)).copied()
}

fn kind_code(kind: CacheKind) -> u8 {
    match kind {
        CacheKind::Ac => 0,
        CacheKind::Cas => 1,
    }
}

fn kind(code: u8) -> Option<CacheKind> {
    [CacheKind::Ac, CacheKind::Cas].get(usize::from(code)).copied()
}

fn verb_code(verb: Verb) -> u8 {
    match verb {
        Verb::Get => 0,
        Verb::Put => 1,
        Verb::Find => 2,
    }
}

fn status_code(status: Status) -> u8 {
    match status {
        Status::Ok => 0,
        Status::NotFound => 1,
        Status::Error => 2,
    }
}

fn tier_code(tier: Tier) -> u8 {
    match tier {
        Tier::Remote => 0,
        Tier::Disk => 1,
    }
}

fn tier(code: u8) -> Option<Tier> {
    [Tier::Remote, Tier::Disk].get(usize::from(code)).copied()
}

fn fail_code(reason: FailReason) -> u8 {
    match reason {
        FailReason::LostInputs => 0,
        FailReason::LostTooOften => 1,
        FailReason::IoError => 2,
        FailReason::NoEnd => 3,
    }
}

fn miss_code(reason: MissReason) -> (u8, u32) {
    match reason {
        MissReason::NoEntry => (0, 0),
        MissReason::BlobLost(blob) => (1, blob.0),
        MissReason::NamesLost(blob) => (2, blob.0),
        MissReason::Broken => (3, 0),
        MissReason::NotAsked => (4, 0),
    }
}

fn miss(code: u8, blob: BlobId) -> Option<MissReason> {
    Some(match code {
        0 => MissReason::NoEntry,
        1 => MissReason::BlobLost(blob),
        2 => MissReason::NamesLost(blob),
        3 => MissReason::Broken,
        4 => MissReason::NotAsked,
        _ => return None,
    })
}
