//! The device flow (RFC 8628): a device asks for codes, its user types one in on another screen, signs
//! in and approves or declines. Eight letters of twenty are some 10^10 codes that live a quarter of
//! an hour: guessing one is hopeless without counting guesses.

use super::authorize::Filled;
use super::grants::{self, DEVICE, Decision, Device, Typed};
use super::page::{DeviceApprove, DeviceCode, Message, page, problem, same_site};
use super::seal::{self, Page};
use super::web::{Call, Fault, form};
use super::who::{self, is_common};
use crate::app::App;
use crate::http::Door;
use crate::metrics;
use auth::issuer::answer::DeviceAnswer;
use auth::issuer::form::Form;
use auth::issuer::oauth_error::OAuthError;
use auth::issuer::request;
use auth::issuer::scope::{granted, resolve};
use auth::issuer::secret::user_code_typed;
use auth::permission::Permissions;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use store::identity::{Client, Grant, GrantKind};
use uuid::Uuid;

/// Seconds between two questions of the device.
const INTERVAL: i64 = 5;
const NO_SUCH_CODE: &str = "That code isn't right, or its time is over.";
const PATH: &str = "/devicelogin";

/// Gives a device its codes.
pub async fn codes(
    State(door): State<Door>,
    Path(segment): Path<String>,
    call: Call,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let answered = match form(&headers, body).await.and_then(|body| request::device(&body)) {
        Ok(request) => start(&door.app, &call, &segment, request).await,
        Err(error) => Err(error.into()),
    };
    match answered {
        Ok(answer) => Json(answer).into_response(),
        Err(fault) => call.refusal(&call.told(fault)),
    }
}

async fn start(app: &App, call: &Call, segment: &str, request: request::DeviceRequest) -> Result<DeviceAnswer, Fault> {
    let tenant = who::tenant(app, segment, None).await?.id;
    let client = who::client(app, tenant, &request.client_id).await?;
    if !client.public {
        return Err(OAuthError::SecretMissing.into());
    }
    granted(&resolve(&request.scope, &[call.host()])?, Permissions::from_scopes(&client.scopes))?;
    let (code, user_code) = grants::device(app, tenant, client.app_id, request.scope).await?;
    // People type this address: it is as short as can be.
    let short = matches!(who::tenant(app, "common", None).await, Ok(common) if common.id == tenant);
    let address = if short { format!("{}{PATH}", call.base) } else { format!("{}/{tenant}{PATH}", call.base) };
    Ok(DeviceAnswer::new(user_code, &code, address, DEVICE, INTERVAL))
}

/// `GET /devicelogin`: asks for the code; `?otc=` brings it along.
pub async fn show(call: Call, RawQuery(query): RawQuery) -> Response {
    ask_code(&call, PATH, query)
}

/// `GET /{tenant}/devicelogin`, where there are several tenants.
pub async fn show_of(
    State(door): State<Door>,
    Path(segment): Path<String>,
    call: Call,
    RawQuery(query): RawQuery,
) -> Response {
    match who::tenant(&door.app, &segment, None).await {
        Ok(tenant) => ask_code(&call, &action(&segment, tenant.id), query),
        Err(fault) => problem(&call, fault),
    }
}

fn ask_code(call: &Call, action: &str, query: Option<String>) -> Response {
    let form = match Form::parse(query.as_deref().unwrap_or_default()) {
        Ok(form) => form,
        Err(fault) => return problem(call, OAuthError::Malformed { what: fault.0 }.into()),
    };
    let user_code = form.get("otc").ok().flatten().unwrap_or_default();
    page(200, &DeviceCode { action, user_code, problem: None }, None)
}

fn action(segment: &str, tenant: Uuid) -> String {
    if is_common(segment) { PATH.to_owned() } else { format!("/{tenant}{PATH}") }
}

/// `POST /devicelogin`.
pub async fn submit(State(door): State<Door>, call: Call, headers: HeaderMap, body: Body) -> Response {
    submit_of(State(door), Path("common".to_owned()), call, headers, body).await
}

/// Either form comes back: the one with the code, or the one with the password.
pub async fn submit_of(
    State(door): State<Door>,
    Path(segment): Path<String>,
    call: Call,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let read = async {
        same_site(&headers)?;
        let form =
            Form::parse(&form(&headers, body).await?).map_err(|fault| OAuthError::Malformed { what: fault.0 })?;
        let tenant = who::tenant(&door.app, &segment, None).await?.id;
        let screen = Screen { app: &door.app, call: &call, tenant, action: action(&segment, tenant) };
        match form.get("request").ok().flatten() {
            Some(_) => screen.decide(Filled::read(&form)?).await,
            None => screen.find(form.get("user_code").ok().flatten().unwrap_or_default()).await,
        }
    };
    read.await.unwrap_or_else(|fault: Fault| problem(&call, fault))
}

struct Screen<'a> {
    app: &'a App,
    call: &'a Call,
    tenant: Uuid,
    action: String,
}

/// A device that waits for its user.
struct Waiting {
    typed: Grant,
    row: Grant,
    device: Device,
    client: Client,
}

impl Screen<'_> {
    async fn find(&self, typed: &str) -> Result<Response, Fault> {
        let Some(user_code) = user_code_typed(typed) else { return Ok(self.no_such_code(typed)) };
        let Some(waiting) = self.waiting(&user_code).await? else { return Ok(self.no_such_code(typed)) };
        let sealed = seal::seal(self.app, self.tenant, Page::Device { user_code }).await?;
        self.ask(&waiting, &sealed, "", None)
    }

    fn no_such_code(&self, typed: &str) -> Response {
        let template = DeviceCode { action: &self.action, user_code: typed, problem: Some(NO_SUCH_CODE) };
        page(400, &template, None)
    }

    /// The device behind a code, if nobody has decided yet and there is time left.
    async fn waiting(&self, user_code: &str) -> Result<Option<Waiting>, Fault> {
        let id = grants::typed_id(user_code);
        let found = grants::find::<Typed>(self.app, self.tenant, &id, GrantKind::Device).await?;
        let Some((typed, Typed { device })) = found else { return Ok(None) };
        let found = grants::find::<Device>(self.app, self.tenant, &device, GrantKind::Device).await?;
        let now = self.app.clock.seconds();
        let waits = |device: &Device| device.decision == Decision::Pending && now < device.login.until;
        let Some((row, device)) = found.filter(|(_, device)| waits(device)) else { return Ok(None) };
        let client = who::client(self.app, self.tenant, &device.login.client.to_string()).await?;
        Ok(Some(Waiting { typed, row, device, client }))
    }

    fn ask(
        &self,
        waiting: &Waiting,
        sealed: &str,
        username: &str,
        wrong: Option<&OAuthError>,
    ) -> Result<Response, Fault> {
        let agreed = Permissions::from_scopes(&waiting.client.scopes);
        let permissions = granted(&resolve(&waiting.device.login.scope, &[self.call.host()])?, agreed)?.names();
        let said = wrong.map(OAuthError::message);
        let template = DeviceApprove {
            application: &waiting.client.name,
            permissions: &permissions,
            action: &self.action,
            request: sealed,
            username,
            problem: said.as_deref(),
        };
        Ok(page(if wrong.is_some() { 400 } else { 200 }, &template, None))
    }

    async fn decide(&self, filled: Filled) -> Result<Response, Fault> {
        let Some(Page::Device { user_code }) = seal::open(self.app, self.tenant, &filled.sealed).await? else {
            return Ok(self.no_such_code(""));
        };
        let Some(waiting) = self.waiting(&user_code).await? else { return Ok(self.no_such_code(&user_code)) };
        // Whoever has the code may say no; to say yes takes a user.
        let (decision, user) = if filled.answer == "decline" {
            (Decision::Declined, None)
        } else {
            match who::prove_user(self.app, self.tenant, &filled.username, &filled.password).await {
                Ok(account) => (Decision::Approved, Some(account.id)),
                Err(Fault::Refused(error)) => {
                    metrics::login("device_approval", error.parts().error);
                    return self.ask(&waiting, &filled.sealed, &filled.username, Some(&error));
                }
                Err(fault) => return Err(fault),
            }
        };
        let Waiting { typed, row, device, .. } = waiting;
        let decided = Device { decision, ..device };
        let new = grants::row(row.id.clone(), GrantKind::Device, user, &decided, decided.login.until)?;
        if !self.app.store.grant_exchange(self.tenant, row, vec![new], self.app.clock.now()).await? {
            return Ok(self.no_such_code(&user_code));
        }
        self.app.store.grant_drop(self.tenant, &typed.id).await?;
        let (outcome, title) = match decision {
            Decision::Declined => ("authorization_declined", "Declined"),
            Decision::Approved | Decision::Pending => ("ok", "Signed in"),
        };
        metrics::login("device_approval", outcome);
        Ok(page(200, &Message { title, text: "You may close this window and go back to your device." }, None))
    }
}
