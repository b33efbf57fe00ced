//! Path segments to steps through the schema. A segment after a collection that is no cast, no
//! operation and no `$…` is a key, whatever it looks like; whether anything has that key is not
//! asked here.

use crate::error::{Fault, FaultKind};
use crate::literal::{self, Literal};
use crate::query::{End, Key, Step, Target};
use crate::schema::{Access, Item, Kind, Member, Operation, OperationType, Primitive, Schema, TypeId};
use crate::url::RawSegment;
use crate::value::Value;

/// Follows the segments from the schema's root.
///
/// # Errors
/// `Segment` for what the model doesn't know, `Key` for a key of the wrong form.
pub fn bind_path(schema: &Schema, segments: &[RawSegment]) -> Result<Target, Fault> {
    let mut walk = Walk { schema, steps: Vec::with_capacity(segments.len() + 1), ty: schema.root, many: false };
    let mut rest = segments;
    let mut end = End::Itself;
    while let Some((segment, behind)) = rest.split_first() {
        rest = behind;
        if let Some(found) = walk.segment(segment)? {
            end = found;
            break;
        }
    }
    if let End::Property { property, .. } = end
        && let Some((first, behind)) = rest.split_first()
        && first.name.eq_ignore_ascii_case("$value")
        && first.arguments.is_none()
        && schema.ty(walk.ty).properties.get(property).is_some_and(|property| !property.ty.many)
    {
        rest = behind;
        end = End::Property { property, value: true };
    }
    if let End::Operation { operation, count, .. } = &mut end
        && let Some((first, behind)) = rest.split_first()
        && first.name.eq_ignore_ascii_case("$count")
        && first.arguments.is_none()
        && schema.operations.get(*operation).is_some_and(gives_a_list)
    {
        rest = behind;
        *count = true;
    }
    match rest.first() {
        Some(extra) => Err(unknown(&extra.name)),
        None => Ok(Target { steps: walk.steps, ty: walk.ty, many: walk.many, end }),
    }
}

fn gives_a_list(operation: &Operation) -> bool {
    !operation.action && matches!(operation.returns, Some(OperationType::Entity { many: true, .. }))
}

fn unknown(segment: &str) -> Fault {
    Fault::new(FaultKind::Segment, segment, format!("Resource not found for the segment '{segment}'."))
}

fn bad_key(target: &str, message: impl Into<String>) -> Fault {
    Fault::new(FaultKind::Key, target, message)
}

struct Walk<'a> {
    schema: &'a Schema,
    steps: Vec<Step>,
    ty: TypeId,
    many: bool,
}

impl Walk<'_> {
    /// Takes one segment; says where the path ends, if it ends with it.
    fn segment(&mut self, segment: &RawSegment) -> Result<Option<End>, Fault> {
        let name = segment.name.as_str();
        if name.starts_with('$') {
            return self.system(segment).map(Some);
        }
        if name.contains('.')
            && let Some(found) = self.qualified(segment)?
        {
            return Ok(found);
        }
        if self.many {
            // What looks like a GUID can't be an operation, and is what comes most.
            if literal::guid(name).is_none()
                && let Some(end) = self.operation(name, segment)?
            {
                return Ok(Some(end));
            }
            if segment.arguments.is_some() {
                return Err(unknown(name));
            }
            let key = plain_key(self.schema, self.ty, name)?;
            self.steps.push(Step::Key(key));
            self.many = false;
            return Ok(None);
        }
        let ty = self.schema.ty(self.ty);
        match ty.member(name) {
            Some(Member::Navigation(at)) => self.navigate(at, segment).map(|()| None),
            Some(Member::Property(at)) => match ty.properties.get(at) {
                Some(property) if segment.arguments.is_none() && property.access != Access::WriteOnly => {
                    Ok(Some(End::Property { property: at, value: false }))
                }
                _ => Err(unknown(name)),
            },
            None => self.operation(name, segment)?.map(Some).ok_or_else(|| unknown(name)),
        }
    }

    fn navigate(&mut self, at: usize, segment: &RawSegment) -> Result<(), Fault> {
        let navigation = self.schema.ty(self.ty).navigations.get(at).ok_or_else(|| unknown(&segment.name))?;
        self.steps.push(Step::Navigate { owner: self.ty, nav: at });
        self.ty = navigation.target;
        self.many = navigation.many;
        if let Some(arguments) = &segment.arguments {
            if !navigation.many {
                return Err(unknown(&segment.name));
            }
            self.steps.push(Step::Key(key(self.schema, self.ty, &segment.name, arguments)?));
            self.many = false;
        }
        Ok(())
    }

    /// `$count`, `$ref`
    fn system(&self, segment: &RawSegment) -> Result<End, Fault> {
        let name = segment.name.as_str();
        let at_entity = self.schema.ty(self.ty).kind == Kind::Entity && segment.arguments.is_none();
        if name.eq_ignore_ascii_case("$count") && self.many && at_entity {
            Ok(End::Count)
        } else if name.eq_ignore_ascii_case("$ref") && at_entity {
            Ok(End::Ref)
        } else {
            Err(unknown(name))
        }
    }

    /// A cast or an operation with the namespace in front; `None` if it may be a key all the same.
    fn qualified(&mut self, segment: &RawSegment) -> Result<Option<Option<End>>, Fault> {
        let Some(name) = self.schema.unqualified(&segment.name) else { return Ok(None) };
        if segment.arguments.is_none()
            && let Some(ty) = self.schema.find(name)
            && self.schema.is_a(ty, self.ty)
        {
            if ty != self.ty {
                self.steps.push(Step::Cast(ty));
                self.ty = ty;
            }
            return Ok(Some(None));
        }
        if let Some(end) = self.operation(name, segment)? {
            return Ok(Some(Some(end)));
        }
        // A user may be called graph.admin@contoso.test.
        if self.many && segment.name.contains('@') { Ok(None) } else { Err(unknown(&segment.name)) }
    }

    fn operation(&self, name: &str, segment: &RawSegment) -> Result<Option<End>, Fault> {
        let given = segment.arguments.as_deref().unwrap_or_default();
        let fits = |operation: &Operation| takes(operation, given);
        if let Some((at, operation)) = self.schema.operation(name, self.ty, self.many, fits) {
            let arguments = arguments(self.schema, operation, given)?;
            return Ok(Some(End::Operation { operation: at, arguments, count: false }));
        }
        if self.schema.operation(name, self.ty, self.many, |_| true).is_some() {
            let message = format!("'{name}' does not take these parameters.");
            return Err(Fault::new(FaultKind::Segment, name, message));
        }
        Ok(None)
    }
}

/// Whether the parentheses hold what the operation needs. An action's parameters come in the body.
fn takes(operation: &Operation, given: &[(Option<String>, Literal)]) -> bool {
    let known = |wanted: &str| {
        given.iter().filter(|(name, _)| name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(wanted))).count()
    };
    if operation.action {
        return given.is_empty();
    }
    let mut matched = 0;
    for (name, _, optional) in &operation.parameters {
        match known(name) {
            0 if *optional => {}
            1 => matched += 1,
            _ => return false,
        }
    }
    matched == given.len()
}

fn arguments(
    schema: &Schema,
    operation: &Operation,
    given: &[(Option<String>, Literal)],
) -> Result<Vec<(&'static str, Value)>, Fault> {
    let mut out = Vec::with_capacity(given.len());
    for (name, ty, _) in &operation.parameters {
        let found =
            given.iter().find(|(known, _)| known.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(name)));
        let Some((_, literal)) = found else { continue };
        let fitted = if ty.many { Err("no list in a URL".to_owned()) } else { literal::fit(schema, literal, ty.item) };
        let value = fitted.map_err(|expected| {
            Fault::new(
                FaultKind::Value,
                *name,
                format!("The parameter '{name}' of '{}' takes {expected}.", operation.name),
            )
        })?;
        out.push((*name, value));
    }
    Ok(out)
}

/// A key that stands as a segment of its own.
fn plain_key(schema: &Schema, ty: TypeId, text: &str) -> Result<Key, Fault> {
    let structure = schema.ty(ty);
    if text.is_empty() {
        return Err(bad_key(structure.name, format!("The key of '{}' is empty.", structure.name)));
    }
    match structure.plain_key {
        Some(property) if literal::guid(text).is_none() => {
            alternate(schema, ty, property, &Literal::Text(text.to_owned()))
        }
        _ => Ok(Key::Id(text.to_owned())),
    }
}

fn alternate(schema: &Schema, ty: TypeId, property: usize, literal: &Literal) -> Result<Key, Fault> {
    let structure = schema.ty(ty);
    let Some(declared) = structure.properties.get(property) else {
        return Err(bad_key(structure.name, "There is no such key."));
    };
    match literal::fit(schema, literal, declared.ty.item) {
        Ok(Value::Null) => Err(bad_key(declared.name, format!("The key '{}' can't be null.", declared.name))),
        Ok(value) => Ok(Key::Alternate { property, value }),
        Err(expected) => Err(bad_key(declared.name, format!("The key '{}' takes {expected}.", declared.name))),
    }
}

/// A key in parentheses: `('x')`, `(id='x')`, `(appId='x')`.
fn key(schema: &Schema, ty: TypeId, set: &str, arguments: &[(Option<String>, Literal)]) -> Result<Key, Fault> {
    let structure = schema.ty(ty);
    let [(name, literal)] = arguments else {
        return Err(bad_key(set, format!("'{set}' takes exactly one key in its parentheses.")));
    };
    let text = match literal {
        Literal::Text(text) => text.clone(),
        Literal::Guid(id) => id.to_string(),
        Literal::Int(number) => number.to_string(),
        Literal::Prefixed { prefix, text } if prefix.eq_ignore_ascii_case("guid") => text.clone(),
        _ => return Err(bad_key(set, format!("The key of '{set}' has to stand in single quotes."))),
    };
    let Some(name) = name else { return plain_key(schema, ty, &text) };
    if name.eq_ignore_ascii_case("id") {
        return if text.is_empty() { plain_key(schema, ty, "") } else { Ok(Key::Id(text)) };
    }
    match structure.property(name) {
        Some((property, declared)) if structure.alternate_keys.contains(&property) => {
            if matches!(declared.ty.item, Item::Primitive(Primitive::String | Primitive::Guid)) {
                return alternate(schema, ty, property, &Literal::Text(text));
            }
            alternate(schema, ty, property, literal)
        }
        _ => Err(bad_key(name, format!("'{name}' is not a key of '{}'.", structure.name))),
    }
}
