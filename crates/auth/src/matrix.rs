//! The table as a text for people: the golden file of `tests/matrix.rs`, and what auditors read.

use crate::policy::{Grant, Resource, Row, Verb};
use crate::role;
use crate::rule::FieldRule;
use crate::table::ROWS;
use std::fmt::Write;

/// Every row: resource, verb, and on a line each, what users' and applications' tokens need.
///
/// `|` parts permissions of which one is enough, `&` demands one of a second list. After `->` stands
/// who may use it: an office (see the list at the end), `everyone`, `owner`, `own account`.
pub fn matrix() -> String {
    let mut text = String::new();
    for row in ROWS {
        let _ = writeln!(text, "{} {}", resource(row.resource), verb(row.verb));
        side(&mut text, "delegated  ", row.delegated);
        side(&mut text, "application", row.application);
    }
    let mut offices: Vec<_> = ROWS.iter().flat_map(Row::duties).collect();
    offices.sort_by_key(|duty| duty.name);
    offices.dedup_by_key(|duty| duty.name);
    for duty in offices {
        let roles: Vec<&str> = duty.roles().into_iter().map(role::name).collect();
        if !roles.is_empty() {
            let _ = writeln!(text, "{} = {}", duty.name, roles.join(", "));
        }
    }
    text
}

impl Row {
    fn duties(&self) -> impl Iterator<Item = &'static crate::policy::Duty> + use<> {
        self.delegated.iter().chain(self.application).map(|grant| grant.duty)
    }
}

pub fn resource(resource: Resource) -> String {
    match resource {
        Resource::Set(name) => name.to_owned(),
        Resource::Edge(ty, name) => format!("{ty}/{name}"),
    }
}

pub fn verb(verb: Verb) -> String {
    match verb {
        Verb::Act(op) => format!("{op:?}"),
        other => format!("{other:?}"),
    }
}

fn side(text: &mut String, name: &str, grants: &[Grant]) {
    if grants.is_empty() {
        let _ = writeln!(text, "    {name} never");
    }
    for grant in grants {
        let names = |list: &[crate::permission::Permission]| {
            list.iter().map(|permission| permission.name()).collect::<Vec<_>>().join(" | ")
        };
        let _ = write!(text, "    {name} {}", names(grant.any));
        if !grant.also.is_empty() {
            let _ = write!(text, " & {}", names(grant.also));
        }
        let _ = write!(text, " -> {}", grant.duty.name);
        if grant.from_self {
            text.push_str(", from what is the caller's own");
        }
        if grant.at_self {
            text.push_str(", by its key");
        }
        if grant.past_source {
            text.push_str(", also of what can't be read itself");
        }
        if let FieldRule::Only(fields) = grant.fields {
            let _ = write!(text, " [{}]", fields.join(" "));
        }
        text.push('\n');
    }
}
