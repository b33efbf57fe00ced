//! What the directory knows of a caller at this moment: the roles held directly or through groups.

use crate::answer::Column;
use crate::connection::Connection;
use crate::engine::{Reach, Store};
use crate::error::Error;
use auth::caller::{Caller, Identity, IdentityKind};
use model::def::ColumnType;
use odata::value::Value;
use std::sync::Arc;

impl Store {
    /// The caller behind a verified token. An application's rights are all in its token; a user's
    /// depend on roles, which are read anew for each request so that a role taken away is gone.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the user is deleted or blocked.
    pub async fn caller(&self, identity: &Arc<Identity>) -> Result<Caller, Error> {
        if identity.kind == IdentityKind::Application {
            return Ok(Caller {
                identity: Arc::clone(identity),
                directory_roles: Vec::new(),
                entitlement_roles: Vec::new(),
            });
        }
        let identity = Arc::clone(identity);
        self.reading(Reach::Row, move |connection| Box::pin(load(connection, identity))).await
    }
}

async fn load(connection: &mut Connection, identity: Arc<Identity>) -> Result<Caller, Error> {
    let key = [Value::Guid(identity.tenant), Value::Guid(identity.principal)];
    let active = "SELECT account_enabled FROM directory_object \
                  WHERE tenant = $1 AND id = $2 AND kind = 1 AND deleted_at IS NULL";
    let column = Column { name: "account_enabled", ty: ColumnType::Bool };
    let rows = connection.query(active, &key, &[column]).await?;
    if rows.first().and_then(|row| row.first()) != Some(&Value::Bool(true)) {
        return Err(Error::NotFound { kind: "user", key: identity.principal.to_string() });
    }
    let held = "WITH RECURSIVE held(id) AS (SELECT d.id FROM directory_object AS d WHERE d.tenant = $1 AND d.id = $2 \
                UNION SELECT m.group_id FROM held AS h CROSS JOIN membership AS m \
                WHERE m.tenant = $1 AND m.member_id = h.id) \
                SELECT r.area, r.role_definition_id, r.catalog_id FROM held AS h \
                CROSS JOIN role_assignment AS r WHERE r.tenant = $1 AND r.principal_id = h.id";
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
