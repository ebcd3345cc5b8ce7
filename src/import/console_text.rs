//! Console text as it was printed: without colours, time stamps and the line breaks of a terminal.

/// What a tool printed in one go, and the line that it begins on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Record {
    /// Line from 1.
    pub line: u64,
    /// Its text, on one line.
    pub text: String,
}

/// Text that is longer than this in one go is no message.
const RECORD_BYTES_MAX: usize = 1 << 20;

/// The records of `text`. A record begins where a line looks like the start of a message; lines
/// that do not are what a terminal or a mail wrapped.
pub(super) fn records(text: &str) -> Vec<Record> {
    let mut lines = Vec::new();
    for (i, line) in text.split('\n').enumerate() {
        let logged = logged_text(line);
        // A carriage return moves to the start of the line: what follows is another.
        for part in logged.as_deref().unwrap_or(line).split(['\r', '\n']) {
            let plain = without_escapes(part);
            let n_chars = plain.trim_end().chars().count();
            lines.push((i as u64 + 1, without_stamps(&plain).trim_end().to_owned(), n_chars));
        }
    }
    let width = common_width(lines.iter().map(|l| l.2));
    let mut records: Vec<Record> = Vec::new();
    let (mut last_chars, mut is_hard) = (0, false);
    for (line, text, n_chars) in lines {
        if text.is_empty() {
            continue;
        }
        match records.last_mut() {
            Some(record) if !is_fresh(&text) && record.text.len() < RECORD_BYTES_MAX => {
                let rest = text.trim_start();
                is_hard = Some(last_chars) == width
                    || TERMINALS.contains(&last_chars)
                    || is_hard && last_chars == n_chars;
                if !(is_hard || is_cut(&record.text, rest)) {
                    record.text.push(' ');
                }
                record.text.push_str(if is_hard { &text } else { rest });
            }
            _ => records.push(Record { line, text }),
        }
        last_chars = n_chars;
    }
    records
}

/// Usual widths of terminals.
const TERMINALS: [usize; 6] = [80, 100, 120, 132, 160, 200];

/// The width of the terminal, if it shows: several lines that are as long, and none longer.
fn common_width(lengths: impl Iterator<Item = usize>) -> Option<usize> {
    let (mut most, mut n) = (0, 0);
    for length in lengths {
        if length > most {
            (most, n) = (length, 0);
        }
        n += usize::from(length == most);
    }
    (n > 1 && (40..=250).contains(&most)).then_some(most)
}

/// What was printed, where a collector of logs keeps each line as an object.
fn logged_text(line: &str) -> Option<String> {
    let object = line.trim();
    if !(object.starts_with('{') && object.ends_with('}')) {
        return None;
    }
    let object: serde_json::Value = serde_json::from_str(object).ok()?;
    let keys = ["log", "message", "msg", "text", "textPayload", "line"];
    let text = keys.iter().find_map(|key| object.get(key)?.as_str())?;
    Some(text.trim_end_matches('\n').to_owned())
}

/// Takes out colours, titles and other sequences that terminals obey, and control characters.
fn without_escapes(line: &str) -> String {
    if !line.contains(|c: char| c.is_control() || c == '[') {
        return line.to_owned();
    }
    let mut plain = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        // Where the escape itself got lost, or stands there as `^[`.
        if c == '['
            && let Some(n) = colour(chars.as_str())
        {
            chars = chars.as_str()[n..].chars();
            let kept = plain.strip_suffix("^[").map_or(plain.len(), str::len);
            plain.truncate(kept);
            continue;
        }
        match c {
            '\u{1b}' => match chars.next() {
                // CSI: parameters, then one final character.
                Some('[') => {
                    chars.by_ref().find(|c| ('\u{40}'..='\u{7e}').contains(c));
                }
                // OSC and APC: up to the bell or the terminator.
                Some(']' | '_' | 'P') => {
                    chars.by_ref().find(|&c| c == '\u{7}' || c == '\\');
                }
                _ => {}
            },
            '\t' => plain.push(' '),
            c if c.is_control() => {}
            c => plain.push(c),
        }
    }
    plain
}

/// The length of a colour, or of the rest of a line taken back, behind its bracket.
fn colour(text: &str) -> Option<usize> {
    let n = text.bytes().take_while(|b| b.is_ascii_digit() || *b == b';').count();
    match text.as_bytes().get(n)? {
        b'm' | b'K' => Some(n + 1),
        b'A' if n > 0 => Some(n + 1),
        _ => None,
    }
}

/// Takes off what continuous integration and `--show_timestamps` put before a line.
fn without_stamps(line: &str) -> &str {
    let mut rest = line;
    for _ in 0..4 {
        // Buildkite's, where its escape got lost: milliseconds, and the text at once.
        if let Some(after) = rest.trim_start().strip_prefix("_bk;t=") {
            let n = after.bytes().take(13).take_while(u8::is_ascii_digit).count();
            rest = &after[n..];
            continue;
        }
        let word = rest.trim_start().split(' ').next().unwrap_or_default();
        // TeamCity puts the level behind the bracket: `[12:34:56]E:`.
        let inside = word.strip_prefix('[').and_then(|word| word.split_once(']'));
        let inside = inside.filter(|(_, level)| level.len() < 3).map(|(inside, _)| inside);
        let bare = inside.unwrap_or(word).trim_matches(|c| "[]()|".contains(c));
        let n_digits = bare.chars().filter(char::is_ascii_digit).count();
        let is_stamp = n_digits >= 4
            && bare.chars().all(|c| c.is_ascii_digit() || ":-.,TZ+/".contains(c))
            && (bare.contains(':') || bare.matches('-').count() == 2);
        // GitLab numbers its streams after the time.
        let is_stream = rest.len() < line.len()
            && matches!(bare.trim_end_matches('+'), "00O" | "00E" | "01O" | "01E");
        if !is_stamp && !is_stream {
            break;
        }
        rest = &rest.trim_start()[word.len()..];
    }
    let is_stamped = rest.len() < line.len();
    let rest = if is_stamped { rest.strip_prefix(' ').unwrap_or(rest) } else { rest };
    let rest = ["##[error]", "##[warning]", "::error::"]
        .iter()
        .find_map(|mark| rest.strip_prefix(mark))
        .unwrap_or(rest);
    without_source(rest)
}

/// Takes off what a collector of logs says of who printed a line: a host, a step, a container. It
/// shows only where a message begins.
fn without_source(line: &str) -> &str {
    const SOURCE_BYTES_MAX: usize = 80;
    if is_fresh(line) && !line.starts_with('[') {
        return line;
    }
    let starts = ["ERROR: ", "INFO: ", "WARNING: ", "FAILED: "].iter();
    let at = starts.filter_map(|start| line.find(start)).min();
    let at = at.filter(|&at| {
        let before = line[..at].chars().next_back();
        at <= SOURCE_BYTES_MAX && before.is_some_and(|c| " ]|:>".contains(c))
    });
    at.map_or(line, |at| &line[at..])
}

/// Whether a line is the start of a message.
fn is_fresh(line: &str) -> bool {
    const STARTS: [&str; 26] = [
        "ERROR:",
        "INFO:",
        "WARNING:",
        "DEBUG:",
        "FAILED:",
        "FAIL:",
        "Found ",
        "Target ",
        "Use --",
        "Analyz",
        "Loading",
        "com.google",
        "java.",
        "Caused by",
        "Build ",
        "Executed ",
        "Your build",
        "Action exec",
        "Error",
        "[",
        "##",
        "at ",
        "Starting ",
        "Process ",
        "exit ",
        "Lost ",
    ];
    let text = line.trim_start();
    STARTS.iter().any(|start| text.starts_with(start))
}

/// Whether a digest or its size goes on from the end of `before` to the start of `after`.
fn is_cut(before: &str, after: &str) -> bool {
    let is_hex = |c: &char| c.is_ascii_digit() || ('a'..='f').contains(c);
    let n_before = before.chars().rev().take_while(is_hex).count();
    let n_after = after.chars().take_while(is_hex).count();
    let head = before[..before.len() - n_before].chars().next_back();
    let is_size = head.is_some_and(|c| c == '/' || c == ':')
        && before[..before.len() - n_before - 1].chars().rev().take_while(is_hex).count() >= 32;
    if is_size {
        let n_digits = after.bytes().take_while(u8::is_ascii_digit).count();
        // A path may begin with a letter that is also a digit, or even with one.
        let is_end = after[n_digits..].chars().next().is_none_or(|c| " ,.;:)'`\"]}".contains(c));
        return n_digits > 0 && is_end && n_before + n_digits < 16;
    }
    let is_whole = |n| matches!(n, 32 | 40 | 64 | 96 | 128);
    let goes_on = n_before >= 8
        && n_after > 0
        && (is_whole(n_before + n_after) || (!is_whole(n_before) && n_before < 128));
    let mark = after.chars().next();
    goes_on || (is_whole(n_before) && matches!(mark, Some('/' | ':' | '\'' | '`')))
}
