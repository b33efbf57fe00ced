//! `$select`, `$expand` and the other options of one level, bound to its type; then the levels
//! below it. Every level is checked against the same limits, and all of them together as well.

use crate::bind_filter::{Binder, What, bind_filter};
use crate::bookmark;
use crate::error::{Fault, FaultKind};
use crate::limits;
use crate::query::{Expand, Leaf, Order, Path, Shape};
use crate::schema::{Access, Capabilities, Item, Member, Primitive, Property, Schema, Type, TypeId};
use crate::search::bind_search;
use crate::url::RawUrl;
use crate::value::Value;

/// The options of one level, as text.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Options<'a> {
    pub select: Option<&'a str>,
    pub expand: Option<&'a str>,
    pub filter: Option<&'a str>,
    pub orderby: Option<&'a str>,
    pub search: Option<&'a str>,
    pub top: Option<&'a str>,
    pub skip: Option<&'a str>,
    pub count: Option<&'a str>,
    pub skiptoken: Option<&'a str>,
}

impl<'a> Options<'a> {
    pub(crate) fn of(raw: &'a RawUrl) -> Options<'a> {
        let mut options = Options::default();
        for (name, value) in &raw.options {
            if let Some(slot) = options.slot(name) {
                *slot = Some(value);
            }
        }
        options.skiptoken = raw.option("$skiptoken");
        options
    }

    fn said(&self) -> impl Iterator<Item = (&'static str, &'a str)> {
        [
            ("$select", self.select),
            ("$expand", self.expand),
            ("$filter", self.filter),
            ("$orderby", self.orderby),
            ("$search", self.search),
            ("$top", self.top),
            ("$skip", self.skip),
            ("$count", self.count),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }

    fn slot(&mut self, name: &str) -> Option<&mut Option<&'a str>> {
        Some(match name {
            "$select" => &mut self.select,
            "$expand" => &mut self.expand,
            "$filter" => &mut self.filter,
            "$orderby" => &mut self.orderby,
            "$search" => &mut self.search,
            "$top" => &mut self.top,
            "$skip" => &mut self.skip,
            "$count" => &mut self.count,
            _ => return None,
        })
    }
}

/// The shape of the root level and of all below it.
pub(crate) fn root(schema: &Schema, ty: TypeId, many: bool, options: &Options<'_>) -> Result<Shape, Fault> {
    let mut shaper = Shaper { schema, levels: 0 };
    let mut shape = shaper.level(ty, many, options, 0)?;
    if let Some(text) = options.skiptoken {
        continue_at(schema, &mut shape, text)?;
    }
    Ok(shape)
}

/// Takes up where an earlier page ended.
fn continue_at(schema: &Schema, shape: &mut Shape, text: &str) -> Result<(), Fault> {
    let token = bookmark::decode(text)?;
    // Without `$orderby` the order is the planner's own, and so are the values.
    let known = shape.order.is_empty() || shape.order.len() == token.after.values.len();
    let same = shape.order.iter().zip(&token.after.values).all(|(order, value)| fits_order(schema, order, value));
    if !known || !same || token.after.values.len() > limits::ORDER_TERMS {
        return Err(bookmark::damaged());
    }
    shape.count = token.count;
    shape.skip = 0;
    if let Some(remaining) = token.remaining {
        shape.top = Some(shape.top.map_or(remaining, |top| top.min(remaining)));
    }
    shape.after = Some(token.after);
    shape.list = Some(token.place);
    Ok(())
}

fn fits_order(schema: &Schema, order: &Order, value: &Value) -> bool {
    let Leaf::Property { owner, property, below } = &order.path.leaf else { return false };
    let Some(property) = schema.ty(*owner).properties.get(*property) else { return false };
    if !below.is_empty() {
        return !matches!(value, Value::Json(_));
    }
    match (value, property.ty.item) {
        (Value::Null, _) => true,
        (Value::Bool(_), Item::Primitive(Primitive::Boolean)) => true,
        (Value::Int(_), Item::Primitive(Primitive::Int32 | Primitive::Int64) | Item::Enum(_)) => true,
        (Value::Double(_), Item::Primitive(Primitive::Double)) => true,
        (Value::Time(_), Item::Primitive(Primitive::DateTimeOffset)) => true,
        (Value::Guid(_), Item::Primitive(Primitive::Guid)) => true,
        (Value::Text(_), Item::Primitive(kind)) => !matches!(
            kind,
            Primitive::Boolean
                | Primitive::Int32
                | Primitive::Int64
                | Primitive::Double
                | Primitive::DateTimeOffset
                | Primitive::Guid
        ),
        _ => false,
    }
}

struct Shaper<'a> {
    schema: &'a Schema,
    levels: usize,
}

fn bad(option: &str, message: impl std::fmt::Display) -> Fault {
    Fault::new(FaultKind::OptionValue, option, format!("{option}: {message}"))
}

/// A name in `$select` that `owner` doesn't have.
fn unknown(name: &str, owner: &str) -> Fault {
    bad("$select", format!("'{name}' is not a property of type '{owner}'."))
}

impl Shaper<'_> {
    fn level(&mut self, ty: TypeId, many: bool, options: &Options<'_>, depth: usize) -> Result<Shape, Fault> {
        let number = self.levels;
        self.levels += 1;
        let schema = self.schema;
        if !many {
            let said = [
                ("$filter", options.filter),
                ("$search", options.search),
                ("$orderby", options.orderby),
                ("$skip", options.skip),
            ];
            if let Some((name, _)) = said.iter().find(|(_, value)| value.is_some()) {
                let message = format!("{name} is for collections, and this is a single entity.");
                return Err(Fault::new(FaultKind::Option, *name, message));
            }
        }
        let capabilities = &schema.ty(ty).capabilities;
        let (select, outputs) = self.select(ty, options.select)?;
        Ok(Shape {
            number,
            ty,
            outputs,
            select,
            expand: match options.expand {
                Some(text) => self.expand(ty, text, depth)?,
                None => Vec::new(),
            },
            filter: match options.filter {
                Some(text) => Some(bind_filter(schema, ty, text)?),
                None => None,
            },
            search: match options.search {
                Some(text) => Some(bind_search(schema, ty, text)?),
                None => None,
            },
            order: match options.orderby {
                Some(text) => self.order(ty, text)?,
                None if many => newest_first(ty, capabilities).into_iter().collect(),
                None => Vec::new(),
            },
            top: options.top.map(|text| number_of("$top", text, capabilities.max_top)).transpose()?,
            skip: options.skip.map(|text| number_of("$skip", text, limits::SKIP)).transpose()?.unwrap_or(0),
            count: match options.count.map(str::trim) {
                Some(text) if text.eq_ignore_ascii_case("true") => many,
                Some(text) if text.eq_ignore_ascii_case("false") => false,
                Some(text) => return Err(bad("$count", format!("'{text}' is neither true nor false."))),
                None => false,
            },
            after: None,
            list: None,
        })
    }

    /// What `$select` says, and for each concrete type the properties that come out of it.
    #[expect(clippy::type_complexity, reason = "the two are fields of Shape")]
    fn select(
        &self,
        ty: TypeId,
        text: Option<&str>,
    ) -> Result<(Option<Vec<&'static str>>, Vec<(TypeId, Vec<usize>)>), Fault> {
        let schema = self.schema;
        let concrete = &schema.ty(ty).concrete;
        let outputs = |wanted: &dyn Fn(&Property) -> bool| {
            let of = |each: &TypeId| {
                let properties = schema.ty(*each).properties.iter().enumerate();
                let chosen =
                    properties.filter(|(_, property)| property.access != Access::WriteOnly && wanted(property));
                (*each, chosen.map(|(at, _)| at).collect())
            };
            concrete.iter().map(of).collect()
        };
        let Some(text) = text else {
            return Ok((None, outputs(&|property| property.default)));
        };
        let mut all = false;
        let mut names: Vec<&'static str> = Vec::new();
        for name in text.split(',').map(str::trim) {
            if name == "*" {
                all = true;
            } else if let Some(name) = self.selected(ty, name)?
                && !names.contains(&name)
            {
                names.push(name);
            }
        }
        if all {
            return Ok((Some(vec!["*"]), outputs(&|_| true)));
        }
        let outputs = outputs(&|property| names.contains(&property.name));
        Ok((Some(names), outputs))
    }

    /// The property's own name; `None` for a navigation, which only `$expand` brings.
    fn selected(&self, ty: TypeId, name: &str) -> Result<Option<&'static str>, Fault> {
        let mut parts = name.split('/');
        let mut first = parts.next().unwrap_or_default();
        if self.schema.unqualified(first).is_some() {
            self.cast(ty, first, "$select")?;
            first = parts.next().unwrap_or_default();
        }
        let types = std::iter::once(&ty).chain(&self.schema.ty(ty).concrete);
        for each in types {
            let structure = self.schema.ty(*each);
            let (selected, below) = match structure.member(first) {
                Some(Member::Property(at)) => {
                    let Some(property) = structure.properties.get(at) else { continue };
                    let Item::Complex(complex) = property.ty.item else {
                        return parts.next().map_or(Ok(Some(property.name)), |rest| Err(unknown(rest, property.name)));
                    };
                    (Some(property.name), complex)
                }
                Some(Member::Navigation(at)) => {
                    let Some(navigation) = structure.navigations.get(at) else { continue };
                    (None, navigation.target)
                }
                None => continue,
            };
            // What stands below comes as a whole, and still has to be there.
            let rest: Vec<&str> = parts.collect();
            return match rest.is_empty() {
                true => Ok(selected),
                false => self.selected(below, &rest.join("/")).map(|_| selected),
            };
        }
        Err(unknown(first, self.schema.ty(ty).name))
    }

    fn cast(&self, ty: TypeId, name: &str, option: &str) -> Result<TypeId, Fault> {
        let found = self.schema.unqualified(name).and_then(|name| self.schema.find(name));
        found
            .filter(|found| self.schema.is_a(*found, ty))
            .ok_or_else(|| bad(option, format!("'{name}' does not derive from '{}'.", self.schema.ty(ty).name)))
    }

    fn expand(&mut self, ty: TypeId, text: &str, depth: usize) -> Result<Vec<Expand>, Fault> {
        if depth == limits::EXPAND_DEPTH {
            return Err(bad("$expand", format!("it is nested more than {} levels deep.", limits::EXPAND_DEPTH)));
        }
        let mut out: Vec<Expand> = Vec::new();
        let mut star = None;
        for item in split(text, ',')? {
            let item = item.trim();
            if item == "*" || item == "*/$ref" {
                star = Some(item != "*");
                continue;
            }
            let expand = self.expand_item(ty, item, depth)?;
            if out.iter().any(|known| known.owner == expand.owner && known.nav == expand.nav) {
                return Err(bad("$expand", format!("'{item}' names a navigation twice.")));
            }
            out.push(expand);
        }
        if let Some(links_only) = star {
            for (nav, navigation) in self.schema.ty(ty).navigations.iter().enumerate() {
                let known = out.iter().any(|known| known.owner == ty && known.nav == nav);
                if navigation.expandable && !known {
                    self.count_levels()?;
                    let shape = self.level(navigation.target, navigation.many, &Options::default(), depth + 1)?;
                    out.push(Expand { owner: ty, nav, cast: None, links_only, options: Vec::new(), shape });
                }
            }
        }
        Ok(out)
    }

    fn count_levels(&self) -> Result<(), Fault> {
        // The root is a level too.
        if self.levels > limits::EXPAND_COUNT {
            return Err(bad("$expand", format!("it names more than {} navigations.", limits::EXPAND_COUNT)));
        }
        Ok(())
    }

    fn expand_item(&mut self, ty: TypeId, item: &str, depth: usize) -> Result<Expand, Fault> {
        let (head, inside) = match item.split_once('(') {
            Some((head, inside)) => {
                let inside = inside.strip_suffix(')');
                (
                    head.trim_end(),
                    inside.ok_or_else(|| bad("$expand", format!("'{item}' has no closing parenthesis.")))?,
                )
            }
            None => (item, ""),
        };
        let mut parts = head.split('/').peekable();
        let mut from = ty;
        if let Some(cast) = parts.next_if(|part| self.schema.unqualified(part).is_some()) {
            from = self.cast(ty, cast, "$expand")?;
        }
        let name = parts.next().unwrap_or_default();
        let (owner, nav) = self.navigation(from, name)?;
        let navigation = self.schema.ty(owner).navigations.get(nav);
        let navigation = navigation.filter(|navigation| navigation.expandable);
        let navigation = navigation.ok_or_else(|| bad("$expand", format!("'{name}' can't be expanded.")))?;
        let (mut cast, mut links_only) = (None, false);
        for part in parts {
            if part.eq_ignore_ascii_case("$ref") && !links_only {
                links_only = true;
            } else if cast.is_none() && !links_only && self.schema.unqualified(part).is_some() {
                cast = Some(self.cast(navigation.target, part, "$expand")?);
            } else {
                return Err(bad("$expand", format!("'{part}' can't follow '{name}'.")));
            }
        }
        self.count_levels()?;
        let options = nested(inside)?;
        let target = cast.unwrap_or(navigation.target);
        let shape = self.level(target, navigation.many, &options, depth + 1)?;
        let cast = cast.filter(|cast| *cast != navigation.target);
        let options = options.said().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Ok(Expand { owner, nav, cast, links_only, options, shape })
    }

    /// A navigation of the type or, in a collection of many types, of one that derives from it.
    fn navigation(&self, ty: TypeId, name: &str) -> Result<(TypeId, usize), Fault> {
        let types = std::iter::once(&ty).chain(&self.schema.ty(ty).concrete);
        for each in types {
            if let Some((at, _)) = self.schema.ty(*each).navigation(name) {
                return Ok((*each, at));
            }
        }
        let message = format!("'{name}' is not a navigation of type '{}'.", self.schema.ty(ty).name);
        Err(bad("$expand", message))
    }

    fn order(&self, ty: TypeId, text: &str) -> Result<Vec<Order>, Fault> {
        let fault = |message: String| Fault::new(FaultKind::Filter, "$orderby", format!("$orderby: {message}"));
        let binder = Binder::new(self.schema, ty, "$orderby");
        let mut out = Vec::new();
        for term in text.split(',') {
            let mut words = term.split_ascii_whitespace();
            let name = words.next().ok_or_else(|| fault("a property was expected.".to_owned()))?;
            let descending = match words.next() {
                Some(word) if word.eq_ignore_ascii_case("desc") => true,
                Some(word) if word.eq_ignore_ascii_case("asc") => false,
                Some(word) => return Err(fault(format!("'{word}' is neither asc nor desc."))),
                None => false,
            };
            if let Some(word) = words.next() {
                return Err(fault(format!("'{word}' was not expected.")));
            }
            if out.len() == limits::ORDER_TERMS {
                return Err(fault(format!("it has more than {} terms.", limits::ORDER_TERMS)));
            }
            let segments: Vec<&str> = name.split('/').take(limits::PATH_SEGMENTS).collect();
            match binder.path(&segments)? {
                (path, What::Value(Type { item: Item::Primitive(_) | Item::Enum(_), many: false })) => {
                    out.push(Order { path, descending });
                }
                _ => return Err(fault(format!("'{name}' has no order."))),
            }
        }
        Ok(out)
    }
}

/// The order of a collection that has one of its own.
fn newest_first(ty: TypeId, capabilities: &Capabilities) -> Option<Order> {
    let leaf = Leaf::Property { owner: ty, property: capabilities.newest_first?, below: Vec::new() };
    Some(Order { path: Path { base: 0, navigations: Vec::new(), leaf }, descending: true })
}

fn number_of(option: &str, text: &str, max: u32) -> Result<u32, Fault> {
    let text = text.trim();
    let number = if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse::<u32>().ok() } else { None };
    number
        .filter(|number| *number <= max)
        .ok_or_else(|| bad(option, format!("'{text}' is not a whole number from 0 to {max}.")))
}

/// The options in the parentheses of an `$expand`, separated by semicolons.
fn nested(text: &str) -> Result<Options<'_>, Fault> {
    let mut options = Options::default();
    if text.trim().is_empty() {
        return Ok(options);
    }
    for part in split(text, ';')? {
        let part = part.trim();
        if part.is_empty() {
            continue;
        }
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let name = name.trim().to_ascii_lowercase();
        let fault = |what: &str| {
            let message = format!("The option '{name}' {what} in an $expand.");
            Fault::new(FaultKind::Option, format!("$expand/{name}"), message)
        };
        match options.slot(&name) {
            Some(slot @ None) => *slot = Some(value.trim()),
            Some(_) => return Err(fault("was given twice")),
            None => return Err(fault("is not supported")),
        }
    }
    Ok(options)
}

/// Cuts at separators that stand in no parentheses and in no quotes.
fn split(text: &str, separator: char) -> Result<Vec<&str>, Fault> {
    let mut out = Vec::new();
    let (mut depth, mut start) = (0_usize, 0_usize);
    let mut quote: Option<char> = None;
    for (at, each) in text.char_indices() {
        match (quote, each) {
            (Some(open), each) if each == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(each),
            (None, '(') => depth += 1,
            (None, ')') => {
                depth = depth.checked_sub(1).ok_or_else(|| bad("$expand", "there is a ')' too many."))?;
            }
            (None, each) if each == separator && depth == 0 => {
                out.push(text.get(start..at).unwrap_or_default());
                start = at + each.len_utf8();
            }
            _ => {}
        }
    }
    if depth > 0 || quote.is_some() {
        return Err(bad("$expand", "a parenthesis or a quote isn't closed."));
    }
    out.push(text.get(start..).unwrap_or_default());
    Ok(out)
}
