//! Making, replacing and deleting policies. What travels only (texts, descriptions, reviews) is in the
//! fields; what the rules ask about is in the [`Policy`] beside them.

use super::check::{check, wrong};
use super::words::Words;
use super::{Policy, SubjectSet};
use crate::Instant;
use crate::checks::{NAME_MAX, changeable, require_text, within};
use crate::command::Kind;
use crate::denial::Denial;
use crate::facts::{Dependents, Facts, Needs};
use crate::fields::{Fields, Value};
use crate::outcome::{Change, Operation, Outcome};
use crate::record::{ENTITLEMENT, audit, name};
use uuid::Uuid;

/// Where a policy names extensions, on either surface.
pub const CALLOUTS: &str = "customExtensionStageSettings";
/// The longest description.
const DESCRIPTION_MAX: usize = 1500;

/// What may happen to policies.
#[derive(Debug, Clone, PartialEq)]
pub enum PolicyCommand {
    Create(Box<PolicyCreate>),
    Replace(Box<PolicyReplace>),
    Delete(Uuid),
}

#[derive(Debug, Clone, PartialEq)]
pub struct PolicyCreate {
    pub id: Uuid,
    pub package: Uuid,
    pub policy: Policy,
    pub fields: Fields,
    /// Those whom the body names, with the setting that does.
    pub named: Vec<Named>,
    pub words: &'static Words,
}

/// A new policy in place of one that is there. What these words can't say stays as it is, so the whole
/// is known only beside what is there: see [`Replaced`].
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyReplace {
    pub id: Uuid,
    /// The package that the body names, if it names one.
    pub package: Option<Uuid>,
    /// What the body says.
    pub said: Fields,
    /// Ids for questions that have none yet, one for each.
    pub ids: Vec<Uuid>,
    pub named: Vec<Named>,
    pub words: &'static Words,
}

/// Somebody whom a setting names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub path: String,
    pub kind: Kind,
    pub id: Uuid,
}

/// A policy as a replacement leaves it.
#[derive(Debug, Clone, PartialEq)]
pub struct Replaced {
    pub before: Policy,
    pub before_fields: Fields,
    pub policy: Policy,
    pub fields: Fields,
}

impl PolicyCommand {
    pub(crate) fn needs(&self, needs: &mut Needs) {
        match self {
            PolicyCommand::Create(create) => {
                needs.entity(&[Kind::AccessPackage], create.package);
                needs.present(&create.named);
            }
            PolicyCommand::Replace(replace) => {
                needs.entity(&[Kind::Policy], replace.id);
                needs.replaced = true;
                needs.present(&replace.named);
            }
            PolicyCommand::Delete(id) => {
                needs.entity(&[Kind::Policy], *id);
                needs.counts.push((Dependents::AssignmentsOfPolicy, *id));
                needs.counts.push((Dependents::RequestsOfPolicy, *id));
            }
        }
    }
}

/// Decides a command about policies.
///
/// # Errors
/// [`Denial::NotFound`], [`Denial::MayNotChange`]; on create [`Denial::SettingNotFound`] for the package;
/// [`Denial::Setting`] for what contradicts itself; [`Denial::SettingNotFound`] for somebody who is named
/// and isn't there; on delete [`Denial::InUse`] while somebody holds the package by
/// this policy, or has asked for it.
pub fn decide(command: &PolicyCommand, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    match command {
        PolicyCommand::Create(create) => self::create(create, facts, now),
        PolicyCommand::Replace(replace) => self::replace(replace, facts, now),
        PolicyCommand::Delete(id) => delete(*id, facts),
    }
}

fn create(create: &PolicyCreate, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let (kind, id, path) = (Kind::AccessPackage, create.package, create.words.package);
    let package = facts.entity_of(kind, id);
    let package = package.ok_or_else(|| Denial::SettingNotFound { path: path.to_owned(), kind, id })?;
    if !package.may_change {
        return Err(Denial::MayNotChange { kind, id });
    }
    let mut fields = create.fields.clone();
    texts(&fields)?;
    check(&create.policy, create.words, now, true)?;
    present(&create.named, facts)?;
    callouts(&create.policy, facts, package.fields.guid("catalogId"))?;
    fields.set("accessPackageId", Value::Guid(package.id));
    fields.set("catalogId", package.fields.get("catalogId").cloned().unwrap_or(Value::Null));
    fields.set("createdDateTime", Value::Time(now));
    fields.set("modifiedDateTime", Value::Time(now));

    let (kind, id) = (Kind::Policy, create.id);
    let audit = audit("Create access package assignment policy", ENTITLEMENT, Operation::Add)
        .on(kind, id, name(&fields))
        .with(package.kind, package.id, name(&package.fields))
        .after(&shown(&fields));
    Ok(Outcome::new(vec![Change::Insert { kind, id, fields }], audit).showing(kind, id))
}

fn replace(replace: &PolicyReplace, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let (kind, id) = (Kind::Policy, replace.id);
    let entity = changeable(facts, kind, id)?;
    let Some(Replaced { before, before_fields, policy, fields }) = &facts.replaced else {
        return Err(Denial::NotFound { kind, id });
    };
    if replace.package.is_some_and(|package| package != policy.package) {
        return Err(wrong(replace.words.package, "A policy can't be moved to another access package."));
    }
    let mut fields = fields.clone();
    texts(&fields)?;
    check(policy, replace.words, now, before.expiration != policy.expiration)?;
    present(&replace.named, facts)?;
    callouts(policy, facts, entity.fields.guid("catalogId"))?;
    fields.set("modifiedDateTime", Value::Time(now));

    let mut before_fields = before_fields.clone();
    for core in ["displayName", "description", "modifiedDateTime"] {
        before_fields.set(core, entity.fields.get(core).cloned().unwrap_or(Value::Null));
    }
    let audit = audit("Update access package assignment policy", ENTITLEMENT, Operation::Update)
        .on_entity(entity)
        .changed(&shown(&before_fields), &shown(&fields));
    Ok(Outcome::new(vec![Change::Update { kind, id, fields }], audit).showing(kind, id))
}

fn delete(id: Uuid, facts: &Facts) -> Result<Outcome, Denial> {
    let kind = Kind::Policy;
    let entity = changeable(facts, kind, id)?;
    let count = facts.count(Dependents::AssignmentsOfPolicy, id);
    if count > 0 {
        return Err(Denial::InUse { kind, id, by: "assignments", count });
    }
    let count = facts.count(Dependents::RequestsOfPolicy, id);
    if count > 0 {
        return Err(Denial::InUse { kind, id, by: "assignmentRequests", count });
    }
    let audit = audit("Delete access package assignment policy", ENTITLEMENT, Operation::Delete)
        .on_entity(entity)
        .before(&entity.fields);
    Ok(Outcome::new(vec![Change::Delete { kind, id }], audit))
}

fn texts(fields: &Fields) -> Result<(), Denial> {
    require_text(fields, Kind::Policy, "displayName", NAME_MAX)?;
    within("description", fields.text("description").unwrap_or_default(), DESCRIPTION_MAX)
}

fn present(named: &[Named], facts: &Facts) -> Result<(), Denial> {
    match named.iter().find(|each| !facts.present.contains(&(each.kind, each.id))) {
        None => Ok(()),
        Some(Named { path, kind, id }) => Err(Denial::SettingNotFound { path: path.clone(), kind: *kind, id: *id }),
    }
}

/// Extensions are of the policy's own catalog, one at each stage, and for what happens at it.
fn callouts(policy: &Policy, facts: &Facts, catalog: Option<Uuid>) -> Result<(), Denial> {
    for (at, setting) in policy.callouts.iter().enumerate() {
        let path = |below: &str| format!("{CALLOUTS}[{at}]/{below}");
        if policy.callouts.iter().take(at).any(|other| other.stage == setting.stage) {
            return Err(wrong(path("stage"), "There can be one extension at each stage."));
        }
        let known = facts.extensions.iter().find(|(id, _, _)| *id == setting.extension);
        let Some((_, _, of)) = known.filter(|(_, home, _)| Some(*home) == catalog) else {
            return Err(wrong(path("customExtension"), "The extension is not in the catalog of the access package."));
        };
        if *of != setting.stage.of() {
            let message = format!("The extension is of a type that is not told of '{}'.", setting.stage.name());
            return Err(wrong(path("customExtension"), message));
        }
    }
    Ok(())
}

/// The fields once each: not again in the other surface's shape.
fn shown(fields: &Fields) -> Fields {
    const AGAIN: &[&str] = &["accessReviewSettings", "canExtend", "durationInDays", "expirationDateTime", "catalogId"];
    let once = |name: &str| !name.contains('.') && !AGAIN.contains(&name);
    Fields(fields.0.iter().filter(|(name, _)| once(name)).cloned().collect())
}

/// The entity that a set of people names by its id.
pub fn named(set: &SubjectSet) -> Option<(Kind, Uuid)> {
    match set {
        SubjectSet::User(id) => Some((Kind::User, *id)),
        SubjectSet::Group(id) => Some((Kind::Group, *id)),
        SubjectSet::ServicePrincipal(id) => Some((Kind::ServicePrincipal, *id)),
        SubjectSet::ConnectedOrganization(id) => Some((Kind::Organization, *id)),
        _ => None,
    }
}
