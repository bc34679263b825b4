//! Messages to agents.

use super::{Setting, person};
use octopoid_core::model::{MessageKind, Queue};
use octopoid_core::ops::{Decision, Hearing, decide, tell};
use octopoid_core::store::{MessageStore, TaskStore};
use octopoid_core::transition::{Command, Purpose};

#[tokio::test]
async fn a_message_is_in_the_thread_and_says_when_it_is_heard() {
    let setting = Setting::new();
    let (scope, id) = (setting.scope(), setting.create("Work").await.id);
    let heard = async || tell(setting.store(), &scope, &id, "ada", "Use v2.").await.unwrap().heard;
    assert_eq!(heard().await, Hearing::NextAttempt);
    setting.submit(&id).await;
    assert_eq!(heard().await, Hearing::IfWorkGoesOn);
    setting.claim(&id, Purpose::Review).await;
    assert_eq!(heard().await, Hearing::WhileItReviews);
    let back = Decision::Reject { reason: "no".to_owned() };
    decide(setting.store(), &scope, &id, back, person()).await.unwrap();
    setting
        .store
        .apply(&scope, &id, Command::Suspend { actor: person(), reason: "wait".into(), question: false })
        .await
        .unwrap();
    assert_eq!(heard().await, Hearing::OnceContinued);
    let over = Decision::Force { to: Queue::Done.into(), reason: "by hand".to_owned() };
    decide(setting.store(), &scope, &id, over, person()).await.unwrap();
    assert_eq!(heard().await, Hearing::Never);
    let thread = setting.store.messages(&scope, &id).await.unwrap();
    let told = thread.iter().filter(|one| one.kind == MessageKind::Comment && one.body == "Use v2.");
    assert_eq!(told.count(), 5);
}

#[tokio::test]
async fn an_agent_at_work_finds_it_in_the_thread() {
    let setting = Setting::new();
    let id = setting.create("Work").await.id;
    setting.claim(&id, Purpose::Work).await;
    let told = tell(setting.store(), &setting.scope(), &id, "ada", "Use v2.").await.unwrap();
    assert_eq!((told.heard, told.message.author.as_str()), (Hearing::WhileItWorks, "ada"));
    assert_eq!(told.task.queue(), Queue::Claimed);
}
