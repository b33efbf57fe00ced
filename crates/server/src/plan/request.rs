//! Requests for access, and approvers' decisions: from what a body says to the command. v1.0 and beta
//! say the same in other words.

use super::fields::{field, fields, inline, names_only, takes_only, takes_only_at};
use super::naming::One;
use super::target::{id_of, last_navigation};
use super::{Ask, Lookup, Then, Write, method_fault};
use crate::error::Error;
use auth::policy::Verb;
use domain::command::{Command, Kind};
use domain::fields::Fields;
use domain::lifecycle::RequestCommand;
use domain::lifecycle::command::{Decide, RequestCreate, RequestPaths, Wish};
use domain::lifecycle::state::RequestType;
use domain::policy::Expiration;
use model::def::ColumnType;
use model::surface::Version;
use odata::body::{Body, Mode, Options, read_entity};
use odata::error::{Fault, FaultKind};
use odata::value::Value;
use uuid::Uuid;

static V1: Words = Words {
    assignment: "assignment",
    policy: "assignment/assignmentPolicy",
    paths: RequestPaths {
        assignment_id: "assignment/id",
        package: "assignment/accessPackageId",
        policy: "assignment/assignmentPolicyId",
        target: "assignment/targetId",
        subject: "assignment/target/id",
        email: "assignment/target/email",
        catalog: "assignment/catalogId",
        organization: "assignment/target/connectedOrganization/id",
    },
};
static BETA: Words = Words {
    assignment: "accessPackageAssignment",
    policy: "accessPackageAssignment/accessPackageAssignmentPolicy",
    paths: RequestPaths {
        assignment_id: "accessPackageAssignment/id",
        package: "accessPackageAssignment/accessPackageId",
        policy: "accessPackageAssignment/assignmentPolicyId",
        target: "accessPackageAssignment/targetId",
        subject: "accessPackageAssignment/target/id",
        email: "accessPackageAssignment/target/email",
        catalog: "accessPackageAssignment/catalogId",
        organization: "accessPackageAssignment/target/connectedOrganization/id",
    },
};

/// What a surface calls the parts of a request.
struct Words {
    assignment: &'static str,
    policy: &'static str,
    paths: RequestPaths,
}

fn words(ask: &Ask<'_>) -> &'static Words {
    match ask.surface.version {
        Version::V1 => &V1,
        Version::Beta => &BETA,
    }
}

pub async fn create(ask: &Ask<'_>, lookup: &impl Lookup) -> Result<Write, Error> {
    let target = &ask.intent.target;
    let options = Options { member_aliases: other_names(ask.surface.version), ..Options::default() };
    let body = read_entity(&ask.surface.schema, target.ty, ask.body, Mode::Create, &options)?;
    takes_only(ask, &body, &["accessPackage", "assignment"])?;
    let said = fields(ask.surface, body.ty, &body.values);
    let request_type = said
        .int("requestType")
        .and_then(RequestType::from_number)
        .ok_or_else(|| fault("requestType", "'requestType' has to say what is asked for, as userAdd or adminAdd."))?;
    let about = About::of(ask, &body, lookup).await?;
    let (schedule, wish) = schedule(request_type, &said, about.schedule, words(ask).assignment)?;
    let answers_document = document(said.get("answers"));
    let answers = match &answers_document {
        Some(document) => store::policy::answers(document).map_err(store::Error::from)?,
        None => Vec::new(),
    };
    let create = RequestCreate {
        id: ask.ids.id(),
        request_type,
        package: about.package.id(),
        policy: about.policy.id(),
        assignment: about.assignment.id(),
        target: about.target.id(),
        target_named: about.subject.id(),
        email: about.email,
        guest: ask.ids.id(),
        catalog: about.catalog.id(),
        organization: about.organization.id(),
        paths: &words(ask).paths,
        caller: ask.user,
        principal: ask.principal,
        wish,
        schedule,
        justification: said.text("justification").map(str::to_owned),
        answers,
        answers_document,
        validation_only: said.bool("isValidationOnly") == Some(true),
        target_subject: ask.ids.id(),
        requestor_subject: ask.ids.id(),
    };
    let path = super::target::entity_path(ask.surface, target.ty, create.id);
    let verb = if request_type.by_user() { Verb::CreateOwn } else { Verb::Create };
    Ok(Write {
        command: Command::Request(RequestCommand::Create(Box::new(create))),
        verb,
        target: target.clone(),
        then: Then::Created { path, odata_type: None },
    })
}

/// The schedule that counts, and what it asks for. It may stand beside the assignment or in it, and beta may
/// say the end alone; what stands beside the assignment counts where both do.
fn schedule(
    request_type: RequestType,
    said: &Fields,
    inside: Option<String>,
    assignment: &str,
) -> Result<(Option<String>, Wish), Error> {
    const END: &str = "expirationDateTime";
    let beside = document(said.get("schedule"));
    let end = match said.get("endsAt") {
        Some(domain::fields::Value::Time(end)) => Some(*end),
        _ => None,
    };
    if request_type.removes() {
        // What is drawn of an assignment that ends now is the schedule that it has.
        let path = if end.is_some() { END } else { "schedule" };
        return match beside.is_some() || end.is_some() {
            true => Err(fault(path, format!("'{path}' can't be set: a removal takes effect at once."))),
            false => Ok((None, Wish::default())),
        };
    }
    let path = if beside.is_some() { "schedule".to_owned() } else { format!("{assignment}/schedule") };
    let schedule = beside.or(inside);
    let mut wish = schedule.as_deref().map_or_else(|| Ok(Wish::default()), |schedule| self::wish(schedule, &path))?;
    if let Some(end) = end {
        let end = Expiration::At(end);
        if wish.until.is_some_and(|until| until != end) {
            let message = format!("'{END}' and the expiration in 'schedule' have to name the same end.");
            return Err(fault(END, message));
        }
        wish.until = Some(end);
    }
    Ok((schedule, wish))
}

/// Graph's own pages of v1.0 draw the assignment under beta's name, too.
fn other_names(version: Version) -> &'static [(&'static str, &'static str)] {
    match version {
        Version::V1 => &[("accessPackageAssignment", "assignment")],
        Version::Beta => &[],
    }
}

/// What a request is about: what its body names, and the schedule that is drawn in the assignment.
#[derive(Default)]
struct About {
    package: One,
    policy: One,
    assignment: One,
    target: One,
    subject: One,
    catalog: One,
    organization: One,
    email: Option<String>,
    schedule: Option<String>,
}

impl About {
    async fn of(ask: &Ask<'_>, body: &Body, lookup: &impl Lookup) -> Result<About, Error> {
        let mut about = About::default();
        let words = words(ask);
        let assignment = ("assignment", words.assignment, Kind::Assignment);
        about.assignment.navigation(ask, body, assignment, true, lookup).await?;
        for drawn in inline(ask.surface, body, "assignment") {
            about.drawn(ask, drawn, words, lookup).await?;
        }
        let package = ("accessPackage", "accessPackage", Kind::AccessPackage);
        about.package.navigation(ask, body, package, false, lookup).await?;
        names_only(ask, body, "accessPackage", "accessPackage")?;
        Ok(about)
    }

    /// Takes what is drawn of the assignment.
    async fn drawn(&mut self, ask: &Ask<'_>, drawn: &Body, words: &Words, lookup: &impl Lookup) -> Result<(), Error> {
        let takes = ["accessPackage", "assignmentPolicy", "target"];
        takes_only_at(ask, drawn, &takes, words.assignment)?;
        let paths = &words.paths;
        for (at, value) in &drawn.values {
            let (one, path) = match ask.surface.prop(drawn.ty, *at).core {
                "packageId" | "v1.accessPackageId" => (&mut self.package, paths.package),
                "policyId" | "v1.assignmentPolicyId" => (&mut self.policy, paths.policy),
                "targetId" | "v1.targetId" => (&mut self.target, paths.target),
                "catalogId" => (&mut self.catalog, paths.catalog),
                "schedule" => {
                    self.schedule = document(Some(&field(value, ColumnType::Json)));
                    continue;
                }
                _ => continue,
            };
            if let Value::Text(text) = value {
                one.text(path, text)?;
            }
        }
        let path = format!("{}/accessPackage", words.assignment);
        let package = ("accessPackage", path.as_str(), Kind::AccessPackage);
        self.package.navigation(ask, drawn, package, false, lookup).await?;
        names_only(ask, drawn, "accessPackage", &path)?;
        let policy = ("assignmentPolicy", words.policy, Kind::Policy);
        self.policy.navigation(ask, drawn, policy, false, lookup).await?;
        names_only(ask, drawn, "assignmentPolicy", words.policy)?;
        self.person(ask, drawn, words, lookup).await
    }

    /// Takes what is drawn of the target.
    async fn person(&mut self, ask: &Ask<'_>, drawn: &Body, words: &Words, lookup: &impl Lookup) -> Result<(), Error> {
        let path = format!("{}/target", words.assignment);
        self.subject.navigation(ask, drawn, ("target", &path, Kind::Subject), true, lookup).await?;
        for person in inline(ask.surface, drawn, "target") {
            takes_only_at(ask, person, &["connectedOrganization"], &path)?;
            for (at, value) in &person.values {
                match (ask.surface.prop(person.ty, *at).core, value) {
                    ("objectId", Value::Text(text)) => self.target.text(&format!("{path}/objectId"), text)?,
                    ("connectedOrganizationId", Value::Text(text)) => {
                        self.organization.text(&format!("{path}/connectedOrganizationId"), text)?;
                    }
                    ("email", Value::Text(text)) => self.email = Some(text.clone()),
                    _ => {}
                }
            }
            let path = format!("{path}/connectedOrganization");
            let organization = ("connectedOrganization", path.as_str(), Kind::Organization);
            self.organization.navigation(ask, person, organization, false, lookup).await?;
            names_only(ask, person, "connectedOrganization", &path)?;
        }
        Ok(())
    }
}

fn fault(target: &str, message: impl Into<String>) -> Error {
    Fault::new(FaultKind::Value, target, message).into()
}

fn document(field: Option<&domain::fields::Value>) -> Option<String> {
    match field {
        Some(domain::fields::Value::Json(text)) => Some(text.clone()),
        _ => None,
    }
}

/// From when and until when, in a schedule that the schema has checked.
fn wish(schedule: &str, path: &str) -> Result<Wish, Error> {
    let said: serde_json::Value = serde_json::from_str(schedule).unwrap_or_default();
    let wrong = |below: &str, why: &str| {
        let path = format!("{path}/{below}");
        fault(&path, format!("'{path}' {why}."))
    };
    if said.get("recurrence").is_some_and(|recurrence| !recurrence.is_null()) {
        return Err(wrong("recurrence", "has to be null: access has one beginning and one end"));
    }
    let instant = |text: Option<&serde_json::Value>| text.and_then(|text| odata::literal::time(text.as_str()?));
    let expiration = said.get("expiration").filter(|expiration| !expiration.is_null());
    let text = |name: &str| expiration.and_then(|expiration| expiration.get(name)).and_then(serde_json::Value::as_str);
    let ty = text("type").map(str::to_ascii_lowercase).unwrap_or_default();
    for (name, goes_with) in [("endDateTime", "afterDateTime"), ("duration", "afterDuration")] {
        if text(name).is_some() && !ty.eq_ignore_ascii_case(goes_with) {
            return Err(wrong(&format!("expiration/{name}"), &format!("goes with the type '{goes_with}' only")));
        }
    }
    let until = match ty.as_str() {
        "noexpiration" => Some(Expiration::Never),
        "afterdatetime" => {
            let end = instant(expiration.and_then(|expiration| expiration.get("endDateTime")));
            let end = end.ok_or_else(|| wrong("expiration/endDateTime", "has to say when it ends"))?;
            Some(Expiration::At(end))
        }
        "afterduration" => {
            let span = text("duration").and_then(store::policy::span::read).filter(|span| *span > 0);
            let span = span.ok_or_else(|| wrong("expiration/duration", "has to say how long, as P30D"))?;
            Some(Expiration::After(span))
        }
        _ => None,
    };
    Ok(Wish { from: instant(said.get("startDateTime")), until })
}

/// PATCH of a stage: `{"reviewResult": "Approve", "justification": "…"}`.
pub async fn decide(ask: &Ask<'_>, lookup: &impl Lookup) -> Result<Write, Error> {
    let target = &ask.intent.target;
    let (at, owner, _) = last_navigation(target).ok_or_else(|| method_fault(ask))?;
    let approval = id_of(ask, target.steps.get(..at).unwrap_or_default(), owner, lookup).await?;
    let stage = id_of_stage(ask).ok_or_else(|| {
        Error::from(store::Error::NotFound { kind: ask.surface.schema.ty(target.ty).name, key: String::new() })
    })?;
    let body = read_entity(&ask.surface.schema, target.ty, ask.body, Mode::Update, &Options::default())?;
    super::modify::repeats_id(&body, stage)?;
    let said = fields(ask.surface, body.ty, &body.values);
    let approve = match said.text("reviewResult") {
        Some(result) if result.eq_ignore_ascii_case("approve") => true,
        Some(result) if result.eq_ignore_ascii_case("deny") => false,
        _ => return Err(fault("reviewResult", "'reviewResult' has to be 'Approve' or 'Deny'.")),
    };
    let decide = Decide {
        approval,
        stage,
        caller: ask.principal,
        approve,
        justification: said.text("justification").map(str::to_owned),
    };
    Ok(Write {
        command: Command::Request(RequestCommand::Decide(decide)),
        verb: Verb::Update,
        target: target.clone(),
        then: Then::Nothing,
    })
}

fn id_of_stage(ask: &Ask<'_>) -> Option<Uuid> {
    match ask.intent.target.steps.last() {
        Some(odata::query::Step::Key(odata::query::Key::Id(id))) => Uuid::try_parse(id).ok(),
        _ => None,
    }
}
