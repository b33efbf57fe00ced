//! A client and its secrets in the log: each deed a row, no secret in any.

use super::*;
use crate::answer::Column;
use crate::engine::{Database, Reach, Store};
use model::def::ColumnType;
use odata::value::Value as Cell;

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn secret(number: u128) -> NewSecret {
    let hash = format!("hash {number}");
    NewSecret {
        key_id: id(number),
        hash,
        hint: "hin".to_owned(),
        selector: None,
        ends_at: 10,
        audit_id: id(100 + number),
    }
}

async fn log(store: &Store) -> Vec<String> {
    let sql = "SELECT activity || ' ' || doc FROM audit WHERE target_id <> $1 ORDER BY at, id";
    let text = Column { name: "text", ty: ColumnType::Text };
    let rows = store.reading(Reach::Many, move |connection| {
        Box::pin(async move { connection.query(sql, &[Cell::Guid(id(1))], &[text]).await })
    });
    rows.await.unwrap().iter().map(|row| row[0].as_text().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_a_client_was_given_stands_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&Database::Sqlite(folder.path().join("test.db"))).await.unwrap();
    let tenant = NewTenant {
        id: id(1),
        name: "Contoso".to_owned(),
        domain: "contoso.example".to_owned(),
        catalog_id: id(2),
        graph_id: id(3),
        app_roles: "[]".to_owned(),
        scopes: "[]".to_owned(),
        audit_id: id(100),
        now: 1,
    };
    store.tenant_create(tenant).await.unwrap();
    let role = Permission::AuditLogReadAll.def().role.unwrap();
    let client = NewClient {
        app_id: id(4),
        application_id: id(5),
        service_principal_id: id(6),
        name: "Robot".to_owned(),
        public: false,
        redirect_uris: Vec::new(),
        app_roles: vec![(id(7), role)],
        scopes: String::new(),
        grant_id: id(8),
        secret: Some(secret(10)),
        audit_ids: [id(101), id(102), id(103), id(104)],
        now: 2,
    };
    store.client_create(id(1), client.clone()).await.unwrap();
    // What fails leaves no row.
    let twice = NewClient { audit_ids: [id(91), id(92), id(93), id(94)], ..client };
    assert!(store.client_create(id(1), twice).await.is_err());
    store.client_secret(id(1), id(4), secret(11), true, 3).await.unwrap();
    store.client_secret(id(1), id(4), secret(12), false, 4).await.unwrap();

    let told = log(&store).await;
    let secrets = "Update application - Certificates and secrets management";
    let activities = ["Add application", "Add service principal", "Add app role assignment", secrets, secrets, secrets];
    assert_eq!(told.len(), activities.len(), "{told:#?}");
    for (row, activity) in told.iter().zip(activities) {
        assert!(row.starts_with(activity) && row.contains(OPERATOR), "{row} is not '{activity}'");
        assert!(!row.contains("hash") && !row.contains("\"hin"), "{row}");
    }
    assert!(told[2].contains("AuditLog.Read.All"), "{}", told[2]);
    let (first, replaced, added) = (&told[3], &told[4], &told[5]);
    let void = format!("[\\\"{}\\\"]", id(10));
    assert!(!first.contains("passwordCredentials") && !added.contains("passwordCredentials"));
    assert!(replaced.contains(&void) && replaced.contains(&id(11).to_string()), "{replaced}");
    assert_eq!(store.verify().await.unwrap(), []);
}
