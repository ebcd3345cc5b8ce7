//! A scenario file as text for the address bar: the name of a gallery entry, or the file itself,
//! compressed. A link may come from anyone, so that all of it is checked and bounded.

use std::io::{Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use crate::rewind::Engine;
use crate::scenario::{Keyed, ScenarioError, ScenarioText, Setting, TEXT_BYTES_MAX, Word};

use super::gallery;
use super::opened::{Exports, Opened, Origin};

/// A longer fragment is not put into the address: chats and trackers cut longer links.
pub const LINK_CHARS_MAX: usize = 8192;

/// Names that start a fragment of a scenario file, as against the example's.
const NAMED: &str = "scenario";
const WHOLE: &str = "toml";

/// What a link opens.
#[derive(Clone, Debug)]
pub struct Linked {
    /// The scenario, edited as the link says.
    pub opened: Opened,
    /// The step that it shows; `None`: the interesting one.
    pub step: Option<usize>,
}

/// Why a link opens nothing.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LinkError {
    /// The gallery has no such entry.
    #[error("The link names the scenario '{name}', which the gallery does not have")]
    NoEntry {
        /// As given.
        name: String,
    },
    /// An engine or a parameter that there is not.
    #[error("The link asks for {what}, which this Rewindow does not have")]
    Unknown {
        /// As given.
        what: String,
    },
    /// It was cut or altered on its way.
    #[error("The scenario in the link is damaged: {why}")]
    Damaged {
        /// What is wrong with it.
        why: &'static str,
    },
    /// The scenario that it holds is none.
    #[error("{0}")]
    Scenario(#[from] ScenarioError),
    /// The file refers to exports, which a link does not hold.
    #[error("The scenario in the link is about exports, and a link holds none")]
    NeedsExports,
}

/// The fragment of `opened`, without the step. `None` if it does not fit, or needs exports that
/// only this tab has.
pub fn to_link(opened: &Opened) -> Option<String> {
    let mut parts = Vec::new();
    let mut named = opened.own.clone();
    if let Origin::Gallery(name) = opened.origin {
        parts.push(format!("{NAMED}={name}"));
        (named.engine, named.set) = (opened.text.engine.clone(), opened.text.set.clone());
    }
    if parts.is_empty() || named != opened.text {
        if opened.text.files.is_some() && parts.is_empty() {
            return None;
        }
        parts.push(format!("{WHOLE}={}", squeeze(&opened.text.to_toml())));
    } else if opened.is_modified() {
        parts.push(format!("engine={}", opened.text.engine.text));
        let set = opened.text.set.0.iter();
        parts.extend(set.map(|(name, value)| format!("set={}:{}", name.text, value.0)));
    }
    let link = parts.join("&");
    (link.len() <= LINK_CHARS_MAX).then_some(link)
}

/// Whether `fragment` is about a scenario file.
pub fn is_link(fragment: &str) -> bool {
    let mut parts = parts(fragment);
    parts.any(|(name, _)| name == NAMED || name == WHOLE)
}

/// What the fragment of an address opens.
pub fn from_link(fragment: &str) -> Result<Linked, LinkError> {
    let value = |wanted: &str| parts(fragment).find(|(name, _)| *name == wanted).map(|p| p.1);
    let step = value("step").and_then(|step| step.parse().ok());
    let text = value(WHOLE).map(unsqueeze).transpose()?;
    let Some(name) = value(NAMED) else {
        let bytes = text.ok_or(LinkError::Damaged { why: "there is none" })?;
        let text = ScenarioText::parse(&Origin::Link.file(), &bytes)?;
        if text.files.is_some() {
            return Err(LinkError::NeedsExports);
        }
        return Ok(Linked { opened: Opened::new(Origin::Link, text, None)?, step });
    };
    let own = open_entry(name)?;
    let edited = match text {
        Some(bytes) => ScenarioText::parse(&own.origin.file(), &bytes)?,
        None => with_engine(&own.own, fragment)?,
    };
    let opened = if edited == own.own { own } else { own.edited(edited)? };
    Ok(Linked { opened, step })
}

/// The gallery's entry called `name`.
pub fn open_entry(name: &str) -> Result<Opened, LinkError> {
    let unknown = || LinkError::NoEntry { name: name.chars().take(80).collect() };
    let (name, _) = gallery::source(name).ok_or_else(unknown)?;
    let text = gallery::text_of(name)?;
    let exports: Exports = gallery::exports_of(&text).map(std::rc::Rc::new);
    Ok(Opened::new(Origin::Gallery(name), text, exports)?)
}

/// `text` with the engine and parameters that `fragment` names, if any.
fn with_engine(text: &ScenarioText, fragment: &str) -> Result<ScenarioText, LinkError> {
    let mut text = text.clone();
    let Some((_, id)) = parts(fragment).find(|(name, _)| *name == "engine") else {
        return Ok(text);
    };
    let unknown = |what: &str| LinkError::Unknown { what: what.chars().take(80).collect() };
    let mut engine = Engine::find(id).ok_or_else(|| unknown(&format!("the engine '{id}'")))?;
    text.engine = Word::from(id);
    text.set = Keyed::default();
    for (_, pair) in parts(fragment).filter(|(name, _)| *name == "set") {
        let (name, value) = pair.split_once(':').ok_or_else(|| unknown(pair))?;
        engine.set(name, value).map_err(|_| unknown(pair))?;
        text.set.0.push((Word::from(name), Setting(value.to_owned())));
    }
    Ok(text)
}

fn parts(fragment: &str) -> impl Iterator<Item = (&str, &str)> {
    fragment.trim_start_matches('#').split('&').filter_map(|part| part.split_once('='))
}

fn squeeze(text: &str) -> String {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    // Writing to a vector cannot fail.
    let _ = encoder.write_all(text.as_bytes());
    URL_SAFE_NO_PAD.encode(encoder.finish().unwrap_or_default())
}

/// At most as many bytes as a scenario may have, and one more that shows that there are too many.
fn unsqueeze(text: &str) -> Result<Vec<u8>, LinkError> {
    let damaged = |why| LinkError::Damaged { why };
    let packed = URL_SAFE_NO_PAD.decode(text).map_err(|_| damaged("it is no base64url"))?;
    let mut bytes = Vec::new();
    let mut decoder = DeflateDecoder::new(&*packed).take(TEXT_BYTES_MAX as u64 + 1);
    decoder.read_to_end(&mut bytes).map_err(|_| damaged("it does not unpack"))?;
    Ok(bytes)
}
