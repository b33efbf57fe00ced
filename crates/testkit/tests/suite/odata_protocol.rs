//! Paths, options, headers and forms of answers, as Graph speaks OData; `$expand` with its options.

use crate::directory::{add_member, eventual, group, user};
use serde_json::{Value, json};
use testkit::on_each_engine;

const EM: &str = "/v1.0/identityGovernance/entitlementManagement";
const MINIMAL: &str = "application/json;odata.metadata=minimal;odata.streaming=true;charset=utf-8";

#[test]
fn paths_are_read_in_every_spelling() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let ada = house.user_id("ada").await;
        for path in [
            "//v1.0//users//ada@doorward.test".to_owned(),
            "/V1.0/USERS/ada@doorward.test/".to_owned(),
            format!("/v1.0/Users('{ada}')?%24Select=ID"),
            "/v1.0/users/ada%40doorward.test?$select=Id".to_owned(),
            "/v1.0/%75sers/ada@doorward.test".to_owned(),
        ] {
            assert_eq!(app.raw("GET", &path).await.expect(200).id(), ada, "{path}");
        }
        for (query, count) in [
            ("%24filter=displayName+eq+%27Ada+Achterberg%27", 1),
            ("$filter=displayName%20eq%20'Ada%20Achterberg'", 1),
            ("$select=id&$filter=startswith(displayName,+'A')", 2),
            ("$top=1&unknown=1", 1),
        ] {
            let found = app.raw("GET", &format!("/v1.0/users?{query}")).await.expect(200);
            assert_eq!(found.values().len(), count, "{query}");
        }
        for (path, segment) in [
            ("/v1.0/nothing", "nothing"),
            ("/v1.0/users/ada@doorward.test/nothing", "nothing"),
            ("/v1.0/users/ada@doorward.test/displayName/x", "x"),
            ("/v1.0/users/ada@doorward.test/$value", "$value"),
            ("/v1.0/users/microsoft.graph.group", "microsoft.graph.group"),
            ("/v2.0/users", "v2.0"),
        ] {
            app.get(path).await.expect(400).error("BadRequest").says(&format!("segment '{segment}'"));
        }
        for path in ["/v1.0/identityGovernance", EM, "/v1.0/roleManagement/directory"] {
            app.get(path).await.expect(400).says("has no content of its own");
        }
        for (query, says) in [
            ("$foo=1", "'$foo' is not known"),
            ("$select=id&$select=id", "given twice"),
            ("$count=maybe", "$count"),
            ("$format=xml", "xml"),
            ("$expand=nothing", "'nothing' is not a navigation of type 'user'"),
            ("$expand=manager($levels=2)", "$levels"),
        ] {
            let status = if query.contains("format") { 406 } else { 400 };
            app.get(&format!("/v1.0/users?{query}")).await.expect(status).says(says);
        }
        app.get("/v1.0/users/ada@doorward.test?$filter=id eq null").await.expect(400).says("single entity");
        for bad in ["/v1.0/users/%zz", "/v1.0/users/%ff", "/v1.0/users('a'", "/v1.0/users(a='b'c')"] {
            assert!(matches!(app.raw("GET", bad).await.status, 400 | 404), "{bad}");
        }
    });
}

#[test]
fn properties_values_and_links() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let at = "/v1.0/users/ada@doorward.test";
        let property = app.get(&format!("{at}/displayName")).await.expect(200);
        assert_eq!(property.json["value"], "Ada Achterberg");
        let context = property.json["@odata.context"].as_str().unwrap();
        assert!(context.contains("/v1.0/$metadata#users(") && context.ends_with("/displayName"), "{context}");
        let value = app.get(&format!("{at}/displayName/$value")).await.expect(200);
        assert_eq!((value.text().as_str(), value.header("content-type")), ("Ada Achterberg", "text/plain"));
        assert_eq!(app.get(&format!("{at}/accountEnabled/$value")).await.expect(200).text(), "true");
        assert_eq!(app.get(&format!("{at}/businessPhones")).await.expect(200).json["value"], json!([]));
        app.get(&format!("{at}/city")).await.expect(204);
        app.get(&format!("{at}/city/$value")).await.expect(204);
        app.get(&format!("{at}/passwordProfile")).await.expect(400);
        let count = eventual(&app).with("Accept", "text/plain;q=0.9").get("/v1.0/users/$count").await.expect(200);
        assert_eq!((count.text().as_str(), count.header("content-type")), ("6", "text/plain"));
        let some = eventual(&app).get("/v1.0/users/$count?$filter=startswith(displayName,'a')").await.expect(200);
        assert_eq!(some.text(), "2");
        let link = app.get(&format!("{at}/$ref")).await.expect(200);
        assert_eq!(link.json["@odata.id"], format!("{}/v1.0/users/{}", house.url(), house.user_id("ada").await));
        app.send("PUT", &format!("{at}/displayName"), Some("{}".into())).await.expect(405);
    });
}

#[test]
fn the_service_describes_itself_to_anybody() {
    on_each_engine(async |house| {
        for version in ["v1.0", "beta"] {
            let anybody = house.nobody();
            let service = anybody.get(&format!("/{version}/")).await.expect(200);
            assert_eq!(service.json["@odata.context"], format!("{}/{version}/$metadata", house.url()));
            let names = service.strings("name");
            for name in ["users", "groups", "me", "identityGovernance", "directoryObjects"] {
                assert!(names.iter().any(|each| each == name), "{name}");
            }
            let metadata = anybody.get(&format!("/{version}/$metadata")).await.expect(200);
            assert_eq!(metadata.header("content-type"), "application/xml");
            assert!(metadata.text().contains("<EntityType Name=\"accessPackage\""));
            anybody.get(&format!("/{version}/users")).await.expect(401).error("InvalidAuthenticationToken");
        }
    });
}

#[test]
fn how_much_metadata_is_wanted() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let path = "/v1.0/users/ben@doorward.test?$select=id&$expand=memberOf($select=displayName)";
        let none = app.with("Accept", "application/json;odata.metadata=none").get(path).await.expect(200);
        assert!(!none.text().contains("@odata"), "{}", none.text());
        let full = app.with("Accept", "application/json;odata.metadata=full").get(path).await.expect(200);
        assert_eq!(full.json["@odata.type"], "#microsoft.graph.user");
        assert!(full.json["@odata.id"].as_str().unwrap().ends_with(&house.user_id("ben").await));
        assert_eq!(full.json["memberOf"][0]["@odata.type"], "#microsoft.graph.group");
        for accept in [
            "*/*",
            "application/*",
            MINIMAL,
            "application/json; charset=utf-8; IEEE754Compatible=false",
            "text/html, application/json;q=0.5",
        ] {
            let minimal = app.with("Accept", accept).get(path).await.expect(200);
            assert_eq!(minimal.header("content-type"), MINIMAL);
            assert_eq!(minimal.header("odata-version"), "4.0");
            assert!(minimal.json.get("@odata.type").is_none() && minimal.json["@odata.context"].is_string());
        }
        app.with("Accept", "application/xml").get(path).await.expect(406);
    });
}

#[test]
fn preferences_are_honoured() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let body = || json!({ "displayName": "P", "mailEnabled": false, "mailNickname": "p", "securityEnabled": true });
        let minimal = app.with("Prefer", "return=minimal").post("/v1.0/groups", body()).await.expect(204);
        assert_eq!(minimal.header("preference-applied"), "return=minimal");
        let at = minimal.header("location").to_owned();
        let made = app.get(&at).await.expect(200).id();
        let whole = app
            .with("Prefer", "return=representation")
            .patch(&format!("/v1.0/groups/{made}"), json!({ "description": "d" }))
            .await
            .expect(200);
        assert_eq!(
            (&whole.json["description"], whole.header("preference-applied")),
            (&json!("d"), "return=representation")
        );
        let echoed = app.with("client-request-id", "abc").get(&at).await.expect(200);
        assert_eq!(echoed.header("client-request-id"), "abc");
        assert_eq!(echoed.header("request-id").len(), 36);
    });
}

#[test]
fn expands_are_nested_with_their_own_options() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let ben = house.user_id("ben").await;
        let clerks = house.group_id("Payment clerks").await;
        let other = group(&app, "Others").await;
        add_member(&app, &other, &ben).await;
        add_member(&app, &other, &user(&app, "Zoe").await).await;
        let expand = "members($select=displayName;$orderby=displayName;$expand=memberOf($select=displayName;$orderby=displayName;$expand=members($select=displayName;$orderby=displayName;$top=1;$count=true)))";
        let read = app
            .get(&format!("/v1.0/groups?$select=displayName&$filter=id in ('{clerks}','{other}')&$expand={expand}"))
            .await
            .expect(200);
        for group in read.values() {
            for member in group["members"].as_array().unwrap() {
                assert_eq!(member["@odata.type"], "#microsoft.graph.user");
                let groups: Vec<&str> =
                    member["memberOf"].as_array().unwrap().iter().map(|g| g["displayName"].as_str().unwrap()).collect();
                let expected = match member["displayName"].as_str().unwrap() {
                    "Ben Bakker" => vec!["Others", "Payment clerks"],
                    "Zoe" => vec!["Others"],
                    _ => vec!["Payment clerks"],
                };
                assert_eq!(groups, expected);
                for inner in member["memberOf"].as_array().unwrap() {
                    // Every time that a group comes up it has its members.
                    assert_eq!(inner["members@odata.count"], 2, "{inner}");
                    assert_eq!(
                        inner["members"],
                        json!([{ "@odata.type": "#microsoft.graph.user", "displayName": "Ben Bakker" }])
                    );
                }
            }
        }
        let catalog = app.get(&format!("{EM}/catalogs?$select=displayName&$filter=displayName eq 'payments'&$expand=accessPackages($select=displayName;$filter=startswith(displayName,'e');$expand=incompatibleAccessPackages($select=displayName),accessPackagesIncompatibleWith/$ref,catalog($select=displayName))")).await.expect(200);
        let package = &catalog.values()[0]["accessPackages"][0];
        assert_eq!(package["incompatibleAccessPackages"], json!([{ "displayName": "Release payments" }]));
        assert_eq!(package["catalog"], json!({ "displayName": "Payments" }));
        assert!(package["accessPackagesIncompatibleWith"][0]["@odata.id"].as_str().unwrap().starts_with(house.url()));
        let star = app.get(&format!("/v1.0/users/{ben}?$select=id&$expand=*")).await.expect(200);
        for name in ["manager", "memberOf", "directReports", "ownedObjects", "sponsors", "transitiveMemberOf"] {
            assert!(star.json.get(name).is_some(), "{name}");
        }
        let encoded = "/v1.0/groups?$select=id&%24expand=members%28%24select%3Did%2CdisplayName%29,owners";
        assert_eq!(app.raw("GET", encoded).await.expect(200).values()[0]["owners"], json!([]));
        let nobody = app.get("/v1.0/users/eve@doorward.test?$select=id&$expand=manager").await.expect(200);
        assert_eq!(nobody.json.get("manager"), Some(&Value::Null));
        let deep = (0..6).fold("members".to_owned(), |inner, at| {
            format!("{}($expand={inner})", if at % 2 == 0 { "memberOf" } else { "members" })
        });
        app.get(&format!("/v1.0/groups/{clerks}?$expand={deep}")).await.expect(400).says("levels deep");
    });
}

#[test]
fn no_entity_has_a_tag_that_could_be_matched() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (one, two) = (group(&app, "One").await, user(&app, "Two").await);
        let (path, links) = (format!("/v1.0/groups/{one}"), format!("/v1.0/groups/{one}/members"));
        add_member(&app, &one, &two).await;
        let change = || Some(json!({ "description": "changed" }).to_string());
        for (name, tag) in
            [("If-Match", "\"x\""), ("If-Match", "W/\"x\""), ("If-Match", "garbage"), ("If-None-Match", "*")]
        {
            let client = app.with(name, tag);
            for (method, path, body) in [
                ("PATCH", path.clone(), change()),
                ("DELETE", path.clone(), None),
                ("DELETE", format!("{links}/{two}/$ref"), None),
            ] {
                client.send(method, &path, body).await.expect(412).error("PreconditionFailed").says(name);
            }
            client.get(&path).await.expect(200);
        }
        assert_eq!(app.get(&path).await.expect(200).json["description"], Value::Null);
        assert_eq!(app.get(&links).await.expect(200).ids(), [two]);
        for (name, tag) in [("If-Match", "*"), ("If-None-Match", "\"x\"")] {
            app.with(name, tag).send("PATCH", &path, change()).await.expect(204);
        }
        let item = json!({ "requests": [{
            "id": "1", "method": "DELETE", "url": format!("/groups/{one}"), "headers": { "If-Match": "\"x\"" },
        }] });
        assert_eq!(app.post("/v1.0/$batch", item).await.expect(200).json["responses"][0]["status"], 412);
        app.with("If-Match", "*").delete(&path).await.expect(204);
    });
}
