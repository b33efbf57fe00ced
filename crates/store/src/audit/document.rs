//! The document of a row of the audit log, as Graph spells it: who, what, and the properties before
//! and after. Written once, with the row, so that reading it is copying it.

use super::{Entry, Known};
use domain::command::Kind;
use domain::fields::{Fields, Value as Field};
use model::def::Ty;
use model::tables;
use odata::write;
use odata::write::{name, string};
use std::borrow::Cow;
use uuid::Uuid;

/// Who did it.
#[derive(Clone, Copy)]
pub enum Actor<'a> {
    User {
        id: Uuid,
        /// The user principal name.
        name: &'a str,
        /// The client that the user worked with.
        app: Uuid,
        known: Option<&'a Known>,
    },
    /// An application by itself, or the operator (whose ids are nil).
    App { principal: Uuid, app: Uuid, name: &'a str },
}

/// What it was done to.
pub struct Target<'a> {
    /// The type's name in Graph.
    pub kind: &'a str,
    pub id: Uuid,
    pub name: &'a str,
    pub known: Option<&'a Known>,
}

/// A property, and the JSON text of its values.
#[derive(Debug, PartialEq)]
pub struct Modified<'a> {
    pub name: &'a str,
    pub old: Option<String>,
    pub new: Option<String>,
}

/// What differs. A property that has no value before nor after has not been touched; the time of the
/// change is the row's own.
pub fn modified<'a>(kind: Kind, before: &'a Fields, after: &'a Fields) -> Vec<Modified<'a>> {
    let gone = before.0.iter().filter(|(name, _)| after.get(name).is_none());
    let names = after.0.iter().chain(gone).map(|(name, _)| *name);
    let text = |fields: &Fields, name: &str| fields.get(name).and_then(|field| json(kind, name, field));
    names
        .map(|name| Modified { name, old: text(before, name), new: text(after, name) })
        .filter(|each| each.name != "modifiedDateTime" && (each.old.is_some() || each.new.is_some()))
        .collect()
}

/// A value as JSON text: strings in quotes, arrays in brackets, members of enumerations by name.
fn json(kind: Kind, core: &str, field: &Field) -> Option<String> {
    Some(match field {
        Field::Null => return None,
        Field::Bool(yes) => yes.to_string(),
        Field::Int(number) => member(kind, core, *number).map_or_else(|| number.to_string(), quoted),
        Field::Text(text) => quoted(text),
        Field::Guid(id) => format!("\"{id}\""),
        Field::Time(time) => format!("\"{}\"", write::time(*time)),
        Field::Json(text) => text.clone(),
    })
}

fn member(kind: Kind, core: &str, number: i64) -> Option<&'static str> {
    let Ty::Enum(of) = crate::mapping::property(kind, core)?.ty else { return None };
    let members = tables::enums().find(|each| each.name == of)?.members;
    members.iter().find(|(_, each)| *each == number).map(|(name, _)| *name)
}

/// The members that travel: `additionalDetails`, `initiatedBy`, `result`, `targetResources`.
pub fn document(entry: &Entry<'_>) -> String {
    let mut out = Vec::with_capacity(768);
    out.extend_from_slice(b"{\"additionalDetails\":[");
    if let Actor::User { app, .. } = &entry.actor {
        object(&mut out, &[("key", Some("appId".into())), ("value", id(*app))]);
    }
    out.extend_from_slice(b"],\"initiatedBy\":{\"app\":");
    match &entry.actor {
        Actor::User { id: user, name, known, .. } => {
            let display_name = known.and_then(|known| known.name.as_deref());
            out.extend_from_slice(b"null,\"user\":");
            let members = [
                ("displayName", display_name.map(Into::into)),
                ("id", id(*user)),
                ("ipAddress", None),
                ("userPrincipalName", Some((*name).into())),
            ];
            object(&mut out, &members);
        }
        Actor::App { principal, app, name } => {
            let members = [
                ("appId", id(*app)),
                ("displayName", Some((*name).into())),
                ("servicePrincipalId", id(*principal)),
                ("servicePrincipalName", id(*app)),
            ];
            object(&mut out, &members);
            out.extend_from_slice(b",\"user\":null");
        }
    }
    // 0 is success: what failed has left nothing, no row either.
    out.extend_from_slice(b"},\"result\":0,\"targetResources\":[");
    target(&mut out, &entry.target, &entry.modified);
    if let Some(other) = &entry.other {
        out.push(b',');
        target(&mut out, other, &[]);
    }
    out.extend_from_slice(b"]}");
    String::from_utf8_lossy(&out).into_owned()
}

fn target(out: &mut Vec<u8>, target: &Target<'_>, modified: &[Modified<'_>]) {
    let known = target.known;
    let user_principal_name = known.and_then(|known| known.user_principal_name.as_deref());
    let members = [
        ("displayName", Some(target.name.into())),
        ("groupType", (target.kind == "group").then(|| group_type(known).into())),
        ("id", id(target.id)),
        ("type", Some(type_name(target.kind).into())),
        ("userPrincipalName", user_principal_name.map(Into::into)),
    ];
    object(out, &members);
    // Back into the object, for the one member that is a list.
    out.pop();
    out.extend_from_slice(b",\"modifiedProperties\":[");
    for (at, each) in modified.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        let values = [each.new.as_deref(), each.old.as_deref()].map(|text| text.map(Into::into));
        let [new, old] = values;
        object(out, &[("displayName", Some(each.name.into())), ("newValue", new), ("oldValue", old)]);
    }
    out.extend_from_slice(b"]}");
}

/// `accessPackage` as `AccessPackage`; the directory's types have the names that Entra's log has.
fn type_name(kind: &str) -> String {
    let mut letters = kind.strip_prefix("unified").unwrap_or(kind).chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

fn group_type(known: Option<&Known>) -> &'static str {
    let types = known.and_then(|known| known.group_types.as_deref()).unwrap_or_default();
    if types.contains("\"Unified\"") { "unifiedGroups" } else { "azureAD" }
}

fn object(out: &mut Vec<u8>, members: &[(&str, Option<Cow<'_, str>>)]) {
    for (at, (member, value)) in members.iter().enumerate() {
        out.push(if at == 0 { b'{' } else { b',' });
        name(out, member);
        match value {
            Some(text) => string(out, text),
            None => out.extend_from_slice(b"null"),
        }
    }
    out.push(b'}');
}

/// Nobody's id is none.
fn id(id: Uuid) -> Option<Cow<'static, str>> {
    (!id.is_nil()).then(|| id.to_string().into())
}

fn quoted(text: impl AsRef<str>) -> String {
    let mut out = Vec::with_capacity(text.as_ref().len() + 2);
    string(&mut out, text.as_ref());
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_json_text() {
        let before = Fields(vec![("state", Field::Int(1)), ("description", "a \"b\"".into())]);
        let after = Fields(vec![
            ("state", Field::Int(2)),
            ("description", Field::Null),
            ("isExternallyVisible", Field::Bool(false)),
            ("createdDateTime", Field::Time(1_500_000)),
            ("modifiedDateTime", Field::Time(1)),
        ]);
        let shown: Vec<_> = modified(Kind::Catalog, &before, &after)
            .into_iter()
            .map(|each| format!("{} {:?} {:?}", each.name, each.old.as_deref(), each.new.as_deref()))
            .collect();
        assert_eq!(
            shown,
            [
                r#"state Some("\"unpublished\"") Some("\"published\"")"#,
                r#"description Some("\"a \\\"b\\\"\"") None"#,
                r#"isExternallyVisible None Some("false")"#,
                r#"createdDateTime None Some("\"1970-01-01T00:00:01.5Z\"")"#,
            ]
        );
    }

    #[test]
    fn any_text_makes_a_document() {
        let entry = Entry {
            tenant: Uuid::nil(),
            id: Uuid::nil(),
            at: 0,
            correlation: "",
            activity: "",
            category: "",
            operation: domain::outcome::Operation::Assign,
            actor: Actor::App { principal: Uuid::nil(), app: Uuid::nil(), name: "\"\\\n" },
            target: Target { kind: "unifiedRoleAssignment", id: Uuid::max(), name: "Ä\u{1}", known: None },
            other: Some(Target { kind: "group", id: Uuid::max(), name: "", known: None }),
            modified: vec![Modified { name: "a", old: None, new: Some("[\"x\"]".to_owned()) }],
        };
        let document: serde_json::Value = serde_json::from_str(&document(&entry)).unwrap();
        assert_eq!(document["initiatedBy"]["app"]["displayName"], "\"\\\n");
        assert_eq!(document["initiatedBy"]["app"]["appId"], serde_json::Value::Null);
        let [role, group] = document["targetResources"].as_array().unwrap().as_slice() else { panic!() };
        assert_eq!((&role["type"], &role["displayName"]), (&"RoleAssignment".into(), &"Ä\u{1}".into()));
        assert_eq!(role["modifiedProperties"][0]["newValue"], "[\"x\"]");
        assert_eq!((&group["type"], &group["groupType"]), (&"Group".into(), &"azureAD".into()));
    }
}
