//! Where rows come from: `FROM` and `WHERE` of a level, with the tenant, the kind, the deleted rows
//! left out, and the permit's row rule. Every statement that reads business rows is built here, so
//! that none can forget them. Links are joined by CROSS JOIN: SQLite then keeps the order in which
//! they are written, and begins with the few links rather than with all that the tenant has.

use super::Sql;
use auth::rule::RowRule;
use model::Surface;
use model::def::{Join, Table};
use odata::query::Shape;
use odata::schema::TypeId;
use odata::value::Value;
use uuid::Uuid;

/// The rows that a level starts from.
#[derive(Debug, Clone)]
pub enum Source {
    /// All of a table.
    Set,
    /// The deleted ones.
    Deleted,
    /// Those of a role system.
    Area(i64),
    /// Those with these ids.
    Among(Vec<Uuid>),
    /// Those that a navigation reaches from these parents.
    Via { join: Join, parents: Vec<Value> },
}

/// What later parts of the statement refer to.
#[derive(Debug)]
pub struct From {
    /// The id of the row, in the words of the table that is walked in its order.
    pub id: String,
    /// The parent by which a row was found.
    pub parent: Option<String>,
}

pub fn table(surface: &'static Surface, ty: TypeId) -> Option<Table> {
    surface.entity(ty).and_then(|entity| entity.table)
}

/// Writes ` FROM … WHERE …` for rows of a table, and of these kinds if it holds several, under the
/// alias `a`.
pub fn from_where(
    sql: &mut Sql,
    kinds: impl FnOnce() -> Vec<i64>,
    table: &Table,
    source: &Source,
    rows: &RowRule,
) -> From {
    let name = table.name;
    let (from, mut condition) = match source {
        Source::Set | Source::Deleted => {
            sql.push_all(&[" FROM ", name, " AS a WHERE a.tenant = $1"]);
            (From { id: "a.id".to_owned(), parent: None }, String::new())
        }
        Source::Area(area) => {
            let area = sql.bind(Value::Int(*area));
            sql.push(&format!(" FROM {name} AS a WHERE a.tenant = $1 AND a.area = {area}"));
            (From { id: "a.id".to_owned(), parent: None }, String::new())
        }
        Source::Among(ids) => {
            let among = super::narrow::among(sql, ids);
            sql.push(&format!(" FROM {name} AS a WHERE a.tenant = $1{among}"));
            (From { id: "a.id".to_owned(), parent: None }, String::new())
        }
        Source::Via { join, parents } => via(sql, name, join, parents),
    };
    if table.soft_delete {
        condition.push_str(if matches!(source, Source::Deleted) {
            " AND a.deleted_at IS NOT NULL"
        } else {
            " AND a.deleted_at IS NULL"
        });
    }
    if table.soft_delete || table.kind.is_some() {
        let kinds = kinds();
        if !kinds.is_empty() {
            // Numbers in the text, so that the engine sees which partial index fits.
            let list: Vec<String> = kinds.iter().map(i64::to_string).collect();
            condition.push_str(&match list.as_slice() {
                [one] => format!(" AND a.kind = {one}"),
                _ => format!(" AND a.kind IN ({})", list.join(", ")),
            });
        }
    }
    sql.push(&condition);
    let narrowed = row_rule(sql, table, rows, "a");
    sql.push(&narrowed);
    from
}

fn via(sql: &mut Sql, name: &str, join: &Join, parents: &[Value]) -> (From, String) {
    match join {
        Join::Forward { .. } => {
            let among = sql.among(parents);
            sql.push(&format!(" FROM {name} AS a WHERE a.tenant = $1 AND a.id {among}"));
            (From { id: "a.id".to_owned(), parent: Some("a.id".to_owned()) }, String::new())
        }
        Join::Back { column } => {
            let among = sql.among(parents);
            sql.push(&format!(" FROM {name} AS a WHERE a.tenant = $1 AND a.{column} {among}"));
            (From { id: "a.id".to_owned(), parent: Some(format!("a.{column}")) }, String::new())
        }
        Join::Part { column, of, words } => {
            let among = sql.among(parents);
            let words = one_of(words);
            sql.push(&format!(" FROM {name} AS a WHERE a.tenant = $1 AND a.{column} {among} AND a.{of} {words}"));
            (From { id: "a.id".to_owned(), parent: Some(format!("a.{column}")) }, String::new())
        }
        Join::Link { table, near, far } => {
            let among = sql.among(parents);
            sql.push(&format!(
                " FROM {table} AS l CROSS JOIN {name} AS a \
                 WHERE l.tenant = $1 AND l.{near} {among} AND a.tenant = $1 AND a.id = l.{far}"
            ));
            (From { id: format!("l.{far}"), parent: Some(format!("l.{near}")) }, String::new())
        }
        Join::Reach { table, near, far } => {
            let among = sql.among(parents);
            // UNION, not UNION ALL: what has been reached is not walked again, so cycles end.
            sql.push(&format!(
                " FROM (WITH RECURSIVE reach(root, id) AS (\
                 SELECT s.{near}, s.{far} FROM {table} AS s WHERE s.tenant = $1 AND s.{near} {among} \
                 UNION SELECT r.root, s.{far} FROM reach AS r CROSS JOIN {table} AS s \
                 WHERE s.tenant = $1 AND s.{near} = r.id) \
                 SELECT root, id FROM reach WHERE id <> root) AS l \
                 CROSS JOIN {name} AS a WHERE a.tenant = $1 AND a.id = l.id"
            ));
            (From { id: "l.id".to_owned(), parent: Some("l.root".to_owned()) }, String::new())
        }
        Join::Set | Join::Deleted | Join::Through | Join::Me | Join::Mine | Join::Area { .. } => {
            sql.push(&format!(" FROM {name} AS a WHERE a.tenant = $1 AND 1 = 0"));
            (From { id: "a.id".to_owned(), parent: None }, String::new())
        }
    }
}

/// `IN (…)` for words of the model's own tables, which hold no quotes.
pub fn one_of(words: &[&str]) -> String {
    format!("IN ('{}')", words.join("', '"))
}

/// ` AND …` for a permit's row rule on `table`. A rule that makes no sense for a table lets nothing through.
pub fn row_rule(sql: &mut Sql, table: &Table, rows: &RowRule, alias: &str) -> String {
    match (rows, table.name) {
        (RowRule::All, _) => String::new(),
        (RowRule::Nothing, _) => " AND 1 = 0".to_owned(),
        (RowRule::Only(id), _) => {
            let id = sql.bind(Value::Guid(*id));
            format!(" AND {alias}.id = {id}")
        }
        (RowRule::OwnedBy(owner), "directory_object") => {
            let owner = sql.bind(Value::Guid(*owner));
            format!(
                " AND EXISTS (SELECT 1 FROM ownership AS w WHERE w.tenant = $1 AND w.object_id = {alias}.id \
                 AND w.owner_id = {owner})"
            )
        }
        (
            RowRule::Catalogs(ids),
            "catalog"
            | "access_package"
            | "role_assignment"
            | "resource"
            | "resource_role"
            | "resource_scope"
            | "role_scope"
            | "resource_request"
            | "assignment_policy"
            | "policy_question"
            | "assignment"
            | "assignment_request"
            | "assignment_role"
            | "approval"
            | "approval_stage"
            | "custom_extension"
            | "policy_stage_setting",
        ) => {
            let column = if table.name == "catalog" { "id" } else { "catalog_id" };
            let ids: Vec<Value> = ids.iter().copied().map(Value::Guid).collect();
            format!(" AND {alias}.{column} {}", sql.among(&ids))
        }
        (RowRule::Party(user), "assignment_request" | "assignment") => {
            let user = sql.bind(Value::Guid(*user));
            format!(" AND ({alias}.created_by_id = {user} OR {alias}.target_id = {})", subject(&user))
        }
        (RowRule::Party(user), "assignment_role") => {
            let user = sql.bind(Value::Guid(*user));
            format!(" AND {alias}.subject_id = {}", subject(&user))
        }
        (RowRule::Approver(user), "approval" | "approval_stage" | "assignment_request") => {
            let user = sql.bind(Value::Guid(*user));
            let column = if table.name == "approval_stage" { "approval_id" } else { "id" };
            format!(" AND {alias}.{column} IN ({})", approvals(&user))
        }
        (RowRule::Approver(user), "assignment") => {
            let user = sql.bind(Value::Guid(*user));
            format!(" AND {alias}.id IN ({})", approved(&user))
        }
        (RowRule::Decider(user), "approval_stage") => {
            let user = sql.bind(Value::Guid(*user));
            format!(" AND {alias}.id IN ({})", stages(&user))
        }
        (RowRule::Any(ways), _) => {
            let ways: Vec<String> = ways
                .iter()
                .map(|way| row_rule(sql, table, way, alias))
                .map(|way| way.strip_prefix(" AND ").map_or_else(|| "1 = 1".to_owned(), str::to_owned))
                .collect();
            format!(" AND ({})", ways.join(" OR "))
        }
        // The hosts of these catalogs' sites.
        (RowRule::Catalogs(ids), "resource_environment") => {
            let ids: Vec<Value> = ids.iter().copied().map(Value::Guid).collect();
            let among = sql.among(&ids);
            format!(
                " AND EXISTS (SELECT 1 FROM resource AS v WHERE v.tenant = $1 AND v.environment_id = {alias}.id \
                 AND v.catalog_id {among})"
            )
        }
        (
            RowRule::OwnedBy(_) | RowRule::Catalogs(_) | RowRule::Party(_) | RowRule::Approver(_) | RowRule::Decider(_),
            _,
        ) => " AND 1 = 0".to_owned(),
    }
}

/// `WITH RECURSIVE me`: a user, and the groups that they are in.
pub fn me(user: &str) -> String {
    format!(
        "WITH RECURSIVE me(id) AS (SELECT o.id FROM directory_object AS o WHERE o.tenant = $1 AND o.id = {user} \
         UNION SELECT m.group_id FROM me CROSS JOIN membership AS m \
         WHERE m.tenant = $1 AND m.member_id = me.id)"
    )
}

/// The subject that a user is.
pub fn subject(user: &str) -> String {
    format!("(SELECT u.id FROM subject AS u WHERE u.tenant = $1 AND u.object_id = {user})")
}

/// The approvals in which a user may decide, or has decided: as an approver by name or through groups.
fn approvals(user: &str) -> String {
    format!(
        "{} SELECT s.approval_id FROM me CROSS JOIN approver AS p CROSS JOIN approval_stage AS s \
         WHERE p.tenant = $1 AND p.object_id = me.id AND s.tenant = $1 AND s.id = p.stage_id",
        me(user)
    )
}

/// The assignments that a user has approved, or an extension of them, in a stage whose approver they still are, by
/// name or through groups.
pub fn approved(user: &str) -> String {
    format!(
        "{} SELECT r.assignment_id FROM me CROSS JOIN approver AS p CROSS JOIN approval_stage AS s \
         CROSS JOIN assignment_request AS r WHERE p.tenant = $1 AND p.object_id = me.id AND s.tenant = $1 \
         AND s.id = p.stage_id AND s.reviewed_by_id = {user} AND s.review_result = 'Approve' AND r.tenant = $1 \
         AND r.id = s.approval_id AND r.assignment_id IS NOT NULL",
        me(user)
    )
}

/// Whether a user may decide in the open stage under `alias` (Graph: approvalStage.assignedToMe): as an
/// approver, and not of a request of their own.
pub fn assigned_to(user: &str, alias: &str) -> String {
    format!(
        "({alias}.status = 'InProgress' AND {alias}.id IN ({}) AND NOT EXISTS (SELECT 1 FROM assignment_request AS r \
         CROSS JOIN subject AS u WHERE r.tenant = $1 AND r.id = {alias}.approval_id AND u.tenant = $1 \
         AND u.object_id = {user} AND (u.id = r.target_id OR u.id = r.requestor_id)))",
        stages(user)
    )
}

/// The stages in which a user is an approver, by name or through groups.
fn stages(user: &str) -> String {
    format!(
        "{} SELECT p.stage_id FROM me CROSS JOIN approver AS p WHERE p.tenant = $1 AND p.object_id = me.id",
        me(user)
    )
}

/// The values of `kind` that a level may bring, or none when it may bring all.
pub fn kinds(surface: &'static Surface, shape: &Shape) -> Vec<i64> {
    let all = surface
        .schema
        .find("directoryObject")
        .map_or(0, |ty| surface.schema.ty(ty).concrete.iter().filter(|ty| kind(surface, **ty).is_some()).count());
    let kinds: Vec<i64> = shape.outputs.iter().filter_map(|(ty, _)| kind(surface, *ty)).collect();
    if kinds.len() == all { Vec::new() } else { kinds }
}

pub fn kind(surface: &'static Surface, ty: TypeId) -> Option<i64> {
    table(surface, ty).and_then(|table| table.kind)
}
