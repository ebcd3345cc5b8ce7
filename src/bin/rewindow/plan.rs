//! `rewindow plan`.

use std::ops::ControlFlow;
use std::process::ExitCode;

use rewindow::import::Import;
use rewindow::model::{Cache, Graph};
use rewindow::report::{self, Importance, Line, Names, Story};
use rewindow::rewind::{
    Build, Cost, Engine, Eviction, Scenario, Server, Targets, Trace, plan_with,
};

use super::args::{BuildArgs, PlanArgs};
use super::evict::{self, Evictions};
use super::failure::{BAD_INPUT, Failure, PLAN_FAILS, SUCCESS};
use super::inspect::show_files;
use super::load;
use super::observe;
use super::print::{self, Page, Ticker};
use super::why;

/// Runs of more alike steps than this are told as one, unless all is asked for: generous where the
/// whole story is short.
const RUN_MAX: usize = 24;
const RUN_MAX_OF_LONG: usize = 5;
const LONG: usize = 400;
/// Not more lines than this of the story are shown, unless all are asked for.
const LINES_MAX: usize = 2000;
/// More requests than this are not all shown, unless all are asked for.
const REQUESTS_MAX: usize = 200;

/// Plays a clean build. Status 0 if it ends in success, 1 if in failure.
pub fn run(args: &PlanArgs) -> Result<ExitCode, Failure> {
    let engine = engine(args)?;
    let import = load::incident(&args.files)?;
    let evictions = evict::resolve(&import, &args.build.evict)?;
    let scenario = scenario(&args.build, engine, &import.graph, &evictions.evict)?;
    let questions = why::questions(&import.graph, &args.why)?;
    let Some(trace) = play(&import.graph, &import.cache, &scenario) else {
        return Ok(BAD_INPUT.into());
    };
    let names = Names::new(&import.graph, &import.cache, &[]);
    let names = names.with_fresh(&import.graph, &trace).unwrap_or(names);
    let story = Story { graph: &import.graph, names: &names, scenario: &scenario, trace: &trace };
    let answers = why::answers(&story, &questions);
    let parting = args.observed.then(|| observe::parting(&import, &trace)).transpose()?;
    if args.json {
        let mut json = report::plan_json(&import.graph, &scenario, &trace);
        if let Some(parting) = &parting {
            json["divergence"] = report::divergence_json(&story, parting.as_ref());
        }
        if !answers.is_empty() {
            json["why"] = report::why_json(&story, &answers);
        }
        print::write_json(&json)?;
    } else {
        let mut page = show(args, &import, &evictions, &story);
        if let Some(parting) = &parting {
            observe::show_parting(&mut page, &story, parting.as_ref());
        }
        why::show(&mut page, &story, &answers);
        page.write()?;
    }
    let success = trace.outcome().is_some_and(|outcome| outcome.success);
    Ok(if success { SUCCESS } else { PLAN_FAILS }.into())
}

/// The engine that was asked for, with what was overridden.
fn engine(args: &PlanArgs) -> Result<Engine, Failure> {
    let mut engine = args.engine;
    for pair in &args.set {
        engine.set_pair(pair)?;
    }
    Ok(engine)
}

/// The clean build that the flags ask for.
pub fn scenario(
    args: &BuildArgs,
    engine: Engine,
    graph: &Graph,
    evict: &[Eviction],
) -> Result<Scenario, Failure> {
    let targets = Targets::parse(graph, &args.targets)?;
    let mode = args.download.unwrap_or(engine.download_default);
    let build = Build {
        keep_going: args.keep_going,
        jobs: args.jobs.unwrap_or(1),
        evict: evict.to_vec(),
        ..Build::clean(targets, mode)
    };
    let policy = args.cache_policy.unwrap_or_default();
    let server = Server { policy, ..Server::default() };
    Ok(Scenario { server, ..Scenario::new(engine, vec![build]) })
}

/// The plan; on a terminal with the number of events so far.
pub fn play(graph: &Graph, cache: &Cache, scenario: &Scenario) -> Option<Trace> {
    let mut ticker = Ticker::new();
    let mut progress = |n_events: usize| {
        ticker.show(&format!("planning: {n_events} events"));
        ControlFlow::Continue(())
    };
    plan_with(graph, cache, scenario, &mut progress).ok()
}

fn show(args: &PlanArgs, import: &Import, evictions: &Evictions, story: &Story) -> Page {
    let mut page = Page::new();
    page.heading("Files");
    show_files(&mut page, import);
    if !import.has_cache {
        page.remark(
            "No file tells what the cache holds, so it is taken to be empty: add a listing of it.",
        );
    }
    for remark in &evictions.remarks {
        page.remark(remark);
    }
    show_story(&mut page, args.verbose, story);
    show_requests(&mut page, args.verbose, story);
    show_outcome(&mut page, story);
    page
}

/// The story, long runs of alike steps folded unless `all` is asked for.
pub fn show_story(page: &mut Page, all: bool, story: &Story) {
    page.heading("Story");
    let events = 0..story.trace.events.len();
    let run_max = if events.len() > LONG { RUN_MAX_OF_LONG } else { RUN_MAX };
    let lines = if all { events.map(Line::Event).collect() } else { story.lines(events, run_max) };
    let width = story.trace.events.len().max(1).ilog10() as usize + 1;
    let n_more = if all { 0 } else { lines.len().saturating_sub(LINES_MAX) };
    for line in lines.iter().take(lines.len() - n_more) {
        let first = match line {
            Line::Event(position) => *position,
            Line::Folded(range) => range.start,
        };
        let turns = match line {
            Line::Event(position) => story.importance(*position) == Importance::Turn,
            Line::Folded(_) => false,
        };
        let text = format!("{:>width$}  {}", first + 1, story.line(line));
        if turns { page.remark(&text) } else { page.line(text) }
    }
    if n_more > 0 {
        page.line(format!("… and {n_more} more lines; --verbose shows all"));
    }
}

/// The log of requests.
pub fn show_requests(page: &mut Page, all: bool, story: &Story) {
    let n_requests = story.trace.requests().count();
    page.heading(&format!("Requests ({n_requests})"));
    let n_max = if all { usize::MAX } else { REQUESTS_MAX };
    let events = 0..story.trace.events.len();
    let rows = report::request_rows(story.graph, story.names, story.trace, events);
    for row in rows.take(n_max) {
        page.line(row.line());
    }
    if n_requests > n_max {
        page.line(format!("… and {} more; --verbose shows all", n_requests - n_max));
    }
}

/// How the last build ends, and what it cost.
pub fn show_outcome(page: &mut Page, story: &Story) {
    page.heading("Outcome");
    let Some(outcome) = story.trace.outcome() else { return };
    let verdict = if outcome.success { "succeeds" } else { "fails" };
    page.verdict(
        outcome.success,
        &format!(
            "{} {verdict}, exit code {}.",
            report::engine_name(&story.scenario.engine),
            outcome.exit_code
        ),
    );
    if !outcome.message.is_empty() {
        page.line(&outcome.message);
    }
    let cost = Cost::of(story.graph, story.trace);
    let rows = report::cost_rows(&cost);
    let rows = rows.iter().map(|(what, how_much)| format!("{what} {how_much}"));
    page.line(rows.collect::<Vec<_>>().join(", "));
    let path = report::critical_path_text(story.graph, story.names, &cost);
    if !path.is_empty() {
        page.line(format!("critical path: {path}"));
    }
}
