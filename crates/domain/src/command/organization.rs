//! Commands about the world outside: organizations, their sponsors, and what is set for their people.

use super::{Link, On, Update};
use crate::fields::Fields;
use crate::policy::Span;
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq)]
pub enum OrganizationCommand {
    Create(OrganizationCreate),
    Update(Update),
    Delete(On),
    SponsorAdd(Link),
    SponsorRemove(Link),
    Settings(SettingsUpdate),
    EndUserSettings(Update),
    /// Whether Doorward answers for somebody's account.
    Subject(Update),
}

#[derive(Debug, Clone, PartialEq)]
pub struct OrganizationCreate {
    pub id: Uuid,
    pub fields: Fields,
    /// What `identitySources` says, one by one.
    pub sources: Vec<Source>,
    /// What the caller's words for them are: `identitySources`, or beta's `domainName`.
    pub path: &'static str,
}

/// By what an organization's people are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Those with an address in this domain, who sign in by a code or in their own way.
    Domain(String),
    /// Those with an address in this domain, whose organization signs them in.
    Federation(String),
    /// Those of another directory.
    Tenant(String),
    /// Those of a directory in another cloud.
    CrossCloud {
        cloud: String,
        tenant: String,
    },
    Social(String),
}

#[derive(Debug, Clone, PartialEq)]
pub struct SettingsUpdate {
    /// The action, if it is set.
    pub fields: Fields,
    /// How long after its sign-in was blocked an account is deleted, if that is set.
    pub delete_after: Option<DeleteAfter>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteAfter {
    pub span: Span,
    /// The same as a duration is written.
    pub text: String,
    /// The caller's word for it.
    pub path: &'static str,
}
