//! Whether the house is in order: questions to the database whose answer must be nothing. Every test
//! ends with them, and `doorward check` asks them of a running system.

use crate::answer::Column;
use crate::engine::{Reach, Store};
use crate::error::Error;
use model::def::ColumnType;
use odata::value::Value;
use uuid::Uuid;

/// A promise that the data breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub promise: &'static str,
    /// Whether it is broken by us, and not by somebody whom we couldn't reach.
    pub is_ours: bool,
    pub tenant: Uuid,
    pub id: Uuid,
}

/// Each gives the tenant and the id of a row that breaks the promise. References are kept by foreign
/// keys; what stands here is what a key can't say. An id in braces is meant as text.
const PROMISES: &[(&str, &str)] = &[
    (
        "the members of a group are alive",
        "SELECT m.tenant, m.member_id FROM membership AS m JOIN directory_object AS o \
         ON o.tenant = m.tenant AND o.id IN (m.group_id, m.member_id) WHERE o.deleted_at IS NOT NULL",
    ),
    (
        "only groups have members",
        "SELECT m.tenant, m.group_id FROM membership AS m JOIN directory_object AS o \
         ON o.tenant = m.tenant AND o.id = m.group_id WHERE o.kind <> 2",
    ),
    (
        "only security groups are incompatible with a package",
        "SELECT i.tenant, i.group_id FROM incompatible_group AS i JOIN directory_object AS o \
         ON o.tenant = i.tenant AND o.id = i.group_id WHERE o.kind <> 2",
    ),
    (
        "every tenant has one General catalog",
        "SELECT t.tenant, t.tenant FROM tenant AS t WHERE 1 <> (SELECT count(*) FROM catalog AS c \
         WHERE c.tenant = t.tenant AND c.catalog_type = 2)",
    ),
    (
        "every access package has its audit row",
        "SELECT p.tenant, p.id FROM access_package AS p WHERE NOT EXISTS (SELECT 1 FROM audit AS a \
         WHERE a.tenant = p.tenant AND a.target_id = p.id)",
    ),
    (
        "every incompatible group has its audit row",
        "SELECT i.tenant, i.package_id FROM incompatible_group AS i WHERE NOT EXISTS (SELECT 1 FROM audit AS a \
         WHERE a.tenant = i.tenant AND a.target_id = i.package_id AND a.other_id = i.group_id)",
    ),
    (
        "every incompatible package has its audit row",
        "SELECT i.tenant, i.package_id FROM incompatible_package AS i WHERE NOT EXISTS (SELECT 1 FROM audit AS a \
         WHERE a.tenant = i.tenant AND a.target_id = i.package_id AND a.other_id = i.incompatible_id)",
    ),
    (
        "a package's role scopes are of resources in the package's catalog",
        "SELECT l.tenant, l.package_id FROM package_role_scope AS l \
         JOIN access_package AS p ON p.tenant = l.tenant AND p.id = l.package_id \
         JOIN role_scope AS s ON s.tenant = l.tenant AND s.id = l.role_scope_id \
         JOIN resource AS r ON r.tenant = s.tenant AND r.id = s.resource_id \
         WHERE r.catalog_id <> p.catalog_id OR s.catalog_id <> p.catalog_id",
    ),
    (
        "a role scope's role and scope are of its resource",
        "SELECT s.tenant, s.resource_id FROM role_scope AS s \
         JOIN resource_role AS o ON o.tenant = s.tenant AND o.id = s.role_id \
         JOIN resource_scope AS c ON c.tenant = s.tenant AND c.id = s.scope_id \
         WHERE o.resource_id <> s.resource_id OR c.resource_id <> s.resource_id",
    ),
    (
        "every resource has its audit row",
        "SELECT r.tenant, r.id FROM resource AS r WHERE NOT EXISTS (SELECT 1 FROM audit AS a \
         WHERE a.tenant = r.tenant AND a.target_id = r.id)",
    ),
    (
        "every role that a package brings has its audit row",
        "SELECT l.tenant, l.package_id FROM package_role_scope AS l WHERE NOT EXISTS (SELECT 1 FROM audit AS a \
         WHERE a.tenant = l.tenant AND a.target_id = l.package_id)",
    ),
    (
        "an organization that people belong to is there",
        "SELECT s.tenant, s.id FROM subject AS s WHERE s.connected_organization_id IS NOT NULL AND NOT EXISTS \
         (SELECT 1 FROM connected_organization AS o WHERE o.tenant = s.tenant AND o.id = s.connected_organization_id)",
    ),
    (
        "every organization has its audit row",
        "SELECT o.tenant, o.id FROM connected_organization AS o WHERE NOT EXISTS (SELECT 1 FROM audit AS a \
         WHERE a.tenant = o.tenant AND a.target_id = o.id)",
    ),
    (
        "every tenant has its settings",
        "SELECT t.tenant, t.tenant FROM tenant AS t WHERE NOT EXISTS (SELECT 1 FROM entitlement_settings AS s \
         WHERE s.tenant = t.tenant) OR NOT EXISTS (SELECT 1 FROM control_configuration AS c WHERE c.tenant = t.tenant)",
    ),
    (
        "an account that is to be deleted holds nothing",
        "SELECT s.tenant, s.id FROM subject AS s JOIN assignment AS a ON a.tenant = s.tenant AND a.target_id = s.id \
         WHERE s.cleanup_at IS NOT NULL AND a.is_current",
    ),
    (
        "every assignment policy has its audit row",
        "SELECT p.tenant, p.id FROM assignment_policy AS p WHERE NOT EXISTS (SELECT 1 FROM audit AS a \
         WHERE a.tenant = p.tenant AND a.target_id = p.id)",
    ),
    (
        "a policy is in its package's catalog, and so are its questions",
        "SELECT p.tenant, p.id FROM assignment_policy AS p \
         JOIN access_package AS a ON a.tenant = p.tenant AND a.id = p.package_id \
         LEFT JOIN policy_question AS q ON q.tenant = p.tenant AND q.policy_id = p.id \
         WHERE p.catalog_id <> a.catalog_id OR q.catalog_id <> a.catalog_id",
    ),
    (
        "folded text follows its original",
        "SELECT p.tenant, p.id FROM access_package AS p WHERE p.display_name = '' OR p.display_name_fold = ''",
    ),
    (
        "a catalog role is held by somebody who is there",
        "SELECT r.tenant, r.id FROM role_assignment AS r JOIN directory_object AS o \
         ON o.tenant = r.tenant AND o.id = r.principal_id WHERE o.deleted_at IS NOT NULL",
    ),
    (
        "nobody holds an access package that separation of duties refused them",
        "SELECT a.tenant, a.id FROM incompatible_package AS i \
         JOIN assignment AS a ON a.tenant = i.tenant AND a.package_id = i.package_id AND a.is_current \
         JOIN assignment AS b ON b.tenant = i.tenant AND b.package_id = i.incompatible_id AND b.is_current \
         AND b.target_id = a.target_id AND NOT b.is_extended WHERE b.accepted_at < a.checked_at \
         AND i.created_at < a.checked_at AND (a.ends_at IS NULL OR b.starts_at < a.ends_at) \
         AND (b.ends_at IS NULL OR a.starts_at < b.ends_at)",
    ),
    (
        "nobody holds an access package that a group of theirs is incompatible with",
        "SELECT a.tenant, a.id FROM incompatible_group AS i \
         JOIN assignment AS a ON a.tenant = i.tenant AND a.package_id = i.package_id AND a.is_current \
         JOIN subject AS s ON s.tenant = a.tenant AND s.id = a.target_id \
         JOIN membership AS m ON m.tenant = i.tenant AND m.group_id = i.group_id AND m.member_id = s.object_id \
         WHERE m.created_at < a.checked_at AND i.created_at < a.checked_at",
    ),
    (
        "what has ended gives nothing any more",
        "SELECT r.tenant, r.id FROM assignment_role AS r JOIN assignment AS a \
         ON a.tenant = r.tenant AND a.id = r.assignment_id WHERE r.is_granted AND NOT a.is_current",
    ),
    (
        "a membership that Doorward gave goes with the last assignment that brings it",
        "SELECT m.tenant, m.member_id FROM membership AS m WHERE m.is_given AND NOT EXISTS (\
         SELECT 1 FROM assignment_role AS r JOIN assignment AS a ON a.tenant = r.tenant AND a.id = r.assignment_id \
         AND a.is_current WHERE r.tenant = m.tenant AND r.object_id = m.member_id \
         AND replace(r.origin_id_fold, '-', '') = 'member_' || {m.group_id})",
    ),
    (
        "an app role that Doorward gave goes with the last assignment that brings it",
        "SELECT g.tenant, g.principal_id FROM app_role_assignment AS g WHERE g.is_given AND NOT EXISTS (\
         SELECT 1 FROM assignment_role AS r JOIN assignment AS a ON a.tenant = r.tenant AND a.id = r.assignment_id \
         AND a.is_current WHERE r.tenant = g.tenant AND r.object_id = g.principal_id \
         AND replace(r.origin_id_fold, '-', '') = {g.app_role_id} \
         AND replace(lower(r.resource_origin), '-', '') = {g.resource_id})",
    ),
    (
        "every assignment that stands was asked for",
        "SELECT a.tenant, a.id FROM assignment AS a WHERE a.is_current AND NOT EXISTS (\
         SELECT 1 FROM assignment_request AS r WHERE r.tenant = a.tenant AND r.assignment_id = a.id)",
    ),
    (
        "every assignment has its audit row",
        "SELECT a.tenant, a.id FROM assignment AS a JOIN subject AS s ON s.tenant = a.tenant AND s.id = a.target_id \
         WHERE NOT EXISTS (SELECT 1 FROM audit AS l WHERE l.tenant = a.tenant AND l.target_id = a.package_id \
         AND l.other_id = s.object_id)",
    ),
    (
        "an open request waits for something",
        "SELECT r.tenant, r.id FROM assignment_request AS r WHERE r.is_open AND r.status <> 'WaitingForCallback' \
         AND NOT EXISTS (\
         SELECT 1 FROM task AS t WHERE t.tenant = r.tenant AND t.subject_id = r.id AND t.kind IN (1, 2))",
    ),
    (
        "an assignment that has an end will end",
        "SELECT a.tenant, a.id FROM assignment AS a WHERE a.is_current AND a.ends_at IS NOT NULL AND NOT EXISTS (\
         SELECT 1 FROM task AS t WHERE t.tenant = a.tenant AND t.subject_id = a.id AND t.kind = 4)",
    ),
    (
        "a request that waits for an extension is ended if none answers",
        "SELECT r.tenant, r.id FROM assignment_request AS r WHERE r.status = 'WaitingForCallback' AND NOT EXISTS (\
         SELECT 1 FROM callout AS c JOIN task AS t ON t.tenant = c.tenant AND t.subject_id = c.id AND t.kind = 9 \
         WHERE c.tenant = r.tenant AND c.request_id = r.id AND c.status = 5)",
    ),
    (
        "policies call extensions of their own catalog, which can be signed for",
        "SELECT s.tenant, s.id FROM policy_stage_setting AS s \
         JOIN custom_extension AS e ON e.tenant = s.tenant AND e.id = s.extension_id \
         JOIN assignment_policy AS p ON p.tenant = s.tenant AND p.id = s.policy_id \
         WHERE e.catalog_id <> p.catalog_id OR s.catalog_id <> p.catalog_id OR e.secret IS NULL",
    ),
    ("every task can be done", "SELECT t.tenant, t.subject_id FROM task AS t WHERE t.attempts > 0"),
];

/// What others have to do with: it may be so in a house that is in order, and the operator wants to know.
const DELIVERIES: &[(&str, &str)] = &[
    (
        "the letters in the outbox were taken",
        "SELECT o.tenant, o.id FROM outbox AS o WHERE o.topic = 1 AND (o.state = 2 OR (o.state = 0 AND o.attempts > 0))",
    ),
    (
        "the extensions that the outbox calls have answered",
        "SELECT o.tenant, o.id FROM outbox AS o WHERE o.topic = 2 AND (o.state = 2 OR (o.state = 0 AND o.attempts > 0))",
    ),
];

impl Store {
    /// Every promise that is broken; empty when the house is in order.
    pub async fn verify(&self) -> Result<Vec<Violation>, Error> {
        self.reading(Reach::Many, |connection| {
            Box::pin(async move {
                let columns =
                    [Column { name: "tenant", ty: ColumnType::Uuid }, Column { name: "id", ty: ColumnType::Uuid }];
                let mut violations = Vec::new();
                let texts = ["m.group_id", "g.app_role_id", "g.resource_id"]
                    .map(|column| (format!("{{{column}}}"), (connection.dialect().hex)(column)));
                let ours = PROMISES.iter().map(|promise| (promise, true));
                for ((promise, sql), is_ours) in ours.chain(DELIVERIES.iter().map(|promise| (promise, false))) {
                    let sql = texts.iter().fold((*sql).to_owned(), |sql, (column, text)| sql.replace(column, text));
                    for row in connection.query(&format!("{sql} LIMIT 100"), &[], &columns).await? {
                        if let [Value::Guid(tenant), Value::Guid(id)] = row.as_slice() {
                            violations.push(Violation { promise, is_ours, tenant: *tenant, id: *id });
                        }
                    }
                }
                Ok(violations)
            })
        })
        .await
    }
}
