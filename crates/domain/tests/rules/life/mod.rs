//! What holds of the life of access whatever happens: of separation of duties, of schedules, of approvals
//! and of delivery. Cases are made up here; whether the store loads them so is for its own tests.

mod approval;
mod delivery;
mod schedule;
mod separation;

use proptest::prelude::ProptestConfig;
use uuid::Uuid;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn id(number: usize) -> Uuid {
    Uuid::from_u128(number as u128 + 1)
}
