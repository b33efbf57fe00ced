//! Who is calling. An [`Identity`] is what a verified token says; a [`Caller`] adds what the
//! directory knows about that principal at this moment. It must never hold the token itself.

use crate::permission::Permissions;
use std::sync::Arc;
use uuid::Uuid;

/// What a verified token says.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    pub tenant: Uuid,
    /// The object id of the user, or of the application's service principal (`oid`).
    pub principal: Uuid,
    /// The client application (`appid` / `azp`).
    pub app: Uuid,
    pub kind: IdentityKind,
    /// Whether the embedded issuer says so: its applications and users are those of the directory.
    pub is_ours: bool,
    /// App roles of an application, scopes of a user's token.
    pub permissions: Permissions,
    /// For the audit log: the user principal name or the application's name.
    pub name: String,
    /// Seconds since 1970, real time: tokens don't follow a tenant's clock.
    pub expires_at: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentityKind {
    Application,
    Delegated,
}

/// An identity and the roles that it holds now, directly or through groups.
#[derive(Debug, Clone, PartialEq)]
pub struct Caller {
    pub identity: Arc<Identity>,
    /// Template ids of directory roles (Global Administrator, …). Empty for applications.
    pub directory_roles: Vec<Uuid>,
    /// Entitlement-management roles, each with the catalog it holds in, or `None` for all.
    pub entitlement_roles: Vec<(Uuid, Option<Uuid>)>,
}
