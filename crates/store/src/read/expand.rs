//! `$expand`: one query for each, for all rows of a page together. It must never keep a row that the
//! answer's budget has no room for, nor copy what several rows have in common.

use super::{COUNT, Reader, number, text};
use crate::answer::{Column, Expanded, Level, Row};
use crate::connection::Connection;
use crate::error::Error;
use crate::sql::order;
use crate::sql::source::{self, Source, from_where, kinds};
use futures_util::future::BoxFuture;
use model::def::{ColumnType, Join, Table};
use odata::limits;
use odata::query::{Bookmark, Expand, Shape};
use odata::value::Value;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// What an expand found for one parent.
#[derive(Debug, Default)]
struct Children {
    rows: Vec<Row>,
    /// The values of each row's order.
    order: Vec<Vec<Value>>,
    count: Option<u64>,
}

impl Children {
    /// As the parent shows them: one, or a page.
    fn expanded(self, expand: &Expand, many: bool) -> Expanded {
        let Children { mut rows, mut order, count } = self;
        if !many {
            return Expanded::One(rows.into_iter().next().map(Arc::new));
        }
        let limit = limit(&expand.shape);
        let more = rows.len() > limit;
        rows.truncate(limit);
        order.truncate(limit);
        let next = rows.last().zip(order.pop()).filter(|_| more);
        let next = next.map(|(row, values)| Bookmark { values, id: text(&row.id) });
        let count = expand.shape.count.then(|| count.unwrap_or(0));
        Expanded::Many { rows: Arc::new(rows), count, next }
    }
}

impl Reader<'_> {
    /// One query for each expand, for all rows together.
    pub(super) fn expand<'c>(
        &'c self,
        connection: &'c mut Connection,
        shape: &'c Shape,
        level: &'c Level,
        rows: &'c mut [Row],
    ) -> BoxFuture<'c, Result<(), Error>> {
        Box::pin(async move {
            for (expand, below) in shape.expand.iter().zip(&level.expands) {
                let navigation = self.surface.nav(expand.owner, expand.nav);
                let keys: Vec<Value> = rows.iter().map(|row| parent_key(navigation.join, level, row)).collect();
                let mut parents: Vec<Value> = keys.iter().filter(|key| !key.is_null()).cloned().collect();
                parents.sort_by_key(|parent| parent.as_guid());
                parents.dedup();
                let distinct = parents.len();
                let found = match parents.is_empty() {
                    true => HashMap::new(),
                    false => {
                        let found = self.children(connection, expand, below, navigation.join, parents).await;
                        found.map_err(|error| self.at(expand, error))?
                    }
                };
                let found = found.into_iter();
                let mut found: HashMap<Uuid, Expanded> =
                    found.map(|(parent, children)| (parent, children.expanded(expand, navigation.many))).collect();
                // Deeper down an entity can come up under several parents; each gets its children.
                let shared = keys.iter().filter(|key| !key.is_null()).count() > distinct;
                for (row, key) in rows.iter_mut().zip(&keys) {
                    let children = key.as_guid().and_then(|key| match shared {
                        true => found.get(&key).cloned(),
                        false => found.remove(&key),
                    });
                    row.expanded
                        .push(children.unwrap_or_else(|| Children::default().expanded(expand, navigation.many)));
                }
            }
            Ok(())
        })
    }

    /// The error, with the navigation in which it came up.
    fn at(&self, expand: &Expand, error: Error) -> Error {
        let navigation = self.surface.schema.ty(expand.owner).navigations.get(expand.nav);
        match (error, navigation) {
            (Error::Exceeded(exceeded), Some(navigation)) => Error::Exceeded(exceeded.below(navigation.name)),
            (error, _) => error,
        }
    }

    /// The children of all `parents`, by parent, each parent's in order and up to its page.
    async fn children(
        &self,
        connection: &mut Connection,
        expand: &Expand,
        level: &Level,
        join: Join,
        parents: Vec<Value>,
    ) -> Result<HashMap<Uuid, Children>, Error> {
        let shape = &expand.shape;
        let table = source::table(self.surface, shape.ty).ok_or(Error::Unsupported { target: "$expand" })?;
        let counts = match shape.count {
            true => self.child_counts(connection, shape, &table, join, &parents).await?,
            false => HashMap::new(),
        };
        let source = Source::Via { join, parents };
        let mut sql = self.sql(connection);
        let terms = order::terms(&mut self.compiler(&mut sql), &shape.order)?;
        // The parts after FROM are written first, because the list before it names the parent.
        let head = std::mem::take(&mut sql.text);
        let from = from_where(&mut sql, || kinds(self.surface, shape), &table, &source, self.rows(shape));
        self.conditions(&mut sql, shape)?;
        let tail = std::mem::replace(&mut sql.text, head);
        let parent = from.parent.unwrap_or(from.id.clone());
        let order = order::order_by(&terms, &from.id);
        let own: Vec<String> = level
            .columns
            .iter()
            .map(|column| {
                let mut text = String::new();
                self.push_column(&mut sql, &mut text, column);
                text
            })
            .collect();
        let expressions = own.into_iter().chain(terms.iter().map(|term| term.expression.clone()));
        let names: Vec<String> = (0..level.columns.len() + terms.len()).map(|at| format!("c{at}")).collect();
        let list: Vec<String> =
            expressions.zip(&names).map(|(expression, name)| format!("{expression} AS {name}")).collect();
        let skip = sql.bind(Value::Int(i64::from(shape.skip)));
        let last = sql.bind(Value::Int(i64::from(shape.skip) + limit(shape) as i64 + 1));
        sql.push(&format!(
            "SELECT {}, parent FROM (SELECT {}, {parent} AS parent, \
             row_number() OVER (PARTITION BY {parent}{order}) AS place{tail}) AS x \
             WHERE place > {skip} AND place <= {last} ORDER BY parent, place",
            names.join(", "),
            list.join(", "),
        ));
        // One more than there is room for, to see that it is too many.
        let room = self.budget.rows_left().saturating_add(1);
        let room = sql.bind(Value::Int(i64::try_from(room).unwrap_or(i64::MAX)));
        sql.push(&(connection.dialect().at_most)(&room));
        let mut columns: Vec<Column> =
            level.columns.iter().copied().chain(terms.iter().map(|term| term.column)).collect();
        columns.push(Column { name: "parent", ty: ColumnType::Uuid });
        let found = connection.query_metered(&sql.text, &sql.params, &columns, self.meter(shape)).await?;
        let mut owners = Vec::with_capacity(found.len());
        let mut rows: Vec<Row> = found
            .into_iter()
            .map(|mut cells| {
                let parent = cells.pop().and_then(|parent| parent.as_guid());
                owners.push((parent, cells.split_off(level.columns.len().min(cells.len()))));
                self.row(shape, level, cells)
            })
            .collect();
        self.expand(connection, shape, level, &mut rows).await?;
        let counted = |count| Children { count: Some(count), ..Children::default() };
        let mut by_parent: HashMap<Uuid, Children> =
            counts.into_iter().map(|(parent, count)| (parent, counted(count))).collect();
        for ((parent, values), row) in owners.into_iter().zip(rows) {
            if let Some(parent) = parent {
                let children = by_parent.entry(parent).or_default();
                children.rows.push(row);
                children.order.push(values);
            }
        }
        Ok(by_parent)
    }

    async fn child_counts(
        &self,
        connection: &mut Connection,
        shape: &Shape,
        table: &Table,
        join: Join,
        parents: &[Value],
    ) -> Result<HashMap<Uuid, u64>, Error> {
        let source = Source::Via { join, parents: parents.to_vec() };
        let mut sql = self.sql(connection);
        let from = from_where(&mut sql, || kinds(self.surface, shape), table, &source, self.rows(shape));
        self.conditions(&mut sql, shape)?;
        let parent = from.parent.unwrap_or(from.id);
        let text = format!("SELECT count(*), {parent}{} GROUP BY {parent}", sql.text);
        let columns = [COUNT, Column { name: "parent", ty: ColumnType::Uuid }];
        let rows = connection.query(&text, &sql.params, &columns).await?;
        Ok(rows.iter().filter_map(|row| Some((row.get(1)?.as_guid()?, number(row.first())))).collect())
    }
}

/// Entries of an expand for one parent.
fn limit(shape: &Shape) -> usize {
    shape.top.unwrap_or(limits::EXPAND_PAGE).min(limits::EXPAND_PAGE) as usize
}

/// The value by which a row finds its children.
fn parent_key(join: Join, level: &Level, row: &Row) -> Value {
    match join {
        Join::Forward { column } => {
            level.position(column).and_then(|at| row.cells.get(at)).cloned().unwrap_or(Value::Null)
        }
        _ => row.id.clone(),
    }
}
