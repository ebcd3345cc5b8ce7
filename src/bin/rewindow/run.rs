//! `rewindow run`.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rewindow::model::{Cache, Graph};
use rewindow::report::{self, Names, Story};
use rewindow::rewind::Trace;
use rewindow::scenario::{Check, ExpectText, Play, ScenarioText, Setting, TEXT_BYTES_MAX, Word};

use super::args::RunArgs;
use super::failure::{BAD_INPUT, Failure, PLAN_FAILS, SUCCESS};
use super::load;
use super::plan;
use super::print::{self, Page};

/// A scenario that was played.
struct Played {
    file: String,
    text: ScenarioText,
    play: Play,
    trace: Trace,
    checks: Vec<Check>,
}

/// Plays scenarios. Status 0 if all expectations hold, 1 if one does not, 2 if a file cannot be
/// used; the others are played all the same.
pub fn run(args: &RunArgs) -> Result<ExitCode, Failure> {
    let settings = settings(&args.set)?;
    let mut status = SUCCESS;
    let mut values = Vec::new();
    for (i, path) in scenario_paths(&args.scenarios)?.iter().enumerate() {
        let played = match play(args, &settings, path) {
            Ok(played) => played,
            Err(failure) => {
                eprintln!("rewindow: {failure}");
                status = BAD_INPUT;
                continue;
            }
        };
        if !played.holds() {
            status = status.max(PLAN_FAILS);
        }
        if args.json {
            values.push(played.json());
        } else if args.expect {
            let observed = ExpectText::observed(&played.play, &played.trace);
            print::write(&format!("# {}{}", played.file, observed.to_toml()))?;
        } else {
            let mut page = Page::new();
            if i > 0 && !args.quiet {
                page.line("");
            }
            if args.quiet {
                played.show_line(&mut page)
            } else {
                played.show(args, &mut page)
            }
            page.write()?;
        }
    }
    if args.json {
        print::write_json(&report::scenarios_json(values))?;
    }
    Ok(status.into())
}

fn settings(given: &[String]) -> Result<Vec<(Word, Setting)>, Failure> {
    let setting = |text: &String| {
        let (name, value) = text.split_once('=').ok_or_else(|| Failure::Setting(text.clone()))?;
        Ok((Word::from(name), Setting(value.to_owned())))
    };
    given.iter().map(setting).collect()
}

/// The files named, and those in the directories named.
fn scenario_paths(given: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut paths = Vec::new();
    for path in given {
        if !path.is_dir() {
            paths.push(path.clone());
            continue;
        }
        let mut found = load::files_below(path)?;
        found.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
        if found.is_empty() {
            return Err(Failure::NoScenarios { path: path.clone() });
        }
        paths.append(&mut found);
    }
    Ok(paths)
}

fn play(args: &RunArgs, settings: &[(Word, Setting)], path: &Path) -> Result<Played, Failure> {
    let (file, mut text) = read_scenario(path)?;
    if let Some(engine) = args.engine {
        text.engine = Word::from(engine.id);
    }
    for (name, value) in settings {
        text.set.0.retain(|(known, _)| known != name);
        text.set.0.push((name.clone(), value.clone()));
    }
    let play = text.compile(&file, exports(path, &text)?)?;
    let trace = plan::play(&play.graph, &play.cache, &play.scenario).unwrap_or_default();
    let checks = text.check(&file, &play, &trace)?;
    Ok(Played { file, text, play, trace, checks })
}

/// What the scenario file at `path`, or at stdin, is called and says.
pub fn read_scenario(path: &Path) -> Result<(String, ScenarioText), Failure> {
    let is_stdin = path.as_os_str() == "-";
    let file = if is_stdin { "stdin".to_owned() } else { path.display().to_string() };
    let text = ScenarioText::parse(&file, &read(path, is_stdin)?)?;
    Ok((file, text))
}

/// Graph and cache of the exports that the scenario at `path` names, if it does.
pub fn exports(path: &Path, text: &ScenarioText) -> Result<Option<(Graph, Cache)>, Failure> {
    let Some(files) = &text.files else { return Ok(None) };
    // That of stdin is where the command runs; so is the parent of `-`.
    let folder = path.parent().unwrap_or(Path::new(""));
    let paths: Vec<PathBuf> = files.iter().map(|file| folder.join(&file.text)).collect();
    let import = load::incident(&paths)?;
    Ok(Some((import.graph, import.cache)))
}

/// The bytes of a scenario; of a larger file as many as show that it is too large.
fn read(path: &Path, is_stdin: bool) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let n_max = TEXT_BYTES_MAX as u64 + 1;
    let read = if is_stdin {
        std::io::stdin().lock().take(n_max).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(n_max).read_to_end(&mut bytes))
    };
    read.map_err(|error| load::unreadable(path, error))?;
    Ok(bytes)
}

impl Played {
    fn holds(&self) -> bool {
        self.checks.iter().all(|check| check.holds)
    }

    fn title(&self) -> &str {
        self.text.title.as_ref().map_or(self.file.as_str(), |title| &title.text)
    }

    fn show_line(&self, page: &mut Page) {
        let verdict = match (self.checks.is_empty(), self.holds()) {
            (true, _) => "played",
            (_, true) => "holds",
            (_, false) => "DIFFERS",
        };
        page.verdict(self.holds(), &format!("{verdict:<7} {}: {}", self.file, self.title()));
        for check in self.checks.iter().filter(|check| !check.holds) {
            page.line(format!("        {}", told(&self.file, check)));
        }
    }

    fn show(&self, args: &RunArgs, page: &mut Page) {
        page.heading(self.title());
        if let Some(about) = &self.text.about {
            page.line(about.text.trim());
        }
        let Play { graph, cache, scenario } = &self.play;
        let names = Names::new(graph, cache, &scenario.revisions);
        let story = Story { graph, names: &names, scenario, trace: &self.trace };
        plan::show_story(page, args.verbose, &story);
        plan::show_requests(page, args.verbose, &story);
        plan::show_outcome(page, &story);
        page.heading("Expectations");
        if self.checks.is_empty() {
            page.line("None.");
        }
        for check in &self.checks {
            let sign = if check.holds { "holds  " } else { "DIFFERS" };
            let text = format!("{sign} {}", told(&self.file, check));
            if check.holds { page.line(text) } else { page.verdict(false, &text) }
        }
    }

    fn json(&self) -> report::Json {
        let Self { file, play, trace, checks, .. } = self;
        report::scenario_json((file, self.title()), play, trace, checks)
    }
}

/// An expectation and what came of it, with its place.
fn told(file: &str, check: &Check) -> String {
    let Check { build, key, expected, found, holds, place } = check;
    if *holds {
        return format!("build {build}, {key}: {expected}");
    }
    format!("{file}:{}: build {build}, {key}: expected {expected}, found {found}", place.line)
}
