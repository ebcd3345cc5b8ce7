//! Listings that other clouds and Windows print, in text, tables and JSON. No recorded run has
//! these: all are made up after what the tools print.

use std::ops::ControlFlow;

use rewindow::import::{self, Format, InputFile};
use rewindow::model::CacheKind;

use super::read;
use super::shapes::plain;

const A: &str = "36a959690c3a34f68c8b017dbb05a7abc9d789dec7427b8ea931a32d84d2cd0b";
const C: &str = "ac1f959690c3a34f68c8b017dbb05a7abc9d789dec7427b8ea931a32d84d2cd0";
const TIME_MS: i64 = 1_795_309_373_000;
const MINUTE_MS: i64 = 1_795_309_320_000;

/// What a shape tells beside names: the size of the CAS blob, and the time of both.
type Told = (Option<u64>, Option<i64>);

/// Text with `{A}`, the name of a CAS blob of 77 bytes, and `{C}`, the key of an AC entry of 242.
fn made(text: &str) -> String {
    text.replace("{A}", A).replace("{C}", C)
}

fn check(text: &str, (size, time): Told) {
    let text = made(text);
    let file = InputFile { name: "x".to_owned(), bytes: text.clone().into_bytes() };
    let import = import::read(&[file], &mut |_| ControlFlow::Continue(())).unwrap();
    let card = &import.files[0];
    assert_eq!((card.format, &card.error), (Format::CacheListing, &None), "{text}");
    let (facts, _, warnings) = read(text.as_bytes()).unwrap();
    assert_eq!(warnings, [], "{text}");
    let mut rows = plain(&facts.blobs);
    rows.sort();
    let (ac, cas) = (Some(CacheKind::Ac), Some(CacheKind::Cas));
    assert_eq!(rows, [(ac, C.to_owned(), None), (cas, A.to_owned(), size)], "{text}");
    let times: Vec<_> = facts.blobs.iter().map(|blob| blob.modified_ms).collect();
    assert_eq!(times, [time, time], "{text}");
}

const WHOLE: Told = (Some(77), Some(TIME_MS));
const TO_THE_MINUTE: Told = (Some(77), Some(MINUTE_MS));
const SIZED: Told = (Some(77), None);

#[test]
fn words_in_any_order_tell_name_size_and_time() {
    // MinIO's client, with and without the class of storage.
    check(
        "[2026-11-22 01:02:53 UTC]   242B STANDARD ac/{C}\n\
         [2026-11-22 01:02:53 UTC]    77B STANDARD cas/36/{A}\n",
        WHOLE,
    );
    check(
        "[2026-11-22 01:02:53 UTC]   242B p/ac/{C}\n[2026-11-22 01:02:53 UTC] 77B p/cas/{A}\n",
        WHOLE,
    );
    check(
        "[2026-11-22 01:02:53 UTC] 1.2KiB ac/{C}\n[2026-11-22 01:02:53 UTC] 7.7KiB cas/{A}\n",
        (None, Some(TIME_MS)),
    );
    // s3cmd and s5cmd.
    check(
        "2026-11-22 01:02          242  s3://b/p/ac/{C}\n\
         2026-11-22 01:02           77  s3://b/p/cas/{A}\n",
        TO_THE_MINUTE,
    );
    check("2026/11/22 01:02:53       242 ac/{C}\n2026/11/22 01:02:53        77 cas/{A}\n", WHOLE);
    check(
        "2026/11/22 01:02:53  STANDARD  242 ac/{C}\n2026/11/22 01:02:53  STANDARD  77 cas/{A}\n",
        WHOLE,
    );
    // rclone lsl and lsf.
    check(
        "      242 2026-11-22 01:02:53.000000000 ac/{C}\n\
               77 2026-11-22 01:02:53.000000000 cas/{A}\n",
        WHOLE,
    );
    check("ac/{C};242;2026-11-22 01:02:53\ncas/{A};77;2026-11-22 01:02:53\n", WHOLE);
    // unzip -l and tar -tv.
    check(
        "Archive:  c.zip\n  Length      Date    Time    Name\n\
         ---------  ---------- -----   ----\n\
               242  2026-11-22 01:02   ac/ac/{C}\n\
                77  2026-11-22 01:02   cas/36/{A}\n\
         ---------                     -------\n      319                     2 files\n",
        TO_THE_MINUTE,
    );
    check(
        "-rw-r--r-- root/root       242 2026-11-22 01:02 cache/ac/ac/{C}\n\
         -rw-r--r-- root/root        77 2026-11-22 01:02 cache/cas/36/{A}\n",
        TO_THE_MINUTE,
    );
    // Quoted in a mail.
    check("> ac/{C}\n> cas/{A}\n", (None, None));
}

/// What is said of a blob is no listing of it, least of all that it is gone.
#[test]
fn messages_that_name_a_blob_are_no_rows() {
    for line in [
        "deleted: s3://b/cas/{A} (77)",
        "10.0.0.1 - - \"GET /cas/{A} HTTP/1.1\" 404 153",
        "10.0.0.1:80 frontend 404 153 - - \"GET /cas/{A} HTTP/1.1\"",
        "rpc error: blob cas/{A} not found",
        "could not read bytestream://h/blobs/{A}/77 from the cache",
        "ERROR: x failed: Missing digest: {A}/32",
        "java.io.IOException: Missing digest: {A}/32",
        "lost inputs with digests: {A}/5, {C}/6",
        "evicted {A}",
        "GET 404 cas/{A} x",
    ] {
        let read = read(made(&format!("{line}\n{line}\n")).as_bytes());
        assert!(read.is_err(), "{line}: {:?}", read.map(|read| read.1));
    }
}

#[test]
fn azure_lists_as_a_table_as_tabs_and_by_azcopy() {
    check(
        "Name    Blob Type    Blob Tier    Length    Content Type   Last Modified   Snapshot\n\
         ------  -----------  -----------  --------  -------------  --------------  --------\n\
         ac/{C}  BlockBlob    Hot          242       application/octet-stream  \
         2026-11-22T01:02:53+00:00\n\
         cas/{A}  BlockBlob    Hot          77        application/octet-stream  \
         2026-11-22T01:02:53+00:00\n",
        WHOLE,
    );
    check(
        "ac/{C}\tBlockBlob\tHot\t242\tapplication/octet-stream\t2026-11-22T01:02:53+00:00\t\n\
         cas/{A}\tBlockBlob\tHot\t77\tapplication/octet-stream\t2026-11-22T01:02:53+00:00\t\n",
        WHOLE,
    );
    let azcopy = "INFO: ac/{C};  Content Length: 242.00 B\n\
                  INFO: cas/{A};  Content Length: 77.00 B\n\n\
                  File count: 2 \nTotal file size: 319.00 B\n";
    check(azcopy, SIZED);
    check(&azcopy.replace("INFO: ", ""), SIZED);
    check(&azcopy.replace(" B\n", " KiB\n"), (None, None));
}

#[test]
fn inventories_of_azure_and_google_and_tables_of_powershell() {
    check(
        "Name,Creation-Time,Last-Modified,Content-Length,Content-MD5,BlobType\n\
         c/ac/{C},2026-11-22T01:02:50Z,2026-11-22T01:02:53.0000000Z,242,x==,BlockBlob\n\
         c/cas/{A},2026-11-22T01:02:50Z,2026-11-22T01:02:53.0000000Z,77,x==,BlockBlob\n",
        WHOLE,
    );
    check(
        "project,bucket,name,size,updated\n\
         p,b,ac/{C},242,2026-11-22T01:02:53Z\np,b,cas/{A},77,2026-11-22T01:02:53Z\n",
        WHOLE,
    );
    let exported = "\"FullName\",\"Length\",\"LastWriteTime\"\r\n\
                    \"C:\\cache\\ac\\ac\\{C}\",\"242\",\"11/22/2026 1:02:53 AM\"\r\n\
                    \"C:\\cache\\cas\\36\\{A}\",\"77\",\"11/22/2026 1:02:53 AM\"\r\n";
    check(exported, SIZED);
    check(&format!("#TYPE Selected.System.IO.FileInfo\r\n{exported}"), SIZED);
    check(&exported.replace(',', ";"), SIZED);
    check("ac/{C},242,1795309373\ncas/{A},77,1795309373\n", WHOLE);
}

#[test]
fn folders_of_windows_stand_above_their_files() {
    let dir = " Volume in drive C has no label.\r\n Volume Serial Number is 1234-ABCD\r\n\r\n \
               Directory of C:\\my cache\\ac\\ac\r\n\r\n\
               11/22/2026  01:02 AM    <DIR>          .\r\n\
               11/22/2026  01:02 AM    <DIR>          ..\r\n\
               11/22/2026  01:02 AM             1,242 {C}\r\n\
               \x20              1 File(s)          1,242 bytes\r\n\r\n \
               Directory of C:\\my cache\\cas\\36\r\n\r\n\
               22/11/2026  01:02                   77 {A}\r\n\
               \x20              1 File(s)             77 bytes\r\n\r\n     \
               Total Files Listed:\r\n               2 File(s)          1,319 bytes\r\n      \
               5 Dir(s)  100,000,000,000 bytes free\r\n";
    check(dir, SIZED);
    check(&dir.replace("Directory of", "Verzeichnis von"), SIZED);
    let powershell = "\r\n\r\n    Directory: C:\\cache\\ac\\ac\r\n\r\n\r\n\
                      Mode                 LastWriteTime         Length Name\r\n\
                      ----                 -------------         ------ ----\r\n\
                      d-----        11/22/2026   1:02 AM                36\r\n\
                      -a----        11/22/2026   1:02 AM            242 {C}\r\n\r\n\r\n    \
                      Directory: C:\\cache\\cas\\36\r\n\r\n\r\n\
                      Mode                 LastWriteTime         Length Name\r\n\
                      ----                 -------------         ------ ----\r\n\
                      -a----        11/22/2026   1:02 AM             77 {A}\r\n";
    check(powershell, SIZED);
    check(
        "\r\nFullName                 Length\r\n--------                 ------\r\n\
         C:\\cache\\ac\\ac\\{C}    242\r\nC:\\cache\\cas\\36\\{A}     77\r\n",
        SIZED,
    );
    check("C:\\cache\\ac\\ac\\{C}\r\nC:\\cache\\cas\\36\\{A}\r\n", (None, None));
    check(
        "FullName : C:\\cache\\ac\\ac\\{C}\r\nLength   : 242\r\n\r\n\
         FullName : C:\\cache\\cas\\36\\{A}\r\nLength   : 77\r\n",
        (None, None),
    );
}

#[test]
fn google_lists_with_details_and_below_folders() {
    check(
        "gs://b/ac/{C}:\n    Creation time:          Sun, 22 Nov 2026 01:02:53 GMT\n    \
         Storage class:          STANDARD\n    Content-Length:         242\n    \
         Hash (md5):             y==\n    ETag:                   z\n    Generation:  1\n\
         gs://b/cas/{A}:\n    Content-Length:         77\nTOTAL: 2 objects, 319 bytes (319 B)\n",
        (None, None),
    );
    check(
        "gs://b/ac/:\ngs://b/ac/{C}\n\ngs://b/cas/:\ngs://b/cas/36/\n\n\
         gs://b/cas/36/:\ngs://b/cas/36/{A}\n",
        (None, None),
    );
}

#[test]
fn json_of_any_cloud_names_a_blob_under_one_of_the_usual_keys() {
    let time = "2026-11-22T01:02:53+00:00";
    let both = |one: &str| {
        let object = |name: &str, size: &str| {
            one.replace("NAME", name).replace("SIZE", size).replace("TIME", time)
        };
        [object("p/ac/{C}", "242"), object("p/cas/{A}", "77")]
    };
    let [a, b] = both(r#"{"Key": "NAME", "LastModified": "TIME", "ETag": "\"x\"", "Size": SIZE}"#);
    // aws s3api list-objects-v2, mc ls --json and what jq makes of them.
    check(&format!("{{\"Contents\": [{a},\n{b}], \"RequestCharged\": null}}\n"), WHOLE);
    check(&format!("[{a}, {b}]"), WHOLE);
    check(&format!("{a}\n{b}\n"), WHOLE);
    let [a, b] = both(
        r#"{"status":"success","type":"file","lastModified":"TIME","size":SIZE,"key":"NAME"}"#,
    );
    check(&format!("{a}\n{b}\n"), WHOLE);
    // gcloud storage ls --json, and the API behind it.
    let [a, b] = both(
        r#"{"metadata": {"bucket": "b", "name": "NAME", "size": "SIZE", "updated": "TIME"},
            "type": "cloud_object", "url": "gs://b/NAME#1"}"#,
    );
    check(&format!("[{a}, {b}]"), WHOLE);
    let [a, b] = both(r#"{"name": "NAME", "id": "b/NAME/1", "size": "SIZE", "updated": "TIME"}"#);
    check(&format!("{{\"kind\": \"storage#objects\", \"items\": [{a}, {b}]}}"), WHOLE);
    // az storage blob list.
    let [a, b] = both(
        r#"{"container": "c", "deleted": null, "name": "NAME",
            "properties": {"contentLength": SIZE, "lastModified": "TIME"}, "snapshot": null}"#,
    );
    check(&format!("[{a}, {b}]"), WHOLE);
    // rclone lsjson, oci os object list, Get-ChildItem | ConvertTo-Json.
    let [a, b] = both(
        r#"{"Path":"NAME","Name":"x","Size":SIZE,"ModTime":"TIME","IsDir":false},
           {"Path":"cas","Name":"cas","Size":-1,"ModTime":"TIME","IsDir":true}"#,
    );
    check(&format!("[\n{a},\n{b}\n]\n"), WHOLE);
    let [a, b] = both(r#"{"name": "NAME", "size": SIZE, "time-modified": "TIME"}"#);
    check(&format!("{{\"data\": [{a}, {b}], \"prefixes\": []}}"), WHOLE);
    check(
        r#"[{"FullName": "C:\\cache\\ac\\{C}", "Length": 242},
            {"FullName": "C:\\cache\\cas\\36\\{A}", "Length": 77}]"#,
        SIZED,
    );
    // A bare list of names.
    check(r#"["ac/{C}", "cas/{A}"]"#, (None, None));
}

#[test]
fn old_versions_are_not_there_and_digests_alone_have_no_half() {
    let text = made(
        r#"{"Versions": [{"Key": "cas/{A}", "Size": 77, "IsLatest": true},
            {"Key": "cas/{C}", "Size": 5, "IsLatest": false}],
            "DeleteMarkers": [{"Key": "cas/{C}", "IsLatest": true}]}"#,
    );
    let (facts, counts, warnings) = read(text.as_bytes()).unwrap();
    assert_eq!((facts.blobs.len(), warnings), (1, vec![]));
    assert_eq!(super::count(&counts, "ignored"), 2);
    let digests = made(r#"[{"hash": "{A}", "sizeBytes": "77"}, {"hash": "{C}", "sizeBytes": 5}]"#);
    let (facts, counts, _) = read(digests.as_bytes()).unwrap();
    assert_eq!(super::count(&counts, "files"), 2);
    let told: Vec<_> = facts.blobs.iter().map(|b| (b.kind, b.content.size_bytes)).collect();
    assert_eq!(told, [(None, Some(77)), (None, Some(5))]);
    // The digest of a file is no name of a blob: this is some other tool's JSON.
    let other = made(r#"{"x": [{"path": "a.c", "digest": {"hash": "{A}", "sizeBytes": "77"}}]}"#);
    assert!(read(other.as_bytes()).is_err());
    let other = r#"[{"name": "raw", "type": "LABEL"}, {"name": "cas"}, {"path": "ac/tmp"}]"#;
    assert!(read(other.as_bytes()).is_err());
}

#[test]
fn json_that_breaks_off_keeps_what_it_has_and_tells_the_line() {
    let text = made("[{\"Key\": \"cas/{A}\"},\n{\"Key\": \"ac/{C}\", \"Siz");
    let (facts, _, warnings) = read(text.as_bytes()).unwrap();
    assert_eq!((facts.blobs.len(), warnings.len()), (1, 1), "{warnings:?}");
    assert_eq!(warnings[0].place, import::Place::Line(2));
    assert_eq!(facts.blobs[0].line, 1);
    for end in 0..text.len() {
        let _ = read(&text.as_bytes()[..end]);
    }
}

#[test]
fn reading_json_can_be_cancelled() {
    let rows: Vec<String> = (0..20_000).map(|n| format!("{{\"Key\": \"cas/{n:064x}\"}}")).collect();
    let text = format!("[{}]", rows.join(",\n"));
    let mut n_asked = 0;
    let read = import::listing::read("x", text.as_bytes(), &mut |done| {
        n_asked += u64::from(done > 0);
        if n_asked > 1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(matches!(read, Err(import::ImportError::Cancelled)), "{:?}", read.map(|r| r.1));
}
