//! Lists of tasks.

use super::{Setting, person};
use octopoid_core::model::{NewTask, Priority, Queue, Task};
use octopoid_core::ops::task_list::{Listed, create, parse, plan};
use octopoid_core::ops::{Decision, decide};
use octopoid_core::store::{StoreExt, TaskQuery};

fn template() -> NewTask {
    NewTask::new("", "").with_priority(Priority::P1)
}

async fn enqueue(setting: &Setting, text: &str) -> Vec<(&'static str, Option<Task>)> {
    let planned = plan(setting.store(), "todo.md", parse(text).unwrap(), &template()).await.unwrap();
    let made = create(setting.store(), planned).await.unwrap();
    let kind = |listed: &Listed| match listed {
        Listed::New => "new",
        Listed::Known { differs: false, .. } => "known",
        Listed::Known { differs: true, .. } => "differs",
        Listed::Duplicate { .. } => "duplicate",
        Listed::Ticked => "ticked",
    };
    made.iter().map(|(one, task)| (kind(&one.listed), task.clone())).collect()
}

async fn count(setting: &Setting) -> usize {
    setting.store.all_tasks(&TaskQuery::new(setting.scope())).await.unwrap().len()
}

#[tokio::test]
async fn a_list_becomes_tasks_once_however_often_it_is_enqueued() {
    let setting = Setting::new();
    setting.store().create_task(NewTask::new("There", "There")).await.unwrap();
    let first = enqueue(&setting, "- One\n  In full.\n- There\n- [x] Over\n- Two\n").await;
    let kinds: Vec<_> = first.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, ["new", "duplicate", "ticked", "new"]);
    let one = first[0].1.clone().unwrap();
    assert_eq!(
        (one.title.as_str(), one.description.as_str(), one.priority),
        ("One", "In full.", Priority::P1)
    );

    // Also once a task is over, and with an entry that says something else or is ticked now.
    let over = Decision::Force { to: Queue::Done.into(), reason: "by hand".to_owned() };
    decide(setting.store(), &setting.scope(), &one.id, over, person()).await.unwrap();
    let again = enqueue(&setting, "- [x] One\n  In full.\n- Two\n  More.\n- Three\n").await;
    let kinds: Vec<_> = again.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, ["known", "differs", "new"]);
    assert_eq!(again[0].1.as_ref().map(|task| &task.id), Some(&one.id));
    assert_eq!(count(&setting).await, 4);
}

#[tokio::test]
async fn a_plan_changes_nothing() {
    let setting = Setting::new();
    plan(setting.store(), "todo.md", parse("- One\n- Two\n").unwrap(), &template()).await.unwrap();
    assert_eq!(count(&setting).await, 0);
}
