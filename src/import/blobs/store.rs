//! Takes blobs one by one: checks their names, lists them, and keeps where their bodies are.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::ControlFlow;

use crate::import::card::{Counts, ImportError, Warning};
use crate::import::facts::BlobFacts;
use crate::import::listing::gather::{Columns, Gather};
use crate::import::listing::layout::{BlobName, Doubt, Named, classify};
use crate::model::{CacheKind, Digest, DigestFunction};

use super::casblob::Casblob;
use super::checksum::{Check, Checker, check};
use super::problems::{Problem, Problems};
use super::result::decode_result;

/// Something stored: path, body, and last modification in milliseconds since 1970.
pub struct Stored<'p, 'a> {
    /// Its path or name.
    pub path: &'p str,
    /// Its bytes.
    pub body: &'a [u8],
    /// Last modification in milliseconds since 1970.
    pub modified_ms: Option<i64>,
    /// Number of its entry in the archive, from 1; 0 in a folder.
    pub entry: u32,
}

/// A blob of the CAS whose name is good.
#[derive(Clone, Copy)]
enum Body<'a> {
    Plain(&'a [u8]),
    Packed(Casblob<'a>),
}

/// The blobs seen so far.
pub struct Store<'a> {
    gather: Gather,
    cas: HashMap<Digest, Body<'a>>,
    results: Vec<(Digest, &'a [u8])>,
    /// Whether 64 digits were last found to be BLAKE3.
    is_blake3: bool,
    /// Bytes that may still be unpacked to check names.
    unpack_budget: u64,
    /// What was wrong.
    pub problems: Problems,
}

/// Messages longer than this are not decoded. Servers take a few MiB at most.
pub const MESSAGE_BYTES_MAX: u64 = 16 << 20;

/// A few bytes of zstd can stand for a MiB, so that unpacking has to end at some point.
const UNPACK_BYTES_MAX: u64 = 8 << 30;

type Progress<'p> = &'p mut dyn FnMut(u64) -> ControlFlow<()>;

impl<'a> Store<'a> {
    /// Of a file called `name`.
    pub fn new(name: &str) -> Self {
        Self {
            gather: Gather::default(),
            cas: HashMap::new(),
            results: Vec::new(),
            is_blake3: false,
            unpack_budget: UNPACK_BYTES_MAX,
            problems: Problems::new(name),
        }
    }

    /// Whether there was a blob, or at least the folder of one half.
    pub fn is_cache(&self) -> bool {
        self.gather.is_listing()
    }

    /// Notes an entry of an archive that is no plain file.
    pub fn no_file(&mut self, path: &str, is_folder: bool) {
        match classify(path.as_bytes()) {
            Named::Folder { is_half: true } => self.gather.half(),
            Named::Blob(_) if !is_folder => {
                let detail = "The entry is a link or a sparse file, not a plain file";
                self.problems.add(Problem::NoBlob, path, detail);
            }
            _ => {}
        }
    }

    /// Takes a blob. `progress` is told how many of its bytes are done.
    pub fn add(
        &mut self,
        stored: &Stored<'_, 'a>,
        progress: Progress<'_>,
    ) -> Result<(), ImportError> {
        let name = match classify(stored.path.as_bytes()) {
            Named::Blob(name) => name,
            Named::Folder { .. } | Named::Housekeeping => {
                self.gather.ignored();
                return Ok(());
            }
            Named::WrongLength => return self.no_blob(stored, "The name is as long as no digest"),
            Named::WrongShard => {
                return self.no_blob(stored, "The folder is that of other first digits");
            }
            Named::Other => return self.no_blob(stored, "The name is no digest"),
        };
        self.gather.half();
        if name.kind == Some(CacheKind::Ac) && name.doubt != Doubt::AcOrShard {
            self.add_result(&name, stored);
            return Ok(());
        }
        let Some(body) = self.body_of(&name, stored) else {
            return Ok(());
        };
        let checked = match body {
            Body::Plain(bytes) => self.check(&name, bytes, progress)?,
            Body::Packed(casblob) => match self.check_packed(&name, &casblob, progress)? {
                Ok(checked) => checked,
                Err(detail) => {
                    self.problems.add(Problem::BadCasblob, stored.path, &detail);
                    return Ok(());
                }
            },
        };
        self.file_away(name, stored, body, checked);
        Ok(())
    }

    /// Everything that was taken, with the messages decoded that refer to one another.
    pub fn finish(mut self, file: &str) -> (BlobFacts, Counts, Vec<Warning>) {
        let mut facts = BlobFacts::default();
        super::decode::decode_all(&mut self, &mut facts);
        let (listing, counts, mut warnings) = self.gather.finish(file);
        facts.listing = listing;
        warnings.extend(self.problems.into_warnings());
        (facts, counts, warnings)
    }

    /// AC entries by key, with their bodies.
    pub fn take_results(&mut self) -> Vec<(Digest, &'a [u8])> {
        std::mem::take(&mut self.results)
    }

    /// Whether 64 digits are BLAKE3 here.
    pub fn is_blake3(&self) -> bool {
        self.is_blake3
    }

    /// Content of a blob of the CAS, if it is there, whole, and short enough for a message.
    pub fn content(&mut self, digest: Digest, what: &str) -> Option<Cow<'a, [u8]>> {
        let size = match *self.cas.get(&digest)? {
            Body::Plain(bytes) if bytes.len() as u64 <= MESSAGE_BYTES_MAX => {
                return Some(Cow::Borrowed(bytes));
            }
            Body::Packed(casblob) if casblob.size_bytes <= MESSAGE_BYTES_MAX => {
                // It was unpacked before, when its name was checked.
                return casblob.content(MESSAGE_BYTES_MAX).ok().map(Cow::Owned);
            }
            Body::Plain(bytes) => bytes.len() as u64,
            Body::Packed(casblob) => casblob.size_bytes,
        };
        let detail = format!("{what} of {size} bytes");
        self.problems.add(Problem::TooLarge, &digest.hex(), &detail);
        None
    }

    fn no_blob(&mut self, stored: &Stored<'_, '_>, detail: &str) -> Result<(), ImportError> {
        self.problems.add(Problem::NoBlob, stored.path, detail);
        Ok(())
    }

    /// Lists an AC entry.
    fn add_result(&mut self, name: &BlobName, stored: &Stored<'_, 'a>) {
        self.gather.add(0, name, columns_of(stored));
        self.results.push((name.digest, stored.body));
    }

    fn body_of(&mut self, name: &BlobName, stored: &Stored<'_, 'a>) -> Option<Body<'a>> {
        if !name.is_casblob {
            return Some(Body::Plain(stored.body));
        }
        match Casblob::new(stored.body) {
            Ok(casblob) => Some(Body::Packed(casblob)),
            Err(detail) => {
                self.problems.add(Problem::BadCasblob, stored.path, detail);
                None
            }
        }
    }

    /// Lists a blob by what its check came to.
    fn file_away(
        &mut self,
        mut name: BlobName,
        stored: &Stored<'_, 'a>,
        body: Body<'a>,
        checked: Check,
    ) {
        let size = match body {
            Body::Plain(bytes) => bytes.len() as u64,
            Body::Packed(casblob) => casblob.size_bytes,
        };
        let is_wrong_size = name.size_bytes.is_some_and(|named| named != size);
        match checked {
            // Content that is its own name is a blob of the CAS, whatever the folder.
            Check::Same => (name.kind, name.doubt) = (Some(CacheKind::Cas), Doubt::None),
            Check::Different if name.kind != Some(CacheKind::Cas) => {
                let is_result = decode_result(name.digest.function(), stored.body)
                    .is_ok_and(|result| !result.outputs.is_empty() || result.stdout.is_some());
                if is_result || name.kind.is_some() {
                    (name.kind, name.doubt) = (Some(CacheKind::Ac), Doubt::None);
                    return self.add_result(&name, stored);
                }
                return self.problems.add(Problem::Corrupt, stored.path, "");
            }
            Check::Different => return self.problems.add(Problem::Corrupt, stored.path, ""),
            Check::NotChecked if is_wrong_size => {
                return self.problems.add(Problem::Corrupt, stored.path, "");
            }
            Check::NotChecked => {
                let detail = match name.digest.function() {
                    DigestFunction::Md5 => "MD5 is not computed here",
                    _ => "too much would have to be unpacked",
                };
                self.problems.add(Problem::Unchecked, stored.path, detail);
            }
        }
        name.size_bytes = Some(size);
        self.gather.add(0, &name, columns_of(stored));
        self.cas.insert(name.digest, body);
    }

    /// Checks a plain body, by SHA-256 and BLAKE3 if its name may be of either.
    fn check(
        &mut self,
        name: &BlobName,
        bytes: &[u8],
        progress: Progress<'_>,
    ) -> Result<Check, ImportError> {
        let is_blake3 = self.tries_blake3_first(name);
        let first = check(name.digest, is_blake3, bytes, progress);
        let first = first.ok_or(ImportError::Cancelled)?;
        if first != Check::Different || !may_be_both(name) {
            return Ok(first);
        }
        let second = check(name.digest, !is_blake3, bytes, progress);
        let second = second.ok_or(ImportError::Cancelled)?;
        if second == Check::Same {
            self.is_blake3 = !is_blake3;
        }
        Ok(second)
    }

    /// Checks what unpacking a body yields. The inner error says why it cannot be unpacked.
    fn check_packed(
        &mut self,
        name: &BlobName,
        casblob: &Casblob<'_>,
        progress: Progress<'_>,
    ) -> Result<Result<Check, String>, ImportError> {
        let Some(left) = self.unpack_budget.checked_sub(casblob.size_bytes) else {
            return Ok(Ok(Check::NotChecked));
        };
        self.unpack_budget = left;
        let is_blake3 = self.tries_blake3_first(name);
        let mut checkers =
            [Checker::new(name.digest, is_blake3), Checker::new(name.digest, !is_blake3)];
        let n_checkers = if may_be_both(name) { 2 } else { 1 };
        let mut is_cancelled = false;
        let unpacked = casblob.each_piece(&mut |piece| {
            checkers.iter_mut().take(n_checkers).for_each(|checker| checker.update(piece));
            is_cancelled = progress(0).is_break();
            !is_cancelled
        });
        if is_cancelled {
            return Err(ImportError::Cancelled);
        }
        if let Err(detail) = unpacked {
            return Ok(Err(detail));
        }
        let [first, second] = checkers.map(Checker::finish);
        if n_checkers == 2 && first != Check::Same && second == Check::Same {
            self.is_blake3 = !is_blake3;
            return Ok(Ok(second));
        }
        Ok(Ok(first))
    }

    fn tries_blake3_first(&self, name: &BlobName) -> bool {
        self.is_blake3 || name.digest.function() == DigestFunction::Blake3
    }
}

fn columns_of(stored: &Stored<'_, '_>) -> Columns<'static> {
    Columns { modified_ms: stored.modified_ms, entry: stored.entry, ..Columns::default() }
}

/// Whether the name may be of SHA-256 and of BLAKE3: no folder told.
fn may_be_both(name: &BlobName) -> bool {
    name.digest.function() == DigestFunction::Sha256
}
