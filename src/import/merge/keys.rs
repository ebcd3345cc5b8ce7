//! Which AC key each action has.

use std::collections::HashSet;

use super::{Merger, Sources};
use crate::import::ac_key::ENCODINGS;
use crate::import::card::Place;
use crate::import::log_facts::{MessageDigest, Rebuilt, RebuiltAction};
use crate::model::{ActionId, CacheKind, Digest, Fact};

impl Merger {
    /// Gives each logged action its AC key and Command: as logged, or rebuilt in the way that makes
    /// most keys known to the cache.
    pub(super) fn choose_keys(&mut self, sources: &Sources) {
        let names = ac_names(sources);
        let rebuilt = std::mem::take(&mut self.rebuilt);
        let is_likely =
            |(_, rebuilt): &(u32, Rebuilt)| matches!(rebuilt, Rebuilt::LikelyCommand(_));
        let contents = match rebuilt.iter().flatten().any(is_likely) {
            true => cas_names(sources),
            false => HashSet::new(),
        };
        for (i, log) in rebuilt.iter().enumerate().filter(|(_, log)| !log.is_empty()) {
            self.told.by(sources.files.logs[i]);
            let mut without: Vec<(ActionId, &[RebuiltAction])> = Vec::new();
            for action in self.action_ids() {
                let side = self.sides[action.0 as usize];
                let Some((_, spawn)) = side.spawn.filter(|s| s.0 as usize == i) else { continue };
                let Ok(at) = log.binary_search_by_key(&spawn, |known| known.0) else { continue };
                let is_keyed = self.builder.get_action(action).digests.key.is_some();
                match &log[at].1 {
                    Rebuilt::Actions(rebuilt) if side.cacheable && !is_keyed => {
                        without.push((action, rebuilt));
                    }
                    Rebuilt::Command(command) if is_keyed => self.set_command(action, command),
                    Rebuilt::LikelyCommand(command)
                        if is_keyed && contents.contains(&command.digest()) =>
                    {
                        self.set_command(action, command);
                    }
                    _ => {}
                }
            }
            if !without.is_empty() {
                let has_cache = !sources.listings.is_empty() || !sources.blobs.is_empty();
                self.set_rebuilt_keys(&without, &names, has_cache);
            }
        }
    }

    fn set_command(&mut self, action: ActionId, command: &MessageDigest) {
        let size = Some(u64::from(command.size_bytes));
        let command = self.builder.intern_blob(command.digest(), size);
        self.builder.get_action_mut(action).digests.command = Some(command);
    }

    fn set_rebuilt_keys(
        &mut self,
        actions: &[(ActionId, &[RebuiltAction])],
        names: &HashSet<Digest>,
        has_cache: bool,
    ) {
        let n_known = |encoding: usize| {
            actions.iter().filter(|(_, r)| names.contains(&r[encoding].key.digest())).count()
        };
        let n_known: Vec<usize> = (0..ENCODINGS.len()).map(n_known).collect();
        let most = n_known.iter().copied().max().unwrap_or(0);
        let chosen = n_known.iter().position(|&n| n == most).unwrap_or(0);
        for (action, rebuilt) in actions {
            let RebuiltAction { command, key } = rebuilt[chosen];
            let mut intern = |message: MessageDigest| {
                let size = Some(u64::from(message.size_bytes));
                Some(self.builder.intern_blob(message.digest(), size))
            };
            let (command, key) = (intern(command), intern(key));
            self.told.tell(Fact::Key(*action));
            let digests = &mut self.builder.get_action_mut(*action).digests;
            (digests.command, digests.key) = (command, key);
        }
        self.note_rebuilt(chosen, most, actions.len(), has_cache && !names.is_empty());
    }

    fn note_rebuilt(&mut self, chosen: usize, n_known: usize, n: usize, has_names: bool) {
        let versions = ENCODINGS[chosen].versions;
        let (what, remedy) = if !has_names {
            let what = format!("The log tells no AC keys; {n} were rebuilt as {versions} does.");
            (what, "Drop a listing of the cache to have them checked.")
        } else if n_known == 0 {
            let what = format!(
                "The log tells no AC keys, and none of the {n} rebuilt ones is in the cache."
            );
            (what, "Check that log and listing are of one build; raw AC entries can be joined too.")
        } else {
            let what = format!(
                "The log tells no AC keys; {n} were rebuilt as {versions} does, {n_known} of them \
                 are in the cache."
            );
            (what, "Nothing is to be done.")
        };
        self.notes.add("rebuilt keys", Place::Whole, || what, remedy);
    }
}

/// Names of all AC entries that the files tell of, and of what may be one.
fn ac_names(sources: &Sources) -> HashSet<Digest> {
    let listed = sources.listings.iter().flat_map(|l| &l.blobs);
    let listed = listed.filter(|b| b.kind != Some(CacheKind::Cas)).map(|b| b.content.digest);
    listed.chain(sources.blobs.iter().flat_map(|b| b.results.keys().copied())).collect()
}

/// Names of all blobs that the files say are in the cache.
fn cas_names(sources: &Sources) -> HashSet<Digest> {
    let listed = sources.listings.iter().flat_map(|l| &l.blobs);
    listed.filter(|b| b.kind != Some(CacheKind::Ac)).map(|b| b.content.digest).collect()
}
