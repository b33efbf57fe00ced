//! Applications (what is registered) and service principals (its presence in the tenant).

use super::{category, link, shown};
use crate::Instant;
use crate::checks::{NAME_MAX, fill, given, invalid, keep_bool, keep_text, one_of, require_text, required, reset_null};
use crate::command::{Create, Kind, Relation};
use crate::denial::Denial;
use crate::facts::{Entity, Facts};
use crate::fields::{Fields, Value};
use crate::outcome::{Change, Operation, Outcome};
use crate::record::{audit, name};
use uuid::Uuid;

/// Whose accounts an application signs in.
const AUDIENCES: [&str; 4] =
    ["AzureADMyOrg", "AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount"];

/// What a service principal has from its application.
const INHERITED: [&str; 2] = ["appRoles", "signInAudience"];

/// The `appId` of Microsoft Graph, the resource that permissions belong to.
pub const GRAPH_APP_ID: Uuid = Uuid::from_u128(0x00000003_0000_0000_c000_000000000000);

/// Registers an application. The `appId` is in the fields already: ids come in with the command.
///
/// # Errors
/// [`Denial::Invalid`] on `displayName`, or on `appId` where the command carries none;
/// [`Denial::ReferenceNotFound`] and [`Denial::ReferenceKind`] for an owner.
pub fn application_create(create: &Create, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let mut fields = create.fields.clone();
    require_text(&fields, Kind::Application, "displayName", NAME_MAX)?;
    fields.guid("appId").ok_or_else(|| required(Kind::Application, "appId"))?;
    fill(&mut fields, "signInAudience", "AzureADMyOrg".into());
    one_of(&fields, "signInAudience", &AUDIENCES)?;
    fill(&mut fields, "identifierUris", empty());
    fields.set("passwordCredentials", empty());
    created(Kind::Application, "Add application", create, fields, facts, now)
}

/// Makes the service principal of a registered application, called after it. That there is only one
/// is an index, not a rule. The creator becomes an owner and can add a secret, that is, sign in as the
/// application: so the caller must be allowed to change the application itself.
///
/// # Errors
/// [`Denial::Invalid`] on `appId` where it is missing or names no application (Terraform waits for
/// these words and tries again), or on a property that doesn't fit; [`Denial::MayNotChange`] of the
/// application; [`Denial::ReferenceNotFound`] and [`Denial::ReferenceKind`] for an owner.
pub fn service_principal_create(create: &Create, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    let mut fields = create.fields.clone();
    let app_id = fields.guid("appId").ok_or_else(|| required(Kind::ServicePrincipal, "appId"))?;
    let application = facts.application.as_ref().ok_or_else(|| {
        let message =
            format!("The appId '{app_id}' of the service principal does not reference a valid application object.");
        invalid("appId", message)
    })?;
    if !application.may_change {
        return Err(Denial::MayNotChange { kind: application.kind, id: application.id });
    }
    let called = name(&application.fields).to_owned();
    fill(&mut fields, "displayName", Value::Text(called.clone()));
    fields.set("appDisplayName", Value::Text(called));
    fill(&mut fields, "servicePrincipalNames", names(app_id, application.fields.get("identifierUris")));
    fill(&mut fields, "servicePrincipalType", "Application".into());
    fill(&mut fields, "accountEnabled", Value::Bool(true));
    fill(&mut fields, "appRoleAssignmentRequired", Value::Bool(false));
    fields.set("passwordCredentials", empty());
    for inherited in INHERITED {
        if let (false, Some(value)) = (given(&fields, inherited), application.fields.get(inherited)) {
            fields.set(inherited, value.clone());
        }
    }
    require_text(&fields, Kind::ServicePrincipal, "displayName", NAME_MAX)?;
    created(Kind::ServicePrincipal, "Add service principal", create, fields, facts, now)
}

/// What an update of an application or a service principal may set.
///
/// # Errors
/// [`Denial::Invalid`] on the property.
pub(super) fn change(object: &Entity, fields: &mut Fields) -> Result<(), Denial> {
    if is_graph(object) {
        // Who grants a permission by its name must get that one, and find it, whoever may change applications.
        const FIXED: [&str; 5] =
            ["appRoles", "oauth2PermissionScopes", "accountEnabled", "displayName", "servicePrincipalNames"];
        if let Some(fixed) = FIXED.into_iter().find(|name| fields.get(name).is_some()) {
            return Err(invalid(fixed, format!("Property '{fixed}' of Microsoft Graph can't be changed.")));
        }
    }
    reset_null(fields, "accountEnabled", Value::Bool(true));
    keep_text(fields, object.kind, "displayName", NAME_MAX)?;
    keep_bool(fields, object.kind, "accountEnabled")?;
    one_of(fields, "signInAudience", &AUDIENCES)?;
    match fields.get("appId") {
        Some(value) if object.fields.get("appId") != Some(value) => {
            Err(invalid("appId", "Property 'appId' can't be changed."))
        }
        _ => Ok(()),
    }
}

/// What the service principal of an application takes over from a change of it. A name of its own it keeps.
pub(super) fn follow(application: &Entity, fields: &Fields, facts: &Facts) -> Outcome {
    let presence = facts.presence.as_ref().filter(|_| application.kind == Kind::Application);
    let Some((presence, app_id)) = presence.zip(application.fields.guid("appId")) else { return Outcome::default() };
    let mut after = Fields::default();
    for inherited in INHERITED {
        if let Some(value) = fields.get(inherited) {
            after.set(inherited, value.clone());
        }
    }
    if let Some(called) = fields.get("displayName") {
        after.set("appDisplayName", called.clone());
        if presence.fields.get("displayName") == application.fields.get("displayName") {
            after.set("displayName", called.clone());
        }
    }
    if let Some(uris) = fields.get("identifierUris") {
        after.set("servicePrincipalNames", names(app_id, Some(uris)));
    }
    if after.0.is_empty() {
        return Outcome::default();
    }
    let row = audit("Update service principal", category(presence.kind), Operation::Update).on_entity(presence);
    let row = row.changed(&presence.fields, &after);
    Outcome::new(vec![Change::Update { kind: presence.kind, id: presence.id, fields: after }], row)
}

/// Whether this is the service principal whose app roles are the permissions of this house.
pub(super) fn is_graph(object: &Entity) -> bool {
    object.kind == Kind::ServicePrincipal && object.fields.guid("appId") == Some(GRAPH_APP_ID)
}

/// What both creations end with: owners, and the creator among them once.
fn created(
    kind: Kind,
    activity: &'static str,
    create: &Create,
    mut fields: Fields,
    facts: &Facts,
    now: Instant,
) -> Result<Outcome, Denial> {
    let mut links = link::bound(kind, create.id, &create.links, facts)?;
    if let Some(creator) = create.creator.map(|id| (Relation::Owner, id)).filter(|link| !links.contains(link)) {
        links.push(creator);
    }
    if kind == Kind::Application {
        fields.set("createdDateTime", Value::Time(now));
    }
    let mut audit = audit(activity, category(kind), Operation::Add).on(kind, create.id, name(&fields)).after(&fields);
    shown(&links, &mut audit.after);
    let mut changes = vec![Change::Insert { kind, id: create.id, fields }];
    changes.extend(link::changes(create.id, &links, now));
    Ok(Outcome::new(changes, audit).showing(kind, create.id))
}

/// The names that a service principal answers to: its `appId` and the application's own URIs.
fn names(app_id: Uuid, identifier_uris: Option<&Value>) -> Value {
    let uris = match identifier_uris {
        Some(Value::Json(list)) => list.trim().trim_start_matches('[').trim_end_matches(']'),
        _ => "",
    };
    let comma = if uris.is_empty() { "" } else { "," };
    Value::Json(format!("[\"{app_id}\"{comma}{uris}]"))
}

fn empty() -> Value {
    Value::Json("[]".to_owned())
}
