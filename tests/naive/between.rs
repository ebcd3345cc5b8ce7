//! What stays valid from one build or attempt to the next.

use rewindow::model::ActionId;
use rewindow::rewind::{DownloadMode, Validity};

use super::sim::Sim;

impl Sim<'_> {
    /// R9, N1-N3: what earlier builds did and this one has to look at again.
    ///
    /// `retried`: an attempt of the same build came before (R2).
    pub fn forget_invalid(&mut self, restarted: bool, retried: bool) {
        let switched = self.mode.is_some_and(|mode| mode != self.build.download);
        let modes = [self.mode, Some(self.build.download)];
        let to_or_from_all = switched && modes.contains(&Some(DownloadMode::All));
        let failed = self.failed_before;
        for action in self.valid.keys().copied().collect::<Vec<_>>() {
            let files = self.world.output_files(action);
            let on_disk = files.iter().all(|&file| self.is_on_disk(file));
            let has_remote = files.iter().any(|file| self.remote_only.contains(file));
            let stays = match self.engine.validity {
                Validity::OnDisk => !(switched || restarted) || on_disk,
                Validity::RemoteMetadata => (!to_or_from_all || on_disk) && !(failed && has_remote),
            };
            if !stays || retried && has_remote {
                self.valid.remove(&action);
            }
        }
    }

    /// R9: it succeeded before, with the key that it still has.
    pub fn is_valid(&self, action: ActionId) -> bool {
        self.valid.get(&action) == Some(&self.world.actions[&action].digests.key)
    }
}
