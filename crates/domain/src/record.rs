//! Builds audit rows: which activity, on what, and the fields before and after. Never a secret:
//! passwords and their hashes don't get this far.

use crate::command::Kind;
use crate::facts::Entity;
use crate::fields::{Fields, Value};
use crate::outcome::{Audit, Change, Operation, Outcome};
use uuid::Uuid;

/// Entra's categories of activities.
pub(crate) const ENTITLEMENT: &str = "EntitlementManagement";
pub(crate) const ROLES: &str = "RoleManagement";

/// Properties that the log never shows.
const SECRET: &[&str] = &["passwordProfile", "passwordCredentials", "keyCredentials"];

pub(crate) fn audit(activity: &'static str, category: &'static str, operation: Operation) -> Audit {
    Audit {
        activity,
        category,
        operation,
        target_kind: Kind::User,
        target: Uuid::nil(),
        target_name: String::new(),
        other: None,
        before: Fields::default(),
        after: Fields::default(),
    }
}

impl Audit {
    pub(crate) fn on(mut self, kind: Kind, id: Uuid, name: &str) -> Audit {
        self.target_kind = kind;
        self.target = id;
        self.target_name = name.to_owned();
        self
    }

    pub(crate) fn on_entity(self, entity: &Entity) -> Audit {
        self.on(entity.kind, entity.id, name(&entity.fields))
    }

    pub(crate) fn with(mut self, kind: Kind, id: Uuid, name: &str) -> Audit {
        self.other = Some((kind, id, name.to_owned()));
        self
    }

    pub(crate) fn before(mut self, fields: &Fields) -> Audit {
        self.before = shown(fields);
        self
    }

    pub(crate) fn after(mut self, fields: &Fields) -> Audit {
        self.after = shown(fields);
        self
    }

    /// A state, as it was and as it becomes.
    pub(crate) fn moved(mut self, from: &'static str, to: &'static str) -> Audit {
        self.before.set("state", Value::from(from));
        self.after.set("state", Value::from(to));
        self
    }

    /// The fields that differ, as they were and as they become.
    pub(crate) fn changed(mut self, old: &Fields, new: &Fields) -> Audit {
        for (name, value) in &shown(new).0 {
            let was = old.get(name).unwrap_or(&Value::Null);
            if was != value {
                self.before.set(name, was.clone());
                self.after.set(name, value.clone());
            }
        }
        self
    }
}

impl Outcome {
    pub(crate) fn new(changes: Vec<Change>, audit: Audit) -> Outcome {
        Outcome { changes, audit: Some(audit), ..Outcome::default() }
    }

    /// Changes that are of no interest to the log: the worker's own bookkeeping.
    pub(crate) fn silent(changes: Vec<Change>) -> Outcome {
        Outcome { changes, ..Outcome::default() }
    }

    /// Adds what follows from it: its changes, and its rows for the log.
    pub(crate) fn extend(&mut self, other: Outcome) {
        self.changes.extend(other.changes);
        self.more.extend(other.audit);
        self.more.extend(other.more);
    }

    pub(crate) fn showing(mut self, kind: Kind, id: Uuid) -> Outcome {
        self.shows = Some((kind, id));
        self
    }
}

/// Fields without what is secret or comes near it.
fn shown(fields: &Fields) -> Fields {
    Fields(fields.0.iter().filter(|(name, _)| !SECRET.contains(name)).cloned().collect())
}

/// What an entity is called in the log.
pub(crate) fn name(fields: &Fields) -> &str {
    fields.text("displayName").unwrap_or_default()
}
