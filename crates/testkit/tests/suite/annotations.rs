//! Annotations in bodies: none that asks for something is dropped in silence. And collections that hold
//! references only: a POST to one says where a link is made.

use crate::directory::{reference, user};
use crate::steps::{BETA, V1, catalog, group, group_link, package, package_link};
use auth::policy::{Resource, Verb};
use auth::table::ROWS;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testkit::{Answer, Client, House, on_each_engine};

/// They inform, and change nothing.
const IGNORED: &[&str] = &[
    "@odata.context",
    "@odata.etag",
    "@odata.editLink",
    "@odata.readLink",
    "@odata.count",
    "@odata.nextLink",
    "displayName@odata.type",
    "members@odata.context",
    "members@odata.count",
    "members@odata.nextLink",
    "members@odata.navigationLink",
    "members@odata.associationLink",
    "@Org.OData.Core.V1.Description",
    "displayName@microsoft.graph.tips",
];

/// They ask for something that isn't done, or mean nothing.
const REFUSED: &[&str] =
    &["@removed", "@odata.removed", "members@delta", "@odata.bind", "members@odata.bnd", "manager@odata.id", "@other"];

/// A request with a body: where, which, and whether its `@odata.id` is refused.
struct Body {
    method: &'static str,
    path: String,
    body: Value,
    status: u16,
    refuses_id: bool,
}

/// The error's target is this member of the body.
#[track_caller]
fn about(answer: &Answer, target: &str) {
    assert_eq!(answer.json["error"]["details"][0]["target"], target, "{}", answer.text());
    assert!(answer.message().contains(target), "{}", answer.text());
}

async fn bodies(house: &House, app: &Client) -> Vec<Body> {
    let catalog = catalog(app, "Annotated").await;
    let package = package(app, &catalog, "Annotated").await;
    let (watch, ada) = (group(app, "Annotated").await, house.user_id("ada").await);
    let new =
        |name: &str| json!({ "displayName": name, "mailEnabled": false, "mailNickname": "n", "securityEnabled": true });
    let post = |path: String, body: Value, status, refuses_id| Body { method: "POST", path, body, status, refuses_id };
    let patch = |path: String, body: Value| Body { method: "PATCH", path, body, status: 204, refuses_id: false };
    let policy = json!({ "displayName": "P", "accessPackage": { "id": package } });
    let made = app.post(&format!("{V1}/assignmentPolicies"), policy.clone()).await.expect(201).id();
    vec![
        post("/v1.0/groups".into(), new("New"), 201, true),
        post("/beta/groups".into(), new("New"), 201, true),
        patch(format!("/v1.0/groups/{watch}"), json!({ "description": "d" })),
        patch(format!("/beta/users/{ada}"), json!({ "city": "c" })),
        post(format!("{V1}/catalogs"), json!({ "displayName": "New" }), 201, true),
        patch(format!("{BETA}/accessPackageCatalogs/{catalog}"), json!({ "description": "d" })),
        post(format!("{V1}/accessPackages"), json!({ "displayName": "New", "catalog": { "id": catalog } }), 201, true),
        patch(format!("{V1}/accessPackages/{package}"), json!({ "description": "d" })),
        post(format!("{V1}/assignmentPolicies"), policy.clone(), 201, true),
        Body {
            method: "PUT",
            path: format!("{V1}/assignmentPolicies/{made}"),
            body: policy,
            status: 200,
            refuses_id: false,
        },
        post(
            format!("{BETA}/accessPackageCatalogs/{catalog}/accessPackages/{package}/incompatibleGroups"),
            json!({}),
            201,
            false,
        ),
        post(format!("/v1.0/users/{ada}/checkMemberGroups"), json!({ "groupIds": [watch] }), 200, true),
    ]
}

#[test]
fn annotation_in_a_body_is_honoured_ignored_or_refused_by_name() {
    on_each_engine(async |house| {
        let app = house.app().await;
        for Body { method, path, body, status, refuses_id } in bodies(house, &app).await {
            let with = |name: &str, value: Value| {
                let mut body = body.clone();
                body[name] = value;
                if let Some(name) = body.get("displayName").and_then(Value::as_str) {
                    // Names of catalogs and packages are unique.
                    body["displayName"] = json!(format!("{name} {}", uuid::Uuid::new_v4()));
                }
                Some(body.to_string())
            };
            let mut all = body.clone();
            for name in IGNORED {
                all[name] = json!("x");
            }
            app.send(method, &path, Some(all.to_string())).await.expect(status);
            for name in REFUSED {
                let answer = app.send(method, &path, with(name, json!("x"))).await;
                assert_eq!(answer.status, 400, "{method} {path} {name}: {}", answer.text());
                about(&answer, name);
            }
            if refuses_id {
                let answer = app.send(method, &path, with("@odata.id", json!("groups/x"))).await.expect(400);
                about(&answer, "@odata.id");
            }
            let wrong = with("@odata.type", json!("#microsoft.graph.nonsense"));
            if !path.ends_with("checkMemberGroups") {
                app.send(method, &path, wrong).await.expect(400).says("@odata.type");
            }
        }
    });
}

#[test]
fn annotation_within_a_body_is_refused_by_its_path() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let catalog = catalog(&app, "Annotated").await;
        let group = group(&app, "Annotated").await;
        let ada = house.user_id("ada").await;
        let here = format!("{V1}/catalogs/{catalog}");
        let packages = format!("{V1}/accessPackages");
        let organization = |source: Value| json!({ "displayName": "O", "identitySources": [source] });
        let source = |name: &str| {
            let mut source = json!({
                "@odata.type": "#microsoft.graph.domainIdentitySource", "domainName": "o.example", "displayName": "O",
            });
            source[name] = json!("x");
            source
        };
        for (method, path, body, named) in [
            (
                "POST",
                packages.clone(),
                json!({ "displayName": "x", "catalog": { "@odata.id": here, "id": group } }),
                "catalog/id",
            ),
            (
                "POST",
                packages.clone(),
                json!({ "displayName": "x", "catalog": { "@odata.id": 7 } }),
                "catalog/@odata.id",
            ),
            (
                "POST",
                packages.clone(),
                json!({ "displayName": "x", "catalog": { "@odata.id": here, "@removed": {} } }),
                "catalog/@removed",
            ),
            (
                "POST",
                format!("{V1}/connectedOrganizations"),
                organization(source("@odata.id")),
                "identitySources[0]/@odata.id",
            ),
            (
                "POST",
                format!("{V1}/connectedOrganizations"),
                organization(source("domain@odata.bind")),
                "identitySources[0]/domain@odata.bind",
            ),
            (
                "POST",
                format!("{V1}/connectedOrganizations"),
                organization(source("@removed")),
                "identitySources[0]/@removed",
            ),
            ("PATCH", format!("/v1.0/users/{ada}"), json!({ "manager@odata.bind": null }), "manager@odata.bind"),
            ("PATCH", format!("/v1.0/groups/{group}"), json!({ "members@delta": [] }), "members@delta"),
            (
                "POST",
                format!("/v1.0/groups/{group}/members/$ref"),
                json!({ "@odata.id": format!("users/{ada}"), "@removed": {} }),
                "@removed",
            ),
            (
                "POST",
                format!("/v1.0/groups/{group}/members/$ref"),
                json!({ "@odata.id": format!("users/{ada}"), "owners@odata.bind": [] }),
                "owners@odata.bind",
            ),
        ] {
            let answer = app.send(method, &path, Some(body.to_string())).await;
            assert_eq!(answer.status, 400, "{body}: {}", answer.text());
            about(&answer, named);
        }
        assert!(app.get(&format!("/v1.0/groups/{group}/members")).await.expect(200).values().is_empty());
        assert!(app.get(&format!("{V1}/connectedOrganizations")).await.expect(200).values().is_empty());
        app.get(&format!("/v1.0/users/{ada}/manager")).await.expect(404);
        // Sent back as it is read with all metadata, a link names its entity twice.
        let echo = json!({ "displayName": "x", "catalog": { "@odata.id": here, "id": catalog } });
        app.post(&packages, echo).await.expect(201);
        // What a link is told of besides its reference informs only.
        let body = json!({
            "@odata.id": format!("users/{ada}"), "@odata.type": "#microsoft.graph.user", "@odata.context": "x",
        });
        app.post(&format!("/v1.0/groups/{group}/members/$ref"), body).await.expect(204);
    });
}

#[test]
fn post_to_a_collection_of_references_names_ref_and_changes_nothing() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let catalog = catalog(&app, "References").await;
        let (one, other) = (package(&app, &catalog, "One").await, package(&app, &catalog, "Other").await);
        let (holder, watch, ann) = (group(&app, "Holder").await, group(&app, "Watch").await, user(&app, "Ann").await);
        let ben = house.user_id("ben").await;
        let organization = json!({
            "displayName": "Partner",
            "identitySources": [{
                "@odata.type": "#microsoft.graph.domainIdentitySource", "domainName": "partner.example",
                "displayName": "P",
            }],
        });
        let organization = app.post(&format!("{V1}/connectedOrganizations"), organization).await.expect(201).id();
        let application = app.post("/v1.0/applications", json!({ "displayName": "A" })).await.expect(201);
        let body = json!({ "appId": application.json["appId"] });
        let principal = app.post("/v1.0/servicePrincipals", body).await.expect(201).id();
        let application = application.id();
        let em = "/identityGovernance/entitlementManagement";
        let mut tried = BTreeSet::new();
        for (row, method, path, body) in [
            ("group/members", "POST", format!("/groups/{holder}/members"), reference(&ann)),
            ("group/owners", "POST", format!("/groups/{holder}/owners"), reference(&ann)),
            ("user/sponsors", "POST", format!("/users/{ben}/sponsors"), reference(&ann)),
            ("user/manager", "POST", format!("/users/{ann}/manager"), reference(&ben)),
            ("user/manager", "PUT", format!("/users/{ann}/manager"), reference(&ben)),
            ("user/manager", "PATCH", format!("/users/{ann}/manager"), reference(&ben)),
            ("application/owners", "POST", format!("/applications/{application}/owners"), reference(&ann)),
            ("servicePrincipal/owners", "POST", format!("/servicePrincipals/{principal}/owners"), reference(&ann)),
            (
                "accessPackage/incompatibleAccessPackages",
                "POST",
                format!("{em}/accessPackages/{one}/incompatibleAccessPackages"),
                package_link(&other),
            ),
            (
                "accessPackage/incompatibleGroups",
                "POST",
                format!("{em}/accessPackages/{one}/incompatibleGroups"),
                group_link(&watch),
            ),
            (
                "connectedOrganization/internalSponsors",
                "POST",
                format!("{em}/connectedOrganizations/{organization}/internalSponsors"),
                reference(&ann),
            ),
            (
                "connectedOrganization/externalSponsors",
                "POST",
                format!("{em}/connectedOrganizations/{organization}/externalSponsors"),
                reference(&ann),
            ),
        ] {
            tried.insert(row.to_owned());
            for version in ["/v1.0", "/beta"] {
                let path = format!("{version}{path}");
                // The one collection of references that beta makes and links groups in.
                if row == "accessPackage/incompatibleGroups" && version == "/beta" {
                    continue;
                }
                let before = app.get(&path).await.text();
                for body in [body.clone(), json!({ "id": ann }), json!({})] {
                    let answer = app.send(method, &path, Some(body.to_string())).await;
                    assert_eq!(answer.status, 405, "{method} {path}: {}", answer.text());
                    answer.error("MethodNotAllowed").says("/$ref");
                }
                let after = app.get(&path).await;
                if after.status == 200 {
                    assert_eq!(after.text(), before, "{path}");
                }
                let wanted = if row == "user/manager" { "PUT" } else { "POST" };
                if !row.ends_with("externalSponsors") {
                    app.send(wanted, &format!("{path}/$ref"), Some(body.to_string())).await.expect(204);
                    let link = if row == "user/manager" {
                        format!("{path}/$ref")
                    } else {
                        let id = body["@odata.id"].as_str().unwrap().rsplit('/').next().unwrap();
                        format!("{path}/{id}/$ref")
                    };
                    app.delete(&link).await.expect(204);
                }
            }
        }
        let rows = ROWS.iter().filter(|row| matches!(row.verb, Verb::LinkAdd | Verb::LinkSet));
        let rows: BTreeSet<String> = rows
            .map(|row| match row.resource {
                Resource::Edge(ty, navigation) => format!("{ty}/{navigation}"),
                Resource::Set(set) => set.to_owned(),
            })
            .collect();
        assert_eq!(tried, rows);
    });
}
