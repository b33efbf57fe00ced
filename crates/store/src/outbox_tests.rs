//! Leases: nobody else takes a row before its lease is over, and whoever comes too late changes nothing.

use super::*;
use crate::engine::Database;

const TENANT: Uuid = Uuid::from_u128(99);

/// A store with this many rows that are due at 0.
async fn store(rows: u128) -> (Store, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&Database::Sqlite(folder.path().join("test.db"))).await.unwrap();
    let written = store.writing(move |connection| {
        Box::pin(async move {
            let tenant = Value::Guid(TENANT);
            let sql = "INSERT INTO tenant (tenant, name, created_at) VALUES ($1, 'Test', 0)";
            connection.execute(sql, std::slice::from_ref(&tenant)).await?;
            let sql = "INSERT INTO outbox (tenant, id, topic, payload, state, due, leased_until, attempts) \
                       VALUES ($1, $2, 1, '{}', 0, 0, 0, 0)";
            for id in 1..=rows {
                connection.execute(sql, &[tenant.clone(), Value::Guid(Uuid::from_u128(id))]).await?;
            }
            Ok(())
        })
    });
    written.await.unwrap();
    (store, folder)
}

async fn lease(store: &Store, now: i64) -> Vec<Post> {
    store.outbox_lease(&[Topic::Mail], now, now + 100, Clocks::Real, 10).await.unwrap()
}

#[tokio::test]
async fn a_lease_is_one_process_s_until_it_is_over() {
    let (store, _folder) = store(2).await;
    let first = lease(&store, 1).await;
    assert_eq!(first.len(), 2);
    assert!(lease(&store, 50).await.is_empty());
    // Whoever had it has died, or is slow.
    let second = lease(&store, 101).await;
    assert_eq!(second.len(), 2);
    store.outbox_settle(&first[0], Fate::Sent).await.unwrap();
    assert_eq!(lease(&store, 201).await.len(), 2);
}

#[tokio::test]
async fn what_fails_is_put_off_and_keeps_nothing_from_going() {
    let (store, _folder) = store(3).await;
    let posts = lease(&store, 1).await;
    let problem = || "no".to_owned();
    store.outbox_settle(&posts[0], Fate::Later { due: 500, problem: problem() }).await.unwrap();
    store.outbox_settle(&posts[1], Fate::GivenUp { problem: problem() }).await.unwrap();
    store.outbox_settle(&posts[2], Fate::Kept { at: 7 }).await.unwrap();
    assert!(lease(&store, 499).await.is_empty());
    let again = lease(&store, 500).await;
    assert_eq!(again.iter().map(|post| (post.id, post.attempts)).collect::<Vec<_>>(), [(posts[0].id, 1)]);
    assert_eq!(store.outbox_kept(TENANT, Topic::Mail).await.unwrap().len(), 1);
    store.outbox_settle(&again[0], Fate::Sent).await.unwrap();
    let broken: Vec<Uuid> = store.verify().await.unwrap().iter().map(|violation| violation.id).collect();
    assert!(broken.contains(&posts[1].id) && !broken.contains(&posts[0].id) && !broken.contains(&posts[2].id));
    store.outbox_forget(i64::MAX).await.unwrap();
    assert!(store.verify().await.unwrap().iter().all(|violation| violation.id != posts[1].id));
}
