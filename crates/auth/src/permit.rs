//! Proof that `authorize` said yes. Only this crate makes one, and it can't be taken apart and put
//! together again: no public constructor, no public field, no `map`, and no back door for tests.

use crate::caller::Identity;
use crate::rule::{ReadRules, WriteRules};
use std::sync::Arc;

/// A permitted read or write of `T`, with the rules that narrow it to `R`.
#[derive(Debug, Clone)]
pub struct Permit<T, R> {
    what: T,
    rules: R,
    caller: Arc<Identity>,
}

pub type ReadPermit = Permit<model::query::Query, ReadRules>;
pub type WritePermit = Permit<domain::command::Command, WriteRules>;

impl<T, R> Permit<T, R> {
    pub(crate) fn new(what: T, rules: R, caller: Arc<Identity>) -> Permit<T, R> {
        Permit { what, rules, caller }
    }

    pub fn what(&self) -> &T {
        &self.what
    }

    pub fn rules(&self) -> &R {
        &self.rules
    }

    /// Who was permitted: for the tenant, and for the audit log.
    pub fn caller(&self) -> &Arc<Identity> {
        &self.caller
    }
}
