//! Which AC key each action has.

use std::collections::HashSet;

use super::{Merger, Sources};
use crate::import::ac_key::ENCODINGS;
use crate::import::card::Place;
use crate::import::log_facts::{ExecLogFacts, RebuiltAction};
use crate::model::{ActionId, CacheKind, Digest, Fact};

impl Merger {
    /// Gives each logged action its AC key and Command: as logged, or rebuilt in the way that makes
    /// most keys known to the cache.
    pub(super) fn choose_keys(&mut self, sources: &Sources) {
        let names = ac_names(sources);
        for (i, log) in sources.logs.iter().enumerate() {
            self.told.by(sources.files.logs[i]);
            let actions: Vec<ActionId> = self
                .action_ids()
                .filter(|a| self.sides[a.0 as usize].spawn.is_some_and(|(log, _)| log == i))
                .collect();
            for &action in &actions {
                self.set_logged_command(log, action);
            }
            let without: Vec<(ActionId, &[RebuiltAction])> =
                actions.iter().filter_map(|&a| self.without_key(log, a)).collect();
            if !without.is_empty() {
                let has_cache = !sources.listings.is_empty() || !sources.blobs.is_empty();
                self.set_rebuilt_keys(&without, &names, has_cache);
            }
        }
    }

    /// What was rebuilt for `action`, if its key was not logged although it may be cached.
    fn without_key<'a>(
        &self,
        log: &'a ExecLogFacts,
        action: ActionId,
    ) -> Option<(ActionId, &'a [RebuiltAction])> {
        let side = self.sides[action.0 as usize];
        let is_without = side.cacheable && self.builder.get_action(action).digests.key.is_none();
        let rebuilt = log.spawns[side.spawn?.1].rebuilt.as_deref()?;
        is_without.then_some((action, rebuilt))
    }

    /// The Command of an action whose key was logged, if one of the encodings yields that key.
    fn set_logged_command(&mut self, log: &ExecLogFacts, action: ActionId) {
        let spec = self.builder.get_action(action);
        let spawn = self.sides[action.0 as usize].spawn.map(|(_, spawn)| &log.spawns[spawn]);
        let (Some(key), Some(rebuilt)) =
            (spec.digests.key, spawn.and_then(|s| s.rebuilt.as_deref()))
        else {
            return;
        };
        let key = self.builder.blobs.digest(key);
        if let Some(same) = rebuilt.iter().find(|r| r.key.digest() == key) {
            let size = Some(u64::from(same.command.size_bytes));
            let command = self.builder.intern_blob(same.command.digest(), size);
            self.builder.get_action_mut(action).digests.command = Some(command);
        }
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
            let mut intern = |message: crate::import::log_facts::MessageDigest| {
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
