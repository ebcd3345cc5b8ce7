//! Which action starts when, in virtual time (P1-P5).

use rewindow::model::{ActionId, ActionKind};
use rewindow::rewind::{Event, OnLoss};

use super::faults::mix;
use super::sim::{Running, Sim, State};

impl Sim<'_> {
    /// P4.
    pub fn rank(&mut self) {
        let seed = self.scenario.seed;
        for (&action, &position) in &self.world.position {
            let listed = self.build.order.iter().position(|&a| a == action);
            let first = self.world.actions[&action].is_made() || self.is_valid(action);
            let rank = match listed {
                _ if first => (0, position),
                Some(place) => (1, place as u64),
                None if seed == 0 => (2, position),
                None => (2, mix(seed ^ position)),
            };
            self.run.rank.insert(action, rank);
        }
    }

    /// Everything until nothing is left to do.
    pub fn work(&mut self) {
        loop {
            self.take();
            if self.run.executing.is_empty() && self.run.uploads.is_empty() {
                if !self.end_pass() {
                    return;
                }
                continue;
            }
            self.advance();
            self.rewind_waiting();
        }
    }

    /// P2.
    fn take(&mut self) {
        let coarse = matches!(self.engine.on_loss, OnLoss::Rewind { .. });
        loop {
            let n_slots = self.build.jobs.max(1) as usize;
            let n_free = n_slots.saturating_sub(self.run.executing.len());
            if self.run.stop || coarse && !self.run.waiting.is_empty() {
                return;
            }
            let need = self.run.need.iter().copied();
            let mut ready: Vec<ActionId> = need.filter(|&a| self.is_ready(a)).collect();
            ready.sort_by_key(|action| self.run.rank[action]);
            ready.truncate(n_free);
            if ready.is_empty() {
                return;
            }
            for action in ready {
                if self.is_ready(action) {
                    self.start(action);
                }
            }
            self.rewind_waiting();
        }
    }

    fn is_ready(&self, action: ActionId) -> bool {
        if self.run.state[&action] != State::Waiting {
            return false;
        }
        if self.engine.coarse_lock && self.run.dirty.contains(&action) {
            // P16.
            let consumers = self.world.consumers(&self.world.actions[&action].outputs);
            if self.run.executing.iter().any(|running| consumers.contains(&running.action)) {
                return false;
            }
        }
        self.world.producers(action).into_iter().all(|producer| self.is_settled(producer))
    }

    /// Whether it is done, and so is what it redirects to.
    pub fn is_settled(&self, action: ActionId) -> bool {
        let redirects = self.world.actions[&action].kind == ActionKind::Redirect;
        self.run.state[&action] == State::Done
            && (!redirects || self.world.producers(action).into_iter().all(|p| self.is_settled(p)))
    }

    fn start(&mut self, action: ActionId) {
        if self.is_valid(action) {
            self.note(Event::Reused { action });
            self.run.state.insert(action, State::Done);
            self.fetch_newly_wanted(action);
        } else if self.world.actions[&action].is_made() {
            self.make(action);
        } else {
            self.look_at(action);
        }
    }

    /// P3: one execution or upload ends.
    fn advance(&mut self) {
        let executing = self.run.executing.iter().map(|running| running.end);
        let ends = executing.chain(self.run.uploads.iter().map(|upload| upload.end));
        let next = ends.min().expect("something is under way");
        self.pass_time(next);
        let ended = self.run.executing.iter().position(|running| running.end <= self.clock);
        if let Some(i) = ended {
            let running: Running = self.run.executing.remove(i);
            self.end_execution(running);
        } else {
            self.end_upload();
        }
    }

    fn end_upload(&mut self) {
        let ended = self.run.uploads.iter().position(|upload| upload.end <= self.clock);
        let upload = self.run.uploads.remove(ended.expect("an upload ends now"));
        self.upload_now(rewindow::model::Tier::Remote, upload);
    }

    /// P5: at the end of an attempt all asynchronous uploads end.
    pub fn end_uploads(&mut self) {
        while let Some(next) = self.run.uploads.iter().map(|upload| upload.end).min() {
            self.pass_time(next);
            self.end_upload();
        }
    }
}
