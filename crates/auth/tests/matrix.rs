//! The whole policy as one golden text, and that nothing the model serves is without a row.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may")]

use auth::policy::{Resource, Verb};
use auth::rule::FieldRule;
use auth::table::{ROWS, find};
use model::def::{Join, Op};
use model::{Version, surface, tables};
use odata::schema::{Kind, TypeId};

#[test]
fn golden() {
    insta::assert_snapshot!("matrix", auth::matrix::matrix());
}

/// A new navigation without a row fails here; asked for, it would be refused.
#[test]
fn every_navigation_has_a_row_for_reading() {
    for version in Version::ALL {
        let surface = surface(version);
        for (number, ty) in (0..).zip(&surface.schema.types) {
            for navigation in &ty.navigations {
                let def = surface.navigation(navigation);
                if def.join == Join::Through {
                    continue;
                }
                let resource = match ty.kind {
                    Kind::Root => Resource::Set(def.core),
                    Kind::Entity | Kind::Complex => Resource::Edge(surface.type_name(TypeId(number)), def.core),
                };
                assert!(find(resource, Verb::Read).is_some(), "{resource:?} has no row for Read");
            }
        }
    }
}

#[test]
fn every_operation_has_a_row_at_each_set_that_leads_to_it() {
    for operation in tables::operations() {
        let homes: Vec<Resource> = ROWS
            .iter()
            .filter(|row| row.verb == Verb::Read)
            .map(|row| row.resource)
            .filter(|resource| leads_to(*resource, operation.bound_to))
            .collect();
        assert!(!homes.is_empty(), "{:?} of {} is reached by no set", operation.op, operation.bound_to);
        for home in homes {
            // Applications are members of nothing, and only what was deleted is restored, at its
            // kind's own row; `getByIds` stands at the mixed set alone.
            let without = match operation.op {
                Op::GetByIds => home != Resource::Set("directoryObjects"),
                Op::Restore => matches!(home, Resource::Set("directoryObjects" | "me")),
                Op::CheckMemberGroups | Op::CheckMemberObjects | Op::GetMemberGroups | Op::GetMemberObjects => {
                    home == Resource::Set("applications")
                }
                Op::AddPassword
                | Op::RemovePassword
                | Op::MoveToCatalog
                | Op::Cancel
                | Op::Refresh
                | Op::Reprocess
                | Op::Resume
                | Op::AdditionalAccess
                | Op::FilterByCurrentUser
                | Op::GetApplicablePolicyRequirements
                | Op::My
                | Op::Search => false,
            };
            let row = find(home, Verb::Act(operation.op));
            assert_eq!(row.is_none(), without, "{:?} at {home:?}", operation.op);
        }
    }
}

/// Whether a root set, or a set of entitlement management, holds entities of that type.
fn leads_to(resource: Resource, bound_to: &str) -> bool {
    let target = match resource {
        Resource::Set("me") => "user",
        Resource::Set("users") => "user",
        Resource::Set("groups") => "group",
        Resource::Set("applications") => "application",
        Resource::Set("servicePrincipals") => "servicePrincipal",
        Resource::Set("directoryObjects") => "directoryObject",
        Resource::Edge("entitlementManagement" | "accessPackageCatalog", "accessPackages") => "accessPackage",
        Resource::Edge("entitlementManagement", "assignmentRequests") => "accessPackageAssignmentRequest",
        Resource::Edge("entitlementManagement", "assignments") => "accessPackageAssignment",
        Resource::Edge("entitlementManagement", "accessPackageAssignmentResourceRoles") => {
            "accessPackageAssignmentResourceRole"
        }
        Resource::Edge("entitlementManagement", "accessPackageAssignmentApprovals") => "approval",
        Resource::Edge("entitlementManagement", "catalogs") => "accessPackageCatalog",
        Resource::Edge("entitlementManagement" | "accessPackageCatalog", "resources") => "accessPackageResource",
        Resource::Edge("entitlementManagement", "accessPackageSuggestions") => "accessPackageSuggestion",
        _ => return false,
    };
    Version::ALL.into_iter().any(|version| {
        let schema = &surface(version).schema;
        schema.find(target).zip(schema.find(bound_to)).is_some_and(|(target, base)| schema.is_a(target, base))
    })
}

#[test]
fn rows_are_unique_and_named_in_the_model() {
    for (at, row) in ROWS.iter().enumerate() {
        assert!(
            !ROWS[..at].iter().any(|other| (other.resource, other.verb) == (row.resource, row.verb)),
            "{row:?} twice"
        );
        let (owner, nav) = match row.resource {
            Resource::Set(nav) => (tables::ROOT, nav),
            Resource::Edge(owner, nav) => (owner, nav),
        };
        let entity =
            tables::entities().find(|entity| entity.name == owner).unwrap_or_else(|| panic!("no type {owner}"));
        assert!(entity.navigations.iter().any(|each| each.core == nav), "no {owner}/{nav}");
    }
}

#[test]
fn permissions_of_rows_can_be_carried_and_fields_exist() {
    let properties: Vec<&str> =
        tables::entities().flat_map(|entity| entity.properties).map(|property| property.core).collect();
    for row in ROWS {
        for grant in row.delegated {
            for permission in grant.any.iter().chain(grant.also) {
                assert!(permission.def().scope.is_some(), "{row:?}: no user's token carries {}", permission.name());
            }
        }
        for grant in row.application {
            assert!(grant.duty.everyone || grant.duty.owner, "{row:?}: applications have no offices");
            for permission in grant.any.iter().chain(grant.also) {
                assert!(
                    permission.def().role.is_some(),
                    "{row:?}: no application's token carries {}",
                    permission.name()
                );
            }
        }
        for grant in row.delegated.iter().chain(row.application) {
            if let FieldRule::Only(fields) = grant.fields {
                for field in fields {
                    assert!(properties.contains(field), "{field} is no property");
                }
            }
        }
    }
}
