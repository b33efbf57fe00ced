//! The integration suite: one binary, so that it is linked once. Every test comes through the front
//! door, on each engine, with a database of its own that is verified afterwards.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "these are tests; helpers between them are not marked as such"
)]

mod annotations;
mod answer_limits;
mod audit_log;
mod audit_log_before;
mod bad_input;
mod batch;
mod body_properties;
mod catalogs;
mod clock;
mod differences;
mod directory;
mod directory_app_roles;
mod directory_apps;
mod directory_groups;
mod directory_users;
mod encoding;
mod golden;
mod hang_ups;
mod hashing;
mod kit;
mod life;
mod limits_documented;
mod links;
mod login;
mod odata_filter;
mod odata_paging;
mod odata_protocol;
mod organizations;
mod packages;
mod patch_complex;
mod permissions_matrix;
mod permissions_references;
mod permissions_roles;
mod permissions_same;
mod policies;
mod policies_beta;
mod policies_refused;
mod races;
mod related_objects;
mod resources;
mod resources_packages;
mod resources_permissions;
mod seed;
mod seed_beta;
mod slow;
mod steps;
mod tenants;
mod tidy;
