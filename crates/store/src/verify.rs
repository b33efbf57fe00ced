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
    pub tenant: Uuid,
    pub id: Uuid,
}

/// Each gives the tenant and the id of a row that breaks the promise. References are kept by foreign
/// keys; what stands here is what a key can't say.
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
];

impl Store {
    /// Every promise that is broken; empty when the house is in order.
    pub async fn verify(&self) -> Result<Vec<Violation>, Error> {
        self.reading(Reach::Many, |connection| {
            Box::pin(async move {
                let columns =
                    [Column { name: "tenant", ty: ColumnType::Uuid }, Column { name: "id", ty: ColumnType::Uuid }];
                let mut violations = Vec::new();
                for (promise, sql) in PROMISES {
                    for row in connection.query(&format!("{sql} LIMIT 100"), &[], &columns).await? {
                        if let [Value::Guid(tenant), Value::Guid(id)] = row.as_slice() {
                            violations.push(Violation { promise, tenant: *tenant, id: *id });
                        }
                    }
                }
                Ok(violations)
            })
        })
        .await
    }
}
