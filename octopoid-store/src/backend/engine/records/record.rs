//! Records as values.

use super::reviews::TaskReview;
use crate::backend::{Counter, Reader, RecordKey, RecordKind, Transaction};
use octopoid_core::model::{
    Action, ApiKey, Draft, FlowRecord, Machine, OrchestratorId, Project, ProjectId, RoleName, RoleRecord,
    Scope,
};
use octopoid_core::store::{Result, StoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;

/// Value that is kept as a record, under a name that is unique within its scope.
pub(crate) trait Record: Serialize + DeserializeOwned {
    /// Its kind.
    const KIND: RecordKind;
    /// Its name in an error.
    const WHAT: &'static str;
    /// Returns the tenant.
    fn scope(&self) -> &Scope;
    /// Returns the name.
    fn name(&self) -> Cow<'_, str>;
}

macro_rules! record {
    ($type:ty, $kind:ident, $what:literal, |$one:ident| $scope:expr, $name:expr) => {
        impl Record for $type {
            const KIND: RecordKind = RecordKind::$kind;
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
record!(Project, Project, "project", |one| one.scope, ProjectId::as_str(&one.id));
record!(Draft, Draft, "draft", |one| one.scope, one.id.to_string());
record!(Action, Action, "action", |one| one.scope, one.id.as_str());
record!(FlowRecord, Flow, "flow", |one| one.scope, one.name.as_str());
record!(RoleRecord, Role, "role", |one| one.scope, RoleName::as_str(&one.name));
record!(Machine, Machine, "orchestrator", |one| one.registration.scope, OrchestratorId::as_str(&one.id));
record!(TaskReview, Review, "review", |one| one.scope, one.task.as_str());
record!(ApiKey, Key, "key", |one| one.scope, one.id.as_str());

fn key<'a, T: Record>(scope: &'a Scope, name: &'a str) -> RecordKey<'a> {
    RecordKey::scoped(T::KIND, scope, name)
}

/// Returns a record, or `None` where there is none.
pub(crate) fn find<T: Record>(reader: &mut impl Reader, scope: &Scope, name: &str) -> Result<Option<T>> {
    reader.record(key::<T>(scope, name))?.map(|body| parse(&body)).transpose()
}

/// Returns a record, or `NotFound`.
pub(crate) fn get<T: Record>(reader: &mut impl Reader, scope: &Scope, name: &str) -> Result<T> {
    find(reader, scope, name)?.ok_or_else(|| StoreError::not_found(format_args!("{} {name}", T::WHAT)))
}

/// Returns the records of a kind, oldest first.
pub(super) fn all<T: Record>(reader: &mut impl Reader, scope: Option<&Scope>) -> Result<Vec<T>> {
    reader.records(T::KIND, scope)?.iter().map(|body| parse(body)).collect()
}

/// Keeps the records that follow a named one in a list with the newest first.
pub(super) fn keep_after<T: Record>(found: &mut Vec<T>, name: Option<&str>) -> Result<()> {
    let Some(name) = name else { return Ok(()) };
    let Some(place) = found.iter().position(|one| one.name() == name) else {
        let message = format_args!("there is no {} {name} to go on after; read the list anew", T::WHAT);
        return Err(StoreError::invalid("after", message));
    };
    found.truncate(place);
    Ok(())
}

/// Writes a record, new or again.
pub(super) fn put<T: Record>(transaction: &mut impl Transaction, record: &T) -> Result<()> {
    let body = serde_json::to_string(record)
        .map_err(|error| StoreError::internal("a record cannot be written as JSON").with_source(error))?;
    transaction.put_record(key::<T>(record.scope(), &record.name()), body)
}

/// Removes a record that must be there.
pub(super) fn remove<T: Record>(transaction: &mut impl Transaction, scope: &Scope, name: &str) -> Result<()> {
    get::<T>(transaction, scope, name)?;
    transaction.remove_record(key::<T>(scope, name))
}

/// Raises a counter and returns its new value.
pub(super) fn next(transaction: &mut impl Transaction, counter: Counter<'_>) -> Result<u64> {
    let next = transaction.counter(counter)? + 1;
    transaction.set_counter(counter, next)?;
    Ok(next)
}

/// Reads a record from its body.
pub(super) fn parse<T: Record>(body: &str) -> Result<T> {
    serde_json::from_str(body)
        .map_err(|error| StoreError::internal(format!("a {} cannot be read", T::WHAT)).with_source(error))
}
