//! PLAN: from a bound request to a query or a command. Here, and only here, a method and a path
//! become something that the rules have a name for. It must never read business rows; what it has
//! to look up (a user by name) it asks for by a query, which is authorized like any other.

mod act;
mod app_role;
mod application;
mod create;
mod extension;
mod fields;
mod link;
mod mine;
mod modify;
mod naming;
mod organization;
mod policy;
mod read;
mod request;
mod resources;
mod target;

pub use target::{has_home, home};

use crate::error::Error;
use auth::caller::Identity;
use auth::issuer::request::Hidden;
use auth::policy::Verb;
use domain::command::Command;
use futures_util::FutureExt;
use model::Surface;
use model::query::Query;
use odata::bind::Intent;
use odata::error::{Fault, FaultKind};
use odata::query::{End, Step, Target};
use odata::schema::TypeId;
use uuid::Uuid;

/// What the line is to do.
#[derive(Debug)]
pub enum Plan {
    Read(Read),
    Write(Write),
    /// A write whose command lacks the hash of this password or secret: the caller's rights come first.
    WriteHashed(Write, Hidden),
    /// Which groups an object is in: an action that reads.
    Groups(Groups),
    /// What the caller has to say to get an access package: an action that reads.
    Requirements(Requirements),
}

impl Plan {
    /// A write, with the password that goes into its command as a hash, if there is one.
    fn write(write: Write, password: Option<Hidden>) -> Plan {
        match password {
            None => Plan::Write(write),
            Some(password) => Plan::WriteHashed(write, password),
        }
    }
}

/// A read, and how its rows are to be written.
#[derive(Debug)]
pub struct Read {
    pub query: Query,
    pub form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Entity,
    Collection,
    Link,
    Links,
    Count,
    Property { property: usize },
    Value { property: usize },
}

#[derive(Debug)]
pub struct Write {
    pub command: Command,
    pub verb: Verb,
    /// The path of the request, for the permission table.
    pub target: Target,
    pub then: Then,
}

/// What the answer to a write is.
#[derive(Debug)]
pub enum Then {
    /// 204
    Nothing,
    /// 200 without a body: actions that Graph answers so.
    Done,
    /// 202 without a body: what was asked for goes on.
    Accepted,
    /// 201 with the new entity, read under this path.
    Created { path: String, odata_type: Option<String> },
    /// 201 with the new entity, whose key only the store knows, read in this set.
    Keyed { set: String },
    /// 204, or 200 with the entity when `Prefer: return=representation` was said.
    Changed { path: String },
    /// 200 with the entity.
    Shown { path: String },
    /// 200 with a new secret, shown once.
    Secret { body: String },
}

#[derive(Debug)]
pub struct Groups {
    pub query: Query,
    /// The ids that were asked about; all when none.
    pub among: Option<Vec<Uuid>>,
    pub security_only: bool,
}

#[derive(Debug)]
pub struct Requirements {
    /// The access package.
    pub query: Query,
    /// Microseconds since 1970.
    pub at: i64,
}

/// The parts of a request that a plan is made from.
pub struct Ask<'a> {
    pub surface: &'static Surface,
    pub method: Method,
    pub intent: Intent,
    pub body: &'a [u8],
    pub max_page_size: Option<u32>,
    /// `host:port` names under which references may point to us.
    pub hosts: &'a [&'a str],
    /// The caller's id, when the caller is a user.
    pub user: Option<Uuid>,
    /// The caller's id, user or service principal.
    pub principal: Uuid,
    /// `?@id=` of a DELETE.
    pub reference: Option<&'a str>,
    /// Makes new ids, and knows the real time.
    pub ids: crate::Clock,
    /// The tenant's time, in microseconds since 1970.
    pub now: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Patch,
    Put,
    Delete,
}

/// Looks up the id behind a key that isn't one, or along a longer path; authorized by the line.
pub trait Lookup {
    /// The id and the concrete type of the entity that `query` leads to.
    fn find(&self, query: Query) -> impl Future<Output = Result<(Uuid, TypeId), Error>> + Send;
}

/// Plans a GET of what isn't a function. It looks nothing up, and knows nothing of the caller.
///
/// # Errors
/// [`Error::Fault`] for a path that has nothing to read at its end.
pub fn read(surface: &'static Surface, intent: Intent, max_page_size: Option<u32>) -> Result<Read, Error> {
    read::plan(surface, intent, max_page_size)
}

/// Narrows such a read to what is this caller's, where its path goes through a set that is worked out
/// for whoever asks. `now` is the tenant's time.
pub fn narrow(read: &mut Read, identity: &Identity, now: impl FnOnce() -> i64) {
    if let Some(set) = read.query.worked_out() {
        read.query.narrow = mine::of_set(set, identity, now());
    }
}

/// Whether the path ends in an operation.
pub fn is_function(intent: &Intent) -> bool {
    matches!(intent.target.end, End::Operation { .. })
}

/// Plans a function, and whatever is no GET.
///
/// # Errors
/// [`Error::Fault`] for a body that doesn't fit, a reference that names nothing we could mean, or a
/// method that the path doesn't have.
pub async fn plan(ask: &Ask<'_>, lookup: &impl Lookup) -> Result<Plan, Error> {
    let target = &ask.intent.target;
    match (ask.method, &target.end) {
        (Method::Get, End::Operation { operation, arguments, count }) => {
            mine::plan(ask, *operation, arguments, *count, lookup).await.map(Plan::Read)
        }
        (Method::Post, End::Operation { operation, .. }) if is_action(ask, *operation) => {
            act::plan(ask, *operation, lookup).await
        }
        (Method::Post, End::Itself) if target.many => create::plan(ask, lookup).await,
        (Method::Post, End::Ref) if target.many => link::add(ask, Verb::LinkAdd, lookup).await.map(Plan::Write),
        (Method::Put, End::Ref) if !target.many => link::add(ask, Verb::LinkSet, lookup).await.map(Plan::Write),
        (Method::Delete, End::Ref) => link::remove(ask, lookup).await.map(Plan::Write),
        (Method::Patch, End::Itself) if !target.many => modify::update(ask, lookup).await,
        (Method::Put, End::Itself) if !target.many => modify::replace(ask, lookup).await.map(Plan::Write),
        (Method::Delete, End::Itself) if !target.many => modify::delete(ask, lookup).await.map(Plan::Write),
        _ => Err(method_fault(ask)),
    }
}

/// Whether the path of a request has its method, whoever asks and whatever is there.
pub fn has_method(ask: &Ask<'_>) -> bool {
    let planned = match ask.method {
        Method::Get if !is_function(&ask.intent) => read(ask.surface, ask.intent.clone(), None).map(drop),
        _ => plan(ask, &Nothing).now_or_never().unwrap_or(Err(nothing())).map(drop),
    };
    !matches!(planned, Err(Error::Fault(Fault { kind: FaultKind::Method | FaultKind::Segment, .. })))
}

/// A store in which nothing is found.
struct Nothing;

impl Lookup for Nothing {
    async fn find(&self, _: Query) -> Result<(Uuid, TypeId), Error> {
        Err(nothing())
    }
}

fn nothing() -> Error {
    store::Error::NotFound { kind: "", key: String::new() }.into()
}

fn is_action(ask: &Ask<'_>, operation: usize) -> bool {
    ask.surface.schema.operations.get(operation).is_some_and(|operation| operation.action)
}

fn method_fault(ask: &Ask<'_>) -> Error {
    let method = match ask.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Patch => "PATCH",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
    };
    let message = format!("{method} is not possible on this path.{}", reference_hint(ask).unwrap_or_default());
    Fault::new(FaultKind::Method, method, message).into()
}

/// Where a link is made, for a path that holds nothing but links and was asked for something else.
fn reference_hint(ask: &Ask<'_>) -> Option<String> {
    let target = &ask.intent.target;
    let wanted = match (ask.method, target.many) {
        (Method::Post, true) => "POST",
        (Method::Post | Method::Put | Method::Patch, false) => "PUT",
        _ => return None,
    };
    let (_, owner, nav) = target::last_navigation(target).filter(|_| matches!(target.end, End::Itself))?;
    let ends_here = matches!(target.steps.last(), Some(Step::Navigate { .. }));
    fields::relation(ask.surface, owner, nav).filter(|_| ends_here)?;
    let path = odata::write::path(&ask.surface.schema, &target.steps);
    Some(format!(" A link is made by {wanted} of {{\"@odata.id\": \"…\"}} to '/{path}/$ref'."))
}
