//! What a file says to a graph, a cache and a scenario to plan.

use crate::model::{ActionId, Cache, Graph, Id, IdSet};
use crate::rewind::{
    Build, Capacity, Engine, Execution, Executor, Scenario, Server, Targets, Timing,
};

use super::cache;
use super::engine;
use super::error::{Place, Problem, ScenarioError, Word};
use super::faults;
use super::graph;
use super::names::Names;
use super::revision;
use super::text::{BuildText, ScenarioText};

/// More builds than this are refused.
pub const BUILDS_MAX: usize = 1000;

/// What a scenario file asks to be planned.
#[derive(Clone, PartialEq, Debug)]
pub struct Play {
    /// What is built.
    pub graph: Graph,
    /// What the remote cache holds at first.
    pub cache: Cache,
    /// Who builds what, and what goes wrong.
    pub scenario: Scenario,
}

impl ScenarioText {
    /// Looks up all names. `file` is what errors call the file; `exports` is what the files of
    /// [`files`](Self::files) tell, if the graph is theirs.
    pub fn compile(
        &self,
        file: &str,
        exports: Option<(Graph, Cache)>,
    ) -> Result<Play, ScenarioError> {
        self.play(exports, None).map_err(|problem| problem.in_file(file))
    }

    /// [`compile`](Self::compile), with the contents that `other` names in edits and AC entries
    /// among those of the graph: two files about one graph then give equal graphs.
    pub fn compile_beside(
        &self,
        other: &ScenarioText,
        file: &str,
        exports: Option<(Graph, Cache)>,
    ) -> Result<Play, ScenarioError> {
        self.play(exports, Some(other)).map_err(|problem| problem.in_file(file))
    }

    fn play(
        &self,
        exports: Option<(Graph, Cache)>,
        beside: Option<&ScenarioText>,
    ) -> Result<Play, Problem> {
        let (graph, full) = match (&self.actions, exports) {
            (Some(actions), _) => {
                let graph = graph::build(self, actions, beside)?;
                let cache = cache::all_of(&graph);
                (graph, cache)
            }
            (None, Some(exports)) => exports,
            (None, None) => {
                let problem = "the graph is that of exports, which were not read";
                return Err(Problem::new(Place::default(), problem, "Load them as well"));
            }
        };
        if self.actions.is_none()
            && let Some((path, _)) = self.artifacts.0.first()
        {
            let problem = "artifacts are described, but the graph is that of exports";
            return Err(Problem::new(path.place, problem, "Leave [artifacts] out"));
        }
        let (cache, scenario) = {
            let names = Names::new(&graph);
            let cache = cache::remote(self.cache.as_ref(), &names, full)?;
            let scenario = self.scenario(&names, &cache)?;
            (cache, scenario)
        };
        Ok(Play { graph, cache, scenario })
    }

    fn scenario(&self, names: &Names<'_>, cache: &Cache) -> Result<Scenario, Problem> {
        let engine = engine::engine(&self.engine, &self.set.0)?;
        let revisions = revision::revisions(self.revision.as_deref().unwrap_or_default(), names)?;
        let builds = self.builds(&engine, revisions.len(), names, cache)?;
        let told = self.execution.clone().unwrap_or_default();
        let usual = Timing::default();
        Ok(Scenario {
            engine,
            server: self.server(),
            execution: self.place_of_execution(names)?,
            timing: Timing { upload_ms: told.upload_ms.unwrap_or(usual.upload_ms) },
            disk_cache: cache::disk(self.disk_cache.as_ref(), names)?,
            nondeterministic: self.nondeterministic(names)?,
            revisions,
            faults: faults::faults(
                self.fault.as_deref().unwrap_or_default(),
                builds.len(),
                names,
                cache,
            )?,
            seed: self.seed.unwrap_or(0),
            builds,
        })
    }

    fn server(&self) -> Server {
        let told = self.cache.clone().unwrap_or_default();
        let usual = Server::default();
        Server {
            policy: told.policy.unwrap_or(usual.policy),
            protocol: told.protocol.unwrap_or(usual.protocol),
            lifetime: told.lifetime.unwrap_or(usual.lifetime),
            capacity: Capacity { cas_bytes: told.cas_bytes, ac_entries: told.ac_entries },
        }
    }

    fn place_of_execution(&self, names: &Names<'_>) -> Result<Execution, Problem> {
        let told = self.execution.clone().unwrap_or_default();
        let mut execution = Execution {
            default: told.default,
            local_only: names.action_set(&told.local.unwrap_or_default())?,
            remote_only: names.action_set(&told.remote.unwrap_or_default())?,
        };
        for (i, line) in self.actions.iter().flatten().enumerate() {
            let set = match line.0.executor {
                None => continue,
                Some(Executor::Local) => &mut execution.local_only,
                Some(Executor::Remote) => &mut execution.remote_only,
            };
            set.insert(ActionId::at(i));
        }
        let both = execution.local_only.iter().find(|&a| execution.remote_only.contains(a));
        if let Some(action) = both {
            let problem = format!("{} executes here and on a worker", names.action_name(action));
            return Err(Problem::new(told.place, problem, "Decide for one"));
        }
        Ok(execution)
    }

    fn nondeterministic(&self, names: &Names<'_>) -> Result<IdSet<ActionId>, Problem> {
        let told = self.execution.as_ref().and_then(|e| e.nondeterministic.as_deref());
        let mut set = names.action_set(told.unwrap_or_default())?;
        let lines = self.actions.iter().flatten().enumerate();
        let marked = lines.filter(|(_, line)| line.0.nondeterministic == Some(true));
        set.extend(marked.map(|(i, _)| ActionId::at(i)));
        Ok(set)
    }

    fn builds(
        &self,
        engine: &Engine,
        n_revisions: usize,
        names: &Names<'_>,
        cache: &Cache,
    ) -> Result<Vec<Build>, Problem> {
        let usual = [BuildText::default()];
        let told = self.build.as_deref().unwrap_or(&usual);
        if let Some(build) = told.get(BUILDS_MAX) {
            let problem = format!("{} builds: a scenario has at most {BUILDS_MAX}", told.len());
            return Err(Problem::new(build.place, problem, "Leave some out"));
        }
        let mut builds = Vec::new();
        for (i, text) in told.iter().enumerate() {
            let build = build(text, engine, names, cache)?;
            check_revision(text, n_revisions)?;
            builds.push(Build { clean: text.clean.unwrap_or(i == 0), ..build });
        }
        Ok(builds)
    }
}

fn build(
    text: &BuildText,
    engine: &Engine,
    names: &Names<'_>,
    cache: &Cache,
) -> Result<Build, Problem> {
    let targets = match &text.targets {
        None => Targets::All,
        Some(words) => names.targets(words)?,
    };
    if text.jobs == Some(0) {
        let problem = "jobs is 0: expected 1 or more";
        return Err(Problem::new(text.place, problem, "Say how many actions run at once"));
    }
    let usual = Build::clean(targets, text.download.unwrap_or(engine.download_default));
    let list = |words: &Option<Vec<Word>>| words.clone().unwrap_or_default();
    Ok(Build {
        restart: text.restart.unwrap_or(usual.restart),
        keep_going: text.keep_going.unwrap_or(usual.keep_going),
        jobs: text.jobs.unwrap_or(usual.jobs),
        accept_cached: text.accept_cached.unwrap_or(usual.accept_cached),
        upload: text.upload.unwrap_or(usual.upload),
        async_upload: text.async_upload.unwrap_or(usual.async_upload),
        upload_final: text.upload_final.unwrap_or(usual.upload_final),
        wait_ms: text.wait_ms.unwrap_or(usual.wait_ms),
        edit: text.revision.map(|n| n.saturating_sub(1) as usize),
        edit_sources: sources(&list(&text.edit), names)?,
        evict: names.select(&list(&text.evict), cache)?,
        order: names.action_list(&list(&text.order))?,
        ..usual
    })
}

/// The artifacts that an edit may change: those that no action writes.
fn sources(words: &[Word], names: &Names<'_>) -> Result<Vec<crate::model::ArtifactId>, Problem> {
    let source = |word: &Word| {
        let artifact = names.artifact(word)?;
        if names.graph.producer(artifact).is_some() {
            let problem = format!("'{}' is written by an action: expected a source", word.text);
            return Err(Problem::new(word.place, problem, "Edit what it is made of"));
        }
        Ok(artifact)
    };
    words.iter().map(source).collect()
}

fn check_revision(text: &BuildText, n_revisions: usize) -> Result<(), Problem> {
    match text.revision {
        Some(n) if n == 0 || n as usize > n_revisions => {
            let problem = format!("no revision {n}: the file has {n_revisions}, counted from 1");
            Err(Problem::new(text.place, problem, "Add a [[revision]], or name another"))
        }
        _ => Ok(()),
    }
}
