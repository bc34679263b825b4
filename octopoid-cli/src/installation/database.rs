//! Opening a database: a SQLite file, or one of PostgreSQL.

use crate::environment::Environment;
use crate::error::{CliError, Kind, Result, with_causes};
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::Policy;
use octopoid_core::store::{IdempotentStore, KeyStore};
use octopoid_store::{PostgresOptions, PostgresStore, PostgresUrl, SqliteOptions, SqliteStore, saved_copies};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Variable with the password of a PostgreSQL database.
pub(crate) const PASSWORD: &str = "PGPASSWORD";

/// Where a database is. Shown without a password (I28).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DatabaseName {
    /// A SQLite file.
    File(PathBuf),
    /// A PostgreSQL database.
    Postgres(Box<PostgresUrl>),
}

impl DatabaseName {
    /// Reads a name: an address of PostgreSQL, or else a path, which is relative to `base`. What an address leaves out is taken from
    /// `PGUSER` and `PGPASSWORD`.
    pub(crate) fn read(name: &Path, base: &Path, environment: &Environment) -> Result<Self> {
        let Some(text) = name.to_str().filter(|text| PostgresUrl::is_url(text)) else {
            return Ok(Self::File(base.join(name)));
        };
        let mut url: PostgresUrl = text.parse().map_err(|error| {
            CliError::configuration(format!("the address of the database is wrong: {error}"))
                .hint("for example postgres://octopoid@db.example.org/octopoid?sslmode=verify-full, with PGPASSWORD set")
        })?;
        if let Some(user) = environment.get("PGUSER") {
            url = url.with_user(user);
        }
        if let Some(password) = environment.get(PASSWORD) {
            url = url.with_password(password);
        }
        Ok(Self::Postgres(Box::new(url)))
    }

    /// Returns the path of the file, if it is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }
}

impl fmt::Display for DatabaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Postgres(url) => url.fmt(f),
        }
    }
}

/// Store in a database, with its keys.
pub(crate) trait DatabaseStore: IdempotentStore + KeyStore {
    /// Carries out what was handed in, and closes the database.
    fn close(&self);
}

impl DatabaseStore for SqliteStore {
    fn close(&self) {
        SqliteStore::close(self);
    }
}

impl DatabaseStore for PostgresStore {
    fn close(&self) {
        PostgresStore::close(self);
    }
}

/// Database that was opened.
#[derive(Debug, Clone)]
pub(crate) enum Database {
    /// A SQLite file.
    File(Arc<SqliteStore>),
    /// A PostgreSQL database.
    Postgres(Arc<PostgresStore>),
}

impl Database {
    /// Returns the store in it.
    pub(crate) fn store(&self) -> Arc<dyn DatabaseStore> {
        match self {
            Self::File(store) => store.clone(),
            Self::Postgres(store) => store.clone(),
        }
    }
}

/// Opens a database, or creates it. If a file is removed with its folder while in use, a copy is saved in `rescue`.
pub(crate) async fn open_database(
    name: &DatabaseName,
    policy: Policy,
    rescue: Option<&Path>,
) -> Result<Database> {
    match name {
        DatabaseName::File(path) => {
            let store = open_file(path.clone(), policy, rescue).await?;
            Ok(Database::File(Arc::new(store)))
        }
        DatabaseName::Postgres(url) => {
            let url = (**url).clone();
            let open = move || PostgresStore::connect(url, policy, PostgresOptions::new());
            let hint = "check that the server runs and lets this user in; PGPASSWORD has the password where the address has none";
            Ok(Database::Postgres(Arc::new(opened(open, "", hint).await?)))
        }
    }
}

async fn open_file(path: PathBuf, policy: Policy, rescue: Option<&Path>) -> Result<SqliteStore> {
    let name = DatabaseName::File(path.clone());
    if let Some(copy) = saved_copies(&path).last().filter(|_| !path.exists()) {
        let copy = copy.display();
        return Err(CliError::refused(format!("the database {name} was removed while it was in use")).hint(
            format!(
                "restore the saved copy: mv {copy} {name}; or remove the copy to begin with an empty queue"
            ),
        ));
    }
    let mut options = SqliteOptions::new();
    options.rescue_folder = rescue.map(Path::to_owned);
    let open = move || {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        SqliteStore::open_with(path, clock, policy, options)
    };
    let what = format!("cannot open the database {name}: ");
    opened(open, &what, "`octopoid doctor` checks the database, the folder and the disk").await
}

/// Opens on a thread that may block. `what` comes before why it cannot be opened.
async fn opened<T: Send + 'static>(
    open: impl FnOnce() -> octopoid_core::store::Result<T> + Send + 'static,
    what: &str,
    hint: &str,
) -> Result<T> {
    let opened = tokio::task::spawn_blocking(open)
        .await
        .map_err(|error| CliError::failure(format!("opening the database ended by a defect: {error}")))?;
    opened.map_err(|error| {
        let kind = if error.is_retryable() { Kind::Unavailable } else { Kind::Failure };
        CliError::new(kind, format!("{what}{}", with_causes(&error))).hint(hint)
    })
}
