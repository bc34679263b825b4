//! The roles that tasks may name.

use super::Roles;
use octopoid_core::model::RoleName;
use std::collections::BTreeSet;

/// The roles that take tasks.
#[derive(Debug, Clone)]
pub(crate) struct Workers(BTreeSet<RoleName>);

impl Workers {
    pub(crate) fn of(roles: &Roles) -> Self {
        Self(roles.workers().cloned().collect())
    }

    pub(crate) fn contains(&self, role: &RoleName) -> bool {
        self.0.contains(role)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(RoleName::as_str)
    }
}
