//! How long a file, a function and a line may get.

use crate::source::{Source, code_only};

const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 60;
const LINE_CHARS_MAX: usize = 100;

/// Whether the first line is a `//!` that says something.
pub fn opens_with_words(source: &Source) -> bool {
    let words = source.text.lines().next().and_then(|line| line.strip_prefix("//! "));
    words.is_some_and(|words| words.split_whitespace().count() >= 2)
}

/// What is longer than it may be.
pub fn too_long(source: &Source) -> Vec<String> {
    let name = &source.name;
    let mut findings = Vec::new();
    let n_lines = source.text.lines().count();
    if n_lines > FILE_LINES_MAX {
        findings.push(format!("{name}: {n_lines} lines, at most {FILE_LINES_MAX}"));
    }
    for (number, line) in source.text.lines().enumerate() {
        let n_chars = line.chars().count();
        if n_chars > LINE_CHARS_MAX {
            findings.push(format!(
                "{name}:{}: {n_chars} columns, at most {LINE_CHARS_MAX}",
                number + 1
            ));
        }
    }
    for (function, line, n_lines) in functions(&code_only(&source.text)) {
        if n_lines > FUNCTION_LINES_MAX {
            findings.push(format!(
                "{name}:{line}: `{function}` has {n_lines} lines, at most {FUNCTION_LINES_MAX}"
            ));
        }
    }
    findings
}

/// Name, line and number of lines of each function with a body.
fn functions(code: &str) -> Vec<(String, usize, usize)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let starts_word = code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let name: String =
            code[at + 3..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if starts_word || name.is_empty() {
            continue;
        }
        if let Some(length) = length_with_body(&code[at..]) {
            let line = code[..at].matches('\n').count() + 1;
            found.push((name, line, code[at..at + length].matches('\n').count() + 1));
        }
    }
    found
}

/// The bytes from `fn` to its body's closing brace. `None` if it has no body.
fn length_with_body(code: &str) -> Option<usize> {
    let mut braces = 0_usize;
    let mut brackets = 0_usize;
    for (at, letter) in code.char_indices() {
        match letter {
            // An array's length in the signature: `[u8; 4]`.
            '[' | '(' => brackets += 1,
            ']' | ')' => brackets = brackets.saturating_sub(1),
            ';' if braces == 0 && brackets == 0 => return None,
            '{' => braces += 1,
            '}' if braces <= 1 => return Some(at + 1),
            '}' => braces -= 1,
            _ => {}
        }
    }
    None
}

mod tests {
    use super::*;

    fn findings(text: &str) -> Vec<String> {
        too_long(&Source { name: "x.rs".to_owned(), text: text.to_owned() })
    }

    #[test]
    fn long_files_lines_and_functions_are_found() {
        assert!(findings(&"x\n".repeat(401))[0].contains("401 lines"));
        assert!(findings(&"x\n".repeat(400)).is_empty());
        assert!(findings(&"é".repeat(101))[0].contains("101 columns"));
        assert!(findings(&"é".repeat(100)).is_empty());
        let long =
            |n: usize| format!("fn f(x: [u8; 2]) {{\n{}}}\nfn g() {{}}\n", "a();\n".repeat(n));
        assert_eq!(findings(&long(59)), ["x.rs:1: `f` has 61 lines, at most 60"]);
        assert!(findings(&long(58)).is_empty());
    }

    #[test]
    fn functions_end_where_their_braces_do() {
        let text = "trait T { fn a(&self); }\nfn b() {\n  if x { y }\n}\nfn c() -> u8 { 1 }\n";
        let found = functions(&code_only(text));
        assert_eq!(found, [("b".to_owned(), 2, 3), ("c".to_owned(), 5, 1)]);
        let tricky = "fn d() {\n  let s = \"}\"; // }\n}\n";
        assert_eq!(functions(&code_only(tricky)), [("d".to_owned(), 1, 3)]);
    }

    #[test]
    fn a_file_must_open_with_words() {
        let opens = |text: &str| {
            opens_with_words(&Source { name: "x.rs".to_owned(), text: text.to_owned() })
        };
        assert!(opens("//! What it is for.\n"));
        assert!(
            !opens("//! x\n") && !opens("fn main() {}\n") && !opens("\n//! Late.\n") && !opens("")
        );
    }
}
