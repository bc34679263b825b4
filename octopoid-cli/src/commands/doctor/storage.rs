//! Checks of the queue's server or database.

use super::Check;
use crate::context::Context;
use crate::error::CliError;
use crate::installation::{Database, Installation};
use crate::output::text;
use octopoid_core::model::Queue;
use octopoid_store::SqliteStore;

/// Checks the queue: on a server, or in a database here.
pub(super) async fn queue(installation: &Installation, context: &Context) -> Vec<Check> {
    if installation.is_remote() {
        vec![server(installation, context).await]
    } else {
        database(installation, context).await
    }
}

/// Checks that the server answers, and that the key opens the scope.
async fn server(installation: &Installation, context: &Context) -> Check {
    let store = match installation.store(&context.environment).await {
        Ok(store) => store,
        Err(error) => return Check::bad("server", error.message, error.hint.unwrap_or_default()),
    };
    let url =
        installation.config.value.server.as_ref().and_then(|server| server.url.clone()).unwrap_or_default();
    let scope = installation.scope();
    match store.queue_counts(&scope).await {
        Ok(counts) => {
            let tasks: u64 = Queue::ALL.into_iter().map(|queue| counts.in_queue(queue)).sum();
            if installation.config.value.repo.remote.is_none() {
                let words = format!(
                    "{url} answers; but without `repo.remote` other machines cannot take up what this one submits"
                );
                return Check::doubtful("server", words, "name the common remote in `repo.remote`");
            }
            Check::good("server", format!("{url}, scope {scope}: {}", text::count(tasks, "task")))
        }
        Err(error) => Check::bad("server", error.to_string(), "check `server.scope` and the key"),
    }
}

/// Checks that the database opens, answers, and is intact.
async fn database(installation: &Installation, context: &Context) -> Vec<Check> {
    let bad = |error: CliError, fix: &str| vec![Check::bad("database", error.message, fix)];
    let name = match installation.database(&context.environment) {
        Ok(name) => name,
        Err(error) => return bad(error, "fix `database` in config.yaml"),
    };
    let database = match installation.open_database(&context.environment).await {
        Ok(database) => database,
        Err(error) if name.file().is_none() => {
            return bad(error, "start the database server, or fix `database` in config.yaml");
        }
        Err(error) => return bad(error, "free the disk, or restore a copy of the file"),
    };
    match database.store().queue_counts(&installation.scope()).await {
        Ok(counts) => {
            if let Database::File(file) = &database
                && let Some(check) = unsound(file).await
            {
                return vec![check];
            }
            let tasks: u64 = Queue::ALL.into_iter().map(|queue| counts.in_queue(queue)).sum();
            vec![Check::good("database", format!("{name}: {}", text::count(tasks, "task")))]
        }
        Err(error) => vec![Check::bad("database", error.to_string(), "restore a copy of the file")],
    }
}

/// Runs SQLite's own integrity check.
async fn unsound(store: &SqliteStore) -> Option<Check> {
    let fix =
        "stop the orchestrator, and restore a copy of the file or salvage it with `sqlite3 FILE .recover`";
    match store.check_integrity().await {
        Ok(found) => {
            found.first().map(|first| Check::bad("database", format!("it is damaged: {first}"), fix))
        }
        Err(error) => Some(Check::bad("database", error.to_string(), fix)),
    }
}
