//! SEPARATION OF DUTIES, the heart: which groups and packages an access package is incompatible
//! with. The rule is directed: the members of a group, or the holders of a package, that P names may
//! not get P. A rule that is added takes nothing from anyone who holds both already.

use crate::Instant;
use crate::checks::{NAME_MAX, changeable, fill, invalid, words};
use crate::command::{IncompatibleGroupCreate, Kind, Link, NamedGroup, Relation};
use crate::denial::Denial;
use crate::directory::group_complete;
use crate::facts::{Entity, Facts};
use crate::fields::{Fields, Value};
use crate::lifecycle::case::{Case, Person};
use crate::lifecycle::schedule::Window;
use crate::outcome::{Audit, Change, Operation, Outcome};
use crate::record::{ENTITLEMENT, audit, name};
use std::fmt;
use uuid::Uuid;

const REFERENCE: &str = "@odata.id";

/// What stands against somebody's getting a package: a package that they hold or have asked for, or a
/// group that they are in, with the way that leads from them to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    Package { package: Uuid, name: String, by: Uuid, is_assignment: bool },
    Group { group: Uuid, name: String, chain: Vec<Uuid> },
}

impl Conflict {
    /// The refusal's code, which the status of a request that is refused late has too.
    pub fn code(&self) -> &'static str {
        match self {
            Conflict::Package { .. } => "IncompatibleAssignmentExists",
            Conflict::Group { .. } => "IncompatibleGroupMembership",
        }
    }
}

/// Names the rule, and what stands against it or the way that leads there.
impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Conflict::Package { package, name, by, is_assignment } => {
                let what = if *is_assignment { "the assignment" } else { "the open request" };
                write!(f, "incompatibleAccessPackages names '{name}' ({package}); the target has {what} '{by}' of it.")
            }
            Conflict::Group { group, name, chain } => {
                let chain: Vec<String> = chain.iter().map(ToString::to_string).collect();
                let chain = chain.join(" > ");
                write!(f, "incompatibleGroups names '{name}' ({group}); the target is in it by way of {chain}.")
            }
        }
    }
}

/// All that stands against it, in one text.
pub(crate) fn told(conflicts: &[Conflict]) -> String {
    conflicts.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// The code of a refusal: packages go before groups.
pub fn code(conflicts: &[Conflict]) -> &'static str {
    let package = conflicts.iter().find(|conflict| matches!(conflict, Conflict::Package { .. }));
    package.or(conflicts.first()).map_or("IncompatibleAssignmentExists", Conflict::code)
}

/// THE RULE. Whether the target of a case may have its package during `window`.
///
/// It binds users, administrators and the service alike, and is asked in the transaction that accepts
/// a request, in the one that gives the last approval and in the one that delivers (semantics.md,
/// "Separation of duties"). `own` is the request or assignment that is being decided, which can't
/// stand against itself.
///
/// # Errors
/// [`Denial::Incompatible`] with everything that stands against it.
pub fn admissible(case: &Case, window: &Window, own: Option<Uuid>) -> Result<(), Denial> {
    let conflicts = conflicts(case, window, own);
    match (&case.package, conflicts.is_empty()) {
        (_, true) => Ok(()),
        (package, false) => {
            Err(Denial::Incompatible { package: package.as_ref().map_or(Uuid::nil(), |package| package.id), conflicts })
        }
    }
}

/// Everything that stands against it. Schedules that don't overlap don't conflict; a membership has
/// no schedule, and counts as it is now.
fn conflicts(case: &Case, window: &Window, own: Option<Uuid>) -> Vec<Conflict> {
    let held = case.holdings.iter().filter(|holding| Some(holding.by) != own).filter_map(|holding| {
        let rule = case.incompatible_packages.iter().find(|rule| rule.id == holding.package)?;
        let theirs = Window { from: holding.from.unwrap_or(i64::MIN), until: holding.until };
        theirs.overlaps(window).then(|| Conflict::Package {
            package: rule.id,
            name: rule.name.clone(),
            by: holding.by,
            is_assignment: holding.is_assignment,
        })
    });
    let target = case.target.as_ref();
    let groups = case.incompatible_groups.iter().filter_map(|rule| {
        let chain = chain(target?, rule.id)?;
        Some(Conflict::Group { group: rule.id, name: rule.name.clone(), chain })
    });
    held.chain(groups).collect()
}

/// The shortest way of memberships from a person to a group, both ends included. Groups that are
/// nested in a circle are walked once.
fn chain(person: &Person, group: Uuid) -> Option<Vec<Uuid>> {
    let mut reached: Vec<(Uuid, Option<usize>)> = vec![(person.object, None)];
    let mut at = 0;
    while let Some((here, _)) = reached.get(at).copied() {
        for (_, into) in person.memberships.iter().filter(|(from, _)| *from == here) {
            if !reached.iter().any(|(known, _)| known == into) {
                reached.push((*into, Some(at)));
            }
        }
        if here == group && at > 0 {
            let mut chain = Vec::new();
            let mut back = Some(at);
            while let Some((id, before)) = back.and_then(|place| reached.get(place)) {
                chain.insert(0, *id);
                back = *before;
            }
            return Some(chain);
        }
        at += 1;
    }
    None
}

/// Makes a package incompatible with a group or with another package.
///
/// The far entity needs only to be seen: links may cross catalogs, and the rule binds the package
/// that names it, not the one that is named.
///
/// # Errors
/// In this order: [`Denial::NotFound`] (package), [`Denial::MayNotChange`], the rule that a package
/// can't be incompatible with itself, [`Denial::ReferenceNotFound`] or [`Denial::ReferenceKind`] of the
/// far end, [`Denial::Invalid`] for a group that isn't security-enabled (the rule that
/// `incompatibleGroups` are security-enabled groups), [`Denial::LinkExists`] (a link that exists
/// already is a conflict).
pub fn incompatible_add(link: &Link, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let package = changeable(facts, Kind::AccessPackage, link.from)?;
    let rule = Rule::of(link.relation)?;
    if link.relation == Relation::IncompatiblePackage && link.from == link.to {
        return Err(Denial::IncompatibleWithItself { package: link.from });
    }
    let far = far_end(link, rule.far, facts)?;
    if far.kind == Kind::Group {
        security_enabled(far, REFERENCE)?;
    }
    if facts.linked(link.relation, link.from, link.to) {
        return Err(Denial::LinkExists { relation: link.relation, from: link.from, to: link.to });
    }
    let audit = rule.added(package).with(far.kind, far.id, name(&far.fields));
    Ok(Outcome::new(vec![Change::Link { relation: link.relation, from: link.from, to: link.to, at: now }], audit))
}

/// Takes an incompatibility away. Only the link goes; what is at its far end stays, and needn't be
/// there any more.
///
/// # Errors
/// [`Denial::NotFound`] (package), [`Denial::MayNotChange`], [`Denial::LinkMissing`] (deleting a link
/// that isn't there).
pub fn incompatible_remove(link: &Link, facts: &Facts) -> Result<Outcome, Denial> {
    let package = changeable(facts, Kind::AccessPackage, link.from)?;
    let rule = Rule::of(link.relation)?;
    if !facts.linked(link.relation, link.from, link.to) {
        return Err(Denial::LinkMissing { relation: link.relation, from: link.from, to: link.to });
    }
    let far_name = facts.entity_of(rule.far, link.to).map_or("", |far| name(&far.fields));
    let audit = rule.removed(package).with(rule.far, link.to, far_name);
    Ok(Outcome::new(vec![Change::Unlink { relation: link.relation, from: link.from, to: link.to }], audit))
}

/// Beta's create below `incompatibleGroups`: links the group that the body names, and makes one where
/// there is none: without an `id` a new security group, with an unknown `id` one of that id. A
/// reference in `@odata.id` links what it names and never makes a group. Of a group that is there
/// already, nothing but the link changes.
///
/// # Errors
/// [`Denial::NotFound`] for a catalog or package that isn't there, or a package that isn't in that
/// catalog; [`Denial::MayNotChange`]; on `id` [`Denial::Taken`] for a deleted object's and
/// [`Denial::Invalid`] for another kind's or a group that isn't security-enabled; on `@odata.id` as
/// [`incompatible_add`]; [`Denial::LinkExists`]; [`Denial::Invalid`] for a property that a new group can't have.
pub fn incompatible_group_create(
    create: &IncompatibleGroupCreate,
    facts: &Facts,
    now: Instant,
) -> Result<Outcome, Denial> {
    if let Some(catalog) = create.catalog {
        facts.entity_of(Kind::Catalog, catalog).ok_or(Denial::NotFound { kind: Kind::Catalog, id: catalog })?;
        let inside = facts
            .entity_of(Kind::AccessPackage, create.package)
            .is_some_and(|package| package.fields.guid("catalogId") == Some(catalog));
        if !inside {
            return Err(Denial::NotFound { kind: Kind::AccessPackage, id: create.package });
        }
    }
    let package = changeable(facts, Kind::AccessPackage, create.package)?;
    let relation = Relation::IncompatibleGroup;
    let (from, to) = (create.package, create.group);
    let link = Change::Link { relation, from, to, at: now };
    let audit = Rule::of(relation)?.added(package);

    let outcome = match named_group(create, facts)? {
        Some(group) => {
            if facts.linked(relation, from, to) {
                return Err(Denial::LinkExists { relation, from, to });
            }
            Outcome::new(vec![link], audit.with(Kind::Group, to, name(&group.fields)))
        }
        None => {
            let fields = new_group(create, package, facts, now)?;
            let audit = audit.with(Kind::Group, to, name(&fields)).after(&fields);
            Outcome::new(vec![Change::Insert { kind: Kind::Group, id: to, fields }, link], audit)
        }
    };
    Ok(outcome.showing(Kind::Group, to))
}

/// What differs between the two relations.
struct Rule {
    far: Kind,
    add: &'static str,
    remove: &'static str,
}

impl Rule {
    fn of(relation: Relation) -> Result<Rule, Denial> {
        match relation {
            Relation::IncompatibleGroup => {
                Ok(Rule { far: Kind::Group, add: "Create incompatible group", remove: "Delete incompatible group" })
            }
            Relation::IncompatiblePackage => Ok(Rule {
                far: Kind::AccessPackage,
                add: "Create incompatible access package",
                remove: "Delete incompatible access package",
            }),
            Relation::Member
            | Relation::Owner
            | Relation::Sponsor
            | Relation::Manager
            | Relation::InternalSponsor
            | Relation::ExternalSponsor => Err(invalid(REFERENCE, "An access package has no such link.")),
        }
    }

    fn added(&self, package: &Entity) -> Audit {
        audit(self.add, ENTITLEMENT, Operation::Add).on_entity(package)
    }

    fn removed(&self, package: &Entity) -> Audit {
        audit(self.remove, ENTITLEMENT, Operation::Delete).on_entity(package)
    }
}

/// The entity that the reference names. `users/{id}` is a reference to the wrong kind, whoever is
/// there; `groups/{id}` of a user is a group that isn't there.
fn far_end<'a>(link: &Link, wanted: Kind, facts: &'a Facts) -> Result<&'a Entity, Denial> {
    let wrong = |found| Denial::ReferenceKind { target: REFERENCE, id: link.to, found, wanted: wanted.name() };
    if let Some(said) = link.to_kind.filter(|said| *said != wanted) {
        return Err(wrong(said));
    }
    let missing = Denial::ReferenceNotFound { target: REFERENCE, kind: wanted, id: link.to };
    match facts.entity(link.to) {
        None => Err(missing),
        Some(far) if far.kind == wanted => Ok(far),
        Some(_) if link.to_kind.is_some() => Err(missing),
        Some(far) => Err(wrong(far.kind)),
    }
}

/// Microsoft 365 groups, dynamic and synced ones will do as well, as long as they are security-enabled.
fn security_enabled(group: &Entity, target: &'static str) -> Result<(), Denial> {
    if group.fields.bool("securityEnabled") == Some(true) {
        return Ok(());
    }
    let message = format!(
        "The group '{}' isn't security-enabled; an access package can only be incompatible with security-enabled groups.",
        group.id
    );
    Err(invalid(target, message))
}

/// The group that the body names, if it is there.
fn named_group<'a>(create: &IncompatibleGroupCreate, facts: &'a Facts) -> Result<Option<&'a Entity>, Denial> {
    match create.named {
        NamedGroup::No => return Ok(None),
        NamedGroup::Reference(to_kind) => {
            let (relation, from_kind) = (Relation::IncompatibleGroup, Kind::AccessPackage);
            let link = Link { relation, from_kind, from: create.package, to: create.group, to_kind };
            let group = far_end(&link, Kind::Group, facts)?;
            return security_enabled(group, REFERENCE).map(|()| Some(group));
        }
        NamedGroup::Id => {}
    }
    if let Some(deleted) = facts.deleted.iter().find(|entity| entity.id == create.group) {
        return Err(Denial::Taken { kind: deleted.kind, target: "id" });
    }
    match facts.entities.iter().find(|entity| entity.id == create.group && Kind::DIRECTORY.contains(&entity.kind)) {
        None => Ok(None),
        Some(group) if group.kind == Kind::Group => security_enabled(group, "id").map(|()| Some(group)),
        Some(other) => Err(invalid("id", format!("'{}' is a {}, not a group.", other.id, other.kind.name()))),
    }
}

/// A new security group, named after the package where the body gives no name.
fn new_group(
    create: &IncompatibleGroupCreate,
    package: &Entity,
    facts: &Facts,
    now: Instant,
) -> Result<Fields, Denial> {
    let mut fields = create.fields.clone();
    let title: String = format!("Incompatible with {}", name(&package.fields)).chars().take(NAME_MAX).collect();
    if !words(fields.get("groupTypes")).is_empty() {
        // The directory's own permissions are needed for those.
        return Err(invalid(
            "groupTypes",
            "A plain security group is made here; other groups are made below 'groups'.",
        ));
    }
    fill(&mut fields, "displayName", Value::Text(title));
    fill(&mut fields, "mailNickname", Value::Text(nickname(create.group)));
    fill(&mut fields, "mailEnabled", Value::Bool(false));
    fill(&mut fields, "securityEnabled", Value::Bool(true));
    if fields.bool("securityEnabled") != Some(true) {
        return Err(invalid(
            "securityEnabled",
            "A group that an access package is incompatible with is security-enabled.",
        ));
    }
    group_complete(fields, facts, now)
}

/// Unique as the id is, and made of letters and digits.
fn nickname(group: Uuid) -> String {
    group.simple().to_string()
}
