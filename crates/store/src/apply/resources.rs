//! Applies what happens to role scopes. It asks no rule.

use crate::connection::Connection;
use crate::error::Error;
use domain::denial::Denial;
use domain::resource::RoleScope;
use odata::value::Value;
use uuid::Uuid;

use super::Author;

/// Makes the role scope, unless another package brings it too, and links it to the package.
pub async fn role_scope_add(
    connection: &mut Connection,
    author: &Author<'_>,
    package: Uuid,
    role_scope: &RoleScope,
    at: i64,
) -> Result<(), Error> {
    let id = role_scope.id();
    let sql = "INSERT INTO role_scope (tenant, id, catalog_id, resource_id, role_id, scope_id, created_at, created_by, \
               modified_at, modified_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
               ON CONFLICT (tenant, id) DO NOTHING";
    let params = [
        Value::Guid(author.tenant),
        Value::Text(id.clone()),
        Value::Guid(role_scope.catalog),
        Value::Guid(role_scope.resource),
        Value::Guid(role_scope.role),
        Value::Guid(role_scope.scope),
        Value::Time(at),
        Value::Text(author.name.to_owned()),
        Value::Time(at),
        Value::Text(author.name.to_owned()),
    ];
    connection.execute(sql, &params).await?;
    let sql = "INSERT INTO package_role_scope (tenant, package_id, role_scope_id, created_at) VALUES ($1, $2, $3, $4)";
    let params = [Value::Guid(author.tenant), Value::Guid(package), Value::Text(id.clone()), Value::Time(at)];
    match connection.execute(sql, &params).await {
        Err(Error::Taken { .. }) => Err(Denial::RoleScopeExists { package, role_scope: id }.into()),
        other => other.map(|_| ()),
    }
}

pub async fn role_scope_remove(
    connection: &mut Connection,
    tenant: Uuid,
    package: Uuid,
    role_scope: &str,
) -> Result<(), Error> {
    let sql = "DELETE FROM package_role_scope WHERE tenant = $1 AND package_id = $2 AND role_scope_id = $3";
    let params = [Value::Guid(tenant), Value::Guid(package), Value::Text(role_scope.to_owned())];
    connection.execute(sql, &params).await.map(|_| ())
}

/// What holders were given by the one counts as given by the other.
pub async fn role_scope_move(
    connection: &mut Connection,
    author: &Author<'_>,
    package: Uuid,
    from: &str,
    to: &RoleScope,
    at: i64,
) -> Result<(), Error> {
    role_scope_remove(connection, author.tenant, package, from).await?;
    role_scope_add(connection, author, package, to, at).await?;
    let sql = "UPDATE assignment_role SET role_scope_id = $4, role_id = $5, scope_id = $6 \
               WHERE tenant = $1 AND role_scope_id = $3 AND assignment_id IN \
               (SELECT s.id FROM assignment AS s WHERE s.tenant = $1 AND s.package_id = $2)";
    let params = [
        Value::Guid(author.tenant),
        Value::Guid(package),
        Value::Text(from.to_owned()),
        Value::Text(to.id()),
        Value::Guid(to.role),
        Value::Guid(to.scope),
    ];
    connection.execute(sql, &params).await.map(|_| ())
}

/// Forgets the role scopes of a catalog that no package brings any more.
pub async fn role_scopes_tidy(connection: &mut Connection, tenant: Uuid, catalog: Uuid) -> Result<(), Error> {
    let sql = "DELETE FROM role_scope WHERE tenant = $1 AND catalog_id = $2 AND NOT EXISTS \
               (SELECT 1 FROM package_role_scope AS l WHERE l.tenant = $1 AND l.role_scope_id = role_scope.id)";
    connection.execute(sql, &[Value::Guid(tenant), Value::Guid(catalog)]).await.map(|_| ())
}

/// Policies, requests and assignments of a package lie in the package's catalog, and so do their parts.
pub async fn package_follow(
    connection: &mut Connection,
    tenant: Uuid,
    package: Uuid,
    catalog: Uuid,
) -> Result<(), Error> {
    let params = [Value::Guid(tenant), Value::Guid(package), Value::Guid(catalog)];
    let requests = "(SELECT q.id FROM assignment_request AS q WHERE q.tenant = $1 AND q.package_id = $2)";
    for (table, condition) in [
        ("assignment_policy", "package_id = $2".to_owned()),
        (
            "policy_question",
            "policy_id IN (SELECT p.id FROM assignment_policy AS p WHERE p.tenant = $1 AND p.package_id = $2)"
                .to_owned(),
        ),
        ("assignment", "package_id = $2".to_owned()),
        ("assignment_request", "package_id = $2".to_owned()),
        ("approval", format!("id IN {requests}")),
        ("approval_stage", format!("approval_id IN {requests}")),
        (
            "assignment_role",
            "assignment_id IN (SELECT s.id FROM assignment AS s WHERE s.tenant = $1 AND s.package_id = $2)".to_owned(),
        ),
    ] {
        let sql = format!("UPDATE {table} SET catalog_id = $3 WHERE tenant = $1 AND {condition}");
        connection.execute(&sql, &params).await?;
    }
    Ok(())
}
