//! App roles that are given and taken by hand, from both ends: what Terraform and the SDKs send, what is
//! refused, and what a client's next token carries.

use crate::directory::{add_member, group, user};
use crate::login::support::{GRAPH, application, claims, granted, text, token};
use crate::resources::service_principal;
use crate::steps::{NOBODY, query};
use serde_json::{Value, json};
use testkit::{Client, House, on_each_engine};

/// Microsoft's ids of these permissions, as app roles.
const WRITES: &str = "06b708a9-e830-4db3-a914-8e69da51d44f";
const READS_GROUPS: &str = "5b567255-7703-4780-807c-7be8301ae99b";
const NIL: &str = "00000000-0000-0000-0000-000000000000";

fn role(number: u8) -> String {
    format!("00000000-0000-4000-8000-0000000000{number:02}")
}

/// The application Ledger: 1 is for users and groups, 2 for applications, 3 for all, 4 is disabled.
async fn ledger(app: &Client) -> String {
    let offered = |number: u8, to: &[&str], enabled: bool| {
        json!({
            "id": role(number), "displayName": format!("role {number}"), "value": format!("role{number}"),
            "description": "A role.", "allowedMemberTypes": to, "isEnabled": enabled,
        })
    };
    let both = ["User", "Application"];
    let roles = json!([
        offered(1, &both[..1], true),
        offered(2, &both[1..], true),
        offered(3, &both, true),
        offered(4, &both, false)
    ]);
    service_principal(app, "Ledger", roles).await
}

fn body(principal: &str, resource: &str, role: &str) -> Value {
    json!({ "principalId": principal, "resourceId": resource, "appRoleId": role })
}

async fn graph(app: &Client) -> String {
    app.get(&format!("/v1.0/servicePrincipals(appId='{}')", "00000003-0000-0000-c000-000000000000"))
        .await
        .expect(200)
        .id()
}

/// A client of its own with a secret: its `appId`, its service principal and its secret.
async fn robot(app: &Client) -> (String, String, String) {
    let made = app.post("/v1.0/applications", json!({ "displayName": "Robot" })).await.expect(201);
    let principal = app.post("/v1.0/servicePrincipals", json!({ "appId": made.json["appId"] })).await.expect(201);
    let secret = app.post(&format!("/v1.0/applications/{}/addPassword", made.id()), json!({})).await.expect(200);
    (text(&made.json, "appId"), principal.id(), text(&secret.json, "secretText"))
}

/// The roles in the token that a client gets now.
async fn carried(house: &House, (app_id, _, secret): &(String, String, String)) -> (Value, Client) {
    let token = granted(token(house, &application(app_id, secret, GRAPH)).await);
    let token = text(&token, "access_token");
    (claims(&token)["roles"].clone(), house.bearer(&token))
}

#[test]
fn given_read_and_taken_at_either_end() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let ledger = ledger(&app).await;
        let principals = [
            ("users", user(&app, "Ann").await, "User", 1),
            ("groups", group(&app, "Readers").await, "Group", 3),
            ("servicePrincipals", robot(&app).await.1, "ServicePrincipal", 2),
        ];
        for version in ["/v1.0", "/beta"] {
            for (set, principal, kind, number) in &principals {
                for end in [
                    format!("{set}/{principal}/appRoleAssignments"),
                    format!("servicePrincipals/{ledger}/appRoleAssignedTo"),
                ] {
                    let list = format!("{version}/{end}");
                    let made = app.post(&list, body(principal, &ledger, &role(*number))).await.expect(201);
                    let path = format!("{list}/{}", made.id());
                    assert_eq!(made.header("location"), format!("{}{path}", house.url()));
                    assert!(made.json["createdDateTime"].is_string());
                    assert_eq!(made.json["principalType"], *kind);
                    assert_eq!(made.json["resourceDisplayName"], "Ledger");
                    assert_eq!(made.json["appRoleId"], role(*number));
                    let read = app.get(&path).await.expect(200);
                    assert_eq!((&read.json["principalId"], read.id()), (&json!(principal), made.id()));
                    app.post(&list, body(principal, &ledger, &role(*number)))
                        .await
                        .expect(400)
                        .error("Request_BadRequest")
                        .says("appRoleId");
                    app.patch(&path, json!({ "appRoleId": NIL })).await.expect(405);
                    app.put(&path, body(principal, &ledger, NIL)).await.expect(405);
                    app.delete(&path).await.expect(204);
                    app.get(&path).await.expect(404);
                    app.delete(&path).await.expect(404);
                }
            }
        }
    });
}

#[test]
fn by_name_as_oneself_and_as_default_access() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (ledger, admin) = (ledger(&app).await, house.user("admin", &[]).await);
        let me = house.user_id("admin").await;
        // What the SDKs send besides changes nothing.
        let mut said = body(&me, &ledger, NIL);
        said["@odata.type"] = json!("#microsoft.graph.appRoleAssignment");
        said["principalDisplayName"] = json!("x");
        said["createdDateTime"] = Value::Null;
        let made = admin.post("/v1.0/me/appRoleAssignments", said).await.expect(201);
        assert_eq!(made.json["appRoleId"], NIL);
        assert_ne!(made.json["principalDisplayName"], "x");
        let named = "/v1.0/users/admin@doorward.test/appRoleAssignments";
        app.post(named, body(&me, &ledger, &role(1))).await.expect(201);
        assert_eq!(app.get(named).await.expect(200).values().len(), 2);
        let object = format!("/v1.0/directoryObjects/{me}/microsoft.graph.user/appRoleAssignments");
        app.delete(&format!("{object}/{}", made.id())).await.expect(204);
        assert_eq!(app.get(named).await.expect(200).values().len(), 1);
    });
}

#[test]
fn what_does_not_fit_is_refused_by_its_name() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (ledger, ann, bob) = (ledger(&app).await, user(&app, "Ann").await, user(&app, "Bob").await);
        let (readers, robot) = (group(&app, "Readers").await, robot(&app).await.1);
        let of_ann = format!("/v1.0/users/{ann}/appRoleAssignments");
        let to_ledger = format!("/v1.0/servicePrincipals/{ledger}/appRoleAssignedTo");
        let without = |name: &str, value: Value| {
            let mut body = body(&ann, &ledger, &role(1));
            body[name] = value;
            body
        };
        for path in [&of_ann, &to_ledger] {
            for name in ["principalId", "resourceId", "appRoleId"] {
                for value in [Value::Null, json!("x"), json!(7), json!([]), json!({})] {
                    app.post(path, without(name, value)).await.expect(400).says(name);
                }
                let mut lacks = body(&ann, &ledger, &role(1));
                lacks.as_object_mut().unwrap().remove(name);
                app.post(path, lacks).await.expect(400).says(name);
            }
            app.post(path, json!([])).await.expect(400);
            app.post(path, without("appRole", json!("x"))).await.expect(400).says("appRole");
        }
        // Another than the path's.
        app.post(&of_ann, body(&bob, &ledger, &role(1))).await.expect(400).says("principalId");
        app.post(&to_ledger, body(&ann, &robot, NIL)).await.expect(400).says("resourceId");
        // Nobody, or of another kind.
        app.post(&of_ann, body(&ann, NOBODY, NIL)).await.expect(404).says("resourceId");
        app.post(&to_ledger, body(NOBODY, &ledger, &role(1))).await.expect(404).says("principalId");
        app.post(&of_ann, body(&ann, &readers, NIL)).await.expect(400).says("resourceId");
        let registered =
            app.post("/v1.0/applications", json!({ "displayName": "Only registered" })).await.expect(201).id();
        app.post(&to_ledger, body(&registered, &ledger, NIL)).await.expect(400).says("principalId");
        let nobody = format!("/v1.0/users/{NOBODY}/appRoleAssignments");
        app.post(&nobody, body(NOBODY, &ledger, NIL)).await.expect(404);
        let no_group = format!("/v1.0/groups/{ann}/appRoleAssignments");
        app.post(&no_group, body(&ann, &ledger, NIL)).await.expect(404);
        // Not a role of it, a disabled one, and one that isn't for such principals.
        for (principal, number, word) in [
            (&ann, 9, "no role"),
            (&ann, 4, "disabled"),
            (&ann, 2, "'User'"),
            (&readers, 2, "'User'"),
            (&robot, 1, "'Application'"),
        ] {
            let refused = app.post(&to_ledger, body(principal, &ledger, &role(number))).await.expect(400);
            refused.says("appRoleId").says(word);
        }
        // What hangs on somebody else is not there.
        let made = app.post(&of_ann, body(&ann, &ledger, &role(1))).await.expect(201).id();
        for path in [
            format!("/v1.0/users/{bob}/appRoleAssignments/{made}"),
            format!("/v1.0/groups/{ann}/appRoleAssignments/{made}"),
            format!("/v1.0/servicePrincipals/{robot}/appRoleAssignedTo/{made}"),
            format!("/v1.0/servicePrincipals/{ledger}/appRoleAssignments/{made}"),
            format!("{of_ann}/{NOBODY}"),
            format!("{of_ann}/x"),
        ] {
            app.delete(&path).await.expect(404);
            app.get(&path).await.expect(404);
        }
        app.delete(&of_ann).await.expect(405);
        assert_eq!(app.get(&of_ann).await.expect(200).ids(), [made]);
    });
}

#[test]
fn who_may_and_who_may_not() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (ledger, ann) = (ledger(&app).await, user(&app, "Ann").await);
        let of_ann = format!("/v1.0/users/{ann}/appRoleAssignments");
        let to_ledger = format!("/v1.0/servicePrincipals/{ledger}/appRoleAssignedTo");
        let said = || body(&ann, &ledger, &role(1));
        let writes = "AppRoleAssignment.ReadWrite.All";
        for less in [
            &["Directory.ReadWrite.All"][..],
            &["Application.ReadWrite.All", "User.ReadWrite.All", "Group.ReadWrite.All"],
            &["RoleManagement.ReadWrite.Directory"],
            &["EntitlementManagement.ReadWrite.All"],
            &["Directory.Read.All"],
        ] {
            let made = app.post(&of_ann, said()).await.expect(201).id();
            for client in [house.app_with(less).await, house.user("admin", less).await] {
                for path in [&of_ann, &to_ledger] {
                    client.post(path, said()).await.expect(403).error("Authorization_RequestDenied").says(writes);
                    client.delete(&format!("{path}/{made}")).await.expect(403).says(writes);
                }
            }
            app.delete(&format!("{of_ann}/{made}")).await.expect(204);
        }
        // By itself it gives to users and groups, lists, and takes from anybody; service principals are also read.
        let only = house.app_with(&[writes]).await;
        let made = only.post(&of_ann, said()).await.expect(201).id();
        assert_eq!(only.get(&of_ann).await.expect(200).ids(), [made.as_str()]);
        assert_eq!(only.get(&to_ledger).await.expect(200).ids(), [made.as_str()]);
        only.get(&format!("/v1.0/users/{ann}")).await.expect(403);
        only.post(&to_ledger, said()).await.expect(403).says("Application.Read.All");
        only.delete(&format!("{to_ledger}/{made}")).await.expect(204);
        let both = house.app_with(&[writes, "Application.Read.All"]).await;
        let made = both.post(&to_ledger, said()).await.expect(201).id();
        // Users need the permission and an office: none that is for applications alone.
        let path = format!("{of_ann}/{made}");
        house.user("ben", &[]).await.delete(&path).await.expect(403).says("Privileged Role Administrator");
        let ben = house.user_id("ben").await;
        let office =
            |role: uuid::Uuid| json!({ "principalId": ben, "roleDefinitionId": role, "directoryScopeId": "/" });
        let offices = "/v1.0/roleManagement/directory/roleAssignments";
        app.post(offices, office(auth::role::APPLICATION_ADMINISTRATOR)).await.expect(201);
        house.user("ben", &[]).await.delete(&path).await.expect(403);
        app.post(offices, office(auth::role::PRIVILEGED_ROLE_ADMINISTRATOR)).await.expect(201);
        house.user("ben", &["Directory.ReadWrite.All"]).await.delete(&path).await.expect(403);
        house.user("ben", &[writes]).await.delete(&path).await.expect(204);
        house.nobody().post(&of_ann, said()).await.expect(401);
    });
}

#[test]
fn a_permission_that_is_granted_is_carried_until_it_is_taken() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (graph, robot) = (graph(&app).await, robot(&app).await);
        let offered = app.get(&format!("/v1.0/servicePrincipals/{graph}?$select=appRoles")).await.expect(200);
        let roles = offered.json["appRoles"].as_array().unwrap();
        assert!(roles.iter().any(|role| role["id"] == WRITES && role["value"] == "AppRoleAssignment.ReadWrite.All"));
        let (none, nobody) = carried(house, &robot).await;
        assert_eq!(none, json!([]));
        nobody.get("/v1.0/groups").await.expect(403);

        let of_robot = format!("/v1.0/servicePrincipals/{}/appRoleAssignments", robot.1);
        let to_all = format!("/v1.0/servicePrincipals/{graph}/appRoleAssignedTo");
        let reads = app.post(&of_robot, body(&robot.1, &graph, READS_GROUPS)).await.expect(201).id();
        let (roles, reader) = carried(house, &robot).await;
        assert_eq!(roles, json!(["Group.Read.All"]));
        reader.get("/v1.0/groups").await.expect(200);
        // With that alone it helps itself to nothing more.
        reader.post(&of_robot, body(&robot.1, &graph, WRITES)).await.expect(403);
        let writes = app.post(&to_all, body(&robot.1, &graph, WRITES)).await.expect(201).id();
        let (roles, writer) = carried(house, &robot).await;
        assert_eq!(roles, json!(["Group.Read.All", "AppRoleAssignment.ReadWrite.All"]));
        writer.delete(&format!("{of_robot}/{reads}")).await.expect(204);
        assert_eq!(carried(house, &robot).await.0, json!(["AppRoleAssignment.ReadWrite.All"]));
        app.delete(&format!("{to_all}/{writes}")).await.expect(204);
        assert_eq!(carried(house, &robot).await.0, json!([]));
        // Default access opens nothing, and no user or group holds a permission of an application.
        app.post(&to_all, body(&robot.1, &graph, NIL)).await.expect(201);
        assert_eq!(carried(house, &robot).await.0, json!([]));
        let readers = group(&app, "Readers").await;
        add_member(&app, &readers, &robot.1).await;
        app.post(&to_all, body(&readers, &graph, READS_GROUPS)).await.expect(400).says("appRoleId");
        // A scope is no app role.
        let scope = "5f8c59db-677d-491f-a6b8-5f174b11ec1d";
        app.post(&to_all, body(&robot.1, &graph, scope)).await.expect(400).says("appRoleId");
    });
}

#[test]
fn the_log_tells_who_gave_and_who_took() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let ledger = ledger(&app).await;
        let to_ledger = format!("/v1.0/servicePrincipals/{ledger}/appRoleAssignedTo");
        for (principal, number, category, given, taken) in [
            (
                user(&app, "Ann").await,
                1,
                "UserManagement",
                "Add app role assignment grant to user",
                "Remove app role assignment from user",
            ),
            (
                group(&app, "Readers").await,
                1,
                "GroupManagement",
                "Add app role assignment to group",
                "Remove app role assignment from group",
            ),
            (
                robot(&app).await.1,
                2,
                "ApplicationManagement",
                "Add app role assignment to service principal",
                "Remove app role assignment from service principal",
            ),
        ] {
            let made = app.post(&to_ledger, body(&principal, &ledger, &role(number))).await.expect(201).id();
            app.delete(&format!("{to_ledger}/{made}")).await.expect(204);
            let about = format!("targetResources/any(t:t/id eq '{principal}') and category eq '{category}'");
            let log =
                app.get(&query(&format!("/v1.0/auditLogs/directoryAudits?$filter={about}&$top=2"))).await.expect(200);
            let [last, first] = log.values() else { panic!("{}", log.text()) };
            for (row, activity, old, new) in
                [(first, given, Value::Null, json!(role(number))), (last, taken, json!(role(number)), Value::Null)]
            {
                assert_eq!(row["activityDisplayName"], activity);
                let targets = row["targetResources"].as_array().unwrap();
                let ids: Vec<&Value> = targets.iter().map(|target| &target["id"]).collect();
                assert_eq!(ids, [&json!(ledger), &json!(principal)]);
                let changed = &targets[0]["modifiedProperties"][0];
                let value = |value: &Value| if value.is_null() { Value::Null } else { json!(value.to_string()) };
                assert_eq!(changed["displayName"], "appRoleId");
                assert_eq!((&changed["oldValue"], &changed["newValue"]), (&value(&old), &value(&new)));
            }
        }
    });
}

#[test]
fn a_role_that_is_withdrawn_is_held_until_it_is_taken() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (ledger, ann) = (ledger(&app).await, user(&app, "Ann").await);
        let of_ann = format!("/v1.0/users/{ann}/appRoleAssignments");
        let made = app.post(&of_ann, body(&ann, &ledger, &role(1))).await.expect(201).id();
        app.patch(&format!("/v1.0/servicePrincipals/{ledger}"), json!({ "appRoles": [] })).await.expect(204);
        assert_eq!(app.get(&of_ann).await.expect(200).ids(), [made.as_str()]);
        app.delete(&format!("{of_ann}/{made}")).await.expect(204);
        app.post(&of_ann, body(&ann, &ledger, &role(1))).await.expect(400).says("appRoleId");
    });
}

#[test]
fn of_two_who_give_the_same_one_does() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (ledger, ann) = (ledger(&app).await, user(&app, "Ann").await);
        let of_ann = format!("/v1.0/users/{ann}/appRoleAssignments");
        let to_ledger = format!("/v1.0/servicePrincipals/{ledger}/appRoleAssignedTo");
        let give = async |path: &str| app.post(path, body(&ann, &ledger, &role(1))).await.status;
        let (a, b, c, d) = tokio::join!(give(&of_ann), give(&to_ledger), give(&of_ann), give(&to_ledger));
        let mut all = [a, b, c, d];
        all.sort_unstable();
        assert_eq!(all, [201, 400, 400, 400]);
        assert_eq!(app.get(&of_ann).await.expect(200).values().len(), 1);
    });
}

#[test]
fn nothing_leads_into_another_tenant() {
    on_each_engine(async |house| {
        let (ours, theirs) = (house.app().await, house.other_tenant().await);
        let (ledger, ann) = (ledger(&ours).await, user(&ours, "Ann").await);
        let made = ours.post(&format!("/v1.0/users/{ann}/appRoleAssignments"), body(&ann, &ledger, &role(1))).await;
        let made = made.expect(201).id();
        let their_robot = service_principal(&theirs, "Robot", json!([])).await;
        let their_graph = graph(&theirs).await;
        assert_ne!(their_graph, graph(&ours).await);
        for (path, principal, resource) in [
            (format!("users/{ann}/appRoleAssignments"), &ann, &their_graph),
            (format!("servicePrincipals/{ledger}/appRoleAssignedTo"), &their_robot, &ledger),
            (format!("servicePrincipals/{their_graph}/appRoleAssignedTo"), &ann, &their_graph),
            (format!("servicePrincipals/{their_robot}/appRoleAssignments"), &their_robot, &ledger),
        ] {
            let answer = theirs.post(&format!("/v1.0/{path}"), body(principal, resource, NIL)).await.expect(404);
            assert!(!answer.text().contains("Ledger"), "{}", answer.text());
        }
        for path in [
            format!("/v1.0/users/{ann}/appRoleAssignments/{made}"),
            format!("/v1.0/servicePrincipals/{ledger}/appRoleAssignedTo/{made}"),
            format!("/v1.0/servicePrincipals/{their_graph}/appRoleAssignedTo/{made}"),
        ] {
            theirs.get(&path).await.expect(404);
            theirs.delete(&path).await.expect(404);
        }
        ours.get(&format!("/v1.0/users/{ann}/appRoleAssignments/{made}")).await.expect(200);
    });
}
