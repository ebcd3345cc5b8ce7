//! `rewindow inspect` and `rewindow engines`.

use std::process::ExitCode;

use rewindow::import::{self, Import, Unknown};
use rewindow::model::{BlobId, Conflict, Fact, FileId};
use rewindow::report::{self, ConflictFacts, FileFacts, InspectFacts, UnknownFacts};
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
        page.heading("Still unknown");
        show_unknown(&mut page, &import::unknowns(&import));
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
    for file in 0..import.files.len() {
        for line in lines(import, file) {
            let is_remark = |word: &&str| line.trim_start().starts_with(*word);
            if ["warning:", "error:"].iter().any(is_remark) {
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
    show_conflicts(page, import);
}

/// Artifacts with several contents that are listed one by one.
const CONFLICTS_MAX: usize = 10;

fn show_conflicts(page: &mut Page, import: &Import) {
    let conflicts = conflicts(import);
    let n = conflicts.len();
    page.line(format!("conflicts: {n} artifacts with several contents"));
    for conflict in conflicts.iter().take(CONFLICTS_MAX) {
        let contents = conflict.contents.iter();
        let contents = contents.map(|(digest, files)| format!("{} by {files}", &digest[..8]));
        let contents: Vec<String> = contents.collect();
        page.line(format!("  {}: {}", conflict.path, contents.join("; ")));
    }
    if n > CONFLICTS_MAX {
        page.line(format!("  and {} more; --json lists all", n - CONFLICTS_MAX));
    }
}

fn show_unknown(page: &mut Page, unknown: &[Unknown]) {
    if unknown.is_empty() {
        page.line("Nothing that a plan needs.");
    }
    for unknown in unknown {
        page.line(format!("- {}", unknown.what));
        page.line(format!("  Settled by: {}", unknown.settled_by));
    }
}

/// A file's card: what it is, counts, then a line per warning or error, indented.
fn lines(import: &Import, file: usize) -> Vec<String> {
    let card = &import.files[file];
    let wrappers: String = card.wrappers.iter().map(|w| format!(", {w}")).collect();
    let size = report::size_text(card.size_bytes);
    let mut lines = vec![format!("{}: {}{wrappers}, {size}", card.name, card.format.title())];
    if !card.counts.is_empty() {
        let counts: Vec<String> =
            card.counts.iter().map(|&(kind, n)| report::count_text(kind, n)).collect();
        lines.push(format!("  {}", counts.join(", ")));
    }
    let tells = tells(import, file);
    if !tells.is_empty() {
        let tells: Vec<String> = tells.iter().map(|(kind, n)| format!("{n} {kind}")).collect();
        lines.push(format!("  tells, of what they make together: {}", tells.join(", ")));
    }
    lines.extend(card.told.iter().map(|told| format!("  {told}")));
    if let Some(first) = card.first_error() {
        lines.push(format!("  first error: {}", first.place));
    }
    lines.extend(card.warnings.iter().map(|warning| format!("  warning: {warning}")));
    lines.extend(card.error.iter().map(|error| format!("  error: {error}")));
    lines
}

/// How many facts of each kind the file at `file` tells, kinds without one left out.
fn tells(import: &Import, file: usize) -> Vec<(&'static str, u64)> {
    let Ok(id) = FileId::try_from(file) else { return Vec::new() };
    let counts = Fact::KINDS.into_iter().zip(import.provenance.counts(id));
    counts.filter(|&(_, n)| n > 0).collect()
}

fn json(import: &Import) -> report::Json {
    let files: Vec<FileFacts> = (0..import.files.len()).map(|file| facts(import, file)).collect();
    let warnings: Vec<String> = import.warnings.iter().map(ToString::to_string).collect();
    let unknown = import::unknowns(import);
    let unknown: Vec<UnknownFacts> = unknown
        .iter()
        .map(|u| UnknownFacts { kind: &u.kind, n: u.n, what: &u.what, settled_by: &u.settled_by })
        .collect();
    let mut json = report::inspect_json(&InspectFacts {
        files: &files,
        graph: &import.graph,
        cache: &import.cache,
        has_cache: import.has_cache,
        warnings: &warnings,
        conflicts: &conflicts(import),
        unknown: &unknown,
    });
    if let Some(observed) = &import.observed {
        json["observed"] = report::observed_json(&import.graph, observed);
    }
    json
}

fn facts(import: &Import, file: usize) -> FileFacts<'_> {
    let card = &import.files[file];
    let first = card.first_error();
    FileFacts {
        name: &card.name,
        format: card.format.name(),
        size_bytes: card.size_bytes,
        wrappers: &card.wrappers,
        counts: &card.counts,
        tells: tells(import, file),
        told: &card.told,
        warnings: card.warnings.iter().map(ToString::to_string).collect(),
        first_error: first.map(|first| (first.place.to_string(), first.what.as_str())),
        error: card.error.as_ref().map(ToString::to_string),
    }
}

fn conflicts(import: &Import) -> Vec<ConflictFacts<'_>> {
    let (graph, told) = (&import.graph, &import.provenance);
    let of = |conflict: &Conflict| {
        let digest = |blob: BlobId| graph.blobs().digest(blob).hex();
        let artifact = conflict.artifact;
        let kept = graph.blob(artifact).map(|blob| {
            (digest(blob), import::told_by(&import.files, told, Fact::Content(artifact)))
        });
        let others = conflict
            .others
            .iter()
            .map(|&(blob, files)| (digest(blob), import::told_by_set(&import.files, told, files)));
        let contents = kept.into_iter().chain(others).collect();
        ConflictFacts { path: graph.path(artifact), contents }
    };
    import.conflicts.iter().map(of).collect()
}
