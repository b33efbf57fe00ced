//! What a read gives: typed cells, level by level, in the order of the shape. Making JSON of them is
//! the server's business.

use model::def::ColumnType;
use odata::query::Bookmark;
use odata::schema::TypeId;
use odata::value::Value;
use std::sync::Arc;

/// A column that a level brought along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    pub ty: ColumnType,
}

/// The columns of one level, and the levels below it in the order of the shape's `expand`.
#[derive(Debug, Clone, Default)]
pub struct Level {
    pub columns: Vec<Column>,
    pub expands: Vec<Level>,
    /// Core names of the properties that may come out; `None` for all.
    pub fields: Option<&'static [&'static str]>,
}

impl Level {
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|each| each.name == column)
    }

    pub fn shows(&self, core: &str) -> bool {
        self.fields.is_none_or(|fields| fields.contains(&core))
    }
}

#[derive(Debug, Clone)]
pub struct Row {
    pub id: Value,
    /// The concrete type.
    pub ty: TypeId,
    /// One for each column of the level.
    pub cells: Vec<Value>,
    /// One for each expand of the level.
    pub expanded: Vec<Expanded>,
}

/// What an expand found for one row. Shared where rows have it in common: a tree in which the same entities
/// come up again and again takes no more memory than the entities.
#[derive(Debug, Clone)]
pub enum Expanded {
    One(Option<Arc<Row>>),
    Many {
        rows: Arc<Vec<Row>>,
        count: Option<u64>,
        /// Where the rest begins, if there are more than these; the navigation itself gives them.
        next: Option<Bookmark>,
    },
}

#[derive(Debug, Clone)]
pub struct Answer {
    /// Shared by all answers to the same question.
    pub level: Arc<Level>,
    pub rows: Vec<Row>,
    pub count: Option<u64>,
    /// Where the next page begins, if there is one.
    pub next: Option<Bookmark>,
}
