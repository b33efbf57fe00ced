//! The vocabulary in which `tables/` is written: constant rows that the compiler checks. Never a
//! place for a row itself.

use odata::schema::{Access, Filter, Primitive};

/// What something is called on each surface; `None` where a surface doesn't have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names {
    pub v1: Option<&'static str>,
    pub beta: Option<&'static str>,
}

impl Names {
    const fn both(name: &'static str) -> Names {
        Names { v1: Some(name), beta: Some(name) }
    }
}

/// Where an entity type is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    pub name: &'static str,
    /// For a table that several types share: the value of its `kind` column for this one.
    pub kind: Option<i64>,
    /// Rows whose `deleted_at` is set are out of sight.
    pub soft_delete: bool,
    /// Ids are names (domains), not UUIDs.
    pub text_key: bool,
}

/// The column types that both engines know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    Bool,
    Int,
    Text,
    Uuid,
    Time,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Store {
    /// A column of the entity's table.
    Column(&'static str),
    /// A member of the entity's `doc` column: it travels, and is never filtered.
    Doc,
    /// Kept elsewhere and never given back (passwords).
    Elsewhere,
    /// Worked out for whoever asks; the store knows how, under this name.
    Mine(&'static str),
}

/// A value inside a complex property that has a column of its own: it travels with the property, and
/// is found by its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathDef {
    /// Below the property: `user/id`.
    pub path: &'static str,
    /// One column; for a collection one for each of the entries that a row can have. The first path
    /// says which entries there are: its column is null where there is none.
    pub columns: &'static [&'static str],
    pub ty: ColumnType,
    /// The columns hold the folded text and nothing else.
    pub folded: bool,
}

/// Ids, as strings on the wire.
pub const fn id_at(path: &'static str, columns: &'static [&'static str]) -> PathDef {
    PathDef { path, columns, ty: ColumnType::Uuid, folded: false }
}

/// Text that is compared without regard to letter case.
pub const fn text_at(path: &'static str, columns: &'static [&'static str]) -> PathDef {
    PathDef { path, columns, ty: ColumnType::Text, folded: true }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ty {
    Primitive(Primitive),
    Enum(&'static str),
    Complex(&'static str),
}

#[derive(Debug, Clone, Copy)]
pub struct PropertyDef {
    pub names: Names,
    /// The name that rules and storage use: v1.0's, or beta's where only beta has it.
    pub core: &'static str,
    pub ty: Ty,
    pub many: bool,
    pub store: Store,
    pub nullable: bool,
    pub required: bool,
    pub access: Access,
    pub filter: Filter,
    pub default: bool,
    /// A string on the wire that is a UUID in its column.
    pub uuid: bool,
    /// Whether `$metadata` names it. Graph takes some properties in bodies that its metadata lacks.
    pub declared: bool,
    /// What of a complex property has a column of its own.
    pub paths: &'static [PathDef],
}

impl PropertyDef {
    pub const fn new(name: &'static str, ty: Ty) -> PropertyDef {
        PropertyDef {
            names: Names::both(name),
            core: name,
            ty,
            many: false,
            store: Store::Doc,
            nullable: true,
            required: false,
            access: Access::ReadWrite,
            filter: Filter::None,
            default: true,
            uuid: false,
            declared: true,
            paths: &[],
        }
    }

    /// Another name for rules and storage: where one wire name has a shape of its own on each surface.
    pub const fn core(mut self, core: &'static str) -> PropertyDef {
        self.core = core;
        self
    }

    /// For rules and storage only: no surface has it.
    pub const fn internal(mut self) -> PropertyDef {
        self.names = Names { v1: None, beta: None };
        self
    }

    /// Taken in bodies, never given, and not in `$metadata`.
    pub const fn undeclared(mut self) -> PropertyDef {
        self.declared = false;
        self.access = Access::WriteOnly;
        self
    }

    /// Open to `$filter` and `$orderby` along these paths.
    pub const fn paths(mut self, paths: &'static [PathDef]) -> PropertyDef {
        self.paths = paths;
        self.filter = Filter::Any;
        self
    }

    /// A string on the wire, and a UUID in its column.
    pub const fn as_uuid(mut self) -> PropertyDef {
        self.uuid = true;
        self
    }

    /// Beta calls it otherwise.
    pub const fn beta(mut self, name: &'static str) -> PropertyDef {
        self.names.beta = Some(name);
        self
    }

    pub const fn only_beta(mut self) -> PropertyDef {
        self.names.v1 = None;
        self
    }

    pub const fn only_v1(mut self) -> PropertyDef {
        self.names.beta = None;
        self
    }

    pub const fn many(mut self) -> PropertyDef {
        self.many = true;
        self.nullable = false;
        self
    }

    /// Stored in a column, and so open to `$filter` and `$orderby`.
    pub const fn column(mut self, column: &'static str) -> PropertyDef {
        self.store = Store::Column(column);
        if matches!(self.filter, Filter::None) {
            self.filter = Filter::Any;
        }
        self
    }

    /// Compared without regard to letter case; a second column `<column>_fold` holds the folded text.
    pub const fn folded(mut self) -> PropertyDef {
        self.filter = Filter::Folded;
        self
    }

    pub const fn unfilterable(mut self) -> PropertyDef {
        self.filter = Filter::None;
        self
    }

    /// Worked out for whoever asks.
    pub const fn mine(mut self, name: &'static str) -> PropertyDef {
        self.store = Store::Mine(name);
        self
    }

    pub const fn elsewhere(mut self) -> PropertyDef {
        self.store = Store::Elsewhere;
        self
    }

    pub const fn required(mut self) -> PropertyDef {
        self.required = true;
        self
    }

    pub const fn not_null(mut self) -> PropertyDef {
        self.nullable = false;
        self
    }

    pub const fn read_only(mut self) -> PropertyDef {
        self.access = Access::ReadOnly;
        self
    }

    pub const fn create_only(mut self) -> PropertyDef {
        self.access = Access::CreateOnly;
        self
    }

    /// Read-only on the application, and said when its service principal is made.
    pub const fn create_once(mut self) -> PropertyDef {
        self.access = Access::CreateOnly;
        self.required = true;
        self
    }

    pub const fn write_only(mut self) -> PropertyDef {
        self.access = Access::WriteOnly;
        self
    }

    /// Given only when `$select` names it.
    pub const fn on_request(mut self) -> PropertyDef {
        self.default = false;
        self
    }

    /// The type of its column, if it has one.
    pub const fn column_type(&self) -> ColumnType {
        if self.many {
            return ColumnType::Json;
        }
        if self.uuid {
            return ColumnType::Uuid;
        }
        match self.ty {
            Ty::Enum(_) => ColumnType::Int,
            Ty::Complex(_) => ColumnType::Json,
            Ty::Primitive(Primitive::Boolean) => ColumnType::Bool,
            Ty::Primitive(Primitive::Int32 | Primitive::Int64) => ColumnType::Int,
            Ty::Primitive(Primitive::Guid) => ColumnType::Uuid,
            Ty::Primitive(Primitive::DateTimeOffset) => ColumnType::Time,
            Ty::Primitive(_) => ColumnType::Text,
        }
    }
}

pub const fn text(name: &'static str) -> PropertyDef {
    PropertyDef::new(name, Ty::Primitive(Primitive::String))
}

pub const fn boolean(name: &'static str) -> PropertyDef {
    PropertyDef::new(name, Ty::Primitive(Primitive::Boolean))
}

pub const fn integer(name: &'static str) -> PropertyDef {
    PropertyDef::new(name, Ty::Primitive(Primitive::Int32))
}

pub const fn guid(name: &'static str) -> PropertyDef {
    PropertyDef::new(name, Ty::Primitive(Primitive::Guid))
}

pub const fn time(name: &'static str) -> PropertyDef {
    PropertyDef::new(name, Ty::Primitive(Primitive::DateTimeOffset))
}

pub const fn primitive(name: &'static str, kind: Primitive) -> PropertyDef {
    PropertyDef::new(name, Ty::Primitive(kind))
}

pub const fn choice(name: &'static str, of: &'static str) -> PropertyDef {
    PropertyDef::new(name, Ty::Enum(of))
}

pub const fn complex(name: &'static str, of: &'static str) -> PropertyDef {
    PropertyDef::new(name, Ty::Complex(of))
}

/// How a navigation finds its targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// From the root: all rows of the target type.
    Set,
    /// From the root: all deleted rows of the target type.
    Deleted,
    /// A singleton without a row of its own: a step on the way to sets.
    Through,
    /// The signed-in user.
    Me,
    /// From the root: those rows of the target type that are worked out for whoever asks.
    Mine,
    /// My column holds the target's id.
    Forward { column: &'static str },
    /// The target's column holds my id.
    Back { column: &'static str },
    /// Some of these: the ones that have one of the words in another column.
    Part { column: &'static str, of: &'static str, words: &'static [&'static str] },
    /// From a role system's singleton: the rows whose `area` is this one.
    Area { area: i64 },
    /// Rows of a link table.
    Link { table: &'static str, near: &'static str, far: &'static str },
    /// The transitive closure of a link table: everything that can be reached, each once.
    Reach { table: &'static str, near: &'static str, far: &'static str },
}

#[derive(Debug, Clone, Copy)]
pub struct NavigationDef {
    pub names: Names,
    /// v1.0's name, or beta's where only beta has it.
    pub core: &'static str,
    pub target: &'static str,
    pub many: bool,
    pub join: Join,
    pub contained_v1: bool,
    pub contained_beta: bool,
    pub bindable: bool,
    pub inline: bool,
    pub expandable: bool,
}

impl NavigationDef {
    const fn new(name: &'static str, target: &'static str, many: bool, join: Join) -> NavigationDef {
        NavigationDef {
            names: Names::both(name),
            core: name,
            target,
            many,
            join,
            contained_v1: false,
            contained_beta: false,
            bindable: false,
            inline: false,
            expandable: true,
        }
    }

    pub const fn beta(mut self, name: &'static str) -> NavigationDef {
        self.names.beta = Some(name);
        self
    }

    pub const fn only_beta(mut self) -> NavigationDef {
        self.names.v1 = None;
        self
    }

    pub const fn only_v1(mut self) -> NavigationDef {
        self.names.beta = None;
        self
    }

    pub const fn contained(mut self) -> NavigationDef {
        self.contained_v1 = true;
        self.contained_beta = true;
        self
    }

    pub const fn contained_in_beta(mut self) -> NavigationDef {
        self.contained_beta = true;
        self
    }

    /// A body may set it by `name@odata.bind` or by an inline `{ "id": … }`.
    pub const fn bindable(mut self) -> NavigationDef {
        self.bindable = true;
        self
    }

    /// A body of the owner may hold whole entities here, which are made together with it.
    pub const fn inline(mut self) -> NavigationDef {
        self.inline = true;
        self
    }

    pub const fn not_expandable(mut self) -> NavigationDef {
        self.expandable = false;
        self
    }
}

pub const fn one(name: &'static str, target: &'static str, join: Join) -> NavigationDef {
    NavigationDef::new(name, target, false, join)
}

pub const fn list(name: &'static str, target: &'static str, join: Join) -> NavigationDef {
    NavigationDef::new(name, target, true, join)
}

#[derive(Debug, Clone, Copy)]
pub struct EntityDef {
    pub name: &'static str,
    /// What v1.0 calls it, where that is another name.
    pub v1_name: Option<&'static str>,
    pub base: Option<&'static str>,
    /// Beta has no such entity type.
    pub only_v1: bool,
    /// v1.0 has no such entity type.
    pub only_beta: bool,
    pub is_abstract: bool,
    pub open: bool,
    pub table: Option<Table>,
    pub properties: &'static [PropertyDef],
    pub navigations: &'static [NavigationDef],
    /// Core names of properties that `set(name='…')` may use.
    pub alternate_keys: &'static [&'static str],
    /// The alternate key that `set/{key}` means when the key isn't a GUID.
    pub plain_key: Option<&'static str>,
    pub page: u32,
    pub max_top: u32,
    pub advanced: bool,
    pub search: &'static [&'static str],
    /// The core name of the time by which the newest come first when no order is asked for.
    pub newest_first: Option<&'static str>,
}

impl EntityDef {
    pub const fn new(name: &'static str, base: Option<&'static str>) -> EntityDef {
        EntityDef {
            name,
            v1_name: None,
            base,
            only_v1: false,
            only_beta: false,
            is_abstract: false,
            open: false,
            table: None,
            properties: &[],
            navigations: &[],
            alternate_keys: &[],
            plain_key: None,
            page: 100,
            max_top: 999,
            advanced: false,
            search: &[],
            newest_first: None,
        }
    }

    /// v1.0 calls it otherwise.
    pub const fn v1(mut self, name: &'static str) -> EntityDef {
        self.v1_name = Some(name);
        self
    }

    pub const fn is_abstract(mut self) -> EntityDef {
        self.is_abstract = true;
        self
    }

    pub const fn open(mut self) -> EntityDef {
        self.open = true;
        self
    }

    pub const fn table(mut self, name: &'static str) -> EntityDef {
        self.table = Some(Table { name, kind: None, soft_delete: false, text_key: false });
        self
    }

    /// A type of a table that several types share.
    pub const fn kind_of(mut self, name: &'static str, kind: i64) -> EntityDef {
        self.table = Some(Table { name, kind: Some(kind), soft_delete: false, text_key: false });
        self
    }

    pub const fn only_v1(mut self) -> EntityDef {
        self.only_v1 = true;
        self
    }

    pub const fn only_beta(mut self) -> EntityDef {
        self.only_beta = true;
        self
    }

    /// A table whose ids are names.
    pub const fn named_table(mut self, name: &'static str) -> EntityDef {
        self.table = Some(Table { name, kind: None, soft_delete: false, text_key: true });
        self
    }

    /// A type of the table that all directory objects share.
    pub const fn directory(mut self, kind: Option<i64>) -> EntityDef {
        self.table = Some(Table { name: "directory_object", kind, soft_delete: true, text_key: false });
        self.advanced = true;
        self
    }

    pub const fn properties(mut self, properties: &'static [PropertyDef]) -> EntityDef {
        self.properties = properties;
        self
    }

    pub const fn navigations(mut self, navigations: &'static [NavigationDef]) -> EntityDef {
        self.navigations = navigations;
        self
    }

    pub const fn keys(mut self, alternate: &'static [&'static str], plain: Option<&'static str>) -> EntityDef {
        self.alternate_keys = alternate;
        self.plain_key = plain;
        self
    }

    pub const fn max_top(mut self, rows: u32) -> EntityDef {
        self.max_top = rows;
        self
    }

    pub const fn newest_first(mut self, time: &'static str) -> EntityDef {
        self.newest_first = Some(time);
        self
    }

    pub const fn search(mut self, properties: &'static [&'static str]) -> EntityDef {
        self.search = properties;
        self
    }
}

#[derive(Debug, Clone, Copy)]
pub struct ComplexDef {
    pub name: &'static str,
    pub base: Option<&'static str>,
    pub is_abstract: bool,
    pub open: bool,
    pub properties: &'static [PropertyDef],
}

pub const fn complex_type(name: &'static str, properties: &'static [PropertyDef]) -> ComplexDef {
    ComplexDef { name, base: None, is_abstract: false, open: false, properties }
}

impl ComplexDef {
    pub const fn is_abstract(mut self) -> ComplexDef {
        self.is_abstract = true;
        self
    }

    pub const fn based_on(mut self, base: &'static str) -> ComplexDef {
        self.base = Some(base);
        self
    }
}

/// An enumeration. On beta its members may be plain strings, spelled with a capital.
#[derive(Debug, Clone, Copy)]
pub struct EnumDef {
    pub name: &'static str,
    /// v1.0's spelling and the number.
    pub members: &'static [(&'static str, i64)],
    /// Beta's spelling, where it declares a plain string instead of the enumeration.
    pub beta_strings: Option<&'static [(&'static str, i64)]>,
}

/// A bound action or function.
#[derive(Debug, Clone, Copy)]
pub struct OperationDef {
    pub names: Names,
    pub op: Op,
    pub action: bool,
    pub bound_to: &'static str,
    pub on_collection: bool,
    /// Name, type, whether it is a collection, whether it may be left out.
    pub parameters: &'static [(&'static str, Ty, bool, bool)],
    pub returns: Returns,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returns {
    Nothing,
    Value { ty: Ty, many: bool },
    Entity { name: &'static str, many: bool },
}

/// Every operation that has code behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Op {
    AddPassword,
    AdditionalAccess,
    Cancel,
    CheckMemberGroups,
    CheckMemberObjects,
    FilterByCurrentUser,
    GetApplicablePolicyRequirements,
    GetByIds,
    GetMemberGroups,
    GetMemberObjects,
    MoveToCatalog,
    My,
    Refresh,
    RemovePassword,
    Reprocess,
    Restore,
    Resume,
    Search,
}
