//! The life of access: requests, approvals, assignments and what they deliver.

mod approvals;
mod automatic;
mod delivery;
mod direct;
mod kit;
mod mail;
mod race;
mod self_service;
mod separation;
mod smtp;
mod time;
