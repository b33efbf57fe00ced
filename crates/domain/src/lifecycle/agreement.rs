//! One object for a request: what its body names besides the object that decides has to agree with it, or
//! the request is refused. Nothing here may choose an object; that is done where rights are checked.

use super::case::{Assignment, Case, Package, Person};
use super::command::RequestCreate;
use crate::checks::invalid;
use crate::denial::Denial;
use uuid::Uuid;

/// A request that adds makes an assignment; it can't name one that exists.
///
/// # Errors
/// [`Denial::Invalid`] on the assignment's id.
pub(super) fn adds_nothing_existing(create: &RequestCreate) -> Result<(), Denial> {
    let path = create.paths.assignment_id;
    match create.assignment.filter(|_| create.request_type.adds()) {
        Some(_) => Err(invalid(path, format!("'{path}' can't be set: the request creates the assignment."))),
        None => Ok(()),
    }
}

/// Whether the target and the package are those that the body names, by every name that it uses.
///
/// # Errors
/// [`Denial::Invalid`] on the first name that means somebody or something else.
pub(super) fn agrees(create: &RequestCreate, case: &Case, package: &Package, target: &Person) -> Result<(), Denial> {
    let paths = create.paths;
    let is_target = |said: &Uuid| *said == target.object || Some(*said) == target.subject;
    same(paths.target, create.target, is_target, "names somebody else than the target of the assignment")?;
    let is_subject = |said: &Uuid| Some(*said) == target.subject;
    same(paths.subject, create.target_named, is_subject, "names somebody else than the target of the assignment")?;
    // A guest who is invited now has the address, and nobody else has it yet.
    let addressee = case.addressee.unwrap_or(create.guest);
    let is_theirs = |_: &&str| addressee == target.object;
    same(paths.email, create.email.as_deref(), is_theirs, "is not an address of the target")?;
    let is_home = |said: &Uuid| Some(*said) == target.organization;
    same(paths.organization, create.organization, is_home, "is not the organization that the target comes from")?;
    let is_catalog = |said: &Uuid| *said == package.catalog;
    same(paths.catalog, create.catalog, is_catalog, "is not the catalog of the access package")
}

/// Whether the assignment is of the package and the policy that the body names beside it.
///
/// # Errors
/// As [`agrees`].
pub(super) fn agrees_with_held(create: &RequestCreate, held: &Assignment) -> Result<(), Denial> {
    let paths = create.paths;
    let is_package = |said: &Uuid| *said == held.package;
    same(paths.package, create.package, is_package, "is not the access package of the assignment")?;
    let is_policy = |said: &Uuid| *said == held.policy;
    same(paths.policy, create.policy, is_policy, "is not the policy of the assignment")
}

fn same<T>(path: &'static str, said: Option<T>, is: impl Fn(&T) -> bool, wrong: &str) -> Result<(), Denial> {
    match said.filter(|said| !is(said)) {
        Some(_) => Err(invalid(path, format!("'{path}' {wrong}."))),
        None => Ok(()),
    }
}
