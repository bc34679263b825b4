//! The keys that open scopes.

use super::check_line;
use super::record::{all, next, put};
use crate::backend::{Counter, Reader, Transaction};
use octopoid_core::model::{ApiKey, KeyDigest, Scope};
use octopoid_core::store::{ErrorKind, Result, StoreError};
use octopoid_core::transition::Context;

pub(crate) fn add_key(
    transaction: &mut impl Transaction,
    scope: &Scope,
    label: &str,
    digest: &KeyDigest,
    replace: bool,
    context: Context<'_>,
) -> Result<ApiKey> {
    check_line("label", label)?;
    let known: Vec<ApiKey> = all(transaction, None)?;
    if known.iter().any(|key| &key.digest == digest) {
        return Err(StoreError::new(ErrorKind::Conflict, "there is such a key already"));
    }
    let id = format!("key-{}", next(transaction, Counter::Key)?);
    let key = ApiKey::new(id, scope.clone(), label.trim(), digest.clone(), context.now);
    if replace {
        for mut old in known.into_iter().filter(|old| &old.scope == scope && old.revoked_at.is_none()) {
            old.revoked_at = Some(context.now);
            put(transaction, &old)?;
        }
    }
    put(transaction, &key)?;
    Ok(key)
}

pub(crate) fn add_first_key(
    transaction: &mut impl Transaction,
    scope: &Scope,
    label: &str,
    digest: &KeyDigest,
    context: Context<'_>,
) -> Result<Option<ApiKey>> {
    let known: Vec<ApiKey> = all(transaction, Some(scope))?;
    if !known.is_empty() {
        return Ok(None);
    }
    add_key(transaction, scope, label, digest, false, context).map(Some)
}

pub(crate) fn keys(reader: &mut impl Reader, scope: Option<&Scope>) -> Result<Vec<ApiKey>> {
    all(reader, scope)
}

pub(crate) fn revoke_key(
    transaction: &mut impl Transaction,
    id: &str,
    context: Context<'_>,
) -> Result<ApiKey> {
    let mut key = key(transaction, id)?;
    if key.revoked_at.is_some() {
        return Ok(key);
    }
    key.revoked_at = Some(context.now);
    put(transaction, &key)?;
    Ok(key)
}

pub(crate) fn restrict_key(transaction: &mut impl Transaction, id: &str) -> Result<ApiKey> {
    let mut key = key(transaction, id)?;
    if !key.read_only {
        key.read_only = true;
        put(transaction, &key)?;
    }
    Ok(key)
}

fn key(reader: &mut impl Reader, id: &str) -> Result<ApiKey> {
    let found = all(reader, None)?.into_iter().find(|key: &ApiKey| key.id == id);
    found.ok_or_else(|| StoreError::not_found(format_args!("key {id}")))
}
