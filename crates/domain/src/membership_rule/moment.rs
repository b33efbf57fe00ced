//! Instants and durations as a rule writes them. Never asks what time it is: `system.now` is a
//! parameter of the evaluation.

use crate::Instant;
use std::fmt;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Rules ask about careers, not about ages; and so no sum can leave the range of an instant.
const DURATION_MAX: i64 = 36_500 * DAY;
/// Days from the year 1 to 1970.
const EPOCH: i64 = 719_162;
const FIRST: Instant = (year_start(1) - EPOCH) * DAY;
const AFTER_LAST: Instant = (year_start(10_000) - EPOCH) * DAY;

/// The right side of a comparison of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    Fixed(Instant),
    /// `system.now`, and by how much later.
    Now {
        later: i64,
    },
}

impl Moment {
    pub(super) fn at(self, now: Instant) -> Instant {
        match self {
            Moment::Fixed(instant) => instant,
            Moment::Now { later } => now.saturating_add(later),
        }
    }

    /// What time it is when the moment is `instant`; none if that has nothing to do with the time.
    pub(super) fn meets(self, instant: Instant) -> Option<Instant> {
        match self {
            Moment::Fixed(_) => None,
            Moment::Now { later } => instant.checked_sub(later),
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Moment::Fixed(instant) => write_instant(f, instant),
            Moment::Now { later: 0 } => f.write_str("system.now"),
            Moment::Now { later } => {
                write!(f, "system.now {} ", if later < 0 { "-minus" } else { "-plus" })?;
                write_duration(f, later.unsigned_abs())
            }
        }
    }
}

/// Reads `2030-12-31`, `2030-12-31T23:59:59Z`, with fractions and with another offset from UTC than
/// none. Without an offset it is UTC; what is finer than a microsecond is dropped.
pub(super) fn read_instant(text: &str) -> Option<Instant> {
    let upper = text.to_ascii_uppercase();
    let (date, time) = match upper.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (upper.as_str(), None),
    };
    let mut parts = date.split('-');
    let (year, month, day) = (digits(parts.next()?, 4)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    if parts.next().is_some()
        || year == 0
        || !(1..=12).contains(&month)
        || !(1..=month_days(year, month)).contains(&day)
    {
        return None;
    }
    let before = (1..month).map(|each| month_days(year, each)).sum::<i64>();
    let days = year_start(year) + before + day - 1 - EPOCH;
    let instant = days * DAY + time.map_or(Some(0), read_time)?;
    // An offset may lead out of the years that have four digits.
    (FIRST..AFTER_LAST).contains(&instant).then_some(instant)
}

/// Microseconds since midnight, UTC.
fn read_time(text: &str) -> Option<i64> {
    let (clock, ahead) = if let Some(clock) = text.strip_suffix('Z') {
        (clock, 0)
    } else if let Some((clock, offset)) = text.split_once('+') {
        (clock, read_offset(offset)?)
    } else if let Some((clock, offset)) = text.split_once('-') {
        (clock, -read_offset(offset)?)
    } else {
        (text, 0)
    };
    let (clock, fraction) = match clock.split_once('.') {
        Some((clock, fraction)) => (clock, read_fraction(fraction)?),
        None => (clock, 0),
    };
    let mut parts = clock.split(':');
    let (hour, minute) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let second = parts.next().map_or(Some(0), |second| digits(second, 2))?;
    let fits = hour < 24 && minute < 60 && second < 60 && parts.next().is_none();
    fits.then_some(hour * HOUR + minute * MINUTE + second * SECOND + fraction - ahead)
}

fn read_offset(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    (hours <= 14 && minutes < 60).then_some(hours * HOUR + minutes * MINUTE)
}

fn read_fraction(text: &str) -> Option<i64> {
    if text.is_empty() || text.len() > 9 || !text.bytes().all(|each| each.is_ascii_digit()) {
        return None;
    }
    format!("{text:0<6}").get(..6)?.parse().ok()
}

/// A number of exactly so many digits.
fn digits(text: &str, count: usize) -> Option<i64> {
    let plain = text.len() == count && text.bytes().all(|each| each.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// Reads a duration such as `P1D` or `PT12H30M`, in any letter case, as microseconds. Months and
/// years are none: their length depends on when they begin.
pub(super) fn read_duration(text: &str) -> Option<i64> {
    let upper = text.to_ascii_uppercase();
    let rest = upper.strip_prefix('P')?;
    let (days, time) = match rest.split_once('T') {
        Some((days, time)) => (days, Some(time)),
        None => (rest, None),
    };
    if rest.is_empty() || time == Some("") {
        return None;
    }
    let days = read_units(days, &[('W', 7 * DAY), ('D', DAY)])?;
    let time = read_units(time.unwrap_or_default(), &[('H', HOUR), ('M', MINUTE), ('S', SECOND)])?;
    days.checked_add(time).filter(|sum| *sum <= DURATION_MAX)
}

/// The sum of numbers with their units, each unit at most once and in this order.
fn read_units(text: &str, units: &[(char, i64)]) -> Option<i64> {
    let (mut sum, mut rest) = (0_i64, text);
    for (unit, length) in units {
        if let Some((number, after)) = rest.split_once(*unit) {
            let plain = !number.is_empty() && number.bytes().all(|each| each.is_ascii_digit());
            let number: i64 = if plain { number.parse().ok()? } else { return None };
            sum = sum.checked_add(number.checked_mul(*length)?)?;
            rest = after;
        }
    }
    rest.is_empty().then_some(sum)
}

fn write_instant(f: &mut fmt::Formatter<'_>, instant: Instant) -> fmt::Result {
    let (days, time) = (instant.div_euclid(DAY) + EPOCH, instant.rem_euclid(DAY));
    // A guess that is never too late.
    let mut year = days / 366 + 1;
    while year_start(year + 1) <= days {
        year += 1;
    }
    let (mut month, mut day) = (1, days - year_start(year));
    while day >= month_days(year, month) {
        day -= month_days(year, month);
        month += 1;
    }
    let (hour, minute, second) = (time / HOUR, time % HOUR / MINUTE, time % MINUTE / SECOND);
    write!(f, "{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}", day + 1)?;
    match time % SECOND {
        0 => f.write_str("Z"),
        fraction => write!(f, ".{fraction:06}Z"),
    }
}

fn write_duration(f: &mut fmt::Formatter<'_>, length: u64) -> fmt::Result {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    f.write_str("P")?;
    if length >= DAY {
        write!(f, "{}D", length / DAY)?;
    }
    let time = [(length % DAY / HOUR, 'H'), (length % HOUR / MINUTE, 'M'), (length % MINUTE / SECOND, 'S')];
    let written: String =
        time.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count}{unit}")).collect();
    if written.is_empty() { Ok(()) } else { write!(f, "T{written}") }
}

/// Days from the first of January of the year 1 to that of this year.
const fn year_start(year: i64) -> i64 {
    let past = year - 1;
    past * 365 + past / 4 - past / 100 + past / 400
}

fn month_days(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
