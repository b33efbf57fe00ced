//! `doorward extension`.

use server::Clock;
use store::Error;
use store::tenant::NewExtensionSecret;

use super::{Absent, Failure, find, open, result};
use crate::args::ExtensionCommand;
use crate::settings::Settings;

pub async fn run(command: &ExtensionCommand, settings: &Settings) -> Result<(), Failure> {
    let ExtensionCommand::Secret { extension, tenant, new, .. } = command;
    let store = open(settings, Absent::Refuse).await?;
    let tenant = find(&store, tenant).await?;
    let nothing = || format!("{} has no custom extension {extension}", tenant.default_domain);
    if *new {
        let secret = server::new_extension_secret()?;
        let new = NewExtensionSecret { extension: *extension, secret, audit_id: Clock.id(), now: Clock.now() };
        match store.extension_renew(tenant.id, new).await {
            Ok(()) => {}
            Err(Error::NotFound { .. }) => return Err(nothing().into()),
            Err(error) => return Err(error.into()),
        }
    }
    match store.extension_secret(tenant.id, *extension).await? {
        Some(secret) => result("extension_secret", secret),
        None => return Err(nothing().into()),
    }
    Ok(())
}
