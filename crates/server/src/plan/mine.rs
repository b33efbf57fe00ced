//! Functions on collections: what they mean becomes a condition on the rows, and the rest is a list
//! like any other. What the caller may see of it is the permit's to say.

use super::target::id_query;
use super::{Ask, Form, Lookup, Read, Requirements, method_fault};
use crate::error::Error;
use auth::caller::{Identity, IdentityKind};
use model::def::Op;
use model::query::{Narrow, Query, Want};
use odata::error::{Fault, FaultKind};
use odata::query::{Key, Step, Target};
use odata::value::Value;
use std::sync::Arc;
use uuid::Uuid;

/// GET of a function, or of the number of what it gives.
pub async fn plan(
    ask: &Ask<'_>,
    operation: usize,
    arguments: &[(&'static str, Value)],
    count: bool,
    lookup: &impl Lookup,
) -> Result<Read, Error> {
    let surface = ask.surface;
    let shape = ask.intent.shape.clone().filter(|_| !super::is_action(ask, operation));
    let shape = shape.ok_or_else(|| method_fault(ask))?;
    let narrow = match surface.op(operation) {
        Op::FilterByCurrentUser => Some(on(ask, arguments)?),
        Op::My => Some(mine(ask)),
        Op::AdditionalAccess => Some(additional(ask, arguments, lookup).await?),
        // `Search()` is a list; the options say what is searched for.
        _ => None,
    };
    let (want, form, limit) = match count {
        true => (Want::Count, Form::Count, 1),
        false => (Want::Page, Form::Collection, shape.page_size(&surface.schema, ask.max_page_size)),
    };
    let (target, shape) = (ask.intent.target.clone(), Arc::new(shape));
    Ok(Read { query: Query { surface, target, shape, want, limit, narrow }, form })
}

/// What a read of a set that is worked out for whoever asks is narrowed to.
pub fn of_set(set: &str, identity: &Identity, at: i64) -> Option<Narrow> {
    let user = identity.principal;
    match set {
        "accessPackageSuggestions" => Some(Narrow::Suggested { user, at, related: true, history: true }),
        // An application sees them as far as its permission goes.
        _ => (identity.kind == IdentityKind::Delegated).then_some(Narrow::Requestable { user, at }),
    }
}

/// What `on` says, in the words of the collection's own enumeration.
fn on(ask: &Ask<'_>, arguments: &[(&'static str, Value)]) -> Result<Narrow, Error> {
    let user = ask.principal;
    let ty = ask.intent.target.ty;
    let said = arguments.iter().find_map(|(name, value)| match value {
        Value::Int(number) if *name == "on" => Some(*number),
        _ => None,
    });
    let (narrow, words) = match (ask.surface.type_name(ty), said) {
        ("accessPackage", Some(1)) => (Some(Narrow::Requestable { user, at: ask.now }), ""),
        ("accessPackage", _) => (None, "'allowedRequestor'"),
        ("accessPackageSuggestion", Some(flags @ 0..=3)) => {
            (Some(Narrow::Suggested { user, at: ask.now, related: flags & 1 != 0, history: flags & 2 != 0 }), "")
        }
        ("accessPackageSuggestion", _) => (None, "'relatedPeopleAssignments', 'assignmentHistory' or both"),
        ("approval", Some(1)) => (Some(Narrow::Approver(user)), ""),
        ("approval", _) => (None, "'approver'"),
        (_, Some(1)) => (Some(Narrow::Target(user)), ""),
        (_, Some(2)) => (Some(Narrow::Creator(user)), ""),
        ("accessPackageAssignmentRequest", Some(3)) => (Some(Narrow::Approver(user)), ""),
        ("accessPackageAssignmentRequest", _) => (None, "'target', 'createdBy' or 'approver'"),
        _ => (None, "'target' or 'createdBy'"),
    };
    narrow.ok_or_else(|| fault("on", format!("The parameter 'on' of 'filterByCurrentUser' can be {words} here.")))
}

/// `My()`: requests that the caller made or that are about them; of anything else, what they hold.
fn mine(ask: &Ask<'_>) -> Narrow {
    match ask.surface.type_name(ask.intent.target.ty) {
        "accessPackageAssignmentRequest" => Narrow::Party(ask.principal),
        _ => Narrow::Target(ask.principal),
    }
}

/// The packages that are named have to be there and be seen: a list that is empty because of a typing
/// error looks like good news.
async fn additional(ask: &Ask<'_>, arguments: &[(&'static str, Value)], lookup: &impl Lookup) -> Result<Narrow, Error> {
    let id = |name: &'static str| match arguments.iter().find(|(known, _)| *known == name) {
        None => Ok(None),
        Some((_, value)) => match value.as_text().and_then(|text| Uuid::try_parse(text).ok()) {
            Some(id) => Ok(Some(id)),
            None => Err(fault(name, format!("The parameter '{name}' of 'additionalAccess' has to be an id."))),
        },
    };
    let (package, other) = (id("accessPackageId")?, id("incompatibleAccessPackageId")?);
    if package.is_some() && package == other {
        let name = "incompatibleAccessPackageId";
        return Err(fault(name, format!("'{name}' has to be another access package than 'accessPackageId'.")));
    }
    for named in [package, other].into_iter().flatten() {
        lookup.find(package_query(ask, named)?).await?;
    }
    Ok(Narrow::Additional { package, other })
}

/// Reads the id of an access package at its own set.
fn package_query(ask: &Ask<'_>, id: Uuid) -> Result<Query, Error> {
    let raw = odata::url::parse("/identityGovernance/entitlementManagement/accessPackages")?;
    let mut target = odata::path::bind_path(&ask.surface.schema, &raw.segments)?;
    target.steps.push(Step::Key(Key::Id(id.to_string())));
    Ok(id_query(ask.surface, Target { many: false, ..target }))
}

/// POST of `getApplicablePolicyRequirements`.
pub fn requirements(ask: &Ask<'_>, target: Target) -> Requirements {
    Requirements { query: id_query(ask.surface, target), at: ask.now }
}

fn fault(name: &'static str, message: String) -> Error {
    Fault::new(FaultKind::Value, name, message).into()
}
