//! Cells of a row by their place. A cell that isn't what it should be reads as nothing.

use super::column;
use crate::answer::Column;
use domain::lifecycle::case::{Assignment, Open};
use domain::lifecycle::state::{AssignmentState, RequestType};
use model::def::ColumnType;
use odata::value::Value;
use uuid::Uuid;

pub const UUID: Column = column(ColumnType::Uuid);
pub const TEXT: Column = column(ColumnType::Text);
pub const JSON: Column = column(ColumnType::Json);
pub const INT: Column = column(ColumnType::Int);
pub const BOOL: Column = column(ColumnType::Bool);
pub const TIME: Column = column(ColumnType::Time);

/// What [`Cells::assignment`] reads, and in which types.
pub const ASSIGNMENT: &str = "id, package_id, policy_id, target_id, state, starts_at, ends_at";
pub const ASSIGNMENT_COLUMNS: [Column; 7] = [UUID, UUID, UUID, UUID, INT, TIME, TIME];

/// What [`Cells::open`] reads of `r`, an open request, and in which types.
pub const OPEN: &str = "r.id, r.request_type, (SELECT c.id FROM callout AS c \
                        WHERE c.tenant = r.tenant AND c.request_id = r.id AND c.status = 5 LIMIT 1)";
pub const OPEN_COLUMNS: [Column; 3] = [UUID, INT, UUID];

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

    /// A request that is open, of the first cells.
    pub fn open(&self) -> Option<Open> {
        let request_type = RequestType::from_number(self.int(1))?;
        Some(Open { id: self.guid(0), request_type, callout: self.guid_or_none(2) })
    }

    pub fn assignment(&self) -> Assignment {
        Assignment {
            id: self.guid(0),
            package: self.guid(1),
            policy: self.guid(2),
            target: self.guid(3),
            state: AssignmentState::from_number(self.int(4)).unwrap_or(AssignmentState::DeliveryFailed),
            starts_at: self.time(5),
            ends_at: self.time(6),
        }
    }
}
