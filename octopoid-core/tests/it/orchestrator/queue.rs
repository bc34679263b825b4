//! The merge queue: one landing at a time on each branch, over all machines; and what becomes of a conflict.

use super::setting::{Setting, content, wait_for};
use octopoid_core::model::{
    ClaimToken, CommitId, EventKind, Holder, MessageKind, NewTask, Policy, Priority, Queue, RoleName, Scope,
    State, Submission, Task, TaskId,
};
use octopoid_core::orchestrator::{Notice, Orchestrator, Settings, TestSettings};
use octopoid_core::runner::AgentReport;
use octopoid_core::store::{ClaimRequest, EventQuery, Store, StoreExt};
use octopoid_core::testing::{ManualClock, Scene};
use octopoid_core::transition::{Actor, Purpose};
use octopoid_roles::folder::builtin_roles;
use octopoid_store::MemoryStore;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Another machine's claim on a task.
async fn claim(setting: &Setting, id: &TaskId, purpose: Purpose, token: &str) -> Task {
    let holder = Holder::new("prod-2".parse().unwrap(), "landing".parse().unwrap());
    let (token, lease) = (ClaimToken::new(token).unwrap(), Duration::from_secs(300));
    let request = ClaimRequest::new(Scope::single(), purpose, holder, token, lease).with_task(id.clone());
    setting.store.claim(&request).await.unwrap().unwrap()
}

/// A task that another machine is landing on the configured branch.
async fn landing_elsewhere(setting: &Setting) -> TaskId {
    let id = setting.create(NewTask::new("Theirs", "Do it.").with_priority(Priority::P3)).await;
    claim(setting, &id, Purpose::Work, "w").await;
    let scope = Scope::single();
    let submission = Submission::new(1, 1);
    setting.store.submit(&scope, &id, &ClaimToken::new("w").unwrap(), submission).await.unwrap();
    setting.store.approve(&scope, &id, Actor::Person("ada".into()), "").await.unwrap();
    claim(setting, &id, Purpose::Land, "l").await;
    id
}

/// Why work waits, as the orchestrator's status file says it.
fn waits(setting: &Setting) -> String {
    let path = setting.repository.path().join(".octopoid/runtime/status.json");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let status: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    status["waiting"].to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn i20_a_landing_of_another_machine_is_waited_for_and_its_end_wakes() {
    // The time stands still, so that nothing but what happens in the store can wake the orchestrator.
    for end in ["accepted", "given back", "expired"] {
        let clock = Arc::new(ManualClock::new());
        let setting = Setting::with_clock(clock.clone(), content);
        let theirs = landing_elsewhere(&setting).await;
        let ours = setting.create(NewTask::new("Ours", "Do it.").with_priority(Priority::P0)).await;
        let orchestrator = setting.builder().build().await.unwrap();
        let (handle, mut events) = (orchestrator.handle(), orchestrator.events());
        let running = tokio::spawn(orchestrator.run());
        while !waits(&setting).contains(&format!("prod-2 lands {theirs} on the same branch")) {
            // The status file is written now and then.
            clock.advance(Duration::from_millis(1));
            tokio::task::yield_now().await;
        }
        let kinds = setting.history(&ours).await;
        assert!(kinds.ends_with(&[EventKind::Approved]), "{end}: it waits: {kinds:?}");
        let (scope, token) = (Scope::single(), ClaimToken::new("l").unwrap());
        match end {
            "accepted" => {
                setting.store.accept(&scope, &theirs, Actor::Holder(token), None).await.map(drop).unwrap();
            }
            "given back" => {
                setting.store.release(&scope, &theirs, &token, "stopped").await.map(drop).unwrap();
            }
            // The machine is gone. Whoever looks next takes its claim away.
            _ => clock.advance(Duration::from_secs(301)),
        }
        wait_for(&mut events, |notice| match notice {
            Notice::RunSettled { task, queue: Some(Queue::Done), .. } if *task == ours => Some(()),
            _ => None,
        })
        .await;
        handle.stop();
        running.await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i20_an_orchestrator_does_not_end_as_idle_while_its_work_waits_for_another_machine() {
    let clock = Arc::new(ManualClock::new());
    let setting = Setting::with_clock(clock.clone(), content);
    let theirs = landing_elsewhere(&setting).await;
    // Theirs names no branch, ours names the one that is configured: it is the same one.
    let ours = setting.create(NewTask::new("Ours", "Do it.").with_branch("main")).await;
    let orchestrator = setting.builder().build().await.unwrap();
    let running = tokio::spawn(orchestrator.run_until_idle());
    while !waits(&setting).contains(theirs.as_str()) {
        assert!(!running.is_finished(), "its work waits for another machine");
        clock.advance(Duration::from_millis(1));
        tokio::task::yield_now().await;
    }
    let scope = Scope::single();
    setting.store.accept(&scope, &theirs, Actor::Person("ada".into()), None).await.unwrap();
    running.await.unwrap().unwrap();
    assert_eq!(setting.task(&ours).await.queue(), Queue::Done);
}

/// An orchestrator of its own on a clone.
async fn machine(setting: &Setting, name: &str, folder: &Path) -> Orchestrator {
    let settings = Settings::new(name.parse().unwrap(), "main")
        .with_remote("origin")
        .with_shared_work()
        .with_test(TestSettings::new("test ! -e never"))
        .with_environment(std::env::vars().collect());
    // A seed of its own: two machines that draw the same tokens would be one holder to the store.
    let seed = name.bytes().map(u64::from).sum();
    setting.builder().seed(seed).repository(folder).settings(settings).build().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn i20_two_machines_land_one_at_a_time_and_everything_lands() {
    let mut setting = Setting::new(content);
    setting.workers = 2;
    let origin = setting.repository.add_remote("origin");
    let south = setting.repository.beside("south");
    let clone = ["clone", "--quiet", &origin.path().to_string_lossy(), &south.to_string_lossy()];
    setting.repository.git(&clone);
    let mut ids = Vec::new();
    for number in 1..=8 {
        ids.push(setting.enqueue(&format!("Task {number}")).await);
    }
    let machines = [
        machine(&setting, "north", setting.repository.path()).await,
        machine(&setting, "south", &south).await,
    ];
    let handles = [machines[0].handle(), machines[1].handle()];
    let running = machines.map(|machine| tokio::spawn(machine.run()));
    let mut seen = 0;
    while setting.store.queue_counts(&Scope::single()).await.unwrap().queues.get(&Queue::Done) != Some(&8) {
        setting.store.wait_for_event(seen).await.unwrap();
        seen = setting.store.last_event().await.unwrap();
    }
    handles.iter().for_each(octopoid_core::orchestrator::Handle::drain);
    for running in running {
        running.await.unwrap().unwrap();
    }

    let mut query = EventQuery::after(Scope::single(), 0);
    query.limit = EventQuery::MAX_LIMIT;
    let mut landing: Option<TaskId> = None;
    for event in setting.store.events(&query).await.unwrap() {
        match event.kind {
            EventKind::LandingClaimed => {
                assert_eq!(landing, None, "{} lands at the same time", event.task);
                landing = Some(event.task);
            }
            EventKind::Accepted | EventKind::Rejected | EventKind::Released | EventKind::LeaseExpired => {
                landing.take_if(|held| *held == event.task);
            }
            _ => {}
        }
    }
    let commits = origin.git(&["log", "--format=%s", "main"]);
    assert_eq!(commits.lines().count(), 9, "{commits}");
    let landed: BTreeSet<CommitId> = {
        let mut landed = BTreeSet::new();
        for id in &ids {
            let State::Done { landed: Some(commit), .. } = setting.task(id).await.state else {
                panic!("{id} is not done")
            };
            landed.insert(commit);
        }
        landed
    };
    assert_eq!(landed.len(), 8);
}

/// Two tasks that write the same line of a file, and each a file of its own. The first review begins when both have been
/// handed in, so that the second conflicts after its approval. `settle` is what the agent does about that.
async fn two_that_conflict(
    policy: Policy,
    settle: impl Fn(&Scene<'_>) -> AgentReport + Send + Sync + 'static,
) -> (Setting, [TaskId; 2]) {
    let store: Arc<OnceLock<Arc<dyn Store>>> = Arc::default();
    let seen = store.clone();
    let mut setting = Setting::new(move |scene| match scene.role() {
        "review" => {
            let runtime = tokio::runtime::Handle::current();
            let submitted = |number| {
                let id = TaskId::numbered(number);
                let task = runtime.block_on(seen.get().unwrap().task(&Scope::single(), &id)).unwrap();
                task.submission.is_some()
            };
            while !(submitted(1) && submitted(2)) {
                std::thread::yield_now();
            }
            scene.approve("fine")
        }
        _ if scene.request().attempt > 1 => settle(scene),
        _ => {
            scene.write("shared.txt", &format!("{}\n", scene.task()));
            scene.write(format!("{}.txt", scene.task()), &format!("the own part of {}\n", scene.task()));
            scene.commit(&format!("Do {}", scene.task()));
            scene.submit("wrote it")
        }
    });
    setting.store = Arc::new(MemoryStore::new(setting.clock.clone(), policy));
    store.set(setting.store.clone()).unwrap();
    setting.workers = 2;
    let ids = [setting.enqueue("First").await, setting.enqueue("Second").await];
    let reviewer = builtin_roles().into_iter().find(|role| role.spec().name == RoleName::review()).unwrap();
    setting.builder().role(reviewer).build().await.unwrap().run_until_idle().await.unwrap();
    (setting, ids)
}

/// The one of two that conflicted.
async fn conflicted(setting: &Setting, ids: &[TaskId; 2]) -> Task {
    let tasks = [setting.task(&ids[0]).await, setting.task(&ids[1]).await];
    let [one] = <[Task; 1]>::try_from(
        tasks.into_iter().filter(|task| task.counters.conflicts > 0).collect::<Vec<_>>(),
    )
    .unwrap();
    one
}

#[tokio::test(flavor = "multi_thread")]
async fn i19_of_approved_work_only_how_the_conflict_was_settled_is_reviewed() {
    let (setting, ids) = two_that_conflict(Policy::default(), |scene| {
        let tip = scene.request().base_tip.clone().unwrap();
        let rebase = ["-c", "user.name=S", "-c", "user.email=s@example.invalid", "rebase", tip.as_str()];
        let folder = &scene.request().directory;
        let rebased = std::process::Command::new("git").args(rebase).current_dir(folder).output().unwrap();
        assert!(!rebased.status.success(), "there is a conflict to settle");
        scene.write("shared.txt", "task-1\ntask-2\n");
        scene.git(&["add", "shared.txt"]);
        scene.git(&["-c", "core.editor=true", "rebase", "--continue"]);
        scene.submit("kept both")
    })
    .await;
    let second = conflicted(&setting, &ids).await;
    for id in &ids {
        assert_eq!(setting.task(id).await.queue(), Queue::Done, "{:?}", setting.task(id).await);
    }
    assert_eq!(setting.log("main").len(), 3);

    let calls = setting.runner.calls();
    let reviews: Vec<_> =
        calls.iter().filter(|call| call.task == second.id && call.role == RoleName::review()).collect();
    assert_eq!(reviews.len(), 2);
    let own = format!("+the own part of {}", second.id);
    assert!(reviews[0].prompt.contains(&own) && !reviews[0].prompt.contains("was approved before"));
    let shown = &reviews[1].prompt;
    for words in [
        "**This work was approved before.**",
        "The patches of 1 files are not what was approved",
        "=== shared.txt: the approved patch",
        "=== shared.txt: the patch now",
        &format!("therefore left out:\n\n```text\n{}.txt\n```", second.id),
    ] {
        assert!(shown.contains(words), "{words}:\n{shown}");
    }
    assert!(!shown.contains(&own), "what was approved is not shown again:\n{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn i19_a_conflict_that_is_not_settled_in_the_allowed_rounds_is_a_persons() {
    let (setting, ids) =
        two_that_conflict(Policy::default().with_conflicts(2), |scene| scene.submit("looks fine to me"))
            .await;
    let second = conflicted(&setting, &ids).await;
    assert_eq!((second.queue(), second.counters.conflicts), (Queue::NeedsContinuation, 2));
    let why = second.state.needs_person().unwrap();
    assert!(why.contains("2 conflicts with the base branch were not enough"), "{why}");
    let conflicts = setting.thread(&second.id).await;
    let conflicts = conflicts.iter().filter(|message| message.kind == MessageKind::Conflict);
    assert!(conflicts.clone().all(|message| message.body.contains("Conflict in `shared.txt`")));
    assert_eq!(conflicts.count(), 2);
    assert_eq!(setting.log("main").len(), 2, "the other one has landed");
}
