//! What a batch promises: each of its transactions stands or falls by itself.

use crate::answer::Column;
use crate::connection::Connection;
use crate::engine::Reach;
use crate::{Database, Error, Store};
use futures_util::future::join_all;
use model::def::ColumnType;
use odata::value::Value;
use uuid::Uuid;

/// Adds a tenant of this number, twice for `half`, which the primary key refuses.
async fn add(connection: &mut Connection, number: u128, half: bool) -> Result<u128, Error> {
    let sql = "INSERT INTO tenant (tenant, name, created_at) VALUES ($1, 'test', 0)";
    let key = [Value::Guid(Uuid::from_u128(number))];
    connection.execute(sql, &key).await?;
    if half {
        connection.execute(sql, &key).await?;
    }
    Ok(number)
}

#[tokio::test]
async fn a_failure_undoes_nothing_but_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&Database::Sqlite(folder.path().join("test.db"))).await.unwrap();
    let writes = (1..=200_u128).map(|number| {
        store
            .writing(move |connection| Box::pin(async move { add(connection, number, number.is_multiple_of(7)).await }))
    });
    for (at, result) in join_all(writes).await.into_iter().enumerate() {
        let number = at as u128 + 1;
        match result {
            Ok(written) => assert!(written == number && !number.is_multiple_of(7)),
            Err(Error::Taken { .. }) => assert!(number.is_multiple_of(7)),
            Err(error) => panic!("{number}: {error:?}"),
        }
    }
    let column = Column { name: "tenant", ty: ColumnType::Uuid };
    let kept = store.reading(Reach::Row, move |connection| {
        Box::pin(async move { connection.query("SELECT tenant FROM tenant ORDER BY tenant", &[], &[column]).await })
    });
    let kept: Vec<Uuid> = kept.await.unwrap().iter().filter_map(|row| row.first()?.as_guid()).collect();
    let wanted: Vec<Uuid> = (1..=200_u128).filter(|number| !number.is_multiple_of(7)).map(Uuid::from_u128).collect();
    assert_eq!(kept, wanted);
}
