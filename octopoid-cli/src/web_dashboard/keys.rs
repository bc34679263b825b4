//! The keys of a server, by which people sign in to its dashboard.

use async_trait::async_trait;
use octopoid_core::clock::Clock;
use octopoid_core::model::ApiKey;
use octopoid_core::store::{KeyStore, Result};
use octopoid_store::server::digest;
use octopoid_web::{KeyHolder, Keys};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// How long the list of keys is used before it is read again.
const FRESH: Duration = Duration::from_secs(2);

/// Keys of a server.
#[derive(Debug)]
pub(crate) struct ServerKeys {
    store: Arc<dyn KeyStore>,
    clock: Arc<dyn Clock>,
    /// The keys that are not revoked, and when they were read.
    read: Mutex<Option<(Duration, Vec<ApiKey>)>>,
}

impl ServerKeys {
    pub(crate) fn new(store: Arc<dyn KeyStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, read: Mutex::default() }
    }

    async fn active(&self) -> Result<Vec<ApiKey>> {
        let mut read = self.read.lock().await;
        let now = self.clock.monotonic();
        if let Some((at, keys)) = &*read
            && now.saturating_sub(*at) < FRESH
        {
            return Ok(keys.clone());
        }
        let keys: Vec<_> =
            self.store.keys(None).await?.into_iter().filter(|key| key.revoked_at.is_none()).collect();
        *read = Some((now, keys.clone()));
        Ok(keys)
    }
}

#[async_trait]
impl Keys for ServerKeys {
    async fn holder(&self, key: &str) -> Result<Option<KeyHolder>> {
        // Of digests nothing can be learnt by how long a comparison takes.
        let digest = digest(key.trim());
        let found = self.active().await?.into_iter().find(|key| key.digest == digest);
        Ok(found.map(|key| KeyHolder::new(key.id, key.scope).with_read_only(key.read_only)))
    }

    async fn is_valid(&self, id: &str) -> bool {
        // While the keys cannot be read, nobody is thrown out.
        self.active().await.map_or(true, |keys| keys.iter().any(|key| key.id == id))
    }
}
