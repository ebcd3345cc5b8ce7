//! `rewindow inspect` and `rewindow engines`.

use std::process::ExitCode;

use rewindow::import::{FileCard, Import};
use rewindow::report::{self, FileFacts};
use rewindow::rewind::{Parameter, engines as all_engines, parameters};

use super::args::{EnginesArgs, InspectArgs};
use super::failure::{BAD_INPUT, Failure, SUCCESS};
use super::load;
use super::print::{self, Page};

/// Shows what each file is. Status 2 if one of them cannot be used.
pub fn run(args: &InspectArgs) -> Result<ExitCode, Failure> {
    let files = load::read_files(&args.files)?;
    let import = load::import(&files)?;
    if args.json {
        print::write_json(&json(&import))?;
    } else {
        let mut page = Page::new();
        page.heading("Files");
        show_files(&mut page, &import);
        page.heading("Together");
        show_totals(&mut page, &import);
        page.write()?;
    }
    let is_bad = import.files.iter().any(|card| card.error.is_some());
    Ok(if is_bad { BAD_INPUT } else { SUCCESS }.into())
}

/// Lists the engines.
pub fn engines(args: &EnginesArgs) -> Result<ExitCode, Failure> {
    if args.json {
        print::write_json(&report::engines_json())?;
    } else if args.markdown {
        print::write(&report::engines_markdown())?;
    } else {
        let mut page = Page::new();
        show_engines(&mut page);
        show_parameters(&mut page);
        page.line(
            "\n--json and --markdown tell every value of every engine, and where it was seen.",
        );
        page.write()?;
    }
    Ok(SUCCESS.into())
}

fn show_engines(page: &mut Page) {
    let width = all_engines().iter().map(|engine| engine.id.len()).max().unwrap_or(0);
    for engine in all_engines() {
        page.line(format!("{:<width$}  {}", engine.id, engine.name));
        show_wrapped(page, width + 2, engine.summary);
    }
}

fn show_parameters(page: &mut Page) {
    page.heading("Parameters, for --set NAME=VALUE");
    for Parameter { name, values, meaning, aliases, .. } in parameters() {
        let names = [&[name], aliases].concat();
        page.line(names.join(", "));
        show_wrapped(page, 4, meaning);
        show_wrapped(page, 4, &format!("= {values}"));
    }
}

/// `text` in lines of a terminal's width, indented.
fn show_wrapped(page: &mut Page, indent: usize, text: &str) {
    const COLUMNS: usize = 100;
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && indent + line.len() + 1 + word.len() > COLUMNS {
            page.line(format!("{:indent$}{line}", ""));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line += word;
    }
    page.line(format!("{:indent$}{line}", ""));
}

/// A card per file, then what the merge had to decide.
pub fn show_files(page: &mut Page, import: &Import) {
    for card in &import.files {
        for line in lines(card) {
            if line.trim_start().starts_with("warning:") || line.trim_start().starts_with("error:")
            {
                page.remark(&line);
            } else {
                page.line(line);
            }
        }
    }
    for warning in &import.warnings {
        page.remark(&format!("warning: {warning}"));
    }
}

fn show_totals(page: &mut Page, import: &Import) {
    let (graph, cache) = (&import.graph, &import.cache);
    page.line(format!(
        "graph: {} actions, {} artifacts ({} of them sources), {} edges",
        graph.n_actions(),
        graph.n_artifacts(),
        graph.n_sources(),
        graph.n_edges()
    ));
    if import.has_cache {
        page.line(format!(
            "cache: {} AC entries ({} of them dangling), {} CAS blobs",
            cache.ac.len(),
            cache.dangling(graph).len(),
            cache.cas.len()
        ));
    } else {
        page.line("cache: no file tells what it holds; a listing would");
    }
    if let Some(observed) = &import.observed {
        page.line(format!("observed: {}", report::observed_text(observed)));
    }
}

/// A file's card: what it is, counts, then a line per warning or error, indented.
fn lines(card: &FileCard) -> Vec<String> {
    let wrappers: String = card.wrappers.iter().map(|w| format!(", {w}")).collect();
    let size = report::size_text(card.size_bytes);
    let mut lines = vec![format!("{}: {}{wrappers}, {size}", card.name, card.format.title())];
    if !card.counts.is_empty() {
        let counts: Vec<String> =
            card.counts.iter().map(|&(kind, n)| report::count_text(kind, n)).collect();
        lines.push(format!("  {}", counts.join(", ")));
    }
    lines.extend(card.told.iter().map(|told| format!("  {told}")));
    lines.extend(card.warnings.iter().map(|warning| format!("  warning: {warning}")));
    lines.extend(card.error.iter().map(|error| format!("  error: {error}")));
    lines
}

fn json(import: &Import) -> report::Json {
    let files: Vec<FileFacts> = import.files.iter().map(facts).collect();
    let warnings: Vec<String> = import.warnings.iter().map(ToString::to_string).collect();
    let mut json = report::inspect_json(&files, &import.graph, &import.cache, &warnings);
    if let Some(observed) = &import.observed {
        json["observed"] = report::observed_json(&import.graph, observed);
    }
    json
}

fn facts(card: &FileCard) -> FileFacts<'_> {
    FileFacts {
        name: &card.name,
        format: card.format.name(),
        counts: &card.counts,
        told: &card.told,
        warnings: card.warnings.iter().map(ToString::to_string).collect(),
        error: card.error.as_ref().map(ToString::to_string),
    }
}
