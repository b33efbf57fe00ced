//! What a type, a property and a navigation *are*. A [`Schema`] is one surface (for us v1.0 or
//! beta), built once at start and then only read. It must never hold anything about storage beyond
//! the opaque [`Property::tag`] and [`Navigation::tag`], by which its maker finds its own tables.

use std::collections::HashMap;

/// Index of a structured type within its [`Schema`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeId(pub u16);

/// Index of an enumeration within its [`Schema`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EnumId(pub u16);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Primitive {
    Binary,
    Boolean,
    Date,
    DateTimeOffset,
    Double,
    Duration,
    Guid,
    Int32,
    Int64,
    Stream,
    String,
    TimeOfDay,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    Primitive(Primitive),
    Enum(EnumId),
    Complex(TypeId),
}

/// The declared type of a property: an item, or a collection of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Type {
    pub item: Item,
    pub many: bool,
}

/// Who may set a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// The service sets it; a body may repeat it, and it is then ignored.
    ReadOnly,
    /// May be given when the entity is made, and is fixed from then on.
    CreateOnly,
    ReadWrite,
    /// May be set and is never given back (passwords).
    WriteOnly,
}

/// What a `$filter` and an `$orderby` may do with a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    None,
    /// Any operator that fits the type; also `$orderby`.
    Any,
    /// As `Any`, but the answer does not regard letter case (strings only).
    Folded,
}

#[derive(Debug, Clone)]
pub struct Property {
    pub name: &'static str,
    pub ty: Type,
    pub nullable: bool,
    /// A body that makes the entity must give it a value other than null.
    pub required: bool,
    pub access: Access,
    pub filter: Filter,
    /// Given when no `$select` is said.
    pub default: bool,
    /// Named in `$metadata`.
    pub declared: bool,
    /// The maker's own handle.
    pub tag: u32,
}

#[derive(Debug, Clone)]
pub struct Navigation {
    pub name: &'static str,
    pub target: TypeId,
    pub many: bool,
    /// Entities live inside their parent, and are made by POST to this very collection.
    pub contained: bool,
    pub expandable: bool,
    /// Whether a body may name targets by `name@odata.bind` or an inline `{ "id": … }`.
    pub bindable: bool,
    /// Whether a body of the owner may hold whole entities here, which are made together with it.
    pub inline: bool,
    /// The maker's own handle.
    pub tag: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Entity,
    Complex,
    /// The container: its navigations are the entity sets and singletons.
    Root,
}

/// What a collection of a type can be asked.
#[derive(Debug, Clone)]
pub struct Capabilities {
    /// Rows in a page when the caller names none.
    pub page: u32,
    /// The most `$top` may say.
    pub max_top: u32,
    /// `ne`, `not`, `endswith`, and `$filter` with `$orderby` need `ConsistencyLevel: eventual` and
    /// `$count=true`; `$search` and `/$count` need the header alone.
    pub advanced: bool,
    /// Properties that `$search` may name; empty where there is no `$search`.
    pub search: &'static [&'static str],
    /// The time by which the newest come first when no `$orderby` is said.
    pub newest_first: Option<usize>,
}

#[derive(Debug, Clone)]
pub struct StructType {
    /// Without namespace: `accessPackage`.
    pub name: &'static str,
    pub kind: Kind,
    pub base: Option<TypeId>,
    pub is_abstract: bool,
    pub open: bool,
    /// Inherited ones first. `properties[declared_properties..]` are this type's own.
    pub properties: Vec<Property>,
    pub declared_properties: usize,
    pub navigations: Vec<Navigation>,
    pub declared_navigations: usize,
    /// Properties by which an entity can be addressed besides its id, as `set(name='value')`.
    pub alternate_keys: Vec<usize>,
    /// The alternate key that a plain `set/{key}` means when the key is not a GUID.
    pub plain_key: Option<usize>,
    /// Every concrete type that an instance may have: this one if concrete, and all below it.
    pub concrete: Vec<TypeId>,
    pub capabilities: Capabilities,
    members: HashMap<String, Member>,
}

/// What a name means within a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Member {
    Property(usize),
    Navigation(usize),
}

#[derive(Debug, Clone)]
pub struct EnumType {
    pub name: &'static str,
    /// Members by name and number, spelled as this surface spells them.
    pub members: Vec<(&'static str, i64)>,
    /// On the wire and in `$metadata` this is a plain string (beta), not an enumeration.
    pub as_string: bool,
    /// Members can be said together: `a,b`.
    pub flags: bool,
}

/// The type of an operation's parameter or answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationType {
    Value(Type),
    Entity { ty: TypeId, many: bool },
}

#[derive(Debug, Clone)]
pub struct Operation {
    pub name: &'static str,
    /// POST changes something; GET is a function.
    pub action: bool,
    pub bound_to: TypeId,
    pub bound_to_collection: bool,
    pub parameters: Vec<(&'static str, Type, bool)>,
    pub returns: Option<OperationType>,
    /// The maker's own handle.
    pub tag: u32,
}

#[derive(Debug, Clone)]
pub struct Schema {
    /// `microsoft.graph`; the short alias `graph` is understood too.
    pub namespace: &'static str,
    /// `v1.0` or `beta`.
    pub version: &'static str,
    pub types: Vec<StructType>,
    pub enums: Vec<EnumType>,
    pub operations: Vec<Operation>,
    pub root: TypeId,
    by_name: HashMap<String, TypeId>,
}

impl Schema {
    /// The type that declares the property `name` for entities of type `ty`: in a collection of mixed
    /// kinds, a kind that has it (`groups/{id}/members?$filter=startswith(displayName,'a')`). Without
    /// one it is `ty` itself.
    pub fn declarer(&self, ty: TypeId, name: &str) -> TypeId {
        let structure = self.ty(ty);
        if structure.kind != Kind::Entity || structure.member(name).is_some() {
            return ty;
        }
        let having = |filterable: bool| {
            structure.concrete.iter().copied().find(|each| {
                let property = self.ty(*each).property(name);
                property.is_some_and(|(_, property)| !filterable || property.filter != Filter::None)
            })
        };
        having(true).or_else(|| having(false)).unwrap_or(ty)
    }
}

impl StructType {
    /// A type without members; [`StructType::index`] is to be called once they are in.
    pub fn new(name: &'static str, kind: Kind) -> StructType {
        StructType {
            name,
            kind,
            base: None,
            is_abstract: false,
            open: false,
            properties: Vec::new(),
            declared_properties: 0,
            navigations: Vec::new(),
            declared_navigations: 0,
            alternate_keys: Vec::new(),
            plain_key: None,
            concrete: Vec::new(),
            capabilities: Capabilities { page: 100, max_top: 999, advanced: false, search: &[], newest_first: None },
            members: HashMap::new(),
        }
    }

    /// Makes the members findable by name, without regard to letter case.
    pub fn index(&mut self) {
        let properties = self.properties.iter().enumerate().map(|(at, p)| (p.name, Member::Property(at)));
        let navigations = self.navigations.iter().enumerate().map(|(at, n)| (n.name, Member::Navigation(at)));
        // In our own spelling, which most callers use, and in lower case for all others.
        self.members = properties
            .chain(navigations)
            .flat_map(|(name, member)| [(name.to_owned(), member), (name.to_ascii_lowercase(), member)])
            .collect();
    }

    /// What `name` means here; letter case does not matter (clients.md: "path segments and body
    /// property names without regard to case").
    pub fn member(&self, name: &str) -> Option<Member> {
        self.members.get(name).or_else(|| self.members.get(&name.to_ascii_lowercase())).copied()
    }

    pub fn property(&self, name: &str) -> Option<(usize, &Property)> {
        match self.member(name)? {
            Member::Property(at) => self.properties.get(at).map(|property| (at, property)),
            Member::Navigation(_) => None,
        }
    }

    pub fn navigation(&self, name: &str) -> Option<(usize, &Navigation)> {
        match self.member(name)? {
            Member::Navigation(at) => self.navigations.get(at).map(|navigation| (at, navigation)),
            Member::Property(_) => None,
        }
    }
}

impl EnumType {
    /// The number of a member, whatever its letter case (clients send `Delivered` for `delivered`); of
    /// flags the number of all that are named.
    pub fn number(&self, name: &str) -> Option<i64> {
        match self.flags {
            true => name.split(',').try_fold(0, |all, each| Some(all | self.member(each.trim())?)),
            false => self.member(name),
        }
    }

    fn member(&self, name: &str) -> Option<i64> {
        self.members.iter().find(|(member, _)| member.eq_ignore_ascii_case(name)).map(|(_, number)| *number)
    }

    pub fn name(&self, number: i64) -> Option<&'static str> {
        self.members.iter().find(|(_, member)| *member == number).map(|(name, _)| *name)
    }
}

impl Schema {
    pub fn new(
        namespace: &'static str,
        version: &'static str,
        types: Vec<StructType>,
        enums: Vec<EnumType>,
        operations: Vec<Operation>,
        root: TypeId,
    ) -> Schema {
        let by_name =
            types.iter().enumerate().map(|(at, ty)| (ty.name.to_ascii_lowercase(), TypeId(at as u16))).collect();
        Schema { namespace, version, types, enums, operations, root, by_name }
    }

    /// The type behind an id of this schema. Ids never leave the schema that made them.
    #[expect(clippy::indexing_slicing, reason = "a TypeId is only ever made by this schema")]
    pub fn ty(&self, id: TypeId) -> &StructType {
        &self.types[id.0 as usize]
    }

    #[expect(clippy::indexing_slicing, reason = "an EnumId is only ever made by this schema")]
    pub fn enumeration(&self, id: EnumId) -> &EnumType {
        &self.enums[id.0 as usize]
    }

    /// A type by its name without namespace, whatever its letter case.
    pub fn find(&self, name: &str) -> Option<TypeId> {
        self.by_name.get(&name.to_ascii_lowercase()).copied()
    }

    /// Whether `ty` is `ancestor` or derives from it.
    pub fn is_a(&self, ty: TypeId, ancestor: TypeId) -> bool {
        let mut at = Some(ty);
        while let Some(id) = at {
            if id == ancestor {
                return true;
            }
            at = self.ty(id).base;
        }
        false
    }
}

// What `bind`, `body` and `metadata` need of names that carry the namespace.
impl Schema {
    /// The name behind `microsoft.graph.` or its alias `graph.`, in any letter case; `None` when
    /// `text` has neither in front, or something with a dot behind.
    pub fn unqualified<'a>(&self, text: &'a str) -> Option<&'a str> {
        let alias = self.namespace.rsplit('.').next().unwrap_or(self.namespace);
        let behind = |prefix: &str| {
            let (head, tail) = text.split_at_checked(prefix.len())?;
            if head.eq_ignore_ascii_case(prefix) { tail.strip_prefix('.') } else { None }
        };
        behind(self.namespace).or_else(|| behind(alias)).filter(|name| !name.is_empty() && !name.contains('.'))
    }

    /// The operation `name` bound to `ty` or to what it derives from, with exactly the parameters
    /// that `fits` accepts; the most derived binding first.
    pub fn operation(
        &self,
        name: &str,
        ty: TypeId,
        many: bool,
        fits: impl Fn(&Operation) -> bool,
    ) -> Option<(usize, &Operation)> {
        let mut found: Option<(usize, &Operation)> = None;
        for (at, operation) in self.operations.iter().enumerate() {
            let named = operation.bound_to_collection == many && operation.name.eq_ignore_ascii_case(name);
            if named && self.is_a(ty, operation.bound_to) && fits(operation) {
                let nearer = found.is_none_or(|(_, best)| {
                    best.bound_to != operation.bound_to && self.is_a(operation.bound_to, best.bound_to)
                });
                if nearer {
                    found = Some((at, operation));
                }
            }
        }
        found
    }
}
