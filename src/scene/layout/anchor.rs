//! Moves a new layout as a whole so that what a person looks at stays where it was.

use super::super::geometry::Point;
use super::super::grouping::GroupId;
use super::super::mark::Mark;
use super::{Layout, Tier};

/// Moves `layout` so that the group that was unfolded or folded since `before` stays in place, or
/// else, so that half of the marks that stay move no further than the other half, each way.
pub(super) fn hold(layout: &mut Layout, before: &Layout) {
    let (is_groups, was_groups) = (layout.tier == Tier::Groups, before.tier == Tier::Groups);
    let turned = (is_groups && was_groups).then(|| toggled(layout, before)).flatten();
    let by = turned.unwrap_or_else(|| {
        let moves = layout.marks().zip(&layout.centres).filter_map(|(mark, now)| {
            let was = before.centre(mark)?;
            Some(Point::new(was.x - now.x, was.y - now.y))
        });
        let moves: Vec<Point> = moves.collect();
        Point::new(median(moves.iter().map(|m| m.x)), median(moves.iter().map(|m| m.y)))
    });
    layout.shift(by);
}

/// How far the first group moved that is open in one of the two only.
fn toggled(layout: &Layout, before: &Layout) -> Option<Point> {
    let frame = |of: &Layout, group: GroupId| {
        of.frames.iter().find(|f| f.group == group).map(|f| f.rect.centre())
    };
    let place =
        |of: &Layout, group: GroupId| of.centre(Mark::Group(group)).or_else(|| frame(of, group));
    let is_toggled = |&&group: &&GroupId| {
        layout.centre(Mark::Group(group)).is_some() != before.centre(Mark::Group(group)).is_some()
    };
    let groups = before.marks.groups.iter().chain(&layout.marks.groups);
    groups.filter(is_toggled).find_map(|&group| {
        let (now, was) = (place(layout, group)?, place(before, group)?);
        Some(Point::new(was.x - now.x, was.y - now.y))
    })
}

fn median(values: impl Iterator<Item = f32>) -> f32 {
    let mut values: Vec<f32> = values.collect();
    values.sort_unstable_by(f32::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
