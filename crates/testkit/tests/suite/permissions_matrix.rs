//! The permission table through the front door: for each operation, a token with nothing but the
//! least permission does it, and a token with everything but the permissions that allow it can't.

use crate::directory::{group, reference, user};
use auth::permission::ALL;
use serde_json::{Value, json};
use testkit::{Client, House, on_each_engine};

const EM: &str = "/identityGovernance/entitlementManagement";

struct Operation {
    method: &'static str,
    path: String,
    body: Value,
    success: u16,
    /// The least one first.
    allowed: &'static [&'static str],
}

fn operation(
    method: &'static str,
    path: impl Into<String>,
    body: Value,
    success: u16,
    allowed: &'static [&'static str],
) -> Operation {
    Operation { method, path: path.into(), body, success, allowed }
}

const EM_READ: &[&str] = &["EntitlementManagement.Read.All", "EntitlementManagement.ReadWrite.All"];
const EM_WRITE: &[&str] = &["EntitlementManagement.ReadWrite.All"];
const USER_WRITE: &[&str] = &["User.ReadWrite.All", "Directory.ReadWrite.All"];
const GROUP_WRITE: &[&str] = &["Group.ReadWrite.All", "Directory.ReadWrite.All"];
const MEMBER_WRITE: &[&str] = &["GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All"];

async fn send(client: &Client, operation: &Operation) -> u16 {
    let body = (!operation.body.is_null()).then(|| operation.body.to_string());
    client.send(operation.method, &operation.path, body).await.status
}

async fn check(house: &House, operations: Vec<Operation>) {
    for each in operations {
        let what = format!("{} {}", each.method, each.path);
        let others: Vec<&str> = ALL
            .iter()
            .filter(|def| def.role.is_some())
            .map(|def| def.name)
            .filter(|name| !each.allowed.contains(name))
            .collect();
        let without = house.app_with(&others).await;
        assert_eq!(send(&without, &each).await, 403, "{what} without {:?}", each.allowed);
        let least = house.app_with(&each.allowed[..1]).await;
        assert_eq!(send(&least, &each).await, each.success, "{what} with {}", each.allowed[0]);
    }
}

#[test]
fn entitlement_management() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (package, catalog) = (house.package_id("Enter payments").await, house.catalog_id("Payments").await);
        let (group, ann) = (group(&app, "G").await, user(&app, "Ann").await);
        let reader = "44272f93-9762-48e8-af59-1b5351b1d6b3";
        let role = json!({ "principalId": ann, "roleDefinitionId": reader, "appScopeId": format!("/AccessPackageCatalog/{catalog}") });
        let roles = "/v1.0/roleManagement/entitlementManagement/roleAssignments";
        let v1 = format!("/v1.0{EM}/accessPackages/{package}");
        let beta = format!("/beta{EM}/accessPackageCatalogs/{catalog}");
        check(
            house,
            vec![
                operation("GET", format!("/v1.0{EM}/catalogs"), Value::Null, 200, EM_READ),
                operation("GET", format!("{beta}/accessPackages/{package}"), Value::Null, 200, EM_READ),
                operation("GET", format!("{v1}/incompatibleGroups"), Value::Null, 200, EM_READ),
                operation("GET", format!("{v1}/accessPackagesIncompatibleWith/$count"), Value::Null, 200, EM_READ),
                operation("POST", format!("/v1.0{EM}/catalogs"), json!({ "displayName": "C" }), 201, EM_WRITE),
                operation("PATCH", beta.clone(), json!({ "description": "d" }), 204, EM_WRITE),
                operation(
                    "POST",
                    format!("/beta{EM}/accessPackages"),
                    json!({ "displayName": "P", "catalogId": catalog }),
                    201,
                    EM_WRITE,
                ),
                operation("PATCH", v1.clone(), json!({ "description": "d" }), 204, EM_WRITE),
                operation("POST", format!("{v1}/incompatibleGroups/$ref"), reference(&group), 204, EM_WRITE),
                operation("DELETE", format!("{v1}/incompatibleGroups/{group}/$ref"), Value::Null, 204, EM_WRITE),
                operation(
                    "POST",
                    format!("{beta}/accessPackages/{package}/incompatibleGroups"),
                    json!({ "@odata.type": "#microsoft.graph.group" }),
                    201,
                    EM_WRITE,
                ),
                operation(
                    "POST",
                    roles,
                    role,
                    201,
                    &["EntitlementManagement.ReadWrite.All", "RoleManagement.ReadWrite.Directory"],
                ),
                operation("DELETE", v1, Value::Null, 204, EM_WRITE),
            ],
        )
        .await;
    });
}

#[test]
fn users_and_groups() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (ann, bob, group) = (user(&app, "Ann").await, user(&app, "Bob").await, group(&app, "G").await);
        let new_user = json!({ "accountEnabled": true, "displayName": "N", "mailNickname": "n", "userPrincipalName": "n@doorward.test", "passwordProfile": { "password": "Correct-horse-1" } });
        let new_group =
            json!({ "displayName": "N", "mailEnabled": false, "mailNickname": "n", "securityEnabled": true });
        let user_read = &[
            "User.ReadBasic.All",
            "User.Read.All",
            "User.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ];
        let group_read = &[
            "Group.ReadBasic.All",
            "GroupMember.Read.All",
            "GroupMember.ReadWrite.All",
            "Group.Read.All",
            "Group.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ];
        let (u, g) = (format!("/v1.0/users/{ann}"), format!("/v1.0/groups/{group}"));
        check(
            house,
            vec![
                operation("GET", "/v1.0/users", Value::Null, 200, user_read),
                operation("GET", u.clone(), Value::Null, 200, user_read),
                operation("POST", "/v1.0/users", new_user, 201, USER_WRITE),
                operation("PATCH", u.clone(), json!({ "city": "Delft" }), 204, USER_WRITE),
                operation("PUT", format!("{u}/manager/$ref"), reference(&bob), 204, USER_WRITE),
                operation(
                    "GET",
                    format!("{u}/manager"),
                    Value::Null,
                    200,
                    &["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"],
                ),
                operation("DELETE", format!("{u}/manager/$ref"), Value::Null, 204, USER_WRITE),
                operation("GET", g.clone(), Value::Null, 200, group_read),
                operation(
                    "POST",
                    "/v1.0/groups",
                    new_group,
                    201,
                    &["Group.Create", "Group.ReadWrite.All", "Directory.ReadWrite.All"],
                ),
                operation("PATCH", g.clone(), json!({ "description": "d" }), 204, GROUP_WRITE),
                operation("POST", format!("{g}/members/$ref"), reference(&ann), 204, MEMBER_WRITE),
                operation("DELETE", format!("{g}/members/{ann}/$ref"), Value::Null, 204, MEMBER_WRITE),
                operation("POST", format!("{g}/owners/$ref"), reference(&ann), 204, GROUP_WRITE),
                operation(
                    "GET",
                    format!("{g}/owners"),
                    Value::Null,
                    200,
                    &[
                        "GroupMember.Read.All",
                        "GroupMember.ReadWrite.All",
                        "Group.Read.All",
                        "Group.ReadWrite.All",
                        "Directory.Read.All",
                        "Directory.ReadWrite.All",
                    ],
                ),
                operation("DELETE", g, Value::Null, 204, &["Group.ReadWrite.All"]),
                operation("DELETE", u, Value::Null, 204, &["User.DeleteRestore.All", "User.ReadWrite.All"]),
                operation(
                    "POST",
                    format!("/v1.0/directory/deletedItems/{ann}/restore"),
                    Value::Null,
                    200,
                    &["User.DeleteRestore.All", "User.ReadWrite.All"],
                ),
            ],
        )
        .await;
    });
}

#[test]
fn applications_roles_and_the_tenant() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let made = app.post("/v1.0/applications", json!({ "displayName": "A" })).await.expect(201);
        let path = format!("/v1.0/applications/{}", made.id());
        let ann = user(&app, "Ann").await;
        // The development client made it and owns it, so that OwnedBy is enough.
        let owned = &["Application.ReadWrite.OwnedBy", "Application.ReadWrite.All", "Directory.ReadWrite.All"];
        let read = &[
            "Application.Read.All",
            "Application.ReadWrite.OwnedBy",
            "Application.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ];
        let role = json!({ "principalId": ann, "roleDefinitionId": "f2ef992c-3afb-46b9-b7cf-a126ee74c451", "directoryScopeId": "/" });
        check(
            house,
            vec![
                operation("GET", path.clone(), Value::Null, 200, read),
                operation(
                    "POST",
                    "/v1.0/applications",
                    json!({ "displayName": "B" }),
                    201,
                    &[
                        "AppRegistration.Create",
                        "Application.ReadWrite.OwnedBy",
                        "Application.ReadWrite.All",
                        "Directory.ReadWrite.All",
                    ],
                ),
                operation("PATCH", path.clone(), json!({ "notes": "n" }), 204, owned),
                operation("POST", format!("{path}/addPassword"), json!({}), 200, owned),
                operation("POST", "/v1.0/servicePrincipals", json!({ "appId": made.json["appId"] }), 201, owned),
                operation("DELETE", path, Value::Null, 204, owned),
                operation(
                    "POST",
                    "/v1.0/roleManagement/directory/roleAssignments",
                    role,
                    201,
                    &["RoleManagement.ReadWrite.Directory"],
                ),
                operation(
                    "GET",
                    "/v1.0/organization",
                    Value::Null,
                    200,
                    &[
                        "Organization.Read.All",
                        "User.Read.All",
                        "Directory.Read.All",
                        "Organization.ReadWrite.All",
                        "Directory.ReadWrite.All",
                    ],
                ),
                operation(
                    "GET",
                    "/v1.0/domains",
                    Value::Null,
                    200,
                    &["Domain.Read.All", "Domain.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"],
                ),
            ],
        )
        .await;
    });
}

#[test]
fn whoever_may_only_manage_its_own_manages_nothing_else() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let mine = house.app_with(&["Application.ReadWrite.OwnedBy"]).await;
        let dev = app
            .get("/v1.0/applications(appId='22222222-2222-4222-8222-222222222222')?$select=id")
            .await
            .expect(200)
            .id();
        let made = mine.post("/v1.0/applications", json!({ "displayName": "Mine" })).await.expect(201).id();
        assert!(mine.get("/v1.0/applications").await.expect(200).values().len() >= 2);
        mine.patch(&format!("/v1.0/applications/{dev}"), json!({ "notes": "n" })).await.expect(403);
        mine.post(&format!("/v1.0/applications/{dev}/addPassword"), json!({})).await.expect(403);
        mine.delete(&format!("/v1.0/applications/{dev}")).await.expect(403);
        mine.patch(&format!("/v1.0/applications/{made}"), json!({ "notes": "n" })).await.expect(204);
        // Once it owns nothing of it any more, it manages it no longer.
        let owner = "22222222-2222-4222-8222-222222222223";
        app.delete(&format!("/v1.0/applications/{made}/owners/{owner}/$ref")).await.expect(204);
        mine.patch(&format!("/v1.0/applications/{made}"), json!({ "notes": "m" })).await.expect(403);
    });
}
