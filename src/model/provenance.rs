//! Which files told each fact of a graph and a cache.
//!
//! Most facts of an incident are told by the same few combinations of files, so a fact holds the
//! number of its combination: two bytes. Where in a file it is told is kept for the facts that are
//! looked up one by one, and only while that stays small.

use std::collections::HashMap;

use super::ids::{ActionId, ArtifactId, BlobId, Id};

/// A file, as its place in the list of an incident's files.
pub type FileId = u16;

/// Something that files tell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fact {
    /// That there is such an action: its target, what it reads and writes.
    Action(ActionId),
    /// Its AC key.
    Key(ActionId),
    /// How long it executes.
    Duration(ActionId),
    /// That the action cache holds an entry for it.
    Entry(ActionId),
    /// The content of an artifact.
    Content(ArtifactId),
    /// The size of a blob.
    Size(BlobId),
    /// That the CAS holds a blob.
    Blob(BlobId),
}

/// How many kinds of fact there are.
const KINDS: usize = 7;

impl Fact {
    /// What the kinds of fact are called in machine-readable output.
    pub const KINDS: [&'static str; KINDS] =
        ["actions", "keys", "durations", "entries", "contents", "sizes", "blobs"];

    fn column(self) -> usize {
        match self {
            Self::Action(_) => 0,
            Self::Key(_) => 1,
            Self::Duration(_) => 2,
            Self::Entry(_) => 3,
            Self::Content(_) => 4,
            Self::Size(_) => 5,
            Self::Blob(_) => 6,
        }
    }

    fn row(self) -> usize {
        match self {
            Self::Action(id) | Self::Key(id) | Self::Duration(id) | Self::Entry(id) => id.index(),
            Self::Content(id) => id.index(),
            Self::Size(id) | Self::Blob(id) => id.index(),
        }
    }

    /// Whether it is worth knowing where in the file it is told.
    fn has_place(self) -> bool {
        matches!(self, Self::Action(_) | Self::Entry(_) | Self::Blob(_))
    }
}

/// A combination of files, in the order in which they told a fact.
pub type FileSetId = u16;

/// Facts of one kind of which places are kept: 4 MiB.
pub const PLACES_MAX: usize = 1 << 20;

/// The columns of a [`Provenance`], for writing it out and reading it back. Their meaning is the
/// order of [`Fact`]'s kinds.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ProvenanceParts {
    /// The combinations but the first, which is empty.
    pub sets: Vec<Vec<FileId>>,
    /// Per kind of fact: the combination of each, as far as any is told.
    pub columns: Vec<Vec<FileSetId>>,
    /// Per kind of fact: the place in the first file of the combination, from 1; 0 if not told.
    pub places: Vec<Vec<u32>>,
}

/// Which files told what.
#[derive(Clone, Debug)]
pub struct Provenance {
    sets: Vec<Box<[FileId]>>,
    /// The combination that a further file makes of one.
    grown: HashMap<(FileSetId, FileId), FileSetId>,
    /// The one of those that was asked for last: a file tells many facts in a row.
    last: Option<(FileSetId, FileId, FileSetId)>,
    columns: [Vec<FileSetId>; KINDS],
    places: [Vec<u32>; KINDS],
}

impl Default for Provenance {
    fn default() -> Self {
        Self {
            sets: vec![Box::default()],
            grown: HashMap::new(),
            last: None,
            columns: Default::default(),
            places: Default::default(),
        }
    }
}

impl PartialEq for Provenance {
    fn eq(&self, other: &Self) -> bool {
        // How combinations grew is of no interest.
        (&self.sets, &self.columns, &self.places) == (&other.sets, &other.columns, &other.places)
    }
}

impl Provenance {
    /// The files that told `fact`, the first first; none if it follows from others, or if nobody
    /// noted it.
    pub fn files(&self, fact: Fact) -> &[FileId] {
        self.set_files(self.set(fact))
    }

    /// Where the first of [`files`](Self::files) tells `fact`: the number of a line, a spawn, an
    /// action or an entry, from 1.
    pub fn place(&self, fact: Fact) -> Option<u32> {
        let place = self.places[fact.column()].get(fact.row()).copied();
        place.filter(|&place| place != 0)
    }

    /// The combination of files that told `fact`.
    pub fn set(&self, fact: Fact) -> FileSetId {
        self.columns[fact.column()].get(fact.row()).copied().unwrap_or(0)
    }

    /// The files of a combination.
    pub fn set_files(&self, set: FileSetId) -> &[FileId] {
        self.sets.get(usize::from(set)).map_or(&[], |files| files)
    }

    /// Notes that `file` tells `fact`, after others if there are.
    pub fn tell(&mut self, fact: Fact, file: FileId, place: Option<u32>) {
        let before = self.set(fact);
        let set = self.with(before, file);
        self.put(fact, set);
        if before == 0 {
            self.put_place(fact, place);
        }
    }

    /// Notes that `fact` is what `file` tells, whoever told it otherwise.
    pub fn retell(&mut self, fact: Fact, file: FileId) {
        let set = self.with(0, file);
        self.put(fact, set);
        self.put_place(fact, None);
    }

    /// Notes that `fact` is told by the combination `set`.
    pub fn put(&mut self, fact: Fact, set: FileSetId) {
        let (column, row) = (&mut self.columns[fact.column()], fact.row());
        if column.len() <= row {
            if set == 0 {
                return;
            }
            column.resize(row + 1, 0);
        }
        column[row] = set;
    }

    /// The combination of `set` and then `file`. When combinations run out, `set` stays.
    pub fn with(&mut self, set: FileSetId, file: FileId) -> FileSetId {
        if let Some((_, _, grown)) = self.last.filter(|last| (last.0, last.1) == (set, file)) {
            return grown;
        }
        let grown = self.grow(set, file);
        self.last = Some((set, file, grown));
        grown
    }

    fn grow(&mut self, set: FileSetId, file: FileId) -> FileSetId {
        if self.set_files(set).contains(&file) {
            return set;
        }
        if let Some(&known) = self.grown.get(&(set, file)) {
            return known;
        }
        let Some(next) = u16::try_from(self.sets.len()).ok() else { return set };
        let mut files = self.set_files(set).to_vec();
        files.push(file);
        self.sets.push(files.into_boxed_slice());
        self.grown.insert((set, file), next);
        next
    }

    /// How many facts of each kind `file` tells, alone or with others, in the order of [`Fact`]'s
    /// kinds.
    pub fn counts(&self, file: FileId) -> [u64; KINDS] {
        let tells: Vec<bool> = self.sets.iter().map(|files| files.contains(&file)).collect();
        let is_told = |set: &&FileSetId| tells.get(usize::from(**set)).copied().unwrap_or(false);
        std::array::from_fn(|kind| self.columns[kind].iter().filter(is_told).count() as u64)
    }

    /// Renumbers actions: the one at `i` was `order[i]`.
    pub fn reorder_actions(&mut self, order: &[ActionId]) {
        for column in &mut self.columns[..4] {
            reorder(column, order);
        }
        for column in &mut self.places[..4] {
            reorder(column, order);
        }
    }

    /// Makes room for `n` files before those that are known.
    pub fn shift_files(&mut self, n: u16) {
        for file in self.sets.iter_mut().flat_map(|files| files.iter_mut()) {
            *file = file.saturating_add(n);
        }
        self.grown.clear();
        self.last = None;
    }

    /// Size in bytes.
    pub fn n_bytes(&self) -> usize {
        let columns: usize = self.columns.iter().map(Vec::len).sum();
        let places: usize = self.places.iter().map(Vec::len).sum();
        columns * 2 + places * 4 + self.sets.iter().map(|files| 16 + files.len() * 2).sum::<usize>()
    }

    /// The columns that make it.
    pub fn to_parts(&self) -> ProvenanceParts {
        ProvenanceParts {
            sets: self.sets.iter().skip(1).map(|files| files.to_vec()).collect(),
            columns: self.columns.to_vec(),
            places: self.places.to_vec(),
        }
    }

    /// What `parts` make. `None` if they refer to combinations, or to files of which there are only
    /// `n_files`, that are not there.
    pub fn from_parts(parts: ProvenanceParts, n_files: usize) -> Option<Self> {
        let n_sets = parts.sets.len() + 1;
        let mut columns = parts.columns.iter().flatten();
        let is_known = parts.sets.iter().flatten().all(|&file| usize::from(file) < n_files);
        if !is_known || n_sets > 1 << 16 || columns.any(|&set| usize::from(set) >= n_sets) {
            return None;
        }
        let told = parts.sets.into_iter().map(Vec::into_boxed_slice);
        Some(Self {
            sets: std::iter::once(Box::default()).chain(told).collect(),
            grown: HashMap::new(),
            last: None,
            columns: parts.columns.try_into().ok()?,
            places: parts.places.try_into().ok()?,
        })
    }

    fn put_place(&mut self, fact: Fact, place: Option<u32>) {
        let (column, row) = (&mut self.places[fact.column()], fact.row());
        let place = place.unwrap_or(0);
        if !fact.has_place() || row >= PLACES_MAX {
            return;
        }
        if column.len() <= row {
            if place == 0 {
                return;
            }
            column.resize(row + 1, 0);
        }
        column[row] = place;
    }
}

fn reorder<T: Copy + Default + PartialEq>(column: &mut Vec<T>, order: &[ActionId]) {
    if column.is_empty() {
        return;
    }
    let of = |old: &ActionId| column.get(old.index()).copied().unwrap_or_default();
    let mut new: Vec<T> = order.iter().map(of).collect();
    let n = new.iter().rposition(|value| *value != T::default()).map_or(0, |last| last + 1);
    new.truncate(n);
    *column = new;
}

/// An artifact of which files tell different contents. The graph has one of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conflict {
    /// Which artifact.
    pub artifact: ArtifactId,
    /// The other contents, each with the combination of files that tell it.
    pub others: Vec<(BlobId, FileSetId)>,
}
