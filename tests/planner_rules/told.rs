//! Events in a few plain words, as rows quote them: `a GET cas a.txt 404`, `c lost a.txt`.
//! Labels come without `//:`, and the build itself is called `build`.

use rewindow::model::{ActionId, BlobId, CacheKind, Graph, Request, Status, Tier, Verb};
use rewindow::report::Names;
use rewindow::rewind::{Event, FailReason, MissReason, Trace};
use rewindow::scenario::Play;

/// The events of `trace`, a line each.
pub fn lines(play: &Play, trace: &Trace) -> Vec<String> {
    let Play { graph, cache, scenario } = play;
    let names = Names::new(graph, cache, &scenario.revisions);
    let names = names.with_fresh(graph, trace).unwrap_or(names);
    let teller = Teller { graph, names };
    trace.events.iter().map(|event| teller.line(event).replace("//:", "")).collect()
}

struct Teller<'a> {
    graph: &'a Graph,
    names: Names,
}

impl Teller<'_> {
    fn line(&self, event: &Event) -> String {
        let action = |action: ActionId| self.graph.label(action);
        let who = |who: Option<ActionId>| who.map_or("build", action);
        match *event {
            Event::Clock { ms } => format!("clock {ms}"),
            Event::Evicted { kind, blob, tier } => {
                format!("evicted {}{} {}", disk(tier), half(kind), self.blob(blob, None))
            }
            Event::Edited { artifact, .. } => format!("edited {}", self.graph.path(artifact)),
            Event::Cleaned => "cleaned".to_owned(),
            Event::ServerRestarted => "restarted".to_owned(),
            Event::BuildStarted { build, attempt } => format!("build {}.{attempt}", build + 1),
            Event::Asked(request) => self.asked(request),
            Event::Materialized { artifact, for_action } => {
                let path = self.graph.path(artifact);
                for_action.map_or(format!("materialized {path}"), |reader| {
                    format!("materialized {path} for {}", action(reader))
                })
            }
            Event::LostInput { consumer, input, .. } => {
                format!("{} lost {}", action(consumer), self.graph.path(input))
            }
            Event::LossReported { consumer } => format!("{} told of a loss", action(consumer)),
            Event::LostOutput { artifact, .. } => {
                format!("build lost {}", self.graph.path(artifact))
            }
            Event::Rewound { consumer, round } => format!("rewound {} {round}", who(consumer)),
            Event::MarkedDirty { action: dirty, consumer } => {
                format!("{} dirty for {}", action(dirty), who(consumer))
            }
            Event::Outdated { action: outdated, producer } => {
                format!("{} outdated by {}", action(outdated), action(producer))
            }
            Event::Deleted { artifact } => format!("deleted {}", self.graph.path(artifact)),
            Event::Retrying { attempt } => format!("retrying {attempt}"),
            Event::BuildFinished { build, success, exit_code } => {
                format!(
                    "end {} {} {exit_code}",
                    build + 1,
                    if success { "success" } else { "failure" }
                )
            }
            ref event => self.fate(event),
        }
    }

    /// What becomes of an action.
    fn fate(&self, event: &Event) -> String {
        let (action, what) = match *event {
            Event::Reused { action } => (action, "reused".to_owned()),
            Event::CacheHit { action } => (action, "hit".to_owned()),
            Event::CacheMiss { action, reason } => (action, self.miss(action, reason)),
            Event::UploadCancelled { action } => (action, "cancelled".to_owned()),
            Event::Reset { action } => (action, "reset".to_owned()),
            Event::Started { action } => (action, "started".to_owned()),
            Event::Executed { action, again: false } => (action, "executed".to_owned()),
            Event::Executed { action, again: true } => (action, "executed again".to_owned()),
            Event::Made { action } => (action, "made".to_owned()),
            Event::LeftRemote { action } => (action, "remote".to_owned()),
            Event::Failed { action, reason } => (action, failed(reason).to_owned()),
            Event::Skipped { action } => (action, "skipped".to_owned()),
            event => unreachable!("{event:?} is no fate"),
        };
        format!("{} {what}", self.graph.label(action))
    }

    fn miss(&self, action: ActionId, reason: MissReason) -> String {
        match reason {
            MissReason::NoEntry => "miss".to_owned(),
            MissReason::BlobLost(blob) => format!("miss gone {}", self.blob(blob, Some(action))),
            MissReason::NamesLost(blob) => format!("miss lost {}", self.blob(blob, Some(action))),
            MissReason::Broken => "miss broken".to_owned(),
            MissReason::NotAsked => "miss not asked".to_owned(),
        }
    }

    fn asked(&self, request: Request) -> String {
        let Request { verb, tier, kind, blob, status, owner } = request;
        let who = owner.map_or("build", |owner| self.graph.label(owner));
        let verb = match verb {
            Verb::Get => "GET",
            Verb::Put => "PUT",
            Verb::Find => "FIND",
        };
        let name = match kind {
            CacheKind::Ac => String::new(),
            CacheKind::Cas => format!(" {}", self.blob(blob, owner)),
        };
        let status = match status {
            _ if verb == "PUT" => "",
            Status::Ok => " 200",
            Status::NotFound => " 404",
            Status::Error => " 500",
        };
        format!("{who} {}{verb} {}{name}{status}", disk(tier), half(kind))
    }

    fn blob(&self, blob: BlobId, owner: Option<ActionId>) -> String {
        self.names.blob(self.graph, blob, owner)
    }
}

fn disk(tier: Tier) -> &'static str {
    if tier == Tier::Disk { "disk " } else { "" }
}

fn half(kind: CacheKind) -> &'static str {
    match kind {
        CacheKind::Ac => "ac",
        CacheKind::Cas => "cas",
    }
}

fn failed(reason: FailReason) -> &'static str {
    match reason {
        FailReason::LostInputs => "failed: lost inputs",
        FailReason::LostTooOften => "failed: lost too often",
        FailReason::IoError => "failed: I/O error",
        FailReason::NoEnd => "failed: no end",
    }
}
