//! The token endpoint: every grant, from its form to its answer.

use super::grants::{self, Code, Decision, Device, Login};
use super::web::{Call, Fault, form};
use super::{mint, mint_id, who};
use crate::app::App;
use crate::http::Door;
use crate::metrics;
use auth::issuer::answer::{self, TokenAnswer};
use auth::issuer::mint::{ACCESS_LIFETIME, Subject, TokenUser, client_info};
use auth::issuer::oauth_error::OAuthError;
use auth::issuer::request::{self, Grant, Hidden, TokenRequest};
use auth::issuer::scope::{narrowed, resolve, resolve_default};
use auth::permission::{Permission, Permissions};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use std::sync::Arc;
use store::identity::{Account, Client, GrantKind};
use uuid::Uuid;

pub async fn token(
    State(door): State<Door>,
    Path(segment): Path<String>,
    call: Call,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let request = form(&headers, body).await.and_then(|body| request::token(&body, call.basic()));
    let name = request.as_ref().map_or("none", |request| grant_name(&request.grant));
    let answered = match request {
        Ok(request) => answer(&door.app, &call, &segment, request).await,
        Err(error) => Err(error.into()),
    };
    match answered {
        Ok(answer) => {
            metrics::login(name, "ok");
            Json(answer).into_response()
        }
        Err(fault) => {
            let error = call.told(fault);
            metrics::login(name, error.parts().error);
            call.refusal(&error)
        }
    }
}

fn grant_name(grant: &Grant) -> &'static str {
    match grant {
        Grant::ClientCredentials { .. } => "client_credentials",
        Grant::Password { .. } => "password",
        Grant::RefreshToken { .. } => "refresh_token",
        Grant::AuthorizationCode { .. } => "authorization_code",
        Grant::DeviceCode { .. } => "device_code",
    }
}

/// A client that has proved who it is, in its tenant.
struct Desk<'a> {
    app: &'a Arc<App>,
    call: &'a Call,
    tenant: Uuid,
    client: Client,
    /// Whether it sent a secret, which was right.
    proved: bool,
    /// The scope of this request.
    scope: Option<String>,
}

async fn answer(app: &Arc<App>, call: &Call, segment: &str, request: TokenRequest) -> Result<TokenAnswer, Fault> {
    let TokenRequest { client_id, secret, grant, scope } = request;
    let user = match &grant {
        Grant::Password { .. } if !app.dev => return Err(OAuthError::UnsupportedGrant.into()),
        Grant::Password { username, .. } => Some(username.as_str()),
        _ => None,
    };
    let tenant = who::tenant(app, segment, user).await?.id;
    let client = who::client(app, tenant, &client_id).await?;
    let for_user = !matches!(grant, Grant::ClientCredentials { .. });
    who::prove_client(app, &client, secret.as_ref(), for_user).await?;
    let desk = Desk { app, call, tenant, client, proved: secret.is_some(), scope };
    match grant {
        Grant::ClientCredentials { scope } => desk.application(&scope).await,
        Grant::Password { username, password } => desk.password(&username, &password).await,
        Grant::RefreshToken { token } => desk.refresh(&token).await,
        Grant::AuthorizationCode { code, redirect_uri, verifier } => {
            desk.code(&code, redirect_uri.as_deref(), verifier.as_ref()).await
        }
        Grant::DeviceCode { code } => desk.device(&code).await,
    }
}

impl Desk<'_> {
    async fn application(&self, scope: &str) -> Result<TokenAnswer, Fault> {
        resolve_default(scope, &[self.call.host()])?;
        let client = &self.client;
        let roles = client
            .app_roles
            .iter()
            .filter_map(|id| Permission::find_id(*id).filter(|role| role.def().role == Some(*id)));
        let subject = Subject::Application { service_principal: client.service_principal_id, roles: roles.collect() };
        let token = mint(self.app, &self.call.base, self.tenant, client.app_id, &client.name, subject).await?;
        Ok(TokenAnswer::new(token, ACCESS_LIFETIME))
    }

    async fn password(&self, username: &str, password: &Hidden) -> Result<TokenAnswer, Fault> {
        let scope = self.scope.clone().ok_or(OAuthError::Missing { parameter: "scope" })?;
        let granted = self.granted(&scope)?;
        let account = who::prove_user(self.app, self.tenant, username, password).await?;
        let login = Login { client: self.client.app_id, scope, until: 0 };
        let refresh = match granted.contains(Permission::OfflineAccess) {
            true => {
                let session = grants::session(self.app, account.id, &login)?;
                self.app.store.grants_put(self.tenant, vec![session.row], self.app.clock.now()).await?;
                Some(session.token)
            }
            false => None,
        };
        self.user(&account, &login.scope, granted, refresh, None).await
    }

    async fn code(
        &self,
        sent: &Hidden,
        redirect_uri: Option<&str>,
        verifier: Option<&Hidden>,
    ) -> Result<TokenAnswer, Fault> {
        let id = grants::digest(sent.expose());
        let (row, code) = self.find_code(&id).await?;
        if code.login.until <= self.app.clock.seconds() {
            return Err(OAuthError::GrantExpired.into());
        }
        if redirect_uri.ok_or(OAuthError::Missing { parameter: "redirect_uri" })? != code.redirect_uri {
            return Err(OAuthError::RedirectDiffers.into());
        }
        self.check_challenge(&code, verifier)?;
        let user = row.subject.ok_or(OAuthError::GrantInvalid)?;
        let account = who::user(self.app, self.tenant, user).await?;
        let granted = self.granted(&code.login.scope)?;

        // The code stays, marked: whoever brings it again ends the session that was made of it.
        let session = grants::session(self.app, user, &code.login)?;
        let spent = Code { session: Some(session.row.id.clone()), ..code.clone() };
        let offline = granted.contains(Permission::OfflineAccess);
        let mut rows = vec![grants::row(id.clone(), GrantKind::Code, row.subject, &spent, spent.login.until)?];
        rows.extend(offline.then_some(session.row));
        if !self.app.store.grant_exchange(self.tenant, row, rows, self.app.clock.now()).await? {
            self.find_code(&id).await?;
            return Err(OAuthError::CodeRedeemed.into());
        }
        self.user(&account, &code.login.scope, granted, offline.then_some(session.token), code.nonce).await
    }

    /// A code of this client that nobody has redeemed.
    async fn find_code(&self, id: &str) -> Result<(store::identity::Grant, Code), Fault> {
        let found = grants::find::<Code>(self.app, self.tenant, id, GrantKind::Code).await?;
        let (row, code) =
            found.filter(|(_, code)| code.login.client == self.client.app_id).ok_or(OAuthError::GrantInvalid)?;
        if let Some(session) = &code.session {
            self.app.store.grant_drop(self.tenant, session).await?;
            return Err(OAuthError::CodeRedeemed.into());
        }
        Ok((row, code))
    }

    /// RFC 7636. A client without a secret must have sent a challenge, or whoever catches its code
    /// could redeem it; a verifier for a code without a challenge means that the challenge was taken
    /// out on the way (RFC 9700, 4.8.2).
    fn check_challenge(&self, code: &Code, verifier: Option<&Hidden>) -> Result<(), OAuthError> {
        match (code.challenge(), verifier) {
            (Some(challenge), Some(verifier)) if challenge.answered_by(verifier.expose()) => Ok(()),
            (Some(_), None) => Err(OAuthError::Missing { parameter: "code_verifier" }),
            (Some(_), Some(_)) | (None, Some(_)) => Err(OAuthError::VerifierMismatch),
            (None, None) if self.proved => Ok(()),
            (None, None) => Err(OAuthError::Malformed {
                what: "a client without a secret has to send a code_challenge when it asks for a code",
            }),
        }
    }

    async fn refresh(&self, token: &Hidden) -> Result<TokenAnswer, Fault> {
        let found = grants::refresh(self.app, self.tenant, self.client.app_id, token).await?;
        let login = found.session.login;
        let account = who::user(self.app, self.tenant, found.user).await?;
        let granted = self.granted(&login.scope)?;
        let now = self.app.clock.now();
        // Of two at the same time, one gets the next token.
        if !self.app.store.grant_exchange(self.tenant, found.row, vec![found.next.row], now).await? {
            return Err(OAuthError::GrantInvalid.into());
        }
        self.user(&account, &login.scope, granted, Some(found.next.token), None).await
    }

    async fn device(&self, sent: &Hidden) -> Result<TokenAnswer, Fault> {
        let id = grants::digest(sent.expose());
        let found = grants::find::<Device>(self.app, self.tenant, &id, GrantKind::Device).await?;
        let (row, device) =
            found.filter(|(_, device)| device.login.client == self.client.app_id).ok_or(OAuthError::GrantInvalid)?;
        if device.login.until <= self.app.clock.seconds() {
            return Err(OAuthError::DeviceExpired.into());
        }
        let user = match (device.decision, row.subject) {
            (Decision::Approved, Some(user)) => user,
            (Decision::Declined, _) => return Err(OAuthError::DeviceDeclined.into()),
            (Decision::Pending, _) | (Decision::Approved, None) => return Err(OAuthError::DevicePending.into()),
        };
        let account = who::user(self.app, self.tenant, user).await?;
        let granted = self.granted(&device.login.scope)?;
        let offline = granted.contains(Permission::OfflineAccess);
        let session = grants::session(self.app, user, &device.login)?;
        let rows = offline.then_some(session.row).into_iter().collect();
        if !self.app.store.grant_exchange(self.tenant, row, rows, self.app.clock.now()).await? {
            return Err(OAuthError::GrantInvalid.into());
        }
        self.user(&account, &device.login.scope, granted, offline.then_some(session.token), None).await
    }

    /// What this request is given, when the login began with the scope `first`.
    fn granted(&self, first: &str) -> Result<Permissions, OAuthError> {
        let agreed = Permissions::from_scopes(&self.client.scopes);
        narrowed(self.scope.as_deref(), first, agreed, &[self.call.host()])
    }

    /// The answer of a user's login. `first` is the scope that it began with.
    async fn user(
        &self,
        account: &Account,
        first: &str,
        granted: Permissions,
        refresh: Option<Hidden>,
        nonce: Option<String>,
    ) -> Result<TokenAnswer, Fault> {
        let Desk { app, call, client, .. } = self;
        let user = TokenUser {
            id: account.id,
            user_principal_name: account.user_principal_name.clone(),
            display_name: account.display_name.clone(),
        };
        let asked = self.scope.as_deref().unwrap_or(first);
        let audience = resolve(asked, &[call.host()])?.audience;
        let id_token = match granted.contains(Permission::OpenId) {
            true => Some(mint_id(app, &call.base, self.tenant, client.app_id, user.clone(), nonce).await?),
            false => None,
        };
        let scopes = granted.iter().filter(|each| *each != Permission::OfflineAccess).collect();
        let subject = Subject::User { user, scopes };
        let token = mint(app, &call.base, self.tenant, client.app_id, &client.name, subject).await?;
        Ok(TokenAnswer {
            scope: Some(answer::scope(asked, &audience, granted)),
            refresh_token: refresh.map(|token| token.expose().to_owned()),
            id_token,
            client_info: Some(client_info(account.id, self.tenant)),
            ..TokenAnswer::new(token, ACCESS_LIFETIME)
        })
    }
}
