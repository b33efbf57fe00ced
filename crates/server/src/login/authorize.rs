//! The authorization endpoint: the sign-in page, and the redirect with the code. An error goes to the
//! application only after its address was found among those that it registered; before that, it is
//! shown to the user. There are no sessions in the browser: every sign-in asks for the password, so
//! no other site can do anything in a user's name by sending a form here.

use super::grants::{self, Code, Login};
use super::page::{FormPost, Message, SignIn, page, posting, problem, same_site};
use super::seal::{self, Page};
use super::web::{Call, Fault, form};
use super::who;
use crate::app::App;
use crate::http::Door;
use crate::metrics;
use auth::issuer::form::Form;
use auth::issuer::oauth_error::OAuthError;
use auth::issuer::request::{self, Hidden, redirect_allowed};
use auth::issuer::scope::{granted, resolve};
use auth::permission::Permissions;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use store::identity::Client;
use uuid::Uuid;

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const TOO_OLD: OAuthError = OAuthError::Malformed { what: "this page is too old; start again in the application" };

/// `GET`: the sign-in page.
pub async fn show(
    State(door): State<Door>,
    Path(segment): Path<String>,
    call: Call,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let (tenant, client, back) = match reply(&door.app, &segment, &query).await {
        Ok(found) => found,
        Err(fault) => return problem(&call, fault),
    };
    match sign_in(&door.app, &call, tenant, &client, &query).await {
        Ok(response) => response,
        Err(fault) => back.refuse(&call.told(fault)),
    }
}

/// Where the answer goes, once that is known to be right.
async fn reply(app: &App, segment: &str, query: &str) -> Result<(Uuid, Client, Back), Fault> {
    let reply = request::reply_to(query)?;
    let tenant = who::tenant(app, segment, None).await?.id;
    let client = who::client(app, tenant, &reply.client_id).await?;
    may_return(&client, &reply.redirect_uri)?;
    Ok((tenant, client, Back { uri: reply.redirect_uri, state: reply.state, form_post: reply.form_post }))
}

fn may_return(client: &Client, uri: &str) -> Result<(), OAuthError> {
    let registered: Vec<&str> = client.redirect_uris.iter().map(String::as_str).collect();
    // What can't stand in a header can't be gone to.
    let usable = HeaderValue::try_from(uri).is_ok();
    if usable && redirect_allowed(&registered, uri) { Ok(()) } else { Err(OAuthError::RedirectMismatch) }
}

async fn sign_in(app: &App, call: &Call, tenant: Uuid, client: &Client, query: &str) -> Result<Response, Fault> {
    let request = request::authorize(query)?;
    granted(&resolve(&request.scope, &[call.host()])?, Permissions::from_scopes(&client.scopes))?;
    match request.prompt.as_deref() {
        None | Some("login" | "select_account" | "consent") => {}
        Some("none") => return Err(OAuthError::LoginRequired.into()),
        Some(_) => return Err(OAuthError::Malformed { what: "prompt has an unknown value" }.into()),
    }
    let username = request.login_hint.clone().unwrap_or_default();
    let uri = request.redirect_uri.clone();
    let sealed = seal::seal(app, tenant, Page::sign_in(client.app_id, request)).await?;
    Ok(ask(tenant, client, &sealed, &username, &uri, None))
}

fn ask(tenant: Uuid, client: &Client, sealed: &str, username: &str, uri: &str, wrong: Option<&OAuthError>) -> Response {
    let action = format!("/{tenant}/oauth2/v2.0/authorize");
    let said = wrong.map(OAuthError::message);
    let template =
        SignIn { application: &client.name, action: &action, request: sealed, username, problem: said.as_deref() };
    page(if wrong.is_some() { 400 } else { 200 }, &template, Some(uri))
}

/// `POST`: the page comes back with a user name and a password.
pub async fn submit(
    State(door): State<Door>,
    Path(segment): Path<String>,
    call: Call,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let app = &door.app;
    let read = async {
        same_site(&headers)?;
        let form =
            Form::parse(&form(&headers, body).await?).map_err(|fault| OAuthError::Malformed { what: fault.0 })?;
        let tenant = who::tenant(app, &segment, None).await?.id;
        let filled = Filled::read(&form)?;
        let Some(Page::SignIn { client_id, redirect_uri, scope, state, nonce, challenge, form_post }) =
            seal::open(app, tenant, &filled.sealed).await?
        else {
            return Err(TOO_OLD.into());
        };
        // Meanwhile the application may have been changed.
        let client = who::client(app, tenant, &client_id.to_string()).await?;
        may_return(&client, &redirect_uri)?;
        let login = Login { client: client_id, scope, until: 0 };
        let code = Code { login, redirect_uri: redirect_uri.clone(), nonce, challenge, session: None };
        Ok::<_, Fault>((tenant, client, filled, code, Back { uri: redirect_uri, state, form_post }))
    };
    let (tenant, client, filled, code, back) = match read.await {
        Ok(read) => read,
        Err(fault) => return problem(&call, fault),
    };
    if filled.answer == "cancel" {
        metrics::login("authorize", OAuthError::Cancelled.parts().error);
        return back.refuse(&OAuthError::Cancelled);
    }
    let signed_in = match who::prove_user(app, tenant, &filled.username, &filled.password).await {
        Ok(account) => grants::code(app, tenant, account.id, code).await.map_err(Fault::from),
        Err(fault) => Err(fault),
    };
    match signed_in {
        Ok(code) => {
            metrics::login("authorize", "ok");
            back.send(vec![("code", code.expose().to_owned())])
        }
        Err(fault) => {
            let error = call.told(fault);
            metrics::login("authorize", error.parts().error);
            if error.parts().status >= 500 {
                return back.refuse(&error);
            }
            ask(tenant, &client, &filled.sealed, &filled.username, &back.uri, Some(&error))
        }
    }
}

/// A page of ours as it came back.
pub struct Filled {
    pub sealed: String,
    pub username: String,
    pub password: Hidden,
    /// The button.
    pub answer: String,
}

impl Filled {
    pub fn read(form: &Form) -> Result<Filled, OAuthError> {
        let field = |name: &str| match form.get(name) {
            Ok(value) => Ok(value.unwrap_or_default().to_owned()),
            Err(fault) => Err(OAuthError::Malformed { what: fault.0 }),
        };
        Ok(Filled {
            sealed: field("request")?,
            username: field("username")?,
            password: Hidden::new(field("password")?),
            answer: field("answer")?,
        })
    }
}

/// The way back to the application.
struct Back {
    uri: String,
    state: Option<String>,
    form_post: bool,
}

impl Back {
    fn refuse(&self, error: &OAuthError) -> Response {
        self.send(vec![("error", error.at_authorize().to_owned()), ("error_description", error.message())])
    }

    fn send(&self, mut fields: Vec<(&'static str, String)>) -> Response {
        fields.extend(self.state.clone().map(|state| ("state", state)));
        if self.form_post {
            return posting(&FormPost { action: &self.uri, fields: &fields });
        }
        to(&self.uri, &fields)
    }
}

/// 303, so that the password isn't posted on (RFC 9700, 4.12).
fn to(uri: &str, fields: &[(&str, String)]) -> Response {
    let mut location = uri.to_owned();
    for (name, value) in fields {
        location.push(if location.contains('?') { '&' } else { '?' });
        location.push_str(name);
        location.push('=');
        location.extend(utf8_percent_encode(value, UNRESERVED));
    }
    match HeaderValue::try_from(location) {
        Ok(location) => {
            let headers =
                [(header::LOCATION, location), (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"))];
            (StatusCode::SEE_OTHER, headers).into_response()
        }
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

/// `/logout`: nothing to end here, for there are no sessions; back to an address that the client has
/// registered, or a page that says so.
pub async fn logout(
    State(door): State<Door>,
    Path(segment): Path<String>,
    call: Call,
    RawQuery(query): RawQuery,
) -> Response {
    match after_logout(&door.app, &segment, &query.unwrap_or_default()).await {
        Ok(Some(response)) => response,
        Ok(None) => page(200, &Message { title: "Signed out", text: "You may close this window." }, None),
        Err(fault) => problem(&call, fault),
    }
}

async fn after_logout(app: &App, segment: &str, query: &str) -> Result<Option<Response>, Fault> {
    let form = Form::parse(query).map_err(|fault| OAuthError::Malformed { what: fault.0 })?;
    let field = |name| form.get(name).map_err(|fault| OAuthError::Malformed { what: fault.0 });
    let tenant = who::tenant(app, segment, None).await?.id;
    let (Some(uri), Some(client)) = (field("post_logout_redirect_uri")?, field("client_id")?) else { return Ok(None) };
    may_return(&who::client(app, tenant, client).await?, uri)?;
    let state = field("state")?.map(|state| ("state", state.to_owned()));
    Ok(Some(to(uri, state.as_slice())))
}
