//! How many actions of each closed group are in which state, kept up as states change.

use crate::model::Id;
use crate::rewind::ActionState;

use super::filter::Filter;
use super::grouping::{GroupId, Grouping};
use super::layout::Layout;
use super::tints::Tints;

/// Actions of a group by state, as places in [`ActionState::ALL`].
pub type StateCounts = [u32; ActionState::ALL.len()];

/// The counts of all closed groups of a layout.
#[derive(Clone, Debug, Default)]
pub struct GroupCounts {
    /// By position in [`Layout::groups`].
    states: Vec<StateCounts>,
    /// Likewise, how many the filter lets through.
    shown: Vec<u32>,
    seen: Option<(*const Layout, u64, u64)>,
}

impl GroupCounts {
    /// Brings them up to date; costs the actions that changed, or, for another layout or filter,
    /// all of them.
    pub fn refresh(
        &mut self,
        layout: &Layout,
        grouping: &Grouping,
        tints: &Tints,
        filter: Option<&Filter>,
    ) {
        let now = (&raw const *layout, tints.version(), filter.map_or(0, Filter::version));
        let before = self.seen.replace(now);
        if before == Some(now) {
            return;
        }
        let is_next = before.is_some_and(|b| (b.0, b.1 + 1, b.2) == now);
        if let (true, Some(changed)) = (is_next, tints.changed()) {
            let first = layout.n_marks() - layout.groups().len();
            for &(action, before) in changed {
                let index = layout.index_of(action).and_then(|i| i.checked_sub(first));
                if let Some(counts) = index.map(|i| &mut self.states[i]) {
                    counts[usize::from(before)] -= 1;
                    counts[tints.state(action) as usize] += 1;
                }
            }
            return;
        }
        (self.states, self.shown) = (Vec::new(), Vec::new());
        for &group in layout.groups() {
            let (mut counts, mut n_shown) = (StateCounts::default(), 0);
            for &action in grouping.actions(group) {
                counts[usize::from(tints.states()[action.index()])] += 1;
                n_shown += u32::from(filter.is_none_or(|f| f.shows(action)));
            }
            self.states.push(counts);
            self.shown.push(n_shown);
        }
    }

    /// The counts of the closed group `group`, and how many of it the filter lets through.
    pub fn of(&self, layout: &Layout, group: GroupId) -> Option<(&StateCounts, u32)> {
        let i = layout.groups().binary_search(&group).ok()?;
        Some((self.states.get(i)?, *self.shown.get(i)?))
    }
}
