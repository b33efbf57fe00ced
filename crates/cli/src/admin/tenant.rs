//! `doorward tenant`.

use std::io::Read;

use auth::issuer::hasher::{Hasher, PASSWORD_BYTES};
use auth::issuer::secret;
use server::{Clock, offers};
use store::Error;
use store::tenant::{NewAdministrator, NewTenant};

use super::{Absent, Failure, find, open, result};
use crate::args::TenantCommand;
use crate::out;
use crate::settings::Settings;

/// Entra's shortest password.
const PASSWORD_MIN: usize = 8;
/// The longest name in the domain system.
const DOMAIN_MAX: usize = 253;

pub async fn run(command: &TenantCommand, settings: &Settings) -> Result<(), Failure> {
    match command {
        TenantCommand::Create { name, domain, id, admin, password_stdin, .. } => {
            let clock = Clock;
            let offers = offers();
            let new = NewTenant {
                id: id.unwrap_or_else(|| clock.id()),
                name: given_name(name)?,
                domain: domain_name(domain)?,
                catalog_id: clock.id(),
                graph_id: clock.id(),
                app_roles: offers.app_roles,
                scopes: offers.scopes,
                audit_id: clock.id(),
                now: clock.now(),
            };
            let first = admin.as_deref().map(|name| administrator(name, *password_stdin, clock)).transpose()?;
            create(settings, new, first).await
        }
        TenantCommand::List { .. } => {
            for tenant in open(settings, Absent::Refuse).await?.tenant_list().await? {
                out::line(format!("{}  {:<32}  {}", tenant.id, tenant.default_domain, tenant.name));
            }
            Ok(())
        }
        TenantCommand::Delete { tenant, yes, .. } => {
            let store = open(settings, Absent::Refuse).await?;
            let found = find(&store, tenant).await?;
            let what = format!("the tenant {} ({}, {})", found.name, found.default_domain, found.id);
            if !yes {
                return Err(format!(
                    "this would delete {what} with all its users, groups, catalogs, access packages and audit rows.\n\
                     Nothing was deleted. If you mean it, say so with --yes"
                )
                .into());
            }
            store.tenant_delete(found.id).await?;
            out::note(format!("Deleted {what}."));
            Ok(())
        }
    }
}

/// The administrator, and the password if it has to be shown.
struct First {
    new: NewAdministrator,
    shown: Option<String>,
}

async fn create(settings: &Settings, new: NewTenant, first: Option<First>) -> Result<(), Failure> {
    let store = open(settings, Absent::Make).await?;
    let (id, domain) = (new.id, new.domain.clone());
    let taken = format!("the domain {domain} belongs to another tenant; `doorward tenant list` shows which");
    let made = match &first {
        Some(first) => store.tenant_found(new, first.new.clone()).await,
        None => store.tenant_create(new).await,
    };
    match made {
        Ok(true) => {}
        Ok(false) => return Err(format!("there is a tenant {id} already; leave out --id for a new one").into()),
        Err(Error::Taken { .. }) => return Err(taken.into()),
        Err(Error::Denied(denial)) => return Err(format!("there can't be such an administrator: {denial}").into()),
        Err(error) => return Err(error.into()),
    }
    result("tenant_id", id);
    match first {
        Some(first) => {
            result("admin", &first.new.user_principal_name);
            result("admin_id", first.new.id);
            if let Some(password) = first.shown {
                result("admin_password", password);
                out::note("The password is stored as a hash: this was the only time it is shown.");
            }
        }
        None => out::note(format!(
            "Nobody is in it yet. A program that may fill it: doorward client create \"Setup\" --tenant {domain} \
             --role User.ReadWrite.All --role RoleManagement.ReadWrite.Directory"
        )),
    }
    Ok(())
}

fn administrator(name: &str, password_stdin: bool, clock: Clock) -> Result<First, Failure> {
    let (password, shown) = match password_stdin {
        true => (read_password()?, None),
        false => {
            let password = secret::client_secret()?.expose().to_owned();
            (password.clone(), Some(password))
        }
    };
    let new = NewAdministrator {
        user_principal_name: name.to_owned(),
        display_name: name.split('@').next().unwrap_or(name).to_owned(),
        password_hash: Hasher::default()
            .hash(&password)
            .map_err(|error| format!("the password can't be used: {error}"))?,
        id: clock.id(),
        assignment_id: clock.id(),
        audit_ids: [clock.id(), clock.id()],
    };
    Ok(First { new, shown })
}

/// The first line of standard input.
fn read_password() -> Result<String, Failure> {
    let mut text = String::new();
    let limit = u64::try_from(PASSWORD_BYTES)? + 2;
    std::io::stdin().lock().take(limit).read_to_string(&mut text)?;
    let password = text.lines().next().unwrap_or_default();
    if password.chars().count() < PASSWORD_MIN {
        return Err(format!("the password on standard input has to have {PASSWORD_MIN} characters or more").into());
    }
    Ok(password.to_owned())
}

fn given_name(name: &str) -> Result<String, Failure> {
    match name.trim() {
        "" => Err("a tenant needs a name".into()),
        name => Ok(name.to_owned()),
    }
}

/// A domain in lower case, as it is compared.
fn domain_name(domain: &str) -> Result<String, Failure> {
    let domain = domain.to_ascii_lowercase();
    let label = |label: &str| {
        let inner = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        inner && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    if domain.len() <= DOMAIN_MAX && domain.contains('.') && domain.split('.').all(label) {
        return Ok(domain);
    }
    Err(format!("'{domain}' is no domain; write one as contoso.example").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_has_two_parts_of_plain_letters() {
        assert_eq!(domain_name("Contoso.Example").unwrap(), "contoso.example");
        let long = format!("{}.example", "a".repeat(64));
        for wrong in
            ["", "contoso", ".example", "a..b", "-a.b", "a-.b", "a b.c", "a.b.", "a_b.c", "é.b", "a@b.c", &long]
        {
            assert!(domain_name(wrong).is_err(), "{wrong}");
        }
    }
}
