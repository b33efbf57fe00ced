//! From the model's rows to tables and columns: which table a kind or a type lives in, which column
//! a core name means. It must never decide what may be read.

use domain::command::{Kind, Relation};
use model::def::{ColumnType, EntityDef, PropertyDef, Store, Table};
use model::tables;
use std::collections::HashMap;
use std::sync::LazyLock;

/// The entity row of a kind.
pub fn entity(kind: Kind) -> Option<&'static EntityDef> {
    ENTITIES.get(kind.name()).copied()
}

static ENTITIES: LazyLock<HashMap<&'static str, &'static EntityDef>> =
    LazyLock::new(|| tables::entities().map(|entity| (entity.name, entity)).collect());

/// Every property of a kind, inherited ones too, by core name.
static PROPERTIES: LazyLock<HashMap<&'static str, HashMap<&'static str, &'static PropertyDef>>> = LazyLock::new(|| {
    tables::entities()
        .map(|entity| {
            let mut properties = HashMap::new();
            let mut at = Some(entity);
            while let Some(level) = at {
                for property in level.properties {
                    properties.entry(property.core).or_insert(property);
                }
                at = level.base.and_then(|base| ENTITIES.get(base).copied());
            }
            (entity.name, properties)
        })
        .collect()
});

pub fn property(kind: Kind, core: &str) -> Option<&'static PropertyDef> {
    PROPERTIES.get(kind.name())?.get(core).copied()
}

pub fn properties(kind: Kind) -> impl Iterator<Item = &'static PropertyDef> {
    PROPERTIES.get(kind.name()).into_iter().flat_map(|properties| properties.values().copied())
}

pub fn table(kind: Kind) -> Option<Table> {
    entity(kind).and_then(|entity| entity.table)
}

/// The column of a property and its type, for one that has a column.
pub fn column(property: &PropertyDef) -> Option<(&'static str, ColumnType)> {
    match property.store {
        Store::Column(column) => Some((column, property.column_type())),
        Store::Doc | Store::Elsewhere | Store::Mine(_) => None,
    }
}

/// Whether a table keeps properties in a `doc` column.
pub fn has_doc(table: &str) -> bool {
    matches!(
        table,
        "directory_object"
            | "organization"
            | "domain"
            | "role_definition"
            | "role_assignment"
            | "subject"
            | "resource_environment"
            | "resource"
            | "resource_request"
            | "assignment_policy"
            | "policy_question"
            | "assignment"
            | "assignment_request"
            | "approval_stage"
    )
}

/// Whether a table notes who made and changed a row.
pub fn notes_authors(table: &str) -> bool {
    matches!(
        table,
        "catalog"
            | "access_package"
            | "resource_environment"
            | "resource"
            | "role_scope"
            | "assignment_policy"
            | "connected_organization"
            | "control_configuration"
            | "custom_extension"
    )
}

/// A link table: its name, the column of the near end and that of the far one.
pub fn link(relation: Relation) -> Option<(&'static str, &'static str, &'static str)> {
    match relation {
        Relation::Member => Some(("membership", "group_id", "member_id")),
        Relation::Owner => Some(("ownership", "object_id", "owner_id")),
        Relation::Sponsor => Some(("sponsorship", "user_id", "sponsor_id")),
        Relation::IncompatibleGroup => Some(("incompatible_group", "package_id", "group_id")),
        Relation::IncompatiblePackage => Some(("incompatible_package", "package_id", "incompatible_id")),
        Relation::InternalSponsor => Some(("internal_sponsor", "organization_id", "sponsor_id")),
        Relation::ExternalSponsor => Some(("external_sponsor", "organization_id", "sponsor_id")),
        // A column of the user, since there is one at most.
        Relation::Manager => None,
    }
}

/// The kind behind a value of `directory_object.kind`.
pub fn directory_kind(number: i64) -> Option<Kind> {
    Kind::DIRECTORY.into_iter().find(|kind| table(*kind).and_then(|table| table.kind) == Some(number))
}
