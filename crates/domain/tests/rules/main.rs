//! The rules, each with the case that it allows and every denial that it knows. Commands are decided
//! here on exactly the facts that `needs` asks for, as the store will do.

mod catalogs;
mod directory;
mod external;
mod groups;
#[cfg(test)]
mod life;
mod links;
mod membership_rule;
mod policies;
mod properties;
mod resources;
mod roles;
mod separation;
mod suggestions;
#[cfg(test)]
mod support;
