//! Creations whose body or path names another object: the right to create is not enough where the
//! object that is named belongs to somebody else. Every creating row of the permission table is
//! either tried here or stands in `NAMES_NOTHING_OWNED` with the reason.

use crate::directory::{reference, url};
use crate::permissions_roles::{READER, assign, somebody};
use crate::resources::{onboard, resource, service_principal};
use crate::steps::{BETA, NOBODY, V1, catalog, group, group_link, package, package_link, query};
use auth::policy::{Resource, Verb};
use auth::table::ROWS;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testkit::{Client, House, on_each_engine};

const OWNER: &str = "ae79f266-94d4-4dab-b730-feca7e132178";
const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
const APPLICATION_ADMINISTRATOR: &str = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3";
const DEV_PRINCIPAL: &str = "22222222-2222-4222-8222-222222222223";
const ENTITLEMENT_ROLES: &str = "/v1.0/roleManagement/entitlementManagement/roleAssignments";
const DIRECTORY_ROLES: &str = "/v1.0/roleManagement/directory/roleAssignments";

/// Creations that name no object whose owner could object.
const NAMES_NOTHING_OWNED: &[(&str, &str)] = &[
    ("entitlementManagement/catalogs create", "a catalog names no other object"),
    ("groups create", "members and owners of a new group are named by id, as Graph allows"),
    ("applications create", "owners of a new application are named by id, as Graph allows"),
];

/// One refused creation.
struct Case {
    /// The row of the permission table that it comes by.
    row: &'static str,
    client: Client,
    method: &'static str,
    path: String,
    body: Value,
    status: u16,
}

/// What belongs to somebody else.
struct Theirs {
    catalog: String,
    package: String,
    policy: String,
    extension: String,
    resource: Value,
    group: String,
    application: Value,
    principal: String,
    user: String,
    organization: String,
}

async fn theirs(house: &House, app: &Client) -> Theirs {
    let catalog = catalog(app, "Theirs").await;
    let package = package(app, &catalog, "Theirs").await;
    let group = group(app, "Theirs").await;
    onboard(app, &catalog, &group).await.expect(201);
    let policy = json!({ "displayName": "P", "accessPackage": { "id": package } });
    let organization = json!({
        "displayName": "Partner",
        "identitySources": [{
            "@odata.type": "#microsoft.graph.domainIdentitySource", "domainName": "partner.example", "displayName": "P",
        }],
    });
    let ada = house.user("ada", &[]).await;
    Theirs {
        policy: app.post(&format!("{V1}/assignmentPolicies"), policy).await.expect(201).id(),
        extension: app
            .post(&format!("{V1}/catalogs/{catalog}/customWorkflowExtensions"), extension())
            .await
            .expect(201)
            .id(),
        resource: resource(app, &catalog, &group).await,
        application: ada.post("/v1.0/applications", json!({ "displayName": "Theirs" })).await.expect(201).json,
        principal: service_principal(&ada, "Their other", json!([])).await,
        user: house.user_id("ada").await,
        organization: app.post(&format!("{V1}/connectedOrganizations"), organization).await.expect(201).id(),
        catalog,
        package,
        group,
    }
}

fn extension() -> Value {
    json!({
        "@odata.type": "#microsoft.graph.accessPackageAssignmentRequestWorkflowExtension",
        "displayName": "Checks", "description": "Asks elsewhere",
        "endpointConfiguration": {
            "@odata.type": "#microsoft.graph.httpRequestEndpoint", "targetUrl": "https://checks.example/",
        },
        "authenticationConfiguration": {
            "@odata.type": "#microsoft.graph.azureAdTokenAuthentication", "resourceId": "api://checks",
        },
    })
}

/// Everything that a creation could have added to.
async fn state(app: &Client) -> Vec<String> {
    let mut all = Vec::new();
    for path in [
        format!("{V1}/catalogs?$expand=accessPackages,customWorkflowExtensions,resources"),
        format!("{V1}/accessPackages?$expand=incompatibleGroups,incompatibleAccessPackages,resourceRoleScopes"),
        format!("{V1}/assignmentPolicies?$expand=customExtensionStageSettings"),
        format!("{V1}/assignmentRequests"),
        format!("{V1}/resourceRequests"),
        format!("{V1}/connectedOrganizations?$expand=internalSponsors,externalSponsors"),
        ENTITLEMENT_ROLES.to_owned(),
        DIRECTORY_ROLES.to_owned(),
        "/v1.0/users?$expand=manager".to_owned(),
        "/v1.0/users?$expand=sponsors".to_owned(),
        "/v1.0/users?$expand=appRoleAssignments".to_owned(),
        "/v1.0/groups?$expand=members".to_owned(),
        "/v1.0/groups?$expand=owners".to_owned(),
        "/v1.0/groups?$expand=appRoleAssignments".to_owned(),
        "/v1.0/applications?$expand=owners".to_owned(),
        "/v1.0/servicePrincipals?$expand=owners".to_owned(),
        "/v1.0/servicePrincipals?$expand=appRoleAssignedTo".to_owned(),
        "/v1.0/auditLogs/directoryAudits?$top=999&$select=id".to_owned(),
    ] {
        all.push(app.get(&query(&path)).await.expect(200).text());
    }
    all
}

/// The row as a line: `group/members linkAdd`.
fn name(resource: Resource, verb: Verb) -> String {
    let verb = match verb {
        Verb::Create => "create",
        Verb::CreateOwn => "createOwn",
        Verb::LinkAdd => "linkAdd",
        Verb::LinkSet => "linkSet",
        _ => return String::new(),
    };
    match resource {
        Resource::Set(set) => format!("{set} {verb}"),
        Resource::Edge(ty, navigation) => format!("{ty}/{navigation} {verb}"),
    }
}

#[test]
fn creation_naming_an_object_without_rights_to_it_is_refused_and_changes_nothing() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let theirs = theirs(house, &app).await;
        let (she, her_id) = somebody(house, &app).await;
        let (mine, mine_too) = (catalog(&app, "Mine").await, catalog(&app, "Mine too").await);
        let package = package(&app, &mine, "Mine").await;
        assign(&app, &her_id, OWNER, Some(&mine)).await;
        assign(&app, &her_id, OWNER, Some(&mine_too)).await;
        let ben = house.user_id("ben").await;
        let governs = house.app_with(&["EntitlementManagement.ReadWrite.All"]).await;
        let owned_only = house.app_with(&["Application.ReadWrite.OwnedBy"]).await;
        let cases = cases(&Names {
            theirs: &theirs,
            she: &she,
            her_id: &her_id,
            mine: &mine,
            package: &package,
            ben: &ben,
            governs: &governs,
            owned_only: &owned_only,
        });

        let before = state(&app).await;
        let mut wrong = Vec::new();
        for case in &cases {
            let answer = case.client.send(case.method, &case.path, Some(case.body.to_string())).await;
            if answer.status != case.status {
                wrong.push(format!("{}: {} {} {}", case.row, case.path, answer.status, answer.text()));
            }
            let (version, url) = match case.path.strip_prefix("/beta") {
                Some(url) => ("/beta", url),
                None => ("/v1.0", case.path.trim_start_matches("/v1.0")),
            };
            let batch = json!({ "requests": [{
                "id": "1", "method": case.method, "url": url, "body": case.body,
                "headers": { "Content-Type": "application/json" },
            }] });
            let batch = case.client.post(&format!("{version}/$batch"), batch).await.expect(200);
            if batch.json["responses"][0]["status"] != case.status {
                wrong.push(format!("$batch, {}: {} {}", case.row, case.path, batch.text()));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert_eq!(state(&app).await, before);

        let tried: BTreeSet<String> = cases.iter().map(|case| case.row.to_owned()).collect();
        let excused: BTreeSet<String> = NAMES_NOTHING_OWNED.iter().map(|(row, _)| (*row).to_owned()).collect();
        let rows: BTreeSet<String> =
            ROWS.iter().map(|row| name(row.resource, row.verb)).filter(|row| !row.is_empty()).collect();
        let missing: Vec<&String> =
            rows.iter().filter(|row| !tried.contains(*row) && !excused.contains(*row)).collect();
        assert!(missing.is_empty(), "creations that nobody tries here: {missing:?}");
        assert!(tried.is_disjoint(&excused) && excused.is_subset(&rows) && tried.is_subset(&rows));
    });
}

/// Who is who in the cases.
struct Names<'a> {
    theirs: &'a Theirs,
    /// A catalog owner with every scope, who owns nothing in the directory.
    she: &'a Client,
    her_id: &'a str,
    mine: &'a str,
    package: &'a str,
    ben: &'a str,
    /// An application with EntitlementManagement.ReadWrite.All alone.
    governs: &'a Client,
    /// An application with Application.ReadWrite.OwnedBy alone.
    owned_only: &'a Client,
}

fn cases(names: &Names<'_>) -> Vec<Case> {
    let mut cases = directory_cases(names);
    cases.extend(entitlement_cases(names));
    cases
}

fn directory_cases(names: &Names<'_>) -> Vec<Case> {
    let Names { theirs, she, her_id, owned_only, ben, .. } = names;
    let by = |client: &Client, row, method, path: String, body, status| Case {
        row,
        client: client.clone(),
        method,
        path,
        body,
        status,
    };
    let post = |row, path: String, body, status| by(she, row, "POST", path, body, status);
    let app_id = &theirs.application["appId"];
    let application = theirs.application["id"].as_str().unwrap();
    let (group, principal, user) = (&theirs.group, &theirs.principal, &theirs.user);
    let granted = |principal: &str| json!({ "principalId": principal, "resourceId": theirs.principal, "appRoleId": "00000000-0000-0000-0000-000000000000" });
    let person = json!({
        "accountEnabled": true, "displayName": "New", "mailNickname": "new", "userPrincipalName": "new@doorward.test",
        "passwordProfile": { "password": "Correct-horse-1" }, "manager@odata.bind": url(user),
    });
    let create = "servicePrincipals create";
    vec![
        post(create, "/v1.0/servicePrincipals".into(), json!({ "appId": app_id }), 403),
        post(
            create,
            "/beta/servicePrincipals".into(),
            json!({ "appId": app_id, "owners@odata.bind": [url(her_id)] }),
            403,
        ),
        by(owned_only, create, "POST", "/v1.0/servicePrincipals".into(), json!({ "appId": app_id }), 403),
        post(
            "application/owners linkAdd",
            format!("/v1.0/applications/{application}/owners/$ref"),
            reference(her_id),
            403,
        ),
        post(
            "servicePrincipal/owners linkAdd",
            format!("/v1.0/servicePrincipals/{principal}/owners/$ref"),
            reference(her_id),
            403,
        ),
        by(
            owned_only,
            "application/owners linkAdd",
            "POST",
            format!("/v1.0/applications/{application}/owners/$ref"),
            reference(DEV_PRINCIPAL),
            403,
        ),
        post(
            "servicePrincipal/appRoleAssignedTo create",
            format!("/v1.0/servicePrincipals/{principal}/appRoleAssignedTo"),
            granted(her_id),
            403,
        ),
        post(
            "servicePrincipal/appRoleAssignments create",
            format!("/v1.0/servicePrincipals/{principal}/appRoleAssignments"),
            granted(principal),
            403,
        ),
        post(
            "user/appRoleAssignments create",
            format!("/v1.0/users/{her_id}/appRoleAssignments"),
            granted(her_id),
            403,
        ),
        post(
            "group/appRoleAssignments create",
            format!("/v1.0/groups/{group}/appRoleAssignments"),
            granted(group),
            403,
        ),
        post("group/members linkAdd", format!("/v1.0/groups/{group}/members/$ref"), reference(her_id), 403),
        post("group/owners linkAdd", format!("/v1.0/groups/{group}/owners/$ref"), reference(her_id), 403),
        post("users create", "/v1.0/users".into(), person, 403),
        post("user/sponsors linkAdd", format!("/v1.0/users/{ben}/sponsors/$ref"), reference(her_id), 403),
        by(she, "user/manager linkSet", "PUT", format!("/v1.0/users/{ben}/manager/$ref"), reference(her_id), 403),
        post(
            "rbacDirectory/roleAssignments create",
            DIRECTORY_ROLES.into(),
            json!({ "principalId": her_id, "roleDefinitionId": GLOBAL_ADMINISTRATOR, "directoryScopeId": "/" }),
            403,
        ),
    ]
}

fn entitlement_cases(names: &Names<'_>) -> Vec<Case> {
    let Names { theirs, she, her_id, mine, package, ben, governs, .. } = names;
    let by = |client: &Client, row, path: String, body, status| Case {
        row,
        client: client.clone(),
        method: "POST",
        path,
        body,
        status,
    };
    let post = |row, path: String, body, status| by(she, row, path, body, status);
    let (their_package, their_catalog) = (&theirs.package, &theirs.catalog);
    let origin = |id: &str, system: &str| json!({ "requestType": "adminAdd", "catalog": { "id": mine }, "resource": { "originId": id, "originSystem": system } });
    let new = json!({ "displayName": "New", "catalog": { "id": their_catalog } });
    let role = |catalog: &str| json!({ "principalId": her_id, "roleDefinitionId": READER, "appScopeId": format!("/AccessPackageCatalog/{catalog}") });
    let calls = json!({
        "displayName": "Calls", "accessPackage": { "id": package },
        "customExtensionStageSettings": [
            { "stage": "assignmentRequestCreated", "customExtension": { "id": theirs.extension } },
        ],
    });
    let add = json!({ "requestType": "adminAdd", "assignment": {
        "targetId": ben, "assignmentPolicyId": theirs.policy, "accessPackageId": their_package,
    } });
    let for_ben = json!({ "requestType": "onBehalfAdd", "assignment": {
        "targetId": ben, "assignmentPolicyId": theirs.policy, "accessPackageId": their_package,
    } });
    let sponsors = |which: &str| format!("{V1}/connectedOrganizations/{}/{which}/$ref", theirs.organization);
    let partner = json!({
        "displayName": "Other", "identitySources": [{
            "@odata.type": "#microsoft.graph.domainIdentitySource", "domainName": "other.example", "displayName": "O",
        }],
    });
    let seed =
        format!("{BETA}/accessPackageCatalogs/{their_catalog}/accessPackages/{their_package}/incompatibleGroups");
    let resources = "entitlementManagement/resourceRequests create";
    let policies = "entitlementManagement/assignmentPolicies create";
    vec![
        post(resources, format!("{V1}/resourceRequests"), origin(&theirs.group, "AadGroup"), 400),
        post(resources, format!("{V1}/resourceRequests"), origin(&theirs.principal, "AadApplication"), 400),
        by(governs, resources, format!("{V1}/resourceRequests"), origin(&theirs.group, "AadGroup"), 400),
        by(governs, resources, format!("{V1}/resourceRequests"), origin(&theirs.principal, "AadApplication"), 400),
        post("entitlementManagement/accessPackages create", format!("{V1}/accessPackages"), new, 404),
        post(
            "accessPackageCatalog/accessPackages create",
            format!("{BETA}/accessPackageCatalogs/{their_catalog}/accessPackages"),
            json!({ "displayName": "New" }),
            404,
        ),
        post(
            policies,
            format!("{V1}/assignmentPolicies"),
            json!({ "displayName": "New", "accessPackage": { "id": their_package } }),
            404,
        ),
        post(policies, format!("{V1}/assignmentPolicies"), calls, 400),
        post(
            "accessPackageCatalog/customWorkflowExtensions create",
            format!("{V1}/catalogs/{their_catalog}/customWorkflowExtensions"),
            extension(),
            404,
        ),
        post("rbacEntitlement/roleAssignments create", ENTITLEMENT_ROLES.into(), role(their_catalog), 404),
        post(
            "accessPackage/incompatibleAccessPackages linkAdd",
            format!("{V1}/accessPackages/{package}/incompatibleAccessPackages/$ref"),
            package_link(their_package),
            404,
        ),
        post(
            "accessPackage/incompatibleAccessPackages linkAdd",
            format!("{V1}/accessPackages/{their_package}/incompatibleAccessPackages/$ref"),
            package_link(package),
            404,
        ),
        post(
            "accessPackage/incompatibleGroups linkAdd",
            format!("{V1}/accessPackages/{their_package}/incompatibleGroups/$ref"),
            group_link(&theirs.group),
            404,
        ),
        post("accessPackage/incompatibleGroups create", seed.clone(), json!({ "id": theirs.group }), 404),
        post("accessPackage/incompatibleGroups create", seed, json!({}), 404),
        post(
            "accessPackage/resourceRoleScopes create",
            format!("{V1}/accessPackages/{package}/resourceRoleScopes"),
            json!({ "role": { "id": theirs.resource["roles"][0]["id"] } }),
            404,
        ),
        post(
            "accessPackage/resourceRoleScopes create",
            format!("{V1}/accessPackages/{their_package}/resourceRoleScopes"),
            json!({ "role": { "id": theirs.resource["roles"][0]["id"] } }),
            404,
        ),
        post("entitlementManagement/assignmentRequests create", format!("{V1}/assignmentRequests"), add, 404),
        post("entitlementManagement/assignmentRequests createOwn", format!("{V1}/assignmentRequests"), for_ben, 400),
        post(
            "entitlementManagement/connectedOrganizations create",
            format!("{V1}/connectedOrganizations"),
            partner,
            403,
        ),
        post("connectedOrganization/internalSponsors linkAdd", sponsors("internalSponsors"), reference(her_id), 403),
        post("connectedOrganization/externalSponsors linkAdd", sponsors("externalSponsors"), reference(her_id), 403),
    ]
}

#[test]
fn service_principal_is_made_by_an_owner_an_administrator_or_an_application_with_the_permission() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let scopes = ["Application.ReadWrite.All"];
        let (ada, ben) = (house.user("ada", &scopes).await, house.user("ben", &scopes).await);
        let owned_only = house.app_with(&["Application.ReadWrite.OwnedBy"]).await;
        let new =
            async |name: &str| ada.post("/v1.0/applications", json!({ "displayName": name })).await.expect(201).json;
        let make = async |client: &Client, of: &Value| {
            client.post("/v1.0/servicePrincipals", json!({ "appId": of["appId"] })).await
        };

        let first = new("First").await;
        let refused = make(&ben, &first).await.expect(403);
        refused.error("Authorization_RequestDenied");
        make(&owned_only, &first).await.expect(403).error("Authorization_RequestDenied");
        make(&ada, &first).await.expect(201);

        let second = new("Second").await;
        let role = json!({
            "principalId": house.user_id("ben").await, "roleDefinitionId": APPLICATION_ADMINISTRATOR,
            "directoryScopeId": "/",
        });
        app.post(DIRECTORY_ROLES, role).await.expect(201);
        make(&ben, &second).await.expect(201);

        let third = new("Third").await;
        let owners = format!("/v1.0/applications/{}/owners/$ref", third["id"].as_str().unwrap());
        make(&owned_only, &third).await.expect(403);
        app.post(&owners, reference(DEV_PRINCIPAL)).await.expect(204);
        make(&owned_only, &third).await.expect(201);

        let fourth = new("Fourth").await;
        make(&house.app_with(&scopes).await, &fourth).await.expect(201);
    });
}

#[test]
fn service_principal_of_an_application_of_another_tenant_is_refused_like_an_unknown_one() {
    on_each_engine(async |house| {
        let (ours, theirs) = (house.app().await, house.other_tenant().await);
        let body = json!({ "displayName": "Shared", "signInAudience": "AzureADMultipleOrgs" });
        let shared = theirs.post("/v1.0/applications", body).await.expect(201).json["appId"].clone();
        let shared = shared.as_str().unwrap();
        let make = async |id: &str| {
            let answer = ours.post("/v1.0/servicePrincipals", json!({ "appId": id })).await.expect(400);
            answer.json["error"]["message"].as_str().unwrap().replace(id, "[id]")
        };

        let message = make(shared).await;

        assert!(message.contains("does not reference a valid application object"), "{message}");
        assert_eq!(message, make(NOBODY).await);
        let found = ours.get(&query(&format!("/v1.0/servicePrincipals?$filter=appId eq '{shared}'"))).await.expect(200);
        assert!(found.values().is_empty());
    });
}
