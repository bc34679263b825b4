//! Making, reading and removing tasks.

use super::setting::{Setting, person};
use super::verdict::{Verdict, holds, invalid, refused, same};
use octopoid_core::model::{
    ClaimToken, Complexity, EventKind, MessageDraft, MessageKind, NewTask, Priority, Queue, RoleName, Run,
    RunId, Scope, Submission, TaskId, TaskPatch,
};
use octopoid_core::store::{ErrorKind, RunQuery, StoreExt, TaskQuery};
use octopoid_core::transition::{Command, Purpose};

pub(super) async fn a_created_task_is_read_back_as_it_was_answered(s: Setting) -> Verdict {
    let new = NewTask::new("  A title  ", "Do it.")
        .with_id(TaskId::new("my-task")?)
        .with_key("request-1")
        .with_role(RoleName::new("breakdown")?)
        .with_priority(Priority::P0)
        .with_complexity(Complexity::XL)
        .with_branch("release/1.0")
        .with_author("ada")
        .in_backlog();
    let made = s.store.create_task(new).await?;
    same(made.title.as_str(), "A title")?;
    same(made.queue(), Queue::Backlog)?;
    same((made.version, made.priority, made.complexity), (1, Priority::P0, Some(Complexity::XL)))?;
    same((made.branch.as_deref(), made.key.as_deref()), (Some("release/1.0"), Some("request-1")))?;
    same(&s.read(&made.id).await?, &made)?;
    let plain = s.create("Another").await?;
    same(plain.queue(), Queue::Incoming)?;
    holds(plain.seq > made.seq, "places grow")?;
    same(&s.read(&plain.id).await?, &plain)?;
    let history = s.history(&made.id).await?;
    same(history.len(), 1)?;
    same((history[0].kind, history[0].actor.as_str()), (EventKind::Created, "ada"))?;
    same((history[0].from, history[0].to), (None, Some(Queue::Backlog)))
}

pub(super) async fn ids_are_given_in_a_row_around_taken_ones(s: Setting) -> Verdict {
    same(s.create("One").await?.id.as_str(), "task-1")?;
    s.store.create_task(NewTask::new("Two", "By hand.").with_id(TaskId::new("task-2")?)).await?;
    same(s.create("Three").await?.id.as_str(), "task-3")?;
    s.store.delete_task(&s.scope, &TaskId::new("task-3")?, "ada").await?;
    same(s.create("Four").await?.id.as_str(), "task-4")
}

pub(super) async fn a_taken_id_is_a_conflict(s: Setting) -> Verdict {
    let task = s.create("One").await?;
    let again = s.store.create_task(NewTask::new("Two", "Another.").with_id(task.id.clone())).await;
    refused(again, ErrorKind::Conflict)?;
    same(s.read(&task.id).await?, task)
}

pub(super) async fn i04_the_same_key_gives_the_same_task(s: Setting) -> Verdict {
    let first = s.store.create_task(NewTask::new("One", "Do it.").with_key("key")).await?;
    let again = s.store.create_task(NewTask::new("Two", "Do something else.").with_key("key")).await?;
    same(&again, &first)?;
    let claimed = s.claim(Purpose::Work, "t").await?;
    let later = s.store.create_task(NewTask::new("One", "Do it.").with_key("key")).await?;
    same(later, claimed)?;
    let other = s.store.create_task(NewTask::new("One", "Do it.").with_key("other")).await?;
    holds(other.id != first.id, "another key makes another task")?;
    same(s.store.all_tasks(&TaskQuery::new(s.scope.clone())).await?.len(), 2)?;
    same(s.kinds(&first.id).await?, vec![EventKind::Created, EventKind::Claimed])?;
    invalid(s.store.create_task(NewTask::new("One", "Do it.").with_key("")).await, "key")?;
    // What is deleted is forgotten with its key.
    s.store.delete_task(&s.scope, &other.id, "ada").await?;
    let anew = s.store.create_task(NewTask::new("Anew", "Do it.").with_key("other")).await?;
    holds(anew.id != other.id, "the key of a deleted task is free")
}

pub(super) async fn i26_unusable_text_is_refused_and_leaves_nothing(s: Setting) -> Verdict {
    let long = "x".repeat(1 << 20);
    for (title, description, field) in [
        ("", "Do it.", "title"),
        (" \n", "Do it.", "title"),
        ("two\nlines", "Do it.", "title"),
        (long.as_str(), "Do it.", "title"),
        ("A title", "", "description"),
        ("A title", " \t\n", "description"),
        ("A title", "with\0nul", "description"),
    ] {
        invalid(s.store.create_task(NewTask::new(title, description)).await, field)?;
    }
    invalid(s.store.create_task(NewTask::new("A title", format!("{long}x"))).await, "description")?;
    for branch in ["", "-x", "a b", "a..b", "a.lock", "/a", "a\u{7f}"] {
        invalid(s.store.create_task(NewTask::new("A title", "Do it.").with_branch(branch)).await, "branch")?;
    }
    same(s.store.last_event().await?, 0)?;
    same(s.create("The first").await?.id.as_str(), "task-1")
}

pub(super) async fn what_does_not_exist_is_not_found(s: Setting) -> Verdict {
    let id = TaskId::new("task-77")?;
    refused(s.read(&id).await, ErrorKind::NotFound)?;
    refused(s.finish(&id).await, ErrorKind::NotFound)?;
    let token = ClaimToken::new("t")?;
    refused(s.store.submit(&s.scope, &id, &token, Submission::new(1, 1)).await, ErrorKind::NotFound)?;
    refused(s.store.delete_task(&s.scope, &id, "ada").await, ErrorKind::NotFound)?;
    let named = s.request(Purpose::Work, "t")?.with_task(id.clone());
    refused(s.store.claim(&named).await, ErrorKind::NotFound)?;
    refused(s.store.messages(&s.scope, &id).await, ErrorKind::NotFound)?;
    let message = MessageDraft::new(MessageKind::Comment, "ada", "Hello.");
    refused(s.store.post_message(&s.scope, &id, message).await, ErrorKind::NotFound)?;
    refused(s.store.run(&s.scope, &RunId::of(&id, 1)).await, ErrorKind::NotFound)?;
    let holder = super::setting::holder("machine")?;
    let now = octopoid_core::clock::Clock::now(&*s.clock);
    let run = Run::new(s.scope.clone(), id, 1, holder.agent, None, holder.orchestrator, now);
    refused(s.store.save_run(&run).await, ErrorKind::NotFound)?;
    same(s.store.last_event().await?, 0)
}

pub(super) async fn a_deleted_task_is_gone_with_all_that_belongs_to_it(s: Setting) -> Verdict {
    let task = s.submitted("t").await?;
    let kept = s.create("Kept").await?;
    let message = MessageDraft::new(MessageKind::Comment, "ada", "Hello.");
    s.store.post_message(&s.scope, &task.id, message).await?;
    let holder = super::setting::holder("machine")?;
    let now = octopoid_core::clock::Clock::now(&*s.clock);
    let run = Run::new(s.scope.clone(), task.id.clone(), 1, holder.agent, None, holder.orchestrator, now);
    s.store.save_run(&run).await?;
    let before = s.store.last_event().await?;
    s.store.delete_task(&s.scope, &task.id, "ada").await?;

    refused(s.read(&task.id).await, ErrorKind::NotFound)?;
    refused(s.store.messages(&s.scope, &task.id).await, ErrorKind::NotFound)?;
    refused(s.store.run(&s.scope, &run.id).await, ErrorKind::NotFound)?;
    holds(s.store.list_runs(&RunQuery::new(s.scope.clone())).await?.is_empty(), "its runs are gone")?;
    let history = s.history(&task.id).await?;
    same(history.len(), 1)?;
    let last = &history[0];
    same((last.kind, last.actor.as_str()), (EventKind::Deleted, "ada"))?;
    same((last.from, last.to), (Some(Queue::Provisional), None))?;
    holds(last.seq > before && s.store.last_event().await? == last.seq, "the feed goes on")?;
    refused(s.store.delete_task(&s.scope, &task.id, "ada").await, ErrorKind::NotFound)?;

    // Another task under the same id has nothing of the first.
    let again = s.store.create_task(NewTask::new("Again", "Do it.").with_id(task.id.clone())).await?;
    holds(s.store.messages(&s.scope, &again.id).await?.is_empty(), "a new thread")?;
    holds(again.submission.is_none() && again.seq > kept.seq, "a new task")?;
    same(s.kinds(&again.id).await?, vec![EventKind::Deleted, EventKind::Created])?;
    same(s.read(&kept.id).await?, kept)
}

pub(super) async fn a_held_task_cannot_be_deleted(s: Setting) -> Verdict {
    let task = s.claimed("t").await?;
    refused(s.store.delete_task(&s.scope, &task.id, "ada").await, ErrorKind::Conflict)?;
    same(s.read(&task.id).await?, task.clone())?;
    let patch = TaskPatch::default();
    invalid(s.apply(&task.id, Command::Update { actor: person(), patch }).await, "patch")?;
    s.store.release(&s.scope, &task.id, &ClaimToken::new("t")?, "done with it").await?;
    s.store.delete_task(&s.scope, &task.id, "ada").await?;
    same(s.store.queue_counts(&Scope::single()).await?.queues.values().sum::<u64>(), 0)
}
