//! The request log that a trace implies, in the form of a cache server's access log.

use crate::model::{ActionId, CacheKind, Graph, Request, Tier, Verb};
use crate::rewind::{Event, Trace};

use super::names::Names;

/// One line of the request log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RequestRow {
    /// Position of its event in the trace; stands for the time, which a plan does not know.
    pub position: usize,
    /// `GET`, `PUT` or `FIND`.
    pub verb: &'static str,
    /// HTTP status code.
    pub status: u16,
    /// `ac` or `cas`.
    pub kind: &'static str,
    /// All hexadecimal digits.
    pub digest: String,
    /// What is asked for: `a.txt`, `Action(//:a)`, `(empty)`.
    pub what: String,
    /// On whose behalf.
    pub owner: Option<ActionId>,
}

/// The row of the request at `position` of the trace.
pub fn request_row(graph: &Graph, names: &Names, position: usize, request: Request) -> RequestRow {
    RequestRow {
        position,
        verb: verb_name(request.verb),
        status: request.status.code(),
        kind: kind_name(request.kind),
        digest: graph.blobs().digest(request.blob).hex(),
        what: what_is_asked(graph, names, request),
        owner: request.owner,
    }
}

/// The rows of the requests to the remote cache among `trace.events[from..to]`, in order; positions
/// count from the start of the trace.
pub fn request_rows<'a>(
    graph: &'a Graph,
    names: &'a Names,
    trace: &'a Trace,
    events: std::ops::Range<usize>,
) -> impl Iterator<Item = RequestRow> + 'a {
    let first = events.start;
    trace.events[events].iter().enumerate().filter_map(move |(i, event)| match event {
        Event::Asked(request) if request.tier == Tier::Remote => {
            Some(request_row(graph, names, first + i, *request))
        }
        _ => None,
    })
}

/// The rows as lines, `GET 404 /ac/7d5544fcf373  Action(//:a)`, each with a line feed.
pub fn request_log(rows: impl Iterator<Item = RequestRow>) -> String {
    rows.map(|row| row.line() + "\n").collect()
}

impl RequestRow {
    /// The row as a line of text without line feed. Paths are cut to one width, as in the
    /// recorded runs.
    pub fn line(&self) -> String {
        let path = format!("/{}/{}", self.kind, self.digest);
        let path = path.get(..N_PATH).unwrap_or(&path);
        format!("{} {} {path:<N_PATH$}  {}", self.verb, self.status, self.what)
    }
}

/// Enough of a path to tell digests apart, as in the recorded runs.
const N_PATH: usize = 16;

/// Name of a verb as servers log it.
pub(super) fn verb_name(verb: Verb) -> &'static str {
    match verb {
        Verb::Get => "GET",
        Verb::Put => "PUT",
        Verb::Find => "FIND",
    }
}

/// Name of a half of the cache, as in its paths.
pub(super) fn kind_name(kind: CacheKind) -> &'static str {
    match kind {
        CacheKind::Ac => "ac",
        CacheKind::Cas => "cas",
    }
}

/// Name of a cache.
pub(super) fn tier_name(tier: Tier) -> &'static str {
    match tier {
        Tier::Remote => "remote",
        Tier::Disk => "disk",
    }
}

/// An AC key is its action's, whatever else shares its digest.
fn what_is_asked(graph: &Graph, names: &Names, request: Request) -> String {
    match (request.kind, request.owner) {
        (CacheKind::Ac, Some(owner)) => format!("Action({})", names.action(graph, owner)),
        _ => names.blob(graph, request.blob, request.owner),
    }
}
