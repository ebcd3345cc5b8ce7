//! A layout on its way to the next one: what stays moves, what is new comes out of what stood for
//! it before.

use super::super::geometry::{Point, Rect};
use super::super::grouping::Grouping;
use super::super::mark::Mark;
use super::Layout;

impl Layout {
    /// What lies `t` (0 to 1) of the way from `before` to here. For a few thousand marks; to be
    /// drawn, not to be searched for what it lacks.
    #[must_use]
    pub fn coming_from(&self, before: &Self, grouping: Option<&Grouping>, t: f32) -> Self {
        let mut between = self.clone();
        let origin = |mark: Mark| {
            if let Some(there) = before.centre(mark) {
                return Some(there);
            }
            let stand_in = match mark {
                Mark::Action(action) | Mark::AcEntry(action) => before.index_of(action),
                // A group that was folded: where the first of its members was.
                Mark::Group(group) => {
                    let frame = before.frames.iter().find(|f| f.group == group);
                    if let Some(frame) = frame {
                        return Some(frame.rect.centre());
                    }
                    let first = grouping.and_then(|g| g.actions(group).first());
                    first.and_then(|&action| before.index_of(action))
                }
                Mark::Artifact(_) => None,
            };
            stand_in.map(|i| before.centres[i])
        };
        for (i, &end) in self.centres.iter().enumerate() {
            if let Some(start) = origin(self.marks.at(i)) {
                between.centres[i] = start.towards(end, t);
            }
        }
        for (i, frame) in self.frames.iter().enumerate() {
            let same = before.frames.iter().find(|f| f.group == frame.group).map(|f| f.rect);
            let folded = before.centre(Mark::Group(frame.group));
            let start = same.or(folded.map(|at| Rect::around(at, 1.0, 1.0)));
            if let Some(start) = start {
                between.frames[i].rect = mixed(start, frame.rect, t);
            }
        }
        between.move_bends(self, t);
        between.derive_indices();
        between
    }

    /// Bends lie as far off the straight line between the ends as they are on the way.
    fn move_bends(&mut self, end: &Self, t: f32) {
        for i in 0..end.edges.len() {
            let start = i.checked_sub(1).map_or(0, |before| end.bend_ends[before] as usize);
            let stop = end.bend_ends[i] as usize;
            let ends = [end.edges[i].from, end.edges[i].to].map(|mark| {
                let (now, then) = (self.centre(mark), end.centre(mark));
                now.zip(then).map_or((0.0, 0.0), |(now, then)| (now.x - then.x, now.y - then.y))
            });
            for (k, bend) in (start..stop).enumerate() {
                let share = (k + 1) as f32 / (stop - start + 1) as f32;
                let by = (
                    ends[0].0 + (ends[1].0 - ends[0].0) * share,
                    ends[0].1 + (ends[1].1 - ends[0].1) * share,
                );
                let there = end.bends[bend];
                let moved = Point::new(there.x + by.0, there.y + by.1);
                self.bends[bend] = moved.towards(there, t * t);
            }
        }
    }
}

fn mixed(a: Rect, b: Rect, t: f32) -> Rect {
    let mix = |a: f32, b: f32| a + (b - a) * t;
    Rect {
        x: mix(a.x, b.x),
        y: mix(a.y, b.y),
        width: mix(a.width, b.width),
        height: mix(a.height, b.height),
    }
}
