//! References to entities by URL: `@odata.id`, `name@odata.bind`, `?@id=`. They may name the public
//! Graph host, because every published sample does, or one of our own names; never another host,
//! and nothing here ever asks a host anything.

use crate::error::{Fault, FaultKind};
use crate::path::bind_path;
use crate::query::{End, Key, Step};
use crate::schema::{Schema, TypeId};
use crate::url::{self, RawUrl};

/// The host that published samples name.
const PUBLIC_HOST: &str = "graph.microsoft.com";
const VERSIONS: [&str; 2] = ["v1.0", "beta"];

fn fault(text: &str, why: &str) -> Fault {
    let shown: String = text.chars().take(200).collect();
    Fault::new(FaultKind::Reference, "@odata.id", format!("The value '{shown}' of '@odata.id' {why}."))
}

/// Reads a reference: `https://graph.microsoft.com/v1.0/groups/{id}`, the same with one of
/// `own_hosts` (`localhost:8443`; with the port, where it isn't the scheme's own), or relative:
/// `groups/{id}`, `/v1.0/groups/{id}`. Returns the path after the version.
///
/// # Errors
/// `Reference` for anything else.
pub fn parse_reference(text: &str, own_hosts: &[&str]) -> Result<RawUrl, Fault> {
    let (_, path) = split(text, own_hosts)?;
    if path.contains(['?', '#']) {
        return Err(fault(text, "can't have a query"));
    }
    let url = url::parse(path).map_err(|inner| fault(text, &format!("can't be read: {}", inner.message)))?;
    if url.segments.is_empty() {
        return Err(fault(text, "names nothing"));
    }
    Ok(url)
}

/// The version that a reference names, if it names one: its sets are those of that version.
pub fn version_of(text: &str, own_hosts: &[&str]) -> Option<&'static str> {
    split(text, own_hosts).ok().and_then(|(version, _)| version)
}

/// The version and the path after it.
fn split<'a>(text: &'a str, own_hosts: &[&str]) -> Result<(Option<&'static str>, &'a str), Fault> {
    let whole = text.trim();
    let Some((scheme, rest)) = scheme(whole) else {
        if whole.starts_with("//") || whole.split('/').next().unwrap_or_default().contains(':') {
            return Err(fault(text, "has to be an http or https URL, or relative"));
        }
        let path = whole.trim_start_matches('/');
        return Ok(version(path));
    };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    if !is_ours(scheme, authority, own_hosts) {
        return Err(fault(text, "names a host that is not served here"));
    }
    match version(path.trim_start_matches('/')) {
        (Some(version), path) => Ok((Some(version), path)),
        (None, _) => Err(fault(text, "has to start with '/v1.0/' or '/beta/' after the host")),
    }
}

/// An absolute URL's scheme, and what comes after it.
pub(crate) fn scheme(url: &str) -> Option<(&'static str, &str)> {
    ["https://", "http://"].into_iter().find_map(|scheme| {
        let (head, rest) = url.split_at_checked(scheme.len())?;
        head.eq_ignore_ascii_case(scheme).then_some((scheme, rest))
    })
}

fn is_ours(scheme: &str, authority: &str, own_hosts: &[&str]) -> bool {
    let port = if scheme == "https://" { ":443" } else { ":80" };
    let bare = |host: &str| host.strip_suffix(port).unwrap_or(host).to_ascii_lowercase();
    let host = bare(authority);
    host == PUBLIC_HOST || own_hosts.iter().any(|own| bare(own) == host)
}

/// Whether a URL is relative, or names a host that is served here.
pub fn is_served(url: &str, own_hosts: &[&str]) -> bool {
    scheme(url.trim())
        .is_none_or(|(scheme, rest)| is_ours(scheme, rest.split(['/', '?']).next().unwrap_or_default(), own_hosts))
}

fn version(path: &str) -> (Option<&'static str>, &str) {
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    match VERSIONS.into_iter().find(|version| version.eq_ignore_ascii_case(first)) {
        Some(version) => (Some(version), rest),
        None => (None, path),
    }
}

/// The one entity that a reference means: its type, by the set or the cast, and its key.
///
/// # Errors
/// `Reference` for a path that the model doesn't know, that ends in a collection, a property or an
/// operation, and for one with query options.
pub fn bind_reference(schema: &Schema, raw: &RawUrl) -> Result<(TypeId, Key), Fault> {
    let path = raw.segments.iter().map(|segment| segment.name.as_str()).collect::<Vec<_>>().join("/");
    if !raw.options.is_empty() {
        return Err(fault(&path, "can't have a query"));
    }
    let target = bind_path(schema, &raw.segments).map_err(|inner| {
        fault(&path, &format!("does not lead to an entity: {}", inner.message.trim_end_matches('.')))
    })?;
    let key = target.steps.iter().rev().find(|step| !matches!(step, Step::Cast(_)));
    match (key, &target.end) {
        (Some(Step::Key(key)), End::Itself) => Ok((target.ty, key.clone())),
        _ => Err(fault(&path, "does not name one entity by its key")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{self, DIRECTORY_OBJECT, GROUP, PACKAGE, USER};
    use proptest::prelude::*;

    const ID: &str = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";

    fn bound(text: &str) -> Result<(TypeId, Key), Fault> {
        bind_reference(&sample::schema(), &parse_reference(text, &["localhost:8443", "door.test"])?)
    }

    #[test]
    fn accepted() {
        let key = Key::Id(ID.to_owned());
        for text in [
            format!("https://graph.microsoft.com/v1.0/groups/{ID}"),
            format!("https://graph.microsoft.com/beta/groups/{ID}"),
            format!("HTTPS://Graph.Microsoft.com:443/V1.0/Groups('{ID}')"),
            format!("https://localhost:8443/v1.0//groups/{ID}/"),
            format!("http://door.test/v1.0/groups({ID})"),
            format!("http://door.test:80/v1.0/groups/{ID}"),
            format!("groups/{ID}"),
            format!("/groups/{ID}"),
            format!("/beta/groups/{ID}"),
        ] {
            assert_eq!(bound(&text), Ok((GROUP, key.clone())), "{text}");
        }
        assert_eq!(bound(&format!("directoryObjects/{ID}")), Ok((DIRECTORY_OBJECT, key.clone())));
        assert_eq!(bound(&format!("directoryObjects/{ID}/microsoft.graph.user")), Ok((USER, key.clone())));
        assert_eq!(bound(&format!("identityGovernance/accessPackages/{ID}")), Ok((PACKAGE, key)));
        assert!(matches!(bound("users/ada@doorward.test"), Ok((USER, Key::Alternate { .. }))));
        assert_eq!(version_of("https://graph.microsoft.com/beta/groups/x", &[]), Some("beta"));
        assert_eq!(version_of("groups/x", &[]), None);
    }

    #[test]
    fn refused() {
        for text in [
            "",
            "/",
            "https://evil.test/v1.0/groups/x",
            "https://graph.microsoft.com.evil.test/v1.0/groups/x",
            "https://graph.microsoft.com@evil.test/v1.0/groups/x",
            "https://evil.test@graph.microsoft.com/v1.0/groups/x",
            "https://localhost/v1.0/groups/x",
            "https://localhost:80/v1.0/groups/x",
            "https://graph.microsoft.com/groups/x",
            "https://graph.microsoft.com/v2.0/groups/x",
            "https://graph.microsoft.com",
            "https://graph.microsoft.com/v1.0",
            "ftp://localhost:8443/v1.0/groups/x",
            "//graph.microsoft.com/v1.0/groups/x",
            "javascript:alert(1)",
            "groups",
            "groups/x/members",
            "groups/x/displayName",
            "groups/x/$ref",
            "groups/$count",
            "groups/x?$select=id",
            "foo/x",
            "me",
            "groups('')",
            "groups/%zz",
        ] {
            let fault = bound(text).expect_err(text);
            assert_eq!((fault.kind, fault.target.as_str()), (FaultKind::Reference, "@odata.id"), "{text}");
            assert!(fault.message.contains("@odata.id"));
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in ".{0,80}") {
            let _ = bound(&text);
        }
    }
}
