//! Sentences for requests to the remote cache and to the one on disk.

use crate::model::{CacheKind, Request, Status, Tier, Verb};

use super::glossary::Term;
use super::story::Story;
use super::words::Sentence;

impl Story<'_> {
    pub(super) fn asked(&self, request: Request) -> Sentence {
        let who = match request.owner {
            Some(action) => self.action(Sentence::default(), action),
            None => self.tool(),
        };
        if request.tier == Tier::Disk {
            return self.asked_disk(who, request);
        }
        let found = request.status == Status::Ok;
        let failed = request.status == Status::Error;
        match (request.kind, request.verb) {
            (CacheKind::Ac, Verb::Put) => {
                who.text(" stores its ").term("AC entry", Term::AcEntry).text(".")
            }
            (CacheKind::Ac, _) => who
                .text(" asks the ")
                .term("action cache", Term::ActionCache)
                .text(match request.status {
                    Status::Ok => ": there is an entry.",
                    Status::NotFound => ": no entry.",
                    Status::Error => ": the answer is an error.",
                }),
            (CacheKind::Cas, Verb::Put) => {
                self.content(who.text(" uploads "), request.blob, request.owner).text(".")
            }
            (CacheKind::Cas, Verb::Get) if found => {
                self.content(who.text(" fetches "), request.blob, request.owner).text(".")
            }
            (CacheKind::Cas, Verb::Get) => {
                let goes = who.text(" asks the ").term("CAS", Term::Cas).text(" for ");
                self.content(goes, request.blob, request.owner).text(if failed {
                    ": the answer is an error that does not say that it is gone."
                } else {
                    ": not found."
                })
            }
            (CacheKind::Cas, Verb::Find) => {
                let asks = who.text(" asks whether the ").term("CAS", Term::Cas).text(" holds ");
                self.content(asks, request.blob, request.owner).text(if found {
                    ": it does."
                } else {
                    ": it does not."
                })
            }
        }
    }

    /// A request that no server sees.
    fn asked_disk(&self, who: Sentence, request: Request) -> Sentence {
        let Request { verb, kind, blob, owner, status, .. } = request;
        let verb_text = if verb == Verb::Put { " stores " } else { " asks the disk cache for " };
        let what = who.text(verb_text);
        let what = match kind {
            CacheKind::Ac => what.text("its ").term("AC entry", Term::AcEntry),
            CacheKind::Cas => self.content(what, blob, owner),
        };
        what.text(match (verb, status) {
            (Verb::Put, _) => " in the disk cache.",
            (_, Status::Ok) => ": found.",
            (_, Status::NotFound) => ": not found.",
            (_, Status::Error) => ": the answer is an error.",
        })
    }
}
