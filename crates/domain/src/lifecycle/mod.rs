//! THE LIFE OF ACCESS: requests, approvals, assignments and what they deliver. A request is taken in
//! `request`, goes on in `advance`, is decided in `approval`, and gives and takes in `delivery`; what
//! becomes of people from outside is in `external`.
//! Nothing here knows a surface; what waits is left as a task of the same transaction.

pub mod advance;
mod agreement;
pub mod approval;
pub mod assignment;
pub mod automatic;
mod behalf;
pub mod callout;
pub mod case;
pub mod command;
pub mod delivery;
pub mod external;
pub mod mail;
pub mod notice;
pub mod request;
pub mod schedule;
pub mod scope;
pub mod state;
pub mod suggestion;

pub use case::Case;
pub use command::{RequestCommand, Work};

use crate::Instant;
use crate::denial::Denial;
use crate::facts::Facts;
use crate::outcome::Outcome;

/// Decides what a caller asks of requests, approvals and assignments.
///
/// # Errors
/// Those of the rule for each command.
pub fn decide(command: &RequestCommand, facts: &Facts, now: Instant) -> Result<Outcome, Denial> {
    match command {
        RequestCommand::Create(create) => request::create(create, facts, now),
        RequestCommand::Cancel(on) => request::cancel(*on, facts, now),
        RequestCommand::Reprocess(on) => request::reprocess(*on, facts, now),
        RequestCommand::Delete(on) => request::delete(*on, facts),
        RequestCommand::Decide(decision) => approval::decide(decision, facts, now),
        RequestCommand::Resume(resume) => callout::resume(resume, facts, now),
        RequestCommand::Enforce(on) => assignment::reprocess(*on, facts, now),
    }
}

/// Decides what the worker does about a task that is due. A task that has nothing to do any more is
/// done: what it was about may have changed since.
pub fn work(work: &Work, facts: &Facts, now: Instant) -> Outcome {
    use crate::outcome::Task;
    match work.task {
        Task::Advance => advance::advance(work, &facts.case, now),
        Task::Stage => approval::overdue(work, &facts.case, now),
        Task::Enforce => assignment::enforce(work, &facts.case, now),
        Task::Expire => assignment::expire(work, &facts.case, now),
        Task::Evaluate => automatic::evaluate(work, &facts.case, &facts.rules, now),
        Task::Leave => automatic::leave(work, &facts.case, now),
        Task::SubjectCleanup => external::cleanup(work, &facts.case, now),
        Task::Notice => notice::notice(work, &facts.case, now),
        Task::Callout => callout::look(work, &facts.case, now),
        Task::Survey => automatic::survey(work, now),
    }
}
