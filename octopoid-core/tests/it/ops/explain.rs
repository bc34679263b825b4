//! Why a task does not move.

use super::{Setting, agent, machine, person};
use octopoid_core::model::{Heartbeat, Load, NewTask, Queue, Registration, RoleName};
use octopoid_core::ops::{
    Decision, Delay, OrchestratorState, Remedy, Situation, WaitReason, decide, explain, needs_you_in,
};
use octopoid_core::store::{MachineStore, StoreExt, TaskStore};
use octopoid_core::transition::Purpose;
use std::collections::BTreeMap;

#[tokio::test]
async fn a_blocked_task_says_which_blocker_is_stuck_and_how_to_end_that() {
    let setting = Setting::new();
    let (fine, stuck) = (setting.create("Fine").await, setting.create("Stuck").await);
    let new = NewTask::new("Later", "Do it.").with_blocked_by([fine.id.clone(), stuck.id.clone()]);
    let task = setting.store.create_task(new).await.unwrap();
    let calm = Situation::around(setting.store(), &setting.scope(), [&task]).await.unwrap();
    assert!(!explain(&task, &calm).needs_person);

    let cancel = Decision::Cancel { reason: String::new() };
    decide(setting.store(), &setting.scope(), &stuck.id, cancel, person()).await.unwrap();
    let situation = Situation::around(setting.store(), &setting.scope(), [&task]).await.unwrap();
    let explanation = explain(&task, &situation);
    let WaitReason::Blocked { by, parts: false } = &explanation.reason else { panic!("{explanation:?}") };
    let by: Vec<_> = by.iter().map(|blocker| (&blocker.task, blocker.queue)).collect();
    assert_eq!(by, [(&fine.id, Some(Queue::Incoming)), (&stuck.id, Some(Queue::Failed))]);
    assert!(explanation.needs_person);
    let retry = Remedy::Retry { task: stuck.id.clone(), note: false };
    assert_eq!(explanation.remedies, [retry, Remedy::Unblock { task: task.id, blocker: stuck.id }]);
    assert_eq!(explanation.to_string(), "waits for task-1 (incoming), task-2 (failed)");
}

#[tokio::test]
async fn who_could_work_on_it_is_known_from_the_registered_machines() {
    let setting = Setting::new();
    let task = setting.create("Work").await;
    let registration = Registration::new(setting.scope(), "prod", "1", "here");
    setting.store.register(registration).await.unwrap();
    let with_role = async |role: &str| {
        let role = RoleName::new(role).unwrap();
        let load = Load::new(agent(), role);
        let heartbeat = Heartbeat::default().with_agents(vec![load]);
        setting.store.heartbeat(&setting.scope(), &machine(), heartbeat).await.unwrap();
        let mut situation = Situation::default();
        situation.add_machines(setting.store(), &setting.scope(), &BTreeMap::new()).await.unwrap();
        explain(&task, &situation)
    };
    let lacks = with_role("docs").await;
    assert_eq!(lacks.remedies, [Remedy::AddAgent { role: task.role.clone() }]);
    assert!(lacks.needs_person, "{lacks}");
    let ready = with_role("implement").await;
    assert!(!ready.needs_person && ready.remedies.is_empty(), "{ready}");
}

#[tokio::test]
async fn what_keeps_everything_is_said_with_its_remedy() {
    let setting = Setting::new();
    let ready = setting.create("Ready").await;
    let work = setting.create("Work").await;
    let work = setting.submit(&work.id).await;
    for (orchestrator, words, remedy) in [
        (OrchestratorState::Stopped, "no orchestrator runs", Remedy::StartOrchestrator),
        (OrchestratorState::Paused, "the orchestrator is paused", Remedy::ResumeOrchestrator),
    ] {
        let mut situation = Situation::default();
        situation.orchestrator = orchestrator;
        for task in [&ready, &work] {
            let explanation = explain(task, &situation);
            assert!(explanation.to_string().ends_with(words), "{explanation}");
            assert_eq!(explanation.remedies, std::slice::from_ref(&remedy));
            assert!(!explanation.needs_person);
        }
    }
}

#[tokio::test]
async fn approved_work_says_what_its_landing_waits_for_and_until_when() {
    let setting = Setting::new();
    let id = setting.create("Work").await.id;
    setting.submit(&id).await;
    let token = setting.claim(&id, Purpose::Review).await;
    let reviewer = octopoid_core::transition::Actor::Holder(token);
    let task = setting.store.approve(&setting.scope(), &id, reviewer, "").await.unwrap();
    let mut situation = Situation::default();
    assert_eq!(explain(&task, &situation).to_string(), "approved by worker; lands next");
    let mut delay = Delay::new("the checkout has changes");
    delay.until = Some(task.updated_at);
    situation.landings.insert(id, delay);
    let delayed = explain(&task, &situation);
    assert_eq!(delayed.to_string(), "waits to land: the checkout has changes");
    assert_eq!(delayed.reason.until(), Some(task.updated_at));
    situation.person_approves = true;
    let explanation = explain(&task, &situation);
    assert_eq!(explanation.reason, WaitReason::PersonApproval { approved_by: "worker".to_owned() });
    assert!(explanation.needs_person);
}

#[tokio::test]
async fn the_list_of_what_needs_a_person_leaves_out_what_was_called_off() {
    let setting = Setting::new();
    let (failed, cancelled) = (setting.create("Failed").await, setting.create("Called off").await);
    setting.create("Ready").await;
    let fail = Decision::Force { to: Queue::Failed.into(), reason: "no way".to_owned() };
    let cancel = Decision::Cancel { reason: String::new() };
    decide(setting.store(), &setting.scope(), &failed.id, fail, person()).await.unwrap();
    decide(setting.store(), &setting.scope(), &cancelled.id, cancel, person()).await.unwrap();
    let list = needs_you_in(setting.store(), &setting.scope()).await.unwrap();
    assert_eq!(list.iter().map(|one| &one.task).collect::<Vec<_>>(), [&failed.id]);
    assert_eq!(list[0].why, "given up: no way");
    let text = serde_json::to_string(&list).unwrap();
    assert_eq!(serde_json::from_str::<Vec<octopoid_core::ops::NeedsYou>>(&text).unwrap(), list);
}
