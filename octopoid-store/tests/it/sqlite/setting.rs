//! A folder with a database.

use octopoid_core::clock::Clock;
use octopoid_core::model::{NewTask, Policy, Scope, Task};
use octopoid_core::store::{Result, TaskStore};
use octopoid_store::conformance::SteppedClock;
use octopoid_store::{SqliteOptions, SqliteStore};
use rusqlite::Connection;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

pub(super) struct Folder {
    pub(super) folder: TempDir,
}

impl Folder {
    pub(super) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("octopoid.db")
    }

    /// The names of all that lies in it.
    pub(super) fn files(&self) -> Vec<OsString> {
        std::fs::read_dir(self.folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect()
    }

    pub(super) fn open(&self) -> SqliteStore {
        open(&self.path()).unwrap()
    }
}

pub(super) fn clock() -> Arc<dyn Clock> {
    Arc::new(SteppedClock::new())
}

pub(super) fn open(path: &Path) -> Result<SqliteStore> {
    SqliteStore::open(path, clock(), Policy::default())
}

pub(super) fn open_with(path: &Path, options: SqliteOptions) -> Result<SqliteStore> {
    SqliteStore::open_with(path, clock(), Policy::default(), options)
}

pub(super) async fn create(store: &SqliteStore, title: &str) -> Result<Task> {
    store.create_task(NewTask::new(title, "What is to be done.")).await
}

pub(super) fn scope() -> Scope {
    Scope::single()
}

/// The file as any SQLite program sees it.
pub(super) fn raw(path: &Path) -> Connection {
    Connection::open(path).unwrap()
}

/// Fails unless SQLite's own check finds nothing wrong.
pub(super) fn assert_sound(path: &Path) {
    let verdict: String = raw(path).query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
    let broken: i64 =
        raw(path).query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0)).unwrap();
    assert_eq!(broken, 0);
}
