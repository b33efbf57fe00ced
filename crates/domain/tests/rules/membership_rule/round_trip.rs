//! What holds of every rule, and of every text that is none.

use super::support::*;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

fn word(word: &'static str) -> impl Strategy<Value = String> {
    (any::<bool>(), 0..3).prop_map(move |(dashed, case)| {
        let word = match case {
            0 => word.to_owned(),
            1 => word.to_uppercase(),
            _ => word.to_lowercase(),
        };
        if dashed { format!("-{word}") } else { word }
    })
}

fn words(all: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(all).prop_flat_map(word)
}

/// A text, in either quotes.
fn quoted() -> impl Strategy<Value = String> {
    ("[a-cÄß`'\" –\\[\\]()]{0,8}", any::<bool>()).prop_map(|(text, double)| {
        let text = text.replace('`', "``").replace('\'', "''");
        if double { format!("\"{}\"", text.replace('"', "`\"")) } else { format!("'{text}'") }
    })
}

fn comparison(left: &'static [&'static str]) -> impl Strategy<Value = String> {
    let one = words(&["eq", "ne", "startsWith", "notStartsWith", "endsWith", "notEndsWith", "contains", "notContains"]);
    let right = prop_oneof![
        (one, quoted()),
        (words(&["in", "notIn"]), vec(quoted(), 1..4).prop_map(|texts| format!("[{}]", texts.join(",")))),
        (words(&["match", "notMatch"]), select(&["'^a'", "\"b.*`\"\"", "'[a-c]+$'"][..]).prop_map(str::to_owned)),
        (words(&["eq", "ne"]), Just("null".to_owned())),
    ];
    (select(left), right).prop_map(|(left, (operator, right))| format!("{left} {operator} {right}"))
}

fn time() -> impl Strategy<Value = String> {
    let moment = prop_oneof![
        (1..=9999, 1..=12, 1..=28, 0..24, 0..60, 0..60, 0..1_000_000)
            .prop_map(|(y, mo, d, h, m, s, f)| format!("{y:04}-{mo:02}-{d:02}T{h:02}:{m:02}:{s:02}.{f:06}Z")),
        (words(&["plus", "minus"]), 0..40_u32, 0..90_u32)
            .prop_map(|(sign, d, m)| format!("system.now {sign} p{d}dt{m}m")),
    ];
    (words(&["eq", "ne", "lt", "le", "gt", "ge"]), moment)
        .prop_map(|(operator, moment)| format!("user.employeeHireDate {operator} {moment}"))
}

/// Anything made of `leaf`, nested a few levels deep.
fn nested(leaf: impl Strategy<Value = String> + 'static) -> impl Strategy<Value = String> {
    leaf.prop_recursive(4, 12, 3, |inner| {
        let joint = words(&["and", "or"]);
        prop_oneof![
            (inner.clone(), joint, inner.clone()).prop_map(|(a, joint, b)| format!("{a} {joint} {b}")),
            (word("not"), inner.clone()).prop_map(|(not, a)| format!("{not} ({a})")),
            inner.prop_map(|a| format!("( {a})")),
        ]
    })
}

fn any_rule() -> impl Strategy<Value = String> {
    let items = (words(&["any", "all"]), nested(comparison(&["_"]).boxed()))
        .prop_map(|(each, body)| format!("user.proxyAddresses {each} ({body})"));
    let plans =
        (words(&["any", "all"]), nested(comparison(&["assignedPlan.service", "assignedPlan.servicePlanId"]).boxed()))
            .prop_map(|(each, body)| format!("user.assignedPlans {each} ({body})"));
    let flag = (words(&["eq", "ne"]), select(&["true", "FALSE", "'true'", "null"][..]))
        .prop_map(|(operator, value)| format!("user.dirSyncEnabled {operator} {value}"));
    let users = comparison(&["user.city", "User.OtherMails", "user.extension_c272a57b722d4eb29bfe327874ae79cb_x"]);
    nested(prop_oneof![4 => users, 1 => time(), 1 => flag, 1 => items, 1 => plans].boxed())
}

/// Pieces of rules in no order.
fn soup() -> impl Strategy<Value = String> {
    let pieces = &[
        "user.city",
        "user.otherMails",
        "user.assignedPlans",
        "assignedPlan.service",
        "_",
        "-eq",
        "ne",
        "-any",
        "-all",
        "-not",
        "-and",
        "or",
        "-in",
        "-match",
        "(",
        ")",
        "[",
        "]",
        ",",
        "\"a\"",
        "'(a'",
        "`\"",
        "null",
        "true",
        "1",
        "2024-02-29",
        "system.now",
        "-plus",
        "p1d",
        "direct",
        "reports",
        "for",
        "user.memberOf",
        "group.objectId",
        "–",
        "\"",
    ][..];
    vec(select(pieces), 0..24).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #[test]
    fn the_canonical_form_is_the_same_rule(text in any_rule()) {
        prop_assume!(text.chars().count() < 1500);
        let read = rule(&text);
        let canonical = read.to_string();
        prop_assert_eq!(&rule(&canonical), &read);
        prop_assert_eq!(rule(&canonical).to_string(), canonical);
    }

    #[test]
    fn a_negation_is_the_opposite(text in any_rule(), city in "[a-cÄß`'\" –]{0,4}", now in any::<i64>()) {
        prop_assume!(text.chars().count() < 1500);
        let person = Somebody::default().with("city", Attribute::Text(Cow::Owned(city.clone())));
        let person = person.with("proxyAddresses", texts(&[&city, "b"]));
        let person = person.with("employeeHireDate", Attribute::Time(NOW));
        prop_assert_ne!(rule(&format!("-not ({text})")).matches(&person, now), rule(&text).matches(&person, now));
    }

    #[test]
    fn no_text_breaks_it(text in prop_oneof!["\\PC{0,200}", soup()]) {
        match Rule::parse(&text) {
            Ok(read) => {
                read.matches(&Somebody::default(), NOW);
                prop_assert_eq!(rule(&read.to_string()), read);
            }
            Err(error) => prop_assert!(error.at <= text.len() && text.is_char_boundary(error.at), "{}", error),
        }
    }
}
