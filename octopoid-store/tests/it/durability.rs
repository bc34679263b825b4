//! What SQLite files live through: kills, full disks, other processes.

use octopoid_core::clock::Clock;
use octopoid_core::model::{NewTask, Policy, Scope, TaskId, Timestamp};
use octopoid_core::store::{ErrorKind, EventLog, TaskQuery, TaskStore};
use octopoid_store::SqliteStore;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// Stands still: nothing here depends on the time.
#[derive(Debug)]
struct Still;

#[async_trait::async_trait]
impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_767_225_600_000)
    }

    async fn sleep_until(&self, _moment: Timestamp) {
        std::future::pending::<()>().await;
    }
}

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path, Arc::new(Still), Policy::default()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn i02_what_was_acknowledged_survives_a_kill_at_any_moment() {
    for acknowledged in [1, 7, 40] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tasks.db");
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "durability::writes_until_killed", "--ignored", "--nocapture"])
            .env("DURABILITY_FILE", &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let told: Vec<_> = lines.filter(|line| line.starts_with("task-")).take(acknowledged).collect();
        child.kill().unwrap();
        child.wait().unwrap();

        let store = open(&path);
        assert!(store.check_integrity().await.is_ok());
        for id in &told {
            store.task(&Scope::single(), &TaskId::new(id.as_str()).unwrap()).await.unwrap();
        }
        // Each task has its event, and no event is without its task.
        let tasks = store.list_tasks(&TaskQuery::new(Scope::single())).await.unwrap().total;
        assert!(tasks >= acknowledged as u64);
        assert_eq!(store.last_event().await.unwrap(), tasks);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "played by another test, in a process of its own"]
#[expect(clippy::disallowed_methods, reason = "the test before tells it where to write")]
async fn writes_until_killed() {
    let store = Arc::new(open(Path::new(&std::env::var("DURABILITY_FILE").unwrap())));
    let writers = (0..8).map(|writer| {
        let store = store.clone();
        tokio::spawn(async move {
            for number in 0.. {
                let task =
                    store.create_task(NewTask::new(format!("{writer}.{number}"), "text")).await.unwrap();
                let mut out = std::io::stdout().lock();
                writeln!(out, "\n{}", task.id).unwrap();
                out.flush().unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_said_clearly_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mounted =
        Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "none"]).arg(folder.path()).status();
    if !mounted.is_ok_and(|status| status.success()) {
        println!("left out: this user may not mount");
        return;
    }
    let store = open(&folder.path().join("tasks.db"));
    let new = || NewTask::new("A task", "x".repeat(20_000));
    let mut made = 0;
    let error = loop {
        match store.create_task(new()).await {
            Ok(_) => made += 1,
            Err(error) => break error,
        }
        assert!(made < 1000, "the disk fills up");
    };
    assert_eq!(*error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(made > 0);
    let kept = store.list_tasks(&TaskQuery::new(Scope::single())).await.unwrap().total;
    assert_eq!(kept, made);
    drop(store);
    let unmounted = Command::new("umount").arg("--lazy").arg(folder.path()).status();
    assert!(unmounted.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_holder_of_the_file_wakes_whoever_waits_for_events() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tasks.db");
    let (here, there) = (open(&path), open(&path));
    let after = here.last_event().await.unwrap();
    let (woken, task) = tokio::join!(
        tokio::time::timeout(Duration::from_secs(60), here.wait_for_event(after)),
        there.create_task(NewTask::new("From elsewhere", "wake up"))
    );
    woken.expect("woken long before").unwrap();
    assert_eq!(here.task(&Scope::single(), &task.unwrap().id).await.unwrap().title, "From elsewhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tasks.db");
    let text = "this is a text file, and a long one at that\n".repeat(40);
    std::fs::write(&path, &text).unwrap();
    let error = SqliteStore::open(&path, Arc::new(Still), Policy::default()).unwrap_err().to_string();
    assert!(error.contains("tasks.db"), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}
