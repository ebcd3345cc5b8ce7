//! Digests of the functions that build caches use, as fixed bytes.

use std::fmt;

/// A digest function of the Remote Execution API (`DigestFunction.Value`) that names blobs in a
/// cache.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DigestFunction {
    /// 32 bytes, the default of Bazel and Buck2.
    Sha256,
    /// 20 bytes.
    Sha1,
    /// 32 bytes: only a name (`BLAKE3`, `blake3/`) tells it from SHA-256.
    Blake3,
    /// 48 bytes.
    Sha384,
    /// 64 bytes.
    Sha512,
    /// 16 bytes.
    Md5,
}

impl DigestFunction {
    /// All functions, in the order of their wire code in packed incidents.
    pub const ALL: [Self; 6] =
        [Self::Sha256, Self::Sha1, Self::Blake3, Self::Sha384, Self::Sha512, Self::Md5];

    /// Length in bytes of its digests.
    pub fn n_bytes(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 | Self::Blake3 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The function that a name such as `SHA-256`, `sha256` or `BLAKE3` stands for.
    pub fn from_name(name: &str) -> Option<Self> {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        Some(match plain.to_ascii_lowercase().as_str() {
            "sha256" => Self::Sha256,
            "sha1" => Self::Sha1,
            "blake3" => Self::Blake3,
            "sha384" => Self::Sha384,
            "sha512" => Self::Sha512,
            "md5" => Self::Md5,
            _ => return None,
        })
    }

    /// The commonest function whose digests have `n_bytes` bytes (32: SHA-256).
    pub fn from_n_bytes(n_bytes: usize) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.n_bytes() == n_bytes)
    }

    /// Its usual name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Sha1 => "SHA-1",
            Self::Blake3 => "BLAKE3",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
            Self::Md5 => "MD5",
        }
    }
}

/// Why a text is no digest.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DigestError {
    /// No digest function has this length.
    #[error("a digest has 32, 40, 64, 96 or 128 hexadecimal digits, this has {n_digits}")]
    Length {
        /// How many characters there were.
        n_digits: usize,
    },
    /// A character that is no hexadecimal digit.
    #[error("'{found}' is no hexadecimal digit")]
    NotHex {
        /// The first offending character.
        found: char,
    },
    /// The function named beside the digest has digests of another length.
    #[error("{function} digests have {expected} hexadecimal digits, this has {n_digits}")]
    WrongLength {
        /// Name of the function.
        function: &'static str,
        /// Digits its digests have.
        expected: usize,
        /// Digits there were.
        n_digits: usize,
    },
}

/// The name of a blob: a digest function and that many bytes. The size is kept beside it, in
/// [`Blobs`](super::Blobs).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest {
    function: DigestFunction,
    bytes: [u8; 64],
}

impl Digest {
    /// A digest of `function`. `None` if `bytes` has another length than its digests.
    pub fn new(function: DigestFunction, bytes: &[u8]) -> Option<Self> {
        let mut all = [0; 64];
        all.get_mut(..bytes.len())?.copy_from_slice(bytes);
        (bytes.len() == function.n_bytes()).then_some(Self { function, bytes: all })
    }

    /// Reads hexadecimal digits of either case. The length tells the function unless `function`
    /// does.
    pub fn from_hex(text: &str, function: Option<DigestFunction>) -> Result<Self, DigestError> {
        let n_digits = text.len();
        let mut bytes = [0; 64];
        let mut is_hex = true;
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let (high, low) = (hex_value(pair[0]), hex_value(*pair.last().unwrap_or(&b'0')));
            is_hex &= high | low < 16;
            *byte = high << 4 | low & 15;
        }
        let not_hex = |c: &char| !c.is_ascii_hexdigit();
        if (!is_hex || n_digits > 128)
            && let Some(found) = text.chars().find(not_hex)
        {
            return Err(DigestError::NotHex { found });
        }
        let by_length = (n_digits.is_multiple_of(2))
            .then(|| DigestFunction::from_n_bytes(n_digits / 2))
            .flatten();
        let function = match (function, by_length) {
            (Some(named), _) if named.n_bytes() * 2 == n_digits => named,
            (Some(named), _) => {
                let expected = named.n_bytes() * 2;
                return Err(DigestError::WrongLength {
                    function: named.name(),
                    expected,
                    n_digits,
                });
            }
            (None, Some(guess)) => guess,
            (None, None) => return Err(DigestError::Length { n_digits }),
        };
        Ok(Self { function, bytes })
    }

    /// The function it is of.
    pub fn function(&self) -> DigestFunction {
        self.function
    }

    /// Its bytes, as many as the function has.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.function.n_bytes()]
    }

    /// Lower-case hexadecimal digits.
    pub fn hex(&self) -> String {
        let mut text = String::new();
        self.push_hex(&mut text);
        text
    }

    /// Appends the lower-case hexadecimal digits.
    pub fn push_hex(&self, text: &mut String) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut digits = [0; 128];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(self.bytes()) {
            pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
        let digits = std::str::from_utf8(&digits[..self.bytes().len() * 2]);
        text.push_str(digits.unwrap_or_else(|_| unreachable!("digits are ASCII")));
    }

    /// The first eight hexadecimal digits, as shown on screen.
    pub fn short(&self) -> String {
        let mut text = self.hex();
        text.truncate(8);
        text
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.function.name(), self.short())
    }
}

/// The value of a hexadecimal digit; 255 of another character.
fn hex_value(digit: u8) -> u8 {
    const VALUES: [u8; 256] = {
        let mut values = [255; 256];
        let mut i = 0;
        while i < 16 {
            values[b"0123456789abcdef"[i] as usize] = i as u8;
            values[b"0123456789ABCDEF"[i] as usize] = i as u8;
            i += 1;
        }
        values
    };
    VALUES[usize::from(digit)]
}
