//! What docs/deviations.md says is not here, or is otherwise, in tables: a request, and what it is answered
//! with. What becomes of it when it is served one day is for the row to say.

use crate::directory::group;
use crate::steps::{BETA, V1, catalog, query};
use serde_json::json;
use testkit::on_each_engine;

/// Users, groups, service principals and applications.
const PROPERTIES: &[(&str, &str, &[&str])] = &[
    (
        "/v1.0/users",
        "/beta/users",
        &[
            "assignedPlans",
            "authorizationInfo",
            "customSecurityAttributes",
            "licenseAssignmentStates",
            "mailboxSettings",
            "onPremisesProvisioningErrors",
            "provisionedPlans",
            "serviceProvisioningErrors",
            "signInActivity",
        ],
    ),
    (
        "/v1.0/groups",
        "/beta/groups",
        &[
            "assignedLabels",
            "assignedLicenses",
            "licenseProcessingState",
            "onPremisesProvisioningErrors",
            "serviceProvisioningErrors",
        ],
    ),
    ("/v1.0/servicePrincipals", "/beta/servicePrincipals", &["customSecurityAttributes", "samlSingleSignOnSettings"]),
    (
        "/v1.0/applications",
        "/beta/applications",
        &["authenticationBehaviors", "requestSignatureVerification", "servicePrincipalLockConfiguration"],
    ),
];

/// Sets that have no members here, and what is bound to nothing here.
const SEGMENTS: &[&str] = &[
    "/v1.0/roleManagement/entitlementManagement/resourceNamespaces",
    "/v1.0/roleManagement/entitlementManagement/roleAssignmentSchedules",
    "/v1.0/roleManagement/entitlementManagement/roleAssignmentScheduleInstances",
    "/v1.0/roleManagement/entitlementManagement/roleAssignmentScheduleRequests",
    "/v1.0/roleManagement/entitlementManagement/roleEligibilitySchedules",
    "/v1.0/roleManagement/entitlementManagement/roleEligibilityScheduleInstances",
    "/v1.0/roleManagement/entitlementManagement/roleEligibilityScheduleRequests",
    "/v1.0/groups/delta()",
];

#[test]
fn properties_of_services_that_are_not_here() {
    on_each_engine(async |house| {
        let app = house.app().await;
        for (v1, beta, names) in PROPERTIES {
            for set in [v1, beta] {
                for name in *names {
                    app.get(&format!("{set}?$select=id,{name}")).await.expect(400).says(name);
                }
            }
        }
        let locked = json!({ "displayName": "x", "servicePrincipalLockConfiguration": { "isEnabled": true } });
        app.post("/v1.0/applications", locked).await.expect(400).says("servicePrincipalLockConfiguration");
        for name in ["verifiedCredentialsData", "customExtensionHandlerInstances"] {
            let path = format!("{BETA}/accessPackageAssignmentRequests?$select=id,{name}");
            app.get(&path).await.expect(400).says(name);
        }
    });
}

#[test]
fn sets_and_functions_that_are_not_here() {
    on_each_engine(async |house| {
        let app = house.app().await;
        for path in SEGMENTS {
            app.get(path).await.expect(400).error("BadRequest");
        }
        // Without parentheses it is read as an id.
        for set in ["users", "groups", "servicePrincipals", "directoryObjects"] {
            app.get(&format!("/v1.0/{set}/delta")).await.expect(404).says("delta");
        }
        for action in [
            "/v1.0/directoryObjects/getAvailableExtensionProperties",
            "/v1.0/directoryObjects/validateProperties",
            "/beta/directoryObjects/getUserOwnedObjects",
        ] {
            app.post(action, json!({})).await.expect(405);
        }
        let catalog = catalog(&app, "Sales").await;
        for path in [
            format!("{V1}/accessPackageAssignments/{catalog}/reprocess"),
            format!("{V1}/accessPackageCatalogs/{catalog}/accessPackageResources/{catalog}/refresh"),
        ] {
            app.send("POST", &path, None).await.expect(400).error("BadRequest").says("accessPackage");
        }
        let stages = format!("{BETA}/accessPackageAssignmentApprovals?$expand=stages");
        app.get(&stages).await.expect(400).says("stages");
        let steps = format!("{BETA}/accessPackageAssignmentApprovals?$expand=steps");
        house.user("admin", &[]).await.get(&steps).await.expect(200);
    });
}

#[test]
fn these_can_be_filtered_and_nothing_else() {
    on_each_engine(async |house| {
        let app = house.app().await;
        for (set, filters) in [
            (
                "users",
                &[
                    "city eq 'x'",
                    "companyName eq 'x'",
                    "country eq 'x'",
                    "department eq 'x'",
                    "displayName eq 'x'",
                    "employeeId eq 'x'",
                    "givenName eq 'x'",
                    "jobTitle eq 'x'",
                    "mail eq 'x'",
                    "mailNickname eq 'x'",
                    "officeLocation eq 'x'",
                    "surname eq 'x'",
                    "usageLocation eq 'x'",
                    "userPrincipalName eq 'x'",
                    "userType eq 'x'",
                    "accountEnabled eq true",
                    "createdDateTime ge 2020-01-01T00:00:00Z",
                ][..],
            ),
            (
                "groups",
                &[
                    "displayName eq 'x'",
                    "mail eq 'x'",
                    "mailNickname eq 'x'",
                    "uniqueName eq 'x'",
                    "mailEnabled eq true",
                    "securityEnabled eq true",
                    "groupTypes/any(c:c eq 'Unified')",
                ],
            ),
            (
                "servicePrincipals",
                &[
                    "displayName eq 'x'",
                    "appId eq '00000003-0000-0000-c000-000000000000'",
                    "servicePrincipalNames/any(n:n eq 'x')",
                ],
            ),
        ] {
            for filter in filters {
                app.get(&query(&format!("/v1.0/{set}?$filter={filter}"))).await.expect(200);
            }
        }
        for (set, filter) in [
            ("users", "onPremisesSyncEnabled eq true"),
            ("users", "onPremisesImmutableId eq 'x'"),
            ("users", "employeeType eq 'x'"),
            ("users", "state eq 'x'"),
            ("groups", "description eq 'x'"),
            ("groups", "onPremisesSyncEnabled eq true"),
            ("servicePrincipals", "servicePrincipalType eq 'Application'"),
            ("servicePrincipals", "tags/any(t:t eq 'x')"),
        ] {
            let name = filter.split([' ', '/']).next().unwrap();
            let path = query(&format!("/v1.0/{set}?$filter={filter}"));
            app.get(&path).await.expect(400).error("Request_UnsupportedQuery").says(name);
        }
        for name in ["canExtend eq true", "durationInDays eq 3"] {
            let path = query(&format!("{BETA}/accessPackageAssignmentPolicies?$filter={name}"));
            app.get(&path).await.expect(400).error("InvalidFilter").says(name.split(' ').next().unwrap());
        }
    });
}

#[test]
fn full_metadata_names_things_and_links_to_nothing_more() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let group = group(&app, "Some group").await;
        let full = app.with("Accept", "application/json;odata.metadata=full");
        let read = full.get(&format!("/v1.0/groups/{group}")).await.expect(200).json;
        assert_eq!(read["@odata.type"], "#microsoft.graph.group");
        assert!(read["@odata.id"].as_str().unwrap().ends_with(&group));
        let links = |name: &&String| name.ends_with("@odata.navigationLink");
        assert_eq!(read.as_object().unwrap().keys().find(links), None);
    });
}

#[test]
fn permissions_for_what_is_not_here_can_not_be_had() {
    for name in [
        "AgentIdUser.ReadWrite.All",
        "User.ReadWrite.CrossCloud",
        "Group-NestingSupport.ReadWrite.All",
        "Group.ManageProtection.All",
        "Device.Read.All",
        "DeviceManagementApps.Read.All",
    ] {
        assert_eq!(auth::permission::Permission::find(name), None, "{name}");
    }
}
