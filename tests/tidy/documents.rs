//! What documents say that can be checked: commands, links, and no word of where they were written.

use std::path::Path;

use crate::source::Source;

/// Whether a file is a document that people read, or the script that runs the checks.
pub fn is_document(file: &Source) -> bool {
    file.name.ends_with(".md") || file.name == ".ci/run"
}

/// Paths that lead nowhere on anybody else's machine.
pub fn machine_paths(file: &Source) -> Vec<String> {
    // In two halves, so that this file does not find itself.
    let places =
        [["/wor", "k/"], ["/tmp/w", "t/"], ["/ro", "ot/"], ["/hom", "e/"], ["../sha", "red/"]];
    let mut findings = Vec::new();
    for (number, line) in file.text.lines().enumerate() {
        for place in places.iter().map(|halves| halves.concat()) {
            // Part of a longer word or address, it is somebody else's.
            let is_own = |(at, _): (usize, &str)| {
                !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-}>*".contains(c))
            };
            if line.match_indices(&place).any(is_own) {
                findings.push(format!("{}:{}: names `{place}`", file.name, number + 1));
            }
        }
    }
    findings
}

/// `cargo xtask …` with a task or an option that `tasks` (the text of xtask's `main.rs`) lacks.
pub fn unknown_commands(file: &Source, tasks: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for (number, line) in file.text.lines().enumerate() {
        for command in line.split("cargo xtask ").skip(1) {
            // Up to the end of the code span or the command.
            let command = command.split(['`', ';', '#', '|', '&', ')']).next().unwrap_or_default();
            let mut words = command.split_whitespace();
            let task = words.next().unwrap_or_default();
            let options = words.filter_map(|word| word.trim_matches(['[', ']']).strip_prefix("--"));
            let mut unknown: Vec<String> = options
                .filter(|option| !tasks.contains(&format!("{}: ", option.replace('-', "_"))))
                .map(|option| format!("--{option}"))
                .collect();
            if !has_task(tasks, task) {
                unknown.push(task.to_owned());
            }
            let at = format!("{}:{}", file.name, number + 1);
            findings.extend(unknown.iter().map(|word| format!("{at}: xtask knows no `{word}`")));
        }
    }
    findings
}

/// Whether the enum of tasks has a variant for the word `task`.
fn has_task(tasks: &str, task: &str) -> bool {
    let mut letters = task.chars();
    let Some(first) = letters.next() else { return false };
    let variant = format!("    {}{}", first.to_uppercase(), letters.as_str());
    tasks.lines().any(|line| {
        line.strip_prefix(&variant).is_some_and(|rest| rest.starts_with([',', ' ', '{', '(']))
    })
}

/// Links of a document to files of the project that are not there.
pub fn dead_links(file: &Source) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(&file.name);
    let folder = folder.parent().expect("a file lies in a folder");
    let mut findings = Vec::new();
    for (number, line) in file.text.lines().enumerate() {
        for link in line.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            if !link.is_empty() && !link.contains("://") && !folder.join(link).exists() {
                findings.push(format!("{}:{}: no file `{link}`", file.name, number + 1));
            }
        }
    }
    findings
}

mod tests {
    use super::*;

    fn file(text: &str) -> Source {
        Source { name: "README.md".to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_path_of_somebodys_machine_is_found() {
        let found = |text: &str| machine_paths(&file(text)).len();
        assert_eq!(found(&["see /wor", "k/main"].concat()), 1);
        assert_eq!(found(&["a\n`/hom", "e/me/x`"].concat()), 1);
        assert_eq!(found("/dev/null and ac/home/ and https://host/work/x"), 0);
    }

    #[test]
    fn a_command_that_is_not_there_is_found() {
        let tasks = "enum Task {\n    Serve {\n        port: u16,\n    },\n    Build,\n}";
        let found = |text: &str| unknown_commands(&file(text), tasks);
        assert_eq!(found("run `cargo xtask serve --port 80` or `cargo xtask build`."), [""; 0]);
        assert_eq!(found("run `cargo xtask bench`."), ["README.md:1: xtask knows no `bench`"]);
        assert_eq!(found("`cargo xtask serve --fast`"), ["README.md:1: xtask knows no `--fast`"]);
        assert_eq!(found("`cargo xtask serv`").len(), 1);
    }

    #[test]
    fn a_link_to_nothing_is_found() {
        assert_eq!(
            dead_links(&file("[a](Cargo.toml) [b](https://example.org/x) [c](#d)")),
            [""; 0]
        );
        assert_eq!(dead_links(&file("[a](gone.md)")), ["README.md:1: no file `gone.md`"]);
    }
}
