//! Two tenants on one server: nothing of the one is visible to the other, by whatever path.

use crate::steps::{BETA, SEED_TYPE, V1, catalog, group, group_link, package, package_link, query, some_package};
use serde_json::json;
use testkit::on_each_engine;

#[test]
fn an_id_of_another_tenant_is_an_id_of_nobody() {
    on_each_engine(async |house| {
        let (ours, theirs) = (house.app().await, house.other_tenant().await);
        let group = group(&ours, "Ours").await;
        let user = house.user_id("ada").await;
        let catalog = catalog(&ours, "Ours").await;
        let package = package(&ours, &catalog, "Ours").await;
        ours.post(&format!("{V1}/accessPackages/{package}/incompatibleGroups/$ref"), group_link(&group))
            .await
            .expect(204);
        for path in [
            format!("/v1.0/users/{user}"),
            "/v1.0/users/ada@doorward.test".to_owned(),
            format!("/v1.0/users/{user}/memberOf"),
            format!("/v1.0/users/{user}/manager"),
            format!("/v1.0/groups/{group}"),
            format!("/v1.0/groups/{group}/members"),
            format!("/beta/groups/{group}/transitiveMembers"),
            format!("/v1.0/directoryObjects/{group}"),
            format!("/v1.0/servicePrincipals/{user}"),
            format!("{V1}/catalogs/{catalog}"),
            format!("{V1}/catalogs/{catalog}/accessPackages"),
            format!("{V1}/accessPackages/{package}"),
            format!("{V1}/accessPackages/{package}/catalog"),
            format!("{V1}/accessPackages/{package}/incompatibleGroups"),
            format!("{V1}/accessPackages/{package}/incompatibleGroups/$ref"),
            format!("{V1}/accessPackages/{package}/incompatibleGroups/$count"),
            format!("{V1}/accessPackages/{package}/accessPackagesIncompatibleWith"),
            format!("{BETA}/accessPackageCatalogs/{catalog}/accessPackages/{package}/incompatibleGroups"),
        ] {
            let client = theirs.with("consistencylevel", "eventual");
            let answer = client.get(&path).await;
            assert_eq!(answer.status, 404, "{path}: {}", answer.text());
            assert!(!answer.text().contains("Ours"), "{path}: {}", answer.text());
        }
        for (method, path, body) in [
            ("PATCH", format!("/v1.0/users/{user}"), json!({ "jobTitle": "x" })),
            ("PATCH", format!("/v1.0/groups/{group}"), json!({ "description": "x" })),
            ("DELETE", format!("/v1.0/groups/{group}"), json!({})),
            ("PATCH", format!("{V1}/catalogs/{catalog}"), json!({ "description": "x" })),
            ("DELETE", format!("{V1}/catalogs/{catalog}"), json!({})),
            ("PATCH", format!("{V1}/accessPackages/{package}"), json!({ "description": "x" })),
            ("DELETE", format!("{V1}/accessPackages/{package}"), json!({})),
            ("DELETE", format!("{V1}/accessPackages/{package}/incompatibleGroups/{group}/$ref"), json!({})),
            ("POST", format!("{V1}/accessPackages/{package}/incompatibleGroups/$ref"), group_link(&group)),
            (
                "POST",
                format!("{BETA}/accessPackageCatalogs/{catalog}/accessPackages/{package}/incompatibleGroups"),
                json!({ "@odata.type": SEED_TYPE }),
            ),
            ("POST", format!("{BETA}/accessPackageCatalogs/{catalog}/accessPackages"), json!({ "displayName": "x" })),
            ("POST", format!("{V1}/accessPackages"), json!({ "displayName": "x", "catalog": { "id": catalog } })),
            ("POST", format!("/v1.0/groups/{group}/checkMemberGroups"), json!({ "groupIds": [group] })),
        ] {
            let body = (method != "DELETE").then(|| body.to_string());
            let answer = theirs.send(method, &path, body).await;
            assert_eq!(answer.status, 404, "{method} {path}: {}", answer.text());
        }
        assert_eq!(
            ours.get(&format!("{V1}/accessPackages/{package}/incompatibleGroups")).await.expect(200).ids(),
            [group]
        );
    });
}

#[test]
fn lists_hold_what_is_ones_own() {
    on_each_engine(async |house| {
        let theirs = house.other_tenant().await.with("consistencylevel", "eventual");
        for path in ["/v1.0/users", "/beta/users", "/v1.0/groups", "/beta/groups"] {
            assert_eq!(theirs.get(path).await.expect(200).values().len(), 0, "{path}");
        }
        assert_eq!(theirs.get("/v1.0/groups/$count").await.expect(200).text(), "0");
        assert_eq!(theirs.get(&format!("{V1}/accessPackages")).await.expect(200).values().len(), 0);
        assert_eq!(
            theirs.get(&format!("{V1}/catalogs?$expand=accessPackages")).await.expect(200).strings("displayName"),
            ["General"]
        );
        assert_eq!(theirs.get(&format!("{BETA}/accessPackageCatalogs")).await.expect(200).values().len(), 1);
        let filter =
            query("/v1.0/users?$filter=startswith(displayName,'A') or userPrincipalName eq 'ada@doorward.test'");
        assert_eq!(theirs.get(&filter).await.expect(200).values().len(), 0);
        assert_eq!(
            theirs.get("/v1.0/users?$search=\"displayName:Ada\"&$count=true").await.expect(200).values().len(),
            0
        );
        let apps = theirs.get("/v1.0/servicePrincipals?$select=displayName").await.expect(200);
        assert!(!apps.text().contains("Doorward development"), "{}", apps.text());
    });
}

#[test]
fn references_do_not_lead_out_of_a_tenant() {
    on_each_engine(async |house| {
        let (ours, theirs) = (house.app().await, house.other_tenant().await);
        let our_group = group(&ours, "Ours").await;
        let our_package = some_package(&ours).await;
        let our_user = house.user_id("ada").await;
        let (group, package) = (group(&theirs, "Theirs").await, some_package(&theirs).await);
        let of = |what: &str| format!("{V1}/accessPackages/{package}/{what}/$ref");
        theirs.post(&of("incompatibleGroups"), group_link(&our_group)).await.expect(404);
        theirs.post(&of("incompatibleAccessPackages"), package_link(&our_package)).await.expect(404);
        let user = json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/users/{our_user}") });
        theirs.post(&format!("/v1.0/groups/{group}/members/$ref"), user.clone()).await.expect(404);
        let by_name = json!({ "@odata.id": "https://graph.microsoft.com/v1.0/users/ada@doorward.test" });
        theirs.post(&format!("/v1.0/groups/{group}/members/$ref"), by_name).await.expect(404);
        theirs.post(&format!("/v1.0/groups/{group}/owners/$ref"), user).await.expect(404);
        let bind = json!({
            "displayName": "X", "mailEnabled": false, "mailNickname": "x", "securityEnabled": true,
            "members@odata.bind": [format!("https://graph.microsoft.com/v1.0/users/{our_user}")],
        });
        theirs.post("/v1.0/groups", bind).await.expect(404);
        let found = theirs
            .post("/v1.0/directoryObjects/getByIds", json!({ "ids": [our_group, our_user, group] }))
            .await
            .expect(200);
        assert_eq!(found.ids(), [group.as_str()]);
        // The same id in both tenants: two groups that have nothing to do with each other.
        let path = format!("{BETA}/accessPackages/{package}/incompatibleGroups");
        let made = theirs.post(&path, json!({ "id": our_group, "displayName": "Twin" })).await.expect(201);
        assert_eq!(made.id(), our_group);
        assert_eq!(ours.get(&format!("/v1.0/groups/{our_group}")).await.expect(200).json["displayName"], "Ours");
        theirs.delete(&format!("/v1.0/groups/{our_group}")).await.expect(204);
        ours.get(&format!("/v1.0/groups/{our_group}")).await.expect(200);
    });
}

#[test]
fn a_batch_is_of_one_tenant() {
    on_each_engine(async |house| {
        let ours = house.app().await;
        let package = some_package(&ours).await;
        let theirs = house.other_tenant().await;
        let get = |id: &str, url: String| json!({ "id": id, "method": "GET", "url": url });
        let em = V1.trim_start_matches("/v1.0");
        let requests = json!({ "requests": [
            get("1", format!("{em}/accessPackages/{package}")),
            get("2", "/users".to_owned()),
            // A header of an item can't make somebody else of its sender.
            { "id": "3", "method": "GET", "url": "/users", "headers": { "Authorization": format!("Bearer {}", ours.token()) } },
        ]});
        let answer = theirs.post("/v1.0/$batch", requests).await.expect(200);
        for response in answer.json["responses"].as_array().unwrap() {
            match response["id"].as_str().unwrap() {
                "1" => assert_eq!(response["status"], 404),
                _ => assert_eq!(response["body"]["value"], json!([]), "{response}"),
            }
        }
    });
}

#[test]
fn a_tenant_goes_with_all_that_its_catalogs_hand_out() {
    on_each_engine(async |house| {
        let theirs = house.other_tenant().await;
        let catalog = catalog(&theirs, "Theirs").await;
        let package = package(&theirs, &catalog, "Theirs").await;
        let site = json!({ "originId": "https://contoso.sharepoint.com/a", "originSystem": "SharePointOnline" });
        let body = json!({ "requestType": "adminAdd", "catalog": { "id": catalog }, "resource": site });
        theirs.post(&format!("{V1}/resourceRequests"), body).await.expect(201);
        let role = json!({ "originId": "5", "originSystem": "SharePointOnline", "resource": site });
        let set = format!("{V1}/accessPackages/{package}/resourceRoleScopes");
        theirs.post(&set, json!({ "role": role })).await.expect(201);
        let store = store::Store::open(house.database()).await.unwrap();
        let tenants = store.tenant_list().await.unwrap();
        let other = tenants.iter().find(|tenant| tenant.name != "Doorward development").unwrap();
        store.tenant_delete(other.id).await.unwrap();
        assert_eq!(store.tenant_list().await.unwrap().len(), 1);
    });
}
