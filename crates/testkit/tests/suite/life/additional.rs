//! Who holds two packages that must not meet, or might not; and beta's other name for a list.

use super::kit::{ask, assign, direct, offer, offer_in, policy, settled};
use crate::steps::{BETA, NOBODY, V1, query};
use serde_json::json;
use testkit::on_each_engine;

const READ: &str = "EntitlementManagement.Read.All";
const EM: &str = "EntitlementManagement.ReadWrite.All";

#[test]
fn who_holds_two_packages() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let ledger = offer(&app, "Ledger").await;
        let (bank, vault) = (offer(&app, "Bank").await, offer_in(&app, &ledger.catalog, "Vault").await);
        let mut policies = Vec::new();
        for each in [&ledger, &bank, &vault] {
            policies.push(policy(&app, &each.package, direct()).await);
        }
        let (ben, cho, eve) = (house.user_id("ben").await, house.user_id("cho").await, house.user_id("eve").await);
        let mut of_ledger = Vec::new();
        for user in [&ben, &cho] {
            let request = assign(&app, &ledger.package, &policies[0], user).await;
            of_ledger.push(request["assignment"]["id"].as_str().expect("an assignment").to_owned());
        }
        let of_bank = assign(&app, &bank.package, &policies[1], &ben).await["assignment"]["id"].clone();
        assign(&app, &bank.package, &policies[1], &eve).await;
        assign(&app, &vault.package, &policies[2], &cho).await;

        let admin = house.user("admin", &[READ]).await;
        let v1 = |a: &str, b: &str| {
            format!("{V1}/assignments/additionalAccess(accessPackageId='{a}',incompatibleAccessPackageId='{b}')")
        };
        // The rule needn't be there.
        let found = admin.get(&format!("{}?$expand=target&$count=true", v1(&ledger.package, &bank.package))).await;
        let found = found.expect(200);
        assert_eq!(found.ids(), [of_ledger[0].as_str()]);
        assert_eq!(found.values()[0]["target"]["objectId"], json!(ben));
        assert_eq!(found.json["@odata.count"], 1);
        assert_eq!(admin.get(&v1(&bank.package, &ledger.package)).await.expect(200).ids(), [of_bank.as_str().unwrap()]);
        let all = format!("{V1}/assignments/additionalAccess()");
        assert!(admin.get(&all).await.expect(200).values().is_empty());

        admin.get(&v1(&ledger.package, &ledger.package)).await.expect(400).says("incompatibleAccessPackageId");
        admin.get(&v1("nonsense", &ledger.package)).await.expect(400).says("'accessPackageId'");
        admin.get(&v1(&ledger.package, NOBODY)).await.expect(404).says(NOBODY);
        admin.get(&v1(NOBODY, &ledger.package)).await.expect(404).says(NOBODY);

        // With a rule the shorter forms find it, from the side that has the rule.
        let link = json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/identityGovernance/entitlementManagement/accessPackages/{}", bank.package) });
        app.post(&format!("{V1}/accessPackages/{}/incompatibleAccessPackages/$ref", ledger.package), link)
            .await
            .expect(204);
        let beta = |arguments: &str| format!("{BETA}/accessPackageAssignments/additionalAccess({arguments})");
        for path in [all.clone(), beta(""), beta(&format!("accessPackageId='{}'", ledger.package))] {
            assert_eq!(admin.get(&path).await.expect(200).ids(), [of_ledger[0].as_str()], "{path}");
        }
        let other_side = beta(&format!("accessPackageId='{}'", bank.package));
        assert!(admin.get(&other_side).await.expect(200).values().is_empty());
        admin.get(&beta(&format!("accessPackageId='{NOBODY}'"))).await.expect(404);

        // Whoever reads one catalog sees the pairs in it, and learns nothing of the others.
        let reader = json!({
            "principalId": house.user_id("dan").await, "roleDefinitionId": "44272f93-9762-48e8-af59-1b5351b1d6b3",
            "appScopeId": format!("/AccessPackageCatalog/{}", ledger.catalog),
        });
        app.post("/v1.0/roleManagement/entitlementManagement/roleAssignments", reader).await.expect(201);
        let dan = house.user("dan", &[READ]).await;
        assert_eq!(dan.get(&v1(&ledger.package, &vault.package)).await.expect(200).ids(), [of_ledger[1].as_str()]);
        dan.get(&v1(&ledger.package, &bank.package)).await.expect(404);
        assert!(dan.get(&all).await.expect(200).values().is_empty());

        // An assignment that has ended counts no more.
        let body = json!({ "requestType": "adminRemove", "assignment": { "id": of_bank } });
        let end = ask(&app, body).await.expect(201).id();
        settled(&app, &end).await;
        assert!(admin.get(&v1(&ledger.package, &bank.package)).await.expect(200).values().is_empty());
        assert!(admin.get(&all).await.expect(200).values().is_empty());
    });
}

#[test]
fn search_is_a_list_of_what_one_sees() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let path =
            query(&format!("{BETA}/accessPackages/Search()?$filter=contains(displayName,'release')&$count=true"));
        let found = app.get(&path).await.expect(200);
        assert_eq!(
            (found.strings("displayName"), &found.json["@odata.count"]),
            (vec!["Release payments".to_owned()], &json!(1))
        );
        let catalogs = query(&format!("{BETA}/accessPackageCatalogs/Search()?$orderby=displayName"));
        assert_eq!(app.get(&catalogs).await.expect(200).strings("displayName"), ["General", "Payments"]);
        let eve = house.user("eve", &[EM]).await;
        assert!(eve.get(&catalogs).await.expect(200).values().is_empty());
        app.get(&format!("{BETA}/accessPackages/Search()?$search=\"release\"")).await.expect(400).says("$search");
        app.get(&format!("{V1}/accessPackages/Search()")).await.expect(400);
    });
}
