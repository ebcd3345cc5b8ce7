//! Listings of buckets in JSON: objects that have the name of a blob under one of the usual keys,
//! wherever they are, whatever else they have.
//!
//! So are read `aws s3api list-objects-v2`, `gcloud storage ls --json`, `az storage blob list`,
//! `mc ls --json`, `rclone lsjson` and what the APIs of these clouds answer.

use std::cell::RefCell;
use std::fmt;
use std::ops::ControlFlow;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::import::card::ImportError;

use super::defects::Defect;
use super::gather::{Columns, Gather};
use super::layout::{Named, classify};
use super::time::{epoch_ms, leading_time};

/// Whether this may be such JSON.
pub fn sniff(bytes: &[u8]) -> bool {
    matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// Reads all there is: one value, or several one after the other.
pub fn read(
    bytes: &[u8],
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<Gather, ImportError> {
    // A copy is made only if some byte is no UTF-8.
    let text = String::from_utf8_lossy(bytes);
    let walk = RefCell::new(Walk {
        gather: Gather::default(),
        text: &text,
        at: 0,
        line: 1,
        n_rows: 0,
        progress,
        is_cancelled: false,
    });
    let mut json = serde_json::Deserializer::from_str(&text);
    let mut outcome = Ok(());
    while outcome.is_ok() && json.end().is_err() {
        outcome =
            AnyValue { walk: &walk, depth: 0, is_gone: false }.deserialize(&mut json).map(|_| ());
    }
    let mut walk = walk.into_inner();
    if walk.is_cancelled {
        return Err(ImportError::Cancelled);
    }
    if let Err(error) = outcome {
        let line = error.line() as u64;
        walk.gather.defects.add(Defect::BrokenJson, line, error.to_string().as_bytes());
    }
    Ok(walk.gather)
}

struct Walk<'t, 'p> {
    gather: Gather,
    text: &'t str,
    /// Where in the text the last row is, and on which line.
    at: usize,
    line: u64,
    n_rows: u64,
    progress: &'p mut dyn FnMut(u64) -> ControlFlow<()>,
    is_cancelled: bool,
}

impl Walk<'_, '_> {
    /// Adds the row called `name`, which lies in the text unless it has escapes.
    fn add(&mut self, name: &str, row: &Row) {
        let here = (name.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        if let Some(between) = self.text.as_bytes().get(self.at..here) {
            self.line += memchr::memchr_iter(b'\n', between).count() as u64;
            self.at = here;
        }
        self.n_rows += 1;
        let is_step = self.n_rows.is_multiple_of(8192);
        self.is_cancelled |= is_step && (self.progress)(self.at as u64).is_break();
        let (line, path) = (self.line, name.as_bytes());
        match classify(path) {
            Named::Blob(_) if row.is_gone => self.gather.ignored(),
            Named::Blob(name) => {
                let (size_bytes, modified_ms) = (row.size_bytes, row.modified_ms);
                let columns = Columns { size_bytes, modified_ms, ..Columns::default() };
                self.gather.half();
                self.gather.add(line, &name, columns);
            }
            Named::Housekeeping => self.gather.ignored(),
            Named::WrongLength => self.gather.defects.add(Defect::WrongLength, line, path),
            Named::WrongShard => self.gather.defects.add(Defect::WrongShard, line, path),
            // Much else has a name such as `raw`: only a blob makes a listing.
            Named::Folder { .. } | Named::Other => {}
        }
    }
}

/// What an object tells of a blob.
#[derive(Default)]
struct Row {
    size_bytes: Option<u64>,
    modified_ms: Option<i64>,
    /// An old version, or one that was deleted.
    is_gone: bool,
}

/// What a key stands for, in any spelling.
enum Key {
    Name,
    Digest,
    Size,
    Time,
    /// True says that the blob is there, or that it is not.
    IsThere(bool),
    /// A list of what is no more.
    Gone,
    /// What a log of requests has, and no listing.
    Request,
    Other,
}

fn key(name: &str) -> Key {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    match plain.to_ascii_lowercase().as_str() {
        "key" | "name" | "path" | "fullname" | "object" | "objectname" | "blobname" => Key::Name,
        "hash" | "digest" => Key::Digest,
        "size" | "length" | "contentlength" | "sizebytes" | "bytes" => Key::Size,
        "lastmodified" | "modified" | "modtime" | "mtime" | "updated" | "updatetime"
        | "timemodified" | "lastwritetime" | "lastwritetimeutc" => Key::Time,
        "islatest" => Key::IsThere(true),
        "isdir" | "isdirectory" | "isdeletemarker" | "deleted" => Key::IsThere(false),
        "deletemarkers" => Key::Gone,
        "m" | "method" | "verb" | "requestmethod" => Key::Request,
        _ => Key::Other,
    }
}

/// Any value. An object without a name gives what it tells to the object that it is in.
#[derive(Clone, Copy)]
struct AnyValue<'w, 't, 'p> {
    walk: &'w RefCell<Walk<'t, 'p>>,
    depth: u32,
    is_gone: bool,
}

impl AnyValue<'_, '_, '_> {
    fn inside(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }
}

/// What a value is.
enum Told {
    Row(Row),
    Flag(bool),
    Nothing,
}

impl<'de> DeserializeSeed<'de> for AnyValue<'_, '_, '_> {
    type Value = Told;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Told, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AnyValue<'_, '_, '_> {
    type Value = Told;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Told, E> {
        Ok(Told::Nothing)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Told, E> {
        Ok(Told::Nothing)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Told, E> {
        Ok(Told::Nothing)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Told, E> {
        Ok(Told::Flag(flag))
    }

    fn visit_unit<E: Error>(self) -> Result<Told, E> {
        Ok(Told::Nothing)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Told, E> {
        // A bare list of names.
        if self.depth == 1 {
            self.walk.borrow_mut().add(text, &Row::default());
        }
        Ok(Told::Nothing)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Told, E> {
        Ok(Told::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Told, A::Error> {
        while list.next_element_seed(self.inside())?.is_some() {
            if self.walk.borrow().is_cancelled {
                return Err(A::Error::custom("cancelled"));
            }
        }
        Ok(Told::Nothing)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Told, A::Error> {
        let mut row = Row { is_gone: self.is_gone, ..Row::default() };
        let (mut name, mut digest): (Option<Text>, Option<Text>) = (None, None);
        let mut is_request = false;
        while let Some(called) = map.next_key::<Text>()? {
            // Whatever is in an object is no bare list of names.
            let inside = Self { depth: self.depth.max(1) + 1, ..self };
            match key(&called) {
                Key::Name => {
                    let Some(text) = scalar(&mut map)? else { continue };
                    // `Path` rather than `Name`, which has no folders.
                    let is_better = |known: &Text| !known.contains('/') && text.contains('/');
                    if name.as_ref().is_none_or(is_better) {
                        name = Some(text);
                    }
                }
                Key::Digest => digest = scalar(&mut map)?,
                Key::Size => {
                    let size = scalar(&mut map)?.and_then(|text| text.parse().ok());
                    row.size_bytes = size.or(row.size_bytes);
                }
                Key::Time => {
                    let time = scalar(&mut map)?.and_then(|text| time(&text));
                    row.modified_ms = time.or(row.modified_ms);
                }
                Key::IsThere(says_so) => {
                    if let Told::Flag(flag) = map.next_value_seed(inside)? {
                        row.is_gone |= flag != says_so;
                    }
                }
                Key::Gone => {
                    map.next_value_seed(Self { is_gone: true, ..inside })?;
                }
                Key::Request => is_request = scalar(&mut map)?.is_some(),
                Key::Other => {
                    if let Told::Row(inner) = map.next_value_seed(inside)? {
                        row.size_bytes = row.size_bytes.or(inner.size_bytes);
                        row.modified_ms = row.modified_ms.or(inner.modified_ms);
                    }
                }
            }
        }
        if is_request {
            return Ok(Told::Nothing);
        }
        // A digest alone is a row in a bare list only: elsewhere it belongs to something.
        match name.or(digest.filter(|_| self.depth <= 1)) {
            Some(name) => self.walk.borrow_mut().add(&name, &row),
            None => return Ok(Told::Row(row)),
        }
        Ok(Told::Nothing)
    }
}

/// A text where it lies, or a copy of one with escapes.
type Text<'de> = std::borrow::Cow<'de, str>;

/// A text or a number as text; none for other values, which are skipped.
fn scalar<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Text<'de>>, A::Error> {
    struct Scalar;
    impl<'de> Visitor<'de> for Scalar {
        type Value = Option<Text<'de>>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a value")
        }
        fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
            Ok(Some(text.into()))
        }
        fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
            Ok(Some(text.to_owned().into()))
        }
        fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
            Ok(Some(number.to_string().into()))
        }
        fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
            Ok(Some(number.to_string().into()))
        }
        fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<Self::Value, S::Error> {
            while list.next_element::<serde::de::IgnoredAny>()?.is_some() {}
            Ok(None)
        }
        fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
            use serde::de::IgnoredAny;
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(None)
        }
    }
    impl<'de> DeserializeSeed<'de> for Scalar {
        type Value = Option<Text<'de>>;
        fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
            from.deserialize_any(self)
        }
    }
    map.next_value_seed(Scalar)
}

fn time(text: &str) -> Option<i64> {
    if text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return epoch_ms(text);
    }
    let columns: Vec<&[u8]> = text.split_ascii_whitespace().map(str::as_bytes).collect();
    leading_time(&columns)?.ms
}
