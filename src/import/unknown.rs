//! What an incident still lacks, and which file would tell it.

use std::borrow::Cow;

use super::Import;
use super::card::Format;
use super::merge::is_workspace_status;
use crate::model::{ActionKind, ArtifactId, ArtifactKind, Graph, IdSet};

/// Something that no loaded file tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unknown {
    /// Its name in machine-readable output.
    pub kind: Cow<'static, str>,
    /// Of how many things it is not known.
    pub n: u64,
    /// What is not known and what is assumed instead, a sentence or two.
    pub what: String,
    /// Which file would settle it, a sentence or two.
    pub settled_by: Cow<'static, str>,
}

/// All that is still unknown of `import`, what matters most first. Empty if a plan has to assume
/// nothing.
pub fn unknowns(import: &Import) -> Vec<Unknown> {
    let (graph, mut all) = (&import.graph, Vec::new());
    if graph.n_actions() == 0 {
        all.push(no_graph());
    }
    all.extend(no_cache(import));
    if graph.n_actions() > 0 {
        let is_buck = is_of_buck(import);
        all.extend(no_edges(graph, is_buck));
        all.extend(no_producers(graph, is_buck));
        all.extend(no_keys(graph, is_buck));
        all.extend(no_contents(graph, is_buck));
        all.extend(no_bodies(import));
        all.extend(no_sizes(graph));
        all.extend(no_durations(graph, is_buck));
    }
    all
}

fn unknown(kind: &'static str, n: usize, what: String, settled_by: &'static str) -> Unknown {
    Unknown { kind: kind.into(), n: n as u64, what, settled_by: settled_by.into() }
}

fn is_of_buck(import: &Import) -> bool {
    let is_format = |format: Format| {
        [
            Format::Buck2EventLog,
            Format::Buck2EventLogJson,
            Format::Buck2WhatRan,
            Format::Buck2AqueryJson,
        ]
        .contains(&format)
    };
    import.files.iter().any(|card| is_format(card.format))
}

fn no_graph() -> Unknown {
    let what = "No action is known, so there is nothing to build.".to_owned();
    let by = "An execution log of a clean build, or bazel aquery --output=proto 'deps(TARGETS)'; \
              of Buck2 the event log of the build.";
    unknown("graph", 1, what, by)
}

fn no_cache(import: &Import) -> Option<Unknown> {
    let what = "What the cache holds is not known: it counts as empty.".to_owned();
    let by = "A listing of the cache: find ROOT -type f -printf '%P\\t%s\\t%T@\\n'. Or a tar of \
              it, or the log of its requests.";
    (!import.has_cache).then(|| unknown("cache", 1, what, by))
}

fn no_edges(graph: &Graph, is_buck: bool) -> Option<Unknown> {
    let n = graph.n_actions();
    let what = "What the actions read is not known: none waits for another.".to_owned();
    let by = match is_buck {
        true => "buck2 aquery --output-format dot 'deps(TARGETS)' of the same build.",
        false => "bazel aquery --output=proto 'deps(TARGETS)' of the same build.",
    };
    (n > 1 && graph.n_edges() == 0).then(|| unknown("edges", n, what, by))
}

fn no_producers(graph: &Graph, is_buck: bool) -> Option<Unknown> {
    let is_unknown = |artifact: &ArtifactId| {
        graph.artifact_kind(*artifact) == ArtifactKind::UnknownGenerated
            && !graph.consumers(*artifact).is_empty()
            && !is_workspace_status(graph.path(*artifact))
    };
    let mut found = graph.artifact_ids().filter(is_unknown);
    let first = graph.path(found.next()?);
    let n = found.count() + 1;
    let what = format!(
        "Who writes {n} generated artifacts that actions read, {first} first, is not known: they \
         count as sources, which are never lost."
    );
    let by = match is_buck {
        true => {
            "buck2 aquery --output-format dot 'deps(TARGETS)' and the event log of a build \
                 that ran them."
        }
        false => {
            "bazel aquery --output=proto 'deps(TARGETS)' for the same targets and flags: it \
                  has the actions that spawn nothing and those that were not run. Of links alone, \
                  a compact execution log of Bazel 7.4 or later does."
        }
    };
    Some(unknown("producers", n, what, by))
}

fn no_keys(graph: &Graph, is_buck: bool) -> Option<Unknown> {
    let spawns = || graph.action_ids().filter(|&a| graph.action_kind(a) == ActionKind::Spawn);
    let n = spawns().filter(|&action| graph.key(action).is_none()).count();
    let all = spawns().count();
    let what = format!(
        "{n} of {all} commands have no AC key: they are not cached, or no file tells it. They are \
         played as misses."
    );
    let by = match is_buck {
        true => "The event log of a build in which they ran or were cache hits.",
        false => {
            "The execution log of a clean build, of Bazel 7 or later best, or a log of gRPC \
                  calls (--remote_grpc_log)."
        }
    };
    (n > 0).then(|| unknown("keys", n, what, by))
}

fn no_contents(graph: &Graph, is_buck: bool) -> Option<Unknown> {
    let mut n = 0;
    for action in graph.action_ids().filter(|&a| graph.action_kind(a) == ActionKind::Spawn) {
        let has_content = |artifact: ArtifactId| {
            let inside = graph.tree_files(artifact);
            graph.blob(artifact).is_some() || inside.iter().any(|&a| graph.blob(a).is_some())
        };
        n += graph.outputs(action).iter().filter(|&&output| !has_content(output)).count();
    }
    let what = format!("The content of {n} outputs is not known: they cannot be evicted.");
    let by = match is_buck {
        true => "The AC entries themselves: a tar or the folder of the cache.",
        false => {
            "The execution log of a clean build without --remote_download_minimal, or the AC \
                  entries themselves: a tar or the folder of the cache."
        }
    };
    (n > 0).then(|| unknown("contents", n, what, by))
}

fn no_bodies(import: &Import) -> Option<Unknown> {
    let cache = &import.cache;
    let n = match cache.entries.is_empty() {
        true => cache.ac.len(),
        false => cache.ac.iter().filter(|&key| cache.entry(key).is_none()).count(),
    };
    let what = format!(
        "Of {n} AC entries only the name is known: each is taken to name what the graph says, and \
         no standard output or error."
    );
    let by = "The bodies of the AC entries: a tar or the folder of the cache, or a log of gRPC \
              calls.";
    (n > 0).then(|| unknown("ac_bodies", n, what, by))
}

fn no_sizes(graph: &Graph) -> Option<Unknown> {
    let mut met = IdSet::with_capacity(graph.blobs().len());
    let contents = graph.artifact_ids().filter_map(|artifact| graph.blob(artifact));
    let unsized_ones = contents.filter(|&blob| graph.blobs().size_bytes(blob).is_none());
    let n = unsized_ones.filter(|&blob| met.insert(blob)).count();
    let what = format!("The size of {n} contents is not known: traffic is told without them.");
    let by = "A listing of the cache with sizes: find ROOT -type f -printf '%P\\t%s\\t%T@\\n'.";
    (n > 0).then(|| unknown("sizes", n, what, by))
}

fn no_durations(graph: &Graph, is_buck: bool) -> Option<Unknown> {
    let spawns = || graph.action_ids().filter(|&a| graph.action_kind(a) == ActionKind::Spawn);
    let n = spawns().filter(|&action| graph.duration_ms(action).is_none()).count();
    let all = spawns().count();
    let what = format!(
        "How long {n} of {all} commands take is not known: they are given a usual time of their \
         sort."
    );
    let by = match is_buck {
        true => "The event log of a build in which they ran.",
        false => {
            "The trace profile of a build in which they ran (--profile, with \
                  --noslim_profile and --experimental_profile_include_primary_output), its \
                  execution log (Bazel 7 or later), or its execution graph log."
        }
    };
    (n > 0).then(|| unknown("durations", n, what, by))
}
