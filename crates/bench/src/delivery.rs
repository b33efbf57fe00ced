//! From asking to having: how long it takes from the POST of a direct assignment until it is delivered,
//! as a client sees it that does nothing but ask; and how long the bare engine takes to make the same
//! rows durable in the same two commits, with nothing before, between and after them.

use crate::Failure;
use crate::child::Server;
use crate::client::{Request, ask};
use crate::data::{Data, TENANT};
use crate::table::Spread;
use rusqlite::types::Value as Cell;
use rusqlite::{Connection, ToSql, params};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use uuid::Uuid;

const EM: &str = "/v1.0/identityGovernance/entitlementManagement";
/// People who are given the package; slow machines end by the clock.
const PEOPLE: u32 = 300;
const PATIENCE: Duration = Duration::from_secs(10);

/// What was made for the measurement, and what it came to.
pub struct Delivered {
    package: Uuid,
    group: Uuid,
    catalog: Uuid,
    /// Milliseconds.
    times: Vec<f64>,
}

pub struct Figure {
    pub ours: Spread,
    pub p99: f64,
    pub ceiling: Spread,
}

struct Client<'t> {
    address: SocketAddr,
    token: &'t str,
}

impl Client<'_> {
    async fn send(&self, method: &str, path: &str, body: &str, wanted: u16) -> Result<Value, Failure> {
        let headers = [("authorization", self.token), ("content-type", "application/json")];
        let (status, answer) = ask(self.address, &Request::new(method, path, &headers, body)).await?;
        match status == wanted {
            true => Ok(serde_json::from_slice(&answer).unwrap_or_default()),
            false => Err(format!("{method} {path}: {status}: {}", String::from_utf8_lossy(&answer)).into()),
        }
    }

    async fn made(&self, path: &str, body: Value) -> Result<Uuid, Failure> {
        id(&self.send("POST", path, &body.to_string(), 201).await?)
    }
}

fn id(value: &Value) -> Result<Uuid, Failure> {
    let id = value.get("id").and_then(Value::as_str).ok_or_else(|| format!("no id in {value}"))?;
    Ok(Uuid::try_parse(id)?)
}

/// Gives a package to one person after the other, and waits each time until it is delivered.
pub async fn measure(data: &Data, server: &Server, token: &str, length: Duration) -> Result<Delivered, Failure> {
    let client = Client { address: server.address, token };
    let name = "Bench delivery";
    let body = json!({ "displayName": name, "mailEnabled": false, "mailNickname": "bench", "securityEnabled": true });
    let group = client.made("/v1.0/groups", body).await?;
    let catalog = client.made(&format!("{EM}/catalogs"), json!({ "displayName": name })).await?;
    let resource = json!({ "originId": group, "originSystem": "AadGroup" });
    let body = json!({ "requestType": "adminAdd", "catalog": { "id": catalog }, "resource": resource });
    client.made(&format!("{EM}/resourceRequests"), body).await?;
    let path = format!("{EM}/catalogs/{catalog}/resources?$filter=originId%20eq%20'{group}'");
    let found = client.send("GET", &path, "", 200).await?;
    let resource = id(found.pointer("/value/0").unwrap_or(&Value::Null))?;
    let body = json!({ "displayName": name, "catalog": { "id": catalog } });
    let package = client.made(&format!("{EM}/accessPackages"), body).await?;
    let role = json!({
        "role": {
            "displayName": "Member", "originId": format!("Member_{group}"), "originSystem": "AadGroup",
            "resource": { "id": resource, "originId": group, "originSystem": "AadGroup" },
        },
        "scope": { "originId": group, "originSystem": "AadGroup", "isRootScope": true },
    });
    client.send("POST", &format!("{EM}/accessPackages/{package}/resourceRoleScopes"), &role.to_string(), 201).await?;
    let policy = json!({
        "displayName": name, "description": name, "allowedTargetScope": "notSpecified", "specificAllowedTargets": [],
        "expiration": { "type": "noExpiration" }, "accessPackage": { "id": package },
    });
    let policy = client.made(&format!("{EM}/assignmentPolicies"), policy).await?;

    let mut times = Vec::new();
    let began = Instant::now();
    for number in 0..PEOPLE {
        let about = json!({ "targetId": data.user(number), "assignmentPolicyId": policy, "accessPackageId": package });
        let body = json!({ "requestType": "adminAdd", "assignment": about }).to_string();
        let asked = Instant::now();
        let taken = client.send("POST", &format!("{EM}/assignmentRequests"), &body, 201).await?;
        let look = format!("{EM}/assignmentRequests/{}?$select=state", id(&taken)?);
        while client.send("GET", &look, "", 200).await?.get("state").and_then(Value::as_str) != Some("delivered") {
            if asked.elapsed() > PATIENCE {
                return Err(format!("it is never delivered: {taken}").into());
            }
        }
        times.push(asked.elapsed().as_secs_f64() * 1000.0);
        if began.elapsed() > length && number > 20 {
            break;
        }
    }
    Ok(Delivered { package, group, catalog, times })
}

/// The rows of one table that the measurement made, in order, and the commit that they belong to.
struct Rows {
    insert: String,
    rows: Vec<Vec<Cell>>,
    second: bool,
}

/// Which rows; `?1` is the tenant, `?2` the package, `?3` the group. What a delivery makes comes in the
/// second commit. They are taken away from the last to the first, so that rows which are found by others
/// stand below those.
const TABLES: &[(&str, &str, bool)] = &[
    ("assignment_request", "package_id = ?2", false),
    ("subject", "id IN (SELECT q.target_id FROM assignment_request AS q WHERE q.package_id = ?2)", false),
    ("audit", "target_id = ?2 AND operation = 'Add'", false),
    ("assignment", "package_id = ?2", true),
    ("assignment_role", "assignment_id IN (SELECT a.id FROM assignment AS a WHERE a.package_id = ?2)", true),
    ("membership", "group_id = ?3", true),
    ("audit", "target_id IN (?2, ?3) AND operation = 'Assign'", true),
];

impl Delivered {
    /// Takes the rows away and lets the engine make them once more; then takes away whatever was made.
    pub fn against_the_engine(self, data: &Data) -> Result<Figure, Failure> {
        let connection = data.open()?;
        connection.execute_batch("PRAGMA foreign_keys = OFF")?;
        let keys = params![TENANT.as_bytes(), self.package.as_bytes(), self.group.as_bytes()];
        let mut tables = Vec::new();
        for (table, condition, second) in TABLES {
            tables.push(read(&connection, table, condition, *second, keys)?);
        }
        for (table, condition, _) in TABLES.iter().rev() {
            delete(&connection, table, condition, keys)?;
        }
        let mut ceilings = Vec::new();
        for number in 0..self.times.len() {
            let began = Instant::now();
            for second in [false, true] {
                connection.execute_batch("BEGIN IMMEDIATE")?;
                for table in tables.iter().filter(|table| table.second == second) {
                    if let Some(row) = table.rows.get(number) {
                        connection.prepare_cached(&table.insert)?.execute(rusqlite::params_from_iter(row))?;
                    }
                }
                connection.execute_batch("COMMIT")?;
            }
            ceilings.push(began.elapsed().as_secs_f64() * 1000.0);
        }
        for (table, condition, _) in TABLES.iter().rev() {
            delete(&connection, table, condition, keys)?;
        }
        connection.execute_batch("PRAGMA foreign_keys = ON")?;
        let own = params![TENANT.as_bytes(), self.package.as_bytes()];
        connection.execute("DELETE FROM access_package WHERE tenant = ?1 AND id = ?2", own)?;
        let own = params![TENANT.as_bytes(), self.catalog.as_bytes()];
        connection.execute("DELETE FROM catalog WHERE tenant = ?1 AND id = ?2", own)?;
        let own = params![TENANT.as_bytes(), self.group.as_bytes()];
        connection.execute("DELETE FROM directory_object WHERE tenant = ?1 AND id = ?2", own)?;
        connection
            .execute("DELETE FROM audit WHERE tenant = ?1 AND correlation_id <> 'bench'", params![TENANT.as_bytes()])?;
        let mut sorted = self.times.clone();
        sorted.sort_by(f64::total_cmp);
        let p99 = sorted.get(sorted.len() * 99 / 100).copied().unwrap_or(0.0);
        Ok(Figure { ours: Spread::of(self.times), p99, ceiling: Spread::of(ceilings) })
    }
}

fn read(
    connection: &Connection,
    table: &str,
    condition: &str,
    second: bool,
    keys: &[&dyn ToSql],
) -> Result<Rows, Failure> {
    // Every key is bound, whether the condition asks for it or not.
    let sql = format!("SELECT * FROM {table} WHERE tenant = ?1 AND ({condition}) AND ?2 <> ?3");
    let mut statement = connection.prepare(&sql)?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let row = |row: &rusqlite::Row<'_>| (0..names.len()).map(|at| row.get(at)).collect::<Result<Vec<Cell>, _>>();
    let rows = statement.query_map(keys, row)?.collect::<Result<_, _>>()?;
    let places = vec!["?"; names.len()].join(", ");
    Ok(Rows { insert: format!("INSERT INTO {table} ({}) VALUES ({places})", names.join(", ")), rows, second })
}

fn delete(connection: &Connection, table: &str, condition: &str, keys: &[&dyn ToSql]) -> Result<(), Failure> {
    connection.execute(&format!("DELETE FROM {table} WHERE tenant = ?1 AND ({condition}) AND ?2 <> ?3"), keys)?;
    Ok(())
}
