//! `rewindow observe`: what really happened, as far as the files tell; and a plan beside it.

use std::process::ExitCode;

use rewindow::import::Import;
use rewindow::model::Observed;
use rewindow::report::{self, Names, Story};
use rewindow::rewind::{
    Counts, Divergence, Engine, Event, Scenario, Trace, cache_before, divergence, observe,
};

use super::args::ObserveArgs;
use super::failure::{Failure, SUCCESS};
use super::inspect::show_files;
use super::load;
use super::plan::{show_requests, show_story};
use super::print::{self, Page};

/// Tells what happened. Status 0 whatever that was.
pub fn run(args: &ObserveArgs) -> Result<ExitCode, Failure> {
    let import = load::import(&load::read_files(&args.files)?)?;
    if let Some(error) = import.files.iter().find_map(|card| card.error.as_ref()) {
        return Err(Failure::UnusableFile(error.to_string()));
    }
    if import.graph.n_actions() == 0 {
        return Err(Failure::NoActions);
    }
    let observed = requests(&import)?;
    let trace = trace(&import, observed);
    if args.json {
        let mut json = report::observe_json(&import.graph, &trace);
        json["observed"] = report::observed_json(&import.graph, observed);
        print::write_json(&json)?;
        return Ok(SUCCESS.into());
    }
    let names = Names::new(&import.graph, &import.cache, &[]);
    let scenario = Scenario::new(teller(&import), Vec::new());
    let story = Story { graph: &import.graph, names: &names, scenario: &scenario, trace: &trace };
    let mut page = Page::new();
    page.heading("Files");
    show_files(&mut page, &import);
    show_story(&mut page, args.verbose, &story);
    show_requests(&mut page, args.verbose, &story);
    show_end(&mut page, observed, &trace);
    page.write()?;
    Ok(SUCCESS.into())
}

/// What the log of requests among the files tells.
pub fn requests(import: &Import) -> Result<&Observed, Failure> {
    let observed = import.observed.as_ref().filter(|observed| observed.has_trace());
    observed.ok_or(Failure::NothingObserved)
}

/// What happened, as a trace.
pub fn trace(import: &Import, observed: &Observed) -> Trace {
    observe(&import.graph, &cache_before(&import.cache, observed), observed)
}

/// Where `trace` parts from what happened.
pub fn parting(import: &Import, trace: &Trace) -> Result<Option<Divergence>, Failure> {
    let observed = self::trace(import, requests(import)?);
    Ok(divergence(&import.graph, trace, &observed))
}

/// Says where the plan that `story` tells parts from what happened.
pub fn show_parting(page: &mut Page, story: &Story, parting: Option<&Divergence>) {
    page.heading("Observed");
    let Some(parting) = parting else {
        return page.verdict(true, "The log has each request of the plan, and no other.");
    };
    for sentence in story.divergence(parting) {
        page.verdict(false, &sentence.to_string());
    }
    page.line(story.divergence_extent(parting));
    let (plan, log) = (parting.predicted_step, parting.observed_step);
    page.line(format!("Step {plan} of the plan, step {log} of what `rewindow observe` tells."));
}

/// A tool to tell the story of: which one it was, no log of requests says.
fn teller(import: &Import) -> Engine {
    let buck = import.files.iter().any(|card| card.format.name().starts_with("buck2"));
    let engines = rewindow::rewind::engines();
    let is_it = |engine: &&Engine| report::tool_name(engine.tool).starts_with("Buck") == buck;
    *engines.iter().find(is_it).unwrap_or(&engines[0])
}

fn show_end(page: &mut Page, observed: &Observed, trace: &Trace) {
    page.heading("Outcome");
    let counts = Counts::of(&trace.events);
    match trace.outcome() {
        Some(outcome) if outcome.success => page.verdict(true, "The build succeeds."),
        Some(outcome) if outcome.exit_code == Event::EXIT_CODE_UNKNOWN => {
            page.verdict(false, "The build fails; no file tells its exit code.");
        }
        Some(outcome) => {
            let code = outcome.exit_code;
            page.verdict(false, &format!("The build fails with exit code {code}."));
        }
        None => {
            page.remark("No file tells how the build ends: add build events or what it printed.")
        }
    }
    page.line(report::observed_text(observed));
    page.line(format!(
        "proven: {} attempts, {} rounds of rewinding, {} cache hits, {} executions",
        counts.n_attempts, counts.n_rewinds, counts.n_hits, counts.n_executions
    ));
}
