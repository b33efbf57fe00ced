//! From a [`RawFilter`] to a [`Filter`]: every name found in the schema, every literal of the type
//! that stands against it. `$orderby` finds its paths here too. Nothing that came out of here may
//! name what the schema doesn't have, or what must not be filtered.

use crate::error::{Fault, FaultKind};
use crate::filter::{self, RawFilter, RawOperand};
use crate::literal::{self, Literal};
use crate::query::{Compare, Filter, Leaf, Operand, Path};
use crate::schema::{self, Access, Item, Member, Primitive, Schema, Type, TypeId};
use crate::value::Value;

/// Parses and binds a `$filter` on entities of type `ty`.
///
/// # Errors
/// `Filter`, with a message that names the property and the type.
pub fn bind_filter(schema: &Schema, ty: TypeId, text: &str) -> Result<Filter, Fault> {
    let raw = filter::parse(text)?;
    Binder::new(schema, ty, "$filter").filter(&raw)
}

/// What of a filter only an advanced query may say; `None` if it is plain.
pub fn advanced_part(filter: &Filter) -> Option<&'static str> {
    match filter {
        Filter::And(all) | Filter::Or(all) => all.iter().find_map(advanced_part),
        Filter::Not(_) => Some("'not'"),
        Filter::Compare { op: Compare::Ne, .. } => Some("'ne'"),
        Filter::Compare { left, .. } | Filter::In { left, .. } if left.count => Some("'$count' in a $filter"),
        Filter::Text { op: crate::query::TextOp::EndsWith, .. } => Some("'endswith'"),
        Filter::Any { body, .. } => body.as_deref().and_then(advanced_part),
        Filter::All { body, .. } => advanced_part(body),
        Filter::Always(_) | Filter::Compare { .. } | Filter::In { .. } | Filter::Text { .. } => None,
    }
}

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum What {
    Value(Type),
    Entity(TypeId),
    Entities(TypeId),
    Count,
}

#[derive(Debug, Clone, Copy)]
enum Variable {
    Entity(TypeId),
    Item(Item),
}

pub(crate) struct Binder<'a> {
    schema: &'a Schema,
    root: TypeId,
    option: &'static str,
    /// Of the lambdas around, the outermost first.
    variables: Vec<(&'a str, Variable)>,
}

impl<'a> Binder<'a> {
    pub(crate) fn new(schema: &'a Schema, root: TypeId, option: &'static str) -> Binder<'a> {
        Binder { schema, root, option, variables: Vec::new() }
    }

    fn fault(&self, message: impl std::fmt::Display) -> Fault {
        Fault::new(FaultKind::Filter, self.option, format!("{}: {message}", self.option))
    }

    fn filter(&mut self, raw: &RawFilter<'a>) -> Result<Filter, Fault> {
        match raw {
            RawFilter::And(all) => Ok(Filter::And(all.iter().map(|each| self.filter(each)).collect::<Result<_, _>>()?)),
            RawFilter::Or(all) => Ok(Filter::Or(all.iter().map(|each| self.filter(each)).collect::<Result<_, _>>()?)),
            RawFilter::Not(inner) => Ok(Filter::Not(Box::new(self.filter(inner)?))),
            RawFilter::Compare { left, op, right } => self.compare(left, *op, right),
            RawFilter::In { left, values } => {
                let (left, what, name) = self.operand(left)?;
                let values = values
                    .iter()
                    .map(|literal| match self.literal(literal, what, left.case.is_some(), &name)? {
                        Value::Null => Err(self.fault("the list of 'in' can't hold null.")),
                        value => Ok(value),
                    })
                    .collect::<Result<Vec<_>, _>>()?;
                Ok(if values.is_empty() { Filter::Always(false) } else { Filter::In { left, values } })
            }
            RawFilter::Text { op, left, right } => {
                let RawOperand::Literal(Literal::Text(text)) = right else {
                    return Err(self.fault("the second argument of a text function has to be a string in quotes."));
                };
                let (left, what, name) = self.operand(left)?;
                let is_string =
                    matches!(what, What::Value(Type { item: Item::Primitive(Primitive::String), many: false }));
                if !is_string {
                    return Err(self.fault(format!("'{name}' is not a string, as text functions need it.")));
                }
                Ok(Filter::Text { left, op: *op, right: text.clone() })
            }
            RawFilter::Lambda { path, all, body } => self.lambda(path, *all, body.as_ref()),
            RawFilter::Predicate(RawOperand::Literal(Literal::Bool(value))) => Ok(Filter::Always(*value)),
            RawFilter::Predicate(operand) => {
                let (left, what, name) = self.operand(operand)?;
                match what {
                    What::Value(Type { item: Item::Primitive(Primitive::Boolean), many: false }) => {
                        Ok(Filter::Compare { left, op: Compare::Eq, right: Value::Bool(true) })
                    }
                    _ => Err(self.fault(format!("'{name}' is no condition: compare it with something."))),
                }
            }
        }
    }

    fn compare(&mut self, left: &RawOperand<'a>, op: Compare, right: &RawOperand<'a>) -> Result<Filter, Fault> {
        let (path, op, literal) = match (left, right) {
            (RawOperand::Path { .. }, RawOperand::Literal(literal)) => (left, op, literal),
            (RawOperand::Literal(literal), RawOperand::Path { .. }) => (right, flip(op), literal),
            (RawOperand::Literal(left), RawOperand::Literal(right)) => match op {
                Compare::Eq => return Ok(Filter::Always(left == right)),
                Compare::Ne => return Ok(Filter::Always(left != right)),
                _ => return Err(self.fault("two values are compared, and no property.")),
            },
            _ => return Err(self.fault("two properties can't be compared with each other.")),
        };
        let (left, what, name) = self.operand(path)?;
        let right = self.literal(literal, what, left.case.is_some(), &name)?;
        let ordered = match what {
            What::Value(ty) => match ty.item {
                Item::Primitive(Primitive::Boolean | Primitive::Binary | Primitive::Guid) => false,
                Item::Primitive(_) => true,
                Item::Enum(_) | Item::Complex(_) => false,
            },
            What::Count => true,
            What::Entity(_) | What::Entities(_) => false,
        };
        if !matches!(op, Compare::Eq | Compare::Ne) && (right.is_null() || !ordered) {
            return Err(self.fault(format!("'{name}' can only be compared with 'eq', 'ne' and 'in' here.")));
        }
        Ok(Filter::Compare { left, op, right })
    }

    fn literal(&self, literal: &Literal, what: What, cased: bool, name: &str) -> Result<Value, Fault> {
        let fitted = match what {
            What::Count => match literal {
                Literal::Int(number) => Ok(Value::Int(*number)),
                _ => Err("a whole number".to_owned()),
            },
            What::Entity(_) if *literal == Literal::Null => Ok(Value::Null),
            What::Entity(_) => Err("null: a navigation has no value of its own".to_owned()),
            What::Entities(_) => {
                return Err(self.fault(format!("'{name}' is a collection: use any, all or $count.")));
            }
            What::Value(ty) if ty.many => {
                return Err(self.fault(format!("'{name}' is a collection: use any, all or $count.")));
            }
            What::Value(ty) => literal::fit(self.schema, literal, ty.item),
        };
        let value = fitted.map_err(|expected| self.fault(format!("'{name}' takes {expected}.")))?;
        if cased && !matches!(value, Value::Text(_) | Value::Null) {
            return Err(self.fault(format!("'{name}' is not a string, as tolower and toupper need it.")));
        }
        Ok(value)
    }

    fn operand(&self, raw: &RawOperand<'a>) -> Result<(Operand, What, String), Fault> {
        let RawOperand::Path { segments, case } = raw else {
            return Err(self.fault("a property was expected where a value stands."));
        };
        let (path, what) = self.path(segments)?;
        let name = segments.join("/");
        if case.is_some() && !matches!(what, What::Value(Type { item: Item::Primitive(Primitive::String), .. })) {
            return Err(self.fault(format!("'{name}' is not a string, as tolower and toupper need it.")));
        }
        Ok((Operand { path, case: *case, count: what == What::Count }, what, name))
    }

    fn lambda(
        &mut self,
        segments: &[&'a str],
        all: bool,
        body: Option<&(&'a str, Box<RawFilter<'a>>)>,
    ) -> Result<Filter, Fault> {
        let (over, what) = self.path(segments)?;
        let variable = match what {
            What::Entities(ty) => Variable::Entity(ty),
            What::Value(ty) if ty.many => Variable::Item(ty.item),
            _ => return Err(self.fault(format!("'{}' is not a collection.", segments.join("/")))),
        };
        let Some((name, body)) = body else { return Ok(Filter::Any { over, body: None }) };
        if self.variables.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            return Err(self.fault(format!("the variable '{name}' is used twice.")));
        }
        self.variables.push((name, variable));
        let bound = self.filter(body);
        self.variables.pop();
        let body = Box::new(bound?);
        Ok(if all { Filter::All { over, body } } else { Filter::Any { over, body: Some(body) } })
    }

    /// Looks a path up. Only filterable properties are found by it.
    pub(crate) fn path(&self, segments: &[&str]) -> Result<(Path, What), Fault> {
        let mut rest = segments;
        let mut path = Path { base: 0, navigations: Vec::new(), leaf: Leaf::Entity(self.root) };
        let mut what = What::Entity(self.root);
        if let Some((first, behind)) = rest.split_first() {
            let variable = self.variables.iter().position(|(name, _)| name.eq_ignore_ascii_case(first));
            if let Some((at, (_, variable))) = variable.and_then(|at| Some((at, self.variables.get(at)?))) {
                path.base = at + 1;
                rest = behind;
                (path.leaf, what) = match *variable {
                    Variable::Entity(ty) => (Leaf::Entity(ty), What::Entity(ty)),
                    Variable::Item(item) => (Leaf::Variable, What::Value(Type { item, many: false })),
                };
            } else if first.eq_ignore_ascii_case("$it") {
                rest = behind;
            }
        }
        while let Some((segment, behind)) = rest.split_first() {
            rest = behind;
            what = self.step(&mut path, what, segment)?;
        }
        Ok((path, what))
    }

    fn step(&self, path: &mut Path, what: What, segment: &str) -> Result<What, Fault> {
        if segment.eq_ignore_ascii_case("$count") {
            return match what {
                What::Entities(_) => Ok(What::Count),
                What::Value(ty) if ty.many => Ok(What::Count),
                _ => Err(self.fault("'$count' stands behind collections only.")),
            };
        }
        let owner = match what {
            What::Entity(ty) => ty,
            What::Value(Type { item: Item::Complex(ty), many: false }) => ty,
            What::Entities(_) => {
                return Err(self.fault(format!("'{segment}' stands behind a collection: use any, all or $count.")));
            }
            What::Value(ty) if ty.many => {
                return Err(self.fault(format!("'{segment}' stands behind a collection: use any, all or $count.")));
            }
            What::Value(_) | What::Count => return Err(self.fault(format!("nothing can follow before '{segment}'."))),
        };
        if self.schema.unqualified(segment).is_some() {
            return Err(self.fault(format!("the cast '{segment}' is not supported here; put it into the path.")));
        }
        let owner = self.schema.declarer(owner, segment);
        let ty = self.schema.ty(owner);
        let unknown = || self.fault(format!("'{segment}' is not a property of type '{}'.", ty.name));
        match ty.member(segment).ok_or_else(unknown)? {
            Member::Navigation(at) => {
                let navigation = ty.navigations.get(at).ok_or_else(unknown)?;
                path.navigations.push((owner, at));
                path.leaf = Leaf::Entity(navigation.target);
                Ok(if navigation.many { What::Entities(navigation.target) } else { What::Entity(navigation.target) })
            }
            Member::Property(at) => {
                let property = ty.properties.get(at).ok_or_else(unknown)?;
                if property.access == Access::WriteOnly {
                    return Err(unknown());
                }
                match &mut path.leaf {
                    Leaf::Property { below, .. } => below.push(property.name),
                    // Whether a structure can be filtered is said where it hangs on its entity.
                    leaf if ty.kind == schema::Kind::Complex => {
                        *leaf = Leaf::Property { owner, property: at, below: Vec::new() };
                    }
                    leaf => {
                        if property.filter == schema::Filter::None {
                            let message =
                                format!("the property '{}' of type '{}' is not filterable.", property.name, ty.name);
                            return Err(self.fault(message));
                        }
                        *leaf = Leaf::Property { owner, property: at, below: Vec::new() };
                    }
                }
                Ok(What::Value(property.ty))
            }
        }
    }
}

fn flip(op: Compare) -> Compare {
    match op {
        Compare::Gt => Compare::Lt,
        Compare::Ge => Compare::Le,
        Compare::Lt => Compare::Gt,
        Compare::Le => Compare::Ge,
        Compare::Eq | Compare::Ne => op,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits;
    use crate::query::{Case, TextOp};
    use crate::sample::{self, GOVERNANCE, GROUP, PACKAGE, USER};
    use proptest::prelude::*;

    fn bound(ty: TypeId, text: &str) -> Filter {
        bind_filter(&sample::schema(), ty, text).unwrap_or_else(|fault| panic!("{text}: {fault}"))
    }

    fn refused(ty: TypeId, text: &str) -> String {
        let fault = bind_filter(&sample::schema(), ty, text).expect_err(text);
        assert_eq!((fault.kind, fault.target.as_str()), (FaultKind::Filter, "$filter"));
        fault.message
    }

    fn own(owner: TypeId, name: &str) -> Operand {
        let property = sample::schema().ty(owner).property(name).unwrap().0;
        let leaf = Leaf::Property { owner, property, below: vec![] };
        Operand { path: Path { base: 0, navigations: vec![], leaf }, case: None, count: false }
    }

    fn eq(owner: TypeId, name: &str, right: Value) -> Filter {
        Filter::Compare { left: own(owner, name), op: Compare::Eq, right }
    }

    #[test]
    fn comparisons() {
        assert_eq!(bound(USER, "DisplayName EQ 'O''Hara'"), eq(USER, "displayName", Value::Text("O'Hara".into())));
        assert_eq!(bound(USER, "'x' eq displayName"), eq(USER, "displayName", Value::Text("x".into())));
        assert_eq!(bound(USER, "displayName eq null"), eq(USER, "displayName", Value::Null));
        assert_eq!(bound(USER, "accountEnabled"), eq(USER, "accountEnabled", Value::Bool(true)));
        assert_eq!(bound(USER, "(accountEnabled) eq (true)"), eq(USER, "accountEnabled", Value::Bool(true)));
        assert_eq!(
            bound(USER, "5 lt age"),
            Filter::Compare { left: own(USER, "age"), op: Compare::Gt, right: Value::Int(5) }
        );
        assert_eq!(bound(USER, "age eq -5"), eq(USER, "age", Value::Int(-5)));
        assert_eq!(bound(USER, "score eq 2.5"), eq(USER, "score", Value::Double(2.5)));
        assert_eq!(bound(USER, "score eq 2"), eq(USER, "score", Value::Double(2.0)));
        assert_eq!(bound(USER, "birthday eq 2026-01-31"), eq(USER, "birthday", Value::Text("2026-01-31".into())));
        assert_eq!(bound(USER, "true eq true"), Filter::Always(true));
        assert_eq!(bound(USER, "false"), Filter::Always(false));
    }

    #[test]
    fn guids_and_times() {
        let id = uuid::Uuid::from_u128(5);
        for text in [format!("id eq {id}"), format!("id eq '{id}'"), format!("id eq guid'{id}'"), format!("{id} eq id")]
        {
            assert_eq!(bound(USER, &text), eq(USER, "id", Value::Guid(id)));
        }
        assert_eq!(
            refused(USER, "id eq 'x'"),
            "$filter: 'id' takes a GUID such as 3f2504e0-4f89-41d3-9a0c-0305e82c3301."
        );
        for text in [
            "1970-01-01T00:00:01Z",
            "1970-01-01T00:00:01.0000000Z",
            "1970-01-01T02:00:01+02:00",
            "1970-01-01T02:00:01 02:00",
            "datetime'1970-01-01T00:00:01'",
        ] {
            let filter = bound(USER, &format!("createdDateTime eq {text}"));
            assert_eq!(filter, eq(USER, "createdDateTime", Value::Time(1_000_000)), "{text}");
        }
        // In quotes it is a text.
        assert!(refused(USER, "createdDateTime eq '1970-01-01T00:00:01Z'").contains("'createdDateTime' takes a date"));
        assert_eq!(
            bound(USER, "createdDateTime eq 1970-01-02"),
            eq(USER, "createdDateTime", Value::Time(86_400_000_000))
        );
    }

    #[test]
    fn enums() {
        for text in
            ["'published'", "'Published'", "microsoft.graph.packageState'published'", "graph.packagestate'PUBLISHED'"]
        {
            assert_eq!(bound(PACKAGE, &format!("state eq {text}")), eq(PACKAGE, "state", Value::Int(1)));
        }
        assert_eq!(bound(PACKAGE, "requestState eq 'delivered'"), eq(PACKAGE, "requestState", Value::Int(1)));
        assert!(refused(PACKAGE, "state eq 'x'").contains("one of 'draft', 'published'"));
        assert!(refused(PACKAGE, "state eq microsoft.graph.other'draft'").contains("one of"));
        assert!(refused(PACKAGE, "state gt 'draft'").contains("'eq', 'ne' and 'in'"));
    }

    #[test]
    fn precedence() {
        let (a, b, c) =
            (eq(USER, "age", Value::Int(1)), eq(USER, "age", Value::Int(2)), eq(USER, "age", Value::Int(3)));
        assert_eq!(
            bound(USER, "age eq 1 or age eq 2 and age eq 3"),
            Filter::Or(vec![a.clone(), Filter::And(vec![b.clone(), c.clone()])])
        );
        assert_eq!(
            bound(USER, "(age eq 1 or age eq 2) and age eq 3"),
            Filter::And(vec![Filter::Or(vec![a.clone(), b.clone()]), c])
        );
        assert_eq!(bound(USER, "NOT age eq 1 and age eq 2"), Filter::And(vec![Filter::Not(Box::new(a.clone())), b]));
        assert_eq!(bound(USER, "not(age eq 1)"), Filter::Not(Box::new(a)));
    }

    #[test]
    fn functions() {
        let text = |left, op, right: &str| Filter::Text { left, op, right: right.into() };
        let starts = text(own(USER, "displayName"), TextOp::StartsWith, "a");
        assert_eq!(bound(USER, "startsWith(displayName, 'a')"), starts);
        assert_eq!(bound(USER, "startswith(displayName,'a') eq true"), starts);
        assert_eq!(bound(USER, "true eq startswith(displayName,'a')"), starts);
        assert_eq!(bound(USER, "startswith(displayName,'a') eq false"), Filter::Not(Box::new(starts)));
        let lower = Operand { case: Some(Case::Lower), ..own(USER, "displayName") };
        assert_eq!(
            bound(USER, "contains(toLower(displayName),tolower('A'))"),
            text(lower.clone(), TextOp::Contains, "a")
        );
        assert_eq!(
            bound(USER, "tolower(displayName) eq 'a'"),
            Filter::Compare { left: lower, op: Compare::Eq, right: Value::Text("a".into()) }
        );
        assert!(refused(USER, "contains(age,'a')").contains("'age' is not a string"));
        assert!(refused(USER, "contains('a',displayName)").contains("second argument"));
        assert!(refused(USER, "indexof(displayName,'a') eq 1").contains("'indexof' is not supported"));
        assert!(refused(USER, "age add 1 eq 2").contains("'add' is not an operator"));
    }

    #[test]
    fn lists() {
        let values = vec![Value::Int(1), Value::Int(2)];
        assert_eq!(bound(USER, "age in (1, 2)"), Filter::In { left: own(USER, "age"), values });
        assert_eq!(bound(USER, "age in ()"), Filter::Always(false));
        let list = |count: usize| format!("age in ({})", vec!["1"; count].join(","));
        bound(USER, &list(limits::IN_VALUES));
        assert!(refused(USER, &list(limits::IN_VALUES + 1)).contains("more than 1000 values"));
        assert!(refused(USER, "age in (1,'a')").contains("'age' takes a whole number"));
        assert!(refused(USER, "age in (null)").contains("null"));
    }

    #[test]
    fn paths() {
        let schema = sample::schema();
        let catalog = schema.ty(PACKAGE).navigation("catalog").unwrap().0;
        let filter = bound(PACKAGE, "Catalog/Id eq 00000000-0000-0000-0000-000000000005");
        let Filter::Compare { left, .. } = filter else { panic!() };
        assert_eq!(left.path.navigations, [(PACKAGE, catalog)]);
        let Filter::Compare { left, right, .. } = bound(PACKAGE, "schedule/expiration/type eq 'AfterDuration'") else {
            panic!()
        };
        assert!(
            matches!(left.path.leaf, Leaf::Property { owner: PACKAGE, ref below, .. } if *below == ["expiration", "type"])
        );
        assert_eq!(right, Value::Int(1));
        let Filter::Compare { left, .. } = bound(PACKAGE, "catalog eq null") else { panic!() };
        assert_eq!(left.path.leaf, Leaf::Entity(sample::CATALOG));
        let Filter::Compare { left, .. } = bound(GROUP, "members/$count gt 3") else { panic!() };
        assert!(left.count);
        assert!(refused(GROUP, "members/id eq 'x'").contains("collection"));
        assert!(refused(GROUP, "groupTypes eq 'x'").contains("collection"));
        assert!(refused(PACKAGE, "schedule eq 'x'").contains("null"));
        assert!(refused(GROUP, "members/microsoft.graph.user/id eq 'x'").contains("collection"));
        assert!(refused(USER, "manager/microsoft.graph.user/displayName eq 'x'").contains("cast"));
        assert!(refused(USER, "displayName/x eq 'x'").contains("nothing can follow"));
    }

    #[test]
    fn lambdas() {
        let Filter::Any { over, body } = bound(GROUP, "groupTypes/any(c:c eq 'Unified')") else { panic!() };
        assert!(matches!(over.leaf, Leaf::Property { owner: GROUP, .. }));
        let Some(Filter::Compare { left, .. }) = body.as_deref() else { panic!() };
        assert_eq!((left.path.base, &left.path.leaf), (1, &Leaf::Variable));
        let text =
            "catalog/accessPackages/any(p:p/incompatibleGroups/any(g:g/displayName eq 'x' and p/state eq 'draft'))";
        let Filter::Any { over, body } = bound(PACKAGE, text) else { panic!() };
        assert_eq!((over.navigations.len(), &over.leaf), (2, &Leaf::Entity(PACKAGE)));
        let Some(Filter::Any { over, body }) = body.as_deref() else { panic!() };
        assert_eq!((over.base, over.navigations.len()), (1, 1));
        let Some(Filter::And(both)) = body.as_deref() else { panic!() };
        let bases: Vec<usize> = both
            .iter()
            .map(|each| match each {
                Filter::Compare { left, .. } => left.path.base,
                _ => panic!(),
            })
            .collect();
        assert_eq!(bases, [2, 1]);
        assert!(matches!(bound(GROUP, "members/any()"), Filter::Any { body: None, .. }));
        assert!(matches!(bound(GROUP, "members/all(m:m/id ne null)"), Filter::All { .. }));
        assert!(matches!(bound(PACKAGE, "stages/any(s:s/isRequired)"), Filter::Any { .. }));
        assert!(refused(GROUP, "members/all()").contains("needs a condition"));
        assert!(refused(GROUP, "members/any(m:members/any(m:m/id eq null))").contains("used twice"));
        assert!(refused(USER, "displayName/any(c:c eq 'x')").contains("not a collection"));
    }

    #[test]
    fn unknown_and_hidden() {
        assert_eq!(refused(USER, "foo eq 1"), "$filter: 'foo' is not a property of type 'user'.");
        assert_eq!(refused(USER, "password eq 'x'"), "$filter: 'password' is not a property of type 'user'.");
        assert_eq!(
            refused(USER, "aboutMe eq 'x'"),
            "$filter: the property 'aboutMe' of type 'user' is not filterable."
        );
        assert!(refused(GOVERNANCE, "id eq 'x'").contains("governance"));
        for bad in [
            "",
            "age",
            "age eq",
            "age eq 1 x",
            "(age eq 1",
            "age eq 1)",
            "eq 1",
            "age eq 'a",
            "1",
            "age eq age",
            "age eq \u{e9}",
            "not",
            "age in",
            "age in 1",
            "age eq 99999999999",
            "age eq 1.5",
            "any(x:x eq 1)",
            "tags/any(",
            "tags/any(c)",
            "tags/any(c:)",
            "age eq 1 and",
            "/age eq 1",
            "age/ eq 1",
            "1x eq age",
            "$count eq 1",
        ] {
            refused(USER, bad);
        }
    }

    #[test]
    fn limits_hold() {
        let nested = |depth: usize| format!("{}accountEnabled{}", "(".repeat(depth), ")".repeat(depth));
        bound(USER, &nested(limits::FILTER_DEPTH));
        assert!(refused(USER, &nested(limits::FILTER_DEPTH + 1)).contains("nested"));
        assert!(refused(USER, &"(".repeat(100_000)).contains("nested"));
        assert!(refused(USER, &"not ".repeat(100_000)).contains("nested"));
        assert!(refused(USER, &"tolower(".repeat(100_000)).contains("nested"));
        // Each "accountEnabled" is a node, and so is each "or".
        let wide = |count: usize| vec!["accountEnabled"; count].join(" or ");
        bound(USER, &wide(limits::FILTER_NODES / 2));
        assert!(refused(USER, &wide(limits::FILTER_NODES / 2 + 1)).contains("more than 400"));
    }

    #[test]
    fn advanced_parts_are_found() {
        let part = |text| advanced_part(&bound(GROUP, text));
        assert_eq!(part("displayName eq 'x' and startswith(displayName,'x')"), None);
        assert_eq!(part("displayName eq 'x' or description ne 'x'"), Some("'ne'"));
        assert_eq!(part("not(displayName eq 'x')"), Some("'not'"));
        assert_eq!(part("groupTypes/any(c:endswith(c,'x'))"), Some("'endswith'"));
        assert_eq!(part("members/$count eq 0"), Some("'$count' in a $filter"));
    }

    proptest! {
        #[test]
        fn never_panics(text in ".{0,60}") {
            let _ = bind_filter(&sample::schema(), USER, &text);
        }

        #[test]
        fn never_panics_on_likely_text(words in proptest::collection::vec(
            prop::sample::select(vec!["displayName", "age", "tags", "memberOf", "id", "eq", "ne", "and", "or", "not", "in", "(",
                ")", ",", "/", "any", "all", "(x:", "x", "'a'", "5", "null", "true", "$count", "tolower(", "contains(",
                "2026-01-01T00:00:00Z", " 02:00", "-", "'", "microsoft.graph.user"]), 0..16)) {
            let _ = bind_filter(&sample::schema(), USER, &words.join(" "));
            let _ = bind_filter(&sample::schema(), USER, &words.concat());
        }

        #[test]
        fn any_string_can_be_asked_for(text in "[^\\x00]{0,30}") {
            let filter = bound(USER, &format!("displayName eq '{}'", text.replace('\'', "''")));
            prop_assert_eq!(filter, eq(USER, "displayName", Value::Text(text)));
        }
    }
}
