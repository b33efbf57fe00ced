//! What tests of the life of access do first: packages that bring something, policies, requests.

use crate::clock::clock;
use crate::resources;
use crate::steps::{V1, catalog, group, package, package_link};
use serde_json::{Value, json};
pub use testkit::until;
use testkit::{Client, House, until_found};

/// What somebody may do about their own access.
pub const SUBJECT: &str = "EntitlementMgmt-SubjectAccess.ReadWrite";

/// An access package that makes its holders members of a group.
#[derive(Debug, Clone)]
pub struct Offer {
    pub catalog: String,
    pub package: String,
    pub group: String,
    pub resource: String,
}

/// A package of this name in a catalog of its own, with the membership of a group of its own.
pub async fn offer(app: &Client, name: &str) -> Offer {
    let catalog = catalog(app, &format!("{name} catalog")).await;
    offer_in(app, &catalog, name).await
}

pub async fn offer_in(app: &Client, catalog: &str, name: &str) -> Offer {
    let group = group(app, &format!("{name} group")).await;
    let package = package(app, catalog, name).await;
    let resource = onboard(app, catalog, &group).await;
    bring(app, &package, &resource, &format!("Member_{group}"), &group).await.expect(201);
    Offer { catalog: catalog.to_owned(), package, group, resource }
}

/// Makes a group a resource of a catalog; gives the resource's id.
pub async fn onboard(app: &Client, catalog: &str, group: &str) -> String {
    resources::onboard(app, catalog, group).await.expect(201);
    resources::resource(app, catalog, group).await["id"].as_str().expect("a resource").to_owned()
}

/// Lets a package bring a role of a group.
pub async fn bring(app: &Client, package: &str, resource: &str, role: &str, group: &str) -> testkit::Answer {
    let body = json!({
        "role": {
            "displayName": role.split('_').next(), "originId": role, "originSystem": "AadGroup",
            "resource": { "id": resource, "originId": group, "originSystem": "AadGroup" },
        },
        "scope": { "originId": group, "originSystem": "AadGroup", "isRootScope": true },
    });
    app.post(&format!("{V1}/accessPackages/{package}/resourceRoleScopes"), body).await
}

/// A policy for direct assignment, without an end.
pub fn direct() -> Value {
    json!({
        "displayName": "Direct", "description": "Administrators assign", "allowedTargetScope": "notSpecified",
        "specificAllowedTargets": [], "expiration": { "type": "noExpiration" },
    })
}

/// A policy for all members, who ask for themselves.
pub fn for_all() -> Value {
    json!({
        "displayName": "Everybody", "description": "All members may ask", "allowedTargetScope": "allMemberUsers",
        "specificAllowedTargets": [], "expiration": { "type": "noExpiration" },
        "requestorSettings": {
            "enableTargetsToSelfAddAccess": true, "enableTargetsToSelfUpdateAccess": true,
            "enableTargetsToSelfRemoveAccess": true, "allowCustomAssignmentSchedule": true,
            "enableOnBehalfRequestorsToAddAccess": false, "enableOnBehalfRequestorsToUpdateAccess": false,
            "enableOnBehalfRequestorsToRemoveAccess": false, "onBehalfRequestors": [],
        },
    })
}

/// The same, after the approval of these users, one stage for each.
pub fn approved_by(approvers: &[&str]) -> Value {
    let stage = |user: &&str| stage(json!({ "@odata.type": "#microsoft.graph.singleUser", "userId": user }));
    with(
        for_all(),
        json!({
            "requestApprovalSettings": {
                "isApprovalRequiredForAdd": true, "isApprovalRequiredForUpdate": false,
                "stages": approvers.iter().map(stage).collect::<Vec<_>>(),
            },
        }),
    )
}

/// A stage of approval, with one approver or kind of approver.
pub fn stage(approver: Value) -> Value {
    json!({
        "durationBeforeAutomaticDenial": "P14D", "isApproverJustificationRequired": false,
        "isEscalationEnabled": false, "fallbackPrimaryApprovers": [], "escalationApprovers": [],
        "fallbackEscalationApprovers": [], "primaryApprovers": [approver],
    })
}

/// A body with more in it.
pub fn with(mut body: Value, more: Value) -> Value {
    if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
        body.extend(more.clone());
    }
    body
}

pub async fn policy(app: &Client, package: &str, body: Value) -> String {
    let body = with(body, json!({ "accessPackage": { "id": package } }));
    app.post(&format!("{V1}/assignmentPolicies"), body).await.expect(201).id()
}

/// The body of a direct assignment.
pub fn admin_add(package: &str, policy: &str, user: &str) -> Value {
    json!({
        "requestType": "adminAdd",
        "assignment": { "targetId": user, "assignmentPolicyId": policy, "accessPackageId": package },
    })
}

pub fn user_add(package: &str) -> Value {
    json!({ "requestType": "userAdd", "assignment": { "accessPackageId": package } })
}

pub async fn ask(client: &Client, body: Value) -> testkit::Answer {
    client.post(&format!("{V1}/assignmentRequests"), body).await
}

/// The request, once the worker has nothing more to do about it.
pub async fn settled(app: &Client, request: &str) -> Value {
    let path = format!("{V1}/assignmentRequests/{request}?$expand=assignment");
    until_found(async || {
        let seen = app.get(&path).await.expect(200).json;
        match seen["state"].as_str() {
            Some("submitted" | "delivering") => Err(format!("the request has not settled: {seen}")),
            _ => Ok(seen),
        }
    })
    .await
}

/// Gives a verdict in the stage that is open.
pub async fn decide(client: &Client, request: &str, verdict: Value) {
    let path = format!("{V1}/accessPackageAssignmentApprovals/{request}");
    let stages = client.get(&format!("{path}/stages")).await.expect(200);
    let open = stages.values().iter().find(|stage| stage["status"] == "InProgress").expect("an open stage");
    client.patch(&format!("{path}/stages/{}", open["id"].as_str().unwrap()), verdict).await.expect(204);
}

/// Assigns directly, and waits; gives the request as it has settled.
pub async fn assign(app: &Client, package: &str, policy: &str, user: &str) -> Value {
    let request = ask(app, admin_add(package, policy, user)).await.expect(201).id();
    settled(app, &request).await
}

/// Ends what somebody holds by a request, and waits until it is taken.
pub async fn remove(app: &Client, request: &Value) {
    let body = json!({ "requestType": "adminRemove", "assignment": { "id": request["assignment"]["id"] } });
    let removal = ask(app, body).await.expect(201).id();
    assert_eq!(settled(app, &removal).await["state"], "delivered");
}

/// The ids of the direct members of a group.
pub async fn members(app: &Client, group: &str) -> Vec<String> {
    let found = app.get(&format!("/v1.0/groups/{group}/members?$select=id")).await.expect(200);
    found.values().iter().filter_map(|member| member["id"].as_str().map(str::to_owned)).collect()
}

/// The assignments of a package, with their states.
pub async fn assignments(app: &Client, package: &str) -> Vec<Value> {
    let filter = format!("$filter=accessPackage/id%20eq%20'{package}'");
    app.get(&format!("{V1}/assignments?{filter}&$expand=target")).await.expect(200).values().to_vec()
}

/// Moves the tenant's time on by a span as `14d`, to where everything that was due has been done: what
/// has not happened then does not happen. `0d` only waits.
pub async fn advance(house: &House, span: &str) {
    let mut answer = clock(house, json!({ "advance": span })).await;
    // The server waits for that too, and not for long.
    until_found(async || {
        if answer.json["tasksDue"] == 0 {
            return Ok(());
        }
        answer = house.nobody().get("/dev/clock").await.expect(200);
        Err(answer.text())
    })
    .await;
}

/// The letters to somebody that are in the inbox now, the newest first.
pub async fn letters(house: &House, to: &str) -> Vec<Value> {
    let nobody = house.nobody().with("accept", "application/json");
    nobody.get(&format!("/dev/mail?to={to}@doorward.test")).await.expect(200).values().to_vec()
}

/// Waits for a letter of this kind: letters leave after the change that they are about.
pub async fn letter(house: &House, to: &str, event: &str) -> Value {
    until_found(async || {
        let letters = letters(house, to).await;
        let found = letters.iter().find(|letter| letter["event"] == event).cloned();
        found.ok_or_else(|| format!("no '{event}' to {to} among {letters:?}"))
    })
    .await
}

/// `package` may not be had by holders of `other`.
pub async fn forbid(app: &Client, package: &str, other: &str) {
    let path = format!("{V1}/accessPackages/{package}/incompatibleAccessPackages/$ref");
    app.post(&path, package_link(other)).await.expect(204);
}
