//! The connections to the server that are kept open between requests.

use super::HttpOptions;
use super::tls::{certificates, use_ring};
use octopoid_core::store::{Result, StoreError};
use reqwest::Client;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The connections, until one of them turns out to be dead.
#[derive(Debug)]
pub(super) struct Connections {
    present: Mutex<Pool>,
}

/// One set of connections, and which one it is.
#[derive(Debug, Clone)]
pub(super) struct Pool {
    pub(super) client: Client,
    number: u64,
    key: Option<Key>,
}

/// A key, which is not printed (I28).
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
        let present = Pool { client: client(options, key.as_ref())?, number: 0, key };
        Ok(Self { present: Mutex::new(present) })
    }

    pub(super) fn present(&self) -> Pool {
        self.lock().clone()
    }

    /// Opens new connections from now on. A machine that slept, or something on the way that forgot its connections, kills
    /// all of them without a word: when one is silent for too long, waiting on each of the others would take as long
    /// again.
    pub(super) fn abandon(&self, pool: &Pool, options: &HttpOptions) {
        let mut present = self.lock();
        if present.number != pool.number {
            // Somebody else noticed first.
            return;
        }
        match client(options, present.key.as_ref()) {
            Ok(client) => *present = Pool { client, number: present.number + 1, key: present.key.clone() },
            Err(error) => tracing::warn!(error = %error, "the old connections are used on"),
        }
    }

    /// Uses another key from now on, where there is another by now than the one that the server did not take. Says whether
    /// there is.
    pub(super) fn renew(&self, pool: &Pool, options: &HttpOptions) -> bool {
        let Some(source) = &options.renew else { return false };
        let mut present = self.lock();
        if present.key != pool.key {
            // Somebody else noticed first.
            return true;
        }
        let Some(key) = source().map(Key).filter(|key| Some(key) != present.key.as_ref()) else {
            return false;
        };
        match client(options, Some(&key)) {
            Ok(client) => *present = Pool { client, number: present.number + 1, key: Some(key) },
            Err(error) => {
                tracing::warn!(error = %error, "the new key cannot be used");
                return false;
            }
        }
        tracing::info!("the server no longer took the key; another one is used from now on");
        true
    }

    fn lock(&self) -> MutexGuard<'_, Pool> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
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
