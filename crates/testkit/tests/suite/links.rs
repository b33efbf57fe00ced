//! What stands around the seed operations: the collections of links on both surfaces, read in every
//! way, and what happens to links when an end of them goes.

use crate::steps::{BETA, NOBODY, V1, catalog, group, group_link, link, package, package_link, query, some_package};
use serde_json::json;
use testkit::on_each_engine;

#[test]
fn the_collection_in_every_shape() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let package = some_package(&app).await;
        let mut groups = Vec::new();
        for name in ["Alpha", "Bravo", "Charlie", "Delta", "Echo"] {
            groups.push(group(&app, name).await);
        }
        for surface in [V1, BETA] {
            let path = format!("{surface}/accessPackages/{package}/incompatibleGroups");
            for group in &groups {
                app.post(&format!("{path}/$ref"), group_link(group)).await.expect(204);
            }
            let all = app.get(&format!("{path}?$orderby=displayName")).await.expect(200);
            assert_eq!(all.ids(), groups);
            assert!(all.json["@odata.context"].as_str().unwrap().starts_with(house.url()), "{}", all.text());
            let back = app.get(&query(&format!("{path}?$orderby=displayName desc"))).await.expect(200);
            assert_eq!(back.strings("displayName"), ["Echo", "Delta", "Charlie", "Bravo", "Alpha"]);

            let count = app.get(&format!("{path}/$count")).await.expect(200);
            assert_eq!(count.text(), "5");
            assert!(count.header("content-type").starts_with("text/plain"), "{}", count.header("content-type"));

            let links = app.get(&format!("{path}/$ref")).await.expect(200);
            assert_eq!(links.values().len(), 5);
            for (link, id) in links.strings("@odata.id").iter().zip(&groups) {
                assert!(link.starts_with(house.url()), "{link}");
                assert!(groups.iter().any(|group| link.contains(group)), "{link} {id}");
            }
            assert!(links.values()[0].as_object().unwrap().len() == 1, "{}", links.text());

            let selected =
                app.get(&format!("{path}?$select=displayName&$top=1&$orderby=displayName")).await.expect(200);
            assert_eq!(selected.values()[0]["displayName"], "Alpha");
            assert!(selected.values()[0].get("description").is_none(), "{}", selected.text());

            let filter = query(&format!(
                "{path}?$filter=startswith(displayName,'c') or displayName eq 'ECHO'&$orderby=displayName"
            ));
            assert_eq!(app.get(&filter).await.expect(200).strings("displayName"), ["Charlie", "Echo"]);
            let counted = app.get(&format!("{path}?$count=true&$top=2")).await.expect(200);
            assert_eq!(counted.json["@odata.count"], 5);
            assert_eq!(counted.values().len(), 2);

            // Page by page, as a client walks.
            let (mut next, mut seen) = (format!("{path}?$top=2&$orderby=displayName&$select=displayName"), Vec::new());
            for _ in 0..4 {
                let page = app.get(&next).await.expect(200);
                seen.extend(page.strings("displayName"));
                match page.json["@odata.nextLink"].as_str() {
                    Some(link) => {
                        assert!(link.starts_with(house.url()), "{link}");
                        next = link.to_owned();
                    }
                    None => break,
                }
            }
            assert_eq!(seen, ["Alpha", "Bravo", "Charlie", "Delta", "Echo"]);

            let expanded =
                app.get(&format!("{surface}/accessPackages/{package}?$expand=incompatibleGroups")).await.expect(200);
            assert_eq!(expanded.json["incompatibleGroups"].as_array().unwrap().len(), 5);
            let nested = query(&format!(
                "{surface}/accessPackages?$filter=id eq '{package}'&$select=id&$expand=incompatibleGroups($select=id;$filter=displayName eq 'Delta')"
            ));
            let nested = app.get(&nested).await.expect(200);
            assert_eq!(nested.values()[0]["incompatibleGroups"][0]["id"], groups[3].as_str());
            assert_eq!(nested.values()[0]["incompatibleGroups"].as_array().unwrap().len(), 1);

            // Away again, each by another spelling.
            app.delete(&format!("{path}/{}/$ref", groups[0])).await.expect(204);
            app.delete(&format!("{path}('{}')/$ref", groups[1])).await.expect(204);
            app.delete(&format!("{path}/$ref?@id=https://graph.microsoft.com/v1.0/groups/{}", groups[2]))
                .await
                .expect(204);
            app.delete(&format!("{path}/$ref?$id={}/v1.0/groups/{}", house.url(), groups[3])).await.expect(204);
            app.delete(&format!("{path}/$ref?@id=directoryObjects/{}", groups[4])).await.expect(204);
            assert_eq!(app.get(&format!("{path}/$count")).await.text(), "0");
            app.delete(&format!("{path}/$ref?@id=https://graph.microsoft.com/v1.0/groups/{}", groups[2]))
                .await
                .expect(404);
            app.delete(&format!("{path}/$ref?@id=https://evil.test/v1.0/groups/{}", groups[2]))
                .await
                .expect(400)
                .says("@id");
            app.delete(&format!("{path}/$ref")).await.expect(405);
            app.delete(&format!("{path}/{NOBODY}/$ref")).await.expect(404);
            app.delete(&format!("{path}/not-a-guid/$ref")).await.expect(404);
        }
    });
}

#[test]
fn packages_are_incompatible_in_one_direction() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let payments = house.catalog_id("Payments").await;
        let elsewhere = catalog(&app, "Elsewhere").await;
        let (one, two) = (package(&app, &payments, "One").await, package(&app, &elsewhere, "Two").await);
        for surface in [V1, BETA] {
            let of = |package: &str, what: &str| format!("{surface}/accessPackages/{package}/{what}");
            app.post(&of(&one, "incompatibleAccessPackages/$ref"), package_link(&two)).await.expect(204);
            assert_eq!(app.get(&of(&one, "incompatibleAccessPackages")).await.expect(200).ids(), [two.as_str()]);
            assert_eq!(app.get(&of(&one, "accessPackagesIncompatibleWith")).await.expect(200).values().len(), 0);
            assert_eq!(app.get(&of(&two, "accessPackagesIncompatibleWith")).await.expect(200).ids(), [one.as_str()]);
            assert_eq!(app.get(&of(&two, "incompatibleAccessPackages")).await.expect(200).values().len(), 0);
            assert_eq!(app.get(&of(&two, "accessPackagesIncompatibleWith/$count")).await.expect(200).text(), "1");
            let listed = app.get(&of(&one, "incompatibleAccessPackages/$ref")).await.expect(200);
            assert!(listed.strings("@odata.id")[0].contains(&two));
            let expand = format!(
                "{surface}/accessPackages/{two}?$expand=accessPackagesIncompatibleWith,incompatibleAccessPackages"
            );
            let expanded = app.get(&expand).await.expect(200);
            assert_eq!(expanded.json["accessPackagesIncompatibleWith"][0]["id"], one.as_str());
            assert_eq!(expanded.json["incompatibleAccessPackages"].as_array().unwrap().len(), 0);

            app.post(&of(&one, "incompatibleAccessPackages/$ref"), package_link(&two))
                .await
                .expect(409)
                .error("DuplicateKey");
            app.post(&of(&two, "incompatibleAccessPackages/$ref"), package_link(&one)).await.expect(204);
            app.post(&of(&one, "incompatibleAccessPackages/$ref"), package_link(&one))
                .await
                .expect(400)
                .error("InvalidModel");
            app.post(&of(&one, "incompatibleAccessPackages/$ref"), package_link(NOBODY))
                .await
                .expect(404)
                .error("ResourceNotFound");
            app.post(&of(&one, "accessPackagesIncompatibleWith/$ref"), package_link(&two)).await.expect(405);
            app.delete(&of(&one, &format!("accessPackagesIncompatibleWith/{two}/$ref"))).await.expect(405);
            app.delete(&of(&one, &format!("incompatibleAccessPackages/{two}/$ref"))).await.expect(204);
            assert_eq!(app.get(&of(&two, "incompatibleAccessPackages")).await.expect(200).ids(), [one.as_str()]);
            app.delete(&of(&two, &format!("incompatibleAccessPackages/{one}/$ref"))).await.expect(204);
            app.delete(&of(&two, &format!("incompatibleAccessPackages/{one}/$ref"))).await.expect(404);
        }
        let group = group(&app, "Night watch").await;
        let path = format!("{V1}/accessPackages/{one}/incompatibleAccessPackages/$ref");
        app.post(&path, group_link(&group)).await.expect(400).error("InvalidModel").says("@odata.id");
        // The beta name of the same package, and a path through its catalog.
        let beta = format!("https://graph.microsoft.com{BETA}/accessPackages/{two}");
        app.post(&path, link(beta)).await.expect(204);
        app.delete(&format!("{V1}/accessPackages/{one}/incompatibleAccessPackages/{two}/$ref")).await.expect(204);
        let contained =
            format!("https://graph.microsoft.com{BETA}/accessPackageCatalogs/{elsewhere}/accessPackages/{two}");
        app.post(&path, link(contained)).await.expect(204);
    });
}

#[test]
fn a_package_takes_its_links_along_when_it_goes() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let catalog = catalog(&app, "Some catalog").await;
        let [one, two, three] = [
            package(&app, &catalog, "1").await,
            package(&app, &catalog, "2").await,
            package(&app, &catalog, "3").await,
        ];
        let group = group(&app, "Night watch").await;
        let of = |package: &str, what: &str| format!("{V1}/accessPackages/{package}/{what}");
        for (from, to) in [(&one, &two), (&two, &three), (&three, &two)] {
            app.post(&of(from, "incompatibleAccessPackages/$ref"), package_link(to)).await.expect(204);
        }
        app.post(&of(&two, "incompatibleGroups/$ref"), group_link(&group)).await.expect(204);
        app.delete(&format!("{V1}/accessPackages/{two}")).await.expect(204);
        app.get(&format!("{V1}/accessPackages/{two}")).await.expect(404);
        assert_eq!(app.get(&of(&one, "incompatibleAccessPackages")).await.expect(200).values().len(), 0);
        assert_eq!(app.get(&of(&three, "incompatibleAccessPackages")).await.expect(200).values().len(), 0);
        assert_eq!(app.get(&of(&three, "accessPackagesIncompatibleWith")).await.expect(200).values().len(), 0);
        app.get(&of(&two, "incompatibleGroups")).await.expect(404);
        app.get(&format!("/v1.0/groups/{group}")).await.expect(200);
    });
}

#[test]
fn a_reference_is_true_in_every_part() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (here, there) = (catalog(&app, "Here").await, catalog(&app, "There").await);
        let (one, two) = (package(&app, &here, "1").await, package(&app, &here, "2").await);
        let to =
            |catalog: &str| link(format!("https://graph.microsoft.com{V1}/catalogs/{catalog}/accessPackages/{two}"));
        let path = format!("{V1}/accessPackages/{one}/incompatibleAccessPackages/$ref");
        app.post(&path, to(&there)).await.expect(404);
        app.post(&path, to(&here)).await.expect(204);
        // What the reference calls a user isn't one just because it says so.
        let group = group(&app, "Night watch").await;
        let as_user = link(format!("https://graph.microsoft.com/v1.0/users/{group}"));
        let path = format!("{V1}/accessPackages/{one}/incompatibleGroups/$ref");
        app.post(&path, as_user).await.expect(400).says("refers to a user, ");
        let mut body =
            json!({ "displayName": "G", "mailEnabled": false, "mailNickname": "g", "securityEnabled": true });
        for bad in ["users/bad", "groups/bad", "directoryObjects/bad"] {
            body["members@odata.bind"] = json!([format!("https://graph.microsoft.com/v1.0/{bad}")]);
            app.post("/v1.0/groups", body.clone()).await.expect(400).says("members@odata.bind");
        }
    });
}
