//! Identity sources: by what an organization's people are known. Each is known by one key, and a key
//! belongs to one organization: an index watches over that.

use crate::checks::invalid;
use crate::command::Source;
use crate::denial::Denial;
use crate::fold::fold;
use uuid::Uuid;

/// The most sources of one organization.
const SOURCES_MAX: usize = 20;
const DOMAIN_MAX: usize = 253;
const LABEL_MAX: usize = 63;

/// Checks the sources; gives the key of each, and the domain by which its people are found.
///
/// # Errors
/// [`Denial::Invalid`] on `path` for none or too many, for one that names nothing or is named twice,
/// and for one of the tenant's own domains.
pub fn check(sources: &[Source], path: &'static str, own: &[String]) -> Result<Vec<(String, Option<String>)>, Denial> {
    if sources.is_empty() || sources.len() > SOURCES_MAX {
        return Err(invalid(path, format!("'{path}' has to name 1 to {SOURCES_MAX} identity sources.")));
    }
    let mut known: Vec<(String, Option<String>)> = Vec::with_capacity(sources.len());
    for source in sources {
        let found = key(source, path)?;
        if known.iter().any(|(key, _)| *key == found.0) {
            return Err(invalid(path, format!("'{path}' names the same source twice.")));
        }
        if let Some(domain) = &found.1
            && own.iter().any(|verified| fold(verified) == *domain)
        {
            return Err(invalid(path, format!("'{path}' names '{domain}', a domain of this tenant.")));
        }
        known.push(found);
    }
    Ok(known)
}

fn key(source: &Source, path: &'static str) -> Result<(String, Option<String>), Denial> {
    let guid = |text: &str| {
        let id = Uuid::try_parse(text).ok();
        id.ok_or_else(|| invalid(path, format!("'{path}' names a tenant by '{text}', which is no id ('tenantId').")))
    };
    match source {
        Source::Domain(name) | Source::Federation(name) => {
            let domain = fold(name.trim());
            if !is_domain(&domain) {
                return Err(invalid(path, format!("'{path}' has a 'domainName' that is no domain: '{name}'.")));
            }
            Ok((key_of_domain(&domain), Some(domain)))
        }
        Source::Tenant(id) => Ok((format!("tenant:{}", guid(id)?), None)),
        Source::CrossCloud { cloud, tenant } => Ok((format!("tenant:{}@{}", guid(tenant)?, fold(cloud)), None)),
        Source::Social(kind) => Ok((format!("social:{}", fold(kind)), None)),
    }
}

/// The key by which the people of a domain are known.
pub fn key_of_domain(domain: &str) -> String {
    format!("domain:{domain}")
}

/// The domain of a mail address, folded.
pub fn domain_of(mail: &str) -> Option<String> {
    let (local, domain) = mail.trim().rsplit_once('@')?;
    let domain = fold(domain);
    (!local.is_empty() && is_domain(&domain)).then_some(domain)
}

fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.chars().count() <= LABEL_MAX
            && label.chars().all(|each| each.is_alphanumeric() || each == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= DOMAIN_MAX && text.contains('.') && text.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_and_addresses() {
        for (text, expected) in [
            ("ida@Partner.example", Some("partner.example")),
            (" ida@partner.example ", Some("partner.example")),
            ("a@b@partner.example", Some("partner.example")),
            ("@partner.example", None),
            ("ida@partner", None),
            ("ida@-partner.example", None),
            ("ida@partner..example", None),
            ("ida", None),
        ] {
            assert_eq!(domain_of(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_source_has_one_key() {
        let domain = |name: &str| Source::Domain(name.to_owned());
        let same = check(&[domain("Partner.example"), Source::Federation("partner.EXAMPLE".to_owned())], "p", &[]);
        assert!(same.is_err());
        assert!(check(&[domain("doorward.test")], "p", &["Doorward.test".to_owned()]).is_err());
        assert!(check(&[Source::Tenant("contoso".to_owned())], "p", &[]).is_err());
        assert!(check(&[], "p", &[]).is_err());
    }
}
