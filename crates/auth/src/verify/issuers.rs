//! Which issuers are trusted, and what for. Configuration only: nothing is fetched here.

use jsonwebtoken::Algorithm;
use uuid::Uuid;

/// Every issuer that is trusted.
#[derive(Debug, Clone, Default)]
pub struct Issuers(pub Vec<Issuer>);

#[derive(Debug, Clone)]
pub struct Issuer {
    /// The name by which its keys are asked for: any text that is unique.
    pub id: String,
    pub name: IssuerName,
    /// Accepted values of `aud`; a slash at the end doesn't matter.
    pub audiences: Vec<String>,
    pub algorithms: Vec<Algorithm>,
    pub tenant: TenantRule,
    pub claims: ClaimNames,
}

/// What `iss` may say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IssuerName {
    Exact(String),
    /// `https://login.microsoftonline.com/{tenantid}/v2.0`: what stands before and after the tenant.
    Template {
        before: String,
        after: String,
    },
    /// Our own issuer, which answers under whatever host it was called by: any
    /// `https://…/{tenantid}/v2.0`. Safe only with keys that nobody else has.
    AnyHost,
}

/// How a tenant is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TenantRule {
    /// The tenant claim, whichever it is (whether there is such a tenant is for the directory to say).
    Claim,
    /// The tenant claim, which must be one of these.
    OneOf(Vec<Uuid>),
    /// Everybody belongs to this one.
    Fixed(Uuid),
    /// The tenant claim is some text that stands for a tenant.
    Map(Vec<(String, Uuid)>),
}

/// The names of claims, where an issuer has others than Entra.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimNames {
    pub tenant: String,
    pub principal: String,
    /// The first that is there counts: `appid` (version 1), `azp` (version 2).
    pub app: Vec<String>,
    pub scopes: String,
    pub roles: String,
    pub name: Vec<String>,
}

impl Default for ClaimNames {
    fn default() -> ClaimNames {
        let all = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        ClaimNames {
            tenant: "tid".into(),
            principal: "oid".into(),
            app: all(&["appid", "azp"]),
            scopes: "scp".into(),
            roles: "roles".into(),
            name: all(&["upn", "preferred_username", "unique_name", "app_displayname", "name"]),
        }
    }
}

pub const DEFAULT_ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::PS256];

/// The names of Graph as an audience.
pub const GRAPH_AUDIENCES: [&str; 2] = ["https://graph.microsoft.com", "00000003-0000-0000-c000-000000000000"];

impl Issuer {
    /// A trusted outside issuer. `name` is what `iss` says, with `{tenantid}` where that varies.
    pub fn outside(name: &str, audiences: Vec<String>, tenant: TenantRule) -> Issuer {
        Issuer {
            id: name.to_owned(),
            name: IssuerName::parse(name),
            audiences,
            algorithms: DEFAULT_ALGORITHMS.to_vec(),
            tenant,
            claims: ClaimNames::default(),
        }
    }

    /// Doorward's own issuer, for tokens to Graph's names and to our own base URLs.
    pub fn embedded(bases: impl IntoIterator<Item = String>) -> Issuer {
        Issuer {
            id: "embedded".into(),
            name: IssuerName::AnyHost,
            audiences: GRAPH_AUDIENCES.iter().map(|name| (*name).to_owned()).chain(bases).collect(),
            algorithms: vec![Algorithm::RS256],
            tenant: TenantRule::Claim,
            claims: ClaimNames::default(),
        }
    }

    pub(super) fn accepts(&self, audience: &str) -> bool {
        let audience = audience.trim_end_matches('/');
        self.audiences.iter().any(|known| known.trim_end_matches('/') == audience)
    }
}

impl IssuerName {
    pub fn parse(name: &str) -> IssuerName {
        match name.split_once("{tenantid}") {
            Some((before, after)) => IssuerName::Template { before: before.into(), after: after.into() },
            None => IssuerName::Exact(name.into()),
        }
    }

    pub(super) fn fits(&self, name: &str) -> bool {
        match self {
            IssuerName::Exact(exact) => exact == name,
            IssuerName::Template { .. } | IssuerName::AnyHost => self.tenant_in(name).is_some(),
        }
    }

    /// The tenant that the issuer's name holds.
    pub(super) fn tenant_in(&self, name: &str) -> Option<Uuid> {
        let tenant = match self {
            IssuerName::Exact(_) => return None,
            IssuerName::Template { before, after } => {
                name.strip_prefix(before.as_str())?.strip_suffix(after.as_str())?
            }
            IssuerName::AnyHost => {
                let rest = name.strip_prefix("https://").or_else(|| name.strip_prefix("http://"))?;
                let (_, path) = rest.split_once('/')?;
                path.strip_suffix("/v2.0")?
            }
        };
        Uuid::parse_str(tenant).ok()
    }
}
