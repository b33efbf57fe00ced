//! Access packages on both surfaces: every property, every way to name the catalog, and what a name
//! may be.

use crate::steps::{BETA, NOBODY, V1, catalog, group, package, query, shown};
use serde_json::{Value, json};
use testkit::on_each_engine;

#[test]
fn a_package_from_beginning_to_end() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let catalog = catalog(&app, "Sales").await;
        let body = json!({ "displayName": "Orders", "description": "Enter orders", "isHidden": true, "catalog": { "id": catalog } });
        let made = app.post(&format!("{V1}/accessPackages"), body).await.expect(201);
        insta::assert_snapshot!("package_created_v1", shown(&made.json, house.host()));
        let id = made.id();
        let path = format!("{V1}/accessPackages/{id}");
        assert_eq!(made.header("location"), format!("{}{path}", house.url()));
        let read = app.get(&format!("{path}?$expand=catalog")).await.expect(200);
        insta::assert_snapshot!("package_expanded_v1", shown(&read.json, house.host()));
        let beta = app
            .get(&format!("{BETA}/accessPackages/{id}?$expand=accessPackageCatalog($select=displayName)"))
            .await
            .expect(200);
        insta::assert_snapshot!("package_expanded_beta", shown(&beta.json, house.host()));
        assert_eq!(app.get(&format!("{path}/catalog")).await.expect(200).id(), catalog);
        assert_eq!(app.get(&format!("{path}/catalog/displayName")).await.expect(200).json["value"], "Sales");
        assert_eq!(app.get(&format!("{path}/displayName/$value")).await.expect(200).text(), "Orders");

        app.patch(&path, json!({ "displayName": "All orders", "isHidden": false })).await.expect(204);
        let changed = app.get(&path).await.expect(200);
        assert_eq!((&changed.json["displayName"], &changed.json["isHidden"]), (&json!("All orders"), &json!(false)));
        assert_eq!(changed.json["description"], "Enter orders");
        assert!(changed.json["modifiedDateTime"].as_str() > made.json["modifiedDateTime"].as_str());
        app.patch(&format!("{BETA}/accessPackages/{id}"), json!({ "isRoleScopesVisible": true, "description": null }))
            .await
            .expect(204);
        let changed = app.get(&format!("{BETA}/accessPackages/{id}")).await.expect(200);
        assert_eq!(changed.json["isRoleScopesVisible"], true);
        // v1.0 doesn't know what beta added.
        app.patch(&path, json!({ "isRoleScopesVisible": false }))
            .await
            .expect(400)
            .error("InvalidModel")
            .says("isRoleScopesVisible");

        app.delete(&path).await.expect(204);
        for path in [
            path,
            format!("{BETA}/accessPackages/{id}"),
            format!("{BETA}/accessPackageCatalogs/{catalog}/accessPackages/{id}"),
        ] {
            app.get(&path).await.expect(404).error("ResourceNotFound");
            app.patch(&path, json!({ "displayName": "Gone" })).await.expect(404).error("ResourceNotFound");
            app.delete(&path).await.expect(404).error("ResourceNotFound");
        }
    });
}

#[test]
fn every_way_to_name_the_catalog() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let catalog = catalog(&app, "Sales").await;
        let general = house.catalog_id("General").await;
        let v1 = format!("{V1}/accessPackages");
        let beta = format!("{BETA}/accessPackages");
        let whole = app.get(&format!("{BETA}/accessPackageCatalogs/{catalog}")).await.expect(200).json;
        let url = format!("https://graph.microsoft.com{V1}/catalogs/{catalog}");
        let beta_url = format!("https://graph.microsoft.com{BETA}/accessPackageCatalogs/{catalog}");
        let contained = format!("{BETA}/accessPackageCatalogs/{catalog}/accessPackages");
        for (at, (path, how)) in [
            (&v1, json!({ "catalog": { "id": catalog } })),
            (&v1, json!({ "catalog": { "id": catalog, "displayName": "whatever" } })),
            (&v1, json!({ "catalog": { "@odata.id": url } })),
            (&v1, json!({ "catalog@odata.bind": url })),
            (&v1, json!({ "catalog@odata.bind": format!("{V1}/catalogs('{catalog}')") })),
            (&beta, json!({ "catalogId": catalog })),
            (&beta, json!({ "catalogId": catalog.to_uppercase() })),
            (&beta, json!({ "accessPackageCatalog": { "id": catalog } })),
            (&beta, json!({ "accessPackageCatalog": whole })),
            (&beta, json!({ "catalogId": catalog, "accessPackageCatalog": { "id": catalog } })),
            (&beta, json!({ "accessPackageCatalog@odata.bind": beta_url })),
            (&contained, json!({})),
            (&contained, json!({ "catalogId": catalog })),
        ]
        .into_iter()
        .enumerate()
        {
            let mut body = how;
            body["displayName"] = json!(format!("Package {at}"));
            let made = app.post(path, body.clone()).await.expect(201).id();
            assert_eq!(
                app.get(&format!("{V1}/accessPackages/{made}/catalog")).await.expect(200).id(),
                catalog,
                "{body}"
            );
        }
        for (path, how, names) in [
            (&v1, json!({}), "catalog/id"),
            (&v1, json!({ "catalog": null }), "catalog/id"),
            (&v1, json!({ "catalog": {} }), "catalog/id"),
            (&v1, json!({ "catalog": { "id": "not-a-guid" } }), "catalog/id"),
            (&v1, json!({ "catalog": { "id": 7 } }), "catalog/id"),
            (&v1, json!({ "catalog": "x" }), "catalog"),
            (&v1, json!({ "catalog": [{ "id": catalog }] }), "catalog"),
            (&v1, json!({ "catalog": { "nonsense": 1, "id": catalog } }), "catalog/nonsense"),
            (&v1, json!({ "catalog@odata.bind": "https://evil.test/v1.0/x" }), "catalog"),
            (
                &v1,
                json!({ "catalog@odata.bind": format!("https://graph.microsoft.com/v1.0/groups/{catalog}") }),
                "catalog",
            ),
            (&v1, json!({ "catalogId": catalog }), "catalogId"),
            (&beta, json!({ "catalogId": "not-a-guid" }), "catalogId"),
            (&beta, json!({ "catalogId": 7 }), "catalogId"),
            (&beta, json!({ "catalogId": catalog, "accessPackageCatalog": { "id": general } }), "catalogId"),
            (&beta, json!({}), "atalog"),
            (&contained, json!({ "catalogId": general }), "catalogId"),
        ] {
            let mut body = how;
            body["displayName"] = json!("Refused");
            let answer = app.post(path, body).await.expect(400).error("InvalidModel");
            assert!(answer.message().contains(names), "{names}: {}", answer.message());
        }
        let body = json!({ "displayName": "Nowhere", "catalog": { "id": NOBODY } });
        app.post(&v1, body).await.expect(404).error("ResourceNotFound").says(NOBODY);
        let body = json!({ "displayName": "Nowhere" });
        app.post(&format!("{BETA}/accessPackageCatalogs/{NOBODY}/accessPackages"), body)
            .await
            .expect(404)
            .error("ResourceNotFound");
    });
}

#[test]
fn what_is_not_said_has_a_default() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let catalog = catalog(&app, "Sales").await;
        let body = json!({ "displayName": "Plain", "catalogId": catalog });
        let made = app.post(&format!("{BETA}/accessPackages"), body).await.expect(201);
        insta::assert_snapshot!("package_defaults_beta", shown(&made.json, house.host()));
        let body = json!({
            "displayName": "Nulls", "catalogId": catalog, "description": null, "isHidden": null, "isRoleScopesVisible": null,
            "createdBy": null, "createdDateTime": null, "modifiedBy": null, "modifiedDateTime": null, "id": null,
            "accessPackageCatalog": null,
        });
        let made = app.post(&format!("{BETA}/accessPackages"), body).await.expect(201);
        assert_eq!((&made.json["isHidden"], &made.json["isRoleScopesVisible"]), (&json!(false), &json!(false)));
    });
}

#[test]
fn a_name_is_there_once_in_a_catalog() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (one, two) = (catalog(&app, "One").await, catalog(&app, "Two").await);
        let first = package(&app, &one, "Straße").await;
        for name in ["Straße", "STRASSE", "straße"] {
            let body = json!({ "displayName": name, "catalog": { "id": one } });
            let answer = app.post(&format!("{V1}/accessPackages"), body).await;
            // Whether ß folds to ss is the fold's to say; equal but for case is a duplicate.
            if name != "STRASSE" {
                answer.expect(409).error("DuplicateAccessPackage").says("displayName");
            }
        }
        let other = package(&app, &two, "Straße").await;
        let second = package(&app, &one, "Second").await;
        for name in ["straße", "STRAßE"] {
            let answer = app.patch(&format!("{V1}/accessPackages/{second}"), json!({ "displayName": name })).await;
            answer.expect(409).error("DuplicateAccessPackage");
        }
        let moved =
            app.post(&format!("{BETA}/accessPackages/{other}/moveToCatalog"), json!({ "catalogId": one })).await;
        moved.expect(409).error("DuplicateAccessPackage");
        assert_eq!(app.get(&format!("{V1}/accessPackages/{other}/catalog")).await.id(), two);
        // To itself, in another letter case, it may be renamed.
        app.patch(&format!("{V1}/accessPackages/{first}"), json!({ "displayName": "STRAßE" })).await.expect(204);
        app.delete(&format!("{V1}/accessPackages/{first}")).await.expect(204);
        package(&app, &one, "straße").await;
    });
}

#[test]
fn a_package_moves() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (one, two) = (catalog(&app, "One").await, catalog(&app, "Two").await);
        let package = package(&app, &one, "Traveller").await;
        for to in [&two, &one, &one] {
            let path = format!("{BETA}/accessPackages/{package}/moveToCatalog");
            let moved = app.post(&path, json!({ "catalogId": to })).await;
            assert!(matches!(moved.status, 200 | 204) && moved.body.is_empty(), "{}", moved.text());
            assert_eq!(app.get(&format!("{V1}/accessPackages/{package}/catalog")).await.expect(200).id(), *to);
        }
        let path = format!("{BETA}/accessPackages/{package}/moveToCatalog");
        for (body, status, names) in [
            (json!({}), 400, "catalogId"),
            (json!({ "catalogId": null }), 400, "catalogId"),
            (json!({ "catalogId": 7 }), 400, "catalogId"),
            (json!({ "catalogId": "not-a-guid" }), 400, "catalogId"),
            (json!({ "catalogId": two, "nonsense": 1 }), 400, "nonsense"),
            (json!({ "catalogId": NOBODY }), 404, NOBODY),
        ] {
            app.post(&path, body).await.expect(status).says(names);
        }
        let nowhere = format!("{BETA}/accessPackages/{NOBODY}/moveToCatalog");
        app.post(&nowhere, json!({ "catalogId": two })).await.expect(404).error("ResourceNotFound");
        app.get(&path).await.expect(405).error("MethodNotAllowed");
        // The v1.0 surface has no such action.
        let v1 = format!("{V1}/accessPackages/{package}/moveToCatalog");
        app.post(&v1, json!({ "catalogId": two })).await.expect(400).says("moveToCatalog");
    });
}

#[test]
fn a_change_may_repeat_what_is_fixed() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (one, two) = (catalog(&app, "One").await, catalog(&app, "Two").await);
        let id = package(&app, &one, "Terraform").await;
        let path = format!("{BETA}/accessPackages/{id}");
        let mut whole = app.get(&path).await.expect(200).json;
        whole.as_object_mut().unwrap().remove("@odata.context");
        whole["description"] = json!("said again");
        app.patch(&path, whole).await.expect(204);
        let body = json!({ "catalogId": one, "displayName": "Terraform", "isHidden": true });
        app.patch(&path, body).await.expect(204);
        assert_eq!(app.get(&path).await.json["isHidden"], true);
        app.patch(&path, json!({ "catalogId": two })).await.expect(400).error("InvalidModel").says("catalogId");
        assert_eq!(app.get(&path).await.json["catalogId"], one.as_str());
        app.patch(&path, json!({})).await.expect(204);
        for (body, names) in [
            (json!({ "displayName": null }), "displayName"),
            (json!({ "displayName": " " }), "displayName"),
            (json!({ "isHidden": "yes" }), "isHidden"),
            (json!({ "description": 7 }), "description"),
            (json!({ "nonsense": 7 }), "nonsense"),
        ] {
            app.patch(&path, body).await.expect(400).error("InvalidModel").says(names);
        }
        app.put(&path, json!({ "displayName": "Put" })).await.expect(405);
    });
}

#[test]
fn what_a_body_can_not_set_is_refused_and_not_dropped() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (one, two) = (catalog(&app, "One").await, catalog(&app, "Two").await);
        let id = package(&app, &one, "First").await;
        let path = format!("{V1}/accessPackages/{id}");
        app.patch(&path, json!({ "catalog": { "id": one } })).await.expect(204);
        app.patch(&path, json!({ "catalog": { "id": two } })).await.expect(400).error("InvalidModel").says("catalog");
        let bind = json!({ "catalog@odata.bind": format!("https://graph.microsoft.com{V1}/catalogs/{two}") });
        app.patch(&path, bind).await.expect(400).error("InvalidModel").says("catalog");
        assert_eq!(app.get(&format!("{path}?$expand=catalog")).await.json["catalog"]["id"], one.as_str());

        // Above all no rule that somebody believes to have made.
        let group = group(&app, "Some group").await;
        let rule = json!([format!("https://graph.microsoft.com/v1.0/groups/{group}")]);
        for (made, body) in [
            (
                "accessPackages",
                json!({ "displayName": "Ruled", "catalog": { "id": one }, "incompatibleGroups@odata.bind": rule }),
            ),
            (
                "accessPackages",
                json!({ "displayName": "Ruled", "catalog": { "id": one }, "incompatibleGroups": [{ "id": group }] }),
            ),
            ("catalogs", json!({ "displayName": "Full", "accessPackages": [{ "displayName": "Inside" }] })),
        ] {
            let field =
                body.as_object().unwrap().keys().find(|key| key.contains("incompatible") || key.contains("accessP"));
            let field = field.unwrap().clone();
            app.post(&format!("{V1}/{made}"), body).await.expect(400).error("InvalidModel").says(&field);
        }
        app.patch(&path, json!({ "incompatibleGroups@odata.bind": rule })).await.expect(400).says("incompatibleGroups");

        // Nor one that somebody believes to have taken away, and on beta as on v1.0, where the sets are contained.
        let of_rules = json!({ "incompatibleGroups": [] });
        let by_id = json!({ "incompatibleGroups": [{ "id": group }] });
        let of_roles = json!({ "accessPackageResourceRoleScopes": [{}] });
        for (version, set, of_roles) in
            [(V1, "accessPackages", json!({ "resourceRoleScopes": [{}] })), (BETA, "accessPackages", of_roles)]
        {
            for body in [&of_rules, &by_id, &json!({ "incompatibleAccessPackages": [] }), &of_roles] {
                let field = body.as_object().unwrap().keys().next().unwrap().clone();
                let said = format!("'{field}' can't be set here");
                app.patch(&format!("{version}/{set}/{id}"), body.clone()).await.expect(400).says(&said);
            }
        }
        let sponsors = json!({ "displayName": "Outside", "internalSponsors": [{ "id": group }] });
        app.post(&format!("{BETA}/connectedOrganizations"), sponsors).await.expect(400).says("internalSponsors");
        let nowhere = json!({ "displayName": "Nowhere", "catalogId": null });
        app.post(&format!("{BETA}/accessPackages"), nowhere).await.expect(400).says("'catalogId'");
        let catalogs = format!("{BETA}/accessPackageCatalogs");
        for field in ["accessPackages", "accessPackageResources", "customAccessPackageWorkflowExtensions"] {
            app.post(&catalogs, json!({ "displayName": "Full", field: [{}] })).await.expect(400).says(field);
        }
    });
}

#[test]
fn lists_are_filtered_ordered_paged_and_counted() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (one, two) = (catalog(&app, "One").await, catalog(&app, "Two").await);
        for at in 0..7 {
            package(&app, if at % 2 == 0 { &one } else { &two }, &format!("Pack {at}")).await;
        }
        let list = async |text: &str| app.get(&query(&format!("{V1}/accessPackages?{text}"))).await.expect(200);
        let names = |numbers: &[i32]| numbers.iter().map(|at| format!("Pack {at}")).collect::<Vec<_>>();
        for (filter, expected) in [
            (format!("catalog/id eq '{one}'"), vec![0, 2, 4, 6]),
            ("catalog/displayName eq 'two'".to_owned(), vec![1, 3, 5]),
            ("startswith(displayName,'pack') and not endswith(displayName,'3')".to_owned(), vec![0, 1, 2, 4, 5, 6]),
            ("contains(tolower(displayName),'ack 5')".to_owned(), vec![5]),
            ("displayName in ('Pack 1','pack 2')".to_owned(), vec![1, 2]),
            ("displayName gt 'Pack 4' and displayName lt 'Q'".to_owned(), vec![5, 6]),
            (
                "startswith(displayName,'Pack') and createdDateTime gt 2020-01-01T00:00:00Z and isHidden eq false"
                    .to_owned(),
                vec![0, 1, 2, 3, 4, 5, 6],
            ),
            ("startswith(displayName,'Pack') and createdDateTime lt 2020-01-01T00:00:00Z".to_owned(), vec![]),
        ] {
            let found = list(&format!("$filter={filter}&$orderby=displayName")).await;
            assert_eq!(found.strings("displayName"), names(&expected), "{filter}");
        }
        let all = "$filter=startswith(displayName,'Pack')&$orderby=catalog/displayName desc,displayName";
        let ordered = list(all).await;
        assert_eq!(ordered.strings("displayName"), names(&[1, 3, 5, 0, 2, 4, 6]));
        let first = list(&format!("{all}&$top=3&$count=true")).await;
        assert_eq!((first.values().len(), &first.json["@odata.count"]), (3, &json!(7)));
        let next = first.json["@odata.nextLink"].as_str().unwrap();
        let second = app.get(next).await.expect(200);
        assert_eq!(second.strings("displayName"), names(&[0, 2, 4]));
        let third = app.get(second.json["@odata.nextLink"].as_str().unwrap()).await.expect(200);
        assert_eq!(third.strings("displayName"), names(&[6]));
        assert_eq!(third.json.get("@odata.nextLink"), None);
        let skipped = list(&format!("{all}&$skip=5")).await;
        assert_eq!(skipped.strings("displayName"), names(&[4, 6]));
        let few = app
            .with("prefer", "odata.maxpagesize=2")
            .get(&query(&format!("{V1}/accessPackages?{all}")))
            .await
            .expect(200);
        assert_eq!(few.values().len(), 2);
        assert!(few.json["@odata.nextLink"].is_string());
        let count = app
            .get(&query(&format!("{V1}/accessPackages/$count?$filter=startswith(displayName,'Pack')")))
            .await
            .expect(200);
        assert_eq!(count.text(), "7");
        let none = list("$filter=displayName eq 'nothing'").await;
        assert_eq!(none.json["value"], Value::Array(Vec::new()));
        let expanded = list("$filter=startswith(displayName,'Pack')&$expand=catalog($select=displayName)&$select=displayName&$orderby=displayName&$top=2").await;
        insta::assert_snapshot!("packages_expanded_v1", shown(&expanded.json["value"], house.host()));
    });
}
