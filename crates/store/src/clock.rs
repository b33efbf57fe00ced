//! Tenants' clocks: how far each is ahead of the real one. Only development moves them.

use crate::answer::Column;
use crate::engine::{Reach, Store};
use crate::error::Error;
use model::def::ColumnType;
use odata::value::Value;
use std::sync::Arc;
use uuid::Uuid;

const TENANT: Column = Column { name: "tenant", ty: ColumnType::Uuid };
const OFFSET: Column = Column { name: "clock_offset", ty: ColumnType::Int };

impl Store {
    /// The tenants whose clock differs, each with the microseconds that it is ahead.
    pub async fn clock_offsets(&self) -> Result<Vec<(Uuid, i64)>, Error> {
        self.reading(Reach::Row, move |connection| {
            Box::pin(async move {
                let sql = "SELECT tenant, clock_offset FROM tenant WHERE clock_offset <> 0";
                let rows = connection.query(sql, &[], &[TENANT, OFFSET]).await?;
                Ok(rows
                    .iter()
                    .filter_map(|row| match row.as_slice() {
                        [Value::Guid(tenant), Value::Int(offset)] => Some((*tenant, *offset)),
                        _ => None,
                    })
                    .collect())
            })
        })
        .await
    }

    /// Changes how far a tenant's clock is ahead, in microseconds: `change` makes the new distance of the
    /// present one, or says why not, and then nothing has changed. It may be asked more than once.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a tenant that isn't there.
    pub async fn clock_change<E, F>(&self, tenant: Uuid, change: F) -> Result<Result<i64, E>, Error>
    where
        E: Send + 'static,
        F: Fn(i64) -> Result<i64, E> + Send + Sync + 'static,
    {
        let change = Arc::new(change);
        self.writing(move |connection| {
            let change = Arc::clone(&change);
            Box::pin(async move {
                let sql = "SELECT clock_offset FROM tenant WHERE tenant = $1";
                let rows = connection.query(sql, &[Value::Guid(tenant)], &[OFFSET]).await?;
                let Some([Value::Int(present)]) = rows.first().map(Vec::as_slice) else {
                    return Err(Error::NotFound { kind: "tenant", key: tenant.to_string() });
                };
                let offset = match change(*present) {
                    Ok(offset) => offset,
                    Err(reason) => return Ok(Err(reason)),
                };
                let sql = "UPDATE tenant SET clock_offset = $2 WHERE tenant = $1";
                connection.execute(sql, &[Value::Guid(tenant), Value::Int(offset)]).await?;
                Ok(Ok(offset))
            })
        })
        .await
    }
}
