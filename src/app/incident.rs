//! What is loaded: a graph, a cache, and the files they came from.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::rc::Rc;

use crate::import::{FileCard, Format, Import, Unknown, Warning, unknowns};
use crate::model::{BlobId, Cache, Conflict, Graph, Observed, Provenance};
use crate::report::Names;
use crate::rewind::{Engine, engines};
use crate::scene::{Direction, Layout, LayoutOptions};

use super::outline::Told;

/// One incident, shared with the views without copying.
#[derive(Clone, Debug)]
pub struct Incident {
    /// Number by which the worker knows it; 0 is the example.
    pub number: u32,
    /// What the top bar calls it.
    pub name: String,
    /// The build graph.
    pub graph: Rc<Graph>,
    /// The cache as loaded.
    pub cache: Rc<Cache>,
    /// What things are called.
    pub names: Rc<Names>,
    /// Whether any file told what a cache holds.
    pub has_cache: bool,
    /// A card per file.
    pub cards: Vec<FileCard>,
    /// Which file told what.
    pub provenance: Rc<Provenance>,
    /// Artifacts of which files tell several contents, by ascending id.
    pub conflicts: Vec<Conflict>,
    /// What no file tells, and which would.
    pub unknown: Vec<Unknown>,
    /// What the merge had to decide.
    pub warnings: Vec<Warning>,
    /// Blobs that loaded AC entries name and the loaded CAS lacks.
    pub dangling_blobs: HashSet<BlobId>,
    /// What files tell of builds that really happened.
    pub observed: Option<Rc<Observed>>,
}

/// What was read, with what takes a pass over all of it to find: the worker makes that.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// What was read.
    pub import: Import,
    /// What things are called.
    pub names: Names,
    /// Blobs that loaded AC entries name and the loaded CAS lacks.
    pub dangling: HashSet<BlobId>,
    /// What its files tell to have happened.
    pub observed: Option<Box<Told>>,
    /// What no file tells, and which would.
    pub unknown: Vec<Unknown>,
}

impl From<Import> for Arrived {
    fn from(import: Import) -> Self {
        let names = Names::new(&import.graph, &import.cache, &[]);
        let dangling = dangling_blobs(&import.graph, &import.cache);
        let unknown = unknowns(&import);
        Self { import, names, dangling, observed: None, unknown }
    }
}

impl Incident {
    /// What `arrived` holds, under a name.
    pub fn of(number: u32, name: String, arrived: impl Into<Arrived>) -> Self {
        let Arrived { import, names, dangling, unknown, .. } = arrived.into();
        Self {
            unknown,
            provenance: Rc::new(import.provenance),
            conflicts: import.conflicts,
            number,
            name,
            names: Rc::new(names),
            graph: Rc::new(import.graph),
            cache: Rc::new(import.cache),
            has_cache: import.has_cache,
            cards: import.files,
            warnings: import.warnings,
            dangling_blobs: dangling,
            observed: import.observed.map(Rc::new),
        }
    }

    /// The example: the gist's workspace, as a real Bazel 1.1.0 exported it.
    pub fn gist() -> Self {
        Self::of(0, "a, b, c: the gist's incident".to_owned(), super::example::gist())
    }

    /// The engine whose exports look like these: a compact log is written by Bazel 7 and later.
    pub fn likely_engine(&self) -> Engine {
        let compact = self.cards.iter().any(|c| c.format == Format::BazelExecLogCompact);
        let id = if compact { "bazel-7.7" } else { "bazel-4.2" };
        Engine::find(id).unwrap_or(engines()[0])
    }

    /// Whether it is the example.
    pub fn is_example(&self) -> bool {
        self.number == 0
    }
}

/// Where the marks of a small graph lie. Large graphs are laid out by the worker.
pub fn lay_out(graph: &Graph, direction: Direction) -> Layout {
    let never = &mut |_| ControlFlow::Continue(());
    let options = LayoutOptions { direction, ..LayoutOptions::default() };
    let layout = Layout::layered(graph, &options, never);
    layout.unwrap_or_else(|| unreachable!("nothing breaks it off"))
}

/// Blobs that AC entries of `cache` name and its CAS lacks.
pub fn dangling_blobs(graph: &Graph, cache: &Cache) -> HashSet<BlobId> {
    cache.dangling(graph).into_iter().flat_map(|key| cache.lost_of_entry(graph, key)).collect()
}
