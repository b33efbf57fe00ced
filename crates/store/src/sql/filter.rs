//! `$filter` and `$search` as SQL conditions. Two-valued like OData, not three-valued like SQL: a
//! negation is carried down to the comparisons, where null is then spelled out, so that indexes
//! stay usable for everything that is not negated.

use super::{Sql, source};
use crate::error::Error;
use crate::fold::{after_prefix, fold};
use model::Surface;
use model::def::{ColumnType, Join, PropertyDef, Store, Table};
use odata::query::{Compare, Filter, Leaf, Path, Search, TextOp};
use odata::schema::{Filter as Filterable, TypeId};
use odata::value::Value;

/// A place in the statement to which paths are relative: the row itself, or a lambda's variable.
#[derive(Debug, Clone)]
pub struct Scope {
    alias: String,
    /// The variable is an entry of a complex collection: the property, and which of its columns.
    entry: Option<(&'static PropertyDef, usize)>,
}

impl Scope {
    pub fn row(alias: impl Into<String>) -> Scope {
        Scope { alias: alias.into(), entry: None }
    }
}

pub struct Compiler<'s> {
    pub sql: &'s mut Sql,
    pub surface: &'static Surface,
    /// The scope of `base` 0 first.
    pub scopes: Vec<Scope>,
}

/// A value in the statement, and how it compares.
pub struct Operand {
    pub expression: String,
    pub ty: ColumnType,
    pub folded: bool,
    pub nullable: bool,
    pub name: &'static str,
}

impl Compiler<'_> {
    /// The condition of `filter`, or of its contrary.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for what no column answers.
    pub fn filter(&mut self, filter: &Filter, not: bool) -> Result<String, Error> {
        match filter {
            Filter::And(parts) => self.join(parts, not, if not { " OR " } else { " AND " }),
            Filter::Or(parts) => self.join(parts, not, if not { " AND " } else { " OR " }),
            Filter::Not(inner) => self.filter(inner, !not),
            Filter::Always(yes) => Ok(always(*yes != not)),
            Filter::Compare { left, op, right } => {
                if *op == Compare::Eq
                    && !not
                    && !left.count
                    && let Some(condition) = self.entered(&left.path, right)?
                {
                    return Ok(condition);
                }
                let operand = if left.count { self.count(&left.path)? } else { self.path(&left.path)? };
                Ok(self.compare(&operand, if not { contrary(*op) } else { *op }, right, not))
            }
            Filter::In { left, values } => {
                let operand = self.path(&left.path)?;
                let null = values.iter().any(Value::is_null);
                let values: Vec<Value> = values.iter().filter_map(|value| fit(&operand, value)).collect();
                let expression = &operand.expression;
                let among =
                    if values.is_empty() { always(false) } else { format!("{expression} {}", self.sql.among(&values)) };
                let among = if null { format!("({among} OR {expression} IS NULL)") } else { among };
                Ok(match (not, null) {
                    (false, _) => among,
                    (true, true) => format!("NOT {among}"),
                    (true, false) => format!("(NOT ({among}) OR {expression} IS NULL)"),
                })
            }
            Filter::Text { left, op, right } => {
                let operand = self.path(&left.path)?;
                let condition = self.text(&operand, *op, right)?;
                Ok(if not { format!("(NOT ({condition}) OR {} IS NULL)", operand.expression) } else { condition })
            }
            Filter::Any { over, body } => self.any(over, body.as_deref(), not, false),
            Filter::All { over, body } => self.any(over, Some(body), !not, true),
        }
    }

    fn join(&mut self, parts: &[Filter], not: bool, by: &str) -> Result<String, Error> {
        let parts: Result<Vec<String>, Error> = parts.iter().map(|part| self.filter(part, not)).collect();
        let parts = parts?;
        Ok(if parts.is_empty() { always(by == " AND ") } else { format!("({})", parts.join(by)) })
    }

    fn compare(&mut self, operand: &Operand, op: Compare, right: &Value, negated: bool) -> String {
        let expression = &operand.expression;
        if right.is_null() {
            return match op {
                Compare::Eq => format!("{expression} IS NULL"),
                Compare::Ne => format!("{expression} IS NOT NULL"),
                // Nothing is greater or less than null.
                _ => always(negated),
            };
        }
        let Some(value) = fit(operand, right) else {
            // A text that isn't an id equals no id.
            return always(op == Compare::Ne);
        };
        let bound = self.sql.bind(value);
        match op {
            Compare::Eq => format!("{expression} = {bound}"),
            Compare::Ne => format!("({expression} <> {bound} OR {expression} IS NULL)"),
            _ if negated => format!("({expression} {} {bound} OR {expression} IS NULL)", symbol(op)),
            _ => format!("{expression} {} {bound}", symbol(op)),
        }
    }

    fn text(&mut self, operand: &Operand, op: TextOp, right: &str) -> Result<String, Error> {
        if operand.ty != ColumnType::Text {
            return Err(Error::Unsupported { target: operand.name });
        }
        let right = if operand.folded { fold(right) } else { right.to_owned() };
        let expression = &operand.expression;
        Ok(match op {
            TextOp::StartsWith if right.is_empty() => format!("{expression} IS NOT NULL"),
            TextOp::StartsWith => {
                let end = after_prefix(&right).map(|end| self.sql.bind(Value::Text(end)));
                let start = self.sql.bind(Value::Text(right));
                match end {
                    Some(end) => format!("({expression} >= {start} AND {expression} < {end})"),
                    None => format!("{expression} >= {start}"),
                }
            }
            TextOp::Contains => {
                let bound = self.sql.bind(Value::Text(right));
                (self.sql.dialect.contains)(expression, &bound)
            }
            TextOp::EndsWith => {
                let bound = self.sql.bind(Value::Text(right));
                (self.sql.dialect.ends_with)(expression, &bound)
            }
        })
    }

    /// `any`, and `all` as "none for which it isn't so".
    fn any(&mut self, over: &Path, body: Option<&Filter>, not: bool, inner_not: bool) -> Result<String, Error> {
        if let Some((table, property)) = self.with_entries(over) {
            return self.any_entry(over.base, table.name, property, body, not, inner_not);
        }
        let alias = self.sql.alias();
        let from = self.collection(over, &alias)?;
        self.scopes.push(Scope::row(alias));
        let condition = body.map(|body| self.filter(body, inner_not)).transpose();
        self.scopes.pop();
        let condition = condition?.map_or(String::new(), |condition| format!(" AND {condition}"));
        Ok(format!("{}EXISTS (SELECT 1 FROM {from}{condition})", if not { "NOT " } else { "" }))
    }

    /// The property and its table, when its entries have columns of the row.
    fn with_entries(&self, over: &Path) -> Option<(Table, &'static PropertyDef)> {
        let Leaf::Property { owner, property, below } = &over.leaf else { return None };
        let row = self.surface.prop(*owner, *property);
        let own = over.navigations.is_empty() && below.is_empty() && row.many && !row.paths.is_empty();
        source::table(self.surface, *owner).filter(|_| own).map(|table| (table, row))
    }

    /// `any` over the few entries that have columns: the rows whose first entry is such, and those whose
    /// second is. Said by their ids, so that each is found by its own index.
    fn any_entry(
        &mut self,
        base: usize,
        table: &str,
        property: &'static PropertyDef,
        body: Option<&Filter>,
        not: bool,
        inner_not: bool,
    ) -> Result<String, Error> {
        let row = self.scope(base)?.alias.clone();
        let there = property.paths.first().map_or(&[][..], |path| path.columns);
        let mut ways = Vec::with_capacity(there.len());
        for (at, column) in there.iter().enumerate() {
            let alias = self.sql.alias();
            self.scopes.push(Scope { alias: alias.clone(), entry: Some((property, at)) });
            let condition = body.map(|body| self.filter(body, inner_not)).transpose();
            self.scopes.pop();
            let condition = condition?.map_or(String::new(), |condition| format!(" AND {condition}"));
            ways.push(format!(
                "SELECT {alias}.id FROM {table} AS {alias} \
                 WHERE {alias}.tenant = $1 AND {alias}.{column} IS NOT NULL{condition}"
            ));
        }
        Ok(format!("{row}.id {}IN ({})", if not { "NOT " } else { "" }, ways.join(" UNION ALL ")))
    }

    /// The column that a path within a complex property has.
    fn within(&self, property: &'static PropertyDef, entry: usize, alias: &str, path: &str) -> Result<Operand, Error> {
        let found = property.paths.iter().find(|each| each.path == path);
        let found = found.and_then(|found| Some((found, found.columns.get(entry)?)));
        let (found, column) = found.ok_or(Error::Unsupported { target: property.core })?;
        let expression = format!("{alias}.{column}");
        Ok(Operand { expression, ty: found.ty, folded: found.folded, nullable: true, name: property.core })
    }

    /// How many entries a collection has.
    fn count(&mut self, path: &Path) -> Result<Operand, Error> {
        let expression = match &path.leaf {
            Leaf::Property { owner, property, .. } => {
                let column = self.column(path, *owner, *property, false)?;
                format!("coalesce({}, 0)", (self.sql.dialect.array_length)(&column))
            }
            Leaf::Entity(_) => {
                let alias = self.sql.alias();
                let from = self.collection(path, &alias)?;
                format!("(SELECT count(*) FROM {from})")
            }
            Leaf::Variable => return Err(Error::Unsupported { target: "$count" }),
        };
        Ok(Operand { expression, ty: ColumnType::Int, folded: false, nullable: false, name: "$count" })
    }

    /// `table AS alias WHERE …` for the entries of a collection.
    fn collection(&mut self, over: &Path, alias: &str) -> Result<String, Error> {
        if let Leaf::Property { owner, property, .. } = &over.leaf {
            let column = self.column(over, *owner, *property, false)?;
            return Ok(format!("{} WHERE 1 = 1", (self.sql.dialect.each_text)(&column, alias)));
        }
        let Some(((owner, nav), before)) = over.navigations.split_last() else {
            return Err(Error::Unsupported { target: "any" });
        };
        let navigation = self.surface.nav(*owner, *nav);
        let target = self.surface.schema.ty(*owner).navigations.get(*nav).map(|navigation| navigation.target);
        let table = target
            .and_then(|target| source::table(self.surface, target))
            .ok_or(Error::Unsupported { target: navigation.core })?;
        let parent = self.walk(over.base, before, "id")?;
        let alive = if table.soft_delete { format!(" AND {alias}.deleted_at IS NULL") } else { String::new() };
        let name = table.name;
        let from = match navigation.join {
            Join::Back { column } => {
                format!("{name} AS {alias} WHERE {alias}.tenant = $1 AND {alias}.{column} = {parent}{alive}")
            }
            Join::Part { column, of, words } => format!(
                "{name} AS {alias} WHERE {alias}.tenant = $1 AND {alias}.{column} = {parent} \
                 AND {alias}.{of} {}{alive}",
                source::one_of(words)
            ),
            Join::Link { table, near, far } => {
                let link = self.sql.alias();
                format!(
                    "{table} AS {link} CROSS JOIN {name} AS {alias} WHERE {link}.tenant = $1 \
                     AND {link}.{near} = {parent} AND {alias}.tenant = $1 AND {alias}.id = {link}.{far}{alive}"
                )
            }
            Join::Reach { table, near, far } => format!(
                "{name} AS {alias} WHERE {alias}.tenant = $1{alive} AND {alias}.id IN (WITH RECURSIVE reach(id) AS (\
                 SELECT s.{far} FROM {table} AS s WHERE s.tenant = $1 AND s.{near} = {parent} \
                 UNION SELECT s.{far} FROM reach AS r CROSS JOIN {table} AS s \
                 WHERE s.tenant = $1 AND s.{near} = r.id) \
                 SELECT id FROM reach)"
            ),
            _ => return Err(Error::Unsupported { target: navigation.core }),
        };
        Ok(from)
    }

    /// The value at the end of a path.
    pub fn path(&mut self, path: &Path) -> Result<Operand, Error> {
        match &path.leaf {
            Leaf::Variable => {
                let scope = self.scope(path.base)?;
                if let Some((property, _)) = scope.entry {
                    return Err(Error::Unsupported { target: property.core });
                }
                let expression = (self.sql.dialect.lower)(&format!("{}.value", scope.alias));
                Ok(Operand { expression, ty: ColumnType::Text, folded: true, nullable: true, name: "any" })
            }
            // The entity itself, which is only ever compared with null.
            Leaf::Entity(_) => {
                let expression = self.walk(path.base, &path.navigations, "id")?;
                Ok(Operand { expression, ty: ColumnType::Uuid, folded: false, nullable: true, name: "id" })
            }
            Leaf::Property { owner, property, below } => {
                let row = self.surface.prop(*owner, *property);
                let scope = self.scope(path.base)?;
                if let (Some((of, entry)), true) = (scope.entry, path.navigations.is_empty()) {
                    let first = self.surface.schema.ty(*owner).properties.get(*property).map(|each| each.name);
                    let names: Vec<&str> = first.into_iter().chain(below.iter().copied()).collect();
                    return self.within(of, entry, &scope.alias, &names.join("/"));
                }
                if !below.is_empty() && path.navigations.is_empty() && !row.many {
                    return self.within(row, 0, &scope.alias, &below.join("/"));
                }
                if !below.is_empty() || row.many {
                    return Err(Error::Unsupported { target: row.core });
                }
                let folded = row.filter == Filterable::Folded;
                let expression = self.column(path, *owner, *property, folded)?;
                let text_key = row.core == "id" && !source::table(self.surface, *owner).is_some_and(|t| t.text_key);
                let ty = if text_key { ColumnType::Uuid } else { row.column_type() };
                let nullable = row.nullable || !path.navigations.is_empty();
                Ok(Operand { expression, ty, folded, nullable, name: row.core })
            }
        }
    }

    fn column(&mut self, path: &Path, owner: TypeId, property: usize, folded: bool) -> Result<String, Error> {
        let row = self.surface.prop(owner, property);
        let Store::Column(column) = row.store else {
            return Err(Error::Unsupported { target: row.core });
        };
        let column = if folded { format!("{column}_fold") } else { column.to_owned() };
        self.walk(path.base, &path.navigations, &column)
    }

    /// A property of the one that a navigation leads to equals a value: said from the far end, so that
    /// its index finds the few that it is, and the key those that lead to them.
    fn entered(&mut self, path: &Path, right: &Value) -> Result<Option<String>, Error> {
        let ([(owner, nav)], Leaf::Property { owner: of, property, below }) = (path.navigations.as_slice(), &path.leaf)
        else {
            return Ok(None);
        };
        let navigation = self.surface.nav(*owner, *nav);
        let target = self.surface.schema.ty(*owner).navigations.get(*nav).map(|navigation| navigation.target);
        let (Join::Forward { column: key }, Some(table)) =
            (navigation.join, target.and_then(|target| source::table(self.surface, target)))
        else {
            return Ok(None);
        };
        if right.is_null() || !below.is_empty() || self.surface.prop(*of, *property).core == "id" {
            return Ok(None);
        }
        let alias = self.scope(path.base)?.alias.clone();
        let far = self.sql.alias();
        let leaf = Path { base: self.scopes.len(), navigations: Vec::new(), leaf: path.leaf.clone() };
        self.scopes.push(Scope { alias: far.clone(), entry: None });
        let operand = self.path(&leaf);
        self.scopes.pop();
        let condition = self.compare(&operand?, Compare::Eq, right, false);
        let alive = if table.soft_delete { format!(" AND {far}.deleted_at IS NULL") } else { String::new() };
        // Of a key there is one, and then the order of the index can be kept.
        let core = self.surface.prop(*of, *property).core;
        let unique =
            !table.soft_delete && self.surface.entity(*of).is_some_and(|entity| entity.alternate_keys.contains(&core));
        let among = if unique { "=" } else { "IN" };
        Ok(Some(format!(
            "{alias}.{key} {among} (SELECT {far}.id FROM {} AS {far} WHERE {far}.tenant = $1 AND {condition}{alive})",
            table.name
        )))
    }

    /// `column` of the row that single-valued navigations lead to.
    fn walk(&mut self, base: usize, navigations: &[(TypeId, usize)], column: &str) -> Result<String, Error> {
        let alias = self.scope(base)?.alias.clone();
        self.walk_from(&alias, navigations, column)
    }

    fn walk_from(&mut self, alias: &str, navigations: &[(TypeId, usize)], column: &str) -> Result<String, Error> {
        let Some(((owner, nav), rest)) = navigations.split_first() else {
            return Ok(format!("{alias}.{column}"));
        };
        let navigation = self.surface.nav(*owner, *nav);
        let target = self.surface.schema.ty(*owner).navigations.get(*nav).map(|navigation| navigation.target);
        let (Join::Forward { column: key }, Some(table)) =
            (navigation.join, target.and_then(|target| source::table(self.surface, target)))
        else {
            return Err(Error::Unsupported { target: navigation.core });
        };
        // The id of the target is the key itself: no need to look at the target's row.
        if rest.is_empty() && column == "id" && !table.soft_delete {
            return Ok(format!("{alias}.{key}"));
        }
        let next = self.sql.alias();
        let inner = self.walk_from(&next, rest, column)?;
        let alive = if table.soft_delete { format!(" AND {next}.deleted_at IS NULL") } else { String::new() };
        Ok(format!(
            "(SELECT {inner} FROM {} AS {next} WHERE {next}.tenant = $1 AND {next}.id = {alias}.{key}{alive})",
            table.name
        ))
    }

    fn scope(&self, base: usize) -> Result<&Scope, Error> {
        self.scopes.get(base).ok_or(Error::Unsupported { target: "any" })
    }

    /// `$search`: the beginnings of words.
    pub fn search(&mut self, search: &Search) -> Result<String, Error> {
        Ok(match search {
            Search::And(parts) => self.searches(parts, " AND ")?,
            Search::Or(parts) => self.searches(parts, " OR ")?,
            Search::Not(inner) => format!("NOT coalesce({}, 1 = 0)", self.search(inner)?),
            Search::Clause { owner, property, text } => {
                let row = self.surface.prop(*owner, *property);
                let Store::Column(column) = row.store else {
                    return Err(Error::Unsupported { target: "$search" });
                };
                let alias = &self.scope(0)?.alias;
                let expression = match row.filter {
                    Filterable::Folded => format!("{alias}.{column}_fold"),
                    Filterable::None | Filterable::Any => (self.sql.dialect.lower)(&format!("{alias}.{column}")),
                };
                let operand =
                    Operand { expression, ty: ColumnType::Text, folded: true, nullable: true, name: row.core };
                let mut ways = vec![self.text(&operand, TextOp::StartsWith, text)?];
                for before in [" ", "-", ".", "_", "@", "(", "'"] {
                    ways.push(self.text(&operand, TextOp::Contains, &format!("{before}{text}"))?);
                }
                format!("({})", ways.join(" OR "))
            }
        })
    }

    fn searches(&mut self, parts: &[Search], by: &str) -> Result<String, Error> {
        let parts: Result<Vec<String>, Error> = parts.iter().map(|part| self.search(part)).collect();
        Ok(format!("({})", parts?.join(by)))
    }
}

/// The value in the form that the operand's column holds; `None` when it can't be equal to any.
fn fit(operand: &Operand, value: &Value) -> Option<Value> {
    match (operand.ty, value) {
        (_, Value::Null) => None,
        (ColumnType::Uuid, Value::Text(text)) => uuid::Uuid::try_parse(text).ok().map(Value::Guid),
        (ColumnType::Text, Value::Guid(id)) => Some(Value::Text(id.to_string())),
        (ColumnType::Text, Value::Text(text)) if operand.folded => Some(Value::Text(fold(text))),
        _ => Some(value.clone()),
    }
}

fn always(yes: bool) -> String {
    (if yes { "1 = 1" } else { "1 = 0" }).to_owned()
}

fn contrary(op: Compare) -> Compare {
    match op {
        Compare::Eq => Compare::Ne,
        Compare::Ne => Compare::Eq,
        Compare::Gt => Compare::Le,
        Compare::Ge => Compare::Lt,
        Compare::Lt => Compare::Ge,
        Compare::Le => Compare::Gt,
    }
}

fn symbol(op: Compare) -> &'static str {
    match op {
        Compare::Eq => "=",
        Compare::Ne => "<>",
        Compare::Gt => ">",
        Compare::Ge => ">=",
        Compare::Lt => "<",
        Compare::Le => "<=",
    }
}
