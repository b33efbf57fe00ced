//! Request bodies, checked against the schema to the last member: what comes out has the declared
//! types and the schema's own spelling. Whether the caller may set it, and whether links lead
//! anywhere, is asked later. A fault always names the path to what is wrong.

use crate::annotation::{self, Annotation};
use crate::error::{Fault, FaultKind};
use crate::json::{self, Node};
use crate::limits;
use crate::schema::{Access, Item, Member, Navigation, Property, Schema, TypeId};
use crate::structure::{self, join};
use crate::value::Value;

/// What the body is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// POST: what is required must be there.
    Create,
    /// PATCH: what is there is changed.
    Update,
    /// PUT: as `Create`, of something that exists.
    Replace,
}

/// Leave given to unusual bodies.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// Names in `@odata.type` that stand for one of our types: the name as sent, with or without
    /// `#`, and the type's name without namespace.
    pub type_aliases: &'a [(&'a str, &'a str)],
    /// Keep unknown members of open entity types in [`Body::extra`] instead of refusing them.
    pub keep_extra: bool,
    /// Ask for nothing that is required at the top: the caller fills it in, or needs only the id.
    pub nothing_required: bool,
    /// Other names of members at the top: the name that may be sent, and the one that it stands for.
    pub member_aliases: &'a [(&'a str, &'a str)],
    /// Take `@odata.id` at the top of a new entity as a reference to one that exists
    /// ([`Body::reference`]) instead of refusing it.
    pub reference: bool,
}

/// A body whose every member is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// After `@odata.type`; always concrete, unless this is an inline link.
    pub ty: TypeId,
    /// In the order of the body, by index in `ty`.
    pub values: Vec<(usize, Value)>,
    /// Create-only properties that an update names: a change of them is to be refused, a repetition
    /// of the present value is not (Terraform repeats them all).
    pub fixed: Vec<(usize, Value)>,
    /// The `id` as it was sent, also where the service makes ids itself.
    pub id: Option<String>,
    /// The top's `@odata.id`, if the options let it name an entity.
    pub reference: Option<String>,
    /// References by navigation: `name@odata.bind`, or `{"@odata.id": …}` inline.
    pub links: Vec<(usize, Vec<String>)>,
    /// Entities inline by navigation, often just `{"id": …}`. No entries for `null` and for `[]`.
    pub inline: Vec<(usize, Vec<Body>)>,
    /// `@odata.type` as it was sent.
    pub odata_type: Option<String>,
    /// Unknown members of an open type, with their JSON, if they were to be kept.
    pub extra: Vec<(String, String)>,
}

impl Body {
    /// The value sent for a property, by its index in `ty`.
    pub fn value(&self, property: usize) -> Option<&Value> {
        self.values.iter().find(|(at, _)| *at == property).map(|(_, value)| value)
    }
}

/// Reads a body as an entity of type `ty` or one that derives from it.
///
/// # Errors
/// `Json`, `TooLarge` for the text; `UnknownProperty`; `Value` for a value, a missing required
/// property or a wrong `@odata.type`; `Reference` for a link where none can be.
pub fn read_entity(
    schema: &Schema,
    ty: TypeId,
    bytes: &[u8],
    mode: Mode,
    options: &Options<'_>,
) -> Result<Body, Fault> {
    let node = json::parse(bytes)?;
    let mut reader = Reader { schema, options, mode, links: 0 };
    reader.entity(ty, &node, Place::Top(mode), "")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Top(Mode),
    /// Made together with its parent.
    Contained,
    /// Names something that exists: nothing is required, and what is read-only identifies.
    Link,
}

struct Reader<'a> {
    schema: &'a Schema,
    options: &'a Options<'a>,
    mode: Mode,
    links: usize,
}

fn value_fault(path: &str, message: impl Into<String>) -> Fault {
    Fault::new(FaultKind::Value, path, message)
}

impl Reader<'_> {
    fn entity(&mut self, declared: TypeId, node: &Node, place: Place, path: &str) -> Result<Body, Fault> {
        let Node::Object(members) = node else {
            let target = if path.is_empty() { "body" } else { path };
            return Err(value_fault(target, format!("'{target}' has to be an object, not {}.", node.kind())));
        };
        let (ty, odata_type) = structure::ty(self.schema, declared, members, self.options.type_aliases, path)?;
        let structure = self.schema.ty(ty);
        if structure.is_abstract && place != Place::Link {
            let target = join(path, "@odata.type");
            let message = format!("'{}' is abstract: '@odata.type' has to say which type is meant.", structure.name);
            return Err(value_fault(&target, message));
        }
        let mut body = Body {
            ty,
            values: Vec::with_capacity(members.len()),
            fixed: Vec::new(),
            id: None,
            reference: None,
            links: Vec::new(),
            inline: Vec::new(),
            odata_type,
            extra: Vec::new(),
        };
        let mut seen = structure::Seen::default();
        for (name, value) in members {
            let path = join(path, name);
            match annotation::read(name, &path)? {
                None => {}
                Some(Annotation::Type | Annotation::Informational) => continue,
                Some(Annotation::Bind(owner)) => {
                    seen.once(name, &path)?;
                    self.bind(&mut body, owner, value, place, &path)?;
                    continue;
                }
                Some(Annotation::Reference) => {
                    seen.once("@odata.id", &path)?;
                    self.reference(&mut body, value, place, &path)?;
                    continue;
                }
            }
            let name = self.named(name, place);
            seen.once(name, &path)?;
            match structure.member(name) {
                Some(Member::Property(at)) => {
                    if let Some(property) = structure.properties.get(at) {
                        self.property(&mut body, at, property, value, place, &path)?;
                    }
                }
                Some(Member::Navigation(at)) => {
                    if let Some(navigation) = structure.navigations.get(at) {
                        self.navigation(&mut body, at, navigation, value, place, &path)?;
                    }
                }
                None if structure.open && self.options.keep_extra => {
                    let mut text = Vec::new();
                    value.write(&mut text);
                    body.extra.push((name.to_owned(), String::from_utf8(text).unwrap_or_default()));
                }
                None => return Err(unknown(&path, structure.name)),
            }
        }
        let complete = match place {
            Place::Top(Mode::Create | Mode::Replace) => !self.options.nothing_required,
            Place::Contained => true,
            Place::Top(Mode::Update) | Place::Link => false,
        };
        if complete {
            for (at, property) in structure.properties.iter().enumerate() {
                if property.required && !body.values.iter().any(|(known, _)| *known == at) {
                    let path = join(path, property.name);
                    return Err(value_fault(&path, format!("The property '{path}' is required.")));
                }
            }
        }
        Ok(body)
    }

    /// `@odata.id`. An update names its entity by the path, so that it only repeats what was read, there
    /// and in what the entity contains.
    fn reference(&self, body: &mut Body, node: &Node, place: Place, path: &str) -> Result<(), Fault> {
        match (place, node) {
            (Place::Top(Mode::Update | Mode::Replace), _) => Ok(()),
            (Place::Contained, _) if self.mode != Mode::Create => Ok(()),
            (Place::Top(Mode::Create), Node::Text(text)) if self.options.reference => {
                body.reference = Some(text.clone());
                Ok(())
            }
            (Place::Top(Mode::Create), _) if self.options.reference => {
                Err(Fault::new(FaultKind::Reference, path, format!("'{path}' has to be a string.")))
            }
            (Place::Top(Mode::Create), _) => {
                let why = "this request makes something new; what exists is linked by '$ref' or '@odata.bind'";
                Err(annotation::refused(path, why))
            }
            (Place::Contained, _) => Err(annotation::refused(path, "what stands here is made anew")),
            (Place::Link, _) => Err(Fault::new(FaultKind::Reference, path, format!("'{path}' has to be a string."))),
        }
    }

    /// The name that a member goes by.
    fn named<'n>(&self, name: &'n str, place: Place) -> &'n str
    where
        Self: 'n,
    {
        let stands_for = |(other, _): &&(&str, &str)| other.eq_ignore_ascii_case(name);
        match self.options.member_aliases.iter().find(stands_for) {
            Some((_, stands_for)) if matches!(place, Place::Top(_)) => stands_for,
            _ => name,
        }
    }

    fn property(
        &self,
        body: &mut Body,
        at: usize,
        property: &Property,
        node: &Node,
        place: Place,
        path: &str,
    ) -> Result<(), Fault> {
        if property.name == "id" {
            match node {
                Node::Text(id) if id.is_empty() || id.contains('\0') => {
                    return Err(value_fault(path, "An 'id' can't be empty."));
                }
                Node::Text(id) => body.id = Some(id.clone()),
                Node::Null => {}
                // It names somebody: a slip must not pass for its absence.
                _ => return Err(value_fault(path, format!("'{path}' has to be a string, not {}.", node.kind()))),
            }
        }
        if property.access == Access::ReadOnly && place != Place::Link {
            // It is left aside, and a slip is one all the same. What stands in a structure may be newer than
            // our schema.
            if *node != Node::Null && !matches!(property.ty.item, Item::Complex(_)) {
                structure::value(self.schema, node, property.ty, true, path)?;
            }
            return Ok(());
        }
        let creating = !matches!(place, Place::Top(Mode::Update));
        if *node == Node::Null && (creating && property.required || !property.nullable) {
            // Clients spell out what they leave unset.
            if creating {
                return Ok(());
            }
            if !property.ty.many {
                return Err(value_fault(path, format!("The property '{path}' can't be null.")));
            }
            // Null clears, and a cleared collection is an empty one.
            return self.property(body, at, property, &Node::Array(Vec::new()), place, path);
        }
        let value = structure::value(self.schema, node, property.ty, creating && place != Place::Link, path)?;
        if property.access == Access::CreateOnly && !creating {
            body.fixed.push((at, value));
        } else {
            body.values.push((at, value));
        }
        Ok(())
    }

    fn navigation(
        &mut self,
        body: &mut Body,
        at: usize,
        navigation: &Navigation,
        node: &Node,
        place: Place,
        path: &str,
    ) -> Result<(), Fault> {
        let single = [node];
        let many: Vec<&Node>;
        let nodes: &[&Node] = match node {
            Node::Null => return Ok(()),
            Node::Array(items) if navigation.many => {
                many = items.iter().collect();
                &many
            }
            Node::Object(_) if !navigation.many => &single,
            _ => {
                let wanted = if navigation.many { "an array" } else { "an object" };
                return Err(value_fault(path, format!("'{path}' has to be {wanted}, not {}.", node.kind())));
            }
        };
        // An empty list says something too: that there be none.
        let settable = match place {
            Place::Top(_) => navigation.bindable || navigation.inline,
            Place::Contained | Place::Link => navigation.bindable || navigation.contained || nodes.is_empty(),
        };
        if !settable {
            return Err(value_fault(path, format!("'{path}' can't be set here.")));
        }
        let (mut references, mut bodies) = (Vec::new(), Vec::new());
        for (index, item) in nodes.iter().enumerate() {
            let path = if navigation.many { format!("{path}[{index}]") } else { path.to_owned() };
            if navigation.bindable {
                self.count_link(&path)?;
            }
            match reference(item) {
                Some(reference) if navigation.bindable => {
                    names_one(item, reference, &path)?;
                    references.push(reference.to_owned());
                }
                _ => {
                    let place = if navigation.bindable { Place::Link } else { Place::Contained };
                    bodies.push(self.entity(navigation.target, item, place, &path)?);
                }
            }
        }
        if !references.is_empty() {
            body.links.push((at, references));
        }
        if !bodies.is_empty() {
            body.inline.push((at, bodies));
        }
        Ok(())
    }

    /// `name@odata.bind`
    fn bind(&mut self, body: &mut Body, name: &str, node: &Node, place: Place, path: &str) -> Result<(), Fault> {
        let structure = self.schema.ty(body.ty);
        let (at, navigation) = structure.navigation(name).ok_or_else(|| unknown(path, structure.name))?;
        if !navigation.bindable {
            return Err(Fault::new(FaultKind::Reference, path, format!("'{name}' can't be set by a reference.")));
        }
        let wrong = || {
            let wanted = if navigation.many { "an array of strings" } else { "a string" };
            Fault::new(FaultKind::Reference, path, format!("'{path}' has to be {wanted}."))
        };
        let mut references = Vec::new();
        match node {
            Node::Null if place == Place::Top(Mode::Update) => {
                let message = format!("'{path}' can't be null; a link is removed by DELETE of its '$ref'.");
                return Err(Fault::new(FaultKind::Reference, path, message));
            }
            Node::Null => {}
            Node::Text(text) if !navigation.many => references.push(text.clone()),
            Node::Array(items) if navigation.many => {
                for item in items {
                    let Node::Text(text) = item else { return Err(wrong()) };
                    references.push(text.clone());
                }
            }
            _ => return Err(wrong()),
        }
        for _ in &references {
            self.count_link(path)?;
        }
        if !references.is_empty() {
            body.links.push((at, references));
        }
        Ok(())
    }

    fn count_link(&mut self, path: &str) -> Result<(), Fault> {
        self.links += 1;
        if self.links > limits::BIND_COUNT {
            let message = format!("One body can set no more than {} links.", limits::BIND_COUNT);
            return Err(Fault::new(FaultKind::Value, path, message));
        }
        Ok(())
    }
}

fn unknown(path: &str, ty: &str) -> Fault {
    Fault::new(FaultKind::UnknownProperty, path, format!("The property '{path}' does not exist on type '{ty}'."))
}

fn reference(node: &Node) -> Option<&str> {
    let Node::Object(members) = node else { return None };
    members.iter().find_map(|(name, value)| match value {
        Node::Text(text) if is_id(name) => Some(text.as_str()),
        _ => None,
    })
}

/// Refuses an inline link whose `id` isn't the reference's, and annotations that ask for something else.
fn names_one(node: &Node, reference: &str, path: &str) -> Result<(), Fault> {
    let Node::Object(members) = node else { return Ok(()) };
    let key = reference.trim_end_matches([')', '\'']).rsplit(['/', '(', '\'']).next().unwrap_or_default();
    for (name, value) in members {
        let path = join(path, name);
        match annotation::read(name, &path)? {
            Some(Annotation::Bind(_)) => return Err(annotation::refused(&path, "a link has no links of its own")),
            None if name.eq_ignore_ascii_case("id") => match value {
                Node::Null => {}
                Node::Text(id) if id.eq_ignore_ascii_case(key) => {}
                _ => return Err(value_fault(&path, format!("'{path}' isn't the id in '@odata.id' beside it."))),
            },
            _ => {}
        }
    }
    Ok(())
}

fn is_id(name: &str) -> bool {
    name.eq_ignore_ascii_case("@odata.id") || name.eq_ignore_ascii_case("@id")
}

/// Reads the parameters of an action. An empty body is as good as `{}`.
///
/// # Errors
/// As [`read_entity`]; `Value` also for a parameter that is missing.
pub fn read_arguments(schema: &Schema, operation: usize, bytes: &[u8]) -> Result<Vec<(&'static str, Value)>, Fault> {
    let Some(operation) = schema.operations.get(operation) else {
        return Err(Fault::new(FaultKind::Segment, "operation", "There is no such operation."));
    };
    let node = if bytes.iter().all(u8::is_ascii_whitespace) { Node::Object(Vec::new()) } else { json::parse(bytes)? };
    let Node::Object(members) = node else {
        return Err(value_fault("body", format!("The body has to be an object, not {}.", node.kind())));
    };
    let mut out: Vec<(&'static str, Value)> = Vec::with_capacity(members.len());
    let mut seen = structure::Seen::default();
    for (name, node) in &members {
        if annotation::without_references(name, name)? {
            continue;
        }
        seen.once(name, name)?;
        let known = operation.parameters.iter().find(|(known, _, _)| known.eq_ignore_ascii_case(name));
        let Some((known, ty, _)) = known else {
            let message = format!("'{}' has no parameter '{name}'.", operation.name);
            return Err(Fault::new(FaultKind::UnknownProperty, name, message));
        };
        if *node != Node::Null {
            out.push((known, structure::value(schema, node, *ty, true, known)?));
        }
    }
    for (name, _, optional) in &operation.parameters {
        if !optional && !out.iter().any(|(known, _)| known == name) {
            return Err(value_fault(name, format!("The parameter '{name}' is required.")));
        }
    }
    Ok(out)
}

/// Reads the body of a `…/$ref`: `{"@odata.id": "…"}`. Returns the reference as it was sent.
///
/// # Errors
/// `Json`, `TooLarge` for the text; `Reference` where there is no `@odata.id`; `UnknownProperty` for
/// anything else in it.
pub fn read_link(bytes: &[u8]) -> Result<String, Fault> {
    let node = json::parse(bytes)?;
    let Node::Object(members) = &node else {
        return Err(value_fault("body", format!("The body has to be an object, not {}.", node.kind())));
    };
    let mut seen = structure::Seen::default();
    for (name, _) in members {
        match annotation::read(name, name)? {
            None => {
                let message = format!("The property '{name}' has no meaning in a link, which holds '@odata.id' only.");
                return Err(Fault::new(FaultKind::UnknownProperty, name, message));
            }
            Some(Annotation::Bind(_)) => return Err(annotation::refused(name, "a link has no links of its own")),
            Some(Annotation::Reference) => seen.once("@odata.id", name)?,
            Some(Annotation::Type | Annotation::Informational) => {}
        }
    }
    reference(&node).map(str::to_owned).ok_or_else(|| {
        Fault::new(
            FaultKind::Reference,
            "@odata.id",
            "The body has to name what is linked, as a string in '@odata.id'.",
        )
    })
}

#[cfg(test)]
mod tests;
