//! The kit itself: that a house stands, and that houses don't share anything.

use serde_json::json;
use testkit::on_each_engine;

const CATALOGS: &str = "/v1.0/identityGovernance/entitlementManagement/catalogs";

#[test]
fn a_house_has_the_sample_organization_and_a_second_tenant() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let clerks = house.group_id("Payment clerks").await;
        let members = app.get(&format!("/v1.0/groups/{clerks}/members")).await.expect(200);
        assert_eq!(members.values().len(), 2);
        let ada = house.user("ada", &["User.Read"]).await;
        let me = ada.get("/v1.0/me").await.expect(200);
        assert_eq!(me.json["userPrincipalName"], "ada@doorward.test");
        let other = house.other_tenant().await;
        assert_eq!(other.get(CATALOGS).await.expect(200).strings("displayName"), ["General"]);
        house.app_with(&["User.Read.All"]).await.get(CATALOGS).await.expect(403);
    });
}

#[test]
fn verify_finds_what_was_planted() {
    on_each_engine(async |house| {
        assert_eq!(house.verify().await, []);
        let general = "UPDATE catalog SET catalog_type = 1 WHERE catalog_type = 2";
        house.plant(general).await;
        let promises: Vec<_> = house.verify().await.iter().map(|violation| violation.promise).collect();
        assert_eq!(promises, ["every tenant has one General catalog"; 2]);
        house.plant("UPDATE catalog SET catalog_type = 2 WHERE display_name = 'General'").await;
    });
}

#[test]
fn what_one_test_makes_no_other_test_sees() {
    for _ in 0..2 {
        on_each_engine(async |house| {
            let app = house.app().await;
            assert_eq!(app.get(CATALOGS).await.expect(200).values().len(), 2);
            app.post(CATALOGS, json!({ "displayName": "Mine" })).await.expect(201);
        });
    }
}
