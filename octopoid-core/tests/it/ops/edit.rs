//! Changing what a task says.

use super::{Setting, person};
use octopoid_core::model::{NewTask, Queue, TaskPatch};
use octopoid_core::ops::{Edit, edit};
use octopoid_core::store::TaskStore;

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
