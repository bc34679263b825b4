//! Where each kind of record stands.

use crate::engine::Batch;
use octopoid_core::model::{
    Action, ApiKey, Draft, FlowRecord, Machine, OrchestratorId, Project, ProjectId, RoleName, RoleRecord,
    Scope,
};
use octopoid_core::store::{Result, StoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;

/// A kind of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Shelf {
    Projects,
    Drafts,
    Actions,
    Flows,
    Roles,
    Machines,
    Keys,
}

impl Shelf {
    /// The name under which a backend keeps it.
    #[cfg(feature = "sqlite")]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Shelf::Projects => "projects",
            Shelf::Drafts => "drafts",
            Shelf::Actions => "actions",
            Shelf::Flows => "flows",
            Shelf::Roles => "roles",
            Shelf::Machines => "machines",
            Shelf::Keys => "keys",
        }
    }
}

/// Something that stands on a shelf, under a name that is unique within its scope.
pub(super) trait Record: Serialize + DeserializeOwned {
    const SHELF: Shelf;
    /// What it is called in an error.
    const WHAT: &'static str;
    fn scope(&self) -> &Scope;
    fn name(&self) -> Cow<'_, str>;
}

macro_rules! record {
    ($type:ty, $shelf:ident, $what:literal, |$one:ident| $scope:expr, $name:expr) => {
        impl Record for $type {
            const SHELF: Shelf = Shelf::$shelf;
            const WHAT: &'static str = $what;
            fn scope(&self) -> &Scope {
                let $one = self;
                &$scope
            }
            fn name(&self) -> Cow<'_, str> {
                let $one = self;
                Cow::from($name)
            }
        }
    };
}
record!(Project, Projects, "project", |one| one.scope, ProjectId::as_str(&one.id));
record!(Draft, Drafts, "draft", |one| one.scope, one.id.to_string());
record!(Action, Actions, "action", |one| one.scope, one.id.as_str());
record!(FlowRecord, Flows, "flow", |one| one.scope, one.name.as_str());
record!(RoleRecord, Roles, "role", |one| one.scope, RoleName::as_str(&one.name));
record!(Machine, Machines, "orchestrator", |one| one.registration.scope, OrchestratorId::as_str(&one.id));
record!(ApiKey, Keys, "key", |one| one.scope, one.id.as_str());

/// A record, if it is there.
pub(super) fn find<T: Record>(batch: &mut impl Batch, scope: &Scope, name: &str) -> Result<Option<T>> {
    batch.record(T::SHELF, scope, name)?.map(|body| parse(&body)).transpose()
}

/// A record that must be there.
pub(super) fn get<T: Record>(batch: &mut impl Batch, scope: &Scope, name: &str) -> Result<T> {
    find(batch, scope, name)?.ok_or_else(|| StoreError::not_found(format_args!("{} {name}", T::WHAT)))
}

/// Every record of a kind, the oldest first.
pub(super) fn all<T: Record>(batch: &mut impl Batch, scope: Option<&Scope>) -> Result<Vec<T>> {
    batch.records(T::SHELF, scope)?.iter().map(|body| parse(body)).collect()
}

/// Leaves what comes after a record where the newest stand first.
pub(super) fn keep_after<T: Record>(found: &mut Vec<T>, name: Option<&str>) -> Result<()> {
    let Some(name) = name else { return Ok(()) };
    let Some(place) = found.iter().position(|one| one.name() == name) else {
        let message = format_args!("there is no {} {name} to go on after; read the list anew", T::WHAT);
        return Err(StoreError::invalid("after", message));
    };
    found.truncate(place);
    Ok(())
}

pub(super) fn put<T: Record>(batch: &mut impl Batch, record: &T) -> Result<()> {
    let body = serde_json::to_string(record)
        .map_err(|error| StoreError::internal("a record cannot be written as JSON").with_source(error))?;
    batch.put_record(T::SHELF, record.scope(), &record.name(), body)
}

pub(super) fn remove<T: Record>(batch: &mut impl Batch, scope: &Scope, name: &str) -> Result<()> {
    get::<T>(batch, scope, name)?;
    batch.remove_record(T::SHELF, scope, name)
}

pub(super) fn parse<T: Record>(body: &str) -> Result<T> {
    serde_json::from_str(body)
        .map_err(|error| StoreError::internal(format!("a {} cannot be read", T::WHAT)).with_source(error))
}
