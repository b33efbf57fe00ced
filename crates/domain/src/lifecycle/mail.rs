//! MAIL: who is told what of a request and of an assignment. A letter is written for each reader, with
//! all that it says; who sends it must never have to ask for more. Where the policy wants silence
//! nothing is written.

use super::case::{Case, Mailbox, Request};
use crate::Instant;
use crate::fields::{Fields, Value};
use crate::outcome::{Change, Topic};
use uuid::Uuid;

/// What a letter is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Letter {
    /// To approvers: somebody asks.
    ApprovalWanted,
    /// To further approvers: the first ones haven't answered.
    Escalated,
    /// To the requestor.
    Approved,
    Denied,
    /// To the holder.
    Delivered,
    EndsInTwoWeeks,
    EndsTomorrow,
    Ended,
}

impl Letter {
    pub const ALL: [Letter; 8] = [
        Letter::ApprovalWanted,
        Letter::Escalated,
        Letter::Approved,
        Letter::Denied,
        Letter::Delivered,
        Letter::EndsInTwoWeeks,
        Letter::EndsTomorrow,
        Letter::Ended,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Letter::ApprovalWanted => "approvalWanted",
            Letter::Escalated => "approvalEscalated",
            Letter::Approved => "requestApproved",
            Letter::Denied => "requestDenied",
            Letter::Delivered => "accessDelivered",
            Letter::EndsInTwoWeeks => "accessEndsInTwoWeeks",
            Letter::EndsTomorrow => "accessEndsTomorrow",
            Letter::Ended => "accessEnded",
        }
    }

    pub fn from_name(name: &str) -> Option<Letter> {
        Letter::ALL.into_iter().find(|letter| letter.name() == name)
    }
}

/// Letters to those who may decide, each person once; never to those whom the request concerns.
pub(super) fn to_approvers(
    case: &Case,
    letter: Letter,
    request: &Request,
    approvers: &[Uuid],
    answer_by: Instant,
    now: Instant,
) -> Vec<Change> {
    let concerned = [&case.target, &case.requestor];
    let own = |person: Uuid| concerned.into_iter().flatten().any(|each| each.object == person);
    let mut readers: Vec<&Mailbox> =
        entries(case).iter().filter(|mailbox| approvers.contains(&mailbox.of) && !own(mailbox.person)).collect();
    readers.sort_by_key(|mailbox| mailbox.person);
    readers.dedup_by_key(|mailbox| mailbox.person);
    let mut more = asked(case, request);
    more.set("answerBy", Value::Time(answer_by));
    if let Some(why) = case.mailbook.as_ref().and_then(|book| book.justification.clone()) {
        more.set("justification", Value::Text(why));
    }
    write(case, letter, &readers, request.policy, &more, now)
}

/// A letter to whoever asked.
pub(super) fn to_requestor(case: &Case, letter: Letter, request: &Request, more: Fields, now: Instant) -> Vec<Change> {
    let mut fields = asked(case, request);
    fields.0.extend(more.0);
    let requestor = case.requestor.as_ref().or(case.target.as_ref());
    let reader = requestor.and_then(|person| mailbox(case, person.object));
    write(case, letter, reader.as_slice(), request.policy, &fields, now)
}

/// A letter to whoever holds the access.
pub(super) fn to_holder(
    case: &Case,
    letter: Letter,
    policy: Option<Uuid>,
    ends_at: Option<Instant>,
    now: Instant,
) -> Vec<Change> {
    let reader = case.target.as_ref().and_then(|person| mailbox(case, person.object));
    let more = Fields(vec![("endsAt", ends_at.map_or(Value::Null, Value::Time))]);
    write(case, letter, reader.as_slice(), policy, &more, now)
}

/// What a letter says of a request.
fn asked(case: &Case, request: &Request) -> Fields {
    let name = |person: &Option<super::case::Person>| {
        person.as_ref().map_or(Value::Null, |person| Value::Text(person.name.clone()))
    };
    Fields(vec![
        ("requestId", Value::Guid(request.id)),
        ("target", name(&case.target)),
        ("requestor", name(&case.requestor)),
        ("startsAt", request.starts_at.map_or(Value::Null, Value::Time)),
        ("endsAt", request.ends_at.map_or(Value::Null, Value::Time)),
    ])
}

fn write(
    case: &Case,
    letter: Letter,
    readers: &[&Mailbox],
    policy: Option<Uuid>,
    more: &Fields,
    now: Instant,
) -> Vec<Change> {
    let silent = case.policies.iter().any(|each| Some(each.id) == policy && each.silent);
    let Some(package) = case.package.as_ref().filter(|_| !silent) else { return Vec::new() };
    let letter = |reader: &&Mailbox| {
        let mut payload = Fields(vec![
            ("letter", Value::from(letter.name())),
            ("to", Value::Text(reader.address.clone())),
            ("toName", Value::Text(reader.name.clone())),
            ("package", Value::Text(package.name.clone())),
        ]);
        payload.0.extend(more.0.iter().cloned());
        Change::Outbox { topic: Topic::Mail, id: None, payload, due: now }
    };
    readers.iter().map(letter).collect()
}

fn entries(case: &Case) -> &[Mailbox] {
    case.mailbook.as_ref().map_or(&[], |book| &book.entries)
}

fn mailbox(case: &Case, person: Uuid) -> Option<&Mailbox> {
    entries(case).iter().find(|mailbox| mailbox.of == person && mailbox.person == person)
}
