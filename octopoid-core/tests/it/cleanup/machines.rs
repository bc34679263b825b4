//! Machines that share a store and a remote: each cleans up what is on its own disk.

use super::situation::git_in;
use crate::orchestrator::setting::wait_for;
use octopoid_core::clock::SystemClock;
use octopoid_core::model::{AgentName, EventKind, NewTask, Policy, Queue, RoleName, Scope, TaskId};
use octopoid_core::orchestrator::{
    AgentSettings, Events, Handle, MergeSettings, MergeStrategy, Notice, Orchestrator, RunError, Settings,
    Summary,
};
use octopoid_core::runner::AgentReport;
use octopoid_core::store::{EventLog, EventQuery, TaskQuery, TaskStore};
use octopoid_core::testing::{PlainRole, Scene, ScriptedRunner, TempRemote, TempRepository};
use octopoid_core::transition::{Actor, Command};
use octopoid_store::MemoryStore;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::task::JoinHandle;

/// A store, a remote, and any number of clones.
struct Fleet {
    user: TempRepository,
    origin: TempRemote,
    store: Arc<MemoryStore>,
    strategy: MergeStrategy,
}

struct Machine {
    clone: PathBuf,
    handle: Handle,
    events: Events,
    running: JoinHandle<Result<Summary, RunError>>,
}

impl Machine {
    async fn stop(self) {
        self.handle.drain();
        self.running.await.unwrap().unwrap();
    }
}

impl Fleet {
    fn new() -> Self {
        let user = TempRepository::new();
        let origin = user.add_remote("origin");
        let store = Arc::new(MemoryStore::new(Arc::new(SystemClock), Policy::default()));
        Self { user, origin, store, strategy: MergeStrategy::Rebase }
    }

    fn clone_of(&self, name: &str) -> PathBuf {
        self.user.beside(name)
    }

    async fn machine(&self, name: &str, roles: &[&str], runner: &ScriptedRunner) -> Machine {
        let clone = self.clone_of(name);
        if !clone.exists() {
            let origin = self.origin.path().to_string_lossy();
            self.user.git(&["clone", "--quiet", &origin, &clone.to_string_lossy()]);
            git_in(&clone, &["config", "user.name", name]);
            git_in(&clone, &["config", "user.email", "machine@example.invalid"]);
        }
        let settings = Settings::new(format!("test-{name}").parse().unwrap(), "main")
            .with_environment(std::env::vars().collect())
            .with_merge(MergeSettings::new(self.strategy))
            .with_remote("origin")
            .with_shared_work();
        let agents = roles.iter().enumerate().map(|(number, role)| {
            let name = AgentName::new(format!("{name}-{number}")).unwrap();
            AgentSettings::new(name, RoleName::new(*role).unwrap()).with_runner("scripted")
        });
        let orchestrator = Orchestrator::builder()
            .store(self.store.clone())
            .repository(&clone)
            .settings(settings)
            .role(Arc::new(PlainRole::implement()))
            .role(Arc::new(PlainRole::review()))
            .runner(Arc::new(runner.clone()))
            .agents(agents)
            .build()
            .await
            .unwrap();
        let (handle, events) = (orchestrator.handle(), orchestrator.events());
        Machine { clone, handle, events, running: tokio::spawn(orchestrator.run()) }
    }

    async fn enqueue(&self, tasks: u32) {
        for number in 1..=tasks {
            let new = NewTask::new(format!("Task {number}"), "Write a file.");
            self.store.create_task(new).await.unwrap();
        }
    }

    async fn until_done(&self, tasks: u64) {
        loop {
            let seen = self.store.last_event().await.unwrap();
            let mut query = TaskQuery::new(Scope::single()).in_queue(Queue::Done);
            query.limit = 1;
            if self.store.list_tasks(&query).await.unwrap().total >= tasks {
                return;
            }
            self.store.wait_for_event(seen).await.unwrap();
        }
    }

    async fn apply(&self, command: Command) {
        self.store.apply(&Scope::single(), &TaskId::numbered(1), command).await.unwrap();
    }
}

fn ada() -> Actor {
    Actor::Person("ada".to_owned())
}

/// Work that meets no other, and reviewers who are content.
fn calm(scene: &Scene<'_>) -> AgentReport {
    if scene.role() == "review" {
        return scene.approve("fine");
    }
    scene.write(format!("{}.txt", scene.task()), "done\n");
    if !scene.git(&["status", "--porcelain"]).is_empty() {
        scene.commit(&format!("Do {}", scene.task()));
    }
    scene.submit("did it")
}

fn folders(clone: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(clone.join(".octopoid/worktrees")).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

fn refs(clone: &Path, pattern: &str) -> String {
    git_in(clone, &["for-each-ref", "--format=%(refname)", pattern])
}

/// Waits for what an orchestrator does soon by itself.
async fn until(is: impl Fn() -> bool) {
    let soon = async {
        while !is() {
            tokio::task::yield_now().await;
        }
    };
    // What does not come is said by the checks that follow.
    let _ = tokio::time::timeout(Duration::from_secs(60), soon).await;
}

fn is_clean(clone: &Path) -> bool {
    folders(clone).is_empty() && git_in(clone, &["branch", "--all", "--list", "*agent/*"]).is_empty()
}

/// Checks that nothing of any task is left.
fn check_clean(clone: &Path, what: &str) {
    assert_eq!(folders(clone), [] as [&str; 0], "{what}: worktrees");
    assert_eq!(git_in(clone, &["worktree", "list"]).lines().count(), 1, "{what}: registrations");
    assert_eq!(git_in(clone, &["branch", "--all", "--list", "*agent/*"]), "", "{what}: branches");
    assert_eq!(refs(clone, "refs/octopoid"), "", "{what}: calm work needs no copy");
}

#[tokio::test(flavor = "multi_thread")]
async fn i41_after_calm_tasks_on_two_machines_nothing_is_left_on_either() {
    for (strategy, tasks) in
        [(MergeStrategy::Rebase, 12), (MergeStrategy::Squash, 3), (MergeStrategy::Merge, 3)]
    {
        let mut fleet = Fleet::new();
        fleet.strategy = strategy;
        fleet.enqueue(tasks).await;
        let runner = ScriptedRunner::new(calm);
        let north = fleet.machine("north", &["implement", "implement"], &runner).await;
        let south = fleet.machine("south", &["review"], &runner).await;
        fleet.until_done(u64::from(tasks)).await;
        for name in ["north", "south"] {
            until(|| is_clean(&fleet.clone_of(name))).await;
        }
        north.stop().await;
        south.stop().await;
        for name in ["north", "south"] {
            check_clean(&fleet.clone_of(name), &format!("{strategy:?}, {name}"));
        }
        assert_eq!(fleet.origin.git(&["branch", "--list", "agent/*"]), "", "{strategy:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i41_a_machine_that_was_away_cleans_up_at_its_start() {
    let fleet = Fleet::new();
    fleet.enqueue(2).await;
    let runner = ScriptedRunner::new(calm);
    let first = fleet.machine("north", &["implement"], &runner).await;
    let submitted = async |task: u64| {
        let (scope, id) = (Scope::single(), TaskId::numbered(task));
        while fleet.store.task(&scope, &id).await.unwrap().queue() != Queue::Provisional {
            let seen = fleet.store.last_event().await.unwrap();
            if fleet.store.task(&scope, &id).await.unwrap().queue() != Queue::Provisional {
                fleet.store.wait_for_event(seen).await.unwrap();
            }
        }
    };
    submitted(1).await;
    submitted(2).await;
    first.stop().await;
    assert_eq!(folders(&fleet.clone_of("north")).len(), 2);
    let south = fleet.machine("south", &["review"], &runner).await;
    fleet.until_done(2).await;
    until(|| is_clean(&fleet.clone_of("south"))).await;
    south.stop().await;
    check_clean(&fleet.clone_of("south"), "south");
    assert_eq!(folders(&fleet.clone_of("north")).len(), 2, "no machine cleans another one's disk");
    let again = fleet.machine("north", &[], &runner).await;
    until(|| is_clean(&fleet.clone_of("north"))).await;
    again.stop().await;
    check_clean(&fleet.clone_of("north"), "north");
}

#[tokio::test(flavor = "multi_thread")]
async fn i41_a_task_called_off_elsewhere_loses_its_worktree_once_its_run_has_ended_and_its_work_is_kept() {
    for deleted in [false, true] {
        let fleet = Fleet::new();
        fleet.enqueue(1).await;
        let runner = ScriptedRunner::new(|scene| {
            scene.write("half.txt", "half\n");
            scene.commit("Half of it");
            scene.write("more.txt", "more\n");
            scene.result(serde_json::json!({ "outcome": "needs_input", "question": "Shall I go on?" }))
        });
        let mut north = fleet.machine("north", &["implement"], &runner).await;
        let settled = wait_for(&mut north.events, |notice| match notice {
            Notice::RunSettled { queue, .. } => Some(*queue),
            _ => None,
        });
        assert_eq!(settled.await, Some(Queue::NeedsContinuation));
        assert_eq!(folders(&north.clone), ["task-1"], "it can go on in it");
        let (scope, id) = (Scope::single(), TaskId::numbered(1));
        match deleted {
            true => fleet.store.delete_task(&scope, &id, "ada").await.unwrap(),
            false => fleet.apply(Command::Cancel { actor: ada(), reason: "no".to_owned() }).await,
        }
        let clone = north.clone.clone();
        until(|| folders(&clone).is_empty()).await;
        north.stop().await;
        assert_eq!(folders(&clone), [] as [&str; 0]);
        let kept = refs(&clone, "refs/octopoid/kept");
        assert_eq!(git_in(&clone, &["show", &format!("{}:half.txt", kept.trim())]), "half\n");
        assert_eq!(git_in(&clone, &["show", &format!("{}:more.txt", kept.trim())]), "more\n");
        let events = fleet.store.events(&EventQuery::after(scope, 0)).await.unwrap();
        let end = if deleted { EventKind::Deleted } else { EventKind::Cancelled };
        assert!(events.iter().any(|event| event.kind == end));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i41_the_worktree_of_a_run_that_is_called_off_goes_when_the_run_has_ended() {
    let fleet = Fleet::new();
    fleet.enqueue(1).await;
    let (at_work, gate) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicBool::new(false)));
    let (working, began) = (at_work.clone(), gate.clone());
    let runner = ScriptedRunner::new(move |scene| {
        scene.write("half.txt", "half\n");
        began.store(true, Ordering::SeqCst);
        while working.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        scene.submit("did it")
    });
    let north = fleet.machine("north", &["implement"], &runner).await;
    while !gate.load(Ordering::SeqCst) {
        tokio::task::yield_now().await;
    }
    fleet.apply(Command::Cancel { actor: ada(), reason: "no".to_owned() }).await;
    let clone = north.clone.clone();
    assert_eq!(folders(&clone), ["task-1"]);
    at_work.store(false, Ordering::SeqCst);
    until(|| folders(&clone).is_empty()).await;
    north.stop().await;
    assert_eq!(folders(&clone), [] as [&str; 0]);
    let kept = refs(&clone, "refs/octopoid/kept");
    assert_eq!(git_in(&clone, &["show", &format!("{}:half.txt", kept.trim())]), "half\n");
}
