//! Groups: members and owners, one by one and in lists, direct and through other groups.

use crate::directory::{add_member, eventual, group, make_group, reference, sorted, url, urls, user};
use serde_json::{Value, json};
use testkit::{Client, on_each_engine};

const MISSING: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";

async fn count(app: &Client, path: &str) -> String {
    eventual(app).get(&format!("{path}/$count")).await.expect(200).text()
}

#[test]
fn a_group_shows_every_default_property_null_or_not() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let made = make_group(&app, "Group", json!({})).await.expect(201);
        for version in ["v1.0", "beta"] {
            let read = app.get(&format!("/{version}/groups/{}", made.id())).await.expect(200);
            for unset in
                ["description", "membershipRule", "mail", "visibility", "membershipRuleProcessingState", "theme"]
            {
                assert_eq!(read.json.get(unset), Some(&Value::Null), "{version} {unset}");
            }
            assert_eq!((&read.json["groupTypes"], &read.json["proxyAddresses"]), (&json!([]), &json!([])));
            assert!(read.json["createdDateTime"].is_string() && read.json["renewedDateTime"].is_string());
            assert!(read.json.get("unseenCount").is_none() && read.json.get("members").is_none());
            let more = app.get(&format!("/{version}/groups/{}?$select=unseenCount", made.id())).await.expect(200);
            assert_eq!(more.json.get("unseenCount"), Some(&Value::Null));
        }
    });
}

#[test]
fn what_a_group_needs_and_what_does_not_fit() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let whole = json!({ "displayName": "G", "mailEnabled": false, "mailNickname": "g", "securityEnabled": true });
        for missing in ["displayName", "mailEnabled", "mailNickname", "securityEnabled"] {
            let mut body = whole.clone();
            body.as_object_mut().unwrap().remove(missing);
            app.post("/v1.0/groups", body.clone()).await.expect(400).says(missing);
            body[missing] = Value::Null;
            app.post("/v1.0/groups", body).await.expect(400).says(missing);
        }
        for (bad, target) in [
            (json!({ "groupTypes": ["Unified"] }), "Unified"),
            (json!({ "groupTypes": ["Static"] }), "Static"),
            (json!({ "mailEnabled": true }), "mail"),
            (json!({ "groupTypes": ["DynamicMembership"] }), "membershipRule"),
            (json!({ "visibility": "Hidden" }), "visibility"),
            (json!({ "mailNickname": "a b" }), "mailNickname"),
            (json!({ "securityEnabled": "yes" }), "securityEnabled"),
        ] {
            make_group(&app, "G", bad).await.expect(400).says(target);
        }
        let unified = json!({ "groupTypes": ["Unified"], "mailEnabled": true, "mailNickname": "team" });
        let made = make_group(&app, "Team", unified).await.expect(201);
        assert_eq!((&made.json["mail"], &made.json["visibility"]), (&json!("team@doorward.test"), &json!("Public")));
    });
}

#[test]
fn members_come_and_go_one_by_one() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (outer, inner, ann) = (group(&app, "Outer").await, group(&app, "Inner").await, user(&app, "Ann").await);
        let path = format!("/v1.0/groups/{outer}/members");
        for reference in [
            json!({ "@odata.id": format!("{}/v1.0/users/{ann}", house.url()) }),
            json!({ "@odata.id": format!("https://graph.microsoft.com/beta/groups/{inner}") }),
        ] {
            app.post(&format!("{path}/$ref"), reference.clone()).await.expect(204);
            let again = app.post(&format!("{path}/$ref"), reference).await.expect(400);
            again.says(
                "One or more added object references already exist for the following modified properties: 'members'",
            );
        }
        let members = app.get(&format!("{path}?$select=id")).await.expect(200);
        let both = sorted(vec![ann.clone(), inner.clone()]);
        assert_eq!(sorted(members.ids()), both);
        assert_eq!(sorted(members.strings("@odata.type")), ["#microsoft.graph.group", "#microsoft.graph.user"]);
        for cast in ["microsoft.graph.user", "graph.user"] {
            let users = app.get(&format!("{path}/{cast}?$select=id")).await.expect(200);
            assert_eq!(users.json["value"], json!([{ "id": ann }]), "{cast}");
            assert_eq!(count(&app, &format!("{path}/{cast}")).await, "1");
        }
        assert_eq!(count(&app, &path).await, "2");
        app.get(&format!("{path}/$count")).await.expect(400).says("ConsistencyLevel");
        let links = app.get(&format!("{path}/$ref")).await.expect(200);
        let at = |set: &str, id: &str| format!("{}/v1.0/{set}/{id}", house.url());
        assert_eq!(sorted(links.strings("@odata.id")), sorted(vec![at("users", &ann), at("groups", &inner)]));
        let one = app.get(&format!("/beta/groups/{outer}/members?$filter=id eq '{ann}'")).await.expect(200);
        assert_eq!(one.ids(), [ann.as_str()]);
        let none = app.get(&format!("{path}?$filter=id eq {MISSING}")).await.expect(200);
        assert!(none.values().is_empty());
        app.post(&format!("{path}/$ref"), reference(&outer)).await.expect(400);
        app.post(&format!("{path}/$ref"), reference(MISSING)).await.expect(404);
        app.post(&format!("/v1.0/groups/{MISSING}/members/$ref"), reference(&ann)).await.expect(404);
        app.delete(&format!("{path}/{ann}/$ref")).await.expect(204);
        app.delete(&format!("{path}/{ann}/$ref")).await.expect(404);
        app.delete(&format!("{path}/{inner}")).await.expect(405);
        app.delete(&format!("{path}/$ref?@id={}", url(&inner))).await.expect(204);
        assert_eq!(count(&app, &path).await, "0");
    });
}

#[test]
fn lists_of_links_hold_twenty_and_count_together() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let mut people = Vec::new();
        for at in 0..21 {
            people.push(user(&app, &format!("Person {at}")).await);
        }
        let refs = urls(&people);
        let full = make_group(&app, "Full", json!({ "members@odata.bind": refs[..20] })).await.expect(201).id();
        assert_eq!(count(&app, &format!("/v1.0/groups/{full}/members")).await, "20");
        make_group(&app, "Over", json!({ "members@odata.bind": refs })).await.expect(400).says("20");
        let mixed = json!({ "members@odata.bind": refs[..15], "owners@odata.bind": refs[15..] });
        make_group(&app, "Over", mixed).await.expect(400).says("20");
        let twice = make_group(&app, "Twice", json!({ "members@odata.bind": [refs[0], refs[0]] })).await;
        twice.expect(400).says("Request contains a property with duplicate values");
        let unknown = json!({ "members@odata.bind": [refs[0], url(MISSING)] });
        make_group(&app, "Unknown", unknown).await.expect(404).says("members@odata.bind");
        let filter = "/v1.0/groups?$filter=displayName in ('Over','Twice','Unknown')";
        assert!(app.get(filter).await.expect(200).values().is_empty());
        // A change of a group takes all of its list or nothing.
        let empty = group(&app, "Empty").await;
        let (path, members) = (format!("/v1.0/groups/{empty}"), format!("/v1.0/groups/{empty}/members"));
        app.patch(&path, json!({ "members@odata.bind": refs })).await.expect(400).says("20");
        app.patch(&path, json!({ "members@odata.bind": [refs[0]], "displayName": "Taken" })).await.expect(204);
        app.patch(&path, json!({ "members@odata.bind": [refs[1], refs[0]] })).await.expect(400).says("already exist");
        app.patch(&path, json!({ "members@odata.bind": [refs[1], url(MISSING)] })).await.expect(404);
        assert_eq!(app.get(&members).await.expect(200).ids(), [people[0].as_str()]);
        app.patch(&path, json!({ "members@odata.bind": refs[1..21] })).await.expect(204);
        assert_eq!(count(&app, &members).await, "21");
        assert_eq!(app.get(&path).await.expect(200).json["displayName"], "Taken");
    });
}

#[test]
fn what_terraform_sends_for_a_group() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let caller = "22222222-2222-4222-8222-222222222223";
        let body = json!({
            "displayName": "Terra", "mailEnabled": false, "mailNickname": "terra", "securityEnabled": true,
            "description": null, "isAssignableToRole": false, "visibility": null,
            "owners@odata.bind": [format!("{}/beta/directoryObjects/{caller}", house.url())],
            "resourceBehaviorOptions": [], "resourceProvisioningOptions": [],
        });
        let id = app.post("/beta/groups", body).await.expect(201).id();
        let path = format!("/beta/groups/{id}");
        app.patch(&path, json!({ "displayName": "TERRAFORM_UPDATE_x" })).await.expect(204);
        app.patch(&path, json!({ "displayName": "Terra", "isAssignableToRole": false })).await.expect(204);
        let owners = app.get(&format!("{path}/owners")).await.expect(200);
        assert_eq!(owners.strings("@odata.type"), ["#microsoft.graph.servicePrincipal"]);
        assert_eq!(app.get(&path).await.expect(200).json.get("membershipRule"), Some(&Value::Null));
        assert!(app.get(&format!("{path}/memberOf")).await.expect(200).values().is_empty());
        app.patch(&path, json!({ "isAssignableToRole": true })).await.expect(400).says("isAssignableToRole");
        // A user who names herself as well is told so in the words that Terraform waits for.
        let ada = house.user("ada", &[]).await;
        let mine = json!({ "owners@odata.bind": [url(&house.user_id("ada").await)] });
        make_group(&ada, "Mine", mine).await.expect(400).says("Request contains a property with duplicate values");
        let mine = make_group(&ada, "Mine", json!({})).await.expect(201).id();
        let owners = app.get(&format!("/v1.0/groups/{mine}/owners")).await.expect(200);
        assert_eq!(owners.strings("displayName"), ["Ada Achterberg"]);
    });
}

#[test]
fn nested_groups_are_walked_once_even_in_circles() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (a, b, c) = (group(&app, "A").await, group(&app, "B").await, group(&app, "C").await);
        let ann = user(&app, "Ann").await;
        // A holds B and C, B holds C, C holds A and Ann: a circle, and two ways to Ann.
        for (outer, inner) in [(&a, &b), (&a, &c), (&b, &c), (&c, &a), (&c, &ann)] {
            add_member(&app, outer, inner).await;
        }
        let all = |ids: &[&String]| sorted(ids.iter().map(|id| (*id).clone()).collect());
        for version in ["v1.0", "beta"] {
            let below = app.get(&format!("/{version}/groups/{a}/transitiveMembers?$select=id")).await.expect(200);
            assert_eq!(sorted(below.ids()), all(&[&b, &c, &ann]));
            let users = format!("/{version}/groups/{a}/transitiveMembers/microsoft.graph.user");
            assert_eq!(app.get(&users).await.expect(200).ids(), [ann.as_str()]);
            let above = app.get(&format!("/{version}/users/{ann}/transitiveMemberOf?$select=id")).await.expect(200);
            assert_eq!(sorted(above.ids()), all(&[&a, &b, &c]));
            let above = app.get(&format!("/{version}/groups/{a}/transitiveMemberOf?$select=id")).await.expect(200);
            assert_eq!(sorted(above.ids()), all(&[&b, &c]));
            let direct = app.get(&format!("/{version}/users/{ann}/memberOf/graph.group?$select=id")).await.expect(200);
            assert_eq!(direct.ids(), [c.as_str()]);
        }
        assert_eq!(count(&app, &format!("/v1.0/groups/{a}/transitiveMembers")).await, "3");
        let mut path = format!("/v1.0/groups/{a}/transitiveMembers?$select=id&$top=1");
        let mut seen = Vec::new();
        while !path.is_empty() {
            let page = app.get(&path).await.expect(200);
            seen.extend(page.ids());
            path = page.json["@odata.nextLink"].as_str().unwrap_or_default().to_owned();
        }
        assert_eq!(sorted(seen), all(&[&b, &c, &ann]));
    });
}

#[test]
fn membership_is_asked_for_in_four_ways() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (outer, inner, ann) = (group(&app, "Outer").await, group(&app, "Inner").await, user(&app, "Ann").await);
        let team = json!({ "groupTypes": ["Unified"], "mailEnabled": true, "securityEnabled": false });
        let team = make_group(&app, "Team", team).await.expect(201).id();
        add_member(&app, &outer, &inner).await;
        add_member(&app, &inner, &ann).await;
        add_member(&app, &team, &ann).await;
        let ask = async |path: &str, body: Value| {
            let answer = app.post(&format!("/v1.0/{path}"), body).await.expect(200);
            assert!(answer.json["@odata.context"].as_str().unwrap().ends_with("$metadata#Collection(Edm.String)"));
            sorted(answer.values().iter().map(|id| id.as_str().unwrap().to_owned()).collect())
        };
        let groups = sorted(vec![outer.clone(), inner.clone()]);
        let all = sorted(vec![outer.clone(), inner.clone(), team.clone()]);
        for set in ["users", "directoryObjects"] {
            let among = json!({ "groupIds": [outer, team, MISSING] });
            let found = ask(&format!("{set}/{ann}/checkMemberGroups"), among).await;
            assert_eq!(found, sorted(vec![outer.clone(), team.clone()]));
            let found =
                ask(&format!("{set}/{ann}/microsoft.graph.checkMemberObjects"), json!({ "ids": [inner] })).await;
            assert_eq!(found, [inner.as_str()]);
            for (security, expected) in [(json!(true), &groups), (json!(false), &all)] {
                let body = json!({ "securityEnabledOnly": security });
                assert_eq!(&ask(&format!("{set}/{ann}/getMemberGroups"), body.clone()).await, expected);
                assert_eq!(&ask(&format!("{set}/{ann}/getMemberObjects"), body).await, expected);
            }
        }
        assert_eq!(ask(&format!("groups/{inner}/getMemberGroups"), json!({})).await, [outer.as_str()]);
        let path = format!("/v1.0/users/{ann}/checkMemberGroups");
        app.post(&path, json!({ "groupIds": vec![MISSING; 20] })).await.expect(200);
        app.post(&path, json!({ "groupIds": vec![MISSING; 21] })).await.expect(400).says("20");
        app.post(&path, json!({ "groupIds": ["x"] })).await.expect(400).says("groupIds");
        app.post(&path, json!({})).await.expect(400).says("groupIds");
        app.post(&path, json!({ "groupIds": [], "more": 1 })).await.expect(400).says("more");
        app.post(&format!("/v1.0/users/{MISSING}/getMemberGroups"), json!({})).await.expect(404);
        app.get(&path).await.expect(405);
    });
}

#[test]
fn a_dynamic_group_keeps_its_rule_and_takes_no_members_by_hand() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let ann = user(&app, "Ann").await;
        let rule = json!({ "groupTypes": ["DynamicMembership"], "membershipRule": "user.city -eq \"Delft\"" });
        let made = make_group(&app, "Dynamic", rule.clone()).await.expect(201);
        assert_eq!(made.json["membershipRuleProcessingState"], "On");
        let path = format!("/v1.0/groups/{}", made.id());
        app.post(&format!("{path}/members/$ref"), reference(&ann)).await.expect(400).says("membershipRule");
        app.patch(&path, json!({ "members@odata.bind": [url(&ann)] })).await.expect(400).says("membershipRule");
        let mut bound = rule.clone();
        bound["members@odata.bind"] = json!([url(&ann)]);
        make_group(&app, "Bound", bound).await.expect(400).says("membershipRule");
        let paused = json!({ "membershipRule": "user.city -eq \"Gent\"", "membershipRuleProcessingState": "Paused" });
        app.patch(&path, paused.clone()).await.expect(204);
        let read = app.get(&format!("{path}?$select=membershipRule,membershipRuleProcessingState")).await.expect(200);
        assert_eq!(read.json["membershipRule"], paused["membershipRule"]);
        assert_eq!(read.json["membershipRuleProcessingState"], "Paused");
        app.patch(&path, json!({ "membershipRule": null })).await.expect(400).says("membershipRule");
        app.patch(&path, json!({ "membershipRule": "user.city -eq Gent" })).await.expect(400).says("At character 15");
        app.post(&format!("{path}/owners/$ref"), reference(&ann)).await.expect(204);
    });
}

#[test]
fn a_deleted_group_is_out_of_sight_everywhere() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (outer, inner, ann) = (group(&app, "Outer").await, group(&app, "Inner").await, user(&app, "Ann").await);
        add_member(&app, &outer, &inner).await;
        add_member(&app, &inner, &ann).await;
        app.delete(&format!("/v1.0/groups/{inner}")).await.expect(204);
        assert!(app.get(&format!("/v1.0/groups/{outer}/members")).await.expect(200).values().is_empty());
        assert!(app.get(&format!("/v1.0/users/{ann}/transitiveMemberOf")).await.expect(200).values().is_empty());
        let restore = format!("/v1.0/directory/deletedItems/{inner}/restore");
        let back = app.send("POST", &restore, None).await.expect(200);
        assert_eq!(back.json["@odata.type"], "#microsoft.graph.group");
        assert!(app.get(&format!("/v1.0/groups/{inner}/members")).await.expect(200).values().is_empty());
    });
}
