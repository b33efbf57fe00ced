//! The roles that access packages bring, on both surfaces: how they come, how they are read, how they
//! go, and what becomes of them when a package moves.

use crate::resources::{onboard, request, request_beta, resource, service_principal};
use crate::steps::{BETA, NOBODY, V1, catalog, group, package, query};
use serde_json::{Value, json};
use testkit::{Answer, Client, on_each_engine};

/// A catalog, a group among its resources, and a package in it.
struct Scene {
    catalog: String,
    group: String,
    package: String,
    resource: Value,
}

impl Scene {
    async fn of(app: &Client) -> Scene {
        let (catalog, group) = (catalog(app, "Sales").await, group(app, "Sellers").await);
        onboard(app, &catalog, &group).await.expect(201);
        let package = package(app, &catalog, "Orders").await;
        let resource = resource(app, &catalog, &group).await;
        Scene { catalog, group, package, resource }
    }

    fn id(&self) -> &str {
        self.resource["id"].as_str().unwrap()
    }

    fn role(&self, name: &str) -> String {
        let roles = self.resource["roles"].as_array().unwrap();
        roles.iter().find(|role| role["displayName"] == name).unwrap()["id"].as_str().unwrap().to_owned()
    }

    fn scope(&self) -> &str {
        self.resource["scopes"][0]["id"].as_str().unwrap()
    }

    /// The published body.
    fn member(&self) -> Value {
        json!({
            "role": {
                "displayName": "Member", "originId": format!("Member_{}", self.group), "originSystem": "AadGroup",
                "resource": { "id": self.id(), "originId": self.group, "originSystem": "AadGroup" },
            },
            "scope": { "originId": self.group, "originSystem": "AadGroup" },
        })
    }

    async fn bring(&self, app: &Client, body: Value) -> Answer {
        app.post(&format!("{V1}/accessPackages/{}/resourceRoleScopes", self.package), body).await
    }

    async fn brought(&self, app: &Client) -> Vec<String> {
        app.get(&format!("{V1}/accessPackages/{}/resourceRoleScopes", self.package)).await.expect(200).ids()
    }
}

#[test]
fn a_role_from_coming_to_going_on_v1() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let scene = Scene::of(&app).await;
        let made = scene.bring(&app, scene.member()).await.expect(201);
        let id = format!("{}_{}", scene.role("Member"), scene.scope());
        assert_eq!(made.id(), id);
        assert!(made.json["createdDateTime"].is_string());
        let set = format!("{V1}/accessPackages/{}/resourceRoleScopes", scene.package);
        assert_eq!(made.header("location").rsplit('/').next(), Some(id.as_str()));
        assert_eq!(app.get(made.header("location")).await.expect(200).id(), id);
        scene.bring(&app, scene.member()).await.expect(409).error("DuplicateKey");
        assert_eq!(scene.brought(&app).await, [id.as_str()]);

        let typed = format!("{V1}/catalogs/{}/resourceRoles?$select=type", scene.catalog);
        app.get(&typed).await.expect(400).says("type");

        // The second role, and how both are read.
        let owner = json!({ "role": { "id": scene.role("Owner") }, "scope": { "id": scene.scope() } });
        let second = scene.bring(&app, owner).await.expect(201).id();
        let path =
            format!("{V1}/accessPackages/{}?$expand=resourceRoleScopes($expand=role,scope),catalog", scene.package);
        let whole = app.get(&path).await.expect(200).json;
        let list = whole["resourceRoleScopes"].as_array().unwrap();
        assert_eq!(list.len(), 2);
        let member = list.iter().find(|each| each["id"] == id.as_str()).unwrap();
        assert_eq!(member["role"]["displayName"], "Member");
        assert_eq!(member["scope"]["isRootScope"], true);
        let deep = format!(
            "{V1}/accessPackages?$filter=id eq '{}'&$expand=resourceRoleScopes($expand=role($expand=resource($expand=roles)),scope)",
            scene.package
        );
        let deep = app.get(&query(&deep)).await.expect(200);
        let resource = &deep.values()[0]["resourceRoleScopes"][0]["role"]["resource"];
        assert_eq!((&resource["id"], resource["roles"].as_array().unwrap().len()), (&scene.resource["id"], 2));
        for (path, expected) in [
            (format!("{set}/$count"), "2".to_owned()),
            (format!("{V1}/resourceRoleScopes/{id}/role/displayName/$value"), "Member".to_owned()),
            (format!("{set}/{id}/scope/originId/$value"), scene.group.clone()),
        ] {
            assert_eq!(app.get(&path).await.expect(200).text(), expected, "{path}");
        }
        // Page by page, by key, by filter, in both directions.
        let first = app.get(&format!("{set}?$top=1&$count=true")).await.expect(200);
        assert_eq!(first.json["@odata.count"], 2);
        let next = app.get(first.json["@odata.nextLink"].as_str().unwrap()).await.expect(200);
        let mut both = [first.ids(), next.ids()].concat();
        both.sort();
        let mut all = [id.clone(), second.clone()];
        all.sort();
        assert_eq!(both, all);
        assert_eq!(
            app.get(&query(&format!("{set}?$filter=id eq '{second}'"))).await.expect(200).ids(),
            [second.as_str()]
        );
        let by_role = format!("{set}?$filter=role/displayName eq 'Owner'&$orderby=role/displayName desc");
        assert_eq!(app.get(&query(&by_role)).await.expect(200).ids(), [second.as_str()]);
        let packages = format!("{V1}/accessPackages?$filter=resourceRoleScopes/any(r:r/id eq '{id}')");
        assert_eq!(app.get(&query(&packages)).await.expect(200).ids(), [scene.package.as_str()]);
        let packages = format!("{V1}/accessPackages?$filter=resourceRoleScopes/$count eq 2");
        assert_eq!(app.get(&query(&packages)).await.expect(200).ids(), [scene.package.as_str()]);
        let page =
            format!("{V1}/accessPackages/{}?$expand=resourceRoleScopes($top=1;$count=true;$select=id)", scene.package);
        let page = app.get(&page).await.expect(200).json;
        assert_eq!(page["resourceRoleScopes@odata.count"], 2);
        let rest = app.get(page["resourceRoleScopes@odata.nextLink"].as_str().unwrap()).await.expect(200);
        assert_eq!(rest.values().len(), 1);
        assert_eq!(app.get(&format!("{set}/$ref")).await.expect(200).values().len(), 2);

        // In use, it stays in the catalog.
        let origin = json!({ "id": scene.id() });
        let refused = request(&app, "adminRemove", &scene.catalog, origin.clone()).await.expect(400);
        refused.error("InvalidDeleteResourceHasEntitlements").says("resource");
        app.delete(&format!("{set}/{id}")).await.expect(204);
        app.delete(&format!("{set}/{id}")).await.expect(404).error("ResourceNotFound");
        app.get(&format!("{set}/{id}")).await.expect(404);
        app.get(&format!("{V1}/resourceRoleScopes/{id}")).await.expect(404);
        app.delete(&format!("{set}/{}", second.to_uppercase())).await.expect(204);
        request(&app, "adminRemove", &scene.catalog, origin).await.expect(201);
    });
}

#[test]
fn a_role_from_coming_to_going_on_beta() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let scene = Scene::of(&app).await;
        let set = format!("{BETA}/accessPackages/{}/accessPackageResourceRoleScopes", scene.package);
        let group = &scene.group;
        let body = json!({
            "accessPackageResourceRole": {
                "originId": format!("Member_{group}"), "displayName": "Member", "originSystem": "AadGroup",
                "accessPackageResource": { "id": scene.id(), "resourceType": "Security Group", "originId": group, "originSystem": "AadGroup" },
            },
            "accessPackageResourceScope": { "originId": group, "originSystem": "AadGroup" },
        });
        let made = app.post(&set, body.clone()).await.expect(201);
        assert!(made.json["createdDateTime"].is_string() && made.json["createdBy"].is_string(), "{}", made.text());
        app.post(&set, body).await.expect(409).error("DuplicateKey");
        let path = format!(
            "{BETA}/accessPackages/{}?$expand=accessPackageResourceRoleScopes($expand=accessPackageResourceRole,accessPackageResourceScope)",
            scene.package
        );
        let read = app.get(&path).await.expect(200).json;
        let each = &read["accessPackageResourceRoleScopes"][0];
        assert_eq!(each["id"], made.id().as_str());
        assert_eq!(each["accessPackageResourceRole"]["originId"], format!("Member_{group}"));
        assert_eq!(each["accessPackageResourceScope"]["originId"], group.as_str());
        let origin = json!({ "originId": group, "originSystem": "AadGroup" });
        let refused = request_beta(&app, "AdminRemove", &scene.catalog, origin).await.expect(400);
        refused.error("InvalidDeleteResourceHasEntitlements").says("accessPackageResource");
        app.delete(&format!("{set}/{}", made.id())).await.expect(204);
        let read = app.get(&path).await.expect(200).json;
        assert_eq!(read["accessPackageResourceRoleScopes"], json!([]));
    });
}

#[test]
fn every_way_to_name_a_role() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let scene = Scene::of(&app).await;
        let (group, member) = (&scene.group, scene.role("Member"));
        let origin = json!({ "originId": group, "originSystem": "AadGroup" });
        let role = |resource: Value| json!({ "originId": format!("Member_{group}"), "originSystem": "AadGroup", "resource": resource });
        let url = format!("https://graph.microsoft.com{V1}/resources/{}", scene.id());
        for body in [
            json!({ "role": { "id": member } }),
            json!({ "role": { "id": member }, "scope": { "isRootScope": true } }),
            json!({ "role": { "id": member, "displayName": "Member" }, "scope": { "id": scene.scope() } }),
            json!({ "role": scene.resource["roles"].as_array().unwrap().iter().find(|r| r["displayName"] == "Member").unwrap(), "scope": scene.resource["scopes"][0] }),
            json!({ "role": role(json!({ "id": scene.id() })), "scope": origin }),
            json!({ "role": role(origin.clone()), "scope": origin }),
            json!({ "role": role(json!({ "@odata.id": url })) }),
            json!({ "role": role(Value::Null), "scope": { "id": scene.scope() } }),
            json!({ "role": role(Value::Null), "scope": origin }),
        ] {
            let made = scene.bring(&app, body.clone()).await.expect(201);
            assert_eq!(made.id(), format!("{member}_{}", scene.scope()), "{body}");
            app.delete(&format!("{V1}/accessPackages/{}/resourceRoleScopes/{}", scene.package, made.id()))
                .await
                .expect(204);
        }
    });
}

#[test]
fn a_scope_of_another_resource_is_refused() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let scene = Scene::of(&app).await;
        let other = group(&app, "Other").await;
        crate::resources::onboard(&app, &scene.catalog, &other).await.expect(201);
        let other_id = crate::resources::resource(&app, &scene.catalog, &other).await["id"].clone();
        let (group, member, scope) = (&scene.group, scene.role("Member"), scene.scope());
        let origin = |id: &str| json!({ "originId": id, "originSystem": "AadGroup" });
        let both = |id: &Value, origin_id: &str| json!({ "id": id, "originId": origin_id, "originSystem": "AadGroup" });
        let role = |resource: Value| json!({ "originId": format!("Member_{group}"), "originSystem": "AadGroup", "resource": resource });
        for (body, says) in [
            (json!({ "role": role(both(&other_id, group)), "scope": origin(group) }), "role/resource"),
            (json!({ "role": role(both(&json!(scene.id()), &other)), "scope": origin(group) }), "role/resource"),
            (json!({ "role": role(origin(group)), "scope": both(&json!(scope), &other) }), "scope"),
            (
                json!({ "role": { "id": member }, "scope": { "id": scope, "resource": { "id": other_id } } }),
                "scope/resource",
            ),
            (
                json!({ "role": role(origin(group)), "scope": { "id": scope, "resource": origin(&other) } }),
                "scope/resource",
            ),
            (json!({ "role": role(json!({ "id": scene.id(), "roles": [{ "id": member }] })) }), "role/resource/roles"),
        ] {
            scene.bring(&app, body).await.expect(400).says(says);
        }
        // With its resource a role's origin decides, and an id that it had in another catalog is no error.
        let mut role = role(json!({ "id": scene.id() }));
        role["id"] = json!(NOBODY);
        let scope =
            json!({ "id": scope, "originId": group, "originSystem": "AadGroup", "resource": { "id": scene.id() } });
        let made = scene.bring(&app, json!({ "role": role, "scope": scope })).await.expect(201);
        assert_eq!(made.id(), format!("{member}_{}", scene.scope()));
    });
}

#[test]
fn roles_that_a_package_cannot_bring() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let scene = Scene::of(&app).await;
        let elsewhere = catalog(&app, "Elsewhere").await;
        let stranger = group(&app, "Stranger").await;
        onboard(&app, &elsewhere, &stranger).await.expect(201);
        let other = resource(&app, &elsewhere, &stranger).await;
        let (group, id) = (&scene.group, scene.id());
        let role = |origin: &str, resource: Value| json!({ "originId": origin, "originSystem": "AadGroup", "displayName": "x", "resource": resource });
        let member = format!("Member_{group}");
        let here = json!({ "id": id });
        for (body, status, code, target) in [
            (json!({}), 400, "InvalidModel", "role"),
            (json!({ "role": {} }), 400, "InvalidModel", "role/originId"),
            (json!({ "role": { "id": "x" } }), 400, "InvalidModel", "role/id"),
            (json!({ "role": { "id": NOBODY } }), 404, "RoleNotFound", "role"),
            (json!({ "role": role("Guest", here.clone()) }), 404, "RoleNotFound", "role"),
            (json!({ "role": { "id": NOBODY, "resource": here } }), 404, "RoleNotFound", "role"),
            (
                json!({ "role": { "originId": member, "originSystem": "SharePointOnline", "resource": here } }),
                404,
                "RoleNotFound",
                "role",
            ),
            (
                json!({ "role": { "originId": member, "originSystem": "Azure", "resource": here } }),
                400,
                "InvalidModel",
                "role/originSystem",
            ),
            (
                json!({ "role": { "originId": member, "originSystem": "AadGroup" } }),
                400,
                "InvalidModel",
                "role/resource",
            ),
            (json!({ "role": role(&member, json!({ "id": NOBODY })) }), 404, "ResourceNotFound", "role/resource"),
            (json!({ "role": role(&member, json!({ "id": "x" })) }), 400, "InvalidModel", "role/resource/id"),
            (json!({ "role": role(&member, other.clone()) }), 400, "InvalidModel", "role/resource"),
            (json!({ "role": { "id": other["roles"][0]["id"] } }), 400, "InvalidModel", "role/resource"),
            (
                json!({ "role": role(&member, json!({ "originId": stranger, "originSystem": "AadGroup" })) }),
                400,
                "InvalidModel",
                "role/resource",
            ),
            (json!({ "role": { "id": other["roles"][0]["id"], "resource": here } }), 404, "RoleNotFound", "role"),
            (
                json!({ "role": role(&member, here.clone()), "scope": { "id": NOBODY } }),
                404,
                "ResourceNotFound",
                "scope",
            ),
            (
                json!({ "role": role(&member, here.clone()), "scope": { "id": other["scopes"][0]["id"] } }),
                404,
                "ResourceNotFound",
                "scope",
            ),
            (json!({ "role": role(&member, here.clone()), "scope": {} }), 400, "InvalidModel", "scope/originId"),
            (json!({ "role": role(&member, here.clone()), "nonsense": 1 }), 400, "InvalidModel", "nonsense"),
            (json!({ "role": "x" }), 400, "InvalidModel", "role"),
        ] {
            let what = body.to_string();
            let answer = scene.bring(&app, body).await.expect(status).error(code);
            assert!(answer.message().contains(target), "{what}: {}", answer.message());
        }
        assert!(scene.brought(&app).await.is_empty());
        let beta = format!("{BETA}/accessPackages/{}/accessPackageResourceRoleScopes", scene.package);
        let body = json!({ "accessPackageResourceRole": { "id": other["roles"][0]["id"] } });
        app.post(&beta, body).await.expect(400).says("accessPackageResourceRole/accessPackageResource");
        let nowhere = format!("{V1}/accessPackages/{NOBODY}/resourceRoleScopes");
        app.post(&nowhere, scene.member()).await.expect(404).error("ResourceNotFound");
        for key in ["x", NOBODY, &format!("{NOBODY}_{NOBODY}")] {
            app.delete(&format!("{V1}/accessPackages/{}/resourceRoleScopes/{key}", scene.package)).await.expect(404);
            app.get(&format!("{V1}/accessPackages/{}/resourceRoleScopes/{key}", scene.package)).await.expect(404);
            app.get(&format!("{V1}/resourceRoleScopes/{key}")).await.expect(404);
        }
        let path = format!("{V1}/resourceRoleScopes/{NOBODY}_{NOBODY}");
        app.delete(&path).await.expect(405);
    });
}

#[test]
fn a_site_has_the_roles_that_are_named() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let catalog = catalog(&app, "Sales").await;
        let package = package(&app, &catalog, "Orders").await;
        let site = "https://contoso.sharepoint.com/sites/CSR";
        let origin = json!({ "originId": site, "originSystem": "SharePointOnline" });
        request(&app, "adminAdd", &catalog, origin.clone()).await.expect(201);
        let set = format!("{V1}/accessPackages/{package}/resourceRoleScopes");
        let role = |id: &str, name: Value| json!({ "role": { "originId": id, "originSystem": "SharePointOnline", "displayName": name, "resource": origin }, "scope": origin });
        app.post(&set, role("3", json!("CSR Owners"))).await.expect(201);
        app.post(&set, role("17", json!("Editors"))).await.expect(201);
        app.post(&set, role("17", json!("Editors"))).await.expect(409).error("DuplicateKey");
        app.post(&set, role("18", Value::Null)).await.expect(404).error("RoleNotFound");
        let found = resource(&app, &catalog, site).await;
        assert_eq!(found["roles"].as_array().unwrap().len(), 4);
    });
}

#[test]
fn a_package_moves_to_where_its_resources_are() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let scene = Scene::of(&app).await;
        let target = catalog(&app, "Target").await;
        let roles = json!([{ "id": "00000000-0000-4000-8000-000000000001", "displayName": "read", "value": "read", "allowedMemberTypes": ["User"], "isEnabled": true }]);
        let ledger = service_principal(&app, "Ledger", roles).await;
        let origin = json!({ "originId": ledger, "originSystem": "AadApplication" });
        request(&app, "adminAdd", &scene.catalog, origin.clone()).await.expect(201);
        let ledger_role = resource(&app, &scene.catalog, &ledger).await["roles"][0]["id"].clone();
        scene.bring(&app, scene.member()).await.expect(201);
        scene.bring(&app, json!({ "role": { "id": ledger_role } })).await.expect(201);
        let before = scene.brought(&app).await;
        let path = format!("{BETA}/accessPackages/{}/moveToCatalog", scene.package);
        let to = json!({ "catalogId": target });
        let refused = app.post(&path, to.clone()).await.expect(400);
        refused.says("catalogId").says(&scene.group).says("Sellers").says("Ledger");
        onboard(&app, &target, &scene.group).await.expect(201);
        let refused = app.post(&path, to.clone()).await.expect(400);
        assert!(refused.message().contains("Ledger") && !refused.message().contains("Sellers"));
        assert_eq!(scene.brought(&app).await, before);
        request(&app, "adminAdd", &target, origin).await.expect(201);
        app.post(&path, to).await.expect(200);

        let expand = format!(
            "{V1}/accessPackages/{}?$expand=catalog,resourceRoleScopes($expand=role($expand=resource))",
            scene.package
        );
        let moved = app.get(&expand).await.expect(200).json;
        assert_eq!(moved["catalog"]["id"], target.as_str());
        let list = moved["resourceRoleScopes"].as_array().unwrap();
        assert_eq!(list.len(), 2);
        let there = [
            resource(&app, &target, &scene.group).await["id"].clone(),
            resource(&app, &target, &ledger).await["id"].clone(),
        ];
        for each in list {
            assert!(!before.iter().any(|old| each["id"] == old.as_str()));
            assert!(there.contains(&each["role"]["resource"]["id"]));
        }
        // Nothing uses the old ones any more.
        request(&app, "adminRemove", &scene.catalog, json!({ "id": scene.id() })).await.expect(201);
        // A move to where it is changes nothing.
        app.post(&path, json!({ "catalogId": target })).await.expect(200);
        assert_eq!(scene.brought(&app).await.len(), 2);
    });
}

#[test]
fn roles_that_nobody_brings_are_forgotten() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let scene = Scene::of(&app).await;
        let second = package(&app, &scene.catalog, "Second").await;
        let id = scene.bring(&app, scene.member()).await.expect(201).id();
        app.post(&format!("{V1}/accessPackages/{second}/resourceRoleScopes"), scene.member()).await.expect(201);
        app.delete(&format!("{V1}/accessPackages/{}", scene.package)).await.expect(204);
        app.get(&format!("{V1}/resourceRoleScopes/{id}")).await.expect(200);
        app.delete(&format!("{V1}/accessPackages/{second}")).await.expect(204);
        app.get(&format!("{V1}/resourceRoleScopes/{id}")).await.expect(404);
        request(&app, "adminRemove", &scene.catalog, json!({ "id": scene.id() })).await.expect(201);
    });
}

#[test]
fn a_group_that_is_deleted_keeps_its_resource() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let scene = Scene::of(&app).await;
        scene.bring(&app, scene.member()).await.expect(201);
        app.delete(&format!("/v1.0/groups/{}", scene.group)).await.expect(204);
        assert_eq!(resource(&app, &scene.catalog, &scene.group).await["displayName"], "Sellers");
        assert_eq!(scene.brought(&app).await.len(), 1);
    });
}

#[test]
fn the_sample_organizations_packages_bring_membership() {
    on_each_engine(async |house| {
        let app = house.app().await;
        for (package, group) in [("Enter payments", "Payment clerks"), ("Release payments", "Payment releasers")] {
            let id = house.package_id(package).await;
            let path = format!("{V1}/accessPackages/{id}/resourceRoleScopes?$expand=role($expand=resource)");
            let brought = app.get(&path).await.expect(200);
            assert_eq!(brought.values().len(), 1);
            assert_eq!(brought.values()[0]["role"]["displayName"], "Member");
            assert_eq!(brought.values()[0]["role"]["resource"]["displayName"], group);
        }
    });
}

#[test]
fn verify_finds_roles_of_another_catalog() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let scene = Scene::of(&app).await;
        scene.bring(&app, scene.member()).await.expect(201);
        let other = catalog(&app, "Other").await;
        let id = |text: &str| match house.on_sqlite() {
            true => format!("x'{}'", text.replace('-', "")),
            false => format!("'{text}'"),
        };
        house
            .plant(&format!("UPDATE access_package SET catalog_id = {} WHERE id = {}", id(&other), id(&scene.package)))
            .await;
        let promises: Vec<_> = house.verify().await.iter().map(|violation| violation.promise).collect();
        assert_eq!(promises, ["a package's role scopes are of resources in the package's catalog"]);
        house
            .plant(&format!(
                "UPDATE access_package SET catalog_id = {} WHERE id = {}",
                id(&scene.catalog),
                id(&scene.package)
            ))
            .await;
        house.plant(&format!("DELETE FROM audit WHERE target_id = {}", id(scene.id()))).await;
        let promises: Vec<_> = house.verify().await.iter().map(|violation| violation.promise).collect();
        assert_eq!(promises, ["every resource has its audit row"]);
        house.plant(&format!("DELETE FROM package_role_scope WHERE package_id = {}", id(&scene.package))).await;
        house.plant(&format!("DELETE FROM resource WHERE id = {}", id(scene.id()))).await;
    });
}
