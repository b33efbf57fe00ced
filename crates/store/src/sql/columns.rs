//! Which columns a level of a read brings along: those that its shape writes, those by which its
//! expands are found, and no others. Properties that the permit cuts are not even fetched.

use crate::answer::{Column, Level};
use auth::rule::{FieldRule, ReadRules, Rule};
use model::Surface;
use model::def::{ColumnType, Join, Store, Table};
use odata::query::Shape;

pub const DOC: Column = Column { name: "doc", ty: ColumnType::Json };

/// The rule of a level; a level that the permit says nothing about gives nothing.
pub fn rule<'r>(rules: &'r ReadRules, shape: &Shape) -> &'r Rule {
    static NOTHING: Rule = Rule::NOTHING;
    rules.shapes.get(shape.number).unwrap_or(&NOTHING)
}

/// The columns of `shape`, and those of the levels below it.
pub fn level(surface: &'static Surface, shape: &Shape, table: &Table, rules: &ReadRules) -> Level {
    let fields = match rule(rules, shape).fields {
        FieldRule::All => None,
        FieldRule::Only(fields) => Some(fields),
    };
    let most = shape.outputs.iter().map(|(_, properties)| properties.len()).max().unwrap_or(0);
    let mut level = Level { columns: Vec::with_capacity(most + 3), expands: Vec::new(), fields };
    let key = if table.text_key { ColumnType::Text } else { ColumnType::Uuid };
    level.columns.push(Column { name: "id", ty: key });
    let mixed = || shape.outputs.iter().any(|(ty, _)| super::source::kind(surface, *ty).is_some());
    if table.soft_delete || mixed() {
        level.columns.push(Column { name: "kind", ty: ColumnType::Int });
    }
    let mut add = |column: Column| {
        if !level.columns.iter().any(|each| each.name == column.name) {
            level.columns.push(column);
        }
    };
    for (ty, properties) in &shape.outputs {
        for at in properties {
            let property = surface.prop(*ty, *at);
            if fields.is_some_and(|fields| !fields.contains(&property.core)) {
                continue;
            }
            match property.store {
                Store::Column(name) | Store::Mine(name) => add(Column { name, ty: property.column_type() }),
                Store::Doc => add(DOC),
                Store::Elsewhere => {}
            }
        }
    }
    for expand in &shape.expand {
        if let Join::Forward { column } = surface.nav(expand.owner, expand.nav).join {
            add(Column { name: column, ty: ColumnType::Uuid });
        }
    }
    level.expands = shape
        .expand
        .iter()
        .map(|expand| match super::source::table(surface, expand.shape.ty) {
            Some(below) => self::level(surface, &expand.shape, &below, rules),
            None => Level::default(),
        })
        .collect();
    level
}
