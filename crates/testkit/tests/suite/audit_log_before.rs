//! Entries that were written before the log was one that Graph can read: the migration turns them into
//! documents that say all that was known, and gives the tenants that are there the roles that read it.

use serde_json::{Value, json};
use store::{Database, Store};
use testkit::{Engine, Own, POSTGRES};

const SQLITE: &str = include_str!("../../../store/migrations/sqlite/0001_foundation.sql");
const POSTGRESQL: &str = include_str!("../../../store/migrations/postgres/0001_foundation.sql");
const TENANT: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const USER: &str = "bbbbbbbb-0000-4000-8000-000000000001";
const CLIENT: &str = "cccccccc-0000-4000-8000-000000000001";
const GROUP: &str = "dddddddd-0000-4000-8000-000000000001";
const CATALOG: &str = "eeeeeeee-0000-4000-8000-000000000001";
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// A user's link, an application's change, and the operator's deed, in the first schema's columns.
fn planted(engine: &Engine) -> String {
    let sqlite = matches!(engine, Engine::Sqlite);
    let schema = if sqlite { SQLITE } else { POSTGRESQL };
    let id = |id: &str| if sqlite { format!("x'{}'", id.replace('-', "")) } else { format!("'{id}'") };
    let at = |seconds: u32| match sqlite {
        true => format!("{seconds}000000"),
        false => format!("to_timestamp({seconds})"),
    };
    let (tenant, user, client, group) = (id(TENANT), id(USER), id(CLIENT), id(GROUP));
    let (catalog, nobody) = (id(CATALOG), id(NOBODY));
    format!(
        "{schema}
        CREATE TABLE schema_migration (version bigint PRIMARY KEY, name text NOT NULL);
        INSERT INTO schema_migration VALUES (1, '0001_foundation');
        INSERT INTO tenant VALUES ({tenant}, 'Old', {now});
        INSERT INTO audit VALUES
        ({tenant}, {user}, {one}, 'Add member to group', 'GroupManagement', 'Assign', 'user', {user},
            'Ünal@old.example', {client}, 'group', {group}, 'ÄRZTE', 'user', {user}, 'Ünal', 'r-1', '{{}}', '{{}}'),
        ({tenant}, {group}, {two}, 'Update access package catalog', 'EntitlementManagement', 'Update', 'application',
            {group}, 'Robot', {client}, 'accessPackageCatalog', {catalog}, 'It''s \"new\"', NULL, NULL, NULL, 'r-2',
            '{{\"description\":\"a \\\"b\\\"\",\"tags\":[\"x\"],\"state\":1}}',
            '{{\"description\":null,\"tags\":[\"x\",\"y\"],\"isExternallyVisible\":true}}'),
        ({tenant}, {catalog}, {three}, 'Add user', 'UserManagement', 'Add', 'application', {nobody},
            'Doorward command line', {nobody}, 'unifiedRoleAssignment', {user}, 'root', NULL, NULL, NULL, 'r-3',
            '{{}}', '{{}}');",
        now = at(1),
        one = at(10),
        two = at(20),
        three = at(30),
    )
}

async fn run(database: &Database, sql: &str) {
    match database {
        Database::Sqlite(path) => rusqlite::Connection::open(path).unwrap().execute_batch(sql).unwrap(),
        Database::Postgres(url) => connect(url).await.batch_execute(sql).await.unwrap(),
    }
}

async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// The texts of one column.
async fn texts(database: &Database, sql: &str) -> Vec<String> {
    match database {
        Database::Sqlite(path) => {
            let connection = rusqlite::Connection::open(path).unwrap();
            let mut statement = connection.prepare(sql).unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        }
        Database::Postgres(url) => {
            connect(url).await.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
        }
    }
}

fn target(kind: &str, id: &str, name: &str, modified: Value) -> Value {
    json!({ "displayName": name, "groupType": null, "id": id, "type": kind, "userPrincipalName": null,
        "modifiedProperties": modified })
}

#[test]
fn what_was_known_is_told() {
    let engines =
        [Some(Engine::Sqlite), std::env::var(POSTGRES).ok().filter(|url| !url.is_empty()).map(Engine::Postgres)];
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    for engine in engines.into_iter().flatten() {
        runtime.block_on(async {
            let own = Own::empty(&engine).await;
            run(&own.database, &planted(&engine)).await;
            let store = Store::open(&own.database).await.unwrap();
            assert_eq!(store.verify().await.unwrap().len(), 1, "only the General catalog is missing");
            let documents = texts(&own.database, "SELECT CAST(doc AS text) FROM audit ORDER BY at").await;
            let documents: Vec<Value> = documents.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
            let user =
                json!({ "displayName": null, "id": USER, "ipAddress": null, "userPrincipalName": "Ünal@old.example" });
            let app = |app: Value, principal: Value, name: &str| {
                json!({ "app": { "appId": app, "displayName": name, "servicePrincipalId": principal,
                    "servicePrincipalName": app }, "user": null })
            };
            let modified = json!([
                { "displayName": "description", "newValue": null, "oldValue": "\"a \\\"b\\\"\"" },
                { "displayName": "isExternallyVisible", "newValue": "true", "oldValue": null },
                { "displayName": "state", "newValue": null, "oldValue": "1" },
                { "displayName": "tags", "newValue": "[\"x\",\"y\"]", "oldValue": "[\"x\"]" },
            ]);
            let expected = [
                json!({ "additionalDetails": [{ "key": "appId", "value": CLIENT }],
                    "initiatedBy": { "app": null, "user": user }, "result": 0,
                    "targetResources": [
                        target("Group", GROUP, "ÄRZTE", json!([])), target("User", USER, "Ünal", json!([])),
                    ] }),
                json!({ "additionalDetails": [], "initiatedBy": app(json!(CLIENT), json!(GROUP), "Robot"), "result": 0,
                    "targetResources": [target("AccessPackageCatalog", CATALOG, "It's \"new\"", modified)] }),
                json!({ "additionalDetails": [], "initiatedBy": app(Value::Null, Value::Null, "Doorward command line"),
                    "result": 0, "targetResources": [target("RoleAssignment", USER, "root", json!([]))] }),
            ];
            assert_eq!(documents, expected, "on {}", engine.name());
            for (column, expected) in [
                ("user_principal_name_fold", ["ünal@old.example", "-", "-"]),
                ("app_name_fold", ["-", "robot", "doorward command line"]),
                ("target_name_fold", ["ärzte", "it's \"new\"", "root"]),
                ("other_name_fold", ["ünal", "-", "-"]),
                ("service", ["Core Directory", "Entitlement Management", "Core Directory"]),
                ("correlation_id", ["r-1", "r-2", "r-3"]),
            ] {
                let sql = format!("SELECT coalesce({column}, '-') FROM audit ORDER BY at");
                assert_eq!(texts(&own.database, &sql).await, expected, "{column} on {}", engine.name());
            }
            let roles =
                texts(&own.database, "SELECT display_name FROM role_definition ORDER BY display_name_fold").await;
            assert_eq!(roles, ["Reports Reader", "Security Administrator", "Security Reader"]);
            drop(store);
            own.remove().await;
        });
    }
}
