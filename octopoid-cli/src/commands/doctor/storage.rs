//! The database.

use super::Check;
use crate::output::text;
use crate::project::Project;
use octopoid_core::model::Queue;

/// Whether it opens, answers, and is sound.
pub(super) async fn database(project: &Project) -> Vec<Check> {
    let path = project.database();
    let store = match project.store().await {
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
            let tasks: u64 = Queue::ALL.into_iter().map(|queue| counts.in_queue(queue)).sum();
            vec![Check::good("database", format!("{}: {}", path.display(), text::count(tasks, "task")))]
        }
        Err(error) => vec![Check::bad("database", error.to_string(), "restore a copy of the file")],
    }
}
