//! Whether a sound rule holds for a person. Every question has an answer, and every negative operator
//! is the exact opposite of its positive one: there is no third value.

use super::expr::{Compare, Expr, Left, Order, Question, Test};
use super::property::{PlanField, Property};
use super::{Attribute, Person, Plan};
use crate::Instant;
use crate::fold::fold;
use std::borrow::Cow;

/// What `_` or `assignedPlan` stands for.
#[derive(Clone, Copy)]
pub(super) enum Item<'a> {
    Nothing,
    Text(&'a str),
    Plan(&'a Plan),
}

pub(super) fn holds(expr: &Expr, person: &impl Person, item: Item<'_>, now: Instant) -> bool {
    match expr {
        Expr::Or(parts) => parts.iter().any(|part| holds(part, person, item, now)),
        Expr::And(parts) => parts.iter().all(|part| holds(part, person, item, now)),
        Expr::Not(inner) => !holds(inner, person, item, now),
        Expr::Compare(Compare { left, test }) => answers(test, &value(left, person, item), now),
        Expr::Each { list, every, body } => each(list, *every, body, person, now),
        Expr::MemberOf(groups) => groups.iter().any(|group| person.is_member_of(*group)),
        Expr::DirectReports(manager) => person.manager() == Some(*manager),
    }
}

fn value<'a>(left: &Left, person: &'a impl Person, item: Item<'a>) -> Attribute<'a> {
    match (left, item) {
        (Left::User(property), _) => person.value(property),
        (Left::Item, Item::Text(text)) => Attribute::Text(Cow::Borrowed(text)),
        (Left::Plan(field), Item::Plan(plan)) => {
            let text = match field {
                PlanField::CapabilityStatus => &plan.capability_status,
                PlanField::Service => &plan.service,
                PlanField::ServicePlanId => &plan.service_plan_id,
            };
            text.as_deref().map_or(Attribute::None, |text| Attribute::Text(Cow::Borrowed(text)))
        }
        (Left::Extension(_) | Left::Item | Left::Plan(_), _) => Attribute::None,
    }
}

/// Of an empty list, `-any` never holds and `-all` always does.
fn each(list: &Property, every: bool, body: &Expr, person: &impl Person, now: Instant) -> bool {
    let is = |item: Item<'_>| holds(body, person, item, now);
    match person.value(list) {
        Attribute::Texts(texts) if every => texts.iter().all(|text| is(Item::Text(text))),
        Attribute::Texts(texts) => texts.iter().any(|text| is(Item::Text(text))),
        Attribute::Plans(plans) if every => plans.iter().all(|plan| is(Item::Plan(plan))),
        Attribute::Plans(plans) => plans.iter().any(|plan| is(Item::Plan(plan))),
        Attribute::None | Attribute::Bool(_) | Attribute::Text(_) | Attribute::Time(_) => every,
    }
}

fn answers(test: &Test, value: &Attribute<'_>, now: Instant) -> bool {
    let yes = match (&test.question, value) {
        (Question::IsNull, Attribute::None) => true,
        (Question::IsNull, Attribute::Texts(texts)) => texts.is_empty(),
        (Question::IsBool(wanted), Attribute::Bool(is)) => wanted == is,
        (Question::Time(order, moment), Attribute::Time(is)) => ordered(*order, *is, moment.at(now)),
        (question, Attribute::Text(text)) => text_answers(question, text),
        (question, Attribute::Texts(texts)) => texts.iter().any(|text| text_answers(question, text)),
        _ => false,
    };
    yes != test.negated
}

fn ordered(order: Order, is: Instant, than: Instant) -> bool {
    match order {
        Order::Equal => is == than,
        Order::Less => is < than,
        Order::LessOrEqual => is <= than,
        Order::Greater => is > than,
        Order::GreaterOrEqual => is >= than,
    }
}

/// The first instant after `now` at which a comparison with `system.now` answers otherwise. Comparisons with
/// anything else, and with properties that have no value, don't.
pub(super) fn changes_after(expr: &Expr, person: &impl Person, now: Instant) -> Option<Instant> {
    let mut first = None;
    expr.visit(&mut |expr| {
        if let Expr::Compare(Compare { left, test: Test { question: Question::Time(order, moment), .. } }) = expr
            && let Attribute::Time(is) = value(left, person, Item::Nothing)
        {
            let next = moment.meets(is).and_then(|meeting| turn(*order, meeting, now));
            first = [first, next].into_iter().flatten().min();
        }
    });
    first
}

/// When a comparison turns after `now`, if both sides meet at `meeting`: some orders turn there, some right
/// after it, and equality does both.
fn turn(order: Order, meeting: Instant, now: Instant) -> Option<Instant> {
    let after = meeting.checked_add(1);
    let turns = match order {
        Order::Equal => [Some(meeting), after],
        Order::LessOrEqual | Order::Greater => [Some(meeting), None],
        Order::Less | Order::GreaterOrEqual => [None, after],
    };
    turns.into_iter().flatten().find(|turn| *turn > now)
}

fn text_answers(question: &Question, text: &str) -> bool {
    match question {
        Question::Equals(other) => fold(text) == other.folded,
        Question::StartsWith(start) => fold(text).starts_with(&start.folded),
        Question::EndsWith(end) => fold(text).ends_with(&end.folded),
        Question::Contains(part) => fold(text).contains(&part.folded),
        Question::In(others) => {
            let folded = fold(text);
            others.iter().any(|other| other.folded == folded)
        }
        Question::Matches(pattern) => pattern.is_match(text),
        Question::IsNull | Question::IsBool(_) | Question::Time(..) => false,
    }
}
