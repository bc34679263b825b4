//! One machine among several.

use super::setting::{Setting, content, landed, wait_for};
use octopoid_core::clock::Clock;
use octopoid_core::model::{
    ClaimToken, EventKind, Holder, Machine, MachineStatus, OrchestratorId, Policy, Queue, Registration,
    Scope, StopReason, TaskId,
};
use octopoid_core::orchestrator::{Builder, Notice, RunError};
use octopoid_core::store::{ClaimRequest, ErrorKind, MachineQuery, StoreExt};
use octopoid_core::testing::ManualClock;
use octopoid_core::transition::Purpose;
use octopoid_store::MemoryStore;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

fn registration() -> Registration {
    Registration::new(Scope::single(), "local", "test", "a repository")
}

async fn machine(setting: &Setting) -> Option<Machine> {
    setting.store.machines(&MachineQuery::new(Scope::single())).await.unwrap().into_iter().next()
}

async fn set(setting: &Setting, status: MachineStatus) {
    let id = OrchestratorId::new("local-test").unwrap();
    setting.store.set_machine_status(&Scope::single(), &id, status).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_out_of_service_finishes_and_takes_nothing_new_until_it_is_back() {
    let clock = Arc::new(ManualClock::new());
    let held = Arc::new(AtomicBool::new(true));
    let gate = held.clone();
    let mut setting = Setting::with_clock(clock.clone(), move |scene| {
        while scene.task() == "task-1" && gate.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        content(scene)
    });
    setting.settings = setting.settings.clone().with_machine(registration());
    let first = setting.enqueue("Under way").await;
    let orchestrator = setting.builder().build().await.unwrap();
    let (handle, mut events) = (orchestrator.handle(), orchestrator.events());
    let running = tokio::spawn(orchestrator.run());
    wait_for(&mut events, |notice| matches!(notice, Notice::RunStarted { .. }).then_some(())).await;
    // It tells soon what its agents do, and that it is there.
    let busy = |machine: Option<Machine>| -> Option<TaskId> {
        machine?.agents.into_iter().find(|load| load.agent.as_str() == "worker-1")?.task
    };
    while busy(machine(&setting).await) != Some(first.clone()) {
        clock.advance(Duration::from_secs(1));
        tokio::task::yield_now().await;
    }
    let known = machine(&setting).await.unwrap();
    assert_eq!((known.status, known.agents.len()), (MachineStatus::Active, 2));

    set(&setting, MachineStatus::Maintenance).await;
    clock.advance(Duration::from_secs(30));
    wait_for(&mut events, |notice| {
        matches!(notice, Notice::Warning { message } if message.contains("out of service")).then_some(())
    })
    .await;
    let second = setting.enqueue("Later").await;
    held.store(false, Ordering::SeqCst);
    let queue = wait_for(&mut events, |notice| match notice {
        Notice::RunSettled { task, queue, .. } if *task == first => *queue,
        _ => None,
    })
    .await;
    assert_eq!(queue, Queue::Provisional);
    // Two heartbeats later it has looked around, and begun nothing.
    for _ in 0..2 {
        clock.advance(Duration::from_secs(30));
        while machine(&setting).await.unwrap().last_heartbeat < clock.now() {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(setting.runner.calls().len(), 1);
    assert_eq!(setting.task(&second).await.queue(), Queue::Incoming);

    set(&setting, MachineStatus::Active).await;
    clock.advance(Duration::from_secs(30));
    wait_for(&mut events, |notice| match notice {
        Notice::RunSettled { task, queue: Some(Queue::Done), .. } if *task == second => Some(()),
        _ => None,
    })
    .await;
    handle.drain();
    running.await.unwrap().unwrap();
}

/// Agents go on when this is dropped, so that a test that fails ends.
struct Asleep(Arc<AtomicBool>);

impl Drop for Asleep {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i10_a_machine_that_slept_learns_what_it_lost_and_keeps_what_nobody_took() {
    let (machine, server) = (Arc::new(ManualClock::new()), Arc::new(ManualClock::new()));
    let asleep = Asleep(Arc::new(AtomicBool::new(true)));
    let gate = asleep.0.clone();
    let mut setting = Setting::with_clock(machine.clone(), move |scene| {
        if scene.role() == "implement" {
            scene.write("half.txt", "half\n");
            while gate.load(Ordering::SeqCst) {
                if scene.request().cancel.is_cancelled() {
                    return scene.stop(StopReason::Cancelled);
                }
                std::thread::yield_now();
            }
        }
        content(scene)
    });
    // The server's time goes on while the machine's stands still.
    setting.store = Arc::new(MemoryStore::new(server.clone(), Policy::default().with_attempts(1000)));
    setting.workers = 2;
    let (lost, kept) = (setting.enqueue("Lost").await, setting.enqueue("Kept").await);
    let orchestrator = setting.builder().build().await.unwrap();
    let (handle, mut events) = (orchestrator.handle(), orchestrator.events());
    let running = tokio::spawn(orchestrator.run());
    let half = |id: &TaskId| setting.repository.path().join(format!(".octopoid/worktrees/{id}/half.txt"));
    while !half(&lost).exists() || !half(&kept).exists() {
        tokio::task::yield_now().await;
    }
    let token = setting.task(&kept).await.state.claim().unwrap().token.clone();

    // Another machine takes one of them in a moment in which they are free; the sleeper may be faster now and then.
    let other = Holder::new("prod-2".parse().unwrap(), "other".parse().unwrap());
    let request = ClaimRequest::new(
        Scope::single(),
        Purpose::Work,
        other.clone(),
        ClaimToken::new("theirs").unwrap(),
        Duration::from_secs(300),
    );
    let request = request.with_task(lost.clone());
    loop {
        server.advance(Duration::from_secs(3600));
        setting.store.expire_leases(&Scope::single(), None).await.unwrap();
        match setting.store.claim(&request).await {
            Ok(task) => break assert!(task.is_some()),
            Err(error) => assert_eq!(*error.kind(), ErrorKind::Conflict),
        }
    }
    machine.advance(Duration::from_secs(3600));

    let settled = wait_for(&mut events, |notice| match notice {
        Notice::RunSettled { task, queue, .. } => Some((task.clone(), *queue)),
        _ => None,
    })
    .await;
    assert_eq!(settled, (lost.clone(), None), "its agent was stopped, and nothing was written");
    assert_eq!(setting.task(&lost).await.state.claim().unwrap().holder, other);
    assert!(half(&lost).exists(), "its worktree is kept");
    while setting.task(&kept).await.state.claim().is_none_or(|claim| claim.token != token) {
        tokio::task::yield_now().await;
    }
    drop(asleep);
    wait_for(&mut events, |notice| match notice {
        Notice::RunSettled { task, queue: Some(Queue::Done), .. } if *task == kept => Some(()),
        _ => None,
    })
    .await;
    let kinds = setting.history(&kept).await;
    let (begun, rest) = kinds.split_at(2);
    assert_eq!(begun, [EventKind::Created, EventKind::Claimed]);
    let again =
        rest.chunks(2).take_while(|two| two == &[EventKind::LeaseExpired, EventKind::Claimed]).count();
    assert!(again > 0 && rest.get(2 * again) == Some(&EventKind::Submitted), "{kinds:?}");
    assert_eq!(
        setting.runner.calls().iter().filter(|call| call.task == kept).count(),
        2,
        "one for each role"
    );
    handle.drain();
    running.await.unwrap().unwrap();
}

/// An orchestrator of another folder that is configured as the same machine, on the same store.
fn twin(setting: &Setting) -> Builder {
    setting.builder().folder(setting.repository.path().join(".twin")).seed(8)
}

/// Has another installation's refusal, in words that say what to do.
#[track_caller]
fn is_refused<T: std::fmt::Debug>(result: Result<T, RunError>) {
    match result.unwrap_err() {
        RunError::MachineIdTaken(why) => {
            assert!(why.to_string().contains("set another `machine_id`"), "{why}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registered_flow_names_each_state_that_a_task_of_it_can_stand_in() {
    let mut setting = Setting::new(content);
    setting.settings = setting.settings.clone().with_machine(registration());
    setting.run_until_idle().await;
    let flows = setting.store.flows(&setting.settings.scope).await.unwrap();
    assert_eq!(flows.len(), 2, "the two built-in ones: {flows:?}");
    for flow in flows {
        let built_in = [
            "incoming",
            "claimed",
            "provisional",
            "blocked",
            "needs_continuation",
            "backlog",
            "done",
            "failed",
        ];
        assert!(built_in.iter().all(|state| flow.states.iter().any(|own| own == state)), "{flow:?}");
        assert!(!flow.states.iter().any(|state| state == Queue::Custom.as_str()), "{flow:?}");
        for way in &flow.transitions {
            for end in ["from", "to"] {
                let state = way[end].as_str().unwrap();
                assert!(flow.states.iter().any(|own| own == state), "{end} of {way}: {flow:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i37_a_second_installation_is_refused_before_it_touches_a_claim() {
    let clock = Arc::new(ManualClock::new());
    let held = Asleep(Arc::new(AtomicBool::new(true)));
    let gate = held.0.clone();
    let mut setting = Setting::with_clock(clock.clone(), move |scene| {
        while gate.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        content(scene)
    });
    setting.settings = setting.settings.clone().with_machine(registration());
    let id = setting.enqueue("Under way").await;
    let orchestrator = setting.builder().build().await.unwrap();
    let (handle, mut events) = (orchestrator.handle(), orchestrator.events());
    let running = tokio::spawn(orchestrator.run());
    while setting.runner.calls().is_empty() {
        tokio::task::yield_now().await;
    }
    let before = setting.history(&id).await;

    is_refused(twin(&setting).build().await.unwrap().run_until_idle().await);
    assert_eq!(setting.history(&id).await, before, "the claim is untouched");
    assert_eq!(setting.runner.calls().len(), 1, "no second agent is paid");

    drop(held);
    wait_for(&mut events, landed).await;
    handle.drain();
    running.await.unwrap().unwrap();
    // The same folder starts again at once; the other one once this one has been silent for its lease.
    setting.run_until_idle().await;
    is_refused(twin(&setting).build().await.unwrap().run_until_idle().await);
    clock.advance(setting.settings.lease + Duration::from_secs(1));
    twin(&setting).build().await.unwrap().run_until_idle().await.unwrap();
    is_refused(setting.builder().build().await.unwrap().run_until_idle().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn i37_an_installation_whose_id_was_taken_over_stops_and_writes_nothing() {
    let (machine, server) = (Arc::new(ManualClock::new()), Arc::new(ManualClock::new()));
    let mut setting = Setting::with_clock(machine.clone(), |scene| {
        if scene.role() == "implement" {
            while !scene.request().cancel.is_cancelled() {
                std::thread::yield_now();
            }
            return scene.stop(StopReason::Cancelled);
        }
        content(scene)
    });
    setting.store = Arc::new(MemoryStore::new(server.clone(), Policy::default()));
    setting.settings = setting.settings.clone().with_machine(registration());
    let id = setting.enqueue("Slept over").await;
    let orchestrator = setting.builder().build().await.unwrap();
    let mut events = orchestrator.events();
    let running = tokio::spawn(orchestrator.run());
    wait_for(&mut events, |notice| matches!(notice, Notice::RunStarted { .. }).then_some(())).await;

    // The machine sleeps, and another folder of the same name takes its place.
    server.advance(setting.settings.lease * 2);
    let mut theirs = setting.settings.machine.clone().unwrap();
    let installation = octopoid_core::model::InstallationId::new("theirs").unwrap();
    theirs.installation = Some(octopoid_core::model::Installation::new(installation, setting.settings.lease));
    setting.store.register(theirs).await.unwrap();
    let claim = setting.task(&id).await.state.claim().unwrap().clone();
    setting.store.release(&Scope::single(), &id, &claim.token, "taken over").await.unwrap();
    let before = setting.history(&id).await;
    machine.advance(setting.settings.lease * 2);

    is_refused(running.await.unwrap());
    assert_eq!(setting.history(&id).await, before);
    assert_eq!(setting.task(&id).await.queue(), Queue::Incoming);
}
