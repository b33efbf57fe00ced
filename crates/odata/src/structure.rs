//! JSON values to values of declared types; structures and collections to one canonical text:
//! members in the schema's order and spelling, `@odata.type` first where it says something, dates
//! and GUIDs in one form. Two bodies that mean the same give the same text.

use std::collections::HashSet;

use crate::annotation;
use crate::error::{Fault, FaultKind};
use crate::json::Node;
use crate::literal;
use crate::schema::{Access, Item, Kind, Member, Primitive, Schema, Type, TypeId};
use crate::value::Value;
use crate::write;

fn fault(path: &str, message: impl Into<String>) -> Fault {
    Fault::new(FaultKind::Value, path, message)
}

/// `a/b`, or `b` at the top.
pub(crate) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") }
}

/// Finds members whose names differ in letter case alone.
#[derive(Default)]
pub(crate) struct Seen(HashSet<String>);

impl Seen {
    pub(crate) fn once(&mut self, name: &str, path: &str) -> Result<(), Fault> {
        if self.0.insert(name.to_ascii_lowercase()) {
            return Ok(());
        }
        Err(Fault::new(FaultKind::Json, path, format!("The body has the property '{path}' twice.")))
    }
}

/// The type that `@odata.type` names, or the declared one; and the text that was sent.
pub(crate) fn ty(
    schema: &Schema,
    declared: TypeId,
    members: &[(String, Node)],
    aliases: &[(&str, &str)],
    path: &str,
) -> Result<(TypeId, Option<String>), Fault> {
    let said =
        members.iter().find(|(name, _)| name.eq_ignore_ascii_case("@odata.type") || name.eq_ignore_ascii_case("@type"));
    let Some((name, node)) = said else { return Ok((declared, None)) };
    let path = join(path, name);
    let text = match node {
        Node::Text(text) => text,
        Node::Null => return Ok((declared, None)),
        _ => return Err(fault(&path, format!("'{path}' has to be a string, not {}.", node.kind()))),
    };
    let full = text.strip_prefix('#').unwrap_or(text);
    let alias = aliases.iter().find(|(known, _)| known.strip_prefix('#').unwrap_or(known).eq_ignore_ascii_case(full));
    let name = alias.map(|(_, name)| *name).or_else(|| schema.unqualified(full));
    let found = name.and_then(|name| schema.find(name)).filter(|found| schema.is_a(*found, declared));
    match found {
        Some(found) => Ok((found, Some(text.clone()))),
        None => {
            let wanted = schema.ty(declared).name;
            Err(fault(
                &path,
                format!("'{text}' in '{path}' is neither '{}.{wanted}' nor derived from it.", schema.namespace),
            ))
        }
    }
}

/// Reads a JSON value as `ty`. `complete` says whether required members of structures are asked for.
pub(crate) fn value(schema: &Schema, node: &Node, ty: Type, complete: bool, path: &str) -> Result<Value, Fault> {
    if ty.many {
        if *node == Node::Null {
            return Ok(Value::Null);
        }
        let mut out = Vec::new();
        canonical(schema, node, ty, complete, path, &mut out)?;
        return Ok(Value::Json(text(out)));
    }
    match ty.item {
        Item::Primitive(kind) => primitive(node, kind, path),
        Item::Enum(id) => match node {
            Node::Null => Ok(Value::Null),
            Node::Text(name) => match schema.enumeration(id).number(name) {
                Some(number) => Ok(Value::Int(number)),
                None => Err(fault(
                    path,
                    format!("'{name}' is not a value of '{path}', which takes {}.", literal::members(schema, id)),
                )),
            },
            _ => Err(fault(path, format!("'{path}' takes {}, not {}.", literal::members(schema, id), node.kind()))),
        },
        Item::Complex(_) if *node == Node::Null => Ok(Value::Null),
        Item::Complex(_) => {
            let mut out = Vec::new();
            canonical(schema, node, ty, complete, path, &mut out)?;
            Ok(Value::Json(text(out)))
        }
    }
}

/// What `canonical` wrote is UTF-8, being made of strings.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_default()
}

fn primitive(node: &Node, kind: Primitive, path: &str) -> Result<Value, Fault> {
    let wrong = |expected: &str| fault(path, format!("'{path}' takes {expected}, not {}.", node.kind()));
    match (node, kind) {
        (Node::Null, _) => Ok(Value::Null),
        (Node::Bool(value), Primitive::Boolean) => Ok(Value::Bool(*value)),
        (Node::Int(number), Primitive::Int64) => Ok(Value::Int(*number)),
        (Node::Int(number), Primitive::Int32) if i32::try_from(*number).is_ok() => Ok(Value::Int(*number)),
        (Node::Int(number), Primitive::Double) => Ok(Value::Double(*number as f64)),
        // Some writers know one kind of number only, and send 5.0.
        (Node::Double(number), Primitive::Int32 | Primitive::Int64)
            if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0 =>
        {
            primitive(&Node::Int(*number as i64), kind, path)
        }
        (Node::Double(number), Primitive::Double) => Ok(Value::Double(*number)),
        (Node::Text(text), _) => literal::from_text(text, kind)
            .map_err(|expected| fault(path, format!("'{path}' takes {expected}, not this text."))),
        (Node::Int(_), Primitive::Int32) => Err(fault(path, format!("'{path}' takes {}.", literal::expected(kind)))),
        _ => Err(wrong(literal::expected(kind))),
    }
}

fn canonical(
    schema: &Schema,
    node: &Node,
    ty: Type,
    complete: bool,
    path: &str,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    if ty.many {
        let Node::Array(items) = node else {
            return Err(fault(path, format!("'{path}' has to be an array, not {}.", node.kind())));
        };
        out.push(b'[');
        for (at, item) in items.iter().enumerate() {
            let path = format!("{path}[{at}]");
            if *item == Node::Null {
                return Err(fault(&path, format!("'{path}' can't be null.")));
            }
            if at > 0 {
                out.push(b',');
            }
            canonical(schema, item, Type { item: ty.item, many: false }, complete, &path, out)?;
        }
        out.push(b']');
        return Ok(());
    }
    if let (Item::Complex(declared), false) = (ty.item, *node == Node::Null) {
        return object(schema, node, declared, complete, path, out);
    }
    let value = value(schema, node, ty, complete, path)?;
    write::value(out, &value, &ty, schema);
    Ok(())
}

fn object(
    schema: &Schema,
    node: &Node,
    declared: TypeId,
    complete: bool,
    path: &str,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    let Node::Object(members) = node else {
        return Err(fault(path, format!("'{path}' has to be an object, not {}.", node.kind())));
    };
    let (id, _) = ty(schema, declared, members, &[], path)?;
    let structure = schema.ty(id);
    // An entity as a value names one that is there: by its `id`, and what else is said of it.
    let names = structure.kind == Kind::Entity;
    if structure.is_abstract && !names {
        let target = join(path, "@odata.type");
        let message = format!("'{}' is abstract: '{target}' has to say which type is meant.", structure.name);
        return Err(fault(&target, message));
    }
    let complete = complete && !names;
    let mut slots: Vec<Option<&Node>> = vec![None; structure.properties.len()];
    let mut extra = Vec::new();
    let mut seen = Seen::default();
    for (name, node) in members {
        let path = join(path, name);
        if annotation::without_references(name, &path)? {
            continue;
        }
        seen.once(name, &path)?;
        match structure.member(name) {
            Some(Member::Property(at)) => {
                if let Some(slot) = slots.get_mut(at) {
                    *slot = Some(node);
                }
            }
            Some(Member::Navigation(_)) => return Err(fault(&path, format!("'{path}' can't be set here."))),
            None if structure.open => extra.push((name, node)),
            None => {
                let message = format!("The property '{path}' does not exist on type '{}'.", structure.name);
                return Err(Fault::new(FaultKind::UnknownProperty, path, message));
            }
        }
    }
    out.push(b'{');
    let start = out.len();
    let comma = |out: &mut Vec<u8>| {
        if out.len() > start {
            out.push(b',');
        }
    };
    if id != declared || schema.ty(declared).is_abstract && !names {
        write::name(out, "@odata.type");
        write::string(out, &format!("#{}.{}", schema.namespace, structure.name));
    }
    for (property, slot) in structure.properties.iter().zip(slots) {
        let path = join(path, property.name);
        let empty = Node::Array(Vec::new());
        let taken = property.access != Access::ReadOnly || names && property.name == "id";
        let given = slot.filter(|_| taken).and_then(|node| match node {
            Node::Null if property.ty.many => Some(&empty),
            Node::Null if property.required && complete || !property.nullable => None,
            node => Some(node),
        });
        let Some(node) = given else {
            if property.required && complete {
                return Err(fault(&path, format!("The property '{path}' is required.")));
            }
            continue;
        };
        comma(out);
        write::name(out, property.name);
        if *node == Node::Null {
            out.extend(b"null");
        } else {
            canonical(schema, node, property.ty, complete, &path, out)?;
        }
    }
    for (name, node) in extra {
        comma(out);
        write::name(out, name);
        node.write(out);
    }
    out.push(b'}');
    Ok(())
}
