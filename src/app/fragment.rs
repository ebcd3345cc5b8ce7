//! The example's scenario as text for the address bar, so that a reload or a link keeps it.

use crate::model::{CacheKind, Graph};
use crate::rewind::{CachePolicy, DownloadMode, Engine, Eviction};

use super::choice::{Choice, TargetChoice};
use super::msg::Effect;
use super::state::State;

impl State {
    /// Keeps the scenario in the address bar while the example is open: what a person dropped
    /// stays out of it.
    pub(super) fn fragment(&self) -> Option<Effect> {
        let graph = &self.incident.graph;
        self.incident.is_example().then(|| Effect::Fragment(to_fragment(&self.choice, graph)))
    }
}

/// `engine=…&download=…` and what else differs from the plainest scenario.
pub fn to_fragment(choice: &Choice, graph: &Graph) -> String {
    let mut parts = vec![
        format!("engine={}", choice.engine.id),
        format!("download={}", choice.download.name()),
    ];
    let set = choice.engine.overrides().into_iter();
    parts.extend(set.map(|(name, value)| format!("set={name}:{value}")));
    if let TargetChoice::Labels(labels) = &choice.targets {
        parts.extend(labels.iter().map(|label| format!("target={label}")));
    }
    if choice.policy == CachePolicy::Verified {
        parts.push("cache=verified".to_owned());
    }
    if choice.jobs != 1 {
        parts.push(format!("jobs={}", choice.jobs));
    }
    if choice.keep_going {
        parts.push("keep_going=1".to_owned());
    }
    for eviction in &choice.evictions {
        let kind = if eviction.kind == CacheKind::Ac { "ac" } else { "cas" };
        parts.push(format!("evict={kind}:{}", graph.blobs().digest(eviction.blob)));
    }
    parts.join("&")
}

/// The scenario that [`to_fragment`] wrote; parts that mean nothing are left out. `None` if there
/// is no engine in it.
pub fn from_fragment(text: &str, graph: &Graph) -> Option<Choice> {
    let parts = text.trim_start_matches('#').split('&').filter_map(|p| p.split_once('='));
    let mut choice = Choice::start();
    let mut labels = Vec::new();
    let mut engine = None;
    let mut set = Vec::new();
    for (name, value) in parts {
        match name {
            "engine" => engine = Engine::find(value),
            "set" => set.extend(value.split_once(':')),
            "download" => {
                choice.download = DownloadMode::from_name(value).unwrap_or(choice.download);
            }
            "target" => labels.push(value),
            "cache" if value == "verified" => choice.policy = CachePolicy::Verified,
            "jobs" => choice.jobs = value.parse().unwrap_or(1).clamp(1, 1024),
            "keep_going" => choice.keep_going = value == "1",
            "evict" => choice.evictions.extend(eviction(value, graph)),
            _ => {}
        }
    }
    choice.targets = TargetChoice::of(labels);
    choice.engine = engine?;
    for (name, value) in set {
        // As with the other parts: what means nothing is left out.
        let _ = choice.engine.set(name, value);
    }
    Some(choice)
}

fn eviction(text: &str, graph: &Graph) -> Option<Eviction> {
    let (kind, hex) = text.split_once(':')?;
    let kind = match kind {
        "ac" => CacheKind::Ac,
        "cas" => CacheKind::Cas,
        _ => return None,
    };
    let digest = crate::model::Digest::from_hex(hex, None).ok()?;
    Some(Eviction { kind, blob: graph.blobs().find(&digest)? })
}
