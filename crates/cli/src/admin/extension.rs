//! `doorward extension`.

use super::{Absent, Failure, find, open, result};
use crate::args::ExtensionCommand;
use crate::settings::Settings;

pub async fn run(command: &ExtensionCommand, settings: &Settings) -> Result<(), Failure> {
    let ExtensionCommand::Secret { extension, tenant, new, .. } = command;
    let store = open(settings, Absent::Refuse).await?;
    let tenant = find(&store, tenant).await?;
    if *new {
        store.extension_renew(tenant.id, *extension, server::new_extension_secret()?).await?;
    }
    match store.extension_secret(tenant.id, *extension).await? {
        Some(secret) => result("extension_secret", secret),
        None => return Err(format!("{} has no custom extension {extension}", tenant.default_domain).into()),
    }
    Ok(())
}
