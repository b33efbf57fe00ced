//! How rules are read and written.

use super::support::*;

/// That each rule reads as the canonical one beside it.
fn reads_as(table: &[(&str, &str)]) {
    for (text, canonical) in table {
        assert_eq!(rule(text).to_string(), *canonical, "{text}");
        assert_eq!(rule(canonical).to_string(), *canonical);
    }
}

#[test]
fn hyphens_and_letter_case_are_free() {
    let canonical = "user.department -eq \"Sales\" -and -not user.city -startsWith \"D\"";
    reads_as(&[
        (canonical, canonical),
        ("user.department eq \"Sales\" and not user.city startswith \"D\"", canonical),
        ("USER.Department -EQ \"Sales\" -AND -NOT User.CITY -StartsWith \"D\"", canonical),
        ("user.department –eq \"Sales\" –and –not user.city –startsWith \"D\"", canonical),
        ("(user.department-eq\"Sales\")-and\n\t-not(user.city-startsWith'D')", canonical),
    ]);
}

#[test]
fn precedence() {
    let [a, b, c] = ["user.city -eq \"a\"", "user.mail -eq \"b\"", "user.state -eq \"c\""];
    for (text, canonical) in [
        (format!("{a} -or {b} -and {c}"), format!("{a} -or {b} -and {c}")),
        (format!("{a} -or ({b} -and {c})"), format!("{a} -or {b} -and {c}")),
        (format!("({a} -or {b}) -and {c}"), format!("({a} -or {b}) -and {c}")),
        (format!("({a} -or {b}) -or {c}"), format!("{a} -or {b} -or {c}")),
        (format!("(({a}) -and ({b} -and {c}))"), format!("{a} -and {b} -and {c}")),
        (format!("-not {a} -and {b}"), format!("-not {a} -and {b}")),
        (format!("-not ({a} -and {b})"), format!("-not ({a} -and {b})")),
        (format!("-not (({a}))"), format!("-not {a}")),
        (format!("-not -not {a}"), format!("-not -not {a}")),
        (format!("-not (-not {a} -or {b})"), format!("-not (-not {a} -or {b})")),
        ("user.otherMails -any _ -eq \"x\"".to_owned(), "user.otherMails -any (_ -eq \"x\")".to_owned()),
        (
            format!("(user.otherMails -all ((_ -eq \"x\") -or _ -eq \"y\")) -or {a}"),
            format!("user.otherMails -all (_ -eq \"x\" -or _ -eq \"y\") -or {a}"),
        ),
    ] {
        reads_as(&[(&text, &canonical)]);
    }
    let person = Somebody::default().with("city", text("a"));
    check(
        &person,
        &[
            ("user.city -eq \"a\" -or user.mail -eq \"b\" -and user.state -eq \"c\"", true),
            ("(user.city -eq \"a\" -or user.mail -eq \"b\") -and user.state -eq \"c\"", false),
            ("-not user.city -eq \"b\" -and user.mail -eq \"b\"", false),
            ("-not (user.city -eq \"b\" -and user.mail -eq \"b\")", true),
        ],
    );
}

#[test]
fn texts_and_their_quotes() {
    for (written, meant) in [
        (r#""Sales""#, "Sales"),
        ("'Sales'", "Sales"),
        (r#""""#, ""),
        (r#""a `"b`" c""#, r#"a "b" c"#),
        (r#"'a "b" c'"#, r#"a "b" c"#),
        (r#"'a `"b`" c'"#, r#"a "b" c"#),
        (r#"`"Sales`""#, r#""Sales""#),
        ("'O''Brien'", "O'Brien"),
        (r#""O''Brien""#, "O'Brien"),
        (r#""O'Brien""#, "O'Brien"),
        ("'O`'Brien'", "O'Brien"),
        (r#""a`b""#, "a`b"),
        (r#""a``""#, "a`"),
        (r#""a\b""#, r"a\b"),
        (r#""null""#, "null"),
        (r#""( -and ) [""#, "( -and ) ["),
        ("50001", "50001"),
        ("\"Köln – Süd\"", "Köln – Süd"),
    ] {
        let read = rule(&format!("user.city -eq {written}"));
        let person = Somebody::default().with("city", text(meant));
        assert!(read.matches(&person, NOW), "{written}");
        assert_eq!(rule(&read.to_string()), read, "{written}");
        assert!(!read.matches(&Somebody::default(), NOW), "{written}");
    }
    reads_as(&[
        ("user.city -eq 'a''b\"c`d'", "user.city -eq \"a''b`\"c``d\""),
        ("user.city -eq $null", "user.city -eq null"),
        ("user.city -in [ 1,'2' , \"3\" ]", "user.city -in [\"1\", \"2\", \"3\"]"),
    ]);
}

#[test]
fn times_and_durations() {
    for (written, canonical) in [
        ("2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z"),
        ("\"2024-02-29t12:00z\"", "2024-02-29T12:00:00Z"),
        ("2024-02-29", "2024-02-29T00:00:00Z"),
        ("2024-03-01T00:30:00+01:00", "2024-02-29T23:30:00Z"),
        ("2023-12-31T23:30:00.5-01:00", "2024-01-01T00:30:00.500000Z"),
        ("1900-03-01", "1900-03-01T00:00:00Z"),
        ("0001-01-01", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.999999Z"),
        ("system.now", "system.now"),
        ("system.now -plus p0d", "system.now"),
        ("system.now -plus p1w2d", "system.now -plus P9D"),
        ("system.now -minus pt90m", "system.now -minus PT1H30M"),
        ("system.now minus P1DT36H5S", "system.now -minus P2DT12H5S"),
        ("system.now -plus p36500d", "system.now -plus P36500D"),
    ] {
        reads_as(&[(
            &format!("user.employeeHireDate -le {written}"),
            &format!("user.employeeHireDate -le {canonical}"),
        )]);
    }
}

#[test]
fn the_forms_that_stand_alone() {
    let reports = format!("Direct Reports for \"{MANAGER}\"");
    let members = format!("user.memberOf -any (group.objectId -in [\"{GROUP}\", \"{OTHER_GROUP}\"])");
    let one = format!("user.memberOf -any (group.objectId -in [\"{GROUP}\"])");
    reads_as(&[
        (&reports, &reports),
        (&format!("(direct reports FOR '{}')", MANAGER.to_uppercase()), &reports),
        (&members, &members),
        (&format!("user.memberof any group.objectid in ['{GROUP}','{OTHER_GROUP}']"), &members),
        (&format!("user.memberof -any (group.objectId -eq '{GROUP}')"), &one),
    ]);
}

#[test]
fn the_same_rule_is_equal_and_another_is_not() {
    let read = rule("user.city -match \"^D\" -or user.mail -eq null");
    assert_eq!(read.clone(), rule("(user.city match '^D') or (user.mail eq null)"));
    assert_ne!(read, rule("user.city -match \"^E\" -or user.mail -eq null"));
    assert_ne!(read, rule("user.city -match \"^D\" -or user.mail -ne null"));
}
