//! What the page makes of the worker's answers. Large things come in pieces, each of which takes a
//! millisecond or two, so that no frame waits.

use crate::import::{ImportInPieces, Progress, Unknown};
use crate::model::BlobId;
use crate::report::{FreshRoles, Names};
use crate::scene::Layout;
use crate::web::protocol::{Answer, WireUnknown};

use super::incident::Arrived;
use super::msg::Msg;
use super::outline::Told;
use super::wire::warning_of;
use super::wire_layout::ViewInParts;
use super::wire_scenario;

/// What the page has heard of incidents and traces that come in pieces.
#[derive(Debug, Default)]
pub struct Ear {
    incoming: Option<(u32, ImportInPieces)>,
    told: Told,
    /// What happened in the incident that is coming.
    observed: Option<Box<Told>>,
    view: ViewInParts,
}

impl Ear {
    /// What the page is told by an answer, or with what text the worker stopped; nothing by a
    /// piece.
    pub fn hear_out(&mut self, answer: Answer, buffers: &[Vec<u8>]) -> Option<Result<Msg, String>> {
        match answer {
            Answer::Ready | Answer::Done => None,
            Answer::Panicked { text } => Some(Err(text)),
            answer => match self.hear(answer, buffers) {
                Some(heard) => heard.map(Ok),
                None => Some(Err("The worker sent what does not read".to_owned())),
            },
        }
    }

    /// What the page is told by an answer; nothing by a piece. `None` if it does not read, or is
    /// about the worker alone.
    pub fn hear(&mut self, answer: Answer, buffers: &[Vec<u8>]) -> Option<Option<Msg>> {
        Some(match answer {
            Answer::Ready | Answer::Done | Answer::Panicked { .. } => return None,
            Answer::Piece { job } => {
                if self.incoming.as_ref().is_none_or(|incoming| incoming.0 != job) {
                    self.incoming = Some((job, ImportInPieces::default()));
                }
                let (_, pieces) = self.incoming.as_mut()?;
                pieces.take(buffers.first()?).ok()?;
                None
            }
            Answer::Events => {
                self.told.take(buffers.first()?).ok()?;
                None
            }
            Answer::Imported { job, unknown } => {
                let (_, pieces) = self.incoming.take().filter(|incoming| incoming.0 == job)?;
                let [layout, names, dangling] = buffers else { return None };
                let (dangling, _) = dangling.as_chunks::<4>();
                let arrived = Arrived {
                    import: pieces.finish().ok()?,
                    names: Names::from_bytes(names)?,
                    observed: self.observed.take(),
                    unknown: unknown.into_iter().map(unknown_of).collect(),
                    dangling: dangling.iter().map(|id| BlobId(u32::from_le_bytes(*id))).collect(),
                };
                let layout = Layout::from_bytes(layout);
                Some(Msg::Imported(job, Box::new(arrived), layout.map(Box::new)))
            }
            Answer::Observed => {
                self.observed = Some(self.told(buffers)?);
                None
            }
            Answer::Part { n_bytes } => {
                self.view.take(buffers.first()?, n_bytes)?;
                None
            }
            Answer::Grouped => {
                self.view.group()?;
                None
            }
            Answer::Arranged { job, open, n_left_out } => {
                Some(self.view.arrange(job, open, n_left_out)?)
            }
            Answer::Planned { job } => Some(Msg::Planned(job, self.told(buffers)?)),
            answer => Some(heard(answer, buffers)?),
        })
    }

    /// The trace of which all events have come.
    fn told(&mut self, buffers: &[Vec<u8>]) -> Option<Box<Told>> {
        let [outcomes, fresh] = buffers else { return None };
        let mut told = std::mem::take(&mut self.told);
        told.trace.take_outcomes(outcomes).ok()?;
        told.outline.shrink();
        told.fresh = Some(FreshRoles::from_bytes(fresh)?);
        Some(Box::new(told))
    }
}

fn unknown_of(wire: WireUnknown) -> Unknown {
    let WireUnknown { kind, n, what, settled_by } = wire;
    Unknown { kind: kind.into(), n, what, settled_by: settled_by.into() }
}

fn heard(answer: Answer, buffers: &[Vec<u8>]) -> Option<Msg> {
    Some(match answer {
        Answer::Progress { job, file, done_bytes, total_bytes } => {
            Msg::Progress(job, Progress { file, done_bytes, total_bytes })
        }
        Answer::Scenario { job, file, left_out } => {
            let read = wire_scenario::scenario_read(file, left_out, buffers)?;
            Msg::ScenarioRead(job, Box::new(read))
        }
        Answer::LaidOut { incident } => {
            let layout = Layout::from_bytes(buffers.first()?);
            Msg::LaidOut(incident, layout.map(Box::new))
        }
        Answer::ImportFailed { job, warning } => Msg::ImportFailed(job, warning_of(warning)),
        _ => return None,
    })
}
