//! What is suggested to whoever asks, and what they may ask for: access packages as requestors see them.
//! Neither has a table of its own.

use crate::def::{ComplexDef, EntityDef, EnumDef, Join, complex, complex_type, integer, list, one, text, time};

const ROLE_SCOPES: Join = Join::Link { table: "package_role_scope", near: "package_id", far: "role_scope_id" };

/// The name of the column that the store fills in.
pub const REASONS: &str = "suggestion_reasons";

pub const ENTITIES: &[EntityDef] = &[
    EntityDef::new("availableAccessPackage", Some("entity"))
        .only_v1()
        .table("access_package")
        .properties(&[
            text("description").column("description").folded().read_only(),
            text("displayName").column("display_name").folded().read_only(),
        ])
        .navigations(&[list("resourceRoleScopes", "accessPackageResourceRoleScope", ROLE_SCOPES)]),
    // Its id is the package's.
    EntityDef::new("accessPackageSuggestion", Some("entity"))
        .only_v1()
        .table("access_package")
        .properties(&[complex("reasons", "accessPackageSuggestionReason").many().mine(REASONS).read_only()])
        .navigations(&[one("accessPackage", "availableAccessPackage", Join::Forward { column: "id" })]),
];

pub const V1: &[ComplexDef] = &[
    complex_type("accessPackageSuggestionReason", &[]).is_abstract(),
    complex_type(
        "accessPackageSuggestionRelatedPeopleBased",
        &[complex("relatedPeople", "identity").many(), integer("relatedPeopleAssignmentCount").not_null()],
    )
    .based_on("accessPackageSuggestionReason"),
    complex_type(
        "accessPackageSuggestionSelfAssignmentHistoryBased",
        &[time("lastAssignmentDateTime").not_null(), integer("pastAssignmentCount").not_null()],
    )
    .based_on("accessPackageSuggestionReason"),
];

/// What `filterByCurrentUser` takes: any of its members at once.
pub const OPTIONS: &str = "accessPackageSuggestionFilterByCurrentUserOptions";

pub const ENUMS: &[EnumDef] = &[EnumDef {
    name: OPTIONS,
    members: &[("none", 0), ("relatedPeopleAssignments", 1), ("assignmentHistory", 2), ("unknownFutureValue", 4)],
    beta_strings: None,
}];
