//! What a function leaves of a collection, as a condition beside the permit's. A part that makes no
//! sense for a table is no part of it: nothing comes.

use super::Sql;
use super::source::{self, me, row_rule};
use auth::rule::RowRule;
use domain::lifecycle::state::RequestState;
use model::def::Table;
use model::query::Narrow;
use odata::value::Value;
use uuid::Uuid;

/// ` AND …` for rows of `table` under the alias `a`. `rows` is the permit's rule for them.
pub fn narrow(sql: &mut Sql, table: &Table, narrow: &Narrow, rows: &RowRule) -> String {
    match (narrow, table.name) {
        (Narrow::Target(user), "assignment" | "assignment_request") => {
            format!(" AND a.target_id = {}", subject(sql, *user))
        }
        (Narrow::Target(user), "assignment_role") => format!(" AND a.subject_id = {}", subject(sql, *user)),
        (Narrow::Creator(user), "assignment" | "assignment_request") => {
            format!(" AND a.created_by_id = {}", sql.bind(Value::Guid(*user)))
        }
        (Narrow::Party(user), "assignment" | "assignment_request") => party(sql, table.name, *user),
        (Narrow::Approver(user), "approval" | "assignment_request") => approver(sql, *user),
        (Narrow::Among(ids), _) => among(sql, ids),
        (Narrow::Additional { package, other }, "assignment") => additional(sql, table, *package, *other, rows),
        // What somebody may ask for is found out before, and is then a list of ids.
        (Narrow::Requestable { .. } | Narrow::Suggested { .. } | Narrow::Additional { .. }, _) => {
            " AND 1 = 0".to_owned()
        }
        (Narrow::Target(_) | Narrow::Creator(_) | Narrow::Party(_) | Narrow::Approver(_), _) => " AND 1 = 0".to_owned(),
    }
}

fn subject(sql: &mut Sql, user: Uuid) -> String {
    source::subject(&sql.bind(Value::Guid(user)))
}

/// Said by ids, so that each way is entered at its own index.
fn party(sql: &mut Sql, table: &str, user: Uuid) -> String {
    let (me, user) = (subject(sql, user), sql.bind(Value::Guid(user)));
    format!(
        " AND a.id IN (SELECT w.id FROM {table} AS w WHERE w.tenant = $1 AND w.target_id = {me} \
         UNION ALL SELECT w.id FROM {table} AS w WHERE w.tenant = $1 AND w.created_by_id = {user})"
    )
}

/// Pending requests (an approval has its request's id) whose open stage the user may decide; their own
/// they may not.
fn approver(sql: &mut Sql, user: Uuid) -> String {
    let user = sql.bind(Value::Guid(user));
    let pending = RequestState::PendingApproval.number();
    format!(
        " AND a.id IN ({} SELECT r.id FROM me CROSS JOIN approver AS p CROSS JOIN approval_stage AS s \
         CROSS JOIN assignment_request AS r WHERE p.tenant = $1 AND p.object_id = me.id AND s.tenant = $1 \
         AND s.id = p.stage_id AND s.status = 'InProgress' AND r.tenant = $1 AND r.id = s.approval_id \
         AND r.state = {pending} AND NOT EXISTS (SELECT 1 FROM subject AS u WHERE u.tenant = $1 \
         AND u.object_id = {user} AND (u.id = r.target_id OR u.id = r.requestor_id)))",
        me(&user)
    )
}

/// The ids travel as one value, however many they are.
pub fn among(sql: &mut Sql, ids: &[Uuid]) -> String {
    let texts: Vec<String> = ids.iter().map(|id| format!("\"{id}\"")).collect();
    let ids = sql.bind(Value::Json(format!("[{}]", texts.join(","))));
    format!(" AND a.id IN ({})", (sql.dialect.each_id)(&ids))
}

/// The other assignment counts as far as the permit shows it: nobody learns from this list what they
/// could not read. Without `other` it begins at the rules, which are fewer than the assignments.
fn additional(sql: &mut Sql, table: &Table, package: Option<Uuid>, other: Option<Uuid>, rows: &RowRule) -> String {
    let package = package.map(|package| sql.bind(Value::Guid(package)));
    let seen = row_rule(sql, table, rows, "o");
    let held = format!("o.tenant = $1 AND o.is_current{seen}");
    match (package, other) {
        (Some(package), Some(other)) => {
            let other = sql.bind(Value::Guid(other));
            format!(
                " AND a.is_current AND a.package_id = {package} AND EXISTS (SELECT 1 FROM assignment AS o \
                 WHERE {held} AND o.package_id = {other} AND o.target_id = a.target_id)"
            )
        }
        (package, None) => {
            let ruled = package.map_or_else(String::new, |package| format!(" AND i.package_id = {package}"));
            format!(
                " AND a.is_current AND a.id IN (SELECT h.id FROM incompatible_package AS i CROSS JOIN assignment AS h \
                 CROSS JOIN assignment AS o WHERE i.tenant = $1{ruled} AND h.tenant = $1 AND h.is_current \
                 AND h.package_id = i.package_id AND {held} AND o.package_id = i.incompatible_id \
                 AND o.target_id = h.target_id)"
            )
        }
        // No function has this form.
        (None, Some(_)) => " AND 1 = 0".to_owned(),
    }
}
