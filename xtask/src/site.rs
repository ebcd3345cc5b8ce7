//! The complete static site: `dist/` can be put on any host, under any path.
//!
//! All assets lie in one folder named by the hash of all their names and contents. So one hash
//! names the whole, a page cannot mix two builds, files keep their names and their relative
//! references, and everything in the folder may be cached for ever.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};
use sha2::{Digest as _, Sha256};

use crate::{page, wasm};

/// Where the site lies, under the workspace's folder.
pub const DIST: &str = "dist";

const NAME_TO_COME: &str = "%BUILD%";

const SERVICE_WORKER: &str = include_str!("../site/sw.js");

/// Path in the site (with `/`) to bytes.
type Files = BTreeMap<String, Vec<u8>>;

/// What was built. Shown as a line of sizes.
pub struct Built {
    folder: String,
    n_files: usize,
    wasm: Sizes,
    whole: Sizes,
}

#[derive(Default, Clone, Copy)]
struct Sizes {
    raw_bytes: usize,
    brotli_bytes: usize,
}

/// Builds the site and puts it in the place of the old one.
///
/// # Errors
/// The app does not compile, a file of `static/` has an unfit name, or the disk refuses.
pub fn build(root: &Path) -> Result<Built> {
    let work = root.join("target/site");
    let glue = emptied(&work.join("wasm"))?;
    wasm::build(root, &glue)?;

    let mut assets = Files::new();
    read_tree(&glue, "", &mut assets)?;
    read_tree(&root.join("static"), "static/", &mut assets)?;
    let source = fs::read_to_string(root.join("index.html")).context("cannot read index.html")?;

    // The page names the folder, and the folder's name is of the page as well: all but that name.
    let page = page::served(&source, NAME_TO_COME, |name| assets.contains_key(name))?;
    let folder = format!("app-{}", hash(&assets, &page));
    let page = page.replace(NAME_TO_COME, &folder);
    let mut files: Files =
        assets.into_iter().map(|(name, bytes)| (format!("{folder}/{name}"), bytes)).collect();
    let worker = service_worker(&folder, files.keys());
    files.insert("index.html".into(), page.into_bytes());
    files.insert("sw.js".into(), worker.into_bytes());

    let fresh = emptied(&work.join("dist"))?;
    let built = write(&fresh, folder, &files)?;
    replace(&root.join(DIST), &fresh)?;
    Ok(built)
}

impl fmt::Display for Built {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kilobytes = |bytes: usize| format!("{:.0} kB", bytes as f64 / 1000.0);
        write!(
            f,
            "{DIST}/{}: {} files, {} ({} as brotli); wasm {} ({} as brotli)",
            self.folder,
            self.n_files,
            kilobytes(self.whole.raw_bytes),
            kilobytes(self.whole.brotli_bytes),
            kilobytes(self.wasm.raw_bytes),
            kilobytes(self.wasm.brotli_bytes),
        )
    }
}

/// The first 16 digits of a SHA-256 over names, lengths and contents.
fn hash(assets: &Files, page: &str) -> String {
    let mut hasher = Sha256::new();
    let others = [("index.html", page.as_bytes()), ("sw.js", SERVICE_WORKER.as_bytes())];
    let assets = assets.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    for (name, bytes) in assets.chain(others) {
        hasher.update((name.len() as u64).to_le_bytes());
        hasher.update(name);
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    }
    hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn service_worker<'a>(folder: &str, names: impl Iterator<Item = &'a String>) -> String {
    // Names hold nothing that JSON would escape: `read_tree` saw to it.
    let list = names.map(|name| format!("\n  \"./{name}\"")).collect::<Vec<_>>().join(",");
    SERVICE_WORKER.replace(NAME_TO_COME, folder).replace("%FILES%", &format!("[{list}\n]"))
}

/// Reads all files under `folder` into `files`, their names after `prefix`.
fn read_tree(folder: &Path, prefix: &str, files: &mut Files) -> Result<()> {
    let listing = fs::read_dir(folder).with_context(|| format!("no {}", folder.display()))?;
    for entry in listing {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)) {
            bail!("{prefix}{name}: names in the site are of letters, digits, dot, _ and - only");
        }
        if entry.file_type()?.is_dir() {
            read_tree(&entry.path(), &format!("{prefix}{name}/"), files)?;
        } else {
            files.insert(format!("{prefix}{name}"), fs::read(entry.path())?);
        }
    }
    Ok(())
}

fn write(dist: &Path, folder: String, files: &Files) -> Result<Built> {
    let mut whole = Sizes::default();
    let mut wasm = Sizes::default();
    for (name, bytes) in files {
        let path = dist.join(name);
        fs::create_dir_all(path.parent().context("a file lies in a folder")?)?;
        fs::write(&path, bytes)?;
        let brotli = write_compressed(&path, bytes)?;
        let sizes = if name.ends_with(".wasm") { &mut wasm } else { &mut whole };
        sizes.raw_bytes += bytes.len();
        sizes.brotli_bytes += brotli;
    }
    whole.raw_bytes += wasm.raw_bytes;
    whole.brotli_bytes += wasm.brotli_bytes;
    Ok(Built { folder, n_files: files.len(), wasm, whole })
}

/// Puts `NAME.br` and `NAME.gz` beside the file where they are smaller. Returns brotli's size, or
/// the file's own.
fn write_compressed(path: &Path, bytes: &[u8]) -> Result<usize> {
    let brotli = brotli(bytes)?;
    let gzip = gzip(bytes)?;
    let mut size = bytes.len();
    for (ending, compressed) in [(".gz", gzip), (".br", brotli)] {
        // A file that is compressed already would only cost its reader time.
        if compressed.len() < bytes.len() * 19 / 20 {
            let mut name = path.as_os_str().to_owned();
            name.push(ending);
            size = compressed.len();
            fs::write(name, compressed)?;
        }
    }
    Ok(size)
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut compressed = Vec::new();
    let (quality, window_bits) = (11, 24);
    brotli::CompressorWriter::new(&mut compressed, 1 << 16, quality, window_bits)
        .write_all(bytes)?;
    Ok(compressed)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(bytes)?;
    Ok(writer.finish()?)
}

fn emptied(folder: &Path) -> Result<std::path::PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    Ok(folder.to_owned())
}

/// Puts `fresh` in the place of `dist`, which is whole at all times but the blink between renames.
fn replace(dist: &Path, fresh: &Path) -> Result<()> {
    let old = fresh.with_file_name("old");
    if old.exists() {
        fs::remove_dir_all(&old)?;
    }
    if dist.exists() {
        fs::rename(dist, &old)?;
    }
    fs::rename(fresh, dist).with_context(|| format!("cannot write {}", dist.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(list: &[(&str, &str)]) -> Files {
        list.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn the_hash_sees_every_name_content_and_boundary() {
        let base = hash(&files(&[("a", "1"), ("b", "2")]), "page");
        assert_eq!(base, hash(&files(&[("b", "2"), ("a", "1")]), "page"));
        assert_eq!(base.len(), 16);
        for other in [
            hash(&files(&[("a", "1"), ("b", "3")]), "page"),
            hash(&files(&[("a", "1"), ("c", "2")]), "page"),
            hash(&files(&[("a", "1b"), ("", "2")]), "page"),
            hash(&files(&[("a", "1"), ("b", "2")]), "other"),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn the_service_worker_lists_the_builds_files() {
        let names = ["app-1/a.js".to_owned(), "app-1/b.wasm".to_owned()];
        let text = service_worker("app-1", names.iter());
        assert!(text.contains("const BUILD = \"app-1\";"), "{text}");
        assert!(text.contains("[\n  \"./app-1/a.js\",\n  \"./app-1/b.wasm\"\n]"), "{text}");
        assert!(!text.contains('%'), "{text}");
    }

    #[test]
    fn compressed_twins_come_back_to_the_same_bytes() {
        let text = "the same words again and again ".repeat(100).into_bytes();
        let mut back = Vec::new();
        brotli::BrotliDecompress(&mut brotli(&text).unwrap().as_slice(), &mut back).unwrap();
        assert_eq!(back, text);
        let mut back = Vec::new();
        let zipped = gzip(&text).unwrap();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&*zipped), &mut back).unwrap();
        assert_eq!(back, text);
    }
}
