//! The door: files in, an import out.
//!
//! Files are read one by one and kept as facts, so that a further file needs no re-reading of the
//! earlier ones, and a bad one leaves them alone.

use std::ops::ControlFlow;

use super::card::{FileCard, Format, ImportError, Place, Progress, Warning};
use super::facts::Facts;
use super::notes::{Meter, Notes, Stop};
use super::read_as::{Content, read_as};
use super::sniff::{Guess, sniff};
use super::{Import, InputFile, blobs, console, listing, merge, wrapper};
use crate::model::FileId;

/// Reads `files` and merges what they tell. Fails only when `progress` asks to stop: a file that
/// cannot be used has its reason on its card.
pub fn read(
    files: &[InputFile],
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Import, ImportError> {
    let mut importer = Importer::default();
    importer.add(files, progress)?;
    Ok(importer.import())
}

/// Files read so far. Cheap to ask again after another file came.
#[derive(Default, Debug)]
pub struct Importer {
    files: Vec<ReadFile>,
}

#[derive(Debug)]
struct ReadFile {
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
                self.files.push(read_one(file, None, &mut meter)?);
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
        self.files.push(read_one(file, Some(format), &mut meter)?);
        Ok(())
    }

    /// Forgets the file at `index` of the cards.
    pub fn remove(&mut self, index: usize) {
        if index < self.files.len() {
            self.files.remove(index);
        }
    }

    /// What all files read so far tell together.
    pub fn import(&self) -> Import {
        let mut cards: Vec<FileCard> = self.files.iter().map(|f| f.card.clone()).collect();
        let packed = self.files.iter().enumerate().filter_map(|(i, f)| match &f.content {
            Content::Packed(import) => Some((i, import)),
            _ => None,
        });
        let packed: Vec<_> = packed.collect();
        if let ([_], [(_, import)]) = (self.files.as_slice(), packed.as_slice()) {
            let mut import = Import::clone(import);
            cards.append(&mut import.files);
            import.files = cards;
            import.provenance.shift_files(1);
            return import;
        }
        for &(i, _) in &packed {
            let what = "A packed incident is whole and cannot be merged with other files.";
            let card = &mut cards[i];
            card.error = Some(Warning {
                file: card.name.clone(),
                place: Place::Whole,
                what: what.to_owned(),
                remedy: "Open it alone.".to_owned(),
                count: 1,
            });
        }
        let facts = self.files.iter().enumerate().filter_map(|(i, file)| match &file.content {
            // Of more files than a tab can hold, the last ones are not told apart.
            Content::Facts(facts) => {
                let id = FileId::try_from(i).unwrap_or(FileId::MAX);
                Some(((file.card.name.as_str(), facts), id))
            }
            _ => None,
        });
        let (facts, ids): (Vec<(&str, &Facts)>, Vec<FileId>) = facts.unzip();
        let merged = merge::merge(&facts, &ids);
        Import {
            graph: merged.graph,
            cache: merged.cache,
            has_cache: merged.has_cache,
            observed: merged.observed,
            files: cards,
            provenance: merged.provenance,
            conflicts: merged.conflicts,
            warnings: merged.warnings,
        }
    }
}

/// Reads `file` as `forced`, or as what it looks like.
fn read_one(
    file: &InputFile,
    forced: Option<Format>,
    meter: &mut Meter,
) -> Result<ReadFile, ImportError> {
    let mut notes = Notes::new(&file.name);
    let mut card = FileCard {
        name: file.name.clone(),
        format: Format::Unknown,
        wrappers: Vec::new(),
        size_bytes: file.bytes.len() as u64,
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
    file: &InputFile,
    forced: Option<Format>,
    card: &mut FileCard,
    notes: &mut Notes,
    meter: &mut Meter,
) -> Result<Content, Stop> {
    meter.report(0.0)?;
    if file.bytes.is_empty() {
        let what = "The file is empty.".to_owned();
        return unusable(notes.warning(Place::Whole, what, "Export it again."));
    }
    let (bytes, wrappers) =
        wrapper::unwrap(&file.bytes, wrapper::UNPACKED_BYTES_MAX, notes, meter)?;
    card.wrappers = wrappers;
    card.format = match forced {
        Some(format) => format,
        None => guess(&bytes, notes)?,
    };
    let is_zstd = [Format::BazelExecLogCompact, Format::BazelExecutionGraph].contains(&card.format);
    if is_zstd && card.wrappers.last() == Some(&"zstd") {
        // Part of the format, not around it.
        card.wrappers.pop();
    }
    meter.rewind();
    let content = read_as(card.format, &bytes, card, notes, meter)?;
    meter.report(1.0)?;
    Ok(content)
}

pub(super) fn unusable<T>(why: Warning) -> Result<T, Stop> {
    Err(Stop::Unusable(Box::new(why)))
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
