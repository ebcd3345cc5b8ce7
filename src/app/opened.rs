//! A scenario file on show: what it says, what a person made of it, and what that compiles to.
//!
//! A person edits the text, never the compiled scenario: what the page plans, what a link holds and
//! what is saved are one and the same.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use crate::model::{Cache, CacheKind, Graph};
use crate::rewind::{CachePolicy, Eviction, Trace};
use crate::scenario::{
    BuildText, CacheText, Check, Keyed, Play, ScenarioError, ScenarioText, Setting, Word,
};

use super::choice::{Choice, TargetChoice};
use super::gallery;
use super::link::to_link;
use super::msg::Msg;

/// Where a scenario came from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origin {
    /// The gallery's entry of this name.
    Gallery(&'static str),
    /// A file of this name.
    File(String),
    /// A link.
    Link,
}

impl Origin {
    /// What errors and downloads call it.
    pub fn file(&self) -> String {
        match self {
            Self::Gallery(name) => gallery::file_of(name),
            Self::File(name) => name.clone(),
            Self::Link => "scenario.toml".to_owned(),
        }
    }
}

/// What exports tell, if a scenario's graph is theirs.
pub type Exports = Option<Rc<(Graph, Cache)>>;

/// A scenario file on show.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Where it came from.
    pub origin: Origin,
    /// What the file says.
    pub own: ScenarioText,
    /// What a person made of it.
    pub text: ScenarioText,
    /// What `text` compiles to.
    pub play: Play,
    /// What `[cache] minus` takes from the cache: blobs first, then AC entries.
    pub lacks: Vec<Eviction>,
    exports: Exports,
    link: OnceCell<Option<String>>,
}

impl Opened {
    /// The scenario as its file has it.
    pub fn new(
        origin: Origin,
        text: ScenarioText,
        exports: Exports,
    ) -> Result<Self, ScenarioError> {
        let own = text.clone();
        Self::compiled(origin, own, text, exports)
    }

    /// The same file, edited to `text`.
    pub fn edited(&self, text: ScenarioText) -> Result<Self, ScenarioError> {
        let (origin, own) = (self.origin.clone(), self.own.clone());
        Self::compiled(origin, own, text, self.exports.clone())
    }

    fn compiled(
        origin: Origin,
        own: ScenarioText,
        text: ScenarioText,
        exports: Exports,
    ) -> Result<Self, ScenarioError> {
        let file = origin.file();
        let compile = |text: &ScenarioText| {
            text.compile(&file, exports.as_ref().map(|exports| (**exports).clone()))
        };
        let play = compile(&text)?;
        let mut lacks = Vec::new();
        if text.cache.as_ref().is_some_and(|cache| cache.minus.is_some()) {
            let mut whole = text.clone();
            whole.cache.iter_mut().for_each(|cache| cache.minus = None);
            lacks = taken(&compile(&whole)?.cache, &play.cache);
        }
        Ok(Self { origin, own, text, play, lacks, exports, link: OnceCell::new() })
    }

    /// Whether a person changed anything.
    pub fn is_modified(&self) -> bool {
        self.text != self.own
    }

    /// The fragment that links to it; see [`to_link`].
    pub fn link(&self) -> Option<&str> {
        self.link.get_or_init(|| to_link(self)).as_deref()
    }

    /// Its headline.
    pub fn title(&self) -> String {
        let title = self.own.title.as_ref().map(|title| title.text.trim().to_owned());
        title.unwrap_or_else(|| self.origin.file())
    }

    /// The file: as it was written, or as the program writes what was made of it.
    pub fn toml(&self) -> String {
        match self.origin {
            Origin::Gallery(name) if !self.is_modified() => {
                gallery::source(name).map_or_else(String::new, |(_, text)| text.to_owned())
            }
            _ => self.text.to_toml(),
        }
    }

    /// What came of the expectations of the file.
    pub fn checks(&self, trace: &Trace) -> Result<Vec<Check>, ScenarioError> {
        self.text.check(&self.origin.file(), &self.play, trace)
    }

    /// What the scenario bar shows: the last build stands for all, [`Mixed`] tells where it does
    /// not.
    pub fn choice(&self) -> Choice {
        let scenario = &self.play.scenario;
        let mut evictions = self.lacks.clone();
        for &eviction in scenario.builds.iter().flat_map(|build| &build.evict) {
            if !evictions.contains(&eviction) {
                evictions.push(eviction);
            }
        }
        let mut choice = Choice::start();
        if let Some(build) = scenario.builds.last() {
            (choice.download, choice.jobs) = (build.download, build.jobs);
            choice.keep_going = build.keep_going;
        }
        let targets = self.text.build.iter().flatten().last().and_then(|b| b.targets.as_deref());
        choice.targets = TargetChoice::of(targets.iter().copied().flatten().map(|w| &*w.text));
        Choice { engine: scenario.engine, policy: scenario.server.policy, evictions, ..choice }
    }

    /// Where its builds differ from one another.
    pub fn mixed(&self) -> Mixed {
        let builds = &self.play.scenario.builds;
        let Some(last) = builds.last() else { return Mixed::default() };
        Mixed {
            download: builds.iter().any(|build| build.download != last.download),
            jobs: builds.iter().any(|build| build.jobs != last.jobs),
            targets: builds.iter().any(|build| build.targets != last.targets),
        }
    }

    /// The text after `msg` turned the bar from `before` to `after`, while `build` was on show.
    pub fn edit(&self, msg: &Msg, before: &Choice, after: &Choice, build: usize) -> ScenarioText {
        let mut text = self.text.clone();
        if after.engine != before.engine {
            text.engine = Word::from(after.engine.id);
            let overrides = after.engine.overrides().into_iter();
            text.set = Keyed(overrides.map(|(name, v)| (Word::from(name), Setting(v))).collect());
        }
        if after.policy != before.policy {
            let policy = Some(after.policy).filter(|p| *p != CachePolicy::Unverified);
            text.cache.get_or_insert_with(CacheText::default).policy = policy;
        }
        let targets = || match &after.targets {
            TargetChoice::All => None,
            TargetChoice::Labels(labels) => Some(labels.iter().cloned().map(Word::from).collect()),
        };
        let is_of_builds =
            matches!(msg, Msg::Download(_) | Msg::Jobs(_) | Msg::KeepGoing(_) | Msg::Targets(_));
        for build in is_of_builds.then(|| builds(&mut text)).into_iter().flatten() {
            match msg {
                Msg::Download(mode) => build.download = Some(*mode),
                Msg::Jobs(_) => build.jobs = Some(after.jobs),
                Msg::KeepGoing(keep_going) => build.keep_going = Some(*keep_going),
                Msg::Targets(_) => build.targets = targets(),
                _ => {}
            }
        }
        let back: Vec<Eviction> = missing(&before.evictions, &after.evictions);
        let gone: Vec<Eviction> = missing(&after.evictions, &before.evictions);
        self.put_back(&mut text, &back);
        if !gone.is_empty() {
            let n_builds = builds(&mut text).len();
            let evict = &mut builds(&mut text)[build.min(n_builds - 1)].evict;
            evict.get_or_insert_default().extend(gone.iter().map(|e| self.selector(*e)));
        }
        // One build of which nothing is said is what a file has that names none.
        let is_plain = |list: &Vec<BuildText>| *list == [BuildText::default()];
        if self.own.build.is_none() && text.build.as_ref().is_some_and(is_plain) {
            text.build = None;
        }
        text
    }

    /// Takes `back` out of all that the text evicts. What a selector selects is spelt out only
    /// where it selected something of it.
    fn put_back(&self, text: &mut ScenarioText, back: &[Eviction]) {
        let rest = |all: &[Eviction]| -> Option<Option<Vec<Word>>> {
            let kept = missing(all, back);
            let words = || kept.iter().map(|&eviction| self.selector(eviction)).collect();
            (kept.len() < all.len()).then(|| Some(words()).filter(|w: &Vec<Word>| !w.is_empty()))
        };
        if let (Some(minus), Some(cache)) = (rest(&self.lacks), &mut text.cache) {
            cache.minus = minus;
        }
        for (i, build) in self.play.scenario.builds.iter().enumerate() {
            if let Some(evict) = rest(&build.evict) {
                builds(text)[i].evict = evict;
            }
        }
    }

    /// Words that select `eviction` and nothing else.
    fn selector(&self, eviction: Eviction) -> Word {
        let graph = &self.play.graph;
        let is_only = |label: &str| graph.action_ids().filter(|&a| graph.label(a) == label).count();
        let name = match eviction.kind {
            CacheKind::Cas => {
                let artifact = graph.artifacts_of_blob(eviction.blob).next();
                artifact.map(|artifact| graph.path(artifact).to_owned())
            }
            CacheKind::Ac => {
                let label = graph.action_of_key(eviction.blob).map(|action| graph.label(action));
                label
                    .filter(|label| label.starts_with("//") && is_only(label) == 1)
                    .map(str::to_owned)
            }
        };
        let half = if eviction.kind == CacheKind::Ac { "ac" } else { "cas" };
        let hex = || format!("{half}:{}", graph.blobs().digest(eviction.blob).hex());
        Word::from(name.unwrap_or_else(hex))
    }
}

/// What differs from build to build.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Mixed {
    /// The download modes.
    pub download: bool,
    /// The jobs.
    pub jobs: bool,
    /// The targets.
    pub targets: bool,
}

/// The builds of `text`, which has one if it names none.
fn builds(text: &mut ScenarioText) -> &mut Vec<BuildText> {
    let builds = text.build.get_or_insert_with(|| vec![BuildText::default()]);
    if builds.is_empty() {
        builds.push(BuildText::default());
    }
    builds
}

/// What of `all` is not in `less`.
fn missing(all: &[Eviction], less: &[Eviction]) -> Vec<Eviction> {
    let less: BTreeSet<Eviction> = less.iter().copied().collect();
    all.iter().copied().filter(|eviction| !less.contains(eviction)).collect()
}

/// What `whole` holds and `rest` does not.
fn taken(whole: &Cache, rest: &Cache) -> Vec<Eviction> {
    let mut taken = Vec::new();
    for (kind, whole, rest) in
        [(CacheKind::Cas, &whole.cas, &rest.cas), (CacheKind::Ac, &whole.ac, &rest.ac)]
    {
        let gone = whole.iter().filter(|&blob| !rest.contains(blob));
        taken.extend(gone.map(|blob| Eviction { kind, blob }));
    }
    taken
}
