//! What the operator did, for the audit log: the verbs of the command line obey no permit, and all
//! the more do they leave a trace. A secret's key is named, never the secret.

use super::{NewClient, NewExtensionSecret, NewSecret, NewTenant};
use crate::audit::{Actor, Entry, Modified, Target, insert};
use crate::connection::Connection;
use crate::error::Error;
use auth::permission::Permission;
use domain::command::Kind;
use domain::outcome::Operation;
use odata::write;
use serde_json::Value;
use uuid::Uuid;

/// Whom the audit log names.
pub const OPERATOR: &str = "Doorward command line";

const APPLICATIONS: &str = "ApplicationManagement";

/// The rows that the registration of a client takes, without its secret's.
pub const CLIENT_ROWS: usize = 4;

struct Line<'a> {
    tenant: Uuid,
    at: i64,
    correlation: &'a str,
    target: (&'a str, Uuid, &'a str),
}

impl Line<'_> {
    async fn write(
        &self,
        connection: &mut Connection,
        id: Uuid,
        (activity, category, operation): (&str, &str, Operation),
        modified: Vec<Modified<'_>>,
    ) -> Result<(), Error> {
        let (kind, target, name) = self.target;
        let entry = Entry {
            tenant: self.tenant,
            id,
            at: self.at,
            correlation: self.correlation,
            activity,
            category,
            operation,
            actor: Actor::App { principal: Uuid::nil(), app: Uuid::nil(), name: OPERATOR },
            target: Target { kind, id: target, name, known: None },
            other: None,
            modified,
        };
        insert(connection, &entry).await
    }
}

fn new<'a>(name: &'a str, value: impl Into<Value>) -> Modified<'a> {
    Modified { name, old: None, new: Some(value.into().to_string()) }
}

pub async fn tenant(connection: &mut Connection, made: &NewTenant) -> Result<(), Error> {
    let correlation = made.audit_id.to_string();
    let target = ("organization", made.id, made.name.as_str());
    let line = Line { tenant: made.id, at: made.now, correlation: &correlation, target };
    let modified = vec![new("displayName", made.name.as_str()), new("verifiedDomains", [made.domain.as_str()])];
    line.write(connection, made.audit_id, ("Create company", "DirectoryManagement", Operation::Add), modified).await
}

/// The application, its service principal, what its own tokens carry, and what it may ask users for.
pub async fn client(connection: &mut Connection, tenant: Uuid, made: &NewClient) -> Result<(), Error> {
    let [first, second, third, fourth] = made.audit_ids;
    let correlation = first.to_string();
    let about = |target| Line { tenant, at: made.now, correlation: &correlation, target };
    let application = about(("application", made.application_id, &made.name));
    let principal = about(("servicePrincipal", made.service_principal_id, &made.name));
    let names = || vec![new("appId", made.app_id.to_string()), new("displayName", made.name.as_str())];

    let mut modified = names();
    modified.push(new("isFallbackPublicClient", made.public));
    modified.push(new("redirectUris", made.redirect_uris.clone()));
    application.write(connection, first, ("Add application", APPLICATIONS, Operation::Add), modified).await?;
    principal.write(connection, second, ("Add service principal", APPLICATIONS, Operation::Add), names()).await?;
    if !made.app_roles.is_empty() {
        let roles = made.app_roles.iter().map(|(_, role)| {
            Permission::find_id(*role).map_or_else(|| role.to_string(), |permission| permission.name().to_owned())
        });
        let modified = vec![new("appRoles", roles.collect::<Vec<String>>())];
        let what = ("Add app role assignment to service principal", APPLICATIONS, Operation::Assign);
        principal.write(connection, third, what, modified).await?;
    }
    if !made.scopes.is_empty() {
        let modified = vec![new("scope", made.scopes.as_str())];
        let what = ("Add delegated permission grant", APPLICATIONS, Operation::Assign);
        principal.write(connection, fourth, what, modified).await?;
    }
    Ok(())
}

/// A new secret of an application, and the keys that are void from now on.
pub async fn secret(
    connection: &mut Connection,
    tenant: Uuid,
    (application, name): (Uuid, &str),
    made: &NewSecret,
    void: &[Uuid],
    now: i64,
) -> Result<(), Error> {
    let correlation = made.audit_id.to_string();
    let line = Line { tenant, at: now, correlation: &correlation, target: ("application", application, name) };
    let mut modified = vec![new("keyId", made.key_id.to_string()), new("endDateTime", write::time(made.ends_at))];
    if !void.is_empty() {
        let void: Vec<String> = void.iter().map(Uuid::to_string).collect();
        modified.push(Modified { name: "passwordCredentials", old: Some(Value::from(void).to_string()), new: None });
    }
    let activity = "Update application - Certificates and secrets management";
    line.write(connection, made.audit_id, (activity, APPLICATIONS, Operation::Update), modified).await
}

/// A new secret of an extension, of which there is nothing to say but that it is new.
pub async fn extension(
    connection: &mut Connection,
    tenant: Uuid,
    name: &str,
    made: &NewExtensionSecret,
) -> Result<(), Error> {
    let correlation = made.audit_id.to_string();
    let target = (Kind::Extension.name(), made.extension, name);
    let line = Line { tenant, at: made.now, correlation: &correlation, target };
    let what = ("Update custom extension - Secret", "EntitlementManagement", Operation::Update);
    line.write(connection, made.audit_id, what, Vec::new()).await
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
