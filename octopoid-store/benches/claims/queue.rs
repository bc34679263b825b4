//! A database with many tasks in `incoming`.

use crate::Measured;
use octopoid_core::clock::Clock;
use octopoid_core::model::{Policy, Timestamp};
use octopoid_store::SqliteStore;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The time since the program began; cheap, and only ever forward.
#[derive(Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Arc<dyn Clock> {
        Arc::new(Self(Instant::now()))
    }
}

#[async_trait::async_trait]
impl Clock for Stopwatch {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_767_225_600_000) + self.0.elapsed()
    }

    fn monotonic(&self) -> Duration {
        self.0.elapsed()
    }

    async fn sleep_until(&self, _: Duration) {}
}

pub(crate) struct Queue {
    path: PathBuf,
    _folder: TempDir,
}

impl Queue {
    /// Writes the tasks straight into the file.
    pub(crate) fn seed(tasks: usize) -> Self {
        // Beside the build: a temporary folder may be in memory, where nothing is durable.
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let path = folder.path().join("octopoid.db");
        drop(SqliteStore::open(&path, Stopwatch::start(), Policy::default()).expect("a store"));
        let database = Connection::open(&path).expect("a database");
        let sql = format!(
            "PRAGMA synchronous = OFF;
             PRAGMA cache_size = -500000;
             BEGIN;
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {tasks})
             INSERT INTO tasks (seq, scope, id, title, role, priority, created_at, queue, blockers, unresolved, runs, attempts,
                                review_rounds, conflicts, rejections, updated_at, version)
             SELECT i, 'default', 'task-' || i, 'Task number ' || i, 'implement', i % 4, 1767225600000, 'incoming', 0, 0, 0,
                    0, 0, 0, 0, 1767225600000, 1 FROM n;
             INSERT INTO descriptions (task, body)
             SELECT seq, 'What is to be done about number ' || seq || ': ' || hex(randomblob(100)) FROM tasks;
             COMMIT;
             PRAGMA wal_checkpoint(TRUNCATE);"
        );
        database.execute_batch(&sql).expect("seeded");
        Self { path, _folder: folder }
    }

    /// Measures on a queue in which nothing is claimed or ever was: to take again what was given back costs more, as there
    /// may be work to it.
    pub(crate) fn measure(&self, work: impl FnOnce(&Path) -> Measured) -> Measured {
        let measured = work(&self.path);
        let database = Connection::open(&self.path).expect("a database");
        let sql = "PRAGMA synchronous = OFF;
            BEGIN;
            UPDATE tasks SET queue = 'incoming', claim_token = NULL, claim_orchestrator = NULL, claim_agent = NULL,
                   claimed_at = NULL, lease_expires_at = NULL, runs = 0, version = 1 WHERE queue = 'claimed' AND scope = 'default';
            DELETE FROM events;
            COMMIT;
            PRAGMA wal_checkpoint(TRUNCATE);";
        database.execute_batch(sql).expect("reset");
        drop(database);
        std::fs::File::open(&self.path).and_then(|file| file.sync_all()).expect("synced");
        measured
    }
}
