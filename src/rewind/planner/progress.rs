//! How far each action of a run has come, in four bytes: an action that is done meets its consumers
//! at random places, so that what is known of them should fit in a processor's cache.

/// How far an action has come in this run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    /// Not needed.
    Idle,
    /// Waits for producers, or is ready.
    Waiting,
    /// Executes.
    Running,
    /// Has its outputs.
    Done,
    /// Found inputs lost and waits: for the end of the pass (K7), or for the lock (A8).
    Lost,
    /// Failed.
    Failed,
}

const PHASES: [Phase; 6] =
    [Phase::Idle, Phase::Waiting, Phase::Running, Phase::Done, Phase::Lost, Phase::Failed];

/// From the lowest bit: the phase, whether it was done before, whether its turn has come, and how
/// many of its inputs have a producer that is not done.
#[derive(Clone, Copy, Default, Debug)]
pub struct Progress(u32);

const PHASE: u32 = 0b111;
const WAS_DONE: u32 = 0b1000;
const WAS_OFFERED: u32 = 0b1_0000;
const ONE: u32 = 0b10_0000;

impl Progress {
    /// An action that waits for so many inputs. Panics at 2^27: no array of ours is that long.
    pub fn waiting(n_inputs: u32) -> Self {
        assert!(n_inputs < 1 << 27, "an action of {n_inputs} inputs");
        Self((n_inputs * ONE) | Phase::Waiting as u32)
    }

    /// The phase.
    pub fn phase(self) -> Phase {
        PHASES[(self.0 & PHASE) as usize]
    }

    /// Has neither its outputs nor failed, but was to have them.
    pub fn is_open(self) -> bool {
        let phase = self.0 & PHASE;
        phase == Phase::Waiting as u32 || phase == Phase::Lost as u32
    }

    /// Another phase.
    pub fn set_phase(&mut self, phase: Phase) {
        let was_done = if phase == Phase::Done { WAS_DONE } else { 0 };
        self.0 = (self.0 & !PHASE) | phase as u32 | was_done;
    }

    /// Waits, and all inputs are there.
    pub fn is_ready(self) -> bool {
        self.0 & !(WAS_DONE | WAS_OFFERED) == Phase::Waiting as u32
    }

    /// Whether it was done before in this run, for telling a repeated execution.
    pub fn was_done(self) -> bool {
        self.0 & WAS_DONE != 0
    }

    /// Its turn in the order of ranks has come.
    pub fn set_offered(&mut self) {
        self.0 |= WAS_OFFERED;
    }

    /// Whether its turn has come: it is not met again unless it is remembered.
    pub fn was_offered(self) -> bool {
        self.0 & WAS_OFFERED != 0
    }

    /// An input is there, if the action is needed. Whether the action is ready now although its
    /// turn has come before: of two questions about a place that has to be fetched first, only the
    /// answer to this one can be foretold.
    #[inline]
    pub fn come_nearer(&mut self) -> bool {
        let is_needed = self.0 & PHASE != Phase::Idle as u32;
        debug_assert!(!is_needed || self.0 >= ONE, "more inputs came than were waited for");
        self.0 -= u32::from(is_needed) * ONE;
        self.0 & !WAS_DONE == Phase::Waiting as u32 | WAS_OFFERED
    }

    /// An input is there no more, if the action is needed.
    pub fn go_farther(&mut self) {
        if self.0 & PHASE != Phase::Idle as u32 {
            self.0 += ONE;
        }
    }
}
