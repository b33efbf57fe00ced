//! `--dev`: the fixed tenant, client and people that documentation and scripts name, a small sample
//! organization, and tokens without passwords. Nothing of this exists without the flag. The sample
//! is made by requests that walk the line like anybody's.

mod clock;
mod inbox;

use crate::app::App;
use crate::error::{Area, Error, StartError};
use crate::hashing::Lane;
use crate::http::{Door, run};
use crate::line::{Ask, Headers};
use crate::login;
use crate::permissions::Registration;
use crate::trace;
use auth::issuer::mint::Subject;
use auth::permission::Permissions;
use axum::Router;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use model::surface::Version;
use serde_json::{Value, json};
use store::tenant::NewTenant;
use uuid::{Uuid, uuid};

pub const TENANT: Uuid = uuid!("11111111-1111-4111-8111-111111111111");
pub const APPLICATION: Uuid = uuid!("22222222-2222-4222-8222-222222222222");
const SERVICE_PRINCIPAL: Uuid = uuid!("22222222-2222-4222-8222-222222222223");
const REGISTRATION: Uuid = uuid!("22222222-2222-4222-8222-222222222224");
const SECRET: &str = "doorward-dev-secret";
const PASSWORD: &str = "doorward-dev";
const DOMAIN: &str = "doorward.test";
const NAME: &str = "Doorward development";
/// The client's secret never needs renewing.
const SECRET_LIFE: i64 = 50 * 365 * 86_400 * 1_000_000;
const EM: &str = "/identityGovernance/entitlementManagement";

/// User principal name before the `@`, display name, job title, department, whether ada is the manager.
const PEOPLE: &[(&str, &str, &str, &str, bool)] = &[
    ("admin", "Admin", "Administrator", "IT", false),
    ("ada", "Ada Achterberg", "Head of payments", "Finance", false),
    ("ben", "Ben Bakker", "Payments clerk", "Finance", true),
    ("cho", "Cho Chanda", "Payments clerk", "Finance", true),
    ("dan", "Dan Dekker", "Treasurer", "Finance", true),
    ("eve", "Eve Evers", "Auditor", "Audit", false),
];

/// Routes that only development has.
pub fn routes(door: &Door) -> Router<Door> {
    login::dev_routes(door).merge(clock::routes(door)).merge(inbox::routes(door))
}

/// A refusal of one of these routes, in Graph's shape.
fn refused(app: &App, call: &login::Call, error: &Error, allow: &'static str) -> Response {
    let problem = error.problem(Area::Entitlement, Version::V1);
    trace::failed(&problem, call.request_id);
    let id = call.request_id.to_string();
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(header::ALLOW, HeaderValue::from_static(allow));
    }
    (status, headers, problem.body(app.clock.now(), &id, &id)).into_response()
}

/// Without `--dev` every tenant lives in real time, whatever became of its clock before; but what it
/// did in its future stands in the database.
pub async fn warn_of_moved_clocks(app: &App) -> Result<(), StartError> {
    for (tenant, ahead) in app.store.clock_offsets().await? {
        let seconds = ahead / 1_000_000;
        tracing::warn!(%tenant, seconds, "the tenant's clock was moved by --dev; some of its times are in the future");
    }
    Ok(())
}

/// Makes the fixed tenant and client, unless they are there.
pub async fn tenant(app: &App) -> Result<(), StartError> {
    let now = app.clock.now();
    let offers = crate::permissions::offers();
    let tenant = NewTenant {
        id: TENANT,
        name: NAME.to_owned(),
        domain: DOMAIN.to_owned(),
        catalog_id: app.clock.id(),
        graph_id: app.clock.id(),
        app_roles: offers.app_roles,
        scopes: offers.scopes,
        audit_id: app.clock.id(),
        now,
    };
    app.store.tenant_create(tenant).await?;
    if app.store.client_find(TENANT, APPLICATION).await?.is_none() {
        let registration = Registration {
            app_id: APPLICATION,
            application_id: REGISTRATION,
            service_principal_id: SERVICE_PRINCIPAL,
            name: NAME.to_owned(),
            public: true,
            redirect_uris: vec!["http://localhost".to_owned()],
            app_permissions: Permissions::all_roles(),
            scopes: Permissions::all_scopes(),
            secret: Some(SECRET.to_owned()),
            secret_life: SECRET_LIFE,
        };
        let clock = app.clock;
        let client = app.hashing.run(Lane::New, None, move |hasher| registration.new_client(clock, hasher));
        let client = client.await.map_err(|error| StartError::Other(format!("{error:?}")))?;
        let client = client.map_err(StartError::Other)?;
        app.store.client_create(TENANT, client).await?;
    }
    login::keys(app, TENANT).await.map_err(|error| StartError::Other(format!("{error:?}")))?;
    Ok(())
}

/// Makes the sample organization, unless its people are there.
///
/// # Errors
/// [`StartError::Other`] with the request that failed.
pub async fn sample(app: &App) -> Result<(), StartError> {
    if app.store.account_find(TENANT, &format!("admin@{DOMAIN}")).await?.is_some() {
        return Ok(());
    }
    let caller = Caller { app, token: token(app).await? };
    let mut ids = Vec::new();
    for (name, display_name, title, department, _) in PEOPLE {
        let person = json!({
            "accountEnabled": true, "displayName": display_name, "mailNickname": name, "jobTitle": title,
            "department": department, "givenName": display_name.split(' ').next(), "mail": format!("{name}@{DOMAIN}"),
            "surname": display_name.split(' ').nth(1), "userPrincipalName": format!("{name}@{DOMAIN}"),
            "passwordProfile": { "password": PASSWORD, "forceChangePasswordNextSignIn": false },
        });
        ids.push(caller.create("/users", person).await?);
    }
    let person = |name: &str| {
        let at = PEOPLE.iter().position(|(known, ..)| *known == name);
        at.and_then(|at| ids.get(at)).cloned().unwrap_or_default()
    };
    for ((_, _, _, _, reports), id) in PEOPLE.iter().zip(&ids) {
        if *reports {
            caller.send("PUT", &format!("/users/{id}/manager/$ref"), reference("users", &person("ada"))).await?;
        }
    }
    let admin = json!({
        "principalId": person("admin"), "directoryScopeId": "/",
        "roleDefinitionId": auth::role::GLOBAL_ADMINISTRATOR.to_string(),
    });
    caller.create("/roleManagement/directory/roleAssignments", admin).await?;
    payments(&caller, &person("dan"), &[person("ben"), person("cho")]).await
}

/// Payments may be entered or released, never both.
async fn payments(caller: &Caller<'_>, releaser: &str, clerks: &[String]) -> Result<(), StartError> {
    let group = |name: &str, nickname: &str, description: &str| {
        json!({
            "displayName": name, "description": description, "mailEnabled": false, "mailNickname": nickname,
            "securityEnabled": true,
        })
    };
    let body = group("Payment clerks", "payment-clerks", "May enter payments into the ledger.");
    let clerk_group = caller.create("/groups", body).await?;
    let body = group("Payment releasers", "payment-releasers", "May release payments to the bank.");
    let releasers = caller.create("/groups", body).await?;
    for clerk in clerks {
        caller.send("POST", &format!("/groups/{clerk_group}/members/$ref"), reference("users", clerk)).await?;
    }
    caller.send("POST", &format!("/groups/{releasers}/members/$ref"), reference("users", releaser)).await?;
    let catalog = json!({
        "displayName": "Payments", "description": "Everything around paying invoices.", "isExternallyVisible": false,
    });
    let catalog = caller.create(&format!("{EM}/catalogs"), catalog).await?;
    let package = |name: &str, description: &str| json!({ "displayName": name, "description": description, "catalog": { "id": catalog } });
    let body = package("Enter payments", "Enter payments into the ledger.");
    let enter = caller.create(&format!("{EM}/accessPackages"), body).await?;
    let body = package("Release payments", "Release entered payments to the bank.");
    let release = caller.create(&format!("{EM}/accessPackages"), body).await?;
    for (package, group) in [(&enter, &clerk_group), (&release, &releasers)] {
        membership(caller, &catalog, package, group).await?;
    }
    let set = "identityGovernance/entitlementManagement/accessPackages";
    for (package, other) in [(&enter, &release), (&release, &enter)] {
        let path = format!("{EM}/accessPackages/{package}/incompatibleAccessPackages/$ref");
        caller.send("POST", &path, reference(set, other)).await?;
    }
    Ok(())
}

/// Lets an access package bring membership of a group.
async fn membership(caller: &Caller<'_>, catalog: &str, package: &str, group: &str) -> Result<(), StartError> {
    let resource = json!({ "originId": group, "originSystem": "AadGroup" });
    let request = json!({ "requestType": "adminAdd", "catalog": { "id": catalog }, "resource": resource });
    caller.create(&format!("{EM}/resourceRequests"), request).await?;
    let role = json!({ "originId": format!("Member_{group}"), "originSystem": "AadGroup", "resource": resource });
    let role_scope = json!({ "role": role, "scope": { "originId": group, "originSystem": "AadGroup" } });
    caller.create(&format!("{EM}/accessPackages/{package}/resourceRoleScopes"), role_scope).await?;
    Ok(())
}

fn reference(set: &str, id: &str) -> Value {
    json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/{set}/{id}") })
}

/// A token of the development client, with all of its permissions.
async fn token(app: &App) -> Result<String, StartError> {
    let subject = Subject::Application { service_principal: SERVICE_PRINCIPAL, roles: Permissions::all_roles() };
    login::mint(app, "http://localhost", TENANT, APPLICATION, NAME, subject)
        .await
        .map_err(|error| StartError::Other(format!("{error:?}")))
}

/// Somebody who walks the line from inside.
struct Caller<'a> {
    app: &'a App,
    token: String,
}

impl Caller<'_> {
    async fn create(&self, path: &str, body: Value) -> Result<String, StartError> {
        let made: Value = serde_json::from_slice(&self.send("POST", path, body).await?).unwrap_or_default();
        let id = made.get("id").and_then(Value::as_str);
        id.map(str::to_owned).ok_or_else(|| StartError::Other(format!("{path}: no id")))
    }

    async fn send(&self, method: &str, path: &str, body: Value) -> Result<Vec<u8>, StartError> {
        let ask = Ask {
            version: Version::V1,
            method: http::Method::from_bytes(method.as_bytes()).unwrap_or(http::Method::POST),
            target: path.to_owned(),
            headers: Headers {
                authorization: http::HeaderValue::try_from(format!("Bearer {}", self.token)).ok(),
                content_type: Some("application/json".to_owned()),
                ..Headers::default()
            },
            body: Bytes::from(body.to_string()),
            origin: "http://localhost".to_owned(),
            request_id: self.app.clock.id(),
            budget: self.app.answer_budget(),
        };
        let rendered = run(self.app, &ask, "").await;
        match rendered.status {
            200..=299 => Ok(rendered.body),
            status => {
                let body = String::from_utf8_lossy(&rendered.body).into_owned();
                Err(StartError::Other(format!("the sample organization: {method} {path}: {status} {body}")))
            }
        }
    }
}
