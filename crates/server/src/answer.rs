//! WRITE: rows to JSON, as one surface spells them. It knows which annotations Graph gives and when;
//! it must never decide what may be seen, since what isn't in the rows can't come out.

use model::Surface;
use model::def::{PropertyDef, Store};
use odata::accept::MetadataLevel;
use odata::bookmark::{self, Token};
use odata::budget::{Budget, Exceeded};
use odata::query::{Shape, Target};
use odata::schema::{Item, Primitive, Property, TypeId};
use odata::value::Value;
use odata::write::{self, Content};
use serde_json::value::RawValue;
use std::collections::HashMap;
use store::answer::{Expanded, Level, Row};
use uuid::Uuid;

/// What the answer is written for.
#[derive(Clone, Copy)]
pub struct Page<'a> {
    pub surface: &'static Surface,
    pub level: MetadataLevel,
    /// `https://host/v1.0`
    pub base: &'a str,
    /// Whose rows these are.
    pub tenant: Uuid,
    pub target: &'a Target,
    pub shape: &'a Shape,
    /// `Prefer: include-unknown-enum-members`
    pub unknown_members: bool,
    /// Given back in place of the type's own name (the beta seed operation echoes it).
    pub odata_type: Option<&'a str>,
    /// What the text may take; charged row by row.
    pub budget: &'a Budget,
}

impl Page<'_> {
    /// One entity.
    ///
    /// # Errors
    /// [`Exceeded`] when the answer would be larger than it may be; so for the others.
    pub fn entity(&self, level: &Level, row: &Row) -> Result<Vec<u8>, Exceeded> {
        let mut out = Vec::with_capacity(1024);
        out.push(b'{');
        let mut comma = false;
        self.context(&mut out, &mut comma, Content::Entity);
        self.members(&mut out, &mut comma, self.shape, level, row, Place::Top)?;
        out.push(b'}');
        Ok(out)
    }

    /// A page of a collection; `next` is the link to the next one.
    pub fn collection(&self, answer: &store::Answer, next: Option<&str>) -> Result<Vec<u8>, Exceeded> {
        let mut out = Vec::with_capacity(256 + answer.rows.len() * 640);
        self.open_collection(&mut out, Content::Collection, answer.count, next);
        for (at, row) in answer.rows.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            out.push(b'{');
            self.members(&mut out, &mut false, self.shape, &answer.level, row, Place::Item)?;
            out.push(b'}');
        }
        out.extend_from_slice(b"]}");
        Ok(out)
    }

    /// Links instead of entities.
    pub fn links(&self, answer: &store::Answer, next: Option<&str>) -> Result<Vec<u8>, Exceeded> {
        let mut out = Vec::with_capacity(256 + answer.rows.len() * 128);
        self.open_collection(&mut out, Content::Refs, answer.count, next);
        for (at, row) in answer.rows.iter().enumerate() {
            out.extend_from_slice(if at > 0 { b",{\"@odata.id\":" } else { b"{\"@odata.id\":" });
            let url = self.own_url(row).unwrap_or_else(|| self.entity_url(row.ty, &row.id));
            write::string(&mut out, &url);
            out.push(b'}');
            self.budget.wrote_row(out.len())?;
        }
        out.extend_from_slice(b"]}");
        Ok(out)
    }

    /// One link.
    pub fn link(&self, row: &Row) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        out.push(b'{');
        let mut comma = false;
        self.context(&mut out, &mut comma, Content::Ref);
        key(&mut out, &mut comma, "@odata.id");
        write::string(&mut out, &self.entity_url(row.ty, &row.id));
        out.push(b'}');
        out
    }

    /// One property of an entity; `None` where it has no value.
    pub fn property(&self, level: &Level, row: &Row, property: usize) -> Result<Option<Vec<u8>>, Exceeded> {
        let Some(declared) = self.surface.schema.ty(self.target.ty).properties.get(property) else {
            return Ok(None);
        };
        let mut text = Vec::with_capacity(128);
        let doc = Doc::of(level, row);
        self.value(&mut text, declared, level, row, &doc);
        if text == b"null" {
            return Ok(None);
        }
        let mut out = Vec::with_capacity(256);
        out.push(b'{');
        let mut comma = false;
        if self.level != MetadataLevel::None {
            key(&mut out, &mut comma, "@odata.context");
            let path = write::path(&self.surface.schema, &self.target.steps);
            let path = format!("{path}/{}", declared.name);
            write::string(&mut out, &write::context_url(self.base, &path, "", Content::Property));
        }
        key(&mut out, &mut comma, "value");
        out.extend_from_slice(&text);
        out.push(b'}');
        self.budget.wrote_row(out.len())?;
        Ok(Some(out))
    }

    /// A property's bare value, for `/$value`; `None` where it has none.
    pub fn bare(&self, level: &Level, row: &Row, property: usize) -> Result<Option<Vec<u8>>, Exceeded> {
        let Some(declared) = self.surface.schema.ty(self.target.ty).properties.get(property) else {
            return Ok(None);
        };
        let mut text = Vec::with_capacity(128);
        self.value(&mut text, declared, level, row, &Doc::of(level, row));
        self.budget.wrote_row(text.len())?;
        Ok(match serde_json::from_slice(&text) {
            Ok(serde_json::Value::Null) => None,
            Ok(serde_json::Value::String(text)) => Some(text.into_bytes()),
            _ => Some(text),
        })
    }

    fn context(&self, out: &mut Vec<u8>, comma: &mut bool, content: Content) {
        if self.level == MetadataLevel::None {
            return;
        }
        key(out, comma, "@odata.context");
        let path = write::set_path(&self.surface.schema, self.target);
        let fields = write::fields(&self.surface.schema, self.shape);
        write::string(out, &write::context_url(self.base, &path, &fields, content));
    }

    fn open_collection(&self, out: &mut Vec<u8>, content: Content, count: Option<u64>, next: Option<&str>) {
        out.push(b'{');
        let mut comma = false;
        self.context(out, &mut comma, content);
        if let Some(count) = count {
            key(out, &mut comma, "@odata.count");
            out.extend_from_slice(count.to_string().as_bytes());
        }
        if let Some(next) = next {
            key(out, &mut comma, "@odata.nextLink");
            write::string(out, next);
        }
        key(out, &mut comma, "value");
        out.push(b'[');
    }

    fn members(
        &self,
        out: &mut Vec<u8>,
        comma: &mut bool,
        shape: &Shape,
        level: &Level,
        row: &Row,
        place: Place,
    ) -> Result<(), Exceeded> {
        let schema = &self.surface.schema;
        let ty = schema.ty(row.ty);
        let echoed = self.odata_type.filter(|_| matches!(place, Place::Top));
        let polymorphic = row.ty != shape.ty || schema.ty(shape.ty).is_abstract;
        let named = match self.level {
            MetadataLevel::None => false,
            MetadataLevel::Minimal => polymorphic || echoed.is_some(),
            MetadataLevel::Full => true,
        };
        if named {
            key(out, comma, "@odata.type");
            match echoed {
                Some(name) => write::string(out, name),
                None => write::string(out, &format!("#{}.{}", schema.namespace, ty.name)),
            }
        }
        if self.level == MetadataLevel::Full
            && let Some(url) = self.own_url(row)
        {
            key(out, comma, "@odata.id");
            write::string(out, &url);
        }
        let doc = Doc::of(level, row);
        let outputs = shape.outputs.iter().find(|(each, _)| *each == row.ty);
        for property in outputs.into_iter().flat_map(|(_, list)| list).filter_map(|at| ty.properties.get(*at)) {
            key(out, comma, property.name);
            self.value(out, property, level, row, &doc);
        }
        self.budget.wrote_row(out.len())?;
        for ((expand, below), expanded) in shape.expand.iter().zip(&level.expands).zip(&row.expanded) {
            let Some(navigation) = schema.ty(expand.owner).navigations.get(expand.nav) else {
                continue;
            };
            if !schema.is_a(row.ty, expand.owner) {
                continue;
            }
            let written = self.expanded(out, comma, navigation.name, expand, below, expanded, row);
            written.map_err(|exceeded| exceeded.below(navigation.name))?;
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "one call; a struct for it would only rename them")]
    fn expanded(
        &self,
        out: &mut Vec<u8>,
        comma: &mut bool,
        name: &str,
        expand: &odata::query::Expand,
        level: &Level,
        expanded: &Expanded,
        parent: &Row,
    ) -> Result<(), Exceeded> {
        let one = |out: &mut Vec<u8>, row: &Row| {
            out.push(b'{');
            if expand.links_only {
                key(out, &mut false, "@odata.id");
                write::string(out, &self.entity_url(row.ty, &row.id));
                self.budget.wrote_row(out.len())?;
            } else {
                self.members(out, &mut false, &expand.shape, level, row, Place::Item)?;
            }
            out.push(b'}');
            Ok::<_, Exceeded>(())
        };
        match expanded {
            Expanded::One(row) => {
                key(out, comma, name);
                match row {
                    Some(row) => one(out, row)?,
                    None => out.extend_from_slice(b"null"),
                }
            }
            Expanded::Many { rows, count, next } => {
                if let Some(count) = count {
                    key(out, comma, &format!("{name}@odata.count"));
                    out.extend_from_slice(count.to_string().as_bytes());
                }
                if let Some(after) = next {
                    let mut path = self.entity_url(parent.ty, &parent.id);
                    path.push_str(&format!("/{name}"));
                    if let Some(cast) = expand.cast {
                        let schema = &self.surface.schema;
                        path.push_str(&format!("/{}.{}", schema.namespace, schema.ty(cast).name));
                    }
                    if expand.links_only {
                        path.push_str("/$ref");
                    }
                    let path = path.strip_prefix(self.base).unwrap_or(&path);
                    let place = bookmark::place(self.tenant, path);
                    let token = Token { after: after.clone(), place, count: false, remaining: None };
                    key(out, comma, &format!("{name}@odata.nextLink"));
                    write::string(out, &bookmark::next_link(self.base, path, &expand.options, &token));
                }
                key(out, comma, name);
                out.push(b'[');
                for (at, row) in rows.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    one(out, row)?;
                }
                out.push(b']');
            }
        }
        Ok(())
    }

    fn value(&self, out: &mut Vec<u8>, property: &Property, level: &Level, row: &Row, doc: &Doc<'_>) {
        let def = self.surface.property(property);
        let before = out.len();
        if level.shows(def.core) {
            match def.store {
                Store::Column(column) | Store::Mine(column) => {
                    if let Some(cell) = level.position(column).and_then(|at| row.cells.get(at)) {
                        write::value_with(out, cell, &property.ty, &self.surface.schema, self.unknown_members);
                    }
                }
                Store::Doc => self.document_value(out, property, def, doc),
                Store::Elsewhere => {}
            }
        }
        let empty = out.len() == before || out.get(before..) == Some(b"null");
        if empty {
            out.truncate(before);
            // A collection is never null.
            out.extend_from_slice(if property.ty.many { b"[]" } else { b"null" });
        }
    }

    fn document_value(&self, out: &mut Vec<u8>, property: &Property, def: &PropertyDef, doc: &Doc<'_>) {
        let Some(raw) = doc.0.get(def.core) else {
            return;
        };
        // Instants and enumerations are numbers in documents, as they are in columns.
        let number = || raw.get().parse::<i64>().ok();
        let value = match property.ty.item {
            Item::Primitive(Primitive::DateTimeOffset) if !property.ty.many => number().map(Value::Time),
            Item::Enum(_) if !property.ty.many => number().map(Value::Int),
            _ => None,
        };
        match value {
            Some(value) => write::value_with(out, &value, &property.ty, &self.surface.schema, self.unknown_members),
            None => out.extend_from_slice(raw.get().as_bytes()),
        }
    }

    /// Where an entity can be read by itself, if that can be said: what has no set of its own is found
    /// below what it was asked for by.
    fn own_url(&self, row: &Row) -> Option<String> {
        if crate::plan::has_home(self.surface, row.ty) {
            return Some(self.entity_url(row.ty, &row.id));
        }
        let collection = self.target.many || matches!(self.target.steps.last(), Some(odata::query::Step::Key(_)));
        let path = write::set_path(&self.surface.schema, self.target);
        (row.ty == self.target.ty && collection)
            .then(|| format!("{}/{path}/{}", self.base, write::key(&id_text(&row.id))))
    }

    /// Where an entity can be read by itself.
    pub fn entity_url(&self, ty: TypeId, id: &Value) -> String {
        format!("{}{}/{}", self.base, crate::plan::home(self.surface, ty), write::key(&id_text(id)))
    }
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Top,
    Item,
}

/// The members of a row's document, unread.
struct Doc<'a>(HashMap<&'a str, &'a RawValue>);

impl<'a> Doc<'a> {
    fn of(level: &Level, row: &'a Row) -> Doc<'a> {
        let text = level.position("doc").and_then(|at| row.cells.get(at));
        Doc(match text {
            Some(Value::Json(text)) => serde_json::from_str(text).unwrap_or_default(),
            _ => HashMap::new(),
        })
    }
}

/// `,"name":`, where the name is one of the schema's or an annotation's, in which nothing needs escaping.
fn key(out: &mut Vec<u8>, comma: &mut bool, name: &str) {
    if *comma {
        out.push(b',');
    }
    *comma = true;
    out.push(b'"');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

/// An id as it stands in URLs and tokens.
pub fn id_text(id: &Value) -> String {
    match id {
        Value::Guid(id) => Uuid::to_string(id),
        Value::Text(text) => text.clone(),
        _ => String::new(),
    }
}
