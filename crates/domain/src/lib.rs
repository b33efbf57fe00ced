//! THE RULES. What may happen to catalogs, access packages, their incompatibilities and the
//! directory. Start with [`separation`], the heart.
//!
//! Everything here is pure and synchronous: the same command, facts and instant give the same
//! outcome, so that a transaction that lost a race can simply ask again. No clock, no SQL, no wire
//! format, no randomness: time and new ids come in as parameters.

pub mod catalog;
mod checks;
pub mod command;
pub mod denial;
pub mod directory;
pub mod extension;
pub mod facts;
pub mod fields;
pub mod fold;
pub mod lifecycle;
pub mod membership_rule;
pub mod organization;
pub mod outcome;
mod pattern;
pub mod policy;
mod record;
pub mod resource;
pub mod role;
pub mod separation;

use command::Command;
use denial::Denial;
use facts::Facts;
use outcome::Outcome;

/// An instant, in microseconds since 1970-01-01T00:00:00Z.
pub type Instant = i64;

/// Decides one command: what changes, or why not.
///
/// `facts` are those that [`facts::needs`] asked for, read in the transaction that will apply the
/// outcome. `now` is the tenant's time.
///
/// # Errors
/// A [`Denial`] that names the rule and the conflicting facts. Nothing may be applied then.
pub fn decide(command: &Command, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    match command {
        Command::UserCreate(create) => directory::user_create(create, facts, now),
        Command::GroupCreate(create) => directory::group_create(create, facts, now),
        Command::ApplicationCreate(create) => directory::application_create(create, facts, now),
        Command::ServicePrincipalCreate(create) => directory::service_principal_create(create, facts, now),
        Command::DirectoryUpdate(update) => directory::update(update, facts, now),
        Command::DirectoryDelete(target) => directory::delete(target, facts, now),
        Command::DirectoryRestore(restore) => directory::restore(restore, facts, now),
        Command::LinkAdd(link) => directory::link_add(link, facts, now),
        Command::LinkRemove(link) => directory::link_remove(link, facts),
        Command::SecretAdd(secret) => directory::secret_add(secret, facts),
        Command::SecretRemove(secret) => directory::secret_remove(secret, facts),
        Command::CatalogCreate(create) => catalog::catalog_create(create, facts, now),
        Command::CatalogUpdate(update) => catalog::catalog_update(update, facts, now),
        Command::CatalogDelete(target) => catalog::catalog_delete(target, facts),
        Command::PackageCreate(create) => catalog::package_create(create, facts, now),
        Command::PackageUpdate(update) => catalog::package_update(update, facts, now),
        Command::PackageDelete(target) => catalog::package_delete(target, facts),
        Command::PackageMove(to) => catalog::package_move(to, facts, now),
        Command::IncompatibleAdd(link) => separation::incompatible_add(link, facts, now),
        Command::IncompatibleRemove(link) => separation::incompatible_remove(link, facts),
        Command::IncompatibleGroupCreate(create) => separation::incompatible_group_create(create, facts, now),
        Command::RoleAssign(create) => role::assign(create, facts, now),
        Command::RoleUnassign(target) => role::unassign(target, facts),
        Command::AppRoleAssign(assign) => directory::app_role::assign(assign, facts, now),
        Command::AppRoleUnassign(unassign) => directory::app_role::unassign(unassign, facts),
        Command::Request(command) => lifecycle::decide(command, facts, now),
        Command::Work(work) => Ok(lifecycle::work(work, facts, now)),
        Command::Policy(command) => policy::change::decide(command, facts, now),
        Command::Resource(command) => resource::decide(command, facts, now),
        Command::Organization(command) => organization::decide(command, facts, now),
        Command::Extension(command) => extension::decide(command, facts, now),
    }
}
