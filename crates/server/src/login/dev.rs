//! `/dev/token`: a token for anybody, without a password. Development mode only.

use super::mint;
use crate::app::App;
use crate::dev::{APPLICATION, TENANT};
use crate::error::Error;
use crate::http::Door;
use auth::issuer::mint::{Subject, TokenUser};
use auth::permission::Permissions;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Form, Json, Router};
use http::{HeaderMap, StatusCode, Uri};
use serde::Deserialize;
use serde_json::json;

pub fn routes() -> Router<Door> {
    Router::new().route("/dev/token", post(token))
}

/// For whom, and with which permissions; separated by blanks.
#[derive(Deserialize)]
struct Wish {
    user: Option<String>,
    scope: Option<String>,
    role: Option<String>,
}

async fn token(State(door): State<Door>, headers: HeaderMap, uri: Uri, Form(wish): Form<Wish>) -> Response {
    match grant(&door.app, &door.origin(&headers, &uri), &wish).await {
        Ok(Ok(token)) => {
            let body = json!({ "access_token": token, "token_type": "Bearer", "expires_in": 3600 });
            Json(body).into_response()
        }
        Ok(Err(refused)) => {
            let body = json!({ "error": "invalid_request", "error_description": refused });
            (StatusCode::BAD_REQUEST, Json(body)).into_response()
        }
        Err(error) => {
            tracing::error!(?error, "no development token");
            (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "error": "server_error" }))).into_response()
        }
    }
}

async fn grant(app: &App, base: &str, wish: &Wish) -> Result<Result<String, String>, Error> {
    let names = |list: &Option<String>| list.clone().filter(|list| !list.trim().is_empty());
    let (scope, role) = (names(&wish.scope), names(&wish.role));
    let words = |list: &Option<String>| {
        list.iter().flat_map(|list| list.split_whitespace()).map(str::to_owned).collect::<Vec<_>>()
    };
    // Some permissions are only a scope, and some only an app role.
    let no_scope = words(&scope).into_iter().find(|name| Permissions::from_scopes(name).is_empty());
    let no_role = words(&role).into_iter().find(|name| Permissions::from_roles([name.as_str()]).is_empty());
    if let Some(name) = no_scope.or(no_role) {
        return Ok(Err(format!("There is no permission '{name}'.")));
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
