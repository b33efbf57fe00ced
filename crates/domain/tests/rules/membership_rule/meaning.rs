//! When rules hold.

use super::support::*;
use domain::membership_rule::{PROPERTIES, Part, Shape};

#[test]
fn operators_on_a_text() {
    let person = Somebody::default().with("department", text("Sales and Marketing"));
    check(
        &person,
        &[
            ("user.department -eq \"Sales and Marketing\"", true),
            ("user.department -eq \"sales AND marketing\"", true),
            ("user.department -eq \"Sales\"", false),
            ("user.department -ne \"Sales\"", true),
            ("user.department -ne \"sales and marketing\"", false),
            ("user.department -startsWith \"sales\"", true),
            ("user.department -startsWith \"and\"", false),
            ("user.department -notStartsWith \"and\"", true),
            ("user.department -notStartsWith \"SALES\"", false),
            ("user.department -endsWith \"marketing\"", true),
            ("user.department -endsWith \"Sales\"", false),
            ("user.department -notEndsWith \"Sales\"", true),
            ("user.department -notEndsWith \"ING\"", false),
            ("user.department -contains \"AND\"", true),
            ("user.department -contains \"or\"", false),
            ("user.department -notContains \"or\"", true),
            ("user.department -notContains \"Mark\"", false),
            ("user.department -in [\"Audit\", \"sales and marketing\"]", true),
            ("user.department -in [\"Audit\", \"Sales\"]", false),
            ("user.department -notIn [\"Audit\", \"Sales\"]", true),
            ("user.department -notIn [\"SALES AND MARKETING\"]", false),
            ("user.department -match \"^Sa.*\"", true),
            ("user.department -match \"market\"", true),
            ("user.department -match \"^market\"", false),
            ("user.department -notMatch \"^market\"", true),
            ("user.department -notMatch \"and\"", false),
            ("user.department -eq null", false),
            ("user.department -ne null", true),
        ],
    );
}

#[test]
fn letter_case_has_no_say_in_any_alphabet() {
    let person = Somebody::default().with("surname", text("ΌΔΟΣ Ärger"));
    check(
        &person,
        &[
            ("user.surname -eq \"όδος ärger\"", true),
            ("user.surname -contains \"ΣΟΔΌ\"", false),
            ("user.surname -endsWith \"ÄRGER\"", true),
            ("user.surname -match \"^όδο. ÄR\"", true),
        ],
    );
}

#[test]
fn a_negative_operator_is_the_opposite_also_where_nothing_is_known() {
    let table: &[(&str, bool)] = &[
        ("user.city -eq \"Delft\"", false),
        ("user.city -ne \"Delft\"", true),
        ("user.city -eq \"\"", false),
        ("user.city -eq \"null\"", false),
        ("user.city -eq null", true),
        ("user.city -ne null", false),
        ("user.city -startsWith \"\"", false),
        ("user.city -notStartsWith \"D\"", true),
        ("user.city -notEndsWith \"t\"", true),
        ("user.city -notContains \"elf\"", true),
        ("user.city -match \".*\"", false),
        ("user.city -notMatch \".*\"", true),
        ("user.city -in [\"Delft\"]", false),
        ("user.city -notIn [\"Delft\"]", true),
        ("user.accountEnabled -eq true", false),
        ("user.accountEnabled -eq false", false),
        ("user.accountEnabled -ne true", true),
        ("user.employeeHireDate -ge system.now", false),
        ("user.employeeHireDate -lt system.now", false),
        ("user.employeeHireDate -ne system.now", true),
        ("user.otherMails -eq \"a@b\"", false),
        ("user.otherMails -notContains \"a\"", true),
        ("user.extension_c272a57b722d4eb29bfe327874ae79cb_OfficeNumber -eq null", true),
        ("user.extension_c272a57b722d4eb29bfe327874ae79cb_OfficeNumber -ne \"1\"", true),
    ];
    check(&Somebody::default(), table);
}

#[test]
fn true_and_false() {
    let person = Somebody::default().with("accountEnabled", Attribute::Bool(true));
    check(
        &person,
        &[
            ("user.accountEnabled -eq true", true),
            ("user.accountEnabled -eq TRUE", true),
            ("user.accountEnabled -eq \"true\"", true),
            ("user.accountEnabled -eq 'False'", false),
            ("user.accountEnabled -ne false", true),
            ("user.accountEnabled -ne null", true),
        ],
    );
}

#[test]
fn an_operator_on_a_list_holds_if_it_holds_for_an_item() {
    let person = Somebody::default().with("proxyAddresses", texts(&["SMTP:ada@a.test", "smtp:ada@b.test"]));
    check(
        &person,
        &[
            ("user.proxyAddresses -startsWith \"smtp:ada@b\"", true),
            ("user.proxyAddresses -eq \"smtp:ada@b.test\"", true),
            ("user.proxyAddresses -contains \"@a.\"", true),
            ("user.proxyAddresses -notContains \"@a.\"", false),
            ("user.proxyAddresses -notEndsWith \"@c.test\"", true),
            ("user.proxyAddresses -in [\"x\", \"SMTP:ADA@A.TEST\"]", true),
            ("user.proxyAddresses -eq null", false),
            ("user.otherMails -eq null", true),
        ],
    );
    check(&Somebody::default().with("otherMails", texts(&[])), &[("user.otherMails -eq null", true)]);
}

#[test]
fn any_and_all_ask_each_item() {
    let person = Somebody::default()
        .with("otherMails", texts(&["ada@a.test", "ada@b.test"]))
        .with("assignedPlans", plans(&[("p1", "Enabled"), ("p2", "Deleted")]));
    let mine = |rule: &'static str, expected| check(&person, &[(rule, expected)]);
    mine("user.otherMails -any (_ -contains \"B.TEST\")", true);
    mine("user.otherMails -any (_ -contains \"c.test\")", false);
    mine("user.otherMails -all (_ -startsWith \"ada\")", true);
    mine("user.otherMails -all (_ -endsWith \"@a.test\")", false);
    mine("user.otherMails -any (_ -notEndsWith \"@a.test\")", true);
    mine("user.otherMails -any (_ -startsWith \"ada\" -and -not (_ -endsWith \"a.test\" -or _ -eq null))", true);
    mine("user.otherMails -any _ -eq \"ada@a.test\"", true);
    mine("user.city -eq \"x\" -or user.otherMails -any _ -eq \"ada@a.test\"", true);
    mine(
        "user.assignedPlans -any (assignedPlan.servicePlanId -eq \"P1\" -and assignedPlan.capabilityStatus -eq \"Enabled\")",
        true,
    );
    mine(
        "user.assignedPlans -any (assignedPlan.servicePlanId -eq \"p2\" -and assignedPlan.capabilityStatus -eq \"Enabled\")",
        false,
    );
    mine("user.assignedPlans -any (assignedPlan.service -eq \"SCO\")", false);
    mine("user.assignedPlans -all (assignedPlan.service -eq null)", true);
}

#[test]
fn of_an_empty_list_any_never_holds_and_all_always_does() {
    for person in [Somebody::default(), Somebody::default().with("otherMails", texts(&[]))] {
        check(
            &person,
            &[
                ("user.otherMails -any (_ -ne null)", false),
                ("user.otherMails -all (_ -eq null)", true),
                ("user.assignedPlans -all (assignedPlan.servicePlanId -eq null)", true),
            ],
        );
    }
}

#[test]
fn times() {
    let person = Somebody::default().with("employeeHireDate", Attribute::Time(NOW + DAY));
    check(
        &person,
        &[
            ("user.employeeHireDate -ge system.now -plus p1d", true),
            ("user.employeeHireDate -gt system.now -plus p1d", false),
            ("user.employeeHireDate -le system.now -plus P1D", true),
            ("user.employeeHireDate -lt system.now -plus pt24h", false),
            ("user.employeeHireDate -eq system.now plus pt23h59m60s", true),
            ("user.employeeHireDate -ge system.now -plus p1w", false),
            ("user.employeeHireDate -gt system.now -minus p1d", true),
            ("user.employeeHireDate -gt System.Now", true),
            ("user.employeeHireDate -eq 2024-03-01T12:00:00Z", true),
            ("user.employeeHireDate -eq \"2024-03-01T12:00:00Z\"", true),
            ("user.employeeHireDate -eq 2024-03-01T13:30:00.000+01:30", true),
            ("user.employeeHireDate -eq 2024-03-01T11:00-01:00", true),
            ("user.employeeHireDate -ne 2024-03-01T12:00:00.0000019Z", true),
            ("user.employeeHireDate -gt 2024-03-01", true),
            ("user.employeeHireDate -lt 9999-12-31T23:59:59.999999Z", true),
            ("user.employeeHireDate -gt 0001-01-01T00:00:00Z", true),
            ("user.employeeHireDate -gt 1969-12-31T23:59:59Z", true),
            ("user.employeeHireDate -ne null", true),
        ],
    );
}

#[test]
fn direct_reports_and_members() {
    let report = Somebody { manager: Some(id(MANAGER)), ..Somebody::default() };
    let member = Somebody { groups: vec![id(GROUP)], ..Somebody::default() };
    let reports = rule(&format!("Direct Reports for \"{MANAGER}\""));
    let members = rule(&format!("user.memberof -any (group.objectId -in ['{OTHER_GROUP}', '{GROUP}'])"));
    assert!(reports.matches(&report, NOW) && !reports.matches(&member, NOW));
    assert!(members.matches(&member, NOW) && !members.matches(&report, NOW));
    let others = rule(&format!("user.memberOf -any group.objectId -eq \"{OTHER_GROUP}\""));
    assert!(!others.matches(&member, NOW));
}

#[test]
fn when_time_alone_changes_the_answer() {
    let hired = |at| Somebody::default().with("employeeHireDate", Attribute::Time(at));
    let person = hired(NOW);
    // What the comparison says before, at and after the moment at which both sides are equal.
    for (operator, turns) in [
        ("-eq", vec![NOW - DAY, NOW - DAY + 1]),
        ("-ne", vec![NOW - DAY, NOW - DAY + 1]),
        ("-le", vec![NOW - DAY]),
        ("-gt", vec![NOW - DAY]),
        ("-lt", vec![NOW - DAY + 1]),
        ("-ge", vec![NOW - DAY + 1]),
    ] {
        let rule = rule(&format!("user.employeeHireDate {operator} system.now -plus p1d"));
        let mut at = NOW - 3 * DAY;
        let mut found = Vec::new();
        while let Some(next) = rule.changes_after(&person, at) {
            assert!(next > at && rule.matches(&person, next - 1) != rule.matches(&person, next), "{rule} at {next}");
            found.push(next);
            at = next;
        }
        assert_eq!(found, turns, "{rule}");
    }
    // The first of several, also within a negation; and what has no value, or no time in it, never.
    let both = rule(
        "user.city -eq \"x\" -or -not (user.employeeHireDate -lt system.now -or user.employeeHireDate -ge system.now -plus p2d)",
    );
    assert_eq!(both.changes_after(&person, NOW - 9 * DAY), Some(NOW - 2 * DAY + 1));
    assert_eq!(both.changes_after(&person, NOW - DAY), Some(NOW + 1));
    assert_eq!(both.changes_after(&Somebody::default(), NOW), None);
    assert_eq!(rule("user.employeeHireDate -le 2030-02-28").changes_after(&person, NOW), None);
    assert_eq!(rule("user.city -eq \"x\"").changes_after(&person, NOW), None);
}

#[test]
fn every_property_can_be_asked_in_any_letter_case() {
    for property in PROPERTIES {
        let value = match property.shape {
            Shape::Bool => "-eq true",
            Shape::Time => "-ge system.now",
            Shape::Text | Shape::Texts => "-contains \"x\"",
            Shape::Plans => "-any (assignedPlan.service -eq \"x\")",
        };
        for name in [property.name.to_owned(), property.name.to_uppercase(), property.name.to_lowercase()] {
            let read = rule(&format!("user.{name} {value}"));
            assert_eq!(read.to_string(), format!("user.{} {value}", property.name));
        }
    }
    let phone = PROPERTIES.iter().find(|property| property.name == "telephoneNumber").unwrap();
    assert_eq!((phone.core, phone.part), ("businessPhones", Part::First));
    let center = PROPERTIES.iter().find(|property| property.name == "employeeOrgData.costCenter").unwrap();
    assert_eq!((center.core, center.part), ("employeeOrgData", Part::Member("costCenter")));
}
