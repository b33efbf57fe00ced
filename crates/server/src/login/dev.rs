//! `/dev/token`: a token for anybody, without a password. Development mode only.

use super::mint;
use super::web::{self, Call};
use crate::app::App;
use crate::dev::{APPLICATION, TENANT};
use crate::error::Error;
use crate::http::Door;
use auth::issuer::form::{Form, FormFault};
use auth::issuer::mint::ACCESS_LIFETIME;
use auth::issuer::mint::{Subject, TokenUser};
use auth::issuer::oauth_error::OAuthError;
use auth::permission::Permissions;
use axum::body::Body;
use axum::extract::State;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use http::{HeaderMap, StatusCode};
use serde_json::json;

pub fn routes(door: &Door) -> Router<Door> {
    let router = Router::new().route("/dev/token", post(token).fallback(web::only_post));
    router.route_layer(from_fn_with_state(door.clone(), web::around))
}

/// For whom, and with which permissions; separated by blanks.
struct Wish {
    user: Option<String>,
    scope: Option<String>,
    role: Option<String>,
}

async fn token(State(door): State<Door>, call: Call, headers: HeaderMap, body: Body) -> Response {
    let wish = match wish(&headers, body).await {
        Ok(wish) => wish,
        Err(error) => return call.refusal(&error),
    };
    match grant(&door.app, &call.base, &wish).await {
        Ok(Ok(token)) => {
            let body = json!({ "access_token": token, "token_type": "Bearer", "expires_in": ACCESS_LIFETIME });
            Json(body).into_response()
        }
        Ok(Err(refused)) => {
            let body = json!({ "error": "invalid_request", "error_description": refused });
            (StatusCode::BAD_REQUEST, Json(body)).into_response()
        }
        Err(error) => call.refusal(&call.told(error.into())),
    }
}

async fn wish(headers: &HeaderMap, body: Body) -> Result<Wish, OAuthError> {
    let malformed = |fault: FormFault| OAuthError::Malformed { what: fault.0 };
    let form = Form::parse(&web::form(headers, body).await?).map_err(malformed)?;
    let field = |name| form.get(name).map(|value| value.map(str::to_owned)).map_err(malformed);
    Ok(Wish { user: field("user")?, scope: field("scope")?, role: field("role")? })
}

async fn grant(app: &App, base: &str, wish: &Wish) -> Result<Result<String, String>, Error> {
    let names = |list: &Option<String>| list.clone().filter(|list| !list.trim().is_empty());
    let (scope, role) = (names(&wish.scope), names(&wish.role));
    for name in scope.iter().flat_map(|list| list.split_whitespace()) {
        if Permissions::from_scopes(name).is_empty() {
            return Ok(Err(format!("There is no scope '{name}'.")));
        }
    }
    for name in role.iter().flat_map(|list| list.split_whitespace()) {
        if Permissions::from_roles([name]).is_empty() {
            return Ok(Err(format!("There is no app role '{name}'.")));
        }
    }
    let Some(client) = app.store.client_find(TENANT, APPLICATION).await? else {
        return Ok(Err("The development client is gone.".to_owned()));
    };
    let subject = match (names(&wish.user), role) {
        (Some(_), Some(_)) => return Ok(Err("A user's token carries scopes, not roles.".to_owned())),
        (None, role) if scope.is_none() => {
            let roles = role.map_or(Permissions::all_roles(), |list| Permissions::from_roles(list.split_whitespace()));
            Subject::Application { service_principal: client.service_principal_id, roles }
        }
        (None, _) => return Ok(Err("Scopes are for a user's token: say which user.".to_owned())),
        (Some(name), None) => {
            let Some(account) = app.store.account_find(TENANT, &name).await? else {
                return Ok(Err(format!("There is no user '{name}'.")));
            };
            let scopes = scope.map_or(Permissions::all_scopes(), |list| Permissions::from_scopes(&list));
            let user = TokenUser {
                id: account.id,
                user_principal_name: account.user_principal_name,
                display_name: account.display_name,
            };
            Subject::User { user, scopes }
        }
    };
    mint(app, base, TENANT, APPLICATION, &client.name, subject).await.map(Ok)
}
