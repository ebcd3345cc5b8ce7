//! Random scenario files that use every key of the format.

use rewindow::model::{ActionKind, CacheKind, Tier};
use rewindow::rewind::{
    CachePolicy, DownloadMode, Executor, Halt, Lifetime, Protocol, Report, engines,
};
use rewindow::scenario::{
    ActionLine, ActionText, ArtifactText, BuildText, CacheText, Content, ContentText,
    DiskCacheText, EntryText, ExecutionText, ExpectText, FaultText, Half, How, Keyed, RevisedText,
    RevisionText, ScenarioText, Selection, Setting, ShareText, Strike, Texts, UnusedText, Word,
};

/// splitmix64.
pub struct Dice(pub u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn often(&mut self) -> bool {
        self.below(3) == 0
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    fn some<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.often().then(|| make(self))
    }

    fn bool(&mut self) -> bool {
        self.below(2) == 0
    }

    fn few<T>(&mut self, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(4)).map(|_| make(self)).collect()
    }

    fn some_of(&mut self, from: &[String]) -> Vec<Word> {
        if from.is_empty() { vec![] } else { self.few(|dice| dice.pick(from).into()) }
    }

    fn word(&mut self) -> Word {
        let odd = ["plain", "two words", "", "\"quoted\"", "a\nb", "tab\t", "é ü", "\\", "x'y"];
        self.pick(&odd).into()
    }

    /// Content; one size for each name, as a file has to.
    fn content(&mut self) -> Content {
        let n = self.below(5);
        let name = |n: usize| Word::from(format!("shared {n}"));
        match self.below(6) {
            0 => Content::Own,
            1 => Content::Named("empty".into()),
            2 => Content::Named(name(n)),
            3 => {
                let (name, size_bytes) = (Some(name(n + 5)), Some(n as u64 + 1));
                Content::Exact(ContentText { name, size_bytes, ..ContentText::default() })
            }
            4 => {
                let digest = Some(format!("{n:08x}").repeat(8).into());
                let size_bytes = (n > 2).then_some(n as u64);
                Content::Exact(ContentText { digest, size_bytes, ..ContentText::default() })
            }
            _ => Content::Exact(ContentText {
                digest: Some(format!("BLAKE3:{}", format!("{n:08x}").repeat(8)).into()),
                ..ContentText::default()
            }),
        }
    }
}

/// Names of what a file has.
struct Known {
    labels: Vec<String>,
    outputs: Vec<String>,
    sources: Vec<String>,
    /// Outputs that no other thing is called like.
    keyed: Vec<String>,
}

impl Known {
    fn actions(&self, dice: &mut Dice) -> Vec<Word> {
        let all = [self.labels.as_slice(), &self.outputs].concat();
        dice.some_of(&all)
    }

    fn selectors(&self, dice: &mut Dice) -> Vec<Word> {
        let keys = self.keyed.iter().map(|output| format!("ac:{output}"));
        let fixed = ["all", "ac:all", "path:o*"].map(str::to_owned);
        let all: Vec<String> = self.outputs.iter().cloned().chain(keys).chain(fixed).collect();
        dice.some_of(&all)
    }

    fn half(&self, dice: &mut Dice, kind: CacheKind) -> Selection {
        let names: Vec<String> = match kind {
            CacheKind::Ac => self.keyed.iter().map(|output| format!("ac:{output}")).collect(),
            CacheKind::Cas => self.outputs.clone(),
        };
        match dice.below(3) {
            0 => Selection::All,
            1 => Selection::None,
            _ => Selection::These(dice.some_of(&names)),
        }
    }
}

/// A file that can be compiled.
pub fn scenario(dice: &mut Dice) -> ScenarioText {
    let (actions, artifacts, known) = graph(dice);
    let engine = dice.pick(engines());
    let revision: Option<Vec<_>> = dice.some(|dice| dice.few(|dice| revision(dice, &known)));
    let n_revisions = revision.as_ref().map_or(0, Vec::len);
    let build = dice.some(|dice| dice.few(|dice| build(dice, &known, n_revisions)));
    let n_builds = build.as_ref().map_or(1, Vec::len);
    let fault = dice.some(|dice| dice.few(|dice| fault(dice, &known, n_builds)));
    let on_this = dice.bool();
    ScenarioText {
        rewindow: 1,
        title: dice.some(Dice::word),
        about: dice.some(Dice::word),
        rules: dice.some(|dice| dice.few(Dice::word)),
        contrast: dice.some(Dice::word),
        engine: engine.id.into(),
        set: settings(dice),
        seed: dice.some(Dice::next),
        actions: Some(actions),
        artifacts,
        execution: dice.some(|dice| ExecutionText {
            default: dice.some(|dice| dice.pick(&[Executor::Local, Executor::Remote])),
            local: dice.some(|dice| if on_this { known.actions(dice) } else { vec![] }),
            remote: dice.some(|dice| if on_this { vec![] } else { known.actions(dice) }),
            nondeterministic: dice.some(|dice| known.actions(dice)),
            upload_ms: dice.some(Dice::next),
            ..ExecutionText::default()
        }),
        cache: dice.some(|dice| cache(dice, &known)),
        disk_cache: dice.some(|dice| DiskCacheText {
            ac: dice.some(|dice| known.half(dice, CacheKind::Ac)),
            cas: dice.some(|dice| known.half(dice, CacheKind::Cas)),
            minus: dice.some(|dice| known.selectors(dice)),
            ..DiskCacheText::default()
        }),
        revision,
        fault,
        build,
        expect: dice
            .some(|dice| ExpectText { build: dice.some(|dice| dice.few(expect)), ..expect(dice) }),
        ..ScenarioText::default()
    }
}

fn settings(dice: &mut Dice) -> Keyed<Setting> {
    let all = [("retries", "7"), ("coarse_lock", "true"), ("on_loss", "rewind"), ("cap", "3")];
    let from = dice.below(all.len());
    let mut chosen: Vec<_> = all[from..].to_vec();
    if !chosen.iter().any(|c| c.0 == "on_loss") {
        chosen.clear();
    }
    chosen.sort_unstable();
    Keyed(chosen.into_iter().map(|(n, v)| (n.into(), Setting(v.to_owned()))).collect())
}

/// Action `i` writes `oi` and sometimes `d/pi`; it reads sources and what those before it write.
fn graph(dice: &mut Dice) -> (Vec<ActionLine>, Keyed<ArtifactText>, Known) {
    let sources: Vec<String> = (0..3).map(|i| format!("s{i}")).collect();
    let labels = ["//:a", "//:b", "//pkg:c d", "//x:\"y\"", "root//a:b (cfg:linux#0)", "//:e: f"];
    let kinds = [ActionKind::Internal, ActionKind::Symlink, ActionKind::Template];
    let mut known = Known { labels: vec![], outputs: vec![], sources, keyed: vec![] };
    let (mut actions, mut artifacts) = (Vec::new(), Vec::new());
    for i in 0..1 + dice.below(7) {
        let all = [known.sources.as_slice(), &known.outputs].concat();
        let mut inputs: Vec<String> = dice.few(|dice| dice.pick(&all));
        inputs.sort();
        inputs.dedup();
        let mut outputs = vec![format!("o{i}")];
        if dice.often() {
            outputs.push(format!("d/with blank {i}"));
        }
        let kind = dice.some(|dice| dice.pick(&kinds)).filter(|k| *k != ActionKind::Template);
        let label = dice.pick(&labels);
        if kind.is_none() {
            known.keyed.push(outputs[0].clone());
        }
        let words = |texts: &[String]| Some(texts.iter().map(|t| t.as_str().into()).collect());
        actions.push(ActionLine(ActionText {
            label: label.into(),
            inputs: words(&inputs),
            outputs: words(&outputs),
            mnemonic: dice.some(|dice| dice.pick(&["Javac", "Genrule", ""]).into()),
            kind,
            duration_ms: dice.some(|dice| dice.below(5000) as u32),
            stdout: dice.some(Dice::content),
            stderr: dice.some(Dice::content),
            command: dice.some(Dice::content),
            nondeterministic: dice.some(Dice::bool),
            ..ActionText::default()
        }));
        if dice.often() {
            let tree = ArtifactText {
                files: Some(words(&[format!("o{i}/x"), format!("o{i}/y")]).unwrap_or_default()),
                ..ArtifactText::default()
            };
            artifacts.push((outputs[0].as_str().into(), tree));
        } else if dice.often() {
            let told = ArtifactText {
                content: dice.some(Dice::content),
                in_memory: dice.some(Dice::bool),
                ..ArtifactText::default()
            };
            artifacts.push((outputs[0].as_str().into(), told));
        }
        known.labels.push(label.to_owned());
        known.outputs.extend(outputs);
    }
    known.sources.retain(|source| is_read(&actions, source));
    if let Some(source) = known.sources.first().filter(|_| dice.often()) {
        let unknown_generated = Some(dice.bool());
        let told = ArtifactText { unknown_generated, ..ArtifactText::default() };
        artifacts.push((source.as_str().into(), told));
    }
    artifacts.sort_by(|a: &(Word, _), b| a.0.text.cmp(&b.0.text));
    (actions, Keyed(artifacts), known)
}

fn is_read(actions: &[ActionLine], path: &str) -> bool {
    let inputs = actions.iter().flat_map(|line| line.0.inputs.iter().flatten());
    inputs.into_iter().any(|input| input.text == path)
}

fn cache(dice: &mut Dice, known: &Known) -> CacheText {
    let lifetimes = [Lifetime::TouchesBlobs, Lifetime::KeepsBlobs, Lifetime::EvictsTogether];
    let entry = |dice: &mut Dice| EntryText {
        action: dice.pick(&known.keyed).into(),
        broken: dice.some(Dice::bool),
        stdout: dice.some(Dice::content),
        stderr: dice.some(Dice::content),
        ..EntryText::default()
    };
    CacheText {
        ac: dice.some(|dice| known.half(dice, CacheKind::Ac)).filter(|_| !known.keyed.is_empty()),
        cas: dice.some(|dice| known.half(dice, CacheKind::Cas)),
        minus: dice.some(|dice| known.selectors(dice)),
        entry: dice.some(|dice| if known.keyed.is_empty() { vec![] } else { dice.few(entry) }),
        policy: dice.some(|dice| dice.pick(&[CachePolicy::Verified, CachePolicy::Unverified])),
        protocol: dice.some(|dice| dice.pick(&[Protocol::Http, Protocol::Grpc])),
        lifetime: dice.some(|dice| dice.pick(&lifetimes)),
        cas_bytes: dice.some(Dice::next),
        ac_entries: dice.some(Dice::next),
        ..CacheText::default()
    }
}

fn revision(dice: &mut Dice, known: &Known) -> RevisionText {
    let mut artifacts: Vec<(Word, Content)> =
        dice.few(|dice| (dice.pick(&known.outputs).into(), Content::Named(dice.word())));
    artifacts.sort_by(|a, b| a.0.text.cmp(&b.0.text));
    artifacts.dedup_by(|a, b| a.0 == b.0);
    let action = dice.some(|dice| {
        dice.few(|dice| RevisedText {
            action: dice.pick(&known.outputs).into(),
            key: dice.some(Dice::content),
            command: dice.some(Dice::content),
            stdout: dice.some(Dice::content),
            stderr: dice.some(|_| Content::Absent),
            ..RevisedText::default()
        })
    });
    RevisionText { artifacts: Keyed(artifacts), action, ..RevisionText::default() }
}

fn build(dice: &mut Dice, known: &Known, n_revisions: usize) -> BuildText {
    let sources = &known.sources;
    BuildText {
        targets: dice.some(|dice| dice.some_of(&known.outputs)),
        download: dice.some(|dice| dice.pick(&DownloadMode::ALL)),
        clean: dice.some(Dice::bool),
        restart: dice.some(Dice::bool),
        keep_going: dice.some(Dice::bool),
        jobs: dice.some(|dice| 1 + dice.below(9) as u32),
        accept_cached: dice.some(Dice::bool),
        upload: dice.some(Dice::bool),
        async_upload: dice.some(Dice::bool),
        upload_final: dice.some(Dice::bool),
        wait_ms: dice.some(Dice::next),
        revision: dice
            .some(|dice| dice.below(n_revisions.max(1)) as u32 + 1)
            .filter(|_| n_revisions > 0),
        edit: dice.some(|dice| dice.some_of(sources)).filter(|_| !sources.is_empty()),
        evict: dice.some(|dice| known.selectors(dice)),
        order: dice.some(|dice| known.actions(dice)),
        ..BuildText::default()
    }
}

fn fault(dice: &mut Dice, known: &Known, n_builds: usize) -> FaultText {
    let halves = [None, Some(CacheKind::Ac), Some(CacheKind::Cas)];
    let of = dice.pick(&halves);
    let mut text = FaultText {
        when: dice.some(|dice| match dice.below(4) {
            0 if n_builds > 0 => Strike::BeforeBuild(1 + dice.below(n_builds) as u32),
            1 => Strike::After(dice.pick(&known.outputs).into()),
            2 => Strike::Step(dice.next()),
            _ => Strike::AtMs(dice.next()),
        }),
        how_often: dice.some(|dice| dice.pick(&[How::Once, How::Always, How::FirstUploads(3)])),
        tier: dice.some(|dice| dice.pick(&[Tier::Disk, Tier::Remote])),
        report: dice.some(|dice| dice.pick(&[Report::Typed, Report::Untyped])),
        ..FaultText::default()
    };
    match dice.below(5) {
        0 => text.evict = Some(known.selectors(dice)),
        1 => text.everything = Some(Half(of)),
        2 => {
            let percent = dice.below(101) as u8;
            text.share = Some(ShareText { of, percent, ..ShareText::default() });
        }
        3 => text.at_least_bytes = Some(dice.next()),
        _ => text.unused_for = Some(UnusedText { of, ms: dice.next(), ..UnusedText::default() }),
    }
    text
}

fn expect(dice: &mut Dice) -> ExpectText {
    let words = |dice: &mut Dice| dice.few(Dice::word);
    let halts =
        [Halt::LostInputs, Halt::LostOutput, Halt::LostTooOften, Halt::IoError, Halt::NoEnd];
    ExpectText {
        success: dice.some(Dice::bool),
        exit_code: dice.some(|dice| dice.below(256) as u8),
        attempts: dice.some(|dice| dice.below(9) as u32),
        rewinds: dice.some(|dice| dice.below(9) as u32),
        halt: dice.some(|dice| dice.pick(&halts)),
        message: dice.some(|dice| Texts(words(dice))),
        executed: dice.some(words),
        executed_order: dice.some(words),
        dirtied: dice.some(words),
        outdated: dice.some(words),
        failed: dice.some(words),
        skipped: dice.some(words),
        hits: dice.some(words),
        lost: dice.some(words),
        requests: Keyed(vec![("get_ac".into(), dice.next())]),
        clock_ms: dice.some(Dice::next),
        local: dice.some(words),
        cached: dice.some(words),
        not_cached: dice.some(words),
        ..ExpectText::default()
    }
}
