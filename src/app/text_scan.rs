//! Looks for a text in all texts of a graph, a slice at a time: searches and filters go on between
//! two frames.

use crate::model::{Id, IdSet, TextId, Texts};

/// Looks for a text in all texts of a graph, small and capital letters alike.
///
/// All texts lie in one arena. Eight places at a time are looked at for the two rarest of the
/// wanted bytes, each at its distance; only where both are the rest is compared.
#[derive(Clone, Debug, Default)]
pub struct TextScan {
    needle: Vec<u8>,
    /// Positions in the needle of the bytes that are looked for.
    rare: [usize; 2],
    /// Where in the arena a match is looked for next.
    at: usize,
    n_bytes: usize,
    /// The text that the last match was in: the next one is not before.
    text: usize,
    /// Texts found so far.
    pub hits: IdSet<TextId>,
}

/// Looking closely takes as long as going through so many bytes.
const CLOSE_BYTES: usize = 64;

/// Places that are looked at together.
const LANES: usize = 8;
const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = LOW << 7;
/// Makes small letters of capital ones, and a few other bytes of others: a match is compared anew.
const SMALL: u64 = LOW << 5;

impl TextScan {
    /// Looks for `wanted`; for an empty text nothing is found.
    pub fn new(texts: &Texts, wanted: &str) -> Self {
        let needle = wanted.to_lowercase().into_bytes();
        let mut rarest: Vec<usize> = (0..needle.len()).collect();
        rarest.sort_by_key(|&i| commonness(needle[i]));
        let first = rarest.first().copied().unwrap_or(0);
        // The same byte twice tells nothing more.
        let other = rarest.iter().copied().find(|&i| needle[i] != needle[first]);
        let n_bytes = if needle.is_empty() { 0 } else { texts.parts().0.len() };
        let rare = [first, other.unwrap_or(first)];
        Self { needle, rare, n_bytes, ..Self::default() }
    }

    /// Whether nothing is looked for.
    pub fn is_empty(&self) -> bool {
        self.needle.is_empty()
    }

    /// Whether all texts are looked through.
    pub fn is_done(&self) -> bool {
        self.at >= self.n_bytes
    }

    /// Looks through `n_bytes` more, or fewer where much is found.
    pub fn go_on(&mut self, texts: &Texts, n_bytes: usize) {
        if self.is_empty() {
            return;
        }
        let (arena, ends) = texts.parts();
        let arena = arena.as_bytes();
        // No match begins later.
        let last = (arena.len() + 1).saturating_sub(self.needle.len());
        let mut until = self.at.saturating_add(n_bytes);
        while self.at < until.min(last) {
            let stop = until.min(last);
            let Some(start) = self.candidate(arena, stop) else {
                self.at = stop;
                break;
            };
            self.at = start + 1;
            let end_of_match = start + self.needle.len();
            if !arena[start..end_of_match].eq_ignore_ascii_case(&self.needle) {
                until = until.saturating_sub(CLOSE_BYTES);
                continue;
            }
            // The text that the match starts in; it must end in it as well.
            let text = behind(ends, self.text, start);
            let end = ends[text] as usize;
            self.text = text;
            if end_of_match <= end {
                self.hits.insert(TextId::at(text));
                self.at = self.at.max(end);
            }
            until = until.saturating_sub(CLOSE_BYTES);
        }
        if self.at >= last {
            self.at = self.n_bytes;
        }
    }

    /// The next place from `at` on, before `stop`, where both bytes are.
    fn candidate(&self, arena: &[u8], stop: usize) -> Option<usize> {
        let [a, b] = self.rare;
        let pattern = |i: usize| (u64::from(self.needle[i]) * LOW) | SMALL;
        let (wanted_a, wanted_b) = (pattern(a), pattern(b));
        let at = |i: usize| arena.get(self.at + i..).unwrap_or_default().as_chunks::<LANES>().0;
        let n_chunks = (stop - self.at) / LANES;
        let chunks = at(a).iter().zip(at(b)).take(n_chunks);
        for (i, (at_a, at_b)) in chunks.enumerate() {
            let zeros_a = zeros((u64::from_le_bytes(*at_a) | SMALL) ^ wanted_a);
            let zeros_b = zeros((u64::from_le_bytes(*at_b) | SMALL) ^ wanted_b);
            let both = zeros_a & zeros_b;
            if both != 0 {
                return Some(self.at + i * LANES + both.trailing_zeros() as usize / 8);
            }
        }
        // What does not fill the lanes.
        let n_looked_at = n_chunks.min(at(a).len()).min(at(b).len()) * LANES;
        let is = |start: usize, i: usize| (arena[start + i] | 0x20) == (self.needle[i] | 0x20);
        (self.at + n_looked_at..stop).find(|&start| is(start, a) && is(start, b))
    }
}

/// Which bytes are 0, as their highest bits; above one that is, others may seem so too.
fn zeros(word: u64) -> u64 {
    word.wrapping_sub(LOW) & !word & HIGH
}

/// The first text from `from` on that ends behind `place`. Found in steps that double, since the
/// next match is mostly near.
fn behind(ends: &[u32], from: usize, place: usize) -> usize {
    let is_before = |&end: &u32| end as usize <= place;
    let (mut low, mut step) = (from, 1);
    while ends.get(low + step).is_some_and(is_before) {
        low += step;
        step *= 2;
    }
    let high = (low + step).min(ends.len());
    low + ends[low..high].partition_point(is_before)
}

/// How often a byte occurs in labels and paths, roughly: later is more common.
fn commonness(byte: u8) -> usize {
    const RISING: &[u8] = b"qzjxkwvyhfgumdbplcsn0123456789triaoe_.-:/";
    RISING.iter().position(|&b| b == byte).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ArtifactKind, GraphBuilder};

    fn texts(paths: &[&str]) -> Texts {
        let mut builder = GraphBuilder::default();
        for path in paths {
            builder.artifact(path, ArtifactKind::Source);
        }
        builder.finish().0.texts().clone()
    }

    fn hits(texts: &Texts, wanted: &str, slice: usize) -> Vec<String> {
        let mut scan = TextScan::new(texts, wanted);
        while !scan.is_done() {
            scan.go_on(texts, slice);
        }
        scan.hits.iter().map(|id| texts.get(id).to_owned()).collect()
    }

    #[test]
    fn small_slices_find_what_one_finds() {
        let texts = texts(&["lib/Abc.cc", "abcabc", "x/y", "ABC", "aab", "c/ab", "c"]);
        for slice in [1, 2, 3, 5, 100] {
            assert_eq!(hits(&texts, "abc", slice), ["lib/Abc.cc", "abcabc", "ABC"], "{slice}");
            // No match goes from one text to the next.
            assert_eq!(hits(&texts, "bc/", slice), Vec::<String>::new(), "{slice}");
            assert_eq!(hits(&texts, "", slice), Vec::<String>::new());
        }
        assert_eq!(hits(&texts, "/Y", 4), ["x/y"]);
    }
}
