//! The audit log: what was done, to what, by whom. A row is written with the change that it tells of;
//! no request writes one.

use crate::def::{EntityDef, Join, PathDef, choice, complex, id_at, list, text, text_at, time};

const INITIATED_BY: &[PathDef] = &[
    id_at("user/id", &["user_id"]),
    text_at("user/displayName", &["user_name_fold"]),
    text_at("user/userPrincipalName", &["user_principal_name_fold"]),
    id_at("app/appId", &["app_id"]),
    text_at("app/displayName", &["app_name_fold"]),
];

/// A link has two ends, and nothing has three.
const TARGETS: &[PathDef] =
    &[id_at("id", &["target_id", "other_id"]), text_at("displayName", &["target_name_fold", "other_name_fold"])];

pub const ENTITIES: &[EntityDef] = &[
    EntityDef::new("auditLogRoot", Some("entity"))
        .navigations(&[list("directoryAudits", "directoryAudit", Join::Set).contained().not_expandable()]),
    EntityDef::new("directoryAudit", Some("entity"))
        .table("audit")
        .properties(&[
            time("activityDateTime").column("at").not_null().read_only(),
            text("activityDisplayName").column("activity").folded().not_null().read_only(),
            complex("additionalDetails", "keyValue").many().read_only(),
            text("category").column("category").not_null().read_only(),
            text("correlationId").column("correlation_id").read_only(),
            complex("initiatedBy", "auditActivityInitiator").paths(INITIATED_BY).not_null().read_only(),
            text("loggedByService").column("service").read_only(),
            text("operationType").column("operation").unfilterable().read_only(),
            choice("result", "operationResult").read_only(),
            text("resultReason").read_only(),
            complex("targetResources", "targetResource").many().paths(TARGETS).read_only(),
            text("userAgent").only_beta().read_only(),
        ])
        .newest_first("activityDateTime")
        .max_top(1000),
];
