//! Applications and service principals: made, found by `appId`, owned, given secrets, deleted.

use crate::directory::{reference, sorted, user};
use crate::steps::NOBODY;
use serde_json::{Value, json};
use testkit::{Client, on_each_engine};

const CALLER: &str = "22222222-2222-4222-8222-222222222223";

#[test]
fn what_terraform_sends_for_an_application() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let body = json!({
            "displayName": "Terra",
            "owners@odata.bind": [format!("{}/v1.0/directoryObjects/{CALLER}", house.url())],
            "api": { "acceptMappedClaims": null, "knownClientApplications": [], "oauth2PermissionScopes": [], "requestedAccessTokenVersion": null },
            "appRoles": [], "groupMembershipClaims": null, "identifierUris": ["api://Terra"],
            "isFallbackPublicClient": null, "notes": null, "oauth2RequirePostResponse": false,
            "optionalClaims": { "accessToken": null, "idToken": null, "saml2Token": null },
            "publicClient": { "redirectUris": [] }, "requiredResourceAccess": [],
            "serviceManagementReference": null, "signInAudience": "AzureADMyOrg", "spa": { "redirectUris": [] }, "tags": [],
            "web": { "homePageUrl": null, "implicitGrantSettings": { "enableAccessTokenIssuance": false, "enableIdTokenIssuance": false },
                     "logoutUrl": null, "redirectUris": ["https://terra.test/"] },
        });
        let made = app.post("/v1.0/applications", body).await.expect(201);
        let path = format!("/v1.0/applications/{}", made.id());
        for name in ["TERRAFORM_UPDATE_x", "Terra"] {
            app.patch(&path, json!({ "displayName": name })).await.expect(204);
        }
        let read = app.get(&path).await.expect(200);
        assert_eq!(read.json.get("groupMembershipClaims"), Some(&Value::Null));
        assert_eq!(read.json["api"].get("requestedAccessTokenVersion"), Some(&Value::Null));
        assert_eq!(read.json["web"]["redirectUris"], json!(["https://terra.test/"]));
        let beta = format!("/beta/applications/{}?$select=oauth2RequirePostResponse", made.id());
        assert_eq!(app.get(&beta).await.expect(200).json["oauth2RequirePostResponse"], false);
        // The caller is an owner once, whether it says so or not; and can leave.
        assert_eq!(app.get(&format!("{path}/owners")).await.expect(200).ids(), [CALLER]);
        app.delete(&format!("{path}/owners/{CALLER}/$ref")).await.expect(204);
        assert!(app.get(&format!("{path}/owners")).await.expect(200).values().is_empty());
    });
}

#[test]
fn applications_and_service_principals_are_found_by_app_id() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let made = app
            .post("/v1.0/applications", json!({ "displayName": "Robot", "identifierUris": ["api://Rößler"] }))
            .await
            .expect(201);
        let app_id = made.json["appId"].as_str().unwrap().to_owned();
        for set in ["applications", "servicePrincipals"] {
            let list = format!("/v1.0/{set}?$filter=appId eq '{app_id}'");
            if set == "servicePrincipals" {
                assert_eq!(app.get(&list).await.expect(200).json["value"], json!([]));
                let made = app.post("/v1.0/servicePrincipals", json!({ "appId": app_id })).await.expect(201);
                assert_eq!((&made.json["displayName"], &made.json["accountEnabled"]), (&json!("Robot"), &json!(true)));
                let names = made.json["servicePrincipalNames"].clone();
                assert_eq!(names, json!([app_id, "api://Rößler"]));
            }
            let found = app.get(&list).await.expect(200).ids();
            for key in
                [format!("appId='{app_id}'"), format!("appId='{}'", app_id.to_uppercase()), format!("AppId='{app_id}'")]
            {
                let one = app.get(&format!("/v1.0/{set}({key})?$select=id,appId")).await.expect(200);
                assert_eq!((vec![one.id()], &one.json["appId"]), (found.clone(), &json!(app_id)));
            }
            app.patch(&format!("/beta/{set}(appId='{app_id}')"), json!({ "notes": "seen" })).await.expect(204);
            let read = app.get(&format!("/v1.0/{set}/{}", found[0])).await.expect(200);
            assert_eq!(read.json["notes"], "seen");
            app.get(&format!("/v1.0/{set}(appId='{CALLER}')")).await.expect(404);
            app.get(&format!("/v1.0/{set}(appId='x')")).await.expect(404);
            // Read-only where it is born, fixed where it was said.
            let status = if set == "applications" { 204 } else { 400 };
            app.patch(&format!("/v1.0/{set}/{}", found[0]), json!({ "appId": CALLER })).await.expect(status);
            app.get(&format!("/v1.0/{set}(appId='{app_id}')")).await.expect(200);
        }
        for (uri, found) in [("api://rößler", 1), ("API://RÖSSLER", 0), ("API://RÖßLER", 1)] {
            let list = app
                .get(&format!("/v1.0/applications?$filter=identifierUris/any(uri:uri eq '{uri}')"))
                .await
                .expect(200);
            assert_eq!(list.values().len(), found, "{uri}");
        }
        app.post("/v1.0/servicePrincipals", json!({ "appId": app_id })).await.expect(409);
        let unknown = app.post("/v1.0/servicePrincipals", json!({ "appId": CALLER })).await.expect(400);
        unknown.says("does not reference a valid application object");
        app.post("/v1.0/servicePrincipals", json!({})).await.expect(400).says("appId");
    });
}

#[test]
fn a_service_principal_is_described_owned_and_a_member() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let made = app.post("/v1.0/applications", json!({ "displayName": "Robot" })).await.expect(201);
        let principal =
            app.post("/v1.0/servicePrincipals", json!({ "appId": made.json["appId"] })).await.expect(201).id();
        let path = format!("/v1.0/servicePrincipals/{principal}");
        app.patch(&path, json!({ "description": "Runs", "tags": ["b", "a"] })).await.expect(204);
        let read = app.get(&path).await.expect(200);
        assert_eq!((&read.json["description"], &read.json["tags"]), (&json!("Runs"), &json!(["b", "a"])));
        let ann = user(&app, "Ann").await;
        app.post(&format!("{path}/owners/$ref"), reference(&ann)).await.expect(204);
        assert_eq!(
            sorted(app.get(&format!("{path}/owners")).await.expect(200).ids()),
            sorted(vec![CALLER.into(), ann.clone()])
        );
        let owned = app.get(&format!("/v1.0/users/{ann}/ownedObjects")).await.expect(200);
        assert_eq!(
            (owned.ids(), owned.strings("@odata.type")),
            (vec![principal.clone()], vec!["#microsoft.graph.servicePrincipal".to_owned()])
        );
        let clerks = house.group_id("Payment clerks").await;
        app.post(&format!("/v1.0/groups/{clerks}/members/$ref"), reference(&principal)).await.expect(204);
        assert_eq!(app.get(&format!("{path}/memberOf")).await.expect(200).ids(), [clerks.as_str()]);
        let groups = app.post(&format!("{path}/getMemberGroups"), json!({})).await.expect(200);
        assert_eq!(groups.json["value"], json!([clerks]));
        app.post(&format!("{path}/owners/$ref"), reference(&clerks)).await.expect(400);
        app.delete(&path).await.expect(204);
        app.get(&path).await.expect(404);
        // Whoever owned both can have the principal back.
        let back =
            app.send("POST", &format!("/v1.0/directory/deletedItems/{principal}/restore"), None).await.expect(200);
        assert_eq!(back.json["@odata.type"], "#microsoft.graph.servicePrincipal");
    });
}

#[test]
fn secrets_are_shown_once() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let made = app.post("/v1.0/applications", json!({ "displayName": "Robot" })).await.expect(201);
        let path = format!("/v1.0/applications/{}", made.id());
        let body = json!({ "passwordCredential": { "displayName": "first", "endDateTime": "2099-01-01T00:00:00Z" } });
        let first = app.post(&format!("{path}/addPassword"), body).await.expect(200);
        let secret = first.json["secretText"].as_str().unwrap().to_owned();
        assert!(secret.len() > 30 && secret.starts_with(first.json["hint"].as_str().unwrap()));
        assert_eq!(first.json["endDateTime"], "2099-01-01T00:00:00Z");
        let second = app.send("POST", &format!("{path}/microsoft.graph.addPassword"), None).await.expect(200);
        assert_ne!(second.json["secretText"], first.json["secretText"]);
        let read = app.get(&path).await.expect(200);
        let listed = read.json["passwordCredentials"].as_array().unwrap();
        assert_eq!(listed.len(), 2);
        assert!(listed.iter().all(|each| each["secretText"].is_null() && each["keyId"].is_string()));
        assert!(!read.text().contains(&secret));
        let gone = json!({ "keyId": first.json["keyId"] });
        app.post(&format!("{path}/removePassword"), gone.clone()).await.expect(204);
        app.post(&format!("{path}/removePassword"), gone).await.expect(400).says("No password credential found");
        app.post(&format!("{path}/removePassword"), json!({})).await.expect(400).says("keyId");
        let read = app.get(&format!("{path}?$select=passwordCredentials")).await.expect(200);
        assert_eq!(read.json["passwordCredentials"].as_array().unwrap().len(), 1);
        app.post(&format!("{path}/addPassword"), json!({ "passwordCredential": { "endDateTime": "soon" } }))
            .await
            .expect(400);
        // Nobody brings a secret along.
        for (name, value) in [
            ("secretText", json!("Correct-horse-1")),
            ("keyId", json!(CALLER)),
            ("hint", json!("Cor")),
            ("customKeyIdentifier", json!("QUJD")),
        ] {
            let body = json!({ "passwordCredential": { name: value } });
            app.post(&format!("{path}/addPassword"), body).await.expect(400).says(name);
            let body = json!({ "passwordCredential": { name: null, "displayName": "null" } });
            app.post(&format!("{path}/addPassword"), body).await.expect(200);
        }
    });
}

#[test]
fn unique_names_are_keys() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let made =
            app.post("/v1.0/applications", json!({ "displayName": "One", "uniqueName": "one" })).await.expect(201);
        assert_eq!(app.get("/v1.0/applications(uniqueName='ONE')").await.expect(200).id(), made.id());
        let taken = app.post("/v1.0/applications", json!({ "displayName": "Two", "uniqueName": "One" })).await;
        taken.expect(400).says("uniqueName");
        app.get("/v1.0/applications(uniqueName='two')").await.expect(404);
        app.delete(&format!("/v1.0/applications/{}", made.id())).await.expect(204);
        app.post("/v1.0/applications", json!({ "displayName": "Two", "uniqueName": "One" })).await.expect(201);
    });
}

#[test]
fn a_service_principal_follows_its_application() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let made = app.post("/v1.0/applications", json!({ "displayName": "Ledger" })).await.expect(201);
        let (path, app_id) = (format!("/v1.0/applications/{}", made.id()), made.json["appId"].clone());
        let own = app.post("/v1.0/servicePrincipals", json!({ "appId": app_id })).await.expect(201).id();
        let own = format!("/v1.0/servicePrincipals/{own}");
        let auditor = json!([{ "id": NOBODY, "displayName": "Auditor", "value": "auditor", "description": "Reads.",
            "allowedMemberTypes": ["User"], "isEnabled": true }]);
        let change =
            json!({ "displayName": "General ledger", "identifierUris": ["api://ledger"], "appRoles": auditor });
        app.patch(&path, change).await.expect(204);
        let read = app.get(&own).await.expect(200).json;
        assert_eq!(
            (&read["displayName"], &read["appDisplayName"]),
            (&json!("General ledger"), &json!("General ledger"))
        );
        assert_eq!(read["servicePrincipalNames"], json!([app_id, "api://ledger"]));
        assert_eq!(read["appRoles"][0]["value"], "auditor");
        let ann = user(&app, "Ann").await;
        let given = json!({ "principalId": ann, "resourceId": read["id"], "appRoleId": NOBODY });
        app.post(&format!("{own}/appRoleAssignedTo"), given).await.expect(201);
        // A name of its own it keeps.
        app.patch(&own, json!({ "displayName": "Ours" })).await.expect(204);
        app.patch(&path, json!({ "displayName": "Books" })).await.expect(204);
        let read = app.get(&own).await.expect(200).json;
        assert_eq!((&read["displayName"], &read["appDisplayName"]), (&json!("Ours"), &json!("Books")));
        // What Microsoft Graph is called by, and what is no URI, no application takes.
        for taken in ["https://graph.microsoft.com", "https://Graph.Microsoft.com/", "no uri", "", "api://"] {
            let refused = app.patch(&path, json!({ "identifierUris": [taken] })).await;
            refused.expect(400).says("identifierUris");
        }
        for taken in ["https://graph.microsoft.com", "00000003-0000-0000-c000-000000000000"] {
            app.patch(&own, json!({ "servicePrincipalNames": [taken] }))
                .await
                .expect(400)
                .says("servicePrincipalNames");
        }
    });
}

#[test]
fn an_address_is_one_applications() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let said = |name: &str, uris: &[&str]| json!({ "displayName": name, "identifierUris": uris });
        let make = async |name: &str, uris: &[&str]| app.post("/v1.0/applications", said(name, uris)).await;
        let refused = |answer: testkit::Answer| {
            answer.expect(400).error("Request_BadRequest").says("identifierUris").says("already exists");
        };
        let one = make("One", &["api://one", "API://ONE", "api://both"]).await.expect(201).id();
        let (one, other) = (format!("/v1.0/applications/{one}"), make("Two", &["api://two"]).await.expect(201).id());
        let two = format!("/v1.0/applications/{other}");
        refused(make("Three", &["api://three", "api://both"]).await);
        refused(make("Three", &["Api://One"]).await);
        refused(app.patch(&two, json!({ "identifierUris": ["api://two", "api://one"] })).await);
        assert_eq!(app.get(&two).await.expect(200).json["identifierUris"], json!(["api://two"]));
        // What is its own it may say again, keep unsaid, and give up.
        app.patch(&two, json!({ "identifierUris": ["api://two", "api://2"] })).await.expect(204);
        app.patch(&two, json!({ "displayName": "2" })).await.expect(204);
        refused(make("Three", &["api://2"]).await);
        app.patch(&two, json!({ "identifierUris": [] })).await.expect(204);
        let three = make("Three", &["api://two"]).await.expect(201).id();
        // Who is deleted gives it up too, and comes back only while nobody else has it.
        app.delete(&one).await.expect(204);
        app.patch(&two, json!({ "identifierUris": ["api://both"] })).await.expect(204);
        let restore = format!("/v1.0/directory/deletedItems/{}/restore", one.rsplit('/').next().unwrap());
        refused(app.send("POST", &restore, None).await);
        app.patch(&two, json!({ "identifierUris": null })).await.expect(204);
        app.send("POST", &restore, None).await.expect(200);
        refused(app.patch(&format!("/v1.0/applications/{three}"), json!({ "identifierUris": ["api://one"] })).await);
        // Another tenant has its own.
        house.other_tenant().await.post("/v1.0/applications", said("One", &["api://one"])).await.expect(201);
        // Of two at once, one.
        let (a, b) = tokio::join!(make("A", &["api://race"]), make("B", &["api://race"]));
        let mut statuses = [a.status, b.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 400]);
    });
}

async fn application(app: &Client, name: &str) -> String {
    app.post("/v1.0/applications", json!({ "displayName": name })).await.expect(201).id()
}

#[test]
fn people_are_sent_back_to_programs_only() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let path = format!("/v1.0/applications/{}", application(&app, "Back").await);
        for place in ["web", "spa", "publicClient"] {
            for bad in ["javascript:alert(1)//", "data:text/html,x", "not a url", "http://app.test/"] {
                let mut body = json!({ place: { "redirectUris": ["https://app.test/back", bad] } });
                app.patch(&path, body.clone()).await.expect(400).says(&format!("{place}/redirectUris"));
                body["displayName"] = json!("x");
                app.post("/v1.0/applications", body).await.expect(400).says(&format!("{place}/redirectUris"));
            }
            let good = json!(["https://app.test/back", "http://localhost:8400", "com.example.app://auth"]);
            app.patch(&path, json!({ place: { "redirectUris": good } })).await.expect(204);
        }
    });
}

#[test]
fn words_of_applications_are_those_that_there_are() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let path = format!("/v1.0/applications/{}", application(&app, "Words").await);
        let role = |members: &str| {
            json!([{ "id": "00000000-0000-4000-8000-000000000001", "displayName": "R", "description": "R", "value": "R",
                     "isEnabled": true, "allowedMemberTypes": [members] }])
        };
        for (property, bad, good) in [
            ("signInAudience", json!("Bogus"), json!("AzureADMultipleOrgs")),
            ("appRoles", role("Bogus"), role("Application")),
        ] {
            app.patch(&path, json!({ property: bad })).await.expect(400).says(property);
            app.post("/v1.0/applications", json!({ "displayName": "x", property: bad }))
                .await
                .expect(400)
                .says(property);
            app.patch(&path, json!({ property: good })).await.expect(204);
        }
    });
}
