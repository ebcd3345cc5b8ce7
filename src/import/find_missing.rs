//! Answers of `FindMissingBlobs` as `grpcurl` prints them, with or without the requests.

use std::collections::HashSet;

use serde_json::Value;

use super::access_log;
use super::card::{Counts, Place};
use super::notes::{Meter, Notes, Stop};
use super::request_log::{LoggedRequest, RequestLog};
use crate::model::{CacheKind, Digest, Verb};

/// Keys of the answer and of the request, in both spellings of protobuf's JSON.
pub(super) const KEYS: [&str; 4] =
    ["missingBlobDigests", "missing_blob_digests", "blobDigests", "blob_digests"];

/// Reads objects one after the other. What was asked for and is not missing is there.
pub(super) fn read(
    bytes: &[u8],
    notes: &mut Notes,
    meter: &mut Meter,
) -> Result<(RequestLog, Counts), Stop> {
    let mut log = RequestLog { is_by_hand: true, ..RequestLog::default() };
    let mut asked: Option<Vec<(Digest, Option<u64>)>> = None;
    let mut objects = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
    loop {
        let at = objects.byte_offset();
        meter.at(at, bytes.len())?;
        let object = match objects.next() {
            Some(Ok(object)) => object,
            Some(Err(error)) => {
                let what = || format!("The JSON breaks off or is broken: {error}.");
                let remedy = "What came before is used. Print it again.";
                notes.add("JSON", Place::Offset(at as u64), what, remedy);
                break;
            }
            None => break,
        };
        let place = Place::Offset(at as u64);
        let list = |keys: &[&str]| keys.iter().find_map(|key| object.get(key)?.as_array());
        if let Some(list) = list(&KEYS[2..]) {
            asked = Some(digests(list, &place, notes));
            continue;
        }
        let missing = digests(list(&KEYS[..2]).map_or(&[], Vec::as_slice), &place, notes);
        let names: HashSet<Digest> = missing.iter().map(|m| m.0).collect();
        let there = asked.take().unwrap_or_default();
        let there = there.into_iter().filter(|asked| !names.contains(&asked.0));
        log.requests.extend(missing.iter().map(|&blob| request(blob, 404)));
        log.requests.extend(there.map(|blob| request(blob, 200)));
    }
    if asked.is_some() {
        let what = || "The last request has no answer.".to_owned();
        notes.add("answer", Place::Whole, what, "It proves nothing.");
    }
    let counts = access_log::counts(&log, 0);
    Ok((log, counts))
}

fn request((digest, size_bytes): (Digest, Option<u64>), status_code: u16) -> LoggedRequest {
    let (time_ms, owner) = (None, None);
    let (verb, kind) = (Verb::Find, CacheKind::Cas);
    LoggedRequest { time_ms, verb, kind, digest, size_bytes, status_code, owner }
}

/// `{"hash": …, "sizeBytes": "5"}`.
fn digests(list: &[Value], place: &Place, notes: &mut Notes) -> Vec<(Digest, Option<u64>)> {
    let mut found = Vec::with_capacity(list.len());
    for item in list {
        let hash = item.get("hash").and_then(Value::as_str).unwrap_or_default();
        let size = item.get("sizeBytes").or_else(|| item.get("size_bytes"));
        let size = size.and_then(|s| s.as_u64().or_else(|| s.as_str()?.parse().ok()));
        match Digest::from_hex(hash, None) {
            // Protobuf's JSON leaves zeros out.
            Ok(digest) => found.push((digest, Some(size.unwrap_or(0)))),
            Err(error) => {
                let what = || format!("A blob has no digest: {error}.");
                notes.add("digest", place.clone(), what, "It is left out.");
            }
        }
    }
    found
}
