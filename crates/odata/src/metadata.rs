//! `$metadata` and the service document: the schema told to machines. Everything in it is read from
//! the schema, so it can't promise what isn't there.

use std::collections::HashSet;
use std::fmt::Write as _;

use crate::schema::{Item, Kind, Navigation, OperationType, Primitive, Schema, StructType, Type, TypeId};
use crate::write as json;

/// The schema as EDMX 4.0. The order is that of the schema, so the text is the same each time.
pub fn csdl(schema: &Schema) -> String {
    let mut out = String::with_capacity(64 * 1024);
    // Writing to a String can't fail.
    let _ = write_csdl(schema, &mut out);
    out
}

fn write_csdl(schema: &Schema, out: &mut String) -> std::fmt::Result {
    out.push_str("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    out.push_str("<edmx:Edmx Version=\"4.0\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\">\n");
    out.push_str("  <edmx:DataServices>\n");
    let namespace = schema.namespace;
    let alias = namespace.rsplit('.').next().unwrap_or(namespace);
    writeln!(
        out,
        "    <Schema Namespace=\"{}\" Alias=\"{}\" xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">",
        escape(namespace),
        escape(alias)
    )?;
    let used = used_enums(schema);
    let declared = schema.enums.iter().enumerate().filter(|(at, each)| !each.as_string && used.contains(at));
    for (_, each) in declared {
        let flags = if each.flags { " IsFlags=\"true\"" } else { "" };
        writeln!(out, "      <EnumType Name=\"{}\"{flags}>", escape(each.name))?;
        for (name, number) in &each.members {
            writeln!(out, "        <Member Name=\"{}\" Value=\"{number}\"/>", escape(name))?;
        }
        out.push_str("      </EnumType>\n");
    }
    for ty in schema.types.iter().filter(|ty| ty.kind != Kind::Root) {
        structure(schema, ty, out)?;
    }
    operations(schema, out)?;
    container(schema, out)?;
    out.push_str("    </Schema>\n  </edmx:DataServices>\n</edmx:Edmx>\n");
    Ok(())
}

/// The enumerations that a property or an operation of this surface has: the others are the other surface's.
fn used_enums(schema: &Schema) -> HashSet<usize> {
    let properties = schema.types.iter().flat_map(|ty| &ty.properties).map(|property| property.ty);
    let parameters = schema.operations.iter().flat_map(|operation| &operation.parameters).map(|(_, ty, _)| *ty);
    let returned = schema.operations.iter().filter_map(|operation| match operation.returns {
        Some(OperationType::Value(ty)) => Some(ty),
        _ => None,
    });
    let number = |ty: Type| match ty.item {
        Item::Enum(id) => Some(usize::from(id.0)),
        _ => None,
    };
    properties.chain(parameters).chain(returned).filter_map(number).collect()
}

fn structure(schema: &Schema, ty: &StructType, out: &mut String) -> std::fmt::Result {
    let element = if ty.kind == Kind::Complex { "ComplexType" } else { "EntityType" };
    write!(out, "      <{element} Name=\"{}\"", escape(ty.name))?;
    if let Some(base) = ty.base {
        write!(out, " BaseType=\"{}\"", qualified(schema, base))?;
    }
    if ty.is_abstract {
        out.push_str(" Abstract=\"true\"");
    }
    if ty.open {
        out.push_str(" OpenType=\"true\"");
    }
    out.push_str(">\n");
    let properties = ty.properties.get(ty.declared_properties..).unwrap_or_default();
    if properties.iter().any(|property| property.name == "id") && ty.kind == Kind::Entity {
        out.push_str("        <Key>\n          <PropertyRef Name=\"id\"/>\n        </Key>\n");
    }
    for property in properties.iter().filter(|property| property.declared) {
        let edm = type_name(schema, property.ty);
        // An entity in a structure: only a navigation property may be one.
        if matches!(property.ty.item, Item::Complex(of) if schema.ty(of).kind == Kind::Entity) {
            writeln!(out, "        <NavigationProperty Name=\"{}\" Type=\"{edm}\"/>", escape(property.name))?;
            continue;
        }
        write!(out, "        <Property Name=\"{}\" Type=\"{edm}\"", escape(property.name))?;
        if !property.nullable {
            out.push_str(" Nullable=\"false\"");
        }
        out.push_str("/>\n");
    }
    for navigation in ty.navigations.get(ty.declared_navigations..).unwrap_or_default() {
        let target = qualified(schema, navigation.target);
        let target = if navigation.many { format!("Collection({target})") } else { target };
        write!(out, "        <NavigationProperty Name=\"{}\" Type=\"{target}\"", escape(navigation.name))?;
        if navigation.contained {
            out.push_str(" ContainsTarget=\"true\"");
        }
        out.push_str("/>\n");
    }
    writeln!(out, "      </{element}>")
}

fn operations(schema: &Schema, out: &mut String) -> std::fmt::Result {
    for operation in &schema.operations {
        let element = if operation.action { "Action" } else { "Function" };
        writeln!(out, "      <{element} Name=\"{}\" IsBound=\"true\">", escape(operation.name))?;
        let bound = qualified(schema, operation.bound_to);
        let bound = if operation.bound_to_collection { format!("Collection({bound})") } else { bound };
        writeln!(out, "        <Parameter Name=\"bindingParameter\" Type=\"{bound}\"/>")?;
        for (name, ty, optional) in &operation.parameters {
            let nullable = if *optional { "" } else { " Nullable=\"false\"" };
            writeln!(
                out,
                "        <Parameter Name=\"{}\" Type=\"{}\"{nullable}/>",
                escape(name),
                type_name(schema, *ty)
            )?;
        }
        let returns = operation.returns.map(|returns| match returns {
            OperationType::Value(ty) => type_name(schema, ty),
            OperationType::Entity { ty, many: true } => format!("Collection({})", qualified(schema, ty)),
            OperationType::Entity { ty, many: false } => qualified(schema, ty),
        });
        if let Some(returns) = returns {
            writeln!(out, "        <ReturnType Type=\"{returns}\"/>")?;
        }
        writeln!(out, "      </{element}>")?;
    }
    Ok(())
}

fn container(schema: &Schema, out: &mut String) -> std::fmt::Result {
    out.push_str("      <EntityContainer Name=\"GraphService\">\n");
    for set in &schema.ty(schema.root).navigations {
        let (element, attribute) = if set.many { ("EntitySet", "EntityType") } else { ("Singleton", "Type") };
        let target = qualified(schema, set.target);
        write!(out, "        <{element} Name=\"{}\" {attribute}=\"{target}\"", escape(set.name))?;
        let bindings = bindings(schema, set);
        if bindings.is_empty() {
            out.push_str("/>\n");
            continue;
        }
        out.push_str(">\n");
        for (path, target) in bindings {
            writeln!(
                out,
                "          <NavigationPropertyBinding Path=\"{}\" Target=\"{}\"/>",
                escape(path),
                escape(target)
            )?;
        }
        writeln!(out, "        </{element}>")?;
    }
    out.push_str("      </EntityContainer>\n");
    Ok(())
}

/// The navigations of a set's own type that lead into another set.
fn bindings<'a>(schema: &'a Schema, set: &Navigation) -> Vec<(&'a str, &'a str)> {
    let sets = &schema.ty(schema.root).navigations;
    let of = |target: TypeId| sets.iter().find(|set| set.many && set.target == target).map(|set| set.name);
    let navigations = schema.ty(set.target).navigations.iter().filter(|navigation| !navigation.contained);
    navigations.filter_map(|navigation| Some((navigation.name, of(navigation.target)?))).collect()
}

fn qualified(schema: &Schema, ty: TypeId) -> String {
    format!("{}.{}", escape(schema.namespace), escape(schema.ty(ty).name))
}

fn type_name(schema: &Schema, ty: Type) -> String {
    let item = match ty.item {
        Item::Primitive(primitive) => format!("Edm.{}", edm(primitive)),
        Item::Enum(id) if schema.enumeration(id).as_string => "Edm.String".to_owned(),
        Item::Enum(id) => format!("{}.{}", escape(schema.namespace), escape(schema.enumeration(id).name)),
        Item::Complex(id) => qualified(schema, id),
    };
    if ty.many { format!("Collection({item})") } else { item }
}

fn edm(primitive: Primitive) -> &'static str {
    match primitive {
        Primitive::Binary => "Binary",
        Primitive::Boolean => "Boolean",
        Primitive::Date => "Date",
        Primitive::DateTimeOffset => "DateTimeOffset",
        Primitive::Double => "Double",
        Primitive::Duration => "Duration",
        Primitive::Guid => "Guid",
        Primitive::Int32 => "Int32",
        Primitive::Int64 => "Int64",
        Primitive::Stream => "Stream",
        Primitive::String => "String",
        Primitive::TimeOfDay => "TimeOfDay",
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The service document: the sets and singletons with their relative URLs. `base` ends with the
/// version.
pub fn service_document(schema: &Schema, base: &str) -> String {
    let mut out = Vec::with_capacity(1024);
    out.push(b'{');
    json::name(&mut out, "@odata.context");
    json::string(&mut out, &format!("{}/$metadata", base.trim_end_matches('/')));
    out.push(b',');
    json::name(&mut out, "value");
    out.push(b'[');
    for (at, set) in schema.ty(schema.root).navigations.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.push(b'{');
        for (name, text) in [("name", set.name), ("kind", if set.many { "EntitySet" } else { "Singleton" })] {
            json::name(&mut out, name);
            json::string(&mut out, text);
            out.push(b',');
        }
        json::name(&mut out, "url");
        json::string(&mut out, set.name);
        out.push(b'}');
    }
    out.extend(b"]}");
    String::from_utf8(out).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn csdl_of_the_sample() {
        insta::assert_snapshot!(csdl(&sample::schema()));
    }

    #[test]
    fn service_document_of_the_sample() {
        insta::assert_snapshot!(service_document(&sample::schema(), "https://localhost:8443/v1.0"));
    }
}
