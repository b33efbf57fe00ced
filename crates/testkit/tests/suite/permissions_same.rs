//! The same question from callers who may see different things, one after the other: what the server
//! keeps of a question for the next time must be nothing that depends on who asked it.

use crate::directory::make_user;
use crate::permissions_roles::{READER, ROLES, assign, other_catalog, somebody};
use crate::steps::{BETA, V1 as EM, group_link, group_with, some_package};
use serde_json::{Value, json};
use testkit::{Answer, Client, on_each_engine};

/// What an answer says, without what differs from answer to answer and from port to port.
fn said(answer: &Answer) -> (u16, Value) {
    let mut said = answer.json.clone();
    if let Some(members) = said.as_object_mut() {
        members.retain(|name, _| !name.starts_with("@odata."));
    }
    if let Some(error) = said["error"].as_object_mut() {
        error.remove("innerError");
    }
    (answer.status, said)
}

async fn ask(client: &Client, paths: &[String]) -> Vec<(u16, Value)> {
    let mut answers = Vec::new();
    for path in paths {
        answers.push(said(&client.get(path).await));
    }
    answers
}

#[test]
fn what_one_caller_asked_gives_nothing_to_the_next() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (catalog, theirs) = other_catalog(&app).await;
        let ours = house.package_id("Enter payments").await;
        let made = make_user(&app, "Somebody", json!({ "jobTitle": "Clerk" })).await.expect(201);
        let (somebody, name) = (made.id(), made.json["userPrincipalName"].as_str().unwrap().to_owned());
        assign(&app, &somebody, READER, Some(&catalog)).await;
        let made = make_user(&app, "Nobody", json!({})).await.expect(201);
        let nobody = made.json["userPrincipalName"].as_str().unwrap().to_owned();

        let ben = house.user_id("ben").await;
        let paths = [
            format!("{EM}/accessPackages/{ours}"),
            format!("{EM}/accessPackages/{theirs}"),
            format!("{BETA}/accessPackages/{theirs}"),
            format!("{EM}/accessPackages/{theirs}?$select=displayName"),
            format!("{EM}/accessPackages/{theirs}/catalog"),
            format!("{EM}/accessPackages"),
            format!("/v1.0/users/{somebody}?$select=id,displayName,jobTitle"),
            format!("/v1.0/users/{ben}?$select=id,displayName,jobTitle"),
            format!("/v1.0/users/{ben}/jobTitle"),
            "/v1.0/me?$select=displayName,jobTitle".to_owned(),
        ];
        let callers = [
            ("everything", app.clone()),
            ("no right", house.app_with(&["Group.Read.All"]).await),
            ("basic profiles", house.app_with(&["User.ReadBasic.All"]).await),
            ("one catalog", house.user(&name, &["EntitlementManagement.Read.All", "User.ReadBasic.All"]).await),
            ("no role", house.user(&nobody, &["EntitlementManagement.Read.All", "User.Read"]).await),
            ("another tenant", house.other_tenant().await),
            ("nobody", house.nobody()),
        ];
        // What each is told by a server that has never been asked by anybody.
        let mut alone = Vec::new();
        for (_, caller) in &callers {
            let beside = house.beside(true, Vec::new()).await;
            let caller = if caller.token().is_empty() { beside.nobody() } else { beside.bearer(caller.token()) };
            alone.push(ask(&caller, &paths).await);
        }
        let statuses: Vec<Vec<u16>> =
            alone.iter().map(|answers| answers.iter().map(|(status, _)| *status).collect()).collect();
        assert_eq!(statuses[0], [200, 200, 200, 200, 200, 200, 200, 200, 200, 400]);
        assert_eq!(statuses[1][..6], [403; 6]);
        assert_eq!(statuses[3], [404, 200, 200, 200, 200, 200, 200, 200, 403, 200]);
        assert_eq!(statuses[4][..6], [404, 404, 404, 404, 404, 200]);
        assert_eq!(statuses[5][..5], [404; 5]);
        assert_eq!(statuses[6], [401; 10]);
        assert!(alone[0][1].1.get("catalogId").is_none() && alone[0][2].1["catalogId"] == *catalog);
        assert_eq!(alone[0][6].1["jobTitle"], "Clerk");
        assert_eq!(alone[2][6].1["jobTitle"], Value::Null);

        // And by one that everybody asks, whoever was first.
        let there = || 0..callers.len();
        let turns = there().chain(there().rev()).chain(there().map(|at| at * 3 % callers.len()));
        for at in turns {
            let (who, caller) = &callers[at];
            for (path, (now, alone)) in paths.iter().zip(ask(caller, &paths).await.into_iter().zip(&alone[at])) {
                assert_eq!(now, *alone, "{who}: {path}");
            }
        }
    });
}

/// The same rows and fields of a package, and less of the groups below it.
#[test]
fn what_one_caller_sees_below_an_entity_is_not_shown_to_the_next() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let group = group_with(&app, "Kept apart", json!({ "preferredLanguage": "pl-PL" })).await;
        let package = some_package(&app).await;
        let links = format!("{EM}/accessPackages/{package}/incompatibleGroups/$ref");
        app.post(&links, group_link(&group)).await.expect(204);
        let more = house.app_with(&["EntitlementManagement.Read.All", "Group.Read.All"]).await;
        let less = house.app_with(&["EntitlementManagement.Read.All"]).await;
        let shown = async |client: &Client, options: &str| {
            let answer = client.get(&format!("{EM}/accessPackages/{package}{options}")).await.expect(200);
            assert_eq!(answer.json["incompatibleGroups"][0]["displayName"], "Kept apart");
            answer.json["incompatibleGroups"][0]["preferredLanguage"].clone()
        };
        let (first, second) = ("?$expand=incompatibleGroups", "?$select=id&$expand=incompatibleGroups");
        for _ in 0..2 {
            assert_eq!(shown(&more, first).await, "pl-PL");
            assert_eq!(shown(&less, first).await, Value::Null);
            assert_eq!(shown(&less, second).await, Value::Null);
            assert_eq!(shown(&more, second).await, "pl-PL");
        }
        // The same group, at the end of a path.
        let path = format!("{EM}/accessPackages/{package}/incompatibleGroups/{group}");
        for _ in 0..2 {
            assert_eq!(more.get(&path).await.expect(200).json["preferredLanguage"], "pl-PL");
            assert_eq!(less.get(&path).await.expect(200).json["preferredLanguage"], Value::Null);
        }
        // And on its own, where the lesser caller isn't let in.
        for _ in 0..2 {
            more.get(&format!("/v1.0/groups/{group}")).await.expect(200);
            less.get(&format!("/v1.0/groups/{group}")).await.expect(403);
            let basic = house.app_with(&["GroupMember.Read.All"]).await;
            assert_eq!(
                basic.get(&format!("/v1.0/groups/{group}")).await.expect(200).json["preferredLanguage"],
                Value::Null
            );
        }
    });
}

#[test]
fn a_right_that_is_taken_away_or_given_counts_at_once() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (she, id) = somebody(house, &app).await;
        let path = format!("{EM}/accessPackages/{}", house.package_id("Enter payments").await);
        let catalog = house.catalog_id("Payments").await;
        for _ in 0..2 {
            app.get(&path).await.expect(200);
            she.get(&path).await.expect(404);
            let role = assign(&app, &id, READER, Some(&catalog)).await;
            assert_eq!(she.get(&path).await.expect(200).json["displayName"], "Enter payments");
            app.delete(&format!("{ROLES}/{role}")).await.expect(204);
        }
        she.get(&path).await.expect(404);
        app.patch(&format!("/v1.0/users/{id}"), json!({ "accountEnabled": false })).await.expect(204);
        she.get(&path).await.expect(401);
    });
}

#[test]
fn ids_and_what_is_written_like_them_keep_their_places() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (enter, release) = (house.package_id("Enter payments").await, house.package_id("Release payments").await);
        let catalog = house.catalog_id("Payments").await;
        let named = async |path: String, name: &str| {
            let answer = app.get(&path).await.expect(200);
            assert_eq!(answer.json["displayName"], name, "{path}");
        };
        // Less first, and then all: neither is the other's.
        let less = app.get(&format!("{EM}/accessPackages/{enter}?$select=description")).await.expect(200);
        assert_eq!(less.json["displayName"], Value::Null);
        for _ in 0..2 {
            named(format!("{EM}/accessPackages/{enter}"), "Enter payments").await;
            named(format!("{EM}/accessPackages/{}", release.to_uppercase()), "Release payments").await;
            named(format!("{EM}/accessPackages('{enter}')"), "Enter payments").await;
            named(format!("{EM}/accessPackages('{release}')"), "Release payments").await;
            named(format!("{EM}/catalogs/{catalog}/accessPackages/{enter}"), "Enter payments").await;
            named(format!("{EM}/catalogs('{catalog}')/accessPackages/{release}"), "Release payments").await;
            named(format!("{EM}/catalogs/{catalog}/accessPackages('{enter}')"), "Enter payments").await;
            named(format!("{EM}/catalogs/{catalog}"), "Payments").await;
            // Percent-encoded, it is the same id.
            named(format!("{EM}/accessPackages/%{:x}{}", release.as_bytes()[0], &release[1..]), "Release payments")
                .await;
            app.get(&format!("{EM}/accessPackages/{catalog}")).await.expect(404);
            app.get(&format!("{EM}/accessPackages/x{}", &enter[1..])).await.expect(404);
            app.get(&format!("{EM}/{enter}")).await.expect(400);
            app.get(&format!("{EM}/accessPackages/{enter}/{release}")).await.expect(400);
            app.get(&format!("{EM}/accessPackages/{enter}?$select=nothing")).await.expect(400);
        }
        let answer = app.get(&format!("{EM}/accessPackages/{enter}?$expand=catalog")).await.expect(200);
        assert_eq!(answer.json["catalog"]["displayName"], "Payments");
        assert!(app.get(&format!("{EM}/accessPackages/{enter}")).await.expect(200).json["catalog"].is_null());
        // The next page is linked with the options of the request itself.
        for size in [1, 1, 2] {
            let preferring = app.with("prefer", &format!("odata.maxpagesize={size}"));
            let page = preferring.get(&format!("{EM}/accessPackages?$orderby=displayName")).await.expect(200);
            assert_eq!(page.values().len(), size);
        }
    });
}
