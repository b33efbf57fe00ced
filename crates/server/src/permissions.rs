//! Permissions by name: what Graph's service principal offers, and what a new client is granted.

use crate::clock::Clock;
use auth::issuer::hasher::Hasher;
use auth::issuer::secret;
use auth::permission::{self, Permissions};
use serde_json::json;
use store::tenant::{NewClient, NewSecret};
use uuid::Uuid;

/// A client to be registered.
#[derive(Debug, Clone)]
pub struct Registration {
    pub app_id: Uuid,
    pub application_id: Uuid,
    pub service_principal_id: Uuid,
    pub name: String,
    /// May sign users in without a secret.
    pub public: bool,
    pub redirect_uris: Vec<String>,
    /// App roles that its own tokens carry.
    pub app_permissions: Permissions,
    /// Scopes that it may ask for on a user's behalf.
    pub scopes: Permissions,
    pub secret: Option<String>,
    /// Microseconds that the secret is good for.
    pub secret_life: i64,
}

impl Registration {
    /// What the store keeps of it: the secret as its hash.
    ///
    /// # Errors
    /// When hashing fails.
    pub fn new_client(&self, clock: Clock, hasher: &mut Hasher) -> Result<NewClient, String> {
        let now = clock.now();
        let secret = match &self.secret {
            Some(text) => Some(new_secret(text, now + self.secret_life, clock, hasher)?),
            None => None,
        };
        let app_roles = self
            .app_permissions
            .iter()
            .filter_map(|permission| permission.def().role)
            .map(|role| (clock.id(), role))
            .collect();
        Ok(NewClient {
            app_id: self.app_id,
            application_id: self.application_id,
            service_principal_id: self.service_principal_id,
            name: self.name.clone(),
            public: self.public,
            redirect_uris: self.redirect_uris.clone(),
            app_roles,
            scopes: self.scopes.names().join(" "),
            grant_id: clock.id(),
            secret,
            audit_ids: std::array::from_fn(|_| clock.id()),
            now,
        })
    }
}

/// A secret as the store keeps it.
///
/// # Errors
/// When hashing fails.
pub fn new_secret(text: &str, ends_at: i64, clock: Clock, hasher: &mut Hasher) -> Result<NewSecret, String> {
    let hash = hasher.hash(text).map_err(|error| error.to_string())?;
    let key_id = Uuid::new_v4();
    let (hint, selector) = (secret::hint(text), secret::selector(key_id, text));
    Ok(NewSecret { key_id, hash, hint, selector, ends_at, audit_id: clock.id() })
}

/// What Graph's service principal offers, as JSON arrays.
pub struct Offers {
    pub app_roles: String,
    pub scopes: String,
}

pub fn offers() -> Offers {
    let app_roles: Vec<_> = permission::ALL
        .iter()
        .filter_map(|def| {
            def.role.map(|id| {
                json!({
                    "allowedMemberTypes": ["Application"], "description": def.description,
                    "displayName": def.description, "id": id.to_string(), "isEnabled": true,
                    "origin": "Application", "value": def.name,
                })
            })
        })
        .collect();
    let scopes: Vec<_> = permission::ALL
        .iter()
        .filter_map(|def| {
            def.scope.map(|id| {
                json!({
                    "adminConsentDescription": def.description, "adminConsentDisplayName": def.description,
                    "id": id.to_string(), "isEnabled": true, "origin": null, "type": "Admin",
                    "userConsentDescription": def.description, "userConsentDisplayName": def.description,
                    "value": def.name,
                })
            })
        })
        .collect();
    Offers { app_roles: json!(app_roles).to_string(), scopes: json!(scopes).to_string() }
}
