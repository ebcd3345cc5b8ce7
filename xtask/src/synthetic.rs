//! `cargo xtask synthetic`: a compact execution log of any size, for trying out limits.

use std::fs::File;
use std::io::{BufWriter, Read};
use std::path::Path;

use anyhow::{Context, Result, bail};
use ruzstd::encoding::{CompressionLevel, compress};

#[path = "../../benches/synthetic/mod.rs"]
mod generator;

pub use generator::Layout;
use generator::{Made, SyntheticLog};

/// Writes a log of at least `n_bytes`, before compression, to `out`.
///
/// # Errors
/// `out` cannot be written.
pub fn write(layout: Layout, n_bytes: u64, out: &Path) -> Result<String> {
    let file = File::create(out).with_context(|| format!("cannot write {}", out.display()))?;
    let mut log = SyntheticLog::new(layout, n_bytes);
    compress(log.by_ref(), BufWriter::new(file), CompressionLevel::Fastest);
    let Made { n_bytes, n_spawns, n_symlinks, n_entries } = log.made;
    let size = std::fs::metadata(out)?.len();
    Ok(format!(
        "{}: a synthetic log of {n_bytes} bytes, {size} compressed; {n_spawns} spawns, \
         {n_symlinks} symlink actions, {} files, {} directories, {} input sets, {} runfiles trees",
        out.display(),
        n_entries[1],
        n_entries[2],
        n_entries[4],
        n_entries[8],
    ))
}

/// Bytes in a text such as `1GiB`, `64MiB` or `1000`.
///
/// # Errors
/// The text is none.
pub fn bytes_of(text: &str) -> Result<u64> {
    let units = [("GiB", 30), ("MiB", 20), ("KiB", 10)];
    let unit = units.into_iter().find_map(|(unit, bits)| Some((text.strip_suffix(unit)?, bits)));
    let (number, bits) = unit.unwrap_or((text, 0));
    let number: u64 = number.trim().parse().with_context(|| format!("`{text}` is no size"))?;
    match number.checked_shl(bits).filter(|bytes| bytes >> bits == number) {
        Some(bytes) => Ok(bytes),
        None => bail!("`{text}` is too much"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(bytes_of("1GiB").unwrap(), 1 << 30);
        assert_eq!(bytes_of("64MiB").unwrap(), 64 << 20);
        assert_eq!(bytes_of("1000").unwrap(), 1000);
        assert!(bytes_of("1GB").is_err());
        assert!(bytes_of("99999999999999GiB").is_err());
    }
}
