//! A person's decisions.

use super::{Setting, person};
use octopoid_core::model::{MessageKind, NewTask, Queue};
use octopoid_core::ops::{Decision, OpError, comment, decide, find_message, open_question};
use octopoid_core::store::{MessageStore, TaskStore};
use octopoid_core::transition::{Actor, Command, Purpose};

fn requeue() -> Decision {
    Decision::Requeue { reason: None }
}

#[tokio::test]
async fn a_requeue_charges_the_attempt_only_where_somebody_has_it() {
    let setting = Setting::new();
    let id = setting.create("Work").await.id;
    setting.claim(&id, Purpose::Work).await;
    let task = decide(setting.store(), &setting.scope(), &id, requeue(), person()).await.unwrap();
    assert_eq!((task.queue(), task.counters.attempts), (Queue::Incoming, 1));
    let stop = Command::Suspend { actor: person(), reason: "wait".to_owned(), question: false };
    setting.store.apply(&setting.scope(), &id, stop).await.unwrap();
    let task = decide(setting.store(), &setting.scope(), &id, requeue(), person()).await.unwrap();
    assert_eq!((task.queue(), task.counters.attempts), (Queue::Incoming, 0));
}

#[tokio::test]
async fn a_retry_that_is_refused_is_called_by_its_name() {
    let setting = Setting::new();
    let id = setting.create("Work").await.id;
    let retry = Decision::Retry { note: String::new() };
    let error = decide(setting.store(), &setting.scope(), &id, retry, person()).await.unwrap_err();
    assert!(error.to_string().starts_with("cannot retry task-1: it is in `incoming`"), "{error}");
}

#[tokio::test]
async fn only_a_wait_that_there_is_can_be_ended() {
    let setting = Setting::new();
    let (first, other) = (setting.create("First").await.id, setting.create("Other").await.id);
    let new = NewTask::new("Later", "Do it.").with_blocked_by([first.clone()]);
    let id = setting.store.create_task(new).await.unwrap().id;
    let unblock = |blocker: &octopoid_core::model::TaskId| Decision::Unblock { blocker: blocker.clone() };
    let error = decide(setting.store(), &setting.scope(), &id, unblock(&other), person()).await.unwrap_err();
    assert!(
        matches!(&error, OpError::NotBlocked { waits_for, .. } if *waits_for == [first.clone()]),
        "{error:?}"
    );
    let task = decide(setting.store(), &setting.scope(), &id, unblock(&first), person()).await.unwrap();
    assert_eq!(task.queue(), Queue::Incoming);
}

#[tokio::test]
async fn an_agent_cannot_decide_by_a_token_that_is_not_the_claims() {
    let setting = Setting::new();
    let id = setting.create("Work").await.id;
    let cancel = Decision::Cancel { reason: String::new() };
    let actor = Actor::Holder(octopoid_core::model::ClaimToken::new("stale").unwrap());
    let error = decide(setting.store(), &setting.scope(), &id, cancel, actor).await.unwrap_err();
    assert!(matches!(error, OpError::Store(_)), "{error:?}");
    assert_eq!(setting.task(&id).await.queue(), Queue::Incoming);
}

#[tokio::test]
async fn a_question_is_open_until_somebody_replies_to_it() {
    let setting = Setting::new();
    let id = setting.create("Work").await.id;
    let scope = setting.scope();
    let ask = Command::Suspend { actor: person(), reason: "Which colour?".to_owned(), question: true };
    setting.store.apply(&scope, &id, ask).await.unwrap();
    comment(setting.store(), &scope, &id, "bob", "Hm.", None).await.unwrap();
    let thread = setting.store.messages(&scope, &id).await.unwrap();
    let question = open_question(&thread).unwrap();
    assert_eq!((question.kind, question.body.as_str()), (MessageKind::Question, "Which colour?"));
    let found = find_message(setting.store(), &scope, &id, question.id).await.unwrap();
    assert_eq!(&found, question);
    comment(setting.store(), &scope, &id, "ada", "Blue.", Some(question.id)).await.unwrap();
    assert_eq!(open_question(&setting.store.messages(&scope, &id).await.unwrap()), None);
    let error = find_message(setting.store(), &scope, &id, 99).await.unwrap_err();
    assert!(matches!(error, OpError::NoMessage { message: 99, .. }), "{error:?}");
}
