//! What messages say beside their text.

use super::setting::{Setting, person, with};
use super::verdict::{Verdict, holds, invalid, same};
use octopoid_core::model::{EventKind, Message, MessageDraft, MessageKind, NewTask, Scope, Task};
use octopoid_core::store::Result;
use octopoid_core::transition::{Cause, Command};

fn comment(body: &str) -> MessageDraft {
    MessageDraft::new(MessageKind::Comment, "ada", body)
}

fn answer(to: u64) -> MessageDraft {
    with(comment("An answer."), |answer| answer.parent = Some(to))
}

async fn post(s: &Setting, task: &Task, message: MessageDraft) -> Result<Message> {
    s.store.post_message(&task.scope, &task.id, message).await
}

pub(super) async fn a_message_says_whom_it_is_for_and_what_it_is(s: Setting) -> Verdict {
    let task = s.create("A task").await?;
    let plain = post(&s, &task, comment("Hello.")).await?;
    same((&plain.to, plain.parent, &plain.label), (&None, None, &None))?;
    let (to, label) = (Some("implementer-1".to_owned()), Some("status report 🐙".to_owned()));
    let mut draft = MessageDraft::new(MessageKind::Question, "ada", "And?");
    draft.to.clone_from(&to);
    draft.label.clone_from(&label);
    let posted = post(&s, &task, draft).await?;
    same((&posted.to, &posted.label, posted.kind), (&to, &label, MessageKind::Question))?;
    let mut empty = comment("To nobody.");
    empty.to = Some(String::new());
    empty.label = Some(String::new());
    let empty = post(&s, &task, empty).await?;
    same(s.store.messages(&s.scope, &task.id).await?, vec![plain, posted, empty])
}

pub(super) async fn an_answer_names_what_it_answers(s: Setting) -> Verdict {
    let task = s.create("A task").await?;
    let question = post(&s, &task, comment("Which one?")).await?;
    let first = post(&s, &task, answer(question.id)).await?;
    let second = post(&s, &task, answer(first.id)).await?;
    let also = post(&s, &task, answer(question.id)).await?;
    same((first.parent, second.parent), (Some(question.id), Some(first.id)))?;
    same(s.store.messages(&s.scope, &task.id).await?, vec![question, first, second, also])
}

pub(super) async fn what_the_state_machine_says_can_be_answered(s: Setting) -> Verdict {
    let task = s.submitted("t").await?;
    let reason = "not yet".to_owned();
    s.apply(&task.id, Command::Reject { actor: person(), reason, cause: Cause::Review }).await?;
    let thread = s.store.messages(&s.scope, &task.id).await?;
    same(thread.iter().map(|message| message.kind).collect::<Vec<_>>(), vec![MessageKind::Feedback])?;
    same(post(&s, &task, answer(thread[0].id)).await?.parent, Some(thread[0].id))
}

pub(super) async fn only_a_message_of_the_same_thread_can_be_answered(s: Setting) -> Verdict {
    let task = s.create("A task").await?;
    let other = s.create("Other").await?;
    let new = NewTask::new("Theirs", "Do it.").with_scope(Scope::new("other")?);
    let theirs = s.store.create_task(new).await?;
    same(&theirs.id, &task.id)?;
    let gone = s.create("Gone").await?;
    let mut elsewhere = vec![0, 1_000_000, u64::MAX];
    for place in [&other, &theirs, &gone] {
        elsewhere.push(post(&s, place, comment("Elsewhere.")).await?.id);
    }
    s.store.delete_task(&s.scope, &gone.id, "ada").await?;
    for id in elsewhere {
        invalid(post(&s, &task, answer(id)).await, "parent_message_id")?;
    }
    holds(s.store.messages(&s.scope, &task.id).await?.is_empty(), "nothing was posted")?;
    same(s.kinds(&task.id).await?, vec![EventKind::Created])
}
