//! A request after names have been bound to the schema: every property, navigation, type and
//! literal in it is known to exist and to fit. Made by `bind`, read by everybody after it. It must
//! never hold a name that was not found in the schema.

use crate::schema::TypeId;
use crate::value::Value;

/// A path through the model, and what is asked at its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// From the root on.
    pub steps: Vec<Step>,
    /// The type that the last step leads to (after a cast: the cast type).
    pub ty: TypeId,
    /// Whether the last step leads to a collection.
    pub many: bool,
    pub end: End,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Follows navigation `nav` of `owner`. The first step's owner is the schema's root.
    Navigate { owner: TypeId, nav: usize },
    /// Picks one of the collection that the step before led to.
    Key(Key),
    /// Narrows to a derived type.
    Cast(TypeId),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Key {
    /// By id, as it stood in the path. Whether it is a GUID is the planner's to check.
    Id(String),
    /// By another property: `servicePrincipals(appId='…')`, `users/ada@doorward.test`.
    Alternate { property: usize, value: Value },
}

/// What is asked at the end of the path.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// The entity or the collection itself.
    Itself,
    /// `/$count`
    Count,
    /// `/$ref`: links instead of entities.
    Ref,
    /// A property of the entity, by its index in the target type; `value` for a trailing `/$value`.
    Property { property: usize, value: bool },
    /// A bound action or function, by its index in `Schema::operations`; `count` for a trailing `/$count`.
    Operation { operation: usize, arguments: Vec<(&'static str, Value)>, count: bool },
}

/// What is wanted of one level of entities: the root's, or an `$expand`'s.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// 0 for the root, then counted up in the order of the text. Whoever attaches something to a
    /// level attaches it under this number.
    pub number: usize,
    pub ty: TypeId,
    /// For each concrete type that may come: the indices of the properties to write, in order.
    pub outputs: Vec<(TypeId, Vec<usize>)>,
    /// Whether `$select` was said (it then stands in `@odata.context`).
    pub select: Option<Vec<&'static str>>,
    pub expand: Vec<Expand>,
    pub filter: Option<Filter>,
    pub search: Option<Search>,
    pub order: Vec<Order>,
    pub top: Option<u32>,
    pub skip: u32,
    pub count: bool,
    /// The place where an earlier page ended.
    pub after: Option<Bookmark>,
    /// The list that this was a page of, as the `$skiptoken` has it ([`crate::bookmark::place`]).
    pub list: Option<u32>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Expand {
    /// Index of the navigation in `owner`.
    pub owner: TypeId,
    pub nav: usize,
    /// `members/microsoft.graph.user`
    pub cast: Option<TypeId>,
    /// `$expand=members/$ref`
    pub links_only: bool,
    /// The options as they were said, for the link to what the first page doesn't hold.
    pub options: Vec<(String, String)>,
    pub shape: Shape,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    pub path: Path,
    pub descending: bool,
}

/// Where a page ended: the values of the order, then the id of its last row.
#[derive(Debug, Clone, PartialEq)]
pub struct Bookmark {
    pub values: Vec<Value>,
    pub id: String,
}

/// `$search`: clauses of `"property:text"`, each matching the beginnings of words.
#[derive(Debug, Clone, PartialEq)]
pub enum Search {
    Clause { owner: TypeId, property: usize, text: String },
    And(Vec<Search>),
    Or(Vec<Search>),
    Not(Box<Search>),
}

/// A path from an entity over single-valued navigations to a property or, in `any`/`all`, to a
/// collection.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// 0 is the entity that is filtered; 1 the variable of the outermost lambda, and so on.
    pub base: usize,
    /// Each with the type that owns it.
    pub navigations: Vec<(TypeId, usize)>,
    pub leaf: Leaf,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Leaf {
    /// A property of the type that the path has reached, with the members below it for a complex value.
    Property { owner: TypeId, property: usize, below: Vec<&'static str> },
    /// The entity itself (only as the collection of a lambda or in a comparison with null).
    Entity(TypeId),
    /// The lambda variable of a collection of primitives.
    Variable,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Not(Box<Filter>),
    Always(bool),
    /// The literal always stands on the right; `Null` is allowed with `Eq` and `Ne` only.
    Compare {
        left: Operand,
        op: Compare,
        right: Value,
    },
    In {
        left: Operand,
        values: Vec<Value>,
    },
    Text {
        left: Operand,
        op: TextOp,
        right: String,
    },
    /// `path/any(v: …)`; without a body: the collection is not empty.
    Any {
        over: Path,
        body: Option<Box<Filter>>,
    },
    All {
        over: Path,
        body: Box<Filter>,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Operand {
    pub path: Path,
    /// `tolower(…)` or `toupper(…)`
    pub case: Option<Case>,
    /// `members/$count gt 3`: the number of entries, not the value.
    pub count: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    Lower,
    Upper,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextOp {
    Contains,
    StartsWith,
    EndsWith,
}

impl Shape {
    /// How many rows the next page may hold: what `$top` says or, without it, what the caller
    /// prefers (`Prefer: odata.maxpagesize`) or else the type's own page; never over its maximum.
    pub fn page_size(&self, schema: &crate::schema::Schema, max_page_size: Option<u32>) -> u32 {
        let capabilities = &schema.ty(self.ty).capabilities;
        let preferred = max_page_size.filter(|size| *size > 0);
        let page = match (self.top, preferred) {
            (Some(top), Some(preferred)) => top.min(preferred),
            (Some(top), None) => top,
            (None, Some(preferred)) => preferred,
            (None, None) => capabilities.page,
        };
        page.min(capabilities.max_top)
    }
}
