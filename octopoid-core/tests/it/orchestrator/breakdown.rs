//! Tasks that are done in parts.

use super::setting::{Setting, content};
use octopoid_core::model::{
    AgentName, Attributes, EventKind, NewTask, Policy, Queue, RoleName, Scope, StepStatus, Task, TaskId,
};
use octopoid_core::orchestrator::AgentSettings;
use octopoid_core::role::{RoleSpec, WorkspaceKind};
use octopoid_core::store::{StoreExt, TaskQuery};
use octopoid_core::testing::PlainRole;
use octopoid_store::MemoryStore;
use serde_json::{Value, json};
use std::sync::Arc;

/// A setting whose `breakdown` agent reports these parts, and changes a file that it should only read.
fn setting(parts: Value) -> Setting {
    let mut setting = Setting::new(move |scene| match scene.role() {
        "breakdown" => {
            scene.write("notes.txt", "how to do it\n");
            scene.result(json!({ "outcome": "broken_down", "subtasks": parts }))
        }
        _ => content(scene),
    });
    setting.workers = 2;
    setting
}

async fn run_until_idle(setting: &Setting) {
    let spec = RoleSpec::worker(RoleName::breakdown(), "breaks a task down");
    let planner = AgentSettings::new(AgentName::new("planner").unwrap(), RoleName::breakdown());
    let builder = setting
        .builder()
        .role(Arc::new(PlainRole::new(spec.with_workspace(WorkspaceKind::Task))))
        .agent(planner.with_runner("scripted"));
    builder.build().await.unwrap().run_until_idle().await.unwrap();
}

fn big() -> NewTask {
    let mut attributes = Attributes::default();
    attributes.needs_breakdown = true;
    NewTask::new("Big", "Do it all.").with_attributes(attributes)
}

fn part(key: &str, blocked_by: &[&str]) -> Value {
    json!({ "key": key, "title": format!("Part {key}"), "description": "Do it.", "blocked_by": blocked_by })
}

async fn all(setting: &Setting) -> Vec<Task> {
    setting.store.all_tasks(&TaskQuery::new(Scope::single())).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_big_task_is_done_in_parts_in_their_order() {
    let parts = [part("a", &[]), part("b", &["a"]), part("c", &["a"]), part("d", &["b", "c"])];
    let setting = setting(json!(parts));
    let big = setting.create(big()).await;
    let after = setting.create(NewTask::new("After", "Do it.").with_blocked_by([big.clone()])).await;
    run_until_idle(&setting).await;

    let done = setting.task(&big).await;
    assert_eq!(done.queue(), Queue::Done);
    assert!(done.submission.is_none(), "it has no work of its own");
    let made: Vec<TaskId> = done.blockers.iter().map(|blocker| blocker.id.clone()).collect();
    assert_eq!(made, [3, 4, 5, 6].map(TaskId::numbered));
    for task in all(&setting).await {
        assert_eq!(task.queue(), Queue::Done, "{}: {:?}", task.id, task.state);
    }
    // One commit each, nothing of what the planner wrote, and whatever is waited for is there first.
    let log = setting.log("main");
    assert_eq!(log.len(), 6, "{log:?}");
    let place = |id: &TaskId| log.iter().rev().position(|subject| *subject == format!("Do {id}")).unwrap();
    assert!(place(&made[0]) < place(&made[1]) && place(&made[0]) < place(&made[2]));
    assert_eq!((place(&made[3]), place(&after)), (4, 5));
    assert!(setting.worktrees().is_empty(), "{:?}", setting.worktrees());
    let history = setting.history(&big).await;
    assert_eq!(history[..3], [EventKind::Created, EventKind::Claimed, EventKind::BrokenDown]);
    assert_eq!(history.last(), Some(&EventKind::Accepted));
    let step = setting.runs(&big).await.remove(0).steps.remove(0);
    assert_eq!(
        (step.name.as_str(), step.status, step.detail.as_str()),
        ("break down", StepStatus::Done, "4 parts")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_graph_that_cannot_be_is_the_agents_failure() {
    for (parts, words) in [
        (json!([part("a", &["c"]), part("b", &["a"]), part("c", &["b"])]), "for ever: a → c → b → a"),
        (json!([part("a", &["x"])]), "`a` waits for `x`, and there is no such key"),
        (json!([part("a", &[]), part("a", &[])]), "the key `a` is there twice"),
        (
            json!((0..21).map(|n| part(&format!("p{n}"), &[])).collect::<Vec<_>>()),
            "there are 21, and at most 20",
        ),
        (json!([]), "in `subtasks`"),
    ] {
        let setting = setting(parts);
        let id = setting.create(big()).await;
        run_until_idle(&setting).await;
        let task = setting.task(&id).await;
        let attempts = Policy::default().attempts;
        assert_eq!((task.queue(), task.counters.attempts), (Queue::NeedsContinuation, attempts), "{words}");
        assert!(task.note.as_ref().unwrap().contains(words), "{:?}", task.note);
        assert_eq!(all(&setting).await.len(), 1, "{words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_deep_costs_no_agent() {
    let mut again = part("a", &[]);
    again["needs_breakdown"] = json!(true);
    let mut setting = setting(json!([again]));
    let policy = Policy::default().with_breakdown(20, 3);
    setting.store = Arc::new(MemoryStore::new(setting.clock.clone(), policy));
    let id = setting.create(big()).await;
    run_until_idle(&setting).await;
    // The third level may not ask for a fourth.
    let tasks = all(&setting).await;
    assert_eq!(tasks.len(), 3);
    assert!(tasks[2].note.as_ref().unwrap().contains("at most 3 are allowed"), "{:?}", tasks[2].note);
    assert_eq!(setting.task(&id).await.queue(), Queue::Blocked);

    // One that a client puts under it is stopped before an agent runs.
    let mut deep = big();
    deep.attributes.parent = Some(tasks[2].id.clone());
    let deep = setting.create(deep).await;
    let before = setting.runner.calls().len();
    run_until_idle(&setting).await;
    let stopped = setting.task(&deep).await;
    assert_eq!((stopped.queue(), setting.runner.calls().len()), (Queue::NeedsContinuation, before));
    assert!(stopped.note.unwrap().contains("give it another role"));
}
