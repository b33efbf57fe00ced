//! Reading: walks the path of a permitted query, gives the entity, the page or the number at its
//! end, and one more query for each `$expand` of the page. It must never read a row without the
//! tenant and the permit's rules in the statement; `sql::source` sees to that.

mod about;
mod expand;

use crate::answer::{Answer, Column, Expanded, Level, Row};
use crate::case;
use crate::connection::Connection;
use crate::engine::{Reach, Store};
use crate::error::Error;
use crate::sql::filter::{Compiler, Scope};
use crate::sql::source::{self, Source, from_where, kinds};
use crate::sql::{Sql, columns, narrow, order};
use crate::texts::Texts;
use auth::permit::ReadPermit;
use auth::rule::{ReadRules, RowRule, Rule};
use domain::lifecycle::suggestion::Grounds;
use model::Surface;
use model::def::{ColumnType, Join, Table};
use model::query::{Narrow, Query, Want};
use model::tables::suggestions::REASONS;
use odata::budget::{Budget, Meter};
use odata::query::{Bookmark, Key, Shape, Step};
use odata::schema::{Filter as Filterable, TypeId};
use odata::value::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// What a place on the way shows until its rule is known.
static NOTHING: Rule = Rule::NOTHING;
const COUNT: Column = Column { name: "count", ty: ColumnType::Int };

impl Store {
    /// What a permitted query asks for.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a step of the path, or an entity, that isn't there or that the permit
    /// doesn't show; [`Error::Unsupported`] for a condition that no column answers; [`Error::Exceeded`] for
    /// more rows than `budget` has room for.
    pub async fn read(&self, permit: impl Into<Arc<ReadPermit>>, budget: &Arc<Budget>) -> Result<Answer, Error> {
        let (permit, budget) = (permit.into(), Arc::clone(budget));
        let reach = if is_one_row(permit.what()) { Reach::Row } else { Reach::Many };
        let texts = Arc::clone(&self.texts);
        self.reading(reach, move |connection| Box::pin(read(connection, permit, texts, budget))).await
    }
}

/// Whether the query is answered by a look at a key or two.
fn is_one_row(query: &Query) -> bool {
    query.want == Want::Entity && query.shape.expand.is_empty() && query.target.steps.len() <= 5
}

/// Where the walk along the path stands.
struct Place<'r> {
    ty: TypeId,
    table: Option<Table>,
    source: Source,
    key: Option<Key>,
    rule: &'r Rule,
    /// The navigation that led here.
    name: &'static str,
}

pub(crate) async fn read(
    connection: &mut Connection,
    permit: Arc<ReadPermit>,
    texts: Arc<Texts>,
    budget: Arc<Budget>,
) -> Result<Answer, Error> {
    let query = permit.what();
    let rules = permit.rules();
    let mut reader = Reader::new(&permit, query, &budget);
    // What most reads don't need is boxed: its room would be made and moved for every one.
    match query.narrow {
        Some(Narrow::Requestable { user, at }) => {
            let packages = Box::pin(case::requestable(connection, reader.tenant, user, at)).await?;
            reader.worked_out(query, packages);
        }
        Some(Narrow::Suggested { user, at, related, history }) => {
            let grounds = Grounds { related, history };
            reader.reasons = Box::pin(case::suggestions(connection, reader.tenant, user, at, grounds)).await?;
            reader.worked_out(query, reader.reasons.keys().copied().collect());
        }
        _ => {}
    }
    let place = reader.walk(connection, query, permit.caller().principal).await?;
    let table = place.table.ok_or(Error::Unsupported { target: "path" })?;
    let level = || Arc::new(columns::level(query.surface, &query.shape, &table, rules));
    match query.want {
        Want::Count => {
            let count = Box::pin(reader.count(connection, &place, &table, &query.shape)).await?;
            Ok(Answer { level: level(), rows: Vec::new(), count: Some(count), next: None })
        }
        Want::Entity => {
            let (level, row) = reader.entity(connection, &place, &table, &query.shape, &texts).await?;
            let mut rows = vec![row.ok_or_else(|| not_found(query.surface, &place))?];
            reader.explain(&level, &mut rows);
            if !query.shape.expand.is_empty() {
                reader.expand(connection, &query.shape, &level, &mut rows).await?;
            }
            Ok(Answer { level, rows, count: None, next: None })
        }
        Want::Page => {
            let level = level();
            let (mut rows, next) = Box::pin(reader.page(connection, &place, &table, query, &level)).await?;
            reader.explain(&level, &mut rows);
            let count = match query.shape.count {
                true => Some(Box::pin(reader.count(connection, &place, &table, &query.shape)).await?),
                false => None,
            };
            reader.expand(connection, &query.shape, &level, &mut rows).await?;
            Ok(Answer { level, rows, count, next })
        }
    }
}

struct Reader<'r> {
    surface: &'static Surface,
    tenant: Uuid,
    /// Who asks.
    principal: Uuid,
    rules: &'r ReadRules,
    /// What the answer may hold.
    budget: &'r Budget,
    /// What a function leaves of the collection at the end of the path.
    narrow: Option<Cow<'r, Narrow>>,
    /// What a set that is worked out for whoever asks consists of.
    mine: Option<Vec<Uuid>>,
    /// Why each access package is suggested, as JSON.
    reasons: BTreeMap<Uuid, String>,
}

impl<'r> Reader<'r> {
    fn new(permit: &'r ReadPermit, query: &'r Query, budget: &'r Budget) -> Reader<'r> {
        let caller = permit.caller();
        Reader {
            surface: query.surface,
            tenant: caller.tenant,
            principal: caller.principal,
            rules: permit.rules(),
            budget,
            narrow: query.narrow.as_ref().map(Cow::Borrowed),
            mine: None,
            reasons: BTreeMap::new(),
        }
    }

    /// The ids that a condition came to: the set at the beginning of the path, or what is left of the
    /// collection at its end.
    fn worked_out(&mut self, query: &Query, ids: Vec<Uuid>) {
        if query.worked_out().is_some() {
            (self.mine, self.narrow) = (Some(ids), None);
        } else {
            self.narrow = Some(Cow::Owned(Narrow::Among(ids)));
        }
    }

    /// Fills in why each row is suggested.
    fn explain(&self, level: &Level, rows: &mut [Row]) {
        if self.reasons.is_empty() {
            return;
        }
        let Some(at) = level.position(REASONS) else { return };
        for row in rows {
            let reasons = row.id.as_guid().and_then(|id| self.reasons.get(&id));
            if let (Some(cell), Some(reasons)) = (row.cells.get_mut(at), reasons) {
                *cell = Value::Json(reasons.clone());
            }
        }
    }

    fn sql(&self, connection: &Connection) -> Sql {
        Sql::new(connection.dialect(), self.tenant)
    }

    /// Follows the path to its last place; every place on the way must be there and be seen.
    async fn walk(&self, connection: &mut Connection, query: &Query, principal: Uuid) -> Result<Place<'r>, Error> {
        let schema = &self.surface.schema;
        let mut place =
            Place { ty: schema.root, table: None, source: Source::Set, key: None, rule: &NOTHING, name: "" };
        for (at, step) in query.target.steps.iter().enumerate() {
            match step {
                Step::Key(key) => place.key = Some(key.clone()),
                Step::Cast(ty) => {
                    place.ty = *ty;
                    place.table = source::table(self.surface, *ty);
                }
                Step::Navigate { owner, nav } => {
                    let join = self.surface.nav(*owner, *nav).join;
                    let navigation = schema.ty(*owner).navigations.get(*nav);
                    let (ty, name) = navigation.map_or((schema.root, ""), |each| (each.target, each.name));
                    let (source, key) = match join {
                        Join::Through | Join::Set => (Source::Set, None),
                        Join::Deleted => (Source::Deleted, None),
                        Join::Area { area } => (Source::Area(area), None),
                        // An application, for which nothing is worked out, goes by its permission.
                        Join::Mine => (self.mine.clone().map_or(Source::Set, Source::Among), None),
                        Join::Me => (Source::Set, Some(Key::Id(principal.to_string()))),
                        Join::Forward { column } => {
                            let parent = Box::pin(self.parent(connection, &place, Some(column))).await?;
                            if parent.is_null() {
                                return Err(Error::Null { navigation: name });
                            }
                            (Source::Via { join, parents: vec![parent] }, None)
                        }
                        Join::Back { .. } | Join::Part { .. } | Join::Link { .. } | Join::Reach { .. } => {
                            let parent = Box::pin(self.parent(connection, &place, None)).await?;
                            (Source::Via { join, parents: vec![parent] }, None)
                        }
                    };
                    let table = source::table(self.surface, ty);
                    place = Place { ty, table, source, key, rule: &NOTHING, name };
                }
            }
            if let Some(rule) = self.rules.steps.get(at) {
                place.rule = rule;
            }
        }
        Ok(place)
    }

    /// The id of the row at `place`, or the value of its `column`, on the way further.
    async fn parent(
        &self,
        connection: &mut Connection,
        place: &Place<'_>,
        column: Option<&'static str>,
    ) -> Result<Value, Error> {
        let table = place.table.ok_or_else(|| not_found(self.surface, place))?;
        let key = if table.text_key && column.is_none() { ColumnType::Text } else { ColumnType::Uuid };
        let wanted = Column { name: column.unwrap_or("id"), ty: key };
        let mut sql = self.sql(connection);
        sql.push(&format!("SELECT a.{}", wanted.name));
        let kinds = || source::kind(self.surface, place.ty).into_iter().collect();
        from_where(&mut sql, kinds, &table, &place.source, &place.rule.rows);
        self.key(&mut sql, place, &table)?;
        let rows = connection.query(&sql.text, &sql.params, &[wanted]).await?;
        match rows.into_iter().next().and_then(|row| row.into_iter().next()) {
            None => Err(not_found(self.surface, place)),
            Some(value) => Ok(value),
        }
    }

    /// ` AND …` for the key of a place.
    fn key(&self, sql: &mut Sql, place: &Place<'_>, table: &Table) -> Result<(), Error> {
        match &place.key {
            None => {}
            Some(Key::Id(text)) if table.text_key => {
                let id = sql.bind(Value::Text(text.to_lowercase()));
                sql.push(&format!(" AND a.id = {id}"));
            }
            Some(Key::Id(text)) => {
                let id = Uuid::try_parse(text).map_err(|_| not_found(self.surface, place))?;
                let id = sql.bind(Value::Guid(id));
                sql.push_all(&[" AND a.id = ", &id]);
            }
            Some(Key::Alternate { property, value }) => {
                let row = self.surface.prop(place.ty, *property);
                let model::def::Store::Column(column) = row.store else {
                    return Err(not_found(self.surface, place));
                };
                let (column, value) = match (row.filter, value) {
                    (Filterable::Folded, Value::Text(text)) => {
                        (format!("{column}_fold"), Value::Text(crate::fold::fold(text)))
                    }
                    (_, Value::Text(text)) if row.column_type() == ColumnType::Uuid => (
                        column.to_owned(),
                        Value::Guid(Uuid::try_parse(text).map_err(|_| not_found(self.surface, place))?),
                    ),
                    (_, value) => (column.to_owned(), value.clone()),
                };
                let value = sql.bind(value);
                sql.push(&format!(" AND a.{column} = {value}"));
            }
        }
        Ok(())
    }

    /// Charges rows of this shape.
    fn meter(&self, shape: &Shape) -> Meter<'r> {
        let beside = shape.expand.len() * size_of::<Expanded>();
        Meter { budget: self.budget, beside: beside as u64 }
    }

    fn compiler<'s>(&self, sql: &'s mut Sql) -> Compiler<'s> {
        Compiler { sql, surface: self.surface, scopes: vec![Scope::row("a")] }
    }

    /// ` AND …` for what a function leaves.
    fn narrowed(&self, sql: &mut Sql, table: &Table, shape: &Shape) {
        if let Some(narrow) = &self.narrow {
            let condition = narrow::narrow(sql, table, narrow, self.rows(shape));
            sql.push(&condition);
        }
    }

    /// ` AND …` for `$filter` and `$search`.
    fn conditions(&self, sql: &mut Sql, shape: &Shape) -> Result<(), Error> {
        if let Some(filter) = &shape.filter {
            let condition = self.compiler(sql).filter(filter, false)?;
            sql.push(&format!(" AND {condition}"));
        }
        if let Some(search) = &shape.search {
            let condition = self.compiler(sql).search(search)?;
            sql.push(&format!(" AND {condition}"));
        }
        Ok(())
    }

    async fn count(
        &self,
        connection: &mut Connection,
        place: &Place<'_>,
        table: &Table,
        shape: &Shape,
    ) -> Result<u64, Error> {
        let mut sql = self.sql(connection);
        sql.push("SELECT count(*)");
        from_where(&mut sql, || kinds(self.surface, shape), table, &place.source, self.rows(shape));
        self.narrowed(&mut sql, table, shape);
        self.conditions(&mut sql, shape)?;
        let rows = connection.query(&sql.text, &sql.params, &[COUNT]).await?;
        Ok(number(rows.first().and_then(|row| row.first())))
    }

    fn rows(&self, shape: &Shape) -> &RowRule {
        &columns::rule(self.rules, shape).rows
    }

    async fn entity(
        &self,
        connection: &mut Connection,
        place: &Place<'_>,
        table: &Table,
        shape: &Arc<Shape>,
        texts: &Texts,
    ) -> Result<(Arc<Level>, Option<Row>), Error> {
        let rule = columns::rule(self.rules, shape);
        let by_id = self.by_id(place, table, shape, rule);
        if let Some(params) = &by_id
            && let Some(text) = texts.find(shape, place.ty, rule.fields)
        {
            let meter = self.meter(shape);
            let rows = connection.query_metered(&text.sql, params, &text.level.columns, meter).await?;
            let row = rows.into_iter().next().map(|cells| self.row(shape, &text.level, cells));
            return Ok((Arc::clone(&text.level), row));
        }
        let level = Arc::new(columns::level(self.surface, shape, table, self.rules));
        let mut sql = self.sql(connection);
        sql.push("SELECT ");
        let list = self.select_list(&mut sql, &level);
        sql.push(&list);
        from_where(&mut sql, || kinds(self.surface, shape), table, &place.source, &rule.rows);
        self.narrowed(&mut sql, table, shape);
        self.key(&mut sql, place, table)?;
        sql.push(" LIMIT 1");
        let rows = connection.query_metered(&sql.text, &sql.params, &level.columns, self.meter(shape)).await?;
        let row = rows.into_iter().next().map(|cells| self.row(shape, &level, cells));
        if by_id.is_some_and(|params| sql.params == params) {
            texts.keep(shape, place.ty, rule.fields, sql.text, &level);
        }
        Ok((level, row))
    }

    /// The tenant and the id, where the statement takes nothing else of the caller, the path or the permit
    /// than these and the root's field rule. Levels below have field rules of their own, so an `$expand`
    /// never goes this way.
    fn by_id(&self, place: &Place<'_>, table: &Table, shape: &Shape, rule: &Rule) -> Option<[Value; 2]> {
        let plain = matches!(place.source, Source::Set) && rule.rows == RowRule::All && self.narrow.is_none();
        match &place.key {
            Some(Key::Id(id)) if plain && shape.expand.is_empty() && !table.text_key => {
                Some([Value::Guid(self.tenant), Value::Guid(Uuid::try_parse(id).ok()?)])
            }
            _ => None,
        }
    }

    async fn page(
        &self,
        connection: &mut Connection,
        place: &Place<'_>,
        table: &Table,
        query: &Query,
        level: &Level,
    ) -> Result<(Vec<Row>, Option<Bookmark>), Error> {
        let shape = &query.shape;
        let mut sql = self.sql(connection);
        let terms = order::terms(&mut self.compiler(&mut sql), &shape.order)?;
        sql.push("SELECT ");
        let list = self.select_list(&mut sql, level);
        sql.push(&list);
        for term in &terms {
            sql.push(", ");
            sql.push(&term.expression);
        }
        let from = from_where(&mut sql, || kinds(self.surface, shape), table, &place.source, self.rows(shape));
        self.narrowed(&mut sql, table, shape);
        self.conditions(&mut sql, shape)?;
        if let Some(bookmark) = &shape.after {
            let key = match (table.text_key, Uuid::try_parse(&bookmark.id)) {
                (true, _) => Value::Text(bookmark.id.clone()),
                (false, Ok(id)) => Value::Guid(id),
                (false, Err(_)) => return Err(Error::Unsupported { target: "$skiptoken" }),
            };
            let condition = order::after(&mut sql, &terms, &from.id, bookmark, key)?;
            sql.push(&condition);
        }
        sql.push(&order::order_by(&terms, &from.id));
        let limit = sql.bind(Value::Int(i64::from(query.limit) + 1));
        sql.push(&format!(" LIMIT {limit}"));
        if shape.skip > 0 && shape.after.is_none() {
            let skip = sql.bind(Value::Int(i64::from(shape.skip)));
            sql.push(&format!(" OFFSET {skip}"));
        }
        let columns: Vec<Column> = level.columns.iter().copied().chain(terms.iter().map(|term| term.column)).collect();
        let mut found = connection.query_metered(&sql.text, &sql.params, &columns, self.meter(shape)).await?;
        let more = found.len() > query.limit as usize;
        found.truncate(query.limit as usize);
        let mut last = None;
        let rows = found
            .into_iter()
            .map(|mut cells| {
                last = Some(cells.split_off(level.columns.len().min(cells.len())));
                self.row(shape, level, cells)
            })
            .collect::<Vec<Row>>();
        let next = match (more, rows.last(), last) {
            (true, Some(row), Some(values)) => Some(Bookmark { values, id: text(&row.id) }),
            _ => None,
        };
        Ok((rows, next))
    }

    fn row(&self, shape: &Shape, level: &Level, cells: Vec<Value>) -> Row {
        let kind = level.position("kind").and_then(|at| cells.get(at));
        let ty = match kind {
            Some(Value::Int(kind)) => shape
                .outputs
                .iter()
                .map(|(ty, _)| *ty)
                .find(|ty| source::kind(self.surface, *ty) == Some(*kind))
                .unwrap_or(shape.ty),
            _ => shape.outputs.first().map_or(shape.ty, |(ty, _)| *ty),
        };
        let id = cells.first().cloned().unwrap_or(Value::Null);
        Row { id, ty, cells, expanded: Vec::with_capacity(shape.expand.len()) }
    }

    fn select_list(&self, sql: &mut Sql, level: &Level) -> String {
        let mut list = String::with_capacity(level.columns.len() * 16);
        for (at, column) in level.columns.iter().enumerate() {
            if at > 0 {
                list.push_str(", ");
            }
            self.push_column(sql, &mut list, column);
        }
        list
    }

    /// A column of the row under `a`, or what is worked out for whoever asks.
    fn push_column(&self, sql: &mut Sql, list: &mut String, column: &Column) {
        match column.name {
            "assigned_to_me" => {
                let me = sql.bind(Value::Guid(self.principal));
                list.push_str(&source::assigned_to(&me, "a"));
            }
            // Filled in when the rows are there.
            REASONS => list.push_str("'[]'"),
            name => {
                list.push_str("a.");
                list.push_str(name);
            }
        }
    }
}

fn number(value: Option<&Value>) -> u64 {
    match value {
        Some(Value::Int(number)) => u64::try_from(*number).unwrap_or(0),
        _ => 0,
    }
}

fn text(id: &Value) -> String {
    match id {
        Value::Guid(id) => id.to_string(),
        Value::Text(text) => text.clone(),
        _ => String::new(),
    }
}

fn not_found(surface: &'static Surface, place: &Place<'_>) -> Error {
    let key = match &place.key {
        Some(Key::Id(id)) => id.clone(),
        Some(Key::Alternate { value: Value::Text(text), .. }) => text.clone(),
        Some(Key::Alternate { .. }) => String::new(),
        None => return Error::Null { navigation: place.name },
    };
    Error::NotFound { kind: surface.schema.ty(place.ty).name, key }
}
