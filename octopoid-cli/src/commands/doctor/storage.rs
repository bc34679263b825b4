//! The database.

use super::Check;
use crate::output::text;
use crate::project::Project;
use octopoid_core::model::Queue;
use octopoid_core::store::TaskStore;
use octopoid_store::SqliteStore;

/// Whether it opens, answers, and is sound.
pub(super) async fn database(project: &Project) -> Vec<Check> {
    let path = project.database();
    let store = match project.sqlite().await {
        Ok(store) => store,
        Err(error) => {
            return vec![Check::bad(
                "database",
                error.message,
                "free the disk, or restore a copy of the file",
            )];
        }
    };
    match store.queue_counts(&project.scope()).await {
        Ok(counts) => {
            if let Some(check) = unsound(&store).await {
                return vec![check];
            }
            let tasks: u64 = Queue::ALL.into_iter().map(|queue| counts.in_queue(queue)).sum();
            vec![Check::good("database", format!("{}: {}", path.display(), text::count(tasks, "task")))]
        }
        Err(error) => vec![Check::bad("database", error.to_string(), "restore a copy of the file")],
    }
}

/// What SQLite itself finds wrong with the file.
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
