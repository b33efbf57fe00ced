//! `$filter`, `$search` and `$orderby`: every operator and function, on both engines alike.

use crate::directory::{add_member, eventual, group, make_group, make_user, sorted};
use serde_json::json;
use testkit::{Client, on_each_engine};

const EM: &str = "/v1.0/identityGovernance/entitlementManagement";

/// Names of the users of the department `Filter` that fit, sorted.
async fn fitting(client: &Client, filter: &str) -> Vec<String> {
    let path = format!("/v1.0/users?$count=true&$select=displayName&$filter=department eq 'filter' and ({filter})");
    let encoded = path.replace('%', "%25").replace('+', "%2B");
    sorted(client.get(&encoded).await.expect(200).strings("displayName"))
}

#[test]
fn text_is_compared_without_regard_to_letter_case_in_any_alphabet() {
    on_each_engine(async |house| {
        let app = eventual(&house.app().await);
        for name in ["Änne", "ännex", "Straße", "STRASSE", "100%_x", "100abc", "O'Hara", "ΣΑΣ", "σασω", "a+b"]
        {
            make_user(&app, name, json!({ "department": "Filter" })).await.expect(201);
        }
        for (filter, expected) in [
            ("displayName eq 'ÄNNE'", vec!["Änne"]),
            ("startswith(displayName,'äNN')", vec!["Änne", "ännex"]),
            ("displayName eq 'strasse'", vec!["STRASSE"]),
            ("displayName eq 'straße'", vec!["Straße"]),
            ("startswith(displayName,'100%')", vec!["100%_x"]),
            ("startswith(displayName,'100_')", vec![]),
            ("contains(displayName,'%')", vec!["100%_x"]),
            ("contains(displayName,'_')", vec!["100%_x"]),
            ("endswith(displayName,'_X')", vec!["100%_x"]),
            ("displayName eq 'o''HARA'", vec!["O'Hara"]),
            ("startswith(displayName,'o''')", vec!["O'Hara"]),
            ("displayName eq 'σας'", vec!["ΣΑΣ"]),
            ("startswith(displayName,'ΣΑΣ')", vec!["ΣΑΣ", "σασω"]),
            ("displayName eq 'A+B'", vec!["a+b"]),
            ("displayName in ('ÄNNE', 'a+b', 'nobody')", vec!["a+b", "Änne"]),
            ("displayName in ()", vec![]),
            ("tolower(displayName) eq 'änne'", vec!["Änne"]),
            ("toupper(displayName) eq 'A+B'", vec!["a+b"]),
            ("displayName ge 'ÄNNE' and displayName le 'ännez'", vec!["Änne", "ännex"]),
            ("'änne' eq displayName", vec!["Änne"]),
            (
                "not startswith(displayName,'1') and not contains(displayName,'s') and displayName ne 'änne'",
                vec!["O'Hara", "a+b", "ännex", "ΣΑΣ", "σασω"],
            ),
            ("startsWith(displayName,'100') EQ true AND endsWith(displayName,'c')", vec!["100abc"]),
        ] {
            assert_eq!(
                fitting(&app, filter).await,
                sorted(expected.into_iter().map(str::to_owned).collect()),
                "{filter}"
            );
        }
    });
}

#[test]
fn null_is_a_value_like_any_other() {
    on_each_engine(async |house| {
        let app = eventual(&house.app().await);
        for (name, city) in [("a", json!("Delft")), ("b", json!("Gent")), ("c", json!(null))] {
            make_user(&app, name, json!({ "department": "Filter", "city": city })).await.expect(201);
        }
        for (filter, expected) in [
            ("city eq null", "c"),
            ("null eq city", "c"),
            ("city ne null", "ab"),
            ("not(city eq null)", "ab"),
            ("city ne 'delft'", "bc"),
            ("not(city eq 'delft')", "bc"),
            ("city gt 'delft'", "b"),
            ("not(city gt 'delft')", "ac"),
            ("city lt 'z'", "ab"),
            ("not(city in ('gent'))", "ac"),
            ("not startswith(city,'g')", "ac"),
            ("not(city eq 'gent' or city eq null)", "a"),
            ("not(city ne 'gent' and accountEnabled eq true)", "b"),
            ("manager eq null and manager/id eq null", "abc"),
            ("accountEnabled", "abc"),
            ("not accountEnabled", ""),
            ("false or city eq 'gent'", "b"),
            ("memberOf/$count eq 0", "abc"),
            ("not memberOf/any()", "abc"),
        ] {
            assert_eq!(fitting(&app, filter).await.concat(), expected, "{filter}");
        }
    });
}

#[test]
fn dates_guids_and_enumerations() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (ada, package) = (house.user_id("ada").await, house.package_id("Enter payments").await);
        let catalog = house.catalog_id("Payments").await;
        for filter in [
            format!("id eq '{ada}'"),
            format!("id eq {ada}"),
            format!("id eq '{}'", ada.to_uppercase()),
            format!("id in ('{ada}','3fa85f64-5717-4562-b3fc-2c963f66afa6','x')"),
            format!("id eq '{ada}' and createdDateTime ge 2020-01-01T00:00:00Z"),
            format!("id eq '{ada}' and createdDateTime gt 2020-01-01"),
            format!("id eq '{ada}' and createdDateTime le 2099-12-31T23:59:59.9999999%2B02:00"),
            format!("id eq '{ada}' and createdDateTime lt 2099-01-01"),
        ] {
            assert_eq!(
                app.get(&format!("/v1.0/users?$filter={filter}")).await.expect(200).ids(),
                [ada.as_str()],
                "{filter}"
            );
        }
        for nothing in ["id eq 'nonsense'", "createdDateTime lt 2020-01-01T00:00:00-05:00"] {
            assert!(app.get(&format!("/v1.0/users?$filter={nothing}")).await.expect(200).values().is_empty());
        }
        for filter in [
            format!("catalog/id eq '{catalog}' and displayName eq 'enter payments'"),
            format!("catalog/id eq {catalog} and startswith(displayName, 'ent')"),
            "catalog/displayName eq 'PAYMENTS' and contains(displayName,'ENTER')".to_owned(),
            "catalog/state eq 'Published' and startswith(displayName,'e')".to_owned(),
            "catalog/catalogType eq microsoft.graph.accessPackageCatalogType'userManaged' and endswith(displayName,'r payments')".to_owned(),
            "isHidden eq false and displayName ne 'Release payments'".to_owned(),
            "incompatibleAccessPackages/any(p:p/displayName eq 'release payments')".to_owned(),
            "incompatibleAccessPackages/all(p:p/displayName eq 'release payments')".to_owned(),
            "incompatibleAccessPackages/$count gt 0 and displayName lt 'f'".to_owned(),
            "not incompatibleGroups/any() and catalog/accessPackages/any(p:p/displayName eq displayName or p/id eq null) eq false and displayName lt 'f'".to_owned(),
        ] {
            let answer = app.get(&format!("{EM}/accessPackages?$filter={filter}")).await;
            if filter.contains("eq displayName") {
                answer.expect(400).says("two properties");
            } else {
                assert_eq!(answer.expect(200).ids(), [package.as_str()], "{filter}");
            }
        }
        let beta = "/beta/identityGovernance/entitlementManagement/accessPackageCatalogs";
        let found = app
            .get(&format!("{beta}?$filter=catalogStatus eq 'published' and catalogType eq 'UserManaged'"))
            .await
            .expect(200);
        assert_eq!(found.strings("displayName"), ["Payments"]);
        app.get(&format!("{EM}/catalogs?$filter=state eq 'open'")).await.expect(400).says("'state' takes one of");
    });
}

#[test]
fn collections_of_mixed_kinds_are_asked_by_what_their_kinds_have() {
    on_each_engine(async |house| {
        let app = eventual(&house.app().await);
        let (outer, inner) = (
            group(&app, "Outer").await,
            make_group(&app, "Bravo", json!({ "description": "Second in line" })).await.expect(201).id(),
        );
        let mut people = Vec::new();
        for name in ["Charlie", "alpha"] {
            let id = make_user(&app, name, json!({ "city": "Delft" })).await.expect(201).id();
            add_member(&app, &outer, &id).await;
            people.push(id);
        }
        add_member(&app, &outer, &inner).await;
        let path = format!("/v1.0/groups/{outer}/members?$count=true&$select=displayName");
        for (query, expected) in [
            ("$orderby=displayName", vec!["alpha", "Bravo", "Charlie"]),
            ("$orderby=displayName desc&$top=2", vec!["Charlie", "Bravo"]),
            ("$filter=startswith(displayName,'B')", vec!["Bravo"]),
            ("$filter=city eq 'delft'&$orderby=displayName", vec!["alpha", "Charlie"]),
            ("$search=\"displayName:cha\"", vec!["Charlie"]),
            ("$search=\"description:line\" OR \"displayName:alph\"&$orderby=displayName", vec!["alpha", "Bravo"]),
        ] {
            let found = app.get(&format!("{path}&{query}")).await.expect(200);
            assert_eq!(found.strings("displayName"), expected, "{query}");
        }
        let filter = "/v1.0/users?$count=true&$filter=memberOf/any(g:g/displayName eq 'OUTER')&$select=id";
        assert_eq!(sorted(app.get(filter).await.expect(200).ids()), sorted(people));
        app.get(&format!("{path}&$filter=shoeSize eq 1")).await.expect(400).says("'shoeSize' is not a property");
        // What a permission doesn't show of them can't be asked about either.
        let narrow = eventual(&house.app_with(&["Group.Read.All"]).await);
        narrow.get(&format!("{path}&$filter=startswith(displayName,'B')")).await.expect(200);
        narrow.get(&format!("{path}&$filter=city eq 'delft'")).await.expect(403).says("city");
        narrow.get(&format!("{path}&$orderby=city")).await.expect(403).says("city");
    });
}

#[test]
fn groups_are_found_by_type_and_by_words() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let unified = json!({ "groupTypes": ["Unified"], "mailEnabled": true, "description": "Weekly meetings" });
        let team = make_group(&app, "Blue team", unified).await.expect(201).id();
        for filter in ["groupTypes/any(c:c eq 'Unified')", "groupTypes/any(c:c eq 'unified') and mailEnabled eq true"] {
            assert_eq!(app.get(&format!("/v1.0/groups?$filter={filter}")).await.expect(200).ids(), [team.as_str()]);
        }
        let advanced = eventual(&app);
        let not = "/v1.0/groups?$count=true&$filter=NOT groupTypes/any(c:c eq 'Unified')&$select=displayName";
        let others = advanced.get(not).await.expect(200);
        assert_eq!(sorted(others.strings("displayName")), ["Payment clerks", "Payment releasers"]);
        assert_eq!(others.json["@odata.count"], 2);
        for (search, found) in [
            ("\"displayName:team\"", 1),
            ("\"displayName:tea\"", 1),
            ("\"displayName:eam\"", 0),
            ("\"description:MEET\"", 1),
            ("\"displayName:payment\"", 2),
            ("\"displayName:payment\" AND NOT \"displayName:clerks\"", 1),
            ("\"displayName:payment\" AND (\"displayName:clerks\" OR \"displayName:x\")", 1),
            ("blue", 1),
        ] {
            let answer = advanced.get(&format!("/v1.0/groups?$search={search}&$select=id")).await.expect(200);
            assert_eq!(answer.values().len(), found, "{search}");
        }
        app.get("/v1.0/groups?$search=\"displayName:team\"").await.expect(400).says("ConsistencyLevel");
        advanced.get("/v1.0/groups?$search=\"visibility:x\"").await.expect(400).says("visibility");
        advanced.get(&format!("{EM}/catalogs?$search=x")).await.expect(400).says("can't be searched");
    });
}

#[test]
fn what_needs_the_header_says_so_and_what_is_wrong_is_named() {
    on_each_engine(async |house| {
        let app = house.app().await;
        for filter in ["displayName ne 'x'", "not(displayName eq 'x')", "endswith(mail,'x')", "memberOf/$count eq 0"] {
            for with in ["", "&$count=true"] {
                let answer = app.get(&format!("/v1.0/users?$filter={filter}{with}")).await.expect(400);
                answer.error("Request_UnsupportedQuery").says("ConsistencyLevel");
            }
            eventual(&app).get(&format!("/v1.0/users?$filter={filter}")).await.expect(400).says("$count=true");
            eventual(&app).get(&format!("/v1.0/users?$filter={filter}&$count=true")).await.expect(200);
        }
        app.get("/v1.0/users?$filter=city eq 'x'&$orderby=city").await.expect(400).says("$orderby");
        app.get("/v1.0/users?$orderby=city").await.expect(200);
        assert!(app.get("/v1.0/users?$count=true").await.expect(200).json.get("@odata.count").is_none());
        app.get(&format!("{EM}/accessPackages?$filter=displayName ne 'x'&$orderby=displayName")).await.expect(200);
        for (bad, says) in [
            ("shoeSize eq 1", "'shoeSize' is not a property of type 'user'"),
            ("displayName eq 1", "'displayName' takes a string"),
            ("accountEnabled eq 'true'", "'accountEnabled' takes true or false"),
            ("createdDateTime ge 'soon'", "createdDateTime"),
            ("displayName eq", "expected"),
            ("displayName eq 'x", "no closing quote"),
            ("displayName like 'x'", "'like' is not an operator"),
            ("length(displayName) eq 3", "'length' is not supported"),
            ("aboutMe eq 'x'", "'aboutMe' of type 'user' is not filterable"),
            ("startswith(id,'0')", "id"),
            ("displayName/x eq 'x'", "nothing can follow"),
        ] {
            let answer = app.get(&format!("/v1.0/users?$filter={bad}")).await.expect(400);
            assert_eq!(answer.code(), "Request_UnsupportedQuery", "{bad}");
            answer.says(says);
        }
        app.get(&format!("{EM}/accessPackages?$filter=shoeSize eq 1")).await.expect(400).error("InvalidFilter");
        for bad in ["foo", "displayName up", "memberOf/$count", "aboutMe", ""] {
            app.get(&format!("/v1.0/users?$orderby={bad}")).await.expect(400);
        }
    });
}
