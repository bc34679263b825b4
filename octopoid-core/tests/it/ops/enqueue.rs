//! Adding a task, and its duplicates.

use super::{Setting, person};
use octopoid_core::model::{NewTask, Place, Queue, RoleName, Task, TaskId};
use octopoid_core::ops::{Decision, Duplicates, Enqueued, decide, enqueue, find_duplicate};

fn wanted() -> NewTask {
    NewTask::new("Add 100% coverage_of \"parse\"", "Say how.\n")
}

fn created(enqueued: Enqueued) -> Task {
    match enqueued {
        Enqueued::Created(task) => *task,
        Enqueued::Duplicate(twin) => panic!("{} is said to be the same", twin.id),
    }
}

fn twin(enqueued: Enqueued) -> TaskId {
    match enqueued {
        Enqueued::Duplicate(twin) => twin.id,
        Enqueued::Created(task) => panic!("{} was created", task.id),
    }
}

#[tokio::test]
async fn i25_an_embedder_gets_the_open_task_that_says_the_same() {
    let setting = Setting::new();
    let store = setting.store();
    let first = created(enqueue(store, wanted(), Duplicates::Refuse).await.unwrap());
    let again = NewTask::new("  Add 100% coverage_of \"parse\" ", "\nSay how.");
    assert_eq!(twin(enqueue(store, again, Duplicates::Refuse).await.unwrap()), first.id);
    let second = created(enqueue(store, wanted(), Duplicates::Allow).await.unwrap());
    assert_ne!(second.id, first.id);
}

#[tokio::test]
async fn i25_another_title_description_or_role_is_another_task() {
    let setting = Setting::new();
    let store = setting.store();
    created(enqueue(store, wanted(), Duplicates::Refuse).await.unwrap());
    let mut in_parts = wanted();
    in_parts.attributes.needs_breakdown = true;
    for other in [
        NewTask::new("add 100% coverage_of \"parse\"", "Say how."),
        NewTask::new("Add 100% coverage_of", "Say how."),
        NewTask::new("Add 100% coverage_of \"parse\"", "Say why."),
        wanted().with_role(RoleName::new("docs").unwrap()),
        in_parts,
    ] {
        created(enqueue(store, other, Duplicates::Refuse).await.unwrap());
    }
}

#[tokio::test]
async fn i25_a_task_is_open_in_every_queue_until_it_is_done_or_failed() {
    for queue in [Queue::Backlog, Queue::Incoming, Queue::Provisional, Queue::NeedsContinuation] {
        let setting = Setting::new();
        let mut new = wanted();
        new.place = Some(Place::Queue(queue));
        let first = created(enqueue(setting.store(), new, Duplicates::Refuse).await.unwrap());
        assert_eq!(find_duplicate(setting.store(), &wanted()).await.unwrap(), Some(first), "{queue}");
    }
    for queue in [Queue::Done, Queue::Failed] {
        let setting = Setting::new();
        let first = created(enqueue(setting.store(), wanted(), Duplicates::Refuse).await.unwrap());
        let over = Decision::Force { to: queue.into(), reason: "over".to_owned() };
        decide(setting.store(), &setting.scope(), &first.id, over, person()).await.unwrap();
        assert_eq!(find_duplicate(setting.store(), &wanted()).await.unwrap(), None, "{queue}");
    }
}

#[tokio::test]
async fn i04_a_repeated_request_with_a_key_is_no_duplicate_of_itself() {
    let setting = Setting::new();
    let new = wanted().with_key("request-1");
    let first = created(enqueue(setting.store(), new.clone(), Duplicates::Refuse).await.unwrap());
    let again = created(enqueue(setting.store(), new, Duplicates::Refuse).await.unwrap());
    assert_eq!(again.id, first.id);
    let other = wanted().with_key("request-2");
    assert_eq!(twin(enqueue(setting.store(), other, Duplicates::Refuse).await.unwrap()), first.id);
}
