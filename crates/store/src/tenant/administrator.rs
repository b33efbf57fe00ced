//! A tenant's first administrator: somebody has to be there before anyone can be asked for a permit.
//! The user and the role come about by the rules that bind everybody, with their audit rows; only
//! the permit is missing, and the log says that the operator acted.

use super::NewTenant;
use super::log::OPERATOR;
use crate::apply::{Author, apply};
use crate::connection::Connection;
use crate::error::Error;
use crate::write::Context;
use crate::{audit, facts};
use auth::caller::{Identity, IdentityKind};
use auth::permission::Permissions;
use auth::role::GLOBAL_ADMINISTRATOR;
use auth::rule::{RowRule, WriteRules};
use domain::command::{Command, Create, RoleArea, RoleAssign};
use domain::fields::{Fields, Value};
use uuid::Uuid;

/// A user who becomes Global Administrator.
#[derive(Debug, Clone)]
pub struct NewAdministrator {
    pub user_principal_name: String,
    pub display_name: String,
    pub password_hash: String,
    /// New ids: of the user, of the role's assignment, and of the two rows of the audit log.
    pub id: Uuid,
    pub assignment_id: Uuid,
    pub audit_ids: [Uuid; 2],
}

pub async fn add(connection: &mut Connection, tenant: &NewTenant, new: &NewAdministrator) -> Result<(), Error> {
    let nickname = new.user_principal_name.split('@').next().unwrap_or_default();
    let user = Command::UserCreate(Create {
        id: new.id,
        fields: Fields(vec![
            ("accountEnabled", Value::Bool(true)),
            ("displayName", new.display_name.as_str().into()),
            ("mailNickname", nickname.into()),
            ("userPrincipalName", new.user_principal_name.as_str().into()),
        ]),
        links: Vec::new(),
        password_hash: Some(new.password_hash.clone()),
        creator: None,
        owner_assignment: None,
    });
    let role = Command::RoleAssign(RoleAssign {
        id: new.assignment_id,
        area: RoleArea::Directory,
        principal: new.id,
        role: GLOBAL_ADMINISTRATOR,
        catalog: None,
    });
    for (command, audit_id) in [user, role].iter().zip(new.audit_ids) {
        let request_id = audit_id.to_string();
        act(connection, tenant.id, command, &Context { now: tenant.now, audit_id, request_id, mail: false }).await?;
    }
    Ok(())
}

async fn act(connection: &mut Connection, tenant: Uuid, command: &Command, context: &Context) -> Result<(), Error> {
    let rules = WriteRules {
        see: RowRule::All,
        change: RowRule::All,
        see_other: RowRule::All,
        change_other: RowRule::All,
        area: None,
        privileged: true,
    };
    let operator = Identity {
        tenant,
        principal: Uuid::nil(),
        app: Uuid::nil(),
        kind: IdentityKind::Application,
        is_ours: true,
        permissions: Permissions::NONE,
        name: OPERATOR.to_owned(),
        expires_at: 0,
    };
    let author = Author { tenant, name: OPERATOR, context, number: 0 };
    let facts = facts::load(connection, tenant, command, &rules).await?;
    let outcome = domain::decide(command, &facts, context.now)?;
    for change in &outcome.changes {
        apply(connection, &author, change).await?;
    }
    audit::write(connection, &author, &operator, outcome.audit.iter().chain(&outcome.more)).await
}

#[cfg(test)]
#[path = "administrator_tests.rs"]
mod tests;
