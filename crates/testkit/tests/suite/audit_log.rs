//! The audit log as auditors read it: who did what to what, what it was before and is after, by every
//! filter that Graph documents; and who may not read it.

use crate::steps::{BETA, NOBODY, V1, catalog, group, group_link, group_with, link, package, query, some_package};
use serde_json::{Value, json};
use testkit::{Client, House, on_each_engine, on_sqlite};

const LOG: &str = "/v1.0/auditLogs/directoryAudits";
const DEV_APP: &str = "22222222-2222-4222-8222-222222222222";
const DEV_PRINCIPAL: &str = "22222222-2222-4222-8222-222222222223";

async fn found(client: &Client, filter: &str) -> Vec<Value> {
    client.get(&query(&format!("{LOG}?$filter={filter}"))).await.expect(200).values().to_vec()
}

async fn activities(client: &Client, filter: &str) -> Vec<String> {
    let found = found(client, filter).await;
    found.iter().map(|row| row["activityDisplayName"].as_str().unwrap().to_owned()).collect()
}

/// The newest entry about an entity.
async fn newest(client: &Client, target: &str) -> Value {
    let rows = found(client, &format!("targetResources/any(t:t/id eq '{target}')")).await;
    rows.first().unwrap_or_else(|| panic!("nothing in the log about {target}")).clone()
}

/// `name: old -> new` of each property.
fn modified(target: &Value) -> Vec<String> {
    let each = target["modifiedProperties"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap_or("null").to_owned();
    each.map(|each| {
        format!("{}: {} -> {}", text(&each["displayName"]), text(&each["oldValue"]), text(&each["newValue"]))
    })
    .collect()
}

fn targets(row: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let each = row["targetResources"].as_array().unwrap().iter();
    each.map(|target| format!("{} {}", text(&target["type"]), text(&target["displayName"]))).collect()
}

#[test]
fn an_application_is_named_with_what_it_changed() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let catalog = catalog(&app, "Treasury").await;
        let body = json!({ "description": "Money", "isExternallyVisible": true });
        app.patch(&format!("{V1}/catalogs/{catalog}"), body).await.expect(204);
        let row = newest(&app, &catalog).await;
        assert_eq!(row["activityDisplayName"], "Update access package catalog");
        assert_eq!(row["category"], "EntitlementManagement");
        assert_eq!(row["loggedByService"], "Entitlement Management");
        assert_eq!((&row["operationType"], &row["result"]), (&json!("Update"), &json!("success")));
        assert_eq!((&row["resultReason"], &row["additionalDetails"]), (&Value::Null, &json!([])));
        let actor = json!({ "user": null, "app": {
            "appId": DEV_APP, "displayName": "Doorward development", "servicePrincipalId": DEV_PRINCIPAL,
            "servicePrincipalName": DEV_APP,
        }});
        assert_eq!(row["initiatedBy"], actor);
        assert_eq!(targets(&row), ["AccessPackageCatalog Treasury"]);
        let target = &row["targetResources"][0];
        assert_eq!((&target["id"], &target["userPrincipalName"]), (&json!(catalog), &Value::Null));
        let changed = modified(target);
        assert!(changed.contains(&"description: \"\" -> \"Money\"".to_owned()), "{changed:?}");
        assert!(changed.contains(&"isExternallyVisible: false -> true".to_owned()), "{changed:?}");

        // What was made, and members of enumerations by their names.
        let about = format!("targetResources/any(t:t/id eq '{catalog}') and operationType");
        app.get(&query(&format!("{LOG}?$filter={about} eq 'Add'"))).await.expect(400).says("operationType");
        let created = found(&app, "activityDisplayName eq 'Create access package catalog'").await;
        let properties = modified(&created[0]["targetResources"][0]);
        assert!(properties.contains(&"displayName: null -> \"Treasury\"".to_owned()), "{properties:?}");
        assert!(properties.contains(&"state: null -> \"published\"".to_owned()), "{properties:?}");

        // What was there is told when it goes.
        app.delete(&format!("{V1}/catalogs/{catalog}")).await.expect(204);
        let row = newest(&app, &catalog).await;
        assert_eq!(row["activityDisplayName"], "Delete access package catalog");
        let gone = modified(&row["targetResources"][0]);
        assert!(gone.contains(&"description: \"Money\" -> null".to_owned()), "{gone:?}");
    });
}

#[test]
fn a_user_is_named_with_the_client_they_worked_with() {
    on_each_engine(async |house| {
        let (app, admin) = (house.app().await, house.user("admin", &[]).await);
        let admins = house.user_id("admin").await;
        let group = group(&admin, "By hand").await;
        let row = newest(&app, &group).await;
        let user = json!({
            "id": admins, "displayName": "Admin", "userPrincipalName": "admin@doorward.test", "ipAddress": null,
        });
        assert_eq!(row["initiatedBy"], json!({ "app": null, "user": user }));
        assert_eq!(row["additionalDetails"], json!([{ "key": "appId", "value": DEV_APP }]));
        let id = row["id"].as_str().unwrap();
        let beta = app.get(&format!("/beta/auditLogs/directoryAudits/{id}")).await.expect(200);
        assert_eq!(beta.json["initiatedBy"], row["initiatedBy"]);
        assert_eq!((&row["category"], &row["loggedByService"]), (&json!("GroupManagement"), &json!("Core Directory")));
        // The log keeps the name that somebody had.
        app.patch(&format!("/v1.0/users/{admins}"), json!({ "displayName": "Somebody" })).await.expect(204);
        assert_eq!(newest(&app, &group).await, row);
    });
}

#[test]
fn both_ends_of_a_link_are_targets() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (ben, unified) = (house.user_id("ben").await, json!({ "groupTypes": ["Unified"], "mailEnabled": true }));
        let group = group_with(&app, "Everybody", unified).await;
        let user = link(format!("https://graph.microsoft.com/v1.0/users/{ben}"));
        app.post(&format!("/v1.0/groups/{group}/members/$ref"), user).await.expect(204);
        let row = newest(&app, &ben).await;
        assert_eq!(row["activityDisplayName"], "Add member to group");
        assert_eq!(targets(&row), ["Group Everybody", "User Ben Bakker"]);
        let [first, second] = row["targetResources"].as_array().unwrap().as_slice() else { panic!("{row}") };
        assert_eq!((&first["groupType"], &second["groupType"]), (&json!("unifiedGroups"), &Value::Null));
        assert_eq!(second["userPrincipalName"], "ben@doorward.test");
        assert_eq!(second["modifiedProperties"], json!([]));
        assert_eq!(newest(&app, &group).await, row);

        let (package, plain) = (some_package(&app).await, crate::steps::group(&app, "Releasers").await);
        let path = format!("{V1}/accessPackages/{package}/incompatibleGroups/$ref");
        app.post(&path, group_link(&plain)).await.expect(204);
        for end in [&package, &plain] {
            let row = newest(&app, end).await;
            assert_eq!(targets(&row), ["AccessPackage Some package", "Group Releasers"]);
            assert_eq!(row["targetResources"][1]["groupType"], "azureAD");
        }
        // What was done to something that is gone stays in the log.
        app.delete(&format!("/v1.0/groups/{plain}")).await.expect(204);
        let about = found(&app, &format!("targetResources/any(t:t/id eq '{plain}')")).await;
        assert_eq!(about.len(), 3);
    });
}

/// Three actors' work, and a time between.
async fn history(house: &House) -> (String, String, String) {
    let (app, admin) = (house.app().await, house.user("admin", &[]).await);
    let catalog = catalog(&app, "Ärzte").await;
    let package = package(&admin, &catalog, "Röntgen").await;
    let made = newest(&app, &package).await["activityDateTime"].as_str().unwrap().to_owned();
    let group = group(&admin, "Aufsicht").await;
    let path = format!("{V1}/accessPackages/{package}/incompatibleGroups/$ref");
    admin.post(&path, group_link(&group)).await.expect(204);
    (package, group, made)
}

#[test]
fn every_documented_filter_finds_its_rows() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (package, group, made) = history(house).await;
        let admin = house.user_id("admin").await;
        let by_admin = ["Create incompatible group", "Add group", "Create access package"];
        for filter in [
            format!("initiatedBy/user/id eq '{admin}'"),
            format!("initiatedBy/user/id eq '{}'", admin.to_uppercase()),
            "initiatedBy/user/displayName eq 'admin'".to_owned(),
            "initiatedBy/user/userPrincipalName eq 'Admin@doorward.test'".to_owned(),
            "startswith(initiatedBy/user/userPrincipalName,'adm')".to_owned(),
            "initiatedBy/user/id ne null".to_owned(),
            format!("initiatedBy/user/id in ('{admin}', '{NOBODY}')"),
        ] {
            assert_eq!(activities(&app, &filter).await, by_admin, "{filter}");
        }
        for (filter, expected) in [
            (format!("activityDateTime eq {made}"), &by_admin[2..]),
            (format!("activityDateTime gt {made}"), &by_admin[..2]),
            (format!("activityDateTime ge {made} and initiatedBy/app/appId eq null"), &by_admin[..]),
            (format!("activityDateTime le {made} and initiatedBy/user/id eq '{admin}'"), &by_admin[2..]),
            (format!("activityDateTime ge {made} and activityDisplayName eq 'add group'"), &by_admin[1..2]),
            (format!("activityDateTime ge {made} and startswith(activityDisplayName,'create')"), &["", ""][..]),
            (format!("activityDateTime ge {made} and category eq 'GroupManagement'"), &by_admin[1..2]),
            (format!("activityDateTime ge {made} and loggedByService eq 'Core Directory'"), &by_admin[1..2]),
            (format!("targetResources/any(t:t/id eq '{package}')"), &["", ""][..]),
            (format!("targetResources/any(t:t/id eq '{group}')"), &by_admin[..2]),
            (format!("targetResources/any(t:t/id eq '{group}' and t/displayName eq 'Aufsicht')"), &by_admin[..2]),
            // One entry has to have both.
            (format!("targetResources/any(t:t/id eq '{package}' and t/displayName eq 'Aufsicht')"), &[][..]),
            ("targetResources/any(t:t/displayName eq 'RÖNTGEN')".to_owned(), &["", ""][..]),
            ("targetResources/any(x:startswith(x/displayName,'auf'))".to_owned(), &by_admin[..2]),
            (format!("targetResources/any(t:t/id eq '{package}') and targetResources/any(t:t/id eq '{group}')"), &[""]),
            ("targetResources/any(t:t/id eq 'not an id')".to_owned(), &[]),
            ("initiatedBy/app/displayName eq 'nobody'".to_owned(), &[]),
            ("category eq 'groupmanagement'".to_owned(), &[]),
        ] {
            let found = activities(&app, &filter).await;
            match expected.first() {
                Some(&"") => assert_eq!(found.len(), expected.len(), "{filter}: {found:?}"),
                _ => assert_eq!(found, expected, "{filter}"),
            }
        }
        let all = app.get(&format!("{LOG}?$count=true&$top=1")).await.expect(200).json["@odata.count"].as_u64();
        let count = async |filter: &str| {
            let answer = app.get(&query(&format!("{LOG}?$count=true&$top=1&$filter={filter}"))).await.expect(200);
            answer.json["@odata.count"].as_u64().unwrap()
        };
        let by_app = count(&format!("initiatedBy/app/appId eq '{DEV_APP}'")).await;
        assert_eq!(by_app, count("initiatedBy/app/displayName eq 'doorward development'").await);
        // Nothing is lost or counted twice by a condition and its contrary.
        for filter in [
            format!("initiatedBy/app/appId eq '{DEV_APP}'"),
            "startswith(initiatedBy/user/userPrincipalName,'adm')".to_owned(),
            format!("targetResources/any(t:t/id eq '{group}')"),
            "targetResources/any(t:startswith(t/displayName,'a'))".to_owned(),
            "targetResources/all(t:t/displayName ne 'Aufsicht')".to_owned(),
            "targetResources/any()".to_owned(),
        ] {
            assert_eq!(Some(count(&filter).await + count(&format!("not({filter})")).await), all, "{filter}");
        }
        let row = newest(&app, &package).await;
        let (id, correlation) = (row["id"].as_str().unwrap(), row["correlationId"].as_str().unwrap());
        assert_eq!(found(&app, &format!("correlationId eq '{correlation}'")).await, std::slice::from_ref(&row));
        assert_eq!(found(&app, &format!("id eq '{id}'")).await, [row]);
    });
}

#[test]
fn the_correlation_is_the_id_of_the_request() {
    on_sqlite(async |house| {
        let app = house.app().await;
        let answer = app.post(&format!("{V1}/catalogs"), json!({ "displayName": "Traced" })).await.expect(201);
        let row = newest(&app, &answer.id()).await;
        assert_eq!(row["correlationId"], answer.header("request-id"));
    });
}

#[test]
fn what_has_no_index_is_refused_by_name() {
    on_sqlite(async |house| {
        let app = house.app().await;
        for (filter, name) in [
            ("operationType eq 'Add'", "operationType"),
            ("result eq 'success'", "result"),
            ("additionalDetails/any(d:d/key eq 'x')", "additionalDetails"),
            ("initiatedBy/user/ipAddress eq '::1'", "initiatedBy"),
            ("initiatedBy/user eq null", "initiatedBy"),
            ("initiatedBy eq null", "initiatedBy"),
            ("initiatedBy/nobody/id eq 'x'", "nobody"),
            ("targetResources/any(t:t/type eq 'User')", "targetResources"),
            ("targetResources/any(t:t eq null)", "targetResources"),
            ("targetResources/any(t:t/modifiedProperties/any(m:m/displayName eq 'x'))", "modifiedProperties"),
            ("targetResources/$count gt 1", "targetResources"),
            ("targetResources/id eq 'x'", "collection"),
        ] {
            let answer = app.get(&query(&format!("{LOG}?$filter={filter}"))).await;
            assert!(answer.message().contains(name) || answer.text().contains(name), "{filter}: {}", answer.text());
            answer.expect(400);
        }
        app.get(&query(&format!("{LOG}?$orderby=initiatedBy"))).await.expect(400).says("initiatedBy");
        app.get(&format!("{LOG}?$expand=targetResources")).await.expect(400).says("targetResources");
        app.get(&format!("{LOG}?$top=1001")).await.expect(400).says("1000");
    });
}

#[test]
fn the_newest_come_first_and_pages_go_on_where_they_ended() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let group = group(&app, "Busy").await;
        for number in 0..7 {
            let body = json!({ "description": format!("{number}") });
            app.patch(&format!("/v1.0/groups/{group}"), body).await.expect(204);
        }
        let walk = async |path: String| {
            let (mut rows, mut next) = (Vec::new(), Some(path));
            while let Some(path) = next {
                let page = app.get(&path).await.expect(200);
                assert!(page.values().len() <= 3);
                rows.extend(page.values().to_vec());
                next = page.json["@odata.nextLink"].as_str().map(str::to_owned);
            }
            rows
        };
        // Without the Z, times have the order of their texts.
        let times = |rows: &[Value]| -> Vec<String> {
            rows.iter().map(|row| row["activityDateTime"].as_str().unwrap().replace('Z', "")).collect()
        };
        let all = app.get(&format!("{LOG}?$top=1000")).await.expect(200).values().to_vec();
        assert_eq!(walk(format!("{LOG}?$top=3")).await, all);
        assert!(times(&all).is_sorted_by(|a, b| a >= b));
        let told = walk(query(&format!("{LOG}?$top=2&$filter=targetResources/any(t:t/id eq '{group}')"))).await;
        let described: Vec<Vec<String>> = told.iter().map(|row| modified(&row["targetResources"][0])).collect();
        assert_eq!(described.len(), 8);
        assert_eq!(described[0], ["description: \"5\" -> \"6\""]);
        assert_eq!(described[6], ["description: null -> \"0\""]);
        let oldest = walk(query(&format!("{LOG}?$top=3&$orderby=activityDateTime"))).await;
        assert!(times(&oldest).is_sorted());
        assert_eq!(oldest.len(), all.len());
        let named =
            walk(query(&format!("{LOG}?$top=3&$orderby=initiatedBy/app/displayName desc,activityDateTime"))).await;
        assert_eq!(named.len(), all.len());
        let last = walk(query(&format!("{LOG}?$top=3&$orderby=activityDisplayName"))).await;
        assert_eq!(last.len(), all.len());
        // A token of another order is none.
        let page = app.get(&query(&format!("{LOG}?$top=1&$orderby=activityDisplayName"))).await.expect(200);
        let next = page.json["@odata.nextLink"].as_str().unwrap();
        let token = next.split("skiptoken=").nth(1).unwrap();
        app.get(&format!("{LOG}?$top=1&$skiptoken={token}")).await.expect(400);
    });
}

#[test]
fn one_entry_its_parts_and_both_surfaces() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let group = group(&app, "Watched").await;
        let row = newest(&app, &group).await;
        let id = row["id"].as_str().unwrap();
        let mut one = app.get(&format!("{LOG}/{id}")).await.expect(200).json;
        let context = one.as_object_mut().unwrap().remove("@odata.context").unwrap();
        assert_eq!(one, row);
        assert!(context.as_str().unwrap().ends_with("/v1.0/$metadata#auditLogs/directoryAudits/$entity"), "{context}");
        assert!(row.get("userAgent").is_none());
        let beta = app.get(&format!("/beta/auditLogs/directoryAudits/{id}")).await.expect(200);
        assert_eq!((&beta.json["userAgent"], &beta.json["initiatedBy"]), (&Value::Null, &row["initiatedBy"]));
        assert!(beta.json.get("userAgent").is_some());
        // As people write it, too.
        app.get(&format!("/v1.0/auditlogs/directoryaudits/{id}")).await.expect(200);
        let some = app.get(&format!("{LOG}/{id}?$select=activityDisplayName,targetResources")).await.expect(200);
        let names: Vec<&String> = some.json.as_object().unwrap().keys().filter(|name| !name.starts_with('@')).collect();
        assert_eq!(names, ["activityDisplayName", "targetResources"]);
        let value = app.get(&format!("{LOG}/{id}/initiatedBy")).await.expect(200);
        assert_eq!(value.json["value"]["app"], row["initiatedBy"]["app"]);
        let count: u64 = app.get(&format!("{LOG}/$count")).await.expect(200).text().parse().unwrap();
        assert!(count > 20, "{count}");
        for path in [format!("{LOG}/{NOBODY}"), format!("{LOG}/x"), format!("/beta/auditLogs/directoryAudits/{NOBODY}")]
        {
            app.get(&path).await.expect(404);
        }
        app.get("/v1.0/auditLogs").await.expect(400);
        app.get("/v1.0/auditLogs/signIns").await.expect(400).says("signIns");
    });
}

#[test]
fn nobody_writes_into_the_log() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let before = app.get(&format!("{LOG}?$top=1000")).await.expect(200).json;
        let id = before["value"][0]["id"].as_str().unwrap();
        for (method, path) in [
            ("POST", LOG.to_owned()),
            ("PATCH", format!("{LOG}/{id}")),
            ("DELETE", format!("{LOG}/{id}")),
            ("PUT", format!("{LOG}/{id}")),
            ("DELETE", format!("/beta/auditLogs/directoryAudits/{id}")),
        ] {
            let body = (method != "DELETE").then(|| json!({ "activityDisplayName": "x" }).to_string());
            let answer = app.send(method, &path, body).await;
            // What is refused leaves no entry either.
            assert!((400..500).contains(&answer.status), "{method} {path}: {} {}", answer.status, answer.text());
        }
        assert_eq!(app.get(&format!("{LOG}?$top=1000")).await.expect(200).json, before);
    });
}

#[test]
fn a_secret_is_never_told() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let user = json!({
            "accountEnabled": true, "displayName": "Secretive", "mailNickname": "secretive",
            "userPrincipalName": "secretive@doorward.test", "passwordProfile": { "password": "first-Secret-8" },
        });
        let user = app.post("/v1.0/users", user).await.expect(201).id();
        let profile = json!({ "passwordProfile": { "password": "second-Secret-9" } });
        app.patch(&format!("/v1.0/users/{user}"), profile).await.expect(204);
        let application = app.post("/v1.0/applications", json!({ "displayName": "Keeper" })).await.expect(201).id();
        let path = format!("/v1.0/applications/{application}/addPassword");
        let made = app.post(&path, json!({ "passwordCredential": { "displayName": "for tests" } })).await.expect(200);
        let secret = made.json["secretText"].as_str().unwrap();
        let row = newest(&app, &application).await;
        let told = modified(&row["targetResources"][0]);
        assert!(told.iter().any(|each| each.contains(made.json["keyId"].as_str().unwrap())), "{told:?}");
        let log = app.get(&format!("{LOG}?$top=1000")).await.expect(200).text();
        for hidden in ["first-Secret-8", "second-Secret-9", secret, "argon2", "doorward-dev-secret", "passwordProfile"]
        {
            assert!(!log.contains(hidden), "{hidden} stands in the log");
        }
        assert!(!log.contains(&format!("\\\"{}\\\"", &secret[..3])), "the hint stands in the log");
    });
}

#[test]
fn a_tenant_reads_its_own_log() {
    on_each_engine(async |house| {
        let (ours, theirs) = (house.app().await, house.other_tenant().await);
        let group = group(&ours, "Ours").await;
        let row = newest(&ours, &group).await;
        let (id, correlation) = (row["id"].as_str().unwrap(), row["correlationId"].as_str().unwrap());
        theirs.get(&format!("{LOG}/{id}")).await.expect(404);
        for filter in [
            format!("targetResources/any(t:t/id eq '{group}')"),
            format!("correlationId eq '{correlation}'"),
            format!("id eq '{id}'"),
            format!("initiatedBy/app/appId eq '{DEV_APP}'"),
            "targetResources/any(t:t/displayName eq 'Ours')".to_owned(),
        ] {
            assert_eq!(found(&theirs, &filter).await, [] as [Value; 0], "{filter}");
        }
        let all = theirs.get(LOG).await.expect(200);
        assert!(!all.values().is_empty() && !all.text().contains("Ours"));
    });
}

#[test]
fn the_log_is_for_auditors() {
    on_each_engine(async |house| {
        let both = &["AuditLog.Read.All", "Directory.Read.All"][..];
        house.nobody().get(LOG).await.expect(401);
        for (roles, missing) in [
            (&["AuditLog.Read.All"][..], "Directory.Read.All"),
            (&["Directory.Read.All", "EntitlementManagement.ReadWrite.All"], "AuditLog.Read.All"),
            (&["EntitlementManagement.Read.All", "RoleManagement.Read.All"], "AuditLog.Read.All"),
        ] {
            house.app_with(roles).await.get(LOG).await.expect(403).says(missing);
        }
        house.app_with(both).await.get(LOG).await.expect(200);
        let app = house.app().await;
        let id = app.get(&format!("{LOG}?$top=1")).await.expect(200).ids().remove(0);
        // A user needs a role besides: without one the log is empty, and no entry of it is there.
        let eve = house.user("eve", both).await;
        assert_eq!(eve.get(LOG).await.expect(200).ids(), [] as [&str; 0]);
        eve.get(&format!("{LOG}/{id}")).await.expect(404);
        assert_eq!(
            eve.with("consistencylevel", "eventual").get(&format!("{LOG}/$count")).await.expect(200).text(),
            "0"
        );
        house.user("admin", &["Directory.Read.All"]).await.get(LOG).await.expect(403).says("AuditLog.Read.All");
        house.user("admin", both).await.get(&format!("{LOG}/{id}")).await.expect(200);
        let eves = house.user_id("eve").await;
        for role in ["Reports Reader", "Security Reader", "Security Administrator", "Global Reader"] {
            let definitions =
                query(&format!("/v1.0/roleManagement/directory/roleDefinitions?$filter=displayName eq '{role}'"));
            let definition = app.get(&definitions).await.expect(200).ids().remove(0);
            let held = json!({ "principalId": eves, "roleDefinitionId": definition, "directoryScopeId": "/" });
            let held = app.post("/v1.0/roleManagement/directory/roleAssignments", held).await.expect(201).id();
            eve.get(&format!("{LOG}/{id}")).await.expect(200);
            app.delete(&format!("/v1.0/roleManagement/directory/roleAssignments/{held}")).await.expect(204);
            eve.get(&format!("{LOG}/{id}")).await.expect(404);
        }
    });
}

#[test]
fn the_operator_leaves_a_trace() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let rows = found(&app, "initiatedBy/app/displayName eq 'Doorward command line'").await;
        let told: Vec<String> = rows
            .iter()
            .map(|row| format!("{}: {}", row["activityDisplayName"].as_str().unwrap(), targets(row).join(", ")))
            .collect();
        let client = "Doorward development";
        let mut expected = [
            format!("Create company: Organization {client}"),
            format!("Add application: Application {client}"),
            format!("Add service principal: ServicePrincipal {client}"),
            format!("Add app role assignment to service principal: ServicePrincipal {client}"),
            format!("Add delegated permission grant: ServicePrincipal {client}"),
            format!("Update application - Certificates and secrets management: Application {client}"),
        ];
        expected.sort();
        let mut sorted = told.clone();
        sorted.sort();
        assert_eq!(sorted, expected);
        let row = rows.iter().find(|row| row["activityDisplayName"] == "Add app role assignment to service principal");
        let given = modified(&row.unwrap()["targetResources"][0]);
        assert!(given[0].starts_with("appRoles: null -> [") && given[0].contains("\"AuditLog.Read.All\""), "{given:?}");
        let nobody = json!({ "appId": null, "displayName": "Doorward command line", "servicePrincipalId": null,
            "servicePrincipalName": null });
        assert!(rows.iter().all(|row| row["initiatedBy"]["app"] == nobody));
    });
}

#[test]
fn a_beta_change_is_told_like_any_other() {
    on_sqlite(async |house| {
        let app = house.app().await;
        let package = some_package(&app).await;
        let body = json!({ "displayName": "Renamed" });
        app.patch(&format!("{BETA}/accessPackages/{package}"), body).await.expect(204);
        let row = newest(&app, &package).await;
        assert_eq!(modified(&row["targetResources"][0]), ["displayName: \"Some package\" -> \"Renamed\""]);
    });
}
