//! Bound actions and functions. An operation stands here only when there is code behind it.

use crate::def::{Names, Op, OperationDef, Returns, Ty};
use odata::schema::Primitive;

const BOOLEAN: Ty = Ty::Primitive(Primitive::Boolean);
const STRING: Ty = Ty::Primitive(Primitive::String);
const STRINGS: Returns = Returns::Value { ty: STRING, many: true };

const fn both(name: &'static str) -> Names {
    Names { v1: Some(name), beta: Some(name) }
}

/// An action on one entity.
const fn action(
    op: Op,
    names: Names,
    bound_to: &'static str,
    parameters: &'static [(&'static str, Ty, bool, bool)],
    returns: Returns,
) -> OperationDef {
    OperationDef { names, op, action: true, bound_to, on_collection: false, parameters, returns }
}

const fn only_v1(name: &'static str) -> Names {
    Names { v1: Some(name), beta: None }
}

const fn only_beta(name: &'static str) -> Names {
    Names { v1: None, beta: Some(name) }
}

/// A function on a collection that gives some of it.
const fn function(
    op: Op,
    names: Names,
    bound_to: &'static str,
    parameters: &'static [(&'static str, Ty, bool, bool)],
) -> OperationDef {
    let returns = Returns::Entity { name: bound_to, many: true };
    OperationDef { names, op, action: false, bound_to, on_collection: true, parameters, returns }
}

const ON_PACKAGES: &[(&str, Ty, bool, bool)] =
    &[("on", Ty::Enum("accessPackageFilterByCurrentUserOptions"), false, false)];
const ON_ASSIGNMENTS: &[(&str, Ty, bool, bool)] =
    &[("on", Ty::Enum("accessPackageAssignmentFilterByCurrentUserOptions"), false, false)];
const ON_REQUESTS: &[(&str, Ty, bool, bool)] =
    &[("on", Ty::Enum("accessPackageAssignmentRequestFilterByCurrentUserOptions"), false, false)];
const ON_APPROVALS: &[(&str, Ty, bool, bool)] = &[("on", Ty::Enum("approvalFilterByCurrentUserOptions"), false, false)];
const ON_SUGGESTIONS: &[(&str, Ty, bool, bool)] = &[("on", Ty::Enum(super::suggestions::OPTIONS), false, false)];
const PACKAGE: &[(&str, Ty, bool, bool)] = &[("accessPackageId", STRING, false, false)];
const PACKAGES: &[(&str, Ty, bool, bool)] =
    &[("accessPackageId", STRING, false, false), ("incompatibleAccessPackageId", STRING, false, false)];

const RESTORE: &[(&str, Ty, bool, bool)] =
    &[("autoReconcileProxyConflict", BOOLEAN, false, true), ("newUserPrincipalName", STRING, false, true)];
const RESTORED: Returns = Returns::Entity { name: "directoryObject", many: false };
const CREDENTIAL: Returns = Returns::Value { ty: Ty::Complex("passwordCredential"), many: false };
const ADD_PASSWORD: &[(&str, Ty, bool, bool)] =
    &[("passwordCredential", Ty::Complex("passwordCredential"), false, true)];
const REMOVE_PASSWORD: &[(&str, Ty, bool, bool)] = &[("keyId", Ty::Primitive(Primitive::Guid), false, false)];

const RESUME: &[(&str, Ty, bool, bool)] = &[
    ("source", STRING, false, false),
    ("type", STRING, false, false),
    ("data", Ty::Complex("customExtensionData"), false, false),
];

pub const OPERATIONS: &[OperationDef] = &[
    action(Op::AddPassword, both("addPassword"), "application", ADD_PASSWORD, CREDENTIAL),
    action(Op::AddPassword, both("addPassword"), "servicePrincipal", ADD_PASSWORD, CREDENTIAL),
    action(Op::RemovePassword, both("removePassword"), "application", REMOVE_PASSWORD, Returns::Nothing),
    action(Op::RemovePassword, both("removePassword"), "servicePrincipal", REMOVE_PASSWORD, Returns::Nothing),
    action(Op::Cancel, both("cancel"), "accessPackageAssignmentRequest", &[], Returns::Nothing),
    action(Op::Reprocess, both("reprocess"), "accessPackageAssignmentRequest", &[], Returns::Nothing),
    action(Op::Reprocess, both("reprocess"), "accessPackageAssignment", &[], Returns::Nothing),
    action(Op::Resume, both("resume"), "accessPackageAssignmentRequest", RESUME, Returns::Nothing),
    action(
        Op::CheckMemberGroups,
        both("checkMemberGroups"),
        "directoryObject",
        &[("groupIds", STRING, true, false)],
        STRINGS,
    ),
    action(
        Op::CheckMemberObjects,
        both("checkMemberObjects"),
        "directoryObject",
        &[("ids", STRING, true, false)],
        STRINGS,
    ),
    action(
        Op::GetMemberGroups,
        both("getMemberGroups"),
        "directoryObject",
        &[("securityEnabledOnly", BOOLEAN, false, true)],
        STRINGS,
    ),
    action(
        Op::GetMemberObjects,
        both("getMemberObjects"),
        "directoryObject",
        &[("securityEnabledOnly", BOOLEAN, false, true)],
        STRINGS,
    ),
    OperationDef {
        names: both("getByIds"),
        op: Op::GetByIds,
        action: true,
        bound_to: "directoryObject",
        on_collection: true,
        parameters: &[("ids", STRING, true, false), ("types", STRING, true, true)],
        returns: Returns::Entity { name: "directoryObject", many: true },
    },
    action(
        Op::MoveToCatalog,
        only_beta("moveToCatalog"),
        "accessPackage",
        &[("catalogId", STRING, false, false)],
        Returns::Nothing,
    ),
    action(
        Op::GetApplicablePolicyRequirements,
        both("getApplicablePolicyRequirements"),
        "accessPackage",
        &[],
        Returns::Value { ty: Ty::Complex("accessPackageAssignmentRequestRequirements"), many: true },
    ),
    function(Op::AdditionalAccess, both("additionalAccess"), "accessPackageAssignment", &[]),
    function(Op::AdditionalAccess, only_beta("additionalAccess"), "accessPackageAssignment", PACKAGE),
    function(Op::AdditionalAccess, both("additionalAccess"), "accessPackageAssignment", PACKAGES),
    function(Op::FilterByCurrentUser, both("filterByCurrentUser"), "accessPackage", ON_PACKAGES),
    function(Op::FilterByCurrentUser, both("filterByCurrentUser"), "accessPackageAssignment", ON_ASSIGNMENTS),
    function(Op::FilterByCurrentUser, both("filterByCurrentUser"), "accessPackageAssignmentRequest", ON_REQUESTS),
    function(Op::FilterByCurrentUser, both("filterByCurrentUser"), "approval", ON_APPROVALS),
    function(Op::FilterByCurrentUser, only_v1("filterByCurrentUser"), "accessPackageSuggestion", ON_SUGGESTIONS),
    function(Op::My, only_beta("My"), "accessPackageAssignment", &[]),
    function(Op::My, only_beta("My"), "accessPackageAssignmentRequest", &[]),
    function(Op::My, only_beta("My"), "accessPackageAssignmentResourceRole", &[]),
    function(Op::Search, only_beta("Search"), "accessPackage", &[]),
    function(Op::Search, only_beta("Search"), "accessPackageCatalog", &[]),
    action(Op::Refresh, both("refresh"), "accessPackageResource", &[], Returns::Nothing),
    action(Op::Restore, only_v1("restore"), "directoryObject", &[], RESTORED),
    action(Op::Restore, only_beta("restore"), "directoryObject", RESTORE, RESTORED),
];
