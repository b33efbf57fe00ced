//! The life of access: requests, approvals, assignments and what they deliver.

mod additional;
mod approvals;
mod automatic;
mod delivery;
mod direct;
mod external;
mod kit;
mod mine;
mod race;
mod requirements;
mod self_service;
mod separation;
mod suggestions;
mod time;

pub use external::subject_of;
