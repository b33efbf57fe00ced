//! `doorward client`.

use auth::issuer::hasher::Hasher;
use auth::issuer::request::redirect_possible;
use auth::issuer::secret;
use server::{Clock, Registration, new_secret};
use store::Error;
use uuid::Uuid;

use super::{Absent, Failure, find, open, permissions, result};
use crate::args::{ClientCommand, words};
use crate::out;
use crate::settings::Settings;

const DAY: i64 = 86_400 * 1_000_000;

pub async fn run(command: &ClientCommand, settings: &Settings) -> Result<(), Failure> {
    let clock = Clock;
    match command {
        ClientCommand::Create { name, tenant, role, scope, redirect_uri, public, secret_life, .. } => {
            let registration = Registration {
                app_id: Uuid::new_v4(),
                application_id: clock.id(),
                service_principal_id: clock.id(),
                name: name.clone(),
                public: *public,
                redirect_uris: redirect_uri.iter().map(|uri| redirect(uri)).collect::<Result<_, _>>()?,
                app_permissions: permissions::roles(&words(role))?,
                scopes: permissions::scopes(&words(scope))?,
                secret: if *public { None } else { Some(secret::client_secret()?.expose().to_owned()) },
                secret_life: secret_life * DAY,
            };
            create(settings, tenant, &registration, clock).await
        }
        ClientCommand::List { tenant, .. } => {
            let store = open(settings, Absent::Refuse).await?;
            for client in store.client_list(find(&store, tenant).await?.id).await? {
                let secrets = match client.secrets {
                    0 => "no secret".to_owned(),
                    1 => "1 secret".to_owned(),
                    count => format!("{count} secrets"),
                };
                out::line(format!("{}  {secrets:<10}  {}", client.app_id, client.name));
            }
            Ok(())
        }
        ClientCommand::Rotate { client, tenant, keep_old, secret_life, .. } => {
            let store = open(settings, Absent::Refuse).await?;
            let tenant = find(&store, tenant).await?;
            let text = secret::client_secret()?.expose().to_owned();
            let now = clock.now();
            let secret = new_secret(&text, now + secret_life * DAY, clock, &mut Hasher::default())?;
            match store.client_secret(tenant.id, *client, secret, !keep_old, now).await {
                Ok(()) => {}
                Err(Error::NotFound { .. }) => return Err(no_client(client, &tenant.default_domain).into()),
                Err(Error::Denied(denial)) => return Err(format!("there can't be another secret: {denial}").into()),
                Err(error) => return Err(error.into()),
            }
            shown_once(&text);
            out::note(if *keep_old { "Its other secrets are still good." } else { "Its other secrets are void." });
            Ok(())
        }
    }
}

async fn create(settings: &Settings, tenant: &str, new: &Registration, clock: Clock) -> Result<(), Failure> {
    let store = open(settings, Absent::Refuse).await?;
    let tenant = find(&store, tenant).await?;
    store.client_create(tenant.id, new.new_client(clock, &mut Hasher::default())?).await?;
    result("tenant_id", tenant.id);
    result("client_id", new.app_id);
    if let Some(secret) = &new.secret {
        shown_once(secret);
    }
    if new.app_permissions.is_empty() && new.scopes.is_empty() {
        out::note("It has no permission yet: nothing was given with --role or --scope.");
    }
    Ok(())
}

fn shown_once(secret: &str) {
    result("client_secret", secret);
    out::note("The secret is stored as a hash: this was the only time it is shown.");
}

fn no_client(client: &Uuid, tenant: &str) -> String {
    format!("{tenant} has no client {client}; `doorward client list --tenant {tenant}` shows those it has")
}

/// An address that the sign-in page may send people back to.
fn redirect(text: &str) -> Result<String, Failure> {
    match redirect_possible(text) {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "'{text}' can't be sent people back to; write an address as https://app.example/back, \
             http://localhost:8400 or com.example.app://back"
        )
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_sent_back_to_whole_addresses_only() {
        for good in ["http://localhost", "https://app.example/back?x=1", "msal1234://auth", "com.example.app:/back"] {
            assert_eq!(redirect(good).unwrap(), good);
        }
        for wrong in
            ["", "/back", "app.example/back", "https://app.example/#here", "javascript:x", "http://app.example/"]
        {
            assert!(redirect(wrong).is_err(), "{wrong}");
        }
    }
}
