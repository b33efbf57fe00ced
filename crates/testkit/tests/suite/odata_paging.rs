//! Pages: whatever the order and the size, following the next link gives each row once, and both
//! engines give the same order.

use crate::directory::{eventual, make_user, sorted};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Mutex;
use testkit::{Client, on_each_engine};

/// Follows next links from `path` on; the pages but the last hold `size` rows.
async fn walk(first: &Client, follow: &Client, path: &str, size: usize) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut page = first.get(path).await.expect(200);
    loop {
        rows.extend(page.values().to_vec());
        let Some(next) = page.json["@odata.nextLink"].as_str().map(str::to_owned) else {
            assert!(page.values().len() <= size && (!page.values().is_empty() || rows.is_empty()), "{path}");
            return rows;
        };
        assert_eq!(page.values().len(), size, "{path}");
        page = follow.get(&next).await.expect(200);
    }
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn names(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| row["displayName"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn no_row_is_lost_or_repeated_in_any_order() {
    let orders: Mutex<HashMap<&str, Vec<String>>> = Mutex::new(HashMap::new());
    on_each_engine(async |house| {
        let app = house.app().await;
        let advanced = eventual(&app);
        let mut dice = Dice(7);
        let cities = ["", "Äs", "äs", "delft", "Delft", "Zürich", "zurich", "a b", "a-b", "😀", "ﬀ"];
        for at in 0..36 {
            let city = cities[dice.roll(cities.len() as u64) as usize];
            let job = ["clerk", "Clerk", "chief"].get(dice.roll(4) as usize);
            let more = json!({
                "department": "Paging",
                "city": if city.is_empty() { Value::Null } else { json!(city) },
                "jobTitle": job,
                "accountEnabled": dice.roll(2) == 0,
            });
            make_user(&app, &format!("User {at}"), more).await.expect(201);
        }
        let query = "/v1.0/users?$count=true&$select=id,displayName&$filter=department eq 'paging'";
        for order in [
            "",
            "city",
            "city desc",
            "city,jobTitle desc",
            "jobTitle desc,city,displayName desc",
            "accountEnabled,city desc",
            "accountEnabled desc",
            "createdDateTime desc",
            "displayName",
        ] {
            let term = if order.is_empty() { String::new() } else { format!("&$orderby={order}") };
            let whole = names(advanced.get(&format!("{query}{term}&$top=999")).await.expect(200).values());
            assert_eq!(whole.len(), 36);
            for size in 1..=7 {
                let rows = walk(&advanced, &app, &format!("{query}{term}&$top={size}"), size).await;
                assert_eq!(names(&rows), whole, "{order} by {size}");
            }
            if order.contains("createdDateTime") {
                continue;
            }
            let mut orders = orders.lock().unwrap();
            let known = orders.entry(order).or_insert_with(|| whole.clone());
            assert_eq!(*known, whole, "the engines differ: {order}");
        }
    });
}

#[test]
fn nulls_come_first_and_last_when_descending() {
    on_each_engine(async |house| {
        let app = eventual(&house.app().await);
        for (name, city) in [("a", json!("Gent")), ("b", Value::Null), ("c", json!("delft"))] {
            make_user(&app, name, json!({ "department": "Nulls", "city": city })).await.expect(201);
        }
        let query = "/v1.0/users?$count=true&$filter=department eq 'nulls'&$select=displayName&$orderby=city";
        for (order, expected) in [("", "bca"), (" asc", "bca"), (" desc", "acb")] {
            assert_eq!(app.get(&format!("{query}{order}")).await.expect(200).strings("displayName").concat(), expected);
        }
    });
}

#[test]
fn a_next_link_is_complete_in_itself() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let first = eventual(&app)
            .get("/v1.0/users?$filter=endswith(mail,'TEST')&$count=true&$top=4&$select=id&$orderby=displayName")
            .await
            .expect(200);
        assert_eq!(first.json["@odata.count"], 6);
        let next = first.json["@odata.nextLink"].as_str().unwrap();
        assert!(next.starts_with(&format!("{}/v1.0/users?", house.url())), "{next}");
        assert!(!next.contains(' ') && next.contains("$skiptoken="));
        let second = app.get(next).await.expect(200);
        assert_eq!((second.values().len(), &second.json["@odata.count"]), (2, &json!(6)));
        assert!(second.json.get("@odata.nextLink").is_none());
        // Terraform writes the query anew, sorted and encoded in its own way.
        let (path, query) = next.split_once('?').unwrap();
        let mut parts: Vec<&str> = query.split('&').collect();
        parts.sort_unstable();
        let rewritten =
            format!("{path}?{}", parts.join("&").replace('$', "%24").replace(",", "%2C").replace("%20", "+"));
        assert_eq!(app.get(&rewritten).await.expect(200).ids(), second.ids());
        // The size that was preferred, and other options, last for the page.
        let small = app.with("Prefer", "odata.maxpagesize=2").get("/v1.0/users?$select=id").await.expect(200);
        assert_eq!(small.values().len(), 2);
        assert_eq!(small.header("preference-applied"), "odata.maxpagesize=2");
        let rest = app.get(small.json["@odata.nextLink"].as_str().unwrap()).await.expect(200);
        assert_eq!(rest.values().len(), 4);
        for bad in ["x", "AQAA", "", "%00"] {
            app.get(&format!("/v1.0/users?$skiptoken={bad}")).await.expect(400);
        }
        let token = next.split("$skiptoken=").nth(1).unwrap();
        app.get(&format!("/v1.0/users?$orderby=accountEnabled&$skiptoken={token}"))
            .await
            .expect(400)
            .says("$skiptoken");
    });
}

#[test]
fn a_place_in_one_list_is_none_in_another() {
    on_each_engine(async |house| {
        let (app, theirs) = (house.app().await, house.other_tenant().await);
        let first = app.get("/v1.0/users?$select=id&$top=1").await.expect(200);
        let next = first.json["@odata.nextLink"].as_str().unwrap();
        let token = next.split("$skiptoken=").nth(1).unwrap();
        assert_eq!(app.get(&format!("/v1.0/USERS/?$top=1&$skiptoken={token}")).await.expect(200).values().len(), 1);
        for (client, set) in [(&app, "groups"), (&app, "directoryObjects"), (&app, "users/$ref"), (&theirs, "users")] {
            let answer = client.get(&format!("/v1.0/{set}?$top=1&$skiptoken={token}")).await;
            assert_eq!(answer.status, 400, "{set}: {}", answer.text());
            answer.says("$skiptoken");
        }
    });
}

#[test]
fn no_rows_at_all_may_be_asked_for() {
    on_each_engine(async |house| {
        let app = eventual(&house.app().await);
        for path in ["/v1.0/users", "/v1.0/identityGovernance/entitlementManagement/accessPackages", "/v1.0/users/$ref"]
        {
            let none = app.get(&format!("{path}?$top=0&$count=true")).await.expect(200);
            assert_eq!(none.values().len(), 0);
            assert!(none.json["@odata.count"].as_u64().unwrap() > 1, "{path}");
            assert!(none.json.get("@odata.nextLink").is_none(), "{path}");
        }
    });
}

#[test]
fn sizes_have_limits() {
    on_each_engine(async |house| {
        let app = house.app().await;
        for bad in ["1000", "-1", "x", "1.5", "99999999999"] {
            app.get(&format!("/v1.0/users?$top={bad}")).await.expect(400).says("$top");
        }
        app.get("/v1.0/users?$top=999").await.expect(200);
        app.get("/v1.0/users?$skip=100001").await.expect(400).says("$skip");
        let all = app.get("/v1.0/users?$select=id").await.expect(200).ids();
        assert_eq!(app.get("/v1.0/users?$select=id&$skip=2").await.expect(200).ids(), all[2..]);
        let rows = walk(&app, &app, "/v1.0/users?$select=id&$skip=1&$top=2", 2).await;
        assert_eq!(rows.len(), 5);
        // An option without its sign is an option.
        assert_eq!(app.get("/v1.0/users?top=2&select=id").await.expect(200).values().len(), 2);
    });
}

#[test]
fn expanded_collections_go_on_where_they_ended() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let group = crate::directory::group(&app, "Large").await;
        for at in 0..12 {
            let id =
                make_user(&app, &format!("User {:02}", 11 - at), json!({ "city": "Delft" })).await.expect(201).id();
            crate::directory::add_member(&app, &group, &id).await;
        }
        crate::directory::add_member(&app, &group, &house.user_id("ada").await).await;
        for options in [
            "$select=displayName;$top=5",
            "$select=displayName;$top=5;$orderby=displayName desc",
            "$select=displayName;$filter=startswith(displayName,'user');$orderby=city,displayName;$top=5;$count=true",
        ] {
            let path = format!("/v1.0/groups/{group}?$select=id&$expand=members({options})");
            let first = app.get(&path).await.expect(200);
            let mut seen = names(first.json["members"].as_array().unwrap());
            assert_eq!(seen.len(), 5);
            let mut next = first.json["members@odata.nextLink"].as_str().map(str::to_owned);
            while let Some(link) = next {
                let page = app.get(&link).await.expect(200);
                assert!(page.values()[0].get("id").is_none(), "the selection is lost: {}", page.text());
                seen.extend(names(page.values()));
                next = page.json["@odata.nextLink"].as_str().map(str::to_owned);
            }
            let filtered = options.contains("$filter");
            assert_eq!(seen.len(), if filtered { 12 } else { 13 }, "{options}");
            if filtered {
                assert_eq!(first.json["members@odata.count"], 12);
                assert_eq!(seen, sorted(seen.clone()));
            }
            if options.contains("desc") {
                assert!(seen.windows(2).all(|two| two[0].to_lowercase() > two[1].to_lowercase()), "{seen:?}");
            }
        }
        let cast = format!(
            "/v1.0/groups/{group}?$select=id&$expand=members/microsoft.graph.user($select=displayName;$top=12)"
        );
        let first = app.get(&cast).await.expect(200);
        let rest = app.get(first.json["members@odata.nextLink"].as_str().unwrap()).await.expect(200);
        assert_eq!(rest.values().len(), 1);
    });
}
