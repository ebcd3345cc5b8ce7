//! The facts of all files by kind, each with the file that it comes from.

use crate::import::bazel_bep_facts::BepFacts;
use crate::import::bazel_grpc_facts::CallLog;
use crate::import::bazel_profile_facts::ProfileFacts;
use crate::import::facts::{BlobFacts, Facts, ListingFacts};
use crate::import::log_facts::AqueryFacts;
use crate::import::losses::LossFacts;
use crate::import::named_facts::NamedFacts;
use crate::import::request_log::RequestLog;
use crate::model::FileId;

/// The facts by kind.
pub(super) struct Sources<'a> {
    /// All files with their names.
    pub all: Vec<(&'a str, &'a Facts)>,
    /// Which file each of the following is of.
    pub files: Files,
    /// Whether a log is among them; what they tell is taken, not kept.
    pub has_logs: bool,
    pub queries: Vec<&'a AqueryFacts>,
    pub named: Vec<&'a NamedFacts>,
    pub listings: Vec<&'a ListingFacts>,
    pub blobs: Vec<&'a BlobFacts>,
    pub reports: Vec<&'a BepFacts>,
    pub calls: Vec<&'a CallLog>,
    pub profiles: Vec<&'a ProfileFacts>,
    pub requests: Vec<&'a RequestLog>,
    pub losses: Vec<&'a LossFacts>,
    /// Whether the listing is only what requests prove.
    pub is_cache_from_requests: bool,
}

/// The files of facts, by kind of fact and in the same order.
#[derive(Default)]
pub(super) struct Files {
    pub logs: Vec<FileId>,
    pub queries: Vec<FileId>,
    pub named: Vec<FileId>,
    /// What requests prove, all their logs prove together.
    pub listings: Vec<Vec<FileId>>,
    pub blobs: Vec<FileId>,
    pub reports: Vec<FileId>,
    pub calls: Vec<FileId>,
    pub profiles: Vec<FileId>,
    pub requests: Vec<FileId>,
    pub losses: Vec<FileId>,
}

impl<'a> Sources<'a> {
    /// `ids` says which of all files each of `files` is. With `known`, what requests prove, where
    /// no file tells what the cache holds.
    pub fn of(
        files: &[(&'a str, &'a Facts)],
        ids: &[FileId],
        known: Option<&'a ListingFacts>,
    ) -> Self {
        let mut sources = Self {
            all: files.to_vec(),
            files: Files::default(),
            has_logs: false,
            queries: Vec::new(),
            named: Vec::new(),
            listings: known.into_iter().collect(),
            blobs: Vec::new(),
            reports: Vec::new(),
            calls: Vec::new(),
            profiles: Vec::new(),
            requests: Vec::new(),
            losses: Vec::new(),
            is_cache_from_requests: known.is_some(),
        };
        let is_proof = |facts: &Facts| matches!(facts, Facts::Requests(_));
        if known.is_some() {
            let proofs = files.iter().zip(ids).filter(|(file, _)| is_proof(file.1));
            sources.files.listings.push(proofs.map(|(_, &id)| id).collect());
        }
        let knows_actions =
            files.iter().any(|(_, facts)| matches!(facts, Facts::ExecLog(_) | Facts::Aquery(_)));
        for (&(_, facts), &file) in files.iter().zip(ids) {
            sources.add(facts, file, knows_actions);
        }
        sources
    }

    fn add(&mut self, facts: &'a Facts, file: FileId, knows_actions: bool) {
        match facts {
            Facts::Listing(listing) => {
                self.listings.push(listing);
                self.files.listings.push(vec![file]);
            }
            Facts::Blobs(blobs) => {
                self.listings.push(&blobs.listing);
                self.files.listings.push(vec![file]);
                put(&mut self.blobs, &mut self.files.blobs, blobs, file);
            }
            Facts::Requests(log) => put(&mut self.requests, &mut self.files.requests, log, file),
            Facts::Losses(losses) => put(&mut self.losses, &mut self.files.losses, losses, file),
            Facts::ExecLog(_) => {
                self.has_logs = true;
                self.files.logs.push(file);
            }
            Facts::Aquery(query) => put(&mut self.queries, &mut self.files.queries, query, file),
            Facts::Bep(report) => put(&mut self.reports, &mut self.files.reports, report, file),
            Facts::Calls(log) => {
                put(&mut self.blobs, &mut self.files.blobs, &log.bodies, file);
                put(&mut self.calls, &mut self.files.calls, log, file);
            }
            Facts::Profile(profile) => {
                put(&mut self.profiles, &mut self.files.profiles, profile, file);
            }
            // Its actions have no paths to be joined by, so others are better.
            Facts::Executed(graph) if knows_actions => {
                put(&mut self.profiles, &mut self.files.profiles, &graph.durations, file);
            }
            Facts::Executed(graph) => {
                put(&mut self.named, &mut self.files.named, &graph.named, file);
            }
            Facts::Named(named) => put(&mut self.named, &mut self.files.named, named, file),
        }
    }
}

fn put<'a, T>(all: &mut Vec<&'a T>, files: &mut Vec<FileId>, one: &'a T, file: FileId) {
    all.push(one);
    files.push(file);
}
