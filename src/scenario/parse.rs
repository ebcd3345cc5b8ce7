//! A scenario file's text to [`ScenarioText`].

use toml::de::DeTable;

use super::error::{Place, Problem, ScenarioError};
use super::text::ScenarioText;
use super::value::{Fields, Item, Source, shorten};

/// The version of the format that this program writes, and the newest that it reads.
pub const VERSION: u32 = 1;

/// A longer file is refused: exports are the form for large graphs.
pub const TEXT_BYTES_MAX: usize = 4 << 20;

/// Tables within tables that a file may hold; the format itself needs five.
const DOTS_MAX: usize = 32;

impl ScenarioText {
    /// Reads a file. `name` is what errors call it.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, ScenarioError> {
        read(bytes).map_err(|problem| problem.in_file(name))
    }
}

fn read(bytes: &[u8]) -> Result<ScenarioText, Problem> {
    if bytes.len() > TEXT_BYTES_MAX {
        let problem =
            format!("the file has {} bytes: a scenario has at most {TEXT_BYTES_MAX}", bytes.len());
        let remedy = "Leave the graph to exports and name them under files";
        return Err(Problem::new(Place::default(), problem, remedy));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let problem = format!("no text at byte {}: expected UTF-8", error.valid_up_to());
        Problem::new(Place::default(), problem, "Save the file as UTF-8")
    })?;
    let source = Source::new(text);
    check_depth(&source, text)?;
    let document = DeTable::parse(text).map_err(|error| {
        let place = error.span().map_or(Place { line: 1, column: 1 }, |s| source.place(s.start));
        let problem = format!("this is no TOML: {}", error.message().replace('\n', ", "));
        Problem::new(place, problem, "Correct it; https://toml.io shows the syntax")
    })?;
    let start = Place { line: 1, column: 1 };
    check_version(&source, document.get_ref())?;
    let fields = Fields::of_table(&source, ("", document.get_ref()), start, ScenarioText::KEYS)?;
    let text = ScenarioText::from_fields(&fields)?;
    check_shape(&text)?;
    Ok(text)
}

/// The parser bounds how deep lists and tables nest, but not how many names a dotted key has; such
/// tables would be taken apart by recursion.
fn check_depth(source: &Source<'_>, text: &str) -> Result<(), Problem> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let head = line.split(['=', '#']).next().unwrap_or(line);
        if head.bytes().filter(|&byte| byte == b'.').count() > DOTS_MAX && !head.contains('"') {
            let problem = format!("'{}…' is a key of too many parts", shorten(head.trim()));
            return Err(Problem::new(
                source.place(start),
                problem,
                "No key of the format has more than one",
            ));
        }
        start += line.len();
    }
    Ok(())
}

/// Before all else: a newer file may hold anything.
fn check_version(source: &Source<'_>, document: &DeTable<'_>) -> Result<(), Problem> {
    let remedy = format!("Put rewindow = {VERSION} at the top if it is a scenario");
    let Some(value) = document.get("rewindow") else {
        let problem = "the file does not say its version: expected rewindow = 1";
        return Err(Problem::new(Place { line: 1, column: 1 }, problem, remedy));
    };
    let item = Item { source, key: "rewindow", value };
    match item.number::<u64>() {
        Some(0) | None => {
            Err(item.expected(&format!("the version of the format, which is {VERSION}")))
        }
        Some(found) if found > u64::from(VERSION) => {
            let problem = format!(
                "the file is of version {found} of the format: this Rewindow knows version \
                 {VERSION}"
            );
            Err(Problem::new(item.place(), problem, "Update Rewindow, or ask for an older file"))
        }
        Some(_) => Ok(()),
    }
}

/// What no single key can tell.
fn check_shape(text: &ScenarioText) -> Result<(), Problem> {
    let start = Place { line: 1, column: 1 };
    match (&text.files, &text.actions) {
        (Some(files), Some(_)) => {
            let place = files.first().map_or(start, |file| file.place);
            let problem = "the file has both files and actions: the graph comes from one of them";
            return Err(Problem::new(place, problem, "Take one of them out"));
        }
        (None, None) => {
            let problem = "the file has no graph: expected actions = [\"LABEL: INPUTS -> \
                           OUTPUTS\", …] or files = [\"EXPORT\", …]";
            return Err(Problem::new(start, problem, "Add one of them"));
        }
        _ => {}
    }
    let nested = text.expect.iter().flat_map(|expect| expect.build.iter().flatten());
    match nested.into_iter().find(|build| build.build.is_some()) {
        Some(build) => {
            let problem = "an [[expect.build]] has builds of its own: it is about one build";
            Err(Problem::new(build.place, problem, "Move them up"))
        }
        None => Ok(()),
    }
}
