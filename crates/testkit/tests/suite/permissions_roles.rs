//! What users may do by their roles, by what they own, and by the scopes of their tokens.

use crate::directory::{add_member, eventual, group, make_group, make_user, reference, user};
use serde_json::{Value, json};
use testkit::{Client, House, on_each_engine};

const EM: &str = "/v1.0/identityGovernance/entitlementManagement";
const BETA: &str = "/beta/identityGovernance/entitlementManagement";
pub const ROLES: &str = "/v1.0/roleManagement/entitlementManagement/roleAssignments";
const DIRECTORY_ROLES: &str = "/v1.0/roleManagement/directory/roleAssignments";

const OWNER: &str = "ae79f266-94d4-4dab-b730-feca7e132178";
pub const READER: &str = "44272f93-9762-48e8-af59-1b5351b1d6b3";
const MANAGER: &str = "7f480852-ebdc-47d4-87de-0d8498384a83";
const CREATOR: &str = "ba92d953-d8e0-4e39-a797-0cbedb0a89e8";
const GLOBAL_READER: &str = "f2ef992c-3afb-46b9-b7cf-a126ee74c451";
const GOVERNANCE: &str = "45d8d3c5-c802-45c6-b32a-1d70b5e1e86e";
const USERS: &str = "fe930be7-5e62-47db-91af-98c3a49a38b1";

/// A user with every scope, and her id.
pub async fn somebody(house: &House, app: &Client) -> (Client, String) {
    let made = make_user(app, "Somebody", json!({})).await.expect(201);
    let name = made.json["userPrincipalName"].as_str().unwrap().to_owned();
    (house.user(&name, &[]).await, made.id())
}

pub async fn assign(app: &Client, principal: &str, role: &str, catalog: Option<&str>) -> String {
    let scope = catalog.map_or_else(|| "/".to_owned(), |id| format!("/AccessPackageCatalog/{id}"));
    let body = json!({ "principalId": principal, "roleDefinitionId": role, "appScopeId": scope });
    app.post(ROLES, body).await.expect(201).id()
}

async fn assign_directory(app: &Client, principal: &str, role: &str) -> String {
    let body = json!({ "principalId": principal, "roleDefinitionId": role, "directoryScopeId": "/" });
    app.post(DIRECTORY_ROLES, body).await.expect(201).id()
}

/// Catalog "Theirs" with a package, beside the sample's "Payments".
pub async fn other_catalog(app: &Client) -> (String, String) {
    let catalog = app.post(&format!("{EM}/catalogs"), json!({ "displayName": "Theirs" })).await.expect(201).id();
    let body = json!({ "displayName": "Their package", "catalog": { "id": catalog } });
    (catalog, app.post(&format!("{EM}/accessPackages"), body).await.expect(201).id())
}

async fn catalogs(client: &Client) -> Vec<String> {
    client
        .get(&format!("{EM}/catalogs?$select=displayName&$orderby=displayName"))
        .await
        .expect(200)
        .strings("displayName")
}

#[test]
fn without_a_role_nothing_is_there() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (she, _) = somebody(house, &app).await;
        let (package, catalog) = (house.package_id("Enter payments").await, house.catalog_id("Payments").await);
        for list in ["catalogs", "accessPackages"] {
            assert!(she.get(&format!("{EM}/{list}")).await.expect(200).values().is_empty());
            assert_eq!(she.get(&format!("{EM}/{list}/$count")).await.expect(200).text(), "0");
        }
        for path in [
            format!("catalogs/{catalog}"),
            format!("accessPackages/{package}"),
            format!("accessPackages/{package}/incompatibleGroups"),
            format!("catalogs/{catalog}/accessPackages"),
        ] {
            she.get(&format!("{EM}/{path}")).await.expect(404).error("ResourceNotFound");
        }
        assert!(she.get(ROLES).await.expect(200).values().is_empty());
        she.patch(&format!("{EM}/accessPackages/{package}"), json!({ "description": "x" })).await.expect(403);
        she.post(&format!("{EM}/catalogs"), json!({ "displayName": "Mine" })).await.expect(403).error("UnAuthorized");
        // A role without the scope in the token is no help.
        let admin = house.user("admin", &["User.Read"]).await;
        admin.get(&format!("{EM}/catalogs")).await.expect(403);
        assert_eq!(
            catalogs(&house.user("admin", &["EntitlementManagement.Read.All"]).await).await,
            ["General", "Payments"]
        );
    });
}

#[test]
fn a_reader_sees_her_catalog_and_what_lies_in_it() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (she, id) = somebody(house, &app).await;
        let (theirs, their_package) = other_catalog(&app).await;
        let (payments, enter) = (house.catalog_id("Payments").await, house.package_id("Enter payments").await);
        let link = json!({ "@odata.id": format!("{}{EM}/accessPackages/{their_package}", house.url()) });
        app.post(&format!("{EM}/accessPackages/{enter}/incompatibleAccessPackages/$ref"), link).await.expect(204);
        let assignment = assign(&app, &id, READER, Some(&payments)).await;
        assert_eq!(catalogs(&she).await, ["Payments"]);
        she.get(&format!("{EM}/catalogs/{theirs}")).await.expect(404);
        she.get(&format!("{EM}/accessPackages/{their_package}")).await.expect(404);
        let seen = she.get(&format!("{EM}/accessPackages?$count=true&$expand=catalog($expand=accessPackages($select=id)),incompatibleAccessPackages($select=displayName)")).await.expect(200);
        assert_eq!((seen.values().len(), &seen.json["@odata.count"]), (2, &json!(2)));
        for package in seen.values() {
            assert_eq!(package["catalog"]["displayName"], "Payments");
            assert_eq!(package["catalog"]["accessPackages"].as_array().unwrap().len(), 2);
            // What lies in another catalog isn't there at any depth.
            assert_eq!(package["incompatibleAccessPackages"].as_array().unwrap().len(), 1, "{package}");
        }
        let path = format!("{EM}/accessPackages/{enter}/incompatibleAccessPackages");
        assert_eq!(she.get(&path).await.expect(200).strings("displayName"), ["Release payments"]);
        assert_eq!(she.get(&format!("{path}/$count")).await.expect(200).text(), "1");
        assert_eq!(she.get(&format!("{path}/$ref")).await.expect(200).values().len(), 1);
        for filter in [
            format!("incompatibleAccessPackages/any(p:p/id eq '{their_package}')"),
            "incompatibleAccessPackages/$count gt 1".to_owned(),
        ] {
            she.get(&format!("{EM}/accessPackages?$filter={filter}")).await.expect(403);
        }
        assert_eq!(
            she.get(&format!("{EM}/accessPackages?$filter=catalog/id eq '{payments}'"))
                .await
                .expect(200)
                .values()
                .len(),
            2
        );
        // She reads and doesn't write.
        she.patch(&format!("{EM}/accessPackages/{enter}"), json!({ "description": "x" })).await.expect(403);
        she.patch(&format!("{EM}/catalogs/{payments}"), json!({ "description": "x" })).await.expect(403);
        she.post(&format!("{EM}/accessPackages"), json!({ "displayName": "x", "catalog": { "id": payments } }))
            .await
            .expect(403);
        she.delete(&format!("{ROLES}/{assignment}")).await.expect(403);
        assert_eq!(she.get(ROLES).await.expect(200).ids(), [assignment.as_str()]);
        // Taken away, it is gone at once.
        app.delete(&format!("{ROLES}/{assignment}")).await.expect(204);
        assert!(catalogs(&she).await.is_empty());
    });
}

#[test]
fn package_managers_and_catalog_owners_write_in_their_catalog() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let ((she, id), other) = (somebody(house, &app).await, user(&app, "Other").await);
        let (theirs, their_package) = other_catalog(&app).await;
        let (payments, enter) = (house.catalog_id("Payments").await, house.package_id("Enter payments").await);
        let clerks = house.group_id("Payment clerks").await;
        let release = house.package_id("Release payments").await;
        let at = |package: &str| format!("{EM}/accessPackages/{package}");
        let new = |catalog: &str| json!({ "displayName": "New", "catalog": { "id": catalog } });
        assign(&app, &id, MANAGER, Some(&payments)).await;
        let made = she.post(&format!("{EM}/accessPackages"), new(&payments)).await.expect(201).id();
        she.post(&format!("{EM}/accessPackages"), new(&theirs)).await.expect(404);
        she.patch(&at(&made), json!({ "description": "x" })).await.expect(204);
        she.patch(&at(&their_package), json!({ "description": "x" })).await.expect(404);
        she.post(&format!("{}/incompatibleGroups/$ref", at(&enter)), reference(&clerks)).await.expect(204);
        she.post(&format!("{}/incompatibleGroups/$ref", at(&their_package)), reference(&clerks)).await.expect(404);
        let link = |id: &str| json!({ "@odata.id": format!("{}{}", house.url(), at(id)) });
        she.post(&format!("{}/incompatibleAccessPackages/$ref", at(&made)), link(&release)).await.expect(204);
        she.post(&format!("{}/incompatibleAccessPackages/$ref", at(&made)), link(&their_package)).await.expect(404);
        let seed = |catalog: &str, package: &str| {
            format!("{BETA}/accessPackageCatalogs/{catalog}/accessPackages/{package}/incompatibleGroups")
        };
        let body = json!({ "@odata.type": "#Microsoft.IGAELM.PDS.FrontEnd.ExternalModel.group" });
        she.post(&seed(&payments, &made), body.clone()).await.expect(201);
        she.post(&seed(&theirs, &their_package), body).await.expect(404);
        let role = |catalog: &str| json!({ "principalId": other, "roleDefinitionId": READER, "appScopeId": format!("/AccessPackageCatalog/{catalog}") });
        she.patch(&format!("{EM}/catalogs/{payments}"), json!({ "description": "x" })).await.expect(403);
        she.post(&format!("{BETA}/accessPackages/{made}/moveToCatalog"), json!({ "catalogId": theirs }))
            .await
            .expect(403);
        she.post(ROLES, role(&payments)).await.expect(403);
        // An owner of the catalog also changes it, and hands out its roles.
        assign(&app, &id, OWNER, Some(&payments)).await;
        she.patch(&format!("{EM}/catalogs/{payments}"), json!({ "description": "x" })).await.expect(204);
        let given = she.post(ROLES, role(&payments)).await.expect(201).id();
        she.post(ROLES, role(&theirs)).await.expect(404);
        she.delete(&format!("{ROLES}/{given}")).await.expect(204);
        she.post(ROLES, json!({ "principalId": other, "roleDefinitionId": CREATOR, "appScopeId": "/" }))
            .await
            .expect(403);
        // Out of her catalog only into one that she owns as well.
        she.post(&format!("{BETA}/accessPackages/{made}/moveToCatalog"), json!({ "catalogId": theirs }))
            .await
            .expect(404);
        assign(&app, &id, OWNER, Some(&theirs)).await;
        she.post(&format!("{BETA}/accessPackages/{made}/moveToCatalog"), json!({ "catalogId": theirs }))
            .await
            .expect(200);
        she.delete(&at(&made)).await.expect(204);
    });
}

#[test]
fn a_catalog_creator_owns_what_she_makes() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (she, id) = somebody(house, &app).await;
        assign(&app, &id, CREATOR, None).await;
        let mine = she.post(&format!("{EM}/catalogs"), json!({ "displayName": "Mine" })).await.expect(201).id();
        assert_eq!(catalogs(&she).await, ["Mine"]);
        she.patch(&format!("{EM}/catalogs/{mine}"), json!({ "description": "x" })).await.expect(204);
        let roles = she.get(&format!("{ROLES}?$expand=roleDefinition($select=displayName)")).await.expect(200);
        let names: Vec<&str> =
            roles.values().iter().map(|role| role["roleDefinition"]["displayName"].as_str().unwrap()).collect();
        assert!(names.contains(&"Catalog owner"), "{names:?}");
        let payments = house.catalog_id("Payments").await;
        she.get(&format!("{EM}/catalogs/{payments}")).await.expect(404);
        she.delete(&format!("{EM}/catalogs/{mine}")).await.expect(204);
    });
}

#[test]
fn roles_come_through_groups_and_go_with_them() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (she, id) = somebody(house, &app).await;
        let (outer, inner) = (group(&app, "Outer").await, group(&app, "Inner").await);
        add_member(&app, &outer, &inner).await;
        assign(&app, &outer, READER, Some(&house.catalog_id("Payments").await)).await;
        assert!(catalogs(&she).await.is_empty());
        add_member(&app, &inner, &id).await;
        assert_eq!(catalogs(&she).await, ["Payments"]);
        app.delete(&format!("/v1.0/groups/{outer}/members/{inner}/$ref")).await.expect(204);
        assert!(catalogs(&she).await.is_empty());
        add_member(&app, &outer, &inner).await;
        assert_eq!(catalogs(&she).await, ["Payments"]);
        app.delete(&format!("/v1.0/groups/{outer}")).await.expect(204);
        assert!(catalogs(&she).await.is_empty());
    });
}

#[test]
fn directory_roles_reach_the_whole_tenant() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (she, id) = somebody(house, &app).await;
        let (package, payments) = (house.package_id("Enter payments").await, house.catalog_id("Payments").await);
        let path = format!("{EM}/accessPackages/{package}");
        let reads = assign_directory(&app, &id, GLOBAL_READER).await;
        assert_eq!(catalogs(&she).await, ["General", "Payments"]);
        she.get(&path).await.expect(200);
        she.patch(&path, json!({ "description": "x" })).await.expect(403);
        she.post(&format!("{EM}/catalogs"), json!({ "displayName": "x" })).await.expect(403);
        app.delete(&format!("{DIRECTORY_ROLES}/{reads}")).await.expect(204);
        she.get(&path).await.expect(404);
        assign_directory(&app, &id, GOVERNANCE).await;
        she.patch(&path, json!({ "description": "x" })).await.expect(204);
        she.post(&format!("{EM}/catalogs"), json!({ "displayName": "x" })).await.expect(201);
        let role = json!({ "principalId": id, "roleDefinitionId": READER, "appScopeId": format!("/AccessPackageCatalog/{payments}") });
        she.post(ROLES, role).await.expect(201);
        // It governs entitlements, not people.
        let ada = house.user_id("ada").await;
        she.patch(&format!("/v1.0/users/{ada}"), json!({ "city": "x" })).await.expect(403);
        she.post(DIRECTORY_ROLES, json!({ "principalId": id, "roleDefinitionId": USERS, "directoryScopeId": "/" }))
            .await
            .expect(403);
        assign_directory(&app, &id, USERS).await;
        she.patch(&format!("/v1.0/users/{ada}"), json!({ "city": "x" })).await.expect(204);
        // A group holds a directory role only when it was made for that.
        let plain = group(&app, "Plain").await;
        let body = |principal: &str| json!({ "principalId": principal, "roleDefinitionId": GLOBAL_READER, "directoryScopeId": "/" });
        app.post(DIRECTORY_ROLES, body(&plain)).await.expect(400).says("isAssignableToRole");
        let made = make_group(&app, "Made for it", json!({ "isAssignableToRole": true })).await.expect(201).id();
        app.post(DIRECTORY_ROLES, body(&made)).await.expect(201);
        let (he, his) = somebody(house, &app).await;
        assert!(catalogs(&he).await.is_empty());
        add_member(&app, &made, &his).await;
        assert_eq!(catalogs(&he).await.len(), 3);
        // It holds no groups: whoever keeps those would hand out the role.
        let within = group(&app, "Within").await;
        app.post(&format!("/v1.0/groups/{made}/members/$ref"), reference(&within)).await.expect(400).says("@odata.id");
        let bound = json!({ "isAssignableToRole": true,
            "members@odata.bind": [format!("https://graph.microsoft.com/v1.0/groups/{within}")] });
        make_group(&app, "Made so", bound.clone()).await.expect(400).says("members@odata.bind");
        let bound = json!({ "members@odata.bind": bound["members@odata.bind"] });
        app.patch(&format!("/v1.0/groups/{made}"), bound).await.expect(400).says("members@odata.bind");
        // Nobody lifts herself: whoever manages groups doesn't manage this one, nor does its owner.
        app.post(&format!("/v1.0/groups/{made}/owners/$ref"), reference(&his)).await.expect(204);
        he.post(&format!("/v1.0/groups/{made}/members/$ref"), reference(&id)).await.expect(403);
        let groups_only = house.app_with(&["Group.ReadWrite.All"]).await;
        groups_only.post(&format!("/v1.0/groups/{made}/members/$ref"), reference(&id)).await.expect(403);
    });
}

#[test]
fn roles_fit_their_scope() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let ann = user(&app, "Ann").await;
        let payments = format!("/AccessPackageCatalog/{}", house.catalog_id("Payments").await);
        let missing = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
        let nowhere = format!("/AccessPackageCatalog/{missing}");
        for (principal, role, scope, status, says) in [
            (ann.as_str(), READER, "/", 400, "appScopeId"),
            (&ann, CREATOR, &payments, 400, "appScopeId"),
            (&ann, GLOBAL_READER, &payments, 400, "roleDefinitionId"),
            (&ann, READER, "/Elsewhere", 400, "appScopeId"),
            (&ann, READER, &nowhere, 404, "appScopeId"),
            (missing, READER, &payments, 404, "principalId"),
            ("x", READER, &payments, 400, "principalId"),
        ] {
            let body = json!({ "principalId": principal, "roleDefinitionId": role, "appScopeId": scope });
            app.post(ROLES, body).await.expect(status).says(says);
        }
        let body = json!({ "principalId": ann, "roleDefinitionId": READER, "appScopeId": payments });
        app.post(ROLES, body.clone()).await.expect(201);
        app.post(ROLES, body).await.expect(409);
        let names = app
            .get("/beta/roleManagement/entitlementManagement/roleDefinitions?$filter=displayName eq 'Catalog owner'")
            .await
            .expect(200);
        assert_eq!(names.ids(), [OWNER]);
    });
}

#[test]
fn a_role_is_assigned_in_one_scope_without_a_condition() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (catalog, _) = other_catalog(&app).await;
        let payments = house.catalog_id("Payments").await;
        let scope = |id: &str| format!("/AccessPackageCatalog/{id}");
        let body = |more: Value| {
            let mut body = json!({
                "principalId": null, "roleDefinitionId": READER, "appScopeId": scope(&catalog),
            });
            crate::directory::merge(&mut body, more);
            body
        };
        for (more, says) in [
            (json!({ "directoryScopeId": scope(&payments) }), "directoryScopeId"),
            (json!({ "condition": "@Resource[x] == 1" }), "condition"),
        ] {
            let id = user(&app, "Refused").await;
            let mut body = body(more);
            body["principalId"] = json!(id);
            app.post(ROLES, body).await.expect(400).says(says);
        }
        for more in [json!({ "directoryScopeId": "/" }), json!({ "directoryScopeId": scope(&catalog) }), json!({})] {
            let id = user(&app, "Taken").await;
            let mut body = body(more);
            body["principalId"] = json!(id);
            assert_eq!(app.post(ROLES, body).await.expect(201).json["appScopeId"], json!(scope(&catalog)));
        }
        let mut global = json!({ "roleDefinitionId": GLOBAL_READER, "directoryScopeId": "/" });
        global["principalId"] = json!(user(&app, "Global").await);
        global["appScopeId"] = json!(scope(&catalog));
        app.post(DIRECTORY_ROLES, global.clone()).await.expect(400).says("appScopeId");
        global["appScopeId"] = Value::Null;
        app.post(DIRECTORY_ROLES, global).await.expect(201);
    });
}

#[test]
fn scopes_narrow_what_a_user_sees() {
    on_each_engine(async |house| {
        let (ada, ben) = (house.user_id("ada").await, house.user_id("ben").await);
        let own = house.user("ben", &["User.Read"]).await;
        assert_eq!(own.get("/v1.0/me?$select=id,jobTitle").await.expect(200).json["jobTitle"], "Payments clerk");
        assert_eq!(own.get(&format!("/v1.0/users/{ben}")).await.expect(200).json["jobTitle"], "Payments clerk");
        let by_name = own.get("/v1.0/users/Ben@doorward.test").await.expect(200);
        assert_eq!(by_name.json["jobTitle"], "Payments clerk");
        // One's own account, and no list that it would stand in; nor whom it leads to.
        let manager = "/v1.0/users?$filter=manager/displayName eq 'Ada Achterberg'";
        let (others, reports) = (format!("/v1.0/users/{ada}"), format!("/v1.0/users/{ben}?$expand=manager"));
        for path in [
            "/v1.0/users",
            "/v1.0/users/$count",
            manager,
            "/v1.0/me/manager",
            "/v1.0/me?$expand=manager",
            &others,
            &reports,
        ] {
            own.with("consistencylevel", "eventual").get(path).await.expect(403);
        }
        own.get("/v1.0/users/ada@doorward.test").await.expect(403);
        own.get("/v1.0/me/directReports").await.expect(200);
        let basic = house.user("ben", &["User.Read", "User.ReadBasic.All"]).await;
        assert!(basic.get("/v1.0/users").await.expect(200).ids().contains(&ada));
        basic.get("/v1.0/me/manager").await.expect(403);
        own.get("/v1.0/groups").await.expect(403);
        own.patch("/v1.0/me", json!({ "mobilePhone": "06" })).await.expect(403);
        let writes = house.user("ben", &["User.ReadWrite"]).await;
        writes.patch("/v1.0/me", json!({ "mobilePhone": "06" })).await.expect(204);
        writes.patch("/v1.0/me", json!({ "jobTitle": "Chief" })).await.expect(403).says("jobTitle");
        writes.patch(&format!("/v1.0/users/{ada}"), json!({ "mobilePhone": "06" })).await.expect(404);
        for client in [house.user("ben", &["User.ReadBasic.All"]).await, house.app_with(&["User.ReadBasic.All"]).await]
        {
            let read = client
                .get(&format!("/v1.0/users/{ada}?$select=displayName,jobTitle,mail,department"))
                .await
                .expect(200);
            assert_eq!(
                (&read.json["displayName"], &read.json["mail"]),
                (&json!("Ada Achterberg"), &json!("ada@doorward.test"))
            );
            assert_eq!((&read.json["jobTitle"], &read.json["department"]), (&Value::Null, &Value::Null));
            client.get("/v1.0/users?$filter=jobTitle eq 'x'").await.expect(403).says("jobTitle");
            client.get("/v1.0/users?$orderby=department").await.expect(403).says("department");
            client.get(&format!("/v1.0/users/{ada}/jobTitle")).await.expect(403);
            eventual(&client).get("/v1.0/users?$search=\"displayName:ada\"").await.expect(200);
            client.get("/v1.0/users?$expand=memberOf").await.expect(403);
            client.get("/v1.0/users?$filter=memberOf/any()").await.expect(403);
        }
    });
}

#[test]
fn who_may_read_memberships_needs_not_read_whose_they_are() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (ada, group) = (house.user_id("ada").await, group(&app, "Readers").await);
        app.post(&format!("/v1.0/groups/{group}/members/$ref"), reference(&ada)).await.expect(204);
        let (of_user, of_group) = (format!("/users/{ada}"), format!("/groups/{group}"));
        let basic = &["GroupMember.ReadBasic.All"];
        let names = &["Group.ReadBasic.All"];
        let members = &["GroupMember.Read.All"];
        let all = &["Group.Read.All"];
        // What operations.json lists, of what reads no user: for a user's token, for an application's.
        for (permission, path, delegated, application) in [
            (basic, format!("{of_user}/memberOf"), 200, 200),
            (names, format!("{of_user}/memberOf"), 200, 200),
            (members, format!("{of_user}/memberOf"), 200, 403),
            (all, format!("{of_user}/memberOf"), 403, 403),
            (basic, format!("{of_user}/transitiveMemberOf"), 200, 200),
            (names, format!("{of_user}/transitiveMemberOf/$count"), 200, 200),
            (members, format!("{of_user}/transitiveMemberOf/graph.group"), 200, 200),
            (all, format!("{of_user}/transitiveMemberOf"), 200, 200),
            (basic, format!("{of_group}/members"), 200, 200),
            (basic, format!("{of_group}/transitiveMembers"), 200, 200),
            (basic, format!("{of_group}/memberOf"), 200, 200),
            (basic, format!("{of_group}/transitiveMemberOf"), 200, 200),
            // And nothing on the way, or beside it.
            (basic, format!("{of_group}/owners"), 403, 403),
            (basic, of_group.clone(), 403, 403),
            (basic, of_user.clone(), 403, 403),
            (basic, format!("{of_user}/manager"), 403, 403),
            (basic, format!("{of_user}?$expand=memberOf"), 403, 403),
            (basic, "/groups?$expand=members".to_owned(), 403, 403),
        ] {
            for version in ["/v1.0", "/beta"] {
                for (client, status) in
                    [(house.user("ben", permission).await, delegated), (house.app_with(permission).await, application)]
                {
                    eventual(&client).get(&format!("{version}{path}")).await.expect(status);
                }
            }
        }
        let client = house.app_with(basic).await;
        let groups = client.get(&format!("/v1.0{of_user}/memberOf")).await.expect(200);
        assert!(groups.values().iter().any(|each| each["displayName"] == "Readers"), "{:?}", groups.json);
        client.get("/v1.0/users/00000000-0000-4000-8000-000000000000/memberOf").await.expect(404);
        client.get(&format!("/v1.0/groups/{ada}/members")).await.expect(404);
        // One's own scope doesn't get in the way of it.
        let both = house.user("ben", &["User.Read", "GroupMember.ReadBasic.All"]).await;
        both.get(&format!("/v1.0{of_user}/memberOf")).await.expect(200);
        both.get(&format!("/v1.0{of_user}")).await.expect(403);
    });
}

#[test]
fn a_permission_that_contains_a_listed_one_will_do() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (ada, group) = (house.user_id("ada").await, group(&app, "Readers").await);
        for (permission, path) in [
            ("Group.ReadWrite.All", format!("/groups/{group}/memberOf")),
            ("Group.Read.All", format!("/groups/{group}/transitiveMemberOf")),
            ("GroupMember.ReadWrite.All", format!("/groups/{group}")),
            ("User.ReadWrite.All", format!("/users/{ada}/transitiveMemberOf")),
            ("User.Read.All", format!("/users/{ada}/memberOf")),
            ("Directory.Read.All", format!("/users/{ada}/sponsors")),
            ("User.Read.All", format!("/directoryObjects/{ada}")),
            ("Directory.ReadWrite.All", format!("/groups/{group}/members")),
        ] {
            house.app_with(&[permission]).await.get(&format!("/v1.0{path}")).await.expect(200);
        }
    });
}

#[test]
fn owners_of_groups_manage_them() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let scopes = ["Group.ReadWrite.All"];
        let (ada, ben) = (house.user("ada", &scopes).await, house.user("ben", &scopes).await);
        let eve = house.user_id("eve").await;
        let made = make_group(&ada, "Ada's", json!({})).await.expect(201).id();
        let path = format!("/v1.0/groups/{made}");
        ada.patch(&path, json!({ "description": "mine" })).await.expect(204);
        ada.post(&format!("{path}/members/$ref"), reference(&eve)).await.expect(204);
        ben.patch(&path, json!({ "description": "mine" })).await.expect(403);
        ben.post(&format!("{path}/members/$ref"), reference(&eve)).await.expect(403);
        ben.delete(&path).await.expect(403);
        ada.post(&format!("{path}/owners/$ref"), reference(&house.user_id("ben").await)).await.expect(204);
        ben.patch(&path, json!({ "description": "ours" })).await.expect(204);
        app.delete(&format!("{path}/owners/{}/$ref", house.user_id("ada").await)).await.expect(204);
        ada.patch(&path, json!({ "description": "mine" })).await.expect(403);
        ben.delete(&path).await.expect(204);
    });
}

#[test]
fn links_to_packages_of_another_catalog_can_be_taken_away() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (she, id) = somebody(house, &app).await;
        let (_, their_package) = other_catalog(&app).await;
        let enter = house.package_id("Enter payments").await;
        assign(&app, &id, OWNER, Some(&house.catalog_id("Payments").await)).await;
        let path = format!("{EM}/accessPackages/{enter}/incompatibleAccessPackages");
        let link = json!({ "@odata.id": format!("{}{EM}/accessPackages/{their_package}", house.url()) });
        app.post(&format!("{path}/$ref"), link).await.expect(204);
        she.delete(&format!("{path}/{their_package}/$ref")).await.expect(204);
    });
}

#[test]
fn policies_are_kept_by_package_managers_of_their_catalog() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (she, id) = somebody(house, &app).await;
        let mine = house.catalog_id("Payments").await;
        let package = house.package_id("Enter payments").await;
        let (_, their_package) = other_catalog(&app).await;
        let set = format!("{EM}/assignmentPolicies");
        let body = |package: &str| json!({ "displayName": "P", "accessPackage": { "id": package } });
        let theirs = app.post(&set, body(&their_package)).await.expect(201).id();
        she.post(&set, body(&package)).await.expect(403).error("UnAuthorized");

        let reading = assign(&app, &id, READER, Some(&mine)).await;
        let made = app.post(&set, body(&package)).await.expect(201).id();
        assert_eq!(she.get(&set).await.expect(200).ids(), [made.as_str()]);
        she.get(&format!("{set}/{theirs}")).await.expect(404).error("ResourceNotFound");
        she.put(&format!("{set}/{made}"), body(&package)).await.expect(403);
        she.delete(&format!("{set}/{made}")).await.expect(403);
        app.delete(&format!("{ROLES}/{reading}")).await.expect(204);

        assign(&app, &id, MANAGER, Some(&mine)).await;
        let text = json!([{ "@odata.type": "#microsoft.graph.accessPackageTextInputQuestion", "text": "Why?" }]);
        let mut asking = body(&package);
        asking["questions"] = text;
        she.put(&format!("{set}/{made}"), asking).await.expect(200);
        let read = she.get(&format!("{set}/{made}?$expand=questions,accessPackage,catalog")).await.expect(200);
        assert_eq!(read.json["questions"][0]["text"], "Why?");
        assert_eq!(read.json["catalog"]["id"], json!(mine));
        assert_eq!(
            she.get(&format!("{EM}/accessPackages/{package}/assignmentPolicies")).await.expect(200).ids(),
            [made.as_str()]
        );
        // Of other catalogs neither packages nor policies are there.
        she.post(&set, body(&their_package)).await.expect(404).says("accessPackage/id");
        she.put(&format!("{set}/{theirs}"), body(&their_package)).await.expect(404);
        she.delete(&format!("{set}/{theirs}")).await.expect(404);
        she.delete(&format!("{set}/{made}")).await.expect(204);
    });
}

#[test]
fn roles_are_listed_as_they_were_assigned() {
    on_each_engine(async |house| {
        let app = house.app().await;
        for list in ["transitiveRoleAssignments", "roleAssignmentApprovals"] {
            for area in ["entitlementManagement", "directory"] {
                let path = format!("/beta/roleManagement/{area}/{list}");
                app.get(&path).await.expect(400).says(list);
            }
        }
        // A role that a group holds stands there with the group, and counts for its members.
        let (she, id) = somebody(house, &app).await;
        let group = group(&app, "Readers").await;
        add_member(&app, &group, &id).await;
        assign(&app, &group, READER, Some(&house.catalog_id("Payments").await)).await;
        let of = |principal: &str| format!("{ROLES}?$filter=principalId%20eq%20'{principal}'");
        assert!(app.get(&of(&id)).await.expect(200).values().is_empty());
        assert_eq!(app.get(&of(&group)).await.expect(200).values().len(), 1);
        assert_eq!(catalogs(&she).await, ["Payments"]);
    });
}
