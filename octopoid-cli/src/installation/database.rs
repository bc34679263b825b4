//! Opening a SQLite database.

use crate::error::{CliError, Kind, Result, with_causes};
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::Policy;
use octopoid_store::{SqliteOptions, SqliteStore, saved_copies};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Opens a database, or creates it. If it is removed with its folder while in use, a copy is saved in `rescue`.
pub(crate) async fn open_database(
    path: PathBuf,
    policy: Policy,
    rescue: Option<&Path>,
) -> Result<SqliteStore> {
    let name = path.display().to_string();
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
    let opened = tokio::task::spawn_blocking(open)
        .await
        .map_err(|error| CliError::failure(format!("opening {name} ended by a defect: {error}")))?;
    opened.map_err(|error| {
        let kind = if error.is_retryable() { Kind::Unavailable } else { Kind::Failure };
        CliError::new(kind, format!("cannot open the database {name}: {}", with_causes(&error)))
            .hint("`octopoid doctor` checks the database, the folder and the disk")
    })
}
