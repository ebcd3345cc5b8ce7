//! Times as `ls`, `tree` and `find` print them.
//!
//! A time without a year or a zone is not guessed: `Nov 22 00:59` is told apart from the name
//! beside it and otherwise left out. A date without a zone counts as UTC.

/// A time at the start of some columns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FoundTime {
    /// How many columns it takes.
    pub n_columns: usize,
    /// Milliseconds since 1970, where the columns tell.
    pub ms: Option<i64>,
}

/// The time that `columns` begin with, in any `--time-style` of `ls`.
pub fn leading_time(columns: &[&[u8]]) -> Option<FoundTime> {
    let column = |i: usize| columns.get(i).and_then(|c| std::str::from_utf8(c).ok());
    let first = column(0)?;
    let second = column(1).unwrap_or_default();
    let third = column(2).unwrap_or_default();
    if let Some(days) = date(first) {
        return Some(iso(days, second, third));
    }
    if let Some((day, clock_text)) = first.split_once('T')
        && let (clock_text, Some(offset)) = split_zone(clock_text)
        && let (Some(days), Some(clock)) = (date(day), clock(clock_text))
    {
        return Some(FoundTime { n_columns: 1, ms: Some(days * DAY_MS + clock - offset) });
    }
    if is_month_and_day(first) && clock(second).is_some() {
        return Some(FoundTime { n_columns: 2, ms: None });
    }
    if first.len() >= 9 && first.bytes().all(|b| b.is_ascii_digit()) {
        return Some(FoundTime { n_columns: 1, ms: epoch_ms(first) });
    }
    let month_of = |text: &str| month(text.trim_end_matches('.'));
    let day_of = |text: &str| number(text.trim_end_matches('.'), 1, 31);
    let (month, day) = match (month_of(first), day_of(second)) {
        (Some(month), Some(day)) => (month, day),
        _ => (month_of(second)?, day_of(first)?),
    };
    let of_year = |year: &str| {
        let days = days_from_civil(number(year, 1970, 9999)?, month?, day);
        Some(days * DAY_MS)
    };
    if third.len() == 4 && third.bytes().all(|b| b.is_ascii_digit()) {
        return Some(FoundTime { n_columns: 3, ms: of_year(third) });
    }
    let clock = clock(third)?;
    let year = column(3).filter(|y| y.len() == 4 && third.len() == 8).and_then(of_year);
    Some(match year {
        Some(ms) => FoundTime { n_columns: 4, ms: Some(ms + clock) },
        None => FoundTime { n_columns: 3, ms: None },
    })
}

/// Seconds since 1970, with or without a fraction, as `find -printf %T@` prints them.
pub fn epoch_ms(text: &str) -> Option<i64> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let millis: String = fraction.chars().chain("000".chars()).take(3).collect();
    seconds.parse::<i64>().ok()?.checked_mul(1000)?.checked_add(millis.parse().ok()?)
}

const DAY_MS: i64 = 86_400_000;

fn iso(days: i64, second: &str, third: &str) -> FoundTime {
    let Some(clock) = clock(second) else {
        return FoundTime { n_columns: 1, ms: Some(days * DAY_MS) };
    };
    let ms = days * DAY_MS + clock;
    match zone(third) {
        Some(offset) => FoundTime { n_columns: 3, ms: Some(ms - offset) },
        None => FoundTime { n_columns: 2, ms: Some(ms) },
    }
}

/// `2026-11-22` in days since 1970.
fn date(text: &str) -> Option<i64> {
    let (year, rest) = text.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    let is_date = year.len() == 4 && month.len() == 2 && day.len() == 2;
    is_date.then_some(())?;
    Some(days_from_civil(number(year, 1, 9999)?, number(month, 1, 12)?, number(day, 1, 31)?))
}

/// `01:02`, `01:02:53` or `01:02:53.847499482` in milliseconds.
fn clock(text: &str) -> Option<i64> {
    let (hours, rest) = text.split_once(':')?;
    let (minutes, seconds) = rest.split_once(':').unwrap_or((rest, "0"));
    let ms = epoch_ms(seconds).filter(|ms| (0..61_000).contains(ms))?;
    Some((number(hours, 0, 24)? * 60 + number(minutes, 0, 59)?) * 60_000 + ms)
}

/// `+0000` in milliseconds.
pub fn zone(text: &str) -> Option<i64> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits = text.get(1..).filter(|d| d.len() == 4)?;
    let (hours, minutes) = (number(digits.get(..2)?, 0, 24)?, number(digits.get(2..)?, 0, 59)?);
    Some(sign * (hours * 60 + minutes) * 60_000)
}

/// Takes the zone off `01:02:53Z`, `01:02:53+00:00` or `01:02:53+0000`; no offset if it is none.
fn split_zone(clock: &str) -> (&str, Option<i64>) {
    let Some(at) = clock.find(['Z', '+', '-']) else { return (clock, Some(0)) };
    let (clock, text) = clock.split_at(at);
    if text == "Z" {
        return (clock, Some(0));
    }
    (clock, zone(&text.replace(':', "")))
}

/// `11-22`, as `--time-style=iso` has it for the last half year.
fn is_month_and_day(text: &str) -> bool {
    text.split_once('-').is_some_and(|(month, day)| {
        text.len() == 5 && number(month, 1, 12).is_some() && number(day, 1, 31).is_some()
    })
}

/// A month's name: its number if English, else only that it is one.
fn month(text: &str) -> Option<Option<i64>> {
    const NAMES: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let is_word = (3..=12).contains(&text.len()) && text.chars().all(char::is_alphabetic);
    is_word.then(|| {
        let lower = text.to_ascii_lowercase();
        (1..).zip(NAMES).find(|(_, name)| *name == lower).map(|(n, _)| n)
    })
}

fn number(text: &str, least: i64, most: i64) -> Option<i64> {
    let is_plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|n| is_plain && (least..=most).contains(n))
}

/// Days from 1970-01-01 in the Gregorian calendar: years are counted from March, so that the leap
/// day is the last of its year.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let months_from_march = (month + 9) % 12;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let day_of_year = (153 * months_from_march + 2) / 5 + day - 1;
    year * 365 + leap_days + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Option<FoundTime> {
        let columns: Vec<&[u8]> = text.split_ascii_whitespace().map(str::as_bytes).collect();
        leading_time(&columns)
    }

    fn found(n_columns: usize, ms: Option<i64>) -> Option<FoundTime> {
        Some(FoundTime { n_columns, ms })
    }

    #[test]
    fn reads_every_time_style() {
        let second = Some(1_795_309_373_000);
        let millis = Some(1_795_309_373_847);
        let minute = Some(1_795_309_320_000);
        let day = Some(1_795_305_600_000);
        assert_eq!(time("2026-11-22 01:02:53.847499482 +0000 x"), found(3, millis));
        assert_eq!(time("2026-11-22 02:32:53.847499482 +0130 x"), found(3, millis));
        assert_eq!(time("2026-11-22 01:02 x"), found(2, minute));
        assert_eq!(time("2026-11-22  x"), found(1, day));
        assert_eq!(time("11-22 01:02 x"), found(2, None));
        assert_eq!(time("Nov 22 01:02 x"), found(3, None));
        assert_eq!(time("Nov 22 2026 x"), found(3, day));
        assert_eq!(time("Nov 22 01:02:53 2026 x"), found(4, second));
        assert_eq!(time("22 nov. 01:02 x"), found(3, None));
        assert_eq!(time("1795309373 x"), found(1, second));
        assert_eq!(time("2026-11-22T01:02:53Z x"), found(1, second));
        for zone in ["Z", "+00:00", "+0000", ""] {
            assert_eq!(time(&format!("2026-11-22T01:02:53{zone} x")), found(1, second));
        }
        assert_eq!(time("2026-11-22T02:32:53.847+01:30"), found(1, millis));
        assert_eq!(time("2026-11-22T02:32:53+01:3"), None);
        assert_eq!(time("1 root root"), None);
        assert_eq!(days_from_civil(2000, 2, 29), 11_016);
    }
}
