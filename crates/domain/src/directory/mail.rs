//! Names that mail and sign-in use: which characters they may have, and in which domains they are.

use crate::checks::{invalid, within};
use crate::denial::Denial;

const NICKNAME_MAX: usize = 64;
const LOCAL_MAX: usize = 64;
const DOMAIN_MAX: usize = 48;
const NICKNAME: &str = "mailNickname";
const PRINCIPAL: &str = "userPrincipalName";

/// Checks a mail nickname: up to 64 characters of ASCII, without those that addresses need for
/// themselves. Graph forbids the dot to groups only (users are called `ada.lovelace`).
///
/// # Errors
/// [`Denial::Invalid`] on `mailNickname`.
pub(super) fn nickname(text: &str, dots: bool) -> Result<(), Denial> {
    within(NICKNAME, text, NICKNAME_MAX)?;
    let forbidden = |c: char| !c.is_ascii_graphic() || "@()\\[]\";:<>,".contains(c) || (c == '.' && !dots);
    match text.chars().find(|c| forbidden(*c)) {
        None => Ok(()),
        Some(found) => Err(invalid(NICKNAME, format!("Property '{NICKNAME}' can't have the character {found:?}."))),
    }
}

/// Checks a user principal name: `local@domain`, the domain one of the tenant's verified ones.
///
/// # Errors
/// [`Denial::Invalid`] on `userPrincipalName`.
pub(super) fn principal_name(text: &str, domains: &[String]) -> Result<(), Denial> {
    let Some((local, domain)) = text.split_once('@') else {
        return Err(invalid(PRINCIPAL, "Property 'userPrincipalName' is of the form name@domain."));
    };
    within(PRINCIPAL, local, LOCAL_MAX)?;
    within(PRINCIPAL, domain, DOMAIN_MAX)?;
    if !local_part(local) {
        return Err(invalid(
            PRINCIPAL,
            "The name before the @ of property 'userPrincipalName' can have letters, digits and ' . - _ ! # ^ ~, \
             and neither begins nor ends with a dot.",
        ));
    }
    if domains.iter().any(|verified| verified.eq_ignore_ascii_case(domain)) {
        return Ok(());
    }
    Err(invalid(
        PRINCIPAL,
        "The domain portion of the userPrincipalName property is invalid. \
         You must use one of the verified domain names in your organization.",
    ))
}

fn local_part(local: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "'.-_!#^~".contains(c);
    !local.is_empty() && local.chars().all(fits) && !local.starts_with('.') && !local.ends_with('.')
}
