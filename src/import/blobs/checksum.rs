//! Whether content is what its name says.

use std::ops::ControlFlow;

use sha2::Digest as _;

use crate::model::{Digest, DigestFunction};

/// What a check of a name came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Check {
    /// The content has this digest.
    Same,
    /// It has another.
    Different,
    /// The function is not at hand.
    NotChecked,
}

/// Checks content piece by piece.
///
/// The length of a name does not tell SHA-256 from BLAKE3, and only some caches keep them in
/// folders apart, so that a name of either is good.
pub struct Checker {
    digest: Digest,
    state: Option<State>,
}

enum State {
    Sha256(sha2::Sha256),
    Sha1(sha1::Sha1),
    Sha384(sha2::Sha384),
    Sha512(sha2::Sha512),
    Blake3(Box<blake3::Hasher>),
}

/// Bytes hashed between two looks at the cancel button.
const PIECE_BYTES: usize = 1 << 20;

impl Checker {
    /// Of content that should have `digest`. With `is_blake3`, names of 64 digits are taken for
    /// BLAKE3, else for SHA-256.
    pub fn new(digest: Digest, is_blake3: bool) -> Self {
        let state = match digest.function() {
            DigestFunction::Sha256 | DigestFunction::Blake3 if is_blake3 => {
                Some(State::Blake3(Box::default()))
            }
            DigestFunction::Sha256 | DigestFunction::Blake3 => {
                Some(State::Sha256(Default::default()))
            }
            DigestFunction::Sha1 => Some(State::Sha1(Default::default())),
            DigestFunction::Sha384 => Some(State::Sha384(Default::default())),
            DigestFunction::Sha512 => Some(State::Sha512(Default::default())),
            DigestFunction::Md5 => None,
        };
        Self { digest, state }
    }

    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        match &mut self.state {
            Some(State::Sha256(hash)) => hash.update(piece),
            Some(State::Sha1(hash)) => hash.update(piece),
            Some(State::Sha384(hash)) => hash.update(piece),
            Some(State::Sha512(hash)) => hash.update(piece),
            Some(State::Blake3(hash)) => {
                hash.update(piece);
            }
            None => {}
        }
    }

    /// What it comes to.
    pub fn finish(self) -> Check {
        let is = |bytes: &[u8]| bytes == self.digest.bytes();
        let is_same = match self.state {
            Some(State::Sha256(hash)) => is(&hash.finalize()),
            Some(State::Sha1(hash)) => is(&hash.finalize()),
            Some(State::Sha384(hash)) => is(&hash.finalize()),
            Some(State::Sha512(hash)) => is(&hash.finalize()),
            Some(State::Blake3(hash)) => is(hash.finalize().as_bytes()),
            None => return Check::NotChecked,
        };
        if is_same { Check::Same } else { Check::Different }
    }
}

/// Checks `bytes`; `progress` is told how many of them are done. `None` if it broke off.
pub fn check(
    digest: Digest,
    is_blake3: bool,
    bytes: &[u8],
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Option<Check> {
    let mut checker = Checker::new(digest, is_blake3);
    let mut done = 0;
    for piece in bytes.chunks(PIECE_BYTES) {
        checker.update(piece);
        done += piece.len() as u64;
        if piece.len() == PIECE_BYTES && progress(done).is_break() {
            return None;
        }
    }
    Some(checker.finish())
}

/// The digest of `bytes` under `function`, where it is at hand.
pub fn digest_of(function: DigestFunction, is_blake3: bool, bytes: &[u8]) -> Option<Digest> {
    match function {
        DigestFunction::Sha256 | DigestFunction::Blake3 if is_blake3 => {
            Digest::new(function, blake3::hash(bytes).as_bytes())
        }
        DigestFunction::Sha256 | DigestFunction::Blake3 => {
            Digest::new(function, &sha2::Sha256::digest(bytes))
        }
        DigestFunction::Sha1 => Digest::new(function, &sha1::Sha1::digest(bytes)),
        DigestFunction::Sha384 => Digest::new(function, &sha2::Sha384::digest(bytes)),
        DigestFunction::Sha512 => Digest::new(function, &sha2::Sha512::digest(bytes)),
        DigestFunction::Md5 => None,
    }
}
