//! `rewindow compare`: two builds on the same files, where they part and why.

use std::ops::ControlFlow;
use std::process::ExitCode;

use rewindow::report::Versus;
use rewindow::rewind::{Comparison, SEARCH_MAX, compare_with};

use super::args::CompareArgs;
use super::failure::{BAD_INPUT, Failure, SUCCESS};
use super::print::{self, Page, Ticker};
use super::sides::{self, Sides};

/// More actions than this are not all shown.
const ACTIONS_MAX: usize = 40;

/// Compares two builds. Status 0 whatever they come to.
pub fn run(args: &CompareArgs) -> Result<ExitCode, Failure> {
    let sides = sides::of(args)?;
    let Some(comparison) = play(&sides) else {
        return Ok(BAD_INPUT.into());
    };
    let versus = Versus::new(&sides.graph, sides.left(), sides.right(), &comparison);
    if args.json {
        print::write_json(&versus.json())?;
    } else {
        show(&versus, &sides.remarks).write()?;
    }
    Ok(SUCCESS.into())
}

fn play(sides: &Sides) -> Option<Comparison> {
    let mut ticker = Ticker::new();
    let mut progress = |n_events: usize| {
        ticker.show(&format!("planning: {n_events} events"));
        ControlFlow::Continue(())
    };
    compare_with(&sides.graph, sides.left(), sides.right(), SEARCH_MAX, &mut progress).ok()
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
