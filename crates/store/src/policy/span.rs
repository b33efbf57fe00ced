//! Durations as they are written: `P14D`, `PT8H`, `P1DT12H`. A month has no fixed length, and so
//! there is none here.

use domain::policy::{DAY, HOUR, MINUTE, SECOND, Span};

/// Reads a duration; `None` for one with years or months, or one that nobody will live to see.
pub fn read(text: &str) -> Option<Span> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let rest = text.strip_prefix('P')?;
    let (days, clock) = rest.split_once('T').unwrap_or((rest, ""));
    let days = sum(days, &[('W', 7 * DAY), ('D', DAY)])?;
    let clock = sum(clock, &[('H', HOUR), ('M', MINUTE), ('S', SECOND)])?;
    days.checked_add(clock)?.checked_mul(sign)
}

fn sum(mut text: &str, units: &[(char, Span)]) -> Option<Span> {
    let mut total: Span = 0;
    while !text.is_empty() {
        let end = text.find(|each: char| !(each.is_ascii_digit() || each == '.'))?;
        let (number, rest) = text.split_at_checked(end)?;
        let letter = rest.chars().next()?;
        let (_, unit) = units.iter().find(|(each, _)| *each == letter)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        total = total.checked_add(whole.parse::<Span>().ok()?.checked_mul(*unit)?)?;
        if !fraction.is_empty() {
            // Microseconds; what is finer is nothing.
            let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
            total = total.checked_add(digits.parse::<Span>().ok()?.checked_mul(*unit / SECOND)?)?;
        }
        text = rest.get(letter.len_utf8()..)?;
    }
    Some(total)
}

/// Writes a duration, in days where it is whole days.
pub fn write(span: Span) -> String {
    let sign = if span < 0 { "-" } else { "" };
    let span = span.unsigned_abs();
    let part = |unit: Span| unit.unsigned_abs();
    let (days, rest) = (span / part(DAY), span % part(DAY));
    let mut text = format!("{sign}P");
    if days > 0 {
        text.push_str(&format!("{days}D"));
    }
    if rest > 0 || days == 0 {
        text.push('T');
        let (hours, rest) = (rest / part(HOUR), rest % part(HOUR));
        let (minutes, rest) = (rest / part(MINUTE), rest % part(MINUTE));
        let (seconds, fraction) = (rest / part(SECOND), rest % part(SECOND));
        for (number, letter) in [(hours, 'H'), (minutes, 'M')] {
            if number > 0 {
                text.push_str(&format!("{number}{letter}"));
            }
        }
        if fraction > 0 {
            let digits = format!("{fraction:06}");
            text.push_str(&format!("{seconds}.{}S", digits.trim_end_matches('0')));
        } else if seconds > 0 || text.ends_with('T') {
            text.push_str(&format!("{seconds}S"));
        }
    }
    text
}

/// So many units, begun ones counted as whole.
pub fn units(span: Span, unit: Span) -> i64 {
    span.div_euclid(unit).saturating_add(i64::from(span.rem_euclid(unit) > 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_is_written_by_hand() {
        for (text, span) in [
            ("P14D", Some(14 * DAY)),
            ("PT0S", Some(0)),
            ("P2W", Some(14 * DAY)),
            ("P1DT12H", Some(36 * HOUR)),
            ("PT1.5S", Some(1_500_000)),
            ("-PT5M", Some(-5 * MINUTE)),
            ("P1Y", None),
            ("P1M", None),
            ("P999999999999D", None),
            ("D", None),
            ("P14", None),
        ] {
            assert_eq!(read(text), span, "{text}");
        }
        assert_eq!((write(14 * DAY), write(0), write(90 * MINUTE)), ("P14D".into(), "PT0S".into(), "PT1H30M".into()));
        assert_eq!((units(DAY, DAY), units(DAY + 1, DAY), units(0, DAY)), (1, 2, 0));
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(span in -400_000 * DAY..400_000 * DAY) {
            prop_assert_eq!(read(&write(span)), Some(span));
        }

        #[test]
        fn never_panics(text in "-?P[0-9.WDTHMS]{0,24}") {
            let _ = read(&text);
        }
    }
}
