//! The project's text files, and Rust code with its comments and literals blanked out.

use std::fs;
use std::path::Path;

/// A text file of the project.
pub struct Source {
    /// Its path in the project, with `/`.
    pub name: String,
    /// What it holds.
    pub text: String,
}

/// The Rust files under `folder` of the project ("" for all).
pub fn rust_sources(folder: &str) -> Vec<Source> {
    let mut sources = all_files();
    sources.retain(|file| file.name.ends_with(".rs") && file.name.starts_with(folder));
    assert!(!sources.is_empty(), "no Rust file under {folder:?}");
    sources
}

/// All text files that people of the project wrote: not what was built, recorded or exported.
pub fn all_files() -> Vec<Source> {
    let mut files = Vec::new();
    walk(Path::new(env!("CARGO_MANIFEST_DIR")), "", &mut files);
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

fn walk(folder: &Path, prefix: &str, files: &mut Vec<Source>) {
    const NOT_OURS: [&str; 12] = [
        "target",
        "dist",
        ".git",
        "node_modules",
        "tests/oracles",
        "tests/samples",
        "static/samples",
        "Cargo.lock",
        "fuzz/target",
        "fuzz/corpus",
        "fuzz/artifacts",
        "fuzz/Cargo.lock",
    ];
    for entry in fs::read_dir(folder).expect("a folder of the project").flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if NOT_OURS.contains(&name.as_str()) {
            continue;
        }
        if entry.path().is_dir() {
            walk(&entry.path(), &format!("{name}/"), files);
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            files.push(Source { name, text });
        }
    }
}

/// `text` with comments, string and character literals as blanks; lines stay where they are.
pub fn code_only(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < letters.len() {
        let end =
            at + blank_length(&letters[at..], at.checked_sub(1).map(|before| letters[before]));
        if end == at {
            code.push(letters[at]);
            at += 1;
        } else {
            code.extend(letters[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    code
}

/// How many characters the comment or literal takes that `rest` starts with. 0 if there is none.
fn blank_length(rest: &[char], before: Option<char>) -> usize {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    match rest {
        ['/', '/', ..] => rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
        ['/', '*', ..] => block_comment_length(rest),
        ['"', ..] => string_length(rest),
        ['r', '"' | '#', ..] if !before.is_some_and(|c| is_word(c) && c != 'b') => {
            raw_string_length(rest)
        }
        ['\'', '\\', _, more @ ..] => {
            3 + more.iter().position(|c| *c == '\'').map_or(0, |end| end + 1)
        }
        // A lifetime has no closing quote.
        ['\'', _, '\'', ..] => 3,
        _ => 0,
    }
}

fn block_comment_length(rest: &[char]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        match rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn string_length(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != '"' {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

fn raw_string_length(rest: &[char]) -> usize {
    let n_marks = rest[1..].iter().take_while(|c| **c == '#').count();
    if rest.get(1 + n_marks) != Some(&'"') {
        return 0; // A raw identifier.
    }
    let is_end = |at: &usize| {
        rest[*at] == '"'
            && rest[at + 1..].iter().take(n_marks).filter(|c| **c == '#').count() == n_marks
    };
    (n_marks + 2..rest.len()).find(is_end).map_or(rest.len(), |end| end + 1 + n_marks)
}

mod tests {
    use super::code_only;

    #[test]
    fn comments_and_literals_are_blank_and_lines_stay() {
        let blank = |n: usize| " ".repeat(n);
        assert_eq!(code_only("a // yew::x\nb"), format!("a {}\nb", blank(9)));
        assert_eq!(code_only("a /* /* x */ y */ b"), format!("a {} b", blank(15)));
        assert_eq!(code_only("f(\"x\\\"{\", 1)"), format!("f({}, 1)", blank(6)));
        assert_eq!(code_only("r#\"a\"{\"# + r"), format!("{} + r", blank(8)));
        assert_eq!(
            code_only("c == '{' || d == '\\''"),
            format!("c == {} || d == {}", blank(3), blank(4))
        );
        assert_eq!(code_only("fn f<'a>(x: &'a str)"), "fn f<'a>(x: &'a str)");
        assert_eq!(code_only("\"open"), blank(5));
        assert_eq!(code_only("r#type"), "r#type");
    }
}
