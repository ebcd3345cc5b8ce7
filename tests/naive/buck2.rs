//! Buck2: the whole command is computed again with all that lost something dirtied (K2, K5, K7-K9).

use std::collections::BTreeSet;

use rewindow::rewind::{Build, DownloadMode};

use super::bazel::Running;
use super::world::World;
use super::{Client, Report};

/// Passes until one loses nothing, at most `passes_max` of them added.
pub fn build(
    client: &mut Client,
    world: &World,
    build: &Build,
    rank: &[usize],
    passes_max: u32,
) -> Report {
    client.forget_invalid(world, build);
    let mut run = Running::new(client, world, build);
    loop {
        let lost = pass(&mut run, world, build, rank);
        if lost.is_empty() {
            break;
        }
        for (consumer, path, blob) in &lost {
            run.report.lost.insert((*consumer, path.clone(), blob.clone()));
        }
        if run.report.rewinds == passes_max {
            run.report.failed.extend(lost.iter().filter_map(|l| l.0));
            run.report.output_lost = lost.iter().any(|l| l.0.is_none());
            break;
        }
        run.report.rewinds += 1;
        // Requests are merged: a producer named twice is dirtied once a pass (K7).
        let producers: BTreeSet<usize> = lost.iter().map(|l| world.producer[&l.1]).collect();
        for &producer in &producers {
            *run.report.dirtied.entry(producer).or_default() += 1;
            run.client.done.remove(&producer);
        }
        run.replayed.extend(producers);
        run.replayed.extend(lost.iter().filter_map(|l| l.0));
    }
    let report = run.finish();
    client.fetch_failed = !report.success;
    report
}

type Lost = Vec<(Option<usize>, String, String)>;

/// Computes what is not done and does not wait for what is lost; then materializes what is
/// requested.
fn pass(run: &mut Running<'_>, world: &World, build: &Build, rank: &[usize]) -> Lost {
    let mut lost = Lost::new();
    let mut left = world.need(build);
    loop {
        let ready = left.iter().copied().filter(|&a| world.producers(a).is_disjoint(&left));
        let waits: BTreeSet<usize> = lost.iter().filter_map(|l| l.0).collect();
        let Some(action) = ready.filter(|a| !waits.contains(a)).min_by_key(|&a| rank[a]) else {
            break;
        };
        if run.is_valid(action) {
            left.remove(&action);
            continue;
        }
        // A hit fetches nothing: materialization is deferred.
        let found = run.look_at(action);
        if found.is_empty() {
            left.remove(&action);
        } else {
            lost.extend(found.into_iter().map(|(path, blob)| (Some(action), path, blob)));
        }
    }
    if build.download != DownloadMode::Minimal {
        for action in world.need(build).into_iter().filter(|a| !left.contains(a)) {
            let found = run.fetch_wanted(action);
            lost.extend(found.into_iter().map(|(path, blob)| (None, path, blob)));
        }
    }
    lost
}
