//! Listings of buckets, lists of digests, and zips. No recorded run has these: all are made up.

use std::io::Write;
use std::ops::ControlFlow;

use proptest::prelude::*;
use rewindow::import::{self, Format, InputFile, blobs};
use rewindow::model::CacheKind;

use super::shapes::plain;
use super::{count, read};

const A: &str = "36a959690c3a34f68c8b017dbb05a7abc9d789dec7427b8ea931a32d84d2cd0b";
const C: &str = "ac1f959690c3a34f68c8b017dbb05a7abc9d789dec7427b8ea931a32d84d2cd0";
const TIME_MS: i64 = 1_795_309_373_000;

/// Half, name, size, time.
type Row = (Option<CacheKind>, String, Option<u64>, Option<i64>);

/// Reads a listing through the door; half, digest, size and time of what it names.
fn rows(text: &str) -> Vec<Row> {
    let file = InputFile { name: "x".to_owned(), bytes: text.as_bytes().to_vec() };
    let import = import::read(&[file], &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(import.files[0].format, Format::CacheListing, "{text}");
    let (facts, _, warnings) = read(text.as_bytes()).unwrap();
    assert!(warnings.is_empty(), "{warnings:?} {text}");
    let times = facts.blobs.iter().map(|b| b.modified_ms);
    plain(&facts.blobs).into_iter().zip(times).map(|(r, t)| (r.0, r.1, r.2, t)).collect()
}

fn both(time: Option<i64>) -> Vec<Row> {
    vec![
        (Some(CacheKind::Ac), C.to_owned(), None, time),
        (Some(CacheKind::Cas), A.to_owned(), Some(77), time),
    ]
}

#[test]
fn listings_of_buckets() {
    let t = Some(TIME_MS);
    for text in [
        format!(
            "2026-11-22 01:02:53        242 p/ac/{C}\n\
             2026-11-22 01:02:53         77 p/cas/36/{A}\n\n\
             Total Objects: 2\n   Total Size: 319\n"
        ),
        format!(
            "                           PRE cas/\n2026-11-22 01:02:53  242 Bytes ac/{C}\n\
             2026-11-22 01:02:53   77 Bytes cas/{A}\n"
        ),
        format!(
            "       242  2026-11-22T01:02:53Z  gs://b/p/ac/{C}\n\
             77  2026-11-22T01:02:53Z  gs://b/p/cas/{A}#1583177117223456  metageneration=1\n\
             TOTAL: 2 objects, 319 bytes (319 B)\n"
        ),
        format!(
            "\"b\",\"p%2Fac/{C}\",\"242\",\"2026-11-22T01:02:53.000Z\"\n\
             \"b\",\"p%2Fcas/{A}\",\"77\",\"2026-11-22T01:02:53.000Z\"\n"
        ),
        format!(
            "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate\n\
             b,ac/{C},v1,true,false,242,2026-11-22T01:02:53.000Z\n\
             b,cas/{A},v1,true,false,77,2026-11-22T01:02:53.000Z\n"
        ),
    ] {
        assert_eq!(rows(&text), both(t), "{text}");
    }
    let rounded = rows(&format!("2026-11-22 01:02:53  1.2 KiB cas/{A}\n"));
    assert_eq!((rounded[0].2, rounded[0].3), (None, t));
}

#[test]
fn old_versions_and_delete_markers_are_not_there() {
    let text = format!(
        "\"b\",\"cas/{A}\",\"v2\",\"true\",\"false\",\"77\",\"2026-11-22T01:02:53.000Z\"\n\
         \"b\",\"cas/{C}\",\"v2\",\"true\",\"true\",\"\",\"2026-11-22T01:02:53.000Z\"\n\
         \"b\",\"cas/{C}\",\"v1\",\"false\",\"false\",\"5\",\"2026-11-22T01:02:53.000Z\"\n"
    );
    let (facts, counts, warnings) = read(text.as_bytes()).unwrap();
    assert_eq!((facts.blobs.len(), warnings.len()), (1, 0), "{facts:?} {warnings:?}");
    assert_eq!((count(&counts, "cas"), count(&counts, "ignored")), (1, 2));
}

#[test]
fn lists_of_digests() {
    for line in [format!("{A}/77"), format!("{A} 77"), format!("{A}:77"), format!("{A}\t77")] {
        let rows = rows(&(line + "\n"));
        assert_eq!((rows[0].1.as_str(), rows[0].2), (A, Some(77)));
    }
    assert_eq!(rows(&format!("{A}\n{C}\n")).len(), 2);
    let resource = rows(&format!("inst/blobs/{A}/77\nblobs/blake3/{C}/5\n"));
    assert!(resource.iter().all(|row| row.0 == Some(CacheKind::Cas)), "{resource:?}");
}

#[test]
fn nativelink_asks_which_half_it_is() {
    let (facts, _, warnings) = read(format!("d/{A}-77\nd/{C}-5\n").as_bytes()).unwrap();
    assert!(facts.blobs.iter().all(|b| b.kind.is_none()));
    assert_eq!((warnings.len(), warnings[0].count), (1, 2), "{warnings:?}");
    assert!(warnings[0].remedy.contains("content_path"), "{}", warnings[0]);
    let told = rows(&format!("/x/content_path-ac/d/{C}-142\n/x/content_path-cas/d/{A}-77\n"));
    assert_eq!(told, both(None));
}

#[test]
fn answers_of_find_missing_blobs_are_proofs() {
    let text = format!(
        "{{\n \"blobDigests\": [{{\"hash\": \"{A}\", \"sizeBytes\": \"77\"}},\n \
         {{\"hash\": \"{C}\", \"sizeBytes\": \"5\"}}]\n}}\n\
         {{\n \"missingBlobDigests\": [\n\
           {{\n   \"hash\": \"{C}\",\n   \"sizeBytes\": \"5\"\n  }}\n ]\n}}\n"
    );
    let read_all = |bytes: &[u8]| {
        let file = InputFile { name: "x".to_owned(), bytes: bytes.to_vec() };
        import::read(&[file], &mut |_| ControlFlow::Continue(())).unwrap()
    };
    let import = read_all(text.as_bytes());
    let card = &import.files[0];
    assert_eq!(card.format, Format::FindMissingBlobs);
    let expected = [("requests", 2), ("not_found", 1), ("ac", 0), ("cas", 1), ("lost", 1)];
    assert_eq!(card.counts, expected);
    assert_eq!(import.cache.cas.len(), 1);
    for end in 0..text.len() {
        let import = read_all(&text.as_bytes()[..end]);
        let card = &import.files[0];
        assert!(
            card.error.is_some()
                || !card.warnings.is_empty()
                || end >= text.len() - 2
                || card.counts[0].1 == 0,
            "cut at {end} is silent: {card:?}"
        );
    }
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

fn zip_of(method: zip::CompressionMethod) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(method);
    writer.add_directory("cache/cas/", options).unwrap();
    for body in [&b"one"[..], b"two two two two two two two two", b""] {
        let path = format!("cache/cas/{}/{}", &sha256(body)[..2], sha256(body));
        writer.start_file(path, options).unwrap();
        writer.write_all(body).unwrap();
    }
    writer.start_file(format!("cache/cas/{A}"), options).unwrap();
    writer.write_all(b"another content").unwrap();
    writer.start_file(format!("cache/ac/{C}"), options).unwrap();
    writer.write_all(b"").unwrap();
    writer.finish().unwrap().into_inner()
}

#[test]
fn a_zip_is_read_as_a_tar_is() {
    for method in [zip::CompressionMethod::Stored, zip::CompressionMethod::Deflated] {
        let file = InputFile { name: "x".to_owned(), bytes: zip_of(method) };
        let import = import::read(&[file], &mut |_| ControlFlow::Continue(())).unwrap();
        let card = &import.files[0];
        assert_eq!((card.format, &card.error), (Format::BlobsZip, &None));
        assert_eq!(card.counts[..3], [("ac", 1), ("cas", 3), ("files", 4)], "{method:?}");
        // The blob whose content is not its name.
        assert_eq!(card.warnings.len(), 1, "{:?}", card.warnings);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_damaged_zip_never_panics(
        at in any::<prop::sample::Index>(),
        bit in 0..8_u8,
        cut in any::<prop::sample::Index>(),
    ) {
        for method in [zip::CompressionMethod::Stored, zip::CompressionMethod::Deflated] {
            let mut bytes = zip_of(method);
            let i = at.index(bytes.len());
            bytes[i] ^= 1 << bit;
            let _ = blobs::read_zip("z", &bytes, &mut |_| ControlFlow::Continue(()));
            bytes.truncate(cut.index(bytes.len()));
            let read = blobs::read_zip("z", &bytes, &mut |_| ControlFlow::Continue(()));
            // Its directory is at the end.
            prop_assert!(read.is_err());
        }
    }

    #[test]
    fn damaged_inventories_never_panic(text in "(\"|,|\\PC|\n|%2F|cas/|true){0,60}") {
        let _ = read(format!("\"b\",\"cas/{A}\",7\n{text}").as_bytes());
    }
}
