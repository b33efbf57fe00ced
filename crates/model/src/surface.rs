//! One surface, v1.0 or beta, made from the tables once and then only read. It never adds a name
//! that no table has.

use crate::def::{EntityDef, NavigationDef, Op, OperationDef, PropertyDef, Returns, Ty};
use crate::tables;
use odata::schema::{
    Capabilities, EnumId, EnumType, Item, Kind, Navigation, Operation, OperationType, Property, Schema, StructType,
    Type, TypeId,
};
use std::sync::LazyLock;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Version {
    V1,
    Beta,
}

impl Version {
    pub const ALL: [Version; 2] = [Version::V1, Version::Beta];

    /// As it stands in a URL.
    pub fn name(self) -> &'static str {
        match self {
            Version::V1 => "v1.0",
            Version::Beta => "beta",
        }
    }
}

/// A surface: the schema for the protocol, and the way back to our own rows.
#[derive(Debug)]
pub struct Surface {
    pub version: Version,
    pub schema: Schema,
    properties: Vec<&'static PropertyDef>,
    navigations: Vec<&'static NavigationDef>,
    operations: Vec<&'static OperationDef>,
    entities: Vec<Option<&'static EntityDef>>,
}

static V1: LazyLock<Surface> = LazyLock::new(|| build(Version::V1));
static BETA: LazyLock<Surface> = LazyLock::new(|| build(Version::Beta));

pub fn surface(version: Version) -> &'static Surface {
    match version {
        Version::V1 => &V1,
        Version::Beta => &BETA,
    }
}

#[expect(clippy::indexing_slicing, reason = "tags and ids are only ever made by this surface's own build")]
impl Surface {
    /// Our row for a property of the schema.
    pub fn property(&self, property: &Property) -> &'static PropertyDef {
        self.properties[property.tag as usize]
    }

    pub fn navigation(&self, navigation: &Navigation) -> &'static NavigationDef {
        self.navigations[navigation.tag as usize]
    }

    pub fn operation(&self, operation: &Operation) -> &'static OperationDef {
        self.operations[operation.tag as usize]
    }

    /// The row of an entity type; `None` for complex types.
    pub fn entity(&self, ty: TypeId) -> Option<&'static EntityDef> {
        self.entities[ty.0 as usize]
    }

    /// What our tables call a type: the same on both surfaces.
    pub fn type_name(&self, ty: TypeId) -> &'static str {
        self.entity(ty).map_or(self.schema.ty(ty).name, |entity| entity.name)
    }

    /// The navigation `nav` of `owner`, as our row.
    pub fn nav(&self, owner: TypeId, nav: usize) -> &'static NavigationDef {
        self.navigation(&self.schema.ty(owner).navigations[nav])
    }

    /// The property `at` of `owner`, as our row.
    pub fn prop(&self, owner: TypeId, at: usize) -> &'static PropertyDef {
        self.property(&self.schema.ty(owner).properties[at])
    }

    pub fn op(&self, operation: usize) -> Op {
        self.operation(&self.schema.operations[operation]).op
    }
}

/// The names by which types are found while a surface is built.
struct Names {
    types: Vec<&'static str>,
    enums: Vec<&'static str>,
}

impl Names {
    /// A name that no table has is a mistake in the tables, which `tests/tables.rs` finds; here it
    /// becomes a type that nothing leads to.
    fn ty(&self, name: &str) -> TypeId {
        TypeId(self.types.iter().position(|known| *known == name).unwrap_or(0) as u16)
    }

    fn enumeration(&self, name: &str) -> EnumId {
        EnumId(self.enums.iter().position(|known| *known == name).unwrap_or(0) as u16)
    }

    fn item(&self, ty: Ty) -> Item {
        match ty {
            Ty::Primitive(primitive) => Item::Primitive(primitive),
            Ty::Enum(name) => Item::Enum(self.enumeration(name)),
            Ty::Complex(name) => Item::Complex(self.ty(name)),
        }
    }
}

fn build(version: Version) -> Surface {
    let here = |names: crate::def::Names| match version {
        Version::V1 => names.v1,
        Version::Beta => names.beta,
    };
    let served = |entity: &&'static EntityDef| match version {
        Version::V1 => !entity.only_beta,
        Version::Beta => !entity.only_v1,
    };
    let entities: Vec<&'static EntityDef> = tables::entities().filter(served).collect();
    let complexes: Vec<_> = tables::complexes(version).collect();
    let names = Names {
        types: entities.iter().map(|entity| entity.name).chain(complexes.iter().map(|complex| complex.name)).collect(),
        enums: tables::enums().map(|each| each.name).collect(),
    };
    let mut made = Surface {
        version,
        schema: Schema::new(tables::NAMESPACE, version.name(), vec![], vec![], vec![], TypeId(0)),
        properties: vec![],
        navigations: vec![],
        operations: vec![],
        entities: vec![],
    };

    let mut types = Vec::with_capacity(names.types.len());
    for entity in &entities {
        let kind = if entity.name == tables::ROOT { Kind::Root } else { Kind::Entity };
        let name = entity.v1_name.filter(|_| version == Version::V1).unwrap_or(entity.name);
        let mut ty = StructType::new(name, kind);
        ty.is_abstract = entity.is_abstract;
        ty.open = entity.open;
        ty.base = entity.base.map(|base| names.ty(base));
        ty.capabilities = Capabilities {
            page: entity.page,
            max_top: entity.max_top,
            advanced: entity.advanced,
            search: entity.search,
            newest_first: None,
        };
        for level in lineage(&entities, entity) {
            ty.declared_properties = ty.properties.len();
            ty.declared_navigations = ty.navigations.len();
            for property in level.properties {
                if let Some(name) = here(property.names) {
                    ty.properties.push(made.add_property(name, property, &names));
                }
            }
            for navigation in level.navigations {
                if let Some(name) = here(navigation.names) {
                    ty.navigations.push(made.add_navigation(version, name, navigation, &names));
                }
            }
        }
        let position = |core: &str| ty.properties.iter().position(|property| made.property(property).core == core);
        ty.alternate_keys = entity.alternate_keys.iter().filter_map(|core| position(core)).collect();
        ty.plain_key = entity.plain_key.and_then(position);
        ty.capabilities.newest_first = entity.newest_first.and_then(position);
        ty.index();
        types.push(ty);
        made.entities.push(Some(entity));
    }
    for complex in &complexes {
        let mut ty = StructType::new(complex.name, Kind::Complex);
        ty.is_abstract = complex.is_abstract;
        ty.open = complex.open;
        ty.base = complex.base.map(|base| names.ty(base));
        let inherited = complexes.iter().filter(|each| Some(each.name) == complex.base);
        for level in inherited.chain([complex]) {
            ty.declared_properties = ty.properties.len();
            for property in level.properties {
                if let Some(name) = here(property.names) {
                    ty.properties.push(made.add_property(name, property, &names));
                }
            }
        }
        ty.index();
        types.push(ty);
        made.entities.push(None);
    }
    for at in 0..types.len() {
        let concrete = (0..types.len())
            .filter(|below| descends(&types, *below, at) && types.get(*below).is_some_and(|ty| !ty.is_abstract))
            .map(|below| TypeId(below as u16))
            .collect();
        if let Some(ty) = types.get_mut(at) {
            ty.concrete = concrete;
        }
    }

    let enums = tables::enums()
        .map(|each| EnumType {
            name: each.name,
            members: match (version, each.beta_strings) {
                (Version::Beta, Some(members)) => members.to_vec(),
                _ => each.members.to_vec(),
            },
            as_string: version == Version::Beta && each.beta_strings.is_some(),
            flags: tables::is_flags(each.name),
        })
        .collect();
    let mut operations = Vec::new();
    for operation in tables::operations() {
        if let Some(name) = here(operation.names) {
            operations.push(made.add_operation(name, operation, &names));
        }
    }
    made.schema = Schema::new(tables::NAMESPACE, version.name(), types, enums, operations, names.ty(tables::ROOT));
    made
}

impl Surface {
    fn add_property(&mut self, name: &'static str, def: &'static PropertyDef, names: &Names) -> Property {
        self.properties.push(def);
        Property {
            name,
            ty: Type { item: names.item(def.ty), many: def.many },
            nullable: def.nullable,
            required: def.required,
            access: def.access,
            filter: def.filter,
            default: def.default,
            declared: def.declared,
            tag: (self.properties.len() - 1) as u32,
        }
    }

    fn add_navigation(
        &mut self,
        version: Version,
        name: &'static str,
        def: &'static NavigationDef,
        names: &Names,
    ) -> Navigation {
        self.navigations.push(def);
        Navigation {
            name,
            target: names.ty(def.target),
            many: def.many,
            contained: match version {
                Version::V1 => def.contained_v1,
                Version::Beta => def.contained_beta,
            },
            expandable: def.expandable,
            bindable: def.bindable,
            inline: def.inline,
            tag: (self.navigations.len() - 1) as u32,
        }
    }

    fn add_operation(&mut self, name: &'static str, def: &'static OperationDef, names: &Names) -> Operation {
        self.operations.push(def);
        let ty = |ty: Ty, many: bool| Type { item: names.item(ty), many };
        Operation {
            name,
            action: def.action,
            bound_to: names.ty(def.bound_to),
            bound_to_collection: def.on_collection,
            parameters: def
                .parameters
                .iter()
                .map(|(name, kind, many, optional)| (*name, ty(*kind, *many), *optional))
                .collect(),
            returns: match def.returns {
                Returns::Nothing => None,
                Returns::Value { ty: kind, many } => Some(OperationType::Value(ty(kind, many))),
                Returns::Entity { name, many } => Some(OperationType::Entity { ty: names.ty(name), many }),
            },
            tag: (self.operations.len() - 1) as u32,
        }
    }
}

/// The type and what it derives from, the eldest first.
fn lineage(entities: &[&'static EntityDef], entity: &'static EntityDef) -> Vec<&'static EntityDef> {
    let mut line = vec![entity];
    let mut base = entity.base;
    while let Some(parent) = base.and_then(|name| entities.iter().find(|each| each.name == name)) {
        line.insert(0, parent);
        base = parent.base;
    }
    line
}

fn descends(types: &[StructType], below: usize, above: usize) -> bool {
    let mut at = Some(below);
    while let Some(index) = at {
        if index == above {
            return true;
        }
        at = types.get(index).and_then(|ty| ty.base).map(|base| base.0 as usize);
    }
    false
}
