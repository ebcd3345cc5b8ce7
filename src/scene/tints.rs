//! The state of every action as one byte, kept up as the moment moves: what a map of a million
//! actions is painted from, and what counts states without asking each action.

use crate::model::{ActionId, ActionKind, BlobId, CacheKind, Graph, Id};
use crate::rewind::{ActionState, Moment};

/// More changes than this are not worth patching a picture for.
const PATCH_MAX: usize = 4_000;

/// From so many changes on, all anew is quicker.
const ANEW_MIN: usize = 200_000;

/// The states of all actions, lost outputs included.
#[derive(Clone, Debug, Default)]
pub struct Tints {
    /// By action: what [`Tints::of`] says.
    states: Vec<u8>,
    /// Actions by state, and those among them that run commands.
    n_all: [usize; ActionState::ALL.len()],
    n_spawns: [usize; ActionState::ALL.len()],
    /// What they are of: changes of it are all that has to be looked at.
    seen: Option<(u64, Moment)>,
    /// Before which trace they are blank.
    blank: Option<u64>,
    /// Counts the changes.
    version: u64,
    /// What the last change was, if it was small.
    changed: Option<Vec<(ActionId, u8)>>,
    /// Who writes a blob, for blobs that have come or gone; made when one does.
    writers: Option<Writers>,
    /// The states of all actions at a moment, as far as they are found.
    coming: Option<Box<Coming>>,
}

/// States that are found anew, a part at a time.
#[derive(Clone, Debug)]
struct Coming {
    source: u64,
    moment: Moment,
    states: Vec<u8>,
    n_all: [usize; ActionState::ALL.len()],
    n_spawns: [usize; ActionState::ALL.len()],
}

impl Tints {
    /// The states of all actions of `graph` at `moment`. An action of which `evicted` says that an
    /// output is gone from the cache counts as one that lost an input, whatever else it is.
    pub fn of(graph: &Graph, moment: &Moment, evicted: &dyn Fn(CacheKind, BlobId) -> bool) -> Self {
        let mut tints = Self::default();
        tints.refresh(graph, moment, evicted, 0);
        tints
    }

    /// Brings them to `moment`. `source` names graph, trace and cache: another one is looked at
    /// anew, for the same one only what the moment changed.
    pub fn refresh(
        &mut self,
        graph: &Graph,
        moment: &Moment,
        evicted: &dyn Fn(CacheKind, BlobId) -> bool,
        source: u64,
    ) {
        self.refresh_on(graph, moment, evicted, source, usize::MAX);
    }

    /// [`refresh`](Self::refresh), looking at no more than `n_actions` anew: while it
    /// [is behind](Self::is_behind), they stay as they were, and it is to be asked again.
    pub fn refresh_on(
        &mut self,
        graph: &Graph,
        moment: &Moment,
        evicted: &dyn Fn(CacheKind, BlobId) -> bool,
        source: u64,
        n_actions: usize,
    ) {
        if self.coming.as_ref().is_some_and(|coming| coming.source != source) {
            self.coming = None;
        }
        if self.coming.is_none() && !self.catch_up(graph, moment, evicted, source) {
            self.coming = Some(Box::new(Coming::new(graph, moment, source)));
        }
        let Some(coming) = &mut self.coming else { return };
        coming.go_on(graph, evicted, n_actions);
        if coming.states.len() < graph.n_actions() {
            return;
        }
        self.blank = None;
        self.version += 1;
        (self.changed, self.writers) = (None, None);
        if let Some(coming) = self.coming.take() {
            let Coming { source, moment, states, n_all, n_spawns } = *coming;
            (self.states, self.n_all, self.n_spawns) = (states, n_all, n_spawns);
            self.seen = Some((source, moment));
        }
        // Time has passed since that began, or much has.
        if self.seen.as_ref().is_some_and(|seen| seen.1.step != moment.step) {
            if !self.catch_up(graph, moment, evicted, source) {
                self.coming = Some(Box::new(Coming::new(graph, moment, source)));
            }
            self.changed = None;
        }
    }

    /// Whether the states of all actions are being found.
    pub fn is_behind(&self) -> bool {
        self.coming.is_some()
    }

    /// Brings them to `moment` by what differs; false where all are to be found anew.
    fn catch_up(
        &mut self,
        graph: &Graph,
        moment: &Moment,
        evicted: &dyn Fn(CacheKind, BlobId) -> bool,
        source: u64,
    ) -> bool {
        let is_same = |seen: &&(u64, Moment)| seen.0 == source;
        let Some((_, before)) = self.seen.as_ref().filter(is_same) else { return false };
        if self.states.len() != graph.n_actions() {
            return false;
        }
        let apart = moment.actions.differing(&before.actions).into_iter();
        let apart = apart.filter(|&i| i < graph.n_actions()).map(ActionId::at);
        let mut actions: Vec<ActionId> = apart.collect();
        if actions.len() > ANEW_MIN {
            return false;
        }
        for &action in actions.iter().filter(|&&a| is_spawn(graph, a)) {
            self.n_spawns[before.action(action) as usize] -= 1;
            self.n_spawns[moment.action(action) as usize] += 1;
        }
        let blobs = moment.cache.differing(&before.cache, CacheKind::Cas);
        self.seen = Some((source, moment.clone()));
        if !blobs.is_empty() {
            let writers = self.writers.get_or_insert_with(|| Writers::of(graph));
            actions.extend(blobs.iter().flat_map(|&blob| writers.get(blob)));
        }
        let set = |action| Some((action, self.set(graph, moment, evicted, action)?));
        let changed: Vec<(ActionId, u8)> = actions.into_iter().filter_map(set).collect();
        if !changed.is_empty() {
            self.version += 1;
            self.changed = (changed.len() <= PATCH_MAX).then_some(changed);
        }
        true
    }

    /// Which graph, trace and cache they are of; none while they are blank.
    pub fn source(&self) -> Option<u64> {
        self.seen.as_ref().map(|seen| seen.0)
    }

    /// Brings them to the start of a trace that is not there yet: nothing is reached, and what is
    /// gone does not show.
    pub fn blank(&mut self, graph: &Graph, source: u64) {
        if self.blank == Some(source) {
            return;
        }
        let version = self.version + 1;
        *self = Self { version, blank: Some(source), ..Self::default() };
        self.states = vec![ActionState::NotReached as u8; graph.n_actions()];
        self.n_all[ActionState::NotReached as usize] = graph.n_actions();
        let spawns = graph.action_ids().filter(|&action| is_spawn(graph, action));
        self.n_spawns[ActionState::NotReached as usize] = spawns.count();
    }

    /// How `action` looks.
    pub fn state(&self, action: ActionId) -> ActionState {
        ActionState::ALL[usize::from(self.states[action.index()])]
    }

    /// How all actions look, by id, as places in [`ActionState::ALL`].
    pub fn states(&self) -> &[u8] {
        &self.states
    }

    /// How many actions look so.
    pub fn n(&self, state: ActionState) -> usize {
        self.n_all[state as usize]
    }

    /// How many actions that run commands are in that state.
    pub fn n_spawns(&self, state: ActionState) -> usize {
        self.n_spawns[state as usize]
    }

    /// Which version this is; it changes with any state.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The actions that differ from the version before, and what they were, as a place in
    /// [`ActionState::ALL`]; `None` for too many to name.
    pub fn changed(&self) -> Option<&[(ActionId, u8)]> {
        self.changed.as_deref()
    }

    /// What it was, if that changed it.
    fn set(
        &mut self,
        graph: &Graph,
        moment: &Moment,
        evicted: &dyn Fn(CacheKind, BlobId) -> bool,
        action: ActionId,
    ) -> Option<u8> {
        let now = shown(graph, moment, evicted, action);
        let slot = &mut self.states[action.index()];
        let before = std::mem::replace(slot, now as u8);
        self.n_all[usize::from(before)] -= 1;
        self.n_all[now as usize] += 1;
        (before != now as u8).then_some(before)
    }
}

impl Coming {
    fn new(graph: &Graph, moment: &Moment, source: u64) -> Self {
        let states = Vec::with_capacity(graph.n_actions());
        let (n_all, n_spawns) = Default::default();
        Self { source, moment: moment.clone(), states, n_all, n_spawns }
    }

    /// Finds the states of `n_actions` more.
    fn go_on(
        &mut self,
        graph: &Graph,
        evicted: &dyn Fn(CacheKind, BlobId) -> bool,
        n_actions: usize,
    ) {
        // Most blobs are there: they are looked up where they lie in a row.
        let held = self.moment.cache.words(CacheKind::Cas);
        let is_held = |blob: BlobId| {
            held.get(blob.index() / 64).is_some_and(|word| word >> (blob.index() % 64) & 1 == 1)
        };
        let from = self.states.len();
        for action in (from..graph.n_actions().min(from.saturating_add(n_actions))).map(Id::at) {
            let state = self.moment.action(action);
            self.n_spawns[state as usize] += usize::from(is_spawn(graph, action));
            let mut blobs = graph.outputs(action).iter().filter_map(|&o| graph.blob(o));
            let are_held = blobs.all(is_held);
            let shown = match are_held {
                true => state,
                false => shown(graph, &self.moment, evicted, action),
            };
            self.n_all[shown as usize] += 1;
            self.states.push(shown as u8);
        }
    }
}

fn is_spawn(graph: &Graph, action: ActionId) -> bool {
    graph.action_kind(action) == ActionKind::Spawn
}

fn shown(
    graph: &Graph,
    moment: &Moment,
    evicted: &dyn Fn(CacheKind, BlobId) -> bool,
    action: ActionId,
) -> ActionState {
    let state = moment.action(action);
    if matches!(state, ActionState::LostInput | ActionState::Failed) {
        return state;
    }
    let mut blobs = graph.outputs(action).iter().filter_map(|&o| graph.blob(o));
    // Most blobs are there: that is asked first, for it is quick.
    let is_gone = |blob| !moment.has_blob(CacheKind::Cas, blob) && evicted(CacheKind::Cas, blob);
    if blobs.any(is_gone) { ActionState::LostInput } else { state }
}

/// Who writes each blob, as compressed sparse rows.
#[derive(Clone, Debug)]
struct Writers {
    ends: Vec<u32>,
    actions: Vec<ActionId>,
}

impl Writers {
    fn of(graph: &Graph) -> Self {
        let written = || {
            graph.action_ids().flat_map(|action| {
                let blobs = graph.outputs(action).iter().filter_map(|&o| graph.blob(o));
                blobs.map(move |blob| (blob.index(), action))
            })
        };
        let mut ends = vec![0_u32; graph.blobs().len()];
        written().for_each(|(blob, _)| ends[blob] += 1);
        let mut n = 0;
        for end in &mut ends {
            // For now where each row starts: filling it moves that to its end.
            n += std::mem::replace(end, n);
        }
        let mut actions = vec![ActionId(0); n as usize];
        for (blob, action) in written() {
            actions[ends[blob] as usize] = action;
            ends[blob] += 1;
        }
        Self { ends, actions }
    }

    /// None for fresh content, which the graph does not know.
    fn get(&self, blob: BlobId) -> &[ActionId] {
        let Some(&end) = self.ends.get(blob.index()) else { return &[] };
        let start = blob.index().checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.actions[start as usize..end as usize]
    }
}
