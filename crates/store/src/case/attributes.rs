//! Loads what membership rules may ask of a person: the properties of their table, from columns and
//! from the document. A property that the model doesn't have is nothing.

use crate::answer::Column;
use crate::connection::Connection;
use crate::error::Error;
use crate::mapping;
use domain::command::Kind;
use domain::membership_rule::{Attribute, PROPERTIES, Part, Plan, Property, Shape};
use model::def::{ColumnType, Store};
use odata::value::Value;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;
use uuid::Uuid;

/// The columns that rules can ask for, each once, and the document last.
static COLUMNS: LazyLock<Vec<Column>> = LazyLock::new(|| {
    let mut columns: Vec<Column> = Vec::new();
    for property in PROPERTIES {
        if let Some((name, ty)) = mapping::property(Kind::User, property.core).and_then(mapping::column)
            && !columns.iter().any(|column| column.name == name)
        {
            let ty = if name == "id" { ColumnType::Uuid } else { ty };
            columns.push(Column { name, ty });
        }
    }
    columns.push(crate::sql::columns::DOC);
    columns
});

static SELECT: LazyLock<String> = LazyLock::new(|| {
    let list: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
    format!("SELECT {} FROM directory_object WHERE tenant = $1 AND id = $2", list.join(", "))
});

/// The attributes of the user `object`, by the names that rules use.
pub async fn load(
    connection: &mut Connection,
    tenant: Uuid,
    object: Uuid,
) -> Result<Vec<(&'static str, Attribute<'static>)>, Error> {
    let found = connection.query(&SELECT, &[Value::Guid(tenant), Value::Guid(object)], &COLUMNS).await?;
    let Some(cells) = found.into_iter().next() else { return Ok(Vec::new()) };
    let doc: HashMap<String, Json> = match cells.last() {
        Some(Value::Json(text)) => serde_json::from_str(text).unwrap_or_default(),
        _ => HashMap::new(),
    };
    let attribute = |property: &Property| {
        let stored = mapping::property(Kind::User, property.core)?;
        let value = match stored.store {
            Store::Column(name) => json(cells.get(COLUMNS.iter().position(|column| column.name == name)?)?),
            Store::Doc => doc.get(property.core).cloned().unwrap_or(Json::Null),
            Store::Elsewhere | Store::Mine(_) => Json::Null,
        };
        Some((property.name, shaped(property, part(property.part, value))))
    };
    Ok(PROPERTIES.iter().filter_map(attribute).collect())
}

fn json(cell: &Value) -> Json {
    match cell {
        Value::Null => Json::Null,
        Value::Bool(yes) => Json::from(*yes),
        Value::Int(number) | Value::Time(number) => Json::from(*number),
        Value::Double(number) => Json::from(*number),
        Value::Text(text) => Json::from(text.as_str()),
        Value::Guid(id) => Json::from(id.to_string()),
        Value::Json(text) => serde_json::from_str(text).unwrap_or(Json::Null),
    }
}

fn part(part: Part, value: Json) -> Json {
    match part {
        Part::Whole => value,
        Part::First => value.get(0).cloned().unwrap_or(Json::Null),
        Part::Member(name) => value.get(name).cloned().unwrap_or(Json::Null),
    }
}

/// A value in the shape that the rule expects; one of another shape is nothing.
fn shaped(property: &Property, value: Json) -> Attribute<'static> {
    let text = |value: &Json| value.as_str().map(str::to_owned);
    match (property.shape, &value) {
        (Shape::Bool, Json::Bool(yes)) => Attribute::Bool(*yes),
        (Shape::Text, Json::String(text)) => Attribute::Text(Cow::Owned(text.clone())),
        (Shape::Texts, Json::Array(items)) => Attribute::Texts(Cow::Owned(items.iter().filter_map(text).collect())),
        // Instants are numbers in documents, as they are in columns.
        (Shape::Time, Json::Number(at)) => at.as_i64().map_or(Attribute::None, Attribute::Time),
        (Shape::Plans, Json::Array(items)) => {
            let member = |item: &Json, name: &str| item.get(name).and_then(text);
            let plan = |item: &Json| Plan {
                capability_status: member(item, "capabilityStatus"),
                service: member(item, "service"),
                service_plan_id: member(item, "servicePlanId"),
            };
            Attribute::Plans(Cow::Owned(items.iter().map(plan).collect()))
        }
        _ => Attribute::None,
    }
}
