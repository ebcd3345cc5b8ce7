//! Names for what to evict: `cas:HASH`, `ac:HASH`, `path:GLOB`, `ac:LABEL`, `stdout:LABEL`, `all`.
//!
//! One grammar for the command line, the page's search box and files of selectors.

use crate::model::{ActionId, ArtifactId, BlobId, Cache, CacheKind, Graph};

use super::near::{did_you_mean, nearest};
use super::scenario::Eviction;
use super::target::{LabelPattern, distinct_labels};

/// A parsed selector.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Selector {
    /// `cas:HASH`, `ac:HASH`, a bare digest: the blob or entry whose digest starts with these
    /// lower-case digits.
    Digest {
        /// Which half.
        kind: CacheKind,
        /// At least [`PREFIX_MIN`](Self::PREFIX_MIN) digits.
        prefix: String,
    },
    /// `path:GLOB`: the contents of the artifacts at such paths. `*` stays within a component, `**`
    /// does not; a glob without `/` is matched against the last component.
    Path(glob::Pattern),
    /// `ac:LABEL`, `stdout:LABEL`, `stderr:LABEL`: what belongs to the actions of a label or label
    /// pattern, or to the action that writes an output path.
    Of(Part, String),
    /// `all`, `cas:all`, `ac:all`: every blob or every entry present.
    All(CacheKind),
}

/// What of an action is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// Its AC entry.
    AcEntry,
    /// The blob of its standard output.
    Stdout,
    /// The blob of its standard error.
    Stderr,
}

/// Why a selector is none, or selects nothing.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SelectorError {
    /// It has none of the known forms.
    #[error("'{text}' is no selector: expected {}", Selector::GRAMMAR)]
    Form {
        /// As given.
        text: String,
    },
    /// Too few digits to be meant seriously.
    #[error("'{text}' has {n_digits} digits: a digest prefix has {} or more", Selector::PREFIX_MIN)]
    Short {
        /// As given.
        text: String,
        /// How many digits.
        n_digits: usize,
    },
    /// A glob that the matcher refuses.
    #[error("'{text}' is no glob: {why} at character {at}")]
    Glob {
        /// As given.
        text: String,
        /// Position in the glob, from 0.
        at: usize,
        /// What is wrong.
        why: String,
    },
    /// No digest starts so.
    #[error(
        "no {} has a digest that starts with {prefix}: expected one that the loaded files \
         name{}", noun(*.kind), did_you_mean(.near)
    )]
    UnknownDigest {
        /// Which half.
        kind: CacheKind,
        /// As given.
        prefix: String,
        /// Selectors that would do.
        near: Vec<String>,
    },
    /// Several digests start so.
    #[error("{prefix} starts {n} digests: give more digits, of {}", .candidates.join(" or "))]
    Ambiguous {
        /// As given.
        prefix: String,
        /// How many.
        n: usize,
        /// Up to three of them.
        candidates: Vec<String>,
    },
    /// No artifact has such a path.
    #[error(
        "no artifact matches path:{glob} ('*' stays between slashes, '**' crosses them){}",
        did_you_mean(.near)
    )]
    UnknownPath {
        /// As given.
        glob: String,
        /// Paths like it.
        near: Vec<String>,
    },
    /// No action has such a label or writes such an output.
    #[error(
        "no action has label or output '{name}': expected //pkg:name, //pkg/... or an output \
         path of the loaded build{}", did_you_mean(.near)
    )]
    UnknownAction {
        /// As given.
        name: String,
        /// Labels and paths like it.
        near: Vec<String>,
    },
    /// It names things of the build, but no loaded file tells their digests.
    #[error("{what}, but no loaded file tells {missing}: add {remedy}")]
    NoDigest {
        /// What was found.
        what: String,
        /// What is not known of it.
        missing: &'static str,
        /// Which export would tell.
        remedy: &'static str,
    },
}

impl Selector {
    /// How few digits of a digest are enough.
    pub const PREFIX_MIN: usize = 8;

    /// All forms, for messages.
    pub const GRAMMAR: &str = "cas:HASH, ac:HASH, path:GLOB, ac:LABEL, stdout:LABEL, stderr:LABEL, \
                               all, cas:all, ac:all or a bare digest";

    /// Reads one selector.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        let text = text.trim();
        let form = || SelectorError::Form { text: text.to_owned() };
        if text == "all" {
            return Ok(Self::All(CacheKind::Cas));
        }
        if is_digest(text) {
            return digest(CacheKind::Cas, text, text);
        }
        let (head, rest) = text.split_once(':').ok_or_else(form)?;
        match (head, rest) {
            (_, "") => Err(form()),
            ("cas", "all") => Ok(Self::All(CacheKind::Cas)),
            ("ac", "all") => Ok(Self::All(CacheKind::Ac)),
            ("cas", _) if is_digest(rest) => digest(CacheKind::Cas, rest, text),
            ("ac", _) if is_digest(rest) => digest(CacheKind::Ac, rest, text),
            ("ac", _) if names_action(rest) => Ok(Self::Of(Part::AcEntry, rest.to_owned())),
            ("stdout", _) if names_action(rest) => Ok(Self::Of(Part::Stdout, rest.to_owned())),
            ("stderr", _) if names_action(rest) => Ok(Self::Of(Part::Stderr, rest.to_owned())),
            ("path", glob) => {
                glob::Pattern::new(glob).map(Self::Path).map_err(|error| SelectorError::Glob {
                    text: glob.to_owned(),
                    at: error.pos,
                    why: error.msg.to_owned(),
                })
            }
            _ => Err(form()),
        }
    }

    /// What it selects, ascending, each once. `cache` settles prefixes and says what `all` is;
    /// others also select what `cache` lacks at the moment, which is no loss to evict.
    pub fn resolve(&self, graph: &Graph, cache: &Cache) -> Result<Vec<Eviction>, SelectorError> {
        let (kind, mut blobs) = match self {
            Self::Digest { kind, prefix } => {
                (*kind, vec![resolve_prefix(graph, cache, *kind, prefix)?])
            }
            Self::Path(glob) => (CacheKind::Cas, resolve_path(graph, glob)?),
            Self::Of(part, name) => {
                let kind = if *part == Part::AcEntry { CacheKind::Ac } else { CacheKind::Cas };
                (kind, resolve_part(graph, cache, *part, name)?)
            }
            Self::All(CacheKind::Cas) => (CacheKind::Cas, cache.cas.iter().collect()),
            Self::All(CacheKind::Ac) => (CacheKind::Ac, cache.ac.iter().collect()),
        };
        blobs.sort_unstable();
        blobs.dedup();
        Ok(blobs.into_iter().map(|blob| Eviction { kind, blob }).collect())
    }
}

/// The prefix that a selector uses for the half `kind`.
fn head(kind: CacheKind) -> &'static str {
    match kind {
        CacheKind::Ac => "ac",
        CacheKind::Cas => "cas",
    }
}

fn noun(kind: CacheKind) -> &'static str {
    match kind {
        CacheKind::Ac => "AC entry",
        CacheKind::Cas => "blob",
    }
}

/// Hexadecimal digits, with a size after a slash or dash at most.
fn is_digest(text: &str) -> bool {
    let (hex, size) = text.split_once(['/', '-']).unwrap_or((text, "0"));
    let is_size = !size.is_empty() && size.bytes().all(|b| b.is_ascii_digit());
    !hex.is_empty() && is_size && hex.bytes().all(|b| b.is_ascii_hexdigit())
}

fn digest(kind: CacheKind, text: &str, whole: &str) -> Result<Selector, SelectorError> {
    let hex = text.split(['/', '-']).next().unwrap_or(text);
    if hex.len() < Selector::PREFIX_MIN {
        return Err(SelectorError::Short { text: whole.to_owned(), n_digits: hex.len() });
    }
    Ok(Selector::Digest { kind, prefix: hex.to_ascii_lowercase() })
}

fn names_action(text: &str) -> bool {
    text.starts_with('@') || text.contains(['/', ':', '.'])
}

fn resolve_prefix(
    graph: &Graph,
    cache: &Cache,
    kind: CacheKind,
    prefix: &str,
) -> Result<BlobId, SelectorError> {
    let known: Vec<BlobId> = graph.blobs().find_prefix(prefix).collect();
    let present: Vec<BlobId> =
        known.iter().copied().filter(|&blob| cache.contains(kind, blob)).collect();
    let is_key = |blob: &BlobId| graph.action_of_key(*blob).is_some();
    let fitting = if !present.is_empty() {
        present
    } else if kind == CacheKind::Ac {
        known.iter().copied().filter(is_key).collect()
    } else {
        known.clone()
    };
    let hex = |blob: &BlobId| graph.blobs().digest(*blob).hex();
    match *fitting.as_slice() {
        [one] => Ok(one),
        [] => {
            let mut near: Vec<String> =
                known.iter().take(3).map(|blob| format!("cas:{}", hex(blob))).collect();
            if near.is_empty() {
                near = near_digests(graph, cache, kind, prefix);
            }
            Err(SelectorError::UnknownDigest { kind, prefix: prefix.to_owned(), near })
        }
        _ => Err(SelectorError::Ambiguous {
            prefix: prefix.to_owned(),
            n: fitting.len(),
            candidates: fitting.iter().take(3).map(hex).collect(),
        }),
    }
}

/// Digests present that share the most digits with `prefix`, at least six.
fn near_digests(graph: &Graph, cache: &Cache, kind: CacheKind, prefix: &str) -> Vec<String> {
    let at = |n_digits: usize| -> Vec<String> {
        let like = graph.blobs().find_prefix(&prefix[..n_digits]).take(1000);
        let present = like.filter(|&blob| cache.contains(kind, blob)).take(3);
        present.map(|b| format!("{}:{}", head(kind), graph.blobs().digest(b).hex())).collect()
    };
    (6..prefix.len()).rev().map(at).find(|near| !near.is_empty()).unwrap_or_default()
}

fn resolve_path(graph: &Graph, glob: &glob::Pattern) -> Result<Vec<BlobId>, SelectorError> {
    let options = glob::MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        require_literal_leading_dot: false,
    };
    let whole = glob.as_str().contains('/');
    let fits = |artifact: &ArtifactId| {
        let path = graph.path(*artifact);
        let last = path.rsplit('/').next().unwrap_or(path);
        glob.matches_with(if whole { path } else { last }, options)
    };
    let matching: Vec<ArtifactId> = graph.artifact_ids().filter(fits).collect();
    if matching.is_empty() {
        let near = nearest(glob.as_str(), graph.artifact_ids().map(|a| graph.path(a)));
        return Err(SelectorError::UnknownPath { glob: glob.to_string(), near });
    }
    let blobs: Vec<BlobId> = matching.iter().filter_map(|&a| graph.blob(a)).collect();
    if blobs.is_empty() {
        return Err(SelectorError::NoDigest {
            what: format!("path:{glob} matches {}", graph.path(matching[0])),
            missing: "the digest of its content",
            remedy: "an execution log, or the raw AC entries",
        });
    }
    Ok(blobs)
}

fn resolve_part(
    graph: &Graph,
    cache: &Cache,
    part: Part,
    name: &str,
) -> Result<Vec<BlobId>, SelectorError> {
    let actions = actions_of(graph, name);
    let Some(&first) = actions.first() else {
        let labels = distinct_labels(graph).into_iter().map(|id| graph.texts().get(id));
        let produced = graph.artifact_ids().filter(|&a| graph.producer(a).is_some());
        let near = nearest(name, labels.chain(produced.map(|a| graph.path(a))));
        return Err(SelectorError::UnknownAction { name: name.to_owned(), near });
    };
    let of = |&action: &ActionId| {
        let digests = graph.digests(action);
        let entry = digests.key.and_then(|key| cache.entry(key));
        match part {
            Part::AcEntry => digests.key,
            Part::Stdout => digests.stdout.or(entry.and_then(|e| e.stdout)),
            Part::Stderr => digests.stderr.or(entry.and_then(|e| e.stderr)),
        }
    };
    let blobs: Vec<BlobId> = actions.iter().filter_map(of).collect();
    if !blobs.is_empty() {
        return Ok(blobs);
    }
    let what = format!("{name} is known ({})", graph.mnemonic(first));
    Err(match part {
        Part::AcEntry => SelectorError::NoDigest {
            what,
            missing: "its AC key",
            remedy: "an execution log, or the raw blobs of the cache",
        },
        Part::Stdout | Part::Stderr => SelectorError::NoDigest {
            what,
            missing: "a digest of such output (it may be inlined or absent)",
            remedy: "the raw AC entries if it should have one",
        },
    })
}

/// The actions of a label or pattern, or the one that writes the output `name`.
fn actions_of(graph: &Graph, name: &str) -> Vec<ActionId> {
    let labelled = LabelPattern::parse(name).map_or_else(Vec::new, |p| p.actions(graph));
    if !labelled.is_empty() {
        return labelled;
    }
    let found = graph.artifact_ids().find(|&a| graph.path(a) == name);
    found.and_then(|artifact| graph.producer(artifact)).into_iter().collect()
}
