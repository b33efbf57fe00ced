//! Commands whose body or path names several related objects, asked by somebody who has rights on some of them
//! only. Whatever the combination: nothing changes in a catalog where the caller has no role, and no request that
//! names something of it succeeds.

use crate::life::kit::{approved_by, assign, direct, offer, policy, remove, settled, user_add, with};
use crate::life::receiver::Receiver;
use crate::permissions_roles::{READER, ROLES, assign as assign_role, somebody};
use crate::steps::{BETA, V1, link, package, package_link};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use std::sync::OnceLock;
use testkit::{Client, House};

const OWNER: &str = "ae79f266-94d4-4dab-b730-feca7e132178";
const CATALOG_CREATOR: &str = "ba92d953-d8e0-4e39-a797-0cbedb0a89e8";
const EXTENSION: &str = "#microsoft.graph.accessPackageAssignmentRequestWorkflowExtension";

/// A catalog, and what a body can name of it.
#[derive(Debug, Clone)]
struct Side {
    catalog: String,
    package: String,
    /// A further package, with a request that waits for approval.
    second: String,
    policy: String,
    group: String,
    resource: String,
    role: String,
    role_scope: String,
    extension: String,
    held: String,
    expired: String,
    request: String,
    stage: String,
    application: String,
    key: String,
}

impl Side {
    /// `owner` decides in this catalog, and owns what isn't the catalog's.
    async fn new(house: &House, app: &Client, name: &str, (client, owner): (&Client, &str)) -> Side {
        let offer = offer(app, name).await;
        let direct = policy(app, &offer.package, direct()).await;
        app.post(&format!("/v1.0/groups/{}/owners/$ref", offer.group), user_link(owner)).await.expect(204);
        let second = package(app, &offer.catalog, &format!("{name} second")).await;
        let eve = house.user_id("eve").await;
        let only = json!([{ "@odata.type": "#microsoft.graph.singleUser", "userId": eve }]);
        let asked = with(
            approved_by(&[owner]),
            json!({ "allowedTargetScope": "specificDirectoryUsers", "specificAllowedTargets": only }),
        );
        policy(app, &second, asked).await;
        let path = format!("{V1}/assignmentRequests");
        let request = house.user("eve", &[]).await.post(&path, user_add(&second)).await.expect(201).id();
        assert_eq!(settled(app, &request).await["state"], "pendingApproval");
        let stages = format!("{V1}/accessPackageAssignmentApprovals/{request}/stages");
        let stage = client.get(&stages).await.expect(200).ids().remove(0);
        let held = assign(app, &offer.package, &direct, &house.user_id("ben").await).await;
        let expired = assign(app, &offer.package, &direct, &house.user_id("cho").await).await;
        remove(app, &expired).await;
        let extensions = format!("{V1}/catalogs/{}/customWorkflowExtensions", offer.catalog);
        let extension = app.post(&extensions, extension()).await.expect(201).id();
        let scopes = format!("{V1}/accessPackages/{}/resourceRoleScopes?$expand=role", offer.package);
        let scopes = app.get(&scopes).await.expect(200);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let body = json!({ "displayName": format!("{name} application") });
        let application = app.post("/v1.0/applications", body).await.expect(201).id();
        app.post(&format!("/v1.0/applications/{application}/owners/$ref"), user_link(owner)).await.expect(204);
        let secret = app.post(&format!("/v1.0/applications/{application}/addPassword"), json!({})).await.expect(200);
        Side {
            catalog: offer.catalog,
            package: offer.package,
            second,
            policy: direct,
            group: offer.group,
            resource: offer.resource,
            role: text(&scopes.values()[0]["role"]["id"]),
            role_scope: scopes.ids().remove(0),
            extension,
            held: text(&held["assignment"]["id"]),
            expired: text(&expired["assignment"]["id"]),
            request,
            stage,
            application,
            key: text(&secret.json["keyId"]),
        }
    }

    /// Everything that can be seen of it.
    async fn seen(&self, app: &Client, approver: &Client) -> Vec<Value> {
        let Side { catalog, package, second, group, request, application, .. } = self;
        let mut seen = Vec::new();
        let parts =
            "$expand=resourceRoleScopes($expand=role,scope),incompatibleAccessPackages,incompatibleGroups,catalog";
        let of = |package: &str| format!("$filter=accessPackage/id%20eq%20'{package}'");
        for path in [
            format!("{V1}/catalogs/{catalog}"),
            format!("{V1}/catalogs/{catalog}/accessPackages?$orderby=displayName"),
            format!("{V1}/catalogs/{catalog}/resources?$expand=roles,scopes"),
            format!("{V1}/catalogs/{catalog}/customWorkflowExtensions"),
            format!("{V1}/accessPackages/{package}?{parts}"),
            format!("{V1}/accessPackages/{second}?{parts}"),
            format!("{V1}/assignmentPolicies?{}&$expand=customExtensionStageSettings,accessPackage", of(package)),
            format!("{V1}/assignmentPolicies?{}&$expand=accessPackage", of(second)),
            format!("{V1}/assignments?{}&$expand=target,assignmentPolicy", of(package)),
            format!("{V1}/assignmentRequests?{}&$expand=assignment", of(package)),
            format!("{V1}/assignmentRequests?{}", of(second)),
            format!("{ROLES}?$filter=appScopeId%20eq%20'/AccessPackageCatalog/{catalog}'"),
            format!("/v1.0/groups/{group}/members?$select=id"),
            format!("/v1.0/applications/{application}"),
        ] {
            let mut answer = app.get(&path).await.expect(200).json;
            if let Some(list) = answer["value"].as_array_mut() {
                list.sort_by_key(|each| each["id"].to_string());
            }
            seen.push(answer);
        }
        let approval = format!("{V1}/accessPackageAssignmentApprovals/{request}?$expand=stages");
        seen.push(approver.get(&approval).await.expect(200).json);
        seen
    }
}

fn user_link(id: &str) -> Value {
    link(format!("https://graph.microsoft.com/v1.0/users/{id}"))
}

/// Where the extensions are: a request may come to be whose policy calls one, and a call that nobody answers is
/// reported when the test ends.
fn endpoint() -> &'static str {
    static ENDPOINT: OnceLock<String> = OnceLock::new();
    ENDPOINT.get_or_init(|| Receiver::start().url("checks"))
}

fn extension() -> Value {
    json!({
        "@odata.type": EXTENSION, "displayName": "Checks", "description": "",
        "endpointConfiguration": {
            "@odata.type": "#microsoft.graph.httpRequestEndpoint", "targetUrl": endpoint(),
        },
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Mine,
    Theirs,
    Nobodys,
}

/// A command with whose object stands in each of its places.
#[derive(Debug, Clone)]
struct Wish {
    command: fn(&mut Places<'_>) -> Call,
    /// The type of a request, where there is one.
    kind: &'static str,
    beta: bool,
    /// Whether objects are named by references where that can be.
    bound: bool,
    whose: Vec<Whose>,
}

/// What is sent.
#[derive(Debug)]
struct Call {
    method: &'static str,
    path: String,
    body: Value,
}

/// Fills the places of a command.
struct Places<'a> {
    mine: &'a Side,
    theirs: &'a Side,
    caller: &'a str,
    wish: Wish,
    at: usize,
    /// Whether something of theirs is named that counts.
    foreign: bool,
}

impl Places<'_> {
    fn next(&mut self) -> Whose {
        let whose = self.wish.whose[self.at % self.wish.whose.len()];
        self.at += 1;
        whose
    }

    /// What stands in the next place, if anything does.
    fn some(&mut self, of: fn(&Side) -> &String) -> Option<String> {
        match self.next() {
            Whose::Nobodys => None,
            Whose::Mine => Some(of(self.mine).clone()),
            Whose::Theirs => {
                self.foreign = true;
                Some(of(self.theirs).clone())
            }
        }
    }

    /// What stands in the next place, which can't be empty.
    fn one(&mut self, of: fn(&Side) -> &String) -> String {
        self.some(of).unwrap_or_else(|| of(self.mine).clone())
    }

    fn root(&self) -> &'static str {
        if self.wish.beta { BETA } else { V1 }
    }

    fn by<'n>(&self, v1: &'n str, beta: &'n str) -> &'n str {
        if self.wish.beta { beta } else { v1 }
    }

    /// Names something in a body: inline, or by a reference.
    fn name(&self, body: &mut Value, navigation: &str, set: &str, id: Option<String>) {
        let Some(id) = id else { return };
        match self.wish.bound {
            true => body[format!("{navigation}@odata.bind")] = json!(format!("{}/{set}/{id}", self.root())),
            false => body[navigation] = json!({ "id": id }),
        }
    }
}

fn put(body: &mut Value, name: &str, value: Option<String>) {
    if let Some(value) = value {
        body[name] = json!(value);
    }
}

fn post(path: String, body: Value) -> Call {
    Call { method: "POST", path, body }
}

fn assignment_request(places: &mut Places<'_>) -> Call {
    let mut drawn = json!({ "targetId": places.caller });
    let expired = places.next() == Whose::Mine;
    put(&mut drawn, "id", if expired { places.some(|side| &side.expired) } else { places.some(|side| &side.held) });
    put(&mut drawn, "accessPackageId", places.some(|side| &side.package));
    put(&mut drawn, "assignmentPolicyId", places.some(|side| &side.policy));
    let (package, policy) = (places.some(|side| &side.package), places.some(|side| &side.policy));
    places.name(&mut drawn, "accessPackage", "accessPackages", package);
    let navigation = places.by("assignmentPolicy", "accessPackageAssignmentPolicy");
    let set = places.by("assignmentPolicies", "accessPackageAssignmentPolicies");
    places.name(&mut drawn, navigation, set, policy);
    if places.next() == Whose::Nobodys {
        drawn.as_object_mut().unwrap().remove("targetId");
    }
    if places.wish.beta {
        put(&mut drawn, "catalogId", places.some(|side| &side.catalog));
    }
    let mut body = json!({ "requestType": places.wish.kind });
    let package = places.some(|side| &side.package);
    places.name(&mut body, "accessPackage", "accessPackages", package);
    body[places.by("assignment", "accessPackageAssignment")] = drawn;
    let set = places.by("assignmentRequests", "accessPackageAssignmentRequests");
    post(format!("{}/{set}", places.root()), body)
}

fn role_scope(places: &mut Places<'_>) -> Call {
    let package = places.one(|side| &side.second);
    let group = places.one(|side| &side.group);
    let (resource, of_scope) = (places.some(|side| &side.resource), places.some(|side| &side.resource));
    let inner = places.by("resource", "accessPackageResource").to_owned();
    let mut role = json!({ "originId": format!("Member_{group}"), "originSystem": "AadGroup" });
    if let Some(resource) = &resource {
        role[&inner] = json!({ "id": resource });
        // With the resource, the role's origin decides, and an id beside it is not looked at.
        let before = places.foreign;
        put(&mut role, "id", places.some(|side| &side.role));
        places.foreign = before;
    }
    let mut scope = json!({ "originId": places.one(|side| &side.group), "originSystem": "AadGroup" });
    if let Some(resource) = of_scope {
        scope[&inner] = json!({ "id": resource });
    }
    let (role_name, scope_name, set) = match places.wish.beta {
        false => ("role", "scope", "resourceRoleScopes"),
        true => ("accessPackageResourceRole", "accessPackageResourceScope", "accessPackageResourceRoleScopes"),
    };
    let path = format!("{}/accessPackages/{package}/{set}", places.root());
    post(path, json!({ role_name: role, scope_name: scope }))
}

fn role_scope_removal(places: &mut Places<'_>) -> Call {
    let (package, scope) = (places.one(|side| &side.second), places.one(|side| &side.role_scope));
    let set = places.by("resourceRoleScopes", "accessPackageResourceRoleScopes");
    Call {
        method: "DELETE",
        path: format!("{}/accessPackages/{package}/{set}/{scope}", places.root()),
        body: Value::Null,
    }
}

fn resource_request(places: &mut Places<'_>) -> Call {
    let kind = match places.next() {
        Whose::Mine => "adminAdd",
        Whose::Theirs => "adminUpdate",
        Whose::Nobodys => "adminRemove",
    };
    let mut resource = json!({ "originSystem": "AadGroup", "description": "Named" });
    put(&mut resource, "id", places.some(|side| &side.resource));
    put(&mut resource, "originId", places.some(|side| &side.group));
    let mut body = json!({ "requestType": kind });
    let catalog = Some(places.one(|side| &side.catalog));
    match places.wish.beta {
        true => put(&mut body, "catalogId", catalog),
        false => places.name(&mut body, "catalog", "catalogs", catalog),
    }
    body[places.by("resource", "accessPackageResource")] = resource;
    post(format!("{}/{}", places.root(), places.by("resourceRequests", "accessPackageResourceRequests")), body)
}

fn package_move(places: &mut Places<'_>) -> Call {
    let (package, catalog) = (places.one(|side| &side.second), places.one(|side| &side.catalog));
    post(format!("{BETA}/accessPackages/{package}/moveToCatalog"), json!({ "catalogId": catalog }))
}

fn package_update(places: &mut Places<'_>) -> Call {
    let package = places.one(|side| &side.second);
    let mut body = json!({ "description": "Changed" });
    let catalog = places.some(|side| &side.catalog);
    let set = places.by("catalogs", "accessPackageCatalogs");
    places.name(&mut body, places.by("catalog", "accessPackageCatalog"), set, catalog);
    if places.wish.beta {
        put(&mut body, "catalogId", places.some(|side| &side.catalog));
    }
    Call { method: "PATCH", path: format!("{}/accessPackages/{package}", places.root()), body }
}

fn package_create(places: &mut Places<'_>) -> Call {
    let mut body = json!({ "displayName": format!("New {}", uuid::Uuid::new_v4()), "description": "" });
    let catalog = Some(places.one(|side| &side.catalog));
    let set = places.by("catalogs", "accessPackageCatalogs");
    places.name(&mut body, places.by("catalog", "accessPackageCatalog"), set, catalog);
    if !places.wish.beta {
        return post(format!("{V1}/accessPackages"), body);
    }
    put(&mut body, "catalogId", places.some(|side| &side.catalog));
    match places.some(|side| &side.catalog) {
        Some(catalog) => post(format!("{BETA}/accessPackageCatalogs/{catalog}/accessPackages"), body),
        None => post(format!("{BETA}/accessPackages"), body),
    }
}

/// A policy's body: its package, by each of its names, and an extension.
fn policy_body(places: &mut Places<'_>) -> Value {
    let mut body = match places.wish.beta {
        false => direct(),
        true => json!({ "displayName": "Direct", "description": "" }),
    };
    let package = Some(places.one(|side| &side.package));
    places.name(&mut body, "accessPackage", "accessPackages", package);
    if places.wish.beta {
        put(&mut body, "accessPackageId", places.some(|side| &side.package));
    }
    if let Some(extension) = places.some(|side| &side.extension) {
        let setting = json!({ "stage": "assignmentRequestGranted", "customExtension": { "id": extension } });
        body["customExtensionStageSettings"] = json!([setting]);
    }
    body
}

fn policy_create(places: &mut Places<'_>) -> Call {
    let body = policy_body(places);
    let set = places.by("assignmentPolicies", "accessPackageAssignmentPolicies");
    post(format!("{}/{set}", places.root()), body)
}

fn policy_replace(places: &mut Places<'_>) -> Call {
    let policy = places.one(|side| &side.policy);
    let body = policy_body(places);
    let set = places.by("assignmentPolicies", "accessPackageAssignmentPolicies");
    Call { method: "PUT", path: format!("{}/{set}/{policy}", places.root()), body }
}

fn extension_replace(places: &mut Places<'_>) -> Call {
    let (catalog, id) = (places.one(|side| &side.catalog), places.one(|side| &side.extension));
    let mut body = extension();
    put(&mut body, "id", places.some(|side| &side.extension));
    let path = match places.wish.beta {
        false => format!("{V1}/catalogs/{catalog}/customWorkflowExtensions/{id}"),
        true => format!("{BETA}/accessPackageCatalogs/{catalog}/accessPackageCustomWorkflowExtensions/{id}"),
    };
    Call { method: "PUT", path, body }
}

fn incompatible_package(places: &mut Places<'_>) -> Call {
    let (package, other) = (places.one(|side| &side.package), places.one(|side| &side.second));
    let path = format!("{}/accessPackages/{package}/incompatibleAccessPackages", places.root());
    match places.next() {
        Whose::Mine => post(format!("{path}/$ref"), package_link(&other)),
        _ => Call { method: "DELETE", path: format!("{path}/{other}/$ref"), body: Value::Null },
    }
}

fn incompatible_group(places: &mut Places<'_>) -> Call {
    let (catalog, package) = (places.one(|side| &side.catalog), places.one(|side| &side.package));
    let body = json!({ "@odata.type": "#microsoft.graph.group", "id": places.mine.group });
    post(format!("{BETA}/accessPackageCatalogs/{catalog}/accessPackages/{package}/incompatibleGroups"), body)
}

fn decision(places: &mut Places<'_>) -> Call {
    let (approval, stage) = (places.one(|side| &side.request), places.one(|side| &side.stage));
    let mut body = json!({ "reviewResult": "Approve", "justification": "Named" });
    put(&mut body, "id", places.some(|side| &side.stage));
    let stages = places.by("stages", "steps");
    let path = format!("{}/accessPackageAssignmentApprovals/{approval}/{stages}/{stage}", places.root());
    Call { method: "PATCH", path, body }
}

fn role_assignment(places: &mut Places<'_>) -> Call {
    let scope = |id: String| format!("/AccessPackageCatalog/{id}");
    let mut body = json!({ "principalId": places.caller, "roleDefinitionId": READER });
    put(&mut body, "appScopeId", places.some(|side| &side.catalog).map(scope));
    put(&mut body, "directoryScopeId", places.some(|side| &side.catalog).map(scope));
    post(ROLES.to_owned(), body)
}

fn secret_removal(places: &mut Places<'_>) -> Call {
    let (application, key) = (places.one(|side| &side.application), places.one(|side| &side.key));
    post(format!("/v1.0/applications/{application}/removePassword"), json!({ "keyId": key }))
}

fn wishes() -> impl Strategy<Value = Wish> {
    let commands: Vec<fn(&mut Places<'_>) -> Call> = vec![
        // The first, from which most can be asked, oftener.
        assignment_request,
        assignment_request,
        assignment_request,
        assignment_request,
        role_scope,
        role_scope_removal,
        resource_request,
        package_move,
        package_update,
        package_create,
        policy_create,
        policy_replace,
        extension_replace,
        incompatible_package,
        incompatible_group,
        decision,
        role_assignment,
        secret_removal,
    ];
    let kinds = vec![
        "adminAdd",
        "adminUpdate",
        "adminRemove",
        "userAdd",
        "userUpdate",
        "userRemove",
        "onBehalfAdd",
        "approverRemove",
    ];
    let whose = prop_oneof![3 => Just(Whose::Mine), 2 => Just(Whose::Theirs), 2 => Just(Whose::Nobodys)];
    (select(commands), select(kinds), any::<bool>(), any::<bool>(), proptest::collection::vec(whose, 12))
        .prop_map(|(command, kind, beta, bound, whose)| Wish { command, kind, beta, bound, whose })
}

async fn nothing_of_theirs_changes(house: &House, wishes_number: usize) {
    let app = house.app().await;
    let (caller, id) = somebody(house, &app).await;
    let mine = Side::new(house, &app, "Mine", (&caller, &id)).await;
    let (ada, ada_id) = (house.user("ada", &[]).await, house.user_id("ada").await);
    let theirs = Side::new(house, &app, "Theirs", (&ada, &ada_id)).await;
    assign_role(&app, &id, OWNER, Some(&mine.catalog)).await;
    assign_role(&app, &id, CATALOG_CREATOR, None).await;
    let before = theirs.seen(&app, &ada).await;
    let (strategy, mut runner) = (wishes(), TestRunner::default());
    let mut succeeded = 0;
    for _ in 0..wishes_number {
        let wish = strategy.new_tree(&mut runner).unwrap().current();
        let command = wish.command;
        let mut places = Places { mine: &mine, theirs: &theirs, caller: &id, wish, at: 0, foreign: false };
        let call = command(&mut places);
        let body = Some(&call.body).filter(|body| !body.is_null()).map(Value::to_string);
        let answer = caller.send(call.method, &call.path, body).await;
        let fine = answer.status < 300;
        assert!(answer.status < 500, "{call:#?}: {}", answer.text());
        assert!(!(fine && places.foreign), "{call:#?}\nof {theirs:#?}\nis {}: {}", answer.status, answer.text());
        if fine {
            succeeded += 1;
            assert_eq!(theirs.seen(&app, &ada).await, before, "after {call:#?}");
        }
    }
    // What was asked for among one's own is possible; else nothing is proved.
    assert!(succeeded * 20 > wishes_number, "{succeeded} of {wishes_number} succeeded");
    crate::life::kit::advance(house, "0d").await;
    assert_eq!(theirs.seen(&app, &ada).await, before);
}

#[test]
fn requests_that_mix_catalogs_change_nothing_where_the_caller_has_no_role() {
    testkit::on_sqlite(async |house| nothing_of_theirs_changes(house, 400).await);
}

#[test]
fn requests_that_mix_catalogs_change_nothing_where_the_caller_has_no_role_on_postgres() {
    testkit::on_postgres(async |house| nothing_of_theirs_changes(house, 100).await);
}
