//! What is suggested to somebody: access packages that they may ask for, because people around them
//! hold them or because they held them once. How much of other people shows is the tenant's to say
//! (Graph: endUserSettings.relatedPeopleInsightLevel).

use crate::Instant;
use std::collections::{BTreeMap, HashSet};
use uuid::Uuid;

/// Names in one reason; the number beside them counts everybody.
pub const NAMES_MAX: usize = 20;

/// How much of related people a suggestion tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Insight {
    /// Nothing: nothing is suggested because of them.
    Disabled,
    /// How many they are.
    Count,
    CountAndNames,
}

impl Insight {
    /// By the number of Graph's enumeration. Settings that are off, or that nobody knows, tell nothing.
    pub fn of(enabled: bool, number: i64) -> Insight {
        match (enabled, number) {
            (true, 1) => Insight::Count,
            (true, 2) => Insight::CountAndNames,
            _ => Insight::Disabled,
        }
    }
}

/// Which reasons are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grounds {
    pub related: bool,
    pub history: bool,
}

/// What suggestions for somebody are made from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Around {
    /// What they may ask for.
    pub requestable: Vec<Uuid>,
    /// What they hold or have asked for, and what they can't have beside what they hold.
    pub barred: HashSet<Uuid>,
    /// Who of their manager, of those with the same manager, and of their direct reports holds what, in
    /// order of names.
    pub related: Vec<Holder>,
    /// What they held themselves, by package.
    pub past: Vec<Past>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub package: Uuid,
    pub id: Uuid,
    pub name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    pub package: Uuid,
    /// Assignments that have ended.
    pub count: i64,
    /// When the newest of them was made.
    pub last: Instant,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    pub package: Uuid,
    pub reasons: Vec<Reason>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Related people hold it; ids and names of some, as far as they are told.
    RelatedPeople {
        named: Vec<(Uuid, String)>,
        count: usize,
    },
    History {
        count: i64,
        last: Instant,
    },
}

/// The suggestions, by package; one without a reason is none.
pub fn suggest(around: &Around, insight: Insight, grounds: Grounds) -> Vec<Suggestion> {
    let open: HashSet<Uuid> = around.requestable.iter().filter(|id| !around.barred.contains(id)).copied().collect();
    let mut by_package: BTreeMap<Uuid, Vec<Reason>> = BTreeMap::new();
    if grounds.related && insight != Insight::Disabled {
        let mut holders: BTreeMap<Uuid, Vec<&Holder>> = BTreeMap::new();
        for holder in around.related.iter().filter(|holder| open.contains(&holder.package)) {
            holders.entry(holder.package).or_default().push(holder);
        }
        for (package, holders) in holders {
            let names = if insight == Insight::CountAndNames { NAMES_MAX } else { 0 };
            let named = holders.iter().take(names).map(|holder| (holder.id, holder.name.clone())).collect();
            by_package.entry(package).or_default().push(Reason::RelatedPeople { named, count: holders.len() });
        }
    }
    if grounds.history {
        for past in around.past.iter().filter(|past| open.contains(&past.package)) {
            let reason = Reason::History { count: past.count, last: past.last };
            by_package.entry(past.package).or_default().push(reason);
        }
    }
    by_package.into_iter().map(|(package, reasons)| Suggestion { package, reasons }).collect()
}
