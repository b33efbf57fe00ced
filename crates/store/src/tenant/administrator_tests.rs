//! The first administrator comes whole, with audit rows, or not at all.

use super::*;
use crate::answer::Column;
use crate::engine::{Database, Reach, Store};
use model::def::ColumnType;
use odata::value::Value;

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn tenant() -> NewTenant {
    NewTenant {
        id: id(1),
        name: "Contoso".to_owned(),
        domain: "contoso.example".to_owned(),
        catalog_id: id(2),
        graph_id: id(3),
        app_roles: "[]".to_owned(),
        scopes: "[]".to_owned(),
        audit_id: id(8),
        now: 1,
    }
}

fn first(name: &str) -> NewAdministrator {
    NewAdministrator {
        user_principal_name: name.to_owned(),
        display_name: "root".to_owned(),
        password_hash: "a hash".to_owned(),
        id: id(4),
        assignment_id: id(5),
        audit_ids: [id(6), id(7)],
    }
}

async fn log(store: &Store) -> Vec<(String, String)> {
    let sql = "SELECT activity, doc FROM audit ORDER BY id";
    let columns = ["activity", "doc"].map(|name| Column { name, ty: ColumnType::Text });
    let rows = store
        .reading(Reach::Many, move |connection| Box::pin(async move { connection.query(sql, &[], &columns).await }));
    let text = |value: &Value| value.as_text().unwrap().to_owned();
    let actor = |doc: &str| -> String {
        let doc: serde_json::Value = serde_json::from_str(doc).unwrap();
        doc["initiatedBy"]["app"]["displayName"].as_str().unwrap().to_owned()
    };
    rows.await.unwrap().iter().map(|row| (text(&row[0]), actor(&text(&row[1])))).collect()
}

#[tokio::test]
async fn the_log_says_that_the_operator_made_the_first_administrator() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&Database::Sqlite(folder.path().join("test.db"))).await.unwrap();
    let denied = store.tenant_found(tenant(), first("root@elsewhere.example")).await;
    assert!(matches!(denied, Err(Error::Denied(_))), "{denied:?}");
    assert!(store.tenant_list().await.unwrap().is_empty() && log(&store).await.is_empty());

    assert!(store.tenant_found(tenant(), first("root@contoso.example")).await.unwrap());
    let acted =
        ["Add user", "Add member to role", "Create company"].map(|activity| (activity.to_owned(), OPERATOR.to_owned()));
    assert_eq!(log(&store).await, acted);
    let account = store.account_find(id(1), "root@contoso.example").await.unwrap().unwrap();
    assert_eq!((account.id, account.password_hash.as_deref()), (id(4), Some("a hash")));
    assert_eq!(store.verify().await.unwrap(), []);

    // A tenant that is there gets nobody by the same way.
    assert!(!store.tenant_found(tenant(), first("other@contoso.example")).await.unwrap());
    assert_eq!(log(&store).await.len(), 3);
}
