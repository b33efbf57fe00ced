//! Schedules: no window begins before now, ends before it begins, or outlasts its policy.

use super::{config, id};
use domain::denial::Denial;
use domain::lifecycle::command::Wish;
use domain::lifecycle::schedule::window;
use domain::policy::{ApprovalSettings, Expiration, Policy, RequestorSettings, TargetScope};
use proptest::option;
use proptest::prelude::*;

/// Small instants, so that they meet, and the ends of time.
fn instant() -> impl Strategy<Value = i64> {
    prop_oneof![8 => -5i64..40, 1 => Just(i64::MIN), 1 => Just(i64::MAX)]
}

fn expiration() -> impl Strategy<Value = Expiration> {
    prop_oneof![
        Just(Expiration::NotSpecified),
        Just(Expiration::Never),
        instant().prop_map(Expiration::At),
        prop_oneof![8 => 1i64..20, 1 => Just(i64::MAX)].prop_map(Expiration::After),
    ]
}

fn policy(expiration: Expiration, custom_schedule: bool) -> Policy {
    Policy {
        id: id(1),
        package: id(2),
        name: "Bounded".to_owned(),
        scope: TargetScope::AllMembers,
        targets: Vec::new(),
        requestor: RequestorSettings { custom_schedule, ..RequestorSettings::default() },
        approval: ApprovalSettings::default(),
        expiration,
        questions: Vec::new(),
        automatic: None,
        review: None,
        silent: false,
        callouts: Vec::new(),
    }
}

fn end(expiration: Expiration, from: i64) -> Option<i64> {
    match expiration {
        Expiration::NotSpecified | Expiration::Never => None,
        Expiration::At(at) => Some(at),
        Expiration::After(span) => Some(from.saturating_add(span)),
    }
}

proptest! {
    #![proptest_config(config(2048))]

    #[test]
    fn a_window_keeps_within_its_policy(
        expiration in expiration(),
        custom in any::<bool>(),
        by_user in any::<bool>(),
        from in option::of(instant()),
        until in option::of(expiration()),
        now in 0i64..20,
    ) {
        let policy = policy(expiration, custom);
        let wished = !matches!(until, None | Some(Expiration::NotSpecified));
        let begins = from.unwrap_or(now).max(now);
        let latest = end(expiration, begins);
        match window(&policy, &Wish { from, until }, by_user, now) {
            Ok(window) => {
                prop_assert_eq!(window.from, begins);
                prop_assert!(window.until.is_none_or(|until| until > begins), "{window:?} is empty");
                if let Some(latest) = latest {
                    prop_assert!(window.until.is_some_and(|until| until <= latest), "{window:?} outlasts {latest}");
                }
                let expected = until.filter(|_| wished).map_or(latest, |until| end(until, begins));
                prop_assert_eq!(window.until, expected);
                prop_assert!(!by_user || custom || (from.is_none() && !wished), "nobody let them choose");
            }
            Err(Denial::Invalid { target, .. }) => {
                let expected = match target {
                    "schedule" => by_user && !custom,
                    "assignmentPolicyId" => latest.is_some_and(|latest| latest <= begins),
                    _ => wished,
                };
                prop_assert!(expected, "refused on {target} without a reason");
            }
            Err(other) => prop_assert!(false, "another refusal: {other:?}"),
        }
    }

    #[test]
    fn who_wishes_nothing_gets_the_policys_time(expiration in expiration(), by_user in any::<bool>(), now in 0i64..20) {
        let got = window(&policy(expiration, false), &Wish::default(), by_user, now);
        match end(expiration, now) {
            Some(end) if end <= now => prop_assert!(got.is_err()),
            end => prop_assert_eq!(got.map(|window| (window.from, window.until)), Ok((now, end))),
        }
    }
}
