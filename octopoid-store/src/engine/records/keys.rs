//! The keys that open scopes.

use super::check_line;
use super::shelf::{all, put};
use crate::engine::Batch;
use octopoid_core::model::{ApiKey, KeyDigest, Scope};
use octopoid_core::store::{ErrorKind, Result, StoreError};
use octopoid_core::transition::Context;

pub(crate) fn add_key(
    batch: &mut impl Batch,
    scope: &Scope,
    label: &str,
    digest: &KeyDigest,
    replace: bool,
    context: Context<'_>,
) -> Result<ApiKey> {
    check_line("label", label)?;
    let known: Vec<ApiKey> = all(batch, None)?;
    if known.iter().any(|key| &key.digest == digest) {
        return Err(StoreError::new(ErrorKind::Conflict, "there is such a key already"));
    }
    let key = ApiKey {
        id: format!("key-{}", batch.count("key")?),
        scope: scope.clone(),
        label: label.trim().to_owned(),
        digest: digest.clone(),
        created_at: context.now,
        revoked_at: None,
    };
    if replace {
        for key in known.into_iter().filter(|key| &key.scope == scope && key.revoked_at.is_none()) {
            put(batch, &ApiKey { revoked_at: Some(context.now), ..key })?;
        }
    }
    put(batch, &key)?;
    Ok(key)
}

pub(crate) fn add_first_key(
    batch: &mut impl Batch,
    scope: &Scope,
    label: &str,
    digest: &KeyDigest,
    context: Context<'_>,
) -> Result<Option<ApiKey>> {
    let known: Vec<ApiKey> = all(batch, Some(scope))?;
    if !known.is_empty() {
        return Ok(None);
    }
    add_key(batch, scope, label, digest, false, context).map(Some)
}

pub(crate) fn keys(batch: &mut impl Batch, scope: Option<&Scope>) -> Result<Vec<ApiKey>> {
    all(batch, scope)
}

pub(crate) fn revoke_key(batch: &mut impl Batch, id: &str, context: Context<'_>) -> Result<ApiKey> {
    let known: Vec<ApiKey> = all(batch, None)?;
    let Some(key) = known.into_iter().find(|key| key.id == id) else {
        return Err(StoreError::not_found(format_args!("key {id}")));
    };
    if key.revoked_at.is_some() {
        return Ok(key);
    }
    let key = ApiKey { revoked_at: Some(context.now), ..key };
    put(batch, &key)?;
    Ok(key)
}
