//! One line of a listing, whichever tool printed it: its path, and the columns beside it.
//!
//! Each line is told by its own looks, so that listings may be glued together, and noise between
//! lines costs only those lines.

use super::layout::{Named, classify};
use super::time::{epoch_ms, leading_time};
use super::words::{is_frame, windows_heading, word_row};

/// What a line is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Line<'a> {
    /// Empty, a total, a report: tells of no blob.
    Note,
    /// The folder that the lines below are in (`ls -R`).
    Heading(&'a [u8]),
    /// Something stored, or a folder.
    Row(Row<'a>),
    /// Nothing that listings have.
    Noise,
}

/// A line that names something.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Row<'a> {
    /// Its path or name as printed.
    pub path: &'a [u8],
    /// What the path starts from.
    pub base: Base,
    /// Size in bytes, if the line has one in bytes.
    pub size_bytes: Option<u64>,
    /// The size stands before the path with nothing to tell its unit: `du -b` counts bytes,
    /// `du` counts blocks of 1 KiB.
    pub unit_is_unsure: bool,
    /// Last modification in milliseconds since 1970.
    pub modified_ms: Option<i64>,
    /// Hexadecimal digits that `sha256sum` or its like computed of the content.
    pub sum: Option<&'a str>,
    /// Known to be a folder or a link.
    pub is_no_file: bool,
}

/// What a row's path starts from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Base {
    /// The folder that the listing was made in, or that of the heading above if the path is a
    /// single name.
    #[default]
    Folder,
    /// The heading above.
    Heading,
    /// The row above that is one level less deep; the root has depth 0.
    Tree {
        /// How deep it is.
        depth: usize,
    },
}

/// Tells what `line`, without its line end, is.
pub fn parse(line: &[u8]) -> Line<'_> {
    let line = line.trim_ascii_end();
    if line.is_empty() || is_report(line) {
        return Line::Note;
    }
    if line.iter().any(|b| *b < b' ' && *b != b'\t') {
        return Line::Noise;
    }
    let (depth, rest) = strip_branches(line);
    if depth > 0 || rest.starts_with(b"[") {
        let row = tree_row(rest, depth);
        // `mc ls` puts a time into brackets, and more than a name behind it.
        let is_drawn = depth > 0 || row.as_ref().is_some_and(|row| !row.path.contains(&b' '));
        let other = if is_drawn { None } else { word_row(line) };
        return other.or(row).map_or(Line::Noise, Line::Row);
    }
    if let Some(folder) = line.trim_ascii_start().strip_prefix(b"PRE ") {
        return Line::Row(Row { path: folder, is_no_file: true, ..Row::default() });
    }
    if let Some(row) = ls_row(line).or_else(|| sum_row(line)).or_else(|| bucket_row(line)) {
        return Line::Row(row);
    }
    if let Some(heading) = line.strip_suffix(b":") {
        // `gsutil ls -L` has what it tells of a blob below its name.
        if matches!(classify(heading), Named::Blob(_)) {
            return Line::Row(Row { path: heading, ..Row::default() });
        }
        let is_path = !heading.contains(&b' ') || b"./~'\"".contains(&heading[0]);
        return match is_path {
            true => Line::Heading(unquoted(heading)),
            false if is_frame(line) => Line::Note,
            false => Line::Noise,
        };
    }
    let row = path_row(line);
    if let Some(path) = row.as_ref().map(|row| row.path)
        && !path.iter().any(|b| matches!(b, b' ' | b'\t'))
    {
        // `Content-Length: 242`, `319 files`.
        let is_word = path.len() < 20 && path.len() < line.len() && !path.contains(&b'/');
        let is_said = is_word && is_frame(line);
        return row.filter(|_| !is_said).map_or(Line::Note, Line::Row);
    }
    if let Some(row) = word_row(line) {
        return Line::Row(row);
    }
    if is_frame(line) {
        return Line::Note;
    }
    match windows_heading(line) {
        Some(folder) => Line::Heading(folder),
        None => row.map_or(Line::Noise, Line::Row),
    }
}

/// Columns and their offsets, at most `MAX_COLUMNS` of them.
fn columns(line: &[u8]) -> Vec<(usize, &[u8])> {
    const MAX_COLUMNS: usize = 14;
    let mut found = Vec::with_capacity(MAX_COLUMNS);
    let mut at = 0;
    while found.len() < MAX_COLUMNS {
        let is_gap = |b: &u8| *b == b' ' || *b == b'\t';
        at += line[at..].iter().take_while(|b| is_gap(b)).count();
        let length = line[at..].iter().take_while(|b| !is_gap(b)).count();
        if length == 0 {
            break;
        }
        found.push((at, &line[at..at + length]));
        at += length;
    }
    found
}

/// `total 48`, `15 directories, 12 files`.
fn is_report(line: &[u8]) -> bool {
    let contains = |text: &[u8]| line.windows(text.len()).any(|w| w == text);
    // What `aws s3 ls --summarize` and `gsutil ls -l` end with.
    let start = line.trim_ascii_start();
    if [&b"Total Objects:"[..], b"Total Size:", b"TOTAL:"].iter().any(|t| start.starts_with(t)) {
        return true;
    }
    if line[0].is_ascii_digit() {
        let may_be = line.len() < 100 && (line.ends_with(b"s") || line.ends_with(b"y"));
        return may_be && (contains(b" directories") || contains(b" directory"));
    }
    if line.len() >= 40 {
        return false;
    }
    let mut words = line.split(|b| *b == b' ').filter(|w| !w.is_empty());
    let (word, size) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    words.next().is_none()
        && word.iter().all(u8::is_ascii_alphabetic)
        && matches!(quantity(size), Some(Quantity { is_time: false, .. }))
}

/// Takes off the drawing before a name in `tree`; how many levels it had.
fn strip_branches(line: &[u8]) -> (usize, &[u8]) {
    // Longest first. The second kind of blank is U+00A0, as `tree` prints it in UTF-8.
    const BRANCHES: [&str; 9] = [
        "│\u{a0}\u{a0} ",
        "│   ",
        "├── ",
        "└── ",
        "|-- ",
        "`-- ",
        "|   ",
        "\u{a0}\u{a0}\u{a0} ",
        "    ",
    ];
    let (mut rest, mut depth, mut is_drawn) = (line, 0, false);
    while let Some((branch, after)) =
        BRANCHES.iter().find_map(|b| Some((*b, rest.strip_prefix(b.as_bytes())?)))
    {
        (rest, depth) = (after, depth + 1);
        is_drawn |= !branch.starts_with([' ', '\u{a0}']);
        if branch.contains('─') || branch.contains('-') {
            break;
        }
    }
    if is_drawn { (depth, rest) } else { (0, line) }
}

/// `[size]  name`, or whatever `tree -pugshD` puts into the brackets.
fn tree_row(rest: &[u8], depth: usize) -> Option<Row<'_>> {
    let mut row = Row { path: rest, base: Base::Tree { depth }, ..Row::default() };
    if let Some(inside) = rest.strip_prefix(b"[") {
        let end = inside.iter().position(|b| *b == b']')?;
        row.path = &inside[end + 1..];
        let words: Vec<&[u8]> = columns(&inside[..end]).into_iter().map(|c| c.1).collect();
        row.is_no_file = words.first().is_some_and(|w| w.len() >= 10 && w[0] != b'-' && is_mode(w));
        for (i, word) in words.iter().enumerate() {
            if let Some(time) = leading_time(&words[i..]).filter(|t| i + t.n_columns == words.len())
            {
                row.modified_ms = time.ms;
                break;
            }
            row.size_bytes = quantity(word).and_then(|q| q.exact());
        }
    }
    row.path = without_link(row.path.trim_ascii_start());
    (!row.path.is_empty()).then_some(row)
}

/// `-rw-r--r-- 1 root root 242 Nov 22 00:59 name`, also with inode and blocks before it as in
/// `find -ls`.
fn ls_row(line: &[u8]) -> Option<Row<'_>> {
    // A mode has ten characters and stands among the first three columns.
    let is_gap = |b: &u8| *b == b' ' || *b == b'\t';
    line.split(is_gap).filter(|c| !c.is_empty()).take(3).find(|c| is_mode(c))?;
    let columns = columns(line);
    let mode_at = columns.iter().take(3).position(|c| is_mode(c.1))?;
    let words: Vec<&[u8]> = columns.iter().map(|c| c.1).collect();
    let mode = words[mode_at];
    for (i, word) in words.iter().enumerate().skip(mode_at + 1) {
        let (Some(size), Some(time)) = (quantity(word), leading_time(&words[i + 1..])) else {
            continue;
        };
        let &(name_at, _) = columns.get(i + 1 + time.n_columns)?;
        return Some(Row {
            path: unquoted(without_link(&line[name_at..])),
            base: Base::Heading,
            size_bytes: size.exact(),
            modified_ms: time.ms,
            is_no_file: mode[0] != b'-',
            ..Row::default()
        });
    }
    None
}

/// `SUM  path`, `SUM *path` or `SHA256 (path) = SUM`.
fn sum_row(line: &[u8]) -> Option<Row<'_>> {
    // `sha256sum` puts `\` before the sum of a file with a strange name.
    let plain = line.strip_prefix(b"\\").unwrap_or(line);
    let n_digits = plain.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    let is_sum = |n| matches!(n, 32 | 40 | 64 | 96 | 128);
    let (sum, path) = if is_sum(n_digits) {
        let rest = plain[n_digits..].strip_prefix(b" ")?;
        (&plain[..n_digits], rest.strip_prefix(b" ").or_else(|| rest.strip_prefix(b"*"))?)
    } else {
        plain.last().filter(|b| b.is_ascii_hexdigit() && plain.contains(&b'='))?;
        let (name, sum) = plain.split_at(plain.windows(4).rposition(|w| w == b") = ")?);
        let open = name.windows(2).position(|w| w == b" (")?;
        (&sum[4..], &name[open + 2..])
    };
    let is_plain = is_sum(sum.len()) && sum.iter().all(u8::is_ascii_hexdigit);
    let sum = std::str::from_utf8(sum).ok().filter(|_| is_plain)?;
    // `find -printf '%P  %s'` has numbers there.
    let is_path = !path.is_empty() && columns(path).iter().any(|c| quantity(c.1).is_none());
    is_path.then(|| Row { path, sum: Some(sum), ..Row::default() })
}

/// `2024-01-01 00:00:00   SIZE KEY` of `aws s3 ls`, or `  SIZE  2024-01-01T00:00:00Z  gs://…` of
/// `gsutil ls -l` and `gcloud storage ls -l`.
fn bucket_row(line: &[u8]) -> Option<Row<'_>> {
    let columns = columns(line);
    let words: Vec<&[u8]> = columns.iter().map(|c| c.1).collect();
    let is_iso = |word: &[u8]| word.get(4) == Some(&b'-') && word.get(7) == Some(&b'-');
    let (size, time, mut at) = if words.first().is_some_and(|w| is_iso(w)) {
        let time = leading_time(&words[..2.min(words.len())]).filter(|t| t.n_columns == 2)?;
        (quantity(words.get(2)?)?, time, 3)
    } else {
        let is_whole = |word: &[u8]| is_iso(word) && word.contains(&b'T');
        let time = leading_time(words.get(1..2)?).filter(|_| is_whole(words[1]))?;
        (quantity(words[0])?, time, 2)
    };
    // `--human-readable` rounds all but bytes.
    let unit = words.get(at).copied().unwrap_or_default();
    let is_rounded = matches!(unit, b"KiB" | b"MiB" | b"GiB" | b"TiB");
    at += usize::from(is_rounded || unit == b"Bytes");
    let path = line.get(columns.get(at)?.0..)?;
    // `-a` adds the generation and more to the key.
    let end = path.iter().position(|b| *b == b'#').unwrap_or(path.len());
    Some(Row {
        path: &path[..end],
        size_bytes: size.exact().filter(|_| !is_rounded),
        modified_ms: time.ms,
        ..Row::default()
    })
}

/// A path with numbers before or after it: `find` in any format, and `du`.
fn path_row(line: &[u8]) -> Option<Row<'_>> {
    let mut row = Row::default();
    let (mut path, mut sizes, mut times) = (line.trim_ascii_start(), 0, 0);
    let mut take = |row: &mut Row<'_>, quantity: Quantity| {
        if quantity.is_time || (sizes > 0 && quantity.whole.is_some_and(|n| n >= 100_000_000)) {
            times += 1;
            row.modified_ms = if times == 1 { quantity.ms } else { row.modified_ms };
        } else {
            sizes += 1;
            row.size_bytes = if sizes == 1 { quantity.exact() } else { row.size_bytes };
        }
    };
    let is_gap = |b: &u8| *b == b' ' || *b == b'\t';
    let mut n_leading = 0;
    while let Some((number, rest)) = path.iter().position(is_gap).map(|gap| path.split_at(gap)) {
        let Some(quantity) = quantity(number) else { break };
        take(&mut row, quantity);
        n_leading += 1;
        path = rest.trim_ascii_start();
    }
    let mut trailing = Vec::new();
    while let Some(gap) = path.iter().rposition(is_gap) {
        let Some(quantity) = quantity(&path[gap + 1..]).filter(|_| trailing.len() < 8) else {
            break;
        };
        trailing.push(quantity);
        path = path[..gap].trim_ascii_end();
    }
    row.unit_is_unsure = n_leading == 1 && trailing.is_empty() && row.size_bytes.is_some();
    trailing.into_iter().rev().for_each(|quantity| take(&mut row, quantity));
    row.path = unquoted(path);
    // Words with blanks between them are no path, unless they have folders.
    let is_separator = |b: &u8| *b == b'/' || *b == b'\\';
    let is_path = !path.iter().any(is_gap) || path.iter().any(is_separator);
    (is_path && !path.is_empty() && path.len() < 4096).then_some(row)
}

/// A number in a column.
struct Quantity {
    /// The number, if whole.
    whole: Option<u64>,
    /// As a time since 1970.
    ms: Option<i64>,
    /// Has a fraction, as `%T@` has, and sizes do not.
    is_time: bool,
    /// Rounded to a unit, as `4.0K`.
    is_rounded: bool,
}

impl Quantity {
    fn exact(&self) -> Option<u64> {
        self.whole.filter(|_| !self.is_rounded)
    }
}

fn quantity(word: &[u8]) -> Option<Quantity> {
    // As long as no digest, which may have decimal digits only.
    let text = std::str::from_utf8(word).ok().filter(|t| t.len() < 31)?;
    let number = text.trim_end_matches(|c: char| "KMGTPEkiB".contains(c));
    let is_number = number.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && number.bytes().next().is_some_and(|b| b.is_ascii_digit());
    let is_rounded = number.len() < text.len() && text.len() - number.len() < 4;
    (is_number && (is_rounded || number.len() == text.len())).then(|| Quantity {
        whole: number.parse().ok(),
        ms: epoch_ms(number),
        is_time: number.contains('.') && !is_rounded,
        is_rounded,
    })
}

/// `drwxr-xr-x`, also with the mark of an ACL behind it.
fn is_mode(word: &[u8]) -> bool {
    (10..=11).contains(&word.len())
        && b"-dlbcpsD".contains(&word[0])
        && word[1..10].iter().all(|b| b"rwxsStT-".contains(b))
}

/// Takes off the target of a link.
fn without_link(path: &[u8]) -> &[u8] {
    path.windows(4).position(|w| w == b" -> ").map_or(path, |at| &path[..at])
}

/// Takes off the quotes that `ls` puts round strange names on a terminal.
fn unquoted(path: &[u8]) -> &[u8] {
    let inside = |quote: &[u8]| path.strip_prefix(quote)?.strip_suffix(quote);
    inside(b"'").or_else(|| inside(b"\"")).unwrap_or(path)
}
