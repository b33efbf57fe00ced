//! The commands that are sent with every property: where, with what at least, and where the outcome is read.

use crate::directory::make_user;
use crate::life::kit::with;
use crate::policies::full;
use crate::policies_beta::terraform;
use crate::steps::{BETA, V1, catalog, group, package};
use model::surface::Version;
use serde_json::{Value, json};
use testkit::{Client, House};

/// A command on one surface.
pub struct Command {
    /// As the permission table calls it.
    pub row: &'static str,
    /// `Create` or `Update`, also for a PUT.
    pub verb: &'static str,
    pub version: Version,
    /// The type of the body, as the surface calls it.
    pub ty: &'static str,
    pub method: &'static str,
    pub path: String,
    /// What has to be in the body, where a sample wouldn't do.
    base: fn(usize) -> Value,
    /// And more, for each round.
    more: [Value; 2],
    /// Where the outcome is read; for a new entity below the path that it was made at.
    pub read: Option<String>,
}

impl Command {
    pub fn body(&self, round: usize) -> Value {
        with((self.base)(round), self.more[round].clone())
    }
}

fn nothing(_: usize) -> Value {
    json!({})
}

fn user(_: usize) -> Value {
    json!({ "passwordProfile": { "password": "Correct-horse-1" } })
}

fn assigned_group(_: usize) -> Value {
    json!({ "mailEnabled": false, "securityEnabled": true, "groupTypes": [] })
}

fn endpoint(round: usize) -> Value {
    let extension = "#microsoft.graph.accessPackageAssignmentRequestWorkflowExtension";
    let logic_app = json!({
        "@odata.type": "#microsoft.graph.logicAppTriggerEndpointConfiguration", "url": "https://checks.example/1",
        "subscriptionId": "s", "resourceGroupName": "g", "logicAppWorkflowName": "w",
    });
    let http = json!({
        "@odata.type": "#microsoft.graph.httpRequestEndpoint", "targetUrl": "https://checks.example/2",
    });
    let authentication = json!({
        "@odata.type": "#microsoft.graph.azureAdTokenAuthentication", "resourceId": "f604bd15-f785-4309-ad7c-6fad18ddb6cb",
    });
    json!({
        "@odata.type": extension, "endpointConfiguration": if round == 0 { http } else { logic_app },
        "authenticationConfiguration": authentication,
        "clientConfiguration": { "maximumRetries": round + 1, "timeoutInMilliseconds": 500 + round },
        "callbackConfiguration": { "timeoutDuration": format!("P{}D", round + 1) },
    })
}

fn organization(round: usize) -> Value {
    let domain = format!("d{}.example", uuid::Uuid::new_v4().simple());
    let source = json!({
        "@odata.type": "#microsoft.graph.domainIdentitySource", "displayName": "D", "domainName": domain,
    });
    json!({ "identitySources": [source], "state": (["proposed", "configured"][round]) })
}

fn settings(round: usize) -> Value {
    json!({ "externalUserLifecycleAction": (["blockSignIn", "blockSignInAndDelete"][round]) })
}

fn lifecycle(round: usize) -> Value {
    json!({ "subjectLifecycle": (["governed", "notGoverned"][round]) })
}

/// Every command of both surfaces whose outcome is an entity with the properties of its body.
pub async fn commands(house: &House, app: &Client) -> Vec<Command> {
    let mut all = Vec::new();
    let catalog = catalog(app, "Bodies").await;
    let package = package(app, &catalog, "Bodies").await;
    let changed_group = group(app, "Changed").await;
    let user_id = make_user(app, "Changed", json!({})).await.expect(201).id();
    let application = app.post("/v1.0/applications", json!({ "displayName": "Changed" })).await.expect(201);
    let app_id = application.json["appId"].clone();
    let principal = app.post("/v1.0/servicePrincipals", json!({ "appId": app_id })).await.expect(201).id();
    let organizations = format!("{V1}/connectedOrganizations");
    let organization_id =
        app.post(&organizations, with(json!({ "displayName": "Changed" }), organization(0))).await.expect(201).id();
    let extensions = format!("{V1}/catalogs/{catalog}/customWorkflowExtensions");
    let extension =
        app.post(&extensions, with(json!({ "displayName": "Changed" }), endpoint(0))).await.expect(201).id();
    let policies = format!("{V1}/assignmentPolicies");
    let body = json!({ "displayName": "Changed", "accessPackage": { "id": package } });
    let policy = app.post(&policies, body).await.expect(201).id();
    let eve = house.user_id("eve").await;
    crate::life::subject_of(app, &eve).await;
    let subjects = format!("{V1}/subjects?$filter=objectId%20eq%20'{eve}'");
    let subject = app.get(&subjects).await.expect(200).ids().remove(0);
    for (version, root, em) in [(Version::V1, "/v1.0", V1), (Version::Beta, "/beta", BETA)] {
        let is_v1 = version == Version::V1;
        let by = |v1: &'static str, beta: &'static str| if is_v1 { v1 } else { beta };
        let mut add = |row, ty, path: &str, base, more: Value| {
            let (path, more) = (path.to_owned(), [more.clone(), more]);
            all.push(Command { row, verb: "Create", version, ty, method: "POST", path, base, more, read: None });
        };
        let catalogs = format!("{em}/{}", by("catalogs", "accessPackageCatalogs"));
        add("entitlementManagement/catalogs Create", "accessPackageCatalog", &catalogs, nothing, json!({}));
        let in_catalog = match is_v1 {
            true => json!({ "catalog": { "id": catalog } }),
            false => json!({ "catalogId": catalog }),
        };
        let packages = format!("{em}/accessPackages");
        add("entitlementManagement/accessPackages Create", "accessPackage", &packages, nothing, in_catalog.clone());
        add("users Create", "user", &format!("{root}/users"), user, json!({}));
        add("groups Create", "group", &format!("{root}/groups"), assigned_group, json!({}));
        add("applications Create", "application", &format!("{root}/applications"), nothing, json!({}));
        add(
            "entitlementManagement/connectedOrganizations Create",
            "connectedOrganization",
            &format!("{em}/connectedOrganizations"),
            organization,
            json!({}),
        );
        let extensions =
            format!("{catalogs}/{catalog}/{}", by("customWorkflowExtensions", "accessPackageCustomWorkflowExtensions"));
        let request_extension = "accessPackageAssignmentRequestWorkflowExtension";
        add(
            "accessPackageCatalog/customWorkflowExtensions Create",
            request_extension,
            &extensions,
            endpoint,
            json!({}),
        );
        let policies = format!("{em}/{}", by("assignmentPolicies", "accessPackageAssignmentPolicies"));
        let settings_of_policy = policy_settings(house, is_v1, &package).await;
        let policy_type = "accessPackageAssignmentPolicy";
        add(
            "entitlementManagement/assignmentPolicies Create",
            policy_type,
            &policies,
            nothing,
            settings_of_policy.clone(),
        );
        if !is_v1 {
            let inside = format!("{catalogs}/{catalog}/accessPackages");
            add("accessPackageCatalog/accessPackages Create", "accessPackage", &inside, nothing, in_catalog.clone());
            let groups = format!("{em}/accessPackages/{package}/incompatibleGroups");
            add("accessPackage/incompatibleGroups Create", "group", &groups, assigned_group, json!({}));
        }

        let mut more = [json!({}), json!({})];
        for more in &mut more {
            let made = app.post("/v1.0/applications", json!({ "displayName": "Present" })).await.expect(201);
            more["appId"] = made.json["appId"].clone();
        }
        all.push(Command {
            row: "servicePrincipals Create",
            verb: "Create",
            version,
            ty: "servicePrincipal",
            method: "POST",
            path: format!("{root}/servicePrincipals"),
            base: nothing,
            more,
            read: None,
        });
        let mut change = |row, ty, method, path: String, base, more: Value| {
            let (read, more) = (Some(path.clone()), [more.clone(), more]);
            all.push(Command { row, verb: "Update", version, ty, method, path, base, more, read });
        };
        let path = format!("{catalogs}/{catalog}");
        change("entitlementManagement/catalogs Update", "accessPackageCatalog", "PATCH", path, nothing, json!({}));
        let path = format!("{packages}/{package}");
        change(
            "entitlementManagement/accessPackages Update",
            "accessPackage",
            "PATCH",
            path,
            nothing,
            in_catalog.clone(),
        );
        if !is_v1 {
            let path = format!("{catalogs}/{catalog}/accessPackages/{package}");
            change("accessPackageCatalog/accessPackages Update", "accessPackage", "PATCH", path, nothing, in_catalog);
        }
        change("users Update", "user", "PATCH", format!("{root}/users/{user_id}"), nothing, json!({}));
        let path = format!("{root}/groups/{changed_group}");
        change("groups Update", "group", "PATCH", path, assigned_group, json!({}));
        let path = format!("{root}/applications/{}", application.id());
        change("applications Update", "application", "PATCH", path, nothing, json!({}));
        let path = format!("{root}/servicePrincipals/{principal}");
        change("servicePrincipals Update", "servicePrincipal", "PATCH", path, nothing, json!({}));
        let path = format!("{em}/connectedOrganizations/{organization_id}");
        let row = "entitlementManagement/connectedOrganizations Update";
        change(row, "connectedOrganization", "PATCH", path, nothing, json!({ "state": "configured" }));
        let path = format!("{em}/settings");
        let row = "entitlementManagement/settings Update";
        change(row, "entitlementManagementSettings", "PATCH", path, settings, json!({}));
        let path = format!("{extensions}/{extension}");
        let row = "accessPackageCatalog/customWorkflowExtensions Update";
        change(row, request_extension, "PUT", path, endpoint, json!({}));
        let row = "entitlementManagement/assignmentPolicies Update";
        change(row, policy_type, "PUT", format!("{policies}/{policy}"), nothing, settings_of_policy);
        if is_v1 {
            let path = format!("{em}/controlConfigurations/endUserSettings");
            let row = "entitlementManagement/controlConfigurations Update";
            change(row, "endUserSettings", "PATCH", path, nothing, json!({}));
            let path = format!("{em}/subjects/{subject}");
            change(
                "entitlementManagement/subjects Update",
                "accessPackageSubject",
                "PATCH",
                path,
                lifecycle,
                json!({}),
            );
        }
    }
    all
}

/// Every setting of a policy that goes with the others.
async fn policy_settings(house: &House, is_v1: bool, package: &str) -> Value {
    if !is_v1 {
        let mut body = terraform(house, package).await;
        body["verifiableCredentialSettings"] = json!({ "credentialTypes": [] });
        return body;
    }
    full(house, package).await
}
