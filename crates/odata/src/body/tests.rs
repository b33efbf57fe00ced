//! Bodies as clients send them, and every way in which one can be wrong.

use super::*;
use crate::sample::{self, CATALOG, DIRECTORY_OBJECT, GROUP, PACKAGE, QUESTION, USER};
use proptest::prelude::*;

fn read_as(ty: TypeId, mode: Mode, text: &str) -> Result<Body, Fault> {
    read_entity(&sample::schema(), ty, text.as_bytes(), mode, &Options::default())
}

fn update(ty: TypeId, text: &str) -> Body {
    read_as(ty, Mode::Update, text).unwrap_or_else(|fault| panic!("{text}: {fault}"))
}

/// Kind and target of the fault.
fn refused(ty: TypeId, mode: Mode, text: &str) -> (FaultKind, String) {
    let fault = read_as(ty, mode, text).expect_err(text);
    assert!(fault.message.contains(&fault.target), "{fault}");
    (fault.kind, fault.target)
}

fn value(ty: TypeId, name: &str, json: &str) -> Result<Value, Fault> {
    let body = read_as(ty, Mode::Update, &format!("{{\"{name}\":{json}}}"))?;
    let at = sample::schema().ty(ty).property(name).unwrap().0;
    Ok(body.value(at).unwrap().clone())
}

fn index(ty: TypeId, name: &str) -> usize {
    sample::schema().ty(ty).property(name).unwrap().0
}

fn link(ty: TypeId, name: &str) -> usize {
    sample::schema().ty(ty).navigation(name).unwrap().0
}

#[test]
fn values() {
    let id = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
    for (ty, name, json, expected) in [
        (USER, "DISPLAYNAME", r#""x""#, Value::Text("x".into())),
        (USER, "accountEnabled", "true", Value::Bool(true)),
        (USER, "age", "-5", Value::Int(-5)),
        (USER, "age", "5.0", Value::Int(5)),
        (USER, "age", "null", Value::Null),
        (USER, "score", "5", Value::Double(5.0)),
        (USER, "score", "2.5", Value::Double(2.5)),
        (USER, "birthday", r#""2026-01-31""#, Value::Text("2026-01-31".into())),
        (USER, "tags", r#"["b","a"]"#, Value::Json(r#"["b","a"]"#.into())),
        (USER, "tags", "[]", Value::Json("[]".into())),
        (USER, "tags", "null", Value::Json("[]".into())),
        (PACKAGE, "stages", r#"[{"approvers":null}]"#, Value::Json(r#"[{"approvers":[]}]"#.into())),
        (USER, "password", r#""p""#, Value::Text("p".into())),
        (PACKAGE, "state", r#""Published""#, Value::Int(1)),
        (PACKAGE, "requestState", r#""delivered""#, Value::Int(1)),
        (PACKAGE, "wait", r#""P3D""#, Value::Text("P3D".into())),
        (PACKAGE, "blob", r#""aGk=""#, Value::Text("aGk=".into())),
        (PACKAGE, "big", "9007199254740993", Value::Int(9_007_199_254_740_993)),
    ] {
        assert_eq!(value(ty, name, json), Ok(expected), "{name}: {json}");
    }
    assert_eq!(update(CATALOG, &format!("{{\"id\":\"{id}\"}}")).id.as_deref(), Some(id));
}

#[test]
fn wrong_values() {
    for (ty, name, json) in [
        (USER, "displayName", "5"),
        (USER, "displayName", "{}"),
        (USER, "displayName", "null"),
        (USER, "accountEnabled", r#""true""#),
        (USER, "age", "2147483648"),
        (USER, "age", "5.5"),
        (USER, "age", "1e300"),
        (USER, "age", r#""5""#),
        (USER, "birthday", r#""31.1.2026""#),
        (USER, "tags", r#""x""#),
        (PACKAGE, "state", r#""x""#),
        (PACKAGE, "state", "1"),
        (PACKAGE, "wait", r#""3 days""#),
        (PACKAGE, "blob", r#""a b""#),
        (PACKAGE, "big", "9223372036854775808"),
        (PACKAGE, "schedule", "[]"),
        (PACKAGE, "schedule", r#""x""#),
        (PACKAGE, "stages", "{}"),
    ] {
        let fault = value(ty, name, json).expect_err(json);
        assert_eq!((fault.kind, fault.target.as_str()), (FaultKind::Value, name), "{json}");
        assert!(fault.message.contains(name));
    }
    assert_eq!(refused(USER, Mode::Update, r#"{"tags":["a",5]}"#), (FaultKind::Value, "tags[1]".into()));
    assert_eq!(refused(USER, Mode::Update, r#"{"tags":[null]}"#), (FaultKind::Value, "tags[0]".into()));
    assert_eq!(refused(USER, Mode::Update, r#"{"foo":1}"#), (FaultKind::UnknownProperty, "foo".into()));
    assert_eq!(refused(USER, Mode::Update, r#"{"age":1,"AGE":2}"#), (FaultKind::Json, "AGE".into()));
    assert_eq!(refused(USER, Mode::Update, "[]"), (FaultKind::Value, "body".into()));
}

#[test]
fn structures_have_one_text() {
    let sent = r##"{"Expiration":{"duration":"P3D","TYPE":"AfterDuration","extra":{"a":[1]},"endDateTime":null},
        "@odata.type":"#microsoft.graph.schedule","startDateTime":"2026-11-22T07:24:00.5000000+02:00"}"##;
    let canonical = r#"{"startDateTime":"2026-11-22T05:24:00.5Z","expiration":{"type":"afterDuration","duration":"P3D","endDateTime":null,"extra":{"a":[1]}}}"#;
    assert_eq!(value(PACKAGE, "schedule", sent), Ok(Value::Json(canonical.into())));
    assert_eq!(value(PACKAGE, "schedule", canonical), Ok(Value::Json(canonical.into())));
    let sent = r##"[{"groupId":"g","@odata.type":"#Microsoft.Graph.groupMembers"},{"@odata.type":"graph.groupMembers","groupId":"h","description":"d"}]"##;
    let canonical = r##"[{"@odata.type":"#microsoft.graph.groupMembers","groupId":"g"},{"@odata.type":"#microsoft.graph.groupMembers","description":"d","groupId":"h"}]"##;
    assert_eq!(value(PACKAGE, "targets", sent), Ok(Value::Json(canonical.into())));
}

#[test]
fn wrong_structures() {
    for (json, kind, target) in [
        (r#"{"schedule":{"foo":1}}"#, FaultKind::UnknownProperty, "schedule/foo"),
        (r#"{"schedule":{"expiration":{"type":"x"}}}"#, FaultKind::Value, "schedule/expiration/type"),
        (r#"{"schedule":{"expiration":{"type":null,"Type":null}}}"#, FaultKind::Json, "schedule/expiration/Type"),
        (r#"{"targets":[{"groupId":"g"}]}"#, FaultKind::Value, "targets[0]/@odata.type"),
        (
            r##"{"targets":[{"@odata.type":"#microsoft.graph.subjectSet"}]}"##,
            FaultKind::Value,
            "targets[0]/@odata.type",
        ),
        (r##"{"targets":[{"@odata.type":"#microsoft.graph.stage"}]}"##, FaultKind::Value, "targets[0]/@odata.type"),
        (r#"{"targets":[{"@odata.type":5}]}"#, FaultKind::Value, "targets[0]/@odata.type"),
        (r#"{"stages":[{},{"approvers":[{}]}]}"#, FaultKind::Value, "stages[1]/approvers[0]/@odata.type"),
        (r#"{"stages":[null]}"#, FaultKind::Value, "stages[0]"),
    ] {
        assert_eq!(refused(PACKAGE, Mode::Update, json), (kind, target.to_owned()), "{json}");
    }
    let text = r##"{"displayName":"x","targets":[{"@odata.type":"#microsoft.graph.groupMembers"}]}"##;
    assert_eq!(refused(PACKAGE, Mode::Create, text), (FaultKind::Value, "targets[0]/groupId".into()));
}

#[test]
fn what_is_required() {
    assert_eq!(refused(PACKAGE, Mode::Create, "{}"), (FaultKind::Value, "displayName".into()));
    assert_eq!(refused(PACKAGE, Mode::Replace, r#"{"displayName":null}"#), (FaultKind::Value, "displayName".into()));
    assert_eq!(update(PACKAGE, "{}").values, []);
    let lenient = Options { nothing_required: true, ..Options::default() };
    assert!(read_entity(&sample::schema(), PACKAGE, b"{}", Mode::Create, &lenient).is_ok());
    let other = Options { member_aliases: &[("title", "displayName")], ..Options::default() };
    let named = |text: &str| read_entity(&sample::schema(), PACKAGE, text.as_bytes(), Mode::Create, &other);
    assert_eq!(named(r#"{"Title":"x"}"#).unwrap(), named(r#"{"displayName":"x"}"#).unwrap());
    let twice = named(r#"{"displayName":"x","title":"x"}"#).unwrap_err();
    assert_eq!((twice.kind, twice.target.as_str()), (FaultKind::Json, "title"));
    let below = named(r#"{"displayName":"x","catalog":{"title":"x"}}"#).unwrap_err();
    assert_eq!(below.kind, FaultKind::UnknownProperty);
    // Clients spell out what they leave unset.
    let body = read_as(USER, Mode::Create, r#"{"displayName":"x","tags":null,"age":null,"id":null}"#).unwrap();
    assert_eq!(body.values, [(index(USER, "displayName"), Value::Text("x".into())), (index(USER, "age"), Value::Null)]);
    assert_eq!(body.id, None);
}

#[test]
fn who_may_set_what() {
    let body = update(USER, r#"{"createdDateTime":"2026-01-01T00:00:00Z","createdBy":"me","password":"p"}"#);
    assert_eq!(body.values, [(index(USER, "password"), Value::Text("p".into()))]);
    assert_eq!(body.fixed, [(index(USER, "createdBy"), Value::Text("me".into()))]);
    // What is left aside is looked at all the same.
    let wrong = refused(USER, Mode::Update, r#"{"createdDateTime":"whatever"}"#);
    assert_eq!(wrong, (FaultKind::Value, "createdDateTime".to_owned()));
    let body = read_as(USER, Mode::Create, r#"{"displayName":"x","createdBy":"me"}"#).unwrap();
    assert_eq!((body.values.len(), body.fixed.len()), (2, 0));
}

#[test]
fn types() {
    let schema = sample::schema();
    let read = |ty, kind: &str, aliases: &[(&str, &str)]| {
        let text = format!("{{\"@odata.type\":\"{kind}\",\"displayName\":\"x\"}}");
        let options = Options { type_aliases: aliases, ..Options::default() };
        read_entity(&schema, ty, text.as_bytes(), Mode::Create, &options)
            .map(|body| (body.ty, body.odata_type.unwrap()))
    };
    for kind in ["#microsoft.graph.group", "microsoft.graph.Group", "#graph.group"] {
        assert_eq!(read(DIRECTORY_OBJECT, kind, &[]), Ok((GROUP, kind.to_owned())));
        assert_eq!(read(GROUP, kind, &[]), Ok((GROUP, kind.to_owned())));
    }
    let other = "#Microsoft.IGAELM.PDS.FrontEnd.ExternalModel.group";
    for alias in [other, "Microsoft.IGAELM.PDS.FrontEnd.ExternalModel.group"] {
        assert_eq!(read(GROUP, other, &[(alias, "group")]), Ok((GROUP, other.to_owned())));
    }
    for (ty, kind) in [
        (GROUP, other),
        (GROUP, "#microsoft.graph.user"),
        (GROUP, "group"),
        (GROUP, "#microsoft.graph.directoryObject"),
        (GROUP, ""),
    ] {
        let fault = read(ty, kind, &[]).unwrap_err();
        assert_eq!((fault.kind, fault.target.as_str()), (FaultKind::Value, "@odata.type"), "{kind}");
    }
    assert_eq!(refused(DIRECTORY_OBJECT, Mode::Create, "{}"), (FaultKind::Value, "@odata.type".into()));
}

#[test]
fn reference_at_the_top_is_taken_refused_or_ignored_by_the_mode_and_the_options() {
    let text = r#"{"@odata.id":"groups/x"}"#;
    assert_eq!(update(GROUP, text).reference, None);
    for text in [text, r#"{"@odata.id":null}"#] {
        assert_eq!(refused(GROUP, Mode::Create, text), (FaultKind::Value, "@odata.id".to_owned()));
    }
    let options = Options { reference: true, nothing_required: true, ..Options::default() };
    let read = |text: &str| read_entity(&sample::schema(), GROUP, text.as_bytes(), Mode::Create, &options);
    assert_eq!(read(text).unwrap().reference.as_deref(), Some("groups/x"));
    for (text, kind) in [
        (r#"{"@odata.id":5}"#, FaultKind::Reference),
        (r#"{"@id":null}"#, FaultKind::Reference),
        (r#"{"@odata.id":"a","@id":"a"}"#, FaultKind::Json),
    ] {
        assert_eq!(read(text).unwrap_err().kind, kind, "{text}");
    }
}

#[test]
fn links() {
    let body = update(
        GROUP,
        r#"{"members@odata.bind":["a","b"],"Owners@Odata.Bind":["c"],"members@odata.context":"x","@odata.context":5,"@odata.etag":"y"}"#,
    );
    assert_eq!(
        body.links,
        [(link(GROUP, "members"), vec!["a".to_owned(), "b".into()]), (link(GROUP, "owners"), vec!["c".into()])]
    );
    let body = update(PACKAGE, r#"{"catalog@odata.bind":"c"}"#);
    assert_eq!(body.links, [(link(PACKAGE, "catalog"), vec!["c".to_owned()])]);
    let body = update(USER, r#"{"manager":{"@odata.id":"users/x"}}"#);
    assert_eq!(body.links, [(link(USER, "manager"), vec!["users/x".to_owned()])]);
    for echo in [r#"{"@odata.id":"users/x","id":"X"}"#, r#"{"id":"x","@odata.id":"https://h/v1.0/users('x')"}"#] {
        assert_eq!(update(USER, &format!("{{\"manager\":{echo}}}")).links.len(), 1, "{echo}");
    }
    for (ty, json, kind, target) in [
        (PACKAGE, r#"{"catalog@odata.bind":["c"]}"#, FaultKind::Reference, "catalog@odata.bind"),
        (GROUP, r#"{"members@odata.bind":"c"}"#, FaultKind::Reference, "members@odata.bind"),
        (GROUP, r#"{"members@odata.bind":[5]}"#, FaultKind::Reference, "members@odata.bind"),
        (GROUP, r#"{"foo@odata.bind":[]}"#, FaultKind::UnknownProperty, "foo@odata.bind"),
        (GROUP, r#"{"members@odata.bnd":[]}"#, FaultKind::Value, "members@odata.bnd"),
        (GROUP, r#"{"@removed":{"reason":"deleted"}}"#, FaultKind::Value, "@removed"),
        (USER, r#"{"manager@odata.bind":null}"#, FaultKind::Reference, "manager@odata.bind"),
        (USER, r#"{"manager":{"@odata.id":"users/x","id":"y"}}"#, FaultKind::Value, "manager/id"),
        (USER, r#"{"manager":{"@odata.id":"users/xy","id":"y"}}"#, FaultKind::Value, "manager/id"),
        (USER, r#"{"manager":{"@odata.id":"users/x","a@odata.bind":"y"}}"#, FaultKind::Value, "manager/a@odata.bind"),
        (USER, r#"{"manager":{"@odata.id":5}}"#, FaultKind::Reference, "manager/@odata.id"),
        (GROUP, r#"{"displayName@odata.bind":[]}"#, FaultKind::UnknownProperty, "displayName@odata.bind"),
        (GROUP, r#"{"members@odata.bind":[],"Members@odata.bind":[]}"#, FaultKind::Json, "Members@odata.bind"),
    ] {
        assert_eq!(refused(ty, Mode::Update, json), (kind, target.to_owned()), "{json}");
    }
    let fault = read_as(USER, Mode::Update, r#"{"memberOf@odata.bind":["x"]}"#).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Reference);
    let many = |count: usize| format!("{{\"members@odata.bind\":[{}]}}", vec!["\"x\""; count].join(","));
    update(GROUP, &many(limits::BIND_COUNT));
    assert!(read_as(GROUP, Mode::Update, &many(limits::BIND_COUNT + 1)).unwrap_err().message.contains("more than 20"));
    let inline = |count: usize| format!("{{\"members\":[{}]}}", vec!["{\"id\":null}"; count].join(","));
    assert!(
        read_as(GROUP, Mode::Update, &inline(limits::BIND_COUNT + 1)).unwrap_err().message.contains("more than 20")
    );
}

#[test]
fn inline_entities() {
    let body = read_as(
        PACKAGE,
        Mode::Create,
        r#"{"displayName":"x","catalog":{"id":"3f2504e0-4f89-41d3-9a0c-0305e82c3301"},"questions":[{"text":"why"}],"incompatibleGroups":[]}"#,
    )
    .unwrap();
    let (at, catalog) = &body.inline[0];
    assert_eq!(
        (*at, catalog[0].ty, catalog[0].id.as_deref()),
        (link(PACKAGE, "catalog"), CATALOG, Some("3f2504e0-4f89-41d3-9a0c-0305e82c3301"))
    );
    let (at, questions) = &body.inline[1];
    assert_eq!((*at, questions[0].ty, questions[0].values.len()), (link(PACKAGE, "questions"), QUESTION, 1));
    assert_eq!(body.inline.len(), 2);
    // A whole object read from us before, as Terraform sends it back.
    let id = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
    let body = update(
        PACKAGE,
        &format!(r#"{{"catalog":{{"id":"{id}","displayName":"c","accessPackages":null}},"questions":null}}"#),
    );
    assert_eq!(body.inline[0].1[0].values.len(), 2);
    for (json, kind, target) in [
        (r#"{"catalog":[]}"#, FaultKind::Value, "catalog"),
        (r#"{"catalog":"x"}"#, FaultKind::Value, "catalog"),
        (r#"{"questions":{}}"#, FaultKind::Value, "questions"),
        (r#"{"questions":[{}]}"#, FaultKind::Value, "questions[0]/text"),
        (r#"{"questions":[5]}"#, FaultKind::Value, "questions[0]"),
        (r#"{"catalog":{"foo":1}}"#, FaultKind::UnknownProperty, "catalog/foo"),
        (r#"{"catalog":{"id":""}}"#, FaultKind::Value, "catalog/id"),
        (r#"{"incompatibleAccessPackages":[{"id":"x"}]}"#, FaultKind::Value, "incompatibleAccessPackages"),
    ] {
        let fault = read_as(PACKAGE, Mode::Update, json).expect_err(json);
        assert_eq!((fault.kind, fault.target.as_str()), (kind, target), "{json}");
    }
}

#[test]
fn open_types() {
    let text = r#"{"extension_x":{"a":1.5}}"#;
    assert_eq!(refused(GROUP, Mode::Update, text), (FaultKind::UnknownProperty, "extension_x".into()));
    let options = Options { keep_extra: true, ..Options::default() };
    let body = read_entity(&sample::schema(), GROUP, text.as_bytes(), Mode::Update, &options).unwrap();
    assert_eq!(body.extra, [("extension_x".to_owned(), "{\"a\":1.5}".to_owned())]);
    let closed = read_entity(&sample::schema(), USER, text.as_bytes(), Mode::Update, &options);
    assert_eq!(closed.unwrap_err().kind, FaultKind::UnknownProperty);
}

#[test]
fn arguments() {
    let schema = sample::schema();
    let read = |operation, text: &str| read_arguments(&schema, operation, text.as_bytes());
    assert_eq!(read(3, " "), Ok(vec![]));
    assert_eq!(read(3, "{}"), Ok(vec![]));
    let id = "3F2504E0-4f89-41d3-9a0c-0305e82c3301";
    assert_eq!(
        read(4, &format!(r#"{{"SecurityEnabledOnly":true,"ids":["{id}"],"@odata.type":"x"}}"#)),
        Ok(vec![
            ("securityEnabledOnly", Value::Bool(true)),
            ("ids", Value::Json(format!("[\"{}\"]", id.to_lowercase()))),
        ])
    );
    for (text, kind) in [
        ("", FaultKind::Value),
        ("{}", FaultKind::Value),
        (r#"{"securityEnabledOnly":null}"#, FaultKind::Value),
        (r#"{"securityEnabledOnly":5}"#, FaultKind::Value),
        (r#"{"securityEnabledOnly":true,"x":1}"#, FaultKind::UnknownProperty),
        (r#"{"securityEnabledOnly":true,"securityenabledonly":true}"#, FaultKind::Json),
        ("[]", FaultKind::Value),
        ("x", FaultKind::Json),
    ] {
        assert_eq!(read(4, text).unwrap_err().kind, kind, "{text}");
    }
    assert!(read(999, "{}").is_err());
}

#[test]
fn link_bodies() {
    let read = |text: &str| read_link(text.as_bytes());
    assert_eq!(read(r#"{"@odata.id":"x"}"#), Ok("x".to_owned()));
    assert_eq!(read(r##"{"@odata.type":"#x","@odata.id":"x"}"##), Ok("x".to_owned()));
    for (text, kind) in [
        ("", FaultKind::Json),
        ("{}", FaultKind::Reference),
        (r#"{"@odata.id":5}"#, FaultKind::Reference),
        (r#"{"id":"x"}"#, FaultKind::UnknownProperty),
        (r#""x""#, FaultKind::Value),
    ] {
        assert_eq!(read(text).unwrap_err().kind, kind, "{text}");
    }
}

#[test]
fn depth_has_a_limit() {
    let nested = |depth: usize| {
        let inner = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        format!(r#"{{"schedule":{{"expiration":{{"x":{inner}}}}}}}"#)
    };
    update(PACKAGE, &nested(limits::JSON_DEPTH - 3));
    let fault = read_as(PACKAGE, Mode::Update, &nested(limits::JSON_DEPTH - 2)).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Json);
}

fn json() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        Just(Node::Null),
        any::<bool>().prop_map(Node::Bool),
        any::<i64>().prop_map(Node::Int),
        any::<f64>().prop_map(Node::Double),
        prop::sample::select(vec![
            "x",
            "published",
            "P3D",
            "#microsoft.graph.groupMembers",
            "2026-01-31T00:00:00Z",
            ""
        ])
        .prop_map(|text| Node::Text(text.to_owned())),
    ];
    let names = prop::sample::select(vec![
        "id",
        "displayName",
        "state",
        "schedule",
        "expiration",
        "type",
        "stages",
        "targets",
        "groupId",
        "catalog",
        "questions",
        "text",
        "@odata.type",
        "catalog@odata.bind",
        "wait",
        "big",
        "blob",
        "approvers",
    ]);
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Node::Array),
            prop::collection::vec((names.clone().prop_map(str::to_owned), inner), 0..6).prop_map(Node::Object),
        ]
    })
}

proptest! {
    #[test]
    fn never_panics(node in json()) {
        let mut text = Vec::new();
        node.write(&mut text);
        for mode in [Mode::Create, Mode::Update, Mode::Replace] {
            if let Ok(body) = read_entity(&sample::schema(), PACKAGE, &text, mode, &Options::default()) {
                // What was accepted as a structure is JSON, and is its own canonical form.
                for (at, value) in &body.values {
                    if let Value::Json(json) = value {
                        let ty = sample::schema().ty(PACKAGE).properties[*at].ty;
                        let again = crate::structure::value(
                            &sample::schema(), &json::parse(json.as_bytes()).unwrap(), ty, false, "x").unwrap();
                        prop_assert_eq!(&again, value);
                    }
                }
            }
        }
        let _ = read_arguments(&sample::schema(), 4, &text);
        let _ = read_link(&text);
    }
}

#[test]
fn an_entity_as_a_value_keeps_its_id_and_nothing_is_required_of_it() {
    let mut schema = sample::schema();
    let package = &mut schema.types[PACKAGE.0 as usize];
    let mut answered = package.properties[package.property("schedule").unwrap().0].clone();
    answered.name = "answered";
    answered.ty = crate::schema::Type { item: crate::schema::Item::Complex(QUESTION), many: false };
    package.properties.push(answered);
    package.index();
    let at = package.property("answered").unwrap().0;
    schema.types[QUESTION.0 as usize].is_abstract = true;
    for (sent, kept) in [
        (r#"{"id":"3f2504e0-4f89-41d3-9a0c-0305e82c3301"}"#, r#"{"id":"3f2504e0-4f89-41d3-9a0c-0305e82c3301"}"#),
        (
            r##"{"@odata.type":"#microsoft.graph.question","ID":"3f2504e0-4f89-41d3-9a0c-0305e82c3301","text":null}"##,
            r#"{"id":"3f2504e0-4f89-41d3-9a0c-0305e82c3301"}"#,
        ),
        (r#"{"text":"Why?"}"#, r#"{"text":"Why?"}"#),
    ] {
        let body = format!(r#"{{"displayName":"x","answered":{sent}}}"#);
        let read = read_entity(&schema, PACKAGE, body.as_bytes(), Mode::Create, &Options::default()).unwrap();
        assert_eq!(read.value(at), Some(&Value::Json(kept.into())), "{sent}");
    }
}
