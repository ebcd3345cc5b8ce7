//! The door: files in, an import out.
//!
//! Files are read one by one and kept as facts, so that a further file needs no re-reading of the
//! earlier ones, and a bad one leaves them alone.

use std::io::Read;
use std::ops::ControlFlow;

use super::card::{FileCard, Format, ImportError, Place, Progress, Warning};
use super::facts::Facts;
use super::feed::Feed;
use super::notes::{Meter, Notes, Stop};
use super::read_as::{Content, is_streamed, read_as};
use super::sniff::{Guess, sniff};
use super::wrapper::{TooDeep, Unwrapped};
use super::{Import, InputFile, blobs, console, listing, merge};
use crate::model::FileId;

/// What of a compressed file is looked at to guess what it is.
pub(super) const HEAD_BYTES: usize = 4 << 20;

/// Reads `files` and merges what they tell. Fails only when `progress` asks to stop: a file that
/// cannot be used has its reason on its card.
pub fn read(
    files: &[InputFile],
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Import, ImportError> {
    let mut importer = Importer::default();
    importer.add(files, progress)?;
    let all: u64 = files.iter().map(|file| file.bytes.len() as u64).sum();
    let file = files.len().saturating_sub(1);
    importer.import_with(&mut || progress(Progress { file, done_bytes: all, total_bytes: all }))
}

/// Files read so far.
#[derive(Default, Debug)]
pub struct Importer {
    files: Vec<ReadFile>,
}

/// A file that was read.
#[derive(Debug)]
pub(super) struct ReadFile {
    card: FileCard,
    content: Content,
}

impl Importer {
    /// Reads `files` in addition. When cancelled, those already read stay.
    pub fn add(
        &mut self,
        files: &[InputFile],
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<(), ImportError> {
        let total_bytes = files.iter().map(|f| f.bytes.len() as u64).sum();
        let mut before_bytes = 0;
        let mut picked: Vec<(usize, &InputFile)> = Vec::new();
        for (i, file) in files.iter().enumerate() {
            let file_bytes = file.bytes.len() as u64;
            let mut meter = Meter {
                progress: &mut *progress,
                file: i,
                before_bytes,
                file_bytes,
                total_bytes,
                next: 0,
            };
            if blobs::sniff_blob(&file.name, &file.bytes) {
                picked.push((self.files.len(), file));
            } else {
                let read = read_one(file.into(), None, &mut meter)?;
                self.push(read);
            }
            before_bytes += file_bytes;
        }
        if let Some(&(at, _)) = picked.first() {
            let files: Vec<&InputFile> = picked.iter().map(|p| p.1).collect();
            let read = read_picked(&files, total_bytes, progress)?;
            self.files.insert(at, read);
        }
        Ok(())
    }

    /// Reads one file in addition, as `format` whatever it looks like.
    pub fn add_as(
        &mut self,
        file: &InputFile,
        format: Format,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<(), ImportError> {
        let size = file.bytes.len() as u64;
        if format == Format::RawBlob {
            let read = read_picked(&[file], size, progress)?;
            self.files.push(read);
            return Ok(());
        }
        let mut meter = Meter {
            progress,
            file: 0,
            before_bytes: 0,
            file_bytes: size,
            total_bytes: size,
            next: 0,
        };
        let read = read_one(file.into(), Some(format), &mut meter)?;
        self.push(read);
        Ok(())
    }

    /// Reads one file in addition that is not to be held whole, as `format` or as what it looks
    /// like. `progress` hears of it as the file number `number`.
    pub fn add_large(
        &mut self,
        file: LargeFile,
        format: Option<Format>,
        number: usize,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<(), ImportError> {
        let size = file.size_bytes;
        let mut meter = Meter {
            progress,
            file: number,
            before_bytes: 0,
            file_bytes: size,
            total_bytes: size,
            next: 0,
        };
        let read = read_one(file, format, &mut meter)?;
        self.push(read);
        Ok(())
    }

    /// Keeps `read`, and what is in it as files of their own behind it.
    fn push(&mut self, mut read: ReadFile) {
        let content = std::mem::replace(&mut read.content, Content::Nothing);
        let (content, inside) = match content {
            Content::Archive(facts, inside) => {
                (facts.map_or(Content::Nothing, Content::Facts), inside)
            }
            content => (content, Vec::new()),
        };
        read.content = content;
        self.files.push(read);
        inside.into_iter().for_each(|inside| self.push(inside));
    }

    /// What all files tell together.
    pub fn import(self) -> Import {
        let import = self.import_with(&mut || ControlFlow::Continue(()));
        import.unwrap_or_else(|_| unreachable!("nobody cancels"))
    }

    /// The same, unless `hear`, which is asked now and then, breaks it off.
    pub fn import_with(
        mut self,
        hear: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Result<Import, ImportError> {
        if let [ReadFile { content: Content::Packed(_), .. }] = &self.files[..]
            && let Some(ReadFile { card, content: Content::Packed(import) }) = self.files.pop()
        {
            let mut import = *import;
            import.files.insert(0, card);
            import.provenance.shift_files(1);
            return Ok(import);
        }
        let (mut cards, mut facts, mut ids) = (Vec::new(), Vec::new(), Vec::new());
        for (i, ReadFile { mut card, content }) in self.files.into_iter().enumerate() {
            match content {
                Content::Facts(told) => {
                    facts.push((card.name.clone(), told));
                    // Of more files than a tab can hold, the last ones are not told apart.
                    ids.push(FileId::try_from(i).unwrap_or(FileId::MAX));
                }
                Content::Packed(_) => card.error = Some(not_merged(&card.name)),
                Content::Nothing | Content::Archive(..) => {}
            }
            cards.push(card);
        }
        let merged = merge::merge(facts, &ids, hear).ok_or(ImportError::Cancelled)?;
        Ok(Import {
            graph: merged.graph,
            cache: merged.cache,
            has_cache: merged.has_cache,
            observed: merged.observed,
            files: cards,
            provenance: merged.provenance,
            conflicts: merged.conflicts,
            warnings: merged.warnings,
        })
    }
}

fn not_merged(name: &str) -> Warning {
    Warning {
        file: name.to_owned(),
        place: Place::Whole,
        what: "A packed incident is whole and cannot be merged with other files.".to_owned(),
        remedy: "Open it alone.".to_owned(),
        count: 1,
    }
}

/// A file that is read as it comes, compressed or not.
pub struct LargeFile<'a> {
    /// Its name or relative path.
    pub name: String,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// What reads it.
    pub reader: Box<dyn Read + 'a>,
    /// All of it, where it lies in memory.
    pub(super) whole: Option<&'a [u8]>,
}

impl<'a> LargeFile<'a> {
    /// A file that only `reader` can read.
    pub fn new(name: String, size_bytes: u64, reader: Box<dyn Read + 'a>) -> Self {
        Self { name, size_bytes, reader, whole: None }
    }

    /// What is inside all wrappers, and these.
    fn open(self) -> Result<(Feed<'a>, Vec<&'static str>), TooDeep> {
        let inside = match self.whole.map(|bytes| (bytes, Unwrapped::open(bytes))) {
            Some((bytes, None)) => return Ok((Feed::plain(bytes), Vec::new())),
            Some((_, Some(inside))) => inside?,
            None => Unwrapped::open_stream(self.reader, self.size_bytes)?,
        };
        let wrappers = inside.wrappers.clone();
        Ok((Feed::unwrapped(inside), wrappers))
    }
}

impl std::fmt::Debug for LargeFile<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LargeFile").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<'a> From<&'a InputFile> for LargeFile<'a> {
    fn from(file: &'a InputFile) -> Self {
        let bytes = &file.bytes[..];
        let whole = Some(bytes);
        Self { whole, ..Self::new(file.name.clone(), bytes.len() as u64, Box::new(bytes)) }
    }
}

/// Reads `file` as `forced`, or as what it looks like.
pub(super) fn read_one(
    file: LargeFile,
    forced: Option<Format>,
    meter: &mut Meter,
) -> Result<ReadFile, ImportError> {
    let mut notes = Notes::new(&file.name);
    let mut card = FileCard {
        name: file.name.clone(),
        format: Format::Unknown,
        wrappers: Vec::new(),
        size_bytes: file.size_bytes,
        counts: Vec::new(),
        told: Vec::new(),
        warnings: Vec::new(),
        error: None,
    };
    let content = match unwrap_and_read(file, forced, &mut card, &mut notes, meter) {
        Ok(content) => content,
        Err(Stop::Cancelled) => return Err(ImportError::Cancelled),
        Err(Stop::Unusable(why)) => {
            card.error = Some(*why);
            Content::Nothing
        }
    };
    card.warnings.extend(notes.finish());
    Ok(ReadFile { card, content })
}

fn unwrap_and_read(
    file: LargeFile,
    forced: Option<Format>,
    card: &mut FileCard,
    notes: &mut Notes,
    meter: &mut Meter,
) -> Result<Content, Stop> {
    meter.report(0.0)?;
    if file.size_bytes == 0 {
        let what = "The file is empty.".to_owned();
        return unusable(notes.warning(Place::Whole, what, "Export it again."));
    }
    let Ok((mut feed, wrappers)) = file.open() else {
        let what = "It is compressed too many times over.".to_owned();
        let remedy = "Unpack it and drop what is inside.";
        return unusable(notes.warning(Place::Whole, what, remedy));
    };
    card.wrappers = wrappers;
    card.format = match forced {
        Some(format) => format,
        None => guess_head(&mut feed, notes, meter)?,
    };
    let is_zstd = [Format::BazelExecLogCompact, Format::BazelExecutionGraph].contains(&card.format);
    if is_zstd && card.wrappers.last() == Some(&"zstd") {
        // Part of the format, not around it.
        card.wrappers.pop();
    }
    let content = read_as(card.format, &mut feed, card, notes, meter)?;
    feed.finish(notes);
    meter.report(1.0)?;
    Ok(content)
}

pub(super) fn unusable<T>(why: Warning) -> Result<T, Stop> {
    Err(Stop::Unusable(Box::new(why)))
}

/// Guesses by what the file begins with; by all of it where that does not tell.
fn guess_head(feed: &mut Feed, notes: &Notes, meter: &mut Meter) -> Result<Format, Stop> {
    let guessed = guess(feed.head(HEAD_BYTES, notes, meter)?, notes);
    match guessed {
        Ok(format) if is_streamed(format) => Ok(format),
        guessed if feed.is_whole() => guessed,
        _ => guess(feed.all(notes, meter)?, notes),
    }
}

fn guess(bytes: &[u8], notes: &Notes) -> Result<Format, Stop> {
    match sniff(bytes) {
        Guess::Read(format) => Ok(format),
        _ if listing::sniff(bytes) => Ok(Format::CacheListing),
        Guess::Nothing if console::sniff(bytes) => Ok(Format::ConsoleText),
        Guess::NotRead(what, instead) => {
            let what = format!("This is {what}, which is not read yet.");
            unusable(notes.warning(Place::Whole, what, instead))
        }
        Guess::Nothing => {
            let head = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]);
            let head: String = head.chars().filter(|c| !c.is_control()).take(24).collect();
            let what = format!(
                "Its format is not known; it begins with \"{head}\". Expected a Bazel execution \
                 log, an aquery export, build events, a log of gRPC calls, a trace profile, a \
                 listing of a cache, a tar of a cache or a cache blob."
            );
            let remedy = "Drop one of those, or choose the format if this is one.";
            unusable(notes.warning(Place::Whole, what, remedy))
        }
    }
}

/// Reads blobs picked from a cache, which refer to each other, onto one card.
fn read_picked(
    files: &[&InputFile],
    total_bytes: u64,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<ReadFile, ImportError> {
    let name = match files {
        [one] => one.name.clone(),
        [first, ..] => format!("{} and {} more cache blobs", first.name, files.len() - 1),
        [] => String::new(),
    };
    let bodies: Vec<(&str, &[u8])> =
        files.iter().map(|f| (f.name.as_str(), f.bytes.as_slice())).collect();
    let mut told = |done_bytes| progress(Progress { file: 0, done_bytes, total_bytes });
    let mut card = FileCard {
        format: Format::RawBlob,
        wrappers: Vec::new(),
        size_bytes: files.iter().map(|f| f.bytes.len() as u64).sum(),
        counts: Vec::new(),
        told: Vec::new(),
        warnings: Vec::new(),
        error: None,
        name,
    };
    let content = match blobs::read_folder(&card.name, &bodies, &mut told) {
        Ok((facts, counts, warnings)) => {
            (card.counts, card.warnings) = (counts, warnings);
            Content::Facts(Facts::Blobs(Box::new(facts)))
        }
        Err(ImportError::Cancelled) => return Err(ImportError::Cancelled),
        Err(ImportError::Unusable(why)) => {
            card.error = Some(why);
            Content::Nothing
        }
    };
    Ok(ReadFile { card, content })
}
