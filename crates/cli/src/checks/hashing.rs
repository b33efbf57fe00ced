//! The settings of `[hashing]`. What is left out is worked out from the machine; a number out of range
//! must never be bent into one.

use std::ops::RangeInclusive;

use figment::value::Value;
use server::Hashing;

use super::Checks;

/// Each takes 19 MiB while it works.
const WORKERS: RangeInclusive<usize> = 1..=64;
const QUEUE: RangeInclusive<usize> = 1..=10_000;

impl Checks<'_> {
    pub(super) fn hashing(&mut self) -> Hashing {
        let usual = Hashing::default();
        Hashing {
            workers: self.number("hashing.workers", &WORKERS).unwrap_or(usual.workers),
            queue: self.number("hashing.queue", &QUEUE).unwrap_or(usual.queue),
        }
    }

    fn number(&mut self, name: &str, range: &RangeInclusive<usize>) -> Option<usize> {
        let number = match self.config.value(name)? {
            Value::String(_, text) => text.parse().ok(),
            other => other.to_i128().and_then(|number| usize::try_from(number).ok()),
        };
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            self.wrong(name, format!("must be a number, {} to {}", range.start(), range.end()));
        }
        number
    }
}
