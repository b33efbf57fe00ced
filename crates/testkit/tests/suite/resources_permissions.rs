//! Who may see what catalogs hand out, who may bring it in, and that other tenants see nothing of it.

use crate::directory::make_user;
use crate::resources::{onboard, request, resource, service_principal};
use crate::steps::{BETA, V1, catalog, group, package};
use auth::permission::ALL;
use serde_json::{Value, json};
use testkit::{Client, House, on_each_engine};

const ROLES: &str = "/v1.0/roleManagement/entitlementManagement/roleAssignments";
const DIRECTORY_ROLES: &str = "/v1.0/roleManagement/directory/roleAssignments";
const OWNER: &str = "ae79f266-94d4-4dab-b730-feca7e132178";
const READER: &str = "44272f93-9762-48e8-af59-1b5351b1d6b3";
const MANAGER: &str = "7f480852-ebdc-47d4-87de-0d8498384a83";
const GROUPS: &str = "fdd7a751-b60b-444a-984c-02652fe8fa1c";
const APPLICATIONS: &str = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3";

/// A user with every scope, and her id.
async fn somebody(house: &House, app: &Client, name: &str) -> (Client, String) {
    let made = make_user(app, name, json!({})).await.expect(201);
    let principal = made.json["userPrincipalName"].as_str().unwrap().to_owned();
    (house.user(&principal, &[]).await, made.id())
}

async fn assign(app: &Client, principal: &str, role: &str, catalog: &str) {
    let scope = format!("/AccessPackageCatalog/{catalog}");
    let body = json!({ "principalId": principal, "roleDefinitionId": role, "appScopeId": scope });
    app.post(ROLES, body).await.expect(201);
}

async fn assign_directory(app: &Client, principal: &str, role: &str) {
    let body = json!({ "principalId": principal, "roleDefinitionId": role, "directoryScopeId": "/" });
    app.post(DIRECTORY_ROLES, body).await.expect(201);
}

fn member(resource: &Value) -> Value {
    json!({ "role": { "id": resource["roles"][0]["id"] } })
}

#[test]
fn applications_need_the_permissions() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (catalog, team) = (catalog(&app, "Sales").await, group(&app, "Sellers").await);
        let package = package(&app, &catalog, "Orders").await;
        onboard(&app, &catalog, &team).await.expect(201);
        let there = resource(&app, &catalog, &team).await;
        let id = there["id"].as_str().unwrap();
        let without = |names: &'static [&'static str]| {
            let all = ALL.iter().filter(|def| def.role.is_some()).map(|def| def.name);
            all.filter(|name| !names.contains(name)).collect::<Vec<_>>()
        };
        let unread =
            house.app_with(&without(&["EntitlementManagement.Read.All", "EntitlementManagement.ReadWrite.All"])).await;
        let reader = house.app_with(&["EntitlementManagement.Read.All"]).await;
        for path in [
            format!("{V1}/resources"),
            format!("{V1}/resourceRequests"),
            format!("{V1}/resourceRoleScopes"),
            format!("{V1}/resourceEnvironments"),
            format!("{V1}/catalogs/{catalog}/resources?$expand=roles,scopes,environment"),
            format!("{V1}/catalogs/{catalog}/resourceRoles?$expand=resource"),
            format!("{V1}/catalogs/{catalog}/resourceScopes"),
            format!("{V1}/accessPackages/{package}/resourceRoleScopes?$expand=role,scope"),
            format!("{BETA}/accessPackageResourceRequests?$expand=requestor,accessPackageResource"),
        ] {
            unread.get(&path).await.expect(403);
            reader.get(&path).await.expect(200);
        }
        let unwritten = house.app_with(&without(&["EntitlementManagement.ReadWrite.All"])).await;
        let writer = house.app_with(&["EntitlementManagement.ReadWrite.All"]).await;
        let other = group(&app, "Others").await;
        onboard(&unwritten, &catalog, &other).await.expect(403);
        onboard(&writer, &catalog, &other).await.expect(400).error("CallerNotResourceOwner").says("resource/originId");
        let both = ["EntitlementManagement.ReadWrite.All", "Group.ReadWrite.All"];
        onboard(&house.app_with(&both).await, &catalog, &other).await.expect(201);
        // Groups that can hold roles are for those who hand out roles.
        let body = json!({
            "displayName": "Admins", "mailEnabled": false, "mailNickname": "admins", "securityEnabled": true,
            "isAssignableToRole": true,
        });
        let admins = app.post("/v1.0/groups", body).await.expect(201).id();
        onboard(&house.app_with(&both).await, &catalog, &admins).await.expect(400).error("CallerNotResourceOwner");
        onboard(&app, &catalog, &admins).await.expect(201);
        let ledger = service_principal(&app, "Ledger", json!([])).await;
        let origin = json!({ "originId": ledger, "originSystem": "AadApplication" });
        let refused = request(&house.app_with(&both).await, "adminAdd", &catalog, origin.clone()).await.expect(400);
        refused.error("CallerNotResourceOwner");
        let apps = ["EntitlementManagement.ReadWrite.All", "Application.ReadWrite.All"];
        request(&house.app_with(&apps).await, "adminAdd", &catalog, origin).await.expect(201);

        let set = format!("{V1}/accessPackages/{package}/resourceRoleScopes");
        unwritten.post(&set, member(&there)).await.expect(403);
        let made = writer.post(&set, member(&there)).await.expect(201).id();
        unwritten.delete(&format!("{set}/{made}")).await.expect(403);
        writer.delete(&format!("{set}/{made}")).await.expect(204);
        let refresh = format!("{V1}/catalogs/{catalog}/resources/{id}/refresh");
        unwritten.send("POST", &refresh, None).await.expect(403);
        writer.send("POST", &refresh, None).await.expect(200);
        // What is there already may be changed and removed by whoever rules the catalog.
        request(&writer, "adminRemove", &catalog, json!({ "id": id })).await.expect(201);
    });
}

#[test]
fn users_hand_out_what_they_own() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let catalog = catalog(&app, "Sales").await;
        let (she, id) = somebody(house, &app, "She").await;
        assign(&app, &id, OWNER, &catalog).await;
        let (mine, theirs) = (group(&she, "Mine").await, group(&app, "Theirs").await);
        onboard(&she, &catalog, &mine).await.expect(201);
        onboard(&she, &catalog, &theirs).await.expect(400).error("CallerNotResourceOwner");
        let ledger = service_principal(&app, "Ledger", json!([])).await;
        let origin = json!({ "originId": ledger, "originSystem": "AadApplication" });
        request(&she, "adminAdd", &catalog, origin.clone()).await.expect(400).error("CallerNotResourceOwner");
        assign_directory(&app, &id, GROUPS).await;
        onboard(&she, &catalog, &theirs).await.expect(201);
        request(&she, "adminAdd", &catalog, origin.clone()).await.expect(400).error("CallerNotResourceOwner");
        assign_directory(&app, &id, APPLICATIONS).await;
        request(&she, "adminAdd", &catalog, origin).await.expect(201);
        // A site has no owner that could be asked.
        let site =
            json!({ "originId": "https://contoso.sharepoint.com/sites/CSR", "originSystem": "SharePointOnline" });
        request(&she, "adminAdd", &catalog, site).await.expect(201);
        // The scope of entitlement management is enough in the token; the office does the rest.
        let other = group(&app, "Other").await;
        let made = app.get(&format!("/v1.0/users/{id}?$select=userPrincipalName")).await.expect(200);
        let name = made.json["userPrincipalName"].as_str().unwrap();
        let narrow = house.user(name, &["EntitlementManagement.ReadWrite.All"]).await;
        onboard(&narrow, &catalog, &other).await.expect(201);
        let narrow = house.user(name, &["EntitlementManagement.Read.All", "Group.ReadWrite.All"]).await;
        onboard(&narrow, &catalog, &mine).await.expect(403);
    });
}

#[test]
fn roles_reach_their_catalog() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (ours, theirs) = (catalog(&app, "Ours").await, catalog(&app, "Theirs").await);
        let team = group(&app, "Sellers").await;
        for catalog in [&ours, &theirs] {
            onboard(&app, catalog, &team).await.expect(201);
        }
        let site = |at: &str| json!({ "originId": format!("https://{at}.sharepoint.com/a"), "originSystem": "SharePointOnline" });
        request(&app, "adminAdd", &ours, site("ours")).await.expect(201);
        request(&app, "adminAdd", &theirs, site("theirs")).await.expect(201);
        let (here, there) = (resource(&app, &ours, &team).await, resource(&app, &theirs, &team).await);
        let (package, other) = (package(&app, &ours, "Ours").await, package(&app, &theirs, "Theirs").await);
        let set = |package: &str| format!("{V1}/accessPackages/{package}/resourceRoleScopes");
        app.post(&set(&other), member(&there)).await.expect(201);

        let (reader, id) = somebody(house, &app, "Reader").await;
        assert!(reader.get(&format!("{V1}/resources")).await.expect(200).values().is_empty());
        reader.get(&format!("{V1}/catalogs/{ours}/resources")).await.expect(404);
        assign(&app, &id, READER, &ours).await;
        let (manager, id) = somebody(house, &app, "Manager").await;
        assign(&app, &id, MANAGER, &ours).await;
        let (owner, id) = somebody(house, &app, "Owner").await;
        assign(&app, &id, OWNER, &ours).await;
        assign_directory(&app, &id, GROUPS).await;
        for client in [&reader, &manager, &owner] {
            let seen = client.get(&format!("{V1}/resources?$expand=roles,environment")).await.expect(200);
            assert_eq!(seen.values().len(), 2);
            assert_eq!(client.get(&format!("{V1}/resourceRequests")).await.expect(200).values().len(), 2);
            assert!(client.get(&format!("{V1}/resourceRoleScopes")).await.expect(200).values().is_empty());
            let hosts = client.get(&format!("{V1}/resourceEnvironments")).await.expect(200);
            assert_eq!(hosts.strings("displayName"), ["ours.sharepoint.com"]);
            client.get(&format!("{V1}/resources/{}", there["id"].as_str().unwrap())).await.expect(404);
            client.get(&set(&other)).await.expect(404);
            let filter = format!(
                "{V1}/catalogs/{ours}/resourceRoles?$filter=resource/id%20eq%20'{}'",
                here["id"].as_str().unwrap()
            );
            assert_eq!(client.get(&filter).await.expect(200).values().len(), 2);
        }
        // Reading is all that a reader does.
        let refresh = |resource: &Value| format!("{V1}/resources/{}/refresh", resource["id"].as_str().unwrap());
        reader.post(&set(&package), member(&here)).await.expect(403);
        reader.send("POST", &refresh(&here), None).await.expect(403);
        onboard(&reader, &ours, &team).await.expect(403);
        // A package manager brings what is there, and brings nothing in.
        let extra = group(&app, "Extra").await;
        onboard(&manager, &ours, &extra).await.expect(403);
        request(&manager, "adminRemove", &ours, json!({ "id": here["id"] })).await.expect(403);
        let made = manager.post(&set(&package), member(&here)).await.expect(201).id();
        manager.delete(&format!("{}/{made}", set(&package))).await.expect(204);
        manager.send("POST", &refresh(&here), None).await.expect(200);
        // Other catalogs are not there for any of them.
        for client in [&manager, &owner] {
            client.post(&set(&other), member(&there)).await.expect(404);
            client
                .delete(&format!(
                    "{}/{}_{}",
                    set(&other),
                    there["roles"][0]["id"].as_str().unwrap(),
                    there["scopes"][0]["id"].as_str().unwrap()
                ))
                .await
                .expect(404);
            client.send("POST", &refresh(&there), None).await.expect(404);
            let body =
                json!({ "role": { "originId": "x", "originSystem": "AadGroup", "resource": { "id": there["id"] } } });
            client.post(&set(&package), body).await.expect(404).says("role/resource");
        }
        onboard(&owner, &ours, &extra).await.expect(201);
        onboard(&owner, &theirs, &extra).await.expect(404).says("catalog/id");
        request(&owner, "adminRemove", &theirs, json!({ "id": there["id"] })).await.expect(404);
        request(&owner, "adminRemove", &ours, json!({ "id": there["id"] })).await.expect(404).says("resource/id");
        request(&owner, "adminRemove", &ours, json!({ "id": here["id"] })).await.expect(201);
    });
}

#[test]
fn other_tenants_see_nothing_of_it() {
    on_each_engine(async |house| {
        let (ours, theirs) = (house.app().await, house.other_tenant().await);
        let (mine, team) = (catalog(&ours, "Ours").await, group(&ours, "Sellers").await);
        let made = onboard(&ours, &mine, &team).await.expect(201).id();
        let there = resource(&ours, &mine, &team).await;
        let id = there["id"].as_str().unwrap();
        let package = package(&ours, &mine, "Ours").await;
        let set = format!("{V1}/accessPackages/{package}/resourceRoleScopes");
        let key = ours.post(&set, member(&there)).await.expect(201).id();
        for path in [
            format!("{V1}/resources/{id}"),
            format!("{V1}/resources/{id}/roles"),
            format!("{V1}/resourceRequests/{made}"),
            format!("{V1}/resourceRoleScopes/{key}"),
            format!("{V1}/catalogs/{mine}/resources"),
            format!("{V1}/catalogs/{mine}/resources/{id}"),
            format!("{BETA}/accessPackageCatalogs/{mine}/accessPackageResourceRoles"),
            set.clone(),
            format!("{set}/{key}"),
        ] {
            theirs.get(&path).await.expect(404);
        }
        for set in ["resources", "resourceRequests", "resourceRoleScopes"] {
            assert!(theirs.get(&format!("{V1}/{set}")).await.expect(200).values().is_empty());
        }
        let own = catalog(&theirs, "Theirs").await;
        onboard(&theirs, &mine, &team).await.expect(404).says("catalog/id");
        onboard(&theirs, &own, &team).await.expect(404).says("resource/originId");
        request(&theirs, "adminRemove", &own, json!({ "id": id })).await.expect(404);
        theirs.send("POST", &format!("{V1}/resources/{id}/refresh"), None).await.expect(404);
        theirs.post(&set, member(&there)).await.expect(404);
        theirs.delete(&format!("{set}/{key}")).await.expect(404);
        let own = crate::steps::package(&theirs, &own, "Theirs").await;
        let other = format!("{V1}/accessPackages/{own}/resourceRoleScopes");
        theirs.post(&other, member(&there)).await.expect(404).error("RoleNotFound");
    });
}
