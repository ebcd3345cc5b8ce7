//! The body of an AC entry.

use prost::Message;

use crate::import::facts::{ActionResultBody, ContentDigest, ResultOutput};
use crate::import::wire::reapi;
use crate::model::{Digest, DigestFunction};

/// Decodes an ActionResult whose digests are of `function`. `Err` says why it is none: bytes that
/// are no message, fields that an ActionResult does not have, digests that are none.
pub fn decode_result(
    function: DigestFunction,
    bytes: &[u8],
) -> Result<ActionResultBody, &'static str> {
    check_fields(bytes)?;
    let result = reapi::ActionResult::decode(bytes).map_err(|_| "its fields are broken")?;
    let files = result.output_files.iter().map(|file| output(function, &file.path, &file.digest));
    let mut outputs = files.collect::<Result<Vec<_>, _>>()?;
    for directory in &result.output_directories {
        // Without a Tree, directories are stored one by one (`OutputDirectoryFormat`).
        let digest = directory.tree_digest.as_ref().or(directory.root_directory_digest.as_ref());
        let content = digest.and_then(|d| content_digest(function, d)).ok_or(NO_DIGEST)?;
        outputs.push(ResultOutput { path: directory.path.clone(), content, is_tree: true });
    }
    let stream = |digest: &Option<reapi::Digest>| match digest {
        Some(digest) => content_digest(function, digest).map(Some).ok_or(NO_DIGEST),
        None => Ok(None),
    };
    Ok(ActionResultBody {
        outputs,
        stdout: stream(&result.stdout_digest)?,
        stderr: stream(&result.stderr_digest)?,
        stdout_inline_bytes: length(&result.stdout_raw),
        stderr_inline_bytes: length(&result.stderr_raw),
        exit_code: result.exit_code,
        duration_ms: result.execution_metadata.as_ref().and_then(duration_ms),
    })
}

/// A digest of a message; `None` if it is none.
pub fn content_digest(function: DigestFunction, wire: &reapi::Digest) -> Option<ContentDigest> {
    let named = (wire.hash.len() == function.n_bytes() * 2).then_some(function);
    let digest = Digest::from_hex(&wire.hash, named).ok()?;
    Some(ContentDigest { digest, size_bytes: Some(u64::try_from(wire.size_bytes).ok()?) })
}

const NO_DIGEST: &str = "a digest in it is none";

/// The highest field number that a message of this kind may come to have.
const FIELD_MAX: u32 = 15;

/// Whether the fields are those of an ActionResult: what follows it, or something else altogether,
/// mostly reads as fields with high numbers.
fn check_fields(mut bytes: &[u8]) -> Result<(), &'static str> {
    use prost::encoding::{DecodeContext, decode_key, skip_field};
    while !bytes.is_empty() {
        let (tag, wire_type) = decode_key(&mut bytes).map_err(|_| "its fields are broken")?;
        if tag > FIELD_MAX {
            return Err("it has fields that an ActionResult does not have");
        }
        skip_field(wire_type, tag, &mut bytes, DecodeContext::default())
            .map_err(|_| "its last field is cut short or broken")?;
    }
    Ok(())
}

fn output(
    function: DigestFunction,
    path: &str,
    digest: &Option<reapi::Digest>,
) -> Result<ResultOutput, &'static str> {
    let content = digest.as_ref().and_then(|d| content_digest(function, d)).ok_or(NO_DIGEST)?;
    if path.is_empty() {
        return Err("an output in it has no path");
    }
    Ok(ResultOutput { path: path.to_owned(), content, is_tree: false })
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

/// How long the command ran; if not told, how long the worker had the action.
fn duration_ms(metadata: &reapi::ExecutedActionMetadata) -> Option<u32> {
    let between = |start: &Option<reapi::Timestamp>, end: &Option<reapi::Timestamp>| {
        let (start, end) = (start.as_ref()?, end.as_ref()?);
        let seconds = end.seconds.checked_sub(start.seconds)?;
        let millis = (i64::from(end.nanos) - i64::from(start.nanos)) / 1_000_000;
        u32::try_from(seconds.checked_mul(1000)?.checked_add(millis)?).ok()
    };
    between(&metadata.execution_start_timestamp, &metadata.execution_completed_timestamp)
        .or_else(|| between(&metadata.worker_start_timestamp, &metadata.worker_completed_timestamp))
}
