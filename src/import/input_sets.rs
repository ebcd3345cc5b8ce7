//! What spawns read, as logs tell it: sets of files, directories and other sets.
//!
//! The compact log shares sets between spawns, and a spawn of a large build reads thousands of
//! files: flattened, the sets of a log are many times the log.

use super::log_facts::FileIndex;

/// A member of a set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Member {
    /// A file, by index.
    File(FileIndex),
    /// A directory, by index.
    Tree(u32),
    /// An earlier set, by index.
    Set(u32),
}

/// A member in one word: two bits say what, the others which.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Packed(u32);

/// More files, directories or sets than this are not told apart.
pub(super) const MEMBERS_MAX: u32 = 1 << 30;

impl Packed {
    /// Nothing: no member is packed so.
    pub const NONE: Self = Self(u32::MAX);

    pub fn of(member: Member) -> Self {
        let (what, index) = match member {
            Member::File(index) => (0, index),
            Member::Tree(index) => (1, index),
            Member::Set(index) => (2, index),
        };
        assert!(index < MEMBERS_MAX, "a log of a thousand million files");
        Self(what << 30 | index)
    }

    pub fn get(self) -> Option<Member> {
        let index = self.0 & (MEMBERS_MAX - 1);
        match self.0 >> 30 {
            0 => Some(Member::File(index)),
            1 => Some(Member::Tree(index)),
            2 => Some(Member::Set(index)),
            _ => None,
        }
    }
}

/// Sets, as rows. A set has earlier ones as members only, so there is no cycle.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct InputSets {
    ends: Vec<u32>,
    members: Vec<Packed>,
}

impl InputSets {
    /// Adds a set, in the order in which its members are to be told.
    pub fn push(&mut self, members: impl IntoIterator<Item = Member>) -> u32 {
        let set = self.ends.len() as u32;
        let is_earlier = |member: &Member| !matches!(member, Member::Set(other) if *other >= set);
        self.members.extend(members.into_iter().filter(is_earlier).map(Packed::of));
        assert!(self.members.len() < u32::MAX as usize, "more than u32::MAX members of sets");
        self.ends.push(self.members.len() as u32);
        set
    }

    /// Gives back what room is left over.
    pub(super) fn shrink_to_fit(&mut self) {
        self.ends.shrink_to_fit();
        self.members.shrink_to_fit();
    }

    /// How many sets there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    fn row(&self, set: u32) -> &[Packed] {
        let start = match set.checked_sub(1) {
            Some(before) => self.ends[before as usize] as usize,
            None => 0,
        };
        &self.members[start..self.ends[set as usize] as usize]
    }

    /// The members of `set` itself.
    pub(super) fn members(&self, set: u32) -> impl Iterator<Item = Member> + '_ {
        self.row(set).iter().filter_map(|member| member.get())
    }

    /// Tells the files and directories in `set`, each once. With its own stack: sets may be nested
    /// deeply.
    pub fn each(&self, set: u32, walk: &mut InputWalk, mut visit: impl FnMut(Member)) {
        walk.start(self.len());
        walk.enter(self, set);
        while let Some(member) = walk.stack.pop() {
            match member.get() {
                Some(Member::Set(inner)) => walk.enter(self, inner),
                Some(member) => visit(member),
                None => {}
            }
        }
    }
}

/// What was visited on a walk over sets, kept between walks.
#[derive(Default, Debug)]
pub struct InputWalk {
    round: u32,
    sets: Vec<u32>,
    stack: Vec<Packed>,
    is_one: bool,
}

impl InputWalk {
    /// A walk that goes on where the last one ended: no set is entered twice in all walks.
    pub fn over_all() -> Self {
        Self { is_one: true, ..Self::default() }
    }

    fn start(&mut self, n_sets: usize) {
        self.sets.resize(n_sets, 0);
        if !self.is_one || self.round == 0 {
            self.round += 1;
        }
    }

    fn enter(&mut self, sets: &InputSets, set: u32) {
        let met = &mut self.sets[set as usize];
        if std::mem::replace(met, self.round) != self.round {
            self.stack.extend(sets.row(set).iter().rev());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(sets: &InputSets, set: u32, walk: &mut InputWalk) -> Vec<Member> {
        let mut told = Vec::new();
        sets.each(set, walk, |member| told.push(member));
        told
    }

    #[test]
    fn a_set_is_entered_once_a_walk_and_inner_ones_are_told_where_they_are() {
        use Member::{File, Set, Tree};
        let mut sets = InputSets::default();
        let inner = sets.push([File(1), Tree(0)]);
        let middle = sets.push([Set(inner), File(2)]);
        let outer = sets.push([Set(middle), Set(inner), File(3), Set(99)]);
        let mut walk = InputWalk::default();
        let all = [File(1), Tree(0), File(2), File(3)];
        assert_eq!(told(&sets, outer, &mut walk), all);
        assert_eq!(told(&sets, outer, &mut walk), all);
        let mut once = InputWalk::over_all();
        assert_eq!(told(&sets, middle, &mut once).len(), 3);
        assert_eq!(told(&sets, outer, &mut once), [File(3)]);
    }

    #[test]
    fn a_million_sets_in_one_another_need_no_recursion() {
        let mut sets = InputSets::default();
        let mut last = sets.push([Member::File(0)]);
        for _ in 0..1_000_000 {
            last = sets.push([Member::Set(last), Member::Set(last)]);
        }
        assert_eq!(told(&sets, last, &mut InputWalk::default()), [Member::File(0)]);
    }
}
