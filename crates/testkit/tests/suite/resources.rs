//! What a catalog hands out, on both surfaces: requests by which resources come and go, what is to be
//! seen of them, and the refusals.

use crate::steps::{BETA, NOBODY, V1, catalog, group, group_with, package, query, shown};
use serde_json::{Value, json};
use testkit::{Answer, Client, on_each_engine};

/// Asks for a group to come into a catalog.
pub async fn onboard(app: &Client, catalog: &str, group: &str) -> Answer {
    request(app, "adminAdd", catalog, json!({ "originId": group, "originSystem": "AadGroup" })).await
}

pub async fn request(app: &Client, kind: &str, catalog: &str, resource: Value) -> Answer {
    let body = json!({ "requestType": kind, "resource": resource, "catalog": { "id": catalog } });
    app.post(&format!("{V1}/resourceRequests"), body).await
}

pub async fn request_beta(app: &Client, kind: &str, catalog: &str, resource: Value) -> Answer {
    let body = json!({
        "requestType": kind, "accessPackageResource": resource, "catalogId": catalog, "executeImmediately": true,
        "justification": "because",
    });
    app.post(&format!("{BETA}/accessPackageResourceRequests"), body).await
}

/// The resource of an origin in a catalog.
pub async fn resource(app: &Client, catalog: &str, origin: &str) -> Value {
    let path = query(&format!("{V1}/catalogs/{catalog}/resources?$filter=originId eq '{origin}'&$expand=roles,scopes"));
    let found = app.get(&path).await.expect(200);
    assert_eq!(found.values().len(), 1, "{}", found.text());
    found.values()[0].clone()
}

/// A service principal with these app roles.
pub async fn service_principal(app: &Client, name: &str, roles: Value) -> String {
    let body = json!({ "displayName": name, "appRoles": roles });
    let app_id = app.post("/v1.0/applications", body).await.expect(201).json["appId"].clone();
    app.post("/v1.0/servicePrincipals", json!({ "appId": app_id })).await.expect(201).id()
}

fn app_role(number: u8, name: &str, to: &[&str]) -> Value {
    json!({
        "id": format!("00000000-0000-4000-8000-0000000000{number:02}"), "displayName": name, "value": name,
        "description": format!("May {name}."), "allowedMemberTypes": to, "isEnabled": true,
    })
}

#[test]
fn a_group_from_coming_to_going_on_v1() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (catalog, group) = (catalog(&app, "Sales").await, group(&app, "Sellers").await);
        let set = format!("{V1}/catalogs/{catalog}");
        let none = app.get(&query(&format!("{set}/resources?$filter=originId eq '{group}'"))).await.expect(200);
        assert!(none.values().is_empty());
        let made = onboard(&app, &catalog, &group).await.expect(201);
        assert_eq!(made.json["state"], "delivered");
        insta::assert_snapshot!("request_v1", shown(&made.json, house.host()));
        let id = made.id();
        assert_eq!(made.header("location"), format!("{}{V1}/resourceRequests/{id}", house.url()));

        let path = format!("{set}/resources?$filter=originId eq '{group}'&$expand=roles,scopes,environment");
        let found = app.get(&query(&path)).await.expect(200);
        insta::assert_snapshot!("resources_v1", shown(&found.json, house.host()).replace(&group, "[group]"));
        let resource = found.values()[0]["id"].as_str().unwrap().to_owned();
        let filter = format!("(originSystem+eq+'AadGroup'+and+resource/id+eq+'{resource}')");
        let roles = app.get(&format!("{set}/resourceRoles?$filter={filter}&$expand=resource")).await.expect(200);
        let mut origins = roles.strings("originId");
        origins.sort();
        assert_eq!(origins, [format!("Member_{group}"), format!("Owner_{group}")]);
        assert!(roles.values().iter().all(|role| role["resource"]["id"] == resource.as_str()));
        let scopes = app.get(&format!("{set}/resourceScopes")).await.expect(200);
        assert_eq!((scopes.values().len(), &scopes.values()[0]["isRootScope"]), (1, &json!(true)));
        for (path, size) in [
            (format!("{set}/resources/{resource}/roles"), 2),
            (format!("{set}/resources/{resource}/scopes"), 1),
            (format!("{V1}/resources/{resource}/roles?$filter=startswith(displayName,%20'Mem')"), 1),
            (format!("{V1}/resources?$filter=startswith(originId,%20'{}')", &group[..20]), 1),
            (format!("{V1}/resourceRequests?$filter=catalog/id%20eq%20'{catalog}'"), 1),
            (format!("{V1}/resourceEnvironments"), 0),
        ] {
            assert_eq!(app.get(&path).await.expect(200).values().len(), size, "{path}");
        }
        assert_eq!(app.get(&format!("{set}/resources/$count")).await.expect(200).text(), "1");
        // Roles have no set of their own: they are found where they were asked for.
        let full = app.with("accept", "application/json;odata.metadata=full");
        let one = full.get(&format!("{V1}/resources/{resource}/roles?$top=1")).await.expect(200);
        let url = one.values()[0]["@odata.id"].as_str().unwrap();
        assert_eq!(app.get(url).await.expect(200).id(), one.ids()[0]);
        let links = app.get(&format!("{set}/resourceRoles/$ref")).await.expect(200);
        assert_eq!(
            app.get(links.values()[0]["@odata.id"].as_str().unwrap()).await.expect(200).json["originSystem"],
            "AadGroup"
        );
        assert_eq!(app.get(&format!("{V1}/resources/{resource}")).await.expect(200).json["displayName"], "Sellers");
        let about = app.get(&format!("{V1}/resourceRequests/{id}?$expand=resource,catalog")).await.expect(200);
        assert_eq!(about.json["resource"]["id"], resource.as_str());
        assert_eq!(about.json["catalog"]["displayName"], "Sales");

        let gone = request(&app, "adminRemove", &catalog, json!({ "id": resource })).await.expect(201);
        assert_eq!((&gone.json["requestType"], &gone.json["state"]), (&json!("adminRemove"), &json!("delivered")));
        app.get(&format!("{V1}/resources/{resource}")).await.expect(404).error("ResourceNotFound");
        for part in ["resources", "resourceRoles", "resourceScopes"] {
            assert_eq!(app.get(&format!("{set}/{part}/$count")).await.expect(200).text(), "0");
        }
        let about = app.get(&format!("{V1}/resourceRequests/{id}?$expand=resource")).await.expect(200);
        assert_eq!(about.json["resource"], Value::Null);
        // It may come again.
        onboard(&app, &catalog, &group).await.expect(201);
    });
}

#[test]
fn a_group_from_coming_to_going_on_beta() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (catalog, group) = (catalog(&app, "Sales").await, group(&app, "Sellers").await);
        let set = format!("{BETA}/accessPackageCatalogs/{catalog}");
        // As Terraform goes about it.
        let find = |how: String| query(&format!("{set}/accessPackageResources?$filter={how}"));
        assert!(app.get(&find(format!("originId eq '{group}'"))).await.expect(200).values().is_empty());
        let origin = json!({ "originId": group, "originSystem": "AadGroup" });
        let made = request_beta(&app, "AdminAdd", &catalog, origin.clone()).await.expect(201);
        assert_eq!(
            (&made.json["requestState"], &made.json["requestStatus"]),
            (&json!("Delivered"), &json!("Fulfilled"))
        );
        insta::assert_snapshot!("request_beta", shown(&made.json, house.host()));
        let found = app.get(&find(format!("startswith(originId, '{group}')"))).await.expect(200);
        insta::assert_snapshot!("resources_beta", shown(&found.json, house.host()).replace(&group, "[group]"));
        let whole = found.values()[0].clone();
        let id = whole["id"].as_str().unwrap();
        let filter = format!("originSystem eq 'AadGroup' and accessPackageResource/id eq '{id}'");
        let path = format!("{set}/accessPackageResourceRoles?$filter={filter}&$expand=accessPackageResource");
        let roles = app.get(&query(&path)).await.expect(200);
        assert_eq!(roles.values().len(), 2);
        assert_eq!(roles.values()[0]["accessPackageResource"]["originId"], group.as_str());
        let requests = format!("{BETA}/accessPackageResourceRequests");
        let path = format!("{requests}/{}?$expand=requestor,accessPackageResource", made.id());
        let about = app.get(&path).await.expect(200);
        assert_eq!(about.json["requestor"]["displayName"], "Doorward development");
        assert_eq!(about.json["justification"], "because");
        assert_eq!(about.json["accessPackageResource"]["id"], id);
        let of_catalog = app.get(&query(&format!("{requests}?$filter=catalogId eq '{catalog}'"))).await.expect(200);
        assert_eq!(of_catalog.ids(), [made.id()]);

        // The whole resource as it was read, the way Terraform removes it.
        request_beta(&app, "AdminRemove", &catalog, whole).await.expect(201);
        request_beta(&app, "AdminAdd", &catalog, origin.clone()).await.expect(201);
        // By origin as well.
        request_beta(&app, "AdminRemove", &catalog, origin).await.expect(201);
        assert!(app.get(&format!("{set}/accessPackageResources")).await.expect(200).values().is_empty());
        // One subject for all of them.
        let all =
            app.get(&format!("{requests}?$expand=requestor&$filter=catalogId%20eq%20'{catalog}'")).await.expect(200);
        let subjects: Vec<_> = all.values().iter().map(|request| request["requestor"]["id"].clone()).collect();
        assert_eq!(subjects.len(), 4);
        assert!(subjects.iter().all(|subject| *subject == subjects[0]));
    });
}

#[test]
fn applications_bring_their_roles() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let catalog = catalog(&app, "Sales").await;
        let roles = json!([app_role(1, "read", &["User"]), app_role(2, "work", &["Application"])]);
        let (ledger, plain) =
            (service_principal(&app, "Ledger", roles).await, service_principal(&app, "Plain", json!([])).await);
        let origin = |id: &str| json!({ "originId": id, "originSystem": "AadApplication" });
        request(&app, "adminAdd", &catalog, origin(&ledger)).await.expect(201);
        request_beta(&app, "AdminAdd", &catalog, origin(&plain)).await.expect(201);
        let found = resource(&app, &catalog, &ledger).await;
        assert_eq!(found["displayName"], "Ledger");
        assert_eq!(found["roles"].as_array().unwrap().len(), 1);
        assert_eq!(found["roles"][0]["originId"], "00000000-0000-4000-8000-000000000001");
        assert_eq!(
            (&found["roles"][0]["displayName"], &found["roles"][0]["description"]),
            (&json!("read"), &json!("May read."))
        );
        assert_eq!(found["scopes"][0]["originId"], ledger.as_str());
        let other = resource(&app, &catalog, &plain).await;
        assert_eq!(other["roles"][0]["displayName"], "Default Access");
        assert_eq!(other["roles"][0]["originId"], "00000000-0000-0000-0000-000000000000");

        // What is new at the origin comes by a refresh, and not before.
        let more = json!([app_role(1, "look", &["User"]), app_role(3, "write", &["User", "Application"])]);
        let body = json!({ "displayName": "Big ledger", "appRoles": more, "description": "All accounts" });
        app.patch(&format!("/v1.0/servicePrincipals/{ledger}"), body).await.expect(204);
        assert_eq!(resource(&app, &catalog, &ledger).await["displayName"], "Ledger");
        let id = found["id"].as_str().unwrap();
        let answer = app.post(&format!("{V1}/catalogs/{catalog}/resources/{id}/refresh"), json!({})).await.expect(200);
        assert!(answer.body.is_empty());
        let fresh = resource(&app, &catalog, &ledger).await;
        assert_eq!((&fresh["displayName"], &fresh["description"]), (&json!("Big ledger"), &json!("All accounts")));
        let mut names: Vec<_> =
            fresh["roles"].as_array().unwrap().iter().map(|role| role["displayName"].as_str().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, ["look", "write"]);
        assert_eq!(fresh["id"], id);
    });
}

#[test]
fn a_refresh_reads_the_group_again() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (catalog, group) = (catalog(&app, "Sales").await, group(&app, "Sellers").await);
        onboard(&app, &catalog, &group).await.expect(201);
        let id = resource(&app, &catalog, &group).await["id"].as_str().unwrap().to_owned();
        let body = json!({ "displayName": "Vendors", "description": "They sell" });
        app.patch(&format!("/v1.0/groups/{group}"), body).await.expect(204);
        let path = format!("{BETA}/accessPackageCatalogs/{catalog}/accessPackageResources/{id}/refresh");
        app.send("POST", &path, None).await.expect(200);
        let fresh = resource(&app, &catalog, &group).await;
        assert_eq!((&fresh["displayName"], &fresh["description"]), (&json!("Vendors"), &json!("They sell")));
        for unknown in [
            format!("{V1}/catalogs/{catalog}/resources/{NOBODY}/refresh"),
            format!("{V1}/catalogs/{}/resources/{id}/refresh", house.catalog_id("General").await),
        ] {
            app.send("POST", &unknown, None).await.expect(404).error("ResourceNotFound");
        }
        // A group that is gone keeps its row, and has nothing to say.
        app.delete(&format!("/v1.0/groups/{group}")).await.expect(204);
        app.send("POST", &path, None).await.expect(404).error("ResourceNotFound").says("originId");
        assert_eq!(resource(&app, &catalog, &group).await["displayName"], "Vendors");
    });
}

#[test]
fn sites_bring_their_environment() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (catalog, other) = (catalog(&app, "Sales").await, catalog(&app, "Other").await);
        let site = "https://Contoso.sharepoint.com/sites/CSR";
        let origin = json!({ "originId": site, "originSystem": "SharePointOnline" });
        request(&app, "adminAdd", &catalog, origin.clone()).await.expect(201);
        let path = format!("{V1}/catalogs/{catalog}/resources?$expand=environment,roles,scopes");
        let found = app.get(&path).await.expect(200);
        insta::assert_snapshot!("site_v1", shown(&found.json, house.host()));
        let environment = found.values()[0]["environment"]["id"].as_str().unwrap().to_owned();
        let there = app.get(&format!("{BETA}/accessPackageResourceEnvironments/{environment}")).await.expect(200);
        insta::assert_snapshot!("environment_beta", shown(&there.json, house.host()));
        let sites = app.get(&format!("{V1}/resourceEnvironments/{environment}/resources")).await.expect(200);
        assert_eq!(sites.values().len(), 1);

        // Named in each way that the body has; there is one environment for the host.
        let set = format!("{BETA}/accessPackageResourceEnvironments/{environment}");
        for (at, how) in [
            json!({ "accessPackageResourceEnvironment@odata.bind": format!("accessPackageResourceEnvironments/{environment}") }),
            json!({ "accessPackageResourceEnvironment@odata.bind": format!("https://graph.microsoft.com{set}") }),
            json!({ "accessPackageResourceEnvironment": { "originId": "https://contoso.sharepoint.com/" } }),
            json!({ "accessPackageResourceEnvironment": { "id": environment } }),
        ]
        .into_iter()
        .enumerate()
        {
            let mut body = how;
            body["originId"] = json!(format!("https://contoso.sharepoint.com/sites/{at}"));
            body["originSystem"] = json!("SharePointOnline");
            body["displayName"] = json!(format!("Site {at}"));
            body["url"] = body["originId"].clone();
            body["resourceType"] = json!("SharePoint Online Site");
            request_beta(&app, "AdminAdd", &other, body).await.expect(201);
        }
        let sites = app.get(&format!("{set}/accessPackageResources?$orderby=displayName")).await.expect(200);
        assert_eq!(sites.strings("displayName"), ["CSR", "Site 0", "Site 1", "Site 2", "Site 3"]);
        assert_eq!(app.get(&format!("{V1}/resourceEnvironments")).await.expect(200).values().len(), 1);

        let at = |environment: Value| json!({ "originId": "https://elsewhere.test/a", "originSystem": "SharePointOnline", "environment": environment });
        for (resource, target, status) in [
            (at(json!({ "id": environment })), "resource/environment", 400),
            (at(json!({ "originId": "https://contoso.sharepoint.com/" })), "resource/environment", 400),
            (at(json!({ "id": NOBODY })), "resource/environment", 404),
            (at(json!({ "id": "x" })), "resource/environment/id", 400),
            (json!({ "originId": "contoso", "originSystem": "SharePointOnline" }), "resource/originId", 400),
            (json!({ "originId": "https:///x", "originSystem": "SharePointOnline" }), "resource/originId", 400),
        ] {
            request(&app, "adminAdd", &catalog, resource).await.expect(status).says(target);
        }
        request(&app, "adminAdd", &catalog, origin).await.expect(400).error("ResourceAlreadyOnboarded");
        // Nothing can be read from a site.
        let id = found.values()[0]["id"].as_str().unwrap();
        app.send("POST", &format!("{V1}/resources/{id}/refresh"), None).await.expect(200);
    });
}

#[test]
fn what_cannot_be_handed_out() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let catalog = catalog(&app, "Sales").await;
        let dynamic = json!({ "groupTypes": ["DynamicMembership"], "membershipRule": "user.department -eq \"x\"" });
        let dynamic = group_with(&app, "Dynamic", dynamic).await;
        let mail = group_with(&app, "List", json!({ "securityEnabled": false })).await;
        let unified = json!({ "groupTypes": ["Unified"], "mailEnabled": true, "securityEnabled": false });
        let unified = group_with(&app, "Unified", unified).await;
        let synced = group(&app, "Synced").await;
        let doc = if house.on_sqlite() {
            "'{\"onPremisesSyncEnabled\":true}'"
        } else {
            "'{\"onPremisesSyncEnabled\":true}'::json"
        };
        house.plant(&format!("UPDATE directory_object SET doc = {doc} WHERE display_name = 'Synced'")).await;
        let deleted = group(&app, "Deleted").await;
        app.delete(&format!("/v1.0/groups/{deleted}")).await.expect(204);
        let (ada, plain) = (house.user_id("ada").await, group(&app, "Plain").await);
        let sp = service_principal(&app, "Ledger", json!([])).await;
        let named = |id: &str, system: &str| json!({ "originId": id, "originSystem": system });
        for (resource, status, code, target) in [
            (named(&dynamic, "AadGroup"), 400, "InvalidModel", "originId"),
            (named(&mail, "AadGroup"), 400, "InvalidModel", "originId"),
            (named(&synced, "AadGroup"), 400, "InvalidModel", "originId"),
            (named(&deleted, "AadGroup"), 404, "ResourceNotFound", "originId"),
            (named(NOBODY, "AadGroup"), 404, "ResourceNotFound", "originId"),
            (named("nobody", "AadGroup"), 400, "InvalidModel", "originId"),
            (named(&ada, "AadGroup"), 400, "InvalidModel", "originId"),
            (named(&sp, "AadGroup"), 400, "InvalidModel", "originId"),
            (named(&plain, "AadApplication"), 400, "InvalidModel", "originId"),
            (named(&plain, "Azure"), 400, "InvalidModel", "originSystem"),
            (json!({ "originId": plain }), 400, "InvalidModel", "originSystem"),
            (json!({ "originSystem": "AadGroup" }), 400, "InvalidModel", "originId"),
            (json!({ "originId": 7, "originSystem": "AadGroup" }), 400, "InvalidModel", "originId"),
            (json!({ "id": plain }), 400, "InvalidModel", "originId"),
            (json!({}), 400, "InvalidModel", "originId"),
            (json!({ "nonsense": 1 }), 400, "InvalidModel", "resource/nonsense"),
            (json!([]), 400, "InvalidModel", "resource"),
            (Value::Null, 400, "InvalidModel", "resource"),
        ] {
            let what = resource.to_string();
            let answer = request(&app, "adminAdd", &catalog, resource.clone()).await.expect(status).error(code);
            assert!(answer.message().contains(target), "{what}: {}", answer.message());
            if target == "resource/nonsense" || target == "resource" {
                continue;
            }
            let beta = request_beta(&app, "AdminAdd", &catalog, resource).await.expect(status).error(code);
            assert!(beta.message().contains(&format!("accessPackageResource/{target}")), "{what}: {}", beta.message());
        }
        onboard(&app, &catalog, &unified).await.expect(201);
        assert_eq!(app.get(&format!("{V1}/catalogs/{catalog}/resources/$count")).await.expect(200).text(), "1");
    });
}

#[test]
fn what_a_request_has_to_say() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (catalog, group) = (catalog(&app, "Sales").await, group(&app, "Sellers").await);
        let resource = json!({ "originId": group, "originSystem": "AadGroup" });
        let v1 = format!("{V1}/resourceRequests");
        let beta = format!("{BETA}/accessPackageResourceRequests");
        let in_catalog = json!({ "id": catalog });
        for (path, body, status, target) in [
            (&v1, json!({ "resource": resource, "catalog": in_catalog }), 400, "requestType"),
            (&v1, json!({ "requestType": "userAdd", "resource": resource, "catalog": in_catalog }), 400, "requestType"),
            (&v1, json!({ "requestType": "never", "resource": resource, "catalog": in_catalog }), 400, "requestType"),
            (&v1, json!({ "requestType": "adminAdd", "resource": resource }), 400, "catalog/id"),
            (&v1, json!({ "requestType": "adminAdd", "catalog": in_catalog }), 400, "resource"),
            (
                &v1,
                json!({ "requestType": "adminAdd", "resource": resource, "catalog": { "id": "x" } }),
                400,
                "catalog/id",
            ),
            (
                &v1,
                json!({ "requestType": "adminAdd", "resource": resource, "catalog": { "id": NOBODY } }),
                404,
                "catalog/id",
            ),
            (&v1, json!({ "requestType": "adminAdd", "resource": resource, "catalogId": catalog }), 400, "catalogId"),
            (
                &v1,
                json!({ "requestType": "adminRemove", "resource": { "id": NOBODY }, "catalog": in_catalog }),
                404,
                "resource/id",
            ),
            (
                &v1,
                json!({ "requestType": "adminRemove", "resource": resource, "catalog": in_catalog }),
                404,
                "resource/originId",
            ),
            (
                &v1,
                json!({ "requestType": "adminUpdate", "resource": { "id": NOBODY }, "catalog": in_catalog }),
                404,
                "resource/id",
            ),
            (
                &beta,
                json!({ "requestType": "UserAdd", "accessPackageResource": resource, "catalogId": catalog }),
                400,
                "requestType",
            ),
            (&beta, json!({ "requestType": "AdminAdd", "accessPackageResource": resource }), 400, "catalogId"),
            (
                &beta,
                json!({ "requestType": "AdminAdd", "accessPackageResource": resource, "catalogId": "x" }),
                400,
                "catalogId",
            ),
            (
                &beta,
                json!({ "requestType": "AdminAdd", "accessPackageResource": resource, "catalogId": NOBODY }),
                404,
                "catalogId",
            ),
            (&beta, json!({ "requestType": "AdminAdd", "resource": resource, "catalogId": catalog }), 400, "resource"),
            (&beta, json!({ "requestType": "AdminAdd", "catalogId": catalog }), 400, "accessPackageResource"),
        ] {
            app.post(path, body).await.expect(status).says(target);
        }
        // What isn't there can't be posted to.
        for path in ["resources", "resourceEnvironments", "resourceRoleScopes"] {
            app.post(&format!("{V1}/{path}"), json!({})).await.expect(405);
        }
        onboard(&app, &catalog, &group).await.expect(201);
        let path = format!(
            "{V1}/resources/{}",
            super::resources::resource(&app, &catalog, &group).await["id"].as_str().unwrap()
        );
        app.patch(&path, json!({ "displayName": "x" })).await.expect(405);
        app.delete(&path).await.expect(405);
    });
}

#[test]
fn what_a_resource_request_says_is_kept() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let catalog = catalog(&app, "Sales").await;
        for immediately in [true, false] {
            let group = group(&app, &format!("Sellers {immediately}")).await;
            let body = json!({
                "requestType": "AdminAdd", "catalogId": catalog, "justification": format!("Why {immediately}"),
                "executeImmediately": immediately,
                "accessPackageResource": { "originId": group, "originSystem": "AadGroup" },
            });
            let path = format!("{BETA}/accessPackageResourceRequests");
            let made = app.post(&path, body).await.expect(201).json;
            assert_eq!(made["justification"], json!(format!("Why {immediately}")));
            assert_eq!(made["executeImmediately"], json!(immediately));
        }
    });
}

#[test]
fn an_id_and_an_origin_in_a_resource_request_name_one_resource() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let catalog = catalog(&app, "Sales").await;
        let (one, other) = (group(&app, "One").await, group(&app, "Other").await);
        onboard(&app, &catalog, &one).await.expect(201);
        onboard(&app, &catalog, &other).await.expect(201);
        let id = resource(&app, &catalog, &one).await["id"].clone();
        let both = |origin: &str| json!({ "id": id, "originId": origin, "originSystem": "AadGroup" });
        for kind in ["adminUpdate", "adminRemove"] {
            request(&app, kind, &catalog, both(&other)).await.expect(400).says("resource/originId");
            request_beta(&app, kind, &catalog, both(&other)).await.expect(400).says("accessPackageResource/originId");
        }
        // What comes into a catalog gets its id there.
        let new = group(&app, "New").await;
        request(&app, "adminAdd", &catalog, both(&new)).await.expect(400).says("resource/id");
        let nested = json!({ "id": id, "environment": { "id": id } });
        request(&app, "adminRemove", &catalog, nested).await.expect(400).says("resource/environment");
        request(&app, "adminRemove", &catalog, both(&one)).await.expect(201);
        let left = app.get(&format!("{V1}/catalogs/{catalog}/resources")).await.expect(200);
        assert_eq!(left.strings("originId"), [other]);
    });
}

#[test]
fn a_resource_is_in_a_catalog_once() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (one, two) = (catalog(&app, "One").await, catalog(&app, "Two").await);
        let group = group(&app, "Sellers").await;
        onboard(&app, &one, &group).await.expect(201);
        onboard(&app, &one, &group.to_uppercase())
            .await
            .expect(400)
            .error("ResourceAlreadyOnboarded")
            .says("resource/originId");
        let origin = json!({ "originId": group, "originSystem": "AadGroup" });
        request_beta(&app, "AdminAdd", &one, origin).await.expect(400).error("ResourceAlreadyOnboarded");
        onboard(&app, &two, &group).await.expect(201);
        assert_eq!(
            app.get(&query(&format!("{V1}/resources?$filter=originId eq '{group}'"))).await.expect(200).values().len(),
            2
        );
        // The resource of another catalog is not this one's to remove.
        let other = resource(&app, &two, &group).await["id"].clone();
        request(&app, "adminRemove", &one, json!({ "id": other })).await.expect(404).says("resource/id");
    });
}

#[test]
fn many_at_once_bring_it_in_once() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (catalog, group) = (catalog(&app, "Sales").await, group(&app, "Sellers").await);
        let answers = futures_util::future::join_all((0..8).map(|_| onboard(&app, &catalog, &group))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
        for answer in answers.into_iter().filter(|answer| answer.status != 201) {
            answer.expect(400).error("ResourceAlreadyOnboarded");
        }
    });
}

#[test]
fn a_question_changes_nothing() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (catalog, group) = (catalog(&app, "Sales").await, group(&app, "Sellers").await);
        let ask = async |kind: &str, resource: Value| {
            let body = json!({
                "requestType": kind, "accessPackageResource": resource, "catalogId": catalog, "isValidationOnly": true,
            });
            app.post(&format!("{BETA}/accessPackageResourceRequests"), body).await
        };
        let origin = json!({ "originId": group, "originSystem": "AadGroup" });
        let answer = ask("AdminAdd", origin.clone()).await.expect(201);
        assert_eq!(
            (&answer.json["isValidationOnly"], &answer.json["requestState"]),
            (&json!(true), &json!("Delivered"))
        );
        let count = format!("{V1}/catalogs/{catalog}/resources/$count");
        assert_eq!(app.get(&count).await.expect(200).text(), "0");
        ask("AdminRemove", origin.clone()).await.expect(404);
        ask("AdminAdd", json!({ "originId": NOBODY, "originSystem": "AadGroup" })).await.expect(404);
        onboard(&app, &catalog, &group).await.expect(201);
        ask("AdminAdd", origin.clone()).await.expect(400).error("ResourceAlreadyOnboarded");
        ask("AdminRemove", origin.clone()).await.expect(201);
        ask("AdminUpdate", json!({ "originId": group, "originSystem": "AadGroup", "displayName": "Other" }))
            .await
            .expect(201);
        assert_eq!(resource(&app, &catalog, &group).await["displayName"], "Sellers");
    });
}

#[test]
fn an_update_renames_the_resource() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (catalog, group) = (catalog(&app, "Sales").await, group(&app, "Sellers").await);
        onboard(&app, &catalog, &group).await.expect(201);
        let id = resource(&app, &catalog, &group).await["id"].clone();
        let change = |what: Value| {
            let mut body = what;
            body["id"] = id.clone();
            body
        };
        let body = change(json!({ "displayName": "Sales people", "description": "All of them" }));
        request(&app, "adminUpdate", &catalog, body).await.expect(201);
        let found = resource(&app, &catalog, &group).await;
        assert_eq!((&found["displayName"], &found["description"]), (&json!("Sales people"), &json!("All of them")));
        request_beta(&app, "AdminUpdate", &catalog, change(json!({ "description": null }))).await.expect(201);
        let found = resource(&app, &catalog, &group).await;
        assert_eq!((&found["displayName"], &found["description"]), (&json!("Sales people"), &Value::Null));
        let body = change(json!({ "displayName": " " }));
        request(&app, "adminUpdate", &catalog, body).await.expect(400).says("resource/displayName");
        let body = change(json!({ "displayName": "x".repeat(257) }));
        request_beta(&app, "AdminUpdate", &catalog, body).await.expect(400).says("accessPackageResource/displayName");
    });
}

#[test]
fn resources_go_with_their_catalog() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (catalog, group) = (catalog(&app, "Sales").await, group(&app, "Sellers").await);
        onboard(&app, &catalog, &group).await.expect(201);
        let id = resource(&app, &catalog, &group).await["id"].as_str().unwrap().to_owned();
        let package = package(&app, &catalog, "P").await;
        app.delete(&format!("{V1}/catalogs/{catalog}")).await.expect(400);
        app.delete(&format!("{V1}/accessPackages/{package}")).await.expect(204);
        app.delete(&format!("{V1}/catalogs/{catalog}")).await.expect(204);
        app.get(&format!("{V1}/resources/{id}")).await.expect(404);
        assert_eq!(
            app.get(&query(&format!("{V1}/resources?$filter=originId eq '{group}'"))).await.expect(200).values().len(),
            0
        );
    });
}

#[test]
fn no_data_is_uploaded() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (catalog, group) = (catalog(&app, "Sales").await, group(&app, "Sellers").await);
        onboard(&app, &catalog, &group).await.expect(201);
        let id = resource(&app, &catalog, &group).await["id"].as_str().unwrap().to_owned();
        let path = format!("{V1}/catalogs/{catalog}/resources/{id}/uploadSessions");
        app.get(&path).await.expect(400).error("BadRequest").says("uploadSessions");
        app.post(&path, json!({})).await.expect(400).error("BadRequest").says("uploadSessions");
        let typed = json!({
            "@odata.type": "#microsoft.graph.customDataProvidedResource", "originId": "x", "originSystem": "AadGroup",
        });
        request(&app, "adminAdd", &catalog, typed).await.expect(400).says("@odata.type");
        let asked = json!({ "originId": group, "originSystem": "AadGroup", "attributes": [] });
        request(&app, "adminUpdate", &catalog, asked).await.expect(400).says("resource/attributes");
    });
}

#[test]
fn what_a_resource_does_not_have_is_said_to_be_null() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (catalog, group) = (catalog(&app, "Sales").await, group(&app, "Sellers").await);
        onboard(&app, &catalog, &group).await.expect(201);
        let id = resource(&app, &catalog, &group).await["id"].as_str().unwrap().to_owned();
        let environment = format!("{V1}/catalogs/{catalog}/resources/{id}/environment");
        let none = app.get(&environment).await.expect(404).error("ResourceNotFound");
        assert_eq!(none.message(), "There is nothing at 'environment': it is null.");
    });
}
