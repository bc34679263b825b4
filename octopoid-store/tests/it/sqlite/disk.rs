//! A disk that is full or read-only. A small file system of its own needs root; without it these are skipped.

use super::setting::{assert_sound, create, open, scope};
use octopoid_core::model::NewTask;
use octopoid_core::store::{ErrorKind, EventLog, EventQuery, TaskStore};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A file system of a few megabytes, unmounted at the end.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = run(&["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs"], folder.path());
        if !mounted {
            println!("skipped: a small file system cannot be mounted here");
        }
        mounted.then_some(Self(folder))
    }

    fn remount(&self, option: &str) {
        assert!(run(&["mount", "-o", &format!("remount,{option}")], self.0.path()));
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        run(&["umount", "-l"], self.0.path());
    }
}

fn run(command: &[&str], path: &Path) -> bool {
    let output = Command::new(command[0]).args(&command[1..]).arg(path).output();
    output.is_ok_and(|output| output.status.success())
}

#[tokio::test]
async fn a_full_disk_is_unavailable_and_nothing_is_half_done() {
    let Some(disk) = SmallDisk::mount() else { return };
    let path = disk.0.path().join("octopoid.db");
    let store = open(&path).unwrap();
    let mut made = Vec::new();
    let error = loop {
        match store.create_task(NewTask::new("A task", "x".repeat(100_000))).await {
            Ok(task) => made.push(task.id),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), &ErrorKind::Unavailable, "{error}");
    assert!(error.to_string().contains("disk") || error.to_string().contains("database"), "{error}");
    assert!(!made.is_empty());
    assert_eq!(
        store.create_task(NewTask::new("A task", "x".repeat(100_000))).await.unwrap_err().kind(),
        &ErrorKind::Unavailable
    );
    // All that was answered can be read, and nothing else.
    assert_eq!(store.last_event().await.unwrap(), made.len() as u64);
    for id in &made {
        assert_eq!(store.task(&scope(), id).await.unwrap().description.len(), 100_000);
    }
    // With room again, the store goes on where it was.
    disk.remount("size=12m");
    let next = store.create_task(NewTask::new("A task", "x".repeat(100_000))).await.unwrap();
    assert_eq!(next.seq, made.len() as u64 + 1);
    assert_eq!(store.events(&EventQuery::after(scope(), 0)).await.unwrap().len(), made.len() + 1);
    drop(store);
    assert_sound(&path);
}

#[tokio::test]
async fn a_read_only_disk_is_unavailable_and_passes() {
    let Some(disk) = SmallDisk::mount() else { return };
    let path = disk.0.path().join("octopoid.db");
    let store = open(&path).unwrap();
    let task = create(&store, "A task").await.unwrap();
    drop(store);
    disk.remount("ro");
    let error = open(&path).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unavailable, "{error}");
    assert!(error.to_string().contains("octopoid.db"), "{error}");
    disk.remount("rw");
    let store = open(&path).unwrap();
    assert_eq!(store.task(&scope(), &task.id).await.unwrap(), task);
    create(&store, "Another").await.unwrap();
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_said() {
    let error = open(Path::new("/proc/octopoid.db")).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unavailable);
    assert!(error.to_string().contains("/proc/octopoid.db"), "{error}");
}
