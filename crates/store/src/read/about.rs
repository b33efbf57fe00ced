//! What is worked out about the entity at the end of a path, instead of reading it: the groups that it
//! is in, and what has to be said to be given it. It must never answer for an entity that the permit
//! doesn't show.

use super::{Reader, not_found};
use crate::answer::Column;
use crate::case;
use crate::connection::Connection;
use crate::engine::{Reach, Store};
use crate::error::Error;
use auth::permit::ReadPermit;
use model::def::ColumnType;
use odata::budget::{Budget, Meter};
use odata::value::Value;
use std::sync::Arc;
use uuid::Uuid;

impl Store {
    /// The groups that the object at a permitted path is in, directly or through others; of `among`
    /// only, when that is given.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the object isn't there, or the permit doesn't show it; [`Error::Exceeded`] for
    /// more groups than `budget` has room for.
    pub async fn memberships(
        &self,
        permit: ReadPermit,
        among: Option<Vec<Uuid>>,
        security_only: bool,
        budget: &Arc<Budget>,
    ) -> Result<Vec<Uuid>, Error> {
        let shared = Arc::new((permit, among, Arc::clone(budget)));
        self.reading(Reach::Many, move |connection| {
            Box::pin(
                async move { memberships(connection, &shared.0, shared.1.as_deref(), security_only, &shared.2).await },
            )
        })
        .await
    }

    /// What the caller has to say to be given the access package at a permitted path: one document for
    /// each policy under which they may ask for it at this moment.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the package isn't there, or the permit doesn't show it; [`Error::Exceeded`] for
    /// more documents than `budget` has room for.
    pub async fn requirements(&self, permit: ReadPermit, at: i64, budget: &Arc<Budget>) -> Result<Vec<String>, Error> {
        let (permit, budget) = (Arc::new(permit), Arc::clone(budget));
        self.reading(Reach::Many, move |connection| {
            Box::pin(async move {
                let query = permit.what();
                let reader = Reader::new(&permit, query, &budget);
                let place = reader.walk(connection, query, reader.principal).await?;
                let Some(package) = reader.parent(connection, &place, None).await?.as_guid() else {
                    return Err(not_found(query.surface, &place));
                };
                let (tenant, version) = (reader.tenant, query.surface.version);
                let documents = case::requirements(connection, tenant, package, reader.principal, at, version).await?;
                for document in &documents {
                    budget.read_row(&[], document.len() as u64)?;
                }
                Ok(documents)
            })
        })
        .await
    }
}

async fn memberships(
    connection: &mut Connection,
    permit: &ReadPermit,
    among: Option<&[Uuid]>,
    security_only: bool,
    budget: &Budget,
) -> Result<Vec<Uuid>, Error> {
    let query = permit.what();
    let reader = Reader::new(permit, query, budget);
    let place = reader.walk(connection, query, permit.caller().principal).await?;
    let id = reader.parent(connection, &place, None).await?;
    let mut sql = reader.sql(connection);
    let id = sql.bind(id);
    sql.push(&format!(
        "WITH RECURSIVE reach(id) AS (SELECT s.group_id FROM membership AS s WHERE s.tenant = $1 AND s.member_id = {id} \
         UNION SELECT s.group_id FROM reach AS r CROSS JOIN membership AS s \
         WHERE s.tenant = $1 AND s.member_id = r.id) \
         SELECT g.id FROM reach AS r CROSS JOIN directory_object AS g WHERE g.tenant = $1 AND g.id = r.id \
         AND g.deleted_at IS NULL AND g.id <> {id}"
    ));
    if let Some(among) = among {
        let list: Vec<Value> = among.iter().copied().map(Value::Guid).collect();
        let among = sql.among(&list);
        sql.push(&format!(" AND g.id {among}"));
    }
    if security_only {
        let yes = sql.bind(Value::Bool(true));
        sql.push(&format!(" AND g.security_enabled = {yes}"));
    }
    sql.push(" ORDER BY g.id");
    let column = Column { name: "id", ty: ColumnType::Uuid };
    let meter = Meter { budget, beside: 0 };
    let rows = connection.query_metered(&sql.text, &sql.params, &[column], meter).await?;
    Ok(rows.iter().filter_map(|row| row.first()?.as_guid()).collect())
}
