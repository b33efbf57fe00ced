//! PATCH of complex properties: members that the body doesn't name stay as they are (OData 4.0 part 1,
//! sections 11.4.3 and 11.4.9.3). The first test goes through the whole model and must never list
//! properties by hand.

use crate::directory::{group, make_group, make_user};
use crate::life::kit::until;
use futures_util::future::join_all;
use model::surface::{Surface, Version};
use odata::schema::{Access, Item, Primitive, Type, TypeId};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use testkit::{Client, on_each_engine};
use uuid::Uuid;

/// A complex property that PATCH can set, and its members that a body can set.
struct Complex {
    name: &'static str,
    ty: TypeId,
}

/// Every path below the root that ends in one entity, with the entity's type.
fn entity_paths(surface: &'static Surface) -> Vec<(String, TypeId)> {
    let schema = &surface.schema;
    let mut found = Vec::new();
    let mut open = vec![(String::new(), schema.root, 0)];
    while let Some((path, ty, depth)) = open.pop() {
        for (at, navigation) in schema.ty(ty).navigations.iter().enumerate() {
            let singleton = format!("{path}/{}", navigation.name);
            let one = match navigation.many {
                true => format!("{singleton}/{}", Uuid::nil()),
                false => singleton,
            };
            let through = surface.nav(ty, at).join == model::def::Join::Through;
            if !through {
                found.push((one.clone(), navigation.target));
            }
            if depth < 3 && (through || navigation.contained) {
                open.push((one, navigation.target, depth + 1));
            }
        }
    }
    found
}

/// The types of entities that have PATCH on this surface: a method that no path has is refused with all
/// methods that the path does have.
async fn patchable(app: &Client, surface: &'static Surface) -> BTreeSet<&'static str> {
    let mut types = BTreeSet::new();
    for (path, ty) in entity_paths(surface) {
        let answer = app.send("COPY", &format!("/{}{path}", surface.version.name()), None).await.expect(405);
        if answer.header("allow").split(", ").any(|method| method == "PATCH") {
            types.extend(surface.schema.ty(ty).concrete.iter().map(|ty| surface.schema.ty(*ty).name));
        }
    }
    types
}

/// The complex properties of an entity type that hold one value of at least two members.
fn complex_properties(surface: &'static Surface, name: &str) -> Vec<Complex> {
    let schema = &surface.schema;
    let ty = schema.ty(schema.find(name).unwrap());
    let found = ty.properties.iter().filter_map(|property| match property.ty {
        Type { item: Item::Complex(of), many: false }
            if property.access == Access::ReadWrite && writable(surface, of).len() > 1 =>
        {
            Some(Complex { name: property.name, ty: of })
        }
        _ => None,
    });
    found.collect()
}

fn writable(surface: &'static Surface, ty: TypeId) -> Vec<(&'static str, Type)> {
    let properties = surface.schema.ty(ty).properties.iter();
    properties.filter(|property| property.access == Access::ReadWrite).map(|each| (each.name, each.ty)).collect()
}

/// A value of this type; another for each number.
fn sample(surface: &'static Surface, name: &str, ty: Type, number: u8) -> Value {
    if ty.many {
        return json!([sample(surface, name, Type { item: ty.item, many: false }, number)]);
    }
    match ty.item {
        Item::Complex(of) => {
            let members = writable(surface, of).into_iter();
            members.map(|(name, ty)| (name.to_owned(), sample(surface, name, ty, number))).collect::<Map<_, _>>().into()
        }
        Item::Enum(id) => {
            let members = &surface.schema.enumeration(id).members;
            json!(members[usize::from(number) % members.len()].0)
        }
        Item::Primitive(kind) => match kind {
            Primitive::Boolean => json!(number.is_multiple_of(2)),
            Primitive::Int32 | Primitive::Int64 | Primitive::Double => json!(number),
            Primitive::Guid => json!(Uuid::from_u128(number.into())),
            Primitive::DateTimeOffset => json!(format!("2030-01-0{number}T00:00:00Z")),
            Primitive::Date => json!(format!("2030-01-0{number}")),
            Primitive::Duration => json!(format!("P{number}D")),
            Primitive::Binary => json!(["AAAA", "AQEB", "AgIC"][usize::from(number) % 3]),
            _ if name == "redirectUris" => json!(format!("https://localhost/{number}")),
            _ => json!(format!("{name} {number}")),
        },
    }
}

/// Makes an entity of this type; gives its path below the version.
async fn make(app: &Client, ty: &str) -> String {
    match ty {
        "user" => format!("users/{}", make_user(app, "Somebody", json!({})).await.expect(201).id()),
        "group" => format!("groups/{}", group(app, "Some group").await),
        "application" | "servicePrincipal" => {
            let made = app.post("/v1.0/applications", json!({ "displayName": "Robot" })).await.expect(201);
            match ty {
                "application" => format!("applications/{}", made.id()),
                _ => {
                    let body = json!({ "appId": made.json["appId"] });
                    format!("servicePrincipals/{}", app.post("/v1.0/servicePrincipals", body).await.expect(201).id())
                }
            }
        }
        other => panic!("'{other}' has PATCH and a complex property: say here how one is made"),
    }
}

/// Holds that each member of a complex property can be changed and cleared while the others stay. `around`
/// puts a value of the property at `path` into the body of an update.
async fn members_are_independent(app: &Client, surface: &'static Surface, entity: &str, path: &[&str], ty: TypeId) {
    let around = |value: Value| path.iter().rev().fold(value, |value, name| json!({ *name: value }));
    let read = async || {
        let answer = app.get(&format!("{entity}?$select={}", path[0])).await.expect(200);
        path.iter().fold(answer.json, |value, name| value[*name].clone())
    };
    let whole = sample(surface, "", Type { item: Item::Complex(ty), many: false }, 1);
    app.patch(entity, around(whole.clone())).await.expect(204);
    assert_eq!(read().await, whole, "{entity} {path:?}");
    for (member, of) in writable(surface, ty) {
        let mut expected = whole.clone();
        for value in [sample(surface, member, of, 2), Value::Null] {
            app.patch(entity, around(json!({ member: value }))).await.expect(204);
            // Null clears: a cleared collection is empty.
            expected[member] = if of.many && value.is_null() { json!([]) } else { value };
            assert_eq!(read().await, expected, "{entity} {path:?} {member}");
        }
        app.patch(entity, around(json!({ member: whole[member] }))).await.expect(204);
        assert_eq!(read().await, whole, "{entity} {path:?} {member}");
        if let Type { item: Item::Complex(inner), many: false } = of {
            let path: Vec<&str> = path.iter().copied().chain([member]).collect();
            Box::pin(members_are_independent(app, surface, entity, &path, inner)).await;
        }
    }
    app.patch(entity, around(json!({}))).await.expect(204);
    assert_eq!(read().await, whole, "{entity} {path:?}");
    app.patch(entity, around(Value::Null)).await.expect(204);
    assert_eq!(read().await, Value::Null, "{entity} {path:?}");
    app.patch(entity, around(whole.clone())).await.expect(204);
    assert_eq!(read().await, whole, "{entity} {path:?}");
}

#[test]
fn patch_of_every_complex_property_keeps_members_not_named() {
    on_each_engine(async |house| {
        let app = house.app().await;
        for version in Version::ALL {
            let surface = model::surface(version);
            let mut tested = Vec::new();
            for ty in patchable(&app, surface).await {
                for property in complex_properties(surface, ty) {
                    // What is never given back can't be seen to stay: nothing of it is stored.
                    if property.name == "passwordProfile" {
                        continue;
                    }
                    let entity = format!("/{}/{}", version.name(), make(&app, ty).await);
                    members_are_independent(&app, surface, &entity, &[property.name], property.ty).await;
                    tested.push(format!("{ty}/{}", property.name));
                }
            }
            let least = ["application/api", "application/web", "servicePrincipal/info", "user/employeeOrgData"];
            assert!(least.iter().all(|name| tested.iter().any(|known| known == name)), "{tested:?}");
        }
    });
}

#[test]
fn patch_of_application_part_keeps_scopes_and_addresses() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let scope = json!({ "id": Uuid::from_u128(7), "isEnabled": true, "type": "User", "value": "Notes.Read" });
        let body = json!({ "displayName": "Notes", "api": { "oauth2PermissionScopes": [scope] },
            "web": { "redirectUris": ["https://notes.test/"], "implicitGrantSettings": { "enableIdTokenIssuance": true } } });
        let made = app.post("/v1.0/applications", body).await.expect(201);
        let by_app_id = format!("applications(appId='{}')", made.json["appId"].as_str().unwrap());
        app.patch(&format!("/v1.0/applications/{}", made.id()), json!({ "api": { "requestedAccessTokenVersion": 2 } }))
            .await
            .expect(204);
        app.patch(&format!("/beta/{by_app_id}"), json!({ "web": { "logoutUrl": "https://notes.test/out" } }))
            .await
            .expect(204);
        let nested = json!({ "web": { "implicitGrantSettings": { "enableAccessTokenIssuance": true } } });
        let batch = json!({ "requests": [{ "id": "1", "method": "PATCH", "url": format!("/{by_app_id}"),
            "headers": { "Content-Type": "application/json" }, "body": nested }] });
        let answer = app.post("/v1.0/$batch", batch).await.expect(200);
        assert_eq!(answer.json["responses"][0]["status"], 204, "{}", answer.text());
        let read = app.get(&format!("/v1.0/{by_app_id}")).await.expect(200).json;
        let expected = json!({ "oauth2PermissionScopes": [scope], "requestedAccessTokenVersion": 2 });
        assert_eq!(read["api"], expected);
        let settings = json!({ "enableAccessTokenIssuance": true, "enableIdTokenIssuance": true });
        let expected = json!({ "implicitGrantSettings": settings, "logoutUrl": "https://notes.test/out",
            "redirectUris": ["https://notes.test/"] });
        assert_eq!(read["web"], expected);

        // A collection is replaced as a whole, and what can't be is refused by its path.
        let path = format!("/v1.0/{by_app_id}");
        app.patch(&path, json!({ "web": { "redirectUris": ["https://b.test/"] } })).await.expect(204);
        assert_eq!(app.get(&path).await.expect(200).json["web"]["redirectUris"], json!(["https://b.test/"]));
        app.patch(&path, json!({ "web": { "redirectUris": ["http://b.test/#"] } }))
            .await
            .expect(400)
            .says("web/redirectUris");
        app.patch(&path, json!({ "web": { "nothing": 1 } })).await.expect(400).says("web/nothing");
        assert_eq!(app.get(&path).await.expect(200).json["web"]["logoutUrl"], "https://notes.test/out");
    });
}

#[test]
fn patch_of_complex_property_is_logged_with_whole_values() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let data = json!({ "employeeOrgData": { "costCenter": "4711", "division": "East" } });
        let user = make_user(&app, "Somebody", data).await.expect(201).id();
        let path = format!("/v1.0/users/{user}");
        app.patch(&path, json!({ "employeeOrgData": { "division": "West" }, "city": "Ulm" })).await.expect(204);
        app.patch(&path, json!({ "employeeOrgData": { "division": "West" }, "city": "Ulm" })).await.expect(204);
        let list = format!(
            "/v1.0/auditLogs/directoryAudits?$filter=activityDisplayName eq 'Update user' and \
             targetResources/any(t:t/id eq '{user}')&$orderby=activityDateTime"
        );
        let entries = app.get(&list).await.expect(200);
        let [change, repetition] = entries.values() else { panic!("{}", entries.text()) };
        let modified = change["targetResources"][0]["modifiedProperties"].as_array().unwrap();
        let mut values: Vec<[Value; 3]> = modified
            .iter()
            .map(|each| {
                let read = |name: &str| each[name].as_str().map_or(Value::Null, |t| serde_json::from_str(t).unwrap());
                [each["displayName"].clone(), read("oldValue"), read("newValue")]
            })
            .collect();
        values.sort_by_key(|each| each[0].to_string());
        let before = json!({ "costCenter": "4711", "division": "East" });
        let after = json!({ "costCenter": "4711", "division": "West" });
        assert_eq!(values, [[json!("city"), Value::Null, json!("Ulm")], [json!("employeeOrgData"), before, after]]);
        assert_eq!(repetition["targetResources"][0]["modifiedProperties"], json!([]));
    });
}

#[test]
fn update_of_service_principal_by_its_application_is_logged_with_old_values() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let roles = |value: &str| {
            json!([{ "allowedMemberTypes": ["User"], "displayName": value, "id": Uuid::from_u128(1), "isEnabled": true,
                "value": value }])
        };
        let made = app
            .post("/v1.0/applications", json!({ "displayName": "Robot", "appRoles": roles("First") }))
            .await
            .expect(201);
        app.post("/v1.0/servicePrincipals", json!({ "appId": made.json["appId"] })).await.expect(201);
        let path = format!("/v1.0/applications/{}", made.id());
        app.patch(&path, json!({ "appRoles": roles("Second") })).await.expect(204);
        for activity in ["Update application", "Update service principal"] {
            let list = format!("/v1.0/auditLogs/directoryAudits?$filter=activityDisplayName eq '{activity}'");
            let entries = app.get(&list).await.expect(200);
            let [entry] = entries.values() else { panic!("{}", entries.text()) };
            let modified = &entry["targetResources"][0]["modifiedProperties"];
            let [roles_changed] = modified.as_array().unwrap().as_slice() else { panic!("{modified}") };
            assert_eq!(roles_changed["displayName"], "appRoles");
            for (value, expected) in [("oldValue", roles("First")), ("newValue", roles("Second"))] {
                let value: Value = serde_json::from_str(roles_changed[value].as_str().unwrap()).unwrap();
                assert_eq!(value, expected, "{activity}");
            }
        }
    });
}

#[test]
fn concurrent_patches_of_different_members_are_all_kept() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let user = make_user(&app, "Somebody", json!({})).await.expect(201).id();
        let path = format!("/v1.0/users/{user}");
        let name = |at: usize| format!("extensionAttribute{at}");
        let body = |at: usize| json!({ "onPremisesExtensionAttributes": { name(at): format!("value {at}") } });
        for answer in join_all((1..=15).map(|at| app.patch(&path, body(at)))).await {
            answer.expect(204);
        }
        let read = app.get(&format!("{path}?$select=onPremisesExtensionAttributes")).await.expect(200).json;
        let expected: Map<String, Value> = (1..=15).map(|at| (name(at), json!(format!("value {at}")))).collect();
        assert_eq!(read["onPremisesExtensionAttributes"], Value::Object(expected));
    });
}

#[test]
fn membership_rule_follows_merged_value() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let data = json!({ "onPremisesExtensionAttributes": { "extensionAttribute1": "crew" } });
        let user = make_user(&app, "Somebody", data).await.expect(201).id();
        let rule = "user.extensionAttribute1 -eq \"crew\" -and user.extensionAttribute2 -eq \"deck\"";
        let more = json!({ "groupTypes": ["DynamicMembership"], "membershipRule": rule });
        let group = make_group(&app, "Deck crew", more).await.expect(201).id();
        let data = json!({ "onPremisesExtensionAttributes": { "extensionAttribute2": "deck" } });
        app.patch(&format!("/v1.0/users/{user}"), data).await.expect(204);
        let members = format!("/v1.0/groups/{group}/members");
        until(async || app.get(&members).await.expect(200).ids() == [user.as_str()]).await;
        let data = json!({ "onPremisesExtensionAttributes": { "extensionAttribute1": null } });
        app.patch(&format!("/v1.0/users/{user}"), data).await.expect(204);
        until(async || app.get(&members).await.expect(200).values().is_empty()).await;
    });
}

#[test]
fn ids_of_roles_and_scopes_are_distinct() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let made = app.post("/v1.0/applications", json!({ "displayName": "Robot" })).await.expect(201);
        let principal = app.post("/v1.0/servicePrincipals", json!({ "appId": made.json["appId"] })).await.expect(201);
        let entry = |id: u128| json!({ "id": Uuid::from_u128(id), "isEnabled": true, "value": format!("v{id}") });
        let role = |id: u128| json!({ "id": Uuid::from_u128(id), "allowedMemberTypes": ["User"], "displayName": "r", "isEnabled": true });
        let application = format!("applications/{}", made.id());
        let principal = format!("servicePrincipals/{}", principal.id());
        for (surface, path, body, target) in [
            (
                "v1.0",
                &application,
                json!({ "api": { "oauth2PermissionScopes": [entry(1), entry(2), entry(1)] } }),
                "api/oauth2PermissionScopes[2]/id",
            ),
            ("beta", &application, json!({ "appRoles": [role(1), role(1)] }), "appRoles[1]/id"),
            (
                "v1.0",
                &principal,
                json!({ "oauth2PermissionScopes": [entry(1), entry(1)] }),
                "oauth2PermissionScopes[1]/id",
            ),
            (
                "beta",
                &principal,
                json!({ "publishedPermissionScopes": [entry(1), entry(1)] }),
                "publishedPermissionScopes[1]/id",
            ),
        ] {
            let refused = app.patch(&format!("/{surface}/{path}"), body.clone()).await.expect(400).says(target);
            assert_eq!(refused.json["error"]["details"][0]["target"], target);
            let mut create = json!({ "displayName": "Other" });
            if path == &application {
                create.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
                app.post(&format!("/{surface}/applications"), create).await.expect(400).says(target);
            }
        }
        let scopes = json!({ "api": { "oauth2PermissionScopes": [entry(1), entry(2)] } });
        app.patch(&format!("/v1.0/{application}"), scopes).await.expect(204);
    });
}
