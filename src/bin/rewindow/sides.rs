//! The two sides of `rewindow compare`: exports and flags, or scenario files.

use std::path::{Path, PathBuf};

use rewindow::model::{Cache, Graph};
use rewindow::rewind::{CachePolicy, DownloadMode, Engine, Scenario, Side};
use rewindow::scenario::Play;

use super::args::{BuildArgs, CompareArgs};
use super::evict;
use super::failure::Failure;
use super::load;
use super::plan;
use super::run::{exports, read_scenario};

/// What is compared.
pub struct Sides {
    /// What both build.
    pub graph: Graph,
    /// What is worth a remark.
    pub remarks: Vec<String>,
    left: (Cache, Scenario),
    right: (Cache, Scenario),
}

impl Sides {
    /// The left one.
    pub fn left(&self) -> Side<'_> {
        Side { cache: &self.left.0, scenario: &self.left.1 }
    }

    /// The right one.
    pub fn right(&self) -> Side<'_> {
        Side { cache: &self.right.0, scenario: &self.right.1 }
    }
}

/// The sides that files and flags describe.
pub fn of(args: &CompareArgs) -> Result<Sides, Failure> {
    let is_scenario = |path: &PathBuf| path.extension().is_some_and(|e| e == "toml");
    if !args.files.iter().any(is_scenario) {
        return of_exports(args);
    }
    match args.files.as_slice() {
        [both] => of_scenarios(args, both, both),
        [left, right] if is_scenario(left) && is_scenario(right) => of_scenarios(args, left, right),
        _ => Err(Failure::ComparedFiles { n_files: args.files.len() }),
    }
}

fn of_exports(args: &CompareArgs) -> Result<Sides, Failure> {
    let import = load::incident(&args.files)?;
    let evictions = evict::resolve(&import, &args.build.evict)?;
    let side = |flag: &'static str, settings: &str| {
        let settings = Settings::parse(flag, settings)?;
        let Some(engine) = settings.engine.or(args.engine) else {
            let what = "which build tool? Expected engine=ID, or --engine".to_owned();
            return Err(Failure::Side { flag, text: settings.text, what });
        };
        let mut scenario = plan::scenario(&args.build, engine, &import.graph, &evictions.evict)?;
        settings.change(&mut scenario)?;
        Ok((import.cache.clone(), scenario))
    };
    let (left, right) = (side("--left", &args.left)?, side("--right", &args.right)?);
    Ok(Sides { graph: import.graph, remarks: evictions.remarks, left, right })
}

fn of_scenarios(args: &CompareArgs, left: &Path, right: &Path) -> Result<Sides, Failure> {
    let flag = args.engine.map(|_| "--engine").or_else(|| given(&args.build));
    if let Some(flag) = flag {
        return Err(Failure::FlagOfExports { flag });
    }
    let [mut left_play, mut right_play] = compiled(left, right)?;
    Settings::parse("--left", &args.left)?.change(&mut left_play.scenario)?;
    Settings::parse("--right", &args.right)?.change(&mut right_play.scenario)?;
    Ok(Sides {
        graph: left_play.graph,
        remarks: Vec::new(),
        left: (left_play.cache, left_play.scenario),
        right: (right_play.cache, right_play.scenario),
    })
}

/// What two scenario files about one graph come to, each knowing what the other names.
fn compiled(left: &Path, right: &Path) -> Result<[Play; 2], Failure> {
    let ((left_file, left_text), (right_file, right_text)) =
        (read_scenario(left)?, read_scenario(right)?);
    let (left_exports, right_exports) = (exports(left, &left_text)?, exports(right, &right_text)?);
    // First each by itself: then an error is one of that file.
    left_text.compile(&left_file, left_exports.clone())?;
    right_text.compile(&right_file, right_exports.clone())?;
    let left_play = left_text.compile_beside(&right_text, &left_file, left_exports);
    let right_play = right_text.compile_beside(&left_text, &right_file, right_exports);
    let what = match (left_play, right_play) {
        (Ok(left), Ok(right)) if left.graph == right.graph => return Ok([left, right]),
        (Ok(left), Ok(right)) => other_graph(&left.graph, &right.graph),
        (Err(error), _) | (_, Err(error)) => error.problem,
    };
    Err(Failure::OtherGraph { left: left_file, right: right_file, what })
}

/// The first of the flags that was given.
fn given(args: &BuildArgs) -> Option<&'static str> {
    let BuildArgs { targets, download, evict, keep_going, jobs, cache_policy } = args;
    let all = [
        (!targets.is_empty(), "--target"),
        (download.is_some(), "--download"),
        (!evict.is_empty(), "--evict"),
        (*keep_going, "--keep-going"),
        (jobs.is_some(), "--jobs"),
        (cache_policy.is_some(), "--cache-policy"),
    ];
    all.into_iter().find(|(is_given, _)| *is_given).map(|(_, flag)| flag)
}

/// Where two graphs differ first, in words.
fn other_graph(left: &Graph, right: &Graph) -> String {
    let paths = |graph: &Graph, artifacts: &[_]| {
        artifacts.iter().map(|&artifact| graph.path(artifact).to_owned()).collect::<Vec<_>>()
    };
    for (i, action) in left.action_ids().enumerate().take(right.n_actions()) {
        let (here, there) = (left.label(action), right.label(action));
        if here != there {
            return format!("action {} is {here} on the left, {there} on the right", i + 1);
        }
        if paths(left, left.inputs(action)) != paths(right, right.inputs(action)) {
            return format!("{here} reads other inputs");
        }
        if paths(left, left.outputs(action)) != paths(right, right.outputs(action)) {
            return format!("{here} writes other outputs");
        }
        if left.action_kind(action) != right.action_kind(action)
            || left.mnemonic(action) != right.mnemonic(action)
            || left.duration_ms(action) != right.duration_ms(action)
        {
            return format!("{here} has another kind, mnemonic or duration");
        }
    }
    match (left.n_actions(), right.n_actions()) {
        (n_left, n_right) if n_left != n_right => {
            format!("{n_left} actions on the left, {n_right} on the right")
        }
        _ => "artifacts or contents differ: trees, sizes or digests".to_owned(),
    }
}

/// What is particular to one side.
struct Settings {
    flag: &'static str,
    /// All of them as given.
    text: String,
    /// Each as given, its name, its value.
    pairs: Vec<(String, String, String)>,
    engine: Option<Engine>,
}

impl Settings {
    fn parse(flag: &'static str, settings: &str) -> Result<Self, Failure> {
        let failure = |text: &str, what: &str| Failure::Side {
            flag,
            text: text.to_owned(),
            what: what.into(),
        };
        let (mut pairs, mut engine) = (Vec::new(), None);
        for text in settings.split_whitespace() {
            let pair = text.split_once('=');
            let (name, value) = pair.ok_or_else(|| failure(text, "expected NAME=VALUE"))?;
            let name = name.replace('_', "-");
            if name == "engine" {
                let found = Engine::find(value);
                let unknown = "no such engine: `rewindow engines` lists them";
                engine = Some(found.ok_or_else(|| failure(text, unknown))?);
            }
            pairs.push((text.to_owned(), name, value.to_owned()));
        }
        Ok(Self { flag, text: settings.to_owned(), pairs, engine })
    }

    /// Changes all that is said of `scenario`, the engine first.
    fn change(self, scenario: &mut Scenario) -> Result<(), Failure> {
        let Self { flag, pairs, engine, .. } = self;
        scenario.engine = engine.unwrap_or(scenario.engine);
        for (text, name, value) in pairs.into_iter().filter(|pair| pair.1 != "engine") {
            set(scenario, &name, &value).map_err(|what| Failure::Side { flag, text, what })?;
        }
        Ok(())
    }
}

/// Changes one thing of `scenario`. An error says what is expected.
fn set(scenario: &mut Scenario, name: &str, value: &str) -> Result<(), String> {
    match name {
        "download" => {
            let mode = DownloadMode::from_name(value);
            let mode = mode.ok_or("expected minimal, toplevel or all".to_owned())?;
            scenario.builds.iter_mut().for_each(|build| build.download = mode);
        }
        "jobs" => {
            let jobs = value.parse().ok().filter(|&n| n > 0);
            let jobs = jobs.ok_or("expected a number from 1".to_owned())?;
            scenario.builds.iter_mut().for_each(|build| build.jobs = jobs);
        }
        "keep-going" => {
            let keep_going = match value {
                "on" | "yes" | "true" => true,
                "off" | "no" | "false" => false,
                _ => return Err("expected on or off".to_owned()),
            };
            scenario.builds.iter_mut().for_each(|build| build.keep_going = keep_going);
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
