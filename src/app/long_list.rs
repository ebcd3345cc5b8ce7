//! Where the lines of a list lie that is higher than any element of a browser may be.
//!
//! Browsers stop at 17 to 33 million pixels: some 600 000 lines. A longer list has an element of a
//! height that they all take. Moving the scroll bar far goes to the line at that share of the list;
//! moving it a little, as wheel and keys do, goes on line by line from where it is.

use std::ops::Range;

/// The highest an element is made.
const HEIGHT_MAX_PX: f64 = 8_000_000.0;
/// Lines drawn above and below what is in sight.
const MARGIN: usize = 12;
/// What lies below the last line; the style sheet has the same.
const BELOW_PX: f64 = 28.0;

/// A list of lines of equal height.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LongList {
    /// How many lines there are.
    pub n_rows: usize,
    /// Height of one.
    pub row_px: f64,
}

/// What of it is in sight.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Place {
    /// How far the element is scrolled.
    pub top_px: f64,
    /// The line at the upper edge, with the part of it that is above.
    pub row: f64,
    /// How high the window on the list is.
    pub room_px: f64,
}

/// What is drawn.
#[derive(Clone, PartialEq, Debug)]
pub struct Drawn {
    /// Height of what is left out above.
    pub above_px: f64,
    /// The lines.
    pub rows: Range<usize>,
    /// Height of what is left out below.
    pub below_px: f64,
}

impl LongList {
    fn height_px(self) -> f64 {
        (self.n_rows as f64 * self.row_px).min(HEIGHT_MAX_PX)
    }

    fn is_whole(self) -> bool {
        self.n_rows as f64 * self.row_px <= HEIGHT_MAX_PX
    }

    /// The line at the upper edge when the list is scrolled to its end.
    fn last_row(self, room_px: f64) -> f64 {
        (self.n_rows as f64 - (room_px - BELOW_PX) / self.row_px).max(0.0)
    }

    /// How far the element is scrolled at its end.
    fn last_px(self, room_px: f64) -> f64 {
        (self.height_px() + BELOW_PX - room_px).max(0.0)
    }

    /// The place after the element was scrolled to `top_px`.
    pub fn moved(self, before: Place, top_px: f64, room_px: f64) -> Place {
        let (last_row, last_px) = (self.last_row(room_px), self.last_px(room_px));
        let by_px = top_px - before.top_px;
        let row = if self.is_whole() {
            top_px / self.row_px
        } else if top_px <= 0.0 {
            0.0
        } else if top_px >= last_px - 1.0 {
            last_row
        } else if by_px.abs() < 1.0 {
            before.row.min(last_row)
        } else if by_px.abs() <= 2.0 * room_px {
            (before.row + by_px / self.row_px).clamp(0.0, last_row)
        } else {
            top_px / last_px * last_row
        };
        Place { top_px, row, room_px }
    }

    /// Where to scroll so that line `row` is in sight with some of what is around it; `None` if it
    /// is in sight.
    pub fn showing(self, now: Place, row: usize) -> Option<Place> {
        let (row, n_seen) = (row as f64, now.room_px / self.row_px);
        if row >= now.row && row + 2.0 <= now.row + n_seen {
            return None;
        }
        let last_row = self.last_row(now.room_px);
        // In whole lines, so that none is cut at the upper edge.
        let row = (row - (n_seen / 3.0).floor()).min(last_row.floor()).max(0.0);
        let top_px = if self.is_whole() {
            row * self.row_px
        } else {
            // At the very ends the first and the last line are shown.
            let share = row / last_row.max(1.0);
            (share * self.last_px(now.room_px)).clamp(1.0, self.last_px(now.room_px) - 2.0)
        };
        Some(Place { top_px: top_px.floor(), row, ..now })
    }

    /// The lines to draw there, and what is left out.
    pub fn drawn(self, at: Place) -> Drawn {
        let first = (at.row.max(0.0) as usize).min(self.n_rows);
        // Above what is in sight there has to be room for them.
        let fit_above = ((at.top_px / self.row_px).max(0.0) as usize).min(MARGIN);
        let start = first.saturating_sub(if self.is_whole() { MARGIN } else { fit_above });
        let n_seen = (at.room_px / self.row_px).ceil() as usize + 1;
        let end = (first + n_seen + MARGIN).min(self.n_rows);
        let px = |rows: usize| rows as f64 * self.row_px;
        if self.is_whole() {
            let rows = start..end.max(start);
            return Drawn { above_px: px(start), below_px: px(self.n_rows - rows.end), rows };
        }
        let above_px = (at.top_px - (at.row - start as f64) * self.row_px).max(0.0);
        let below_px = (self.height_px() - above_px - px(end - start)).max(0.0);
        Drawn { above_px, rows: start..end, below_px }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM_PX: f64 = 300.0;

    fn list(n_rows: usize) -> LongList {
        LongList { n_rows, row_px: 28.0 }
    }

    fn start() -> Place {
        Place { room_px: ROOM_PX, ..Place::default() }
    }

    /// Which lines are at the upper and the lower edge of the window.
    fn seen(list: LongList, at: Place) -> (f64, f64) {
        let drawn = list.drawn(at);
        let line = |px: f64| drawn.rows.start as f64 + (px - drawn.above_px) / list.row_px;
        (line(at.top_px), line(at.top_px + ROOM_PX))
    }

    #[test]
    fn the_ends_of_a_list_of_millions_are_reached() {
        for n_rows in [3, 1000, 285_714, 285_715, 6_000_000, 100_000_000] {
            let list = list(n_rows);
            let end = list.moved(start(), list.last_px(ROOM_PX), ROOM_PX);
            let drawn = list.drawn(end);
            assert_eq!(drawn.rows.end, n_rows);
            assert!(seen(list, end).1 >= n_rows as f64, "{n_rows}: {:?}", seen(list, end));
            let back = list.moved(end, 0.0, ROOM_PX);
            assert_eq!((list.drawn(back).rows.start, seen(list, back).0), (0, 0.0));
        }
    }

    #[test]
    fn a_turn_of_the_wheel_moves_by_as_many_pixels_however_long_the_list() {
        for n_rows in [1000, 6_000_000] {
            let list = list(n_rows);
            let mut at = list.moved(start(), list.last_px(ROOM_PX) / 2.0, ROOM_PX);
            for by_px in [100.0, 100.0, -40.0, 14.0] {
                let before = seen(list, at).0;
                at = list.moved(at, at.top_px + by_px, ROOM_PX);
                let by_rows = seen(list, at).0 - before;
                assert!((by_rows * 28.0 - by_px).abs() < 0.01, "{n_rows}: {by_rows} rows");
            }
        }
    }

    #[test]
    fn a_line_is_brought_into_sight_and_stays_while_it_is() {
        for n_rows in [1000, 6_000_000] {
            let list = list(n_rows);
            for row in [0, 7, n_rows / 3, n_rows - 9, n_rows - 1] {
                let from = list.moved(start(), list.last_px(ROOM_PX) / 2.0, ROOM_PX);
                let at = list.showing(from, row).unwrap();
                let (first, last) = seen(list, at);
                assert!(first <= row as f64 && row as f64 + 1.0 <= last, "{row}: {first} {last}");
                // The browser tells that it was scrolled.
                let told = list.moved(at, at.top_px, ROOM_PX);
                assert!((told.row - at.row).abs() < 1.0, "{row}: {told:?} {at:?}");
                if row + 2 < n_rows {
                    assert_eq!(list.showing(told, row), None, "{row} of {n_rows}");
                }
            }
        }
    }
}
