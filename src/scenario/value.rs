//! TOML to typed values and back: every value knows where it stands, what was expected there, and
//! how it is written.
//!
//! Not serde: it forgets where a value stood as soon as one of several forms is allowed, knows no
//! near candidates, and costs more bytes in the page than all of this (docs/decisions/0004).

use std::fmt::Write;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml_writer::{ToTomlKey, ToTomlValue};

use super::error::{Place, Problem, Word};

/// Offsets of a text to lines and columns.
pub(super) struct Source<'a> {
    text: &'a [u8],
    line_starts: Vec<usize>,
    /// How many characters come before each block of bytes: a hostile file may be one line.
    chars_before: Vec<usize>,
}

const BLOCK: usize = 256;

impl<'a> Source<'a> {
    pub fn new(text: &'a str) -> Self {
        let after = text.match_indices('\n').map(|(at, _)| at + 1);
        let line_starts = std::iter::once(0).chain(after).collect();
        let text = text.as_bytes();
        let mut chars_before = vec![0];
        for block in text.chunks(BLOCK) {
            chars_before.push(chars_before[chars_before.len() - 1] + n_chars(block));
        }
        Self { text, line_starts, chars_before }
    }

    /// The place of byte `offset`.
    pub fn place(&self, offset: usize) -> Place {
        let offset = offset.min(self.text.len());
        let line = self.line_starts.partition_point(|&start| start <= offset);
        let column = self.chars_before(offset) - self.chars_before(self.line_starts[line - 1]) + 1;
        Place { line: line as u32, column: column as u32 }
    }

    fn chars_before(&self, offset: usize) -> usize {
        let block = offset / BLOCK;
        self.chars_before[block] + n_chars(&self.text[block * BLOCK..offset])
    }
}

/// How many characters begin in `bytes` of UTF-8.
fn n_chars(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| *byte & 0xc0 != 0x80).count()
}

/// A value in a file, with the key under which it stands.
#[derive(Clone, Copy)]
pub(super) struct Item<'a> {
    pub source: &'a Source<'a>,
    pub key: &'a str,
    pub value: &'a Spanned<DeValue<'a>>,
}

impl<'a> Item<'a> {
    pub fn place(&self) -> Place {
        self.source.place(self.value.span().start)
    }

    /// An error that says what was expected in place of the value.
    pub fn expected(&self, expected: &str) -> Problem {
        let found = match self.value.get_ref() {
            DeValue::String(text) => format!("the text {}", shorten(text).to_toml_value()),
            DeValue::Integer(number) => format!("the number {}", shorten(number.as_str())),
            DeValue::Float(number) => format!("the number {}", shorten(number.as_str())),
            DeValue::Boolean(value) => format!("{value}"),
            DeValue::Datetime(_) => "a date".to_owned(),
            DeValue::Array(_) => "a list".to_owned(),
            DeValue::Table(_) => "a table".to_owned(),
        };
        let problem = format!("{} is {found}: expected {expected}", self.key);
        Problem::new(self.place(), problem, "Correct it or leave it out")
    }

    pub fn text(&self) -> Option<Word> {
        let text = self.value.get_ref().as_str()?.to_owned();
        Some(Word { text, place: self.place() })
    }

    pub fn number<T: TryFrom<u64>>(&self) -> Option<T> {
        let number = self.value.get_ref().as_integer()?;
        T::try_from(u64::from_str_radix(number.as_str(), number.radix()).ok()?).ok()
    }

    /// The same value under another name.
    pub fn named(self, key: &'a str) -> Self {
        Self { key, ..self }
    }

    /// The items of a list; a single value that is no list is not taken for one.
    pub fn items(&self) -> Option<impl Iterator<Item = Item<'a>> + use<'a>> {
        let Self { source, key, value } = *self;
        let array = value.get_ref().as_array()?;
        Some(array.iter().map(move |value| Item { source, key, value }))
    }
}

/// The fields of a table.
pub(super) struct Fields<'a> {
    source: &'a Source<'a>,
    table: &'a DeTable<'a>,
    place: Place,
    name: &'a str,
}

impl<'a> Fields<'a> {
    /// The fields of a table with no key but `keys`.
    pub fn of(item: &Item<'a>, keys: &[&str]) -> Result<Self, Problem> {
        let expected = || format!("a table with {}", keys.join(", "));
        let table = item.value.get_ref().as_table().ok_or_else(|| item.expected(&expected()))?;
        Self::of_table(item.source, (item.key, table), item.place(), keys)
    }

    pub fn of_table(
        source: &'a Source<'a>,
        (name, table): (&'a str, &'a DeTable<'a>),
        place: Place,
        keys: &[&str],
    ) -> Result<Self, Problem> {
        for (key, _) in table.iter() {
            if !keys.contains(&key.get_ref().as_ref()) {
                let place = source.place(key.span().start);
                let what = if name.is_empty() {
                    "unknown key".to_owned()
                } else {
                    format!("unknown key of {name}")
                };
                let found = (what.as_str(), shorten(key.get_ref()));
                return Err(Problem::unknown(place, found, keys.iter().copied()));
            }
        }
        Ok(Self { source, table, place, name })
    }

    pub fn place(&self) -> Place {
        self.place
    }

    /// The value under `key`, or what its absence means.
    pub fn get<T: Value>(&self, key: &'a str) -> Result<T, Problem> {
        if let Some(value) = self.table.get(key) {
            return T::read(&Item { source: self.source, key, value });
        }
        T::if_absent().ok_or_else(|| {
            let of = if self.name.is_empty() { "the file" } else { self.name };
            let problem = format!("{of} has no {key}: expected {}", T::expected());
            Problem::new(self.place, problem, format!("Add {key} = …"))
        })
    }
}

/// What stands in a scenario file.
pub(super) trait Value: Sized {
    /// What a file should have there, for messages.
    fn expected() -> String;
    /// Reads it.
    fn read(item: &Item<'_>) -> Result<Self, Problem>;
    /// As TOML on one line; `None`: it is left out.
    fn write(&self) -> Option<String>;
    /// What it means that it is not there; `None`: it has to be.
    fn if_absent() -> Option<Self> {
        None
    }
}

impl<T: Value> Value for Option<T> {
    fn expected() -> String {
        T::expected()
    }
    fn read(item: &Item<'_>) -> Result<Self, Problem> {
        T::read(item).map(Some)
    }
    fn write(&self) -> Option<String> {
        self.as_ref().and_then(T::write)
    }
    fn if_absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: Value> Value for Vec<T> {
    fn expected() -> String {
        format!("a list, each of it {}", T::expected())
    }
    fn read(item: &Item<'_>) -> Result<Self, Problem> {
        let items = item.items().ok_or_else(|| item.expected(&Self::expected()))?;
        items.map(|item| T::read(&item)).collect()
    }
    /// An empty list is written: under an optional key it is not the same as none.
    fn write(&self) -> Option<String> {
        let items: Vec<String> = self.iter().filter_map(T::write).collect();
        Some(format!("[{}]", items.join(", ")))
    }
}

/// A table with keys of the writer's choice, in the order of the keys.
#[derive(Clone, PartialEq, Debug)]
pub struct Keyed<T>(pub Vec<(Word, T)>);

impl<T> Default for Keyed<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Value> Value for Keyed<T> {
    fn expected() -> String {
        format!("a table, each value {}", T::expected())
    }
    fn read(item: &Item<'_>) -> Result<Self, Problem> {
        let expected = || item.expected(&Self::expected());
        let table = item.value.get_ref().as_table().ok_or_else(expected)?;
        let entry = |(key, value): (&Spanned<_>, _)| {
            let key: &Spanned<toml::de::DeString<'_>> = key;
            let text = key.get_ref().as_ref();
            let place = item.source.place(key.span().start);
            let value = T::read(&Item { source: item.source, key: text, value })?;
            Ok((Word { text: text.to_owned(), place }, value))
        };
        table.iter().map(entry).collect::<Result<_, _>>().map(Self)
    }
    fn write(&self) -> Option<String> {
        let fields = self.0.iter();
        let fields = fields.filter_map(|(key, value)| Some((key.text.as_str(), value.write()?)));
        let fields: Vec<(&str, String)> = fields.collect();
        (!fields.is_empty()).then(|| inline(&fields))
    }
    fn if_absent() -> Option<Self> {
        Some(Self::default())
    }
}

impl Value for Word {
    fn expected() -> String {
        "a text".to_owned()
    }
    fn read(item: &Item<'_>) -> Result<Self, Problem> {
        item.text().ok_or_else(|| item.expected("a text"))
    }
    fn write(&self) -> Option<String> {
        Some(self.text.to_toml_value())
    }
}

impl Value for bool {
    fn expected() -> String {
        "true or false".to_owned()
    }
    fn read(item: &Item<'_>) -> Result<Self, Problem> {
        item.value.get_ref().as_bool().ok_or_else(|| item.expected("true or false"))
    }
    fn write(&self) -> Option<String> {
        Some(self.to_string())
    }
}

macro_rules! numbers {
    ($($type:ty),*) => {$(
        impl Value for $type {
            fn expected() -> String {
                format!("a whole number, 0 to {}", <$type>::MAX)
            }
            fn read(item: &Item<'_>) -> Result<Self, Problem> {
                item.number().ok_or_else(|| item.expected(&Self::expected()))
            }
            fn write(&self) -> Option<String> {
                Some(self.to_string())
            }
        }
    )*};
}

numbers!(u8, u32, u64);

/// An inline table.
pub(super) fn inline(fields: &[(&str, String)]) -> String {
    let mut text = "{".to_owned();
    for (i, (key, value)) in fields.iter().enumerate() {
        let comma = if i == 0 { "" } else { "," };
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{comma} {} = {value}", key.to_toml_key());
    }
    text + " }"
}

/// The beginning of a text, for messages.
pub(super) fn shorten(text: &str) -> &str {
    text.char_indices().nth(60).map_or(text, |(at, _)| &text[..at])
}

/// A table with fixed keys: a field each, and where the table begins.
macro_rules! record {
    (
        $(#[$doc:meta])*
        $name:ident: $what:literal {
            $($(#[$field_doc:meta])* $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Default, Debug)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
            /// Where it begins.
            pub place: Place,
        }

        impl $name {
            /// The keys that it may have.
            pub const KEYS: &'static [&'static str] = &[$(stringify!($field)),*];

            pub(super) fn from_fields(fields: &Fields<'_>) -> Result<Self, Problem> {
                Ok(Self { $($field: fields.get(stringify!($field))?,)* place: fields.place() })
            }

            /// The fields that are there, each as TOML on one line.
            pub(super) fn written(&self) -> Vec<(&'static str, String)> {
                let fields = [$((stringify!($field), self.$field.write())),*];
                fields.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
            }
        }

        impl Value for $name {
            fn expected() -> String {
                $what.to_owned()
            }
            fn read(item: &Item<'_>) -> Result<Self, Problem> {
                Self::from_fields(&Fields::of(item, Self::KEYS)?)
            }
            fn write(&self) -> Option<String> {
                Some(inline(&self.written()))
            }
        }
    };
}

/// A choice among names.
macro_rules! names {
    ($type:ty: $what:literal, $($name:literal => $value:expr),+ $(,)?) => {
        impl Value for $type {
            fn expected() -> String {
                format!("{}: one of {}", $what, [$($name),+].join(", "))
            }
            fn read(item: &Item<'_>) -> Result<Self, Problem> {
                let word = item.text().ok_or_else(|| item.expected(&Self::expected()))?;
                match word.text.as_str() {
                    $($name => Ok($value),)+
                    found => {
                        let what = format!("{} is no {}:", item.key, $what);
                        let known = [$($name),+].into_iter();
                        Err(Problem::unknown(word.place, (&what, shorten(found)), known))
                    }
                }
            }
            fn write(&self) -> Option<String> {
                let names = [$(($name, $value)),+];
                let found = names.into_iter().find(|(_, value)| value == self);
                found.map(|(name, _)| name.to_toml_value())
            }
        }
    };
}

pub(super) use {names, record};
