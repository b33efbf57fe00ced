//! What the claims of a good token say, in the forms of Entra's versions 1 and 2. Never asked before
//! the signature was checked, but for the issuer.

use super::{ClaimNames, Issuer, IssuerName, TokenFault};
use crate::caller::{Identity, IdentityKind};
use crate::permission::Permissions;
use serde_json::{Map, Value};
use uuid::Uuid;

/// Characters of a name that go into the audit log.
const NAME_CHARS: usize = 256;

pub struct Claims(pub Map<String, Value>);

impl Claims {
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// A claim that is a text, or a list of texts.
    pub fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        let (one, many) = match self.0.get(name) {
            Some(Value::String(text)) => (Some(text.as_str()), &[][..]),
            Some(Value::Array(values)) => (None, values.as_slice()),
            _ => (None, &[][..]),
        };
        one.into_iter().chain(many.iter().filter_map(Value::as_str))
    }

    /// A time. Some issuers write fractions of a second.
    pub fn number(&self, name: &str) -> Option<i64> {
        let value = self.0.get(name)?;
        value.as_i64().or_else(|| value.as_f64().filter(|number| number.is_finite()).map(|number| number as i64))
    }

    fn id(&self, name: &str) -> Option<Uuid> {
        self.text(name).and_then(|text| Uuid::parse_str(text).ok())
    }

    pub fn identity(&self, issuer: &Issuer, tenant: Uuid, expires_at: i64) -> Result<Identity, TokenFault> {
        let names = &issuer.claims;
        let principal = self.id(&names.principal).ok_or(TokenFault::Malformed { what: "it names no principal" })?;
        // Other issuers' client ids needn't be GUIDs: such an app is nameless here, and no more.
        let app = names.app.iter().find_map(|name| self.id(name)).unwrap_or_default();
        let kind = self.kind(names, principal);
        let permissions = match kind {
            IdentityKind::Delegated => {
                Permissions::from_scopes(&self.texts(&names.scopes).collect::<Vec<_>>().join(" "))
            }
            IdentityKind::Application => Permissions::from_roles(self.texts(&names.roles)),
        };
        let name = names.name.iter().find_map(|name| self.text(name)).map(str::to_owned);
        let name = name.unwrap_or_else(|| app.to_string()).chars().take(NAME_CHARS).collect();
        let is_ours = issuer.name == IssuerName::AnyHost;
        Ok(Identity { tenant, principal, app, kind, is_ours, permissions, name, expires_at })
    }

    /// `idtyp` says it outright. Without it: scopes mean a user (whose app roles may stand beside
    /// them), and an application is its own subject.
    fn kind(&self, names: &ClaimNames, principal: Uuid) -> IdentityKind {
        match self.text("idtyp") {
            Some("app") => IdentityKind::Application,
            Some(_) => IdentityKind::Delegated,
            None if self.0.contains_key(&names.scopes) => IdentityKind::Delegated,
            None if self.0.contains_key(&names.roles) || self.id("sub") == Some(principal) => IdentityKind::Application,
            None => IdentityKind::Delegated,
        }
    }
}
