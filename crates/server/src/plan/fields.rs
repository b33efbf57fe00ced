//! From a body to the fields and links of a command.

use super::{Ask, Lookup, application, target};
use crate::error::Error;
use auth::issuer::request::Hidden;
use domain::command::Relation;
use domain::fields::{Fields, Value as Field};
use model::Surface;
use model::def::{ColumnType, Store};
use odata::body::Body;
use odata::error::{Fault, FaultKind};
use odata::schema::TypeId;
use odata::value::Value;
use uuid::Uuid;

/// What a body says, in the rules' words.
pub struct Prepared {
    pub fields: Fields,
    pub links: Vec<(Relation, Uuid)>,
    /// Not hashed yet.
    pub password: Option<Hidden>,
}

impl Prepared {
    /// The place of the password's hash in a command: there, and empty.
    pub fn password_hash(&self) -> Option<String> {
        self.password.as_ref().map(|_| String::new())
    }
}

/// Navigations of directory objects that a body may set.
pub const DIRECTORY_LINKS: &[&str] = &["manager", "members", "owners", "sponsors"];

/// Prepares a body: fields by core name, references looked up, the password apart. `takes` are the core
/// names of the navigations that the body may set, whether as links or read by the caller himself.
///
/// # Errors
/// A fault about any other navigation that the body sets: what nobody sees to is never dropped.
pub async fn prepare(ask: &Ask<'_>, body: &Body, takes: &[&str], lookup: &impl Lookup) -> Result<Prepared, Error> {
    takes_only(ask, body, takes)?;
    application::check(ask.surface, body)?;
    let mut prepared =
        Prepared { fields: fields(ask.surface, body.ty, &body.values), links: Vec::new(), password: None };
    for (at, value) in &body.values {
        if ask.surface.prop(body.ty, *at).core == "passwordProfile"
            && let Value::Json(text) = value
            && let Some(password) = password(text)
        {
            prepared.password = Some(password?);
        }
    }
    let schema = ask.surface.schema.ty(body.ty);
    for (nav, references) in &body.links {
        let Some(relation) = relation(ask.surface, body.ty, *nav) else {
            continue;
        };
        let name = schema.navigations.get(*nav).map_or("@odata.bind", |navigation| navigation.name);
        for text in references {
            let (id, _) = target::reference(ask, text, &format!("{name}@odata.bind"), lookup).await?;
            prepared.links.push((relation, id));
        }
    }
    for (nav, bodies) in &body.inline {
        let Some(relation) = relation(ask.surface, body.ty, *nav) else {
            continue;
        };
        let name = schema.navigations.get(*nav).map_or("@odata.bind", |navigation| navigation.name);
        for body in bodies {
            prepared.links.push((relation, inline_id(body, name)?));
        }
    }
    Ok(prepared)
}

/// Refuses a body that sets another navigation than those.
pub fn takes_only(ask: &Ask<'_>, body: &Body, takes: &[&str]) -> Result<(), Error> {
    takes_only_at(ask, body, takes, "")
}

/// The same for a body within another, at the end of `path`.
pub fn takes_only_at(ask: &Ask<'_>, body: &Body, takes: &[&str], path: &str) -> Result<(), Error> {
    let links = body.links.iter().filter(|(_, references)| !references.is_empty()).map(|(nav, _)| (*nav, true));
    let mut set = links.chain(body.inline.iter().map(|(nav, _)| (*nav, false)));
    let Some((nav, is_link)) = set.find(|(nav, _)| !takes.contains(&ask.surface.nav(body.ty, *nav).core)) else {
        return Ok(());
    };
    let name = ask.surface.schema.ty(body.ty).navigations.get(nav).map_or("", |navigation| navigation.name);
    let name = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
    let target = if is_link { format!("{name}@odata.bind") } else { name.clone() };
    let message = format!("'{name}' can't be set in this body; it is changed by a request of its own.");
    Err(Fault::new(FaultKind::Value, target, message).into())
}

/// Refuses an entity inline under the navigation of this core name, at `path`, that sets navigations of its own:
/// it is named, and not changed.
pub fn names_only(ask: &Ask<'_>, body: &Body, core: &str, path: &str) -> Result<(), Error> {
    inline(ask.surface, body, core).iter().try_for_each(|named| takes_only_at(ask, named, &[], path))
}

/// The entities that a body has inline under the navigation of this core name.
pub fn inline<'b>(surface: &'static Surface, body: &'b Body, core: &str) -> &'b [Body] {
    let found = body.inline.iter().find(|(nav, _)| surface.nav(body.ty, *nav).core == core);
    found.map(|(_, bodies)| bodies.as_slice()).unwrap_or_default()
}

/// The first reference that a body binds to the navigation of this core name.
pub fn bound<'b>(surface: &'static Surface, body: &'b Body, core: &str) -> Option<&'b str> {
    let found = body.links.iter().find(|(nav, _)| surface.nav(body.ty, *nav).core == core);
    found.and_then(|(_, links)| links.first()).map(String::as_str)
}

/// The id in an inline `{ "id": … }`.
pub fn inline_id(body: &Body, name: &str) -> Result<Uuid, Error> {
    let id = body.id.as_deref().unwrap_or_default();
    Uuid::try_parse(id).map_err(|_| {
        let target = format!("{name}/id");
        Fault::new(FaultKind::Value, target.clone(), format!("'{target}' has to be an id.")).into()
    })
}

/// The link that a navigation stands for, if rules know it.
pub fn relation(surface: &'static Surface, owner: TypeId, nav: usize) -> Option<Relation> {
    let name = surface.nav(owner, nav).core;
    Relation::ALL.into_iter().find(|relation| relation.name() == name)
}

/// The fields among `values`, by core name. What is kept elsewhere isn't one.
pub fn fields(surface: &'static Surface, ty: TypeId, values: &[(usize, Value)]) -> Fields {
    let mut fields = Fields::default();
    for (at, value) in values {
        let property = surface.prop(ty, *at);
        if property.store != Store::Elsewhere {
            fields.set(property.core, field(value, property.column_type()));
        }
    }
    fields
}

/// A value as the rules see it; ids that travel as strings become ids.
pub fn field(value: &Value, ty: ColumnType) -> Field {
    match value {
        Value::Null => Field::Null,
        Value::Bool(yes) => Field::Bool(*yes),
        Value::Int(number) => Field::Int(*number),
        Value::Double(number) => Field::Json(number.to_string()),
        Value::Text(text) if ty == ColumnType::Uuid => match Uuid::try_parse(text) {
            Ok(id) => Field::Guid(id),
            Err(_) => Field::Text(text.clone()),
        },
        Value::Text(text) => Field::Text(text.clone()),
        Value::Guid(id) => Field::Guid(*id),
        Value::Time(time) => Field::Time(*time),
        Value::Json(text) => Field::Json(text.clone()),
    }
}

/// The password in a `passwordProfile`, if it has one.
fn password(profile: &str) -> Option<Result<Hidden, Error>> {
    const LONGEST: usize = 256;
    let profile: serde_json::Value = serde_json::from_str(profile).ok()?;
    let password = profile.get("password")?.as_str()?;
    if password.is_empty() || password.len() > LONGEST {
        let target = "passwordProfile/password";
        let message = format!("'{target}' has to have 1 to {LONGEST} characters.");
        return Some(Err(Fault::new(FaultKind::Value, target, message).into()));
    }
    Some(Ok(Hidden::new(password)))
}
