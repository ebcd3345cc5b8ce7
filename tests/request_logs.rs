//! Logs of requests to a cache: counts, what they prove, and damage. Lines that no recorded run
//! has are made up after the servers' sources.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::ops::ControlFlow;
use std::path::Path;

use proptest::prelude::*;
use rewindow::import::{self, Format, Import, InputFile};
use rewindow::model::{CacheKind, Digest};

const A: &str = "36a959690c3a34f68c8b017dbb05a7abc9d789dec7427b8ea931a32d84d2cd0b";
const B: &str = "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7";
const C: &str = "911169ddaaf146aff539f58c26c489af3b892dff0fe283c1c264c65ae5aa59a2";

fn file(name: &str, bytes: impl Into<Vec<u8>>) -> InputFile {
    InputFile { name: name.to_owned(), bytes: bytes.into() }
}

fn read(files: &[InputFile]) -> Import {
    import::read(files, &mut |_| ControlFlow::Continue(())).unwrap()
}

fn sample(name: &str) -> InputFile {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(name);
    file(name, std::fs::read(path).expect(name))
}

fn counts(text: &str) -> (Format, Vec<(&'static str, u64)>) {
    let import = read(&[file("x", text)]);
    let card = &import.files[0];
    assert!(card.error.is_none() && card.warnings.is_empty(), "{card:?}");
    (card.format, card.counts.clone())
}

fn holds(import: &Import, kind: CacheKind, hex: &str) -> bool {
    let digest = Digest::from_hex(hex, None).unwrap();
    let blob = import.graph.blobs().find(&digest);
    blob.is_some_and(|blob| import.cache.contains(kind, blob))
}

fn expected(n: [u64; 5]) -> Vec<(&'static str, u64)> {
    ["requests", "not_found", "ac", "cas", "lost"].into_iter().zip(n).collect()
}

#[test]
fn each_shape_is_told_by_its_content() {
    let nginx = format!(
        "10.0.0.1 - ci [22/Nov/2026:01:27:51 +0000] \"GET /ac/{A} HTTP/1.1\" 200 242 \"-\" \"b\"\n\
         10.0.0.1 - - [22/Nov/2026:01:27:51 +0000] \"GET /x/cas/{B} HTTP/2.0\" 404 153 \"-\"\n\
         10.0.0.1 - - [22/Nov/2026:01:27:52 +0000] \"PUT /cas/{C} HTTP/1.1\" 201 0\n"
    );
    assert_eq!(counts(&nginx), (Format::NginxAccessLog, expected([3, 1, 1, 1, 1])));
    let remote = format!(
        "2026/11/21 23:59:52 bazel-remote built with go1.23\n\
         2026/11/21 23:59:53  GET 200       127.0.0.1 /ac/{A}\n\
         2026/11/21 23:59:53  GET 404 2001:db8::1 /inst/cas/{B}\n\
         2026/11/21 23:59:54  PUT 200       127.0.0.1 /cas/{C}\n"
    );
    let mut of_remote = expected([3, 1, 1, 1, 1]);
    of_remote.push(("ignored", 1));
    assert_eq!(counts(&remote), (Format::BazelRemoteLog, of_remote.clone()));
    let grpc = format!(
        "2026/11/21 23:59:53 GRPC AC GET {A} OK\n\
         2026/11/21 23:59:53 GRPC CAS HEAD {B} NOT FOUND\n\
         2026/11/21 23:59:54 GRPC BYTESTREAM WRITE COMPLETED: uploads/u-1/blobs/{C}/4\n\
         2026/11/21 23:59:54 S3 UPLOAD bucket cas.v2/91/{C} OK\n"
    );
    assert_eq!(counts(&grpc), (Format::BazelRemoteLog, of_remote));
    let plain = format!("GET 200 /ac/{A} a.txt\nGET /cas/{B} 404\nPUT 201 /cas/{C}\n");
    assert_eq!(counts(&plain), (Format::RequestLines, expected([3, 1, 1, 1, 1])));
    let json = format!(
        "# start\n{{\"m\":\"GET\",\"path\":\"/ac/{A}\",\"code\":200,\"out\":242,\"t0\":17.5}}\n\
         {{\"method\":\"GET\",\"uri\":\"/cas/{B}\",\"status\":\"404\",\"ts\":18}}\n\
         {{\"m\":\"PUT\",\"path\":\"/cas/{C}\",\"code\":200,\"inn\":4,\"t0\":18.5}}\n"
    );
    let mut of_json = expected([3, 1, 1, 1, 1]);
    of_json.push(("ignored", 1));
    assert_eq!(counts(&json), (Format::RequestLines, of_json.clone()));
    // Without its first line it begins as JSON does.
    of_json.pop();
    let bare = json.strip_prefix("# start\n").unwrap();
    assert_eq!(counts(bare), (Format::RequestLines, of_json.clone()));
    let nested = format!(
        "{{\"ts\":17.5,\"request\":{{\"method\":\"GET\",\"uri\":\"/ac/{A}\"}},\"status\":200}}\n\
         {{\"httpRequest\":{{\"requestMethod\":\"GET\",\"requestUrl\":\"https://h/cas/{B}\",\
         \"status\":404}},\"timestamp\":\"2026-11-22T01:02:53.5Z\"}}\n\
         {{\"ts\":18.5,\"request\":{{\"method\":\"PUT\",\"uri\":\"/cas/{C}\"}},\"status\":200}}\n"
    );
    assert_eq!(counts(&nested), (Format::RequestLines, of_json));
    let s3 = format!(
        "79a5 bucket [22/Nov/2026:01:27:51 +0000] 10.0.0.1 79a5 3E57 REST.GET.OBJECT ac/{A} \
         \"GET /bucket/ac/{A}?x=1 HTTP/1.1\" 200 - 242 242 7 6 \"-\" \"bazel\" -\n\
         79a5 bucket [22/Nov/2026:01:27:51 +0000] 10.0.0.1 79a5 3E58 REST.HEAD.OBJECT cas/{B} \
         \"HEAD /bucket/cas/{B} HTTP/1.1\" 404 NoSuchKey 300 - 7 - \"-\" \"bazel\" -\n\
         79a5 bucket [22/Nov/2026:01:27:52 +0000] 10.0.0.1 79a5 3E59 REST.PUT.OBJECT cas/{C} \
         \"PUT /bucket/cas/{C} HTTP/1.1\" 200 - - 4 7 6 \"-\" \"bazel\" -\n"
    );
    assert_eq!(counts(&s3), (Format::NginxAccessLog, expected([3, 1, 1, 1, 1])));
}

#[test]
fn a_listing_is_no_log_and_a_log_no_listing() {
    let listing = format!("GET/cas/{A} 7\ncas/{B} 200\n");
    assert_eq!(read(&[file("x", listing)]).files[0].format, Format::CacheListing);
}

#[test]
fn the_last_proof_of_a_blob_counts_across_logs() {
    let line = |time: &str, request: &str| {
        format!("- - - [22/Nov/2026:{time} +0000] \"{request} HTTP/1.1\" ")
    };
    let later = line("02:00:00", &format!("GET /cas/{A}")) + "404 1\n";
    let earlier = line("01:00:00", &format!("PUT /cas/{A}"))
        + "201 0\n"
        + &line("01:00:00", &format!("PUT /cas/{B}"))
        + "204 0\n"
        + &line("01:00:01", &format!("PUT /cas/{C}"))
        + "507 0\n";
    let import = read(&[file("later", later.clone()), file("earlier", earlier)]);
    assert!(import.has_cache);
    assert!(!holds(&import, CacheKind::Cas, A), "lost an hour later");
    assert!(holds(&import, CacheKind::Cas, B));
    assert!(!holds(&import, CacheKind::Cas, C), "a failed PUT proves nothing");
    assert!(import.warnings.iter().any(|w| w.what.contains("only from requests")));
    // A listing is the cache itself.
    let import = read(&[file("later", later), file("listing", format!("cas/{A} 7\n"))]);
    assert!(holds(&import, CacheKind::Cas, A));
    assert!(import.warnings.iter().any(|w| w.what.contains("not found when a log last asked")));
}

#[test]
fn a_log_alone_tells_the_cache_of_a_cold_build() {
    let log = sample("gist-bazel4.2.3/cold.exec.json");
    let access = sample("gist-bazel4.2.3/nginx-access-cold.log");
    let listing = sample("gist-bazel4.2.3/httpcache.find.txt");
    let (by_log, by_listing) = (read(&[log.clone(), access]), read(&[log, listing]));
    let names = |import: &Import, kind| {
        let half = match kind {
            CacheKind::Ac => &import.cache.ac,
            CacheKind::Cas => &import.cache.cas,
        };
        let mut names: Vec<_> = half.iter().map(|b| import.graph.blobs().digest(b)).collect();
        names.sort();
        names
    };
    for kind in [CacheKind::Ac, CacheKind::Cas] {
        assert_eq!(names(&by_log, kind), names(&by_listing, kind));
    }
    let keys = |i: &Import| i.graph.action_ids().filter_map(|a| i.graph.digests(a).key).count();
    assert_eq!((keys(&by_log), by_log.cache.ac.len()), (3, 3));
}

#[test]
fn what_an_incident_asked_for_in_vain_is_what_was_evicted() {
    let import = read(&[sample("absl-evict-minimal-11/nginx-access.log")]);
    let evicted = sample("absl-evict-minimal-11/evicted.json");
    let evicted = import::read_evicted(std::str::from_utf8(&evicted.bytes).unwrap()).unwrap();
    let n_lost = import.files[0].counts.iter().find(|c| c.0 == "lost").unwrap().1;
    let n_cas = evicted.iter().filter(|e| e.0 == CacheKind::Cas).count() as u64;
    assert!(n_lost > 0 && n_lost <= n_cas, "{n_lost} of {n_cas}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn damage_is_told_and_never_panics(
        cut in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        bit in 0..8_u8
    ) {
        for folder in ["gist-bazel1.1.0", "gist-bazel4.2.3"] {
            let name = &format!("{folder}/nginx-access-cold.log");
            let mut log = sample(name);
            let i = at.index(log.bytes.len());
            log.bytes[i] ^= 1 << bit;
            log.bytes.truncate(cut.index(log.bytes.len()) + 1);
            let import = read(&[log]);
            let card = &import.files[0];
            prop_assert!(card.error.is_some() || !card.counts.is_empty());
        }
    }
}
