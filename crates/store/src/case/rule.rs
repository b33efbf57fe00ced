//! Loads a person and everything that membership rules may give them: dynamic groups, and the policies
//! that assign by themselves with what the person has of their packages. One question for each kind of
//! thing, whatever their number.

use super::rows::{ASSIGNMENT, ASSIGNMENT_COLUMNS, Cells, INT, JSON, OPEN, OPEN_COLUMNS, TEXT, TIME, UUID};
use super::{attributes, person};
use crate::answer::Column;
use crate::connection::Connection;
use crate::error::Error;
use crate::policy;
use crate::sql::Sql;
use domain::catalog::PUBLISHED;
use domain::lifecycle::case::{Assignment, Case, DynamicGroup, Holding, Named, Open, Package, Person, Rules};
use odata::value::Value;
use std::collections::HashMap;
use uuid::Uuid;

pub async fn load(connection: &mut Connection, tenant: Uuid, object: Uuid) -> Result<(Case, Rules), Error> {
    let Some(mut target) = person::of_object(connection, tenant, object).await? else {
        return Ok((Case::default(), Rules::default()));
    };
    if target.is_user {
        target.attributes = attributes::load(connection, tenant, object).await?;
    }
    let groups = groups(connection, tenant, object).await?;
    let cases = cases(connection, tenant, &target).await?;
    Ok((Case { target: Some(target), ..Case::default() }, Rules { groups, cases }))
}

async fn groups(connection: &mut Connection, tenant: Uuid, object: Uuid) -> Result<Vec<DynamicGroup>, Error> {
    let sql = "SELECT g.id, g.display_name, g.membership_rule, g.group_types, g.doc, \
               CASE WHEN m.member_id IS NULL THEN 0 ELSE 1 END FROM directory_object AS g \
               LEFT JOIN membership AS m ON m.tenant = g.tenant AND m.group_id = g.id AND m.member_id = $2 \
               WHERE g.tenant = $1 AND g.membership_rule IS NOT NULL AND g.kind = 2 AND g.deleted_at IS NULL \
               ORDER BY g.id";
    let found = connection
        .query(sql, &[Value::Guid(tenant), Value::Guid(object)], &[UUID, TEXT, TEXT, JSON, JSON, INT])
        .await?;
    let in_force = |row: &Cells<'_>| {
        row.text(3).contains("DynamicMembership")
            && !row.text(4).contains("\"membershipRuleProcessingState\":\"Paused\"")
    };
    let group =
        |row: Cells<'_>| DynamicGroup { id: row.guid(0), name: row.text(1), rule: row.text(2), is_member: row.bool(5) };
    Ok(found.iter().map(Cells).filter(in_force).map(group).collect())
}

/// One case for each policy that assigns by itself.
async fn cases(connection: &mut Connection, tenant: Uuid, target: &Person) -> Result<Vec<Case>, Error> {
    let sql = "SELECT p.id, p.package_id, p.display_name, p.allowed_target_scope, p.doc, k.display_name, k.catalog_id, \
               c.state FROM assignment_policy AS p CROSS JOIN access_package AS k CROSS JOIN catalog AS c \
               WHERE p.tenant = $1 AND p.is_automatic AND k.tenant = $1 AND k.id = p.package_id \
               AND c.tenant = $1 AND c.id = k.catalog_id ORDER BY p.id";
    let columns = [UUID, UUID, TEXT, INT, JSON, TEXT, UUID, INT];
    let found = connection.query(sql, &[Value::Guid(tenant)], &columns).await?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let packages: Vec<Value> = found.iter().map(|row| Value::Guid(Cells(row).guid(1))).collect();
    let around = Around::load(connection, tenant, target.subject, &packages).await?;
    found
        .iter()
        .map(Cells)
        .map(|row| {
            let package = row.guid(1);
            Ok(Case {
                package: Some(Package {
                    id: package,
                    catalog: row.guid(6),
                    name: row.text(5),
                    published: row.int(7) == PUBLISHED,
                    // Nobody asks under these policies.
                    external: false,
                }),
                policies: vec![policy::read(row.guid(0), package, &row.text(2), row.int(3), &row.text(4))?],
                target: Some(target.clone()),
                assignment: around.held.get(&package).cloned(),
                open: around.open.get(&package).copied(),
                holdings: around.holdings.clone(),
                incompatible_packages: around.packages.get(&package).cloned().unwrap_or_default(),
                incompatible_groups: around.groups.get(&package).cloned().unwrap_or_default(),
                ..Case::default()
            })
        })
        .collect()
}

/// What the person has, and what the packages are incompatible with, by package.
#[derive(Default)]
struct Around {
    held: HashMap<Uuid, Assignment>,
    open: HashMap<Uuid, Open>,
    holdings: Vec<Holding>,
    packages: HashMap<Uuid, Vec<Named>>,
    groups: HashMap<Uuid, Vec<Named>>,
}

impl Around {
    async fn load(
        connection: &mut Connection,
        tenant: Uuid,
        subject: Option<Uuid>,
        packages: &[Value],
    ) -> Result<Around, Error> {
        let mut around = Around::default();
        if let Some(subject) = subject {
            around.holdings(connection, &[Value::Guid(tenant), Value::Guid(subject)]).await?;
        }
        let named = |sql: &mut Sql| {
            let among = sql.among(packages);
            format!(
                "SELECT r.package_id, r.incompatible_id, p.display_name FROM incompatible_package AS r \
                 CROSS JOIN access_package AS p WHERE r.tenant = $1 AND r.package_id {among} AND p.tenant = $1 \
                 AND p.id = r.incompatible_id"
            )
        };
        around.packages = pairs(connection, tenant, named).await?;
        let named = |sql: &mut Sql| {
            let among = sql.among(packages);
            format!(
                "SELECT r.package_id, r.group_id, g.display_name FROM incompatible_group AS r \
                 CROSS JOIN directory_object AS g WHERE r.tenant = $1 AND r.package_id {among} AND g.tenant = $1 \
                 AND g.id = r.group_id AND g.deleted_at IS NULL"
            )
        };
        around.groups = pairs(connection, tenant, named).await?;
        Ok(around)
    }

    async fn holdings(&mut self, connection: &mut Connection, key: &[Value]) -> Result<(), Error> {
        let sql = format!("SELECT {ASSIGNMENT} FROM assignment WHERE tenant = $1 AND target_id = $2 AND is_current");
        for held in connection.query(&sql, key, &ASSIGNMENT_COLUMNS).await?.iter().map(|row| Cells(row).assignment()) {
            self.holdings.push(Holding {
                package: held.package,
                by: held.id,
                is_assignment: true,
                from: held.starts_at,
                until: held.ends_at,
            });
            self.held.insert(held.package, held);
        }
        let sql = format!(
            "SELECT {OPEN}, r.package_id, r.starts_at, r.ends_at \
             FROM assignment_request AS r WHERE r.tenant = $1 AND r.target_id = $2 AND r.is_open"
        );
        let columns: Vec<Column> = OPEN_COLUMNS.into_iter().chain([UUID, TIME, TIME]).collect();
        for row in connection.query(&sql, key, &columns).await?.iter().map(Cells) {
            let Some(open) = row.open() else { continue };
            self.open.insert(row.guid(3), open);
            // What gives access, or prolongs it.
            if !open.request_type.removes() {
                self.holdings.push(Holding {
                    package: row.guid(3),
                    by: open.id,
                    is_assignment: false,
                    from: row.time(4),
                    until: row.time(5),
                });
            }
        }
        Ok(())
    }
}

async fn pairs(
    connection: &mut Connection,
    tenant: Uuid,
    text: impl FnOnce(&mut Sql) -> String,
) -> Result<HashMap<Uuid, Vec<Named>>, Error> {
    let mut sql = Sql::new(connection.dialect(), tenant);
    let text = text(&mut sql);
    let mut pairs: HashMap<Uuid, Vec<Named>> = HashMap::new();
    for row in connection.query(&text, &sql.params, &[UUID, UUID, TEXT]).await?.iter().map(Cells) {
        pairs.entry(row.guid(0)).or_default().push(Named { id: row.guid(1), name: row.text(2) });
    }
    Ok(pairs)
}
