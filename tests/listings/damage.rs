//! Broken listings and tars: a warning or an error, never a panic, and quickly.

use std::ops::ControlFlow;
use std::time::Instant;

use proptest::prelude::*;
use rewindow::import::{ImportError, Place, blobs, listing};

use super::{count, read, sample_rows, unwrapped};

const A: &str = "36a959690c3a34f68c8b017dbb05a7abc9d789dec7427b8ea931a32d84d2cd0b";

/// Small real samples of a format.
fn samples(format: &str) -> Vec<(String, Vec<u8>)> {
    let own = |path: &std::path::Path| path.to_string_lossy().contains("tests/samples_cache/gist");
    sample_rows()
        .into_iter()
        .filter(|sample| sample.format == format && own(&sample.path))
        .map(|sample| (sample.path.display().to_string(), unwrapped(&sample.path)))
        .collect()
}

/// A listing of one blob and `n` lines of garbage.
fn garbage(n: u32) -> String {
    let mut text = format!("cas/{A} 7 1.5\n");
    for i in 0..n {
        text += &format!("{i} some nonsense, as logs have it: {i:x}\n");
    }
    text
}

/// Nanoseconds for which this thread ran; where the system does not tell, those that went by.
fn worked(since: Instant) -> u128 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let ran = told.split_whitespace().next().and_then(|first| first.parse().ok());
    ran.unwrap_or_else(|| since.elapsed().as_nanos())
}

#[test]
fn a_million_lines_of_garbage_are_one_warning() {
    let text = garbage(1_000_000);
    let (facts, _, warnings) = read(text.as_bytes()).unwrap();
    assert_eq!((facts.blobs.len(), warnings.len()), (1, 1), "{warnings:?}");
    assert_eq!((warnings[0].place.clone(), warnings[0].count), (Place::Line(2), 1_000_000));
}

/// By the time that this thread ran, whatever else the machine does: eight times the lines take
/// eight times the work, and would take 64 times if each were looked for among those before it.
#[test]
fn the_work_for_garbage_is_in_proportion_to_its_lines() {
    let start = Instant::now();
    let work = |n| {
        let text = garbage(n);
        let once = || {
            let before = worked(start);
            read(text.as_bytes()).unwrap();
            worked(start) - before
        };
        (0..3).map(|_| once()).min().unwrap()
    };
    let (few, many) = (work(50_000), work(400_000));
    let ratio = many as f64 / few.max(1) as f64;
    println!("{few} ns and {many} ns: {ratio:.1}");
    assert!(ratio < 24.0, "{ratio:.1} times the work for eight times the lines");
}

#[test]
fn what_is_no_listing_is_an_error() {
    for text in ["", "\n\n", "hello\nworld\n", "{\"a\": 1}", "\0\0\0", "36a959  x.tar\n"] {
        assert!(!listing::sniff(text.as_bytes()), "{text:?}");
        let error = read(text.as_bytes()).unwrap_err();
        assert!(error.to_string().contains("listing.txt"), "{error}");
    }
    // An empty cache is a cache.
    let (facts, _, warnings) = read(b".\n./ac\n./cas\n").unwrap();
    assert_eq!((facts.blobs.len(), warnings.len()), (0, 0));
    assert!(listing::sniff(b".:\ntotal 0\ndrwxr-xr-x 2 a b 40 Nov 22 00:59 ac\n\n./ac:\n"));
}

#[test]
fn defects_are_named_with_their_line() {
    let other = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    for (line, part) in [
        (format!("cas/{}", &A[..50]), "as long as no digest"),
        (format!("cas/37/{A}"), "folder of other first digits"),
        ("find: permission denied".to_owned(), "names no blob"),
        (format!("{other}  cas/{A}"), "digest mismatch"),
    ] {
        let text = format!("ac/{other}\n{line}\nac/{A}\n");
        let (facts, _, warnings) = read(text.as_bytes()).unwrap();
        assert_eq!((facts.blobs.len(), warnings.len()), (2, 1), "{line}: {warnings:?}");
        assert_eq!(warnings[0].place, Place::Line(2));
        assert!(warnings[0].what.contains(part), "{}", warnings[0]);
    }
}

#[test]
fn a_cut_digest_is_not_taken_for_a_shorter_one() {
    let text = format!("cas/{A} 7\nac/{}", &A[..40]);
    let (facts, _, warnings) = read(text.as_bytes()).unwrap();
    assert_eq!((facts.blobs.len(), warnings.len()), (1, 1), "{warnings:?}");
    assert!(warnings[0].what.contains("no line end"), "{}", warnings[0]);
    // A cut number is no size.
    let (facts, _, warnings) = read(format!("cas/{A} 7").as_bytes()).unwrap();
    assert_eq!(facts.blobs[0].content.size_bytes, None);
    assert_eq!(warnings.len(), 1);
}

#[test]
fn truncation_never_adds_blobs() {
    for (name, bytes) in samples("cache_listing") {
        let whole = read(&bytes).unwrap().0.blobs;
        for end in 0..bytes.len() {
            let Ok((facts, ..)) = read(&bytes[..end]) else { continue };
            let is_known = |b: &rewindow::import::ListedBlob| {
                whole.iter().any(|w| w.content.digest == b.content.digest)
            };
            assert!(facts.blobs.iter().all(is_known), "{name} cut at {end}: {facts:?}");
            assert!(facts.blobs.len() <= whole.len(), "{name} cut at {end}");
        }
    }
}

#[test]
fn a_truncated_tar_gives_what_came_before_and_a_warning() {
    for (name, bytes) in samples("blobs_tar") {
        let read = |bytes: &[u8]| blobs::read_tar("t", bytes, &mut |_| ControlFlow::Continue(()));
        let n_whole = read(&bytes).unwrap().0.listing.blobs.len();
        let mut n_best = 0;
        for end in (0..bytes.len()).step_by(101) {
            match read(&bytes[..end]) {
                Ok((facts, counts, warnings)) => {
                    let n = facts.listing.blobs.len();
                    assert_eq!(n as u64, count(&counts, "ac") + count(&counts, "cas"));
                    // Behind the end mark, tar pads with zeros that nobody needs.
                    assert!(n == n_whole || !warnings.is_empty(), "{name} cut at {end}: silent");
                    n_best = n_best.max(n);
                }
                Err(error) => assert!(matches!(error, ImportError::Unusable(_))),
            }
        }
        assert_eq!(n_best, n_whole);
    }
}

/// Parts of listings put together at random.
const LINE: &str = "([│├└|`─ \u{a0}\\[\\]-]{0,9})(\\PC{0,20})(/|:| |\t|[0-9a-f]{2,70})(\\PC{0,9})";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn flipped_bits_never_panic(at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        for (_, mut bytes) in samples("cache_listing") {
            let i = at.index(bytes.len());
            bytes[i] ^= 1 << bit;
            let _ = read(&bytes);
        }
        for (_, mut bytes) in samples("blobs_tar") {
            let i = at.index(bytes.len());
            bytes[i] ^= 1 << bit;
            let _ = blobs::read_tar("t", &bytes, &mut |_| ControlFlow::Continue(()));
        }
    }

    #[test]
    fn random_lines_never_panic(
        lines in prop::collection::vec(LINE, 0..20)
    ) {
        let _ = read(lines.join("\n").as_bytes());
        let _ = listing::sniff(lines.join("\n").as_bytes());
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let _ = read(&bytes);
        let _ = blobs::read_tar("t", &bytes, &mut |_| ControlFlow::Continue(()));
        let _ = blobs::sniff_tar(&bytes);
        let name = format!("cas.v2/36/{A}-12-ab");
        let mut packed = 0x184D_2A50_u32.to_le_bytes().to_vec();
        packed.extend(&bytes);
        let entry = format!("ac/{A}");
        let files: [(&str, &[u8]); 2] = [(&name, &packed), (&entry, &bytes)];
        let _ = blobs::read_folder("f", &files, &mut |_| ControlFlow::Continue(()));
    }
}
