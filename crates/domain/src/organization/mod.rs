//! THE WORLD OUTSIDE: organizations that people come from, who answers for them, and what is set for
//! their people. What then happens to these people is the life of access: `lifecycle::external`.

mod settings;
mod source;
mod sponsor;
mod subject;

pub use settings::{END_USER_SETTINGS, SETTINGS};
pub use source::{domain_of, key_of_domain};

use crate::Instant;
use crate::checks::{NAME_MAX, changeable, fill, invalid, keep_text, require_text, reset_null, within};
use crate::command::{Kind, On, OrganizationCommand, OrganizationCreate, Update};
use crate::denial::Denial;
use crate::facts::{Dependents, Facts, Needs};
use crate::fields::{Fields, Value};
use crate::outcome::{Change, Operation, Outcome};
use crate::record::{ENTITLEMENT, audit, name};

/// Members of `connectedOrganizationState`.
pub const CONFIGURED: i64 = 0;
pub const PROPOSED: i64 = 1;

const DESCRIPTION_MAX: usize = 1500;

pub(crate) fn needs(command: &OrganizationCommand, needs: &mut Needs) {
    needs.replaced_values = matches!(
        command,
        OrganizationCommand::Update(_)
            | OrganizationCommand::Settings(_)
            | OrganizationCommand::EndUserSettings(_)
            | OrganizationCommand::Subject(_)
    );
    match command {
        OrganizationCommand::Create(_) => needs.domains = true,
        OrganizationCommand::Update(update) => needs.entity(&[Kind::Organization], update.id),
        OrganizationCommand::Delete(on) => {
            needs.entity(&[Kind::Organization], on.id);
            needs.counts.push((Dependents::SubjectsOfOrganization, on.id));
            needs.counts.push((Dependents::PoliciesOfOrganization, on.id));
        }
        OrganizationCommand::SponsorAdd(link) | OrganizationCommand::SponsorRemove(link) => {
            needs.entity(&[Kind::Organization], link.from);
            needs.entities.push((Kind::DIRECTORY.to_vec(), link.to));
            needs.links.push((link.relation, link.from, link.to));
        }
        OrganizationCommand::Settings(_) => needs.entity(&[Kind::Settings], SETTINGS),
        OrganizationCommand::EndUserSettings(update) => needs.entity(&[Kind::EndUserSettings], update.id),
        OrganizationCommand::Subject(update) => needs.entity(&[Kind::Subject], update.id),
    }
}

/// Decides a command about the world outside.
///
/// # Errors
/// As each rule says.
pub fn decide(command: &OrganizationCommand, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    match command {
        OrganizationCommand::Create(create) => self::create(create, facts, now),
        OrganizationCommand::Update(update) => self::update(update, facts, now),
        OrganizationCommand::Delete(on) => delete(on, facts),
        OrganizationCommand::SponsorAdd(link) => sponsor::add(link, facts, now),
        OrganizationCommand::SponsorRemove(link) => sponsor::remove(link, facts),
        OrganizationCommand::Settings(update) => settings::update(update, facts),
        OrganizationCommand::EndUserSettings(update) => settings::end_user(update, facts, now),
        OrganizationCommand::Subject(update) => subject::update(update, facts),
    }
}

/// Makes an organization: proposed only if the body says so. People who are in the directory already
/// belong to it from now on.
///
/// # Errors
/// [`Denial::Invalid`] for a name that is missing, blank or too long, a state that isn't one, and for
/// sources that name nobody, or the tenant's own people.
fn create(create: &OrganizationCreate, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let mut fields = create.fields.clone();
    require_text(&fields, Kind::Organization, "displayName", NAME_MAX)?;
    texts(&fields)?;
    fill(&mut fields, "state", Value::Int(CONFIGURED));
    known_state(&fields)?;
    let known = source::check(&create.sources, create.path, &facts.domains)?;
    fields.set("createdDateTime", Value::Time(now));
    fields.set("modifiedDateTime", Value::Time(now));

    let audit = audit("Create connected organization", ENTITLEMENT, Operation::Add)
        .on(Kind::Organization, create.id, name(&fields))
        .after(&fields);
    let mut changes = vec![Change::Insert { kind: Kind::Organization, id: create.id, fields }];
    changes.extend(known.into_iter().map(|(source, domain)| Change::OrganizationSource {
        organization: create.id,
        source,
        domain,
    }));
    Ok(Outcome::new(changes, audit).showing(Kind::Organization, create.id))
}

/// Changes an organization. Its sources may be said again, and stay: who belongs to it must not change
/// under the policies that name it.
///
/// # Errors
/// [`Denial::NotFound`], [`Denial::MayNotChange`], [`Denial::Invalid`] for a value that doesn't fit or
/// other sources.
fn update(update: &Update, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let organization = changeable(facts, Kind::Organization, update.id)?;
    let mut fields = update.fields.clone();
    reset_null(&mut fields, "state", Value::Int(CONFIGURED));
    keep_text(&fields, Kind::Organization, "displayName", NAME_MAX)?;
    texts(&fields)?;
    known_state(&fields)?;
    if let Some(said) = fields.get("identitySources")
        && organization.fields.get("identitySources") != Some(said)
    {
        return Err(invalid("identitySources", "The 'identitySources' of an organization can't be changed."));
    }
    fields.0.retain(|(core, _)| *core != "identitySources");
    fields.set("modifiedDateTime", Value::Time(now));

    let audit = audit("Update connected organization", ENTITLEMENT, Operation::Update)
        .on_entity(organization)
        .changed(&organization.fields, &fields);
    Ok(Outcome::new(vec![Change::Update { kind: Kind::Organization, id: organization.id, fields }], audit))
}

/// Deletes an organization that nobody belongs to and no policy names; its sponsors stay what they are.
///
/// # Errors
/// [`Denial::NotFound`], [`Denial::MayNotChange`], [`Denial::InUse`].
fn delete(on: &On, facts: &Facts) -> Result<Outcome, Denial> {
    let organization = changeable(facts, Kind::Organization, on.id)?;
    let (kind, id) = (Kind::Organization, organization.id);
    for (dependents, by) in
        [(Dependents::SubjectsOfOrganization, "subjects"), (Dependents::PoliciesOfOrganization, "assignmentPolicies")]
    {
        let count = facts.count(dependents, id);
        if count > 0 {
            return Err(Denial::InUse { kind, id, by, count });
        }
    }
    let audit = audit("Delete connected organization", ENTITLEMENT, Operation::Delete)
        .on_entity(organization)
        .before(&organization.fields);
    Ok(Outcome::new(vec![Change::Delete { kind, id }], audit))
}

fn texts(fields: &Fields) -> Result<(), Denial> {
    fields.text("description").map_or(Ok(()), |text| within("description", text, DESCRIPTION_MAX))
}

fn known_state(fields: &Fields) -> Result<(), Denial> {
    match fields.int("state") {
        None | Some(CONFIGURED | PROPOSED) => Ok(()),
        Some(_) => Err(invalid("state", "Property 'state' can be one of: configured, proposed.")),
    }
}
