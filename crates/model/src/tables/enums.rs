//! Enumerations: v1.0's spelling and number, and beta's plain strings where beta has no enumeration.

use crate::def::EnumDef;

pub const ENUMS: &[EnumDef] = &[
    EnumDef {
        name: "operationResult",
        members: &[("success", 0), ("failure", 1), ("timeout", 2), ("unknownFutureValue", 3)],
        beta_strings: None,
    },
    EnumDef {
        name: "groupType",
        members: &[("unifiedGroups", 0), ("azureAD", 1), ("unknownFutureValue", 2)],
        beta_strings: None,
    },
    EnumDef {
        name: "accessPackageCatalogType",
        members: &[("userManaged", 1), ("serviceDefault", 2), ("serviceManaged", 3), ("unknownFutureValue", 4)],
        beta_strings: Some(&[("UserManaged", 1), ("ServiceDefault", 2), ("ServiceManaged", 3)]),
    },
    EnumDef {
        name: "accessPackageCatalogState",
        members: &[("unpublished", 1), ("published", 2), ("unknownFutureValue", 3)],
        beta_strings: Some(&[("Unpublished", 1), ("Published", 2)]),
    },
];
