//! `rewindow inspect` and `rewindow engines`.

use std::process::ExitCode;

use rewindow::import::Import;
use rewindow::report;
use rewindow::rewind::engines as all_engines;

use super::args::{EnginesArgs, InspectArgs};
use super::failure::{BAD_INPUT, Failure, SUCCESS};
use super::load;
use super::print::{self, Page};

/// Shows what each file is. Status 2 if one of them cannot be used.
pub fn run(args: &InspectArgs) -> Result<ExitCode, Failure> {
    let files = load::read_files(&args.files)?;
    let import = load::import(&files)?;
    if args.json {
        print::write_json(&report::inspect_json(&import))?;
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
        for engine in all_engines() {
            page.line(format!("{:<11} {}", engine.id, engine.summary));
        }
        page.line("\n--json and --markdown tell every parameter and where it was seen.");
        page.write()?;
    }
    Ok(SUCCESS.into())
}

/// A card per file, then what the merge had to decide.
pub fn show_files(page: &mut Page, import: &Import) {
    for card in &import.files {
        for line in report::file_lines(card) {
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
}
