//! What the directory knows of a caller at this moment: whether the application that calls may, and the
//! roles that a user holds directly or through groups. It must never take for true what somebody may
//! have changed since.

use crate::answer::Column;
use crate::connection::Connection;
use crate::engine::{Reach, Store};
use crate::error::Error;
use auth::caller::{Caller, Identity, IdentityKind};
use model::def::ColumnType;
use odata::value::Value;
use std::sync::Arc;
use uuid::Uuid;

/// Finds an application of the embedded issuer that may get tokens, as `client_find` does.
macro_rules! ours {
    () => {
        "SELECT 1 FROM directory_object AS s JOIN directory_object AS a ON a.tenant = s.tenant AND a.kind = 4 \
         AND a.app_id = s.app_id AND a.deleted_at IS NULL WHERE s.tenant = $1 AND s.kind = 3 AND s.app_id = $2 \
         AND s.deleted_at IS NULL AND (s.account_enabled IS NULL OR s.account_enabled <> $3)"
    };
}

/// Finds an application that is in the directory and disabled.
macro_rules! stopped {
    () => {
        "SELECT 1 FROM directory_object AS s WHERE s.tenant = $1 AND s.kind = 3 AND s.app_id = $2 \
         AND s.deleted_at IS NULL AND s.account_enabled = $3"
    };
}

const YES: Column = Column { name: "yes", ty: ColumnType::Int };

/// An application as a token names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Speaker {
    tenant: Uuid,
    app: Uuid,
    /// The service principal, where the application speaks for itself.
    principal: Option<Uuid>,
    is_ours: bool,
}

impl Store {
    /// The caller behind a verified token. An application's rights are all in its token, as long as it is
    /// there; a user's depend on roles, which are read anew for each request so that a role taken away is
    /// gone.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the user or the application is deleted or blocked.
    pub async fn caller(&self, identity: &Arc<Identity>) -> Result<Caller, Error> {
        let identity = Arc::clone(identity);
        self.reading(Reach::Row, move |connection| Box::pin(load(connection, identity))).await
    }
}

async fn load(connection: &mut Connection, identity: Arc<Identity>) -> Result<Caller, Error> {
    let speaker = Speaker {
        tenant: identity.tenant,
        app: identity.app,
        principal: (identity.kind == IdentityKind::Application).then_some(identity.principal),
        is_ours: identity.is_ours,
    };
    if !connection.has_heard(&speaker)? {
        may_speak(connection, &speaker).await?;
        connection.hear(speaker);
    }
    match identity.kind {
        IdentityKind::Application => {
            Ok(Caller { identity, directory_roles: Vec::new(), entitlement_roles: Vec::new() })
        }
        // Boxed: its room would be made and moved for every application's read, too.
        IdentityKind::Delegated => Box::pin(user(connection, identity)).await,
    }
}

/// Whether the application is there and enabled. One that another issuer vouches for needn't be in the
/// directory; if it is, the directory has its say.
async fn may_speak(connection: &mut Connection, speaker: &Speaker) -> Result<(), Error> {
    let Speaker { tenant, app, principal, is_ours } = speaker;
    let mut params = vec![Value::Guid(*tenant), Value::Guid(*app), Value::Bool(false)];
    params.extend(principal.map(Value::Guid));
    let sql = match (is_ours, principal.is_some()) {
        (true, true) => concat!(ours!(), " AND s.id = $4"),
        (true, false) => ours!(),
        (false, true) => concat!(
            stopped!(),
            " UNION ALL SELECT 1 FROM directory_object AS d WHERE d.tenant = $1 AND d.id = $4 AND d.kind = 3 \
             AND (d.account_enabled = $3 OR d.deleted_at IS NOT NULL)"
        ),
        (false, false) => stopped!(),
    };
    let found = !connection.query(sql, &params, &[YES]).await?.is_empty();
    match found == *is_ours {
        true => Ok(()),
        false => Err(Error::NotFound { kind: "servicePrincipal", key: app.to_string() }),
    }
}

async fn user(connection: &mut Connection, identity: Arc<Identity>) -> Result<Caller, Error> {
    let key = [Value::Guid(identity.tenant), Value::Guid(identity.principal)];
    let active = "SELECT account_enabled FROM directory_object \
                  WHERE tenant = $1 AND id = $2 AND kind = 1 AND deleted_at IS NULL";
    let column = Column { name: "account_enabled", ty: ColumnType::Bool };
    let rows = connection.query(active, &key, &[column]).await?;
    if rows.first().and_then(|row| row.first()) != Some(&Value::Bool(true)) {
        return Err(Error::NotFound { kind: "user", key: identity.principal.to_string() });
    }
    // A role of the directory counts for the members of the group that holds it, and for nobody within those:
    // whoever keeps an ordinary group hands out no such role.
    let held = "WITH RECURSIVE held(id) AS (SELECT d.id FROM directory_object AS d WHERE d.tenant = $1 AND d.id = $2 \
                UNION SELECT m.group_id FROM held AS h CROSS JOIN membership AS m \
                WHERE m.tenant = $1 AND m.member_id = h.id) \
                SELECT r.area, r.role_definition_id, r.catalog_id FROM held AS h \
                CROSS JOIN role_assignment AS r WHERE r.tenant = $1 AND r.principal_id = h.id \
                AND (r.area <> 0 OR h.id = $2 OR EXISTS (SELECT 1 FROM membership AS n \
                WHERE n.tenant = $1 AND n.group_id = h.id AND n.member_id = $2))";
    let columns = [
        Column { name: "area", ty: ColumnType::Int },
        Column { name: "role_definition_id", ty: ColumnType::Uuid },
        Column { name: "catalog_id", ty: ColumnType::Uuid },
    ];
    let mut caller = Caller { identity, directory_roles: Vec::new(), entitlement_roles: Vec::new() };
    for row in connection.query(held, &key, &columns).await? {
        let (Some(Value::Int(area)), Some(Value::Guid(role))) = (row.first(), row.get(1)) else {
            continue;
        };
        match area {
            0 => caller.directory_roles.push(*role),
            _ => caller.entitlement_roles.push((*role, row.get(2).and_then(Value::as_guid))),
        }
    }
    Ok(caller)
}
