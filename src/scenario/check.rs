//! Whether a trace is what a scenario file expects.

use crate::model::{ActionId, ArtifactId};
use crate::rewind::{Holdings, Moment, Trace};

use super::choices::halt_name;
use super::compile::Play;
use super::error::{Place, Problem, ScenarioError, Word};
use super::expect_text::ExpectText;
use super::found::{
    Counts, Found, dirtied, executed, failed, hit, outdated, request_names, skipped, written,
};
use super::names::Names;
use super::text::ScenarioText;

/// One expectation and what came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Check {
    /// Which build, counted from 1.
    pub build: usize,
    /// Key of the expectation, such as `executed`.
    pub key: &'static str,
    /// Where the file says so.
    pub place: Place,
    /// What the file expects, as far as it differs.
    pub expected: String,
    /// What was found instead.
    pub found: String,
    /// Whether it holds.
    pub holds: bool,
}

impl ScenarioText {
    /// Compares `trace`, the plan of `play`, with the expectations, in the order of the builds. An
    /// error if an expectation names what is not there.
    pub fn check(
        &self,
        file: &str,
        play: &Play,
        trace: &Trace,
    ) -> Result<Vec<Check>, ScenarioError> {
        let Some(expect) = &self.expect else { return Ok(Vec::new()) };
        let names = Names::new(&play.graph);
        let all = || -> Result<Vec<Check>, Problem> {
            let mut checks = Vec::new();
            for (build, expect) in expect.build.iter().flatten().enumerate() {
                checks.extend(check_build(expect, build, &names, play, trace)?);
            }
            let last = trace.builds.len().saturating_sub(1);
            checks.extend(check_build(expect, last, &names, play, trace)?);
            Ok(checks)
        };
        all().map_err(|problem| problem.in_file(file))
    }
}

impl Names<'_> {
    pub fn lost_name(&self, consumer: Option<ActionId>, artifact: ArtifactId) -> String {
        let path = self.graph.path(artifact);
        consumer.map_or(path.to_owned(), |action| format!("{}: {path}", self.action_name(action)))
    }

    /// `//:a x2` to the action and how often.
    fn counted(&self, word: &Word) -> Result<(String, u64), Problem> {
        let (word, n) = split_count(word);
        Ok((self.action_name(self.action(&word)?), n))
    }

    fn counted_loss(&self, word: &Word) -> Result<(String, u64), Problem> {
        let (word, n) = split_count(word);
        let part = |text: &str| Word { text: text.trim().to_owned(), place: word.place };
        let Some((consumer, path)) = word.text.split_once(": ") else {
            return Ok((self.lost_name(None, self.artifact(&word)?), n));
        };
        let consumer = self.action(&part(consumer))?;
        Ok((self.lost_name(Some(consumer), self.artifact(&part(path))?), n))
    }
}

/// A number after ` x` at the end says how often.
fn split_count(word: &Word) -> (Word, u64) {
    let split = word.text.rsplit_once(" x");
    let counted = split.and_then(|(name, n)| Some((name.trim_end(), n.parse().ok()?)));
    let (name, n) = counted.unwrap_or((&word.text, 1));
    (Word { text: name.to_owned(), place: word.place }, n)
}

struct Checker<'a> {
    build: usize,
    place: Place,
    checks: Vec<Check>,
    found: Found<'a>,
}

fn check_build(
    expect: &ExpectText,
    build: usize,
    names: &Names<'_>,
    play: &Play,
    trace: &Trace,
) -> Result<Vec<Check>, Problem> {
    if build >= trace.builds.len() {
        let problem = format!("no build {}: the scenario has {}", build + 1, trace.builds.len());
        return Err(Problem::new(expect.place, problem, "Add a [[build]], or leave this out"));
    }
    let found = Found::new(names, trace, build);
    let mut checker = Checker { build: build + 1, place: expect.place, checks: Vec::new(), found };
    checker.outcome(expect);
    checker.actions(expect)?;
    checker.requests(expect)?;
    checker.after(expect, play, trace)?;
    Ok(checker.checks)
}

impl Checker<'_> {
    fn outcome(&mut self, expect: &ExpectText) {
        let outcome = self.found.outcome;
        self.value("success", expect.success, outcome.success);
        self.value("exit_code", expect.exit_code, outcome.exit_code);
        self.value("attempts", expect.attempts, outcome.attempts);
        self.value("rewinds", expect.rewinds, outcome.rewinds);
        let found = outcome.halt.map_or("none", halt_name);
        self.value("halt", expect.halt.map(halt_name), found);
        for part in expect.message.iter().flat_map(|texts| &texts.0) {
            let holds = outcome.message.contains(&part.text);
            let found = if holds { String::new() } else { format!("{:?}", outcome.message) };
            self.push("message", holds, format!("{:?} in it", part.text), found);
        }
        let clock_ms = expect.clock_ms.map(|ms| (ms, self.found.clock_ms()));
        if let Some((expected, found)) = clock_ms {
            self.value("clock_ms", Some(expected), found);
        }
    }

    fn actions(&mut self, expect: &ExpectText) -> Result<(), Problem> {
        self.multiset("executed", &expect.executed, |found| found.counts(executed))?;
        self.multiset("dirtied", &expect.dirtied, |found| found.counts(dirtied))?;
        self.multiset("outdated", &expect.outdated, |found| found.counts(outdated))?;
        self.multiset("failed", &expect.failed, |found| found.counts(failed))?;
        self.multiset("skipped", &expect.skipped, |found| found.counts(skipped))?;
        self.multiset("hits", &expect.hits, |found| found.counts(hit))?;
        if let Some(words) = &expect.lost {
            let names = self.found.names;
            let expected = count(words, |word| names.counted_loss(word))?;
            let found = self.found.lost();
            self.compare("lost", &expected, &found);
        }
        if let Some(words) = &expect.executed_order {
            let names = self.found.names;
            let name = |word| names.action(word).map(|action| names.action_name(action));
            let expected: Vec<String> = words.iter().map(name).collect::<Result<_, _>>()?;
            let found = self.found.executed();
            self.order("executed_order", &expected, &found);
        }
        Ok(())
    }

    fn requests(&mut self, expect: &ExpectText) -> Result<(), Problem> {
        for (name, expected) in &expect.requests.0 {
            let Some((_, is_it)) = request_names().find(|(known, _)| *known == name.text) else {
                let known: Vec<String> = request_names().map(|(known, _)| known).collect();
                let what = ("no count of requests", name.text.as_str());
                let known = known.iter().map(String::as_str);
                return Err(Problem::unknown(name.place, what, known));
            };
            let found = self.found.n_requests(is_it);
            let expected = format!("{} = {expected}", name.text);
            let found = format!("{} = {found}", name.text);
            self.push("requests", expected == found, expected, found);
        }
        Ok(())
    }

    /// What is where when the build has ended.
    fn after(&mut self, expect: &ExpectText, play: &Play, trace: &Trace) -> Result<(), Problem> {
        let names = self.found.names;
        if let Some(words) = &expect.local {
            let path = |word: &Word| Ok((names.graph.path(names.artifact(word)?).to_owned(), 1));
            let expected = count(words, path)?;
            let local = self.found.outcome.local.iter();
            let found = local.map(|&artifact| (names.graph.path(artifact).to_owned(), 1)).collect();
            self.compare("local", &expected, &found);
        }
        if expect.cached.is_none() && expect.not_cached.is_none() {
            return Ok(());
        }
        let end = self.found.outcome.end_event;
        let cache = Moment::after(&play.graph, &play.cache, trace, end).cache;
        self.cache("cached", expect.cached.as_deref(), true, (names, play, &cache))?;
        self.cache("not_cached", expect.not_cached.as_deref(), false, (names, play, &cache))
    }

    fn cache(
        &mut self,
        key: &'static str,
        words: Option<&[Word]>,
        wanted: bool,
        (names, play, cache): (&Names<'_>, &Play, &Holdings),
    ) -> Result<(), Problem> {
        for word in words.unwrap_or_default() {
            let selected = names.select(std::slice::from_ref(word), &play.cache)?;
            let wrong = selected.iter().find(|s| cache.contains(s.kind, s.blob) != wanted);
            let state = |is_there| if is_there { "is there" } else { "is not there" };
            let found = wrong.map_or(String::new(), |s| {
                let digest = names.graph.blobs().digest(s.blob).short();
                format!("{digest} {}", state(!wanted))
            });
            let expected = format!("{} {}", word.text, state(wanted));
            self.push(key, wrong.is_none(), expected, found);
        }
        Ok(())
    }

    fn multiset(
        &mut self,
        key: &'static str,
        words: &Option<Vec<Word>>,
        found: impl Fn(&Found<'_>) -> Counts,
    ) -> Result<(), Problem> {
        if let Some(words) = words {
            let names = self.found.names;
            let expected = count(words, |word| names.counted(word))?;
            let found = found(&self.found);
            self.compare(key, &expected, &found);
        }
        Ok(())
    }

    fn value<T: PartialEq + ToString>(&mut self, key: &'static str, expected: Option<T>, found: T) {
        if let Some(expected) = expected {
            self.push(key, expected == found, expected.to_string(), found.to_string());
        }
    }

    /// The first difference of two multisets.
    fn compare(&mut self, key: &'static str, expected: &Counts, found: &Counts) {
        let of = |counts: &Counts, name: &String| counts.get(name).copied().unwrap_or(0);
        let mut names = expected.keys().chain(found.keys());
        match names.find(|name| of(expected, name) != of(found, name)) {
            Some(name) => {
                let told = |counts| format!("{name} x{}", of(counts, name));
                self.push(key, false, told(expected), told(found));
            }
            None => {
                let all: Vec<String> = written(expected);
                self.push(key, true, format!("[{}]", all.join(", ")), String::new());
            }
        }
    }

    /// The first difference of two lists.
    fn order(&mut self, key: &'static str, expected: &[String], found: &[String]) {
        let n = expected.len().max(found.len());
        match (0..n).find(|&i| expected.get(i) != found.get(i)) {
            Some(i) => {
                let at = |list: &[String]| list.get(i).map_or("nothing", String::as_str).to_owned();
                let told = |list: &[String]| format!("{} in place {}", at(list), i + 1);
                self.push(key, false, told(expected), told(found));
            }
            None => self.push(key, true, format!("[{}]", expected.join(", ")), String::new()),
        }
    }

    fn push(&mut self, key: &'static str, holds: bool, expected: String, found: String) {
        let (build, place) = (self.build, self.place);
        self.checks.push(Check { build, key, place, expected, found, holds });
    }
}

fn count(
    words: &[Word],
    name: impl Fn(&Word) -> Result<(String, u64), Problem>,
) -> Result<Counts, Problem> {
    let mut counts = Counts::new();
    for word in words {
        let (name, n) = name(word)?;
        *counts.entry(name).or_default() += n;
    }
    Ok(counts)
}
