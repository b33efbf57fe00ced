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
    EnumDef {
        name: "accessPackageRequestType",
        members: &[
            ("notSpecified", 0),
            ("userAdd", 1),
            ("userUpdate", 2),
            ("userRemove", 3),
            ("adminAdd", 4),
            ("adminUpdate", 5),
            ("adminRemove", 6),
            ("systemAdd", 7),
            ("systemUpdate", 8),
            ("systemRemove", 9),
            ("onBehalfAdd", 10),
            ("unknownFutureValue", 11),
            ("approverRemove", 12),
        ],
        // A number that stands twice is written by its first name and read by both.
        beta_strings: Some(&[
            ("UserAdd", 1),
            ("UserExtend", 2),
            ("UserUpdate", 2),
            ("UserRemove", 3),
            ("AdminAdd", 4),
            ("AdminUpdate", 5),
            ("AdminRemove", 6),
            ("SystemAdd", 7),
            ("SystemUpdate", 8),
            ("SystemRemove", 9),
            ("OnBehalfAdd", 10),
            ("ApproverRemove", 12),
        ]),
    },
    EnumDef {
        name: "accessPackageRequestState",
        members: &[
            ("submitted", 0),
            ("pendingApproval", 1),
            ("delivering", 2),
            ("delivered", 3),
            ("deliveryFailed", 4),
            ("denied", 5),
            ("scheduled", 6),
            ("canceled", 7),
            ("partiallyDelivered", 8),
            ("unknownFutureValue", 9),
        ],
        beta_strings: Some(&[
            ("Submitted", 0),
            ("PendingApproval", 1),
            ("Delivering", 2),
            ("Delivered", 3),
            ("DeliveryFailed", 4),
            ("Denied", 5),
            ("Scheduled", 6),
            ("Canceled", 7),
            ("PartiallyDelivered", 8),
        ]),
    },
    EnumDef {
        name: "accessPackageAssignmentState",
        members: &[
            ("delivering", 0),
            ("partiallyDelivered", 1),
            ("delivered", 2),
            ("expired", 3),
            ("deliveryFailed", 4),
            ("unknownFutureValue", 5),
        ],
        beta_strings: Some(&[
            ("Delivering", 0),
            ("PartiallyDelivered", 1),
            ("Delivered", 2),
            ("Expired", 3),
            ("DeliveryFailed", 4),
        ]),
    },
    EnumDef {
        name: "accessPackageSubjectLifecycle",
        members: &[("notDefined", 0), ("notGoverned", 1), ("governed", 2), ("unknownFutureValue", 3)],
        beta_strings: None,
    },
    EnumDef {
        name: "accessPackageSubjectType",
        members: &[("notSpecified", 0), ("user", 1), ("servicePrincipal", 2), ("unknownFutureValue", 3)],
        beta_strings: Some(&[("NotSpecified", 0), ("User", 1), ("ServicePrincipal", 2)]),
    },
    // What `filterByCurrentUser` takes, by the type of the collection.
    EnumDef {
        name: "accessPackageFilterByCurrentUserOptions",
        members: &[("allowedRequestor", 1), ("unknownFutureValue", 2)],
        beta_strings: None,
    },
    EnumDef {
        name: "accessPackageAssignmentFilterByCurrentUserOptions",
        members: &[("target", 1), ("createdBy", 2), ("unknownFutureValue", 3)],
        beta_strings: None,
    },
    EnumDef {
        name: "accessPackageAssignmentRequestFilterByCurrentUserOptions",
        members: &[("target", 1), ("createdBy", 2), ("approver", 3), ("unknownFutureValue", 4)],
        beta_strings: None,
    },
    EnumDef {
        name: "approvalFilterByCurrentUserOptions",
        members: &[("approver", 1), ("unknownFutureValue", 2)],
        beta_strings: None,
    },
];
