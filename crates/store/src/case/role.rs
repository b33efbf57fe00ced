//! Loads what a package brings and what an assignment has given, and how each stands in the directory.

use super::rows::{BOOL, Cells, INT, JSON, TEXT, UUID};
use crate::connection::Connection;
use crate::error::Error;
use crate::sql::Sql;
use domain::directory::GRAPH_APP_ID;
use domain::lifecycle::case::{GivenRole, Grip, Role};
use odata::value::Value;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Origins as Graph names them (semantics.md, "Delivery").
const GROUP: &str = "AadGroup";
const APPLICATION: &str = "AadApplication";

/// The roles of `package`, and those that `assignment` gave to the directory object `holder`.
pub async fn load(
    connection: &mut Connection,
    tenant: Uuid,
    package: Uuid,
    assignment: Option<Uuid>,
    holder: Uuid,
) -> Result<(Vec<Role>, Vec<GivenRole>), Error> {
    let sql = "SELECT p.role_scope_id, s.role_id, s.scope_id, r.origin_system, r.origin_id, e.origin_id \
               FROM package_role_scope AS p CROSS JOIN role_scope AS s CROSS JOIN resource_role AS r \
               CROSS JOIN resource AS e WHERE p.tenant = $1 AND p.package_id = $2 \
               AND s.tenant = $1 AND s.id = p.role_scope_id AND r.tenant = $1 AND r.id = s.role_id \
               AND e.tenant = $1 AND e.id = s.resource_id ORDER BY p.role_scope_id";
    let key = [Value::Guid(tenant), Value::Guid(package)];
    let wanted = connection.query(sql, &key, &[TEXT, UUID, UUID, TEXT, TEXT, TEXT]).await?;
    let given = match assignment {
        Some(assignment) => {
            let sql = "SELECT id, role_scope_id, origin_system, origin_id, resource_origin, is_granted \
                       FROM assignment_role WHERE tenant = $1 AND assignment_id = $2 ORDER BY role_scope_id";
            let key = [Value::Guid(tenant), Value::Guid(assignment)];
            connection.query(sql, &key, &[UUID, TEXT, TEXT, TEXT, TEXT, BOOL]).await?
        }
        None => Vec::new(),
    };
    let of_wanted = wanted.iter().map(Cells).map(|row| Origin::of(&row.text(3), &row.text(4), &row.text(5)));
    let of_given = given.iter().map(Cells).map(|row| Origin::of(&row.text(2), &row.text(3), &row.text(4)));
    let origins: Vec<Origin> = of_wanted.chain(of_given).collect();
    let standing = Standing::load(connection, tenant, holder, assignment, &origins).await?;
    let roles = wanted.iter().map(Cells).zip(&origins).map(|(row, origin)| Role {
        id: row.text(0),
        role: row.guid(1),
        scope: row.guid(2),
        origin_system: row.text(3),
        origin_id: row.text(4),
        resource_origin: row.text(5),
        grip: standing.grip(origin, true),
        held: standing.held.contains_key(&origin.grip),
    });
    let taken = given.iter().map(Cells).zip(origins.iter().skip(wanted.len())).map(|(row, origin)| GivenRole {
        id: row.guid(0),
        role_scope: row.text(1),
        grip: standing.grip(origin, false),
        is_granted: row.bool(5),
        elsewhere: standing.elsewhere.contains(&origin.key),
        held: standing.held.contains_key(&origin.grip),
        ours: standing.held.get(&origin.grip) == Some(&true),
    });
    Ok((roles.collect(), taken.collect()))
}

/// A role as its origin names it.
struct Origin {
    grip: Key,
    /// The resource's origin and the role's, as they are stored.
    key: (String, String),
}

/// What is held in the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Member(Uuid),
    Owner(Uuid),
    AppRole(Uuid, Uuid),
    Record,
    Unknown,
}

impl Origin {
    fn of(system: &str, role: &str, resource: &str) -> Origin {
        let id = |text: &str| Uuid::try_parse(text).ok();
        let grip = match system {
            GROUP => match role.split_once('_') {
                Some((kind, group)) if kind.eq_ignore_ascii_case("member") => id(group).map(Key::Member),
                Some((kind, group)) if kind.eq_ignore_ascii_case("owner") => id(group).map(Key::Owner),
                _ => None,
            },
            APPLICATION => id(resource).zip(id(role)).map(|(application, role)| Key::AppRole(application, role)),
            _ => Some(Key::Record),
        };
        Origin { grip: grip.unwrap_or(Key::Unknown), key: (resource.to_owned(), role.to_owned()) }
    }

    fn object(&self) -> Option<Uuid> {
        match self.grip {
            Key::Member(id) | Key::Owner(id) | Key::AppRole(id, _) => Some(id),
            Key::Record | Key::Unknown => None,
        }
    }
}

/// How things stand in the directory between one holder and the origins.
#[derive(Default)]
struct Standing {
    /// Why an object can't be given, by its id; objects that can are here with `None`.
    objects: HashMap<Uuid, Option<&'static str>>,
    /// What the holder has, and whether Doorward made it.
    held: HashMap<Key, bool>,
    /// What other current assignments of the holder give.
    elsewhere: HashSet<(String, String)>,
}

impl Standing {
    async fn load(
        connection: &mut Connection,
        tenant: Uuid,
        holder: Uuid,
        assignment: Option<Uuid>,
        origins: &[Origin],
    ) -> Result<Standing, Error> {
        let mut standing = Standing::default();
        let mut objects: Vec<Uuid> = origins.iter().filter_map(Origin::object).collect();
        objects.sort_unstable();
        objects.dedup();
        if !objects.is_empty() {
            standing.look(connection, tenant, holder, &objects).await?;
        }
        if origins.is_empty() {
            return Ok(standing);
        }
        let sql = "SELECT r.resource_origin, r.origin_id FROM assignment_role AS r \
                   CROSS JOIN assignment AS a WHERE r.tenant = $1 AND r.object_id = $2 AND r.is_granted \
                   AND a.tenant = $1 AND a.id = r.assignment_id AND a.is_current AND a.id <> $3";
        let params = [Value::Guid(tenant), Value::Guid(holder), Value::Guid(assignment.unwrap_or_default())];
        for row in connection.query(sql, &params, &[TEXT, TEXT]).await?.iter().map(Cells) {
            standing.elsewhere.insert((row.text(0), row.text(1)));
        }
        Ok(standing)
    }

    /// Looks at the objects, and at what the holder has of them.
    async fn look(
        &mut self,
        connection: &mut Connection,
        tenant: Uuid,
        holder: Uuid,
        objects: &[Uuid],
    ) -> Result<(), Error> {
        let values: Vec<Value> = objects.iter().copied().map(Value::Guid).collect();
        let mut sql = Sql::new(connection.dialect(), tenant);
        let among = sql.among(&values);
        sql.push(&format!(
            "SELECT id, kind, group_types, doc, app_id FROM directory_object WHERE tenant = $1 AND id {among} AND deleted_at IS NULL"
        ));
        for row in connection.query(&sql.text, &sql.params, &[UUID, INT, JSON, JSON, UUID]).await?.iter().map(Cells) {
            let synced = row.text(3).contains("\"onPremisesSyncEnabled\":true");
            let problem = match row.int(1) {
                2 if row.text(2).contains("DynamicMembership") => Some("the group's members follow a rule"),
                // They are the permissions of this house, and given by who may give these.
                3 if row.guid_or_none(4) == Some(GRAPH_APP_ID) => Some("the resource is Microsoft Graph"),
                2 if synced => Some("the group is kept by an on-premises directory"),
                2 | 3 => None,
                _ => Some("the resource is neither a group nor an application"),
            };
            self.objects.insert(row.guid(0), problem);
        }
        let mut sql = Sql::new(connection.dialect(), tenant);
        let among = sql.among(&values);
        let holder = sql.bind(Value::Guid(holder));
        sql.push(&format!(
            "SELECT 1, group_id, group_id, is_given FROM membership WHERE tenant = $1 AND member_id = {holder} AND group_id {among} \
             UNION ALL SELECT 2, object_id, object_id, is_given FROM ownership \
             WHERE tenant = $1 AND owner_id = {holder} AND object_id {among} \
             UNION ALL SELECT 3, resource_id, app_role_id, is_given FROM app_role_assignment \
             WHERE tenant = $1 AND principal_id = {holder} AND resource_id {among}"
        ));
        for row in connection.query(&sql.text, &sql.params, &[INT, UUID, UUID, BOOL]).await?.iter().map(Cells) {
            let key = match row.int(0) {
                1 => Key::Member(row.guid(1)),
                2 => Key::Owner(row.guid(1)),
                _ => Key::AppRole(row.guid(1), row.guid(2)),
            };
            self.held.insert(key, row.bool(3));
        }
        Ok(())
    }

    /// How the role can be given, or (`give` false) taken: whatever is held can be taken.
    fn grip(&self, origin: &Origin, give: bool) -> Grip {
        if let Some(object) = origin.object().filter(|_| give) {
            match self.objects.get(&object) {
                None => return Grip::None("the resource is not there any more"),
                Some(Some(problem)) => return Grip::None(problem),
                Some(None) => {}
            }
        }
        match origin.grip {
            Key::Member(group) => Grip::Member(group),
            Key::Owner(group) => Grip::Owner(group),
            Key::AppRole(application, role) => Grip::AppRole { application, role },
            Key::Record => Grip::Record,
            Key::Unknown => Grip::None("the role's origin is of no known form"),
        }
    }
}
