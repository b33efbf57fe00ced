//! Bad input gets a clear answer: for every way to get a request wrong there is a row with the
//! status, the code and the words that name what is wrong. That the body has Graph's error shape, and
//! the ids of its headers, is looked at by `Answer::expect` for every one of them.

use crate::steps::{BETA, NOBODY, V1, catalog, group, package, query, some_package};
use serde_json::json;
use testkit::{Answer, Client, Wish, on_each_engine, on_sqlite};

/// Query after `?` or `/`; status; code; what the message names.
type Row<'a> = (&'a str, u16, &'a str, &'a str);

#[test]
fn queries_of_entitlement_management() {
    let rows: &[Row<'_>] = &[
        ("?$nonsense=1", 400, "BadRequest", "$nonsense"),
        ("?$deltatoken=1", 400, "BadRequest", "$deltatoken"),
        ("?$top=1&$top=2", 400, "BadRequest", "$top"),
        ("?$top=1&%24TOP=2", 400, "BadRequest", "$top"),
        ("?$top=x", 400, "BadRequest", "$top"),
        ("?$top=-1", 400, "BadRequest", "$top"),
        ("?$top=1000", 400, "BadRequest", "$top"),
        ("?$top=99999999999999999999", 400, "BadRequest", "$top"),
        ("?$top=", 400, "BadRequest", "$top"),
        ("?$skip=-1", 400, "BadRequest", "$skip"),
        ("?$skip=x", 400, "BadRequest", "$skip"),
        ("?$skip=100001", 400, "BadRequest", "$skip"),
        ("?$count=perhaps", 400, "BadRequest", "$count"),
        ("?$skiptoken=garbage", 400, "BadRequest", "$skiptoken"),
        ("?$skiptoken=", 400, "BadRequest", "$skiptoken"),
        ("?$skiptoken=AAAAAAAAAAAAAAAAAAAAAAAA", 400, "BadRequest", "$skiptoken"),
        ("?$select=nonsense", 400, "BadRequest", "nonsense"),
        ("?$select=catalog/nonsense", 400, "BadRequest", "nonsense"),
        ("?$expand=nonsense", 400, "BadRequest", "nonsense"),
        ("?$expand=displayName", 400, "BadRequest", "displayName"),
        ("?$expand=catalog($nonsense=1)", 400, "BadRequest", "$nonsense"),
        ("?$expand=catalog(", 400, "BadRequest", "$expand"),
        ("?$expand=incompatibleGroups($top=1000)", 400, "BadRequest", "$top"),
        ("?$orderby=nonsense", 400, "InvalidFilter", "nonsense"),
        ("?$orderby=displayName sideways", 400, "InvalidFilter", "$orderby"),
        ("?$orderby=incompatibleGroups", 400, "InvalidFilter", "incompatibleGroups"),
        ("?$filter=", 400, "InvalidFilter", "$filter"),
        ("?$filter=nonsense eq 1", 400, "InvalidFilter", "nonsense"),
        ("?$filter=displayName", 400, "InvalidFilter", "displayName"),
        ("?$filter=displayName eq", 400, "InvalidFilter", "$filter"),
        ("?$filter=displayName eq 'open", 400, "InvalidFilter", "$filter"),
        ("?$filter=displayName eq 1", 400, "InvalidFilter", "displayName"),
        ("?$filter=isHidden eq 'yes'", 400, "InvalidFilter", "isHidden"),
        ("?$filter=createdDateTime gt 'x'", 400, "InvalidFilter", "createdDateTime"),
        ("?$filter=createdDateTime gt '2020-01-01'", 400, "InvalidFilter", "createdDateTime"),
        ("?$filter=createdDateTime gt '2020-01-01T00:00:00Z'", 400, "InvalidFilter", "createdDateTime"),
        ("?$select=", 400, "BadRequest", "$select"),
        ("?$filter=createdDateTime gt 2020-13-45T00:00:00Z", 400, "InvalidFilter", "$filter"),
        ("?$filter=catalog/nonsense eq 'x'", 400, "InvalidFilter", "nonsense"),
        ("?$filter=nonsense(displayName)", 400, "InvalidFilter", "nonsense"),
        ("?$filter=contains(displayName)", 400, "InvalidFilter", "$filter"),
        ("?$filter=contains(isHidden,'x')", 400, "InvalidFilter", "isHidden"),
        ("?$filter=displayName like 'x'", 400, "InvalidFilter", "$filter"),
        ("?$filter=displayName eq 'a' and", 400, "InvalidFilter", "$filter"),
        ("?$filter=(displayName eq 'a'", 400, "InvalidFilter", "$filter"),
        ("?$filter=displayName eq 'a')", 400, "InvalidFilter", "$filter"),
        ("?$filter=1 eq 1; DROP TABLE catalog", 400, "InvalidFilter", "$filter"),
        ("?$search=\"x\"", 400, "BadRequest", "$search"),
        ("?$format=xml", 406, "NotAcceptable", "$format"),
        ("/$nonsense", 400, "BadRequest", "$nonsense"),
        ("/$count/$count", 400, "BadRequest", "$count"),
        ("/not-a-guid", 404, "ResourceNotFound", "not-a-guid"),
        ("/99999999-9999-4999-8999-999999999999", 404, "ResourceNotFound", NOBODY),
        ("/99999999-9999-4999-8999-999999999999/nonsense", 400, "BadRequest", "nonsense"),
        ("/99999999-9999-4999-8999-999999999999/displayName/nonsense", 400, "BadRequest", "nonsense"),
        ("/99999999-9999-4999-8999-999999999999/incompatibleGroups", 404, "ResourceNotFound", NOBODY),
        ("/99999999-9999-4999-8999-999999999999/microsoft.graph.nonsense", 400, "BadRequest", "nonsense"),
        ("/99999999-9999-4999-8999-999999999999?$filter=isHidden eq true", 400, "BadRequest", "$filter"),
        ("('it''s')", 404, "ResourceNotFound", "it's"),
        ("('open", 400, "BadRequest", ""),
        ("(nonsense='x')", 400, "BadRequest", "nonsense"),
    ];
    on_each_engine(async |house| {
        let app = house.app().await;
        for (rest, status, code, names) in rows {
            let answer = app.get(&query(&format!("{V1}/accessPackages{rest}"))).await;
            clear(answer, *status, code, names);
        }
        let deep = format!("?$filter={}isHidden eq true{}", "(".repeat(200), ")".repeat(200));
        clear(app.get(&query(&format!("{V1}/accessPackages{deep}"))).await, 400, "InvalidFilter", "$filter");
        let nots = format!("?$filter={}isHidden eq true", "not ".repeat(200));
        clear(app.get(&query(&format!("{V1}/accessPackages{nots}"))).await, 400, "InvalidFilter", "$filter");
        let wide = vec!["isHidden eq true"; 300].join(" or ");
        clear(app.get(&query(&format!("{V1}/accessPackages?$filter={wide}"))).await, 400, "InvalidFilter", "$filter");
        let expand = "$expand=incompatibleAccessPackages(".repeat(8);
        clear(app.get(&format!("{V1}/accessPackages?{expand}")).await, 400, "BadRequest", "$expand");
        let long = "x".repeat(17_000);
        clear(
            app.get(&format!("{V1}/accessPackages?$filter=displayName%20eq%20'{long}'")).await,
            414,
            "RequestUriTooLong",
            "",
        );
        // A token of another query is no token of this one.
        for at in 0..3 {
            catalog(&app, &format!("Catalog {at}")).await;
        }
        let page = app.get(&format!("{V1}/catalogs?$top=1&$orderby=displayName")).await.expect(200);
        let next = page.json["@odata.nextLink"].as_str().unwrap().to_owned();
        let token = next.split("$skiptoken=").nth(1).or_else(|| next.split("%24skiptoken=").nth(1)).unwrap().to_owned();
        clear(
            app.get(&format!("{V1}/accessPackages?$top=1&$orderby=isHidden&$skiptoken={token}")).await,
            400,
            "BadRequest",
            "$skiptoken",
        );
        app.get(&format!("{V1}/catalogs?$top=999&unknown=fine&unknown=twice")).await.expect(200);
    });
}

#[test]
fn queries_of_the_directory() {
    let rows: &[Row<'_>] = &[
        ("?$filter=nonsense eq 1", 400, "Request_UnsupportedQuery", "nonsense"),
        ("?$filter=displayName ne 'x'", 400, "Request_UnsupportedQuery", "ConsistencyLevel"),
        ("?$search=\"displayName:x\"", 400, "Request_UnsupportedQuery", "ConsistencyLevel"),
        ("/$count", 400, "Request_BadRequest", "ConsistencyLevel"),
        ("?$top=1000", 400, "BadRequest", "$top"),
        ("?$select=nonsense", 400, "BadRequest", "nonsense"),
        ("/99999999-9999-4999-8999-999999999999", 404, "Request_ResourceNotFound", NOBODY),
        ("/99999999-9999-4999-8999-999999999999/members", 404, "Request_ResourceNotFound", NOBODY),
    ];
    on_each_engine(async |house| {
        let app = house.app().await;
        for (rest, status, code, names) in rows {
            clear(app.get(&query(&format!("/v1.0/groups{rest}"))).await, *status, code, names);
        }
        app.get(&query("/v1.0/groups?$count=true&$top=1")).await.expect(200);
    });
}

#[test]
fn bodies() {
    let rows: &[(&str, u16, &str, &str)] = &[
        ("", 400, "BadRequest", "empty"),
        ("   ", 400, "BadRequest", "empty"),
        ("{", 400, "BadRequest", "JSON"),
        ("nonsense", 400, "BadRequest", "JSON"),
        ("{\"displayName\":\"a\"}}", 400, "BadRequest", "JSON"),
        ("{\"displayName\":\"a\",}", 400, "BadRequest", "JSON"),
        ("{'displayName':'a'}", 400, "BadRequest", "JSON"),
        ("{\"displayName\":\"a\",\"displayName\":\"b\"}", 400, "BadRequest", "displayName"),
        ("{\"displayName\":\"a\",\"DISPLAYNAME\":\"b\"}", 400, "BadRequest", "DISPLAYNAME"),
        ("{\"displayName\":\"nul \\u0000\"}", 400, "BadRequest", "U+0000"),
        ("{\"displayName\":\"half \\ud800\"}", 400, "BadRequest", "JSON"),
        ("{\"displayName\":\"line \n\"}", 400, "BadRequest", "JSON"),
        ("[]", 400, "InvalidModel", "object"),
        ("\"x\"", 400, "InvalidModel", "object"),
        ("7", 400, "InvalidModel", "object"),
        ("null", 400, "InvalidModel", "object"),
        ("{}", 400, "InvalidModel", "displayName"),
        ("{\"displayName\":7}", 400, "InvalidModel", "displayName"),
        ("{\"displayName\":[\"a\"]}", 400, "InvalidModel", "displayName"),
        ("{\"displayName\":{}}", 400, "InvalidModel", "displayName"),
        ("{\"displayName\":\"a\",\"description\":true}", 400, "InvalidModel", "description"),
        ("{\"displayName\":\"a\",\"isExternallyVisible\":\"true\"}", 400, "InvalidModel", "isExternallyVisible"),
        ("{\"displayName\":\"a\",\"isExternallyVisible\":1}", 400, "InvalidModel", "isExternallyVisible"),
        ("{\"displayName\":\"a\",\"state\":\"open\"}", 400, "InvalidModel", "state"),
        ("{\"displayName\":\"a\",\"nonsense\":1}", 400, "InvalidModel", "nonsense"),
        ("{\"displayName\":\"a\",\"catalogStatus\":\"Published\"}", 400, "InvalidModel", "catalogStatus"),
        ("{\"displayName\":\"a\",\"\":1}", 400, "InvalidModel", ""),
        ("{\"@odata.type\":\"#microsoft.graph.user\",\"displayName\":\"a\"}", 400, "InvalidModel", "@odata.type"),
        ("{\"@odata.type\":7,\"displayName\":\"a\"}", 400, "InvalidModel", "@odata.type"),
    ];
    on_each_engine(async |house| {
        let app = house.app().await;
        let before = app.get(&format!("{V1}/catalogs/$count")).await.expect(200).text();
        for (body, status, code, names) in rows {
            let answer = app.send("POST", &format!("{V1}/catalogs"), Some((*body).to_owned())).await;
            clear(answer, *status, code, names);
        }
        let deep = format!("{{\"displayName\":{}{}}}", "[".repeat(5000), "]".repeat(5000));
        clear(app.send("POST", &format!("{V1}/catalogs"), Some(deep)).await, 400, "BadRequest", "nested");
        clear(app.send("POST", &format!("{V1}/catalogs"), None).await, 400, "BadRequest", "empty");
        assert_eq!(app.get(&format!("{V1}/catalogs/$count")).await.expect(200).text(), before);
    });
}

#[test]
fn four_megabytes_and_no_more() {
    on_sqlite(async |house| {
        let app = house.app().await;
        let path = format!("{V1}/catalogs");
        let limit = 4 * 1024 * 1024;
        let padded = |length: usize| {
            let body = "{\"displayName\":\"Large\"}";
            format!("{body}{}", " ".repeat(length - body.len()))
        };
        app.send("POST", &path, Some(padded(limit))).await.expect(201);
        clear(app.send("POST", &path, Some(padded(limit + 1))).await, 413, "RequestEntityTooLarge", "4194304");
        clear(
            app.send("PATCH", &format!("/v1.0/groups/{NOBODY}"), Some(padded(limit + 1))).await,
            413,
            "RequestEntityTooLarge",
            "4194304",
        );
    });
}

#[test]
fn methods_and_media() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let package = some_package(&app).await;
        let body = || Some("{}".to_owned());
        for (method, path, allowed) in [
            ("PUT", format!("{V1}/catalogs"), "GET, POST"),
            ("PATCH", format!("{V1}/catalogs"), "GET, POST"),
            ("DELETE", format!("{V1}/catalogs"), "GET, POST"),
            ("POST", format!("{V1}/catalogs/{NOBODY}"), "GET, PATCH, DELETE"),
            ("POST", format!("{V1}/accessPackages/{package}"), "GET, PATCH, DELETE"),
            ("PUT", format!("{V1}/accessPackages/{package}"), "GET, PATCH, DELETE"),
            ("PATCH", format!("{V1}/assignmentPolicies/{NOBODY}"), "GET, PUT, DELETE"),
            ("POST", format!("{V1}/accessPackages/{package}/displayName"), "GET"),
            ("PATCH", format!("{V1}/accessPackages/{package}/incompatibleGroups"), "GET"),
            ("PUT", format!("{V1}/accessPackages/{package}/incompatibleGroups/$ref"), "GET, POST, DELETE"),
            ("POST", format!("{V1}/accessPackages/{package}/$ref"), "GET"),
            ("POST", format!("{V1}/accessPackages/$count"), "GET"),
            ("GET", format!("{BETA}/accessPackages/{package}/moveToCatalog"), "POST"),
            ("GET", "/v1.0/directoryObjects/getByIds".to_owned(), "POST"),
            ("OPTIONS", format!("{V1}/catalogs"), "GET, POST"),
            ("TRACE", format!("{V1}/catalogs"), "GET, POST"),
            ("PUT", "/v1.0/$batch".to_owned(), "POST"),
        ] {
            let answer = app.send(method, &path, body().filter(|_| method != "GET" && method != "TRACE")).await;
            let answer = clear(answer, 405, "MethodNotAllowed", method);
            assert_eq!(answer.header("allow"), allowed, "{method} {path}");
        }
        for media in [
            "text/plain",
            "application/xml",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "application/jsonx",
            "nonsense",
        ] {
            let client = app.with("content-type", media);
            let answer =
                client.send("POST", &format!("{V1}/catalogs"), Some("{\"displayName\":\"x\"}".to_owned())).await;
            clear(answer, 415, "UnsupportedMediaType", "Content-Type");
        }
        for accept in ["text/html", "application/xml", "image/png", "application/json;q=0"] {
            clear(app.with("accept", accept).get(&format!("{V1}/catalogs")).await, 406, "NotAcceptable", "Accept");
        }
        for accept in [
            "*/*",
            "application/json",
            "application/*",
            "text/html, application/json;q=0.1",
            "application/json;odata.metadata=minimal",
        ] {
            app.with("accept", accept).get(&format!("{V1}/catalogs")).await.expect(200);
        }
        // What can't be answered isn't done either.
        let client = app.with("accept", "text/html");
        client.post(&format!("{V1}/catalogs"), json!({ "displayName": "Unanswered" })).await.expect(406);
        let found = app.get(&query(&format!("{V1}/catalogs?$filter=displayName eq 'Unanswered'"))).await.expect(200);
        assert_eq!(found.values().len(), 0);
    });
}

#[test]
fn tokens() {
    on_each_engine(async |house| {
        let path = format!("{V1}/catalogs");
        let good = house.other_tenant().await;
        good.get(&path).await.expect(200);
        let unauthorized = async |client: Client| {
            let answer = clear(client.get(&path).await, 401, "InvalidAuthenticationToken", "");
            let challenge = answer.header("www-authenticate");
            assert!(challenge.starts_with("Bearer ") && challenge.contains("authorization_uri="), "{challenge}");
            // A path that isn't there says nothing to somebody without a token.
            clear(client.get(&format!("{V1}/catalogs/{NOBODY}")).await, 401, "InvalidAuthenticationToken", "");
            clear(client.post(&path, json!({ "displayName": "x" })).await, 401, "InvalidAuthenticationToken", "");
            clear(client.post("/v1.0/$batch", json!({ "requests": [] })).await, 401, "InvalidAuthenticationToken", "");
        };
        unauthorized(house.nobody()).await;
        for token in ["x", "a.b.c", "..", "eyJhbGciOiJub25lIn0.e30.", &"x".repeat(20_000)] {
            unauthorized(house.bearer(token)).await;
        }
        let [head, claims, signature]: [&str; 3] = good.token().split('.').collect::<Vec<_>>().try_into().unwrap();
        let swapped = house.app().await;
        let others = swapped.token().split('.').nth(1).unwrap();
        unauthorized(house.bearer(&format!("{head}.{others}.{signature}"))).await;
        unauthorized(house.bearer(&format!("{head}.{claims}."))).await;
        unauthorized(house.bearer(&format!("{head}.{claims}"))).await;
        for header in ["Basic eDp5", "Bearer", "Bearer ", "bearer", "", "Token x"] {
            unauthorized(house.nobody().with("authorization", header)).await;
        }
        let mut expired = Wish::other_tenant(house.url());
        expired.token.issued_at -= 4000;
        unauthorized(house.mint(&expired).await).await;
        let mut early = Wish::other_tenant(house.url());
        early.token.issued_at += 4000;
        unauthorized(house.mint(&early).await).await;
        let mut elsewhere = Wish::other_tenant(house.url());
        elsewhere.token.audience = "https://management.azure.com".to_owned();
        unauthorized(house.mint(&elsewhere).await).await;
        let mut stranger = Wish::other_tenant("https://evil.test/x");
        stranger.forged = true;
        unauthorized(house.mint(&stranger).await).await;
        let mut forged = Wish::other_tenant(house.url());
        forged.forged = true;
        unauthorized(house.mint(&forged).await).await;
        // Letter case of the scheme is nobody's business.
        house.nobody().with("authorization", &format!("bearer {}", good.token())).get(&path).await.expect(200);
    });
}

#[test]
fn permissions() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let package = some_package(&app).await;
        let group = group(&app, "Night watch").await;
        let none = house.app_with(&["User.Read.All"]).await;
        let reader = house.app_with(&["EntitlementManagement.Read.All"]).await;
        let em = "EntitlementManagement.Read";
        for path in ["catalogs", "accessPackages"] {
            clear(none.get(&format!("{V1}/{path}")).await, 403, "UnAuthorized", em);
            reader.get(&format!("{V1}/{path}")).await.expect(200);
            clear(
                reader.post(&format!("{V1}/{path}"), json!({ "displayName": "x", "catalog": { "id": NOBODY } })).await,
                if path == "catalogs" { 400 } else { 403 },
                "",
                "",
            );
        }
        clear(
            reader.post(&format!("{V1}/catalogs"), json!({ "displayName": "x" })).await,
            403,
            "UnAuthorized",
            "EntitlementManagement.ReadWrite.All",
        );
        clear(
            reader.patch(&format!("{V1}/accessPackages/{package}"), json!({ "isHidden": true })).await,
            403,
            "UnAuthorized",
            "ReadWrite",
        );
        clear(reader.delete(&format!("{V1}/accessPackages/{package}")).await, 403, "UnAuthorized", "ReadWrite");
        clear(none.get(&format!("/v1.0/groups/{group}")).await, 403, "Authorization_RequestDenied", "Group.Read.All");
        clear(
            none.delete(&format!("/v1.0/groups/{group}")).await,
            403,
            "Authorization_RequestDenied",
            "Group.ReadWrite.All",
        );
        // Without the right to read, an id that is there and one that isn't are the same.
        clear(none.get(&format!("{V1}/accessPackages/{package}")).await, 403, "UnAuthorized", em);
        clear(none.get(&format!("{V1}/accessPackages/{NOBODY}")).await, 403, "UnAuthorized", em);
        // Expanding is reading.
        let answer = house
            .app_with(&["Group.Read.All"])
            .await
            .get(&format!("{V1}/accessPackages?$expand=incompatibleGroups"))
            .await;
        clear(answer, 403, "UnAuthorized", em);
    });
}

#[test]
fn paths_as_they_come_on_the_wire() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let general = house.catalog_id("General").await;
        package(&app, &general, "100% a/b & c+d").await;
        let em = V1.trim_start_matches("/v1.0/");
        for target in [
            format!("/v1.0/{em}/catalogs"),
            format!("//v1.0//{em}///catalogs/"),
            "/V1.0/IDENTITYGOVERNANCE/entitlementmanagement/CATALOGS".to_string(),
            format!("/v1.0/{}/catalogs", em.replace('g', "%67").replace('G', "%47")),
            format!("/v1.0/{em}/catalogs?%24top=1"),
            format!("/v1.0/{em}/catalogs?$TOP=1"),
            format!("/v1.0/{em}/catalogs?&&$top=1&"),
            format!("/v1.0/{em}/catalogs?$filter=displayName+eq+%27General%27"),
            format!("/v1.0/{em}/catalogs?$filter=displayName%20eq%20'General'"),
            format!("/v1.0/{em}/catalogs('{general}')"),
            format!("/v1.0/{em}/catalogs(%27{general}%27)"),
            format!("/v1.0/{em}/catalogs%28%27{general}%27%29"),
            format!("/v1.0/{em}/catalogs/{}", general.to_uppercase()),
            "/v1.0".to_owned(),
            "/v1.0/".to_owned(),
            "/v1.0/$metadata".to_owned(),
            "/beta/%24metadata".to_owned(),
        ] {
            app.raw("GET", &target).await.expect(200);
        }
        let found = app
            .raw(
                "GET",
                &format!("/v1.0/{em}/accessPackages?$filter=displayName%20eq%20%27100%25%20a%2Fb%20%26%20c%2Bd%27"),
            )
            .await;
        assert_eq!(found.expect(200).values().len(), 1);
        for (target, status, code, names) in [
            (format!("/v1.0/{em}/catalogs/%"), 400, "BadRequest", "%"),
            (format!("/v1.0/{em}/catalogs/%4"), 400, "BadRequest", "%"),
            (format!("/v1.0/{em}/catalogs/%zz"), 400, "BadRequest", "%"),
            (format!("/v1.0/{em}/catalogs/%ff"), 400, "BadRequest", "UTF-8"),
            (format!("/v1.0/{em}/catalogs/%00"), 400, "BadRequest", "control character"),
            (format!("/v1.0/{em}/catalogs/%0d%0aX-Evil:%201"), 400, "BadRequest", "control character"),
            (format!("/v1.0/{em}/catalogs?$filter=displayName%20eq%20'%00'"), 400, "BadRequest", "control character"),
            (format!("/v1.0/{em}/catalogs?$top=%ff"), 400, "BadRequest", "UTF-8"),
            (format!("/v1.0/{em}/catalogs/a%2Fb"), 404, "ResourceNotFound", "a/b"),
            (format!("/v1.0/{em}/catalogs/../catalogs"), 400, "BadRequest", "catalogs"),
            (format!("/v1.0/{em}/catalogs/%2e%2e"), 404, "ResourceNotFound", ".."),
            (format!("/v1.0/{}", "a/".repeat(25)), 400, "BadRequest", "segments"),
            ("/v1.0/nonsense".to_owned(), 400, "BadRequest", "nonsense"),
            ("/v1.0/identityGovernance/nonsense".to_owned(), 400, "BadRequest", "nonsense"),
            ("/v2.0/users".to_owned(), 400, "BadRequest", "v2.0"),
            ("/v1.0x/users".to_owned(), 400, "BadRequest", "v1.0x"),
            ("/".to_owned(), 400, "BadRequest", "v1.0"),
            ("/nonsense".to_owned(), 400, "BadRequest", "nonsense"),
            ("/v1.0/$batch".to_owned(), 405, "MethodNotAllowed", "GET"),
        ] {
            let answer = app.raw("GET", &target).await;
            if answer.status != status || !answer.message().contains(names) {
                panic!("{target}: {}", answer.text());
            }
            clear(answer, status, code, names);
        }
    });
}

#[test]
fn what_http_itself_refuses() {
    on_sqlite(async |house| {
        let app = house.app().await;
        for (target, status) in [
            ("/v1.0/users?$search=\"displayName:ben\"".to_owned(), 400),
            (format!("/v1.0/users?$filter={}", "x".repeat(70_000)), 414),
            // Of those that are read, too.
            (format!("/v1.0/users?$filter={}", "x".repeat(60_000)), 414),
        ] {
            assert_eq!(app.raw("GET", &target).await.status, status, "{}", target.len());
        }
    });
}

#[test]
fn ids_of_requests_are_echoed() {
    on_sqlite(async |house| {
        let app = house.app().await;
        let client = app.with("client-request-id", "7f3c0000-0000-4000-8000-00000000abcd");
        for path in [format!("{V1}/catalogs"), format!("{V1}/nonsense"), format!("{V1}/catalogs/{NOBODY}")] {
            let answer = client.get(&path).await;
            assert_eq!(answer.header("client-request-id"), "7f3c0000-0000-4000-8000-00000000abcd");
            assert_ne!(answer.header("request-id"), client.get(&path).await.header("request-id"));
            assert_eq!(answer.header("odata-version"), "4.0");
        }
        let answer = client.get(&format!("{V1}/catalogs/{NOBODY}")).await.expect(404);
        assert_eq!(answer.json["error"]["innerError"]["client-request-id"], "7f3c0000-0000-4000-8000-00000000abcd");
    });
}

/// The answer, which is an error of this status and code whose message names what is wrong.
#[track_caller]
fn clear(answer: Answer, status: u16, code: &str, names: &str) -> Answer {
    let answer = answer.expect(status);
    let answer = if code.is_empty() { answer } else { answer.error(code) };
    let answer = answer.says(names);
    for word in ["panicked", "SQL", "sqlite", "tokio_postgres", "relation \"", "serde"] {
        assert!(!answer.message().contains(word), "the message lets something out: {}", answer.message());
    }
    answer
}
