//! Tenants' clocks: how far each is ahead of the real one. Only development moves them.

use crate::answer::Column;
use crate::engine::{Reach, Store};
use crate::error::Error;
use model::def::ColumnType;
use odata::value::Value;
use uuid::Uuid;

impl Store {
    /// The tenants whose clock differs, each with the microseconds that it is ahead.
    pub async fn clock_offsets(&self) -> Result<Vec<(Uuid, i64)>, Error> {
        self.reading(Reach::Row, move |connection| {
            Box::pin(async move {
                let sql = "SELECT tenant, clock_offset FROM tenant WHERE clock_offset <> 0";
                let columns =
                    [Column { name: "tenant", ty: ColumnType::Uuid }, Column { name: "offset", ty: ColumnType::Int }];
                let rows = connection.query(sql, &[], &columns).await?;
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

    /// Sets how far a tenant's clock is ahead, in microseconds.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a tenant that isn't there.
    pub async fn clock_set(&self, tenant: Uuid, offset: i64) -> Result<(), Error> {
        self.writing(move |connection| {
            Box::pin(async move {
                let sql = "UPDATE tenant SET clock_offset = $2 WHERE tenant = $1";
                match connection.execute(sql, &[Value::Guid(tenant), Value::Int(offset)]).await? {
                    0 => Err(Error::NotFound { kind: "tenant", key: tenant.to_string() }),
                    _ => Ok(()),
                }
            })
        })
        .await
    }
}
