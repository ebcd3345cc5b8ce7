//! Made-up listings: the same blobs in every shape and layout.

use proptest::prelude::*;
use rewindow::import::ListedBlob;
use rewindow::model::{CacheKind, Digest};

use super::{count, read};

/// A blob of a made-up cache.
#[derive(Clone, Debug)]
pub struct Blob {
    pub kind: CacheKind,
    pub hex: String,
    pub size: u64,
    /// Seconds since 1970.
    pub time: i64,
}

fn kind_name(kind: CacheKind) -> &'static str {
    match kind {
        CacheKind::Ac => "ac",
        CacheKind::Cas => "cas",
    }
}

/// Sorted, each once, as lists of (half, digest, size).
pub fn plain(blobs: &[ListedBlob]) -> Vec<(Option<CacheKind>, String, Option<u64>)> {
    let mut rows: Vec<_> =
        blobs.iter().map(|b| (b.kind, b.content.digest.hex(), b.content.size_bytes)).collect();
    rows.sort();
    rows
}

/// What a listing with sizes should give of `blobs`.
fn expected(blobs: &[Blob]) -> Vec<(Option<CacheKind>, String, Option<u64>)> {
    let size = |b: &Blob| (b.kind == CacheKind::Cas).then_some(b.size);
    let mut rows: Vec<_> = blobs.iter().map(|b| (Some(b.kind), b.hex.clone(), size(b))).collect();
    rows.sort();
    rows
}

prop_compose! {
    /// Blobs with different names and with sizes as caches have them: entries name digests, and
    /// content is of any length.
    pub fn cache()(
        blobs in prop::collection::btree_map(
            (any::<bool>(), prop::array::uniform32(any::<u8>())),
            (65_u64..5_000_000, 1_000_000_000_i64..2_000_000_000), 2..30)
    ) -> Vec<Blob> {
        let blob = |((is_ac, bytes), (size, time)): ((bool, [u8; 32]), (u64, i64))| Blob {
            kind: if is_ac { CacheKind::Ac } else { CacheKind::Cas },
            hex: bytes.iter().map(|b| format!("{b:02x}")).collect(),
            size: size | 1,
            time,
        };
        blobs.into_iter().map(blob).collect()
    }
}

/// A line each, from the path that `layout` gives.
fn lines(blobs: &[Blob], layout: fn(&Blob) -> String, line: fn(&Blob, &str) -> String) -> String {
    blobs.iter().map(|b| line(b, &layout(b)) + "\n").collect()
}

fn flat(b: &Blob) -> String {
    format!("{}/{}", kind_name(b.kind), b.hex)
}

fn sharded(b: &Blob) -> String {
    format!("{}/{}/{}", kind_name(b.kind), &b.hex[..2], b.hex)
}

fn old_disk(b: &Blob) -> String {
    if b.kind == CacheKind::Ac { format!("ac_{}", b.hex) } else { b.hex.clone() }
}

fn bazel_remote_v1(b: &Blob) -> String {
    match b.kind {
        CacheKind::Ac => format!("ac.v2/{}/{}-5678", &b.hex[..2], b.hex),
        CacheKind::Cas => format!("cas.v2/{}/{}-{}-ab12.v1", &b.hex[..2], b.hex, b.size),
    }
}

type Layout = fn(&Blob) -> String;
const LAYOUTS: [Layout; 4] = [flat, sharded, old_disk, bazel_remote_v1];

fn ls_lr(blobs: &[Blob], layout: Layout, time: &str) -> String {
    let mut text = ".:\ntotal 8\n".to_owned();
    for b in blobs {
        let path = layout(b);
        let (folder, name) = path.rsplit_once('/').unwrap_or((".", &path));
        text += &format!("\n./{folder}:\ntotal 4\ndrwxr-xr-x 2 me my group 4096 {time} ..\n");
        text += &format!("-rw-r--r-- 1 me my group {:>8} {time} {name}\n", b.size);
    }
    text
}

/// `tree -s`; depths as `layout` has them, drawn with `branch` and `bar`.
fn tree(blobs: &[Blob], layout: Layout, branch: &str, bar: &str) -> String {
    let mut text = ".\n".to_owned();
    for b in blobs {
        let path = layout(b);
        let parts: Vec<&str> = path.split('/').collect();
        for (depth, part) in parts.iter().enumerate() {
            let size = if depth + 1 < parts.len() { 4096 } else { b.size };
            text += &format!("{}{branch}[{size:>10}]  {part}\n", bar.repeat(depth));
        }
    }
    text + "\n15 directories, 12 files\n"
}

fn tree_json(blobs: &[Blob], layout: Layout) -> String {
    let file = |b: &Blob| {
        let path = layout(b);
        path.rsplit('/').enumerate().fold(String::new(), |inside, (i, part)| match i {
            0 => format!(r#"{{"type":"file","name":"{part}","size":{}}}"#, b.size),
            _ => format!(r#"{{"type":"directory","name":"{part}","contents":[{inside}]}}"#),
        })
    };
    let files: Vec<String> = blobs.iter().map(file).collect();
    format!(
        "[\n{{\"type\":\"directory\",\"name\":\".\",\"contents\":[{}]}},\n\
         {{\"type\":\"report\",\"directories\":1}}]\n",
        files.join(",\n")
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_shape_of_the_same_cache_gives_the_same_facts(blobs in cache(), i in 0_usize..4) {
        // The old disk cache shows itself by an AC entry.
        prop_assume!(blobs.iter().any(|b| b.kind == CacheKind::Ac));
        let layout = LAYOUTS[i];
        let sized = [
            lines(&blobs, layout, |b, p| format!("{p}\t{}\t{}.5000000000", b.size, b.time)),
            lines(&blobs, layout, |b, p| format!("{p} {} {}.1 {}.2", b.size, b.time, b.time)),
            lines(&blobs, layout, |b, p| format!("{} {}.25 /a b/{p}", b.size, b.time)),
            lines(&blobs, layout, |b, p| format!("{}\t./{p}", b.size)),
            lines(&blobs, layout, |b, p| format!(
                " 12  8 -rw-r--r--  1 me  me  {} Nov 22 00:59 ./{p}", b.size)),
            ls_lr(&blobs, layout, "2026-11-22 01:02:53.847499482 +0000"),
            ls_lr(&blobs, layout, "2026-11-22 01:02"),
            ls_lr(&blobs, layout, "11-22 01:02"),
            ls_lr(&blobs, layout, "Nov 22 00:59"),
            ls_lr(&blobs, layout, "Nov 22  2025"),
            tree(&blobs, layout, "├── ", "│\u{a0}\u{a0} "),
            tree(&blobs, layout, "├── ", "│   "),
            tree(&blobs, layout, "|-- ", "|   "),
            tree(&blobs, layout, "`-- ", "    "),
            tree_json(&blobs, layout),
        ];
        for text in sized {
            let (facts, counts, warnings) = read(text.as_bytes()).unwrap();
            prop_assert_eq!(plain(&facts.blobs), expected(&blobs), "{}", text);
            prop_assert_eq!(count(&counts, "ac") + count(&counts, "cas"), blobs.len() as u64);
            prop_assert!(warnings.is_empty(), "{:?} {}", warnings, text);
        }
        let unsized_shapes = [
            lines(&blobs, layout, |_, p| format!("./{p}")),
            lines(&blobs, layout, |_, p| format!("C:\\cache\\{}", p.replace('/', "\\"))),
            lines(&blobs, layout, |b, p| format!("{}  ./{p}", b.hex)),
            lines(&blobs, layout, |b, p| format!("SHA256 (./{p}) = {}", b.hex)),
            lines(&blobs, layout, |_, p| format!("4.0K\t./{p}")),
        ];
        for text in unsized_shapes {
            let (facts, _, warnings) = read(text.as_bytes()).unwrap();
            let names = |rows: Vec<(Option<CacheKind>, String, Option<u64>)>| {
                rows.into_iter().map(|row| (row.0, row.1)).collect::<Vec<_>>()
            };
            prop_assert_eq!(names(plain(&facts.blobs)), names(expected(&blobs)), "{}", text);
            prop_assert!(warnings.is_empty(), "{:?} {}", warnings, text);
        }
    }
}

const A: &str = "36a959690c3a34f68c8b017dbb05a7abc9d789dec7427b8ea931a32d84d2cd0b";
const C: &str = "ac1f959690c3a34f68c8b017dbb05a7abc9d789dec7427b8ea931a32d84d2cd0";

fn only(text: &str) -> ListedBlob {
    let (facts, _, warnings) = read(text.as_bytes()).unwrap();
    assert_eq!((facts.blobs.len(), warnings.len()), (1, 0), "{text}: {facts:?} {warnings:?}");
    facts.blobs[0]
}

#[test]
fn names_of_bazel_remote_and_nativelink() {
    let told = |text: &str| {
        let blob = only(text);
        (blob.kind, blob.content.size_bytes)
    };
    let (ac, cas) = (Some(CacheKind::Ac), Some(CacheKind::Cas));
    // The size in the name is that of the content, the other that of the compressed file.
    assert_eq!(told(&format!("cas.v2/36/{A}-700-1234 77 1.5\n")), (cas, Some(700)));
    assert_eq!(told(&format!("cas.v2/36/{A}-1234 77 1.5\n")), (cas, None));
    assert_eq!(told(&format!("cas.v2/36/{A}-556677.v1 77 1.5\n")), (cas, Some(77)));
    assert_eq!(told(&format!("cas.v2/36/{A}-77-9Zx.v1 77 1.5\n")), (cas, Some(77)));
    assert_eq!(told(&format!("ac.v2/36/{A}-112233 77 1.5\n")), (ac, None));
    assert_eq!(told(&format!("raw.v2/36/{A}-222444666 77 1.5\n")), (ac, None));
    assert_eq!(told(&format!("cas/{A} 77 1.5\n")), (cas, Some(77)));
    assert_eq!(told(&format!("x-cas/d/{A}-77 77 1.5\n")), (cas, Some(77)));
    assert_eq!(told(&format!("x-cas/d/36/{A}-77\n")), (cas, Some(77)));
    assert_eq!(told(&format!("36/{A} 77\n")), (None, Some(77)));
}

#[test]
fn ac_is_a_half_and_two_digits() {
    assert_eq!(only(&format!("ac/{C}\n")).kind, Some(CacheKind::Ac));
    assert_eq!(only(&format!("cas/ac/{C}\n")).kind, Some(CacheKind::Cas));
    assert_eq!(only(&format!("ac/ac/{C}\n")).kind, Some(CacheKind::Ac));
    // Made inside one half: `ac` is one of its folders.
    let (facts, _, _) = read(format!("ac/{C}\n36/{A}\n").as_bytes()).unwrap();
    assert!(facts.blobs.iter().all(|b| b.kind.is_none()), "{facts:?}");
}

#[test]
fn folders_tell_the_digest_function() {
    use rewindow::model::DigestFunction::{Blake3, Sha1, Sha256};
    let function = |text: &str| only(text).content.digest.function();
    assert_eq!(function(&format!("blake3/cas/36/{A}\n")), Blake3);
    assert_eq!(function(&format!("cas/36/{A}\n")), Sha256);
    assert_eq!(function(&format!("cas/36/{}\n", &A[..40])), Sha1);
    assert_eq!(only(&format!("/b/cas/{A}\n")).content.digest, Digest::from_hex(A, None).unwrap());
}

#[test]
fn times_are_read_to_the_millisecond() {
    let time = |text: &str| only(text).modified_ms;
    assert_eq!(time(&format!("ac/{A} 242 1795309373.8474994820 1.0\n")), Some(1_795_309_373_847));
    assert_eq!(time(&format!("ac/{A}\t242\t1795309373\n")), Some(1_795_309_373_000));
    let ls = format!("ac:\n-rw-r--r-- 1 a b 2 2026-11-22 01:02:53.847499482 +0000 {A}\n");
    assert_eq!(time(&ls), Some(1_795_309_373_847));
    assert_eq!(time(&format!("ac:\n-rw-r--r-- 1 a b 2 Nov 22 01:02 {A}\n")), None);
}

#[test]
fn temporary_files_and_locks_are_ignored() {
    let uuid = "1b4e28ba-2fa1-11d2-883f-0016d3cca427";
    let text = format!("cas/36/{A} 7\ntmp/{uuid} 3\n{uuid} 3\ngc/lock 0\n.\n./gc\n/x/cas/36\n");
    let (facts, counts, warnings) = read(text.as_bytes()).unwrap();
    assert_eq!((facts.blobs.len(), warnings), (1, vec![]));
    assert_eq!(count(&counts, "ignored"), 4);
}

#[test]
fn blocks_of_du_are_no_sizes() {
    let text = format!("4\t./cas/{A}\n4\t./ac/{C}\n8\t.\n");
    let (facts, _, warnings) = read(text.as_bytes()).unwrap();
    assert!(facts.blobs.iter().all(|b| b.content.size_bytes.is_none()));
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].to_string().contains("disk blocks"), "{}", warnings[0]);
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_no_part_of_names() {
    let text = format!("\u{feff}cas/{A} 7 1.5\r\n");
    assert_eq!(only(&text).kind, Some(CacheKind::Cas));
    assert_eq!(only(&format!("ac:\r\n{A}\r\n")).kind, Some(CacheKind::Ac));
}
