//! `tree -J`, read as a stream, so that what comes before a break is kept.

use std::cell::RefCell;
use std::fmt;
use std::ops::ControlFlow;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::import::card::ImportError;

use super::defects::Defect;
use super::gather::{Columns, Gather};
use super::layout::{Named, classify};
use super::time::leading_time;

/// Whether this may be JSON of `tree`.
pub fn sniff(bytes: &[u8]) -> bool {
    let head = bytes[..bytes.len().min(4096)].trim_ascii_start();
    let contains = |text: &[u8]| head.windows(text.len()).any(|w| w == text);
    head.starts_with(b"[") && (contains(b"\"directory\"") || contains(b"\"contents\""))
}

/// Reads all there is.
pub fn read(
    bytes: &[u8],
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<Gather, ImportError> {
    if progress(0).is_break() {
        return Err(ImportError::Cancelled);
    }
    // A copy is made only if some byte is no UTF-8.
    let text = String::from_utf8_lossy(bytes);
    let gather = RefCell::new(Gather::default());
    let entries = Entries { gather: &gather, parent: String::new() };
    let mut json = serde_json::Deserializer::from_str(&text);
    let outcome = entries.deserialize(&mut json).and_then(|()| json.end());
    let mut found = gather.into_inner();
    if let Err(error) = outcome {
        found.defects.add(Defect::BrokenJson, error.line() as u64, error.to_string().as_bytes());
    }
    match progress(bytes.len() as u64) {
        ControlFlow::Continue(()) => Ok(found),
        ControlFlow::Break(()) => Err(ImportError::Cancelled),
    }
}

/// An array of entries inside `parent`.
struct Entries<'g> {
    gather: &'g RefCell<Gather>,
    parent: String,
}

/// One entry inside `parent`.
struct Entry<'g> {
    gather: &'g RefCell<Gather>,
    parent: String,
}

impl<'de> DeserializeSeed<'de> for Entries<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let entry = || Entry { gather: self.gather, parent: self.parent.clone() };
        while seq.next_element_seed(entry())?.is_some() {}
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Entry<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Entry<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an entry with a name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut path = None;
        let (mut columns, mut is_folder, mut is_report) = (Columns::default(), false, false);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "name" => path = Some(self.inside(&map.next_value::<String>()?)),
                "size" => {
                    columns.size_bytes = map.next_value::<serde_json::Value>()?.as_u64();
                }
                "time" => {
                    let time = map.next_value::<serde_json::Value>()?;
                    columns.modified_ms = time.as_str().and_then(time_ms);
                }
                "type" => {
                    let kind = map.next_value::<String>()?;
                    (is_folder, is_report) = (kind != "file", kind == "report");
                }
                "contents" => {
                    let parent = path.clone().ok_or_else(|| {
                        A::Error::custom("expected the name of a folder before its contents")
                    })?;
                    map.next_value_seed(Entries { gather: self.gather, parent })?;
                    is_folder = true;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if let Some(path) = path.filter(|_| !is_report) {
            add(&mut self.gather.borrow_mut(), &path, is_folder, columns);
        }
        Ok(())
    }
}

impl Entry<'_> {
    fn inside(&self, name: &str) -> String {
        // `tree -f` has whole paths as names.
        if self.parent.is_empty() || name.contains('/') {
            name.to_owned()
        } else {
            format!("{}/{name}", self.parent)
        }
    }
}

fn add(gather: &mut Gather, path: &str, is_folder: bool, columns: Columns<'_>) {
    match classify(path.as_bytes()) {
        Named::Folder { is_half: true } => gather.half(),
        _ if is_folder => {}
        Named::Folder { .. } => {}
        Named::Blob(name) => gather.add(0, &name, columns),
        Named::Housekeeping => gather.ignored(),
        Named::WrongLength => gather.defects.add(Defect::WrongLength, 0, path.as_bytes()),
        Named::WrongShard => gather.defects.add(Defect::WrongShard, 0, path.as_bytes()),
        Named::Other => gather.defects.add(Defect::Noise, 0, path.as_bytes()),
    }
}

fn time_ms(text: &str) -> Option<i64> {
    let columns: Vec<&[u8]> = text.split_ascii_whitespace().map(str::as_bytes).collect();
    leading_time(&columns)?.ms
}
