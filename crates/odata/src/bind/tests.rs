//! What the clients send, bound to the sample schema; and what is refused.

use super::*;
use crate::bookmark::{self, Token};
use crate::limits;
use crate::query::{Bookmark, Key, Leaf, Search};
use crate::sample::{self, CATALOG, DIRECTORY_OBJECT, GOVERNANCE, GROUP, PACKAGE, USER};
use crate::schema::TypeId;
use crate::url;
use crate::value::Value;
use crate::write;
use proptest::prelude::*;

const ID: &str = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
const READ: Asks = Asks { consistency_eventual: false, max_page_size: None, read: true };
const EVENTUAL: Asks = Asks { consistency_eventual: true, ..READ };

fn try_bind(target: &str, asks: &Asks) -> Result<Intent, Fault> {
    bind(&sample::schema(), &url::parse(target)?, asks)
}

fn bound(target: &str) -> Intent {
    try_bind(target, &READ).unwrap_or_else(|fault| panic!("{target}: {fault}"))
}

fn shaped(target: &str) -> Shape {
    bound(target).shape.unwrap()
}

fn refused(target: &str) -> Fault {
    try_bind(target, &READ).expect_err(target)
}

fn nav(owner: TypeId, name: &str) -> Step {
    let nav = sample::schema().ty(owner).navigation(name).unwrap().0;
    Step::Navigate { owner, nav }
}

fn id(text: &str) -> Step {
    Step::Key(Key::Id(text.to_owned()))
}

const ROOT: TypeId = TypeId(0);
const PACKAGES: &str = "/identityGovernance/accessPackages";

#[test]
fn paths() {
    let intent = bound(&format!("/IdentityGovernance/accesspackages/{ID}/incompatibleGroups/{ID}/$ref"));
    let steps = [
        nav(ROOT, "identityGovernance"),
        nav(GOVERNANCE, "accessPackages"),
        id(ID),
        nav(PACKAGE, "incompatibleGroups"),
        id(ID),
    ];
    assert_eq!(intent.target, Target { steps: steps.to_vec(), ty: GROUP, many: false, end: End::Ref });
    assert_eq!(bound(&format!("/groups({ID})")), bound(&format!("/groups/{ID}")));
    assert_eq!(bound(&format!("/groups(id='{ID}')")), bound(&format!("/groups('{ID}')")));
    assert_eq!(bound("/groups/not-a-guid").target.steps, [nav(ROOT, "groups"), id("not-a-guid")]);
    assert_eq!(bound("/").target, Target { steps: vec![], ty: ROOT, many: false, end: End::Itself });
    assert_eq!(bound("/").shape, None);
    assert_eq!(bound("/me").target.steps, [nav(ROOT, "me")]);
    assert_eq!(bound("/me/manager/$ref").target.end, End::Ref);
    let governance = bound("/identityGovernance");
    assert_eq!((governance.target.ty, governance.target.many), (GOVERNANCE, false));
}

#[test]
fn keys() {
    let upn = sample::schema().ty(USER).property("userPrincipalName").unwrap().0;
    let ada = Step::Key(Key::Alternate { property: upn, value: Value::Text("ada@doorward.test".into()) });
    for target in [
        "/users/ada%40doorward.test",
        "/users('ada@doorward.test')",
        "/users(userPrincipalName='ada@doorward.test')",
        "/users(userprincipalname=@p)?@p='ada@doorward.test'",
    ] {
        assert_eq!(bound(target).target.steps, [nav(ROOT, "users"), ada.clone()], "{target}");
    }
    assert_eq!(bound(&format!("/users/{ID}")).target.steps, [nav(ROOT, "users"), id(ID)]);
    assert!(matches!(bound("/users/graph.admin@x.test").target.steps[1], Step::Key(Key::Alternate { .. })));
    for bad in
        ["/groups('')", "/groups()", "/groups('a','b')", "/groups(displayName='x')", "/groups(id='')", "/groups(true)"]
    {
        assert_eq!(refused(bad).kind, FaultKind::Key, "{bad}");
    }
}

#[test]
fn casts() {
    for cast in ["microsoft.graph.user", "graph.user", "Microsoft.Graph.User"] {
        let intent = bound(&format!("/groups/{ID}/members/{cast}/{ID}"));
        assert_eq!((intent.target.ty, &intent.target.steps[3]), (USER, &Step::Cast(USER)));
    }
    assert_eq!(bound(&format!("/groups/microsoft.graph.group/{ID}")), bound(&format!("/groups/{ID}")));
    assert_eq!(bound(&format!("/directoryObjects/{ID}/graph.group/members")).target.ty, DIRECTORY_OBJECT);
    for bad in [
        format!("/groups/{ID}/microsoft.graph.user"),
        format!("/groups/{ID}/members/graph.catalog"),
        "/users/graph.x".into(),
    ] {
        assert_eq!(refused(&bad).kind, FaultKind::Segment, "{bad}");
    }
}

#[test]
fn properties() {
    let name = sample::schema().ty(USER).property("displayName").unwrap().0;
    assert_eq!(bound("/me/displayname").target.end, End::Property { property: name, value: false });
    assert_eq!(bound("/me/displayName/$value").target.end, End::Property { property: name, value: true });
    assert_eq!(bound("/me/displayName").shape, None);
    for bad in [
        "/me/password",
        "/me/tags/$value",
        "/me/displayName/x",
        "/me/displayName('x')",
        "/me/displayName/$count",
        "/me/$value",
    ] {
        assert_eq!(refused(bad).kind, FaultKind::Segment, "{bad}");
    }
}

#[test]
fn operations() {
    let intent = bound(&format!("{PACKAGES}/filterByCurrentUser(on='Published')?$top=1&$expand=catalog"));
    assert_eq!(
        intent.target.end,
        End::Operation { operation: 0, arguments: vec![("on", Value::Int(1))], count: false }
    );
    assert_eq!(intent.shape.map(|shape| (shape.ty, shape.top, shape.expand.len())), Some((PACKAGE, Some(1), 1)));
    let text = "additionalAccess(incompatibleAccessPackageId='Q',accessPackageId='P')";
    let arguments =
        vec![("accessPackageId", Value::Text("P".into())), ("incompatibleAccessPackageId", Value::Text("Q".into()))];
    for name in [text.to_owned(), format!("microsoft.graph.{text}"), format!("graph.{text}")] {
        let end = bound(&format!("{PACKAGES}/{name}")).target.end;
        assert_eq!(end, End::Operation { operation: 1, arguments: arguments.clone(), count: false });
    }
    for name in ["additionalAccess()", "additionalaccess"] {
        let end = bound(&format!("{PACKAGES}/{name}")).target.end;
        assert_eq!(end, End::Operation { operation: 2, arguments: vec![], count: false });
    }
    let cancel = bound(&format!("{PACKAGES}/{ID}/microsoft.graph.cancel"));
    assert_eq!(
        (cancel.target.end, cancel.shape),
        (End::Operation { operation: 3, arguments: vec![], count: false }, None)
    );
    // How many a function gives: filtered, and not paged.
    let counted =
        bound(&format!("{PACKAGES}/filterByCurrentUser(on='Published')/$COUNT?$top=1&$filter=displayName eq 'x'"));
    let published = vec![("on", Value::Int(1))];
    assert_eq!(counted.target.end, End::Operation { operation: 0, arguments: published, count: true });
    assert_eq!(counted.shape.map(|shape| (shape.filter.is_some(), shape.top)), Some((true, None)));
    // Bound to what the type derives from.
    assert!(matches!(bound("/me/getMemberGroups").target.end, End::Operation { operation: 4, .. }));
    for bad in [
        "filterByCurrentUser",
        "filterByCurrentUser(off='x')",
        "additionalAccess(accessPackageId='P')",
        "additionalAccess(accessPackageId='P',accessPackageId='P')",
        "cancel()/x",
        "additionalAccess()/$count()",
        "additionalAccess()/$count/x",
        "additionalAccess()/$ref",
    ] {
        let fault = refused(&format!("{PACKAGES}/{bad}"));
        assert_eq!(fault.kind, FaultKind::Segment, "{bad}");
    }
    assert_eq!(refused(&format!("{PACKAGES}/filterByCurrentUser(on='x')")).kind, FaultKind::Value);
}

#[test]
fn unknown_segments() {
    for (target, segment) in [
        ("/foo", "foo"),
        ("/$metadata", "$metadata"),
        ("/$count", "$count"),
        ("/$ref", "$ref"),
        ("/me/foo", "foo"),
        ("/users/$value", "$value"),
        ("/users/$ref/x", "x"),
        ("/users/x/$count", "$count"),
        ("/me('x')", "me"),
        ("/users/foo('x')", "foo"),
    ] {
        let fault = refused(target);
        assert_eq!((fault.kind, fault.target.as_str()), (FaultKind::Segment, segment), "{target}");
        assert_eq!(fault.message, format!("Resource not found for the segment '{segment}'."));
    }
}

fn names(shape: &Shape, ty: TypeId) -> Vec<&'static str> {
    let schema = sample::schema();
    let (_, outputs) = shape.outputs.iter().find(|(known, _)| *known == ty).unwrap();
    outputs.iter().map(|at| schema.ty(ty).properties[*at].name).collect()
}

#[test]
fn select() {
    let shape = shaped("/groups");
    assert_eq!((names(&shape, GROUP), shape.select), (vec!["id", "displayName", "description", "groupTypes"], None));
    let shape = shaped("/groups?$select=Description, id,members,description");
    assert_eq!(names(&shape, GROUP), ["id", "description"]);
    assert_eq!(shape.select, Some(vec!["description", "id"]));
    // In a collection of many types each gives what it has.
    let shape = shaped(&format!("/groups/{ID}/members?$select=id,userPrincipalName,microsoft.graph.group/description"));
    assert_eq!(
        (names(&shape, USER), names(&shape, GROUP)),
        (vec!["id", "userPrincipalName"], vec!["id", "description"])
    );
    let shape = shaped("/users?$select=*");
    assert!(names(&shape, USER).contains(&"aboutMe") && names(&shape, USER).contains(&"createdDateTime"));
    assert!(!names(&shape, USER).contains(&"password"));
    assert_eq!(names(&shaped("/users?$select=password"), USER), [""; 0]);
    assert!(!names(&shaped("/users"), USER).contains(&"createdDateTime"));
    assert_eq!(names(&shaped(&format!("{PACKAGES}?$select=schedule/expiration")), PACKAGE), ["schedule"]);
    let fault = refused("/groups?$select=id,foo");
    assert_eq!(
        (fault.kind, fault.message.as_str()),
        (FaultKind::OptionValue, "$select: 'foo' is not a property of type 'group'.")
    );
}

#[test]
fn expand() {
    let schema = sample::schema();
    let shape = shaped(&format!(
        "{PACKAGES}?$expand=incompatibleGroups%28%24select%3Did%2CdisplayName%3B%24expand%3Dmembers($top=2;$filter=id%20ne%20null)%29,catalog,incompatibleAccessPackages($filter=displayName eq 'a,b;c)(')"
    ));
    assert_eq!(shape.expand.iter().map(|each| each.shape.number).collect::<Vec<_>>(), [1, 3, 4]);
    let groups = &shape.expand[0];
    assert_eq!((groups.owner, schema.ty(groups.owner).navigations[groups.nav].name), (PACKAGE, "incompatibleGroups"));
    assert_eq!(names(&groups.shape, GROUP), ["id", "displayName"]);
    assert_eq!((groups.shape.expand[0].shape.top, groups.shape.expand[0].shape.number), (Some(2), 2));
    assert!(shape.expand[2].shape.filter.is_some());
    assert_eq!(
        write::fields(&schema, &shape),
        "(incompatibleGroups(id,displayName,members()),catalog(),incompatibleAccessPackages())"
    );

    let shape = shaped(&format!("/groups/{ID}?$expand=Members/graph.user($select=displayName),owners/$ref"));
    assert_eq!((shape.expand[0].cast, shape.expand[0].shape.ty), (Some(USER), USER));
    assert!(shape.expand[1].links_only);
    // A navigation that only some of the types have.
    let shape = shaped(&format!("/groups/{ID}/members?$expand=manager"));
    assert_eq!(shape.expand[0].owner, USER);
    assert_eq!(shaped(&format!("{PACKAGES}?$expand=*")).expand.len(), 4);
    assert_eq!(shaped("/me?$expand=manager,memberOf($count=true)").expand.len(), 2);

    for (target, kind) in [
        ("foo", FaultKind::OptionValue),
        ("", FaultKind::OptionValue),
        ("catalog,", FaultKind::OptionValue),
        ("displayName", FaultKind::OptionValue),
        ("hidden", FaultKind::OptionValue),
        ("catalog,catalog", FaultKind::OptionValue),
        ("catalog(", FaultKind::OptionValue),
        ("catalog)", FaultKind::OptionValue),
        ("catalog()x", FaultKind::OptionValue),
        ("incompatibleGroups/$count", FaultKind::OptionValue),
        ("incompatibleGroups/graph.user", FaultKind::OptionValue),
        ("incompatibleGroups($levels=2)", FaultKind::Option),
        ("incompatibleGroups($top=1;$top=2)", FaultKind::Option),
        ("incompatibleGroups($skiptoken=x)", FaultKind::Option),
        ("incompatibleGroups(select=id)", FaultKind::Option),
        ("catalog($filter=id eq null)", FaultKind::Option),
        ("incompatibleGroups($filter=foo eq 1)", FaultKind::Filter),
    ] {
        assert_eq!(refused(&format!("{PACKAGES}?$expand={target}")).kind, kind, "{target}");
    }
}

#[test]
fn expand_has_limits() {
    let nested = |depth: usize| {
        let inside = "$expand=incompatibleAccessPackages(".repeat(depth - 1);
        format!("{PACKAGES}?{inside}$expand=catalog{}", ")".repeat(depth - 1))
    };
    bound(&nested(limits::EXPAND_DEPTH));
    assert!(refused(&nested(limits::EXPAND_DEPTH + 1)).message.contains("nested more than 5"));
    assert!(refused(&nested(400)).message.contains("nested more than 5"));
}

#[test]
fn expand_counts_all_levels() {
    // An item of `*` on packages brings 4 navigations; each here brings 3 more with it.
    let item = |name: &str| format!("{name}($expand=catalog,questions)");
    let nine = format!("incompatibleGroups,catalog,{}", item("incompatibleAccessPackages"));
    let path = format!("{PACKAGES}?$expand={nine}");
    assert_eq!(shaped(&path).expand.len(), 3);
    // 4 on each of 5 levels are 20; a second branch below the second level takes it over 30.
    let star = |depth: usize| {
        (1..depth).fold("*".to_owned(), |below, _| format!("incompatibleAccessPackages($expand={below}),*"))
    };
    let two = |other: usize| {
        let catalog = format!("catalog($expand=accessPackages($expand={}))", star(other));
        format!("{PACKAGES}?$expand=incompatibleAccessPackages($expand={}),{catalog},*", star(4))
    };
    // 4 at the top, 16 below the packages, 1 below the catalog, and 4 or 8 or 12 below that.
    let levels = |shape: &Shape| {
        fn count(shape: &Shape) -> usize {
            shape.expand.iter().map(|each| 1 + count(&each.shape)).sum()
        }
        count(shape)
    };
    assert_eq!(levels(&shaped(&two(2))), 29);
    let one_more = two(2).replacen(
        "incompatibleAccessPackages(",
        "incompatibleGroups($expand=members),incompatibleAccessPackages(",
        1,
    );
    assert_eq!(levels(&shaped(&one_more)), limits::EXPAND_COUNT);
    let two_more = one_more.replacen("$expand=members", "$expand=members,owners", 1);
    assert!(refused(&two_more).message.contains("more than 30"));
}

#[test]
fn paging() {
    let shape = shaped("/users?$top=1&$skip=5");
    assert_eq!((shape.top, shape.skip, shape.count), (Some(1), 5, false));
    let schema = sample::schema();
    assert_eq!(shaped("/users").page_size(&schema, None), 100);
    assert_eq!(shaped("/users").page_size(&schema, Some(5)), 5);
    assert_eq!(shaped("/users").page_size(&schema, Some(5000)), 999);
    assert_eq!(shaped("/users?$top=500").page_size(&schema, None), 500);
    assert_eq!(shaped("/users?$top=500").page_size(&schema, Some(50)), 50);
    assert!(shaped(&format!("{PACKAGES}?$count=true")).count);
    bound("/users?$top=999");
    assert_eq!(shaped("/users?$top=0").top, Some(0));
    bound("/users?$skip=100000");
    for bad in [
        "$top=1000",
        "$select=",
        "$top=x",
        "$top=-1",
        "$top=",
        "$top=%2B1",
        "$top=99999999999",
        "$skip=100001",
        "$skip=x",
        "$count=1",
    ] {
        let fault = refused(&format!("/users?{bad}"));
        assert_eq!(fault.kind, FaultKind::OptionValue, "{bad}");
        assert!(fault.message.contains(bad.split('=').next().unwrap()));
    }
    assert!(refused("/users?$top=1000").message.contains("0 to 999"));
    for bad in ["$filter=id eq null", "$orderby=id", "$skip=1", "$search=x"] {
        assert_eq!(refused(&format!("/me?{bad}")).kind, FaultKind::Option, "{bad}");
    }
    assert_eq!(refused("/users?$format=xml").kind, FaultKind::NotAcceptable);
    bound("/users?$format=application/json;odata.metadata=none");
}

#[test]
fn order() {
    let shape = shaped(&format!("{PACKAGES}?$orderby=catalog/displayName desc,state, schedule/startDateTime asc"));
    assert_eq!(shape.order.iter().map(|each| each.descending).collect::<Vec<_>>(), [true, false, false]);
    assert_eq!(shape.order[0].path.navigations.len(), 1);
    assert!(matches!(shape.order[2].path.leaf, Leaf::Property { ref below, .. } if *below == ["startDateTime"]));
    for bad in [
        "",
        "foo",
        "state up",
        "state desc x",
        "stages",
        "catalog",
        "schedule",
        "incompatibleGroups/id",
        "incompatibleGroups/$count",
        "state,",
    ] {
        let fault = refused(&format!("{PACKAGES}?$orderby={bad}"));
        assert_eq!((fault.kind, fault.target.as_str()), (FaultKind::Filter, "$orderby"), "{bad}");
    }
    let many = |count: usize| format!("{PACKAGES}?$orderby={}", vec!["state"; count].join(","));
    bound(&many(limits::ORDER_TERMS));
    assert!(refused(&many(limits::ORDER_TERMS + 1)).message.contains("more than 8"));
}

#[test]
fn search() {
    let search = |text: &str| {
        try_bind(&format!("/groups?$count=true&$search={text}"), &EVENTUAL).map(|i| i.shape.unwrap().search.unwrap())
    };
    let schema = sample::schema();
    let clause = |name: &str, text: &str| {
        let property = schema.ty(GROUP).property(name).unwrap().0;
        Search::Clause { owner: GROUP, property, text: text.to_owned() }
    };
    let (a, b, c) = (clause("displayName", "a b"), clause("description", "c"), clause("displayName", "d"));
    assert_eq!(search(r#""DisplayName:a b""#), Ok(a.clone()));
    assert_eq!(search("d"), Ok(c.clone()));
    assert_eq!(search(r#""d""#), Ok(c.clone()));
    assert_eq!(
        search(r#""displayName:a b" AND "description:c" OR NOT d"#),
        Ok(Search::Or(vec![Search::And(vec![a.clone(), b.clone()]), Search::Not(Box::new(c.clone()))]))
    );
    assert_eq!(search(r#""displayName:a b" ("description:c" OR d)"#), Ok(Search::And(vec![a, Search::Or(vec![b, c])])));
    for bad in ["", "\"", "\"\"", "\"displayName:\"", "\"groupTypes:x\"", "AND d", "d OR", "(d", "d)", "NOT"] {
        let fault = search(bad).expect_err(bad);
        assert_eq!((fault.kind, fault.target.as_str()), (FaultKind::OptionValue, "$search"), "{bad}");
    }
    let nested = |depth: usize| format!("{}d{}", "(".repeat(depth), ")".repeat(depth));
    assert!(search(&nested(limits::FILTER_DEPTH)).is_ok());
    assert!(search(&nested(limits::FILTER_DEPTH + 1)).unwrap_err().message.contains("nested"));
    assert!(search(&vec!["d"; limits::FILTER_NODES].join(" ")).is_ok());
    assert!(search(&vec!["d"; limits::FILTER_NODES + 1].join(" ")).unwrap_err().message.contains("more than 400"));
    let fault = try_bind(&format!("{PACKAGES}?$search=x"), &READ).unwrap_err();
    assert_eq!(fault.kind, FaultKind::OptionValue);
}

#[test]
fn advanced_queries() {
    for target in [
        "/users?$filter=displayName ne 'x'".to_owned(),
        "/users?$filter=not(displayName eq 'x')".into(),
        "/users?$filter=endswith(displayName,'x')".into(),
        "/users?$filter=displayName eq 'x'&$orderby=displayName".into(),
    ] {
        let join = if target.contains('?') { '&' } else { '?' };
        let counted = format!("{target}{join}$count=true");
        assert_eq!(refused(&target).kind, FaultKind::NeedsConsistency, "{target}");
        assert_eq!(refused(&counted).kind, FaultKind::NeedsConsistency, "{target}");
        assert_eq!(try_bind(&target, &EVENTUAL).unwrap_err().kind, FaultKind::NeedsConsistency, "{target}");
        assert!(try_bind(&counted, &EVENTUAL).is_ok(), "{target}");
    }
    // A search needs the header alone, and a cast nothing.
    assert_eq!(refused("/users?$search=\"displayName:x\"").kind, FaultKind::NeedsConsistency);
    assert!(try_bind("/users?$search=\"displayName:x\"", &EVENTUAL).is_ok());
    bound(&format!("/groups/{ID}/members/microsoft.graph.user"));
    assert_eq!(refused("/users/$count").kind, FaultKind::NeedsConsistency);
    assert_eq!(refused(&format!("/groups/{ID}/members/$count")).kind, FaultKind::NeedsConsistency);
    assert!(try_bind("/users/$count?$filter=displayName ne 'x'", &EVENTUAL).is_ok());
    // Passed over in silence.
    assert!(!shaped("/users?$count=true").count);
    assert!(try_bind("/users?$count=true", &EVENTUAL).unwrap().shape.unwrap().count);
    // Plain ones, and services that aren't the directory.
    bound("/users?$filter=startswith(displayName,'x') and accountEnabled eq true");
    bound("/users?$orderby=displayName");
    bound(&format!("{PACKAGES}?$filter=displayName ne 'x'&$orderby=displayName"));
    bound(&format!("{PACKAGES}/$count"));
    bound(&format!("{PACKAGES}/{ID}/incompatibleGroups/$count"));
    bound(&format!("{PACKAGES}/{ID}/incompatibleGroups?$filter=displayName ne 'x'"));
}

#[test]
fn skiptokens() {
    let token = |values: Vec<Value>| {
        let after = Bookmark { values, id: ID.to_owned() };
        bookmark::encode(&Token { after, place: 0, count: true, remaining: Some(7) })
    };
    let name = || Value::Text("x".to_owned());
    // Neither header nor $count are asked for again.
    let shape = shaped(&format!(
        "/users?$filter=displayName ne 'x'&$orderby=displayName&$top=10&$skip=3&$skiptoken={}",
        token(vec![name()])
    ));
    assert_eq!((shape.count, shape.top, shape.skip), (true, Some(7), 0));
    assert_eq!(shape.after, Some(Bookmark { values: vec![name()], id: ID.to_owned() }));
    for bad in [
        "$skiptoken=".to_owned(),
        "$skiptoken=abc".into(),
        format!("$orderby=displayName&$skiptoken={}", token(vec![])),
        format!("$orderby=displayName&$skiptoken={}", token(vec![Value::Int(1)])),
        format!("$orderby=age&$skiptoken={}", token(vec![name()])),
        format!("$skiptoken={}", token(vec![Value::Null; limits::ORDER_TERMS + 1])),
    ] {
        let fault = refused(&format!("/users?{bad}"));
        assert_eq!((fault.kind, fault.target.as_str()), (FaultKind::OptionValue, "$skiptoken"), "{bad}");
    }
}

#[test]
fn next_links_are_read_again() {
    let raw =
        url::parse("/users?$filter=displayName eq 'a%26b=c%2Bd é'&$top=10&$skip=3&x=y z&$search=\"a:b\"").unwrap();
    let after = Bookmark { values: vec![], id: ID.to_owned() };
    let token = Token { after, place: 0, count: false, remaining: None };
    let link = bookmark::next_link("https://localhost:8443/v1.0/", "/users", &raw.options, &token);
    assert!(link.starts_with(
        "https://localhost:8443/v1.0/users?$filter=displayName%20eq%20%27a%26b%3Dc%2Bd%20%C3%A9%27&$top=10&x="
    ));
    let again = url::parse(link.strip_prefix("https://localhost:8443/v1.0").unwrap()).unwrap();
    let kept = |url: &url::RawUrl| {
        let mut options = url.options.clone();
        options.retain(|(name, _)| name != "$skip" && name != "$skiptoken");
        options
    };
    assert_eq!(kept(&raw), kept(&again));
    assert_eq!(bookmark::decode(again.option("$skiptoken").unwrap()), Ok(token));
}

#[test]
fn other_methods() {
    let post = Asks { read: false, ..READ };
    let intent = try_bind(&format!("{PACKAGES}?$select=id&$expand=catalog&$filter=nonsense&$top=x"), &post).unwrap();
    let shape = intent.shape.unwrap();
    assert_eq!((names(&shape, PACKAGE), shape.expand.len(), shape.filter), (vec!["id"], 1, None));
    assert!(try_bind(&format!("/groups/{ID}/members/$ref?@id=https://x/y"), &post).is_ok());
}

#[test]
fn contexts() {
    let schema = sample::schema();
    let context = |target: &str, content| {
        let Intent { target, shape } = try_bind(target, &EVENTUAL).unwrap();
        let fields = shape.map(|shape| write::fields(&schema, &shape)).unwrap_or_default();
        write::context_url("https://h/v1.0", &write::set_path(&schema, &target), &fields, content)
    };
    use write::Content::*;
    let base = "https://h/v1.0/$metadata#";
    assert_eq!(context("/Users?$select=id,displayName", Collection), format!("{base}users(id,displayName)"));
    assert_eq!(context(&format!("/users/{ID}?$select=id"), Entity), format!("{base}users(id)/$entity"));
    assert_eq!(
        context(&format!("{PACKAGES}/{ID}"), Entity),
        format!("{base}identityGovernance/accessPackages/$entity")
    );
    assert_eq!(
        context(&format!("{PACKAGES}/{ID}/incompatibleGroups"), Collection),
        format!("{base}identityGovernance/accessPackages('{ID}')/incompatibleGroups")
    );
    assert_eq!(context("/users('o''x@y.z')/memberOf/$ref", Refs), format!("{base}Collection($ref)"));
    assert_eq!(
        context("/users('o''x@y.z')/memberOf/graph.group?$count=true", Collection),
        format!("{base}users(userPrincipalName='o%27%27x@y.z')/memberOf/microsoft.graph.group")
    );
}

#[test]
fn the_type_of_a_catalog_is_found() {
    assert_eq!(bound(&format!("{PACKAGES}/{ID}/catalog")).target.ty, CATALOG);
}

proptest! {
    #[test]
    fn never_panics(target in ".{0,80}") {
        let _ = try_bind(&target, &READ);
    }

    #[test]
    fn never_panics_on_likely_text(words in proptest::collection::vec(
        prop::sample::select(vec!["/users", "/groups", "/x", "/$ref", "/$count", "/members", "/microsoft.graph.user", "('a')", "?", "&",
            "$expand=", "$select=", "$filter=", "$orderby=", "$search=", "$top=", "members", "manager", "id", "(", ")", ";", ",",
            "*", "/$value", "displayName", " eq ", "'", "%", "\"", " desc", "5", "$skiptoken=", "/accessPackages",
            "/identityGovernance", "/filterByCurrentUser", "(on=", "é"]), 0..14)) {
        let target = words.concat();
        let _ = try_bind(&target, &READ);
        let _ = try_bind(&target, &EVENTUAL);
    }
}
