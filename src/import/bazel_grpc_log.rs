//! Reads Bazel's log of gRPC calls (`--remote_grpc_log`): delimited messages.

use std::collections::HashSet;

use prost::Message;

use super::bazel_grpc_facts::{CallLog, CallLogBuilder, CallOwner, CalledExecution, CalledFor};
use super::blobs::decode_result;
use super::card::{Counts, Place};
use super::digests;
use super::feed::{Called, Feed};
use super::notes::{Meter, Notes, Stop};
use super::wire::grpc_log::{
    Details, ExecuteResponse, FindMissingBlobs, LogEntry, Operation, PreconditionFailure,
    RequestMetadata,
};
use super::wire::reapi;
use crate::model::{BlobId, CacheKind, Digest, DigestError, DigestFunction, Status, Verb};

/// `google.rpc.Code.NOT_FOUND`.
const NOT_FOUND: i32 = 5;

/// The digest function that a request of `details` names (`DigestFunction.Value`).
fn function_of(details: &Details) -> Option<DigestFunction> {
    let get = details.get_action_result.as_ref().and_then(|get| get.request.as_ref());
    let update = details.update_action_result.as_ref().and_then(|update| update.request.as_ref());
    let find = details.find_missing_blobs.as_ref().and_then(|find| find.request.as_ref());
    let execute = details.execute.as_ref().and_then(|execute| execute.request.as_ref());
    let code = get.map(|request| request.digest_function);
    let code = code.or(update.map(|request| request.digest_function));
    let code = code.or(find.map(|request| request.digest_function));
    match code.or(execute.map(|request| request.digest_function))? {
        1 => Some(DigestFunction::Sha256),
        2 => Some(DigestFunction::Sha1),
        3 => Some(DigestFunction::Md5),
        5 => Some(DigestFunction::Sha384),
        6 => Some(DigestFunction::Sha512),
        9 => Some(DigestFunction::Blake3),
        _ => None,
    }
}

/// The facts and the counts.
pub(super) type Read = (CallLog, Counts);

/// Reads a log of gRPC calls.
pub(super) fn read(feed: &mut Feed, notes: &mut Notes, meter: &mut Meter) -> Result<Read, Stop> {
    let mut log = LogReader::default();
    let called = Called { key: "call", one: "A call", remedy: "It is left out." };
    feed.each_message(&called, notes, meter, |entry, place, notes| log.add(entry, place, notes))?;
    log.finish(notes)
}

#[derive(Default)]
struct LogReader {
    builder: CallLogBuilder,
    n_entries: u64,
    n_not_found: u64,
    /// What the requests so far say of all digests.
    function: Option<DigestFunction>,
    /// Of the call being read: the action that it executes, and how that went.
    execution: Option<(BlobId, Status)>,
    /// Of the call being read: what it says is lacking.
    lacked: Vec<BlobId>,
}

/// What all requests of one call have in common.
struct Call<'a> {
    at_ms: Option<i64>,
    answered_ms: Option<i64>,
    status: Status,
    owner: Option<u32>,
    action: Option<BlobId>,
    place: &'a Place,
}

impl LogReader {
    fn add(&mut self, entry: LogEntry, place: Place, notes: &mut Notes) {
        if entry.method_name.is_empty() {
            let what = || "A call does not say what is called.".to_owned();
            notes.add("method", place, what, "It is left out.");
            return;
        }
        self.n_entries += 1;
        self.function = entry.details.as_ref().and_then(function_of).or(self.function);
        let owner = entry.metadata.as_ref().map(|metadata| self.owner(metadata));
        let status = match entry.status.as_ref().map_or(0, |status| status.code) {
            0 => Status::Ok,
            NOT_FOUND => Status::NotFound,
            _ => Status::Error,
        };
        let call = Call {
            at_ms: entry.start_time.as_ref().and_then(millis),
            answered_ms: entry.end_time.as_ref().and_then(millis),
            status,
            owner: owner.map(|(index, _)| index),
            action: owner.and_then(|(_, action)| action),
            place: &place,
        };
        if let Some(details) = entry.details {
            self.add_details(details, &call, notes);
        }
        for any in entry.status.iter().flat_map(|status| &status.details) {
            self.add_violations(any);
        }
        self.add_execution(&call);
    }

    /// Closes a call that executes an action.
    fn add_execution(&mut self, call: &Call) {
        let lacked = std::mem::take(&mut self.lacked);
        let Some((key, status)) = self.execution.take() else { return };
        let status = if lacked.is_empty() { status } else { Status::NotFound };
        let (n_before, at_ms, owner) = (self.builder.n_requests(), call.at_ms, call.owner);
        self.builder.execute(CalledExecution { n_before, at_ms, key, status, lacked, owner });
    }

    fn owner(&mut self, metadata: &RequestMetadata) -> (u32, Option<BlobId>) {
        // Calls that no action asks for have a word here.
        let action = self.digest(&metadata.action_id).ok();
        let action = action.map(|digest| self.builder.blobs.intern(digest, None));
        let texts = &mut self.builder.texts;
        let owner = CallOwner {
            action,
            label: texts.intern(&metadata.target_id),
            mnemonic: texts.intern(&metadata.action_mnemonic),
            invocation: texts.intern(&metadata.tool_invocation_id),
        };
        (self.builder.owner(owner), action)
    }

    fn add_details(&mut self, details: Details, call: &Call, notes: &mut Notes) {
        if let Some(get) = details.get_action_result {
            let digest = get.request.and_then(|request| request.action_digest);
            let key = self.add_entry(Verb::Get, digest, call, notes);
            let body = get.response.filter(|_| call.status == Status::Ok);
            self.add_body(key, body.as_deref(), call, notes);
        }
        if let Some(request) = details.update_action_result.and_then(|update| update.request) {
            let key = self.add_entry(Verb::Put, request.action_digest, call, notes);
            let body = request.action_result.filter(|_| call.status == Status::Ok);
            self.add_body(key, body.as_deref(), call, notes);
        }
        if let Some(find) = details.find_missing_blobs {
            self.add_find(&find, call, notes);
        }
        if let Some(request) = details.read.and_then(|read| read.request) {
            self.add_resource(Verb::Get, &request.resource_name, call, notes);
        }
        if let Some(write) = details.write {
            let mut names = HashSet::new();
            for name in &write.resource_names {
                // Only the first message of an upload need tell it (`bytestream.proto`).
                if !name.is_empty() && names.insert(name) {
                    self.add_resource(Verb::Put, name, call, notes);
                }
            }
        }
        if let Some(execute) = details.execute {
            let digest = execute.request.and_then(|request| request.action_digest);
            let key = digest.and_then(|digest| self.blob(&digest, call, notes));
            self.add_responses(key, &execute.responses, call, notes);
        }
        if let Some(wait) = details.wait_execution {
            self.add_responses(call.action, &wait.responses, call, notes);
        }
    }

    fn push(&mut self, verb: Verb, kind: CacheKind, blob: BlobId, status: Status, call: &Call) {
        self.n_not_found += u64::from(status == Status::NotFound);
        let (at_ms, owner) = (call.at_ms, call.owner);
        let request = CalledFor { at_ms, verb, kind, blob, status, owner };
        self.builder.push(request, call.answered_ms);
    }

    fn add_entry(
        &mut self,
        verb: Verb,
        digest: Option<reapi::Digest>,
        call: &Call,
        notes: &mut Notes,
    ) -> Option<BlobId> {
        let key = self.blob(&digest.unwrap_or_default(), call, notes)?;
        self.push(verb, CacheKind::Ac, key, call.status, call);
        Some(key)
    }

    /// Each blob that is asked after is a request of its own.
    fn add_find(&mut self, find: &FindMissingBlobs, call: &Call, notes: &mut Notes) {
        let missing = find.response.iter().flat_map(|response| &response.missing_blob_digests);
        let missing: HashSet<&str> = missing.map(|digest| digest.hash.as_str()).collect();
        for digest in find.request.iter().flat_map(|request| &request.blob_digests) {
            let Some(blob) = self.blob(digest, call, notes) else { continue };
            let status = match call.status {
                Status::Ok if missing.contains(digest.hash.as_str()) => Status::NotFound,
                // The call itself was not answered; that says nothing of the blobs.
                Status::NotFound => Status::Error,
                status => status,
            };
            self.push(Verb::Find, CacheKind::Cas, blob, status, call);
        }
    }

    fn add_resource(&mut self, verb: Verb, name: &str, call: &Call, notes: &mut Notes) {
        let Some((digest, size)) = digests::of_resource(name) else {
            let what = || {
                let shown: String = name.chars().take(200).collect();
                format!("'{shown}' names no blob; expected blobs/HASH/SIZE.")
            };
            notes.add("resource", call.place.clone(), what, "The request is left out.");
            return;
        };
        let blob = self.builder.blobs.intern(digest, size);
        self.push(verb, CacheKind::Cas, blob, call.status, call);
    }

    /// A digest of the log's function, if it is as long as that has them.
    fn digest(&self, hash: &str) -> Result<Digest, DigestError> {
        let function = self.function.filter(|function| function.n_bytes() * 2 == hash.len());
        Digest::from_hex(hash, function)
    }

    fn blob(&mut self, wire: &reapi::Digest, call: &Call, notes: &mut Notes) -> Option<BlobId> {
        match self.digest(&wire.hash) {
            Ok(digest) => {
                let size = u64::try_from(wire.size_bytes).ok();
                Some(self.builder.blobs.intern(digest, size))
            }
            Err(error) => {
                let what = || {
                    let shown: String = wire.hash.chars().take(80).collect();
                    format!("'{shown}' is no digest: {error}.")
                };
                notes.add("digest", call.place.clone(), what, "The request is left out.");
                None
            }
        }
    }

    fn add_body(
        &mut self,
        key: Option<BlobId>,
        body: Option<&[u8]>,
        call: &Call,
        notes: &mut Notes,
    ) {
        let (Some(key), Some(body)) = (key, body) else { return };
        let key = self.builder.blobs.digest(key);
        match decode_result(key.function(), body) {
            Ok(body) => self.builder.add_body(key, body, call.answered_ms),
            Err(why) => {
                let what = || {
                    let key = key.short();
                    format!("The AC entry of {key}… is no ActionResult: {why}.")
                };
                notes.add("result", call.place.clone(), what, "The request is kept, not its body.");
            }
        }
    }

    /// The result of an execution is the AC entry that the server has from then on.
    fn add_responses(
        &mut self,
        key: Option<BlobId>,
        responses: &[Operation],
        call: &Call,
        notes: &mut Notes,
    ) {
        let mut status = if call.status == Status::Ok { Status::Ok } else { Status::Error };
        for any in responses.iter().filter_map(|operation| operation.response.as_ref()) {
            let Ok(response) = ExecuteResponse::decode(any.value.as_slice()) else {
                let what = || "The answer to an execution cannot be decoded.".to_owned();
                notes.add("execution", call.place.clone(), what, "It is left out.");
                continue;
            };
            let failed = response.status.as_ref().is_some_and(|status| status.code != 0);
            for any in response.status.iter().flat_map(|status| &status.details) {
                self.add_violations(any);
            }
            status = if failed { Status::Error } else { status };
            let body = response.result.filter(|_| !failed);
            self.add_body(key, body.as_deref(), call, notes);
        }
        self.execution = key.map(|key| (key, status));
    }

    /// Notes the blobs that an execution lacks (`Execute` in `remote_execution.proto`).
    fn add_violations(&mut self, any: &super::wire::grpc_log::Any) {
        if !any.type_url.ends_with("google.rpc.PreconditionFailure") {
            return;
        }
        let failure = PreconditionFailure::decode(any.value.as_slice()).unwrap_or_default();
        for violation in failure.violations.iter().filter(|v| v.kind == "MISSING") {
            if let Some((digest, size)) = digests::of_resource(&violation.subject) {
                let blob = self.builder.blobs.intern(digest, size);
                self.builder.lacks(blob);
                self.lacked.push(blob);
            }
        }
    }

    fn finish(self, notes: &mut Notes) -> Result<Read, Stop> {
        if self.n_entries == 0 {
            let what = "Not one whole call could be read.".to_owned();
            let remedy = "Export the log again, or check that it was copied whole.";
            return Err(Stop::Unusable(Box::new(notes.warning(Place::Whole, what, remedy))));
        }
        let (n_entries, n_not_found) = (self.n_entries, self.n_not_found);
        let n_requests = self.builder.n_requests() as u64;
        let log = self.builder.finish();
        let counts = vec![
            ("entries", n_entries),
            ("requests", n_requests),
            ("not_found", n_not_found),
            ("owners", log.owners.iter().filter(|owner| owner.action.is_some()).count() as u64),
            ("results", log.bodies.results.len() as u64),
            ("lost", log.lost.len() as u64),
        ];
        Ok((log, counts))
    }
}

/// Milliseconds since 1970.
fn millis(time: &reapi::Timestamp) -> Option<i64> {
    time.seconds.checked_mul(1000)?.checked_add(i64::from(time.nanos / 1_000_000))
}
