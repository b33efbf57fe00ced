//! Values of each type of property, two rounds of them so that no default passes for what was sent, and whether
//! what is read back is what was sent. Which property takes which value is said here only where any other is refused.

use model::Surface;
use odata::schema::{Item, Primitive, Property, Type, TypeId};
use serde_json::{Value, json};

/// A value for a property in this round.
pub fn sample(surface: &'static Surface, property: &Property, round: usize) -> Value {
    let unique = uuid::Uuid::new_v4().simple().to_string();
    match property.name {
        "userPrincipalName" => json!(format!("u{unique}@doorward.test")),
        "mailNickname" => json!(format!("m{unique}")),
        "uniqueName" => json!(format!("unique-{unique}")),
        "displayName" => json!(format!("Name {unique}")),
        "userType" => json!(["Guest", "Member"][round]),
        "identifierUris" => json!([format!("api://{unique}")]),
        "appRoles" => json!([{
            "id": uuid::Uuid::new_v4(), "allowedMemberTypes": ["User"], "displayName": format!("Role {round}"),
            "description": format!("Role {round}"), "isEnabled": true, "value": format!("role.{round}"),
            "origin": "Application",
        }]),
        "signInAudience" => json!(["AzureADMultipleOrgs", "AzureADMyOrg"][round]),
        "visibility" => json!(["Private", "Public"][round]),
        "membershipRuleProcessingState" => json!(["Paused", "On"][round]),
        "redirectUris" => json!([format!("https://app{round}.example/back")]),
        "redirectUriSettings" => json!([{ "uri": format!("https://app{round}.example/back"), "index": round }]),
        "externalUserLifecycleAction" => json!(null),
        _ => value(surface, property.name, property.ty, round, 0),
    }
}

fn value(surface: &'static Surface, name: &str, ty: Type, round: usize, depth: usize) -> Value {
    if ty.many {
        return json!([value(surface, name, Type { item: ty.item, many: false }, round, depth)]);
    }
    match ty.item {
        Item::Primitive(Primitive::Boolean) => json!(round == 0),
        Item::Primitive(Primitive::Int32 | Primitive::Int64) => json!(round + 1),
        Item::Primitive(Primitive::Double) => json!(round as f64 + 0.5),
        Item::Primitive(Primitive::DateTimeOffset) => json!(format!("2031-0{}-01T00:00:00Z", round + 1)),
        Item::Primitive(Primitive::Date) => json!(format!("2031-0{}-01", round + 1)),
        Item::Primitive(Primitive::TimeOfDay) => json!(format!("0{}:00:00", round + 1)),
        Item::Primitive(Primitive::Duration) => json!(format!("P{}D", round + 1)),
        Item::Primitive(Primitive::Guid) => json!(format!("33333333-3333-4333-8333-33333333333{round}")),
        Item::Primitive(Primitive::Binary | Primitive::Stream) => json!(["QUJD", "REVG"][round]),
        Item::Primitive(Primitive::String) => json!(format!("Sample {name} {round}")),
        Item::Enum(id) => {
            let members = &surface.schema.enumeration(id).members;
            let known: Vec<&str> =
                members.iter().map(|(name, _)| *name).filter(|name| !name.starts_with("unknown")).collect();
            json!(known[(known.len() - 1).saturating_sub(round)])
        }
        Item::Complex(of) => structure(surface, of, round, depth),
    }
}

fn structure(surface: &'static Surface, ty: TypeId, round: usize, depth: usize) -> Value {
    let declared = surface.schema.ty(ty);
    let concrete = if declared.is_abstract { declared.concrete[0] } else { ty };
    let structure = surface.schema.ty(concrete);
    let mut object = json!({});
    if concrete != ty {
        object["@odata.type"] = json!(format!("#microsoft.graph.{}", structure.name));
    }
    assert!(depth < 8, "a type that holds itself needs a sample of its own: {}", structure.name);
    for property in &structure.properties {
        object[property.name] = match property.name {
            "redirectUris" | "redirectUriSettings" => sample(surface, property, round),
            name => value(surface, name, property.ty, round, depth + 1),
        };
    }
    object
}

/// Whether what is read holds what was sent; instants in any writing, and names in any letter case.
pub fn contains(read: &Value, sent: &Value) -> bool {
    match (read, sent) {
        (Value::Object(read), Value::Object(sent)) => {
            sent.iter().all(|(name, sent)| read.get(name).is_some_and(|read| contains(read, sent)))
        }
        (Value::Array(read), Value::Array(sent)) => {
            read.len() == sent.len() && read.iter().zip(sent).all(|(read, sent)| contains(read, sent))
        }
        (Value::String(read), Value::String(sent)) => {
            let instant = |text: &str| text.parse::<jiff::Timestamp>().ok();
            read.eq_ignore_ascii_case(sent) || instant(read).is_some_and(|at| Some(at) == instant(sent))
        }
        _ => read == sent,
    }
}
