//! The life of access: requests, approvals, assignments and what they deliver.

mod additional;
mod app_roles;
mod approvals;
mod automatic;
mod delivery;
mod direct;
mod endings;
mod extensions;
mod external;
pub mod kit;
mod machine;
mod mail;
mod mine;
mod named_objects;
mod named_schedule;
mod on_behalf;
mod race;
pub mod receiver;
mod requirements;
mod self_service;
mod separation;
mod smtp;
mod suggestions;
mod time;

pub use external::subject_of;
