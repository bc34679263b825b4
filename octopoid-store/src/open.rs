//! Opening a store by its URL.

use crate::MemoryStore;
#[cfg(feature = "client")]
use crate::{HttpOptions, HttpStore};
#[cfg(feature = "postgres")]
use crate::{PostgresOptions, PostgresStore, PostgresUrl};
#[cfg(all(feature = "sqlite", not(target_family = "wasm")))]
use crate::{SqliteOptions, SqliteStore};
use octopoid_core::clock::Clock;
use octopoid_core::model::Policy;
use octopoid_core::store::{Result, Store, StoreError};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

/// Where a store is.
///
/// As text: `memory:`, `sqlite:PATH` with the path as it is written, the address of a PostgreSQL database, `postgres://…`, or that of
/// a server, `http://…` or `https://…`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreUrl {
    /// In this process, for as long as it runs.
    Memory,
    /// A SQLite file, which is created where there is none.
    Sqlite(PathBuf),
    /// A PostgreSQL database.
    #[cfg(feature = "postgres")]
    Postgres(PostgresUrl),
    /// A server.
    Http(String),
}

impl FromStr for StoreUrl {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self> {
        let (scheme, rest) = text.split_once(':').unwrap_or((text, ""));
        match scheme {
            "memory" if rest.is_empty() => Ok(StoreUrl::Memory),
            "sqlite" if !rest.is_empty() => Ok(StoreUrl::Sqlite(rest.into())),
            #[cfg(feature = "postgres")]
            "postgres" | "postgresql" => Ok(StoreUrl::Postgres(text.parse()?)),
            "http" | "https" if rest.len() > "//".len() && rest.starts_with("//") => {
                Ok(StoreUrl::Http(text.to_owned()))
            }
            _ => Err(StoreError::invalid(
                "url",
                "must be `memory:`, `sqlite:PATH`, `postgres://…`, or the address of a server, `http://…` or `https://…`",
            )),
        }
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreUrl::Memory => f.write_str("memory:"),
            StoreUrl::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            #[cfg(feature = "postgres")]
            StoreUrl::Postgres(url) => url.fmt(f),
            StoreUrl::Http(url) => f.write_str(url),
        }
    }
}

/// Options for [`open`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct OpenOptions {
    /// The source of time.
    pub clock: Arc<dyn Clock>,
    /// The bounds that the store applies; a server has its own.
    pub policy: Policy,
    /// Options for a SQLite file.
    #[cfg(all(feature = "sqlite", not(target_family = "wasm")))]
    pub sqlite: SqliteOptions,
    /// Options for a PostgreSQL database, whose clock measures leases unless they name another.
    #[cfg(feature = "postgres")]
    pub postgres: PostgresOptions,
    /// Options for a server, such as its key; their URL is replaced by the one that is opened.
    #[cfg(feature = "client")]
    pub http: Option<HttpOptions>,
}

impl OpenOptions {
    /// The default options.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            policy: Policy::default(),
            #[cfg(all(feature = "sqlite", not(target_family = "wasm")))]
            sqlite: SqliteOptions::default(),
            #[cfg(feature = "postgres")]
            postgres: PostgresOptions::default(),
            #[cfg(feature = "client")]
            http: None,
        }
    }

    /// Sets the bounds that the store applies.
    #[must_use]
    pub fn with_policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets the options for a SQLite file.
    #[cfg(all(feature = "sqlite", not(target_family = "wasm")))]
    #[must_use]
    pub fn with_sqlite(mut self, options: SqliteOptions) -> Self {
        self.sqlite = options;
        self
    }

    /// Sets the options for a PostgreSQL database.
    #[cfg(feature = "postgres")]
    #[must_use]
    pub fn with_postgres(mut self, options: PostgresOptions) -> Self {
        self.postgres = options;
        self
    }

    /// Sets the options for a server.
    #[cfg(feature = "client")]
    #[must_use]
    pub fn with_http(mut self, options: HttpOptions) -> Self {
        self.http = Some(options);
        self
    }
}

/// Opens a store.
///
/// A SQLite file is opened in the calling thread, which may take a moment where another process writes to it or where it is
/// brought up to date.
///
/// # Errors
/// `Invalid` for a backend that this build was made without, and as [`SqliteStore::open_with`] and [`HttpStore::connect`].
pub async fn open(url: &StoreUrl, options: OpenOptions) -> Result<Arc<dyn Store>> {
    match url {
        StoreUrl::Memory => Ok(Arc::new(MemoryStore::new(options.clock, options.policy))),
        #[cfg(all(feature = "sqlite", not(target_family = "wasm")))]
        StoreUrl::Sqlite(path) => {
            let OpenOptions { clock, policy, sqlite, .. } = options;
            Ok(Arc::new(SqliteStore::open_with(path, clock, policy, sqlite)?))
        }
        #[cfg(feature = "postgres")]
        StoreUrl::Postgres(url) => {
            let OpenOptions { policy, postgres, .. } = options;
            Ok(Arc::new(PostgresStore::connect(url.clone(), policy, postgres)?))
        }
        #[cfg(feature = "client")]
        StoreUrl::Http(url) => {
            let OpenOptions { clock, http, .. } = options;
            let mut http = http.unwrap_or_else(|| HttpOptions::new(url, clock));
            http.url.clone_from(url);
            Ok(Arc::new(HttpStore::connect(http).await?))
        }
        #[cfg(not(all(feature = "sqlite", feature = "client", not(target_family = "wasm"))))]
        other => {
            let rule = format!("this build has no backend for {other}: enable its feature of octopoid-store");
            Err(StoreError::invalid("url", rule))
        }
    }
}
