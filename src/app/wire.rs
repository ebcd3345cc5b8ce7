//! Between the types of the planner and those that page and worker exchange, and what the worker
//! does with an order.

use std::ops::ControlFlow;
use std::rc::Rc;

use crate::import::{
    self, Format, Import, ImportError, ImportInPieces, Importer, InputFile, Place, Progress,
    Warning,
};
use crate::model::{ActionId, ArtifactId, BlobId, Cache, CacheKind, Graph};
use crate::rewind::{
    Build, CachePolicy, DownloadMode, Engine, Eviction, Scenario, Server, Targets, Trace,
    cache_before, observe, plan,
};
use crate::scene::{Layout, LayoutOptions};
use crate::web::protocol::{
    Answer, FileOrder, Order, WireBuild, WirePlace, WireScenario, WireWarning,
};

use super::incident::Incident;
use super::msg::{Msg, start_cache};
use super::wire_layout::{self, Shown, Wish};
use super::wire_scenario;

/// Something to say to the page, with the buffers that go with it.
pub type Say<'a> = &'a mut dyn FnMut(Answer, Vec<Vec<u8>>);

/// What a worker knows.
#[derive(Debug, Default)]
pub struct Jobs {
    pub(super) open: Option<(u32, Rc<Graph>, Rc<Cache>)>,
    pub(super) shown: Shown,
}

impl Jobs {
    /// Does what `order` says with the buffers that came with it.
    pub fn obey(&mut self, order: Order, buffers: Vec<Vec<u8>>, say: Say) {
        match order {
            Order::Import { job, incident, files } => {
                self.import(job, incident, files, buffers, say);
            }
            Order::Open { incident } => {
                if let Some(import) = opened(&buffers) {
                    self.open = Some((incident, Rc::new(import.graph), Rc::new(import.cache)));
                }
            }
            Order::Plan { job, incident, scenario, empty_cache } => {
                let Some(scenario) = scenario_of(&scenario) else { return };
                let Some((graph, cache)) = self.incident(incident) else { return };
                let cache = start_cache(&cache, empty_cache);
                let trace = plan(&graph, &cache, &scenario);
                say(Answer::Planned { job }, vec![trace.to_bytes()]);
            }
            Order::LayOut { job, incident, subject, shape } => {
                self.lay_out(Wish { job, incident, subject, shape }, say);
            }
            Order::Play { job, incident, text, lay_out } => {
                self.play((job, incident), &text, lay_out, say);
            }
        }
    }

    fn import(
        &mut self,
        job: u32,
        incident: u32,
        files: Vec<FileOrder>,
        buffers: Vec<Vec<u8>>,
        say: Say,
    ) {
        let files = files.into_iter().zip(buffers).map(|(file, bytes)| {
            let format = file.format.and_then(|name| format_of(&name));
            (InputFile { name: file.name, bytes }, format)
        });
        let files: Vec<(InputFile, Option<Format>)> = files.collect();
        if files.iter().any(wire_scenario::is_scenario) {
            return self.open_scenario((job, incident), files, say);
        }
        let mut progress = |progress: Progress| {
            let Progress { file, done_bytes, total_bytes } = progress;
            say(Answer::Progress { job, file, done_bytes, total_bytes }, Vec::new());
            ControlFlow::Continue(())
        };
        let import = match read(files, &mut progress) {
            Ok(import) => import,
            // Only a page that asks to stop has this answer, and it stops the whole worker.
            Err(_cancelled) => return,
        };
        let mut errors = import.files.iter().filter_map(|card| card.error.as_ref());
        if let (Some(error), false) =
            (errors.next_back(), import.files.iter().any(|c| c.error.is_none()))
        {
            return say(Answer::ImportFailed { job, warning: wire_warning(error) }, Vec::new());
        }
        let layout = layout_bytes(&import.graph);
        import::each_piece(&import, PIECE_BYTES, &mut |piece| {
            say(Answer::Piece { job }, vec![piece]);
        });
        let trace = import.observed.as_ref().filter(|observed| observed.has_trace()).map(|told| {
            let cache = cache_before(&import.cache, told);
            observe(&import.graph, &cache, told).to_bytes()
        });
        let graph = Rc::new(import.graph);
        self.shown.set(incident, Rc::clone(&graph));
        self.open = Some((incident, graph, Rc::new(import.cache)));
        say(Answer::Imported { job }, vec![layout]);
        if let Some(trace) = trace {
            say(Answer::Observed { incident }, vec![trace]);
        }
    }

    pub(super) fn incident(&mut self, number: u32) -> Option<(Rc<Graph>, Rc<Cache>)> {
        if number == 0 && self.open.as_ref().is_none_or(|o| o.0 != 0) {
            let example = Incident::gist();
            self.open = Some((0, example.graph, example.cache));
        }
        let (_, graph, cache) = self.open.as_ref().filter(|o| o.0 == number)?;
        Some((Rc::clone(graph), Rc::clone(cache)))
    }
}

/// Bytes of an incident that the page takes at once: a millisecond or two.
const PIECE_BYTES: usize = 1 << 20;

/// The incident of [`Order::Open`]: a pack, or pieces.
fn opened(buffers: &[Vec<u8>]) -> Option<Import> {
    if let [pack] = buffers {
        return import::unpack(pack).ok();
    }
    let mut pieces = ImportInPieces::default();
    buffers.iter().try_for_each(|piece| pieces.take(piece)).ok()?;
    pieces.finish().ok()
}

/// What the page has heard of an incident that comes in pieces.
#[derive(Debug, Default)]
pub struct Ear {
    incoming: Option<(u32, ImportInPieces)>,
}

impl Ear {
    /// What the page is told by an answer; nothing by a piece. `None` if it does not read, or is
    /// about the worker alone.
    pub fn hear(&mut self, answer: Answer, buffers: &[Vec<u8>]) -> Option<Option<Msg>> {
        match answer {
            Answer::Piece { job } => {
                if self.incoming.as_ref().is_none_or(|incoming| incoming.0 != job) {
                    self.incoming = Some((job, ImportInPieces::default()));
                }
                let (_, pieces) = self.incoming.as_mut()?;
                pieces.take(buffers.first()?).ok()?;
                Some(None)
            }
            Answer::Imported { job } => {
                let (_, pieces) = self.incoming.take().filter(|incoming| incoming.0 == job)?;
                let import = pieces.finish().ok()?;
                let layout = Layout::from_bytes(buffers.first()?);
                Some(Some(Msg::Imported(job, Box::new(import), layout.map(Box::new))))
            }
            answer => heard(answer, buffers).map(Some),
        }
    }
}

fn heard(answer: Answer, buffers: &[Vec<u8>]) -> Option<Msg> {
    Some(match answer {
        Answer::Ready | Answer::Panicked { .. } => return None,
        // Of several messages together.
        Answer::Piece { .. } | Answer::Imported { .. } => return None,
        Answer::Progress { job, file, done_bytes, total_bytes } => {
            Msg::Progress(job, Progress { file, done_bytes, total_bytes })
        }
        Answer::Observed { incident } => {
            Msg::Observed(incident, Trace::from_bytes(buffers.first()?).ok()?)
        }
        Answer::Scenario { job, file, left_out } => {
            let read = wire_scenario::scenario_read(file, left_out, buffers)?;
            Msg::ScenarioRead(job, Box::new(read))
        }
        Answer::LaidOut { incident } => {
            let layout = Layout::from_bytes(buffers.first()?);
            Msg::LaidOut(incident, layout.map(Box::new))
        }
        Answer::Arranged { job, open, n_left_out } => {
            wire_layout::arranged((job, open, n_left_out), buffers)?
        }
        Answer::ImportFailed { job, warning } => Msg::ImportFailed(job, warning_of(warning)),
        Answer::Planned { job } => Msg::Planned(job, Trace::from_bytes(buffers.first()?).ok()?),
    })
}

/// The layout of a graph that shows all at once; of a larger one the page asks for a view.
pub(super) fn layout_bytes(graph: &Graph) -> Vec<u8> {
    if graph.n_actions() > LayoutOptions::default().detail_max {
        return Vec::new();
    }
    let never = &mut |_| ControlFlow::Continue(());
    let layout = Layout::layered(graph, &LayoutOptions::default(), never);
    layout.map(|layout| layout.to_bytes()).unwrap_or_default()
}

/// Reads files, those with a format as that and the others as what they look like.
pub(super) fn read(
    files: Vec<(InputFile, Option<Format>)>,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Import, ImportError> {
    let mut importer = Importer::default();
    let (chosen, guessed): (Vec<_>, Vec<_>) = files.into_iter().partition(|f| f.1.is_some());
    let guessed: Vec<InputFile> = guessed.into_iter().map(|f| f.0).collect();
    importer.add(&guessed, progress)?;
    for (file, format) in chosen {
        if let Some(format) = format {
            importer.add_as(&file, format, progress)?;
        }
    }
    Ok(importer.import())
}

/// Formats that a person can choose for a file that was taken for something else.
pub const FORMATS: [Format; 30] = Format::ALL;

/// The format of this name.
pub fn format_of(name: &str) -> Option<Format> {
    FORMATS.into_iter().find(|format| format.name() == name)
}

pub(super) fn wire_warning(warning: &Warning) -> WireWarning {
    WireWarning {
        file: warning.file.clone(),
        place: match &warning.place {
            Place::Whole => WirePlace::Whole,
            Place::Line(line) => WirePlace::Line(*line),
            Place::Column(line, column) => WirePlace::Column(*line, *column),
            Place::Offset(offset) => WirePlace::Offset(*offset),
            Place::Entry(name) => WirePlace::Entry(name.clone()),
        },
        what: warning.what.clone(),
        remedy: warning.remedy.clone(),
    }
}

/// The warning that a worker sent.
pub fn warning_of(wire: WireWarning) -> Warning {
    let WireWarning { file, place, what, remedy } = wire;
    let place = match place {
        WirePlace::Whole => Place::Whole,
        WirePlace::Line(line) => Place::Line(line),
        WirePlace::Column(line, column) => Place::Column(line, column),
        WirePlace::Offset(offset) => Place::Offset(offset),
        WirePlace::Entry(name) => Place::Entry(name),
    };
    Warning { file, place, what, remedy, count: 1 }
}

/// `scenario` for the way to the worker. Panics on edits: the page makes none.
pub fn wire_scenario(scenario: &Scenario) -> WireScenario {
    assert!(scenario.revisions.is_empty(), "the page makes no edits");
    WireScenario {
        engine: scenario.engine.id.to_owned(),
        set: scenario.engine.overrides().into_iter().map(|(n, v)| (n.to_owned(), v)).collect(),
        verified: scenario.server.policy == CachePolicy::Verified,
        builds: scenario.builds.iter().map(wire_build).collect(),
    }
}

/// The scenario behind `wire`; `None` if its engine, a parameter or a mode is unknown.
pub fn scenario_of(wire: &WireScenario) -> Option<Scenario> {
    let builds = wire.builds.iter().map(build_of).collect::<Option<_>>()?;
    let mut engine = Engine::find(&wire.engine)?;
    for (name, value) in &wire.set {
        engine.set(name, value).ok()?;
    }
    let verified = wire.verified.then_some(CachePolicy::Verified);
    let server = Server { policy: verified.unwrap_or_default(), ..Server::default() };
    Some(Scenario { server, ..Scenario::new(engine, builds) })
}

fn wire_build(build: &Build) -> WireBuild {
    WireBuild {
        targets: match &build.targets {
            Targets::All => None,
            Targets::Artifacts(artifacts) => Some(artifacts.iter().map(|a| a.0).collect()),
        },
        download: build.download.name().to_owned(),
        clean: build.clean,
        restart: build.restart,
        keep_going: build.keep_going,
        jobs: build.jobs,
        accept_cached: build.accept_cached,
        upload: build.upload,
        order: build.order.iter().map(|a| a.0).collect(),
        evict: build.evict.iter().map(|e| (e.kind == CacheKind::Ac, e.blob.0)).collect(),
    }
}

fn build_of(wire: &WireBuild) -> Option<Build> {
    let targets = match &wire.targets {
        None => Targets::All,
        Some(ids) => Targets::Artifacts(ids.iter().copied().map(ArtifactId).collect()),
    };
    let eviction = |&(is_ac, blob): &(bool, u32)| Eviction {
        kind: if is_ac { CacheKind::Ac } else { CacheKind::Cas },
        blob: BlobId(blob),
    };
    Some(Build {
        targets,
        download: DownloadMode::from_name(&wire.download)?,
        clean: wire.clean,
        restart: wire.restart,
        keep_going: wire.keep_going,
        jobs: wire.jobs,
        accept_cached: wire.accept_cached,
        upload: wire.upload,
        order: wire.order.iter().copied().map(ActionId).collect(),
        evict: wire.evict.iter().map(eviction).collect(),
        ..Build::clean(Targets::All, DownloadMode::All)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rewind::engines;

    #[test]
    fn a_scenario_survives_the_way() {
        let eviction = |kind, id| Eviction { kind, blob: BlobId(id) };
        let evict = vec![eviction(CacheKind::Cas, 7), eviction(CacheKind::Ac, 1)];
        let targets = Targets::Artifacts(vec![ArtifactId(3)]);
        let build = Build {
            keep_going: true,
            jobs: 4,
            evict,
            order: vec![ActionId(2)],
            ..Build::clean(targets, DownloadMode::TopLevel)
        };
        let all = Build::clean(Targets::All, DownloadMode::All);
        let mut engine = engines()[3];
        for pair in ["on_loss=rewind", "cap=3", "retries=2", "ac_on_replay=bypasses"] {
            assert_eq!(engine.set_pair(pair), Ok(()));
        }
        let scenario = Scenario {
            server: Server { policy: CachePolicy::Verified, ..Server::default() },
            ..Scenario::new(engine, vec![build, all])
        };
        assert_eq!(scenario_of(&wire_scenario(&scenario)), Some(scenario));
    }
}
