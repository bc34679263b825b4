//! Changing what a task says.

use super::{Setting, person};
use octopoid_core::model::{ClaimToken, NewTask, Priority, Queue, Submission, TaskPatch};
use octopoid_core::ops::{Decision, Edit, EditField, NotEditable, OpError, decide, edit};
use octopoid_core::store::{StoreExt, TaskStore};
use octopoid_core::transition::Purpose;

fn titled(title: &str) -> TaskPatch {
    let mut patch = TaskPatch::default();
    patch.title = Some(title.to_owned());
    patch
}

#[tokio::test]
async fn what_a_task_says_and_waits_for_changes_at_once() {
    let setting = Setting::new();
    let (first, second) = (setting.create("First").await.id, setting.create("Second").await.id);
    let new = NewTask::new("Later", "Do it.").with_blocked_by([first.clone()]);
    let task = setting.store.create_task(new).await.unwrap();
    let change = Edit::new(titled("Much later")).with_blocked_by([second.clone()]);
    let task = edit(setting.store(), &task, &change, &person()).await.unwrap();
    assert_eq!(task.title, "Much later");
    assert_eq!(task.unresolved_blockers().collect::<Vec<_>>(), [&second]);
    assert!(change.commands(&task, &person()).len() == 1, "the blockers are as they are wanted");
    let free = Edit::default().with_blocked_by([]);
    let task = edit(setting.store(), &task, &free, &person()).await.unwrap();
    assert_eq!(task.queue(), Queue::Incoming);
}

#[tokio::test]
async fn an_edit_of_a_task_that_has_changed_since_changes_nothing() {
    let setting = Setting::new();
    let read = setting.create("First").await;
    edit(setting.store(), &read, &Edit::new(titled("Theirs")), &person()).await.unwrap();
    edit(setting.store(), &read, &Edit::new(titled("Ours")), &person()).await.unwrap_err();
    assert_eq!(setting.task(&read.id).await.title, "Theirs");
}

fn attribute(name: &str, value: serde_json::Value) -> TaskPatch {
    let mut patch = TaskPatch::default();
    patch.attributes.insert(name.to_owned(), value);
    patch
}

/// The names of the fields that cannot be changed of a task, and why.
fn refused(error: OpError) -> (Vec<EditField>, NotEditable) {
    match error {
        OpError::NotEditable { fields, why, .. } => (fields, why),
        error => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn what_can_be_changed_depends_on_how_far_the_task_is() {
    let setting = Setting::new();
    let id = setting.create("First").await.id;
    let change = async |patch: TaskPatch| {
        edit(setting.store(), &setting.task(&id).await, &Edit::new(patch), &person()).await
    };
    let (flow, budget) = (attribute("flow", "careful".into()), attribute("budget_usd", 2.5.into()));
    change(flow.clone()).await.unwrap();
    change(attribute("flow", serde_json::Value::Null)).await.unwrap();

    setting.claim(&id, Purpose::Work).await;
    assert_eq!(
        refused(change(titled("Other")).await.unwrap_err()),
        (vec![EditField::Title], NotEditable::Claimed)
    );
    change(budget).await.unwrap();
    let mut urgent = TaskPatch::default();
    urgent.priority = Some(Priority::P0);
    change(urgent).await.unwrap();
    change(titled("First")).await.unwrap();

    let token = ClaimToken::new(format!("{id}-Work")).unwrap();
    setting.store.submit(&setting.scope(), &id, &token, Submission::new(1, 1)).await.unwrap();
    change(titled("Better")).await.unwrap();
    let mut described = TaskPatch::default();
    described.description = Some("Something else.".to_owned());
    assert_eq!(
        refused(change(described).await.unwrap_err()),
        (vec![EditField::Description], NotEditable::Submitted)
    );

    let back = Decision::Reject { reason: "no".to_owned() };
    decide(setting.store(), &setting.scope(), &id, back, person()).await.unwrap();
    assert_eq!(
        refused(change(flow.clone()).await.unwrap_err()),
        (vec![EditField::Flow], NotEditable::HasWork)
    );
    let mut described = TaskPatch::default();
    described.description = Some("Something else.".to_owned());
    change(described).await.unwrap();

    let over = Decision::Force { to: Queue::Done.into(), reason: "by hand".to_owned() };
    decide(setting.store(), &setting.scope(), &id, over, person()).await.unwrap();
    assert_eq!(
        refused(change(titled("Late")).await.unwrap_err()),
        (vec![EditField::Title], NotEditable::Done)
    );
}
