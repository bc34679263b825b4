//! What every handler works with.

use super::auth::Keyring;
use super::hub::Hub;
use super::shell::{Metrics, Stopping};
use octopoid_core::clock::Clock;
use octopoid_core::model::{RoleRecord, Scope, Timestamp};
use octopoid_core::store::{IdempotentStore, Result, Retention};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Shared by all requests.
#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) store: Arc<dyn IdempotentStore>,
    pub(crate) keyring: Keyring,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) hub: Hub,
    pub(crate) roles: KnownRoles,
    /// Ends long answers.
    pub(crate) stopping: Stopping,
    pub(crate) metrics: Metrics,
    /// By the monotonic clock.
    pub(crate) started_at: Duration,
    /// After its start the server frees nothing for so long, whoever asks for it: while it was away nobody could renew, and
    /// whoever still works comes back to do it (I10).
    pub(crate) grace: Duration,
    /// How long the past is kept.
    pub(crate) retention: Retention,
}

impl Inner {
    /// Whether those who could not renew while the server was away may still come back.
    pub(crate) fn in_grace(&self) -> bool {
        self.clock.monotonic().saturating_sub(self.started_at) < self.grace
    }
}

/// The registered roles of each scope, which every claim is checked against and which seldom change.
#[derive(Debug, Default)]
pub(crate) struct KnownRoles {
    known: Mutex<HashMap<Scope, ReadRoles>>,
}

/// Roles, and when they were read.
type ReadRoles = (Timestamp, Arc<[RoleRecord]>);

/// How long they are used before they are read again: another server of the same store may have registered some.
const FRESH: Duration = Duration::from_secs(1);

impl KnownRoles {
    pub(crate) async fn of(&self, app: &App, scope: &Scope) -> Result<Arc<[RoleRecord]>> {
        let now = app.clock.now();
        {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((read_at, roles)) = known.get(scope)
                && now >= *read_at
                && now.since(*read_at) < FRESH
            {
                return Ok(Arc::clone(roles));
            }
        }
        let roles: Arc<[RoleRecord]> = app.store.roles(scope).await?.into();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (read_at, _)| now >= *read_at && now.since(*read_at) < FRESH);
        known.insert(scope.clone(), (now, Arc::clone(&roles)));
        Ok(roles)
    }

    /// Reads them again with the next request.
    pub(crate) fn forget(&self) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl std::ops::Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.inner
    }
}
