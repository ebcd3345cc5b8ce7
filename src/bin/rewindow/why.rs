//! `--why`: the chain of events from what an action is back to the fault that began it.

use rewindow::model::{ActionId, Graph};
use rewindow::report::{Explanation, Story};
use rewindow::rewind::{Causes, LabelPattern, Targets};

use super::failure::Failure;
use super::print::Page;

/// More actions of a pattern than this are not explained one by one.
const ACTIONS_MAX: usize = 20;

/// An action and after how many events; at the end if none are given.
pub type Question = (ActionId, Option<usize>);

/// What the values of `--why` ask.
pub fn questions(graph: &Graph, values: &[String]) -> Result<Vec<Question>, Failure> {
    let mut questions = Vec::new();
    for value in values {
        // A repository starts with `@` as well, but is no number.
        let at_step = value
            .rsplit_once('@')
            .and_then(|(name, step)| Some((name, step.parse::<usize>().ok()?)));
        let (name, step) = match at_step {
            Some((name, step)) => (name, Some(step)),
            None => (value.as_str(), None),
        };
        let actions = actions(graph, name)?;
        questions.extend(actions.into_iter().take(ACTIONS_MAX).map(|action| (action, step)));
    }
    Ok(questions)
}

/// The chains that answer `questions`.
pub fn answers(story: &Story, questions: &[Question]) -> Vec<Explanation> {
    if questions.is_empty() {
        return Vec::new();
    }
    let causes = Causes::new(story.graph, story.trace);
    let n_events = story.trace.events.len();
    let answer = |&(action, step): &Question| {
        let step = step.unwrap_or(n_events).min(n_events);
        let chain = causes.why(story.graph, story.trace, action, step);
        Explanation { action, step, chain }
    };
    questions.iter().map(answer).collect()
}

/// A heading for each action, and a line for each event that led there.
pub fn show(page: &mut Page, story: &Story, answers: &[Explanation]) {
    let width = story.trace.events.len().max(1).ilog10() as usize + 1;
    for Explanation { action, step, chain } in answers {
        let name = story.names.action(story.graph, *action);
        page.heading(&format!("Why {name}, after step {step}"));
        for &position in chain {
            page.line(format!("{:>width$}  {}", position + 1, story.sentence(position)));
        }
        if chain.is_empty() {
            page.line("Nothing has happened to it in the attempt that runs then.");
        }
    }
}

/// The actions of a label or pattern, or the producer of an output.
fn actions(graph: &Graph, name: &str) -> Result<Vec<ActionId>, Failure> {
    let of_label = LabelPattern::parse(name).map_or_else(Vec::new, |p| p.actions(graph));
    if !of_label.is_empty() {
        return Ok(of_label);
    }
    match Targets::parse(graph, &[name.to_owned()]).map_err(Failure::Why)? {
        Targets::All => Ok(graph.action_ids().collect()),
        Targets::Artifacts(all) => {
            Ok(all.into_iter().filter_map(|output| graph.producer(output)).collect())
        }
    }
}
