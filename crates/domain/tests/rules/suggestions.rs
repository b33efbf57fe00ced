//! What is suggested, and how much of other people it tells.

use domain::lifecycle::suggestion::{Around, Grounds, Holder, Insight, NAMES_MAX, Past, Reason, Suggestion, suggest};
use uuid::Uuid;

const BOTH: Grounds = Grounds { related: true, history: true };

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn holder(package: u128, person: u128) -> Holder {
    Holder { package: id(package), id: id(person), name: format!("Person {person}") }
}

/// May ask for 1, 2 and 3, and holds 3. A colleague holds each, two hold 1; 2 and 3 were held before.
fn around() -> Around {
    let past = |package| Past { package: id(package), count: 2, last: 70 };
    Around {
        requestable: vec![id(1), id(2), id(3)],
        barred: [id(3)].into(),
        related: vec![holder(1, 11), holder(1, 12), holder(2, 11), holder(3, 11), holder(4, 11)],
        past: vec![past(2), past(3), past(4)],
    }
}

#[test]
fn only_what_one_may_ask_for_and_does_not_hold() {
    let packages = |list: Vec<Suggestion>| list.iter().map(|each| each.package).collect::<Vec<_>>();
    assert_eq!(packages(suggest(&around(), Insight::Count, BOTH)), [id(1), id(2)]);
    assert_eq!(packages(suggest(&around(), Insight::Disabled, BOTH)), [id(2)]);
    let history = Grounds { related: false, history: true };
    assert_eq!(packages(suggest(&around(), Insight::Count, history)), [id(2)]);
    let neither = Grounds { related: false, history: false };
    assert_eq!(suggest(&around(), Insight::Count, neither), []);
}

#[test]
fn names_are_told_only_where_the_tenant_lets_them() {
    let first = |insight| suggest(&around(), insight, BOTH).remove(0).reasons;
    assert_eq!(first(Insight::Count), [Reason::RelatedPeople { named: vec![], count: 2 }]);
    let named = vec![(id(11), "Person 11".to_owned()), (id(12), "Person 12".to_owned())];
    assert_eq!(first(Insight::CountAndNames), [Reason::RelatedPeople { named, count: 2 }]);
    let second = suggest(&around(), Insight::Count, BOTH).remove(1).reasons;
    assert_eq!(second.last(), Some(&Reason::History { count: 2, last: 70 }));

    let many = Around { related: (0..50).map(|person| holder(1, 100 + person)).collect(), ..around() };
    let [Suggestion { reasons, .. }, ..] = &suggest(&many, Insight::CountAndNames, BOTH)[..] else { panic!() };
    let [Reason::RelatedPeople { named, count: 50 }] = &reasons[..] else { panic!("{reasons:?}") };
    assert_eq!(named.len(), NAMES_MAX);
}

#[test]
fn settings_that_are_off_tell_nothing() {
    assert_eq!(Insight::of(false, 2), Insight::Disabled);
    assert_eq!(
        [0, 1, 2, 3].map(|number| Insight::of(true, number)),
        [Insight::Disabled, Insight::Count, Insight::CountAndNames, Insight::Disabled,]
    );
}
