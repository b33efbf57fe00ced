//! The first seed operation, to the letter: a group is marked as incompatible with an access package
//! by `$ref`, and read back.

use crate::steps::{BETA, NOBODY, V1, group, group_link, group_with, link, package, some_package};
use serde_json::json;
use testkit::on_each_engine;

#[test]
fn the_published_request_word_for_word() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (package, group) = (some_package(&app).await, group(&app, "Night watch").await);
        let path = format!("{V1}/accessPackages/{package}/incompatibleGroups/$ref");
        let answer = app.post(&path, group_link(&group)).await.expect(204);
        assert!(answer.body.is_empty());
        assert_eq!(answer.header("content-type"), "");
        assert!(!answer.header("request-id").is_empty());
        let listed = app.get(&format!("{V1}/accessPackages/{package}/incompatibleGroups")).await.expect(200);
        assert_eq!(listed.ids(), [group]);
        assert_eq!(listed.strings("displayName"), ["Night watch"]);
    });
}

#[test]
fn every_spelling_of_the_reference() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let package = some_package(&app).await;
        let own = house.url();
        for (at, surface) in [V1, BETA].into_iter().enumerate() {
            let spellings: [&dyn Fn(&str) -> String; 14] = [
                &|id| format!("https://graph.microsoft.com/v1.0/groups/{id}"),
                &|id| format!("https://graph.microsoft.com/beta/groups/{id}"),
                &|id| format!("https://graph.microsoft.com/v1.0/groups('{id}')"),
                &|id| format!("https://graph.microsoft.com/v1.0/groups({id})"),
                &|id| format!("https://graph.microsoft.com/v1.0/directoryObjects/{id}"),
                &|id| format!("https://graph.microsoft.com/beta/directoryObjects('{id}')"),
                &|id| format!("HTTPS://GRAPH.microsoft.com/V1.0/Groups/{}", id.to_uppercase()),
                &|id| format!("{own}/v1.0/groups/{id}"),
                &|id| format!("{own}/beta/directoryObjects/{id}"),
                &|id| format!("groups/{id}"),
                &|id| format!("/groups/{id}"),
                &|id| format!("/v1.0/groups/{id}"),
                &|id| format!("directoryObjects/{id}"),
                &|id| format!("groups('{id}')"),
            ];
            for (number, spelling) in spellings.into_iter().enumerate() {
                let group = group(&app, &format!("Group {at} {number}")).await;
                let path = format!("{surface}/accessPackages/{package}/incompatibleGroups");
                app.post(&format!("{path}/$ref"), link(spelling(&group))).await.expect(204);
                assert!(app.get(&path).await.expect(200).ids().contains(&group), "{}", spelling(&group));
                app.delete(&format!("{path}/{group}/$ref")).await.expect(204);
            }
        }
        // The package's own key has two spellings as well.
        let group = group(&app, "Parentheses").await;
        let path = format!("{V1}/accessPackages('{package}')/incompatibleGroups/$ref");
        app.post(&path, group_link(&group)).await.expect(204);
    });
}

#[test]
fn references_that_mean_nothing_here() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (package, group) = (some_package(&app).await, group(&app, "Night watch").await);
        let user = house.user_id("ada").await;
        for surface in [V1, BETA] {
            let path = format!("{surface}/accessPackages/{package}/incompatibleGroups/$ref");
            for reference in [
                format!("https://evil.test/v1.0/groups/{group}"),
                format!("https://graph.microsoft.com.evil.test/v1.0/groups/{group}"),
                format!("https://graph.microsoft.com@evil.test/v1.0/groups/{group}"),
                format!("https://graph.microsoft.com:8443/v1.0/groups/{group}"),
                format!("https://graph.microsoft.com/v2.0/groups/{group}"),
                format!("//graph.microsoft.com/v1.0/groups/{group}"),
                format!("ftp://graph.microsoft.com/v1.0/groups/{group}"),
                format!("https://graph.microsoft.com/v1.0/groups/{group}/members"),
                format!("https://graph.microsoft.com/v1.0/groups/{group}?$select=id"),
                format!("https://graph.microsoft.com/v1.0/users/{user}"),
                format!("https://graph.microsoft.com/v1.0/directoryObjects/{user}"),
                format!("https://graph.microsoft.com{V1}/accessPackages/{package}").replace("/v1.0/v1.0", "/v1.0"),
                "https://graph.microsoft.com/v1.0/groups".to_owned(),
                "https://graph.microsoft.com/v1.0/groups/not-a-guid".to_owned(),
                "https://graph.microsoft.com/v1.0/nonsense/1".to_owned(),
                group.clone(),
                "not a url".to_owned(),
                String::new(),
            ] {
                let answer = app.post(&path, link(&reference)).await.expect(400).error("InvalidModel");
                assert!(answer.message().contains("@odata.id"), "{reference}: {}", answer.message());
            }
            for set in ["groups", "directoryObjects"] {
                let reference = link(format!("https://graph.microsoft.com/v1.0/{set}/{NOBODY}"));
                app.post(&path, reference).await.expect(404).error("ResourceNotFound").says("@odata.id").says(NOBODY);
            }
        }
        assert_eq!(app.get(&format!("{V1}/accessPackages/{package}/incompatibleGroups")).await.values().len(), 0);
    });
}

#[test]
fn bodies_that_are_no_reference() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (package, group) = (some_package(&app).await, group(&app, "Night watch").await);
        let path = format!("{V1}/accessPackages/{package}/incompatibleGroups/$ref");
        for (body, status, code) in [
            ("", 400, "BadRequest"),
            ("{", 400, "BadRequest"),
            ("nonsense", 400, "BadRequest"),
            ("{} {}", 400, "BadRequest"),
            ("[]", 400, "InvalidModel"),
            ("\"x\"", 400, "InvalidModel"),
            ("null", 400, "InvalidModel"),
            ("{}", 400, "InvalidModel"),
            ("{\"@odata.id\":null}", 400, "InvalidModel"),
            ("{\"@odata.id\":7}", 400, "InvalidModel"),
            ("{\"@odata.id\":[]}", 400, "InvalidModel"),
            ("{\"id\":\"x\"}", 400, "InvalidModel"),
        ] {
            let answer = app.send("POST", &path, Some(body.to_owned())).await.expect(status);
            assert_eq!(answer.code(), code, "{body}: {}", answer.text());
        }
        app.send("POST", &path, None).await.expect(400);
        app.post(&path, json!({})).await.says("@odata.id");
        let good = group_link(&group).to_string();
        let none = app.with("content-type", "");
        none.send("POST", &path, Some(good.clone())).await.expect(415).error("UnsupportedMediaType");
        let text = app.with("content-type", "text/plain");
        text.send("POST", &path, Some(good.clone())).await.expect(415).says("application/json");
        let charset = app.with("content-type", "Application/JSON; charset=utf-8");
        charset.send("POST", &path, Some(good)).await.expect(204);
    });
}

#[test]
fn a_link_is_there_once() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (package, group) = (some_package(&app).await, group(&app, "Night watch").await);
        let path = format!("{V1}/accessPackages/{package}/incompatibleGroups");
        app.post(&format!("{path}/$ref"), group_link(&group)).await.expect(204);
        let again = link(format!("directoryObjects/{group}"));
        app.post(&format!("{path}/$ref"), again).await.expect(409).error("DuplicateKey").says(&group);
        assert_eq!(app.get(&path).await.expect(200).ids(), [group.as_str()]);
        app.delete(&format!("{path}/{group}/$ref")).await.expect(204);
        app.delete(&format!("{path}/{group}/$ref")).await.expect(404).error("ResourceNotFound");
        assert_eq!(app.get(&path).await.expect(200).values().len(), 0);
    });
}

#[test]
fn the_group_and_the_package_are_what_they_have_to_be() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let package = some_package(&app).await;
        let path = format!("{V1}/accessPackages/{package}/incompatibleGroups/$ref");
        let list = group_with(
            &app,
            "Mail",
            json!({ "mailEnabled": true, "securityEnabled": false, "groupTypes": ["Unified"] }),
        )
        .await;
        app.post(&path, group_link(&list)).await.expect(400).error("InvalidModel").says("security-enabled");
        let dynamic = json!({
            "groupTypes": ["DynamicMembership"], "membershipRule": "user.department -eq \"Audit\"",
            "membershipRuleProcessingState": "On",
        });
        let dynamic = group_with(&app, "Dynamic", dynamic).await;
        app.post(&path, group_link(&dynamic)).await.expect(204);
        let team = group_with(&app, "Team", json!({ "mailEnabled": true, "groupTypes": ["Unified"] })).await;
        app.post(&path, group_link(&team)).await.expect(204);
        let nowhere = format!("{V1}/accessPackages/{NOBODY}/incompatibleGroups/$ref");
        app.post(&nowhere, group_link(&dynamic)).await.expect(404).error("ResourceNotFound").says(NOBODY);
        let bad = format!("{V1}/accessPackages/not-a-guid/incompatibleGroups/$ref");
        app.post(&bad, group_link(&dynamic)).await.expect(404).error("ResourceNotFound");
    });
}

#[test]
fn a_group_that_is_deleted_is_not_listed_and_a_restored_one_is() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (package, group) = (some_package(&app).await, group(&app, "Night watch").await);
        let path = format!("{V1}/accessPackages/{package}/incompatibleGroups");
        app.post(&format!("{path}/$ref"), group_link(&group)).await.expect(204);
        app.delete(&format!("/v1.0/groups/{group}")).await.expect(204);
        assert_eq!(app.get(&path).await.expect(200).values().len(), 0);
        assert_eq!(app.get(&format!("{path}/$count")).await.expect(200).text(), "0");
        assert_eq!(app.get(&format!("{path}/$ref")).await.expect(200).values().len(), 0);
        app.post(&format!("{path}/$ref"), group_link(&group)).await.expect(404);
        app.post(&format!("/v1.0/directory/deletedItems/{group}/restore"), json!({})).await.expect(200);
        assert_eq!(app.get(&path).await.expect(200).ids(), [group.as_str()]);
    });
}

#[test]
fn who_may_and_who_may_not() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (package, group) = (some_package(&app).await, group(&app, "Night watch").await);
        let path = format!("{V1}/accessPackages/{package}/incompatibleGroups");
        let reader = house.app_with(&["EntitlementManagement.Read.All", "Group.Read.All"]).await;
        reader.get(&path).await.expect(200);
        reader
            .post(&format!("{path}/$ref"), group_link(&group))
            .await
            .expect(403)
            .error("UnAuthorized")
            .says("EntitlementManagement.ReadWrite.All");
        let writer = house.app_with(&["EntitlementManagement.ReadWrite.All"]).await;
        writer.post(&format!("{path}/$ref"), group_link(&group)).await.expect(204);
        let admin = house.user("admin", &["EntitlementManagement.ReadWrite.All"]).await;
        admin.delete(&format!("{path}/{group}/$ref")).await.expect(204);
        // The scope alone doesn't make a user somebody who manages packages.
        let eve = house.user("eve", &["EntitlementManagement.ReadWrite.All"]).await;
        let answer = eve.post(&format!("{path}/$ref"), group_link(&group)).await;
        assert!(matches!(answer.status, 403 | 404), "{}", answer.text());
        house.nobody().post(&format!("{path}/$ref"), group_link(&group)).await.expect(401);
    });
}

#[test]
fn another_package_isn_t_touched() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let one = some_package(&app).await;
        let catalog = house.catalog_id("General").await;
        let two = package(&app, &catalog, "Two").await;
        let group = group(&app, "Night watch").await;
        app.post(&format!("{V1}/accessPackages/{one}/incompatibleGroups/$ref"), group_link(&group)).await.expect(204);
        let there = format!("{V1}/accessPackages/{two}/incompatibleGroups");
        assert_eq!(app.get(&there).await.expect(200).values().len(), 0);
        app.delete(&format!("{there}/{group}/$ref")).await.expect(404);
    });
}
