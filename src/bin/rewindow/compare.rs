//! `rewindow compare`: two builds on the same files, where they part and why.

use std::ops::ControlFlow;
use std::process::ExitCode;

use rewindow::import::Import;
use rewindow::model::Graph;
use rewindow::report::{Names, Versus};
use rewindow::rewind::{
    Build, CachePolicy, Comparison, DownloadMode, Engine, Eviction, Scenario, Server, Targets,
    compare_with,
};

use super::args::CompareArgs;
use super::evict;
use super::failure::{BAD_INPUT, Failure, SUCCESS};
use super::load;
use super::print::{self, Page, Ticker};

/// More actions than this are not all shown.
const ACTIONS_MAX: usize = 40;

/// Compares two builds. Status 0 whatever they come to.
pub fn run(args: &CompareArgs) -> Result<ExitCode, Failure> {
    let import = load::import(&load::read_files(&args.files)?)?;
    if let Some(error) = import.files.iter().find_map(|card| card.error.as_ref()) {
        return Err(Failure::UnusableFile(error.to_string()));
    }
    if import.graph.n_actions() == 0 {
        return Err(Failure::NoActions);
    }
    let evictions = evict::resolve(&import, &args.evict)?;
    let left = side(args, &import.graph, "--left", &args.left, &evictions.evict)?;
    let right = side(args, &import.graph, "--right", &args.right, &evictions.evict)?;
    let Some(comparison) = play(&import, &left, &right) else {
        return Ok(BAD_INPUT.into());
    };
    let names = Names::new(&import.graph, &import.cache, &[]);
    let (graph, names, comparison) = (&import.graph, &names, &comparison);
    let versus = Versus::new(graph, names, &left, &right, comparison);
    if args.json {
        print::write_json(&versus.json())?;
    } else {
        show(&versus, &evictions.remarks).write()?;
    }
    Ok(SUCCESS.into())
}

/// The build of one side: the flags, and what `settings` says otherwise.
fn side(
    args: &CompareArgs,
    graph: &Graph,
    flag: &'static str,
    settings: &str,
    evict: &[Eviction],
) -> Result<Scenario, Failure> {
    let failure = |text: &str, what: String| Failure::Side { flag, text: text.to_owned(), what };
    let pairs = settings.split_whitespace().map(|text| {
        let pair = text.split_once('=');
        let (name, value) = pair.ok_or_else(|| failure(text, "expected NAME=VALUE".to_owned()))?;
        Ok((text, name.replace('_', "-"), value))
    });
    let pairs: Vec<(&str, String, &str)> = pairs.collect::<Result<_, Failure>>()?;
    let engine = pairs.iter().rfind(|(_, name, _)| name == "engine");
    let engine = match engine {
        Some((text, _, id)) => Engine::find(id).ok_or_else(|| {
            failure(text, "no such engine: `rewindow engines` lists them".to_owned())
        })?,
        None => args.engine.ok_or_else(|| {
            failure(settings, "which build tool? Expected engine=ID, or --engine".to_owned())
        })?,
    };
    let targets = Targets::parse(graph, &args.targets)?;
    let mode = args.download.unwrap_or(engine.download_default);
    let build = Build {
        keep_going: args.keep_going,
        jobs: args.jobs,
        evict: evict.to_vec(),
        ..Build::clean(targets, mode)
    };
    let server = Server { policy: args.cache_policy, ..Server::default() };
    let mut scenario = Scenario { server, ..Scenario::new(engine, vec![build]) };
    for (text, name, value) in pairs {
        set(&mut scenario, &name, value).map_err(|what| failure(text, what))?;
    }
    Ok(scenario)
}

/// Changes one thing of `scenario`. An error says what is expected.
fn set(scenario: &mut Scenario, name: &str, value: &str) -> Result<(), String> {
    let build = &mut scenario.builds[0];
    match name {
        "engine" => {}
        "download" => {
            build.download = DownloadMode::from_name(value)
                .ok_or("expected minimal, toplevel or all".to_owned())?;
        }
        "jobs" => {
            let n = value.parse().ok().filter(|&n| n > 0);
            build.jobs = n.ok_or("expected a number from 1".to_owned())?;
        }
        "keep-going" => {
            build.keep_going = match value {
                "on" | "yes" | "true" => true,
                "off" | "no" | "false" => false,
                _ => return Err("expected on or off".to_owned()),
            }
        }
        "cache-policy" => {
            scenario.server.policy = match value {
                "verified" => CachePolicy::Verified,
                "unverified" => CachePolicy::Unverified,
                _ => return Err("expected unverified or verified".to_owned()),
            }
        }
        "seed" => {
            let seed = value.parse().ok();
            scenario.seed = seed.ok_or("expected a number".to_owned())?;
        }
        _ => scenario.engine.set(name, value).map_err(|error| error.to_string())?,
    }
    Ok(())
}

fn play(import: &Import, left: &Scenario, right: &Scenario) -> Option<Comparison> {
    let mut ticker = Ticker::new();
    let mut progress = |n_events: usize| {
        ticker.show(&format!("planning: {n_events} events"));
        ControlFlow::Continue(())
    };
    compare_with(&import.graph, &import.cache, left, right, &mut progress).ok()
}

fn show(versus: &Versus, remarks: &[String]) -> Page {
    let mut page = Page::new();
    for remark in remarks {
        page.remark(remark);
    }
    page.heading("Outcomes");
    for (side, success, text) in versus.outcomes() {
        page.verdict(success, &format!("{side:<5}  {text}"));
    }
    page.heading("Parting");
    for line in versus.parting() {
        page.line(line);
    }
    page.heading("Behind it");
    for line in versus.behind() {
        page.line(line);
    }
    page.heading("Costs");
    let rows = versus.costs();
    let width = rows.iter().map(|row| row.1.chars().count()).max().unwrap_or(0).max(4);
    page.line(format!("{:<20} {:<width$}  right", "", "left"));
    for (what, left, right) in rows {
        page.line(format!("{what:<20} {left:<width$}  {right}"));
    }
    let actions = versus.actions();
    if !actions.is_empty() {
        page.heading(&format!("Actions that fare differently ({})", actions.len()));
        for line in actions.iter().take(ACTIONS_MAX) {
            page.line(line);
        }
        if actions.len() > ACTIONS_MAX {
            page.line(format!("… and {} more; --json has all", actions.len() - ACTIONS_MAX));
        }
    }
    page
}
