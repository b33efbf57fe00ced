//! Organizations that people come from, who answers for them, and what a tenant sets for their people.

use crate::steps::{BETA, NOBODY, V1, group, link};
use serde_json::{Value, json};
use testkit::{Client, on_each_engine};

fn body(name: &str, domain: &str) -> Value {
    json!({
        "displayName": name, "description": "Delivers the paper.",
        "identitySources": [{
            "@odata.type": "#microsoft.graph.domainIdentitySource", "domainName": domain, "displayName": domain,
        }],
        "state": "configured",
    })
}

async fn make(app: &Client, name: &str, domain: &str) -> String {
    app.post(&format!("{V1}/connectedOrganizations"), body(name, domain)).await.expect(201).id()
}

#[test]
fn an_organization_is_made_read_changed_and_deleted() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let set = format!("{V1}/connectedOrganizations");
        // The published request line has a trailing slash.
        let made = app.post(&format!("{set}/"), body("Partner", "partner.example")).await.expect(201);
        assert_eq!(made.json["displayName"], "Partner");
        assert_eq!(made.json["state"], "configured");
        assert_eq!(made.json["identitySources"][0]["@odata.type"], "#microsoft.graph.domainIdentitySource");
        assert_eq!(made.json["identitySources"][0]["domainName"], "partner.example");
        assert!(made.json.get("createdBy").is_none());
        let path = format!("{set}/{}", made.id());
        assert!(made.header("location").ends_with(&path));
        let beta = app.get(&format!("{BETA}/connectedOrganizations/{}", made.id())).await.expect(200);
        assert!(beta.json["createdBy"].is_string() && beta.json["modifiedBy"].is_string());
        let change = json!({ "displayName": "The partner", "description": null, "state": "proposed" });
        app.patch(&path, change).await.expect(204);
        let seen = app.get(&path).await.expect(200).json;
        assert_eq!((&seen["displayName"], &seen["state"]), (&json!("The partner"), &json!("proposed")));
        assert!(seen["description"].is_null());
        let found = app.get(&format!("{set}?$filter=displayName%20eq%20'the%20partner'")).await.expect(200);
        assert_eq!(found.values().len(), 1);
        app.delete(&path).await.expect(204);
        app.get(&path).await.expect(404);
        app.delete(&path).await.expect(404);
        // Its name and its domain are free again.
        make(&app, "The partner", "partner.example").await;
    });
}

#[test]
fn every_kind_of_source_is_kept_as_it_was_said() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let tenant = "bf85dc9d-cb43-44a4-80c4-469e8c58249e";
        let sources = json!([
            { "@odata.type": "#microsoft.graph.azureActiveDirectoryTenant", "displayName": "T", "tenantId": tenant },
            {
                "@odata.type": "#microsoft.graph.crossCloudAzureActiveDirectoryTenant", "displayName": "C",
                "cloudInstance": "microsoftonline.us", "tenantId": tenant,
            },
            {
                "@odata.type": "#microsoft.graph.externalDomainFederation", "displayName": "F",
                "domainName": "federated.example", "issuerUri": "https://federated.example/issuer",
            },
            {
                "@odata.type": "#microsoft.graph.socialIdentitySource", "displayName": "S",
                "socialIdentitySourceType": "facebook",
            },
        ]);
        let whole = json!({ "displayName": "All", "identitySources": sources });
        let made = app.post(&format!("{V1}/connectedOrganizations"), whole).await.expect(201);
        let kept = made.json["identitySources"].as_array().unwrap();
        for (kept, said) in kept.iter().zip(sources.as_array().unwrap()) {
            for (name, value) in said.as_object().unwrap() {
                assert_eq!(&kept[name], value, "{name}");
            }
        }
        // They can be said again, and not changed.
        let path = format!("{V1}/connectedOrganizations/{}", made.id());
        app.patch(&path, json!({ "displayName": "Each", "identitySources": sources })).await.expect(204);
        let other = body("x", "other.example")["identitySources"].clone();
        app.patch(&path, json!({ "identitySources": other })).await.expect(400).says("identitySources");
    });
}

#[test]
fn older_pages_of_beta_name_a_domain() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let set = format!("{BETA}/connectedOrganizations");
        let old = json!({ "displayName": "Partner", "domainName": "partner.example" });
        let made = app.post(&set, old).await.expect(201);
        assert!(made.json.get("domainName").is_none());
        assert_eq!(made.json["identitySources"][0]["domainName"], "partner.example");
        let both = body("x", "x.example");
        let mut both = both;
        both["domainName"] = json!("x.example");
        app.post(&set, both).await.expect(400).says("domainName");
        let v1 = json!({ "displayName": "Other", "domainName": "other.example" });
        app.post(&format!("{V1}/connectedOrganizations"), v1).await.expect(400).says("domainName");
    });
}

#[test]
fn what_is_wrong_with_an_organization_is_named() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let set = format!("{V1}/connectedOrganizations");
        make(&app, "Partner", "partner.example").await;
        let with = |name: &str, value: Value| {
            let mut body = body("Other", "other.example");
            body[name] = value;
            body
        };
        let source = |body: Value| with("identitySources", json!([body]));
        for (body, status, says) in [
            (with("displayName", json!(null)), 400, "displayName"),
            (with("displayName", json!(" ")), 400, "displayName"),
            (with("displayName", json!("n".repeat(257))), 400, "displayName"),
            (with("description", json!("d".repeat(1501))), 400, "description"),
            (with("displayName", json!("PARTNER")), 409, "displayName"),
            (with("state", json!("maybe")), 400, "state"),
            (with("state", json!("unknownFutureValue")), 400, "state"),
            (with("colour", json!("red")), 400, "colour"),
            (with("identitySources", json!([])), 400, "identitySources"),
            (with("identitySources", json!(null)), 400, "identitySources"),
            (source(json!({ "domainName": "x.example" })), 400, "@odata.type"),
            (source(json!({ "@odata.type": "#microsoft.graph.identitySource" })), 400, "@odata.type"),
            (source(json!({ "@odata.type": "#microsoft.graph.domainIdentitySource" })), 400, "domainName"),
            (
                source(json!({ "@odata.type": "#microsoft.graph.domainIdentitySource", "domainName": "no domain" })),
                400,
                "domainName",
            ),
            (
                source(json!({ "@odata.type": "#microsoft.graph.azureActiveDirectoryTenant", "tenantId": "x" })),
                400,
                "tenantId",
            ),
            // The tenant's own people come from no other organization, and nobody comes from two.
            (body_of("doorward.test"), 400, "doorward.test"),
            (body_of("Partner.Example"), 409, "identitySources"),
        ] {
            app.post(&set, body).await.expect(status).says(says);
        }
        app.get(&format!("{set}/{NOBODY}")).await.expect(404);
        app.patch(&format!("{set}/{NOBODY}"), json!({ "displayName": "x" })).await.expect(404);
    });
}

fn body_of(domain: &str) -> Value {
    body("Other", domain)
}

#[test]
fn sponsors_are_users_and_groups() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let id = make(&app, "Partner", "partner.example").await;
        let (ada, helpers) = (house.user_id("ada").await, group(&app, "Helpers").await);
        for (root, sponsors) in [(V1, "internalSponsors"), (BETA, "externalSponsors")] {
            let path = format!("{root}/connectedOrganizations/{id}/{sponsors}");
            let user = link(format!("https://graph.microsoft.com/v1.0/users/{ada}"));
            app.post(&format!("{path}/$ref"), user.clone()).await.expect(204);
            app.post(&format!("{path}/$ref"), user).await.expect(409).error("DuplicateKey");
            let group = link(format!("https://graph.microsoft.com/v1.0/groups/{helpers}"));
            app.post(&format!("{path}/$ref"), group).await.expect(204);
            let nobody = link(format!("https://graph.microsoft.com/v1.0/users/{NOBODY}"));
            app.post(&format!("{path}/$ref"), nobody).await.expect(404).says("@odata.id");
            let as_user = link(format!("https://graph.microsoft.com/v1.0/users/{helpers}"));
            app.post(&format!("{path}/$ref"), as_user).await.expect(404);
            let listed = app.get(&path).await.expect(200);
            let mut types: Vec<_> = listed.values().iter().map(|each| each["@odata.type"].clone()).collect();
            types.sort_by_key(Value::to_string);
            assert_eq!(types, ["#microsoft.graph.group", "#microsoft.graph.user"]);
            let expanded = app.get(&format!("{root}/connectedOrganizations/{id}?$expand={sponsors}")).await.expect(200);
            assert_eq!(expanded.json[sponsors].as_array().map(Vec::len), Some(2));
            app.delete(&format!("{path}/{ada}/$ref")).await.expect(204);
            app.delete(&format!("{path}/{ada}/$ref")).await.expect(404);
            assert_eq!(app.get(&path).await.expect(200).values().len(), 1);
        }
        let principal = app.get("/v1.0/servicePrincipals?$top=1").await.expect(200).values()[0]["id"].clone();
        let reference =
            link(format!("https://graph.microsoft.com/v1.0/directoryObjects/{}", principal.as_str().unwrap()));
        let path = format!("{V1}/connectedOrganizations/{id}/internalSponsors/$ref");
        app.post(&path, reference).await.expect(400).says("@odata.id");
        // An organization goes with its sponsors' names on it.
        app.delete(&format!("{V1}/connectedOrganizations/{id}")).await.expect(204);
    });
}

#[test]
fn governance_administrators_see_to_it_and_catalog_owners_do_not() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let id = make(&app, "Partner", "partner.example").await;
        let path = format!("{V1}/connectedOrganizations/{id}");
        let role = json!({
            "principalId": house.user_id("ben").await,
            "appScopeId": format!("/AccessPackageCatalog/{}", house.catalog_id("General").await),
            "roleDefinitionId": "ae79f266-94d4-4dab-b730-feca7e132178",
        });
        app.post("/v1.0/roleManagement/entitlementManagement/roleAssignments", role).await.expect(201);
        let all = ["EntitlementManagement.ReadWrite.All"];
        let ben = house.user("ben", &all).await;
        ben.get(&path).await.expect(404);
        assert!(ben.get(&format!("{V1}/connectedOrganizations")).await.expect(200).values().is_empty());
        ben.get(&format!("{V1}/settings")).await.expect(404);
        ben.post(&format!("{V1}/connectedOrganizations"), body("Other", "other.example")).await.expect(403);
        ben.patch(&path, json!({ "displayName": "x" })).await.expect(403);
        ben.delete(&path).await.expect(403);
        ben.patch(&format!("{V1}/settings"), json!({ "externalUserLifecycleAction": "none" })).await.expect(403);
        let role = json!({
            "principalId": house.user_id("cho").await, "directoryScopeId": "/",
            "roleDefinitionId": "45d8d3c5-c802-45c6-b32a-1d70b5e1e86e",
        });
        app.post("/v1.0/roleManagement/directory/roleAssignments", role).await.expect(201);
        let cho = house.user("cho", &all).await;
        cho.patch(&path, json!({ "displayName": "Mine" })).await.expect(204);
        cho.get(&format!("{V1}/settings")).await.expect(200);
        let reader = house.app_with(&["EntitlementManagement.Read.All"]).await;
        reader.get(&path).await.expect(200);
        reader.delete(&path).await.expect(403);
        house.other_tenant().await.get(&path).await.expect(404);
    });
}

#[test]
fn settings_are_there_from_the_first_moment() {
    on_each_engine(async |house| {
        let app = house.app().await;
        for client in [&app, &house.other_tenant().await] {
            let seen = client.get(&format!("{V1}/settings")).await.expect(200).json;
            assert_eq!(seen["externalUserLifecycleAction"], "blockSignInAndDelete");
            assert_eq!(seen["durationUntilExternalUserDeletedAfterBlocked"], "P30D");
        }
        // As published, with a capital.
        app.patch(&format!("{V1}/settings"), json!({ "externalUserLifecycleAction": "None" })).await.expect(204);
        let beta = app.get(&format!("{BETA}/settings")).await.expect(200).json;
        assert_eq!(beta["externalUserLifecycleAction"], "None");
        assert_eq!(beta["daysUntilExternalUserDeletedAfterBlocked"], 30);
        let change =
            json!({ "externalUserLifecycleAction": "BlockSignIn", "daysUntilExternalUserDeletedAfterBlocked": 7 });
        app.patch(&format!("{BETA}/settings"), change).await.expect(204);
        let seen = app.get(&format!("{V1}/settings")).await.expect(200).json;
        assert_eq!(seen["externalUserLifecycleAction"], "blockSignIn");
        assert_eq!(seen["durationUntilExternalUserDeletedAfterBlocked"], "P7D");
        let half = json!({ "durationUntilExternalUserDeletedAfterBlocked": "PT12H" });
        app.patch(&format!("{V1}/settings"), half).await.expect(204);
        let beta = app.get(&format!("{BETA}/settings")).await.expect(200).json;
        assert_eq!(beta["daysUntilExternalUserDeletedAfterBlocked"], 1);
        for (root, name, value) in [
            (V1, "externalUserLifecycleAction", json!("maybe")),
            (V1, "durationUntilExternalUserDeletedAfterBlocked", json!("P1M")),
            (V1, "durationUntilExternalUserDeletedAfterBlocked", json!("-P1D")),
            (V1, "durationUntilExternalUserDeletedAfterBlocked", json!("P3661D")),
            (V1, "durationUntilExternalUserDeletedAfterBlocked", json!(null)),
            (BETA, "daysUntilExternalUserDeletedAfterBlocked", json!(-1)),
            (BETA, "daysUntilExternalUserDeletedAfterBlocked", json!("many")),
            (V1, "colour", json!("red")),
        ] {
            app.patch(&format!("{root}/settings"), json!({ name: value })).await.expect(400).says(name);
        }
        app.delete(&format!("{V1}/settings")).await.expect(405);
        app.post(&format!("{V1}/settings"), json!({})).await.expect(405);
        let other = house.other_tenant().await.get(&format!("{V1}/settings")).await.expect(200).json;
        assert_eq!(other["externalUserLifecycleAction"], "blockSignInAndDelete");
    });
}

#[test]
fn what_people_see_of_each_other_is_set() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let list = app.get(&format!("{V1}/controlConfigurations")).await.expect(200);
        let [one] = list.values() else { panic!("{}", list.json) };
        assert_eq!(one["@odata.type"], "#microsoft.graph.endUserSettings");
        assert_eq!(one["isEnabled"], true);
        assert_eq!(one["relatedPeopleInsightLevel"], "count");
        assert_eq!(one["showApproverDetailsToMembers"], false);
        let path = format!("{V1}/controlConfigurations/{}", one["id"].as_str().unwrap());
        let change = json!({
            "@odata.type": "#microsoft.graph.endUserSettings", "relatedPeopleInsightLevel": "countAndNames",
            "showApproverDetailsToMembers": true,
        });
        app.patch(&path, change).await.expect(204);
        let seen = app.get(&path).await.expect(200).json;
        assert_eq!(seen["relatedPeopleInsightLevel"], "countAndNames");
        assert_eq!(seen["showApproverDetailsToMembers"], true);
        assert_eq!(seen["isEnabled"], true);
        let typed =
            |name: &str, value: Value| json!({ "@odata.type": "#microsoft.graph.endUserSettings", name: value });
        app.patch(&path, typed("isEnabled", json!(null))).await.expect(400).says("isEnabled");
        let level = "relatedPeopleInsightLevel";
        app.patch(&path, typed(level, json!("all"))).await.expect(400).says(level);
        // By its name, as Graph's page has it: PUT gives the whole.
        let named = format!("{V1}/controlConfigurations/endUserSettings");
        let body = json!({ "relatedPeopleInsightLevel": "disabled", "showApproverDetailsToMembers": false });
        let whole = app.put(&named, body).await.expect(200).json;
        assert_eq!(whole["relatedPeopleInsightLevel"], "disabled");
        let seen = app.get(&named).await.expect(200).json;
        assert_eq!((&seen["isEnabled"], &seen["id"]), (&json!(true), &one["id"]));
        assert!(seen.get("name").is_none());
        app.get(&format!("{V1}/controlConfigurations/others")).await.expect(404);
        app.get(&format!("{BETA}/controlConfigurations")).await.expect(400);
        app.get(&format!("{V1}/controlConfigurations/{NOBODY}")).await.expect(404);
    });
}

#[test]
fn a_subject_is_found_by_its_object_and_follows_it() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let organization = make(&app, "Partner", "partner.example").await;
        let ida = guest(&app, "ida", "ida@partner.example").await;
        super::life::subject_of(&app, &ida).await;
        let path = format!("{V1}/subjects(objectId='{ida}')");
        let seen = app.get(&format!("{path}?$expand=connectedOrganization")).await.expect(200).json;
        assert_eq!(seen["objectId"], json!(ida));
        assert_eq!(seen["subjectLifecycle"], "notGoverned");
        assert_eq!(seen["email"], "ida@partner.example");
        assert_eq!(seen["connectedOrganization"]["id"], json!(organization));
        let beta = app.get(&format!("{BETA}/subjects(objectId='{ida}')")).await.expect(200).json;
        assert_eq!(beta["connectedOrganizationId"], json!(organization));
        assert!(beta["cleanupScheduledDateTime"].is_null());
        app.patch(&path, json!({ "subjectLifecycle": "governed" })).await.expect(204);
        assert_eq!(app.get(&path).await.expect(200).json["subjectLifecycle"], "governed");
        app.patch(&path, json!({ "subjectLifecycle": "maybe" })).await.expect(400).says("subjectLifecycle");
        let change = json!({ "displayName": "Ida Ivers", "mail": "ida@elsewhere.example" });
        app.patch(&format!("/v1.0/users/{ida}"), change).await.expect(204);
        let seen = app.get(&format!("{path}?$expand=connectedOrganization")).await.expect(200).json;
        assert_eq!((&seen["displayName"], &seen["email"]), (&json!("Ida Ivers"), &json!("ida@elsewhere.example")));
        assert!(seen["connectedOrganization"].is_null());
        app.get(&format!("{path}/connectedOrganization")).await.expect(404);
        let back = json!({ "mail": "ida@partner.example", "userPrincipalName": "ida.ivers@doorward.test" });
        app.patch(&format!("/v1.0/users/{ida}"), back).await.expect(204);
        let seen = app.get(&format!("{path}/connectedOrganization")).await.expect(200).json;
        assert_eq!(seen["id"], json!(organization));
        assert_eq!(app.get(&path).await.expect(200).json["principalName"], "ida.ivers@doorward.test");
        let by_mail = format!("{V1}/subjects?$filter=email%20eq%20'IDA@partner.example'");
        assert_eq!(app.get(&by_mail).await.expect(200).values().len(), 1);
        app.get(&format!("{V1}/subjects(objectId='{NOBODY}')")).await.expect(404);
        app.patch(&format!("{V1}/subjects(objectId='{NOBODY}')"), json!({ "subjectLifecycle": "governed" }))
            .await
            .expect(404);
        // Whoever has people can't go.
        let path = format!("{V1}/connectedOrganizations/{organization}");
        app.delete(&path).await.expect(400).says("subjects");
        app.delete(&format!("/v1.0/users/{ida}")).await.expect(204);
        app.delete(&path).await.expect(204);
    });
}

#[test]
fn guests_who_are_here_come_to_their_organization() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let ida = guest(&app, "ida", "ida@partner.example").await;
        super::life::subject_of(&app, &ida).await;
        let path = format!("{V1}/subjects(objectId='{ida}')/connectedOrganization");
        app.get(&path).await.expect(404);
        let organization = make(&app, "Partner", "partner.example").await;
        assert_eq!(app.get(&path).await.expect(200).json["id"], json!(organization));
    });
}

/// A guest who is in the directory already.
pub async fn guest(app: &Client, name: &str, mail: &str) -> String {
    let body = json!({
        "accountEnabled": true, "displayName": name, "mailNickname": name, "mail": mail, "userType": "Guest",
        "userPrincipalName": format!("{name}@doorward.test"), "passwordProfile": { "password": "not-so-secret-1" },
    });
    app.post("/v1.0/users", body).await.expect(201).id()
}
