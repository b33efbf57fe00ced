//! What a `scope` parameter asks for. There is one resource here, Graph, and clients call it by many
//! names: its own, its id, and whatever name they reach this server by (clients.md, section 3).

use super::oauth_error::OAuthError;
use crate::permission::{Permission, Permissions};

const GRAPH_ID: &str = "00000003-0000-0000-c000-000000000000";
const GRAPH: &str = "https://graph.microsoft.com";
/// Names of Graph in the public and the national clouds, and of this machine to itself.
const GRAPH_HOSTS: [&str; 9] = [
    "graph.microsoft.com",
    "canary.graph.microsoft.com",
    "graph.microsoft.us",
    "dod-graph.microsoft.us",
    "graph.microsoft.de",
    "microsoftgraph.chinacloudapi.cn",
    "localhost",
    "127.0.0.1",
    "[::1]",
];
const DEFAULT: &str = ".default";
const SCOPES: usize = 200;

/// A scope parameter, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scopes {
    /// `/.default`: everything that was agreed to.
    pub default: bool,
    /// Permissions of Graph that were named, and `openid`, `profile`, `email`, `offline_access`.
    pub permissions: Permissions,
    /// What goes into `aud`: Graph's name as the client said it, without a slash at the end.
    pub audience: String,
}

impl Scopes {
    pub fn wants_id_token(&self) -> bool {
        self.permissions.contains(Permission::OpenId)
    }

    pub fn wants_refresh_token(&self) -> bool {
        self.permissions.contains(Permission::OfflineAccess)
    }
}

/// Reads a scope parameter of a user's flow. `own_hosts` are names of this server, with or without
/// port. Scopes of Graph that we don't know are left out, as nothing could be granted by them.
///
/// # Errors
/// [`OAuthError::UnknownResource`] for a scope of another resource, [`OAuthError::ScopeInvalid`] for
/// `/.default` beside named permissions or for a list without end.
pub fn resolve(scope: &str, own_hosts: &[&str]) -> Result<Scopes, OAuthError> {
    let invalid = || OAuthError::ScopeInvalid { scope: scope.to_owned() };
    if scope.split_ascii_whitespace().count() > SCOPES {
        return Err(invalid());
    }
    let mut scopes = Scopes { default: false, permissions: Permissions::NONE, audience: GRAPH.to_owned() };
    let mut named = false;
    for each in scope.split_ascii_whitespace() {
        let (resource, name) = split(each);
        if let Some(resource) = resource {
            if !is_graph(resource, own_hosts) {
                return Err(OAuthError::UnknownResource { resource: resource.to_owned() });
            }
            scopes.audience = resource.trim_end_matches('/').to_owned();
        }
        if name == DEFAULT {
            scopes.default = true;
        } else if let Some(permission) = Permission::find(name).filter(|found| found.def().scope.is_some()) {
            named |= !is_sign_in(permission);
            scopes.permissions = scopes.permissions.union(Permissions::of(&[permission]));
        }
    }
    if scopes.default && named { Err(invalid()) } else { Ok(scopes) }
}

/// Reads the scope parameter of client credentials: exactly `<resource>/.default`. MSAL for Go and for
/// Java add `openid profile offline_access` in any order, as they do for users; these names are ignored,
/// because there is nobody to sign in.
///
/// # Errors
/// [`OAuthError::ScopeNotDefault`] for anything else, [`OAuthError::UnknownResource`] for another
/// resource than Graph.
pub fn resolve_default(scope: &str, own_hosts: &[&str]) -> Result<Scopes, OAuthError> {
    let mut others = scope.split_ascii_whitespace().filter(|name| !is_sign_in_name(name));
    match (others.next(), others.next()) {
        (Some(only), None) if matches!(split(only), (Some(_), DEFAULT)) => resolve(only, own_hosts),
        _ => Err(OAuthError::ScopeNotDefault { scope: scope.to_owned() }),
    }
}

/// Whether a scope parameter asks for nothing but the sign-in itself.
pub fn is_sign_in_only(scope: &str) -> bool {
    scope.split_ascii_whitespace().all(is_sign_in_name)
}

/// The permissions of a user's token: what was asked for, of that which was agreed to.
/// `agreed` holds the scopes that an administrator or the user consented to for this application.
///
/// # Errors
/// [`OAuthError::ConsentRequired`] when something was asked for and nothing of it was agreed to.
pub fn granted(scopes: &Scopes, agreed: Permissions) -> Result<Permissions, OAuthError> {
    let sign_in = scopes.permissions.intersection(SIGN_IN);
    let graph = Permissions(scopes.permissions.0 & !SIGN_IN.0);
    // Of the sign-in scopes there is only what this request names, whatever was agreed to.
    let agreed = Permissions(agreed.0 & !SIGN_IN.0);
    if scopes.default || graph.is_empty() {
        return Ok(agreed.union(sign_in));
    }
    let given = graph.intersection(agreed);
    if given.is_empty() { Err(OAuthError::ConsentRequired) } else { Ok(given.union(sign_in)) }
}

/// The permissions when a code or a refresh token is redeemed: what is asked for now, of what was
/// given at first and is still agreed to (RFC 6749, 6: never more). `first` is the scope parameter of
/// the first request; `asked` the one of this request, if it has one.
///
/// # Errors
/// As [`resolve`] and [`granted`].
pub fn narrowed(
    asked: Option<&str>,
    first: &str,
    agreed: Permissions,
    own_hosts: &[&str],
) -> Result<Permissions, OAuthError> {
    let most = granted(&resolve(first, own_hosts)?, agreed)?;
    match asked {
        Some(asked) => Ok(granted(&resolve(asked, own_hosts)?, most)?.intersection(most)),
        None => Ok(most),
    }
}

const SIGN_IN: Permissions =
    Permissions::of(&[Permission::OpenId, Permission::Profile, Permission::Email, Permission::OfflineAccess]);

fn is_sign_in(permission: Permission) -> bool {
    SIGN_IN.contains(permission)
}

/// Whether this is `openid`, `profile`, `email` or `offline_access`, with no resource in front.
fn is_sign_in_name(name: &str) -> bool {
    !name.contains('/') && Permission::find(name).is_some_and(is_sign_in)
}

/// The resource, if one is named, and the name after the last slash.
fn split(scope: &str) -> (Option<&str>, &str) {
    match scope.rsplit_once('/') {
        Some((resource, name)) => (Some(resource), name),
        None => (None, scope),
    }
}

fn is_graph(resource: &str, own_hosts: &[&str]) -> bool {
    let resource = resource.trim_end_matches('/');
    if resource.eq_ignore_ascii_case(GRAPH_ID) {
        return true;
    }
    let Some((scheme, host)) = resource.split_once("://") else { return false };
    let known = |host: &str| {
        GRAPH_HOSTS.iter().chain(own_hosts).any(|known| without_port(known).eq_ignore_ascii_case(without_port(host)))
    };
    (scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")) && known(host)
}

/// `[::1]:8443` and `localhost:8443` without the port.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OWN: &[&str] = &["doorward.example:8443"];

    #[test]
    fn every_name_of_graph_is_taken() {
        for scope in [
            "https://graph.microsoft.com/.default",
            "https://graph.microsoft.com//.default",
            "https://localhost/.default",
            "https://localhost:8443/.default",
            "https://doorward.example/.default",
            "https://DOORWARD.example:9/.default",
            "https://[::1]:8443/.default",
            "http://127.0.0.1:80/.default",
            "00000003-0000-0000-c000-000000000000/.default",
        ] {
            let scopes = resolve_default(scope, OWN).unwrap();
            assert!(scopes.default, "{scope}");
            assert!(!scopes.audience.ends_with('/'), "{scope}");
        }
        assert_eq!(resolve_default("https://localhost:8443/.default", OWN).unwrap().audience, "https://localhost:8443");
    }

    #[test]
    fn client_credentials_want_default_and_nothing_else() {
        for scope in
            ["User.Read", "https://graph.microsoft.com/User.Read", ".default", "", "https://localhost/.default x"]
        {
            assert!(matches!(resolve_default(scope, OWN), Err(OAuthError::ScopeNotDefault { .. })), "{scope}");
        }
        assert!(matches!(resolve_default("https://evil.test/.default", OWN), Err(OAuthError::UnknownResource { .. })));
    }

    #[test]
    fn client_credentials_scope_with_sign_in_names_is_read_as_default_alone() {
        const GRAPH_DEFAULT: &str = "https://graph.microsoft.com/.default";
        let alone = resolve_default(GRAPH_DEFAULT, OWN).unwrap();
        for scope in [
            "https://graph.microsoft.com/.default openid profile offline_access",
            "openid profile offline_access https://graph.microsoft.com/.default",
            "offline_access https://graph.microsoft.com/.default  email openid openid",
            "OpenId https://graph.microsoft.com/.default",
        ] {
            assert_eq!(resolve_default(scope, OWN).unwrap(), alone, "{scope}");
        }
        for scope in [
            "openid",
            "openid profile offline_access email",
            "https://graph.microsoft.com/.default openid User.Read",
            "https://graph.microsoft.com/.default address",
            "https://graph.microsoft.com/.default https://graph.microsoft.com/openid",
            "https://graph.microsoft.com/.default https://graph.microsoft.com/.default",
        ] {
            assert!(matches!(resolve_default(scope, OWN), Err(OAuthError::ScopeNotDefault { .. })), "{scope}");
        }
        let other = resolve_default("openid https://evil.test/.default", OWN);
        assert!(matches!(other, Err(OAuthError::UnknownResource { .. })));
    }

    #[test]
    fn users_name_permissions() {
        let scopes =
            resolve("openid offline_access https://graph.microsoft.com/User.Read group.read.all Nope", OWN).unwrap();
        assert!(scopes.wants_id_token() && scopes.wants_refresh_token() && !scopes.default);
        assert_eq!(scopes.permissions.names(), ["openid", "offline_access", "User.Read", "Group.Read.All"]);
        assert!(resolve("https://graph.microsoft.com/.default openid", OWN).unwrap().default);
        assert!(matches!(
            resolve("https://graph.microsoft.com/.default User.Read", OWN),
            Err(OAuthError::ScopeInvalid { .. })
        ));
        assert!(resolve(&"x ".repeat(201), OWN).is_err());
    }

    #[test]
    fn nothing_is_granted_that_nobody_agreed_to() {
        let agreed = Permissions::of(&[Permission::UserRead, Permission::GroupReadAll]);
        let named = resolve("openid User.Read User.ReadWrite.All", OWN).unwrap();
        assert_eq!(granted(&named, agreed).unwrap().names(), ["openid", "User.Read"]);
        let default = resolve("https://graph.microsoft.com/.default openid", OWN).unwrap();
        assert_eq!(granted(&default, agreed).unwrap().names(), ["openid", "User.Read", "Group.Read.All"]);
        let other = resolve("User.ReadWrite.All", OWN).unwrap();
        assert_eq!(granted(&other, agreed), Err(OAuthError::ConsentRequired));
        let all = Permissions::of(&[Permission::UserRead, Permission::OpenId, Permission::OfflineAccess]);
        let bare = resolve("https://graph.microsoft.com/.default", OWN).unwrap();
        assert_eq!(granted(&bare, all).unwrap().names(), ["User.Read"], "sign-in scopes must be named");
    }

    #[test]
    fn what_is_redeemed_may_be_less_and_never_more() {
        let agreed = Permissions::of(&[Permission::UserRead, Permission::GroupReadAll]);
        let first = "openid offline_access User.Read Group.Read.All";
        let names = |asked: Option<&str>, first: &str| {
            narrowed(asked, first, agreed, OWN).map(|permissions| permissions.names())
        };
        assert_eq!(names(None, first).unwrap(), ["openid", "offline_access", "User.Read", "Group.Read.All"]);
        assert_eq!(names(Some("User.Read profile"), first).unwrap(), ["User.Read"]);
        assert_eq!(names(Some("Group.Read.All"), "openid User.Read"), Err(OAuthError::ConsentRequired));
        assert_eq!(names(Some("https://localhost/.default"), "User.Read").unwrap(), ["User.Read"]);
        assert_eq!(names(Some("offline_access"), "User.Read").unwrap(), ["User.Read"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in ".{0,200}", host in ".{0,40}") {
            let _ = resolve(&text, &[&host]);
            let _ = resolve_default(&text, &[&host]);
        }
    }
}
