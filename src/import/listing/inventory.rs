//! S3 inventory and other lists with commas: `"bucket","key",size,…`, with or without a heading.

use std::borrow::Cow;
use std::ops::ControlFlow;

use csv::ByteRecord;
use percent_encoding::percent_decode;

use crate::import::card::ImportError;

use super::defects::Defect;
use super::gather::{Columns, Gather};
use super::layout::{Named, classify};
use super::time::leading_time;

/// Which column holds what.
#[derive(Clone, Copy, Default, Debug)]
struct Layout {
    key: usize,
    size: Option<usize>,
    modified: Option<usize>,
    is_latest: Option<usize>,
    is_delete_marker: Option<usize>,
}

/// Whether the first line is one of such a list: a heading, or a row with a blob.
pub fn sniff(bytes: &[u8]) -> bool {
    delimiter(bytes).is_some()
}

/// What separates the columns: commas, semicolons in the countries that write numbers with commas
/// (`azcopy` has some too), or tabs beside a time, without which tabs are those of `find`.
fn delimiter(bytes: &[u8]) -> Option<u8> {
    let line = table(bytes).split(|&b| b == b'\n').next().unwrap_or_default();
    [b',', b';', b'\t'].into_iter().find(|delimiter| {
        let found = first(line, *delimiter).and_then(|record| layout(&record));
        found.is_some_and(|(layout, has_heading)| {
            let (is_sized, is_timed) = (layout.size.is_some(), layout.modified.is_some());
            has_heading || *delimiter == b',' || is_timed || (*delimiter == b';' && is_sized)
        })
    })
}

/// The table behind blank lines and the type that `Export-Csv` names first.
fn table(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.trim_ascii_start();
    let end = bytes.iter().position(|&b| b == b'\n').filter(|_| bytes.starts_with(b"#TYPE "));
    end.map_or(bytes, |end| &bytes[end + 1..])
}

/// Reads such a list.
pub fn read(
    bytes: &[u8],
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<Gather, ImportError> {
    let mut gather = Gather::default();
    let Some(delimiter) = delimiter(bytes) else { return Ok(gather) };
    let whole = bytes;
    let bytes = table(whole);
    let Some((layout, has_heading)) = first(bytes, delimiter).and_then(|record| layout(&record))
    else {
        return Ok(gather);
    };
    let above = &whole[..whole.len() - bytes.len()];
    let n_above = above.iter().filter(|&&b| b == b'\n').count() as u64;
    let mut rows = reader(bytes, delimiter);
    let mut record = ByteRecord::new();
    let (mut n_rows, mut is_first) = (0_u64, true);
    loop {
        match rows.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return Ok(gather),
            Err(error) => {
                let line = n_above + error.position().map_or(0, csv::Position::line);
                gather.defects.add(Defect::Noise, line, error.to_string().as_bytes());
                continue;
            }
        }
        n_rows += 1;
        let at = rows.position().byte();
        if n_rows.is_multiple_of(8192) && progress(at).is_break() {
            return Err(ImportError::Cancelled);
        }
        if !(std::mem::take(&mut is_first) && has_heading) {
            let is_cut = at >= bytes.len() as u64 && !bytes.ends_with(b"\n");
            let line = n_above + record.position().map_or(0, csv::Position::line);
            row(&mut gather, &layout, &record, line, is_cut);
        }
    }
}

fn row(gather: &mut Gather, layout: &Layout, record: &ByteRecord, line: u64, is_cut: bool) {
    let field = |column: Option<usize>| {
        let text = record.get(column?).and_then(|field| std::str::from_utf8(field).ok())?;
        Some(text.trim())
    };
    let is = |column, word: &str| field(column).is_some_and(|f| f.eq_ignore_ascii_case(word));
    if is(layout.is_latest, "false") || is(layout.is_delete_marker, "true") {
        return gather.ignored();
    }
    let key = decoded(record.get(layout.key).unwrap_or_default());
    match classify(&key) {
        Named::Blob(name) => {
            gather.half();
            let is_other = gather.function().is_some_and(|f| f != name.digest.function());
            if is_cut {
                gather.defects.add(Defect::Cut, line, &key);
            }
            let columns = Columns {
                size_bytes: field(layout.size).and_then(|size| size.parse().ok()),
                modified_ms: field(layout.modified).and_then(time),
                ..Columns::default()
            };
            if !(is_cut && is_other) {
                let columns = if is_cut { Columns::default() } else { columns };
                gather.add(line, &name, columns);
            }
        }
        Named::Folder { is_half } if is_half => gather.half(),
        Named::Folder { .. } => {}
        Named::Housekeeping => gather.ignored(),
        _ if is_cut => gather.defects.add(Defect::Cut, line, &key),
        Named::WrongLength => gather.defects.add(Defect::WrongLength, line, &key),
        Named::WrongShard => gather.defects.add(Defect::WrongShard, line, &key),
        Named::Other if key.ends_with(b"/") => {}
        Named::Other => gather.defects.add(Defect::Noise, line, &key),
    }
}

fn reader(bytes: &[u8], delimiter: u8) -> csv::Reader<&[u8]> {
    let mut table = csv::ReaderBuilder::new();
    table.has_headers(false).flexible(true).delimiter(delimiter).from_reader(bytes)
}

fn first(bytes: &[u8], delimiter: u8) -> Option<ByteRecord> {
    let mut record = ByteRecord::new();
    let is_there = reader(bytes, delimiter).read_byte_record(&mut record).ok()?;
    (is_there && record.len() > 1).then_some(record)
}

/// The columns by the names of a heading, or by their looks. True for a heading.
fn layout(first: &ByteRecord) -> Option<(Layout, bool)> {
    let text = |i: usize| std::str::from_utf8(first.get(i)?).ok().map(str::trim);
    let named = |names: &[&str]| {
        let plain = |i: &usize| text(*i).unwrap_or_default().replace(['_', ' ', '-'], "");
        (0..first.len()).find(|i| names.iter().any(|n| plain(i).eq_ignore_ascii_case(n)))
    };
    if let Some(key) = named(&["key", "fullname", "path", "name", "object", "blobname"]) {
        let layout = Layout {
            key,
            size: named(&["size", "sizebytes", "bytes", "contentlength", "length"]),
            modified: named(&[
                "lastmodifieddate",
                "lastmodified",
                "modified",
                "updated",
                "modtime",
                "lastwritetimeutc",
                "lastwritetime",
            ]),
            is_latest: named(&["islatest"]),
            is_delete_marker: named(&["isdeletemarker"]),
        };
        return Some((layout, true));
    }
    let is_key = |i: &usize| {
        let key = decoded(first.get(*i).unwrap_or_default());
        matches!(classify(&key), Named::Blob(_) | Named::Folder { is_half: true })
    };
    let key = (0..first.len()).find(is_key)?;
    let after = || key + 1..first.len();
    let is_number = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let is_flag = |t: &str| t.eq_ignore_ascii_case("true") || t.eq_ignore_ascii_case("false");
    let mut flags = after().filter(|&i| text(i).is_some_and(is_flag));
    // The order of an inventory: version, latest, delete marker, size, time. A bucket without
    // versions has no flag before its size.
    let size = after().find(|&i| text(i).is_some_and(is_number));
    let is_before = |i: &usize| size.is_none_or(|size| *i < size);
    Some((
        Layout {
            key,
            size,
            modified: after().find(|&i| Some(i) != size && text(i).and_then(time).is_some()),
            is_latest: flags.next().filter(is_before),
            is_delete_marker: flags.next().filter(is_before),
        },
        false,
    ))
}

/// Keys are URL-encoded in an inventory.
fn decoded(key: &[u8]) -> Cow<'_, [u8]> {
    percent_decode(key).into()
}

/// `2024-01-01T00:00:00.000Z`, `2024-01-01 00:00:00` or seconds since 1970.
fn time(text: &str) -> Option<i64> {
    let columns: Vec<&[u8]> = text.split_ascii_whitespace().map(str::as_bytes).collect();
    leading_time(&columns).filter(|_| text.len() > 8 && !text.starts_with(char::is_alphabetic))?.ms
}
