//! Many at once: what must happen once happens once, and everybody hears what came of it.

use crate::steps::{V1, catalog, group, group_link, package, package_link, some_package};
use futures_util::future::join_all;
use serde_json::json;
use testkit::on_each_engine;

const CALLERS: usize = 64;

#[test]
fn the_same_link_at_the_same_time_is_made_once() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (package, group) = (some_package(&app).await, group(&app, "Night watch").await);
        let path = format!("{V1}/accessPackages/{package}/incompatibleGroups");
        let add = format!("{path}/$ref");
        let answers = join_all((0..CALLERS).map(|_| app.post(&add, group_link(&group)))).await;
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses.iter().filter(|status| **status == 204).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| matches!(status, 204 | 409)), "{statuses:?}");
        assert_eq!(app.get(&path).await.expect(200).values().len(), 1);
        let remove = format!("{path}/{group}/$ref");
        let answers = join_all((0..CALLERS).map(|_| app.delete(&remove))).await;
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses.iter().filter(|status| **status == 204).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| matches!(status, 204 | 404)), "{statuses:?}");
    });
}

#[test]
fn different_links_at_the_same_time_are_all_made() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let package = some_package(&app).await;
        let mut groups = Vec::new();
        for at in 0..32 {
            groups.push(group(&app, &format!("Group {at}")).await);
        }
        let path = format!("{V1}/accessPackages/{package}/incompatibleGroups");
        let add = format!("{path}/$ref");
        let answers = join_all(groups.iter().map(|group| app.post(&add, group_link(group)))).await;
        for answer in answers {
            answer.expect(204);
        }
        assert_eq!(app.get(&format!("{path}/$count")).await.expect(200).text(), "32");
    });
}

#[test]
fn a_name_is_given_to_one() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let catalog = catalog(&app, "Some catalog").await;
        let body = |at: usize| {
            let name = if at.is_multiple_of(2) { "Wanted" } else { "WANTED" };
            json!({ "displayName": name, "catalog": { "id": catalog } })
        };
        let path = format!("{V1}/accessPackages");
        let answers = join_all((0..CALLERS).map(|at| app.post(&path, body(at)))).await;
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| matches!(status, 201 | 409)), "{statuses:?}");
        assert_eq!(app.get(&format!("{V1}/catalogs/{catalog}/accessPackages")).await.expect(200).values().len(), 1);
    });
}

#[test]
fn a_link_and_the_end_of_what_it_leads_to() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let catalog = catalog(&app, "Some catalog").await;
        for round in 0..8 {
            let from = package(&app, &catalog, &format!("From {round}")).await;
            let to = package(&app, &catalog, &format!("To {round}")).await;
            let path = format!("{V1}/accessPackages/{from}/incompatibleAccessPackages");
            let (add, gone) = (format!("{path}/$ref"), format!("{V1}/accessPackages/{to}"));
            let (added, deleted) = tokio::join!(app.post(&add, package_link(&to)), app.delete(&gone));
            deleted.expect(204);
            assert!(matches!(added.status, 204 | 404), "{}", added.text());
            assert_eq!(app.get(&path).await.expect(200).values().len(), 0);
        }
    });
}

#[test]
fn a_catalog_does_not_go_while_a_package_comes() {
    on_each_engine(async |house| {
        let app = house.app().await;
        for round in 0..8 {
            let catalog = catalog(&app, &format!("Catalog {round}")).await;
            let body = json!({ "displayName": "Late", "catalog": { "id": catalog } });
            let (path, gone) = (format!("{V1}/accessPackages"), format!("{V1}/catalogs/{catalog}"));
            let (made, deleted) = tokio::join!(app.post(&path, body), app.delete(&gone));
            match (made.status, deleted.status) {
                (201, 400) | (404, 204) => {}
                other => panic!("{other:?}: {} {}", made.text(), deleted.text()),
            }
        }
    });
}
