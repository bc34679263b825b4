//! The registered roles of each scope, cached.

use octopoid_core::clock::Clock;
use octopoid_core::model::{RoleRecord, Scope, Timestamp};
use octopoid_core::store::{Result, Store};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long roles are used before they are read again: another server of the same store may have registered some.
const FRESH: Duration = Duration::from_secs(1);

/// Cache of the registered roles of each scope: every claim is checked against them, and they seldom change.
#[derive(Debug)]
pub(crate) struct KnownRoles {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    cached: Mutex<HashMap<Scope, CachedRoles>>,
}

#[derive(Debug)]
struct CachedRoles {
    read_at: Timestamp,
    roles: Arc<[RoleRecord]>,
}

impl CachedRoles {
    fn is_fresh(&self, now: Timestamp) -> bool {
        now >= self.read_at && now.since(self.read_at) < FRESH
    }
}

impl KnownRoles {
    pub(crate) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, cached: Mutex::default() }
    }

    /// Returns the registered roles of a scope.
    pub(crate) async fn of(&self, scope: &Scope) -> Result<Arc<[RoleRecord]>> {
        let now = self.clock.now();
        {
            let cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(entry) = cached.get(scope).filter(|entry| entry.is_fresh(now)) {
                return Ok(Arc::clone(&entry.roles));
            }
        }
        let roles: Arc<[RoleRecord]> = self.store.roles(scope).await?.into();
        let mut cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        cached.retain(|_, entry| entry.is_fresh(now));
        cached.insert(scope.clone(), CachedRoles { read_at: now, roles: Arc::clone(&roles) });
        Ok(roles)
    }

    /// Discards the cached roles, so that the next request reads them again.
    pub(crate) fn invalidate(&self) {
        self.cached.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
