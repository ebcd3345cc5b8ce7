//! The bytes of a file as they come: a window over what is read next, in place of the whole file.
//!
//! A file that is not compressed is read where it lies. Of one that is, only what the reader has
//! not yet had is held: a message, a line, an object at a time. Says how far it is on the way.

use std::borrow::Cow;

use super::card::Place;
use super::notes::{Meter, Notes, Stop};
use super::wire::delimited::varint;
use super::wrapper::{UNPACKED_BYTES_MAX, Unwrapped};

/// What a reader calls its messages where one cannot be decoded.
pub(super) struct Called {
    /// Under which such warnings are counted.
    pub key: &'static str,
    /// Such as `An event`.
    pub one: &'static str,
    pub remedy: &'static str,
}

/// How much is asked for at once.
pub(super) const STEP_BYTES: usize = 256 << 10;

/// What is left to read of a file.
pub(super) struct Feed<'a> {
    pub(super) held: Cow<'a, [u8]>,
    /// Start in `held` of what was not given out yet.
    pub(super) at: usize,
    /// Bytes that were held before.
    before: u64,
    n_lines: u64,
    source: Option<Unwrapped<'a>>,
    /// Whether the objects read so far are in a list.
    pub(super) is_list: bool,
    /// Where and why the source ended before its end.
    damage: Option<(Place, String)>,
}

/// A line of a text.
pub(super) struct Line<'a> {
    /// Its number, from 1.
    pub number: u64,
    /// Its bytes, without the end of the line.
    pub bytes: &'a [u8],
}

impl Line<'_> {
    /// Where it is.
    pub fn place(&self) -> Place {
        Place::Line(self.number)
    }
}

impl<'a> Feed<'a> {
    /// All of `bytes`, which are not compressed.
    pub fn plain(bytes: &'a [u8]) -> Self {
        let held = Cow::Borrowed(bytes);
        Self { held, at: 0, before: 0, n_lines: 0, source: None, is_list: false, damage: None }
    }

    /// What `source` has.
    pub fn unwrapped(source: Unwrapped<'a>) -> Self {
        Self { held: Cow::Owned(Vec::new()), source: Some(source), ..Self::plain(&[]) }
    }

    /// The next `n` bytes or, where there are fewer, all of them.
    pub fn head(&mut self, n: usize, notes: &Notes, meter: &mut Meter) -> Result<&[u8], Stop> {
        self.fill(n, notes, meter)?;
        Ok(&self.held[self.at..])
    }

    /// Whether nothing comes behind what is held.
    pub fn is_whole(&self) -> bool {
        self.source.is_none()
    }

    /// Everything, for a reader that goes to and fro.
    pub fn all(&mut self, notes: &Notes, meter: &mut Meter) -> Result<&[u8], Stop> {
        while self.source.is_some() {
            self.fill(self.held.len() - self.at + STEP_BYTES, notes, meter)?;
        }
        meter.rewind();
        Ok(&self.held[self.at..])
    }

    /// Gives each message after its length to `take`, decoded, with its place. What is damaged is
    /// noted and left out.
    pub fn each_message<M: prost::Message + Default>(
        &mut self,
        called: &Called,
        notes: &mut Notes,
        meter: &mut Meter,
        mut take: impl FnMut(M, Place, &mut Notes),
    ) -> Result<(), Stop> {
        let take = |message, _: &[u8], place, notes: &mut Notes| take(message, place, notes);
        self.each_message_and_bytes(called, notes, meter, take)
    }

    /// The same with the bytes of each message.
    pub fn each_message_and_bytes<M: prost::Message + Default>(
        &mut self,
        called: &Called,
        notes: &mut Notes,
        meter: &mut Meter,
        mut take: impl FnMut(M, &[u8], Place, &mut Notes),
    ) -> Result<(), Stop> {
        while let Some((offset, message)) = self.message(notes, meter)? {
            let place = Place::Offset(offset);
            match message.map(|bytes| (bytes, M::decode(bytes))) {
                Ok((bytes, Ok(message))) => take(message, bytes, place, notes),
                Ok((_, Err(error))) => {
                    let what = || format!("{} cannot be decoded: {error}.", called.one);
                    notes.add(called.key, place, what, called.remedy);
                }
                Err(what) => notes.add("tail", place, || what, "What came before is used."),
            }
        }
        Ok(())
    }

    /// The next message after its length: its offset and its bytes, or what is wrong with it if it
    /// is cut short, after which nothing follows.
    pub fn message(&mut self, notes: &Notes, meter: &mut Meter) -> Result<Next<'_>, Stop> {
        self.fill(10, notes, meter)?;
        let offset = self.offset();
        let rest = &self.held[self.at..];
        if rest.is_empty() {
            return Ok(None);
        }
        let Some((length, n)) = varint(rest) else {
            self.at = self.held.len();
            let what = "A message length is cut short or no varint.".into();
            return Ok(Some((offset, Err(what))));
        };
        let length_max = usize::try_from(length).unwrap_or(usize::MAX);
        self.fill(n.saturating_add(length_max), notes, meter)?;
        let left = self.held.len() - self.at - n;
        if length_max > left {
            self.at = self.held.len();
            let what = format!("A message of {length} bytes is announced, {left} are left.");
            return Ok(Some((offset, Err(what))));
        }
        let start = self.at + n;
        self.at = start + length_max;
        Ok(Some((offset, Ok(&self.held[start..self.at]))))
    }

    /// The next line that is not blank.
    pub fn line(&mut self, notes: &Notes, meter: &mut Meter) -> Result<Option<Line<'_>>, Stop> {
        loop {
            let (start, is_last) = self.end_of_line(notes, meter)?;
            if is_last && start == self.at {
                return Ok(None);
            }
            self.n_lines += 1;
            if !self.held[start..self.at].trim_ascii().is_empty() {
                let end = if is_last { self.at } else { self.at - 1 };
                let (number, bytes) = (self.n_lines, &self.held[start..end]);
                return Ok(Some(Line { number, bytes }));
            }
        }
    }

    /// Goes behind the next line; says where it starts in what is held, and whether the file ends
    /// with it.
    fn end_of_line(&mut self, notes: &Notes, meter: &mut Meter) -> Result<(usize, bool), Stop> {
        let mut seen = 0;
        loop {
            let rest = &self.held[self.at + seen..];
            if let Some(n) = memchr::memchr(b'\n', rest) {
                let start = self.at;
                // A slice is not filled, and has to say how far it is all the same.
                self.report(meter)?;
                self.at += seen + n + 1;
                return Ok((start, false));
            }
            seen += rest.len();
            if self.source.is_none() {
                let start = self.at;
                self.at = self.held.len();
                return Ok((start, true));
            }
            self.fill(seen * 2 + 1, notes, meter)?;
            // It may have moved what is held, but not what is left of it.
        }
    }

    /// Offset of what comes next in the unpacked file.
    pub(super) fn offset(&self) -> u64 {
        self.before + self.at as u64
    }

    /// Holds `n` bytes or, where there are fewer, all of them.
    pub(super) fn fill(&mut self, n: usize, notes: &Notes, meter: &mut Meter) -> Result<(), Stop> {
        self.report(meter)?;
        while self.held.len() - self.at < n {
            let Some(source) = &mut self.source else { return Ok(()) };
            let held = self.held.to_mut();
            // What was given out is dropped once there is more of it than of the rest: so each
            // byte is moved once on the average.
            if self.at > held.len() - self.at {
                held.drain(..self.at);
                self.before += self.at as u64;
                self.at = 0;
            }
            let start = held.len();
            if start - self.at >= UNPACKED_BYTES_MAX {
                let why = too_large(source, notes);
                return Err(Stop::Unusable(Box::new(why)));
            }
            if held.capacity() < start + STEP_BYTES {
                held.reserve_exact(STEP_BYTES.max(start / 2));
            }
            held.resize(start + STEP_BYTES, 0);
            let (n, read) = source.fill(&mut held[start..]);
            held.truncate(start + n);
            self.report(meter)?;
            if n < STEP_BYTES || read.is_err() {
                self.end(read, notes)?;
            }
        }
        Ok(())
    }

    fn report(&self, meter: &mut Meter) -> Result<(), Stop> {
        let (done, all, seen) = match &self.source {
            Some(source) => (source.done(), source.n_bytes(), self.held.len()),
            None => (self.at as u64, self.held.len() as u64, self.at),
        };
        let share = || done as f64 / all.max(1) as f64;
        meter.after(self.before + seen as u64, share)
    }

    /// Takes leave of the source; an error if nothing at all came out of it.
    fn end(&mut self, read: std::io::Result<()>, notes: &Notes) -> Result<(), Stop> {
        let Some(source) = self.source.take() else { return Ok(()) };
        let Err(error) = read else { return Ok(()) };
        let (name, at) = (source.innermost(), source.done());
        let n = self.before + self.held.len() as u64;
        if n == 0 {
            let what = format!("Nothing can be unpacked from the {name} wrapper: {error}.");
            let remedy = "Check that the file was copied whole.";
            let why = notes.warning(Place::Offset(at), what, remedy);
            return Err(Stop::Unusable(Box::new(why)));
        }
        let what =
            format!("The {name} wrapper ends early or is damaged ({error}); {n} bytes came out.");
        self.damage = Some((Place::Offset(at), what));
        Ok(())
    }

    /// Notes what was wrong with the wrappers. To be called when all is read.
    pub fn finish(self, notes: &mut Notes) {
        if let Some((place, what)) = self.damage {
            notes.add("wrapper", place, || what, "What could be unpacked is used.");
        }
    }
}

/// A message: its offset, and its bytes or what is wrong with it; none at the end.
pub(super) type Next<'a> = Option<(u64, Result<&'a [u8], String>)>;

fn too_large(source: &Unwrapped, notes: &Notes) -> super::card::Warning {
    let mib = UNPACKED_BYTES_MAX >> 20;
    let what = match source.wrappers.last() {
        Some(name) => format!("The {name} wrapper unpacks to more than {mib} MiB"),
        None => format!("The file has more than {mib} MiB"),
    };
    let what = format!("{what}, and a file of this format is held whole.");
    let remedy = "Drop a smaller export, such as the compact execution log.";
    notes.warning(Place::Offset(source.done()), what, remedy)
}
