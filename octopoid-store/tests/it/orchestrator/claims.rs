//! Claims whose answer is lost.

use super::setting::{NEVER, Setting, settled, wait_for};
use crate::chaos::proxy::Fault;
use octopoid_core::model::{EventKind, Queue, RoleName, Scope};
use octopoid_core::store::StoreExt;
use octopoid_core::transition::Actor;

/// With a worker alone, whose claims are the only ones but those of landings.
fn worker() -> [(&'static str, RoleName); 1] {
    [("worker", RoleName::implement())]
}

#[tokio::test(flavor = "multi_thread")]
async fn i04_a_claim_whose_answer_was_lost_is_taken_up_and_not_charged() {
    let s = Setting::new().await;
    let key = s.key().await;
    s.gate.open();
    let orchestrator = s.with_agents(s.options(&key), &worker()).await;
    let (handle, mut events) = (orchestrator.handle(), orchestrator.events());
    s.proxy.plan("tasks/claim", Fault::LoseAnswer);
    let id = s.enqueue("Lost and found").await;
    let running = tokio::spawn(orchestrator.run());
    wait_for(&mut events, |notice| settled(notice, Queue::Provisional)).await;
    assert_eq!(s.proxy.count(Fault::LoseAnswer), 1);
    // A landing is claimed before anything else.
    s.proxy.plan("tasks/claim", Fault::LoseAnswer);
    s.store.approve(&Scope::single(), &id, Actor::Person("ada".to_owned()), "fine").await.unwrap();
    wait_for(&mut events, |notice| settled(notice, Queue::Done)).await;
    assert_eq!(s.proxy.count(Fault::LoseAnswer), 2);
    let task = s.task(&id).await;
    assert_eq!((task.counters.attempts, task.counters.runs, s.implemented()), (0, 2, 1));
    let wanted = [
        EventKind::Created,
        EventKind::Claimed,
        EventKind::Submitted,
        EventKind::Approved,
        EventKind::LandingClaimed,
        EventKind::Accepted,
    ];
    assert_eq!(s.history(&id).await, wanted);
    handle.drain();
    running.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_whose_answer_was_lost_is_given_back_where_nothing_may_begin() {
    let s = Setting::new().await;
    let key = s.key().await;
    let orchestrator = s.with_agents(s.options(&key), &worker()).await;
    let handle = orchestrator.handle();
    s.proxy.plan("tasks/claim", Fault::LoseAnswer);
    // The repetition gets nowhere before the orchestrator is paused.
    s.proxy.plan("tasks/claim", Fault::HalfOpen);
    let id = s.enqueue("Lost and given back").await;
    let running = tokio::spawn(orchestrator.run());
    let claimed = async {
        while s.task(&id).await.queue() != Queue::Claimed {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(NEVER, claimed).await.unwrap();
    handle.pause();
    let given_back = async {
        while s.task(&id).await.queue() != Queue::Incoming {
            s.proxy.heal();
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(NEVER, given_back).await.expect("it is given back");
    assert_eq!(s.task(&id).await.counters.attempts, 0);
    assert_eq!(s.history(&id).await, [EventKind::Created, EventKind::Claimed, EventKind::Released]);
    handle.drain();
    running.await.unwrap().unwrap();
}
