//! A night on fast-forward: everything that goes wrong in nights, and in the morning all that could be done is done.

mod crew;

use crate::orchestrator::disk::Mount;
use crate::orchestrator::pace::Pace;
use crew::{Asked, Crew, CrewRunner};
use octopoid_core::clock::Clock;
use octopoid_core::model::{
    AgentName, MessageKind, NewTask, OrchestratorId, Policy, Queue, RoleName, Scope, StopReason, Task,
    TaskId, Timestamp,
};
use octopoid_core::orchestrator::{AgentSettings, Builder, Leftover, Limits, Orchestrator, Settings};
use octopoid_core::store::{Store, StoreExt, TaskQuery, UsageQuery};
use octopoid_core::testing::{ManualClock, PlainRole, TempRepository};
use octopoid_store::MemoryStore;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

const HOUR: Duration = Duration::from_secs(3600);
const TASKS: u64 = 40;
/// Machines that run tests may be slow, and no lease is to end for that.
const LEASE: Duration = Duration::from_secs(24 * 3600);

/// What is there all night.
struct Night {
    repository: TempRepository,
    /// The disk of its own that `folder` lies on, where this user may mount one.
    mount: Option<Mount>,
    folder: TempDir,
    store: Arc<dyn Store>,
    crew: Arc<Crew>,
    pace: Arc<Pace>,
    /// The starts of the orchestrator so far.
    starts: u64,
}

impl Night {
    fn begin() -> Self {
        let pace = Arc::new(Pace::default());
        let begun = pace.clock.now();
        let window = |from: u32, until: u32| (begun + HOUR * from, begun + HOUR * until);
        let windows = BTreeMap::from([
            ("red".to_owned(), vec![window(1, 2), window(5, 7)]),
            ("blue".to_owned(), vec![window(3, 4)]),
        ]);
        let mut policy = Policy::default();
        policy.max_lease = LEASE;
        let store = Arc::new(MemoryStore::new(pace.clock.clone(), policy));
        let crew = Arc::new(Crew::new(pace.clone(), windows));
        let folder = tempfile::tempdir().unwrap();
        let mount = Mount::new(&["-t", "tmpfs", "-o", "size=64m", "none"], folder.path());
        Self { repository: TempRepository::new(), mount, folder, store, crew, pace, starts: 0 }
    }

    fn clock(&self) -> &ManualClock {
        &self.pace.clock
    }

    /// Forty tasks; every second one waits for the one before.
    async fn enqueue(&self) {
        for number in 1..=TASKS {
            let new =
                NewTask::new(format!("Task {number}"), "Please do it.").with_id(TaskId::numbered(number));
            let new = match number % 2 {
                0 => new.with_blocked_by([TaskId::numbered(number - 1)]),
                _ => new,
            };
            self.store.create_task(new).await.unwrap();
        }
    }

    fn builder(&mut self) -> Builder {
        self.starts += 1;
        let agent = |name: &str, role| {
            let account = name.split('-').next().unwrap_or_default();
            let agent = AgentSettings::new(AgentName::new(name).unwrap(), role);
            agent.with_runner("crew").with_account(account)
        };
        let settings = Settings::new(OrchestratorId::new("local-night").unwrap(), "main")
            .with_environment(std::env::vars().collect())
            .with_limits(Limits::default().with_agents(6).with_cost_usd(1e6, 1e6))
            .with_lease(LEASE);
        Orchestrator::builder()
            .store(self.store.clone())
            .repository(self.repository.path())
            .folder(self.folder.path())
            .settings(settings)
            .clock(self.pace.clock.clone())
            .seed(self.starts)
            .observer(self.pace.clone())
            .role(Arc::new(PlainRole::implement()))
            .role(Arc::new(PlainRole::review()))
            .runner(Arc::new(CrewRunner(self.crew.clone())))
            .agents(["red-1", "red-2", "blue-1", "blue-2"].map(|name| agent(name, RoleName::implement())))
            .agents(["red-3", "blue-3"].map(|name| agent(name, RoleName::review())))
    }

    /// Lets an orchestrator work until a moment, at which it is cut off.
    async fn cut_off_at(&mut self, moment: Timestamp) {
        let running = tokio::spawn(self.builder().build().await.unwrap().run_until_idle());
        self.pace.until(|| running.is_finished() || self.clock().now() >= moment).await;
        assert!(!running.is_finished(), "there is more to do");
        running.abort();
        let _ = running.await;
        self.pace.cut_off();
    }

    /// Lets an orchestrator work until the morning. For an hour, its disk is full.
    async fn finish(&mut self) -> Vec<Leftover> {
        let running = tokio::spawn(self.builder().build().await.unwrap().run_until_idle());
        if self.mount.is_some() {
            let filler = self.folder.path().join("filler");
            let mut file = std::fs::File::create(&filler).unwrap();
            while file.write_all(&[0; 4096]).is_ok() {}
            let until = self.clock().now() + HOUR;
            self.pace.until(|| self.clock().now() >= until).await;
            std::fs::remove_file(filler).unwrap();
        }
        self.pace.until_ended(running).await.unwrap().waiting
    }

    async fn tasks(&self) -> Vec<Task> {
        self.store.all_tasks(&TaskQuery::new(Scope::single())).await.unwrap()
    }
}

/// Whether nothing was asked twice: what came to an end was not asked again, and what was interrupted went on.
fn nothing_was_asked_twice(asked: &[Asked], silent: &TaskId) {
    let mut by_task: BTreeMap<(&TaskId, &str), Vec<&Asked>> = BTreeMap::new();
    for one in asked {
        by_task.entry((&one.task, &one.role)).or_default().push(one);
    }
    for ((task, role), calls) in by_task {
        let done = calls.iter().filter(|call| call.stop == Some(StopReason::Completed)).count();
        assert!(done <= 1, "{task} {role}: {calls:#?}");
        if task == silent {
            continue;
        }
        for (before, after) in calls.iter().zip(&calls[1..]) {
            assert_eq!(after.resume.as_ref(), Some(&before.session), "{task} {role}: {calls:#?}");
        }
        let sessions: BTreeSet<_> = calls.iter().map(|call| &call.session).collect();
        assert_eq!(sessions.len(), 1, "{task} {role}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i34_a_night_with_limits_crashes_a_reboot_and_a_clock_that_is_set_back() {
    let mut night = Night::begin();
    night.enqueue().await;
    let evening = night.clock().now();
    // The orchestrator crashes, and its agents live on.
    night.cut_off_at(evening + HOUR / 2).await;
    // The machine goes down, and its agents with it.
    night.cut_off_at(evening + HOUR + HOUR / 2).await;
    night.crew.kill_all();
    night.clock().advance(Duration::from_secs(600));
    night.cut_off_at(evening + 2 * HOUR + HOUR / 2).await;
    // The clock is set.
    night.clock().set(night.clock().now() - 2 * HOUR);
    let left = night.finish().await;
    assert_eq!(left, [], "all that could be done is done");

    let (silent, idler) = (night.crew.silent.clone(), night.crew.idler.clone());
    for task in night.tasks().await {
        let history = || format!("{:?}", task);
        if task.id == silent || task.id == idler {
            assert_eq!(task.queue(), Queue::NeedsContinuation, "{}", history());
        } else if [&silent, &idler].iter().any(|id| task.blockers.iter().any(|blocker| &blocker.id == *id)) {
            assert_eq!(task.queue(), Queue::Blocked, "{}", history());
        } else {
            assert_eq!(task.queue(), Queue::Done, "{}", history());
            assert_eq!(task.counters.attempts, 0, "{}", history());
        }
        let thread = night.store.messages(&Scope::single(), &task.id).await.unwrap();
        let returned = thread.iter().filter(|said| said.kind == MessageKind::Returned).count();
        assert_eq!(returned, if task.id == silent { 3 } else { 0 }, "{}", history());
    }
    let used = night.store.usage(&UsageQuery::new(Scope::single())).await.unwrap();
    assert_eq!(used, night.crew.used(), "the books hold what agents used");
    nothing_was_asked_twice(&night.crew.asked(), &silent);
}
