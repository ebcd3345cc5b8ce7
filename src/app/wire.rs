//! Between the types of the planner and those that page and worker exchange, and what the worker
//! does with an order.

use std::ops::ControlFlow;
use std::rc::Rc;

use crate::import::{
    self, Format, Import, ImportError, ImportInPieces, Importer, InputFile, LargeFile, Place,
    Progress, Unknown, Warning,
};
use crate::model::{ActionId, ArtifactId, BlobId, Cache, CacheKind, Graph};
use crate::report::{FreshRoles, Names};
use crate::rewind::{
    Build, CachePolicy, DownloadMode, Engine, Eviction, Scenario, Server, Targets, Trace,
    cache_before, observe, plan,
};
use crate::scene::{Layout, LayoutOptions};
use crate::web::protocol::{
    Answer, Brought, FileOrder, Order, WireBuild, WirePlace, WireScenario, WireUnknown, WireWarning,
};

pub use super::ear::Ear;
use super::incident::{Incident, dangling_blobs};
use super::looks::ACTIONS_AT_ONCE_MAX;
use super::msg::start_cache;
use super::wire_layout::{Shown, Wish};
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
    /// Does what `order` says with what came with it.
    pub fn obey(&mut self, order: Order, brought: Vec<impl Into<Brought>>, say: Say) {
        let brought: Vec<Brought> = brought.into_iter().map(Into::into).collect();
        match order {
            Order::Import { job, incident, files } => {
                self.import((job, incident), files.into_iter().zip(brought), say);
            }
            Order::Open { incident } => {
                if let Some(import) = opened(brought) {
                    self.open = Some((incident, Rc::new(import.graph), Rc::new(import.cache)));
                }
            }
            Order::Plan { job, incident, scenario, empty_cache } => {
                let Some(scenario) = scenario_of(&scenario) else { return };
                let Some((graph, cache)) = self.incident(incident) else { return };
                let cache = start_cache(&cache, empty_cache);
                let trace = plan(&graph, &cache, &scenario);
                tell_trace(&graph, trace, Answer::Planned { job }, say);
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
        (job, incident): (u32, u32),
        files: impl Iterator<Item = (FileOrder, Brought)>,
        say: Say,
    ) {
        let chosen = match sorted_out(files) {
            Ok(chosen) => chosen,
            Err(gone) => return say(Answer::ImportFailed { job, warning: gone }, Vec::new()),
        };
        if chosen.small.iter().any(wire_scenario::is_scenario) {
            return match chosen.held() {
                Ok(files) => self.open_scenario((job, incident), files, say),
                Err(warning) => say(Answer::ImportFailed { job, warning }, Vec::new()),
            };
        }
        let mut progress = |progress: Progress| {
            let Progress { file, done_bytes, total_bytes } = progress;
            say(Answer::Progress { job, file, done_bytes, total_bytes }, Vec::new());
            ControlFlow::Continue(())
        };
        let import = match chosen.read(&mut progress) {
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
        let unknown = import::unknowns(&import).into_iter().map(wire_unknown).collect();
        import::each_piece(&import, PIECE_BYTES, &mut |piece| {
            say(Answer::Piece { job }, vec![piece]);
        });
        let Import { graph, cache, observed, .. } = import;
        let names = Names::new(&graph, &cache, &[]).to_bytes();
        let dangling = dangling_blobs(&graph, &cache).into_iter();
        let dangling: Vec<u8> = dangling.flat_map(|blob| blob.0.to_le_bytes()).collect();
        // Before the page hears that all is there: it may end this worker then.
        if let Some(told) = observed.filter(|observed| observed.has_trace()) {
            let cache = cache_before(&cache, &told);
            let trace = observe(&graph, &cache, &told);
            tell_trace(&graph, trace, Answer::Observed, say);
        }
        let graph = Rc::new(graph);
        self.shown.set(incident, Rc::clone(&graph));
        self.open = Some((incident, graph, Rc::new(cache)));
        say(Answer::Imported { job, unknown }, vec![layout, names, dangling]);
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
pub(super) const PIECE_BYTES: usize = 1 << 20;

/// Tells `trace` in pieces, and last `answer`, which says what it is.
pub(super) fn tell_trace(graph: &Graph, trace: Trace, answer: Answer, say: Say) {
    trace.each_piece(PIECE_BYTES, &mut |piece| say(Answer::Events, vec![piece]));
    let fresh = FreshRoles::of(graph, &trace).to_bytes();
    say(answer, vec![trace.outcomes_to_bytes(), fresh]);
}

/// The incident of [`Order::Open`]: a pack, or pieces, each gone before the next is read.
fn opened(brought: Vec<Brought>) -> Option<Import> {
    let mut brought = brought.into_iter();
    let first = brought.next()?.into_bytes().ok()?;
    if brought.len() == 0 {
        return import::unpack(&first).ok();
    }
    let mut pieces = ImportInPieces::default();
    pieces.take(&first).ok()?;
    for piece in brought {
        pieces.take(&piece.into_bytes().ok()?).ok()?;
    }
    pieces.finish().ok()
}

/// Files to read, with the formats chosen for them.
#[derive(Default)]
struct Files {
    small: Vec<(InputFile, Option<Format>)>,
    /// With their numbers.
    large: Vec<(usize, LargeFile<'static>, Option<Format>)>,
}

/// Files by size; an error if one cannot be read any more.
fn sorted_out(files: impl Iterator<Item = (FileOrder, Brought)>) -> Result<Files, WireWarning> {
    let mut sorted = Files::default();
    for (i, (FileOrder { name, format }, brought)) in files.enumerate() {
        let format = format.and_then(|name| format_of(&name));
        match brought {
            Brought::Bytes(bytes) => sorted.small.push((InputFile { name, bytes }, format)),
            Brought::Stream(n_bytes, reader) => {
                sorted.large.push((i, LargeFile::new(name, n_bytes, reader), format));
            }
            Brought::Gone(why) => return Err(gone(name, &why)),
        }
    }
    Ok(sorted)
}

fn gone(file: String, why: &str) -> WireWarning {
    WireWarning {
        file,
        place: WirePlace::Whole,
        what: format!("The browser cannot read the file: {why}."),
        remedy: "It may have moved or changed since. Drop it again.".to_owned(),
    }
}

impl Files {
    /// All of them, whole in memory.
    fn held(self) -> Result<Vec<(InputFile, Option<Format>)>, WireWarning> {
        let mut held = self.small;
        for (_, LargeFile { name, size_bytes, reader, .. }, format) in self.large {
            let bytes = Brought::Stream(size_bytes, reader).into_bytes();
            let bytes = bytes.map_err(|error| gone(name.clone(), &error.to_string()))?;
            held.push((InputFile { name, bytes }, format));
        }
        Ok(held)
    }

    /// What they tell.
    fn read(
        self,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Import, ImportError> {
        let mut importer = Importer::default();
        for (number, file, format) in self.large {
            importer.add_large(file, format, number, progress)?;
        }
        read_with(importer, self.small, progress)
    }
}

/// The layout of a graph that shows all at once; of a larger one the page asks for a view.
pub(super) fn layout_bytes(graph: &Graph) -> Vec<u8> {
    if graph.n_actions() > ACTIONS_AT_ONCE_MAX {
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
    read_with(Importer::default(), files, progress)
}

fn read_with(
    mut importer: Importer,
    files: Vec<(InputFile, Option<Format>)>,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Import, ImportError> {
    let (chosen, guessed): (Vec<_>, Vec<_>) = files.into_iter().partition(|f| f.1.is_some());
    let guessed: Vec<InputFile> = guessed.into_iter().map(|f| f.0).collect();
    importer.add(&guessed, progress)?;
    // What is read goes before the merge begins.
    drop(guessed);
    for (file, format) in chosen {
        if let Some(format) = format {
            importer.add_as(&file, format, progress)?;
        }
    }
    Ok(importer.import())
}

/// Formats that a person can choose for a file that was taken for something else.
pub const FORMATS: [Format; Format::ALL.len()] = Format::ALL;

/// The format of this name.
pub fn format_of(name: &str) -> Option<Format> {
    FORMATS.into_iter().find(|format| format.name() == name)
}

fn wire_unknown(unknown: Unknown) -> WireUnknown {
    let Unknown { kind, n, what, settled_by } = unknown;
    WireUnknown { kind: kind.into(), n, what, settled_by: settled_by.into() }
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
