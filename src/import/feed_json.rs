//! JSON objects as they come: one behind the other with or without a separator, one a line, over
//! many lines, or in a list. Tools write them in one way, and `jq` in all others.

use serde::de::{DeserializeOwned, IgnoredAny};

use super::card::Place;
use super::feed::{Feed, STEP_BYTES};
use super::notes::{Meter, Notes, Stop};

/// An object, or why it is none.
pub(super) type ReadObject<T> = Result<T, serde_json::Error>;

/// How much a reader of JSON has before it, so that few objects are begun twice.
const OBJECT_BYTES: usize = 1 << 20;

impl Feed<'_> {
    /// Gives each object, or what is wrong with it, to `take`, with its place: its line where the
    /// first one is a line, so that a line that is damaged costs no other one; else its offset.
    pub fn each_object<T: DeserializeOwned>(
        &mut self,
        notes: &mut Notes,
        meter: &mut Meter,
        mut take: impl FnMut(ReadObject<T>, &Place, &mut Notes),
    ) -> Result<(), Stop> {
        if !is_by_line(self.head(OBJECT_BYTES, notes, meter)?) {
            while let Some((offset, object)) = self.object(notes, meter)? {
                take(object, &Place::Offset(offset), notes);
            }
            return Ok(());
        }
        while let Some(line) = self.line(notes, meter)? {
            let place = line.place();
            // A tool that is killed leaves a line without its end; the next one writes behind it.
            let objects = serde_json::Deserializer::from_slice(line.bytes).into_iter::<T>();
            for object in objects {
                let is_damaged = object.is_err();
                take(object, &place, notes);
                if is_damaged {
                    break;
                }
            }
        }
        Ok(())
    }

    /// The next JSON object, after white space and what separates objects of a list: its offset,
    /// and it or what is wrong with it. Behind one that is damaged, goes on where another seems to
    /// begin.
    pub fn object<T: DeserializeOwned>(
        &mut self,
        notes: &Notes,
        meter: &mut Meter,
    ) -> Result<Option<(u64, ReadObject<T>)>, Stop> {
        loop {
            self.fill(OBJECT_BYTES, notes, meter)?;
            let rest = &self.held[self.at..];
            let is_between = |b: &u8| b.is_ascii_whitespace() || b"[,]".contains(b);
            let n_between = rest.iter().take_while(|b| is_between(b)).count();
            self.is_list |= rest[..n_between].contains(&b'[');
            self.at += n_between;
            if self.at < self.held.len() {
                break;
            }
            if self.is_whole() {
                return Ok(None);
            }
        }
        let offset = self.offset();
        loop {
            let rest = &self.held[self.at..];
            let mut objects = serde_json::Deserializer::from_slice(rest).into_iter::<T>();
            let read = objects.next();
            let length = objects.byte_offset();
            match read {
                Some(Err(error)) if error.is_eof() && !self.is_whole() => {
                    self.fill(rest.len() * 2, notes, meter)?;
                }
                Some(Ok(object)) => {
                    self.at += length;
                    return Ok(Some((offset, Ok(object))));
                }
                Some(Err(error)) => {
                    self.skip_object(notes, meter)?;
                    return Ok(Some((offset, Err(error))));
                }
                None => return Ok(None),
            }
        }
    }

    /// Goes to where the object after this one seems to begin: a brace at the start of a line, or
    /// after one; in a list, after a comma too.
    fn skip_object(&mut self, notes: &Notes, meter: &mut Meter) -> Result<(), Stop> {
        self.at += 1;
        loop {
            let rest = &self.held[self.at..];
            let seems = |w: &[u8]| w == b"\n{" || w == b"}{" || (self.is_list && w == b"},");
            if let Some(n) = rest.windows(2).position(seems) {
                self.at += n + 1;
                return Ok(());
            }
            self.at = self.held.len().saturating_sub(1).max(self.at);
            if self.is_whole() {
                self.at = self.held.len();
                return Ok(());
            }
            self.fill(STEP_BYTES, notes, meter)?;
        }
    }
}

/// Whether the first line of `head` is a whole object, or a damaged one rather than one that goes
/// on in the next line.
fn is_by_line(head: &[u8]) -> bool {
    let start = head.trim_ascii_start();
    if start.starts_with(b"[") {
        return false;
    }
    let Some(end) = memchr::memchr(b'\n', start) else {
        return head.len() < OBJECT_BYTES;
    };
    let mut line = serde_json::Deserializer::from_slice(&start[..end]).into_iter::<IgnoredAny>();
    let goes_on = line.any(|object| object.is_err_and(|error| error.is_eof()));
    // The next line begins with a key, then, and not with an object.
    !goes_on || start[end..].trim_ascii_start().starts_with(b"{")
}
