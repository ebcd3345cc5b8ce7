//! One line of a log that a cache server writes, whichever server it is.
//!
//! Sources: nginx's `combined` format (`ngx_http_log_module`), bazel-remote's `server/http.go`,
//! `server/grpc_ac.go`, `server/grpc_cas.go` and `server/grpc_bytestream.go`.

use serde_json::Value;

use super::card::Format;
use super::listing::layout::{Named, classify};
use super::listing::time::{epoch_ms, leading_time, zone};
use super::request_log::LoggedRequest;
use crate::model::{CacheKind, Digest, Verb};

/// What a line is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Line {
    /// A request for a blob or an entry.
    Request(LoggedRequest),
    /// A request for something else, or news of the server.
    Other,
    /// A request whose digest is as long as none.
    WrongLength,
    /// Nothing that such a log has.
    Noise,
}

/// Reads a line of a log of `format`.
pub(super) fn parse(format: Format, line: &str) -> Line {
    let line = line.trim();
    match format {
        Format::NginxAccessLog => combined(line).unwrap_or(Line::Noise),
        Format::RequestLines => json(line).or_else(|| plain(line)).unwrap_or(Line::Noise),
        _ => bazel_remote(line),
    }
}

/// The format that `line` is a request in, if it is one.
pub(super) fn format_of(line: &str) -> Option<Format> {
    let line = line.trim();
    let is_request = |parsed: Option<Line>| matches!(parsed, Some(Line::Request(_)));
    if is_request(combined(line)) {
        return Some(Format::NginxAccessLog);
    }
    if is_request(json(line)) {
        return Some(Format::RequestLines);
    }
    let (time_ms, rest) = stamp(line);
    if is_request(grpc(rest, time_ms)) {
        return Some(Format::BazelRemoteLog);
    }
    if !is_request(plain(line)) {
        return None;
    }
    // bazel-remote names the client between the code and the path.
    let path_at = rest.split_whitespace().position(|word| word.contains('/'));
    Some(if path_at == Some(3) { Format::BazelRemoteLog } else { Format::RequestLines })
}

/// `CLIENT - USER [TIME] "VERB PATH HTTP/1.1" CODE BYTES …`.
fn combined(line: &str) -> Option<Line> {
    let (before, rest) = line.split_once('"')?;
    let (request, after) = rest.split_once('"')?;
    let mut words = request.split_whitespace();
    let (method, path) = (words.next()?, words.next()?);
    words.next().filter(|protocol| protocol.starts_with("HTTP/"))?;
    let mut answer = after.split_whitespace();
    let code = code(answer.next()?)?;
    let size_bytes = answer.next().and_then(|size| size.parse().ok());
    let time = before.split_once('[').and_then(|(_, time)| time.split_once(']'));
    let time_ms = time.and_then(|(time, _)| clf_time(time));
    Some(request_of(method, path, code, time_ms, size_bytes, None))
}

fn bazel_remote(line: &str) -> Line {
    let (time_ms, rest) = stamp(line);
    if let Some(found) = grpc(rest, time_ms).or_else(|| plain(line)) {
        return found;
    }
    // Whatever else the server has to say, it says after the time; without times, these.
    const SAID: [&str; 6] = ["#", "REMAP ", "S3 ", "HTTP ", "GCS ", "AZBLOB "];
    let is_said = SAID.iter().any(|start| rest.starts_with(start));
    if time_ms.is_some() || is_said || rest.is_empty() {
        return Line::Other;
    }
    Line::Noise
}

/// `[TIME] VERB CODE [CLIENT] PATH [OWNER]`, or with the code after the path.
fn plain(line: &str) -> Option<Line> {
    let (time_ms, rest) = stamp(line);
    if rest.is_empty() || rest.starts_with('#') {
        return Some(Line::Other);
    }
    let mut words = rest.split_whitespace();
    let method = words.next().filter(|word| verb(word).is_some())?;
    let (mut status, mut path, mut owner) = (None, None, Vec::new());
    for word in words {
        match (status, path) {
            (None, _) if code(word).is_some() => status = code(word),
            (_, None) if word.contains('/') => path = Some(word),
            (_, Some(_)) => owner.push(word),
            _ => {}
        }
    }
    let owner = (!owner.is_empty()).then(|| owner.join(" "));
    Some(request_of(method, path?, status?, time_ms, None, owner))
}

/// `GRPC AC GET HASH OK`, `GRPC BYTESTREAM READ COMPLETED blobs/HASH/SIZE` and their like.
fn grpc(rest: &str, time_ms: Option<i64>) -> Option<Line> {
    let rest = rest.strip_prefix("GRPC ")?;
    let words: Vec<&str> = rest.split_whitespace().collect();
    let of = |verb, kind, hex: &str, size_bytes, status_code| {
        let Ok(digest) = Digest::from_hex(hex, None) else { return Line::WrongLength };
        let owner = None;
        Line::Request(LoggedRequest { time_ms, verb, kind, digest, size_bytes, status_code, owner })
    };
    if let ["BYTESTREAM", what @ ..] = &words[..] {
        let (verb, status) = match what {
            ["READ", "COMPLETED", ..] => (Verb::Get, 200),
            ["READ", "BLOB", "NOT", "FOUND:" | "FOUND", ..] => (Verb::Get, 404),
            // Skipped because the blob is there.
            ["WRITE", "COMPLETED:" | "COMPLETED", ..] | ["SKIPPED", "WRITE:" | "WRITE", ..] => {
                (Verb::Put, 200)
            }
            _ => return Some(Line::Other),
        };
        let Some((hex, size)) = what.iter().find_map(|word| resource(word)) else {
            return Some(Line::Other);
        };
        return Some(of(verb, CacheKind::Cas, hex, Some(size), status));
    }
    let [half, method, name, answer @ ..] = &words[..] else { return Some(Line::Other) };
    let kind = match *half {
        "AC" => CacheKind::Ac,
        "CAS" => CacheKind::Cas,
        _ => return Some(Line::Other),
    };
    let Some(verb) = verb(method) else { return Some(Line::Other) };
    let status = match answer {
        ["OK", ..] => 200,
        ["NOT", "FOUND", ..] => 404,
        // Cut off, or in words of a later version.
        [] => return Some(Line::Other),
        _ => 500,
    };
    let (hex, size) = name.split_once('/').map_or((*name, None), |(hex, s)| (hex, s.parse().ok()));
    Some(of(verb, kind, hex, size, status))
}

/// An object a line: the method, the path and the code under any of their usual names.
fn json(line: &str) -> Option<Line> {
    if !line.starts_with('{') {
        return None;
    }
    let value: Value = serde_json::from_str(line).ok()?;
    // Caddy and the balancers of Google keep what was asked for in an object of its own.
    let inner = value.get("request").or_else(|| value.get("httpRequest"));
    let objects = [Some(&value), inner];
    let in_one = |name: &&str| objects.into_iter().flatten().find_map(|object| object.get(name));
    let field = |names: &[&str]| names.iter().find_map(in_one);
    let text = |names| field(names).and_then(Value::as_str);
    let method = text(&["m", "method", "verb", "request_method", "requestMethod"])?;
    let path = text(&["path", "uri", "url", "request_uri", "requestUrl"])?;
    let answer = field(&["code", "status", "status_code"])?;
    let answer = answer.as_u64().map(|n| n.to_string()).or(answer.as_str().map(str::to_owned))?;
    let time = field(&["t0", "ts", "time", "timestamp", "time_iso8601"]);
    let time_ms = time.and_then(|time| match time {
        Value::Number(seconds) => epoch_ms(&seconds.to_string()),
        Value::String(text) => leading_time(&[text.as_bytes()])?.ms,
        _ => None,
    });
    let n = |names: &[&str]| field(names).and_then(Value::as_u64);
    let size_bytes = match verb(method)? {
        Verb::Put => n(&["inn", "in", "request_length", "size"]),
        _ => n(&["out", "size", "bytes", "body_bytes_sent"]),
    };
    let owner = text(&["owner", "target"]).map(str::to_owned);
    Some(request_of(method, path, code(&answer)?, time_ms, size_bytes, owner))
}

fn request_of(
    method: &str,
    path: &str,
    status_code: u16,
    time_ms: Option<i64>,
    size_bytes: Option<u64>,
    owner: Option<String>,
) -> Line {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let Some(verb) = verb(method) else { return Line::Other };
    match classify(path.as_bytes()) {
        Named::Blob(name) => match name.kind {
            Some(kind) => {
                let digest = name.digest;
                Line::Request(LoggedRequest {
                    time_ms,
                    verb,
                    kind,
                    digest,
                    size_bytes,
                    status_code,
                    owner,
                })
            }
            None => Line::Other,
        },
        Named::WrongLength => Line::WrongLength,
        _ => Line::Other,
    }
}

fn verb(method: &str) -> Option<Verb> {
    match method.to_ascii_uppercase().as_str() {
        "GET" => Some(Verb::Get),
        "HEAD" | "CONTAINS" => Some(Verb::Find),
        "PUT" | "POST" => Some(Verb::Put),
        _ => None,
    }
}

fn code(word: &str) -> Option<u16> {
    word.parse().ok().filter(|code| word.len() == 3 && (100..=599).contains(code))
}

/// `[INSTANCE/][uploads/UUID/]blobs/[FUNCTION/]HASH/SIZE[/…]`, also behind `compressed-blobs/zstd`.
fn resource(word: &str) -> Option<(&str, u64)> {
    let (_, name) = word.split_once("blobs/").or(Some(("", word)))?;
    let parts: Vec<&str> = name.split('/').collect();
    parts.windows(2).find_map(|pair| {
        let is_hex = pair[0].len() >= 32 && pair[0].bytes().all(|b| b.is_ascii_hexdigit());
        Some((pair[0], pair[1].parse().ok().filter(|_| is_hex)?))
    })
}

/// Takes off the time that Go's `log` prints first: `2006/01/02 15:04:05`.
fn stamp(line: &str) -> (Option<i64>, &str) {
    let line = line.trim_start();
    let mut words = line.splitn(3, ' ');
    let (Some(day), Some(clock)) = (words.next(), words.next()) else { return (None, line) };
    let rest = words.next().unwrap_or_default().trim_start();
    let day = day.replace('/', "-");
    match leading_time(&[day.as_bytes(), clock.as_bytes()]) {
        Some(found) if found.n_columns == 2 && found.ms.is_some() => (found.ms, rest),
        Some(found) if found.n_columns == 1 && day.contains('T') => {
            (found.ms, line[day.len()..].trim_start())
        }
        _ => (None, line),
    }
}

/// `22/Nov/2026:01:27:51 +0000`.
fn clf_time(text: &str) -> Option<i64> {
    let (stamp, offset) = text.split_once(' ').unwrap_or((text, "+0000"));
    let (date, clock) = stamp.split_once(':')?;
    let mut date = date.split('/');
    let (day, month, year) = (date.next()?, date.next()?, date.next()?);
    let columns = [month, day, clock, year].map(str::as_bytes);
    let found = leading_time(&columns).filter(|found| found.n_columns == 4)?;
    Some(found.ms? - zone(offset)?)
}
