//! Values of a scenario file that take one of several forms.

use toml::de::DeValue;
use toml_writer::ToTomlValue;

use crate::model::{ActionKind, CacheKind, Tier};
use crate::rewind::{CachePolicy, DownloadMode, Executor, Halt, Lifetime, Protocol, Report};

use super::error::{Place, Problem, Word};
use super::value::{Fields, Item, Value, inline, names, record, shorten};

names! { DownloadMode: "download mode",
    "minimal" => DownloadMode::Minimal,
    "toplevel" => DownloadMode::TopLevel,
    "all" => DownloadMode::All,
}

names! { Executor: "executor",
    "local" => Executor::Local,
    "remote" => Executor::Remote,
}

names! { CachePolicy: "cache policy",
    "unverified" => CachePolicy::Unverified,
    "verified" => CachePolicy::Verified,
}

names! { Protocol: "protocol",
    "http" => Protocol::Http,
    "grpc" => Protocol::Grpc,
}

names! { Lifetime: "lifetime policy",
    "independent" => Lifetime::Independent,
    "touches-blobs" => Lifetime::TouchesBlobs,
    "keeps-blobs" => Lifetime::KeepsBlobs,
    "evicts-together" => Lifetime::EvictsTogether,
}

names! { Tier: "tier",
    "remote" => Tier::Remote,
    "disk" => Tier::Disk,
}

names! { CacheKind: "half of the cache",
    "ac" => CacheKind::Ac,
    "cas" => CacheKind::Cas,
}

names! { Report: "sort of report",
    "typed" => Report::Typed,
    "untyped" => Report::Untyped,
}

names! { Halt: "reason to halt",
    "lost-inputs" => Halt::LostInputs,
    "lost-output" => Halt::LostOutput,
    "lost-too-often" => Halt::LostTooOften,
    "io-error" => Halt::IoError,
    "no-end" => Halt::NoEnd,
}

names! { ActionKind: "kind of action",
    "spawn" => ActionKind::Spawn,
    "internal" => ActionKind::Internal,
    "symlink" => ActionKind::Symlink,
    "template" => ActionKind::Template,
    "redirect" => ActionKind::Redirect,
}

/// What a scenario file calls a reason to halt.
pub(super) fn halt_name(halt: Halt) -> &'static str {
    match halt {
        Halt::LostInputs => "lost-inputs",
        Halt::LostOutput => "lost-output",
        Halt::LostTooOften => "lost-too-often",
        Halt::IoError => "io-error",
        Halt::NoEnd => "no-end",
    }
}

/// One half of the cache, or both.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Half(pub Option<CacheKind>);

names! { Half: "part of the cache",
    "both" => Half(None),
    "ac" => Half(Some(CacheKind::Ac)),
    "cas" => Half(Some(CacheKind::Cas)),
}

/// The value of an engine parameter, as text.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Setting(pub String);

impl Value for Setting {
    fn expected() -> String {
        "a text, a whole number, true or false".to_owned()
    }
    fn read(item: &Item<'_>) -> Result<Self, Problem> {
        match item.value.get_ref() {
            DeValue::String(text) => Ok(Self(text.to_string())),
            DeValue::Integer(number) => Ok(Self(number.to_string())),
            DeValue::Boolean(value) => Ok(Self(value.to_string())),
            _ => Err(item.expected(&Self::expected())),
        }
    }
    fn write(&self) -> Option<String> {
        let is_number = self.0.parse::<u64>().is_ok_and(|number| number.to_string() == self.0);
        let is_plain = is_number || self.0 == "true" || self.0 == "false";
        Some(if is_plain { self.0.clone() } else { self.0.to_toml_value() })
    }
}

/// A text, or several.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Texts(pub Vec<Word>);

impl Value for Texts {
    fn expected() -> String {
        "a text or a list of texts".to_owned()
    }
    fn read(item: &Item<'_>) -> Result<Self, Problem> {
        match item.value.get_ref() {
            DeValue::String(_) => Word::read(item).map(|word| Self(vec![word])),
            DeValue::Array(_) => Vec::read(item).map(Self),
            _ => Err(item.expected(&Self::expected())),
        }
    }
    fn write(&self) -> Option<String> {
        match self.0.as_slice() {
            [one] => one.write(),
            _ => self.0.write(),
        }
    }
}

/// What a blob contains, or whether there is one.
#[derive(Clone, PartialEq, Debug)]
pub enum Content {
    /// There is none, or its digest is not known.
    Absent,
    /// Content of its own.
    Own,
    /// What has the same name is the same content.
    Named(Word),
    /// With digest or size.
    Exact(ContentText),
}

record! {
    /// Content with digest or size.
    ContentText: "a table with name, digest, size_bytes" {
        /// What has the same name is the same content.
        name: Option<Word>,
        /// Hexadecimal digits of the digest.
        digest: Option<Word>,
        /// Size in bytes.
        size_bytes: Option<u64>,
    }
}

impl Value for Content {
    fn expected() -> String {
        "a name for the content, a table with name, digest, size_bytes, or true or false".to_owned()
    }
    fn read(item: &Item<'_>) -> Result<Self, Problem> {
        match item.value.get_ref() {
            DeValue::Boolean(true) => Ok(Self::Own),
            DeValue::Boolean(false) => Ok(Self::Absent),
            DeValue::String(_) => Word::read(item).map(Self::Named),
            DeValue::Table(_) => ContentText::read(item).map(Self::Exact),
            _ => Err(item.expected(&Self::expected())),
        }
    }
    fn write(&self) -> Option<String> {
        match self {
            Self::Absent => Some("false".to_owned()),
            Self::Own => Some("true".to_owned()),
            Self::Named(name) => name.write(),
            Self::Exact(exact) => exact.write(),
        }
    }
}

/// Which of all there could be.
#[derive(Clone, PartialEq, Debug)]
pub enum Selection {
    /// All.
    All,
    /// None.
    None,
    /// What these selectors select.
    These(Vec<Word>),
}

impl Value for Selection {
    fn expected() -> String {
        "\"all\", \"none\" or a list of selectors".to_owned()
    }
    fn read(item: &Item<'_>) -> Result<Self, Problem> {
        match item.value.get_ref() {
            DeValue::String(text) if text == "all" => Ok(Self::All),
            DeValue::String(text) if text == "none" => Ok(Self::None),
            DeValue::Array(_) => Vec::read(item).map(Self::These),
            _ => Err(item.expected(&Self::expected())),
        }
    }
    fn write(&self) -> Option<String> {
        match self {
            Self::All => Some("\"all\"".to_owned()),
            Self::None => Some("\"none\"".to_owned()),
            Self::These(words) => words.write(),
        }
    }
}

/// When a fault strikes.
#[derive(Clone, PartialEq, Debug)]
pub enum Strike {
    /// Before this build, counted from 1.
    BeforeBuild(u32),
    /// After the first time that this action has its outputs.
    After(Word),
    /// When the trace has so many events.
    Step(u64),
    /// At this virtual time.
    AtMs(u64),
}

record! {
    /// The forms of [`Strike`], of which one is there.
    StrikeText: "a table with before_build, after, step or at_ms" {
        before_build: Option<u32>,
        after: Option<Word>,
        step: Option<u64>,
        at_ms: Option<u64>,
    }
}

impl Value for Strike {
    fn expected() -> String {
        "a table with one of before_build, after, step, at_ms".to_owned()
    }
    fn read(item: &Item<'_>) -> Result<Self, Problem> {
        match StrikeText::read(item)? {
            StrikeText { before_build: Some(n), after: None, step: None, at_ms: None, .. } => {
                Ok(Self::BeforeBuild(n))
            }
            StrikeText {
                before_build: None, after: Some(action), step: None, at_ms: None, ..
            } => Ok(Self::After(action)),
            StrikeText { before_build: None, after: None, step: Some(n), at_ms: None, .. } => {
                Ok(Self::Step(n))
            }
            StrikeText { before_build: None, after: None, step: None, at_ms: Some(ms), .. } => {
                Ok(Self::AtMs(ms))
            }
            _ => Err(item.expected(&Self::expected())),
        }
    }
    fn write(&self) -> Option<String> {
        let field = match self {
            Self::BeforeBuild(n) => ("before_build", n.write()?),
            Self::After(action) => ("after", action.write()?),
            Self::Step(n) => ("step", n.write()?),
            Self::AtMs(ms) => ("at_ms", ms.write()?),
        };
        Some(inline(&[field]))
    }
}

/// How often what a fault takes is lost.
#[derive(Clone, PartialEq, Debug)]
pub enum How {
    /// When it strikes.
    Once,
    /// Each later upload too.
    Always,
    /// The first so many later uploads too.
    FirstUploads(u32),
}

record! {
    /// The table form of [`How`].
    HowText: "a table with first_uploads" {
        first_uploads: u32,
    }
}

impl Value for How {
    fn expected() -> String {
        "\"once\", \"always\" or { first_uploads = N }".to_owned()
    }
    fn read(item: &Item<'_>) -> Result<Self, Problem> {
        match item.value.get_ref() {
            DeValue::String(text) if text == "once" => Ok(Self::Once),
            DeValue::String(text) if text == "always" => Ok(Self::Always),
            DeValue::Table(_) => {
                HowText::read(item).map(|how| Self::FirstUploads(how.first_uploads))
            }
            _ => Err(item.expected(&Self::expected())),
        }
    }
    fn write(&self) -> Option<String> {
        match self {
            Self::Once => Some("\"once\"".to_owned()),
            Self::Always => Some("\"always\"".to_owned()),
            Self::FirstUploads(n) => Some(inline(&[("first_uploads", n.write()?)])),
        }
    }
}
