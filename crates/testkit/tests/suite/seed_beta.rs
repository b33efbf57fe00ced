//! The second seed operation, to the letter: on beta, a group is made beneath an access package,
//! which is incompatible with it from then on.

use crate::steps::{BETA, NOBODY, SEED_TYPE, V1, catalog, group, group_link, group_with, link, package};
use serde_json::json;
use testkit::{Client, House, on_each_engine};

/// The published body, to the byte.
const BODY: &str = "{\r\n  \"@odata.type\": \"#Microsoft.IGAELM.PDS.FrontEnd.ExternalModel.group\"\r\n}";

struct Place {
    app: Client,
    catalog: String,
    package: String,
    /// Where the groups are made.
    path: String,
}

async fn place(house: &House) -> Place {
    let app = house.app().await;
    let catalog = catalog(&app, "Some catalog").await;
    let package = package(&app, &catalog, "Some package").await;
    let path = format!("{BETA}/accessPackageCatalogs/{catalog}/accessPackages/{package}/incompatibleGroups");
    Place { app, catalog, package, path }
}

#[test]
fn the_published_request_word_for_word() {
    on_each_engine(async |house| {
        let Place { app, catalog, package, path } = place(house).await;
        let made = app.send("POST", &path, Some(BODY.to_owned())).await.expect(201);
        assert_eq!(made.json["@odata.type"], SEED_TYPE);
        assert!(made.header("content-type").starts_with("application/json"));
        let id = made.id();
        assert_eq!(id.len(), 36);
        let location = made.header("location").to_owned();
        assert!(location.starts_with(house.url()) && location.contains(&id), "{location}");
        assert_eq!(app.get(&location).await.expect(200).id(), id);

        // It is a security group like any other, and every path says that it is incompatible.
        let group = app.get(&format!("/v1.0/groups/{id}")).await.expect(200);
        assert_eq!(group.json["securityEnabled"], true);
        assert_eq!(group.json["mailEnabled"], false);
        for path in [
            format!("{V1}/accessPackages/{package}/incompatibleGroups"),
            format!("{BETA}/accessPackages/{package}/incompatibleGroups"),
            format!("{BETA}/accessPackageCatalogs/{catalog}/accessPackages/{package}/incompatibleGroups"),
            format!("{BETA}/accessPackageCatalogs('{catalog}')/accessPackages('{package}')/incompatibleGroups"),
        ] {
            assert_eq!(app.get(&path).await.expect(200).ids(), [id.as_str()], "{path}");
            assert_eq!(app.get(&format!("{path}/$count")).await.expect(200).text(), "1", "{path}");
        }
        assert_eq!(app.get(&format!("{path}/{id}")).await.expect(200).id(), id);
        let expanded =
            app.get(&format!("{BETA}/accessPackages/{package}?$expand=incompatibleGroups")).await.expect(200);
        assert_eq!(expanded.json["incompatibleGroups"][0]["id"], id.as_str());
    });
}

#[test]
fn the_same_body_twice_makes_two_groups() {
    on_each_engine(async |house| {
        let Place { app, path, .. } = place(house).await;
        let first = app.send("POST", &path, Some(BODY.to_owned())).await.expect(201).id();
        let second = app.send("POST", &path, Some(BODY.to_owned())).await.expect(201).id();
        assert_ne!(first, second);
        assert_eq!(app.get(&path).await.expect(200).values().len(), 2);
    });
}

#[test]
fn a_group_that_is_there_is_linked() {
    on_each_engine(async |house| {
        let Place { app, path, .. } = place(house).await;
        let group = group(&app, "Night watch").await;
        let eventual = app.with("consistencylevel", "eventual");
        let before = eventual.get("/v1.0/groups/$count").await.expect(200).text();
        let made = app.post(&path, json!({ "@odata.type": SEED_TYPE, "id": group })).await.expect(201);
        assert_eq!(made.id(), group);
        assert_eq!(made.json["displayName"], "Night watch");
        assert_eq!(made.json["@odata.type"], SEED_TYPE);
        assert_eq!(eventual.get("/v1.0/groups/$count").await.expect(200).text(), before);
        app.post(&path, json!({ "@odata.type": SEED_TYPE, "id": group })).await.expect(409).error("DuplicateKey");
        assert_eq!(app.get(&path).await.expect(200).ids(), [group]);
    });
}

#[test]
fn an_id_that_nobody_has_becomes_the_new_groups_id() {
    on_each_engine(async |house| {
        let Place { app, path, .. } = place(house).await;
        let made = app.post(&path, json!({ "@odata.type": SEED_TYPE, "id": NOBODY })).await.expect(201);
        assert_eq!(made.id(), NOBODY);
        app.get(&format!("/v1.0/groups/{NOBODY}")).await.expect(200);
        app.post(&path, json!({ "id": NOBODY })).await.expect(409).error("DuplicateKey");
        // Once it is deleted, the id is taken still: it may be restored.
        app.delete(&format!("/v1.0/groups/{NOBODY}")).await.expect(204);
        let answer = app.post(&path, json!({ "id": NOBODY })).await;
        assert!(matches!(answer.status, 400 | 409), "{}", answer.text());
    });
}

#[test]
fn the_type_is_echoed() {
    on_each_engine(async |house| {
        let Place { app, path, .. } = place(house).await;
        for (body, echoed) in [
            (json!({ "@odata.type": "#microsoft.graph.group" }), "#microsoft.graph.group"),
            (json!({ "@odata.type": "#microsoft.graph.group", "displayName": "Named" }), "#microsoft.graph.group"),
            (json!({}), "#microsoft.graph.group"),
            (json!({ "@odata.type": SEED_TYPE }), SEED_TYPE),
        ] {
            assert_eq!(app.post(&path, body).await.expect(201).json["@odata.type"], echoed);
        }
        for wrong in ["#microsoft.graph.user", "#microsoft.graph.device", "group", "#nonsense", ""] {
            app.post(&path, json!({ "@odata.type": wrong }))
                .await
                .expect(400)
                .error("InvalidModel")
                .says("@odata.type");
        }
        app.post(&path, json!({ "@odata.type": 7 })).await.expect(400).says("@odata.type");
    });
}

#[test]
fn what_the_body_says_of_the_group_is_kept() {
    on_each_engine(async |house| {
        let Place { app, path, .. } = place(house).await;
        let body = json!({ "@odata.type": SEED_TYPE, "displayName": "Said", "description": "By the body" });
        let made = app.post(&path, body).await.expect(201);
        let group = app.get(&format!("/v1.0/groups/{}", made.id())).await.expect(200);
        assert_eq!(group.json["displayName"], "Said");
        assert_eq!(group.json["description"], "By the body");
        app.post(&path, json!({ "id": "not-a-guid" })).await.expect(400).error("InvalidModel").says("'id'");
        app.post(&path, json!({ "id": 7 })).await.expect(400).error("InvalidModel").says("id");
        app.post(&path, json!({ "nonsense": 7 })).await.expect(400).error("InvalidModel").says("nonsense");
        app.post(&path, json!({ "displayName": 7 })).await.expect(400).error("InvalidModel").says("displayName");
        app.post(&path, json!({ "securityEnabled": false })).await.expect(400).says("securityEnabled");
        for kind in ["Unified", "DynamicMembership"] {
            let other = json!({ "groupTypes": [kind], "mailEnabled": true, "membershipRule": "user.city -eq \"x\"" });
            app.post(&path, other).await.expect(400).error("InvalidModel").says("groupTypes");
        }
        let ada = format!("https://graph.microsoft.com/v1.0/users/{}", house.user_id("ada").await);
        let peopled = json!({ "displayName": "Peopled", "members@odata.bind": [ada] });
        app.post(&path, peopled).await.expect(400).error("InvalidModel").says("members@odata.bind");
        let user = house.user_id("ada").await;
        app.post(&path, json!({ "id": user })).await.expect(400).error("InvalidModel").says("id: ");
        let list = json!({ "mailEnabled": true, "securityEnabled": false, "groupTypes": ["Unified"] });
        let list = group_with(&app, "List", list).await;
        app.post(&path, json!({ "id": list })).await.expect(400).says("security-enabled");
    });
}

#[test]
fn the_path_has_to_lead_somewhere() {
    on_each_engine(async |house| {
        let Place { app, catalog, package, .. } = place(house).await;
        let general = house.catalog_id("General").await;
        for (catalog, package) in [
            (general.as_str(), package.as_str()),
            (NOBODY, &package),
            (&catalog, NOBODY),
            ("not-a-guid", &package),
            (&catalog, "not-a-guid"),
        ] {
            let path = format!("{BETA}/accessPackageCatalogs/{catalog}/accessPackages/{package}/incompatibleGroups");
            app.send("POST", &path, Some(BODY.to_owned())).await.expect(404).error("ResourceNotFound");
            app.get(&path).await.expect(404).error("ResourceNotFound");
        }
        // v1.0 has no such create: there the collection holds references only.
        let path = format!("{V1}/accessPackages/{package}/incompatibleGroups");
        let refused = app.send("POST", &path, Some(BODY.to_owned())).await.expect(405).error("MethodNotAllowed");
        refused.says("incompatibleGroups/$ref");
        // The set of all packages will do on beta.
        let path = format!("{BETA}/accessPackages/{package}/incompatibleGroups");
        app.send("POST", &path, Some(BODY.to_owned())).await.expect(201);
    });
}

async fn groups(app: &Client) -> String {
    app.with("consistencylevel", "eventual").get("/v1.0/groups/$count").await.expect(200).text()
}

#[test]
fn reference_links_the_group_and_makes_none() {
    on_each_engine(async |house| {
        let Place { app, package, path, .. } = place(house).await;
        let short = format!("{BETA}/accessPackages/{package}/incompatibleGroups");
        let spellings: [&dyn Fn(&str) -> serde_json::Value; 5] = [
            &|id| group_link(id),
            &|id| link(format!("https://graph.microsoft.com/beta/directoryObjects/{id}")),
            &|id| link(format!("{}/v1.0/groups/{id}", house.url())),
            &|id| link(format!("groups('{id}')")),
            &|id| json!({ "@ID": format!("/groups/{id}"), "@odata.type": "#microsoft.graph.group" }),
        ];
        for (number, spelling) in spellings.into_iter().enumerate() {
            let name = format!("Night watch {number}");
            let group = group(&app, &name).await;
            let before = groups(&app).await;
            let body = spelling(&group);
            let path = if number == 1 { &short } else { &path };

            let made = app.post(path, body.clone()).await.expect(201);

            assert_eq!((made.id(), made.json["displayName"].as_str().unwrap()), (group.clone(), name.as_str()));
            assert_eq!(made.json["@odata.type"], "#microsoft.graph.group");
            assert_eq!(app.get(made.header("location")).await.expect(200).id(), group);
            assert_eq!(groups(&app).await, before, "{body}");
            assert!(app.get(path).await.expect(200).ids().contains(&group));
            app.post(path, body).await.expect(409).error("DuplicateKey");
        }
        let watch = group(&app, "Day watch").await;
        let body = json!({ "@odata.type": SEED_TYPE, "@odata.id": format!("groups/{watch}") });
        assert_eq!(app.post(&path, body).await.expect(201).json["@odata.type"], SEED_TYPE);
    });
}

#[test]
fn wrong_reference_is_refused_as_by_ref_and_makes_no_group() {
    on_each_engine(async |house| {
        let Place { app, package, path, .. } = place(house).await;
        let group = group(&app, "Night watch").await;
        let list = json!({ "mailEnabled": true, "securityEnabled": false, "groupTypes": ["Unified"] });
        let list = group_with(&app, "List", list).await;
        let deleted = group_with(&app, "Deleted", json!({})).await;
        app.delete(&format!("/v1.0/groups/{deleted}")).await.expect(204);
        let user = house.user_id("ada").await;
        let before = groups(&app).await;
        for reference in [
            json!(format!("https://evil.test/v1.0/groups/{group}")),
            json!(format!("https://graph.microsoft.com/v1.0/groups/{group}/members")),
            json!(format!("https://graph.microsoft.com/v1.0/users/{user}")),
            json!(format!("https://graph.microsoft.com/v1.0/directoryObjects/{user}")),
            json!(format!("groups/{user}")),
            json!("https://graph.microsoft.com/v1.0/groups"),
            json!("https://graph.microsoft.com/v1.0/groups/not-a-guid"),
            json!(format!("groups/{NOBODY}")),
            json!(format!("directoryObjects/{NOBODY}")),
            json!(format!("groups/{deleted}")),
            json!(format!("groups/{list}")),
            json!(package),
            json!(group),
            json!(""),
            json!(7),
            json!({}),
            json!(null),
        ] {
            let body = json!({ "@odata.id": reference });
            let by_ref = app.post(&format!("{path}/$ref"), body.clone()).await;
            let answer = app.post(&path, body.clone()).await;
            assert!(matches!(answer.status, 400 | 404), "{body}: {}", answer.text());
            assert_eq!(answer.status, by_ref.status, "{body}: {} {}", answer.text(), by_ref.text());
            answer.says("@odata.id");
        }
        for (body, named) in [
            (json!({ "@odata.id": format!("groups/{group}"), "id": group }), "@odata.id"),
            (json!({ "@odata.id": format!("groups/{group}"), "id": NOBODY }), "@odata.id"),
            (json!({ "@odata.id": format!("groups/{group}"), "displayName": "Other" }), "displayName"),
            (json!({ "@odata.id": format!("groups/{group}"), "@id": format!("groups/{group}") }), "twice"),
        ] {
            app.post(&path, body).await.expect(400).says(named);
        }
        assert_eq!(groups(&app).await, before);
        assert!(app.get(&path).await.expect(200).values().is_empty());
    });
}
