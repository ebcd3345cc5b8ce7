//! What can happen to the page, and what the page asks the browser for in return.

use std::rc::Rc;

use crate::import::{Format, Import, Progress, Warning};
use crate::model::Cache;
use crate::rewind::{CachePolicy, DownloadMode, Eviction, Scenario};
use crate::scenario::ScenarioText;
use crate::scene::{GroupId, Grouping, Layout, Point, Selection, Way};
use crate::web::protocol::{WireGroupBy, WireShape, WireSubject};

use super::choice::{Choice, TargetChoice};
use super::filter::FilterChoice;
use super::gallery::Group;
use super::incident::Arrived;
use super::lesson::Place;
use super::looks::Look;
use super::outline::Told;
use super::panes::Pane;
use super::state::{Mode, Picked, Sheet, Tab, ThemeChoice};

/// Everything that can happen.
#[derive(Clone, Debug)]
pub enum Msg {
    /// Time passed, in milliseconds.
    Tick(f64),
    /// Start or stop playing.
    TogglePlay,
    /// One event on.
    Step,
    /// One event back.
    StepBack,
    /// To the next mark on the track.
    NextMark,
    /// To the previous mark on the track.
    PreviousMark,
    /// To a step.
    Seek(usize),
    /// The next speed, after the last the first.
    NextSpeed,

    /// Another engine, by id.
    Engine(String),
    /// Another value of a parameter of the engine.
    Parameter(&'static str, String),
    /// All parameters as the engine has them.
    ResetParameters,
    /// Another download mode.
    Download(DownloadMode),
    /// Another cache policy.
    Policy(CachePolicy),
    /// Another number of jobs.
    Jobs(u32),
    /// Go on after failures or not.
    KeepGoing(bool),
    /// Other targets.
    Targets(TargetChoice),
    /// Evict, or put back what was evicted.
    ToggleEvict(Eviction),
    /// Evict what is selected, or put it back.
    EvictSelected,
    /// Evict what a selector names.
    EvictSelector(String),
    /// Put everything back.
    ClearEvictions,
    /// Another scenario as a whole.
    Scenario(Box<Choice>),

    /// Select.
    Select(Selection),
    /// Select and bring into view.
    Show(Selection),
    /// The pointer is over this point of the picture, or left it.
    PointAt(Option<Point>),
    /// The picture was clicked there; evicting what is there, or selecting it.
    Click {
        /// Where, in CSS pixels.
        at: Point,
        /// Whether to evict.
        evict: bool,
    },
    /// The pointer dragged the picture.
    Pan(f32, f32),
    /// The wheel or a key zoomed at a point.
    Zoom(Point, f32),
    /// Show the whole graph.
    Fit,
    /// Centre on a world point.
    CentreOn(Point),
    /// Show the selection with its inputs or outputs.
    Reveal(Way),
    /// Follow an edge by keyboard.
    Walk(Way),
    /// Show another view of the graph.
    Look(Look),
    /// Open a group in place.
    Unfold(GroupId),
    /// Close a group in place.
    Fold(GroupId),
    /// Go deeper where the selection is, or close the group around it.
    Enter,
    /// The picture was clicked twice there.
    DoubleClick(Point),
    /// The view before this one.
    Back,
    /// Show where a group is.
    Crumb(GroupId),
    /// Show the critical path in every view, or not.
    CriticalPath(bool),
    /// Give all artifacts of a focus marks of their own.
    Artifacts(bool),
    /// Group the actions by something else.
    GroupBy(WireGroupBy),
    /// Save the picture as it shows: as PNG, or else as SVG.
    SavePicture { png: bool },
    /// The worker has laid out the view that was asked for.
    Arranged(Box<Arranged>),
    /// The graph's canvas has another size (width, height, device pixels a CSS pixel).
    Resized(f32, f32, f32),

    /// Explore or Learn.
    Mode(Mode),
    /// Open a step of the lesson.
    Lesson(Place),
    /// Answer its question.
    Answer(usize),
    /// Play the lesson's step again.
    Replay,
    /// Take the lesson's scenario to Explore.
    ExploreThis,

    /// Open or close a sheet.
    Sheet(Option<Sheet>),
    /// Story or requests.
    Tab(Tab),
    /// Light, dark or as the system has it.
    Theme(ThemeChoice),
    /// The system changed its mind: whether it is dark, whether motion is unwelcome.
    System { dark: bool, still: bool },
    /// A border between panes was dragged by so many pixels.
    ResizePane(Pane, f64),
    /// Search for this.
    Search(String),
    /// Filter actions like this.
    Filter(Box<FilterChoice>),
    /// Close what is open on top.
    Escape,
    /// Something is dragged over the page, or no longer.
    DragOver(bool),
    /// Put a text on the clipboard.
    Copy(String),

    /// Files were dropped, picked or pasted.
    Picked(Vec<Picked>),
    /// Read a file as this format, or guess again.
    ChooseFormat(u32, Option<Format>),
    /// Take a file out of the incident.
    RemoveFile(u32),
    /// Back to the example.
    OpenExample,
    /// Break off what the worker does.
    Cancel,

    /// Open an entry of the gallery, by name.
    OpenEntry(String),
    /// Open what the fragment of an address is about.
    OpenAddress(String),
    /// Show this group of the gallery only, or all.
    Group(Option<Group>),
    /// The scenario as its file has it.
    ResetScenario,
    /// Save the scenario to a file.
    SaveScenario,
    /// Put a link to the scenario on the clipboard.
    CopyLink,
    /// The worker has read files of which one is a scenario.
    ScenarioRead(u32, Box<ReadScenario>),

    /// The worker is this far with an import.
    Progress(u32, Progress),
    /// The worker has read the files.
    Imported(u32, Box<Arrived>, Option<Box<Layout>>),
    /// The worker could use none of the files.
    ImportFailed(u32, Warning),
    /// The worker has planned.
    Planned(u32, Box<Told>),
    /// The worker stopped while it read files for this job, with this text.
    WorkerStopped(u32, String),
    /// Show what happened, or what is planned.
    ShowObserved(bool),
    /// Show the other of the two.
    SwitchTrack,
    /// To where plan and log part.
    ShowParting,
    /// Evict what logs and messages found gone.
    EvictObserved,
    /// The worker has laid out the graph.
    LaidOut(u32, Option<Box<Layout>>),
}

/// A view as the worker laid it out.
#[derive(Clone, Debug)]
pub struct Arranged {
    /// Number of the job.
    pub job: u32,
    /// Where the marks lie.
    pub layout: Layout,
    /// The groups, if they were not known yet.
    pub grouping: Option<Grouping>,
    /// Which of them are open.
    pub open: Vec<GroupId>,
    /// How many actions a focus left out.
    pub n_left_out: usize,
}

/// A scenario file as the worker read it, with the exports that it refers to.
#[derive(Clone, Debug)]
pub struct ReadScenario {
    /// Its name.
    pub file: String,
    /// What it says.
    pub text: ScenarioText,
    /// The exports, if its graph is theirs.
    pub exports: Option<Import>,
    /// What else was dropped and is not read.
    pub left_out: Vec<String>,
    /// Where the marks of its graph lie.
    pub layout: Option<Layout>,
}

/// What the page asks of the browser and the worker.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Plan in the worker; the answer is [`Msg::Planned`] with this job.
    Plan {
        /// Number of the job.
        job: u32,
        /// Number of the incident that it is about.
        incident: u32,
        /// What to plan.
        scenario: Box<Scenario>,
        /// The cache is empty at first, rather than as loaded.
        empty_cache: bool,
    },
    /// Compile the scenario in the worker and plan it; the answer is [`Msg::Planned`] with this
    /// job.
    Play {
        /// Number of the job.
        job: u32,
        /// Number of the incident whose exports it may be about.
        incident: u32,
        /// The scenario file.
        text: String,
        /// Lay out its graph as well; the answer is [`Msg::LaidOut`].
        lay_out: bool,
    },
    /// Lay out a view of the graph on show in the worker; the answer is [`Msg::Arranged`].
    LayOut {
        /// Number of the job.
        job: u32,
        /// Number of the incident.
        incident: u32,
        /// Which view.
        subject: WireSubject,
        /// How it is to lie.
        shape: WireShape,
    },
    /// Read these files in the worker, each as the format chosen for it if any.
    Import {
        /// Number of the job.
        job: u32,
        /// Number that the incident will have.
        incident: u32,
        /// What to read.
        files: Vec<Picked>,
    },
    /// Stop the worker and start another; nothing that it was at will be answered.
    CancelWorker,
    /// Put a text on the clipboard.
    Copy(String),
    /// Remember a choice in this browser.
    Remember(&'static str, String),
    /// Show the page light or dark, or as the system has it.
    ApplyTheme(ThemeChoice),
    /// Keep this in the address bar, after the `#`.
    Fragment(String),
    /// Put the page's address with this fragment on the clipboard.
    CopyLink(String),
    /// Save the picture as it shows to a file of this name: as PNG, or else as SVG.
    SavePicture(String, bool),
    /// Save a text to a file of this name.
    Save(String, String),
    /// Put the keyboard's focus on the element with this id.
    Focus(&'static str),
    /// Scroll to the element with this id.
    Show(&'static str),
}

/// The cache that a plan starts from.
pub fn start_cache(loaded: &Rc<Cache>, empty: bool) -> Rc<Cache> {
    if !empty {
        return Rc::clone(loaded);
    }
    // What entries say stays known: a lesson's cache is empty, not ignorant.
    Rc::new(Cache { entries: loaded.entries.clone(), ..Cache::default() })
}
