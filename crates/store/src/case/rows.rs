//! Cells of a row by their place. A cell that isn't what it should be reads as nothing.

use super::column;
use crate::answer::Column;
use model::def::ColumnType;
use odata::value::Value;
use uuid::Uuid;

pub const UUID: Column = column(ColumnType::Uuid);
pub const TEXT: Column = column(ColumnType::Text);
pub const JSON: Column = column(ColumnType::Json);
pub const INT: Column = column(ColumnType::Int);
pub const BOOL: Column = column(ColumnType::Bool);
pub const TIME: Column = column(ColumnType::Time);

pub struct Cells<'r>(pub &'r Vec<Value>);

impl Cells<'_> {
    pub fn guid_or_none(&self, at: usize) -> Option<Uuid> {
        self.0.get(at).and_then(Value::as_guid)
    }

    pub fn guid(&self, at: usize) -> Uuid {
        self.guid_or_none(at).unwrap_or_default()
    }

    pub fn text(&self, at: usize) -> String {
        match self.0.get(at) {
            Some(Value::Text(text) | Value::Json(text)) => text.clone(),
            _ => String::new(),
        }
    }

    pub fn int(&self, at: usize) -> i64 {
        match self.0.get(at) {
            Some(Value::Int(number)) => *number,
            Some(Value::Bool(yes)) => i64::from(*yes),
            _ => 0,
        }
    }

    pub fn bool(&self, at: usize) -> bool {
        self.int(at) != 0
    }

    pub fn time(&self, at: usize) -> Option<i64> {
        match self.0.get(at) {
            Some(Value::Time(at)) => Some(*at),
            _ => None,
        }
    }
}
