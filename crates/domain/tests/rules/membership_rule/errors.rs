//! What is no rule, why, and where.

use super::support::*;
use domain::membership_rule::{DEPTH_MAX, EXPRESSIONS_MAX, GROUPS_MAX, LENGTH_MAX, Problem};

/// That each text has its problem there, said in these words.
fn refused(table: &[(&str, usize, &str)]) {
    for (text, at, words) in table {
        let error = error(text);
        assert_eq!(error.at, *at, "{text}\n{error}");
        assert!(error.to_string().contains(words), "{text}\n{error}");
    }
}

#[test]
fn what_is_put_together_wrongly() {
    refused(&[
        ("", 0, "empty"),
        (" \n", 0, "empty"),
        ("user.city", 9, "expected an operator such as -eq, found the end of the rule"),
        ("user.city -eq", 13, "expected a value"),
        ("user.city -eq Delft", 14, "found 'Delft'"),
        ("user.city \"Delft\"", 10, "found the text \"Delft\""),
        ("user.city -is \"Delft\"", 10, "'-is' is not a comparison"),
        ("user.mail -not null", 10, "'-not' is not a comparison"),
        ("user.city -eq \"a\" user.mail -eq \"b\"", 18, "expected -and, -or or the end of the rule, found 'user.mail'"),
        ("user.city -eq \"a\" -and", 22, "expected an expression"),
        ("user.city -eq \"a\" -and -or", 23, "found '-or'"),
        ("(user.city -eq \"a\"", 18, "expected ')', found the end"),
        ("user.city -eq \"a\")", 17, "found ')'"),
        ("()", 1, "found ')'"),
        ("user.city -eq \"a", 14, "never closed"),
        ("user.city -eq 'it''s", 14, "never closed"),
        ("user.city -eq `\"a\"", 14, "never closed"),
        ("user.city = \"a\"", 10, "'=' has no meaning"),
        ("user.city - eq \"a\"", 10, "'-' has no meaning"),
        ("user.city -in []", 15, "expected a text in quotes, found ']'"),
        ("user.city -in [\"a\",]", 19, "found ']'"),
        ("user.city -in [\"a\" \"b\"]", 19, "expected ',' or ']'"),
        ("user.city -in [null]", 15, "found 'null'"),
        ("user.city -in [\"a\"", 18, "expected ',' or ']'"),
    ]);
}

#[test]
fn what_cannot_be_asked() {
    refused(&[
        ("device.deviceOwnership -eq \"Company\"", 0, "only rules about users are evaluated"),
        ("user.city -eq \"x\" -or device.isRooted -eq true", 22, "'device.isRooted' asks about devices"),
        ("city -eq \"x\"", 0, "'city' is not a property; write it as user.name"),
        ("user -eq \"x\"", 0, "not a property"),
        ("user. -eq \"x\"", 0, "not a property"),
        ("user.shoeSize -eq \"x\"", 0, "a rule can't ask for 'user.shoeSize'."),
        ("user.mobilePhone -eq \"x\"", 0, "in rules it is called user.mobile"),
        ("user.id -ne null", 0, "in rules it is called user.objectId"),
        ("user.extensionAttribute16 -eq \"x\"", 0, "user.extensionAttribute16"),
        ("user.extension_c272_x -eq \"x\"", 0, "user.extension_c272_x"),
        ("user.extension_c272a57b722d4eb29bfe327874ae79cb_ -eq \"x\"", 0, "can't ask"),
        ("_ -eq \"x\"", 0, "only known within the -any or -all"),
        ("assignedPlan.service -eq \"x\"", 0, "only known within"),
        ("group.objectId -in ['x']", 0, "only known within"),
        ("user.otherMails -any (user.city -eq \"x\")", 22, "ask for _"),
        ("user.otherMails -any (assignedPlan.service -eq \"x\")", 22, "ask for _"),
        ("user.assignedPlans -any (_ -eq \"x\")", 25, "ask for assignedPlan.servicePlanId"),
        ("user.assignedPlans -any (assignedPlan.name -eq \"x\")", 25, "'assignedPlan.name' can't be asked"),
        ("user.otherMails -any (_ -any (_ -eq \"x\"))", 24, "-any can't be used with _"),
    ]);
}

#[test]
fn what_does_not_fit_together() {
    refused(&[
        ("user.city -lt \"x\"", 10, "-lt can't be used with user.city; it is a text"),
        ("user.city -any (_ -eq \"x\")", 10, "-any can't be used with user.city"),
        ("user.accountEnabled -contains \"t\"", 20, "it is true or false"),
        ("user.employeeHireDate -startsWith \"2\"", 22, "it is a date and time"),
        ("user.assignedPlans -eq null", 19, "it is a list of service plans"),
        ("user.city -contains null", 10, "not with -contains"),
        ("user.employeeHireDate -lt null", 22, "not with -lt"),
        ("user.city -eq [\"a\", \"b\"]", 14, "-eq takes one value in quotes, not a list"),
        ("user.city -in \"a\"", 14, "-in takes a list such as [\"a\", \"b\"], not the text \"a\""),
        ("user.city -eq true", 14, "-eq takes one value in quotes, not 'true'"),
        ("user.city -eq 1x", 14, "not '1x'"),
        ("user.city -eq system.now", 14, "not 'system.now'"),
        ("user.accountEnabled -eq \"yes\"", 24, "takes true, false or null"),
        ("user.accountEnabled -eq 1", 24, "takes true, false or null"),
        ("user.employeeHireDate -eq true", 26, "takes a date and time"),
        ("user.employeeHireDate -eq 2023-02-29", 26, "'2023-02-29' is not a date and time"),
        ("user.employeeHireDate -eq \"soon\"", 26, "is not a date and time"),
        ("user.employeeHireDate -ge system.now -plus 1", 43, "expected a duration"),
        ("user.employeeHireDate -ge system.now -plus p1m", 43, "'p1m' is not a duration"),
        ("user.employeeHireDate -ge system.now -plus p36501d", 43, "not a duration"),
        ("user.employeeHireDate -ge 2024-02-29 -plus p1d", 37, "found '-plus'"),
    ]);
}

#[test]
fn times_that_are_none() {
    for text in [
        "24-02-29",
        "0000-01-01",
        "2024-13-01",
        "2024-00-01",
        "2024-04-31",
        "2024-02-29-01",
        "2024-02-29T",
        "2024-02-29T24:00:00Z",
        "2024-02-29T12:60:00Z",
        "2024-02-29T12:00:60Z",
        "2024-02-29T12:00:00:00Z",
        "2024-02-29T12:00:00.Z",
        "2024-02-29T12:00:00.1234567890Z",
        "2024-02-29T12:00:00+15:00",
        "2024-02-29T12:00:00+01",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
    ] {
        let problem = error(&format!("user.employeeHireDate -eq {text}")).problem;
        assert_eq!(problem, Problem::NotATime(text.to_owned()));
    }
    for text in ["p", "pt", "p1", "pd", "p1dt", "p1y", "p1d1w", "pt1.5h", "p1d1d", "p99999999999999999999d", "d1"] {
        let problem = error(&format!("user.employeeHireDate -eq system.now -plus {text}")).problem;
        assert_eq!(problem, Problem::NotADuration(text.to_owned()));
    }
}

#[test]
fn what_stands_alone() {
    let reports = format!("Direct Reports for \"{MANAGER}\"");
    let members = format!("user.memberOf -any (group.objectId -in ['{GROUP}'])");
    refused(&[
        (&format!("{reports} -and user.city -eq \"x\""), 0, "'Direct Reports for' can't be combined"),
        (&format!("-not {reports}"), 5, "'Direct Reports for' can't be combined"),
        (&format!("user.city -eq \"x\" -or ({members})"), 23, "'user.memberOf' can't be combined"),
        (&format!("-not ({members})"), 6, "'user.memberOf' can't be combined"),
        (&format!("{members} -or {members}"), 85, "'user.memberOf' can't be combined"),
        ("Direct Reports \"x\"", 15, "expected Direct Reports for"),
        ("Direct Reports for x", 19, "expected Direct Reports for"),
        ("Direct Reports for \"boss\"", 19, "'boss' is not an object id"),
        ("user.memberOf -eq \"x\"", 14, "expected user.memberOf -any"),
        ("user.memberOf -all (group.objectId -in ['x'])", 14, "expected user.memberOf -any"),
        ("user.memberOf -any (group.displayName -eq 'x')", 20, "expected user.memberOf -any"),
        ("user.memberOf -any (group.objectId -notIn ['x'])", 35, "found -notIn with a list"),
        ("user.memberOf -any (group.objectId -eq null)", 35, "found -eq with 'null'"),
        ("user.memberOf -any (group.objectId -in ['x'])", 39, "'x' is not an object id"),
        ("user.memberOf -any (group.objectId -in ['x']", 44, "expected ')'"),
    ]);
}

#[test]
fn a_condition_without_parentheses_is_one_comparison() {
    refused(&[
        ("user.otherMails -any _ -eq \"a\" -or _ -eq \"b\"", 31, "in parentheses"),
        ("user.otherMails -all _ -eq \"a\" -and user.city -eq \"b\"", 31, "in parentheses"),
        ("user.otherMails -any -not _ -eq \"a\"", 21, "expected an expression"),
    ]);
}

#[test]
fn patterns() {
    refused(&[
        ("user.city -match \"(a\"", 17, "the pattern can't be used: unclosed group."),
        ("user.city -match \"a(?=b)\"", 17, "look-around"),
        ("user.city -match \"(a)\\1\"", 17, "backreferences are not supported"),
        ("user.city -match \"\\p{Nothing}\"", 17, "the pattern can't be used"),
        ("user.city -match \"a{1000}{1000}\"", 17, "too large together"),
    ]);
}

#[test]
fn the_place_is_counted_in_bytes_and_in_characters() {
    let error = error("user.city –eq \"Köln\" und");
    assert_eq!((error.at, error.character), (24, 22));
    assert!(error.to_string().starts_with("At character 22: expected -and"), "{error}");
}

#[test]
fn long_names_are_cut_in_messages() {
    let long = "x".repeat(1000);
    assert!(error(&format!("user.{long} -eq \"a\"")).to_string().len() < 200);
    assert!(error(&format!("user.city \"{long}\"")).to_string().len() < 200);
}

#[test]
fn limits_of_length() {
    let of = |length: usize| format!("user.city -eq \"{}\"", "ö".repeat(length - 16));
    rule(&of(LENGTH_MAX));
    let error = error(&of(LENGTH_MAX + 1));
    assert_eq!((error.problem, error.character), (Problem::TooLong, LENGTH_MAX + 1));
}

#[test]
fn limits_of_depth() {
    for (open, inner, close, more) in [
        ("(", "user.city -eq null", ")", 0),
        ("-not ", "user.city -eq null", "", 0),
        ("-not (", "user.city -eq null -or user.mail -eq null", ")", 1),
        ("(", "user.otherMails -any _ -eq \"x\"", ")", 0),
    ] {
        // Each of these nests by one, `-not (` by two, and `-any` once more.
        let within = inner.contains("-any") as usize;
        let of = |depth: usize| {
            let count = (depth - within) / (1 + more);
            format!("{}{inner}{}", open.repeat(count), close.repeat(count))
        };
        let deepest = rule(&of(DEPTH_MAX));
        assert_eq!(rule(&deepest.to_string()), deepest);
        assert_eq!(error(&of(DEPTH_MAX + 1 + more)).problem, Problem::TooDeep, "{inner}");
    }
}

#[test]
fn limits_of_expressions() {
    let of = |count: usize| vec!["user.city eq 1"; count].join(" or ");
    rule(&of(EXPRESSIONS_MAX));
    assert_eq!(error(&of(EXPRESSIONS_MAX + 1)).problem, Problem::TooManyExpressions);
}

#[test]
fn limits_of_groups() {
    let of = |count: usize| {
        format!("user.memberOf -any (group.objectId -in [{}])", vec![format!("'{GROUP}'"); count].join(","))
    };
    assert_eq!(rule(&of(GROUPS_MAX)).to_string().matches(GROUP).count(), GROUPS_MAX);
    let error = error(&of(GROUPS_MAX + 1));
    assert_eq!((error.problem, error.at), (Problem::TooManyGroups, 39));
}

#[test]
fn limits_of_patterns() {
    let of = |pattern: &str, count: usize| vec![format!("user.mail match \"{pattern}\""); count].join(" or ");
    rule(&of("^a", EXPRESSIONS_MAX));
    rule(&of("\\w{10}", 4));
    assert_eq!(error(&of("\\w{10}", 5)).problem, Problem::PatternsTooLarge);
    assert_eq!(error(&of("\\w{11}", 1)).problem, Problem::PatternsTooLarge);
}
