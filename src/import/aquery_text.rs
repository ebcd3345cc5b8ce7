//! Reads action graphs as `aquery --output=textproto` prints them, of both `analysis.proto` (v1)
//! and `analysis_v2.proto`.
//!
//! Fields are told by name, and one that is not known is skipped whatever is in it: each Bazel adds
//! some. `docs/decisions/0006-dot-and-textproto.md` says why no crate does the whole.

use logos::Logos;

use super::aquery::{RawAction, RawGraph, RawPath, Read, id_of_text};
use super::card::Place;
use super::notes::{Meter, Notes, Stop};

/// What the text is made of. Commas and semicolons may separate fields and mean nothing.
#[derive(Logos, Clone, Copy, PartialEq, Eq, Debug)]
#[logos(utf8 = false, skip r"[ \t\r\n,;]+", skip(r"#[^\n]*", allow_greedy = true))]
enum Token {
    #[token("{")]
    #[token("<")]
    Open,
    #[token("}")]
    #[token(">")]
    Close,
    #[token("[")]
    ListOpen,
    #[token("]")]
    ListClose,
    #[token(":")]
    Colon,
    #[regex(br#""([^"\\\n]|\\[^\n])*""#)]
    #[regex(br"'([^'\\\n]|\\[^\n])*'")]
    Text,
    #[regex(r"[A-Za-z_][A-Za-z0-9_./]*")]
    Word,
    #[regex(r"[-+]?\.?[0-9][A-Za-z0-9_.+-]*")]
    Number,
}

/// Names of the elements that are looked into.
const ELEMENTS: [&str; 5] =
    ["artifacts", "actions", "targets", "dep_set_of_files", "path_fragments"];

/// What begins each element in a file that Bazel wrote, the unread ones too.
const STARTS: [&str; 9] = [
    "artifacts {",
    "actions {",
    "targets {",
    "dep_set_of_files {",
    "path_fragments {",
    "configuration {",
    "configurations {",
    "rule_classes {",
    "aspect_descriptors {",
];

/// Whether `text` begins, after comments, as an action graph does.
pub(super) fn looks_like(text: &[u8]) -> bool {
    let lines = text.split_inclusive(|&b| b == b'\n');
    let is_comment = |line: &&[u8]| line.starts_with(b"#") || line.trim_ascii().is_empty();
    let n_bytes: usize = lines.take_while(is_comment).map(<[u8]>::len).sum();
    is_start(&text[n_bytes..])
}

/// Whether `text` begins as an element does.
fn is_start(text: &[u8]) -> bool {
    STARTS.iter().any(|start| text.starts_with(start.as_bytes()))
}

/// Reads the fields of one `ActionGraphContainer`.
pub(super) fn read(bytes: &[u8], notes: &mut Notes, meter: &mut Meter) -> Result<Read, Stop> {
    let mut graph = RawGraph::default();
    let mut fields = Vec::new();
    let (mut at, mut is_whole) = (0, true);
    loop {
        let mut parser = Parser { tokens: Token::lexer(&bytes[at..]), text: &bytes[at..] };
        match parser.elements(at, bytes.len(), &mut fields, &mut graph, meter) {
            Ok(()) => break,
            Err(Broken::Stop(stop)) => return Err(stop),
            Err(Broken::Damage { offset, what }) => {
                // Lines are counted once: only the first place of a kind is told.
                let place = match std::mem::take(&mut is_whole) {
                    true => Place::Line(line_of(bytes, at + offset)),
                    false => Place::Whole,
                };
                let next = next_element(bytes, at + offset);
                let remedy = match next {
                    Some(_) => "The element is left out.",
                    None => "What came before is used.",
                };
                notes.add("textproto", place, || what, remedy);
                let Some(next) = next else { break };
                at = next;
            }
        }
    }
    meter.report(1.0)?;
    graph.join(notes)
}

/// Line of the byte at `offset`, from 1.
fn line_of(bytes: &[u8], offset: usize) -> u64 {
    let before = &bytes[..offset.min(bytes.len())];
    before.iter().filter(|&&b| b == b'\n').count() as u64 + 1
}

/// Where the first element begins on a line of its own after `offset`.
fn next_element(bytes: &[u8], offset: usize) -> Option<usize> {
    let mut at = offset;
    while let Some(n) = bytes.get(at..)?.iter().position(|&b| b == b'\n') {
        at += n + 1;
        if is_start(&bytes[at..]) {
            return Some(at);
        }
    }
    None
}

/// Why elements cannot be read on.
enum Broken {
    Stop(Stop),
    /// `offset` is from where the parser began.
    Damage {
        offset: usize,
        what: String,
    },
}

impl From<Stop> for Broken {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

/// A field of an element: its name, and its value as written.
type Field<'a> = (&'a [u8], &'a [u8]);

struct Parser<'a> {
    tokens: logos::Lexer<'a, Token>,
    text: &'a [u8],
}

impl<'a> Parser<'a> {
    /// Reads elements up to the end or the first damaged place. `fields` is empty before and after;
    /// it is handed in to be used again.
    fn elements(
        &mut self,
        base: usize,
        all: usize,
        fields: &mut Vec<Field<'a>>,
        graph: &mut RawGraph,
        meter: &mut Meter,
    ) -> Result<(), Broken> {
        fields.clear();
        while let Some(token) = self.tokens.next() {
            meter.at(base + self.tokens.span().start, all)?;
            let name = self.slice();
            if token != Ok(Token::Word) {
                return Err(self.unexpected("the name of an element"));
            }
            match self.value()? {
                Value::Message if ELEMENTS.iter().any(|e| e.as_bytes() == name) => {
                    self.fields(fields)?;
                    add(name, fields, graph);
                    fields.clear();
                }
                Value::Message => self.skip_message()?,
                Value::List => self.list(name, &mut Vec::new())?,
                Value::One(_) => {}
            }
        }
        Ok(())
    }

    /// The fields of an element whose brace was read, up to its end; messages in it are skipped.
    fn fields(&mut self, fields: &mut Vec<Field<'a>>) -> Result<(), Broken> {
        loop {
            let name = match self.tokens.next() {
                Some(Ok(Token::Close)) => return Ok(()),
                Some(Ok(Token::Word)) => self.slice(),
                // An extension: its name in brackets.
                Some(Ok(Token::ListOpen)) => {
                    self.list(b"", &mut Vec::new())?;
                    b""
                }
                _ => return Err(self.unexpected("a field or the end of an element")),
            };
            match self.value()? {
                Value::Message => self.skip_message()?,
                Value::List => self.list(name, fields)?,
                Value::One(value) => fields.push((name, value)),
            }
        }
    }

    /// The value after a field's name. Of a message or a list only the bracket is read.
    fn value(&mut self) -> Result<Value<'a>, Broken> {
        let mut token = self.tokens.next();
        if token == Some(Ok(Token::Colon)) {
            token = self.tokens.next();
        }
        match token {
            Some(Ok(Token::Open)) => Ok(Value::Message),
            Some(Ok(Token::ListOpen)) => Ok(Value::List),
            Some(Ok(Token::Text | Token::Word | Token::Number)) => Ok(Value::One(self.slice())),
            _ => Err(self.unexpected("a value")),
        }
    }

    /// Values up to the end of a list, each as a field of that name.
    fn list(&mut self, name: &'a [u8], fields: &mut Vec<Field<'a>>) -> Result<(), Broken> {
        loop {
            match self.tokens.next() {
                Some(Ok(Token::ListClose)) => return Ok(()),
                Some(Ok(Token::Open)) => self.skip_message()?,
                Some(Ok(Token::Text | Token::Word | Token::Number)) => {
                    fields.push((name, self.slice()));
                }
                _ => return Err(self.unexpected("a value or the end of a list")),
            }
        }
    }

    /// Goes past the end of a message whose brace was read, however deep it is nested.
    fn skip_message(&mut self) -> Result<(), Broken> {
        let mut depth = 1_usize;
        while depth > 0 {
            match self.tokens.next() {
                Some(Ok(Token::Open)) => depth += 1,
                Some(Ok(Token::Close)) => depth -= 1,
                Some(Ok(_)) => {}
                _ => return Err(self.unexpected("the end of a message")),
            }
        }
        Ok(())
    }

    fn slice(&self) -> &'a [u8] {
        &self.text[self.tokens.span()]
    }

    fn unexpected(&self, expected: &str) -> Broken {
        let span = self.tokens.span();
        let found = String::from_utf8_lossy(&self.text[span.clone()]);
        let found: String = found.chars().filter(|c| !c.is_control()).take(24).collect();
        let what = match found.is_empty() {
            true => format!("The text ends where {expected} is expected."),
            false => format!("Here is \"{found}\" where {expected} is expected."),
        };
        Broken::Damage { offset: span.start, what }
    }
}

enum Value<'a> {
    Message,
    List,
    One(&'a [u8]),
}

/// Adds the element called `name`.
fn add(name: &[u8], fields: &[Field], graph: &mut RawGraph) {
    let of = Fields(fields);
    match name {
        b"artifacts" => {
            let path = match of.find("exec_path") {
                Some(path) => RawPath::Whole(unquoted(path)),
                None => RawPath::Fragment(of.id("path_fragment_id")),
            };
            graph.artifacts.push((of.id("id"), path, of.is_true("is_tree_artifact")));
        }
        b"actions" => graph.actions.push(RawAction {
            target: of.id("target_id"),
            mnemonic: of.text("mnemonic"),
            has_arguments: of.find("arguments").is_some(),
            input_sets: of.ids("input_dep_set_ids"),
            outputs: of.ids("output_ids"),
            discovers_inputs: of.is_true("discovers_inputs"),
            primary_output: of.id("primary_output_id"),
        }),
        b"targets" => {
            graph.targets.insert(of.id("id"), of.text("label"));
        }
        b"dep_set_of_files" => {
            let direct = of.ids("direct_artifact_ids");
            graph.sets.push((of.id("id"), direct, of.ids("transitive_dep_set_ids")));
        }
        _ => {
            graph.fragments.insert(of.id("id"), (of.text("label"), of.id("parent_id")));
        }
    }
}

/// The fields of one element.
struct Fields<'a>(&'a [Field<'a>]);

impl<'a> Fields<'a> {
    /// The last value called `name`, as protobuf has it.
    fn find(&self, name: &str) -> Option<&'a [u8]> {
        self.0.iter().rfind(|field| field.0 == name.as_bytes()).map(|field| field.1)
    }

    fn text(&self, name: &str) -> String {
        self.find(name).map(unquoted).unwrap_or_default()
    }

    fn id(&self, name: &str) -> u32 {
        self.find(name).map_or(0, id)
    }

    fn ids(&self, name: &str) -> Vec<u32> {
        let named = self.0.iter().filter(|field| field.0 == name.as_bytes());
        named.map(|field| id(field.1)).collect()
    }

    fn is_true(&self, name: &str) -> bool {
        self.find(name).is_some_and(|value| matches!(value, b"true" | b"True" | b"t" | b"1"))
    }
}

/// An id: a number, or a text in v1.
fn id(value: &[u8]) -> u32 {
    if matches!(value, [b'"' | b'\'', ..]) {
        return id_of_text(&unquoted(value));
    }
    std::str::from_utf8(value).ok().and_then(|id| id.parse().ok()).unwrap_or(0)
}

/// A text without its quotes, escapes undone.
fn unquoted(value: &[u8]) -> String {
    let inside = match value {
        [b'"' | b'\'', inside @ .., _] => inside,
        word => word,
    };
    if !inside.contains(&b'\\') {
        return String::from_utf8_lossy(inside).into_owned();
    }
    let mut out = Vec::with_capacity(inside.len());
    let mut rest = inside;
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'\\', [escape, after @ ..]) => rest = unescape(*escape, after, &mut out),
            _ => out.push(*first),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Undoes the escape that `escape` begins; what follows it.
fn unescape<'a>(escape: u8, after: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let number = |digits: &[u8], radix| {
        let digits = std::str::from_utf8(digits).unwrap_or_default();
        u32::from_str_radix(digits, radix).unwrap_or(0) as u8
    };
    let n_digits = |text: &[u8], is_digit: fn(&u8) -> bool, max: usize| {
        text.iter().take(max).take_while(|b| is_digit(b)).count()
    };
    match escape {
        b'n' => out.push(b'\n'),
        b'r' => out.push(b'\r'),
        b't' => out.push(b'\t'),
        b'a' => out.push(7),
        b'b' => out.push(8),
        b'v' => out.push(11),
        b'f' => out.push(12),
        b'x' | b'X' => {
            let n = n_digits(after, u8::is_ascii_hexdigit, 2);
            out.push(number(&after[..n], 16));
            return &after[n..];
        }
        b'0'..=b'7' => {
            let n = n_digits(after, |b| (b'0'..=b'7').contains(b), 2);
            let digits: Vec<u8> = std::iter::once(escape).chain(after[..n].to_vec()).collect();
            out.push(number(&digits, 8));
            return &after[n..];
        }
        other => out.push(other),
    }
    after
}
