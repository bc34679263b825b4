//! Connections to the server that are kept open between requests.

use super::HttpOptions;
use super::tls::certificates;
use crate::tls::use_ring;
use octopoid_core::store::{Result, StoreError};
use reqwest::Client;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Connection pool, which is replaced once one of its connections turns out to be dead.
#[derive(Debug)]
pub(super) struct Connections {
    current: Mutex<Pool>,
}

/// Set of connections with the same key.
#[derive(Debug, Clone)]
pub(super) struct Pool {
    pub(super) client: Client,
    number: u64,
    key: Option<Key>,
}

/// API key, which is never printed (I28).
#[derive(Clone, PartialEq, Eq)]
struct Key(String);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

impl Connections {
    pub(super) fn new(options: &HttpOptions) -> Result<Self> {
        let key = options.key.clone().map(Key);
        let current = Pool { client: client(options, key.as_ref())?, number: 0, key };
        Ok(Self { current: Mutex::new(current) })
    }

    pub(super) fn current(&self) -> Pool {
        self.lock().clone()
    }

    /// Replaces the pool. After a machine slept, or a device on the way dropped its state, all connections are dead without
    /// having been closed: once one has timed out, each of the others would take as long again.
    pub(super) fn abandon(&self, pool: &Pool, options: &HttpOptions) {
        let mut current = self.lock();
        if current.number != pool.number {
            // Another request noticed first.
            return;
        }
        match client(options, current.key.as_ref()) {
            Ok(client) => *current = Pool { client, number: current.number + 1, key: current.key.clone() },
            Err(error) => {
                tracing::warn!(error = %error, "new connections cannot be made; the old ones stay in use")
            }
        }
    }

    /// Replaces the pool by one with a new key, if the source has another than the one that the server refused. Returns whether
    /// it has.
    pub(super) fn renew(&self, pool: &Pool, options: &HttpOptions) -> bool {
        let Some(source) = &options.key_source else { return false };
        let mut current = self.lock();
        if current.key != pool.key {
            // Another request noticed first.
            return true;
        }
        let Some(key) = source().map(Key).filter(|key| Some(key) != current.key.as_ref()) else {
            return false;
        };
        match client(options, Some(&key)) {
            Ok(client) => *current = Pool { client, number: current.number + 1, key: Some(key) },
            Err(error) => {
                tracing::warn!(error = %error, "the new key cannot be used");
                return false;
            }
        }
        tracing::info!("the server refused the key; a new one is used");
        true
    }

    fn lock(&self) -> MutexGuard<'_, Pool> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn client(options: &HttpOptions, key: Option<&Key>) -> Result<Client> {
    use_ring();
    let mut headers = HeaderMap::new();
    if let Some(Key(key)) = key {
        let mut value = HeaderValue::from_str(&format!("Bearer {key}")).map_err(|_| {
            StoreError::invalid("key", "is not an API key: it has characters that no key has")
        })?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    let mut client = Client::builder()
        .default_headers(headers)
        .user_agent(concat!("octopoid/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(options.timeout)
        .tcp_nodelay(true)
        .redirect(reqwest::redirect::Policy::none());
    if let Some(file) = &options.certificates {
        for certificate in certificates(file)? {
            client = client.add_root_certificate(certificate);
        }
    }
    client.build().map_err(|error| StoreError::internal("no connection can be made").with_source(error))
}
