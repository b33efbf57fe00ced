//! The surface as committed texts: `$metadata` and the service document of both versions, and the
//! tables of the database. Whoever changes them sees it in the diff.

use crate::steps::shown;
use model::def::{Join, Store};
use std::collections::BTreeSet;
use store::Database;
use testkit::{House, on_each_engine, on_sqlite};

#[test]
fn metadata() {
    on_sqlite(async |house| {
        for (version, name) in [("v1.0", "v1"), ("beta", "beta")] {
            let nobody = house.nobody();
            let metadata = nobody.get(&format!("/{version}/$metadata")).await.expect(200);
            assert!(metadata.header("content-type").starts_with("application/xml"));
            insta::assert_snapshot!(format!("metadata_{name}"), metadata.text().replace("><", ">\n<"));
            let service = nobody.get(&format!("/{version}/")).await.expect(200);
            insta::assert_snapshot!(format!("service_document_{name}"), shown(&service.json, house.host()));
        }
    });
}

/// `table.column`, as the engine itself lists them.
async fn columns(house: &House) -> BTreeSet<String> {
    match house.database() {
        Database::Sqlite(path) => {
            let connection = rusqlite::Connection::open(path).unwrap();
            let sql = "SELECT m.name || '.' || c.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c \
                       WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite_%'";
            let mut statement = connection.prepare(sql).unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        }
        Database::Postgres(url) => {
            let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            let sql = "SELECT table_name || '.' || column_name FROM information_schema.columns \
                       WHERE table_schema = 'public'";
            client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
        }
    }
}

#[test]
fn both_engines_have_the_same_tables_and_every_column_of_the_model() {
    on_each_engine(async |house| {
        let columns = columns(house).await;
        // One text for both engines.
        insta::assert_snapshot!("columns", columns.iter().map(|name| format!("{name}\n")).collect::<String>());
        let there = |table: &str, column: &str, why: &str| {
            assert!(columns.contains(&format!("{table}.{column}")), "{why}: there is no {table}.{column}");
        };
        let entities: Vec<_> = model::tables::entities().collect();
        let table_of = |name: &str| {
            let mut at = entities.iter().find(|entity| entity.name == name);
            while let Some(entity) = at {
                if let Some(table) = entity.table {
                    return Some(table.name);
                }
                at = entities.iter().find(|base| Some(base.name) == entity.base);
            }
            None
        };
        for entity in &entities {
            for property in entity.properties {
                // What is inherited lives in the tables of those who inherit it.
                let Some(table) = table_of(entity.name) else { continue };
                match property.store {
                    Store::Column(column) => there(table, column, property.core),
                    Store::Doc => there(table, "doc", property.core),
                    Store::Elsewhere | Store::Mine(_) => {}
                }
                for column in property.paths.iter().flat_map(|path| path.columns) {
                    there(table, column, property.core);
                }
            }
            for navigation in entity.navigations {
                match navigation.join {
                    Join::Link { table, near, far } | Join::Reach { table, near, far } => {
                        for column in ["tenant", near, far] {
                            there(table, column, navigation.core);
                        }
                    }
                    Join::Forward { column } => {
                        if let Some(table) = table_of(entity.name) {
                            there(table, column, navigation.core);
                        }
                    }
                    Join::Back { column } => {
                        if let Some(table) = table_of(navigation.target) {
                            there(table, column, navigation.core);
                        }
                    }
                    Join::Part { column, of, .. } => {
                        if let Some(table) = table_of(navigation.target) {
                            there(table, column, navigation.core);
                            there(table, of, navigation.core);
                        }
                    }
                    Join::Set | Join::Deleted | Join::Through | Join::Me | Join::Mine | Join::Area { .. } => {}
                }
            }
        }
        // Every table begins with the tenant, but for the note of migrations.
        let tables: BTreeSet<&str> = columns.iter().filter_map(|name| name.split('.').next()).collect();
        for table in tables.into_iter().filter(|table| *table != "schema_migration") {
            there(table, "tenant", "every table begins with the tenant");
        }
    });
}
