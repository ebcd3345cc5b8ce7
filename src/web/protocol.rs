//! What page and worker say to each other: small messages as JSON, large things (files, packed
//! incidents, layouts, traces) as buffers beside them, handed over without copying.
//!
//! Plain types only: `app::wire` turns them into those of the model and the planner.

use std::fmt;
use std::io::{self, Read};

use serde::{Deserialize, Serialize};

/// What comes beside an order.
pub enum Brought {
    /// Bytes.
    Bytes(Vec<u8>),
    /// A file too large to be held whole: its size in bytes, and what reads it.
    Stream(u64, Box<dyn Read>),
    /// A file that the browser cannot read any more, and why.
    Gone(String),
}

impl fmt::Debug for Brought {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => f.debug_tuple("Bytes").field(&bytes.len()).finish(),
            Self::Stream(n_bytes, _) => f.debug_tuple("Stream").field(n_bytes).finish(),
            Self::Gone(why) => f.debug_tuple("Gone").field(why).finish(),
        }
    }
}

impl From<Vec<u8>> for Brought {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl Brought {
    /// All of it.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn into_bytes(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Stream(n_bytes, mut reader) => {
                let mut bytes = Vec::new();
                let n_bytes = usize::try_from(n_bytes).map_err(io::Error::other)?;
                bytes.try_reserve_exact(n_bytes).map_err(io::Error::other)?;
                reader.read_to_end(&mut bytes)?;
                Ok(bytes)
            }
            Self::Gone(why) => Err(io::Error::other(why)),
        }
    }
}

/// From the page to the worker.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Order {
    /// Read the files beside this message into an incident of this number.
    Import {
        /// Number of the job.
        job: u32,
        /// Number of the incident.
        incident: u32,
        /// One per file, in the order of the buffers.
        files: Vec<FileOrder>,
    },
    /// Take the incident beside this message, packed or in the pieces that a worker sent: a fresh
    /// one knows none.
    Open {
        /// Number of the incident.
        incident: u32,
    },
    /// Compile a scenario file and plan it.
    Play {
        /// Number of the job.
        job: u32,
        /// Number of the incident whose exports it may be about.
        incident: u32,
        /// The scenario file.
        text: String,
        /// Lay out its graph as well.
        lay_out: bool,
    },
    /// Lay out a view of the graph on show.
    LayOut {
        /// Number of the job.
        job: u32,
        /// Number of the incident on show.
        incident: u32,
        /// Which view.
        subject: WireSubject,
        /// How it is to lie.
        shape: WireShape,
    },
    /// Plan on an incident; number 0 is the example, which every worker knows.
    Plan {
        /// Number of the job.
        job: u32,
        /// Number of the incident.
        incident: u32,
        /// What to plan.
        scenario: WireScenario,
        /// Start from an empty cache, rather than from the one loaded.
        empty_cache: bool,
    },
}

/// How a view is to lie.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct WireShape {
    /// Edges point down.
    pub down: bool,
    /// Width over height of the window.
    pub aspect: f32,
    /// All artifacts have marks of their own.
    pub with_artifacts: bool,
    /// What actions are grouped by.
    pub group_by: WireGroupBy,
    /// The page knows the groups already.
    pub has_groups: bool,
}

/// What actions are grouped by, outermost.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum WireGroupBy {
    /// The path of the package; inside, the target, then the mnemonic.
    #[default]
    Package,
    /// The target; inside, the mnemonic.
    Target,
    /// The mnemonic; inside, the path of the package.
    Mnemonic,
}

/// A view of a graph.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum WireSubject {
    /// All actions and their edges.
    All,
    /// All actions as a map.
    Overview,
    /// Groups, these of them open; `None`: as many as show well.
    Groups(Option<Vec<u32>>),
    /// The groups of a view where this action shows.
    GroupsWith(u32),
    /// What is within so many hops of some actions, towards producers and towards consumers.
    Around(Vec<u32>, u32, u32),
    /// The paths between two actions.
    Between(u32, u32),
    /// Some actions.
    Actions(Vec<u32>),
    /// What the loss of a blob concerns.
    Loss(u32),
}

/// A file to read.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FileOrder {
    /// Its name, for messages.
    pub name: String,
    /// Name of the format chosen for it, if not guessed.
    pub format: Option<String>,
}

/// From the worker to the page.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Answer {
    /// It listens: what was posted earlier would be lost.
    Ready,
    /// It has done what it was told by one order; whatever there is to say of it was said.
    Done,
    /// An import is this far.
    Progress {
        /// Number of the job.
        job: u32,
        /// Index of the file.
        file: usize,
        /// Bytes read of all files.
        done_bytes: u64,
        /// Bytes of all files.
        total_bytes: u64,
    },
    /// A piece of the incident that was read is beside this message: small enough that the page
    /// takes it between two frames.
    Piece {
        /// Number of the job.
        job: u32,
    },
    /// All pieces were sent; layout, names and blobs that are gone though entries name them are
    /// beside this message.
    Imported {
        /// Number of the job.
        job: u32,
        /// What no file tells.
        unknown: Vec<WireUnknown>,
    },
    /// Events of the trace that the next [`Observed`](Self::Observed) or
    /// [`Planned`](Self::Planned) is about are beside this message.
    Events,
    /// All events of what the files of an incident tell to have happened were sent; how its builds
    /// end and what it tells of fresh content is beside this message. The incident follows.
    Observed,
    /// One of the files is a scenario: it, the layout of its graph and, packed, the exports that
    /// it is about are beside this message, each empty if there is none.
    Scenario {
        /// Number of the job.
        job: u32,
        /// Name of the scenario file.
        file: String,
        /// Files that the scenario does not refer to, which are left out.
        left_out: Vec<String>,
    },
    /// The layout of the graph is beside this message.
    LaidOut {
        /// Number of the incident.
        incident: u32,
    },
    /// A part of the bytes that the next [`Grouped`](Self::Grouped) or
    /// [`Arranged`](Self::Arranged) is about is beside this message.
    Part {
        /// How many bytes all parts have.
        n_bytes: usize,
    },
    /// All parts of the groups were sent, which the page does not know yet. A layout of them
    /// follows.
    Grouped,
    /// All parts of the layout asked for were sent.
    Arranged {
        /// Number of the job.
        job: u32,
        /// Which groups are open.
        open: Vec<u32>,
        /// How many actions were left out of a focus.
        n_left_out: usize,
    },
    /// Nothing could be used.
    ImportFailed {
        /// Number of the job.
        job: u32,
        /// Why.
        warning: WireWarning,
    },
    /// All events were sent; how the builds end and what the trace tells of fresh content is beside
    /// this message.
    Planned {
        /// Number of the job.
        job: u32,
    },
    /// The worker panicked with this text, and is of no use any more.
    Panicked {
        /// What the panic said.
        text: String,
    },
}

/// Something that no file tells.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct WireUnknown {
    /// Its name.
    pub kind: String,
    /// Of how many things.
    pub n: u64,
    /// What is not known.
    pub what: String,
    /// Which file would settle it.
    pub settled_by: String,
}

/// A warning, in words.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct WireWarning {
    /// Name of the file.
    pub file: String,
    /// Where in it.
    pub place: WirePlace,
    /// What was found and expected.
    pub what: String,
    /// What can be done.
    pub remedy: String,
}

/// A place in a file.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum WirePlace {
    /// The file as a whole.
    Whole,
    /// A line, from 1.
    Line(u64),
    /// A line and a column, from 1.
    Column(u64, u64),
    /// A byte.
    Offset(u64),
    /// An entry of an archive or a message of a log.
    Entry(String),
}

/// A scenario: names and ids.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct WireScenario {
    /// Id of the engine.
    pub engine: String,
    /// What of it is overridden, in order: names and values of parameters.
    pub set: Vec<(String, String)>,
    /// Whether the cache checks completeness.
    pub verified: bool,
    /// The invocations.
    pub builds: Vec<WireBuild>,
}

/// One invocation.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct WireBuild {
    /// Ids of artifacts; `None`: all.
    pub targets: Option<Vec<u32>>,
    /// Name of the download mode.
    pub download: String,
    /// See `rewind::Build`, as for the next five.
    pub clean: bool,
    /// Likewise.
    pub restart: bool,
    /// Likewise.
    pub keep_going: bool,
    /// Likewise.
    pub jobs: u32,
    /// Likewise.
    pub accept_cached: bool,
    /// Likewise.
    pub upload: bool,
    /// Ids of actions.
    pub order: Vec<u32>,
    /// What is evicted, in order: whether an AC entry, and the id of key or blob.
    pub evict: Vec<(bool, u32)>,
}
