//! Lines of a tool that no other rule knows: one word names a blob, and of the others a time and a
//! whole number are told by their looks.
//!
//! So are read `mc ls -r`, `s5cmd ls`, `rclone lsl`, `az storage blob list -o table`,
//! `azcopy list`, `unzip -l`, and `dir /s` and `Get-ChildItem -Recurse` of Windows.

use super::layout::{Named, classify};
use super::line::{Base, Row};
use super::time::leading_time;

/// More words than any such line has.
const WORDS_MAX: usize = 24;

/// A line in which one word names a blob, with whatever other words.
pub fn word_row(line: &[u8]) -> Option<Row<'_>> {
    let words: Vec<&[u8]> = words(line).take(WORDS_MAX).collect();
    let blob = |word: &&[u8]| match classify(word) {
        Named::Blob(name) => Some(name.kind.is_some()),
        _ => None,
    };
    let with_half = words.iter().position(|word| blob(word) == Some(true));
    let at = with_half.or_else(|| {
        let ends = [words.len().checked_sub(1)?, 0];
        ends.into_iter().find(|&end| blob(&words[end]).is_some())
    })?;
    let mut row = Row { path: words[at], base: Base::Folder, ..Row::default() };
    let (before, after) = (&words[..at], &words[at + 1..]);
    // A message may name a blob too, above all one that is not there.
    if !before.iter().chain(after).all(|word| is_column(word)) {
        return None;
    }
    row.modified_ms = time(before).or_else(|| time(after));
    // What stands nearest before the name is its size; else what comes first behind it.
    row.size_bytes = size(before.iter().rev(), before).or_else(|| size(after.iter(), after));
    Some(row)
}

/// The folder that the lines below are in, in the words of any language: `Directory of C:\x` and
/// `Directory: C:\x`.
pub fn windows_heading(line: &[u8]) -> Option<&[u8]> {
    let at = line.windows(3).position(|w| w[0].is_ascii_alphabetic() && &w[1..] == b":\\")?;
    let (words, path) = line.split_at(at);
    let is_said = !words.trim_ascii().is_empty() && words.len() < 40;
    let is_said = is_said && !words.iter().any(u8::is_ascii_digit);
    let is_folder = !matches!(classify(path), Named::Blob(_));
    (is_said && is_folder).then_some(path)
}

/// What tools put above, between and below their rows.
pub fn is_frame(line: &[u8]) -> bool {
    const STARTS: [&[u8]; 22] = [
        b"Archive:",
        b"Volume ",
        b"#TYPE ",
        b"File count:",
        b"Total file size:",
        b"Total Files Listed:",
        b"Creation time:",
        b"Update time:",
        b"Storage class",
        b"Content-",
        b"Cache-Control:",
        b"Hash (",
        b"Hashes:",
        b"ETag:",
        b"Generation:",
        b"Metageneration:",
        b"Metadata:",
        b"ACL:",
        b"Length ",
        b"LastWriteTime ",
        b"Temporary Hold:",
        b"Custom-Time:",
    ];
    const HEADS: [&[u8]; 14] = [
        b"Name",
        b"FullName",
        b"Length",
        b"LastWriteTime",
        b"Mode",
        b"Date",
        b"Time",
        b"Blob",
        b"Type",
        b"Tier",
        b"Content",
        b"Last",
        b"Modified",
        b"Snapshot",
    ];
    let start = line.trim_ascii();
    let is_rule = start.iter().all(|b| matches!(b, b'-' | b' '));
    let is_count = || {
        // `319  2 files` of `unzip`, `2 File(s)  77 bytes` of `dir`.
        let ends: [&[u8]; 6] = [b" files", b" file", b" bytes", b" bytes free", b" Dir(s)", b")"];
        start[0].is_ascii_digit() && line.len() < 80 && ends.iter().any(|end| start.ends_with(end))
    };
    // A folder of `dir` or `Get-ChildItem`.
    let mode = words(line).next().unwrap_or_default();
    let is_folder = line.windows(5).any(|w| w == b"<DIR>")
        || (mode.starts_with(b"d") && (5..8).contains(&mode.len()))
            && mode.contains(&b'-')
            && mode.iter().all(|b| b"darhsl-".contains(b));
    is_rule
        || is_folder
        || STARTS.iter().any(|known| start.starts_with(known))
        || words(line).all(|word| HEADS.contains(&word))
        || (is_count() && words(line).all(|word| word.len() < 30))
}

/// Whether tools that list buckets and folders have `word` beside a name: a number or a date, a
/// zone, a unit, a class of storage, a type of content, a mode.
fn is_column(word: &[u8]) -> bool {
    const KNOWN: [&[u8]; 33] = [
        b"UTC",
        b"GMT",
        b"CET",
        b"CEST",
        b"EST",
        b"EDT",
        b"PST",
        b"PDT",
        b"AM",
        b"PM",
        b"B",
        b"KiB",
        b"MiB",
        b"GiB",
        b"Bytes",
        b"STANDARD",
        b"STANDARD_IA",
        b"ONEZONE_IA",
        b"INTELLIGENT_TIERING",
        b"GLACIER",
        b"NEARLINE",
        b"COLDLINE",
        b"BlockBlob",
        b"Hot",
        b"Cool",
        b"Cold",
        b"INFO:",
        b"Content",
        b"Length:",
        b"FullName",
        b":",
        b">",
        b"application/octet-stream",
    ];
    let is_mode = (5..12).contains(&word.len())
        && word.contains(&b'-')
        && word.iter().all(|b| b"-darhslwxT.".contains(b));
    word[0].is_ascii_digit() || is_mode || KNOWN.contains(&word)
}

/// Words between blanks, and the semicolons and brackets that some tools put round them.
fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_gap = |b: &u8| matches!(b, b' ' | b'\t' | b';' | b'[' | b']');
    line.split(is_gap).filter(|word| !word.is_empty())
}

/// The first date with a time of day among `words`.
fn time(words: &[&[u8]]) -> Option<i64> {
    (0..words.len()).find_map(|i| {
        let day: Vec<u8> = words[i].iter().map(|&b| if b == b'/' { b'-' } else { b }).collect();
        let is_date = day.get(4) == Some(&b'-') && day.get(7) == Some(&b'-');
        let mut columns = vec![&day[..]];
        // A name of a zone is not looked up: such times count as UTC.
        columns.extend(words[i + 1..].iter().take(2));
        leading_time(&columns).filter(|_| is_date)?.ms
    })
}

/// The first word of `order` that counts bytes. `all` are the words in the order of the line.
fn size<'a, 'w: 'a>(mut order: impl Iterator<Item = &'a &'w [u8]>, all: &[&[u8]]) -> Option<u64> {
    order.find_map(|word| {
        let text = std::str::from_utf8(word).ok()?;
        let at = all.iter().position(|other| std::ptr::eq(*other, *word))?;
        let unit = all.get(at + 1).copied().unwrap_or_default();
        let is_rounded = matches!(unit, b"KiB" | b"MiB" | b"GiB" | b"TiB" | b"KB" | b"MB" | b"GB");
        // `242B` of `mc`, `242.00 B` of `azcopy`, `1,077` of `dir`.
        let number = text.strip_suffix('B').unwrap_or(text);
        let number =
            if unit == b"B" { number.strip_suffix(".00").unwrap_or(number) } else { number };
        // A day beside its month is no size.
        let beside = |from: usize| leading_time(all.get(from..)?).filter(|t| t.n_columns > 1);
        if beside(at).is_some() || at.checked_sub(1).and_then(beside).is_some() {
            return None;
        }
        let groups: Vec<&str> = number.split(',').collect();
        let is_grouped = groups[1..].iter().all(|group| group.len() == 3);
        let digits = groups.concat();
        let is_whole = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        (is_whole && is_grouped && !is_rounded).then(|| digits.parse().ok())?
    })
}
