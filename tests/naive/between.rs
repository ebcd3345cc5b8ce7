//! What stays valid from one build to the next, and how attempts at one build add up.

use rewindow::rewind::{Build, DownloadMode, Validity};

use super::world::World;
use super::{Client, Report};

impl Client {
    /// R9, N1-N3: what earlier builds did and this one has to look at again.
    pub fn forget_invalid(&mut self, world: &World, build: &Build) {
        let switched = self.mode.is_some_and(|mode| mode != build.download);
        let to_or_from_all =
            [self.mode, Some(build.download)].contains(&Some(DownloadMode::All)) && switched;
        let files = |action: usize| {
            let outputs = world.actions[action].outputs.iter();
            outputs.flat_map(|output| world.files(output)).collect::<Vec<_>>()
        };
        let (disk, remote) = (&self.disk, &self.remote);
        let on_disk = |action| files(action).iter().all(|f| disk.get(f) == world.content.get(f));
        let has_remote = |action| files(action).iter().any(|f| remote.contains(f));
        let (failed, restart, validity) = (self.fetch_failed, build.restart, self.engine.validity);
        self.done.retain(|&action, _| match validity {
            Validity::OnDisk => !(switched || restart) || on_disk(action),
            Validity::RemoteMetadata => {
                (!to_or_from_all || on_disk(action)) && !(failed && has_remote(action))
            }
        });
    }
}

impl Report {
    /// Adds a further attempt at the same build.
    pub fn add(&mut self, next: Self) {
        for (action, n) in next.executed {
            *self.executed.entry(action).or_default() += n;
        }
        for (action, n) in next.dirtied {
            *self.dirtied.entry(action).or_default() += n;
        }
        for (request, n) in next.requests {
            *self.requests.entry(request).or_default() += n;
        }
        self.failed.extend(next.failed);
        self.lost.extend(next.lost);
        self.attempts += next.attempts;
        self.rewinds += next.rewinds;
        self.stopped |= next.stopped;
        self.output_lost |= next.output_lost;
        (self.success, self.exit_code) = (next.success, next.exit_code);
        self.local = next.local;
    }
}
