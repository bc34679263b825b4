//! Disks that are full or cannot be written, and a base branch that vanishes. Mounting needs root: elsewhere the two
//! tests that need it say that they are left out.

use super::pace::Pace;
use super::setting::{Setting, content, wait_for};
use octopoid_core::clock::Clock;
use octopoid_core::model::{Queue, Scope};
use octopoid_core::orchestrator::Notice;
use octopoid_core::runner::AgentReport;
use octopoid_core::testing::Scene;
use octopoid_core::transition::{Actor, Command};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A mounted folder, unmounted when dropped.
pub(crate) struct Mount(PathBuf);

impl Mount {
    /// None where this user may not mount.
    pub(crate) fn new(arguments: &[&str], at: &Path) -> Option<Self> {
        let mounted = std::process::Command::new("mount").args(arguments).arg(at).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(at.to_owned()));
        }
        println!("left out: this user may not mount");
        None
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// An agent that does its work, and fills the disk in its first attempt.
fn fills_the_disk(filler: PathBuf) -> impl Fn(&Scene<'_>) -> AgentReport + Send + Sync + 'static {
    move |scene| {
        let report = content(scene);
        if scene.role() == "implement" && scene.request().attempt == 1 {
            // Until nothing fits any more.
            let mut file = std::fs::File::create(&filler).unwrap();
            while file.write_all(&[0; 4096]).is_ok() {}
        }
        report
    }
}

async fn go_on(setting: &Setting, id: &octopoid_core::model::TaskId) {
    let actor = Actor::Person("ada".to_owned());
    setting
        .store
        .apply(&Scope::single(), id, Command::Continue { actor, note: String::new() })
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn i09_a_full_disk_loses_no_work_and_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let Some(_mount) = Mount::new(&["-t", "tmpfs", "-o", "size=2m", "none"], folder.path()) else { return };
    let filler = folder.path().join("filler");
    let setting = Setting::new(fills_the_disk(filler.clone()));
    let id = setting.enqueue("Fill the disk").await;
    let orchestrator = setting.builder().folder(folder.path()).build().await.unwrap();
    let mut events = orchestrator.events();
    let running = tokio::spawn(orchestrator.run_until_idle());
    let said = wait_for(&mut events, |notice| match notice {
        Notice::Warning { message } if message.contains("room on the disk") => Some(message.clone()),
        _ => None,
    })
    .await;
    assert!(said.contains("No space left"), "{said}");
    assert_eq!(setting.task(&id).await.queue(), Queue::Claimed);

    std::fs::remove_file(filler).unwrap();
    assert!(running.await.unwrap().unwrap().is_complete());
    let task = setting.task(&id).await;
    assert_eq!((task.queue(), task.counters.attempts), (Queue::Done, 0));
    assert_eq!(setting.log("main")[..2], ["Do task-1", "Initial commit"]);
    let paid = setting.runner.calls().into_iter().filter(|call| call.role.as_str() == "implement").count();
    assert_eq!(paid, 1, "its agent was not asked again");
}

#[tokio::test(flavor = "multi_thread")]
async fn i09_a_full_disk_does_not_keep_an_orchestrator_from_ending() {
    let folder = tempfile::tempdir().unwrap();
    let Some(_mount) = Mount::new(&["-t", "tmpfs", "-o", "size=2m", "none"], folder.path()) else { return };
    let filler = folder.path().join("filler");
    let pace = Arc::new(Pace::default());
    let setting = Setting::with_clock(pace.clock.clone(), fills_the_disk(filler.clone()));
    let id = setting.enqueue("Fill the disk").await;
    let builder = || setting.builder().folder(folder.path()).observer(pace.clone());
    let orchestrator = builder().build().await.unwrap();
    let (handle, mut events) = (orchestrator.handle(), orchestrator.events());
    let running = tokio::spawn(orchestrator.run());
    let full = |notice: &Notice| {
        matches!(notice, Notice::Warning { message } if message.contains("room on the disk")).then_some(())
    };
    wait_for(&mut events, full).await;
    handle.drain();
    pace.until(|| running.is_finished() || pace.clock.monotonic() > Duration::from_secs(3600)).await;
    assert!(running.is_finished(), "it waits for room for ever");
    running.await.unwrap().unwrap();

    std::fs::remove_file(filler).unwrap();
    let orchestrator = builder().seed(8).build().await.unwrap();
    pace.until_ended(tokio::spawn(orchestrator.run_until_idle())).await.unwrap();
    let task = setting.task(&id).await;
    assert_eq!((task.queue(), task.counters.attempts), (Queue::Done, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn i17_a_repository_that_cannot_be_written_is_not_the_tasks_fault() {
    let setting = Setting::new(content);
    let path = setting.repository.path();
    let Some(_mount) = Mount::new(&["--bind", path.to_str().unwrap()], path) else { return };
    let read_only = std::process::Command::new("mount").args(["-o", "remount,ro,bind"]).arg(path).status();
    assert!(read_only.unwrap().success());
    let id = setting.enqueue("Write here").await;
    let folder = setting.repository.beside("octopoid");
    setting.builder().folder(&folder).build().await.unwrap().run_until_idle().await.unwrap();
    let task = setting.task(&id).await;
    assert_eq!((task.queue(), task.counters.attempts), (Queue::Incoming, 0));
    assert!(task.note.as_ref().unwrap().contains("Read-only file system"), "{:?}", task.note);
    assert!(setting.runner.calls().is_empty(), "no agent was paid for it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_base_branch_that_is_deleted_meanwhile_asks_a_person_and_keeps_the_work() {
    let setting = Setting::new(|scene| {
        let report = content(scene);
        if scene.role() == "implement" && scene.request().attempt == 1 {
            // By another program, whose git commands are not traced.
            let user = |arguments: &[&str]| {
                let mut git = std::process::Command::new("git");
                let status = git.args(arguments).current_dir(&scene.request().directory).status();
                assert!(status.unwrap().success());
            };
            user(&["branch", "kept", "main"]);
            user(&["update-ref", "-d", "refs/heads/main"]);
        }
        report
    });
    let id = setting.enqueue("Saw off the branch").await;
    setting.run_until_idle().await;
    let task = setting.task(&id).await;
    assert_eq!(task.queue(), Queue::NeedsContinuation);
    assert!(task.state.needs_person().unwrap().contains("no branch `main`"), "{:?}", task.state);

    let refused = setting.builder().build().await.unwrap_err().to_string();
    assert!(refused.contains("no branch `main`"), "{refused}");
    setting.repository.git(&["update-ref", "refs/heads/main", "refs/heads/kept"]);
    go_on(&setting, &id).await;
    setting.run_until_idle().await;
    assert_eq!(setting.task(&id).await.queue(), Queue::Done);
}
