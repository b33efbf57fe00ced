//! Users: what an answer shows, how they are addressed, managers and sponsors, `/me`.

use crate::directory::{add_member, eventual, group, make_user, reference, sorted, user};
use crate::steps::V1;
use serde_json::{Value, json};
use testkit::on_each_engine;

/// What a user shows when no `$select` is said, on v1.0 and beta.
const DEFAULT: [&str; 11] = [
    "businessPhones",
    "displayName",
    "givenName",
    "id",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
];

fn names(entity: &Value) -> Vec<String> {
    let names = entity.as_object().unwrap().keys().filter(|name| !name.starts_with('@'));
    sorted(names.cloned().collect())
}

#[test]
fn a_user_shows_its_default_properties_and_the_others_when_asked() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let made = make_user(&app, "Ann", json!({ "city": "Delft" })).await.expect(201);
        let id = made.id();
        assert_eq!(names(&made.json), DEFAULT);
        assert_eq!(made.json["surname"], Value::Null);
        assert_eq!(made.json["businessPhones"], json!([]));
        for version in ["v1.0", "beta"] {
            let read = app.get(&format!("/{version}/users/{id}")).await.expect(200);
            assert_eq!(names(&read.json), DEFAULT);
            let some = app.get(&format!("/{version}/users/{id}?$select=city,state,userType")).await.expect(200);
            assert_eq!(names(&some.json), ["city", "state", "userType"]);
            assert_eq!((&some.json["city"], &some.json["state"]), (&json!("Delft"), &Value::Null));
            assert_eq!(some.json["userType"], "Member");
        }
        let unknown = app.get(&format!("/v1.0/users/{id}?$select=shoeSize")).await.expect(400);
        unknown.says("'shoeSize' is not a property of type 'user'");
    });
}

#[test]
fn a_user_is_found_by_id_and_by_name_in_every_spelling() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let ada = house.user_id("ada").await;
        for key in [
            format!("users/{ada}"),
            format!("users/{}", ada.to_uppercase()),
            format!("users('{ada}')"),
            "users/ada@doorward.test".to_owned(),
            "users/ADA@Doorward.TEST".to_owned(),
            "users/ada%40doorward.test".to_owned(),
            "users('ada@doorward.test')".to_owned(),
            "users(userPrincipalName='ada%40doorward.test')".to_owned(),
            "Users//ada@doorward.test".to_owned(),
        ] {
            assert_eq!(app.get(&format!("/v1.0/{key}")).await.expect(200).id(), ada, "{key}");
            let members = app.get(&format!("/beta/{key}/directReports?$select=id")).await.expect(200);
            assert_eq!(members.values().len(), 3, "{key}");
        }
        for key in ["users/nobody@doorward.test", "users/3fa85f64-5717-4562-b3fc-2c963f66afa6", "users/x"] {
            app.get(&format!("/v1.0/{key}")).await.expect(404).error("Request_ResourceNotFound");
        }
    });
}

#[test]
fn nulls_clear_what_was_set() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let full = json!({ "city": "Delft", "businessPhones": ["1"], "employeeOrgData": { "costCenter": "7" } });
        let id = make_user(&app, "Ann", full).await.expect(201).id();
        let path = format!("/v1.0/users/{id}");
        let nulls = json!({ "city": null, "businessPhones": [], "employeeOrgData": null, "DISPLAYNAME": "Anna" });
        app.patch(&path, nulls).await.expect(204);
        let select = "?$select=displayName,city,businessPhones,employeeOrgData";
        let read = app.get(&format!("{path}{select}")).await.expect(200);
        assert_eq!(read.json["displayName"], "Anna");
        assert_eq!((&read.json["city"], &read.json["businessPhones"]), (&Value::Null, &json!([])));
        assert_eq!(read.json["employeeOrgData"], Value::Null);
        app.patch(&path, json!({ "displayName": null })).await.expect(400).says("displayName");
        app.patch(&path, json!({ "city": 5 })).await.expect(400).says("city");
        app.patch(&path, json!({ "shoeSize": 5 })).await.expect(400).says("shoeSize");
    });
}

#[test]
fn what_terraform_sends_for_a_user() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let mut body = json!({
            "@odata.type": "#microsoft.graph.user",
            "accountEnabled": true,
            "displayName": "Terra",
            "mailNickname": "terra",
            "userPrincipalName": "terra@doorward.test",
            "passwordProfile": { "forceChangePasswordNextSignIn": false, "password": "Correct-horse-1" },
            "businessPhones": [],
            "otherMails": [],
        });
        for unset in [
            "ageGroup",
            "city",
            "companyName",
            "consentProvidedForMinor",
            "country",
            "department",
            "employeeHireDate",
            "employeeId",
            "employeeOrgData",
            "employeeType",
            "faxNumber",
            "givenName",
            "jobTitle",
            "mail",
            "mobilePhone",
            "officeLocation",
            "onPremisesImmutableId",
            "passwordPolicies",
            "postalCode",
            "preferredLanguage",
            "state",
            "streetAddress",
            "surname",
            "usageLocation",
            "userType",
        ] {
            body[unset] = Value::Null;
        }
        let terraform = app
            .with("Odata-Version", "4.0")
            .with("Odata-Maxversion", "4.0")
            .with("Content-Type", "application/json; charset=utf-8")
            .with("Accept", "application/json; charset=utf-8; IEEE754Compatible=false");
        let id = terraform.post("/v1.0/users", body).await.expect(201).id();
        for shown in [json!(null), json!(false)] {
            terraform.patch(&format!("/beta/users/{id}"), json!({ "showInAddressList": shown })).await.expect(204);
            let path = format!("/beta/users/{id}?$select=showInAddressList");
            assert_eq!(terraform.get(&path).await.expect(200).json["showInAddressList"], shown);
        }
        let select = "accountEnabled,ageGroup,businessPhones,city,companyName,consentProvidedForMinor,country,\
                      creationType,employeeHireDate,employeeOrgData,employeeType,externalUserState,faxNumber,\
                      imAddresses,mailNickname,onPremisesSyncEnabled,otherMails,passwordPolicies,passwordProfile,\
                      proxyAddresses,usageLocation,userType";
        for version in ["v1.0", "beta"] {
            terraform.get(&format!("/{version}/users/{id}?$select={select}")).await.expect(200);
        }
        terraform.get(&format!("/v1.0/users/{id}/manager")).await.expect(404).says("Resource 'manager' does not exist");
        terraform.delete(&format!("/v1.0/users/{id}")).await.expect(204);
        terraform.get(&format!("/v1.0/users/{id}")).await.expect(404);
    });
}

#[test]
fn a_manager_is_set_replaced_and_taken_away() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (ann, bob, cas) = (user(&app, "Ann").await, user(&app, "Bob").await, user(&app, "Cas").await);
        let path = format!("/v1.0/users/{ann}/manager");
        let link = format!("{path}/$ref");
        app.get(&path).await.expect(404).error("Request_ResourceNotFound");
        app.delete(&link).await.expect(404).says("has no manager");
        app.put(&link, reference(&bob)).await.expect(204);
        app.put(&link, json!({ "@odata.id": format!("users/{cas}") })).await.expect(204);
        let read = app.get(&format!("{path}?$select=displayName")).await.expect(200);
        assert_eq!(
            (&read.json["@odata.type"], &read.json["displayName"]),
            (&json!("#microsoft.graph.user"), &json!("Cas"))
        );
        let read = app.get(&link).await.expect(200);
        assert_eq!(read.json["@odata.id"], format!("{}/v1.0/users/{cas}", house.url()));
        let reports = app.get(&format!("/v1.0/users/{cas}/directReports")).await.expect(200);
        assert_eq!(reports.ids(), [ann.as_str()]);
        assert!(app.get(&format!("/v1.0/users/{bob}/directReports")).await.expect(200).values().is_empty());
        let expanded = app.get(&format!("/v1.0/users/{ann}?$select=id&$expand=manager($select=id)")).await.expect(200);
        assert_eq!(expanded.json["manager"], json!({ "@odata.type": "#microsoft.graph.user", "id": cas }));
        let group = group(&app, "Group").await;
        app.put(&link, reference(&ann)).await.expect(400);
        app.put(&link, reference(&group)).await.expect(400).says("it has to be user");
        app.put(&link, reference("3fa85f64-5717-4562-b3fc-2c963f66afa6")).await.expect(404);
        app.delete(&format!("/v1.0/users/{cas}")).await.expect(204);
        app.get(&path).await.expect(404);
        app.put(&link, reference(&bob)).await.expect(204);
        app.delete(&link).await.expect(204);
        app.get(&path).await.expect(404);
    });
}

#[test]
fn sponsors_come_and_go() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (ann, bob) = (user(&app, "Ann").await, user(&app, "Bob").await);
        let path = format!("/v1.0/users/{ann}/sponsors");
        app.post(&format!("{path}/$ref"), reference(&bob)).await.expect(204);
        app.post(&format!("{path}/$ref"), reference(&bob)).await.expect(400).says("already exist");
        let read = app.get(&path).await.expect(200);
        assert_eq!(
            (read.ids(), read.strings("@odata.type")),
            (vec![bob.clone()], vec!["#microsoft.graph.user".into()])
        );
        app.delete(&format!("{path}/{bob}/$ref")).await.expect(204);
        app.delete(&format!("{path}/{bob}/$ref")).await.expect(404);
    });
}

#[test]
fn me_is_the_signed_in_user_and_nobody_for_an_application() {
    on_each_engine(async |house| {
        let (app, ben) = (house.app().await, house.user("ben", &[]).await);
        for path in ["", "/manager", "/memberOf", "/displayName", "/getMemberGroups"] {
            let method = if path.starts_with("/get") { "POST" } else { "GET" };
            let answer = app.send(method, &format!("/v1.0/me{path}"), (method == "POST").then(|| "{}".into())).await;
            answer.expect(400).error("BadRequest").says("/me request is only valid with delegated authentication flow");
        }
        let me = ben.get("/v1.0/me?$expand=manager($select=displayName)").await.expect(200);
        assert_eq!(me.id(), house.user_id("ben").await);
        assert_eq!(me.json["manager"]["displayName"], "Ada Achterberg");
        assert_eq!(ben.get("/v1.0/me/manager").await.expect(200).json["displayName"], "Ada Achterberg");
        assert_eq!(ben.get("/beta/me/memberOf").await.expect(200).strings("displayName"), ["Payment clerks"]);
        assert_eq!(ben.get("/v1.0/me/displayName").await.expect(200).json["value"], "Ben Bakker");
        assert_eq!(ben.get("/v1.0/me/mail/$value").await.expect(200).text(), "ben@doorward.test");
        let groups = ben.post("/v1.0/me/getMemberGroups", json!({ "securityEnabledOnly": true })).await.expect(200);
        assert_eq!(groups.json["value"], json!([house.group_id("Payment clerks").await]));
        ben.patch("/v1.0/me", json!({ "mobilePhone": "06" })).await.expect(204);
        assert_eq!(ben.get("/v1.0/me").await.expect(200).json["mobilePhone"], "06");
    });
}

#[test]
fn a_deleted_user_comes_back_by_restore() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let group = group(&app, "Group").await;
        let made = make_user(&app, "Ann", json!({ "city": "Delft" })).await.expect(201);
        let (id, name) = (made.id(), made.json["userPrincipalName"].clone());
        add_member(&app, &group, &id).await;
        app.delete(&format!("/v1.0/users/{id}")).await.expect(204);
        app.get(&format!("/v1.0/users/{id}")).await.expect(404);
        app.get(&format!("/v1.0/directoryObjects/{id}")).await.expect(404);
        assert!(app.get(&format!("/v1.0/groups/{group}/members")).await.expect(200).values().is_empty());
        let deleted = format!("/v1.0/directory/deletedItems/{id}");
        let read = app.get(&deleted).await.expect(200);
        assert_eq!(
            (&read.json["@odata.type"], &read.json["displayName"]),
            (&json!("#microsoft.graph.user"), &json!("Ann"))
        );
        assert!(read.json["deletedDateTime"].is_string(), "{}", read.text());
        let without = app.get(&format!("{deleted}?$select=displayName")).await.expect(200);
        assert!(without.json.get("deletedDateTime").is_none());
        let select = "$select=id,deletedDateTime";
        let list = app.get(&format!("/v1.0/directory/deletedItems/microsoft.graph.user?{select}")).await.expect(200);
        assert_eq!(list.ids(), [id.as_str()]);
        assert!(list.values()[0]["deletedDateTime"].is_string());
        assert!(app.get("/v1.0/directory/deletedItems/graph.group").await.expect(200).values().is_empty());
        // The name is free while its owner is away, and then taken.
        let twin = make_user(&app, "Twin", json!({ "userPrincipalName": name })).await.expect(201).id();
        app.send("POST", &format!("{deleted}/restore"), None).await.expect(400).says("userPrincipalName");
        app.delete(&format!("/v1.0/users/{twin}")).await.expect(204);
        let back = app.send("POST", &format!("{deleted}/restore"), None).await.expect(200);
        assert_eq!((back.id(), &back.json["@odata.type"]), (id.clone(), &json!("#microsoft.graph.user")));
        assert_eq!(app.get(&format!("/v1.0/users/{id}?$select=city")).await.expect(200).json["city"], "Delft");
        app.get(&deleted).await.expect(404);
        app.post(&format!("{deleted}/restore"), json!({})).await.expect(404);
    });
}

#[test]
fn on_beta_whoever_comes_back_may_take_another_name() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let made = make_user(&app, "Ann", json!({})).await.expect(201);
        let (id, name) = (made.id(), made.json["userPrincipalName"].as_str().unwrap().to_owned());
        app.delete(&format!("/v1.0/users/{id}")).await.expect(204);
        make_user(&app, "Twin", json!({ "userPrincipalName": name })).await.expect(201);
        let restore = format!("/directory/deletedItems/{id}/restore");
        let new_name = json!({ "newUserPrincipalName": "ann.back@doorward.test", "autoReconcileProxyConflict": true });
        app.post(&format!("/v1.0{restore}"), new_name.clone()).await.expect(400).says("no parameter");
        for wrong in ["ann.back", "ann@elsewhere.test", ""] {
            let body = json!({ "newUserPrincipalName": wrong });
            app.post(&format!("/beta{restore}"), body).await.expect(400).says("newUserPrincipalName");
        }
        app.post(&format!("/beta{restore}"), json!({ "newUserPrincipalName": name })).await.expect(400);
        let back = app.post(&format!("/beta{restore}"), new_name).await.expect(200);
        assert_eq!(back.json["userPrincipalName"], "ann.back@doorward.test");
        let read = app.get("/v1.0/users/ann.back@doorward.test").await.expect(200);
        assert_eq!((read.id(), &read.json["displayName"]), (id, &json!("Ann")));

        let group = group(&app, "G").await;
        app.delete(&format!("/v1.0/groups/{group}")).await.expect(204);
        let restore = format!("/beta/directory/deletedItems/{group}/restore");
        let body = json!({ "newUserPrincipalName": "g@doorward.test" });
        app.post(&restore, body).await.expect(400).says("newUserPrincipalName");
        app.post(&restore, json!({ "newUserPrincipalName": null })).await.expect(200);
    });
}

#[test]
fn the_organization_and_its_domains() {
    on_each_engine(async |house| {
        let app = house.app().await;
        for version in ["v1.0", "beta"] {
            let list = app.get(&format!("/{version}/organization")).await.expect(200);
            assert_eq!(list.ids(), ["11111111-1111-4111-8111-111111111111"]);
            assert_eq!(list.values()[0]["verifiedDomains"][0]["name"], "doorward.test");
            let one = app.get(&format!("/{version}/organization/11111111-1111-4111-8111-111111111111")).await;
            one.expect(200);
            assert_eq!(app.get(&format!("/{version}/domains")).await.expect(200).ids(), ["doorward.test"]);
            let domain = app.get(&format!("/{version}/domains/Doorward.Test")).await.expect(200);
            assert_eq!((&domain.json["isDefault"], &domain.json["isVerified"]), (&json!(true), &json!(true)));
            app.get(&format!("/{version}/domains/other.test")).await.expect(404);
        }
        let stranger = make_user(&app, "X", json!({ "userPrincipalName": "x@other.test" })).await;
        stranger.expect(400).says("userPrincipalName");
    });
}

#[test]
fn directory_objects_say_what_they_are() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (ann, group) = (user(&app, "Ann").await, group(&app, "Group").await);
        let missing = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
        for version in ["v1.0", "beta"] {
            let path = format!("/{version}/directoryObjects");
            let one = app.get(&format!("{path}/{ann}?$select=displayName")).await.expect(200);
            assert_eq!(one.json["@odata.type"], "#microsoft.graph.user");
            assert_eq!(
                app.get(&format!("{path}/{ann}/graph.user")).await.expect(200).json["userPrincipalName"]
                    .as_str()
                    .map(str::is_empty),
                Some(false)
            );
            app.get(&format!("{path}/{ann}/microsoft.graph.group")).await.expect(404);
            let ids = json!({ "ids": [ann, missing, group, ann] });
            let found = app.post(&format!("{path}/getByIds"), ids.clone()).await.expect(200);
            assert_eq!(sorted(found.strings("@odata.type")), ["#microsoft.graph.group", "#microsoft.graph.user"]);
            let mut groups = ids.clone();
            groups["types"] = json!(["group"]);
            let found = app.post(&format!("{path}/microsoft.graph.getByIds?$select=id"), groups).await.expect(200);
            assert_eq!(found.ids(), [group.as_str()]);
            assert_eq!(found.values()[0]["@odata.type"], "#microsoft.graph.group");
        }
        let many = |count: usize| json!({ "ids": vec![missing; count] });
        assert!(app.post("/v1.0/directoryObjects/getByIds", many(1000)).await.expect(200).values().is_empty());
        app.post("/v1.0/directoryObjects/getByIds", many(1001)).await.expect(400).says("1000");
        app.post("/v1.0/directoryObjects/getByIds", json!({})).await.expect(400).says("'ids'");
        app.post("/v1.0/directoryObjects/getByIds", json!({ "ids": ["x"] })).await.expect(400).says("'x'");
        app.delete(&format!("/v1.0/directoryObjects/{ann}")).await.expect(204);
        app.get(&format!("/v1.0/users/{ann}")).await.expect(404);
        let all = eventual(&app).get("/v1.0/directoryObjects/$count").await.expect(200);
        assert!(all.text().parse::<u32>().unwrap() > 8);
    });
}

#[test]
fn dates_are_those_of_the_years_1_to_9999() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let path = format!("/v1.0/users/{}", house.user_id("ada").await);
        let hired = "employeeHireDate";
        for bad in ["0000-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-30"]
        {
            app.patch(&path, json!({ hired: bad })).await.expect(400).says(hired);
        }
        for (sent, shown) in [
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
            ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
            ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.999999Z"),
        ] {
            app.patch(&path, json!({ hired: sent })).await.expect(204);
            let read = app.get(&format!("{path}?$select={hired}")).await.expect(200);
            assert_eq!(read.json[hired], shown);
        }
        for (filter, there) in [("gt", 0), ("le", 1)] {
            let filter =
                format!("createdDateTime%20{filter}%209999-12-31T23:59:59.9999999Z%20and%20givenName%20eq%20'Ada'");
            let found = app.get(&format!("/v1.0/users?$filter={filter}")).await.expect(200);
            assert_eq!(found.values().len(), there, "{filter}");
        }
        let package = house.package_id("Enter payments").await;
        let mut policy = json!({
            "displayName": "Never", "allowedTargetScope": "notSpecified", "accessPackage": { "id": package },
            "expiration": { "type": "afterDateTime", "endDateTime": "9999-12-31T23:59:59.9999999Z" },
        });
        let policies = format!("{V1}/assignmentPolicies");
        let made = app.post(&policies, policy.clone()).await.expect(201);
        assert_eq!(made.json["expiration"]["endDateTime"], "9999-12-31T23:59:59.999999Z");
        policy["expiration"]["endDateTime"] = json!("9999-12-31T23:59:59-00:01");
        app.post(&policies, policy).await.expect(400).says("endDateTime");
    });
}

#[test]
fn what_is_read_only_is_looked_at_all_the_same() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (ada, ben) = (house.user_id("ada").await, house.user_id("ben").await);
        let path = format!("/v1.0/users/{ada}");
        app.patch(&path, json!({ "id": ben })).await.expect(400).says("'id'");
        app.patch("/v1.0/users/ada@doorward.test", json!({ "id": ben })).await.expect(400).says("'id'");
        app.patch(&path, json!({ "createdDateTime": "x" })).await.expect(400).says("createdDateTime");
        app.post(&format!("{V1}/catalogs"), json!({ "displayName": "C", "catalogType": "bogus" }))
            .await
            .expect(400)
            .says("catalogType");
        // What came out may go in again.
        let whole = app.get(&path).await.expect(200).json;
        app.patch(&path, whole).await.expect(204);
        let secret = json!({ "displayName": "A", "passwordCredentials": [{ "displayName": "s" }] });
        app.post("/v1.0/applications", secret).await.expect(400).says("passwordCredentials");
        app.post("/v1.0/applications", json!({ "displayName": "A", "passwordCredentials": [] })).await.expect(201);
    });
}
