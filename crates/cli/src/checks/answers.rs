//! The settings of `[limits]`. They must never be so low that ordinary answers have no room.

use std::ops::RangeInclusive;

use figment::value::Value;
use server::AnswerLimits;

use super::Checks;

const MIB: u64 = 1 << 20;
/// Mebibytes for all answers together, up to a terabyte.
const ANSWER_MEMORY: RangeInclusive<u64> = 16..=1 << 20;

impl Checks<'_> {
    pub(super) fn answers(&mut self) -> AnswerLimits {
        let usual = AnswerLimits::default();
        let name = "limits.answer_memory";
        let Some(value) = self.config.value(name) else { return usual };
        let number = match &value {
            Value::String(_, text) => text.trim().parse::<u64>().ok(),
            other => other.to_i128().and_then(|number| u64::try_from(number).ok()),
        };
        match number.filter(|mebibytes| ANSWER_MEMORY.contains(mebibytes)) {
            Some(mebibytes) => AnswerLimits { server: mebibytes * MIB, ..usual },
            None => {
                let (least, most) = (ANSWER_MEMORY.start(), ANSWER_MEMORY.end());
                self.wrong(name, format!("must be a number of MiB, {least} to {most}"));
                usual
            }
        }
    }
}
