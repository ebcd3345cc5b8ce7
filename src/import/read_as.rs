//! Hands bytes whose format is known to the reader of that format.

use std::ops::ControlFlow;

use super::card::{Counts, FileCard, Format, ImportError, Place, Warning};
use super::facts::Facts;
use super::feed::Feed;
use super::notes::{Meter, Notes, Stop};
use super::read::{ReadFile, unusable};
use super::{
    Import, access_log, aquery, aquery_json, aquery_plain, aquery_text, archive, bazel_bep,
    bazel_grpc_log, bazel_profile, blobs, buck2_aquery, buck2_event_log, buck2_what_ran, console,
    exec_log, exec_log_compact, execution_graph, find_missing, graph_dot, graph_json, listing,
    pack,
};
use crate::model::CacheKind;

/// What a file holds.
#[derive(Debug)]
pub(super) enum Content {
    /// Nothing that can be used.
    Nothing,
    Facts(Facts),
    /// A whole import.
    Packed(Box<Import>),
    /// An archive: its blobs, if it has some, and its exports, each a file of its own.
    Archive(Option<Facts>, Vec<ReadFile>),
}

/// Reads what `feed` has, unpacked, as `format`. What else is known of the file goes onto `card`.
pub(super) fn read_as(
    format: Format,
    feed: &mut Feed,
    card: &mut FileCard,
    notes: &mut Notes,
    meter: &mut Meter,
) -> Result<Content, Stop> {
    let read = match format {
        Format::BazelExecLogJson => Some(log(exec_log::read_json(feed, notes, meter)?)),
        Format::BazelExecLogBinary => Some(log(exec_log::read_binary(feed, notes, meter)?)),
        Format::BazelExecLogCompact => Some(log(exec_log_compact::read(feed, notes, meter)?)),
        Format::Buck2EventLog => Some(named(buck2_event_log::read_proto(feed, notes, meter)?)),
        Format::Buck2EventLogJson => Some(named(buck2_event_log::read_json(feed, notes, meter)?)),
        Format::Buck2WhatRan => Some(named(buck2_what_ran::read(feed, notes, meter)?)),
        Format::BazelBepJson => Some(events(bazel_bep::read_json(feed, notes, meter)?, card)),
        Format::BazelBepBinary => Some(events(bazel_bep::read_binary(feed, notes, meter)?, card)),
        Format::BazelGrpcLog => {
            let (facts, counts) = bazel_grpc_log::read(feed, notes, meter)?;
            Some((Facts::Calls(Box::new(facts)), counts))
        }
        _ => None,
    };
    if let Some((facts, counts)) = read {
        card.counts = counts;
        return Ok(Content::Facts(facts));
    }
    read_whole_as(format, feed.all(notes, meter)?, card, notes, meter)
}

/// Whether `format` is read as it comes, never whole.
pub(super) fn is_streamed(format: Format) -> bool {
    matches!(
        format,
        Format::BazelExecLogJson
            | Format::BazelExecLogBinary
            | Format::BazelExecLogCompact
            | Format::Buck2EventLog
            | Format::Buck2EventLogJson
            | Format::Buck2WhatRan
            | Format::BazelBepJson
            | Format::BazelBepBinary
            | Format::BazelGrpcLog
    )
}

/// Reads `bytes`, all of them, as `format`.
fn read_whole_as(
    format: Format,
    bytes: &[u8],
    card: &mut FileCard,
    notes: &mut Notes,
    meter: &mut Meter,
) -> Result<Content, Stop> {
    let (facts, counts) = match format {
        Format::BazelAqueryProto
        | Format::BazelAqueryStreamedProto
        | Format::BazelAqueryJsonproto
        | Format::BazelAqueryTextproto
        | Format::BazelAqueryText
        | Format::BazelExecutionGraph => query(format, bytes, notes, meter)?,
        Format::Buck2AqueryJson => named(buck2_aquery::read(bytes, notes, meter)?),
        Format::Dot => named(graph_dot::read(bytes, notes, meter)?),
        Format::GraphJson => named(graph_json::read(bytes, notes, meter)?),
        Format::BazelProfile => {
            let (facts, counts, told) = bazel_profile::read(bytes, notes, meter)?;
            card.told = told;
            (Facts::Profile(Box::new(facts)), counts)
        }
        Format::NginxAccessLog | Format::BazelRemoteLog | Format::RequestLines => {
            let (log, counts) = access_log::read(format, bytes, notes, meter)?;
            (Facts::Requests(Box::new(log)), counts)
        }
        Format::FindMissingBlobs => {
            let (log, counts) = find_missing::read(bytes, notes, meter)?;
            (Facts::Requests(Box::new(log)), counts)
        }
        Format::ConsoleText => {
            let (losses, counts) = console::read(bytes, notes, meter)?;
            (Facts::Losses(Box::new(losses)), counts)
        }
        Format::BlobsTar | Format::BlobsZip => {
            return read_archive(format, bytes, card, notes, meter);
        }
        Format::CacheListing | Format::AcListing | Format::CasListing => {
            let mut told = told(meter, bytes.len());
            let (facts, counts, warnings) =
                read_listing(format, bytes, &card.name, &mut told).map_err(stop)?;
            card.warnings.extend(warnings);
            (facts, counts)
        }
        Format::Packed => return unpack(bytes, notes),
        // Among them the streamed ones, which do not come here.
        _ => {
            let what = "It cannot be read as that.".to_owned();
            return unusable(notes.warning(Place::Whole, what, "Choose another format."));
        }
    };
    card.counts = counts;
    Ok(Content::Facts(facts))
}

fn unpack(bytes: &[u8], notes: &Notes) -> Result<Content, Stop> {
    match pack::unpack(bytes) {
        Ok(import) => Ok(Content::Packed(Box::new(import))),
        Err(error) => {
            let what = format!("The packed incident cannot be read: {error}.");
            unusable(notes.warning(Place::Whole, what, "Pack it again."))
        }
    }
}

fn read_listing(
    format: Format,
    bytes: &[u8],
    name: &str,
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<(Facts, Counts, Vec<Warning>), ImportError> {
    let half = match format {
        Format::AcListing => Some(CacheKind::Ac),
        Format::CasListing => Some(CacheKind::Cas),
        _ => None,
    };
    let (facts, counts, warnings) = listing::read_half(name, bytes, half, progress)?;
    Ok((Facts::Listing(facts), counts, warnings))
}

/// Reads the blobs of an archive, and what else is in it as files of their own.
fn read_archive(
    format: Format,
    bytes: &[u8],
    card: &mut FileCard,
    notes: &mut Notes,
    meter: &mut Meter,
) -> Result<Content, Stop> {
    let exports = archive::exports(format, bytes, meter)?;
    let but: Vec<u32> = exports.found.iter().map(|export| export.number).collect();
    let read = {
        let mut told = told(meter, bytes.len());
        match format {
            Format::BlobsZip => blobs::read_zip_but(&card.name, bytes, &but, &mut told),
            _ => blobs::read_tar_but(&card.name, bytes, &but, &mut told),
        }
    };
    let facts = match read.map_err(stop) {
        Ok((facts, counts, warnings)) => {
            card.counts = counts;
            card.warnings.extend(warnings);
            Some(Facts::Blobs(Box::new(facts)))
        }
        Err(Stop::Unusable(_)) if !but.is_empty() => {
            exports.note_others(notes);
            None
        }
        Err(stop) => return Err(stop),
    };
    if but.is_empty() {
        return Ok(facts.map_or(Content::Nothing, Content::Facts));
    }
    card.counts.push(("exports", but.len() as u64));
    let files = archive::read_inside(&card.name, exports.found, meter)?;
    Ok(Content::Archive(facts, files))
}

fn log((facts, counts): exec_log::Read) -> (Facts, Counts) {
    (Facts::ExecLog(Box::new(facts)), counts)
}

/// Reads a graph of actions, as analysed or as executed.
fn query(
    format: Format,
    bytes: &[u8],
    notes: &mut Notes,
    meter: &mut Meter,
) -> Result<(Facts, Counts), Stop> {
    let (facts, counts) = match format {
        Format::BazelAqueryProto => aquery::read_proto(bytes, notes, meter)?,
        Format::BazelAqueryStreamedProto => aquery::read_streamed(bytes, notes, meter)?,
        Format::BazelAqueryJsonproto => aquery_json::read(bytes, notes, meter)?,
        Format::BazelAqueryText => aquery_plain::read(bytes, notes, meter)?,
        Format::BazelExecutionGraph => {
            let (graph, counts) = execution_graph::read(bytes, notes, meter)?;
            return Ok((Facts::Executed(Box::new(graph)), counts));
        }
        _ => aquery_text::read(bytes, notes, meter)?,
    };
    Ok((Facts::Aquery(Box::new(facts)), counts))
}

fn events((facts, counts, told): bazel_bep::Read, card: &mut FileCard) -> (Facts, Counts) {
    card.told = told;
    (Facts::Bep(Box::new(facts)), counts)
}

fn named((facts, counts): buck2_event_log::Read) -> (Facts, Counts) {
    (Facts::Named(Box::new(facts)), counts)
}

/// `meter` as the readers of caches want it: told the bytes read.
fn told(meter: &mut Meter, all: usize) -> impl FnMut(u64) -> ControlFlow<()> {
    move |done| match meter.at(done as usize, all) {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    }
}

fn stop(error: ImportError) -> Stop {
    match error {
        ImportError::Cancelled => Stop::Cancelled,
        ImportError::Unusable(why) => Stop::Unusable(Box::new(why)),
    }
}
