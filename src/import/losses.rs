//! The messages about lost blobs, taken apart one by one.

use super::facts::ContentDigest;
use crate::model::{Digest, DigestFunction};

/// A blob that a message calls lost.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LostBlob {
    /// Name and, where told, size.
    pub content: ContentDigest,
    /// The path of the artifact, where told: from the execution root, or from an output root.
    pub path: Option<String>,
    /// The action that failed on it, in the tool's words, where told.
    pub consumer: Option<String>,
}

/// What console text tells of a build and of what it lost.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LossFacts {
    /// Distinct blobs, in the order first named.
    pub lost: Vec<LostBlob>,
    /// Paths that are called lost without a digest, distinct.
    pub lost_paths: Vec<String>,
    /// Losses that were counted and not named.
    pub n_unnamed: u64,
    /// Actions that failed on a loss, in the tool's words, distinct.
    pub failed_actions: Vec<String>,
    /// How often the whole build was tried again.
    pub n_retries: u64,
    /// Rewinds that the text tells of.
    pub n_rewinds: u64,
    /// Exit code, where told.
    pub exit_code: Option<u8>,
    /// Whether the build came to a good end, where told.
    pub succeeded: Option<bool>,
    /// Digests that could not be read.
    pub n_cut: u64,
}

impl LossFacts {
    /// Whether the text tells of no loss.
    pub fn is_empty(&self) -> bool {
        self.lost.is_empty()
            && self.lost_paths.is_empty()
            && self.n_unnamed == 0
            && self.n_cut == 0
            && self.n_retries == 0
    }

    fn lose(&mut self, found: Option<(ContentDigest, &str)>, path: Option<&str>) {
        let Some((content, _)) = found else {
            self.n_cut += 1;
            return;
        };
        let path = path.filter(|path| !path.is_empty()).map(str::to_owned);
        match self.lost.iter_mut().find(|lost| lost.content.digest == content.digest) {
            Some(known) => {
                known.content.size_bytes = known.content.size_bytes.or(content.size_bytes);
                known.path = known.path.take().or(path);
            }
            None => self.lost.push(LostBlob { content, path, consumer: None }),
        }
    }

    fn n_told(&self) -> u64 {
        self.lost.len() as u64 + self.lost_paths.len() as u64 + self.n_unnamed + self.n_cut
    }
}

/// Adds what one message tells.
pub(super) fn add(facts: &mut LossFacts, text: &str) {
    outcome(facts, text);
    // Messages are looked for without their blanks: a terminal may have put some into the words.
    let squeezed = Squeezed::of(text);
    // `Found transient remote cache error, …` from 8.0 on, `Found remote cache eviction error, …`
    // before.
    facts.n_retries += squeezed.after(" error, retrying the build...").count() as u64;
    let (before, n_lost) = (facts.n_told(), facts.lost.len());
    for rest in squeezed.after("Failed to fetch file with hash '") {
        facts.lose(digest(rest), None);
    }
    for rest in squeezed.after("Missing digest: ") {
        let found = digest(rest);
        let path = found.and_then(|(_, rest)| rest.trim_start().strip_prefix("for"));
        let path = path.map(|path| word(path.trim_start()));
        facts.lose(found, path);
    }
    for marker in ["lost inputs with digests: ", "lost outputs with digests: "] {
        squeezed.after(marker).for_each(|rest| digests(facts, rest));
    }
    for rest in squeezed.after("no longer available remotely: ") {
        paths_with_digests(facts, rest);
    }
    for rest in squeezed.after("pass --rewind_lost_inputs to enable recovery): ") {
        word(rest).split(',').for_each(|path| lose_path(facts, path));
    }
    too_often(facts, &squeezed);
    buck(facts, &squeezed, text);
    for rest in squeezed.before("errors during bulk transfer") {
        let n_named = facts.n_told() - before;
        let n = rest.rsplit(' ').next().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
        // Bazel 7 lists them on the lines below, Bazel 4 not at all.
        let are_listed = text.contains("do not exist remotely.: ");
        facts.n_unnamed += if are_listed { 0 } else { n.min(1 << 20).saturating_sub(n_named) };
    }
    if facts.n_told() > before || text.contains("errors during bulk transfer") {
        let consumer = failed_action(facts, text);
        for lost in &mut facts.lost[n_lost..] {
            lost.consumer.clone_from(&consumer);
        }
    }
}

/// A record without blanks, and where its characters were.
struct Squeezed<'t> {
    text: &'t str,
    squeezed: String,
    /// Per byte of `squeezed`, its place in `text`.
    places: Vec<usize>,
}

impl<'t> Squeezed<'t> {
    fn of(text: &'t str) -> Self {
        let (mut squeezed, mut places) = (String::new(), Vec::new());
        for (at, c) in text.char_indices().filter(|(_, c)| *c != ' ') {
            squeezed.push(c);
            places.extend((0..c.len_utf8()).map(|byte| at + byte));
        }
        Self { text, squeezed, places }
    }

    /// What follows each `marker`.
    fn after(&self, marker: &str) -> impl Iterator<Item = &'t str> {
        let marker = marker.replace(' ', "");
        let ends: Vec<usize> =
            self.squeezed.match_indices(&marker).map(|(at, found)| at + found.len()).collect();
        let text = self.text;
        ends.into_iter().map(move |end| {
            let at = self.places.get(end - 1).map_or(text.len(), |place| place + 1);
            text[at..].trim_start()
        })
    }

    /// What stands before each `marker`.
    fn before(&self, marker: &str) -> impl Iterator<Item = &'t str> {
        let marker = marker.replace(' ', "");
        let starts: Vec<usize> = self.squeezed.match_indices(&marker).map(|m| m.0).collect();
        let text = self.text;
        starts
            .into_iter()
            .filter_map(move |start| Some(text[..*self.places.get(start)?].trim_end()))
    }
}

/// `HASH`, `HASH/SIZE` or `HASH:SIZE` at the start of `text`, and what follows.
fn digest(text: &str) -> Option<(ContentDigest, &str)> {
    let text = text.trim_start_matches(['\'', '`', '"', ' ']);
    let n_digits = text.bytes().take_while(u8::is_ascii_hexdigit).count();
    let (hex, rest) = text.split_at(n_digits);
    // At the very end a short one is more likely a long one cut off.
    let is_cut = rest.is_empty() && n_digits < 64;
    let function = DigestFunction::from_n_bytes(n_digits / 2).filter(|_| !is_cut)?;
    let digest = Digest::from_hex(hex, Some(function)).ok()?;
    let size = rest.strip_prefix(['/', ':']).map(|size| {
        let n = size.bytes().take_while(u8::is_ascii_digit).count();
        size.split_at(n)
    });
    Some(match size {
        Some((size, rest)) if !size.is_empty() => {
            (ContentDigest { digest, size_bytes: size.parse().ok() }, rest)
        }
        _ => (ContentDigest { digest, size_bytes: None }, rest),
    })
}

/// Up to the next blank; tools quote no paths.
fn word(text: &str) -> &str {
    text.split(' ').next().unwrap_or_default()
}

fn lose_path(facts: &mut LossFacts, path: &str) {
    if !path.is_empty() && !facts.lost_paths.iter().any(|known| known == path) {
        facts.lost_paths.push(path.to_owned());
    }
}

/// `HASH/SIZE,HASH/SIZE` (Bazel 8).
fn digests(facts: &mut LossFacts, list: &str) {
    let mut list = list;
    loop {
        let found = digest(list);
        facts.lose(found, None);
        match found.and_then(|(_, rest)| rest.trim_start().strip_prefix(',')) {
            Some(rest) => list = rest.trim_start(),
            None => return,
        }
    }
}

/// `PATH (HASH/SIZE), PATH (HASH/SIZE)` (Bazel 9).
fn paths_with_digests(facts: &mut LossFacts, list: &str) {
    let mut list = list;
    while let Some((path, rest)) = list.split_once('(') {
        let path = path.trim();
        let found = digest(rest);
        facts.lose(found, Some(path));
        let after = found.and_then(|(_, rest)| rest.trim_start().strip_prefix(')'));
        match after.and_then(|rest| rest.trim_start().strip_prefix(',')) {
            Some(rest) => list = rest.trim_start(),
            None => return,
        }
    }
}

/// `ActionRewindStrategy`: an input, or a top-level output, that rewinding did not bring back.
fn too_often(facts: &mut LossFacts, squeezed: &Squeezed<'_>) {
    let path: Vec<&str> = squeezed
        .after("lostInput: ")
        .map(|rest| rest.split(',').next().unwrap_or_default())
        .map(|input| input.rsplit(']').next().unwrap_or_default())
        .map(|input| input.strip_prefix("File:").unwrap_or(input))
        .collect();
    for (i, rest) in squeezed.after("lostInput digest: ").enumerate() {
        facts.lose(digest(rest), path.get(i).copied());
    }
    for rest in squeezed.after("Lost output ") {
        let Some((path, rest)) = rest.split_once(" (digest ") else { continue };
        facts.lose(digest(rest), Some(path));
    }
    let number = |rest: &str| {
        let n = rest.bytes().take_while(u8::is_ascii_digit).count();
        rest[..n].parse::<u64>().ok()
    };
    for n in squeezed.after("lost input too many times (#").filter_map(number) {
        facts.n_rewinds += n.saturating_sub(1);
    }
    for n in squeezed.after("rewinding was ineffective after ").filter_map(number) {
        facts.n_rewinds += n;
    }
    facts.n_rewinds += squeezed.after("Preparing rewind plan for ").count() as u64;
}

/// Buck2: `CasNotFoundError` in `materializer.rs`, and `uploader.rs` before and with #1349.
fn buck(facts: &mut LossFacts, squeezed: &Squeezed<'_>, text: &str) {
    if text.contains("expired in the RE CAS") {
        let information = squeezed.after("Debug information: ").next().unwrap_or_default();
        let path = information.strip_prefix("Path: ").map(word);
        let list = information.split_once("Directory:").map_or(information, |(_, list)| list);
        // `PATH: DIGEST`, once a file.
        let words = list.split(' ').filter(|word| !word.is_empty());
        let mut named = None;
        for word in words {
            match digest(word) {
                Some(found) => facts.lose(Some(found), named.take().or(path)),
                None => named = word.strip_suffix(':'),
            }
        }
    }
    for rest in squeezed.after("Action execution requires artifact `") {
        facts.lose(digest(rest), None);
    }
    for rest in squeezed.after("Action execution requires ") {
        if rest.contains("artifacts that are missing from remote CAS") {
            facts.n_unnamed += word(rest).parse::<u64>().unwrap_or(0).min(1 << 20);
        }
    }
}

/// `ERROR: FILE:LINE:COLUMN: WHAT failed: …`: what.
fn failed_action(facts: &mut LossFacts, text: &str) -> Option<String> {
    let (_, rest) = text.split_once("ERROR: ")?;
    let rest = rest.trim_start();
    let what = match rest.split_once(' ') {
        Some((place, what)) if place.matches(':').count() >= 2 && place.contains("BUILD") => what,
        _ => rest,
    };
    let what = match what.strip_prefix("Couldn't build file ").and_then(|w| w.split_once(": ")) {
        Some((_, what)) => what,
        None => what,
    };
    let (what, _) = what.split_once(" failed")?;
    if !facts.failed_actions.iter().any(|known| known == what) {
        facts.failed_actions.push(what.to_owned());
    }
    Some(what.to_owned())
}

fn outcome(facts: &mut LossFacts, text: &str) {
    if text.contains("Build did NOT complete successfully") {
        facts.succeeded = Some(false);
    } else if text.contains("Build completed successfully") {
        facts.succeeded = Some(true);
    }
    // `(Exit 1)` and the status of a command are of an action, not of the build.
    if text.contains("error executing ") || text.contains(": Process exited with status ") {
        return;
    }
    let lower = text.to_ascii_lowercase();
    for marker in ["exit code ", "exit code: ", "exit status ", "exited with ", "non-zero status: "]
    {
        let code = lower.rsplit_once(marker).map(|(_, rest)| {
            let rest = rest.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
            let n = rest.bytes().take_while(u8::is_ascii_digit).count();
            rest[..n].parse().ok()
        });
        facts.exit_code = code.flatten().or(facts.exit_code);
    }
}
