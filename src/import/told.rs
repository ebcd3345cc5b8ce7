//! Who told a fact, in words.

use super::card::{FileCard, Format};
use crate::model::{Fact, FileId, FileSetId, Provenance};

/// Files that tell one fact, shown by name before the rest is counted.
const FILES_MAX: usize = 3;

/// `build.exec.log (spawn 41), listing.txt`: the files that told `fact`, the first with the place
/// in it, where that is known. Empty if no file told it.
pub fn told_by(files: &[FileCard], provenance: &Provenance, fact: Fact) -> String {
    let place = provenance.place(fact);
    named(files, provenance.files(fact), place)
}

/// The files of a combination, as [`told_by`] names them.
pub fn told_by_set(files: &[FileCard], provenance: &Provenance, set: FileSetId) -> String {
    named(files, provenance.set_files(set), None)
}

fn named(files: &[FileCard], told: &[FileId], place: Option<u32>) -> String {
    let cards = told.iter().filter_map(|&file| files.get(usize::from(file)));
    let mut text = String::new();
    for (i, card) in cards.take(FILES_MAX).enumerate() {
        if i > 0 {
            text += ", ";
        }
        text += &card.name;
        let word = place.filter(|_| i == 0).zip(place_word(card.format));
        if let Some((place, word)) = word {
            text += &format!(" ({word} {place})");
        }
    }
    if told.len() > FILES_MAX {
        text += &format!(" and {} more", told.len() - FILES_MAX);
    }
    text
}

/// What the places of such a file count.
fn place_word(format: Format) -> Option<&'static str> {
    Some(match format {
        Format::BazelExecLogJson | Format::BazelExecLogBinary | Format::BazelExecLogCompact => {
            "spawn"
        }
        Format::CacheListing | Format::AcListing | Format::CasListing => "line",
        Format::BlobsTar | Format::BlobsZip | Format::RawBlob => "entry",
        Format::BazelAqueryProto
        | Format::BazelAqueryStreamedProto
        | Format::BazelAqueryJsonproto
        | Format::BazelAqueryTextproto
        | Format::BazelAqueryText
        | Format::BazelExecutionGraph
        | Format::Buck2EventLog
        | Format::Buck2EventLogJson
        | Format::Buck2WhatRan
        | Format::Buck2AqueryJson
        | Format::Dot
        | Format::GraphJson => "action",
        _ => return None,
    })
}
