//! Hands bytes whose format is known to the reader of that format.

use std::ops::ControlFlow;

use super::card::{Counts, FileCard, Format, ImportError, Place, Warning};
use super::facts::Facts;
use super::notes::{Meter, Notes, Stop};
use super::read::unusable;
use super::{
    Import, access_log, aquery, aquery_json, aquery_text, bazel_bep, bazel_grpc_log, bazel_profile,
    blobs, buck2_aquery, buck2_event_log, buck2_what_ran, console, exec_log, exec_log_compact,
    execution_graph, find_missing, graph_dot, graph_json, listing, pack,
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
}

/// Reads `bytes`, unpacked, as `format`. What else is known of the file goes onto `card`.
pub(super) fn read_as(
    format: Format,
    bytes: &[u8],
    card: &mut FileCard,
    notes: &mut Notes,
    meter: &mut Meter,
) -> Result<Content, Stop> {
    let (facts, counts) = match format {
        Format::BazelExecLogJson => log(exec_log::read_json(bytes, notes, meter)?),
        Format::BazelExecLogBinary => log(exec_log::read_binary(bytes, notes, meter)?),
        Format::BazelExecLogCompact => log(exec_log_compact::read(bytes, notes, meter)?),
        Format::BazelAqueryProto
        | Format::BazelAqueryStreamedProto
        | Format::BazelAqueryJsonproto
        | Format::BazelAqueryTextproto
        | Format::BazelExecutionGraph => query(format, bytes, notes, meter)?,
        Format::Buck2EventLog
        | Format::Buck2EventLogJson
        | Format::Buck2WhatRan
        | Format::Buck2AqueryJson
        | Format::Dot
        | Format::GraphJson => named(format, bytes, notes, meter)?,
        Format::BazelBepJson => events(bazel_bep::read_json(bytes, notes, meter)?, card),
        Format::BazelBepBinary => events(bazel_bep::read_binary(bytes, notes, meter)?, card),
        Format::BazelProfile => {
            let (facts, counts, told) = bazel_profile::read(bytes, notes, meter)?;
            card.told = told;
            (Facts::Profile(Box::new(facts)), counts)
        }
        Format::BazelGrpcLog
        | Format::NginxAccessLog
        | Format::BazelRemoteLog
        | Format::RequestLines
        | Format::FindMissingBlobs => requests(format, bytes, notes, meter)?,
        Format::ConsoleText => {
            let (losses, counts) = console::read(bytes, notes, meter)?;
            (Facts::Losses(Box::new(losses)), counts)
        }
        Format::CacheListing
        | Format::AcListing
        | Format::CasListing
        | Format::BlobsTar
        | Format::BlobsZip => {
            let mut told = told(meter, bytes.len());
            let (facts, counts, warnings) =
                read_cache_as(format, bytes, &card.name, &mut told).map_err(stop)?;
            card.warnings.extend(warnings);
            (facts, counts)
        }
        Format::Packed => return unpack(bytes, notes),
        Format::RawBlob | Format::Unknown => {
            let what = "It cannot be read as that.".into();
            return unusable(notes.warning(Place::Whole, what, "Choose another format."));
        }
    };
    card.counts = counts;
    Ok(Content::Facts(facts))
}

/// Reads a log of what was asked of a cache.
fn requests(
    format: Format,
    bytes: &[u8],
    notes: &mut Notes,
    meter: &mut Meter,
) -> Result<(Facts, Counts), Stop> {
    let (log, counts) = match format {
        Format::BazelGrpcLog => {
            let (calls, counts) = bazel_grpc_log::read(bytes, notes, meter)?;
            return Ok((Facts::Calls(Box::new(calls)), counts));
        }
        Format::FindMissingBlobs => find_missing::read(bytes, notes, meter)?,
        _ => access_log::read(format, bytes, notes, meter)?,
    };
    Ok((Facts::Requests(Box::new(log)), counts))
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

fn read_cache_as(
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
    if half.is_some() || format == Format::CacheListing {
        let (facts, counts, warnings) = listing::read_half(name, bytes, half, progress)?;
        return Ok((Facts::Listing(facts), counts, warnings));
    }
    let (facts, counts, warnings) = match format {
        Format::BlobsZip => blobs::read_zip(name, bytes, progress)?,
        _ => blobs::read_tar(name, bytes, progress)?,
    };
    Ok((Facts::Blobs(Box::new(facts)), counts, warnings))
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

/// Reads a format that names actions and little else.
fn named(
    format: Format,
    bytes: &[u8],
    notes: &mut Notes,
    meter: &mut Meter,
) -> Result<(Facts, Counts), Stop> {
    let (facts, counts) = match format {
        Format::Buck2EventLog => buck2_event_log::read_proto(bytes, notes, meter)?,
        Format::Buck2EventLogJson => buck2_event_log::read_json(bytes, notes, meter)?,
        Format::Buck2WhatRan => buck2_what_ran::read(bytes, notes, meter)?,
        Format::Buck2AqueryJson => buck2_aquery::read(bytes, notes, meter)?,
        Format::Dot => graph_dot::read(bytes, notes, meter)?,
        _ => graph_json::read(bytes, notes, meter)?,
    };
    Ok((Facts::Named(Box::new(facts)), counts))
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
