//! THE LINE. A request walks it once, from top to bottom, and nothing stands beside it:
//!
//! ```text
//! HTTP > authn > parse > bind > plan > authorize > store{ load > decide > apply } > write > HTTP
//! ```

use crate::answer::Page;
use crate::app::App;
use crate::authenticate::authenticate;
use crate::bound::Pattern;
use crate::clock::Clock;
use crate::error::{Area, Error};
use crate::hashing::Lane;
use crate::plan::{self, Form, Lookup, Method, Plan, Then};
use crate::too_large;
use auth::authorize::{Via, authorize_answer, authorize_read, authorize_write};
use auth::caller::{Caller, IdentityKind};
use auth::issuer::request::Hidden;
use auth::permit::WritePermit;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use model::Surface;
use model::query::{Query, Want};
use model::surface::Version;
use odata::accept::{Media, MetadataLevel, negotiate};
use odata::bind::{Asks, bind};
use odata::bookmark::{self, Token};
use odata::budget::{Budget, Exceeded};
use odata::error::{Fault, FaultKind};
use odata::query::Shape;
use odata::schema::TypeId;
use odata::url::{self, RawUrl};
use odata::write::{self, Content};
use std::sync::{Arc, LazyLock};
use store::Context;
use uuid::Uuid;

/// A request to Graph, from HTTP or from within a batch.
pub struct Ask {
    pub version: Version,
    pub method: http::Method,
    /// Path and query after the version.
    pub target: String,
    pub headers: Headers,
    pub body: Bytes,
    /// `https://host:port`
    pub origin: String,
    pub request_id: Uuid,
    /// What the answer may hold; it holds it until it is sent.
    pub budget: Arc<Budget>,
}

/// The headers that matter.
#[derive(Debug, Clone, Default)]
pub struct Headers {
    /// As it came: a token is long, and needs no copy.
    pub authorization: Option<HeaderValue>,
    pub accept: Option<String>,
    pub content_type: Option<String>,
    pub prefer: Option<String>,
    pub consistency_level: Option<String>,
    pub if_match: Option<String>,
    pub if_none_match: Option<String>,
}

impl Headers {
    /// Those of a request, found in one walk; of what comes twice, the first.
    pub fn of(all: &HeaderMap) -> Headers {
        let mut headers = Headers::default();
        for (name, value) in all {
            let slot = match name.as_str() {
                "authorization" => {
                    headers.authorization.get_or_insert_with(|| value.clone());
                    continue;
                }
                "accept" => &mut headers.accept,
                "content-type" => &mut headers.content_type,
                "prefer" => &mut headers.prefer,
                "consistencylevel" => &mut headers.consistency_level,
                "if-match" => &mut headers.if_match,
                "if-none-match" => &mut headers.if_none_match,
                _ => continue,
            };
            if slot.is_none() {
                *slot = value.to_str().ok().map(str::to_owned);
            }
        }
        headers
    }
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub content_type: Option<&'static str>,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    fn json(status: u16, level: MetadataLevel, body: Vec<u8>) -> Reply {
        Reply { status, content_type: Some(level.content_type()), headers: Vec::new(), body }
    }

    fn empty(status: u16) -> Reply {
        Reply { status, content_type: None, headers: Vec::new(), body: Vec::new() }
    }
}

/// The header of an answer that holds a secret: nobody keeps it, and it isn't compressed.
const NO_STORE: (&str, &str) = ("Cache-Control", "no-store");

pub fn no_store() -> (&'static str, String) {
    (NO_STORE.0, NO_STORE.1.to_owned())
}

/// Whether the headers are those of an answer that holds a secret.
pub fn has_secret<N: AsRef<str>>(headers: &[(N, String)]) -> bool {
    headers.iter().any(|(name, value)| name.as_ref() == NO_STORE.0 && value == NO_STORE.1)
}

/// What `Prefer` asks for.
#[derive(Debug, Clone, Copy, Default)]
struct Preferences {
    minimal: bool,
    representation: bool,
    max_page_size: Option<u32>,
    unknown_members: bool,
}

/// `$metadata`, written once.
pub fn metadata(version: Version) -> &'static LazyLock<String> {
    static V1: LazyLock<String> = LazyLock::new(|| odata::metadata::csdl(&model::surface(Version::V1).schema));
    static BETA: LazyLock<String> = LazyLock::new(|| odata::metadata::csdl(&model::surface(Version::Beta).schema));
    match version {
        Version::V1 => &V1,
        Version::Beta => &BETA,
    }
}

/// Which part of Graph a path belongs to.
pub fn area(target: &str) -> Area {
    let first = target.trim_start_matches('/').split(['/', '?', '(']).next().unwrap_or_default();
    if first.eq_ignore_ascii_case("identityGovernance") || first.eq_ignore_ascii_case("roleManagement") {
        Area::Entitlement
    } else {
        Area::Directory
    }
}

/// Answers a request.
///
/// # Errors
/// Whatever ended it early; [`Error::problem`] says what that is in HTTP.
pub async fn answer(app: &App, ask: &Ask) -> Result<Reply, Error> {
    let surface = model::surface(ask.version);
    let prefer = preferences(ask.headers.prefer.as_deref());
    let asks = Asks {
        consistency_eventual: ask
            .headers
            .consistency_level
            .as_deref()
            .is_some_and(|l| l.eq_ignore_ascii_case("eventual")),
        max_page_size: prefer.max_page_size,
        read: ask.method == http::Method::GET,
    };
    let pattern = asks.read.then(|| Pattern::of(ask.version, &ask.target, &asks)).flatten();
    if let Some((mut read, options)) = pattern.as_ref().and_then(|pattern| app.bound.find(pattern)) {
        // What has been bound before asks for nothing that anybody may read, so a token comes first.
        let identity = authenticate(app, ask.headers.authorization.as_ref()).await?;
        let caller = app.store.caller(&identity).await.map_err(gone)?;
        plan::narrow(&mut read, &identity, || app.now(identity.tenant));
        return Walk { app, ask, surface, options: &options, prefer, caller: &caller }.read(read).await;
    }
    let raw = url::parse(&ask.target)?;
    if let Some(reply) = about_itself(ask, surface, &raw)? {
        return Ok(reply);
    }
    let identity = authenticate(app, ask.headers.authorization.as_ref()).await?;
    let method = method(ask)?;
    let intent = bind(&surface.schema, &raw, &asks)?;
    let caller = app.store.caller(&identity).await.map_err(gone)?;
    let host = host(&ask.origin);
    if app.dev && app.store.is_shared() {
        // Another process may have moved the tenant's clock a moment ago.
        app.clocks.refresh(&app.store).await?;
    }
    let now = app.now(identity.tenant);
    let planning = plan::Ask {
        surface,
        method,
        intent,
        body: &ask.body,
        max_page_size: prefer.max_page_size,
        hosts: &[host],
        user: (identity.kind == IdentityKind::Delegated).then_some(identity.principal),
        principal: identity.principal,
        reference: raw.reference(),
        ids: app.clock,
        now,
    };
    let walk = Walk { app, ask, surface, options: &raw.options, prefer, caller: &caller };
    // What a read doesn't need is boxed: its room would be made and moved for every request.
    let plan = match method {
        Method::Get if !plan::is_function(&planning.intent) => {
            let mut read = plan::read(surface, planning.intent, prefer.max_page_size)?;
            if let Some(pattern) = pattern {
                app.bound.keep(pattern, &read, &raw.options);
            }
            plan::narrow(&mut read, &identity, || now);
            Plan::Read(read)
        }
        _ => Box::pin(plan::plan(&planning, &walk)).await?,
    };
    match plan {
        Plan::Read(read) => walk.read(read).await,
        Plan::Write(write) => Box::pin(walk.write(method, write, None, now)).await,
        Plan::WriteHashed(write, secret) => Box::pin(walk.write(method, write, Some(secret), now)).await,
        Plan::Groups(groups) => Box::pin(walk.groups(groups)).await,
        Plan::Requirements(requirements) => Box::pin(walk.requirements(requirements)).await,
    }
}

/// A token of somebody who isn't there any more is no token.
fn gone(error: store::Error) -> Error {
    match error {
        store::Error::NotFound { kind, .. } => {
            let what = match kind {
                "user" => "its user is not there or is blocked",
                _ => "its application is not there or is disabled",
            };
            auth::verify::TokenFault::Malformed { what }.into()
        }
        other => other.into(),
    }
}

/// What anybody may read: the service document and `$metadata`.
fn about_itself(ask: &Ask, surface: &'static Surface, raw: &RawUrl) -> Result<Option<Reply>, Error> {
    let get = ask.method == http::Method::GET;
    match raw.segments.as_slice() {
        [] if get => {
            let level = negotiate(ask.headers.accept.as_deref(), Media::Json)?;
            let base = base(ask);
            Ok(Some(Reply::json(200, level, odata::metadata::service_document(&surface.schema, &base).into_bytes())))
        }
        [only] if get && only.name.eq_ignore_ascii_case("$metadata") => {
            negotiate(ask.headers.accept.as_deref(), Media::Xml)?;
            let body = metadata(ask.version).as_bytes().to_vec();
            Ok(Some(Reply { status: 200, content_type: Some("application/xml"), headers: Vec::new(), body }))
        }
        _ => Ok(None),
    }
}

/// The method, and that a body is what it should be.
pub fn method(ask: &Ask) -> Result<Method, Error> {
    let method = match ask.method {
        http::Method::GET => return Ok(Method::Get),
        http::Method::DELETE => return Ok(Method::Delete),
        http::Method::POST => Method::Post,
        http::Method::PATCH => Method::Patch,
        http::Method::PUT => Method::Put,
        _ => {
            let message = format!("{} is not one of GET, POST, PATCH, PUT and DELETE.", ask.method);
            return Err(Fault::new(FaultKind::Method, ask.method.as_str(), message).into());
        }
    };
    let media = ask.headers.content_type.as_deref().map(|value| value.split(';').next().unwrap_or_default().trim());
    match media {
        _ if ask.body.is_empty() => Ok(method),
        Some(media) if media.eq_ignore_ascii_case("application/json") => Ok(method),
        _ => {
            let message = "A body has to be sent as 'Content-Type: application/json'.";
            Err(Fault::new(FaultKind::ContentType, "Content-Type", message).into())
        }
    }
}

/// The methods that a path has, for `Allow`.
pub fn allowed(ask: &Ask) -> String {
    const ALL: [(&str, Method); 5] = [
        ("GET", Method::Get),
        ("POST", Method::Post),
        ("PATCH", Method::Patch),
        ("PUT", Method::Put),
        ("DELETE", Method::Delete),
    ];
    let surface = model::surface(ask.version);
    let raw = url::parse(&ask.target).ok();
    let intent = raw.and_then(|raw| bind(&surface.schema, &raw, &Asks::default()).ok());
    let has = |method: Method| {
        // Of a path that leads nowhere nothing is known.
        intent.as_ref().is_none_or(|intent| {
            plan::has_method(&plan::Ask {
                surface,
                method,
                intent: intent.clone(),
                body: b"",
                max_page_size: None,
                hosts: &[],
                user: None,
                principal: Uuid::nil(),
                reference: Some(""),
                ids: Clock,
                now: 0,
            })
        })
    };
    ALL.into_iter().filter(|(_, method)| has(*method)).map(|(name, _)| name).collect::<Vec<_>>().join(", ")
}

/// Whether the conditions of a change hold. No entity has a tag: one that is named is none of them, and `*`
/// is whatever is there.
fn conditions(method: Method, headers: &Headers) -> Result<(), Error> {
    let failed =
        |name: &str| Fault::new(FaultKind::Condition, name, format!("'{name}' doesn't hold: nothing has a tag."));
    let any = |value: &str| value.trim() == "*";
    if !matches!(method, Method::Patch | Method::Put | Method::Delete) {
        return Ok(());
    }
    match (&headers.if_match, &headers.if_none_match) {
        (Some(tag), _) if !any(tag) => Err(failed("If-Match").into()),
        (_, Some(tag)) if any(tag) => Err(failed("If-None-Match").into()),
        _ => Ok(()),
    }
}

fn preferences(prefer: Option<&str>) -> Preferences {
    let mut preferences = Preferences::default();
    for part in prefer.into_iter().flat_map(|prefer| prefer.split([',', ';'])) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let value = value.trim().trim_matches('"');
        match name.trim().to_ascii_lowercase().as_str() {
            "return" => {
                preferences.minimal |= value.eq_ignore_ascii_case("minimal");
                preferences.representation |= value.eq_ignore_ascii_case("representation");
            }
            "odata.maxpagesize" | "maxpagesize" => preferences.max_page_size = value.parse().ok(),
            "include-unknown-enum-members" => preferences.unknown_members = true,
            _ => {}
        }
    }
    preferences
}

/// `https://host/v1.0`
fn base(ask: &Ask) -> String {
    [ask.origin.as_str(), "/", ask.version.name()].concat()
}

/// `host:port`, of `https://host:port`.
pub fn host(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, host)| host)
}

/// The rest of the way for one request, with what it carries along.
struct Walk<'a> {
    app: &'a App,
    ask: &'a Ask,
    surface: &'static Surface,
    /// The query's.
    options: &'a [(String, String)],
    prefer: Preferences,
    caller: &'a Caller,
}

impl Walk<'_> {
    async fn read(&self, read: plan::Read) -> Result<Reply, Error> {
        let accept = self.ask.headers.accept.as_deref();
        let plain = matches!(read.form, Form::Count | Form::Value { .. });
        let level = negotiate(accept, if plain { Media::Text } else { Media::Json })?;
        let permit = Arc::new(authorize_read(self.caller, read.query)?);
        self.goes_on_here(&permit.what().shape)?;
        let budget = &self.ask.budget;
        let answer = self.app.store.read(Arc::clone(&permit), budget).await?;
        let Query { target, shape, .. } = permit.what();
        let base = base(self.ask);
        let page = Page {
            surface: self.surface,
            level,
            base: &base,
            tenant: self.caller.identity.tenant,
            target,
            shape,
            unknown_members: self.prefer.unknown_members,
            odata_type: None,
            budget,
        };
        let next = answer.next.clone().map(|after| {
            let path = self.path();
            let token = Token { after, place: bookmark::place(page.tenant, path), count: shape.count, remaining: None };
            bookmark::next_link(&base, path, self.options, &token)
        });
        let one = answer.rows.first();
        let body = match (read.form, one) {
            (Form::Collection, _) => page.collection(&answer, next.as_deref())?,
            (Form::Links, _) => page.links(&answer, next.as_deref())?,
            (Form::Count, _) => {
                let body = answer.count.unwrap_or(0).to_string().into_bytes();
                return Ok(Reply { status: 200, content_type: Some("text/plain"), headers: Vec::new(), body });
            }
            (Form::Entity, Some(row)) => page.entity(&answer.level, row)?,
            (Form::Link, Some(row)) => page.link(row),
            (Form::Property { property }, Some(row)) => match page.property(&answer.level, row, property)? {
                Some(body) => body,
                None => return Ok(Reply::empty(204)),
            },
            (Form::Value { property }, Some(row)) => match page.bare(&answer.level, row, property)? {
                Some(body) => {
                    return Ok(Reply { status: 200, content_type: Some("text/plain"), headers: Vec::new(), body });
                }
                None => return Ok(Reply::empty(204)),
            },
            (_, None) => return Err(Error::Internal("a read gave no row".to_owned())),
        };
        drop(answer);
        budget.drop_rows();
        let mut reply = Reply::json(200, level, body);
        if let (Form::Collection | Form::Links, Some(size)) =
            (read.form, self.prefer.max_page_size.filter(|size| *size > 0))
        {
            reply.headers.push(("Preference-Applied", format!("odata.maxpagesize={size}")));
        }
        Ok(reply)
    }

    /// The path of the request, as it came.
    fn path(&self) -> &str {
        self.ask.target.split('?').next().unwrap_or_default()
    }

    /// Whether the `$skiptoken`, if there is one, is of this very list.
    fn goes_on_here(&self, shape: &Shape) -> Result<(), Error> {
        match shape.list.is_none_or(|list| list == bookmark::place(self.caller.identity.tenant, self.path())) {
            true => Ok(()),
            false => Err(bookmark::damaged().into()),
        }
    }

    async fn write(
        &self,
        method: Method,
        write: plan::Write,
        secret: Option<Hidden>,
        now: i64,
    ) -> Result<Reply, Error> {
        let level = negotiate(self.ask.headers.accept.as_deref(), Media::Json)?;
        let via = Via { surface: self.surface, target: &write.target, verb: write.verb };
        let mut permit = authorize_write(self.caller, write.command, &via)?;
        conditions(method, &self.ask.headers)?;
        if let Some(secret) = secret {
            permit = self.hashed(&permit, secret, &via, now).await?;
        }
        let request_id = self.ask.request_id.to_string();
        let context = Context { now, audit_id: self.app.clock.id(), request_id, mail: self.app.writes_letters() };
        let written = self.app.store.write(permit.clone(), context).await?;
        self.app.wake(&written);
        let then = match (write.then, written.key) {
            (Then::Keyed { set }, Some(key)) => Then::Created { path: format!("{set}/{key}"), odata_type: None },
            (then, _) => then,
        };
        match then {
            Then::Keyed { .. } => Err(Error::Internal("a write gave no key".to_owned())),
            Then::Nothing => Ok(Reply::empty(204)),
            Then::Done => Ok(Reply::empty(200)),
            Then::Accepted => Ok(Reply::empty(202)),
            Then::Secret { body } => {
                let context =
                    write::context_url(&base(self.ask), "microsoft.graph.passwordCredential", "", Content::Property);
                let body = match (level, body.strip_prefix('{')) {
                    (MetadataLevel::None, _) | (_, None) => body,
                    (_, Some(rest)) => format!("{{\"@odata.context\":\"{context}\",{rest}"),
                };
                let mut reply = Reply::json(200, level, body.into_bytes());
                reply.headers.push(no_store());
                Ok(reply)
            }
            Then::Created { path, odata_type } => {
                let location = format!("{}{path}", base(self.ask));
                let mut reply = match self.prefer.minimal {
                    true => {
                        let mut reply = Reply::empty(204);
                        reply.headers.push(("OData-EntityId", location.clone()));
                        reply.headers.push(("Preference-Applied", "return=minimal".to_owned()));
                        reply
                    }
                    false => self.show(&permit, &path, 201, level, odata_type.as_deref()).await?,
                };
                reply.headers.push(("Location", location));
                Ok(reply)
            }
            Then::Changed { path } if self.prefer.representation => {
                let mut reply = self.show(&permit, &path, 200, level, None).await?;
                reply.headers.push(("Preference-Applied", "return=representation".to_owned()));
                Ok(reply)
            }
            Then::Changed { .. } => Ok(Reply::empty(204)),
            Then::Shown { path } => self.show(&permit, &path, 200, level, None).await,
        }
    }

    /// The permit for the same command with the hash of its password or secret. Nothing is hashed for a
    /// caller who has no right to the command, or to the rows that it is about.
    async fn hashed(
        &self,
        permit: &WritePermit,
        secret: Hidden,
        via: &Via<'_>,
        now: i64,
    ) -> Result<WritePermit, Error> {
        self.app.store.rehearse(permit, now).await?;
        let hash = self.app.hashing.run(Lane::New, None, move |hasher| hasher.hash(secret.expose())).await?;
        let mut command = permit.what().clone();
        command.set_hash(hash.map_err(|fault| Error::Internal(fault.to_string()))?);
        Ok(authorize_write(self.caller, command, via)?)
    }

    /// Reads the entity that a write made or changed, and writes it.
    async fn show(
        &self,
        permit: &WritePermit,
        path: &str,
        status: u16,
        level: MetadataLevel,
        odata_type: Option<&str>,
    ) -> Result<Reply, Error> {
        let mut raw = url::parse(path)?;
        raw.options = self.options.iter().filter(|(name, _)| name == "$select").cloned().collect();
        let intent = bind(&self.surface.schema, &raw, &Asks { read: true, ..Asks::default() })?;
        let (target, Some(shape)) = (intent.target, intent.shape) else {
            return Err(Error::Internal(format!("{path} has no shape")));
        };
        let shape = Arc::new(shape);
        let query = Query { surface: self.surface, target, shape, want: Want::Entity, limit: 1, narrow: None };
        let permit = Arc::new(authorize_answer(permit, query)?);
        let budget = &self.ask.budget;
        budget.force();
        let answer = self.app.store.read(Arc::clone(&permit), budget).await?;
        let Query { target, shape, .. } = permit.what();
        let Some(row) = answer.rows.first() else {
            return Err(Error::Internal(format!("{path} has just been written and isn't there")));
        };
        let base = base(self.ask);
        let page = Page {
            surface: self.surface,
            level,
            base: &base,
            tenant: self.caller.identity.tenant,
            target,
            shape,
            unknown_members: self.prefer.unknown_members,
            odata_type,
            budget,
        };
        let body = page.entity(&answer.level, row)?;
        drop(answer);
        budget.drop_rows();
        Ok(Reply::json(status, level, body))
    }

    async fn groups(&self, groups: plan::Groups) -> Result<Reply, Error> {
        let level = negotiate(self.ask.headers.accept.as_deref(), Media::Json)?;
        let permit = authorize_read(self.caller, groups.query)?;
        let budget = &self.ask.budget;
        let ids = self.app.store.memberships(permit, groups.among, groups.security_only, budget).await;
        let ids =
            ids.map_err(|error| too_large::of_operation(error, "Ask about the groups in question by their ids."))?;
        let ids: Vec<String> = ids.iter().map(|id| format!("\"{id}\"")).collect();
        self.values("Edm.String", &ids, level)
    }

    async fn requirements(&self, requirements: plan::Requirements) -> Result<Reply, Error> {
        let level = negotiate(self.ask.headers.accept.as_deref(), Media::Json)?;
        let permit = authorize_read(self.caller, requirements.query)?;
        let documents = self.app.store.requirements(permit, requirements.at, &self.ask.budget).await;
        let documents =
            documents.map_err(|error| too_large::of_operation(error, "Give fewer policies to the package."))?;
        self.values("microsoft.graph.accessPackageAssignmentRequestRequirements", &documents, level)
    }

    /// A collection of values, each of them JSON already.
    fn values(&self, ty: &str, values: &[String], level: MetadataLevel) -> Result<Reply, Error> {
        let budget = &self.ask.budget;
        let length = 256 + values.iter().map(|value| value.len() + 1).sum::<usize>();
        budget.wrote(length).map_err(Exceeded::from)?;
        let mut out = Vec::with_capacity(length);
        out.push(b'{');
        if level != MetadataLevel::None {
            write::name(&mut out, "@odata.context");
            let context = write::context_url(&base(self.ask), &format!("Collection({ty})"), "", Content::Property);
            write::string(&mut out, &context);
            out.push(b',');
        }
        out.extend_from_slice(b"\"value\":[");
        for (at, value) in values.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            out.extend_from_slice(value.as_bytes());
        }
        out.extend_from_slice(b"]}");
        budget.drop_rows();
        Ok(Reply::json(200, level, out))
    }
}

impl Lookup for Walk<'_> {
    async fn find(&self, query: Query) -> Result<(Uuid, TypeId), Error> {
        let name = self.surface.schema.ty(query.target.ty).name;
        let answer = self.app.store.read(authorize_read(self.caller, query)?, &self.ask.budget).await?;
        match answer.rows.first().and_then(|row| Some((row.id.as_guid()?, row.ty))) {
            Some(found) => Ok(found),
            None => Err(store::Error::NotFound { kind: name, key: String::new() }.into()),
        }
    }
}
