//! Groups: security groups and Microsoft 365 ("Unified") groups, assigned and dynamic.

use super::{category, link, mail, merged, shown};
use crate::Instant;
use crate::checks::{
    NAME_MAX, fill, invalid, keep_bool, keep_text, one_of, require_bool, require_text, required, reset_null, words,
};
use crate::command::{Create, Kind, Relation};
use crate::denial::Denial;
use crate::facts::{Entity, Facts};
use crate::fields::{Fields, Value};
use crate::membership_rule::Rule;
use crate::outcome::{Change, Operation, Outcome};
use crate::record::{audit, name};

const UNIFIED: &str = "Unified";
const DYNAMIC: &str = "DynamicMembership";
const VISIBILITIES: &[&str] = &["Public", "Private", "HiddenMembership"];

/// Makes a group. A user who makes one becomes its owner; naming oneself as well is a duplicate
/// (the words of that refusal are what Terraform waits for).
///
/// # Errors
/// [`Denial::Invalid`] on the property that is missing or wrong, or for more than 20 links;
/// [`Denial::ReferenceNotFound`] and [`Denial::ReferenceKind`] for a member or owner.
pub fn group_create(create: &Create, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let fields = complete(create.fields.clone(), facts, now)?;
    let mut links = link::bound(Kind::Group, create.id, &create.links, facts)?;
    for (relation, to) in links.iter().filter(|(relation, _)| *relation == Relation::Member) {
        takes(&fields, facts.entity(*to).map(|member| member.kind), link::bind(*relation))?;
    }
    if let Some(creator) = create.creator {
        if links.contains(&(Relation::Owner, creator)) {
            return Err(link::duplicate(Relation::Owner));
        }
        links.push((Relation::Owner, creator));
    }

    let mut audit = audit("Add group", category(Kind::Group), Operation::Add)
        .on(Kind::Group, create.id, name(&fields))
        .after(&fields);
    shown(&links, &mut audit.after);
    let mut changes = vec![Change::Insert { kind: Kind::Group, id: create.id, fields }];
    changes.extend(link::changes(create.id, &links, now));
    Ok(Outcome::new(changes, audit).showing(Kind::Group, create.id))
}

/// The fields of a new group: what is required is there, what fits together fits, and the rest has
/// its default.
///
/// # Errors
/// [`Denial::Invalid`] on the property.
pub(crate) fn complete(mut fields: Fields, facts: &Facts, now: Instant) -> Result<Fields, Denial> {
    require_text(&fields, Kind::Group, "displayName", NAME_MAX)?;
    require_bool(&fields, Kind::Group, "mailEnabled")?;
    require_text(&fields, Kind::Group, "mailNickname", NAME_MAX)?;
    require_bool(&fields, Kind::Group, "securityEnabled")?;
    fill(&mut fields, "groupTypes", Value::Json("[]".to_owned()));
    values(&fields)?;
    kinds_fit(&fields)?;
    if is(&fields, UNIFIED) {
        fill(&mut fields, "visibility", "Public".into());
        let address = fields.text("mailNickname").zip(facts.domains.first()).map(|(nick, at)| format!("{nick}@{at}"));
        if let Some(address) = address {
            fields.set("mail", Value::Text(address));
        }
    }
    if is_dynamic(&fields) {
        fill(&mut fields, "membershipRuleProcessingState", "On".into());
    }
    fields.set("createdDateTime", Value::Time(now));
    fields.set("renewedDateTime", Value::Time(now));
    Ok(fields)
}

/// What an update of a group may set.
///
/// # Errors
/// [`Denial::Invalid`] on the property.
pub(super) fn change(group: &Entity, fields: &mut Fields) -> Result<(), Denial> {
    reset_null(fields, "groupTypes", Value::Json("[]".to_owned()));
    keep_text(fields, Kind::Group, "displayName", NAME_MAX)?;
    keep_text(fields, Kind::Group, "mailNickname", NAME_MAX)?;
    keep_bool(fields, Kind::Group, "mailEnabled")?;
    keep_bool(fields, Kind::Group, "securityEnabled")?;
    values(fields)?;
    assignable_stays(group, fields)?;
    options_stay(group, fields)?;
    let settles = ["groupTypes", "mailEnabled", "securityEnabled", "membershipRule"];
    let changes = |name: &&str| fields.get(name).is_some_and(|value| group.fields.get(name) != Some(value));
    if settles.iter().any(changes) { kinds_fit(&merged(&group.fields, fields)) } else { Ok(()) }
}

/// Whether a group may hold roles is settled for good when it is made; saying it again is no change.
fn assignable_stays(group: &Entity, fields: &mut Fields) -> Result<(), Denial> {
    let was = group.fields.bool("isAssignableToRole").unwrap_or(false);
    match fields.bool("isAssignableToRole") {
        Some(becomes) if becomes != was => {
            Err(invalid("isAssignableToRole", "Property 'isAssignableToRole' is set when a group is created."))
        }
        _ => {
            fields.0.retain(|(name, _)| *name != "isAssignableToRole");
            Ok(())
        }
    }
}

/// The options of a new group are settled when it is made; saying them again is no change.
fn options_stay(group: &Entity, fields: &mut Fields) -> Result<(), Denial> {
    const OPTIONS: &str = "resourceBehaviorOptions";
    let said = fields.get(OPTIONS).filter(|said| **said != Value::Null);
    if said.is_some_and(|said| words(Some(said)) != words(group.fields.get(OPTIONS))) {
        return Err(invalid(OPTIONS, format!("Property '{OPTIONS}' is set when a group is created.")));
    }
    fields.0.retain(|(name, _)| *name != OPTIONS);
    Ok(())
}

/// Members of a dynamic group come from its rule alone.
///
/// # Errors
/// [`Denial::Invalid`] on `target`.
pub(super) fn assigned(fields: &Fields, target: &'static str) -> Result<(), Denial> {
    if is_dynamic(fields) {
        return Err(invalid(target, "The members of a dynamic group come from its membershipRule alone."));
    }
    Ok(())
}

/// Whether a group with these fields may have such a member: one that can hold roles has no groups within, or
/// whoever keeps those would hand out the roles.
///
/// # Errors
/// As [`assigned`].
pub(super) fn takes(fields: &Fields, member: Option<Kind>, target: &'static str) -> Result<(), Denial> {
    assigned(fields, target)?;
    if member == Some(Kind::Group) && fields.bool("isAssignableToRole") == Some(true) {
        return Err(invalid(target, "A group that can hold roles can't have groups as members."));
    }
    Ok(())
}

/// Whether a group with these fields says who its members are by a rule.
pub(crate) fn is_dynamic(fields: &Fields) -> bool {
    is(fields, DYNAMIC)
}

fn is(fields: &Fields, kind: &str) -> bool {
    words(fields.get("groupTypes")).contains(&kind)
}

/// What each value must be, whatever the others are.
fn values(fields: &Fields) -> Result<(), Denial> {
    if let Some(text) = fields.text("mailNickname") {
        mail::nickname(text, false)?;
    }
    for kind in words(fields.get("groupTypes")) {
        if kind != UNIFIED && kind != DYNAMIC {
            return Err(invalid("groupTypes", format!("'{kind}' is not a type of group; use {UNIFIED}, {DYNAMIC}.")));
        }
    }
    one_of(fields, "visibility", VISIBILITIES)?;
    one_of(fields, "membershipRuleProcessingState", &["On", "Paused"])
}

/// What the values must be together.
fn kinds_fit(fields: &Fields) -> Result<(), Denial> {
    let mail = fields.bool("mailEnabled") == Some(true);
    let (unified, dynamic) = (is(fields, UNIFIED), is_dynamic(fields));
    if unified && !mail {
        return Err(invalid("mailEnabled", "A group of the type Unified is mail-enabled."));
    }
    if mail && !unified {
        return Err(invalid("mailEnabled", "Only a group of the type Unified can be mail-enabled."));
    }
    if dynamic {
        let rule = fields.text("membershipRule").filter(|rule| !rule.is_empty());
        let rule = rule.ok_or_else(|| required(Kind::Group, "membershipRule"))?;
        Rule::parse(rule)
            .map_err(|error| invalid("membershipRule", format!("The membershipRule can't be used. {error}")))?;
    }
    if fields.bool("isAssignableToRole") == Some(true) && (dynamic || fields.bool("securityEnabled") != Some(true)) {
        return Err(invalid(
            "isAssignableToRole",
            "A group that can hold roles is security-enabled, and its members are assigned.",
        ));
    }
    Ok(())
}
