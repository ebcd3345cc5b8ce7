//! The same export in the shapes in which tools and editors leave it: another encoding, other line
//! ends, compressed, spread over lines or put into a list by `jq`.

use std::io::Write;

use rewindow::import::{Format, Import};

use super::{Row, read, rows, sample};

/// Formats that are text.
fn is_text(format: Format) -> bool {
    matches!(
        format,
        Format::BazelExecLogJson
            | Format::BazelAqueryJsonproto
            | Format::BazelAqueryTextproto
            | Format::BazelAqueryText
            | Format::BazelBepJson
            | Format::BazelProfile
            | Format::NginxAccessLog
            | Format::BazelRemoteLog
            | Format::RequestLines
            | Format::FindMissingBlobs
            | Format::ConsoleText
            | Format::Buck2EventLogJson
            | Format::Buck2WhatRan
            | Format::Buck2AqueryJson
            | Format::Dot
            | Format::GraphJson
            | Format::CacheListing
    )
}

/// Every text, unpacked.
fn texts() -> Vec<(Row, String)> {
    let rows = rows::all().into_iter().filter(|row| is_text(row.format));
    rows.map(|row| {
        let text = String::from_utf8(unpacked(&row.bytes)).expect(row.what);
        (row, text)
    })
    .collect()
}

fn unpacked(bytes: &[u8]) -> Vec<u8> {
    use std::io::Read;
    let mut plain = Vec::new();
    if flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).is_ok() {
        return plain;
    }
    let zstd = ruzstd::decoding::StreamingDecoder::new(bytes).ok();
    match zstd.map(|mut zstd| zstd.read_to_end(&mut plain)) {
        Some(Ok(_)) => plain,
        _ => bytes.to_vec(),
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// That `bytes` are read as `row` is.
fn assert_same(row: &Row, expected: &Import, bytes: &[u8], how: &str) {
    let import = read(bytes);
    let (card, known) = (&import.files[0], &expected.files[0]);
    assert_eq!(card.format, row.format, "{}, {how}: {:?}", row.what, card.error);
    assert_eq!(card.error, None, "{}, {how}", row.what);
    assert_eq!(card.counts, known.counts, "{}, {how}", row.what);
    assert_eq!(card.warnings.len(), known.warnings.len(), "{}, {how}: {card:?}", row.what);
    assert!(import.graph == expected.graph, "{}, {how}: another graph", row.what);
    assert!(import.cache == expected.cache, "{}, {how}: another cache", row.what);
}

#[test]
fn every_text_may_be_in_utf16_behind_a_mark_or_have_line_ends_of_windows() {
    for (row, text) in texts() {
        let expected = read(text.as_bytes());
        let units = || std::iter::once(0xfeff).chain(text.encode_utf16());
        let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        let windows = text.replace("\r\n", "\n").replace('\n', "\r\n").into_bytes();
        assert_same(&row, &expected, &little, "UTF-16, little end first");
        assert_same(&row, &expected, &big, "UTF-16, big end first");
        assert_same(&row, &expected, &marked, "behind a mark");
        assert_same(&row, &expected, &windows, "with line ends of Windows");
        assert_same(&row, &expected, format!("\n\r\n{text}").as_bytes(), "below blank lines");
    }
}

#[test]
fn every_export_may_be_compressed_whatever_is_in_it() {
    for row in rows::all() {
        if row.format == Format::BazelExecLogCompact || row.format == Format::BazelExecutionGraph {
            continue;
        }
        let plain = unpacked(&row.bytes);
        let expected = read(&plain);
        let marked = [b"\xef\xbb\xbf", &plain[..]].concat();
        let mut packed = vec![(gzip(&plain), "gzip"), (super::wire::zstd(&plain), "zstd")];
        packed.push((gzip(&super::wire::zstd(&plain)), "gzip over zstd"));
        if is_text(row.format) {
            packed.push((gzip(&marked), "gzip over a mark"));
        }
        for (bytes, how) in packed {
            assert_same(&row, &expected, &bytes, how);
        }
    }
}

/// The objects of a text, one a line or one behind the other.
fn objects(text: &str) -> Vec<serde_json::Value> {
    let values = serde_json::Deserializer::from_str(text).into_iter();
    values.collect::<Result<_, _>>().expect("JSON")
}

#[test]
fn objects_may_be_one_a_line_over_many_lines_without_separator_or_in_a_list() {
    let logs = [
        Format::BazelExecLogJson,
        Format::BazelBepJson,
        Format::Buck2EventLogJson,
        Format::BazelAqueryJsonproto,
        Format::FindMissingBlobs,
    ];
    let mut n_tried = 0;
    for (row, text) in texts() {
        let is_what_ran = row.format == Format::Buck2WhatRan && text.starts_with('{');
        if !logs.contains(&row.format) && !is_what_ran {
            continue;
        }
        n_tried += 1;
        let expected = read(text.as_bytes());
        let objects = objects(&text);
        let each = |print: fn(&serde_json::Value) -> String, between: &str| {
            objects.iter().map(print).collect::<Vec<_>>().join(between)
        };
        let compact = |value: &serde_json::Value| value.to_string();
        let pretty = |value: &serde_json::Value| serde_json::to_string_pretty(value).unwrap();
        assert_same(&row, &expected, each(compact, "\n").as_bytes(), "one a line");
        assert_same(&row, &expected, each(compact, "").as_bytes(), "without separator");
        assert_same(&row, &expected, each(pretty, "\n").as_bytes(), "over many lines");
        assert_same(&row, &expected, each(pretty, "").as_bytes(), "pretty, without separator");
        if ![Format::BazelAqueryJsonproto, Format::FindMissingBlobs].contains(&row.format) {
            let list = serde_json::Value::Array(objects.clone());
            assert_same(&row, &expected, compact(&list).as_bytes(), "in a list");
            assert_same(&row, &expected, pretty(&list).as_bytes(), "in a list over many lines");
        }
    }
    assert!(n_tried >= 6, "{n_tried}");
}

#[test]
fn a_damaged_object_over_many_lines_or_in_a_list_costs_only_itself() {
    let text = String::from_utf8(sample("gist-bazel4.2.3/cold.bep.json")).unwrap();
    let objects = objects(&text);
    let n = objects.len() as u64;
    let pretty: Vec<String> =
        objects.iter().map(|value| serde_json::to_string_pretty(value).unwrap()).collect();
    for (text, how) in
        [(pretty.join("\n"), "over many lines"), (format!("[{}]", pretty.join(",\n")), "in a list")]
    {
        // The fourth object loses a colon.
        let at = text.match_indices("\n{").nth(2).unwrap().0;
        let colon = at + text[at..].find("\": ").unwrap() + 1;
        let damaged = format!("{} {}", &text[..colon], &text[colon + 1..]);
        let import = read(damaged.as_bytes());
        let card = &import.files[0];
        let events = card.counts.iter().find(|count| count.0 == "events").map(|count| count.1);
        assert_eq!(events, Some(n - 1), "{how}: {card:?}");
        assert!(!card.warnings.is_empty(), "{how}");
    }
}

#[test]
fn a_mark_alone_or_many_of_them_are_no_file() {
    for bytes in [
        b"\xef\xbb\xbf".to_vec(),
        b"\xff\xfe".to_vec(),
        b"\xef\xbb\xbf".repeat(100_000),
        b"\xff\xfe".repeat(100_000),
        b"\xff\xfea\0".repeat(100_000),
    ] {
        let import = read(&bytes);
        let card = &import.files[0];
        assert!(card.error.is_some(), "{card:?}");
    }
}

/// An action without a progress message is called after its mnemonic.
#[test]
fn a_graph_as_plain_text_may_begin_with_a_mnemonic_or_below_what_the_console_said() {
    let block = "  Mnemonic: Genrule\n  Target: //:a\n  Configuration: k8-fastbuild\n  \
                 Inputs: [a.c, b.c]\n  Outputs: [bazel-out/k8/bin/a]\n  Command Line: (exec \
                 cc \\\n    'x\n  Outputs: [nothing]\n')\n\n";
    for first in [
        "action 'Executing genrule //:a'\n",
        "Middleman_0\n",
        "FileWrite //:x\n",
        "INFO: Analyzed target //:a (0 packages loaded).\nINFO: Found 1 target...\naction 'x'\n",
    ] {
        for text in [format!("{first}{block}"), format!("\n{first}{block}")] {
            for text in [text.clone(), text.replace('\n', "\r\n"), format!("\u{feff}{text}")] {
                let import = read(text.as_bytes());
                let card = &import.files[0];
                assert_eq!((card.format, &card.error), (Format::BazelAqueryText, &None), "{text}");
                assert_eq!(card.counts, [("actions", 1), ("artifacts", 3), ("targets", 1)]);
                assert_eq!(card.warnings, [], "{text}");
            }
        }
    }
    let cut = format!("action 'x'\n{}", &block[..block.find("b.c").unwrap() + 1]);
    let import = read(cut.as_bytes());
    let warning = &import.files[0].warnings[0];
    assert_eq!(warning.place, rewindow::import::Place::Line(5), "{warning}");
    assert_eq!(import.files[0].counts[1], ("artifacts", 1));
}

#[test]
fn what_is_known_and_not_read_says_what_to_drop_instead() {
    for (text, what) in [
        (
            r#"{"path":"a","method":"cas","file_count":1,"total_bytes":2,"action_digest":"x"}"#,
            "materialised",
        ),
        (r#"{"action":"a","digests_uploaded":1,"bytes_uploaded":2}"#, "uploaded"),
        (
            r#"{"kind":"action","name":"x","execution_kind":"local","total_duration":5}"#,
            "critical path",
        ),
        (r#"{"CurrSize": 5, "MaxSize": 7, "NumFiles": 2, "ServerTime": 1}"#, "bazel-remote"),
    ] {
        let import = read(text.as_bytes());
        let error = import.files[0].error.as_ref().expect("an error");
        assert!(error.what.contains(what) && !error.remedy.is_empty(), "{error}");
    }
}
