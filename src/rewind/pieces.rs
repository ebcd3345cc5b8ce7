//! A trace in small pieces: how one thread of a program hands it to another that must not stop for
//! long. What they say is what `words` says.

use super::trace::{Event, Trace};
use super::words::put_outcomes;
use super::words::{WORDS_PER_EVENT, WordsError, from_words, len, put, read_outcomes, to_words};

const EVENT_BYTES: usize = WORDS_PER_EVENT * 4;

impl Trace {
    /// Tells the events in pieces of about `n_bytes`, each after the number of all events. How the
    /// builds end comes apart: see [`outcomes_to_bytes`](Self::outcomes_to_bytes).
    pub fn each_piece(&self, n_bytes: usize, tell: &mut dyn FnMut(Vec<u8>)) {
        let n_all = len(self.events.len());
        for events in self.events.chunks(n_bytes.div_ceil(EVENT_BYTES).max(1)) {
            let mut piece = Vec::with_capacity(4 + events.len() * EVENT_BYTES);
            put(&mut piece, n_all);
            for word in events.iter().flat_map(to_words) {
                put(&mut piece, word);
            }
            tell(piece);
        }
    }

    /// How the builds end.
    pub fn outcomes_to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_outcomes(&mut out, &self.builds);
        out
    }

    /// Takes the next piece; says which events are new. Work for as long as copying it.
    ///
    /// # Errors
    /// It is no such piece.
    pub fn take_piece(&mut self, piece: &[u8]) -> Result<&[Event], WordsError> {
        let n_before = self.events.len();
        let refused = |offset| WordsError { offset, n_bytes: piece.len() };
        let (n_all, rest) = piece.split_first_chunk::<4>().ok_or(refused(0))?;
        let n_all = u32::from_le_bytes(*n_all) as usize;
        let (events, []) = rest.as_chunks::<EVENT_BYTES>() else {
            return Err(refused(piece.len()));
        };
        if events.len() > n_all.saturating_sub(n_before) {
            return Err(refused(0));
        }
        // At once, so that no larger trace is moved about later.
        if n_before == 0 && self.events.try_reserve_exact(n_all).is_err() {
            return Err(refused(0));
        }
        for (i, event) in events.iter().enumerate() {
            let (words, _) = event.as_chunks::<4>();
            let words: [u32; WORDS_PER_EVENT] =
                std::array::from_fn(|i| words.get(i).map_or(0, |word| u32::from_le_bytes(*word)));
            self.events.push(from_words(words).ok_or(refused(4 + i * EVENT_BYTES))?);
        }
        Ok(&self.events[n_before..])
    }

    /// Takes how the builds end, after the last piece.
    ///
    /// # Errors
    /// It is not what [`outcomes_to_bytes`](Self::outcomes_to_bytes) told of this trace.
    pub fn take_outcomes(&mut self, bytes: &[u8]) -> Result<(), WordsError> {
        let builds = read_outcomes(bytes, self.events.len());
        self.builds = builds.ok_or(WordsError { offset: 0, n_bytes: bytes.len() })?;
        Ok(())
    }
}
