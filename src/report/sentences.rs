//! One sentence per kind of event: present tense, the actor is the subject.

use crate::model::{ActionId, ActionKind, ArtifactId, BlobId, CacheKind, Tier};
use crate::rewind::{Event, FailReason, MissReason, OnLoss, Targets, Tool};

use super::costs::time_text;
use super::glossary::Term;
use super::names::{Role, fresh_number};
use super::story::Story;
use super::words::{Mention, Sentence};

impl Story<'_> {
    /// What the event at `position` of the trace says. Looks at the events around it.
    pub fn sentence(&self, position: usize) -> Sentence {
        match self.trace.events[position] {
            Event::Evicted { kind, blob, tier } => self.evicted(kind, blob, tier),
            Event::Edited { artifact, .. } => {
                self.artifact(Sentence::new("The source "), artifact).text(" gets new content.")
            }
            Event::Cleaned => self.tool().text(" removes its outputs and what it remembers."),
            Event::ServerRestarted => {
                self.tool().text(" restarts its server and forgets what it held in memory.")
            }
            Event::BuildStarted { build, attempt } => self.build_started(build, attempt),
            Event::Asked(request) => self.asked(request),
            Event::Reused { action } => {
                self.about(action, " is as an earlier build left it: the cache is not asked.")
            }
            Event::CacheHit { action } => self.cache_hit(position, action),
            Event::CacheMiss { action, reason } => self.cache_miss(action, reason),
            Event::Materialized { artifact, .. } => self
                .artifact(Sentence::default(), artifact)
                .text(" is ")
                .term("materialized", Term::Materialize)
                .text(": its content is on disk."),
            Event::LostInput { consumer, input, .. } => self.lost_input(position, consumer, input),
            Event::LostOutput { artifact, .. } => self.lost_output(position, artifact),
            Event::Clock { ms } => Sentence::new(format!("The clock comes to {}.", time_text(ms))),
            Event::Rewound { consumer, round } => self.rewound(consumer, round),
            Event::MarkedDirty { action, consumer } => self.marked_dirty(action, consumer),
            Event::Made { action } => self.made(action),
            Event::LeftRemote { action } => self
                .about(action, " has run on a worker: its outputs stay in the ")
                .term("CAS", Term::Cas)
                .text("."),
            Event::Failed { action, reason } => self.failed(action, reason),
            Event::Skipped { action } => self
                .about(action, " is skipped: what it needs has failed, or the build has stopped."),
            Event::Deleted { artifact } => {
                self.artifact(self.tool().text(" deletes "), artifact).text(" from disk.")
            }
            Event::Retrying { .. } => self
                .tool()
                .text(" gives this attempt up on lost blobs and runs the whole build again (")
                .term("restart", Term::Restart)
                .text(")."),
            Event::BuildFinished { success: true, .. } => Sentence::new("The build succeeds."),
            Event::BuildFinished { exit_code: Event::EXIT_CODE_UNKNOWN, .. } => {
                Sentence::new("The build fails; no file tells its exit code.")
            }
            Event::BuildFinished { exit_code, .. } => {
                Sentence::new(format!("The build fails with exit code {exit_code}."))
            }
            event => self.fate(event),
        }
    }

    /// What becomes of an action, for the events that [`sentence`](Self::sentence) leaves.
    fn fate(&self, event: Event) -> Sentence {
        match event {
            Event::LossReported { consumer } => self
                .action(Sentence::new("The worker of "), consumer)
                .text(" reports that inputs are ")
                .term("lost", Term::LostInput)
                .text(", without saying which."),
            Event::Outdated { action, producer } => {
                let sentence = self.about(action, " must run again: what it reads of ");
                self.action(sentence, producer).text(" has changed.")
            }
            Event::UploadCancelled { action } => {
                let sentence = self.tool().text(" gives up the uploads of ");
                self.action(sentence, action).text(" that have not ended.")
            }
            Event::Reset { action } => {
                self.about(action, " waits for the producers of its lost inputs, then runs again.")
            }
            Event::Started { action } => {
                self.about(action, " starts to ").term("execute", Term::Execute).text(".")
            }
            Event::Executed { action, again } => self
                .about(action, " ")
                .term("executes", Term::Execute)
                .text(if again { ", and its outputs are there again." } else { "." }),
            _ => Sentence::default(),
        }
    }

    fn evicted(&self, kind: CacheKind, blob: BlobId, tier: Tier) -> Sentence {
        let is = |sentence: Sentence| sentence.text(" is ").term("evicted", Term::Evict);
        match kind {
            CacheKind::Ac => {
                let entry = Sentence::new("The ").term("AC entry", Term::AcEntry).text(" of ");
                let of = match self.names.role(self.graph, blob, None) {
                    Role::Action(action) => self.action(entry, action),
                    _ => match self.graph.action_of_key(blob) {
                        Some(action) => self.action(entry, action),
                        None => self.digest(entry, blob),
                    },
                };
                is(of).text(if tier == Tier::Disk { " from the disk cache." } else { "." })
            }
            CacheKind::Cas if tier == Tier::Disk => {
                is(self.content(Sentence::default(), blob, None)).text(" from the disk cache.")
            }
            CacheKind::Cas => is(self.content(Sentence::default(), blob, None))
                .text(" from the ")
                .term("CAS", Term::Cas)
                .text("."),
        }
    }

    fn build_started(&self, build: u32, attempt: u32) -> Sentence {
        let tool = self.tool();
        if attempt > 1 {
            return tool.text(format!(" starts attempt {attempt} at the whole build."));
        }
        let Some(build) = self.scenario.builds.get(build as usize) else {
            return tool.text(" starts a build.");
        };
        let start = tool.text(" starts to build ");
        let what = match &build.targets {
            Targets::All => start.text("everything"),
            Targets::Artifacts(all) => match all.as_slice() {
                &[one] => self.artifact(start, one),
                many => start.text(format!("{} outputs", many.len())),
            },
        };
        what.text(" in ")
            .term("download mode", Term::DownloadMode)
            .text(format!(" {}.", build.download.name()))
    }

    fn cache_hit(&self, position: usize, action: ActionId) -> Sentence {
        let hit = self
            .action(Sentence::default(), action)
            .text(" is a ")
            .term("cache hit", Term::CacheHit)
            .text(".");
        match self.unchecked_outputs(position, action).as_slice() {
            [] => hit,
            &[one] => {
                let tool = format!(" {} does not check that ", self.tool_name());
                self.artifact(hit.text(tool), one).text(" still exists.")
            }
            many => {
                let (tool, n) = (self.tool_name(), many.len());
                hit.text(format!(" {tool} does not check that its {n} outputs still exist."))
            }
        }
    }

    /// The outputs of the hit at `position` that were not fetched with it.
    fn unchecked_outputs(&self, position: usize, action: ActionId) -> Vec<ArtifactId> {
        let mut fetched = Vec::new();
        for event in self.trace.events[..position].iter().rev() {
            match event {
                Event::Asked(request) if request.owner == Some(action) => match request.kind {
                    CacheKind::Ac => break,
                    CacheKind::Cas => fetched.push(request.blob),
                },
                Event::BuildStarted { .. } => break,
                _ => {}
            }
        }
        let outputs = self.graph.outputs(action).iter().copied();
        let is_unchecked = |&output: &ArtifactId| {
            let content = Role::Content(output);
            let as_fresh = fetched.iter().any(|&blob| {
                self.graph.blobs().is_fresh(blob)
                    && self.names.role(self.graph, blob, None) == content
            });
            !as_fresh
                && self.graph.blob(output).is_none_or(|blob| {
                    !fetched.contains(&blob) && !self.graph.blobs().is_size_0(blob)
                })
        };
        outputs.filter(is_unchecked).collect()
    }

    fn cache_miss(&self, action: ActionId, reason: MissReason) -> Sentence {
        let who = Sentence::default();
        let executes = |sentence: Sentence| sentence.term("execute", Term::Execute).text(".");
        match reason {
            MissReason::NoEntry => executes(self.action(who, action).text(" has to ")),
            MissReason::BlobLost(blob) => {
                let entry = self.action(who, action).text("'s ").term("AC entry", Term::AcEntry);
                let gone = self.content(entry.text(" names "), blob, Some(action));
                executes(gone.text(", which is gone: the hit becomes a miss, and it has to "))
            }
            MissReason::NamesLost(blob) => {
                let refuses = self.tool().text(" refuses the ").term("AC entry", Term::AcEntry);
                let of = self.action(refuses.text(" of "), action).text(": it names ");
                executes(
                    self.content(of, blob, Some(action))
                        .text(", known to be lost, so the action has to "),
                )
            }
            MissReason::Broken => {
                let entry = self.action(who, action).text("'s ").term("AC entry", Term::AcEntry);
                executes(entry.text(" cannot be read and counts as none: it has to "))
            }
            MissReason::NotAsked => {
                executes(self.action(who, action).text(" does not ask the cache: it has to "))
            }
        }
    }

    fn lost_input(&self, position: usize, consumer: ActionId, input: ArtifactId) -> Sentence {
        let finds = self.action(Sentence::default(), consumer).text(" finds its input ");
        let lost = self.artifact(finds, input).text(" ").term("lost", Term::LostInput);
        let consequence = match self.real_producer(input) {
            None => return lost.text("; no action produces it."),
            Some(producer) if self.runs_again(position, producer, Some(consumer)) => producer,
            Some(_) => return lost.text("."),
        };
        self.action(lost.text("; its producer "), consequence).text(" must run again.")
    }

    fn lost_output(&self, position: usize, artifact: ArtifactId) -> Sentence {
        let start = self.tool().text(" finds the ").term("top-level output", Term::TopLevelOutput);
        let lost = self.artifact(start.text(" "), artifact).text(" lost");
        match self.real_producer(artifact) {
            Some(producer) if self.runs_again(position, producer, None) => {
                self.action(lost.text("; its producer "), producer).text(" must run again.")
            }
            _ => lost.text("."),
        }
    }

    /// Who runs again when `artifact` is lost: its producer, or, where redirects are seen through,
    /// that of what it is bound to (K6).
    fn real_producer(&self, artifact: ArtifactId) -> Option<ActionId> {
        let mut producer = self.graph.producer(artifact)?;
        let (graph, mut artifact) = (self.graph, artifact);
        while self.scenario.engine.canonical_keys
            && graph.action_kind(producer) == ActionKind::Redirect
            && let Some(target) = graph.link_target(artifact)
        {
            // What is bound to a source leads to nobody.
            let Some(behind) = graph.producer(target) else { break };
            (artifact, producer) = (target, behind);
        }
        Some(producer)
    }

    /// Whether `producer` is made to run again for the loss at `position`: it is marked dirty
    /// before the consumer is reset or fails, or it was already for another loss.
    fn runs_again(&self, position: usize, producer: ActionId, loser: Option<ActionId>) -> bool {
        for event in &self.trace.events[position + 1..] {
            match *event {
                Event::MarkedDirty { action, .. } if action == producer => return true,
                Event::Reset { action } if Some(action) == loser => return true,
                Event::Failed { action, .. } if Some(action) == loser => return false,
                Event::BuildFinished { .. } | Event::Retrying { .. } => return false,
                _ => {}
            }
        }
        false
    }

    fn rewound(&self, consumer: Option<ActionId>, round: u32) -> Sentence {
        let rewinds = self.tool().text(" ").term("rewinds", Term::Rewind);
        match consumer {
            Some(action) => {
                self.action(rewinds.text(" for "), action).text(format!(": round {round}."))
            }
            None => rewinds.text(format!(
                ": it gathers the losses of this pass and computes the command again, round \
                 {round}."
            )),
        }
    }

    fn marked_dirty(&self, action: ActionId, consumer: Option<ActionId>) -> Sentence {
        let becomes = self.action(Sentence::default(), action).text(" becomes ");
        let dirty = becomes.term("dirty", Term::Dirty).text(": ");
        match consumer {
            Some(consumer) => self.action(dirty, consumer).text(" lost what it had produced."),
            None => dirty.text("what it had produced is lost."),
        }
    }

    fn failed(&self, action: ActionId, reason: FailReason) -> Sentence {
        let fails = self.action(Sentence::default(), action).text(" fails: ");
        match reason {
            FailReason::LostInputs => {
                let lost = fails.text("its inputs are ").term("lost", Term::LostInput);
                // What a log tells is nobody's in particular.
                if self.scenario.builds.is_empty() {
                    return lost.text(".");
                }
                match self.scenario.engine.on_loss {
                    OnLoss::Fail => lost
                        .text(format!(" and {} does not ", self.scenario.engine.name))
                        .term("rewind", Term::Rewind)
                        .text("."),
                    OnLoss::Rewind { .. } | OnLoss::RewindCommand { .. } => lost.text("."),
                }
            }
            FailReason::LostTooOften => fails.text("what it needs was lost too often."),
            FailReason::IoError => fails.text("an error that does not name what is gone."),
            FailReason::NoEnd => fails.text("what it needs is lost again and again, without end."),
        }
    }

    /// A sentence that begins with `action`.
    fn made(&self, action: ActionId) -> Sentence {
        let sentence = self.action(self.tool().text(" does "), action);
        sentence.text(" itself: no command runs, no cache is asked.")
    }

    fn about(&self, action: ActionId, text: &str) -> Sentence {
        self.action(Sentence::default(), action).text(text)
    }

    pub(super) fn action(&self, sentence: Sentence, action: ActionId) -> Sentence {
        sentence.mention(self.names.action(self.graph, action), Mention::Action(action))
    }

    fn artifact(&self, sentence: Sentence, artifact: ArtifactId) -> Sentence {
        let name = self.names.artifact(self.graph, artifact);
        sentence.mention(name, Mention::Artifact(artifact))
    }

    /// A blob by what it is: "its output a.txt", "its standard output", "a.txt".
    pub(super) fn content(
        &self,
        sentence: Sentence,
        blob: BlobId,
        owner: Option<ActionId>,
    ) -> Sentence {
        let mention = Mention::Blob(blob);
        let of = |sentence: Sentence, what: &str, action: ActionId| match owner {
            Some(owner) if owner == action => sentence.mention(format!("its {what}"), mention),
            _ => self.action(sentence.mention(format!("the {what}"), mention).text(" of "), action),
        };
        let number = fresh_number(self.graph, blob);
        let sentence = match number {
            Some(number) => sentence.mention(format!("fresh content {number}"), mention),
            None => sentence,
        };
        let role = self.names.role(self.graph, blob, owner);
        let sentence = if number.is_some() && role != Role::Unknown {
            sentence.text(" of ")
        } else {
            sentence
        };
        match role {
            Role::Unknown if number.is_some() => sentence,
            Role::Unknown => self.digest(sentence, blob),
            Role::Empty => sentence.mention("the empty blob", mention),
            Role::Action(action) => of(sentence, "Action message", action),
            Role::Command(action) => of(sentence, "Command message", action),
            Role::Stdout(action) => of(sentence, "standard output", action),
            Role::Stderr(action) => of(sentence, "standard error", action),
            Role::Content(artifact) => {
                let producer = self.graph.producer(artifact);
                let its = match owner {
                    Some(owner) if producer == Some(owner) => "its output ",
                    Some(owner) if self.graph.inputs(owner).contains(&artifact) => "its input ",
                    _ => "",
                };
                self.artifact(sentence.text(its), artifact)
            }
        }
    }

    fn digest(&self, sentence: Sentence, blob: BlobId) -> Sentence {
        let digest = self.graph.blobs().digest(blob).short();
        sentence.mention(format!("blob {digest}"), Mention::Blob(blob))
    }

    pub(super) fn tool(&self) -> Sentence {
        Sentence::new(self.tool_name())
    }

    fn tool_name(&self) -> &'static str {
        match self.scenario.engine.tool {
            Tool::Bazel => "Bazel",
            Tool::Buck2 => "Buck2",
        }
    }
}
