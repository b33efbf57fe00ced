//! Catalogs on both surfaces: every property, made, read, listed, changed and deleted.

use crate::steps::{BETA, NOBODY, V1, catalog, package, query, shown};
use serde_json::{Value, json};
use testkit::on_each_engine;

#[test]
fn the_general_catalog_is_there_and_stays() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let path = query(&format!("{V1}/catalogs?$filter=catalogType eq 'serviceDefault'"));
        let found = app.get(&path).await.expect(200);
        insta::assert_snapshot!("general_catalog_v1", shown(&found.json, house.host()));
        let id = found.ids()[0].clone();
        let beta = app.get(&format!("{BETA}/accessPackageCatalogs/{id}")).await.expect(200);
        insta::assert_snapshot!("general_catalog_beta", shown(&beta.json, house.host()));
        app.delete(&format!("{V1}/catalogs/{id}")).await.expect(400).error("InvalidModel");
        let renamed = app.patch(&format!("{V1}/catalogs/{id}"), json!({ "displayName": "Mine" })).await;
        renamed.expect(400).error("InvalidModel").says("displayName");
        app.patch(&format!("{V1}/catalogs/{id}"), json!({ "displayName": "General", "description": "Ours" }))
            .await
            .expect(204);
        assert_eq!(app.get(&format!("{V1}/catalogs/{id}")).await.json["description"], "Ours");
    });
}

#[test]
fn a_catalog_from_beginning_to_end() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let body = json!({
            "displayName": "Sales", "description": "For sales", "state": "unpublished", "isExternallyVisible": true,
        });
        let made = app.post(&format!("{V1}/catalogs"), body).await.expect(201);
        insta::assert_snapshot!("catalog_created_v1", shown(&made.json, house.host()));
        let id = made.id();
        assert_eq!(made.header("location"), format!("{}{V1}/catalogs/{id}", house.url()));
        let path = format!("{V1}/catalogs/{id}");
        let read = app.get(&path).await.expect(200);
        assert_eq!(read.json["createdDateTime"], made.json["createdDateTime"]);
        let beta = app.get(&format!("{BETA}/accessPackageCatalogs/{id}")).await.expect(200);
        assert_eq!(beta.json["catalogStatus"], "Unpublished");
        assert_eq!(beta.json["catalogType"], "UserManaged");
        assert!(beta.json.get("state").is_none());
        assert!(app.get(&format!("{V1}/catalogs")).await.ids().contains(&id));

        app.patch(&path, json!({ "state": "published", "description": null })).await.expect(204);
        let changed = app.get(&path).await.expect(200);
        assert_eq!(changed.json["state"], "published");
        assert_eq!(changed.json["displayName"], "Sales");
        assert!(changed.json["modifiedDateTime"].as_str() > made.json["modifiedDateTime"].as_str());
        assert_eq!(changed.json["createdDateTime"], made.json["createdDateTime"]);
        app.patch(
            &format!("{BETA}/accessPackageCatalogs/{id}"),
            json!({ "catalogStatus": "unPublished", "isExternallyVisible": false }),
        )
        .await
        .expect(204);
        let changed = app.get(&path).await.expect(200);
        assert_eq!(
            (&changed.json["state"], &changed.json["isExternallyVisible"]),
            (&json!("unpublished"), &json!(false))
        );

        app.delete(&path).await.expect(204);
        for path in [path, format!("{BETA}/accessPackageCatalogs/{id}")] {
            app.get(&path).await.expect(404).error("ResourceNotFound");
            app.patch(&path, json!({ "displayName": "Gone" })).await.expect(404).error("ResourceNotFound");
            app.delete(&path).await.expect(404).error("ResourceNotFound");
        }
        assert!(!app.get(&format!("{V1}/catalogs")).await.ids().contains(&id));
    });
}

#[test]
fn what_is_not_said_has_a_default() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let made = app.post(&format!("{V1}/catalogs"), json!({ "displayName": "Plain" })).await.expect(201);
        insta::assert_snapshot!("catalog_defaults_v1", shown(&made.json, house.host()));
        let body = json!({ "displayName": "Plain beta", "description": null, "isExternallyVisible": null, "catalogStatus": null });
        let made = app.post(&format!("{BETA}/accessPackageCatalogs"), body).await.expect(201);
        insta::assert_snapshot!("catalog_defaults_beta", shown(&made.json, house.host()));
        // What the service says of a catalog, a caller can't; saying it does no harm.
        let body = json!({
            "displayName": "Bold", "id": NOBODY, "createdDateTime": "2001-01-01T00:00:00Z", "catalogType": "serviceDefault",
            "modifiedDateTime": "2001-01-01T00:00:00Z",
        });
        let made = app.post(&format!("{V1}/catalogs"), body).await.expect(201);
        assert_ne!(made.id(), NOBODY);
        assert_eq!(made.json["catalogType"], "userManaged");
        assert!(made.json["createdDateTime"].as_str() > Some("2020"));
    });
}

#[test]
fn enumerations_take_any_letter_case() {
    on_each_engine(async |house| {
        let app = house.app().await;
        for (state, written) in [("PUBLISHED", "published"), ("Unpublished", "unpublished"), ("published", "published")]
        {
            let body = json!({ "displayName": state, "state": state });
            assert_eq!(app.post(&format!("{V1}/catalogs"), body).await.expect(201).json["state"], written);
        }
        for state in
            [json!("open"), json!(""), json!(1), json!(true), json!(["published"]), json!("unknownFutureValue")]
        {
            let answer = app.post(&format!("{V1}/catalogs"), json!({ "displayName": "X", "state": state })).await;
            answer.expect(400).error("InvalidModel").says("state");
        }
        for status in [json!("open"), json!(1)] {
            let body = json!({ "displayName": "X", "catalogStatus": status });
            let answer = app.post(&format!("{BETA}/accessPackageCatalogs"), body).await;
            answer.expect(400).error("InvalidModel").says("catalogStatus");
        }
        for (filter, names) in [
            ("state eq 'unpublished'", vec!["Unpublished"]),
            ("state eq 'UNPUBLISHED'", vec!["Unpublished"]),
            ("state ne 'published'", vec!["Unpublished"]),
            ("state in ('unpublished')", vec!["Unpublished"]),
        ] {
            let found = app.get(&query(&format!("{V1}/catalogs?$filter={filter}"))).await.expect(200);
            assert_eq!(found.strings("displayName"), names, "{filter}");
        }
        app.get(&query(&format!("{V1}/catalogs?$filter=state eq 'open'")))
            .await
            .expect(400)
            .error("InvalidFilter")
            .says("state");
    });
}

#[test]
fn names() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let path = format!("{V1}/catalogs");
        for name in [Value::Null, json!(""), json!("  "), json!(7), json!({}), json!("x".repeat(300))] {
            let answer = app.post(&path, json!({ "displayName": name })).await;
            answer.expect(400).error("InvalidModel").says("displayName");
        }
        app.post(&path, json!({})).await.expect(400).error("InvalidModel").says("displayName");
        for name in ["Ünïcode 🚪", "with 'quotes' \"and\" \\ more", "x".repeat(256).as_str()] {
            let id = catalog(&app, name).await;
            assert_eq!(app.get(&format!("{path}/{id}")).await.json["displayName"], name);
        }
        let found = app.get(&query(&format!("{path}?$filter=displayName eq 'with ''quotes'' \"and\" \\ more'"))).await;
        assert_eq!(found.expect(200).values().len(), 1);
        let found =
            app.get(&format!("{path}?$filter=contains(tolower(displayName),'%C3%BCn%C3%AFcode')")).await.expect(200);
        assert_eq!(found.values().len(), 1);
    });
}

#[test]
fn a_catalog_with_packages_does_not_go() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let catalog = catalog(&app, "Full").await;
        let package = package(&app, &catalog, "Kept").await;
        for path in [format!("{V1}/catalogs/{catalog}"), format!("{BETA}/accessPackageCatalogs/{catalog}")] {
            app.delete(&path).await.expect(400).error("InvalidModel").says("accessPackages");
        }
        let inside = app.get(&format!("{V1}/catalogs/{catalog}/accessPackages")).await.expect(200);
        assert_eq!(inside.ids(), [package.as_str()]);
        let expanded =
            app.get(&format!("{V1}/catalogs/{catalog}?$expand=accessPackages($select=displayName)")).await.expect(200);
        assert_eq!(expanded.json["accessPackages"][0]["displayName"], "Kept");
        app.delete(&format!("{V1}/accessPackages/{package}")).await.expect(204);
        app.delete(&format!("{V1}/catalogs/{catalog}")).await.expect(204);
    });
}

#[test]
fn prefer_says_how_much_comes_back() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let minimal = app.with("prefer", "return=minimal");
        let path = format!("{V1}/catalogs");
        let made = minimal.post(&path, json!({ "displayName": "Quiet" })).await.expect(204);
        assert_eq!(made.header("preference-applied"), "return=minimal");
        assert_eq!(made.header("location"), made.header("odata-entityid"));
        let location = made.header("location").to_owned();
        assert_eq!(app.get(&location).await.expect(200).json["displayName"], "Quiet");
        let whole = app.with("prefer", "respond-async, return=representation");
        let changed = whole.patch(&location, json!({ "description": "Said" })).await.expect(200);
        assert_eq!(changed.header("preference-applied"), "return=representation");
        assert_eq!((&changed.json["description"], &changed.json["displayName"]), (&json!("Said"), &json!("Quiet")));
        minimal.patch(&location, json!({ "description": "Less" })).await.expect(204);
        app.post(&format!("{path}?$select=id"), json!({ "displayName": "Only the id" })).await.expect(201);
    });
}

#[test]
fn levels_of_annotation() {
    on_each_engine(async |house| {
        let app = house.app().await;
        for (level, name) in [("none", "none"), ("full", "full")] {
            let client = app.with("accept", &format!("application/json;odata.metadata={level}"));
            let answer = client
                .get(&query(&format!("{V1}/catalogs?$filter=displayName eq 'General'&$select=displayName&$count=true")))
                .await
                .expect(200);
            assert!(answer.header("content-type").contains(&format!("odata.metadata={level}")));
            insta::assert_snapshot!(format!("catalogs_metadata_{name}"), shown(&answer.json, house.host()));
        }
    });
}
