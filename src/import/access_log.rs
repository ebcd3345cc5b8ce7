//! Reads logs of cache servers: nginx, bazel-remote, and plain lines of verb, code and path.
//!
//! `docs/formats/request_logs.md` says what is read and what it proves.

use super::access_line::{self, Line, format_of};
use super::card::{Counts, Format, Place};
use super::notes::{Meter, Notes, Stop};
use super::request_log::{LastProofs, RequestLog};
use crate::model::CacheKind;

/// The requests and the counts of a log.
pub(super) type Read = (RequestLog, Counts);

/// Lines looked at to recognise a log: a server may say much before its first request.
const HEAD_LINES: usize = 2000;

/// The format of the log that `head` begins, if it is one.
pub(super) fn sniff(head: &[u8]) -> Option<Format> {
    let lines = head.split(|&b| b == b'\n').take(HEAD_LINES);
    lines.filter(|line| line.len() < LINE_BYTES_MAX).find_map(|line| {
        let line = std::str::from_utf8(line).ok()?;
        // Cheaper than taking every line of another kind apart.
        let may_be =
            ["ac/", "cas/", "raw/", ".v2/", "GRPC "].iter().any(|part| line.contains(part));
        if may_be { format_of(line) } else { None }
    })
}

/// A log's lines are short; what is longer is none of it.
const LINE_BYTES_MAX: usize = 64 << 10;

/// Reads a log of `format`.
pub(super) fn read(
    format: Format,
    bytes: &[u8],
    notes: &mut Notes,
    meter: &mut Meter,
) -> Result<Read, Stop> {
    let mut log = RequestLog::default();
    let (mut done, mut n_ignored) = (0, 0);
    for (i, line) in bytes.split_inclusive(|&b| b == b'\n').enumerate() {
        done += line.len();
        meter.at(done, bytes.len())?;
        let place = Place::Line(i as u64 + 1);
        let text = String::from_utf8_lossy(&line[..line.len().min(LINE_BYTES_MAX)]);
        let is_cut = !line.ends_with(b"\n");
        match access_line::parse(format, &text) {
            Line::Request(request) => log.requests.push(request),
            Line::Other => n_ignored += u64::from(!text.trim().is_empty()),
            _ if text.trim().is_empty() => {}
            Line::WrongLength => {
                let what = || "The request names a digest that is as long as none.".to_owned();
                notes.add("digest", place, what, "The line is left out.");
            }
            Line::Noise if is_cut => {
                let what = || format!("The last line, \"{}\", is cut short.", excerpt(&text));
                let remedy = "It is left out. Requests after it are not known.";
                notes.add("cut", place, what, remedy);
            }
            Line::Noise => {
                let what = || format!("\"{}\" is no line of such a log.", excerpt(&text));
                notes.add("noise", place, what, "The line is left out.");
            }
        }
    }
    if log.requests.is_empty() {
        let what = "No line is a request for a blob; expected a verb, a code and a path such as \
                    /cas/HASH.";
        let remedy = "Drop the server's access log as it wrote it, or choose another format.";
        let why = notes.warning(Place::Whole, what.to_owned(), remedy);
        return Err(Stop::Unusable(Box::new(why)));
    }
    let counts = counts(&log, n_ignored);
    Ok((log, counts))
}

/// What a card says of a request log.
pub(super) fn counts(log: &RequestLog, n_ignored: u64) -> Counts {
    let last = LastProofs::of([log]);
    let mut counts = vec![
        ("requests", log.requests.len() as u64),
        ("not_found", log.n_not_found()),
        ("ac", last.n_present(CacheKind::Ac)),
        ("cas", last.n_present(CacheKind::Cas)),
        ("lost", log.n_lost()),
    ];
    if n_ignored > 0 {
        counts.push(("ignored", n_ignored));
    }
    counts
}

fn excerpt(line: &str) -> String {
    line.trim().chars().filter(|c| !c.is_control()).take(60).collect()
}
