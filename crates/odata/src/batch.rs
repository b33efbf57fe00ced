//! `$batch`: many requests in one JSON body. Read and ordered here, run elsewhere, one by one down
//! the same line as any other request. A fault here is one of the batch as such; what is wrong with
//! one of its requests becomes that one's answer.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::{Fault, FaultKind};
use crate::limits;
use crate::reference::{is_served, scheme};
use crate::write;

/// One request of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The id as JSON, exactly as it came: `"1"` or `1`.
    pub id: String,
    /// In upper case.
    pub method: String,
    /// Path and query after the version, with a slash in front.
    pub url: String,
    /// The version that the URL named, if it named one.
    pub version: Option<&'static str>,
    pub headers: Vec<(String, String)>,
    /// The body's JSON as it came.
    pub body: Option<String>,
    /// Places in the list of the items that have to succeed first.
    pub depends_on: Vec<usize>,
    /// What is wrong with this one alone; it is to be answered with it, and not run.
    pub fault: Option<Fault>,
}

impl Item {
    /// The value of a header, whatever the letter case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

#[derive(Deserialize)]
struct RawBatch<'a> {
    #[serde(borrow)]
    requests: Option<&'a RawValue>,
}

/// Each member is read by itself, so that a fault names it.
#[derive(Deserialize)]
struct RawItem<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    method: Option<&'a RawValue>,
    #[serde(borrow)]
    url: Option<&'a RawValue>,
    #[serde(borrow)]
    headers: Option<&'a RawValue>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
    #[serde(borrow, rename = "dependsOn")]
    depends_on: Option<&'a RawValue>,
    /// Python's spelling.
    #[serde(borrow, rename = "depends_on")]
    depends_on_too: Option<&'a RawValue>,
}

/// A member's value, or none where it is missing or null. `what` says what it has to be.
fn member<'a, T: Deserialize<'a>>(
    value: Option<&'a RawValue>,
    name: &str,
    of: &str,
    what: &str,
) -> Result<Option<T>, Fault> {
    let Some(value) = value else { return Ok(None) };
    serde_json::from_str(value.get()).map_err(|_| fault(format!("'{name}' of the request '{of}' has to be {what}.")))
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Text(String),
    Number(i64),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Header {
    Text(String),
    Number(i64),
    Flag(bool),
}

impl Id {
    /// Ids are told apart without regard to letter case, and `1` is `"1"`.
    fn folded(&self) -> String {
        match self {
            Id::Text(text) => text.to_lowercase(),
            Id::Number(number) => number.to_string(),
        }
    }
}

fn fault(message: impl Into<String>) -> Fault {
    Fault::new(FaultKind::Batch, "requests", message)
}

/// Reads a batch. URLs may name the hosts that references may name.
///
/// # Errors
/// `Json`, `TooLarge` for the text; `Batch` when there are no requests or too many, an id, method or
/// URL is missing, ids are not unique, or `dependsOn` names no id or runs in a circle.
pub fn parse(bytes: &[u8], own_hosts: &[&str]) -> Result<Vec<Item>, Fault> {
    if bytes.len() > limits::BODY_BYTES {
        let message = format!("The body is larger than {} bytes.", limits::BODY_BYTES);
        return Err(Fault::new(FaultKind::TooLarge, "body", message));
    }
    let raw: RawBatch<'_> = serde_json::from_slice(bytes).map_err(|error| {
        let message = format!("The batch can't be read (line {}, column {}).", error.line(), error.column());
        Fault::new(FaultKind::Json, "body", message)
    })?;
    let raw = raw.requests.ok_or_else(|| fault("The batch has no 'requests'."))?;
    let raw: Vec<&RawValue> =
        serde_json::from_str(raw.get()).map_err(|_| fault("'requests' has to be a list of requests."))?;
    if raw.is_empty() || raw.len() > limits::BATCH_REQUESTS {
        return Err(fault(format!("A batch holds 1 to {} requests, not {}.", limits::BATCH_REQUESTS, raw.len())));
    }
    let mut ids: HashMap<String, usize> = HashMap::new();
    let mut items = Vec::with_capacity(raw.len());
    let mut waits = Vec::with_capacity(raw.len());
    for (at, each) in raw.into_iter().enumerate() {
        let each: RawItem<'_> = serde_json::from_str(each.get())
            .map_err(|_| fault(format!("The request at place {at} has to be an object, with each member once.")))?;
        let id = each.id.ok_or_else(|| fault(format!("The request at place {at} has no 'id'.")))?;
        let folded = serde_json::from_str::<Id>(id.get()).ok().map(|id| id.folded()).filter(|id| !id.is_empty());
        let folded =
            folded.ok_or_else(|| fault(format!("The 'id' at place {at} is neither a string nor a number.")))?;
        if ids.insert(folded.clone(), at).is_some() {
            return Err(fault(format!("The id '{folded}' stands twice; ids have no letter case.")));
        }
        let missing = |what: &str| fault(format!("The request '{folded}' has no '{what}'."));
        let text = |value, name: &str| {
            let text: Option<String> = member(value, name, &folded, "a string")?;
            text.filter(|text| !text.is_empty()).ok_or_else(|| missing(name))
        };
        let (method, url) = (text(each.method, "method")?, text(each.url, "url")?);
        let foreign = !is_served(&url, own_hosts);
        let (version, url) = place(&url);
        let headers: Option<HashMap<String, Header>> =
            member(each.headers, "headers", &folded, "an object of strings")?;
        let headers = headers.unwrap_or_default().into_iter().map(|(name, value)| {
            let value = match value {
                Header::Text(text) => text,
                Header::Number(number) => number.to_string(),
                Header::Flag(flag) => flag.to_string(),
            };
            (name, value)
        });
        let mut headers: Vec<(String, String)> = headers.collect();
        headers.sort_unstable();
        let mut item = Item {
            id: id.get().to_owned(),
            method: method.to_ascii_uppercase(),
            url,
            version,
            headers,
            body: each.body.map(|body| body.get().to_owned()).filter(|body| body != "null"),
            depends_on: Vec::new(),
            fault: None,
        };
        if item.body.is_some() && item.header("Content-Type").is_none() {
            let message = format!("The request '{folded}' has a body and needs the header 'Content-Type'.");
            item.fault = Some(Fault::new(FaultKind::ContentType, "headers", message));
        }
        if foreign {
            let message = format!("The 'url' of the request '{folded}' names a host that is not served here.");
            item.fault = Some(Fault::new(FaultKind::Url, "url", message));
        }
        items.push(item);
        let mut named = Vec::new();
        for value in [each.depends_on, each.depends_on_too] {
            let ids: Option<Vec<Id>> = member(value, "dependsOn", &folded, "a list of ids")?;
            named.extend(ids.unwrap_or_default());
        }
        waits.push(named);
    }
    for (item, named) in items.iter_mut().zip(waits) {
        for id in named {
            let id = id.folded();
            let Some(at) = ids.get(&id) else {
                return Err(fault(format!("'dependsOn' names '{id}', and no request has that id.")));
            };
            if !item.depends_on.contains(at) {
                item.depends_on.push(*at);
            }
        }
    }
    if order(&items).len() < items.len() {
        return Err(fault("'dependsOn' runs in a circle."));
    }
    Ok(items)
}

/// The path after the version: from `/users`, `users`, `/v1.0/users` or an absolute URL.
fn place(url: &str) -> (Option<&'static str>, String) {
    let path = match scheme(url.trim()) {
        Some((_, rest)) => rest.find(['/', '?']).and_then(|at| rest.get(at..)).unwrap_or_default(),
        None => url.trim(),
    };
    let bare = path.trim_start_matches('/');
    for version in ["v1.0", "beta"] {
        if let Some((head, rest)) = bare.split_at_checked(version.len())
            && head.eq_ignore_ascii_case(version)
            && (rest.is_empty() || rest.starts_with(['/', '?']))
        {
            return (Some(version), format!("/{}", rest.trim_start_matches('/')));
        }
    }
    (None, format!("/{bare}"))
}

/// Places in the list so that each comes after what it depends on, otherwise in the order of the
/// batch. Those in a circle are left out.
pub fn order(items: &[Item]) -> Vec<usize> {
    let mut out: Vec<usize> = Vec::with_capacity(items.len());
    loop {
        let next = items
            .iter()
            .enumerate()
            .find(|(at, item)| !out.contains(at) && item.depends_on.iter().all(|before| out.contains(before)));
        match next {
            Some((at, _)) => out.push(at),
            None => return out,
        }
    }
}

/// One answer of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// [`Item::id`]
    pub id: String,
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: ResponseBody,
}

impl Response {
    /// How long it is when it is written, about.
    fn about(&self) -> usize {
        let headers = self.headers.iter().map(|(name, value)| name.len() + value.len() + 8).sum::<usize>();
        let body = match &self.body {
            ResponseBody::None => 0,
            ResponseBody::Json(json) => json.len(),
            ResponseBody::Text(text) => text.len() + text.len() / 8,
        };
        64 + self.id.len() + headers + body
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum ResponseBody {
    None,
    /// Written as it stands: it has to be JSON.
    Json(Vec<u8>),
    /// Written as a JSON string.
    Text(String),
}

/// The answers as one JSON body. Room for it is made once, and each answer goes as soon as it is written: all of
/// them and the body beside them would be twice what they may take.
pub fn write_response(responses: Vec<Response>) -> Vec<u8> {
    let mut out = Vec::with_capacity(responses.iter().map(Response::about).sum::<usize>() + 32);
    out.extend(b"{\"responses\":[");
    for (at, response) in responses.into_iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend(b"{\"id\":");
        out.extend(response.id.as_bytes());
        out.extend(format!(",\"status\":{},\"headers\":{{", response.status).as_bytes());
        for (at, (name, value)) in response.headers.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            write::name(&mut out, name);
            write::string(&mut out, value);
        }
        out.push(b'}');
        match &response.body {
            ResponseBody::None => {}
            ResponseBody::Json(json) => {
                out.extend(b",\"body\":");
                out.extend(json);
            }
            ResponseBody::Text(text) => {
                out.extend(b",\"body\":");
                write::string(&mut out, text);
            }
        }
        out.push(b'}');
    }
    out.extend(b"]}");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn items(requests: &str) -> Vec<Item> {
        parse(format!("{{\"requests\":[{requests}]}}").as_bytes(), &[]).unwrap()
    }

    fn refused(requests: &str) -> String {
        let fault = parse(format!("{{\"requests\":[{requests}]}}").as_bytes(), &[]).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Batch);
        fault.message
    }

    #[test]
    fn urls() {
        for (url, version, path) in [
            ("/users", None, "/users"),
            ("users?$top=1", None, "/users?$top=1"),
            ("/v1.0/users", Some("v1.0"), "/users"),
            ("beta/users", Some("beta"), "/users"),
            ("/v1.0//users", Some("v1.0"), "/users"),
            ("https://localhost:8443/v1.0/users?a=/b", Some("v1.0"), "/users?a=/b"),
            ("https://localhost", None, "/"),
            ("/betas/x", None, "/betas/x"),
        ] {
            assert_eq!(place(url), (version, path.to_owned()), "{url}");
        }
    }

    #[test]
    fn what_clients_send() {
        let read = items(
            r#"{"id":"1","method":"get","url":"/users","depends_on":[]},
               {"id":2,"method":"POST","url":"/groups","dependsOn":["1"],"body":{"a":[1]},"headers":{"content-type":"application/json"}},
               {"id":"c","method":"PATCH","url":"/groups/x","body":{},"dependsOn":null,"body":{"b":1}}"#
                .replace(r#""body":{},"#, "")
                .as_str(),
        );
        assert_eq!((read[0].id.as_str(), read[0].method.as_str()), ("\"1\"", "GET"));
        assert_eq!((read[1].id.as_str(), read[1].depends_on.as_slice()), ("2", &[0_usize][..]));
        assert_eq!(read[1].body.as_deref(), Some("{\"a\":[1]}"));
        assert_eq!(read[1].fault, None);
        assert_eq!(read[2].fault.as_ref().map(|fault| fault.kind), Some(FaultKind::ContentType));
    }

    #[test]
    fn order_follows_dependencies() {
        let read = items(
            r#"{"id":"a","method":"GET","url":"/x","dependsOn":["C"]},
               {"id":"b","method":"GET","url":"/x","dependsOn":["a"]},
               {"id":"c","method":"GET","url":"/x"}"#,
        );
        assert_eq!(order(&read), [2, 0, 1]);
    }

    #[test]
    fn faults() {
        assert!(refused("").contains("1 to 20"));
        assert!(refused(r#"{"method":"GET","url":"/x"}"#).contains("no 'id'"));
        assert!(refused(r#"{"id":null,"method":"GET","url":"/x"}"#).contains("no 'id'"));
        assert!(refused(r#"{"id":{},"method":"GET","url":"/x"}"#).contains("neither"));
        assert!(refused(r#"{"id":"1","url":"/x"}"#).contains("no 'method'"));
        assert!(refused(r#"{"id":"1","method":"GET"}"#).contains("no 'url'"));
        let pair = |one: &str, two: &str| {
            format!(r#"{{"id":{one},"method":"GET","url":"/x"}},{{"id":{two},"method":"GET","url":"/x"}}"#)
        };
        assert!(refused(&pair(r#""a""#, r#""A""#)).contains("twice"));
        assert!(refused(&pair("1", r#""1""#)).contains("twice"));
        assert!(refused(r#"{"id":"1","method":"GET","url":"/x","dependsOn":["2"]}"#).contains("no request"));
        assert!(refused(r#"{"id":"1","method":"GET","url":"/x","dependsOn":["1"]}"#).contains("circle"));
        for bad in ["", "[]", "{", "{\"requests\":[1}", "{\"requests\":[]} x", "\u{feff}{}"] {
            assert_eq!(parse(bad.as_bytes(), &[]).unwrap_err().kind, FaultKind::Json, "{bad}");
        }
        let not_a_list = parse(b"{\"requests\":{}}", &[]).unwrap_err();
        assert!(not_a_list.kind == FaultKind::Batch && not_a_list.message.contains("a list"));
        assert_eq!(parse(b"{}", &[]).unwrap_err().kind, FaultKind::Batch);
    }

    #[test]
    fn a_wrong_type_names_the_request_and_its_member() {
        assert!(refused("1").contains("place 0"));
        assert!(refused(r#"{"id":"1","id":"2","method":"GET","url":"/x"}"#).contains("place 0"));
        for (member, named) in [
            (r#""method":1,"url":"/x""#, "'method' of the request '7'"),
            (r#""method":"GET","url":["/x"]"#, "'url' of the request '7'"),
            (r#""method":"GET","url":"/x","headers":[]"#, "'headers' of the request '7'"),
            (r#""method":"GET","url":"/x","headers":{"a":{}}"#, "'headers' of the request '7'"),
            (r#""method":"GET","url":"/x","dependsOn":"1""#, "'dependsOn' of the request '7'"),
            (r#""method":"GET","url":"/x","depends_on":[null]"#, "'dependsOn' of the request '7'"),
        ] {
            let said = refused(&format!("{{\"id\":7,{member}}}"));
            assert!(said.contains(named), "{member}: {said}");
        }
    }

    #[test]
    fn size_has_a_limit() {
        let many = |count: usize| {
            let each = |at| format!(r#"{{"id":{at},"method":"GET","url":"/x"}}"#);
            (0..count).map(each).collect::<Vec<_>>().join(",")
        };
        assert_eq!(items(&many(limits::BATCH_REQUESTS)).len(), 20);
        assert!(refused(&many(limits::BATCH_REQUESTS + 1)).contains("1 to 20"));
        let large = vec![b' '; limits::BODY_BYTES + 1];
        assert_eq!(parse(&large, &[]).unwrap_err().kind, FaultKind::TooLarge);
    }

    #[test]
    fn depth_is_left_to_the_items() {
        let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let headers = r#""headers":{"Content-Type":"application/json"}"#;
        let read =
            items(&format!(r#"{{"id":1,"method":"POST","url":"/x",{headers},"other":{nested},"body":{nested}}}"#));
        let body = read[0].body.clone().unwrap();
        assert_eq!(crate::json::parse(body.as_bytes()).unwrap_err().kind, FaultKind::Json);
    }

    #[test]
    fn answers() {
        let header = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        let responses = [
            Response {
                id: "\"1\"".into(),
                status: 200,
                headers: header,
                body: ResponseBody::Json(b"{\"a\":1}".to_vec()),
            },
            Response { id: "2".into(), status: 204, headers: vec![], body: ResponseBody::None },
            Response { id: "3".into(), status: 200, headers: vec![], body: ResponseBody::Text("5".into()) },
        ];
        let text = String::from_utf8(write_response(responses.to_vec())).unwrap();
        assert_eq!(
            text,
            r#"{"responses":[{"id":"1","status":200,"headers":{"Content-Type":"application/json"},"body":{"a":1}},{"id":2,"status":204,"headers":{}},{"id":3,"status":200,"headers":{},"body":"5"}]}"#
        );
    }

    proptest! {
        #[test]
        fn never_panics(text in ".{0,60}") {
            let _ = parse(text.as_bytes(), &[]);
            let _ = place(&text);
        }
    }
}
