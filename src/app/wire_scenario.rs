//! What the worker does with scenario files: finds one among what was dropped, reads it with the
//! exports that it refers to, and plays it as the page has edited it.

use std::ops::ControlFlow;
use std::rc::Rc;

use crate::import::{self, Format, Import, InputFile, Place, Progress, Warning};
use crate::model::{Cache, Graph};
use crate::rewind::plan;
use crate::scenario::{ScenarioError, ScenarioText, Word};
use crate::scene::Layout;
use crate::web::protocol::Answer;

use super::gallery;
use super::msg::ReadScenario;
use super::wire::{Jobs, Say, layout_bytes, read, tell_trace, wire_warning};

/// A file, and the format chosen for it.
type Chosen = (InputFile, Option<Format>);

/// How far into a file its content is looked at.
const SNIFFED_BYTES: usize = 1 << 16;

/// Whether a file is a scenario, by its content: it says its version, or it has the keys without
/// which there is none. A text that is called `.toml` but says neither is one with a fault.
pub(super) fn is_scenario((file, format): &Chosen) -> bool {
    if format.is_some() {
        return false;
    }
    let start = &file.bytes[..file.bytes.len().min(SNIFFED_BYTES)];
    let start = match std::str::from_utf8(start) {
        Ok(text) => text,
        // Cut within a character, or no text at all.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    let has = |key: &str| {
        let is_key = |line: &str| {
            line.trim_start()
                .strip_prefix(key)
                .is_some_and(|rest| rest.trim_start().starts_with('='))
        };
        start.lines().any(is_key)
    };
    let is_called = file.name.to_ascii_lowercase().ends_with(".toml");
    has("rewindow") || has("engine") && (has("actions") || has("files")) || is_called
}

/// The error as the card of a file shows it.
pub fn scenario_warning(error: &ScenarioError) -> Warning {
    let place = match error.place.line {
        0 => Place::Whole,
        line => Place::Column(line.into(), error.place.column.into()),
    };
    Warning {
        file: error.file.clone(),
        place,
        what: sentence(&error.problem),
        remedy: sentence(&error.remedy),
        count: 1,
    }
}

fn sentence(text: &str) -> String {
    if text.ends_with(['?', '.']) { text.to_owned() } else { format!("{text}.") }
}

impl Jobs {
    /// Compiles the scenario in `text` and plans it.
    pub(super) fn play(
        &mut self,
        (job, incident): (u32, u32),
        text: &str,
        lay_out: bool,
        say: Say,
    ) {
        // The page compiled the same text before it sent it.
        let Ok(text) = ScenarioText::parse("scenario", text.as_bytes()) else { return };
        let loaded = self.open.as_ref().filter(|open| open.0 == incident);
        let loaded = loaded.map(|(_, graph, cache)| ((**graph).clone(), (**cache).clone()));
        let exports =
            if text.files.is_some() { loaded.or_else(|| gallery::exports_of(&text)) } else { None };
        let Ok(play) = text.compile("scenario", exports) else { return };
        let trace = plan(&play.graph, &play.cache, &play.scenario);
        tell_trace(&play.graph, trace, Answer::Planned { job }, say);
        if lay_out {
            let layout = layout_bytes(&play.graph);
            self.shown.set(incident, Rc::new(play.graph));
            say(Answer::LaidOut { incident }, vec![layout]);
        }
    }

    /// Reads the last scenario of `files`, with the others as the exports that it refers to.
    pub(super) fn open_scenario(
        &mut self,
        (job, incident): (u32, u32),
        files: Vec<Chosen>,
        say: Say,
    ) {
        match self.read_scenario((job, incident), files, say) {
            Ok(Some(Read { file, left_out, buffers })) => {
                say(Answer::Scenario { job, file, left_out }, buffers);
            }
            Ok(None) => {}
            Err(warning) => {
                say(Answer::ImportFailed { job, warning: wire_warning(&warning) }, Vec::new());
            }
        }
    }

    fn read_scenario(
        &mut self,
        (job, incident): (u32, u32),
        files: Vec<Chosen>,
        say: Say,
    ) -> Result<Option<Read>, Warning> {
        let Some(at) = files.iter().rposition(is_scenario) else { return Ok(None) };
        let mut others: Vec<(usize, Chosen)> = files.into_iter().enumerate().collect();
        let (_, (scenario, _)) = others.remove(at);
        let warning = |error: ScenarioError| scenario_warning(&error);
        let text = ScenarioText::parse(&scenario.name, &scenario.bytes).map_err(warning)?;
        let named = text.files.clone().unwrap_or_default();
        let (used, unused): (Vec<_>, Vec<_>) = others
            .into_iter()
            .partition(|(_, (file, _))| named.iter().any(|word| is_named(&file.name, &word.text)));
        let left_out = unused.into_iter().map(|(_, (file, _))| file.name).collect();
        let exports = match &text.files {
            None => None,
            Some(_) if used.is_empty() && gallery::exports_of(&text).is_some() => None,
            Some(named) => {
                check_all_there(&scenario.name, named, &used)?;
                match read_exports(&scenario.name, job, used, say)? {
                    Some(exports) => Some(exports),
                    // Cancelled: nobody waits for an answer.
                    None => return Ok(None),
                }
            }
        };
        let pack = exports.as_ref().map(import::pack).unwrap_or_default();
        let exports = exports.map(|import| (import.graph, import.cache));
        self.open =
            exports.clone().map(|(graph, cache)| (incident, Rc::new(graph), Rc::new(cache)));
        let exports = exports.or_else(|| gallery::exports_of(&text));
        let play = text.compile(&scenario.name, exports).map_err(warning)?;
        let buffers = vec![scenario.bytes, layout_bytes(&play.graph), pack];
        self.shown.set(incident, Rc::new(play.graph));
        Ok(Some(Read { file: scenario.name, left_out, buffers }))
    }
}

struct Read {
    file: String,
    left_out: Vec<String>,
    buffers: Vec<Vec<u8>>,
}

/// The scenario that came with [`Answer::Scenario`].
pub(super) fn scenario_read(
    file: String,
    left_out: Vec<String>,
    buffers: &[Vec<u8>],
) -> Option<ReadScenario> {
    let text = ScenarioText::parse(&file, buffers.first()?).ok()?;
    let layout = buffers.get(1).and_then(|bytes| Layout::from_bytes(bytes));
    let pack = buffers.get(2).filter(|pack| !pack.is_empty());
    let exports = pack.map(|pack| import::unpack(pack)).transpose().ok()?;
    Some(ReadScenario { file, text, exports, left_out, layout })
}

/// Whether a file dropped as `dropped` is the one that a scenario calls `named`, or lies in the
/// folder that it calls so. Folders above it are not known of a dropped file.
fn is_named(dropped: &str, named: &str) -> bool {
    let own = named.trim_end_matches('/');
    let own = own.rsplit_once("../").map_or(own, |(_, rest)| rest).trim_start_matches("./");
    let last = own.rsplit('/').next().unwrap_or(own);
    let path = format!("/{dropped}");
    path.ends_with(&format!("/{last}")) || path.contains(&format!("/{last}/"))
}

fn check_all_there(
    scenario: &str,
    named: &[Word],
    used: &[(usize, Chosen)],
) -> Result<(), Warning> {
    let is_there =
        |word: &&Word| used.iter().any(|(_, (file, _))| is_named(&file.name, &word.text));
    let gone: Vec<&Word> = named.iter().filter(|word| !is_there(word)).collect();
    let Some(first) = gone.first() else { return Ok(()) };
    let names: Vec<&str> = gone.iter().map(|word| word.text.as_str()).collect();
    let are = if names.len() == 1 { "it was" } else { "they were" };
    let problem = format!(
        "The scenario is about exports, of which {are} not dropped with it: {}.",
        names.join(", ")
    );
    Err(Warning {
        file: scenario.to_owned(),
        place: Place::Column(first.place.line.into(), first.place.column.into()),
        what: problem,
        remedy: "Drop the scenario and all of its exports together.".to_owned(),
        count: 1,
    })
}

/// Reads exports; `None` if the page broke it off.
fn read_exports(
    scenario: &str,
    job: u32,
    used: Vec<(usize, Chosen)>,
    say: Say,
) -> Result<Option<Import>, Warning> {
    let (places, files): (Vec<usize>, Vec<Chosen>) = used.into_iter().unzip();
    let mut progress = |progress: Progress| {
        let Progress { file, done_bytes, total_bytes } = progress;
        let file = places.get(file).copied().unwrap_or(file);
        say(Answer::Progress { job, file, done_bytes, total_bytes }, Vec::new());
        ControlFlow::Continue(())
    };
    let Ok(import) = read(files, &mut progress) else { return Ok(None) };
    if let Some(error) = import.files.iter().find_map(|card| card.error.as_ref()) {
        return Err(error.clone());
    }
    if import.graph.n_actions() == 0 {
        return Err(Warning {
            file: scenario.to_owned(),
            place: Place::Whole,
            what: "The exports that the scenario refers to hold no actions.".to_owned(),
            remedy: "Add an execution log or the output of aquery to its files.".to_owned(),
            count: 1,
        });
    }
    Ok(Some(import))
}

/// Graph and cache of exports, for the page.
pub(super) fn parts(import: &Import) -> (Graph, Cache) {
    (import.graph.clone(), import.cache.clone())
}
